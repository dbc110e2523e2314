/* A counter that ranks share: each takes the next task when it is done with its last. */
#ifndef ARCHIPELAGO_DYNAMICS_TASK_COUNTER_H
#define ARCHIPELAGO_DYNAMICS_TASK_COUNTER_H

#include <petscsys.h>
#include <stdint.h>

typedef enum {
  TASK_COUNTER_AUTO,    /* in shared memory where all ranks are on one node, by messages otherwise */
  TASK_COUNTER_SHARED,  /* an atomic integer in shared memory */
  TASK_COUNTER_MESSAGES /* rank 0 counts, and answers whenever it takes a task itself; the others ask one task ahead. Its
                           answers lie ready where one-sided access to a busy rank would wait for it */
} TaskCounterKind;

typedef struct _p_TaskCounter *TaskCounter;

/* Collective. The counter stands at 0. */
PetscErrorCode TaskCounterCreate(MPI_Comm comm, TaskCounterKind kind, TaskCounter *counter);
/* Collective: the ranks wait for each other. */
PetscErrorCode TaskCounterDestroy(TaskCounter *counter);
/* Not collective. The next task, from 0; no two calls get the same, and a rank's own go up. */
PetscErrorCode TaskCounterTake(TaskCounter counter, int64_t *task);
/* Not collective. Skips `by` tasks, but for those that ranks have asked for already. */
PetscErrorCode TaskCounterSkip(TaskCounter counter, int64_t by);

#endif
