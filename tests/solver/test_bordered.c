/* The interior point over regions: iterates of the central method, bordered by the ties, and the same bytes on every number of ranks. */
#include "inputs/rts_gmlc.h"
#include "inputs/study.h"

#include "tests/solver/ranks_support.h"

#define SAME_OPTIMUM 1e-8 /* relative, between the bordered and the central method */

/* Regions cut in 2, 4, 8 and 16 end like the central method. */
static void RegionsAgree(Network net, Physics physics, PetscInt most)
{
  static const char *const regions[] = {"2", "4", "8", "16"};
  OpfOptions               options;
  Outcome                  central;

  OpfDefaultOptions(&options);
  options.physics = physics;
  central         = Central(net, &options);
  for (size_t k = 0; k < sizeof regions / sizeof regions[0] && atoi(regions[k]) <= most; k++) {
    const Outcome o = SolveOnAll(net, regions[k], &options);

    assert_string_equal(SolveStatusName(o.status), "optimal");
    Near(o.objective, central.objective, SAME_OPTIMUM * fabs(central.objective));
    assert_true(o.violation <= 1e-6 && o.mismatch <= 1e-6);
  }
  OK(NetworkDestroy(&net));
}

static void Published(const char *name, Physics physics)
{
  const char *path = SharedData(name);

  if (!path) skip();
  RegionsAgree(ReadCase(world, path), physics, 16);
}

static void the_shipped_case_in_regions_has_the_central_optimum(void **state)
{
  (void)state;
  RegionsAgree(ReadCase(world, ShippedFile("inputs/cases/six-bus.m")), PHYSICS_AC, 4);
}

static void regions_of_118_buses_have_the_central_optimum(void **state)
{
  (void)state;
  Published("pglib/pglib_opf_case118_ieee.m", PHYSICS_AC);
}

static void regions_of_300_buses_have_the_central_optimum(void **state)
{
  (void)state;
  Published("pglib/pglib_opf_case300_ieee.m", PHYSICS_AC);
}

static void regions_of_thousands_of_buses_have_the_central_optimum(void **state)
{
  (void)state;
  Published("pglib/pglib_opf_case1354_pegase.m", PHYSICS_AC);
  Published("pglib/pglib_opf_case2869_pegase.m", PHYSICS_AC);
}

static void congested_regions_have_the_central_optimum(void **state)
{
  (void)state;
  Published("pglib/pglib_opf_case118_ieee__api.m", PHYSICS_AC);
}

static void regions_agree_in_dc(void **state)
{
  (void)state;
  Published("pglib/pglib_opf_case300_ieee.m", PHYSICS_DC_REACTANCE);
}

static void regions_agree_in_dc_with_losses(void **state)
{
  (void)state;
  Published("pglib/pglib_opf_case118_ieee.m", PHYSICS_DC_LOSSES);
}

/* Areas joined by an HVDC link, with storage, over the hours of a day. */
static void a_day_of_islands_has_the_central_optimum(void **state)
{
  OpfOptions options;
  Faults     faults;
  Study      study;
  Network    net;
  Outcome    central, o;

  (void)state;
  OK(FaultsCreate(&faults));
  OK(StudyRead(world, ShippedFile("inputs/cases/islands/study.yaml"), NULL, faults, &study));
  OK(StudyLoadNetwork(world, study, faults, &net));
  assert_non_null(net);
  OpfDefaultOptions(&options);
  options.hours          = study->window_hours;
  options.first_snapshot = 0;
  central                = Central(net, &options);
  o                      = SolveOnAll(net, study->regions, &options);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  Near(o.objective, central.objective, SAME_OPTIMUM * fabs(central.objective));
  OK(NetworkDestroy(&net));
  OK(StudyDestroy(&study));
  OK(FaultsDestroy(&faults));
}

/* The three areas of a real grid from an hour of July 2020 on, with storage, hydro and an HVDC link; minimum outputs relaxed. */
static void AreasAgree(PetscInt hours, Physics physics)
{
  const char *path = SharedData("rts-gmlc");
  OpfOptions  options;
  Faults      faults;
  Network     net;
  Outcome     central, o;

  if (!path) skip();
  OK(FaultsCreate(&faults));
  OK(NetworkReadRtsGmlc(world, path, 1594771200, hours, faults, &net)); /* 2020-07-15T00:00:00Z */
  assert_non_null(net);
  for (PetscInt g = 0; g < net->generator.n; g++) {
    net->generator.p_min_mw[g]     = PetscMin(0, net->generator.p_min_mw[g]);
    net->generator.p_min_series[g] = -1;
  }
  OpfDefaultOptions(&options);
  options.hours          = hours;
  options.first_snapshot = 0;
  options.physics        = physics;
  central                = Central(net, &options);
  o                      = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "optimal");
  Near(o.objective, central.objective, SAME_OPTIMUM * fabs(central.objective));
  OK(NetworkDestroy(&net));
  OK(FaultsDestroy(&faults));
}

static void areas_of_a_real_day_have_the_central_optimum(void **state)
{
  (void)state;
  AreasAgree(24, PHYSICS_AC);
}

static void areas_of_a_real_week_have_the_central_optimum_in_dc(void **state)
{
  (void)state;
  AreasAgree(168, PHYSICS_DC_REACTANCE);
}

/* Status and report of an infeasible case do not depend on the regions. */
static void an_infeasible_case_is_told_as_such(void **state)
{
  OpfOptions options;
  Network    net = ReadCase(world, ShippedFile("inputs/cases/six-bus.m"));

  (void)state;
  OpfDefaultOptions(&options);
  for (PetscInt l = 0; l < net->load.n; l++) net->load.p_mw[l] *= 3;
  const Outcome o = SolveOnAll(net, "area", &options);
  assert_string_equal(SolveStatusName(o.status), "infeasible");
  assert_true(o.n_shortages > 0);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_shipped_case_in_regions_has_the_central_optimum),
      cmocka_unit_test(regions_of_118_buses_have_the_central_optimum),
      cmocka_unit_test(regions_of_300_buses_have_the_central_optimum),
      cmocka_unit_test(regions_of_thousands_of_buses_have_the_central_optimum),
      cmocka_unit_test(congested_regions_have_the_central_optimum),
      cmocka_unit_test(regions_agree_in_dc),
      cmocka_unit_test(regions_agree_in_dc_with_losses),
      cmocka_unit_test(a_day_of_islands_has_the_central_optimum),
      cmocka_unit_test(areas_of_a_real_day_have_the_central_optimum),
      cmocka_unit_test(areas_of_a_real_week_have_the_central_optimum_in_dc),
      cmocka_unit_test(an_infeasible_case_is_told_as_such),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
