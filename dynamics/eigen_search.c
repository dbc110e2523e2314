/* The modes of a large system near the imaginary axis: shifts whose discs cover what is asked for, and each value verified
   at a factorisation of its own. */
#include "dynamics/eigen_impl.h"

#define SAME 1e-7          /* two values this near, of one's distance from zero plus one, are one */
#define MOVES_AT_MOST 1e-5 /* a value that verification moves by more was none */
#define MOST_RESIDUAL 1e-9
#define MOST_NEAREST 320 /* eigenvalues around one shift */
#define FORWARD 2.5      /* a disc that reaches this much further ahead than back is large enough */

typedef struct {
  PetscReal low, high; /* rad/s */
} Interval;

typedef struct {
  const Pencil       *pencil;
  const EigenOptions *options;
  Shift               shift;
  PetscInt            n, capacity;
  Complex            *value;                  /* [n] upper half plane, each once */
  Complex            *vector;                 /* [n][n_states] */
  Complex            *right, *left, *product; /* [pencil's n] */
} Search;

static Complex Upper(Complex value)
{
  return cimag(value) < 0.0 ? conj(value) : value;
}

static PetscBool Same(Complex a, Complex b)
{
  return (PetscBool)(cabs(a - b) <= SAME * (1.0 + cabs(a)));
}

/* Keeps a value with its vector unless it is known. */
static PetscErrorCode Keep(Search *s, Complex value, const Complex *vector)
{
  const size_t  n     = (size_t)s->pencil->n_states;
  const Complex upper = Upper(value);

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n; ++k) {
    if (Same(s->value[k], upper)) PetscFunctionReturn(0);
  }
  if (s->n == s->capacity) {
    s->capacity = 2 * s->capacity + 64;
    PetscCall(PetscRealloc((size_t)s->capacity * sizeof *s->value, &s->value));
    PetscCall(PetscRealloc((size_t)s->capacity * n * sizeof *s->vector, &s->vector));
  }
  Complex *to = &s->vector[(size_t)s->n * n];
  for (size_t i = 0; i < n; ++i) to[i] = upper == value ? vector[i] : conj(vector[i]);
  s->value[s->n++] = upper;
  PetscFunctionReturn(0);
}

/* The nearest ones to a point; *radius: how far around it everything is known. */
static PetscErrorCode Look(Search *s, Complex at, PetscInt want, PetscReal enough, PetscReal *radius)
{
  Nearest   nearest;
  PetscBool ok;

  PetscFunctionBeginUser;
  *radius = 0.0;
  PetscCall(ShiftSet(s->shift, at, PETSC_FALSE, &ok));
  if (!ok) PetscFunctionReturn(0); /* an eigenvalue stands exactly here: the halves of the interval will find it */
  PetscCall(NearestFind(s->shift, s->pencil, at, want, enough, &nearest));
  for (PetscInt k = 0; k < nearest.n; ++k)
    PetscCall(Keep(s, nearest.value[k], &nearest.vector[(size_t)k * (size_t)s->pencil->n_states]));
  *radius = nearest.radius;
  PetscCall(NearestDestroy(&nearest));
  PetscFunctionReturn(0);
}

/* The piece of the strip of damping ratios below zeta, as frequencies in rad/s, that a disc around a point of the imaginary
   axis covers; empty where the disc is too small. */
static Interval Covered(PetscReal middle, PetscReal radius, PetscReal zeta)
{
  const PetscReal a = 1.0 + zeta * zeta, root = middle * middle - a * (middle - radius) * (middle + radius);
  if (!(root > 0.0)) return (Interval){middle, middle};
  if (radius >= PETSC_INFINITY) return (Interval){0.0, PETSC_INFINITY};
  return (Interval){(middle - PetscSqrtReal(root)) / a, (middle + PetscSqrtReal(root)) / a};
}

/* Goes up the imaginary axis with discs that overlap: `done` is how far all is covered, `ahead` the piece that a disc put
   too far covers. Where eigenvalues crowd and the disc is too small, more of them are asked for. The lowest frequency
   first, so that shifts that run out leave a clear statement. */
