/* The OPF model: exact derivatives, balances and costs that agree with independent evaluations, and regions that add up to the whole. */
#include "solver/opf_model_impl.h"

#include "tests/solver/nouns_support.h"

/* Numbers in [low, high] from a fixed sequence. */
static PetscReal Random(PetscReal low, PetscReal high)
{
  static uint64_t state = 4711;
  state                 = state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * (PetscReal)(state >> 11) / 9007199254740992.0;
}

static OpfModelOptions Options(Network net, Physics physics)
{
  return (OpfModelOptions){.physics        = physics,
                           .hours          = net->series.n_snapshots > 0 ? net->series.n_snapshots : 1,
                           .first_snapshot = net->series.n_snapshots > 0 ? 0 : -1,
                           .carbon_price   = 25};
}

static void RandomX(Program p, PetscReal *x)
{
  for (PetscInt i = 0; i < p->n; i++) {
    const PetscBool boxed = (PetscBool)(p->xl[i] > -PETSC_INFINITY && p->xu[i] < PETSC_INFINITY);
    x[i]                  = boxed ? Random(p->xl[i], p->xu[i]) : p->x0[i] + Random(-0.3, 0.3);
  }
}

/* Indices in range and lower triangles only, and a start within the bounds. */
static void CheckStructure(Program p)
{
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
    assert_in_range(p->jacobian_row[k], 0, p->m - 1);
    assert_in_range(p->jacobian_column[k], 0, p->n - 1);
  }
  for (PetscInt k = 0; k < p->hessian_nnz; k++) {
    assert_in_range(p->hessian_row[k], 0, p->n - 1);
    assert_in_range(p->hessian_column[k], 0, p->hessian_row[k]);
  }
  for (PetscInt i = 0; i < p->n; i++) {
    assert_true(p->xl[i] <= p->xu[i]);
    assert_true(p->xl[i] <= p->x0[i] && p->x0[i] <= p->xu[i] && isfinite(p->x0[i]));
  }
  for (PetscInt i = 0; i < p->m; i++) assert_true(p->gl[i] <= p->gu[i]);
}

/* H(sigma, lambda) = H(0, lambda) + sigma H(1, 0). */
static void CheckSigma(Program p, const PetscReal *x, const PetscReal *lambda)
{
  PetscReal *whole, *constraints, *objective, *zero;

  OK(PetscMalloc4(p->hessian_nnz, &whole, p->hessian_nnz, &constraints, p->hessian_nnz, &objective, p->m, &zero));
  OK(PetscArrayzero(zero, p->m));
  OK((*p->ops.hessian)(p->context, x, 2.5, lambda, whole));
  OK((*p->ops.hessian)(p->context, x, 0, lambda, constraints));
  OK((*p->ops.hessian)(p->context, x, 1, zero, objective));
  for (PetscInt k = 0; k < p->hessian_nnz; k++)
    Near(whole[k], constraints[k] + 2.5 * objective[k], 1e-12 * PetscMax(1, fabs(whole[k])));
  OK(PetscFree4(whole, constraints, objective, zero));
}

static void CheckDerivatives(OpfModel model, const char *what)
{
  Program    p = OpfModelProgram(model);
  PetscReal *x, *lambda, gradient, jacobian, hessian;

  CheckStructure(p);
  OK(PetscMalloc2(p->n, &x, p->m, &lambda));
  for (int sample = 0; sample < 2; sample++) {
    RandomX(p, x);
    for (PetscInt i = 0; i < p->m; i++) lambda[i] = Random(-2, 2);
    OK(ProgramCheckDerivatives(p, x, lambda, &gradient, &jacobian, &hessian));
    if (gradient > 1e-5 || jacobian > 1e-6 || hessian > 1e-5)
      fail_msg("%s: relative errors of gradient %g, Jacobian %g, Hessian %g", what, gradient, jacobian, hessian);
  }
  CheckSigma(p, x, lambda);
  OK(PetscFree2(x, lambda));
}

