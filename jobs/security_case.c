/* One disturbance of one hour, simulated and judged. */
#include <math.h>
#include <string.h>

#include "jobs/point.h"
#include "jobs/security_impl.h"

/* Below this fraction of its maximum a unit is not running: a dispatch without unit commitment has many such. */
static const PetscReal OFFLINE_BELOW = 1e-3;
/* Less load than this is not missed. */
static const PetscReal LOAD_LOST_MW = 1e-6;

static void TakeLimits(const StudyLimits *s, PetscReal frequency_hz, VerdictLimits *limits)
{
  if (!isnan(s->angle_deg)) limits->angle_limit_deg = s->angle_deg;
  if (!isnan(s->voltage_pu)) limits->voltage_low_pu[0] = s->voltage_pu;
  if (!isnan(s->voltage_s)) limits->voltage_low_s[0] = s->voltage_s;
  if (!isnan(s->frequency_min_hz)) limits->frequency_low_pu = s->frequency_min_hz / frequency_hz - 1;
  if (!isnan(s->frequency_max_hz)) limits->frequency_high_pu = s->frequency_max_hz / frequency_hz - 1;
  if (!isnan(s->rocof_hz_per_s)) limits->rocof_limit_hz_per_s = s->rocof_hz_per_s;
  if (!isnan(s->settling_hz)) limits->settling_limit_pu = s->settling_hz / frequency_hz;
}

void SecurityOptions(Run run, StabilityOptions *options)
{
  StabilityDefaultOptions(options);
  options->until_s            = run->study->stability_until_s;
  options->frequency_hz       = run->frequency_hz;
  options->relative_tolerance = options->absolute_tolerance = run->study->stability_tolerance;
  TakeLimits(&run->study->limits, run->frequency_hz, &options->limits);
}

PetscErrorCode SecurityPoint(Run run, Dispatch dispatch, PetscInt hour, OperatingPoint *point, PetscInt *offline)
{
  PetscFunctionBeginUser;
  PetscCall(OperatingPointFromDispatch(run->net, dispatch, hour, point));
  PetscCall(OperatingPointOfflineBelow(*point, run->net, OFFLINE_BELOW, offline));
  PetscFunctionReturn(0);
}

/* A unit that does not run at this hour cannot trip. */
static PetscErrorCode EventsAt(const Disturbance *d, OperatingPoint point, StabilityEvent **event, PetscInt *n)
{
  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(PetscMalloc1(d->n_events + 1, event));
  for (PetscInt k = 0; k < d->n_events; k++) {
    const StabilityEvent *e = &d->event[k];
    if (e->kind == EVENT_TRIP_UNIT && e->site == DEVICE_AT_GENERATOR && !point->generator_online[e->row]) continue;
    (*event)[(*n)++] = *e;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SecuritySimulate(Run run, OperatingPoint point, const Disturbance *d, Trajectory *trajectory,
                                Stability *stability, StabilityResult *result)
{
  StabilityOptions options;
  StabilityEvent  *event;
  Stability        st;
  PetscInt         n;

  PetscFunctionBeginUser;
  SecurityOptions(run, &options);
  PetscCall(EventsAt(d, point, &event, &n));
  PetscCall(StabilityCreate(run->net, point, run->devices, &options, &st));
  PetscCall(StabilitySimulate(st, n, event, trajectory, result));
  PetscCall(PetscFree(event));
  if (stability)
    *stability = st;
  else
    PetscCall(StabilityDestroy(&st));
  PetscFunctionReturn(0);
}

FailedCriterion SecurityFailed(const Disturbance *d, const StabilityResult *result)
{
  static const FailedCriterion of[VERDICT_CRITERIA] = {
      [VERDICT_ANGLE] = FAILED_ANGLE, [VERDICT_VOLTAGE] = FAILED_VOLTAGE, [VERDICT_FREQUENCY] = FAILED_FREQUENCY};
  FailedCriterion first = FAILED_NOTHING;
  PetscReal       when  = PETSC_INFINITY;

  if (result->verdict == STABILITY_FAILED) return FAILED_NOTHING;
  for (int k = 0; k < VERDICT_CRITERIA && result->verdict == STABILITY_UNSTABLE; k++) {
    const VerdictItem *item = &result->judgement.item[k];
    const PetscReal    t    = isnan(item->time_s) ? PETSC_MAX_REAL : item->time_s;
    if (item->passed || t >= when) continue;
    when  = t;
    first = of[k];
  }
  if (result->verdict == STABILITY_UNSTABLE && first == FAILED_NOTHING) first = FAILED_ANGLE;
  if (first == FAILED_NOTHING && d->islands && result->lost_load_mw > LOAD_LOST_MW) first = FAILED_LOAD;
  return first;
}

static PetscErrorCode FindClearing(Stability stability, const Disturbance *d, SecurityCase *c)
{
  CctResult cct;

  PetscFunctionBeginUser;
  PetscCall(StabilityClearingTime(stability, d->n_events, d->event, &cct));
  if (cct.status == CCT_FOUND) c->cct_seconds = cct.cct_seconds;
  snprintf(c->cct_text, sizeof c->cct_text, "%.255s", cct.text);
  PetscFunctionReturn(0);
}

static void TakeResult(const Disturbance *d, const StabilityResult *result, SecurityCase *c)
{
  c->verdict              = result->verdict;
  c->failed               = SecurityFailed(d, result);
  c->max_angle_spread_deg = result->max_angle_spread_deg;
  c->steps                = result->steps;
  c->dead_buses           = result->n_dead_buses;
  c->lost_load_mw         = result->lost_load_mw;
  c->nadir_hz             = result->judgement.nadir_hz;
  c->zenith_hz            = result->judgement.zenith_hz;
  c->min_voltage_pu       = result->judgement.min_voltage_pu;
  snprintf(c->criterion, sizeof c->criterion, "%.511s", result->criterion);
  if (c->failed != FAILED_LOAD) return;
  c->verdict = STABILITY_UNSTABLE;
  snprintf(c->criterion, sizeof c->criterion,
           "%.6g MW of load lost: nothing forms a voltage at %d buses that were cut off", (double)result->lost_load_mw,
           (int)result->n_dead_buses);
}

PetscErrorCode SecurityRunCase(Run run, const Window *window, SecurityCase *c)
{
  const Disturbance *d = &run->disturbance[c->disturbance];
  OperatingPoint     point;
  Stability          stability;
  StabilityResult    result;

  PetscFunctionBeginUser;
  PetscCall(SecurityPoint(run, window->dispatch, c->hour, &point, &c->offline));
  PetscCall(SecuritySimulate(run, point, d, NULL, &stability, &result));
  TakeResult(d, &result, c);
  c->cct_seconds = NAN;
  c->cct_text[0] = '\0';
  if (d->clears && result.verdict != STABILITY_FAILED) PetscCall(FindClearing(stability, d, c));
  PetscCall(StabilityDestroy(&stability));
  PetscCall(OperatingPointDestroy(&point));
  PetscFunctionReturn(0);
}
