/* Interior point systems through PETSc's symmetric block storage and MUMPS.

   Values are written straight into the arrays of the upper triangle through a map made once: in PETSc 3.18
   MatSetValuesCOO for SBAIJ falls back to one MatSetValues (a search) per entry. */
#include "solver/kkt.h"

#include <petscmat.h>
#include <petsctime.h>

struct _p_Kkt {
  PetscInt      n, m, hessian_nnz, jacobian_nnz;
  PetscInt     *start, *column;             /* compressed rows of the upper triangle, diagonal first */
  PetscScalar  *value;                      /* [start[n + m]] */
  PetscInt     *hessian_map, *jacobian_map; /* where each listed entry is added */
  Mat           matrix, factor;
  Vec           rhs, solution;
  PetscReal     pivot_threshold;
  PetscInt      memory_percent; /* MUMPS workspace over its estimate */
  KktStatistics statistics;
};

static const PetscReal pivot_threshold_default = 1e-6, pivot_threshold_max = 1e-1;

/* One listed entry: its place in the upper triangle and where its number of order is to be kept. */
typedef struct {
  PetscInt row, column, *map;
} Entry;

static int CompareEntries(const void *a, const void *b)
{
  const Entry *p = a, *q = b;

  if (p->row != q->row) return p->row < q->row ? -1 : 1;
  if (p->column != q->column) return p->column < q->column ? -1 : 1;
  return 0;
}

static PetscErrorCode ListEntries(Kkt kkt, Program program, Entry *entry)
{
  const PetscInt n = kkt->n, m = kkt->m;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n + m; i++) *entry++ = (Entry){i, i, NULL};
  for (PetscInt k = 0; k < kkt->hessian_nnz; k++) {
    const PetscInt row = program->hessian_row[k], column = program->hessian_column[k];

    PetscCheck(row < n && column >= 0 && column <= row, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Hessian entry %" PetscInt_FMT " is at (%" PetscInt_FMT ", %" PetscInt_FMT
               "): expected the lower triangle of size %" PetscInt_FMT,
               k, row, column, n);
    *entry++ = (Entry){column, row, &kkt->hessian_map[k]};
  }
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    const PetscInt row = program->jacobian_row[k], column = program->jacobian_column[k];

    PetscCheck(row >= 0 && row < m && column >= 0 && column < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Jacobian entry %" PetscInt_FMT " is at (%" PetscInt_FMT ", %" PetscInt_FMT
               "): expected a matrix of %" PetscInt_FMT " by %" PetscInt_FMT,
               k, row, column, m, n);
    *entry++ = (Entry){column, n + row, &kkt->jacobian_map[k]};
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUpPattern(Kkt kkt, Program program)
{
  const PetscInt size = kkt->n + kkt->m, listed = size + kkt->hessian_nnz + kkt->jacobian_nnz;
  PetscInt       nnz = 0;
  Entry         *entry;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(listed, &entry));
  PetscCall(ListEntries(kkt, program, entry));
  qsort(entry, listed, sizeof *entry, CompareEntries);
  PetscCall(PetscCalloc1(size + 1, &kkt->start));
  PetscCall(PetscMalloc1(listed, &kkt->column));
  for (PetscInt k = 0; k < listed; k++) {
    if (k == 0 || CompareEntries(&entry[k - 1], &entry[k])) {
      kkt->column[nnz++] = entry[k].column;
      kkt->start[entry[k].row + 1]++;
    }
    if (entry[k].map) *entry[k].map = nnz - 1;
  }
  for (PetscInt i = 0; i < size; i++) kkt->start[i + 1] += kkt->start[i];
  PetscCall(PetscFree(entry));
  PetscCall(PetscCalloc1(nnz, &kkt->value));
  PetscFunctionReturn(0);
}

PetscErrorCode KktCreate(Program program, Kkt *kkt)
{
  Kkt k;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&k));
  *kkt               = k;
  k->n               = program->n;
  k->m               = program->m;
  k->hessian_nnz     = program->hessian_nnz;
  k->jacobian_nnz    = program->jacobian_nnz;
  k->pivot_threshold = pivot_threshold_default;
  k->memory_percent  = 100;
  PetscCall(PetscMalloc1(k->hessian_nnz, &k->hessian_map));
  PetscCall(PetscMalloc1(k->jacobian_nnz, &k->jacobian_map));
  PetscCall(SetUpPattern(k, program));
  if (k->n + k->m == 0) PetscFunctionReturn(0);
  PetscCall(MatCreateSeqSBAIJWithArrays(PETSC_COMM_SELF, 1, k->n + k->m, k->n + k->m, k->start, k->column, k->value,
                                        &k->matrix));
  PetscCall(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, k->n + k->m, NULL, &k->rhs));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, k->n + k->m, &k->solution));
  PetscFunctionReturn(0);
}

