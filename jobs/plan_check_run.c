/* An hour of a plan through the study pipeline, and what came of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/dataset.h"
#include "jobs/format.h"
#include "jobs/pipeline.h"
#include "jobs/plan_check_impl.h"
#include "jobs/plan_unfinished.h"
#include "jobs/provenance.h"

static PetscReal Number(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Rank 0: demand that the dispatch leaves unserved beyond what the plan does, by region. */
static PetscErrorCode FindUnserved(const CheckCase *k, const char *folder, json_t *finding)
{
  char            path[PETSC_MAX_PATH_LEN];
  FileError       error;
  Dataset         ds;
  const Variable *curtailed;
  json_t         *rows = json_object(), *value;
  const char     *region;
  PetscReal       sum = 0;

  PetscFunctionBeginUser;
  FileJoin(path, sizeof path, folder, "results.nc");
  PetscCall(DatasetReadNetcdf(path, &ds, &error));
  curtailed = ds ? DatasetFind(ds, "load_curtailed") : NULL;
  for (PetscInt l = 0; curtailed && l < k->net->table[COMPONENT_LOAD].n; l++) {
    const PetscReal p    = CheckAt(k->net, COMPONENT_LOAD, "p_set", l, 0, 0);
    const PetscReal more = curtailed->real[l] - (p - CheckAt(k->net, COMPONENT_LOAD, "planned", l, 0, p));
    const PetscInt  bus  = ComponentsFind(k->net, COMPONENT_BUS, CheckText(k->net, COMPONENT_LOAD, "bus", l));

    if (!(more > 1e-4 * PetscMax(1, p))) continue;
    region = CheckText(k->net, COMPONENT_BUS, "region", bus);
    sum += more;
    value = json_object_get(rows, region);
    JsonPut(rows, region, json_real(more + (value ? json_real_value(value) : 0)));
  }
  PetscCall(DatasetDestroy(&ds));
  JsonPut(finding, "unserved_mw", JsonReal(sum));
  JsonPut(finding, "unserved_by_region", rows);
  PetscFunctionReturn(0);
}

static void TakeStability(json_t *document, json_t *finding)
{
  json_t    *rows = json_array(), *row, *kept;
  size_t     i;
  json_int_t insecure = 0;

  json_array_foreach(json_object_get(document, "stability"), i, row)
  {
    static const char *const keys[] = {
        "name", "verdict", "criterion", "cct_seconds", "fault_seconds", "frequency_nadir_hz", "min_voltage_pu"};
    kept = json_object();
    for (size_t key = 0; key < sizeof keys / sizeof keys[0]; key++)
      if (json_object_get(row, keys[key])) json_object_set(kept, keys[key], json_object_get(row, keys[key]));
    insecure += strcmp(JsonWord(row, "verdict", ""), "stable") != 0;
    json_array_append_new(rows, kept);
  }
  JsonPut(finding, "insecure", json_integer(insecure));
  JsonPut(finding, "stability", rows);
}

/* Rank 0: what the run's document says of the hour. */
static PetscErrorCode TakeOutcome(const CheckCase *k, const Job job, const char *folder, json_t *finding)
{
  static const char *const lacks[] = {"shortage_mw", "regions_short", "shortages", "limits_to_give_way", "sums"};
  json_t                  *d       = job->document;
  const PetscReal          planned = Number(finding, "planned_cost"), cost = Number(d, "objective");

  PetscFunctionBeginUser;
  if (job->status == JOB_DONE) {
    JsonPut(finding, "status", json_string("dispatched"));
    JsonPut(finding, "dispatch_cost", JsonReal(cost));
    JsonPut(finding, "redispatch_cost", JsonReal(cost - planned));
    JsonPut(finding, "losses_mw", JsonReal(Number(d, "losses_mwh")));
    PetscCall(FindUnserved(k, folder, finding));
    TakeStability(d, finding);
    PetscFunctionReturn(0);
  }
  JsonPut(finding, "status", json_string(job->status == JOB_INPUT ? "not checked" : JsonWord(d, "status", "")));
  if (job->status != JOB_INPUT && !JsonWord(d, "status", "")[0]) JsonPut(finding, "status", json_string("not solved"));
  JsonPut(finding, "message", JsonText(job->message));
  for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++)
    if (json_object_get(d, lacks[i])) json_object_set(finding, lacks[i], json_object_get(d, lacks[i]));
  PetscFunctionReturn(0);
}

