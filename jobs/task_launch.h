/* Starting a task of a sweep as a program of its own, on ranks of its own. For one rank. */
#ifndef ARCHIPELAGO_JOBS_TASK_LAUNCH_H
#define ARCHIPELAGO_JOBS_TASK_LAUNCH_H

#include <sys/types.h>

#include "jobs/sweep.h"

typedef struct _p_TaskLaunch *TaskLaunch;

/* With so many ranks: mpirun (or mpiexec) on PATH, unless there is one. *launch is NULL, with a line of text, without it. */
PetscErrorCode TaskLaunchCreate(PetscInt ranks, TaskLaunch *launch, FileError *error);
PetscErrorCode TaskLaunchDestroy(TaskLaunch *launch);

/* The process, which leads a group of its own and writes to the task's log; -1: none could be made. */
pid_t TaskLaunchStart(TaskLaunch launch, Sweep sweep, const SweepTask *task);

#endif
