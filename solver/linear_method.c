/* Linear programs from beginning to end: presolve, scaling, the interior point, and the way back. */
#include "solver/linear_method.h"

#include "inputs/log.h"
#include "solver/linear_elastic.h"
#include "solver/linear_presolve.h"
#include "solver/linear_scale.h"
#include "solver/linear_watch.h"

#include <math.h>
#include <petsctime.h>

void LinearDefaultOptions(LinearOptions *options)
{
  *options = (LinearOptions){.tolerance = 1e-8, .max_iterations = 200, .presolve = PETSC_TRUE};
}

/* Violation of a row beside the size of what stands in it that an optimum may have. */
static const PetscReal row_tolerance = 1e-6;

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

/* Largest violation of a row beside the size of what stands in it. */
static PetscReal RelativeViolation(LinearProgram p, const PetscReal *x)
{
  PetscReal worst = 0;

  for (PetscInt i = 0; i < p->m; i++) {
    PetscReal sum = 0, size = 1, miss;

    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      sum += p->value[k] * x[p->column[k]];
      size = PetscMax(size, fabs(p->value[k] * x[p->column[k]]));
    }
    miss = PetscMax(p->row_lower[i] - sum, sum - p->row_upper[i]);
    if (isfinite(p->row_lower[i])) size = PetscMax(size, fabs(p->row_lower[i]));
    if (isfinite(p->row_upper[i])) size = PetscMax(size, fabs(p->row_upper[i]));
    worst = PetscMax(worst, miss / size);
  }
  return worst;
}

static PetscErrorCode SolveReduced(MPI_Comm comm, LinearPresolve presolve, const LinearOptions *options,
                                   const LinearCare *care, Solution *whole, LinearResult *result)
{
  const LinearProgram reduced = LinearPresolveReduced(presolve);
  LinearScale         scale;
  Solution            part;

  PetscFunctionBeginUser;
  PetscCall(SolutionCreate(reduced->n, reduced->m, &part));
  result->presolved_n = reduced->n;
  result->presolved_m = reduced->m;
  if (reduced->n > 0) {
    PetscCall(LinearScaleProgram(reduced, &scale));
    PetscCall(LinearInteriorSolve(comm, reduced, &scale, options, care, part.x, part.y, part.z, result));
    LinearScaleBack(&scale, reduced->n, reduced->m, part.x, part.y, part.z);
    PetscCall(LinearScaleDestroy(&scale));
  }
  PetscCall(LinearPresolveRecover(presolve, part.x, part.y, whole->x, whole->y, whole->z));
  PetscCall(SolutionDestroy(&part));
  PetscFunctionReturn(0);
}

/* One attempt. Optimal is only said of a point that satisfies the rows as they were given. */
static PetscErrorCode Attempt(MPI_Comm comm, LinearProgram program, const LinearOptions *options, PetscInt caution,
                              const LinearWatch *watch, Solution *whole, LinearResult *result)
{
  const LinearCare care = {.caution = caution, .watch = watch};
  LinearPresolve   presolve;
  PresolveOutcome  outcome;

  PetscFunctionBeginUser;
  result->status    = SOLVE_OPTIMAL;
  result->unbounded = PETSC_FALSE;
  PetscCall(LinearPresolveCreate(program, options->presolve, &presolve, &outcome));
  if (outcome == PRESOLVE_INFEASIBLE)
    result->status = SOLVE_INFEASIBLE;
  else
    PetscCall(SolveReduced(comm, presolve, options, &care, whole, result));
  if (outcome == PRESOLVE_UNBOUNDED && result->status == SOLVE_OPTIMAL) {
    result->status    = SOLVE_INFEASIBLE;
    result->unbounded = PETSC_TRUE;
  }
  PetscCall(LinearPresolveDestroy(&presolve));
  if (result->status == SOLVE_OPTIMAL && RelativeViolation(program, whole->x) > row_tolerance)
    result->status = SOLVE_NUMERICAL;
  PetscFunctionReturn(0);
}

