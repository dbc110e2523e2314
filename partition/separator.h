/* Making the border of a cut smaller. For this room only. */
#ifndef ARCHIPELAGO_PARTITION_SEPARATOR_H
#define ARCHIPELAGO_PARTITION_SEPARATOR_H

#include "partition/bus_graph.h"

/* Changes region [g->n] so that the cover of the severed edges costs less, while no region's work, its covered
   vertices apart, comes to exceed (1 + imbalance) times the mean. A region may end in pieces, never empty of what
   is not covered if it was not before. Deterministic. */
PetscErrorCode SeparatorRefine(const BusGraph *g, PetscInt n_regions, PetscReal imbalance, PetscInt *region);

/* Cost of a small cover of the severed edges. */
PetscErrorCode SeparatorCost(const BusGraph *g, const PetscInt *region, PetscInt *cost);

#endif
