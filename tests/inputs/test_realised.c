/* Realised series: what they replace, what they leave, and what is said about wrong ones. */
#include "inputs/realised.h"
#include "tests/inputs/text_files.h"

#include <math.h>

static Faults  faults;
static Study   study;
static Network net, realised;

static int Begin(void **state)
{
  (void)state;
  study = NULL;
  net = realised = NULL;
  return FaultsCreate(&faults);
}

static int End(void **state)
{
  (void)state;
  return NetworkDestroy(&net) || NetworkDestroy(&realised) || StudyDestroy(&study) || FaultsDestroy(&faults);
}

/* A grid of three hours of which the study takes the last two, and an empty folder for what happened. */
static void Prepare(void)
{
  RemoveFolder(TemporaryPath("grid"));
  RemoveFolder(TemporaryPath("day"));
  assert_int_equal(mkdir(TemporaryPath("grid"), 0700), 0);
  assert_int_equal(mkdir(TemporaryPath("day"), 0700), 0);
  WriteText("grid/buses.csv", "name,v_mag_pu_min,v_mag_pu_max\na,0.9,1.1\n");
  WriteText("grid/snapshots.csv", "snapshot\n2030-01-01 00:00:00\n2030-01-01 01:00:00\n2030-01-01 02:00:00\n");
  WriteText("grid/generators.csv",
            "name,bus,control,p_nom,q_min,q_max\nwind,a,PV,4,0,0\nsun,a,PV,2,0,0\ngrid,a,Slack,5,-3,3\n");
  WriteText("grid/generators-p_max_pu.csv", "snapshot,wind,sun\n2030-01-01 00:00:00,0.1,0.1\n"
                                            "2030-01-01 01:00:00,0.5,0.2\n2030-01-01 02:00:00,0.75,0.3\n");
  WriteText("grid/loads.csv", "name,bus,p_set,q_set\nhouse,a,1,0.5\nshop,a,2,0\n");
  WriteText("grid/storage_units.csv", "name,bus,p_nom,max_hours,q_min,q_max\nlake,a,1,4,0,0\ntank,a,1,4,0,0\n");
}

static void Load(const char *market)
{
  char text[1024];
  snprintf(text, sizeof text, "study: s\nnetwork: grid\nwindows: {start: 2030-01-01T01:00:00Z, hours: 2}\n%s", market);
  OK(StudyRead(PETSC_COMM_SELF, WriteText("study.yaml", text), NULL, faults, &study));
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  if (net) OK(RealisedNetwork(PETSC_COMM_SELF, study, net, faults, &realised));
}

/* Rows in any order, more of them than needed; values by hand. */
static void test_series_of_the_folder_replace_those_of_the_study(void **state)
{
  (void)state;
  Prepare();
  WriteText("day/generators-p_max_pu.csv", "snapshot,wind\n2030-01-01 02:00:00,0.25\n2030-01-01 01:00:00,0.6\n"
                                           "2030-01-01 05:00:00,9\n");
  WriteText("day/loads-p_set.csv", "snapshot,house\n2030-01-01 01:00:00,1.5\n2030-01-01 02:00:00,3\n");
  WriteText("day/storage_units-inflow.csv", "snapshot,lake\n2030-01-01 01:00:00,0.5\n2030-01-01 02:00:00,0\n");
  Load("market: {realised: day}\n");
  AssertNoErrors(faults);
  assert_non_null(realised);
  assert_int_equal(realised->series.n_snapshots, 2);
  assert_int_equal(realised->series.start, net->series.start);
  assert_true(NetworkGeneratorPMax(realised, 0, 0) == 4 * 0.6 && NetworkGeneratorPMax(realised, 0, 1) == 1);
  assert_true(NetworkGeneratorPMax(realised, 1, 0) == 2 * 0.2 && NetworkGeneratorPMax(realised, 1, 1) == 2 * 0.3);
  assert_true(NetworkLoadP(realised, 0, 0) == 1.5 && NetworkLoadP(realised, 0, 1) == 3);
  assert_true(fabs(NetworkLoadQ(realised, 0, 1) - 1.5) < 1e-12); /* the power factor stays */
  assert_true(NetworkLoadP(realised, 1, 1) == 2);
  assert_true(NetworkStorageInflow(realised, 0, 0) == 0.5);
  assert_true(NetworkGeneratorPMax(net, 0, 0) == 2 && NetworkLoadP(net, 0, 0) == 1); /* the other is as it was */
}

