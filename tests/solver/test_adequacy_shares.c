/* Properties of what adequacy is made of, over random cases: the table against all states, shortages shared over ties, and the same bytes
   on any number of ranks. */
#include "solver/max_flow.h"
#include "tests/solver/adequacy_support.h"

static MPI_Comm world;

static PetscReal Uniform(AdequacyStream *stream, PetscReal low, PetscReal high)
{
  return low + (high - low) * AdequacyDraw(stream);
}

static void the_table_agrees_with_all_states(void **state)
{
  enum { UNITS = 11 };
  (void)state;
  for (int round = 0; round < 20; round++) {
    AdequacyStream random = AdequacyStreamOf(round, "table", 0);
    PetscReal      capacity[UNITS], out[UNITS], total = 0;
    OutageTable    table = NULL;
    for (int k = 0; k < UNITS; k++) {
      capacity[k] = PetscFloorReal(Uniform(&random, 1, 400)) / (round % 2 ? 10 : 1);
      out[k]      = Uniform(&random, 0, 0.3);
      total += capacity[k];
    }
    OK(OutageTableCreate(UNITS, capacity, out, 0, &table));
    Near(OutageTableStep(table), round % 2 ? 0.1 : 1, 1e-12);
    for (int trial = 0; trial < 10; trial++) {
      const PetscReal load        = trial == 0 ? total : trial == 1 ? total + 10 : Uniform(&random, 0, total);
      PetscReal       probability = 0, expectation = 0, p, e;
      for (unsigned s = 0; s < 1u << UNITS; s++) {
        PetscReal chance = 1, available = 0;
        for (int k = 0; k < UNITS; k++) {
          chance *= s >> k & 1 ? out[k] : 1 - out[k];
          available += s >> k & 1 ? 0 : capacity[k];
        }
        if (available < load - 1e-6) {
          probability += chance;
          expectation += chance * (load - available);
        }
      }
      OutageTableLack(table, load, &p, &e);
      Near(p, probability, 1e-12);
      Near(e, expectation, 1e-9);
    }
    OK(OutageTableDestroy(&table));
  }
}

/* Capacities between two amounts keep their means, and the step chosen for many odd ones is fine enough. */
static void the_table_keeps_means_between_amounts(void **state)
{
  const PetscReal capacity[] = {PETSC_PI, 10 * PETSC_SQRT2, 7.77777}, out[] = {0.1, 0.2, 0.05};
  OutageTable     table = NULL;

  (void)state;
  for (PetscReal step = 0; step < 3; step += 1.25) {
    PetscReal mean = 0, total = 0, p, e;
    OK(OutageTableCreate(3, capacity, out, step, &table));
    for (int k = 0; k < 3; k++) {
      mean += capacity[k] * out[k];
      total += capacity[k];
    }
    OutageTableLack(table, total, &p, &e);
    Near(e, mean, 1e-9);
    Near(p, 1 - 0.9 * 0.8 * 0.95, step > 0 ? 1 : 1e-9);
    OutageTableLack(table, total + 5, &p, &e);
    Near(e, mean + 5, 1e-9);
    Near(p, 1, 1e-12);
    OutageTableLack(table, 0, &p, &e);
    assert_true(p == 0 && e == 0);
    OK(OutageTableDestroy(&table));
  }
}

enum { REGIONS = 7, TIES = 9 };

typedef struct {
  PetscReal   supply[REGIONS], demand[REGIONS], lack[REGIONS], served[REGIONS], capacity[TIES];
  PetscInt    from[TIES], to[TIES];
  AdequacyTie tie[TIES];
} Hour;

static void RandomHour(int round, Hour *hour)
{
  AdequacyStream random = AdequacyStreamOf(round, "hour", 1);
  for (int i = 0; i < REGIONS; i++) {
    const PetscReal balance = PetscFloorReal(Uniform(&random, -50, 25));
    hour->demand[i]         = PetscFloorReal(Uniform(&random, 50, 100));
    hour->supply[i]         = PetscMax(0, balance);
    hour->lack[i]           = PetscMax(0, -balance);
  }
  for (int k = 0; k < TIES; k++) {
    hour->from[k]     = (PetscInt)(Uniform(&random, 0, 0.999) * REGIONS);
    hour->to[k]       = (hour->from[k] + 1 + (PetscInt)(Uniform(&random, 0, 0.999) * (REGIONS - 1))) % REGIONS;
    hour->capacity[k] = PetscFloorReal(Uniform(&random, 0, 30));
    hour->tie[k] =
        (AdequacyTie){"t", hour->from[k], hour->to[k], hour->capacity[k], hour->capacity[k], PETSC_INFINITY, 0};
  }
}

static PetscReal Reaches(const Hour *hour, const PetscReal *wanted)
{
  PetscBool cut[REGIONS];
  PetscReal flow;
  OK(MaxFlow(REGIONS, hour->supply, wanted, TIES, hour->from, hour->to, hour->capacity, &flow, cut));
  return flow;
}

