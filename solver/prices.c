/* Prices taken apart, an hour at a time; the theory is in the header. */
#include "solver/prices.h"

#include "solver/prices_impl.h"

#include <math.h>

/* Voltage limits closer than this leave nothing to choose: the solver holds such a magnitude and gives it no
   multiplier. */
static const PetscReal HELD_RANGE = 1e-9;

/* Arrays over the buses have [2 n_bus] entries but for the weights. */
typedef struct {
  PriceGrid            grid;
  const PricesOptions *options;
  Prices               prices;
  PetscReal           *weight; /* [n_bus] of the islands' references, one in sum over each */
  PetscReal           *island; /* [n_bus] scratch: a number an island */
  PetscReal           *price, *force;
  PetscReal           *relative; /* w: J' w = 0, the weighted sum of its active entries one */
  PetscReal           *congestion, *voltage;
} Decomposition;

static const PetscReal *At(const Decomposition *w, const PetscReal *array, PetscInt columns)
{
  return array + (size_t)w->grid.hour * (size_t)columns;
}

/* The listed buses first, then demand, at last equal weights. */
static PetscErrorCode SetWeights(Decomposition *w)
{
  const PriceGrid *g   = &w->grid;
  const LoadTable *l   = &g->net->load;
  PetscReal       *sum = w->island, *demand = w->weight;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(sum, g->net->bus.n));
  PetscCall(PetscArrayzero(demand, g->net->bus.n));
  for (PetscInt k = 0; k < l->n; k++) demand[l->bus[k]] += At(w, g->dispatch->load_p, l->n)[k];
  for (PetscInt b = 0; b < g->net->bus.n; b++) {
    demand[b] = g->island[b] >= 0 ? PetscMax(demand[b], 0) : 0;
    if (g->island[b] >= 0) sum[g->island[b]] += demand[b];
  }
  for (PetscInt b = 0; b < g->net->bus.n; b++) {
    const PetscInt i = g->island[b];
    if (i >= 0) w->weight[b] = sum[i] > 0 ? demand[b] / sum[i] : 1.0 / (PetscReal)g->size[i];
  }
  for (PetscInt k = w->options->n_reference - 1; k >= 0; k--) {
    const PetscInt i = g->island[w->options->reference[k]];
    if (i < 0) continue;
    for (PetscInt b = 0; b < g->net->bus.n; b++)
      if (g->island[b] == i) w->weight[b] = b == w->options->reference[k] ? 1 : 0;
  }
  PetscFunctionReturn(0);
}

/* Value of a vector at each island's reference. */
static void AtReference(Decomposition *w, const PetscReal *dual, PetscReal *value)
{
  for (PetscInt i = 0; i < w->grid.n_islands; i++) value[i] = 0;
  for (PetscInt b = 0; b < w->grid.net->bus.n; b++)
    if (w->grid.island[b] >= 0) value[w->grid.island[b]] += w->weight[b] * dual[b];
}

static PetscErrorCode SolveRelativeCosts(Decomposition *w)
{
  PriceGrid     *g = &w->grid;
  const PetscInt n = g->net->bus.n;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(w->relative, 2 * n));
  for (PetscInt b = 0; b < n && !g->lossy; b++) w->relative[b] = 1;
  if (!g->lossy) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < g->n_islands; i++) w->relative[g->anchor[i]] = 1;
  PriceGridForces(g, w->relative, w->force);
  for (PetscInt i = 0; i < 2 * n; i++) w->force[i] = -w->force[i];
  PetscCall(PriceGridSolve(g, w->force, w->relative));
  for (PetscInt i = 0; i < g->n_islands; i++) w->relative[g->anchor[i]] = 1;
  AtReference(w, w->relative, w->island);
  for (PetscInt i = 0; i < 2 * n; i++)
    if (g->island[i % n] >= 0) w->relative[i] /= w->island[g->island[i % n]];
  PetscFunctionReturn(0);
}