/* The study's adjustments hold for what happened too, its own come after; MW files are taken as they are. */
static void test_adjustments_are_made_on_what_happened(void **state)
{
  (void)state;
  Prepare();
  WriteText("day/generators-p_max_mw.csv", "snapshot,wind\n2030-01-01 01:00:00,1\n2030-01-01 02:00:00,2\n");
  Load("adjust: [{component: generator, name: wind, attribute: p_max_mw, scale: 2}]\n"
       "market:\n  realised:\n    series: day\n    storage: [tank]\n    adjust:\n"
       "      - {component: load, name: \"*\", attribute: p_mw, scale: 1.5}\n"
       "      - {component: generator, name: sun, attribute: in_service, value: false}\n");
  AssertNoErrors(faults);
  assert_true(NetworkGeneratorPMax(realised, 0, 0) == 2 && NetworkGeneratorPMax(realised, 0, 1) == 4);
  assert_true(NetworkGeneratorPMax(net, 0, 0) == 4);
  assert_true(NetworkLoadP(realised, 1, 0) == 3 && NetworkLoadP(net, 1, 0) == 2);
  assert_true(net->generator.in_service[1] && !realised->generator.in_service[1]);
  assert_false(RealisedStorageBids(study, net, 0));
  assert_true(RealisedStorageBids(study, net, 1));
}

static void test_without_the_key_nothing_is_realised(void **state)
{
  (void)state;
  Prepare();
  Load("market: {currency: EUR}\n");
  AssertNoErrors(faults);
  assert_non_null(net);
  assert_null(realised);
}

static void test_wrong_series_get_a_line_with_file_and_line(void **state)
{
  (void)state;
  Prepare();
  WriteText("day/generators-p_max_pu.csv",
            "snapshot,wnd,sun\n2030-01-01 01:00:00,0.1,nan\n2030-01-01 02:00:00,0.1,2.5\n");
  WriteText("day/generators-p_min_pu.csv", "snapshot,grid\n2030-01-01 01:00:00,0\n2030-01-01 03:00:00,0\n");
  WriteText("day/loads-p_set.csv", "snapshot,shop\n2030-01-01 01:00:00,1\n2030-01-01 01:00:00,1\n");
  WriteText("day/loads-q_set.csv", "snapshot,shop\nmonday,1\n");
  WriteText("day/storage_units-inflow.csv", "snapshot,lake\n2030-01-01 01:00:00,-1\n2030-01-01 02:00:00,x\n");
  WriteText("day/lines-s_max_pu.csv", "snapshot,ab\n2030-01-01 01:00:00,1\n");
  Load("market: {realised: day}\n");
  AssertFault(faults, 1, "found the column 'wnd', expected the name of one of the generators such as wind");
  AssertFault(faults, 2, "column \"sun\": found \"nan\", expected a finite number");
  AssertFault(faults, 3, "sun: found 2.5, expected a number from 0 to 2, per unit of the largest output");
  AssertFault(faults, 3, "found no snapshot 2030-01-01T02:00:00Z, expected all 2 of the study's windows");
  AssertFault(faults, 3, "found the snapshot 2030-01-01T01:00:00Z twice, expected it once");
  AssertFault(faults, 2, "found the snapshot 'monday', expected a time");
  AssertFault(faults, 2, "lake: found -1, expected at least 0 MW");
  AssertFault(faults, 3, "found \"x\", expected a number");
  AssertFault(faults, 0, "found a file that is not read: no series has this name");
  assert_int_equal(FaultsErrorCount(faults), 8);
  assert_null(realised);
}

