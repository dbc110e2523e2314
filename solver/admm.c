/* ADMM over regions in sum-and-difference coordinates of the tie lines' end voltages, with Anderson acceleration.

   Every region solves its own problem with copies of its foreign border voltages and a proximal term for each border coordinate y:
     minimise f_r + penalty/2 (y - z +- u)^2,   then   z <- mean of the sides' y,   u <- u + (y_0 - y_1) / 2.
   The state (z, u) is the same on every rank; only the sides' coordinates and listed sums travel. */
#include "solver/admm_border.h"
#include "solver/anderson.h"

#define DEFAULT_TOLERANCE 1e-5
#define DEFAULT_MAX_ITERATIONS 1000
#define ANDERSON_MEMORY 20
/* Of the regional solves: looser ones are noise to the acceleration (39 buses: 125 iterations instead of more than 300). */
#define REGION_TOLERANCE 1e-9
/* A stalled mismatch with growing multipliers over this many iterations is a sign of infeasibility. */
#define STALL_WINDOW 60
/* Penalties are balanced every so many iterations, up to a last one so that the iteration converges. */
#define BALANCE_WINDOW 20
#define BALANCE_UNTIL 400
#define BALANCE_BAND 6.0
#define BALANCE_MAX 3.0
/* A region may fail this many iterations in a row (it then keeps its last border values) before that counts as a sign too. */
#define MAX_FAILURES 3
/* Residuals up to which a regional solve that missed its tolerance is good enough to go on with. */
#define USABLE_RESIDUAL 1e-6

typedef struct {
  OpfSubproblem  sub;
  RegionNetwork *part;
  PetscInt       n_terms;
  PetscInt      *coordinate; /* [n_terms] */
  PetscInt      *side;
  PetscInt      *variable_i, *variable_j; /* [n_terms] -1: none */
  PetscReal     *initial_energy;
  PetscReal     *value;  /* [n_terms] last good coordinates */
  PetscBool      solved; /* the last solve succeeded: a warm start exists */
} AdmmRegion;

typedef struct {
  MPI_Comm          comm;
  Network           net;
  const OpfOptions *options;
  Partition         partition;
  AdmmBorder        border;
  PetscInt          n_local;
  AdmmRegion       *region; /* [n_local] regions of this rank, ascending */
  Anderson          anderson;
  PetscReal        *z, *u;         /* [n] */
  PetscReal        *state, *image; /* [2 n] weighted by the root of the penalty */
  PetscReal        *sums;          /* [3 n_regions] objective, iterations, failures by region */
  PetscReal         dual_relative, multiplier_norm;
  PetscBool         suspected;              /* a sign of infeasibility was asked about */
  PetscReal         disagreement, movement; /* weighted norms squared, summed over a balancing window */
} Admm;

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
      const PetscInt n = c.kind == OPF_LINK_P ? r->part->net->link.n : r->part->net->bus.n, hour = k / border->per_hour;
      const PetscInt i = OpfModelVariable(r->sub.model, c.kind, LocalRow(map, n, c.row_i), hour);
      const PetscInt j = c.row_j < 0 ? -1 : OpfModelVariable(r->sub.model, c.kind, LocalRow(map, n, c.row_j), hour);
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

static PetscErrorCode AdmmSetUp(Admm *a, Network net)
{
  PetscMPIInt rank;
  PetscReal   mean_cost = 1, step = a->options->first_snapshot >= 0 ? net->series.step_hours : 1;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(a->comm, &rank));
  PetscCall(SharedMeanCost(net, a->options, &mean_cost));
  PetscCall(AdmmBorderCreate(net, a->partition, a->options, mean_cost * net->base_mva * step, &a->border));
  PetscCall(PetscCalloc1(a->partition->n_regions, &a->region));
  for (PetscInt r = 0; r < a->partition->n_regions; r++)
    if (a->partition->rank[r] == rank) PetscCall(RegionSetUp(a, net, r, mean_cost, &a->region[a->n_local++]));
  PetscCall(
      PetscCalloc4(a->border->n, &a->z, a->border->n, &a->u, 2 * a->border->n, &a->state, 2 * a->border->n, &a->image));
  PetscCall(PetscMalloc1(3 * a->partition->n_regions, &a->sums));
  PetscCall(AndersonCreate(2 * a->border->n, ANDERSON_MEMORY, &a->anderson));
  AdmmBorderStart(a->border, a->z);
  PetscFunctionReturn(0);
}

