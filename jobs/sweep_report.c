/* What a sweep has to show: its tasks that are done, compared and on one page. */
#include <stdlib.h>
#include <string.h>

#include "jobs/compare.h"
#include "jobs/provenance.h"
#include "jobs/report.h"
#include "jobs/sweep.h"
#include "jobs/task_journal.h"

static void Write(Job job, Sweep sweep, const char *name, const Text *text)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;

  FileJoin(path, sizeof path, sweep->directory, name);
  if (!FileWrite(path, text->bytes, text->size, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
}

static PetscErrorCode WriteTables(Job job, Sweep sweep, PetscInt n, const char *const *path)
{
  Comparison comparison;
  Text       csv = {0}, iamc = {0};
  FileError  error;

  PetscFunctionBeginUser;
  PetscCall(ComparisonCreate(n, path, NULL, &comparison, &error));
  if (!comparison) {
    JobFail(job, JOB_INPUT, "the runs cannot be compared: %.900s", error.text);
    PetscFunctionReturn(0);
  }
  PetscCall(ComparisonCsv(comparison, &csv));
  PetscCall(ComparisonIamc(comparison, &iamc));
  Write(job, sweep, "compare.csv", &csv);
  Write(job, sweep, "iamc.csv", &iamc);
  free(csv.bytes);
  free(iamc.bytes);
  PetscCall(ComparisonDestroy(&comparison));
  PetscFunctionReturn(0);
}

static PetscErrorCode WritePage(Job job, Sweep sweep, PetscInt n, const char *const *path)
{
  Report    report;
  Text      page  = {0};
  PetscBool added = PETSC_TRUE;
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(ReportCreate(n, NULL, &report));
  for (PetscInt k = 0; k < n && added; k++) PetscCall(ReportAdd(report, path[k], &added, &error));
  if (added) {
    PetscCall(ReportPage(report, &page));
    Write(job, sweep, "report.html", &page);
  } else {
    JobFail(job, JOB_INPUT, "the runs cannot be reported: %.900s", error.text);
  }
  free(page.bytes);
  PetscCall(ReportDestroy(&report));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepReport(Job job, Sweep sweep)
{
  char   **path;
  PetscInt n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(sweep->n + 1, &path));
  for (PetscInt k = 0; k < sweep->n; k++) {
    TaskCondition condition;
    char          folder[PETSC_MAX_PATH_LEN];
    TaskFindCondition(sweep, &sweep->task[k], NULL, &condition);
    if (condition.state != TASK_DONE) continue;
    SweepPath(sweep, &sweep->task[k], "runs", NULL, folder);
    PetscCall(PetscStrallocpy(folder, &path[n++]));
  }
  if (!n) {
    JobSay(job, "no task is done: nothing to compare");
  } else {
    PetscCall(WriteTables(job, sweep, n, (const char *const *)path));
    if (job->status == JOB_DONE) PetscCall(WritePage(job, sweep, n, (const char *const *)path));
    if (job->status == JOB_DONE)
      JobSay(job, "%d of %d tasks compared: %s/compare.csv, iamc.csv, report.html", (int)n, (int)sweep->n,
             sweep->directory);
  }
  ProvenanceInput(job->provenance, sweep->study_file);
  JsonPut(job->document, "compared", json_integer(n));
  for (PetscInt k = 0; k < n; k++) PetscCall(PetscFree(path[k]));
  PetscCall(PetscFree(path));
  PetscFunctionReturn(0);
}
