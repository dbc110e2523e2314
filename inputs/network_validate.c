/* Faults of a network that no line of a file shows alone: limits, names, islands. */
#include "inputs/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  Network net;
  Faults  faults;
} Check;

static PetscErrorCode Error(const Check *check, const char *noun, const char *name, const char *text)
{
  PetscFunctionBegin;
  PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0, "%s \"%s\": %s", noun, name, text));
  PetscFunctionReturn(0);
}

/* Numbers that must be finite. */
static PetscErrorCode Finite(const Check *check, const char *noun, const char *name, const char *attribute, PetscReal x)
{
  PetscFunctionBegin;
  if (!isfinite(x))
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "%s \"%s\": found %s %g, expected a finite number", noun, name, attribute, (double)x));
  PetscFunctionReturn(0);
}

static PetscErrorCode Limits(const Check *check, const char *noun, const char *name, const char *attribute,
                             PetscReal lower, PetscReal upper)
{
  PetscFunctionBegin;
  if (!(lower <= upper))
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "%s \"%s\": found %s from %.10g to %.10g, expected a lower limit below the upper", noun, name,
                        attribute, (double)lower, (double)upper));
  else if (lower >= PETSC_INFINITY || upper <= -PETSC_INFINITY)
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "%s \"%s\": found %s limits that leave no value", noun, name, attribute));
  PetscFunctionReturn(0);
}

static PetscErrorCode AtBus(const Check *check, const char *noun, const char *name, PetscInt bus)
{
  PetscFunctionBegin;
  if (bus < 0 || bus >= check->net->bus.n) PetscCall(Error(check, noun, name, "its bus is none of the network's"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CostFaults(const Check *check, const char *noun, const char *name, const Cost *cost)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < (cost->kind == COST_PIECEWISE_LINEAR ? 2 : 1) * cost->n; ++k)
    if (!isfinite(cost->coefficient[k])) {
      PetscCall(Error(check, noun, name, "found a cost that is not finite, expected numbers"));
      PetscFunctionReturn(0);
    }
  if (cost->kind == COST_POLYNOMIAL) PetscFunctionReturn(0);
  for (PetscInt k = 1; k < cost->n; ++k)
    if (cost->coefficient[2 * k] <= cost->coefficient[2 * k - 2]) {
      PetscCall(Error(check, noun, name, "found piecewise linear cost points out of order, expected increasing power"));
      PetscFunctionReturn(0);
    }
  if (!CostIsConvex(cost, 1e-9))
    PetscCall(Error(check, noun, name, "found a piecewise linear cost whose slope falls, expected a convex cost"));
  PetscFunctionReturn(0);
}

typedef struct {
  const char *name;
  PetscInt    row;
} NamedRow;

static int CompareNames(const void *a, const void *b)
{
  const NamedRow *p = (const NamedRow *)a, *q = (const NamedRow *)b;
  const int       order = strcmp(p->name, q->name);
  return order ? order : p->row < q->row ? -1 : p->row > q->row;
}

static PetscErrorCode UniqueNames(const Check *check, const char *noun, PetscInt n, char *const *name)
{
  NamedRow *row;
  PetscFunctionBegin;
  PetscCall(PetscMalloc1((size_t)n + 1, &row));
  for (PetscInt k = 0; k < n; ++k) row[k] = (NamedRow){name[k], k};
  qsort(row, (size_t)n, sizeof *row, CompareNames);
  for (PetscInt k = 0; k < n; ++k) {
    if (!row[k].name[0])
      PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                          "%s %" PetscInt_FMT ": found no name, expected one", noun, row[k].row + 1));
    else if (k && !strcmp(row[k].name, row[k - 1].name) && (k == 1 || strcmp(row[k].name, row[k - 2].name) != 0))
      PetscCall(Error(check, noun, row[k].name, "found this name more than once, expected unique names"));
  }
  PetscCall(PetscFree(row));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckBuses(const Check *check)
{
  const BusTable *bus = &check->net->bus;
  PetscFunctionBegin;
  if (!bus->n) PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0, "found no bus, expected one"));
  for (PetscInt k = 0; k < bus->n; ++k) {
    const PetscInt first = NetworkFindBus(check->net, bus->number[k]);
    if (bus->number[k] < 1)
      PetscCall(Error(check, "bus", bus->name[k], "found a number that is not positive"));
    else if (first != k)
      PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                          "bus \"%s\": found number %" PetscInt_FMT " again, expected a number of its own",
                          bus->name[k], bus->number[k]));
    if (!NetworkBusIsElectric(check->net, k)) continue; /* no voltage: its electric columns mean nothing */
    PetscCall(Limits(check, "bus", bus->name[k], "voltage", bus->vm_min_pu[k], bus->vm_max_pu[k]));
    PetscCall(Finite(check, "bus", bus->name[k], "vm_pu", bus->vm_pu[k]));
    PetscCall(Finite(check, "bus", bus->name[k], "va_rad", bus->va_rad[k]));
    if (!(bus->base_kv[k] > 0 && isfinite(bus->base_kv[k])))
      PetscCall(Error(check, "bus", bus->name[k], "found a base voltage that is not positive"));
    if (bus->vm_max_pu[k] <= 0)
      PetscCall(Error(check, "bus", bus->name[k], "found an upper voltage limit not above 0"));
  }
  PetscFunctionReturn(0);
}

