/* Covers of the ties, and the blocks that a cover leaves: the lightest cover, each element in one block, and balances
   that add up to those of the whole network. */
#include "partition/cover.h"
#include "partition/cover_graph.h"

#include "tests/partition/random_network.h"
#include "tests/support.h"

#include <complex.h>
#include <string.h>

#define OK(call) assert_int_equal(call, 0)

enum { MOST = 400 };

/* A graph of n vertices and n_edges random pairs, of two sides only if so wanted. */
static CoverGraph RandomGraph(PetscInt n, PetscInt n_edges, PetscBool two_sides, uint64_t *seed)
{
  PetscInt   ends[2 * MOST];
  CoverGraph g;

  for (PetscInt k = 0; k < n_edges; ++k) {
    const PetscInt half = n / 2;
    ends[2 * k]         = two_sides ? Random(seed, half) : Random(seed, n);
    ends[2 * k + 1]     = two_sides ? half + Random(seed, n - half) : (ends[2 * k] + 1 + Random(seed, n - 1)) % n;
  }
  OK(CoverGraphCreate(n, n_edges, ends, &g));
  for (PetscInt v = 0; v < n; ++v) g.weight[v] = 1;
  return g;
}

static PetscInt Weight(const CoverGraph *g, const PetscBool *in)
{
  PetscInt weight = 0;

  for (PetscInt v = 0; v < g->n; ++v) {
    PetscBool spare = PETSC_TRUE;
    weight += in[v] ? g->weight[v] : 0;
    for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
      assert_true(in[v] || in[g->neighbour[e]]);
      spare = (PetscBool)(spare && in[g->neighbour[e]]);
    }
    assert_false(in[v] && spare);
  }
  return weight;
}

/* Over all sets of vertices. */
static PetscInt LightestByTrial(const CoverGraph *g)
{
  PetscInt best = PETSC_MAX_INT;

  for (unsigned set = 0; set < 1u << g->n; ++set) {
    PetscInt weight = 0;
    for (PetscInt v = 0; v < g->n && weight < best; ++v) {
      if (set >> v & 1) {
        weight += g->weight[v];
        continue;
      }
      for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e)
        if (!(set >> g->neighbour[e] & 1)) weight = PETSC_MAX_INT;
    }
    best = PetscMin(best, weight);
  }
  return best;
}

static void no_cover_is_lighter(void **state)
{
  PetscBool in[16];
  uint64_t  seed = 20;

  (void)state;
  for (int trial = 0; trial < 300; ++trial) {
    const PetscInt n = 2 + Random(&seed, 11);
    CoverGraph     g = RandomGraph(n, Random(&seed, 2 * n + 1), (PetscBool)(trial % 3 == 0), &seed);
    for (PetscInt v = 0; v < n; ++v) g.weight[v] = trial % 2 ? 2 + 2 * Random(&seed, 2) : 4;
    OK(CoverGraphSolve(&g, COVER_EFFORT, in));
    assert_int_equal(Weight(&g, in), LightestByTrial(&g));
    OK(CoverGraphSolve(&g, 0, in));
    assert_true(Weight(&g, in) >= LightestByTrial(&g));
    OK(CoverGraphDestroy(&g));
  }
}

