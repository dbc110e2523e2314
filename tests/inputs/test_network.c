/* The network's tables, costs, validation; faults, sources and comma-separated tables. */
#include "inputs/csv.h"
#include "inputs/network.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

static void Ok(PetscErrorCode error)
{
  assert_int_equal(error, 0);
}

/* The faults as one text, a line each. */
static const char *Listing(Faults faults)
{
  static char text[8192];
  FILE       *stream = fmemopen(text, sizeof text, "w");
  assert_non_null(stream);
  Ok(FaultsView(faults, stream));
  fclose(stream);
  return text;
}

static void AssertHolds(Faults faults, const char *part)
{
  if (!strstr(Listing(faults), part)) fail_msg("expected `%s` in:\n%s", part, Listing(faults));
}

static void FaultIsOneLineWithFileAndLine(void **state)
{
  Faults        faults;
  FaultSeverity severity;
  const char   *file, *text;
  PetscInt      line;
  (void)state;
  Ok(FaultsCreate(&faults));
  Ok(FaultsAdd(faults, FAULT_ERROR, "a.csv", 7, "found \"%s\", expected a number", "x\ny"));
  Ok(FaultsAdd(faults, FAULT_WARNING, NULL, 0, "two"));
  Ok(FaultsAdd(faults, FAULT_WARNING, "b", 0, "three"));
  assert_string_equal(Listing(faults),
                      "a.csv:7: error: found \"x?y\", expected a number\nwarning: two\nb: warning: three\n");
  assert_int_equal(FaultsErrorCount(faults), 1);
  assert_int_equal(FaultsWarningCount(faults), 2);
  Ok(FaultsGet(faults, 0, &severity, &file, &line, &text));
  assert_int_equal(severity, FAULT_ERROR);
  assert_int_equal(line, 7);
  Ok(FaultsDestroy(&faults));
  assert_null(faults);
  Ok(FaultsDestroy(&faults));
}

static void WriteFile(const char *path, const char *bytes, size_t size)
{
  FILE *stream = fopen(path, "wb");
  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, size, stream), size);
  fclose(stream);
}

static void ExpectLoadFault(const char *path, const char *part)
{
  Faults  faults;
  Source *source = (Source *)1;
  Ok(FaultsCreate(&faults));
  Ok(SourceLoad(PETSC_COMM_WORLD, path, faults, &source));
  assert_null(source);
  assert_int_equal(FaultsErrorCount(faults), 1);
  AssertHolds(faults, part);
  Ok(FaultsDestroy(&faults));
}

/* Runs on several ranks too: each must see the same. */
static void SourceFaultsReachEveryRank(void **state)
{
  PetscMPIInt rank;
  char        path[64] = "/tmp/archipelago-source-XXXXXX";
  Faults      faults;
  Source     *source;
  (void)state;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  ExpectLoadFault("/", "found a directory, expected a file");
  ExpectLoadFault("/dev/zero", "expected a file");
  ExpectLoadFault("/no/such/file", "No such file");
  if (rank == 0) {
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
  }
  MPI_Bcast(path, sizeof path, MPI_CHAR, 0, PETSC_COMM_WORLD);
  ExpectLoadFault(path, "the file is empty");
  if (rank == 0) WriteFile(path, "one\ntwo\0three", 13);
  ExpectLoadFault(path, ":2: error: found a zero byte");
  if (rank == 0) WriteFile(path, "one\ntwo\n", 8);
  Ok(FaultsCreate(&faults));
  Ok(SourceLoad(PETSC_COMM_WORLD, path, faults, &source));
  assert_non_null(source);
  assert_string_equal(source->bytes, "one\ntwo\n");
  Ok(SourceDestroy(&source));
  Ok(FaultsDestroy(&faults));
  MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) remove(path);
}

static Csv Table(const char *text, Faults faults)
{
  Source *source;
  Csv     csv;
  Ok(SourceFromBytes("t.csv", text, strlen(text), &source));
  Ok(CsvParse(source, faults, &csv));
  Ok(SourceDestroy(&source));
  return csv;
}

