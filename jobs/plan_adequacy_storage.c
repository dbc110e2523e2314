/* Storage and ties of a plan in one period. */
#include <string.h>

#include "jobs/plan_adequacy_impl.h"

/* Storage that lasts no longer than a day is full when a year begins; other storage at the plan's mean level. */
static PetscReal Begins(const ReliabilityCase *k, PetscReal energy, PetscReal power, const Column *level, PetscInt row)
{
  if (energy <= 24 * power || !level || !level->series || !level->series[row]) return energy;
  return PetscMin(energy, PetscMax(0, ReliabilityMean(k, level, row, PETSC_FALSE)));
}

static PetscErrorCode Inflow(ReliabilityCase *k, PetscInt row, const PetscReal **inflow)
{
  const Column *column = ComponentsColumn(k->c, COMPONENT_STORAGE_UNIT, "inflow");
  PetscReal    *value, all = 0;

  PetscFunctionBeginUser;
  *inflow = NULL;
  PetscCall(PetscMalloc1(k->hours, &value));
  PetscCall(ReliabilityOwn(k, value));
  for (PetscInt h = 0; h < k->hours; h++) all += value[h] = PetscMax(0, ColumnAt(column, row, k->snapshot[h]));
  if (all > 0) *inflow = value;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddStorageUnits(ReliabilityCase *k)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;

  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < k->c->table[kind].n; row++) {
    const PetscInt   bus      = ReliabilityBus(k, kind, "bus", row);
    const PetscReal  capacity = ReliabilityCapacity(k, kind, row);
    AdequacyStorage *s;
    if (bus < 0 || k->region_of[bus] < 0 || capacity <= 0) continue;
    PetscCall(ReliabilityNewStorage(k, k->c->table[kind].name[row], &s));
    s->region = k->region_of[bus];
    s->discharge =
        capacity * PetscMax(0, ReliabilityMean(k, ComponentsColumn(k->c, kind, "p_max_pu"), row, PETSC_FALSE));
    s->charge = capacity * PetscMax(0, -ReliabilityMean(k, ComponentsColumn(k->c, kind, "p_min_pu"), row, PETSC_FALSE));
    s->energy = PetscMin(1e12, capacity * ReliabilityReal(k, kind, "max_hours", row, 1));
    s->efficiency_charge    = ReliabilityMean(k, ComponentsColumn(k->c, kind, "efficiency_store"), row, PETSC_FALSE);
    s->efficiency_discharge = ReliabilityMean(k, ComponentsColumn(k->c, kind, "efficiency_dispatch"), row, PETSC_FALSE);
    s->standing_loss        = ReliabilityMean(k, ComponentsColumn(k->c, kind, "standing_loss"), row, PETSC_FALSE);
    s->initial              = Begins(k, s->energy, s->discharge, ComponentsColumn(k->c, kind, "state_of_charge"), row);
    PetscCall(Inflow(k, row, &s->inflow));
    ReliabilityFailures(k, kind, row, &s->mttf, &s->mttr);
    if (s->efficiency_charge <= 0) s->charge = 0, s->efficiency_charge = 1;
    if (s->efficiency_discharge <= 0) s->discharge = 0, s->efficiency_discharge = 1;
  }
  PetscFunctionReturn(0);
}

/* Whether something but links and stores feeds a bus: then its fuel is at hand and what burns it is a unit. */
static PetscBool IsSupplied(const ReliabilityCase *k, PetscInt bus)
{
  for (PetscInt g = 0; g < k->c->table[COMPONENT_GENERATOR].n; g++)
    if (ReliabilityBus(k, COMPONENT_GENERATOR, "bus", g) == bus && ReliabilityCapacity(k, COMPONENT_GENERATOR, g) > 0)
      return PETSC_TRUE;
  return PETSC_FALSE;
}

/* What links take from a bus to electricity, or bring to it: MW at the electric end, and the efficiency of all together. */
typedef struct {
  PetscReal power, other_end, largest;
  PetscInt  region; /* of the largest */
} Converters;

