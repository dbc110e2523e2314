/* What tests of watched solves share: a watch in memory that saves or stops where it is told to, and solves that are stopped, moved
   to another number of ranks and gone on with. Meant for several ranks; runs on one. */
#ifndef ARCHIPELAGO_TESTS_WATCH_SUPPORT_H
#define ARCHIPELAGO_TESTS_WATCH_SUPPORT_H

#include "solver/watch.h"

#include "tests/solver/ranks_support.h"

enum { MOST_SOLVES = 64 };

/* All states are kept whole on every rank. */
typedef struct {
  MPI_Comm        comm;
  PetscInt        stop_at, save_every;  /* safe point, counted over all solves, at which to stop, -1: none; 0: never */
  PetscBool       keep_final;           /* final states too */
  PetscInt        solves, asked, begun; /* of this start; begun: with a state */
  Checkpoint      state[MOST_SOLVES];   /* the last of each solve; NULL: none */
  struct _s_Watch watch;
} MemoryWatch;

/* --- States as bytes --- */

typedef struct {
  size_t size, room;
  char  *byte;
} Bytes;

static inline void BytesAdd(Bytes *b, const void *data, size_t size)
{
  if (b->size + size > b->room) {
    b->room = 2 * b->room + size + 1024;
    b->byte = (char *)realloc(b->byte, b->room);
    assert_non_null(b->byte);
  }
  if (size) memcpy(b->byte + b->size, data, size);
  b->size += size;
}

static inline size_t EntrySize(const CheckpointEntry *e)
{
  return (size_t)e->n * (e->kind == CHECKPOINT_REAL ? sizeof(PetscReal) : sizeof(PetscInt));
}

static inline void BytesAddState(Bytes *b, Checkpoint c)
{
  for (PetscInt k = 0; k < c->n; k++) {
    BytesAdd(b, &c->entry[k], sizeof c->entry[k]);
    BytesAdd(b, c->entry[k].data, EntrySize(&c->entry[k]));
  }
}

static inline Checkpoint StateFromBytes(const Bytes *b)
{
  Checkpoint c;

  OK(CheckpointCreate(&c));
  for (size_t at = 0; at < b->size;) {
    CheckpointEntry e;
    void           *data;
    memcpy(&e, b->byte + at, sizeof e);
    at += sizeof e;
    data = malloc(EntrySize(&e) + 1);
    assert_non_null(data);
    memcpy(data, b->byte + at, EntrySize(&e));
    at += EntrySize(&e);
    if (CheckpointCount(c, e.name, e.part, e.kind) >= 0) fail_msg("%s of part %d twice", e.name, (int)e.part);
    if (e.kind == CHECKPOINT_REAL)
      OK(CheckpointPutReals(c, e.name, e.part, (PetscInt)e.n, (PetscReal *)data));
    else
      OK(CheckpointPutIntegers(c, e.name, e.part, (PetscInt)e.n, (PetscInt *)data));
    free(data);
  }
  return c;
}

/* What all ranks put, on every one of them. */
static inline Checkpoint StateOfAll(MPI_Comm comm, Checkpoint mine)
{
  Bytes       here = {0}, all = {0};
  PetscMPIInt ranks;
  int        *count, *place;
  Checkpoint  c;

  MPI_Comm_size(comm, &ranks);
  count = (int *)calloc((size_t)ranks, sizeof *count);
  place = (int *)calloc((size_t)ranks, sizeof *place);
  assert_true(count && place);
  BytesAddState(&here, mine);
  MPI_Allgather(&(int){(int)here.size}, 1, MPI_INT, count, 1, MPI_INT, comm);
  for (PetscMPIInt r = 0; r < ranks; r++) {
    place[r] = (int)all.size;
    all.size += (size_t)count[r];
  }
  all.byte = (char *)malloc(all.size + 1);
  MPI_Allgatherv(here.byte, (int)here.size, MPI_BYTE, all.byte, count, place, MPI_BYTE, comm);
  c = StateFromBytes(&all);
  free(here.byte);
  free(all.byte);
  free(count);
  free(place);
  return c;
}

/* --- The watch --- */

static inline PetscErrorCode MemoryBegin(void *context, const char *method, Checkpoint *state)
{
  MemoryWatch *w = (MemoryWatch *)context;

  (void)method;
  assert_true(w->solves < MOST_SOLVES);
  *state = w->state[w->solves++];
  if (*state) w->begun++;
  return 0;
}

static inline PetscErrorCode MemoryAsk(void *context, WatchAnswer *answer)
{
  MemoryWatch   *w    = (MemoryWatch *)context;
  const PetscInt here = w->asked++;
  int            low = (int)here, high = (int)here; /* all ranks are at the same point */

  MPI_Allreduce(MPI_IN_PLACE, &low, 1, MPI_INT, MPI_MIN, w->comm);
  MPI_Allreduce(MPI_IN_PLACE, &high, 1, MPI_INT, MPI_MAX, w->comm);
  assert_int_equal(low, high);
  *answer = WATCH_GO_ON;
  if (w->save_every > 0 && here % w->save_every == 0) *answer = WATCH_SAVE;
  if (here == w->stop_at) *answer = WATCH_STOP;
  return 0;
}

