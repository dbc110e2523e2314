/* Newton directions, starting point and predictor-corrector steps of the interior point for linear programs. */
#include "solver/linear_state.h"

#include <math.h>

static const PetscReal largest_diagonal = 1e20;

/* What refinement may leave of the right-hand side: of all residuals, and of complementarity alone, which only steers. */
static const PetscReal accuracy_of_residuals = 1e-8, accuracy_of_corrections = 1e-5, accuracy_of_start = 1e-10;

/* --- Linear solves --- */

/* Largest entry, each measured against its diagonal: what is left of a component with a large diagonal moves it little. */
static PetscReal LargestEntry(PetscInt n, const PetscReal *v, const PetscReal *diagonal)
{
  PetscReal top = 0;

  for (PetscInt k = 0; k < n; k++) {
    const PetscReal value = fabs(v[k]) / (1 + diagonal[k]);

    top = value > top ? value : top;
  }
  return top;
}

/* ra, rb = what is left of a, b at the solution (sa, sb). */
static PetscErrorCode Remainder(LinearState *s, const PetscReal *dx, const PetscReal *dy, const PetscReal *a,
                                const PetscReal *b, PetscReal *norm)
{
  PetscReal negative;

  PetscFunctionBeginUser;
  PetscCall(LinearPartsMultiplyTransposed(s->parts, s->sb, s->ra));
  PetscCall(LinearPartsMultiply(s->parts, s->sa, s->rb));
  for (PetscInt j = 0; j < s->n; j++) s->ra[j] = a[j] - s->ra[j] - dx[j] * s->sa[j];
  for (PetscInt i = 0; i < s->m; i++) s->rb[i] = b[i] - s->rb[i] + dy[i] * s->sb[i];
  negative = -PetscMax(LargestEntry(s->n, s->ra, dx), LargestEntry(s->m, s->rb, dy));
  PetscCall(LinearMin(s, 1, &negative));
  *norm = -negative;
  PetscFunctionReturn(0);
}

/* Refinement by flexible conjugate directions would need the matrix definite; plain steps do as long as each one halves what is
   left, and the best of them is kept. */
PetscErrorCode LinearRefined(LinearState *s, PetscReal accuracy, const PetscReal *dx, const PetscReal *dy, PetscReal *a,
                             PetscReal *b)
{
  PetscReal norm = 0, before = PETSC_MAX_REAL, top = -PetscMax(LargestEntry(s->n, a, dx), LargestEntry(s->m, b, dy));

  PetscFunctionBeginUser;
  PetscCall(LinearMin(s, 1, &top));
  PetscCall(PetscArraycpy(s->sa, a, s->n));
  PetscCall(PetscArraycpy(s->sb, b, s->m));
  PetscCall(LinearKktSolve(s->kkt, s->sa, s->sb));
  s->solves++;
  for (PetscInt round = 0; round < 6; round++) {
    PetscCall(Remainder(s, dx, dy, a, b, &norm));
    if (!(norm < before)) {
      for (PetscInt j = 0; j < s->n && round > 0; j++) s->sa[j] -= s->ca[j];
      for (PetscInt i = 0; i < s->m && round > 0; i++) s->sb[i] -= s->cb[i];
      norm = before;
      break;
    }
    if (norm <= accuracy * -top || norm > 0.7 * before) break;
    before = norm;
    PetscCall(LinearKktSolve(s->kkt, s->ra, s->rb));
    s->solves++;
    PetscCall(PetscArraycpy(s->ca, s->ra, s->n));
    PetscCall(PetscArraycpy(s->cb, s->rb, s->m));
    for (PetscInt j = 0; j < s->n; j++) s->sa[j] += s->ra[j];
    for (PetscInt i = 0; i < s->m; i++) s->sb[i] += s->rb[i];
  }
  s->accuracy = PetscMax(s->accuracy, norm / PetscMax(-top, 1e-300));
  PetscCall(PetscArraycpy(a, s->sa, s->n));
  PetscCall(PetscArraycpy(b, s->sb, s->m));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearFactorise(LinearState *s, PetscInt *factorizations)
{
  PetscInt repaired;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->size; k++) {
    const PetscReal l = s->kind[k] & HAS_LOWER ? s->zl[k] / s->wl[k] : 0;

    s->theta[k] = l + (s->kind[k] & HAS_UPPER ? s->zu[k] / s->wu[k] : 0);
  }
  s->rho   = PetscMax(s->rho / 10, s->least_regularisation);
  s->delta = PetscMax(s->delta / 10, s->least_regularisation);
  for (int attempt = 0; attempt < 6; attempt++) {
    for (PetscInt j = 0; j < s->n; j++) s->dx[j] = s->quadratic[j] + s->theta[j] + s->rho;
    for (PetscInt i = 0; i < s->m; i++) {
      const PetscInt k = s->n + i;

      s->dy[i] = s->delta + (s->kind[k] & IS_EQUALITY ? 0 : PetscMin(1 / s->theta[k], largest_diagonal));
    }
    PetscCall(LinearKktFactor(s->kkt, s->dx, s->dy, &repaired));
    (*factorizations)++;
    if (repaired == 0) break;
    s->rho *= 10;
    s->delta *= 10;
  }
  PetscFunctionReturn(0);
}

