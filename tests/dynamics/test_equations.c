/* The equations: an equilibrium at the start, exact derivatives, islands and faults as said. */
#include "tests/dynamics/grid.h"

#include "dynamics/equations.h"
#include "dynamics/integrator.h"

#include "tests/dynamics/main.h"

static PetscReal Random(void)
{
  static uint32_t seed = 12345;
  seed                 = seed * 1664525u + 1013904223u;
  return (PetscReal)(seed >> 8) / 16777216.0 - 0.5;
}

/* Column by column: central differences of F(y, yp) along y_j and, times cj, along yp_j. */
static void CheckJacobian(Equations eq)
{
  const PetscReal h = 1e-6, cj = 3.7;
  const int64_t   entries = EquationsEntries(eq);
  PetscReal      *y, *yp, *up, *down, *difference, *value;
  PetscReal       worst = 0.0;
  Ok(PetscCalloc6(eq->n, &y, eq->n, &yp, eq->n, &up, eq->n, &down, eq->n, &difference, entries, &value));
  for (PetscInt k = 0; k < eq->n; ++k) {
    y[k]  = eq->start[k] + Random();
    yp[k] = Random();
  }
  EquationsJacobian(eq, y, yp, cj, value);
  for (PetscInt j = 0; j < eq->n; ++j) {
    const PetscReal y0 = y[j], yp0 = yp[j];
    for (PetscInt part = 0; part < 2; ++part) {
      PetscReal *x = part ? &yp[j] : &y[j];
      *x += h;
      EquationsResidual(eq, y, yp, up);
      *x -= 2.0 * h;
      EquationsResidual(eq, y, yp, down);
      y[j]  = y0;
      yp[j] = yp0;
      for (PetscInt i = 0; i < eq->n; ++i) {
        difference[i] = (part ? difference[i] : 0.0) + (part ? cj : 1.0) * (up[i] - down[i]) / (2.0 * h);
      }
    }
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) difference[eq->row_index[k]] -= value[k];
    for (PetscInt i = 0; i < eq->n; ++i) {
      worst = PetscMax(worst, PetscAbsReal(difference[i])); /* entries outside the pattern must be zero too */
    }
  }
  printf("Jacobian: largest difference from finite differences %.2e\n", (double)worst);
  assert_true(worst < 1e-6); /* of entries up to 380 */
  Ok(PetscFree6(y, yp, up, down, difference, value));
}

