/* Why a dispatch cannot be found: an elastic solve with penalised shortage and surplus at every bus says where, when and how
   much, and the multipliers say which limits stand in the way. */
#include "solver/opf_impl.h"

/* A shortage below this is the solver's tolerance, not a finding (per unit). */
#define SHORTAGE_THRESHOLD 1e-5
/* A limit stands in the way when its price exceeds this share of the price of shortage. */
#define BINDING_SHARE 0.1
#define MAX_BINDING 1000

typedef struct {
  Partition  partition;
  OpfResult *result;
  PetscInt   capacity;
  PetscBool *short_hour; /* hours with a shortage */
} Collector;

static PetscErrorCode CollectShortages(Network net, Dispatch d, Collector *c)
{
  OpfResult *result = c->result;
  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < d->hours; t++)
    for (PetscInt b = 0; b < d->n_bus; b++) {
      const PetscReal mw   = d->shortage_p[t * d->n_bus + b] - d->surplus_p[t * d->n_bus + b];
      const PetscReal mvar = d->shortage_q[t * d->n_bus + b];
      if (PetscMax(PetscAbsReal(mw), PetscAbsReal(mvar)) < SHORTAGE_THRESHOLD * net->base_mva) continue;
      if (result->n_shortages == c->capacity) {
        c->capacity = PetscMax(64, 2 * c->capacity);
        PetscCall(PetscRealloc(c->capacity * sizeof(Shortage), &result->shortage));
      }
      c->short_hour[t] = PETSC_TRUE;
      result->shortage[result->n_shortages++] =
          (Shortage){t, b, c->partition ? c->partition->bus_region[b] : -1, mw, mvar};
      result->shortage_mwh += d->step_hours * PetscMax(mw, 0);
    }
  PetscFunctionReturn(0);
}

static PetscErrorCode CollectBinding(void *context, PetscInt hour, PetscInt bus, PetscReal price, const char *text)
{
  Collector    *c      = (Collector *)context;
  OpfResult    *result = c->result;
  BindingLimit *limit;
  PetscFunctionBeginUser;
  if (!c->short_hour[hour] || result->n_binding == MAX_BINDING) PetscFunctionReturn(0);
  if (!result->binding) PetscCall(PetscMalloc1(MAX_BINDING, &result->binding));
  limit         = &result->binding[result->n_binding++];
  limit->hour   = hour;
  limit->region = c->partition ? c->partition->bus_region[bus] : -1;
  limit->price  = price;
  PetscCall(PetscStrncpy(limit->text, text, sizeof limit->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveElastic(Network net, const OpfOptions *options, Dispatch dispatch, Collector *collector,
                                   SolveStatus *status)
{
  OpfModelOptions      model_options = OpfModelOptionsFrom(options);
  InteriorPointOptions ip_options;
  OpfSubproblem        sub = {0};
  PetscFunctionBeginUser;

  model_options.elastic = PETSC_TRUE;
  PetscCall(OpfModelCreate(net, &model_options, &sub.model));
  PetscCall(OpfSubproblemSetUp(&sub));
  InteriorPointDefaultOptions(&ip_options);
  ip_options.verbosity = options->verbosity;
  PetscCall(InteriorPointSolve(sub.ip, &ip_options, sub.x, sub.lambda, sub.zl, sub.zu, &sub.result));
  PetscCall(OpfModelStore(sub.model, sub.x, sub.lambda, sub.zl, sub.zu, NULL, dispatch));
  *status = sub.result.status;
  if (sub.result.status == SOLVE_OPTIMAL) {
    PetscCall(OpfModelCost(sub.model, sub.x, &dispatch->objective));
    PetscCall(CollectShortages(net, dispatch, collector));
    PetscCall(OpfModelBindingLimits(sub.model, sub.lambda, sub.zl, sub.zu,
                                    BINDING_SHARE * OpfModelShortagePrice(sub.model), CollectBinding, collector));
  }
  PetscCall(OpfSubproblemDestroy(&sub));
  PetscFunctionReturn(0);
}

static int ByPrice(const void *a, const void *b)
{
  const BindingLimit *p = (const BindingLimit *)a, *q = (const BindingLimit *)b;
  if (p->hour != q->hour) return p->hour < q->hour ? -1 : 1;
  if (p->price != q->price) return p->price > q->price ? -1 : 1;
  return strcmp(p->text, q->text);
}

/* The findings as rank 0 has them, on every rank. */
static PetscErrorCode BroadcastFindings(MPI_Comm comm, OpfResult *result)
{
  PetscMPIInt rank;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Bcast(&result->shortage_mwh, 1, MPIU_REAL, 0, comm));
  PetscCallMPI(MPI_Bcast(&result->n_shortages, 1, MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(&result->n_binding, 1, MPIU_INT, 0, comm));
  if (rank > 0) {
    PetscCall(PetscMalloc1(result->n_shortages, &result->shortage));
    PetscCall(PetscMalloc1(result->n_binding, &result->binding));
  }
  PetscCallMPI(MPI_Bcast(result->shortage, (PetscMPIInt)(result->n_shortages * sizeof(Shortage)), MPI_BYTE, 0, comm));
  PetscCallMPI(MPI_Bcast(result->binding, (PetscMPIInt)(result->n_binding * sizeof(BindingLimit)), MPI_BYTE, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfDiagnose(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                           Dispatch dispatch, OpfResult *result)
{
  PetscMPIInt rank;
  Dispatch    elastic;
  Collector   collector = {.partition = partition, .result = result};
  SolveStatus status    = SOLVE_OPTIMAL;
  PetscFunctionBeginUser;

  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(DispatchCreate(net, options->hours, options->first_snapshot, &elastic));
  if (rank == 0) {
    PetscCall(PetscCalloc1(options->hours, &collector.short_hour));
    PetscCall(SolveElastic(net, options, elastic, &collector, &status));
    PetscCall(PetscFree(collector.short_hour));
    if (result->n_binding) qsort(result->binding, (size_t)result->n_binding, sizeof(BindingLimit), ByPrice);
  }
  PetscCall(BroadcastFindings(comm, result));
  PetscCall(DispatchMerge(comm, elastic));
  PetscCallMPI(MPI_Bcast(&elastic->objective, 1, MPIU_REAL, 0, comm));
  PetscCallMPI(MPI_Bcast(&status, 1, MPI_INT, 0, comm));
  result->diagnosed = (PetscBool)(status == SOLVE_OPTIMAL);
  /* What no shortage can mend (an energy that storage cannot reach) is infeasible all the same. */
  if (status == SOLVE_INFEASIBLE) result->status = SOLVE_INFEASIBLE;
  if (result->n_shortages > 0) {
    result->status    = SOLVE_INFEASIBLE;
    result->objective = elastic->objective;
    PetscCall(DispatchCopy(elastic, dispatch));
  }
  PetscCall(DispatchDestroy(&elastic));
  PetscFunctionReturn(0);
}
