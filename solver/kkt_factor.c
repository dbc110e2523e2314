/* The factorisations behind the interior point systems: our own, made for tiny fronts, and MUMPS through PETSc's symmetric block
   storage where the own one with its strictest pivots is not accurate enough (or with -archipelago_kkt_backend mumps). */
#include "solver/kkt_factor.h"

#include "solver/ldl.h"

#include <petscmat.h>

struct _p_Factor {
  PetscInt        size, n_border;
  const PetscInt *start, *column, *group;
  PetscInt        level; /* of the pivot threshold */
  PetscInt        first; /* level to start from */
  Ldl             ldl;
  PetscScalar    *value; /* [start[size]] what MUMPS is given */
  Mat             matrix, mumps;
  Vec             rhs, solution;
  PetscInt        memory_percent; /* MUMPS workspace over its estimate */
};

/* From sparse to stable. MUMPS knows no border. */
static const struct {
  PetscBool mumps;
  PetscReal threshold;
} ladder[]                        = {{PETSC_FALSE, 1e-8}, {PETSC_FALSE, 1e-6}, {PETSC_FALSE, 1e-4}, {PETSC_FALSE, 1e-2},
                                     {PETSC_TRUE, 1e-6},  {PETSC_TRUE, 1e-4},  {PETSC_TRUE, 1e-2},  {PETSC_TRUE, 1e-1}};
static const PetscInt first_mumps = 4, ladder_end = PETSC_STATIC_ARRAY_LENGTH(ladder);

PetscErrorCode FactorCreate(PetscInt size, const PetscInt *start, const PetscInt *column, const PetscInt *group,
                            PetscInt n_border, Factor *factor)
{
  char      backend[16] = "";
  PetscBool mumps;
  Factor    f;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-archipelago_kkt_backend", backend, sizeof backend, NULL));
  PetscCall(PetscStrcmp(backend, "mumps", &mumps));
  PetscCall(PetscNew(&f));
  *factor           = f;
  f->size           = size;
  f->n_border       = n_border;
  f->start          = start;
  f->column         = column;
  f->group          = group;
  f->memory_percent = 100;
  f->level = f->first = mumps && n_border == 0 ? first_mumps : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode FactorDestroy(Factor *factor)
{
  Factor f = *factor;

  PetscFunctionBeginUser;
  if (!f) PetscFunctionReturn(0);
  PetscCall(LdlDestroy(&f->ldl));
  PetscCall(MatDestroy(&f->mumps));
  PetscCall(MatDestroy(&f->matrix));
  PetscCall(VecDestroy(&f->rhs));
  PetscCall(VecDestroy(&f->solution));
  PetscCall(PetscFree(f->value));
  PetscCall(PetscFree(*factor));
  PetscFunctionReturn(0);
}

/* MatCreateSeqSBAIJWithArrays borrows the pattern and does not write to it. */
static PetscErrorCode CreateMatrix(Factor f)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(f->start[f->size], &f->value));
  PetscCall(MatCreateSeqSBAIJWithArrays(PETSC_COMM_SELF, 1, f->size, f->size, (PetscInt *)f->start,
                                        (PetscInt *)f->column, f->value, &f->matrix));
  PetscCall(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, f->size, NULL, &f->rhs));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, f->size, &f->solution));
  PetscFunctionReturn(0);
}

static PetscErrorCode Analyse(Factor f)
{
  MatFactorInfo info;
  PetscBool     given = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(MatGetFactor(f->matrix, MATSOLVERMUMPS, MAT_FACTOR_CHOLESKY, &f->mumps));
  /* PETSc resets ICNTL(7) to automatic from its options: so it is told there. Approximate minimum degree gave half the
     factor entries of PORD on these systems. */
  PetscCall(MatSetOptionsPrefix(f->mumps, "archipelago_kkt_"));
  PetscCall(PetscOptionsHasName(NULL, "archipelago_kkt_", "-mat_mumps_icntl_7", &given));
  if (!given) PetscCall(PetscOptionsSetValue(NULL, "-archipelago_kkt_mat_mumps_icntl_7", "0"));
  /* Structure alone decides the order of elimination: no permutation and no compression by values, so that factors do
     not depend on the values met first. */
  PetscCall(MatMumpsSetIcntl(f->mumps, 6, 0));
  PetscCall(MatMumpsSetIcntl(f->mumps, 8, 77));
  PetscCall(MatMumpsSetIcntl(f->mumps, 12, 1));
  PetscCall(MatMumpsSetIcntl(f->mumps, 13, 1));
  PetscCall(MatMumpsSetIcntl(f->mumps, 14, f->memory_percent));
  PetscCall(MatMumpsSetIcntl(f->mumps, 24, 1));
  PetscCall(MatMumpsSetCntl(f->mumps, 1, ladder[f->level].threshold));
  PetscCall(MatFactorInfoInitialize(&info));
  PetscCall(MatCholeskyFactorSymbolic(f->mumps, f->matrix, NULL, &info));
  PetscFunctionReturn(0);
}

/* Factorises, with more workspace as long as MUMPS asks for it. After any failure PETSc 3.18 skips all later numeric
   factorisations, so the analysis is made anew; zero pivots are no failure (ICNTL(24)). */
