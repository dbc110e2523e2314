/* MATPOWER cases: published values, the MATLAB they are written in, faults with their lines, and broken files. */
#include "inputs/matpower.h"
#include "inputs/reader.h"
#include "tests/support.h"

#include <dirent.h>
#include <math.h>
#include <string.h>

static void Ok(PetscErrorCode error)
{
  assert_int_equal(error, 0);
}

static const char *Listing(Faults faults)
{
  static char text[65536];
  FILE       *stream = fmemopen(text, sizeof text, "w");
  assert_non_null(stream);
  Ok(FaultsView(faults, stream));
  fclose(stream);
  return text;
}

static void AssertNear(PetscReal found, PetscReal expected)
{
  if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected))))
    fail_msg("found %.17g, expected %.17g", found, expected);
}

static Network ReadText(const char *text, size_t size, Faults faults)
{
  Source *source;
  Network net;
  Ok(SourceFromBytes("c.m", text, size, &source));
  Ok(MatpowerParse(source, faults, &net));
  Ok(SourceDestroy(&source));
  assert_int_equal(net == NULL, FaultsErrorCount(faults) > 0);
  return net;
}

/* Reads and validates a case of the shared data, which must have no error. */
static Network ReadShared(const char *relative)
{
  const char *path = SharedData(relative);
  Network     net;
  Faults      faults;
  if (!path) skip();
  Ok(FaultsCreate(&faults));
  Ok(NetworkRead(PETSC_COMM_SELF, path, "auto", faults, &net));
  if (FaultsErrorCount(faults) || !net) fail_msg("%s", Listing(faults));
  Ok(FaultsDestroy(&faults));
  return net;
}

static PetscReal Sum(PetscInt n, const PetscReal *x)
{
  PetscReal sum = 0;
  for (PetscInt k = 0; k < n; ++k) sum += x[k];
  return sum;
}

/* The nine-bus system of Anderson and Fouad (1980): 315 MW and 115 Mvar of load, three machines. */
static void NineBusCaseHasItsPublishedValues(void **state)
{
  Network net = ReadShared("matpower/case9.m");
  (void)state;
  assert_string_equal(net->name, "case9");
  AssertNear(net->base_mva, 100);
  assert_int_equal(net->bus.n, 9);
  assert_int_equal(net->branch.n, 9);
  assert_int_equal(net->bus.type[0], BUS_REF);
  assert_int_equal(net->bus.type[1], BUS_PV);
  AssertNear(net->bus.base_kv[0], 345);
  AssertNear(Sum(net->load.n, net->load.p_mw), 315);
  AssertNear(Sum(net->load.n, net->load.q_mvar), 115);
  assert_string_equal(net->load.name[0], "load 5");
  AssertNear(net->branch.x[0], 0.0576);
  AssertNear(net->branch.b_from[1], 0.158 / 2);
  AssertNear(net->branch.b_to[1], 0.158 / 2);
  AssertNear(net->branch.tap[0], 1);
  AssertNear(net->branch.rate_a[0], 250);
  assert_false(net->branch.angle_max_rad[0] < PETSC_INFINITY);
  assert_int_equal(net->generator.cost[0].n, 3);
  AssertNear(net->generator.cost[0].coefficient[0], 150);
  AssertNear(net->generator.cost[0].coefficient[1], 5);
  AssertNear(net->generator.cost[0].coefficient[2], 0.11);
  AssertNear(CostValue(&net->generator.cost[0], 100, NULL), 150 + 500 + 1100);
  assert_string_equal(net->generator.name[2], "gen 3:1");
  Ok(NetworkDestroy(&net));
}

static void FiveBusCaseCountsUnitsAndLimitsAngles(void **state)
{
  Network net = ReadShared("pglib/pglib_opf_case5_pjm.m");
  (void)state;
  assert_string_equal(net->generator.name[0], "gen 1:1");
  assert_string_equal(net->generator.name[1], "gen 1:2");
  AssertNear(net->branch.angle_max_rad[0], PETSC_PI / 6);
  AssertNear(net->branch.angle_min_rad[0], -PETSC_PI / 6);
  AssertNear(Sum(net->load.n, net->load.p_mw), 1000);
  assert_string_equal(net->branch.name[0], "1-2:1");
  Ok(NetworkDestroy(&net));
}

