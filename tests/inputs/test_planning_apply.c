/* Policies applied to a folder: what becomes of its components, and what is said about policies that name nothing. */
#include "inputs/planning.h"
#include "tests/inputs/study_text.h"

#include <math.h>

#define NEAR(found, expected) assert_true(fabs((found) - (expected)) <= 1e-12 * fmax(1, fabs((double)(expected))))

static Components c;

static int BeginFolder(void **state)
{
  c = NULL;
  return Begin(state);
}

static int EndFolder(void **state)
{
  return ComponentsDestroy(&c) || End(state);
}

/* Three periods of two snapshots; two regions with electricity, one of them with heat. */
static void Folder(void)
{
  RemoveFolder(TemporaryPath("grid"));
  assert_int_equal(mkdir(TemporaryPath("grid"), 0700), 0);
  WriteText("grid/investment_periods.csv", "period,objective,years\n2030,1,10\n2040,1,10\n2050,1,2.5\n");
  WriteText("grid/snapshots.csv", "period,timestep\n2030,0\n2030,1\n2040,0\n2040,1\n2050,0\n2050,1\n");
  WriteText("grid/buses.csv", "name,carrier,location\nc1,AC,coast\nc2,AC,coast\nch,heat,coast\np1,AC,plain\n");
  WriteText("grid/carriers.csv",
            "name,co2_emissions\nAC,0\nheat,0\ngas,0.2\nwind,0\nnuclear,0\nhydro,0\nbattery,0\nheat pump,0\n");
  WriteText("grid/generators.csv",
            "name,bus,carrier,p_nom,p_nom_extendable,p_nom_min,p_nom_max,build_year,marginal_cost\n"
            "wind,c1,wind,2,True,0,50,2030,0\ngas30,c1,gas,5,True,1,90,2030,40\ngas40,p1,gas,0,True,1,90,2040,40\n"
            "nuclear,p1,nuclear,5,False,0,5,2030,10\n");
  WriteText("grid/generators-p_max_pu.csv",
            "period,timestep,wind\n2030,0,1\n2030,1,1\n2040,0,0.5\n2040,1,0.5\n2050,0,0.2\n2050,1,0.3\n");
  WriteText("grid/storage_units.csv", "name,bus,carrier,p_nom,inflow\nbattery,c1,battery,1,0\nlake,p1,hydro,3,1\n");
  WriteText("grid/links.csv", "name,bus0,bus1,carrier\npump,c2,ch,heat pump\n");
  WriteText("grid/loads.csv",
            "name,bus,p_set,curtail_max_pu,curtail_cost\nhomes,c1,10,,\nworks,p1,0,0.5,\nheating,ch,6,,70\n");
  WriteText("grid/loads-p_set.csv",
            "period,timestep,works\n2030,0,1\n2030,1,2\n2040,0,3\n2040,1,4\n2050,0,5\n2050,1,6\n");
}

static void Apply(const char *planning)
{
  char text[2048];
  Folder();
  snprintf(text, sizeof text, "study: s\nnetwork: grid\nplanning:\n%s", planning);
  ReadText(text, NULL);
  AssertNoErrors(faults);
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("grid"), faults, &c));
  AssertNoErrors(faults);
  OK(PlanningApply(study->planning, c, faults));
}

static PetscReal At(ComponentKind kind, const char *name, const char *attribute, PetscInt t)
{
  const PetscInt row = ComponentsFind(c, kind, name);
  assert_true(row >= 0);
  return ColumnAt(ComponentsColumn(c, kind, attribute), row, t);
}

static PetscReal Constraint(const char *name, const char *attribute)
{
  return At(COMPONENT_GLOBAL_CONSTRAINT, name, attribute, 0);
}

static const char *Text(ComponentKind kind, const char *name, const char *attribute)
{
  const PetscInt row = ComponentsFind(c, kind, name);
  assert_true(row >= 0);
  return ColumnText(ComponentsColumn(c, kind, attribute), row);
}

static void test_demand_grows_linearly_between_years(void **state)
{
  (void)state;
  Apply("  demand_growth: [{factor: {2030: 1, 2050: 1.5}}, {region: plain, factor: 2}]\n");
  AssertNoErrors(faults);
  NEAR(At(COMPONENT_LOAD, "homes", "p_set", 1), 10);
  NEAR(At(COMPONENT_LOAD, "homes", "p_set", 2), 12.5);
  NEAR(At(COMPONENT_LOAD, "homes", "p_set", 5), 15);
  NEAR(At(COMPONENT_LOAD, "works", "p_set", 3), 4 * 1.25 * 2);
}

