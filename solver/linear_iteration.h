/* The iterations of the interior point for linear programs, and their state as a checkpoint. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_ITERATION_H
#define ARCHIPELAGO_SOLVER_LINEAR_ITERATION_H

#include "solver/linear_state.h"

/* How far an iterate is from optimal, all relative. */
typedef struct {
  PetscReal primal, dual, gap, worst;
  PetscReal objective, dual_objective;
} LinearProgress;

typedef struct {
  LinearState       s;
  LinearResult     *result;
  const LinearCare *care;
  PetscReal         tolerance;
  PetscInt          verbosity, room;
  LinearProgress    now, best;
  PetscInt          best_iteration;
  PetscReal        *best_v, *best_y, *best_zl, *best_zu; /* of the best iterate */
} LinearIteration;

/* Collective. Goes on from the state of this attempt that the watch has; *iteration: the one to do next, -1: there is none. */
PetscErrorCode LinearIterationResume(LinearIteration *it, PetscInt *iteration);
/* Collective. At the top of an iteration: the watch gets the state when it asks for it. */
PetscErrorCode LinearIterationAsk(LinearIteration *it, PetscInt iteration, PetscBool *stop);

#endif
