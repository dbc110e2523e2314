/* PyPSA's formulation of capacity expansion, in cases that are solved by hand. */
#include "tests/solver/plan_support.h"

#define HOUR "snapshot,objective,stores,generators\n0,1,1,1\n"
#define HOURS2 "snapshot,objective,stores,generators\n0,1,1,1\n1,1,1,1\n"

static void OneBus(const char *snapshots)
{
  PlanFile("buses.csv", "name,carrier\nb,AC\n");
  PlanFile("carriers.csv", "name,co2_emissions\nAC,0\ngas,0.2\nwind,0\nbattery,0\n");
  PlanFile("snapshots.csv", snapshots);
}

/* 6 MW at 20 run before 10 MW at 50: 6 x 20 + 4 x 50. The price is that of the last one; another MW of the first would
   save 30. */
static void test_merit_order(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOUR);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\nA,b,gas,6,20\nB,b,gas,10,50\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 320);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "A", "p", 0), 6);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "B", "p", 0), 4);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 0), 50);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "A", "mu_upper", 0), -30);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "B", "mu_upper", 0), 0);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "A", "p_nom_opt"), 6);
  NEAR(PlanAt(&plan, COMPONENT_LOAD, "l", "p", 0), 10);
  PlanEnd(&plan);
}

/* 30 MW go from where power costs 10 to where it costs 40: 50 x 10 + 20 x 40. A wider line would save 30 per MW. */
static void test_two_zones(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name\na\nb\n");
  PlanFile("snapshots.csv", HOUR);
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\nA,a,100,10\nB,b,100,40\n");
  PlanFile("loads.csv", "name,bus,p_set\nla,a,20\nlb,b,50\n");
  PlanFile("lines.csv", "name,bus0,bus1,x,s_nom\nab,a,b,0.1,30\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 1300);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ab", "p0", 0), 30);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ab", "p1", 0), -30);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ab", "mu_upper", 0), -30);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ab", "mu_lower", 0), 0);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "a", "marginal_price", 0), 10);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 0), 40);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "a", "p", 0), 30);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "p", 0), -30);
  PlanEnd(&plan);
}

static void Triangle(const char *lines)
{
  PlanFile("buses.csv", "name,v_nom\na,10\nb,10\nc,10\n");
  PlanFile("snapshots.csv", HOUR);
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\nA,a,100,10\nC,c,100,30\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,c,90\n");
  PlanFile("lines.csv", lines);
}

/* Three equal lines: two thirds of what goes from a to c take the direct line, which holds 40 MW, so 60 MW go; 60 x 10
   + 30 x 30. Another MW at c from a instead of c would save 20 and take 2/3 of the line: 30 for a MW of line; b, of
   which 1/3 goes that way, is worth 30 - 10. From a to c the angle falls by 40 MW x 0.1 ohm / (10 kV)^2;
   the angles sum to zero. */
static void test_voltage_law(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  Triangle("name,bus0,bus1,x,s_nom\nab,a,b,0.1,100\nbc,b,c,0.1,100\nca,c,a,0.1,40\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 1500);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ab", "p0", 0), 20);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ca", "p0", 0), -40);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ca", "mu_lower", 0), 30);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 0), 20);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "a", "v_ang", 0), 0.02);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "v_ang", 0), 0);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "c", "v_ang", 0), -0.02);
  PlanEnd(&plan);
}

/* The same by angles. */
static void test_voltage_law_by_angles(void **state)
{
  const ExpansionOptions options = {.angles = PETSC_TRUE};
  LinearOptions          method;
  Expansion              e;
  Plan                   plan;
  (void)state;
  PlanBegin(&plan);
  Triangle("name,bus0,bus1,x,s_nom\nab,a,b,0.1,100\nbc,b,c,0.1,100\nca,c,a,0.1,40\n");
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, &options, plan.faults, &e));
  LinearDefaultOptions(&method);
  PetscReal *x;
  OK(PetscMalloc1(ExpansionProgram(e)->n, &x));
  OK(LinearSolve(PETSC_COMM_SELF, ExpansionProgram(e), &method, x, NULL, NULL, &plan.result));
  NEAR(plan.result.objective, 1500);
  OK(PetscFree(x));
  OK(ExpansionDestroy(&e));
  PlanEnd(&plan);
}

