/* SUNDIALS IDA on the equations: variable order and step, KLU on the hand-written sparse Jacobian, and a consistent
   restart at every discontinuity. */
#ifndef ARCHIPELAGO_DYNAMICS_INTEGRATOR_H
#define ARCHIPELAGO_DYNAMICS_INTEGRATOR_H

#include "dynamics/equations.h"

typedef struct _p_Integrator *Integrator;

typedef struct {
  PetscInt steps, residuals, jacobians, factorizations, error_test_failures, restarts;
} IntegratorCounts;

/* Not collective. Tolerances of the error test: relative, and absolute per unit of each unknown's nominal change. */
PetscErrorCode IntegratorCreate(Equations eq, PetscReal relative, PetscReal absolute, Integrator *integrator);
PetscErrorCode IntegratorDestroy(Integrator *integrator);

/* Sets time and unknowns to the equations' start. Restart before the first step. */
PetscErrorCode IntegratorReset(Integrator integrator, PetscReal time);

/* Makes the point consistent with the equations as they are now: differential states keep their values, the algebraic
   unknowns are solved for by Newton's method, the rates follow; the integration goes on from there with order one.
   *ok false: no solution was found, IntegratorProblem says why. */
PetscErrorCode IntegratorRestart(Integrator integrator, PetscBool *ok);

/* One step, of IDA's choice but not past `stop`. *ok false: IntegratorProblem says why. */
PetscErrorCode IntegratorStep(Integrator integrator, PetscReal stop, PetscBool *ok);

/* y[n] at a time within the last step. */
PetscErrorCode IntegratorInterpolate(Integrator integrator, PetscReal time, PetscReal *y);

PetscReal        IntegratorTime(Integrator integrator);
const PetscReal *IntegratorUnknowns(Integrator integrator);
/* Largest rate of a differential state at the last restart, in the states' units per second. */
PetscReal   IntegratorLargestRate(Integrator integrator);
const char *IntegratorProblem(Integrator integrator);
/* Sums over all restarts since creation. */
IntegratorCounts IntegratorCount(Integrator integrator);

#endif
