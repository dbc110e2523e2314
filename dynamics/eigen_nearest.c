/* Eigenvalues nearest to a shift: Arnoldi's method on -(J + s E)^-1 E, restarted in Krylov-Schur form.

   The basis V[m + 1] and the small matrix S hold  Op V_m = V_m S + v_(m+1) c,  with c a row. S = Q T Q^H (Schur), ordered
   such that the largest of its diagonal come first, turns this into  Op (V Q) = (V Q) T + v (c Q), of which the leading
   columns are again such a relation: the restart. (G. W. Stewart, 2001.) */
#include "dynamics/eigen_impl.h"

#include <petscblaslapack.h>

/* LAPACK and BLAS for complex numbers, which PETSc declares in its complex build only. */
extern void zgees_(const char *jobvs, const char *sort, void *select, const PetscBLASInt *n, Complex *a,
                   const PetscBLASInt *lda, PetscBLASInt *sdim, Complex *w, Complex *vs, const PetscBLASInt *ldvs,
                   Complex *work, const PetscBLASInt *lwork, double *rwork, PetscBLASInt *bwork, PetscBLASInt *info);
extern void ztrexc_(const char *compq, const PetscBLASInt *n, Complex *t, const PetscBLASInt *ldt, Complex *q,
                    const PetscBLASInt *ldq, const PetscBLASInt *from, const PetscBLASInt *to, PetscBLASInt *info);
extern void ztrevc_(const char *side, const char *howmny, PetscBLASInt *select, const PetscBLASInt *n, Complex *t,
                    const PetscBLASInt *ldt, Complex *vl, const PetscBLASInt *ldvl, Complex *vr,
                    const PetscBLASInt *ldvr, const PetscBLASInt *mm, PetscBLASInt *m, Complex *work, double *rwork,
                    PetscBLASInt *info);
extern void zgemv_(const char *trans, const PetscBLASInt *m, const PetscBLASInt *n, const Complex *alpha,
                   const Complex *a, const PetscBLASInt *lda, const Complex *x, const PetscBLASInt *incx,
                   const Complex *beta, Complex *y, const PetscBLASInt *incy);
extern void zgemm_(const char *transa, const char *transb, const PetscBLASInt *m, const PetscBLASInt *n,
                   const PetscBLASInt *k, const Complex *alpha, const Complex *a, const PetscBLASInt *lda,
                   const Complex *b, const PetscBLASInt *ldb, const Complex *beta, Complex *c, const PetscBLASInt *ldc);

#define TOLERANCE 1e-8 /* of an eigenvalue of the operator, relative: verification does the rest */
#define MOST_RESTARTS 20
#define MOST_IDLE 2     /* restarts without a newly converged value */
#define BREAKDOWN 1e-13 /* of the operator's result: the basis is invariant */

typedef struct {
  Shift        shift;
  PetscBLASInt n, m, kept, one; /* states, basis, columns kept at the last restart */
  Complex     *v, *next;        /* [m + 1][n], [m][n]: basis, and room for its rotation */
  Complex     *s, *q, *y, *w;   /* [m][m] each; [m] */
  Complex     *row, *coupling;  /* [m]: row under S at a restart; what couples the basis to v_(m+1) */
  Complex     *work;            /* [4 m] */
  double      *rwork;           /* [m] */
  uint64_t     seed;
} Krylov;

static const Complex One = 1.0, Zero = 0.0, MinusOne = -1.0;

/* The same numbers on every machine, in [-1, 1). */
static double Scatter(uint64_t *seed)
{
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(int64_t)(*seed) / 9223372036854775808.0;
}

static double Norm(PetscBLASInt n, const Complex *x)
{
  double sum = 0.0;
  for (PetscBLASInt k = 0; k < n; ++k) sum += creal(x[k]) * creal(x[k]) + cimag(x[k]) * cimag(x[k]);
  return sqrt(sum);
}

static void Scale(PetscBLASInt n, double factor, Complex *x)
{
  for (PetscBLASInt k = 0; k < n; ++k) x[k] *= factor;
}

