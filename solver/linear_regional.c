/* ADMM between regions: rounds, penalties, and the bounds that tell how far the plan is from the optimum. */
#include "solver/linear_regional_impl.h"

#include "inputs/whereabouts.h"

#include <math.h>
#include <petsctime.h>

/* Penalties are balanced after these rounds, each time by no more than a factor; then they stay. */
static const PetscInt  balance_at[]  = {5, 10, 20, 40, 80, 120, 160, 200, 250, 300, 400, 500};
static const PetscReal balance_limit = 5;
/* The bounds are looked at every so many rounds; a feasible point is made when regions agree to this, relative to amounts. */
enum { LOOK_EVERY = 10 };
static const PetscReal agreement = 1e-2;
/* What regions agree on is taken to lie within so many times what it typically is, for the lower bound. */
static const PetscReal box = 10;

/* What a region tells of a round. */
enum { TOLD_COST, TOLD_BOUND, TOLD_ITERATIONS, TOLD_FAILED, TOLD_INFEASIBLE, TOLD };
enum { INFEASIBLE = 1, UNBOUNDED = 2 }; /* a region's own numbers; what it agrees on is kept by its proximal terms */

void LinearRegionalDefaultOptions(LinearRegionalOptions *options)
{
  *options = (LinearRegionalOptions){
      .tolerance = 1e-4, .max_rounds = 1000, .relaxation = 1, .memory = 20, .region_tolerance = 1e-9};
}

static PetscReal Penalty(const RegionalAdmm *a, PetscInt side)
{
  const RegionalSide *c = &a->s.side[side];

  return a->factor[c->group] * c->price / c->size;
}

static PetscErrorCode AdmmCreate(MPI_Comm comm, LinearProgram program, LinearRegions regions,
                                 const LinearRegionalOptions *options, LinearRegionalResult *result, RegionalAdmm *a)
{
  PetscInt n, g;

  PetscFunctionBeginUser;
  *a = (RegionalAdmm){.comm = comm, .options = options, .result = result};
  LinearDefaultOptions(&a->regional);
  a->regional.tolerance = options->region_tolerance;
  PetscCall(RegionalSplitCreate(comm, program, regions, &a->s));
  n = a->s.n_sides + 1;
  g = a->s.n_groups + 1;
  PetscCall(PetscCalloc7(n, &a->v, n, &a->z, n, &a->before, n, &a->x, n, &a->worth, n, &a->weighted, n, &a->image));
  PetscCall(PetscCalloc1(n, &a->sum));
  PetscCall(PetscCalloc3(g, &a->factor, g, &a->apart, g, &a->moved));
  PetscCall(PetscCalloc2((regions->n_regions + 1) * TOLD, &a->told, program->n + 1, &a->point));
  for (PetscInt k = 0; k < a->s.n_groups; k++) a->factor[k] = 1;
  if (options->memory > 0) PetscCall(AndersonCreate(a->s.n_sides, options->memory, &a->anderson));
  PetscCall(PetscCalloc1(4 * (options->max_rounds + 1), &result->linear.history));
  result->copies        = a->s.n_copies;
  result->contributions = a->s.n_sides - a->s.n_copies;
  result->upper_bound   = INFINITY;
  result->lower_bound   = -INFINITY;
  PetscFunctionReturn(0);
}

static PetscErrorCode AdmmDestroy(RegionalAdmm *a)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree7(a->v, a->z, a->before, a->x, a->worth, a->weighted, a->image));
  PetscCall(PetscFree(a->sum));
  PetscCall(PetscFree3(a->factor, a->apart, a->moved));
  PetscCall(PetscFree2(a->told, a->point));
  PetscCall(AndersonDestroy(&a->anderson));
  PetscCall(RegionalSplitDestroy(&a->s));
  PetscFunctionReturn(0);
}

/* Where the proximal term of a side pulls a problem. */
static PetscReal Target(const RegionalAdmm *a, PetscInt problem, PetscInt side)
{
  return problem == a->s.n ? a->v[side] : 2 * a->z[side] - a->v[side];
}

