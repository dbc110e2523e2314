/* A counter that ranks share: each takes the next task when it is done with its last. */
#ifndef ARCHIPELAGO_DYNAMICS_TASK_COUNTER_H
#define ARCHIPELAGO_DYNAMICS_TASK_COUNTER_H

#include <petscsys.h>
#include <stdint.h>

typedef enum {
  TASK_COUNTER_AUTO,     /* in shared memory where all ranks are on one node, one-sided otherwise */
  TASK_COUNTER_SHARED,   /* an atomic integer in shared memory */
  TASK_COUNTER_ONE_SIDED /* MPI_Fetch_and_op on a window of rank 0; where the network needs that rank's help, it helps
                            whenever it takes a task itself */
} TaskCounterKind;

typedef struct _p_TaskCounter *TaskCounter;

/* Collective. The counter stands at 0. */
PetscErrorCode TaskCounterCreate(MPI_Comm comm, TaskCounterKind kind, TaskCounter *counter);
/* Collective. */
PetscErrorCode TaskCounterDestroy(TaskCounter *counter);
/* Not collective. What the counter stood at; it goes up by `by`. No two calls get the same. */
PetscErrorCode TaskCounterTake(TaskCounter counter, int64_t by, int64_t *value);

#endif
