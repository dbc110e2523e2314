/* ADMM over regions in sum-and-difference coordinates of the tie lines' end voltages, with Anderson acceleration by hours.

   Every region solves its own problem with copies of its foreign border voltages and a proximal term for each border coordinate y:
     minimise f_r + penalty/2 (y - z +- u)^2,   then   z <- mean of the sides' y,   u <- u + (y_0 - y_1) / 2.
   A rank holds z and u of its regions' coordinates; the sides' coordinates travel between neighbours, and sums of a few numbers
   a region. What is to be known of a coordinate follows from both sides' values, so both ranks have it to the bit. */
#include "inputs/whereabouts.h"
#include "solver/admm_internal.h"
#include "solver/interior_point_response.h"

#include <math.h>

#define DEFAULT_TOLERANCE 1e-5
#define DEFAULT_MAX_ITERATIONS 1000
#define ANDERSON_MEMORY 40
/* Of the numbers of an hour: as many differences as numbers fit anything. */
#define MEMORY_SHARE 0.75
/* Of the regional solves: a share of the residual, within limits; what is looser is noise to the acceleration. */
#define REGION_SHARE 1e-5
#define REGION_TOLERANCE 1e-9
#define REGION_TOLERANCE_LOOSE 1e-7
/* Iteration after which the regions' answers are measured and the penalties chosen by them. */
#define MEASURE_AT 25
/* Answers closer to 0 or 1 than this say no more than that the coordinate is stiff, or free; and how far to follow them. */
#define ANSWER_MARGIN 0.01
#define ANSWER_TRUST 0.7
/* Without this much progress in so many iterations, penalties are balanced. */
#define STAGNATION_WINDOW 60
#define STAGNATION_FACTOR 0.5
/* Each by the ratio of disagreement to movement to this power, and all by a factor where power lags; within a largest factor. */
#define BALANCE_RAISE 2.0
#define BALANCE_TRUST 0.5
#define BALANCE_MAX 10.0
/* A price's disagreement weighs so much less than power where penalties and tolerances are chosen; and where the objective is at rest. */
#define PRICE_FACTOR 10
#define DRIFT_WINDOW 5
/* A stalled mismatch with growing multipliers over twice this many iterations is a sign of infeasibility. */
#define STALL_WINDOW 30
/* A region may fail this many iterations in a row (it then keeps its last border values). */
#define MAX_FAILURES 6
/* Residuals up to which a regional solve that missed its tolerance is good enough to go on with. */
#define USABLE_RESIDUAL 1e-6
/* With a budget, the rate of the last so many iterations must promise to keep it. */
#define RATE_WINDOW 50

/* What a region tells of an iteration. */
enum {
  TOLD_OBJECTIVE,
  TOLD_ITERATIONS,
  TOLD_WORK, /* iterations times the entries of the region's derivatives */
  TOLD_FAILED,
  TOLD_MISMATCH,
  TOLD_VIOLATION,
  TOLD_DUAL,
  TOLD_MULTIPLIER,
  TOLD_PENALTY_LOW,
  TOLD_PENALTY_HIGH,
  TOLD
};

/* Whole-network row -> row of the region's network. */
static PetscInt LocalRow(const PetscInt *map, PetscInt n, PetscInt row)
{
  for (PetscInt k = 0; k < n; k++)
    if (map[k] == row) return k;
  return -1;
}