static void CsvSplitsQuotesLineEndsAndMark(void **state)
{
  Faults faults;
  Csv    csv;
  (void)state;
  Ok(FaultsCreate(&faults));
  csv = Table("\xef\xbb\xbf"
              "name, b ,\"c, d\"\r\n\"x \"\"y\"\"\",,\" two\nlines \"\r\n\r\n,,\n last , 2,3",
              faults);
  assert_non_null(csv);
  assert_int_equal(CsvColumns(csv), 3);
  assert_int_equal(CsvRows(csv), 2);
  assert_int_equal(CsvColumn(csv, "name"), 0);
  assert_int_equal(CsvColumn(csv, "b"), 1);
  assert_int_equal(CsvColumn(csv, "c, d"), 2);
  assert_int_equal(CsvColumn(csv, "c"), -1);
  assert_string_equal(CsvText(csv, 0, 0), "x \"y\"");
  assert_string_equal(CsvText(csv, 0, 1), "");
  assert_string_equal(CsvText(csv, 0, 2), " two\nlines ");
  assert_string_equal(CsvText(csv, 1, 0), "last");
  assert_string_equal(CsvText(csv, 1, -1), "");
  assert_int_equal(CsvLine(csv, 0), 2);
  assert_int_equal(CsvLine(csv, 1), 6);
  Ok(CsvDestroy(&csv));
  Ok(FaultsDestroy(&faults));
}

static void CsvShapeFaultsNameTheirLines(void **state)
{
  static const char *const wrong[][2] = {
      {"a,b\n1,2\n3\n4,5,6\n", "t.csv:3: error: found 1 cells, expected 2"},
      {"a,b\n1,2\n3,4,5\n", "t.csv:3: error: found 3 cells, expected 2"},
      {"a,a\n1,2\n", "t.csv:1: error: found two columns named \"a\""},
      {"a\n\"open\n1\n", "t.csv:2: error: found a quote that is never closed"},
      {"a\n\"x\"y\n", "t.csv:2: error: found text after a closing quote"},
      {"a\n\xff\n", "t.csv:2: error: found byte 0xff, expected UTF-8"},
      {"a\n\xed\xa0\x80\n", "expected UTF-8"},
      {"\n\n", "found no line, expected a line of column names"},
  };
  (void)state;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    Faults faults;
    Ok(FaultsCreate(&faults));
    assert_null(Table(wrong[k][0], faults));
    AssertHolds(faults, wrong[k][1]);
    Ok(FaultsDestroy(&faults));
  }
}

static void CsvNumbersAreRefusedWithLineAndColumn(void **state)
{
  static const char *const bad[]  = {"abc", "", "1x", "0x10", "nan", "inf", "1e999", "1,5", "NA", "--1", "1 2"};
  static const char *const need[] = {"v", "w", "z"};
  Faults                   faults;
  PetscReal                x;
  PetscInt                 column[3], i;
  PetscBool                b;
  char                     text[64];
  Csv                      csv;
  (void)state;
  for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
    Ok(FaultsCreate(&faults));
    snprintf(text, sizeof text, "v,w\n\"%s\",1\n", bad[k]);
    csv = Table(text, faults);
    Ok(CsvReal(csv, faults, 0, 0, CSV_FINITE, 5, &x));
    assert_int_equal(FaultsErrorCount(faults), 1);
    snprintf(text, sizeof text, "t.csv:2: error: column \"v\": found \"%s\", expected a ", bad[k]);
    AssertHolds(faults, text);
    assert_true(x == 5);
    Ok(CsvDestroy(&csv));
    Ok(FaultsDestroy(&faults));
  }
  Ok(FaultsCreate(&faults));
  csv = Table("v,w\n-1.5e2,inf\n,nan\n3.0,TRUE\n2.5,maybe\n", faults);
  Ok(CsvReal(csv, faults, 0, 0, CSV_FINITE, 0, &x));
  assert_true(x == -150);
  Ok(CsvReal(csv, faults, 0, 1, CSV_INFINITE, 0, &x));
  assert_true(isinf(x));
  Ok(CsvReal(csv, faults, 1, 0, CSV_EMPTY_ALLOWED, 7, &x));
  assert_true(x == 7);
  Ok(CsvReal(csv, faults, 1, 1, CSV_NAN, 0, &x));
  assert_true(isnan(x));
  Ok(CsvReal(csv, faults, 1, 1, CSV_NAN_AS_DEFAULT, 8, &x));
  assert_true(x == 8);
  Ok(CsvInt(csv, faults, 2, 0, 0, 0, &i));
  assert_int_equal(i, 3);
  Ok(CsvBool(csv, faults, 2, 1, 0, PETSC_FALSE, &b));
  assert_true(b);
  assert_int_equal(FaultsCount(faults), 0);
  Ok(CsvInt(csv, faults, 3, 0, 0, 0, &i));
  AssertHolds(faults, "t.csv:5: error: column \"v\": found \"2.5\", expected a whole number");
  Ok(CsvBool(csv, faults, 3, 1, 0, PETSC_FALSE, &b));
  AssertHolds(faults, "found \"maybe\", expected true or false");
  Ok(CsvRequire(csv, faults, 3, need, column));
  AssertHolds(faults, "expected columns that are not there: \"z\"");
  assert_int_equal(column[1], 1);
  assert_int_equal(column[2], -1);
  Ok(CsvDestroy(&csv));
  Ok(FaultsDestroy(&faults));
}

