/* What the planning model has beside PyPSA's formulation, in cases that are solved by hand. */
#include "tests/solver/plan_support.h"

#define SNAPSHOTS2 "snapshot,objective,stores,generators\n0,1,1,1\n1,1,1,1\n"

static void OneBus(const char *snapshots)
{
  PlanFile("buses.csv", "name,carrier\nb,AC\n");
  PlanFile("carriers.csv", "name,co2_emissions\nAC,0\ngas,0.2\nwind,0\nbattery,0\n");
  PlanFile("snapshots.csv", snapshots);
}

/* 6 MW at 20 serve what they can of 10 and 4 MW; the rest is lost at 1000: 6 x 20 + 4 x 1000 + 4 x 20. */
static void test_unserved_energy_costs_its_value(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(SNAPSHOTS2);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\ng,b,gas,6,20\n");
  PlanFile("loads.csv", "name,bus\nl,b\n");
  PlanFile("loads-p_set.csv", "snapshot,l\n0,10\n1,4\n");
  PlanRead(&plan, "  value_of_lost_load: 1000\n");
  PlanSolve(&plan);
  NEAR(plan.result.objective, 4200);
  NEAR(PlanAt(&plan, COMPONENT_LOAD, "l", "unserved", 0), 4);
  NEAR(PlanAt(&plan, COMPONENT_LOAD, "l", "unserved", 1), 0);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 0), 1000);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 1), 20);
  PlanEnd(&plan);
}

/* Power costs 50, then 10. Of 10 and 2 MW, 3 MW are moved to the second hour at 5 each: 7 x 50 + 5 x 10 + 3 x 5 = 415. In blocks
   of one hour nothing can be moved: 10 x 50 + 2 x 10. */
static void test_demand_is_shifted_within_its_blocks(void **state)
{
  static const char *const hours[2] = {"2", "1"};
  Plan                     plan;
  char                     loads[128];
  (void)state;
  for (int k = 0; k < 2; k++) {
    PlanBegin(&plan);
    OneBus(SNAPSHOTS2);
    PlanFile("generators.csv", "name,bus,carrier,p_nom\ng,b,gas,100\n");
    PlanFile("generators-marginal_cost.csv", "snapshot,g\n0,50\n1,10\n");
    snprintf(loads, sizeof loads, "name,bus,shift_max_mw,shift_hours,shift_cost\nl,b,3,%s,5\n", hours[k]);
    PlanFile("loads.csv", loads);
    PlanFile("loads-p_set.csv", "snapshot,l\n0,10\n1,2\n");
    PlanRead(&plan, NULL);
    PlanSolve(&plan);
    NEAR(plan.result.objective, k ? 520 : 415);
    NEAR(PlanAt(&plan, COMPONENT_LOAD, "l", "shifted", 0), k ? 0 : -3);
    NEAR(PlanAt(&plan, COMPONENT_LOAD, "l", "shifted", 1), k ? 0 : 3);
    PlanEnd(&plan);
  }
}

/* A (12 MW at 10) and B (4 MW at 30, of which 1 MW may be promised) serve 10 MW and hold 5 MW: A must keep 4 MW free, so B runs
   at 2 MW: 8 x 10 + 2 x 30 = 140. Another MW of reserve moves another MW from A to B: 20. */
static void test_reserve_displaces_cheap_power(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot\n0\n");
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,marginal_cost,reserve_max_pu\nA,b,gas,12,10,0.5\nB,b,gas,4,30,0.25\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanFile("reserves.csv", "name,requirement_mw\nup,5\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 140);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "A", "reserve", 0), 4);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "B", "reserve", 0), 1);
  NEAR(PlanAt(&plan, COMPONENT_RESERVE, "up", "price", 0), 20);
  PlanEnd(&plan);
}

/* The same with 8 MW wanted: 6 MW are the most that 16 MW of capacity and 10 MW of load leave, and less of A's reserve (6 MW)
   and B's (1 MW): with p_A = 6, p_B = 4 none of B's is left; p_A = 7, p_B = 3 holds 5 + 1. So 2 MW are missing at 100, as
   long as another MW from B for one from A costs less: 7 x 10 + 3 x 30 + 2 x 100. */
static void test_missing_reserve_costs_its_price(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot\n0\n");
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,marginal_cost,reserve_max_pu\nA,b,gas,12,10,0.5\nB,b,gas,4,30,0.25\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanFile("reserves.csv", "name,requirement_mw,shortage_price\nup,8,100\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 360);
  NEAR(PlanAt(&plan, COMPONENT_RESERVE, "up", "shortage", 0), 2);
  NEAR(PlanAt(&plan, COMPONENT_RESERVE, "up", "price", 0), 100);
  PlanEnd(&plan);
}

/* A battery with 8 MWh that gives half of what it takes out holds 3 MW, for which it must keep 6 MWh: it gives 1 MW only, and the
   generator 9 MW at 10. */
static void test_reserve_of_storage_needs_energy(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot\n0\n");
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\ng,b,gas,20,10\n");
  PlanFile("storage_units.csv", "name,bus,carrier,p_nom,max_hours,efficiency_dispatch,state_of_charge_initial,"
                                "reserve_max_pu\ns,b,battery,5,4,0.5,8,1\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanFile("reserves.csv", "name,requirement_mw\nup,3\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 90);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "p", 0), 1);
  NEAR(PlanAt(&plan, COMPONENT_RESERVE, "up", "price", 0), 10);
  PlanEnd(&plan);
}

