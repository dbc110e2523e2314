/* The branch flow kernel: values against complex arithmetic on the circuit, derivatives against differences. */
#include "solver/branch_flow.h"

#include "tests/support.h"

#include <complex.h>
#include <math.h>

#define OK(call) assert_int_equal(call, 0)
#define SAMPLES 200

/* Numbers in [low, high] from a fixed sequence. */
static PetscReal Random(PetscReal low, PetscReal high)
{
  static uint64_t state = 20300621;
  state                 = state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * (PetscReal)(state >> 11) / 9007199254740992.0;
}

static Network OneBranch(void)
{
  Network net;
  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, 2));
  OK(NetworkResizeBranches(net, 1));
  net->branch.from[0] = 0;
  net->branch.to[0]   = 1;
  return net;
}

/* A line in even samples, a transformer with tap and shift in odd ones; now and then a negative resistance or reactance. */
static void Vary(Network net, int sample)
{
  BranchTable    *b           = &net->branch;
  const PetscBool transformer = (PetscBool)(sample % 2);
  b->r[0]                     = Random(-0.005, 0.05);
  b->x[0]                     = sample % 7 == 0 ? Random(-0.1, -0.02) : Random(0.01, 0.3);
  b->g_from[0]                = Random(0, 0.02);
  b->b_from[0]                = Random(-0.1, 0.5);
  b->g_to[0]                  = Random(0, 0.02);
  b->b_to[0]                  = Random(-0.1, 0.5);
  b->tap[0]                   = transformer ? Random(0.85, 1.15) : 1;
  b->shift_rad[0]             = transformer ? Random(-0.6, 0.6) : 0;
}

static void RandomPoint(PetscReal v[END_COUNT])
{
  v[END_VA_FROM] = Random(-1, 1);
  v[END_VA_TO]   = Random(-1, 1);
  v[END_VM_FROM] = Random(0.85, 1.15);
  v[END_VM_TO]   = Random(0.85, 1.15);
}

static PetscReal Value(const BranchFlow *flow, const PetscReal v[END_COUNT], int k)
{
  const BranchPoint point = BranchPointAt(v[END_VA_FROM], v[END_VA_TO], v[END_VM_FROM], v[END_VM_TO]);
  return BranchFlowValue(flow, &point, k);
}

/* Currents of the circuit itself: the ideal transformer turns the from voltage into v / (tap e^(j shift)) and keeps power; behind it
   the shunt of the from end, the series impedance and the shunt of the to end. */
static void CircuitPowers(Network net, const PetscReal v[END_COUNT], PetscReal power[FLOW_COUNT])
{
  const BranchTable   *b       = &net->branch;
  const double complex from    = v[END_VM_FROM] * cexp(I * v[END_VA_FROM]) / (b->tap[0] * cexp(I * b->shift_rad[0]));
  const double complex to      = v[END_VM_TO] * cexp(I * v[END_VA_TO]);
  const double complex through = (from - to) / (b->r[0] + I * b->x[0]);
  const double complex s_from  = from * conj(through + (b->g_from[0] + I * b->b_from[0]) * from);
  const double complex s_to    = to * conj(-through + (b->g_to[0] + I * b->b_to[0]) * to);

  power[FLOW_P_FROM] = creal(s_from);
  power[FLOW_Q_FROM] = cimag(s_from);
  power[FLOW_P_TO]   = creal(s_to);
  power[FLOW_Q_TO]   = cimag(s_to);
}

static void Close(PetscReal found, PetscReal expected, PetscReal relative)
{
  if (!(fabs(found - expected) <= relative * fmax(1, fabs(expected)))) fail_msg("%.15g is not %.15g", found, expected);
}

static void the_four_flows_are_those_of_the_circuit(void **state)
{
  Network    net = OneBranch();
  BranchFlow flow;
  PetscReal  v[END_COUNT], power[FLOW_COUNT];

  (void)state;
  for (int sample = 0; sample < SAMPLES; sample++) {
    Vary(net, sample);
    RandomPoint(v);
    BranchFlowSetUp(net, 0, &flow);
    CircuitPowers(net, v, power);
    for (int k = 0; k < FLOW_COUNT; k++) Close(Value(&flow, v, k), power[k], 1e-12);
  }
  OK(NetworkDestroy(&net));
}

