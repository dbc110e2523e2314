/* Power flow: start, Newton's method, and sharing out what the buses have to give among their generators. */
#include "solver/powerflow.h"

#include "solver/powerflow_impl.h"

#include <math.h>

void PowerFlowDefaultOptions(PowerFlowOptions *options)
{
  *options = (PowerFlowOptions){.tolerance = 1e-10, .max_iterations = 30, .snapshot = -1, .flat_start = PETSC_FALSE};
}

static PetscReal OrElse(PetscReal value, PetscReal otherwise)
{
  return isfinite(value) && value > 0 ? value : otherwise;
}

static void StartPoint(const PowerFlowGrid *g, PetscBool flat, PetscReal *vm, PetscReal *va)
{
  const BusTable *b = &g->net->bus;

  for (PetscInt i = 0; i < b->n; ++i) {
    if (g->kind[i] == NODE_DEAD) {
      vm[i] = va[i] = 0;
      continue;
    }
    va[i] = b->va_rad[flat ? g->reference[i] : i];
    if (!isfinite(va[i])) va[i] = 0;
    vm[i] = flat ? 1 : OrElse(b->vm_pu[i], 1);
    if (g->kind[i] != NODE_PQ) vm[i] = OrElse(g->net->generator.vm_set_pu[g->first[i]], vm[i]);
  }
}

/* Weight by which a generator takes part in what its bus gives. */
typedef PetscReal (*Weight)(const GeneratorTable *t, PetscInt k);

static PetscReal ReactiveRange(const GeneratorTable *t, PetscInt k)
{
  return t->q_max_mvar[k] - t->q_min_mvar[k];
}

static PetscReal MaximumOutput(const GeneratorTable *t, PetscInt k)
{
  return t->p_max_mw[k];
}

/* Sum of the weights at a bus, not finite where one of them is not; then, or when it is zero, all share alike. */
typedef struct {
  PetscReal total;
  PetscInt  count;
} Share;

static void AddShare(const GeneratorTable *t, PetscInt k, Weight weight, Share *share)
{
  const PetscReal w = weight(t, k);

  ++share->count;
  share->total += isfinite(w) && w > 0 ? w : isfinite(w) ? 0 : NAN;
}

static PetscReal Fraction(const GeneratorTable *t, PetscInt k, Weight weight, const Share *share)
{
  if (!isfinite(share->total) || share->total <= 0) return 1.0 / (PetscReal)share->count;
  return PetscMax(weight(t, k), 0) / share->total;
}

/* Shares what each controlled bus gives: reactive power so that all its generators stand at the same fraction of their
   ranges, active power as a deviation from the set-points. */
static PetscErrorCode ShareOut(const PowerFlowGrid *g, const PowerFlowComplex *injection, PowerFlow *flow)
{
  const GeneratorTable *t = &g->net->generator;
  const PetscInt        n = g->net->bus.n;
  Share                *p_share, *q_share;
  PetscReal            *q_low;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(n, &p_share, n, &q_share, n, &q_low));
  for (PetscInt k = 0; k < t->n; ++k) {
    if (!t->in_service[k]) continue;
    AddShare(t, k, MaximumOutput, &p_share[t->bus[k]]);
    AddShare(t, k, ReactiveRange, &q_share[t->bus[k]]);
    q_low[t->bus[k]] += t->q_min_mvar[k];
  }
  for (PetscInt k = 0; k < t->n; ++k) {
    const PetscInt         i    = t->bus[k];
    const PowerFlowComplex give = g->net->base_mva * (injection[i] - g->fixed[i]);
    const PetscBool        live = (PetscBool)(t->in_service[k] && g->kind[i] != NODE_DEAD);

    flow->generator_p[k] = live ? t->p_mw[k] : 0;
    flow->generator_q[k] = live ? t->q_mvar[k] : 0;
    if (!live || g->kind[i] == NODE_PQ) continue;
    if (isfinite(q_share[i].total) && q_share[i].total > 0 && isfinite(q_low[i]))
      flow->generator_q[k] = t->q_min_mvar[k] + (cimag(give) - q_low[i]) * Fraction(t, k, ReactiveRange, &q_share[i]);
    else
      flow->generator_q[k] = cimag(give) / (PetscReal)q_share[i].count;
    if (g->kind[i] == NODE_REF)
      flow->generator_p[k] +=
          (creal(give) - g->net->base_mva * creal(g->set[i])) * Fraction(t, k, MaximumOutput, &p_share[i]);
  }
  PetscCall(PetscFree3(p_share, q_share, q_low));
  PetscFunctionReturn(0);
}

PetscErrorCode PowerFlowSolve(Network net, const PowerFlowOptions *options, PowerFlow *flow)
{
  PowerFlowGrid     grid;
  PowerFlowComplex *injection;

  PetscFunctionBeginUser;
  *flow = (PowerFlow){0};
  PetscCall(PetscCalloc1(net->bus.n, &flow->vm_pu));
  PetscCall(PetscCalloc1(net->bus.n, &flow->va_rad));
  PetscCall(PetscCalloc1(net->generator.n, &flow->generator_p));
  PetscCall(PetscCalloc1(net->generator.n, &flow->generator_q));
  PetscCall(PetscMalloc1(net->bus.n, &injection));
  PetscCall(PowerFlowGridCreate(net, options->snapshot, &grid));
  StartPoint(&grid, options->flat_start, flow->vm_pu, flow->va_rad);
  PetscCall(PowerFlowNewton(&grid, options, flow->vm_pu, flow->va_rad, flow));
  PowerFlowInjections(&grid, flow->vm_pu, flow->va_rad, injection);
  PetscCall(ShareOut(&grid, injection, flow));
  flow->n_islands = grid.n_islands;
  flow->n_dead    = grid.n_dead;
  PetscCall(PowerFlowGridDestroy(&grid));
  PetscCall(PetscFree(injection));
  PetscFunctionReturn(0);
}

PetscErrorCode PowerFlowDestroy(PowerFlow *flow)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(flow->vm_pu));
  PetscCall(PetscFree(flow->va_rad));
  PetscCall(PetscFree(flow->generator_p));
  PetscCall(PetscFree(flow->generator_q));
  PetscFunctionReturn(0);
}
