/* The study pipeline: study -> network -> regions on ranks -> window by window: dispatch, evaluation, stability, settlement,
   ledger -> one result store and one summary. */
#include "jobs/pipeline.h"

#include <string.h>

#include "inputs/log.h"
#include "inputs/whereabouts.h"
#include "jobs/failure.h"
#include "jobs/format.h"
#include "jobs/provenance.h"
#include "jobs/realtime.h"
#include "jobs/stop.h"

/* One window through all rooms; the first step that fails ends it, and nothing of it is written. */
static PetscErrorCode RunWindow(Run run, PetscInt number)
{
  static const struct {
    const char *name;
    LogRoom     room;
    PetscErrorCode (*take)(Run, Window *);
  } step[]                  = {{"bid", LOG_MARKET, WindowBid},         {"solve", LOG_SOLVER, WindowSolve},
                               {"secure", LOG_DYNAMICS, WindowSecure}, {"realtime", LOG_SOLVER, WindowRealTime},
                               {"settle", LOG_MARKET, WindowSettle},   {"commit", LOG_LEDGER, WindowCommit}};
  const SeriesTable *series = &run->net->series;
  Window             window = {.number = number, .first_snapshot = number * run->study->window_hours};
  char               prefix[128];

  PetscFunctionBeginUser;
  window.start = series->start + (long long)((double)window.first_snapshot * series->step_hours * 3600.0 + 0.5);
  snprintf(prefix, sizeof prefix, "window %d of %d, %s", (int)number + 1, (int)run->study->n_windows,
           FormatTime(window.start).text);
  run->progress.prefix = prefix;
  WhereaboutsWindow(number);
  ProgressCount(&run->progress, number, run->study->n_windows);
  for (size_t k = 0; k < sizeof step / sizeof step[0] && run->job->status == JOB_DONE; k++) {
    ProvenanceStage(run->job->provenance, step[k].name);
    WhereaboutsStage(step[k].name);
    PetscCall(LogStagePush(step[k].room));
    PetscCall(step[k].take(run, &window));
    PetscCall(LogStagePop());
  }
  ProgressEnd(&run->progress);
  run->progress.prefix = NULL;
  /* Regions of unequal cost: the next window's are shared out by what this one's took. Results do not depend on who holds what. */
  if (run->job->status == JOB_DONE && window.result.region_work)
    PetscCall(PartitionAssignRanksByCost(run->partition, run->job->size, window.result.region_work));
  PetscCall(SecurityReleaseBounds(run, &window));
  PetscCall(WindowUnbid(run));
  PetscCall(WindowDestroy(run, &window));
  WhereaboutsStage(NULL);
  WhereaboutsWindow(-1);
  PetscFunctionReturn(0);
}

static PetscErrorCode RunWindows(Run run)
{
  PetscBool stop = PETSC_FALSE;

  PetscFunctionBeginUser;
  while (run->job->status == JOB_DONE && run->windows_done < run->study->n_windows) {
    PetscCall(RunWindow(run, run->windows_done));
    PetscCall(StopAgreed(run->job->comm, &stop));
    if (stop && run->job->status == JOB_DONE && run->windows_done < run->study->n_windows)
      JobFail(run->job, JOB_REQUEUE, "stopped on request after %d of %d windows; start the same command again to go on",
              (int)run->windows_done, (int)run->study->n_windows);
  }
  PetscFunctionReturn(0);
}

/* A complete run is left as it is; its summary is the answer. */
static PetscErrorCode AnswerComplete(Run run, PetscBool *complete)
{
  int       done = 0;
  json_t   *summary;
  FileError error;

  PetscFunctionBeginUser;
  if (run->job->rank == 0) done = RunDirectoryComplete(run->directory) == PETSC_TRUE;
  PetscCallMPI(MPI_Bcast(&done, 1, MPI_INT, 0, run->job->comm));
  *complete = done ? PETSC_TRUE : PETSC_FALSE;
  if (!done || run->job->rank) PetscFunctionReturn(0);
  if (!RunDirectoryCheck(run->directory, &error)) {
    JobFail(run->job, JOB_UNVERIFIED, "%s", error.text);
    PetscFunctionReturn(0);
  }
  summary = json_load_file(RunDirectoryFile(run->directory, "summary.json"), 0, NULL);
  if (summary) json_object_update(run->job->document, summary);
  json_decref(summary);
  JobSay(run->job, "the run is complete already, nothing was done");
  PetscFunctionReturn(0);
}

/* This start in the run's provenance. */
static PetscErrorCode EnterStart(Run run)
{
  char from[64];

  PetscFunctionBeginUser;
  snprintf(from, sizeof from, "window %d of %d", (int)run->windows_done + 1, (int)run->study->n_windows);
  PetscCall(ProvenanceStart(run->job, "run", run->path, run->windows_done ? from : NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode PipelineRun(Job job, const RunSettings *settings)
{
  Run       run;
  PetscBool complete = PETSC_FALSE;

  PetscFunctionBeginUser;
  StopListen();
  PetscCall(RunSetUp(job, settings, &run));
  if (job->status == JOB_DONE) PetscCall(AnswerComplete(run, &complete));
  if (job->status == JOB_DONE && !complete) PetscCall(RunResume(run));
  if (job->status == JOB_DONE && !complete) PetscCall(EnterStart(run));
  if (job->status == JOB_DONE && !complete) PetscCall(RunWindows(run));
  if (job->status == JOB_DONE && !complete) PetscCall(RunFinish(run));
  PetscCall(ProvenanceEnd(job));
  PetscCall(JobAgree(job));
  PetscCall(RunDestroy(&run));
  FailureLeave(settings->directory, job->status == JOB_DONE ? PETSC_TRUE : PETSC_FALSE);
  PetscFunctionReturn(0);
}
