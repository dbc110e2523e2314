/* Inside of adequacy: random numbers, flows over the ties, sharing of a shortage, a year. */
#ifndef ARCHIPELAGO_SOLVER_ADEQUACY_IMPL_H
#define ARCHIPELAGO_SOLVER_ADEQUACY_IMPL_H

#include "solver/adequacy.h"

#define ADEQUACY_LOST 1e-6 /* MW: more than this is shortage */
#define ADEQUACY_NONE 1e-9 /* MW: flows below this are none */

/* --- random numbers: a counter through SplitMix64 (Steele, Lea, Flood 2014), keyed by what draws */
typedef struct {
  uint64_t state;
} AdequacyStream;

AdequacyStream AdequacyStreamOf(long long seed, const char *name, PetscInt year);
PetscReal      AdequacyDraw(AdequacyStream *stream); /* uniform in (0, 1] */

/* Outages of something with a name in a year: calls `down` with the hours first <= h < last, ascending. */
typedef void (*AdequacyDown)(void *context, PetscInt first, PetscInt last);
void AdequacyOutages(long long seed, const char *name, PetscInt year, PetscReal mttf, PetscReal mttr, PetscInt hours,
                     AdequacyDown down, void *context);
static inline PetscBool AdequacyFails(PetscReal mttf, PetscReal mttr)
{
  return (PetscBool)(mttf < PETSC_INFINITY && mttr > 0);
}

/* --- flows between regions, in one hour */
typedef struct {
  PetscInt   regions, ties;
  PetscInt  *from, *to;              /* [ties] */
  PetscReal *capacity;               /* [2 ties] there, back: of the hour */
  PetscReal *room;                   /* [2 ties] left of them */
  PetscInt  *first, *out;            /* [regions + 1], [2 ties] arcs that leave a region */
  PetscInt  *came, *queue;           /* [regions] of a search: arc it came by, -1: not reached, -2: it began there */
  PetscReal *supply, *need, *target; /* [regions] of sharing */
  PetscBool *fixed, *behind;         /* [regions] */
} AdequacyFlow;

PetscErrorCode AdequacyFlowCreate(const AdequacyModel *model, AdequacyFlow *flow);
PetscErrorCode AdequacyFlowDestroy(AdequacyFlow *flow);
void           AdequacyFlowReset(AdequacyFlow *flow); /* no flow on any tie */

/* Sends as much as ties carry on top of what flows already: takes it from supply[regions] and need[regions], both MW >= 0.
   Shortest paths first (Edmonds and Karp 1972); afterwards flow->came is -1 at the regions behind the bottleneck. */
void AdequacyFlowSend(AdequacyFlow *flow, PetscReal *supply, PetscReal *need);

/* Spreads supply[regions] over the shortages lack[regions] <= demand[regions]; lack becomes what is shed. Starts with no flow. */
void AdequacyFlowShare(AdequacyFlow *flow, const PetscReal *supply, const PetscReal *demand, PetscReal *lack);

/* --- storage of a region in one hour */
/* Takes `amount` MWh, at the terminals, from n storages: stored[n] MWh, limit[n] the most each can give now, power[n] MW of
   discharge, efficiency[n]; given[n] is what each gives. The longest-lasting first. */
void AdequacyDischarge(PetscInt n, const PetscReal *stored, const PetscReal *power, const PetscReal *efficiency,
                       const PetscReal *limit, PetscReal amount, PetscReal *given);

/* Puts `amount` MWh, at the terminals, into n storages that can take limit[n] now (0 where there is no discharge); taken[n]
   is what each takes. The shortest-lasting first, until all could last equally long. */
void AdequacyCharge(PetscInt n, const AdequacyStorage *const *storage, const PetscReal *stored, const PetscReal *limit,
                    PetscReal amount, PetscReal *taken);

/* --- a year */
typedef struct _p_AdequacyYear *AdequacyYear;

PetscErrorCode AdequacyYearCreate(const AdequacyModel *model, AdequacyYear *year);
PetscErrorCode AdequacyYearDestroy(AdequacyYear *year);
/* Sums over the hours of one year: energy not served (MWh), hours, spells, [3 (regions + 1)] in this order, region by region, the
   whole last. */
void AdequacyYearRun(AdequacyYear year, long long seed, PetscInt number, PetscReal *sums);

#endif
