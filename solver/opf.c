/* Optimal power flow: options, the central interior point, and the choice of method. */
#include "solver/opf.h"

#include "inputs/log.h"
#include "solver/opf_impl.h"
#include "solver/opf_problem.h"

#include <petsctime.h>

/* Iterations that METHOD_AUTO grants ADMM. */
#define AUTO_BUDGET 300
/* Powers up to this are tolerance, not a use of both directions at once (per unit). */
#define SIMULTANEOUS 1e-4

void OpfDefaultOptions(OpfOptions *options)
{
  *options = (OpfOptions){.physics        = PHYSICS_AC,
                          .method         = METHOD_INTERIOR_POINT,
                          .hours          = 1,
                          .first_snapshot = -1,
                          .admm_penalty   = 1,
                          .emission_cap_t = PETSC_INFINITY,
                          .diagnose       = PETSC_TRUE};
}

const char *OpfMethodName(OpfMethod method, PetscInt n_regions)
{
  if (n_regions < 2 || method == METHOD_INTERIOR_POINT) return "interior-point";
  return method == METHOD_ADMM ? "admm" : "auto";
}

OpfMethod OpfMethodFromName(const char *name)
{
  if (!strcmp(name, "admm")) return METHOD_ADMM;
  return strcmp(name, "auto") ? METHOD_INTERIOR_POINT : METHOD_AUTO;
}

PetscBool OpfIsCapped(const OpfOptions *options)
{
  return (PetscBool)(options->emission_cap_t < PETSC_INFINITY);
}

OpfModelOptions OpfModelOptionsFrom(const OpfOptions *options)
{
  OpfModelOptions model = {.physics        = options->physics,
                           .hours          = options->hours,
                           .first_snapshot = options->first_snapshot,
                           .initial_energy = options->initial_energy,
                           .carbon_price   = options->carbon_price,
                           .capped         = OpfIsCapped(options),
                           .emission_cap_t = options->emission_cap_t};
  for (int k = 0; k < SOFT_LIMITS; k++) model.soft_price[k] = options->soft_price[k];
  return model;
}

PetscErrorCode OpfSubproblemSetUp(OpfSubproblem *sub)
{
  Program p;
  PetscFunctionBeginUser;
  PetscCall(OpfModelSetUp(sub->model));
  p = OpfModelProgram(sub->model);
  PetscCall(PetscCalloc4(p->n, &sub->x, p->m, &sub->lambda, p->n, &sub->zl, p->n, &sub->zu));
  PetscCall(PetscArraycpy(sub->x, p->x0, p->n));
  PetscCall(InteriorPointCreate(p, &sub->ip));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfSubproblemDestroy(OpfSubproblem *sub)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(sub->x, sub->lambda, sub->zl, sub->zu));
  PetscCall(InteriorPointDestroy(&sub->ip));
  PetscCall(OpfModelDestroy(&sub->model));
  PetscFunctionReturn(0);
}

/* One solve from one of the two starts. */
static PetscErrorCode SolveFrom(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                PetscBool flat, Dispatch dispatch, OpfResult *result)
{
  OpfModelOptions      model_options = OpfModelOptionsFrom(options);
  InteriorPointOptions ip_options;
  InteriorPointResult  solved;
  OpfProblem           problem;
  PetscFunctionBeginUser;

  model_options.flat_start = flat;
  InteriorPointDefaultOptions(&ip_options);
  if (options->tolerance > 0) ip_options.tolerance = options->tolerance;
  if (options->max_iterations > 0) ip_options.max_iterations = options->max_iterations;
  ip_options.verbosity = options->verbosity;
  ip_options.give_up   = options->diagnose;
  ip_options.watch     = options->watch;
  PetscCall(LogEventBegin(LOG_SOLVER_SET_UP));
  PetscCall(OpfProblemCreate(comm, net, partition, &model_options, &problem));
  PetscCall(LogEventEnd(LOG_SOLVER_SET_UP));
  PetscCall(LogEventBegin(LOG_SOLVER_INTERIOR_POINT));
  PetscCall(OpfProblemSolve(problem, &ip_options, &solved));
  PetscCall(OpfProblemFixDirections(problem, &ip_options, &solved, &result->directions_fixed));
  PetscCall(LogEventEnd(LOG_SOLVER_INTERIOR_POINT));
  PetscCall(OpfProblemStore(problem, dispatch));
  PetscCall(OpfProblemCost(problem, &result->objective));
  PetscCall(OpfProblemCapPrice(problem, &result->cap_price));
  PetscCall(OpfProblemDestroy(&problem));
  result->status = solved.status;
  result->iterations += solved.iterations;
  PetscFunctionReturn(0);
}