static void test_heat_moves_to_electricity(void **state)
{
  (void)state;
  Apply("  electrification: [{from: heat, to: AC, share: {2030: 0, 2050: 0.5}, efficiency: 3}]\n");
  AssertNoErrors(faults);
  NEAR(At(COMPONENT_LOAD, "heating", "p_set", 0), 6);
  NEAR(At(COMPONENT_LOAD, "heating", "p_set", 2), 4.5);
  NEAR(At(COMPONENT_LOAD, "heating as AC", "p_set", 2), 0.5);
  NEAR(At(COMPONENT_LOAD, "heating as AC", "p_set", 4), 1);
  assert_string_equal(Text(COMPONENT_LOAD, "heating as AC", "bus"), "c2"); /* which the heat pump joins */
}

static void test_lost_load_has_the_study_s_value_where_it_has_none(void **state)
{
  (void)state;
  Apply("  value_of_lost_load: 3000\n");
  NEAR(At(COMPONENT_LOAD, "homes", "curtail_max_pu", 0), 1);
  NEAR(At(COMPONENT_LOAD, "homes", "curtail_cost", 0), 3000);
  NEAR(At(COMPONENT_LOAD, "works", "curtail_max_pu", 0), 0.5);
  NEAR(At(COMPONENT_LOAD, "works", "curtail_cost", 0), 3000);
  NEAR(At(COMPONENT_LOAD, "heating", "curtail_cost", 0), 70);
}

/* 1.05^-0 + ... + 1.05^-9 = (1 - 1.05^-10) / (1 - 1 / 1.05); the same from the tenth year on; from the twentieth on two years and a
   half. */
static void test_periods_weigh_their_discounted_years(void **state)
{
  const double ten = (1 - pow(1.05, -10)) / (1 - 1 / 1.05);
  (void)state;
  Apply("  discount_rate: 0.05\n");
  NEAR(c->period_objective[0], ten);
  NEAR(c->period_objective[1], ten * pow(1.05, -10));
  NEAR(c->period_objective[2], (1 + 1 / 1.05 + 0.5 * pow(1.05, -2)) * pow(1.05, -20));
}

static void test_periods_are_chosen_with_their_snapshots(void **state)
{
  (void)state;
  Apply("  periods: [2030, 2050]\n  carbon_price: {2040: 30}\n  discount_rate: 0\n");
  AssertNoErrors(faults);
  assert_int_equal(c->n_periods, 2);
  assert_int_equal(c->period[1], 2050);
  assert_int_equal(c->n_snapshots, 4);
  assert_int_equal(c->period_of[3], 1);
  assert_true(c->period_objective[0] == 10 && c->period_objective[1] == 2.5 && c->period_years[1] == 2.5);
  assert_true(c->carbon_price[0] == 0 && c->carbon_price[1] == 30); /* that of 2040 holds on */
  NEAR(At(COMPONENT_LOAD, "works", "p_set", 2), 5);
  NEAR(At(COMPONENT_GENERATOR, "wind", "p_max_pu", 3), 0.3);
}

static void test_carbon_is_priced_and_capped(void **state)
{
  (void)state;
  Apply("  carbon_price: {2030: 50, 2040: 100}\n  carbon_cap: {2040: 7, 2050: 0}\n  carbon_budget: 500\n");
  assert_true(c->carbon_price[0] == 50 && c->carbon_price[1] == 100 && c->carbon_price[2] == 100);
  assert_int_equal(c->table[COMPONENT_GLOBAL_CONSTRAINT].n, 3);
  NEAR(Constraint("carbon_cap-2040", "constant"), 70); /* 7 t a year for ten years */
  NEAR(Constraint("carbon_cap-2040", "investment_period"), 2040);
  NEAR(Constraint("carbon_cap-2050", "constant"), 0);
  NEAR(Constraint("carbon_budget", "constant"), 500);
  assert_true(isnan(Constraint("carbon_budget", "investment_period")));
  assert_string_equal(Text(COMPONENT_GLOBAL_CONSTRAINT, "carbon_cap-2050", "type"), "primary_energy");
  assert_string_equal(Text(COMPONENT_GLOBAL_CONSTRAINT, "carbon_cap-2050", "sense"), "<=");
}

