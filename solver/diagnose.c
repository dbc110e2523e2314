/* Why a dispatch cannot be found. Sums that nothing can satisfy come first (certificate.h); an elastic solve with penalised
   shortage and surplus at every bus then says where, when and how much, and its multipliers which limits stand in the way.
   Where shortage mends nothing (an energy that storage cannot reach), the limits become elastic too. */
#include "solver/opf_impl.h"
#include "solver/opf_problem.h"

/* A shortage below this is the solver's tolerance, not a finding (per unit). */
static const PetscReal shortage_threshold = 1e-5;
/* A limit stands in the way when its price exceeds this share of the price of shortage. */
static const PetscReal binding_share = 0.1;
/* A limit gives way for this many times the price of shortage, in its own unit: not while shortage helps. */
static const PetscReal limit_factor = 10;
/* Shortages that a higher price might still mend are priced this many times higher, and again. */
static const PetscReal raise_factor = 30;
static const PetscInt  raises       = 2;
/* Elastic solves: looser where it is known that something lacks; what is found after so many iterations is good enough where
   balances hold to this (per unit). */
static const PetscReal known_tolerance = 1e-6, found_tolerance = 1e-4;
static const PetscInt  elastic_iterations = 100;

enum { MOST_BINDING = 1000 };

/* A list of findings of one kind that grows. */
typedef struct {
  size_t   size; /* of one */
  PetscInt n, capacity;
  char    *item;
} List;

/* What the elastic solves of a diagnosis have in common. */
typedef struct {
  MPI_Comm          comm;
  Network           net;
  Partition         partition;
  const OpfOptions *options;
  OpfResult        *result;
  OpfModelOptions   model;
  OpfProblem        problem;   /* of the last solve */
  Dispatch          dispatch;  /* of the last solve */
  PetscBool         known;     /* something lacks for sure */
  PetscBool         solved;    /* the last solve */
  PetscBool         stopped;   /* the last solve, by its watch: nothing comes after it */
  PetscBool         last;      /* nothing comes after this solve: it does not give up */
  PetscBool         confirmed; /* the problem itself was solved */
  PetscReal         price;     /* of shortage in the last solve, currency per MWh */
  PetscReal         penalty;   /* shortages at that price, currency */
  PetscBool        *concerned; /* [hours] with shortage or excess */
  const OpfRegion  *region;    /* at hand */
  List              binding, excess;
} Diagnosis;

static PetscErrorCode ListAdd(List *list, const void *item)
{
  PetscFunctionBeginUser;
  if (list->n == list->capacity) {
    list->capacity = PetscMax(64, 2 * list->capacity);
    PetscCall(PetscRealloc((size_t)list->capacity * list->size, &list->item));
  }
  PetscCall(PetscMemcpy(list->item + (size_t)list->n++ * list->size, item, list->size));
  PetscFunctionReturn(0);
}

/* The lists of all ranks, one after the other, on every rank. */
static PetscErrorCode ListGather(MPI_Comm comm, List *list)
{
  PetscMPIInt ranks, mine, *count, *place, sum = 0;
  char       *all;
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMPIIntCast(list->n * (PetscInt)list->size, &mine));
  PetscCall(PetscMalloc2(ranks, &count, ranks, &place));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, count, 1, MPI_INT, comm));
  for (PetscMPIInt r = 0; r < ranks; r++) {
    place[r] = sum;
    sum += count[r];
  }
  PetscCall(PetscMalloc1(sum, &all));
  PetscCallMPI(MPI_Allgatherv(list->item, mine, MPI_BYTE, all, count, place, MPI_BYTE, comm));
  PetscCall(PetscFree2(count, place));
  PetscCall(PetscFree(list->item));
  list->item = all;
  list->n = list->capacity = (PetscInt)((size_t)sum / list->size);
  PetscFunctionReturn(0);
}

static PetscInt RegionOf(const Diagnosis *d, PetscInt bus)
{
  return d->partition && bus >= 0 ? d->partition->bus_region[bus] : -1;
}

/* Bus of the whole network for one of the region's at hand. */
static PetscInt WholeBus(const Diagnosis *d, PetscInt bus)
{
  return d->region->part && bus >= 0 ? d->region->part->bus[bus] : bus;
}

/* A power without what the solver's tolerance leaves. */
static PetscReal Cleaned(const Diagnosis *d, PetscReal power)
{
  return PetscAbsReal(power) < shortage_threshold * d->net->base_mva ? 0 : power;
}

