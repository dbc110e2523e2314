/* Regions of an expansion model: where rows stand, what variables are worth, and which angles regions agree on. */
#include "solver/expansion_policy.h"
#include "solver/linear_regional.h"

#include <math.h>
#include <string.h>

typedef struct {
  Expansion        e;
  LinearRegions    regions;
  PetscInt         n_buses;
  PetscInt        *of_bus; /* [buses] region */
  PetscInt         n_branches;
  ExpansionBranch *branch;
} Map;

/* --- which bus is in which region */

static PetscErrorCode Label(Map *m, const char *column, PetscInt *n, const char **name)
{
  PetscFunctionBeginUser;
  *n = 0;
  for (PetscInt i = 0; i < m->n_buses; i++) {
    const char *label = ComponentsRegion(m->e->c, i, column);
    PetscInt    r     = 0;
    while (r < *n && strcmp(name[r], label)) r++;
    if (r == *n) name[(*n)++] = label;
    m->of_bus[i] = r;
  }
  PetscFunctionReturn(0);
}

/* Adds 1 for each branch and port of a link between two groups. between [n][n]. */
static void Connections(const Map *m, PetscInt n, PetscInt *between)
{
  const Expansion e = m->e;

  for (PetscInt k = 0; k < m->n_branches; k++)
    if (m->branch[k].bus0 >= 0 && m->branch[k].bus1 >= 0)
      between[m->of_bus[m->branch[k].bus0] * n + m->of_bus[m->branch[k].bus1]]++;
  for (PetscInt row = 0; row < e->c->table[COMPONENT_LINK].n; row++)
    for (PetscInt port = 0; port <= e->n_ports; port++) {
      char           name[32] = "bus1";
      const PetscInt bus0     = ExpansionBus(e, COMPONENT_LINK, "bus0", row);
      PetscInt       bus1;
      if (port) snprintf(name, sizeof name, "bus%d", (int)e->port[port - 1]);
      bus1 = ExpansionBus(e, COMPONENT_LINK, name, row);
      if (bus0 >= 0 && bus1 >= 0) between[m->of_bus[bus0] * n + m->of_bus[bus1]]++;
    }
}

/* The smallest group joins the one that it has most to do with, the smaller of equals, until there are so many. */
static PetscErrorCode Merge(Map *m, PetscInt *n, const char **name, PetscInt wanted)
{
  PetscInt *between, *size;

  PetscFunctionBeginUser;
  while (*n > wanted) {
    PetscInt small = 0, best = -1, ties = -1;
    PetscCall(PetscCalloc2(*n * *n, &between, *n, &size));
    for (PetscInt i = 0; i < m->n_buses; i++) size[m->of_bus[i]]++;
    Connections(m, *n, between);
    for (PetscInt r = 1; r < *n; r++)
      if (size[r] < size[small]) small = r;
    for (PetscInt r = 0; r < *n; r++) {
      const PetscInt joint = between[r * *n + small] + between[small * *n + r];
      if (r == small || joint < ties || (joint == ties && size[r] >= size[best])) continue;
      best = r;
      ties = joint;
    }
    for (PetscInt i = 0; i < m->n_buses; i++) {
      if (m->of_bus[i] == small) m->of_bus[i] = best;
      if (m->of_bus[i] > small) m->of_bus[i]--;
    }
    if (small < best) name[small] = name[best];
    for (PetscInt r = small + 1; r < *n; r++) name[r - 1] = name[r];
    (*n)--;
    PetscCall(PetscFree2(between, size));
  }
  PetscFunctionReturn(0);
}

/* --- which row is in which region */

/* Kind of component whose rows are the items of a family; COMPONENT_KINDS: of no place. */
static ComponentKind KindOf(PetscInt family)
{
  static const PetscInt of_kind[] = {EXPANSION_UPPER, EXPANSION_LOWER,   EXPANSION_CONTINUITY,
                                     EXPANSION_SET,   EXPANSION_RAMP_UP, EXPANSION_RAMP_DOWN};
  const char           *name, *words;
  ComponentKind         kind;

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(of_kind); k++)
    if (family >= of_kind[k] && family < of_kind[k] + (PetscInt)COMPONENT_KINDS)
      return (ComponentKind)(family - of_kind[k]);
  if (family == EXPANSION_BALANCE || family == EXPANSION_BUS_NOMINAL) return COMPONENT_BUS;
  if (family == EXPANSION_STORE_UPPER || family == EXPANSION_CHARGE_UPPER) return COMPONENT_STORAGE_UNIT;
  if (family == EXPANSION_ENERGY_SUM) return COMPONENT_GENERATOR;
  if (family >= EXPANSION_FAMILIES && ExpansionPolicyFamily(family, &kind, &name, &words)) return kind;
  return COMPONENT_KINDS;
}

