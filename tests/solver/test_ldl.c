/* The sparse factorisation against dense algebra (LAPACK's dsytrf and dsytrs, dsyev for eigenvalues): solutions, inertia, Schur
   complements and the halves of a solve, on random systems of many shapes. */
#include "solver/ldl.h"

#include "solver/kkt_factor.h"
#include "solver/opf_impl.h"
#include "tests/solver/opf_support.h"

#include <math.h>
#include <petscblaslapack.h>
#include <stdlib.h>
#include <string.h>

/* A symmetric matrix: dense for the reference, its upper triangle by rows for the code under test. */
typedef struct {
  PetscInt   n;
  PetscReal *dense; /* [n][n] */
  PetscInt  *start, *column, *group;
  PetscReal *value;
} System;

static unsigned long long random_state;

/* Uniform in [0, 1): a 64-bit linear congruential generator (Knuth's MMIX constants). */
static PetscReal Uniform(void)
{
  random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (PetscReal)(random_state >> 11) / 9007199254740992.0;
}

static PetscInt Below(PetscInt n)
{
  return (PetscInt)(Uniform() * n);
}

static PetscReal Signed(void)
{
  return 2 * Uniform() - 1;
}

static PetscReal *At(System *s, PetscInt i, PetscInt j)
{
  return &s->dense[i * s->n + j];
}

static void Put(System *s, PetscInt i, PetscInt j, PetscReal v)
{
  *At(s, i, j) = *At(s, j, i) = v;
}

static void SystemCreate(PetscInt n, System *s)
{
  s->n      = n;
  s->dense  = calloc((size_t)(n * n), sizeof *s->dense);
  s->start  = calloc((size_t)n + 1, sizeof *s->start);
  s->column = calloc((size_t)(n * n), sizeof *s->column);
  s->value  = calloc((size_t)(n * n), sizeof *s->value);
  s->group  = calloc((size_t)n, sizeof *s->group);
  for (PetscInt i = 0; i < n; i++) s->group[i] = -1;
}

static void SystemDestroy(System *s)
{
  free(s->dense);
  free(s->start);
  free(s->column);
  free(s->value);
  free(s->group);
}

/* The pattern: the diagonal and what is not zero. */
static void Compress(System *s)
{
  PetscInt nnz = 0;

  for (PetscInt i = 0; i < s->n; i++) {
    s->start[i] = nnz;
    for (PetscInt j = i; j < s->n; j++) {
      if (j > i && *At(s, i, j) == 0) continue;
      s->column[nnz]  = j;
      s->value[nnz++] = *At(s, i, j);
    }
  }
  s->start[s->n] = nnz;
}

/* n variables with some curvature on a chain of buses, m rows of few entries each whose diagonal is -dc. */
static void FillKkt(System *s, PetscInt n, PetscInt m, PetscReal dc)
{
  for (PetscInt j = 0; j < n; j++) {
    Put(s, j, j, (Below(3) ? 1 : 1e-3) * (0.1 + Uniform()) * (Below(12) ? 1 : 1e6));
    if (j > 0 && Below(2)) Put(s, j - 1, j, 0.3 * Signed());
    s->group[j] = j;
  }
  for (PetscInt i = 0; i < m; i++) {
    const PetscInt at = (PetscInt)(((long long)i * n) / PetscMax(m, 1));

    Put(s, n + i, n + i, -dc);
    Put(s, at, n + i, 1 + Uniform());
    for (PetscInt k = Below(4); k > 0; k--) {
      const PetscInt j = at + Below(9) - 4;

      if (j >= 0 && j < n) Put(s, j, n + i, 2 * Signed());
    }
    if (Below(10) == 0) Put(s, Below(n), n + i, Signed());
    s->group[n + i] = at;
  }
}

/* Indefinite without any structure. */
static void FillRandom(System *s, PetscReal density, PetscReal diagonal)
{
  for (PetscInt i = 0; i < s->n; i++) {
    Put(s, i, i, Uniform() < diagonal ? Signed() : 0);
    for (PetscInt j = i + 1; j < s->n; j++) {
      if (Uniform() < density) Put(s, i, j, Signed());
    }
    s->group[i] = Below(1 + s->n / 3) - 1;
  }
}