static PetscBool Match(const CoverGraph *g, PetscInt v, PetscInt *mate, PetscBool *seen)
{
  for (PetscInt e = g->start[v]; e < g->start[v + 1]; ++e) {
    const PetscInt u = g->neighbour[e];
    if (seen[u]) continue;
    seen[u] = PETSC_TRUE;
    if (mate[u] >= 0 && !Match(g, mate[u], mate, seen)) continue;
    mate[u] = v;
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Koenig's theorem. */
static void between_two_sides_the_cover_is_as_large_as_the_largest_matching(void **state)
{
  uint64_t seed = 77;

  (void)state;
  for (int trial = 0; trial < 20; ++trial) {
    const PetscInt n = 60 + Random(&seed, 100);
    CoverGraph     g = RandomGraph(n, n + Random(&seed, n), PETSC_TRUE, &seed);
    PetscBool      in[MOST], seen[MOST];
    PetscInt       mate[MOST], matching = 0;

    for (PetscInt v = 0; v < n; ++v) mate[v] = -1;
    for (PetscInt v = 0; v < n / 2; ++v) {
      memset(seen, 0, sizeof seen);
      matching += Match(&g, v, mate, seen);
    }
    OK(CoverGraphSolve(&g, COVER_EFFORT, in));
    assert_int_equal(Weight(&g, in), matching);
    OK(CoverGraphDestroy(&g));
  }
}

/* Regions by the order of the buses, not by a good cut: many ties. */
static Partition Stripes(Network net, PetscInt n_regions)
{
  char      **label;
  char        name[20][16];
  const char *text[MOST];
  Faults      faults;
  Partition   p;

  for (PetscInt r = 0; r < n_regions; ++r) snprintf(name[r], sizeof name[r], "r%d", (int)r);
  for (PetscInt i = 0; i < net->bus.n; ++i) text[i] = name[i * n_regions / net->bus.n];
  label = NetworkBusColumn(net, "stripe");
  assert_null(label);
  OK(NetworkAddBusColumn(net, "stripe", text));
  OK(FaultsCreate(&faults));
  OK(PartitionCreate(PETSC_COMM_SELF, net, "stripe", faults, &p));
  assert_non_null(p);
  OK(FaultsDestroy(&faults));
  return p;
}

static void CoverOf(Partition p, Network net, PetscBool *covered)
{
  PetscInt n, *cover;

  OK(PartitionCover(p, net, &n, &cover));
  memset(covered, 0, MOST * sizeof *covered);
  for (PetscInt k = 0; k < n; ++k) {
    assert_true(k == 0 || cover[k] > cover[k - 1]);
    covered[cover[k]] = PETSC_TRUE;
  }
  for (PetscInt k = 0; k < p->n_ties; ++k) assert_true(covered[p->tie[k].from] || covered[p->tie[k].to]);
  OK(PetscFree(cover));
}

static void energy_buses_are_covered_rather_than_electric_ones(void **state)
{
  Network           net;
  const char *const side[4] = {"a", "a", "b", "b"};
  Partition         p;
  Faults            faults;
  PetscInt          n, *cover;

  (void)state;
  /* A line 0-2 and converters 0-3 and 1-3: one electric bus stands for the line, and heat bus 3 for the second
     converter, which leaves the first to either. */
  OK(NetworkCreate(&net));
  OK(NetworkResizeBuses(net, 4));
  OK(NetworkResizeBranches(net, 1));
  OK(NetworkResizeLinks(net, 2));
  for (PetscInt i = 0; i < 4; ++i) net->bus.number[i] = i + 1;
  OK(NetworkSetString(&net->bus.carrier[3], "heat"));
  net->branch.from[0] = 0, net->branch.to[0] = 2, net->branch.x[0] = 0.1;
  net->link.from[0] = 0, net->link.to[0] = 3;
  net->link.from[1] = 1, net->link.to[1] = 3;
  OK(NetworkAddBusColumn(net, "side", side));
  OK(FaultsCreate(&faults));
  OK(PartitionCreate(PETSC_COMM_SELF, net, "side", faults, &p));
  OK(PartitionCover(p, net, &n, &cover));
  assert_int_equal(n, 2);
  assert_int_equal(cover[1], 3);
  assert_int_equal(PartitionBorderSize(p, net, n, cover, PETSC_TRUE), 5);
  assert_int_equal(PartitionBorderSize(p, net, n, cover, PETSC_FALSE), 3);
  OK(PetscFree(cover));
  OK(PartitionDestroy(&p));
  OK(FaultsDestroy(&faults));
  OK(NetworkDestroy(&net));
}

typedef double complex Complex;

/* Power that leaves each bus into branches, links, shunts and loads, less what generators and storage inject, into
   the sums at the buses of the whole network. Voltages are those of the whole network. Two-port as network.h has it. */
static void AddBalances(Network net, const PetscInt *bus, const Complex *voltage, Complex *sum)
{
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const BranchTable *b = &net->branch;
    const PetscInt     f = bus[b->from[k]], t = bus[b->to[k]];
    const Complex      y = 1 / (b->r[k] + I * b->x[k]), tap = b->tap[k] * cexp(I * b->shift_rad[k]);
    const Complex      vf = voltage[f] / tap, vt = voltage[t];
    if (!b->in_service[k]) continue;
    sum[f] += vf * conj(y * (vf - vt) + (b->g_from[k] + I * b->b_from[k]) * vf);
    sum[t] += vt * conj(y * (vt - vf) + (b->g_to[k] + I * b->b_to[k]) * vt);
  }
  for (PetscInt k = 0; k < net->link.n; ++k) {
    sum[bus[net->link.from[k]]] += net->link.p_mw[k] / net->base_mva;
    sum[bus[net->link.to[k]]] -= net->link.p_mw[k] * (1 - net->link.loss1[k]) / net->base_mva;
  }
  for (PetscInt k = 0; k < net->shunt.n; ++k) {
    const Complex v = voltage[bus[net->shunt.bus[k]]];
    sum[bus[net->shunt.bus[k]]] += v * conj(v * (net->shunt.g_mw[k] + I * net->shunt.b_mvar[k])) / net->base_mva;
  }
  for (PetscInt k = 0; k < net->load.n; ++k) sum[bus[net->load.bus[k]]] += net->load.p_mw[k] / net->base_mva;
  for (PetscInt k = 0; k < net->generator.n; ++k)
    sum[bus[net->generator.bus[k]]] -= net->generator.p_mw[k] / net->base_mva;
  for (PetscInt k = 0; k < net->storage.n; ++k)
    sum[bus[net->storage.bus[k]]] -= net->storage.p_discharge_max_mw[k] / net->base_mva;
}

static PetscReal Uniform(uint64_t *seed, PetscReal low, PetscReal high)
{
  return low + (high - low) * (PetscReal)Random(seed, 1000000) / 1e6;
}

/* What RandomNetwork leaves at its neutral values. */
static void Vary(Network net, uint64_t *seed)
{
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    net->branch.tap[k]       = Uniform(seed, 0.9, 1.1);
    net->branch.shift_rad[k] = Uniform(seed, -0.2, 0.2);
    net->branch.g_from[k]    = Uniform(seed, 0, 0.01);
    net->branch.b_from[k]    = Uniform(seed, 0, 0.1);
    net->branch.g_to[k]      = Uniform(seed, 0, 0.01);
    net->branch.b_to[k]      = Uniform(seed, 0, 0.1);
  }
  for (PetscInt k = 0; k < net->link.n; ++k)
    net->link.p_mw[k] = Uniform(seed, -100, 100), net->link.loss1[k] = Uniform(seed, 0, 0.1);
  for (PetscInt k = 0; k < net->shunt.n; ++k) net->shunt.g_mw[k] = 1, net->shunt.b_mvar[k] = Uniform(seed, -20, 20);
  for (PetscInt k = 0; k < net->generator.n; ++k) net->generator.p_mw[k] = Uniform(seed, 0, 50);
  for (PetscInt k = 0; k < net->storage.n; ++k) net->storage.p_discharge_max_mw[k] = Uniform(seed, 0, 50);
}

