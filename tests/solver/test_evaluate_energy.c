/* The evaluation of dispatches with several carriers, flexible demand, reserves, losses and soft limits: a dispatch made by
   hand violates nothing, and each rule broken is found, named and measured. */
#include "solver/evaluate.h"

#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal(call, 0)

enum { HOURS = 4, GAS = 0, GRID = 1, TOWN = 0, HEAT_DEMAND = 1, CHP = 0, PUMP = 1, BATTERY = 0, TANK = 1 };

static Network  net;
static Dispatch d;

static void Near(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance))
    fail_msg("found %.15g, expected %.15g within %g", found, expected, tolerance);
}

/* Buses: 1 electricity, 2 heat, 3 gas. A unit turns gas into 0.4 electricity and 0.5 heat, a heat pump into 3 of heat. */
static void MakeNetwork(void)
{
  static const char *const carrier[] = {"AC", "heat", "gas"};

  OK(NetworkCreate(&net));
  net->base_mva = 10;
  OK(NetworkSetSnapshots(net, 0, 1, HOURS));
  OK(NetworkResizeBuses(net, 3));
  for (PetscInt b = 0; b < 3; ++b) {
    net->bus.number[b] = b + 1;
    OK(NetworkSetString(&net->bus.carrier[b], carrier[b]));
  }
  OK(NetworkResizeGenerators(net, 2));
  net->generator.bus[GAS] = 2, net->generator.bus[GRID] = 0;
  net->generator.p_max_mw[GAS] = 50, net->generator.p_max_mw[GRID] = 20;
  net->generator.reserve_max_mw[GRID] = 3;
  OK(NetworkSetString(&net->generator.name[GAS], "wells"));
  OK(NetworkSetString(&net->generator.name[GRID], "grid"));
  OK(NetworkResizeLoads(net, 2));
  net->load.bus[TOWN] = 0, net->load.bus[HEAT_DEMAND] = 1;
  net->load.p_mw[TOWN] = 10, net->load.p_mw[HEAT_DEMAND] = 8;
  net->load.curtail_max_pu[TOWN] = 0.2, net->load.shift_max_mw[TOWN] = 2, net->load.shift_hours[TOWN] = 2;
  OK(NetworkSetString(&net->load.name[TOWN], "town"));
  OK(NetworkSetString(&net->load.name[HEAT_DEMAND], "houses"));
  OK(NetworkResizeLinks(net, 2));
  net->link.from[CHP] = 2, net->link.to[CHP] = 0, net->link.to2[CHP] = 1;
  net->link.loss1[CHP] = 0.6, net->link.efficiency2[CHP] = 0.5, net->link.p_max_mw[CHP] = 12;
  net->link.from[PUMP] = 0, net->link.to[PUMP] = 1, net->link.loss1[PUMP] = -2, net->link.p_max_mw[PUMP] = 2;
  OK(NetworkSetString(&net->link.name[CHP], "chp"));
  OK(NetworkSetString(&net->link.name[PUMP], "pump"));
  OK(NetworkResizeStorage(net, 2));
  for (PetscInt k = 0; k < 2; ++k) {
    net->storage.bus[k]             = k;
    net->storage.p_charge_max_mw[k] = net->storage.p_discharge_max_mw[k] = 2;
    net->storage.e_max_mwh[k] = 6, net->storage.e_min_mwh[k] = 1, net->storage.e_initial_mwh[k] = 3;
    net->storage.cyclic[k] = PETSC_TRUE;
  }
  net->storage.efficiency_discharge[BATTERY] = 0.8;
  OK(NetworkSetString(&net->storage.name[BATTERY], "battery"));
  OK(NetworkSetString(&net->storage.name[TANK], "tank"));
  OK(NetworkResizeReserves(net, 1));
  OK(NetworkSetString(&net->reserve.name[0], "spinning"));
  net->reserve.requirement_mw[0] = 4;
}

/* Each hour: 10 MW of gas give 4 electricity and 5 heat, 1 MW of electricity the other 3 of heat; the grid gives the rest. The town
   curtails 1 in the first hour and moves 1.5 from the third to the fourth. */
