/* What an optimal power flow will need of memory, before it is started. */
#ifndef ARCHIPELAGO_SOLVER_OPF_MEMORY_H
#define ARCHIPELAGO_SOLVER_OPF_MEMORY_H

#include "solver/opf.h"

/* Not collective. Peak resident bytes of the rank that needs most of an OpfSolve with these options (method, physics, hours)
   over `ranks` ranks, with the network and the dispatch that every rank holds and what the program takes by itself. Of the
   partition (NULL: one region) the regions count; they are laid over the ranks as PartitionAssignRanks does. Counts what regions,
   border and factors will hold; allocates only a few numbers a bus. Meant to be right within a factor of 1.5. */
PetscErrorCode OpfEstimateMemory(Network net, Partition partition, const OpfOptions *options, PetscInt ranks,
                                 PetscReal *bytes);

#endif
