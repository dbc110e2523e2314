/* Linear and quadratic programs: closed forms, textbook cases that trouble other methods, random programs whose optimum is known by
   construction, and those that have none. */
#include "tests/solver/linear_support.h"

#define INF INFINITY

static LinearOptions Options(void)
{
  LinearOptions options;

  LinearDefaultOptions(&options);
  return options;
}

static void assert_near(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (fabs(found - expected) > tolerance * (1 + fabs(expected)))
    fail_msg("found %.12g, expected %.12g", (double)found, (double)expected);
}

/* Solved with and without presolve, to the objective given, with multipliers that prove it. */
static void Check(LinearProgram p, PetscReal objective)
{
  for (int presolve = 0; presolve < 2; presolve++) {
    LinearOptions options = Options();
    Solved        s;

    options.presolve = (PetscBool)presolve;
    s                = Solve(PETSC_COMM_SELF, p, &options);
    AssertOptimal(p, &s, 1e-6);
    assert_near(s.result.objective, objective, 1e-7);
    assert_near(s.result.dual_objective, objective, 1e-6);
    SolvedFree(&s);
  }
  assert_int_equal(LinearProgramDestroy(&p), 0);
}

static void CheckHopeless(LinearProgram p, PetscBool unbounded)
{
  for (int presolve = 0; presolve < 2; presolve++) {
    LinearOptions options = Options();
    Solved        s;

    options.presolve = (PetscBool)presolve;
    s                = Solve(PETSC_COMM_SELF, p, &options);
    assert_int_equal(s.result.status, SOLVE_INFEASIBLE);
    assert_int_equal(s.result.unbounded, unbounded);
    SolvedFree(&s);
  }
  assert_int_equal(LinearProgramDestroy(&p), 0);
}

/* Two plants serve one load of 100: the cheap one at its limit of 60, the dear one sets the price. */
static void test_merit_order_and_its_prices(void **state)
{
  const PetscReal cost[] = {10, 30}, lower[] = {0, 0}, upper[] = {60, 80}, a[] = {1, 1}, load[] = {100};
  LinearProgram   p       = Dense(2, 1, cost, NULL, lower, upper, a, load, load);
  LinearOptions   options = Options();
  Solved          s       = Solve(PETSC_COMM_SELF, p, &options);

  (void)state;
  AssertOptimal(p, &s, 1e-7);
  assert_near(s.x[0], 60, 1e-6);
  assert_near(s.x[1], 40, 1e-6);
  assert_near(s.y[0], 30, 1e-6);
  assert_near(s.z[0], -20, 1e-6);
  SolvedFree(&s);
  assert_int_equal(LinearProgramDestroy(&p), 0);
}

/* On this program the simplex method with the usual rules cycles (Beale 1955). */
static void test_beale_cycle(void **state)
{
  const PetscReal cost[] = {-0.75, 150, -0.02, 6}, lower[4] = {0}, upper[] = {INF, INF, INF, INF};
  const PetscReal a[] = {0.25, -60, -0.04, 9, 0.5, -90, -0.02, 3, 0, 0, 1, 0}, rl[] = {-INF, -INF, -INF},
                  ru[] = {0, 0, 1};

  (void)state;
  Check(Dense(4, 3, cost, NULL, lower, upper, a, rl, ru), -0.05);
}

/* The cube that takes the simplex method through all corners (Klee, Minty 1972), in ten dimensions. */
static void test_klee_minty_cube(void **state)
{
  enum { N = 10 };
  PetscReal cost[N], lower[N] = {0}, upper[N], a[N * N] = {0}, rl[N], ru[N];

  (void)state;
  for (int i = 0; i < N; i++) {
    cost[i]  = -pow(2, N - 1 - i);
    upper[i] = INF;
    rl[i]    = -INF;
    ru[i]    = pow(5, i + 1);
    for (int j = 0; j < i; j++) a[i * N + j] = pow(2, i - j + 1);
    a[i * N + i] = 1;
  }
  Check(Dense(N, N, cost, NULL, lower, upper, a, rl, ru), -pow(5, N));
}