PetscErrorCode KktDestroy(Kkt *kkt)
{
  Kkt k = *kkt;

  PetscFunctionBeginUser;
  if (!k) PetscFunctionReturn(0);
  PetscCall(MatDestroy(&k->factor));
  PetscCall(MatDestroy(&k->matrix));
  PetscCall(VecDestroy(&k->rhs));
  PetscCall(VecDestroy(&k->solution));
  PetscCall(PetscFree(k->start));
  PetscCall(PetscFree(k->column));
  PetscCall(PetscFree(k->value));
  PetscCall(PetscFree(k->hessian_map));
  PetscCall(PetscFree(k->jacobian_map));
  PetscCall(PetscFree(*kkt));
  PetscFunctionReturn(0);
}

static PetscErrorCode Analyse(Kkt kkt)
{
  MatFactorInfo info;

  PetscFunctionBeginUser;
  PetscCall(MatGetFactor(kkt->matrix, MATSOLVERMUMPS, MAT_FACTOR_CHOLESKY, &kkt->factor));
  /* Structure alone decides the order of elimination: no permutation and no compression by values, so that factors do
     not depend on the values met first. */
  PetscCall(MatMumpsSetIcntl(kkt->factor, 6, 0));
  PetscCall(MatMumpsSetIcntl(kkt->factor, 7, 5));
  PetscCall(MatMumpsSetIcntl(kkt->factor, 8, 77));
  PetscCall(MatMumpsSetIcntl(kkt->factor, 12, 1));
  PetscCall(MatMumpsSetIcntl(kkt->factor, 13, 1));
  PetscCall(MatMumpsSetIcntl(kkt->factor, 14, kkt->memory_percent));
  PetscCall(MatMumpsSetIcntl(kkt->factor, 24, 0));
  PetscCall(MatMumpsSetCntl(kkt->factor, 1, kkt->pivot_threshold));
  PetscCall(MatFactorInfoInitialize(&info));
  PetscCall(MatCholeskyFactorSymbolic(kkt->factor, kkt->matrix, NULL, &info));
  PetscFunctionReturn(0);
}

static PetscErrorCode Assemble(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                               const PetscReal *dc, PetscBool *finite)
{
  const PetscInt n = kkt->n, m = kkt->m, nnz = kkt->start[n + m];
  PetscScalar   *value;

  PetscFunctionBeginUser;
  PetscCall(MatSeqSBAIJGetArray(kkt->matrix,
                                &value)); /* the array given at creation; restoring it marks the matrix changed */
  PetscCall(PetscArrayzero(value, nnz));
  for (PetscInt i = 0; i < n; i++) value[kkt->start[i]] = dx[i];
  for (PetscInt i = 0; i < m; i++) value[kkt->start[n + i]] = -dc[i];
  if (hessian) {
    for (PetscInt k = 0; k < kkt->hessian_nnz; k++) value[kkt->hessian_map[k]] += hessian[k];
  }
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) value[kkt->jacobian_map[k]] += jacobian[k];
  *finite = PETSC_TRUE;
  for (PetscInt k = 0; k < nnz && *finite; k++) *finite = (PetscBool)!PetscIsInfOrNanReal(value[k]);
  PetscCall(MatSeqSBAIJRestoreArray(kkt->matrix, &value));
  PetscFunctionReturn(0);
}

