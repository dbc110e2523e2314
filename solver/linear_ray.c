/* Proofs that a linear program has no feasible point, or that its dual has none. */
#include "solver/linear_state.h"

#include <math.h>

/* A feasible point would have to lie this many times farther out than the iterate. */
static const PetscReal beyond = 1e9;
/* Least part of its terms that is left of a proof's sum. */
static const PetscReal cancelled = 1e-9;

/* Farkas: with y in the cone of the rows' sides, max over the bounds of (A'y)'x stays below what the rows ask for. */
PetscErrorCode LinearFarkas(LinearState *s, const PetscReal *y, PetscBool *proof)
{
  PetscReal sum[3];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < s->m; i++) {
    const PetscInt k    = s->n + i;
    PetscReal      kept = y[i];

    if (kept > 0 && !isfinite(s->lower[k])) kept = 0;
    if (kept < 0 && !isfinite(s->upper[k])) kept = 0;
    s->b[i] = kept;
  }
  PetscCall(LinearPartsMultiplyTransposed(s->parts, s->b, s->a));
  for (PetscInt part = 0; part <= s->parts->n_local; part++) {
    PetscReal *const p = s->partial + 3 * part; /* gap, its terms, what infinite bounds spoil */

    p[0] = p[1] = p[2] = 0;
    for (PetscInt j = PartBegin(s, part, 0); j < PartEnd(s, part, 0); j++) {
      const PetscReal side = s->a[j] > 0 ? s->upper[j] : s->lower[j];

      if (s->a[j] == 0) continue;
      if (isfinite(side)) {
        p[0] -= s->a[j] * side;
        p[1] += fabs(s->a[j] * side);
      } else
        p[2] += fabs(s->a[j]) * (1 + fabs(s->v[j]));
    }
    for (PetscInt k = PartBegin(s, part, 1); k < PartEnd(s, part, 1); k++) {
      const PetscReal value = s->b[k - s->n], term = value > 0   ? value * s->lower[k]
                                                     : value < 0 ? value * s->upper[k]
                                                                 : 0;

      p[0] += term;
      p[1] += fabs(term);
    }
  }
  PetscCall(LinearPartsSum(s->parts, 3, s->partial, sum));
  *proof = (PetscBool)(sum[0] > cancelled * sum[1] && sum[0] > beyond * sum[2] && sum[0] > 0);
  PetscFunctionReturn(0);
}

/* A direction of the bounds' recession cone that keeps all rows and along which the objective falls without end. */
PetscErrorCode LinearRay(LinearState *s, const PetscReal *x, PetscBool *proof)
{
  PetscReal sum[3];

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < s->n; j++) {
    PetscReal d = s->quadratic[j] > 0 ? 0 : x[j];

    if (d > 0 && isfinite(s->upper[j])) d = 0;
    if (d < 0 && isfinite(s->lower[j])) d = 0;
    s->a[j] = d;
  }
  PetscCall(LinearPartsMultiply(s->parts, s->a, s->b));
  for (PetscInt part = 0; part <= s->parts->n_local; part++) {
    PetscReal *const p = s->partial + 3 * part; /* fall, its terms, how far rows are left */

    p[0] = p[1] = p[2] = 0;
    for (PetscInt j = PartBegin(s, part, 0); j < PartEnd(s, part, 0); j++) {
      p[0] -= s->cost[j] * s->a[j];
      p[1] += fabs(s->cost[j] * s->a[j]);
    }
    for (PetscInt k = PartBegin(s, part, 1); k < PartEnd(s, part, 1); k++) {
      const PetscReal change = s->b[k - s->n];

      if ((change > 0 && isfinite(s->upper[k])) || (change < 0 && isfinite(s->lower[k])))
        p[2] += fabs(change) * (1 + fabs(s->y[k - s->n]));
    }
  }
  PetscCall(LinearPartsSum(s->parts, 3, s->partial, sum));
  *proof = (PetscBool)(sum[0] > cancelled * sum[1] && sum[0] > beyond * sum[2] && sum[0] > 0);
  PetscFunctionReturn(0);
}