static unsigned Random(unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

static void MutatedTablesReadOrSayWhy(void **state)
{
  static const char base[] =
      "\xef\xbb\xbfname,v,\"w, x\"\r\none,1,2.5\n\"t\"\"wo\n\",-3e2,inf\n\n,,\nthree,,\xc3\xa9\n";
  static const char piece[] = "\",\n\r\xff\xc3 e-.9xN";
  unsigned          seed    = 42;
  (void)state;
  for (int round = 0; round < 20000; ++round) {
    char   text[sizeof base];
    Faults faults;
    Csv    csv;
    memcpy(text, base, sizeof base);
    for (int k = 0; k < 1 + round % 5; ++k)
      text[Random(&seed) % (sizeof base - 1)] = piece[Random(&seed) % (sizeof piece - 1)];
    text[Random(&seed) % 4 ? sizeof base - 1 : Random(&seed) % sizeof base] = 0;
    Ok(FaultsCreate(&faults));
    csv = Table(text, faults);
    assert_int_equal(csv == NULL, FaultsErrorCount(faults) > 0);
    for (PetscInt row = 0; csv && row < CsvRows(csv); ++row)
      for (PetscInt column = 0; column < CsvColumns(csv); ++column) {
        PetscReal x;
        Ok(CsvReal(csv, faults, row, column, CSV_FINITE, 0, &x));
        assert_true(isfinite(x));
        assert_true(CsvLine(csv, row) >= 1 && CsvLine(csv, row) <= 12);
      }
    Ok(CsvDestroy(&csv));
    Ok(FaultsDestroy(&faults));
  }
}

static void NewRowsAreNeutralAndOldOnesStay(void **state)
{
  Network net;
  (void)state;
  Ok(NetworkCreate(&net));
  Ok(NetworkResizeBuses(net, 2));
  Ok(NetworkResizeGenerators(net, 1));
  Ok(NetworkResizeBranches(net, 1));
  net->bus.number[0] = 10;
  Ok(NetworkSetString(&net->bus.name[0], "ten"));
  Ok(NetworkSetString(&NetworkBusColumn(net, "area")[0], "north"));
  Ok(CostSet(&net->generator.cost[0], COST_POLYNOMIAL, 2, (PetscReal[]){1, 2}));
  Ok(NetworkResizeBuses(net, 5));
  Ok(NetworkResizeGenerators(net, 3));
  assert_int_equal(net->bus.number[0], 10);
  assert_string_equal(net->bus.name[0], "ten");
  assert_string_equal(net->bus.name[4], "");
  assert_string_equal(NetworkBusColumn(net, "area")[0], "north");
  assert_string_equal(NetworkBusColumn(net, "zone")[4], "");
  assert_null(NetworkBusColumn(net, "country"));
  assert_true(isnan(net->bus.latitude[3]));
  assert_true(net->branch.tap[0] == 1 && net->branch.in_service[0]);
  assert_false(net->branch.rate_a[0] < PETSC_INFINITY);
  assert_int_equal(net->generator.p_max_series[2], -1);
  assert_int_equal(net->generator.cost[2].n, 0);
  assert_true(net->generator.cost[0].coefficient[1] == 2);
  Ok(NetworkResizeGenerators(net, 0));
  Ok(NetworkDestroy(&net));
  assert_null(net);
  Ok(NetworkDestroy(&net));
}

static void LookupsFindNumbersUnitsAndCircuits(void **state)
{
  Network net;
  (void)state;
  Ok(NetworkCreate(&net));
  assert_int_equal(NetworkFindBus(net, 1), -1);
  Ok(NetworkResizeBuses(net, 500));
  for (PetscInt k = 0; k < 500; ++k) net->bus.number[k] = (k * 317) % 1009 + 1;
  for (PetscInt k = 0; k < 500; ++k) assert_int_equal(NetworkFindBus(net, net->bus.number[k]), k);
  assert_int_equal(NetworkFindBus(net, 5000), -1);
  Ok(NetworkResizeGenerators(net, 3));
  for (PetscInt k = 0; k < 3; ++k) net->generator.bus[k] = 4;
  Ok(NetworkSetString(&net->generator.unit[0], "G1"));
  Ok(NetworkSetString(&net->generator.unit[1], "1"));
  assert_int_equal(NetworkFindGenerator(net, 4, "1"), 1);
  assert_int_equal(NetworkFindGenerator(net, 4, "3"), 2);
  assert_int_equal(NetworkFindGenerator(net, 4, "4"), -1);
  assert_int_equal(NetworkFindGenerator(net, 5, "1"), -1);
  Ok(NetworkResizeBranches(net, 3));
  for (PetscInt k = 0; k < 3; ++k) {
    net->branch.from[k] = k == 1 ? 2 : 1;
    net->branch.to[k]   = k == 1 ? 1 : 2;
  }
  net->branch.in_service[0] = PETSC_FALSE;
  Ok(NetworkNameBranches(net));
  assert_string_equal(net->branch.circuit[2], "3");
  assert_int_equal(NetworkFindBranch(net, 2, 1, NULL), 1);
  assert_int_equal(NetworkFindBranch(net, 1, 2, "3"), 2);
  assert_int_equal(NetworkFindBranch(net, 1, 3, ""), -1);
  Ok(NetworkDestroy(&net));
}

static void SeriesGiveValuesAndKeepPowerFactor(void **state)
{
  Network  net;
  PetscInt row;
  (void)state;
  Ok(NetworkCreate(&net));
  Ok(NetworkResizeBuses(net, 1));
  Ok(NetworkResizeLoads(net, 1));
  Ok(NetworkResizeGenerators(net, 1));
  net->load.p_mw[0]          = 10;
  net->load.q_mvar[0]        = 4;
  net->generator.p_max_mw[0] = 50;
  Ok(NetworkSetSnapshots(net, 0, 1, 3));
  Ok(NetworkAddSeries(net, (PetscReal[]){5, 10, 20}, &row));
  net->load.p_series[0] = row;
  Ok(NetworkAddSeries(net, (PetscReal[]){1, 2, 3}, &row));
  net->generator.p_max_series[0] = row;
  assert_true(NetworkLoadP(net, 0, 2) == 20 && NetworkLoadP(net, 0, -1) == 10);
  assert_true(NetworkLoadQ(net, 0, 0) == 2 && NetworkLoadQ(net, 0, 2) == 8 && NetworkLoadQ(net, 0, -1) == 4);
  assert_true(NetworkGeneratorPMax(net, 0, 1) == 2 && NetworkGeneratorPMax(net, 0, -1) == 50);
  assert_true(NetworkGeneratorPMin(net, 0, 1) == 0);
  Ok(NetworkSetSnapshots(net, 0, 1, 2));
  assert_int_equal(net->load.p_series[0], -1);
  Ok(NetworkDestroy(&net));
}

static void CostsHaveTheirValueAndSlope(void **state)
{
  Cost      polynomial = {COST_POLYNOMIAL, 0, NULL}, piecewise = {COST_POLYNOMIAL, 0, NULL};
  PetscReal slope;
  PetscBool changed;
  (void)state;
  assert_true(CostValue(&polynomial, 3, &slope) == 0 && slope == 0);
  Ok(CostSet(&polynomial, COST_POLYNOMIAL, 4, (PetscReal[]){7, 3, 2, 0.5}));
  assert_true(CostValue(&polynomial, 2, &slope) == 7 + 6 + 8 + 4);
  assert_true(slope == 3 + 8 + 6);
  Ok(CostSet(&piecewise, COST_PIECEWISE_LINEAR, 3, (PetscReal[]){10, 100, 20, 300, 30, 600}));
  assert_true(CostIsConvex(&piecewise, 0));
  assert_true(CostValue(&piecewise, 15, &slope) == 200 && slope == 20);
  assert_true(CostValue(&piecewise, 25, &slope) == 450 && slope == 30);
  assert_true(CostValue(&piecewise, 0, &slope) == -100 && slope == 20);
  assert_true(CostValue(&piecewise, 40, &slope) == 900 && slope == 30);
  Ok(CostSet(&piecewise, COST_PIECEWISE_LINEAR, 4, (PetscReal[]){0, 0, 10, 300, 20, 400, 30, 900}));
  assert_false(CostIsConvex(&piecewise, 1e-6));
  Ok(CostConvexHull(&piecewise, &changed));
  assert_true(changed && piecewise.n == 3);
  assert_true(CostIsConvex(&piecewise, 0));
  assert_true(CostValue(&piecewise, 10, NULL) == 200 && CostValue(&piecewise, 20, NULL) == 400);
  PetscFree(polynomial.coefficient);
  PetscFree(piecewise.coefficient);
}

/* Two buses and a branch with a generator at the first and a load at the second. */
static Network Small(void)
{
  Network net;
  Ok(NetworkCreate(&net));
  Ok(NetworkSetString(&net->source, "small"));
  Ok(NetworkResizeBuses(net, 2));
  Ok(NetworkResizeBranches(net, 1));
  Ok(NetworkResizeGenerators(net, 1));
  Ok(NetworkResizeLoads(net, 1));
  for (PetscInt k = 0; k < 2; ++k) {
    net->bus.number[k] = k + 1;
    Ok(NetworkSetString(&net->bus.name[k], k ? "two" : "one"));
  }
  net->branch.from[0]        = 0;
  net->branch.to[0]          = 1;
  net->branch.x[0]           = 0.1;
  net->generator.bus[0]      = 0;
  net->generator.p_max_mw[0] = 20;
  net->load.bus[0]           = 1;
  net->load.p_mw[0]          = 10;
  Ok(NetworkSetString(&net->branch.name[0], "line"));
  Ok(NetworkSetString(&net->generator.name[0], "plant"));
  Ok(NetworkSetString(&net->load.name[0], "town"));
  return net;
}

static void ValidateChoosesOneReferencePerIsland(void **state)
{
  Network net = Small();
  Faults  faults;
  (void)state;
  Ok(FaultsCreate(&faults));
  Ok(NetworkResizeBuses(net, 4));
  net->bus.number[2] = 3;
  net->bus.number[3] = 4; /* unused and unconnected */
  net->bus.type[0] = net->bus.type[1] = BUS_REF;
  Ok(NetworkResizeGenerators(net, 3));
  for (PetscInt k = 1; k < 3; ++k) {
    net->generator.bus[k]      = 2;
    net->generator.p_max_mw[k] = 5;
    Ok(NetworkSetString(&net->generator.name[k], k == 1 ? "a" : "b"));
  }
  Ok(NetworkValidate(net, faults));
  assert_int_equal(FaultsErrorCount(faults), 0);
  assert_int_equal(net->bus.type[0], BUS_REF);
  assert_int_equal(net->bus.type[1], BUS_PV);
  assert_int_equal(net->bus.type[2], BUS_REF);
  assert_int_equal(net->bus.type[3], BUS_ISOLATED);
  AssertHolds(faults, "warning: found 2 reference buses in one island: bus 1 is taken");
  AssertHolds(faults, "an island of 1 buses without a reference bus: bus 3 is taken");
  AssertHolds(faults, "1 buses without connection, load or generation are set aside");
  Ok(FaultsDestroy(&faults));
  Ok(NetworkDestroy(&net));
}

static void ALoadWithoutSupplyIsAFaultUnlessALinkFeedsIt(void **state)
{
  Network net = Small();
  Faults  faults;
  (void)state;
  net->bus.type[0]          = BUS_REF;
  net->branch.in_service[0] = PETSC_FALSE;
  Ok(FaultsCreate(&faults));
  Ok(NetworkValidate(net, faults));
  AssertHolds(faults, "found an island of 1 buses with load (bus 2) and without generation or storage");
  Ok(FaultsDestroy(&faults));
  Ok(NetworkResizeLinks(net, 1));
  net->link.from[0] = 0;
  net->link.to[0]   = 1;
  Ok(NetworkSetString(&net->link.name[0], "cable"));
  Ok(FaultsCreate(&faults));
  Ok(NetworkValidate(net, faults));
  assert_int_equal(FaultsErrorCount(faults), 0);
  assert_int_equal(net->bus.type[1], BUS_REF);
  Ok(FaultsDestroy(&faults));
  Ok(NetworkDestroy(&net));
}

static void ValidateFindsEveryFault(void **state)
{
  Network net = Small();
  Faults  faults;
  (void)state;
  Ok(FaultsCreate(&faults));
  Ok(NetworkResizeGenerators(net, 2));
  Ok(NetworkResizeStorage(net, 1));
  net->branch.x[0]                  = 0;
  net->bus.vm_min_pu[1]             = 1.2;
  net->bus.vm_max_pu[1]             = 1.1;
  net->generator.bus[1]             = 9;
  net->generator.p_min_mw[0]        = 30;
  net->load.p_mw[0]                 = NAN;
  net->storage.bus[0]               = 0;
  net->storage.e_max_mwh[0]         = 5;
  net->storage.e_initial_mwh[0]     = 6;
  net->storage.efficiency_charge[0] = 1.5;
  Ok(NetworkSetString(&net->generator.name[1], "plant"));
  Ok(NetworkSetString(&net->storage.name[0], "cell"));
  Ok(NetworkValidate(net, faults));
  AssertHolds(faults, "small: error: branch \"line\": found r and x zero");
  AssertHolds(faults, "bus \"two\": found voltage from 1.2 to 1.1");
  AssertHolds(faults, "generator \"plant\": its bus is none of the network's");
  AssertHolds(faults, "generator \"plant\": found active power from 30 to 20");
  AssertHolds(faults, "generator \"plant\": found this name more than once");
  AssertHolds(faults, "load \"town\": found p_mw nan");
  AssertHolds(faults, "storage \"cell\": found an initial energy outside its limits");
  AssertHolds(faults, "storage \"cell\": found an efficiency out of range");
  assert_int_equal(FaultsErrorCount(faults), 8);
  Ok(FaultsDestroy(&faults));
  Ok(NetworkDestroy(&net));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(FaultIsOneLineWithFileAndLine),
      cmocka_unit_test(SourceFaultsReachEveryRank),
      cmocka_unit_test(CsvSplitsQuotesLineEndsAndMark),
      cmocka_unit_test(CsvShapeFaultsNameTheirLines),
      cmocka_unit_test(CsvNumbersAreRefusedWithLineAndColumn),
      cmocka_unit_test(MutatedTablesReadOrSayWhy),
      cmocka_unit_test(NewRowsAreNeutralAndOldOnesStay),
      cmocka_unit_test(LookupsFindNumbersUnitsAndCircuits),
      cmocka_unit_test(SeriesGiveValuesAndKeepPowerFactor),
      cmocka_unit_test(CostsHaveTheirValueAndSlope),
      cmocka_unit_test(ValidateChoosesOneReferencePerIsland),
      cmocka_unit_test(ALoadWithoutSupplyIsAFaultUnlessALinkFeedsIt),
      cmocka_unit_test(ValidateFindsEveryFault),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscFinalize();
  return failed;
}
