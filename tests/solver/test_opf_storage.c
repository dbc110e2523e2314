/* Storage that charges and discharges at once is found, and solved again one way. */
#include "tests/solver/model_support.h"

/* Wind that earns 20 for each MWh, 50 MW of it, 20 MW of demand, and a battery of 0.5 each way that takes 5 MWh: running in a circle
   it could burn all the wind, charging alone it takes 10 MW. */
static Network PaidToBurn(void)
{
  Network net = NewNetwork(1, 0);

  (void)AddGenerator(net, 0, 50, -20);
  (void)AddLoad(net, 0, 20, NULL);
  (void)AddStorage(net, 0, 40, 5);
  net->storage.efficiency_charge[0] = net->storage.efficiency_discharge[0] = 0.5;
  return net;
}

static void a_battery_that_burns_power_is_solved_again_one_way(void **state)
{
  Network          net     = PaidToBurn();
  OpfModelOptions  options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  OpfSimultaneous *list;
  PetscInt         n;
  Solution         s;

  (void)state;
  SolveFeasible(net, &options, &s);
  Near(s.cost, -1000, 1e-2);
  OK(OpfModelFindSimultaneous(s.model, s.x, 1e-3, &n, &list));
  assert_int_equal(n, 1);
  assert_int_equal(list[0].storage, 0);
  assert_int_equal(list[0].hour, 0);
  Near(list[0].charge_mw - list[0].discharge_mw, 30, 1e-3);
  Near(list[0].charge_mw, s.d->storage_charge[0], 1e-6);
  OK(OpfModelFixDirections(s.model, n, list));
  OK(PetscFree(list));
  SolveAgain(net, &options, PETSC_TRUE, &s);
  assert_string_equal(SolveStatusName(s.result.status), "optimal");
  Near(s.cost, -600, 1e-2);
  Near(s.d->storage_charge[0], 10, 1e-3);
  Near(s.d->storage_discharge[0], 0, 1e-9);
  OK(OpfModelFindSimultaneous(s.model, s.x, 1e-3, &n, &list));
  assert_int_equal(n, 0);
  OK(PetscFree(list));
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

static void a_battery_that_earns_its_way_uses_one_direction(void **state)
{
  const PetscReal  demand[2] = {40, 120};
  Network          net       = NewNetwork(1, 2);
  OpfModelOptions  options   = ModelOptions(net, PHYSICS_DC_REACTANCE);
  OpfSimultaneous *list;
  PetscInt         n;
  Solution         s;

  (void)state;
  (void)AddGenerator(net, 0, 80, 10);
  (void)AddGenerator(net, 0, 80, 50);
  (void)AddLoad(net, 0, 40, demand);
  (void)AddStorage(net, 0, 20, 40);
  net->storage.efficiency_charge[0] = 0.9;
  SolveFeasible(net, &options, &s);
  Near(s.d->storage_charge[0], 20, 1e-3);
  Near(s.d->storage_discharge[1], 18, 1e-3);
  OK(OpfModelFindSimultaneous(s.model, s.x, 1e-3, &n, &list));
  assert_int_equal(n, 0);
  OK(PetscFree(list));
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* 12 MWh are asked for at the end, at 0.9: 12 / 0.9 MW more are made, though they earn nothing. */
static void a_given_end_is_reached(void **state)
{
  Network         net     = NewNetwork(1, 0);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 80, 10);
  (void)AddLoad(net, 0, 40, NULL);
  (void)AddStorage(net, 0, 20, 40);
  net->storage.efficiency_charge[0] = 0.9;
  net->storage.e_final_min_mwh[0]   = 12;
  SolveFeasible(net, &options, &s);
  Near(s.d->storage_energy[0], 12, 1e-4);
  Near(s.d->generator_p[0], 40 + 12 / 0.9, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* A reservoir of 20 MWh that cannot turbine: of an inflow of 0 and 5 MW as much may be spilled, of its 20 MWh nothing. */
static void what_flows_in_may_be_spilled_but_not_what_is_stored(void **state)
{
  const PetscReal demand[2] = {40, 40}, inflow[2] = {0, 5};
  Network         net     = NewNetwork(1, 2);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 80, 10);
  (void)AddLoad(net, 0, 40, demand);
  (void)AddStorage(net, 0, 0, 22);
  net->storage.e_initial_mwh[0] = 20;
  OK(NetworkAddSeries(net, inflow, &net->storage.inflow_series[0]));
  SolveFeasible(net, &options, &s);
  Near(s.d->storage_energy[0], 20, 1e-6);
  assert_true(s.d->storage_energy[1] >= 20 - 1e-6 && s.d->storage_energy[1] <= 22 + 1e-6);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_battery_that_burns_power_is_solved_again_one_way),
      cmocka_unit_test(a_battery_that_earns_its_way_uses_one_direction),
      cmocka_unit_test(a_given_end_is_reached),
      cmocka_unit_test(what_flows_in_may_be_spilled_but_not_what_is_stored),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
