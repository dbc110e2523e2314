/* Cutting a block in stages: connectors by a greedy cover of the couplings between stages, and the parts that remain.
   */
#include "solver/kkt_split.h"

/* Cutting pays from this many stages on, and while connectors are a minority. */
static const PetscInt  fewest_stages   = 4;
static const PetscReal most_connectors = 1. / 3;
static const PetscReal fixed_width     = 1e-6; /* a variable with less room takes no part */

/* Where an unknown is eliminated. */
enum { HOME_BORDER = -2, HOME_CONNECTOR = -1 }; /* otherwise its stage */

/* Work on one block. Unknowns are the program's variables, then its rows. */
typedef struct {
  const Block *block;
  Program      program;
  PetscBool   *condensed; /* [m] */
  PetscInt     stages;    /* 1: not cut */
  PetscInt    *stage;     /* [n + m] -1: none */
  PetscInt    *home;      /* [n + m] stage or as above; of a condensed row the part to which it falls */
  PetscInt    *number;    /* [n + m] in the border's system, of border items and connectors */
  PetscInt    *row_start; /* [m + 1] Jacobian entries by rows */
  PetscInt    *row_entry; /* [jacobian_nnz] */
  PetscInt     n_couplings, capacity, *coupling; /* [2 n_couplings] pairs of interior unknowns of different stages */
  PetscInt    *degree;                           /* [n + m] couplings that are not covered yet */
} Cut;

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

static PetscErrorCode ListByRow(Cut *cut)
{
  const Program p = cut->program;
  PetscInt     *next;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(p->m + 1, &cut->row_start, p->jacobian_nnz, &cut->row_entry));
  PetscCall(PetscCalloc1(p->m, &next));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) cut->row_start[p->jacobian_row[k] + 1]++;
  for (PetscInt i = 0; i < p->m; i++) cut->row_start[i + 1] += cut->row_start[i];
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
    const PetscInt row = p->jacobian_row[k];

    cut->row_entry[cut->row_start[row] + next[row]++] = k;
  }
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

/* --- Connectors --- */

static PetscBool IsInterior(const Cut *cut, PetscInt u)
{
  return (PetscBool)(cut->home[u] >= 0);
}

/* Notes a coupling where both unknowns are interior and of different stages. */
static PetscErrorCode Couple(Cut *cut, PetscInt u, PetscInt v)
{
  PetscFunctionBeginUser;
  if (!IsInterior(cut, u) || !IsInterior(cut, v) || cut->stage[u] == cut->stage[v]) PetscFunctionReturn(0);
  if (cut->n_couplings == cut->capacity) {
    cut->capacity = PetscMax(256, 2 * cut->capacity);
    PetscCall(PetscRealloc((size_t)(2 * cut->capacity) * sizeof(PetscInt), &cut->coupling));
  }
  cut->coupling[2 * cut->n_couplings]       = u;
  cut->coupling[2 * cut->n_couplings++ + 1] = v;
  cut->degree[u]++;
  cut->degree[v]++;
  PetscFunctionReturn(0);
}

static PetscErrorCode ListCouplings(Cut *cut)
{
  const Program p = cut->program;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < p->hessian_nnz; k++) PetscCall(Couple(cut, p->hessian_row[k], p->hessian_column[k]));
  for (PetscInt i = 0; i < p->m; i++) {
    for (PetscInt a = cut->row_start[i]; a < cut->row_start[i + 1]; a++) {
      const PetscInt u = p->jacobian_column[cut->row_entry[a]];

      if (!cut->condensed[i]) PetscCall(Couple(cut, p->n + i, u));
      for (PetscInt b = cut->row_start[i]; cut->condensed[i] && b < a; b++)
        PetscCall(Couple(cut, u, p->jacobian_column[cut->row_entry[b]]));
    }
  }
  PetscFunctionReturn(0);
}

/* What is coupled to each unknown: other[start[u] .. start[u + 1] - 1]. The caller frees both. */
static PetscErrorCode ListNeighbours(const Cut *cut, PetscInt **start, PetscInt **other)
{
  const PetscInt size = cut->program->n + cut->program->m;
  PetscInt      *next;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(size + 1, start));
  PetscCall(PetscMalloc1(2 * cut->n_couplings, other));
  PetscCall(PetscMalloc1(size, &next));
  for (PetscInt u = 0; u < size; u++) {
    (*start)[u + 1] = (*start)[u] + cut->degree[u];
    next[u]         = (*start)[u];
  }
  for (PetscInt k = 0; k < 2 * cut->n_couplings; k++) (*other)[next[cut->coupling[k]]++] = cut->coupling[k ^ 1];
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

