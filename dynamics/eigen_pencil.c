/* The linearised equations: the sparse pencil, its state matrix, and its factorisations at complex shifts. */
#include "dynamics/eigen_impl.h"

#include <klu.h>

/* A differential unknown stands still when its equation has no entry but for unknowns that stand still themselves. */
static PetscErrorCode FindStates(Pencil *p)
{
  const Equations eq = p->eq;
  PetscBool      *moves, *standing, changed = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n, &moves));
  PetscCall(PetscCalloc1(p->n, &p->standing));
  standing = p->standing;
  while (changed) {
    PetscCall(PetscMemzero(moves, (size_t)p->n * sizeof *moves));
    for (PetscInt j = 0; j < p->n; ++j) {
      for (int64_t k = eq->column_start[j]; !standing[j] && k < eq->column_start[j + 1]; ++k) {
        if (p->jacobian[k] != 0.0) moves[eq->row_index[k]] = PETSC_TRUE;
      }
    }
    changed = PETSC_FALSE;
    for (PetscInt i = 0; i < p->n; ++i) {
      if (!eq->differential[i] || moves[i] || standing[i]) continue;
      standing[i] = changed = PETSC_TRUE;
    }
  }
  PetscCall(PetscMalloc1(p->n, &p->unknown));
  for (PetscInt i = 0; i < p->n; ++i) {
    if (eq->differential[i] && !standing[i]) p->unknown[p->n_states++] = i;
    p->n_standing += standing[i];
  }
  PetscCall(PetscFree(moves));
  PetscFunctionReturn(0);
}

/* E must be what this file takes it for. */
static PetscErrorCode CheckRates(const Pencil *p, const PetscReal *zero)
{
  const Equations eq = p->eq;
  PetscReal      *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(EquationsEntries(eq), &value));
  EquationsJacobian(eq, eq->start, zero, 1.0, value);
  for (PetscInt j = 0; j < p->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      const PetscReal expected = eq->row_index[k] == j && eq->differential[j] ? 1.0 : 0.0;
      const PetscReal found    = value[k] - p->jacobian[k];
      PetscCheck(PetscAbsReal(found - expected) <= 1e-9 * PetscMax(1.0, PetscAbsReal(value[k])), PETSC_COMM_SELF,
                 PETSC_ERR_PLIB, "a rate stands in equation %lld where it must not: %g of unknown %lld",
                 (long long)eq->row_index[k], found, (long long)j);
    }
  }
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

PetscErrorCode PencilCreate(Equations eq, Pencil *pencil)
{
  PetscReal *zero;

  PetscFunctionBeginUser;
  *pencil = (Pencil){.eq = eq, .n = eq->n};
  PetscCall(PetscMalloc1(EquationsEntries(eq), &pencil->jacobian));
  PetscCall(PetscCalloc1(eq->n, &zero));
  EquationsJacobian(eq, eq->start, zero, 0.0, pencil->jacobian);
  PetscCall(CheckRates(pencil, zero));
  PetscCall(PetscFree(zero));
  PetscCall(FindStates(pencil));
  PetscFunctionReturn(0);
}

PetscErrorCode PencilDestroy(Pencil *pencil)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(pencil->jacobian));
  PetscCall(PetscFree(pencil->unknown));
  PetscCall(PetscFree(pencil->standing));
  PetscFunctionReturn(0);
}

/* The algebraic equations, with each differential unknown held: its equation becomes a one on the diagonal. */
static void HoldStates(const Pencil *p, PetscReal *value)
{
  const Equations eq = p->eq;
  for (PetscInt j = 0; j < p->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      const PetscInt i = (PetscInt)eq->row_index[k];
      value[k]         = !eq->differential[i] ? p->jacobian[k] : i == j ? 1.0 : 0.0;
    }
  }
}

/* rates = -J z, in the states' equations: column of the state matrix when z is the answer to one state's unit. */
static void StateRates(const Pencil *p, const PetscReal *z, PetscReal *full, PetscReal *rates)
{
  const Equations eq = p->eq;
  for (PetscInt i = 0; i < p->n; ++i) full[i] = 0.0;
  for (PetscInt j = 0; j < p->n; ++j) {
    if (z[j] == 0.0) continue;
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k)
      full[eq->row_index[k]] -= p->jacobian[k] * z[j];
  }
  for (PetscInt i = 0; i < p->n_states; ++i) rates[i] = full[p->unknown[i]];
}