static PetscErrorCode AddTerms(Admm *a, AdmmRegion *r)
{
  AdmmBorder border = a->border;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(border->n, &r->coordinate, border->n, &r->side, border->n, &r->variable_i, border->n,
                         &r->variable_j));
  for (PetscInt k = 0; k < border->n; k++) {
    const Coordinate c = AdmmBorderCoordinate(border, k);
    for (PetscInt side = 0; side < 2; side++) {
      if (c.region[side] != r->part->region) continue;
      const PetscInt *map = c.kind == OPF_LINK_P ? r->part->link : r->part->bus;
      const PetscInt  n   = c.kind == OPF_LINK_P ? r->part->net->link.n : r->part->net->bus.n,
                     hour = AdmmBorderHour(border, k);
      const PetscInt i    = OpfModelVariable(r->sub.model, c.kind, LocalRow(map, n, c.row_i), hour);
      const PetscInt j    = c.row_j < 0 ? -1 : OpfModelVariable(r->sub.model, c.kind, LocalRow(map, n, c.row_j), hour);
      r->coordinate[r->n_terms] = k;
      r->side[r->n_terms]       = side;
      r->variable_i[r->n_terms] = i;
      r->variable_j[r->n_terms] = j;
      r->n_terms++;
      PetscCall(OpfModelAddProximal(r->sub.model, i, c.ci, j, c.cj));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode RegionSetUp(Admm *a, Network net, PetscInt index, PetscReal mean_cost, AdmmRegion *r)
{
  OpfModelOptions model_options = OpfModelOptionsFrom(a->options);
  PetscFunctionBeginUser;
  PetscCall(RegionNetworkCreate(net, a->partition, index, &r->part));
  model_options.external  = r->part->external;
  model_options.mean_cost = mean_cost;
  PetscCall(PetscMalloc1(r->part->net->storage.n, &r->initial_energy));
  for (PetscInt s = 0; s < r->part->net->storage.n; s++)
    r->initial_energy[s] = a->options->initial_energy ? a->options->initial_energy[r->part->storage[s]]
                                                      : r->part->net->storage.e_initial_mwh[s];
  model_options.initial_energy = r->initial_energy;
  PetscCall(OpfModelCreate(r->part->net, &model_options, &r->sub.model));
  PetscCall(AddTerms(a, r));
  PetscCall(OpfSubproblemSetUp(&r->sub));
  PetscCall(PetscCalloc1(r->n_terms, &r->value));
  PetscFunctionReturn(0);
}

static PetscErrorCode RegionDestroy(AdmmRegion *r)
{
  PetscFunctionBeginUser;
  PetscCall(OpfSubproblemDestroy(&r->sub));
  PetscCall(PetscFree4(r->coordinate, r->side, r->variable_i, r->variable_j));
  PetscCall(PetscFree(r->initial_energy));
  PetscCall(PetscFree(r->value));
  PetscCall(RegionNetworkDestroy(&r->part));
  PetscFunctionReturn(0);
}

/* Mean marginal cost of the whole network: one scalar that all regions share. */
static PetscErrorCode SharedMeanCost(Network net, const OpfOptions *options, PetscReal *mean)
{
  OpfModelOptions model_options = OpfModelOptionsFrom(options);
  OpfModel        model;
  PetscFunctionBeginUser;
  PetscCall(OpfModelCreate(net, &model_options, &model));
  *mean = OpfModelMeanCost(model);
  PetscCall(OpfModelDestroy(&model));
  PetscFunctionReturn(0);
}

/* Coordinates belong to the first of their regions, for sums. */
static PetscErrorCode ListOwn(Admm *a)
{
  PetscInt at = 0;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(a->n_local + 1, &a->own_start, a->border->n, &a->own));
  for (PetscInt k = 0; k < a->n_local; k++) {
    a->own_start[k] = at;
    for (PetscInt c = 0; c < a->border->n; c++)
      if (AdmmBorderCoordinate(a->border, c).region[0] == a->region[k].part->region) a->own[at++] = c;
  }
  a->own_start[a->n_local] = at;
  PetscFunctionReturn(0);
}

/* Inner products of states, region by region. */
static PetscErrorCode RegionDots(void *context, PetscInt count, const PetscReal *const *x, const PetscReal *const *y,
                                 PetscReal *dot)
{
  const Acceleration *part = (const Acceleration *)context;
  const Admm         *a    = part->admm;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->n_local; k++)
    for (PetscInt j = 0; j < count; j++) {
      PetscReal sum = 0;
      for (PetscInt i = a->own_start[k]; i < a->own_start[k + 1]; i++) {
        if (a->own[i] < part->first || a->own[i] >= part->first + part->n) continue;
        const PetscInt s = AdmmStatePlace(a, a->own[i]) - 2 * part->first, h = a->border->per_hour;
        sum += x[j][s] * y[j][s] + x[j][s + h] * y[j][s + h];
      }
      a->partial[k * count + j] = sum;
    }
  PetscCall(ExchangeSum(a->border->exchange, count, a->partial, dot));
  PetscFunctionReturn(0);
}

