/* KLU as a linear solver of SUNDIALS, for the equations' pattern, and the time it takes. */
#ifndef ARCHIPELAGO_DYNAMICS_KLU_H
#define ARCHIPELAGO_DYNAMICS_KLU_H

#include "dynamics/equations.h"

#include <nvector/nvector_serial.h>
#include <sundials/sundials_linearsolver.h>
#include <sunmatrix/sunmatrix_sparse.h>

#define SundialsCheck(condition, what) \
  PetscCheck(condition, PETSC_COMM_SELF, PETSC_ERR_LIB, "SUNDIALS: %s failed", what)

_Static_assert(sizeof(sunindextype) == sizeof(int64_t), "the equations' pattern has 64-bit indices");
_Static_assert(sizeof(realtype) == sizeof(PetscReal), "SUNDIALS and PETSc in double precision");

/* A matrix with the equations' pattern, and a solver for it. */
PetscErrorCode KluCreate(Equations eq, SUNContext context, SUNMatrix *matrix, SUNLinearSolver *solver);
void           KluDestroy(SUNMatrix *matrix, SUNLinearSolver *solver);
/* Forgets the pivots: the next factorisation looks for them afresh. */
void KluForget(SUNLinearSolver solver);
/* Wall clock spent in factorisations and solves, s. */
double KluSeconds(SUNLinearSolver solver);

#endif
