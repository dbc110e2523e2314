/* Properties of single regions. */
#include "partition/region.h"

#include "partition/bus_graph.h"

/* Sparse factorisations of grids cost a little more than their size: about its power 1.2 on the published cases. */
PetscErrorCode PartitionEstimateWork(Partition p, Network net, PetscReal *work)
{
  PetscInt *bus_work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(p->n_buses, &bus_work));
  PetscCall(NetworkBusWork(net, bus_work));
  for (PetscInt r = 0; r < p->n_regions; ++r) work[r] = 0;
  for (PetscInt i = 0; i < p->n_buses; ++i) work[p->bus_region[i]] += (PetscReal)bus_work[i];
  for (PetscInt r = 0; r < p->n_regions; ++r) work[r] = PetscPowReal(work[r], 1.2);
  PetscCall(PetscFree(bus_work));
  PetscFunctionReturn(0);
}

static PetscBool HasLabel(const char *label)
{
  return (PetscBool)(label && label[0]);
}

/* The labelled bus at the other ends of link k, the input first; -1 when there is none. */
static PetscInt LabelledEnd(const LinkTable *l, PetscInt k, const char **label)
{
  const PetscInt end[4] = {l->from[k], l->to[k], l->to2[k], l->to3[k]};

  for (int e = 0; e < 4; ++e)
    if (end[e] >= 0 && HasLabel(label[end[e]])) return end[e];
  return -1;
}

/* Capacity by which a link decides; one with several outputs, whose buses have to be together, before all others. */
static PetscReal Bond(const LinkTable *l, PetscInt k)
{
  return l->to2[k] >= 0 || l->to3[k] >= 0 ? PETSC_INFINITY : PetscMin(l->p_max_mw[k], 1e12);
}

PetscErrorCode LabelEnergyBuses(Network net, const char **label)
{
  const LinkTable *l = &net->link;
  PetscInt        *best; /* [buses] link that decides */
  PetscBool        grown = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(net->bus.n, &best));
  while (grown) {
    grown = PETSC_FALSE;
    for (PetscInt i = 0; i < net->bus.n; ++i) best[i] = -1;
    for (PetscInt k = 0; k < l->n; ++k) {
      const PetscInt end[4] = {l->from[k], l->to[k], l->to2[k], l->to3[k]};
      if (LabelledEnd(l, k, label) < 0) continue;
      for (int e = 0; e < 4; ++e) {
        if (end[e] < 0 || HasLabel(label[end[e]]) || NetworkBusIsElectric(net, end[e])) continue;
        if (best[end[e]] < 0 || Bond(l, k) > Bond(l, best[end[e]])) best[end[e]] = k;
      }
    }
    for (PetscInt i = 0; i < net->bus.n; ++i) {
      if (best[i] < 0 || HasLabel(label[i])) continue;
      label[i] = label[LabelledEnd(l, best[i], label)];
      grown    = PETSC_TRUE;
    }
  }
  PetscCall(PetscFree(best));
  PetscFunctionReturn(0);
}

static PetscInt Root(PetscInt *parent, PetscInt v)
{
  while (parent[v] != v) v = parent[v] = parent[parent[v]];
  return v;
}

/* Vertices region by region: start [n_regions + 1], vertex [n]. */
static PetscErrorCode ListByRegion(Partition p, PetscInt n, const PetscInt *region, PetscInt **start, PetscInt **vertex)
{
  PetscInt *next;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n_regions + 1, start));
  PetscCall(PetscMalloc1(n, vertex));
  PetscCall(PetscMalloc1(p->n_regions, &next));
  for (PetscInt v = 0; v < n; ++v) ++(*start)[region[v] + 1];
  for (PetscInt r = 0; r < p->n_regions; ++r) {
    (*start)[r + 1] += (*start)[r];
    next[r] = (*start)[r];
  }
  for (PetscInt v = 0; v < n; ++v) (*vertex)[next[region[v]]++] = v;
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

/* Pieces of each region, over lines inside regions or, for the whole network, over all: pieces [n_regions] counts the
   connected sets that have a vertex in the region. */
