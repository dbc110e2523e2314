/* Cutting the graph of a network into regions of about equal size. For this room only. */
#ifndef ARCHIPELAGO_PARTITION_CUT_H
#define ARCHIPELAGO_PARTITION_CUT_H

#include "inputs/network.h"

/* Not collective, deterministic: up to n_regions regions, bus_region [buses] in 0 .. n_regions - 1. A region hangs
   together over active branches (energy buses: over links) wherever the network itself does. There are fewer where
   buses that must stay together leave no more, or where one among regions of twenty buses and more would have next to
   no work and joins a neighbour. Needs 1 <= n_regions <= buses. */
PetscErrorCode NetworkCut(Network net, PetscInt n_regions, PetscInt *bus_region);

#endif
