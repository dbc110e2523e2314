/* Linear programs: rows put together, points tested, the MPS file. */
#include "solver/linear_program.h"
#include "tests/inputs/text_files.h"

#include <math.h>

/* minimise 7 + 2 a - b + c^2, 1 <= a + 2 b <= 4, b - c = 1, a - c >= -3; a >= 0, -1 <= b <= 5, c free, d in [0, 1]
   nowhere */
static LinearProgram Small(void)
{
  const PetscInt  columns[3][4] = {{1, 0, 1, 2}, {2, 1, 0, 0}, {0, 2, 0, 0}};
  const PetscReal values[3][4]  = {{1.5, 1, 0.5, 0}, {-1, 1, 0, 0}, {1, -1, 0, 0}};
  LinearProgram   p;
  PetscInt        first, row;

  assert_int_equal(LinearProgramCreate(&p), 0);
  LinearProgramAddVariables(p, 1, (LinearLabel){1, 4, -1}, 0, INFINITY, &first);
  assert_int_equal(first, 0);
  LinearProgramAddVariables(p, 3, (LinearLabel){2, 5, 7}, -1, 5, &first);
  assert_int_equal(first, 1);
  p->lower[2]     = -INFINITY;
  p->upper[2]     = INFINITY;
  p->lower[3]     = 0;
  p->upper[3]     = 1;
  p->constant     = 7;
  p->cost[0]      = 2;
  p->cost[1]      = -1;
  p->quadratic[2] = 2;
  LinearProgramAddRow(p, (LinearLabel){3, 0, 0}, 1, 4, 4, columns[0], values[0], &row);
  LinearProgramAddRow(p, (LinearLabel){3, 0, 1}, 1, 1, 2, columns[1], values[1], &row);
  LinearProgramAddRow(p, (LinearLabel){3, 0, 2}, -3, INFINITY, 2, columns[2], values[2], &row);
  assert_int_equal(row, 2);
  return p;
}

static void test_rows_are_sorted_and_summed(void **state)
{
  LinearProgram p = Small();
  (void)state;
  assert_int_equal(p->n, 4);
  assert_int_equal(p->m, 3);
  assert_int_equal(p->start[1], 2); /* the same column twice is added, a zero is dropped */
  assert_int_equal(p->column[0], 0);
  assert_int_equal(p->column[1], 1);
  assert_true(p->value[0] == 1 && p->value[1] == 2);
  assert_int_equal(p->column[2], 1);
  assert_true(p->value[2] == 1 && p->value[3] == -1);
  assert_int_equal(p->variable[0].stage, -1);
  assert_int_equal(p->variable[3].stage, 9);
  LinearProgramDestroy(&p);
}

/* Columns in descending order, more than are sorted by insertion. */
static void test_long_rows(void **state)
{
  enum { N = 5000 };
  LinearProgram p;
  PetscInt      column[N], i;
  PetscReal     value[N];
  (void)state;
  LinearProgramCreate(&p);
  LinearProgramAddVariables(p, N, (LinearLabel){0, 0, 0}, 0, 1, NULL);
  for (i = 0; i < N; i++) {
    column[i] = N - 1 - i;
    value[i]  = column[i] + 1;
  }
  for (i = 0; i < 100; i++) LinearProgramAddRow(p, (LinearLabel){0, 0, 0}, 0, 1, N, column, value, NULL);
  assert_int_equal(p->start[100], 100 * N);
  for (i = 0; i < N; i++) assert_true(p->column[99 * N + i] == i && p->value[99 * N + i] == i + 1);
  LinearProgramDestroy(&p);
}

/* a = 1, b = 2, c = -1: 7 + 2 - 2 + 1; a + 2 b is 1 above 4, b - c 2 off, a - c right; b and d are -3 off at -4 and 4.
   */
static void test_points(void **state)
{
  const PetscReal x[4] = {1, 2, -1, 0}, outside[4] = {1, -4, -1, 4};
  LinearProgram   p = Small();
  PetscReal       rows, bounds;
  (void)state;
  assert_true(LinearProgramObjective(p, x) == 8);
  LinearProgramViolation(p, x, &rows, &bounds);
  assert_true(rows == 2 && bounds == 0);
  LinearProgramViolation(p, outside, NULL, &bounds);
  assert_true(bounds == 3);
  LinearProgramDestroy(&p);
}

static void Name(void *context, PetscBool is_row, PetscInt index, char *text, size_t size)
{
  (void)context;
  snprintf(text, size, "%s%d", is_row ? "row" : "x", (int)index);
}

static void test_mps(void **state)
{
  static const char expected[] =
      "NAME archipelago\nROWS\n N objective\n L row0\n E row1\n G row2\nCOLUMNS\n"
      " x0 objective 2\n x0 row0 1\n x0 row2 1\n x1 objective -1\n x1 row0 2\n x1 row1 1\n"
      " x2 row1 -1\n x2 row2 -1\n x3 objective 0\nRHS\n RHS objective -7\n RHS row0 4\n RHS row1 1\n"
      " RHS row2 -3\nRANGES\n RNG row0 3\nBOUNDS\n LO BND x1 -1\n UP BND x1 5\n FR BND x2\n"
      " UP BND x3 1\nQUADOBJ\n x2 x2 2\nENDATA\n";
  LinearProgram p = Small();
  PetscBool     written;
  char          error[256], *text;
  size_t        size;
  (void)state;
  LinearProgramWriteMps(p, TemporaryPath("small.mps"), Name, NULL, &written, error, sizeof error);
  assert_true(written);
  text = ReadBytes(TemporaryPath("small.mps"), &size);
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(text, expected, size);
  free(text);
  LinearProgramWriteMps(p, TemporaryPath("no/such/folder.mps"), Name, NULL, &written, error, sizeof error);
  assert_false(written);
  assert_non_null(strstr(error, "cannot be written"));
  LinearProgramDestroy(&p);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_are_sorted_and_summed),
      cmocka_unit_test(test_long_rows),
      cmocka_unit_test(test_points),
      cmocka_unit_test(test_mps),
  };
  int failed;
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  RemoveFolder(TemporaryFolder());
  PetscFinalize();
  return failed;
}