static void MakeDispatch(void)
{
  static const PetscReal curtailed[HOURS] = {1, 0, 0, 0}, shifted[HOURS] = {0, 0, -1.5, 1.5};

  OK(DispatchCreate(net, HOURS, 0, &d));
  for (PetscInt t = 0; t < HOURS; ++t) {
    d->generator_p[2 * t + GAS]         = 10;
    d->generator_p[2 * t + GRID]        = 10 - curtailed[t] + shifted[t] + 1 - 4;
    d->load_curtailed[2 * t + TOWN]     = curtailed[t];
    d->load_shifted[2 * t + TOWN]       = shifted[t];
    d->load_p[2 * t + TOWN]             = 10 - curtailed[t] + shifted[t];
    d->load_p[2 * t + HEAT_DEMAND]      = 8;
    d->link_p_from[2 * t + CHP]         = 10;
    d->link_p_from[2 * t + PUMP]        = 1;
    d->storage_energy[2 * t + BATTERY]  = 3;
    d->storage_energy[2 * t + TANK]     = 3;
    d->generator_reserve[2 * t + GRID]  = 2.5;
    d->storage_reserve[2 * t + BATTERY] = 1.5; /* 0.8 (3 - 1) is 1.6 */
  }
  OK(DispatchComputeFlows(net, d, PHYSICS_DC_REACTANCE));
}

static int Begin(void **state)
{
  (void)state;
  MakeNetwork();
  MakeDispatch();
  return 0;
}

static int End(void **state)
{
  (void)state;
  return NetworkDestroy(&net) || DispatchDestroy(&d);
}

static Evaluation Evaluate(const PetscReal *soft_price)
{
  Evaluation e;
  OK(DispatchEvaluateSoft(net, d, PHYSICS_DC_REACTANCE, NULL, soft_price, &e));
  return e;
}

/* One rule is broken, by this much per unit of 10 MVA. */
static void Broken(const char *worst, PetscReal per_unit)
{
  const Evaluation e = Evaluate(NULL);
  if (!strstr(e.worst, worst)) fail_msg("found \"%s\", expected \"%s\"", e.worst, worst);
  Near(e.max_violation_pu, per_unit, 1e-12);
}

static void the_dispatch_made_by_hand_violates_nothing(void **state)
{
  const Evaluation e = Evaluate(NULL);
  (void)state;
  Near(e.max_violation_pu, 0, 1e-15);
  Near(e.max_mismatch_pu, 0, 1e-15);
  assert_int_equal(e.simultaneous, 0);
  Near(d->link_p_to[CHP], 4, 1e-12);
  Near(d->link_p_to2[CHP], 5, 1e-12);
  Near(d->link_p_to[PUMP], 3, 1e-12);
}

static void energy_buses_balance_too(void **state)
{
  Evaluation e;
  (void)state;
  d->link_p_from[CHP] = 10.2; /* more gas than there is, more heat and electricity than taken */
  OK(DispatchComputeFlows(net, d, PHYSICS_DC_REACTANCE));
  e = Evaluate(NULL);
  Near(e.max_mismatch_pu, 0.02, 1e-12);
  assert_non_null(strstr(e.worst_bus, "bus 3 active power, hour 0"));
  d->link_p_to2[CHP] += 0.3;
  Broken("link chp", 0.03);
}

static void flexible_demand_keeps_its_limits(void **state)
{
  (void)state;
  d->load_curtailed[TOWN] = 2.5, d->load_p[TOWN] = 7.5; /* a fifth of 10 MW may go */
  Broken("load town curtailed power above its maximum, hour 0", 0.05);
  d->load_curtailed[TOWN] = 1, d->load_p[TOWN] = 9;
  d->load_shifted[2 * 3 + TOWN] = 2.5, d->load_p[2 * 3 + TOWN] = 12.5;
  Broken("load town sum of shifted power above its maximum, hour 3", 0.1);
  d->load_shifted[2 * 2 + TOWN] = -2.5, d->load_p[2 * 2 + TOWN] = 7.5; /* sums to zero, but more than 2 MW */
  Broken("load town shifted power", 0.05);
}

/* The same shifts with a block that ends between them. */
static void shifts_sum_to_zero_in_each_block(void **state)
{
  (void)state;
  net->load.shift_hours[TOWN] = 3;
  Broken("load town sum of shifted power below its minimum, hour 2", 0.15);
  net->load.shift_hours[TOWN] = 0; /* the window */
  Near(Evaluate(NULL).max_violation_pu, 0, 1e-15);
}

static void reserves_are_promised_from_what_is_left(void **state)
{
  (void)state;
  d->generator_reserve[GRID] = 2.0; /* 0.5 MW short of 4 */
  Broken("reserve spinning promised reserve below its minimum, hour 0", 0.05);
  d->reserve_shortage[0] = 0.5; /* which a hard requirement does not allow */
  Broken("reserve spinning shortage above its maximum, hour 0", 0.05);
  net->reserve.shortage_price[0] = 500;
  Near(Evaluate(NULL).max_violation_pu, 0, 1e-15);
  d->generator_reserve[GRID] = 3.4;
  Broken("generator grid reserve above its maximum, hour 0", 0.04);
  d->generator_reserve[GRID] = 2.5, d->storage_reserve[BATTERY] = 1.8;
  Broken("storage battery reserve above its maximum, hour 0", 0.02);
  d->storage_reserve[BATTERY] = 1.5, d->storage_reserve[TANK] = 1; /* a heat store has room, but covers nothing */
  d->generator_reserve[GRID] = 1.5, d->reserve_shortage[0] = 0;
  Broken("reserve spinning promised reserve below its minimum, hour 0", 0.1);
}