static PetscErrorCode AccelerationSetUp(Admm *a, PetscInt first, PetscInt n, PetscInt memory, Acceleration *part)
{
  PetscFunctionBeginUser;
  *part = (Acceleration){.admm = a, .first = first, .n = n};
  PetscCall(AndersonCreate(2 * n, memory, &part->anderson));
  PetscCall(AndersonSetDots(part->anderson, RegionDots, part));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUpAccelerations(Admm *a)
{
  const AdmmBorder b      = a->border;
  const PetscInt   most   = (PetscInt)(MEMORY_SHARE * 2 * b->all_per_hour);
  const PetscInt   memory = PetscMax(1, PetscMin(ANDERSON_MEMORY, most));
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(b->hours, &a->by_hour));
  for (PetscInt t = 0; t < b->hours; t++)
    PetscCall(AccelerationSetUp(a, t * b->per_hour, b->per_hour, memory, &a->by_hour[t]));
  PetscCall(AccelerationSetUp(a, 0, b->n, ANDERSON_MEMORY, &a->whole));
  a->joint = (PetscBool)(b->hours == 1);
  PetscFunctionReturn(0);
}

static PetscErrorCode AdmmSetUp(Admm *a, Network net)
{
  PetscMPIInt rank;
  PetscInt    n;
  PetscReal   mean_cost = 1, step = a->options->first_snapshot >= 0 ? net->series.step_hours : 1;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(a->comm, &rank));
  PetscCall(SharedMeanCost(net, a->options, &mean_cost));
  PetscCall(AdmmBorderCreate(a->comm, net, a->partition, a->options, mean_cost * net->base_mva * step, &a->border));
  n = a->border->n;
  PetscCall(PetscCalloc1(a->border->n_local, &a->region));
  for (PetscInt r = 0; r < a->partition->n_regions; r++)
    if (a->partition->rank[r] == rank) PetscCall(RegionSetUp(a, net, r, mean_cost, &a->region[a->n_local++]));
  PetscCall(PetscCalloc4(n, &a->z, n, &a->u, 2 * n, &a->state, 2 * n, &a->image));
  PetscCall(PetscCalloc2(n, &a->moved, n, &a->apart));
  PetscCall(
      PetscCalloc3(a->n_local * TOLD, &a->told, a->partition->n_regions * TOLD, &a->all, 2 * a->n_local, &a->worst));
  PetscCall(PetscCalloc2(a->n_local * (2 * ANDERSON_MEMORY + 1), &a->partial, 2 * n, &a->answer));
  PetscCall(ListOwn(a));
  PetscCall(SetUpAccelerations(a));
  AdmmBorderStart(a->border, a->z, a->u);
  a->tolerance = REGION_TOLERANCE_LOOSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode AdmmDestroy(Admm *a)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->n_local; k++) PetscCall(RegionDestroy(&a->region[k]));
  PetscCall(PetscFree(a->region));
  PetscCall(PetscFree4(a->z, a->u, a->state, a->image));
  PetscCall(PetscFree2(a->moved, a->apart));
  PetscCall(PetscFree3(a->told, a->all, a->worst));
  PetscCall(PetscFree2(a->partial, a->answer));
  PetscCall(PetscFree2(a->own_start, a->own));
  PetscCall(PetscFree(a->merit));
  PetscCall(PetscFree(a->fit));
  for (PetscInt t = 0; t < a->border->hours; t++) PetscCall(AndersonDestroy(&a->by_hour[t].anderson));
  PetscCall(PetscFree(a->by_hour));
  PetscCall(AndersonDestroy(&a->whole.anderson));
  PetscCall(AdmmBorderDestroy(&a->border));
  PetscFunctionReturn(0);
}

static PetscReal WorstResidual(const InteriorPointResult *result)
{
  return PetscMax(result->primal_residual, PetscMax(result->dual_residual, result->complementarity));
}

static PetscBool Usable(const InteriorPointResult *result)
{
  return (PetscBool)(result->status == SOLVE_OPTIMAL || WorstResidual(result) <= USABLE_RESIDUAL);
}

/* Solves one region at the present state. */
static PetscErrorCode RegionSolve(Admm *a, AdmmRegion *r)
{
  InteriorPointOptions ip;
  PetscReal           *weight, *target;
  PetscFunctionBeginUser;

  PetscCall(OpfModelGetProximal(r->sub.model, &weight, &target));
  for (PetscInt k = 0; k < r->n_terms; k++) {
    const PetscInt c = r->coordinate[k];
    weight[k]        = a->border->penalty[c];
    target[k]        = a->z[c] + (r->side[k] == 0 ? -a->u[c] : a->u[c]);
  }
  if (!r->solved)
    PetscCall(PetscArraycpy(r->sub.x, OpfModelProgram(r->sub.model)->x0, OpfModelProgram(r->sub.model)->n));
  InteriorPointDefaultOptions(&ip);
  ip.tolerance  = a->tolerance;
  ip.warm_start = r->solved;
  PetscCall(InteriorPointSolve(r->sub.ip, &ip, r->sub.x, r->sub.lambda, r->sub.zl, r->sub.zu, &r->sub.result));
  r->solved = Usable(&r->sub.result);
  PetscFunctionReturn(0);
}