static void a_line_without_resistance_or_shunts_loses_no_active_power(void **state)
{
  Network    net = OneBranch();
  BranchFlow flow;
  PetscReal  v[END_COUNT];

  (void)state;
  net->branch.x[0]         = 0.1;
  net->branch.tap[0]       = 0.95;
  net->branch.shift_rad[0] = 0.2;
  BranchFlowSetUp(net, 0, &flow);
  for (int sample = 0; sample < 20; sample++) {
    RandomPoint(v);
    const PetscReal sent = v[END_VM_FROM] * v[END_VM_TO] / 0.95 / 0.1 * sin(v[END_VA_FROM] - v[END_VA_TO] - 0.2);
    Close(Value(&flow, v, FLOW_P_FROM), sent, 1e-13);
    Close(Value(&flow, v, FLOW_P_TO), -sent, 1e-13);
  }
  OK(NetworkDestroy(&net));
}

static void gradients_agree_with_differences(void **state)
{
  const PetscReal h   = 1e-6;
  Network         net = OneBranch();
  BranchFlow      flow;
  PetscReal       v[END_COUNT], gradient[END_COUNT];

  (void)state;
  for (int sample = 0; sample < SAMPLES; sample++) {
    Vary(net, sample);
    RandomPoint(v);
    BranchFlowSetUp(net, 0, &flow);
    const BranchPoint point = BranchPointAt(v[0], v[1], v[2], v[3]);
    for (int k = 0; k < FLOW_COUNT; k++) {
      BranchFlowGradient(&flow, &point, k, gradient);
      for (int i = 0; i < END_COUNT; i++) {
        const PetscReal at    = v[i];
        v[i]                  = at + h;
        const PetscReal plus  = Value(&flow, v, k);
        v[i]                  = at - h;
        const PetscReal minus = Value(&flow, v, k);
        v[i]                  = at;
        Close(gradient[i], (plus - minus) / (2 * h), 1e-7);
      }
    }
  }
  OK(NetworkDestroy(&net));
}

/* Gradient of the weighted sum of flows. */
static void WeightedGradient(const BranchFlow *flow, const PetscReal v[END_COUNT], const PetscReal weight[FLOW_COUNT],
                             PetscReal sum[END_COUNT])
{
  const BranchPoint point = BranchPointAt(v[END_VA_FROM], v[END_VA_TO], v[END_VM_FROM], v[END_VM_TO]);
  PetscReal         gradient[END_COUNT];

  for (int i = 0; i < END_COUNT; i++) sum[i] = 0;
  for (int k = 0; k < FLOW_COUNT; k++) {
    BranchFlowGradient(flow, &point, k, gradient);
    for (int i = 0; i < END_COUNT; i++) sum[i] += weight[k] * gradient[i];
  }
}

static void hessians_are_added_and_agree_with_differences_of_gradients(void **state)
{
  const PetscReal h   = 1e-6;
  Network         net = OneBranch();
  BranchFlow      flow;
  PetscReal       v[END_COUNT], weight[FLOW_COUNT], triangle[END_TRIANGLE], plus[END_COUNT], minus[END_COUNT];

  (void)state;
  for (int sample = 0; sample < SAMPLES; sample++) {
    Vary(net, sample);
    RandomPoint(v);
    BranchFlowSetUp(net, 0, &flow);
    const BranchPoint point = BranchPointAt(v[END_VA_FROM], v[END_VA_TO], v[END_VM_FROM], v[END_VM_TO]);
    for (int k = 0; k < FLOW_COUNT; k++) weight[k] = Random(-3, 3);
    for (int e = 0; e < END_TRIANGLE; e++) triangle[e] = 10 + e;
    BranchFlowHessianAdd(&flow, &point, weight, triangle);
    for (int row = 0, first = 0; row < END_COUNT; first += ++row) {
      const PetscReal at = v[row];
      v[row]             = at + h;
      WeightedGradient(&flow, v, weight, plus);
      v[row] = at - h;
      WeightedGradient(&flow, v, weight, minus);
      v[row] = at;
      for (int column = 0; column <= row; column++)
        Close(triangle[first + column] - (10 + first + column), (plus[column] - minus[column]) / (2 * h), 1e-6);
    }
  }
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_four_flows_are_those_of_the_circuit),
      cmocka_unit_test(a_line_without_resistance_or_shunts_loses_no_active_power),
      cmocka_unit_test(gradients_agree_with_differences),
      cmocka_unit_test(hessians_are_added_and_agree_with_differences_of_gradients),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