static inline PetscErrorCode MemoryKeep(void *context, Checkpoint c)
{
  MemoryWatch *w = (MemoryWatch *)context;
  Checkpoint   all;

  assert_true(w->solves > 0);
  all = StateOfAll(w->comm, c);
  OK(CheckpointDestroy(&w->state[w->solves - 1]));
  w->state[w->solves - 1] = all;
  return 0;
}

static inline PetscErrorCode MemoryEnd(void *context, PetscBool *keep)
{
  *keep = ((MemoryWatch *)context)->keep_final;
  return 0;
}

static inline void MemoryWatchInit(MemoryWatch *w)
{
  *w       = (MemoryWatch){.stop_at = -1};
  w->watch = (struct _s_Watch){w, MemoryBegin, MemoryAsk, MemoryKeep, MemoryEnd};
}

/* A new start of the same task. */
static inline void MemoryWatchAgain(MemoryWatch *w, PetscInt stop_at)
{
  w->stop_at = stop_at;
  w->solves = w->asked = w->begun = 0;
}

static inline void MemoryWatchForget(MemoryWatch *w)
{
  for (PetscInt k = 0; k < MOST_SOLVES; k++) OK(CheckpointDestroy(&w->state[k]));
}

/* The first rank's states on all ranks of the world. */
static inline void MemoryWatchShare(MemoryWatch *w)
{
  PetscMPIInt rank;

  MPI_Comm_rank(world, &rank);
  for (PetscInt k = 0; k < MOST_SOLVES; k++) {
    Bytes bytes = {0};
    int   size  = -1;
    if (rank == 0 && w->state[k]) {
      BytesAddState(&bytes, w->state[k]);
      size = (int)bytes.size;
    }
    MPI_Bcast(&size, 1, MPI_INT, 0, world);
    if (rank > 0) OK(CheckpointDestroy(&w->state[k]));
    if (size >= 0 && rank > 0) {
      bytes.size = (size_t)size;
      bytes.byte = (char *)malloc(bytes.size + 1);
    }
    if (size >= 0) MPI_Bcast(bytes.byte, size, MPI_BYTE, 0, world);
    if (size >= 0 && rank > 0) w->state[k] = StateFromBytes(&bytes);
    free(bytes.byte);
  }
}

/* --- Solves --- */

/* Beside the dispatch all that a result tells, but for times. */
static inline uint64_t HashAll(Dispatch d, const OpfResult *r)
{
  const PetscInt  integer[] = {(PetscInt)r->status, (PetscInt)r->finished_by,
                               r->admm_iterations,  r->directions_fixed,
                               r->diagnosed,        r->diagnosis_iterations,
                               r->lossless,         r->n_certificates,
                               r->n_shortages,      r->n_binding,
                               r->n_excess,         r->n_record};
  const PetscReal real[]    = {r->objective, r->cap_price, r->shortage_mwh};
  uint64_t        hash      = Hash(HashDispatch(d, r), integer, sizeof integer);

  hash = Hash(hash, real, sizeof real);
  for (PetscInt k = 0; k < r->n_shortages; k++) {
    hash = Hash(hash, &r->shortage[k].mw, sizeof(PetscReal));
    hash = Hash(hash, &r->shortage[k].bus, sizeof(PetscInt));
  }
  for (PetscInt k = 0; k < r->n_binding; k++) {
    hash = Hash(hash, r->binding[k].text, strlen(r->binding[k].text));
    hash = Hash(hash, &r->binding[k].price, sizeof(PetscReal));
  }
  for (PetscInt k = 0; k < r->n_excess; k++) hash = Hash(hash, &r->excess[k].amount, sizeof(PetscReal));
  for (PetscInt k = 0; k < r->n_record; k++) {
    const AdmmIteration *a   = &r->record[k];
    const PetscReal      v[] = {
             a->mismatch_pu,      a->violation_pu,        a->dual_relative, a->objective,
             a->multiplier,       a->penalty_low,         a->penalty_high,  (PetscReal)a->local_iterations,
             (PetscReal)a->bytes, (PetscReal)a->restarted};
    hash = Hash(hash, v, sizeof v);
  }
  return hash;
}

typedef struct {
  SolveStatus status;
  PetscInt    iterations, solves, asked, begun;
  PetscBool   diagnosed;
  OpfMethod   finished_by;
  uint64_t    hash;
} Watched;

/* The first `ranks` ranks of the world solve under the watch (NULL: none); regions lie otherwise over the ranks where asked for. What the
   first one found goes to all. */