/* J' dual = force, zero at the references. */
static PetscErrorCode SolvePart(Decomposition *w, PetscReal *dual)
{
  const PetscInt n = w->grid.net->bus.n;

  PetscFunctionBegin;
  PetscCall(PriceGridSolve(&w->grid, w->force, dual));
  AtReference(w, dual, w->island);
  for (PetscInt i = 0; i < 2 * n; i++)
    if (w->grid.island[i % n] >= 0) dual[i] -= w->island[w->grid.island[i % n]] * w->relative[i];
  PetscFunctionReturn(0);
}

/* At the grid's hour, MVA. */
static PetscReal RatingOf(const PriceGrid *g, PetscInt branch)
{
  const PetscInt first = g->dispatch->first_snapshot;
  return NetworkBranchRating(g->net, branch, first < 0 ? -1 : first + g->hour);
}

/* force -= mu times the gradient of the rating's row, which is (p^2 + q^2) / (2 rate) in AC and the flow's size in
   DC. */
static void SubtractRating(const Decomposition *w, const PriceElement *e, int end, PetscReal mu)
{
  const PetscReal rate = RatingOf(&w->grid, e->branch) / w->grid.net->base_mva;
  const PetscReal p = e->value[2 * end], q = e->value[2 * end + 1];

  for (int v = 0; v < END_COUNT && mu != 0; v++) {
    const PetscReal dp = e->gradient[2 * end][v], dq = e->gradient[2 * end + 1][v];
    w->force[e->end[v]] -= mu * (w->grid.ac ? (p * dp + q * dq) / rate : (p < 0 ? -dp : dp));
  }
}

static void LimitForces(Decomposition *w)
{
  const PriceGrid *g      = &w->grid;
  const PetscInt   n      = g->net->branch.n;
  Dispatch         d      = g->dispatch;
  const PetscReal *mu[2]  = {At(w, d->branch_mu_from, n), At(w, d->branch_mu_to, n)};
  const PetscReal *angles = At(w, d->branch_mu_angle, n);

  for (PetscInt i = 0; i < 2 * g->net->bus.n; i++) w->force[i] = 0;
  for (PetscInt k = 0; k < g->n_branch; k++) {
    const PriceElement e     = PriceElementAt(g, k);
    const PetscReal    alpha = angles[e.branch] / g->net->base_mva;
    for (int end = 0; end < 2; end++) SubtractRating(w, &e, end, mu[end][e.branch]);
    w->force[e.end[END_VA_FROM]] -= alpha;
    w->force[e.end[END_VA_TO]] += alpha;
  }
}

/* A second reference bus of an island has its angle held by the model, which gives no multiplier: it is what
   stationarity asks for, and part of the congestion. `total` [2 n_bus]: J' times the prices. */
static void HeldAngles(Decomposition *w, const PetscReal *total)
{
  const PriceGrid *g = &w->grid;

  for (PetscInt b = 0; b < g->net->bus.n; b++)
    if (g->net->bus.type[b] == BUS_REF && g->number[b] >= 0) w->force[b] = total[b];
}

/* After LimitForces, whose forces are still there: held magnitudes take what is left of stationarity. */
static void VoltageForces(Decomposition *w, const PetscReal *total)
{
  const PriceGrid *g   = &w->grid;
  const BusTable  *bus = &g->net->bus;
  const PetscReal *nu  = At(w, g->dispatch->vm_mu, bus->n);

  for (PetscInt b = 0; b < bus->n; b++) {
    PetscReal *force = &w->force[bus->n + b];
    if (bus->vm_max_pu[b] - bus->vm_min_pu[b] <= HELD_RANGE)
      *force = total[bus->n + b] - *force;
    else
      *force = -nu[b] / g->net->base_mva;
    w->force[b] = 0;
  }
}

