/* Critical clearing time by bisection. */
#include "dynamics/stability_impl.h"

typedef struct {
  Stability             st;
  PetscInt              n, which;
  const StabilityFault *given;
  StabilityFault       *faults; /* [n] with the clearing that is tried */
  CctResult            *result;
} Search;

/* Runs with the fault cleared after so many seconds. */
static PetscErrorCode Try(Search *search, PetscReal clearing, StabilityVerdict *verdict)
{
  StabilityResult run;

  PetscFunctionBeginUser;
  search->faults[search->which].off_s = search->given[search->which].on_s + clearing;
  PetscCall(StabilityRun(search->st, search->n, search->faults, NULL, &run));
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

PetscErrorCode StabilityCriticalClearing(Stability st, PetscInt n, const StabilityFault *faults, PetscInt which,
                                         CctResult *result)
{
  Search    search = {.st = st, .n = n, .which = which, .given = faults, .result = result};
  PetscBool found;

  PetscFunctionBeginUser;
  PetscCheck(which >= 0 && which < n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "There is no such fault");
  PetscCheck(st->options.cct_tolerance_s > 0.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "The tolerance of a critical clearing time must be above 0");
  *result                 = (CctResult){.status = CCT_FAILED, .cct_seconds = NAN};
  const PetscReal longest = PetscMin(st->options.cct_longest_s, st->options.until_s - faults[which].on_s);
  if (!(longest > 0.0)) {
    snprintf(result->text, sizeof result->text, "the fault begins at or after the end of the simulation");
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(n, &search.faults));
  PetscCall(PetscArraycpy(search.faults, faults, n));
  PetscCall(TryEnds(&search, longest, &found));
  if (found) PetscCall(Bisect(&search, 0.0, longest));
  PetscCall(PetscFree(search.faults));
  PetscFunctionReturn(0);
}
