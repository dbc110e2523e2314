/* SUNDIALS IDA on the equations: variable order and step, KLU on the hand-written sparse Jacobian; modes that change on
   the way; and a consistent restart at every discontinuity. */
#ifndef ARCHIPELAGO_DYNAMICS_INTEGRATOR_H
#define ARCHIPELAGO_DYNAMICS_INTEGRATOR_H

#include "dynamics/equations.h"

typedef struct _p_Integrator *Integrator;

typedef struct {
  PetscInt steps, residuals, jacobians, factorizations, error_test_failures, restarts;
  PetscInt mode_changes; /* of them, those that needed no restart are not among the restarts */
  double   klu_seconds;  /* wall clock in KLU: factorisations and solves */
} IntegratorCounts;

/* Not collective. Tolerances of the error test: relative, and absolute per unit of each unknown's nominal change. */
PetscErrorCode IntegratorCreate(Equations eq, PetscReal relative, PetscReal absolute, Integrator *integrator);
PetscErrorCode IntegratorDestroy(Integrator *integrator);

/* Sets time and unknowns to the equations' start. Restart before the first step. */
PetscErrorCode IntegratorReset(Integrator integrator, PetscReal time);

/* Makes the point consistent with the equations as they are now: differential unknowns keep their values, the algebraic
   ones are solved for (KINSOL, in the attempts that consistent.h lists), modes that are then wrong
   change, the rates follow; the integration goes on from there with order one. *ok false: no solution was found,
   IntegratorProblem says why. */
PetscErrorCode IntegratorRestart(Integrator integrator, PetscBool *ok);

/* One step, of IDA's choice but not past `stop`. A mode that changes within it does so in place when the error test cannot
   tell the difference; otherwise the step ends at that instant, and *switches says that IntegratorSwitch has to follow.
   A step that fails is tried again from a careful restart; where none passes because the algebraic equations lose the
   solution that was followed, the integration leaps to the one that remains. *ok false: IntegratorProblem says why. */
PetscErrorCode IntegratorStep(Integrator integrator, PetscReal stop, PetscBool *ok, PetscBool *switches);
/* Changes the modes whose instant was reached, and restarts. *trips: a relay wants its site disconnected
   (EquationsTrips); the caller does that and restarts once more. */
PetscErrorCode IntegratorSwitch(Integrator integrator, PetscBool *ok, PetscBool *trips);

/* y[n], and y'[n] unless NULL, at a time within the last step. */
PetscErrorCode IntegratorInterpolate(Integrator integrator, PetscReal time, PetscReal *y, PetscReal *yp);

PetscReal        IntegratorTime(Integrator integrator);
const PetscReal *IntegratorUnknowns(Integrator integrator);
const PetscReal *IntegratorRates(Integrator integrator);
/* Largest rate of a differential unknown at the last restart, in the unknowns' units per second. */
PetscReal   IntegratorLargestRate(Integrator integrator);
const char *IntegratorProblem(Integrator integrator);
/* Whether that was that the network's equations have no solution that could be found. */
PetscBool IntegratorUnsolvable(Integrator integrator);
/* What happened in the last step that is worth telling, or empty: voltages collapsed. */
const char *IntegratorNote(Integrator integrator);
/* Sums over all restarts since creation. */
IntegratorCounts IntegratorCount(Integrator integrator);

#endif
