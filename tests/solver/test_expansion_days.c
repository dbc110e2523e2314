/* Representative days with storage that is linked from day to day, solved by hand. */
#include "solver/expansion_impl.h"
#include "tests/solver/plan_support.h"

/* A year of three days of two hours: the first two run alike. Power costs 1 in them and 100 in the third; 1 MW is demanded
   throughout. */
static void Year(const char *storage, const char *days)
{
  PlanFile("buses.csv", "name,carrier\nb,AC\n");
  PlanFile("carriers.csv", "name,co2_emissions\nAC,0\ngas,0.2\nbattery,0\n");
  PlanFile("snapshots.csv", "snapshot,objective,stores,generators\n0,2,1,2\n1,2,1,2\n2,1,1,1\n3,1,1,1\n");
  PlanFile("representative_days.csv", days);
  PlanFile("generators.csv", "name,bus,carrier,p_nom\ng,b,gas,100\n");
  PlanFile("generators-marginal_cost.csv", "snapshot,g\n0,1\n1,1\n2,100\n3,100\n");
  PlanFile("storage_units.csv", storage);
  PlanFile("loads.csv", "name,bus,p_set\nl,b,1\n");
}

#define DAYS "period,day,representative\n,0,0\n,1,0\n,2,1\n"
#define UNIT "name,bus,carrier,p_nom,max_hours,cyclic_state_of_charge,standing_loss\n"

/* Each of the two days stores 1 MWh for the third: (2 + 1) x 1 twice. Storage of 1.5 MWh takes 0.75 MWh from each, and 0.5 MWh
   are bought at 100. */
static void test_storage_carries_energy_between_days(void **state)
{
  Plan   plan;
  double level[4];
  (void)state;
  PlanBegin(&plan);
  Year(UNIT "s,b,battery,10,10,True,0\n", DAYS);
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 6);
  for (int t = 0; t < 4; t++) level[t] = PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", t);
  NEAR(level[1] - level[3], 1); /* how full it is besides is nobody's concern */
  NEAR(level[2] - level[3], 1);
  PlanEnd(&plan);
  PlanBegin(&plan);
  Year(UNIT "s,b,battery,1.5,1,True,0\n", DAYS);
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 2 * 2.75 + 50);
  PlanEnd(&plan);
}

/* A tenth is lost each hour. c stored in the second hour of both days is 0.81 c + c when the third begins, of which the
   first hour has 0.9: 1.629 c - 1, then 0.9 (1.629 c - 1) - 1 = 0. */
static void test_standing_loss_is_that_of_all_hours(void **state)
{
  const double c = (1 + 1 / 0.9) / 1.629;
  Plan         plan;
  (void)state;
  PlanBegin(&plan);
  Year(UNIT "s,b,battery,10,10,True,0.1\n", DAYS);
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 2 * (2 + c));
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 0), 0);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 1), c);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 2), 1.629 * c - 1);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 3), 0);
  PlanEnd(&plan);
}

/* The dear day comes between the cheap ones: the year is a cycle, so the last day's energy is there when the first begins, and
   both cheap days give 1 MWh each as before. A store that begins empty has that of the first day only. */
static void test_the_year_is_a_cycle_unless_storage_begins_somewhere(void **state)
{
  static const char *const between = "period,day,representative\n,0,0\n,1,1\n,2,0\n";
  Plan                     plan;
  (void)state;
  for (int k = 0; k < 2; k++) {
    PlanBegin(&plan);
    Year(k ? UNIT "s,b,battery,10,10,False,0\n" : UNIT "s,b,battery,10,10,True,0\n", between);
    PlanRead(&plan, NULL);
    PlanSolve(&plan);
    /* from the first day alone: 2 MWh of the day that is run twice, of which the second is of no use */
    NEAR(plan.result.objective, k ? 2 * 4 : 6);
    PlanEnd(&plan);
  }
}

