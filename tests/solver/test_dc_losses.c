/* DC with quadratic losses: the kernel, a line in closed form, and published cases beside their AC optimum. */
#include "solver/dc_flow.h"

#include "tests/solver/model_support.h"

static PetscReal Random(PetscReal low, PetscReal high)
{
  static uint64_t state = 60466176;
  state                 = state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * (PetscReal)(state >> 11) / 9007199254740992.0;
}

static void slopes_are_those_of_the_values(void **state)
{
  const Physics physics[3] = {PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER, PHYSICS_DC_LOSSES};
  Network       net        = NewNetwork(2, 0);

  (void)state;
  (void)AddBranch(net, 0, 1, 0.02, 0.1, INFINITY);
  for (int sample = 0; sample < 60; sample++) {
    const PetscReal d = Random(-0.8, 0.8), h = 1e-4;
    DcFlow          flow;
    net->branch.r[0]         = Random(-0.01, 0.05);
    net->branch.x[0]         = Random(0.01, 0.3);
    net->branch.shift_rad[0] = Random(-0.3, 0.3);
    net->branch.tap[0]       = Random(0.9, 1.1);
    DcFlowSetUp(net, 0, physics[sample % 3], &flow);
    for (int end = 0; end < 2; end++) {
      const PetscReal above = DcFlowValue(&flow, end, d + h), below = DcFlowValue(&flow, end, d - h);
      const PetscReal here = DcFlowValue(&flow, end, d);
      Near(DcFlowSlope(&flow, end, d), (above - below) / (2 * h), 1e-7 * fabs(flow.b));
      Near(flow.g, (above - 2 * here + below) / (h * h), 1e-5 * fabs(flow.b));
    }
    if (physics[sample % 3] == PHYSICS_DC_MATPOWER) continue;
    /* no flow at equal angles; both ends' sum is what the AC branch loses at voltages of 1, to third order */
    const PetscReal z2 = net->branch.r[0] * net->branch.r[0] + net->branch.x[0] * net->branch.x[0];
    const PetscReal ac = net->branch.r[0] / z2 * (2 - 2 * cos(d));
    Near(DcFlowValue(&flow, 0, 0), 0, 0);
    if (physics[sample % 3] == PHYSICS_DC_LOSSES)
      Near(DcFlowValue(&flow, 0, d) + DcFlowValue(&flow, 1, d), ac, 0.09 * d * d * fabs(ac));
  }
  OK(NetworkDestroy(&net));
}

/* P MW arrive over r + jx: -b d + g d^2 / 2 = -P gives d; g d^2 is lost; the price grows by (b + g d) / (b - g d). */
static void a_line_loses_what_its_formula_says(void **state)
{
  const PetscReal r = 0.02, x = 0.1, p = 0.8, b = x / (r * r + x * x), g = r / (r * r + x * x);
  const PetscReal d = (b - sqrt(b * b - 2 * g * p)) / g, lost = 100 * g * d * d;
  Network         net     = NewNetwork(2, 0);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_LOSSES);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddLoad(net, 1, 100 * p, NULL);
  (void)AddBranch(net, 0, 1, r, x, INFINITY);
  SolveFeasible(net, &options, &s);
  Near(s.d->va_rad[0] - s.d->va_rad[1], d, 1e-9);
  Near(s.d->branch_p_to[0], -100 * p, 1e-6);
  Near(s.d->branch_p_from[0], 100 * p + lost, 1e-6);
  Near(s.d->generator_p[0], 100 * p + lost, 1e-6);
  Near(s.d->price[1] / s.d->price[0], (b + g * d) / (b - g * d), 1e-7);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

