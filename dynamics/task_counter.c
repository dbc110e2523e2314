/* A counter that ranks share. */
#include "dynamics/task_counter.h"

enum { TAG_ASK = 1, TAG_SKIP, TAG_END, TAG_ANSWER, PROBES = 8 /* that find nothing, before rank 0 goes on */ };

struct _p_TaskCounter {
  PetscMPIInt rank, ranks;
  MPI_Win     window; /* shared memory */
  int64_t    *shared; /* NULL: messages */
  int64_t     count;  /* of one rank; of rank 0 with messages */
  MPI_Comm    comm;   /* messages: of our own */
  MPI_Request answer;
  int64_t     next; /* the task asked for ahead */
  PetscMPIInt n_ended;
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

static PetscErrorCode CreateShared(MPI_Comm comm, TaskCounter c)
{
  MPI_Aint size = c->rank == 0 ? (MPI_Aint)sizeof *c->shared : 0;
  int64_t *own;
  int      unit;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Win_allocate_shared(size, sizeof *own, MPI_INFO_NULL, comm, &own, &c->window));
  PetscCallMPI(MPI_Win_shared_query(c->window, 0, &size, &unit, &c->shared));
  PetscCallMPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, c->window));
  if (c->rank == 0) *c->shared = 0;
  PetscCallMPI(MPI_Win_sync(c->window));
  PetscCallMPI(MPI_Barrier(comm));
  PetscCallMPI(MPI_Win_sync(c->window));
  PetscFunctionReturn(0);
}

/* The answer is on its way while this rank works on the task before. */
static PetscErrorCode AskAhead(TaskCounter c)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Irecv(&c->next, 1, MPI_INT64_T, 0, TAG_ANSWER, c->comm, &c->answer));
  PetscCallMPI(MPI_Send(NULL, 0, MPI_INT64_T, 0, TAG_ASK, c->comm));
  PetscFunctionReturn(0);
}

/* Rank 0 answers whoever has asked. */
static PetscErrorCode Answer(TaskCounter c)
{
  MPI_Status status;
  int64_t    by    = 0;
  int        found = 0;

  PetscFunctionBeginUser;
  for (int idle = 0; idle < PROBES;) {
    PetscCallMPI(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, c->comm, &found, &status));
    idle = found ? 0 : idle + 1;
    if (!found) continue;
    PetscCallMPI(MPI_Recv(&by, 1, MPI_INT64_T, status.MPI_SOURCE, status.MPI_TAG, c->comm, MPI_STATUS_IGNORE));
    if (status.MPI_TAG == TAG_ASK) {
      PetscCallMPI(MPI_Send(&c->count, 1, MPI_INT64_T, status.MPI_SOURCE, TAG_ANSWER, c->comm));
      ++c->count;
    }
    if (status.MPI_TAG == TAG_SKIP) c->count += by;
    if (status.MPI_TAG == TAG_END) ++c->n_ended;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterCreate(MPI_Comm comm, TaskCounterKind kind, TaskCounter *counter)
{
  TaskCounter c;
  PetscBool   shared = (PetscBool)(kind == TASK_COUNTER_SHARED);

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  *counter = c;
  PetscCallMPI(MPI_Comm_rank(comm, &c->rank));
  PetscCallMPI(MPI_Comm_size(comm, &c->ranks));
  c->window = MPI_WIN_NULL;
  c->comm   = MPI_COMM_NULL;
  c->shared = c->ranks == 1 ? &c->count : NULL;
  if (c->ranks == 1) PetscFunctionReturn(0);
  if (kind == TASK_COUNTER_AUTO) PetscCall(OnOneNode(comm, &shared));
  if (shared) {
    PetscCall(CreateShared(comm, c));
  } else {
    PetscCallMPI(MPI_Comm_dup(comm, &c->comm));
    if (c->rank > 0) PetscCall(AskAhead(c));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterDestroy(TaskCounter *counter)
{
  PetscFunctionBeginUser;
  if (!counter || !*counter) PetscFunctionReturn(0);
  TaskCounter c = *counter;
  if (c->comm != MPI_COMM_NULL) {
    if (c->rank > 0) {
      PetscCallMPI(MPI_Wait(&c->answer, MPI_STATUS_IGNORE));
      PetscCallMPI(MPI_Send(NULL, 0, MPI_INT64_T, 0, TAG_END, c->comm));
    }
    while (c->rank == 0 && c->n_ended < c->ranks - 1) PetscCall(Answer(c));
    PetscCallMPI(MPI_Comm_free(&c->comm));
  }
  if (c->window != MPI_WIN_NULL) {
    PetscCallMPI(MPI_Win_unlock_all(c->window));
    PetscCallMPI(MPI_Win_free(&c->window));
  }
  PetscCall(PetscFree(*counter));
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterTake(TaskCounter c, int64_t *task)
{
  PetscFunctionBeginUser;
  if (c->shared) {
    *task = __atomic_fetch_add(c->shared, 1, __ATOMIC_SEQ_CST);
  } else if (c->rank == 0) {
    PetscCall(Answer(c));
    *task = c->count++;
  } else {
    PetscCallMPI(MPI_Wait(&c->answer, MPI_STATUS_IGNORE));
    *task = c->next;
    PetscCall(AskAhead(c));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TaskCounterSkip(TaskCounter c, int64_t by)
{
  PetscFunctionBeginUser;
  if (c->shared)
    __atomic_fetch_add(c->shared, by, __ATOMIC_SEQ_CST);
  else if (c->rank == 0)
    c->count += by;
  else
    PetscCallMPI(MPI_Send(&by, 1, MPI_INT64_T, 0, TAG_SKIP, c->comm));
  PetscFunctionReturn(0);
}
