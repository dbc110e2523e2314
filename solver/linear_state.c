/* Iterate and residuals of the interior point for linear programs. */
#include "solver/linear_state.h"

#include <math.h>

PetscErrorCode LinearDirectionCreate(const LinearState *s, LinearDirection *d)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc4(s->size + 1, &d->v, s->m + 1, &d->y, s->size + 1, &d->zl, s->size + 1, &d->zu));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearDirectionDestroy(LinearDirection *d)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(d->v, d->y, d->zl, d->zu));
  PetscFunctionReturn(0);
}

static PetscErrorCode Allocate(LinearState *s)
{
  const PetscInt n = s->n + 1, m = s->m + 1, size = s->size + 1;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(size, &s->kind));
  PetscCall(PetscCalloc6(n, &s->cost, n, &s->quadratic, size, &s->lower, size, &s->upper, m, &s->row_unit, n,
                         &s->column_unit));
  PetscCall(PetscCalloc6(size, &s->v, m, &s->y, size, &s->zl, size, &s->zu, size, &s->wl, size, &s->wu));
  PetscCall(PetscCalloc5(m, &s->primal, size, &s->dual, size, &s->below, size, &s->above, n, &s->transposed));
  PetscCall(PetscCalloc5(size, &s->theta, n, &s->dx, m, &s->dy, size, &s->targetl, size, &s->targetu));
  PetscCall(PetscCalloc6(n, &s->a, m, &s->b, n, &s->ra, m, &s->rb, n, &s->sa, m, &s->sb));
  PetscCall(PetscCalloc2(n, &s->ca, m, &s->cb));
  PetscCall(PetscCalloc1((s->parts->n_local + 1) * SUMS, &s->partial));
  PetscCall(LinearDirectionCreate(s, &s->step));
  PetscCall(LinearDirectionCreate(s, &s->correction));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearStateDestroy(LinearState *s)
{
  PetscFunctionBeginUser;
  PetscCall(LinearKktDestroy(&s->kkt));
  PetscCall(LinearPartsDestroy(&s->parts));
  PetscCall(PetscFree(s->kind));
  PetscCall(PetscFree6(s->cost, s->quadratic, s->lower, s->upper, s->row_unit, s->column_unit));
  PetscCall(PetscFree6(s->v, s->y, s->zl, s->zu, s->wl, s->wu));
  PetscCall(PetscFree5(s->primal, s->dual, s->below, s->above, s->transposed));
  PetscCall(PetscFree5(s->theta, s->dx, s->dy, s->targetl, s->targetu));
  PetscCall(PetscFree6(s->a, s->b, s->ra, s->rb, s->sa, s->sb));
  PetscCall(PetscFree2(s->ca, s->cb));
  PetscCall(PetscFree(s->partial));
  PetscCall(LinearDirectionDestroy(&s->step));
  PetscCall(LinearDirectionDestroy(&s->correction));
  PetscFunctionReturn(0);
}

/* Largest right-hand side and cost in original units, over the whole program. */
static void MeasureNorms(LinearState *s, LinearProgram p, const LinearScale *scale)
{
  for (PetscInt j = 0; j < p->n; j++)
    s->cost_norm = PetscMax(s->cost_norm, fabs(p->cost[j]) * scale->objective / scale->column[j]);
  for (PetscInt i = 0; i < p->m; i++) {
    const PetscReal unit = scale->rhs / scale->row[i];

    if (isfinite(p->row_lower[i])) s->rhs_norm = PetscMax(s->rhs_norm, fabs(p->row_lower[i]) * unit);
    if (isfinite(p->row_upper[i])) s->rhs_norm = PetscMax(s->rhs_norm, fabs(p->row_upper[i]) * unit);
  }
}

