/* Whole systems through whatever happens to them: every fault has a verdict, and the same case the same bytes whenever it
   is run. With ARCHIPELAGO_ALL_SYSTEMS set (the test's slow form) the large systems too, branch and unit trips, and loads
   of constant power. */
#include "tests/dynamics/pair.h"

#include "tests/dynamics/main.h"

#define FOLDER "dynamics/gridpack/"

typedef struct {
  const char *raw, *dyr;
  PetscInt    stride;   /* every so many buses have a fault */
  PetscBool   large;    /* slow form only */
  PetscInt    warnings; /* devices whose start is outside their limits */
} System;

static const System systems[] = {
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GAST.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_ESST1A.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_ESST1A_WSIEG1.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_EXDC1.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENROU_EXDC1_WSIEG1.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENSAL.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENSAL_ESST1A.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_GENSAL_ESST1A_WSIEG1.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_HYGOV.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_REGCA1_REECA1_REPCA1.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/case9.raw", FOLDER "dyr/case9_SEXS.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/9b3g.raw", FOLDER "dyr/9b3g.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_4renewable_mech.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_4renewable_regcc1.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_esst1a.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_esst4b.dyr", 1, PETSC_FALSE, 0},
    {FOLDER "raw/kundur-twoarea_v33.raw", FOLDER "dyr/kundur-twoarea_wsieg1.dyr", 1, PETSC_FALSE, 0},
    {"dynamics/griddyn/IEEE39.raw", "dynamics/griddyn/IEEE39.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "ieee39/IEEE39bus_multiloads_xfmr4_smallX_slackmvachange_v33_single.raw",
     FOLDER "ieee39/IEEE39bus_exdc1_gridpack.dyr", 1, PETSC_FALSE, 1},
    {FOLDER "raw/IEEE145.raw", FOLDER "dyr/IEEE145_classicGen.dyr", 1, PETSC_TRUE, 0},
    {"dynamics/griddyn/powerflowWECC.raw", "dynamics/griddyn/dynamicsWECC.dyr", 1, PETSC_TRUE, 0},
    {FOLDER "raw/240busWECC_2018_PSS_fixedshunt.raw", FOLDER "dyr/240busWECC_2018_PSS_mod.dyr", 2, PETSC_TRUE, 1},
    {FOLDER "raw/300bus_v23_no0imp_pslf.raw", FOLDER "dyr/300bus_detail_model_cmpld_combine.dyr", 5, PETSC_TRUE, 0},
    {FOLDER "raw/TAMU_500_rmsmallgen_v23.raw", FOLDER "dyr/tamu_500bus_detail.dyr", 10, PETSC_TRUE, 0},
    {"dynamics/steps/sd133.raw", "dynamics/steps/sd133.dyr", 5, PETSC_TRUE, 0},
    {FOLDER "dsa/case_ACTIVSg2000_1.raw", FOLDER "dsa/case_ACTIVSg2000_1_dyn.dyr", 250, PETSC_TRUE, 0},
    {FOLDER "raw/bus3000_gen_no0imp_v23_pslf.raw", FOLDER "dyr/classical_model_3000bus.dyr", 400, PETSC_TRUE, 0},
};

static PetscBool All(void)
{
  return (PetscBool)(getenv("ARCHIPELAGO_ALL_SYSTEMS") != NULL);
}

static StabilityOptions Options(PetscReal tolerance, PetscReal until)
{
  StabilityOptions options;
  StabilityDefaultOptions(&options);
  options.relative_tolerance = options.absolute_tolerance = tolerance;
  options.until_s                                         = until;
  options.stop_when_unstable                              = PETSC_FALSE;
  options.max_steps                                       = 15000;
  return options;
}

/* A verdict, and how it was come by. Returns whether the case is unstable. */
static PetscBool RunOne(Stability stability, PetscInt n, const StabilityEvent *event)
{
  StabilityResult result;
  char            text[256];
  Ok(StabilitySimulate(stability, n, event, NULL, &result));
  if (result.verdict == STABILITY_FAILED)
    fail_msg("%s: %s", n ? EventDescribe(StabilityEquations(stability)->net, event, text, sizeof text) : "no event",
             result.criterion);
  assert_true(result.initial_rate < 1e-8);
  assert_true(isfinite(result.max_angle_spread_deg) && isfinite(result.max_speed_deviation_pu));
  assert_true(result.end_s > 0.0 && result.criterion[0]);
  return (PetscBool)(result.verdict == STABILITY_UNSTABLE);
}