/* A region's border coordinates; those of the last good solve when this one failed. */
static void ReadCoordinates(Admm *a, AdmmRegion *r)
{
  for (PetscInt k = 0; k < r->n_terms; k++) {
    const Coordinate c = AdmmBorderCoordinate(a->border, r->coordinate[k]);
    if (r->solved)
      r->value[k] =
          c.ci * r->sub.x[r->variable_i[k]] + (r->variable_j[k] >= 0 ? c.cj * r->sub.x[r->variable_j[k]] : 0) + 0.0;
    a->border->value[2 * r->coordinate[k] + r->side[k]] = r->value[k];
  }
}

/* All regions once; afterwards both sides' coordinates are known wherever one of them is. */
static PetscErrorCode SolveRegions(Admm *a)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->n_local; k++) {
    AdmmRegion *r       = &a->region[k];
    PetscReal  *told    = a->told + k * TOLD;
    Program     program = OpfModelProgram(r->sub.model);
    WhereaboutsRegion(a->partition->name[r->part->region]);
    PetscCall(RegionSolve(a, r));
    if (!r->solved)
      WhereaboutsSolveFailed(a->partition->name[r->part->region], r->sub.result.iterations,
                             WorstResidual(&r->sub.result));
    PetscCall(OpfModelCost(r->sub.model, r->sub.x, &told[TOLD_OBJECTIVE]));
    told[TOLD_ITERATIONS] = r->sub.result.iterations;
    told[TOLD_WORK]       = told[TOLD_ITERATIONS] * (program->jacobian_nnz + program->hessian_nnz);
    told[TOLD_FAILED]     = r->solved ? 0 : 1;
    ReadCoordinates(a, r);
  }
  WhereaboutsRegion(NULL);
  PetscCall(ExchangeSwap(a->border->exchange, a->border->value));
  PetscFunctionReturn(0);
}

/* The plain step of (z, u) towards agreement, as image, and what each region's own coordinates say about it. The gradients of
   the two sides' costs add up to twice the penalty times the movement of z: the price at which they disagree. */
static void PlainStep(Admm *a)
{
  const AdmmBorder b = a->border;

  for (PetscInt c = 0; c < b->n; c++) {
    const PetscReal y0 = b->value[2 * c], y1 = b->value[2 * c + 1], root = PetscSqrtReal(b->penalty[c]);
    const PetscInt  s         = AdmmStatePlace(a, c);
    a->state[s]               = root * a->z[c];
    a->state[s + b->per_hour] = root * a->u[c];
    a->image[s]               = root * 0.5 * (y0 + y1);
    a->image[s + b->per_hour] = root * (a->u[c] + 0.5 * (y0 - y1));
    a->moved[c] += PetscAbsReal(0.5 * (y0 + y1) - a->z[c]);
    a->apart[c] += PetscAbsReal(0.5 * (y0 - y1));
  }
  for (PetscInt k = 0; k < a->n_local; k++) {
    PetscReal *told = a->told + k * TOLD;
    for (int j = TOLD_DUAL; j < TOLD; j++) told[j] = 0;
    told[TOLD_PENALTY_LOW] = PETSC_MAX_REAL;
    for (PetscInt i = a->own_start[k]; i < a->own_start[k + 1]; i++) {
      const PetscInt  c = a->own[i], s = AdmmStatePlace(a, c);
      const PetscReal root = PetscSqrtReal(b->penalty[c]), dz = a->image[s] - a->state[s];
      told[TOLD_DUAL] = PetscMax(told[TOLD_DUAL], 2 * root * PetscAbsReal(dz) / b->unit[c]);
      told[TOLD_MULTIPLIER] =
          PetscMax(told[TOLD_MULTIPLIER], root * PetscAbsReal(a->image[s + b->per_hour]) / b->unit[c]);
      told[TOLD_PENALTY_LOW]  = PetscMin(told[TOLD_PENALTY_LOW], b->penalty[c] / b->unit[c]);
      told[TOLD_PENALTY_HIGH] = PetscMax(told[TOLD_PENALTY_HIGH], b->penalty[c] / b->unit[c]);
    }
  }
}

