/* Serial vectors with loops that the compiler can vectorise: in the integration of a system that is factorised quickly,
   vector operations are half of the time, and those of the library as it is packaged run number by number. Sums have four
   partial sums, added in a fixed order: the same numbers on every run. */
#include "dynamics/vector.h"

#include <math.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

WIDE static void AddScaled(sunindextype n, double a, const double *x, double b, const double *y, double *z)
{
  for (sunindextype i = 0; i < n; ++i) z[i] = a * x[i] + b * y[i];
}

WIDE static void Scale(sunindextype n, double a, const double *x, double *z)
{
  for (sunindextype i = 0; i < n; ++i) z[i] = a * x[i];
}

WIDE static void Accumulate(sunindextype n, double a, const double *x, double *z)
{
  for (sunindextype i = 0; i < n; ++i) z[i] += a * x[i];
}

WIDE static double SumSquares(sunindextype n, const double *x, const double *w)
{
  double             part[4] = {0.0, 0.0, 0.0, 0.0};
  const sunindextype whole   = n - n % 4;
  for (sunindextype i = 0; i < whole; i += 4) {
    for (int k = 0; k < 4; ++k) part[k] += (x[i + k] * w[i + k]) * (x[i + k] * w[i + k]);
  }
  for (sunindextype i = whole; i < n; ++i) part[0] += (x[i] * w[i]) * (x[i] * w[i]);
  return (part[0] + part[1]) + (part[2] + part[3]);
}

WIDE static double SumSquaresWhere(sunindextype n, const double *x, const double *w, const double *where)
{
  double             part[4] = {0.0, 0.0, 0.0, 0.0};
  const sunindextype whole   = n - n % 4;
  for (sunindextype i = 0; i < whole; i += 4) {
    for (int k = 0; k < 4; ++k) {
      const double term = where[i + k] > 0.0 ? x[i + k] * w[i + k] : 0.0;
      part[k] += term * term;
    }
  }
  for (sunindextype i = whole; i < n; ++i) part[0] += where[i] > 0.0 ? (x[i] * w[i]) * (x[i] * w[i]) : 0.0;
  return (part[0] + part[1]) + (part[2] + part[3]);
}

/* z may be x or y: element by element, without `restrict` */
static void OpLinearSum(realtype a, N_Vector x, realtype b, N_Vector y, N_Vector z)
{
  AddScaled(NV_LENGTH_S(z), a, NV_DATA_S(x), b, NV_DATA_S(y), NV_DATA_S(z));
}

static void OpScale(realtype a, N_Vector x, N_Vector z)
{
  if (a == 1.0 && x == z) return;
  Scale(NV_LENGTH_S(z), a, NV_DATA_S(x), NV_DATA_S(z));
}

static realtype OpWrmsNorm(N_Vector x, N_Vector w)
{
  return sqrt(SumSquares(NV_LENGTH_S(x), NV_DATA_S(x), NV_DATA_S(w)) / (double)NV_LENGTH_S(x));
}

static realtype OpWrmsNormMask(N_Vector x, N_Vector w, N_Vector where)
{
  return sqrt(SumSquaresWhere(NV_LENGTH_S(x), NV_DATA_S(x), NV_DATA_S(w), NV_DATA_S(where)) / (double)NV_LENGTH_S(x));
}

/* z = sum a[k] x[k], in pieces that stay in the cache; z may be x[0]. */
static int OpLinearCombination(int terms, realtype *a, N_Vector *x, N_Vector z)
{
  const sunindextype n = NV_LENGTH_S(z), piece = 1024;
  for (sunindextype i = 0; i < n; i += piece) {
    const sunindextype m  = n - i < piece ? n - i : piece;
    double            *to = NV_DATA_S(z) + i;
    if (terms == 1)
      Scale(m, a[0], NV_DATA_S(x[0]) + i, to);
    else
      AddScaled(m, a[0], NV_DATA_S(x[0]) + i, a[1], NV_DATA_S(x[1]) + i, to);
    for (int k = 2; k < terms; ++k) Accumulate(m, a[k], NV_DATA_S(x[k]) + i, to);
  }
  return 0;
}

N_Vector VectorCreate(sunindextype n, SUNContext context)
{
  N_Vector v = N_VNew_Serial(n, context);
  if (!v || N_VEnableFusedOps_Serial(v, SUNTRUE)) return NULL;
  v->ops->nvlinearsum         = OpLinearSum;
  v->ops->nvscale             = OpScale;
  v->ops->nvwrmsnorm          = OpWrmsNorm;
  v->ops->nvwrmsnormmask      = OpWrmsNormMask;
  v->ops->nvlinearcombination = OpLinearCombination;
  return v;
}
