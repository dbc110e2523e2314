/* All modes of a small system: the state matrix and LAPACK's eigenvalues with vectors on both sides. */
#include "dynamics/eigen_impl.h"

#include <petscblaslapack.h>

typedef struct {
  PetscInt   n;
  PetscReal *a, *copy, *re, *im, *left, *right, *work; /* matrices column by column */
} Dense;

/* A column of LAPACK's real form of the eigenvectors: of a pair the real parts stand first, then the imaginary ones. */
static Complex Entry(const Dense *d, const PetscReal *vectors, PetscInt mode, PetscInt row)
{
  const PetscReal *column = &vectors[(size_t)mode * (size_t)d->n];
  return d->im[mode] == 0.0 ? column[row] : column[row] + I * column[d->n + row];
}

/* How far errors in the entries of A can move the value: |w| |A| |v| / |w v|. */
static PetscReal Condition(const Dense *d, PetscInt mode, PetscReal product)
{
  PetscReal sum = 0.0;
  for (PetscInt j = 0; j < d->n; ++j) {
    const PetscReal *column = &d->a[(size_t)j * (size_t)d->n], v = cabs(Entry(d, d->right, mode, j));
    PetscReal        part = 0.0;
    for (PetscInt i = 0; i < d->n; ++i) {
      if (column[i] != 0.0) part += cabs(Entry(d, d->left, mode, i)) * PetscAbsReal(column[i]);
    }
    sum += part * v;
  }
  return product > 0.0 ? sum / product : PETSC_INFINITY;
}

/* |A v - lambda v| of the largest |A| |v|. */
static PetscReal Residual(const Dense *d, PetscInt mode, Complex *r, PetscReal *size)
{
  const Complex value   = d->re[mode] + I * d->im[mode];
  PetscReal     largest = 0.0, error = 0.0;
  for (PetscInt i = 0; i < d->n; ++i) {
    r[i]    = -value * Entry(d, d->right, mode, i);
    size[i] = cabs(r[i]);
  }
  for (PetscInt j = 0; j < d->n; ++j) {
    const Complex    v      = Entry(d, d->right, mode, j);
    const PetscReal *column = &d->a[(size_t)j * (size_t)d->n], s = cabs(v);
    for (PetscInt i = 0; i < d->n; ++i) {
      r[i] += column[i] * v;
      size[i] += PetscAbsReal(column[i]) * s;
    }
  }
  for (PetscInt i = 0; i < d->n; ++i) {
    largest = PetscMax(largest, size[i]);
    error   = PetscMax(error, cabs(r[i]));
  }
  return largest > 0.0 ? error / largest : 0.0;
}

static PetscErrorCode AddMode(const Dense *d, PetscInt k, Complex *r, PetscReal *size, RawModes *modes)
{
  RawMode *mode;
  Complex  product = 0.0;

  PetscFunctionBeginUser;
  PetscCall(RawModesAdd(modes, &mode));
  mode->value = d->re[k] + I * d->im[k];
  for (PetscInt i = 0; i < d->n; ++i) {
    mode->share[i] = conj(Entry(d, d->left, k, i)) * Entry(d, d->right, k, i);
    product += mode->share[i];
  }
  for (PetscInt i = 0; i < d->n; ++i) mode->share[i] = product == 0.0 ? 0.0 : mode->share[i] / product;
  mode->residual = Residual(d, k, r, size);
  /* asked only of values close to the imaginary axis, where it decides */
  if (cabs(mode->value) < 1e-2 || PetscAbsReal(d->re[k]) < 1e-4 * PetscAbsReal(d->im[k]))
    mode->uncertainty = EIGEN_ENTRY_ERROR * Condition(d, k, cabs(product));
  PetscFunctionReturn(0);
}

static PetscErrorCode Factorise(Dense *d, char *problem, size_t size)
{
  PetscBLASInt n, info, length = -1;
  PetscReal    best;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(d->n, &n));
  LAPACKgeev_("V", "V", &n, d->copy, &n, d->re, d->im, d->left, &n, d->right, &n, &best, &length, &info);
  PetscCall(PetscBLASIntCast((PetscInt)best, &length));
  PetscCall(PetscMalloc1(length, &d->work));
  LAPACKgeev_("V", "V", &n, d->copy, &n, d->re, d->im, d->left, &n, d->right, &n, d->work, &length, &info);
  PetscCall(PetscFree(d->work));
  if (info) snprintf(problem, size, "the eigenvalues of the state matrix were not found (LAPACK dgeev: %d)", (int)info);
  PetscFunctionReturn(0);
}

PetscErrorCode EigenSolveDense(const Pencil *pencil, RawModes *modes, char *problem, size_t size)
{
  Dense        d = {.n = pencil->n_states};
  const size_t n = (size_t)d.n;
  PetscBool    ok;
  Complex     *r;
  PetscReal   *scale;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(n * n, &d.a, n * n, &d.copy, n * n, &d.left, n * n, &d.right));
  PetscCall(PetscMalloc4(n, &d.re, n, &d.im, n, &r, n, &scale));
  PetscCall(PencilStateMatrix(pencil, d.a, &ok));
  if (!ok) {
    snprintf(problem, size, "the algebraic equations are singular at the operating point: no state matrix exists");
  } else if (d.n > 0) {
    PetscCall(PetscArraycpy(d.copy, d.a, n * n));
    PetscCall(Factorise(&d, problem, size));
    for (PetscInt k = 0; !problem[0] && k < d.n; ++k) {
      if (d.im[k] >= 0.0) PetscCall(AddMode(&d, k, r, scale, modes));
    }
  }
  PetscCall(PetscFree4(d.a, d.copy, d.left, d.right));
  PetscCall(PetscFree4(d.re, d.im, r, scale));
  PetscFunctionReturn(0);
}