static void AddConverter(const ReliabilityCase *k, Converters *all, PetscInt link, PetscInt port, PetscInt electric,
                         PetscBool out)
{
  const Column   *max_pu = ComponentsColumn(k->c, COMPONENT_LINK, "p_max_pu"), *efficiency;
  const PetscReal power =
      ReliabilityCapacity(k, COMPONENT_LINK, link) * PetscMax(0, ReliabilityMean(k, max_pu, link, PETSC_FALSE));
  char      text[32];
  PetscReal factor;

  efficiency = ComponentsColumn(k->c, COMPONENT_LINK, ReliabilityPort("efficiency", port, text));
  factor     = efficiency && efficiency->real ? ReliabilityMean(k, efficiency, link, PETSC_FALSE) : 1;
  if (power <= 0 || factor <= 0) return;
  all->power += out ? power * factor : power;
  all->other_end += out ? power : power * factor;
  if (power <= all->largest) return;
  all->largest = power;
  all->region  = k->region_of[electric];
}

/* Links between `bus` and electricity. */
static void FindConverters(const ReliabilityCase *k, PetscInt bus, Converters *in, Converters *out)
{
  char text[32];

  *in = *out = (Converters){.region = -1};
  for (PetscInt l = 0; l < k->c->table[COMPONENT_LINK].n; l++) {
    const PetscInt from = ReliabilityBus(k, COMPONENT_LINK, "bus0", l);
    for (PetscInt p = 1; p < RELIABILITY_PORTS; p++) {
      const Column  *column = ComponentsColumn(k->c, COMPONENT_LINK, ReliabilityPort("bus", p, text));
      const PetscInt to     = column && column->text ? ReliabilityBus(k, COMPONENT_LINK, text, l) : -1;
      if (to < 0 || from < 0) continue;
      if (from == bus && k->region_of[to] >= 0) AddConverter(k, out, l, p, to, PETSC_TRUE);
      if (to == bus && k->region_of[from] >= 0) AddConverter(k, in, l, p, from, PETSC_FALSE);
    }
  }
}

/* Mean of what loads take from a bus, MW. */
static PetscReal OwnDemand(const ReliabilityCase *k, PetscInt bus)
{
  const Column *set   = ComponentsColumn(k->c, COMPONENT_LOAD, "p_set");
  PetscReal     total = 0;

  for (PetscInt l = 0; l < k->c->table[COMPONENT_LOAD].n; l++)
    if (ReliabilityBus(k, COMPONENT_LOAD, "bus", l) == bus && ComponentsActive(k->c, COMPONENT_LOAD, l, k->period))
      total += PetscMax(0, ReliabilityMean(k, set, l, PETSC_FALSE));
  return total;
}

/* The stores of one bus as one storage: behind links, or on an electric bus itself (then power is what it holds in an hour). */
static PetscErrorCode AddStoresOf(ReliabilityCase *k, PetscInt bus)
{
  const Column    *level  = ComponentsColumn(k->c, COMPONENT_STORE, "e"), *loss;
  const PetscBool  direct = (PetscBool)(k->region_of[bus] >= 0);
  Converters       in = {.region = k->region_of[bus]}, out = in;
  PetscReal        energy = 0, begins = 0, standing = 0;
  AdequacyStorage *s;

  PetscFunctionBeginUser;
  if (!direct) FindConverters(k, bus, &in, &out);
  if (out.region < 0) PetscFunctionReturn(0);
  loss = ComponentsColumn(k->c, COMPONENT_STORE, "standing_loss");
  for (PetscInt row = 0; row < k->c->table[COMPONENT_STORE].n; row++) {
    const PetscReal own = ReliabilityCapacity(k, COMPONENT_STORE, row);
    if (ReliabilityBus(k, COMPONENT_STORE, "bus", row) != bus || own <= 0) continue;
    energy += own;
    begins += Begins(k, own, direct ? own : out.other_end, level, row);
    standing += own * ReliabilityMean(k, loss, row, PETSC_FALSE);
  }
  if (direct && energy <= 0) PetscFunctionReturn(0);
  PetscCall(ReliabilityNewStorage(k, k->c->table[COMPONENT_BUS].name[bus], &s));
  k->fuel_of[bus] = direct ? -1 : k->n_storages - 1;
  s->region       = out.region;
  s->energy       = energy;
  s->initial      = PetscMin(energy, begins);
  s->charge = s->discharge = energy;
  s->standing_loss         = energy > 0 ? standing / energy : 0;
  if (direct) PetscFunctionReturn(0);
  s->discharge            = out.power;
  s->efficiency_discharge = out.power / out.other_end;
  s->efficiency_charge    = in.power > 0 ? in.other_end / in.power : 1;
  s->charge               = PetscMax(0, in.power - OwnDemand(k, bus) / s->efficiency_charge);
  PetscFunctionReturn(0);
}

