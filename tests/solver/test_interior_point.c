/* The interior point on problems with known solutions: Hock and Schittkowski's, linear and quadratic ones, degenerate,
   infeasible and unbounded ones; warm starts, repeated solves, the check of derivatives. */
#include "solver/interior_point.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

/* Fills all pairs of a dense Jacobian (row by row) and of a dense lower triangle. */
static Program DensePattern(PetscInt n, PetscInt m)
{
  Program  p;
  PetscInt k = 0;

  assert_int_equal(ProgramCreate(n, m, n * m, n * (n + 1) / 2, &p), 0);
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt j = 0; j < n; j++) {
      p->jacobian_row[i * n + j]    = i;
      p->jacobian_column[i * n + j] = j;
    }
  }
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j <= i; j++) {
      p->hessian_row[k]      = i;
      p->hessian_column[k++] = j;
    }
  }
  return p;
}

/* A quadratic program: f = x' q x / 2 + c' x, g = a x, dense. */
typedef struct {
  PetscInt         n, m;
  const PetscReal *q, *c, *a; /* [n][n], [n], [m][n]; q NULL: linear */
} Quadratic;

static PetscErrorCode QuadraticGradient(void *context, const PetscReal *x, PetscReal *gradient)
{
  const Quadratic *p = context;

  for (PetscInt i = 0; i < p->n; i++) {
    gradient[i] = p->c[i];
    for (PetscInt j = 0; p->q && j < p->n; j++) gradient[i] += p->q[i * p->n + j] * x[j];
  }
  return 0;
}

static PetscErrorCode QuadraticObjective(void *context, const PetscReal *x, PetscReal *f)
{
  const Quadratic *p = context;

  *f = 0;
  for (PetscInt i = 0; i < p->n; i++) {
    *f += p->c[i] * x[i];
    for (PetscInt j = 0; p->q && j < p->n; j++) *f += 0.5 * x[i] * p->q[i * p->n + j] * x[j];
  }
  return 0;
}

static PetscErrorCode QuadraticConstraints(void *context, const PetscReal *x, PetscReal *g)
{
  const Quadratic *p = context;

  for (PetscInt i = 0; i < p->m; i++) {
    g[i] = 0;
    for (PetscInt j = 0; j < p->n; j++) g[i] += p->a[i * p->n + j] * x[j];
  }
  return 0;
}

static PetscErrorCode QuadraticJacobian(void *context, const PetscReal *x, PetscReal *value)
{
  const Quadratic *p = context;

  (void)x;
  for (PetscInt k = 0; k < p->n * p->m; k++) value[k] = p->a[k];
  return 0;
}

static PetscErrorCode QuadraticHessian(void *context, const PetscReal *x, PetscReal sigma, const PetscReal *lambda,
                                       PetscReal *value)
{
  const Quadratic *p = context;

  (void)x;
  (void)lambda;
  for (PetscInt i = 0; i < p->n; i++) {
    for (PetscInt j = 0; j <= i; j++) *value++ = p->q ? sigma * p->q[i * p->n + j] : 0;
  }
  return 0;
}

static Program QuadraticProgram(Quadratic *quadratic)
{
  Program p = DensePattern(quadratic->n, quadratic->m);

  p->context = quadratic;
  p->ops =
      (ProgramOps){QuadraticObjective, QuadraticGradient, QuadraticConstraints, QuadraticJacobian, QuadraticHessian};
  return p;
}

#define LARGEST 8

typedef struct {
  PetscReal           x[LARGEST], lambda[LARGEST], zl[LARGEST], zu[LARGEST];
  InteriorPointResult result;
} Solution;

/* Solves from the program's start. */
static Solution Solve(Program p)
{
  InteriorPoint        ip;
  InteriorPointOptions options;
  Solution             s;

  memset(&s, 0, sizeof s);
  InteriorPointDefaultOptions(&options);
  options.verbosity = getenv("VERBOSE") ? 1 : 0;
  for (PetscInt j = 0; j < p->n; j++) s.x[j] = p->x0[j];
  assert_int_equal(InteriorPointCreate(p, &ip), 0);
  assert_int_equal(InteriorPointSolve(ip, &options, s.x, s.lambda, s.zl, s.zu, &s.result), 0);
  assert_int_equal(InteriorPointDestroy(&ip), 0);
  return s;
}

static void AssertNear(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.12g, expected %.12g", (double)found, (double)expected);
}