/* Dual residual with complementarity put in: right-hand side of row k of the reduced system. */
static inline PetscReal Reduced(const LinearState *s, PetscBool with_residuals, PetscInt k)
{
  PetscReal value = with_residuals ? s->dual[k] : 0;

  if (s->kind[k] & HAS_LOWER) value += (s->targetl[k] - (with_residuals ? s->zl[k] * s->below[k] : 0)) / s->wl[k];
  if (s->kind[k] & HAS_UPPER) value -= (s->targetu[k] - (with_residuals ? s->zu[k] * s->above[k] : 0)) / s->wu[k];
  return value;
}

/* Round-off of a large diagonal times a small step would stay in the dual residual: it goes into complementarity instead, where
   the distance is small and it does no harm. Expects A' dy in ra. */
static inline void CloseDual(const LinearState *s, PetscBool with_residuals, PetscInt k, LinearDirection *d)
{
  const PetscInt sides = s->kind[k] & (HAS_LOWER | HAS_UPPER);
  PetscReal      left;

  if (sides == 0 || s->theta[k] < 1) return;
  left = with_residuals ? s->dual[k] : 0;
  left -= k < s->n ? s->quadratic[k] * d->v[k] - s->ra[k] : d->y[k - s->n];
  left += d->zl[k] - d->zu[k];
  if (sides == HAS_LOWER || (sides != HAS_UPPER && s->wl[k] < s->wu[k]))
    d->zl[k] -= left;
  else
    d->zu[k] += left;
}

/* (Q + T) dx - A' dy = f;  A dx - ds = r;  dy + T ds = g for the slacks of inequality rows. The residual of the dual enters with
   its own sign: dual = -(cost + Q x - A' y - zl + zu). */
PetscErrorCode LinearNewton(LinearState *s, PetscBool with_residuals, LinearDirection *d)
{
  PetscReal *const a = s->a, *const b = s->b;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < s->n; j++) a[j] = Reduced(s, with_residuals, j);
  for (PetscInt i = 0; i < s->m; i++) {
    b[i] = with_residuals ? s->primal[i] : 0;
    if (!(s->kind[s->n + i] & IS_EQUALITY))
      b[i] += Reduced(s, with_residuals, s->n + i) * PetscMin(1 / s->theta[s->n + i], largest_diagonal);
  }
  PetscCall(LinearRefined(s, with_residuals ? accuracy_of_residuals : accuracy_of_corrections, s->dx, s->dy, a, b));
  PetscCall(PetscArraycpy(d->v, a, s->n));
  PetscCall(LinearPartsMultiply(s->parts, a, d->v + s->n));
  for (PetscInt i = 0; i < s->m; i++) {
    const PetscInt k = s->n + i;

    d->y[i] = -b[i];
    if (s->kind[k] & IS_EQUALITY)
      d->v[k] = 0;
    else if (s->theta[k] >= 1)
      d->v[k] = (Reduced(s, with_residuals, k) - d->y[i]) / s->theta[k];
    else
      d->v[k] += s->delta * d->y[i] - (with_residuals ? s->primal[i] : 0);
  }
  for (PetscInt k = 0; k < s->size; k++) {
    const PetscReal below = with_residuals ? s->below[k] : 0, above = with_residuals ? s->above[k] : 0;

    d->zl[k] = s->kind[k] & HAS_LOWER ? (s->targetl[k] - s->zl[k] * (d->v[k] + below)) / s->wl[k] : 0;
    d->zu[k] = s->kind[k] & HAS_UPPER ? (s->targetu[k] - s->zu[k] * (above - d->v[k])) / s->wu[k] : 0;
  }
  PetscCall(LinearPartsMultiplyTransposed(s->parts, d->y, s->ra));
  for (PetscInt k = 0; k < s->size; k++) CloseDual(s, with_residuals, k, d);
  PetscFunctionReturn(0);
}