/* Hours are nearly independent of each other: each extrapolates by itself, with a memory that covers most of its numbers, and a kink
   in one does not spoil the others. Where that stagnates (stored energy binds the hours) they are taken as one. */
static PetscErrorCode Advance(Admm *a, PetscBool *restarted)
{
  const AdmmBorder    b     = a->border;
  const PetscInt      parts = a->joint ? 1 : b->hours;
  const Acceleration *part  = a->joint ? &a->whole : a->by_hour;
  PetscFunctionBeginUser;
  *restarted = PETSC_FALSE;
  for (PetscInt t = 0; t < parts; t++) {
    const PetscInt at = 2 * part[t].first;
    PetscBool      again;
    PetscCall(AndersonStep(part[t].anderson, a->state + at, a->image + at, &again));
    if (again) *restarted = PETSC_TRUE;
  }
  for (PetscInt c = 0; c < b->n; c++) {
    const PetscReal root = PetscSqrtReal(b->penalty[c]);
    const PetscInt  s    = AdmmStatePlace(a, c);
    a->z[c]              = a->state[s] / root;
    a->u[c]              = a->state[s + b->per_hour] / root;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode RestartAccelerations(Admm *a)
{
  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < a->border->hours; t++) PetscCall(AndersonRestart(a->by_hour[t].anderson));
  PetscCall(AndersonRestart(a->whole.anderson));
  PetscFunctionReturn(0);
}

/* How a region moves its coordinates when their targets move: near 0 where its own cost is stiff beside the penalty, near 1
   where it is flat. */
static PetscErrorCode MeasureRegion(Admm *a, AdmmRegion *r)
{
  const PetscInt n = OpfModelProgram(r->sub.model)->n;
  PetscReal     *linear, *dx;
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n, &linear, n, &dx));
  for (PetscInt k = 0; k < r->n_terms; k++) {
    const PetscInt   i = r->variable_i[k], j = r->variable_j[k];
    const Coordinate c      = AdmmBorderCoordinate(a->border, r->coordinate[k]);
    PetscReal       *answer = &a->answer[2 * r->coordinate[k] + r->side[k]];
    PetscBool        available;
    linear[i] = -a->border->penalty[r->coordinate[k]] * c.ci;
    if (j >= 0) linear[j] = -a->border->penalty[r->coordinate[k]] * c.cj;
    PetscCall(InteriorPointResponse(r->sub.ip, linear, dx, &available));
    *answer   = available && r->solved ? c.ci * dx[i] + (j >= 0 ? c.cj * dx[j] : 0) : 0.5;
    linear[i] = 0;
    if (j >= 0) linear[j] = 0;
  }
  PetscCall(PetscFree2(linear, dx));
  PetscFunctionReturn(0);
}

/* The factor of a penalty that brings the mean answer of its two sides to one half, from where the sides give way to each other
   evenly. Answers above 1 are those of a concave cost, beside which the penalty must stay large. */
static PetscReal PenaltyFactor(PetscReal w0, PetscReal w1)
{
  const PetscReal mean = PetscMin(PetscMax(0.5 * (w0 + w1), ANSWER_MARGIN), 1 - ANSWER_MARGIN);
  const PetscReal top = PetscMax(w0, w1), least = top > 1 ? 2 * (1 - 1 / top) : 0;
  return PetscMax(PetscPowReal(1 / mean - 1, ANSWER_TRUST), least);
}

/* Changes a penalty; the multiplier stays as it is. */
static void ScalePenalty(Admm *a, PetscInt c, PetscReal factor)
{
  a->border->penalty[c] *= factor;
  a->u[c] /= factor;
}

static PetscErrorCode MeasurePenalties(Admm *a)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->n_local; k++) PetscCall(MeasureRegion(a, &a->region[k]));
  PetscCall(ExchangeSwap(a->border->exchange, a->answer));
  for (PetscInt c = 0; c < a->border->n; c++) ScalePenalty(a, c, PenaltyFactor(a->answer[2 * c], a->answer[2 * c + 1]));
  PetscCall(RestartAccelerations(a));
  PetscFunctionReturn(0);
}

/* Where the iteration stagnates: a coordinate on which the sides disagree more than its agreed value moves gets a larger penalty, one
   that creeps while the sides are at one a smaller one (linear costs do either, in straight lines that the acceleration cannot
   extrapolate). All get larger ones where power lags behind prices: small cycles end so. */
