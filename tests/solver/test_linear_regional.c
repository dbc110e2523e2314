/* ADMM between regions: closed forms, plans against the interior point over all, and the same bytes on any number of ranks. */
#include "tests/solver/plan_support.h"

#include "solver/linear_regional.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
  Expansion            e;
  PetscReal           *x, *y, *z;
  LinearResult         exact;
  LinearRegionalResult result;
  LinearRegions        regions;
} Regional;

/* Solves plan->c by the interior point and between regions. */
static void RegionalBeginWith(Plan *plan, const char *spec, PetscInt max_rounds, MPI_Comm comm, Regional *r)
{
  const ExpansionOptions how = {.angles = PETSC_TRUE};
  LinearRegionalOptions  options;
  LinearOptions          exact;
  LinearProgram          p;

  OK(ExpansionCreate(plan->c, &how, plan->faults, &r->e));
  AssertNoErrors(plan->faults);
  p = ExpansionProgram(r->e);
  OK(PetscMalloc3(p->n, &r->x, p->m, &r->y, p->n, &r->z));
  LinearDefaultOptions(&exact);
  OK(LinearSolve(PETSC_COMM_SELF, p, &exact, r->x, NULL, NULL, &r->exact));
  assert_int_equal(r->exact.status, SOLVE_OPTIMAL);
  OK(ExpansionRegionsCreate(r->e, spec, &r->regions));
  LinearRegionalDefaultOptions(&options);
  options.max_rounds = max_rounds;
  OK(LinearSolveRegional(comm, p, r->regions, &options, r->x, r->y, r->z, &r->result));
}

static void RegionalBegin(Plan *plan, const char *spec, MPI_Comm comm, Regional *r)
{
  RegionalBeginWith(plan, spec, 1000, comm, r);
}

static void RegionalEnd(Regional *r)
{
  OK(PetscFree(r->exact.history));
  OK(PetscFree(r->result.linear.history));
  OK(LinearRegionsDestroy(&r->regions));
  OK(PetscFree3(r->x, r->y, r->z));
  OK(ExpansionDestroy(&r->e));
}

/* The point is feasible, its cost is the upper bound, and the optimum lies between the bounds, 1e-4 apart. */
static void AssertPlan(Regional *r)
{
  const LinearProgram p = ExpansionProgram(r->e);
  PetscReal           rows, bounds;
  const PetscReal     optimum = r->exact.objective, size = fabs(optimum);

  OK(ExpansionRegionsAngles(r->e, r->x));
  LinearProgramViolation(p, r->x, &rows, &bounds);
  assert_int_equal(r->result.linear.status, SOLVE_OPTIMAL);
  assert_true(rows < 1e-3 && bounds < 1e-6);
  assert_true(fabs(LinearProgramObjective(p, r->x) - r->result.upper_bound) <= 1e-9 * size);
  assert_true(fabs(r->result.upper_bound - optimum) <= 1e-4 * size);
  assert_true(r->result.lower_bound <= optimum + 1e-6 * size);
  assert_true(r->result.upper_bound - r->result.lower_bound <= 1e-4 * size * (1 + 1e-6));
}

/* Two zones: west has power for 10, east for 40; 60 MW between them, 100 MW of demand in each. Cost by hand: the link is full, west
   makes 160 MW, east 40: 3,200 an hour. */