static void TakeProgram(LinearState *s, LinearProgram p, const LinearScale *scale)
{
  for (PetscInt k = 0; k < s->n; k++) {
    const PetscInt j = s->parts->variable[k];

    s->cost[k]        = p->cost[j];
    s->quadratic[k]   = p->quadratic[j];
    s->lower[k]       = p->lower[j];
    s->upper[k]       = p->upper[j];
    s->column_unit[k] = scale->objective / scale->column[j];
  }
  for (PetscInt k = 0; k < s->m; k++) {
    const PetscInt i = s->parts->row[k];

    s->lower[s->n + k] = p->row_lower[i];
    s->upper[s->n + k] = p->row_upper[i];
    s->row_unit[k]     = scale->rhs / scale->row[i];
    if (p->row_lower[i] == p->row_upper[i]) s->kind[s->n + k] = IS_EQUALITY;
  }
  for (PetscInt k = 0; k < s->size; k++) {
    if (s->kind[k] & IS_EQUALITY) continue;
    s->kind[k] = (unsigned char)((isfinite(s->lower[k]) ? HAS_LOWER : 0) | (isfinite(s->upper[k]) ? HAS_UPPER : 0));
  }
  for (PetscInt j = 0; j < p->n; j++) {
    s->has_quadratic = (PetscBool)(s->has_quadratic || p->quadratic[j] != 0);
    s->bound_pairs += isfinite(p->lower[j]) + isfinite(p->upper[j]);
  }
  for (PetscInt i = 0; i < p->m; i++) {
    if (p->row_lower[i] != p->row_upper[i]) s->bound_pairs += isfinite(p->row_lower[i]) + isfinite(p->row_upper[i]);
  }
}

PetscErrorCode LinearStateCreate(MPI_Comm comm, LinearProgram program, const LinearScale *scale, PetscInt blocks,
                                 LinearState *s)
{
  PetscFunctionBeginUser;
  *s = (LinearState){.objective_unit = scale->rhs * scale->objective};
  PetscCall(LinearPartsCreate(comm, program, blocks, &s->parts));
  PetscCall(LinearKktCreate(s->parts, &s->kkt));
  s->n    = s->parts->n;
  s->m    = s->parts->m;
  s->size = s->n + s->m;
  PetscCall(Allocate(s));
  TakeProgram(s, program, scale);
  MeasureNorms(s, program, scale);
  PetscFunctionReturn(0);
}

PetscErrorCode LinearMin(LinearState *s, PetscInt count, PetscReal *value)
{
  PetscFunctionBeginUser;
  if (s->parts->size > 1)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, (PetscMPIInt)count, MPIU_REAL, MPI_MIN, s->parts->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearMean(LinearState *s)
{
  PetscReal sum;

  PetscFunctionBeginUser;
  for (PetscInt part = 0; part <= s->parts->n_local; part++) {
    PetscReal mu = 0;

    for (int which = 0; which < 2; which++) {
      for (PetscInt k = PartBegin(s, part, which); k < PartEnd(s, part, which); k++)
        mu += s->wl[k] * s->zl[k] + s->wu[k] * s->zu[k];
    }
    s->partial[part] = mu;
  }
  PetscCall(LinearPartsSum(s->parts, 1, s->partial, &sum));
  s->mu = s->bound_pairs > 0 ? sum / s->bound_pairs : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearResiduals(LinearState *s)
{
  PetscFunctionBeginUser;
  PetscCall(LinearPartsMultiply(s->parts, s->v, s->primal));
  PetscCall(LinearPartsMultiplyTransposed(s->parts, s->y, s->transposed));
  for (PetscInt i = 0; i < s->m; i++) s->primal[i] = s->v[s->n + i] - s->primal[i];
  for (PetscInt j = 0; j < s->n; j++)
    s->dual[j] = s->transposed[j] + s->zl[j] - s->zu[j] - s->cost[j] - s->quadratic[j] * s->v[j];
  for (PetscInt k = s->n; k < s->size; k++)
    s->dual[k] = s->kind[k] & IS_EQUALITY ? 0 : s->zl[k] - s->zu[k] - s->y[k - s->n];
  for (PetscInt k = 0; k < s->size; k++) {
    s->below[k] = s->kind[k] & HAS_LOWER ? s->v[k] - s->lower[k] - s->wl[k] : 0;
    s->above[k] = s->kind[k] & HAS_UPPER ? s->upper[k] - s->v[k] - s->wu[k] : 0;
  }
  PetscCall(LinearMean(s));
  PetscFunctionReturn(0);
}