/* An assignment of three to three: every vertex is degenerate, a row is superfluous. */
static void test_degenerate_assignment(void **state)
{
  const PetscReal cost[] = {4, 1, 3, 2, 0, 5, 3, 2, 2}, lower[9] = {0}, one[] = {1, 1, 1, 1, 1, 1};
  PetscReal       upper[9], a[54] = {0};

  (void)state;
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) {
      a[i * 9 + i * 3 + j]       = 1;
      a[(3 + j) * 9 + i * 3 + j] = 1;
      upper[i * 3 + j]           = INF;
    }
  }
  Check(Dense(9, 6, cost, NULL, lower, upper, a, one, one), 5);
}

static void test_free_fixed_and_empty(void **state)
{
  /* x free, y fixed to 2, w in no row at its cheaper bound, an empty row and a free row: x + y >= 5, x - v = -1. */
  const PetscReal cost[] = {1, 7, -3, 2}, lower[] = {-INF, 2, -1, -INF}, upper[] = {INF, 2, 4, INF};
  const PetscReal a[]  = {1, 1, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 1, 1, 1, 1};
  const PetscReal rl[] = {5, -1, -3, -INF}, ru[] = {INF, -1, 0, INF};

  (void)state;
  Check(Dense(4, 4, cost, NULL, lower, upper, a, rl, ru), 3 + 14 - 12 + 8);
}

/* min (x - 3)^2 + (y + 1)^2 - 10 on x + y = 1, y >= 0: x = 1, y = 0. */
static void test_quadratic_closed_form(void **state)
{
  const PetscReal cost[] = {-6, 2}, quadratic[] = {2, 2}, lower[] = {-INF, 0}, upper[] = {INF, INF}, a[] = {1, 1},
                  one[] = {1};

  (void)state;
  Check(Dense(2, 1, cost, quadratic, lower, upper, a, one, one), 1 - 6);
}

static void test_huge_bounds_and_costs_apart(void **state)
{
  /* A capacity at 1e5 a year with a limit of 1e9, energy at 0.01, scarcity at 3000: 8760 hours of 5000. */
  const PetscReal cost[] = {1e5, 87.6, 3000 * 8760.0}, lower[3] = {0}, upper[] = {1e9, 1e30, INF};
  const PetscReal a[] = {-0.9, 1, 0, 0, 1, 1}, rl[] = {-INF, 5000}, ru[] = {0, 5000};

  (void)state;
  Check(Dense(3, 2, cost, NULL, lower, upper, a, rl, ru), 1e5 * 5000 / 0.9 + 87.6 * 5000);
}

static void test_infeasible_is_said(void **state)
{
  const PetscReal zero[3] = {0}, none[] = {-INF, -INF, -INF}, top[] = {INF, INF, INF}, cost[] = {1, 1, 1},
                  ten[] = {10, 10, 10};
  const PetscReal a[] = {1, 1, 0, 1, 1, 0}, rl[] = {3, -INF}, ru[] = {INF, 2};
  const PetscReal b[] = {1, 1, 0, 1, 0, 1, 0, 1, -1}, e[] = {3, 2, 5};
  const PetscReal far_lower[] = {50, -INF}, far_upper[] = {INF, 100};

  (void)state;
  CheckHopeless(Dense(3, 2, cost, NULL, zero, top, a, rl, ru), PETSC_FALSE);
  CheckHopeless(Dense(3, 3, cost, NULL, none, top, b, e, e), PETSC_FALSE);
  CheckHopeless(Dense(3, 2, cost, NULL, zero, ten, a, far_lower, far_upper), PETSC_FALSE);
}

static void test_unbounded_is_said(void **state)
{
  const PetscReal cost[] = {-1, -1, 0}, zero[3] = {0}, top[] = {INF, INF, INF};
  const PetscReal a[] = {1, -1, 0, 1, 1, -1}, rl[] = {-INF, -INF}, ru[] = {2, 5};

  (void)state;
  CheckHopeless(Dense(3, 2, cost, NULL, zero, top, a, rl, ru), PETSC_TRUE);
}

static void RandomRun(const Shape *shape, int cases)
{
  for (int seed = 1; seed <= cases; seed++) {
    PetscReal     optimum;
    LinearProgram p = Random(shape, (unsigned long long)seed, &optimum);

    Check(p, optimum);
  }
}

