/* Presolve of linear programs: what rows and columns settle by themselves, and the multipliers of what was settled.

   Rows of one entry become bounds; rows that bounds imply are dropped, and rows that bounds can only just meet fix their variables
   (Brearley, Mitra, Williams 1975; Andersen, Andersen 1995). Columns are fixed at the bound that costs and rows both push them to; a
   column of one entry that its row keeps within its bounds is solved for by that row. What was done is undone in reverse:
   multipliers of rows are found one by one, and those of bounds at last from stationarity, as z = cost + Q x - A' y. */
#include "solver/linear_presolve.h"

#include <math.h>

typedef enum {
  SINGLETON, /* row with one variable, which tightened its bounds */
  FORCING,   /* row that fixed all of its variables at bounds */
  FREED,     /* column of one entry, solved for by its row */
} Kind;

typedef struct {
  Kind      kind;
  PetscInt  row, column;
  PetscReal entry;
  PetscBool below, above; /* SINGLETON: which bounds it tightened; FORCING: at its upper side (above) or its lower */
  PetscReal lower, upper; /* FREED: sides of the row as given, one alone where the cost decides */
  PetscReal column_lower, column_upper;
} Step;

struct _p_LinearPresolve {
  LinearProgram   program, reduced;
  PetscBool       full;
  PetscReal      *cost, *lower, *upper, *row_lower, *row_upper; /* as they stand; sides of rows without what is fixed */
  PetscReal       constant;
  PetscInt       *row_count, *column_count; /* live entries; -1: gone */
  PetscInt       *start, *row;              /* [n + 1]: the matrix by columns */
  PetscReal      *value;
  PetscReal      *x, *y;     /* of variables that are gone; of rows that FREED columns settled */
  PetscReal      *cost_size; /* [n] largest that the cost has been: what is left beside it may be round-off */
  PetscInt       *forced;    /* [n] row that fixed the variable, -1: none */
  PetscInt       *new_variable, *new_row;     /* place in the reduced program, -1: gone */
  PetscInt       *queue, n_queue, queue_size; /* rows (i) and columns (m + j) to look at */
  PetscBool      *queued;
  Step           *step;
  PetscInt        n_steps, room;
  PresolveOutcome outcome;
};

static const PetscReal infinite = 1e20, tolerance = 1e-9;

/* --- State --- */

static PetscReal Lower(PetscReal v)
{
  return v <= -infinite ? -INFINITY : v;
}

static PetscReal Upper(PetscReal v)
{
  return v >= infinite ? INFINITY : v;
}

static PetscErrorCode Push(LinearPresolve s, Step step)
{
  PetscFunctionBeginUser;
  if (s->n_steps == s->room) {
    s->room = 2 * s->room + 64;
    PetscCall(PetscRealloc((size_t)s->room * sizeof *s->step, &s->step));
  }
  s->step[s->n_steps++] = step;
  PetscFunctionReturn(0);
}

/* A ring, in which everything stands at most once. */
static void Enqueue(LinearPresolve s, PetscInt item)
{
  if (s->queued[item]) return;
  s->queued[item] = PETSC_TRUE;
  s->n_queue++;
  s->queue[s->queue_size] = item;
  s->queue_size           = s->queue_size == s->program->n + s->program->m ? 0 : s->queue_size + 1;
}

static void EnqueueRow(LinearPresolve s, PetscInt i)
{
  if (s->row_count[i] >= 0) Enqueue(s, i);
}

static void EnqueueColumn(LinearPresolve s, PetscInt j)
{
  if (s->column_count[j] >= 0) Enqueue(s, s->program->m + j);
}