/* Takes the unknowns with the most couplings that are left, down to one; of equals the first, so that variables go
   before rows: every second output of a ramping generator, the energy before each hour, the row of a block of hours.
   */
static PetscErrorCode CoverCouplings(Cut *cut)
{
  const PetscInt size = cut->program->n + cut->program->m;
  PetscInt      *start, *other, most = 0;

  PetscFunctionBeginUser;
  PetscCall(ListNeighbours(cut, &start, &other));
  for (PetscInt u = 0; u < size; u++) most = PetscMax(most, cut->degree[u]);
  for (PetscInt degree = most; degree > 0; degree = degree > 16 ? PetscMax(16, degree / 2) : degree - 1) {
    for (PetscInt u = 0; u < size; u++) {
      if (cut->degree[u] < degree || cut->home[u] == HOME_CONNECTOR) continue;
      cut->home[u] = HOME_CONNECTOR;
      for (PetscInt k = start[u]; k < start[u + 1]; k++) cut->degree[other[k]]--;
    }
  }
  PetscCall(PetscFree(start));
  PetscCall(PetscFree(other));
  PetscFunctionReturn(0);
}

/* An equality without a free variable in its part would have nothing to be eliminated with: it goes up, too. */
static void HandUpBareRows(Cut *cut)
{
  const Program p = cut->program;

  for (PetscInt i = 0; i < p->m; i++) {
    PetscBool bare = PETSC_TRUE;

    if (cut->condensed[i] || cut->home[p->n + i] < 0 || p->gl[i] < p->gu[i]) continue;
    for (PetscInt a = cut->row_start[i]; a < cut->row_start[i + 1] && bare; a++) {
      const PetscInt j = p->jacobian_column[cut->row_entry[a]];

      bare = (PetscBool)(cut->home[j] < 0 || p->xu[j] - p->xl[j] <= fixed_width);
    }
    if (bare) cut->home[p->n + i] = HOME_CONNECTOR;
  }
}

/* --- Parts --- */

/* The part to which an entry falls: where it has an interior unknown, otherwise the later stage. */
static PetscInt PartOf(const Cut *cut, PetscInt u, PetscInt v)
{
  if (cut->home[u] >= 0) return cut->home[u];
  if (cut->home[v] >= 0) return cut->home[v];
  return PetscMax(0, PetscMax(cut->stage[u], cut->stage[v]));
}

static PetscInt HessianPart(const Cut *cut, PetscInt k)
{
  return PartOf(cut, cut->program->hessian_row[k], cut->program->hessian_column[k]);
}

static PetscInt JacobianPart(const Cut *cut, PetscInt k)
{
  const PetscInt row = cut->program->n + cut->program->jacobian_row[k];

  return PartOf(cut, row, cut->program->jacobian_column[k]);
}

/* Condensed rows fall to the part of an interior variable, if they have one. */
static void PlaceCondensed(Cut *cut)
{
  const Program p = cut->program;

  for (PetscInt i = 0; i < p->m; i++) {
    if (!cut->condensed[i]) continue;
    cut->home[p->n + i] = PetscMax(0, cut->stage[p->n + i]);
    for (PetscInt a = cut->row_start[i]; a < cut->row_start[i + 1]; a++) {
      const PetscInt home = cut->home[p->jacobian_column[cut->row_entry[a]]];

      if (home >= 0) cut->home[p->n + i] = home;
    }
  }
}

/* An unknown that stands in a part. */
typedef struct {
  PetscInt part, unknown;
} Touch;

static int CompareTouches(const void *p, const void *q)
{
  const Touch *a = p, *b = q;

  if (a->part != b->part) return a->part < b->part ? -1 : 1;
  return a->unknown < b->unknown ? -1 : a->unknown > b->unknown;
}

/* Sorts, and leaves each once. */
static PetscInt SortTouches(PetscInt n, Touch *touch)
{
  PetscInt kept = 0, sorted = PetscMin(n, 1);

  while (sorted < n && CompareTouches(&touch[sorted - 1], &touch[sorted]) < 0) sorted++;
  if (sorted == n) return n;
  qsort(touch, (size_t)n, sizeof *touch, CompareTouches);
  for (PetscInt k = 0; k < n; k++) {
    if (k == 0 || CompareTouches(&touch[k - 1], &touch[k])) touch[kept++] = touch[k];
  }
  return kept;
}

/* The part that brings in an unknown's diagonal and right-hand side; -1: the border does. */
static PetscInt OwnPart(const Cut *cut, PetscInt u)
{
  if (cut->home[u] == HOME_BORDER) return -1;
  return cut->home[u] >= 0 ? cut->home[u] : PetscMax(0, cut->stage[u]);
}