/* Eigenvalues of the dense matrix, ascending. */
static void Eigenvalues(System *s, PetscReal *lambda)
{
  PetscBLASInt n = (PetscBLASInt)s->n, lwork = 64 * PetscMax(n, 1), info;
  PetscReal   *a = malloc((size_t)(n * n + 1) * sizeof *a), *work = malloc((size_t)lwork * sizeof *work);

  memcpy(a, s->dense, (size_t)(n * n) * sizeof *a);
  LAPACKsyev_("N", "L", &n, a, &n, lambda, work, &lwork, &info);
  assert_int_equal(info, 0);
  free(a);
  free(work);
}

static void DenseSolve(System *s, PetscReal *x)
{
  PetscBLASInt  n = (PetscBLASInt)s->n, one = 1, lwork = 64 * PetscMax(n, 1), info;
  PetscReal    *a = malloc((size_t)(n * n + 1) * sizeof *a), *work = malloc((size_t)lwork * sizeof *work);
  PetscBLASInt *pivot = malloc((size_t)(n + 1) * sizeof *pivot);

  memcpy(a, s->dense, (size_t)(n * n) * sizeof *a);
  LAPACKsytrf_("L", &n, a, &n, pivot, work, &lwork, &info);
  assert_int_equal(info, 0);
  LAPACKsytrs_("L", &n, &one, a, &n, pivot, x, &n, &info);
  assert_int_equal(info, 0);
  free(a);
  free(work);
  free(pivot);
}

static PetscReal Largest(const PetscReal *x, PetscInt n)
{
  PetscReal top = 0;

  for (PetscInt i = 0; i < n; i++) top = PetscMax(top, fabs(x[i]));
  return top;
}

/* |b - A x| relative to |A| |x| + |b|. */
static PetscReal BackwardError(System *s, const PetscReal *b, const PetscReal *x)
{
  PetscReal worst = 0;

  for (PetscInt i = 0; i < s->n; i++) {
    PetscReal r = b[i];

    for (PetscInt j = 0; j < s->n; j++) r -= *At(s, i, j) * x[j];
    worst = PetscMax(worst, fabs(r));
  }
  return worst / (Largest(s->dense, s->n * s->n) * Largest(x, s->n) + Largest(b, s->n) + 1e-300);
}

/* Completes x whose border places hold the reduced right-hand side. */
static void SolveBorder(Ldl ldl, PetscInt border, PetscReal *x)
{
  System           schur;
  const PetscReal *s;

  if (border == 0) return;
  OK(LdlGetSchur(ldl, &s));
  SystemCreate(border, &schur);
  for (PetscInt j = 0; j < border; j++) {
    for (PetscInt i = j; i < border; i++) Put(&schur, i, j, s[j * border + i]);
  }
  DenseSolve(&schur, x);
  SystemDestroy(&schur);
}

static void Solve(Ldl ldl, PetscInt n, PetscInt border, PetscReal *x)
{
  OK(LdlForward(ldl, x));
  SolveBorder(ldl, border, x + n - border);
  OK(LdlBackward(ldl, x));
}

/* Solves with some steps of refinement, as a loose threshold needs them. */
static void SolveRefined(System *s, Ldl ldl, PetscInt border, PetscInt steps, const PetscReal *b, PetscReal *x)
{
  PetscReal *r = malloc((size_t)(s->n + 1) * sizeof *r);

  memcpy(x, b, (size_t)s->n * sizeof *x);
  Solve(ldl, s->n, border, x);
  for (PetscInt k = 0; k < steps; k++) {
    for (PetscInt i = 0; i < s->n; i++) {
      r[i] = b[i];
      for (PetscInt j = 0; j < s->n; j++) r[i] -= *At(s, i, j) * x[j];
    }
    Solve(ldl, s->n, border, r);
    for (PetscInt i = 0; i < s->n; i++) x[i] += r[i];
  }
  free(r);
}

