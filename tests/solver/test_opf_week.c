/* A week of the RTS-GMLC system in one problem: 168 hours, three areas, storage and hydro. */
#include "inputs/rts_gmlc.h"

#include "tests/solver/model_support.h"

#define WEEK 168

static Network ReadWeek(PetscInt hours)
{
  const char *path = SharedData("rts-gmlc");
  Faults      faults;
  Network     net;

  if (!path) return NULL;
  OK(FaultsCreate(&faults));
  OK(NetworkReadRtsGmlc(PETSC_COMM_SELF, path, 1593561600, hours, faults, &net)); /* 2020-07-01T00:00:00Z */
  if (!net) (void)FaultsView(faults, stdout);
  assert_non_null(net);
  OK(FaultsDestroy(&faults));
  return net;
}

/* The best week costs no more than its first day and the six others after it, each planned on its own from where the day before
   left the stores, for ramps over midnight apart that is one plan of the week. */
static void a_week_in_one_problem_is_solved_and_beats_its_days(void **state)
{
  Network         net = ReadWeek(WEEK);
  OpfModelOptions options;
  Solution        s;
  PetscReal      *energy, days = 0;

  (void)state;
  if (!net) skip();
  options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  assert_int_equal(options.hours, WEEK);
  for (PetscInt g = 0; g < net->generator.n; g++) net->generator.ramp_mw_per_h[g] = INFINITY;
  for (PetscInt k = 0; k < net->storage.n; k++) {
    net->storage.cyclic[k]          = PETSC_FALSE;
    net->storage.e_final_min_mwh[k] = NAN;
  }
  OK(PetscMalloc1(net->storage.n, &energy));
  OK(PetscArraycpy(energy, net->storage.e_initial_mwh, net->storage.n));
  SolveFeasible(net, &options, &s);
  print_message("week: %d variables, %d rows, %d iterations, %.1f s\n", (int)OpfModelProgram(s.model)->n,
                (int)OpfModelProgram(s.model)->m, (int)s.result.iterations, (double)s.result.seconds);
  const PetscReal week = s.cost;
  SolutionDestroy(&s);
  for (int day = 0; day < 7; day++) {
    options.hours          = 24;
    options.first_snapshot = 24 * day;
    options.initial_energy = energy;
    SolveFeasible(net, &options, &s);
    days += s.cost;
    OK(PetscArraycpy(energy, s.d->storage_energy + 23 * net->storage.n, net->storage.n));
    SolutionDestroy(&s);
  }
  print_message("week %.2f, its days %.2f\n", (double)week, (double)days);
  assert_true(week <= days * (1 + 1e-7));
  assert_true(week > 0.9 * days);
  OK(PetscFree(energy));
  OK(NetworkDestroy(&net));
}

/* With ramps, cycles and given ends as the data have them. */
static void a_week_with_its_ramps_and_ends_is_solved(void **state)
{
  Network         net = ReadWeek(WEEK);
  OpfModelOptions options;
  Solution        s;

  (void)state;
  if (!net) skip();
  options = ModelOptions(net, PHYSICS_DC_REACTANCE);
  SolveFeasible(net, &options, &s);
  print_message("week with ramps: %d variables, %d rows, %d iterations, %.1f s\n", (int)OpfModelProgram(s.model)->n,
                (int)OpfModelProgram(s.model)->m, (int)s.result.iterations, (double)s.result.seconds);
  SolutionDestroy(&s);
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_week_in_one_problem_is_solved_and_beats_its_days),
      cmocka_unit_test(a_week_with_its_ramps_and_ends_is_solved),
  };
  return RunTests(argc, argv, tests, PETSC_STATIC_ARRAY_LENGTH(tests));
}
