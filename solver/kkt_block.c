/* A block's system: assembly through maps made once, and condensed rows.

   The unknowns are the block's interior variables, its interior rows that are kept, and behind them the border's variables and
   rows that it touches. Values are written straight into the upper triangle: in PETSc 3.18 MatSetValuesCOO for SBAIJ falls back to
   one MatSetValues (a search) per entry. */
#include "solver/kkt_block.h"

struct _p_KktBlock {
  PetscInt   n, m, size, border, hessian_nnz, jacobian_nnz; /* n, m: of the program; size: border unknowns included */
  PetscInt   hessian_start, jacobian_start;                 /* where the block's entries begin in the rank's */
  PetscInt  *variable, *row;                                /* [n], [m] flat index */
  PetscBool *own_variable, *own_row;                        /* [n], [m] interior, or of the border */
  PetscInt  *variable_place, *row_place;                    /* [n], [m] in the system; -1: a condensed row */
  PetscInt  *start, *column;                                /* compressed rows of the upper triangle, diagonal first */
  PetscReal *value;                                         /* [start[size]] */
  PetscInt  *group;                                         /* [size] as in the program; NULL: unknown */
  PetscInt  *hessian_map, *jacobian_map;                    /* where each entry is added; -1: in a condensed row */
  PetscInt   condensed;                                     /* entries of condensed rows: */
  PetscInt  *condensed_entry, *condensed_row;               /* [condensed] number, row (of the program) and */
  PetscInt  *condensed_place;                               /* place of the column in the system */
  PetscInt   pairs;                                         /* products of two entries of a condensed row: */
  PetscInt  *pair_a, *pair_b, *pair_row, *pair_map;         /* [pairs] their numbers, row, and where they are added */
  PetscReal *jacobian;                                      /* [jacobian_nnz] as last factorised */
  PetscReal *dc;                                            /* [m] */
  PetscReal *work;                                          /* [size] */
  Factor     factor;
};

/* One listed entry: its place in the upper triangle and where its number of order is to be kept. */
typedef struct {
  PetscInt row, column, *map;
} Entry;

/* One stable pass of a counting sort, from -> to, by row or by column. start [size + 1] is overwritten. */
static void SortPass(const Entry *from, PetscInt n, PetscBool by_row, PetscInt size, PetscInt *start, Entry *to)
{
  for (PetscInt i = 0; i <= size; i++) start[i] = 0;
  for (PetscInt k = 0; k < n; k++) start[(by_row ? from[k].row : from[k].column) + 1]++;
  for (PetscInt i = 0; i < size; i++) start[i + 1] += start[i];
  for (PetscInt k = 0; k < n; k++) to[start[by_row ? from[k].row : from[k].column]++] = from[k];
}

/* By rows, and by columns in each. */
static PetscErrorCode SortEntries(PetscInt size, PetscInt n, Entry *entry)
{
  PetscInt *start;
  Entry    *other;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(size + 1, &start, n, &other));
  SortPass(entry, n, PETSC_FALSE, size, start, other);
  SortPass(other, n, PETSC_TRUE, size, start, entry);
  PetscCall(PetscFree2(start, other));
  PetscFunctionReturn(0);
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

/* Interior variables, kept interior rows, then the border's variables and rows. */
static PetscErrorCode PlaceUnknowns(KktBlock kkt, const Block *block, const PetscBool *condense)
{
  PetscInt at = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc6(kkt->n, &kkt->variable, kkt->n, &kkt->own_variable, kkt->n, &kkt->variable_place, kkt->m,
                         &kkt->row, kkt->m, &kkt->own_row, kkt->m, &kkt->row_place));
  for (PetscInt j = 0; j < kkt->n; j++) {
    kkt->variable[j]     = block->variable ? block->variable[j] : j;
    kkt->own_variable[j] = (PetscBool)(!block->variable_slot || block->variable_slot[j] < 0);
    if (kkt->own_variable[j]) kkt->variable_place[j] = at++;
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    kkt->row[i]     = block->row ? block->row[i] : i;
    kkt->own_row[i] = (PetscBool)(!block->row_slot || block->row_slot[i] < 0);
    if (kkt->own_row[i]) kkt->row_place[i] = condense && condense[kkt->row[i]] ? -1 : at++;
  }
  kkt->border = block->n_variables + block->n_rows;
  kkt->size   = at + kkt->border;
  for (PetscInt j = 0; j < kkt->n; j++) {
    if (!kkt->own_variable[j]) kkt->variable_place[j] = at + block->variable_slot[j];
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (!kkt->own_row[i]) kkt->row_place[i] = at + block->n_variables + block->row_slot[i];
  }
  PetscFunctionReturn(0);
}

