/* Screening of contingencies over ranks. */
#include "dynamics/screen.h"

#include "dynamics/stability_impl.h"

#include <petsctime.h>

#define SEVERITY_FAILED 3.0

void ScreenDefaultOptions(ScreenOptions *options)
{
  *options = (ScreenOptions){.counter = TASK_COUNTER_AUTO};
}

const char *ScreenCriterionName(PetscInt criterion)
{
  static const char *const names[VERDICT_CRITERIA] = {
      [VERDICT_ANGLE] = "angle", [VERDICT_VOLTAGE] = "voltage", [VERDICT_FREQUENCY] = "frequency"};
  return criterion >= 0 && criterion < VERDICT_CRITERIA ? names[criterion] : "";
}

/* Where no bus ever had a voltage to look at, the lowest stays at infinity. */
static PetscReal FiniteOrNan(PetscReal value)
{
  return value < PETSC_INFINITY ? value : NAN;
}

/* Share of a limit that is used up; a number that is not there or an infinite limit uses up nothing. */
static PetscReal Share(PetscReal value, PetscReal limit)
{
  const PetscReal share = value / limit;
  return share > 0.0 ? share : 0.0;
}

static PetscReal StableSeverity(Stability st, const StabilityResult *run)
{
  const VerdictLimits *limits = &st->options.limits;
  const VerdictResult *j      = &run->judgement;
  const Equations      eq     = st->equations;
  const PetscReal      f0     = eq->frequency_hz;
  PetscReal            load = 0.0, severity = Share(j->max_angle_spread_deg, limits->angle_limit_deg);
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) load += eq->load_mw[i];
  severity = PetscMax(severity, Share(j->nadir_hz / f0 - 1.0, limits->frequency_low_pu));
  severity = PetscMax(severity, Share(j->zenith_hz / f0 - 1.0, limits->frequency_high_pu));
  severity = PetscMax(severity, Share(PetscAbsReal(j->max_rocof_hz_per_s), limits->rocof_limit_hz_per_s));
  severity = PetscMax(severity, Share(1.0 - j->min_voltage_pu, 1.0));
  if (load > 0.0) severity = PetscMax(severity, Share(run->lost_load_mw, load));
  return PetscMin(severity, 1.0);
}

static PetscReal Severity(Stability st, const Contingency *c, const StabilityResult *run)
{
  PetscReal first = st->options.until_s;
  if (run->verdict == STABILITY_FAILED) return SEVERITY_FAILED;
  if (run->verdict == STABILITY_STABLE) return StableSeverity(st, run);
  for (PetscInt k = 0; k < c->n; ++k) first = PetscMin(first, c->event[k].time_s);
  const PetscReal share = (st->options.until_s - run->violation_s) / (st->options.until_s - first);
  return 1.0 + PetscClipInterval(share, 0.0, 1.0);
}

/* The criterion that was violated first. */
static PetscInt FirstCriterion(const StabilityResult *run)
{
  PetscInt first = -1;
  if (run->verdict != STABILITY_UNSTABLE) return first;
  for (PetscInt c = 0; c < VERDICT_CRITERIA; ++c) {
    const VerdictItem *item = run->judgement.item;
    if (!item[c].passed && (first < 0 || item[c].time_s < item[first].time_s)) first = c;
  }
  return first;
}

static void Take(Stability st, const Contingency *c, const StabilityResult *run, ScreenResult *result)
{
  const PetscBool has = (PetscBool)(run->verdict != STABILITY_FAILED);
  result->done        = PETSC_TRUE;
  result->verdict     = run->verdict;
  result->criterion   = FirstCriterion(run);
  snprintf(result->reason, sizeof result->reason, "%s", run->criterion);
  result->severity             = Severity(st, c, run);
  result->violation_s          = run->violation_s;
  result->max_angle_spread_deg = has ? run->max_angle_spread_deg : NAN;
  result->min_voltage_pu       = has ? FiniteOrNan(run->judgement.min_voltage_pu) : NAN;
  result->min_voltage_bus      = has ? run->judgement.min_voltage_bus : -1;
  result->nadir_hz             = has ? run->judgement.nadir_hz : NAN;
  result->zenith_hz            = has ? run->judgement.zenith_hz : NAN;
  result->max_rocof_hz_per_s   = has ? run->judgement.max_rocof_hz_per_s : NAN;
  result->n_islands            = run->n_islands;
  result->n_dead_buses         = run->n_dead_buses;
  result->lost_load_mw         = run->lost_load_mw;
  result->n_actions            = run->n_notes;
  result->steps                = run->steps;
}

static PetscBool HasClearedFault(const Contingency *c)
{
  PetscBool fault = PETSC_FALSE, end = PETSC_FALSE;
  for (PetscInt k = 0; k < c->n; ++k) {
    fault = (PetscBool)(fault || c->event[k].kind == EVENT_FAULT);
    end   = (PetscBool)(end || c->event[k].kind == EVENT_CLEAR);
  }
  return (PetscBool)(fault && end);
}

PetscErrorCode ScreenOne(Stability st, const Contingency *c, PetscBool cct, ScreenResult *result)
{
  StabilityResult run;
  CctResult       clearing;

  PetscFunctionBeginUser;
  PetscCall(StabilitySimulate(st, c->n, c->event, NULL, &run));
  Take(st, c, &run, result);
  result->has_cct    = (PetscBool)(cct && HasClearedFault(c));
  result->cct_status = CCT_FAILED;
  result->cct_s      = NAN;
  if (!result->has_cct) PetscFunctionReturn(0);
  PetscCall(StabilityClearingTime(st, c->n, c->event, &clearing));
  result->cct_status = clearing.status;
  result->cct_s      = clearing.status == CCT_FOUND ? clearing.cct_seconds : NAN;
  PetscFunctionReturn(0);
}