/* A transformer that turns the voltage by a degree pushes power around the loop: the three branches have x = 0.001, so
   without injections 3 x 0.001 f = pi/180 radian. Sent from a to c, 60 MW share as before, and the loop's flow comes on
   top. */
static void test_phase_shift(void **state)
{
  const double around = acos(-1) / 180 / 0.003;
  Plan         plan;
  (void)state;
  PlanBegin(&plan);
  Triangle("name,bus0,bus1,x,s_nom\nab,a,b,0.1,100\nbc,b,c,0.1,100\n");
  PlanFile("generators.csv", "name,bus,p_nom,marginal_cost\nA,a,60,10\nC,c,100,30\n");
  PlanFile("transformers.csv", "name,bus0,bus1,x,s_nom,phase_shift\nca,c,a,0.1,100,1\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(PlanAt(&plan, COMPONENT_LINE, "ab", "p0", 0), 20 - around);
  NEAR(PlanAt(&plan, COMPONENT_TRANSFORMER, "ca", "p0", 0), -40 - around);
  PlanEnd(&plan);
}

/* Power costs 10 and then 50. 5 MW fill 4.5 MWh, which give 3.6 MW: (10 + 5) x 10 + (10 - 3.6) x 50. A MWh in store is
   worth 0.8 x 50 at either hour. */
static void test_storage_arbitrage(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("generators.csv", "name,bus,carrier,p_nom\ng,b,gas,100\n");
  PlanFile("generators-marginal_cost.csv", "snapshot,g\n0,10\n1,50\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanFile("storage_units.csv",
           "name,bus,carrier,p_nom,max_hours,efficiency_store,efficiency_dispatch\ns,b,battery,5,2,0.9,0.8\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 470);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "p", 0), -5);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "p", 1), 3.6);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "p_store", 0), 5);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 0), 4.5);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 1), 0);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "mu_energy_balance", 0), 40);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "mu_energy_balance", 1), 40);
  PlanEnd(&plan);
}

/* Snapshots of two hours, a tenth lost each hour, the end being the beginning: 5 MW over two hours in the second
   snapshot need 10 MWh of it, of which 0.81 are left, so 5 / 0.81 MW for two hours at 10 in the first. */
static void test_cyclic_store_loses_over_the_hours(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot,objective,stores,generators\n0,2,2,2\n1,2,2,2\n");
  PlanFile("generators.csv", "name,bus,carrier,p_nom\ng,b,gas,100\n");
  PlanFile("generators-marginal_cost.csv", "snapshot,g\n0,10\n1,1000\n");
  PlanFile("loads.csv", "name,bus\nl,b\n");
  PlanFile("loads-p_set.csv", "snapshot,l\n0,0\n1,5\n");
  PlanFile("stores.csv", "name,bus,carrier,e_nom,e_cyclic,standing_loss\ns,b,battery,100,True,0.1\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 2 * 10 * 5 / 0.81);
  NEAR(PlanAt(&plan, COMPONENT_STORE, "s", "p", 0), -5 / 0.81);
  NEAR(PlanAt(&plan, COMPONENT_STORE, "s", "e", 0), 10 / 0.81);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 1), 10 / 0.81);
  PlanEnd(&plan);
}

/* 1 MWh is there, 3 flow in during the first hour, the load takes 1 in each, and 2 can be kept: 1 + 3 - 1 - 2 = 1 MWh
   goes over the dam at 0.5. */
static void test_inflow_is_kept_or_spilt(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\ng,b,gas,100,20\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,1\n");
  PlanFile("storage_units.csv",
           "name,bus,p_nom,max_hours,p_min_pu,state_of_charge_initial,spill_cost\ns,b,2,1,0,1,0.5\n");
  PlanFile("storage_units-inflow.csv", "snapshot,s\n0,3\n1,0\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 0.5);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "spill", 0), 1);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "state_of_charge", 0), 2);
  NEAR(PlanAt(&plan, COMPONENT_STORAGE_UNIT, "s", "p_dispatch", 1), 1);
  PlanEnd(&plan);
}

/* Gas at 20 makes 0.4 of power and 0.5 of heat, or 0.9 of heat: 8 MW of power take 20 of gas and bring 10 of heat, the
   other 2 take 2/0.9. A MW more of power takes 2.5 of gas and saves 1.25/0.9: it costs 20 (2.5 - 1.25/0.9), as does
   heat, 20/0.9. */
static void test_ports_of_links(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name,carrier\ngas,gas\npower,AC\nheat,heat\n");
  PlanFile("carriers.csv", "name\ngas\nAC\nheat\n");
  PlanFile("snapshots.csv", HOUR);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,marginal_cost\nwell,gas,gas,100,20\n");
  PlanFile("loads.csv", "name,bus,p_set\np,power,8\nh,heat,12\n");
  PlanFile(
      "links.csv",
      "name,bus0,bus1,bus2,efficiency,efficiency2,p_nom\nchp,gas,power,heat,0.4,0.5,100\nboiler,gas,heat,,0.9,1,100\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 20 * (20 + 2 / 0.9));
  NEAR(PlanAt(&plan, COMPONENT_LINK, "chp", "p0", 0), 20);
  NEAR(PlanAt(&plan, COMPONENT_LINK, "chp", "p1", 0), -8);
  NEAR(PlanAt(&plan, COMPONENT_LINK, "chp", "p2", 0), -10);
  NEAR(PlanAt(&plan, COMPONENT_LINK, "boiler", "p2", 0), 0);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "power", "marginal_price", 0), 20 * (2.5 - 1.25 / 0.9));
  NEAR(PlanAt(&plan, COMPONENT_BUS, "heat", "marginal_price", 0), 20 / 0.9);
  PlanEnd(&plan);
}

/* Gas emits 0.2/0.5 t/MWh: 4 t are 10 of 20 MWh, the rest costs 80. A tonne more would save (80 - 30)/0.4. */
static void test_emission_cap(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,marginal_cost,efficiency\ng,b,gas,100,30,0.5\nw,b,wind,100,80,1\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanFile("global_constraints.csv",
           "name,type,carrier_attribute,sense,constant\ncap,primary_energy,co2_emissions,<=,4\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 1100);
  NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "cap", "mu"), -125);
  PlanEnd(&plan);
}

