/* Blocks of time: which variables and rows are interior to which block, and products with the matrix over ranks. */
#include "solver/linear_parts.h"

typedef struct {
  LinearProgram program;
  PetscInt      n_blocks;
  PetscInt     *variable, *row; /* [n], [m] block; n_blocks: border */
  PetscInt     *flat_variable, *flat_row;
} Assignment;

/* Rows with more entries than this in variables of other blocks go to the border themselves. */
static const PetscInt most_foreign = 4;

static void AssignByStage(Assignment *s)
{
  const LinearProgram p      = s->program;
  PetscInt            stages = 0;

  for (PetscInt j = 0; j < p->n; j++) stages = PetscMax(stages, p->variable[j].stage + 1);
  for (PetscInt i = 0; i < p->m; i++) stages = PetscMax(stages, p->row[i].stage + 1);
  for (PetscInt j = 0; j < p->n; j++) {
    const PetscInt stage = p->variable[j].stage;

    s->variable[j] = s->n_blocks == 1 ? 0
                     : stage < 0      ? s->n_blocks
                                      : (PetscInt)((PetscInt64)stage * s->n_blocks / stages);
  }
  for (PetscInt i = 0; i < p->m; i++) {
    const PetscInt stage = p->row[i].stage;

    s->row[i] = s->n_blocks == 1 ? 0 : stage < 0 ? s->n_blocks : (PetscInt)((PetscInt64)stage * s->n_blocks / stages);
  }
}

/* Variables that rows of other blocks use become the border's, or the rows where there are many. */
static void AssignCuts(Assignment *s)
{
  const LinearProgram p = s->program;

  for (PetscInt i = 0; i < p->m; i++) {
    PetscInt foreign = 0;

    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++)
      foreign += s->variable[p->column[k]] != s->row[i] && s->variable[p->column[k]] < s->n_blocks;
    if (foreign > most_foreign) s->row[i] = s->n_blocks;
    if (s->row[i] == s->n_blocks) continue;
    for (PetscInt k = p->start[i]; k < p->start[i + 1] && foreign > 0; k++) {
      if (s->variable[p->column[k]] != s->row[i]) s->variable[p->column[k]] = s->n_blocks;
    }
  }
}

static PetscErrorCode Assign(LinearProgram program, PetscInt blocks, Assignment *s)
{
  PetscFunctionBeginUser;
  s->program  = program;
  s->n_blocks = blocks;
  PetscCall(PetscMalloc2(program->n + 1, &s->variable, program->m + 1, &s->row));
  AssignByStage(s);
  if (blocks > 1) AssignCuts(s);
  PetscFunctionReturn(0);
}

static PetscInt Occurrences(PetscInt n, const PetscInt *list, PetscInt value)
{
  PetscInt found = 0;

  for (PetscInt k = 0; k < n; k++) found += list[k] == value;
  return found;
}

static void CountTimeless(LinearProgram p, PetscInt *stages, PetscInt *timeless)
{
  *stages = *timeless = 0;
  for (PetscInt j = 0; j < p->n; j++) {
    *stages = PetscMax(*stages, p->variable[j].stage + 1);
    *timeless += p->variable[j].stage < 0;
  }
  for (PetscInt i = 0; i < p->m; i++) *timeless += p->row[i].stage < 0;
}

static const PetscInt candidate[] = {24, 12, 8, 6, 4, 3, 2};

/* Whether hundreds of capacities meet few hours (a network whose lines may all be extended): an elimination over places is then far
   cheaper than one that keeps the capacities to the end. */
static PetscBool IsOfPlaces(PetscInt stages, PetscInt timeless)
{
  return (PetscBool)(timeless > 50 * stages);
}

/* Whether the border stays small beside each block, and what the cuts add to it beside what is of no time. */
static PetscBool Suits(PetscInt timeless, double unknowns, double border, PetscInt blocks)
{
  return (PetscBool)(border - timeless <= PetscMax(timeless, 1000) && border <= unknowns / blocks / 8);
}