static void CheckNetwork(Network net, OpfModelOptions options, const char *what)
{
  OpfModel model;

  OK(OpfModelCreate(net, &options, &model));
  OK(OpfModelSetUp(model));
  CheckDerivatives(model, what);
  OK(OpfModelDestroy(&model));
  assert_null(model);
}

static void derivatives_are_exact_over_hours_in_every_physics(void **state)
{
  const Physics physics[4] = {PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER, PHYSICS_DC_LOSSES};
  Network       net        = SixBusHours();

  (void)state;
  for (int k = 0; k < 4; k++) {
    OpfModelOptions options = Options(net, physics[k]);
    CheckNetwork(net, options, "six buses");
    options.elastic = PETSC_TRUE;
    CheckNetwork(net, options, "six buses, elastic");
  }
  OK(NetworkDestroy(&net));
}

static void derivatives_are_exact_with_every_carrier_flexibility_reserve_and_soft_limit(void **state)
{
  const Physics physics[4] = {PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER, PHYSICS_DC_LOSSES};
  Network       net        = EverythingHours();

  (void)state;
  for (int k = 0; k < 4; k++) {
    OpfModelOptions options = Options(net, physics[k]);
    CheckNetwork(net, options, "every noun");
    for (int limit = 0; limit < SOFT_LIMITS; limit++) options.soft_price[limit] = 300 + limit;
    CheckNetwork(net, options, "every noun, soft");
    options.elastic = PETSC_TRUE;
    CheckNetwork(net, options, "every noun, soft and elastic");
  }
  OK(NetworkDestroy(&net));
}

static void derivatives_are_exact_on_the_shipped_day(void **state)
{
  Network         net     = ReadCase(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands"));
  OpfModelOptions options = Options(net, PHYSICS_AC);

  (void)state;
  assert_int_equal(options.hours, 24);
  options.hours = 6;
  CheckNetwork(net, options, "islands AC");
  options.physics = PHYSICS_DC_REACTANCE;
  CheckNetwork(net, options, "islands DC");
  OK(NetworkDestroy(&net));
}

static void derivatives_are_exact_with_proximal_terms(void **state)
{
  Network         net     = SixBusHours();
  OpfModelOptions options = Options(net, PHYSICS_AC);
  PetscReal      *weight, *target, *x, with, without;
  OpfModel        model;
  Program         p;

  (void)state;
  OK(OpfModelCreate(net, &options, &model));
  for (PetscInt t = 0; t < HOURS; t++) {
    OK(OpfModelAddProximal(model, OpfModelVariable(model, OPF_VM, 2, t), 1, OpfModelVariable(model, OPF_VM, 3, t), -1));
    OK(OpfModelAddProximal(model, OpfModelVariable(model, OPF_VA, 3, t), 0.5, OpfModelVariable(model, OPF_VA, 2, t),
                           0.5));
    OK(OpfModelAddProximal(model, OpfModelVariable(model, OPF_LINK_P, 0, t), 1, -1, 0));
  }
  OK(OpfModelSetUp(model));
  OK(OpfModelGetProximal(model, &weight, &target));
  p = OpfModelProgram(model);
  OK(PetscMalloc1(p->n, &x));
  RandomX(p, x);
  OK((*p->ops.objective)(p->context, x, &without));
  for (PetscInt k = 0; k < 3 * HOURS; k++) {
    weight[k] = Random(100, 5000);
    target[k] = Random(-1, 1);
  }
  for (PetscInt t = 0; t < HOURS; t++) {
    const PetscReal gap[3] = {x[OpfModelVariable(model, OPF_VM, 2, t)] - x[OpfModelVariable(model, OPF_VM, 3, t)],
                              0.5 *
                                  (x[OpfModelVariable(model, OPF_VA, 3, t)] + x[OpfModelVariable(model, OPF_VA, 2, t)]),
                              x[OpfModelVariable(model, OPF_LINK_P, 0, t)]};
    for (int k = 0; k < 3; k++) without += 0.5 * weight[3 * t + k] * pow(gap[k] - target[3 * t + k], 2);
  }
  OK((*p->ops.objective)(p->context, x, &with));
  Near(with, without, 1e-9 * fabs(with));
  CheckDerivatives(model, "proximal terms");
  OK(PetscFree(x));
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&net));
}