static PetscErrorCode ByColumns(LinearPresolve s)
{
  const LinearProgram p = s->program;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n + 2, &s->start));
  PetscCall(PetscMalloc2(p->start[p->m] + 1, &s->row, p->start[p->m] + 1, &s->value));
  for (PetscInt k = 0; k < p->start[p->m]; k++) s->start[p->column[k] + 2]++;
  for (PetscInt j = 0; j < p->n; j++) s->start[j + 2] += s->start[j + 1];
  for (PetscInt i = 0; i < p->m; i++) {
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      const PetscInt to = s->start[p->column[k] + 1]++;

      s->row[to]   = i;
      s->value[to] = p->value[k];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Begin(LinearPresolve s)
{
  const LinearProgram p = s->program;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(p->n + 1, &s->cost, p->n + 1, &s->lower, p->n + 1, &s->upper, p->m + 1, &s->row_lower,
                         p->m + 1, &s->row_upper));
  PetscCall(PetscCalloc2(p->m + 1, &s->row_count, p->n + 1, &s->column_count));
  PetscCall(PetscCalloc4(p->n + 1, &s->x, p->m + 1, &s->y, p->n + 1, &s->new_variable, p->m + 1, &s->new_row));
  PetscCall(PetscMalloc2(p->n + 1, &s->forced, p->n + 1, &s->cost_size));
  PetscCall(PetscCalloc2(p->n + p->m + 1, &s->queue, p->n + p->m + 1, &s->queued));
  PetscCall(ByColumns(s));
  PetscCall(PetscArraycpy(s->cost, p->cost, p->n));
  s->constant = p->constant;
  for (PetscInt j = 0; j < p->n; j++) {
    s->forced[j]    = -1;
    s->cost_size[j] = fabs(p->cost[j]);
    s->lower[j]     = Lower(p->lower[j]);
    s->upper[j]     = Upper(p->upper[j]);
  }
  for (PetscInt i = 0; i < p->m; i++) {
    s->row_lower[i] = Lower(p->row_lower[i]);
    s->row_upper[i] = Upper(p->row_upper[i]);
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      if (p->value[k] == 0) continue;
      s->row_count[i]++;
      s->column_count[p->column[k]]++;
    }
  }
  for (PetscInt i = 0; i < p->m; i++) Enqueue(s, i);
  for (PetscInt j = 0; j < p->n; j++) Enqueue(s, p->m + j);
  PetscFunctionReturn(0);
}

/* --- Taking out --- */

static void RemoveRow(LinearPresolve s, PetscInt i)
{
  const LinearProgram p = s->program;

  s->row_count[i] = -1;
  for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
    const PetscInt j = p->column[k];

    if (p->value[k] == 0 || s->column_count[j] < 0) continue;
    s->column_count[j]--;
    EnqueueColumn(s, j);
  }
}

static void FixColumn(LinearPresolve s, PetscInt j, PetscReal value)
{
  s->x[j]            = value;
  s->column_count[j] = -1;
  s->constant += (s->cost[j] + 0.5 * s->program->quadratic[j] * value) * value;
  for (PetscInt k = s->start[j]; k < s->start[j + 1]; k++) {
    const PetscInt i = s->row[k];

    if (s->value[k] == 0 || s->row_count[i] < 0) continue;
    s->row_count[i]--;
    s->row_lower[i] -= s->value[k] * value;
    s->row_upper[i] -= s->value[k] * value;
    EnqueueRow(s, i);
  }
}

static PetscReal Slack(PetscReal a, PetscReal b)
{
  return tolerance * (1 + PetscMax(isfinite(a) ? fabs(a) : 0, isfinite(b) ? fabs(b) : 0));
}

/* --- Rows --- */

static PetscErrorCode SingletonRow(LinearPresolve s, PetscInt i)
{
  const LinearProgram p = s->program;
  PetscInt            k = p->start[i];
  PetscReal           low, high, a;
  Step                step = {.kind = SINGLETON, .row = i};

  PetscFunctionBeginUser;
  while (p->value[k] == 0 || s->column_count[p->column[k]] < 0) k++;
  step.column = p->column[k];
  step.entry = a = p->value[k];
  low            = (a > 0 ? s->row_lower[i] : s->row_upper[i]) / a;
  high           = (a > 0 ? s->row_upper[i] : s->row_lower[i]) / a;
  if (low > s->lower[step.column]) {
    s->lower[step.column] = low;
    step.below            = PETSC_TRUE;
  }
  if (high < s->upper[step.column]) {
    s->upper[step.column] = high;
    step.above            = PETSC_TRUE;
  }
  if (step.below || step.above) PetscCall(Push(s, step));
  for (PetscInt e = s->start[step.column]; e < s->start[step.column + 1]; e++) EnqueueRow(s, s->row[e]);
  RemoveRow(s, i);
  PetscFunctionReturn(0);
}

