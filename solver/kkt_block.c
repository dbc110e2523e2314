/* The system of a block or a part of one: assembly through maps made once, and condensed rows.

   The unknowns are the part's interior variables, its interior rows that are kept, and behind them what it touches of
   the border's system. Values are written straight into the upper triangle: in PETSc 3.18 MatSetValuesCOO for SBAIJ
   falls back to one MatSetValues (a search) per entry. */
#include "solver/kkt_block.h"

#include "solver/kkt_pattern.h"

struct _p_KktBlock {
  const KktPart *part;                                  /* borrowed */
  PetscInt       size;                                  /* border unknowns included */
  PetscInt      *variable_place, *row_place;            /* [n], [m] in the system; -1: a condensed row */
  PetscInt      *start, *column;                        /* compressed rows of the upper triangle, diagonal first */
  PetscReal     *value;                                 /* [start[size]] */
  PetscInt      *group;                                 /* [size] as in the program; NULL: unknown */
  PetscInt      *hessian_map, *jacobian_map;            /* where each entry is added; -1: in a condensed row */
  PetscInt       condensed;                             /* entries of condensed rows: */
  PetscInt      *condensed_entry, *condensed_row;       /* [condensed] number, row (of the part) and */
  PetscInt      *condensed_place;                       /* place of the column in the system */
  PetscInt       pairs;                                 /* products of two entries of a condensed row: */
  PetscInt      *pair_a, *pair_b, *pair_row, *pair_map; /* [pairs] their numbers, row, and where they are added */
  PetscReal     *jacobian;                              /* [jacobian_nnz] as last factorised */
  PetscReal     *dc;                                    /* [m] */
  PetscReal     *work;                                  /* [size] */
  Factor         factor;
};

/* Interior variables, kept interior rows, then what the part touches of the border's system. */
static PetscErrorCode PlaceUnknowns(KktBlock kkt)
{
  const KktPart *part = kkt->part;
  PetscInt       at   = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(part->n, &kkt->variable_place, part->m, &kkt->row_place));
  for (PetscInt j = 0; j < part->n; j++) {
    if (part->variable_slot[j] < 0) kkt->variable_place[j] = at++;
  }
  for (PetscInt i = 0; i < part->m; i++) {
    if (part->row_slot[i] < 0) kkt->row_place[i] = part->condensed[i] ? -1 : at++;
  }
  kkt->size = at + part->border;
  for (PetscInt j = 0; j < part->n; j++) {
    if (part->variable_slot[j] >= 0) kkt->variable_place[j] = at + part->variable_slot[j];
  }
  for (PetscInt i = 0; i < part->m; i++) {
    if (part->row_slot[i] >= 0) kkt->row_place[i] = at + part->row_slot[i];
  }
  PetscFunctionReturn(0);
}

/* Entries of each row: entry[start[i] .. start[i + 1] - 1]. The caller frees the three. */
static PetscErrorCode ListByRow(const KktPart *part, PetscInt **start, PetscInt **entry, PetscInt **next)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(part->m + 1, start, part->jacobian_nnz, entry, part->m, next));
  for (PetscInt k = 0; k < part->jacobian_nnz; k++) (*start)[part->jacobian_row[k] + 1]++;
  for (PetscInt i = 0; i < part->m; i++) (*start)[i + 1] += (*start)[i];
  for (PetscInt k = 0; k < part->jacobian_nnz; k++) {
    const PetscInt row = part->jacobian_row[k];

    (*entry)[(*start)[row] + (*next)[row]++] = k;
  }
  PetscFunctionReturn(0);
}

