/* Interior point: Newton steps with inertia correction and iterative refinement.

   Components other than x are eliminated: each slack or elastic part i of a row, entering it with the sign e_i, gives
   dy_i = -(r_i + e_i dlambda) / (sigma_i + delta_w), which leaves sum 1 / (sigma_i + delta_w) on the diagonal of the row. */
#include "solver/interior_point_internal.h"

static const PetscReal damping         = 1e-5;
static const PetscReal delta_w_first   = 1e-4;
static const PetscReal delta_w_min     = 1e-20;
static const PetscReal delta_w_max     = 1e30;
static const PetscReal residual_target = 1e-10; /* relative, where refinement stops */
static const PetscReal residual_limit  = 1e-5;  /* relative, where a step is not to be trusted */
static const PetscReal condensed_mu    = 1e-4;  /* from here on, condensed rows are not trusted with a wrong inertia */
static const PetscReal multiplier_jump = 1e10;
static const PetscReal short_step      = 1e-2;   /* length of a step */
static const PetscReal delta_w_short   = 1e-8;   /* regularisation after a short step, at least */
static const PetscReal cautious_mu     = 1e-6;   /* barrier parameter: near a solution, not on the way there */
static const PetscInt  cautious_iterations = 8;  /* for which it is kept */
static const PetscReal correction_limit    = 10; /* of second-order parts, in average complementarities */
static const PetscInt  refinements         = 8;

/* sigma, the diagonal that bounds and the restoration's proximal term add to the Hessian; and the gradient of the barrier
   function's Lagrangian. */
static void BarrierTerms(InteriorPoint ip, PetscReal mu)
{
  for (PetscInt i = 0; i < ip->active; i++) {
    PetscReal dual = ip->lagrangian[i], sigma = 0;

    if (ip->elastic && i < ip->n) sigma = ip->proximity * PetscSqr(ip->anchor_weight[i]);
    if (!ip->held[i]) {
      const PetscBool l = IpHasLower(ip, i), u = IpHasUpper(ip, i);

      if (l) {
        const PetscReal slack = ip->y[i] - ip->lo[i];

        dual -= (mu - ip->correction_l[i]) / slack;
        sigma += ip->zl[i] / slack;
      }
      if (u) {
        const PetscReal slack = ip->hi[i] - ip->y[i];

        dual += (mu - ip->correction_u[i]) / slack;
        sigma += ip->zu[i] / slack;
      }
      if (l != u) dual += l ? damping * mu : -damping * mu;
    }
    ip->dual[i]  = dual;
    ip->sigma[i] = sigma;
  }
}

static void Diagonals(InteriorPoint ip)
{
  for (PetscInt j = 0; j < ip->n; j++) ip->kkt_dx[j] = ip->held[j] ? 1 : ip->sigma[j] + ip->delta_w;
  for (PetscInt i = 0; i < ip->m; i++) ip->kkt_dc[i] = ip->row_kind[i] == ROW_FREE ? 1 : ip->delta_c;
  for (PetscInt i = ip->n; i < ip->active; i++) {
    if (!ip->held[i]) ip->kkt_dc[IpRowOf(ip, i)] += 1 / (ip->sigma[i] + ip->delta_w);
  }
}

static PetscBool IncreaseDeltaW(InteriorPoint ip)
{
  if (ip->delta_w == 0) {
    ip->delta_w = ip->delta_w_last == 0 ? delta_w_first : PetscMax(delta_w_min, ip->delta_w_last / 3);
  } else {
    ip->delta_w *= ip->delta_w_last == 0 ? 100 : 8;
  }
  return (PetscBool)(ip->delta_w <= delta_w_max);
}

