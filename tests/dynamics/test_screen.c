/* Screening: the same results from any rank, in any order; contingencies by sets and lists; the severest first. */
#include "tests/dynamics/grid.h"

#include "dynamics/screen.h"
#include "tests/dynamics/main.h"

static MPI_Comm comm; /* all ranks of the test */

static void MakeStability(const Grid *grid, PetscReal tolerance, PetscReal until, Stability *stability)
{
  StabilityOptions options;
  StabilityDefaultOptions(&options);
  options.relative_tolerance = options.absolute_tolerance = tolerance;
  options.until_s                                         = until;
  Ok(StabilityCreate(grid->net, grid->point, grid->table, &options, stability));
}

static int GridLoadRaw39(Grid *grid)
{
  const char      *raw = SharedData("dynamics/griddyn/IEEE39.raw"), *dyr = SharedData("dynamics/griddyn/IEEE39.dyr");
  Faults           faults;
  PowerFlow        flow;
  PowerFlowOptions options;
  *grid = (Grid){0};
  if (!raw || !dyr) return 0;
  Ok(FaultsCreate(&faults));
  Ok(NetworkRead(PETSC_COMM_SELF, raw, "auto", faults, &grid->net));
  Ok(DeviceTableRead(PETSC_COMM_SELF, dyr, grid->net, PETSC_FALSE, faults, &grid->table));
  assert_non_null(grid->table);
  Ok(FaultsDestroy(&faults));
  PowerFlowDefaultOptions(&options);
  Ok(PowerFlowSolve(grid->net, &options, &flow));
  assert_true(flow.converged);
  Ok(OperatingPointFromPowerFlow(grid->net, &flow, -1, &grid->point));
  Ok(PowerFlowDestroy(&flow));
  return 1;
}

/* Bit for bit, NAN being equal to itself. */
static void AssertSameReal(PetscReal a, PetscReal b)
{
  assert_memory_equal(&a, &b, sizeof a);
}

static void AssertSame(const ScreenResult *a, const ScreenResult *b)
{
  assert_int_equal(a->number, b->number);
  assert_int_equal(a->verdict, b->verdict);
  assert_int_equal(a->criterion, b->criterion);
  assert_string_equal(a->reason, b->reason);
  assert_int_equal(a->steps, b->steps);
  assert_int_equal(a->n_actions, b->n_actions);
  assert_int_equal(a->min_voltage_bus, b->min_voltage_bus);
  AssertSameReal(a->severity, b->severity);
  AssertSameReal(a->max_angle_spread_deg, b->max_angle_spread_deg);
  AssertSameReal(a->min_voltage_pu, b->min_voltage_pu);
  AssertSameReal(a->nadir_hz, b->nadir_hz);
  AssertSameReal(a->zenith_hz, b->zenith_hz);
  AssertSameReal(a->max_rocof_hz_per_s, b->max_rocof_hz_per_s);
  if (a->verdict == STABILITY_UNSTABLE) AssertSameReal(a->violation_s, b->violation_s);
}

static void MakeSet(Stability stability, Contingencies *list)
{
  ContingencySet set;
  ContingencyDefaultSet(&set);
  Ok(ContingenciesCreate(list));
  Ok(ContingenciesAddSet(*list, StabilityEquations(stability), &set));
}

/* Every value once, whoever takes it, however slow the others are. */
static void counter_gives_each_task_once(void **state)
{
  enum { TASKS = 200 };
  PetscMPIInt rank;
  (void)state;
  MPI_Comm_rank(comm, &rank);
  for (int kind = TASK_COUNTER_AUTO; kind <= TASK_COUNTER_MESSAGES; ++kind) {
    int         mine[TASKS] = {0}, all[TASKS];
    TaskCounter counter;
    int64_t     next;
    Ok(TaskCounterCreate(comm, (TaskCounterKind)kind, &counter));
    for (;;) {
      Ok(TaskCounterTake(counter, &next));
      if (next >= TASKS) break;
      ++mine[next];
      if (rank % 2 && next % 10 == 0) usleep(1000);
    }
    Ok(TaskCounterDestroy(&counter));
    assert_null(counter);
    MPI_Allreduce(mine, all, TASKS, MPI_INT, MPI_SUM, comm);
    for (int k = 0; k < TASKS; ++k) assert_int_equal(all[k], 1);
  }
}

