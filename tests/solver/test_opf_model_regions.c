/* The OPF model as a part: balances of the regions add up to those of the whole, and unknowns are grouped by bus and hour. */
#include "solver/opf_model_impl.h"

#include "tests/solver/opf_support.h"

#define HOURS 2

static PetscReal Random(PetscReal low, PetscReal high)
{
  static uint64_t state = 815;
  state                 = state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * (PetscReal)(state >> 11) / 9007199254740992.0;
}

/* Six buses in two areas joined by an HVDC line, and by a line added here; a battery at a border bus. */
static Network TwoAreas(void)
{
  Network net = ReadCase(PETSC_COMM_SELF, ShippedFile("inputs/cases/six-bus.m"));

  OK(NetworkSetSnapshots(net, 0, 1, HOURS));
  (void)AddBranch(net, 1, 4, 0.01, 0.1, 60);
  (void)AddStorage(net, 4, 20, 40);
  return net;
}

/* The region's network with each tie in one region only: that of its from end. */
static RegionNetwork *RegionWithTies(Network net, Partition partition, PetscInt r)
{
  RegionNetwork *part;

  OK(RegionNetworkCreate(net, partition, r, &part));
  for (PetscInt k = 0; k < part->net->branch.n; k++)
    if (part->external[part->net->branch.from[k]]) part->net->branch.in_service[k] = PETSC_FALSE;
  for (PetscInt k = 0; k < part->net->link.n; k++)
    if (part->external[part->net->link.from[k]]) part->net->link.in_service[k] = PETSC_FALSE;
  return part;
}

static OpfModel NewModel(Network net, Physics physics, const PetscBool *foreign, PetscBool elastic)
{
  const OpfModelOptions options = {
      .physics = physics, .hours = HOURS, .first_snapshot = 0, .foreign = foreign, .elastic = elastic};
  OpfModel model;

  OK(OpfModelCreate(net, &options, &model));
  OK(OpfModelSetUp(model));
  return model;
}

/* Fills a part's x from the whole's, variable by variable. */
static void CopyVariables(OpfModel whole, const PetscReal *from, OpfModel model, const RegionNetwork *part,
                          PetscReal *to)
{
  const struct {
    OpfVariable     first, last;
    PetscInt        rows;
    const PetscInt *map;
  } kinds[4] = {{OPF_VA, OPF_VM, part->net->bus.n, part->bus},
                {OPF_PG, OPF_QG, part->net->generator.n, part->generator},
                {OPF_LINK_P, OPF_LINK_QT, part->net->link.n, part->link},
                {OPF_CHARGE, OPF_QS, part->net->storage.n, part->storage}};

  for (PetscInt t = 0; t < HOURS; t++)
    for (int g = 0; g < 4; g++)
      for (int kind = kinds[g].first; kind <= (int)kinds[g].last; kind++)
        for (PetscInt k = 0; k < kinds[g].rows; k++) {
          const PetscInt i = kind == OPF_SPILL ? -1 : OpfModelVariable(model, (OpfVariable)kind, k, t);
          if (i >= 0) to[i] = from[OpfModelVariable(whole, (OpfVariable)kind, kinds[g].map[k], t)];
        }
}

/* Adds a part's balance rows, less their right-hand sides, to sum [2][HOURS][buses]. */
static void AddBalances(OpfModel model, const PetscInt *map, const PetscReal *x, PetscInt rows, PetscInt buses,
                        PetscReal *sum)
{
  Program    p = OpfModelProgram(model);
  PetscReal *g;

  OK(PetscMalloc1(p->m, &g));
  OK((*p->ops.constraints)(p->context, x, g));
  for (int q = 0; q < 2; q++)
    for (PetscInt t = 0; t < HOURS; t++)
      for (PetscInt b = 0; b < rows; b++) {
        const PetscInt row = OpfModelBalanceRow(model, (PetscBool)q, b, t);
        if (row >= 0) sum[(q * HOURS + t) * buses + (map ? map[b] : b)] += g[row] - p->gl[row];
      }
  OK(PetscFree(g));
}

