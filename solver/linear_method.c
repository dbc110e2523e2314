/* Linear programs from beginning to end: presolve, scaling, the interior point, and the way back. */
#include "solver/linear_method.h"

#include "solver/linear_presolve.h"
#include "solver/linear_scale.h"

#include <math.h>
#include <petsctime.h>

void LinearDefaultOptions(LinearOptions *options)
{
  *options = (LinearOptions){.tolerance = 1e-8, .max_iterations = 200, .presolve = PETSC_TRUE};
}

/* The whole solution, of the program as given. */
typedef struct {
  PetscReal *x, *y, *z;
} Solution;

static PetscErrorCode SolutionCreate(PetscInt n, PetscInt m, Solution *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(n + 1, &s->x, m + 1, &s->y, n + 1, &s->z));
  PetscFunctionReturn(0);
}

static PetscErrorCode SolutionDestroy(Solution *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(s->x, s->y, s->z));
  PetscFunctionReturn(0);
}

/* Objectives and violations of the solution in the program's own terms. */
static PetscErrorCode Account(LinearProgram p, const Solution *s, LinearResult *result)
{
  PetscReal rows, bounds;

  PetscFunctionBeginUser;
  LinearProgramViolation(p, s->x, &rows, &bounds);
  result->primal_residual = PetscMax(rows, bounds);
  result->objective       = LinearProgramObjective(p, s->x);
  result->dual_objective  = p->constant;
  for (PetscInt j = 0; j < p->n; j++) {
    const PetscReal side = s->z[j] > 0 ? p->lower[j] : p->upper[j];

    result->dual_objective -= 0.5 * p->quadratic[j] * s->x[j] * s->x[j];
    if (s->z[j] != 0 && isfinite(side)) result->dual_objective += s->z[j] * side;
  }
  for (PetscInt i = 0; i < p->m; i++) {
    const PetscReal side = s->y[i] > 0 ? p->row_lower[i] : p->row_upper[i];

    if (s->y[i] != 0 && isfinite(side)) result->dual_objective += s->y[i] * side;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveReduced(MPI_Comm comm, LinearPresolve presolve, const LinearOptions *options,
                                   Solution *whole, LinearResult *result)
{
  const LinearProgram reduced = LinearPresolveReduced(presolve);
  const LinearCare    care    = {0};
  LinearScale         scale;
  Solution            part;

  PetscFunctionBeginUser;
  PetscCall(SolutionCreate(reduced->n, reduced->m, &part));
  result->presolved_n = reduced->n;
  result->presolved_m = reduced->m;
  if (reduced->n > 0 && reduced->m == 0) PetscCheck(0, PETSC_COMM_SELF, PETSC_ERR_PLIB, "Variables without rows are left");
  if (reduced->n > 0) {
    PetscCall(LinearScaleProgram(reduced, &scale));
    PetscCall(LinearInteriorSolve(comm, reduced, &scale, options, &care, part.x, part.y, part.z, result));
    LinearScaleBack(&scale, reduced->n, reduced->m, part.x, part.y, part.z);
    PetscCall(LinearScaleDestroy(&scale));
  }
  PetscCall(LinearPresolveRecover(presolve, part.x, part.y, whole->x, whole->y, whole->z));
  PetscCall(SolutionDestroy(&part));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearSolve(MPI_Comm comm, LinearProgram program, const LinearOptions *options, PetscReal *x,
                           PetscReal *y, PetscReal *z, LinearResult *result)
{
  LinearPresolve  presolve;
  PresolveOutcome outcome;
  Solution        whole;
  PetscLogDouble  begin, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  *result = (LinearResult){.status = SOLVE_OPTIMAL};
  PetscCall(SolutionCreate(program->n, program->m, &whole));
  PetscCall(LinearPresolveCreate(program, options->presolve, &presolve, &outcome));
  if (outcome != PRESOLVE_INFEASIBLE) PetscCall(SolveReduced(comm, presolve, options, &whole, result));
  if (outcome == PRESOLVE_INFEASIBLE) result->status = SOLVE_INFEASIBLE;
  if (outcome == PRESOLVE_UNBOUNDED && result->status == SOLVE_OPTIMAL) {
    result->status    = SOLVE_INFEASIBLE;
    result->unbounded = PETSC_TRUE;
  }
  PetscCall(LinearPresolveDestroy(&presolve));
  PetscCall(Account(program, &whole, result));
  if (x) PetscCall(PetscArraycpy(x, whole.x, program->n));
  if (y) PetscCall(PetscArraycpy(y, whole.y, program->m));
  if (z) PetscCall(PetscArraycpy(z, whole.z, program->n));
  PetscCall(SolutionDestroy(&whole));
  PetscCall(PetscTime(&end));
  result->seconds = end - begin;
  PetscFunctionReturn(0);
}
