/* Optima of published cases, to the digits printed with them: PGLib-OPF's table of AC and DC objectives (Babaeinejadsarookolaee
   et al. 2019) and the RTS-GMLC case. */
#include "tests/solver/opf_support.h"

typedef struct {
  char   name[80], dc[32], ac[32];
  double buses;
} Row;

static PetscBool ReadRow(FILE *table, Row *row)
{
  return (PetscBool)(fscanf(table, " %79[^,],%lf,%*[^,],%31[^,],%31[^,],%*[^\n]", row->name, &row->buses, row->dc,
                            row->ac) == 4);
}

/* Whether a value rounds to the printed one, "5.6959e+03". */
static PetscBool RoundsTo(PetscReal value, const char *printed)
{
  char text[32];
  (void)snprintf(text, sizeof text, "%.4e", value);
  return (PetscBool)(strcmp(text, printed) == 0);
}

/* Solves one case; returns 1 and says what is wrong when it misses the printed objective or an independent check. */
static int Misses(const Row *row, Physics physics)
{
  const char *printed = physics == PHYSICS_AC ? row->ac : row->dc;
  char        path[160];
  Network     net;
  Dispatch    dispatch;
  OpfOptions  options;
  OpfResult   result;
  Evaluation  evaluation;
  PetscBool   good;

  (void)snprintf(path, sizeof path, "pglib/%s.m", row->name);
  net = ReadCase(PETSC_COMM_SELF, SharedData(path));
  OpfDefaultOptions(&options);
  options.physics  = physics;
  options.diagnose = PETSC_FALSE;
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &dispatch, &result));
  OK(DispatchEvaluate(net, dispatch, physics, NULL, &evaluation));
  if (strncmp(printed, "inf", 3) == 0)
    good = (PetscBool)(result.status == SOLVE_INFEASIBLE);
  else
    good = (PetscBool)(result.status == SOLVE_OPTIMAL && RoundsTo(result.objective, printed) &&
                       evaluation.max_violation_pu <= 1e-6 && evaluation.max_mismatch_pu <= 1e-6);
  printf("%-32s %s %s: %s %.8e in %d iterations, %.2f s, violation %.1e, mismatch %.1e%s\n", row->name,
         physics == PHYSICS_AC ? "AC" : "DC", printed, SolveStatusName(result.status), result.objective,
         (int)result.iterations, result.solve_seconds, evaluation.max_violation_pu, evaluation.max_mismatch_pu,
         good ? "" : "  <-- MISSED");
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&dispatch));
  OK(NetworkDestroy(&net));
  return !good;
}

/* All rows of the table whose name ends as wanted ("" the typical ones). */
static void CheckTable(const char *ending, Physics physics, int expected_cases)
{
  const char *path   = SharedData("pglib/baseline.csv");
  int         misses = 0, cases = 0;
  FILE       *table;
  Row         row;

  if (!path) skip();
  table = fopen(path, "r");
  assert_non_null(table);
  while (fgetc(table) != '\n') {}
  while (ReadRow(table, &row)) {
    const char *variant = strstr(row.name, "__");
    if (strcmp(variant ? variant : "", ending) != 0) continue;
    misses += Misses(&row, physics);
    cases++;
  }
  (void)fclose(table);
  assert_int_equal(cases, expected_cases);
  assert_int_equal(misses, 0);
}

static void typical_cases_meet_the_published_ac_optimum(void **state)
{
  (void)state;
  CheckTable("", PHYSICS_AC, 29);
}

static void congested_cases_meet_the_published_ac_optimum(void **state)
{
  (void)state;
  CheckTable("__api", PHYSICS_AC, 9);
}

static void small_angle_cases_meet_the_published_ac_optimum(void **state)
{
  (void)state;
  CheckTable("__sad", PHYSICS_AC, 9);
}

static void every_case_meets_the_published_dc_optimum_or_is_infeasible_as_published(void **state)
{
  (void)state;
  CheckTable("", PHYSICS_DC_REACTANCE, 29);
  CheckTable("__api", PHYSICS_DC_REACTANCE, 9);
  CheckTable("__sad", PHYSICS_DC_REACTANCE, 9);
}

/* 315,912 per hour: Josz, Fliscounakis, Maeght, Panciatici, "AC power flow data in MATPOWER and QCQP format", 2016. */
static void the_european_grid_of_9241_buses_meets_its_published_optimum(void **state)
{
  const char *path = SharedData("matpower/case9241pegase.m");
  Network     net;
  Dispatch    dispatch;
  OpfOptions  options;
  OpfResult   result;

  (void)state;
  if (!path) skip();
  net = ReadCase(PETSC_COMM_SELF, path);
  OpfDefaultOptions(&options);
  OK(OpfSolve(PETSC_COMM_SELF, net, NULL, &options, &dispatch, &result));
  assert_string_equal(SolveStatusName(result.status), "optimal");
  Near(result.objective, 315912, 1e-4 * 315912);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&dispatch));
  OK(NetworkDestroy(&net));
}

static PetscReal DcObjective(const char *relative)
{
  const char *path = SharedData(relative);
  Network     net;
  Dispatch    dispatch;
  OpfOptions  options;
  OpfResult   result;

  if (!path) skip();
  net      = ReadCase(PETSC_COMM_SELF, path);
  options  = DcOptions(net);
  dispatch = SolveOptimal(net, &options, &result);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&dispatch));
  OK(NetworkDestroy(&net));
  return result.objective;
}

static void the_dc_optima_of_118_and_300_buses_are_met_to_the_cent(void **state)
{
  (void)state;
  Near(DcObjective("pglib/pglib_opf_case118_ieee.m"), 93100.73, 0.006);
  Near(DcObjective("pglib/pglib_opf_case300_ieee.m"), 517851.08, 0.006);
}

static void the_rts_gmlc_case_is_read_and_solved(void **state)
{
  const char *path = SharedData("rts-gmlc/RTS_GMLC.m");
  Network     net;
  Dispatch    dispatch;
  OpfOptions  options;
  OpfResult   result;
  PetscReal   demand = 0, output = 0;

  (void)state;
  if (!path) skip();
  net = ReadCase(PETSC_COMM_SELF, path);
  OpfDefaultOptions(&options);
  dispatch = SolveOptimal(net, &options, &result);
  for (PetscInt l = 0; l < net->load.n; l++) demand += dispatch->load_p[l];
  for (PetscInt g = 0; g < net->generator.n; g++) output += dispatch->generator_p[g];
  Near(demand, 8550, 1e-6); /* the areas' published peak: 3 x 2,850 MW */
  assert_true(output > demand && output < 1.05 * demand);
  OK(OpfResultDestroy(&result));
  OK(DispatchDestroy(&dispatch));
  OK(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(typical_cases_meet_the_published_ac_optimum),
      cmocka_unit_test(congested_cases_meet_the_published_ac_optimum),
      cmocka_unit_test(small_angle_cases_meet_the_published_ac_optimum),
      cmocka_unit_test(every_case_meets_the_published_dc_optimum_or_is_infeasible_as_published),
      cmocka_unit_test(the_dc_optima_of_118_and_300_buses_are_met_to_the_cent),
      cmocka_unit_test(the_european_grid_of_9241_buses_meets_its_published_optimum),
      cmocka_unit_test(the_rts_gmlc_case_is_read_and_solved),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed;
}