static void CheckSums(Physics physics)
{
  Network    net       = TwoAreas();
  Partition  partition = ReadPartition(PETSC_COMM_SELF, net, "area");
  OpfModel   whole     = NewModel(net, physics, NULL, PETSC_FALSE);
  Program    p         = OpfModelProgram(whole);
  PetscReal *x, *sum, *expected;

  assert_int_equal(partition->n_regions, 2);
  OK(PetscMalloc1(p->n, &x));
  OK(PetscCalloc2(2 * HOURS * net->bus.n, &sum, 2 * HOURS * net->bus.n, &expected));
  for (PetscInt i = 0; i < p->n; i++) x[i] = Random(0.2, 1.2);
  AddBalances(whole, NULL, x, net->bus.n, net->bus.n, expected);
  for (PetscInt r = 0; r < 2; r++) {
    RegionNetwork *part  = RegionWithTies(net, partition, r);
    OpfModel       model = NewModel(part->net, physics, part->external, PETSC_FALSE);
    PetscReal     *own;
    OK(PetscCalloc1(OpfModelProgram(model)->n, &own));
    CopyVariables(whole, x, model, part, own);
    AddBalances(model, part->bus, own, part->net->bus.n, net->bus.n, sum);
    OK(PetscFree(own));
    OK(OpfModelDestroy(&model));
    OK(RegionNetworkDestroy(&part));
  }
  for (PetscInt i = 0; i < 2 * HOURS * net->bus.n; i++) Near(sum[i], expected[i], 1e-12);
  OK(PetscFree(x));
  OK(PetscFree2(sum, expected));
  OK(OpfModelDestroy(&whole));
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

static void balances_of_the_regions_add_up_to_those_of_the_whole(void **state)
{
  (void)state;
  CheckSums(PHYSICS_AC);
  CheckSums(PHYSICS_DC_REACTANCE);
}

static void a_foreign_bus_has_a_balance_but_no_shortage_and_is_not_stored(void **state)
{
  Network    net       = TwoAreas();
  Partition  partition = ReadPartition(PETSC_COMM_SELF, net, "area");
  Dispatch   dispatch;
  PetscReal *zero;
  PetscInt   foreign = 0;

  (void)state;
  OK(DispatchCreate(net, HOURS, 0, &dispatch));
  RegionNetwork *part  = RegionWithTies(net, partition, 0);
  OpfModel       model = NewModel(part->net, PHYSICS_AC, part->external, PETSC_TRUE);
  Program        p     = OpfModelProgram(model);
  OK(PetscCalloc1(PetscMax(p->n, p->m), &zero));
  OK(OpfModelStore(model, p->x0, zero, zero, zero, part, dispatch));
  for (PetscInt b = 0; b < part->net->bus.n; b++) {
    assert_true(OpfModelBalanceRow(model, PETSC_FALSE, b, 1) >= 0);
    assert_true(OpfModelBalanceRow(model, PETSC_TRUE, b, 1) >= 0);
    assert_true((OpfModelVariable(model, OPF_SHORTAGE_P, b, 0) < 0) == part->external[b]);
    assert_true((dispatch->vm_pu[part->bus[b]] == 0) == part->external[b]);
    foreign += part->external[b];
  }
  assert_true(foreign >= 1);
  OK(PetscFree(zero));
  OK(OpfModelDestroy(&model));
  OK(RegionNetworkDestroy(&part));
  OK(DispatchDestroy(&dispatch));
  OK(PartitionDestroy(&partition));
  OK(NetworkDestroy(&net));
}

static void unknowns_of_a_bus_and_hour_are_one_group(void **state)
{
  Network  net   = TwoAreas();
  OpfModel model = NewModel(net, PHYSICS_AC, NULL, PETSC_TRUE);
  Program  p     = OpfModelProgram(model);

  (void)state;
  for (PetscInt i = 0; i < p->n + p->m; i++) assert_in_range(p->group[i], 0, HOURS * net->bus.n - 1);
  for (PetscInt t = 0; t < HOURS; t++) {
    for (PetscInt b = 0; b < net->bus.n; b++) {
      const PetscInt group = p->group[OpfModelVariable(model, OPF_VA, b, t)];
      assert_int_equal(p->group[OpfModelVariable(model, OPF_VM, b, t)], group);
      assert_int_equal(p->group[OpfModelVariable(model, OPF_SHORTAGE_P, b, t)], group);
      assert_int_equal(p->group[p->n + OpfModelBalanceRow(model, PETSC_FALSE, b, t)], group);
      assert_int_equal(p->group[p->n + OpfModelBalanceRow(model, PETSC_TRUE, b, t)], group);
      if (b > 0) assert_int_not_equal(p->group[OpfModelVariable(model, OPF_VA, b - 1, t)], group);
    }
    const PetscInt at = p->group[OpfModelVariable(model, OPF_VA, 4, t)];
    assert_int_equal(p->group[OpfModelVariable(model, OPF_ENERGY, net->storage.n - 1, t)], at);
    assert_int_equal(p->group[p->n + ModelRow(model, ROW_ENERGY, net->storage.n - 1, t)], at);
  }
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(balances_of_the_regions_add_up_to_those_of_the_whole),
      cmocka_unit_test(a_foreign_bus_has_a_balance_but_no_shortage_and_is_not_stored),
      cmocka_unit_test(unknowns_of_a_bus_and_hour_are_one_group),
  };
  OK(PetscInitialize(&argc, &argv, NULL, NULL));
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  OK(PetscFinalize());
  return failed;
}