static PetscErrorCode CountPieces(Partition p, const BusGraph *g, const PetscInt *region, PetscBool whole,
                                  PetscInt *pieces)
{
  PetscInt *parent, *seen, *start, *vertex;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(g->n, &parent));
  PetscCall(PetscMalloc1(g->n, &seen));
  for (PetscInt v = 0; v < g->n; ++v) parent[v] = v, seen[v] = -1;
  for (PetscInt v = 0; v < g->n; ++v)
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
      const PetscInt u = g->neighbour[e];
      if (!g->lines[e] || (!whole && region[u] != region[v])) continue;
      parent[PetscMax(Root(parent, u), Root(parent, v))] = PetscMin(Root(parent, u), Root(parent, v));
    }
  /* a set counts once in each region that it enters */
  PetscCall(ListByRegion(p, g->n, region, &start, &vertex));
  for (PetscInt r = 0; r < p->n_regions; ++r) {
    pieces[r] = 0;
    for (PetscInt k = start[r]; k < start[r + 1]; ++k) {
      const PetscInt root = Root(parent, vertex[k]);
      if (seen[root] == r) continue;
      seen[root] = r;
      ++pieces[r];
    }
  }
  PetscCall(PetscFree(start));
  PetscCall(PetscFree(vertex));
  PetscCall(PetscFree(parent));
  PetscCall(PetscFree(seen));
  PetscFunctionReturn(0);
}

/* Regions with more pieces than the network itself has there. */
static PetscErrorCode FindPieces(Partition p, Network net, PetscInt *surplus)
{
  BusGraph  g = {0};
  PetscInt *region, *islands;

  PetscFunctionBeginUser;
  PetscCall(BusGraphCreate(net, &g));
  PetscCall(PetscMalloc2(g.n, &region, p->n_regions, &islands));
  for (PetscInt i = 0; i < p->n_buses; ++i) region[g.vertex[i]] = p->bus_region[i];
  PetscCall(CountPieces(p, &g, region, PETSC_FALSE, surplus));
  PetscCall(CountPieces(p, &g, region, PETSC_TRUE, islands));
  for (PetscInt r = 0; r < p->n_regions; ++r) surplus[r] -= islands[r];
  PetscCall(PetscFree2(region, islands));
  PetscCall(BusGraphDestroy(&g));
  PetscFunctionReturn(0);
}

/* One line for all regions that `odd` marks. */
static PetscErrorCode WarnOf(Partition p, Faults faults, const PetscInt *odd, const char *what)
{
  PetscInt n = 0, first = -1;

  PetscFunctionBeginUser;
  for (PetscInt r = p->n_regions - 1; r >= 0; --r)
    if (odd[r] > 0) ++n, first = r;
  if (n == 1)
    PetscCall(FaultsAdd(faults, FAULT_WARNING, NULL, 0, "region \"%s\" %s", p->name[first], what));
  else if (n)
    PetscCall(FaultsAdd(faults, FAULT_WARNING, NULL, 0, "%" PetscInt_FMT " regions, the first is \"%s\", each %s", n,
                        p->name[first], what));
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionWarn(Partition p, Network net, Faults faults)
{
  PetscInt *odd;

  PetscFunctionBeginUser;
  if (p->n_buses < 20 * p->n_regions) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(p->n_regions, &odd));
  PetscCall(FindPieces(p, net, odd));
  PetscCall(WarnOf(p, faults, odd, "lies in pieces without a branch between them, which makes its border larger"));
  for (PetscInt r = 0; r < p->n_regions; ++r) odd[r] = 20 * p->size[r] * p->n_regions < p->n_buses;
  PetscCall(WarnOf(p, faults, odd,
                   "has less than a twentieth of the buses that regions have on average: joined to a neighbour it "
                   "would cost less"));
  for (PetscInt r = 0; r < p->n_regions; ++r) odd[r] = 1;
  for (PetscInt k = 0; k < net->generator.n; ++k)
    if (net->generator.in_service[k]) odd[p->bus_region[net->generator.bus[k]]] = 0;
  PetscCall(WarnOf(p, faults, odd, "has no generator in service: its ties alone supply it"));
  PetscCall(PetscFree(odd));
  PetscFunctionReturn(0);
}