static PetscErrorCode Factorise(Factor f, PetscBool *success)
{
  MatFactorInfo  info;
  MatFactorError error;
  PetscInt       code;

  PetscFunctionBeginUser;
  PetscCall(MatFactorInfoInitialize(&info));
  for (;;) {
    if (!f->mumps) PetscCall(Analyse(f));
    PetscCall(MatCholeskyFactorNumeric(f->mumps, f->matrix, &info));
    PetscCall(MatFactorGetError(f->mumps, &error));
    *success = (PetscBool)!error;
    if (*success) break;
    PetscCall(MatMumpsGetInfog(f->mumps, 1, &code));
    PetscCall(MatDestroy(&f->mumps));
    if ((code != -8 && code != -9) || f->memory_percent > 10000) break;
    f->memory_percent *= 2;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode NumericMumps(Factor f, const PetscReal *value, FactorInertia *inertia, PetscBool *success)
{
  PetscScalar *own;

  PetscFunctionBeginUser;
  *success = PETSC_TRUE;
  for (PetscInt k = 0; k < f->start[f->size] && *success; k++) *success = (PetscBool)!PetscIsInfOrNanReal(value[k]);
  if (!*success) PetscFunctionReturn(0);
  if (!f->matrix) PetscCall(CreateMatrix(f));
  /* The array given at creation; restoring it marks the matrix as changed. */
  PetscCall(MatSeqSBAIJGetArray(f->matrix, &own));
  PetscCall(PetscArraycpy(own, value, f->start[f->size]));
  PetscCall(MatSeqSBAIJRestoreArray(f->matrix, &own));
  PetscCall(Factorise(f, success));
  if (*success) PetscCall(MatGetInertia(f->mumps, &inertia->negative, &inertia->zero, &inertia->positive));
  PetscFunctionReturn(0);
}

PetscErrorCode FactorNumeric(Factor f, const PetscReal *value, FactorInertia *inertia, PetscBool *success)
{
  LdlInertia found;

  PetscFunctionBeginUser;
  *inertia = (FactorInertia){0};
  *success = PETSC_TRUE;
  if (f->size == 0) PetscFunctionReturn(0);
  if (ladder[f->level].mumps)
    PetscCall(NumericMumps(f, value, inertia, success));
  else {
    if (!f->ldl) PetscCall(LdlCreate(f->size, f->start, f->column, f->group, f->n_border, &f->ldl));
    PetscCall(LdlFactor(f->ldl, value, ladder[f->level].threshold, &found, success));
    *inertia = (FactorInertia){found.positive, found.negative, found.zero};
  }
  PetscFunctionReturn(0);
}

/* MUMPS has no halves: there, all of the solve is done backward. */
PetscErrorCode FactorForward(Factor f, PetscReal *x)
{
  PetscFunctionBeginUser;
  if (f->size > 0 && !ladder[f->level].mumps) PetscCall(LdlForward(f->ldl, x));
  PetscFunctionReturn(0);
}

PetscErrorCode FactorBackward(Factor f, PetscReal *x)
{
  const PetscScalar *solution;

  PetscFunctionBeginUser;
  if (f->size == 0) PetscFunctionReturn(0);
  if (!ladder[f->level].mumps) {
    PetscCall(LdlBackward(f->ldl, x));
    PetscFunctionReturn(0);
  }
  PetscCall(VecPlaceArray(f->rhs, x));
  PetscCall(MatSolve(f->mumps, f->rhs, f->solution));
  PetscCall(VecResetArray(f->rhs));
  PetscCall(VecGetArrayRead(f->solution, &solution));
  PetscCall(PetscArraycpy(x, solution, f->size));
  PetscCall(VecRestoreArrayRead(f->solution, &solution));
  PetscFunctionReturn(0);
}

PetscErrorCode FactorGetSchur(Factor f, const PetscReal **schur)
{
  PetscFunctionBeginUser;
  *schur = NULL;
  if (f->n_border > 0) PetscCall(LdlGetSchur(f->ldl, schur));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetLevel(Factor f, PetscInt level)
{
  PetscFunctionBeginUser;
  f->level = level;
  if (f->mumps && ladder[level].mumps) PetscCall(MatMumpsSetCntl(f->mumps, 1, ladder[level].threshold));
  PetscFunctionReturn(0);
}

PetscErrorCode FactorRaisePivotThreshold(Factor f, PetscBool *raised)
{
  PetscFunctionBeginUser;
  *raised = (PetscBool)(f->level + 1 < (f->n_border > 0 ? first_mumps : ladder_end));
  if (*raised) PetscCall(SetLevel(f, f->level + 1));
  PetscFunctionReturn(0);
}

PetscErrorCode FactorResetPivotThreshold(Factor f)
{
  PetscFunctionBeginUser;
  PetscCall(SetLevel(f, f->first));
  PetscFunctionReturn(0);
}

PetscInt FactorPivotLevel(Factor f)
{
  return f->level - f->first;
}

PetscErrorCode FactorSetPivotLevel(Factor f, PetscInt level)
{
  PetscFunctionBeginUser;
  PetscCheck(level >= 0 && f->first + level < (f->n_border > 0 ? first_mumps : ladder_end), PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE, "no pivot level %" PetscInt_FMT, level);
  PetscCall(SetLevel(f, f->first + level));
  PetscFunctionReturn(0);
}