/* At 100 a tonne, gas costs 30 + 40, still less than 80: all 20 MWh of it. */
static void test_carbon_price_counts_as_the_cap_does(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,marginal_cost,efficiency\ng,b,gas,100,30,0.5\nw,b,wind,100,80,1\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, "  carbon_price: 100\n");
  PlanSolve(&plan);
  NEAR(plan.result.objective, 1400);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 1), 70);
  PlanEnd(&plan);
}

/* A store of gas is depleted by 10 of its 12 MWh: 2 t at 0.2, which 100 each price as the cap would count them. */
static void test_carbon_price_of_depletion(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("stores.csv", "name,bus,carrier,e_nom,e_initial\ns,b,gas,20,12\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,5\n");
  PlanFile("global_constraints.csv",
           "name,type,carrier_attribute,sense,constant\ncap,primary_energy,co2_emissions,<=,2.5\n");
  PlanRead(&plan, "  carbon_price: 100\n");
  PlanSolve(&plan);
  NEAR(plan.result.objective, 200);
  NEAR(PlanAt(&plan, COMPONENT_STORE, "s", "e", 1), 2);
  PlanEnd(&plan);
}

#define PERIODS "period,timestep,objective,stores,generators\n2030,0,1,1,1\n2040,0,1,1,1\n"

