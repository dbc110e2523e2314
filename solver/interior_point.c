/* Interior point: life of the object and the iteration. */
#include "solver/interior_point_internal.h"

#include <petsctime.h>

static const PetscReal violation_tolerance = 1e-6; /* of the unscaled rows */
static const PetscReal gap_tolerance       = 1e-6; /* duality gap beside the objective */
static const PetscInt  warm_iterations     = 80;   /* at most, before a warm start gives way to a cold one */
static const PetscReal hopeless_mu         = 3;    /* barrier parameter up to which a solve gives up if it may */
static const PetscReal short_step =
    0.1; /* steps below, this many in a row, that leave this share of the violation: hopeless */
static const PetscInt  short_steps       = 5;
static const PetscReal short_share       = 0.9;
static const PetscInt  condensed_entries = 6; /* at most, in a row condensed into the Hessian */

const char *SolveStatusName(SolveStatus status)
{
  static const char *const name[] = {"optimal",           "infeasible", "iteration-limit",
                                     "numerical-failure", "stalled",    "stopped"};

  return name[status];
}

void InteriorPointDefaultOptions(InteriorPointOptions *options)
{
  options->tolerance      = 1e-8;
  options->max_iterations = 300;
  options->warm_start     = PETSC_FALSE;
  options->give_up        = PETSC_FALSE;
  options->warm_mu        = 0;
  options->verbosity      = 0;
  options->watch          = NULL;
}

/* Every array of reals of the object, with its length. */
static PetscErrorCode ForEachArray(InteriorPoint ip, PetscErrorCode (*visit)(PetscInt, PetscReal **))
{
  const PetscInt n = ip->n, m = ip->m, size = n + 3 * m;
  PetscReal    **all[] = {
         &ip->lo,           &ip->hi,           &ip->y,     &ip->zl,    &ip->zu,  &ip->gradient, &ip->lagrangian,
         &ip->correction_l, &ip->correction_u, &ip->dy,    &ip->dzl,   &ip->dzu, &ip->sigma,    &ip->dual,
         &ip->res_y,        &ip->work_y,       &ip->trial, &ip->soc_dy};
  PetscReal **rows[]    = {&ip->row_scale, &ip->lambda,  &ip->c,     &ip->dlambda,     &ip->kkt_dc,  &ip->res_c,
                           &ip->work_c,    &ip->trial_c, &ip->soc_c, &ip->soc_dlambda, &ip->weighted};
  PetscReal **columns[] = {&ip->kkt_dx, &ip->anchor, &ip->anchor_weight};

  PetscFunctionBeginUser;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) PetscCall((*visit)(size, all[k]));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(rows); k++) PetscCall((*visit)(m, rows[k]));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(columns); k++) PetscCall((*visit)(n, columns[k]));
  PetscCall((*visit)(n + m, &ip->rhs));
  PetscCall((*visit)(n + m, &ip->sol));
  PetscCall((*visit)(ip->blocks->jacobian_nnz, &ip->jacobian));
  PetscCall((*visit)(ip->blocks->hessian_nnz, &ip->hessian));
  PetscCall((*visit)((ip->blocks->n_local + 1) * SUMS, &ip->partial));
  PetscFunctionReturn(0);
}

static PetscErrorCode Allocate(PetscInt size, PetscReal **array)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(size, array));
  PetscFunctionReturn(0);
}

static PetscErrorCode Free(PetscInt size, PetscReal **array)
{
  (void)size;
  PetscFunctionBeginUser;
  PetscCall(PetscFree(*array));
  PetscFunctionReturn(0);
}

PetscErrorCode InteriorPointCreate(Program program, InteriorPoint *out)
{
  Blocks single;

  PetscFunctionBeginUser;
  PetscCall(BlocksCreateSingle(program, &single));
  PetscCall(InteriorPointCreateBlocks(single, out));
  (*out)->single = single;
  PetscFunctionReturn(0);
}