/* A store of hydrogen behind links, and a planned capacity: 1 MWh is carried from each cheap day and the level swings by 2 MWh,
   which cost 3 each: 6 + 6. */
static void test_planned_stores_hold_the_highest_level(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  Year(UNIT, DAYS);
  PlanFile("buses.csv", "name,carrier\nb,AC\nh,H2\n");
  PlanFile("carriers.csv", "name,co2_emissions\nAC,0\ngas,0.2\nH2,0\n");
  PlanFile("links.csv", "name,bus0,bus1,carrier,p_nom\nin,b,h,H2,5\nout,h,b,H2,5\n");
  PlanFile("stores.csv", "name,bus,carrier,e_nom_extendable,capital_cost,e_cyclic\nt,h,H2,True,3,True\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 12);
  NEAR(PlanOf(&plan, COMPONENT_STORE, "t", "e_nom_opt"), 2);
  PlanEnd(&plan);
}

static void test_weights_must_be_days(void **state)
{
  Plan      plan;
  Expansion e;
  (void)state;
  PlanBegin(&plan);
  Year(UNIT "s,b,battery,10,10,True,0\n", "period,day,representative\n,0,0\n,1,1\n,2,1\n");
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, NULL, plan.faults, &e));
  AssertFault(plan.faults, 0, "found a snapshot weight of 2, expected objective and generators weights of 1 at 0");
  assert_null(e);
  PlanEnd(&plan);
}

/* The same year twice: as representative days, and written out day by day with rows that make days alike run alike. Prices,
   demand and the order of the days are random, storage loses, is planned and has a level below which it must not fall. */
#define DAYS_OF_YEAR 7
#define HOURS 3

static void RandomCase(uint64_t seed, const int *day, PetscBool written_out)
{
  uint64_t  state = seed;
  int       price[3][HOURS], load[3][HOURS], times[3] = {0};
  char      snapshots[4096] = "snapshot,objective,stores,generators\n", costs[4096] = "snapshot,g\n";
  char      loads[4096] = "snapshot,l\n", days[512] = "period,day,representative\n";
  const int n = written_out ? DAYS_OF_YEAR : 3;
  int       a = (int)strlen(snapshots), b = (int)strlen(costs), d = (int)strlen(loads), e = (int)strlen(days);
  for (int k = 0; k < 3 * HOURS; k++) price[k / HOURS][k % HOURS] = 10 + (int)Random(&state, 90);
  for (int k = 0; k < 3 * HOURS; k++) load[k / HOURS][k % HOURS] = 1 + (int)Random(&state, 9);
  for (int k = 0; k < DAYS_OF_YEAR; k++) {
    times[day[k]]++;
    e += snprintf(days + e, sizeof days - (size_t)e, ",%d,%d\n", k, day[k]);
  }
  for (int k = 0; k < n * HOURS; k++) {
    const int r = written_out ? day[k / HOURS] : k / HOURS, h = k % HOURS, w = written_out ? 1 : times[r];
    a += snprintf(snapshots + a, sizeof snapshots - (size_t)a, "%d,%d,1,%d\n", k, w, w);
    b += snprintf(costs + b, sizeof costs - (size_t)b, "%d,%d\n", k, price[r][h]);
    d += snprintf(loads + d, sizeof loads - (size_t)d, "%d,%d\n", k, load[r][h]);
  }
  PlanFile("buses.csv", "name,carrier\nb,AC\nh,H2\n");
  PlanFile("carriers.csv", "name,co2_emissions\nAC,0\ngas,0.2\nH2,0\nbattery,0\n");
  PlanFile("snapshots.csv", snapshots);
  if (!written_out) PlanFile("representative_days.csv", days);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,p_nom_extendable,capital_cost\ng,b,gas,0,True,30\n");
  PlanFile("generators-marginal_cost.csv", costs);
  PlanFile("loads.csv", "name,bus\nl,b\n");
  PlanFile("loads-p_set.csv", loads);
  PlanFile("links.csv", "name,bus0,bus1,carrier,p_nom,efficiency\nin,b,h,H2,5,0.95\nout,h,b,H2,5,0.95\n");
  PlanFile("stores.csv", "name,bus,carrier,e_nom_extendable,capital_cost,e_cyclic,e_min_pu,standing_loss\n"
                         "t,h,H2,True,4,True,0.1,0.02\n");
  PlanFile("storage_units.csv",
           "name,bus,carrier,p_nom,max_hours,cyclic_state_of_charge,standing_loss,efficiency_store\n"
           "s,b,battery,2,4,True,0.05,0.9\n");
}

