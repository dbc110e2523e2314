/* The linearised system against published electromechanical modes of undamped classical machines. */
#include "tests/dynamics/grid.h"

#include "dynamics/equations.h"
#include "tests/dynamics/main.h"

#include <petscblaslapack.h>

/* Solves a[n][n] x = b for m right-hand sides in place of b (row major), by elimination with row exchanges. */
static void SolveDense(PetscInt n, PetscInt m, PetscReal *a, PetscReal *b)
{
  for (PetscInt k = 0; k < n; ++k) {
    PetscInt pivot = k;
    for (PetscInt i = k + 1; i < n; ++i) {
      if (PetscAbsReal(a[i * n + k]) > PetscAbsReal(a[pivot * n + k])) pivot = i;
    }
    for (PetscInt j = 0; j < n; ++j) {
      const PetscReal t = a[k * n + j];
      a[k * n + j]      = a[pivot * n + j];
      a[pivot * n + j]  = t;
    }
    for (PetscInt j = 0; j < m; ++j) {
      const PetscReal t = b[k * m + j];
      b[k * m + j]      = b[pivot * m + j];
      b[pivot * m + j]  = t;
    }
    for (PetscInt i = 0; i < n; ++i) {
      const PetscReal factor = i == k ? 0.0 : a[i * n + k] / a[k * n + k];
      if (factor == 0.0) continue;
      for (PetscInt j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      for (PetscInt j = 0; j < m; ++j) b[i * m + j] -= factor * b[k * m + j];
    }
  }
  for (PetscInt k = 0; k < n; ++k) {
    for (PetscInt j = 0; j < m; ++j) b[k * m + j] /= a[k * n + k];
  }
}

/* The state matrix A[count][count] of x' = A x, over the differential unknowns x and the algebraic ones v: with
   0 = x' + Fx x + Fv v and 0 = Gx x + Gv v, A = Fv Gv^-1 Gx - Fx. */
static PetscReal *StateMatrix(Equations eq, PetscInt *count)
{
  PetscInt   n = 0, m = 0, *at;
  PetscReal *value, *full, *zero, *gv, *gx;
  Ok(PetscCalloc4(EquationsEntries(eq), &value, eq->n * eq->n, &full, eq->n, &zero, eq->n, &at));
  for (PetscInt k = 0; k < eq->n; ++k) n += eq->differential[k];
  for (PetscInt k = 0, x = 0, v = n; k < eq->n; ++k) at[k] = eq->differential[k] ? x++ : v++;
  m = eq->n - n;
  Ok(PetscCalloc2(m * m, &gv, m * n, &gx));
  EquationsJacobian(eq, eq->start, zero, 0.0, value);
  for (PetscInt j = 0; j < eq->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
      full[at[eq->row_index[k]] * eq->n + at[j]] = value[k];
  }
  for (PetscInt i = 0; i < m; ++i) {
    for (PetscInt j = 0; j < m; ++j) gv[i * m + j] = full[(n + i) * eq->n + n + j];
    for (PetscInt j = 0; j < n; ++j) gx[i * n + j] = full[(n + i) * eq->n + j];
  }
  SolveDense(m, n, gv, gx);
  PetscReal *result = malloc((size_t)(n * n) * sizeof *result);
  assert_non_null(result);
  for (PetscInt i = 0; i < n; ++i) {
    for (PetscInt j = 0; j < n; ++j) {
      result[i * n + j] = -full[i * eq->n + j];
      for (PetscInt k = 0; k < m; ++k) result[i * n + j] += full[i * eq->n + n + k] * gx[k * n + j];
    }
  }
  Ok(PetscFree4(value, full, zero, at));
  Ok(PetscFree2(gv, gx));
  *count = n;
  return result;
}

static int Ascending(const void *a, const void *b)
{
  const PetscReal x = *(const PetscReal *)a, y = *(const PetscReal *)b;
  return (x > y) - (x < y);
}

/* Frequencies in Hz of the oscillating pairs, ascending; returns how many. */
static PetscInt Frequencies(Equations eq, PetscReal *hz)
{
  PetscInt     states, count = 0;
  PetscReal   *a = StateMatrix(eq, &states), re[64], im[64], work[1024];
  PetscBLASInt n = (PetscBLASInt)states, size = 1024, one = 1, info;
  LAPACKgeev_("N", "N", &n, a, &n, re, im, NULL, &one, NULL, &one, work, &size, &info);
  assert_int_equal(info, 0);
  for (PetscInt k = 0; k < n; ++k) {
    if (im[k] <= 0.1) continue; /* of each pair one; drift of all machines together is no oscillation */
    assert_true(PetscAbsReal(re[k]) < 0.05 * im[k]); /* transfer conductances, no damping */
    hz[count++] = im[k] / (2.0 * PETSC_PI);
  }
  qsort(hz, (size_t)count, sizeof *hz, Ascending);
  free(a);
  return count;
}

static void CheckModes(const Grid *grid, PetscInt n, const PetscReal *expected)
{
  PetscReal hz[64];
  Equations eq;
  Ok(EquationsCreate(grid->net, grid->point, grid->table, 60.0, &eq));
  assert_int_equal(Frequencies(eq, hz), n);
  for (PetscInt k = 0; k < n; ++k) printf("mode %.4f Hz, published %.3f\n", (double)hz[k], (double)expected[k]);
  for (PetscInt k = 0; k < n; ++k) assert_true(PetscAbsReal(hz[k] - expected[k]) <= 0.0011);
  Ok(EquationsDestroy(&eq));
}

static void modes_of_wscc9(void **state)
{
  const PetscReal expected[] = {1.383, 2.126};
  Grid            grid;
  (void)state;
  if (!GridLoadWscc9(&grid)) skip();
  CheckModes(&grid, 2, expected);
  GridDestroy(&grid);
}

static void modes_of_new_england_39(void **state)
{
  const PetscReal expected[] = {0.617, 0.946, 1.019, 1.135, 1.261, 1.286, 1.474, 1.534, 1.546};
  Grid            grid;
  (void)state;
  if (!GridLoadNewEngland39(&grid)) skip();
  CheckModes(&grid, 9, expected);
  GridDestroy(&grid);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(modes_of_wscc9),
      cmocka_unit_test(modes_of_new_england_39),
  };
  return RunTests(argc, argv, tests);
}