/* Two periods that count 10 and 6. The first unit lives in the first only, the second in the second: 10 MW of each at
   (100 + 1) x 10 and (50 + 1) x 6. 2 MW of the first are there: the objective constant is 2 x 100 x 10. */
static void test_periods(void **state)
{
  Expansion e;
  Plan      plan;
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name\nb\n");
  PlanFile("snapshots.csv", PERIODS);
  PlanFile("investment_periods.csv", "period,objective,years\n2030,10,10\n2040,6,10\n");
  PlanFile("generators.csv", "name,bus,p_nom,p_nom_extendable,capital_cost,marginal_cost,build_year,lifetime\n"
                             "first,b,2,True,100,1,2030,5\nsecond,b,0,True,50,1,2040,inf\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, NULL, plan.faults, &e));
  NEAR(ExpansionObjectiveConstant(e), 2000);
  OK(ExpansionDestroy(&e));
  PlanSolve(&plan);
  NEAR(plan.result.objective, 10 * 101 * 10 + 10 * 51 * 6);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "first", "p_nom_opt"), 10);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "second", "p_nom_opt"), 10);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "first", "p", 1), 0);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 0), 101);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 1), 51);
  PlanEnd(&plan);
}

/* With the capacity fixed to 12 MW, of which 10 are used: 12 x 7 + 10 x 2 for each of two hours. */
static void test_dispatch_with_given_capacity(void **state)
{
  const ExpansionOptions options = {.dispatch = PETSC_TRUE};
  LinearOptions          method;
  Expansion              e;
  PetscReal             *x;
  Plan                   plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom_extendable,capital_cost,marginal_cost,p_nom_opt\ng,b,wind,True,7,2,12\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, &options, plan.faults, &e));
  LinearDefaultOptions(&method);
  OK(PetscMalloc1(ExpansionProgram(e)->n, &x));
  OK(LinearSolve(PETSC_COMM_SELF, ExpansionProgram(e), &method, x, NULL, NULL, &plan.result));
  NEAR(plan.result.objective, 12 * 7 + 2 * 10 * 2);
  OK(PetscFree(x));
  OK(ExpansionDestroy(&e));
  PlanEnd(&plan);
}

/* Words for people, and names that differ although the components' names differ in blanks alone. */
static void test_names(void **state)
{
  Expansion     e;
  LinearProgram p;
  Plan          plan;
  char          text[256], other[256], expected[2][256];
  (void)state;
  PlanBegin(&plan);
  OneBus("snapshot,objective,stores,generators\n2030-01-01 05:00:00,1,1,1\n");
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom_extendable,capital_cost\ncoast wind,b,wind,True,7\ncoast_wind,b,wind,True,9\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, NULL);
  OK(ExpansionCreate(plan.c, NULL, plan.faults, &e));
  p = ExpansionProgram(e);
  assert_int_equal(p->m, 3);
  snprintf(expected[0], sizeof expected[0], "upper limit of generator \"coast wind\" at 2030-01-01 05:00:00");
  snprintf(expected[1], sizeof expected[1], "power balance of bus \"b\" at 2030-01-01 05:00:00");
  ExpansionDescribe(e, PETSC_TRUE, 0, text, sizeof text);
  assert_string_equal(text, expected[0]);
  ExpansionDescribe(e, PETSC_TRUE, 2, text, sizeof text);
  assert_string_equal(text, expected[1]);
  ExpansionDescribe(e, PETSC_FALSE, 0, text, sizeof text);
  assert_string_equal(text, "capacity of generator \"coast wind\"");
  ExpansionName(e, PETSC_TRUE, 0, text, sizeof text);
  ExpansionName(e, PETSC_TRUE, 1, other, sizeof other);
  assert_null(strpbrk(text, " \t"));
  assert_string_not_equal(text, other);
  assert_true(ExpansionElastic(e, 2) > 0);
  assert_true(ExpansionElastic(e, 0) == 0);
  OK(ExpansionDestroy(&e));
  PlanEnd(&plan);
}