static void derivatives_are_exact_for_regions_with_foreign_buses(void **state)
{
  Network   net       = SixBusHours();
  Partition partition = ReadPartition(PETSC_COMM_SELF, net, "area");

  (void)state;
  assert_int_equal(partition->n_regions, 2);
  for (PetscInt r = 0; r < 2; r++) {
    RegionNetwork *part;
    OK(RegionNetworkCreate(net, partition, r, &part));
    for (int dc = 0; dc < 2; dc++) {
      OpfModelOptions options = Options(part->net, dc ? PHYSICS_DC_MATPOWER : PHYSICS_AC);
      options.external        = part->external;
      CheckNetwork(part->net, options, "region");
      options.elastic = PETSC_TRUE;
      CheckNetwork(part->net, options, "elastic region");
    }
    OK(RegionNetworkDestroy(&part));
  }
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

static void derivatives_are_exact_on_published_cases(void **state)
{
  const char *const files[3] = {"pglib/pglib_opf_case30_ieee.m", "pglib/pglib_opf_case39_epri.m",
                                "pglib/pglib_opf_case60_c.m"};

  (void)state;
  for (int k = 0; k < 3; k++) {
    const char *path = SharedData(files[k]);
    if (!path) skip();
    Network net = ReadCase(PETSC_COMM_SELF, path);
    CheckNetwork(net, Options(net, PHYSICS_AC), files[k]);
    OK(NetworkDestroy(&net));
  }
}

static void derivatives_are_exact_on_the_rts_gmlc(void **state)
{
  const char     *path = SharedData("rts-gmlc");
  OpfModelOptions options;
  Faults          faults;
  Network         net;

  (void)state;
  if (!path) skip();
  OK(FaultsCreate(&faults));
  OK(NetworkReadRtsGmlc(PETSC_COMM_SELF, path, 1593561600, 2, faults, &net)); /* 2020-07-01T00:00:00Z */
  if (!net) (void)FaultsView(faults, stdout);
  assert_non_null(net);
  OK(FaultsDestroy(&faults));
  options = Options(net, PHYSICS_AC);
  assert_int_equal(options.hours, 2);
  CheckNetwork(net, options, "RTS-GMLC");
  OK(NetworkDestroy(&net));
}

/* What flows out of bus b in hour t, MW and Mvar, summed from the dispatch alone; flows are those of the evaluation. */
static void NetOutflow(Network net, Dispatch d, PetscInt t, PetscInt b, PetscBool ac, PetscReal *p, PetscReal *q)
{
  const PetscReal v = ac ? d->vm_pu[t * d->n_bus + b] : 1;

  *p = *q = 0;
  for (PetscInt k = 0; k < net->branch.n; k++) {
    const PetscInt at = t * d->n_branch + k;
    if (net->branch.from[k] == b) *p += d->branch_p_from[at], *q += d->branch_q_from[at];
    if (net->branch.to[k] == b) *p += d->branch_p_to[at], *q += d->branch_q_to[at];
  }
  for (PetscInt k = 0; k < net->generator.n; k++)
    if (net->generator.bus[k] == b)
      *p -= d->generator_p[t * d->n_generator + k], *q -= d->generator_q[t * d->n_generator + k];
  for (PetscInt k = 0; k < net->load.n; k++)
    if (net->load.bus[k] == b) *p += NetworkLoadP(net, k, t), *q += NetworkLoadQ(net, k, t);
  for (PetscInt k = 0; k < net->shunt.n; k++)
    if (net->shunt.bus[k] == b) *p += v * v * net->shunt.g_mw[k], *q -= v * v * net->shunt.b_mvar[k];
  for (PetscInt k = 0; k < net->link.n; k++) {
    const PetscInt at = t * d->n_link + k;
    if (net->link.from[k] == b) *p += d->link_p_from[at], *q -= d->link_q_from[at];
    if (net->link.to[k] == b) *p -= d->link_p_to[at], *q -= d->link_q_to[at];
  }
  for (PetscInt k = 0; k < net->storage.n; k++) {
    const PetscInt at = t * d->n_storage + k;
    if (net->storage.bus[k] == b) *p += d->storage_charge[at] - d->storage_discharge[at], *q -= d->storage_q[at];
  }
}

/* The model's balance of every bus against the sum over the dispatch; gives the largest error, per unit. */
static PetscReal CompareBalances(OpfModel m, const PetscReal *x, Dispatch d)
{
  Program    program = OpfModelProgram(m);
  PetscReal *g, worst = 0, p, q;

  OK(PetscMalloc1(program->m, &g));
  OK((*program->ops.constraints)(program->context, x, g));
  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt b = 0; b < m->net->bus.n; b++) {
      const PetscInt rows[2] = {ModelRow(m, ROW_P, m->balance.slot[b], t), ModelRow(m, ROW_Q, m->balance.slot[b], t)};
      NetOutflow(m->net, d, t, b, m->ac, &p, &q);
      for (int k = 0; k < (m->ac ? 2 : 1); k++) {
        assert_true(program->gl[rows[k]] == program->gu[rows[k]]);
        Near(g[rows[k]] - program->gl[rows[k]], (k == 0 ? p : q) / m->base, 1e-11);
        worst = PetscMax(worst, fabs(g[rows[k]] - program->gl[rows[k]]));
      }
    }
  OK(PetscFree(g));
  return worst;
}

