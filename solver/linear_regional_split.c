/* A linear program taken apart into regions: who has which variables, what several have, and each region's own problem. */
#include "solver/linear_regional_impl.h"

#include <math.h>

PetscErrorCode LinearRegionsCreate(LinearProgram program, PetscInt n_regions, LinearRegions *regions)
{
  LinearRegions r;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r));
  r->n_regions = n_regions;
  PetscCall(PetscCalloc1(n_regions, &r->name));
  PetscCall(PetscMalloc1(program->m + 1, &r->row_region));
  PetscCall(PetscMalloc2(program->n + 1, &r->price, program->n + 1, &r->size));
  PetscCall(PetscCalloc2(program->n + 1, &r->shared, program->n + 1, &r->zero));
  for (PetscInt i = 0; i < program->m; i++) r->row_region[i] = LINEAR_ROW_BETWEEN;
  for (PetscInt j = 0; j < program->n; j++) r->price[j] = r->size[j] = 1;
  *regions = r;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearRegionsDestroy(LinearRegions *regions)
{
  LinearRegions r = *regions;

  PetscFunctionBeginUser;
  if (!r) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < r->n_regions; k++) PetscCall(PetscFree(r->name[k]));
  PetscCall(PetscFree(r->name));
  PetscCall(PetscFree(r->row_region));
  PetscCall(PetscFree2(r->price, r->size));
  PetscCall(PetscFree2(r->shared, r->zero));
  PetscCall(PetscFree(*regions));
  PetscFunctionReturn(0);
}

/* Regions whose rows use a variable, ascending, each once. */
static PetscErrorCode ListRegions(RegionalSplit *s)
{
  const LinearProgram p = s->whole;
  PetscInt           *at, end = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(p->n + 2, &at));
  for (PetscInt i = 0; i < p->m; i++)
    for (PetscInt k = p->start[i]; k < p->start[i + 1] && s->row_region[i] >= 0; k++) at[p->column[k] + 2]++;
  for (PetscInt j = 0; j < p->n; j++) at[j + 2] += at[j + 1];
  PetscCall(PetscMalloc1(at[p->n + 1] + 1, &s->region));
  PetscCall(PetscMalloc1(p->n + 1, &s->start));
  for (PetscInt i = 0; i < p->m; i++)
    for (PetscInt k = p->start[i]; k < p->start[i + 1] && s->row_region[i] >= 0; k++)
      s->region[at[p->column[k] + 1]++] = s->row_region[i];
  s->start[0] = 0;
  for (PetscInt j = 0; j < p->n; j++) {
    PetscInt n = at[j + 1] - at[j];
    PetscCall(PetscSortRemoveDupsInt(&n, s->region + at[j]));
    for (PetscInt k = 0; k < n; k++) s->region[end + k] = s->region[at[j] + k];
    end += n;
    s->start[j + 1] = end;
  }
  PetscCall(PetscFree(at));
  PetscFunctionReturn(0);
}

/* What one region alone uses is inner to it, unless it is to be copied. Then a row between that inner variables of one region
   alone use is that region's. */
static void FindInner(RegionalSplit *s)
{
  const LinearProgram p = s->whole;

  for (PetscInt j = 0; j < p->n; j++)
    s->inner[j] = (PetscBool)(s->start[j + 1] - s->start[j] == 1 && s->regions->shared[j] == LINEAR_SHARED_SUM);
  for (PetscInt i = 0; i < p->m; i++) {
    PetscInt  only = -1;
    PetscBool one  = PETSC_TRUE;
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
      const PetscInt j = p->column[k];
      if (!s->inner[j] || (only >= 0 && s->region[s->start[j]] != only)) one = PETSC_FALSE;
      if (one) only = s->region[s->start[j]];
    }
    if (s->row_region[i] == LINEAR_ROW_BETWEEN && one && only >= 0) s->row_region[i] = only;
  }
}

