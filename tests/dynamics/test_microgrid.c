/* An island fed by two grid-forming inverters, simulated whole: sharing, shedding, an emptying battery, faults, relays. */
#include "tests/dynamics/grid.h"

#include "tests/dynamics/main.h"

#include <string.h>

/* Buses 1 and 2 with an inverter of 5 and 4 MVA, 3 with a load, joined by reactances. */
#define BASE 10.0
#define MP 0.04
#define KF 20.0

static void Add(Grid *grid, DeviceSite site, PetscInt row, const char *model, PetscReal mva, PetscInt n,
                const PetscReal *parameter)
{
  const DeviceModel *m                          = DeviceModelFind(model);
  PetscReal          all[DEVICE_MAX_PARAMETERS] = {0.0};
  assert_non_null(m);
  assert_true(n <= m->n_parameters);
  for (PetscInt k = 0; k < n; ++k) all[k] = parameter[k];
  Ok(DeviceTableAdd(grid->table, site, row, m, mva, all, 0));
}
#define ADD(grid, site, row, model, mva, ...)                                                          \
  Add(grid, site, row, model, mva, (PetscInt)(sizeof((PetscReal[]){__VA_ARGS__}) / sizeof(PetscReal)), \
      (PetscReal[]){__VA_ARGS__})

/* The load draws constant power, a quarter of it constant impedance, and sheds 25 % at 59.3 Hz after 0.1 + 0.05 s. */
static void Build(PetscReal hours, Grid *grid)
{
  const double complex i[2] = {0.22 - 0.05 * I, 0.2 - 0.03 * I};
  const PetscReal      x[2] = {0.06, 0.08};
  GridCreate(BASE, 3, 2, 2, grid);
  Ok(OperatingPointDestroy(&grid->point));
  Ok(NetworkResizeLoads(grid->net, 1));
  Ok(OperatingPointCreate(grid->net, &grid->point));
  grid->net->load.bus[0] = 2;
  Ok(NetworkSetString(&grid->net->load.name[0], "town"));
  for (PetscInt g = 0; g < 2; ++g) {
    const double complex v = 1.0 + I * x[g] * i[g], s = v * conj(i[g]) * BASE;
    grid->net->generator.bus[g]      = g;
    grid->point->generator_online[g] = PETSC_TRUE;
    grid->point->generator_p[g] = creal(s), grid->point->generator_q[g] = cimag(s);
    GridSetVoltage(grid, g, v);
    GridSetBranch(grid, g, g, 2, x[g], "1");
  }
  GridSetVoltage(grid, 2, 1.0);
  const double complex load = conj(i[0] + i[1]) * BASE;
  grid->point->load_p[0] = creal(load), grid->point->load_q[0] = cimag(load);
  ADD(grid, DEVICE_AT_GENERATOR, 0, "REGFM_A1", 5.0, 1, 1, 0.02, 0.02, 0.02, 1.5, 1.3, 0.0, 0.9, -0.9, 0.6, -0.6, MP,
      0.03, 0.01, 0.1, 3.0, 20.0, 0.0, 5.86, 0.0, 0.15);
  ADD(grid, DEVICE_AT_GENERATOR, 0, "BATTERY", 5.0, hours, 0.5);
  ADD(grid, DEVICE_AT_GENERATOR, 1, "VSM", 4.0, 2.0, 40.0, 0.5, KF, 0.03, 0.05, 1.3, 0.2, 0.9, -0.9, 0.5, 5.0, 1.5, 0.0,
      0.2);
  ADD(grid, DEVICE_AT_LOAD, 0, "ZIP", BASE, 0.25, 0.0, 0.75, 1.0, 0.0, 0.0);
  ADD(grid, DEVICE_AT_LOAD, 0, "UFLS", BASE, 0.0, 0.05, 59.3, 0.1, 0.25);
}

typedef struct {
  StabilityResult result;
  Trajectory      tr;
  PetscReal       p[2], w[2], v; /* at the end: MW, per unit, voltage of the load's bus */
} Outcome;