static PetscErrorCode CollectShortages(Diagnosis *d)
{
  OpfResult     *result   = d->result;
  const Dispatch dispatch = d->dispatch;
  List           list     = {.size = sizeof(Shortage)};
  PetscFunctionBeginUser;
  PetscCall(PetscFree(result->shortage));
  result->shortage_mwh = d->penalty = 0;
  for (PetscInt t = 0; t < dispatch->hours; t++)
    for (PetscInt b = 0; b < dispatch->n_bus; b++) {
      const PetscInt  at   = t * dispatch->n_bus + b;
      const PetscReal mw   = Cleaned(d, dispatch->shortage_p[at] - dispatch->surplus_p[at]);
      const PetscReal mvar = Cleaned(d, dispatch->shortage_q[at]);
      const Shortage  row  = {t, b, RegionOf(d, b), mw, mvar};
      if (mw == 0 && mvar == 0) continue;
      d->concerned[t] = PETSC_TRUE;
      d->penalty += dispatch->step_hours * d->price * (PetscAbsReal(mw) + PetscAbsReal(mvar));
      result->shortage_mwh += dispatch->step_hours * PetscMax(mw, 0);
      PetscCall(ListAdd(&list, &row));
    }
  result->n_shortages = list.n;
  result->shortage    = (Shortage *)list.item;
  PetscFunctionReturn(0);
}

static PetscErrorCode CollectExcesses(Diagnosis *d)
{
  OpfExcess *found;
  PetscInt   n;
  PetscFunctionBeginUser;
  PetscCall(OpfModelExcesses(d->region->model, d->region->x, shortage_threshold, &n, &found));
  for (PetscInt k = 0; k < n; k++) {
    LimitExcess excess;
    PetscCall(PetscMemzero(&excess, sizeof excess));
    excess.hour   = found[k].hour;
    excess.region = RegionOf(d, WholeBus(d, found[k].bus));
    excess.amount = found[k].amount;
    PetscCall(PetscStrncpy(excess.text, found[k].text, sizeof excess.text));
    PetscCall(ListAdd(&d->excess, &excess));
  }
  PetscCall(PetscFree(found));
  PetscFunctionReturn(0);
}

static PetscErrorCode CollectBinding(void *context, PetscInt hour, PetscInt bus, PetscReal price, const char *text)
{
  Diagnosis   *d = (Diagnosis *)context;
  BindingLimit limit;
  PetscFunctionBeginUser;
  if (!d->concerned[hour]) PetscFunctionReturn(0);
  PetscCall(PetscMemzero(&limit, sizeof limit));
  limit.hour   = hour;
  limit.region = RegionOf(d, WholeBus(d, bus));
  limit.price  = price;
  PetscCall(PetscStrncpy(limit.text, text, sizeof limit.text));
  PetscCall(ListAdd(&d->binding, &limit));
  PetscFunctionReturn(0);
}

static int ByPrice(const void *a, const void *b)
{
  const BindingLimit *p = (const BindingLimit *)a, *q = (const BindingLimit *)b;
  if (p->hour != q->hour) return p->hour < q->hour ? -1 : 1;
  if (p->price != q->price) return p->price > q->price ? -1 : 1;
  return strcmp(p->text, q->text);
}

static int ByHour(const void *a, const void *b)
{
  const LimitExcess *p = (const LimitExcess *)a, *q = (const LimitExcess *)b;
  if (p->hour != q->hour) return p->hour < q->hour ? -1 : 1;
  return strcmp(p->text, q->text);
}

/* Sorts a list and leaves one of equal items: regions share the limits of border voltages. */
static void SortUnique(List *list, int (*compare)(const void *, const void *))
{
  PetscInt kept = 0;

  if (list->n > 1) qsort(list->item, (size_t)list->n, list->size, compare);
  for (PetscInt k = 0; k < list->n; k++) {
    char *here = list->item + (size_t)k * list->size, *last = list->item + (size_t)(kept - 1) * list->size;
    if (kept > 0 && compare(here, last) == 0) continue;
    if (kept < k) (void)memcpy(last + list->size, here, list->size);
    kept++;
  }
  list->n = kept;
}