/* Sides of a problem: those of a region, or all. */
static PetscInt Sides(const RegionalAdmm *a, PetscInt problem, const PetscInt **list)
{
  *list = problem == a->s.n ? NULL : a->s.own + a->s.own_start[problem];
  return problem == a->s.n ? a->s.n_sides : a->s.own_start[problem + 1] - a->s.own_start[problem];
}

/* Solves a problem with its proximal terms; at [n_sides] what it answers. The solution is also one of its own cost less what it
   agrees on at the price rho (target - value), without the proximal terms: the value of that problem, from its multipliers, is the
   problem's part of the lower bound. */
static PetscErrorCode SolveProblem(RegionalAdmm *a, PetscInt r, PetscReal *at)
{
  RegionalProblem *const p      = &a->s.problem[r];
  PetscReal *const       told   = a->told + r * TOLD;
  LinearResult           linear = {0};
  const char *const      name   = r == a->s.n ? "(between the regions)" : a->s.regions->name[r];
  const PetscInt        *list, n = Sides(a, r, &list);

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(p->program->cost, p->cost, p->program->n));
  PetscCall(PetscArraycpy(p->program->quadratic, p->quadratic, p->program->n));
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt  k = list ? list[i] : i, j = list ? a->s.side[k].inside : a->s.side[k].between;
    const PetscReal rho = Penalty(a, k);
    p->program->cost[j] -= rho * Target(a, r, k);
    p->program->quadratic[j] += rho;
  }
  WhereaboutsRegion(name);
  PetscCall(LinearSolve(PETSC_COMM_SELF, p->program, &a->regional, p->x, p->y, p->z, &linear));
  if (linear.status != SOLVE_OPTIMAL) WhereaboutsSolveFailed(name, linear.iterations, linear.primal_residual);
  WhereaboutsRegion(NULL);
  PetscCall(PetscFree(linear.history));
  told[TOLD_BOUND]      = linear.dual_objective;
  told[TOLD_COST]       = 0;
  told[TOLD_ITERATIONS] = linear.iterations;
  told[TOLD_FAILED]     = linear.status != SOLVE_OPTIMAL;
  told[TOLD_INFEASIBLE] = linear.status != SOLVE_INFEASIBLE ? 0 : linear.unbounded ? UNBOUNDED : INFEASIBLE;
  for (PetscInt j = 0; j < p->program->n; j++)
    told[TOLD_COST] += (p->cost[j] + 0.5 * p->quadratic[j] * p->x[j]) * p->x[j];
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt  k     = list ? list[i] : i;
    const PetscReal value = p->x[list ? a->s.side[k].inside : a->s.side[k].between];
    if (told[TOLD_FAILED] == 0) at[k] = value;
    told[TOLD_BOUND] += 0.5 * Penalty(a, k) * value * value;
  }
  PetscFunctionReturn(0);
}

/* Least of worth x amount over an interval. */
static PetscReal Least(PetscReal worth, PetscReal lower, PetscReal upper)
{
  if (worth == 0) return 0;
  return worth > 0 ? worth * lower : worth * upper;
}

/* What two prices of a number, the region's and that between, may take from the lower bound as they do not quite cancel. */
static PetscReal Slack(const RegionalAdmm *a, PetscInt k)
{
  const RegionalSide *c    = &a->s.side[k];
  const PetscReal     most = box * PetscMax(c->size, PetscMax(fabs(a->x[k]), fabs(a->z[k])));

  return Least(Penalty(a, k) * (a->z[k] - a->x[k]), PetscMax(c->lower, -most), PetscMin(c->upper, most));
}

static void AddToMean(RegionalAdmm *a)
{
  for (PetscInt k = 0; k < a->s.n_sides; k++) a->sum[k] += a->worth[k];
  for (PetscInt r = 0; r < a->s.n; r++) a->sum_value += a->told[r * TOLD + TOLD_BOUND];
  a->sum_value += a->s.whole->constant;
  a->n_sum++;
}

