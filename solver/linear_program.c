/* Sparse linear programs: growing arrays, rows put together, points tested. */
#include "solver/linear_program.h"

#include <math.h>
#include <string.h>

PetscErrorCode LinearProgramCreate(LinearProgram *program)
{
  LinearProgram p;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&p));
  PetscCall(PetscMalloc1(1, &p->start));
  p->start[0] = 0;
  *program    = p;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearProgramDestroy(LinearProgram *program)
{
  LinearProgram p = *program;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  PetscCall(PetscFree(p->cost));
  PetscCall(PetscFree(p->quadratic));
  PetscCall(PetscFree(p->lower));
  PetscCall(PetscFree(p->upper));
  PetscCall(PetscFree(p->variable));
  PetscCall(PetscFree(p->row_lower));
  PetscCall(PetscFree(p->row_upper));
  PetscCall(PetscFree(p->row));
  PetscCall(PetscFree(p->start));
  PetscCall(PetscFree(p->column));
  PetscCall(PetscFree(p->value));
  PetscCall(PetscFree(p));
  *program = NULL;
  PetscFunctionReturn(0);
}

/* At least `need`, and half as much again as there was, so that additions cost constant time each. */
static PetscInt Capacity(PetscInt old, PetscInt need)
{
  PetscInt half = old / 2 < PETSC_MAX_INT - old ? old + old / 2 : PETSC_MAX_INT;

  return PetscMax(PetscMax(need, half), 64);
}

static PetscErrorCode GrowVariables(LinearProgram p, PetscInt count)
{
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCheck(count <= PETSC_MAX_INT - p->n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Too many variables");
  if (p->n + count <= p->n_capacity) PetscFunctionReturn(0);
  n = Capacity(p->n_capacity, p->n + count);
  PetscCall(PetscRealloc((size_t)n * sizeof(PetscReal), &p->cost));
  PetscCall(PetscRealloc((size_t)n * sizeof(PetscReal), &p->quadratic));
  PetscCall(PetscRealloc((size_t)n * sizeof(PetscReal), &p->lower));
  PetscCall(PetscRealloc((size_t)n * sizeof(PetscReal), &p->upper));
  PetscCall(PetscRealloc((size_t)n * sizeof(LinearLabel), &p->variable));
  p->n_capacity = n;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearProgramAddVariables(LinearProgram program, PetscInt count, LinearLabel label, PetscReal lower,
                                         PetscReal upper, PetscInt *first)
{
  PetscInt i, k;

  PetscFunctionBeginUser;
  PetscCall(GrowVariables(program, count));
  for (k = 0; k < count; k++) {
    i                     = program->n + k;
    program->cost[i]      = 0;
    program->quadratic[i] = 0;
    program->lower[i]     = lower;
    program->upper[i]     = upper;
    program->variable[i]  = label;
    if (label.stage >= 0) program->variable[i].stage = label.stage + k;
  }
  if (first) *first = program->n;
  program->n += count;
  PetscFunctionReturn(0);
}

static PetscErrorCode GrowRows(LinearProgram p, PetscInt count)
{
  PetscInt m, nnz = p->start[p->m];

  PetscFunctionBeginUser;
  if (p->m + 1 > p->m_capacity) {
    m = Capacity(p->m_capacity, p->m + 1);
    PetscCall(PetscRealloc((size_t)m * sizeof(PetscReal), &p->row_lower));
    PetscCall(PetscRealloc((size_t)m * sizeof(PetscReal), &p->row_upper));
    PetscCall(PetscRealloc((size_t)m * sizeof(LinearLabel), &p->row));
    PetscCall(PetscRealloc(((size_t)m + 1) * sizeof(PetscInt), &p->start));
    p->m_capacity = m;
  }
  PetscCheck(count <= PETSC_MAX_INT - nnz, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Too many entries");
  if (nnz + count > p->nnz_capacity) {
    p->nnz_capacity = Capacity(p->nnz_capacity, nnz + count);
    PetscCall(PetscRealloc((size_t)p->nnz_capacity * sizeof(PetscInt), &p->column));
    PetscCall(PetscRealloc((size_t)p->nnz_capacity * sizeof(PetscReal), &p->value));
  }
  PetscFunctionReturn(0);
}

/* Puts the entries of a row in ascending order of columns: most rows have a handful of entries or come ascending. */
static PetscErrorCode SortEntries(PetscInt count, PetscInt *column, PetscReal *value)
{
  PetscInt i, j;

  PetscFunctionBeginUser;
  for (i = 1; i < count && column[i - 1] < column[i]; i++) {}
  if (i >= count) PetscFunctionReturn(0);
  if (count > 32) {
    PetscReal work;
    PetscCall(PetscSortIntWithDataArray(count, column, value, sizeof(PetscReal), &work));
    PetscFunctionReturn(0);
  }
  for (; i < count; i++) {
    const PetscInt  c = column[i];
    const PetscReal v = value[i];
    for (j = i; j > 0 && column[j - 1] > c; j--) {
      column[j] = column[j - 1];
      value[j]  = value[j - 1];
    }
    column[j] = c;
    value[j]  = v;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LinearProgramAddRow(LinearProgram program, LinearLabel label, PetscReal lower, PetscReal upper,
                                   PetscInt count, const PetscInt *column, const PetscReal *value, PetscInt *index)
{
  PetscInt   k, end, row = program->m;
  PetscInt  *to;
  PetscReal *of;

  PetscFunctionBeginUser;
  PetscCall(GrowRows(program, count));
  to = program->column + program->start[row];
  of = program->value + program->start[row];
  if (count) {
    PetscCall(PetscArraycpy(to, column, count));
    PetscCall(PetscArraycpy(of, value, count));
    PetscCall(SortEntries(count, to, of));
  }
  for (k = 0, end = 0; k < count;) {
    const PetscInt c   = to[k];
    PetscReal      sum = of[k++];
    while (k < count && to[k] == c) sum += of[k++];
    if (sum == 0) continue;
    to[end]   = c;
    of[end++] = sum;
  }
  program->row_lower[row] = lower;
  program->row_upper[row] = upper;
  program->row[row]       = label;
  program->m              = row + 1;
  program->start[row + 1] = program->start[row] + end;
  if (index) *index = row;
  PetscFunctionReturn(0);
}

PetscReal LinearProgramObjective(LinearProgram program, const PetscReal *x)
{
  PetscReal sum = program->constant;
  PetscInt  i;

  for (i = 0; i < program->n; i++) sum += (program->cost[i] + 0.5 * program->quadratic[i] * x[i]) * x[i];
  return sum;
}

static PetscReal Outside(PetscReal value, PetscReal lower, PetscReal upper)
{
  return PetscMax(PetscMax(lower - value, value - upper), 0);
}

void LinearProgramViolation(LinearProgram program, const PetscReal *x, PetscReal *rows, PetscReal *bounds)
{
  PetscReal worst = 0;
  PetscInt  i, k;

  for (i = 0; i < program->m && rows; i++) {
    PetscReal sum = 0;
    for (k = program->start[i]; k < program->start[i + 1]; k++) sum += program->value[k] * x[program->column[k]];
    worst = PetscMax(worst, Outside(sum, program->row_lower[i], program->row_upper[i]));
  }
  if (rows) *rows = worst;
  for (worst = 0, i = 0; i < program->n && bounds; i++)
    worst = PetscMax(worst, Outside(x[i], program->lower[i], program->upper[i]));
  if (bounds) *bounds = worst;
}
