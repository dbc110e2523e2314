/* Factorisations P A P' = L D L' of one sparse symmetric indefinite pattern with its inertia, behind one small interface: which
   code does the work, and how stable its pivots are, is decided here. Sequential. */
#ifndef ARCHIPELAGO_SOLVER_KKT_FACTOR_H
#define ARCHIPELAGO_SOLVER_KKT_FACTOR_H

#include <petscsys.h>

typedef struct _p_Factor *Factor;

typedef struct {
  PetscInt positive, negative, zero; /* eigenvalues of the eliminated unknowns, by sign; zero: below round-off */
} FactorInertia;

/* Upper triangle by rows: start [size + 1], column [start[size]] ascending, the diagonal first in each row; group [size]:
   unknowns with the same number >= 0 are best eliminated together (NULL: unknown); the last n_border unknowns are not eliminated.
   start, column and group are borrowed until FactorDestroy. */
PetscErrorCode FactorCreate(PetscInt size, const PetscInt *start, const PetscInt *column, const PetscInt *group,
                            PetscInt n_border, Factor *factor);
PetscErrorCode FactorDestroy(Factor *factor);

/* Factorises value [start[size]]; success is false where there was not enough memory or a value was not finite. */
PetscErrorCode FactorNumeric(Factor factor, const PetscReal *value, FactorInertia *inertia, PetscBool *success);

/* Solves in two halves, x [size] in place. Forward leaves the border's reduced right-hand side in the last n_border places,
   backward expects the border's solution there. Without a border the two after each other solve A x = b. */
PetscErrorCode FactorForward(Factor factor, PetscReal *x);
PetscErrorCode FactorBackward(Factor factor, PetscReal *x);

/* Lower triangle, column-major [n_border][n_border], of the border's Schur complement; borrowed until the next factorisation. */
PetscErrorCode FactorGetSchur(Factor factor, const PetscReal **schur);

/* Asks for more stable pivots from the next factorisation on; raised says whether there was room for more. */
PetscErrorCode FactorRaisePivotThreshold(Factor factor, PetscBool *raised);
/* Back to the sparse default, so that a solve does not depend on those before it. */
PetscErrorCode FactorResetPivotThreshold(Factor factor);
/* How often more stable pivots were asked for since, and that many times at once: what a checkpoint keeps. */
PetscInt       FactorPivotLevel(Factor factor);
PetscErrorCode FactorSetPivotLevel(Factor factor, PetscInt level);

#endif
