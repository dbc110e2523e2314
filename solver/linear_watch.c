/* What is common to watched solves of linear programs: the mark of a program, and a solution that is done. */
#include "solver/linear_watch.h"

#include <stdint.h>
#include <string.h>

/* --- The mark --- */

/* FNV-1a (Fowler, Noll, Vo) over 64-bit words. */
static uint64_t Hash(uint64_t hash, const void *bytes, size_t size)
{
  const unsigned char *at = bytes;
  uint64_t             word;

  for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
    memcpy(&word, at, sizeof word);
    hash = (hash ^ word) * 1099511628211ULL;
    hash ^= hash >> 29;
  }
  for (; size > 0; size--) hash = (hash ^ *at++) * 1099511628211ULL;
  return hash;
}

static uint64_t HashProgram(LinearProgram p)
{
  const size_t n = (size_t)p->n, m = (size_t)p->m, entries = (size_t)p->start[p->m];
  uint64_t     hash = Hash(14695981039346656037ULL, &p->constant, sizeof p->constant);

  hash = Hash(hash, p->cost, n * sizeof *p->cost);
  hash = Hash(hash, p->quadratic, n * sizeof *p->quadratic);
  hash = Hash(hash, p->lower, n * sizeof *p->lower);
  hash = Hash(hash, p->upper, n * sizeof *p->upper);
  hash = Hash(hash, p->variable, n * sizeof *p->variable);
  hash = Hash(hash, p->row_lower, m * sizeof *p->row_lower);
  hash = Hash(hash, p->row_upper, m * sizeof *p->row_upper);
  hash = Hash(hash, p->row, m * sizeof *p->row);
  hash = Hash(hash, p->start, (m + 1) * sizeof *p->start);
  hash = Hash(hash, p->column, entries * sizeof *p->column);
  return Hash(hash, p->value, entries * sizeof *p->value);
}

void LinearWatchMark(LinearProgram program, PetscInt count, const PetscReal *besides, PetscInt mark[LINEAR_MARK])
{
  const uint64_t hash  = HashProgram(program),
                 other = Hash(14695981039346656037ULL, besides, (size_t)count * sizeof *besides);

  mark[0] = 1; /* of this layout */
  mark[1] = program->n;
  mark[2] = program->m;
  mark[3] = program->start[program->m];
  for (int k = 0; k < 4; k++) {
    mark[4 + k] = (PetscInt)(hash >> (16 * k) & 0xffff);
    mark[8 + k] = (PetscInt)(other >> (16 * k) & 0xffff);
  }
}