/* Regularises until the inertia is that of a minimum over the null space (Waechter, Biegler 2006, algorithm IC). */
static PetscErrorCode FactorFrom(InteriorPoint ip, StepStatus *status)
{
  KktStatus kkt;

  PetscFunctionBeginUser;
  *status = STEP_FAILED;
  for (;;) {
    Diagonals(ip);
    PetscCall(KktFactor(ip->kkt, ip->hessian, ip->jacobian, ip->kkt_dx, ip->kkt_dc, &kkt));
    if (kkt == KKT_READY) break;
    if (ip->kkt != ip->full && ip->mu <= condensed_mu) {
      PetscCall(IpUseFullSystem(ip));
      continue;
    }
    if (kkt == KKT_FAILED) PetscFunctionReturn(0);
    if (kkt == KKT_SINGULAR && ip->delta_c == 0)
      ip->delta_c = 1e-8 * PetscPowReal(PetscMax(ip->mu, 1e-16), 0.25);
    else if (!IncreaseDeltaW(ip))
      PetscFunctionReturn(0);
  }
  if (ip->delta_w > 0) ip->delta_w_last = ip->delta_w;
  *status = STEP_READY;
  PetscFunctionReturn(0);
}

/* Without regularisation, unless a step that had none was cut to next to nothing a few iterations ago: then the reduced Hessian may be
   singular, its inertia right by rounding alone (hours in which power costs nothing), and a little of it makes steps that can
   be taken. */
PetscErrorCode IpFactor(InteriorPoint ip, StepStatus *status)
{
  PetscFunctionBeginUser;
  ip->delta_w = ip->delta_c = 0;
  if (ip->taken < short_step && ip->mu <= cautious_mu)
    ip->cautious = cautious_iterations;
  else if (ip->cautious > 0)
    ip->cautious--;
  if (ip->cautious > 0) ip->delta_w = PetscMax(delta_w_short, ip->delta_w_last / 3);
  PetscCall(FactorFrom(ip, status));
  PetscFunctionReturn(0);
}

/* Solves the system without refinement: right-hand sides ry [active], rc [m] in, step added to dy, dlambda. */
static PetscErrorCode SolveOnce(InteriorPoint ip, const PetscReal *ry, const PetscReal *rc, PetscReal *dy,
                                PetscReal *dlambda)
{
  const PetscInt n = ip->n, m = ip->m;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < n; j++) ip->rhs[j] = ip->held[j] ? 0 : ry[j];
  for (PetscInt i = 0; i < m; i++) ip->rhs[n + i] = ip->row_kind[i] == ROW_FREE ? 0 : rc[i];
  for (PetscInt i = n; i < ip->active; i++) {
    if (!ip->held[i]) ip->rhs[n + IpRowOf(ip, i)] -= IpRowSign(ip, i) * ry[i] / (ip->sigma[i] + ip->delta_w);
  }
  PetscCall(KktSolve(ip->kkt, ip->rhs, ip->sol));
  for (PetscInt j = 0; j < n; j++) {
    if (!ip->held[j]) dy[j] += ip->sol[j];
  }
  for (PetscInt i = n; i < ip->active; i++) {
    if (ip->held[i]) continue;
    dy[i] += (ry[i] - IpRowSign(ip, i) * ip->sol[n + IpRowOf(ip, i)]) / (ip->sigma[i] + ip->delta_w);
  }
  for (PetscInt i = 0; i < m; i++) {
    if (ip->row_kind[i] != ROW_FREE) dlambda[i] += ip->sol[n + i];
  }
  PetscFunctionReturn(0);
}