PetscErrorCode InteriorPointCreateBlocks(Blocks blocks, InteriorPoint *out)
{
  InteriorPoint ip;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&ip));
  *out       = ip;
  ip->blocks = blocks;
  ip->n      = blocks->n;
  ip->m      = blocks->m;
  PetscCall(ForEachArray(ip, Allocate));
  PetscCall(PetscCalloc1(ip->m, &ip->row_kind));
  PetscCall(PetscCalloc1(ip->n + 3 * ip->m, &ip->held));
  PetscCall(FilterCreate(&ip->filter));
  PetscCall(FilterCreate(&ip->outer_filter));
  PetscCall(PetscCalloc2(ip->m, &ip->condense, ip->m, &ip->row_entries));
  for (PetscInt k = 0; k < blocks->jacobian_nnz; k++) {
    if (blocks->jacobian_row[k] >= 0 && blocks->jacobian_row[k] < ip->m) ip->row_entries[blocks->jacobian_row[k]]++;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode InteriorPointDestroy(InteriorPoint *out)
{
  InteriorPoint ip = *out;

  PetscFunctionBeginUser;
  if (!ip) PetscFunctionReturn(0);
  PetscCall(ForEachArray(ip, Free));
  PetscCall(PetscFree(ip->row_kind));
  PetscCall(PetscFree(ip->held));
  PetscCall(PetscFree2(ip->condense, ip->row_entries));
  PetscCall(PetscFree(ip->watch.fit));
  PetscCall(FilterDestroy(&ip->filter));
  PetscCall(FilterDestroy(&ip->outer_filter));
  PetscCall(KktDestroy(&ip->condensed));
  PetscCall(KktDestroy(&ip->full));
  PetscCall(BlocksDestroy(&ip->single));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(0);
}

static PetscErrorCode PrintIteration(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  if (ip->options.verbosity < 1 || ip->blocks->rank > 0) PetscFunctionReturn(0);
  if (ip->iterations % 20 == 0) {
    (void)fprintf(stderr, "   it        objective   primal     dual   compl.       mu  delta_w    alpha\n");
  }
  (void)fprintf(stderr, "%4" PetscInt_FMT "%c%c%16.8e %8.1e %8.1e %8.1e %8.1e %8.1e %8.1e%c\n", ip->iterations,
                ip->elastic ? 'r' : ' ', ip->free_mode ? ' ' : 'm',
                (double)(ip->elastic ? ip->f : ip->f / ip->objective_scale), (double)ip->residuals.primal,
                (double)ip->residuals.dual, (double)ip->residuals.complementarity, (double)ip->mu, (double)ip->delta_w,
                (double)ip->alpha, (char)ip->mark);
  PetscFunctionReturn(0);
}

typedef enum { CONTINUE, STOP } Verdict;

/* Ends of the restoration phase: back to the original problem, or a point of least violation. */
static PetscErrorCode CheckRestoration(InteriorPoint ip, SolveStatus *status, Verdict *verdict)
{
  PetscBool done;
  PetscReal violation;

  PetscFunctionBeginUser;
  *verdict = CONTINUE;
  PetscCall(IpRestorationDone(ip, &done));
  if (!done && IpError(&ip->residuals) <= ip->options.tolerance) {
    PetscCall(IpViolation(ip, &violation));
    if (violation > 100 * ip->options.tolerance) {
      *status  = SOLVE_INFEASIBLE;
      *verdict = STOP;
      PetscFunctionReturn(0);
    }
    FilterClear(&ip->outer_filter); /* feasible, though the filter does not want it: begin again from here */
    done = PETSC_TRUE;
  }
  if (done) PetscCall(IpLeaveRestoration(ip));
  PetscFunctionReturn(0);
}

/* Whether the duality gap, estimated by the sum of complementarity products, is small beside the objective. The scaled residuals
   alone forgive it where a few multipliers are huge. What the tolerance itself allows a product is enough. */
static PetscBool GapIsClosed(InteriorPoint ip)
{
  const PetscReal allowed = gap_tolerance * PetscMax(1, PetscAbsReal(ip->f)) / PetscMax(1, ip->bounds);

  return (PetscBool)(ip->average <= PetscMax(ip->options.tolerance, allowed));
}

static PetscErrorCode IsOptimal(InteriorPoint ip, PetscBool *optimal)
{
  PetscReal violation;

  PetscFunctionBeginUser;
  *optimal = (PetscBool)(!ip->elastic && IpError(&ip->residuals) <= ip->options.tolerance);
  if (!*optimal) PetscFunctionReturn(0);
  PetscCall(IpViolation(ip, &violation));
  *optimal = (PetscBool)(violation <= violation_tolerance && GapIsClosed(ip));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckStop(InteriorPoint ip, SolveStatus *status, Verdict *verdict)
{
  PetscReal largest;
  PetscBool optimal;

  PetscFunctionBeginUser;
  *verdict = STOP;
  if (ip->elastic) {
    PetscCall(CheckRestoration(ip, status, verdict));
    if (*verdict == STOP) PetscFunctionReturn(0);
    *verdict = STOP;
  }
  *status = SOLVE_OPTIMAL;
  PetscCall(IsOptimal(ip, &optimal));
  if (optimal) PetscFunctionReturn(0);
  *status = SOLVE_ITERATION_LIMIT;
  if (ip->iterations >= ip->limit) PetscFunctionReturn(0);
  *status = SOLVE_NUMERICAL;
  PetscCall(IpLargest(ip, ip->n, ip->y, &largest));
  if (!(largest < 1e20) || !(PetscAbsReal(ip->f) < 1e20) || !(ip->theta < 1e40)) PetscFunctionReturn(0);
  *verdict = CONTINUE;
  PetscFunctionReturn(0);
}

/* Multipliers that grow without end while the rows stay violated: the sign of a problem without feasible points. */
static PetscErrorCode MultipliersDiverge(InteriorPoint ip, PetscBool *diverge)
{
  PetscReal largest;

  PetscFunctionBeginUser;
  *diverge = PETSC_FALSE;
  if (ip->residuals.primal <= 1e-4) PetscFunctionReturn(0);
  PetscCall(IpLargest(ip, ip->m, ip->lambda, &largest));
  *diverge = (PetscBool)(largest > 1e6);
  PetscFunctionReturn(0);
}

/* The restoration phase, or the end of a solve that is not to have one. A solve that has hardly begun is restored all the same:
   feasible cases may come here too while their barrier parameter is large, infeasible ones come when it is not. */
static PetscErrorCode Restore(InteriorPoint ip, SolveStatus *status, Verdict *verdict)
{
  PetscFunctionBeginUser;
  if (ip->options.give_up && ip->mu <= hopeless_mu) {
    *status  = SOLVE_STALLED;
    *verdict = STOP;
  } else
    PetscCall(IpEnterRestoration(ip));
  PetscFunctionReturn(0);
}

/* What to do where no step can be taken: first hold the barrier parameter, then restore feasibility. */
static PetscErrorCode Rescue(InteriorPoint ip, SolveStatus *status, Verdict *verdict)
{
  PetscFunctionBeginUser;
  *verdict = CONTINUE;
  if (!ip->elastic && ip->free_mode)
    IpForceMonotone(ip);
  else if (!ip->elastic && ip->theta > 1e-2 * ip->options.tolerance && ip->blocks->m_total > 0)
    PetscCall(Restore(ip, status, verdict));
  else if (!ip->rescued) {
    ip->rescued = PETSC_TRUE;
    ip->mu *= 10;
    FilterClear(&ip->filter);
    PetscCall(IpEstimateMultipliers(ip, 1e3));
    ip->phi = ip->f + ip->mu * ip->term;
  } else {
    *status  = SOLVE_NUMERICAL;
    *verdict = STOP;
  }
  PetscFunctionReturn(0);
}

static PetscBool Hopeless(InteriorPoint ip)
{
  ShortSteps *const s   = &ip->short_steps;
  const PetscReal   now = ip->residuals.primal, first = s->before, alpha = ip->alpha;

  s->before = now;
  if (!ip->options.give_up || ip->elastic || alpha >= short_step || ip->mu > hopeless_mu || now < 1e-3) {
    s->steps = 0;
    return PETSC_FALSE;
  }
  if (s->steps == 0) s->violation = first;
  if (++s->steps < short_steps) return PETSC_FALSE;
  s->steps = 0;
  return (PetscBool)(now > short_share * s->violation);
}

static PetscErrorCode Iterate(InteriorPoint ip, SolveStatus *status)
{
  char       mark;
  Verdict    verdict;
  StepStatus step;
  PetscBool  accepted, diverge, stop;

  PetscFunctionBeginUser;
  for (;;) {
    PetscCall(IpSafePoint(ip, &stop));
    if (stop) {
      *status = SOLVE_STOPPED;
      break;
    }
    PetscCall(PrintIteration(ip));
    PetscCall(CheckStop(ip, status, &verdict));
    if (verdict == STOP) break;
    if (Hopeless(ip)) {
      *status = SOLVE_STALLED;
      break;
    }
    if (!ip->elastic && ip->restorations < 3) {
      PetscCall(MultipliersDiverge(ip, &diverge));
      if (diverge) PetscCall(Restore(ip, status, &verdict));
      if (verdict == STOP) break;
    }
    PetscCall(IpUpdateBarrier(ip));
    PetscCall(IpEvaluateHessian(ip));
    accepted = PETSC_FALSE;
    mark     = (char)ip->mark;
    PetscCall(IpComputeStep(ip, &step));
    if (step == STEP_READY) PetscCall(IpLineSearch(ip, &accepted, &ip->alpha, &mark));
    ip->taken = accepted ? ip->alpha : 1;
    if (ip->tiny_steps > 2) accepted = PETSC_FALSE;
    if (!accepted) {
      PetscCall(Rescue(ip, status, &verdict));
      if (verdict == STOP) break;
      mark = '!';
    }
    ip->mark = mark;
    ip->iterations++;
  }
  PetscFunctionReturn(0);
}

/* Without free variables there is nothing to choose: the point is feasible or not. */
static PetscErrorCode JudgeFixedPoint(InteriorPoint ip, SolveStatus *status)
{
  PetscReal largest = 0;

  PetscFunctionBeginUser;
  PetscCall(IpRefresh(ip));
  for (PetscInt i = 0; i < ip->m; i++) {
    const PetscInt  slack = ip->n + i;
    const PetscReal value = ip->c[i] + ip->y[slack];
    PetscReal       out   = PetscAbsReal(ip->c[i]);

    if (ip->row_kind[i] == ROW_FREE) continue;
    if (ip->row_kind[i] == ROW_INEQUALITY) out = PetscMax(0, PetscMax(ip->lo[slack] - value, value - ip->hi[slack]));
    largest = PetscMax(largest, out / ip->row_scale[i]);
  }
  PetscCall(BlocksMax(ip->blocks, 1, &largest));
  *status = largest <= ip->options.tolerance ? SOLVE_OPTIMAL : SOLVE_INFEASIBLE;
  PetscFunctionReturn(0);
}

/* Rows without equality and with few entries are condensed, but none of the border. The system is set up anew where that
   has changed. */
static PetscErrorCode SetUpSystem(InteriorPoint ip)
{
  const PetscInt border  = ip->blocks->row_start[ip->blocks->n_local];
  PetscReal      changed = ip->condensed ? 0 : 1;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->m; i++) {
    const PetscBool condense =
        (PetscBool)(i < border && ip->row_kind[i] != ROW_EQUALITY && ip->row_entries[i] <= condensed_entries);

    if (condense != ip->condense[i]) changed = 1;
    ip->condense[i] = condense;
  }
  PetscCall(BlocksMax(ip->blocks, 1, &changed));
  if (changed > 0) {
    PetscCall(KktDestroy(&ip->condensed));
    PetscCall(KktCreate(ip->blocks, ip->condense, &ip->condensed));
  }
  PetscCall(KktResetPivotThreshold(ip->condensed));
  if (ip->full) PetscCall(KktResetPivotThreshold(ip->full));
  ip->kkt = ip->condensed;
  PetscFunctionReturn(0);
}

PetscErrorCode IpUseFullSystem(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  if (!ip->full) PetscCall(KktCreate(ip->blocks, NULL, &ip->full));
  ip->kkt = ip->full;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddStatistics(InteriorPoint ip, Kkt kkt)
{
  KktStatistics now;

  PetscFunctionBeginUser;
  if (!kkt) PetscFunctionReturn(0);
  PetscCall(KktTakeStatistics(kkt, &now));
  ip->statistics.factorizations += now.factorizations;
  ip->statistics.solves += now.solves;
  ip->statistics.seconds += now.seconds;
  PetscFunctionReturn(0);
}

PetscErrorCode IpTakeStatistics(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  PetscCall(AddStatistics(ip, ip->condensed));
  PetscCall(AddStatistics(ip, ip->full));
  PetscFunctionReturn(0);
}

/* What an attempt begins with, but for its point. */
static void Reset(InteriorPoint ip, PetscBool warm)
{
  ip->delta_w_last = ip->delta_w = 0;
  ip->restorations = ip->references = ip->tiny_steps = 0;
  ip->rescued                                        = PETSC_FALSE;
  ip->last_alpha = ip->taken = ip->alpha = 1;
  ip->mark                               = ' ';
  ip->short_steps                        = (ShortSteps){0};
  ip->cautious                           = 0;
  ip->free_mode                          = PETSC_TRUE;
  ip->mu_min                             = ip->options.tolerance / 11;
  ip->mu                                 = ip->mu_min;
  ip->watch.immediate                    = PETSC_TRUE;
  FilterClear(&ip->filter);
  ip->limit =
      ip->iterations + (warm ? PetscMin(warm_iterations, ip->options.max_iterations) : ip->options.max_iterations);
}

/* The first point, or that of the state which an earlier start left. */
static PetscErrorCode Begin(InteriorPoint ip, PetscBool warm, const PetscReal *lambda, const PetscReal *zl,
                            const PetscReal *zu)
{
  PetscFunctionBeginUser;
  if (!ip->watch.finished) PetscCall(SetUpSystem(ip));
  if (ip->watch.state) {
    PetscCall(IpLoadState(ip));
    PetscFunctionReturn(0);
  }
  if (warm)
    PetscCall(IpStartWarm(ip, lambda, zl, zu));
  else
    PetscCall(IpStartCold(ip));
  ip->filter.theta_max = 1e4 * PetscMax(1, ip->theta);
  ip->theta_min        = 1e-4 * PetscMax(1, ip->theta);
  PetscFunctionReturn(0);
}

static PetscErrorCode Attempt(InteriorPoint ip, PetscBool warm, const PetscReal *x, const PetscReal *lambda,
                              const PetscReal *zl, const PetscReal *zu, SolveStatus *status)
{
  PetscBool inconsistent;
  PetscReal free = 0;

  PetscFunctionBeginUser;
  Reset(ip, warm);
  PetscCall(IpSetUp(ip, x, &inconsistent));
  if (inconsistent) {
    PetscCall(IpRefresh(ip));
    *status = SOLVE_INFEASIBLE;
    PetscFunctionReturn(0);
  }
  for (PetscInt j = 0; j < ip->n; j++) free = ip->held[j] ? free : 1;
  PetscCall(BlocksMax(ip->blocks, 1, &free));
  if (free == 0) {
    PetscCall(JudgeFixedPoint(ip, status));
    PetscFunctionReturn(0);
  }
  ip->watch.immediate = PETSC_FALSE;
  PetscCall(Begin(ip, warm, lambda, zl, zu));
  if (ip->watch.finished)
    *status = (SolveStatus)ip->status;
  else
    PetscCall(Iterate(ip, status));
  PetscCall(IpTakeStatistics(ip));
  PetscFunctionReturn(0);
}

/* The iterate in the program's units: variables within their bounds, multipliers unscaled, those of held variables from
   the gradient of the Lagrangian. */
static PetscErrorCode Deliver(InteriorPoint ip, PetscReal *x, PetscReal *lambda, PetscReal *zl, PetscReal *zu)
{
  const Blocks     p = ip->blocks;
  const PetscReal  f = ip->objective_scale;
  PetscReal *const l = ip->weighted, *const dual = ip->work_y;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < ip->n; j++) x[j] = PetscMin(PetscMax(ip->y[j], p->xl[j]), p->xu[j]);
  for (PetscInt i = 0; i < ip->m; i++) l[i] = ip->row_kind[i] == ROW_FREE ? 0 : ip->row_scale[i] * ip->lambda[i] / f;
  PetscCall(BlocksGradient(p, x, dual));
  PetscCall(BlocksJacobian(p, x, ip->jacobian));
  PetscCall(BlocksAddTransposed(p, ip->jacobian, l, dual));
  for (PetscInt j = 0; j < ip->n; j++) {
    if (zl) zl[j] = ip->held[j] ? PetscMax(0, dual[j]) : ip->zl[j] / f;
    if (zu) zu[j] = ip->held[j] ? PetscMax(0, -dual[j]) : ip->zu[j] / f;
  }
  if (lambda) PetscCall(PetscArraycpy(lambda, l, ip->m));
  PetscFunctionReturn(0);
}

/* Objective and largest violation at the point delivered. */
static PetscErrorCode Measure(InteriorPoint ip, const PetscReal *x, InteriorPointResult *result)
{
  const Blocks p   = ip->blocks;
  PetscReal    out = 0;

  PetscFunctionBeginUser;
  PetscCall(BlocksObjective(p, x, &result->objective));
  PetscCall(BlocksConstraints(p, x, ip->work_c));
  for (PetscInt i = 0; i < ip->m; i++)
    out = PetscMax(out, PetscMax(p->gl[i] - ip->work_c[i], ip->work_c[i] - p->gu[i]));
  for (PetscInt j = 0; j < ip->n; j++) out = PetscMax(out, PetscMax(p->xl[j] - x[j], x[j] - p->xu[j]));
  PetscCall(BlocksMax(p, 1, &out));
  result->primal_residual = out;
  result->dual_residual   = ip->residuals.dual;
  result->complementarity = ip->residuals.complementarity;
  result->mu              = ip->mu;
  PetscFunctionReturn(0);
}

PetscErrorCode InteriorPointSolve(InteriorPoint ip, const InteriorPointOptions *options, PetscReal *x,
                                  PetscReal *lambda, PetscReal *zl, PetscReal *zu, InteriorPointResult *result)
{
  PetscLogDouble begin, end;
  SolveStatus    status = SOLVE_NUMERICAL;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  ip->options    = *options;
  ip->iterations = 0;
  ip->statistics = (KktStatistics){0};
  ip->relaxation = 0;
  PetscCall(IpWatchBegin(ip, x, lambda, zl, zu));
  if (ip->watch.attempt == 0) PetscCall(Attempt(ip, options->warm_start, x, lambda, zl, zu, &status));
  if (options->warm_start && status != SOLVE_OPTIMAL && status != SOLVE_STOPPED) {
    ip->watch.attempt = 1;
    PetscCall(Attempt(ip, PETSC_FALSE, ip->blocks->x0, NULL, NULL, NULL, &status));
  }
  PetscCall(IpWatchEnd(ip, status));
  PetscCall(Deliver(ip, x, lambda, zl, zu));
  PetscCall(Measure(ip, x, result));
  PetscCall(PetscTime(&end));
  result->status         = status;
  result->iterations     = ip->iterations;
  result->factorizations = ip->statistics.factorizations;
  result->seconds        = end - begin;
  result->seconds_linear = ip->statistics.seconds;
  PetscFunctionReturn(0);
}