/* Over the ranks, and each contingency by itself in a simulator that has done nothing before: bit for bit. */
static void CheckIndependence(const Grid *grid, PetscReal until, PetscInt stride)
{
  Stability     shared, fresh;
  Contingencies all, list;
  ScreenOptions options;
  ScreenSummary summary;
  ScreenResult *result, alone;
  PetscMPIInt   rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  MakeStability(grid, 1e-4, until, &shared);
  MakeSet(shared, &all);
  Ok(ContingenciesCreate(&list));
  for (PetscInt k = 0; k < all->n; k += stride) {
    const Contingency *c = &all->item[k];
    Ok(ContingenciesAdd(list, c->name, c->n, c->event, 0));
  }
  Ok(PetscCalloc1(list->n, &result));
  ScreenDefaultOptions(&options);
  options.counter = stride == 1 ? TASK_COUNTER_MESSAGES : TASK_COUNTER_AUTO;
  Ok(ScreenRun(comm, shared, list, &options, result, &summary));
  assert_int_equal(summary.n_missing, 0);
  assert_int_equal(summary.n_stable + summary.n_unstable + summary.n_failed, list->n);
  for (PetscInt k = rank; k < list->n; k += size) {
    alone = (ScreenResult){.number = k};
    MakeStability(grid, 1e-4, until, &fresh);
    Ok(ScreenOne(fresh, &list->item[k], PETSC_FALSE, &alone));
    Ok(StabilityDestroy(&fresh));
    AssertSame(&alone, &result[k]);
  }
  Ok(PetscFree(result));
  Ok(ContingenciesDestroy(&list));
  Ok(ContingenciesDestroy(&all));
  Ok(StabilityDestroy(&shared));
}

static void results_do_not_depend_on_ranks_and_order_wscc9(void **state)
{
  Grid grid;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  CheckIndependence(&grid, 5.0, 1);
  GridDestroy(&grid);
}

static void results_do_not_depend_on_ranks_and_order_ieee39(void **state)
{
  Grid grid;
  (void)state;
  if (!GridLoadRaw39(&grid)) skip();
  CheckIndependence(&grid, 3.0, 5);
  GridDestroy(&grid);
}

static void results_do_not_depend_on_ranks_and_order_smib(void **state)
{
  Grid grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  CheckIndependence(&grid, 2.0, 1);
  GridDestroy(&grid);
}

static const Contingency *Find(Contingencies list, const char *name)
{
  for (PetscInt k = 0; k < list->n; ++k) {
    if (!strcmp(list->item[k].name, name)) return &list->item[k];
  }
  fail_msg("there is no contingency \"%s\"", name);
  return NULL;
}

