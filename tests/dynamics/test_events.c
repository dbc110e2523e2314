/* Events: read as written, refused when impossible, and with the effect that a closed form says. */
#include "tests/dynamics/isolated.h"

#include "dynamics/equations_impl.h"

#include "tests/dynamics/main.h"

#include <string.h>

/* Kundur's one machine and infinite bus, with a load and a storage unit that do nothing: buses 1 to 3. */
static void CreateNamed(Grid *grid)
{
  GridBuildSmib(0.0, grid);
  Ok(NetworkResizeLoads(grid->net, 2));
  Ok(NetworkResizeStorage(grid->net, 1));
  for (PetscInt k = 0; k < 2; ++k) {
    grid->net->load.bus[k] = 1;
    Ok(NetworkSetString(&grid->net->load.unit[k], k ? "B" : "A"));
    Ok(NetworkSetString(&grid->net->load.name[k], k ? "load b" : "load a"));
  }
  grid->net->storage.bus[0] = 1;
  Ok(NetworkSetString(&grid->net->storage.name[0], "cell"));
  Ok(NetworkSetString(&NetworkBusColumn(grid->net, "area")[0], "east"));
  Ok(NetworkSetString(&NetworkBusColumn(grid->net, "area")[1], "west"));
  Ok(NetworkSetString(&NetworkBusColumn(grid->net, "area")[2], "west"));
}

static void Parse(Grid *grid, const char *text, StabilityEvent *event)
{
  Faults    faults;
  PetscBool ok;
  Ok(FaultsCreate(&faults));
  Ok(EventParse(grid->net, text, faults, NULL, 0, "--event", event, &ok));
  if (!ok) FaultsView(faults, stdout);
  assert_true(ok);
  assert_int_equal(FaultsCount(faults), 0);
  Ok(FaultsDestroy(&faults));
}

static void events_are_read_as_written(void **state)
{
  Grid           grid;
  StabilityEvent e;
  (void)state;
  CreateNamed(&grid);
  Parse(&grid, "t=1.5,fault=2,r=0.01,x=0.2", &e);
  assert_true(e.kind == EVENT_FAULT && e.time_s == 1.5 && e.bus == 1 && e.branch == -1);
  assert_true(e.r_pu == 0.01 && e.x_pu == 0.2);
  Parse(&grid, "fault=2-3:2,at=0.25,t=0", &e);
  assert_true(e.kind == EVENT_FAULT && e.branch == 2 && e.at == 0.25 && e.r_pu == 0 && e.x_pu == 0);
  Parse(&grid, "t=0,fault=3-2:2,at=0.25", &e); /* from the other end */
  assert_true(e.branch == 2 && e.at == 0.75);
  Parse(&grid, "t=1,clear=2", &e);
  assert_true(e.kind == EVENT_CLEAR && e.bus == 1 && e.branch == -1);
  Parse(&grid, "t=1,clear=2-3:2", &e);
  assert_true(e.kind == EVENT_CLEAR && e.branch == 2);
  Parse(&grid, "t=1,trip=2-3", &e);
  assert_true(e.kind == EVENT_TRIP_BRANCH && e.branch == 1);
  Parse(&grid, "t=1,close=3-2:2", &e);
  assert_true(e.kind == EVENT_CLOSE_BRANCH && e.branch == 2);
  Parse(&grid, "t=1,trip-unit=3:2", &e);
  assert_true(e.kind == EVENT_TRIP_UNIT && e.site == DEVICE_AT_GENERATOR && e.row == 1);
  Parse(&grid, "t=1,trip-unit=2:cell", &e);
  assert_true(e.kind == EVENT_TRIP_UNIT && e.site == DEVICE_AT_STORAGE && e.row == 0);
  Parse(&grid, "t=1,load=2:B,p=-5", &e);
  assert_true(e.kind == EVENT_LOAD_STEP && e.bus == 1 && e.row == 1 && e.p_mw == -5 && e.q_mvar == 0);
  Parse(&grid, "t=1,load=2,p=1,q=2", &e);
  assert_true(e.row == 0 && e.p_mw == 1 && e.q_mvar == 2);
  Parse(&grid, "t=1,load=3,q=2", &e); /* a new load */
  assert_true(e.bus == 2 && e.row == -1);
  Parse(&grid, "t=1,set=1:1:vref,value=1.02", &e);
  assert_true(e.kind == EVENT_SET_REFERENCE && e.row == 0 && e.value == 1.02 && !e.relative);
  assert_string_equal(e.reference, "vref");
  Parse(&grid, "t=1,set=1:1:PREF,add=-0.1", &e);
  assert_true(e.value == -0.1 && e.relative);
  Parse(&grid, "t=1,island=area:east", &e);
  assert_true(e.kind == EVENT_ISLAND);
  assert_string_equal(e.column, "area");
  assert_string_equal(e.label, "east");
  GridDestroy(&grid);
}