/* Voltage, angle and reactive power are there at electric buses only. */
static PetscErrorCode AtElectricBus(const Check *check, const char *noun, const char *name, PetscInt bus)
{
  PetscFunctionBegin;
  PetscCall(AtBus(check, noun, name, bus));
  if (bus >= 0 && bus < check->net->bus.n && !NetworkBusIsElectric(check->net, bus))
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "%s \"%s\": found bus \"%s\" of carrier \"%s\", expected an AC or DC bus", noun, name,
                        check->net->bus.name[bus], check->net->bus.carrier[bus]));
  PetscFunctionReturn(0);
}

/* A number of 0 or more, infinity where it may stand for "none". */
static PetscErrorCode NotNegative(const Check *check, const char *noun, const char *name, const char *attribute,
                                  PetscReal x, PetscBool may_be_infinite)
{
  PetscFunctionBegin;
  if (!(x >= 0) || (!may_be_infinite && !isfinite(x)))
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0, "%s \"%s\": found %s %g, expected %s", noun,
                        name, attribute, (double)x, may_be_infinite ? "0 or more" : "a finite number of 0 or more"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckBranch(const Check *check, PetscInt k)
{
  const BranchTable *b    = &check->net->branch;
  const char        *name = b->name[k];
  PetscFunctionBegin;
  PetscCall(AtElectricBus(check, "branch", name, b->from[k]));
  PetscCall(AtElectricBus(check, "branch", name, b->to[k]));
  if (b->from[k] == b->to[k]) PetscCall(Error(check, "branch", name, "found the same bus at both ends"));
  if (!b->in_service[k]) PetscFunctionReturn(0);
  PetscCall(Finite(check, "branch", name, "r", b->r[k]));
  PetscCall(Finite(check, "branch", name, "x", b->x[k]));
  PetscCall(Finite(check, "branch", name, "g_from", b->g_from[k]));
  PetscCall(Finite(check, "branch", name, "b_from", b->b_from[k]));
  PetscCall(Finite(check, "branch", name, "g_to", b->g_to[k]));
  PetscCall(Finite(check, "branch", name, "b_to", b->b_to[k]));
  PetscCall(Finite(check, "branch", name, "shift", b->shift_rad[k]));
  if (b->r[k] == 0 && b->x[k] == 0)
    PetscCall(Error(check, "branch", name, "found r and x zero, expected an impedance"));
  if (!(b->tap[k] > 0 && isfinite(b->tap[k])))
    PetscCall(Error(check, "branch", name, "found a tap ratio that is not positive"));
  if (!(b->rate_a[k] > 0)) PetscCall(Error(check, "branch", name, "found a rating that is not positive"));
  PetscCall(Limits(check, "branch", name, "angle difference", b->angle_min_rad[k], b->angle_max_rad[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckGenerator(const Check *check, PetscInt k)
{
  const GeneratorTable *g    = &check->net->generator;
  const char           *name = g->name[k];
  PetscFunctionBegin;
  PetscCall(AtBus(check, "generator", name, g->bus[k]));
  if (!g->in_service[k]) PetscFunctionReturn(0);
  PetscCall(Limits(check, "generator", name, "active power", g->p_min_mw[k], g->p_max_mw[k]));
  PetscCall(Limits(check, "generator", name, "reactive power", g->q_min_mvar[k], g->q_max_mvar[k]));
  PetscCall(Finite(check, "generator", name, "p_mw", g->p_mw[k]));
  PetscCall(Finite(check, "generator", name, "q_mvar", g->q_mvar[k]));
  PetscCall(Finite(check, "generator", name, "emission", g->emission_t_per_mwh[k]));
  if (!(g->mva_base[k] > 0 && isfinite(g->mva_base[k])))
    PetscCall(Error(check, "generator", name, "found an MVA base that is not positive"));
  if (!(g->ramp_mw_per_h[k] > 0)) PetscCall(Error(check, "generator", name, "found a ramp that is not positive"));
  PetscCall(NotNegative(check, "generator", name, "reserve", g->reserve_max_mw[k], PETSC_TRUE));
  PetscCall(CostFaults(check, "generator", name, &g->cost[k]));
  PetscFunctionReturn(0);
}

/* Only a converter between two carriers may deliver more than it takes: a heat pump's other source is the ambient. */
static PetscErrorCode CheckLinkLosses(const Check *check, PetscInt k)
{
  const LinkTable *l    = &check->net->link;
  const BusTable  *bus  = &check->net->bus;
  const char      *name = l->name[k];
  PetscBool        gain = PETSC_FALSE, same;

  PetscFunctionBegin;
  same = (PetscBool)((NetworkBusIsElectric(check->net, l->from[k]) && NetworkBusIsElectric(check->net, l->to[k])) ||
                     !strcmp(bus->carrier[l->from[k]], bus->carrier[l->to[k]]));
  gain = (PetscBool)(l->loss1[k] < 0);
  if (!(l->loss1[k] <= 1 && isfinite(l->loss1[k]) && l->loss0_mw[k] >= 0 && isfinite(l->loss0_mw[k])))
    PetscCall(
        Error(check, "link", name, "found losses out of range, expected 0 MW or more and a fraction of at most 1"));
  else if (gain && same)
    PetscCall(Error(check, "link", name,
                    "found an efficiency above 1 between buses of one carrier, expected a fraction of 0 to 1"));
  else if (l->p_min_mw[k] < 0 && l->loss1[k] != 0)
    PetscCall(Error(check, "link", name, "found losses in proportion on a link that can reverse, expected none"));
  else if (l->p_min_mw[k] < 0 && (l->to2[k] >= 0 || l->to3[k] >= 0))
    PetscCall(Error(check, "link", name, "found further outputs on a link that can reverse, expected one output"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckLinkOutputs(const Check *check, PetscInt k)
{
  const LinkTable *l = &check->net->link;
  PetscFunctionBegin;
  if (l->to2[k] != -1) PetscCall(AtBus(check, "link", l->name[k], l->to2[k]));
  if (l->to3[k] != -1) PetscCall(AtBus(check, "link", l->name[k], l->to3[k]));
  PetscCall(Finite(check, "link", l->name[k], "efficiency2", l->efficiency2[k]));
  PetscCall(Finite(check, "link", l->name[k], "efficiency3", l->efficiency3[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckLink(const Check *check, PetscInt k)
{
  const LinkTable *l      = &check->net->link;
  const char      *name   = l->name[k];
  const PetscInt   before = FaultsErrorCount(check->faults);
  PetscFunctionBegin;
  PetscCall(AtBus(check, "link", name, l->from[k]));
  PetscCall(AtBus(check, "link", name, l->to[k]));
  PetscCall(CheckLinkOutputs(check, k));
  if (!l->in_service[k] || FaultsErrorCount(check->faults) > before) PetscFunctionReturn(0);
  PetscCall(Limits(check, "link", name, "active power", l->p_min_mw[k], l->p_max_mw[k]));
  PetscCall(Limits(check, "link", name, "reactive power at its start", l->q_from_min_mvar[k], l->q_from_max_mvar[k]));
  PetscCall(Limits(check, "link", name, "reactive power at its end", l->q_to_min_mvar[k], l->q_to_max_mvar[k]));
  PetscCall(CheckLinkLosses(check, k));
  PetscCall(CostFaults(check, "link", name, &l->cost[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckStorage(const Check *check, PetscInt k)
{
  const StorageTable *s    = &check->net->storage;
  const char         *name = s->name[k];
  PetscFunctionBegin;
  PetscCall(AtBus(check, "storage", name, s->bus[k]));
  if (!s->in_service[k]) PetscFunctionReturn(0);
  PetscCall(Limits(check, "storage", name, "charging power", 0, s->p_charge_max_mw[k]));
  PetscCall(Limits(check, "storage", name, "discharging power", 0, s->p_discharge_max_mw[k]));
  PetscCall(Limits(check, "storage", name, "energy", s->e_min_mwh[k], s->e_max_mwh[k]));
  PetscCall(Limits(check, "storage", name, "reactive power", s->q_min_mvar[k], s->q_max_mvar[k]));
  if (!(s->e_initial_mwh[k] >= s->e_min_mwh[k] && s->e_initial_mwh[k] <= s->e_max_mwh[k]))
    PetscCall(Error(check, "storage", name, "found an initial energy outside its limits"));
  if (s->e_final_min_mwh[k] > s->e_max_mwh[k])
    PetscCall(Error(check, "storage", name, "found a final energy above the upper limit"));
  if (!(s->efficiency_charge[k] > 0 && s->efficiency_charge[k] <= 1 && s->efficiency_discharge[k] > 0 &&
        s->efficiency_discharge[k] <= 1))
    PetscCall(Error(check, "storage", name, "found an efficiency out of range, expected above 0 and up to 1"));
  if (!(s->standing_loss[k] >= 0 && s->standing_loss[k] < 1))
    PetscCall(Error(check, "storage", name, "found a standing loss out of range, expected 0 to below 1 per hour"));
  PetscCall(Finite(check, "storage", name, "marginal cost", s->marginal_cost[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckFlexibility(const Check *check, PetscInt k)
{
  const LoadTable *l    = &check->net->load;
  const char      *name = l->name[k];
  PetscFunctionBegin;
  if (!(l->curtail_max_pu[k] >= 0 && l->curtail_max_pu[k] <= 1))
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "load \"%s\": found curtail_max_pu %g, expected 0 to 1", name, (double)l->curtail_max_pu[k]));
  PetscCall(NotNegative(check, "load", name, "curtail_cost", l->curtail_cost[k], PETSC_FALSE));
  PetscCall(NotNegative(check, "load", name, "shift_max_mw", l->shift_max_mw[k], PETSC_FALSE));
  PetscCall(NotNegative(check, "load", name, "shift_cost", l->shift_cost[k], PETSC_FALSE));
  if (l->shift_hours[k] < 0)
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "load \"%s\": found shift_hours %" PetscInt_FMT ", expected 0 (the window) or more", name,
                        l->shift_hours[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckReserve(const Check *check, PetscInt k)
{
  const ReserveTable *r     = &check->net->reserve;
  PetscInt            buses = 0;
  PetscFunctionBegin;
  PetscCall(NotNegative(check, "reserve", r->name[k], "requirement_mw", r->requirement_mw[k], PETSC_FALSE));
  PetscCall(NotNegative(check, "reserve", r->name[k], "shortage_price", r->shortage_price[k], PETSC_TRUE));
  for (PetscInt b = 0; b < check->net->bus.n; ++b) buses += NetworkReserveCovers(check->net, k, b);
  if (r->column[k][0] && !NetworkBusColumn(check->net, r->column[k]))
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "reserve \"%s\": found column \"%s\", expected a column of the buses", r->name[k],
                        r->column[k]));
  else if (!buses)
    PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                        "reserve \"%s\": found label \"%s\" at no bus, expected one in column \"%s\"", r->name[k],
                        r->label[k], r->column[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckDemand(const Check *check)
{
  const LoadTable  *load  = &check->net->load;
  const ShuntTable *shunt = &check->net->shunt;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < load->n; ++k) {
    PetscCall(AtBus(check, "load", load->name[k], load->bus[k]));
    PetscCall(Finite(check, "load", load->name[k], "p_mw", load->p_mw[k]));
    PetscCall(Finite(check, "load", load->name[k], "q_mvar", load->q_mvar[k]));
    PetscCall(CheckFlexibility(check, k));
  }
  for (PetscInt k = 0; k < shunt->n; ++k) {
    PetscCall(AtElectricBus(check, "shunt", shunt->name[k], shunt->bus[k]));
    PetscCall(Finite(check, "shunt", shunt->name[k], "g_mw", shunt->g_mw[k]));
    PetscCall(Finite(check, "shunt", shunt->name[k], "b_mvar", shunt->b_mvar[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSeries(const Check *check)
{
  const SeriesTable *s = &check->net->series;
  PetscFunctionBegin;
  for (PetscInt r = 0; r < s->n; ++r)
    for (PetscInt t = 0; t < s->n_snapshots; ++t)
      if (!isfinite(s->value[(size_t)r * (size_t)s->n_snapshots + (size_t)t])) {
        PetscCall(FaultsAdd(check->faults, FAULT_ERROR, check->net->source, 0,
                            "series %" PetscInt_FMT ": found a value that is not finite at snapshot %" PetscInt_FMT,
                            r + 1, t + 1));
        break;
      }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckNames(const Check *check)
{
  const Network net = check->net;
  PetscFunctionBegin;
  PetscCall(UniqueNames(check, "generator", net->generator.n, net->generator.name));
  PetscCall(UniqueNames(check, "load", net->load.n, net->load.name));
  PetscCall(UniqueNames(check, "shunt", net->shunt.n, net->shunt.name));
  PetscCall(UniqueNames(check, "link", net->link.n, net->link.name));
  PetscCall(UniqueNames(check, "storage", net->storage.n, net->storage.name));
  PetscCall(UniqueNames(check, "reserve", net->reserve.n, net->reserve.name));
  PetscFunctionReturn(0);
}

/* Islands by union and find; the root of each is its lowest bus, so that the outcome depends on the buses alone. */
static PetscInt Root(PetscInt *parent, PetscInt k)
{
  while (parent[k] != k) k = parent[k] = parent[parent[k]];
  return k;
}

static void Join(PetscInt *parent, PetscInt a, PetscInt b)
{
  a = Root(parent, a);
  b = Root(parent, b);
  if (a < b)
    parent[b] = a;
  else
    parent[a] = b;
}

/* What each island holds, by root. */
typedef struct {
  PetscInt  buses, loads, sources, references;
  PetscInt  load_bus;  /* first bus with demand */
  PetscInt  reference; /* bus chosen or best suited: that of the largest generator */
  PetscReal largest;   /* its output; -1 none yet */
} Island;

static PetscErrorCode FindIslands(Network net, PetscBool links, PetscInt **parent)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1((size_t)net->bus.n, parent));
  for (PetscInt k = 0; k < net->bus.n; ++k) (*parent)[k] = k;
  for (PetscInt k = 0; k < net->branch.n; ++k)
    if (net->branch.in_service[k]) Join(*parent, net->branch.from[k], net->branch.to[k]);
  for (PetscInt k = 0; links && k < net->link.n; ++k) {
    if (!net->link.in_service[k]) continue;
    Join(*parent, net->link.from[k], net->link.to[k]);
    if (net->link.to2[k] >= 0) Join(*parent, net->link.from[k], net->link.to2[k]);
    if (net->link.to3[k] >= 0) Join(*parent, net->link.from[k], net->link.to3[k]);
  }
  for (PetscInt k = 0; k < net->bus.n; ++k) (*parent)[k] = Root(*parent, k);
  PetscFunctionReturn(0);
}

static void Offer(Island *island, PetscInt bus, PetscReal size)
{
  if (size <= island->largest) return;
  island->largest   = size;
  island->reference = bus;
}

static void CountIslands(Network net, const PetscInt *root, Island *island)
{
  const GeneratorTable *g = &net->generator;
  const LoadTable      *l = &net->load;
  for (PetscInt k = 0; k < net->bus.n; ++k) island[k] = (Island){0, 0, 0, 0, -1, k, -1};
  for (PetscInt k = 0; k < net->bus.n; ++k) {
    if (net->bus.type[k] == BUS_ISOLATED) continue;
    ++island[root[k]].buses;
    island[root[k]].references += net->bus.type[k] == BUS_REF;
  }
  for (PetscInt k = 0; k < g->n; ++k)
    if (g->in_service[k]) {
      if (g->p_max_mw[k] > 0 || g->p_max_series[k] >= 0) ++island[root[g->bus[k]]].sources;
      Offer(&island[root[g->bus[k]]], g->bus[k], PetscMax(g->p_max_mw[k], 0));
    }
  for (PetscInt k = 0; k < net->storage.n; ++k)
    if (net->storage.in_service[k]) {
      ++island[root[net->storage.bus[k]]].sources;
      Offer(&island[root[net->storage.bus[k]]], net->storage.bus[k], -0.5); /* any generator is better */
    }
  for (PetscInt k = 0; k < l->n; ++k)
    if (l->in_service[k] && (l->p_mw[k] > 0 || l->p_series[k] >= 0)) {
      Island *here = &island[root[l->bus[k]]];
      if (!here->loads++ || l->bus[k] < here->load_bus) here->load_bus = l->bus[k];
    }
}

/* Demand that nothing can serve, links counted as connections whatever their carriers. */
static PetscErrorCode CheckSupply(const Check *check)
{
  Network   net = check->net;
  PetscInt *root;
  Island   *island;
  PetscFunctionBegin;
  PetscCall(FindIslands(net, PETSC_TRUE, &root));
  PetscCall(PetscMalloc1((size_t)net->bus.n, &island));
  CountIslands(net, root, island);
  for (PetscInt k = 0; k < net->bus.n; ++k)
    if (island[k].loads && !island[k].sources)
      PetscCall(FaultsAdd(check->faults, FAULT_ERROR, net->source, 0,
                          "found an island of %" PetscInt_FMT " buses with load (bus %" PetscInt_FMT
                          ") and without generation or storage",
                          island[k].buses, net->bus.number[island[k].load_bus]));
  PetscCall(PetscFree(island));
  PetscCall(PetscFree(root));
  PetscFunctionReturn(0);
}

static PetscErrorCode ChooseReference(const Check *check, const Island *island)
{
  Network     net    = check->net;
  const char *source = net->source;
  PetscFunctionBegin;
  net->bus.type[island->reference] = BUS_REF;
  PetscCall(FaultsAdd(check->faults, FAULT_WARNING, source, 0,
                      "found an island of %" PetscInt_FMT " buses without a reference bus: bus %" PetscInt_FMT
                      " is taken",
                      island->buses, net->bus.number[island->reference]));
  PetscFunctionReturn(0);
}

/* The first reference of an island stays; the others hold their voltage only. */
static PetscErrorCode DropReferences(const Check *check, const PetscInt *root, PetscInt island)
{
  Network  net   = check->net;
  PetscInt first = -1, dropped = 0;
  PetscFunctionBegin;
  for (PetscInt k = 0; k < net->bus.n; ++k) {
    if (root[k] != island || net->bus.type[k] != BUS_REF) continue;
    if (first < 0) {
      first = k;
      continue;
    }
    net->bus.type[k] = BUS_PV;
    ++dropped;
  }
  PetscCall(FaultsAdd(check->faults, FAULT_WARNING, net->source, 0,
                      "found %" PetscInt_FMT " reference buses in one island: bus %" PetscInt_FMT " is taken",
                      dropped + 1, net->bus.number[first]));
  PetscFunctionReturn(0);
}

static void MarkUsed(Network net, PetscBool *used)
{
  for (PetscInt k = 0; k < net->load.n; ++k) used[net->load.bus[k]] = PETSC_TRUE;
  for (PetscInt k = 0; k < net->shunt.n; ++k) used[net->shunt.bus[k]] = PETSC_TRUE;
  for (PetscInt k = 0; k < net->generator.n; ++k) used[net->generator.bus[k]] = PETSC_TRUE;
  for (PetscInt k = 0; k < net->storage.n; ++k) used[net->storage.bus[k]] = PETSC_TRUE;
  for (PetscInt k = 0; k < net->link.n; ++k) {
    used[net->link.from[k]] = used[net->link.to[k]] = PETSC_TRUE;
    if (net->link.to2[k] >= 0) used[net->link.to2[k]] = PETSC_TRUE;
    if (net->link.to3[k] >= 0) used[net->link.to3[k]] = PETSC_TRUE;
  }
}

/* One reference for each electric island of branches, none at energy buses; a bus that nothing connects and nothing uses is set aside. */
static PetscErrorCode SettleReferences(const Check *check)
{
  Network    net = check->net;
  PetscInt  *root, aside = 0;
  PetscBool *used;
  Island    *island;

  PetscFunctionBegin;
  PetscCall(FindIslands(net, PETSC_FALSE, &root));
  PetscCall(PetscMalloc1((size_t)net->bus.n, &island));
  PetscCall(PetscCalloc1((size_t)net->bus.n, &used));
  CountIslands(net, root, island);
  MarkUsed(net, used);
  for (PetscInt k = 0; k < net->bus.n; ++k) {
    const PetscBool electric = NetworkBusIsElectric(net, k);
    if (!electric && net->bus.type[k] != BUS_ISOLATED) net->bus.type[k] = BUS_PQ;
    if (root[k] != k || !island[k].buses) continue;
    if (island[k].buses == 1 && !used[k] && (!island[k].references || !electric)) {
      net->bus.type[k] = BUS_ISOLATED;
      ++aside;
    } else if (!electric) {
      continue;
    } else if (!island[k].references) {
      PetscCall(ChooseReference(check, &island[k]));
    } else if (island[k].references > 1) {
      PetscCall(DropReferences(check, root, k));
    }
  }
  if (aside)
    PetscCall(FaultsAdd(check->faults, FAULT_WARNING, net->source, 0,
                        "%" PetscInt_FMT " buses without connection, load or generation are set aside", aside));
  PetscCall(PetscFree(used));
  PetscCall(PetscFree(island));
  PetscCall(PetscFree(root));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkWarnNegativeImpedance(Network net, const char *file, Faults faults)
{
  PetscInt n_r = 0, n_x = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < net->branch.n; k++) {
    n_r += net->branch.r[k] < 0;
    n_x += net->branch.x[k] < 0;
  }
  if (n_r)
    PetscCall(
        FaultsAdd(faults, FAULT_WARNING, file, 0, "found %" PetscInt_FMT " branches with negative resistance", n_r));
  if (n_x)
    PetscCall(
        FaultsAdd(faults, FAULT_WARNING, file, 0, "found %" PetscInt_FMT " branches with negative reactance", n_x));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkValidate(Network net, Faults faults)
{
  const Check    check  = {net, faults};
  const PetscInt before = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  if (!(net->base_mva > 0 && isfinite(net->base_mva)))
    PetscCall(FaultsAdd(faults, FAULT_ERROR, net->source, 0, "found base power %g, expected a positive number of MVA",
                        (double)net->base_mva));
  PetscCall(CheckBuses(&check));
  for (PetscInt k = 0; k < net->branch.n; ++k) PetscCall(CheckBranch(&check, k));
  for (PetscInt k = 0; k < net->generator.n; ++k) PetscCall(CheckGenerator(&check, k));
  for (PetscInt k = 0; k < net->link.n; ++k) PetscCall(CheckLink(&check, k));
  for (PetscInt k = 0; k < net->storage.n; ++k) PetscCall(CheckStorage(&check, k));
  PetscCall(CheckDemand(&check));
  for (PetscInt k = 0; k < net->reserve.n; ++k) PetscCall(CheckReserve(&check, k));
  PetscCall(CheckSeries(&check));
  PetscCall(CheckNames(&check));
  if (FaultsErrorCount(faults) > before) PetscFunctionReturn(0); /* indices may be wrong: no islands */
  PetscCall(CheckSupply(&check));
  PetscCall(SettleReferences(&check));
  PetscFunctionReturn(0);
}
