/* The hours of a year from the snapshots of a period. */
#include "jobs/plan_adequacy_impl.h"

typedef struct {
  PetscInt  n, hours;
  PetscInt *snapshot; /* [hours] of which n are filled */
  PetscReal time;     /* up to which they reach */
} Clock;

/* How long a snapshot lasts: its weight for storage; an hour where that is no length within a day. */
static PetscReal Lasts(Components c, PetscInt t)
{
  const PetscReal hours = c->weight_stores[t];
  return hours > 0 && hours <= 24 ? hours : 1;
}

/* Lets snapshots first <= t < last run once. An hour is that of the snapshot that runs when it begins. */
static void RunOnce(Clock *clock, Components c, PetscInt first, PetscInt last)
{
  for (PetscInt t = first; t < last; t++) {
    clock->time += Lasts(c, t);
    while (clock->n < clock->hours && (PetscReal)clock->n < clock->time - 1e-9) clock->snapshot[clock->n++] = t;
  }
}

/* Representative days have equally many snapshots each, as the expansion model cuts them. */
static void RunDays(Clock *clock, Components c, PetscInt period, PetscInt first, PetscInt last)
{
  PetscInt many = 1, length;

  for (PetscInt d = 0; d < c->n_days; d++)
    if (c->day_period[d] == period) many = PetscMax(many, c->day_representative[d] + 1);
  length = (last - first) / many;
  for (PetscInt d = 0; d < c->n_days && length > 0; d++) {
    const PetscInt begin = first + c->day_representative[d] * length;
    if (c->day_period[d] == period) RunOnce(clock, c, begin, begin + length);
  }
}

/* Successive snapshots that stand for equally many times what they last run together, as often as that says. */
static void RunWeights(Clock *clock, Components c, PetscInt first, PetscInt last)
{
  for (PetscInt begin = first, end; begin < last; begin = end) {
    const PetscReal times = c->weight_generators[begin] / Lasts(c, begin);
    end                   = begin + 1;
    while (end < last && PetscAbsReal(c->weight_generators[end] / Lasts(c, end) - times) <= 1e-6 * times) end++;
    for (PetscInt k = 0; k < (PetscInt)(times + 0.5) && clock->n < clock->hours; k++) RunOnce(clock, c, begin, end);
  }
}

PetscErrorCode ReliabilityHours(Components c, PetscInt period, PetscInt hours, PetscInt *snapshot)
{
  Clock    clock = {.hours = hours, .snapshot = snapshot};
  PetscInt first = 0, last;

  PetscFunctionBeginUser;
  while (first < c->n_snapshots && c->period_of[first] != period) first++;
  last = first;
  while (last < c->n_snapshots && c->period_of[last] == period) last++;
  PetscCheck(first < last, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "period %" PetscInt_FMT " has no snapshots", period);
  if (c->n_days > 0) RunDays(&clock, c, period, first, last);
  if (clock.n == 0) RunWeights(&clock, c, first, last);
  if (clock.n == 0) RunOnce(&clock, c, first, last);
  for (PetscInt k = clock.n; k < hours; k++) snapshot[k] = snapshot[k - clock.n]; /* and again from the beginning */
  PetscFunctionReturn(0);
}