/* Sums over problems and sides in their order, the same on every rank. */
static void Account(RegionalAdmm *a)
{
  const PetscInt n      = a->s.n;
  PetscBool      failed = PETSC_FALSE, infeasible = PETSC_FALSE, unbounded = PETSC_FALSE;

  a->cost = a->bound = a->s.whole->constant;
  for (PetscInt r = 0; r <= n; r++) {
    const PetscReal *told = a->told + r * TOLD;
    a->cost += told[TOLD_COST];
    a->bound += told[TOLD_BOUND];
    a->result->regional_iterations += (PetscInt)told[TOLD_ITERATIONS];
    if (told[TOLD_FAILED] != 0) failed = PETSC_TRUE;
    if (told[TOLD_INFEASIBLE] == INFEASIBLE) infeasible = PETSC_TRUE;
    if (told[TOLD_INFEASIBLE] == UNBOUNDED) unbounded = PETSC_TRUE;
  }
  if (infeasible || unbounded) a->result->linear.status = SOLVE_INFEASIBLE;
  a->result->linear.unbounded = (PetscBool)(unbounded && !infeasible);
  for (PetscInt k = 0; k < a->s.n_sides; k++) {
    a->worth[k] = Penalty(a, k) * (Target(a, 0, k) - a->x[k]);
    a->bound += Slack(a, k);
  }
  a->failures = failed ? a->failures + 1 : 0;
  if (failed) a->bound = -INFINITY;
  if (!failed) AddToMean(a);
  a->result->lower_bound = PetscMax(a->result->lower_bound, a->bound);
  a->result->messages += 2.0 * n;
  a->result->bytes += sizeof(PetscReal) * (2.0 * a->s.n_sides + (double)n * TOLD);
}

/* Largest mismatch relative to the typical amount, change of prices relative to the typical price, and what the mismatch
   and the change are worth beside the objective. */
static void Measure(RegionalAdmm *a)
{
  PetscReal money = 0;

  a->mismatch = a->change = 0;
  for (PetscInt k = 0; k < a->s.n_sides; k++) {
    const RegionalSide *c     = &a->s.side[k];
    const PetscReal     apart = a->x[k] - a->z[k], moved = a->z[k] - a->before[k], rho = Penalty(a, k);
    const PetscReal     scale = PetscMax(c->size, fabs(a->z[k]));
    a->mismatch               = PetscMax(a->mismatch, fabs(apart) / scale);
    a->change                 = PetscMax(a->change, rho * fabs(moved) / PetscMax(c->price, fabs(a->worth[k])));
    a->before[k]              = a->z[k];
    money += fabs(a->worth[k] * apart) + fabs(rho * moved * a->z[k]);
    a->apart[c->group] += apart * apart;
    a->moved[c->group] += moved * moved;
  }
  a->money = money / PetscMax(1, fabs(a->cost));
}

/* v <- v + relaxation (x - z), accelerated. */
static PetscErrorCode Move(RegionalAdmm *a)
{
  PetscBool restarted;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->s.n_sides; k++) {
    const PetscReal root = sqrt(Penalty(a, k)), step = a->options->relaxation * (a->x[k] - a->z[k]);
    a->weighted[k] = root * a->v[k];
    a->image[k]    = root * (a->v[k] + step);
    a->v[k] += step;
  }
  if (!a->anderson) PetscFunctionReturn(0);
  PetscCall(AndersonStep(a->anderson, a->weighted, a->image, &restarted));
  for (PetscInt k = 0; k < a->s.n_sides; k++) a->v[k] = a->weighted[k] / sqrt(Penalty(a, k));
  PetscFunctionReturn(0);
}