/* What condensed rows bring: their entries, and every pair of entries of a row, twice where both are in one column. */
static PetscErrorCode ListCondensed(KktBlock kkt)
{
  const KktPart *part = kkt->part;
  PetscInt      *start, *entry, *next, entries = 0, pairs = 0;

  PetscFunctionBeginUser;
  PetscCall(ListByRow(part, &start, &entry, &next));
  for (PetscInt i = 0; i < part->m; i++) {
    const PetscInt length = kkt->row_place[i] < 0 ? start[i + 1] - start[i] : 0;

    entries += length;
    pairs += length * length;
  }
  PetscCall(PetscMalloc3(entries, &kkt->condensed_entry, entries, &kkt->condensed_row, entries, &kkt->condensed_place));
  PetscCall(PetscMalloc4(pairs, &kkt->pair_a, pairs, &kkt->pair_b, pairs, &kkt->pair_row, pairs, &kkt->pair_map));
  for (PetscInt i = 0; i < part->m; i++) {
    for (PetscInt a = start[i]; kkt->row_place[i] < 0 && a < start[i + 1]; a++) {
      const PetscInt place = kkt->variable_place[part->jacobian_column[entry[a]]];

      kkt->condensed_entry[kkt->condensed]   = entry[a];
      kkt->condensed_row[kkt->condensed]     = i;
      kkt->condensed_place[kkt->condensed++] = place;
      for (PetscInt b = start[i]; b < start[i + 1]; b++) {
        if (place > kkt->variable_place[part->jacobian_column[entry[b]]]) continue;
        kkt->pair_a[kkt->pairs]   = entry[a];
        kkt->pair_row[kkt->pairs] = i;
        kkt->pair_b[kkt->pairs++] = entry[b];
      }
    }
  }
  PetscCall(PetscFree3(start, entry, next));
  PetscFunctionReturn(0);
}

static PetscInt ListEntries(KktBlock kkt, PatternEntry *entry)
{
  const KktPart      *part  = kkt->part;
  const PetscInt     *place = kkt->variable_place, *column = part->jacobian_column;
  PatternEntry *const first = entry;

  for (PetscInt i = 0; i < kkt->size; i++) *entry++ = PatternUpper(i, i, NULL);
  for (PetscInt k = 0; k < part->hessian_nnz; k++) {
    *entry++ = PatternUpper(place[part->hessian_row[k]], place[part->hessian_column[k]], &kkt->hessian_map[k]);
  }
  for (PetscInt k = 0; k < part->jacobian_nnz; k++) {
    const PetscInt row = kkt->row_place[part->jacobian_row[k]];

    kkt->jacobian_map[k] = -1;
    if (row >= 0) *entry++ = PatternUpper(place[column[k]], row, &kkt->jacobian_map[k]);
  }
  for (PetscInt k = 0; k < kkt->pairs; k++) {
    *entry++ = PatternUpper(place[column[kkt->pair_a[k]]], place[column[kkt->pair_b[k]]], &kkt->pair_map[k]);
  }
  return (PetscInt)(entry - first);
}

static PetscErrorCode SetUpPattern(KktBlock kkt)
{
  PetscInt      listed;
  PatternEntry *entry;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(kkt->size + kkt->part->hessian_nnz + kkt->part->jacobian_nnz + kkt->pairs, &entry));
  listed = ListEntries(kkt, entry);
  PetscCall(PatternCompress(kkt->size, listed, entry, &kkt->start, &kkt->column));
  PetscCall(PetscFree(entry));
  PetscCall(PetscCalloc1(kkt->start[kkt->size], &kkt->value));
  PetscFunctionReturn(0);
}

/* Inequality rows stay alone: they have a diagonal of their own, so they can go first, and without new entries
   between the unknowns of a bus and those of its neighbour, which are coupled already. */