static void test_bans_keep_what_exists(void **state)
{
  (void)state;
  Apply("  bans: [{technology: gas, from: 2040}, {technology: wind, region: coast}]\n");
  AssertNoErrors(faults);
  NEAR(At(COMPONENT_GENERATOR, "gas30", "p_nom_max", 0), 90); /* built before */
  NEAR(At(COMPONENT_GENERATOR, "gas40", "p_nom_max", 0), 1);  /* what must be built may be */
  NEAR(At(COMPONENT_GENERATOR, "wind", "p_nom_max", 0), 2);   /* what exists stays */
}

static void test_bans_of_use_hold_from_their_year_on(void **state)
{
  (void)state;
  Apply("  bans: [{technology: gas, from: 2040, use: true}, {technology: wind, from: 2050, use: true}]\n");
  AssertNoErrors(faults);
  NEAR(At(COMPONENT_GENERATOR, "gas30", "p_max_pu", 1), 1);
  NEAR(At(COMPONENT_GENERATOR, "gas30", "p_max_pu", 2), 0);
  NEAR(At(COMPONENT_GENERATOR, "gas30", "p_max_pu", 5), 0);
  NEAR(At(COMPONENT_GENERATOR, "wind", "p_max_pu", 3), 0.5);
  NEAR(At(COMPONENT_GENERATOR, "wind", "p_max_pu", 5), 0);
}

static void test_subsidies_and_credits_become_columns(void **state)
{
  (void)state;
  Apply("  subsidies: [{technology: battery, share: 0.3}, {technology: wind, per_mwh: 5}]\n"
        "  reserve_margin: {margin: 0.1, credit: {wind: 0.2}}\n");
  AssertNoErrors(faults);
  NEAR(At(COMPONENT_STORAGE_UNIT, "battery", "subsidy", 0), 0.3);
  NEAR(At(COMPONENT_STORAGE_UNIT, "lake", "subsidy", 0), 0);
  NEAR(At(COMPONENT_GENERATOR, "wind", "subsidy_per_mwh", 0), 5);
  NEAR(At(COMPONENT_GENERATOR, "wind", "capacity_credit", 0), 0.2);
  assert_true(isnan(At(COMPONENT_GENERATOR, "gas30", "capacity_credit", 0)));
  assert_int_equal(c->table[COMPONENT_GLOBAL_CONSTRAINT].n, 6); /* two regions, three periods */
  assert_string_equal(Text(COMPONENT_GLOBAL_CONSTRAINT, "capacity_margin-plain-2040", "region"), "plain");
  NEAR(Constraint("capacity_margin-plain-2040", "constant"), 0.1);
}

static void test_shares_have_their_carriers(void **state)
{
  (void)state;
  Apply("  renewable_share: {2040: 0.5}\n  clean_share: {2050: 1}\n");
  AssertNoErrors(faults);
  assert_int_equal(c->table[COMPONENT_GLOBAL_CONSTRAINT].n, 3); /* none of 2030 */
  assert_string_equal(Text(COMPONENT_GLOBAL_CONSTRAINT, "renewable_share-2040", "carriers"), "wind;hydro");
  assert_string_equal(Text(COMPONENT_GLOBAL_CONSTRAINT, "clean_share-2050", "carriers"), "wind;nuclear;hydro");
  NEAR(Constraint("renewable_share-2050", "constant"), 0.5);
  assert_string_equal(Text(COMPONENT_GLOBAL_CONSTRAINT, "clean_share-2050", "sense"), ">=");
}

static void test_targets_and_reserves_become_rows(void **state)
{
  (void)state;
  Apply("  targets: [{technology: wind, region: coast, period: 2040, at_least: 20, at_most: 80}]\n"
        "  operating_reserve: {share_of_load: 0.03, share_of_renewables: 0.05, shortage_price: 900}\n");
  AssertNoErrors(faults);
  assert_int_equal(c->table[COMPONENT_GLOBAL_CONSTRAINT].n, 2);
  NEAR(Constraint("target-wind-coast-2040-at_least", "constant"), 20);
  NEAR(Constraint("target-wind-coast-2040-at_most", "constant"), 80);
  assert_int_equal(c->table[COMPONENT_RESERVE].n, 2);
  NEAR(At(COMPONENT_RESERVE, "operating_reserve-coast", "share_of_load", 0), 0.03);
  NEAR(At(COMPONENT_RESERVE, "operating_reserve-coast", "shortage_price", 0), 900);
  assert_string_equal(Text(COMPONENT_RESERVE, "operating_reserve-plain", "label"), "plain");
  assert_string_equal(Text(COMPONENT_RESERVE, "operating_reserve-plain", "column"), "location");
  NEAR(At(COMPONENT_GENERATOR, "gas30", "reserve_max_pu", 0), 1);
  NEAR(At(COMPONENT_GENERATOR, "wind", "reserve_max_pu", 0), 0);
}

