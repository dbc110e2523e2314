/* Every noun in one problem: over regions as in the centre, in every physics. */
#include "tests/solver/nouns_support.h"

static OpfOptions EveryHour(Network net, Physics physics)
{
  OpfOptions options;

  OpfDefaultOptions(&options);
  options.physics        = physics;
  options.hours          = net->series.n_snapshots;
  options.first_snapshot = 0;
  options.carbon_price   = 25;
  return options;
}

static void SameArray(const PetscReal *a, const PetscReal *b, PetscInt n, PetscReal tolerance)
{
  for (PetscInt k = 0; k < n; k++) Near(b[k], a[k], tolerance);
}

static void regions_give_the_centres_optimum_with_every_noun(void **state)
{
  const Physics physics[4] = {PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER, PHYSICS_DC_LOSSES};
  Network       net        = EverythingHours();
  Partition     partition  = ReadPartition(PETSC_COMM_SELF, net, "area");

  (void)state;
  assert_int_equal(partition->n_regions, 2);
  for (int k = 0; k < 4; k++) {
    const OpfOptions options = EveryHour(net, physics[k]);
    OpfResult        central, regional;
    Dispatch         whole = SolveOptimal(net, &options, &central), parts;
    Evaluation       evaluation;
    OK(OpfSolve(PETSC_COMM_SELF, net, partition, &options, &parts, &regional));
    assert_string_equal(SolveStatusName(regional.status), "optimal");
    Near(regional.objective, central.objective, 1e-8 * fabs(central.objective));
    OK(DispatchEvaluate(net, parts, physics[k], NULL, &evaluation));
    assert_true(evaluation.max_violation_pu <= 1e-6 && evaluation.max_mismatch_pu <= 1e-6);
    SameArray(whole->price, parts->price, HOURS * net->bus.n, 1e-2);
    SameArray(whole->reserve_price, parts->reserve_price, HOURS * net->reserve.n, 1e-2);
    SameArray(whole->generator_p, parts->generator_p, HOURS * net->generator.n, 0.05);
    OK(DispatchDestroy(&whole));
    OK(DispatchDestroy(&parts));
    OK(OpfResultDestroy(&central));
    OK(OpfResultDestroy(&regional));
  }
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(regions_give_the_centres_optimum_with_every_noun),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