/* grad f + J' lambda - zl + zu = 0 with the multipliers as delivered, and their signs. */
static void AssertStationary(Program p, const Solution *s, PetscReal tolerance)
{
  PetscReal gradient[LARGEST], jacobian[LARGEST * LARGEST];

  p->ops.gradient(p->context, s->x, gradient);
  if (p->m) p->ops.jacobian(p->context, s->x, jacobian);
  for (PetscInt k = 0; k < p->jacobian_nnz; k++)
    gradient[p->jacobian_column[k]] += jacobian[k] * s->lambda[p->jacobian_row[k]];
  for (PetscInt j = 0; j < p->n; j++) {
    AssertNear(gradient[j] - s->zl[j] + s->zu[j], 0, tolerance);
    assert_true(s->zl[j] >= 0 && s->zu[j] >= 0);
    assert_true(s->x[j] >= p->xl[j] && s->x[j] <= p->xu[j]);
  }
}

static void AssertOptimal(Program p, const Solution *s, PetscReal objective)
{
  assert_string_equal(SolveStatusName(s->result.status), "optimal");
  AssertNear(s->result.objective, objective, 1e-6 * fmax(1, fabs(objective)));
  assert_true(s->result.primal_residual <= 1e-7);
  AssertStationary(p, s, 1e-5 * fmax(1, fabs(objective)));
}

/* ---- Hock and Schittkowski, Test Examples for Nonlinear Programming Codes (1981) ---- */

/* 71: min x0 x3 (x0 + x1 + x2) + x2, product >= 25, sum of squares = 40. */
static PetscErrorCode Hs71Objective(void *context, const PetscReal *x, PetscReal *f)
{
  (void)context;
  *f = x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2];
  return 0;
}

static PetscErrorCode Hs71Gradient(void *context, const PetscReal *x, PetscReal *g)
{
  const PetscReal sum = x[0] + x[1] + x[2];

  (void)context;
  g[0] = x[3] * (sum + x[0]);
  g[1] = x[0] * x[3];
  g[2] = x[0] * x[3] + 1;
  g[3] = x[0] * sum;
  return 0;
}

static PetscErrorCode Hs71Constraints(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = x[0] * x[1] * x[2] * x[3];
  g[1] = x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3];
  return 0;
}

static PetscErrorCode Hs71Jacobian(void *context, const PetscReal *x, PetscReal *v)
{
  (void)context;
  v[0] = x[1] * x[2] * x[3];
  v[1] = x[0] * x[2] * x[3];
  v[2] = x[0] * x[1] * x[3];
  v[3] = x[0] * x[1] * x[2];
  for (int j = 0; j < 4; j++) v[4 + j] = 2 * x[j];
  return 0;
}

static PetscErrorCode Hs71Hessian(void *context, const PetscReal *x, PetscReal s, const PetscReal *l, PetscReal *v)
{
  (void)context;
  v[0] = s * 2 * x[3] + 2 * l[1];
  v[1] = s * x[3] + l[0] * x[2] * x[3];
  v[2] = 2 * l[1];
  v[3] = s * x[3] + l[0] * x[1] * x[3];
  v[4] = l[0] * x[0] * x[3];
  v[5] = 2 * l[1];
  v[6] = s * (2 * x[0] + x[1] + x[2]) + l[0] * x[1] * x[2];
  v[7] = s * x[0] + l[0] * x[0] * x[2];
  v[8] = s * x[0] + l[0] * x[0] * x[1];
  v[9] = 2 * l[1];
  return 0;
}

static Program Hs71(void)
{
  static const PetscReal start[4] = {1, 5, 5, 1};
  Program                p        = DensePattern(4, 2);

  p->ops = (ProgramOps){Hs71Objective, Hs71Gradient, Hs71Constraints, Hs71Jacobian, Hs71Hessian};
  for (int j = 0; j < 4; j++) {
    p->xl[j] = 1;
    p->xu[j] = 5;
    p->x0[j] = start[j];
  }
  p->gl[0] = 25;
  p->gl[1] = p->gu[1] = 40;
  return p;
}

