/* A counter that ranks share. */
#include "dynamics/task_counter.h"

struct _p_TaskCounter {
  MPI_Win  window;
  int64_t *shared; /* NULL: one-sided */
};

static PetscErrorCode OnOneNode(MPI_Comm comm, PetscBool *one)
{
  MPI_Comm    node;
  PetscMPIInt size, mine, least;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_size(node, &mine));
  PetscCallMPI(MPI_Comm_free(&node));
  PetscCallMPI(MPI_Allreduce(&mine, &least, 1, MPI_INT, MPI_MIN, comm));
  *one = (PetscBool)(least == size);
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterCreate(MPI_Comm comm, TaskCounterKind kind, TaskCounter *counter)
{
  TaskCounter c;
  PetscMPIInt rank;
  PetscBool   shared = (PetscBool)(kind == TASK_COUNTER_SHARED);
  int64_t    *own;
  MPI_Aint    size;
  int         unit;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  *counter = c;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (kind == TASK_COUNTER_AUTO) PetscCall(OnOneNode(comm, &shared));
  size = rank == 0 ? (MPI_Aint)sizeof *own : 0;
  if (shared)
    PetscCallMPI(MPI_Win_allocate_shared(size, sizeof *own, MPI_INFO_NULL, comm, &own, &c->window));
  else
    PetscCallMPI(MPI_Win_allocate(size, sizeof *own, MPI_INFO_NULL, comm, &own, &c->window));
  if (shared) PetscCallMPI(MPI_Win_shared_query(c->window, 0, &size, &unit, &c->shared));
  PetscCallMPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, c->window));
  if (rank == 0) *own = 0;
  PetscCallMPI(MPI_Win_sync(c->window));
  PetscCallMPI(MPI_Barrier(comm));
  PetscCallMPI(MPI_Win_sync(c->window));
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterDestroy(TaskCounter *counter)
{
  PetscFunctionBeginUser;
  if (!counter || !*counter) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Win_unlock_all((*counter)->window));
  PetscCallMPI(MPI_Win_free(&(*counter)->window));
  PetscCall(PetscFree(*counter));
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterTake(TaskCounter counter, int64_t by, int64_t *value)
{
  PetscFunctionBeginUser;
  if (counter->shared) {
    *value = __atomic_fetch_add(counter->shared, by, __ATOMIC_SEQ_CST);
    PetscFunctionReturn(0);
  }
  PetscCallMPI(MPI_Fetch_and_op(&by, value, MPI_INT64_T, 0, 0, MPI_SUM, counter->window));
  PetscCallMPI(MPI_Win_flush(0, counter->window));
  PetscFunctionReturn(0);
}
