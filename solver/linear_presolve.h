/* What can be settled before a linear program is solved, and the way back. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_PRESOLVE_H
#define ARCHIPELAGO_SOLVER_LINEAR_PRESOLVE_H

#include "solver/linear_program.h"

typedef struct _p_LinearPresolve *LinearPresolve;

typedef enum {
  PRESOLVE_OPEN,       /* there is a reduced program, perhaps without variables */
  PRESOLVE_INFEASIBLE, /* no point can be feasible */
  PRESOLVE_UNBOUNDED,  /* if a point is feasible, the objective has no bound */
} PresolveOutcome;

/* The program is borrowed and unchanged. full: false takes out only what the interior point cannot have (fixed variables, empty and
   free rows, empty columns). */
PetscErrorCode LinearPresolveCreate(LinearProgram program, PetscBool full, LinearPresolve *presolve,
                                    PresolveOutcome *outcome);
PetscErrorCode LinearPresolveDestroy(LinearPresolve *presolve);
/* The reduced program, the presolve's own; may be changed (scaled). */
LinearProgram LinearPresolveReduced(LinearPresolve presolve);
/* From a solution of the reduced program (as created, not as changed) to one of the program: x, z [n], y [m]. */
PetscErrorCode LinearPresolveRecover(LinearPresolve presolve, const PetscReal *reduced_x, const PetscReal *reduced_y,
                                     PetscReal *x, PetscReal *y, PetscReal *z);

#endif
