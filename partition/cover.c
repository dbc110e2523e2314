/* Small vertex covers of the ties: exact by a minimum cut where the ties can be two-coloured (Koenig 1931; with weights
   the same by Ford and Fulkerson's theorem), else by reductions and a bounded search, one connected set of ties at a
   time. */
#include "partition/cover.h"

#include "partition/cover_graph.h"

/* Unknowns that each bus would add to the border: cost [buses]. */
static PetscErrorCode CoverCosts(Partition p, Network net, PetscInt *cost)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < p->n_buses; ++i)
    cost[i] = NetworkBusIsElectric(net, i) ? COVER_LINK_BUS_UNKNOWNS : COVER_ENERGY_BUS_UNKNOWNS;
  for (PetscInt k = 0; k < p->n_ties; ++k)
    if (!p->tie[k].is_link) cost[p->tie[k].from] = cost[p->tie[k].to] = COVER_BUS_UNKNOWNS;
  PetscFunctionReturn(0);
}

/* Vertices are the partition's border buses, in its order. */
static PetscErrorCode TieGraphCreate(Partition p, Network net, CoverGraph *g)
{
  PetscInt *vertex, *ends, *cost;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(p->n_buses, &vertex, p->n_buses, &cost, 2 * p->n_ties, &ends));
  for (PetscInt v = 0; v < p->n_border; ++v) vertex[p->border[v]] = v;
  for (PetscInt k = 0; k < p->n_ties; ++k) {
    ends[2 * k]     = vertex[p->tie[k].from];
    ends[2 * k + 1] = vertex[p->tie[k].to];
  }
  PetscCall(CoverGraphCreate(p->n_border, p->n_ties, ends, g));
  PetscCall(CoverCosts(p, net, cost));
  for (PetscInt v = 0; v < p->n_border; ++v) g->weight[v] = cost[p->border[v]];
  PetscCall(PetscFree3(vertex, cost, ends));
  PetscFunctionReturn(0);
}

PetscErrorCode PartitionCover(Partition p, Network net, PetscInt *n_cover, PetscInt **cover)
{
  CoverGraph g;
  PetscBool *in;

  PetscFunctionBeginUser;
  PetscCheck(net->bus.n == p->n_buses, PETSC_COMM_SELF, PETSC_ERR_ARG_INCOMP,
             "A partition of %" PetscInt_FMT " buses, a network of %" PetscInt_FMT, p->n_buses, net->bus.n);
  *n_cover = 0;
  PetscCall(PetscMalloc1(p->n_border, &in));
  PetscCall(TieGraphCreate(p, net, &g));
  PetscCall(CoverGraphSolve(&g, COVER_EFFORT, in));
  for (PetscInt v = 0; v < p->n_border; ++v) *n_cover += in[v];
  PetscCall(PetscMalloc1(*n_cover, cover));
  for (PetscInt v = 0, k = 0; v < p->n_border; ++v)
    if (in[v]) (*cover)[k++] = p->border[v];
  PetscCall(CoverGraphDestroy(&g));
  PetscCall(PetscFree(in));
  PetscFunctionReturn(0);
}

PetscInt PartitionBorderSize(Partition p, Network net, PetscInt n_cover, const PetscInt *cover)
{
  PetscInt size = 0;

  for (PetscInt c = 0; c < n_cover; ++c) {
    PetscInt cost = NetworkBusIsElectric(net, cover[c]) ? COVER_LINK_BUS_UNKNOWNS : COVER_ENERGY_BUS_UNKNOWNS;
    for (PetscInt k = 0; k < p->n_ties; ++k)
      if (!p->tie[k].is_link && (p->tie[k].from == cover[c] || p->tie[k].to == cover[c])) cost = COVER_BUS_UNKNOWNS;
    size += cost;
  }
  return size;
}