/* Region of the buses that a component stands at, LINEAR_ROW_BETWEEN where there are several. */
static PetscInt RegionAt(const Map *m, ComponentKind kind, PetscInt item)
{
  PetscInt region, bus;
  char     name[32];

  switch (kind) {
  case COMPONENT_BUS:
    return m->of_bus[item];
  case COMPONENT_GENERATOR:
  case COMPONENT_LOAD:
  case COMPONENT_STORE:
  case COMPONENT_STORAGE_UNIT:
    bus = ExpansionBus(m->e, kind, "bus", item);
    return bus >= 0 ? m->of_bus[bus] : LINEAR_ROW_BETWEEN;
  case COMPONENT_LINK:
  case COMPONENT_LINE:
  case COMPONENT_TRANSFORMER:
    break;
  default:
    return LINEAR_ROW_BETWEEN;
  }
  bus    = ExpansionBus(m->e, kind, "bus0", item);
  region = bus >= 0 ? m->of_bus[bus] : LINEAR_ROW_BETWEEN;
  for (PetscInt port = 0; port <= (kind == COMPONENT_LINK ? m->e->n_ports : 0); port++) {
    snprintf(name, sizeof name, "bus%d", port ? (int)m->e->port[port - 1] : 1);
    bus = ExpansionBus(m->e, kind, name, item);
    if (bus >= 0 && m->of_bus[bus] != region) return LINEAR_ROW_BETWEEN;
  }
  return region;
}

static PetscInt RegionOf(const Map *m, const LinearLabel *label)
{
  if (label->kind == EXPANSION_CYCLE) {
    const ExpansionBranch *b = &m->branch[label->item];
    return m->of_bus[b->bus0] == m->of_bus[b->bus1] ? m->of_bus[b->bus0] : LINEAR_ROW_BETWEEN;
  }
  return RegionAt(m, KindOf(label->kind), label->item);
}

/* Rows of an item follow each other mostly: the last answer is kept. */
static void PlaceRows(Map *m)
{
  const LinearProgram p      = ExpansionProgram(m->e);
  LinearLabel         last   = {-1, -1, -1};
  PetscInt            region = LINEAR_ROW_BETWEEN;

  for (PetscInt i = 0; i < p->m; i++) {
    if (p->row[i].kind != last.kind || p->row[i].item != last.item) region = RegionOf(m, &p->row[i]);
    last                      = p->row[i];
    m->regions->row_region[i] = region;
  }
}

/* --- angles */

