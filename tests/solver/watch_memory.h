/* A watch in memory: stops solves at a given question, keeps what it gets whole on every rank, and gives it back. */
#ifndef ARCHIPELAGO_TESTS_SOLVER_WATCH_MEMORY_H
#define ARCHIPELAGO_TESTS_SOLVER_WATCH_MEMORY_H

#include "solver/watch.h"
#include "tests/support.h"

#include <string.h>

enum { MEMORY_SOLVES = 64 };

typedef struct {
  MPI_Comm        comm; /* of the solves */
  PetscInt        stop; /* the question, counted from 1 over all solves, that is answered with stop; 0: none */
  PetscInt        save; /* every so many are answered with save; 0: none */
  PetscBool       keep; /* what is done too */
  PetscInt        asked, kept, solve, resumed, largest_attempt;
  Checkpoint      state[MEMORY_SOLVES]; /* the newest of each solve */
  struct _s_Watch watch;
} Memory;

/* One rank's entries as bytes. */
static inline char *Pack(Checkpoint c, size_t *size)
{
  char *bytes = NULL;

  *size = 0;
  for (PetscInt k = 0; k < c->n; k++) {
    const CheckpointEntry *e    = &c->entry[k];
    const size_t           data = (size_t)e->n * (e->kind == CHECKPOINT_REAL ? sizeof(PetscReal) : sizeof(PetscInt));

    bytes = realloc(bytes, *size + sizeof *e + data);
    memcpy(bytes + *size, e, sizeof *e);
    memcpy(bytes + *size + sizeof *e, e->data, data);
    *size += sizeof *e + data;
  }
  return bytes;
}

static inline void Unpack(const char *bytes, size_t size, Checkpoint c)
{
  for (size_t at = 0; at < size;) {
    CheckpointEntry e;

    memcpy(&e, bytes + at, sizeof e);
    at += sizeof e;
    if (e.kind == CHECKPOINT_REAL) {
      PetscReal *value = malloc((size_t)(e.n + 1) * sizeof *value);
      memcpy(value, bytes + at, (size_t)e.n * sizeof *value);
      at += (size_t)e.n * sizeof *value;
      assert_int_equal(CheckpointPutReals(c, e.name, e.part, (PetscInt)e.n, value), 0);
      free(value);
    } else {
      PetscInt *value = malloc((size_t)(e.n + 1) * sizeof *value);
      memcpy(value, bytes + at, (size_t)e.n * sizeof *value);
      at += (size_t)e.n * sizeof *value;
      assert_int_equal(CheckpointPutIntegers(c, e.name, e.part, (PetscInt)e.n, value), 0);
      free(value);
    }
  }
}

/* All ranks' entries on each of them; no name and part comes from two. */
static inline Checkpoint Whole(MPI_Comm comm, Checkpoint c)
{
  Checkpoint  whole;
  PetscMPIInt ranks;
  int        *count, *place, mine, total = 0;
  size_t      size;
  char       *bytes = Pack(c, &size), *all;

  assert_int_equal(CheckpointCreate(&whole), 0);
  MPI_Comm_size(comm, &ranks);
  count = malloc((size_t)ranks * sizeof *count);
  place = malloc((size_t)ranks * sizeof *place);
  mine  = (int)size;
  MPI_Allgather(&mine, 1, MPI_INT, count, 1, MPI_INT, comm);
  for (int r = 0; r < ranks; r++) place[r] = total, total += count[r];
  all = malloc((size_t)total + 1);
  MPI_Allgatherv(bytes, mine, MPI_BYTE, all, count, place, MPI_BYTE, comm);
  Unpack(all, (size_t)total, whole);
  for (PetscInt i = 0; i < whole->n; i++)
    for (PetscInt j = 0; j < i; j++)
      assert_false(whole->entry[i].part == whole->entry[j].part && !strcmp(whole->entry[i].name, whole->entry[j].name));
  free(count);
  free(place);
  free(all);
  free(bytes);
  return whole;
}

static inline PetscErrorCode MemoryBegin(void *context, const char *method, Checkpoint *state)
{
  Memory *m = context;

  PetscFunctionBeginUser;
  assert_true(method[0] != '\0');
  m->solve++;
  assert_true(m->solve < MEMORY_SOLVES);
  *state = m->state[m->solve];
  if (*state) m->resumed++;
  PetscFunctionReturn(0);
}

static inline PetscErrorCode MemoryAsk(void *context, WatchAnswer *answer)
{
  Memory *m = context;

  PetscFunctionBeginUser;
  m->asked++;
  *answer = WATCH_GO_ON;
  if (m->save && m->asked % m->save == 0) *answer = WATCH_SAVE;
  if (m->asked == m->stop) *answer = WATCH_STOP;
  PetscFunctionReturn(0);
}

static inline PetscErrorCode MemoryKeep(void *context, Checkpoint checkpoint)
{
  Memory   *m       = context;
  PetscInt  attempt = 0;
  PetscBool found   = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(CheckpointDestroy(&m->state[m->solve]));
  m->state[m->solve] = Whole(m->comm, checkpoint);
  m->kept++;
  PetscCall(CheckpointGetIntegers(m->state[m->solve], "attempt", CHECKPOINT_SHARED, 1, &attempt, &found));
  if (found) m->largest_attempt = PetscMax(m->largest_attempt, attempt);
  PetscFunctionReturn(0);
}

static inline PetscErrorCode MemoryEnd(void *context, PetscBool *keep)
{
  PetscFunctionBeginUser;
  *keep = ((Memory *)context)->keep;
  PetscFunctionReturn(0);
}

static inline void MemoryClear(Memory *m)
{
  for (int k = 0; k < MEMORY_SOLVES; k++) assert_int_equal(CheckpointDestroy(&m->state[k]), 0);
  memset(m, 0, sizeof *m);
}

/* Another start: what was kept stays. */
static inline Watch MemoryStart(Memory *m, MPI_Comm comm, PetscInt stop)
{
  m->comm  = comm;
  m->stop  = stop;
  m->asked = m->kept = m->solve = m->resumed = 0;
  m->watch                                   = (struct _s_Watch){m, MemoryBegin, MemoryAsk, MemoryKeep, MemoryEnd};
  return &m->watch;
}

#endif