/* All that stands in parts: own unknowns and what entries meet. Ascending; the caller frees it. */
static PetscErrorCode ListTouches(const Cut *cut, PetscInt *n, Touch **touch)
{
  const Program  p    = cut->program;
  const PetscInt size = p->n + p->m;
  PetscInt      *last; /* the part that was noted last: most repetitions are told by it */

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(size + 2 * (p->hessian_nnz + p->jacobian_nnz), touch));
  PetscCall(PetscMalloc1(size, &last));
  for (PetscInt u = 0; u < size; u++) {
    last[u] = OwnPart(cut, u);
    if (last[u] >= 0) (*touch)[(*n)++] = (Touch){last[u], u};
  }
  for (PetscInt k = 0; k < p->hessian_nnz + p->jacobian_nnz; k++) {
    const PetscBool hessian = (PetscBool)(k < p->hessian_nnz);
    const PetscInt  j = k - p->hessian_nnz, part = hessian ? HessianPart(cut, k) : JacobianPart(cut, j);
    const PetscInt  end[2] = {hessian ? p->hessian_row[k] : p->n + p->jacobian_row[j],
                             hessian ? p->hessian_column[k] : p->jacobian_column[j]};

    for (int e = 0; e < 2; e++) {
      if (last[end[e]] == part) continue;
      last[end[e]]     = part;
      (*touch)[(*n)++] = (Touch){part, end[e]};
    }
  }
  PetscCall(PetscFree(last));
  *n = SortTouches(*n, *touch);
  PetscFunctionReturn(0);
}

/* Whether the cut costs less than the one dense matrix: each part's clique is eliminated in the border, against every
   coupling's update of all of the block's border. */
static PetscErrorCode IsWorthIt(const Cut *cut, PetscBool *worth)
{
  const Block *block  = cut->block;
  const double border = (double)(block->n_variables + block->n_rows);
  double       whole, parts = 0, touched = 0, connectors = 0, interior = 0;
  PetscInt     n;
  Touch       *touch;

  PetscFunctionBeginUser;
  for (PetscInt u = 0; u < cut->program->n + cut->program->m; u++) {
    connectors += cut->home[u] == HOME_CONNECTOR;
    interior += cut->home[u] >= 0;
  }
  PetscCall(ListTouches(cut, &n, &touch));
  for (PetscInt k = 0; k < n; k++) {
    touched += cut->home[touch[k].unknown] < 0;
    if (k + 1 < n && touch[k + 1].part == touch[k].part) continue;
    parts += touched * touched * touched;
    touched = 0;
  }
  PetscCall(PetscFree(touch));
  whole  = border * border * (connectors + border / 3);
  *worth = (PetscBool)(parts < whole && connectors <= most_connectors * (connectors + interior));
  PetscFunctionReturn(0);
}

/* --- The cut --- */

static PetscErrorCode CutCreate(const Block *block, const PetscBool *condense, Cut *cut)
{
  const Program p    = block->program;
  PetscInt      size = p->n + p->m;

  PetscFunctionBeginUser;
  *cut = (Cut){.block = block, .program = p};
  PetscCall(CheckPattern(p));
  PetscCall(
      PetscCalloc5(p->m, &cut->condensed, size, &cut->stage, size, &cut->home, size, &cut->number, size, &cut->degree));
  for (PetscInt i = 0; i < p->m; i++)
    cut->condensed[i] = (PetscBool)(condense && condense[block->row ? block->row[i] : i]);
  PetscCall(ListByRow(cut));
  PetscFunctionReturn(0);
}

static PetscErrorCode CutDestroy(Cut *cut)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(cut->condensed, cut->stage, cut->home, cut->number, cut->degree));
  PetscCall(PetscFree2(cut->row_start, cut->row_entry));
  PetscCall(PetscFree(cut->coupling));
  PetscFunctionReturn(0);
}

/* All in stages as the program says (by_stage), or all in one. */
static void SetHomes(Cut *cut, PetscBool by_stage)
{
  const Program p     = cut->program;
  const Block  *block = cut->block;

  cut->stages = 1;
  for (PetscInt u = 0; u < p->n + p->m; u++) {
    const PetscBool border = (PetscBool)(u < p->n ? block->variable_slot && block->variable_slot[u] >= 0
                                                  : block->row_slot && block->row_slot[u - p->n] >= 0);

    cut->stage[u] = by_stage ? p->stage[u] : 0;
    cut->home[u]  = cut->stage[u] < 0 ? HOME_CONNECTOR : cut->stage[u];
    cut->stages   = PetscMax(cut->stages, cut->stage[u] + 1);
    if (border) cut->home[u] = HOME_BORDER;
  }
}