/* At most 5 MW of new wind in a period, and half as much again as the period before brought: 5, then 7.5; the rest
   costs 1000. */
static void test_growth(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name\nb\n");
  PlanFile("carriers.csv", "name,max_growth,max_relative_growth\nwind,5,0.5\ngas,inf,0\n");
  PlanFile("snapshots.csv", PERIODS);
  PlanFile("investment_periods.csv", "period,objective,years\n2030,1,1\n2040,1,1\n");
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,p_nom_extendable,capital_cost,marginal_cost,build_year\n"
           "w30,b,wind,0,True,10,0,2030\nw40,b,wind,0,True,10,0,2040\ng,b,gas,100,False,0,1000,2030\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,20\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "w30", "p_nom_opt"), 5);
  NEAR(PlanOf(&plan, COMPONENT_GENERATOR, "w40", "p_nom_opt"), 7.5);
  NEAR(plan.result.objective, 10 * 5 * 2 + 10 * 7.5 + 1000 * (15 + 7.5));
  PlanEnd(&plan);
}

/* 1000 a MW over 20 years at 5 % are 80.2425872 a year, and 3 for operation: 10 MW for one year of 8760 hours; a
   quarter of the annuity paid by others. */
static void test_annuity_and_subsidy(void **state)
{
  const double annuity = 1000 * 0.05 / (1 - pow(1.05, -20));
  (void)state;
  NEAR(annuity, 80.2425871907);
  for (int k = 0; k < 2; k++) {
    Plan plan;
    PlanBegin(&plan);
    OneBus("snapshot,objective,stores,generators\n0,8760,8760,8760\n");
    PlanFile("generators.csv", "name,bus,carrier,p_nom_extendable,overnight_cost,discount_rate,lifetime,fom_cost\ng,b,"
                               "wind,True,1000,0.05,20,3\n");
    PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
    PlanRead(&plan, k ? "  subsidies: [{technology: wind, share: 0.25}]\n" : NULL);
    PlanSolve(&plan);
    NEAR(plan.result.objective, 10 * ((k ? 0.75 : 1) * annuity + 3));
    PlanEnd(&plan);
  }
}

/* The cheap unit can rise by 2 MW an hour: 2 MW, then 4 of 8. A MW more of ramp would save 90, and so would a MW more
   of load in the hour before, less the 10 it costs. */
static void test_ramp(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOURS2);
  PlanFile("generators.csv",
           "name,bus,carrier,p_nom,marginal_cost,ramp_limit_up\nA,b,gas,10,10,0.2\nB,b,gas,10,100,\n");
  PlanFile("loads.csv", "name,bus\nl,b\n");
  PlanFile("loads-p_set.csv", "snapshot,l\n0,2\n1,8\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 460);
  NEAR(PlanAt(&plan, COMPONENT_GENERATOR, "A", "mu_ramp_limit_up", 1), -90);
  NEAR(PlanAt(&plan, COMPONENT_BUS, "b", "marginal_price", 0), -80);
  PlanEnd(&plan);
}

