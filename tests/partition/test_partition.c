/* Properties of partitions and of the regions' own networks over random grids; faults of what the user asks for. */
#include "partition/partition.h"

#include "inputs/source.h"
#include "tests/partition/random_network.h"
#include "tests/support.h"

#include <string.h>

#define OK(call) assert_int_equal(call, 0)

static Partition Cut(MPI_Comm comm, Network net, const char *spec)
{
  Faults    faults;
  Partition p;

  OK(FaultsCreate(&faults));
  OK(PartitionCreate(comm, net, spec, faults, &p));
  OK(FaultsView(faults, stderr));
  assert_int_equal(FaultsErrorCount(faults), 0);
  assert_non_null(p);
  OK(FaultsDestroy(&faults));
  return p;
}

static Partition CutInto(Network net, PetscInt n)
{
  char spec[32];

  snprintf(spec, sizeof spec, "%d", (int)n);
  return Cut(PETSC_COMM_WORLD, net, spec);
}

/* Number of connected parts over active branches inside region r. */
static PetscInt CountPieces(Network net, Partition p, PetscInt r)
{
  PetscInt *mark = calloc((size_t)net->bus.n, sizeof *mark), pieces = 0;

  for (PetscInt i = 0; i < net->bus.n; ++i) {
    PetscBool grown = PETSC_TRUE;
    if (mark[i] || p->bus_region[i] != r) continue;
    mark[i] = ++pieces;
    while (grown) {
      grown = PETSC_FALSE;
      for (PetscInt k = 0; k < net->branch.n; ++k) {
        const PetscInt f = net->branch.from[k], t = net->branch.to[k];
        if (!net->branch.in_service[k] || p->bus_region[f] != r || p->bus_region[t] != r) continue;
        if (!mark[f] == !mark[t]) continue;
        mark[f] = mark[t] = pieces;
        grown             = PETSC_TRUE;
      }
    }
  }
  free(mark);
  return pieces;
}

static void CheckTies(Network net, Partition p)
{
  PetscInt expected = 0;

  for (PetscInt k = 0; k < net->branch.n; ++k)
    expected += net->branch.in_service[k] && p->bus_region[net->branch.from[k]] != p->bus_region[net->branch.to[k]];
  for (PetscInt k = 0; k < net->link.n; ++k)
    expected += net->link.in_service[k] && p->bus_region[net->link.from[k]] != p->bus_region[net->link.to[k]];
  assert_int_equal(p->n_ties, expected);
  for (PetscInt k = 0; k < p->n_ties; ++k) {
    const Tie *tie = &p->tie[k];
    assert_int_not_equal(tie->from_region, tie->to_region);
    assert_int_equal(tie->from_region, p->bus_region[tie->from]);
    assert_int_equal(tie->to_region, p->bus_region[tie->to]);
    assert_int_equal(tie->from, tie->is_link ? net->link.from[tie->index] : net->branch.from[tie->index]);
    assert_int_equal(tie->to, tie->is_link ? net->link.to[tie->index] : net->branch.to[tie->index]);
  }
}

static void CheckBorder(Partition p)
{
  for (PetscInt i = 0, next = 0; i < p->n_buses; ++i) {
    PetscBool touches = PETSC_FALSE;
    for (PetscInt k = 0; k < p->n_ties; ++k)
      if (p->tie[k].from == i || p->tie[k].to == i) touches = PETSC_TRUE;
    assert_int_equal(touches, next < p->n_border && p->border[next] == i);
    next += touches;
  }
}

static void each_bus_lies_in_one_connected_region_and_ties_join_two(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const PetscInt n        = 5 + (PetscInt)seed * 17;
    Network        net      = RandomNetwork(n, seed * 77777u);
    const PetscInt counts[] = {1, 2, 3, 5, 8 < n ? 8 : n, n - 1, n};

    for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
      Partition p     = CutInto(net, counts[c]);
      PetscInt  total = 0;

      assert_int_equal(p->n_regions, counts[c]);
      for (PetscInt r = 0; r < p->n_regions; ++r) {
        assert_true(p->size[r] > 0);
        total += p->size[r];
        assert_int_equal(CountPieces(net, p, r), 1);
      }
      assert_int_equal(total, n);
      CheckTies(net, p);
      CheckBorder(p);
      OK(PartitionDestroy(&p));
      assert_null(p);
    }
    OK(NetworkDestroy(&net));
  }
}