/* Whether rows can be satisfied at all: the least sum of what is missing, each row measured in its own size. */
static PetscErrorCode Probe(MPI_Comm comm, LinearProgram program, const LinearOptions *options, LinearResult *result)
{
  LinearResult phase = {0};
  PetscReal   *price;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(program->m + 1, &price));
  for (PetscInt i = 0; i < program->m; i++) {
    PetscReal size = 0;

    for (PetscInt k = program->start[i]; k < program->start[i + 1]; k++) size = PetscMax(size, fabs(program->value[k]));
    price[i] = size > 0 ? 1 / size : 1;
  }
  PetscCall(LinearSolveElastic(comm, program, options, price, NULL, &phase));
  result->factorizations += phase.factorizations;
  if (phase.status == SOLVE_STOPPED) result->status = SOLVE_STOPPED;
  if (phase.status == SOLVE_OPTIMAL && phase.dual_objective > 1e-6 && phase.objective > 1e-6)
    result->status = SOLVE_INFEASIBLE;
  PetscCall(PetscFree(phase.history));
  PetscCall(PetscFree(price));
  PetscFunctionReturn(0);
}

/* Attempts until one has an answer; from the one that the watch's state was taken in. */
static PetscErrorCode Attempts(MPI_Comm comm, LinearProgram program, const LinearOptions *options, LinearWatch *watch,
                               Solution *whole, LinearResult *result)
{
  PetscInt  caution = 0;
  PetscBool again;

  PetscFunctionBeginUser;
  PetscCall(LinearWatchAttempt(watch, &caution, &again));
  if (!again) caution = 0;
  for (; caution <= 2; caution++) {
    result->n_history = 0;
    PetscCall(Attempt(comm, program, options, caution, watch, whole, result));
    watch->state = NULL;
    if (result->status != SOLVE_NUMERICAL && (result->status != SOLVE_ITERATION_LIMIT || options->max_iterations < 100))
      break;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LinearSolveOnce(MPI_Comm comm, LinearProgram program, const LinearOptions *options, PetscBool probe,
                               PetscReal *x, PetscReal *y, PetscReal *z, LinearResult *result)
{
  Solution       whole;
  LinearWatch    watch;
  PetscBool      done;
  PetscLogDouble begin, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  *result = (LinearResult){0};
  PetscCall(SolutionCreate(program->n, program->m, &whole));
  PetscCall(LinearWatchBegin(comm, program, options, probe ? "linear" : "linear-elastic", &watch));
  PetscCall(LinearWatchDone(comm, &watch, program, whole.x, whole.y, whole.z, result, 0, NULL, &done));
  if (!done) PetscCall(Attempts(comm, program, options, &watch, &whole, result));
  if (result->status != SOLVE_STOPPED)
    PetscCall(LinearWatchEnd(comm, &watch, program, whole.x, whole.y, whole.z, result, 0, NULL));
  if (probe && result->status == SOLVE_NUMERICAL) PetscCall(Probe(comm, program, options, result));
  PetscCall(Account(program, &whole, result));
  if (x) PetscCall(PetscArraycpy(x, whole.x, program->n));
  if (y) PetscCall(PetscArraycpy(y, whole.y, program->m));
  if (z) PetscCall(PetscArraycpy(z, whole.z, program->n));
  PetscCall(SolutionDestroy(&whole));
  PetscCall(PetscTime(&end));
  result->seconds = end - begin;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearSolve(MPI_Comm comm, LinearProgram program, const LinearOptions *options, PetscReal *x,
                           PetscReal *y, PetscReal *z, LinearResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(LogEventBegin(LOG_SOLVER_LINEAR));
  PetscCall(LinearSolveOnce(comm, program, options, PETSC_TRUE, x, y, z, result));
  PetscCall(LogEventEnd(LOG_SOLVER_LINEAR));
  PetscFunctionReturn(0);
}
