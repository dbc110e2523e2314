/* The grid as the power flow sees it: islands with their references, specified injections, admittances. */
#include "partition/partition.h"
#include "solver/powerflow_impl.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  PetscInt         row, column, order; /* order of addition, so that sums of parallels do not depend on the sort */
  PowerFlowComplex value;
} Entry;

static PetscBool SamePlace(const Entry *x, const Entry *y)
{
  return (PetscBool)(x->row == y->row && x->column == y->column);
}

static int CompareEntries(const void *a, const void *b)
{
  const Entry *x = a, *y = b;

  if (x->row != y->row) return x->row < y->row ? -1 : 1;
  if (x->column != y->column) return x->column < y->column ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

/* Branch model of the network's header, as MATPOWER's makeYbus has it (Zimmerman, MATPOWER User's Manual, eq. 3.2). */
static PetscInt BranchEntries(const BranchTable *b, PetscInt k, Entry *entry)
{
  const PowerFlowComplex series = 1.0 / (b->r[k] + I * b->x[k]);
  const PowerFlowComplex tap    = b->tap[k] * cexp(I * b->shift_rad[k]);
  const PetscInt         f = b->from[k], t = b->to[k];

  entry[0] = (Entry){f, f, 0, (series + b->g_from[k] + I * b->b_from[k]) / (b->tap[k] * b->tap[k])};
  entry[1] = (Entry){f, t, 0, -series / conj(tap)};
  entry[2] = (Entry){t, f, 0, -series / tap};
  entry[3] = (Entry){t, t, 0, series + b->g_to[k] + I * b->b_to[k]};
  return 4;
}

/* Sorts entries and adds up those of one place. */
static PetscErrorCode Assemble(Admittance *y, Entry *entry, PetscInt n)
{
  PetscInt used = 0;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; ++k) entry[k].order = k;
  qsort(entry, (size_t)n, sizeof *entry, CompareEntries);
  PetscCall(PetscCalloc1(y->n + 1, &y->start));
  PetscCall(PetscMalloc2(n, &y->column, n, &y->value));
  for (PetscInt k = 0; k < n; ++k) {
    if (k && SamePlace(&entry[k], &entry[k - 1])) {
      y->value[used - 1] += entry[k].value;
      continue;
    }
    y->column[used]            = entry[k].column;
    y->value[used]             = entry[k].value;
    y->start[entry[k].row + 1] = ++used;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AdmittanceCreate(Network net, Admittance *y)
{
  Entry   *entry;
  PetscInt n = 0;

  PetscFunctionBegin;
  y->n = net->bus.n;
  PetscCall(PetscMalloc1(y->n + net->shunt.n + 4 * net->branch.n, &entry));
  for (PetscInt i = 0; i < y->n; ++i) entry[n++] = (Entry){i, i, 0, 0};
  for (PetscInt k = 0; k < net->branch.n; ++k)
    if (NetworkBranchActive(net, k)) n += BranchEntries(&net->branch, k, entry + n);
  for (PetscInt k = 0; k < net->shunt.n; ++k)
    if (net->shunt.in_service[k])
      entry[n++] = (Entry){net->shunt.bus[k], net->shunt.bus[k], 0,
                           (net->shunt.g_mw[k] + I * net->shunt.b_mvar[k]) / net->base_mva};
  PetscCall(Assemble(y, entry, n));
  PetscCall(PetscFree(entry));
  PetscFunctionReturn(0);
}

/* MW in service that a bus could give. */
static PetscErrorCode BusCapacity(const PowerFlowGrid *g, PetscReal *capacity)
{
  const GeneratorTable *t = &g->net->generator;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(capacity, g->net->bus.n));
  for (PetscInt k = 0; k < t->n; ++k)
    if (t->in_service[k]) capacity[t->bus[k]] += PetscMax(t->p_max_mw[k], 0);
  PetscFunctionReturn(0);
}

/* Rank of a bus as its island's reference: reference buses first, then PV, then PQ; -1 without a generator in
   service. */
static PetscInt ReferenceRank(const PowerFlowGrid *g, PetscInt bus)
{
  const BusType type = g->net->bus.type[bus];

  if (g->first[bus] < 0) return -1;
  return type == BUS_REF ? 2 : type == BUS_PV ? 1 : 0;
}

/* Reaches the island of `root` (member [buses] gets its buses) and gives its size. */
static PetscInt ReachIsland(const PowerFlowGrid *g, PetscInt root, PetscBool *seen, PetscInt *member)
{
  PetscInt n = 0;

  member[n++] = root;
  seen[root]  = PETSC_TRUE;
  for (PetscInt next = 0; next < n; ++next)
    for (PetscInt e = g->y.start[member[next]]; e < g->y.start[member[next] + 1]; ++e)
      if (!seen[g->y.column[e]]) seen[g->y.column[e]] = PETSC_TRUE, member[n++] = g->y.column[e];
  return n;
}

static void SetIsland(PowerFlowGrid *g, const PetscReal *capacity, PetscInt n, const PetscInt *member)
{
  PetscInt best = -1, best_rank = -1;

  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt i = member[k], rank = ReferenceRank(g, i);
    if (rank > best_rank || (rank >= 0 && rank == best_rank && capacity[i] > capacity[best]))
      best = i, best_rank = rank;
  }
  for (PetscInt k = 0; k < n; ++k) {
    const PetscInt i = member[k];
    g->reference[i]  = best;
    if (best < 0)
      g->kind[i] = NODE_DEAD;
    else if (i == best || ReferenceRank(g, i) == 2)
      g->kind[i] = NODE_REF;
    else
      g->kind[i] = ReferenceRank(g, i) == 1 ? NODE_PV : NODE_PQ;
  }
  if (best < 0)
    g->n_dead += n;
  else
    ++g->n_islands;
}