/* At random points far from any solution, where a wrong sign or unit shows. */
static void balances_are_those_of_the_dispatch_at_every_bus(void **state)
{
  const Physics physics[4] = {PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER, PHYSICS_DC_LOSSES};
  Network       net        = SixBusHours();

  (void)state;
  for (int k = 0; k < 4; k++) {
    OpfModelOptions options = Options(net, physics[k]);
    PetscReal      *x, *lambda, *zero;
    Evaluation      evaluation;
    OpfModel        model;
    Dispatch        d;
    OK(OpfModelCreate(net, &options, &model));
    OK(OpfModelSetUp(model));
    Program p = OpfModelProgram(model);
    OK(PetscCalloc3(p->n, &x, p->m, &lambda, p->n, &zero));
    RandomX(p, x);
    OK(DispatchCreate(net, options.hours, options.first_snapshot, &d));
    OK(OpfModelStore(model, x, lambda, zero, zero, NULL, d));
    OK(DispatchComputeFlows(net, d, physics[k]));
    OK(DispatchEvaluate(net, d, physics[k], NULL, &evaluation));
    Near(evaluation.max_mismatch_pu, CompareBalances(model, x, d), 1e-11);
    assert_true(evaluation.max_mismatch_pu > 0.1);
    OK(DispatchDestroy(&d));
    OK(PetscFree3(x, lambda, zero));
    OK(OpfModelDestroy(&model));
  }
  OK(NetworkDestroy(&net));
}

