/* What makes a region one: its work, the energy buses that belong to it, and warnings about odd ones. For this room
   only. */
#ifndef ARCHIPELAGO_PARTITION_REGION_H
#define ARCHIPELAGO_PARTITION_REGION_H

#include "partition/partition.h"

/* Estimate of what factorising each region takes: work [n_regions], from buses with their branches and units. */
PetscErrorCode PartitionEstimateWork(Partition partition, Network net, PetscReal *work);

/* Gives energy buses without a label (NULL or "") that of the plant behind their links: of a link with several outputs
   first, else of the link of the largest capacity. Those that reach no label stay without. label [buses]. */
PetscErrorCode LabelEnergyBuses(Network net, const char **label);

/* Warnings, one line of each kind: regions in pieces that the network joins, nearly empty ones among regions of
   twenty buses and more, such ones without generation. Needs everything but the ranks. */
PetscErrorCode PartitionWarn(Partition partition, Network net, Faults faults);

#endif