static PetscErrorCode AdmmDestroy(Admm *a)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < a->n_local; k++) PetscCall(RegionDestroy(&a->region[k]));
  PetscCall(PetscFree(a->region));
  PetscCall(PetscFree4(a->z, a->u, a->state, a->image));
  PetscCall(PetscFree(a->sums));
  PetscCall(AndersonDestroy(&a->anderson));
  PetscCall(AdmmBorderDestroy(&a->border));
  PetscFunctionReturn(0);
}

static PetscBool Usable(const InteriorPointResult *result)
{
  const PetscReal worst = PetscMax(result->primal_residual, PetscMax(result->dual_residual, result->complementarity));
  return (PetscBool)(result->status == SOLVE_OPTIMAL || worst <= USABLE_RESIDUAL);
}

/* Solves one region at the present state; a failed warm start is repeated from the cold start. */
static PetscErrorCode RegionSolve(Admm *a, AdmmRegion *r)
{
  InteriorPointOptions ip;
  PetscReal           *weight, *target;
  Program              p = OpfModelProgram(r->sub.model);
  PetscFunctionBeginUser;

  PetscCall(OpfModelGetProximal(r->sub.model, &weight, &target));
  for (PetscInt k = 0; k < r->n_terms; k++) {
    const PetscInt c = r->coordinate[k];
    weight[k]        = a->border->penalty[c];
    target[k]        = a->z[c] + (r->side[k] == 0 ? -a->u[c] : a->u[c]);
  }
  InteriorPointDefaultOptions(&ip);
  ip.tolerance  = REGION_TOLERANCE;
  ip.warm_start = r->solved;
  PetscCall(InteriorPointSolve(r->sub.ip, &ip, r->sub.x, r->sub.lambda, r->sub.zl, r->sub.zu, &r->sub.result));
  if (!Usable(&r->sub.result)) {
    const PetscInt spent = r->sub.result.iterations;
    PetscCall(PetscArraycpy(r->sub.x, p->x0, p->n));
    ip.warm_start = PETSC_FALSE;
    PetscCall(InteriorPointSolve(r->sub.ip, &ip, r->sub.x, r->sub.lambda, r->sub.zl, r->sub.zu, &r->sub.result));
    r->sub.result.iterations += spent;
  }
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
    a->border->value[r->side[k]][r->coordinate[k]] = r->value[k];
  }
}

/* All regions once; afterwards the sides' coordinates and the sums are whole on every rank. */
static PetscErrorCode SolveRegions(Admm *a)
{
  const PetscMPIInt n = (PetscMPIInt)a->border->n, regions = (PetscMPIInt)a->partition->n_regions;
  PetscFunctionBeginUser;
  for (int side = 0; side < 2; side++) PetscCall(PetscArrayzero(a->border->value[side], n));
  PetscCall(PetscArrayzero(a->sums, 3 * regions));
  for (PetscInt k = 0; k < a->n_local; k++) {
    AdmmRegion *r = &a->region[k];
    PetscCall(RegionSolve(a, r));
    PetscCall(OpfModelCost(r->sub.model, r->sub.x, &a->sums[r->part->region]));
    a->sums[regions + r->part->region]     = r->sub.result.iterations;
    a->sums[2 * regions + r->part->region] = r->solved ? 0 : 1;
    ReadCoordinates(a, r);
  }
  for (int side = 0; side < 2; side++)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, a->border->value[side], n, MPIU_REAL, MPI_SUM, a->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, a->sums, 3 * regions, MPIU_REAL, MPI_SUM, a->comm));
  PetscFunctionReturn(0);
}