static void test_policies_that_name_nothing_are_faults(void **state)
{
  (void)state;
  Apply("  carbon_price: {2035: 3}\n"                                                             /* 4 */
        "  bans:\n    - {technology: gaz}\n    - {technology: wind, region: plain}\n"             /* 5-7 */
        "    - {technology: gas, from: 2060}\n"                                                   /* 8 */
        "  targets: [{technology: wind, region: cost, period: 2045, at_least: 1}]\n"              /* 9 */
        "  subsidies: [{technology: battery, per_mwh: 3}]\n"                                      /* 10 */
        "  demand_growth: [{carrier: hydrogen, factor: 2}]\n"                                     /* 11 */
        "  electrification: [{from: heat, to: DC, share: 1}, {from: AC, to: heat, share: 0.1}]\n" /* 12 */
        "  renewable: [wind, sun]\n"                                                              /* 13 */
        "  clean_share: 0.3\n  clean: [coal]\n"                                                   /* 14, 15 */
        "  renewable_share: 0.3\n"                                                                /* 16 */
        "  reserve_margin: {margin: 0.1, credit: {solar: 1}}\n");                                 /* 17 */
  AssertFault(faults, 4, "carbon_price: found the year 2035, expected an investment period");
  AssertFault(faults, 6, "bans: found no asset of the technology 'gaz'");
  AssertFault(faults, 6, "expected 'gas' (nearest of those there are)");
  AssertFault(faults, 7, "bans: found no asset of the technology 'wind' in the region 'plain'");
  AssertFault(faults, 8, "bans: found the year 2060, expected an investment period");
  AssertFault(faults, 9, "targets: found no region 'cost'");
  AssertFault(faults, 9, "expected 'coast' (nearest");
  AssertFault(faults, 9, "targets: found the year 2045");
  AssertFault(faults, 10, "subsidies: found per_mwh for 'battery', which no generator or link has");
  AssertFault(faults, 11, "demand_growth: found no bus of the carrier 'hydrogen'");
  AssertFault(faults, 12, "electrification: found no bus of the carrier 'DC'");
  AssertFault(faults, 12,
              "electrification: found no bus of the carrier 'heat' in the region 'plain' of the load 'works'");
  AssertFault(faults, 13, "renewable: found no asset of the technology 'sun'");
  AssertFault(faults, 15, "clean: found no asset of the technology 'coal'");
  AssertFault(faults, 17, "credit: found no asset of the technology 'solar'");
}

static void test_a_column_of_regions_must_be_there(void **state)
{
  (void)state;
  Apply("  region: locatoin\n");
  AssertFault(faults, 4, "region: found no column of the buses 'locatoin'");
  AssertFault(faults, 4, "expected 'location'");
}

static void test_networks_without_periods_take_one_number(void **state)
{
  (void)state;
  Folder();
  assert_int_equal(unlink(TemporaryPath("grid/investment_periods.csv")), 0);
  assert_int_equal(unlink(TemporaryPath("grid/generators-p_max_pu.csv")), 0);
  assert_int_equal(unlink(TemporaryPath("grid/loads-p_set.csv")), 0);
  WriteText("grid/snapshots.csv", "snapshot\n0\n1\n");
  ReadText("study: s\nnetwork: grid\nplanning:\n  carbon_cap: {2050: 0}\n  carbon_price: 20\n  demand_growth: 1.5\n"
           "  discount_rate: 0.1\n  electrification: [{from: heat, to: AC, share: {2050: 1}}]\n  bans: [{technology: "
           "gas}]\n",
           NULL);
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("grid"), faults, &c));
  AssertNoErrors(faults);
  OK(PlanningApply(study->planning, c, faults));
  AssertFault(faults, 4, "carbon_cap: found the year 2050, but");
  AssertFault(faults, 7, "discount_rate: found a network without investment periods");
  OK(FaultsDestroy(&faults));
  OK(FaultsCreate(&faults));
  OK(ComponentsDestroy(&c));
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("grid"), faults, &c));
  study->planning->carbon_cap.year[0]                    = PETSC_MIN_INT;
  study->planning->discount_rate                         = NAN;
  study->planning->electrification.rule[0].years.year[0] = PETSC_MIN_INT;
  OK(PlanningApply(study->planning, c, faults));
  AssertNoErrors(faults);
  assert_true(c->carbon_price[0] == 20);
  NEAR(At(COMPONENT_LOAD, "homes", "p_set", 1), 15);
  NEAR(At(COMPONENT_LOAD, "heating as AC", "p_set", 1), 9);
  NEAR(At(COMPONENT_LOAD, "heating", "p_set", 1), 0);
  NEAR(At(COMPONENT_GENERATOR, "gas30", "p_nom_max", 0), 5);
  NEAR(Constraint("carbon_cap", "constant"), 0);
}

