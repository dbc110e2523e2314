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
