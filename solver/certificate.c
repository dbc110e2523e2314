/* Certificates of infeasibility: islands, regions and pockets behind ratings whose demand exceeds all that can reach them, forced
   power that cannot leave, energy that storage cannot have, ranges that ramps cannot reach. */
#include "solver/certificate.h"

#include "solver/certificate_impl.h"
#include "solver/max_flow.h"

static const PetscReal least_amount = 1e-5; /* per unit: what the solver's tolerance could hide is no certificate */
static const PetscReal no_bound     = 1e12; /* MW: sums beyond are not limited */

typedef struct {
  Network                   net;
  Partition                 partition;
  const CertificateOptions *options;
  PetscReal                 step;
  BranchBound              *bound;                    /* [branches] */
  PetscReal                *discharge;                /* [hours][storage] */
  PetscInt                 *island, *region, *pocket; /* [buses] sets, -1 none */
  PetscInt                  islands, regions;
  BalanceBound             *sum; /* [buses] at most that many sets */
  PetscReal                *lacking,
      *charged; /* [regions + islands] MWh up to the hour at hand: short without storage, put by at most */
  PetscInt     n, capacity;
  Certificate *list;
} Finder;

static PetscErrorCode Add(void *context, const Certificate *certificate)
{
  Finder *f = (Finder *)context;
  PetscFunctionBeginUser;
  if (f->n == f->capacity) {
    f->capacity = PetscMax(16, 2 * f->capacity);
    PetscCall(PetscRealloc((size_t)f->capacity * sizeof(Certificate), &f->list));
  }
  f->list[f->n] = *certificate;
  if (f->partition && certificate->n_buses == 0 && certificate->bus >= 0)
    f->list[f->n].region = f->partition->bus_region[certificate->bus];
  f->n++;
  PetscFunctionReturn(0);
}

/* Connected sets of buses along branches (and links, if wanted) between buses of the same label, in order of their first bus;
   label -1 stays -1. */
static PetscErrorCode Components(Network net, PetscBool links, const PetscInt *label, PetscInt *component,
                                 PetscInt *components)
{
  const PetscInt n = net->bus.n;
  PetscInt      *parent;
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc1(n, &parent));
  for (PetscInt b = 0; b < n; b++) parent[b] = b;
  for (PetscInt k = 0; k < net->branch.n + (links ? net->link.n : 0); k++) {
    const PetscInt l = k - net->branch.n;
    PetscInt       i = l < 0 ? net->branch.from[k] : net->link.from[l], j = l < 0 ? net->branch.to[k] : net->link.to[l];
    if (l < 0 ? !NetworkBranchActive(net, k) : !NetworkLinkActive(net, l)) continue;
    if (label && label[i] != label[j]) continue;
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    while (parent[j] != j) j = parent[j] = parent[parent[j]];
    parent[PetscMax(i, j)] = PetscMin(i, j);
  }
  *components = 0;
  for (PetscInt b = 0; b < n; b++) {
    PetscInt root = b;
    while (parent[root] != root) root = parent[root];
    if (net->bus.type[b] == BUS_ISOLATED || (label && label[b] < 0))
      component[b] = -1;
    else
      component[b] = root == b ? (*components)++ : component[root];
  }
  PetscCall(PetscFree(parent));
  PetscFunctionReturn(0);
}

/* "the network", "region 2", "the island of bus 7", "bus 4", "buses 4, 5 and 3 more". */
static void NameSet(Finder *f, const PetscInt *label, PetscInt set, const BalanceBound *sum, char *name, size_t size)
{
  PetscInt shown = 0;
  size_t   used;

  if (label == f->region)
    (void)snprintf(name, size, "region %s", f->partition->name[set]);
  else if (label == f->island && f->islands == 1)
    (void)snprintf(name, size, "the network");
  else if (label == f->island && sum->buses > 3)
    (void)snprintf(name, size, "the island of bus %" PetscInt_FMT, f->net->bus.number[sum->first_bus]);
  else {
    (void)snprintf(name, size, sum->buses > 1 ? "buses " : "bus ");
    for (PetscInt b = sum->first_bus; b < f->net->bus.n && shown < 3; b++) {
      if (label[b] != set || f->net->bus.type[b] == BUS_ISOLATED) continue;
      used = strlen(name);
      (void)snprintf(name + used, size - used, "%s%" PetscInt_FMT,
                     shown == 0                ? ""
                     : shown + 1 == sum->buses ? " and "
                                               : ", ",
                     f->net->bus.number[b]);
      shown++;
    }
    used = strlen(name);
    if (sum->buses > shown) (void)snprintf(name + used, size - used, " and %" PetscInt_FMT " more", sum->buses - shown);
  }
}

