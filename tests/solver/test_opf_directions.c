/* A storage unit that would burn energy by charging and discharging at once is solved again with one direction. */
#include "tests/solver/opf_support.h"

/* One bus, 5 MW of demand, a generator of 10 MW that is paid 10 per MWh, and a store of 1 MWh with efficiencies of one half each way. Charging c
   and discharging d at once, c - d = 5 with c / 2 - 2 d <= 1, lets the generator run at full output (c = 6, d = 1). In one direction the
   store takes 2 MW, and the generator gives 7. */
static void energy_is_not_burnt_in_a_store(void **state)
{
  Network    net = NewNetwork(1, 1);
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;

  (void)state;
  (void)AddGenerator(net, 0, 10, -10);
  (void)AddLoad(net, 0, 5, NULL);
  const PetscInt s                     = AddStorage(net, 0, 10, 1);
  net->storage.efficiency_charge[s]    = 0.5;
  net->storage.efficiency_discharge[s] = 0.5;
  OpfDefaultOptions(&options);
  options.physics        = PHYSICS_DC_REACTANCE;
  options.first_snapshot = 0;
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_equal(SolveStatusName(result.status), "optimal");
  assert_int_equal(result.directions_fixed, 1);
  Near(result.objective, -70, 1e-4);
  Near(d->storage_charge[0], 2, 1e-5);
  assert_true(d->storage_discharge[0] == 0);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* The same store beside a price that makes no use of it is left alone. */
static void nothing_is_fixed_where_one_direction_is_used(void **state)
{
  Network    net = NewNetwork(1, 1);
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;

  (void)state;
  (void)AddGenerator(net, 0, 10, 10);
  (void)AddLoad(net, 0, 5, NULL);
  (void)AddStorage(net, 0, 10, 1);
  OpfDefaultOptions(&options);
  options.physics        = PHYSICS_DC_REACTANCE;
  options.first_snapshot = 0;
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_int_equal(result.directions_fixed, 0);
  Near(result.objective, 50, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* ADMM does not fix directions: where its point burns energy, the interior point over the regions finishes. */
static void regions_do_not_burn_energy_either(void **state)
{
  Network    net = NewNetwork(2, 1);
  OpfOptions options;
  OpfResult  result[2];
  Dispatch   d[2];

  (void)state;
  (void)AddGenerator(net, 0, 10, -10);
  (void)AddGenerator(net, 1, 10, 20);
  (void)AddLoad(net, 0, 5, NULL);
  (void)AddLoad(net, 1, 4, NULL);
  (void)AddBranch(net, 0, 1, 0, 0.1, 1);
  const PetscInt s                     = AddStorage(net, 0, 10, 1);
  net->storage.efficiency_charge[s]    = 0.5;
  net->storage.efficiency_discharge[s] = 0.5;
  OpfDefaultOptions(&options);
  options.physics        = PHYSICS_DC_REACTANCE;
  options.first_snapshot = 0;
  for (int k = 0; k < 2; k++) {
    Partition partition = ReadPartition(PETSC_COMM_SELF, net, "2");

    options.method = k ? METHOD_ADMM : METHOD_INTERIOR_POINT;
    OK(OpfSolve(PETSC_COMM_SELF, net, partition, &options, &d[k], &result[k]));
    assert_string_equal(SolveStatusName(result[k].status), "optimal");
    assert_true(d[k]->storage_charge[0] * d[k]->storage_discharge[0] == 0);
    OK(PartitionDestroy(&partition));
  }
  /* The tie brings 1 MW: -10 x (5 + 2 + 1) + 20 x 3. */
  Near(result[0].objective, -20, 1e-4);
  Near(result[1].objective, -20, 1e-2);
  for (int k = 0; k < 2; k++) {
    OK(OpfResultDestroy(&result[k]));
    OK(DispatchDestroy(&d[k]));
  }
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(energy_is_not_burnt_in_a_store),
      cmocka_unit_test(nothing_is_fixed_where_one_direction_is_used),
      cmocka_unit_test(regions_do_not_burn_energy_either),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
