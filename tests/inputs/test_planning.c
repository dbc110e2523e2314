/* The section `planning` of a study: what its keys mean, and what is said about wrong ones. */
#include "inputs/planning.h"
#include "tests/inputs/study_text.h"

#include <math.h>

static void test_every_key_is_read(void **state)
{
  Planning p;
  (void)state;
  ReadText(MINIMAL "planning:\n"
                   "  currency: CHF\n"
                   "  periods: [2030, 2050]\n"
                   "  discount_rate: 0.04\n"
                   "  value_of_lost_load: 5000\n"
                   "  carbon_price: {2050: 100, 2030: 50}\n"
                   "  carbon_cap: 12\n"
                   "  carbon_budget: 1.0e6\n"
                   "  renewable_share: {2050: 0.9}\n"
                   "  clean_share: {2050: 1}\n"
                   "  renewable: [wind, solar]\n"
                   "  clean: [wind, solar, nuclear]\n"
                   "  reserve_margin: {margin: 0.15, scope: study, credit: {wind: 0.1}}\n"
                   "  operating_reserve: {share_of_load: 0.03, share_of_renewables: 0.05, shortage_price: 900}\n"
                   "  targets: [{technology: wind, region: coast, period: 2050, at_least: 20, at_most: 80}]\n"
                   "  bans: [{technology: gas, from: 2050, use: true}]\n"
                   "  subsidies: [{technology: battery, share: 0.3}, {technology: wind, per_mwh: 5}]\n"
                   "  demand_growth: [{carrier: heat, factor: 1.2}, {region: coast, factor: {2030: 1, 2050: 1.3}}]\n"
                   "  electrification: [{from: heat, to: AC, share: {2050: 0.5}, efficiency: 3}]\n"
                   "  peer_to_peer: true\n"
                   "  region: location\n"
                   "  reliability: {years: 50, seed: 7, hours: 168}\n"
                   "  check: {hours: [peak, typical], rounds: 2, stability: false}\n",
           NULL);
  AssertNoErrors(faults);
  p = study->planning;
  assert_non_null(p);
  assert_string_equal(p->path, TemporaryPath("study.yaml"));
  assert_string_equal(p->policy, "base");
  assert_string_equal(p->currency, "CHF");
  assert_int_equal(p->n_periods, 2);
  assert_int_equal(p->period[1], 2050);
  assert_true(p->discount_rate == 0.04 && p->value_of_lost_load == 5000 && p->carbon_budget == 1e6);
  assert_int_equal(p->carbon_price.n, 2);
  assert_int_equal(p->carbon_price.year[0], 2030);
  assert_true(p->carbon_price.value[0] == 50 && p->carbon_price.value[1] == 100);
  assert_int_equal(p->carbon_cap.n, 1);
  assert_int_equal(p->carbon_cap.year[0], PETSC_MIN_INT);
  assert_true(p->renewable_share.value[0] == 0.9 && p->clean_share.value[0] == 1);
  assert_int_equal(p->renewable.n, 2);
  assert_string_equal(p->clean.text[2], "nuclear");
  assert_true(p->reserve_margin == 0.15 && p->reserve_margin_study);
  assert_string_equal(p->credit.rule[0].technology, "wind");
  assert_true(p->credit.rule[0].share == 0.1);
  assert_true(p->reserve_share_of_load == 0.03 && p->reserve_share_of_renewables == 0.05);
  assert_true(p->reserve_shortage_price == 900 && !p->reserve_study);
  assert_int_equal(p->targets.rule[0].period, 2050);
  assert_true(p->targets.rule[0].at_least == 20 && p->targets.rule[0].at_most == 80);
  assert_string_equal(p->targets.rule[0].region, "coast");
  assert_int_equal(p->targets.rule[0].line, 17);
  assert_true(p->bans.rule[0].use && p->bans.rule[0].from == 2050);
  assert_true(p->subsidies.rule[0].share == 0.3 && p->subsidies.rule[1].per_mwh == 5);
  assert_int_equal(p->demand_growth.n, 2);
  assert_string_equal(p->demand_growth.rule[0].from_carrier, "heat");
  assert_true(p->demand_growth.rule[1].years.value[1] == 1.3);
  assert_string_equal(p->electrification.rule[0].to_carrier, "AC");
  assert_true(p->electrification.rule[0].efficiency == 3);
  assert_true(p->peer_to_peer && !p->check_stability);
  assert_string_equal(p->region, "location");
  assert_true(p->reliability_years == 50 && p->reliability_seed == 7 && p->reliability_hours == 168);
  assert_true(p->n_check_hours == 2 && p->check_rounds == 2);
}

