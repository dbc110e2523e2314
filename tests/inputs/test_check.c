/* `check`: what it prints of good input, and that it finds every fault of bad input, the same on every rank. */
#include "inputs/check.h"
#include "tests/inputs/text_files.h"

#include <mpi.h>

static Faults faults;
static char  *printed;
static size_t printed_size;

static int Begin(void **state)
{
  (void)state;
  printed = NULL;
  return FaultsCreate(&faults);
}

static int End(void **state)
{
  (void)state;
  free(printed);
  return FaultsDestroy(&faults);
}

static void Check(const char *path)
{
  FILE *out = open_memstream(&printed, &printed_size);
  assert_non_null(out);
  OK(CheckPath(PETSC_COMM_WORLD, path, faults, out, NULL, NULL));
  fclose(out);
}

static PetscBool First(void)
{
  PetscMPIInt rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank == 0 ? PETSC_TRUE : PETSC_FALSE;
}

static void AssertPrinted(const char *words)
{
  const char *text = printed ? printed : "";
  if (!First())
    assert_string_equal(text, "");
  else if (!strstr(text, words))
    fail_msg("\"%s\" is not in:\n%s", words, text);
}

/* Files are written by each rank in its own folder; rank 0's is the one that is read. */
static const char *Shared(const char *name, const char *text)
{
  static char path[256];
  snprintf(path, sizeof path, "%s", WriteText(name, text));
  OK(MPI_Bcast(path, sizeof path, MPI_CHAR, 0, PETSC_COMM_WORLD));
  return path;
}

static void AssertSameOnAllRanks(void)
{
  unsigned long mine = 5381, least, most;
  for (PetscInt k = 0; k < FaultsCount(faults); k++) {
    const char *text, *file;
    PetscInt    line;
    OK(FaultsGet(faults, k, NULL, &file, &line, &text));
    for (const char *c = text; *c; c++) mine = mine * 33 + (unsigned char)*c;
    for (const char *c = file ? file : ""; *c; c++) mine = mine * 33 + (unsigned char)*c;
    mine = mine * 33 + (unsigned long)line;
  }
  OK(MPI_Allreduce(&mine, &least, 1, MPI_UNSIGNED_LONG, MPI_MIN, PETSC_COMM_WORLD));
  OK(MPI_Allreduce(&mine, &most, 1, MPI_UNSIGNED_LONG, MPI_MAX, PETSC_COMM_WORLD));
  assert_true(least == most);
}

static void test_a_study_is_summarised_with_units(void **state)
{
  (void)state;
  Check(ShippedFile("inputs/cases/islands/study.yaml"));
  assert_int_equal(FaultsCount(faults), 0);
  AssertPrinted("1 of 24 h from 2030-06-21T00:00:00Z");
  AssertPrinted("base, secure-evening, carbon-price-100, calm-day, grid-closed");
  AssertPrinted("3.500 MW: wind 1.000 MW, solar 1.500 MW, grid 1.000 MW");
  AssertPrinted("at most 3.000 MW (2030-06-21T12:00:00Z)");
  AssertPrinted("1.800 MW, 1.350 MWh");
  AssertPrinted("1 faults, 1 lists of events, until 5 s, required");
  AssertPrinted("wind coast (3 buses), solar plain (3 buses), city (3 buses)");
}

static void test_a_network_folder_is_checked_too(void **state)
{
  (void)state;
  Check(ShippedFile("inputs/cases/islands/hour"));
  assert_int_equal(FaultsCount(faults), 0);
  AssertPrinted("9 in service of 9");
}

static void test_the_shipped_six_bus_case_is_whole(void **state)
{
  (void)state;
  Check(ShippedFile("inputs/cases/six-bus.m"));
  assert_int_equal(FaultsCount(faults), 0);
  AssertPrinted("7 in service of 7");
  AssertPrinted("3 in service, 440.000 MW");
  AssertPrinted("290.000 MW at 5 loads");
}

