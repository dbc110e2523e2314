/* How many rounds ADMM takes with the penalties it chooses itself, that no end is called optimal that is not, and what method auto
   does. A case counts as solved from the first round after which mismatch, violation and the gap to the central optimum stay
   below 1e-4. */
#include "tests/solver/opf_support.h"

#define SOLVED 1e-4

typedef struct {
  SolveStatus status;
  OpfMethod   finished_by;
  PetscReal   gap;
  PetscInt    rounds, admm_iterations; /* rounds until solved */
} Outcome;

static PetscReal CentralCost(Network net)
{
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;
  PetscReal  cost;

  OpfDefaultOptions(&options);
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_equal(SolveStatusName(result.status), "optimal");
  cost = result.objective;
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  return cost;
}

static Outcome Solve(Network net, const char *regions, const OpfOptions *options, PetscReal central)
{
  Partition partition = ReadPartition(PETSC_COMM_SELF, net, regions);
  OpfResult result;
  Dispatch  d;
  Outcome   o;

  OK(OpfSolve(PETSC_COMM_SELF, net, partition, options, &d, &result));
  o = (Outcome){result.status, result.finished_by, fabs(result.objective - central) / fabs(central), 1,
                result.admm_iterations};
  for (PetscInt k = 0; k < result.n_record; k++) {
    const AdmmIteration *row = &result.record[k];
    const PetscReal      gap = fabs(row->objective - central) / fabs(central);
    if (fmax(gap, fmax(row->mismatch_pu, row->violation_pu)) >= SOLVED) o.rounds = k + 2;
    assert_true(row->bytes > 0 && row->penalty_low > 0 && row->penalty_high >= row->penalty_low);
  }
  printf("%s: solved in %d rounds, %s after %d, gap %.1e\n", regions, (int)o.rounds, SolveStatusName(o.status),
         (int)o.admm_iterations, o.gap);
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  OK(PartitionDestroy(&partition));
  return o;
}

static OpfOptions AdmmOptions(void)
{
  OpfOptions options;
  OpfDefaultOptions(&options);
  options.method   = METHOD_ADMM;
  options.diagnose = PETSC_FALSE;
  return options;
}

/* The network of a published case; NULL where the shared data are absent. */
static Network Published(const char *name)
{
  char        relative[100];
  const char *path;
  (void)snprintf(relative, sizeof relative, "pglib/pglib_opf_case%s.m", name);
  path = SharedData(relative);
  return path ? ReadCase(PETSC_COMM_SELF, path) : NULL;
}

static void WithinRounds(const char *name, const char *regions, PetscInt rounds)
{
  const OpfOptions options = AdmmOptions();
  Network          net     = Published(name);
  char             spec[512];

  if (!net) skip();
  (void)snprintf(spec, sizeof spec, "%s", strchr(regions, '/') ? SharedData(regions) : regions);
  const Outcome o = Solve(net, spec, &options, CentralCost(net));
  assert_string_equal(SolveStatusName(o.status), "optimal");
  assert_true(o.gap < SOLVED);
  if (o.rounds > rounds) fail_msg("%s takes %d rounds, at most %d are expected", name, (int)o.rounds, (int)rounds);
  OK(NetworkDestroy(&net));
}

static void areas_of_73_buses_agree_within_90_rounds(void **state)
{
  (void)state;
  WithinRounds("73_ieee_rts", "area", 90);
}

static void four_regions_of_118_buses_agree_within_250_rounds(void **state)
{
  (void)state;
  WithinRounds("118_ieee", "partitions/118_ieee-4.csv", 250);
}

static void four_regions_of_300_buses_agree_within_200_rounds(void **state)
{
  (void)state;
  WithinRounds("300_ieee", "partitions/300_ieee-4.csv", 200);
}

static void four_regions_of_1354_buses_agree_within_900_rounds(void **state)
{
  (void)state;
  WithinRounds("1354_pegase", "partitions/1354_pegase-4.csv", 900);
}

static void eight_regions_agree_too(void **state)
{
  (void)state;
  WithinRounds("118_ieee", "partitions/118_ieee-8.csv", 450);
  WithinRounds("300_ieee", "partitions/300_ieee-8.csv", 450);
}

static void congested_cases_agree(void **state)
{
  (void)state;
  WithinRounds("118_ieee__api", "partitions/118_ieee-4.csv", 500);
  WithinRounds("118_ieee__api", "partitions/118_ieee-8.csv", 900);
  WithinRounds("300_ieee__api", "partitions/300_ieee-4.csv", 500);
  WithinRounds("300_ieee__api", "partitions/300_ieee-8.csv", 500);
}

/* Heavy penalties make the mismatch vanish long before prices agree, light ones leave a cycle. */
static void no_penalty_makes_a_wrong_point_optimal(void **state)
{
  const PetscReal factor[] = {1e-2, 0.1, 10, 1e2, 1e3, 1e4};
  OpfOptions      options  = AdmmOptions();
  Network         net      = Published("118_ieee");

  (void)state;
  if (!net) skip();
  const PetscReal central = CentralCost(net);
  char            spec[512];
  (void)snprintf(spec, sizeof spec, "%s", SharedData("partitions/118_ieee-4.csv"));
  options.max_iterations = 250;
  for (size_t k = 0; k < sizeof factor / sizeof factor[0]; k++) {
    options.admm_penalty = factor[k];
    const Outcome o      = Solve(net, spec, &options, central);
    if (o.status == SOLVE_OPTIMAL && o.gap >= SOLVED)
      fail_msg("penalties times %g: optimal, but %g off", factor[k], o.gap);
  }
  OK(NetworkDestroy(&net));
}

static void auto_is_admm_where_that_arrives(void **state)
{
  OpfOptions options = AdmmOptions();
  Network    net     = ReadCase(PETSC_COMM_SELF, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  options.method  = METHOD_AUTO;
  const Outcome o = Solve(net, "area", &options, CentralCost(net));
  assert_string_equal(SolveStatusName(o.status), "optimal");
  assert_int_equal(o.finished_by, METHOD_ADMM);
  OK(NetworkDestroy(&net));
}

static void auto_is_finished_by_the_interior_point_where_admm_does_not_arrive(void **state)
{
  OpfOptions options = AdmmOptions();
  Network    net     = ReadCase(PETSC_COMM_SELF, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  options.method         = METHOD_AUTO;
  options.max_iterations = 20; /* enough for the interior point alone */
  const Outcome o        = Solve(net, "area", &options, CentralCost(net));
  assert_string_equal(SolveStatusName(o.status), "optimal");
  assert_int_equal(o.finished_by, METHOD_INTERIOR_POINT);
  assert_int_equal(o.admm_iterations, 20);
  assert_true(o.gap < 1e-7);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(areas_of_73_buses_agree_within_90_rounds),
      cmocka_unit_test(four_regions_of_118_buses_agree_within_250_rounds),
      cmocka_unit_test(four_regions_of_300_buses_agree_within_200_rounds),
      cmocka_unit_test(eight_regions_agree_too),
      cmocka_unit_test(congested_cases_agree),
      cmocka_unit_test(no_penalty_makes_a_wrong_point_optimal),
      cmocka_unit_test(auto_is_admm_where_that_arrives),
      cmocka_unit_test(auto_is_finished_by_the_interior_point_where_admm_does_not_arrive),
      cmocka_unit_test(four_regions_of_1354_buses_agree_within_900_rounds),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
