/* Who is at work on a task of a sweep: a claim file, so that several sweeps and batch jobs may share a directory, also between
   nodes. A claim is taken over when its process on this host, or its Slurm job, is gone. For one rank. */
#ifndef ARCHIPELAGO_JOBS_TASK_CLAIM_H
#define ARCHIPELAGO_JOBS_TASK_CLAIM_H

#include "jobs/slurm_queue.h"
#include "jobs/sweep.h"

typedef enum { HOLDER_NONE, HOLDER_ALIVE, HOLDER_UNKNOWN, HOLDER_GONE } HolderState;

typedef struct {
  HolderState state; /* unknown: on another host that cannot be asked */
  char        host[256], job[64], since[48];
  int         pid;
} TaskHolder;

/* Writes the claim of this process; false with a line of text when another one holds the task, or it cannot be written (*held is
   then false). */
PetscBool TaskClaim(Sweep sweep, const SweepTask *task, PetscBool *held, FileError *error);
void      TaskRelease(Sweep sweep, const SweepTask *task);
/* `queue` may be NULL. */
void TaskFindHolder(Sweep sweep, const SweepTask *task, SlurmQueue queue, TaskHolder *holder);
/* "process 12 on host n1 since ..." */
void TaskDescribeHolder(const TaskHolder *holder, char *text, size_t size);

#endif
