/* Spinning reserve against dispatches worked out by hand. */
#include "tests/solver/model_support.h"

/* Load of 90 MW; A: 10 currency/MWh, 100 MW, all of it may be reserve; B: 30, 100 MW, 20 MW of reserve; 40 MW required. */
typedef struct {
  Network         net;
  PetscInt        a, b;
  OpfModelOptions options;
} Case;

static PetscInt AddReserve(Network net, PetscReal mw, const char *column, const char *label)
{
  const PetscInt r = net->reserve.n;

  OK(NetworkResizeReserves(net, r + 1));
  OK(NetworkSetString(&net->reserve.name[r], r ? "local" : "spinning"));
  OK(NetworkSetString(&net->reserve.column[r], column));
  OK(NetworkSetString(&net->reserve.label[r], label));
  net->reserve.requirement_mw[r] = mw;
  return r;
}

static Case NewCase(Physics physics)
{
  Case c = {.net = NewNetwork(1, 0)};

  c.a = AddGenerator(c.net, 0, 100, 10);
  c.b = AddGenerator(c.net, 0, 100, 30);
  (void)AddLoad(c.net, 0, 90, NULL);
  c.net->generator.reserve_max_mw[c.a] = 100;
  c.net->generator.reserve_max_mw[c.b] = 20;
  (void)AddReserve(c.net, 40, "", "");
  c.options = ModelOptions(c.net, physics);
  return c;
}

/* A must hold 20 MW back, which B makes instead: reserve costs 30 - 10, energy 30. */
static void a_binding_reserve_costs_what_it_displaces(void **state)
{
  const Physics physics[2] = {PHYSICS_DC_REACTANCE, PHYSICS_AC};

  (void)state;
  for (int k = 0; k < 2; k++) {
    Case     c = NewCase(physics[k]);
    Solution s;
    SolveFeasible(c.net, &c.options, &s);
    Near(s.d->generator_p[c.a], 80, 1e-4);
    Near(s.d->generator_p[c.b], 10, 1e-4);
    Near(s.d->generator_reserve[c.a], 20, 1e-4);
    Near(s.d->generator_reserve[c.b], 20, 1e-4);
    Near(s.d->reserve_price[0], 20, 1e-3);
    Near(s.d->price[0], 30, 1e-3);
    Near(s.cost, 800 + 300, 1e-2);
    SolutionDestroy(&s);
    OK(NetworkDestroy(&c.net));
  }
}

/* At 15 for each missing MW it pays to keep A at 90 MW: 10 MW of reserve are missing, and energy costs 10 + 15. */
static void reserve_is_short_when_its_price_is_below_its_cost(void **state)
{
  Case     c = NewCase(PHYSICS_DC_REACTANCE);
  Solution s;

  (void)state;
  c.net->reserve.shortage_price[0] = 15;
  SolveFeasible(c.net, &c.options, &s);
  Near(s.d->reserve_shortage[0], 10, 1e-4);
  Near(s.d->reserve_price[0], 15, 1e-3);
  Near(s.d->price[0], 25, 1e-3);
  Near(s.cost, 900 + 150, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&c.net));
}

static void a_requirement_out_of_reach_is_infeasible_unless_priced(void **state)
{
  Case       c = NewCase(PHYSICS_DC_REACTANCE);
  Solution   s;
  OpfExcess *list;
  PetscInt   n;

  (void)state;
  c.net->reserve.requirement_mw[0] = 130; /* 200 - 90 are left, of which B gives 20: at most 100 + 20 with A at rest */
  SolveModel(c.net, &c.options, &s);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  SolutionDestroy(&s);
  c.options.soft_price[SOFT_RESERVE] = 1000;
  SolveFeasible(c.net, &c.options, &s);
  Near(s.d->reserve_shortage[0], 130 - 30 - 0, 80 + 1e-3);
  OK(OpfModelExcesses(s.model, s.x, 1e-6, &n, &list));
  assert_int_equal(n, 1);
  assert_int_equal(list[0].limit, SOFT_RESERVE);
  Near(list[0].amount, s.d->reserve_shortage[0], 1e-6);
  Near(list[0].cost, 1000 * s.d->reserve_shortage[0], 1e-3);
  OK(PetscFree(list));
  SolutionDestroy(&s);
  OK(NetworkDestroy(&c.net));
}

