/* Dispatches that can be solved by hand: storage, ramps, inflow, carbon, links, piecewise costs, congestion, and what an
   infeasible hour is told. Loads in MW, prices per MWh; "cheap" costs 10 up to 100 MW, "dear" 50 up to 200 MW. */
#include "inputs/study.h"

#include "tests/solver/opf_support.h"

#define CENT 1e-3 /* of totals of thousands */

/* One bus with a cheap and a dear generator; a load of hours[t] MW. Without storage {50, 150} costs 500 + 3,500. */
static Network OneBus(PetscInt hours, const PetscReal *load)
{
  Network net = NewNetwork(1, hours);
  AddGenerator(net, 0, 100, 10);
  AddGenerator(net, 0, 200, 50);
  AddLoad(net, 0, 0, load);
  return net;
}

static PetscReal ObjectiveOf(Network net, const OpfOptions *options)
{
  OpfResult result;
  Dispatch  dispatch = SolveOptimal(net, options, &result);

  Near(dispatch->objective, result.objective, 0);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&dispatch));
  return result.objective;
}

static PetscReal CostOf(Network net)
{
  const OpfOptions options = DcOptions(net);
  return ObjectiveOf(net, &options);
}

static void storage_buys_the_cheap_hour_and_sells_the_dear_one(void **state)
{
  Network    net     = OneBus(2, (PetscReal[]){50, 150});
  PetscInt   s       = AddStorage(net, 0, 30, 100);
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  net->storage.efficiency_charge[s]    = 0.9;
  net->storage.efficiency_discharge[s] = 0.8;
  d                                    = SolveOptimal(net, &options, &result);
  Near(d->storage_charge[0], 30, 1e-4);
  Near(d->storage_energy[0], 27, 1e-4);
  Near(d->storage_discharge[1], 21.6, 1e-4);
  Near(d->storage_energy[1], 0, 1e-4);
  Near(result.objective, 80 * 10 + 100 * 10 + 28.4 * 50, CENT);
  Near(d->price[0], 10, 1e-5);
  Near(d->price[1], 50, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void storage_serves_as_far_as_its_energy_reaches(void **state)
{
  Network        net = OneBus(4, (PetscReal[]){50, 50, 150, 150});
  const PetscInt s   = AddStorage(net, 0, 30, 40);

  (void)state;
  net->storage.efficiency_charge[s]    = 0.9;
  net->storage.efficiency_discharge[s] = 0.8;
  Near(CostOf(net), 8000 - 40 * 0.8 * 50 + 40 / 0.9 * 10, CENT);
  OK(NetworkDestroy(&net));
}

static void storage_rests_when_its_own_cost_exceeds_the_spread(void **state)
{
  Network        net = OneBus(2, (PetscReal[]){50, 150});
  const PetscInt s   = AddStorage(net, 0, 30, 100);

  (void)state;
  net->storage.efficiency_charge[s]    = 0.9;
  net->storage.efficiency_discharge[s] = 0.8;
  net->storage.marginal_cost[s]        = 30; /* 0.72 (50 - 30) > 10 */
  Near(CostOf(net), 3220 + 21.6 * 30, CENT);
  net->storage.marginal_cost[s] = 40; /* 0.72 (50 - 40) < 10 */
  Near(CostOf(net), 4000, CENT);
  OK(NetworkDestroy(&net));
}

static void a_cyclic_store_ends_as_full_as_it_began(void **state)
{
  Network         net     = OneBus(2, (PetscReal[]){150, 50});
  const PetscInt  s       = AddStorage(net, 0, 30, 100);
  OpfOptions      options = DcOptions(net);
  const PetscReal given   = 10;

  (void)state;
  net->storage.e_initial_mwh[s] = 20;
  Near(CostOf(net), 4000 - 20 * 50, CENT);
  net->storage.e_final_min_mwh[s] = 5;
  Near(CostOf(net), 4000 - 20 * 50 + 5 * 10, CENT);
  net->storage.cyclic[s] = PETSC_TRUE;
  Near(CostOf(net), 4000 - 20 * 50 + 20 * 10, CENT);
  options.initial_energy = &given;
  Near(ObjectiveOf(net, &options), 4000 - 10 * 50 + 10 * 10, CENT);
  OK(NetworkDestroy(&net));
}

/* 20 MW too many in the second hour must be stored; a cyclic store has to make room before, at its cost of 12 instead of 10. */
static void a_cyclic_store_does_not_end_fuller_either(void **state)
{
  Network        net = OneBus(2, (PetscReal[]){100, 60});
  const PetscInt s   = AddStorage(net, 0, 30, 100);

  (void)state;
  net->generator.p_min_mw[0]    = 80;
  net->storage.e_initial_mwh[s] = 20;
  net->storage.marginal_cost[s] = 12;
  Near(CostOf(net), 100 * 10 + 80 * 10, CENT);
  net->storage.cyclic[s] = PETSC_TRUE;
  Near(CostOf(net), 80 * 10 + 20 * 12 + 80 * 10, CENT);
  OK(NetworkDestroy(&net));
}

static void standing_loss_takes_its_share_each_hour(void **state)
{
  Network        net = OneBus(2, (PetscReal[]){50, 150});
  const PetscInt s   = AddStorage(net, 0, 30, 100);

  (void)state;
  net->storage.e_initial_mwh[s]   = 10;
  net->storage.p_charge_max_mw[s] = 0;
  net->storage.standing_loss[s]   = 0.1;
  Near(CostOf(net), 4000 - 10 * 0.9 * 0.9 * 50, CENT);
  net->series.step_hours = 0.5; /* a loss of 10 % an hour over one hour in all; energies and costs over half hours */
  Near(CostOf(net), 2000 - 10 * 0.9 * 50, CENT);
  OK(NetworkDestroy(&net));
}

static void inflow_is_used_stored_and_spilled_in_this_order(void **state)
{
  Network        net     = OneBus(2, (PetscReal[]){100, 120});
  const PetscInt s       = AddStorage(net, 0, 20, 10);
  OpfOptions     options = DcOptions(net);
  OpfResult      result;
  Dispatch       d;

  (void)state;
  net->storage.p_charge_max_mw[s] = 0;
  OK(NetworkAddSeries(net, (PetscReal[]){50, 0}, &net->storage.inflow_series[s]));
  d = SolveOptimal(net, &options, &result);
  Near(d->storage_energy[0], 10, 1e-4); /* 50 = 20 discharged + 10 kept + 20 spilled */
  Near(d->storage_discharge[0], 20, 1e-4);
  Near(d->storage_discharge[1], 10, 1e-4);
  Near(result.objective, 80 * 10 + 100 * 10 + 10 * 50, CENT);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* An empty store before its first inflow leaves nothing to decide; the hours after it are worth the same to the cent. */
static void a_store_empty_until_its_inflow_does_not_blur_the_optimum(void **state)
{
  Network        net     = OneBus(4, (PetscReal[]){100, 100, 120, 100});
  const PetscInt s       = AddStorage(net, 0, 40, 50);
  OpfOptions     options = DcOptions(net);
  OpfResult      result;
  Dispatch       d;

  (void)state;
  net->storage.p_charge_max_mw[s] = 0;
  OK(NetworkAddSeries(net, (PetscReal[]){0, 0, 30, 0}, &net->storage.inflow_series[s]));
  d = SolveOptimal(net, &options, &result);
  for (PetscInt t = 0; t < 2; t++) {
    assert_true(d->storage_energy[t] == 0 && d->storage_discharge[t] == 0);
    Near(d->generator_p[t * 2], 100, 1e-6);
  }
  Near(d->storage_discharge[2] + d->storage_discharge[3], 30, 1e-4);
  assert_true(d->storage_discharge[2] > 20 - 1e-4);
  Near(result.objective, 10 * (100 + 100 + 100 + 90), 1e-3);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* The cheap unit can rise by 20 MW an hour only: an hour of higher load before a steep rise is worth money. */
static void a_binding_ramp_prices_the_hour_before(void **state)
{
  Network    net     = OneBus(3, (PetscReal[]){60, 100, 70});
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  net->generator.ramp_mw_per_h[0] = 20;
  d                               = SolveOptimal(net, &options, &result);
  Near(d->generator_p[0 * 2], 60, 1e-4);
  Near(d->generator_p[1 * 2], 80, 1e-4);
  Near(d->generator_p[2 * 2], 70, 1e-4);
  Near(result.objective, 10 * (60 + 80 + 70) + 50 * 20, CENT);
  Near(d->price[0], 10 - (50 - 10), 1e-5);
  Near(d->price[1], 50, 1e-5);
  Near(d->price[2], 10, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void ramps_bind_downwards_and_scale_with_the_step(void **state)
{
  Network down = OneBus(2, (PetscReal[]){100, 40}), half = OneBus(2, (PetscReal[]){60, 100});

  (void)state;
  down->generator.ramp_mw_per_h[0] = half->generator.ramp_mw_per_h[0] = 20;
  Near(CostOf(down), 10 * (60 + 40) + 50 * 40, CENT);
  half->series.step_hours = 0.5;
  Near(CostOf(half), 0.5 * (10 * (60 + 70) + 50 * 30), CENT);
  OK(NetworkDestroy(&down));
  OK(NetworkDestroy(&half));
}

static void a_carbon_price_turns_the_merit_order(void **state)
{
  Network    net = NewNetwork(1, 0);
  OpfOptions options;
  OpfResult  result;
  Dispatch   d;

  (void)state;
  const PetscInt coal                     = AddGenerator(net, 0, 100, 20);
  const PetscInt gas                      = AddGenerator(net, 0, 100, 40);
  net->generator.emission_t_per_mwh[coal] = 1.0;
  net->generator.emission_t_per_mwh[gas]  = 0.4;
  AddLoad(net, 0, 80, NULL);
  options = DcOptions(net);
  Near(ObjectiveOf(net, &options), 80 * 20, CENT);
  options.carbon_price = 33; /* just below the break-even (40 - 20) / (1 - 0.4) */
  Near(ObjectiveOf(net, &options), 80 * (20 + 33), CENT);
  options.carbon_price = 50;
  d                    = SolveOptimal(net, &options, &result);
  Near(d->generator_p[gas], 80, 1e-4);
  Near(result.objective, 80 * (40 + 0.4 * 50), CENT);
  Near(d->price[0], 60, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* Two buses of their own islands, 10 per MWh on the left, 40 on the right. */
static Network TwoIslands(void)
{
  Network net      = NewNetwork(2, 0);
  net->bus.type[1] = BUS_REF;
  AddGenerator(net, 0, 300, 10);
  AddGenerator(net, 1, 300, 40);
  return net;
}

static void a_link_carries_what_pays_and_loses_its_share(void **state)
{
  Network         net     = TwoIslands();
  const PetscInt  l       = AddLink(net, 0, 1, 50, 1, 0.05);
  OpfOptions      options = DcOptions(net);
  const PetscReal fee[2]  = {0, 3};
  OpfResult       result;
  Dispatch        d;

  (void)state;
  AddLoad(net, 1, 100, NULL);
  d = SolveOptimal(net, &options, &result);
  Near(d->link_p_from[l], 50, 1e-4);
  Near(d->link_p_to[l], 46.5, 1e-4);
  Near(result.objective, 50 * 10 + 53.5 * 40, CENT);
  Near(d->price[0], 10, 1e-5);
  Near(d->price[1], 40, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));

  net->link.p_max_mw[l] = 200; /* wide enough: 0.95 p - 1 = 100 */
  OK(CostSet(&net->link.cost[l], COST_POLYNOMIAL, 2, fee));
  d = SolveOptimal(net, &options, &result);
  Near(d->link_p_from[l], 101 / 0.95, 1e-4);
  Near(result.objective, 101 / 0.95 * 13, CENT);
  Near(d->price[1], 13 / 0.95, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void a_link_that_runs_backwards_loses_its_constant_only(void **state)
{
  Network        net = TwoIslands();
  const PetscInt l   = AddLink(net, 0, 1, 50, 1, 0.05);

  (void)state;
  net->link.p_min_mw[l]      = -50;
  net->generator.p_max_mw[0] = 60;
  AddLoad(net, 0, 100, NULL);
  Near(CostOf(net), 60 * 10 + 41 * 40, CENT); /* 40 MW flow back, 1 MW is lost at the right end */
  OK(NetworkDestroy(&net));
}

/* Slopes 10, 20, 40 up to 50, 100, 200 MW. */
static void a_piecewise_cost_is_followed_segment_by_segment(void **state)
{
  const PetscReal points[8] = {0, 0, 50, 500, 100, 1500, 200, 5500}, offset[4] = {0, 100, 100, 1100};
  const Physics   physics[2] = {PHYSICS_DC_REACTANCE, PHYSICS_AC};

  (void)state;
  for (int k = 0; k < 2; k++) {
    Network    net = NewNetwork(1, 0);
    OpfOptions options;
    OpfResult  result;
    Dispatch   d;
    AddGenerator(net, 0, 200, 0);
    AddGenerator(net, 0, 200, 30);
    AddLoad(net, 0, 120, NULL);
    OK(CostSet(&net->generator.cost[0], COST_PIECEWISE_LINEAR, 4, points));
    options         = DcOptions(net);
    options.physics = physics[k];
    d               = SolveOptimal(net, &options, &result);
    Near(d->generator_p[0], 100, 1e-4);
    Near(result.objective, 1500 + 20 * 30, CENT);
    Near(d->price[0], 30, 1e-5);
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    net->load.p_mw[0] = 70; /* inside the second segment */
    Near(ObjectiveOf(net, &options), 500 + 20 * 20, CENT);
    OK(CostSet(&net->generator.cost[0], COST_PIECEWISE_LINEAR, 2, offset)); /* a line with a constant */
    Near(ObjectiveOf(net, &options), 100 + 70 * 10, CENT);
    OK(NetworkDestroy(&net));
  }
}

static void quadratic_costs_share_the_load_at_equal_slopes(void **state)
{
  const PetscReal a[3] = {7, 10, 0.05}, b[4] = {0, 12, 0.02, 0.0001}; /* slopes 10 + 0.1 p, 12 + 0.04 p + 0.0003 p^2 */
  Network         net     = NewNetwork(1, 0);
  OpfOptions      options = DcOptions(net);
  OpfResult       result;
  Dispatch        d;

  (void)state;
  AddGenerator(net, 0, 500, 0);
  AddGenerator(net, 0, 500, 0);
  OK(CostSet(&net->generator.cost[0], COST_POLYNOMIAL, 3, a));
  OK(CostSet(&net->generator.cost[1], COST_POLYNOMIAL, 4, b));
  AddLoad(net, 0, 190, NULL);
  d = SolveOptimal(net, &options, &result);
  Near(d->generator_p[0], 90, 1e-3); /* 19 = 12 + 4 + 3 at 100 MW */
  Near(d->generator_p[1], 100, 1e-3);
  Near(d->price[0], 19, 1e-4);
  Near(result.objective, 7 + 900 + 0.05 * 8100 + 1200 + 200 + 100, CENT);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void a_congested_line_parts_two_prices_by_its_shadow_price(void **state)
{
  (void)state;
  for (int reverse = 0; reverse < 2; reverse++) {
    Network    net     = NewNetwork(2, 0);
    OpfOptions options = DcOptions(net);
    OpfResult  result;
    Dispatch   d;
    AddGenerator(net, 0, 300, 20);
    AddGenerator(net, 1, 300, 50);
    AddLoad(net, 1, 100, NULL);
    AddBranch(net, reverse, 1 - reverse, 0, 0.1, 60);
    d = SolveOptimal(net, &options, &result);
    Near(result.objective, 60 * 20 + 40 * 50, CENT);
    Near(d->price[0], 20, 1e-5);
    Near(d->price[1], 50, 1e-5);
    Near(d->branch_p_from[0], reverse ? -60 : 60, 1e-4);
    Near(d->branch_mu_from[0] + d->branch_mu_to[0], d->price[1] - d->price[0], 1e-5);
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    OK(NetworkDestroy(&net));
  }
}

/* A phase shift of 0.3 rad moves the angles, not the limit of the flow. */
static void a_shifted_line_is_limited_by_its_flow(void **state)
{
  Network    net     = NewNetwork(2, 0);
  OpfOptions options = DcOptions(net);

  (void)state;
  options.physics = PHYSICS_DC_MATPOWER;
  AddGenerator(net, 0, 300, 20);
  AddGenerator(net, 1, 300, 50);
  AddLoad(net, 1, 100, NULL);
  AddBranch(net, 0, 1, 0, 0.1, 60);
  net->branch.shift_rad[0] = 0.3;
  net->branch.tap[0]       = 0.95;
  Near(ObjectiveOf(net, &options), 60 * 20 + 40 * 50, CENT);
  OK(NetworkDestroy(&net));
}

/* AC: the far end has no reactive power to give, so only the sending end is at its limit. Shadow price and prices of active and
   reactive power against the change of the optimal cost. */
static void ac_multipliers_are_the_slopes_of_the_optimal_cost(void **state)
{
  (void)state;
  for (int reverse = 0; reverse < 2; reverse++) {
    Network         net = NewNetwork(2, 0);
    OpfOptions      options;
    OpfResult       result;
    Dispatch        d;
    PetscReal       cost[2];
    const PetscReal h = 0.01;
    OpfDefaultOptions(&options);
    AddGenerator(net, 0, 300, 20);
    AddGenerator(net, 1, 300, 50);
    net->generator.q_min_mvar[1] = net->generator.q_max_mvar[1] = 0;
    AddLoad(net, 1, 100, NULL);
    net->load.q_mvar[0] = 5;
    AddBranch(net, reverse, 1 - reverse, 0.01, 0.1, 60);
    d                       = SolveOptimal(net, &options, &result);
    const PetscReal sending = reverse ? d->branch_mu_to[0] : d->branch_mu_from[0];
    const PetscReal price = d->price[1], price_q = d->price_q[1], highest = d->vm_mu[0];
    assert_true(sending > 1);
    Near(reverse ? d->branch_mu_from[0] : d->branch_mu_to[0], 0, 1e-4);
    assert_true(highest > 0); /* the sending bus stands at its upper limit */
    Near(d->vm_pu[0], 1.1, 1e-6);
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    PetscReal *const parameter[4] = {&net->branch.rate_a[0], &net->load.p_mw[0], &net->load.q_mvar[0],
                                     &net->bus.vm_max_pu[0]};
    const PetscReal  slope[4]     = {-sending, price, price_q, -highest};
    const PetscReal  step[4]      = {h, h, h, 1e-3 * h};
    for (int k = 0; k < 4; k++) {
      const PetscReal at = *parameter[k];
      for (int side = 0; side < 2; side++) {
        *parameter[k] = at + (side ? step[k] : -step[k]);
        cost[side]    = ObjectiveOf(net, &options);
      }
      *parameter[k] = at;
      Near((cost[1] - cost[0]) / (2 * step[k]), slope[k], 1e-3 * PetscMax(1, fabs(slope[k])));
    }
    OK(NetworkDestroy(&net));
  }
}

/* Angle limit of 0.05 rad on x = 0.1: 50 MW. Its shadow price is per radian: 30 currency per MWh over 1,000 MW per radian. */
static void an_angle_limit_has_a_price_per_radian(void **state)
{
  Network    net     = NewNetwork(2, 0);
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  AddGenerator(net, 0, 300, 20);
  AddGenerator(net, 1, 300, 50);
  AddLoad(net, 1, 100, NULL);
  AddBranch(net, 0, 1, 0, 0.1, 500);
  net->branch.angle_min_rad[0] = -0.05;
  net->branch.angle_max_rad[0] = 0.05;
  d                            = SolveOptimal(net, &options, &result);
  Near(d->branch_p_from[0], 50, 1e-4);
  Near(d->branch_mu_angle[0], 30 * 1000, 1e-2);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* Offers of 1,000 MW at 5 ... 14, 15 ... 24, 25 ... 34 at the corners; 2/3 of what goes from 1 to 3 takes the limited line. */
static void the_triangle_has_prices_12_22_32_and_its_rent(void **state)
{
  const PetscReal demand[3] = {2400, 2400, 17400};
  Network         net       = NewNetwork(3, 0);
  OpfOptions      options   = DcOptions(net);
  PetscReal       surplus   = 0;
  OpfResult       result;
  Dispatch        d;

  (void)state;
  for (PetscInt k = 0; k < 30; k++) AddGenerator(net, k / 10, 1000, 5 + k);
  for (PetscInt b = 0; b < 3; b++) AddLoad(net, b, demand[b], NULL);
  AddBranch(net, 0, 1, 0, 0.01, INFINITY);
  AddBranch(net, 1, 2, 0, 0.01, INFINITY);
  const PetscInt limited = AddBranch(net, 0, 2, 0, 0.01, 5000);
  d                      = SolveOptimal(net, &options, &result);
  for (PetscInt b = 0; b < 3; b++) {
    Near(d->price[b], 12 + 10 * b, 1e-5);
    surplus += d->price[b] * demand[b];
  }
  for (PetscInt g = 0; g < 30; g++) surplus -= d->price[g / 10] * d->generator_p[g];
  Near(surplus, 150000, 0.1);
  Near(d->branch_mu_from[limited] + d->branch_mu_to[limited], 30, 1e-5);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* The network of a shipped study under a policy. */
static Network StudyNetwork(const char *relative, const char *policy)
{
  Faults  faults;
  Study   study;
  Network net;

  OK(FaultsCreate(&faults));
  OK(StudyRead(PETSC_COMM_SELF, ShippedFile(relative), policy, faults, &study));
  assert_non_null(study);
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  (void)FaultsView(faults, stdout);
  assert_non_null(net);
  OK(StudyDestroy(&study));
  OK(FaultsDestroy(&faults));
  return net;
}

static void the_shipped_hour_costs_160(void **state)
{
  Network    net     = StudyNetwork("inputs/cases/islands/hour.yaml", NULL);
  OpfOptions options = DcOptions(net);
  OpfResult  result;
  Dispatch   d;

  (void)state;
  assert_int_equal(options.hours, 1);
  d = SolveOptimal(net, &options, &result);
  Near(result.objective, 160, 1e-5);
  for (PetscInt b = 0; b < net->bus.n; b++) Near(d->price[b], 100, 1e-4);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static PetscBool NamesBinding(const OpfResult *result, const char *name)
{
  for (PetscInt k = 0; k < result->n_binding; k++)
    if (strstr(result->binding[k].text, name)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static void the_shipped_hour_without_the_grid_is_200_kw_short(void **state)
{
  Network    net     = StudyNetwork("inputs/cases/islands/hour.yaml", "grid-closed");
  OpfOptions options = DcOptions(net);
  PetscReal  mw      = 0;
  OpfResult  result;
  Evaluation evaluation;
  Dispatch   d;

  (void)state;
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_equal(SolveStatusName(result.status), "infeasible");
  Near(result.shortage_mwh, 0.2, 1e-6);
  for (PetscInt k = 0; k < result.n_shortages; k++) {
    assert_int_equal(result.shortage[k].hour, 0);
    mw += result.shortage[k].mw;
  }
  Near(mw, 0.2, 1e-6);
  assert_true(NamesBinding(&result, "wind farm"));
  assert_true(NamesBinding(&result, "solar plant"));
  assert_true(NamesBinding(&result, "battery"));
  assert_false(NamesBinding(&result, "main grid"));
  assert_false(NamesBinding(&result, "tie")); /* the lines are ample */
  OK(DispatchEvaluate(net, d, options.physics, NULL, &evaluation));
  assert_true(evaluation.max_mismatch_pu <= 1e-6 && evaluation.max_violation_pu <= 1e-6);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* 100 MW on the right, cheap power on the left: the line's rating of the hour is what flows. A series only tightens. */
static void a_rating_holds_for_its_hour(void **state)
{
  const PetscReal rating[3]  = {200, 30, 60};
  const Physics   physics[3] = {PHYSICS_DC_REACTANCE, PHYSICS_DC_LOSSES, PHYSICS_AC};

  (void)state;
  for (int k = 0; k < 6; k++) {
    Network        net     = NewNetwork(2, 3);
    const PetscInt line    = AddBranch(net, 0, 1, 0, 0.1, k < 3 ? 80 : PETSC_INFINITY);
    OpfOptions     options = DcOptions(net);
    OpfResult      result;
    Dispatch       d;
    AddGenerator(net, 0, 300, 10);
    AddGenerator(net, 1, 300, 40);
    AddLoad(net, 1, 100, NULL);
    OK(NetworkAddSeries(net, rating, &net->branch.rate_series[line]));
    options.physics = physics[k % 3];
    d               = SolveOptimal(net, &options, &result);
    for (PetscInt t = 0; t < 3; t++) {
      const PetscReal most = PetscMin(PetscMin(rating[t], net->branch.rate_a[line]), 100);
      const PetscReal mu   = d->branch_mu_from[t] + d->branch_mu_to[t];
      const PetscReal from = hypot(d->branch_p_from[t], d->branch_q_from[t]);
      const PetscReal to   = hypot(d->branch_p_to[t], d->branch_q_to[t]);
      if (physics[k % 3] != PHYSICS_AC || most < 100) Near(PetscMax(from, to), most, 1e-4);
      if (physics[k % 3] == PHYSICS_DC_REACTANCE) Near(mu, most < 100 ? 30 : 0, 1e-4);
    }
    assert_true(NetworkBranchRating(net, line, 1) == 30 &&
                NetworkBranchRating(net, line, -1) == net->branch.rate_a[line]);
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    net->branch.rate_series[line] = -1;
    NetworkTruncateSeries(net, 0);
    assert_int_equal(net->series.n, 0);
    OK(NetworkDestroy(&net));
  }
}

/* As its README says: the day is feasible, the tie from the coast binds in windy hours of low demand, and then the coast's price
   is below the city's. */
static void the_shipped_days_tie_parts_the_prices_of_coast_and_city(void **state)
{
  Network    net     = StudyNetwork("inputs/cases/islands/study.yaml", NULL);
  OpfOptions options = DcOptions(net);
  PetscInt   tie = -1, binding = 0, hours_free = 0;
  OpfResult  result;
  Dispatch   d;

  (void)state;
  options.physics = PHYSICS_AC;
  assert_int_equal(options.hours, 24);
  d = SolveOptimal(net, &options, &result);
  for (PetscInt k = 0; k < net->branch.n; k++)
    if (strcmp(net->branch.name[k], "tie coast-city") == 0) tie = k;
  assert_true(tie >= 0);
  for (PetscInt t = 0; t < 24; t++) {
    const PetscReal mu    = d->branch_mu_from[t * net->branch.n + tie] + d->branch_mu_to[t * net->branch.n + tie];
    const PetscReal coast = d->price[t * net->bus.n + 0], city = d->price[t * net->bus.n + 7];
    if (mu > 1) {
      binding++;
      assert_true(coast < city - 1);
    } else {
      hours_free++;
    }
  }
  printf("the tie binds in %d hours of the day, %d iterations\n", (int)binding, (int)result.iterations);
  assert_true(binding > 0 && hours_free > 0);
  assert_true(d->storage_energy[23 * net->storage.n] >= 0.3 - 1e-7);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* 5 MW for two hours cannot fill 20 MWh: no shortage of power anywhere explains it, and yet the window has no solution. */
static void an_energy_that_cannot_be_reached_is_infeasible_not_optimal(void **state)
{
  Network        net     = OneBus(2, (PetscReal[]){50, 50});
  const PetscInt s       = AddStorage(net, 0, 5, 100);
  OpfOptions     options = DcOptions(net);
  OpfResult      result;
  Dispatch       d;

  (void)state;
  net->storage.e_final_min_mwh[s] = 20;
  for (int ac = 0; ac < 2; ac++) {
    options.physics = ac ? PHYSICS_AC : PHYSICS_DC_REACTANCE;
    OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
    assert_string_equal(SolveStatusName(result.status), "infeasible");
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
  }
  OK(NetworkDestroy(&net));
}

/* A must-run unit above the load with nowhere to go: a surplus, told as negative megawatts. */
static void a_surplus_is_reported_where_it_is_forced_in(void **state)
{
  Network    net     = NewNetwork(2, 0);
  OpfOptions options = DcOptions(net);
  PetscReal  mw      = 0;
  OpfResult  result;
  Dispatch   d;

  (void)state;
  AddGenerator(net, 0, 100, 10);
  net->generator.p_min_mw[0] = 80;
  AddLoad(net, 1, 70, NULL);
  AddBranch(net, 0, 1, 0, 0.1, 50);
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_equal(SolveStatusName(result.status), "infeasible");
  for (PetscInt k = 0; k < result.n_shortages; k++) {
    const Shortage *here = &result.shortage[k];
    Near(here->mw, here->bus == 0 ? -30 : 20,
         1e-4); /* 50 MW get through: 30 too many at one end, 20 too few at the other */
    mw += here->mw;
  }
  assert_int_equal(result.n_shortages, 2);
  Near(result.shortage_mwh, 20, 1e-4);
  Near(mw, -10, 1e-4);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* Beyond the units' reach: at least demand minus capacity is missing. */
static void overloaded_118_buses_are_diagnosed(void **state)
{
  const char *path   = SharedData("pglib/pglib_opf_case118_ieee.m");
  PetscReal   demand = 0, capacity = 0, missing = 0;
  Network     net;
  OpfOptions  options;
  OpfResult   result;
  Evaluation  evaluation;
  Dispatch    d;

  (void)state;
  if (!path) skip();
  net = ReadCase(PETSC_COMM_SELF, path);
  for (PetscInt l = 0; l < net->load.n; l++) {
    net->load.p_mw[l] *= 1.6;
    net->load.q_mvar[l] *= 1.6;
    demand += net->load.p_mw[l];
  }
  for (PetscInt g = 0; g < net->generator.n; g++) capacity += net->generator.p_max_mw[g];
  OpfDefaultOptions(&options);
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &d, &result));
  assert_string_equal(SolveStatusName(result.status), "infeasible");
  for (PetscInt k = 0; k < result.n_shortages; k++) {
    PetscReal drawn = 0; /* what is not served at a bus was asked for there */
    for (PetscInt l = 0; l < net->load.n; l++)
      if (net->load.bus[l] == result.shortage[k].bus) drawn += net->load.p_mw[l];
    assert_true(result.shortage[k].mw <= drawn + 1e-6);
    missing += PetscMax(0, result.shortage[k].mw);
  }
  Near(result.shortage_mwh, missing, 1e-6);
  assert_true(missing > 1 && missing >= demand - capacity && missing < 0.5 * demand);
  assert_true(result.n_binding > 0);
  for (PetscInt k = 1; k < result.n_binding; k++) assert_true(result.binding[k].price <= result.binding[k - 1].price);
  OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &evaluation));
  printf("118 buses x 1.6: %.3f MW of %.0f missing (capacity %.0f), %d shortages, first limit: %s\n", missing, demand,
         capacity, (int)result.n_shortages, result.binding[0].text);
  if (evaluation.max_violation_pu > 1e-6) fail_msg("%s by %g", evaluation.worst, evaluation.max_violation_pu);
  if (evaluation.max_mismatch_pu > 1e-6) fail_msg("%s by %g", evaluation.worst_bus, evaluation.max_mismatch_pu);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(storage_buys_the_cheap_hour_and_sells_the_dear_one),
      cmocka_unit_test(storage_serves_as_far_as_its_energy_reaches),
      cmocka_unit_test(storage_rests_when_its_own_cost_exceeds_the_spread),
      cmocka_unit_test(a_cyclic_store_ends_as_full_as_it_began),
      cmocka_unit_test(a_cyclic_store_does_not_end_fuller_either),
      cmocka_unit_test(standing_loss_takes_its_share_each_hour),
      cmocka_unit_test(inflow_is_used_stored_and_spilled_in_this_order),
      cmocka_unit_test(a_store_empty_until_its_inflow_does_not_blur_the_optimum),
      cmocka_unit_test(a_binding_ramp_prices_the_hour_before),
      cmocka_unit_test(ramps_bind_downwards_and_scale_with_the_step),
      cmocka_unit_test(a_carbon_price_turns_the_merit_order),
      cmocka_unit_test(a_link_carries_what_pays_and_loses_its_share),
      cmocka_unit_test(a_link_that_runs_backwards_loses_its_constant_only),
      cmocka_unit_test(a_piecewise_cost_is_followed_segment_by_segment),
      cmocka_unit_test(quadratic_costs_share_the_load_at_equal_slopes),
      cmocka_unit_test(a_congested_line_parts_two_prices_by_its_shadow_price),
      cmocka_unit_test(a_shifted_line_is_limited_by_its_flow),
      cmocka_unit_test(ac_multipliers_are_the_slopes_of_the_optimal_cost),
      cmocka_unit_test(an_angle_limit_has_a_price_per_radian),
      cmocka_unit_test(the_triangle_has_prices_12_22_32_and_its_rent),
      cmocka_unit_test(the_shipped_hour_costs_160),
      cmocka_unit_test(the_shipped_hour_without_the_grid_is_200_kw_short),
      cmocka_unit_test(a_rating_holds_for_its_hour),
      cmocka_unit_test(the_shipped_days_tie_parts_the_prices_of_coast_and_city),
      cmocka_unit_test(an_energy_that_cannot_be_reached_is_infeasible_not_optimal),
      cmocka_unit_test(a_surplus_is_reported_where_it_is_forced_in),
      cmocka_unit_test(overloaded_118_buses_are_diagnosed),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