static void test_folders_and_units_that_there_are_not(void **state)
{
  (void)state;
  Prepare();
  Load("market:\n  realised: night\n");
  AssertFault(faults, 5, "realised: found no folder");
  assert_null(net);
  OK(StudyDestroy(&study));
  Load("market: {realised: day}\n");
  AssertFault(faults, 0, "found no realised series, expected files such as generators-p_max_pu.csv");
  OK(StudyDestroy(&study));
  OK(NetworkDestroy(&net));
  WriteText("day/loads-p_set.csv", "snapshot,shop\n2030-01-01 01:00:00,1\n2030-01-01 02:00:00,1\n");
  Load("market:\n  realised:\n    series: day\n    storage:\n      - tnk\n"
       "    adjust: [{component: load, name: shp, attribute: p_mw, value: 1}]\n");
  AssertFault(faults, 8, "storage: found no storage unit 'tnk' in the network, expected one such as tank");
  OK(StudyDestroy(&study));
  OK(NetworkDestroy(&net));
  Load("market:\n  realised:\n    adjust: [{component: load, name: shp, attribute: p_mw, value: 1}]\n");
  AssertFault(faults, 6, "adjust: found no load 'shp' in the network, expected one such as 'shop'");
}

/* What a unit must feed in above what it can: no dispatch could keep both. */
static void test_limits_that_cross_are_a_fault(void **state)
{
  (void)state;
  Prepare();
  WriteText("day/generators-p_min_mw.csv", "snapshot,wind\n2030-01-01 01:00:00,1\n2030-01-01 02:00:00,3.5\n");
  Load("market: {realised: day}\n");
  AssertFault(faults, 0,
              "generator 'wind': found its least output 3.5 MW above its largest, 3 MW, at "
              "2030-01-01T02:00:00Z, expected it below");
  assert_null(realised);
}

/* The shipped day as it was, by the formulas of its README. */
static void test_the_shipped_day_follows_its_formulas(void **state)
{
  (void)state;
  OK(StudyRead(PETSC_COMM_SELF, ShippedFile("inputs/cases/islands/study.yaml"), NULL, faults, &study));
  OK(StudyLoadNetwork(PETSC_COMM_SELF, study, faults, &net));
  PetscFree(study->market.realised.path);
  OK(PetscStrallocpy(ShippedFile("inputs/cases/islands/realised"), &study->market.realised.path));
  study->market.realised.line = 1;
  OK(RealisedNetwork(PETSC_COMM_SELF, study, net, faults, &realised));
  assert_int_equal(FaultsCount(faults), 0);
  for (PetscInt t = 0; t < 24; t++) {
    const PetscReal h = (PetscReal)t;
    const PetscReal wind =
        (0.75 + 0.20 * cos(2 * PETSC_PI * (h - 22) / 24)) * (1 + 0.05 * cos(2 * PETSC_PI * (h - 12) / 12));
    const PetscReal sun = (h > 4.5 && h < 19.5 ? 0.97 * pow(sin(PETSC_PI * (h - 4.5) / 15), 1.2) : 0) *
                          (1 - 0.15 * exp(-pow((h - 9) / 1.5, 2)));
    const PetscReal load = (0.45 + 0.55 * exp(-pow((h - 12) / 4, 2)) + 0.18 * exp(-pow((h - 19.5) / 1.8, 2))) *
                           (1 - 0.03 * sin(2 * PETSC_PI * (h - 7) / 24));
    assert_true(fabs(NetworkGeneratorPMax(realised, 0, t) - wind) <= 0.5001e-4);
    assert_true(fabs(NetworkGeneratorPMax(realised, 1, t) - 1.5 * sun) <= 1.5 * 0.5001e-4);
    assert_true(fabs(NetworkLoadP(realised, 2, t) - 2 * load) <= 0.5001e-4);
    assert_true(fabs(NetworkLoadQ(realised, 0, t) - 0.165 * load) <= 0.5001e-4);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_series_of_the_folder_replace_those_of_the_study, Begin, End),
      cmocka_unit_test_setup_teardown(test_adjustments_are_made_on_what_happened, Begin, End),
      cmocka_unit_test_setup_teardown(test_without_the_key_nothing_is_realised, Begin, End),
      cmocka_unit_test_setup_teardown(test_wrong_series_get_a_line_with_file_and_line, Begin, End),
      cmocka_unit_test_setup_teardown(test_folders_and_units_that_there_are_not, Begin, End),
      cmocka_unit_test_setup_teardown(test_limits_that_cross_are_a_fault, Begin, End),
      cmocka_unit_test_setup_teardown(test_the_shipped_day_follows_its_formulas, Begin, End),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
