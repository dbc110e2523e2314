/* The iterations of the interior point for linear programs: when it is done, and when there is nothing to find. */
#include "solver/linear_interior.h"

#include "solver/linear_iteration.h"

#include <math.h>
#include <stdio.h>

/* What is taken for an optimum where round-off ends the iterations before the tolerance. */
static const PetscReal acceptable = 1e-6;

/* --- Progress --- */

/* Parts' sums: primal objective, dual objective, dual residual times x, primal residual times y. */
static void PartialObjectives(LinearState *s, PetscInt part, PetscReal sum[4])
{
  sum[0] = sum[1] = sum[2] = sum[3] = 0;
  for (int which = 0; which < 2; which++) {
    for (PetscInt k = PartBegin(s, part, which); k < PartEnd(s, part, which); k++) {
      if (k < s->n) {
        const PetscReal curved = 0.5 * s->quadratic[k] * s->v[k] * s->v[k];

        sum[0] += s->cost[k] * s->v[k] + curved;
        sum[1] -= curved;
      } else
        sum[3] += s->primal[k - s->n] * s->y[k - s->n];
      sum[2] += s->dual[k] * s->v[k];
      if (s->kind[k] & IS_EQUALITY) sum[1] += s->lower[k] * s->y[k - s->n];
      if (s->kind[k] & HAS_LOWER) {
        sum[1] += s->lower[k] * s->zl[k];
        sum[3] += s->below[k] * s->zl[k];
      }
      if (s->kind[k] & HAS_UPPER) {
        sum[1] -= s->upper[k] * s->zu[k];
        sum[3] += s->above[k] * s->zu[k];
      }
    }
  }
}

static PetscErrorCode Measure(LinearIteration *it)
{
  LinearState *const s = &it->s;
  PetscReal          sum[4], top[2] = {0, 0}, scale;

  PetscFunctionBeginUser;
  for (PetscInt part = 0; part <= s->parts->n_local; part++) PartialObjectives(s, part, s->partial + 4 * part);
  PetscCall(LinearPartsSum(s->parts, 4, s->partial, sum));
  for (PetscInt i = 0; i < s->m; i++) {
    const PetscInt k = s->n + i;

    top[0] = PetscMin(top[0], -fabs(s->primal[i]) * s->row_unit[i]);
    top[0] = PetscMin(top[0], -PetscMax(fabs(s->below[k]), fabs(s->above[k])) * s->row_unit[i]);
    top[1] = PetscMin(top[1], -fabs(s->dual[k]) * s->objective_unit / s->row_unit[i]);
  }
  for (PetscInt j = 0; j < s->n; j++) {
    const PetscReal unit = s->objective_unit / s->column_unit[j];

    top[0] = PetscMin(top[0], -PetscMax(fabs(s->below[j]), fabs(s->above[j])) * unit);
    top[1] = PetscMin(top[1], -fabs(s->dual[j]) * s->column_unit[j]);
  }
  PetscCall(LinearMin(s, 2, top));
  scale = 1 / s->objective_unit + fabs(sum[0]);
  if (s->bound_pairs > 0) s->least_mu = 0.01 * it->tolerance * scale / s->bound_pairs;
  it->now.objective      = sum[0];
  it->now.dual_objective = sum[1];
  it->now.gap            = fabs(sum[0] - sum[1]) / scale;
  it->now.primal         = PetscMax(-top[0] / (1 + s->rhs_norm), fabs(sum[3]) / scale);
  it->now.dual           = PetscMax(-top[1] / (1 + s->cost_norm), fabs(sum[2]) / scale);
  it->now.worst          = PetscMax(it->now.gap, PetscMax(it->now.primal, it->now.dual));
  PetscFunctionReturn(0);
}