static PetscErrorCode AddSet(Finder *f, CertificateKind kind, const PetscInt *label, PetscInt set, PetscInt hour,
                             PetscReal needed, PetscReal local, PetscReal storage, PetscReal imports)
{
  const BalanceBound *sum    = &f->sum[set];
  const PetscReal     amount = needed - local - storage - imports;
  Certificate         c      = {kind,   hour,  sum->region, sum->first_bus, sum->buses, amount,
                                needed, local, storage,     imports,        sum->ties,  ""};
  PetscFunctionBeginUser;
  if (!(amount > least_amount * f->net->base_mva + 1e-9 * needed)) PetscFunctionReturn(0);
  NameSet(f, label, set, sum, c.name, sizeof c.name);
  PetscCall(Add(f, &c));
  PetscFunctionReturn(0);
}

/* Judges every set of a labelling at an hour; whether active power lacks somewhere through *shortage. */
static PetscErrorCode JudgeSets(Finder *f, const PetscInt *label, PetscInt sets, PetscInt hour, PetscBool *shortage)
{
  PetscFunctionBeginUser;
  BalanceBoundsSum(f->net, f->partition, f->options, f->bound, f->discharge, label, sets, hour, f->sum);
  for (PetscInt k = 0; k < sets; k++) {
    const BalanceBound *s      = &f->sum[k];
    const PetscInt      before = f->n;

    if (s->buses == 0) continue;
    PetscCall(
        AddSet(f, CERTIFICATE_SHORTAGE, label, k, hour, s->demand, s->generation + s->gain, s->storage, s->imports));
    if (f->n > before) *shortage = PETSC_TRUE;
    PetscCall(AddSet(f, CERTIFICATE_SURPLUS, label, k, hour, s->generation_least, s->demand_most + s->loss, s->charge,
                     s->exports));
    if (f->options->physics == PHYSICS_AC && !f->options->reactive_soft)
      PetscCall(AddSet(f, CERTIFICATE_REACTIVE, label, k, hour, s->q_demand, s->q_local, 0, s->q_imports));
  }
  PetscFunctionReturn(0);
}

/* What storage in a set can have given up by the end of an hour, MWh: what it holds and receives, and of what it has charged. */
static PetscReal StoredEnergy(Finder *f, const PetscInt *label, PetscInt set, PetscInt hour, PetscReal charged)
{
  const StorageTable *t   = &f->net->storage;
  PetscReal           sum = 0, best = 0;

  for (PetscInt s = 0; s < t->n; s++) {
    PetscReal energy =
        (f->options->initial_energy ? f->options->initial_energy[s] : t->e_initial_mwh[s]) - t->e_min_mwh[s];
    if (!t->in_service[s] || label[t->bus[s]] != set) continue;
    for (PetscInt h = 0; h <= hour; h++)
      energy += f->step *
                NetworkStorageInflow(f->net, s, f->options->first_snapshot < 0 ? -1 : f->options->first_snapshot + h);
    sum += t->efficiency_discharge[s] * PetscMax(0, energy);
    best = PetscMax(best, t->efficiency_charge[s] * t->efficiency_discharge[s]);
  }
  return sum + PetscMin(best, 1) * charged;
}

/* Shortages of hour after hour that storage could mend one by one, but not together. `first` is the set's place in lacking. */
static PetscErrorCode JudgeEnergy(Finder *f, const PetscInt *label, PetscInt sets, PetscInt first, PetscInt hour)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < sets; k++) {
    const BalanceBound *s    = &f->sum[k];
    const PetscReal     room = s->generation + s->gain + s->imports - s->demand;
    PetscReal           held;

    if (s->buses == 0 || f->lacking[first + k] < 0) continue; /* said already */
    f->lacking[first + k] += f->step * PetscMax(0, -room);
    f->charged[first + k] += f->step * PetscMin(s->charge, PetscMax(0, room));
    if (room >= 0 || room + s->storage < 0) continue;
    held = StoredEnergy(f, label, k, hour, f->charged[first + k]);
    if (f->lacking[first + k] > held) {
      PetscCall(AddSet(f, CERTIFICATE_ENERGY, label, k, hour, f->lacking[first + k], 0, held, 0));
      f->lacking[first + k] = -PETSC_INFINITY;
    }
  }
  PetscFunctionReturn(0);
}

/* What single buses can give and take at an hour, bounded for the flow. */
static PetscReal Bounded(PetscReal value)
{
  return PetscMin(PetscMax(value, 0), no_bound);
}