/* A side; those of one label follow each other and are one group. */
static PetscErrorCode AddSide(RegionalSplit *s, const RegionalSide *side, const LinearLabel *label, LinearLabel *last)
{
  PetscFunctionBeginUser;
  if (s->n_sides == s->capacity) {
    s->capacity = 2 * s->capacity + 64;
    PetscCall(PetscRealloc((size_t)s->capacity * sizeof *s->side, &s->side));
  }
  if (s->n_sides == 0 || label->kind != last->kind || label->item != last->item) s->n_groups++;
  *last                     = *label;
  s->side[s->n_sides]       = *side;
  s->side[s->n_sides].group = s->n_groups - 1;
  s->n_sides++;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCopies(RegionalSplit *s, PetscInt j, LinearLabel *last)
{
  const LinearProgram p    = s->whole;
  RegionalSide        side = {PETSC_FALSE,        j, -1, -1, -1, 0, p->lower[j], p->upper[j], s->regions->price[j],
                              s->regions->size[j]};

  PetscFunctionBeginUser;
  if (s->inner[j] || p->lower[j] >= p->upper[j] || s->regions->shared[j] >= LINEAR_SHARED_APART) PetscFunctionReturn(0);
  for (PetscInt k = s->start[j]; k < s->start[j + 1]; k++) {
    side.region = s->region[k];
    PetscCall(AddSide(s, &side, &p->variable[j], last));
  }
  PetscFunctionReturn(0);
}

/* The worth of a unit of a row: what its variables are worth over what they add to it. A region's amount is that of its
   variables, and no more than the row's side. */
static PetscErrorCode AddContributions(RegionalSplit *s, PetscInt i, PetscInt *terms, LinearLabel *last)
{
  const LinearProgram p     = s->whole;
  RegionalSide        side  = {PETSC_TRUE, i, -1, -1, -1, 0, -INFINITY, INFINITY, 1, 1};
  PetscReal           worth = 0, weight = 0, amount = 0;
  PetscInt            regions = 0;

  PetscFunctionBeginUser;
  if (s->row_region[i] != LINEAR_ROW_BETWEEN) PetscFunctionReturn(0);
  PetscCall(PetscArrayzero(terms, s->n));
  for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
    const PetscInt j = p->column[k];
    worth += s->regions->price[j];
    weight += fabs(p->value[k]);
    amount += fabs(p->value[k]) * s->regions->size[j];
    if (s->inner[j]) terms[s->region[s->start[j]]]++;
  }
  for (PetscInt r = 0; r < s->n; r++) regions += terms[r] > 0;
  if (weight > 0 && worth > 0) side.price = worth / weight;
  side.size = amount / PetscMax(1, regions);
  if (isfinite(p->row_upper[i]) && p->row_upper[i] != 0) side.size = PetscMin(side.size, fabs(p->row_upper[i]));
  if (isfinite(p->row_lower[i]) && p->row_lower[i] != 0) side.size = PetscMin(side.size, fabs(p->row_lower[i]));
  if (!(side.size > 0)) side.size = 1;
  for (PetscInt r = 0; r < s->n; r++) {
    side.region = r;
    if (terms[r]) PetscCall(AddSide(s, &side, &p->row[i], last));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode FindSides(RegionalSplit *s)
{
  LinearLabel last = {0};
  PetscInt   *terms;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(s->n, &terms));
  for (PetscInt j = 0; j < s->whole->n; j++) PetscCall(AddCopies(s, j, &last));
  s->n_copies = s->n_sides;
  last.kind   = PETSC_MIN_INT;
  for (PetscInt i = 0; i < s->whole->m; i++) PetscCall(AddContributions(s, i, terms, &last));
  PetscCall(PetscFree(terms));
  PetscCall(PetscCalloc1(s->n + 2, &s->own_start));
  PetscCall(PetscMalloc1(s->n_sides + 1, &s->own));
  for (PetscInt k = 0; k < s->n_sides; k++) s->own_start[s->side[k].region + 2]++;
  for (PetscInt r = 0; r < s->n; r++) s->own_start[r + 2] += s->own_start[r + 1];
  for (PetscInt k = 0; k < s->n_sides; k++) s->own[s->own_start[s->side[k].region + 1]++] = k;
  PetscFunctionReturn(0);
}

/* Whether problem r has a variable. */
static PetscBool Has(const RegionalSplit *s, PetscInt r, PetscInt j)
{
  if (r == s->n) return (PetscBool)!s->inner[j];
  for (PetscInt k = s->start[j]; k < s->start[j + 1]; k++)
    if (s->region[k] == r) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Variables in the whole program's order; local [variables]. Costs of what is not inner are counted between. */
static PetscErrorCode AddOwnVariables(RegionalSplit *s, PetscInt r, PetscInt *local)
{
  const LinearProgram p = s->whole;
  RegionalProblem    *a = &s->problem[r];

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < p->n; j++) {
    const PetscBool zero = (PetscBool)(r == s->n ? s->regions->zero[j] : s->regions->shared[j] == LINEAR_SHARED_PINNED);
    local[j]             = -1;
    if (!Has(s, r, j)) continue;
    PetscCall(LinearProgramAddVariables(a->program, 1, p->variable[j], zero ? 0 : p->lower[j], zero ? 0 : p->upper[j],
                                        &local[j]));
    if (s->inner[j] || r == s->n) {
      a->program->cost[local[j]]      = p->cost[j];
      a->program->quadratic[local[j]] = p->quadratic[j];
    }
    a->variable[a->n_variables++] = j;
  }
  for (PetscInt k = 0; k < s->n_copies; k++) {
    if (s->side[k].region == r) s->side[k].inside = local[s->side[k].index];
    if (r == s->n) s->side[k].between = local[s->side[k].index];
  }
  PetscFunctionReturn(0);
}

/* A region's contribution to a row is a variable that equals what its inner variables add to it. */
static PetscErrorCode AddContribution(RegionalSplit *s, PetscInt r, RegionalSide *side, const PetscInt *local,
                                      PetscInt *column, PetscReal *value)
{
  const LinearProgram p = s->whole;
  const PetscInt      i = side->index;
  PetscInt            n = 0;

  PetscFunctionBeginUser;
  PetscCall(LinearProgramAddVariables(s->problem[r].program, 1, p->row[i], -INFINITY, INFINITY, &side->inside));
  column[n]  = side->inside;
  value[n++] = -1;
  for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
    if (!s->inner[p->column[k]] || s->region[s->start[p->column[k]]] != r) continue;
    column[n]  = local[p->column[k]];
    value[n++] = p->value[k];
  }
  PetscCall(LinearProgramAddRow(s->problem[r].program, p->row[i], 0, 0, n, column, value, NULL));
  PetscFunctionReturn(0);
}