/* x minus its parts along the first `columns` of the basis, twice over; h[columns] += those parts. */
static void Orthogonalise(Krylov *k, PetscBLASInt columns, Complex *x, Complex *h)
{
  for (int pass = 0; pass < 2 && columns > 0; ++pass) {
    zgemv_("C", &k->n, &columns, &One, k->v, &k->n, x, &k->one, &Zero, k->w, &k->one);
    zgemv_("N", &k->n, &columns, &MinusOne, k->v, &k->n, k->w, &k->one, &One, x, &k->one);
    for (PetscBLASInt i = 0; h && i < columns; ++i) h[i] += k->w[i];
  }
}

/* A fixed unit vector orthogonal to the first columns. */
static void FreshVector(Krylov *k, PetscBLASInt columns)
{
  Complex *x = &k->v[(size_t)columns * (size_t)k->n];
  for (PetscBLASInt i = 0; i < k->n; ++i) {
    const double re = Scatter(&k->seed);
    x[i]            = re + I * Scatter(&k->seed);
  }
  Scale(k->n, 1.0 / Norm(k->n, x), x);
  Orthogonalise(k, columns, x, NULL);
  Scale(k->n, 1.0 / Norm(k->n, x), x);
}

/* Arnoldi steps from the kept columns to a full basis. */
static PetscErrorCode Extend(Krylov *k)
{
  const size_t n = (size_t)k->n, m = (size_t)k->m;

  PetscFunctionBeginUser;
  for (PetscBLASInt j = k->kept; j < k->m; ++j) {
    Complex *column = &k->s[(size_t)j * m], *x = &k->v[((size_t)j + 1) * n];
    PetscCall(PetscArrayzero(column, m));
    PetscCall(ShiftApply(k->shift, &k->v[(size_t)j * n], x));
    const double before = Norm(k->n, x);
    Orthogonalise(k, j + 1, x, column);
    double beta = Norm(k->n, x);
    if (beta > BREAKDOWN * before) {
      Scale(k->n, 1.0 / beta, x);
    } else {
      beta = 0.0;
      if (j + 1 < k->n) FreshVector(k, j + 1);
    }
    if (j + 1 < k->m) column[j + 1] = beta;
    if (j == k->kept) /* the row that a restart left under S */
      for (PetscBLASInt i = 0; i < k->kept; ++i) k->s[(size_t)i * m + (size_t)j] = k->row[i];
    if (j + 1 == k->m) {
      PetscCall(PetscArrayzero(k->coupling, m));
      k->coupling[j] = beta;
    }
  }
  PetscFunctionReturn(0);
}