/* Of wind, 6 MW at most may be built by one constraint and 4 MW at bus a by another; all of it would be used. */
static void test_technology_limits(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  PlanFile("buses.csv", "name\na\nb\n");
  PlanFile("carriers.csv", "name\nwind\ngas\n");
  PlanFile("snapshots.csv", HOUR);
  PlanFile("generators.csv", "name,bus,carrier,p_nom,p_nom_extendable,capital_cost,marginal_cost\n"
                             "wa,a,wind,0,True,10,0\nwb,b,wind,0,True,12,0\ng,b,gas,100,False,0,100\n");
  PlanFile("loads.csv", "name,bus,p_set\nl,b,20\n");
  PlanFile("lines.csv", "name,bus0,bus1,x,s_nom\nab,a,b,0.1,30\n");
  PlanFile("global_constraints.csv", "name,type,carrier_attribute,sense,constant,bus\n"
                                     "all,tech_capacity_expansion_limit,wind,<=,6,\n"
                                     "at a,tech_capacity_expansion_limit,wind,<=,4,a\n");
  PlanRead(&plan, NULL);
  PlanSolve(&plan);
  NEAR(plan.result.objective, 4 * 10 + 2 * 12 + 14 * 100);
  NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "all", "mu"), -88);
  NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "at a", "mu"), -2);
  PlanEnd(&plan);
}

static void AssertRefused(Plan *plan, const char *expected)
{
  Expansion   e;
  const char *text;
  OK(ExpansionCreate(plan->c, NULL, plan->faults, &e));
  assert_null(e);
  assert_int_equal(FaultsErrorCount(plan->faults), 1);
  OK(FaultsGet(plan->faults, FaultsCount(plan->faults) - 1, NULL, NULL, NULL, &text));
  if (!strstr(text, expected)) fail_msg("found the fault \"%s\", not one with \"%s\"", text, expected);
}

static void test_faults(void **state)
{
  Plan plan;
  (void)state;
  PlanBegin(&plan);
  OneBus(HOUR);
  PlanFile("loads.csv", "name,bus,p_set\nl,b,10\n");
  PlanRead(&plan, NULL);
  AssertRefused(&plan, "nothing there that could serve it");
  PlanEnd(&plan);
  PlanBegin(&plan);
  OneBus(HOUR);
  PlanFile("generators.csv", "name,bus,p_nom_extendable,overnight_cost\ng,b,True,1000\n");
  PlanRead(&plan, NULL);
  AssertRefused(&plan, "without a discount_rate");
  PlanEnd(&plan);
}

/* The published optimum of PyPSA's example with AC and DC meshes, and the multiplier of its cap. */
static void test_published_meshed_network(void **state)
{
  const char *path = SharedData("pypsa/ac-dc-meshed");
  Expansion   e;
  Plan        plan;
  (void)state;
  if (!path) skip();
  PlanBegin(&plan);
  OK(ComponentsRead(PETSC_COMM_SELF, path, plan.faults, &plan.c));
  AssertNoErrors(plan.faults);
  OK(ExpansionCreate(plan.c, NULL, plan.faults, &e));
  NEAR(ExpansionObjectiveConstant(e), 21915277.518);
  OK(ExpansionDestroy(&e));
  PlanSolve(&plan);
  NEAR(plan.result.objective, 18441021.4777);
  NEAR(PlanOf(&plan, COMPONENT_GLOBAL_CONSTRAINT, "co2_limit", "mu"), -2178.29179922);
  PlanEnd(&plan);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_merit_order),
      cmocka_unit_test(test_two_zones),
      cmocka_unit_test(test_voltage_law),
      cmocka_unit_test(test_voltage_law_by_angles),
      cmocka_unit_test(test_phase_shift),
      cmocka_unit_test(test_storage_arbitrage),
      cmocka_unit_test(test_cyclic_store_loses_over_the_hours),
      cmocka_unit_test(test_inflow_is_kept_or_spilt),
      cmocka_unit_test(test_ports_of_links),
      cmocka_unit_test(test_emission_cap),
      cmocka_unit_test(test_carbon_price_counts_as_the_cap_does),
      cmocka_unit_test(test_carbon_price_of_depletion),
      cmocka_unit_test(test_periods),
      cmocka_unit_test(test_dispatch_with_given_capacity),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_growth),
      cmocka_unit_test(test_annuity_and_subsidy),
      cmocka_unit_test(test_ramp),
      cmocka_unit_test(test_technology_limits),
      cmocka_unit_test(test_faults),
      cmocka_unit_test(test_published_meshed_network),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