typedef struct {
  PetscReal least, most;           /* of the activity; */
  PetscReal least_size, most_size; /* sums of magnitudes of what they add up */
} Activity;

static Activity RowActivity(const struct _p_LinearPresolve *s, PetscInt i, PetscInt without)
{
  const LinearProgram p = s->program;
  Activity            t = {0};

  for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
    const PetscInt  j = p->column[k];
    const PetscReal a = p->value[k];
    PetscReal       low, high;

    if (a == 0 || j == without || s->column_count[j] < 0) continue;
    low  = a * (a > 0 ? s->lower[j] : s->upper[j]);
    high = a * (a > 0 ? s->upper[j] : s->lower[j]);
    t.least += low;
    t.most += high;
    if (isfinite(low)) t.least_size += fabs(low);
    if (isfinite(high)) t.most_size += fabs(high);
  }
  return t;
}

/* Its variables all go to the bounds at which the activity is least (above) or most. */
static PetscErrorCode ForceRow(LinearPresolve s, PetscInt i, PetscBool above)
{
  const LinearProgram p = s->program;

  PetscFunctionBeginUser;
  PetscCall(Push(s, (Step){.kind = FORCING, .row = i, .column = -1, .above = above}));
  for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
    const PetscInt j = p->column[k];

    if (p->value[k] == 0 || s->column_count[j] < 0) continue;
    s->forced[j] = i;
    FixColumn(s, j, (p->value[k] > 0) == above ? s->lower[j] : s->upper[j]);
  }
  s->row_count[i] = -1;
  PetscFunctionReturn(0);
}

static PetscErrorCode LookAtRow(LinearPresolve s, PetscInt i)
{
  PetscReal *const l = &s->row_lower[i], *const u = &s->row_upper[i];
  Activity t;

  PetscFunctionBeginUser;
  if (s->row_count[i] < 0) PetscFunctionReturn(0);
  if (*l > *u + Slack(*l, *u)) s->outcome = PRESOLVE_INFEASIBLE;
  if (s->row_count[i] == 0 && (*l > Slack(s->program->row_lower[i], 0) || *u < -Slack(s->program->row_upper[i], 0)))
    s->outcome = PRESOLVE_INFEASIBLE;
  if (s->row_count[i] == 0 || (!isfinite(*l) && !isfinite(*u))) {
    RemoveRow(s, i);
    PetscFunctionReturn(0);
  }
  if (!s->full) PetscFunctionReturn(0);
  if (s->row_count[i] == 1) {
    PetscCall(SingletonRow(s, i));
    PetscFunctionReturn(0);
  }
  t = RowActivity(s, i, -1);
  if (t.least > *u + tolerance * (1 + t.least_size) || t.most < *l - tolerance * (1 + t.most_size))
    s->outcome = PRESOLVE_INFEASIBLE;
  if (t.least >= *u - 1e-12 * t.least_size)
    PetscCall(ForceRow(s, i, PETSC_TRUE));
  else if (t.most <= *l + 1e-12 * t.most_size)
    PetscCall(ForceRow(s, i, PETSC_FALSE));
  else if (t.least >= *l || t.most <= *u) {
    const PetscBool lower_free = (PetscBool)(t.least >= *l), upper_free = (PetscBool)(t.most <= *u);

    if (lower_free) *l = -INFINITY;
    if (upper_free) *u = INFINITY;
    for (PetscInt k = s->program->start[i]; k < s->program->start[i + 1]; k++) EnqueueColumn(s, s->program->column[k]);
    if (!isfinite(*l) && !isfinite(*u)) RemoveRow(s, i);
  }
  PetscFunctionReturn(0);
}

/* --- Columns --- */

