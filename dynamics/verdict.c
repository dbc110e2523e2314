/* Verdicts: synchronism, voltage recovery, frequency. */
#include "dynamics/verdict.h"

#define ROCOF_WINDOW_S 0.5

struct _p_Verdict {
  Equations     eq;
  VerdictLimits limits;
  VerdictResult result;
  PetscReal    *angle;            /* [machines] workspace */
  PetscInt     *lowest, *highest; /* [islands, at most machines] workspace */
  PetscReal    *speed, *weight;   /* [islands] workspace: of the centres of inertia */
  PetscReal    *below_since[2];   /* [buses] since when a voltage is below the envelope's level, negative: it is not */
  PetscReal     begin_s, old_s;   /* of the present window of the rate of change */
  PetscReal    *old_speed;        /* [islands] at its beginning */
  PetscInt      old_islands;
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
  PetscCall(PetscMalloc6(n, &v->angle, n, &v->lowest, n, &v->highest, n, &v->speed, n, &v->weight, n, &v->old_speed));
  PetscCall(PetscMalloc2(nb, &v->below_since[0], nb, &v->below_since[1]));
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictDestroy(Verdict *verdict)
{
  PetscFunctionBeginUser;
  if (!verdict || !*verdict) PetscFunctionReturn(0);
  Verdict v = *verdict;
  PetscCall(PetscFree6(v->angle, v->lowest, v->highest, v->speed, v->weight, v->old_speed));
  PetscCall(PetscFree2(v->below_since[0], v->below_since[1]));
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
  for (PetscInt i = 0; i < v->eq->net->bus.n; ++i) v->below_since[0][i] = v->below_since[1][i] = -1.0;
  v->old_islands = -1;
  PetscFunctionReturn(0);
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

/* Below the envelope's level for too long. A fault's time does not count. */
static void WatchVoltages(Verdict v, PetscReal time, const PetscReal *y, PetscBool fault_on)
{
  const Equations eq   = v->eq;
  VerdictItem    *item = &v->result.item[VERDICT_VOLTAGE];
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    const PetscReal *u = &y[EquationsBusUnknown(eq, i)], vm = PetscSqrtReal(u[0] * u[0] + u[1] * u[1]);
    if (!eq->live[i] || fault_on || !(eq->vm_start[i] > 0.0)) {
      v->below_since[0][i] = v->below_since[1][i] = -1.0;
      continue;
    }
    if (vm < v->result.min_voltage_pu) {
      v->result.min_voltage_pu  = vm;
      v->result.min_voltage_bus = i;
    }
    for (PetscInt stage = 0; stage < 2; ++stage) {
      PetscReal *since = &v->below_since[stage][i];
      if (!(vm < v->limits.voltage_low_pu[stage] * eq->vm_start[i])) {
        *since = -1.0;
        continue;
      }
      if (*since < 0.0) *since = time;
      if (time - *since <= v->limits.voltage_low_s[stage] || !item->passed) continue;
      FailAt(v, VERDICT_VOLTAGE, *since + v->limits.voltage_low_s[stage]);
      snprintf(item->text, sizeof item->text,
               "voltage of bus %lld below %g of its value before the events for more than %g s (%.3f per unit)",
               (long long)eq->net->bus.number[i], (double)v->limits.voltage_low_pu[stage],
               (double)v->limits.voltage_low_s[stage], (double)vm);
    }
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

/* Mean rate of change over windows of half a second, within which islands did not change. */
static void WatchRate(Verdict v, PetscReal time)
{
  const Equations eq = v->eq;
  if (v->old_islands == eq->n_islands && time - v->old_s < ROCOF_WINDOW_S) return;
  for (PetscInt i = 0; v->old_islands == eq->n_islands && i < eq->n_islands; ++i) {
    const PetscReal rate = eq->frequency_hz * (v->speed[i] - v->old_speed[i]) / (time - v->old_s);
    if (PetscIsNanReal(v->result.max_rocof_hz_per_s) || PetscAbsReal(rate) > PetscAbsReal(v->result.max_rocof_hz_per_s))
      v->result.max_rocof_hz_per_s = rate;
    if (PetscAbsReal(rate) > v->limits.rocof_limit_hz_per_s)
      FailFrequency(v, time, i, "rate of change of frequency", rate, "Hz/s", v->limits.rocof_limit_hz_per_s);
  }
  for (PetscInt i = 0; i < eq->n_islands; ++i) v->old_speed[i] = v->speed[i];
  v->old_islands = eq->n_islands;
  v->old_s       = time;
}

static void WatchFrequency(Verdict v, PetscReal time, const PetscReal *y)
{
  const Equations eq       = v->eq;
  const PetscReal f0       = eq->frequency_hz;
  VerdictResult  *r        = &v->result;
  PetscReal       furthest = -1.0;
  CentreSpeeds(v, y);
  for (PetscInt i = 0; i < eq->n_islands; ++i) {
    const PetscReal hz = f0 * (1.0 + v->speed[i]);
    if (PetscIsNanReal(hz)) continue;
    if (PetscIsNanReal(r->nadir_hz) || hz < r->nadir_hz) r->nadir_hz = hz;
    if (PetscIsNanReal(r->zenith_hz) || hz > r->zenith_hz) r->zenith_hz = hz;
    if (PetscAbsReal(v->speed[i]) > furthest) {
      furthest  = PetscAbsReal(v->speed[i]);
      r->end_hz = hz;
    }
    if (v->speed[i] < v->limits.frequency_low_pu)
      FailFrequency(v, time, i, "frequency", hz, "Hz", f0 * (1.0 + v->limits.frequency_low_pu));
    if (v->speed[i] > v->limits.frequency_high_pu)
      FailFrequency(v, time, i, "frequency", hz, "Hz", f0 * (1.0 + v->limits.frequency_high_pu));
  }
  WatchRate(v, time);
}

PetscErrorCode VerdictWatch(Verdict v, PetscReal time, const PetscReal *y, const PetscReal *yp, PetscBool fault_on,
                            PetscBool *lost)
{
  PetscFunctionBeginUser;
  (void)yp;
  *lost = WatchAngles(v, time, y);
  WatchVoltages(v, time, y, fault_on);
  WatchFrequency(v, time, y);
  PetscFunctionReturn(0);
}

PetscErrorCode VerdictSetLossTime(Verdict v, PetscReal time)
{
  PetscFunctionBeginUser;
  v->result.item[VERDICT_ANGLE].time_s = time;
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
