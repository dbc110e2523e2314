/* Anderson acceleration: exact on linear maps, faster than the plain iteration, safe when the residual jumps. */
#include "solver/anderson.h"

#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal(call, 0)
#define N 6

static const PetscReal quick[N] = {0.6, 0.5, -0.8, 0.4, 0.3, 0.1}, slow[N] = {0.97, 0.9, -0.8, 0.6, 0.3, 0.1};

/* G(w) = A w + b with the given eigenvalues, each row coupled to the next. */
static void LinearMap(const PetscReal *factor, const PetscReal *w, PetscReal *image)
{
  for (int i = 0; i < N; i++) image[i] = factor[i] * w[i] + (i + 1 < N ? 0.1 * w[i + 1] : 0) + 1 + i;
}

static PetscReal Distance(const PetscReal *a, const PetscReal *b)
{
  PetscReal sum = 0;
  for (int i = 0; i < N; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum);
}

/* Back substitution of (I - A) w = b. */
static void FixedPoint(const PetscReal *factor, PetscReal *w)
{
  for (int i = N - 1; i >= 0; i--) w[i] = (1 + i + (i + 1 < N ? 0.1 * w[i + 1] : 0)) / (1 - factor[i]);
}

/* Residual after a number of steps with so much memory; none: the plain iteration. */
static PetscReal ResidualAfter(const PetscReal *factor, int steps, PetscInt memory, PetscReal *w)
{
  Anderson  anderson;
  PetscReal image[N];
  PetscBool restarted;

  memset(w, 0, N * sizeof *w);
  OK(AndersonCreate(N, PetscMax(memory, 1), &anderson));
  for (int k = 0; k < steps; k++) {
    LinearMap(factor, w, image);
    if (memory > 0)
      OK(AndersonStep(anderson, w, image, &restarted));
    else
      memcpy(w, image, sizeof image);
  }
  LinearMap(factor, w, image);
  OK(AndersonDestroy(&anderson));
  assert_null(anderson);
  OK(AndersonDestroy(&anderson));
  return Distance(image, w);
}

static void a_linear_map_is_solved_in_little_more_steps_than_it_has_dimensions(void **state)
{
  PetscReal w[N], fixed[N], image[N];

  (void)state;
  FixedPoint(quick, fixed);
  LinearMap(quick, fixed, image);
  assert_true(Distance(fixed, image) < 1e-12 * Distance(fixed, (PetscReal[N]){0}));
  const PetscReal left = ResidualAfter(quick, N + 3, N, w);
  assert_true(left < 1e-9);
  assert_true(Distance(w, fixed) < 1e-8);
}

static void a_short_memory_beats_the_plain_iteration(void **state)
{
  PetscReal w[N];

  (void)state;
  assert_true(ResidualAfter(slow, 40, 3, w) < 0.1 * ResidualAfter(slow, 40, 0, w));
}

static void the_first_step_is_the_plain_one(void **state)
{
  Anderson  anderson;
  PetscReal w[2] = {1, 2};
  PetscBool restarted;

  (void)state;
  OK(AndersonCreate(2, 5, &anderson));
  OK(AndersonStep(anderson, w, (PetscReal[]){4, -1}, &restarted));
  assert_int_equal(restarted, PETSC_FALSE);
  assert_true(w[0] == 4 && w[1] == -1);
  OK(AndersonDestroy(&anderson));
}

static void a_doubled_residual_restarts_with_the_plain_step(void **state)
{
  Anderson  anderson;
  PetscReal w[2] = {0, 0};
  PetscBool restarted;

  (void)state;
  OK(AndersonCreate(2, 5, &anderson));
  OK(AndersonStep(anderson, w, (PetscReal[]){1, 0}, &restarted));
  OK(AndersonStep(anderson, w, (PetscReal[]){w[0] + 0.5, w[1]}, &restarted));
  assert_int_equal(restarted, PETSC_FALSE);
  const PetscReal jump[2] = {w[0], w[1] + 1.1}; /* residual 1.1 after 0.5 */
  OK(AndersonStep(anderson, w, jump, &restarted));
  assert_int_equal(restarted, PETSC_TRUE);
  assert_true(w[0] == jump[0] && w[1] == jump[1]);
  OK(AndersonDestroy(&anderson));
}

static void a_residual_that_stays_the_same_gives_finite_points(void **state)
{
  Anderson  anderson;
  PetscReal w[2] = {0, 0};
  PetscBool restarted;

  (void)state;
  OK(AndersonCreate(2, 5, &anderson));
  for (int k = 0; k < 10; k++) OK(AndersonStep(anderson, w, (PetscReal[]){w[0] + 1, w[1] - 1}, &restarted));
  assert_true(isfinite(w[0]) && isfinite(w[1]));
  OK(AndersonDestroy(&anderson));
}

/* Differences that are rounding alone would give coefficients of any size. */
static void a_residual_that_only_trembles_does_not_throw_the_point_away(void **state)
{
  Anderson  anderson;
  PetscReal w[3] = {0, 0, 0};
  PetscBool restarted;

  (void)state;
  OK(AndersonCreate(3, 5, &anderson));
  for (int k = 0; k < 20; k++) {
    const PetscReal noise = 1e-11 * ((7 * k) % 5 - 2), other = 1e-11 * ((3 * k) % 7 - 3);
    OK(AndersonStep(anderson, w, (PetscReal[]){w[0] + 1 + noise, w[1] - 1 + other, w[2] + 0.5 - noise * k},
                    &restarted));
  }
  assert_true(fabs(w[0]) < 1e4 && fabs(w[1]) < 1e4 && fabs(w[2]) < 1e4);
  OK(AndersonDestroy(&anderson));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_linear_map_is_solved_in_little_more_steps_than_it_has_dimensions),
      cmocka_unit_test(a_short_memory_beats_the_plain_iteration),
      cmocka_unit_test(the_first_step_is_the_plain_one),
      cmocka_unit_test(a_doubled_residual_restarts_with_the_plain_step),
      cmocka_unit_test(a_residual_that_stays_the_same_gives_finite_points),
      cmocka_unit_test(a_residual_that_only_trembles_does_not_throw_the_point_away),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
