/* Demand that may be curtailed or shifted, against schedules worked out by hand. */
#include "tests/solver/model_support.h"

#define LOAD_HOURS 5

/* A bus with a cheap generator (10, 100 MW) and a dear one (50), and a load with a series. */
static Network NewCase(PetscInt hours, const PetscReal *demand)
{
  Network net = NewNetwork(1, hours);

  (void)AddGenerator(net, 0, 100, 10);
  (void)AddGenerator(net, 0, 100, 50);
  (void)AddLoad(net, 0, demand[0], demand);
  return net;
}

/* 60 of 240 MW can be made nowhere: curtailed at 300, which is then the price; reactive demand falls in proportion. */
static void curtailed_demand_costs_its_price_and_takes_its_reactive_power_along(void **state)
{
  const Physics physics[2] = {PHYSICS_DC_REACTANCE, PHYSICS_AC};
  Network       net        = NewNetwork(1, 0);

  (void)state;
  (void)AddGenerator(net, 0, 180, 10);
  (void)AddLoad(net, 0, 240, NULL);
  net->load.q_mvar[0]         = 80;
  net->load.curtail_max_pu[0] = 0.5;
  net->load.curtail_cost[0]   = 300;
  for (int k = 0; k < 2; k++) {
    const OpfModelOptions options = ModelOptions(net, physics[k]);
    Solution              s;
    SolveFeasible(net, &options, &s);
    Near(s.d->load_curtailed[0], 60, 1e-4);
    Near(s.d->load_p[0], 180, 1e-4);
    Near(s.d->price[0], 300, 1e-3);
    Near(s.cost, 180 * 10 + 60 * 300, 1e-2);
    if (k == 1) {
      Near(s.d->load_q[0], 60, 1e-4);
      Near(s.d->generator_q[0], 60, 1e-4);
    }
    SolutionDestroy(&s);
  }
  OK(NetworkDestroy(&net));
}

