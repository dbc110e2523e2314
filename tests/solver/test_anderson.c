/* Anderson acceleration: exact on linear maps, faster than the plain iteration, safe when the residual jumps. */
#include "solver/anderson.h"

#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal(call, 0)
#define N 6

/* G(w) = A w + b with eigenvalues 0.1 to 0.97, coupled by a rotation in the plane of neighbours. */
static void LinearMap(const PetscReal *w, PetscReal *image)
{
  static const PetscReal factor[N] = {0.97, 0.9, -0.8, 0.6, 0.3, 0.1};
  for (int i = 0; i < N; i++) image[i] = factor[i] * w[i] + (i + 1 < N ? 0.2 * w[i + 1] : 0) + 1 + i;
}

static PetscReal Distance(const PetscReal *a, const PetscReal *b)
{
  PetscReal sum = 0;
  for (int i = 0; i < N; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum);
}

/* Back substitution of (I - A) w = b. */
static void FixedPoint(PetscReal *w)
{
  static const PetscReal factor[N] = {0.97, 0.9, -0.8, 0.6, 0.3, 0.1};
  for (int i = N - 1; i >= 0; i--) w[i] = (1 + i + (i + 1 < N ? 0.2 * w[i + 1] : 0)) / (1 - factor[i]);
}

static void a_linear_map_is_solved_in_as_many_steps_as_it_has_dimensions(void **state)
{
  Anderson  anderson;
  PetscReal w[N] = {0}, image[N], fixed[N], first = 0;
  PetscBool restarted;

  (void)state;
  FixedPoint(fixed);
  LinearMap(fixed, image);
  assert_true(Distance(fixed, image) < 1e-10 * Distance(fixed, w));
  OK(AndersonCreate(N, N, &anderson));
  for (int k = 0; k < N + 2; k++) {
    LinearMap(w, image);
    if (k == 0) first = Distance(image, w);
    OK(AndersonStep(anderson, w, image, &restarted));
  }
  LinearMap(w, image);
  assert_true(Distance(image, w) < 1e-5 * first);
  assert_true(Distance(w, fixed) < 1e-3 * first);
  OK(AndersonDestroy(&anderson));
  assert_null(anderson);
  OK(AndersonDestroy(&anderson));
}

static void a_short_memory_still_beats_the_plain_iteration(void **state)
{
  Anderson  anderson;
  PetscReal w[N] = {0}, plain[N] = {0}, image[N];
  PetscBool restarted;

  (void)state;
  OK(AndersonCreate(N, 3, &anderson));
  for (int k = 0; k < 30; k++) {
    LinearMap(w, image);
    OK(AndersonStep(anderson, w, image, &restarted));
    LinearMap(plain, image);
    memcpy(plain, image, sizeof plain);
  }
  LinearMap(plain, image);
  const PetscReal slow = Distance(plain, image);
  LinearMap(w, image);
  assert_true(Distance(w, image) < 0.01 * slow);
  OK(AndersonDestroy(&anderson));
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

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_linear_map_is_solved_in_as_many_steps_as_it_has_dimensions),
      cmocka_unit_test(a_short_memory_still_beats_the_plain_iteration),
      cmocka_unit_test(the_first_step_is_the_plain_one),
      cmocka_unit_test(a_doubled_residual_restarts_with_the_plain_step),
      cmocka_unit_test(a_residual_that_stays_the_same_gives_finite_points),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