PetscErrorCode ReliabilityAddStorage(ReliabilityCase *k)
{
  PetscFunctionBeginUser;
  PetscCall(AddStorageUnits(k));
  for (PetscInt bus = 0; bus < k->c->table[COMPONENT_BUS].n; bus++) {
    PetscBool holds = PETSC_FALSE;
    for (PetscInt row = 0; row < k->c->table[COMPONENT_STORE].n && !holds; row++)
      holds = (PetscBool)(ReliabilityBus(k, COMPONENT_STORE, "bus", row) == bus);
    if (holds && (k->region_of[bus] >= 0 || !IsSupplied(k, bus))) PetscCall(AddStoresOf(k, bus));
  }
  PetscFunctionReturn(0);
}

/* --- ties */

static PetscErrorCode AddTie(ReliabilityCase *k, ComponentKind kind, PetscInt row, PetscReal forward,
                             PetscReal backward)
{
  const PetscInt from = ReliabilityBus(k, kind, "bus0", row), to = ReliabilityBus(k, kind, "bus1", row);
  AdequacyTie   *tie;

  PetscFunctionBeginUser;
  if (from < 0 || to < 0 || k->region_of[from] < 0 || k->region_of[to] < 0) PetscFunctionReturn(0);
  if (k->region_of[from] == k->region_of[to] || (forward <= 0 && backward <= 0)) PetscFunctionReturn(0);
  PetscCall(ReliabilityNewTie(k, k->c->table[kind].name[row], &tie));
  tie->from     = k->region_of[from];
  tie->to       = k->region_of[to];
  tie->forward  = PetscMax(0, forward);
  tie->backward = PetscMax(0, backward);
  ReliabilityFailures(k, kind, row, &tie->mttf, &tie->mttr);
  PetscFunctionReturn(0);
}

PetscErrorCode ReliabilityAddTies(ReliabilityCase *k)
{
  static const ComponentKind branches[] = {COMPONENT_LINE, COMPONENT_TRANSFORMER};
  const Column              *max_pu     = ComponentsColumn(k->c, COMPONENT_LINK, "p_max_pu");
  const Column              *min_pu     = ComponentsColumn(k->c, COMPONENT_LINK, "p_min_pu");
  const Column              *efficiency = ComponentsColumn(k->c, COMPONENT_LINK, "efficiency");

  PetscFunctionBeginUser;
  for (size_t b = 0; b < 2; b++)
    for (PetscInt row = 0; row < k->c->table[branches[b]].n; row++) {
      const Column   *rating   = ComponentsColumn(k->c, branches[b], "s_max_pu");
      const PetscReal capacity = ReliabilityCapacity(k, branches[b], row) * ReliabilityMean(k, rating, row, PETSC_TRUE);
      PetscCall(AddTie(k, branches[b], row, capacity, capacity));
    }
  for (PetscInt row = 0; row < k->c->table[COMPONENT_LINK].n; row++) {
    const PetscReal arrives =
        ReliabilityCapacity(k, COMPONENT_LINK, row) * ReliabilityMean(k, efficiency, row, PETSC_FALSE);
    PetscCall(AddTie(k, COMPONENT_LINK, row, arrives * ReliabilityMean(k, max_pu, row, PETSC_TRUE),
                     -arrives * ReliabilityMean(k, min_pu, row, PETSC_FALSE)));
  }
  PetscFunctionReturn(0);
}