/* What a run that was not solved leaves of its solves. */
static void DropCheckpoints(Plan plan, const char *folder)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;

  FileJoin(path, sizeof path, folder, "checkpoint");
  if (plan->job->rank == 0 && !DirectoryRemove(path, &error)) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
}

/* Collective. The pipeline in a job of its own; what fails there fails nothing but the hour. */
static PetscErrorCode RunStudy(Plan plan, const char *inputs, const char *folder, Job *job)
{
  char              study[PETSC_MAX_PATH_LEN];
  const RunSettings settings = {.study              = study,
                                .directory          = folder,
                                .drill              = -1,
                                .quiet              = PETSC_TRUE,
                                .checkpoint_minutes = plan->settings.checkpoint_minutes};

  PetscFunctionBeginUser;
  FileJoin(study, sizeof study, inputs, "study.yaml");
  PetscCall(JobCreate(plan->job->comm, PETSC_TRUE, job));
  (*job)->recorded = PETSC_TRUE; /* what fails here is no failure of the plan */
  PetscCall(PipelineRun(*job, &settings));
  if ((*job)->status == JOB_REQUEUE)
    PlanStopped(plan, "in the AC check");
  else
    DropCheckpoints(plan, folder);
  if ((*job)->status == JOB_INTERNAL) JobFail(plan->job, JOB_INTERNAL, "%s", (*job)->message);
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

static PetscErrorCode JobRelease(Job *job)
{
  PetscFunctionBeginUser;
  PetscCall(ProvenanceDestroy(&(*job)->provenance));
  json_decref((*job)->document);
  PetscCall(PetscFree(*job));
  PetscFunctionReturn(0);
}

static void Write(Plan plan, CheckCase *k, const char *inputs, CheckSecurity security)
{
  const char *name = plan->study ? plan->study->name : plan->components->name;
  FileError   error;
  PetscBool   written = PETSC_TRUE;

  if (plan->job->rank == 0 && CheckWriteStudy(k, name, inputs, security, &written, &error)) written = PETSC_FALSE;
  if (!written) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
}

/* An insecure hour again, with security required: the bounds that made it secure, or why there are none. */
static PetscErrorCode FindBounds(Plan plan, CheckCase *k, const char *inputs, const char *folder, json_t *finding)
{
  char      scratch[PETSC_MAX_PATH_LEN];
  Job       job;
  FileError error;
  json_t   *bounds;

  PetscFunctionBeginUser;
  snprintf(scratch, sizeof scratch, "%.*s.secured", (int)(sizeof scratch - 10), folder);
  Write(plan, k, inputs, CHECK_REQUIRED);
  PetscCall(JobAgree(plan->job));
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(RunStudy(plan, inputs, scratch, &job));
  if (plan->job->rank == 0 && plan->job->status == JOB_DONE) {
    bounds = json_object_get(json_object_get(job->document, "security"), "bounds");
    if (job->status == JOB_DONE && bounds) json_object_set(finding, "bounds", bounds);
    if (job->status != JOB_DONE) JsonPut(finding, "not_secured", JsonText(job->message));
    DirectoryRemove(scratch, &error);
  }
  PetscCall(JobRelease(&job));
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  Write(plan, k, inputs, CHECK_REPORTED);
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

/* Where the disturbances have no verdict, the dispatch is told without them. `why` is left for a later start as soon as it is known,
   and so is that the run with disturbances has made room. */
static PetscErrorCode RunUndisturbed(Plan plan, CheckCase *k, const char *inputs, const char *folder, const char *mark,
                                     json_t *why, Job *job, json_t *finding)
{
  FileError error;

  PetscFunctionBeginUser;
  json_object_set(finding, "no_verdict", json_object_get(why, "message"));
  if (!json_object_get(why, "removed")) {
    PetscCall(PlanRemember(plan, mark, why));
    if (plan->job->rank == 0 && !DirectoryRemove(folder, &error)) JobFail(plan->job, JOB_INTERNAL, "%s", error.text);
    PetscCall(JobAgree(plan->job));
    JsonPut(why, "removed", json_true());
    PetscCall(PlanRemember(plan, mark, why));
  }
  Write(plan, k, inputs, CHECK_UNDISTURBED);
  PetscCall(JobAgree(plan->job));
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(RunStudy(plan, inputs, folder, job));
  PetscFunctionReturn(0);
}

/* Why the run has no verdict; NULL where it has. The same on every rank. */
static PetscErrorCode WithoutVerdict(Plan plan, Job job, json_t **why)
{
  PetscFunctionBeginUser;
  *why = NULL;
  if (plan->job->rank == 0 && !strcmp(JsonWord(job->document, "status", ""), "no-verdict")) {
    *why = json_object();
    JsonPut(*why, "message", JsonText(job->message));
  }
  PetscCall(PlanShareDocument(plan->job->comm, plan->job->rank, why));
  PetscFunctionReturn(0);
}

/* The run of an hour, without disturbances if they have no verdict; its job is the caller's, also where it was stopped. */
static PetscErrorCode RunHour(Plan plan, CheckCase *k, const char *inputs, const char *directory, PetscInt round,
                              Job *job, json_t *finding)
{
  char    mark[120];
  json_t *why;

  PetscFunctionBeginUser;
  snprintf(mark, sizeof mark, "no-verdict-%d-%s", (int)round, k->hour->name);
  *job = NULL;
  PetscCall(PlanRecall(plan, mark, &why));
  if (!why) {
    PetscCall(RunStudy(plan, inputs, directory, job));
    if (plan->job->status == JOB_DONE) PetscCall(WithoutVerdict(plan, *job, &why));
    if (why) PetscCall(JobRelease(job));
  }
  if (why) PetscCall(RunUndisturbed(plan, k, inputs, directory, mark, why, job, finding));
  json_decref(why);
  PetscFunctionReturn(0);
}

/* Largest shortage of a region, in words. */
static void TellShortage(const json_t *finding, char *text, size_t size)
{
  json_t     *row;
  size_t      i;
  PetscReal   most  = 0;
  const char *where = "", *limit;

  json_array_foreach(json_object_get(finding, "regions_short"), i, row)
  {
    if (!(Number(row, "shortage_mw") > most)) continue;
    most  = Number(row, "shortage_mw");
    where = JsonWord(row, "region", "");
  }
  limit = JsonWord(json_array_get(json_object_get(finding, "limits_to_give_way"), 0), "limit", "");
  if (most > 0)
    snprintf(text, size, "no AC dispatch: %s MW short%s%s", FormatNumber(Number(finding, "shortage_mw")).text,
             where[0] ? ", most in " : "", where);
  else
    snprintf(text, size, "no AC dispatch (%s)%s%s", JsonWord(finding, "status", ""), limit[0] ? ": " : "", limit);
}

/* One line on the hour. */
static void PutVerdict(const Planning p, json_t *finding)
{
  const json_t *flow     = json_object_get(finding, "power_flow");
  const int     overload = (int)json_array_size(json_object_get(flow, "overloads")),
            voltage      = (int)json_array_size(json_object_get(flow, "voltages")),
            insecure     = (int)json_integer_value(json_object_get(finding, "insecure"));
  const PetscReal cost   = Number(finding, "redispatch_cost");
  char            text[400], fits[200];
  const PetscBool done = (PetscBool)!strcmp(JsonWord(finding, "status", ""), "dispatched");

  if (!done && !strcmp(JsonWord(finding, "status", ""), "not checked"))
    snprintf(fits, sizeof fits, "not checked: its network cannot be read as an AC system");
  else if (!done)
    TellShortage(finding, fits, sizeof fits);
  else if (Number(finding, "unserved_mw") > 0)
    snprintf(fits, sizeof fits, "AC dispatch leaves %s MW more unserved",
             FormatNumber(Number(finding, "unserved_mw")).text);
  else
    snprintf(fits, sizeof fits, "AC dispatch costs %s%s %s/h", cost >= 0 ? "+" : "", FormatNumber(cost).text,
             p->currency);
  snprintf(text, sizeof text, "%s", fits);
  if (!json_is_true(json_object_get(flow, "converged")))
    snprintf(text + strlen(text), sizeof text - strlen(text), "; as planned there is no power flow");
  if (overload)
    snprintf(text + strlen(text), sizeof text - strlen(text), "; as planned %d overload%s", overload,
             overload == 1 ? "" : "s");
  if (voltage)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s %d voltage%s outside",
             overload ? "," : "; as planned", voltage, voltage == 1 ? "" : "s");
  if (insecure)
    snprintf(text + strlen(text), sizeof text - strlen(text), "; insecure in %d of %d disturbances", insecure,
             (int)json_array_size(json_object_get(finding, "stability")));
  if (json_object_get(finding, "no_verdict"))
    snprintf(text + strlen(text), sizeof text - strlen(text), "; no verdict on its stability%s",
             strstr(JsonWord(finding, "no_verdict", ""), "no machine is online") ? ": no machine runs" : "");
  JsonPut(finding, "verdict", JsonText(text));
}

static json_t *Head(const CheckCase *k)
{
  const CheckHour *h       = k->hour;
  json_t          *finding = json_object();

  JsonPut(finding, "name", json_string(h->name));
  JsonPut(finding, "kind", json_string(h->kind));
  JsonPut(finding, "period", k->c->n_periods ? json_integer(k->c->period[h->period]) : json_null());
  JsonPut(finding, "snapshot", JsonText(k->c->snapshot[h->snapshot]));
  JsonPut(finding, "snapshot_index", json_integer(h->snapshot));
  JsonPut(finding, "load_mw", JsonReal(h->load_mw));
  JsonPut(finding, "inertia_mws", JsonReal(h->inertia_mws));
  JsonPut(finding, "renewable_share", JsonReal(h->renewable_share));
  return finding;
}

/* The inputs take their place in the run's directory. */
static void Move(Plan plan, const char *inputs, const char *folder)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;

  if (plan->job->rank || plan->job->status != JOB_DONE) return;
  FileJoin(path, sizeof path, folder, "network");
  if (!DirectoryMake(folder, &error) || !DirectoryRemove(path, &error) || rename(inputs, path))
    JobFail(plan->job, JOB_INTERNAL, "%.900s: cannot be put in place", path);
}