static PetscInt Root(PetscInt *parent, PetscInt i)
{
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

/* Parts of the grid that branches within regions, or ties, hold together: parent [buses] with the first bus of each as its root. */
static void Join(const Map *m, PetscInt period, PetscBool ties, PetscInt *parent)
{
  for (PetscInt i = 0; i < m->n_buses; i++) parent[i] = i;
  for (PetscInt k = 0; k < m->n_branches; k++) {
    const ExpansionBranch *b = &m->branch[k];
    PetscInt               i, j;
    if (!ExpansionBranchCounts(m->e, b, period) || (m->of_bus[b->bus0] != m->of_bus[b->bus1]) != ties) continue;
    i                      = Root(parent, b->bus0);
    j                      = Root(parent, b->bus1);
    parent[PetscMax(i, j)] = PetscMin(i, j);
  }
}

/* Angles at the ends of ties in a period. Where a part of a region's grid has one such end, its angle says nothing to the region:
   it counts its own from there (or from the zero that it has), and those between count theirs. Where there are several ends they
   are copied. shared, zero [buses]. */
static PetscErrorCode ShareAngles(const Map *m, PetscInt period, LinearShared *shared, PetscBool *zero)
{
  const LinearProgram p = ExpansionProgram(m->e);
  PetscInt           *part, *net, *ends;
  PetscBool          *tie, *fixed, *anchored;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc6(m->n_buses, &part, m->n_buses, &net, m->n_buses, &ends, m->n_buses, &tie, m->n_buses, &fixed,
                         m->n_buses, &anchored));
  Join(m, period, PETSC_FALSE, part);
  Join(m, period, PETSC_TRUE, net);
  for (PetscInt k = 0; k < m->n_branches; k++) {
    const ExpansionBranch *b = &m->branch[k];
    if (!ExpansionBranchCounts(m->e, b, period) || m->of_bus[b->bus0] == m->of_bus[b->bus1]) continue;
    tie[b->bus0] = tie[b->bus1] = PETSC_TRUE;
  }
  for (PetscInt i = 0; i < m->n_buses; i++) ends[Root(part, i)] += tie[i];
  /* Whether a part has a zero; and whether what is between hangs on one, or on angles that are copied. */
  for (PetscInt j = 0; j < p->n; j++) {
    const PetscInt i = p->variable[j].item;
    if (p->variable[j].kind != EXPANSION_ANGLE || p->variable[j].stage != m->e->first[period]) continue;
    if (p->lower[j] < p->upper[j]) continue;
    fixed[Root(part, i)] = PETSC_TRUE;
    if (tie[i]) anchored[Root(net, i)] = PETSC_TRUE;
  }
  for (PetscInt i = 0; i < m->n_buses; i++)
    if (tie[i] && ends[Root(part, i)] > 1) anchored[Root(net, i)] = PETSC_TRUE;
  for (PetscInt i = 0; i < m->n_buses; i++) {
    const PetscInt ends_of_part = ends[Root(part, i)];
    shared[i]                   = LINEAR_SHARED_SUM;
    if (tie[i] && ends_of_part > 1) shared[i] = LINEAR_SHARED_COPY;
    if (tie[i] && ends_of_part == 1) shared[i] = fixed[Root(part, i)] ? LINEAR_SHARED_APART : LINEAR_SHARED_PINNED;
    zero[i] = (PetscBool)(tie[i] && Root(net, i) == i && !anchored[i]);
  }
  PetscCall(PetscFree6(part, net, ends, tie, fixed, anchored));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlaceAngles(Map *m)
{
  const LinearProgram p  = ExpansionProgram(m->e);
  const PetscInt     *of = m->e->c->period_of, periods = m->e->n_periods, n = m->n_buses;
  LinearShared       *shared;
  PetscBool          *zero;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n * periods, &shared, n * periods, &zero));
  for (PetscInt k = 0; k < periods; k++) PetscCall(ShareAngles(m, k, shared + k * n, zero + k * n));
  for (PetscInt j = 0; j < p->n; j++) {
    const LinearLabel *l = &p->variable[j];
    if (l->kind != EXPANSION_ANGLE) continue;
    m->regions->shared[j] = shared[of[l->stage] * n + l->item];
    m->regions->zero[j]   = zero[of[l->stage] * n + l->item];
  }
  PetscCall(PetscFree2(shared, zero));
  PetscFunctionReturn(0);
}

/* --- what things are worth */

static int Ascending(const void *a, const void *b)
{
  const PetscReal x = *(const PetscReal *)a, y = *(const PetscReal *)b;
  return (x > y) - (x < y);
}

/* Median of what a MWh costs from generators that run always; 1 where all are free. */
static PetscErrorCode TypicalPrice(Expansion e, PetscReal *price)
{
  const PetscInt n     = e->c->table[COMPONENT_GENERATOR].n;
  PetscReal      hours = 0, *cost;
  PetscInt       found = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n + 1, &cost));
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) hours += e->c->weight_objective[t];
  hours /= e->n_periods;
  for (PetscInt row = 0; row < n; row++) {
    PetscReal c = ExpansionReal(e, COMPONENT_GENERATOR, "marginal_cost", row, 0);
    if (ExpansionIsExtendable(e, COMPONENT_GENERATOR, row) && hours > 0)
      c += ExpansionCapitalCost(e, COMPONENT_GENERATOR, row) / hours;
    if (c > 0 && isfinite(c)) cost[found++] = c;
  }
  qsort(cost, (size_t)found, sizeof *cost, Ascending);
  *price = found ? cost[found / 2] : 1;
  PetscCall(PetscFree(cost));
  PetscFunctionReturn(0);
}

/* Demand of a region, MW on average. */
static PetscReal TypicalDemand(Expansion e, PetscInt n_regions)
{
  const Column *set = ExpansionColumn(e, COMPONENT_LOAD, "p_set");
  PetscReal     sum = 0;

  for (PetscInt row = 0; row < e->c->table[COMPONENT_LOAD].n; row++)
    for (PetscInt t = 0; t < e->c->n_snapshots; t++) sum += fabs(ColumnAt(set, row, t));
  sum /= (PetscReal)e->c->n_snapshots * n_regions;
  return sum > 0 ? sum : 1;
}

