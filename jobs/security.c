/* Does a window's dispatch survive the study's faults? The hours and faults are shared out over the ranks. */
#include <math.h>
#include <string.h>

#include "jobs/point.h"
#include "jobs/run.h"

/* Below this fraction of its maximum a unit is not running: a dispatch without unit commitment has many such. */
static const PetscReal OFFLINE_BELOW = 1e-3;

static PetscErrorCode RunCase(Run run, const Window *window, SecurityCase *c)
{
  StabilityOptions options;
  OperatingPoint   point;
  Stability        stability;
  StabilityResult  result;
  CctResult        cct;

  PetscFunctionBeginUser;
  StabilityDefaultOptions(&options);
  options.until_s      = run->study->stability_until_s;
  options.frequency_hz = run->study->frequency_hz;
  PetscCall(OperatingPointFromDispatch(run->net, window->dispatch, c->hour, &point));
  PetscCall(OperatingPointOfflineBelow(point, run->net, OFFLINE_BELOW, &c->offline));
  PetscCall(StabilityCreate(run->net, point, run->devices, &options, &stability));
  PetscCall(StabilityRun(stability, 1, &run->fault[c->fault], NULL, &result));
  c->verdict              = result.verdict;
  c->max_angle_spread_deg = result.max_angle_spread_deg;
  c->steps                = result.steps;
  c->dead_buses           = result.n_dead_buses;
  c->cct_seconds          = NAN;
  snprintf(c->criterion, sizeof c->criterion, "%.511s", result.criterion);
  if (result.verdict != STABILITY_FAILED) {
    PetscCall(StabilityCriticalClearing(stability, 1, &run->fault[c->fault], 0, &cct));
    if (cct.status == CCT_FOUND) c->cct_seconds = cct.cct_seconds;
    snprintf(c->cct_text, sizeof c->cct_text, "%.255s", cct.text);
  }
  PetscCall(StabilityDestroy(&stability));
  PetscCall(OperatingPointDestroy(&point));
  PetscFunctionReturn(0);
}

/* The hour of highest demand; the first of equals. */
static PetscInt PeakHour(Dispatch d)
{
  PetscInt  peak = 0;
  PetscReal most = -PETSC_INFINITY;

  for (PetscInt t = 0; t < d->hours; t++) {
    PetscReal sum = 0;
    for (PetscInt l = 0; l < d->n_load; l++) sum += d->load_p[t * d->n_load + l];
    if (sum <= most) continue;
    most = sum;
    peak = t;
  }
  return peak;
}

/* Every verdict must be there, and be good where the study demands it. */
static void Judge(Run run, const Window *window)
{
  for (PetscInt k = 0; k < window->n_cases; k++) {
    const SecurityCase *c = &window->security[k];
    if (c->verdict == STABILITY_FAILED)
      JobFail(run->job, JOB_UNSOLVED, "window %d, hour %d, fault at bus %d: no stability verdict: %.500s",
              (int)window->number, (int)c->hour, (int)run->study->fault[c->fault].bus, c->criterion);
    else if (c->verdict == STABILITY_UNSTABLE && run->study->stability_required)
      JobFail(run->job, JOB_INSECURE,
              "window %d, hour %d: unstable after the fault at bus %d (%.400s); the study requires stability, nothing "
              "was written for the window",
              (int)window->number, (int)c->hour, (int)run->study->fault[c->fault].bus, c->criterion);
  }
}

static PetscErrorCode TellInsecure(Run run, const Window *window)
{
  json_t   *failure = json_object(), *cases = json_array();
  char     *text;
  FileError error;

  PetscFunctionBeginUser;
  JsonPut(failure, "status", json_string(run->job->status == JOB_INSECURE ? "insecure" : "no-verdict"));
  JsonPut(failure, "window", json_integer(window->number));
  JsonPut(failure, "message", json_string(run->job->message));
  for (PetscInt k = 0; k < window->n_cases; k++) {
    const SecurityCase *c   = &window->security[k];
    json_t             *row = json_object();
    JsonPut(row, "hour", json_integer(c->hour));
    JsonPut(row, "bus", json_integer(run->study->fault[c->fault].bus));
    JsonPut(row, "verdict", json_string(StabilityVerdictName(c->verdict)));
    JsonPut(row, "criterion", json_string(c->criterion));
    JsonPut(row, "cct_seconds", JsonReal(c->cct_seconds));
    json_array_append_new(cases, row);
  }
  JsonPut(failure, "disturbances", cases);
  text = json_dumps(failure, JSON_INDENT(2));
  if (text && !FileWrite(RunDirectoryFile(run->directory, "failure.json"), text, strlen(text), &error))
    JobSay(run->job, "archipelago: %s", error.text);
  free(text);
  json_object_update_missing(run->job->document, failure);
  json_decref(failure);
  PetscFunctionReturn(0);
}

PetscErrorCode WindowSecure(Run run, Window *window)
{
  Job      job = run->job;
  Study    s   = run->study;
  PetscInt n_hours, hour;

  PetscFunctionBeginUser;
  if (!s->has_stability || !s->n_faults) PetscFunctionReturn(0);
  ProgressStage(&run->progress, "stability");
  n_hours         = s->n_stability_hours ? s->n_stability_hours : 1;
  window->n_cases = n_hours * s->n_faults;
  PetscCall(PetscCalloc1(window->n_cases, &window->security));
  for (PetscInt k = 0; k < window->n_cases; k++) {
    SecurityCase *c = &window->security[k];
    hour            = s->n_stability_hours ? s->stability_hour[k / s->n_faults] : PeakHour(window->dispatch);
    c->hour         = hour;
    c->fault        = k % s->n_faults;
    if (k % job->size == job->rank) PetscCall(RunCase(run, window, c));
  }
  for (PetscInt k = 0; k < window->n_cases; k++)
    PetscCallMPI(MPI_Bcast(&window->security[k], (int)sizeof(SecurityCase), MPI_BYTE, (int)(k % job->size), job->comm));
  Judge(run, window);
  if (job->status != JOB_DONE) ProgressEnd(&run->progress);
  if (job->status != JOB_DONE && job->rank == 0) PetscCall(TellInsecure(run, window));
  PetscFunctionReturn(0);
}