static PetscErrorCode BalancePenalties(Admm *a)
{
  const PetscReal raise = a->lead > 0 ? BALANCE_RAISE : 1;
  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < a->border->n; c++) {
    const PetscReal ratio  = PetscMax(a->apart[c], PETSC_SMALL) / PetscMax(a->moved[c], PETSC_SMALL);
    const PetscReal factor = raise * PetscPowReal(ratio, BALANCE_TRUST);
    ScalePenalty(a, c, PetscMin(BALANCE_MAX, PetscMax(1 / BALANCE_MAX, factor)));
  }
  PetscCall(RestartAccelerations(a));
  PetscFunctionReturn(0);
}

static PetscBool Stagnates(const Admm *a, PetscInt k)
{
  return (PetscBool)(k >= a->last_change + STAGNATION_WINDOW &&
                     a->merit[k] > STAGNATION_FACTOR * a->merit[k - STAGNATION_WINDOW]);
}

static PetscErrorCode ChoosePenalties(Admm *a, PetscInt k)
{
  PetscFunctionBeginUser;
  if (k + 1 != MEASURE_AT && !Stagnates(a, k)) PetscFunctionReturn(0);
  if (k + 1 == MEASURE_AT)
    PetscCall(MeasurePenalties(a));
  else {
    PetscCall(BalancePenalties(a));
    a->joint = PETSC_TRUE;
  }
  a->lead = 0;
  PetscCall(PetscArrayzero(a->moved, a->border->n));
  PetscCall(PetscArrayzero(a->apart, a->border->n));
  a->last_change = k;
  PetscFunctionReturn(0);
}

/* What all regions tell, in region order. */
static PetscErrorCode Record(Admm *a, AdmmIteration *row, PetscReal *work, PetscInt *failures)
{
  PetscFunctionBeginUser;
  AdmmBorderResiduals(a->border, a->worst);
  PlainStep(a);
  for (PetscInt k = 0; k < a->n_local; k++) {
    a->told[k * TOLD + TOLD_MISMATCH]  = a->worst[2 * k];
    a->told[k * TOLD + TOLD_VIOLATION] = a->worst[2 * k + 1];
  }
  PetscCall(ExchangeGather(a->border->exchange, TOLD, a->told, a->all));
  *failures = 0;
  *row      = (AdmmIteration){.penalty_low = PETSC_MAX_REAL};
  for (PetscInt r = 0; r < a->partition->n_regions; r++) {
    const PetscReal *told = a->all + r * TOLD;
    row->objective += told[TOLD_OBJECTIVE];
    row->local_iterations += (PetscInt)told[TOLD_ITERATIONS];
    work[r] += told[TOLD_WORK];
    *failures += (PetscInt)told[TOLD_FAILED];
    row->mismatch_pu   = PetscMax(row->mismatch_pu, told[TOLD_MISMATCH]);
    row->violation_pu  = PetscMax(row->violation_pu, told[TOLD_VIOLATION]);
    row->dual_relative = PetscMax(row->dual_relative, told[TOLD_DUAL]);
    row->multiplier    = PetscMax(row->multiplier, told[TOLD_MULTIPLIER]);
    row->penalty_low   = PetscMin(row->penalty_low, told[TOLD_PENALTY_LOW]);
    row->penalty_high  = PetscMax(row->penalty_high, told[TOLD_PENALTY_HIGH]);
  }
  PetscCall(Advance(a, &row->restarted));
  PetscFunctionReturn(0);
}

/* Mismatch stalls while the multipliers grow: the regions can serve themselves, but not together. */
static PetscBool LooksInfeasible(const AdmmIteration *record, PetscInt k)
{
  if (k < 2 * STALL_WINDOW) return PETSC_FALSE;
  const AdmmIteration *now = &record[k], *before = now - STALL_WINDOW, *first = before - STALL_WINDOW;
  return (PetscBool)(now->mismatch_pu > 0.7 * before->mismatch_pu && now->mismatch_pu > 0.7 * first->mismatch_pu &&
                     now->multiplier > 1.3 * before->multiplier && before->multiplier > 1.3 * first->multiplier);
}

/* Agreement: on power, within limits, on prices, and at rest. */
static PetscBool Agreed(const AdmmIteration *record, PetscInt k, PetscReal tolerance)
{
  const AdmmIteration *now = &record[k];
  if (k < DRIFT_WINDOW) return PETSC_FALSE;
  const PetscReal drift = PetscAbsReal(now->objective - record[k - DRIFT_WINDOW].objective);
  return (PetscBool)(now->mismatch_pu <= tolerance && now->violation_pu <= tolerance &&
                     now->dual_relative <= tolerance &&
                     drift <= PetscMax(tolerance, 1e-9) * PetscMax(PetscAbsReal(now->objective), PETSC_SMALL));
}