/* The fault is only in a policy's network: found although the policy is not run. */
static void test_the_network_of_every_policy_is_checked(void **state)
{
  char text[2048];
  (void)state;
  snprintf(text, sizeof text,
           "study: s\nnetwork: \"%s\"\nmarket: {curency: EUR}\npolicies:\n"
           "  late: {windows: {start: 2031-01-01T00:00:00Z}}\n"
           "  typo: {adjust: [{component: load, name: harbor, attribute: p_mw, scale: 2}]}\n"
           "  gone: {network: {path: nowhere}}\n",
           ShippedFile("inputs/cases/islands"));
  Check(Shared("study.yaml", text));
  AssertFault(faults, 3, "unknown key 'curency', expected currency");
  AssertFault(faults, 5, "windows: found 24 snapshots from 2031-01-01T00:00:00Z");
  AssertFault(faults, 6, "found no load 'harbor' in the network, expected one such as 'harbour'");
  AssertFault(faults, -1, "found no such file or folder");
  AssertSameOnAllRanks();
}

static void test_a_good_series_is_summarised(void **state)
{
  (void)state;
  Check(Shared("s.csv", "Year,Month,Day,Period,wind\n2020,2,28,23,5\n2020,2,28,24,7\n2020,2,29,1,9\n2020,2,29,2,3\n"));
  assert_int_equal(FaultsCount(faults), 0);
  AssertPrinted("4 snapshots from 2020-02-28T22:00:00Z to 2020-02-29T01:00:00Z, 1 h apart");
  AssertPrinted("least 3, mean 6, most 9");
}

static void test_all_faults_of_a_series_are_found(void **state)
{
  (void)state;
  Check(Shared("s.csv", "snapshot,a,b\n"
                        "2030-01-01 00:00:00,1,2\n"
                        "2030-01-01 01:00:00,nan,2\n"
                        "2030-01-01 01:00:00,1,2\n"
                        "2030-01-01 02:00:00,1,two\n"
                        "2030-01-01 04:00:00,inf,2\n"
                        "2030-01-32 05:00:00,1,2\n"
                        "2030-01-01 03:00:00,1,\n"));
  AssertFault(faults, 3, "\"a\": found \"nan\", expected a finite number");
  AssertFault(faults, 4, "found a second row for 2030-01-01T01:00:00Z, expected 2030-01-01T02:00:00Z");
  AssertFault(faults, 5, "\"b\": found \"two\"");
  AssertFault(faults, 6, "found a gap before 2030-01-01T04:00:00Z, expected 2030-01-01T03:00:00Z");
  AssertFault(faults, 6, "\"a\": found \"inf\", expected a finite number");
  AssertFault(faults, 7, "found the time '2030-01-32 05:00:00'");
  AssertFault(faults, 8, "found a step back to 2030-01-01T03:00:00Z");
  AssertFault(faults, 8, "\"b\": found \"\"");
  assert_int_equal(FaultsErrorCount(faults), 8);
  AssertSameOnAllRanks();
}

static void test_rows_of_the_wrong_width_and_missing_times_are_faults(void **state)
{
  (void)state;
  Check(Shared("s.csv", "snapshot,a\n2030-01-01,1,2\n2030-01-02\n"));
  AssertFault(faults, 2, "found 3 cells, expected 2");
  AssertFault(faults, 3, "found 1 cells, expected 2");
  free(printed);
  Check(Shared("s.csv", "hour,a\n1,2\n"));
  AssertFault(faults, 1, "found no column of times");
}

static void test_what_is_nothing_gets_one_line(void **state)
{
  static const char *const name[] = {"absent.yaml", "absent.csv", "absent"};
  char                     path[512];
  (void)state;
  for (int k = 0; k < 3; k++) {
    snprintf(path, sizeof path, "%s", TemporaryPath(name[k]));
    OK(MPI_Bcast(path, sizeof path, MPI_CHAR, 0, PETSC_COMM_WORLD));
    Check(path);
    assert_int_equal(FaultsErrorCount(faults), k + 1);
    AssertPrinted("");
    free(printed);
    printed = NULL;
  }
  AssertSameOnAllRanks();
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_study_is_summarised_with_units, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_network_folder_is_checked_too, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_shipped_six_bus_case_is_whole, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_network_of_every_policy_is_checked, Begin, End),
      cmocka_unit_test_setup_teardown(test_a_good_series_is_summarised, Begin, End),
      cmocka_unit_test_setup_teardown(test_all_faults_of_a_series_are_found, Begin, End),
      cmocka_unit_test_setup_teardown(test_rows_of_the_wrong_width_and_missing_times_are_faults, Begin, End),
      cmocka_unit_test_setup_teardown(test_what_is_nothing_gets_one_line, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
