/* The files of a plan's directory. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs/dataset.h"
#include "jobs/format.h"
#include "jobs/plan.h"
#include "jobs/plan_results.h"
#include "jobs/plan_unfinished.h"
#include "jobs/provenance.h"

static void Path(Plan plan, const char *name, char path[PETSC_MAX_PATH_LEN])
{
  FileJoin(path, PETSC_MAX_PATH_LEN, PlanDirectoryFolder(plan->directory), name);
}

static void Check(Plan plan, PetscBool written, const FileError *error)
{
  if (!written) JobFail(plan->job, JOB_INTERNAL, "%s", error->text);
}

static void WriteText(Plan plan, const char *name, const char *text)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;

  if (plan->job->status != JOB_DONE) return;
  Path(plan, name, path);
  Check(plan, FileWrite(path, text, strlen(text), &error), &error);
}

static void WriteJson(Plan plan, const char *name, json_t *document)
{
  char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
  Text  line = {0};

  TextAdd(&line, "%s\n", text ? text : "{}");
  WriteText(plan, name, line.bytes);
  free(line.bytes);
  free(text);
}

static PetscErrorCode WriteComponents(Plan plan)
{
  FileError error;
  PetscBool written;

  PetscFunctionBeginUser;
  PetscCall(
      ComponentsWrite(plan->components, PlanDirectoryFolder(plan->directory), &written, error.text, sizeof error.text));
  Check(plan, written, &error);
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteResults(Plan plan)
{
  char      path[PETSC_MAX_PATH_LEN];
  Dataset   ds;
  FileError error;
  PetscBool written;

  PetscFunctionBeginUser;
  Path(plan, "results.nc", path);
  PetscCall(PlanResultsCreate(plan, &ds));
  PetscCall(DatasetWriteNetcdf(ds, path, &written, &error));
  PetscCall(DatasetDestroy(&ds));
  Check(plan, written, &error);
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteStatistics(Plan plan)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;
  PetscBool written;

  PetscFunctionBeginUser;
  Path(plan, "statistics.csv", path);
  PetscCall(StatisticsWriteCsv(plan->statistics, path, &written, &error));
  Check(plan, written, &error);
  Path(plan, "iamc.csv", path);
  PetscCall(StatisticsWriteIamc(plan->statistics, plan->planning->policy, StatisticsYear(plan->components), path,
                                &written, &error));
  Check(plan, written, &error);
  PetscFunctionReturn(0);
}

PetscErrorCode PlanStore(Plan plan)
{
  FileError error;

  PetscFunctionBeginUser;
  if (plan->job->rank == 0) {
    PetscCall(WriteComponents(plan));
    PetscCall(WriteResults(plan));
    PetscCall(WriteStatistics(plan));
    WriteText(plan, "study.json", plan->identity);
    WriteJson(plan, "plan.json", plan->record);
    if (plan->check) WriteJson(plan, "check.json", plan->check);
    if (plan->reliability) WriteJson(plan, "reliability.json", plan->reliability);
  }
  PetscCall(JobAgree(plan->job));
  if (plan->job->status == JOB_DONE) PetscCall(PlanWatchDone(plan));
  PetscCall(ProvenanceEnd(plan->job));
  if (plan->job->rank == 0 && plan->job->status == JOB_DONE)
    Check(plan, PlanDirectoryCommit(plan->directory, &error), &error);
  PetscCall(JobAgree(plan->job));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanStoreFailure(Plan plan)
{
  char     *text;
  Text      line = {0};
  FileError error;

  PetscFunctionBeginUser;
  if (!plan->directory) PetscFunctionReturn(0);
  text = json_dumps(plan->record, JSON_INDENT(2) | JSON_ENSURE_ASCII);
  TextAdd(&line, "%s\n", text ? text : "{}");
  if (!PlanDirectoryFail(plan->directory, line.bytes, &error)) JobSay(plan->job, "%s", error.text);
  free(line.bytes);
  free(text);
  PetscFunctionReturn(0);
}