static void Simulate(Grid *grid, PetscReal until, PetscInt n, const StabilityEvent *events, Outcome *out)
{
  StabilityOptions options;
  Stability        stability;
  StabilityDefaultOptions(&options);
  options.until_s = until;
  Ok(StabilityCreate(grid->net, grid->point, grid->table, &options, &stability));
  Ok(StabilitySimulate(stability, n, events, &out->tr, &out->result));
  if (out->tr) {
    const PetscInt last = out->tr->n_times - 1;
    for (PetscInt g = 0; g < 2; ++g) {
      out->p[g] = out->tr->machine_p_mw[2 * last + g];
      out->w[g] = out->tr->machine_speed_dev_pu[2 * last + g];
    }
    out->v = out->tr->bus_vm_pu[3 * last + 2];
  }
  printf("%s at %g s (%s): %d steps, %d restarts, P %.4f %.4f MW, frequency %.4f Hz\n",
         StabilityVerdictName(out->result.verdict), (double)out->result.end_s, out->result.criterion,
         (int)out->result.steps, (int)out->result.restarts, (double)out->p[0], (double)out->p[1],
         60.0 + 60.0 * (double)out->w[0]);
  for (PetscInt k = 0; k < out->result.n_notes; ++k)
    printf("  %g s: %s\n", (double)out->result.note[k].time_s, out->result.note[k].text);
  Ok(StabilityDestroy(&stability));
}

static void Finish(Grid *grid, Outcome *out)
{
  Ok(TrajectoryDestroy(&out->tr));
  GridDestroy(grid);
}

static StabilityEvent Step(PetscReal time, PetscReal mw)
{
  return (StabilityEvent){.time_s = time, .kind = EVENT_LOAD_STEP, .bus = 2, .branch = -1, .row = -1, .p_mw = mw};
}

/* dw = -mp dP1/5 MVA = -dP2/(KF 4 MVA). */
static void inverters_share_a_load_step(void **state)
{
  const StabilityEvent step = Step(1.0, 0.8);
  Grid                 grid;
  Outcome              out;
  (void)state;
  Build(4.0, &grid);
  Simulate(&grid, 20.0, 1, &step, &out);
  assert_int_equal(out.result.verdict, STABILITY_STABLE);
  const PetscReal d1 = out.p[0] - grid.point->generator_p[0], d2 = out.p[1] - grid.point->generator_p[1];
  assert_true(d1 + d2 > 0.7);
  assert_true(fabs(d1 / d2 - 5.0 / MP / (4.0 * KF)) < 1e-3);
  assert_true(fabs(out.w[0] + MP * d1 / 5.0) < 1e-6 && fabs(out.w[0] - out.w[1]) < 1e-6);
  Finish(&grid, &out);
}

static void nothing_moves_without_an_event(void **state)
{
  Grid    grid;
  Outcome out;
  (void)state;
  Build(4.0, &grid);
  Simulate(&grid, 20.0, 0, NULL, &out);
  assert_int_equal(out.result.verdict, STABILITY_STABLE);
  assert_true(out.result.initial_rate < 1e-8);
  assert_true(fabs(out.w[0]) < 1e-9 && fabs(out.p[0] - grid.point->generator_p[0]) < 1e-6);
  Finish(&grid, &out);
}

/* A step so large that frequency falls below 59.3 Hz: a quarter of the load goes, and frequency recovers. */
static void load_is_shed_and_frequency_recovers(void **state)
{
  const StabilityEvent step = Step(1.0, 2.6);
  Grid                 grid;
  Outcome              out;
  PetscReal            lowest = 60.0;
  (void)state;
  Build(4.0, &grid);
  Simulate(&grid, 20.0, 1, &step, &out);
  for (PetscInt k = 0; k < out.tr->n_times; ++k)
    lowest = PetscMin(lowest, 60.0 + 60.0 * out.tr->machine_speed_dev_pu[2 * k + 1]);
  const PetscReal left = 0.75 * grid.point->load_p[0] * (0.25 * out.v * out.v + 0.75) + 2.6 * out.v * out.v;
  printf("lowest %.4f Hz, load %.5f MW\n", (double)lowest, (double)left);
  assert_true(lowest < 59.3 && out.w[0] * 60.0 > -0.7);
  assert_true(fabs(out.p[0] + out.p[1] - left) < 1e-4);
  Finish(&grid, &out);
}

