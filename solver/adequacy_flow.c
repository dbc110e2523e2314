/* Flows between regions in one hour: what ties can carry, and how a shortage is shared. */
#include "solver/adequacy_impl.h"

/* Arc 2k runs along tie k, arc 2k + 1 back. */
static PetscInt Tail(const AdequacyFlow *flow, PetscInt arc)
{
  return arc % 2 ? flow->to[arc / 2] : flow->from[arc / 2];
}
static PetscInt Head(const AdequacyFlow *flow, PetscInt arc)
{
  return arc % 2 ? flow->from[arc / 2] : flow->to[arc / 2];
}

PetscErrorCode AdequacyFlowCreate(const AdequacyModel *model, AdequacyFlow *flow)
{
  const PetscInt n = model->regions, arcs = 2 * model->n_ties;

  PetscFunctionBeginUser;
  flow->regions = n;
  flow->ties    = model->n_ties;
  PetscCall(
      PetscMalloc4(model->n_ties, &flow->from, model->n_ties, &flow->to, arcs, &flow->capacity, arcs, &flow->room));
  PetscCall(PetscCalloc4(n + 2, &flow->first, arcs, &flow->out, n, &flow->came, n, &flow->queue));
  PetscCall(PetscCalloc4(n, &flow->supply, n, &flow->need, n, &flow->target, n, &flow->fixed));
  PetscCall(PetscCalloc1(n, &flow->behind));
  for (PetscInt k = 0; k < model->n_ties; k++) {
    flow->from[k]             = model->tie[k].from;
    flow->to[k]               = model->tie[k].to;
    flow->capacity[2 * k]     = model->tie[k].forward;
    flow->capacity[2 * k + 1] = model->tie[k].backward;
  }
  /* Counting sort by tail: first[i + 1] runs from the beginning of region i to its end while arcs are put. */
  for (PetscInt a = 0; a < arcs; a++) flow->first[Tail(flow, a) + 2]++;
  for (PetscInt i = 0; i < n; i++) flow->first[i + 2] += flow->first[i + 1];
  for (PetscInt a = 0; a < arcs; a++) flow->out[flow->first[Tail(flow, a) + 1]++] = a;
  AdequacyFlowReset(flow);
  PetscFunctionReturn(0);
}

PetscErrorCode AdequacyFlowDestroy(AdequacyFlow *flow)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(flow->from, flow->to, flow->capacity, flow->room));
  PetscCall(PetscFree4(flow->first, flow->out, flow->came, flow->queue));
  PetscCall(PetscFree4(flow->supply, flow->need, flow->target, flow->fixed));
  PetscCall(PetscFree(flow->behind));
  PetscFunctionReturn(0);
}

void AdequacyFlowReset(AdequacyFlow *flow)
{
  for (PetscInt a = 0; a < 2 * flow->ties; a++) flow->room[a] = flow->capacity[a];
}

/* Breadth first from every region with supply; the first region with need that it meets, or -1. */
static PetscInt Search(AdequacyFlow *flow, const PetscReal *supply, const PetscReal *need)
{
  PetscInt begin = 0, end = 0;

  for (PetscInt i = 0; i < flow->regions; i++) {
    flow->came[i] = supply[i] > ADEQUACY_NONE ? -2 : -1;
    if (flow->came[i] == -2) flow->queue[end++] = i;
  }
  while (begin < end) {
    const PetscInt i = flow->queue[begin++];
    if (need[i] > ADEQUACY_NONE) return i;
    for (PetscInt k = flow->first[i]; k < flow->first[i + 1]; k++) {
      const PetscInt arc = flow->out[k], j = Head(flow, arc);
      if (flow->room[arc] <= ADEQUACY_NONE || flow->came[j] != -1) continue;
      flow->came[j]      = arc;
      flow->queue[end++] = j;
    }
  }
  return -1;
}

void AdequacyFlowSend(AdequacyFlow *flow, PetscReal *supply, PetscReal *need)
{
  PetscInt end;

  while ((end = Search(flow, supply, need)) >= 0) {
    PetscReal amount = need[end];
    PetscInt  i      = end;
    for (; flow->came[i] >= 0; i = Tail(flow, flow->came[i])) amount = PetscMin(amount, flow->room[flow->came[i]]);
    amount = PetscMin(amount, supply[i]);
    supply[i] -= amount;
    need[end] -= amount;
    for (i = end; flow->came[i] >= 0; i = Tail(flow, flow->came[i])) {
      flow->room[flow->came[i]] -= amount;
      flow->room[flow->came[i] ^ 1] += amount;
    }
  }
}