/* As many blocks as suit. */
PetscErrorCode LinearPartsChoose(LinearProgram program, PetscInt *blocks)
{
  PetscInt stages, timeless;

  PetscFunctionBeginUser;
  *blocks = 1;
  CountTimeless(program, &stages, &timeless);
  if (IsOfPlaces(stages, timeless)) PetscFunctionReturn(0);
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(candidate) && *blocks == 1; c++) {
    Assignment s = {0};
    PetscInt   border;

    if (stages < 20 * candidate[c]) continue;
    PetscCall(Assign(program, candidate[c], &s));
    border = Occurrences(program->n, s.variable, candidate[c]) + Occurrences(program->m, s.row, candidate[c]);
    PetscCall(PetscFree2(s.variable, s.row));
    if (Suits(timeless, program->n + program->m, border, candidate[c])) *blocks = candidate[c];
  }
  PetscFunctionReturn(0);
}

PetscInt LinearPartsForesee(PetscInt stages, PetscInt timeless, double unknowns, PetscInt cut, PetscInt always)
{
  if (IsOfPlaces(stages, timeless)) return 1;
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(candidate); c++) {
    const double border = timeless + always + (double)(candidate[c] - 1) * cut;

    if (stages >= 20 * candidate[c] && Suits(timeless, unknowns, border, candidate[c])) return candidate[c];
  }
  return 1;
}

/* Interiors of the blocks on this rank, then the border, each in the program's order. */
static PetscErrorCode Number(LinearParts parts, PetscInt count, const PetscInt *block, PetscInt **start,
                             PetscInt **item, PetscInt *flat)
{
  PetscInt *next, *size;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(parts->n_blocks + 2, &size));
  PetscCall(PetscCalloc1(parts->n_local + 2, start));
  PetscCall(PetscCalloc1(parts->n_local + 2, &next));
  for (PetscInt i = 0; i < count; i++) size[block[i]]++;
  for (PetscInt b = 0; b <= parts->n_local; b++)
    (*start)[b + 1] = (*start)[b] + size[b < parts->n_local ? parts->first + b : parts->n_blocks];
  for (PetscInt b = 0; b <= parts->n_local; b++) next[b] = (*start)[b];
  PetscCall(PetscMalloc1((*start)[parts->n_local + 1] + 1, item));
  for (PetscInt i = 0; i < count; i++) {
    PetscInt b = block[i] == parts->n_blocks ? parts->n_local : block[i] - parts->first;

    if (b < 0 || (b >= parts->n_local && block[i] < parts->n_blocks)) {
      flat[i] = -1;
      continue;
    }
    flat[i]          = next[b]++;
    (*item)[flat[i]] = i;
  }
  PetscCall(PetscFree(size));
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeEntries(LinearParts parts, const Assignment *s)
{
  const LinearProgram p   = s->program;
  PetscInt            nnz = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(parts->m + 1, &parts->a.start));
  for (PetscInt i = 0; i < parts->m; i++) {
    for (PetscInt k = p->start[parts->row[i]]; k < p->start[parts->row[i] + 1]; k++)
      nnz += s->flat_variable[p->column[k]] >= 0;
  }
  PetscCall(PetscMalloc2(nnz + 1, &parts->a.column, nnz + 1, &parts->a.value));
  nnz = 0;
  for (PetscInt i = 0; i < parts->m; i++) {
    parts->a.start[i] = nnz;
    for (PetscInt k = p->start[parts->row[i]]; k < p->start[parts->row[i] + 1]; k++) {
      const PetscInt j = s->flat_variable[p->column[k]];

      if (j < 0) continue;
      parts->a.column[nnz]  = j;
      parts->a.value[nnz++] = p->value[k];
    }
  }
  parts->a.start[parts->m] = nnz;
  PetscFunctionReturn(0);
}

static PetscErrorCode Transpose(PetscInt m, PetscInt n, const LinearRows *a, LinearRows *t)
{
  const PetscInt nnz = a->start[m];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 2, &t->start));
  PetscCall(PetscMalloc2(nnz + 1, &t->column, nnz + 1, &t->value));
  for (PetscInt k = 0; k < nnz; k++) t->start[a->column[k] + 2]++;
  for (PetscInt j = 0; j < n; j++) t->start[j + 2] += t->start[j + 1];
  for (PetscInt i = 0; i < m; i++) {
    for (PetscInt k = a->start[i]; k < a->start[i + 1]; k++) {
      const PetscInt to = t->start[a->column[k] + 1]++;

      t->column[to] = i;
      t->value[to]  = a->value[k];
    }
  }
  PetscFunctionReturn(0);
}

/* Columns ascend in each row of the flat matrix: those of a block's rows do by construction except that border variables come
   last, so rows are sorted where needed by transposing twice. */
