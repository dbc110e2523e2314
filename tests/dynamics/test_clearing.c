/* Critical clearing times against the textbooks: WSCC 9 (Anderson and Fouad), Kundur's example 13.1. */
#include "tests/dynamics/grid.h"

#include "tests/dynamics/main.h"

static void Clearing(const Grid *grid, PetscInt bus, PetscInt branch, CctResult *result)
{
  const StabilityFault fault = {.bus = bus, .on_s = 0.0, .off_s = 0.1, .trip_branch = branch};
  StabilityOptions     options;
  Stability            stability;
  StabilityDefaultOptions(&options);
  Ok(StabilityCreate(grid->net, grid->point, grid->table, &options, &stability));
  Ok(StabilityCriticalClearing(stability, 1, &fault, 0, result));
  Ok(StabilityDestroy(&stability));
}

/* Bus, branch and time in MATPOWER's numbers; to within 2 ms. */
static void CheckWscc9(PetscInt bus, PetscInt from, PetscInt to, PetscReal expected)
{
  Grid      grid;
  CctResult result;
  if (!GridLoadWscc9(&grid)) skip();
  Clearing(&grid, GridBus(&grid, bus), GridBranch(&grid, from, to), &result);
  printf("WSCC 9: fault at %d, opening %d-%d: %.4f s (textbook %.3f), %d runs, %d steps, %.3f s\n", (int)bus, (int)from,
         (int)to, (double)result.cct_seconds, (double)expected, (int)result.runs, (int)result.steps,
         result.solve_seconds);
  assert_int_equal(result.status, CCT_FOUND);
  assert_true(PetscAbsReal(result.cct_seconds - expected) <= 0.002);
  GridDestroy(&grid);
}

static void wscc9_fault_at_8_opening_8_9(void **state)
{
  (void)state;
  CheckWscc9(8, 8, 9, 0.161);
}

static void wscc9_fault_at_8_opening_8_7(void **state)
{
  (void)state;
  CheckWscc9(8, 8, 7, 0.181);
}

static void wscc9_fault_at_6_opening_6_7(void **state)
{
  (void)state;
  CheckWscc9(6, 6, 7, 0.234);
}

static void wscc9_fault_at_7_opening_8_7(void **state)
{
  (void)state;
  CheckWscc9(7, 8, 7, 0.257);
}

static void wscc9_fault_at_9_opening_9_8(void **state)
{
  (void)state;
  CheckWscc9(9, 9, 8, 0.317);
}

static void wscc9_fault_at_4_opening_4_5(void **state)
{
  (void)state;
  CheckWscc9(4, 4, 5, 0.310);
}

/* Equal areas: with no transfer during the fault, cos(dc) = sin(d0') (dm - d0) + cos(dm), where dm is the unstable
   equilibrium after clearing; under constant acceleration dc is reached after sqrt(4 H (dc - d0) / (w0 Pm)). */
static void machine_at_infinite_bus_clears_by_equal_areas(void **state)
{
  const PetscReal pm = SMIB_E * SMIB_EB / SMIB_PRE * sin(SMIB_D0), p_post = SMIB_E * SMIB_EB / SMIB_POST;
  const PetscReal dm = PETSC_PI - asin(pm / p_post), dc = acos(pm / p_post * (dm - SMIB_D0) + cos(dm));
  const PetscReal tc = sqrt(4.0 * SMIB_H * (dc - SMIB_D0) / (2.0 * PETSC_PI * 60.0 * pm));
  Grid            grid;
  CctResult       result;
  (void)state;
  assert_true(PetscAbsReal(dc * 180.0 / PETSC_PI - 52.24) < 0.01);
  assert_true(PetscAbsReal(tc - 0.087) < 0.0005);
  GridBuildSmib(0.0, &grid);
  Clearing(&grid, 1, 2, &result);
  printf("infinite bus: critical clearing %.5f s, closed form %.5f s, angle %.3f degrees\n", (double)result.cct_seconds,
         (double)tc, (double)(dc * 180.0 / PETSC_PI));
  assert_int_equal(result.status, CCT_FOUND);
  assert_true(PetscAbsReal(result.cct_seconds - tc) <= 1.5e-4); /* bisection's tolerance and the integrator's */
  GridDestroy(&grid);
}

/* A high impedance is never a danger; a fault after one that was cleared too late does not matter any more. */
static void search_says_when_there_is_no_critical_time(void **state)
{
  Grid             grid;
  CctResult        result;
  Stability        stability;
  StabilityOptions options;
  (void)state;
  GridBuildSmib(0.0, &grid);
  StabilityDefaultOptions(&options);
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  const StabilityFault weak = {.bus = 1, .x_pu = 50.0, .on_s = 0.1, .off_s = 0.2, .trip_branch = -1};
  Ok(StabilityCriticalClearing(stability, 1, &weak, 0, &result));
  assert_int_equal(result.status, CCT_STABLE_AT_LONGEST);
  assert_true(PetscIsNanReal(result.cct_seconds));
  const StabilityFault late = {.bus = 1, .on_s = 5.0, .off_s = 5.1, .trip_branch = -1};
  Ok(StabilityCriticalClearing(stability, 1, &late, 0, &result));
  assert_int_equal(result.status, CCT_FAILED);
  const StabilityFault both[] = {{.bus = 1, .on_s = 0.1, .off_s = 0.3, .trip_branch = 2},
                                 {.bus = 1, .on_s = 2.0, .off_s = 2.1, .trip_branch = -1}};
  Ok(StabilityCriticalClearing(stability, 2, both, 1, &result));
  assert_int_equal(result.status, CCT_UNSTABLE_AT_ZERO);
  assert_true(PetscIsNanReal(result.cct_seconds));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wscc9_fault_at_8_opening_8_9),
      cmocka_unit_test(wscc9_fault_at_8_opening_8_7),
      cmocka_unit_test(wscc9_fault_at_6_opening_6_7),
      cmocka_unit_test(wscc9_fault_at_7_opening_8_7),
      cmocka_unit_test(wscc9_fault_at_9_opening_9_8),
      cmocka_unit_test(wscc9_fault_at_4_opening_4_5),
      cmocka_unit_test(machine_at_infinite_bus_clears_by_equal_areas),
      cmocka_unit_test(search_says_when_there_is_no_critical_time),
  };
  return RunTests(argc, argv, tests);
}