/* Where the first start leads nowhere, the flat one is tried; an iteration limit that was asked for holds for the first alone. */
PetscErrorCode OpfSolveInteriorPoint(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                     Dispatch dispatch, OpfResult *result)
{
  Dispatch again;
  PetscFunctionBeginUser;
  result->iterations = 0;
  PetscCall(SolveFrom(comm, net, partition, options, PETSC_FALSE, dispatch, result));
  if (options->physics == PHYSICS_AC && options->max_iterations <= 0 &&
      (result->status == SOLVE_ITERATION_LIMIT || result->status == SOLVE_NUMERICAL)) {
    PetscCall(DispatchCreate(net, options->hours, options->first_snapshot, &again));
    PetscCall(SolveFrom(comm, net, partition, options, PETSC_TRUE, again, result));
    PetscCall(DispatchCopy(again, dispatch));
    PetscCall(DispatchDestroy(&again));
  }
  result->local_iterations = result->iterations;
  PetscFunctionReturn(0);
}

/* Something lacks: sums say so, or limits and shortages found by the elastic solve. */
static PetscBool Lacking(const OpfResult *result)
{
  return (PetscBool)(result->n_certificates > 0 || result->n_shortages > 0 || result->n_excess > 0);
}

/* A solve that gave up although nothing lacks is made again in full; the elastic problem's solution without shortage is the
   problem's own and stands in where that fails too. */
static PetscErrorCode SolveInFull(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                  Dispatch dispatch, OpfResult *result)
{
  OpfOptions full_options = *options;
  OpfResult  full         = {0};
  Dispatch   found;
  PetscFunctionBeginUser;
  full_options.diagnose = PETSC_FALSE;
  PetscCall(DispatchCreate(net, options->hours, options->first_snapshot, &found));
  PetscCall(OpfSolveInteriorPoint(comm, net, partition, &full_options, found, &full));
  result->status = full.status == SOLVE_STOPPED ? SOLVE_STOPPED : SOLVE_OPTIMAL;
  result->iterations += full.iterations;
  result->local_iterations += full.local_iterations;
  if (full.status == SOLVE_OPTIMAL) {
    result->objective   = full.objective;
    result->finished_by = METHOD_INTERIOR_POINT;
    PetscCall(DispatchCopy(found, dispatch));
  }
  PetscCall(OpfResultDestroy(&full));
  PetscCall(DispatchDestroy(&found));
  PetscFunctionReturn(0);
}

/* Whether a storage unit with losses charges and discharges in one hour: ADMM does not fix directions, the interior point does. */
static PetscBool BurnsEnergy(Network net, Dispatch d)
{
  const StorageTable *s         = &net->storage;
  const PetscReal     threshold = SIMULTANEOUS * net->base_mva;

  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt k = 0; k < d->n_storage; k++) {
      const PetscInt at = t * d->n_storage + k;
      if (s->efficiency_charge[k] * s->efficiency_discharge[k] < 1 && d->storage_charge[at] > threshold &&
          d->storage_discharge[at] > threshold)
        return PETSC_TRUE;
    }
  return PETSC_FALSE;
}