typedef struct {
  PetscInt branch[MOST], generator[MOST], load[MOST], shunt[MOST], link[MOST], storage[MOST];
} Counts;

static void CountRows(PetscInt n, const PetscInt *row, PetscInt *count)
{
  for (PetscInt k = 0; k < n; ++k) ++count[row[k]];
}

static void CheckBlock(const RegionNetwork *part, Network net, Partition p, const PetscBool *covered, Counts *c)
{
  const Network own = part->net;

  assert_int_equal(part->n_own, p->size[part->region]);
  for (PetscInt i = 0; i < own->bus.n; ++i) {
    const PetscInt row = part->bus[i];
    assert_int_equal(part->external[i], p->bus_region[row] != part->region);
    assert_int_equal(part->external[i], i >= part->n_own);
    assert_int_equal(own->bus.type[i], net->bus.type[row]);
    assert_true(own->bus.vm_max_pu[i] == net->bus.vm_max_pu[row] && own->bus.base_kv[i] == net->bus.base_kv[row]);
    assert_true(!part->external[i] || covered[row]);
  }
  for (PetscInt k = 0; k < own->load.n; ++k) assert_false(part->external[own->load.bus[k]]);
  for (PetscInt k = 0; k < own->generator.n; ++k) assert_false(part->external[own->generator.bus[k]]);
  for (PetscInt k = 0; k < own->shunt.n; ++k) assert_false(part->external[own->shunt.bus[k]]);
  for (PetscInt k = 0; k < own->storage.n; ++k) assert_false(part->external[own->storage.bus[k]]);
  CountRows(own->branch.n, part->branch, c->branch);
  CountRows(own->generator.n, part->generator, c->generator);
  CountRows(own->load.n, part->load, c->load);
  CountRows(own->shunt.n, part->shunt, c->shunt);
  CountRows(own->link.n, part->link, c->link);
  CountRows(own->storage.n, part->storage, c->storage);
}