PetscErrorCode LinearWatchSign(const LinearWatch *watch, Checkpoint checkpoint)
{
  PetscFunctionBeginUser;
  PetscCall(CheckpointPutIntegers(checkpoint, "program", CHECKPOINT_SHARED, LINEAR_MARK, watch->mark));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearWatchKnows(const LinearWatch *watch, Checkpoint state, PetscBool *known)
{
  PetscInt mark[LINEAR_MARK] = {0};

  PetscFunctionBeginUser;
  *known = PETSC_TRUE;
  PetscCall(CheckpointGetIntegers(state, "program", CHECKPOINT_SHARED, LINEAR_MARK, mark, known));
  if (*known) *known = (PetscBool)!memcmp(mark, watch->mark, sizeof mark);
  PetscFunctionReturn(0);
}

PetscErrorCode LinearWatchAll(MPI_Comm comm, PetscBool mine, PetscBool *all)
{
  int yes = mine ? 1 : 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &yes, 1, MPI_INT, MPI_MIN, comm));
  *all = yes ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearWatchBegin(MPI_Comm comm, LinearProgram program, const LinearOptions *options, const char *method,
                                LinearWatch *watch)
{
  const PetscReal besides[] = {options->tolerance, (PetscReal)options->max_iterations, (PetscReal)options->blocks,
                               options->presolve ? 1 : 0};
  PetscBool       known;

  PetscFunctionBeginUser;
  *watch = (LinearWatch){.watch = options->watch};
  if (!watch->watch) PetscFunctionReturn(0);
  LinearWatchMark(program, PETSC_STATIC_ARRAY_LENGTH(besides), besides, watch->mark);
  PetscCall(WatchBegin(watch->watch, method, &watch->state));
  PetscCall(LinearWatchAll(comm, watch->state ? PETSC_TRUE : PETSC_FALSE, &known));
  if (known) PetscCall(LinearWatchKnows(watch, watch->state, &known));
  PetscCall(LinearWatchAll(comm, known, &known));
  if (!known) watch->state = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearWatchAttempt(const LinearWatch *watch, PetscInt *attempt, PetscBool *found)
{
  PetscFunctionBeginUser;
  *found = watch->state ? PETSC_TRUE : PETSC_FALSE;
  if (*found) PetscCall(CheckpointGetIntegers(watch->state, "attempt", CHECKPOINT_SHARED, 1, attempt, found));
  PetscFunctionReturn(0);
}

/* --- A solution that is done --- */

enum { COUNTS = 9, NUMBERS = 5 };

PetscErrorCode LinearWatchEnd(MPI_Comm comm, LinearWatch *watch, LinearProgram program, const PetscReal *x,
                              const PetscReal *y, const PetscReal *z, const LinearResult *result, PetscInt n_else,
                              const PetscReal *other)
{
  const LinearResult *r           = result;
  const PetscInt  count[COUNTS]   = {(PetscInt)r->status, r->unbounded,   r->iterations,  r->factorizations, r->blocks,
                                     r->border,           r->presolved_n, r->presolved_m, r->n_history};
  const PetscReal number[NUMBERS] = {r->dual_residual, r->gap, r->objective, r->dual_objective, r->primal_residual};
  Checkpoint      checkpoint;
  PetscBool       keep;
  PetscMPIInt     rank;

  PetscFunctionBeginUser;
  PetscCall(WatchEnd(watch->watch, &keep));
  watch->state = NULL;
  if (!keep) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(CheckpointCreate(&checkpoint));
  if (rank == 0) {
    PetscCall(LinearWatchSign(watch, checkpoint));
    PetscCall(CheckpointPutIntegers(checkpoint, "done", CHECKPOINT_SHARED, COUNTS, count));
    PetscCall(CheckpointPutReals(checkpoint, "accuracy", CHECKPOINT_SHARED, NUMBERS, number));
    PetscCall(CheckpointPutReals(checkpoint, "history", CHECKPOINT_SHARED, 4 * r->n_history, r->history));
    PetscCall(CheckpointPutReals(checkpoint, "else", CHECKPOINT_SHARED, n_else, other));
    PetscCall(CheckpointPutReals(checkpoint, "x", CHECKPOINT_SHARED, program->n, x));
    if (y) PetscCall(CheckpointPutReals(checkpoint, "y", CHECKPOINT_SHARED, program->m, y));
    if (z) PetscCall(CheckpointPutReals(checkpoint, "z", CHECKPOINT_SHARED, program->n, z));
  }
  PetscCall(WatchKeep(watch->watch, checkpoint));
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearWatchDone(MPI_Comm comm, const LinearWatch *watch, LinearProgram program, PetscReal *x,
                               PetscReal *y, PetscReal *z, LinearResult *result, PetscInt n_else, PetscReal *other,
                               PetscBool *done)
{
  LinearResult r               = {0};
  PetscInt     count[COUNTS]   = {0};
  PetscReal    number[NUMBERS] = {0};

  PetscFunctionBeginUser;
  *done = PETSC_FALSE;
  if (!watch->state) PetscFunctionReturn(0);
  *done = PETSC_TRUE;
  PetscCall(CheckpointGetIntegers(watch->state, "done", CHECKPOINT_SHARED, COUNTS, count, done));
  if (*done) {
    PetscCall(PetscMalloc1(4 * count[8] + 1, &r.history));
    PetscCall(CheckpointGetReals(watch->state, "accuracy", CHECKPOINT_SHARED, NUMBERS, number, done));
    PetscCall(CheckpointGetReals(watch->state, "history", CHECKPOINT_SHARED, 4 * count[8], r.history, done));
    PetscCall(CheckpointGetReals(watch->state, "else", CHECKPOINT_SHARED, n_else, other, done));
    PetscCall(CheckpointGetReals(watch->state, "x", CHECKPOINT_SHARED, program->n, x, done));
    if (y) PetscCall(CheckpointGetReals(watch->state, "y", CHECKPOINT_SHARED, program->m, y, done));
    if (z) PetscCall(CheckpointGetReals(watch->state, "z", CHECKPOINT_SHARED, program->n, z, done));
  }
  PetscCall(LinearWatchAll(comm, *done, done));
  if (!*done) {
    PetscCall(PetscFree(r.history));
    PetscFunctionReturn(0);
  }
  r.status          = (SolveStatus)count[0];
  r.unbounded       = count[1] ? PETSC_TRUE : PETSC_FALSE;
  r.iterations      = count[2];
  r.factorizations  = count[3];
  r.blocks          = count[4];
  r.border          = count[5];
  r.presolved_n     = count[6];
  r.presolved_m     = count[7];
  r.n_history       = count[8];
  r.dual_residual   = number[0];
  r.gap             = number[1];
  r.objective       = number[2];
  r.dual_objective  = number[3];
  r.primal_residual = number[4];
  PetscCall(PetscFree(result->history));
  *result = r;
  PetscFunctionReturn(0);
}
