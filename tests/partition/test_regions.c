/* Regions of unequal cost, energy buses with their plant, odd regions, and the shape that a partition shows. */
#include "partition/bus_graph.h"
#include "partition/cover.h"
#include "partition/shape.h"

#include "tests/partition/random_network.h"
#include "tests/support.h"

#include <string.h>

#define OK(call) assert_int_equal(call, 0)

enum { MOST = 400 };

/* The partition, and its warnings in one text. */
static Partition Cut(Network net, const char *spec, char *warnings, size_t size)
{
  Faults    faults;
  Partition p;

  OK(FaultsCreate(&faults));
  OK(PartitionCreate(PETSC_COMM_WORLD, net, spec, faults, &p));
  if (!p) OK(FaultsView(faults, stderr));
  assert_non_null(p);
  warnings[0] = '\0';
  for (PetscInt k = 0; k < FaultsCount(faults); ++k) {
    const char *text;
    OK(FaultsGet(faults, k, NULL, NULL, NULL, &text));
    strncat(warnings, text, size - strlen(warnings) - 1);
  }
  OK(FaultsDestroy(&faults));
  return p;
}

static void ranks_are_filled_by_cost_when_it_is_known(void **state)
{
  Network         net       = RandomNetwork(12, 3);
  const char     *label[12] = {"a", "b", "b", "b", "b", "b", "c", "c", "c", "d", "d", "d"};
  const PetscReal cost[4]   = {900, 300, 200, 250};
  const PetscInt  rank[4]   = {0, 1, 1, 1};
  char            text[2000];
  Partition       p;

  (void)state;
  OK(NetworkAddBusColumn(net, "side", label));
  p = Cut(net, "side", text, sizeof text);
  OK(PartitionAssignRanksByCost(p, 2, cost));
  assert_memory_equal(p->rank, rank, sizeof rank);
  assert_true(PetscAbsReal(PartitionBalance(p) - 900.0 * 2 / 1650) < 1e-14);
  OK(PartitionAssignRanks(p, 4));
  for (PetscInt r = 0; r < 4; ++r)
    for (PetscInt q = 0; q < r; ++q) assert_int_not_equal(p->rank[r], p->rank[q]);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

/* A row of n electric buses in two halves of which the second half is far away (a long line between them), with a heat
   bus behind each end, and a second heat bus behind the first by a pipe. Buses n, n + 1 and n + 2 are heat. */
static Network RowWithHeat(PetscInt n)
{
  Network net;

  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, n + 3));
  OK(NetworkResizeBranches(net, n - 1));
  OK(NetworkResizeLinks(net, 4));
  OK(NetworkResizeGenerators(net, 2));
  for (PetscInt i = 0; i < n + 3; ++i) net->bus.number[i] = i + 1;
  for (PetscInt i = n; i < n + 3; ++i) OK(NetworkSetString(&net->bus.carrier[i], "heat"));
  for (PetscInt k = 0; k < n - 1; ++k) net->branch.from[k] = k, net->branch.to[k] = k + 1, net->branch.x[k] = 0.1;
  net->generator.bus[0] = 0, net->generator.bus[1] = n - 1;
  /* a small boiler far away must not draw heat bus n from the large pump at bus 1 */
  net->link.from[0] = n - 1, net->link.to[0] = n, net->link.p_max_mw[0] = 1;
  net->link.from[1] = 1, net->link.to[1] = n, net->link.p_max_mw[1] = 50;
  net->link.from[2] = n, net->link.to[2] = n + 1, net->link.p_max_mw[2] = 20;
  net->link.from[3] = n - 2, net->link.to[3] = n + 2, net->link.p_max_mw[3] = 20;
  return net;
}

