/* Regions coordinated by ADMM: the central optimum, the same bytes on 1, 2, 3 and 4 ranks, and honest ends. Meant for four ranks,
   of which the first 1, 2, 3 and 4 solve in turn; runs on fewer. Every rank asserts the same facts, so that none waits for
   another that failed. */
#include "inputs/study.h"

#include "tests/solver/ranks_support.h"

#define ADMM_TOLERANCE 1e-4 /* of mismatch and objective that the coordination promises */

static OpfOptions AdmmOptions(Physics physics)
{
  OpfOptions options;
  OpfDefaultOptions(&options);
  options.method  = METHOD_ADMM;
  options.physics = physics;
  return options;
}

/* The regions' agreement against the central interior point, on every number of ranks. */
static void CheckAgreement(Network net, const char *regions, const OpfOptions *options)
{
  const Outcome central = Central(net, options), o = SolveOnAll(net, regions, options);

  assert_string_equal(SolveStatusName(o.status), "optimal");
  Near(o.objective, central.objective, 1e-4 * fabs(central.objective));
  assert_true(o.mismatch < ADMM_TOLERANCE);
  if (o.violation >= ADMM_TOLERANCE) fail_msg("%s by %g", o.worst, o.violation);
}

static void CheckCase(const char *relative, Physics physics, const char *regions)
{
  const char      *path    = SharedData(relative);
  const OpfOptions options = AdmmOptions(physics);
  Network          net;

  if (!path) skip();
  net = ReadCase(world, path);
  CheckAgreement(net, regions, &options);
  OK(NetworkDestroy(&net));
}

static void areas_of_39_buses_agree_with_the_central_optimum(void **state)
{
  (void)state;
  CheckCase("pglib/pglib_opf_case39_epri.m", PHYSICS_AC, "area");
}

static void areas_of_73_buses_agree_with_the_central_optimum(void **state)
{
  (void)state;
  CheckCase("pglib/pglib_opf_case73_ieee_rts.m", PHYSICS_AC, "area");
}

static void areas_of_73_buses_agree_in_dc_too(void **state)
{
  (void)state;
  CheckCase("pglib/pglib_opf_case73_ieee_rts.m", PHYSICS_DC_REACTANCE, "area");
}

static void more_ranks_than_regions_and_an_hvdc_tie_do_no_harm(void **state)
{
  const OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  CheckAgreement(net, "area", &options);
  OK(NetworkDestroy(&net));
}

/* The network of a shipped study under a policy. */
static Network StudyNetwork(const char *relative, const char *policy)
{
  Faults  faults;
  Study   study;
  Network net;

  OK(FaultsCreate(&faults));
  OK(StudyRead(world, ShippedFile(relative), policy, faults, &study));
  assert_non_null(study);
  OK(StudyLoadNetwork(world, study, faults, &net));
  assert_non_null(net);
  OK(StudyDestroy(&study));
  OK(FaultsDestroy(&faults));
  return net;
}

static void storage_couples_the_hours_of_a_region(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network    net     = StudyNetwork("inputs/cases/islands/study.yaml", NULL);

  (void)state;
  options.hours          = 6;
  options.first_snapshot = 9;
  CheckAgreement(net, "region", &options);
  OK(NetworkDestroy(&net));
}

static void one_region_is_the_interior_point_to_the_bit(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network    net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  PetscBool  same;

  (void)state;
  const Outcome admm = SolveOnAll(net, "1", &options);
  options.method     = METHOD_INTERIOR_POINT;
  const Outcome ip   = SolveOn(1, net, "1", &options, &same);
  assert_string_equal(SolveStatusName(admm.status), "optimal");
  assert_true(admm.hash == ip.hash);
  OK(NetworkDestroy(&net));
}

/* 320 MW in the second area, of which 160 MW of its own unit and 130 MW over its ties can be served at most. */
static void a_region_loaded_beyond_reach_is_infeasible_and_named(void **state)
{
  const OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  char           **area    = NetworkBusColumn(net, "area");

  (void)state;
  for (PetscInt l = 0; l < net->load.n; l++) {
    if (strcmp(area[net->load.bus[l]], "2") != 0) continue;
    net->load.p_mw[l] *= 2;
    net->load.q_mvar[l] *= 2;
  }
  const Outcome o = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  assert_true(o.n_shortages > 0);
  assert_true(o.shortage_mwh >= 320 - 160 - 130 && o.shortage_mwh < 100);
  assert_int_equal(o.short_region, 1);
  assert_true(o.mismatch <= 1e-6); /* with the shortages the balance holds */
  OK(NetworkDestroy(&net));
}

/* 5 MW for one hour cannot fill 20 MWh: no shortage of power explains it, and no number of iterations helps. */
static void an_energy_that_no_region_can_reach_is_infeasible(void **state)
{
  const OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network          net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));
  const PetscInt   s       = AddStorage(net, 4, 5, 100);

  (void)state;
  net->storage.e_final_min_mwh[s] = 20;
  const Outcome o                 = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  OK(NetworkDestroy(&net));
}

/* Each region is feasible by itself, all together are 0.2 MW short: only the coordination can find out. */
static void regions_that_are_short_together_are_infeasible(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_DC_REACTANCE);
  Network    net     = StudyNetwork("inputs/cases/islands/hour.yaml", "grid-closed");

  (void)state;
  options.first_snapshot = 0;
  const Outcome o        = SolveOnAll(net, "region", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  Near(o.shortage_mwh, 0.2, 1e-6);
  OK(NetworkDestroy(&net));
}

static void the_shipped_hour_costs_160_by_regions_too(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_DC_REACTANCE);
  Network    net     = StudyNetwork("inputs/cases/islands/hour.yaml", NULL);

  (void)state;
  options.first_snapshot = 0;
  const Outcome o        = SolveOnAll(net, "region", &options);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  Near(o.objective, 160, 0.016);
  OK(NetworkDestroy(&net));
}

/* An iteration limit is an end like any other and is told as such. */
static void too_few_iterations_are_not_called_optimal(void **state)
{
  OpfOptions options = AdmmOptions(PHYSICS_AC);
  Network    net     = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  options.max_iterations = 3;
  options.diagnose       = PETSC_FALSE;
  const Outcome o        = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "iteration-limit");
  assert_int_equal(o.iterations, 3);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(areas_of_39_buses_agree_with_the_central_optimum),
      cmocka_unit_test(areas_of_73_buses_agree_with_the_central_optimum),
      cmocka_unit_test(areas_of_73_buses_agree_in_dc_too),
      cmocka_unit_test(more_ranks_than_regions_and_an_hvdc_tie_do_no_harm),
      cmocka_unit_test(storage_couples_the_hours_of_a_region),
      cmocka_unit_test(one_region_is_the_interior_point_to_the_bit),
      cmocka_unit_test(a_region_loaded_beyond_reach_is_infeasible_and_named),
      cmocka_unit_test(an_energy_that_no_region_can_reach_is_infeasible),
      cmocka_unit_test(regions_that_are_short_together_are_infeasible),
      cmocka_unit_test(the_shipped_hour_costs_160_by_regions_too),
      cmocka_unit_test(too_few_iterations_are_not_called_optimal),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
