/* Cost functions: value and slope. */
#include "inputs/network.h"

PetscErrorCode CostSet(Cost *cost, CostKind kind, PetscInt n, const PetscReal *coefficient)
{
  const PetscInt numbers = kind == COST_PIECEWISE_LINEAR ? 2 * n : n;
  PetscReal     *copy    = NULL;

  PetscFunctionBeginUser;
  if (numbers > 0) {
    PetscCall(PetscMalloc1((size_t)numbers, &copy));
    PetscCall(PetscArraycpy(copy, coefficient, (size_t)numbers));
  }
  PetscCall(PetscFree(cost->coefficient));
  cost->kind        = kind;
  cost->n           = n;
  cost->coefficient = copy;
  PetscFunctionReturn(0);
}

/* Horner's rule for the value and its derivative together. */
static PetscReal PolynomialValue(const Cost *cost, PetscReal p, PetscReal *slope)
{
  PetscReal value = 0, derivative = 0;
  for (PetscInt k = cost->n - 1; k >= 0; --k) {
    derivative = derivative * p + value;
    value      = value * p + cost->coefficient[k];
  }
  *slope = derivative;
  return value;
}

static PetscReal PiecewiseValue(const Cost *cost, PetscReal p, PetscReal *slope)
{
  const PetscReal *point = cost->coefficient;
  PetscInt         k     = 0;
  *slope                 = 0;
  if (cost->n == 0) return 0;
  if (cost->n == 1) return point[1];
  while (k < cost->n - 2 && p > point[2 * (k + 1)]) ++k;
  *slope = (point[2 * k + 3] - point[2 * k + 1]) / (point[2 * k + 2] - point[2 * k]);
  return point[2 * k + 1] + *slope * (p - point[2 * k]);
}

PetscReal CostValue(const Cost *cost, PetscReal p_mw, PetscReal *slope)
{
  PetscReal derivative;
  PetscReal value = cost->kind == COST_POLYNOMIAL ? PolynomialValue(cost, p_mw, &derivative)
                                                  : PiecewiseValue(cost, p_mw, &derivative);
  if (slope) *slope = derivative;
  return value;
}

/* Cross product of the steps from point a to b and from b to c: positive where the slope rises. */
static PetscReal Turn(const PetscReal *a, const PetscReal *b, const PetscReal *c)
{
  return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
}

static PetscReal TurnScale(const PetscReal *a, const PetscReal *b, const PetscReal *c)
{
  return PetscAbsReal((b[0] - a[0]) * (c[1] - b[1])) + PetscAbsReal((b[1] - a[1]) * (c[0] - b[0]));
}

PetscBool CostIsConvex(const Cost *cost, PetscReal tolerance)
{
  const PetscReal *point = cost->coefficient;
  if (cost->kind == COST_POLYNOMIAL) return PETSC_TRUE;
  for (PetscInt k = 2; k < cost->n; ++k) {
    const PetscReal *a = point + 2 * (k - 2), *b = a + 2, *c = b + 2;
    if (Turn(a, b, c) < -tolerance * TurnScale(a, b, c)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscErrorCode CostConvexHull(Cost *cost, PetscBool *changed)
{
  PetscReal *point = cost->coefficient;
  PetscInt   n     = 0;

  PetscFunctionBeginUser;
  if (changed) *changed = PETSC_FALSE;
  if (CostIsConvex(cost, 0)) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < cost->n; ++k) {
    while (n >= 2 && Turn(point + 2 * (n - 2), point + 2 * (n - 1), point + 2 * k) <= 0) --n;
    point[2 * n]     = point[2 * k];
    point[2 * n + 1] = point[2 * k + 1];
    ++n;
  }
  cost->n = n;
  if (changed) *changed = PETSC_TRUE;
  PetscFunctionReturn(0);
}