static void EmptyColumn(LinearPresolve s, PetscInt j)
{
  const PetscReal c = fabs(s->cost[j]) > 1e-12 * s->cost_size[j] ? s->cost[j] : 0, q = s->program->quadratic[j],
                  l = s->lower[j], u = s->upper[j];
  PetscReal x = c > 0 ? l : c < 0 ? u : PetscMax(PetscMin(0, u), l);

  if (q > 0) x = PetscMax(PetscMin(-c / q, u), l);
  if (!isfinite(x)) {
    if (s->outcome == PRESOLVE_OPEN) s->outcome = PRESOLVE_UNBOUNDED;
    x = PetscMax(PetscMin(0, u), l);
  }
  FixColumn(s, j, x);
}

/* Whether no row minds less (direction -1) or more of the column. */
static PetscBool NoRowMinds(const struct _p_LinearPresolve *s, PetscInt j, int direction)
{
  for (PetscInt k = s->start[j]; k < s->start[j + 1]; k++) {
    const PetscReal a = s->value[k] * direction;

    if (a == 0 || s->row_count[s->row[k]] < 0) continue;
    if (isfinite(a > 0 ? s->row_upper[s->row[k]] : s->row_lower[s->row[k]])) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* A column of one entry whose row keeps it within its bounds: the row's multiplier makes its cost vanish. */
static PetscErrorCode FreeColumn(LinearPresolve s, PetscInt j)
{
  const LinearProgram p = s->program;
  PetscInt            k = s->start[j], i;
  PetscReal           a, y, low, high;
  Activity            t;

  PetscFunctionBeginUser;
  while (s->value[k] == 0 || s->row_count[s->row[k]] < 0) k++;
  i = s->row[k];
  a = s->value[k];
  y = s->cost[j] / a;
  if (s->row_count[i] < 2 || (y > 0 && !isfinite(s->row_lower[i])) || (y < 0 && !isfinite(s->row_upper[i])) ||
      fabs(a) < 1e-3)
    PetscFunctionReturn(0);
  t    = RowActivity(s, i, j);
  low  = a > 0 ? (s->row_lower[i] - t.most) / a : (s->row_upper[i] - t.least) / a;
  high = a > 0 ? (s->row_upper[i] - t.least) / a : (s->row_lower[i] - t.most) / a;
  if ((isfinite(s->lower[j]) && !(low >= s->lower[j])) || (isfinite(s->upper[j]) && !(high <= s->upper[j])))
    PetscFunctionReturn(0);
  if (y > 0) s->row_upper[i] = s->row_lower[i];
  if (y < 0) s->row_lower[i] = s->row_upper[i];
  PetscCall(Push(s, (Step){FREED, i, j, a, PETSC_FALSE, PETSC_FALSE, y < 0 ? p->row_upper[i] : p->row_lower[i],
                           y > 0 ? p->row_lower[i] : p->row_upper[i], s->lower[j], s->upper[j]}));
  s->y[i] = y;
  if (y != 0) {
    s->constant += y * s->row_lower[i];
    for (PetscInt e = p->start[i]; e < p->start[i + 1]; e++) {
      PetscReal *const cost = &s->cost[p->column[e]];
      const PetscReal  size = PetscMax(fabs(*cost), fabs(y * p->value[e]));

      if (s->column_count[p->column[e]] < 0) continue;
      *cost -= y * p->value[e];
      s->cost_size[p->column[e]] = PetscMax(s->cost_size[p->column[e]], size);
    }
  }
  s->column_count[j] = -1;
  RemoveRow(s, i);
  PetscFunctionReturn(0);
}

static PetscErrorCode LookAtColumn(LinearPresolve s, PetscInt j)
{
  const PetscReal l = s->lower[j], u = s->upper[j], c = s->cost[j];

  PetscFunctionBeginUser;
  if (s->column_count[j] < 0) PetscFunctionReturn(0);
  if (l > u + Slack(l, u)) s->outcome = PRESOLVE_INFEASIBLE;
  if (l >= u || (isfinite(l) && u - l <= 1e-13 * fabs(l)))
    FixColumn(s, j, l >= u ? (l + u) / 2 : l);
  else if (s->column_count[j] == 0)
    EmptyColumn(s, j);
  else if (s->full && s->program->quadratic[j] == 0) {
    if (c >= 0 && isfinite(l) && NoRowMinds(s, j, -1))
      FixColumn(s, j, l);
    else if (c <= 0 && isfinite(u) && NoRowMinds(s, j, 1))
      FixColumn(s, j, u);
    else if (s->column_count[j] == 1)
      PetscCall(FreeColumn(s, j));
  }
  PetscFunctionReturn(0);
}

/* --- The reduced program --- */

static PetscErrorCode ReducedAllocate(LinearProgram r, PetscInt n, PetscInt m, PetscInt nnz)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n + 1, &r->cost));
  PetscCall(PetscMalloc1(n + 1, &r->quadratic));
  PetscCall(PetscMalloc1(n + 1, &r->lower));
  PetscCall(PetscMalloc1(n + 1, &r->upper));
  PetscCall(PetscMalloc1(n + 1, &r->variable));
  PetscCall(PetscMalloc1(m + 1, &r->row_lower));
  PetscCall(PetscMalloc1(m + 1, &r->row_upper));
  PetscCall(PetscMalloc1(m + 1, &r->row));
  PetscCall(PetscMalloc1(m + 1, &r->start));
  PetscCall(PetscMalloc1(nnz + 1, &r->column));
  PetscCall(PetscMalloc1(nnz + 1, &r->value));
  PetscFunctionReturn(0);
}