/* Baran and Wu (1989): 3715 kW and 2300 kvar at 12.66 kV, first line 0.0922 + j0.0470 ohm. The file converts units in
   statements of its own. */
static void DistributionCaseConvertsItsUnits(void **state)
{
  static const char *const file[] = {"matpower/case33bw.m", "matpower/case33mg.m"};
  (void)state;
  for (int k = 0; k < 2; ++k) {
    Network         net  = ReadShared(file[k]);
    const PetscReal ohms = net->bus.base_kv[0] * net->bus.base_kv[0] / net->base_mva;
    AssertNear(net->branch.r[0] * ohms, 0.0922);
    AssertNear(net->branch.x[0] * ohms, 0.0470);
    AssertNear(net->bus.base_kv[0], 12.66);
    if (k == 0) AssertNear(Sum(net->load.n, net->load.p_mw), 3.715);
    if (k == 0) AssertNear(Sum(net->load.n, net->load.q_mvar), 2.3);
    assert_false(net->branch.in_service[36]);
    Ok(NetworkDestroy(&net));
  }
}

static void TechnologiesAndNamesComeFromTheirCells(void **state)
{
  Network  net = ReadShared("matpower/case_ACTIVSg2000.m");
  PetscInt gas = 0, wind = 0;
  (void)state;
  assert_string_equal(net->bus.name[0], "ODESSA 2 0");
  for (PetscInt k = 0; k < net->generator.n; ++k) {
    gas += !strcmp(net->generator.technology[k], "gas");
    wind += !strcmp(net->generator.technology[k], "wind");
  }
  assert_int_equal(gas, 367);
  assert_int_equal(wind, 87);
  Ok(NetworkDestroy(&net));
}

static void EveryCaseOfTheSharedDataReads(void **state)
{
  static const char *const folder[] = {"pglib", "matpower"};
  PetscInt                 cases    = 0;
  (void)state;
  for (int k = 0; k < 2; ++k) {
    const char    *path = SharedData(folder[k]);
    struct dirent *entry;
    DIR           *directory;
    if (!path) skip();
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
      const char *name = entry->d_name, *dot = strrchr(name, '.');
      char        relative[512];
      Network     net;
      if (!dot || strcmp(dot, ".m") || !strncmp(name, "contab", 6)) continue;
      snprintf(relative, sizeof relative, "%s/%s", folder[k], name);
      net = ReadShared(relative);
      assert_true(net->bus.n > 0 && net->generator.n > 0);
      Ok(NetworkDestroy(&net));
      ++cases;
    }
    closedir(directory);
  }
  assert_true(cases > 40);
}

static void AScriptThatIsNoCaseIsOneError(void **state)
{
  const char *path = SharedData("matpower/contab_ACTIVSg2000.m");
  Faults      faults;
  Network     net;
  (void)state;
  if (!path) skip();
  Ok(FaultsCreate(&faults));
  Ok(NetworkReadMatpower(PETSC_COMM_SELF, path, faults, &net));
  assert_null(net);
  assert_int_equal(FaultsErrorCount(faults), 1);
  assert_non_null(strstr(Listing(faults), "expected a MATPOWER case"));
  Ok(FaultsDestroy(&faults));
}

