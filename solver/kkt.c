/* Interior point systems: assembly, condensed rows, and what the inertia says.

   Values are written straight into the arrays of the upper triangle through a map made once: in PETSc 3.18
   MatSetValuesCOO for SBAIJ falls back to one MatSetValues (a search) per entry. */
#include "solver/kkt.h"

#include "solver/kkt_factor.h"

#include <petsctime.h>

struct _p_Kkt {
  PetscInt      n, m, size, hessian_nnz, jacobian_nnz; /* size: n and the rows kept */
  PetscInt     *start, *column;                        /* compressed rows of the upper triangle, diagonal first */
  PetscReal    *value;                                 /* [start[size]] */
  PetscInt     *group;                                 /* [size] as in the program; NULL: unknown */
  PetscInt     *hessian_map, *jacobian_map;            /* where each listed entry is added; -1: in a condensed row */
  PetscInt     *place;                                 /* [m] index of a row in the system; -1: condensed */
  PetscInt     *jacobian_row, *jacobian_column;
  PetscInt      pairs;                      /* products of two entries of a condensed row, */
  PetscInt     *pair_a, *pair_b, *pair_map; /* [pairs] their numbers and where they are added */
  PetscReal    *jacobian, *dc;              /* [jacobian_nnz], [m] as last factorised */
  PetscReal    *work;                       /* [size] */
  Factor        factor;
  KktStatistics statistics;
};

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

static PetscErrorCode CheckPattern(Program program)
{
  const PetscInt n = program->n, m = program->m;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < program->hessian_nnz; k++) {
    const PetscInt row = program->hessian_row[k], column = program->hessian_column[k];

    PetscCheck(row < n && column >= 0 && column <= row, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Hessian entry %" PetscInt_FMT " is at (%" PetscInt_FMT ", %" PetscInt_FMT
               "): expected the lower triangle of size %" PetscInt_FMT,
               k, row, column, n);
  }
  for (PetscInt k = 0; k < program->jacobian_nnz; k++) {
    const PetscInt row = program->jacobian_row[k], column = program->jacobian_column[k];

    PetscCheck(row >= 0 && row < m && column >= 0 && column < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Jacobian entry %" PetscInt_FMT " is at (%" PetscInt_FMT ", %" PetscInt_FMT
               "): expected a matrix of %" PetscInt_FMT " by %" PetscInt_FMT,
               k, row, column, m, n);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlaceRows(Kkt kkt, Program program, const PetscBool *condense)
{
  PetscFunctionBeginUser;
  kkt->size = kkt->n;
  PetscCall(PetscMalloc1(kkt->m, &kkt->place));
  for (PetscInt i = 0; i < kkt->m; i++) kkt->place[i] = condense && condense[i] ? -1 : kkt->size++;
  PetscCall(PetscMalloc2(kkt->jacobian_nnz, &kkt->jacobian_row, kkt->jacobian_nnz, &kkt->jacobian_column));
  PetscCall(PetscArraycpy(kkt->jacobian_row, program->jacobian_row, kkt->jacobian_nnz));
  PetscCall(PetscArraycpy(kkt->jacobian_column, program->jacobian_column, kkt->jacobian_nnz));
  PetscFunctionReturn(0);
}

/* The products that condensed rows bring: every pair of entries of a row, twice where both are in one column. */
static PetscErrorCode ListPairs(Kkt kkt)
{
  PetscInt *start, *entry, *next, pairs = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(kkt->m + 1, &start, kkt->jacobian_nnz, &entry, kkt->m, &next));
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) start[kkt->jacobian_row[k] + 1]++;
  for (PetscInt i = 0; i < kkt->m; i++) start[i + 1] += start[i];
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    const PetscInt row = kkt->jacobian_row[k];

    entry[start[row] + next[row]++] = k;
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->place[i] < 0) pairs += (start[i + 1] - start[i]) * (start[i + 1] - start[i]);
  }
  PetscCall(PetscMalloc3(pairs, &kkt->pair_a, pairs, &kkt->pair_b, pairs, &kkt->pair_map));
  for (PetscInt i = 0; i < kkt->m; i++) {
    for (PetscInt a = start[i]; kkt->place[i] < 0 && a < start[i + 1]; a++) {
      for (PetscInt b = start[i]; b < start[i + 1]; b++) {
        if (kkt->jacobian_column[entry[a]] > kkt->jacobian_column[entry[b]]) continue;
        kkt->pair_a[kkt->pairs]   = entry[a];
        kkt->pair_b[kkt->pairs++] = entry[b];
      }
    }
  }
  PetscCall(PetscFree3(start, entry, next));
  PetscFunctionReturn(0);
}