static void the_cut_is_the_same_on_every_number_of_ranks(void **state)
{
  Network   net = RandomNetwork(300, 4242);
  Partition all, again, alone;

  (void)state;
  all = Cut(PETSC_COMM_WORLD, net, "7");
  OK(PartitionDestroy(&all));
  all   = Cut(PETSC_COMM_WORLD, net, "4");
  again = Cut(PETSC_COMM_WORLD, net, "4");
  alone = Cut(PETSC_COMM_SELF, net, "4");
  assert_memory_equal(all->bus_region, again->bus_region, 300 * sizeof(PetscInt));
  assert_memory_equal(all->bus_region, alone->bus_region, 300 * sizeof(PetscInt));
  assert_int_equal(alone->n_ranks, 1);
  OK(PartitionDestroy(&all));
  OK(PartitionDestroy(&again));
  OK(PartitionDestroy(&alone));
  OK(NetworkDestroy(&net));
}

static void a_cut_is_balanced_and_cuts_few_lines(void **state)
{
  Network   net;
  Partition p;

  (void)state;
  /* A ladder of 2 x 60 buses: three cuts through the two rails give the least number of ties for four regions. */
  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, 120));
  OK(NetworkResizeBranches(net, 60 + 2 * 59));
  for (PetscInt i = 0; i < 120; ++i) net->bus.number[i] = i + 1;
  for (PetscInt k = 0; k < 178; ++k) {
    net->branch.from[k] = k < 60 ? k : (k < 119 ? k - 60 : k - 59);
    net->branch.to[k]   = k < 60 ? k + 60 : net->branch.from[k] + 1;
    net->branch.x[k]    = 0.1;
  }
  p = CutInto(net, 4);
  assert_true(p->n_ties <= 8);
  for (PetscInt r = 0; r < 4; ++r) assert_in_range(p->size[r], 27, 33);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

/* Rows of one-bus tables: each row of the whole network stands in exactly one part, at the same bus. */
static void CountRows(const RegionNetwork *part, Network net, PetscInt n, const PetscInt *row, const PetscInt *part_bus,
                      const PetscInt *bus, PetscInt *count)
{
  for (PetscInt k = 0; k < n; ++k) {
    ++count[row[k]];
    assert_true(part_bus[k] < part->n_own);
    assert_int_equal(part->bus[part_bus[k]], bus[row[k]]);
    assert_int_equal(part->net->bus.number[part_bus[k]], net->bus.number[bus[row[k]]]);
  }
}

typedef struct {
  PetscInt *bus, *branch, *generator, *load, *shunt, *link, *storage;
} Counts;