/* The contingencies that are left, taken one by one. */
static PetscErrorCode Simulate(TaskCounter counter, Stability st, Contingencies list, const ScreenOptions *options,
                               PetscInt n_todo, const PetscInt *todo, ScreenResult *result, ScreenSummary *summary)
{
  PetscLogDouble begin, end;
  PetscBool      stop = PETSC_FALSE;
  int64_t        next;

  PetscFunctionBeginUser;
  for (;;) {
    PetscCall(TaskCounterTake(counter, &next));
    if (next >= n_todo) break;
    ScreenResult *r = &result[todo[next]];
    PetscCall(PetscTime(&begin));
    PetscCall(ScreenOne(st, &list->item[todo[next]], options->cct, r));
    PetscCall(PetscTime(&end));
    summary->busy_seconds += end - begin;
    ++summary->n_simulated;
    if (options->observer) PetscCall(options->observer(options->context, r, (PetscInt)next + 1, n_todo, &stop));
    if (!stop) continue;
    PetscCall(TaskCounterSkip(counter, n_todo));
    break;
  }
  PetscFunctionReturn(0);
}

/* Every rank learns what the others found. */
static PetscErrorCode Exchange(MPI_Comm comm, PetscInt n_todo, const PetscInt *todo, ScreenResult *result)
{
  ScreenResult *own, *all;
  MPI_Datatype  type;
  PetscMPIInt   size, n_own = 0, n_all = 0, *count, *start;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscCalloc2(n_todo, &own, n_todo, &all));
  PetscCall(PetscMalloc2(size, &count, size, &start));
  for (PetscInt k = 0; k < n_todo; ++k) {
    if (result[todo[k]].done) own[n_own++] = result[todo[k]];
  }
  PetscCallMPI(MPI_Type_contiguous((int)sizeof *own, MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Allgather(&n_own, 1, MPI_INT, count, 1, MPI_INT, comm));
  for (PetscMPIInt r = 0; r < size; ++r) {
    start[r] = n_all;
    n_all += count[r];
  }
  PetscCallMPI(MPI_Allgatherv(own, n_own, type, all, count, start, type, comm));
  for (PetscInt k = 0; k < n_all; ++k) result[all[k].number] = all[k];
  PetscCallMPI(MPI_Type_free(&type));
  PetscCall(PetscFree2(count, start));
  PetscCall(PetscFree2(own, all));
  PetscFunctionReturn(0);
}

static void Count(PetscInt n, const ScreenResult *result, ScreenSummary *summary)
{
  for (PetscInt k = 0; k < n; ++k) {
    if (!result[k].done)
      ++summary->n_missing;
    else if (result[k].verdict == STABILITY_FAILED)
      ++summary->n_failed;
    else if (result[k].verdict == STABILITY_UNSTABLE)
      ++summary->n_unstable;
    else
      ++summary->n_stable;
    summary->n_cct_failed += result[k].done && result[k].has_cct && result[k].cct_status == CCT_FAILED;
  }
}

PetscErrorCode ScreenRun(MPI_Comm comm, Stability st, Contingencies list, const ScreenOptions *options,
                         ScreenResult *result, ScreenSummary *summary)
{
  PetscLogDouble begin, end;
  TaskCounter    counter;
  PetscInt      *todo, n_todo = 0;

  PetscFunctionBeginUser;
  *summary = (ScreenSummary){0};
  PetscCall(PetscTime(&begin));
  PetscCall(PetscMalloc1(list->n, &todo));
  for (PetscInt k = 0; k < list->n; ++k) {
    if (!result[k].done) {
      PetscCall(PetscMemzero(&result[k], sizeof result[k]));
      todo[n_todo++] = k;
    }
    result[k].number = k;
  }
  PetscCall(TaskCounterCreate(comm, options->counter, &counter));
  PetscCall(Simulate(counter, st, list, options, n_todo, todo, result, summary));
  PetscCall(TaskCounterDestroy(&counter));
  PetscCall(Exchange(comm, n_todo, todo, result));
  Count(list->n, result, summary);
  PetscCall(PetscFree(todo));
  PetscCall(PetscTime(&end));
  summary->wall_seconds = end - begin;
  PetscFunctionReturn(0);
}

static int Compare(const void *a, const void *b)
{
  const ScreenResult *x = *(const ScreenResult *const *)a, *y = *(const ScreenResult *const *)b;
  if (x->done != y->done) return x->done ? -1 : 1;
  if (x->done && x->severity != y->severity) return x->severity > y->severity ? -1 : 1;
  return (x->number > y->number) - (x->number < y->number);
}

PetscErrorCode ScreenRank(PetscInt n, const ScreenResult *result, PetscInt *order)
{
  const ScreenResult **sorted;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &sorted));
  for (PetscInt k = 0; k < n; ++k) sorted[k] = &result[k];
  qsort(sorted, (size_t)n, sizeof *sorted, Compare);
  for (PetscInt k = 0; k < n; ++k) order[k] = sorted[k]->number;
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(0);
}
