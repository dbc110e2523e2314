/* Scaling: rows and columns to largest entries near one (Ruiz 2001), then right-hand sides and costs to a mean size of one. Powers of
   two, so that nothing is rounded. */
#include "solver/linear_scale.h"

#include <math.h>

static const int rounds = 6;

static PetscReal PowerOfTwo(PetscReal value)
{
  return value > 0 && isfinite(value) ? ldexp(1, (int)lround(log2(value))) : 1;
}

/* Largest entries of rows and columns as scaled so far. */
static void MeasureEntries(LinearProgram p, const LinearScale *s, PetscReal *row, PetscReal *column)
{
  for (PetscInt j = 0; j < p->n; j++) column[j] = 0;
  for (PetscInt i = 0; i < p->m; i++) {
    row[i] = 0;
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      const PetscReal v = fabs(p->value[k]) * s->row[i] * s->column[p->column[k]];

      row[i]               = PetscMax(row[i], v);
      column[p->column[k]] = PetscMax(column[p->column[k]], v);
    }
  }
}

static PetscErrorCode Equilibrate(LinearProgram p, LinearScale *s)
{
  PetscReal *row, *column;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(p->m + 1, &row, p->n + 1, &column));
  for (int round = 0; round < rounds; round++) {
    MeasureEntries(p, s, row, column);
    for (PetscInt i = 0; i < p->m; i++) s->row[i] /= row[i] > 0 ? sqrt(row[i]) : 1;
    for (PetscInt j = 0; j < p->n; j++) s->column[j] /= column[j] > 0 ? sqrt(column[j]) : 1;
  }
  for (PetscInt i = 0; i < p->m; i++) s->row[i] = PowerOfTwo(s->row[i]);
  for (PetscInt j = 0; j < p->n; j++) s->column[j] = PowerOfTwo(s->column[j]);
  PetscCall(PetscFree2(row, column));
  PetscFunctionReturn(0);
}

typedef struct {
  double   logarithms;
  PetscInt count;
} Mean;

static void MeanAdd(Mean *mean, PetscReal value)
{
  if (value == 0 || !isfinite(value)) return;
  mean->logarithms += log2(fabs(value));
  mean->count++;
}

static PetscReal MeanTake(const Mean *mean)
{
  return mean->count > 0 ? ldexp(1, (int)lround(mean->logarithms / mean->count)) : 1;
}

static void ScaleSides(LinearProgram p, LinearScale *s)
{
  Mean rows = {0}, bounds = {0}, costs = {0};

  for (PetscInt i = 0; i < p->m; i++) {
    p->row_lower[i] *= s->row[i];
    p->row_upper[i] *= s->row[i];
    MeanAdd(&rows, p->row_lower[i]);
    if (p->row_upper[i] != p->row_lower[i]) MeanAdd(&rows, p->row_upper[i]);
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) p->value[k] *= s->row[i] * s->column[p->column[k]];
  }
  for (PetscInt j = 0; j < p->n; j++) {
    p->lower[j] /= s->column[j];
    p->upper[j] /= s->column[j];
    p->cost[j] *= s->column[j];
    p->quadratic[j] *= s->column[j] * s->column[j];
    MeanAdd(&bounds, p->lower[j]);
    MeanAdd(&bounds, p->upper[j]);
    MeanAdd(&costs, p->cost[j]);
  }
  s->rhs       = MeanTake(rows.count > 0 ? &rows : &bounds);
  s->objective = MeanTake(&costs);
  for (PetscInt i = 0; i < p->m; i++) {
    p->row_lower[i] /= s->rhs;
    p->row_upper[i] /= s->rhs;
  }
  for (PetscInt j = 0; j < p->n; j++) {
    p->lower[j] /= s->rhs;
    p->upper[j] /= s->rhs;
    p->cost[j] /= s->objective;
    p->quadratic[j] *= s->rhs / s->objective;
  }
}

PetscErrorCode LinearScaleProgram(LinearProgram p, LinearScale *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(p->m + 1, &s->row, p->n + 1, &s->column));
  for (PetscInt i = 0; i < p->m; i++) s->row[i] = 1;
  for (PetscInt j = 0; j < p->n; j++) s->column[j] = 1;
  PetscCall(Equilibrate(p, s));
  ScaleSides(p, s);
  PetscFunctionReturn(0);
}

PetscErrorCode LinearScaleDestroy(LinearScale *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(s->row, s->column));
  PetscFunctionReturn(0);
}

void LinearScaleBack(const LinearScale *s, PetscInt n, PetscInt m, PetscReal *x, PetscReal *y, PetscReal *z)
{
  for (PetscInt j = 0; j < n; j++) {
    x[j] *= s->column[j] * s->rhs;
    z[j] *= s->objective / s->column[j];
  }
  for (PetscInt i = 0; i < m; i++) y[i] *= s->objective * s->row[i];
}
