/* The study pipeline: study -> network -> regions on ranks -> window by window: dispatch, evaluation, stability, settlement,
   ledger -> one result store and one summary. */
#include "jobs/pipeline.h"

#include <string.h>

#include "inputs/log.h"
#include "inputs/whereabouts.h"
#include "jobs/failure.h"
#include "jobs/format.h"
#include "jobs/memory.h"
#include "jobs/provenance.h"
#include "jobs/realtime.h"
#include "jobs/stop.h"

/* The steps of a window. Between two of them is a safe point; what is settled is written, too. */
static const struct {
  const char *name;
  LogRoom     room;
  PetscErrorCode (*take)(Run, Window *);
  const char *before; /* where a request to stop ends the window, or NULL */
} Step[] = {{"bid", LOG_MARKET, WindowBid, NULL},
            {"solve", LOG_SOLVER, WindowSolve, "before its dispatch"},
            {"secure", LOG_DYNAMICS, WindowSecure, "before its stability"},
            {"realtime", LOG_SOLVER, WindowRealTime, "before real time"},
            {"settle", LOG_MARKET, WindowSettle, "before its settlement"},
            {"commit", LOG_LEDGER, WindowCommit, NULL}};

static PetscErrorCode TakeSteps(Run run, Window *window)
{
  PetscBool stop;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof Step / sizeof Step[0] && run->job->status == JOB_DONE; k++) {
    stop = PETSC_FALSE;
    if (Step[k].before) PetscCall(StopAgreed(run->job->comm, &stop));
    if (stop) {
      RunStopped(run, window, Step[k].before);
      break;
    }
    ProvenanceStage(run->job->provenance, Step[k].name);
    WhereaboutsStage(Step[k].name);
    PetscCall(LogStagePush(Step[k].room));
    PetscCall(Step[k].take(run, window));
    PetscCall(LogStagePop());
  }
  PetscFunctionReturn(0);
}

/* One window through all rooms; the first step that fails ends it, and nothing of it is written. */
static PetscErrorCode RunWindow(Run run, PetscInt number)
{
  const SeriesTable *series = &run->net->series;
  Window             window = {.number = number, .first_snapshot = number * run->study->window_hours};
  char               prefix[128], task[32];

  PetscFunctionBeginUser;
  window.start = series->start + (long long)((double)window.first_snapshot * series->step_hours * 3600.0 + 0.5);
  snprintf(prefix, sizeof prefix, "window %d of %d, %s", (int)number + 1, (int)run->study->n_windows,
           FormatTime(window.start).text);
  run->progress.prefix = prefix;
  WhereaboutsWindow(number);
  ProgressCount(&run->progress, number, run->study->n_windows);
  snprintf(task, sizeof task, "window-%04d", (int)number);
  PetscCall(JobWatchTask(run->watch, task));
  PetscCall(TakeSteps(run, &window));
  /* What was found, an infeasible window too, is found again: only what was cut short is gone on from. */
  if (run->job->status != JOB_REQUEUE && run->job->status != JOB_INTERNAL) PetscCall(JobWatchDone(run->watch));
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

static void Checkpoints(Run run, char path[PETSC_MAX_PATH_LEN])
{
  FileJoin(path, PETSC_MAX_PATH_LEN, run->path, "checkpoint");
}

/* This start in the run's provenance. */
static PetscErrorCode EnterStart(Run run)
{
  char            from[160], path[PETSC_MAX_PATH_LEN];
  CheckpointLabel label;
  PetscBool       within = PETSC_FALSE;
  int             n;

  PetscFunctionBeginUser;
  Checkpoints(run, path);
  if (run->job->rank == 0) within = JobWatchNewest(path, &label);
  n = snprintf(from, sizeof from, "window %d of %d", (int)run->windows_done + 1, (int)run->study->n_windows);
  if (within) snprintf(from + n, sizeof from - (size_t)n, ", %s of %s", label.method, FormatTime(label.saved).text);
  PetscCall(ProvenanceStart(run->job, "run", run->path, run->windows_done || within ? from : NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode StartWatch(Run run, PetscReal minutes)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  Checkpoints(run, path);
  if (minutes >= 0) PetscCall(JobWatchCreate(run->job, path, minutes, &run->watch));
  PetscFunctionReturn(0);
}

/* All that is to be done in a directory that holds no complete run. */
static PetscErrorCode RunOn(Run run, const RunSettings *settings)
{
  PetscFunctionBeginUser;
  PetscCall(RunResume(run));
  if (run->job->status == JOB_DONE) PetscCall(EnterStart(run));
  if (run->job->status == JOB_DONE) PetscCall(StartWatch(run, settings->checkpoint_minutes));
  if (run->job->status == JOB_DONE) PetscCall(RunWindows(run));
  if (run->job->status == JOB_DONE) PetscCall(JobWatchDone(run->watch)); /* where a start was killed just before it */
  if (run->job->status == JOB_DONE) PetscCall(RunFinish(run));
  PetscCall(JobWatchDestroy(&run->watch));
  PetscFunctionReturn(0);
}

static PetscErrorCode TellMemory(Run run)
{
  PetscReal bytes;

  PetscFunctionBeginUser;
  PetscCall(MemoryOfStudy(run->study, run->net, run->partition, run->job->size, &bytes));
  PetscCall(MemoryTell(run->job, &run->progress, bytes));
  PetscFunctionReturn(0);
}

PetscErrorCode PipelineRun(Job job, const RunSettings *settings)
{
  Run       run;
  PetscBool complete = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(RunSetUp(job, settings, &run));
  if (job->status == JOB_DONE) PetscCall(AnswerComplete(run, &complete));
  if (job->status == JOB_DONE && !complete && !run->quiet) PetscCall(TellMemory(run));
  if (job->status == JOB_DONE && !complete) PetscCall(RunOn(run, settings));
  PetscCall(ProvenanceEnd(job));
  PetscCall(JobAgree(job));
  PetscCall(RunDestroy(&run));
  FailureLeave(settings->directory, job->status == JOB_DONE ? PETSC_TRUE : PETSC_FALSE);
  PetscFunctionReturn(0);
}
