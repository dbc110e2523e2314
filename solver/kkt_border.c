/* The border's system: cliques of the blocks, gathered and added in block order. */
#include "solver/kkt_border.h"

struct _p_KktBorder {
  Blocks       blocks;
  PetscInt     size;
  PetscInt    *first;   /* [n_blocks + 1] where a block's unknowns begin in unknown */
  PetscInt    *unknown; /* border unknowns of each block: variables, then rows */
  PetscInt    *start, *column;
  PetscReal   *value;
  PetscInt    *map;                  /* [entries of all triangles, block by block] where each is added */
  PetscMPIInt *count, *displacement; /* [ranks] entries of triangles in what is gathered */
  PetscInt    *place;                /* [n_blocks] */
  PetscReal   *packed, *gather;

  Factor factor;
};

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

static PetscInt TriangleSize(KktBorder border, PetscInt block)
{
  const PetscInt n = border->first[block + 1] - border->first[block];

  return n * (n + 1) / 2;
}

static PetscErrorCode ListUnknowns(KktBorder border)
{
  const Blocks       s = border->blocks;
  const BorderItems *v = &s->variables, *r = &s->rows;
  PetscInt           at = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(s->n_blocks + 1, &border->first));
  PetscCall(PetscMalloc1(v->start[s->n_blocks] + r->start[s->n_blocks], &border->unknown));
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    border->first[b] = at;
    for (PetscInt k = v->start[b]; k < v->start[b + 1]; k++) border->unknown[at++] = v->item[k];
    for (PetscInt k = r->start[b]; k < r->start[b + 1]; k++) border->unknown[at++] = v->n + r->item[k];
  }
  border->first[s->n_blocks] = at;
  PetscFunctionReturn(0);
}

static PetscErrorCode PlaceTriangles(KktBorder border, PetscInt *total)
{
  const Blocks s = border->blocks;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(s->size, &border->count, s->size, &border->displacement, s->n_blocks, &border->place));
  *total = 0;
  for (PetscMPIInt rank = 0; rank < s->size; rank++) {
    border->displacement[rank] = (PetscMPIInt)*total;
    for (PetscInt b = 0; b < s->n_blocks; b++) {
      if (s->rank_of[b] != rank) continue;
      border->place[b] = *total;
      border->count[rank] += (PetscMPIInt)TriangleSize(border, b);
      *total += TriangleSize(border, b);
    }
  }
  PetscCall(PetscMalloc3(border->count[s->rank], &border->packed, *total, &border->gather, *total, &border->map));
  PetscFunctionReturn(0);
}