static PetscErrorCode Cover(Search *s, Eigen eigen)
{
  const EigenOptions *o    = s->options;
  const PetscReal     high = 2.0 * PETSC_PI * o->high_hz;
  PetscReal           done = 2.0 * PETSC_PI * o->low_hz, reach = 0.5 * done, radius;
  Interval            ahead = {PETSC_INFINITY, PETSC_INFINITY};
  PetscInt            want  = o->nearest;

  PetscFunctionBeginUser;
  /* slow modes, also those that grow without swinging */
  PetscCall(Look(s, done, want, 1.5 * done, &radius));
  eigen->n_shifts = 1;
  while (done < high && eigen->n_shifts < o->most_shifts) {
    const PetscReal at       = PetscMin(PetscMin(done + 0.9 * reach, high), 0.5 * (done + ahead.low));
    const PetscReal ahead_by = FORWARD * (at - done);
    PetscCall(Look(s, I * at, want, hypot(ahead_by, o->damping * (at + ahead_by)), &radius));
    ++eigen->n_shifts;
    const Interval found = Covered(at, radius, o->damping);
    if (found.low >= found.high) {
      reach = 0.5 * (at - done);
      want  = PetscMin(2 * want, MOST_NEAREST);
      continue;
    }
    reach = 0.5 * (found.high - found.low);
    if (found.low <= done)
      done = PetscMax(done, found.high);
    else if (found.low < ahead.low)
      ahead = (Interval){found.low, ahead.low <= found.high ? PetscMax(found.high, ahead.high) : found.high};
    if (ahead.low <= done) {
      done  = PetscMax(done, ahead.high);
      ahead = (Interval){PETSC_INFINITY, PETSC_INFINITY};
    }
  }
  eigen->covered = (PetscBool)(done >= high);
  if (!eigen->covered) eigen->high_hz = done / (2.0 * PETSC_PI);
  PetscFunctionReturn(0);
}

/* product = J z (or its transpose's), and the size of its summands. */
static void Multiply(const Pencil *p, PetscBool transposed, const Complex *z, Complex *product)
{
  const Equations eq = p->eq;
  for (PetscInt i = 0; i < p->n; ++i) product[i] = 0.0;
  for (PetscInt j = 0; j < p->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      const PetscInt i = (PetscInt)eq->row_index[k];
      if (transposed)
        product[j] += p->jacobian[k] * z[i];
      else
        product[i] += p->jacobian[k] * z[j];
    }
  }
}

/* w E v. */
static Complex Product(const Pencil *p, const Complex *w, const Complex *v)
{
  Complex sum = 0.0;
  for (PetscInt k = 0; k < p->n_states; ++k) sum += w[p->unknown[k]] * v[p->unknown[k]];
  return sum;
}

/* About |z|, without a root. */
static inline PetscReal Size(Complex z)
{
  return PetscAbsReal(creal(z)) + PetscAbsReal(cimag(z));
}

static void Normalise(PetscInt n, Complex *z)
{
  PetscReal largest = 0.0;
  for (PetscInt i = 0; i < n; ++i) largest = PetscMax(largest, Size(z[i]));
  for (PetscInt i = 0; i < n && largest > 0.0; ++i) z[i] /= largest;
}

/* |(J + value E) v|, or |w (J + value E)|, of its largest summands. */
static PetscReal Residual(Search *s, Complex value, PetscBool transposed)
{
  const Pencil   *p     = s->pencil;
  const Equations eq    = p->eq;
  PetscReal       error = 0.0, largest = 0.0;
  const Complex  *z = transposed ? s->left : s->right;
  Multiply(p, transposed, z, s->product);
  for (PetscInt i = 0; i < p->n; ++i) {
    if (p->standing[i]) continue;
    if (eq->differential[i]) s->product[i] += value * z[i];
    error = PetscMax(error, Size(s->product[i]));
  }
  for (PetscInt j = 0; j < p->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
      largest = PetscMax(largest, PetscAbsReal(p->jacobian[k]) * Size(z[transposed ? eq->row_index[k] : j]));
  }
  return largest > 0.0 ? error / largest : 0.0;
}

/* |w| |J| |v| / |w E v|: how far errors in entries of J can move the value. */
static PetscReal Condition(const Search *s)
{
  const Pencil   *p       = s->pencil;
  const Equations eq      = p->eq;
  const PetscReal product = cabs(Product(p, s->left, s->right));
  PetscReal       sum     = 0.0;
  for (PetscInt j = 0; j < p->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
      sum += Size(s->left[eq->row_index[k]]) * PetscAbsReal(p->jacobian[k]) * Size(s->right[j]);
  }
  return product > 0.0 ? sum / product : PETSC_INFINITY;
}