/* Bolted faults of 100 ms. Returns how many are unstable. */
static PetscInt RunFaults(Stability stability, PetscInt stride)
{
  const Equations eq       = StabilityEquations(stability);
  PetscInt        unstable = 0;
  for (PetscInt i = 0; i < eq->net->bus.n; i += stride) {
    const StabilityFault fault = {.bus = i, .on_s = 0.1, .off_s = 0.2, .trip_branch = -1};
    StabilityEvent       event[3];
    if (eq->island[i] >= 0) unstable += RunOne(stability, StabilityFaultEvents(&fault, event), event);
  }
  return unstable;
}

static void RunTrips(Stability stability, PetscInt stride)
{
  const Equations eq = StabilityEquations(stability);
  for (PetscInt k = 0; k < eq->net->branch.n; k += stride) {
    const StabilityEvent trip = {.time_s = 0.1, .kind = EVENT_TRIP_BRANCH, .bus = -1, .branch = k};
    if (eq->net->branch.in_service[k]) (void)RunOne(stability, 1, &trip);
  }
  for (PetscInt s = 0; s < eq->n_sites; s += stride) {
    const StabilityEvent trip = {.time_s = 0.1,
                                 .kind   = EVENT_TRIP_UNIT,
                                 .bus    = -1,
                                 .branch = -1,
                                 .site   = eq->site[s].kind,
                                 .row    = eq->site[s].row};
    if (trip.site != DEVICE_AT_LOAD) (void)RunOne(stability, 1, &trip);
  }
}

static void RunSystem(const System *system, LoadModel model)
{
  Grid             grid;
  Stability        stability;
  StabilityOptions options = Options(1e-4, 2.0);
  PetscInt         loads;
  if (!PairLoad(system->raw, system->dyr, &grid)) return;
  Ok(DeviceTableAddLoads(grid.table, grid.net, model, &loads));
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  const Equations eq = StabilityEquations(stability);
  if (eq->problem[0]) fail_msg("%s: %s", system->dyr, eq->problem);
  assert_true(eq->mismatch_pu < 1e-9);
  if (model == LOAD_MODEL_IMPEDANCE) assert_int_equal(eq->n_warnings, system->warnings);
  (void)RunOne(stability, 0, NULL);
  const PetscInt unstable = RunFaults(stability, system->stride);
  if (All()) RunTrips(stability, system->stride);
  printf("%s: %d faults, %d unstable\n", system->dyr, (int)((eq->net->bus.n + system->stride - 1) / system->stride),
         (int)unstable);
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

static void EveryFaultHasAVerdict(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof systems / sizeof *systems; ++k) {
    if (!systems[k].large || All()) RunSystem(&systems[k], LOAD_MODEL_IMPEDANCE);
  }
}

static void EveryFaultHasAVerdictWithLoadsOfConstantPower(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof systems / sizeof *systems; ++k) {
    if (!systems[k].large && (All() || k % 5 == 2)) RunSystem(&systems[k], LOAD_MODEL_POWER);
  }
}

/* A load of constant power at a bus, drawing p + jq per unit. */
static void AddConstantPower(Grid *grid, PetscInt bus, PetscReal p, PetscReal q)
{
  PetscReal                parameter[DEVICE_MAX_PARAMETERS] = {0.0};
  const DeviceModel *const zip                              = DeviceModelFind("ZIP");
  const PetscReal          base                             = grid->net->base_mva;
  parameter[DeviceModelParameter(zip, "PP")] = parameter[DeviceModelParameter(zip, "QP")] = 1.0;
  Ok(OperatingPointDestroy(&grid->point));
  Ok(NetworkResizeLoads(grid->net, 1));
  grid->net->load.bus[0] = bus;
  Ok(NetworkSetString(&grid->net->load.name[0], "load"));
  Ok(OperatingPointCreate(grid->net, &grid->point));
  for (PetscInt g = 0; g < grid->net->generator.n; ++g) grid->point->generator_online[g] = PETSC_TRUE;
  grid->point->load_p[0] = p * base;
  grid->point->load_q[0] = q * base;
  Ok(DeviceTableAdd(grid->table, DEVICE_AT_LOAD, 0, zip, base, parameter, 0));
}

