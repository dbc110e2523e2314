/* Forward and backward substitution, front by front, four columns at a time. */
#include "solver/ldl_internal.h"

#include <string.h>

typedef double Four __attribute__((vector_size(32), aligned(8)));

/* w -= L w below the diagonal, column after column. */
LDL_WIDE static void ForwardFront(const PetscReal *l, size_t n, PetscInt pivots, PetscReal *restrict w)
{
  PetscInt k = 0;

  for (; k + 4 <= pivots; k += 4) {
    const PetscReal *restrict a = l + (size_t)k * n, *restrict b = a + n, *restrict c = b + n, *restrict d = c + n;
    const PetscReal p = w[k], q = w[k + 1] - a[k + 1] * p, r = w[k + 2] - a[k + 2] * p - b[k + 2] * q;
    const PetscReal s = w[k + 3] - a[k + 3] * p - b[k + 3] * q - c[k + 3] * r;

    w[k + 1] = q;
    w[k + 2] = r;
    w[k + 3] = s;
    for (size_t i = (size_t)k + 4; i < n; i++) w[i] -= a[i] * p + b[i] * q + c[i] * r + d[i] * s;
  }
  for (; k < pivots; k++) {
    const PetscReal *restrict a = l + (size_t)k * n;
    const PetscReal p           = w[k];

    for (size_t i = (size_t)k + 1; i < n; i++) w[i] -= a[i] * p;
  }
}

static inline __attribute__((always_inline)) PetscReal Sum(const Four *v)
{
  return ((*v)[0] + (*v)[1]) + ((*v)[2] + (*v)[3]);
}

static inline __attribute__((always_inline)) PetscReal Dot(const PetscReal *a, const PetscReal *w, size_t from,
                                                           size_t n)
{
  Four      sum  = {0};
  PetscReal rest = 0;
  size_t    i    = from;

  for (; i + 4 <= n; i += 4) {
    Four x, y;

    memcpy(&x, a + i, sizeof x);
    memcpy(&y, w + i, sizeof y);
    sum += x * y;
  }
  for (; i < n; i++) rest += a[i] * w[i];
  return Sum(&sum) + rest;
}

/* Four neighbouring columns times w, rows from .. n - 1. */
static inline __attribute__((always_inline)) void FourDots(const PetscReal *a, const PetscReal *w, size_t from,
                                                           size_t n, PetscReal dot[4])
{
  Four   sum[4] = {{0}};
  size_t i      = from;

  for (; i + 4 <= n; i += 4) {
    Four y;

    memcpy(&y, w + i, sizeof y);
    for (int j = 0; j < 4; j++) {
      Four x;

      memcpy(&x, a + (size_t)j * n + i, sizeof x);
      sum[j] += x * y;
    }
  }
  for (int j = 0; j < 4; j++) dot[j] = Sum(&sum[j]);
  for (; i < n; i++) {
    for (int j = 0; j < 4; j++) dot[j] += a[(size_t)j * n + i] * w[i];
  }
}

LDL_WIDE static void BackwardFront(const PetscReal *l, size_t n, PetscInt pivots, PetscReal *w)
{
  const PetscInt fours = pivots - pivots % 4;

  for (PetscInt k = pivots - 1; k >= fours; k--) w[k] -= Dot(l + (size_t)k * n, w, (size_t)k + 1, n);
  for (PetscInt k = fours - 4; k >= 0; k -= 4) {
    const PetscReal *const a = l + (size_t)k * n, *const b = a + n, *const c = b + n;
    PetscReal dot[4];

    FourDots(a, w, (size_t)k + 4, n, dot);
    w[k + 3] -= dot[3];
    w[k + 2] -= dot[2] + c[k + 3] * w[k + 3];
    w[k + 1] -= dot[1] + b[k + 2] * w[k + 2] + b[k + 3] * w[k + 3];
    w[k] -= dot[0] + a[k + 1] * w[k + 1] + a[k + 2] * w[k + 2] + a[k + 3] * w[k + 3];
  }
}

/* w = D^-1 w, and zero where there was no pivot. */
static void Divide(const PetscReal *inverse, const PetscInt *kind, PetscInt pivots, PetscReal *w)
{
  for (PetscInt k = 0; k < pivots; k++) {
    const PetscReal *const e = inverse + 2 * k;

    if (kind[k] == 2) {
      const PetscReal x = w[k], y = w[k + 1];

      w[k]     = e[0] * x + e[1] * y;
      w[k + 1] = e[1] * x + e[2] * y;
      k++;
    } else
      w[k] *= e[0];
  }
}

PetscErrorCode LdlForward(Ldl ldl, PetscReal *x)
{
  PetscReal *const w = ldl->gathered;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < ldl->n_fronts; f++) {
    const LdlFactors *const factors = &ldl->factors[f];
    const PetscInt *const   index   = ldl->index.data + factors->index;

    if (factors->pivots == 0) continue;
    for (PetscInt i = 0; i < factors->rows; i++) w[i] = x[index[i]];
    ForwardFront(ldl->panel.data + factors->panel, (size_t)factors->rows, factors->pivots, w);
    for (PetscInt i = 0; i < factors->rows; i++) x[index[i]] = w[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LdlBackward(Ldl ldl, PetscReal *x)
{
  PetscReal *const w = ldl->gathered;

  PetscFunctionBeginUser;
  for (PetscInt f = ldl->n_fronts - 1; f >= 0; f--) {
    const LdlFactors *const factors = &ldl->factors[f];
    const PetscInt *const   index   = ldl->index.data + factors->index;

    if (factors->pivots == 0) continue;
    for (PetscInt i = 0; i < factors->rows; i++) w[i] = x[index[i]];
    Divide(ldl->diagonal.data + factors->diagonal, ldl->kind.data + factors->kind, factors->pivots, w);
    BackwardFront(ldl->panel.data + factors->panel, (size_t)factors->rows, factors->pivots, w);
    for (PetscInt i = 0; i < factors->pivots; i++) x[index[i]] = w[i];
  }
  PetscFunctionReturn(0);
}