/* Disagreement beside movement, each relative to what it is of: amounts and prices. Prices stay as they are. */
static PetscErrorCode Balance(RegionalAdmm *a)
{
  PetscReal *amount, *price, *change;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(a->s.n_groups + 1, &amount, a->s.n_groups + 1, &price, a->s.n_groups + 1, &change));
  for (PetscInt k = 0; k < a->s.n_sides; k++) {
    const RegionalSide *c   = &a->s.side[k];
    const PetscReal     rho = Penalty(a, k), u = a->v[k] - a->z[k];
    amount[c->group] += PetscMax(a->z[k] * a->z[k], 1e-4 * c->size * c->size);
    price[c->group] += PetscMax(u * u, 1e-4 * PetscSqr(c->price / rho));
  }
  for (PetscInt g = 0; g < a->s.n_groups; g++) {
    const PetscReal apart = a->apart[g] / amount[g], moved = a->moved[g] / price[g];
    change[g]   = apart > 0 && moved > 0 ? pow(apart / moved, 0.25) : 1;
    change[g]   = PetscMax(PetscMin(change[g], balance_limit), 1 / balance_limit);
    a->apart[g] = a->moved[g] = 0;
  }
  for (PetscInt k = 0; k < a->s.n_sides; k++) a->v[k] = a->z[k] + (a->v[k] - a->z[k]) / change[a->s.side[k].group];
  for (PetscInt g = 0; g < a->s.n_groups; g++) a->factor[g] *= change[g];
  if (a->anderson) PetscCall(AndersonRestart(a->anderson));
  PetscCall(PetscFree3(amount, price, change));
  PetscFunctionReturn(0);
}

static PetscReal Gap(const RegionalAdmm *a)
{
  const LinearRegionalResult *r = a->result;

  return isfinite(r->upper_bound) && isfinite(r->lower_bound)
             ? PetscMax(0, r->upper_bound - r->lower_bound) / PetscMax(1, fabs(r->upper_bound))
             : INFINITY;
}

/* The lower bound with regions' prices: the problem between at these, without proximal terms, within the box; `value` is that of the
   regions at them. */
static PetscErrorCode BoundBetween(RegionalAdmm *a, const PetscReal *worth, PetscReal value)
{
  RegionalProblem *const p      = &a->s.problem[a->s.n];
  LinearResult           linear = {0};
  PetscReal             *lower, *upper, *x;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(p->program->n + 1, &lower, p->program->n + 1, &upper, p->program->n + 1, &x));
  PetscCall(PetscArraycpy(lower, p->program->lower, p->program->n));
  PetscCall(PetscArraycpy(upper, p->program->upper, p->program->n));
  PetscCall(PetscArraycpy(p->program->cost, p->cost, p->program->n));
  PetscCall(PetscArraycpy(p->program->quadratic, p->quadratic, p->program->n));
  for (PetscInt k = 0; k < a->s.n_sides; k++) {
    const PetscInt  j    = a->s.side[k].between;
    const PetscReal most = box * PetscMax(a->s.side[k].size, PetscMax(fabs(a->x[k]), fabs(a->z[k])));
    p->program->cost[j] += worth[k];
    p->program->lower[j] = PetscMax(p->program->lower[j], -most);
    p->program->upper[j] = PetscMin(p->program->upper[j], most);
  }
  PetscCall(LinearSolve(PETSC_COMM_SELF, p->program, &a->regional, x, NULL, NULL, &linear));
  PetscCall(PetscFree(linear.history));
  if (linear.status == SOLVE_OPTIMAL)
    a->result->lower_bound = PetscMax(a->result->lower_bound, value + linear.dual_objective);
  PetscCall(PetscArraycpy(p->program->lower, lower, p->program->n));
  PetscCall(PetscArraycpy(p->program->upper, upper, p->program->n));
  PetscCall(PetscFree3(lower, upper, x));
  PetscFunctionReturn(0);
}

/* Bounds with the prices of this round, and with their mean since it was last asked: a region's least cost is concave in prices, so
   that at their mean it is no less than the mean of its values. */
