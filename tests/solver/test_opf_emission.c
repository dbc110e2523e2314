/* A cap on emissions, and storage units that keep a schedule, against dispatches worked out by hand. */
#include "tests/solver/opf_support.h"

static const PetscReal demand[3] = {80, 100, 120};

/* Coal: 10 currency/MWh, 0.8 t/MWh; gas: 30, 0.3; 300 MWh over three hours. A line without limit between the two. */
static Network CoalAndGas(void)
{
  static const char *const side[2] = {"west", "east"};
  Network                  net     = NewNetwork(2, 3);
  const PetscInt           coal = AddGenerator(net, 0, 200, 10), gas = AddGenerator(net, 1, 200, 30);

  (void)AddLoad(net, 1, 100, demand);
  (void)AddBranch(net, 0, 1, 0, 0.01, PETSC_INFINITY);
  net->generator.emission_t_per_mwh[coal] = 0.8;
  net->generator.emission_t_per_mwh[gas]  = 0.3;
  OK(NetworkAddBusColumn(net, "side", side));
  return net;
}

/* 0.8 c + 0.3 (300 - c) = 150 t: c = 120 MWh of coal; each tonne saved costs (30 - 10) / (0.8 - 0.3) = 40, and energy
   10 + 0.8 * 40 = 30 + 0.3 * 40 = 42. */
static void CheckCapped(Dispatch d, const OpfResult *result, PetscReal tolerance)
{
  PetscReal coal = 0, gas = 0;

  for (PetscInt t = 0; t < 3; t++) {
    coal += d->generator_p[2 * t];
    gas += d->generator_p[2 * t + 1];
    Near(d->price[2 * t], 42, tolerance);
    Near(d->price[2 * t + 1], 42, tolerance);
  }
  Near(coal, 120, tolerance);
  Near(gas, 180, tolerance);
  Near(0.8 * coal + 0.3 * gas, 150, tolerance);
  Near(result->cap_price, 40, tolerance);
  Near(result->objective, 10 * 120 + 30 * 180, 100 * tolerance);
}

static void a_binding_cap_costs_what_the_last_tonne_costs(void **state)
{
  const Physics physics[2] = {PHYSICS_DC_REACTANCE, PHYSICS_AC};

  (void)state;
  for (int k = 0; k < 2; k++) {
    Network    net     = CoalAndGas();
    OpfOptions options = DcOptions(net);
    OpfResult  result;
    Dispatch   d;
    options.physics        = physics[k];
    options.emission_cap_t = 150;
    d                      = SolveOptimal(net, &options, &result);
    CheckCapped(d, &result, 1e-3);
    OK(DispatchDestroy(&d));
    OK(OpfResultDestroy(&result));
    OK(NetworkDestroy(&net));
  }
}