/* A row between: what its own variables add to it and the contributions from side `at` on; at is moved behind them. */
static PetscErrorCode AddRowBetween(RegionalSplit *s, PetscInt i, PetscInt *at, const PetscInt *local, PetscInt *column,
                                    PetscReal *value)
{
  const LinearProgram p = s->whole;
  RegionalProblem    *a = &s->problem[s->n];
  PetscInt            n = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) {
    if (s->inner[p->column[k]]) continue;
    column[n]  = local[p->column[k]];
    value[n++] = p->value[k];
  }
  for (; *at < s->n_sides && s->side[*at].index == i; (*at)++) {
    PetscCall(LinearProgramAddVariables(a->program, 1, p->row[i], -INFINITY, INFINITY, &s->side[*at].between));
    column[n]  = s->side[*at].between;
    value[n++] = 1;
  }
  PetscCall(LinearProgramAddRow(a->program, p->row[i], p->row_lower[i], p->row_upper[i], n, column, value, NULL));
  a->row[a->n_rows++] = i;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddOwnRows(RegionalSplit *s, PetscInt r, const PetscInt *local, PetscInt *column,
                                 PetscReal *value)
{
  const LinearProgram p  = s->whole;
  RegionalProblem    *a  = &s->problem[r];
  PetscInt            at = s->n_copies;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < p->m; i++) {
    if (r == s->n && s->row_region[i] == LINEAR_ROW_BETWEEN) PetscCall(AddRowBetween(s, i, &at, local, column, value));
    if (r == s->n || s->row_region[i] != r) continue;
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) column[k - p->start[i]] = local[p->column[k]];
    PetscCall(LinearProgramAddRow(a->program, p->row[i], p->row_lower[i], p->row_upper[i],
                                  p->start[i + 1] - p->start[i], column, p->value + p->start[i], NULL));
    a->row[a->n_rows++] = i;
  }
  for (PetscInt k = s->n_copies; k < s->n_sides && r < s->n; k++)
    if (s->side[k].region == r) PetscCall(AddContribution(s, r, &s->side[k], local, column, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode BuildProblem(RegionalSplit *s, PetscInt r, PetscInt *local, PetscInt *column, PetscReal *value)
{
  RegionalProblem *a = &s->problem[r];

  PetscFunctionBeginUser;
  PetscCall(LinearProgramCreate(&a->program));
  PetscCall(PetscMalloc2(s->whole->n + 1, &a->variable, s->whole->m + 1, &a->row));
  PetscCall(AddOwnVariables(s, r, local));
  PetscCall(AddOwnRows(s, r, local, column, value));
  PetscCall(PetscMalloc2(a->program->n + 1, &a->cost, a->program->n + 1, &a->quadratic));
  PetscCall(PetscCalloc3(a->program->n + 1, &a->x, a->program->m + 1, &a->y, a->program->n + 1, &a->z));
  PetscCall(PetscArraycpy(a->cost, a->program->cost, a->program->n));
  PetscCall(PetscArraycpy(a->quadratic, a->program->quadratic, a->program->n));
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalSplitCreate(MPI_Comm comm, LinearProgram program, LinearRegions regions, RegionalSplit *s)
{
  PetscInt  *local, *column, longest = 0;
  PetscReal *value;

  PetscFunctionBeginUser;
  *s = (RegionalSplit){.whole = program, .regions = regions, .n = regions->n_regions};
  PetscCallMPI(MPI_Comm_rank(comm, &s->rank));
  PetscCallMPI(MPI_Comm_size(comm, &s->n_ranks));
  PetscCall(PetscMalloc1(program->n + 1, &s->inner));
  PetscCall(PetscMalloc1(program->m + 1, &s->row_region));
  PetscCall(PetscArraycpy(s->row_region, regions->row_region, program->m));
  PetscCall(ListRegions(s));
  FindInner(s);
  PetscCall(FindSides(s));
  PetscCall(PetscCalloc1(s->n + 1, &s->problem));
  for (PetscInt i = 0; i < program->m; i++) longest = PetscMax(longest, program->start[i + 1] - program->start[i]);
  longest += s->n + 1;
  PetscCall(PetscMalloc3(program->n + 1, &local, longest, &column, longest, &value));
  for (PetscInt r = 0; r <= s->n; r++)
    if (RegionalHere(s, r)) PetscCall(BuildProblem(s, r, local, column, value));
  PetscCall(PetscFree3(local, column, value));
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalSplitDestroy(RegionalSplit *s)
{
  PetscFunctionBeginUser;
  for (PetscInt r = 0; r <= s->n; r++) {
    RegionalProblem *a = &s->problem[r];
    PetscCall(LinearProgramDestroy(&a->program));
    PetscCall(PetscFree2(a->variable, a->row));
    PetscCall(PetscFree2(a->cost, a->quadratic));
    PetscCall(PetscFree3(a->x, a->y, a->z));
  }
  PetscCall(PetscFree(s->problem));
  PetscCall(PetscFree(s->inner));
  PetscCall(PetscFree(s->start));
  PetscCall(PetscFree(s->region));
  PetscCall(PetscFree(s->row_region));
  PetscCall(PetscFree(s->side));
  PetscCall(PetscFree(s->own_start));
  PetscCall(PetscFree(s->own));
  PetscFunctionReturn(0);
}

/* Ranks add what is theirs to zeros: each number comes from one rank, so that the sums are exact. A negative zero would not
   survive on several ranks, so it does not on one. */
PetscErrorCode RegionalGather(MPI_Comm comm, const RegionalSplit *s, PetscReal *at_sides, PetscInt count,
                              PetscReal *told)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n_sides && at_sides; k++)
    at_sides[k] = RegionalHere(s, s->side[k].region) ? at_sides[k] + 0.0 : 0;
  for (PetscInt k = 0; k < s->n * count; k++) told[k] = RegionalHere(s, k / count) ? told[k] + 0.0 : 0;
  if (at_sides) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, at_sides, (PetscMPIInt)s->n_sides, MPIU_REAL, MPI_SUM, comm));
  if (count) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, told, (PetscMPIInt)(s->n * count), MPIU_REAL, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalCollect(MPI_Comm comm, const RegionalSplit *s, PetscBool rows, PetscReal *value)
{
  const PetscInt n = rows ? s->whole->m : s->whole->n;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(value, n));
  for (PetscInt r = 0; r <= s->n; r++) {
    const RegionalProblem *a = &s->problem[r];
    if (!RegionalHere(s, r) || (r == s->n && s->rank != 0)) continue;
    for (PetscInt k = 0; k < a->n_rows && rows; k++) value[a->row[k]] = a->y[k] + 0.0;
    for (PetscInt k = 0; k < a->n_variables && !rows; k++)
      if (s->inner[a->variable[k]] || r == s->n) value[a->variable[k]] = a->x[k] + 0.0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, (PetscMPIInt)n, MPIU_REAL, MPI_SUM, comm));
  PetscFunctionReturn(0);
}
