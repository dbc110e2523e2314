/* Critical clearing time by bisection. */
#include "dynamics/stability_impl.h"

#define SAME_INSTANT_S 1e-9

typedef struct {
  Stability             st;
  PetscInt              n;
  const StabilityEvent *given;
  StabilityEvent       *events; /* [n] with the clearing that is tried */
  PetscReal             on_s, off_s;
  CctResult            *result;
} Search;

/* Runs with the fault cleared after so many seconds. */
static PetscErrorCode Try(Search *search, PetscReal clearing, StabilityVerdict *verdict)
{
  StabilityResult run;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < search->n; ++k) {
    if (PetscAbsReal(search->given[k].time_s - search->off_s) < SAME_INSTANT_S && search->given[k].kind != EVENT_FAULT)
      search->events[k].time_s = search->on_s + clearing;
  }
  PetscCall(StabilitySimulate(search->st, search->n, search->events, NULL, &run));
  *verdict = run.verdict;
  ++search->result->runs;
  search->result->steps += run.steps;
  search->result->solve_seconds += run.solve_seconds;
  if (run.verdict == STABILITY_FAILED) {
    search->result->status = CCT_FAILED;
    snprintf(search->result->text, sizeof search->result->text, "the run with clearing after %.4f s failed: %s",
             (double)clearing, run.criterion);
  }
  PetscFunctionReturn(0);
}

/* Tries the two ends; *found says whether they differ in the way that bisection needs. */
static PetscErrorCode TryEnds(Search *search, PetscReal longest, PetscBool *found)
{
  CctResult       *result = search->result;
  StabilityVerdict verdict;

  PetscFunctionBeginUser;
  *found = PETSC_FALSE;
  PetscCall(Try(search, 0.0, &verdict));
  if (verdict == STABILITY_FAILED) PetscFunctionReturn(0);
  if (verdict == STABILITY_UNSTABLE) {
    result->status = CCT_UNSTABLE_AT_ZERO;
    snprintf(result->text, sizeof result->text, "unstable even when the fault is cleared at once");
    PetscFunctionReturn(0);
  }
  PetscCall(Try(search, longest, &verdict));
  if (verdict == STABILITY_FAILED) PetscFunctionReturn(0);
  if (verdict == STABILITY_STABLE) {
    result->status = CCT_STABLE_AT_LONGEST;
    snprintf(result->text, sizeof result->text, "stable even when the fault is cleared after %g s, the longest tried",
             (double)longest);
    PetscFunctionReturn(0);
  }
  *found = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode Bisect(Search *search, PetscReal low, PetscReal high)
{
  CctResult       *result = search->result;
  StabilityVerdict verdict;

  PetscFunctionBeginUser;
  while (high - low > search->st->options.cct_tolerance_s) {
    const PetscReal middle = 0.5 * (low + high);
    PetscCall(Try(search, middle, &verdict));
    if (verdict == STABILITY_FAILED) PetscFunctionReturn(0);
    if (verdict == STABILITY_STABLE)
      low = middle;
    else
      high = middle;
  }
  result->status      = CCT_FOUND;
  result->cct_seconds = low;
  snprintf(result->text, sizeof result->text, "stable when cleared after %.5f s, unstable after %.5f s", (double)low,
           (double)high);
  PetscFunctionReturn(0);
}

/* The first fault and its clearing. */
static PetscBool FindClearing(PetscInt n, const StabilityEvent *events, PetscReal *on, PetscReal *off)
{
  const StabilityEvent *fault = NULL, *clear = NULL;
  for (PetscInt k = 0; k < n; ++k) {
    if (events[k].kind == EVENT_FAULT && (!fault || events[k].time_s < fault->time_s)) fault = &events[k];
  }
  for (PetscInt k = 0; fault && k < n; ++k) {
    const StabilityEvent *e = &events[k];
    const PetscBool trips   = (PetscBool)(e->kind == EVENT_TRIP_BRANCH && fault->branch >= 0); /* the faulted branch */
    if ((e->kind != EVENT_CLEAR && !trips) || e->branch != fault->branch || e->time_s < fault->time_s) continue;
    if (!trips && e->bus != fault->bus) continue;
    if (!clear || e->time_s < clear->time_s) clear = e;
  }
  if (!clear) return PETSC_FALSE;
  *on  = fault->time_s;
  *off = clear->time_s;
  return PETSC_TRUE;
}

static PetscErrorCode FindCritical(Stability st, PetscInt n, const StabilityEvent *events, PetscReal on, PetscReal off,
                                   CctResult *result)
{
  Search          search     = {.st = st, .n = n, .given = events, .on_s = on, .off_s = off, .result = result};
  const PetscBool angle_only = st->angle_only, stop = st->options.stop_when_unstable;
  PetscBool       found;

  PetscFunctionBeginUser;
  PetscCheck(st->options.cct_tolerance_s > 0.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "The tolerance of a critical clearing time must be above 0");
  const PetscReal longest = PetscMin(st->options.cct_longest_s, st->options.until_s - on);
  if (!(longest > 0.0)) {
    snprintf(result->text, sizeof result->text, "the fault begins at or after the end of the simulation");
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(n, &search.events));
  PetscCall(PetscArraycpy(search.events, events, n));
  st->angle_only = st->options.stop_when_unstable = PETSC_TRUE;
  PetscCall(TryEnds(&search, longest, &found));
  if (found) PetscCall(Bisect(&search, 0.0, longest));
  st->angle_only                 = angle_only;
  st->options.stop_when_unstable = stop;
  PetscCall(PetscFree(search.events));
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityClearingTime(Stability st, PetscInt n, const StabilityEvent *events, CctResult *result)
{
  PetscReal on, off;

  PetscFunctionBeginUser;
  *result = (CctResult){.status = CCT_FAILED, .cct_seconds = NAN};
  if (FindClearing(n, events, &on, &off))
    PetscCall(FindCritical(st, n, events, on, off, result));
  else
    snprintf(result->text, sizeof result->text, "no event is a fault that another event clears");
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityCriticalClearing(Stability st, PetscInt n, const StabilityFault *faults, PetscInt which,
                                         CctResult *result)
{
  StabilityEvent *events;
  PetscInt        count = 0;

  PetscFunctionBeginUser;
  PetscCheck(which >= 0 && which < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "There is no such fault");
  *result = (CctResult){.status = CCT_FAILED, .cct_seconds = NAN};
  PetscCall(PetscMalloc1(3 * n, &events));
  for (PetscInt k = 0; k < n; ++k) {
    StabilityFault fault = faults[k];
    if (k == which && PetscIsInfReal(fault.off_s)) fault.off_s = fault.on_s;
    count += StabilityFaultEvents(&fault, &events[count]);
  }
  PetscCall(FindCritical(st, count, events, faults[which].on_s,
                         PetscIsInfReal(faults[which].off_s) ? faults[which].on_s : faults[which].off_s, result));
  PetscCall(PetscFree(events));
  PetscFunctionReturn(0);
}
