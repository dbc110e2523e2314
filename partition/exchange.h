/* The exchange between regions that share items (border coordinates of ties): each side's value goes to the region on the other
   side, and sums over regions are made in region order. Built once from the partition; messages go only between ranks whose
   regions share an item. */
#ifndef ARCHIPELAGO_PARTITION_EXCHANGE_H
#define ARCHIPELAGO_PARTITION_EXCHANGE_H

#include "partition/partition.h"

/* Values are arrays [items of this rank][2], item by item in ascending order, side 0 before side 1. An item is one of this rank
   when one of its regions is. */
typedef struct _p_Exchange *Exchange;

/* Collective over comm, whose ranks are those of the partition. Item k of n lies between regions region[2 k] (side 0) and
   region[2 k + 1] (side 1), which differ; the list is the same on every rank. */
PetscErrorCode ExchangeCreate(MPI_Comm comm, Partition partition, PetscInt n, const PetscInt *region,
                              Exchange *exchange);
/* Takes NULL and sets the handle to NULL. */
PetscErrorCode ExchangeDestroy(Exchange *exchange);

/* Not collective. The items of this rank, ascending; borrowed. */
PetscErrorCode ExchangeItems(Exchange exchange, PetscInt *n, const PetscInt **item);

/* Collective. In: the entries of value whose region is on this rank; out: all of them. The bits do not depend on the ranks. */
PetscErrorCode ExchangeSwap(Exchange exchange, PetscReal *value);

/* Collective. partial [regions of this rank, ascending][count] -> sum [count] over all regions, added in region order. */
PetscErrorCode ExchangeSum(Exchange exchange, PetscInt count, const PetscReal *partial, PetscReal *sum);
/* Collective. partial [regions of this rank, ascending][count] -> all [n_regions][count] on every rank. */
PetscErrorCode ExchangeGather(Exchange exchange, PetscInt count, const PetscReal *partial, PetscReal *all);

/* What went over the borders of regions since the last call: numbers for a neighbour, and each region's share of a sum, at 8
   bytes each, whether or not two regions share a rank; so it is the same on any number of ranks. */
PetscErrorCode ExchangeTakeBytes(Exchange exchange, PetscInt64 *bytes);

#endif
