/* The evaluation of dispatches: flows against hand-written formulas, and every kind of broken limit found, named and
   measured. */
#include "solver/evaluate.h"

#include "tests/support.h"

#include <math.h>
#include <string.h>

#define OK(call) assert_int_equal(call, 0)
#define HOURS 2
#define BUSES 3

static void Near(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance))
    fail_msg("found %.15g, expected %.15g within %g", found, expected, tolerance);
}

static void SetBranches(Network net)
{
  static const PetscReal r[3] = {0.01, 0.02, 0.0}, x[3] = {0.1, 0.2, 0.15};

  OK(NetworkResizeBranches(net, 3));
  for (PetscInt k = 0; k < 3; ++k) {
    net->branch.from[k]          = k;
    net->branch.to[k]            = (k + 1) % 3;
    net->branch.r[k]             = r[k];
    net->branch.x[k]             = x[k];
    net->branch.b_from[k]        = 0.02;
    net->branch.b_to[k]          = 0.03;
    net->branch.g_from[k]        = 0.001;
    net->branch.rate_a[k]        = 400;
    net->branch.angle_min_rad[k] = -0.5;
    net->branch.angle_max_rad[k] = 0.5;
    OK(NetworkSetString(&net->branch.circuit[k], "1"));
  }
  net->branch.tap[2]       = 0.97;
  net->branch.shift_rad[2] = 0.1;
}

static void SetGenerators(Network net)
{
  static const char *const name[4] = {"north", "east", "west", "spare"};

  OK(NetworkResizeGenerators(net, 4));
  for (PetscInt k = 0; k < 4; ++k) {
    net->generator.bus[k]           = k % BUSES;
    net->generator.p_min_mw[k]      = -500;
    net->generator.p_max_mw[k]      = 500;
    net->generator.q_min_mvar[k]    = -400;
    net->generator.q_max_mvar[k]    = 400;
    net->generator.ramp_mw_per_h[k] = 900;
    OK(NetworkSetString(&net->generator.name[k], name[k]));
  }
  net->generator.in_service[3] = PETSC_FALSE;
}

static void SetStorage(Network net)
{
  StorageTable *s = &net->storage;

  OK(NetworkResizeStorage(net, 1));
  OK(NetworkSetString(&s->name[0], "lake"));
  s->bus[0]                  = 1;
  s->p_charge_max_mw[0]      = 5;
  s->p_discharge_max_mw[0]   = 6;
  s->e_max_mwh[0]            = 20;
  s->e_min_mwh[0]            = 2;
  s->e_initial_mwh[0]        = 10;
  s->e_final_min_mwh[0]      = 10;
  s->efficiency_charge[0]    = 0.9;
  s->efficiency_discharge[0] = 0.8;
  s->standing_loss[0]        = 0.01;
  s->q_min_mvar[0]           = -1;
  s->q_max_mvar[0]           = 1;
  s->inflow_series[0]        = 0;
}

/* A triangle with everything on it: an isolated fourth bus, a link, a load with a series, a shunt, storage with
   inflow. */
static Network Triangle(void)
{
  static const PetscReal series[2][HOURS] = {{1, 0}, {80, 90}};
  Network                net;

  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, BUSES + 1));
  for (PetscInt i = 0; i <= BUSES; ++i) {
    net->bus.number[i]    = 11 + i;
    net->bus.vm_min_pu[i] = 0.94;
    net->bus.vm_max_pu[i] = 1.06;
  }
  net->bus.type[BUSES] = BUS_ISOLATED;
  SetBranches(net);
  SetGenerators(net);
  SetStorage(net);
  OK(NetworkResizeLoads(net, 1));
  OK(NetworkSetString(&net->load.name[0], "town"));
  net->load.bus[0] = 2, net->load.p_mw[0] = 70, net->load.q_mvar[0] = 21, net->load.p_series[0] = 1;
  OK(NetworkResizeShunts(net, 1));
  net->shunt.bus[0] = 0, net->shunt.g_mw[0] = 3, net->shunt.b_mvar[0] = 10;
  OK(NetworkResizeLinks(net, 1));
  OK(NetworkSetString(&net->link.name[0], "cable"));
  net->link.from[0] = 0, net->link.to[0] = 2;
  net->link.p_max_mw[0] = 40, net->link.loss0_mw[0] = 0.5, net->link.loss1[0] = 0.02;
  net->link.q_to_max_mvar[0] = 10;
  OK(PetscMalloc1(2 * HOURS, &net->series.value));
  memcpy(net->series.value, series, sizeof series);
  net->series.n = 2, net->series.n_snapshots = HOURS, net->series.step_hours = 1;
  return net;
}