static void CountPart(const RegionNetwork *part, Network net, Partition p, Counts *c)
{
  Network own = part->net;

  for (PetscInt i = 0; i < own->bus.n; ++i) {
    assert_int_equal(part->external[i], i >= part->n_own);
    assert_int_equal(part->external[i], p->bus_region[part->bus[i]] != part->region);
    if (!part->external[i]) ++c->bus[part->bus[i]];
    assert_int_equal(own->bus.type[i] == BUS_REF, part->bus[i] == 0 && !part->external[i]);
  }
  CountRows(part, net, own->generator.n, part->generator, own->generator.bus, net->generator.bus, c->generator);
  CountRows(part, net, own->load.n, part->load, own->load.bus, net->load.bus, c->load);
  CountRows(part, net, own->shunt.n, part->shunt, own->shunt.bus, net->shunt.bus, c->shunt);
  CountRows(part, net, own->storage.n, part->storage, own->storage.bus, net->storage.bus, c->storage);
  for (PetscInt k = 0; k < own->branch.n; ++k) {
    ++c->branch[part->branch[k]];
    assert_int_equal(part->bus[own->branch.from[k]], net->branch.from[part->branch[k]]);
    assert_int_equal(part->bus[own->branch.to[k]], net->branch.to[part->branch[k]]);
    assert_true(own->branch.x[k] == net->branch.x[part->branch[k]]);
    assert_string_equal(own->branch.circuit[k], net->branch.circuit[part->branch[k]]);
    assert_false(part->external[own->branch.from[k]] && part->external[own->branch.to[k]]);
  }
  for (PetscInt k = 0; k < own->link.n; ++k) {
    ++c->link[part->link[k]];
    assert_int_equal(part->bus[own->link.from[k]], net->link.from[part->link[k]]);
    assert_int_equal(part->bus[own->link.to[k]], net->link.to[part->link[k]]);
    assert_true(own->link.p_max_mw[k] == net->link.p_max_mw[part->link[k]]);
  }
}

static void CheckSeries(const RegionNetwork *part, Network net)
{
  Network own = part->net;

  assert_true(own->series.n <= net->series.n);
  for (PetscInt t = -1; t < 4; ++t) {
    for (PetscInt k = 0; k < own->generator.n; ++k)
      assert_true(NetworkGeneratorPMax(own, k, t) == NetworkGeneratorPMax(net, part->generator[k], t));
    for (PetscInt k = 0; k < own->load.n; ++k)
      assert_true(NetworkLoadP(own, k, t) == NetworkLoadP(net, part->load[k], t));
    for (PetscInt k = 0; k < own->storage.n; ++k)
      assert_true(NetworkStorageInflow(own, k, t) == NetworkStorageInflow(net, part->storage[k], t));
  }
  for (PetscInt k = 0; k < own->generator.n; ++k)
    assert_true(CostValue(&own->generator.cost[k], 3, NULL) ==
                CostValue(&net->generator.cost[part->generator[k]], 3, NULL));
}

static void CheckCounts(Network net, Partition p, const Counts *c)
{
  for (PetscInt i = 0; i < net->bus.n; ++i) assert_int_equal(c->bus[i], 1);
  for (PetscInt i = 0; i < net->generator.n; ++i) assert_int_equal(c->generator[i], 1);
  for (PetscInt i = 0; i < net->load.n; ++i) assert_int_equal(c->load[i], 1);
  for (PetscInt i = 0; i < net->shunt.n; ++i) assert_int_equal(c->shunt[i], 1);
  for (PetscInt i = 0; i < net->storage.n; ++i) assert_int_equal(c->storage[i], 1);
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const PetscBool joins = (PetscBool)(p->bus_region[net->branch.from[k]] != p->bus_region[net->branch.to[k]]);
    assert_int_equal(c->branch[k], !joins ? 1 : net->branch.in_service[k] ? 2 : 0);
  }
  for (PetscInt k = 0; k < net->link.n; ++k)
    assert_int_equal(c->link[k], p->bus_region[net->link.from[k]] != p->bus_region[net->link.to[k]] ? 2 : 1);
}

static void the_regions_networks_cover_the_network_once_and_each_tie_twice(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Network   net    = RandomNetwork(40 + 10 * (PetscInt)seed, seed * 991);
    Partition p      = CutInto(net, 2 + (PetscInt)seed);
    PetscInt *memory = calloc((size_t)(7 * 200), sizeof *memory);
    Counts    c      = {memory, memory + 200, memory + 400, memory + 600, memory + 800, memory + 1000, memory + 1200};

    for (PetscInt r = 0; r < p->n_regions; ++r) {
      RegionNetwork *part;
      OK(RegionNetworkCreate(net, p, r, &part));
      assert_int_equal(part->n_own, p->size[r]);
      CountPart(part, net, p, &c);
      CheckSeries(part, net);
      OK(RegionNetworkDestroy(&part));
      assert_null(part);
    }
    CheckCounts(net, p, &c);
    free(memory);
    OK(PartitionDestroy(&p));
    OK(NetworkDestroy(&net));
  }
}

