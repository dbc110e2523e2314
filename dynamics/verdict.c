/* Verdicts: synchronism, voltage recovery, frequency. */
#include "dynamics/verdict.h"

#define ROCOF_WINDOW_S 0.5
#define HISTORY_STEP_S 0.01 /* samples closer than this are not kept */
enum { HISTORY = 64 };      /* more than fit into the window */

struct _p_Verdict {
  Equations     eq;
  VerdictLimits limits;
  VerdictResult result;
  PetscReal    *angle;            /* [machines] workspace */
  PetscInt     *lowest, *highest; /* [islands, at most machines] workspace */
  PetscReal    *speed, *weight;   /* [islands] workspace: of the centres of inertia */
  PetscReal    *below_since[2];   /* [buses] since when a voltage is below the envelope's level, negative: it is not */
  PetscReal     old_s;            /* the point looked at before */
  PetscReal    *old_vm;           /* [buses] voltages then, NAN: none that counts */
  PetscReal    *old_speed, *old_rate; /* [islands] of the centres of inertia then, and their rates, NAN: not known */
  uint64_t      islands;              /* which machines stood in which islands then */
  PetscReal    *history, history_s[HISTORY]; /* [HISTORY][islands] speeds for the rate of change, oldest first */
  PetscInt      n_history, width;
};

void VerdictDefaultLimits(VerdictLimits *limits)
{
  *limits = (VerdictLimits){.angle_limit_deg      = 180.0,
                            .voltage_low_pu       = {0.8, 0.5},
                            .voltage_low_s        = {2.0, 1.0},
                            .frequency_low_pu     = -0.05,
                            .frequency_high_pu    = 0.05,
                            .rocof_limit_hz_per_s = PETSC_INFINITY,
                            .settling_limit_pu    = PETSC_INFINITY};
}

PetscErrorCode VerdictCreate(Equations eq, const VerdictLimits *limits, Verdict *verdict)
{
  const PetscInt n = eq->n_machines + 1, nb = eq->net->bus.n;
  Verdict        v;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&v));
  *verdict  = v;
  v->eq     = eq;
  v->limits = *limits;
  v->width  = n;
  PetscCall(PetscMalloc7(n, &v->angle, n, &v->lowest, n, &v->highest, n, &v->speed, n, &v->weight, n, &v->old_speed, n,
                         &v->old_rate));
  PetscCall(PetscMalloc4(nb, &v->below_since[0], nb, &v->below_since[1], nb, &v->old_vm, n * HISTORY, &v->history));
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictDestroy(Verdict *verdict)
{
  PetscFunctionBeginUser;
  if (!verdict || !*verdict) PetscFunctionReturn(0);
  Verdict v = *verdict;
  PetscCall(PetscFree7(v->angle, v->lowest, v->highest, v->speed, v->weight, v->old_speed, v->old_rate));
  PetscCall(PetscFree4(v->below_since[0], v->below_since[1], v->old_vm, v->history));
  PetscCall(PetscFree(*verdict));
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictBegin(Verdict v)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(&v->result, sizeof v->result));
  for (PetscInt c = 0; c < VERDICT_CRITERIA; ++c) {
    v->result.item[c].passed = PETSC_TRUE;
    v->result.item[c].time_s = NAN;
  }
  v->result.min_voltage_pu  = PETSC_INFINITY;
  v->result.min_voltage_bus = -1;
  v->result.nadir_hz = v->result.zenith_hz = v->result.end_hz = v->result.max_rocof_hz_per_s = NAN;
  for (PetscInt i = 0; i < v->eq->net->bus.n; ++i) {
    v->below_since[0][i] = v->below_since[1][i] = -1.0;
    v->old_vm[i]                                = NAN;
  }
  v->islands   = 0;
  v->n_history = 0;
  PetscFunctionReturn(0);
}

/* When between the point looked at before and this one a quantity passed a level, by a straight line. */
static PetscReal PassedAt(const Verdict v, PetscReal time, PetscReal before, PetscReal now, PetscReal level)
{
  if (!((before - level) * (now - level) < 0.0)) return time; /* also when there was no point before */
  return v->old_s + (time - v->old_s) * (level - before) / (now - before);
}

static void FailAt(Verdict v, VerdictCriterion criterion, PetscReal time)
{
  v->result.item[criterion].passed = PETSC_FALSE;
  v->result.item[criterion].time_s = time;
}

