/* Verdicts: each criterion fails alone, at the time that a closed form says. */
#include "tests/dynamics/isolated.h"

#include "tests/dynamics/main.h"

#define OMEGA0 (2.0 * PETSC_PI * 60.0)

/* Exactly one criterion failed, and when. */
static void CheckFailure(const StabilityResult *result, VerdictCriterion criterion, PetscReal time, PetscReal tolerance)
{
  assert_int_equal(result->verdict, STABILITY_UNSTABLE);
  for (int c = 0; c < VERDICT_CRITERIA; ++c) assert_int_equal(result->judgement.item[c].passed, c != (int)criterion);
  printf("%s at %.6f s, closed form %.6f s\n", result->judgement.item[criterion].text,
         (double)result->judgement.item[criterion].time_s, (double)time);
  assert_true(PetscAbsReal(result->judgement.item[criterion].time_s - time) < tolerance);
  assert_true(result->violation_s == result->judgement.item[criterion].time_s);
}

/* While the fault is on the machine feeds nothing: delta = d0 + w0 Pm t^2 / (4 H). */
static void a_fault_that_stays_loses_synchronism_when_the_closed_form_says(void **state)
{
  const PetscReal      pm    = SMIB_E * SMIB_EB / SMIB_PRE * sin(SMIB_D0);
  const PetscReal      time  = 0.1 + sqrt((PETSC_PI - SMIB_D0) * 4.0 * SMIB_H / (OMEGA0 * pm));
  const StabilityEvent event = {.time_s = 0.1, .kind = EVENT_FAULT, .bus = 1, .branch = -1};
  StabilityOptions     options;
  StabilityResult      result;
  Grid                 grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  StabilityDefaultOptions(&options);
  Simulate(&grid, &options, 1, &event, NULL, &result);
  CheckFailure(&result, VERDICT_ANGLE, time, 1e-5);
  assert_true(result.end_s >= time - 1e-5 && result.end_s < options.until_s); /* and stops with that step */
  GridDestroy(&grid);
}

/* A reactor b at the load's bus of a machine without load: V = E / (1 + b (x'd + x)), at once and for good. */
static StabilityEvent Reactor(PetscReal time, PetscReal voltage)
{
  const PetscReal b = (1.0 / voltage - 1.0) / (ISOLATED_XD1 + ISOLATED_X);
  return (StabilityEvent){.time_s = time,
                          .kind   = EVENT_LOAD_STEP,
                          .bus    = 1,
                          .branch = -1,
                          .row    = -1,
                          .site   = DEVICE_AT_LOAD,
                          .q_mvar = 100.0 * b};
}

static void a_voltage_that_stays_low_fails_after_its_time(void **state)
{
  const struct {
    PetscReal voltage, time;
  } stage[] = {{0.7, 1.0 + 2.0}, {0.4, 1.0 + 1.0}};
  StabilityOptions options;
  StabilityResult  result;
  Grid             grid;
  (void)state;
  IsolatedCreate(0.0, LOAD_MODEL_IMPEDANCE, &grid);
  StabilityDefaultOptions(&options);
  for (int k = 0; k < 2; ++k) {
    const StabilityEvent event = Reactor(1.0, stage[k].voltage);
    Simulate(&grid, &options, 1, &event, NULL, &result);
    CheckFailure(&result, VERDICT_VOLTAGE, stage[k].time, 1e-8);
    assert_true(PetscAbsReal(result.judgement.min_voltage_pu - stage[k].voltage) < 1e-8);
    assert_int_equal(result.judgement.min_voltage_bus, 1);
  }
  GridDestroy(&grid);
}