/* --- Start --- */

static PetscReal Nearest(const LinearState *s, PetscInt k)
{
  PetscReal value = 0;

  if (s->kind[k] & IS_EQUALITY) return s->lower[k];
  if (s->kind[k] & HAS_LOWER) value = PetscMax(value, s->lower[k]);
  if (s->kind[k] & HAS_UPPER) value = PetscMin(value, s->upper[k]);
  return value;
}

/* Least-norm primal point near the bounds, and least-squares multipliers. */
static PetscErrorCode LeastSquares(LinearState *s)
{
  PetscInt repaired;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < s->n; j++) s->dx[j] = 1 + s->quadratic[j];
  for (PetscInt i = 0; i < s->m; i++) s->dy[i] = (s->kind[s->n + i] & IS_EQUALITY ? 0 : 1) + 1e-8;
  PetscCall(LinearKktFactor(s->kkt, s->dx, s->dy, &repaired));
  for (PetscInt k = 0; k < s->size; k++) s->v[k] = Nearest(s, k);
  PetscCall(LinearPartsMultiply(s->parts, s->v, s->b));
  for (PetscInt i = 0; i < s->m; i++) s->b[i] = s->v[s->n + i] - s->b[i];
  PetscCall(PetscArrayzero(s->a, s->n));
  PetscCall(LinearRefined(s, accuracy_of_start, s->dx, s->dy, s->a, s->b));
  for (PetscInt j = 0; j < s->n; j++) s->v[j] += s->a[j];
  PetscCall(LinearPartsMultiply(s->parts, s->v, s->b));
  for (PetscInt i = 0; i < s->m; i++) {
    if (!(s->kind[s->n + i] & IS_EQUALITY)) s->v[s->n + i] = s->b[i];
  }
  for (PetscInt j = 0; j < s->n; j++) s->a[j] = s->cost[j] + s->quadratic[j] * s->v[j];
  PetscCall(PetscArrayzero(s->b, s->m));
  PetscCall(LinearRefined(s, accuracy_of_start, s->dx, s->dy, s->a, s->b));
  PetscCall(PetscArraycpy(s->y, s->b, s->m));
  PetscFunctionReturn(0);
}

/* Distances and multipliers as they come, signs not yet put right. */
static PetscErrorCode Unshifted(LinearState *s)
{
  PetscFunctionBeginUser;
  PetscCall(LinearPartsMultiplyTransposed(s->parts, s->y, s->transposed));
  for (PetscInt k = 0; k < s->size; k++) {
    const PetscReal z     = k < s->n ? s->cost[k] + s->quadratic[k] * s->v[k] - s->transposed[k] : s->y[k - s->n];
    const PetscInt  sides = s->kind[k] & (HAS_LOWER | HAS_UPPER);

    if (sides & HAS_LOWER) {
      s->wl[k] = s->v[k] - s->lower[k];
      s->zl[k] = sides & HAS_UPPER ? PetscMax(z, 0) : z;
    }
    if (sides & HAS_UPPER) {
      s->wu[k] = s->upper[k] - s->v[k];
      s->zu[k] = sides & HAS_LOWER ? PetscMax(-z, 0) : -z;
    }
  }
  PetscFunctionReturn(0);
}

