/* Reliability of a plan: each period's model is simulated, and its indices become rows and a document. */
#include "jobs/plan_adequacy.h"

#include <string.h>

#include "jobs/plan_adequacy_impl.h"

/* What is told of a region: name of the statistic, its unit, name in reliability.json, place among the indices. */
static const struct {
  const char *name, *unit, *key;
  size_t      offset;
} Told[] = {
    {"Expected Energy Not Served", "MWh/a", "eens_mwh", offsetof(AdequacyIndices, eens)},
    {"Loss Of Load Hours", "h/a", "lolh_h", offsetof(AdequacyIndices, lolh)},
    {"Loss Of Load Probability", "1", "lolp", offsetof(AdequacyIndices, lolp)},
    {"Energy Not Served Share", "ppm", "eens_ppm", offsetof(AdequacyIndices, share)},
    {"Loss Of Load Events", "1/a", "events", offsetof(AdequacyIndices, events)},
    {"Loss Of Load Event Duration", "h", "event_duration_h", offsetof(AdequacyIndices, duration)},
};

static const AdequacyEstimate *Estimate(const AdequacyIndices *index, size_t k)
{
  return (const AdequacyEstimate *)(const void *)((const char *)index + Told[k].offset);
}

static PetscErrorCode AddRows(Statistics statistics, const char *region, PetscInt year, const AdequacyIndices *index)
{
  char name[128];

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof Told / sizeof Told[0]; k++) {
    const AdequacyEstimate *value = Estimate(index, k);
    PetscCall(StatisticsAdd(statistics, Told[k].name, "", region, year, Told[k].unit, value->value));
    (void)snprintf(name, sizeof name, "%s Standard Error", Told[k].name);
    PetscCall(StatisticsAdd(statistics, name, "", region, year, Told[k].unit, value->error));
  }
  PetscFunctionReturn(0);
}

static json_t *Number(PetscReal value)
{
  return PetscIsInfOrNanReal(value) ? json_null() : json_real(value + 0.0);
}

static json_t *Describe(const char *region, const AdequacyIndices *index)
{
  json_t *object = json_object();
  char    name[64];

  (void)json_object_set_new(object, "region", json_string(region));
  (void)json_object_set_new(object, "demand_mwh", Number(index->demand));
  for (size_t k = 0; k < sizeof Told / sizeof Told[0]; k++) {
    (void)json_object_set_new(object, Told[k].key, Number(Estimate(index, k)->value));
    (void)snprintf(name, sizeof name, "%s_standard_error", Told[k].key);
    (void)json_object_set_new(object, name, Number(Estimate(index, k)->error));
  }
  if (index->analytic) {
    (void)json_object_set_new(object, "analytic_eens_mwh", Number(index->analytic_eens));
    (void)json_object_set_new(object, "analytic_lolh_h", Number(index->analytic_lolh));
  }
  return object;
}

/* Supply of a region in MW: the greatest by kind. */
static json_t *Supply(const ReliabilityCase *k, PetscInt region)
{
  PetscReal units = 0, power = 0, energy = 0, weather = 0, peak = 0;
  PetscInt  n = 0;

  for (PetscInt i = 0; i < k->n_units; i++)
    if (k->unit[i].region == region) units += k->unit[i].capacity, n++;
  for (PetscInt i = 0; i < k->n_storages; i++)
    if (k->storage[i].region == region) power += k->storage[i].discharge, energy += k->storage[i].energy;
  for (PetscInt h = 0; h < k->hours; h++) {
    weather += k->variable[h * k->regions + region] / (PetscReal)k->hours;
    peak = PetscMax(peak, k->demand[h * k->regions + region]);
  }
  return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "units", (json_int_t)n, "units_mw", units, "storage_mw", power,
                   "storage_mwh", energy, "weather_mean_mw", weather, "peak_demand_mw", peak);
}

static PetscErrorCode AssessPeriod(MPI_Comm comm, Components c, Planning planning, PetscInt period, Watch watch,
                                   Statistics statistics, json_t *periods, PetscBool *stopped)
{
  const PetscInt  year = c->n_periods ? c->period[period] : 0;
  ReliabilityCase kase;
  AdequacyModel   model;
  AdequacyResult  result  = NULL;
  json_t         *regions = json_array();

  PetscFunctionBeginUser;
  PetscCall(ReliabilityCaseCreate(c, planning->region, period, planning->reliability_hours, &kase));
  model = ReliabilityCaseModel(&kase);
  if (kase.regions > 0) {
    PetscCall(
        AdequacySimulateWatched(comm, &model, planning->reliability_years, planning->reliability_seed, watch, &result));
    *stopped = result ? PETSC_FALSE : PETSC_TRUE;
    for (PetscInt r = 0; result && r <= kase.regions; r++) {
      const char *name   = r < kase.regions ? kase.region[r] : "";
      json_t     *object = Describe(name, &result->index[r]);
      if (r < kase.regions) json_object_update_new(object, Supply(&kase, r));
      (void)json_array_append_new(regions, object);
      PetscCall(AddRows(statistics, name, year, &result->index[r]));
    }
  }
  (void)json_array_append_new(periods, json_pack("{s:I, s:I, s:I, s:o}", "period", (json_int_t)year, "storages",
                                                 (json_int_t)kase.n_storages, "ties", (json_int_t)kase.n_ties,
                                                 "regions", regions));
  PetscCall(AdequacyResultDestroy(&result));
  PetscCall(ReliabilityCaseDestroy(&kase));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanAssessReliability(MPI_Comm comm, Components components, Planning planning, Watch watch,
                                     Statistics statistics, json_t **report, PetscBool *stopped)
{
  json_t *periods, *document;

  PetscFunctionBeginUser;
  *stopped = PETSC_FALSE;
  if (report) *report = NULL;
  if (planning->reliability_years <= 0) PetscFunctionReturn(0);
  periods = json_array();
  for (PetscInt p = 0; p < ComponentsPeriods(components) && !*stopped; p++)
    PetscCall(AssessPeriod(comm, components, planning, p, watch, statistics, periods, stopped));
  document = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "method", "sequential Monte Carlo", "model",
                       "two-state units, transport between regions, storage run greedily and shared", "years",
                       (json_int_t)planning->reliability_years, "hours", (json_int_t)planning->reliability_hours,
                       "seed", (json_int_t)planning->reliability_seed, "periods", periods);
  if (report)
    *report = document;
  else
    json_decref(document);
  PetscFunctionReturn(0);
}
