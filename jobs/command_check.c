/* archipelago check: every fault of studies, networks and series, or a summary of each. */
#include <string.h>

#include "dynamics/device_table.h"
#include "inputs/check.h"
#include "inputs/study.h"
#include "jobs/command.h"
#include "jobs/market_case.h"
#include "jobs/plan_validate.h"
#include "jobs/security.h"

static const CommandHelp Help = {
    "check", "validate studies, networks and series", "FILE... [options]",
    "Reads what `archipelago run` or `archipelago plan` would read and prints a summary, or all faults found, "
    "each with file and line. A study\n"
    "(*.yaml) is checked with all its policies; a network is a MATPOWER or PSS/E file or a PyPSA "
    "or RTS-GMLC folder; a series is a\n"
    "CSV file.",
    "  archipelago check inputs/cases/islands/study.yaml"};

/* Adds what the list does not hold yet. */
static PetscErrorCode AddNew(Faults from, Faults faults)
{
  FaultSeverity severity;
  const char   *file, *text, *other;
  PetscInt      line, other_line;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < FaultsCount(from); k++) {
    PetscBool known = PETSC_FALSE;
    PetscCall(FaultsGet(from, k, &severity, &file, &line, &text));
    for (PetscInt i = 0; i < FaultsCount(faults) && !known; i++) {
      PetscCall(FaultsGet(faults, i, NULL, NULL, &other_line, &other));
      known = (PetscBool)(line == other_line && !strcmp(text, other));
    }
    if (!known) PetscCall(FaultsAdd(faults, severity, file, line, "%s", text));
  }
  PetscFunctionReturn(0);
}

/* What the inputs do not know of a policy: the device table and the disturbances of its stability, its contracts and bids;
   only beside a study that is sound. */
static PetscErrorCode CheckPolicy(Job job, const char *path, const char *policy, Faults faults)
{
  Study        study        = NULL;
  Network      net          = NULL;
  Participants participants = NULL;
  MarketCase   market       = NULL;
  DeviceTable  devices;
  Disturbance *disturbance;
  PetscInt     n;
  Faults       said, found; /* told by CheckPath already; new */

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  PetscCall(FaultsCreate(&found));
  PetscCall(StudyRead(job->comm, path, policy, said, &study));
  if (study) PetscCall(StudyLoadNetwork(job->comm, study, said, &net));
  if (net) PetscCall(ParticipantsRead(job->comm, study->participants_path, net, said, &participants));
  if (participants) PetscCall(MarketCaseRead(job->comm, study, net, participants, found, &market));
  if (net && study->has_stability && study->devices_path) {
    PetscCall(DeviceTableRead(job->comm, study->devices_path, net, study->stability_strict, found, &devices));
    if (devices) PetscCall(DeviceTableDestroy(&devices));
  }
  if (net && study->has_stability) {
    PetscCall(SecurityReadDisturbances(net, study, found, &n, &disturbance));
    PetscCall(SecurityDestroyDisturbances(n, &disturbance));
  }
  PetscCall(AddNew(found, faults));
  PetscCall(MarketCaseDestroy(&market));
  PetscCall(ParticipantsDestroy(&participants));
  PetscCall(NetworkDestroy(&net));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&found));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckDevices(Job job, const char *path, Faults faults)
{
  Study  study = NULL;
  Faults said;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  PetscCall(StudyRead(job->comm, path, NULL, said, &study));
  for (PetscInt k = -1; study && k < study->n_policies; k++)
    PetscCall(CheckPolicy(job, path, k < 0 ? NULL : study->policy_name[k], faults));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}

static json_t *StudyOf(Study s)
{
  json_t *study = json_object(), *policies = json_array();

  JsonPut(study, "name", JsonText(s->name));
  JsonPut(study, "windows", json_integer(s->n_windows));
  JsonPut(study, "window_hours", json_integer(s->window_hours));
  JsonPut(study, "model", json_string(s->model));
  JsonPut(study, "method", json_string(s->method));
  JsonPut(study, "regions", s->regions ? JsonText(s->regions) : json_null());
  json_array_append_new(policies, json_string("base"));
  for (PetscInt k = 0; k < s->n_policies; k++) json_array_append_new(policies, JsonText(s->policy_name[k]));
  JsonPut(study, "policies", policies);
  return study;
}

static json_t *NetworkOf(Network net)
{
  json_t *n = json_object();

  JsonPut(n, "name", JsonText(net->name));
  JsonPut(n, "base_mva", JsonReal(net->base_mva));
  JsonPut(n, "buses", json_integer(net->bus.n));
  JsonPut(n, "branches", json_integer(net->branch.n));
  JsonPut(n, "generators", json_integer(net->generator.n));
  JsonPut(n, "loads", json_integer(net->load.n));
  JsonPut(n, "shunts", json_integer(net->shunt.n));
  JsonPut(n, "links", json_integer(net->link.n));
  JsonPut(n, "storage_units", json_integer(net->storage.n));
  JsonPut(n, "reserves", json_integer(net->reserve.n));
  JsonPut(n, "snapshots", json_integer(net->series.n_snapshots));
  JsonPut(n, "minimum_outputs_relaxed", json_boolean(net->p_min_relaxed));
  return n;
}

/* What the text summary says, as a row of the document. */
static PetscErrorCode AddToDocument(void *context, const char *path, Study study, Network net,
                                    Participants participants)
{
  json_t *files = context, *row = json_object();

  PetscFunctionBeginUser;
  JsonPut(row, "path", JsonText(path));
  if (study) JsonPut(row, "study", StudyOf(study));
  JsonPut(row, "network", NetworkOf(net));
  if (participants) JsonPut(row, "participants", json_integer(participants->n));
  json_array_append_new(files, row);
  PetscFunctionReturn(0);
}

static PetscBool IsStudy(const char *path)
{
  const char *end = strrchr(path, '.');
  return end && (!strcmp(end, ".yaml") || !strcmp(end, ".yml")) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode CheckOne(Job job, const char *path, Faults faults, json_t *files)
{
  PetscBool planned;

  PetscFunctionBeginUser;
  PetscCall(PlanIsMeant(job->comm, path, &planned));
  if (planned) {
    PetscCall(PlanValidate(job, path, faults, job->json ? NULL : stdout, files));
    PetscFunctionReturn(0);
  }
  PetscCall(CheckPath(job->comm, path, faults, job->json ? NULL : stdout, AddToDocument, files));
  if (!FaultsErrorCount(faults) && IsStudy(path)) PetscCall(CheckDevices(job, path, faults));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandCheck(Job job, int argc, char **argv)
{
  Arguments arguments;
  Faults    faults;
  json_t   *files;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, NULL, 0, 1, OPTIONS_MOST_ARGUMENTS, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  files = json_array();
  for (int k = 0; k < arguments.n; k++) {
    PetscCall(FaultsCreate(&faults));
    PetscCall(CheckOne(job, arguments.word[k], faults, files));
    PetscCall(JobReport(job, faults));
    PetscCall(FaultsDestroy(&faults));
  }
  if (job->json && job->status == JOB_DONE) JsonPut(job->document, "status", json_string("valid"));
  if (job->json)
    JsonPut(job->document, "files", files);
  else
    json_decref(files);
  PetscFunctionReturn(0);
}