/* Adds to all distances and to all multipliers. */
static void Shift(LinearState *s, PetscReal primal, PetscReal dual)
{
  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER) {
      s->wl[k] += primal;
      s->zl[k] += dual;
    }
    if (s->kind[k] & HAS_UPPER) {
      s->wu[k] += primal;
      s->zu[k] += dual;
    }
  }
}

/* Sums of the products, of distances (those beyond `far` count as that) and of multipliers. */
static PetscErrorCode SumPairs(LinearState *s, PetscReal far, PetscReal sum[3])
{
  PetscFunctionBeginUser;
  for (PetscInt part = 0; part <= s->parts->n_local; part++) {
    PetscReal *const p = s->partial + 3 * part;

    p[0] = p[1] = p[2] = 0;
    for (int which = 0; which < 2; which++) {
      for (PetscInt k = PartBegin(s, part, which); k < PartEnd(s, part, which); k++) {
        const PetscReal wl = PetscMin(s->wl[k], far), wu = PetscMin(s->wu[k], far);

        p[0] += wl * s->zl[k] + wu * s->zu[k];
        p[1] += wl + wu;
        p[2] += s->zl[k] + s->zu[k];
      }
    }
  }
  PetscCall(LinearPartsSum(s->parts, 3, s->partial, sum));
  PetscFunctionReturn(0);
}

/* Mehrotra's start, farther inside than he has it: near the bounds, the long steps that follow end at them before the residuals
   are gone. A bound that is far off (a limit of 1e9 beside powers of 10) neither counts among the distances nor gets more than
   its share of complementarity. */
PetscErrorCode LinearStart(LinearState *s)
{
  const PetscReal generous = s->generous, remote = 1e6;
  PetscReal       least[2] = {0, 0}, sum[3], far;

  PetscFunctionBeginUser;
  PetscCall(LeastSquares(s));
  PetscCall(Unshifted(s));
  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & IS_EQUALITY) continue;
    least[0] = PetscMin(least[0], PetscMin(s->wl[k], s->wu[k]));
    least[1] = PetscMin(least[1], PetscMin(s->zl[k], s->zu[k]));
  }
  PetscCall(LinearMin(s, 2, least));
  Shift(s, -1.5 * generous * least[0], -1.5 * generous * least[1]);
  far = remote * (1 - 1.5 * generous * least[0]);
  PetscCall(SumPairs(s, far, sum));
  Shift(s, generous * (sum[2] > 0 ? PetscMax(0.5 * sum[0] / sum[2], 1e-3) : 1),
        generous * (sum[1] > 0 ? PetscMax(0.5 * sum[0] / sum[1], 1e-3) : 1));
  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER && s->wl[k] > far) s->zl[k] *= far / s->wl[k];
    if (s->kind[k] & HAS_UPPER && s->wu[k] > far) s->zu[k] *= far / s->wu[k];
  }
  PetscFunctionReturn(0);
}

/* --- Steps --- */

/* Largest steps for which distances and multipliers stay above zero, less a little, at most 1. */
static PetscErrorCode LongestSteps(LinearState *s, const LinearDirection *d, PetscReal step[2])
{
  PetscReal primal = 2, dual = 2;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER) {
      const PetscReal dw = d->v[k] + s->below[k];

      if (s->wl[k] + primal * dw < 0) primal = -s->wl[k] / dw;
      if (s->zl[k] + dual * d->zl[k] < 0) dual = -s->zl[k] / d->zl[k];
    }
    if (s->kind[k] & HAS_UPPER) {
      const PetscReal dw = s->above[k] - d->v[k];

      if (s->wu[k] + primal * dw < 0) primal = -s->wu[k] / dw;
      if (s->zu[k] + dual * d->zu[k] < 0) dual = -s->zu[k] / d->zu[k];
    }
  }
  step[0] = primal;
  step[1] = dual;
  PetscCall(LinearMin(s, 2, step));
  for (int k = 0; k < 2; k++) step[k] = PetscMin(1, step[k] * PetscMax(0.995, 1 - s->mu));
  if (s->has_quadratic) step[0] = step[1] = PetscMin(step[0], step[1]);
  PetscFunctionReturn(0);
}

