/* archipelago check: every fault of studies, networks and series, or a summary of each. */
#include <string.h>

#include "inputs/check.h"
#include "inputs/study.h"
#include "jobs/command.h"
#include "jobs/keys.h"
#include "jobs/memory.h"
#include "jobs/plan_validate.h"
#include "jobs/run_validate.h"

static const CommandHelp Help = {
    "check", "validate studies, networks and series", "FILE... [options]",
    "Reads what `archipelago run` or `archipelago plan` would read and prints a summary, or all faults found, "
    "each with file and line. A study\n"
    "(*.yaml) is checked with all its policies; a network is a MATPOWER or PSS/E file or a PyPSA "
    "or RTS-GMLC folder; a series is a\n"
    "CSV file.",
    "  archipelago check inputs/cases/islands/study.yaml"};

static PetscErrorCode CheckDevices(Job job, const char *path, const Texts *set, Faults faults)
{
  Study  study = NULL;
  Faults said;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  PetscCall(StudyRead(job->comm, path, NULL, said, &study));
  for (PetscInt k = -1; study && k < study->n_policies; k++)
    PetscCall(RunValidate(job, path, k < 0 ? NULL : study->policy_name[k], set->n, set->text, faults));
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

typedef struct {
  Job     job;
  json_t *files;
} Visit;

/* Of a rank, on as many as check itself has. */
static PetscErrorCode EstimateMemory(Job job, Study study, Network net, PetscReal *bytes)
{
  Partition partition = NULL;
  Faults    said;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  if (study) PetscCall(PartitionCreate(job->comm, net, study->regions, said, &partition));
  PetscCall(MemoryOfStudy(study, net, partition, job->size, bytes));
  PetscCall(PartitionDestroy(&partition));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}

static void PrintMemory(Job job, PetscReal bytes)
{
  char text[32];

  MemoryText(bytes, text);
  if (job->rank == 0 && !job->json)
    printf("memory          about %s for each of %d rank%s\n", text, job->size, job->size == 1 ? "" : "s");
}

/* What the text summary says, as a row of the document. */
static PetscErrorCode AddToDocument(void *context, const char *path, Study study, Network net,
                                    Participants participants)
{
  const Visit *visit = context;
  json_t      *row   = json_object();
  PetscReal    bytes;

  PetscFunctionBeginUser;
  PetscCall(EstimateMemory(visit->job, study, net, &bytes));
  PrintMemory(visit->job, bytes);
  JsonPut(row, "path", JsonText(path));
  if (study) JsonPut(row, "study", StudyOf(study));
  JsonPut(row, "network", NetworkOf(net));
  if (participants) JsonPut(row, "participants", json_integer(participants->n));
  JsonPut(row, "memory_estimate_bytes_per_rank", json_integer((json_int_t)bytes));
  json_array_append_new(visit->files, row);
  PetscFunctionReturn(0);
}

static PetscBool IsStudy(const char *path)
{
  const char *end = strrchr(path, '.');
  return end && (!strcmp(end, ".yaml") || !strcmp(end, ".yml")) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode CheckOne(Job job, const char *path, const Texts *set, Faults faults, json_t *files)
{
  Visit     visit = {job, files};
  PetscBool planned;

  PetscFunctionBeginUser;
  PetscCall(PlanIsMeant(job->comm, path, &planned));
  if (planned) {
    PetscCall(PlanValidate(job, path, set->n, set->text, faults, job->json ? NULL : stdout, files));
    PetscFunctionReturn(0);
  }
  PetscCall(
      CheckPathWith(job->comm, path, set->n, set->text, faults, job->json ? NULL : stdout, AddToDocument, &visit));
  if (!FaultsErrorCount(faults) && IsStudy(path)) PetscCall(CheckDevices(job, path, set, faults));
  PetscFunctionReturn(0);
}

PetscErrorCode CommandCheck(Job job, int argc, char **argv)
{
  Texts        set       = {0};
  PetscBool    keys      = PETSC_FALSE;
  const Option options[] = {
      {"keys", 0, TAKES_NOTHING, &keys, NULL, "list the keys of the study file's sections instead", 0},
      {"set", 's', TAKES_TEXTS, &set, "KEY=VALUE", "a value in place of the study file's; may be given again", 0}};
  Arguments arguments;
  Faults    faults;
  json_t   *files;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, 2, 1, OPTIONS_MOST_ARGUMENTS, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (keys) {
    for (int k = 0; k < arguments.n; k++) PetscCall(KeysList(job, arguments.word[k]));
    PetscCall(TextsDestroy(&set));
    PetscFunctionReturn(0);
  }
  files = json_array();
  for (int k = 0; k < arguments.n; k++) {
    PetscCall(FaultsCreate(&faults));
    PetscCall(CheckOne(job, arguments.word[k], &set, faults, files));
    PetscCall(JobReport(job, faults));
    PetscCall(FaultsDestroy(&faults));
  }
  PetscCall(TextsDestroy(&set));
  if (job->json && job->status == JOB_DONE) JsonPut(job->document, "status", json_string("valid"));
  if (job->json)
    JsonPut(job->document, "files", files);
  else
    json_decref(files);
  PetscFunctionReturn(0);
}