static PetscErrorCode MapGroups(KktBlock kkt)
{
  const KktPart *part = kkt->part;

  PetscFunctionBeginUser;
  if (!part->group) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(kkt->size, &kkt->group));
  for (PetscInt j = 0; j < part->n; j++) kkt->group[kkt->variable_place[j]] = part->group[j];
  for (PetscInt i = 0; i < part->m; i++) {
    if (kkt->row_place[i] >= 0) kkt->group[kkt->row_place[i]] = part->group[part->n + i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockCreate(const KktPart *part, KktBlock *kkt)
{
  KktBlock k;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&k));
  *kkt    = k;
  k->part = part;
  PetscCall(PlaceUnknowns(k));
  PetscCall(PetscMalloc2(part->hessian_nnz, &k->hessian_map, part->jacobian_nnz, &k->jacobian_map));
  PetscCall(ListCondensed(k));
  PetscCall(SetUpPattern(k));
  PetscCall(PetscCalloc3(part->jacobian_nnz, &k->jacobian, part->m, &k->dc, k->size, &k->work));
  PetscCall(MapGroups(k));
  PetscCall(FactorCreate(k->size, k->start, k->column, k->group, part->border, &k->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBlockDestroy(KktBlock *kkt)
{
  KktBlock k = *kkt;

  PetscFunctionBeginUser;
  if (!k) PetscFunctionReturn(0);
  PetscCall(FactorDestroy(&k->factor));
  PetscCall(PetscFree2(k->variable_place, k->row_place));
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
  const KktPart *part = kkt->part;
  PetscInt       rows = 0;

  for (PetscInt i = 0; i < part->m; i++) rows += part->own_row[i] && kkt->row_place[i] >= 0;
  return rows;
}

static void Assemble(KktBlock kkt, const PetscReal *hessian, const PetscReal *jacobian, const PetscReal *dx)
{
  const KktPart   *part  = kkt->part;
  PetscReal *const value = kkt->value, *const dc = kkt->dc;
  PetscReal weight = 0;

  for (PetscInt j = 0; j < part->n; j++) {
    if (part->own_variable[j]) value[kkt->start[kkt->variable_place[j]]] = dx[part->variable[j]];
  }
  for (PetscInt i = 0; i < part->m; i++) {
    if (part->own_row[i] && kkt->row_place[i] >= 0) value[kkt->start[kkt->row_place[i]]] = -dc[i];
  }
  for (PetscInt k = 0; hessian && k < part->hessian_nnz; k++) {
    value[kkt->hessian_map[k]] += hessian[part->hessian[k]];
  }
  for (PetscInt k = 0; k < part->jacobian_nnz; k++) {
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
  const KktPart *part = kkt->part;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < part->jacobian_nnz; k++) kkt->jacobian[k] = jacobian[part->jacobian[k]];
  for (PetscInt i = 0; i < part->m; i++) kkt->dc[i] = dc[part->row[i]];
  PetscCall(PetscArrayzero(kkt->value, kkt->start[kkt->size]));
  Assemble(kkt, hessian, kkt->jacobian, dx);
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
  const KktPart   *part = kkt->part;
  PetscReal *const work = kkt->work;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(work, kkt->size));
  for (PetscInt j = 0; j < part->n; j++) {
    if (part->own_variable[j]) work[kkt->variable_place[j]] = a[part->variable[j]];
  }
  for (PetscInt i = 0; i < part->m; i++) {
    if (part->own_row[i] && kkt->row_place[i] >= 0) work[kkt->row_place[i]] = b[part->row[i]];
  }
  for (PetscInt k = 0; k < kkt->condensed; k++) {
    const PetscInt row = kkt->condensed_row[k];

    work[kkt->condensed_place[k]] += kkt->jacobian[kkt->condensed_entry[k]] * b[part->row[row]] / kkt->dc[row];
  }
  PetscCall(FactorForward(kkt->factor, work));
  PetscCall(PetscArraycpy(reduced, work + kkt->size - part->border, part->border));
  PetscFunctionReturn(0);
}

/* The solution of a condensed row is (J x - b) / dc. */
PetscErrorCode KktBlockBackward(KktBlock kkt, const PetscReal *b, const PetscReal *reduced, PetscReal *x, PetscReal *y)
{
  const KktPart   *part = kkt->part;
  PetscReal *const work = kkt->work;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(work + kkt->size - part->border, reduced, part->border));
  PetscCall(FactorBackward(kkt->factor, work));
  for (PetscInt j = 0; j < part->n; j++) {
    if (part->own_variable[j]) x[part->variable[j]] = work[kkt->variable_place[j]];
  }
  for (PetscInt i = 0; i < part->m; i++) {
    if (part->own_row[i]) y[part->row[i]] = kkt->row_place[i] >= 0 ? work[kkt->row_place[i]] : -b[part->row[i]];
  }
  for (PetscInt k = 0; k < kkt->condensed; k++) {
    const PetscReal value = kkt->jacobian[kkt->condensed_entry[k]] * work[kkt->condensed_place[k]];

    y[part->row[kkt->condensed_row[k]]] += value;
  }
  for (PetscInt i = 0; i < part->m; i++) {
    if (kkt->row_place[i] < 0) y[part->row[i]] /= kkt->dc[i];
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

PetscInt KktBlockPivotLevel(KktBlock kkt)
{
  return FactorPivotLevel(kkt->factor);
}

PetscErrorCode KktBlockSetPivotLevel(KktBlock kkt, PetscInt level)
{
  PetscFunctionBeginUser;
  PetscCall(FactorSetPivotLevel(kkt->factor, level));
  PetscFunctionReturn(0);
}