static PetscErrorCode SolveParts(Decomposition *w)
{
  const PetscInt n = w->grid.net->bus.n;
  PetscReal     *total;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * n, &total));
  PriceGridForces(&w->grid, w->price, total);
  PetscCall(SolveRelativeCosts(w));
  LimitForces(w);
  HeldAngles(w, total);
  PetscCall(SolvePart(w, w->congestion));
  if (w->grid.ac) {
    VoltageForces(w, total);
    PetscCall(SolvePart(w, w->voltage));
  }
  PetscCall(PetscFree(total));
  PetscFunctionReturn(0);
}

/* What the parts lack goes where losses are, or in a lossless model to congestion. */
static void CombineParts(Decomposition *w, PetscBool regular)
{
  const PriceGrid *g = &w->grid;
  Prices           p = w->prices;

  AtReference(w, w->price, w->island);
  for (PetscInt b = 0; b < p->n_bus; b++) {
    const PetscInt at = g->hour * p->n_bus + b;
    if (g->island[b] < 0) continue;
    const PetscReal energy = w->island[g->island[b]], loss = energy * (w->relative[b] - 1);
    const PetscReal rest      = regular ? w->price[b] - energy - loss - w->congestion[b] - w->voltage[b] : INFINITY;
    p->part[PRICE_ENERGY][at] = energy;
    if (regular && isfinite(rest)) {
      p->part[PRICE_LOSS][at]       = loss + (g->lossy ? rest : 0);
      p->part[PRICE_CONGESTION][at] = w->congestion[b] + (g->lossy ? 0 : rest);
      p->part[PRICE_VOLTAGE][at]    = w->voltage[b];
    } else {
      for (int k = PRICE_LOSS; k < PRICE_PARTS; k++) p->part[k][at] = NAN;
    }
    if (PetscAbsReal(rest) <= p->residual) continue;
    p->residual      = isfinite(rest) ? PetscAbsReal(rest) : INFINITY;
    p->residual_hour = g->hour;
    p->residual_bus  = b;
  }
}

/* Power into branches and AC shunts at the parts of the price, and limits at their shadow prices. */
static void SumSurplus(Decomposition *w)
{
  const PriceGrid   *g = &w->grid;
  const PetscInt     n = g->net->bus.n, first = g->hour * n;
  const BranchTable *t     = &g->net->branch;
  const ShuntTable  *shunt = &g->net->shunt;
  const PetscReal    hours = g->dispatch->step_hours, mwh = g->net->base_mva * hours;
  PetscReal         *sum = w->prices->surplus + g->hour * PRICE_PARTS, *const *part = w->prices->part;

  for (PetscInt k = 0; k < g->n_branch; k++) {
    const PriceElement e     = PriceElementAt(g, k);
    const PetscInt     at    = g->hour * t->n + e.branch;
    const PetscReal    mu    = g->dispatch->branch_mu_from[at] + g->dispatch->branch_mu_to[at];
    const PetscReal    alpha = g->dispatch->branch_mu_angle[at];
    for (int j = 0; j < PRICE_PARTS; j++)
      for (int end = 0; end < 2; end++) sum[j] -= mwh * part[j][first + e.row[2 * end]] * e.value[2 * end];
    if (mu != 0) w->prices->limit_rent[g->hour] += hours * mu * RatingOf(g, e.branch);
    if (alpha != 0)
      w->prices->limit_rent[g->hour] +=
          hours * alpha * (alpha > 0 ? t->angle_max_rad[e.branch] : t->angle_min_rad[e.branch]);
  }
  for (PetscInt s = 0; s < shunt->n && g->ac; s++) {
    const PetscReal v = g->dispatch->vm_pu[first + shunt->bus[s]];
    if (!shunt->in_service[s] || g->island[shunt->bus[s]] < 0) continue;
    for (int j = 0; j < PRICE_PARTS; j++) sum[j] -= hours * part[j][first + shunt->bus[s]] * shunt->g_mw[s] * v * v;
  }
}