static void test_a_plan_without_policies_changes_nothing(void **state)
{
  Planning planning;
  (void)state;
  Folder();
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("grid"), faults, &c));
  OK(PlanningCreate(&planning));
  OK(PlanningApply(planning, c, faults));
  OK(PlanningDestroy(&planning));
  AssertNoErrors(faults);
  assert_int_equal(c->table[COMPONENT_GLOBAL_CONSTRAINT].n + c->table[COMPONENT_RESERVE].n, 0);
  assert_int_equal(c->table[COMPONENT_LOAD].n, 3);
  assert_true(c->period_objective[0] == 1 && c->carbon_price[2] == 0);
  NEAR(At(COMPONENT_LOAD, "homes", "curtail_max_pu", 0), 0);
}

/* Whatever a section says, there are faults or components. */
static void test_mutated_policies_are_faults_not_crashes(void **state)
{
  static const char *const text =
      "study: s\nnetwork: grid\nplanning:\n  periods: [2030, 2050]\n  discount_rate: 0.04\n  value_of_lost_load: 50\n"
      "  carbon_price: {2030: 5, 2050: 9}\n  carbon_cap: {2050: 0}\n  renewable_share: {2050: 0.9}\n  clean: [wind, "
      "nuclear]\n"
      "  clean_share: 1\n  reserve_margin: {margin: 0.1, scope: region, credit: {wind: 0.1}}\n"
      "  operating_reserve: {share_of_load: 0.03}\n  targets: [{technology: wind, region: coast, period: 2050, "
      "at_least: 2}]\n"
      "  bans: [{technology: gas, from: 2040, use: true}]\n  subsidies: [{technology: battery, share: 0.3}]\n"
      "  demand_growth: {2030: 1, 2050: 1.3}\n  electrification: [{from: heat, to: AC, share: {2050: 0.5}, efficiency: "
      "3}]\n";
  Components folder;
  PetscInt   applied = 0;
  (void)state;
  Folder();
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("grid"), faults, &folder));
  for (uint64_t seed = 0; seed < 1500; seed++) {
    size_t size;
    char  *bytes = Mutate(text, strlen(text), seed, &size);
    OK(FaultsDestroy(&faults));
    OK(FaultsCreate(&faults));
    WriteBytes(TemporaryPath("study.yaml"), bytes, size);
    OK(StudyRead(PETSC_COMM_SELF, TemporaryPath("study.yaml"), NULL, faults, &study));
    if (study && study->planning && !FaultsErrorCount(faults)) {
      OK(ComponentsDuplicate(folder, &c));
      OK(PlanningApply(study->planning, c, faults));
      OK(ComponentsDestroy(&c));
      applied++;
    }
    OK(StudyDestroy(&study));
    free(bytes);
  }
  assert_true(applied > 30); /* most break the YAML */
  OK(ComponentsDestroy(&folder));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_demand_grows_linearly_between_years, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_heat_moves_to_electricity, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_lost_load_has_the_study_s_value_where_it_has_none, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_periods_weigh_their_discounted_years, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_periods_are_chosen_with_their_snapshots, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_carbon_is_priced_and_capped, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_bans_keep_what_exists, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_bans_of_use_hold_from_their_year_on, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_subsidies_and_credits_become_columns, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_shares_have_their_carriers, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_targets_and_reserves_become_rows, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_policies_that_name_nothing_are_faults, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_a_column_of_regions_must_be_there, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_networks_without_periods_take_one_number, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_a_plan_without_policies_changes_nothing, BeginFolder, EndFolder),
      cmocka_unit_test_setup_teardown(test_mutated_policies_are_faults_not_crashes, BeginFolder, EndFolder),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