/* Findings of the last solve into the result, the same on every rank. */
static PetscErrorCode Collect(Diagnosis *d, OpfProblem problem)
{
  OpfResult *result = d->result;
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(d->concerned, d->options->hours));
  PetscCall(CollectShortages(d));
  d->excess = (List){.size = sizeof(LimitExcess)};
  for (PetscInt k = 0; k < OpfProblemRegions(problem); k++) {
    d->region = OpfProblemRegion(problem, k);
    PetscCall(CollectExcesses(d));
  }
  PetscCall(ListGather(d->comm, &d->excess));
  SortUnique(&d->excess, ByHour);
  PetscCall(PetscFree(result->excess));
  result->n_excess = d->excess.n;
  result->excess   = (LimitExcess *)d->excess.item;
  for (PetscInt k = 0; k < result->n_excess; k++) d->concerned[result->excess[k].hour] = PETSC_TRUE;

  d->binding = (List){.size = sizeof(BindingLimit)};
  for (PetscInt k = 0; k < OpfProblemRegions(problem); k++) {
    const OpfRegion *r = d->region = OpfProblemRegion(problem, k);
    PetscCall(OpfModelBindingLimits(r->model, r->lambda, r->zl, r->zu, binding_share * d->price, CollectBinding, d));
  }
  PetscCall(ListGather(d->comm, &d->binding));
  SortUnique(&d->binding, ByPrice);
  PetscCall(PetscFree(result->binding));
  result->binding   = (BindingLimit *)d->binding.item;
  result->n_binding = d->binding.n;
  result->n_binding = PetscMin(result->n_binding, MOST_BINDING);
  PetscFunctionReturn(0);
}

static PetscBool Found(const OpfResult *result)
{
  return (PetscBool)(result->n_shortages > 0 || result->n_excess > 0);
}