/* A tenth of 10 MW of load and a fifth of 0.5 x w of available wind are held by gas alone, which so must have
   10 - 0.5 w + 1 + 0.1 w MW: wind of 8 MW (given) leaves 6 + 1.8. Gas costs 100 a MW and 10 a MWh: 780 + 60. */
static void test_operating_reserve_of_a_policy(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot\n0\n");
  PlanFile("generators.csv", "name,bus,carrier,p_nom,p_nom_extendable,capital_cost,marginal_cost\n"
                             "g,b,gas,0,True,100,10\nw,b,wind,8,False,0,0\n");
  PlanFile("generators-p_max_pu.csv", "snapshot,w\n0,0.5\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, "  operating_reserve: {share_of_load: 0.1, share_of_renewables: 0.2}\n");
  PlanSolve(&plan);
  NEAR(plan.result.objective, 840);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "g", "p_nom_opt"), 7.8);
  PlanEnd(&plan);
}

/* 20 MWh, 40 % of them from wind at 80 instead of gas at 50: 8 x 80 + 12 x 50, and 30 for another MWh of wind. */
static void test_a_share_of_renewables_has_a_price_per_mwh(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(SNAPSHOTS2);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\ng,b,gas,20,50\nw,b,wind,10,80\n");
  PlanFile("generators-p_max_pu.csv", "snapshot,w\n0,1\n1,0.9\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, "  renewable_share: 0.4\n");
  PlanSolve(&plan);
  NEAR(plan.result.objective, 1240);
  NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "renewable_share", "mu"), 30);
  NEAR(PlanPrice(&plan, "renewable_share"), 30);
  PlanEnd(&plan);
}

/* 12 MW firm for a peak of 10: 8 MW of gas, of 10 MW of wind the 10 % that are there at the lowest (or the 30 % that the study
   credits), so 3 MW (1 MW) of peakers at 100. */
static void test_a_capacity_margin_counts_credits(void **state)
{
  static const char *const margin[2] = {"  reserve_margin: 0.2\n",
                                        "  reserve_margin: {margin: 0.2, scope: study, credit: {wind: 0.3}}\n"};
  Plan                     plan;
  (void)state;
  for (int k = 0; k < 2; k++) {
    PlanBegin(&plan);
    OneBus(SNAPSHOTS2);
    PlanFile("generators.csv", "name,bus,carrier,p_nom,p_nom_extendable,capital_cost\ng,b,gas,8,False,0\n"
                               "w,b,wind,10,False,0\npeaker,b,gas,0,True,100\n");
    PlanFile("generators-p_max_pu.csv", "snapshot,w\n0,0.1\n1,1\n");
    PlanFile("loads.csv", "name,bus\nl,b\n");
    PlanFile("loads-p_set.csv", "snapshot,l\n0,9\n1,10\n");
    PlanRead(&plan, margin[k]);
    PlanSolve(&plan);
    NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "peaker", "p_nom_opt"), k ? 1 : 3);
    NEAR(plan.result.objective, k ? 100 : 300);
    NEAR(PlanPrice(&plan, k ? "capacity_margin" : "capacity_margin-b"), 100);
    PlanEnd(&plan);
  }
}

/* Wind stands at 3 MW and must be 5: 2 MW at 70. Peakers would be 10 MW at no cost of capital, and may be 6. */
static void test_targets_count_what_exists(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot\n0\n");
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,p_nom_extendable,capital_cost,marginal_cost\nold,b,wind,3,False,0,90\n"
           "new,b,wind,0,True,70,90\npeaker,b,gas,0,True,0,10\nback,b,AC,20,False,0,30\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, "  targets: [{technology: wind, at_least: 5}, {technology: gas, at_most: 6}]\n");
  PlanSolve(&plan);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "new", "p_nom_opt"), 2);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "peaker", "p_nom_opt"), 6);
  NEAR(plan.result.objective, 2 * 70 + 6 * 10 + 4 * 30);
  NEAR(PlanPrice(&plan, "target-wind-at_least"), 70);
  NEAR(PlanPrice(&plan, "target-gas-at_most"), 20);
  PlanEnd(&plan);
}