static PetscErrorCode MakeCut(Cut *cut)
{
  PetscBool worth = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (cut->program->stage && cut->block->n_variables + cut->block->n_rows > 0) {
    SetHomes(cut, PETSC_TRUE);
    if (cut->stages >= fewest_stages) {
      PetscCall(ListCouplings(cut));
      PetscCall(CoverCouplings(cut));
      HandUpBareRows(cut);
      PlaceCondensed(cut);
      PetscCall(IsWorthIt(cut, &worth));
      if (worth) PetscFunctionReturn(0);
    }
  }
  SetHomes(cut, PETSC_FALSE);
  PetscFunctionReturn(0);
}

/* Numbers in the border's system; connectors behind its own unknowns. */
static PetscInt NumberBorder(Blocks s, Cut *cut)
{
  const Program  p              = cut->program;
  const Block   *block          = cut->block;
  const PetscInt first_variable = s->variable_start[s->n_local], first_row = s->row_start[s->n_local];
  PetscInt       connectors = 0;

  for (PetscInt u = 0; u < p->n + p->m; u++) {
    if (cut->home[u] == HOME_CONNECTOR) cut->number[u] = s->variables.n + s->rows.n + connectors++;
    if (cut->home[u] != HOME_BORDER) continue;
    cut->number[u] = u < p->n ? block->variable[u] - first_variable : s->variables.n + block->row[u - p->n] - first_row;
  }
  return connectors;
}

/* --- Parts from a cut --- */

/* The border unknowns among a part's unknowns, by their numbers. */
static PetscErrorCode ListBorder(const Cut *cut, PetscInt n, const Touch *touch, KktPart *part)
{
  PetscInt *slot = NULL;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) part->border += cut->home[touch[k].unknown] < 0;
  PetscCall(PetscMalloc1(part->border, &part->unknown));
  PetscCall(PetscMalloc1(part->border, &slot));
  for (PetscInt k = 0, at = 0; k < n; k++) {
    if (cut->home[touch[k].unknown] >= 0) continue;
    slot[at]            = k;
    part->unknown[at++] = cut->number[touch[k].unknown];
  }
  PetscCall(PetscSortIntWithArray(part->border, part->unknown, slot));
  for (PetscInt b = 0; b < part->border; b++) {
    if (slot[b] < part->n)
      part->variable_slot[slot[b]] = b;
    else
      part->row_slot[slot[b] - part->n] = b;
  }
  PetscCall(PetscFree(slot));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUpUnknowns(const Cut *cut, PetscInt number, PetscInt n, const Touch *touch, KktPart *part)
{
  const Program p     = cut->program;
  const Block  *block = cut->block;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) part->n += touch[k].unknown < p->n;
  part->m = n - part->n;
  PetscCall(PetscMalloc3(part->n, &part->variable, part->n, &part->variable_slot, part->n, &part->own_variable));
  PetscCall(
      PetscMalloc4(part->m, &part->row, part->m, &part->row_slot, part->m, &part->own_row, part->m, &part->condensed));
  if (p->group) PetscCall(PetscMalloc1(n, &part->group));
  for (PetscInt k = 0; k < n; k++) {
    const PetscInt  u = touch[k].unknown, i = u - p->n, at = k - part->n;
    const PetscBool own = (PetscBool)(OwnPart(cut, u) == number);

    if (p->group) part->group[k] = i >= 0 && p->gl[i] < p->gu[i] ? -1 : p->group[u];
    if (i < 0) {
      part->variable[k]      = block->variable ? block->variable[u] : u;
      part->variable_slot[k] = -1;
      part->own_variable[k]  = own;
    } else {
      part->row[at]       = block->row ? block->row[i] : i;
      part->row_slot[at]  = -1;
      part->own_row[at]   = own;
      part->condensed[at] = cut->condensed[i];
    }
  }
  PetscCall(ListBorder(cut, n, touch, part));
  PetscFunctionReturn(0);
}

/* Entries by parts: entry[start[p] .. start[p + 1] - 1] ascending, of the Hessian or the Jacobian. The caller frees
   both. */