/* One step of (z, u) towards agreement, accelerated; dual residual relative to the multipliers. */
static PetscErrorCode UpdateState(Admm *a, PetscBool *restarted)
{
  const PetscInt n      = a->border->n;
  PetscReal      change = 0, multipliers = 0, movement = 0, disagreement = 0;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) {
    const PetscReal y0 = a->border->value[0][k], y1 = a->border->value[1][k], penalty = a->border->penalty[k];
    const PetscReal root = PetscSqrtReal(penalty), z = 0.5 * (y0 + y1), u = a->u[k] + 0.5 * (y0 - y1);
    a->state[k]     = root * a->z[k];
    a->state[n + k] = root * a->u[k];
    a->image[k]     = root * z;
    a->image[n + k] = root * u;
    change += PetscSqr(penalty * (z - a->z[k]));
    multipliers += PetscSqr(penalty * u);
    movement += PetscSqr(a->image[k] - a->state[k]);
    disagreement += PetscSqr(a->image[n + k] - a->state[n + k]);
  }
  a->movement += movement;
  a->disagreement += disagreement;
  a->multiplier_norm = PetscSqrtReal(multipliers);
  a->dual_relative   = PetscSqrtReal(change) / PetscMax(a->multiplier_norm, PETSC_SMALL);
  PetscCall(AndersonStep(a->anderson, a->state, a->image, restarted));
  for (PetscInt k = 0; k < n; k++) {
    const PetscReal root = PetscSqrtReal(a->border->penalty[k]);
    a->z[k]              = a->state[k] / root;
    a->u[k]              = a->state[n + k] / root;
  }
  PetscFunctionReturn(0);
}

/* Residual balancing, seldom: when over a window the sides disagree much more than the agreed values move, prices lag behind
   and the penalties are raised (and lowered the other way round); multipliers penalty * u stay as they are. Linear costs need
   this: their prices move in straight lines that the acceleration cannot extrapolate. */
static PetscErrorCode BalancePenalties(Admm *a)
{
  const PetscReal disagreement = PetscSqrtReal(a->disagreement), movement = PetscSqrtReal(a->movement);
  PetscReal       factor = 1;
  PetscFunctionBeginUser;
  a->disagreement = a->movement = 0;
  if (disagreement > BALANCE_BAND * movement)
    factor = PetscMin(BALANCE_MAX, disagreement / PetscMax(movement, PETSC_SMALL));
  if (movement > BALANCE_BAND * disagreement) factor = PetscMax(1 / BALANCE_MAX, disagreement / movement);
  if (factor == 1) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < a->border->n; k++) {
    a->border->penalty[k] *= factor;
    a->u[k] /= factor;
  }
  PetscCall(AndersonRestart(a->anderson));
  PetscFunctionReturn(0);
}

static PetscErrorCode Record(Admm *a, AdmmIteration *row, PetscInt *failures)
{
  const PetscInt regions = a->partition->n_regions;
  PetscFunctionBeginUser;
  row->objective        = 0;
  row->local_iterations = 0;
  *failures             = 0;
  for (PetscInt r = 0; r < regions; r++) {
    row->objective += a->sums[r];
    row->local_iterations += (PetscInt)a->sums[regions + r];
    *failures += (PetscInt)a->sums[2 * regions + r];
  }
  PetscCall(AdmmBorderResiduals(a->border, &row->mismatch_pu, &row->violation_pu));
  PetscCall(UpdateState(a, &row->restarted));
  row->dual_relative = a->dual_relative;
  PetscFunctionReturn(0);
}

/* Mismatch stalls while the multipliers grow: the regions can serve themselves, but not together. */
static PetscBool LooksInfeasible(const AdmmIteration *record, const PetscReal *multipliers, PetscInt k)
{
  if (k < 2 * STALL_WINDOW) return PETSC_FALSE;
  return (PetscBool)(record[k].mismatch_pu > 0.7 * record[k - STALL_WINDOW].mismatch_pu &&
                     record[k].mismatch_pu > 0.7 * record[k - 2 * STALL_WINDOW].mismatch_pu &&
                     multipliers[k] > 1.3 * multipliers[k - STALL_WINDOW] &&
                     multipliers[k - STALL_WINDOW] > 1.3 * multipliers[k - 2 * STALL_WINDOW]);
}