static void jacobian_agrees_with_finite_differences(void **state)
{
  Grid      grid;
  Equations eq;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  CheckJacobian(eq);
  EquationsApplyFault(eq, GridBus(&grid, 8), 0.0, 0.0);
  Ok(EquationsUpdateTopology(eq, eq->start));
  CheckJacobian(eq);
  EquationsClearFault(eq, GridBus(&grid, 8));
  EquationsApplyFault(eq, GridBus(&grid, 1), 0.01, 0.02);
  eq->branch_closed[GridBranch(&grid, 8, 9)] = PETSC_FALSE;
  Ok(EquationsUpdateTopology(eq, eq->start));
  CheckJacobian(eq);
  EquationsClearFault(eq, GridBus(&grid, 1));
  EquationsApplyFault(eq, GridBus(&grid, 2), 0.0, 0.0); /* bolted at a machine's terminal */
  Ok(EquationsUpdateTopology(eq, eq->start));
  CheckJacobian(eq);
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

static void start_is_an_equilibrium(void **state)
{
  Grid       grid;
  Equations  eq;
  PetscReal *f, *zero;
  (void)state;
  if (!GridLoadNewEngland39(&grid)) skip();
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  assert_int_equal(eq->n_machines, 10);
  assert_int_equal(eq->n, 30 + 2 * 39);
  assert_true(eq->mismatch_pu < 1e-8);
  Ok(PetscCalloc2(eq->n, &f, eq->n, &zero));
  EquationsResidual(eq, eq->start, zero, f);
  for (PetscInt k = 0; k < eq->n; ++k) assert_true(PetscAbsReal(f[k]) < (k < eq->n_states ? 1e-12 : 1e-10));
  Ok(PetscFree2(f, zero));
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

/* A machine starts at the voltage behind its reactance: WSCC 9 as in the textbook, 1.0566 at 2.27 degrees, 1.0502 at
   19.73, 1.0170 at 13.17 (Anderson and Fouad, example 2.6). */
static void initial_angles_are_the_textbooks(void **state)
{
  const PetscReal e[] = {1.0566, 1.0502, 1.0170}, angle[] = {2.27, 19.73, 13.17};
  Grid            grid;
  Equations       eq;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  for (PetscInt d = 0; d < 3; ++d) {
    const PetscReal found = EquationsSignal(eq, d, SIGNAL_ANGLE, eq->start) * 180.0 / PETSC_PI;
    PetscReal       p, q;
    EquationsPower(eq, d, eq->start, &p, &q);
    assert_true(PetscAbsReal(EquationsSignal(eq, d, SIGNAL_EFD, eq->start) - e[d]) < 1e-4);
    assert_true(PetscAbsReal(found - angle[d]) < 0.01);
    assert_true(PetscAbsReal(p * 100.0 - grid.point->generator_p[d]) < 1e-9);
    assert_true(PetscAbsReal(q * 100.0 - grid.point->generator_q[d]) < 1e-9);
  }
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

/* What an operating point lacks is said, and does not make the start move. */
static void wrong_operating_point_is_measured(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result;
  (void)state;
  GridBuildSmib(0.0, &grid);
  grid.point->generator_p[0] += 0.0005 * 2220.0;
  StabilityDefaultOptions(&options);
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 0, NULL, NULL, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_true(PetscAbsReal(result.mismatch_pu - 0.0005) < 1e-9);
  assert_int_equal(result.mismatch_bus, 0);
  assert_true(result.initial_rate <= 1e-8);
  Ok(StabilityDestroy(&stability));
  grid.point->generator_p[0] += 0.001 * 2220.0;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 0, NULL, NULL, &result));
  assert_int_equal(result.verdict, STABILITY_FAILED);
  assert_non_null(strstr(result.criterion, "bus 1"));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* A grid whose every unit is an admittance cannot be simulated: the run fails and says so. */
static void grid_without_a_machine_fails(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result;
  Trajectory       trajectory;
  (void)state;
  GridBuildSmib(0.0, &grid);
  Ok(DeviceTableDestroy(&grid.table));
  Ok(DeviceTableCreate(&grid.table));
  StabilityDefaultOptions(&options);
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilityRun(stability, 0, NULL, &trajectory, &result));
  assert_int_equal(result.verdict, STABILITY_FAILED);
  assert_null(trajectory);
  assert_non_null(strstr(result.criterion, "no machine"));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* Opening a radial branch leaves a bus without a machine, opening another splits the grid into two islands. */
static void trips_make_islands(void **state)
{
  const PetscReal  step = 2.0 * PETSC_PI / 9.0;
  Grid             grid;
  Stability        stability;
  StabilityOptions options;
  StabilityResult  result;
  Trajectory       tr;
  (void)state;
  /* 1 machine - 2 - 3 machine, and 4 hanging on 2 with a load of 20 MW. */
  GridCreate(100.0, 4, 3, 2, &grid);
  GridSetBranch(&grid, 0, 0, 1, 0.1, "1");
  GridSetBranch(&grid, 1, 1, 2, 0.1, "1");
  GridSetBranch(&grid, 2, 1, 3, 0.1, "1");
  Ok(NetworkResizeLoads(grid.net, 1));
  grid.net->load.bus[0] = 3;
  Ok(OperatingPointDestroy(&grid.point));
  Ok(OperatingPointCreate(grid.net, &grid.point));
  const double complex v4 = 1.0, i4 = 0.2, v2 = v4 + 0.1 * I * i4, i1 = 0.6 * cexp(I * step) * 0.5, i3 = i4 - i1;
  const double complex v1 = v2 + 0.1 * I * i1, v3 = v2 + 0.1 * I * i3;
  GridSetVoltage(&grid, 0, v1);
  GridSetVoltage(&grid, 1, v2);
  GridSetVoltage(&grid, 2, v3);
  GridSetVoltage(&grid, 3, v4);
  grid.point->load_p[0] = 20.0;
  GridSetMachine(&grid, 0, 0, 4.0, 0.0, 0.2, v1, i1);
  GridSetMachine(&grid, 1, 2, 5.0, 0.0, 0.2, v3, i3);
  StabilityDefaultOptions(&options);
  options.limits.frequency_low_pu  = -PETSC_INFINITY; /* machines without governors run off once apart */
  options.limits.frequency_high_pu = PETSC_INFINITY;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  const StabilityFault radial = {.bus = 3, .on_s = 0.1, .off_s = 0.15, .trip_branch = 2};
  Ok(StabilityRun(stability, 1, &radial, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(result.n_dead_buses, 1);
  assert_int_equal(result.n_islands, 1);
  assert_true(PetscAbsReal(result.lost_load_mw - 20.0) < 1e-12);
  assert_true(tr->bus_vm_pu[(tr->n_times - 1) * 4 + 3] == 0.0);
  assert_true(tr->bus_vm_pu[(tr->n_times - 1) * 4 + 2] > 0.5);
  Ok(TrajectoryDestroy(&tr));
  /* Apart, the two machines may drift to any angle without being called unstable. */
  const StabilityFault split = {.bus = 0, .on_s = 0.1, .off_s = 0.3, .trip_branch = 0};
  Ok(StabilityRun(stability, 1, &split, &tr, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(result.n_islands, 2);
  assert_int_equal(result.n_dead_buses, 0);
  const PetscReal apart =
      tr->machine_angle_deg[(tr->n_times - 1) * 2] - tr->machine_angle_deg[(tr->n_times - 1) * 2 + 1];
  assert_true(PetscAbsReal(apart) > 360.0);
  Ok(TrajectoryDestroy(&tr));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(jacobian_agrees_with_finite_differences),
      cmocka_unit_test(start_is_an_equilibrium),
      cmocka_unit_test(initial_angles_are_the_textbooks),
      cmocka_unit_test(wrong_operating_point_is_measured),
      cmocka_unit_test(grid_without_a_machine_fails),
      cmocka_unit_test(trips_make_islands),
  };
  return RunTests(argc, argv, tests);
}