/* The whole check of a regular system; gives the inertia. */
static LdlInertia Check(System *s, const PetscInt *group, PetscInt border, PetscReal threshold, PetscReal tolerance)
{
  const PetscInt n = s->n;
  PetscReal     *b = malloc((size_t)(n + 1) * sizeof *b), *x = malloc((size_t)(n + 1) * sizeof *x);
  PetscReal      error;
  PetscBool      finite;
  LdlInertia     inertia, again;
  Ldl            ldl;

  Compress(s);
  OK(LdlCreate(n, s->start, s->column, group, border, &ldl));
  OK(LdlFactor(ldl, s->value, threshold, &inertia, &finite));
  assert_true(finite);
  assert_int_equal(inertia.positive + inertia.negative + inertia.zero, n - border);
  OK(LdlFactor(ldl, s->value, threshold, &again, &finite)); /* in pools that are filled already */
  assert_memory_equal(&inertia, &again, sizeof inertia);
  if (inertia.zero == 0) {
    for (PetscInt i = 0; i < n; i++) b[i] = Signed();
    SolveRefined(s, ldl, border, threshold < 1e-3 ? 4 : 0, b, x);
    error = BackwardError(s, b, x);
    if (!(error <= tolerance))
      fail_msg("n %d border %d threshold %g: backward error %g", (int)n, (int)border, threshold, error);
  }
  OK(LdlDestroy(&ldl));
  free(b);
  free(x);
  return inertia;
}

static void InertiaIsThatOfEigenvalues(System *s, LdlInertia inertia)
{
  PetscReal *lambda   = malloc((size_t)(s->n + 1) * sizeof *lambda);
  PetscInt   negative = 0;

  Eigenvalues(s, lambda);
  for (PetscInt i = 0; i < s->n; i++) {
    if (fabs(lambda[i]) < 1e-10 * Largest(lambda, s->n)) goto out; /* signs are not certain */
    negative += lambda[i] < 0;
  }
  assert_int_equal(inertia.zero, 0);
  assert_int_equal(inertia.negative, negative);
out:
  free(lambda);
}

static void test_kkt_systems_of_many_shapes_have_their_inertia_and_solution(void **state)
{
  (void)state;
  random_state = 1;
  for (PetscInt trial = 0; trial < 400; trial++) {
    const PetscInt  n = 1 + Below(80), m = Below(n);
    const PetscReal threshold = pow(10, -8 * Uniform()) / 2;
    LdlInertia      inertia;
    System          s;

    SystemCreate(n + m, &s);
    FillKkt(&s, n, m, Below(2) ? 0 : 1e-8);
    inertia = Check(&s, trial % 2 ? s.group : NULL, 0, threshold, 1e-11);
    InertiaIsThatOfEigenvalues(&s, inertia);
    SystemDestroy(&s);
  }
}

static void test_random_indefinite_systems_with_empty_diagonals(void **state)
{
  PetscInt delayed = 0;

  (void)state;
  random_state = 2;
  for (PetscInt trial = 0; trial < 300; trial++) {
    const PetscInt n = 1 + Below(60);
    LdlInertia     inertia;
    System         s;

    SystemCreate(n, &s);
    FillRandom(&s, 0.02 + 0.3 * Uniform(), trial % 3 * 0.5);
    inertia = Check(&s, trial % 2 ? s.group : NULL, 0, 0.1, 1e-12);
    delayed += inertia.delayed;
    if (inertia.zero == 0) InertiaIsThatOfEigenvalues(&s, inertia);
    SystemDestroy(&s);
  }
  assert_true(delayed > 100); /* otherwise the path to the parents was not tried */
}

static void test_large_fronts_take_the_blocked_path(void **state)
{
  (void)state;
  random_state = 3;
  for (PetscInt trial = 0; trial < 6; trial++) {
    LdlInertia inertia;
    System     s;

    SystemCreate(150 + 37 * trial, &s);
    FillRandom(&s, 0.9, trial % 2);
    inertia = Check(&s, NULL, 0, trial % 2 ? 0.5 : 1e-2, 1e-11);
    InertiaIsThatOfEigenvalues(&s, inertia);
    SystemDestroy(&s);
  }
}

/* Schur complement of the last unknowns by dense algebra: column after column of A_II^-1 A_IB. */
static void SchurIsDense(System *s, PetscInt border, Ldl ldl)
{
  const PetscInt   n = s->n - border;
  const PetscReal *schur;
  System           inner;
  PetscReal       *x = malloc((size_t)(n + 1) * sizeof *x), largest = 0;

  SystemCreate(n, &inner);
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++) *At(&inner, i, j) = *At(s, i, j);
  }
  OK(LdlGetSchur(ldl, &schur));
  for (PetscInt c = 0; c < border; c++) {
    for (PetscInt i = 0; i < n; i++) x[i] = *At(s, i, n + c);
    if (n > 0) DenseSolve(&inner, x);
    for (PetscInt r = c; r < border; r++) {
      PetscReal expected = *At(s, n + r, n + c), size = fabs(expected);

      for (PetscInt i = 0; i < n; i++) {
        expected -= *At(s, n + r, i) * x[i];
        size += fabs(*At(s, n + r, i) * x[i]);
      }
      largest = PetscMax(largest, size);
      if (fabs(schur[c * border + r] - expected) > 1e-8 * PetscMax(1, largest))
        fail_msg("Schur (%d, %d) of border %d, size %d: %.16g, expected %.16g", (int)r, (int)c, (int)border, (int)s->n,
                 schur[c * border + r], expected);
    }
  }
  SystemDestroy(&inner);
  free(x);
}

