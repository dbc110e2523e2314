/* Mutated tables and series of a PyPSA CSV folder: never a crash; either faults or components that can be written and read. */
#include "inputs/components.h"

#include <math.h>

#include "tests/inputs/text_files.h"

static const char *const file[] = {"buses.csv",
                                   "carriers.csv",
                                   "generators.csv",
                                   "generators-p_max_pu.csv",
                                   "links.csv",
                                   "lines.csv",
                                   "loads.csv",
                                   "loads-p_set.csv",
                                   "snapshots.csv",
                                   "network.csv",
                                   "stores.csv",
                                   "investment_periods.csv",
                                   "storage_units.csv",
                                   "global_constraints.csv",
                                   "representative_days.csv"};

static void Copy(const char *name)
{
  char   path[512];
  size_t size;
  char  *bytes;
  snprintf(path, sizeof path, "tests/inputs/corpus/components/%s", name);
  bytes = ReadBytes(ShippedFile(path), &size);
  snprintf(path, sizeof path, "%s/%s", TemporaryPath("folder"), name);
  WriteBytes(path, bytes, size);
  free(bytes);
}

/* What is read has every value that the model needs. */
static void AssertSound(Components c)
{
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const ComponentTable *t = &c->table[kind];
    for (PetscInt row = 0; row < t->n; row++) {
      assert_true(t->name[row][0]);
      assert_int_equal(ComponentsFind(c, (ComponentKind)kind, t->name[row]), row);
    }
    for (PetscInt k = 0; k < t->n_columns; k++) {
      const Column    *column = t->column[k];
      const Attribute *a      = column->attribute;
      assert_int_equal(column->n, t->n);
      for (PetscInt row = 0; a && a->type != ATTRIBUTE_TEXT && !a->output && row < t->n; row++)
        for (PetscInt s = 0; s < c->n_snapshots; s++)
          assert_true(!isnan(ColumnAt(column, row, s)) || isnan(a->standard));
    }
  }
  for (PetscInt s = 0; s < c->n_snapshots; s++) {
    assert_true(c->weight_objective[s] >= 0);
    assert_in_range(c->period_of[s], 0, ComponentsPeriods(c) - 1);
  }
}

static void ReadMutation(const char *name, const char *bytes, size_t size, PetscBool rewrite)
{
  Components c, again = NULL;
  Faults     faults;
  PetscBool  written;
  char       path[512], error[300];
  snprintf(path, sizeof path, "%s/%s", TemporaryPath("folder"), name);
  WriteBytes(path, bytes, size);
  OK(FaultsCreate(&faults));
  OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("folder"), faults, &c));
  assert_int_equal(c == NULL, FaultsErrorCount(faults) > 0);
  if (c) AssertSound(c);
  if (c && rewrite) {
    OK(ComponentsImpedances(c));
    OK(ComponentsWrite(c, TemporaryPath("written"), &written, error, sizeof error));
    assert_true(written);
    OK(ComponentsRead(PETSC_COMM_SELF, TemporaryPath("written"), faults, &again));
    if (!again) FaultsView(faults, stderr);
    assert_non_null(again);
  }
  OK(ComponentsDestroy(&again));
  OK(ComponentsDestroy(&c));
  OK(FaultsDestroy(&faults));
}

static void test_mutated_folders_never_crash(void **state)
{
  (void)state;
  (void)mkdir(TemporaryPath("folder"), 0777);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(file); k++) Copy(file[k]);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(file); k++) {
    char   path[512];
    size_t size, length;
    char  *bytes;
    snprintf(path, sizeof path, "tests/inputs/corpus/components/%s", file[k]);
    bytes = ReadBytes(ShippedFile(path), &size);
    ReadMutation(file[k], bytes, size, PETSC_TRUE);
    for (uint64_t seed = 0; seed < 200; seed++) {
      char *mutated = Mutate(bytes, size, seed + 1000 * k, &length);
      ReadMutation(file[k], mutated, length, seed % 50 == 0 ? PETSC_TRUE : PETSC_FALSE);
      free(mutated);
    }
    free(bytes);
    Copy(file[k]);
  }
  RemoveFolder(TemporaryPath("folder"));
  RemoveFolder(TemporaryPath("written"));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutated_folders_never_crash)};
  int                     failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