PetscErrorCode PencilStateMatrix(const Pencil *p, PetscReal *a, PetscBool *ok)
{
  const Equations eq = p->eq;
  PetscReal      *value, *z, *full;
  klu_l_common    common;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(EquationsEntries(eq), &value, p->n, &z, p->n, &full));
  HoldStates(p, value);
  PetscCheck(klu_l_defaults(&common), PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: defaults failed");
  klu_l_symbolic *symbolic = klu_l_analyze(p->n, eq->column_start, eq->row_index, &common);
  PetscCheck(symbolic, PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: the pattern cannot be ordered");
  klu_l_numeric *numeric = klu_l_factor(eq->column_start, eq->row_index, value, symbolic, &common);
  *ok                    = (PetscBool)(numeric && common.status == KLU_OK);
  for (PetscInt j = 0; *ok && j < p->n_states; ++j) {
    PetscCall(PetscMemzero(z, (size_t)p->n * sizeof *z));
    z[p->unknown[j]] = 1.0;
    *ok              = (PetscBool)(klu_l_solve(symbolic, numeric, p->n, 1, z, &common) != 0);
    StateRates(p, z, full, &a[(size_t)j * (size_t)p->n_states]);
  }
  if (numeric) klu_l_free_numeric(&numeric, &common);
  klu_l_free_symbolic(&symbolic, &common);
  PetscCall(PetscFree3(value, z, full));
  PetscFunctionReturn(0);
}

struct _p_Shift {
  const Pencil   *pencil;
  klu_l_common    common;
  klu_l_symbolic *symbolic;
  klu_l_numeric  *numeric;
  Complex        *value, *work; /* [entries], [n] */
  int64_t        *diagonal;     /* [n] entry of each differential unknown's diagonal, -1: algebraic */
};

PetscErrorCode ShiftCreate(const Pencil *pencil, Shift *shift)
{
  const Equations eq = pencil->eq;
  Shift           s;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *shift    = s;
  s->pencil = pencil;
  PetscCall(PetscMalloc3(EquationsEntries(eq), &s->value, eq->n, &s->work, eq->n, &s->diagonal));
  for (PetscInt j = 0; j < eq->n; ++j) {
    s->diagonal[j] = -1;
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      if (eq->differential[j] && eq->row_index[k] == j) s->diagonal[j] = k;
    }
  }
  PetscCheck(klu_l_defaults(&s->common), PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: defaults failed");
  s->symbolic = klu_l_analyze(eq->n, eq->column_start, eq->row_index, &s->common);
  PetscCheck(s->symbolic, PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: the pattern cannot be ordered");
  PetscFunctionReturn(0);
}

PetscErrorCode ShiftDestroy(Shift *shift)
{
  PetscFunctionBeginUser;
  if (!shift || !*shift) PetscFunctionReturn(0);
  Shift s = *shift;
  if (s->numeric) klu_zl_free_numeric(&s->numeric, &s->common);
  if (s->symbolic) klu_l_free_symbolic(&s->symbolic, &s->common);
  PetscCall(PetscFree3(s->value, s->work, s->diagonal));
  PetscCall(PetscFree(*shift));
  PetscFunctionReturn(0);
}

PetscErrorCode ShiftSet(Shift s, Complex at, PetscBool near, PetscBool *ok)
{
  const Equations eq = s->pencil->eq;

  PetscFunctionBeginUser;
  for (int64_t k = 0; k < EquationsEntries(eq); ++k) s->value[k] = s->pencil->jacobian[k];
  for (PetscInt j = 0; j < eq->n; ++j) {
    if (s->diagonal[j] >= 0) s->value[s->diagonal[j]] += s->pencil->standing[j] ? 1.0 : at;
  }
  if (s->numeric && near) {
    *ok = (PetscBool)(klu_zl_refactor(eq->column_start, eq->row_index, (double *)s->value, s->symbolic, s->numeric,
                                      &s->common) &&
                      s->common.status == KLU_OK);
    if (*ok) PetscFunctionReturn(0);
  }
  if (s->numeric) klu_zl_free_numeric(&s->numeric, &s->common);
  s->numeric = klu_zl_factor(eq->column_start, eq->row_index, (double *)s->value, s->symbolic, &s->common);
  *ok        = (PetscBool)(s->numeric && s->common.status == KLU_OK);
  PetscFunctionReturn(0);
}

PetscErrorCode ShiftSolve(Shift s, PetscBool transposed, Complex *z)
{
  PetscFunctionBeginUser;
  const int64_t good = transposed ? klu_zl_tsolve(s->symbolic, s->numeric, s->pencil->n, 1, (double *)z, 0, &s->common)
                                  : klu_zl_solve(s->symbolic, s->numeric, s->pencil->n, 1, (double *)z, &s->common);
  PetscCheck(good, PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: solve failed");
  PetscFunctionReturn(0);
}

PetscErrorCode ShiftApply(Shift s, const Complex *in, Complex *out)
{
  const Pencil *p = s->pencil;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(s->work, (size_t)p->n * sizeof *s->work));
  for (PetscInt k = 0; k < p->n_states; ++k) s->work[p->unknown[k]] = -in[k];
  PetscCall(ShiftSolve(s, PETSC_FALSE, s->work));
  for (PetscInt k = 0; k < p->n_states; ++k) out[k] = s->work[p->unknown[k]];
  PetscFunctionReturn(0);
}