/* A case with everything that the language allows in one place or another. */
static const char dense[] =
    "%{\n"
    "a block comment: mpc.bus = [\n"
    "%}\n"
    "function grid = tiny   % returns\n"
    "grid.version = '2';\n"
    "grid.baseMVA = 2*(30 + 20) ;\n"
    "kv = 10; scale = [1 -1 ; 2 - 1, 3];  # two by two\n"
    "grid.bus = [\n"
    "  1, 3, 0, 0, 0, 0, 1, 1, 0, kv, 1, 1.1, .9; 2 1 3e3 1e3 0 -1.5 1 1 -30 kv 1 1.1 0.9\n"
    "  7 2 0 0 1 0 ... the row goes on\n"
    "   2 1 0 kv 3 1.1 0.9   % and ends\n"
    "\n"
    "];\n"
    "grid.gen = [ 1 5 0 Inf -Inf 1 0 1 2*3 0; 7 0 0 1/0 -1/0 1.02 100 1 0 -4; 7 1 1 9 -9 1 50 0 4 9 ];\n"
    "grid.branch = [\n"
    "  1 2 0.01 0.1 0.02 0 0 0 0 0 1 -360 360;\n"
    "  2 7 0.01 0.1 0.02 50 60 70 0.98 -30 1 -30 0;\n"
    "  7 2 0.01 0.1 0.02 50 60 70 0 0 0 0 60;\n"
    "];\n"
    "grid.gencost = [ 2 0 0 2 20 3 0 0 ; 1 0 0 2 -4 -40 0 0 ; 2 10 0 1 0 0 0 0\n"
    " 2 0 0 2 0 0 0 0; 2 0 0 2 1 0 0 0; 2 0 0 2 0 0 0 0];\n"
    "grid.dcline = [1 7 1 2 0 0 0 1 1 0 10 -1 1 -2 2 0.5 0.01];\n"
    "grid.dclinecost = [2 0 0 2 1 0];\n"
    "grid.bus_name = { 'it''s one'; \"two \" ; 'seven' };\n"
    "grid.genfuel = {'ng'; 'load', ; 'wind'};\n"
    "grid.extra = [1 2 3];\n"
    "define_constants;\n"
    "grid.bus(:, [PD, QD]) = grid.bus(:, [PD QD]) / 1e3;\n"
    "grid.bus(end, VMAX) = grid.bus(end, VMAX) + 0.1 * scale(1, end) * -1;\n"
    "return\n"
    "nonsense after the end\n";

static void TheLanguageOfCasesIsUnderstood(void **state)
{
  Faults  faults;
  Network net;
  (void)state;
  Ok(FaultsCreate(&faults));
  net = ReadText(dense, strlen(dense), faults);
  if (!net) fail_msg("%s", Listing(faults));
  assert_string_equal(net->name, "tiny");
  AssertNear(net->base_mva, 100);
  assert_int_equal(net->bus.n, 3);
  assert_int_equal(net->bus.number[2], 7);
  assert_string_equal(net->bus.name[0], "it's one");
  assert_string_equal(net->bus.name[1], "two");
  AssertNear(net->bus.va_rad[1], -PETSC_PI / 6);
  AssertNear(net->bus.base_kv[2], 10);
  AssertNear(net->bus.vm_max_pu[2], 1.2);
  assert_string_equal(NetworkBusColumn(net, "area")[2], "2");
  assert_string_equal(NetworkBusColumn(net, "zone")[2], "3");
  AssertNear(net->load.p_mw[0], 3);
  AssertNear(net->load.q_mvar[0], 1);
  assert_int_equal(net->shunt.n, 2);
  AssertNear(net->shunt.b_mvar[0], -1.5);
  AssertNear(net->generator.p_max_mw[0], 6);
  assert_false(net->generator.q_max_mvar[0] < PETSC_INFINITY);
  assert_false(net->generator.q_min_mvar[1] > -PETSC_INFINITY);
  AssertNear(net->generator.mva_base[0], 100);
  AssertNear(net->generator.p_min_mw[1], -4);
  assert_string_equal(net->generator.name[2], "gen 7:2");
  assert_string_equal(net->generator.technology[0], "gas");
  assert_false(net->generator.in_service[2]);
  assert_int_equal(net->generator.cost[1].kind, COST_PIECEWISE_LINEAR);
  AssertNear(CostValue(&net->generator.cost[1], -2, NULL), -20);
  AssertNear(CostValue(&net->generator.cost[0], 2, NULL), 43);
  assert_false(net->branch.rate_a[0] < PETSC_INFINITY);
  AssertNear(net->branch.rate_c[1], 70);
  AssertNear(net->branch.tap[1], 0.98);
  AssertNear(net->branch.shift_rad[1], -PETSC_PI / 6);
  AssertNear(net->branch.angle_min_rad[1], -PETSC_PI / 6);
  assert_false(net->branch.angle_max_rad[1] < PETSC_INFINITY); /* a limit of 0 is none */
  assert_string_equal(net->branch.circuit[2], "2");
  assert_false(net->branch.in_service[2]);
  AssertNear(net->link.p_max_mw[0], 10);
  AssertNear(net->link.loss0_mw[0], 0.5);
  AssertNear(net->link.loss1[0], 0.01);
  AssertNear(net->link.q_to_max_mvar[0], 2);
  AssertNear(CostValue(&net->link.cost[0], 4, NULL), 4);
  assert_non_null(strstr(Listing(faults), "warning: gencost: reactive power costs of 1 units are not used"));
  assert_non_null(strstr(Listing(faults), "start-up and shut-down costs of 1 units"));
  assert_non_null(strstr(Listing(faults), "warning: 1 fields are not used: extra"));
  assert_int_equal(FaultsCount(faults), 3);
  Ok(FaultsDestroy(&faults));
  Ok(NetworkDestroy(&net));
}