static PetscInt ListEntries(Kkt kkt, Program program, Entry *entry)
{
  Entry *const first = entry;

  for (PetscInt i = 0; i < kkt->size; i++) *entry++ = (Entry){i, i, NULL};
  for (PetscInt k = 0; k < kkt->hessian_nnz; k++) {
    *entry++ = (Entry){program->hessian_column[k], program->hessian_row[k], &kkt->hessian_map[k]};
  }
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    const PetscInt place = kkt->place[kkt->jacobian_row[k]];

    kkt->jacobian_map[k] = -1;
    if (place >= 0) *entry++ = (Entry){kkt->jacobian_column[k], place, &kkt->jacobian_map[k]};
  }
  for (PetscInt k = 0; k < kkt->pairs; k++) {
    *entry++ = (Entry){kkt->jacobian_column[kkt->pair_a[k]], kkt->jacobian_column[kkt->pair_b[k]], &kkt->pair_map[k]};
  }
  return (PetscInt)(entry - first);
}

static PetscErrorCode SetUpPattern(Kkt kkt, Program program)
{
  PetscInt nnz = 0, listed;
  Entry   *entry;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(kkt->size + kkt->hessian_nnz + kkt->jacobian_nnz + kkt->pairs, &entry));
  listed = ListEntries(kkt, program, entry);
  qsort(entry, listed, sizeof *entry, CompareEntries);
  PetscCall(PetscCalloc1(kkt->size + 1, &kkt->start));
  PetscCall(PetscMalloc1(listed, &kkt->column));
  for (PetscInt k = 0; k < listed; k++) {
    if (k == 0 || CompareEntries(&entry[k - 1], &entry[k])) {
      kkt->column[nnz++] = entry[k].column;
      kkt->start[entry[k].row + 1]++;
    }
    if (entry[k].map) *entry[k].map = nnz - 1;
  }
  for (PetscInt i = 0; i < kkt->size; i++) kkt->start[i + 1] += kkt->start[i];
  PetscCall(PetscFree(entry));
  PetscCall(PetscCalloc1(nnz, &kkt->value));
  PetscFunctionReturn(0);
}

static PetscErrorCode MapGroups(Kkt kkt, Program program)
{
  PetscFunctionBeginUser;
  if (!program->group) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(kkt->size, &kkt->group));
  PetscCall(PetscArraycpy(kkt->group, program->group, kkt->n));
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->place[i] >= 0) kkt->group[kkt->place[i]] = program->group[kkt->n + i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktCreate(Program program, const PetscBool *condense, Kkt *kkt)
{
  Kkt k;

  PetscFunctionBeginUser;
  PetscCall(CheckPattern(program));
  PetscCall(PetscNew(&k));
  *kkt            = k;
  k->n            = program->n;
  k->m            = program->m;
  k->hessian_nnz  = program->hessian_nnz;
  k->jacobian_nnz = program->jacobian_nnz;
  PetscCall(PetscMalloc2(k->hessian_nnz, &k->hessian_map, k->jacobian_nnz, &k->jacobian_map));
  PetscCall(PlaceRows(k, program, condense));
  PetscCall(ListPairs(k));
  PetscCall(SetUpPattern(k, program));
  PetscCall(PetscCalloc3(k->jacobian_nnz, &k->jacobian, k->m, &k->dc, k->size, &k->work));
  PetscCall(MapGroups(k, program));
  PetscCall(FactorCreate(k->size, k->start, k->column, k->group, 0, &k->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode KktDestroy(Kkt *kkt)
{
  Kkt k = *kkt;

  PetscFunctionBeginUser;
  if (!k) PetscFunctionReturn(0);
  PetscCall(FactorDestroy(&k->factor));
  PetscCall(PetscFree(k->group));
  PetscCall(PetscFree(k->start));
  PetscCall(PetscFree(k->column));
  PetscCall(PetscFree(k->value));
  PetscCall(PetscFree(k->place));
  PetscCall(PetscFree2(k->hessian_map, k->jacobian_map));
  PetscCall(PetscFree2(k->jacobian_row, k->jacobian_column));
  PetscCall(PetscFree3(k->pair_a, k->pair_b, k->pair_map));
  PetscCall(PetscFree3(k->jacobian, k->dc, k->work));
  PetscCall(PetscFree(*kkt));
  PetscFunctionReturn(0);
}

static PetscErrorCode Assemble(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                               const PetscReal *dc)
{
  PetscReal *const value = kkt->value;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(kkt->jacobian, jacobian, kkt->jacobian_nnz));
  PetscCall(PetscArraycpy(kkt->dc, dc, kkt->m));
  PetscCall(PetscArrayzero(value, kkt->start[kkt->size]));
  for (PetscInt i = 0; i < kkt->n; i++) value[kkt->start[i]] = dx[i];
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->place[i] >= 0) value[kkt->start[kkt->place[i]]] = -dc[i];
  }
  for (PetscInt k = 0; hessian && k < kkt->hessian_nnz; k++) value[kkt->hessian_map[k]] += hessian[k];
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    if (kkt->jacobian_map[k] >= 0) value[kkt->jacobian_map[k]] += jacobian[k];
  }
  for (PetscInt k = 0; k < kkt->pairs; k++) {
    const PetscInt a = kkt->pair_a[k];

    value[kkt->pair_map[k]] += jacobian[a] * jacobian[kkt->pair_b[k]] / dc[kkt->jacobian_row[a]];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktFactor(Kkt kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                         const PetscReal *dc, KktStatus *status)
{
  PetscLogDouble begin, end;
  PetscBool      success;
  FactorInertia  inertia;

  PetscFunctionBeginUser;
  *status = KKT_READY;
  if (kkt->size == 0) PetscFunctionReturn(0);
  PetscCall(PetscTime(&begin));
  PetscCall(Assemble(kkt, hessian, jacobian, dx, dc));
  PetscCall(FactorNumeric(kkt->factor, kkt->value, &inertia, &success));
  if (!success)
    *status = KKT_FAILED;
  else if (inertia.zero > 0 || inertia.negative < kkt->size - kkt->n)
    *status = KKT_SINGULAR;
  else if (inertia.negative > kkt->size - kkt->n)
    *status = KKT_WRONG_INERTIA;
  kkt->statistics.factorizations++;
  PetscCall(PetscTime(&end));
  kkt->statistics.seconds += end - begin;
  PetscFunctionReturn(0);
}

/* Right-hand side of the system without the condensed rows. */
static void Condense(Kkt kkt, const PetscReal *rhs)
{
  const PetscReal *b = rhs + kkt->n;

  for (PetscInt j = 0; j < kkt->n; j++) kkt->work[j] = rhs[j];
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->place[i] >= 0) kkt->work[kkt->place[i]] = b[i];
  }
  for (PetscInt k = 0; kkt->pairs && k < kkt->jacobian_nnz; k++) {
    const PetscInt row = kkt->jacobian_row[k];

    if (kkt->place[row] < 0) kkt->work[kkt->jacobian_column[k]] += kkt->jacobian[k] * b[row] / kkt->dc[row];
  }
}

