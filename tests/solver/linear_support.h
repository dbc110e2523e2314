/* Linear programs for tests: dense ones written out, and random ones whose optimum is known by construction. */
#ifndef ARCHIPELAGO_TESTS_LINEAR_SUPPORT_H
#define ARCHIPELAGO_TESTS_LINEAR_SUPPORT_H

#include "solver/linear_method.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

static unsigned long long linear_random;

/* Uniform in [0, 1): a 64-bit linear congruential generator (Knuth's MMIX constants). */
static inline PetscReal Uniform(void)
{
  linear_random = linear_random * 6364136223846793005ULL + 1442695040888963407ULL;
  return (PetscReal)(linear_random >> 11) / 9007199254740992.0;
}

static inline PetscReal Signed(void)
{
  return 2 * Uniform() - 1;
}

/* Rows are dense: a [m][n]. quadratic may be NULL. */
static inline LinearProgram Dense(PetscInt n, PetscInt m, const PetscReal *cost, const PetscReal *quadratic,
                                  const PetscReal *lower, const PetscReal *upper, const PetscReal *a,
                                  const PetscReal *row_lower, const PetscReal *row_upper)
{
  const LinearLabel label = {0, 0, -1};
  LinearProgram     p;
  PetscInt          at, column[64];

  assert_int_equal(LinearProgramCreate(&p), 0);
  for (PetscInt j = 0; j < n; j++) {
    assert_int_equal(LinearProgramAddVariables(p, 1, label, lower[j], upper[j], &at), 0);
    p->cost[at]      = cost[j];
    p->quadratic[at] = quadratic ? quadratic[j] : 0;
    column[j]        = j;
  }
  for (PetscInt i = 0; i < m; i++)
    assert_int_equal(LinearProgramAddRow(p, label, row_lower[i], row_upper[i], n, column, a + i * n, &at), 0);
  return p;
}

/* A solution with its multipliers. */
typedef struct {
  PetscReal   *x, *y, *z;
  LinearResult result;
} Solved;

static inline Solved Solve(MPI_Comm comm, LinearProgram p, const LinearOptions *options)
{
  Solved s;

  s.x = calloc((size_t)p->n + 1, sizeof(PetscReal));
  s.y = calloc((size_t)p->m + 1, sizeof(PetscReal));
  s.z = calloc((size_t)p->n + 1, sizeof(PetscReal));
  assert_int_equal(LinearSolve(comm, p, options, s.x, s.y, s.z, &s.result), 0);
  return s;
}

static inline void SolvedFree(Solved *s)
{
  free(s->x);
  free(s->y);
  free(s->z);
  assert_int_equal(PetscFree(s->result.history), 0);
}

/* Multiplier times the distance from its side; where there is none, times the size of what it would move. */
static inline PetscReal Product(PetscReal multiplier, PetscReal value, PetscReal lower, PetscReal upper)
{
  const PetscReal side = multiplier > 0 ? lower : upper;

  return fabs(multiplier) * (isfinite(side) ? fabs(value - side) : 1 + fabs(value));
}

/* The conditions of Karush, Kuhn and Tucker in the program's own terms; complementarity beside the objective. */
static inline void AssertOptimal(LinearProgram p, const Solved *s, PetscReal tolerance)
{
  PetscReal *left = calloc((size_t)p->n + 1, sizeof *left), products = 0, scale = 1 + fabs(s->result.objective);

  assert_int_equal(s->result.status, SOLVE_OPTIMAL);
  for (PetscInt j = 0; j < p->n; j++) {
    left[j] = p->cost[j] + p->quadratic[j] * s->x[j] - s->z[j];
    assert_true(s->x[j] >= p->lower[j] - tolerance * (1 + fabs(p->lower[j])));
    assert_true(s->x[j] <= p->upper[j] + tolerance * (1 + fabs(p->upper[j])));
    products += Product(s->z[j], s->x[j], p->lower[j], p->upper[j]);
  }
  for (PetscInt i = 0; i < p->m; i++) {
    PetscReal sum = 0, size = 1;

    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      sum += p->value[k] * s->x[p->column[k]];
      size += fabs(p->value[k] * s->x[p->column[k]]);
      left[p->column[k]] -= p->value[k] * s->y[i];
    }
    assert_true(sum >= p->row_lower[i] - tolerance * size);
    assert_true(sum <= p->row_upper[i] + tolerance * size);
    products += Product(s->y[i], sum, p->row_lower[i], p->row_upper[i]);
  }
  for (PetscInt j = 0; j < p->n; j++) {
    PetscReal size = 1 + fabs(p->cost[j]);

    assert_true(fabs(left[j]) <= tolerance * size * 10);
  }
  assert_true(fabs(products) <= tolerance * scale);
  free(left);
}