/* Pockets behind ratings: the minimum cut between what buses can give and what they need names a set that lacks most. */
static PetscErrorCode JudgePockets(Finder *f, PetscInt hour)
{
  Network    net = f->net;
  PetscReal *supply, *demand, *capacity, total = 0, flow;
  PetscInt  *single, pockets;
  PetscBool *cut, found = PETSC_FALSE;
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc5(net->bus.n, &supply, net->bus.n, &demand, net->branch.n, &capacity, net->bus.n, &single,
                         net->bus.n, &cut));
  for (PetscInt b = 0; b < net->bus.n; b++) single[b] = b;
  BalanceBoundsSum(net, f->partition, f->options, f->bound, f->discharge, single, net->bus.n, hour, f->sum);
  for (PetscInt b = 0; b < net->bus.n; b++) {
    const BalanceBound *s = &f->sum[b];
    supply[b]             = s->generation + s->storage + PetscMax(0, -s->demand);
    demand[b]             = Bounded(s->demand);
    total += demand[b];
  }
  for (PetscInt l = 0; l < net->link.n; l++) { /* of a link it is only asked what it can deliver */
    const PetscInt  bus[4]   = {net->link.from[l], net->link.to[l], net->link.to2[l], net->link.to3[l]};
    const PetscReal most     = PetscMax(PetscAbsReal(net->link.p_min_mw[l]), PetscAbsReal(net->link.p_max_mw[l]));
    const PetscReal share[4] = {net->link.p_min_mw[l] < 0, PetscAbsReal(1 - net->link.loss1[l]),
                                PetscAbsReal(net->link.efficiency2[l]), PetscAbsReal(net->link.efficiency3[l])};
    for (int k = 0; k < 4; k++)
      if (bus[k] >= 0 && NetworkLinkActive(net, l)) supply[bus[k]] += most * share[k];
  }
  for (PetscInt k = 0; k < net->branch.n; k++) {
    const BranchBound *bound = &f->bound[k];
    capacity[k]              = PetscMin(total, Bounded(PetscMax(bound->import[0], bound->import[1])));
    supply[net->branch.from[k]] -= bound->loss_least;
  }
  for (PetscInt b = 0; b < net->bus.n; b++) supply[b] = Bounded(supply[b]);
  PetscCall(MaxFlow(net->bus.n, supply, demand, net->branch.n, net->branch.from, net->branch.to, capacity, &flow, cut));
  if (total - flow > least_amount * net->base_mva + 1e-9 * total) {
    for (PetscInt b = 0; b < net->bus.n; b++) single[b] = cut[b] ? 0 : -1;
    PetscCall(Components(net, PETSC_FALSE, single, f->pocket, &pockets));
    PetscCall(JudgeSets(f, f->pocket, pockets, hour, &found));
  }
  PetscCall(PetscFree5(supply, demand, capacity, single, cut));
  PetscFunctionReturn(0);
}

static PetscErrorCode JudgeHour(Finder *f, PetscInt hour)
{
  PetscBool shortage = PETSC_FALSE;
  PetscFunctionBeginUser;
  PetscCall(JudgeSets(f, f->island, f->islands, hour, &shortage));
  PetscCall(JudgeEnergy(f, f->island, f->islands, 0, hour));
  if (f->regions > 1) {
    PetscCall(JudgeSets(f, f->region, f->regions, hour, &shortage));
    PetscCall(JudgeEnergy(f, f->region, f->regions, f->islands, hour));
  }
  if (!shortage) PetscCall(JudgePockets(f, hour));
  PetscFunctionReturn(0);
}

static PetscErrorCode FinderSetUp(Finder *f)
{
  Network        net = f->net;
  const PetscInt n   = net->bus.n;
  PetscFunctionBeginUser;
  f->step    = f->options->first_snapshot < 0 ? 1 : net->series.step_hours;
  f->regions = f->partition ? f->partition->n_regions : 0;
  PetscCall(PetscMalloc3(n, &f->island, n, &f->region, n, &f->pocket));
  PetscCall(PetscMalloc1(n, &f->sum));
  PetscCall(PetscMalloc2(net->branch.n, &f->bound, f->options->hours * net->storage.n, &f->discharge));
  PetscCall(Components(net, PETSC_TRUE, NULL, f->island, &f->islands));
  for (PetscInt b = 0; b < n; b++) f->region[b] = f->partition ? f->partition->bus_region[b] : -1;
  PetscCall(PetscCalloc2(f->islands + f->regions, &f->lacking, f->islands + f->regions, &f->charged));
  PetscCall(BranchBoundsFind(net, f->options, f->bound));
  PetscFunctionReturn(0);
}

static PetscErrorCode FinderDestroy(Finder *f)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(f->island, f->region, f->pocket));
  PetscCall(PetscFree(f->sum));
  PetscCall(PetscFree2(f->bound, f->discharge));
  PetscCall(PetscFree2(f->lacking, f->charged));
  PetscFunctionReturn(0);
}

PetscErrorCode CertificatesFind(Network net, Partition partition, const CertificateOptions *options, PetscInt *n,
                                Certificate **list)
{
  Finder f = {.net = net, .partition = partition, .options = options};
  PetscFunctionBeginUser;
  PetscCall(FinderSetUp(&f));
  PetscCall(StorageReachFind(net, options, f.discharge, Add, &f));
  PetscCall(RampReachFind(net, options, Add, &f));
  for (PetscInt t = 0; t < options->hours; t++) PetscCall(JudgeHour(&f, t));
  PetscCall(FinderDestroy(&f));
  *n    = f.n;
  *list = f.list;
  PetscFunctionReturn(0);
}
