/* Cutting the graph of a network into regions of about equal size. For this room only. */
#ifndef ARCHIPELAGO_PARTITION_CUT_H
#define ARCHIPELAGO_PARTITION_CUT_H

#include "inputs/network.h"

/* Not collective, deterministic: n_regions non-empty regions, bus_region [buses] in 0 .. n_regions - 1. A region is
   connected over active branches wherever the network itself is. Needs 1 <= n_regions <= buses. */
PetscErrorCode NetworkCut(Network net, PetscInt n_regions, PetscInt *bus_region);

#endif