static inline Watched SolveWatched(int ranks, PetscBool otherwise, Network net, const char *regions,
                                   const OpfOptions *given, MemoryWatch *w)
{
  OpfOptions  options = *given;
  Watched     o       = {.hash = 0};
  PetscMPIInt rank;
  uint64_t    first;

  MPI_Comm comm;
  MPI_Comm_rank(world, &rank);
  MPI_Comm_split(world, rank < ranks ? 0 : MPI_UNDEFINED, rank, &comm);
  if (comm != MPI_COMM_NULL) {
    Partition partition = ReadPartition(comm, net, regions);
    Dispatch  d;
    OpfResult result;
    if (otherwise) {
      PetscReal *cost;
      OK(PetscMalloc1(partition->n_regions, &cost));
      for (PetscInt r = 0; r < partition->n_regions; r++) cost[r] = r + 1.0; /* the last ones are the heaviest */
      OK(PartitionAssignRanksByCost(partition, ranks, cost));
      OK(PetscFree(cost));
    }
    if (w) {
      w->comm       = comm;
      options.watch = &w->watch;
    }
    OK(OpfSolve(comm, net, partition, &options, &d, &result));
    o = (Watched){result.status,    result.iterations, w ? w->solves : 0,  w ? w->asked : 0,
                  w ? w->begun : 0, result.diagnosed,  result.finished_by, HashAll(d, &result)};
    OK(OpfResultDestroy(&result));
    OK(DispatchDestroy(&d));
    OK(PartitionDestroy(&partition));
    MPI_Comm_free(&comm);
  }
  first = o.hash;
  MPI_Bcast(&first, sizeof first, MPI_BYTE, 0, world);
  if (rank < ranks) assert_true(o.hash == first);
  MPI_Bcast(&o, sizeof o, MPI_BYTE, 0, world);
  return o;
}

/* A solve that is stopped at the given safe point on some ranks, and gone on with on others. */
static inline void StopAndGoOn(int from, int to, PetscInt at, PetscBool keep_final, Network net, const char *regions,
                               const OpfOptions *options, const Watched *undisturbed)
{
  MemoryWatch w;
  Watched     o;

  MemoryWatchInit(&w);
  w.keep_final = keep_final;
  w.stop_at    = at;
  o            = SolveWatched(from, PETSC_FALSE, net, regions, options, &w);
  if (o.status != SOLVE_STOPPED) fail_msg("not stopped at safe point %d: %s", (int)at, SolveStatusName(o.status));
  MPI_Bcast(&w.asked, 1, MPIU_INT, 0, world);
  assert_int_equal(o.asked, at + 1); /* nothing was asked after the stop */
  MemoryWatchShare(&w);
  MemoryWatchAgain(&w, -1);
  o = SolveWatched(to, PETSC_TRUE, net, regions, options, &w);
  if (o.begun == 0) fail_msg("began anew after a stop at safe point %d", (int)at);
  if (keep_final) assert_int_equal(o.asked, undisturbed->asked - at);
  if (o.hash != undisturbed->hash)
    fail_msg(
        "%s: stopped at safe point %d on %d ranks, gone on with on %d: another result (%s after %d iterations, not %s "
        "after %d)",
        net->name, (int)at, from, to, SolveStatusName(o.status), (int)o.iterations,
        SolveStatusName(undisturbed->status), (int)undisturbed->iterations);
  MemoryWatchForget(&w);
}

/* The result without a watch; with one that never asks for anything, and one that saves now and then, it must be the same. */
static inline Watched Undisturbed(Network net, const char *regions, const OpfOptions *options)
{
  MemoryWatch   w;
  PetscMPIInt   size;
  Watched       o, idle;
  const Watched bare = SolveWatched(1, PETSC_FALSE, net, regions, options, NULL);

  MPI_Comm_size(world, &size);
  MemoryWatchInit(&w);
  idle = SolveWatched(size, PETSC_FALSE, net, regions, options, &w);
  assert_true(idle.hash == bare.hash);
  MemoryWatchAgain(&w, -1);
  w.save_every = 3;
  w.keep_final = PETSC_TRUE;
  o            = SolveWatched(size, PETSC_TRUE, net, regions, options, &w);
  assert_true(o.hash == bare.hash);
  MemoryWatchShare(&w);
  MemoryWatchAgain(&w, -1); /* everything is there: nothing is left to be asked */
  w.save_every = 0;
  o            = SolveWatched(1, PETSC_FALSE, net, regions, options, &w);
  assert_true(o.hash == bare.hash);
  assert_int_equal(o.asked, 0);
  MemoryWatchForget(&w);
  return idle;
}

/* Stops at every safe point (stride 1) or every so many, from and to changing numbers of ranks, with final states kept or not. */
static inline Watched StopEverywhere(Network net, const char *regions, const OpfOptions *options, PetscInt stride)
{
  const Watched undisturbed = Undisturbed(net, regions, options);
  PetscMPIInt   size, rank;
  int           turn = 0;

  MPI_Comm_size(world, &size);
  MPI_Comm_rank(world, &rank);
  for (PetscInt at = 0; at < undisturbed.asked; at += stride, turn++)
    StopAndGoOn(1 + turn % size, 1 + (turn + 1 + turn / size) % size, at, (PetscBool)(turn % 2 == 0), net, regions,
                options, &undisturbed);
  if (rank == 0)
    printf("%s by %s: %s after %d iterations, %d solves, stopped at %d of %d safe points\n", net->name, regions,
           SolveStatusName(undisturbed.status), (int)undisturbed.iterations, (int)undisturbed.solves, turn,
           (int)undisturbed.asked);
  return undisturbed;
}

#endif
