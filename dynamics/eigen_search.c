/* The modes of a large system near the imaginary axis: shifts whose discs cover what is asked for, and each value verified
   at a factorisation of its own. */
#include "dynamics/eigen_impl.h"

#define SAME 1e-7          /* two values this near, of one's distance from zero plus one, are one */
#define MOVES_AT_MOST 1e-5 /* a value that verification moves by more was none */
#define MOST_RESIDUAL 1e-9

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
static PetscErrorCode Look(Search *s, Complex at, PetscReal *radius)
{
  Nearest   nearest;
  PetscBool ok;

  PetscFunctionBeginUser;
  *radius = 0.0;
  PetscCall(ShiftSet(s->shift, at, &ok));
  if (!ok) PetscFunctionReturn(0); /* an eigenvalue stands exactly here: the halves of the interval will find it */
  PetscCall(NearestFind(s->shift, s->pencil, at, s->options->nearest, &nearest));
  for (PetscInt k = 0; k < nearest.n; ++k)
    PetscCall(Keep(s, nearest.value[k], &nearest.vector[(size_t)k * (size_t)s->pencil->n_states]));
  *radius = nearest.radius;
  PetscCall(NearestDestroy(&nearest));
  PetscFunctionReturn(0);
}

/* Covers damping ratios below the option's between two frequencies. Octaves first, each halved until a disc around its
   middle covers it; the lowest frequency first, so that shifts that run out leave a clear statement. */
static PetscErrorCode Cover(Search *s, Eigen eigen)
{
  const EigenOptions *o    = s->options;
  const PetscReal     high = 2.0 * PETSC_PI * o->high_hz, zeta = o->damping;
  PetscReal           done = 2.0 * PETSC_PI * o->low_hz, width = done, radius;

  PetscFunctionBeginUser;
  /* slow modes, also those that grow without swinging */
  PetscCall(Look(s, done, &radius));
  eigen->n_shifts = 1;
  while (done < high && eigen->n_shifts < o->most_shifts) {
    const PetscReal end    = PetscMin(high, done + width);
    const PetscReal middle = 0.5 * (done + end), needed = hypot(0.5 * (end - done), zeta * end);
    PetscCall(Look(s, I * middle, &radius));
    ++eigen->n_shifts;
    if (radius >= needed) {
      done  = end;
      width = PetscMin(done, 2.0 * width);
    } else {
      width = 0.5 * (end - done);
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

static void Normalise(PetscInt n, Complex *z)
{
  PetscReal largest = 0.0;
  for (PetscInt i = 0; i < n; ++i) largest = PetscMax(largest, cabs(z[i]));
  for (PetscInt i = 0; i < n && largest > 0.0; ++i) z[i] /= largest;
}

/* |(J + value E) v| of its largest summands. */
static PetscReal Residual(Search *s, Complex value)
{
  const Pencil   *p     = s->pencil;
  const Equations eq    = p->eq;
  PetscReal       error = 0.0, largest = 0.0;
  Multiply(p, PETSC_FALSE, s->right, s->product);
  for (PetscInt i = 0; i < p->n; ++i) {
    if (eq->differential[i]) s->product[i] += value * s->right[i];
    error = PetscMax(error, cabs(s->product[i]));
  }
  for (PetscInt j = 0; j < p->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
      largest = PetscMax(largest, PetscAbsReal(p->jacobian[k]) * cabs(s->right[j]));
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
      sum += cabs(s->left[eq->row_index[k]]) * PetscAbsReal(p->jacobian[k]) * cabs(s->right[j]);
  }
  return product > 0.0 ? sum / product : PETSC_INFINITY;
}

/* One step of inverse iteration on both sides, and Rayleigh's quotient: value, vectors and residual to the arithmetic's
   last digits. *ok false: what came from the search was no eigenvalue. */
static PetscErrorCode Verify(Search *s, PetscInt which, Complex *value, PetscBool *ok)
{
  const Pencil  *p     = s->pencil;
  const Complex *start = &s->vector[(size_t)which * (size_t)p->n_states];
  /* a little aside, so that the matrix is not singular */
  const Complex at = s->value[which] + 1e-9 * (1.0 + cabs(s->value[which])) * (1.0 + 0.5 * I);

  PetscFunctionBeginUser;
  PetscCall(ShiftSet(s->shift, at, ok));
  if (!*ok) PetscFunctionReturn(0);
  PetscCall(PetscArrayzero(s->right, p->n));
  PetscCall(PetscArrayzero(s->left, p->n));
  for (PetscInt k = 0; k < p->n_states; ++k) {
    s->right[p->unknown[k]] = start[k];
    s->left[p->unknown[k]]  = conj(start[k]);
  }
  for (int pass = 0; pass < 2; ++pass) {
    Normalise(p->n, s->right);
    Normalise(p->n, s->left);
    for (PetscInt k = 0; pass && k < p->n; ++k) {
      if (!p->eq->differential[k]) s->right[k] = s->left[k] = 0.0;
    }
    PetscCall(ShiftSolve(s->shift, PETSC_FALSE, s->right));
    PetscCall(ShiftSolve(s->shift, PETSC_TRUE, s->left));
  }
  Normalise(p->n, s->right);
  Normalise(p->n, s->left);
  Multiply(p, PETSC_FALSE, s->right, s->product);
  Complex quotient = 0.0;
  for (PetscInt k = 0; k < p->n; ++k) quotient -= s->left[k] * s->product[k];
  *value = quotient / Product(p, s->left, s->right);
  *ok    = (PetscBool)(cabs(*value - s->value[which]) <= MOVES_AT_MOST * (1.0 + cabs(*value)));
  PetscFunctionReturn(0);
}

/* A verified value becomes a mode, unless it is known by now. */
static PetscErrorCode AddMode(Search *s, Complex value, RawModes *modes)
{
  const Pencil *p = s->pencil;
  RawMode      *mode;

  PetscFunctionBeginUser;
  const PetscReal uncertainty = EIGEN_ENTRY_ERROR * Condition(s), residual = Residual(s, value);
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
    if (ok && Residual(&s, value) <= MOST_RESIDUAL)
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