/* Largest residual over its tolerance, and the least of them so far. */
static void UpdateMerit(Admm *a, const AdmmIteration *row, PetscInt k, PetscReal tolerance)
{
  const PetscReal power = PetscMax(row->mismatch_pu, row->violation_pu), price = row->dual_relative / PRICE_FACTOR;
  const PetscReal worst = PetscMax(power, price);

  a->merit[k] = k > 0 ? PetscMin(a->merit[k - 1], worst / tolerance) : worst / tolerance;
  a->lead += PetscLogReal(PetscMax(power, PETSC_SMALL) / PetscMax(price, PETSC_SMALL));
  a->tolerance = PetscMin(REGION_TOLERANCE_LOOSE, PetscMax(REGION_TOLERANCE, REGION_SHARE * worst));
}

/* At the rate of late the tolerance will not be reached within the budget. */
static PetscBool Hopeless(const Admm *a, PetscInt k, PetscInt limit)
{
  if ((k + 1) % RATE_WINDOW != 0 || k < a->last_change + RATE_WINDOW || k < 2 * RATE_WINDOW) return PETSC_FALSE;
  const PetscReal gained = log10(a->merit[k - RATE_WINDOW] / a->merit[k]), lacking = log10(a->merit[k]);
  return (PetscBool)(gained * (limit - k) / RATE_WINDOW < 0.5 * lacking);
}

static PetscErrorCode Report(const Admm *a, PetscInt k, const AdmmIteration *row)
{
  const PetscReal worst = PetscMax(row->dual_relative, PetscMax(row->mismatch_pu, row->violation_pu));
  PetscMPIInt     rank;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(a->comm, &rank));
  if (rank > 0) PetscFunctionReturn(0);
  if (a->options->verbosity > 0)
    (void)fprintf(
        stderr,
        "admm %4" PetscInt_FMT "  mismatch %.2e  violation %.2e  dual %.2e  cost %.8g  inner %" PetscInt_FMT "%s%s\n",
        k + 1, (double)row->mismatch_pu, (double)row->violation_pu, (double)row->dual_relative, (double)row->objective,
        row->local_iterations, row->restarted ? "  restart" : "", a->last_change == k && k > 0 ? "  penalties" : "");
  if (a->options->progress)
    PetscCall((*a->options->progress)(a->options->progress_context, "coordination", k + 1, worst));
  PetscFunctionReturn(0);
}

/* What the last iteration and a diagnosis leave to be judged. */
static void Judge(Admm *a, PetscInt limit, OpfResult *result)
{
  a->stage = ADMM_ENDED;
  if (result->status != SOLVE_ITERATION_LIMIT) return;
  if (a->failed_in_a_row > MAX_FAILURES) result->status = SOLVE_NUMERICAL;
  if (a->options->method == METHOD_AUTO && Hopeless(a, a->next - 1, limit)) return;
  if (a->next < limit && result->status == SOLVE_ITERATION_LIMIT) a->stage = ADMM_GOES_ON;
}

/* A sign of infeasibility is asked about once: without a shortage the iterations go on. */
static PetscErrorCode Step(Admm *a, PetscReal tolerance, PetscInt limit, OpfResult *result)
{
  const PetscInt k        = a->next++;
  AdmmIteration *row      = &result->record[k];
  PetscInt       failures = 0;
  PetscFunctionBeginUser;
  PetscCall(SolveRegions(a));
  PetscCall(Record(a, row, result->region_work, &failures));
  UpdateMerit(a, row, k, tolerance);
  result->n_record = result->iterations = k + 1;
  result->local_iterations += row->local_iterations;
  result->objective  = row->objective;
  a->failed_in_a_row = failures > 0 ? a->failed_in_a_row + 1 : 0;
  PetscCall(ChoosePenalties(a, k));
  PetscCall(ExchangeTakeBytes(a->border->exchange, &row->bytes));
  PetscCall(Report(a, k, row));
  if (failures == 0 && Agreed(result->record, k, tolerance))
    result->status = SOLVE_OPTIMAL;
  else if ((failures > 0 || LooksInfeasible(result->record, k)) && !a->suspected && a->options->diagnose) {
    a->suspected = PETSC_TRUE;
    a->stage     = ADMM_SUSPECTS;
    PetscFunctionReturn(0);
  }
  Judge(a, limit, result);
  PetscFunctionReturn(0);
}