/* ADMM; the interior point goes on where it has not arrived, if asked to, and where storage burns energy in its point. */
static PetscErrorCode SolveOverRegions(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                       Dispatch dispatch, OpfResult *result)
{
  OpfOptions admm_options = *options;
  Dispatch   found;
  PetscFunctionBeginUser;
  if (options->method == METHOD_AUTO && options->max_iterations <= 0) admm_options.max_iterations = AUTO_BUDGET;
  PetscCall(DispatchCreate(net, options->hours, options->first_snapshot, &found));
  PetscCall(LogEventBegin(LOG_SOLVER_ADMM));
  PetscCall(OpfSolveAdmm(comm, net, partition, &admm_options, found, result));
  PetscCall(LogEventEnd(LOG_SOLVER_ADMM));
  result->finished_by     = METHOD_ADMM;
  result->admm_iterations = result->iterations;
  const PetscBool arrived = (PetscBool)(result->status == SOLVE_OPTIMAL);
  if ((arrived && BurnsEnergy(net, found)) || (options->method == METHOD_AUTO && !arrived &&
                                               result->status != SOLVE_INFEASIBLE && result->status != SOLVE_STOPPED)) {
    const PetscInt spent = result->local_iterations;
    PetscCall(OpfSolveInteriorPoint(comm, net, partition, options, dispatch, result));
    result->finished_by = METHOD_INTERIOR_POINT;
    result->local_iterations += spent;
  } else
    PetscCall(DispatchCopy(found, dispatch));
  PetscCall(DispatchDestroy(&found));
  PetscFunctionReturn(0);
}

/* A reserve with buses in several regions binds them beyond their ties, on which alone ADMM makes regions agree. */
PetscBool OpfReserveSpansRegions(Network net, Partition partition)
{
  for (PetscInt r = 0; r < net->reserve.n; r++) {
    PetscInt region = -1;
    for (PetscInt b = 0; b < net->bus.n; b++) {
      if (net->bus.type[b] == BUS_ISOLATED || !NetworkReserveCovers(net, r, b)) continue;
      if (region >= 0 && partition->bus_region[b] != region) return PETSC_TRUE;
      region = partition->bus_region[b];
    }
  }
  return PETSC_FALSE;
}

static PetscErrorCode SolveByMethod(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                                    Dispatch dispatch, OpfResult *result)
{
  PetscFunctionBeginUser;
  if (options->diagnose) PetscCall(OpfCertify(net, partition, options, result));
  if (result->n_certificates > 0)
    result->status = SOLVE_INFEASIBLE;
  else if (options->method != METHOD_INTERIOR_POINT && partition && partition->n_regions > 1 &&
           !OpfReserveSpansRegions(net, partition) && !OpfIsCapped(options))
    PetscCall(SolveOverRegions(comm, net, partition, options, dispatch, result));
  else
    PetscCall(OpfSolveInteriorPoint(comm, net, partition, options, dispatch, result));
  if (result->status != SOLVE_OPTIMAL && result->status != SOLVE_STOPPED && options->diagnose && !result->diagnosed) {
    PetscCall(LogEventBegin(LOG_SOLVER_DIAGNOSIS));
    PetscCall(OpfDiagnose(comm, net, partition, options, dispatch, result));
    PetscCall(LogEventEnd(LOG_SOLVER_DIAGNOSIS));
  }
  if (result->status == SOLVE_STALLED && result->diagnosed && !Lacking(result))
    PetscCall(SolveInFull(comm, net, partition, options, dispatch, result));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfSolve(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options, Dispatch *dispatch,
                        OpfResult *result)
{
  PetscLogDouble start, end;
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(result, sizeof *result));
  PetscCall(DispatchCreate(net, options->hours, options->first_snapshot, dispatch));
  PetscCall(PetscTime(&start));
  PetscCall(LogStagePush(LOG_SOLVER));
  PetscCall(SolveByMethod(comm, net, partition, options, *dispatch, result));
  PetscCall(LogStagePop());
  PetscCall(DispatchComputeFlows(net, *dispatch, options->physics));
  (*dispatch)->objective = result->objective;
  PetscCall(PetscTime(&end));
  result->solve_seconds = end - start;
  PetscFunctionReturn(0);
}

PetscErrorCode OpfResultDestroy(OpfResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(result->region_work));
  PetscCall(PetscFree(result->certificate));
  PetscCall(PetscFree(result->shortage));
  PetscCall(PetscFree(result->excess));
  PetscCall(PetscFree(result->binding));
  PetscCall(PetscFree(result->record));
  PetscFunctionReturn(0);
}
