/* The watch of a job: checkpoints of long solves as files, every so many minutes and when the job is asked to stop.

     DIRECTORY/TASK/003-admm.0.h5   the task's fourth solve, by this method: two files in turn, so that one is whole at all
                                    times

   When to write is decided by the first rank's clock, and so that writing takes less than two hundredths of the time:
   after a write that took long the next one waits longer than asked for. What cannot be written is told in one line; the
   job goes on without. */
#ifndef ARCHIPELAGO_JOBS_JOB_WATCH_H
#define ARCHIPELAGO_JOBS_JOB_WATCH_H

#include "jobs/checkpoint_file.h"
#include "jobs/job.h"
#include "solver/watch.h"

typedef struct _p_JobWatch *JobWatch;

/* Minutes between checkpoints where nothing else is asked for. */
#define JOB_WATCH_MINUTES 10.0

/* Collective. `directory` (rank 0's counts; made when first needed) holds the checkpoints. `minutes` between them; 0: at every
   safe point, whatever it costs. Listens for signals from now on. */
PetscErrorCode JobWatchCreate(Job job, const char *directory, PetscReal minutes, JobWatch *watch);
PetscErrorCode JobWatchDestroy(JobWatch *watch);

/* Collective. A new task begins, a window or a plan: its solves are counted from 0, and go on from what an earlier start of the task
   left. Checkpoints of other tasks are removed. */
PetscErrorCode JobWatchTask(JobWatch watch, const char *name);
/* Collective. The task's results are in place: its checkpoints are removed, and the directory when it is empty. */
PetscErrorCode JobWatchDone(JobWatch watch);

/* For the options of solves; borrowed. NULL for a watch of NULL. */
Watch JobWatchSolves(JobWatch watch);

/* Not collective, rank 0: why the last state could not be written; NULL where it was, or there was none. */
const char *JobWatchTrouble(JobWatch watch);

/* For one rank. The newest checkpoint in a watch's directory, by its label alone; false where there is none. */
PetscBool JobWatchNewest(const char *directory, CheckpointLabel *label);

#endif