static PetscErrorCode DecomposeHour(Decomposition *w)
{
  const PetscInt n = w->grid.net->bus.n;
  PetscBool      regular;

  PetscFunctionBegin;
  PetscCall(SetWeights(w));
  for (PetscInt b = 0; b < n; b++) {
    w->price[b]     = At(w, w->grid.dispatch->price, n)[b];
    w->price[n + b] = At(w, w->grid.dispatch->price_q, n)[b];
  }
  PetscCall(PriceGridFactorise(&w->grid, &regular));
  if (regular) PetscCall(SolveParts(w));
  CombineParts(w, regular);
  SumSurplus(w);
  PetscFunctionReturn(0);
}

static PetscErrorCode PricesCreate(const PriceGrid *g, Prices *prices)
{
  const PetscInt T = g->dispatch->hours, n = g->net->bus.n;
  Prices         p;

  PetscFunctionBegin;
  PetscCall(PetscNew(&p));
  *prices      = p;
  p->hours     = T;
  p->n_bus     = n;
  p->n_islands = g->n_islands;
  PetscCall(PetscMalloc1(n, &p->island));
  PetscCall(PetscArraycpy(p->island, g->island, n));
  for (int k = 0; k < PRICE_PARTS; k++) PetscCall(PetscCalloc1((size_t)T * (size_t)n, &p->part[k]));
  PetscCall(PetscCalloc1(T * PRICE_PARTS, &p->surplus));
  PetscCall(PetscCalloc1(T, &p->limit_rent));
  PetscFunctionReturn(0);
}

PetscErrorCode PricesDecompose(Network net, Dispatch dispatch, Physics physics, const PricesOptions *options,
                               Prices *prices)
{
  const PricesOptions defaults = {0, NULL};
  const PetscInt      n        = net->bus.n;
  Decomposition       w        = {.options = options ? options : &defaults};

  PetscFunctionBeginUser;
  *prices = NULL;
  PetscCheck(dispatch->n_bus == n && dispatch->n_branch == net->branch.n && dispatch->n_load == net->load.n,
             PETSC_COMM_SELF, PETSC_ERR_ARG_INCOMP, "The dispatch was made for another network");
  for (PetscInt k = 0; k < w.options->n_reference; k++)
    PetscCheck(w.options->reference[k] >= 0 && w.options->reference[k] < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Reference %" PetscInt_FMT " is no bus of the network", w.options->reference[k]);
  PetscCall(PriceGridCreate(net, dispatch, physics, &w.grid));
  PetscCall(PricesCreate(&w.grid, &w.prices));
  PetscCall(PetscCalloc2(n, &w.weight, n, &w.island));
  PetscCall(
      PetscCalloc5(2 * n, &w.price, 2 * n, &w.force, 2 * n, &w.relative, 2 * n, &w.congestion, 2 * n, &w.voltage));
  for (w.grid.hour = 0; w.grid.hour < dispatch->hours; w.grid.hour++) PetscCall(DecomposeHour(&w));
  PetscCall(PetscFree2(w.weight, w.island));
  PetscCall(PetscFree5(w.price, w.force, w.relative, w.congestion, w.voltage));
  PetscCall(PriceGridDestroy(&w.grid));
  *prices = w.prices;
  PetscFunctionReturn(0);
}

PetscErrorCode PricesDestroy(Prices *prices)
{
  Prices p = *prices;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  PetscCall(PetscFree(p->island));
  for (int k = 0; k < PRICE_PARTS; k++) PetscCall(PetscFree(p->part[k]));
  PetscCall(PetscFree(p->surplus));
  PetscCall(PetscFree(p->limit_rent));
  PetscCall(PetscFree(*prices));
  PetscFunctionReturn(0);
}

const char *PricePartName(PricePart part)
{
  static const char *const name[PRICE_PARTS] = {"energy", "loss", "congestion", "voltage"};
  return name[part];
}