/* Asks the elastic solve about a sign of infeasibility, once: without a shortage the iterations go on. */
static PetscErrorCode Suspect(Admm *a, Dispatch dispatch, OpfResult *result)
{
  PetscFunctionBeginUser;
  if (a->suspected || !a->options->diagnose) PetscFunctionReturn(0);
  a->suspected = PETSC_TRUE;
  PetscCall(OpfDiagnose(a->comm, a->net, a->partition, a->options, dispatch, result));
  PetscFunctionReturn(0);
}

static PetscErrorCode Report(const Admm *a, PetscInt k, const AdmmIteration *row)
{
  const PetscReal worst = PetscMax(row->dual_relative, PetscMax(row->mismatch_pu, row->violation_pu));
  PetscMPIInt     rank;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(a->comm, &rank));
  if (rank > 0) PetscFunctionReturn(0);
  if (a->options->verbosity > 0)
    (void)fprintf(stderr,
                  "admm %4" PetscInt_FMT "  mismatch %.2e  violation %.2e  dual %.2e  cost %.8g  inner %" PetscInt_FMT
                  "%s\n",
                  k + 1, (double)row->mismatch_pu, (double)row->violation_pu, (double)row->dual_relative,
                  (double)row->objective, row->local_iterations, row->restarted ? "  restart" : "");
  if (a->options->progress)
    PetscCall((*a->options->progress)(a->options->progress_context, "coordination", k + 1, worst));
  PetscFunctionReturn(0);
}

static PetscErrorCode Iterate(Admm *a, Dispatch dispatch, OpfResult *result)
{
  const PetscReal tolerance = a->options->tolerance > 0 ? a->options->tolerance : DEFAULT_TOLERANCE;
  const PetscInt  limit     = a->options->max_iterations > 0 ? a->options->max_iterations : DEFAULT_MAX_ITERATIONS;
  PetscReal      *multipliers;
  PetscInt        failures, failed_in_a_row = 0;
  PetscFunctionBeginUser;

  PetscCall(PetscMalloc1(limit, &multipliers));
  PetscCall(PetscCalloc1(limit, &result->record));
  result->status = SOLVE_ITERATION_LIMIT;
  for (PetscInt k = 0; k < limit && result->status == SOLVE_ITERATION_LIMIT; k++) {
    AdmmIteration *row = &result->record[k];
    PetscCall(SolveRegions(a));
    PetscCall(Record(a, row, &failures));
    multipliers[k]   = a->multiplier_norm;
    result->n_record = result->iterations = k + 1;
    result->local_iterations += row->local_iterations;
    result->objective = row->objective;
    failed_in_a_row   = failures > 0 ? failed_in_a_row + 1 : 0;
    PetscCall(Report(a, k, row));
    if ((k + 1) % BALANCE_WINDOW == 0 && k < BALANCE_UNTIL) PetscCall(BalancePenalties(a));
    if (failures == 0 && row->mismatch_pu <= tolerance && row->violation_pu <= tolerance &&
        row->dual_relative <= tolerance)
      result->status = SOLVE_OPTIMAL;
    else if (failed_in_a_row == MAX_FAILURES || LooksInfeasible(result->record, multipliers, k))
      PetscCall(Suspect(a, dispatch, result));
    if (result->status == SOLVE_ITERATION_LIMIT && failed_in_a_row > 2 * MAX_FAILURES) result->status = SOLVE_NUMERICAL;
  }
  PetscCall(PetscFree(multipliers));
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
  for (PetscInt k = 0; k < a.n_local && result->n_shortages == 0; k++) {
    OpfSubproblem *sub = &a.region[k].sub;
    PetscCall(OpfModelStore(sub->model, sub->x, sub->lambda, sub->zl, sub->zu, a.region[k].part, dispatch));
  }
  if (result->n_shortages == 0) {
    PetscCall(DispatchMerge(comm, dispatch));
    PetscCall(AddForeignLimits(&a, dispatch));
  }
  PetscCall(AdmmDestroy(&a));
  PetscFunctionReturn(0);
}
