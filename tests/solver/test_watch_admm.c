/* Watched regions that agree by ADMM: stopped at any iteration and gone on with, on other ranks too, they end with the same bits. */
#include "tests/solver/watch_support.h"

static OpfOptions Options(OpfMethod method, Physics physics)
{
  OpfOptions options;
  OpfDefaultOptions(&options);
  options.method  = method;
  options.physics = physics;
  return options;
}

static Network SharedCase(const char *relative)
{
  const char *path = SharedData(relative);
  if (!path) skip();
  return ReadCase(world, path);
}

static Network Shipped(const char *relative)
{
  return ReadCase(world, ShippedFile(relative));
}

static void the_shipped_case_is_stopped_at_every_safe_point(void **state)
{
  Network          net     = Shipped("inputs/cases/six-bus.m");
  const OpfOptions options = Options(METHOD_ADMM, PHYSICS_AC);
  Watched          o;

  (void)state;
  o = StopEverywhere(net, "2", &options, 1);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  assert_int_equal(o.finished_by, METHOD_ADMM);
  OK(NetworkDestroy(&net));
}

/* Penalties are measured and accelerations begun again on the way. */
static void areas_are_stopped_now_and_then(void **state)
{
  Network          net     = SharedCase("pglib/pglib_opf_case39_epri.m");
  const OpfOptions options = Options(METHOD_ADMM, PHYSICS_AC);

  (void)state;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "area", &options, 7).status), "optimal");
  OK(NetworkDestroy(&net));
}

static void linear_flows_are_stopped_now_and_then(void **state)
{
  Network          net     = SharedCase("pglib/pglib_opf_case73_ieee_rts.m");
  const OpfOptions options = Options(METHOD_ADMM, PHYSICS_DC_REACTANCE);

  (void)state;
  assert_string_equal(SolveStatusName(StopEverywhere(net, "area", &options, 13).status), "optimal");
  OK(NetworkDestroy(&net));
}

/* Each hour has an acceleration of its own; the fewer iterations are not called optimal, stopped or not. */
static void hours_with_storage_are_gone_on_with(void **state)
{
  Network    net     = Shipped("inputs/cases/islands");
  OpfOptions options = Options(METHOD_ADMM, PHYSICS_AC);

  (void)state;
  options.hours          = 6;
  options.first_snapshot = 12;
  options.max_iterations = 40;
  options.diagnose       = PETSC_FALSE;
  (void)StopEverywhere(net, "3", &options, 9);
  OK(NetworkDestroy(&net));
}

/* ADMM is given up, and the interior point begins: two solves of one watch. */
static void what_admm_does_not_reach_the_interior_point_finishes(void **state)
{
  Network    net     = SharedCase("pglib/pglib_opf_case39_epri.m");
  OpfOptions options = Options(METHOD_AUTO, PHYSICS_AC);
  Watched    o;

  (void)state;
  options.max_iterations = 30;
  o                      = StopEverywhere(net, "area", &options, 5);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  assert_int_equal(o.finished_by, METHOD_INTERIOR_POINT);
  assert_int_equal(o.solves, 2);
  OK(NetworkDestroy(&net));
}

/* The limits between the regions are too narrow for what one of them lacks: ADMM notices, and the diagnosis says why. */
static void a_sign_of_infeasibility_is_followed_up(void **state)
{
  Network    net     = SharedCase("pglib/pglib_opf_case39_epri.m");
  OpfOptions options = Options(METHOD_ADMM, PHYSICS_AC);
  Watched    o;

  (void)state;
  for (PetscInt g = 0; g < net->generator.n; g++) {
    net->generator.q_max_mvar[g] *= 0.2;
    net->generator.q_min_mvar[g] *= 0.2;
  }
  o = StopEverywhere(net, "area", &options, 3);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  assert_true(o.diagnosed && o.solves > 1);
  OK(NetworkDestroy(&net));
}

/* Penalties far too small look like infeasibility; the diagnosis finds nothing, and the iterations go on: three solves. */
static void a_false_alarm_parts_the_iterations_in_two(void **state)
{
  Network    net     = SharedCase("pglib/pglib_opf_case39_epri.m");
  OpfOptions options = Options(METHOD_ADMM, PHYSICS_AC);
  Watched    o;

  (void)state;
  options.admm_penalty   = 1e-3;
  options.max_iterations = 120;
  o                      = StopEverywhere(net, "area", &options, 13);
  assert_int_equal(o.solves, 3);
  assert_int_equal(o.iterations, 120);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_shipped_case_is_stopped_at_every_safe_point),
      cmocka_unit_test(areas_are_stopped_now_and_then),
      cmocka_unit_test(linear_flows_are_stopped_now_and_then),
      cmocka_unit_test(hours_with_storage_are_gone_on_with),
      cmocka_unit_test(what_admm_does_not_reach_the_interior_point_finishes),
      cmocka_unit_test(a_sign_of_infeasibility_is_followed_up),
      cmocka_unit_test(a_false_alarm_parts_the_iterations_in_two),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