/* Inverse iteration on both sides at a value, and Rayleigh's quotient. */
static PetscErrorCode Refine(Search *s, PetscInt which, PetscBool near, Complex *value, PetscBool *ok)
{
  const Pencil  *p     = s->pencil;
  const Complex *start = &s->vector[(size_t)which * (size_t)p->n_states];
  /* a little aside, so that the matrix is not singular */
  const Complex at       = s->value[which] + 1e-9 * (1.0 + cabs(s->value[which])) * (1.0 + 0.5 * I);
  Complex       quotient = 0.0;

  PetscFunctionBeginUser;
  PetscCall(ShiftSet(s->shift, at, near, ok));
  if (!*ok) PetscFunctionReturn(0);
  PetscCall(PetscArrayzero(s->right, p->n));
  PetscCall(PetscArrayzero(s->left, p->n));
  for (PetscInt k = 0; k < p->n_states; ++k) {
    s->right[p->unknown[k]] = start[k];
    s->left[p->unknown[k]]  = conj(start[k]);
  }
  /* the right one is known well already */
  PetscCall(ShiftSolve(s->shift, PETSC_FALSE, s->right));
  Normalise(p->n, s->right);
  for (int pass = 0; pass < 2; ++pass) {
    for (PetscInt k = 0; pass && k < p->n; ++k) {
      if (!p->eq->differential[k]) s->left[k] = 0.0;
    }
    PetscCall(ShiftSolve(s->shift, PETSC_TRUE, s->left));
    Normalise(p->n, s->left);
  }
  Multiply(p, PETSC_FALSE, s->right, s->product);
  for (PetscInt k = 0; k < p->n; ++k) quotient -= s->left[k] * s->product[k];
  *value = quotient / Product(p, s->left, s->right);
  *ok    = (PetscBool)(cabs(*value - s->value[which]) <= MOVES_AT_MOST * (1.0 + cabs(*value)) &&
                    Residual(s, *value, PETSC_FALSE) <= MOST_RESIDUAL &&
                    Residual(s, *value, PETSC_TRUE) <= MOST_RESIDUAL);
  PetscFunctionReturn(0);
}

/* Value, vectors and residual to the arithmetic's last digits. *ok false: what came from the search was no eigenvalue. */
static PetscErrorCode Verify(Search *s, PetscInt which, Complex *value, PetscBool *ok)
{
  PetscFunctionBeginUser;
  PetscCall(Refine(s, which, PETSC_TRUE, value, ok));
  if (!*ok) PetscCall(Refine(s, which, PETSC_FALSE, value, ok));
  PetscFunctionReturn(0);
}

/* A verified value becomes a mode, unless it is known by now. */
static PetscErrorCode AddMode(Search *s, Complex value, RawModes *modes)
{
  const Pencil *p = s->pencil;
  RawMode      *mode;

  PetscFunctionBeginUser;
  const PetscReal uncertainty = EIGEN_ENTRY_ERROR * Condition(s), residual = Residual(s, value, PETSC_FALSE);
  if (PetscAbsReal(cimag(value)) <= PetscMax(1e-10 * cabs(value), uncertainty)) value = creal(value);
  for (PetscInt k = 0; k < modes->n; ++k) {
    if (Same(modes->mode[k].value, value)) PetscFunctionReturn(0);
  }
  PetscCall(RawModesAdd(modes, &mode));
  mode->value           = value;
  mode->uncertainty     = uncertainty;
  mode->residual        = residual;
  const Complex product = Product(p, s->left, s->right);
  for (PetscInt k = 0; k < p->n_states; ++k)
    mode->share[k] = s->left[p->unknown[k]] * s->right[p->unknown[k]] / product;
  PetscFunctionReturn(0);
}

PetscErrorCode EigenSolveSparse(const Pencil *pencil, const EigenOptions *options, RawModes *modes, Eigen eigen)
{
  Search s = {.pencil = pencil, .options = options};

  PetscFunctionBeginUser;
  PetscCall(ShiftCreate(pencil, &s.shift));
  PetscCall(PetscMalloc3(pencil->n, &s.right, pencil->n, &s.left, pencil->n, &s.product));
  PetscCall(Cover(&s, eigen));
  for (PetscInt k = 0; k < s.n; ++k) {
    Complex   value = 0.0;
    PetscBool ok;
    PetscCall(Verify(&s, k, &value, &ok));
    if (ok)
      PetscCall(AddMode(&s, value, modes));
    else
      ++eigen->n_unverified;
  }
  PetscCall(PetscFree(s.value));
  PetscCall(PetscFree(s.vector));
  PetscCall(PetscFree3(s.right, s.left, s.product));
  PetscCall(ShiftDestroy(&s.shift));
  PetscFunctionReturn(0);
}