static void CheckOnce(PetscInt n, const PetscInt *count)
{
  for (PetscInt k = 0; k < n; ++k) assert_int_equal(count[k], 1);
}

static void CheckCounts(Network net, Partition p, const Counts *c)
{
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const PetscBool joins = (PetscBool)(p->bus_region[net->branch.from[k]] != p->bus_region[net->branch.to[k]]);
    assert_int_equal(c->branch[k], !joins || net->branch.in_service[k] ? 1 : 0);
  }
  CheckOnce(net->generator.n, c->generator);
  CheckOnce(net->load.n, c->load);
  CheckOnce(net->shunt.n, c->shunt);
  CheckOnce(net->link.n, c->link);
  CheckOnce(net->storage.n, c->storage);
}

static void each_element_stands_in_one_block_and_balances_add_up(void **state)
{
  static const PetscInt identity_size = MOST;
  PetscInt              identity[MOST];

  (void)state;
  for (PetscInt i = 0; i < identity_size; ++i) identity[i] = i;
  for (uint64_t trial = 1; trial <= 6; ++trial) {
    uint64_t  seed = trial * 12345;
    Network   net  = RandomNetwork(30 + 20 * (PetscInt)trial, trial * 331);
    Partition p    = Stripes(net, 1 + (PetscInt)trial);
    PetscBool covered[MOST];
    Complex   voltage[MOST], whole[MOST] = {0}, sum[MOST] = {0};
    Counts   *c = calloc(1, sizeof *c);

    Vary(net, &seed);
    for (PetscInt i = 0; i < net->bus.n; ++i)
      voltage[i] = Uniform(&seed, 0.9, 1.1) * cexp(I * Uniform(&seed, -0.5, 0.5));
    CoverOf(p, net, covered);
    AddBalances(net, identity, voltage, whole);
    for (PetscInt r = 0; r < p->n_regions; ++r) {
      RegionNetwork *part;
      OK(BlockNetworkCreate(net, p, covered, r, &part));
      CheckBlock(part, net, p, covered, c);
      AddBalances(part->net, part->bus, voltage, sum);
      OK(RegionNetworkDestroy(&part));
    }
    CheckCounts(net, p, c);
    for (PetscInt i = 0; i < net->bus.n; ++i) {
      /* ties out of service are in no block, and carry nothing */
      assert_true(cabs(whole[i] - sum[i]) <= 1e-12 * (1 + cabs(whole[i])));
    }
    free(c);
    OK(PartitionDestroy(&p));
    OK(NetworkDestroy(&net));
  }
}

static void marks_that_miss_a_tie_are_refused(void **state)
{
  Network        net           = RandomNetwork(20, 9);
  Partition      p             = Stripes(net, 3);
  PetscBool      covered[MOST] = {PETSC_FALSE};
  RegionNetwork *part          = NULL;

  (void)state;
  assert_true(p->n_ties > 0);
  OK(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  assert_int_not_equal(BlockNetworkCreate(net, p, covered, 0, &part), 0);
  OK(PetscPopErrorHandler());
  assert_null(part);
  OK(PartitionDestroy(&p));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_cover_is_lighter),
      cmocka_unit_test(between_two_sides_the_cover_is_as_large_as_the_largest_matching),
      cmocka_unit_test(energy_buses_are_covered_rather_than_electric_ones),
      cmocka_unit_test(each_element_stands_in_one_block_and_balances_add_up),
      cmocka_unit_test(marks_that_miss_a_tie_are_refused),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
