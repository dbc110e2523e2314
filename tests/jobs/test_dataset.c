/* The result store: the same bytes for the same data, read back as written, windows appended along time. */
#include "tests/support.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "jobs/dataset.h"

static char directory[64] = "/tmp/archipelago-dataset-XXXXXX";

static const char *Path(const char *name)
{
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

/* Two time steps, three buses, a missing value, an empty dimension, texts beyond ASCII. */
static Dataset Example(int64_t start)
{
  Dataset      ds;
  const double price[] = {1.5, NAN, -0.0, 4, 5, 1e300};
  char        *bus[]   = {"wind coast",
                          "plaine ensoleill\xc3\xa9"
                                   "e",
                          ""};
  int64_t      time[] = {start, start + 3600}, big[] = {INT64_MAX, INT64_MIN};

  assert_int_equal(DatasetCreate(&ds), 0);
  assert_int_equal(DatasetSetAttribute(ds, "title", "example"), 0);
  assert_int_equal(DatasetAddDimension(ds, "time", 2), 0);
  assert_int_equal(DatasetAddDimension(ds, "bus", 3), 0);
  assert_int_equal(DatasetAddDimension(ds, "link", 0), 0);
  assert_int_equal(DatasetAddDimension(ds, "iteration", 2), 0);
  assert_int_equal(DatasetAddInteger(ds, "time", "time", "seconds since 1970-01-01 00:00:00", "time", time), 0);
  assert_int_equal(PetscStrallocpy("proleptic_gregorian", &DatasetFind(ds, "time")->calendar), 0);
  assert_int_equal(DatasetAddText(ds, "bus", "bus", "bus", bus), 0);
  assert_int_equal(DatasetAddReal(ds, "price", "time bus", "EUR/MWh", "price", price), 0);
  assert_int_equal(DatasetAddReal(ds, "link_p", "time link", "MW", "no links", NULL), 0);
  assert_int_equal(DatasetAddInteger(ds, "money", "iteration", "1e-6 EUR", "extreme integers", big), 0);
  assert_int_equal(DatasetAddReal(ds, "interval_length", "", "h", "a single value", &price[0]), 0);
  return ds;
}

static void Write(Dataset ds, const char *name)
{
  PetscBool written;
  FileError error;
  assert_int_equal(DatasetWriteNetcdf(ds, Path(name), &written, &error), 0);
  assert_true(written);
}

static void AssertSameFile(const char *a, const char *b)
{
  char     *x, *y;
  size_t    n, m;
  FileError error;
  assert_true(FileRead(Path(a), &x, &n, &error));
  assert_true(FileRead(Path(b), &y, &m, &error));
  assert_int_equal(n, m);
  assert_memory_equal(x, y, n);
  free(x);
  free(y);
}

static void SameDataGiveTheSameBytes(void **state)
{
  (void)state;
  for (int k = 0; k < 2; k++) {
    Dataset ds   = Example(1000);
    void   *junk = malloc(100000 + 77777 * (size_t)k); /* other heap contents */
    memset(junk, 0xa5, 100000);
    free(junk);
    Write(ds, k ? "b.nc" : "a.nc");
    assert_int_equal(DatasetDestroy(&ds), 0);
  }
  AssertSameFile("a.nc", "b.nc");
}

static void WhatIsReadIsWhatWasWritten(void **state)
{
  Dataset   ds = Example(1000), back;
  FileError error;
  Variable *v;

  (void)state;
  Write(ds, "c.nc");
  assert_int_equal(DatasetReadNetcdf(Path("c.nc"), &back, &error), 0);
  assert_non_null(back);
  assert_int_equal(back->n_vars, 5);
  v = DatasetFind(back, "price");
  assert_non_null(v);
  assert_string_equal(v->units, "EUR/MWh");
  assert_true(v->real[0] == 1.5 && isnan(v->real[1]) && v->real[2] == 0 && !signbit(v->real[2]) && v->real[5] == 1e300);
  assert_true(DatasetFind(back, "money")->integer[1] == INT64_MIN);
  assert_string_equal(DatasetFind(back, "bus")->text[1], "plaine ensoleill\xc3\xa9"
                                                         "e");
  assert_string_equal(DatasetFind(back, "bus")->text[2], "");
  assert_null(DatasetFind(back, "link_p"));
  assert_true(DatasetFind(back, "interval_length")->real[0] == 1.5);
  Write(back, "d.nc");
  assert_int_equal(DatasetDestroy(&back), 0);
  assert_int_equal(DatasetReadNetcdf(Path("d.nc"), &back, &error), 0);
  Write(back, "e.nc");
  AssertSameFile("d.nc", "e.nc");
  assert_int_equal(DatasetDestroy(&back), 0);
  assert_int_equal(DatasetDestroy(&ds), 0);
}

static void WindowsFollowEachOther(void **state)
{
  Dataset   ds = Example(0), more = Example(7200);
  Variable *price, *time;

  (void)state;
  assert_int_equal(DatasetAppend(ds, more, "window time iteration"), 0);
  price = DatasetFind(ds, "price");
  time  = DatasetFind(ds, "time");
  assert_int_equal(DatasetCount(ds, price), 12);
  assert_true(price->real[6] == 1.5 && price->real[11] == 1e300);
  assert_true(time->integer[2] == 7200 && time->integer[3] == 10800);
  assert_int_equal(DatasetCount(ds, DatasetFind(ds, "bus")), 3);
  assert_int_equal(DatasetCount(ds, DatasetFind(ds, "money")), 4);
  assert_int_equal(DatasetDestroy(&ds), 0);
  assert_int_equal(DatasetDestroy(&more), 0);
}

static void AnUnwritablePlaceIsOneLine(void **state)
{
  Dataset   ds = Example(0);
  PetscBool written;
  FileError error = {""};

  (void)state;
  assert_int_equal(DatasetWriteNetcdf(ds, "/proc/none/x.nc", &written, &error), 0);
  assert_false(written);
  assert_non_null(strstr(error.text, "/proc/none/x.nc"));
  assert_null(strchr(error.text, '\n'));
  assert_int_equal(DatasetDestroy(&ds), 0);
}

/* A limit of the file size stands for a full disk. */
static void AFullDiskLeavesNothing(void **state)
{
  Dataset       ds;
  PetscBool     written;
  FileError     error = {""};
  struct rlimit limit, small;

  (void)state;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(DatasetCreate(&ds), 0);
  assert_int_equal(DatasetAddDimension(ds, "x", 20000), 0);
  assert_int_equal(DatasetAddReal(ds, "v", "x", "MW", "large", NULL), 0);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  small          = limit;
  small.rlim_cur = 8192;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  assert_int_equal(DatasetWriteNetcdf(ds, Path("full.nc"), &written, &error), 0);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  assert_false(written);
  assert_non_null(strstr(error.text, "full.nc"));
  assert_false(FileExists(Path("full.nc")));
  assert_false(FileExists(Path(".tmp-full.nc")));
  assert_int_equal(DatasetDestroy(&ds), 0);
}

static void NotHdf5IsOneLine(void **state)
{
  Dataset   ds;
  FileError error = {""};

  (void)state;
  assert_true(FileWrite(Path("text.nc"), "no HDF5", 7, &error));
  assert_int_equal(DatasetReadNetcdf(Path("text.nc"), &ds, &error), 0);
  assert_null(ds);
  assert_non_null(strstr(error.text, "text.nc"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(SameDataGiveTheSameBytes), cmocka_unit_test(WhatIsReadIsWhatWasWritten),
      cmocka_unit_test(WindowsFollowEachOther),   cmocka_unit_test(AnUnwritablePlaceIsOneLine),
      cmocka_unit_test(NotHdf5IsOneLine),         cmocka_unit_test(AFullDiskLeavesNothing),
  };
  FileError error;
  int       failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL) || !mkdtemp(directory)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  if (!getenv("ARCHIPELAGO_KEEP")) DirectoryRemove(directory, &error);
  PetscFinalize();
  return failed;
}