/* Fuel, carbon at 25 per tonne, discharge and the link's fee over half hours, summed by hand; the model's piecewise costs are put on their graph. */
static void the_cost_is_fuel_carbon_discharge_and_fees(void **state)
{
  Network         net     = SixBusHours();
  OpfModelOptions options = Options(net, PHYSICS_AC);
  PetscReal      *x, sum = 0, cost;
  OpfModel        model;

  (void)state;
  OK(OpfModelCreate(net, &options, &model));
  OK(OpfModelSetUp(model));
  Program p = OpfModelProgram(model);
  OK(PetscMalloc1(p->n, &x));
  RandomX(p, x);
  for (PetscInt t = 0; t < HOURS; t++) {
    for (PetscInt g = 0; g < net->generator.n; g++) {
      const PetscInt i = OpfModelVariable(model, OPF_PG, g, t);
      if (!net->generator.in_service[g]) {
        assert_int_equal(i, -1);
        continue;
      }
      const PetscReal mw = 100 * x[i], fuel = CostValue(&net->generator.cost[g], mw, NULL);
      sum += 0.5 * (fuel + 25 * net->generator.emission_t_per_mwh[g] * mw);
      if (net->generator.cost[g].kind == COST_PIECEWISE_LINEAR)
        x[ModelVariable(model, OPF_COST, 0, t)] = fuel / (100 * OpfModelMeanCost(model));
    }
    for (PetscInt s = 0; s < 2; s++) sum += 0.5 * 2 * 100 * x[OpfModelVariable(model, OPF_DISCHARGE, s, t)];
    sum += 0.5 * (1 + 3 * 100 * x[OpfModelVariable(model, OPF_LINK_P, 0, t)]);
  }
  OK(OpfModelCost(model, x, &cost));
  Near(cost, sum, 1e-9 * fabs(sum));
  OK(PetscFree(x));
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&net));
}

/* Copies a whole network's point into a region's model, kind by kind. */
static void Restrict(OpfModel whole, const PetscReal *x, OpfModel region, const RegionNetwork *part, PetscReal *y)
{
  const OpfVariable kinds[] = {OPF_VA,      OPF_VM,     OPF_PG,        OPF_QG,     OPF_LINK_P, OPF_LINK_QF,
                               OPF_LINK_QT, OPF_CHARGE, OPF_DISCHARGE, OPF_ENERGY, OPF_SPILL,  OPF_QS};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    const OpfVariable kind = kinds[k];
    const PetscBool   bus = (PetscBool)(kind <= OPF_VM), generator = (PetscBool)(kind == OPF_PG || kind == OPF_QG);
    const PetscBool   link = (PetscBool)(kind >= OPF_LINK_P && kind <= OPF_LINK_QT);
    const PetscInt   *map  = bus ? part->bus : generator ? part->generator : link ? part->link : part->storage;
    const PetscInt    n    = bus         ? part->net->bus.n
                             : generator ? part->net->generator.n
                             : link      ? part->net->link.n
                                         : part->net->storage.n;
    for (PetscInt t = 0; t < HOURS; t++)
      for (PetscInt row = 0; row < n; row++) {
        const PetscInt i = OpfModelVariable(region, kind, row, t), j = OpfModelVariable(whole, kind, map[row], t);
        assert_int_equal(i < 0, j < 0);
        if (i >= 0) y[i] = x[j];
      }
  }
}