/* Entries of each row: entry[start[i] .. start[i + 1] - 1]. The caller frees the three. */
static PetscErrorCode ListByRow(KktBlock kkt, Program program, PetscInt **start, PetscInt **entry, PetscInt **next)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(kkt->m + 1, start, kkt->jacobian_nnz, entry, kkt->m, next));
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) (*start)[program->jacobian_row[k] + 1]++;
  for (PetscInt i = 0; i < kkt->m; i++) (*start)[i + 1] += (*start)[i];
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    const PetscInt row = program->jacobian_row[k];

    (*entry)[(*start)[row] + (*next)[row]++] = k;
  }
  PetscFunctionReturn(0);
}

/* What condensed rows bring: their entries, and every pair of entries of a row, twice where both are in one column. */
static PetscErrorCode ListCondensed(KktBlock kkt, Program program)
{
  PetscInt *start, *entry, *next, entries = 0, pairs = 0;

  PetscFunctionBeginUser;
  PetscCall(ListByRow(kkt, program, &start, &entry, &next));
  for (PetscInt i = 0; i < kkt->m; i++) {
    const PetscInt length = kkt->row_place[i] < 0 ? start[i + 1] - start[i] : 0;

    entries += length;
    pairs += length * length;
  }
  PetscCall(PetscMalloc3(entries, &kkt->condensed_entry, entries, &kkt->condensed_row, entries, &kkt->condensed_place));
  PetscCall(PetscMalloc4(pairs, &kkt->pair_a, pairs, &kkt->pair_b, pairs, &kkt->pair_row, pairs, &kkt->pair_map));
  for (PetscInt i = 0; i < kkt->m; i++) {
    for (PetscInt a = start[i]; kkt->row_place[i] < 0 && a < start[i + 1]; a++) {
      const PetscInt place = kkt->variable_place[program->jacobian_column[entry[a]]];

      kkt->condensed_entry[kkt->condensed]   = entry[a];
      kkt->condensed_row[kkt->condensed]     = i;
      kkt->condensed_place[kkt->condensed++] = place;
      for (PetscInt b = start[i]; b < start[i + 1]; b++) {
        if (place > kkt->variable_place[program->jacobian_column[entry[b]]]) continue;
        kkt->pair_a[kkt->pairs]   = entry[a];
        kkt->pair_row[kkt->pairs] = i;
        kkt->pair_b[kkt->pairs++] = entry[b];
      }
    }
  }
  PetscCall(PetscFree3(start, entry, next));
  PetscFunctionReturn(0);
}

static Entry Upper(PetscInt i, PetscInt j, PetscInt *map)
{
  return (Entry){PetscMin(i, j), PetscMax(i, j), map};
}

static PetscInt ListEntries(KktBlock kkt, Program program, Entry *entry)
{
  const PetscInt *place = kkt->variable_place;
  Entry *const    first = entry;

  for (PetscInt i = 0; i < kkt->size; i++) *entry++ = (Entry){i, i, NULL};
  for (PetscInt k = 0; k < kkt->hessian_nnz; k++) {
    *entry++ = Upper(place[program->hessian_row[k]], place[program->hessian_column[k]], &kkt->hessian_map[k]);
  }
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    const PetscInt row = kkt->row_place[program->jacobian_row[k]];

    kkt->jacobian_map[k] = -1;
    if (row >= 0) *entry++ = Upper(place[program->jacobian_column[k]], row, &kkt->jacobian_map[k]);
  }
  for (PetscInt k = 0; k < kkt->pairs; k++) {
    *entry++ = Upper(place[program->jacobian_column[kkt->pair_a[k]]], place[program->jacobian_column[kkt->pair_b[k]]],
                     &kkt->pair_map[k]);
  }
  return (PetscInt)(entry - first);
}