static void test_hs71(void **state)
{
  static const PetscReal x[4] = {1, 4.7429994, 3.8211503, 1.3794082};
  Program                p    = Hs71();
  Solution               s    = Solve(p);

  (void)state;
  AssertOptimal(p, &s, 17.0140173);
  for (int j = 0; j < 4; j++) AssertNear(s.x[j], x[j], 1e-6);
  AssertNear(s.lambda[0], -0.55229366, 1e-6);
  AssertNear(s.lambda[1], 0.16146857, 1e-6);
  AssertNear(s.zl[0], 1.08787121, 1e-6);
  assert_true(s.result.iterations <= 15);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* 13: min (x0 - 2)^2 + x1^2, (1 - x0)^3 - x1 >= 0, x >= 0: no constraint qualification holds at the solution (1, 0). */
static PetscErrorCode Hs13Objective(void *context, const PetscReal *x, PetscReal *f)
{
  (void)context;
  *f = (x[0] - 2) * (x[0] - 2) + x[1] * x[1];
  return 0;
}

static PetscErrorCode Hs13Gradient(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = 2 * (x[0] - 2);
  g[1] = 2 * x[1];
  return 0;
}

static PetscErrorCode Hs13Constraints(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = (1 - x[0]) * (1 - x[0]) * (1 - x[0]) - x[1];
  return 0;
}

static PetscErrorCode Hs13Jacobian(void *context, const PetscReal *x, PetscReal *v)
{
  (void)context;
  v[0] = -3 * (1 - x[0]) * (1 - x[0]);
  v[1] = -1;
  return 0;
}

static PetscErrorCode Hs13Hessian(void *context, const PetscReal *x, PetscReal s, const PetscReal *l, PetscReal *v)
{
  (void)context;
  v[0] = 2 * s + l[0] * 6 * (1 - x[0]);
  v[1] = 0;
  v[2] = 2 * s;
  return 0;
}

/* The multipliers are unbounded there; whatever is claimed must be true of the point. */
static void test_hs13_no_constraint_qualification(void **state)
{
  Program  p = DensePattern(2, 1);
  Solution s;

  (void)state;
  p->ops   = (ProgramOps){Hs13Objective, Hs13Gradient, Hs13Constraints, Hs13Jacobian, Hs13Hessian};
  p->xl[0] = p->xl[1] = 0;
  p->gl[0]            = 0;
  p->x0[0] = p->x0[1] = -2;
  s                   = Solve(p);
  assert_true(s.result.status != SOLVE_INFEASIBLE);
  assert_true(s.result.primal_residual <= 1e-6);
  AssertNear(s.x[0], 1, 2e-2);
  AssertNear(s.result.objective, 1, 4e-2);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* 100: seven variables, four inequalities. */
static PetscErrorCode Hs100Objective(void *context, const PetscReal *x, PetscReal *f)
{
  (void)context;
  *f = pow(x[0] - 10, 2) + 5 * pow(x[1] - 12, 2) + pow(x[2], 4) + 3 * pow(x[3] - 11, 2) + 10 * pow(x[4], 6) +
       7 * x[5] * x[5] + pow(x[6], 4) - 4 * x[5] * x[6] - 10 * x[5] - 8 * x[6];
  return 0;
}

static PetscErrorCode Hs100Gradient(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = 2 * (x[0] - 10);
  g[1] = 10 * (x[1] - 12);
  g[2] = 4 * pow(x[2], 3);
  g[3] = 6 * (x[3] - 11);
  g[4] = 60 * pow(x[4], 5);
  g[5] = 14 * x[5] - 4 * x[6] - 10;
  g[6] = 4 * pow(x[6], 3) - 4 * x[5] - 8;
  return 0;
}

static PetscErrorCode Hs100Constraints(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = 127 - 2 * x[0] * x[0] - 3 * pow(x[1], 4) - x[2] - 4 * x[3] * x[3] - 5 * x[4];
  g[1] = 282 - 7 * x[0] - 3 * x[1] - 10 * x[2] * x[2] - x[3] + x[4];
  g[2] = 196 - 23 * x[0] - x[1] * x[1] - 6 * x[5] * x[5] + 8 * x[6];
  g[3] = -4 * x[0] * x[0] - x[1] * x[1] + 3 * x[0] * x[1] - 2 * x[2] * x[2] - 5 * x[5] + 11 * x[6];
  return 0;
}

static PetscErrorCode Hs100Jacobian(void *context, const PetscReal *x, PetscReal *v)
{
  const PetscReal rows[4][7] = {
      {-4 * x[0], -12 * pow(x[1], 3), -1, -8 * x[3], -5, 0, 0},
      {-7, -3, -20 * x[2], -1, 1, 0, 0},
      {-23, -2 * x[1], 0, 0, 0, -12 * x[5], 8},
      {-8 * x[0] + 3 * x[1], -2 * x[1] + 3 * x[0], -4 * x[2], 0, 0, -5, 11},
  };

  (void)context;
  memcpy(v, rows, sizeof rows);
  return 0;
}

static PetscErrorCode Hs100Hessian(void *context, const PetscReal *x, PetscReal s, const PetscReal *l, PetscReal *v)
{
  (void)context;
  memset(v, 0, 28 * sizeof *v);
  v[0]  = 2 * s - 4 * l[0] - 8 * l[3];
  v[1]  = 3 * l[3];
  v[2]  = 10 * s - 36 * l[0] * x[1] * x[1] - 2 * l[2] - 2 * l[3];
  v[5]  = 12 * s * x[2] * x[2] - 20 * l[1] - 4 * l[3];
  v[9]  = 6 * s - 8 * l[0];
  v[14] = 300 * s * pow(x[4], 4);
  v[20] = 14 * s - 12 * l[2];
  v[26] = -4 * s;
  v[27] = 12 * s * x[6] * x[6];
  return 0;
}

static void test_hs100(void **state)
{
  static const PetscReal start[7] = {1, 2, 0, 4, 0, 1, 1}, lambda[4] = {0.3, -1, 2, 0.7};
  Program                p = DensePattern(7, 4);
  PetscReal              error[3];
  Solution               s;

  (void)state;
  p->ops = (ProgramOps){Hs100Objective, Hs100Gradient, Hs100Constraints, Hs100Jacobian, Hs100Hessian};
  memcpy(p->x0, start, sizeof start);
  for (int i = 0; i < 4; i++) p->gl[i] = 0;
  assert_int_equal(ProgramCheckDerivatives(p, p->x0, lambda, &error[0], &error[1], &error[2]), 0);
  for (int k = 0; k < 3; k++) assert_true(error[k] < 1e-7);
  s = Solve(p);
  AssertOptimal(p, &s, 680.6300573);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* 35: a convex quadratic program; f here without the constant 9. */
static void test_hs35(void **state)
{
  static const PetscReal q[9] = {4, 2, 2, 2, 4, 0, 2, 0, 2}, c[3] = {-8, -6, -4}, a[3] = {1, 1, 2};
  Quadratic              data = {3, 1, q, c, a};
  Program                p    = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  for (int j = 0; j < 3; j++) {
    p->xl[j] = 0;
    p->x0[j] = 0.5;
  }
  p->gu[0] = 3;
  s        = Solve(p);
  AssertOptimal(p, &s, 1. / 9 - 9);
  AssertNear(s.x[0], 4. / 3, 1e-6);
  AssertNear(s.x[1], 7. / 9, 1e-6);
  AssertNear(s.x[2], 4. / 9, 1e-6);
  AssertNear(s.lambda[0], 2. / 9, 1e-6);
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_hs76(void **state)
{
  static const PetscReal q[16] = {2, 0, -1, 0, 0, 1, 0, 0, -1, 0, 2, 1, 0, 0, 1, 1}, c[4] = {-1, -3, 1, -1};
  static const PetscReal a[12] = {1, 2, 1, 1, 3, 1, 2, -1, 0, 1, 4, 0};
  Quadratic              data  = {4, 3, q, c, a};
  Program                p     = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  for (int j = 0; j < 4; j++) {
    p->xl[j] = 0;
    p->x0[j] = 0.5;
  }
  p->gu[0] = 5;
  p->gu[1] = 4;
  p->gl[2] = 1.5;
  s        = Solve(p);
  AssertOptimal(p, &s, -4.681818181);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* ---- linear programs ---- */

/* max 3 x + 5 y, x <= 4, 2 y <= 12, 3 x + 2 y <= 18 (Hillier and Lieberman's Wyndor Glass): 36 at (2, 6). */
static Program Wyndor(Quadratic *data)
{
  static const PetscReal c[2] = {-3, -5}, a[6] = {1, 0, 0, 2, 3, 2};
  Program                p;

  *data    = (Quadratic){2, 3, NULL, c, a};
  p        = QuadraticProgram(data);
  p->xl[0] = p->xl[1] = 0;
  p->gu[0]            = 4;
  p->gu[1]            = 12;
  p->gu[2]            = 18;
  return p;
}

static void test_lp_and_its_dual_prices(void **state)
{
  Quadratic data;
  Program   p = Wyndor(&data);
  Solution  s = Solve(p);

  (void)state;
  AssertOptimal(p, &s, -36);
  AssertNear(s.x[0], 2, 1e-6);
  AssertNear(s.x[1], 6, 1e-6);
  AssertNear(s.lambda[0], 0, 1e-6);
  AssertNear(s.lambda[1], 1.5, 1e-6);
  AssertNear(s.lambda[2], 1, 1e-6);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* Beale's cycling example: primal degenerate at the start and at the solution -1/20. */
static void test_degenerate_lp(void **state)
{
  static const PetscReal c[4] = {-0.75, 150, -0.02, 6}, a[12] = {0.25, -60, -0.04, 9, 0.5, -90, -0.02, 3, 0, 0, 1, 0};
  Quadratic              data = {4, 3, NULL, c, a};
  Program                p    = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  for (int j = 0; j < 4; j++) p->xl[j] = 0;
  p->gu[0] = p->gu[1] = 0;
  p->gu[2]            = 1;
  s                   = Solve(p);
  AssertOptimal(p, &s, -0.05);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* Rows that say the same thing twice, and a free row: the Jacobian has no full rank. */
static void test_dependent_and_free_rows(void **state)
{
  static const PetscReal q[4] = {2, 0, 0, 2}, c[2] = {0, 0}, a[6] = {1, 1, 2, 2, 1, -1};
  Quadratic              data = {2, 3, q, c, a};
  Program                p    = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  p->gl[0] = p->gu[0] = 1;
  p->gl[1] = p->gu[1] = 2;
  s                   = Solve(p);
  AssertOptimal(p, &s, 0.5);
  AssertNear(s.x[0], 0.5, 1e-7);
  AssertNear(s.lambda[2], 0, 0);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* Demand that only all units at their maximum can meet: the feasible set has no interior. */
static void test_feasible_set_without_interior(void **state)
{
  static const PetscReal c[3] = {1, 2, 3}, a[3] = {1, 1, 1};
  Quadratic              data = {3, 1, NULL, c, a};
  Program                p    = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  for (int j = 0; j < 3; j++) {
    p->xl[j] = 0;
    p->xu[j] = 1;
  }
  p->gl[0] = p->gu[0] = 3;
  s                   = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "optimal");
  AssertNear(s.result.objective, 6, 1e-6);
  assert_true(s.result.primal_residual <= 1e-6);
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_infeasible_lp(void **state)
{
  static const PetscReal c[2] = {1, 1}, a[4] = {1, 1, 1, 1};
  Quadratic              data = {2, 2, NULL, c, a};
  Program                p    = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  p->xl[0] = p->xl[1] = 0;
  p->gl[0]            = 3;
  p->gu[1]            = 2;
  s                   = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  assert_true(s.result.primal_residual >= 0.5 - 1e-6); /* the least possible */
  p->gl[0] = p->gu[0] = 5;                             /* demand beyond capacity */
  p->gu[1]            = PETSC_INFINITY;
  p->xu[0] = p->xu[1] = 2;
  s                   = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  AssertNear(s.result.primal_residual, 1, 1e-5);
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_crossed_bounds_are_infeasible(void **state)
{
  Quadratic data;
  Program   p = Wyndor(&data);
  Solution  s;

  (void)state;
  p->xl[0] = 2;
  p->xu[0] = 1;
  s        = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  p->xl[0] = 0;
  p->gl[1] = 13;
  s        = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_unbounded_is_never_optimal(void **state)
{
  Quadratic data;
  Program   p = Wyndor(&data);
  Solution  s;

  (void)state;
  p->gu[0] = p->gu[2] = PETSC_INFINITY;
  s                   = Solve(p);
  assert_true(s.result.status == SOLVE_NUMERICAL || s.result.status == SOLVE_ITERATION_LIMIT);
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_fixed_variables(void **state)
{
  Quadratic data;
  Program   p = Wyndor(&data);
  Solution  s;

  (void)state;
  p->xl[0] = p->xu[0] = 1;
  s                   = Solve(p);
  AssertOptimal(p, &s, -33);
  assert_true(s.x[0] == 1);
  AssertNear(s.zu[0], 3, 1e-6);
  p->xl[1] = p->xu[1] = 6; /* nothing left to choose */
  s                   = Solve(p);
  AssertOptimal(p, &s, -33);
  p->xl[1] = p->xu[1] = 7;
  s                   = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_bounds_only_and_nothing_at_all(void **state)
{
  static const PetscReal q[4] = {2, 0, 0, 2}, c[2] = {-2, 4};
  Quadratic              data = {2, 0, q, c, NULL}, nothing = {0, 0, NULL, NULL, NULL};
  Program                p = QuadraticProgram(&data);
  Solution               s;

  (void)state;
  s = Solve(p); /* no bounds either: (1, -2) */
  AssertOptimal(p, &s, -5);
  p->xl[1] = 0;
  s        = Solve(p);
  AssertOptimal(p, &s, -1);
  AssertNear(s.zl[1], 4, 1e-6);
  assert_int_equal(ProgramDestroy(&p), 0);
  p = QuadraticProgram(&nothing);
  s = Solve(p);
  assert_string_equal(SolveStatusName(s.result.status), "optimal");
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* ---- infeasible and awkward nonlinear programs ---- */

/* min x, x^2 + y^2 <= r, x + y >= 3. Feasible from r = 4.5. */
static PetscErrorCode DiscObjective(void *context, const PetscReal *x, PetscReal *f)
{
  (void)context;
  *f = x[0];
  return 0;
}

static PetscErrorCode DiscGradient(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  (void)x;
  g[0] = 1;
  g[1] = 0;
  return 0;
}

static PetscErrorCode DiscConstraints(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = x[0] * x[0] + x[1] * x[1];
  g[1] = x[0] + x[1];
  return 0;
}

static PetscErrorCode DiscJacobian(void *context, const PetscReal *x, PetscReal *v)
{
  (void)context;
  v[0] = 2 * x[0];
  v[1] = 2 * x[1];
  v[2] = v[3] = 1;
  return 0;
}

static PetscErrorCode DiscHessian(void *context, const PetscReal *x, PetscReal s, const PetscReal *l, PetscReal *v)
{
  (void)context;
  (void)x;
  (void)s;
  v[0] = v[2] = 2 * l[0];
  v[1]        = 0;
  return 0;
}

static Program Disc(PetscReal radius_squared)
{
  Program p = DensePattern(2, 2);

  p->ops   = (ProgramOps){DiscObjective, DiscGradient, DiscConstraints, DiscJacobian, DiscHessian};
  p->gu[0] = radius_squared;
  p->gl[1] = 3;
  return p;
}

static void test_infeasible_nlp(void **state)
{
  Program  p = Disc(2);
  Solution s = Solve(p);

  (void)state;
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  assert_true(s.result.primal_residual > 0.1);
  p->gu[0] = 5; /* the circle meets the line at (1, 2) */
  s        = Solve(p);
  AssertOptimal(p, &s, 1);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* After Waechter and Biegler's counterexample (2000): x0^2 - x1 = 1, x0 - x2 = 1/2, x1, x2 >= 0, min x0. Newton steps cut
   at the bounds jam at points that mean nothing; (-1, 0, 0) is a true local minimum of the violation, 1 the optimum. */
static PetscErrorCode JamConstraints(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  g[0] = x[0] * x[0] - x[1] - 1;
  g[1] = x[0] - x[2] - 0.5;
  return 0;
}

static PetscErrorCode JamJacobian(void *context, const PetscReal *x, PetscReal *v)
{
  const PetscReal rows[6] = {2 * x[0], -1, 0, 1, 0, -1};

  (void)context;
  memcpy(v, rows, sizeof rows);
  return 0;
}

static PetscErrorCode JamGradient(void *context, const PetscReal *x, PetscReal *g)
{
  (void)context;
  (void)x;
  g[0] = 1;
  g[1] = g[2] = 0;
  return 0;
}

static PetscErrorCode JamHessian(void *context, const PetscReal *x, PetscReal s, const PetscReal *l, PetscReal *v)
{
  (void)context;
  (void)x;
  (void)s;
  memset(v, 0, 6 * sizeof *v);
  v[0] = 2 * l[0];
  return 0;
}

static void test_jamming_point_is_told_from_a_solution(void **state)
{
  Program  p = DensePattern(3, 2);
  Solution s;

  (void)state;
  p->ops   = (ProgramOps){DiscObjective, JamGradient, JamConstraints, JamJacobian, JamHessian};
  p->xl[1] = p->xl[2] = 0;
  p->gl[0] = p->gu[0] = p->gl[1] = p->gu[1] = 0;
  p->x0[0]                                  = -4;
  p->x0[1] = p->x0[2] = 1;
  s                   = Solve(p);
  if (s.result.status == SOLVE_INFEASIBLE) {
    AssertNear(s.x[0], -1, 1e-4);
    AssertNear(s.result.primal_residual, 1.5, 1e-4);
  } else
    AssertOptimal(p, &s, 1);
  p->x0[0] = 4;
  s        = Solve(p);
  AssertOptimal(p, &s, 1);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* ---- repeated and warm solves ---- */

static void test_warm_start_takes_fewer_iterations(void **state)
{
  Program              p = Hs71();
  InteriorPoint        ip;
  InteriorPointOptions options;
  InteriorPointResult  cold, warm;
  PetscReal            x[4], lambda[2], zl[4], zu[4];

  (void)state;
  InteriorPointDefaultOptions(&options);
  memcpy(x, p->x0, sizeof x);
  assert_int_equal(InteriorPointCreate(p, &ip), 0);
  assert_int_equal(InteriorPointSolve(ip, &options, x, lambda, zl, zu, &cold), 0);
  p->gl[1] = p->gu[1] = 40.5; /* bounds are read again */
  options.warm_start  = PETSC_TRUE;
  assert_int_equal(InteriorPointSolve(ip, &options, x, lambda, zl, zu, &warm), 0);
  assert_int_equal(warm.status, SOLVE_OPTIMAL);
  assert_true(warm.iterations < cold.iterations);
  AssertNear(x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3], 40.5, 1e-7);
  AssertNear(warm.objective - cold.objective, -0.5 * lambda[1], 0.01);
  assert_int_equal(InteriorPointDestroy(&ip), 0);
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_nonsense_warm_start_falls_back(void **state)
{
  Program              p = Hs71();
  InteriorPoint        ip;
  InteriorPointOptions options;
  InteriorPointResult  result;
  PetscReal            x[4] = {1, 5, 5, 1}, lambda[2] = {1e9, -1e9}, zl[4] = {1e9, 0, 0, 1e9}, zu[4] = {0, 0, 1e12, 0};

  (void)state;
  InteriorPointDefaultOptions(&options);
  options.warm_start = PETSC_TRUE;
  options.warm_mu    = 1e-8;
  assert_int_equal(InteriorPointCreate(p, &ip), 0);
  assert_int_equal(InteriorPointSolve(ip, &options, x, lambda, zl, zu, &result), 0);
  assert_int_equal(result.status, SOLVE_OPTIMAL);
  AssertNear(result.objective, 17.0140173, 1e-6);
  assert_int_equal(InteriorPointDestroy(&ip), 0);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* The same solve gives the same bits, whatever the object has solved before. */
static void test_deterministic_bits(void **state)
{
  Program              p = Hs71();
  InteriorPoint        ip;
  InteriorPointOptions options;
  InteriorPointResult  result;
  PetscReal            x[3][4], lambda[3][2];

  (void)state;
  InteriorPointDefaultOptions(&options);
  assert_int_equal(InteriorPointCreate(p, &ip), 0);
  for (int k = 0; k < 3; k++) {
    p->gl[0] = k == 1 ? 30 : 25;
    memcpy(x[k], p->x0, sizeof x[k]);
    assert_int_equal(InteriorPointSolve(ip, &options, x[k], lambda[k], NULL, NULL, &result), 0);
    assert_int_equal(result.status, SOLVE_OPTIMAL);
  }
  assert_memory_equal(x[0], x[2], sizeof x[0]);
  assert_memory_equal(lambda[0], lambda[2], sizeof lambda[0]);
  assert_memory_not_equal(x[0], x[1], sizeof x[0]);
  assert_int_equal(InteriorPointDestroy(&ip), 0);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* The objective's scale changes the path, not the answer. */
static void test_objective_scale_leaves_the_answer(void **state)
{
  Program  p = Hs71();
  Solution s;

  (void)state;
  for (PetscReal scale = 1e-3; scale < 1e4; scale *= 1e3) {
    p->objective_scale = scale;
    s                  = Solve(p);
    assert_int_equal(s.result.status, SOLVE_OPTIMAL);
    AssertNear(s.result.objective, 17.0140173, 2e-5);
    AssertNear(s.lambda[1], 0.16146857, 2e-5);
  }
  assert_int_equal(ProgramDestroy(&p), 0);
}

static void test_iteration_limit_is_told(void **state)
{
  Program              p = Hs71();
  InteriorPoint        ip;
  InteriorPointOptions options;
  InteriorPointResult  result;
  PetscReal            x[4];

  (void)state;
  InteriorPointDefaultOptions(&options);
  options.max_iterations = 3;
  memcpy(x, p->x0, sizeof x);
  assert_int_equal(InteriorPointCreate(p, &ip), 0);
  assert_int_equal(InteriorPointSolve(ip, &options, x, NULL, NULL, NULL, &result), 0);
  assert_string_equal(SolveStatusName(result.status), "iteration-limit");
  assert_int_equal(result.iterations, 3);
  assert_int_equal(InteriorPointDestroy(&ip), 0);
  assert_int_equal(ProgramDestroy(&p), 0);
}

/* ---- the check of derivatives ---- */

static PetscErrorCode WrongGradient(void *context, const PetscReal *x, PetscReal *g)
{
  Hs71Gradient(context, x, g);
  g[2] += 0.01;
  return 0;
}

static PetscErrorCode WrongJacobian(void *context, const PetscReal *x, PetscReal *v)
{
  Hs71Jacobian(context, x, v);
  v[5] *= 1.01;
  return 0;
}

static PetscErrorCode WrongHessian(void *context, const PetscReal *x, PetscReal s, const PetscReal *l, PetscReal *v)
{
  Hs71Hessian(context, x, s, l, v);
  v[7] = -v[7];
  return 0;
}

static void test_check_catches_wrong_derivatives(void **state)
{
  static const PetscReal x[4] = {1.1, 4.2, 3.3, 1.9}, lambda[2] = {-0.5, 0.2};
  Program                p = Hs71();
  PetscReal              error[3];

  (void)state;
  assert_int_equal(ProgramCheckDerivatives(p, x, lambda, &error[0], &error[1], &error[2]), 0);
  for (int k = 0; k < 3; k++) assert_true(error[k] < 1e-7);
  p->ops.gradient = WrongGradient;
  assert_int_equal(ProgramCheckDerivatives(p, x, lambda, &error[0], &error[1], &error[2]), 0);
  assert_true(error[0] > 1e-4 && error[1] < 1e-7);
  p->ops.gradient = Hs71Gradient;
  p->ops.jacobian = WrongJacobian;
  assert_int_equal(ProgramCheckDerivatives(p, x, lambda, &error[0], &error[1], &error[2]), 0);
  assert_true(error[0] < 1e-7 && error[1] > 1e-4);
  p->ops.jacobian = Hs71Jacobian;
  p->ops.hessian  = WrongHessian;
  assert_int_equal(ProgramCheckDerivatives(p, x, lambda, &error[0], &error[1], &error[2]), 0);
  assert_true(error[1] < 1e-7 && error[2] > 1e-2);
  assert_int_equal(ProgramDestroy(&p), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hs71),
      cmocka_unit_test(test_hs13_no_constraint_qualification),
      cmocka_unit_test(test_hs100),
      cmocka_unit_test(test_hs35),
      cmocka_unit_test(test_hs76),
      cmocka_unit_test(test_lp_and_its_dual_prices),
      cmocka_unit_test(test_degenerate_lp),
      cmocka_unit_test(test_dependent_and_free_rows),
      cmocka_unit_test(test_feasible_set_without_interior),
      cmocka_unit_test(test_infeasible_lp),
      cmocka_unit_test(test_crossed_bounds_are_infeasible),
      cmocka_unit_test(test_unbounded_is_never_optimal),
      cmocka_unit_test(test_fixed_variables),
      cmocka_unit_test(test_bounds_only_and_nothing_at_all),
      cmocka_unit_test(test_infeasible_nlp),
      cmocka_unit_test(test_jamming_point_is_told_from_a_solution),
      cmocka_unit_test(test_warm_start_takes_fewer_iterations),
      cmocka_unit_test(test_nonsense_warm_start_falls_back),
      cmocka_unit_test(test_deterministic_bits),
      cmocka_unit_test(test_objective_scale_leaves_the_answer),
      cmocka_unit_test(test_iteration_limit_is_told),
      cmocka_unit_test(test_check_catches_wrong_derivatives),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  cmocka_set_message_output(CM_OUTPUT_STDOUT);
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  if (PetscFinalize()) return 1;
  return failures;
}
