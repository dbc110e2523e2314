/* One solve without the question whether an unsolved program is infeasible. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_ELASTIC_H
#define ARCHIPELAGO_SOLVER_LINEAR_ELASTIC_H

#include "solver/linear_method.h"

/* As LinearSolve; probe: where the iterations fail, an elastic solve tells whether the program is infeasible. */
PetscErrorCode LinearSolveOnce(MPI_Comm comm, LinearProgram program, const LinearOptions *options, PetscBool probe,
                               PetscReal *x, PetscReal *y, PetscReal *z, LinearResult *result);

#endif