/* Factorises, with more workspace as long as MUMPS asks for it. */
static PetscErrorCode Factorise(Kkt kkt, MatFactorError *error)
{
  MatFactorInfo info;

  PetscFunctionBeginUser;
  PetscCall(MatFactorInfoInitialize(&info));
  for (;;) {
    PetscInt code;

    kkt->statistics.factorizations++;
    PetscCall(MatCholeskyFactorNumeric(kkt->factor, kkt->matrix, &info));
    PetscCall(MatFactorGetError(kkt->factor, error));
    if (!*error) break;
    PetscCall(MatMumpsGetInfog(kkt->factor, 1, &code));
    if ((code != -8 && code != -9) || kkt->memory_percent > 10000) break;
    kkt->memory_percent *= 2;
    PetscCall(MatMumpsSetIcntl(kkt->factor, 14, kkt->memory_percent));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktFactor(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                         const PetscReal *dc, KktStatus *status)
{
  PetscLogDouble begin, end;
  PetscBool      finite = PETSC_FALSE;
  MatFactorError error;
  PetscInt       negative;

  PetscFunctionBeginUser;
  *status = KKT_READY;
  if (kkt->n + kkt->m == 0) PetscFunctionReturn(0);
  PetscCall(PetscTime(&begin));
  PetscCall(Assemble(kkt, hessian, jacobian, dx, dc, &finite));
  if (!finite)
    *status = KKT_FAILED;
  else {
    if (!kkt->factor) PetscCall(Analyse(kkt));
    PetscCall(Factorise(kkt, &error));
    if (error == MAT_FACTOR_NUMERIC_ZEROPIVOT || error == MAT_FACTOR_STRUCT_ZEROPIVOT)
      *status = KKT_SINGULAR;
    else if (error)
      *status = KKT_FAILED;
    else {
      PetscCall(MatGetInertia(kkt->factor, &negative, NULL, NULL));
      if (negative < kkt->m)
        *status = KKT_SINGULAR;
      else if (negative > kkt->m)
        *status = KKT_WRONG_INERTIA;
    }
  }
  PetscCall(PetscTime(&end));
  kkt->statistics.seconds += end - begin;
  PetscFunctionReturn(0);
}

PetscErrorCode KktSolve(Kkt kkt, const PetscReal *rhs, PetscReal *solution)
{
  PetscLogDouble     begin, end;
  const PetscScalar *result;

  PetscFunctionBeginUser;
  if (kkt->n + kkt->m == 0) PetscFunctionReturn(0);
  PetscCall(PetscTime(&begin));
  PetscCall(VecPlaceArray(kkt->rhs, rhs));
  PetscCall(MatSolve(kkt->factor, kkt->rhs, kkt->solution));
  PetscCall(VecResetArray(kkt->rhs));
  PetscCall(VecGetArrayRead(kkt->solution, &result));
  PetscCall(PetscArraycpy(solution, result, kkt->n + kkt->m));
  PetscCall(VecRestoreArrayRead(kkt->solution, &result));
  kkt->statistics.solves++;
  PetscCall(PetscTime(&end));
  kkt->statistics.seconds += end - begin;
  PetscFunctionReturn(0);
}

static PetscErrorCode SetPivotThreshold(Kkt kkt, PetscReal threshold)
{
  PetscFunctionBeginUser;
  kkt->pivot_threshold = threshold;
  if (kkt->factor) PetscCall(MatMumpsSetCntl(kkt->factor, 1, threshold));
  PetscFunctionReturn(0);
}

PetscErrorCode KktRaisePivotThreshold(Kkt kkt, PetscBool *raised)
{
  PetscFunctionBeginUser;
  *raised = (PetscBool)(kkt->pivot_threshold < pivot_threshold_max);
  if (*raised) PetscCall(SetPivotThreshold(kkt, PetscMin(pivot_threshold_max, 1e2 * kkt->pivot_threshold)));
  PetscFunctionReturn(0);
}

PetscErrorCode KktResetPivotThreshold(Kkt kkt)
{
  PetscFunctionBeginUser;
  PetscCall(SetPivotThreshold(kkt, pivot_threshold_default));
  PetscFunctionReturn(0);
}

PetscErrorCode KktGetStatistics(Kkt kkt, KktStatistics *statistics)
{
  PetscFunctionBeginUser;
  *statistics = kkt->statistics;
  PetscFunctionReturn(0);
}