/* A good case of 15 lines, of which the tests replace one. */
static const char *const good[] = {
    "function mpc = c",                            /* 1 */
    "mpc.version = '2'; mpc.baseMVA = 100;",       /* 2 */
    "mpc.bus = [",                                 /* 3 */
    "1 3 0 0 0 0 1 1 0 10 1 1.1 0.9;",             /* 4 */
    "2 1 9 3 0 0 1 1 0 10 1 1.1 0.9;",             /* 5 */
    "3 1 9 3 0 0 1 1 0 10 1 1.1 0.9;",             /* 6 */
    "];",                                          /* 7 */
    "mpc.gen = [ 1 5 0 9 -9 1 100 1 50 0 ];",      /* 8 */
    "mpc.branch = [",                              /* 9 */
    "1 2 0.01 0.1 0.02 0 0 0 0 0 1 -360 360;",     /* 10 */
    "2 3 0.01 0.1 0.02 0 0 0 0 0 1 -360 360;",     /* 11 */
    "];",                                          /* 12 */
    "mpc.gencost = [ 1 0 0 3 0 0 10 100 20 300];", /* 13 */
    "mpc.bus_name = {'a'; 'b'; 'c'};",             /* 14 */
    "",                                            /* 15 */
};
enum { GOOD_LINES = sizeof good / sizeof *good };

static size_t Changed(char *text, size_t size, int line, const char *with)
{
  size_t n = 0;
  for (int k = 0; k < GOOD_LINES; ++k)
    n += (size_t)snprintf(text + n, size - n, "%s\n", k + 1 == line ? with : good[k]);
  return n;
}