/* One elastic solve: of a new problem with the model's options as they are, or of the last one, whose price of shortage has risen. */
static PetscErrorCode Solve(Diagnosis *d, PetscBool again)
{
  InteriorPointOptions ip_options;
  InteriorPointResult  solved;
  PetscFunctionBeginUser;
  InteriorPointDefaultOptions(&ip_options);
  ip_options.verbosity      = d->options->verbosity;
  ip_options.give_up        = (PetscBool)(!d->known && !d->last);
  ip_options.warm_start     = again;
  ip_options.max_iterations = elastic_iterations;
  ip_options.watch          = d->options->watch;
  if (d->known) ip_options.tolerance = known_tolerance;
  PetscCall(DispatchDestroy(&d->dispatch));
  PetscCall(DispatchCreate(d->net, d->options->hours, d->options->first_snapshot, &d->dispatch));
  if (!again) {
    PetscCall(OpfProblemDestroy(&d->problem));
    PetscCall(OpfProblemCreate(d->comm, d->net, d->partition, &d->model, &d->problem));
  }
  PetscCall(OpfProblemSolve(d->problem, &ip_options, &solved));
  d->price   = OpfProblemShortagePrice(d->problem);
  d->stopped = (PetscBool)(solved.status == SOLVE_STOPPED);
  d->result->diagnosis_iterations += solved.iterations;
  d->solved = (PetscBool)(solved.status == SOLVE_OPTIMAL ||
                          (solved.status == SOLVE_ITERATION_LIMIT && solved.primal_residual <= found_tolerance));
  if (d->solved) {
    PetscCall(OpfProblemStore(d->problem, d->dispatch));
    PetscCall(OpfProblemCost(d->problem, &d->dispatch->objective));
    PetscCall(Collect(d, d->problem));
    /* A point that is not optimal proves no feasibility. */
    if (solved.status != SOLVE_OPTIMAL && !Found(d->result)) d->solved = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* The most that a power can cost in an hour, currency. */
static PetscReal MostCost(const Cost *cost, PetscReal low, PetscReal high)
{
  return cost->n == 0 ? 0 : PetscMax(CostValue(cost, low, NULL), CostValue(cost, high, NULL));
}

/* The most that any dispatch can cost over the window, currency; infinite where there is no limit to it. */
static PetscReal MostExpensive(const Diagnosis *d)
{
  const Network net = d->net;
  PetscReal     sum = 0;

  for (PetscInt k = 0; k < SOFT_LIMITS; k++)
    if (d->model.soft_price[k] > 0) return PETSC_INFINITY;
  for (PetscInt t = 0; t < d->options->hours; t++) {
    const PetscInt at = d->options->first_snapshot < 0 ? -1 : d->options->first_snapshot + t;
    for (PetscInt g = 0; g < net->generator.n; g++) {
      const PetscReal low = NetworkGeneratorPMin(net, g, at), high = NetworkGeneratorPMax(net, g, at);
      if (!net->generator.in_service[g]) continue;
      sum += MostCost(&net->generator.cost[g], low, high) +
             PetscMax(0, high) * d->options->carbon_price * net->generator.emission_t_per_mwh[g];
    }
    for (PetscInt l = 0; l < net->link.n; l++)
      if (net->link.in_service[l]) sum += MostCost(&net->link.cost[l], net->link.p_min_mw[l], net->link.p_max_mw[l]);
    for (PetscInt s = 0; s < net->storage.n; s++)
      sum += PetscMax(0, net->storage.marginal_cost[s]) * net->storage.p_discharge_max_mw[s];
    for (PetscInt l = 0; l < net->load.n; l++)
      sum += net->load.curtail_cost[l] * net->load.curtail_max_pu[l] * PetscAbsReal(NetworkLoadP(net, l, at)) +
             net->load.shift_cost[l] * net->load.shift_max_mw[l];
    for (PetscInt r = 0; r < net->reserve.n; r++)
      if (net->reserve.shortage_price[r] < PETSC_INFINITY)
        sum += net->reserve.shortage_price[r] * NetworkReserveRequirement(net, r, at);
  }
  return PetscIsInfOrNanReal(sum) ? PETSC_INFINITY : sum * d->dispatch->step_hours;
}

/* The elastic optimum costs f + penalty; a feasible point would cost no more than the most expensive dispatch. So where the penalty
   alone exceeds what is between that and f there is none (locally, as far as the problem is not convex). */
static PetscBool Proven(const Diagnosis *d)
{
  return (PetscBool)(d->penalty > MostExpensive(d) - d->dispatch->objective);
}

/* Shortage and surplus, at prices that rise as long as a shortage might be cheaper than its remedy. */
static PetscErrorCode FindShortages(Diagnosis *d)
{
  PetscFunctionBeginUser;
  PetscCall(Solve(d, PETSC_FALSE));
  for (PetscInt k = 0; k < raises && !d->known && d->solved && d->result->n_shortages > 0; k++) {
    if (Proven(d)) {
      d->known = PETSC_TRUE;
      break;
    }
    OpfProblemSetShortagePrice(d->problem, raise_factor * d->price);
    PetscCall(Solve(d, PETSC_TRUE));
  }
  if (d->solved && d->result->n_shortages > 0 && Proven(d)) d->known = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* All limits elastic besides, for more than shortage costs. */
static PetscErrorCode FindExcesses(Diagnosis *d)
{
  PetscFunctionBeginUser;
  if (d->price == 0) { /* not known yet */
    OpfModel model;
    PetscCall(OpfModelCreate(d->net, &d->model, &model));
    d->price = OpfModelShortagePrice(model);
    PetscCall(OpfModelDestroy(&model));
  }
  for (int k = 0; k < SOFT_LIMITS; k++) {
    const PetscReal unit = k == SOFT_ANGLE || k == SOFT_VOLTAGE ? d->net->base_mva : 1;
    if (!(d->model.soft_price[k] > 0)) d->model.soft_price[k] = limit_factor * d->price * unit;
  }
  d->last = PETSC_TRUE;
  PetscCall(Solve(d, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* Lossless, where the losses are in the way: with too much power forced in they are a sink, which makes many local optima. */
static PetscErrorCode FindLossless(Diagnosis *d)
{
  PetscFunctionBeginUser;
  if (d->model.physics == PHYSICS_AC) {
    d->model.physics    = PHYSICS_DC_REACTANCE;
    d->result->lossless = PETSC_TRUE;
    PetscCall(Solve(d, PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

/* Whether sums say that there is too much power, and of nothing too little. */
static PetscBool OnlySurplus(const OpfResult *result)
{
  for (PetscInt k = 0; k < result->n_certificates; k++)
    if (result->certificate[k].kind != CERTIFICATE_SURPLUS) return PETSC_FALSE;
  return (PetscBool)(result->n_certificates > 0);
}

/* Whether sums say that a single unit cannot keep its limits, which no shortage mends. */
static PetscBool UnitsFail(const OpfResult *result)
{
  for (PetscInt k = 0; k < result->n_certificates; k++)
    if (result->certificate[k].n_buses == 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode DropFindings(OpfResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(result->shortage));
  PetscCall(PetscFree(result->binding));
  PetscCall(PetscFree(result->excess));
  result->n_shortages = result->n_binding = result->n_excess = 0;
  result->shortage_mwh                                       = 0;
  PetscFunctionReturn(0);
}

/* Where neither sums nor prices prove that something lacks, the problem itself is asked, restoration and all. */
static PetscErrorCode Confirm(Diagnosis *d)
{
  OpfOptions options = *d->options;
  OpfResult  full    = {0};
  Dispatch   dispatch;
  PetscFunctionBeginUser;
  options.diagnose = PETSC_FALSE;
  PetscCall(DispatchCreate(d->net, options.hours, options.first_snapshot, &dispatch));
  PetscCall(OpfSolveInteriorPoint(d->comm, d->net, d->partition, &options, dispatch, &full));
  d->result->diagnosis_iterations += full.iterations;
  d->known   = (PetscBool)(full.status == SOLVE_INFEASIBLE);
  d->stopped = (PetscBool)(full.status == SOLVE_STOPPED);
  if (full.status == SOLVE_OPTIMAL) {
    PetscCall(DropFindings(d->result));
    PetscCall(DispatchCopy(dispatch, d->dispatch));
    d->dispatch->objective = full.objective;
    d->solved = d->confirmed = PETSC_TRUE;
  }
  PetscCall(OpfResultDestroy(&full));
  PetscCall(DispatchDestroy(&dispatch));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfCertify(Network net, Partition partition, const OpfOptions *options, OpfResult *result)
{
  const OpfModelOptions    model   = OpfModelOptionsFrom(options);
  const PetscReal         *soft    = model.soft_price;
  const CertificateOptions certify = {.physics           = options->physics,
                                      .hours             = options->hours,
                                      .first_snapshot    = options->first_snapshot,
                                      .initial_energy    = options->initial_energy,
                                      .rating_soft       = (PetscBool)(soft[SOFT_BRANCH_RATING] > 0),
                                      .angle_soft        = (PetscBool)(soft[SOFT_ANGLE] > 0),
                                      .ramp_soft         = (PetscBool)(soft[SOFT_RAMP] > 0),
                                      .final_energy_soft = (PetscBool)(soft[SOFT_FINAL_ENERGY] > 0),
                                      .reactive_soft     = (PetscBool)(soft[SOFT_REACTIVE] > 0),
                                      .voltage_soft      = (PetscBool)(soft[SOFT_VOLTAGE] > 0)};
  PetscFunctionBeginUser;
  PetscCall(CertificatesFind(net, partition, &certify, &result->n_certificates, &result->certificate));
  PetscFunctionReturn(0);
}

static PetscErrorCode Conclude(Diagnosis *d, Dispatch dispatch)
{
  OpfResult *result = d->result;
  PetscFunctionBeginUser;
  result->diagnosed = (PetscBool)(d->solved || d->known);
  if (d->known || Found(result)) result->status = SOLVE_INFEASIBLE;
  if (d->confirmed && result->status == SOLVE_STALLED) result->status = SOLVE_OPTIMAL;
  if (d->solved &&
      (Found(result) || result->status == SOLVE_STALLED || (d->confirmed && result->status == SOLVE_OPTIMAL))) {
    result->objective = d->dispatch->objective;
    PetscCall(DispatchCopy(d->dispatch, dispatch));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode OpfDiagnose(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options,
                           Dispatch dispatch, OpfResult *result)
{
  Diagnosis d = {.comm = comm, .net = net, .partition = partition, .options = options, .result = result};
  PetscFunctionBeginUser;

  d.model         = OpfModelOptionsFrom(options);
  d.model.elastic = PETSC_TRUE;
  d.known         = (PetscBool)(result->n_certificates > 0);
  PetscCall(PetscCalloc1(options->hours, &d.concerned));
  if (OnlySurplus(result)) PetscCall(FindLossless(&d));
  if (!d.stopped && !d.solved && !UnitsFail(result)) PetscCall(FindShortages(&d));
  if (!d.stopped && !d.solved) PetscCall(FindExcesses(&d));
  if (!d.stopped && !d.solved && d.known) PetscCall(FindLossless(&d));
  if (!d.stopped && !d.known && (!d.solved || Found(result))) PetscCall(Confirm(&d));
  if (d.stopped)
    result->status = SOLVE_STOPPED;
  else
    PetscCall(Conclude(&d, dispatch));
  PetscCall(OpfProblemDestroy(&d.problem));
  PetscCall(DispatchDestroy(&d.dispatch));
  PetscCall(PetscFree(d.concerned));
  PetscFunctionReturn(0);
}