/* Mean complementarity after steps. */
static PetscErrorCode MeanAfter(LinearState *s, const LinearDirection *d, const PetscReal step[2], PetscReal *mu)
{
  PetscReal sum;

  PetscFunctionBeginUser;
  for (PetscInt part = 0; part <= s->parts->n_local; part++) {
    PetscReal here = 0;

    for (int which = 0; which < 2; which++) {
      for (PetscInt k = PartBegin(s, part, which); k < PartEnd(s, part, which); k++) {
        if (s->kind[k] & HAS_LOWER)
          here += (s->wl[k] + step[0] * (d->v[k] + s->below[k])) * (s->zl[k] + step[1] * d->zl[k]);
        if (s->kind[k] & HAS_UPPER)
          here += (s->wu[k] + step[0] * (s->above[k] - d->v[k])) * (s->zu[k] + step[1] * d->zu[k]);
      }
    }
    s->partial[part] = here;
  }
  PetscCall(LinearPartsSum(s->parts, 1, s->partial, &sum));
  *mu = sum / s->bound_pairs;
  PetscFunctionReturn(0);
}

/* Mehrotra's second-order targets, apart from what the affine direction has. */
static void CorrectTargets(LinearState *s, PetscReal target)
{
  const LinearDirection *const d = &s->step;

  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER) s->targetl[k] = target - (d->v[k] + s->below[k]) * d->zl[k];
    if (s->kind[k] & HAS_UPPER) s->targetu[k] = target - (s->above[k] - d->v[k]) * d->zu[k];
  }
}

static inline PetscReal Centred(PetscReal product, PetscReal target)
{
  if (product < 0.1 * target) return 0.1 * target - product;
  if (product > 10 * target) return PetscMax(10 * target - product, -10 * target);
  return 0;
}

/* Gondzio's targets: outliers among the products after longer steps. */
static void CentreTargets(LinearState *s, const PetscReal step[2], PetscReal target)
{
  const LinearDirection *const d = &s->step;

  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER)
      s->targetl[k] = Centred((s->wl[k] + step[0] * (d->v[k] + s->below[k])) * (s->zl[k] + step[1] * d->zl[k]), target);
    if (s->kind[k] & HAS_UPPER)
      s->targetu[k] = Centred((s->wu[k] + step[0] * (s->above[k] - d->v[k])) * (s->zu[k] + step[1] * d->zu[k]), target);
  }
}

static void AddDirection(const LinearState *s, PetscReal factor, const LinearDirection *from, LinearDirection *to)
{
  for (PetscInt k = 0; k < s->size; k++) {
    to->v[k] += factor * from->v[k];
    to->zl[k] += factor * from->zl[k];
    to->zu[k] += factor * from->zu[k];
  }
  for (PetscInt i = 0; i < s->m; i++) to->y[i] += factor * from->y[i];
}

/* Adds to the step as much of the correction as lengthens it most (Colombo, Gondzio 2008), from `least` to all of it. */
static PetscErrorCode AddCorrection(LinearState *s, PetscReal least, PetscReal step[2])
{
  const int tries       = 6;
  PetscReal best_weight = 0, best[2] = {-1, -1}, weight = 0;

  PetscFunctionBeginUser;
  for (int k = tries - 1; k >= 0; k--) {
    const PetscReal next = least + (1 - least) * k / (tries - 1);
    PetscReal       reached[2];

    AddDirection(s, next - weight, &s->correction, &s->step);
    weight = next;
    PetscCall(LongestSteps(s, &s->step, reached));
    if (reached[0] * reached[1] > best[0] * best[1] || best[0] < 0) {
      best_weight = next;
      best[0]     = reached[0];
      best[1]     = reached[1];
    }
    if (reached[0] >= 0.99 && reached[1] >= 0.99) break;
  }
  AddDirection(s, best_weight - weight, &s->correction, &s->step);
  step[0] = best[0];
  step[1] = best[1];
  PetscFunctionReturn(0);
}

