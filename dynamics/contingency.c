/* Contingencies: every fault and every trip of a network. */
#include "dynamics/contingency.h"

enum { NAME_LENGTH = 200 };

void ContingencyDefaultSet(ContingencySet *set)
{
  *set = (ContingencySet){PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, 0.0, 0.1};
}

PetscErrorCode ContingenciesCreate(Contingencies *list)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(list));
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesDestroy(Contingencies *list)
{
  PetscFunctionBeginUser;
  if (!list || !*list) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*list)->n; ++k) {
    PetscCall(PetscFree((*list)->item[k].name));
    PetscCall(PetscFree((*list)->item[k].event));
  }
  PetscCall(PetscFree((*list)->item));
  PetscCall(PetscFree((*list)->path));
  PetscCall(PetscFree(*list));
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesAdd(Contingencies list, const char *name, PetscInt n, const StabilityEvent *events,
                                PetscInt line)
{
  PetscFunctionBeginUser;
  if (list->n == list->capacity) {
    list->capacity = PetscMax(16, 2 * list->capacity);
    PetscCall(PetscRealloc((size_t)list->capacity * sizeof *list->item, &list->item));
  }
  Contingency *c = &list->item[list->n];
  PetscCall(PetscMemzero(c, sizeof *c));
  PetscCall(PetscStrallocpy(name, &c->name));
  PetscCall(PetscMalloc1(n, &c->event));
  PetscCall(PetscArraycpy(c->event, events, n));
  c->n    = n;
  c->line = line;
  ++list->n;
  PetscFunctionReturn(0);
}

/* A bolted fault and its clearing, by opening a branch unless that is -1. */
static PetscErrorCode AddFault(Contingencies list, Network net, PetscInt bus, PetscInt branch,
                               const ContingencySet *set)
{
  const StabilityEvent on       = {.time_s = set->on_s, .kind = EVENT_FAULT, .bus = bus, .branch = -1, .row = -1};
  StabilityEvent       event[3] = {on, on, on};
  char                 trip[NAME_LENGTH] = "", name[2 * NAME_LENGTH];

  PetscFunctionBeginUser;
  event[1].kind   = EVENT_CLEAR;
  event[2].kind   = EVENT_TRIP_BRANCH;
  event[2].branch = branch;
  event[1].time_s = event[2].time_s = set->on_s + set->clearing_s;
  if (branch >= 0)
    snprintf(trip, sizeof trip, " trip %lld-%lld:%.60s", (long long)net->bus.number[net->branch.from[branch]],
             (long long)net->bus.number[net->branch.to[branch]], net->branch.circuit[branch]);
  snprintf(name, sizeof name, "fault %lld%s", (long long)net->bus.number[bus], trip);
  PetscCall(ContingenciesAdd(list, name, branch >= 0 ? 3 : 2, event, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranchTrip(Contingencies list, Network net, PetscInt branch, const ContingencySet *set)
{
  const StabilityEvent trip = {.time_s = set->on_s, .kind = EVENT_TRIP_BRANCH, .bus = -1, .branch = branch, .row = -1};
  char                 name[NAME_LENGTH];

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "trip %lld-%lld:%.60s", (long long)net->bus.number[net->branch.from[branch]],
           (long long)net->bus.number[net->branch.to[branch]], net->branch.circuit[branch]);
  PetscCall(ContingenciesAdd(list, name, 1, &trip, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddUnitTrip(Contingencies list, Network net, DeviceSite site, PetscInt row,
                                  const ContingencySet *set)
{
  const PetscBool generator = (PetscBool)(site == DEVICE_AT_GENERATOR);
  const PetscInt  bus       = generator ? net->generator.bus[row] : net->storage.bus[row];
  char            name[NAME_LENGTH];

  const StabilityEvent trip = {
      .time_s = set->on_s, .kind = EVENT_TRIP_UNIT, .bus = bus, .branch = -1, .site = site, .row = row};

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "trip-unit %lld:%.120s", (long long)net->bus.number[bus],
           generator ? net->generator.unit[row] : net->storage.name[row]);
  PetscCall(ContingenciesAdd(list, name, 1, &trip, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddFaults(Contingencies list, Equations eq, const ContingencySet *set)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; set->bus_faults && i < net->bus.n; ++i) {
    if (net->bus.type[i] != BUS_ISOLATED && NetworkBusIsElectric(net, i)) PetscCall(AddFault(list, net, i, -1, set));
  }
  for (PetscInt k = 0; set->line_end_faults && k < net->branch.n; ++k) {
    if (!net->branch.in_service[k]) continue;
    PetscCall(AddFault(list, net, net->branch.from[k], k, set));
    PetscCall(AddFault(list, net, net->branch.to[k], k, set));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesAddSet(Contingencies list, Equations eq, const ContingencySet *set)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  PetscCall(AddFaults(list, eq, set));
  for (PetscInt k = 0; set->branch_trips && k < net->branch.n; ++k) {
    if (net->branch.in_service[k]) PetscCall(AddBranchTrip(list, net, k, set));
  }
  for (PetscInt g = 0; set->unit_trips && g < net->generator.n; ++g) {
    const PetscReal *load = &eq->negative_load[2 * g];
    if (!net->generator.in_service[g]) continue;
    if (EquationsFindSite(eq, DEVICE_AT_GENERATOR, g) >= 0 || load[0] != 0.0 || load[1] != 0.0)
      PetscCall(AddUnitTrip(list, net, DEVICE_AT_GENERATOR, g, set));
  }
  for (PetscInt s = 0; set->unit_trips && s < net->storage.n; ++s) {
    if (EquationsFindSite(eq, DEVICE_AT_STORAGE, s) >= 0) PetscCall(AddUnitTrip(list, net, DEVICE_AT_STORAGE, s, set));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesCheckDevices(Contingencies list, Equations eq, Faults faults)
{
  Faults      own;
  const char *text;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < list->n; ++k) {
    const Contingency *c = &list->item[k];
    if (c->line == 0) continue;
    PetscCall(FaultsCreate(&own));
    PetscCall(EventsCheckDevices(eq, c->n, c->event, own, c->name));
    for (PetscInt f = 0; f < FaultsCount(own); ++f) {
      PetscCall(FaultsGet(own, f, NULL, NULL, NULL, &text));
      PetscCall(FaultsAdd(faults, FAULT_ERROR, list->path, c->line, "%s", text));
    }
    PetscCall(FaultsDestroy(&own));
  }
  PetscFunctionReturn(0);
}
