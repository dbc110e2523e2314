/* The shape of a partition: what a bordered solve will find in its regions and on its border. */
#ifndef ARCHIPELAGO_PARTITION_SHAPE_H
#define ARCHIPELAGO_PARTITION_SHAPE_H

#include "partition/partition.h"

/* Unknowns are those of one hour, with the multipliers of the balances. Inside a region: four per electric bus that is
   not covered (DC: two), one per energy bus, two per generator (DC: one), up to three per link (DC: one), four per
   storage unit. On the border: PartitionBorderSize. */
typedef struct {
  PetscInt  n_regions;
  PetscInt  n_cover, *cover;                /* covered buses, ascending */
  PetscInt  border_ac, border_dc;           /* unknowns of the border */
  PetscInt *interior_ac, *interior_dc;      /* [n_regions] */
  PetscInt *touched, *touched_ac;           /* [n_regions] covered buses in a region's block, and their unknowns */
  PetscInt *generators, *border_bus, *ties; /* [n_regions] in service; buses at ties; ties */
} PartitionShape;

/* Not collective, deterministic. */
PetscErrorCode PartitionShapeCreate(Partition partition, Network net, PartitionShape **shape);
/* Takes NULL and sets the pointer to NULL. */
PetscErrorCode PartitionShapeDestroy(PartitionShape **shape);

#endif