static PetscErrorCode SetUpMatrices(LinearParts parts, const Assignment *s)
{
  PetscFunctionBeginUser;
  PetscCall(TakeEntries(parts, s));
  PetscCall(Transpose(parts->m, parts->n, &parts->a, &parts->t));
  PetscCall(PetscFree(parts->a.start));
  PetscCall(PetscFree2(parts->a.column, parts->a.value));
  PetscCall(Transpose(parts->n, parts->m, &parts->t, &parts->a));
  PetscFunctionReturn(0);
}

static PetscErrorCode Distribute(LinearParts parts)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(parts->size, &parts->blocks_of, parts->size, &parts->displacement));
  for (PetscMPIInt r = 0; r < parts->size; r++) {
    parts->displacement[r] = (PetscMPIInt)((PetscInt64)parts->n_blocks * r / parts->size);
    parts->blocks_of[r] = (PetscMPIInt)((PetscInt64)parts->n_blocks * (r + 1) / parts->size) - parts->displacement[r];
  }
  parts->first   = parts->displacement[parts->rank];
  parts->n_local = parts->blocks_of[parts->rank];
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsCreate(MPI_Comm comm, LinearProgram program, PetscInt blocks, LinearParts *parts)
{
  Assignment  s = {0};
  LinearParts p;
  PetscInt    count;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&p));
  *parts = p;
  PetscCallMPI(MPI_Comm_dup(comm, &p->comm));
  PetscCallMPI(MPI_Comm_size(p->comm, &p->size));
  PetscCallMPI(MPI_Comm_rank(p->comm, &p->rank));
  p->n_blocks = blocks;
  p->n_total  = program->n;
  p->m_total  = program->m;
  PetscCall(Distribute(p));
  PetscCall(Assign(program, blocks, &s));
  PetscCall(PetscMalloc2(program->n + 1, &s.flat_variable, program->m + 1, &s.flat_row));
  PetscCall(Number(p, program->n, s.variable, &p->variable_start, &p->variable, s.flat_variable));
  PetscCall(Number(p, program->m, s.row, &p->row_start, &p->row, s.flat_row));
  p->n                = p->variable_start[p->n_local + 1];
  p->m                = p->row_start[p->n_local + 1];
  p->border_variables = p->n - p->variable_start[p->n_local];
  p->border_rows      = p->m - p->row_start[p->n_local];
  PetscCall(SetUpMatrices(p, &s));
  PetscCall(PetscFree2(s.variable, s.row));
  PetscCall(PetscFree2(s.flat_variable, s.flat_row));
  count = PetscMax(p->border_variables, p->border_rows) + 1;
  PetscCall(PetscMalloc2((size_t)count * (size_t)(p->n_local + 1), &p->partial, count, &p->sums));
  PetscFunctionReturn(0);
}

static PetscErrorCode RowsDestroy(LinearRows *rows)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(rows->start));
  PetscCall(PetscFree2(rows->column, rows->value));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsDestroy(LinearParts *parts)
{
  LinearParts p = *parts;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  PetscCall(RowsDestroy(&p->a));
  PetscCall(RowsDestroy(&p->t));
  PetscCall(PetscFree(p->variable_start));
  PetscCall(PetscFree(p->row_start));
  PetscCall(PetscFree(p->variable));
  PetscCall(PetscFree(p->row));
  PetscCall(PetscFree2(p->blocks_of, p->displacement));
  PetscCall(PetscFree2(p->partial, p->sums));
  PetscCall(PetscFree(p->gathered));
  PetscCallMPI(MPI_Comm_free(&p->comm));
  PetscCall(PetscFree(*parts));
  PetscFunctionReturn(0);
}