static PetscErrorCode Bound(RegionalAdmm *a)
{
  PetscReal value = a->s.whole->constant;

  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < a->s.n; r++) value += a->told[r * TOLD + TOLD_BOUND];
  if (a->failures == 0) PetscCall(BoundBetween(a, a->worth, value));
  if (a->n_sum > 1) {
    for (PetscInt k = 0; k < a->s.n_sides; k++) a->sum[k] /= a->n_sum;
    PetscCall(BoundBetween(a, a->sum, a->sum_value / a->n_sum));
  }
  a->n_sum     = 0;
  a->sum_value = 0;
  PetscCall(PetscArrayzero(a->sum, a->s.n_sides));
  PetscFunctionReturn(0);
}

/* A feasible point from what is agreed now; kept when it is the best. */
static PetscErrorCode Try(RegionalAdmm *a)
{
  PetscReal *point, *agreed, objective, rows, bounds;
  PetscBool  ok;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(a->s.whole->n + 1, &point, a->s.n_sides + 1, &agreed));
  PetscCall(PetscArraycpy(agreed, a->z, a->s.n_sides));
  PetscCall(RegionalRestore(a->comm, &a->s, &a->regional, a->worth, agreed, point, &ok, a->result));
  a->result->restorations++;
  objective = LinearProgramObjective(a->s.whole, point);
  LinearProgramViolation(a->s.whole, point, &rows, &bounds);
  if (ok && objective < a->result->upper_bound) {
    a->result->upper_bound            = objective;
    a->result->linear.primal_residual = PetscMax(rows, bounds);
    PetscCall(PetscArraycpy(a->point, point, a->s.whole->n));
  }
  PetscCall(PetscFree2(point, agreed));
  PetscFunctionReturn(0);
}

static void Record(RegionalAdmm *a, PetscInt round, PetscBool tried)
{
  PetscReal *h = a->result->linear.history + 4 * (round - 1);

  h[0] = a->mismatch;
  h[1] = a->change;
  h[2] = isfinite(a->result->lower_bound) ? fabs(a->cost - a->result->lower_bound) / PetscMax(1, fabs(a->cost)) : 1;
  h[3] = a->money;
  a->result->linear.n_history = round;
  a->result->rounds           = round;
  if (a->options->verbosity > 0 && a->s.rank == 0)
    fprintf(stderr, "%4d  cost %.10g  bound %.10g  upper %.10g  mismatch %.1e  change %.1e  money %.1e%s\n", (int)round,
            (double)a->cost, (double)a->result->lower_bound, (double)a->result->upper_bound, (double)a->mismatch,
            (double)a->change, (double)a->money, tried ? "  tried" : "");
}

/* Whether a feasible point may close the gap: what regions cost now is near the bound, and what they disagree on is small. */
static PetscBool Worthwhile(const RegionalAdmm *a)
{
  return (PetscBool)(fabs(a->cost - a->result->lower_bound) <= 2 * a->options->tolerance * fabs(a->cost) &&
                     a->mismatch <= agreement);
}

static PetscErrorCode Rounds(RegionalAdmm *a)
{
  const PetscReal tolerance = a->options->tolerance;
  PetscInt        round     = 1;

  PetscFunctionBeginUser;
  PetscCall(RegionalResume(a, &round));
  a->result->linear.status = SOLVE_ITERATION_LIMIT;
  for (; round <= a->options->max_rounds; round++) {
    PetscBool attempt, stop;
    PetscCall(RegionalAsk(a, round, &stop));
    if (stop) {
      a->result->linear.status = SOLVE_STOPPED;
      PetscFunctionReturn(0);
    }
    PetscCall(SolveProblem(a, a->s.n, a->z));
    for (PetscInt r = 0; r < a->s.n; r++)
      if (RegionalHere(&a->s, r)) PetscCall(SolveProblem(a, r, a->x));
    PetscCall(RegionalGather(a->comm, &a->s, a->x, TOLD, a->told));
    Account(a);
    Measure(a);
    if (a->result->linear.status == SOLVE_INFEASIBLE || a->failures > 5) break;
    attempt = (PetscBool)(round % LOOK_EVERY == 0 || round == a->options->max_rounds || a->s.n_sides == 0);
    if (attempt) {
      PetscCall(Bound(a));
      attempt = (PetscBool)(Worthwhile(a) || round == a->options->max_rounds || a->s.n_sides == 0);
      if (attempt) PetscCall(Try(a));
    }
    Record(a, round, attempt);
    if (Gap(a) <= tolerance) {
      a->result->linear.status = SOLVE_OPTIMAL;
      break;
    }
    PetscCall(Move(a));
    if (a->balanced < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(balance_at) && round == balance_at[a->balanced]) {
      PetscCall(Balance(a));
      a->balanced++;
    }
  }
  PetscFunctionReturn(0);
}