/* Entries of a block's triangle by columns, as they are packed: (i, j), i >= j, numbered upwards. */
static PetscErrorCode SetUpPattern(KktBorder border, PetscInt total)
{
  const Blocks s      = border->blocks;
  PetscInt     listed = 0, nnz = 0, at = 0;
  Entry       *entry;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(border->size + total, &entry));
  for (PetscInt i = 0; i < border->size; i++) entry[listed++] = (Entry){i, i, NULL};
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    const PetscInt *u = border->unknown + border->first[b], n = border->first[b + 1] - border->first[b];

    for (PetscInt j = 0; j < n; j++) {
      for (PetscInt i = j; i < n; i++) {
        entry[listed++] = (Entry){PetscMin(u[i], u[j]), PetscMax(u[i], u[j]), &border->map[at++]};
      }
    }
  }
  qsort(entry, listed, sizeof *entry, CompareEntries);
  PetscCall(PetscCalloc1(border->size + 1, &border->start));
  PetscCall(PetscMalloc1(listed, &border->column));
  for (PetscInt k = 0; k < listed; k++) {
    if (k == 0 || CompareEntries(&entry[k - 1], &entry[k])) {
      border->column[nnz++] = entry[k].column;
      border->start[entry[k].row + 1]++;
    }
    if (entry[k].map) *entry[k].map = nnz - 1;
  }
  for (PetscInt i = 0; i < border->size; i++) border->start[i + 1] += border->start[i];
  PetscCall(PetscFree(entry));
  PetscCall(PetscMalloc1(nnz, &border->value));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderCreate(Blocks blocks, KktBorder *border)
{
  KktBorder b;
  PetscInt  total;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&b));
  *border   = b;
  b->blocks = blocks;
  b->size   = blocks->variables.n + blocks->rows.n;
  if (b->size == 0) PetscFunctionReturn(0);
  PetscCall(ListUnknowns(b));
  PetscCall(PlaceTriangles(b, &total));
  PetscCall(SetUpPattern(b, total));

  PetscCall(FactorCreate(b->size, b->start, b->column, blocks->border_group, 0, &b->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderDestroy(KktBorder *border)
{
  KktBorder b = *border;

  PetscFunctionBeginUser;
  if (!b) PetscFunctionReturn(0);
  PetscCall(FactorDestroy(&b->factor));
  PetscCall(PetscFree(b->first));
  PetscCall(PetscFree(b->unknown));
  PetscCall(PetscFree3(b->count, b->displacement, b->place));
  PetscCall(PetscFree3(b->packed, b->gather, b->map));
  PetscCall(PetscFree(b->start));
  PetscCall(PetscFree(b->column));
  PetscCall(PetscFree(b->value));

  PetscCall(PetscFree(*border));
  PetscFunctionReturn(0);
}

PetscInt KktBorderSize(KktBorder border)
{
  return border->size;
}

static PetscErrorCode GatherTriangles(KktBorder border, const PetscReal *const *schur)
{
  const Blocks s  = border->blocks;
  PetscInt     at = 0;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < s->n_local; b++) {
    const PetscInt number = s->block[b].number, n = border->first[number + 1] - border->first[number];

    for (PetscInt j = 0; j < n; j++) {
      PetscCall(PetscArraycpy(border->packed + at, schur[b] + j * n + j, n - j));
      at += n - j;
    }
  }
  PetscCallMPI(MPI_Allgatherv(border->packed, border->count[s->rank], MPIU_REAL, border->gather, border->count,
                              border->displacement, MPIU_REAL, s->comm));
  s->bytes_sent += (size_t)border->count[s->rank] * sizeof(PetscReal) * (size_t)(s->size - 1);
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderFactor(KktBorder border, const PetscReal *const *schur, const PetscReal *dx,
                               const PetscReal *dc, FactorInertia *inertia, PetscBool *success)
{
  const Blocks    s   = border->blocks;
  const PetscInt *map = border->map, n = s->variables.n;

  PetscFunctionBeginUser;
  *inertia = (FactorInertia){0};
  *success = PETSC_TRUE;
  if (border->size == 0) PetscFunctionReturn(0);
  PetscCall(GatherTriangles(border, schur));
  PetscCall(PetscArrayzero(border->value, border->start[border->size]));
  for (PetscInt i = 0; i < border->size; i++) border->value[border->start[i]] = i < n ? dx[i] : -dc[i - n];
  for (PetscInt b = 0; b < s->n_blocks; b++) {
    const PetscReal *value = border->gather + border->place[b];

    for (PetscInt k = 0; k < TriangleSize(border, b); k++) border->value[*map++] += value[k];
  }
  PetscCall(FactorNumeric(border->factor, border->value, inertia, success));
  PetscFunctionReturn(0);
}

/* Adds the blocks' contributions to variables or rows. */
static PetscErrorCode AddReduced(KktBorder border, PetscBool rows, PetscReal *const *reduced, PetscReal *x)
{
  const Blocks s      = border->blocks;
  BorderItems *items  = rows ? &s->rows : &s->variables;
  PetscReal   *packed = items->packed;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < s->n_local; b++) {
    const Block   *block = &s->block[b];
    const PetscInt n     = rows ? block->n_rows : block->n_variables;

    PetscCall(PetscArraycpy(packed, reduced[b] + (rows ? block->n_variables : 0), n));
    packed += n;
  }
  PetscCall(BorderItemsAdd(s, items, x + (rows ? s->variables.n : 0)));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderSolve(KktBorder border, PetscReal *const *reduced, PetscReal *x)
{
  const Blocks s = border->blocks;

  PetscFunctionBeginUser;
  if (border->size == 0) PetscFunctionReturn(0);
  PetscCall(AddReduced(border, PETSC_FALSE, reduced, x));
  PetscCall(AddReduced(border, PETSC_TRUE, reduced, x));
  PetscCall(FactorForward(border->factor, x));
  PetscCall(FactorBackward(border->factor, x));
  for (PetscInt b = 0; b < s->n_local; b++) {
    const PetscInt  number = s->block[b].number, n = border->first[number + 1] - border->first[number];
    const PetscInt *u = border->unknown + border->first[number];

    for (PetscInt k = 0; k < n; k++) reduced[b][k] = x[u[k]];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderRaisePivotThreshold(KktBorder border, PetscBool *raised)
{
  PetscFunctionBeginUser;
  *raised = PETSC_FALSE;
  if (border->size) PetscCall(FactorRaisePivotThreshold(border->factor, raised));
  PetscFunctionReturn(0);
}

PetscErrorCode KktBorderResetPivotThreshold(KktBorder border)
{
  PetscFunctionBeginUser;
  if (border->size) PetscCall(FactorResetPivotThreshold(border->factor));
  PetscFunctionReturn(0);
}