/* One fault, which has the word. */
static void Refused(Faults faults, const char *text, const char *word)
{
  const char *found;
  if (FaultsErrorCount(faults) != 1) printf("%s: %d faults\n", text, (int)FaultsErrorCount(faults));
  assert_int_equal(FaultsErrorCount(faults), 1);
  Ok(FaultsGet(faults, 0, NULL, NULL, NULL, &found));
  if (!strstr(found, word)) printf("%s: \"%s\" has no \"%s\"\n", text, found, word);
  assert_non_null(strstr(found, word));
  assert_non_null(strstr(found, "--event"));
  assert_null(strchr(found, '\n'));
}

static void what_cannot_be_read_has_one_fault(void **state)
{
  static const char *const bad[][2] = {{"t=1,fault=9", "9"},
                                       {"t=1,fault=two", "two"},
                                       {"t=1,fault=-1", "-1"},
                                       {"t=1,trip=1-3", "1-3"},
                                       {"t=1,trip=2-3:7", "2-3:7"},
                                       {"t=1,trip=2", "FROM-TO"},
                                       {"t=1,trip=2-9", "9"},
                                       {"t=1,trip-unit=1:7", "7"},
                                       {"t=1,trip-unit=1", "BUS:ID"},
                                       {"t=1,trip-unit=1:", "BUS:ID"},
                                       {"t=1,load=2:Z,p=1", "Z"},
                                       {"t=1,load=2", "p="},
                                       {"t=1,load=2,p=many", "many"},
                                       {"t=1,set=1:1:vref", "value="},
                                       {"t=1,set=1:1:vref,value=1,add=1", "both"},
                                       {"t=1,set=1:vref,value=1", "REFERENCE"},
                                       {"t=1,set=1:1:averylongreferencename,value=1", "REFERENCE"},
                                       {"t=1,island=area", "COLUMN:LABEL"},
                                       {"t=1,island=region:x", "region"},
                                       {"t=1,island=area:north", "north"},
                                       {"t=1,fault=2,at=0.5", "branch"},
                                       {"t=1,fault=2-3:2", "at=0"},
                                       {"t=1,fault=2-3:2,at=1.5", "at most 1"},
                                       {"t=1,fault=2,r=-1", "0 or more"},
                                       {"t=1,fault=2,p=1", "p="},
                                       {"t=1,fault=2,trip=2-3", "several"},
                                       {"t=1", "nothing that happens"},
                                       {"fault=2", "no t="},
                                       {"t=-1,fault=2", "0 or more"},
                                       {"t=inf,fault=2", "number"},
                                       {"t=1,t=2,fault=2", "twice"},
                                       {"t=1,fault=", "nothing after"},
                                       {"t=1,,fault=2", "KEY=VALUE"},
                                       {"t=1,frob=2", "frob"},
                                       {"", "KEY=VALUE"}};
  Grid                     grid;
  (void)state;
  CreateNamed(&grid);
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; ++k) {
    Faults         faults;
    StabilityEvent event;
    PetscBool      ok;
    Ok(FaultsCreate(&faults));
    Ok(EventParse(grid.net, bad[k][0], faults, NULL, 0, "--event", &event, &ok));
    assert_false(ok);
    Refused(faults, bad[k][0], bad[k][1]);
    Ok(FaultsDestroy(&faults));
  }
  grid.net->generator.in_service[0] = PETSC_FALSE;
  grid.net->load.in_service[0]      = PETSC_FALSE;
  for (int k = 0; k < 2; ++k) {
    const char    *text = k ? "t=1,load=2:A,p=1" : "t=1,trip-unit=1:1";
    Faults         faults;
    StabilityEvent event;
    PetscBool      ok;
    Ok(FaultsCreate(&faults));
    Ok(EventParse(grid.net, text, faults, NULL, 0, "--event", &event, &ok));
    Refused(faults, text, "out of service");
    Ok(FaultsDestroy(&faults));
  }
  GridDestroy(&grid);
}

