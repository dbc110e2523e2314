/* The grid as the decomposition of prices sees it: islands, branch elements and the transposed Jacobian. */
#ifndef ARCHIPELAGO_SOLVER_PRICES_IMPL_H
#define ARCHIPELAGO_SOLVER_PRICES_IMPL_H

#include "solver/branch_flow.h"
#include "solver/dc_flow.h"
#include "solver/prices.h"

#include <petscmat.h>

/* Vectors over the buses have [2 n_bus] entries: angle or active price first, then magnitude or reactive price. */
typedef struct {
  Network     net;
  Dispatch    dispatch;
  Physics     physics;
  PetscBool   ac, lossy; /* lossy: what enters a branch need not leave it */
  PetscInt    hour;
  PetscInt    n_islands;
  PetscInt   *island; /* [n_bus], -1: isolated */
  PetscInt   *size;   /* [n_islands] buses */
  PetscInt   *anchor; /* [n_islands] bus whose angle and active price are not unknowns: a reference bus or the first */
  PetscInt    n;      /* unknowns */
  PetscInt   *number; /* [2 n_bus] unknown, or -1 */
  PetscInt    n_branch;
  PetscInt   *branch; /* [n_branch] branches that carry power */
  BranchFlow *flow;   /* [n_branch] AC */
  DcFlow     *dc;     /* [n_branch] DC */
  PetscReal  *entry;  /* Jacobian's entries in the order of its structure */
  Mat         transposed, factor;
  Vec         right, solution, correction;
} PriceGrid;

PetscErrorCode PriceGridCreate(Network net, Dispatch dispatch, Physics physics, PriceGrid *grid);
PetscErrorCode PriceGridDestroy(PriceGrid *grid);

/* Values and gradients of a branch's flows at the hour, per unit; gradients by its end variables. */
typedef struct {
  PetscInt  branch;
  PetscInt  row[FLOW_COUNT]; /* places of its balances in a vector over the buses */
  PetscInt  end[END_COUNT];  /* places of its variables */
  PetscReal value[FLOW_COUNT], gradient[FLOW_COUNT][END_COUNT];
} PriceElement;

PriceElement PriceElementAt(const PriceGrid *grid, PetscInt k);

/* force = J' dual at the hour. */
void PriceGridForces(const PriceGrid *grid, const PetscReal *dual, PetscReal *force);

/* Fills and factorises the transposed Jacobian without the anchors' rows and columns; *regular false where that
   fails. */
PetscErrorCode PriceGridFactorise(PriceGrid *grid, PetscBool *regular);
/* J' dual = force at all unknowns, dual zero at the anchors. */
PetscErrorCode PriceGridSolve(PriceGrid *grid, const PetscReal *force, PetscReal *dual);

#endif