/* The total is that of an independent maximum flow; and no region could be given more at the cost of one that sheds a smaller share. */
static void shortages_are_shared_as_evenly_as_ties_allow(void **state)
{
  int uneven = 0;

  (void)state;
  for (int round = 0; round < 2000; round++) {
    Hour          hour;
    AdequacyFlow  flow;
    AdequacyModel model = {.regions = REGIONS, .n_ties = TIES, .tie = hour.tie};
    PetscReal     shed[REGIONS], all = 0;
    RandomHour(round, &hour);
    OK(AdequacyFlowCreate(&model, &flow));
    memcpy(shed, hour.lack, sizeof shed);
    AdequacyFlowShare(&flow, hour.supply, hour.demand, shed);
    for (int i = 0; i < REGIONS; i++) {
      assert_true(shed[i] >= 0 && shed[i] <= hour.lack[i]);
      hour.served[i] = hour.lack[i] - shed[i];
      all += hour.served[i];
    }
    Near(all, Reaches(&hour, hour.lack), 1e-6);
    Near(Reaches(&hour, hour.served), all, 1e-6);
    for (int i = 0; i < REGIONS; i++)
      for (int j = 0; j < REGIONS; j++) {
        const PetscReal apart = shed[i] / hour.demand[i] - shed[j] / hour.demand[j], some = 1e-3;
        PetscReal       moved[REGIONS];
        if (apart < 1e-4 || hour.served[j] < some) continue;
        uneven++;
        memcpy(moved, hour.served, sizeof moved);
        moved[i] += some;
        moved[j] -= some;
        if (Reaches(&hour, moved) > all - 0.1 * some) fail_msg("round %d: %d sheds for %d without need", round, i, j);
      }
    OK(AdequacyFlowDestroy(&flow));
  }
  assert_true(uneven > 1000); /* ties did bind */
}

/* A system of three regions with all that there is, on 1, 2, 3 and 4 ranks. */
static void the_same_bytes_on_any_number_of_ranks(void **state)
{
  enum { HOURS = 2000, R = 3 };
  static PetscReal   demand[HOURS * R], variable[HOURS * R], inflow[HOURS];
  const AdequacyUnit unit[] = {{"a", 0, 60, 300, 40, NULL}, {"b", 1, 70, 200, 30, NULL}, {"c", 2, 80, 100, 20, NULL}};
  const AdequacyStorage storage[] = {{"x", 0, 20, 30, 90, 40, 0.9, 0.9, 0.001, NULL, 500, 50},
                                     {"y", 2, 20, 30, 60, 60, 0.8, 0.9, 0, inflow, PETSC_INFINITY, 0}};
  const AdequacyTie     tie[]     = {{"t", 0, 1, 20, 10, 400, 20}, {"u", 1, 2, 15, 15, PETSC_INFINITY, 0}};
  AdequacyModel         model     = {.regions       = R,
                                     .hours         = HOURS,
                                     .demand        = demand,
                                     .variable      = variable,
                                     .n_units       = 3,
                                     .unit          = unit,
                                     .n_storages    = 2,
                                     .storage       = storage,
                                     .n_ties        = 2,
                                     .tie           = tie,
                                     .share_storage = PETSC_TRUE};
  AdequacyResult        one       = NULL;
  PetscMPIInt           size, rank;

  (void)state;
  for (int h = 0; h < HOURS; h++) {
    inflow[h] = h % 5;
    for (int r = 0; r < R; r++) {
      demand[h * R + r]   = 50 + 10 * r + 15 * PetscSinReal(h * 0.26 + r);
      variable[h * R + r] = 10 + 10 * PetscSinReal(h * 0.1 - r);
    }
  }
  MPI_Comm_size(world, &size);
  MPI_Comm_rank(world, &rank);
  OK(AdequacySimulate(PETSC_COMM_SELF, &model, 30, 5, &one));
  assert_true(one->index[R].eens.value > 0 && one->index[0].eens.value > 0 &&
              one->index[0].eens.value < one->index[R].eens.value);
  for (int ranks = 1; ranks <= size; ranks++) {
    MPI_Comm comm;
    MPI_Comm_split(world, rank < ranks ? 0 : MPI_UNDEFINED, rank, &comm);
    if (comm == MPI_COMM_NULL) continue;
    AdequacyResult many = NULL;
    OK(AdequacySimulate(comm, &model, 30, 5, &many));
    assert_memory_equal(one->index, many->index, (R + 1) * sizeof *one->index);
    OK(AdequacyResultDestroy(&many));
    MPI_Comm_free(&comm);
  }
  OK(AdequacyResultDestroy(&one));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_agrees_with_all_states),
      cmocka_unit_test(the_table_keeps_means_between_amounts),
      cmocka_unit_test(shortages_are_shared_as_evenly_as_ties_allow),
      cmocka_unit_test(the_same_bytes_on_any_number_of_ranks),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  world  = PETSC_COMM_WORLD;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