static void a_voltage_that_recovers_in_time_passes(void **state)
{
  StabilityEvent   event[2] = {Reactor(1.0, 0.7), Reactor(2.99, 0.7)};
  StabilityOptions options;
  StabilityResult  result;
  Grid             grid;
  (void)state;
  event[1].q_mvar = -event[0].q_mvar;
  IsolatedCreate(0.0, LOAD_MODEL_IMPEDANCE, &grid);
  StabilityDefaultOptions(&options);
  Simulate(&grid, &options, 2, event, NULL, &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  event[1].time_s = 3.01;
  Simulate(&grid, &options, 2, event, NULL, &result);
  CheckFailure(&result, VERDICT_VOLTAGE, 3.0, 1e-8);
  GridDestroy(&grid);
}

/* A fault's own time does not count: what is low after it does. */
static void a_fault_is_no_low_voltage(void **state)
{
  StabilityEvent   event[3] = {{.time_s = 0.5, .kind = EVENT_FAULT, .bus = 1, .branch = -1},
                               {.time_s = 4.0, .kind = EVENT_CLEAR, .bus = 1, .branch = -1},
                               Reactor(4.0, 0.7)};
  StabilityOptions options;
  StabilityResult  result;
  Grid             grid;
  (void)state;
  IsolatedCreate(0.0, LOAD_MODEL_IMPEDANCE, &grid);
  StabilityDefaultOptions(&options);
  options.until_s = 7.0;
  Simulate(&grid, &options, 2, event, NULL, &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  Simulate(&grid, &options, 3, event, NULL, &result);
  CheckFailure(&result, VERDICT_VOLTAGE, 6.0, 1e-8);
  GridDestroy(&grid);
}

/* What is left without a voltage is told; when nothing has one that is no success. */
static void a_blackout_is_no_success(void **state)
{
  const StabilityEvent trip = {
      .time_s = 1.0, .kind = EVENT_TRIP_UNIT, .bus = 0, .branch = -1, .site = DEVICE_AT_GENERATOR, .row = 0};
  const StabilityEvent open = {.time_s = 1.0, .kind = EVENT_TRIP_BRANCH, .bus = -1, .branch = 0};
  StabilityOptions     options;
  StabilityResult      result;
  Grid                 grid;
  (void)state;
  IsolatedCreate(0.0, LOAD_MODEL_IMPEDANCE, &grid);
  StabilityDefaultOptions(&options);
  Simulate(&grid, &options, 1, &open, NULL, &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(result.n_dead_buses, 1);
  Simulate(&grid, &options, 1, &trip, NULL, &result);
  CheckFailure(&result, VERDICT_VOLTAGE, 1.0, 1e-9);
  assert_int_equal(result.n_dead_buses, 2);
  GridDestroy(&grid);
}

/* A step of constant power at a machine with constant mechanical power: dw/dt = -dP / (2 H), a straight line. */
#define STEP_MW 20.0
#define SLOPE (-STEP_MW / 100.0 / (2.0 * ISOLATED_H)) /* per unit per second */

static StabilityEvent PowerStep(PetscReal time, PetscReal p_mw)
{
  return (StabilityEvent){
      .time_s = time, .kind = EVENT_LOAD_STEP, .bus = 1, .branch = -1, .row = 0, .site = DEVICE_AT_LOAD, .p_mw = p_mw};
}

static void a_low_frequency_fails_when_the_line_crosses_the_limit(void **state)
{
  StabilityEvent   event = PowerStep(1.0, STEP_MW);
  StabilityOptions options;
  StabilityResult  result;
  Grid             grid;
  (void)state;
  IsolatedCreate(50.0, LOAD_MODEL_POWER, &grid);
  StabilityDefaultOptions(&options);
  options.relative_tolerance = options.absolute_tolerance = 1e-9;
  Simulate(&grid, &options, 1, &event, NULL, &result);
  CheckFailure(&result, VERDICT_FREQUENCY, 1.0 - 0.05 / SLOPE, 1e-6);
  assert_true(PetscAbsReal(result.judgement.nadir_hz - 60.0 * (1.0 + 4.0 * SLOPE)) < 1e-4);
  assert_true(PetscAbsReal(result.judgement.end_hz - result.judgement.nadir_hz) < 1e-12);
  assert_true(PetscAbsReal(result.judgement.zenith_hz - 60.0) < 1e-9);
  assert_true(PetscAbsReal(result.judgement.max_rocof_hz_per_s - 60.0 * SLOPE) < 1e-4);
  event.p_mw = -STEP_MW;
  Simulate(&grid, &options, 1, &event, NULL, &result);
  CheckFailure(&result, VERDICT_FREQUENCY, 1.0 - 0.05 / SLOPE, 1e-6);
  assert_true(PetscAbsReal(result.judgement.zenith_hz - 60.0 * (1.0 - 4.0 * SLOPE)) < 1e-4);
  GridDestroy(&grid);
}

/* The mean over half a second reaches the limit when the share of it after the step is large enough. */
static void a_fast_frequency_fails_where_the_window_says(void **state)
{
  const PetscReal      limit    = 1.0;
  const StabilityEvent event[2] = {PowerStep(1.13, STEP_MW), PowerStep(1.63, -STEP_MW)};
  StabilityOptions     options;
  StabilityResult      result;
  Grid                 grid;
  (void)state;
  IsolatedCreate(50.0, LOAD_MODEL_POWER, &grid);
  StabilityDefaultOptions(&options);
  options.limits.rocof_limit_hz_per_s = limit;
  Simulate(&grid, &options, 2, event, NULL, &result);
  CheckFailure(&result, VERDICT_FREQUENCY, 1.13 + 0.5 * limit / (-60.0 * SLOPE), 1e-3);
  assert_true(PetscAbsReal(result.judgement.max_rocof_hz_per_s - 60.0 * SLOPE) < 1e-4);
  options.limits.rocof_limit_hz_per_s = 1.3;
  Simulate(&grid, &options, 2, event, NULL, &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  GridDestroy(&grid);
}

static void a_frequency_that_does_not_come_back_fails_at_the_end(void **state)
{
  const StabilityEvent event[2] = {PowerStep(1.0, STEP_MW), PowerStep(2.0, -STEP_MW)};
  StabilityOptions     options;
  StabilityResult      result;
  Grid                 grid;
  (void)state;
  IsolatedCreate(50.0, LOAD_MODEL_POWER, &grid);
  StabilityDefaultOptions(&options);
  options.limits.settling_limit_pu = 0.9 * -SLOPE;
  Simulate(&grid, &options, 2, event, NULL, &result);
  CheckFailure(&result, VERDICT_FREQUENCY, 5.0, 1e-9);
  options.limits.settling_limit_pu = 1.1 * -SLOPE;
  Simulate(&grid, &options, 2, event, NULL, &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fault_that_stays_loses_synchronism_when_the_closed_form_says),
      cmocka_unit_test(a_voltage_that_stays_low_fails_after_its_time),
      cmocka_unit_test(a_voltage_that_recovers_in_time_passes),
      cmocka_unit_test(a_fault_is_no_low_voltage),
      cmocka_unit_test(a_blackout_is_no_success),
      cmocka_unit_test(a_low_frequency_fails_when_the_line_crosses_the_limit),
      cmocka_unit_test(a_fast_frequency_fails_where_the_window_says),
      cmocka_unit_test(a_frequency_that_does_not_come_back_fails_at_the_end),
  };
  return RunTests(argc, argv, tests);
}