/* Corrections as long as they lengthen the steps (Gondzio 1996). */
static PetscErrorCode Correct(LinearState *s, PetscReal target, PetscReal step[2])
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->corrections && PetscMin(step[0], step[1]) < 0.95; k++) {
    const PetscReal longer[2] = {PetscMin(1, step[0] + 0.3), PetscMin(1, step[1] + 0.3)};
    const PetscReal before    = step[0] + step[1];

    CentreTargets(s, longer, target);
    PetscCall(LinearNewton(s, PETSC_FALSE, &s->correction));
    PetscCall(AddCorrection(s, 0, step));
    if (step[0] + step[1] < before + 0.02) break;
  }
  PetscFunctionReturn(0);
}

static void Move(LinearState *s, PetscReal primal, PetscReal dual)
{
  const LinearDirection *const d = &s->step;

  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER) {
      s->wl[k] += primal * (d->v[k] + s->below[k]);
      s->zl[k] += dual * d->zl[k];
    }
    if (s->kind[k] & HAS_UPPER) {
      s->wu[k] += primal * (s->above[k] - d->v[k]);
      s->zu[k] += dual * d->zu[k];
    }
    s->v[k] += primal * d->v[k];
  }
  for (PetscInt i = 0; i < s->m; i++) s->y[i] += dual * d->y[i];
}

/* A pair whose product has been left far behind would block every step from now on: it is moved back, by the least in distance and
   multiplier. What this does to the residuals is less than the next step mends. */
static inline void GuardPair(PetscReal *w, PetscReal *z, PetscReal least)
{
  const PetscReal both = PetscSqrtReal(least);

  if (*w * *z >= least) return;
  if (*z >= both)
    *w = least / *z;
  else if (*w >= both)
    *z = least / *w;
  else
    *w = *z = both;
}

PetscErrorCode LinearGuard(LinearState *s)
{
  const PetscReal share = 1e-3;

  PetscFunctionBeginUser;
  PetscCall(LinearMean(s));
  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & HAS_LOWER) GuardPair(&s->wl[k], &s->zl[k], share * s->mu);
    if (s->kind[k] & HAS_UPPER) GuardPair(&s->wu[k], &s->zu[k], share * s->mu);
  }
  PetscFunctionReturn(0);
}

/* Where the corrected direction is blocked: the plain one that stays where it is and centres. */
static PetscErrorCode Recentre(LinearState *s, PetscReal step[2])
{
  const PetscReal share = 0.8;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->size; k++) {
    s->targetl[k] = share * s->mu - s->wl[k] * s->zl[k];
    s->targetu[k] = share * s->mu - s->wu[k] * s->zu[k];
  }
  PetscCall(LinearNewton(s, PETSC_TRUE, &s->step));
  PetscCall(LongestSteps(s, &s->step, step));
  PetscCall(Correct(s, share * s->mu, step));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearStep(LinearState *s, PetscReal *primal_step, PetscReal *dual_step)
{
  PetscReal step[2], after = 0, sigma, target;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->size; k++) {
    s->targetl[k] = -s->wl[k] * s->zl[k];
    s->targetu[k] = -s->wu[k] * s->zu[k];
  }
  PetscCall(LinearNewton(s, PETSC_TRUE, &s->step));
  PetscCall(LongestSteps(s, &s->step, step));
  if (s->bound_pairs > 0) {
    const PetscReal shorter = PetscMin(step[0], step[1]);

    PetscCall(MeanAfter(s, &s->step, step, &after));
    sigma  = PetscPowReal(PetscMax(after, 0) / s->mu, 3);
    sigma  = PetscMax(sigma, 0.3 * PetscPowReal(1 - shorter, 3));
    sigma  = PetscMin(PetscMax(sigma, 1e-6), 1);
    target = PetscMax(sigma * s->mu, s->least_mu);
    CorrectTargets(s, target);
    PetscCall(LinearNewton(s, PETSC_FALSE, &s->correction));
    PetscCall(AddCorrection(s, PetscMax(shorter * shorter, 0.01), step));
    PetscCall(Correct(s, target, step));
    if (PetscMin(step[0], step[1]) < 0.1) PetscCall(Recentre(s, step));
  }
  *primal_step = step[0];
  *dual_step   = step[1];
  if (s->has_quadratic) *primal_step = *dual_step = PetscMin(*primal_step, *dual_step);
  Move(s, *primal_step, *dual_step);
  PetscFunctionReturn(0);
}
