/* Maximum flow and minimum cut in a small capacitated graph. */
#ifndef ARCHIPELAGO_SOLVER_MAX_FLOW_H
#define ARCHIPELAGO_SOLVER_MAX_FLOW_H

#include <petscsys.h>

/* Not collective. Nodes 0 .. nodes - 1 and edges that carry up to capacity[e] >= 0 in either direction; node i takes up to
   supply[i] >= 0 from the source and gives up to demand[i] >= 0 to the sink (all finite). *flow is the largest total; cut
   [nodes] is true on the sink's side of a minimum cut, the one with the fewest buses. Dinic 1970, depth-first over level graphs. */
PetscErrorCode MaxFlow(PetscInt nodes, const PetscReal *supply, const PetscReal *demand, PetscInt edges,
                       const PetscInt *from, const PetscInt *to, const PetscReal *capacity, PetscReal *flow,
                       PetscBool *cut);

#endif
