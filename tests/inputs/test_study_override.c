/* Values beside the study file: merged after the policy, checked as the file is, told by the name of their key. */
#include "inputs/study_yaml.h"
#include "tests/inputs/study_text.h"

#define BASE                                                                                                   \
  MINIMAL "windows: {hours: 24}\ndispatch: {model: dc, carbon_price: 5}\n"                                     \
          "adjust: [{component: load, name: a, attribute: p_mw, value: 1}]\n"                                  \
          "policies:\n  dear: {dispatch: {carbon_price: 100}, stability: {hours: [7], faults: []}}\n  other: " \
          "{regions: 2}\n"

static void ReadWith(const char *policy, PetscInt n, const char *const *set)
{
  OK(StudyReadWith(PETSC_COMM_SELF, WriteText("study.yaml", BASE), policy, n, set, faults, &study));
}

/* The k-th fault stands at this place and has these words. */
static void AssertPlaced(PetscInt k, const char *place, const char *words)
{
  const char *file, *text;
  PetscInt    line;

  assert_true(FaultsCount(faults) > k);
  OK(FaultsGet(faults, k, NULL, &file, &line, &text));
  if (place)
    assert_string_equal(file, place);
  else
    assert_null(file);
  assert_int_equal(line, 0);
  if (!strstr(text, words)) fail_msg("'%s' is not in '%s'", words, text);
}

static void test_values_are_merged_after_the_policy_in_their_order(void **state)
{
  const char *const set[] = {"dispatch.carbon_price=7", "windows.hours=9", "windows.start=2031-02-03T04:00:00Z",
                             "dispatch.carbon_price=8"};
  (void)state;
  ReadWith("dear", 4, set);
  AssertNoErrors(faults);
  assert_string_equal(study->policy, "dear");
  assert_true(study->carbon_price == 8);
  assert_string_equal(study->model, "dc");
  assert_int_equal(study->window_hours, 9);
  assert_true(study->has_start);
  assert_int_equal(study->stability_hours.hour[0], 7);
  assert_int_equal(study->n_set, 4);
  assert_string_equal(study->set[1], "windows.hours=9");
}

static void test_lists_and_mappings_are_values_and_nothing_takes_away(void **state)
{
  const char *const set[] = {"stability=~", "dispatch={model: ac, reserves: true}", "regions=4",
                             "adjust=[{component: load, name: b, attribute: p_mw, scale: 2}]"};
  (void)state;
  ReadWith("dear", 4, set);
  AssertNoErrors(faults);
  assert_false(study->has_stability);
  assert_string_equal(study->model, "ac");
  assert_true(study->carbon_price == 100); /* beside what was set */
  assert_string_equal(study->regions, "4");
  assert_int_equal(study->n_adjustments, 2);
  assert_string_equal(study->adjustment[1].name, "b");
}

static void test_faults_are_told_by_the_key_and_only_of_what_is_run(void **state)
{
  const char *const set[] = {"windows.hours=many", "dispatch.colour=red", "windows.count=0"};
  (void)state;
  ReadWith("dear", 3, set);
  assert_int_equal(FaultsErrorCount(faults), 3);
  AssertPlaced(0, "--set windows.hours", "hours: found 'many', expected a whole number");
  AssertPlaced(1, "--set windows.count", "count: found '0'");
  AssertPlaced(2, "--set dispatch.colour", "unknown key 'colour'");
}

static void test_what_is_no_value_is_said_in_one_line(void **state)
{
  const char *const set[] = {"windows",          "windows.hours=", "=3",         "windows..hours=3", "study=x",
                             "policies.dear={}", "sweep.ranks=2",  "dispatch=[1"};
  (void)state;
  ReadWith(NULL, 8, set);
  assert_int_equal(FaultsErrorCount(faults), 8);
  for (PetscInt k = 0; k < 4; k++) AssertPlaced(k, NULL, "expected KEY=VALUE");
  AssertPlaced(4, "--set study", "a key of the file itself");
  AssertPlaced(5, "--set policies.dear", "a key of the file itself");
  AssertPlaced(6, "--set sweep.ranks", "a key of the file itself");
  AssertPlaced(7, "--set dispatch", "broken YAML");
}