static void priced_limits_are_summed_instead(void **state)
{
  PetscReal  price[SOFT_LIMITS] = {0};
  Evaluation e;
  (void)state;
  net->storage.e_final_min_mwh[TANK] = 5, net->storage.cyclic[TANK] = PETSC_FALSE;
  net->generator.ramp_mw_per_h[GRID] = 1; /* 6, 7, 5.5, 8.5 MW: 0.5 and 2 MW too much */
  Broken("generator grid change of active power above its maximum, hour 3", 0.2);
  price[SOFT_RAMP] = 10, price[SOFT_FINAL_ENERGY] = 10;
  e = Evaluate(price);
  Near(e.max_violation_pu, 0, 1e-15);
  Near(e.soft_excess[SOFT_RAMP], 2.5, 1e-12);
  Near(e.soft_excess[SOFT_FINAL_ENERGY], 2, 1e-12);
  d->generator_reserve[GRID] = 2, d->reserve_shortage[0] = 0.5, price[SOFT_RESERVE] = 1;
  Near(Evaluate(price).soft_excess[SOFT_RESERVE], 0.5, 1e-12);
  d->generator_p[GRID] = NAN; /* no price makes this good */
  assert_true(isinf(Evaluate(price).max_violation_pu));
}

static void both_directions_at_once_are_counted(void **state)
{
  (void)state;
  for (PetscInt t = 1; t < 3; ++t) d->storage_charge[2 * t + TANK] = d->storage_discharge[2 * t + TANK] = 0.5;
  assert_int_equal(Evaluate(NULL).simultaneous, 2);
}

/* p = x/z2 d and loss r/z2 d^2, half at each end, for one branch between two buses. */
static void losses_of_the_dc_model_are_split_between_the_ends(void **state)
{
  const PetscReal r = 0.03, x = 0.1, z2 = r * r + x * x, angle = 0.2, p = x / z2 * angle, loss = r / z2 * angle * angle;
  PetscReal       soft[SOFT_LIMITS] = {0};
  Evaluation      e;
  (void)state;
  OK(End(NULL));
  OK(NetworkCreate(&net));
  net->base_mva = 10;
  OK(NetworkResizeBuses(net, 2));
  net->bus.number[0] = 1, net->bus.number[1] = 2;
  OK(NetworkResizeBranches(net, 1));
  net->branch.from[0] = 0, net->branch.to[0] = 1, net->branch.r[0] = r, net->branch.x[0] = x;
  net->branch.rate_a[0] = 15;
  OK(NetworkResizeGenerators(net, 1));
  net->generator.bus[0] = 0, net->generator.p_max_mw[0] = 100;
  OK(NetworkResizeLoads(net, 1));
  net->load.bus[0] = 1, net->load.p_mw[0] = 10 * (p - loss / 2);
  OK(DispatchCreate(net, 1, -1, &d));
  d->va_rad[0] = angle, d->load_p[0] = net->load.p_mw[0], d->generator_p[0] = 10 * (p + loss / 2);
  OK(DispatchComputeFlows(net, d, PHYSICS_DC_LOSSES));
  Near(d->branch_p_from[0] + d->branch_p_to[0], 10 * loss, 1e-12);
  soft[SOFT_BRANCH_RATING] = 1;
  OK(DispatchEvaluateSoft(net, d, PHYSICS_DC_LOSSES, NULL, soft, &e));
  Near(e.max_mismatch_pu, 0, 1e-14);
  Near(e.soft_excess[SOFT_BRANCH_RATING], 10 * (p + loss / 2) - 15, 1e-12);
  Near(e.max_violation_pu, 0, 1e-14);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_dispatch_made_by_hand_violates_nothing, Begin, End),
      cmocka_unit_test_setup_teardown(energy_buses_balance_too, Begin, End),
      cmocka_unit_test_setup_teardown(flexible_demand_keeps_its_limits, Begin, End),
      cmocka_unit_test_setup_teardown(shifts_sum_to_zero_in_each_block, Begin, End),
      cmocka_unit_test_setup_teardown(reserves_are_promised_from_what_is_left, Begin, End),
      cmocka_unit_test_setup_teardown(priced_limits_are_summed_instead, Begin, End),
      cmocka_unit_test_setup_teardown(both_directions_at_once_are_counted, Begin, End),
      cmocka_unit_test_setup_teardown(losses_of_the_dc_model_are_split_between_the_ends, Begin, End),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