static void what_contradicts_has_one_fault(void **state)
{
  static const char *const bad[][5]  = {{"clear", "t=1,clear=2"},
                                        {"clear", "t=1,fault=2", "t=2,clear=2", "t=3,clear=2"},
                                        {"clear", "t=2,fault=2", "t=1,clear=2"},
                                        {"clear", "t=1,fault=2-3:2,at=0.5", "t=2,clear=2-3:1"},
                                        {"out of service", "t=1,trip=2-3:2", "t=2,trip=2-3:2"},
                                        {"closed already", "t=1,close=2-3:2"},
                                        {"tripped already", "t=1,trip-unit=1:1", "t=2,trip-unit=1:1"},
                                        {"still on", "t=1,fault=2", "t=2,fault=2,x=0.1"},
                                        {"still on", "t=1,fault=2-3:2,at=0.1", "t=2,fault=2-3:2,at=0.9"},
                                        {"out of service", "t=1,trip=2-3:2", "t=2,fault=2-3:2,at=0.9"},
                                        {"--until 5 s", "t=5,fault=2"}};
  static const char *const good[][4] = {
      {"t=2,clear=2", "t=1,fault=2"},
      {"t=1,fault=2", "t=1,clear=2", "t=2,fault=2", "t=3,clear=2"},
      {"t=1,trip=2-3:2", "t=2,close=2-3:2", "t=3,trip=2-3:2"},
      {"t=1,fault=2-3:2,at=0.1", "t=2,trip=2-3:2", "t=3,close=2-3:2", "t=3,fault=2-3:2,at=0.1"},
      {"t=1,island=area:east", "t=2,close=1-2"}};
  Grid grid;
  (void)state;
  CreateNamed(&grid);
  for (size_t k = 0; k < sizeof bad / sizeof bad[0] + sizeof good / sizeof good[0]; ++k) {
    const PetscBool    is_bad = (PetscBool)(k < sizeof bad / sizeof bad[0]);
    const char *const *text   = is_bad ? &bad[k][1] : good[k - sizeof bad / sizeof bad[0]];
    StabilityEvent     event[4];
    Faults             faults;
    PetscInt           n = 0;
    for (; n < 4 && text[n]; ++n) Parse(&grid, text[n], &event[n]);
    Ok(FaultsCreate(&faults));
    Ok(EventsCheck(grid.net, n, event, 5.0, faults, "--event"));
    if (is_bad)
      Refused(faults, text[n - 1], bad[k][0]);
    else
      assert_int_equal(FaultsCount(faults), 0);
    Ok(FaultsDestroy(&faults));
  }
  GridDestroy(&grid);
}