/* 10 MWh at 0.9 last for 9 MW over an hour, though the power is 50 MW. */
static void storage_promises_as_far_as_its_energy_lasts(void **state)
{
  Case           c    = NewCase(PHYSICS_DC_REACTANCE);
  const PetscInt unit = AddStorage(c.net, 0, 50, 100);
  Solution       s;

  (void)state;
  c.net->storage.p_charge_max_mw[unit]      = 0;
  c.net->storage.e_initial_mwh[unit]        = 10;
  c.net->storage.e_final_min_mwh[unit]      = 10;
  c.net->storage.efficiency_discharge[unit] = 0.9;
  SolveFeasible(c.net, &c.options, &s);
  Near(s.d->storage_reserve[unit], 9, 1e-4);
  Near(s.d->generator_p[c.a], 89, 1e-4);
  Near(s.d->reserve_price[0], 20, 1e-3);
  SolutionDestroy(&s);
  c.net->storage.e_initial_mwh[unit]   = 90; /* its power is the limit now, and more than what is required */
  c.net->storage.e_final_min_mwh[unit] = 90;
  SolveFeasible(c.net, &c.options, &s);
  Near(s.d->generator_p[c.a], 90, 1e-4);
  Near(s.d->reserve_price[0], 0, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&c.net));
}

/* Two buses with unlimited exchange: only the second's units count for its own reserve. */
static void a_reserve_counts_the_units_of_its_label(void **state)
{
  const char *const label[2] = {"north", "south"};
  Network           net      = NewNetwork(2, 0);
  const PetscInt    north = AddGenerator(net, 0, 100, 10), south = AddGenerator(net, 1, 60, 10);
  OpfModelOptions   options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution          s;

  (void)state;
  OK(NetworkAddBusColumn(net, "part", label));
  (void)AddBranch(net, 0, 1, 0, 0.1, INFINITY);
  (void)AddLoad(net, 1, 90, NULL);
  net->generator.reserve_max_mw[north] = net->generator.reserve_max_mw[south] = 100;
  (void)AddReserve(net, 50, "part", "south");
  SolveFeasible(net, &options, &s);
  assert_true(s.d->generator_reserve[south] >= 50 - 1e-4);
  assert_true(s.d->generator_p[south] <= 10 + 1e-4);
  SolutionDestroy(&s);
  net->reserve.requirement_mw[0] = 61; /* south's 60 MW are all it has, whatever the north promises */
  SolveModel(net, &options, &s);
  assert_string_equal(SolveStatusName(s.result.status), "infeasible");
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* The row of a reserve whose requirement stands elsewhere asks for nothing, and has no shortage. */
static void a_contribution_to_a_reserve_has_its_row_without_the_requirement(void **state)
{
  const PetscBool elsewhere = PETSC_TRUE;
  Case            c         = NewCase(PHYSICS_DC_REACTANCE);
  OpfModel        model;
  PetscInt        row;

  (void)state;
  c.net->reserve.shortage_price[0] = 15;
  OK(OpfModelCreate(c.net, &c.options, &model));
  OK(OpfModelSetUp(model));
  row = OpfModelReserveRow(model, 0, 0);
  assert_true(row >= 0);
  Near(OpfModelProgram(model)->gl[row], 0.4, 1e-15);
  assert_true(OpfModelVariable(model, OPF_RESERVE_SHORTAGE, 0, 0) >= 0);
  OK(OpfModelDestroy(&model));
  c.options.reserve_elsewhere = &elsewhere;
  OK(OpfModelCreate(c.net, &c.options, &model));
  OK(OpfModelSetUp(model));
  row = OpfModelReserveRow(model, 0, 0);
  assert_true(row >= 0);
  Near(OpfModelProgram(model)->gl[row], 0, 0);
  assert_int_equal(OpfModelVariable(model, OPF_RESERVE_SHORTAGE, 0, 0), -1);
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&c.net));
}

/* A solar plant without sun promises nothing; the requirement follows its series. */
static void reserve_follows_the_hours(void **state)
{
  const PetscReal sun[2] = {0, 50}, required[2] = {10, 60};
  Network         net   = NewNetwork(1, 2);
  const PetscInt  solar = AddGenerator(net, 0, 50, 0), gas = AddGenerator(net, 0, 100, 30);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  (void)AddLoad(net, 0, 60, NULL);
  OK(NetworkAddSeries(net, sun, &net->generator.p_max_series[solar]));
  net->generator.reserve_max_mw[solar] = net->generator.reserve_max_mw[gas] = 100;
  (void)AddReserve(net, 10, "", "");
  OK(NetworkAddSeries(net, required, &net->reserve.requirement_series[0]));
  SolveFeasible(net, &options, &s);
  Near(s.d->generator_reserve[solar], 0, 1e-9);
  Near(s.d->generator_p[2 + solar], 50, 1e-3);
  assert_true(s.d->generator_reserve[2 + gas] >= 60 - 1e-3);
  Near(s.d->reserve_price[1], 0, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_binding_reserve_costs_what_it_displaces),
      cmocka_unit_test(reserve_is_short_when_its_price_is_below_its_cost),
      cmocka_unit_test(a_requirement_out_of_reach_is_infeasible_unless_priced),
      cmocka_unit_test(storage_promises_as_far_as_its_energy_lasts),
      cmocka_unit_test(a_reserve_counts_the_units_of_its_label),
      cmocka_unit_test(a_contribution_to_a_reserve_has_its_row_without_the_requirement),
      cmocka_unit_test(reserve_follows_the_hours),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