static PetscErrorCode Record(LinearIteration *it)
{
  LinearResult *const r = it->result;
  PetscReal          *row;

  PetscFunctionBeginUser;
  if (r->n_history == it->room) {
    it->room = 2 * it->room + 32;
    PetscCall(PetscRealloc((size_t)it->room * 4 * sizeof(PetscReal), &r->history));
  }
  row    = r->history + 4 * r->n_history++;
  row[0] = it->now.primal;
  row[1] = it->now.dual;
  row[2] = it->now.gap;
  row[3] = it->s.mu;
  PetscFunctionReturn(0);
}

static PetscErrorCode KeepBest(LinearIteration *it, PetscInt iteration)
{
  const LinearState *const s = &it->s;

  PetscFunctionBeginUser;
  if (iteration > 0 && !(it->now.worst < it->best.worst)) PetscFunctionReturn(0);
  it->best           = it->now;
  it->best_iteration = iteration;
  PetscCall(PetscArraycpy(it->best_v, s->v, s->size));
  PetscCall(PetscArraycpy(it->best_y, s->y, s->m));
  PetscCall(PetscArraycpy(it->best_zl, s->zl, s->size));
  PetscCall(PetscArraycpy(it->best_zu, s->zu, s->size));
  PetscFunctionReturn(0);
}

/* --- Iterations --- */

static void Print(const LinearIteration *it, PetscInt iteration, PetscReal primal_step, PetscReal dual_step)
{
  if (it->verbosity < 1 || it->s.parts->rank != 0) return;
  fprintf(
      stderr,
      "%4d  primal %9.2e  dual %9.2e  gap %9.2e  mu %9.2e  steps %.3f %.3f  objective %.9e  acc %.1e reg %.0e %.0e\n",
      (int)iteration, (double)it->now.primal, (double)it->now.dual, (double)it->now.gap, (double)it->s.mu,
      (double)primal_step, (double)dual_step, (double)(it->now.objective * it->s.objective_unit),
      (double)it->s.accuracy, it->s.rho, it->s.delta);
}

/* Nothing to find: rays at the iterate or along the step. */
static PetscErrorCode FindRays(LinearIteration *it, PetscBool *found)
{
  LinearState *const s          = &it->s;
  PetscBool          infeasible = PETSC_FALSE, unbounded = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(LinearFarkas(s, s->y, &infeasible));
  if (!infeasible) PetscCall(LinearFarkas(s, s->step.y, &infeasible));
  if (!infeasible) PetscCall(LinearRay(s, s->v, &unbounded));
  if (!infeasible && !unbounded) PetscCall(LinearRay(s, s->step.v, &unbounded));
  *found = (PetscBool)(infeasible || unbounded);
  if (!*found) PetscFunctionReturn(0);
  it->result->status    = SOLVE_INFEASIBLE;
  it->result->unbounded = unbounded;
  PetscFunctionReturn(0);
}

/* Fifteen iterations that did not halve what is left. */
static PetscBool Crawls(const LinearIteration *it)
{
  const PetscInt         back = 15, n = it->result->n_history;
  const PetscReal *const now = it->result->history + 4 * (n - 1), *const then = now - 4 * back;

  if (n <= 40) return PETSC_FALSE;
  return (PetscBool)(now[0] + now[1] + now[2] > 0.5 * (then[0] + then[1] + then[2]));
}