/* One period of 10 years that weighs 8. Gas at 20 gives 0.2 / 0.5 = 0.4 t/MWh, its clean rival costs 40: a cap of 2 t a year
   leaves 5 MW of gas. A tonne more of the period (of which a tenth a year) is 1 / 4 MWh a year: 20 / 4 x 8 = 40 of present
   value, 40 x 10 / 8 = 50 of the year. At that price of carbon the two cost the same. */
static void test_a_carbon_cap_has_the_price_that_would_do_the_same(void **state)
{
  static const char *const policy[3] = {"  carbon_cap: {2030: 2}\n", "  carbon_price: 49.9\n",
                                        "  carbon_price: 50.1\n"};
  static const double      gas[3]    = {5, 10, 0};
  Plan                     plan;
  (void)state;
  for (int k = 0; k < 3; k++) {
    PlanBegin(&plan);
    OneBus("period,timestep\n2030,0\n");
    PlanFile("investment_periods.csv", "period,objective,years\n2030,8,10\n");
    PlanFile("generators.csv",
             "name,bus,carrier,p_nom,marginal_cost,efficiency\ng,b,gas,20,20,0.5\nc,b,wind,20,40,1\n");
    PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
    PlanRead(&plan, policy[k]);
    PlanSolve(&plan);
    NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "g", "p", 0), gas[k]);
    if (!k) {
      NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "carbon_cap-2030", "constant"), 20);
      NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "carbon_cap-2030", "mu"), -40);
      NEAR(PlanPrice(&plan, "carbon_cap-2030"), 50);
    }
    PlanEnd(&plan);
  }
}

/* 10 MW that cost 100 a year to keep serve 10 MW in 2030 and 4 MW in 2040: 6 MW are given up. The periods weigh 10 and 8, a MWh
   costs 5: 10 x 50 + 8 x 20 - 8 x 600. */
static void test_what_is_not_needed_is_retired(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("period,timestep\n2030,0\n2040,0\n");
  PlanFile("investment_periods.csv", "period,objective,years\n2030,10,10\n2040,8,10\n");
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,marginal_cost,fom_cost,retirable,p_min_pu\ng,b,gas,10,5,100,True,0.9\n");
  PlanFile("loads.csv", "name,bus\nl,b\n");
  PlanFile("loads-p_set.csv", "period,timestep,l\n2030,0,10\n2040,0,4\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, -4140);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "g", "p_nom_opt_2030"), 10);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "g", "p_nom_opt_2040"), 4);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "g", "p_nom_opt"), 10);
  PlanDispatch(&plan); /* what was retired stays so when the plan is dispatched */
  NEAR(plan.result.objective, -4140);
  PlanEnd(&plan);
}

/* What is gone does not come back: demand of 4 and then 10 MW keeps all 10 MW, for 8 x 600 is dearer than nothing to serve. */
static void test_what_is_retired_does_not_come_back(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("period,timestep\n2030,0\n2040,0\n");
  PlanFile("investment_periods.csv", "period,objective,years\n2030,10,10\n2040,8,10\n");
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost,fom_cost,retirable\ng,b,gas,10,5,100,True\n"
                             "dear,b,gas,10,500,0,False\n");
  PlanFile("loads.csv", "name,bus\nl,b\n");
  PlanFile("loads-p_set.csv", "period,timestep,l\n2030,0,4\n2040,0,10\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  /* a MW kept over both periods costs 18 x 100 and saves 8 x 495 in the second */
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "g", "p_nom_opt_2030"), 10);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "g", "p_nom_opt_2040"), 10);
  NEAR(plan.result.objective, 10 * 20 + 8 * 50);
  PlanEnd(&plan);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_unserved_energy_costs_its_value),
      cmocka_unit_test(test_demand_is_shifted_within_its_blocks),
      cmocka_unit_test(test_reserve_displaces_cheap_power),
      cmocka_unit_test(test_missing_reserve_costs_its_price),
      cmocka_unit_test(test_reserve_of_storage_needs_energy),
      cmocka_unit_test(test_operating_reserve_of_a_policy),
      cmocka_unit_test(test_a_share_of_renewables_has_a_price_per_mwh),
      cmocka_unit_test(test_a_capacity_margin_counts_credits),
      cmocka_unit_test(test_targets_count_what_exists),
      cmocka_unit_test(test_a_carbon_cap_has_the_price_that_would_do_the_same),
      cmocka_unit_test(test_what_is_not_needed_is_retired),
      cmocka_unit_test(test_what_is_retired_does_not_come_back),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
