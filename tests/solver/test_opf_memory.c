/* The estimate of an optimal power flow's memory against what a solve takes: never far below, and not more than half as much again.
   The cases grow, because a process does not give back its peak. */
#include "tests/solver/opf_support.h"

#include "solver/opf_memory.h"

#define BELOW 0.9
#define ABOVE 1.5

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#else
#define INSTRUMENTED 0
#endif

/* Peak resident bytes of this process. */
static PetscReal Peak(void)
{
  FILE  *file = fopen("/proc/self/status", "r");
  char   line[256];
  double kilobytes = 0;

  assert_non_null(file);
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, "VmHWM:", 6)) kilobytes = atof(line + 6);
  fclose(file);
  return 1024 * kilobytes;
}

/* A few iterations reach the peak, but for systems that are made anew on the way. */
static void Compare(Network net, const char *regions, OpfMethod method, Physics physics, PetscInt hours)
{
  Partition  partition = ReadPartition(PETSC_COMM_WORLD, net, regions);
  OpfOptions options;
  OpfResult  result;
  Dispatch   dispatch;
  PetscReal  estimate, peak;

  OpfDefaultOptions(&options);
  options.method         = method;
  options.physics        = physics;
  options.max_iterations = 6;
  options.diagnose       = PETSC_FALSE;
  if (hours > 1) {
    if (net->series.n_snapshots == 0) OK(NetworkSetSnapshots(net, 0, 1, hours)); /* all hours alike */
    options.hours          = hours;
    options.first_snapshot = 0;
  }
  OK(OpfEstimateMemory(net, partition, &options, 1, &estimate));
  OK(OpfSolve(PETSC_COMM_WORLD, net, partition, &options, &dispatch, &result));
  peak = Peak();
  printf("%s by %s, %d hours: %.1f MB, estimated %.1f MB (%.2f)\n", net->name, regions, (int)hours, peak / 1e6,
         estimate / 1e6, estimate / peak);
  if (!INSTRUMENTED && !(estimate >= BELOW * peak && estimate <= ABOVE * peak))
    fail_msg("estimated %.1f MB, taken %.1f MB", estimate / 1e6, peak / 1e6);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&dispatch));
  OK(PartitionDestroy(&partition));
}

static void CompareCase(const char *path, const char *regions, OpfMethod method, Physics physics, PetscInt hours)
{
  Network net;

  if (!path) skip();
  net = ReadCase(PETSC_COMM_WORLD, path);
  Compare(net, regions, method, physics, hours);
  OK(NetworkDestroy(&net));
}

static void the_shipped_case(void **state)
{
  (void)state;
  CompareCase(ShippedFile("inputs/cases/six-bus.m"), "1", METHOD_INTERIOR_POINT, PHYSICS_AC, 1);
}

static void a_shipped_day_by_regions(void **state)
{
  (void)state;
  CompareCase(ShippedFile("inputs/cases/islands"), "4", METHOD_INTERIOR_POINT, PHYSICS_AC, 24);
}

static void regions_that_agree_by_admm(void **state)
{
  (void)state;
  CompareCase(SharedData("pglib/pglib_opf_case1354_pegase.m"), "4", METHOD_ADMM, PHYSICS_AC, 1);
}

static void a_day_of_three_areas(void **state)
{
  (void)state;
  CompareCase(SharedData("rts-gmlc"), "area", METHOD_INTERIOR_POINT, PHYSICS_AC, 24);
}

static void ten_thousand_buses(void **state)
{
  (void)state;
  CompareCase(SharedData("pglib/pglib_opf_case10000_goc.m"), "1", METHOD_INTERIOR_POINT, PHYSICS_AC, 1);
}

static void a_week_of_dc_flows(void **state)
{
  (void)state;
  CompareCase(SharedData("rts-gmlc"), "1", METHOD_INTERIOR_POINT, PHYSICS_DC_REACTANCE, 168);
}

/* What is asked of two ranks is less for each, but more than half. */
static void ranks_share_the_regions(void **state)
{
  const char *path = SharedData("pglib/pglib_opf_case1354_pegase.m");
  Network     net;
  Partition   partition;
  OpfOptions  options;
  PetscReal   bytes[3];

  (void)state;
  if (!path) skip();
  net       = ReadCase(PETSC_COMM_WORLD, path);
  partition = ReadPartition(PETSC_COMM_WORLD, net, "4");
  OpfDefaultOptions(&options);
  for (PetscInt k = 0; k < 3; k++) OK(OpfEstimateMemory(net, partition, &options, k < 2 ? k + 1 : 4, &bytes[k]));
  assert_true(bytes[1] < bytes[0] && bytes[2] < bytes[1] && 2 * bytes[1] > bytes[0]);
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_shipped_case),           cmocka_unit_test(a_shipped_day_by_regions),
      cmocka_unit_test(regions_that_agree_by_admm), cmocka_unit_test(a_day_of_three_areas),
      cmocka_unit_test(ten_thousand_buses),         cmocka_unit_test(a_week_of_dc_flows),
      cmocka_unit_test(ranks_share_the_regions),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