static PetscErrorCode Reduce(LinearPresolve s)
{
  const LinearProgram p = s->program;
  LinearProgram       r;
  PetscInt            n = 0, m = 0, nnz = 0;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < p->n; j++) s->new_variable[j] = s->column_count[j] < 0 ? -1 : n++;
  for (PetscInt i = 0; i < p->m; i++) {
    s->new_row[i] = s->row_count[i] < 0 ? -1 : m++;
    nnz += PetscMax(s->row_count[i], 0);
  }
  PetscCall(PetscNew(&r));
  s->reduced  = r;
  r->constant = s->constant;
  PetscCall(ReducedAllocate(r, n, m, nnz));
  for (PetscInt j = 0; j < p->n; j++) {
    if (s->new_variable[j] < 0) continue;
    r->cost[r->n]       = s->cost[j];
    r->quadratic[r->n]  = p->quadratic[j];
    r->lower[r->n]      = s->lower[j];
    r->upper[r->n]      = s->upper[j];
    r->variable[r->n++] = p->variable[j];
  }
  nnz = 0;
  for (PetscInt i = 0; i < p->m; i++) {
    if (s->new_row[i] < 0) continue;
    r->row[r->m]       = p->row[i];
    r->row_lower[r->m] = s->row_lower[i];
    r->row_upper[r->m] = PetscMax(s->row_upper[i], s->row_lower[i]);
    r->start[r->m++]   = nnz;
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      if (p->value[k] == 0 || s->new_variable[p->column[k]] < 0) continue;
      r->column[nnz]  = s->new_variable[p->column[k]];
      r->value[nnz++] = p->value[k];
    }
  }
  r->start[r->m] = nnz;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPresolveCreate(LinearProgram program, PetscBool full, LinearPresolve *presolve,
                                    PresolveOutcome *outcome)
{
  LinearPresolve s;
  PetscInt       head = 0, left;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&s));
  *presolve  = s;
  s->program = program;
  s->full    = full;
  PetscCall(Begin(s));
  left = 20 * (program->n + program->m);
  for (; s->n_queue > 0 && s->outcome != PRESOLVE_INFEASIBLE; s->n_queue--) {
    const PetscInt item = s->queue[head];

    head            = head == program->n + program->m ? 0 : head + 1;
    s->queued[item] = PETSC_FALSE;
    if (left-- == 0) s->full = PETSC_FALSE;
    if (item < program->m)
      PetscCall(LookAtRow(s, item));
    else
      PetscCall(LookAtColumn(s, item - program->m));
  }
  *outcome = s->outcome;
  if (s->outcome != PRESOLVE_INFEASIBLE) PetscCall(Reduce(s));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearPresolveDestroy(LinearPresolve *presolve)
{
  LinearPresolve s = *presolve;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(LinearProgramDestroy(&s->reduced));
  PetscCall(PetscFree5(s->cost, s->lower, s->upper, s->row_lower, s->row_upper));
  PetscCall(PetscFree2(s->row_count, s->column_count));
  PetscCall(PetscFree4(s->x, s->y, s->new_variable, s->new_row));
  PetscCall(PetscFree2(s->queue, s->queued));
  PetscCall(PetscFree(s->start));
  PetscCall(PetscFree2(s->forced, s->cost_size));
  PetscCall(PetscFree2(s->row, s->value));
  PetscCall(PetscFree(s->step));
  PetscCall(PetscFree(*presolve));
  PetscFunctionReturn(0);
}