static void test_two_zones(void **state)
{
  Plan     plan;
  Regional r = {0};
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name,zone\nw,west\ne,east\n");
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\ncheap,w,300,10\ndear,e,300,40\n");
  PlanFile("loads.csv", "name,bus,p_set\nlw,w,100\nle,e,100\n");
  PlanFile("links.csv", "name,bus0,bus1,p_nom,p_min_pu\ntie,w,e,60,-1\n");
  PlanRead(&plan, NULL);
  RegionalBegin(&plan, "zone", PETSC_COMM_WORLD, &r);
  assert_int_equal(r.regions->n_regions, 2);
  assert_string_equal(r.regions->name[1], "east");
  AssertPlan(&r);
  assert_true(fabs(r.result.upper_bound - 3200) < 0.32);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

/* The same zones with 1 t/MWh in the west and 0.5 t/MWh in the east: each MWh moved from west to east saves
   0.5 t at 30. 200 MWh emit between 100 and 200 t, so that a cap of 150 t asks for 100 MWh of each: 5,000, and 60 a tonne. */
static void test_cap_over_regions(void **state)
{
  Plan     plan;
  Regional r = {0};
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name,zone\nw,west\ne,east\n");
  PlanFile("carriers.csv", "name,co2_emissions\ncoal,1\ngas,0.5\n");
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\ncheap,w,coal,300,10\ndear,e,gas,300,40\n");
  PlanFile("loads.csv", "name,bus,p_set\nlw,w,100\nle,e,100\n");
  PlanFile("links.csv", "name,bus0,bus1,p_nom,p_min_pu\ntie,w,e,60,-1\n");
  PlanFile("global_constraints.csv",
           "name,type,carrier_attribute,sense,constant\ncap,primary_energy,co2_emissions,<=,150\n");
  PlanRead(&plan, NULL);
  RegionalBegin(&plan, "zone", PETSC_COMM_WORLD, &r);
  assert_int_equal(r.result.contributions, 2);
  AssertPlan(&r);
  assert_true(fabs(r.result.upper_bound - 5000) < 0.5);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

/* Three zones in a ring of equal reactances: of what goes from a to c two thirds go directly. The direct line of 40 MW is full
   when 60 MW come from a; the other 40 MW of c's demand are made there: 60 x 10 + 40 x 50 = 2,600. */
static void test_ring_of_three(void **state)
{
  Plan     plan;
  Regional r = {0};
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name,v_nom,carrier,zone\na,100,AC,1\nb,100,AC,2\nc,100,AC,3\n");
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\nga,a,300,10\ngc,c,300,50\n");
  PlanFile("loads.csv", "name,bus,p_set\nlc,c,100\n");
  PlanFile("lines.csv", "name,bus0,bus1,x,s_nom\nab,a,b,1,500\nbc,b,c,1,500\nac,a,c,1,40\n");
  PlanRead(&plan, NULL);
  RegionalBegin(&plan, "zone", PETSC_COMM_WORLD, &r);
  AssertPlan(&r);
  assert_int_equal(r.result.copies, 6);
  assert_true(fabs(r.result.upper_bound - 2600) < 0.26);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

static unsigned long long seed;
static double             Draw(void)
{
  seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
  return (double)(seed >> 11) / 9007199254740992.0;
}

/* Random plan of three regions with two buses each: wind, gas, storage, a ring of lines between them and one link; capacities to be
   chosen, two lines of them as well. */
static void WriteRandom(unsigned long long s)
{
  char   text[4096];
  size_t n;

  seed = s;
  PlanFile("snapshots.csv", "name,objective,stores,generators\n0,2,1,2\n1,2,1,2\n2,2,1,2\n3,2,1,2\n4,2,1,2\n5,2,1,2\n");
  PlanFile("buses.csv", "name,v_nom,carrier,zone\na0,1,AC,a\na1,1,AC,a\nb0,1,AC,b\nb1,1,AC,b\nc0,1,AC,c\nc1,1,AC,c\n");
  n = (size_t)snprintf(text, sizeof text, "name,bus,p_nom_extendable,capital_cost,marginal_cost\n");
  for (int i = 0; i < 6; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "gas%d,%c%d,True,%.3f,%.3f\nwind%d,%c%d,True,%.3f,0.1\n", i,
                          'a' + i / 2, i % 2, 60 + 60 * Draw(), 20 + 60 * Draw(), i, 'a' + i / 2, i % 2,
                          200 + 200 * Draw());
  PlanFile("generators.csv", text);
  n = (size_t)snprintf(text, sizeof text, "name,wind0,wind1,wind2,wind3,wind4,wind5\n");
  for (int t = 0; t < 6; t++) {
    n += (size_t)snprintf(text + n, sizeof text - n, "%d", t);
    for (int i = 0; i < 6; i++) n += (size_t)snprintf(text + n, sizeof text - n, ",%.4f", Draw());
    n += (size_t)snprintf(text + n, sizeof text - n, "\n");
  }
  PlanFile("generators-p_max_pu.csv", text);
  PlanFile("loads.csv", "name,bus\nl0,a0\nl1,a1\nl2,b0\nl3,b1\nl4,c0\nl5,c1\n");
  n = (size_t)snprintf(text, sizeof text, "name,l0,l1,l2,l3,l4,l5\n");
  for (int t = 0; t < 6; t++) {
    n += (size_t)snprintf(text + n, sizeof text - n, "%d", t);
    for (int i = 0; i < 6; i++) n += (size_t)snprintf(text + n, sizeof text - n, ",%.3f", 20 + 80 * Draw());
    n += (size_t)snprintf(text + n, sizeof text - n, "\n");
  }
  PlanFile("loads-p_set.csv", text);
  PlanFile("storage_units.csv",
           "name,bus,p_nom_extendable,capital_cost,max_hours,efficiency_store,cyclic_state_of_charge\n"
           "sa,a0,True,30,3,0.9,True\nsb,b1,True,25,4,0.9,True\n");
  PlanFile("lines.csv", "name,bus0,bus1,x,s_nom,s_nom_extendable,capital_cost\n"
                        "l0,a0,a1,0.1,80,False,0\nl1,b0,b1,0.1,80,False,0\nl2,c0,c1,0.1,80,False,0\n"
                        "t0,a1,b0,0.2,30,True,15\nt1,b1,c0,0.2,30,False,0\nt2,c1,a0,0.3,30,True,20\n");
  PlanFile("links.csv", "name,bus0,bus1,p_nom,efficiency\nk,a0,c0,10,0.97\n");
}

static void test_random_plans(void **state)
{
  (void)state;
  for (unsigned long long k = 1; k <= 3; k++) {
    Plan     plan;
    Regional r = {0};
    PlanBegin(&plan);
    WriteRandom(k);
    PlanRead(&plan, NULL);
    RegionalBegin(&plan, "zone", PETSC_COMM_WORLD, &r);
    print_message("plan %d: %d rounds, error %.1e, gap %.1e, %d numbers, %.0f bytes, %.2f s (exact %.2f s)\n", (int)k,
                  (int)r.result.rounds, (double)(r.result.upper_bound / r.exact.objective - 1),
                  (double)r.result.linear.gap, (int)(r.result.copies + r.result.contributions), r.result.bytes,
                  (double)r.result.linear.seconds, (double)r.exact.seconds);
    AssertPlan(&r);
    RegionalEnd(&r);
    PlanEnd(&plan);
  }
}

/* Parts of the grid that one tie alone holds together need no angles in common. */
static void test_bridges_need_no_angles(void **state)
{
  Plan     plan;
  Regional r = {0};
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name,v_nom,carrier,zone\na,1,AC,1\nb,1,AC,1\nc,1,AC,2\nd,1,AC,2\n");
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\nga,a,300,10\ngd,d,300,50\n");
  PlanFile("loads.csv", "name,bus,p_set\nlb,b,40\nlc,c,100\n");
  PlanFile("lines.csv", "name,bus0,bus1,x,s_nom\nab,a,b,1,500\nbc,b,c,2,70\ncd,c,d,1,500\n");
  PlanRead(&plan, NULL);
  RegionalBegin(&plan, "zone", PETSC_COMM_WORLD, &r);
  assert_int_equal(r.result.copies, 2);
  AssertPlan(&r);
  assert_true(fabs(r.result.upper_bound - (110 * 10 + 30 * 50)) < 0.26);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

/* Alone and together: the same bits. */
static void test_ranks_give_the_same_bytes(void **state)
{
  Plan     plan;
  Regional alone = {0}, together = {0};
  (void)state;
  PlanBegin(&plan);
  WriteRandom(1);
  PlanRead(&plan, NULL);
  RegionalBegin(&plan, "zone", PETSC_COMM_SELF, &alone);
  RegionalBegin(&plan, "zone", PETSC_COMM_WORLD, &together);
  assert_int_equal(alone.result.rounds, together.result.rounds);
  assert_memory_equal(alone.x, together.x, (size_t)ExpansionProgram(alone.e)->n * sizeof(PetscReal));
  assert_memory_equal(alone.y, together.y, (size_t)ExpansionProgram(alone.e)->m * sizeof(PetscReal));
  assert_memory_equal(alone.z, together.z, (size_t)ExpansionProgram(alone.e)->n * sizeof(PetscReal));
  RegionalEnd(&alone);
  RegionalEnd(&together);
  PlanEnd(&plan);
}

/* Stopped early it does not call itself optimal, and the optimum lies between its bounds. */
static void test_stopped_early(void **state)
{
  Plan     plan;
  Regional r = {0};
  (void)state;
  PlanBegin(&plan);
  WriteRandom(3);
  PlanRead(&plan, NULL);
  RegionalBeginWith(&plan, "zone", 40, PETSC_COMM_WORLD, &r);
  assert_int_equal(r.result.linear.status, SOLVE_ITERATION_LIMIT);
  assert_int_equal(r.result.rounds, 40);
  assert_true(r.result.linear.gap > 1e-4);
  assert_true(r.result.lower_bound <= r.exact.objective * (1 + 1e-6));
  assert_true(r.result.upper_bound >= r.exact.objective * (1 - 1e-6));
  RegionalEnd(&r);
  PlanEnd(&plan);
}

/* A region that cannot serve its own load, whatever comes over the tie. */
static void test_infeasible_region(void **state)
{
  const ExpansionOptions how = {.angles = PETSC_TRUE};
  LinearRegionalOptions  options;
  Plan                   plan;
  Regional               r = {0};
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name,zone\nw,west\ne,east\nx,east\n");
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\ncheap,w,300,10\nfar,x,50,40\n");
  PlanFile("loads.csv", "name,bus,p_set\nlw,w,100\nlx,x,100\n");
  PlanFile("links.csv", "name,bus0,bus1,p_nom,p_min_pu\ntie,w,e,60,-1\n");
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, &how, plan.faults, &r.e));
  OK(ExpansionRegionsCreate(r.e, "zone", &r.regions));
  OK(PetscCalloc3(ExpansionProgram(r.e)->n, &r.x, ExpansionProgram(r.e)->m, &r.y, ExpansionProgram(r.e)->n, &r.z));
  LinearRegionalDefaultOptions(&options);
  OK(LinearSolveRegional(PETSC_COMM_WORLD, ExpansionProgram(r.e), r.regions, &options, r.x, r.y, r.z, &r.result));
  assert_int_equal(r.result.linear.status, SOLVE_INFEASIBLE);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

/* PyPSA's network of AC and DC parts by country: its optimum, and the price of its cap. */
static void test_published(void **state)
{
  const char *path = SharedData("pypsa/ac-dc-meshed");
  Plan        plan;
  Regional    r = {0};
  (void)state;
  if (!path) skip();
  memset(&plan, 0, sizeof plan);
  OK(FaultsCreate(&plan.faults));
  OK(ComponentsRead(PETSC_COMM_SELF, path, plan.faults, &plan.c));
  AssertNoErrors(plan.faults);
  RegionalBegin(&plan, "country", PETSC_COMM_WORLD, &r);
  AssertPlan(&r);
  assert_true(fabs(r.result.upper_bound - ExpansionObjectiveConstant(r.e) + 3474256.04) < 1e-4 * 3474256.04);
  for (PetscInt i = 0; i < ExpansionProgram(r.e)->m; i++)
    if (ExpansionElastic(r.e, i) > 0 && ExpansionProgram(r.e)->row[i].stage < 0)
      assert_true(fabs(fabs(r.y[i]) - 2178.29) < 1);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

/* One region is solved as it is. */
static void test_one_region(void **state)
{
  Plan     plan;
  Regional r = {0};
  (void)state;
  PlanBegin(&plan);
  WriteRandom(2);
  PlanRead(&plan, NULL);
  RegionalBegin(&plan, "1", PETSC_COMM_WORLD, &r);
  assert_int_equal(r.regions->n_regions, 1);
  assert_int_equal(r.result.copies + r.result.contributions, 0);
  assert_int_equal(r.result.rounds, 1);
  AssertPlan(&r);
  RegionalEnd(&r);
  PlanEnd(&plan);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_zones),
                                     cmocka_unit_test(test_cap_over_regions),
                                     cmocka_unit_test(test_ring_of_three),
                                     cmocka_unit_test(test_bridges_need_no_angles),
                                     cmocka_unit_test(test_one_region),
                                     cmocka_unit_test(test_stopped_early),
                                     cmocka_unit_test(test_infeasible_region),
                                     cmocka_unit_test(test_published),
                                     cmocka_unit_test(test_ranks_give_the_same_bytes),
                                     cmocka_unit_test(test_random_plans)};
  int                     failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (PetscFinalize()) return 1;
  return failed;
}