static PetscErrorCode BucketEntries(const Cut *cut, PetscBool hessian, PetscInt **start, PetscInt **entry)
{
  const PetscInt nnz = hessian ? cut->program->hessian_nnz : cut->program->jacobian_nnz;
  PetscInt      *next;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(cut->stages + 1, start, nnz, entry));
  PetscCall(PetscMalloc1(cut->stages, &next));
  for (PetscInt k = 0; k < nnz; k++) (*start)[(hessian ? HessianPart : JacobianPart)(cut, k) + 1]++;
  for (PetscInt p = 0; p < cut->stages; p++) {
    (*start)[p + 1] += (*start)[p];
    next[p] = (*start)[p];
  }
  for (PetscInt k = 0; k < nnz; k++) (*entry)[next[(hessian ? HessianPart : JacobianPart)(cut, k)]++] = k;
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

/* local [n + m of the program]: place among the part's variables or rows. */
static PetscErrorCode SetUpEntries(const Cut *cut, const PetscInt *hessian, const PetscInt *jacobian,
                                   const PetscInt *local, KktPart *part)
{
  const Program p = cut->program;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(part->hessian_nnz, &part->hessian, part->hessian_nnz, &part->hessian_row, part->hessian_nnz,
                         &part->hessian_column));
  PetscCall(PetscMalloc3(part->jacobian_nnz, &part->jacobian, part->jacobian_nnz, &part->jacobian_row,
                         part->jacobian_nnz, &part->jacobian_column));
  for (PetscInt k = 0; k < part->hessian_nnz; k++) {
    part->hessian[k]        = cut->block->hessian + hessian[k];
    part->hessian_row[k]    = local[p->hessian_row[hessian[k]]];
    part->hessian_column[k] = local[p->hessian_column[hessian[k]]];
  }
  for (PetscInt k = 0; k < part->jacobian_nnz; k++) {
    part->jacobian[k]        = cut->block->jacobian + jacobian[k];
    part->jacobian_row[k]    = local[p->n + p->jacobian_row[jacobian[k]]];
    part->jacobian_column[k] = local[p->jacobian_column[jacobian[k]]];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeParts(const Cut *cut, KktSplit *split)
{
  const PetscInt size = cut->program->n + cut->program->m;
  PetscInt      *local, *start[2], *entry[2], n;
  Touch         *touch, *first;

  PetscFunctionBeginUser;
  split->n_parts = cut->stages;
  PetscCall(PetscCalloc1(split->n_parts, &split->part));
  PetscCall(PetscMalloc1(size, &local));
  PetscCall(ListTouches(cut, &n, &touch));
  for (int k = 0; k < 2; k++) PetscCall(BucketEntries(cut, (PetscBool)(k == 0), &start[k], &entry[k]));
  first = touch;
  for (PetscInt p = 0; p < split->n_parts; p++) {
    KktPart *part  = &split->part[p];
    PetscInt count = 0;

    while (first + count < touch + n && first[count].part == p) count++;
    PetscCall(SetUpUnknowns(cut, p, count, first, part));
    for (PetscInt k = 0; k < count; k++) local[first[k].unknown] = k < part->n ? k : k - part->n;
    part->hessian_nnz  = start[0][p + 1] - start[0][p];
    part->jacobian_nnz = start[1][p + 1] - start[1][p];
    PetscCall(SetUpEntries(cut, entry[0] + start[0][p], entry[1] + start[1][p], local, part));
    first += count;
  }
  for (int k = 0; k < 2; k++) PetscCall(PetscFree2(start[k], entry[k]));
  PetscCall(PetscFree(touch));
  PetscCall(PetscFree(local));
  PetscFunctionReturn(0);
}

PetscErrorCode KktSplitCreate(Blocks blocks, const Block *block, const PetscBool *condense, KktSplit *split)
{
  Cut cut;

  PetscFunctionBeginUser;
  PetscCall(CutCreate(block, condense, &cut));
  PetscCall(MakeCut(&cut));
  split->n_connectors = NumberBorder(blocks, &cut);
  PetscCall(MakeParts(&cut, split));
  PetscCall(CutDestroy(&cut));
  PetscFunctionReturn(0);
}

PetscErrorCode KktSplitDestroy(KktSplit *split)
{
  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < split->n_parts; p++) {
    KktPart *part = &split->part[p];

    PetscCall(PetscFree3(part->variable, part->variable_slot, part->own_variable));
    PetscCall(PetscFree4(part->row, part->row_slot, part->own_row, part->condensed));
    PetscCall(PetscFree(part->group));
    PetscCall(PetscFree(part->unknown));
    PetscCall(PetscFree3(part->hessian, part->hessian_row, part->hessian_column));
    PetscCall(PetscFree3(part->jacobian, part->jacobian_row, part->jacobian_column));
  }
  PetscCall(PetscFree(split->part));
  PetscFunctionReturn(0);
}
