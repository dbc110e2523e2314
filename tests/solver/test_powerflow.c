/* Power flow against closed forms, published solutions and the independent evaluation. */
#include "solver/powerflow.h"

#include "inputs/reader.h"
#include "solver/evaluate.h"
#include "tests/support.h"

#include <math.h>

#define OK(call) assert_int_equal(call, 0)
#define DEGREE (PETSC_PI / 180)

static void Near(PetscReal found, PetscReal expected, PetscReal tolerance)
{
  if (!(fabs(found - expected) <= tolerance))
    fail_msg("found %.12g, expected %.12g within %g", found, expected, tolerance);
}

/* n buses in a row, numbered from 1, joined by n - 1 branches of 0.1 per unit; bus 1 the reference with one
   generator. */
static Network Chain(PetscInt n)
{
  Network net;

  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, n));
  OK(NetworkResizeBranches(net, n - 1));
  OK(NetworkResizeGenerators(net, 1));
  net->generator.bus[0]      = 0;
  net->generator.p_max_mw[0] = 100;
  net->bus.type[0]           = BUS_REF;
  for (PetscInt i = 0; i < n; ++i) net->bus.number[i] = i + 1;
  for (PetscInt k = 0; k < n - 1; ++k) {
    net->branch.from[k] = k;
    net->branch.to[k]   = k + 1;
    net->branch.x[k]    = 0.1;
  }
  return net;
}

static void AddLoad(Network net, PetscInt bus, PetscReal p, PetscReal q)
{
  const PetscInt k = net->load.n;

  OK(NetworkResizeLoads(net, k + 1));
  net->load.bus[k]    = bus;
  net->load.p_mw[k]   = p;
  net->load.q_mvar[k] = q;
}

static PetscInt AddGenerator(Network net, PetscInt bus, PetscReal p)
{
  const PetscInt k = net->generator.n;

  OK(NetworkResizeGenerators(net, k + 1));
  net->generator.bus[k]      = bus;
  net->generator.p_mw[k]     = p;
  net->generator.p_max_mw[k] = 100;
  return k;
}

static PowerFlow Solve(Network net, PetscBool flat)
{
  PowerFlowOptions options;
  PowerFlow        flow;

  PowerFlowDefaultOptions(&options);
  options.flat_start = flat;
  OK(PowerFlowSolve(net, &options, &flow));
  return flow;
}

/* Largest balance error by the evaluation, which shares no arithmetic with the power flow. */
static PetscReal Mismatch(Network net, const PowerFlow *flow)
{
  Dispatch   d;
  Evaluation e;

  OK(DispatchCreate(net, 1, -1, &d));
  for (PetscInt i = 0; i < net->bus.n; ++i) d->vm_pu[i] = flow->vm_pu[i], d->va_rad[i] = flow->va_rad[i];
  for (PetscInt k = 0; k < net->generator.n; ++k)
    d->generator_p[k] = flow->generator_p[k], d->generator_q[k] = flow->generator_q[k];
  for (PetscInt k = 0; k < net->link.n; ++k) d->link_p_from[k] = net->link.in_service[k] ? net->link.p_mw[k] : 0;
  OK(DispatchEvaluate(net, d, PHYSICS_AC, NULL, &e));
  OK(DispatchDestroy(&d));
  return e.max_mismatch_pu;
}

static Network Matpower(const char *file)
{
  const char *path = SharedData(file);
  Faults      faults;
  Network     net = NULL;

  if (!path) skip();
  OK(FaultsCreate(&faults));
  OK(NetworkReadMatpower(PETSC_COMM_SELF, path, faults, &net));
  if (!net) OK(FaultsView(faults, stderr));
  assert_non_null(net);
  OK(FaultsDestroy(&faults));
  return net;
}