/* Least share of demand shed at which the regions behind the bottleneck get along with what reaches them: the root of a convex,
   decreasing, piecewise linear function, by Newton's method from below. */
static PetscReal ShareBehind(const AdequacyFlow *flow, const PetscReal *supply, const PetscReal *demand,
                             const PetscReal *lack, PetscReal share)
{
  PetscReal reaches = 0;

  for (PetscInt a = 0; a < 2 * flow->ties; a++)
    if (flow->came[Tail(flow, a)] != -1 && flow->came[Head(flow, a)] == -1) reaches += flow->capacity[a];
  for (PetscInt i = 0; i < flow->regions; i++)
    if (flow->came[i] == -1) reaches += supply[i] - (flow->fixed[i] ? flow->target[i] : 0);
  for (PetscInt step = 0; step <= flow->regions; step++) {
    PetscReal needed = 0, slope = 0;
    for (PetscInt i = 0; i < flow->regions; i++) {
      const PetscReal want = lack[i] - share * demand[i];
      if (flow->came[i] != -1 || flow->fixed[i] || want <= 0) continue;
      needed += want;
      slope += demand[i];
    }
    if (needed - reaches <= ADEQUACY_NONE || slope <= 0) break;
    share += (needed - reaches) / slope;
  }
  return share;
}

/* Sends what each region wants when a share of demand is shed; whether all of it arrives. */
static PetscBool Arrives(AdequacyFlow *flow, const PetscReal *supply, const PetscReal *demand, const PetscReal *lack,
                         PetscReal share, PetscReal *left)
{
  for (PetscInt i = 0; i < flow->regions; i++) {
    if (!flow->fixed[i]) flow->target[i] = PetscMax(0, lack[i] - share * demand[i]);
    flow->need[i] = flow->target[i];
    left[i]       = supply[i];
  }
  AdequacyFlowReset(flow);
  AdequacyFlowSend(flow, left, flow->need);
  for (PetscInt i = 0; i < flow->regions; i++)
    if (flow->need[i] > 0.1 * ADEQUACY_LOST / (PetscReal)flow->regions) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* Bottleneck after bottleneck, from the one that costs the largest share of demand: those behind it are settled, and the rest
   shares what is left. The amounts that can reach the regions form a polymatroid, so the lexicographic optimum is found this way
   and serves the most in total too (Megiddo 1974). */
void AdequacyFlowShare(AdequacyFlow *flow, const PetscReal *supply, const PetscReal *demand, PetscReal *lack)
{
  PetscInt open = 0;

  for (PetscInt i = 0; i < flow->regions; i++) {
    flow->fixed[i]  = (PetscBool)(lack[i] <= 0);
    flow->target[i] = 0;
    open += !flow->fixed[i];
  }
  while (open > 0) {
    PetscReal share   = 0;
    PetscInt  settled = 0;
    for (PetscInt i = 0; i < flow->regions; i++) flow->behind[i] = PETSC_TRUE;
    for (PetscInt round = 0; round < 4 * flow->regions + 4; round++) {
      PetscReal next;
      if (Arrives(flow, supply, demand, lack, share, flow->supply)) break;
      next = ShareBehind(flow, supply, demand, lack, share);
      if (!(next > share)) break;
      share = next;
      for (PetscInt i = 0; i < flow->regions; i++) flow->behind[i] = (PetscBool)(flow->came[i] == -1);
    }
    for (PetscInt i = 0; i < flow->regions; i++) {
      if (flow->fixed[i] || !flow->behind[i]) continue;
      flow->fixed[i]  = PETSC_TRUE;
      flow->target[i] = PetscMax(0, lack[i] - share * demand[i]);
      settled++;
    }
    if (settled == 0) break;
    open -= settled;
  }
  for (PetscInt i = 0; i < flow->regions; i++) lack[i] = PetscMax(0, lack[i] - flow->target[i]);
}
