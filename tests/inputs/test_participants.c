/* Participants: every asset has exactly one owner, and wrong tables are answered line by line. */
#include "inputs/participants.h"
#include "inputs/reader.h"
#include "tests/inputs/text_files.h"

static Faults       faults;
static Network      net;
static Participants who;

static int Begin(void **state)
{
  (void)state;
  who = NULL;
  if (FaultsCreate(&faults)) return 1;
  return NetworkReadPypsa(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands"), faults, &net);
}

static int End(void **state)
{
  (void)state;
  return ParticipantsDestroy(&who) || NetworkDestroy(&net) || FaultsDestroy(&faults);
}

static void ReadTable(const char *text)
{
  OK(ParticipantsRead(PETSC_COMM_SELF, WriteText("participants.csv", text), net, faults, &who));
}

static void AssertSound(void)
{
  assert_non_null(who);
  for (PetscInt k = 0; k < net->generator.n; k++) assert_in_range(who->of_generator[k], 0, who->n - 1);
  for (PetscInt k = 0; k < net->load.n; k++) assert_in_range(who->of_load[k], 0, who->n - 1);
  for (PetscInt k = 0; k < net->storage.n; k++) assert_in_range(who->of_storage[k], 0, who->n - 1);
  for (PetscInt k = 0; k < net->link.n; k++) assert_in_range(who->of_link[k], 0, who->n - 1);
  for (PetscInt a = 0; a < who->n; a++)
    for (PetscInt b = 0; b < a; b++) assert_string_not_equal(who->name[a], who->name[b]);
}

static void test_without_a_table_each_asset_is_its_own_participant(void **state)
{
  (void)state;
  OK(ParticipantsRead(PETSC_COMM_SELF, NULL, net, faults, &who));
  AssertNoErrors(faults);
  AssertSound();
  assert_int_equal(who->n, 8);
  assert_string_equal(who->name[0], "wind farm");
  assert_string_equal(who->name[3], "harbour");
  assert_string_equal(who->name[6], "battery");
  assert_string_equal(who->name[7], "city battery");
}

static void test_a_participant_may_own_several_assets(void **state)
{
  (void)state;
  ReadTable("participant,component,asset,class\nisland,generator,wind "
            "farm,producer\nisland,load,harbour,user\nother,storage,battery,\n");
  AssertNoErrors(faults);
  AssertSound();
  assert_int_equal(who->n, 7);
  assert_string_equal(who->name[0], "island");
  assert_int_equal(who->of_generator[0], 0);
  assert_int_equal(who->of_load[0], 0);
  assert_int_equal(who->of_storage[0], 1);
  assert_string_equal(who->name[who->of_generator[1]], "solar plant");
}

static void test_names_stay_unique_when_assets_share_them(void **state)
{
  (void)state;
  OK(NetworkSetString(&net->load.name[1], "wind farm"));
  ReadTable("participant,component,asset\nharbour,generator,main grid\n");
  AssertNoErrors(faults);
  AssertSound();
  assert_string_equal(who->name[who->of_load[0]], "load harbour");
  assert_string_equal(who->name[who->of_generator[0]], "wind farm");
  assert_string_equal(who->name[who->of_load[1]], "load wind farm");
}

static void test_all_faults_of_a_table_are_found(void **state)
{
  (void)state;
  ReadTable("participant,component,asset\n"
            "a,generator,wind frm\n"
            "a,plant,wind farm\n"
            "a,load,harbour\n"
            "b,load,harbour\n"
            ",load,village\n");
  assert_null(who);
  AssertFault(faults, 2, "found the generator 'wind frm', expected one of the network's 3 such as 'wind farm'");
  AssertFault(faults, 3, "found the component 'plant', expected generator, load, storage or link");
  AssertFault(faults, 5, "found the load 'harbour' owned twice, expected one owner ('a' at line 4)");
  AssertFault(faults, 6, "found no participant");
  assert_int_equal(FaultsErrorCount(faults), 4);
}

static void test_wrong_columns_are_named(void **state)
{
  (void)state;
  ReadTable("participant,asset,kind\na,b,c\n");
  assert_null(who);
  AssertFault(faults, 1, "\"component\"");
  AssertFault(faults, 1, "found the column 'kind'");
}

static void test_what_is_no_table_gets_one_line(void **state)
{
  (void)state;
  OK(ParticipantsRead(PETSC_COMM_SELF, TemporaryFolder(), net, faults, &who));
  assert_null(who);
  assert_int_equal(FaultsErrorCount(faults), 1);
  ReadTable("");
  assert_int_equal(FaultsErrorCount(faults), 2);
}

static void ReadMutation(const char *bytes, size_t size)
{
  WriteBytes(TemporaryPath("fuzz.csv"), bytes, size);
  OK(ParticipantsRead(PETSC_COMM_SELF, TemporaryPath("fuzz.csv"), net, faults, &who));
  if (who)
    AssertSound();
  else
    assert_true(FaultsErrorCount(faults) > 0);
  OK(ParticipantsDestroy(&who));
  OK(FaultsDestroy(&faults));
  OK(FaultsCreate(&faults));
}

static void test_mutated_tables_never_crash(void **state)
{
  static const char *const corpus[] = {"inputs/cases/islands/participants.csv",
                                       "tests/inputs/corpus/participants/quoted.csv",
                                       "tests/inputs/corpus/participants/wrong.csv"};
  (void)state;
  for (int k = 0; k < 3; k++) {
    size_t size, length;
    char  *bytes = ReadBytes(ShippedFile(corpus[k]), &size);
    ReadMutation(bytes, size);
    for (uint64_t seed = 0; seed < 400; seed++) {
      char *mutated = Mutate(bytes, size, seed, &length);
      ReadMutation(mutated, length);
      free(mutated);
    }
    free(bytes);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_without_a_table_each_asset_is_its_own_participant, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_participant_may_own_several_assets, Begin, End),
      cmocka_unit_test_setup_teardown(test_names_stay_unique_when_assets_share_them, Begin, End),
      cmocka_unit_test_setup_teardown(test_all_faults_of_a_table_are_found, Begin, End),
      cmocka_unit_test_setup_teardown(test_wrong_columns_are_named, Begin, End),
      cmocka_unit_test_setup_teardown(test_what_is_no_table_gets_one_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_mutated_tables_never_crash, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