/* The generator of each bus takes up what is left there, so that the dispatch balances by construction. */
static void Balance(Network net, Dispatch d, PetscBool ac)
{
  for (PetscInt t = 0; t < HOURS; ++t)
    for (PetscInt i = 0; i < BUSES; ++i) {
      const PetscReal vm = ac ? d->vm_pu[t * d->n_bus + i] : 1;
      PetscReal       p = 0, q = 0;
      for (PetscInt k = 0; k < 3; ++k) {
        if (net->branch.from[k] == i) p += d->branch_p_from[3 * t + k], q += d->branch_q_from[3 * t + k];
        if (net->branch.to[k] == i) p += d->branch_p_to[3 * t + k], q += d->branch_q_to[3 * t + k];
      }
      if (i == 0) p += 3 * vm * vm + d->link_p_from[t], q -= 10 * vm * vm;
      if (i == 1) p += d->storage_charge[t] - d->storage_discharge[t];
      if (i == 2) p += d->load_p[t] - d->link_p_to[t], q += d->load_q[t] - d->link_q_to[t];
      d->generator_p[4 * t + i] = p;
      d->generator_q[4 * t + i] = ac ? q : 0;
    }
}

static Dispatch Feasible(Network net, Physics physics)
{
  static const PetscReal vm[BUSES] = {1.02, 1.0, 0.98}, va[BUSES] = {0, -0.05, -0.12};
  Dispatch               d;

  OK(DispatchCreate(net, HOURS, 0, &d));
  for (PetscInt t = 0; t < HOURS; ++t) {
    for (PetscInt i = 0; i < BUSES; ++i) {
      d->vm_pu[t * d->n_bus + i]  = vm[i];
      d->va_rad[t * d->n_bus + i] = va[i] * (1 + (PetscReal)t);
    }
    d->load_p[t]      = t ? 90 : 80;
    d->load_q[t]      = physics == PHYSICS_AC ? d->load_p[t] * 21 / 70 : 0;
    d->link_p_from[t] = 30;
    d->link_q_to[t]   = physics == PHYSICS_AC ? 4 : 0;
  }
  d->storage_charge[0]    = 4;
  d->storage_discharge[1] = 3;
  d->storage_energy[0]    = 9.9 + 3.6 + 1 - 0.4; /* of an inflow of 1 MWh, 0.4 is spilled */
  d->storage_energy[1]    = 14.1 * 0.99 - 3 / 0.8;
  OK(DispatchComputeFlows(net, d, physics));
  Balance(net, d, (PetscBool)(physics == PHYSICS_AC));
  return d;
}

static void a_feasible_dispatch_violates_nothing(void **state)
{
  static const Physics physics[3] = {PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER};
  Network              net        = Triangle();

  (void)state;
  for (int k = 0; k < 3; ++k) {
    Dispatch   d = Feasible(net, physics[k]);
    Evaluation e;
    OK(DispatchEvaluate(net, d, physics[k], NULL, &e));
    if (e.max_violation_pu > 1e-12) fail_msg("%s by %g", e.worst, e.max_violation_pu);
    assert_true(e.max_mismatch_pu < 1e-13);
    OK(DispatchDestroy(&d));
  }
  OK(NetworkDestroy(&net));
}

