/* Partitions of published grids: areas, given files, and what the automatic cut makes of them. */
#include "partition/cover.h"

#include "inputs/reader.h"
#include "tests/support.h"

#include <string.h>

#define OK(call) assert_int_equal(call, 0)

static Network Matpower(const char *file)
{
  const char *path = SharedData(file);
  Faults      faults;
  Network     net = NULL;

  if (!path) skip();
  OK(FaultsCreate(&faults));
  OK(NetworkReadMatpower(PETSC_COMM_WORLD, path, faults, &net));
  if (!net) OK(FaultsView(faults, stderr));
  assert_non_null(net);
  OK(FaultsDestroy(&faults));
  return net;
}

static Partition Cut(Network net, const char *spec)
{
  Faults    faults;
  Partition p;

  OK(FaultsCreate(&faults));
  OK(PartitionCreate(PETSC_COMM_WORLD, net, spec, faults, &p));
  OK(FaultsView(faults, stderr));
  assert_non_null(p);
  OK(FaultsDestroy(&faults));
  return p;
}

static PetscInt CountLinks(Partition p)
{
  PetscInt n = 0;

  for (PetscInt k = 0; k < p->n_ties; ++k) n += p->tie[k].is_link;
  return n;
}

static void the_three_areas_have_24_24_and_25_buses(void **state)
{
  static const struct {
    const char *file;
    PetscInt    ties, links;
  } grid[]               = {{"pglib/pglib_opf_case73_ieee_rts.m", 5, 0}, {"rts-gmlc/RTS_GMLC.m", 6, 1}};
  const PetscInt size[3] = {24, 24, 25};

  (void)state;
  for (size_t k = 0; k < sizeof grid / sizeof *grid; ++k) {
    Network   net = Matpower(grid[k].file);
    Partition p   = Cut(net, "area");
    assert_int_equal(p->n_regions, 3);
    assert_memory_equal(p->size, size, sizeof size);
    assert_int_equal(p->n_ties, grid[k].ties);
    assert_int_equal(CountLinks(p), grid[k].links);
    OK(PartitionDestroy(&p));
    OK(NetworkDestroy(&net));
  }
}

/* The three areas are joined by few lines: whoever cuts into three should find them. */
static void the_cut_into_three_finds_the_areas(void **state)
{
  Network   net  = Matpower("rts-gmlc/RTS_GMLC.m");
  Partition area = Cut(net, "area"), three = Cut(net, "3");

  (void)state;
  assert_memory_equal(area->bus_region, three->bus_region, (size_t)net->bus.n * sizeof(PetscInt));
  OK(PartitionDestroy(&area));
  OK(PartitionDestroy(&three));
  OK(NetworkDestroy(&net));
}

static void a_region_sees_its_links_and_only_one_reference(void **state)
{
  Network   net        = Matpower("rts-gmlc/RTS_GMLC.m");
  Partition p          = Cut(net, "area");
  PetscInt  references = 0, links = 0;

  (void)state;
  for (PetscInt r = 0; r < 3; ++r) {
    RegionNetwork *part;
    OK(RegionNetworkCreate(net, p, r, &part));
    for (PetscInt i = 0; i < part->net->bus.n; ++i) references += part->net->bus.type[i] == BUS_REF;
    links += part->net->link.n;
    OK(RegionNetworkDestroy(&part));
  }
  assert_int_equal(references, 1);
  assert_int_equal(links, 2);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

static PetscInt BorderSize(Partition p, Network net)
{
  PetscInt n, size, *cover;

  OK(PartitionCover(p, net, &n, &cover));
  size = PartitionBorderSize(p, net, n, cover, PETSC_TRUE);
  OK(PetscFree(cover));
  return size;
}

/* Regions made by METIS from unit weights: the automatic cut has no larger border, severs about as few lines, and no
   region exceeds the mean by more than a fifth. */
static void the_automatic_cut_is_no_worse_than_the_given_partitions(void **state)
{
  static const struct {
    const char *file, *given, *count;
    PetscInt    n;
  } cut[] = {
      {"pglib/pglib_opf_case118_ieee.m", "partitions/118_ieee-4.csv", "4", 4},
      {"pglib/pglib_opf_case118_ieee.m", "partitions/118_ieee-8.csv", "8", 8},
      {"pglib/pglib_opf_case300_ieee.m", "partitions/300_ieee-4.csv", "4", 4},
      {"pglib/pglib_opf_case300_ieee.m", "partitions/300_ieee-8.csv", "8", 8},
      {"pglib/pglib_opf_case1354_pegase.m", "partitions/1354_pegase-4.csv", "4", 4},
      {"pglib/pglib_opf_case1354_pegase.m", "partitions/1354_pegase-8.csv", "8", 8},
      {"pglib/pglib_opf_case2869_pegase.m", "partitions/2869_pegase-8.csv", "8", 8},
  };

  (void)state;
  for (size_t k = 0; k < sizeof cut / sizeof *cut; ++k) {
    Network        net   = Matpower(cut[k].file);
    Partition      given = Cut(net, SharedData(cut[k].given)), own = Cut(net, cut[k].count);
    const PetscInt limit = (PetscInt)PetscFloorReal(1.2 * (PetscReal)net->bus.n / (PetscReal)cut[k].n);

    assert_int_equal(given->n_regions, cut[k].n);
    assert_int_equal(own->n_regions, cut[k].n);
    assert_true(BorderSize(own, net) <= BorderSize(given, net));
    assert_true(10 * own->n_ties <= 14 * given->n_ties);
    for (PetscInt r = 0; r < own->n_regions; ++r) assert_in_range(own->size[r], 1, limit);
    OK(PartitionDestroy(&given));
    OK(PartitionDestroy(&own));
    OK(NetworkDestroy(&net));
  }
}

/* Borders of a bordered interior point that an experiment with METIS needed, in unknowns. */
static void borders_are_no_larger_than_an_experiment_had_them(void **state)
{
  static const struct {
    const char *file;
    PetscInt    size[4]; /* 2, 4, 8 and 16 regions */
  } found[] = {
      {"pglib/pglib_opf_case118_ieee.m", {21, 45, 80, 113}},
      {"pglib/pglib_opf_case300_ieee.m", {28, 60, 84, 152}},
      {"pglib/pglib_opf_case1354_pegase.m", {52, 92, 160, 288}},
      {"pglib/pglib_opf_case2869_pegase.m", {44, 140, 392, 360}},
  };
  static const char *const count[4] = {"2", "4", "8", "16"};

  (void)state;
  for (size_t k = 0; k < sizeof found / sizeof *found; ++k) {
    Network net = Matpower(found[k].file);
    for (int c = 0; c < 4; ++c) {
      Partition p = Cut(net, count[c]);
      assert_true(BorderSize(p, net) <= found[k].size[c]);
      OK(PartitionDestroy(&p));
    }
    OK(NetworkDestroy(&net));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_three_areas_have_24_24_and_25_buses),
      cmocka_unit_test(the_cut_into_three_finds_the_areas),
      cmocka_unit_test(a_region_sees_its_links_and_only_one_reference),
      cmocka_unit_test(borders_are_no_larger_than_an_experiment_had_them),
      cmocka_unit_test(the_automatic_cut_is_no_worse_than_the_given_partitions),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