/* Rows: each day runs as the first of its kind. */
static void RunAlike(Expansion e, const int *day)
{
  for (int k = 0; k < DAYS_OF_YEAR; k++) {
    int first = 0;
    while (day[first] != day[k]) first++;
    for (int h = 0; h < HOURS && first < k; h++) {
      const PetscInt    variable[] = {e->power[COMPONENT_GENERATOR][0], e->power[COMPONENT_STORE][0],
                                      e->power[COMPONENT_STORAGE_UNIT][0], e->store[0], e->power[COMPONENT_LINK][0]};
      const LinearLabel label      = {EXPANSION_SET, 0, k * HOURS + h};
      for (int i = 0; i < 5; i++) {
        const PetscInt  column[2] = {variable[i] + first * HOURS + h, variable[i] + k * HOURS + h};
        const PetscReal value[2]  = {1, -1};
        OK(LinearProgramAddRow(e->program, label, 0, 0, 2, column, value, NULL));
      }
    }
  }
}

/* Adds the size of the store that is built. */
static double Objective(uint64_t seed, const int *day, PetscBool written_out, double *built)
{
  Plan          plan;
  Expansion     e;
  LinearProgram p;
  LinearOptions options;
  PetscReal    *x, objective;

  PlanBegin(&plan);
  RandomCase(seed, day, written_out);
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, NULL, plan.faults, &e));
  AssertNoErrors(plan.faults);
  if (written_out) RunAlike(e, day);
  p = ExpansionProgram(e);
  OK(PetscMalloc1(p->n, &x));
  LinearDefaultOptions(&options);
  OK(LinearSolve(PETSC_COMM_SELF, p, &options, x, NULL, NULL, &plan.result));
  assert_int_equal(plan.result.status, SOLVE_OPTIMAL);
  objective = plan.result.objective;
  *built += (double)x[e->capacity[COMPONENT_STORE][0]];
  OK(PetscFree(x));
  OK(ExpansionDestroy(&e));
  PlanEnd(&plan);
  return (double)objective;
}

static void test_linked_days_are_the_year_written_out(void **state)
{
  static const int order[4][DAYS_OF_YEAR] = {
      {0, 1, 2, 0, 1, 2, 0}, {0, 0, 0, 1, 1, 2, 2}, {2, 2, 1, 0, 0, 0, 1}, {1, 2, 0, 0, 2, 2, 2}};
  double built = 0;
  (void)state;
  for (int k = 0; k < 8; k++) {
    const double linked  = Objective((uint64_t)k + 1, order[k % 4], PETSC_FALSE, &built);
    const double written = Objective((uint64_t)k + 1, order[k % 4], PETSC_TRUE, &built);
    if (fabs(linked - written) > 1e-6 * fabs(written))
      fail_msg("case %d: %.10g, written out %.10g", k, linked, written);
  }
  assert_true(built > 10); /* the cases say something about storage */
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_storage_carries_energy_between_days),
      cmocka_unit_test(test_standing_loss_is_that_of_all_hours),
      cmocka_unit_test(test_the_year_is_a_cycle_unless_storage_begins_somewhere),
      cmocka_unit_test(test_planned_stores_hold_the_highest_level),
      cmocka_unit_test(test_weights_must_be_days),
      cmocka_unit_test(test_linked_days_are_the_year_written_out),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
