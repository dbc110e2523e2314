/* One task of a sweep on the ranks of this job. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs/pipeline.h"
#include "jobs/plan.h"
#include "jobs/stop.h"
#include "jobs/sweep.h"
#include "jobs/task_journal.h"

/* Every rank reads the list; rank 0 alone holds the task. */
static PetscErrorCode Open(Job job, const char *directory, PetscInt number, Sweep *sweep)
{
  FileError error;

  PetscFunctionBeginUser;
  if (!SweepLoad(directory, sweep, &error))
    JobFail(job, JOB_INPUT, "%s", error.text);
  else if (number < 0 || number >= (*sweep)->n)
    JobFail(job, JOB_INPUT, "sweep: found --task %d, expected 0 to %d", (int)number, (int)(*sweep)->n - 1);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

/* Under Slurm the log has the task's number, which sbatch knows; the name leads to it. */
static void LinkLog(Sweep sweep, const SweepTask *task)
{
  char path[PETSC_MAX_PATH_LEN], target[64];

  if (!getenv("SLURM_ARRAY_TASK_ID") || atoi(getenv("SLURM_ARRAY_TASK_ID")) != task->number) return;
  snprintf(target, sizeof target, "slurm-%d.log", (int)task->number);
  SweepPath(sweep, task, "logs", "log", path);
  if (symlink(target, path)) return; /* it is there already, or the file system has no links */
}

/* The study's file is no input: policies and a section `sweep` may be added to it. What this task makes of it must be what it was.
   A file that cannot be read is told by who carries the task out. */
static PetscErrorCode CheckStudy(Job job, Sweep sweep, const SweepTask *task)
{
  char   content[DIGEST_HEX_SIZE];
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(SweepHashContent(sweep->study_file, task, faults, content));
  if (!FaultsErrorCount(faults) && strcmp(content, task->content) != 0)
    JobFail(job, JOB_INPUT, "%.500s: has changed since task %.100s was made (put it back, or choose another -o DIR)",
            sweep->study_file, task->name);
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode Begin(Job job, Sweep sweep, const SweepTask *task, PetscBool *claimed)
{
  FileError error;
  PetscBool held;

  PetscFunctionBeginUser;
  *claimed = PETSC_FALSE;
  if (job->rank == 0) PetscCall(CheckStudy(job, sweep, task));
  if (job->rank == 0 && job->status == JOB_DONE) {
    if (!SweepCheckInputs(sweep, &error))
      JobFail(job, JOB_INPUT, "%s", error.text);
    else if (!TaskClaim(sweep, task, &held, &error))
      JobFail(job, held ? JOB_INPUT : JOB_INTERNAL, "%s", error.text);
    else
      *claimed = PETSC_TRUE;
    if (*claimed) LinkLog(sweep, task);
    if (*claimed && !TaskJournalBegin(sweep, task, job->size, &error)) JobFail(job, JOB_INTERNAL, "%s", error.text);
  }
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}

static PetscErrorCode CarryOut(Job job, Sweep sweep, const SweepTask *task)
{
  char               path[PETSC_MAX_PATH_LEN];
  const char *const *set = (const char *const *)task->set;

  PetscFunctionBeginUser;
  SweepPath(sweep, task, "runs", NULL, path);
  if (sweep->planned) {
    const PlanSettings settings = {.source             = sweep->study_file,
                                   .policy             = task->policy,
                                   .n_set              = task->n_set,
                                   .set                = set,
                                   .directory          = path,
                                   .rounds             = -1,
                                   .checkpoint_minutes = JOB_WATCH_MINUTES};
    PetscCall(PlanRun(job, &settings));
  } else {
    const RunSettings settings = {.study              = sweep->study_file,
                                  .policy             = task->policy,
                                  .n_set              = task->n_set,
                                  .set                = set,
                                  .directory          = path,
                                  .drill              = -1,
                                  .checkpoint_minutes = JOB_WATCH_MINUTES};
    PetscCall(PipelineRun(job, &settings));
  }
  PetscFunctionReturn(0);
}

/* What was said as faults is in the log. */
static void End(Job job, Sweep sweep, const SweepTask *task)
{
  FileError error;
  char      log[PETSC_MAX_PATH_LEN], line[1024] = "";

  SweepPath(sweep, task, "logs", "log", log);
  fflush(stderr);
  if (job->status == JOB_INPUT && !job->message[0]) LastLine(log, line, sizeof line);
  if (!TaskJournalEnd(sweep, task, (int)job->status, 0, line[0] ? line : job->message, &error))
    JobFail(job, JOB_INTERNAL, "%s", error.text);
  TaskRelease(sweep, task);
}

PetscErrorCode SweepRunTask(Job job, const char *directory, PetscInt number)
{
  Sweep     sweep = NULL;
  PetscBool claimed;

  PetscFunctionBeginUser;
  StopListen();
  PetscCall(Open(job, directory, number, &sweep));
  if (job->status == JOB_DONE) {
    const SweepTask *task = &sweep->task[number];
    PetscCall(Begin(job, sweep, task, &claimed));
    if (job->status == JOB_DONE) PetscCall(CarryOut(job, sweep, task));
    if (claimed) End(job, sweep, task);
    PetscCall(JobAgree(job));
  }
  PetscCall(SweepDestroy(&sweep));
  PetscFunctionReturn(0);
}