static const struct {
  int         line;
  const char *with, *expected;
} faulty[] = {
    {4, "1 3 0 0 0 0 1 1 0 10 1 1.1;",
     "c.m:5: error: found a row of 13 numbers, expected 12 as in the first row at line 4"},
    {5, "2 1 9 3 0 0 1 1 0 10 1 1.1;", "c.m:5: error: found a row of 12 numbers, expected 13"},
    {5, "2 1 9 3 0 0 1 1 0 10 1 1.1 0.9 5;", "c.m:5: error: found a row of 14 numbers, expected 13"},
    {5, "2 1 9 3 O 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: found \"O\", a name without a value"},
    {5, "2 1 9 3 0.0.1 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: found \"0.0.1\", expected a number"},
    {5, "2 1 9 3 1e999 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: found \"1e999\", expected a number"},
    {5, "2 1 NaN 3 0 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: bus: found PD nan, expected a finite number"},
    {5, "2 1 Inf 3 0 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: bus: found PD inf, expected a finite number"},
    {5, "1 1 9 3 0 0 1 1 0 10 1 1.1 0.9;",
     "c.m:5: error: bus: found bus number 1 again, expected a number not used at line 4"},
    {5, "2 5 9 3 0 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: bus: found a BUS_TYPE that is none"},
    {5, "2.5 1 9 3 0 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: bus: found BUS_I 2.5, expected a whole number"},
    {5, "-2 1 9 3 0 0 1 1 0 10 1 1.1 0.9;", "c.m:5: error: bus: found a BUS_I that is not positive"},
    {5, "2 1 9 3 0 0 1 1 0 10 1 0.9 1.1;", "c.m:5: error: bus: found VMIN 1.1 above VMAX 0.9"},
    {5, "2 1 9 3 0 0 1 1 0 -10 1 1.1 0.9;", "c.m:5: error: bus: found a negative BASE_KV"},
    {7, "", "c.m:3: error: found an assignment at line 8 inside the bracket that opens here, expected `]`"},
    {8, "mpc.gen = [ 9 5 0 9 -9 1 100 1 50 0 ];", "c.m:8: error: gen: found GEN_BUS 9, expected the number of a bus"},
    {8, "mpc.gen = [ 1 5 0 9 -9 1 100 1 50 60 ];", "c.m:8: error: gen: found PMIN 60 above PMAX 50"},
    {8, "mpc.gen = [ 1 5 0 -9 9 1 100 1 50 0 ];", "c.m:8: error: gen: found QMIN 9 above QMAX -9"},
    {8, "mpc.gen = [ 1 5 0 9 -9 1 100 1 50 ];", "c.m:8: error: gen: found 9 columns, expected 10 or more"},
    {8, "mpc.gen = 'none';", "c.m:8: error: gen: found text, expected a matrix"},
    {8, "", "c.m: error: found no mpc.gen, expected a matrix"},
    {10, "1 8 0.01 0.1 0.02 0 0 0 0 0 1 -360 360;",
     "c.m:10: error: branch: found T_BUS 8, expected the number of a bus"},
    {10, "1 2 0 0 0.02 0 0 0 0 0 1 -360 360;",
     "c.m:10: error: branch: found a branch in service with BR_R and BR_X zero"},
    {10, "1 1 0.01 0.1 0.02 0 0 0 0 0 1 -360 360;", "c.m:10: error: branch: found a branch from a bus to itself"},
    {10, "1 2 0.01 0.1 0.02 -5 0 0 0 0 1 -360 360;", "c.m:10: error: branch: found a negative rating"},
    {10, "1 2 0.01 0.1 0.02 0 0 0 -1 0 1 -360 360;", "c.m:10: error: branch: found a negative TAP"},
    {10, "1 2 0.01 0.1 0.02 0 0 0 0 0 1 30 -30;", "c.m:10: error: branch: found ANGMIN 30 above ANGMAX -30"},
    {13, "mpc.gencost = [ 1 0 0 3 0 0 10 300 20 400];",
     "c.m:13: error: gencost: found a piecewise linear cost whose slope falls"},
    {13, "mpc.gencost = [ 1 0 0 3 0 0 10 300 10 400];",
     "c.m:13: error: gencost: found piecewise linear cost points out of order"},
    {13, "mpc.gencost = [ 2 0 0 4 1 2 3];", "c.m:13: error: gencost: found NCOST 4 in a row with room for 3 numbers"},
    {13, "mpc.gencost = [ 3 0 0 3 1 2 3];", "c.m:13: error: gencost: found a cost model that is none"},
    {13, "mpc.gencost = [ 2 0 0 2 1 2; 2 0 0 2 1 2; 2 0 0 2 1 2];", "c.m:13: error: gencost: found 3 rows, expected 1"},
    {14, "mpc.bus_name = {'a'; 'b'};", "c.m:14: error: bus_name: found 2 entries, expected 3"},
    {14, "mpc.bus_name = {'a'; 'b; 'c'};", "c.m:14: error: "},
    {14, "mpc.bus_name = {'a'; 'b", "c.m:14: error: found a text without its closing quote"},
    {14, "mpc.bus_name = {'a'; 'b'", "c.m:14: error: found the end of the file inside the bracket that opens here"},
    {15, "if mpc.baseMVA > 1, mpc.bus(1, 3) = 5; end",
     "c.m:15: error: found `if mpc.baseMVA > 1, mpc.bus(1, 3) = 5; end`, a statement"},
    {15, "mpc.bus(4, 3) = 5;", "c.m:15: error: found index 4, expected one of 1 to 3"},
    {15, "mpc.bus(:, PD) = 5;", "c.m:15: error: found \"PD\", a name without a value"},
    {15, "mpc = loadcase('case9');", "c.m:15: error: found \"loadcase\", a name without a value"},
    {15, "%{", "c.m:15: error: found a block comment that is never closed"},
    {2, "mpc.version = '1'; mpc.baseMVA = 100;", "c.m:2: error: version: found 1, expected '2'"},
    {2, "mpc.baseMVA = 0;", "c.m:2: error: baseMVA: found 0, expected a positive number"},
    {2, "", "c.m: error: found no mpc.baseMVA, expected a number in MVA"},
    {1, "function [baseMVA, bus, gen] = c",
     "c.m:1: error: found a function that returns a list of matrices (case format 1)"},
};