/* 9 buses, 9 branches, 3 units; a unit behind a transformer goes with it, one at a load does not. */
static void set_has_every_fault_and_trip(void **state)
{
  Grid          grid;
  Stability     stability;
  Contingencies list;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  MakeStability(&grid, 1e-4, 1.0, &stability);
  MakeSet(stability, &list);
  assert_int_equal(list->n, 9 + 2 * 9 + 9 + 3);
  assert_int_equal(Find(list, "fault 5")->n, 2);
  const Contingency *open = Find(list, "fault 8 trip 8-9:1");
  assert_int_equal(open->n, 3);
  assert_int_equal(open->event[1].kind, EVENT_CLEAR);
  assert_int_equal(open->event[2].kind, EVENT_TRIP_BRANCH);
  assert_true(open->event[1].time_s == open->event[2].time_s && open->event[1].time_s == 0.1);
  const Contingency *step_up = Find(list, "trip 3-6:1");
  assert_int_equal(step_up->n, 2);
  assert_int_equal(step_up->event[1].kind, EVENT_TRIP_UNIT);
  assert_int_equal(step_up->event[1].bus, GridBus(&grid, 3));
  assert_int_equal(Find(list, "trip-unit 2:1")->event[0].kind, EVENT_TRIP_UNIT);
  Ok(ContingenciesDestroy(&list));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

/* Rows in the form of a file; returns the faults. */
static Faults Parse(Network net, const char *text, Contingencies *list)
{
  ContingencySet set;
  Source        *source;
  Faults         faults;
  ContingencyDefaultSet(&set);
  Ok(FaultsCreate(&faults));
  Ok(ContingenciesCreate(list));
  Ok(SourceFromBytes("list.csv", text, strlen(text), &source));
  Ok(ContingenciesParse(source, net, &set, 5.0, faults, *list));
  Ok(SourceDestroy(&source));
  return faults;
}

static void Screen(Stability stability, Contingencies list, ScreenResult *result, PetscInt *order)
{
  ScreenOptions options;
  ScreenSummary summary;
  ScreenDefaultOptions(&options);
  options.cct = PETSC_TRUE;
  for (PetscInt k = 0; k < list->n; ++k) result[k].done = PETSC_FALSE;
  Ok(ScreenRun(comm, stability, list, &options, result, &summary));
  Ok(ScreenRank(list->n, result, order));
}

/* MATPOWER's fault at 8 that opens 8-9 is critical at 0.161 s: the earlier loss of synchronism ranks first. */
static void severer_contingencies_rank_first(void **state)
{
  Grid          grid;
  Stability     stability;
  Contingencies list;
  ScreenResult  result[4];
  PetscInt      order[4];
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  Faults faults = Parse(grid.net,
                        "name,events,bus,clearing_s,trip\n"
                        "short,,8,0.15,8-9\n"
                        "longer,,8,0.17,8-9:1\n"
                        "mild,\"t=0.5,trip=5-6\",,,\n"
                        "longest,\"t=0,fault=8; t=0.3,clear=8; t=0.3,trip=8-9\",,,\n",
                        &list);
  assert_int_equal(FaultsCount(faults), 0);
  assert_int_equal(list->n, 4);
  MakeStability(&grid, 1e-6, 5.0, &stability);
  Screen(stability, list, result, order);
  assert_int_equal(result[0].verdict, STABILITY_STABLE);
  assert_int_equal(result[1].verdict, STABILITY_UNSTABLE);
  assert_string_equal(ScreenCriterionName(result[1].criterion), "angle");
  const PetscInt expected[] = {3, 1, 0, 2};
  for (PetscInt k = 0; k < 4; ++k) assert_int_equal(order[k], expected[k]);
  assert_true(result[3].violation_s < result[1].violation_s);
  assert_true(result[0].severity <= 1.0 && result[1].severity > 1.0 && result[3].severity <= 2.0);
  assert_true(result[0].severity >= result[0].max_angle_spread_deg / 180.0);
  for (PetscInt k = 0; k < 4; ++k) {
    assert_int_equal(result[k].has_cct, k != 2);
    if (k != 2) assert_true(PetscAbsReal(result[k].cct_s - 0.161) <= 0.002);
  }
  Ok(StabilityDestroy(&stability));
  Ok(ContingenciesDestroy(&list));
  Ok(FaultsDestroy(&faults));
  GridDestroy(&grid);
}

static void bad_lists_are_told_with_their_lines(void **state)
{
  static const struct {
    const char *text;
    PetscInt    line;
    const char *word;
  } cases[] = {
      {"name,event\na,\"t=0,fault=2\"\n", 1, "event"},
      {"name\na\n", 1, "events"},
      {"name,events\n", 1, "no rows"},
      {"name,events\na,\"t=0,trip=1-2\"\nb,\"t=0,fault=77\"\n", 3, "77"},
      {"name,events\na,\"t=0,fault=2;t=0.1,clear=3\"\n", 2, "no fault there"},
      {"name,events\na,\"t=9,fault=2\"\n", 2, "before --until"},
      {"name,events\na,\n", 2, "neither"},
      {"name,events\na,;\n", 2, "no event"},
      {"name,events\na,\"t=0,trip=1-2\"\na,\"t=0,trip=1-2\"\n", 3, "line 2"},
      {"name,events,bus\na,\"t=0,trip=1-2\",2\n", 2, "events and a bus"},
      {"name,bus,clearing_s\na,2,0.1\nb,2,soon\n", 3, "soon"},
      {"name,bus,clearing_s\na,2,-1\n", 2, "clearing_s -1"},
      {"name,bus,trip\na,2,2-9\n", 2, "9"},
      {"name,bus\na,two\n", 2, "two"},
  };
  Grid grid;
  (void)state;
  GridBuildSmib(0.0, &grid);
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
    Contingencies list;
    const char   *file, *text;
    PetscInt      line;
    Faults        faults = Parse(grid.net, cases[k].text, &list);
    assert_true(FaultsErrorCount(faults) >= 1);
    Ok(FaultsGet(faults, 0, NULL, &file, &line, &text));
    assert_string_equal(file, "list.csv");
    assert_int_equal(line, cases[k].line);
    if (!strstr(text, cases[k].word)) fail_msg("\"%s\" does not say \"%s\"", text, cases[k].word);
    assert_int_equal(list->n, 0);
    Ok(ContingenciesDestroy(&list));
    Ok(FaultsDestroy(&faults));
  }
  GridDestroy(&grid);
}

