/* Trajectories against closed forms and conservation laws; the recording; the same bytes every time. */
#include "tests/dynamics/grid.h"

#include "tests/dynamics/main.h"

#define OMEGA0 (2.0 * PETSC_PI * 60.0)

/* Interpolated times at which the first machine's speed goes up through zero, after `from`. */
static PetscInt UpwardCrossings(Trajectory tr, PetscReal from, PetscInt most, PetscReal *time)
{
  PetscInt n = 0;
  for (PetscInt k = 1; k < tr->n_times && n < most; ++k) {
    const PetscReal a = tr->machine_speed_dev_pu[(k - 1) * tr->n_machines],
                    b = tr->machine_speed_dev_pu[k * tr->n_machines];
    if (tr->time_s[k - 1] < from || !(a < 0.0 && b >= 0.0)) continue;
    time[n++] = tr->time_s[k - 1] + (tr->time_s[k] - tr->time_s[k - 1]) * a / (a - b);
  }
  return n;
}

/* Kundur (1994), section 12.3.1: w_n = sqrt(w0 Ks / 2H), Ks = E EB cos(d0) / X; damping D / (4H). */
static void small_swings_have_the_closed_forms_frequency_and_damping(void **state)
{
  const PetscReal      ks = SMIB_E * SMIB_EB / SMIB_PRE * cos(SMIB_D0), wn = sqrt(OMEGA0 * ks / (2.0 * SMIB_H));
  const PetscReal      damping = 2.0, sigma = damping / (4.0 * SMIB_H), wd = sqrt(wn * wn - sigma * sigma);
  const StabilityFault touch = {.bus = 1, .x_pu = 20.0, .on_s = 0.05, .off_s = 0.06, .trip_branch = -1};
  PetscReal            time[6], most[2] = {0.0, 0.0};
  Grid                 grid;
  Stability            stability;
  StabilityOptions     options;
  StabilityResult      result;
  Trajectory           tr;
  (void)state;
  GridBuildSmib(damping, &grid);
  StabilityDefaultOptions(&options);
  options.until_s            = 6.0;
  options.output_step_s      = 0.001;
  options.relative_tolerance = 1e-9;
  options.absolute_tolerance = 1e-10;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 1, &touch, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(UpwardCrossings(tr, 0.06, 6, time), 6);
  const PetscReal found = 2.0 * PETSC_PI * 5.0 / (time[5] - time[0]);
  for (PetscInt k = 0; k < tr->n_times; ++k) {
    for (PetscInt w = 0; w < 2; ++w) {
      const PetscReal from = time[w ? 4 : 0], speed = tr->machine_speed_dev_pu[k * tr->n_machines];
      if (tr->time_s[k] >= from && tr->time_s[k] < time[w ? 5 : 1]) most[w] = PetscMax(most[w], speed);
    }
  }
  const PetscReal decay = log(most[0] / most[1]) / (time[4] - time[0]);
  printf("swing: %.5f rad/s, closed form %.5f; decay %.5f /s, closed form %.5f\n", (double)found, (double)wd,
         (double)decay, (double)sigma);
  assert_true(PetscAbsReal(found / wd - 1.0) < 1e-4);
  assert_true(PetscAbsReal(decay / sigma - 1.0) < 2e-3);
  Ok(TrajectoryDestroy(&tr));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* Three machines in a star of reactances, without loads and damping: after the fault the kinetic energy of the swing and
   the potential energy of the reduced network sum to a constant,
   W = sum H w0 w^2 - sum Pm d - sum_{i<j} E_i E_j B_ij cos(d_i - d_j),   B_ij = b_i b_j / sum b. */
static void energy_is_conserved_without_damping(void **state)
{
  const PetscReal      h[3] = {3.0, 5.0, 8.0}, e[3] = {1.1, 1.05, 1.08}, d0[3] = {0.5, -0.1, 0.0}, xd = 0.2, x = 0.15;
  const PetscReal      b      = 1.0 / (xd + x);
  const StabilityFault fault  = {.bus = 3, .on_s = 0.1, .off_s = 0.2, .trip_branch = -1};
  double complex       middle = 0.0;
  PetscReal            first = 0.0, lowest = 0.0, highest = 0.0, kinetic_most = 0.0;
  Grid                 grid;
  Stability            stability;
  StabilityOptions     options;
  StabilityResult      result;
  Trajectory           tr;
  (void)state;
  GridCreate(100.0, 4, 3, 3, &grid);
  for (PetscInt g = 0; g < 3; ++g) middle += e[g] * cexp(I * d0[g]) / 3.0;
  GridSetVoltage(&grid, 3, middle);
  for (PetscInt g = 0; g < 3; ++g) {
    const double complex i = (e[g] * cexp(I * d0[g]) - middle) / (I * (xd + x)), v = middle + I * x * i;
    GridSetBranch(&grid, g, g, 3, x, "1");
    GridSetVoltage(&grid, g, v);
    GridSetMachine(&grid, g, g, h[g], 0.0, xd, v, i);
  }
  StabilityDefaultOptions(&options);
  options.until_s = 10.0;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 1, &fault, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  for (PetscInt k = 0, seen = 0; k < tr->n_times; ++k) {
    const PetscReal *w = &tr->machine_speed_dev_pu[3 * k], *a = &tr->machine_angle_deg[3 * k];
    PetscReal        kinetic = 0.0, potential = 0.0;
    if (tr->time_s[k] <= fault.off_s) continue;
    for (PetscInt i = 0; i < 3; ++i) {
      kinetic += h[i] * OMEGA0 * w[i] * w[i];
      potential -= tr->machine_pmech_pu[3 * k + i] * a[i] * PETSC_PI / 180.0;
      for (PetscInt j = 0; j < i; ++j) potential -= e[i] * e[j] * b / 3.0 * cos((a[i] - a[j]) * PETSC_PI / 180.0);
    }
    const PetscReal total = kinetic + potential;
    if (!seen++) first = lowest = highest = total;
    lowest       = PetscMin(lowest, total);
    highest      = PetscMax(highest, total);
    kinetic_most = PetscMax(kinetic_most, kinetic);
  }
  printf("energy: %.6f, drift %.2e over 10 s, largest kinetic energy %.4f, spread %.1f degrees\n", (double)first,
         (double)(highest - lowest), (double)kinetic_most, (double)result.max_angle_spread_deg);
  assert_true(kinetic_most > 0.05);
  assert_true(highest - lowest < 1e-3 * kinetic_most);
  Ok(TrajectoryDestroy(&tr));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* During a bolted fault at its terminal's far side a machine delivers nothing: d(t) = d0 + w0 Pm t^2 / (4H). */
static void angle_runs_off_as_a_parabola_during_a_fault(void **state)
{
  const StabilityFault fault = {.bus = 1, .on_s = 0.1, .off_s = PETSC_INFINITY, .trip_branch = -1};
  const PetscReal      pm    = SMIB_E * SMIB_EB / SMIB_PRE * sin(SMIB_D0);
  Grid                 grid;
  Stability            stability;
  StabilityOptions     options;
  StabilityResult      result;
  Trajectory           tr;
  (void)state;
  GridBuildSmib(0.0, &grid);
  StabilityDefaultOptions(&options);
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 1, &fault, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_UNSTABLE);
  for (PetscInt k = 0; k < tr->n_times; ++k) {
    const PetscReal t = PetscMax(0.0, tr->time_s[k] - 0.1), d = SMIB_D0 + OMEGA0 * pm * t * t / (4.0 * SMIB_H);
    assert_true(PetscAbsReal(tr->machine_angle_deg[2 * k] - d * 180.0 / PETSC_PI) < 1e-3);
  }
  const PetscReal t180 = 0.1 + sqrt((PETSC_PI - SMIB_D0) * 4.0 * SMIB_H / (OMEGA0 * pm));
  assert_true(PetscAbsReal(result.violation_s - t180) < 1e-5);
  Ok(TrajectoryDestroy(&tr));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

static void grid_left_alone_does_not_move(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result;
  Trajectory       tr;
  PetscReal        moved = 0.0;
  (void)state;
  if (!GridLoadNewEngland39(&grid)) skip();
  StabilityDefaultOptions(&options);
  options.until_s = 20.0;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 0, NULL, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(tr->n_times, 2001);
  for (PetscInt k = 0; k < tr->n_times; ++k) {
    for (PetscInt m = 0; m < tr->n_machines; ++m) {
      const PetscReal angle = tr->machine_angle_deg[k * tr->n_machines + m] - tr->machine_angle_deg[m];
      moved                 = PetscMax(moved, PetscAbsReal(angle) * PETSC_PI / 180.0);
      moved                 = PetscMax(moved, PetscAbsReal(tr->machine_speed_dev_pu[k * tr->n_machines + m]));
    }
    for (PetscInt i = 0; i < tr->n_buses; ++i) {
      moved = PetscMax(moved, PetscAbsReal(tr->bus_vm_pu[k * tr->n_buses + i] - tr->bus_vm_pu[i]));
    }
  }
  printf("20 s without event: initial rate %.2e, moved %.2e, %d steps\n", (double)result.initial_rate, (double)moved,
         (int)result.steps);
  assert_true(result.initial_rate < 1e-8);
  assert_true(moved < 1e-6);
  Ok(TrajectoryDestroy(&tr));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* An event's instant stands twice; differential states go through it, voltages jump. */
static void events_are_recorded_before_and_after(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result;
  Trajectory       tr;
  PetscInt         twice = 0;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  StabilityDefaultOptions(&options);
  const StabilityFault fault = {
      .bus = GridBus(&grid, 8), .on_s = 0.1, .off_s = 0.2, .trip_branch = GridBranch(&grid, 8, 9)};
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 1, &fault, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(tr->n_times, 501 + 2);
  assert_string_equal(tr->machine[1], "2:1");
  for (PetscInt k = 1; k < tr->n_times; ++k) {
    const PetscReal *before = &tr->bus_vm_pu[(k - 1) * 9], *after = &tr->bus_vm_pu[k * 9];
    assert_true(tr->time_s[k] >= tr->time_s[k - 1]);
    if (tr->time_s[k] > tr->time_s[k - 1]) continue;
    ++twice;
    for (PetscInt m = 0; m < 3; ++m) {
      assert_true(tr->machine_angle_deg[k * 3 + m] == tr->machine_angle_deg[(k - 1) * 3 + m]);
    }
    assert_true(PetscAbsReal(after[fault.bus] - before[fault.bus]) > 0.5);
    assert_true((twice == 1 ? after : before)[fault.bus] < 1e-15);
  }
  assert_int_equal(twice, 2);
  Ok(TrajectoryDestroy(&tr));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

static void same_run_gives_the_same_bytes(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result[2];
  Trajectory       tr[2];
  CctResult        between;
  (void)state;
  if (!GridLoadNewEngland39(&grid)) skip();
  StabilityDefaultOptions(&options);
  options.until_s            = 3.0;
  const StabilityFault fault = {
      .bus = GridBus(&grid, 16), .on_s = 0.1, .off_s = 0.2, .trip_branch = GridBranch(&grid, 16, 17)};
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  for (PetscInt k = 0; k < 2; ++k) {
    Ok(StabilityRun(stability, 1, &fault, &tr[k], &result[k]));
    Ok(StabilityCriticalClearing(stability, 1, &fault, 0, &between));
  }
  assert_int_equal(tr[0]->n_times, tr[1]->n_times);
  assert_int_equal(result[0].steps, result[1].steps);
  const size_t n = (size_t)tr[0]->n_times * sizeof(PetscReal);
  assert_memory_equal(tr[0]->bus_vm_pu, tr[1]->bus_vm_pu, 39 * n);
  assert_memory_equal(tr[0]->machine_angle_deg, tr[1]->machine_angle_deg, 10 * n);
  printf("New England 39, fault at 16 opening 16-17: critical clearing %.4f s (%s)\n", (double)between.cct_seconds,
         between.text);
  for (PetscInt k = 0; k < 2; ++k) Ok(TrajectoryDestroy(&tr[k]));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* A bolted fault is the limit of one with a small impedance. */
static void small_impedance_is_nearly_bolted(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result[2];
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  StabilityDefaultOptions(&options);
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  for (PetscInt k = 0; k < 2; ++k) {
    const StabilityFault fault = {
        .bus = GridBus(&grid, 2), .x_pu = k ? 1e-7 : 0.0, .on_s = 0.1, .off_s = 0.2, .trip_branch = -1};
    Ok(StabilityRun(stability, 1, &fault, NULL, &result[k]));
    assert_int_equal(result[k].verdict, STABILITY_STABLE);
  }
  assert_true(PetscAbsReal(result[0].max_angle_spread_deg - result[1].max_angle_spread_deg) < 0.05);
  assert_true(result[0].max_angle_spread_deg > 40.0);
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* Faults as text, and what is wrong with them. */
static void fault_texts_are_read_or_refused(void **state)
{
  static const char *const wrong[] = {"",
                                      "on=0,off=0.1",
                                      "bus=8,on=x",
                                      "bus=99,on=0,off=0.1",
                                      "bus=2,on=0.2,off=0.1",
                                      "bus=2,on=-1,off=0.1",
                                      "bus=2,on=0,off=0.1,trip=1-3",
                                      "bus=2,on=0,off=0.1,trip=2-3:7",
                                      "bus=2,on=0,off=0.1,trip=2",
                                      "bus=2,on=0,off=0.1,bus=3",
                                      "bus=2,on=nan,off=0.1",
                                      "bus=2,on=0,off=nan",
                                      "bus=2,what=0",
                                      "bus=2,,"};
  Grid                     grid;
  Faults                   faults;
  StabilityFault           fault;
  PetscBool                ok;
  (void)state;
  GridBuildSmib(0.0, &grid);
  Ok(FaultsCreate(&faults));
  Ok(StabilityFaultParse(grid.net, "bus=2,on=0.5,off=0.6,trip=3-2:2,r=0.01,x=0.02", faults, &fault, &ok));
  FaultsView(faults, stdout);
  assert_true(ok);
  assert_int_equal(fault.bus, 1);
  assert_int_equal(fault.trip_branch, 2);
  assert_true(fault.on_s == 0.5 && fault.off_s == 0.6 && fault.r_pu == 0.01 && fault.x_pu == 0.02);
  Ok(StabilityFaultParse(grid.net, "bus=3", faults, &fault, &ok));
  assert_true(ok && fault.trip_branch == -1 && fault.on_s == 0.0 && fault.off_s > 1e300);
  assert_int_equal(FaultsCount(faults), 0);
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    const PetscInt before = FaultsErrorCount(faults);
    Ok(StabilityFaultParse(grid.net, wrong[k], faults, &fault, &ok));
    assert_false(ok);
    assert_true(FaultsErrorCount(faults) > before);
  }
  Ok(FaultsDestroy(&faults));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_swings_have_the_closed_forms_frequency_and_damping),
      cmocka_unit_test(energy_is_conserved_without_damping),
      cmocka_unit_test(angle_runs_off_as_a_parabola_during_a_fault),
      cmocka_unit_test(grid_left_alone_does_not_move),
      cmocka_unit_test(events_are_recorded_before_and_after),
      cmocka_unit_test(same_run_gives_the_same_bytes),
      cmocka_unit_test(small_impedance_is_nearly_bolted),
      cmocka_unit_test(fault_texts_are_read_or_refused),
  };
  return RunTests(argc, argv, tests);
}