typedef struct {
  PetscInt  n, m, entries; /* entries of a row */
  PetscInt  stages;        /* 0: none; else rows use variables of their stage, of the one before and of no time */
  PetscReal orders;        /* decades over which rows and columns are scaled at random */
  PetscReal quadratic;     /* share of variables with a curved cost */
  PetscReal degenerate;    /* share of active sides without multiplier, and of basic variables at a bound */
} Shape;

/* Bounds around x, and a multiplier that fits. */
static inline void ChooseBounds(PetscReal x, PetscReal degenerate, PetscReal *lower, PetscReal *upper, PetscReal *z)
{
  const PetscReal pick = Uniform(), size = Uniform() < degenerate ? 0 : Uniform();

  *lower = -INFINITY;
  *upper = INFINITY;
  *z     = 0;
  if (pick < 0.4) {
    *lower = x;
    *z     = size;
    if (Uniform() < 0.5) *upper = x + 1 + Uniform();
  } else if (pick < 0.55) {
    *upper = x;
    *z     = -size;
    if (Uniform() < 0.5) *lower = x - 1 - Uniform();
  } else if (pick < 0.8) {
    *lower = x - Uniform();
    if (Uniform() < 0.5) *upper = x + Uniform() * 1e6;
  }
}

/* A random program, with the objective at its optimum. */
static inline LinearProgram Random(const Shape *shape, unsigned long long seed, PetscReal *optimum)
{
  const PetscInt n = shape->n, m = shape->m;
  PetscReal     *x = calloc((size_t)n, sizeof *x), *unit = calloc((size_t)n, sizeof *unit), value[64];
  PetscInt       column[64], at;
  LinearProgram  p;

  linear_random = seed * 2654435761u + 12345;
  for (int k = 0; k < 10; k++) (void)Uniform();
  assert_int_equal(LinearProgramCreate(&p), 0);
  for (PetscInt j = 0; j < n; j++) {
    const PetscInt stage =
        shape->stages && j >= n / 20 ? (PetscInt)((PetscInt64)(j - n / 20) * shape->stages / (n - n / 20)) : -1;
    PetscReal lower, upper, z;

    unit[j] = pow(10, shape->orders * Signed());
    x[j]    = Uniform() < 0.2 ? 0 : Signed() * 3;
    ChooseBounds(x[j], shape->degenerate, &lower, &upper, &z);
    x[j] *= unit[j];
    assert_int_equal(LinearProgramAddVariables(p, 1, (LinearLabel){0, 0, stage}, lower * unit[j], upper * unit[j], &at),
                     0);
    p->quadratic[at] = Uniform() < shape->quadratic ? Uniform() / unit[j] / unit[j] : 0;
    p->cost[at]      = z / unit[j] - p->quadratic[at] * x[j];
  }
  for (PetscInt i = 0; i < m; i++) {
    const PetscInt  stage = shape->stages && i > 0 ? (PetscInt)((PetscInt64)(i - 1) * shape->stages / m) : -1;
    const PetscReal scale = pow(10, shape->orders * Signed());
    PetscReal       sum   = 0, lower, upper, y;

    for (PetscInt k = 0; k < shape->entries; k++) {
      column[k] = (PetscInt)(Uniform() * n);
      if (stage >= 0 && Uniform() < 0.9) {
        const PetscInt first = n / 20, width = (n - n / 20) / shape->stages;

        /* drawn twice where the first draw is not below 0; a stage before the first ends among those of no time */
        column[k] = first + PetscMax(stage - (Uniform() < 0.1), 0) * width + (PetscInt)(Uniform() * width);
        column[k] = PetscMax(column[k], 0);
      } else if (stage >= 0)
        column[k] = (PetscInt)(Uniform() * (n / 20));
      value[k] = Signed() * scale / unit[column[k]];
      sum += value[k] * x[column[k]];
    }
    ChooseBounds(sum / scale, shape->degenerate, &lower, &upper, &y);
    if (Uniform() < 0.5) {
      lower = upper = sum / scale;
      y             = Signed();
    }
    y /= scale;
    assert_int_equal(LinearProgramAddRow(p, (LinearLabel){1, 0, stage}, lower == upper ? sum : lower * scale,
                                         lower == upper ? sum : upper * scale, shape->entries, column, value, &at),
                     0);
    for (PetscInt k = 0; k < shape->entries; k++) p->cost[column[k]] += value[k] * y;
  }
  *optimum = LinearProgramObjective(p, x);
  free(x);
  free(unit);
  return p;
}

#endif