/* The battery has energy for seconds: its inverter gives its share up, the other one takes it, at a lower frequency. */
static void an_emptying_battery_hands_its_power_over(void **state)
{
  Grid    grid;
  Outcome out;
  (void)state;
  Build(0.002, &grid);
  Simulate(&grid, 30.0, 0, NULL, &out);
  assert_true(out.p[0] < 0.3 * grid.point->generator_p[0]);
  assert_true(out.p[1] > 1.3 * grid.point->generator_p[1]);
  assert_true(out.w[0] < -0.005);
  Finish(&grid, &out);
}

static void a_bolted_fault_is_survived(void **state)
{
  const StabilityEvent events[] = {{.time_s = 0.5, .kind = EVENT_FAULT, .bus = 2, .branch = -1, .row = -1},
                                   {.time_s = 0.6, .kind = EVENT_CLEAR, .bus = 2, .branch = -1, .row = -1},
                                   {.time_s = 5.0, .kind = EVENT_FAULT, .bus = 0, .branch = -1, .row = -1},
                                   {.time_s = 5.1, .kind = EVENT_CLEAR, .bus = 0, .branch = -1, .row = -1}};
  Grid                 grid;
  Outcome              out;
  (void)state;
  Build(4.0, &grid);
  Simulate(&grid, 20.0, 4, events, &out);
  assert_int_equal(out.result.verdict, STABILITY_STABLE);
  assert_true(fabs(out.w[0]) < 1e-5 && fabs(out.p[0] - grid.point->generator_p[0]) < 1e-3);
  Finish(&grid, &out);
}

/* A voltage relay of the virtual machine sees a fault for longer than its 0.1 + 0.05 s: the other one remains. */
static void a_relay_trips_its_unit(void **state)
{
  const StabilityEvent events[] = {
      {.time_s = 0.5, .kind = EVENT_FAULT, .bus = 2, .branch = -1, .row = -1, .x_pu = 0.02},
      {.time_s = 0.7, .kind = EVENT_CLEAR, .bus = 2, .branch = -1, .row = -1}};
  Grid    grid;
  Outcome out;
  (void)state;
  Build(4.0, &grid);
  ADD(&grid, DEVICE_AT_GENERATOR, 1, "VTGTPAT", 4.0, -1, 0.6, 1.5, 0.1, 0.05);
  ADD(&grid, DEVICE_AT_GENERATOR, 1, "FRQTPAT", 4.0, -1, 55.0, 65.0, 0.5, 0.05);
  Simulate(&grid, 20.0, 2, events, &out);
  PetscInt tripped = -1;
  for (PetscInt k = 0; k < out.result.n_notes && tripped < 0; ++k)
    if (strstr(out.result.note[k].text, "VTGTPAT")) tripped = k;
  assert_true(tripped >= 0);
  assert_true(fabs(out.result.note[tripped].time_s - 0.65) < 1e-6);
  assert_true(fabs(out.p[1]) < 1e-12 && out.p[0] > 1.4 * grid.point->generator_p[0]);
  Finish(&grid, &out);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_moves_without_an_event),      cmocka_unit_test(inverters_share_a_load_step),
      cmocka_unit_test(load_is_shed_and_frequency_recovers), cmocka_unit_test(an_emptying_battery_hands_its_power_over),
      cmocka_unit_test(a_bolted_fault_is_survived),          cmocka_unit_test(a_relay_trips_its_unit),
  };
  return RunTests(argc, argv, tests);
}