static PetscErrorCode SetUpPattern(KktBlock kkt, Program program)
{
  PetscInt nnz = 0, listed;
  Entry   *entry;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(kkt->size + kkt->hessian_nnz + kkt->jacobian_nnz + kkt->pairs, &entry));
  listed = ListEntries(kkt, program, entry);
  PetscCall(SortEntries(kkt->size, listed, entry));
  PetscCall(PetscCalloc1(kkt->size + 1, &kkt->start));
  PetscCall(PetscMalloc1(listed, &kkt->column));
  for (PetscInt k = 0; k < listed; k++) {
    if (k == 0 || entry[k - 1].row != entry[k].row || entry[k - 1].column != entry[k].column) {
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

/* Inequality rows stay alone: they have a diagonal of their own, so they can go first, and without new entries between the
   unknowns of a bus and those of its neighbour, which are coupled already. */
static PetscErrorCode MapGroups(KktBlock kkt, Program program)
{
  PetscFunctionBeginUser;
  if (!program->group) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(kkt->size, &kkt->group));
  for (PetscInt j = 0; j < kkt->n; j++) kkt->group[kkt->variable_place[j]] = program->group[j];
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->row_place[i] >= 0)
      kkt->group[kkt->row_place[i]] = program->gl[i] < program->gu[i] ? -1 : program->group[kkt->n + i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockCreate(const Block *block, const PetscBool *condense, KktBlock *kkt)
{
  const Program program = block->program;
  KktBlock      k;

  PetscFunctionBeginUser;
  PetscCall(CheckPattern(program));
  PetscCall(PetscNew(&k));
  *kkt              = k;
  k->n              = program->n;
  k->m              = program->m;
  k->hessian_nnz    = program->hessian_nnz;
  k->jacobian_nnz   = program->jacobian_nnz;
  k->hessian_start  = block->hessian;
  k->jacobian_start = block->jacobian;
  PetscCall(PlaceUnknowns(k, block, condense));
  PetscCall(PetscMalloc2(k->hessian_nnz, &k->hessian_map, k->jacobian_nnz, &k->jacobian_map));
  PetscCall(ListCondensed(k, program));
  PetscCall(SetUpPattern(k, program));
  PetscCall(PetscCalloc3(k->jacobian_nnz, &k->jacobian, k->m, &k->dc, k->size, &k->work));
  PetscCall(MapGroups(k, program));
  PetscCall(FactorCreate(k->size, k->start, k->column, k->group, k->border, &k->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockDestroy(KktBlock *kkt)
{
  KktBlock k = *kkt;

  PetscFunctionBeginUser;
  if (!k) PetscFunctionReturn(0);
  PetscCall(FactorDestroy(&k->factor));
  PetscCall(PetscFree6(k->variable, k->own_variable, k->variable_place, k->row, k->own_row, k->row_place));
  PetscCall(PetscFree(k->group));
  PetscCall(PetscFree(k->start));
  PetscCall(PetscFree(k->column));
  PetscCall(PetscFree(k->value));
  PetscCall(PetscFree2(k->hessian_map, k->jacobian_map));
  PetscCall(PetscFree3(k->condensed_entry, k->condensed_row, k->condensed_place));
  PetscCall(PetscFree4(k->pair_a, k->pair_b, k->pair_row, k->pair_map));
  PetscCall(PetscFree3(k->jacobian, k->dc, k->work));
  PetscCall(PetscFree(*kkt));
  PetscFunctionReturn(0);
}

PetscInt KktBlockRowsKept(KktBlock kkt)
{
  PetscInt rows = 0;

  for (PetscInt i = 0; i < kkt->m; i++) rows += kkt->own_row[i] && kkt->row_place[i] >= 0;
  return rows;
}

static void Assemble(KktBlock kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx)
{
  PetscReal *const value = kkt->value, *const dc = kkt->dc;
  PetscReal weight = 0;

  for (PetscInt j = 0; j < kkt->n; j++) {
    if (kkt->own_variable[j]) value[kkt->start[kkt->variable_place[j]]] = dx[kkt->variable[j]];
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->own_row[i] && kkt->row_place[i] >= 0) value[kkt->start[kkt->row_place[i]]] = -dc[i];
  }
  for (PetscInt k = 0; hessian && k < kkt->hessian_nnz; k++) value[kkt->hessian_map[k]] += hessian[k];
  for (PetscInt k = 0; k < kkt->jacobian_nnz; k++) {
    if (kkt->jacobian_map[k] >= 0) value[kkt->jacobian_map[k]] += jacobian[k];
  }
  for (PetscInt k = 0, last = -1; k < kkt->pairs; k++) {
    const PetscInt a = kkt->pair_a[k];

    if (a != last) weight = jacobian[a] / dc[kkt->pair_row[k]];
    value[kkt->pair_map[k]] += weight * jacobian[kkt->pair_b[k]];
    last = a;
  }
}

PetscErrorCode KktBlockFactor(KktBlock kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx,
                              const PetscReal *dc, FactorInertia *inertia, PetscBool *success)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(kkt->jacobian, jacobian + kkt->jacobian_start, kkt->jacobian_nnz));
  for (PetscInt i = 0; i < kkt->m; i++) kkt->dc[i] = dc[kkt->row[i]];
  PetscCall(PetscArrayzero(kkt->value, kkt->start[kkt->size]));
  Assemble(kkt, hessian ? hessian + kkt->hessian_start : NULL, kkt->jacobian, dx);
  PetscCall(FactorNumeric(kkt->factor, kkt->value, inertia, success));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockGetSchur(KktBlock kkt, const PetscReal **schur)
{
  PetscFunctionBeginUser;
  PetscCall(FactorGetSchur(kkt->factor, schur));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockForward(KktBlock kkt, const PetscReal *a, const PetscReal *b, PetscReal *reduced)
{
  PetscReal *const work = kkt->work;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(work, kkt->size));
  for (PetscInt j = 0; j < kkt->n; j++) {
    if (kkt->own_variable[j]) work[kkt->variable_place[j]] = a[kkt->variable[j]];
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->own_row[i] && kkt->row_place[i] >= 0) work[kkt->row_place[i]] = b[kkt->row[i]];
  }
  for (PetscInt k = 0; k < kkt->condensed; k++) {
    const PetscInt row = kkt->condensed_row[k];

    work[kkt->condensed_place[k]] += kkt->jacobian[kkt->condensed_entry[k]] * b[kkt->row[row]] / kkt->dc[row];
  }
  PetscCall(FactorForward(kkt->factor, work));
  PetscCall(PetscArraycpy(reduced, work + kkt->size - kkt->border, kkt->border));
  PetscFunctionReturn(0);
}

/* The solution of a condensed row is (J x - b) / dc. */
PetscErrorCode KktBlockBackward(KktBlock kkt, const PetscReal *b, const PetscReal *reduced, PetscReal *x, PetscReal *y)
{
  PetscReal *const work = kkt->work;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(work + kkt->size - kkt->border, reduced, kkt->border));
  PetscCall(FactorBackward(kkt->factor, work));
  for (PetscInt j = 0; j < kkt->n; j++) {
    if (kkt->own_variable[j]) x[kkt->variable[j]] = work[kkt->variable_place[j]];
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->own_row[i]) y[kkt->row[i]] = kkt->row_place[i] >= 0 ? work[kkt->row_place[i]] : -b[kkt->row[i]];
  }
  for (PetscInt k = 0; k < kkt->condensed; k++) {
    const PetscReal value = kkt->jacobian[kkt->condensed_entry[k]] * work[kkt->condensed_place[k]];

    y[kkt->row[kkt->condensed_row[k]]] += value;
  }
  for (PetscInt i = 0; i < kkt->m; i++) {
    if (kkt->row_place[i] < 0) y[kkt->row[i]] /= kkt->dc[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockRaisePivotThreshold(KktBlock kkt, PetscBool *raised)
{
  PetscFunctionBeginUser;
  PetscCall(FactorRaisePivotThreshold(kkt->factor, raised));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockResetPivotThreshold(KktBlock kkt)
{
  PetscFunctionBeginUser;
  PetscCall(FactorResetPivotThreshold(kkt->factor));
  PetscFunctionReturn(0);
}