static void test_random_small(void **state)
{
  (void)state;
  RandomRun(&(Shape){.n = 8, .m = 5, .entries = 3}, 60);
  RandomRun(&(Shape){.n = 12, .m = 20, .entries = 4}, 40);
  RandomRun(&(Shape){.n = 40, .m = 25, .entries = 5, .degenerate = 0.5}, 40);
}

static void test_random_badly_scaled(void **state)
{
  (void)state;
  RandomRun(&(Shape){.n = 60, .m = 40, .entries = 5, .orders = 2}, 30);
  RandomRun(&(Shape){.n = 200, .m = 150, .entries = 6, .orders = 3, .degenerate = 0.3}, 10);
}

static void test_random_quadratic(void **state)
{
  (void)state;
  RandomRun(&(Shape){.n = 60, .m = 40, .entries = 5, .quadratic = 0.6}, 30);
}

static void test_random_large_in_blocks(void **state)
{
  (void)state;
  RandomRun(&(Shape){.n = 2000, .m = 1200, .entries = 4, .stages = 60}, 2);
  RandomRun(&(Shape){.n = 1500, .m = 1800, .entries = 4, .stages = 60, .degenerate = 0.3}, 2);
}

/* A row that contradicts the others by one unit makes any program infeasible, however it is found. */
static void test_random_infeasible(void **state)
{
  const Shape shape = {.n = 40, .m = 25, .entries = 5};

  (void)state;
  for (int seed = 1; seed <= 30; seed++) {
    PetscReal     optimum, sum = 0, value[64] = {0};
    LinearProgram p = Random(&shape, (unsigned long long)seed, &optimum);
    PetscInt      column[64], row;

    /* The equality rows added up, with another right-hand side. */
    for (PetscInt j = 0; j < p->n; j++) column[j] = j;
    for (PetscInt i = 0; i < p->m; i++) {
      if (p->row_lower[i] != p->row_upper[i]) continue;
      sum += p->row_lower[i];
      for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) value[p->column[k]] += p->value[k];
    }
    assert_int_equal(LinearProgramAddRow(p, (LinearLabel){0, 0, -1}, sum + 1, INF, p->n, column, value, &row), 0);
    CheckHopeless(p, PETSC_FALSE);
  }
}

/* 30 of load, 20 of supply: ten are missing where they cost least, and the other row stays whole. */
static void test_elastic_tells_what_is_missing(void **state)
{
  const PetscReal cost[] = {5, 5}, lower[] = {0, 0}, upper[] = {20, 20}, a[] = {1, 0, 1, 1, 0, 1}, load[] = {30, 35, 8};
  const PetscReal price[] = {1, 0, 2}, top[] = {30, INF, 8};
  LinearProgram   p       = Dense(2, 3, cost, NULL, lower, upper, a, load, top);
  LinearOptions   options = Options();
  LinearResult    result;
  PetscReal       broken[3];

  (void)state;
  /* x = 20 at most: row 0 lacks 10. x + y >= 35 must hold: y = 15, row 2 has 7 too many. */
  assert_int_equal(LinearSolveElastic(PETSC_COMM_SELF, p, &options, price, broken, &result), 0);
  assert_int_equal(result.status, SOLVE_OPTIMAL);
  assert_near(broken[0], 10, 1e-6);
  assert_near(broken[1], 0, 1e-6);
  assert_near(broken[2], -7, 1e-6);
  assert_near(result.objective, 24, 1e-6);
  assert_int_equal(PetscFree(result.history), 0);
  assert_int_equal(LinearProgramDestroy(&p), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_merit_order_and_its_prices),
      cmocka_unit_test(test_beale_cycle),
      cmocka_unit_test(test_klee_minty_cube),
      cmocka_unit_test(test_degenerate_assignment),
      cmocka_unit_test(test_free_fixed_and_empty),
      cmocka_unit_test(test_quadratic_closed_form),
      cmocka_unit_test(test_huge_bounds_and_costs_apart),
      cmocka_unit_test(test_infeasible_is_said),
      cmocka_unit_test(test_unbounded_is_said),
      cmocka_unit_test(test_random_small),
      cmocka_unit_test(test_random_badly_scaled),
      cmocka_unit_test(test_random_quadratic),
      cmocka_unit_test(test_random_large_in_blocks),
      cmocka_unit_test(test_random_infeasible),
      cmocka_unit_test(test_elastic_tells_what_is_missing),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (PetscFinalize()) return 1;
  return failed;
}
