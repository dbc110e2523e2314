/* Soft limits: exceeded when that is cheaper than what they forbid, by what the price makes worth while, and reported. */
#include "tests/solver/model_support.h"

#include <stdlib.h>

/* The only excess of a solution; the caller gets a copy. */
static OpfExcess OnlyExcess(const Solution *s)
{
  OpfExcess *list, first;
  PetscInt   n;

  OK(OpfModelExcesses(s->model, s->x, 1e-6, &n, &list));
  if (n != 1) fail_msg("found %d limits exceeded, expected one", (int)n);
  first = list[0];
  OK(PetscFree(list));
  return first;
}

/* 10 currency/MWh at bus 1, 100 at bus 2, where 80 MW are used; a line of 50 MVA between. */
static Network TwoBuses(void)
{
  Network net = NewNetwork(2, 0);

  (void)AddGenerator(net, 0, 200, 10);
  (void)AddGenerator(net, 1, 200, 100);
  (void)AddLoad(net, 1, 80, NULL);
  (void)AddBranch(net, 0, 1, 0, 0.1, 50);
  return net;
}

static void Solve(Network net, const OpfModelOptions *options, const char *status, Solution *s)
{
  SolveModel(net, options, s);
  assert_string_equal(SolveStatusName(s->result.status), status);
}