static PetscErrorCode Iterate(LinearIteration *it, const LinearOptions *options)
{
  LinearState *const s           = &it->s;
  PetscReal          primal_step = 0, dual_step = 0;
  PetscInt           iteration;
  PetscBool          found = PETSC_FALSE, stop;

  PetscFunctionBeginUser;
  PetscCall(LinearIterationResume(it, &iteration));
  if (iteration < 0) PetscCall(LinearStart(s));
  it->result->status = SOLVE_ITERATION_LIMIT;
  for (iteration = PetscMax(iteration, 0);; iteration++) {
    PetscCall(LinearIterationAsk(it, iteration, &stop));
    if (stop) {
      it->result->status = SOLVE_STOPPED;
      break;
    }
    PetscCall(LinearGuard(s));
    PetscCall(LinearResiduals(s));
    PetscCall(Measure(it));
    PetscCall(Record(it));
    PetscCall(KeepBest(it, iteration));
    Print(it, iteration, primal_step, dual_step);
    it->result->iterations = iteration;
    if (it->now.worst <= it->tolerance) {
      it->result->status = SOLVE_OPTIMAL;
      break;
    }
    if (iteration > 3) PetscCall(FindRays(it, &found));
    if (found || iteration == options->max_iterations) break;
    if (!isfinite(it->now.worst) || iteration > it->best_iteration + 15 || Crawls(it)) {
      it->result->status = SOLVE_NUMERICAL;
      break;
    }
    s->accuracy = 0;
    PetscCall(LinearFactorise(s, &it->result->factorizations));
    PetscCall(LinearStep(s, &primal_step, &dual_step));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Finish(LinearIteration *it, PetscReal *x, PetscReal *y, PetscReal *z)
{
  LinearState *const s = &it->s;
  double             entries, operations, seconds;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < s->n; j++) {
    s->a[j]  = PetscMax(PetscMin(it->best_v[j], s->upper[j]), s->lower[j]);
    s->ra[j] = it->best_zl[j] - it->best_zu[j];
  }
  PetscCall(LinearPartsGatherVariables(s->parts, s->a, x));
  PetscCall(LinearPartsGatherVariables(s->parts, s->ra, z));
  PetscCall(LinearPartsGatherRows(s->parts, it->best_y, y));
  LinearKktCounts(s->kkt, &entries, &operations, &seconds);
  if (it->verbosity > 0 && s->parts->rank == 0)
    fprintf(stderr, "%d blocks, border %d: factors %.3g entries, %.3g multiply-adds; %d solves, %.2f s\n",
            (int)s->parts->n_blocks, (int)(s->parts->border_variables + s->parts->border_rows), entries, operations,
            (int)s->solves, seconds);
  it->result->seconds_linear += seconds;
  it->result->blocks        = s->parts->n_blocks;
  it->result->border        = s->parts->border_variables + s->parts->border_rows;
  it->result->dual_residual = it->best.dual;
  it->result->gap           = it->best.gap;
  if (it->result->status != SOLVE_OPTIMAL && it->result->status != SOLVE_INFEASIBLE && it->best.worst < acceptable)
    it->result->status = SOLVE_OPTIMAL;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearInteriorSolve(MPI_Comm comm, LinearProgram program, const LinearScale *scale,
                                   const LinearOptions *options, const LinearCare *care, PetscReal *x, PetscReal *y,
                                   PetscReal *z, LinearResult *result)
{
  LinearIteration it     = {.result = result, .tolerance = options->tolerance, .verbosity = options->verbosity};
  PetscInt        blocks = options->blocks;

  PetscFunctionBeginUser;
  it.room = result->n_history;
  it.care = care;
  if (blocks < 1) PetscCall(LinearPartsChoose(program, &blocks));
  PetscCall(LinearStateCreate(comm, program, scale, blocks, &it.s));
  it.s.rho = it.s.delta = it.s.least_regularisation = care->caution > 1 ? 1e-11 : 1e-9;
  it.s.corrections                                  = care->caution > 1 ? 0 : 4;
  it.s.generous                                     = care->caution > 0 ? 1 : 10;
  PetscCall(PetscMalloc4(it.s.size + 1, &it.best_v, it.s.m + 1, &it.best_y, it.s.size + 1, &it.best_zl, it.s.size + 1,
                         &it.best_zu));
  PetscCall(Iterate(&it, options));
  if (result->status != SOLVE_STOPPED) PetscCall(Finish(&it, x, y, z));
  PetscCall(PetscFree4(it.best_v, it.best_y, it.best_zl, it.best_zu));
  PetscCall(LinearStateDestroy(&it.s));
  PetscFunctionReturn(0);
}