/* Residual of the system before elimination, for the right-hand sides -dual and -c; its norm relative to the solution. */
static PetscErrorCode StepResidual(InteriorPoint ip, const PetscReal *c, const PetscReal *dy, const PetscReal *dlambda,
                                   PetscReal *ratio)
{
  enum { TOP, RHS, SOLUTION, COUNT };
  PetscReal largest[COUNT] = {0};

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->active; i++) ip->res_y[i] = ip->held[i] ? 0 : (ip->sigma[i] + ip->delta_w) * dy[i];
  PetscCall(BlocksAddSymmetric(ip->blocks, ip->hessian, dy, ip->res_y));
  PetscCall(IpApplyBoth(ip, dy, dlambda, ip->res_y, ip->res_c));
  for (PetscInt i = 0; i < ip->active; i++) {
    const PetscReal b = ip->held[i] ? 0 : -ip->dual[i];

    ip->res_y[i]      = ip->held[i] ? 0 : b - ip->res_y[i];
    largest[RHS]      = PetscMax(largest[RHS], PetscAbsReal(b));
    largest[SOLUTION] = PetscMax(largest[SOLUTION], PetscAbsReal(dy[i]));
    largest[TOP]      = PetscMax(largest[TOP], PetscAbsReal(ip->res_y[i]));
  }
  for (PetscInt i = 0; i < ip->m; i++) {
    const PetscReal b = ip->row_kind[i] == ROW_FREE ? 0 : -c[i];

    ip->res_c[i]      = ip->row_kind[i] == ROW_FREE ? 0 : b - (ip->res_c[i] - ip->delta_c * dlambda[i]);
    largest[RHS]      = PetscMax(largest[RHS], PetscAbsReal(b));
    largest[SOLUTION] = PetscMax(largest[SOLUTION], PetscAbsReal(dlambda[i]));
    largest[TOP]      = PetscMax(largest[TOP], PetscAbsReal(ip->res_c[i]));
  }
  PetscCall(BlocksMax(ip->blocks, COUNT, largest));
  *ratio = largest[TOP] == 0 ? 0 : largest[TOP] / (largest[RHS] + PetscMin(largest[SOLUTION], 1e6 * largest[RHS]));
  PetscFunctionReturn(0);
}

PetscErrorCode IpSolveStep(InteriorPoint ip, const PetscReal *c, PetscReal *dy, PetscReal *dlambda, PetscReal *ratio)
{
  PetscReal previous = PETSC_INFINITY;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(dy, ip->n + 3 * ip->m));
  PetscCall(PetscArrayzero(dlambda, ip->m));
  for (PetscInt i = 0; i < ip->active; i++) ip->res_y[i] = ip->held[i] ? 0 : -ip->dual[i];
  for (PetscInt i = 0; i < ip->m; i++) ip->res_c[i] = ip->row_kind[i] == ROW_FREE ? 0 : -c[i];
  for (PetscInt k = 0; k <= refinements; k++) {
    PetscCall(SolveOnce(ip, ip->res_y, ip->res_c, dy, dlambda));
    PetscCall(StepResidual(ip, c, dy, dlambda, ratio));
    if (!(*ratio > residual_target) || *ratio > 0.5 * previous) break;
    previous = *ratio;
  }
  if (PetscIsInfOrNanReal(*ratio)) *ratio = PETSC_INFINITY;
  PetscFunctionReturn(0);
}

static void BoundMultiplierStep(InteriorPoint ip, PetscReal mu)
{
  for (PetscInt i = 0; i < ip->active; i++) {
    ip->dzl[i] = ip->dzu[i] = 0;
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i))
      ip->dzl[i] = (mu - ip->correction_l[i] - ip->zl[i] * ip->dy[i]) / (ip->y[i] - ip->lo[i]) - ip->zl[i];
    if (IpHasUpper(ip, i))
      ip->dzu[i] = (mu - ip->correction_u[i] + ip->zu[i] * ip->dy[i]) / (ip->hi[i] - ip->y[i]) - ip->zu[i];
  }
}

/* Whether a step is not to be trusted: it misses the right-hand side, or its multipliers have the size that comes from dependent
   rows whose zero pivot rounding has hidden. */
static PetscErrorCode JudgeStep(InteriorPoint ip, PetscReal ratio, PetscBool *good)
{
  PetscReal largest;

  PetscFunctionBeginUser;
  PetscCall(IpLargest(ip, ip->m, ip->dlambda, &largest));
  *good = (PetscBool)(ratio <= residual_limit && !(ip->delta_c == 0 && largest > multiplier_jump));
  PetscFunctionReturn(0);
}