/* Power and angles (whose unit is what a MW drops) by the hours they stand for, capacity by its cost. */
static PetscErrorCode Weigh(Map *m)
{
  const LinearProgram p      = ExpansionProgram(m->e);
  const PetscReal     demand = TypicalDemand(m->e, m->regions->n_regions);
  PetscReal           price  = 1;

  PetscFunctionBeginUser;
  PetscCall(TypicalPrice(m->e, &price));
  for (PetscInt j = 0; j < p->n; j++) {
    const LinearLabel *l      = &p->variable[j];
    const PetscReal    weight = l->stage >= 0 ? ExpansionWeight(m->e, l->stage) : 0;
    m->regions->size[j]       = 0.25 * demand;
    m->regions->price[j]      = weight > 0 ? weight * price : fabs(p->cost[j]) > 0 ? fabs(p->cost[j]) : price;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionRegionsCreate(Expansion e, const char *spec, LinearRegions *regions)
{
  Map             m      = {.e = e, .n_buses = e->c->table[COMPONENT_BUS].n};
  char           *end    = NULL;
  const long      wanted = spec ? strtol(spec, &end, 10) : 0;
  const PetscBool number = (PetscBool)(wanted > 0 && end && !*end);
  const char    **name;
  PetscInt        n;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(m.n_buses + 1, &m.of_bus, m.n_buses + 1, &name));
  PetscCall(ExpansionGetBranches(e, &m.n_branches, &m.branch));
  PetscCall(Label(&m, number ? NULL : spec, &n, name));
  if (number) PetscCall(Merge(&m, &n, name, (PetscInt)wanted));
  PetscCall(LinearRegionsCreate(ExpansionProgram(e), n, regions));
  m.regions = *regions;
  for (PetscInt r = 0; r < n; r++) PetscCall(PetscStrallocpy(name[r], &m.regions->name[r]));
  PlaceRows(&m);
  PetscCall(PlaceAngles(&m));
  PetscCall(Weigh(&m));
  PetscCall(PetscFree2(m.of_bus, name));
  PetscCall(PetscFree(m.branch));
  PetscFunctionReturn(0);
}

/* The end of a branch's law whose angle is not known while the others are; *angle what it must be. */
static PetscInt Unknown(LinearProgram p, PetscInt row, const PetscBool *known, const PetscReal *x, PetscReal *angle)
{
  PetscInt  unknown = -1;
  PetscReal rest = p->row_lower[row], factor = 1;

  for (PetscInt k = p->start[row]; k < p->start[row + 1]; k++) {
    const PetscInt j = p->column[k];
    if (p->variable[j].kind == EXPANSION_ANGLE && !known[j]) {
      if (unknown >= 0) return -1;
      unknown = j;
      factor  = p->value[k];
    } else {
      rest -= p->value[k] * x[j];
    }
  }
  *angle = rest / factor;
  return unknown;
}

/* From the buses whose angle is fixed outwards, until nothing new is found. */
PetscErrorCode ExpansionRegionsAngles(Expansion e, PetscReal *x)
{
  const LinearProgram p = ExpansionProgram(e);
  PetscBool          *known, any = PETSC_TRUE;
  PetscInt           *law, n     = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n + 1, &known));
  PetscCall(PetscMalloc1(p->m + 1, &law));
  for (PetscInt j = 0; j < p->n; j++) {
    known[j] = (PetscBool)(p->variable[j].kind == EXPANSION_ANGLE && p->lower[j] == p->upper[j]);
    if (known[j]) x[j] = p->lower[j];
  }
  for (PetscInt i = 0; i < p->m; i++)
    if (p->row[i].kind == EXPANSION_CYCLE) law[n++] = i;
  while (any) {
    any = PETSC_FALSE;
    for (PetscInt k = 0; k < n; k++) {
      PetscReal      angle;
      const PetscInt j = Unknown(p, law[k], known, x, &angle);
      if (j < 0) continue;
      x[j]     = angle;
      known[j] = any = PETSC_TRUE;
    }
  }
  PetscCall(PetscFree(known));
  PetscCall(PetscFree(law));
  PetscFunctionReturn(0);
}