static PetscErrorCode FindIslands(PowerFlowGrid *g)
{
  PetscBool *seen;
  PetscInt  *member;
  PetscReal *capacity;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(g->net->bus.n, &seen));
  PetscCall(PetscMalloc2(g->net->bus.n, &member, g->net->bus.n, &capacity));
  PetscCall(BusCapacity(g, capacity));
  for (PetscInt root = 0; root < g->net->bus.n; ++root) {
    g->kind[root] = seen[root] ? g->kind[root] : NODE_DEAD;
    if (seen[root] || g->net->bus.type[root] == BUS_ISOLATED) continue;
    SetIsland(g, capacity, ReachIsland(g, root, seen, member), member);
  }
  PetscCall(PetscFree(seen));
  PetscCall(PetscFree2(member, capacity));
  PetscFunctionReturn(0);
}

static void AddLoads(PowerFlowGrid *g)
{
  const LoadTable *l = &g->net->load;

  for (PetscInt k = 0; k < l->n; ++k)
    if (l->in_service[k])
      g->fixed[l->bus[k]] -=
          (NetworkLoadP(g->net, k, g->snapshot) + I * NetworkLoadQ(g->net, k, g->snapshot)) / g->net->base_mva;
}

static PetscReal NearestToZero(PetscReal lower, PetscReal upper)
{
  return PetscMin(PetscMax(0, lower), PetscMax(upper, lower));
}

static void AddLinks(PowerFlowGrid *g)
{
  const LinkTable *l = &g->net->link;

  for (PetscInt k = 0; k < l->n; ++k) {
    const PetscReal p = l->p_mw[k], loss = l->p_min_mw[k] < 0 ? 0 : l->loss1[k];
    if (!NetworkLinkActive(g->net, k)) continue;
    g->fixed[l->from[k]] += (-p + I * NearestToZero(l->q_from_min_mvar[k], l->q_from_max_mvar[k])) / g->net->base_mva;
    g->fixed[l->to[k]] +=
        (p * (1 - loss) - l->loss0_mw[k] + I * NearestToZero(l->q_to_min_mvar[k], l->q_to_max_mvar[k])) /
        g->net->base_mva;
  }
}

static void AddGenerators(PowerFlowGrid *g)
{
  const GeneratorTable *t = &g->net->generator;

  for (PetscInt k = t->n - 1; k >= 0; --k) {
    if (!t->in_service[k]) continue;
    g->first[t->bus[k]] = k;
    g->set[t->bus[k]] += (t->p_mw[k] + I * t->q_mvar[k]) / g->net->base_mva;
  }
}

PetscErrorCode PowerFlowGridCreate(Network net, PetscInt snapshot, PowerFlowGrid *g)
{
  const PetscInt n = net->bus.n;

  PetscFunctionBegin;
  *g = (PowerFlowGrid){.net = net, .snapshot = snapshot};
  PetscCall(PetscCalloc5(n, &g->kind, n, &g->reference, n, &g->fixed, n, &g->set, n, &g->first));
  for (PetscInt i = 0; i < n; ++i) g->first[i] = g->reference[i] = -1;
  PetscCall(AdmittanceCreate(net, &g->y));
  AddLoads(g);
  AddLinks(g);
  AddGenerators(g);
  PetscCall(FindIslands(g));
  PetscFunctionReturn(0);
}

PetscErrorCode PowerFlowGridDestroy(PowerFlowGrid *g)
{
  PetscFunctionBegin;
  PetscCall(PetscFree5(g->kind, g->reference, g->fixed, g->set, g->first));
  PetscCall(PetscFree(g->y.start));
  PetscCall(PetscFree2(g->y.column, g->y.value));
  PetscFunctionReturn(0);
}

void PowerFlowInjections(const PowerFlowGrid *g, const PetscReal *vm, const PetscReal *va, PowerFlowComplex *injection)
{
  const Admittance *y = &g->y;

  for (PetscInt i = 0; i < y->n; ++i) {
    PowerFlowComplex current = 0;
    for (PetscInt e = y->start[i]; e < y->start[i + 1]; ++e)
      current += y->value[e] * vm[y->column[e]] * cexp(I * (va[y->column[e]] - va[i]));
    injection[i] = vm[i] * conj(current);
  }
}