PetscReal VerdictAngleSpread(Verdict v, const PetscReal *y, PetscInt pair[2])
{
  const Equations eq      = v->eq;
  PetscReal       largest = 0.0;
  pair[0] = pair[1] = -1;
  for (PetscInt i = 0; i < eq->n_islands; ++i) v->lowest[i] = v->highest[i] = -1;
  for (PetscInt m = 0; m < eq->n_machines; ++m) {
    const Site *site = &eq->site[eq->machine[m]];
    if (site->frozen) continue;
    const PetscInt island = eq->island[site->bus];
    v->angle[m]           = y[site->signal_unknown[SIGNAL_ANGLE]];
    if (PetscIsInfOrNanReal(v->angle[m])) continue;
    if (v->lowest[island] < 0 || v->angle[m] < v->angle[v->lowest[island]]) v->lowest[island] = m;
    if (v->highest[island] < 0 || v->angle[m] > v->angle[v->highest[island]]) v->highest[island] = m;
  }
  for (PetscInt i = 0; i < eq->n_islands; ++i) {
    if (v->lowest[i] < 0) continue;
    const PetscReal spread = v->angle[v->highest[i]] - v->angle[v->lowest[i]];
    if (spread <= largest) continue;
    largest = spread;
    pair[0] = eq->machine[v->highest[i]];
    pair[1] = eq->machine[v->lowest[i]];
  }
  return largest * 180.0 / PETSC_PI;
}

static PetscBool WatchAngles(Verdict v, PetscReal time, const PetscReal *y)
{
  VerdictItem    *item = &v->result.item[VERDICT_ANGLE];
  PetscInt        pair[2];
  char            a[80], b[80];
  const PetscReal spread         = VerdictAngleSpread(v, y, pair);
  v->result.max_angle_spread_deg = PetscMax(v->result.max_angle_spread_deg, spread);
  if (!(spread > v->limits.angle_limit_deg) || !item->passed) return PETSC_FALSE;
  FailAt(v, VERDICT_ANGLE, time);
  snprintf(item->text, sizeof item->text, "rotor angle of machine %.60s more than %g degrees ahead of machine %.60s",
           EquationsSiteLabel(v->eq, pair[0], a, sizeof a), (double)v->limits.angle_limit_deg,
           EquationsSiteLabel(v->eq, pair[1], b, sizeof b));
  return PETSC_TRUE;
}

/* A bus below one stage of the envelope for too long. */
static void WatchStage(Verdict v, PetscReal time, PetscInt i, PetscInt stage, PetscReal vm)
{
  VerdictItem    *item    = &v->result.item[VERDICT_VOLTAGE];
  PetscReal      *since   = &v->below_since[stage][i];
  const PetscReal level   = v->limits.voltage_low_pu[stage] * v->eq->vm_start[i],
                  allowed = v->limits.voltage_low_s[stage];
  PetscReal until         = time;
  if (vm < level && *since < 0.0) *since = PassedAt(v, time, v->old_vm[i], vm, level);
  if (*since < 0.0) return;
  if (!(vm < level)) until = PassedAt(v, time, v->old_vm[i], vm, level);
  if (until - *since > allowed && item->passed) {
    FailAt(v, VERDICT_VOLTAGE, *since + allowed);
    snprintf(item->text, sizeof item->text,
             "voltage of bus %lld below %g of its value before the events for more than %g s (%.3f per unit)",
             (long long)v->eq->net->bus.number[i], (double)v->limits.voltage_low_pu[stage], (double)allowed,
             (double)vm);
  }
  if (!(vm < level)) *since = -1.0;
}

/* Buses without anything that forms a voltage are told, not judged; but some voltage must be left. */
static void WatchBlackout(Verdict v, PetscReal time)
{
  VerdictItem *item = &v->result.item[VERDICT_VOLTAGE];
  if (v->eq->n_islands > 0 || !item->passed) return;
  FailAt(v, VERDICT_VOLTAGE, time);
  snprintf(item->text, sizeof item->text, "no bus has a voltage any more: nothing that forms one is left");
}

/* A fault's time does not count. */
static void WatchVoltages(Verdict v, PetscReal time, const PetscReal *y, PetscBool fault_on)
{
  const Equations eq = v->eq;
  WatchBlackout(v, time);
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    const PetscReal *u = &y[EquationsBusUnknown(eq, i)], vm = PetscSqrtReal(u[0] * u[0] + u[1] * u[1]);
    if (!eq->live[i] || fault_on || !(eq->vm_start[i] > 0.0)) {
      v->below_since[0][i] = v->below_since[1][i] = -1.0;
      v->old_vm[i]                                = NAN;
      continue;
    }
    if (vm < v->result.min_voltage_pu) {
      v->result.min_voltage_pu  = vm;
      v->result.min_voltage_bus = i;
    }
    for (PetscInt stage = 0; stage < 2; ++stage) WatchStage(v, time, i, stage, vm);
    v->old_vm[i] = vm;
  }
}

