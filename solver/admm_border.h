/* The border between regions: what ADMM agrees on. Ties between the same two buses are one group. For each group and hour the
   coordinates are difference and sum of the two end voltages' angles (and magnitudes in AC); for each HVDC tie its power. Side 0
   is the region of the from end, side 1 that of the to end. The same on every rank. */
#ifndef ARCHIPELAGO_SOLVER_ADMM_BORDER_H
#define ARCHIPELAGO_SOLVER_ADMM_BORDER_H

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
  Network     net;
  Physics     physics;
  PetscInt    hours;
  PetscInt    n_groups, n_links, per_group, per_hour; /* coordinates of a group (4 or 2), and of an hour */
  TieGroup   *group;
  Tie        *link;
  BranchFlow *flow;     /* [branches of all groups] in group order */
  PetscInt    n;        /* coordinates over all hours */
  PetscReal  *penalty;  /* [n] relative to the objective's scale */
  PetscReal  *value[2]; /* [n] the sides' coordinates, whole on every rank after the exchange */
  PetscReal  *mismatch; /* [hours][2 n_bus] work */
} * AdmmBorder;

/* Not collective. `scale`: currency per unit of the scaled objective. */
PetscErrorCode AdmmBorderCreate(Network net, Partition partition, const OpfOptions *options, PetscReal scale,
                                AdmmBorder *border);
PetscErrorCode AdmmBorderDestroy(AdmmBorder *border);

/* The pair of rows (whole network) and signs behind coordinate k of an hour: ci * kind(row_i) + cj * kind(row_j). */
typedef struct {
  OpfVariable kind;
  PetscInt    row_i, row_j; /* buses or link; row_j = -1: a single variable */
  PetscReal   ci, cj;
  PetscInt    region[2];
} Coordinate;
Coordinate AdmmBorderCoordinate(AdmmBorder border, PetscInt k);

/* Middle of the ranges: where the agreed values start. */
void AdmmBorderStart(AdmmBorder border, PetscReal *z);

/* Largest power mismatch of the merged network (each bus at its owner's voltage), and largest violation of a tie's limits, per unit. */
PetscErrorCode AdmmBorderResiduals(AdmmBorder border, PetscReal *mismatch_pu, PetscReal *violation_pu);

#endif
