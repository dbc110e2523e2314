/* Scaling of linear programs by powers of two. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_SCALE_H
#define ARCHIPELAGO_SOLVER_LINEAR_SCALE_H

#include "solver/linear_interior.h"

/* Scales the program in place; scale gets arrays of its own. */
PetscErrorCode LinearScaleProgram(LinearProgram program, LinearScale *scale);
PetscErrorCode LinearScaleDestroy(LinearScale *scale);
/* A solution of the scaled program in the units of the one that was given, in place. */
void LinearScaleBack(const LinearScale *scale, PetscInt n, PetscInt m, PetscReal *x, PetscReal *y, PetscReal *z);

#endif