/* Factors and Newton step for the present dual, sigma and c; more stable pivots or more regularisation where it is no good. */
static PetscErrorCode NewtonStep(InteriorPoint ip, StepStatus *status)
{
  PetscReal ratio;
  PetscBool raised, good;

  PetscFunctionBeginUser;
  while (*status == STEP_READY) {
    PetscCall(IpSolveStep(ip, ip->c, ip->dy, ip->dlambda, &ratio));
    PetscCall(JudgeStep(ip, ratio, &good));
    if (good) break;
    raised = (PetscBool)(ratio > residual_limit && ip->kkt != ip->full);
    if (raised)
      PetscCall(IpUseFullSystem(ip));
    else if (ratio > residual_limit)
      PetscCall(KktRaisePivotThreshold(ip->kkt, &raised));
    if (!raised) { /* as good as singular */
      if (ip->delta_c == 0)
        ip->delta_c = 1e-8 * PetscPowReal(PetscMax(ip->mu, 1e-16), 0.25);
      else if (!IncreaseDeltaW(ip))
        *status = STEP_FAILED;
    }
    if (*status == STEP_READY) PetscCall(FactorFrom(ip, status));
  }
  PetscFunctionReturn(0);
}

/* Complementarity that the predictor's step would leave. */
static void AddPredicted(InteriorPoint ip, const PetscReal *dy, PetscInt begin, PetscInt end, PetscReal *sum)
{
  for (PetscInt i = begin; i < end; i++) {
    const PetscReal y = ip->y[i] + ip->alpha_primal * dy[i];

    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) *sum += (ip->zl[i] + ip->alpha_dual * ip->dzl[i]) * (y - ip->lo[i]);
    if (IpHasUpper(ip, i)) *sum += (ip->zu[i] + ip->alpha_dual * ip->dzu[i]) * (ip->hi[i] - y);
  }
}

/* The second-order part of each product, no larger than what a step is to make of it. */
static void SetCorrections(InteriorPoint ip, PetscReal limit)
{
  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) ip->correction_l[i] = PetscMax(-limit, PetscMin(limit, ip->dy[i] * ip->dzl[i]));
    if (IpHasUpper(ip, i)) ip->correction_u[i] = PetscMax(-limit, PetscMin(limit, -ip->dy[i] * ip->dzu[i]));
  }
}

static PetscErrorCode ClearCorrections(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  ip->corrected = PETSC_FALSE;
  PetscCall(PetscArrayzero(ip->correction_l, ip->active));
  PetscCall(PetscArrayzero(ip->correction_u, ip->active));
  PetscFunctionReturn(0);
}

/* Mehrotra's predictor: the step to mu = 0 tells how far the barrier parameter can fall, and what the products of its parts
   would add (Mehrotra, SIAM Journal on Optimization 2, 1992). */
static PetscErrorCode Predict(InteriorPoint ip, StepStatus *status)
{
  const PetscReal average = ip->average, tau = ip->tau;
  PetscReal       predicted;

  PetscFunctionBeginUser;
  BarrierTerms(ip, 0);
  PetscCall(IpFactor(ip, status));
  if (*status == STEP_READY) PetscCall(NewtonStep(ip, status));
  if (*status != STEP_READY) PetscFunctionReturn(0);
  BoundMultiplierStep(ip, 0);
  ip->tau = 1;
  PetscCall(IpStepLengths(ip, ip->dy, &ip->alpha_primal, &ip->alpha_dual));
  ip->tau = tau;
  PetscCall(IpSum(ip, AddPredicted, ip->dy, 1, &predicted));
  predicted /= PetscMax(1, ip->bounds);
  SetCorrections(ip, correction_limit * average);
  ip->corrected = PETSC_TRUE;
  PetscCall(IpSetBarrier(ip, average * PetscPowReal(PetscMin(1, PetscMax(0, predicted / average)), 3)));
  PetscFunctionReturn(0);
}

