/* The border of a bordered solve: buses that, held fixed, leave the regions without a tie between them. */
#ifndef ARCHIPELAGO_PARTITION_COVER_H
#define ARCHIPELAGO_PARTITION_COVER_H

#include "partition/partition.h"

/* What a covered bus adds to the border, per hour: an electric bus angle, magnitude and two balances (DC: angle and
   balance), an energy bus its balance. */
enum { COVER_BUS_UNKNOWNS = 4, COVER_BUS_UNKNOWNS_DC = 2, COVER_ENERGY_BUS_UNKNOWNS = 1 };

/* A vertex cover of the ties: cover [*n_cover] buses, ascending, such that each tie (branch or link) has an end among
   them; the caller frees it with PetscFree. Weighted by what a bus adds to the border. A smallest one between two
   regions, and wherever the ties form no odd cycle; elsewhere the best that a search of bounded length finds, most
   often a smallest one too. Not collective, deterministic. */
PetscErrorCode PartitionCover(Partition partition, Network net, PetscInt *n_cover, PetscInt **cover);

/* Unknowns per hour of the border: those of the cover, and the requirements of reserves that regions share. */
PetscInt PartitionBorderSize(Partition partition, Network net, PetscInt n_cover, const PetscInt *cover, PetscBool ac);

#endif