/* Multipliers: of rows those of the last regional solves, of bounds what is left. */
static PetscErrorCode Multipliers(RegionalAdmm *a, const PetscReal *x, PetscReal *y, PetscReal *z)
{
  const LinearProgram p    = a->s.whole;
  PetscReal          *rows = y;

  PetscFunctionBeginUser;
  if (!y && !z) PetscFunctionReturn(0);
  if (!y) PetscCall(PetscMalloc1(p->m + 1, &rows));
  PetscCall(RegionalCollect(a->comm, &a->s, PETSC_TRUE, rows));
  for (PetscInt j = 0; j < p->n && z; j++) z[j] = p->cost[j] + p->quadratic[j] * x[j];
  for (PetscInt i = 0; i < p->m && z; i++)
    for (PetscInt k = p->start[i]; k < p->start[i + 1]; k++) z[p->column[k]] -= p->value[k] * rows[i];
  if (!y) PetscCall(PetscFree(rows));
  PetscFunctionReturn(0);
}

static void Finish(RegionalAdmm *a)
{
  LinearRegionalResult *r = a->result;

  if (!isfinite(r->upper_bound)) r->linear.primal_residual = INFINITY;
  r->linear.iterations     = r->rounds;
  r->linear.objective      = isfinite(r->upper_bound) ? r->upper_bound : a->cost;
  r->linear.dual_objective = r->lower_bound;
  r->linear.gap            = Gap(a);
  r->linear.dual_residual  = a->change;
  r->linear.blocks         = a->s.n;
  r->linear.border         = a->s.n_sides;
  r->linear.presolved_n    = a->s.whole->n;
  r->linear.presolved_m    = a->s.whole->m;
  r->mismatch              = a->mismatch;
}

static PetscErrorCode SolveRounds(RegionalAdmm *a, PetscReal *x, PetscReal *y, PetscReal *z)
{
  PetscFunctionBeginUser;
  PetscCall(Rounds(a));
  if (a->result->linear.status == SOLVE_STOPPED) PetscFunctionReturn(0);
  Finish(a);
  if (!isfinite(a->result->upper_bound)) PetscCall(RegionalCollect(a->comm, &a->s, PETSC_FALSE, a->point));
  PetscCall(PetscArraycpy(x, a->point, a->s.whole->n));
  PetscCall(Multipliers(a, x, y, z));
  PetscCall(RegionalWatchEnd(a, x, y, z));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearSolveRegional(MPI_Comm comm, LinearProgram program, LinearRegions regions,
                                   const LinearRegionalOptions *options, PetscReal *x, PetscReal *y, PetscReal *z,
                                   LinearRegionalResult *result)
{
  RegionalAdmm   a;
  PetscBool      done;
  PetscLogDouble begin, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  *result = (LinearRegionalResult){0};
  PetscCall(AdmmCreate(comm, program, regions, options, result, &a));
  PetscCall(RegionalWatchBegin(&a));
  PetscCall(RegionalWatchDone(&a, x, y, z, &done));
  if (!done) PetscCall(SolveRounds(&a, x, y, z));
  PetscCall(AdmmDestroy(&a));
  PetscCall(PetscTime(&end));
  result->linear.seconds = end - begin;
  PetscFunctionReturn(0);
}