/* S = Q T Q^H in place of S, ordered by size; the coupling in the new basis; y: eigenvectors of T, of unit length. */
static PetscErrorCode Decompose(Krylov *k)
{
  PetscBLASInt sdim, info, length = 4 * k->m, found;
  const size_t m = (size_t)k->m;
  Complex     *t = k->s;

  PetscFunctionBeginUser;
  zgees_("V", "N", NULL, &k->m, t, &k->m, &sdim, k->w, k->q, &k->m, k->work, &length, k->rwork, NULL, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK zgees: %d", (int)info);
  for (PetscBLASInt to = 1; to <= k->m; ++to) {
    PetscBLASInt from = to;
    for (PetscBLASInt i = to + 1; i <= k->m; ++i) {
      if (cabs(t[(size_t)(i - 1) * (m + 1)]) > cabs(t[(size_t)(from - 1) * (m + 1)])) from = i;
    }
    if (from != to) ztrexc_("V", &k->m, t, &k->m, k->q, &k->m, &from, &to, &info);
  }
  zgemv_("T", &k->m, &k->m, &One, k->q, &k->m, k->coupling, &k->one, &Zero, k->row, &k->one);
  ztrevc_("R", "A", NULL, &k->m, t, &k->m, NULL, &k->m, k->y, &k->m, &k->m, &found, k->work, k->rwork, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK ztrevc: %d", (int)info);
  for (PetscBLASInt i = 0; i < k->m; ++i) Scale(k->m, 1.0 / Norm(k->m, &k->y[(size_t)i * m]), &k->y[(size_t)i * m]);
  PetscFunctionReturn(0);
}

/* How many of the leading values have converged. */
static PetscBLASInt Converged(const Krylov *k)
{
  const size_t m = (size_t)k->m;
  PetscBLASInt i;
  for (i = 0; i < k->m; ++i) {
    Complex error = 0.0;
    for (PetscBLASInt l = 0; l <= i; ++l) error += k->row[l] * k->y[(size_t)i * m + (size_t)l];
    if (!(cabs(error) <= TOLERANCE * cabs(k->s[(size_t)i * (m + 1)]))) break;
  }
  return i;
}

/* v[columns] = v z, z[m][columns]. */
static PetscErrorCode Rotate(Krylov *k, PetscBLASInt columns, const Complex *z)
{
  PetscFunctionBeginUser;
  zgemm_("N", "N", &k->n, &columns, &k->m, &One, k->v, &k->n, z, &k->m, &Zero, k->next, &k->n);
  PetscCall(PetscArraycpy(k->v, k->next, (size_t)k->n * (size_t)columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode Restart(Krylov *k, PetscBLASInt converged)
{
  const size_t n = (size_t)k->n;

  PetscFunctionBeginUser;
  k->kept = converged + (k->m - converged) / 2;
  PetscCall(Rotate(k, k->kept, k->q));
  PetscCall(PetscArraycpy(&k->v[(size_t)k->kept * n], &k->v[(size_t)k->m * n], n));
  PetscFunctionReturn(0);
}

/* All values nearer than 1/|theta| of the last converged one have converged too. */
static PetscReal Radius(const Krylov *k, PetscBLASInt converged)
{
  if (converged == 0) return 0.0;
  return converged == k->n ? PETSC_INFINITY : 1.0 / cabs(k->s[(size_t)(converged - 1) * ((size_t)k->m + 1)]);
}

/* Eigenvectors of the converged values, and how far from the shift everything is known. */
static PetscErrorCode Collect(Krylov *k, Complex at, PetscBLASInt converged, Nearest *nearest)
{
  const size_t n = (size_t)k->n, m = (size_t)k->m;

  PetscFunctionBeginUser;
  nearest->n      = converged;
  nearest->radius = Radius(k, converged);
  PetscCall(PetscMalloc2(converged, &nearest->value, (size_t)converged * n, &nearest->vector));
  for (PetscBLASInt i = 0; i < converged; ++i) nearest->value[i] = at + 1.0 / k->s[(size_t)i * (m + 1)];
  PetscCall(Rotate(k, k->m, k->q));
  zgemm_("N", "N", &k->n, &converged, &k->m, &One, k->v, &k->n, k->y, &k->m, &Zero, nearest->vector, &k->n);
  PetscFunctionReturn(0);
}

static PetscErrorCode Allocate(Krylov *k)
{
  const size_t n = (size_t)k->n, m = (size_t)k->m;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((m + 1) * n, &k->v, m * n, &k->next));
  PetscCall(PetscMalloc4(m * m, &k->s, m * m, &k->q, m * m, &k->y, m + 1, &k->w));
  PetscCall(PetscMalloc4(m, &k->row, m, &k->coupling, 4 * m, &k->work, m, &k->rwork));
  PetscFunctionReturn(0);
}

PetscErrorCode NearestFind(Shift shift, const Pencil *pencil, Complex at, PetscInt want, PetscReal enough,
                           Nearest *nearest)
{
  Krylov       k         = {.shift = shift, .one = 1, .seed = 20};
  PetscBLASInt converged = 0, before = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscBLASIntCast(pencil->n_states, &k.n));
  PetscCall(PetscBLASIntCast(PetscMin(pencil->n_states, want + want / 2 + 30), &k.m));
  want = PetscMin(want, k.m);
  PetscCall(Allocate(&k));
  FreshVector(&k, 0);
  for (PetscInt restart = 0, idle = 0; restart <= MOST_RESTARTS; ++restart) {
    if (restart) PetscCall(Restart(&k, converged));
    PetscCall(Extend(&k));
    PetscCall(Decompose(&k));
    converged = Converged(&k);
    idle      = converged > before ? 0 : idle + 1;
    before    = converged;
    if (converged >= want || Radius(&k, converged) >= enough || (converged >= want / 4 && idle >= MOST_IDLE)) break;
  }
  PetscCall(Collect(&k, at, converged, nearest));
  PetscCall(PetscFree2(k.v, k.next));
  PetscCall(PetscFree4(k.s, k.q, k.y, k.w));
  PetscCall(PetscFree4(k.row, k.coupling, k.work, k.rwork));
  PetscFunctionReturn(0);
}

PetscErrorCode NearestDestroy(Nearest *nearest)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(nearest->value, nearest->vector));
  *nearest = (Nearest){0};
  PetscFunctionReturn(0);
}