static void test_nothing_is_planned_unless_asked_for(void **state)
{
  (void)state;
  ReadText(MINIMAL, NULL);
  AssertNoErrors(faults);
  assert_null(study->planning);
  OK(StudyDestroy(&study));
  ReadText(MINIMAL "market: {currency: NOK}\nplanning: {}\n", NULL);
  AssertNoErrors(faults);
  assert_string_equal(study->planning->currency, "NOK");
  assert_true(isnan(study->planning->discount_rate) && isinf(study->planning->value_of_lost_load));
  assert_true(isnan(study->planning->reserve_margin) && isinf(study->planning->carbon_budget));
  assert_int_equal(study->planning->carbon_price.n, 0);
}

static void test_policies_override_the_section(void **state)
{
  static const char *const text =
      MINIMAL "planning:\n  carbon_price: {2030: 10, 2040: 20}\n  carbon_cap: {2050: 5}\n  renewable: [wind]\n"
              "policies:\n  dear: {planning: {carbon_price: {2040: 99}, carbon_cap: ~, renewable: [solar, wind]}}\n"
              "  none: {planning: ~}\n";
  (void)state;
  ReadText(text, "dear");
  AssertNoErrors(faults);
  assert_string_equal(study->planning->policy, "dear");
  assert_int_equal(study->planning->carbon_price.n, 2); /* mappings are merged, */
  assert_true(study->planning->carbon_price.value[0] == 10 && study->planning->carbon_price.value[1] == 99);
  assert_int_equal(study->planning->carbon_cap.n, 0); /* ~ takes away, */
  assert_int_equal(study->planning->renewable.n, 2);  /* lists are replaced */
  OK(StudyDestroy(&study));
  ReadText(text, "none");
  assert_null(study->planning);
}

static void test_faults_have_their_lines(void **state)
{
  (void)state;
  ReadText(MINIMAL                                                                               /* 1, 2 */
           "planning:\n"                                                                         /* 3 */
           "  carbon_prise: 3\n"                                                                 /* 4 */
           "  discount_rate: 4\n"                                                                /* 5 */
           "  carbon_price: {20x0: 3}\n"                                                         /* 6 */
           "  carbon_cap: [3]\n"                                                                 /* 7 */
           "  renewable_share:\n    2030: 0.3\n    2040: much\n"                                 /* 8-10 */
           "  clean_share: {}\n"                                                                 /* 11 */
           "  renewable: wind\n"                                                                 /* 12 */
           "  clean: [wind, wind]\n"                                                             /* 13 */
           "  reserve_margin: {scope: country}\n"                                                /* 14 */
           "  operating_reserve: {share_of_loads: 1}\n"                                          /* 15 */
           "  targets:\n    - {region: coast}\n    - {technology: w, at_least: 3, at_most: 2}\n" /* 16-18 */
           "  bans: [gas]\n"                                                                     /* 19 */
           "  subsidies: [{technology: wind}]\n"                                                 /* 20 */
           "  demand_growth: -1\n"                                                               /* 21 */
           "  electrification: [{from: AC, to: AC, share: 2}]\n"                                 /* 22 */
           "  reliability: {years: 0}\n"                                                         /* 23 */
           "  check: {hours: [pek]}\n"                                                           /* 24 */
           "  periods: [2040, 2030]\n"                                                           /* 25 */
           "  currency: euro\n",                                                                 /* 26 */
           NULL);
  AssertFault(faults, 4, "planning: found the unknown key 'carbon_prise', expected carbon_price");
  AssertFault(faults, 5, "discount_rate: found '4', expected a rate from 0 to 1");
  AssertFault(faults, 6, "carbon_price: found the year '20x0', expected a whole number from 1 to 9999");
  AssertFault(faults, 7, "carbon_cap: found a list, expected a number, or a mapping of years to numbers");
  AssertFault(faults, 10, "renewable_share: found 'much', expected a share of at least 0");
  AssertFault(faults, 11, "clean_share: found a mapping, expected a number, or a mapping of years to numbers");
  AssertFault(faults, 12, "renewable: found 'wind', expected a list of carriers");
  AssertFault(faults, 13, "clean: found 'wind' twice");
  AssertFault(faults, 14, "scope: found 'country', expected region or study");
  AssertFault(faults, 14, "reserve_margin: found no key 'margin'");
  AssertFault(faults, 15, "found the unknown key 'share_of_loads', expected share_of_load");
  AssertFault(faults, 17, "targets: found no key 'technology'");
  AssertFault(faults, 17, "targets: found neither 'at_least' nor 'at_most'");
  AssertFault(faults, 18, "targets: found at_least 3 above at_most 2");
  AssertFault(faults, 19, "bans: found 'gas', expected a mapping");
  AssertFault(faults, 20, "subsidies: found neither 'share' nor 'per_mwh'");
  AssertFault(faults, 21, "demand_growth: found '-1', expected a factor from 0 to 1000");
  AssertFault(faults, 22, "share: found '2', expected a share from 0 to 1");
  AssertFault(faults, 22, "electrification: found 'AC' for both 'from' and 'to'");
  AssertFault(faults, 23, "years: found '0', expected a whole number of years from 1");
  AssertFault(faults, 24, "hours: found 'pek', expected peak");
  AssertFault(faults, 25, "periods: found 2030 after 2040, expected ascending years");
  AssertFault(faults, 26, "currency: found 'euro', expected a code of three capital letters");
  assert_int_equal(FaultsErrorCount(faults), 23);
}