static void one_region_is_the_network_itself(void **state)
{
  Network        net = RandomNetwork(20, 5);
  Partition      p   = Cut(PETSC_COMM_WORLD, net, NULL);
  RegionNetwork *part;

  (void)state;
  assert_int_equal(p->n_regions, 1);
  assert_int_equal(p->n_ties, 0);
  assert_int_equal(p->n_border, 0);
  OK(RegionNetworkCreate(net, p, 0, &part));
  assert_int_equal(part->net->bus.n, 20);
  assert_int_equal(part->net->branch.n, net->branch.n);
  OK(RegionNetworkDestroy(&part));
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static void regions_by_column_are_numbered_by_first_appearance(void **state)
{
  Network           net       = RandomNetwork(6, 3);
  const char *const label[6]  = {"west", "east", "west", "north", "east", "west"};
  const PetscInt    region[6] = {0, 1, 0, 2, 1, 0};
  Partition         p;

  (void)state;
  OK(NetworkAddBusColumn(net, "coast", label));
  p = Cut(PETSC_COMM_WORLD, net, "coast");
  assert_int_equal(p->n_regions, 3);
  assert_string_equal(p->name[0], "west");
  assert_string_equal(p->name[1], "east");
  assert_string_equal(p->name[2], "north");
  assert_memory_equal(p->bus_region, region, sizeof region);
  CheckTies(net, p);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static void ranks_are_filled_largest_region_first(void **state)
{
  PetscInt            size[6]     = {10, 40, 30, 30, 10, 20}, rank[6];
  const PetscInt      expected[6] = {2, 0, 1, 2, 0, 1};
  struct _s_Partition p           = {.n_regions = 6, .n_buses = 140, .size = size, .rank = rank};

  (void)state;
  /* 40 -> 0; 30 -> 1; 30 -> 2; 20 -> 1 (30, the lowest of 30, 30); 10 -> 2 (30); 10 -> 0 (40, the lowest of 40, 50,
     40). */
  OK(PartitionAssignRanks(&p, 3));
  assert_memory_equal(rank, expected, sizeof rank);
  assert_true(PetscAbsReal(PartitionBalance(&p) - 50.0 * 3 / 140) < 1e-14);
}

/* Expects no partition and, as the only fault, one that contains `text` (and stands at `line`). */
static void ExpectFault(Network net, const char *spec, PetscInt line, const char *text)
{
  Faults      faults;
  Partition   p = (Partition)1;
  const char *found;
  PetscInt    at;

  OK(FaultsCreate(&faults));
  OK(PartitionCreate(PETSC_COMM_WORLD, net, spec, faults, &p));
  assert_null(p);
  assert_int_equal(FaultsErrorCount(faults), 1);
  OK(FaultsGet(faults, 0, NULL, NULL, &at, &found));
  if (!strstr(found, text)) fail_msg("found fault \"%s\", expected \"%s\"", found, text);
  assert_int_equal(at, line);
  OK(FaultsDestroy(&faults));
}

static void a_wish_that_cannot_be_met_is_a_fault(void **state)
{
  Network           net      = RandomNetwork(6, 3);
  const char *const label[6] = {"a", "a", "", "b", "b", "b"};

  (void)state;
  ExpectFault(net, "7", 0, "7 regions asked for, expected 1 to 6");
  ExpectFault(net, "0", 0, "0 regions asked for");
  ExpectFault(net, "-2", 0, "-2 regions asked for");
  ExpectFault(net, "nowhere", 0, "found regions \"nowhere\"");
  OK(NetworkAddBusColumn(net, "patchy", label));
  ExpectFault(net, "patchy", 0, "bus 16 has no label in column \"patchy\"");
  OK(NetworkDestroy(&net));
}

/* Writes a file on rank 0 that all ranks then read. */
static const char *WriteFile(const char *text)
{
  static char path[256];
  PetscMPIInt rank;
  int         process = (int)getpid();

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Bcast(&process, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  snprintf(path, sizeof path, "/tmp/archipelago_test_partition_%d.csv", process);
  if (rank == 0) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  return path;
}

static void RemoveFile(const char *path)
{
  PetscMPIInt rank;

  MPI_Barrier(PETSC_COMM_WORLD);
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) unlink(path);
}

static void a_file_gives_each_bus_its_region(void **state)
{
  Network        net       = RandomNetwork(4, 3);
  const PetscInt region[4] = {0, 1, 0, 1};
  const char    *path      = WriteFile("bus,region\n19,upper\n10,lower\n13,upper\n16,lower\n");
  Partition      p         = Cut(PETSC_COMM_WORLD, net, path);

  (void)state;
  assert_int_equal(p->n_regions, 2);
  assert_string_equal(p->name[0], "lower");
  assert_memory_equal(p->bus_region, region, sizeof region);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
  RemoveFile(path);
}

static void a_file_that_does_not_fit_is_a_fault_with_its_line(void **state)
{
  static const struct {
    const char *text;
    PetscInt    line;
    const char *fault;
  } wrong[] = {
      {"bus,region\n10,1\n13,1\n11,2\n16,2\n19,2\n", 4, "found bus 11, expected a bus of the network"},
      {"bus,region\n10,1\n13,1\n16,2\n13,2\n19,1\n", 5, "found bus 13 again, expected each bus once (first on line 3)"},
      {"bus,region\n10,1\n13,1\n19,2\n", 4, "without a region for 1 of 4 buses (the first is bus 16)"},
      {"bus,region\n10,1\n13,\n16,2\n19,2\n", 3, "found no region for bus 13"},
      {"bus,region\n10,1\n13,1\nx,2\n16,2\n19,2\n", 4, "expected"},
      {"bus,zone\n10,1\n", 1, "region"},
  };
  Network net = RandomNetwork(4, 3);

  (void)state;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    const char *path = WriteFile(wrong[k].text);
    ExpectFault(net, path, wrong[k].line, wrong[k].fault);
    RemoveFile(path);
  }
  ExpectFault(net, "/nonexistent/regions.csv", 0, "");
  OK(NetworkDestroy(&net));
}

static void the_view_names_regions_and_ties(void **state)
{
  Network           net      = RandomNetwork(4, 3);
  const char *const label[4] = {"hill", "hill", "dale", "dale"};
  Partition         p;
  char             *text   = NULL;
  size_t            size   = 0;
  FILE             *stream = open_memstream(&text, &size);

  (void)state;
  OK(NetworkAddBusColumn(net, "land", label));
  p = Cut(PETSC_COMM_WORLD, net, "land");
  OK(PartitionView(p, net, stream));
  fclose(stream);
  assert_non_null(strstr(text, "4 buses in 2 regions"));
  assert_non_null(strstr(text, "hill"));
  assert_non_null(strstr(text, "region dale"));
  free(text);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_bus_lies_in_one_connected_region_and_ties_join_two),
      cmocka_unit_test(the_cut_is_the_same_on_every_number_of_ranks),
      cmocka_unit_test(a_cut_is_balanced_and_cuts_few_lines),
      cmocka_unit_test(the_regions_networks_cover_the_network_once_and_each_tie_twice),
      cmocka_unit_test(one_region_is_the_network_itself),
      cmocka_unit_test(regions_by_column_are_numbered_by_first_appearance),
      cmocka_unit_test(ranks_are_filled_largest_region_first),
      cmocka_unit_test(a_wish_that_cannot_be_met_is_a_fault),
      cmocka_unit_test(a_file_gives_each_bus_its_region),
      cmocka_unit_test(a_file_that_does_not_fit_is_a_fault_with_its_line),
      cmocka_unit_test(the_view_names_regions_and_ties),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
