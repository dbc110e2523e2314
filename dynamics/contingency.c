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

/* A contingency that is being put together. */
typedef struct {
  Equations       eq;
  StabilityEvent *event; /* [3 + units] */
  PetscInt        n;
  PetscBool      *beyond;       /* [buses] workspace: on the to side of a branch when it is open */
  PetscInt       *queue;        /* [buses] workspace */
  PetscInt       *start, *next; /* [buses + 1], [2 branches]: branches in service at each bus */
} Builder;

static PetscErrorCode BuilderCreate(Equations eq, Builder *b)
{
  const BranchTable *br = &eq->net->branch;
  const PetscInt     nb = eq->net->bus.n;

  PetscFunctionBeginUser;
  *b = (Builder){.eq = eq};
  PetscCall(PetscMalloc1(3 + eq->n_sites, &b->event));
  PetscCall(PetscMalloc4(nb, &b->beyond, nb, &b->queue, nb + 2, &b->start, 2 * br->n, &b->next));
  PetscCall(PetscArrayzero(b->start, nb + 2));
  for (PetscInt k = 0; k < br->n; ++k) {
    b->start[br->from[k] + 2] += br->in_service[k];
    b->start[br->to[k] + 2] += br->in_service[k];
  }
  for (PetscInt i = 0; i < nb; ++i) b->start[i + 2] += b->start[i + 1];
  for (PetscInt k = 0; k < br->n; ++k) {
    if (!br->in_service[k]) continue;
    b->next[b->start[br->from[k] + 1]++] = k;
    b->next[b->start[br->to[k] + 1]++]   = k;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode BuilderDestroy(Builder *b)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(b->beyond, b->queue, b->start, b->next));
  PetscCall(PetscFree(b->event));
  PetscFunctionReturn(0);
}

/* Marks what hangs together with a bus when a branch is open. */
static PetscErrorCode MarkSide(Builder *b, PetscInt bus, PetscInt open)
{
  const BranchTable *br    = &b->eq->net->branch;
  PetscInt           first = 0, last = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(b->beyond, b->eq->net->bus.n));
  b->beyond[bus]   = PETSC_TRUE;
  b->queue[last++] = bus;
  while (first < last) {
    const PetscInt at = b->queue[first++];
    for (PetscInt e = b->start[at]; e < b->start[at + 1]; ++e) {
      const PetscInt k = b->next[e], other = br->from[k] == at ? br->to[k] : br->from[k];
      if (k == open || b->beyond[other]) continue;
      b->beyond[other] = PETSC_TRUE;
      b->queue[last++] = other;
    }
  }
  PetscFunctionReturn(0);
}

/* Disconnects the units of the marked side of a branch that opens at `time`, when all load is on the other. */
static void TripUnloadedUnits(Builder *b, PetscReal time)
{
  const Equations eq     = b->eq;
  PetscBool       has[2] = {PETSC_FALSE, PETSC_FALSE};
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    if (eq->load_mw[i] != 0.0) has[b->beyond[i]] = PETSC_TRUE;
  }
  if (has[PETSC_TRUE] || !has[PETSC_FALSE]) return;
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    const Site *site = &eq->site[s];
    if (!b->beyond[site->bus] || site->kind == DEVICE_AT_LOAD) continue;
    b->event[b->n++] = (StabilityEvent){
        .time_s = time, .kind = EVENT_TRIP_UNIT, .bus = site->bus, .branch = -1, .site = site->kind, .row = site->row};
  }
}

/* A branch opens. */
static PetscErrorCode OpenBranch(Builder *b, PetscInt k, PetscReal time)
{
  const BranchTable *br = &b->eq->net->branch;

  PetscFunctionBeginUser;
  b->event[b->n++] = (StabilityEvent){.time_s = time, .kind = EVENT_TRIP_BRANCH, .bus = -1, .branch = k, .row = -1};
  PetscCall(MarkSide(b, br->to[k], k));
  if (b->beyond[br->from[k]]) PetscFunctionReturn(0);
  TripUnloadedUnits(b, time);
  PetscCall(MarkSide(b, br->from[k], k));
  TripUnloadedUnits(b, time);
  PetscFunctionReturn(0);
}

static const char *BranchName(Network net, PetscInt k, char *text, size_t size)
{
  snprintf(text, size, "trip %lld-%lld:%.60s", (long long)net->bus.number[net->branch.from[k]],
           (long long)net->bus.number[net->branch.to[k]], net->branch.circuit[k]);
  return text;
}

/* A bolted fault and its clearing, by opening a branch unless that is -1. */
static PetscErrorCode AddFault(Contingencies list, Builder *b, PetscInt bus, PetscInt branch, const ContingencySet *set)
{
  const Network   net = b->eq->net;
  const PetscReal off = set->on_s + set->clearing_s;
  char            trip[NAME_LENGTH], name[2 * NAME_LENGTH];

  PetscFunctionBeginUser;
  b->event[0] = (StabilityEvent){.time_s = set->on_s, .kind = EVENT_FAULT, .bus = bus, .branch = -1, .row = -1};
  b->event[1] = (StabilityEvent){.time_s = off, .kind = EVENT_CLEAR, .bus = bus, .branch = -1, .row = -1};
  b->n        = 2;
  if (branch >= 0) PetscCall(OpenBranch(b, branch, off));
  snprintf(name, sizeof name, "fault %lld%s%s", (long long)net->bus.number[bus], branch >= 0 ? " " : "",
           branch >= 0 ? BranchName(net, branch, trip, sizeof trip) : "");
  PetscCall(ContingenciesAdd(list, name, b->n, b->event, 0));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranchTrip(Contingencies list, Builder *b, PetscInt branch, const ContingencySet *set)
{
  char name[NAME_LENGTH];

  PetscFunctionBeginUser;
  b->n = 0;
  PetscCall(OpenBranch(b, branch, set->on_s));
  PetscCall(ContingenciesAdd(list, BranchName(b->eq->net, branch, name, sizeof name), b->n, b->event, 0));
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

static PetscErrorCode AddFaults(Contingencies list, Builder *b, const ContingencySet *set)
{
  const Network net = b->eq->net;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; set->bus_faults && i < net->bus.n; ++i) {
    if (net->bus.type[i] != BUS_ISOLATED && NetworkBusIsElectric(net, i)) PetscCall(AddFault(list, b, i, -1, set));
  }
  for (PetscInt k = 0; set->line_end_faults && k < net->branch.n; ++k) {
    if (!net->branch.in_service[k]) continue;
    PetscCall(AddFault(list, b, net->branch.from[k], k, set));
    PetscCall(AddFault(list, b, net->branch.to[k], k, set));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ContingenciesAddSet(Contingencies list, Equations eq, const ContingencySet *set)
{
  const Network net = eq->net;
  Builder       builder;

  PetscFunctionBeginUser;
  PetscCall(BuilderCreate(eq, &builder));
  PetscCall(AddFaults(list, &builder, set));
  for (PetscInt k = 0; set->branch_trips && k < net->branch.n; ++k) {
    if (net->branch.in_service[k]) PetscCall(AddBranchTrip(list, &builder, k, set));
  }
  PetscCall(BuilderDestroy(&builder));
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