static void test_equal_studies_have_equal_contents(void **state)
{
  const char *const dear[]  = {"dispatch.carbon_price=100", "stability={faults: [], hours: [7]}"};
  const char *const same[]  = {"windows.hours=24"};
  const char *const other[] = {"windows.hours='24'"};
  Study             base;

  (void)state;
  ReadWith(NULL, 0, NULL);
  base = study;
  ReadWith(NULL, 1, same);
  assert_string_equal(study->content, base->content);
  OK(StudyDestroy(&study));
  ReadWith("dear", 0, NULL);
  assert_string_not_equal(study->content, base->content);
  OK(StudyDestroy(&study));
  ReadWith(NULL, 2, dear);
  assert_string_not_equal(study->content, base->content);
  OK(StudyDestroy(&study));
  ReadWith(NULL, 1, other); /* a text is no number */
  assert_string_not_equal(study->content, base->content);
  OK(StudyDestroy(&base));
}

static void test_a_sweep_is_read_and_is_no_part_of_the_study(void **state)
{
  char with[1000];

  (void)state;
  ReadWith(NULL, 0, NULL);
  snprintf(with, sizeof with,
           "%ssweep: {policies: [base, dear], years: [2030, 2031], seeds: [0],\n"
           "  set: {dispatch.carbon_price: [0, 50.5], regions: ['a b', 2]}, ranks: 2, slots: 3}\n",
           BASE);
  {
    Study plain = study;
    OK(StudyRead(PETSC_COMM_SELF, WriteText("study.yaml", with), NULL, faults, &study));
    AssertNoErrors(faults);
    assert_string_equal(study->content, plain->content);
    OK(StudyDestroy(&plain));
  }
  assert_non_null(study->sweep);
  assert_int_equal(study->sweep->n_policies, 2);
  assert_string_equal(study->sweep->policy[1], "dear");
  assert_int_equal(study->sweep->n_years, 2);
  assert_int_equal(study->sweep->year[1], 2031);
  assert_int_equal(study->sweep->n_seeds, 1);
  assert_int_equal(study->sweep->n_axes, 2);
  assert_string_equal(study->sweep->axis[0].key, "dispatch.carbon_price");
  assert_string_equal(study->sweep->axis[0].value[1], "50.5");
  assert_string_equal(study->sweep->axis[1].value[0], "\"a b\"");
  assert_int_equal(study->sweep->ranks, 2);
  assert_int_equal(study->sweep->slots, 3);
  assert_int_equal(study->sweep->limit, 0);
}

static void test_faults_of_a_sweep_have_their_lines(void **state)
{
  (void)state;
  ReadText(MINIMAL "policies: {a: {}}\nsweep:\n  policies: [a, b]\n  years: [0]\n  seeds: 3\n  set: [x]\n  ranks: 0\n"
                   "  lanes: 4\n",
           NULL);
  AssertFault(faults, 5, "policies: found 'b', expected base or the name of a policy");
  AssertFault(faults, 6, "years: found '0', expected a year from 1 to 9999");
  AssertFault(faults, 7, "seeds: found '3', expected a list");
  AssertFault(faults, 8, "set: found a list, expected a mapping");
  AssertFault(faults, 9, "ranks: found '0'");
  AssertFault(faults, 10, "unknown key 'lanes'");
  assert_int_equal(FaultsErrorCount(faults), 6);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_values_are_merged_after_the_policy_in_their_order, Begin, End),
      cmocka_unit_test_setup_teardown(test_lists_and_mappings_are_values_and_nothing_takes_away, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_are_told_by_the_key_and_only_of_what_is_run, Begin, End),
      cmocka_unit_test_setup_teardown(test_what_is_no_value_is_said_in_one_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_equal_studies_have_equal_contents, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_sweep_is_read_and_is_no_part_of_the_study, Begin, End),
      cmocka_unit_test_setup_teardown(test_faults_of_a_sweep_have_their_lines, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
