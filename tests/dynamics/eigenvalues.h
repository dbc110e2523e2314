/* Eigenvalues of the equations linearised at their operating point, for small systems; the test links lapack. */
#ifndef ARCHIPELAGO_TESTS_DYNAMICS_EIGENVALUES_H
#define ARCHIPELAGO_TESTS_DYNAMICS_EIGENVALUES_H

#include "tests/dynamics/grid.h"

#include "dynamics/equations.h"

/* LAPACK's generalised eigenvalues, which PETSc does not declare. */
extern void dggev_(const char *jobvl, const char *jobvr, const int *n, double *a, const int *lda, double *b,
                   const int *ldb, double *alphar, double *alphai, double *beta, double *vl, const int *ldvl,
                   double *vr, const int *ldvr, double *work, const int *lwork, int *info);

/* Finite eigenvalues of the pencil -dF/dy - s dF/dy' at the operating point, re[] and im[] of at least eq->n; returns
   how many. */
static inline PetscInt Eigenvalues(Equations eq, PetscReal *re, PetscReal *im)
{
  const PetscInt n = eq->n, entries = (PetscInt)EquationsEntries(eq);
  PetscReal     *value, *by_y, *by_rate, *zero, *ar, *ai, *beta, *work;
  int            order = (int)n, one = 1, size = 32 * order, info;
  PetscInt       count = 0;
  Ok(PetscCalloc4(entries, &value, n * n, &by_y, n * n, &by_rate, n, &zero));
  Ok(PetscCalloc4(n, &ar, n, &ai, n, &beta, size, &work));
  for (int rates = 0; rates < 2; ++rates) {
    PetscReal *full = rates ? by_rate : by_y;
    EquationsJacobian(eq, eq->start, zero, (PetscReal)rates, value);
    for (PetscInt j = 0; j < n; ++j) {
      for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
        full[j * n + eq->row_index[k]] = -value[k];
    }
  }
  for (PetscInt k = 0; k < n * n; ++k) by_rate[k] = by_y[k] - by_rate[k];
  dggev_("N", "N", &order, by_y, &order, by_rate, &order, ar, ai, beta, NULL, &one, NULL, &one, work, &size, &info);
  assert_int_equal(info, 0);
  for (PetscInt k = 0; k < n; ++k) {
    if (PetscAbsReal(beta[k]) < 1e-8 * (PetscAbsReal(ar[k]) + PetscAbsReal(ai[k]))) continue;
    re[count]   = ar[k] / beta[k];
    im[count++] = ai[k] / beta[k];
  }
  Ok(PetscFree4(value, by_y, by_rate, zero));
  Ok(PetscFree4(ar, ai, beta, work));
  return count;
}

#endif