/* The sending end reaches its rating first; the receiving end gets less. */
static void a_rating_holds_at_the_sending_end(void **state)
{
  Network         net     = NewNetwork(2, 0);
  OpfModelOptions options = ModelOptions(net, PHYSICS_DC_LOSSES);
  Solution        s;

  (void)state;
  (void)AddGenerator(net, 0, 200, 10);
  (void)AddGenerator(net, 1, 200, 100);
  (void)AddLoad(net, 1, 80, NULL);
  for (int reversed = 0; reversed < 2; reversed++) {
    if (!reversed) (void)AddBranch(net, 0, 1, 0.02, 0.1, 50);
    net->branch.from[0] = reversed;
    net->branch.to[0]   = 1 - reversed;
    SolveFeasible(net, &options, &s);
    Near(reversed ? s.d->branch_p_to[0] : s.d->branch_p_from[0], 50, 1e-4);
    assert_true((reversed ? s.d->branch_mu_to[0] : s.d->branch_mu_from[0]) > 50);
    assert_true(s.d->generator_p[1] > 30.3);
    SolutionDestroy(&s);
  }
  OK(NetworkDestroy(&net));
}

static PetscReal Losses(const Solution *s)
{
  PetscReal sum = 0;
  for (PetscInt k = 0; k < s->d->n_branch; k++) sum += s->d->branch_p_from[k] + s->d->branch_p_to[k];
  return sum;
}

/* Losses within a quarter of AC's, and an objective at least twice as near to AC's as that without losses. */
static void losses_and_costs_come_near_those_of_ac(void **state)
{
  const char *const files[3]   = {"pglib/pglib_opf_case14_ieee.m", "pglib/pglib_opf_case118_ieee.m",
                                  "pglib/pglib_opf_case73_ieee_rts.m"};
  const Physics     physics[3] = {PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_LOSSES};

  (void)state;
  for (int k = 0; k < 3; k++) {
    const char *path = SharedData(files[k]);
    PetscReal   cost[3], lost[3];
    if (!path) skip();
    Network net = ReadCase(PETSC_COMM_SELF, path);
    for (int j = 0; j < 3; j++) {
      OpfModelOptions options = ModelOptions(net, physics[j]);
      Solution        s;
      SolveFeasible(net, &options, &s);
      cost[j] = s.cost;
      lost[j] = Losses(&s);
      SolutionDestroy(&s);
    }
    if (!(fabs(lost[2] - lost[0]) < 0.25 * lost[0]))
      fail_msg("%s: losses %g MW, in AC %g MW", files[k], lost[2], lost[0]);
    if (!(2 * fabs(cost[2] - cost[0]) < fabs(cost[1] - cost[0])))
      fail_msg("%s: cost %g, in AC %g, without losses %g", files[k], cost[2], cost[0], cost[1]);
    OK(NetworkDestroy(&net));
  }
}

/* Three areas of the 73-bus system by ADMM: the same losses and cost as in one program. */
static void regions_agree_on_flows_with_losses(void **state)
{
  const char *path = SharedData("pglib/pglib_opf_case73_ieee_rts.m");
  OpfOptions  options;
  OpfResult   central, regional;
  Dispatch    dispatch;

  (void)state;
  if (!path) skip();
  Network   net       = ReadCase(PETSC_COMM_SELF, path);
  Partition partition = ReadPartition(PETSC_COMM_SELF, net, "area");
  OpfDefaultOptions(&options);
  options.physics = PHYSICS_DC_LOSSES;
  dispatch        = SolveOptimal(net, &options, &central);
  OK(DispatchDestroy(&dispatch));
  options.method = METHOD_ADMM;
  OK(OpfSolve(PETSC_COMM_SELF, net, partition, &options, &dispatch, &regional));
  assert_string_equal(SolveStatusName(regional.status), "optimal");
  Near(regional.objective, central.objective, 1e-4 * central.objective);
  OK(DispatchDestroy(&dispatch));
  OK(OpfResultDestroy(&central));
  OK(OpfResultDestroy(&regional));
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slopes_are_those_of_the_values),     cmocka_unit_test(a_line_loses_what_its_formula_says),
      cmocka_unit_test(a_rating_holds_at_the_sending_end),  cmocka_unit_test(losses_and_costs_come_near_those_of_ac),
      cmocka_unit_test(regions_agree_on_flows_with_losses),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
