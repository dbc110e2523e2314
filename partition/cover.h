/* The border of a bordered solve: buses that, held fixed, leave the regions without a tie between them. */
#ifndef ARCHIPELAGO_PARTITION_COVER_H
#define ARCHIPELAGO_PARTITION_COVER_H

#include "partition/partition.h"

/* What a covered bus adds to the border, per hour, in unknowns of the AC problem: angle, magnitude and two balances; of
   which an electric bus that meets its ties through links alone needs the balances, and an energy bus its one. */
enum { COVER_BUS_UNKNOWNS = 4, COVER_LINK_BUS_UNKNOWNS = 2, COVER_ENERGY_BUS_UNKNOWNS = 1 };

/* A vertex cover of the ties: cover [*n_cover] buses, ascending, such that each tie (branch or link) has an end among
   them; the caller frees it with PetscFree. Weighted by what a bus adds to the border. A smallest one between two
   regions, and wherever the ties form no odd cycle; elsewhere the best that a search of bounded length finds, most
   often a smallest one too. Not collective, deterministic. */
PetscErrorCode PartitionCover(Partition partition, Network net, PetscInt *n_cover, PetscInt **cover);

/* Unknowns per hour that the cover adds to the border of the AC problem. The DC problem has half of an electric bus's. */
PetscInt PartitionBorderSize(Partition partition, Network net, PetscInt n_cover, const PetscInt *cover);

#endif