static void test_border_keeps_its_schur_complement_and_solves_in_halves(void **state)
{
  (void)state;
  random_state = 4;
  for (PetscInt trial = 0; trial < 200; trial++) {
    const PetscInt n = 4 + Below(60), m = Below(n / 2), size = n + m;
    const PetscInt border = trial % 10 == 0 ? size : trial % 10 == 1 ? 1 : Below(size / 2);
    PetscBool      finite;
    LdlInertia     inertia;
    System         s;
    Ldl            ldl;

    SystemCreate(size, &s);
    if (trial % 2)
      FillRandom(&s, 0.15, 1);
    else
      FillKkt(&s, n, m, 1e-3);
    inertia = Check(&s, trial % 4 < 2 ? s.group : NULL, border, 1e-3, 1e-9);
    if (inertia.zero == 0) {
      OK(LdlCreate(size, s.start, s.column, trial % 4 < 2 ? s.group : NULL, border, &ldl));
      OK(LdlFactor(ldl, s.value, 1e-3, &inertia, &finite));
      if (border > 0) SchurIsDense(&s, border, ldl);
      OK(LdlDestroy(&ldl));
    }
    SystemDestroy(&s);
  }
}

/* [0 B'; B 0] with a square B that couples far apart: not one diagonal entry can be a pivot. */
static void test_zero_diagonals_force_pairs_of_pivots(void **state)
{
  const PetscInt n = 200;
  LdlInertia     inertia;
  System         s;

  (void)state;
  random_state = 5;
  SystemCreate(2 * n, &s);
  for (PetscInt i = 0; i < n; i++) {
    Put(&s, i, n + (7 * i) % n, 1 + Uniform());
    Put(&s, i, n + (11 * i + 3) % n, 0.1 * Signed());
  }
  for (PetscInt border = 0; border < 2; border++) {
    inertia = Check(&s, border ? NULL : s.group, 0, 0.1, 1e-13); /* groups of one: everything must be delayed */
    assert_int_equal(inertia.positive, n);
    assert_int_equal(inertia.negative, n);
    assert_true(border || inertia.delayed > 0);
  }
  SystemDestroy(&s);
}

static void test_singular_systems_are_counted(void **state)
{
  (void)state;
  random_state = 6;
  for (PetscInt trial = 0; trial < 100; trial++) {
    const PetscInt n = 10 + Below(40), m = 2 + Below(5), twins = 1 + Below(2);
    LdlInertia     inertia;
    System         s;

    SystemCreate(n + m + twins, &s);
    FillKkt(&s, n, m, 0);
    for (PetscInt j = 0; j < n; j++) *At(&s, j, j) = 1 + Uniform(); /* well scaled, so that a zero is a zero */
    for (PetscInt j = 0; j < n; j++) {                              /* rows that repeat others, one scaled */
      for (PetscInt t = 0; t < twins; t++) {
        if (*At(&s, j, n + t) != 0) Put(&s, j, n + m + t, (t ? 3 : 1) * *At(&s, j, n + t));
      }
    }
    inertia = Check(&s, trial % 2 ? s.group : NULL, 0, 1e-2, 1);
    assert_int_equal(inertia.zero, twins);
    assert_int_equal(inertia.positive, n);
    SystemDestroy(&s);
  }
}

static void test_empty_rows_and_empty_systems(void **state)
{
  const PetscInt start[1] = {0};
  PetscBool      finite;
  LdlInertia     inertia;
  System         s;
  Ldl            ldl;

  (void)state;
  OK(LdlCreate(0, start, start, NULL, 0, &ldl));
  OK(LdlFactor(ldl, NULL, 0.1, &inertia, &finite));
  assert_int_equal(inertia.positive + inertia.negative + inertia.zero, 0);
  OK(LdlDestroy(&ldl));
  SystemCreate(5, &s);
  Put(&s, 1, 3, 2);
  Put(&s, 4, 4, -1);
  inertia = Check(&s, NULL, 0, 0.1, 1);
  assert_int_equal(inertia.zero, 2);
  assert_int_equal(inertia.positive, 1);
  assert_int_equal(inertia.negative, 2);
  SystemDestroy(&s);
}