static void EachFaultIsOneLineWithItsPlace(void **state)
{
  char    text[4096];
  Faults  faults;
  Network net;
  (void)state;
  Ok(FaultsCreate(&faults));
  net = ReadText(text, Changed(text, sizeof text, 0, ""), faults);
  assert_non_null(net);
  assert_int_equal(FaultsCount(faults), 0);
  Ok(NetworkDestroy(&net));
  Ok(FaultsDestroy(&faults));
  for (size_t k = 0; k < sizeof faulty / sizeof *faulty; ++k) {
    Ok(FaultsCreate(&faults));
    net = ReadText(text, Changed(text, sizeof text, faulty[k].line, faulty[k].with), faults);
    if (net || !strstr(Listing(faults), faulty[k].expected))
      fail_msg("expected `%s` in:\n%s", faulty[k].expected, Listing(faults));
    Ok(FaultsDestroy(&faults));
  }
}

static void AllFaultsAreFoundAtOnce(void **state)
{
  static const char text[] = "function mpc = c\n"
                             "mpc.baseMVA = 100;\n"
                             "mpc.bus = [1 3 0 0 0 0 1 1 0 10 1 1.1 0.9\n"
                             "1 3 0 0 0 0 1 1 0 10 1 1.1 0.9\n"
                             "2 1 x 0 0 0 1 1 0 10 1 1.1 0.9\n"
                             "3 1 9 0 0 0 1 1 0 10 1 1.1];\n"
                             "mpc.gen = [1 0 0 0 0 1 100 1 5 9; 8 0 0 0 0 1 100 1 5 0];\n"
                             "mpc.branch = [1 2 0 0 0 0 0 0 0 0 1];\n";
  Faults            faults;
  (void)state;
  Ok(FaultsCreate(&faults));
  assert_null(ReadText(text, strlen(text), faults));
  assert_int_equal(FaultsErrorCount(faults), 6);
  Ok(FaultsDestroy(&faults));
}

/* What reads must read; what does not must say why; nothing may crash. */
static void ReadAnything(const char *text, size_t size)
{
  Faults  faults;
  Network net;
  Ok(FaultsCreate(&faults));
  net = ReadText(text, size, faults);
  if (net) Ok(NetworkValidate(net, faults));
  Ok(NetworkDestroy(&net));
  Ok(FaultsDestroy(&faults));
}

static void TruncatedAnywhereNothingCrashes(void **state)
{
  (void)state;
  for (size_t n = 0; n < strlen(dense); ++n) ReadAnything(dense, n);
}