static void a_rating_is_exceeded_where_that_is_cheaper(void **state)
{
  Network         net     = TwoBuses();
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  options.soft_price[SOFT_BRANCH_RATING] = 40;
  Solve(net, &options, "optimal", &s);
  const OpfExcess found = OnlyExcess(&s);
  Near(s.d->branch_p_from[0], 80, 1e-4);
  Near(s.d->branch_mu_from[0], 40, 1e-4);
  Near(found.amount, 30, 1e-4);
  Near(found.cost, 1200, 1e-2);
  Near(s.cost, 800 + 1200, 1e-2);
  assert_int_equal(found.limit, SOFT_BRANCH_RATING);
  assert_string_equal(found.text, "branch 1-2:1 over its rating of 50 MVA by 30 MVA");
  SolutionDestroy(&s);
  options.soft_price[SOFT_BRANCH_RATING] = 95;
  SolveFeasible(net, &options, &s);
  Near(s.d->branch_p_from[0], 50, 1e-4);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* The same line in the other direction, and with the losses' two ends. */
static void a_rating_is_exceeded_in_either_direction(void **state)
{
  Network         net     = TwoBuses();
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->branch.from[0]                    = 1;
  net->branch.to[0]                      = 0;
  options.soft_price[SOFT_BRANCH_RATING] = 40;
  Solve(net, &options, "optimal", &s);
  Near(s.d->branch_p_from[0], -80, 1e-4);
  Near(OnlyExcess(&s).amount, 30, 1e-4);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* AC: the excess told is that of the apparent power at the end; each end that exceeds its rating pays. */
static void an_apparent_power_tells_its_excess_in_mva(void **state)
{
  Network         net     = TwoBuses();
  OpfModelOptions options = ModelOptions(net, PHYSICS_AC);
  Solution        s;
  OpfExcess      *list;
  PetscInt        n;

  (void)state;
  net->branch.r[0]                       = 0.01;
  options.soft_price[SOFT_BRANCH_RATING] = 10;
  Solve(net, &options, "optimal", &s);
  OK(OpfModelExcesses(s.model, s.x, 1e-6, &n, &list));
  assert_int_equal(n, 2);
  Near(list[0].amount, hypot(s.d->branch_p_from[0], s.d->branch_q_from[0]) - 50, 1e-4);
  Near(list[1].amount, hypot(s.d->branch_p_to[0], s.d->branch_q_to[0]) - 50, 1e-4);
  for (int k = 0; k < 2; k++) /* to first order the price, with the second order of the squared limit */
    Near(list[k].cost, 10 * (list[k].amount + list[k].amount * list[k].amount / 100), 1e-3);
  OK(PetscFree(list));
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* x = 0.1: 50 MW at 0.05 rad; 80 MW need 0.08 rad. At 1000 currency/h per radian 0.03 rad cost 30. */
static void an_angle_difference_is_exceeded(void **state)
{
  Network         net     = TwoBuses();
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  net->branch.rate_a[0]          = INFINITY;
  net->branch.angle_max_rad[0]   = 0.05;
  net->branch.angle_min_rad[0]   = -0.05;
  options.soft_price[SOFT_ANGLE] = 1000;
  Solve(net, &options, "optimal", &s);
  Near(OnlyExcess(&s).amount, 0.03, 1e-6);
  Near(s.d->branch_mu_angle[0], 1000, 1e-2);
  Near(s.cost, 800 + 30, 1e-3);
  SolutionDestroy(&s);
  options.soft_price[SOFT_ANGLE] = 100000; /* more than 90 * 1000 MW per radian */
  SolveFeasible(net, &options, &s);
  Near(s.d->branch_p_from[0], 50, 1e-3);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* Bus 2 may not fall below 1.05, for which 60 Mvar over x = 0.2 need more than 1.1 at bus 1: v1^2 = v2^2 + 2 q x + x^2 (p^2 + q^2)
   / v2^2. As v1 grows by less than v2, going over at bus 1 is cheaper than going under at bus 2. */
static void a_voltage_rises_above_its_limit(void **state)
{
  Network         net     = NewNetwork(2, 0);
  OpfModelOptions options = ModelOptions(net, PHYSICS_AC);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 1, 30, NULL);
  (void)AddBranch(net, 0, 1, 0, 0.2, INFINITY);
  net->load.q_mvar[0]   = 60;
  net->bus.vm_min_pu[1] = 1.05;
  Solve(net, &options, "infeasible", &s);
  SolutionDestroy(&s);
  options.soft_price[SOFT_VOLTAGE] = 5000;
  Solve(net, &options, "optimal", &s);
  const OpfExcess found = OnlyExcess(&s);
  const PetscReal v2 = 1.05, v1 = sqrt(v2 * v2 + 2 * 0.6 * 0.2 + 0.04 * (0.09 + 0.36) / (v2 * v2));
  assert_int_equal(found.limit, SOFT_VOLTAGE);
  assert_int_equal(found.bus, 0);
  Near(s.d->vm_pu[0], v1, 1e-5);
  Near(s.d->vm_pu[1], v2, 1e-5);
  Near(found.amount, v1 - 1.1, 1e-5);
  Near(found.cost, 5000 * (v1 - 1.1), 0.05);
  Near(s.d->vm_mu[0], 5000, 1);
  Near(s.cost, 300 + found.cost, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

static PetscErrorCode CountLimit(void *context, PetscInt hour, PetscInt bus, PetscReal price, const char *text)
{
  (void)hour;
  (void)bus;
  *(PetscInt *)context +=
      !strcmp(text, "generator generator 1 at its maximum reactive output of 10 Mvar") && fabs(price - 25) < 1e-3;
  return 0;
}

static void a_ramp_is_exceeded(void **state)
{
  const PetscReal demand[2] = {50, 80};
  Network         net       = NewNetwork(1, 2);
  OpfModelOptions options   = ModelOptions(net, PHYSICS_DC_REACTANCE);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 0, 50, demand);
  net->generator.ramp_mw_per_h[0] = 10;
  Solve(net, &options, "infeasible", &s);
  SolutionDestroy(&s);
  options.soft_price[SOFT_RAMP] = 70;
  Solve(net, &options, "optimal", &s);
  Near(OnlyExcess(&s).amount, 20, 1e-4);
  assert_int_equal(OnlyExcess(&s).hour, 1);
  Near(s.cost, 1300 + 70 * 20, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

static void a_reactive_limit_is_exceeded(void **state)
{
  Network         net     = NewNetwork(1, 0);
  OpfModelOptions options = ModelOptions(net, PHYSICS_AC);
  Solution        s;
  PetscInt        binding = 0;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 0, 50, NULL);
  net->generator.q_max_mvar[0] = 10;
  net->load.q_mvar[0]          = 30;
  Solve(net, &options, "infeasible", &s);
  SolutionDestroy(&s);
  options.soft_price[SOFT_REACTIVE] = 25;
  Solve(net, &options, "optimal", &s);
  Near(OnlyExcess(&s).amount, 20, 1e-4);
  Near(s.d->generator_q[0], 30, 1e-4);
  OK(OpfModelBindingLimits(s.model, s.lambda, s.zl, s.zu, 1, CountLimit, &binding));
  assert_int_equal(binding, 1);
  Near(s.d->price_q[0], 25, 1e-3);
  Near(s.cost, 500 + 500, 1e-2);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* 20 MWh are asked for at the end of an hour, 5 can be charged; a cycle of 3 MWh misses nothing. */
static void a_final_energy_is_missed(void **state)
{
  Network         net     = NewNetwork(1, 0);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  const PetscInt  unit    = AddStorage(net, 0, 5, 50);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 0, 50, NULL);
  net->storage.e_final_min_mwh[unit] = 20;
  Solve(net, &options, "infeasible", &s);
  SolutionDestroy(&s);
  options.soft_price[SOFT_FINAL_ENERGY] = 60;
  Solve(net, &options, "optimal", &s);
  Near(OnlyExcess(&s).amount, 15, 1e-4);
  assert_string_equal(OnlyExcess(&s).text, "storage storage 1 under its final energy of 20 MWh by 15 MWh");
  Near(s.cost, 550 + 15 * 60, 1e-2);
  SolutionDestroy(&s);
  options.soft_price[SOFT_FINAL_ENERGY] = 4; /* cheaper than charging */
  Solve(net, &options, "optimal", &s);
  Near(OnlyExcess(&s).amount, 20, 1e-4);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* Prices so high that nothing is exceeded leave the optimum of a published case where it is. */
static void dear_soft_limits_are_hard_ones(void **state)
{
  const char *path = SharedData("pglib/pglib_opf_case30_ieee.m");

  (void)state;
  if (!path) skip();
  Network         net     = ReadCase(PETSC_COMM_SELF, path);
  OpfModelOptions options = ModelOptions(net, PHYSICS_AC);
  Solution        hard, soft;
  SolveFeasible(net, &options, &hard);
  for (int k = 0; k < SOFT_LIMITS; k++) options.soft_price[k] = 1e5;
  SolveModel(net, &options, &soft);
  assert_string_equal(SolveStatusName(soft.result.status), "optimal");
  Near(soft.cost, hard.cost, 1e-5 * hard.cost);
  assert_true(soft.evaluation.max_violation_pu < 1e-5);
  SolutionDestroy(&hard);
  SolutionDestroy(&soft);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rating_is_exceeded_where_that_is_cheaper),
      cmocka_unit_test(a_rating_is_exceeded_in_either_direction),
      cmocka_unit_test(an_apparent_power_tells_its_excess_in_mva),
      cmocka_unit_test(an_angle_difference_is_exceeded),
      cmocka_unit_test(a_voltage_rises_above_its_limit),
      cmocka_unit_test(a_ramp_is_exceeded),
      cmocka_unit_test(a_reactive_limit_is_exceeded),
      cmocka_unit_test(a_final_energy_is_missed),
      cmocka_unit_test(dear_soft_limits_are_hard_ones),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