static void curtailment_ends_at_its_share_and_waits_for_its_price(void **state)
{
  const PetscReal demand[2] = {190, 150};
  Network         net       = NewCase(2, demand);
  OpfModelOptions options   = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->load.curtail_max_pu[0] = 0.1;
  net->load.curtail_cost[0]   = 40; /* below the dear generator's cost */
  SolveFeasible(net, &options, &s);
  Near(s.d->load_curtailed[0], 19, 1e-4);
  Near(s.d->load_curtailed[1], 15, 1e-4);
  SolutionDestroy(&s);
  net->load.curtail_cost[0] = 60;
  SolveFeasible(net, &options, &s);
  Near(s.d->load_curtailed[0], 0, 1e-4);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* 30 MW move from the hour at 50 to the hour at 10, for 5 each: cost 10 (100 + 90) + 50 * 10 + 5 * 30. */
static void demand_moves_between_two_prices(void **state)
{
  const PetscReal demand[2] = {140, 60};
  Network         net       = NewCase(2, demand);
  OpfModelOptions options   = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->load.shift_max_mw[0] = 30;
  net->load.shift_cost[0]   = 5;
  SolveFeasible(net, &options, &s);
  Near(s.d->load_shifted[0], -30, 1e-4);
  Near(s.d->load_shifted[1], 30, 1e-4);
  Near(s.d->load_p[0], 110, 1e-4);
  Near(s.d->price[0], 50, 1e-3);
  Near(s.d->price[1], 10, 1e-3);
  Near(s.cost, 10 * 190 + 50 * 10 + 5 * 30, 1e-2);
  SolutionDestroy(&s);
  net->load.shift_max_mw[0] =
      1000; /* all that is dear moves, and the second hour fills up to 100: prices meet up to the cost */
  SolveFeasible(net, &options, &s);
  Near(s.d->load_shifted[1], 40, 1e-3);
  Near(s.cost, 10 * 200 + 5 * 40, 1e-2);
  SolutionDestroy(&s);
  net->load.shift_cost[0] = 45;
  SolveFeasible(net, &options, &s);
  Near(s.d->load_shifted[0], 0, 1e-4);
  Near(s.cost, 10 * 160 + 50 * 40, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* Blocks of two hours of five: the first pays, the second has one price only, the last is a single hour. */
static void shifts_sum_to_zero_in_each_block(void **state)
{
  const PetscReal demand[LOAD_HOURS] = {140, 60, 130, 125, 80};
  Network         net                = NewCase(LOAD_HOURS, demand);
  OpfModelOptions options            = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->load.shift_max_mw[0] = 30;
  net->load.shift_hours[0]  = 2;
  SolveFeasible(net, &options, &s);
  Near(s.d->load_shifted[0], -30, 1e-4);
  Near(s.d->load_shifted[0] + s.d->load_shifted[1], 0, 1e-6);
  Near(s.d->load_shifted[2] + s.d->load_shifted[3], 0, 1e-6);
  Near(s.d->load_shifted[4], 0, 1e-9);
  Near(s.cost, 10 * (100 + 90 + 100 + 100 + 80) + 50 * (10 + 30 + 25), 1e-2);
  SolutionDestroy(&s);
  net->load.shift_hours[0] = 0; /* the window: the last hour has room for 20 more at 10 */
  SolveFeasible(net, &options, &s);
  Near(s.cost, 10 * (100 + 90 + 100 + 100 + 100) + 50 * 45, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* Blocks count hours, not intervals: with steps of half an hour a block of one hour has two. */
static void blocks_are_hours_at_any_step(void **state)
{
  const PetscReal demand[4] = {140, 60, 60, 140};
  Network         net       = NewCase(4, demand);
  OpfModelOptions options   = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->series.step_hours    = 0.5;
  net->load.shift_max_mw[0] = 30;
  net->load.shift_hours[0]  = 1;
  SolveFeasible(net, &options, &s);
  for (int t = 0; t < 4; t++) Near(s.d->load_shifted[t], t % 3 == 0 ? -30 : 30, 1e-4);
  Near(s.cost, 0.5 * (10 * (2 * 100 + 2 * 90) + 50 * 2 * 10), 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* A load of 10 MW beside a firm one cannot give more than itself, be it shifted or curtailed or both. */
static void no_more_moves_away_than_there_is(void **state)
{
  const PetscReal demand[2] = {140, 60}, small[2] = {10, 10};
  Network         net     = NewCase(2, demand);
  const PetscInt  l       = AddLoad(net, 0, 10, small);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->load.shift_max_mw[l] = 30;
  SolveFeasible(net, &options, &s);
  Near(s.d->load_shifted[l], -10, 1e-4);
  SolutionDestroy(&s);
  net->load.curtail_max_pu[l] = 1;
  net->load.curtail_cost[l]   = 30; /* 10 MW may be curtailed in the first hour, or moved for nothing: not both */
  SolveFeasible(net, &options, &s);
  Near(s.d->load_p[l], 0, 1e-4);
  Near(s.d->load_shifted[l], -10, 1e-3);
  Near(s.d->load_curtailed[l], 0, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

static void a_load_without_demand_is_left_alone(void **state)
{
  const PetscReal demand[2] = {0, 0};
  Network         net       = NewCase(2, demand);
  OpfModelOptions options   = ModelOptions(net, PHYSICS_AC);
  Solution        s;

  (void)state;
  net->load.shift_max_mw[0]   = 30;
  net->load.curtail_max_pu[0] = 0.5;
  SolveFeasible(net, &options, &s);
  Near(s.d->load_shifted[0], 0, 1e-9);
  Near(s.cost, 0, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(curtailed_demand_costs_its_price_and_takes_its_reactive_power_along),
      cmocka_unit_test(curtailment_ends_at_its_share_and_waits_for_its_price),
      cmocka_unit_test(demand_moves_between_two_prices),
      cmocka_unit_test(shifts_sum_to_zero_in_each_block),
      cmocka_unit_test(blocks_are_hours_at_any_step),
      cmocka_unit_test(no_more_moves_away_than_there_is),
      cmocka_unit_test(a_load_without_demand_is_left_alone),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