static void test_not_finite_values_are_told(void **state)
{
  PetscBool  finite;
  LdlInertia inertia, first;
  System     s;
  Ldl        ldl;

  (void)state;
  random_state = 7;
  SystemCreate(20, &s);
  FillKkt(&s, 14, 6, 0);
  Compress(&s);
  OK(LdlCreate(20, s.start, s.column, s.group, 0, &ldl));
  OK(LdlFactor(ldl, s.value, 1e-2, &first, &finite));
  assert_true(finite);
  const PetscReal bad[] = {NAN, INFINITY, -INFINITY};

  for (size_t k = 0; k < 3; k++) {
    const PetscReal kept = s.value[7];

    s.value[7] = bad[k];
    OK(LdlFactor(ldl, s.value, 1e-2, &inertia, &finite));
    assert_false(finite);
    s.value[7] = kept;
    OK(LdlFactor(ldl, s.value, 1e-2, &inertia, &finite));
    assert_true(finite);
    assert_memory_equal(&inertia, &first, sizeof first);
  }
  OK(LdlDestroy(&ldl));
  SystemDestroy(&s);
}

/* The same bits whatever was factorised before, and in another object. */
static void test_same_bits_twice(void **state)
{
  const PetscInt n = 90, m = 40, border = 11, size = n + m;
  PetscReal     *x = malloc(2 * (size_t)size * sizeof *x), *y = x + size;
  PetscBool      finite;
  LdlInertia     inertia;
  System         s;
  Ldl            a, b;

  (void)state;
  random_state = 8;
  SystemCreate(size, &s);
  FillKkt(&s, n, m, 0);
  Compress(&s);
  OK(LdlCreate(size, s.start, s.column, s.group, border, &a));
  OK(LdlCreate(size, s.start, s.column, s.group, border, &b));
  OK(LdlFactor(a, s.value, 0.4, &inertia, &finite)); /* another path first */
  OK(LdlFactor(a, s.value, 1e-6, &inertia, &finite));
  OK(LdlFactor(b, s.value, 1e-6, &inertia, &finite));
  for (PetscInt i = 0; i < size; i++) x[i] = y[i] = Signed();
  OK(LdlForward(a, x));
  OK(LdlForward(b, y));
  assert_memory_equal(x, y, (size_t)size * sizeof *x);
  OK(LdlBackward(a, x));
  OK(LdlBackward(b, y));
  assert_memory_equal(x, y, (size_t)size * sizeof *x);
  OK(LdlDestroy(&a));
  OK(LdlDestroy(&b));
  SystemDestroy(&s);
  free(x);
}

/* [W + 1, J'; J, -1e-6] of a program at its start, with the curvature of given multipliers. */
static void FillProgram(System *s, Program p)
{
  PetscReal *value  = malloc((size_t)PetscMax(p->hessian_nnz, p->jacobian_nnz) * sizeof *value);
  PetscReal *lambda = malloc((size_t)p->m * sizeof *lambda);

  for (PetscInt i = 0; i < p->m; i++) lambda[i] = Signed();
  for (PetscInt i = 0; i < s->n; i++) Put(s, i, i, i < p->n ? 1 : -1e-6);
  OK((*p->ops.hessian)(p->context, p->x0, p->objective_scale, lambda, value));
  for (PetscInt k = 0; k < p->hessian_nnz; k++) {
    const PetscInt i = p->hessian_row[k], j = p->hessian_column[k];

    Put(s, i, j, *At(s, i, j) + value[k]);
  }
  OK((*p->ops.jacobian)(p->context, p->x0, value));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
    const PetscInt i = p->n + p->jacobian_row[k], j = p->jacobian_column[k];

    Put(s, i, j, *At(s, i, j) + value[k]);
  }
  free(value);
  free(lambda);
}