/* Until it is over, or a diagnosis is due: to its watch that is a solve by itself. */
static PetscErrorCode Leg(Admm *a, PetscReal tolerance, PetscInt limit, OpfResult *result)
{
  PetscBool stop;
  PetscFunctionBeginUser;
  PetscCall(AdmmWatchBegin(a, limit, result));
  while (a->stage == ADMM_GOES_ON) {
    PetscCall(AdmmSafePoint(a, result, &stop));
    if (stop) {
      result->status = SOLVE_STOPPED;
      PetscFunctionReturn(0);
    }
    PetscCall(Step(a, tolerance, limit, result));
  }
  PetscCall(AdmmWatchEnd(a, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode Iterate(Admm *a, Dispatch dispatch, OpfResult *result)
{
  const PetscReal tolerance = a->options->tolerance > 0 ? a->options->tolerance : DEFAULT_TOLERANCE;
  const PetscInt  limit     = a->options->max_iterations > 0 ? a->options->max_iterations : DEFAULT_MAX_ITERATIONS;
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc1(limit, &a->merit));
  PetscCall(PetscCalloc1(limit, &result->record));
  PetscCall(PetscCalloc1(a->partition->n_regions, &result->region_work));
  result->status = SOLVE_ITERATION_LIMIT;
  do {
    PetscCall(Leg(a, tolerance, limit, result));
    if (result->status == SOLVE_STOPPED || a->stage == ADMM_ENDED) break;
    PetscCall(OpfDiagnose(a->comm, a->net, a->partition, a->options, dispatch, result));
    if (result->status == SOLVE_STOPPED) break;
    Judge(a, limit, result);
  } while (a->stage == ADMM_GOES_ON);
  PetscFunctionReturn(0);
}

/* Limits of border voltages and of ties' angles stand in every region that has a copy. Region by region, so that sums of
   several have the same bits on any number of ranks. */
static PetscErrorCode AddForeignLimits(Admm *a, Dispatch dispatch)
{
  const PetscInt n = dispatch->hours * dispatch->n_bus, m = dispatch->hours * dispatch->n_branch;
  PetscInt       next = 0;
  Dispatch       share;
  PetscFunctionBeginUser;

  PetscCall(DispatchCreate(a->net, dispatch->hours, dispatch->first_snapshot, &share));
  for (PetscInt r = 0; r < a->partition->n_regions; r++) {
    PetscCall(PetscArrayzero(share->vm_mu, n));
    PetscCall(PetscArrayzero(share->branch_mu_angle, m));
    if (next < a->n_local && a->region[next].part->region == r) {
      const AdmmRegion    *region = &a->region[next++];
      const OpfSubproblem *sub    = &region->sub;
      PetscCall(OpfModelAddForeignLimits(sub->model, sub->lambda, sub->zl, sub->zu, region->part, share));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, share->vm_mu, n, MPIU_REAL, MPI_SUM, a->comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, share->branch_mu_angle, m, MPIU_REAL, MPI_SUM, a->comm));
    for (PetscInt i = 0; i < n; i++) dispatch->vm_mu[i] += share->vm_mu[i];
    for (PetscInt i = 0; i < m; i++) dispatch->branch_mu_angle[i] += share->branch_mu_angle[i];
  }
  PetscCall(DispatchDestroy(&share));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfSolveAdmm(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                            Dispatch dispatch, OpfResult *result)
{
  Admm a = {.comm = comm, .net = net, .options = options, .partition = partition};
  PetscFunctionBeginUser;
  PetscCall(AdmmSetUp(&a, net));
  PetscCall(Iterate(&a, dispatch, result));
  const PetscBool stores = (PetscBool)(result->status != SOLVE_INFEASIBLE && result->status != SOLVE_STOPPED);
  for (PetscInt k = 0; k < a.n_local && stores; k++) {
    OpfSubproblem *sub = &a.region[k].sub;
    PetscCall(OpfModelStore(sub->model, sub->x, sub->lambda, sub->zl, sub->zu, a.region[k].part, dispatch));
  }
  if (stores) {
    PetscCall(DispatchMerge(comm, dispatch));
    PetscCall(AddForeignLimits(&a, dispatch));
  }
  PetscCall(AdmmDestroy(&a));
  PetscFunctionReturn(0);
}