static void an_energy_bus_lies_where_its_plant_is(void **state)
{
  const PetscInt n   = 40;
  Network        net = RowWithHeat(n);
  const char    *label[43];
  char           text[2000];
  Partition      p;

  (void)state;
  for (PetscInt i = 0; i < n + 3; ++i) label[i] = i >= n ? "" : i < n / 2 ? "west" : "east";
  OK(NetworkAddBusColumn(net, "coast", label));
  p = Cut(net, "coast", text, sizeof text);
  assert_int_equal(p->n_regions, 2);
  assert_int_equal(p->bus_region[n], p->bus_region[1]);
  assert_int_equal(p->bus_region[n + 1], p->bus_region[1]);
  assert_int_equal(p->bus_region[n + 2], p->bus_region[n - 1]);
  OK(PartitionDestroy(&p));
  p = Cut(net, "4", text, sizeof text);
  assert_int_equal(p->n_regions, 4);
  assert_int_equal(p->bus_region[n], p->bus_region[1]);
  assert_int_equal(p->bus_region[n + 1], p->bus_region[1]);
  assert_int_equal(p->bus_region[n + 2], p->bus_region[n - 2]);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static void a_unit_with_two_outputs_is_not_cut(void **state)
{
  (void)state;
  for (PetscInt far = 3; far < 40; far += 6) {
    Network   net = RowWithHeat(40);
    char      text[2000];
    Partition p;

    /* bus 0 feeds heat bus 41 and, at the same time, an electric bus somewhere along the row */
    net->link.from[3] = 0, net->link.to[3] = far, net->link.to2[3] = 41, net->link.efficiency2[3] = 0.5;
    p = Cut(net, "5", text, sizeof text);
    assert_int_equal(p->n_regions, 5);
    assert_int_equal(p->bus_region[0], p->bus_region[far]);
    assert_int_equal(p->bus_region[0], p->bus_region[41]);
    OK(PartitionDestroy(&p));
    OK(NetworkDestroy(&net));
  }
}

static void too_few_parts_make_fewer_regions_and_a_warning(void **state)
{
  Network   net = RowWithHeat(2);
  char      text[2000];
  Partition p;

  (void)state;
  /* buses 1 and 2 with a heat bus each, and a heat bus on a pipe: three vertices */
  p = Cut(net, "5", text, sizeof text);
  assert_true(p->n_regions < 5);
  assert_non_null(strstr(text, "5 regions asked for, made"));
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static void links_and_couplers_stay_inside(void **state)
{
  Network   net;
  char      text[2000];
  Partition p;

  (void)state;
  /* A ladder of 2 x 40 buses whose rungs 19, 20 and 21 of both rails are couplers and an HVDC link: the middle, where
     a cut would be best balanced, is not where it goes. */
  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, 80));
  OK(NetworkResizeBranches(net, 40 + 2 * 39));
  OK(NetworkResizeLinks(net, 1));
  for (PetscInt i = 0; i < 80; ++i) net->bus.number[i] = i + 1;
  for (PetscInt k = 0; k < 118; ++k) {
    net->branch.from[k] = k < 40 ? k : (k < 79 ? k - 40 : k - 39);
    net->branch.to[k]   = k < 40 ? k + 40 : net->branch.from[k] + 1;
    net->branch.x[k]    = k >= 40 && net->branch.from[k] % 40 == 19 ? 1e-5 : 0.1;
  }
  net->link.from[0] = 19, net->link.to[0] = 60;
  p = Cut(net, "2", text, sizeof text);
  for (PetscInt k = 0; k < p->n_ties; ++k) {
    assert_false(p->tie[k].is_link);
    assert_true(net->branch.x[p->tie[k].index] > 1e-3);
  }
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static void odd_regions_of_a_column_stay_and_are_told(void **state)
{
  Network     net = RandomNetwork(200, 8);
  const char *label[200];
  char        text[4000];
  Partition   p;

  (void)state;
  for (PetscInt i = 0; i < 200; ++i) label[i] = i == 77 ? "crumb" : "land";
  for (PetscInt k = 0; k < net->generator.n; ++k)
    if (net->generator.bus[k] == 77) net->generator.bus[k] = 0;
  OK(NetworkAddBusColumn(net, "state", label));
  p = Cut(net, "state", text, sizeof text);
  assert_int_equal(p->n_regions, 2);
  assert_int_equal(p->size[1], 1);
  assert_non_null(strstr(text, "region \"crumb\" has less than a twentieth of the buses"));
  assert_non_null(strstr(text, "region \"crumb\" has no generator in service"));
  OK(PartitionDestroy(&p));
  for (PetscInt i = 0; i < 200; ++i) label[i] = i % 2 ? "odd" : "even";
  OK(NetworkAddBusColumn(net, "parity", label));
  p = Cut(net, "parity", text, sizeof text);
  assert_int_equal(p->n_regions, 2);
  assert_non_null(strstr(text, "2 regions, the first is \"even\", each lies in pieces"));
  OK(PartitionDestroy(&p));
  p = Cut(net, "3", text, sizeof text);
  assert_string_equal(text, "");
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static void work_is_shared_out_evenly(void **state)
{
  Network   net     = RandomNetwork(300, 12);
  PetscReal work[5] = {0}, mean = 0;
  PetscInt *bus_work;
  char      text[2000];
  Partition p;

  (void)state;
  /* all units at the first buses: equal numbers of buses would not do */
  for (PetscInt k = 0; k < net->generator.n; ++k) net->generator.bus[k] = k % 30;
  p = Cut(net, "5", text, sizeof text);
  OK(PetscMalloc1(300, &bus_work));
  OK(NetworkBusWork(net, bus_work));
  for (PetscInt i = 0; i < 300; ++i) work[p->bus_region[i]] += (PetscReal)bus_work[i], mean += bus_work[i] / 5.0;
  for (PetscInt r = 0; r < 5; ++r) assert_true(work[r] <= 1.12 * mean);
  OK(PetscFree(bus_work));
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

/* Unknowns counted once: over the regions and the border they add up to those of the whole network. */
static void interiors_and_border_add_up_to_the_whole(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Network         net = RandomNetwork(60 + 20 * (PetscInt)seed, seed * 77);
    const PetscInt  n   = net->bus.n;
    const PetscInt  ac  = 4 * n + 2 * net->generator.n + 4 * net->storage.n + 3 * net->link.n;
    const PetscInt  dc  = 2 * n + net->generator.n + 4 * net->storage.n + net->link.n;
    char            text[2000];
    Partition       p = Cut(net, "5", text, sizeof text);
    PartitionShape *s;
    PetscInt        sum_ac, sum_dc, ties = 0;

    OK(PartitionShapeCreate(p, net, &s));
    sum_ac = s->border_ac;
    sum_dc = s->border_dc;
    assert_int_equal(s->border_ac, 4 * s->n_cover);
    for (PetscInt r = 0; r < 5; ++r) {
      PetscBool      covered[MOST] = {PETSC_FALSE};
      RegionNetwork *part;
      PetscInt       touched = 0;
      sum_ac += s->interior_ac[r];
      sum_dc += s->interior_dc[r];
      ties += s->ties[r];
      for (PetscInt k = 0; k < s->n_cover; ++k) covered[s->cover[k]] = PETSC_TRUE;
      OK(BlockNetworkCreate(net, p, covered, r, &part));
      for (PetscInt i = 0; i < part->net->bus.n; ++i) touched += covered[part->bus[i]];
      assert_int_equal(s->touched[r], touched);
      OK(RegionNetworkDestroy(&part));
    }
    assert_int_equal(sum_ac, ac);
    assert_int_equal(sum_dc, dc);
    assert_int_equal(ties, 2 * p->n_ties);
    OK(PartitionShapeDestroy(&s));
    assert_null(s);
    OK(PartitionDestroy(&p));
    OK(NetworkDestroy(&net));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranks_are_filled_by_cost_when_it_is_known),
      cmocka_unit_test(an_energy_bus_lies_where_its_plant_is),
      cmocka_unit_test(a_unit_with_two_outputs_is_not_cut),
      cmocka_unit_test(too_few_parts_make_fewer_regions_and_a_warning),
      cmocka_unit_test(links_and_couplers_stay_inside),
      cmocka_unit_test(odd_regions_of_a_column_stay_and_are_told),
      cmocka_unit_test(work_is_shared_out_evenly),
      cmocka_unit_test(interiors_and_border_add_up_to_the_whole),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
