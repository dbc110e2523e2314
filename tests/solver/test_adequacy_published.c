/* The outage table and the simulation against published indices. */
#include "tests/solver/adequacy_support.h"

static void Expect(OutageTable table, int n, const PetscReal *load, int every, PetscReal *times, PetscReal *energy)
{
  *times = *energy = 0;
  for (int k = 0; k < n; k += every) {
    PetscReal peak = 0, probability, expectation;
    for (int h = k; h < k + every; h++) peak = PetscMax(peak, load[h]);
    OutageTableLack(table, peak, &probability, &expectation);
    *times += probability;
    *energy += expectation;
  }
}

/* 9.394 h and 1176 MWh a year by hours, 1.369 days a year by daily peaks: Allan, Billinton, Abdel-Gawad, "The IEEE Reliability Test
   System: extensions to and evaluation of the generating system", IEEE Trans. Power Systems 1(4), 1986. */
static void the_reliability_test_system_has_its_published_indices(void **state)
{
  static PetscReal load[RTS_HOURS];
  AdequacyUnit     unit[RTS_UNITS];
  PetscReal        capacity[RTS_UNITS], out[RTS_UNITS], times, energy;
  OutageTable      table = NULL;

  (void)state;
  RtsLoad(2850, load);
  RtsUnits(unit);
  for (int k = 0; k < RTS_UNITS; k++) {
    capacity[k] = unit[k].capacity;
    out[k]      = unit[k].mttr / (unit[k].mttf + unit[k].mttr);
  }
  OK(OutageTableCreate(RTS_UNITS, capacity, out, 0, &table));
  assert_true(OutageTableStep(table) == 1);
  Expect(table, RTS_HOURS, load, 1, &times, &energy);
  printf("RTS: %.5f h, %.2f MWh\n", times, energy);
  Near(times, 9.394, 5e-4);
  Near(energy, 1176, 0.5);
  Expect(table, RTS_HOURS, load, 24, &times, &energy);
  Near(times, 1.369, 5e-4);
  OK(OutageTableDestroy(&table));
}

/* 1.09 h and 9.86 MWh a year by hours, 0.147 days by daily peaks: Billinton and others, "A reliability test system for educational
   purposes: basic data" and "basic results", IEEE Trans. Power Systems 4(3), 1989, and 5(1), 1990. 185 MW peak, 240 MW installed. */
static void the_educational_test_system_has_its_published_indices(void **state)
{
  static const PetscReal capacity[] = {5, 5, 10, 20, 20, 20, 20, 20, 40, 40, 40};
  static const PetscReal out[]      = {0.01, 0.01, 0.02, 0.015, 0.015, 0.015, 0.015, 0.025, 0.02, 0.03, 0.03};
  static PetscReal       load[RTS_HOURS];
  PetscReal              times, energy;
  OutageTable            table = NULL;

  (void)state;
  RtsLoad(185, load);
  OK(OutageTableCreate(11, capacity, out, 0, &table));
  Expect(table, RTS_HOURS, load, 1, &times, &energy);
  printf("RBTS: %.5f h, %.4f MWh\n", times, energy);
  Near(times, 1.09, 5e-3);
  Near(energy, 9.86, 5e-3);
  Expect(table, RTS_HOURS, load, 24, &times, &energy);
  Near(times, 0.147, 5e-4);
  OK(OutageTableDestroy(&table));
}

static void simulation_agrees_with_the_published_indices(void **state)
{
  static PetscReal load[RTS_HOURS];
  AdequacyUnit     unit[RTS_UNITS];
  AdequacyModel    model  = {.regions = 1, .hours = RTS_HOURS, .demand = load, .n_units = RTS_UNITS, .unit = unit};
  AdequacyResult   result = NULL;

  (void)state;
  RtsLoad(2850, load);
  RtsUnits(unit);
  for (long long seed = 1; seed <= 3; seed++) {
    OK(AdequacySimulate(PETSC_COMM_SELF, &model, 1500, seed, &result));
    const AdequacyIndices *index = &result->index[0];
    printf("seed %lld: %.3f +- %.3f h, %.1f +- %.1f MWh, %.3f spells of %.2f h\n", seed, index->lolh.value,
           index->lolh.error, index->eens.value, index->eens.error, index->events.value, index->duration.value);
    Agrees(index->lolh, 9.394, 3);
    Agrees(index->eens, 1176, 3);
    assert_true(index->analytic);
    Near(index->analytic_lolh, 9.394, 5e-4);
    Near(index->analytic_eens, 1176, 0.5);
    OK(AdequacyResultDestroy(&result));
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_reliability_test_system_has_its_published_indices),
      cmocka_unit_test(the_educational_test_system_has_its_published_indices),
      cmocka_unit_test(simulation_agrees_with_the_published_indices),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