static PetscErrorCode StopAtOnce(void *context, const ScreenResult *result, PetscInt taken, PetscInt total,
                                 PetscBool *stop)
{
  PetscFunctionBeginUser;
  ++*(int *)context;
  assert_true(result->done);
  assert_true(taken >= 1 && taken <= total);
  *stop = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* What is done stays done; what is left is done later. */
static void screening_stops_and_goes_on(void **state)
{
  Grid          grid;
  Stability     stability;
  Contingencies list;
  ScreenOptions options;
  ScreenSummary summary;
  ScreenResult *first, *whole;
  int           seen = 0;
  PetscMPIInt   size;
  (void)state;
  MPI_Comm_size(comm, &size);
  GridBuildSmib(0.0, &grid);
  MakeStability(&grid, 1e-4, 1.0, &stability);
  MakeSet(stability, &list);
  Ok(PetscCalloc2(list->n, &first, list->n, &whole));
  ScreenDefaultOptions(&options);
  Ok(ScreenRun(comm, stability, list, &options, whole, &summary));
  assert_int_equal(summary.n_missing, 0);
  options.observer = StopAtOnce;
  options.context  = &seen;
  Ok(ScreenRun(comm, stability, list, &options, first, &summary));
  assert_true(summary.n_missing > 0 && summary.n_missing < list->n && summary.n_missing >= list->n - size);
  assert_true(seen <= 1);
  options.observer = NULL;
  Ok(ScreenRun(comm, stability, list, &options, first, &summary));
  assert_int_equal(summary.n_missing, 0);
  for (PetscInt k = 0; k < list->n; ++k) AssertSame(&first[k], &whole[k]);
  Ok(PetscFree2(first, whole));
  Ok(ContingenciesDestroy(&list));
  Ok(StabilityDestroy(&stability));
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counter_gives_each_task_once),
      cmocka_unit_test(results_do_not_depend_on_ranks_and_order_smib),
      cmocka_unit_test(results_do_not_depend_on_ranks_and_order_wscc9),
      cmocka_unit_test(results_do_not_depend_on_ranks_and_order_ieee39),
      cmocka_unit_test(set_has_every_fault_and_trip),
      cmocka_unit_test(severer_contingencies_rank_first),
      cmocka_unit_test(bad_lists_are_told_with_their_lines),
      cmocka_unit_test(screening_stops_and_goes_on),
  };
  comm = MPI_COMM_WORLD;
  return RunTests(argc, argv, tests);
}