/* |V2|^2 = u solves u^2 + (2 (r p + x q) - 1) u + (r^2 + x^2)(p^2 + q^2) = 0, upper root. */
static void two_buses_meet_the_closed_form(void **state)
{
  const PetscReal r = 0.02, x = 0.1, p = 1.2, q = 0.5;
  const PetscReal b = 2 * (r * p + x * q) - 1, u = (-b + sqrt(b * b - 4 * (r * r + x * x) * (p * p + q * q))) / 2;
  Network         net = Chain(2);
  PowerFlow       flow;

  (void)state;
  net->branch.r[0] = r;
  AddLoad(net, 1, 100 * p, 100 * q);
  flow = Solve(net, PETSC_TRUE);
  assert_true(flow.converged);
  Near(flow.vm_pu[1], sqrt(u), 1e-10);
  Near(flow.va_rad[1], -atan((x * p - r * q) / (u + r * p + x * q)), 1e-10);
  Near(flow.generator_p[0], 100 * (p + r * (p * p + q * q) / u), 1e-7);
  Near(flow.generator_q[0], 100 * (q + x * (p * p + q * q) / u), 1e-7);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

/* A lossless line of reactance x carries at most 1 / (2 x) to a load without reactive power. */
static void beyond_the_largest_transfer_it_does_not_converge(void **state)
{
  Network   net = Chain(2);
  PowerFlow flow;

  (void)state;
  AddLoad(net, 1, 499, 0);
  flow = Solve(net, PETSC_TRUE);
  assert_true(flow.converged);
  Near(flow.vm_pu[1], sqrt((1 + sqrt(1 - 0.998 * 0.998)) / 2), 1e-8);
  OK(PowerFlowDestroy(&flow));
  net->load.p_mw[0] = 501;
  flow              = Solve(net, PETSC_TRUE);
  assert_false(flow.converged);
  assert_true(flow.mismatch_pu > 1e-3);
  OK(PowerFlowDestroy(&flow));
  net->load.p_mw[0] = 1e6;
  flow              = Solve(net, PETSC_TRUE);
  assert_false(flow.converged);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void a_transformer_turns_and_scales_the_voltage(void **state)
{
  Network   net = Chain(2);
  PowerFlow flow;

  (void)state;
  net->branch.tap[0]       = 1.05;
  net->branch.shift_rad[0] = 30 * DEGREE;
  net->bus.va_rad[0]       = 10 * DEGREE;
  flow                     = Solve(net, PETSC_FALSE);
  assert_true(flow.converged);
  Near(flow.vm_pu[1], 1 / 1.05, 1e-10);
  Near(flow.va_rad[1], -20 * DEGREE, 1e-10);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

/* Voltages of the nine-bus system to the digits of Anderson and Fouad (1977), figure 2.19. */
static void the_nine_bus_system_is_that_of_the_textbook(void **state)
{
  static const PetscReal vm[9] = {1.040, 1.025, 1.025, 1.026, 1.013, 1.032, 1.016, 1.026, 0.996};
  static const PetscReal va[9] = {0, 9.3, 4.7, -2.2, -3.7, 2.0, 0.7, 3.7, -4.0};
  Network                net   = Matpower("matpower/case9.m");
  PowerFlow              flow  = Solve(net, PETSC_FALSE);

  (void)state;
  assert_true(flow.converged);
  for (PetscInt i = 0; i < 9; ++i) {
    Near(flow.vm_pu[i], vm[i], 0.0005);
    Near(flow.va_rad[i] / DEGREE, va[i], 0.05);
  }
  Near(flow.generator_p[0], 71.6, 0.05);
  Near(flow.generator_q[0], 27.0, 0.05);
  Near(flow.generator_q[1], 6.7, 0.05);
  Near(flow.generator_q[2], -10.9, 0.05);
  assert_true(Mismatch(net, &flow) < 1e-10);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

/* The solution that MATPOWER prints for the IEEE 14-bus system; its losses are 13.393 MW. */
static void the_fourteen_bus_system_has_its_published_voltages(void **state)
{
  static const PetscReal vm[14] = {1.060, 1.045, 1.010, 1.018, 1.020, 1.070, 1.062,
                                   1.090, 1.056, 1.051, 1.057, 1.055, 1.050, 1.036};
  static const PetscReal va[14] = {0,       -4.983,  -12.725, -10.313, -8.774,  -14.221, -13.360,
                                   -13.360, -14.939, -15.097, -14.791, -15.076, -15.156, -16.034};
  Network                net    = Matpower("matpower/case14.m");
  PowerFlow              flow   = Solve(net, PETSC_FALSE);

  (void)state;
  assert_true(flow.converged);
  for (PetscInt i = 0; i < 14; ++i) {
    Near(flow.vm_pu[i], vm[i], 0.0005);
    Near(flow.va_rad[i] / DEGREE, va[i], 0.0005);
  }
  Near(flow.generator_p[0] + 40 - 259, 13.393, 0.0005);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void the_39_bus_case_stands_at_the_solution_it_stores(void **state)
{
  Network   net  = Matpower("matpower/case39.m");
  PowerFlow flow = Solve(net, PETSC_TRUE);

  (void)state;
  assert_true(flow.converged);
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    Near(flow.vm_pu[i], net->bus.vm_pu[i], 1e-7);
    Near(flow.va_rad[i], net->bus.va_rad[i], 1e-7);
  }
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

/* MATPOWER's losses of the IEEE 118-bus system: 132.863 MW. */
static void a_flat_start_leads_to_the_same_point(void **state)
{
  Network   net    = Matpower("matpower/case118.m");
  PowerFlow stored = Solve(net, PETSC_FALSE), flat = Solve(net, PETSC_TRUE);
  PetscReal losses = 0;

  (void)state;
  assert_true(stored.converged && flat.converged);
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    Near(flat.vm_pu[i], stored.vm_pu[i], 1e-9);
    Near(flat.va_rad[i], stored.va_rad[i], 1e-9);
  }
  for (PetscInt k = 0; k < net->generator.n; ++k) losses += stored.generator_p[k];
  for (PetscInt k = 0; k < net->load.n; ++k) losses -= net->load.p_mw[k];
  Near(losses, 132.863, 0.0005);
  assert_true(Mismatch(net, &stored) < 1e-10);
  OK(PowerFlowDestroy(&stored));
  OK(PowerFlowDestroy(&flat));
  OK(NetworkDestroy(&net));
}

static void thousands_of_buses_balance_by_the_independent_evaluation(void **state)
{
  static const char *const file[] = {"matpower/case_ACTIVSg2000.m", "matpower/case9241pegase.m"};

  (void)state;
  for (size_t k = 0; k < sizeof file / sizeof *file; ++k) {
    Network   net  = Matpower(file[k]);
    PowerFlow flow = Solve(net, PETSC_FALSE);
    assert_true(flow.converged);
    assert_true(flow.iterations <= 8);
    assert_true(Mismatch(net, &flow) < 1e-9);
    OK(PowerFlowDestroy(&flow));
    OK(NetworkDestroy(&net));
  }
}

static void generators_of_a_bus_share_by_their_ranges(void **state)
{
  Network        net = Chain(2);
  const PetscInt a = AddGenerator(net, 1, 30), b = AddGenerator(net, 1, 20), c = AddGenerator(net, 0, 0);
  PowerFlow      flow;

  (void)state;
  net->bus.type[1]             = BUS_PV;
  net->generator.q_min_mvar[a] = -10, net->generator.q_max_mvar[a] = 30;
  net->generator.q_min_mvar[b] = 0, net->generator.q_max_mvar[b] = 10;
  net->generator.p_max_mw[c] = 300;
  AddLoad(net, 1, 90, 40);
  flow = Solve(net, PETSC_TRUE);
  assert_true(flow.converged);
  Near((flow.generator_q[a] + 10) / 40, flow.generator_q[b] / 10, 1e-12);
  Near(flow.generator_p[a], 30, 0);
  Near(flow.generator_p[b], 20, 0);
  Near(flow.generator_p[0], 10, 1e-7);
  Near(flow.generator_p[c], 30, 1e-7);
  Near(flow.generator_q[0], flow.generator_q[c], 1e-12);
  assert_true(Mismatch(net, &flow) < 1e-10);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void each_island_has_its_reference_and_a_dead_one_is_told(void **state)
{
  Network   net = Chain(6);
  PowerFlow flow;

  (void)state;
  net->branch.in_service[1] = net->branch.in_service[3] = PETSC_FALSE;
  net->bus.type[3]                                      = BUS_PV;
  AddGenerator(net, 3, 10);
  AddLoad(net, 1, 20, 5);
  AddLoad(net, 2, 40, 10);
  AddLoad(net, 5, 7, 0);
  flow = Solve(net, PETSC_TRUE);
  assert_true(flow.converged);
  assert_int_equal(flow.n_islands, 2);
  assert_int_equal(flow.n_dead, 2);
  Near(flow.generator_p[0], 20, 1e-7);
  Near(flow.generator_p[1], 40, 1e-7);
  Near(flow.va_rad[3], 0, 0);
  Near(flow.vm_pu[4], 0, 0);
  Near(flow.vm_pu[5], 0, 0);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void a_pv_bus_without_a_generator_is_pq(void **state)
{
  Network        net       = Chain(2);
  const PetscInt generator = AddGenerator(net, 1, 50);
  PowerFlow      flow;

  (void)state;
  net->bus.type[1]                     = BUS_PV;
  net->generator.in_service[generator] = PETSC_FALSE;
  AddLoad(net, 1, 0, 50);
  flow = Solve(net, PETSC_TRUE);
  assert_true(flow.converged);
  /* u^2 - 0.9 u + 0.0025 = 0 */
  Near(flow.vm_pu[1], sqrt((0.9 + sqrt(0.81 - 0.01)) / 2), 1e-10);
  Near(flow.generator_p[1], 0, 0);
  Near(flow.generator_q[1], 0, 0);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void a_link_carries_its_set_point_less_its_losses(void **state)
{
  Network   net = Chain(3);
  PowerFlow flow;

  (void)state;
  net->branch.in_service[1] = PETSC_FALSE;
  net->bus.type[2]          = BUS_REF;
  AddGenerator(net, 2, 0);
  OK(NetworkResizeLinks(net, 1));
  net->link.from[0] = 1, net->link.to[0] = 2;
  net->link.p_mw[0] = 50, net->link.loss0_mw[0] = 1, net->link.loss1[0] = 0.02;
  AddLoad(net, 2, 60, 0);
  flow = Solve(net, PETSC_TRUE);
  assert_true(flow.converged);
  Near(flow.generator_p[0], 50, 1e-7);
  Near(flow.generator_p[1], 60 - 48, 1e-7);
  assert_true(Mismatch(net, &flow) < 1e-10);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void one_bus_alone_needs_no_iteration(void **state)
{
  Network   net = Chain(1);
  PowerFlow flow;

  (void)state;
  AddLoad(net, 0, 33, 11);
  flow = Solve(net, PETSC_FALSE);
  assert_true(flow.converged);
  assert_int_equal(flow.iterations, 0);
  Near(flow.generator_p[0], 33, 1e-12);
  Near(flow.generator_q[0], 11, 1e-12);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

static void loads_follow_the_snapshot(void **state)
{
  Network          net = Chain(2);
  PowerFlowOptions options;
  PowerFlow        flow;

  (void)state;
  AddLoad(net, 1, 40, 20);
  OK(PetscMalloc1(2, &net->series.value));
  net->series.n           = 1;
  net->series.n_snapshots = 2;
  net->series.value[0]    = 10;
  net->series.value[1]    = 80;
  net->load.p_series[0]   = 0;
  PowerFlowDefaultOptions(&options);
  options.snapshot = 1;
  OK(PowerFlowSolve(net, &options, &flow));
  assert_true(flow.converged);
  Near(flow.generator_p[0], 80, 1e-7);
  OK(PowerFlowDestroy(&flow));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_buses_meet_the_closed_form),
      cmocka_unit_test(beyond_the_largest_transfer_it_does_not_converge),
      cmocka_unit_test(a_transformer_turns_and_scales_the_voltage),
      cmocka_unit_test(the_nine_bus_system_is_that_of_the_textbook),
      cmocka_unit_test(the_fourteen_bus_system_has_its_published_voltages),
      cmocka_unit_test(the_39_bus_case_stands_at_the_solution_it_stores),
      cmocka_unit_test(a_flat_start_leads_to_the_same_point),
      cmocka_unit_test(thousands_of_buses_balance_by_the_independent_evaluation),
      cmocka_unit_test(generators_of_a_bus_share_by_their_ranges),
      cmocka_unit_test(each_island_has_its_reference_and_a_dead_one_is_told),
      cmocka_unit_test(a_pv_bus_without_a_generator_is_pq),
      cmocka_unit_test(a_link_carries_its_set_point_less_its_losses),
      cmocka_unit_test(one_bus_alone_needs_no_iteration),
      cmocka_unit_test(loads_follow_the_snapshot),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