/* Speeds of the islands' centres of inertia: H-weighted means, or plain ones where nothing has inertia. */
static void CentreSpeeds(Verdict v, const PetscReal *y)
{
  const Equations eq = v->eq;
  for (PetscInt i = 0; i < eq->n_islands; ++i) v->speed[i] = v->weight[i] = 0.0;
  for (PetscInt m = 0; m < eq->n_machines; ++m) {
    const Site     *site = &eq->site[eq->machine[m]];
    const PetscReal w    = EquationsSignal(eq, eq->machine[m], SIGNAL_SPEED, y);
    if (site->frozen || PetscIsInfOrNanReal(w)) continue;
    const PetscReal weight = PetscMax(site->inertia, 1e-6 * site->base_ratio);
    v->speed[eq->island[site->bus]] += weight * w;
    v->weight[eq->island[site->bus]] += weight;
    v->result.max_speed_deviation_pu = PetscMax(v->result.max_speed_deviation_pu, PetscAbsReal(w));
  }
  for (PetscInt i = 0; i < eq->n_islands; ++i) v->speed[i] = v->weight[i] > 0.0 ? v->speed[i] / v->weight[i] : NAN;
}

static PetscInt FirstBus(Equations eq, PetscInt island)
{
  PetscInt i = 0;
  while (i < eq->net->bus.n && eq->island[i] != island) ++i;
  return i;
}

static void FailFrequency(Verdict v, PetscReal time, PetscInt island, const char *what, PetscReal value,
                          const char *unit, PetscReal limit)
{
  VerdictItem *item = &v->result.item[VERDICT_FREQUENCY];
  if (!item->passed) return;
  FailAt(v, VERDICT_FREQUENCY, time);
  snprintf(item->text, sizeof item->text, "%s of the island of bus %lld %.3f %s, limit %.3f %s", what,
           (long long)v->eq->net->bus.number[FirstBus(v->eq, island)], (double)value, unit, (double)limit, unit);
}

/* Which machines stand in which islands, as a number (Fowler, Noll and Vo's hash). */
static uint64_t HashIslands(Equations eq)
{
  uint64_t hash = 14695981039346656037u;
  for (PetscInt m = 0; m < eq->n_machines; ++m) {
    const Site    *site   = &eq->site[eq->machine[m]];
    const uint64_t island = site->frozen ? 0 : (uint64_t)(eq->island[site->bus] + 2);
    hash                  = (hash ^ island) * 1099511628211u;
  }
  return hash;
}

/* Speed of an island's centre at a time between the oldest of the history and now, the present point. */
static PetscReal HistorySpeed(Verdict v, PetscInt island, PetscReal time, PetscReal now)
{
  PetscInt k = v->n_history - 1;
  while (k > 0 && v->history_s[k] > time) --k;
  const PetscReal a = v->history[k * v->width + island];
  const PetscInt  n = k + 1; /* the next one, or the present point */
  const PetscReal b = n < v->n_history ? v->history[n * v->width + island] : v->speed[island];
  const PetscReal e = n < v->n_history ? v->history_s[n] : now;
  return e > v->history_s[k] ? a + (b - a) * (time - v->history_s[k]) / (e - v->history_s[k]) : a;
}

/* Keeps the present point, and what is needed to reach back over the window. */
static void Remember(Verdict v, PetscReal time)
{
  PetscInt drop = 0;
  if (v->n_history > 0 && time - v->history_s[v->n_history - 1] < HISTORY_STEP_S) return;
  while (drop + 1 < v->n_history && v->history_s[drop + 1] <= time - ROCOF_WINDOW_S) ++drop;
  if (v->n_history - drop == HISTORY) ++drop;
  v->n_history -= drop;
  memmove(v->history, v->history + drop * v->width, (size_t)(v->n_history * v->width) * sizeof *v->history);
  memmove(v->history_s, v->history_s + drop, (size_t)v->n_history * sizeof *v->history_s);
  memcpy(v->history + v->n_history * v->width, v->speed, (size_t)v->width * sizeof *v->speed);
  v->history_s[v->n_history++] = time;
}

