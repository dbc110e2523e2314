/* Consistent points: the algebraic unknowns solved for while the differential ones are held, and the rates that follow. */
#ifndef ARCHIPELAGO_DYNAMICS_CONSISTENT_H
#define ARCHIPELAGO_DYNAMICS_CONSISTENT_H

#include "dynamics/equations.h"

typedef struct _p_Consistent *Consistent;

PetscErrorCode ConsistentCreate(Equations eq, Consistent *consistent);
PetscErrorCode ConsistentDestroy(Consistent *consistent);

/* Forgets the pivots: the equations changed. */
PetscErrorCode ConsistentRefactor(Consistent c);
/* Solves the algebraic equations in y[n] (KINSOL with KLU: Newton's method, then with a line search, then pseudo-transient
   continuation, then these from voltages of the start and from shares of them). False when none finds a solution; then
   y is as it was, *residual what was left at best, and *bus the index of the bus where. */
PetscErrorCode ConsistentSolve(Consistent c, PetscReal *y, PetscBool *ok, PetscReal *residual, PetscInt *bus);
/* y'[n] at a consistent y: the differential unknowns' from their equations, the algebraic ones' by differentiating theirs
   in time, zero where these are singular. *largest: of the differential ones. */
PetscErrorCode ConsistentRates(Consistent c, const PetscReal *y, PetscReal *yp, PetscReal *largest);

typedef struct {
  PetscInt residuals, jacobians;
  double   klu_seconds;
} ConsistentCounts;
ConsistentCounts ConsistentCount(Consistent c);

#endif