/* A fault's two-port against the network in which the point of the fault is a bus. */
static void a_fault_along_a_line_is_a_fault_between_its_two_sections(void **state)
{
  const double complex z = 0.02 + 0.5 * I, yc = 0.0 + 0.15 * I, zf[2] = {0.0, 0.03 + 0.1 * I};
  const PetscReal      at[3] = {0.3, 0.5, 0.99};
  Equations            eq;
  Grid                 grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  grid.net->branch.r[1] = creal(z), grid.net->branch.x[1] = cimag(z);
  grid.net->branch.b_from[1] = grid.net->branch.b_to[1] = cimag(yc);
  grid.net->branch.b_to[1] += 0.07; /* a line shunt at the far end, which stays there */
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  for (int k = 0; k < 6; ++k) {
    const PetscReal      a  = at[k % 3];
    const double complex y1 = 1.0 / (a * z), y2 = 1.0 / ((1.0 - a) * z), f = zf[k / 3];
    const double complex middle = y1 + y2 + a * yc + (1.0 - a) * yc;
    /* currents into the fault's point are eliminated: 1 / (middle + 1 / zf) */
    const double complex point   = f / (1.0 + f * middle);
    const double complex want[4] = {y1 + a * yc - y1 * point * y1, -y1 * point * y2, -y2 * point * y1,
                                    y2 + (1.0 - a) * yc + 0.07 * I - y2 * point * y2};
    PetscReal            found[4][2];
    eq->branch_fault[1] = (BranchFault){PETSC_TRUE, a, creal(f), cimag(f)};
    EquationsTwoPort(eq, 1, found);
    for (int i = 0; i < 4; ++i) assert_true(cabs(found[i][0] + I * found[i][1] - want[i]) < 1e-11 * cabs(y1 + y2));
  }
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

/* Largest difference of the first machine's angle between two runs, degrees. */
static PetscReal AngleDifference(Grid *grid, PetscInt n, const StabilityEvent *a, const StabilityEvent *b)
{
  StabilityOptions options;
  StabilityResult  result;
  Trajectory       one, two;
  PetscReal        most = 0.0;
  StabilityDefaultOptions(&options);
  options.relative_tolerance = options.absolute_tolerance = 1e-9;
  options.until_s                                         = 1.0;
  Simulate(grid, &options, n, a, &one, &result);
  assert_int_not_equal(result.verdict, STABILITY_FAILED);
  Simulate(grid, &options, n, b, &two, &result);
  assert_int_not_equal(result.verdict, STABILITY_FAILED);
  assert_int_equal(one->n_times, two->n_times);
  for (PetscInt k = 0; k < one->n_times; ++k) {
    const PetscInt at = k * one->n_machines;
    most              = PetscMax(most, PetscAbsReal(one->machine_angle_deg[at] - two->machine_angle_deg[at]));
  }
  Ok(TrajectoryDestroy(&one));
  Ok(TrajectoryDestroy(&two));
  return most;
}

static void a_fault_at_a_lines_end_is_a_fault_at_its_bus(void **state)
{
  const char *const pair[][4] = {
      {"t=0.1,fault=2-3:2,at=0", "t=0.2,clear=2-3:2", "t=0.1,fault=2", "t=0.2,clear=2"},
      {"t=0.1,fault=2-3:2,at=0,x=0.1", "t=0.2,clear=2-3:2", "t=0.1,fault=2,x=0.1", "t=0.2,clear=2"},
      {"t=0.1,fault=1-2,at=1", "t=0.2,clear=1-2", "t=0.1,fault=2", "t=0.2,clear=2"},
      {"t=0.1,fault=2-1,at=0", "t=0.2,clear=1-2", "t=0.1,fault=2", "t=0.2,clear=2"},
      {"t=0.1,fault=2-1,at=1,r=0.1", "t=0.2,clear=1-2", "t=0.1,fault=1,r=0.1", "t=0.2,clear=1"},
      {"t=0.1,fault=2-1,at=1", "t=0.2,clear=1-2", "t=0.1,fault=1", "t=0.2,clear=1"},
  };
  Grid grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  for (size_t k = 0; k < sizeof pair / sizeof pair[0]; ++k) {
    StabilityEvent event[4];
    for (int i = 0; i < 4; ++i) Parse(&grid, pair[k][i], &event[i]);
    const PetscReal difference = AngleDifference(&grid, 2, event, event + 2);
    printf("%s: %.1e degrees from the fault at the bus\n", pair[k][0], (double)difference);
    assert_true(difference < 1e-6);
  }
  GridDestroy(&grid);
}

/* Opening a faulted branch takes its fault away with it. */
static void a_branch_takes_its_fault_with_it(void **state)
{
  const char *const text[] = {"t=0.1,fault=2-3:2,at=0", "t=0.15,trip=2-3:2", "t=0.1,fault=2", "t=0.15,clear=2",
                              "t=0.15,trip=2-3:2"};
  StabilityEvent    event[6];
  Grid              grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  for (int i = 0; i < 5; ++i) Parse(&grid, text[i], &event[i + (i > 1)]);
  event[2] = event[1]; /* the same trip twice: three events as in the other list */
  assert_true(AngleDifference(&grid, 3, event, event + 3) < 1e-6);
  GridDestroy(&grid);
}

/* State of a machine at the end of a run, from its trajectory's last sample. */
typedef struct {
  PetscReal angle_deg, speed_pu, p_mw, pmech_pu, vm_pu;
} End;

static End RunToEnd(Grid *grid, PetscReal until, PetscInt n, const StabilityEvent *event)
{
  StabilityOptions options;
  StabilityResult  result;
  Trajectory       tr;
  StabilityDefaultOptions(&options);
  options.until_s            = until;
  options.output_step_s      = until;
  options.relative_tolerance = options.absolute_tolerance = 1e-9;
  Simulate(grid, &options, n, event, &tr, &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  const PetscInt k = (tr->n_times - 1) * tr->n_machines;
  const End end = {tr->machine_angle_deg[k], tr->machine_speed_dev_pu[k], tr->machine_p_mw[k], tr->machine_pmech_pu[k],
                   tr->bus_vm_pu[(tr->n_times - 1) * tr->n_buses]};
  Ok(TrajectoryDestroy(&tr));
  return end;
}

static void trip_and_reclosing_return_to_the_equilibrium(void **state)
{
  StabilityEvent event[2];
  Grid           grid;
  (void)state;
  GridBuildSmib(30.0, &grid);
  Parse(&grid, "t=0.1,trip=2-3:2", &event[0]);
  Parse(&grid, "t=3,close=2-3:2", &event[1]);
  const End start = RunToEnd(&grid, 1.0, 0, NULL), open = RunToEnd(&grid, 40.0, 1, event),
            back     = RunToEnd(&grid, 40.0, 2, event);
  const PetscReal pm = SMIB_E * SMIB_EB / SMIB_PRE * sin(SMIB_D0);
  printf("angle %.6f degrees, with one circuit %.6f, closed form %.6f, reclosed %.6f\n", (double)start.angle_deg,
         (double)open.angle_deg, (double)(asin(pm * SMIB_POST / SMIB_E / SMIB_EB) * 180.0 / PETSC_PI),
         (double)back.angle_deg);
  assert_true(PetscAbsReal(open.angle_deg - asin(pm * SMIB_POST / SMIB_E / SMIB_EB) * 180.0 / PETSC_PI) < 1e-3);
  assert_true(PetscAbsReal(back.angle_deg - start.angle_deg) < 1e-3);
  GridDestroy(&grid);
}

static void AddPart(Grid *grid, PetscInt row, const char *model, const PetscReal *parameter)
{
  Ok(DeviceTableAdd(grid->table, DEVICE_AT_GENERATOR, row, DeviceModelFind(model), 100.0, parameter, 0));
}

/* Without load Efd = V and Efd = K (Vref - V): V = Vref K / (1 + K). */
static void a_step_of_vref_moves_the_open_circuit_voltage_as_the_gain_says(void **state)
{
  static const PetscReal genrou[] = {6.0, 0.03, 0.5, 0.05, 4.0, 0.0, 1.8, 1.7, 0.3, 0.5, 0.25, 0.2, 0.0, 0.0};
  static const PetscReal sexs[]   = {0.1, 10.0, 50.0, 0.05, -5.0, 5.0};
  const PetscReal        step = 0.02, gain = 50.0;
  StabilityEvent         event;
  Grid                   grid;
  (void)state;
  IsolatedCreate(0.0, LOAD_MODEL_IMPEDANCE, &grid);
  Ok(DeviceTableDestroy(&grid.table));
  Ok(DeviceTableCreate(&grid.table));
  AddPart(&grid, 0, "GENROU", genrou);
  AddPart(&grid, 0, "SEXS", sexs);
  Parse(&grid, "t=1,set=1:1:VRef,add=0.02", &event);
  const End before = RunToEnd(&grid, 1.0, 0, NULL), after = RunToEnd(&grid, 60.0, 1, &event);
  printf("voltage moves by %.8f, closed form %.8f\n", (double)(after.vm_pu - before.vm_pu),
         (double)(step * gain / (1.0 + gain)));
  assert_true(PetscAbsReal(after.vm_pu - before.vm_pu - step * gain / (1.0 + gain)) < 1e-6);
  Parse(&grid, "t=1,set=1:1:vref,value=1.0404", &event); /* Efd = 1.02 when V = 1.02 */
  assert_true(PetscAbsReal(RunToEnd(&grid, 60.0, 1, &event).vm_pu - 1.02) < 1e-6);
  GridDestroy(&grid);
}

static const PetscReal tgov1[2][7] = {{0.05, 0.5, 1.5, 0.0, 2.0, 6.0, 0.0}, {0.08, 0.3, 1.5, 0.0, 1.0, 4.0, 0.5}};

static void a_step_of_pref_moves_the_power_at_an_infinite_bus(void **state)
{
  StabilityEvent event;
  Grid           grid;
  (void)state;
  GridBuildSmib(30.0, &grid);
  Ok(DeviceTableAdd(grid.table, DEVICE_AT_GENERATOR, 0, DeviceModelFind("TGOV1"), 2220.0, tgov1[0], 0));
  Parse(&grid, "t=1,set=1:1:pref,add=0.05", &event);
  const End before = RunToEnd(&grid, 1.0, 0, NULL), after = RunToEnd(&grid, 100.0, 1, &event);
  printf("power moves by %.5f MW, asked for %.5f\n", (double)(after.p_mw - before.p_mw), 0.05 * 2220.0);
  assert_true(PetscAbsReal(after.p_mw - before.p_mw - 0.05 * 2220.0) < 1e-2);
  assert_true(PetscAbsReal(after.pmech_pu - before.pmech_pu - 0.05) < 1e-5);
  GridDestroy(&grid);
}

/* Two governed machines and a load of constant power: w = -dP / sum (1/R + Dt + D), all on one base; and by droop a step
   of one's pref raises the frequency by what it is over the same sum. */
static void a_load_step_settles_where_the_droops_say(void **state)
{
  const PetscReal      d[2] = {1.0, 2.0}, stiffness = 1.0 / 0.05 + 1.0 / 0.08 + 0.5 + 3.0, p = 30.0;
  const double complex i = 0.6, v = 1.0 + 0.1 * I * (i / 2.0);
  StabilityEvent       event[2];
  PetscInt             count;
  Grid                 grid;
  (void)state;
  GridCreate(100.0, 3, 2, 2, &grid);
  Ok(NetworkResizeLoads(grid.net, 1));
  Ok(NetworkSetString(&grid.net->load.unit[0], "1"));
  Ok(NetworkSetString(&grid.net->load.name[0], "load"));
  grid.net->load.bus[0] = 2;
  Ok(OperatingPointDestroy(&grid.point));
  Ok(OperatingPointCreate(grid.net, &grid.point));
  grid.point->load_p[0] = 60.0;
  GridSetVoltage(&grid, 2, 1.0);
  for (PetscInt g = 0; g < 2; ++g) {
    grid.point->generator_online[g] = PETSC_TRUE;
    GridSetBranch(&grid, g, g, 2, 0.1, "1");
    GridSetVoltage(&grid, g, v);
    GridSetMachine(&grid, g, g, 4.0, d[g], 0.2, v, i / 2.0);
    AddPart(&grid, g, "TGOV1", tgov1[g]);
  }
  Ok(DeviceTableAddLoads(grid.table, grid.net, LOAD_MODEL_POWER, &count));
  Parse(&grid, "t=1,load=3:1,p=30", &event[0]);
  Parse(&grid, "t=1,set=2:2:pref,add=0.3", &event[1]);
  const End stepped = RunToEnd(&grid, 120.0, 1, event), raised = RunToEnd(&grid, 120.0, 1, &event[1]),
            both = RunToEnd(&grid, 120.0, 2, event);
  printf("speed settles at %.8f, closed form %.8f\n", (double)stepped.speed_pu, (double)(-p / 100.0 / stiffness));
  assert_true(PetscAbsReal(stepped.speed_pu + p / 100.0 / stiffness) < 1e-7);
  assert_true(PetscAbsReal(raised.speed_pu - p / 100.0 / stiffness) < 1e-7);
  assert_true(PetscAbsReal(both.speed_pu) < 1e-7);
  GridDestroy(&grid);
}

/* The powers that a load draws right after a step at its bus: p MW at the voltage v0, as v^n. */
static void a_load_steps_in_its_own_kind(void **state)
{
  static const PetscReal exponent[] = {[LOAD_MODEL_IMPEDANCE] = 2, [LOAD_MODEL_CURRENT] = 1, [LOAD_MODEL_POWER] = 0};
  (void)state;
  for (LoadModel model = LOAD_MODEL_IMPEDANCE; model <= LOAD_MODEL_POWER; ++model) {
    StabilityOptions options;
    StabilityResult  result;
    StabilityEvent   event;
    Trajectory       tr;
    Grid             grid;
    IsolatedCreate(50.0, model, &grid);
    Parse(&grid, "t=0.5,load=2:1,p=20", &event);
    StabilityDefaultOptions(&options);
    options.until_s = 0.6;
    Simulate(&grid, &options, 1, &event, &tr, &result);
    PetscInt k = 0;
    while (!(tr->time_s[k] == 0.5 && tr->time_s[k - 1] == 0.5)) ++k;
    const PetscReal v = tr->bus_vm_pu[k * tr->n_buses + 1], p = tr->branch_p_from_mw[k * tr->n_branches];
    printf("load model %d: %.6f MW at %.6f per unit\n", (int)model, (double)p, (double)v);
    assert_true(v < 1.0 - 1e-3);
    assert_true(PetscAbsReal(p - 70.0 * pow(v, exponent[model])) < 1e-6);
    Ok(TrajectoryDestroy(&tr));
    GridDestroy(&grid);
  }
}

/* A unit without a device is a negative load: its trip is a load step by what it gave. */
static void a_unit_without_a_device_trips_as_the_load_that_it_is(void **state)
{
  const double complex i = 0.3, v = 1.0 + 0.1 * I * i;
  StabilityEvent       trip, step;
  StabilityOptions     options;
  StabilityResult      result;
  Trajectory           tr[2];
  Grid                 grid;
  (void)state;
  GridCreate(100.0, 2, 1, 2, &grid);
  Ok(NetworkResizeLoads(grid.net, 1));
  Ok(NetworkSetString(&grid.net->load.unit[0], "1"));
  Ok(NetworkSetString(&grid.net->load.name[0], "load"));
  grid.net->load.bus[0] = 1;
  Ok(OperatingPointDestroy(&grid.point));
  Ok(OperatingPointCreate(grid.net, &grid.point));
  GridSetBranch(&grid, 0, 0, 1, 0.1, "1");
  GridSetVoltage(&grid, 0, v);
  GridSetVoltage(&grid, 1, 1.0);
  GridSetMachine(&grid, 0, 0, 5.0, 0.0, 0.2, v, i);
  grid.net->generator.bus[1]      = 1;
  grid.point->generator_online[0] = grid.point->generator_online[1] = PETSC_TRUE;
  grid.point->generator_p[1]                                        = 20.0;
  grid.point->generator_q[1]                                        = 5.0;
  grid.point->load_p[0]                                             = 50.0;
  grid.point->load_q[0]                                             = 5.0;
  Parse(&grid, "t=0.5,trip-unit=2:2", &trip);
  Parse(&grid, "t=0.5,load=2:1,p=20,q=5", &step);
  StabilityDefaultOptions(&options);
  options.until_s = 1.0;
  Simulate(&grid, &options, 1, &trip, &tr[0], &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  Simulate(&grid, &options, 1, &step, &tr[1], &result);
  assert_int_equal(result.verdict, STABILITY_STABLE);
  const PetscInt last = tr[0]->n_times - 1;
  assert_true(tr[0]->machine_speed_dev_pu[last] < -1e-3);
  assert_true(PetscAbsReal(tr[0]->machine_speed_dev_pu[last] - tr[1]->machine_speed_dev_pu[last]) < 1e-9);
  for (int k = 0; k < 2; ++k) Ok(TrajectoryDestroy(&tr[k]));
  GridDestroy(&grid);
}

/* The event that a unit's devices cannot follow is refused with the names of those that they can. */
static void references_are_refused_with_those_there_are(void **state)
{
  static const PetscReal governor[] = {0.05, 0.5, 1.5, 0.0, 2.0, 6.0, 0.0};
  StabilityEvent         event[3];
  Equations              eq;
  Faults                 faults;
  const char            *text;
  Grid                   grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  Ok(DeviceTableAdd(grid.table, DEVICE_AT_GENERATOR, 0, DeviceModelFind("TGOV1"), 2220.0, governor, 0));
  Ok(EquationsCreate(grid.net, grid.point, grid.table, 60.0, &eq));
  Parse(&grid, "t=1,set=1:1:pref,value=1", &event[0]);
  Parse(&grid, "t=1,set=3:2:pref,value=1", &event[1]); /* its constant mechanical power */
  Parse(&grid, "t=1,set=1:1:vref,value=1", &event[2]);
  Ok(FaultsCreate(&faults));
  Ok(EventsCheckDevices(eq, 3, event, faults, "--event"));
  Refused(faults, "vref", "pref");
  Ok(FaultsGet(faults, 0, NULL, NULL, NULL, &text));
  assert_null(strstr(text, "efd")); /* a classical machine does not read it */
  Ok(FaultsDestroy(&faults));
  Ok(EquationsDestroy(&eq));
  GridDestroy(&grid);
}

/* Whatever is written, it is refused in one line each or it is an event of this network. */
static void mutated_events_are_read_or_refused(void **state)
{
  static const char *const seeds[]   = {"t=1.5,fault=2,r=0.01,x=0.2",
                                        "t=0,fault=2-3:2,at=0.25",
                                        "t=1,clear=2-3:2",
                                        "t=1,trip=2-3",
                                        "t=1,close=3-2:2",
                                        "t=1,trip-unit=2:cell",
                                        "t=1,load=2:B,p=-5,q=1e3",
                                        "t=1,set=1:1:vref,add=-1",
                                        "t=1,island=area:east"};
  static const char        letters[] = "0123456789.,:=-+tfe:,= \t\"\xff%naxyzinf";
  uint32_t                 random    = 2463534242u;
  PetscInt                 read      = 0;
  Grid                     grid;
  (void)state;
  CreateNamed(&grid);
  for (int k = 0; k < 20000; ++k) {
    char           text[80];
    Faults         faults;
    StabilityEvent e;
    PetscBool      ok;
    const char    *line;
    snprintf(text, sizeof text, "%s", seeds[k % (int)(sizeof seeds / sizeof seeds[0])]);
    for (int changes = k % 4; changes >= 0; --changes) {
      random ^= random << 13, random ^= random >> 17, random ^= random << 5; /* Marsaglia (2003) */
      const size_t n = strlen(text), at = (random >> 8) % (n + 1);
      if (random & 1u && n > 0)
        memmove(text + at, text + at + (at < n), n - at + (at == n));
      else if (random & 2u && at < n)
        text[at] = letters[(random >> 20) % (sizeof letters - 1)];
      else if (n + 2 < sizeof text) {
        memmove(text + at + 1, text + at, n - at + 1);
        text[at] = letters[(random >> 20) % (sizeof letters - 1)];
      }
    }
    Ok(FaultsCreate(&faults));
    Ok(EventParse(grid.net, text, faults, NULL, 0, "--event", &e, &ok));
    assert_int_equal(ok, FaultsErrorCount(faults) == 0);
    for (PetscInt i = 0; i < FaultsCount(faults); ++i) {
      Ok(FaultsGet(faults, i, NULL, NULL, NULL, &line));
      assert_null(strchr(line, '\n'));
    }
    if (ok) {
      ++read;
      assert_true(e.time_s >= 0.0 && isfinite(e.time_s) && isfinite(e.value) && isfinite(e.p_mw) && e.r_pu >= 0.0);
      assert_true(e.bus >= -1 && e.bus < 3 && e.branch >= -1 && e.branch < 3 && e.at >= 0.0 && e.at <= 1.0);
      assert_true(e.kind == EVENT_ISLAND || e.bus >= 0 || e.branch >= 0);
      assert_true(e.kind != EVENT_TRIP_UNIT || (e.row >= 0 && e.row < 2));
    }
    Ok(FaultsDestroy(&faults));
  }
  printf("%d of 20000 changed events are events still\n", (int)read);
  assert_true(read > 100 && read < 19900); /* both happen */
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_are_read_as_written),
      cmocka_unit_test(what_cannot_be_read_has_one_fault),
      cmocka_unit_test(what_contradicts_has_one_fault),
      cmocka_unit_test(mutated_events_are_read_or_refused),
      cmocka_unit_test(a_fault_along_a_line_is_a_fault_between_its_two_sections),
      cmocka_unit_test(a_fault_at_a_lines_end_is_a_fault_at_its_bus),
      cmocka_unit_test(a_branch_takes_its_fault_with_it),
      cmocka_unit_test(trip_and_reclosing_return_to_the_equilibrium),
      cmocka_unit_test(a_step_of_vref_moves_the_open_circuit_voltage_as_the_gain_says),
      cmocka_unit_test(a_step_of_pref_moves_the_power_at_an_infinite_bus),
      cmocka_unit_test(a_load_step_settles_where_the_droops_say),
      cmocka_unit_test(a_load_steps_in_its_own_kind),
      cmocka_unit_test(a_unit_without_a_device_trips_as_the_load_that_it_is),
      cmocka_unit_test(references_are_refused_with_those_there_are),
  };
  return RunTests(argc, argv, tests);
}