PetscErrorCode IpComputeStep(InteriorPoint ip, StepStatus *status)
{
  const PetscBool predict = (PetscBool)(ip->blocks->quadratic && ip->free_mode && !ip->elastic && ip->bounds > 0);

  PetscFunctionBeginUser;
  PetscCall(ClearCorrections(ip));
  *status = STEP_READY;
  if (predict) PetscCall(Predict(ip, status));
  if (*status != STEP_READY) PetscFunctionReturn(0);
  BarrierTerms(ip, ip->mu);
  if (!predict) PetscCall(IpFactor(ip, status));
  if (*status == STEP_READY) PetscCall(NewtonStep(ip, status));
  if (*status == STEP_READY) BoundMultiplierStep(ip, ip->mu);
  PetscFunctionReturn(0);
}

/* Least-squares multipliers for the present gradient: [I A'; A 0] (w, lambda) = -(gradient - zl + zu, 0). */
PetscErrorCode IpEstimateMultipliers(InteriorPoint ip, PetscReal largest)
{
  KktStatus kkt;
  PetscReal top = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(ip->lambda, ip->m));
  for (PetscInt i = 0; i < ip->active; i++) {
    ip->sigma[i] = 1;
    ip->res_y[i] = ip->held[i] ? 0 : -(ip->gradient[i] - ip->zl[i] + ip->zu[i]);
  }
  ip->delta_w = ip->delta_c = 0;
  PetscCall(PetscArrayzero(ip->res_c, ip->m));
  Diagonals(ip);
  PetscCall(KktFactor(ip->kkt, NULL, ip->jacobian, ip->kkt_dx, ip->kkt_dc, &kkt));
  if (kkt == KKT_READY) {
    PetscCall(PetscArrayzero(ip->dy, ip->n + 3 * ip->m));
    PetscCall(SolveOnce(ip, ip->res_y, ip->res_c, ip->dy, ip->lambda));
    PetscCall(IpLargest(ip, ip->m, ip->lambda, &top));
    if (!(top <= largest)) PetscCall(PetscArrayzero(ip->lambda, ip->m));
  }
  PetscCall(IpUpdateLagrangian(ip));
  PetscCall(IpResiduals(ip, 0, &ip->residuals));
  PetscFunctionReturn(0);
}

static PetscReal LargestStep(PetscReal value, PetscReal step, PetscReal tau, PetscReal alpha)
{
  return step < 0 && -tau * value > alpha * step ? -tau * value / step : alpha;
}

PetscErrorCode IpStepLengths(InteriorPoint ip, const PetscReal *dy, PetscReal *primal, PetscReal *dual)
{
  const PetscReal *cap = ip->blocks->step_cap;
  PetscReal        p = 1, d = 1, negative[2];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) {
      p = LargestStep(ip->y[i] - ip->lo[i], dy[i], ip->tau, p);
      d = LargestStep(ip->zl[i], ip->dzl[i], ip->tau, d);
    }
    if (IpHasUpper(ip, i)) {
      p = LargestStep(ip->hi[i] - ip->y[i], -dy[i], ip->tau, p);
      d = LargestStep(ip->zu[i], ip->dzu[i], ip->tau, d);
    }
  }
  for (PetscInt j = 0; cap && j < ip->n; j++) {
    if (p * PetscAbsReal(dy[j]) > cap[j]) p = cap[j] / PetscAbsReal(dy[j]);
  }
  negative[0] = -p;
  negative[1] = -d;
  PetscCall(BlocksMax(ip->blocks, 2, negative));
  *primal = -negative[0];
  *dual   = -negative[1];
  PetscFunctionReturn(0);
}