/* E = 1 behind x = 0.25 carries a load of 1.2 at V^2 = 0.9, of two circuits; one circuit alone, x = 0.5, carries no more
   than 1. There the load, an impedance below 0.7, settles at V = 1/|1 + j x P/0.49|. */
static void ALoadBeyondTheLinesLimitFallsToItsImpedance(void **state)
{
  Grid                 grid;
  Stability            stability;
  StabilityResult      result;
  Trajectory           trajectory;
  StabilityOptions     options = Options(1e-6, 4.0);
  const double complex v = sqrt(0.9) * cexp(-I * asin(0.25 * 1.2 / sqrt(0.9))), i = conj(1.2 / v);
  const StabilityEvent trip = {.time_s = 0.5, .kind = EVENT_TRIP_BRANCH, .bus = -1, .branch = 1};
  (void)state;
  GridCreate(100.0, 2, 2, 1, &grid);
  AddConstantPower(&grid, 1, 1.2, 0.0);
  GridSetBranch(&grid, 0, 0, 1, 0.5, "1");
  GridSetBranch(&grid, 1, 0, 1, 0.5, "2");
  GridSetVoltage(&grid, 0, 1.0);
  GridSetVoltage(&grid, 1, v);
  GridSetMachine(&grid, 0, 0, 1e8, 0.0, 1e-6, 1.0, i);
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilitySimulate(stability, 1, &trip, &trajectory, &result));
  assert_int_equal(result.verdict, STABILITY_UNSTABLE); /* below 0.8 for more than 2 s */
  assert_false(result.judgement.item[VERDICT_VOLTAGE].passed);
  const PetscReal x = 0.5 * 1.2 / 0.49, vm = trajectory->bus_vm_pu[(trajectory->n_times - 1) * 2 + 1];
  assert_true(PetscAbsReal(vm - 1.0 / PetscSqrtReal(1.0 + x * x)) < 1e-5);
  Ok(TrajectoryDestroy(&trajectory));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* A load of constant power, q = -p/2, half way between two machines of equal voltages with x = 0.5 each: seen from it E =
   cos(angle/2) behind x = 0.25. As the machines swing apart its two solutions meet where E^2 = 2 x (q + |s|), here at
   E = 0.98, and are gone: the voltage falls at once to that of the load's impedance. */