static unsigned Random(unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

static void MutatedAnyhowNothingCrashes(void **state)
{
  static const char *const piece[] = {"[",         "]",
                                      "{",         "}",
                                      "(",         ")",
                                      "'",         "\"",
                                      ";",         "\n",
                                      ",",         "...",
                                      "%{\n",      "\n%}\n",
                                      "-",         "^",
                                      "/",         "*",
                                      "end",       ":",
                                      "mpc.bus",   "grid.bus(",
                                      "1e308",     "NaN",
                                      "-Inf",      "0",
                                      "\t",        "function ",
                                      "= ",        "grid.gen",
                                      "[1 2;3 4]", "99999999999",
                                      "\xff",      "9223372036854775808"};
  unsigned                 seed    = 20240229;
  char                     text[2 * sizeof dense];
  (void)state;
  for (int round = 0; round < 4000; ++round) {
    size_t n       = strlen(dense);
    int    changes = 1 + (int)(Random(&seed) % 4);
    memcpy(text, dense, n + 1);
    while (changes--) {
      const char *with = piece[Random(&seed) % (sizeof piece / sizeof *piece)];
      size_t      at = Random(&seed) % n, cut = Random(&seed) % 6, length = strlen(with);
      if (at + cut > n) cut = n - at;
      if (n - cut + length >= sizeof text) break;
      memmove(text + at + length, text + at + cut, n - at - cut + 1);
      memcpy(text + at, with, length);
      n = n - cut + length;
    }
    ReadAnything(text, n);
  }
}

static void DeepNestingIsRefused(void **state)
{
  static const char *const unit[] = {"(", "[", "{", "-(", "2^-", "a(", "sqrt("};
  char                    *text   = malloc(400000);
  (void)state;
  for (size_t k = 0; k < sizeof unit / sizeof *unit; ++k) {
    size_t n = (size_t)sprintf(text, "mpc.baseMVA = ");
    while (n < 300000) n += (size_t)sprintf(text + n, "%s", unit[k]);
    ReadAnything(text, n);
  }
  {
    /* doubling a matrix again and again must end in a fault, not in all memory */
    size_t  n = (size_t)sprintf(text, "mpc.bus = [1 2 3];\n");
    Faults  faults;
    Network net;
    for (int k = 0; k < 40; ++k) n += (size_t)sprintf(text + n, "mpc.bus = [mpc.bus mpc.bus];\n");
    Ok(FaultsCreate(&faults));
    net = ReadText(text, n, faults);
    assert_null(net);
    assert_non_null(strstr(Listing(faults), "expected a grid"));
    Ok(FaultsDestroy(&faults));
  }
  free(text);
}

static void TheCorpusIsReplayed(void **state)
{
  const char    *folder    = ShippedFile("tests/inputs/corpus/matpower");
  DIR           *directory = opendir(folder);
  struct dirent *entry;
  PetscInt       files = 0;
  (void)state;
  assert_non_null(directory);
  while ((entry = readdir(directory))) {
    char    path[2048];
    Faults  faults;
    Network net;
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    Ok(FaultsCreate(&faults));
    Ok(NetworkReadMatpower(PETSC_COMM_SELF, path, faults, &net));
    assert_int_equal(net == NULL, FaultsErrorCount(faults) > 0);
    /* names say what is expected: good-*.m reads, the others do not */
    assert_int_equal(net != NULL, !strncmp(entry->d_name, "good", 4));
    Ok(NetworkDestroy(&net));
    Ok(FaultsDestroy(&faults));
    ++files;
  }
  closedir(directory);
  assert_true(files >= 8);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(NineBusCaseHasItsPublishedValues),
      cmocka_unit_test(FiveBusCaseCountsUnitsAndLimitsAngles),
      cmocka_unit_test(DistributionCaseConvertsItsUnits),
      cmocka_unit_test(TechnologiesAndNamesComeFromTheirCells),
      cmocka_unit_test(EveryCaseOfTheSharedDataReads),
      cmocka_unit_test(AScriptThatIsNoCaseIsOneError),
      cmocka_unit_test(TheLanguageOfCasesIsUnderstood),
      cmocka_unit_test(EachFaultIsOneLineWithItsPlace),
      cmocka_unit_test(AllFaultsAreFoundAtOnce),
      cmocka_unit_test(TruncatedAnywhereNothingCrashes),
      cmocka_unit_test(MutatedAnyhowNothingCrashes),
      cmocka_unit_test(DeepNestingIsRefused),
      cmocka_unit_test(TheCorpusIsReplayed),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscFinalize();
  return failed;
}
