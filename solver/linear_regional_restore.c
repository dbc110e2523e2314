/* A feasible plan from what is agreed: each region is solved once more with the agreed numbers fixed. Where one cannot keep to them
   it says what it needs instead, the problem between looks for the nearest numbers that it can have, and regions are asked again. */
#include "solver/linear_regional_impl.h"

#include <math.h>

/* Times the worth of a unit, at first and after each vain round: what a region would pay to depart from an agreed number. */
static const PetscReal first_price = 20, price_growth = 3;
/* Departures beside the typical amount that are none. */
static const PetscReal departure = 1e-7;
enum { MOST_ROUNDS = 10 };

/* A region's problem with departures up and down from each agreed number. */
typedef struct {
  LinearProgram program;
  PetscInt      up, row; /* the first departure (up, down, up, down, ...), the first row that fixes a number */
} Elastic;

static PetscErrorCode ElasticCreate(const RegionalSplit *s, PetscInt r, Elastic *e)
{
  const RegionalProblem *a = &s->problem[r];
  const LinearProgram    p = a->program;
  PetscInt               at;

  PetscFunctionBeginUser;
  PetscCall(LinearProgramCreate(&e->program));
  for (PetscInt j = 0; j < p->n; j++) {
    PetscCall(LinearProgramAddVariables(e->program, 1, p->variable[j], p->lower[j], p->upper[j], &at));
    e->program->cost[at]      = a->cost[j];
    e->program->quadratic[at] = a->quadratic[j];
  }
  for (PetscInt i = 0; i < p->m; i++)
    PetscCall(LinearProgramAddRow(e->program, p->row[i], p->row_lower[i], p->row_upper[i],
                                  p->start[i + 1] - p->start[i], p->column + p->start[i], p->value + p->start[i],
                                  NULL));
  e->up  = p->n;
  e->row = p->m;
  for (PetscInt k = 0; k < s->n_sides; k++) {
    const PetscInt  j        = r == s->n ? s->side[k].between : s->side[k].inside;
    const PetscInt  column[] = {j, e->program->n, e->program->n + 1};
    const PetscReal value[]  = {1, -1, 1};
    if (r < s->n && s->side[k].region != r) continue;
    PetscCall(LinearProgramAddVariables(e->program, 1, p->variable[j], 0, INFINITY, NULL));
    PetscCall(LinearProgramAddVariables(e->program, 1, p->variable[j], 0, INFINITY, NULL));
    PetscCall(LinearProgramAddRow(e->program, p->variable[j], 0, 0, 3, column, value, NULL));
  }
  PetscFunctionReturn(0);
}

/* The problem's best near the numbers z [n_sides]; wanted: what it takes in their place. told[0]: iterations, told[1]: failed. */
static PetscErrorCode SolveElastic(RegionalSplit *s, PetscInt r, Elastic *e, const LinearOptions *options,
                                   const PetscReal *price, const PetscReal *z, PetscReal *wanted, PetscReal *told)
{
  RegionalProblem *a      = &s->problem[r];
  LinearResult     linear = {0};
  PetscReal       *x;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(e->program->n + 1, &x));
  for (PetscInt side = 0, k = 0; side < s->n_sides; side++) {
    if (r < s->n && s->side[side].region != r) continue;
    e->program->row_lower[e->row + k] = e->program->row_upper[e->row + k] = z[side];
    e->program->cost[e->up + 2 * k] = e->program->cost[e->up + 2 * k + 1] = price[side];
    k++;
  }
  PetscCall(LinearSolve(PETSC_COMM_SELF, e->program, options, x, NULL, NULL, &linear));
  PetscCall(PetscFree(linear.history));
  told[0] = linear.iterations;
  told[1] = linear.status != SOLVE_OPTIMAL;
  PetscCall(PetscArraycpy(a->x, x, a->program->n));
  for (PetscInt k = 0; k < s->n_sides; k++)
    if (r == s->n || s->side[k].region == r) wanted[k] = x[r == s->n ? s->side[k].between : s->side[k].inside];
  PetscCall(PetscFree(x));
  PetscFunctionReturn(0);
}

/* Whether any region departs from z. Its number becomes the target, dear to leave; others are cheap to leave. */
static PetscBool Departures(const RegionalSplit *s, const PetscReal *worth, PetscReal growth, const PetscReal *wanted,
                            const PetscReal *z, PetscReal *target, PetscReal *price)
{
  PetscBool any = PETSC_FALSE;

  for (PetscInt k = 0; k < s->n_sides; k++) {
    const RegionalSide *c    = &s->side[k];
    const PetscBool     gone = (PetscBool)(fabs(wanted[k] - z[k]) > departure * PetscMax(c->size, fabs(z[k])));
    target[k]                = gone ? wanted[k] : z[k];
    price[k]                 = (gone ? first_price * growth : 1) * PetscMax(c->price, fabs(worth[k]));
    if (gone) any = PETSC_TRUE;
  }
  return any;
}

PetscErrorCode RegionalRestore(MPI_Comm comm, RegionalSplit *s, const LinearOptions *options, const PetscReal *worth,
                               PetscReal *z, PetscReal *x, PetscBool *ok, LinearRegionalResult *result)
{
  const PetscInt n = s->n;
  Elastic       *elastic;
  PetscReal     *price, *wanted, *target, *told, growth = 1;
  PetscBool      again = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc5(n + 1, &elastic, s->n_sides + 1, &price, s->n_sides + 1, &wanted, s->n_sides + 1, &target,
                         2 * n + 2, &told));
  for (PetscInt r = 0; r <= n; r++)
    if (RegionalHere(s, r)) PetscCall(ElasticCreate(s, r, &elastic[r]));
  *ok = PETSC_TRUE;
  for (PetscInt round = 0; round < MOST_ROUNDS && *ok; round++) {
    for (PetscInt k = 0; k < s->n_sides; k++)
      price[k] = first_price * growth * PetscMax(s->side[k].price, fabs(worth[k]));
    for (PetscInt r = 0; r < n; r++)
      if (RegionalHere(s, r)) PetscCall(SolveElastic(s, r, &elastic[r], options, price, z, wanted, told + 2 * r));
    PetscCall(RegionalGather(comm, s, wanted, 2, told));
    result->messages += 2.0 * n;
    result->bytes += 2.0 * sizeof(PetscReal) * (s->n_sides + n);
    again = Departures(s, worth, growth, wanted, z, target, price);
    if (again) PetscCall(SolveElastic(s, n, &elastic[n], options, price, target, z, told + 2 * n));
    for (PetscInt r = 0; r <= n; r++) {
      result->regional_iterations += (PetscInt)told[2 * r];
      if (told[2 * r + 1] != 0) *ok = PETSC_FALSE;
    }
    if (!again) break;
    growth *= price_growth;
  }
  if (again) *ok = PETSC_FALSE;
  PetscCall(RegionalCollect(comm, s, PETSC_FALSE, x));
  for (PetscInt r = 0; r <= n; r++) PetscCall(LinearProgramDestroy(&elastic[r].program));
  PetscCall(PetscFree5(elastic, price, wanted, target, told));
  PetscFunctionReturn(0);
}