static void regions_have_the_balances_of_the_whole_and_share_its_cost(void **state)
{
  Network         net       = SixBusHours();
  Partition       partition = ReadPartition(PETSC_COMM_SELF, net, "area");
  const PetscReal line[2]   = {10, 20};
  PetscReal      *x, *g, cost, total = 0;
  PetscInt        balances = 0;
  OpfModel        whole;

  (void)state;
  OK(CostSet(&net->generator.cost[1], COST_POLYNOMIAL, 2, line)); /* no epigraph variables */
  OpfModelOptions options = Options(net, PHYSICS_AC);
  OK(OpfModelCreate(net, &options, &whole));
  OK(OpfModelSetUp(whole));
  Program p = OpfModelProgram(whole);
  OK(PetscMalloc2(p->n, &x, p->m, &g));
  RandomX(p, x);
  OK((*p->ops.constraints)(p->context, x, g));
  OK(OpfModelCost(whole, x, &cost));
  for (PetscInt r = 0; r < partition->n_regions; r++) {
    RegionNetwork *part;
    PetscReal     *y, *h, share;
    OpfModel       region;
    OK(RegionNetworkCreate(net, partition, r, &part));
    options          = Options(part->net, PHYSICS_AC);
    options.external = part->external;
    OK(OpfModelCreate(part->net, &options, &region));
    OK(OpfModelSetUp(region));
    Program q = OpfModelProgram(region);
    OK(PetscMalloc2(q->n, &y, q->m, &h));
    OK(PetscArraycpy(y, q->x0, q->n));
    Restrict(whole, x, region, part, y);
    OK((*q->ops.constraints)(q->context, y, h));
    OK(OpfModelCost(region, y, &share));
    total += share;
    for (PetscInt t = 0; t < HOURS; t++)
      for (PetscInt b = 0; b < part->n_own; b++)
        for (int kind = ROW_P; kind <= ROW_Q; kind++, balances++) {
          const PetscInt i = ModelRow(region, (RowKind)kind, region->balance.slot[b], t);
          const PetscInt j = ModelRow(whole, (RowKind)kind, whole->balance.slot[part->bus[b]], t);
          Near(h[i] - q->gl[i], g[j] - p->gl[j], 1e-12);
        }
    OK(PetscFree2(y, h));
    OK(OpfModelDestroy(&region));
    OK(RegionNetworkDestroy(&part));
  }
  assert_int_equal(balances, 2 * HOURS * net->bus.n);
  Near(total, cost, 1e-9 * fabs(cost));
  OK(PetscFree2(x, g));
  OK(OpfModelDestroy(&whole));
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

static void what_is_out_of_service_or_isolated_has_no_variables(void **state)
{
  Network         net = SixBusHours();
  OpfModelOptions options;
  OpfModel        model;

  (void)state;
  net->bus.type[5]           = BUS_ISOLATED;
  net->link.in_service[0]    = PETSC_FALSE;
  net->storage.in_service[0] = PETSC_FALSE;
  options                    = Options(net, PHYSICS_AC);
  OK(OpfModelCreate(net, &options, &model));
  assert_int_equal(OpfModelVariable(model, OPF_VM, 5, 0), -1);
  assert_int_equal(OpfModelVariable(model, OPF_PG, 3, 1), -1);
  assert_int_equal(OpfModelVariable(model, OPF_LINK_P, 0, 1), -1);
  assert_int_equal(OpfModelVariable(model, OPF_CHARGE, 0, 1), -1);
  assert_int_equal(OpfModelVariable(model, OPF_SHORTAGE_P, 0, 1), -1); /* not elastic */
  assert_true(OpfModelVariable(model, OPF_ENERGY, 1, HOURS - 1) >= 0);
  OK(OpfModelSetUp(model));
  CheckDerivatives(model, "rows out of service");
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(derivatives_are_exact_over_hours_in_every_physics),
      cmocka_unit_test(derivatives_are_exact_with_every_carrier_flexibility_reserve_and_soft_limit),
      cmocka_unit_test(derivatives_are_exact_on_the_shipped_day),
      cmocka_unit_test(derivatives_are_exact_with_proximal_terms),
      cmocka_unit_test(derivatives_are_exact_for_regions_with_foreign_buses),
      cmocka_unit_test(derivatives_are_exact_on_published_cases),
      cmocka_unit_test(derivatives_are_exact_on_the_rts_gmlc),
      cmocka_unit_test(balances_are_those_of_the_dispatch_at_every_bus),
      cmocka_unit_test(the_cost_is_fuel_carbon_discharge_and_fees),
      cmocka_unit_test(regions_have_the_balances_of_the_whole_and_share_its_cost),
      cmocka_unit_test(what_is_out_of_service_or_isolated_has_no_variables),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