/* The system of a real network by our code and by MUMPS: one inertia, and both solve it. */
static void test_a_real_system_as_mumps_has_it(void **state)
{
  const char     *path = SharedData("pglib/pglib_opf_case118_ieee.m");
  OpfOptions      options;
  OpfModelOptions model_options;
  OpfModel        model;
  Network         net;
  Program         p;
  System          s;
  FactorInertia   inertia[2];
  PetscReal      *b, *x;

  (void)state;
  if (!path) skip();
  net = ReadCase(PETSC_COMM_SELF, path);
  OpfDefaultOptions(&options);
  model_options = OpfModelOptionsFrom(&options);
  OK(OpfModelCreate(net, &model_options, &model));
  OK(OpfModelSetUp(model));
  p            = OpfModelProgram(model);
  random_state = 9;
  SystemCreate(p->n + p->m, &s);
  FillProgram(&s, p);
  Compress(&s);
  b = malloc(2 * (size_t)s.n * sizeof *b);
  x = b + s.n;
  for (PetscInt i = 0; i < s.n; i++) b[i] = Signed();
  for (int mumps = 0; mumps < 2; mumps++) {
    PetscBool success;
    Factor    factor;

    if (mumps) OK(PetscOptionsSetValue(NULL, "-archipelago_kkt_backend", "mumps"));
    OK(FactorCreate(s.n, s.start, s.column, p->group, 0, &factor));
    OK(FactorNumeric(factor, s.value, &inertia[mumps], &success));
    assert_true(success);
    memcpy(x, b, (size_t)s.n * sizeof *x);
    OK(FactorForward(factor, x));
    OK(FactorBackward(factor, x));
    if (!(BackwardError(&s, b, x) < 1e-11)) fail_msg("backend %d: %g", mumps, BackwardError(&s, b, x));
    OK(FactorDestroy(&factor));
  }
  OK(PetscOptionsClearValue(NULL, "-archipelago_kkt_backend"));
  assert_memory_equal(&inertia[0], &inertia[1], sizeof inertia[0]);
  assert_true(inertia[0].negative >= p->m);
  SystemDestroy(&s);
  free(b);
  OK(OpfModelDestroy(&model));
  OK(NetworkDestroy(&net));
}

/* Up the ladder of thresholds, past the own code to MUMPS, and back: always the same solution. */
static void test_raised_thresholds_end_at_mumps_and_can_be_taken_back(void **state)
{
  PetscBool     raised = PETSC_TRUE, success;
  FactorInertia inertia;
  PetscInt      levels = 0;
  PetscReal     b[70], x[70], first[70];
  System        s;
  Factor        factor;

  (void)state;
  random_state = 10;
  SystemCreate(70, &s);
  FillKkt(&s, 50, 20, 1e-8);
  Compress(&s);
  for (PetscInt i = 0; i < 70; i++) b[i] = Signed();
  OK(FactorCreate(70, s.start, s.column, s.group, 0, &factor));
  while (raised) {
    OK(FactorNumeric(factor, s.value, &inertia, &success));
    assert_true(success);
    memcpy(x, b, sizeof x);
    OK(FactorForward(factor, x));
    OK(FactorBackward(factor, x));
    if (levels++ == 0) memcpy(first, x, sizeof x);
    assert_true(BackwardError(&s, b, x) < 1e-11);
    OK(FactorRaisePivotThreshold(factor, &raised));
  }
  assert_int_equal(levels, 8);
  OK(FactorResetPivotThreshold(factor));
  OK(FactorNumeric(factor, s.value, &inertia, &success));
  memcpy(x, b, sizeof x);
  OK(FactorForward(factor, x));
  OK(FactorBackward(factor, x));
  assert_memory_equal(x, first, sizeof x);
  OK(FactorDestroy(&factor));
  SystemDestroy(&s);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kkt_systems_of_many_shapes_have_their_inertia_and_solution),
      cmocka_unit_test(test_random_indefinite_systems_with_empty_diagonals),
      cmocka_unit_test(test_large_fronts_take_the_blocked_path),
      cmocka_unit_test(test_border_keeps_its_schur_complement_and_solves_in_halves),
      cmocka_unit_test(test_zero_diagonals_force_pairs_of_pivots),
      cmocka_unit_test(test_singular_systems_are_counted),
      cmocka_unit_test(test_empty_rows_and_empty_systems),
      cmocka_unit_test(test_not_finite_values_are_told),
      cmocka_unit_test(test_same_bits_twice),
      cmocka_unit_test(test_a_real_system_as_mumps_has_it),
      cmocka_unit_test(test_raised_thresholds_end_at_mumps_and_can_be_taken_back),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failed ? 1 : 0;
}
