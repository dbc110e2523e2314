/* Small vertex covers of the ties: exact by a minimum cut where the ties can be two-coloured (Koenig 1931; with weights
   the same by Ford and Fulkerson's theorem), else by reductions and a bounded search, one connected set of ties at a
   time. */
#include "partition/cover.h"

#include "partition/cover_graph.h"

/* Vertices are the partition's border buses, in its order. */
static PetscErrorCode TieGraphCreate(Partition p, Network net, CoverGraph *g)
{
  PetscInt *vertex, *ends;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(p->n_buses, &vertex, 2 * p->n_ties, &ends));
  for (PetscInt v = 0; v < p->n_border; ++v) vertex[p->border[v]] = v;
  for (PetscInt k = 0; k < p->n_ties; ++k) {
    ends[2 * k]     = vertex[p->tie[k].from];
    ends[2 * k + 1] = vertex[p->tie[k].to];
  }
  PetscCall(CoverGraphCreate(p->n_border, p->n_ties, ends, g));
  for (PetscInt v = 0; v < p->n_border; ++v)
    g->weight[v] = NetworkBusIsElectric(net, p->border[v]) ? COVER_BUS_UNKNOWNS : COVER_ENERGY_BUS_UNKNOWNS;
  PetscCall(PetscFree2(vertex, ends));
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

/* Whether more than one region has buses of a reserve. */
static PetscBool ReserveShared(Partition p, Network net, PetscInt reserve)
{
  PetscInt home = -1;

  for (PetscInt i = 0; i < p->n_buses; ++i) {
    if (net->bus.type[i] == BUS_ISOLATED || !NetworkReserveCovers(net, reserve, i)) continue;
    if (home >= 0 && home != p->bus_region[i]) return PETSC_TRUE;
    home = p->bus_region[i];
  }
  return PETSC_FALSE;
}

PetscInt PartitionBorderSize(Partition p, Network net, PetscInt n_cover, const PetscInt *cover, PetscBool ac)
{
  PetscInt size = 0;

  for (PetscInt c = 0; c < n_cover; ++c)
    size += !NetworkBusIsElectric(net, cover[c]) ? COVER_ENERGY_BUS_UNKNOWNS
            : ac                                 ? COVER_BUS_UNKNOWNS
                                                 : COVER_BUS_UNKNOWNS_DC;
  for (PetscInt k = 0; k < net->reserve.n; ++k) size += ReserveShared(p, net, k);
  return size;
}