/* Real-valued branch equations (Bergen and Vittal 2000, chapter 10; tap a, shift s at the from end), written out. */
static void alternating_current_flows_meet_the_real_valued_formula(void **state)
{
  Network         net = Triangle();
  Dispatch        d   = Feasible(net, PHYSICS_AC);
  const PetscReal z2 = 0.15 * 0.15, g = 0 / z2, b = -0.15 / z2, a = 0.97;
  const PetscReal vf = 0.98 / a, vt = 1.02, angle = -0.12 - 0 - 0.1;

  (void)state;
  Near(d->branch_p_from[2], 100 * (vf * vf * (g + 0.001) - vf * vt * (g * cos(angle) + b * sin(angle))), 1e-11);
  Near(d->branch_q_from[2], 100 * (-vf * vf * (b + 0.02) - vf * vt * (g * sin(angle) - b * cos(angle))), 1e-11);
  Near(d->branch_p_to[2], 100 * (vt * vt * g - vf * vt * (g * cos(angle) - b * sin(angle))), 1e-11);
  Near(d->branch_q_to[2], 100 * (-vt * vt * (b + 0.03) + vf * vt * (g * sin(angle) + b * cos(angle))), 1e-11);
  Near(d->link_p_to[0], 30 * 0.98 - 0.5, 1e-13);
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void direct_current_flows_meet_their_two_formulas(void **state)
{
  Network  net = Triangle();
  Dispatch d   = Feasible(net, PHYSICS_DC_REACTANCE);

  (void)state;
  Near(d->branch_p_from[0], 100 * 0.05 * 0.1 / (0.01 * 0.01 + 0.1 * 0.1), 1e-11);
  Near(d->branch_p_from[2], 100 * -0.12 / 0.15, 1e-11);
  Near(d->branch_p_to[2], 100 * 0.12 / 0.15, 1e-11);
  Near(d->branch_q_from[2], 0, 0);
  OK(DispatchComputeFlows(net, d, PHYSICS_DC_MATPOWER));
  Near(d->branch_p_from[0], 100 * 0.05 / 0.1, 1e-11);
  Near(d->branch_p_from[2], 100 * (-0.12 - 0.1) / (0.15 * 0.97), 1e-11);
  Near(d->branch_p_to[2], 100 * (0.12 + 0.1) / (0.15 * 0.97), 1e-11);
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

/* Limits are moved rather than the point, so that nothing else breaks. */
static void BreakVoltageHigh(Network net, Dispatch d)
{
  (void)d;
  net->bus.vm_max_pu[0] = 1.01;
}

static void BreakVoltageLow(Network net, Dispatch d)
{
  (void)d;
  net->bus.vm_min_pu[2] = 0.99;
}

static void BreakAngle(Network net, Dispatch d)
{
  (void)d;
  net->branch.angle_max_rad[0] = 0.09;
}

static void BreakAngleLow(Network net, Dispatch d)
{
  (void)d;
  net->branch.angle_min_rad[2] = -0.2;
}

static void BreakMinimum(Network net, Dispatch d)
{
  net->generator.p_min_mw[1] = PetscMin(d->generator_p[1], d->generator_p[5]) + 1;
}

static void BreakReactive(Network net, Dispatch d)
{
  net->generator.q_max_mvar[0] = PetscMax(d->generator_q[0], d->generator_q[4]) - 5;
}

static void BreakSpare(Network net, Dispatch d)
{
  (void)net;
  d->generator_p[7] = 7;
}

static void BreakRamp(Network net, Dispatch d)
{
  net->generator.ramp_mw_per_h[2] = fabs(d->generator_p[6] - d->generator_p[2]) - 3;
}

static void BreakLink(Network net, Dispatch d)
{
  (void)d;
  net->link.p_max_mw[0] = 28;
}

static void BreakLinkReactive(Network net, Dispatch d)
{
  (void)d;
  net->link.q_to_max_mvar[0] = 1;
}

static void BreakDelivery(Network net, Dispatch d)
{
  (void)net;
  d->link_p_to[1] += 3;
}

static void BreakCharge(Network net, Dispatch d)
{
  (void)d;
  net->storage.p_charge_max_mw[0] = 1;
}

static void BreakDischarge(Network net, Dispatch d)
{
  (void)d;
  net->storage.p_discharge_max_mw[0] = 1;
}

static void BreakEnergyHigh(Network net, Dispatch d)
{
  (void)d;
  net->storage.e_max_mwh[0] = 14;
}

static void BreakSpill(Network net, Dispatch d)
{
  (void)d;
  net->series.value[0] = 0;
}

static void BreakEnergyLost(Network net, Dispatch d)
{
  (void)net;
  d->storage_energy[1] -= 0.1;
}

static void BreakFinal(Network net, Dispatch d)
{
  (void)d;
  net->storage.e_final_min_mwh[0] = 11;
}

static void BreakCycle(Network net, Dispatch d)
{
  (void)d;
  net->storage.cyclic[0] = PETSC_TRUE;
}

static void BreakServed(Network net, Dispatch d)
{
  (void)net;
  d->load_p[1] -= 2;
}

static void BreakShortage(Network net, Dispatch d)
{
  (void)net;
  d->shortage_p[d->n_bus] = -2;
}

static void BreakNumber(Network net, Dispatch d)
{
  (void)net;
  d->vm_pu[1] = NAN;
}

static void BreakRating(Network net, Dispatch d)
{
  net->branch.rate_a[2] = hypot(d->branch_p_to[5], d->branch_q_to[5]) - 4;
  if (hypot(d->branch_p_from[5], d->branch_q_from[5]) > net->branch.rate_a[2] + 4)
    net->branch.rate_a[2] = hypot(d->branch_p_from[5], d->branch_q_from[5]) - 4;
}

static void each_broken_limit_is_named_and_measured(void **state)
{
  static const struct {
    void (*Break)(Network, Dispatch);
    const char *text;
    PetscReal   violation;
  } broken[] = {
      {BreakVoltageHigh, "bus 11 voltage magnitude above its maximum, hour 0", 0.01},
      {BreakVoltageLow, "bus 13 voltage magnitude below its minimum, hour 0", 0.01},
      {BreakAngle, "branch 11-12:1 angle difference above its maximum, hour 1", 0.01},
      {BreakAngleLow, "branch 13-11:1 angle difference below its minimum, hour 1", 0.04},
      {BreakRating, "branch 13-11:1 apparent power at the", 0.04},
      {BreakMinimum, "generator east active power below its minimum", 0.01},
      {BreakReactive, "generator north reactive power above its maximum", 0.05},
      {BreakSpare, "generator spare active power above its maximum, hour 1", 0.07},
      {BreakRamp, "generator west change of active power", 0.03},
      {BreakLink, "link cable active power above its maximum, hour 0", 0.02},
      {BreakLinkReactive, "link cable reactive power at the to end above its maximum, hour 0", 0.03},
      {BreakDelivery, "link cable delivered power above its maximum, hour 1", 0.03},
      {BreakCharge, "storage lake charging power above its maximum, hour 0", 0.03},
      {BreakDischarge, "storage lake discharging power above its maximum, hour 1", 0.02},
      {BreakEnergyHigh, "storage lake stored energy above its maximum, hour 0", 0.001},
      {BreakSpill, "storage lake energy balance above its maximum, hour 0", 0.006},
      {BreakEnergyLost, "storage lake energy balance below its minimum, hour 1", 0.001},
      {BreakFinal, "storage lake final energy below its minimum, hour 1", 0.00791},
      {BreakCycle, "storage lake final energy of a cycle above its maximum, hour 1", 0.00209},
      {BreakServed, "bus 13 served load below its minimum, hour 1", 0.02},
      {BreakShortage, "bus 11 shortage below its minimum, hour 1", 0.02},
      {BreakNumber, "bus 12 voltage magnitude not a number, hour 0", INFINITY},
  };

  (void)state;
  for (size_t k = 0; k < sizeof broken / sizeof *broken; ++k) {
    Network    net = Triangle();
    Dispatch   d   = Feasible(net, PHYSICS_AC);
    Evaluation e;
    broken[k].Break(net, d);
    OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &e));
    if (strncmp(e.worst, broken[k].text, strlen(broken[k].text)))
      fail_msg("found \"%s\" by %g, expected \"%s\"", e.worst, e.max_violation_pu, broken[k].text);
    if (isinf(broken[k].violation))
      assert_true(isinf(e.max_violation_pu) && isinf(e.max_mismatch_pu));
    else if (broken[k].violation > 0)
      Near(e.max_violation_pu, broken[k].violation, 1e-10);
    OK(DispatchDestroy(&d));
    OK(NetworkDestroy(&net));
  }
}