LinearProgram LinearPresolveReduced(LinearPresolve s)
{
  return s->reduced;
}

/* --- The way back --- */

static PetscReal ReducedCost(const struct _p_LinearPresolve *s, PetscInt j, const PetscReal *x, const PetscReal *y)
{
  PetscReal z = s->program->cost[j] + s->program->quadratic[j] * x[j];

  for (PetscInt k = s->start[j]; k < s->start[j + 1]; k++) z -= s->value[k] * y[s->row[k]];
  return z;
}

/* The multiplier for which all of the row's fixed variables stand at the right bound. */
static PetscReal ForcingMultiplier(const struct _p_LinearPresolve *s, const Step *step, const PetscReal *x,
                                   const PetscReal *y)
{
  const LinearProgram p    = s->program;
  PetscReal           best = 0;

  for (PetscInt k = p->start[step->row]; k < p->start[step->row + 1]; k++) {
    const PetscInt j = p->column[k];
    PetscReal      ratio;

    if (p->value[k] == 0 || s->forced[j] != step->row) continue;
    ratio = ReducedCost(s, j, x, y) / p->value[k];
    best  = step->above ? PetscMin(best, ratio) : PetscMax(best, ratio);
  }
  return best;
}

static void SolveForColumn(const struct _p_LinearPresolve *s, const Step *step, PetscReal *x)
{
  const LinearProgram p      = s->program;
  PetscReal           others = 0, low, high;

  for (PetscInt k = p->start[step->row]; k < p->start[step->row + 1]; k++) {
    if (p->column[k] != step->column) others += p->value[k] * x[p->column[k]];
  }
  low             = step->entry > 0 ? step->lower : step->upper;
  high            = step->entry > 0 ? step->upper : step->lower;
  low             = (low - others) / step->entry;
  high            = (high - others) / step->entry;
  x[step->column] = PetscMax(PetscMin(0, PetscMin(high, step->column_upper)), PetscMax(low, step->column_lower));
}

PetscErrorCode LinearPresolveRecover(LinearPresolve s, const PetscReal *reduced_x, const PetscReal *reduced_y,
                                     PetscReal *x, PetscReal *y, PetscReal *z)
{
  const LinearProgram p = s->program;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < p->n; j++) x[j] = s->new_variable[j] < 0 ? s->x[j] : reduced_x[s->new_variable[j]];
  for (PetscInt i = 0; i < p->m; i++) y[i] = s->new_row[i] < 0 ? s->y[i] : reduced_y[s->new_row[i]];
  for (PetscInt k = s->n_steps - 1; k >= 0; k--) {
    const Step *const step = &s->step[k];

    if (step->kind == FREED) SolveForColumn(s, step, x);
    if (step->kind == FORCING) y[step->row] = ForcingMultiplier(s, step, x, y);
    if (step->kind == SINGLETON) {
      const PetscReal cost = ReducedCost(s, step->column, x, y);

      if ((cost > 0 && step->below) || (cost < 0 && step->above)) y[step->row] = cost / step->entry;
    }
  }
  for (PetscInt j = 0; j < p->n; j++) z[j] = ReducedCost(s, j, x, y);
  PetscFunctionReturn(0);
}