static void test_only_a_pypsa_folder_is_planned(void **state)
{
  (void)state;
  ReadText("study: s\nnetwork: {path: ., format: matpower}\nplanning: {carbon_cap: 3}\n", NULL);
  AssertFault(faults, 3, "planning: found a network in the format matpower, expected a PyPSA folder");
}

static void test_broken_sections_are_faults_not_crashes(void **state)
{
  static const char *const text = MINIMAL
      "planning: {currency: EUR, periods: [2030], carbon_price: {2030: 1}, renewable: [wind], clean: [a, b],\n"
      "  reserve_margin: {margin: 0.1, credit: {w: 0.1}}, operating_reserve: {share_of_load: 0.1},\n"
      "  targets: [{technology: w, at_least: 2}], bans: [{technology: g, from: 2030}], check: {hours: [peak]},\n"
      "  demand_growth: [{factor: {2030: 1}}], electrification: [{from: a, to: b, share: 1}]}\n";
  (void)state;
  for (uint64_t seed = 0; seed < 3000; seed++) {
    size_t size;
    char  *bytes = Mutate(text, strlen(text), seed, &size);
    OK(FaultsDestroy(&faults));
    OK(FaultsCreate(&faults));
    WriteBytes(TemporaryPath("study.yaml"), bytes, size);
    OK(StudyRead(PETSC_COMM_SELF, TemporaryPath("study.yaml"), NULL, faults, &study));
    assert_true(study || FaultsErrorCount(faults) > 0);
    OK(StudyDestroy(&study));
    free(bytes);
  }
}

static void test_values_hold_until_the_next_year_or_are_interpolated(void **state)
{
  PetscInt   year[]  = {2030, 2040};
  PetscReal  value[] = {1, 3};
  YearValues v = {2, year, value, NULL, 0}, none = {0};
  (void)state;
  assert_true(YearValuesAt(&v, 2029, PETSC_FALSE, -7) == -7);
  assert_true(YearValuesAt(&v, 2035, PETSC_FALSE, 0) == 1);
  assert_true(YearValuesAt(&v, 2035, PETSC_TRUE, 0) == 2);
  assert_true(YearValuesAt(&v, 2060, PETSC_TRUE, 0) == 3);
  assert_true(YearValuesAt(&none, 2030, PETSC_TRUE, 5) == 5);
  year[0] = PETSC_MIN_INT, v.n = 1;
  assert_true(YearValuesAt(&v, 2030, PETSC_TRUE, 5) == 1);
}

static void test_names_are_found_in_lists(void **state)
{
  (void)state;
  assert_true(PlanningNamed("wind;solar", "wind") && PlanningNamed("wind;solar", "solar"));
  assert_false(PlanningNamed("wind;solar", "win") || PlanningNamed("wind;solar", "") || PlanningNamed("", "x"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_every_key_is_read, Begin, End),
      cmocka_unit_test_setup_teardown(test_nothing_is_planned_unless_asked_for, Begin, End),
      cmocka_unit_test_setup_teardown(test_policies_override_the_section, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_have_their_lines, Begin, End),
      cmocka_unit_test_setup_teardown(test_only_a_pypsa_folder_is_planned, Begin, End),
      cmocka_unit_test_setup_teardown(test_broken_sections_are_faults_not_crashes, Begin, End),
      cmocka_unit_test(test_values_hold_until_the_next_year_or_are_interpolated),
      cmocka_unit_test(test_names_are_found_in_lists),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