static void an_unbalanced_bus_is_named_and_shortage_balances(void **state)
{
  Network    net = Triangle();
  Dispatch   d   = Feasible(net, PHYSICS_AC);
  Evaluation e;

  (void)state;
  d->generator_p[4 + 2] -= 5;
  d->generator_q[4 + 1] += 2;
  OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &e));
  assert_string_equal(e.worst_bus, "bus 13 active power, hour 1");
  Near(e.max_mismatch_pu, 0.05, 1e-12);
  d->shortage_p[d->n_bus + 2] = 5;
  OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &e));
  assert_string_equal(e.worst_bus, "bus 12 reactive power, hour 1");
  Near(e.max_mismatch_pu, 0.02, 1e-12);
  d->shortage_q[d->n_bus + 1] = -2;
  OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &e));
  assert_true(e.max_mismatch_pu < 1e-13);
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void the_start_energy_given_replaces_the_networks(void **state)
{
  Network         net   = Triangle();
  Dispatch        d     = Feasible(net, PHYSICS_AC);
  const PetscReal start = 9;
  Evaluation      e;

  (void)state;
  OK(DispatchEvaluate(net, d, PHYSICS_AC, &start, &e));
  /* 0.99 MWh less at hand, of which 0.4 need not be spilled. */
  Near(e.max_violation_pu, (0.99 - 0.4) / 100, 1e-12);
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

static void what_is_out_of_service_carries_nothing(void **state)
{
  Network    net = Triangle();
  Dispatch   d;
  Evaluation e;

  (void)state;
  net->branch.in_service[0] = PETSC_FALSE;
  net->link.in_service[0]   = PETSC_FALSE;
  d                         = Feasible(net, PHYSICS_AC);
  Near(d->branch_p_from[0], 0, 0);
  Near(d->link_p_to[0], 0, 0);
  OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &e));
  assert_string_equal(e.worst, "link cable active power above its maximum, hour 0");
  Near(e.max_violation_pu, 0.3, 1e-12);
  OK(DispatchDestroy(&d));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_feasible_dispatch_violates_nothing),
      cmocka_unit_test(alternating_current_flows_meet_the_real_valued_formula),
      cmocka_unit_test(direct_current_flows_meet_their_two_formulas),
      cmocka_unit_test(each_broken_limit_is_named_and_measured),
      cmocka_unit_test(an_unbalanced_bus_is_named_and_shortage_balances),
      cmocka_unit_test(the_start_energy_given_replaces_the_networks),
      cmocka_unit_test(what_is_out_of_service_carries_nothing),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