/* Counts and places of what each rank brings, `count` of each block. */
static PetscErrorCode GatherBlocks(LinearParts p, PetscInt count, const PetscReal *partial)
{
  PetscMPIInt *counts, *places;

  PetscFunctionBeginUser;
  if (p->gathered_size < count * p->n_blocks) {
    PetscCall(PetscFree(p->gathered));
    p->gathered_size = count * p->n_blocks;
    PetscCall(PetscMalloc1(p->gathered_size, &p->gathered));
  }
  PetscCall(PetscMalloc2(p->size, &counts, p->size, &places));
  for (PetscMPIInt r = 0; r < p->size; r++) {
    counts[r] = p->blocks_of[r] * (PetscMPIInt)count;
    places[r] = p->displacement[r] * (PetscMPIInt)count;
  }
  PetscCallMPI(MPI_Allgatherv(partial, counts[p->rank], MPIU_REAL, p->gathered, counts, places, MPIU_REAL, p->comm));
  PetscCall(PetscFree2(counts, places));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsSum(LinearParts p, PetscInt count, const PetscReal *partial, PetscReal *sum)
{
  const PetscReal *const own = partial + (size_t)p->n_local * (size_t)count;

  PetscFunctionBeginUser;
  if (count == 0) PetscFunctionReturn(0);
  if (p->size > 1) PetscCall(GatherBlocks(p, count, partial));
  const PetscReal *from = p->size > 1 ? p->gathered : partial;

  for (PetscInt k = 0; k < count; k++) sum[k] = 0;
  for (PetscInt b = 0; b < p->n_blocks; b++, from += count) {
    for (PetscInt k = 0; k < count; k++) sum[k] += from[k];
  }
  for (PetscInt k = 0; k < count; k++) sum[k] += own[k];
  PetscFunctionReturn(0);
}

/* out [rows] = entries times v; the last `border` rows are sums over parts, which begin at begin [n_local + 2] in v. */
static PetscErrorCode Multiply(LinearParts p, const LinearRows *rows, PetscInt n_rows, PetscInt border,
                               const PetscInt *begin, const PetscReal *v, PetscReal *out)
{
  const PetscInt inner = n_rows - border;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < inner; i++) {
    PetscReal sum = 0;

    for (PetscInt k = rows->start[i]; k < rows->start[i + 1]; k++) sum += rows->value[k] * v[rows->column[k]];
    out[i] = sum;
  }
  if (border == 0) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < border; i++) {
    PetscInt k = rows->start[inner + i];

    for (PetscInt part = 0; part <= p->n_local; part++) {
      PetscReal sum = 0;

      for (; k < rows->start[inner + i + 1] && rows->column[k] < begin[part + 1]; k++)
        sum += rows->value[k] * v[rows->column[k]];
      p->partial[(size_t)part * (size_t)border + (size_t)i] = sum;
    }
  }
  PetscCall(LinearPartsSum(p, border, p->partial, out + inner));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsMultiply(LinearParts p, const PetscReal *x, PetscReal *out)
{
  PetscFunctionBeginUser;
  PetscCall(Multiply(p, &p->a, p->m, p->border_rows, p->variable_start, x, out));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsMultiplyTransposed(LinearParts p, const PetscReal *y, PetscReal *out)
{
  PetscFunctionBeginUser;
  PetscCall(Multiply(p, &p->t, p->n, p->border_variables, p->row_start, y, out));
  PetscFunctionReturn(0);
}

static PetscErrorCode Gather(LinearParts p, PetscInt total, PetscInt inner, PetscInt border, const PetscInt *item,
                             const PetscReal *flat, PetscReal *out)
{
  PetscMPIInt *count, *place, mine = (PetscMPIInt)inner;
  PetscInt    *all;
  PetscReal   *values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(p->size, &count, p->size, &place, total + 1, &all, total + 1, &values));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, count, 1, MPI_INT, p->comm));
  place[0] = 0;
  for (PetscMPIInt r = 1; r < p->size; r++) place[r] = place[r - 1] + count[r - 1];
  PetscCallMPI(MPI_Allgatherv(item, mine, MPIU_INT, all, count, place, MPIU_INT, p->comm));
  PetscCallMPI(MPI_Allgatherv(flat, mine, MPIU_REAL, values, count, place, MPIU_REAL, p->comm));
  for (PetscInt k = 0; k < place[p->size - 1] + count[p->size - 1]; k++) out[all[k]] = values[k];
  for (PetscInt k = inner; k < inner + border; k++) out[item[k]] = flat[k];
  PetscCall(PetscFree4(count, place, all, values));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsGatherVariables(LinearParts p, const PetscReal *flat, PetscReal *x)
{
  PetscFunctionBeginUser;
  PetscCall(Gather(p, p->n_total, p->n - p->border_variables, p->border_variables, p->variable, flat, x));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPartsGatherRows(LinearParts p, const PetscReal *flat, PetscReal *y)
{
  PetscFunctionBeginUser;
  PetscCall(Gather(p, p->m_total, p->m - p->border_rows, p->border_rows, p->row, flat, y));
  PetscFunctionReturn(0);
}