static void SwingingApartAVoltageCollapses(void **state)
{
  const PetscReal      x = 0.25, p = 0.98 * 0.98 / (2.0 * 0.25 * (PetscSqrtReal(1.25) - 0.5)), q = -0.5 * p;
  const PetscReal      e0 = 0.999, b = 0.5 * e0 * e0 - x * q, half = PetscAcosReal(e0);
  const PetscReal      v2 = b + PetscSqrtReal(b * b - x * x * (p * p + q * q));
  const double complex v  = (v2 + x * q - I * x * p) / e0; /* E V* = |V|^2 + jx S* */
  const double complex e1 = cexp(I * half), e2 = cexp(-I * half), i1 = (e1 - v) / (0.5 * I), i2 = (e2 - v) / (0.5 * I);
  Grid                 grid;
  Stability            stability;
  StabilityResult      result;
  Trajectory           trajectory;
  StabilityOptions     options = Options(1e-6, 1.0);
  StabilityEvent       push    = {.time_s    = 0.1,
                                  .kind      = EVENT_SET_REFERENCE,
                                  .bus       = -1,
                                  .branch    = -1,
                                  .reference = "pref",
                                  .value     = 0.8,
                                  .relative  = PETSC_TRUE};
  PetscInt             k       = 0;
  (void)state;
  GridCreate(100.0, 3, 2, 2, &grid);
  AddConstantPower(&grid, 1, p, q);
  GridSetBranch(&grid, 0, 0, 1, 0.25, "1");
  GridSetBranch(&grid, 1, 1, 2, 0.5 - 1e-6, "1");
  GridSetVoltage(&grid, 0, e1 - 0.25 * I * i1);
  GridSetVoltage(&grid, 1, v);
  GridSetVoltage(&grid, 2, e2 - 1e-6 * I * i2);
  GridSetMachine(&grid, 0, 0, 5.0, 0.0, 0.25, e1 - 0.25 * I * i1, i1);
  GridSetMachine(&grid, 1, 2, 1e8, 0.0, 1e-6, e2 - 1e-6 * I * i2, i2);
  options.output_step_s = 1e-3;
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  assert_true(StabilityEquations(stability)->mismatch_pu < 1e-9);
  Ok(StabilitySimulate(stability, 1, &push, &trajectory, &result));
  assert_int_not_equal(result.verdict, STABILITY_FAILED);
  assert_true(result.n_notes >= 1);
  if (!strstr(result.note[0].text, "voltage collapse: at bus 2 from 0.9")) fail_msg("%s", result.note[0].text);
  while (trajectory->time_s[k] < result.note[0].time_s) ++k;
  const PetscReal      angle = trajectory->machine_angle_deg[2 * k] - trajectory->machine_angle_deg[2 * k + 1];
  const PetscReal      e     = PetscCosReal(0.5 * angle * PETSC_PI / 180.0);
  const double complex y     = (p - I * q) / 0.49;
  assert_true(PetscAbsReal(e - 0.98) < 1e-3);
  assert_true(PetscAbsReal(trajectory->bus_vm_pu[3 * k + 1] - e / cabs(1.0 + I * x * y)) < 1e-3);
  Ok(TrajectoryDestroy(&trajectory));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

static void CompareTrajectories(Trajectory a, Trajectory b)
{
  assert_int_equal(a->n_times, b->n_times);
  assert_memory_equal(a->time_s, b->time_s, (size_t)a->n_times * sizeof *a->time_s);
  assert_memory_equal(a->bus_vm_pu, b->bus_vm_pu, (size_t)(a->n_times * a->n_buses) * sizeof *a->bus_vm_pu);
  assert_memory_equal(a->machine_speed_dev_pu, b->machine_speed_dev_pu,
                      (size_t)(a->n_times * a->n_machines) * sizeof *a->machine_speed_dev_pu);
  assert_memory_equal(a->branch_p_from_mw, b->branch_p_from_mw,
                      (size_t)(a->n_times * a->n_branches) * sizeof *a->branch_p_from_mw);
}

/* The same run before and after twenty others, some of which have no verdict or collapse. */
static void TheSameCaseGivesTheSameBytesWheneverItIsRun(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityResult  first, again;
  Trajectory       before, after;
  StabilityOptions options = Options(1e-4, 2.0);
  PetscInt         loads;
  StabilityFault   fault = {.bus = 15, .on_s = 0.1, .off_s = 0.25, .trip_branch = 3};
  StabilityEvent   event[3],
      wrong = {
          .time_s = 0.3, .kind = EVENT_SET_REFERENCE, .bus = -1, .branch = -1, .reference = "nothing", .value = 1.0};
  (void)state;
  if (!PairLoad(systems[19].raw, systems[19].dyr, &grid)) skip();
  Ok(DeviceTableAddLoads(grid.table, grid.net, LOAD_MODEL_POWER, &loads));
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  const PetscInt n = StabilityFaultEvents(&fault, event);
  Ok(StabilitySimulate(stability, n, event, &before, &first));
  for (PetscInt k = 0; k < 20; ++k) {
    StabilityFault other = {.bus = k, .on_s = 0.05, .off_s = k % 3 ? 0.2 : 0.6, .trip_branch = k};
    Ok(StabilityRun(stability, 1, &other, NULL, &again));
    if (k % 7 == 3) Ok(StabilitySimulate(stability, 1, &wrong, NULL, &again));
    if (k % 7 == 3) assert_int_equal(again.verdict, STABILITY_FAILED);
  }
  Ok(StabilitySimulate(stability, n, event, &after, &again));
  assert_int_equal(first.verdict, again.verdict);
  assert_string_equal(first.criterion, again.criterion);
  assert_int_equal(first.steps, again.steps);
  assert_int_equal(first.residual_evaluations, again.residual_evaluations);
  assert_int_equal(first.jacobian_evaluations, again.jacobian_evaluations);
  assert_int_equal(first.factorizations, again.factorizations);
  assert_int_equal(first.restarts, again.restarts);
  assert_int_equal(first.mode_changes, again.mode_changes);
  CompareTrajectories(before, after);
  Ok(TrajectoryDestroy(&before));
  Ok(TrajectoryDestroy(&after));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* Bus 19 of IEEE 39 hangs on one line: cut off with its two units it keeps running at a frequency of its own; without
   them it is dead, with the load of bus 20. */
static void AnIslandRunsOnUntilItsLastUnitTrips(void **state)
{
  Grid             grid;
  Stability        stability;
  StabilityResult  result;
  Trajectory       trajectory;
  StabilityOptions options = Options(1e-4, 4.0);
  StabilityEvent   event[3];
  (void)state;
  if (!PairLoad(systems[19].raw, systems[19].dyr, &grid)) skip();
  static const char *const text[] = {"t=0.5,trip=16-19", "t=3,trip-unit=33:1", "t=3,trip-unit=34:1"};
  Faults                   faults;
  PetscBool                ok;
  Ok(FaultsCreate(&faults));
  for (int k = 0; k < 3; ++k) {
    Ok(EventParse(grid.net, text[k], faults, NULL, 0, "event", &event[k], &ok));
    assert_true(ok);
  }
  Ok(FaultsDestroy(&faults));
  Ok(StabilityCreate(grid.net, grid.point, grid.table, &options, &stability));
  Ok(StabilitySimulate(stability, 1, event, &trajectory, &result));
  assert_int_equal(result.verdict, STABILITY_STABLE);
  assert_int_equal(result.n_islands, 2);
  assert_int_equal(result.n_dead_buses, 0);
  const PetscReal *hz = &trajectory->bus_frequency_hz[(trajectory->n_times - 1) * trajectory->n_buses];
  /* two units of about 1140 MW with 680 MW of load speed up, the rest slows down */
  assert_true(hz[GridBus(&grid, 20)] > hz[GridBus(&grid, 19)] - 0.05);
  assert_true(hz[GridBus(&grid, 20)] > hz[GridBus(&grid, 16)] + 0.1);
  Ok(TrajectoryDestroy(&trajectory));
  Ok(StabilitySimulate(stability, 3, event, NULL, &result));
  assert_int_equal(result.n_islands, 1);
  assert_int_equal(result.n_dead_buses, 4);
  assert_true(PetscAbsReal(result.lost_load_mw - 680.0) < 0.1);
  assert_non_null(strstr(result.criterion, "dead"));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* A link's reactive power belongs to the operating point as the power flow saw it. */
static void AConverterKeepsItsReactivePower(void **state)
{
  Grid      grid;
  PowerFlow flow = {0};
  (void)state;
  GridBuildSmib(0.0, &grid);
  Ok(NetworkResizeLinks(grid.net, 1));
  grid.net->link.from[0] = 1, grid.net->link.to[0] = 2;
  grid.net->link.p_mw[0] = grid.net->link.p_min_mw[0] = grid.net->link.p_max_mw[0] = 100.0;
  grid.net->link.loss0_mw[0]                                                       = 3.0;
  grid.net->link.q_from_min_mvar[0] = grid.net->link.q_from_max_mvar[0] = -40.0;
  grid.net->link.q_to_min_mvar[0] = -50.0, grid.net->link.q_to_max_mvar[0] = 60.0;
  flow.vm_pu = grid.point->vm_pu, flow.va_rad = grid.point->va_rad;
  flow.generator_p = grid.point->generator_p, flow.generator_q = grid.point->generator_q;
  OperatingPoint point;
  Ok(OperatingPointFromPowerFlow(grid.net, &flow, -1, &point));
  assert_true(point->link_p_from[0] == -100.0 && point->link_p_to[0] == 97.0);
  assert_true(point->link_q_from[0] == -40.0 && point->link_q_to[0] == 0.0);
  Ok(OperatingPointDestroy(&point));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryFaultHasAVerdict),
      cmocka_unit_test(EveryFaultHasAVerdictWithLoadsOfConstantPower),
      cmocka_unit_test(ALoadBeyondTheLinesLimitFallsToItsImpedance),
      cmocka_unit_test(SwingingApartAVoltageCollapses),
      cmocka_unit_test(TheSameCaseGivesTheSameBytesWheneverItIsRun),
      cmocka_unit_test(AnIslandRunsOnUntilItsLastUnitTrips),
      cmocka_unit_test(AConverterKeepsItsReactivePower),
  };
  return RunTests(argc, argv, tests);
}
