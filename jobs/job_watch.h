/* The watch of a job: checkpoints of long solves as files, every so many minutes and when the job is asked to stop. */
#ifndef ARCHIPELAGO_JOBS_JOB_WATCH_H
#define ARCHIPELAGO_JOBS_JOB_WATCH_H

#include "jobs/job.h"
#include "solver/watch.h"

typedef struct _p_JobWatch *JobWatch;

/* Collective. `directory` (rank 0's counts; made when first needed) holds the checkpoints. `minutes` between them; 0: at every
   safe point. Listens for signals from now on. */
PetscErrorCode JobWatchCreate(Job job, const char *directory, PetscReal minutes, JobWatch *watch);
PetscErrorCode JobWatchDestroy(JobWatch *watch);

/* Collective. A new task begins, a window or a plan: its solves are counted from 0, and go on from what an earlier start of the task
   left. Checkpoints of other tasks are removed. */
PetscErrorCode JobWatchTask(JobWatch watch, const char *name);
/* Collective. The task's results are in place: its checkpoints are removed, and the directory when it is empty. */
PetscErrorCode JobWatchDone(JobWatch watch);

/* For the options of solves; borrowed. NULL for a watch of NULL. */
Watch JobWatchSolves(JobWatch watch);

#endif
