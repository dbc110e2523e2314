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

/* What the generators of a bus have to share out. */
typedef struct {
  Share     p, q;
  PetscReal q_low, q_set, q_size; /* sums of the lower limits, of the set-points and of their magnitudes, Mvar */
} Pot;

/* Whether the set-points of a bus's generators are, but for the rounding of the numbers they were read from, what the bus
   gives: the case was solved and says itself how its generators share. */
static PetscBool SharesAreKnown(const Pot *pot, PetscReal q_mvar)
{
  return (PetscBool)(PetscAbsReal(q_mvar - pot->q_set) <= 1 + 0.01 * pot->q_size);
}

/* A generator's part of the reactive power of its bus: its set-point where the set-points are those of a solution, else
   all stand at the same fraction of their ranges. */
static PetscReal ReactivePart(const GeneratorTable *t, PetscInt k, const Pot *pot, PetscReal q_mvar)
{
  if (SharesAreKnown(pot, q_mvar)) return t->q_mvar[k] + (q_mvar - pot->q_set) * Fraction(t, k, ReactiveRange, &pot->q);
  if (isfinite(pot->q.total) && pot->q.total > 0 && isfinite(pot->q_low))
    return t->q_min_mvar[k] + (q_mvar - pot->q_low) * Fraction(t, k, ReactiveRange, &pot->q);
  return q_mvar / (PetscReal)pot->q.count;
}

static void FillPots(const GeneratorTable *t, Pot *pot)
{
  for (PetscInt k = 0; k < t->n; ++k) {
    Pot *p = &pot[t->bus[k]];
    if (!t->in_service[k]) continue;
    AddShare(t, k, MaximumOutput, &p->p);
    AddShare(t, k, ReactiveRange, &p->q);
    p->q_low += t->q_min_mvar[k];
    p->q_set += t->q_mvar[k];
    p->q_size += PetscAbsReal(t->q_mvar[k]);
  }
}

/* Shares what each controlled bus gives among its generators, active power as a deviation from the set-points. */
static PetscErrorCode ShareOut(const PowerFlowGrid *g, const PowerFlowComplex *injection, PowerFlow *flow)
{
  const GeneratorTable *t = &g->net->generator;
  Pot                  *pot;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(g->net->bus.n, &pot));
  FillPots(t, pot);
  for (PetscInt k = 0; k < t->n; ++k) {
    const PetscInt         i    = t->bus[k];
    const PowerFlowComplex give = g->net->base_mva * (injection[i] - g->fixed[i]);
    const PetscBool        live = (PetscBool)(t->in_service[k] && g->kind[i] != NODE_DEAD);

    flow->generator_p[k] = live ? t->p_mw[k] : 0;
    flow->generator_q[k] = live ? t->q_mvar[k] : 0;
    if (!live || g->kind[i] == NODE_PQ) continue;
    flow->generator_q[k] = ReactivePart(t, k, &pot[i], cimag(give));
    if (g->kind[i] == NODE_REF)
      flow->generator_p[k] +=
          (creal(give) - g->net->base_mva * creal(g->set[i])) * Fraction(t, k, MaximumOutput, &pot[i].p);
  }
  PetscCall(PetscFree(pot));
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