/* What came of the hour's run, and the bounds that would secure it. */
static PetscErrorCode TakeHour(Plan plan, CheckCase *k, const char *inputs, const char *directory, PetscBool remedies,
                               Job job, json_t **finding)
{
  PetscFunctionBeginUser;
  if (plan->job->rank == 0) PetscCall(TakeOutcome(k, job, directory, *finding));
  PetscCall(PlanShareDocument(plan->job->comm, plan->job->rank, finding));
  if (remedies && json_integer_value(json_object_get(*finding, "insecure")) > 0) {
    PetscCall(FindBounds(plan, k, inputs, directory, *finding));
    PetscCall(PlanShareDocument(plan->job->comm, plan->job->rank, finding));
  }
  if (plan->job->status != JOB_DONE) PetscFunctionReturn(0);
  PutVerdict(plan->planning, *finding);
  Move(plan, inputs, directory);
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckRunHour(Plan plan, Components ratings, const CheckHour *hour, const char *folder, PetscInt round,
                            PetscBool remedies, json_t **out)
{
  CheckCase k = {.c = plan->components, .ratings = ratings, .planning = plan->planning, .hour = hour};
  char      inputs[PETSC_MAX_PATH_LEN], directory[PETSC_MAX_PATH_LEN];
  json_t   *finding;
  Job       job = NULL;

  PetscFunctionBeginUser;
  PetscCall(CheckBuildNetwork(&k));
  FileJoin(directory, sizeof directory, folder, hour->name);
  snprintf(inputs, sizeof inputs, "%.*s.network", (int)(sizeof inputs - 10), directory);
  finding = Head(&k);
  Write(plan, &k, inputs, CHECK_REPORTED);
  PetscCall(JobAgree(plan->job));
  if (plan->job->status == JOB_DONE) {
    PetscCall(CheckPowerFlow(plan->job->comm, &k, inputs, finding));
    PetscCall(RunHour(plan, &k, inputs, directory, round, &job, finding));
    if (plan->job->status == JOB_DONE) PetscCall(TakeHour(plan, &k, inputs, directory, remedies, job, &finding));
    if (job) PetscCall(JobRelease(&job));
  }
  *out = finding;
  PetscCall(CheckCaseDestroy(&k));
  PetscFunctionReturn(0);
}