/* A price of carbon comes first: of 40 the cap adds what is left. */
static void a_carbon_price_is_part_of_what_the_cap_costs(void **state)
{
  Network    net     = CoalAndGas();
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  options.emission_cap_t = 150;
  options.carbon_price   = 15;
  d                      = SolveOptimal(net, &options, &result);
  Near(result.cap_price, 25, 1e-3);
  Near(result.objective, 10 * 120 + 30 * 180 + 15 * 150, 0.1);
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* The sum over the regions is capped, whichever method is asked for. */
static void a_cap_holds_over_regions(void **state)
{
  const OpfMethod method[3] = {METHOD_INTERIOR_POINT, METHOD_ADMM, METHOD_AUTO};

  (void)state;
  for (int k = 0; k < 3; k++) {
    Network    net       = CoalAndGas();
    Partition  partition = ReadPartition(PETSC_COMM_SELF, net, "side");
    OpfOptions options   = DcOptions(net);
    OpfResult  result;
    Dispatch   d;
    options.method         = method[k];
    options.emission_cap_t = 150;
    OK(OpfSolve(PETSC_COMM_SELF, net, partition, &options, &d, &result));
    assert_string_equal(SolveStatusName(result.status), "optimal");
    CheckCapped(d, &result, 1e-3);
    OK(DispatchDestroy(&d));
    OK(OpfResultDestroy(&result));
    OK(PartitionDestroy(&partition));
    OK(NetworkDestroy(&net));
  }
}

static void a_cap_that_nobody_reaches_costs_nothing(void **state)
{
  Network    net     = CoalAndGas();
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  options.emission_cap_t = 241;
  d                      = SolveOptimal(net, &options, &result);
  Near(result.cap_price, 0, 1e-4);
  Near(result.objective, 3000, 1e-2);
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* Gas alone emits 90 t. */
static void a_cap_below_the_least_emissions_has_no_dispatch(void **state)
{
  Network    net     = CoalAndGas();
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  options.emission_cap_t = 89;
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_equal(SolveStatusName(result.status), "infeasible");
  Near(result.shortage_mwh, 1 / 0.3, 1e-3);
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

/* A schedule that nobody would choose: charged when energy is dear, discharged when it is cheap. With losses, and without. */
static void a_schedule_is_kept_whatever_it_costs(void **state)
{
  const PetscReal price[3] = {10, 30, 10}, charge[3] = {0, 20, 0}, discharge[3] = {5, 0, 10}, efficiency[2] = {0.9, 1};

  (void)state;
  for (int k = 0; k < 2; k++) {
    Network        net  = NewNetwork(1, 3);
    const PetscInt unit = AddStorage(net, 0, 50, 100);
    OpfOptions     options;
    OpfResult      result;
    Dispatch       d;
    PetscReal      e = 10;
    (void)AddGenerator(net, 0, 1000, price[0]);
    OK(NetworkAddSeries(net, (PetscReal[3]){1000, 0, 1000}, &net->generator.p_max_series[0]));
    (void)AddGenerator(net, 0, 1000, price[1]);
    (void)AddLoad(net, 0, 100, demand);
    OK(NetworkAddSeries(net, charge, &net->storage.charge_series[unit]));
    OK(NetworkAddSeries(net, discharge, &net->storage.discharge_series[unit]));
    net->storage.e_initial_mwh[unit]     = 10;
    net->storage.efficiency_charge[unit] = net->storage.efficiency_discharge[unit] = efficiency[k];
    options                                                                        = DcOptions(net);
    d = SolveOptimal(net, &options, &result);
    for (PetscInt t = 0; t < 3; t++) {
      e += efficiency[k] * charge[t] - discharge[t] / efficiency[k];
      Near(d->storage_charge[t], charge[t], 1e-9);
      Near(d->storage_discharge[t], discharge[t], 1e-9);
      Near(d->storage_energy[t], e, 1e-4);
      Near(d->price[t], price[t], 1e-3);
      Near(d->generator_p[2 * t] + d->generator_p[2 * t + 1], demand[t] + charge[t] - discharge[t], 1e-4);
    }
    OK(DispatchDestroy(&d));
    OK(OpfResultDestroy(&result));
    OK(NetworkDestroy(&net));
  }
}

/* What the energy does not allow is no dispatch, and the evaluation sees a schedule that was not kept. */
static void a_schedule_beyond_the_energy_is_refused(void **state)
{
  const PetscReal none[3] = {0, 0, 0}, most[3] = {0, 0, 12};
  Network         net  = NewNetwork(1, 3);
  const PetscInt  unit = AddStorage(net, 0, 50, 100);
  OpfOptions      options;
  OpfResult       result;
  Evaluation      evaluation;
  Dispatch        d;

  (void)state;
  (void)AddGenerator(net, 0, 1000, 10);
  (void)AddLoad(net, 0, 100, demand);
  OK(NetworkAddSeries(net, none, &net->storage.charge_series[unit]));
  OK(NetworkAddSeries(net, most, &net->storage.discharge_series[unit]));
  net->storage.e_initial_mwh[unit] = 10;
  options                          = DcOptions(net);
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_not_equal(SolveStatusName(result.status), "optimal");
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  net->storage.e_initial_mwh[unit] = 20;
  d                                = SolveOptimal(net, &options, &result);
  d->storage_discharge[2] -= 1;
  d->generator_p[2] += 1;
  OK(DispatchEvaluate(net, d, options.physics, NULL, &evaluation));
  Near(evaluation.max_violation_pu, 0.01, 1e-6);
  OK(DispatchDestroy(&d));
  OK(OpfResultDestroy(&result));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_binding_cap_costs_what_the_last_tonne_costs),
      cmocka_unit_test(a_carbon_price_is_part_of_what_the_cap_costs),
      cmocka_unit_test(a_cap_holds_over_regions),
      cmocka_unit_test(a_cap_that_nobody_reaches_costs_nothing),
      cmocka_unit_test(a_cap_below_the_least_emissions_has_no_dispatch),
      cmocka_unit_test(a_schedule_is_kept_whatever_it_costs),
      cmocka_unit_test(a_schedule_beyond_the_energy_is_refused),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
