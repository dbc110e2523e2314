/* Presolve of linear programs. */
#include "solver/linear_presolve.h"

#include <math.h>

struct _p_LinearPresolve {
  LinearProgram program, reduced;
  PetscInt     *new_variable, *new_row; /* place in the reduced program, -1: gone */
  PetscReal    *x;                      /* [n] of variables that are gone */
};

static const PetscReal infinite = 1e20;

static PetscReal Lower(PetscReal v)
{
  return v <= -infinite ? -INFINITY : v;
}

static PetscReal Upper(PetscReal v)
{
  return v >= infinite ? INFINITY : v;
}

static PresolveOutcome Settle(LinearPresolve s)
{
  const LinearProgram p       = s->program;
  PresolveOutcome     outcome = PRESOLVE_OPEN;
  PetscInt           *entries = s->new_variable;

  for (PetscInt j = 0; j < p->n; j++) entries[j] = 0;
  for (PetscInt k = 0; k < p->start[p->m]; k++) entries[p->column[k]]++;
  for (PetscInt j = 0; j < p->n; j++) {
    const PetscReal l = Lower(p->lower[j]), u = Upper(p->upper[j]);

    if (l > u + 1e-9 * PetscMax(1, fabs(u))) return PRESOLVE_INFEASIBLE;
    if (l >= u)
      s->x[j] = l;
    else if (entries[j] == 0) {
      const PetscReal c = p->cost[j], q = p->quadratic[j];

      if (q > 0)
        s->x[j] = PetscMax(PetscMin(-c / q, u), l);
      else
        s->x[j] = c > 0 ? l : c < 0 ? u : PetscMax(PetscMin(0, u), l);
      if (!isfinite(s->x[j])) {
        outcome = PRESOLVE_UNBOUNDED;
        s->x[j] = 0;
      }
    } else {
      entries[j] = 0;
      continue;
    }
    entries[j] = -1;
  }
  return outcome;
}

static PetscErrorCode Reduce(LinearPresolve s, PresolveOutcome *outcome)
{
  const LinearProgram p = s->program;
  LinearProgram       r;
  PetscInt            nnz = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r));
  s->reduced  = r;
  r->constant = p->constant;
  PetscCall(PetscMalloc1(p->n + 1, &r->cost));
  PetscCall(PetscMalloc1(p->n + 1, &r->quadratic));
  PetscCall(PetscMalloc1(p->n + 1, &r->lower));
  PetscCall(PetscMalloc1(p->n + 1, &r->upper));
  PetscCall(PetscMalloc1(p->n + 1, &r->variable));
  PetscCall(PetscMalloc1(p->m + 1, &r->row_lower));
  PetscCall(PetscMalloc1(p->m + 1, &r->row_upper));
  PetscCall(PetscMalloc1(p->m + 1, &r->row));
  PetscCall(PetscMalloc1(p->m + 1, &r->start));
  PetscCall(PetscMalloc1(p->start[p->m] + 1, &r->column));
  PetscCall(PetscMalloc1(p->start[p->m] + 1, &r->value));
  for (PetscInt j = 0; j < p->n; j++) {
    if (s->new_variable[j] < 0) {
      r->constant += (p->cost[j] + 0.5 * p->quadratic[j] * s->x[j]) * s->x[j];
      continue;
    }
    r->cost[r->n]      = p->cost[j];
    r->quadratic[r->n] = p->quadratic[j];
    r->lower[r->n]     = Lower(p->lower[j]);
    r->upper[r->n]     = Upper(p->upper[j]);
    r->variable[r->n]  = p->variable[j];
    s->new_variable[j] = r->n++;
  }
  r->start[0] = 0;
  for (PetscInt i = 0; i < p->m; i++) {
    PetscReal      l = Lower(p->row_lower[i]), u = Upper(p->row_upper[i]), moved = 0, size = 0;
    const PetscInt begin = nnz;

    s->new_row[i] = -1;
    if (l > u + 1e-9 * PetscMax(1, fabs(u))) *outcome = PRESOLVE_INFEASIBLE;
    if (!isfinite(l) && !isfinite(u)) continue;
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      const PetscInt j = s->new_variable[p->column[k]];

      if (p->value[k] == 0) continue;
      if (j < 0) {
        moved += p->value[k] * s->x[p->column[k]];
        size += fabs(p->value[k] * s->x[p->column[k]]);
        continue;
      }
      r->column[nnz]  = j;
      r->value[nnz++] = p->value[k];
    }
    if (nnz == begin) {
      const PetscReal slack = 1e-9 * (1 + size);

      if (moved < l - slack * PetscMax(1, fabs(l)) || moved > u + slack * PetscMax(1, fabs(u)))
        *outcome = PRESOLVE_INFEASIBLE;
      continue;
    }
    s->new_row[i]       = r->m;
    r->row[r->m]        = p->row[i];
    r->row_lower[r->m]  = l - moved;
    r->row_upper[r->m]  = l == u ? l - moved : PetscMax(u, l) - moved;
    r->start[++r->m]    = nnz;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPresolveCreate(LinearProgram program, PetscBool full, LinearPresolve *presolve,
                                    PresolveOutcome *outcome)
{
  LinearPresolve s;

  PetscFunctionBeginUser;
  (void)full;
  PetscCall(PetscNew(&s));
  *presolve  = s;
  s->program = program;
  PetscCall(PetscMalloc3(program->n + 1, &s->new_variable, program->m + 1, &s->new_row, program->n + 1, &s->x));
  *outcome = Settle(s);
  if (*outcome != PRESOLVE_INFEASIBLE) PetscCall(Reduce(s, outcome));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPresolveDestroy(LinearPresolve *presolve)
{
  LinearPresolve s = *presolve;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(LinearProgramDestroy(&s->reduced));
  PetscCall(PetscFree3(s->new_variable, s->new_row, s->x));
  PetscCall(PetscFree(*presolve));
  PetscFunctionReturn(0);
}

LinearProgram LinearPresolveReduced(LinearPresolve s)
{
  return s->reduced;
}

PetscErrorCode LinearPresolveRecover(LinearPresolve s, const PetscReal *reduced_x, const PetscReal *reduced_y,
                                     PetscReal *x, PetscReal *y, PetscReal *z)
{
  const LinearProgram p = s->program;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < p->n; j++) x[j] = s->new_variable[j] < 0 ? s->x[j] : reduced_x[s->new_variable[j]];
  for (PetscInt i = 0; i < p->m; i++) y[i] = s->new_row[i] < 0 ? 0 : reduced_y[s->new_row[i]];
  for (PetscInt j = 0; j < p->n; j++) z[j] = p->cost[j] + p->quadratic[j] * x[j];
  for (PetscInt i = 0; i < p->m; i++) {
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) z[p->column[k]] -= p->value[k] * y[i];
  }
  PetscFunctionReturn(0);
}