/* Mean rate of change over the half second before, within which islands and their machines did not change. */
static void WatchRate(Verdict v, PetscReal time)
{
  const Equations eq    = v->eq;
  const PetscReal limit = v->limits.rocof_limit_hz_per_s;
  for (PetscInt i = 0; i < eq->n_islands && v->n_history > 0 && v->history_s[0] <= time - ROCOF_WINDOW_S; ++i) {
    const PetscReal old = v->old_rate[i];
    const PetscReal rate =
        eq->frequency_hz * (v->speed[i] - HistorySpeed(v, i, time - ROCOF_WINDOW_S, time)) / ROCOF_WINDOW_S;
    v->old_rate[i] = rate;
    if (PetscIsNanReal(v->result.max_rocof_hz_per_s) || PetscAbsReal(rate) > PetscAbsReal(v->result.max_rocof_hz_per_s))
      v->result.max_rocof_hz_per_s = rate;
    if (PetscAbsReal(rate) > limit)
      FailFrequency(v, PassedAt(v, time, PetscAbsReal(old), PetscAbsReal(rate), limit), i,
                    "rate of change of frequency", rate, "Hz/s", limit);
  }
  Remember(v, time);
}

static void WatchLimits(Verdict v, PetscReal time, PetscInt i)
{
  const PetscReal f0 = v->eq->frequency_hz, speed = v->speed[i], old = v->old_speed[i];
  const PetscReal low = v->limits.frequency_low_pu, high = v->limits.frequency_high_pu;
  if (speed < low)
    FailFrequency(v, PassedAt(v, time, old, speed, low), i, "frequency", f0 * (1.0 + speed), "Hz", f0 * (1.0 + low));
  if (speed > high)
    FailFrequency(v, PassedAt(v, time, old, speed, high), i, "frequency", f0 * (1.0 + speed), "Hz", f0 * (1.0 + high));
}

static void WatchFrequency(Verdict v, PetscReal time, const PetscReal *y)
{
  const Equations eq       = v->eq;
  VerdictResult  *r        = &v->result;
  PetscReal       furthest = -1.0;
  const uint64_t  islands  = HashIslands(eq);
  CentreSpeeds(v, y);
  for (PetscInt i = 0; islands != v->islands && i < eq->n_islands; ++i) v->old_speed[i] = v->old_rate[i] = NAN;
  if (islands != v->islands) v->n_history = 0;
  v->islands = islands;
  for (PetscInt i = 0; i < eq->n_islands; ++i) {
    const PetscReal hz = eq->frequency_hz * (1.0 + v->speed[i]);
    if (PetscIsNanReal(hz)) continue;
    if (PetscIsNanReal(r->nadir_hz) || hz < r->nadir_hz) r->nadir_hz = hz;
    if (PetscIsNanReal(r->zenith_hz) || hz > r->zenith_hz) r->zenith_hz = hz;
    if (PetscAbsReal(v->speed[i]) > furthest) {
      furthest  = PetscAbsReal(v->speed[i]);
      r->end_hz = hz;
    }
    WatchLimits(v, time, i);
  }
  WatchRate(v, time);
  for (PetscInt i = 0; i < eq->n_islands; ++i) v->old_speed[i] = v->speed[i];
}

PetscErrorCode VerdictWatch(Verdict v, PetscReal time, const PetscReal *y, const PetscReal *yp, PetscBool fault_on,
                            PetscBool *lost)
{
  PetscFunctionBeginUser;
  (void)yp;
  *lost = WatchAngles(v, time, y);
  WatchVoltages(v, time, y, fault_on);
  WatchFrequency(v, time, y);
  v->old_s = time;
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictSetLossTime(Verdict v, PetscReal time)
{
  PetscFunctionBeginUser;
  v->result.item[VERDICT_ANGLE].time_s = time;
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictCollapse(Verdict v, PetscReal time, const char *text)
{
  VerdictItem *item = &v->result.item[VERDICT_VOLTAGE];

  PetscFunctionBeginUser;
  if (!item->passed) PetscFunctionReturn(0);
  FailAt(v, VERDICT_VOLTAGE, time);
  snprintf(item->text, sizeof item->text, "%s", text);
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictConclude(Verdict v, PetscReal time, VerdictResult *result)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < v->eq->n_islands; ++i) {
    if (PetscAbsReal(v->speed[i]) > v->limits.settling_limit_pu)
      FailFrequency(v, time, i, "settled frequency", v->eq->frequency_hz * (1.0 + v->speed[i]), "Hz",
                    v->eq->frequency_hz * (1.0 + (v->speed[i] > 0 ? 1 : -1) * v->limits.settling_limit_pu));
  }
  *result = v->result;
  PetscFunctionReturn(0);
}