/* The whole solution; that of a condensed row is (J x - b) / dc. */
static void Expand(Kkt kkt, const PetscReal *rhs, const PetscReal *reduced, PetscReal *solution)
{
  PetscReal *const y = solution + kkt->n;

  for (PetscInt i = 0; i < kkt->m; i++) y[i] = kkt->place[i] >= 0 ? reduced[kkt->place[i]] : -rhs[kkt->n + i];
  for (PetscInt j = 0; j < kkt->n; j++) solution[j] = reduced[j];
  for (PetscInt k = 0; kkt->pairs && k < kkt->jacobian_nnz; k++) {
    const PetscInt row = kkt->jacobian_row[k];

    if (kkt->place[row] < 0) y[row] += kkt->jacobian[k] * reduced[kkt->jacobian_column[k]];
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->place[i] < 0) y[i] /= kkt->dc[i];
  }
}

PetscErrorCode KktSolve(Kkt kkt, const PetscReal *rhs, PetscReal *solution)
{
  PetscLogDouble begin, end;

  PetscFunctionBeginUser;
  if (kkt->size == 0) PetscFunctionReturn(0);
  PetscCall(PetscTime(&begin));
  Condense(kkt, rhs);
  PetscCall(FactorForward(kkt->factor, kkt->work));
  PetscCall(FactorBackward(kkt->factor, kkt->work));
  Expand(kkt, rhs, kkt->work, solution);
  kkt->statistics.solves++;
  PetscCall(PetscTime(&end));
  kkt->statistics.seconds += end - begin;
  PetscFunctionReturn(0);
}

PetscErrorCode KktRaisePivotThreshold(Kkt kkt, PetscBool *raised)
{
  PetscFunctionBeginUser;
  PetscCall(FactorRaisePivotThreshold(kkt->factor, raised));
  PetscFunctionReturn(0);
}

PetscErrorCode KktResetPivotThreshold(Kkt kkt)
{
  PetscFunctionBeginUser;
  PetscCall(FactorResetPivotThreshold(kkt->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode KktTakeStatistics(Kkt kkt, KktStatistics *statistics)
{
  PetscFunctionBeginUser;
  *statistics     = kkt->statistics;
  kkt->statistics = (KktStatistics){0};
  PetscFunctionReturn(0);
}
