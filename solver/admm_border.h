/* The border between regions: what ADMM agrees on, and how far it is from agreement. Ties between the same two buses are one
   group. For each group and hour the coordinates are difference and sum of the two end voltages' angles (and magnitudes in AC); for
   each HVDC tie its power. Side 0 is the region of the from end, side 1 that of the to end. A rank holds the coordinates of
   its own regions; where it has one of the two sides, the other's values come by the exchange. */
#ifndef ARCHIPELAGO_SOLVER_ADMM_BORDER_H
#define ARCHIPELAGO_SOLVER_ADMM_BORDER_H

#include "partition/exchange.h"
#include "solver/branch_flow.h"
#include "solver/opf_impl.h"

typedef struct {
  PetscInt  from, to; /* buses of the whole network */
  PetscInt  region[2];
  PetscReal admittance; /* |y| of the group, per unit */
  PetscInt  n_branches;
  PetscInt *branch; /* rows of the whole branch table */
} TieGroup;

typedef struct _s_AdmmBorder {
  Network   net;
  Partition partition;
  Physics   physics;
  PetscInt  hours, first_snapshot;
  PetscInt  n_groups, n_links, per_group, per_hour; /* of this rank: coordinates of a group (4 or 2), and of an hour */
  PetscInt  all_per_hour;                           /* coordinates of an hour of the whole network */
  TieGroup *group;
  Tie      *link;
  BranchFlow *flow; /* [branches of all groups] in group order */
  PetscInt    n;    /* coordinates of this rank over all hours */
  PetscInt    n_local;
  PetscInt   *local;    /* [n_regions] place among this rank's regions, -1: elsewhere */
  PetscReal   price;    /* mean marginal cost, currency per unit of power over an hour */
  PetscReal  *unit;     /* [n] price x admittance of the tie: what penalties and multipliers are measured in */
  PetscReal  *penalty;  /* [n] currency per squared unit of the coordinate */
  PetscReal  *value;    /* [n][2] the sides' coordinates, both known after the exchange */
  PetscReal  *mismatch; /* [2 n_bus] work */
  Exchange    exchange;
} * AdmmBorder;

/* Collective over comm, the partition's. `price`: mean marginal cost in currency per unit of power over an interval. */
PetscErrorCode AdmmBorderCreate(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                PetscReal price, AdmmBorder *border);
PetscErrorCode AdmmBorderDestroy(AdmmBorder *border);

/* The pair of rows (whole network) and signs behind coordinate k of this rank: ci * kind(row_i) + cj * kind(row_j). */
typedef struct {
  OpfVariable kind;
  PetscInt    row_i, row_j; /* buses or link; row_j = -1: a single variable */
  PetscReal   ci, cj;
  PetscInt    region[2];
} Coordinate;
Coordinate AdmmBorderCoordinate(AdmmBorder border, PetscInt k);
PetscInt   AdmmBorderHour(AdmmBorder border, PetscInt k);

/* Where the agreement starts: z [n] the middle of the ranges, u [n] the multipliers over the penalties that make power cost the
   mean marginal cost in every region. */
void AdmmBorderStart(AdmmBorder border, PetscReal *z, PetscReal *u);

/* For each region of this rank, worst [regions here][2]: the largest power mismatch of its own buses in the merged network (each
   bus at its owner's voltage), and the largest violation of its ties' limits, per unit. */
void AdmmBorderResiduals(AdmmBorder border, PetscReal *worst);

#endif
