/* archipelago show: the summary of a run directory, or how far it came. */
#include <stdlib.h>
#include <string.h>

#include "jobs/command.h"
#include "jobs/file.h"
#include "jobs/format.h"
#include "jobs/job_watch.h"
#include "jobs/plan.h"
#include "jobs/plan_unfinished.h"
#include "jobs/provenance.h"
#include "jobs/show.h"
#include "jobs/show_parts.h"
#include "jobs/sweep.h"

static const CommandHelp Help = {
    "show", "print the summary of a run or a plan on one screen", "DIR [options]",
    "Reads the summary that `archipelago run` or `archipelago plan` left in its directory. A run that is not complete "
    "is told apart:\n"
    "how many windows are there, and why it stopped. With --parts it shows what the prices are made of: energy,\n"
    "losses, congestion and voltage, by region, and what the grid takes in at each of these parts. With --provenance\n"
    "it shows where the results come from: program, command, inputs with their hashes, libraries, machines, starts;\n"
    "DIR may then be a result file too.",
    "  archipelago show runs/islands\n"
    "  archipelago show runs/islands --parts\n"
    "  archipelago show runs/islands --provenance"};

/* A plan that could not be made: why. */
static void ShowFailedPlan(Job job, json_t *failure)
{
  json_t *row;
  size_t  k;

  if (job->json) {
    json_object_update(job->document, failure);
    return;
  }
  printf("%s, policy %s: %s\n%s\n", JsonWord(failure, "network", "?"), JsonWord(failure, "policy", "?"),
         JsonWord(failure, "status", "?"), JsonWord(failure, "message", "?"));
  json_array_foreach(json_object_get(failure, "infeasible"), k, row) if (k)
      printf("  %s\n", JsonWord(row, "text", "?")); /* the message has the first */
}

/* The record of a plan; false where there is none. */
static PetscBool ShowPlan(Job job, const char *directory)
{
  json_t *record = JsonLoad(directory, "plan.json");

  if (!record) return PETSC_FALSE;
  if (job->json)
    json_object_update(job->document, record);
  else
    PlanShow(record, directory, stdout);
  json_decref(record);
  return PETSC_TRUE;
}

/* What an unfinished run goes on from within its window. */
static void ShowCheckpoint(Job job, const char *directory)
{
  char            path[PETSC_MAX_PATH_LEN], at[64] = "";
  CheckpointLabel label;
  json_t         *row;

  FileJoin(path, sizeof path, directory, "checkpoint");
  if (!JobWatchNewest(path, &label)) return;
  if (job->json) {
    row = json_object();
    JsonPut(row, "saved", json_string(FormatTime(label.saved).text));
    JsonPut(row, "task", JsonText(label.task));
    JsonPut(row, "stage", JsonText(label.method));
    JsonPut(row, "iteration", label.iteration >= 0 ? json_integer(label.iteration) : json_null());
    JsonPut(job->document, "checkpoint", row);
    return;
  }
  if (label.iteration >= 0) snprintf(at, sizeof at, " at iteration %d", (int)label.iteration);
  printf("checkpoint of %s: %s, %s%s\n", FormatTime(label.saved).text, label.task, label.method, at);
}

static void ShowIncomplete(Job job, const char *directory)
{
  json_t *study = JsonLoad(directory, "study.json"), *failure = JsonLoad(directory, "failure.json");

  if (!study && PlanUnfinishedShow(job, directory)) {
    json_decref(failure);
    return;
  }
  if (!study && failure && !strcmp(JsonWord(failure, "kind", "?"), "plan")) {
    ShowFailedPlan(job, failure);
  } else if (!study && SweepIsDirectory(directory)) {
    JobFail(job, JOB_INPUT, "%.900s: is the directory of a sweep (archipelago status shows it, show one of its runs/)",
            directory);
  } else if (!study) {
    JobFail(job, JOB_INPUT, "%.900s: is no run directory (it has no study.json)", directory);
  } else if (job->json) {
    JsonPut(job->document, "status", json_string(failure ? JsonWord(failure, "status", "?") : "incomplete"));
    JsonPut(job->document, "study", json_string(JsonWord(study, "study", "?")));
    JsonPut(job->document, "policy", json_string(JsonWord(study, "policy", "?")));
    if (failure) JsonPut(job->document, "failure", json_incref(failure));
    ShowCheckpoint(job, directory);
  } else {
    printf("%s, policy %s: not complete\n", JsonWord(study, "study", "?"), JsonWord(study, "policy", "?"));
    if (failure)
      printf("%s\n", JsonWord(failure, "message", "?"));
    else
      printf("start the same `archipelago run` again to go on\n");
    ShowCheckpoint(job, directory);
  }
  json_decref(study);
  json_decref(failure);
}

/* What the prices of a complete run are made of. */
static PetscErrorCode ShowParts(Job job, const char *directory)
{
  char      path[PETSC_MAX_PATH_LEN];
  Dataset   results;
  FileError error;
  json_t   *parts;

  PetscFunctionBeginUser;
  FileJoin(path, sizeof path, directory, "results.nc");
  PetscCall(DatasetReadNetcdf(path, &results, &error));
  if (!results) {
    JobFail(job, JOB_INPUT, "%s", error.text);
    PetscFunctionReturn(0);
  }
  parts = PricePartsCreate(results);
  if (!parts)
    JobFail(job, JOB_INPUT, "%.900s: its results do not hold the parts of prices", directory);
  else if (job->json)
    JsonPut(job->document, "price_parts", json_incref(parts));
  else
    PricePartsView(parts, stdout);
  json_decref(parts);
  PetscCall(DatasetDestroy(&results));
  PetscFunctionReturn(0);
}

static void ShowProvenance(Job job, const char *path)
{
  json_t *record = ProvenanceLoad(path);

  if (!json_is_object(json_object_get(record, "program")))
    JobFail(job, JOB_INPUT,
            "%.900s: has no provenance (provenance.json in it, or .provenance.json beside it, is missing or damaged)",
            path);
  else if (job->json)
    json_object_update(job->document, record);
  else
    ProvenanceView(record, stdout);
  json_decref(record);
}

PetscErrorCode CommandShow(Job job, int argc, char **argv)
{
  PetscBool    parts = PETSC_FALSE, provenance = PETSC_FALSE;
  const Option options[] = {
      {"parts", 'p', TAKES_NOTHING, &parts, NULL, "the parts of the prices instead", 0},
      {"provenance", 0, TAKES_NOTHING, &provenance, NULL, "where the results come from instead", 0}};
  Arguments arguments;
  json_t   *summary;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, options, 2, 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (provenance) {
    if (job->rank == 0) ShowProvenance(job, arguments.word[0]);
  } else if (job->rank == 0) {
    summary = JsonLoad(arguments.word[0], "summary.json");
    if (!summary && !ShowPlan(job, arguments.word[0]))
      ShowIncomplete(job, arguments.word[0]);
    else if (summary && job->json)
      json_object_update(job->document, summary);
    else if (summary && !parts)
      ShowSummary(summary, arguments.word[0], stdout);
    if (summary && parts) PetscCall(ShowParts(job, arguments.word[0]));
    json_decref(summary);
  }
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
