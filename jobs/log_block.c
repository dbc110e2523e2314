/* Blocks of the log: placed, hashed where they were made, merged, and passed on in pieces. */
#include "jobs/log_block.h"

#include <stdlib.h>

enum { PIECE_BYTES = 1 << 20, LENGTH_BYTES = 4 };

PetscErrorCode LogBlocksPlace(Job job, PetscInt n, LogBlock *block, uint64_t start, uint64_t *end)
{
  unsigned long long *count;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, &count));
  for (PetscInt k = 0; k < n; k++)
    if (block[k].owner == job->rank) count[k] = block[k].n;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, count, (int)n, MPI_UNSIGNED_LONG_LONG, MPI_SUM, job->comm));
  *end = start;
  for (PetscInt k = 0; k < n; k++) {
    block[k].start = *end;
    block[k].n     = count[k];
    *end += count[k];
  }
  PetscCall(PetscFree(count));
  PetscFunctionReturn(0);
}

void LogBlockAdd(LogBlock *block, const void *record, size_t size)
{
  uint8_t length[LENGTH_BYTES];

  LedgerPutU32(length, (uint32_t)size);
  TextAddBytes(&block->bytes, length, sizeof length);
  TextAddBytes(&block->bytes, record, size);
  block->filled++;
}

PetscErrorCode LogBlockHash(LogBlock *block)
{
  const uint8_t *at = (const uint8_t *)block->bytes.bytes, *end = at + block->bytes.size;
  uint64_t       n     = 0;
  LedgerError    error = {""};

  PetscFunctionBeginUser;
  PetscCheck(LedgerRangeCreate(block->start, &block->range, &error) == LEDGER_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s",
             error.text);
  for (; at < end; at += LENGTH_BYTES + LedgerGetU32(at), n++)
    PetscCheck(LedgerRangeAppendEntry(block->range, at + LENGTH_BYTES, LedgerGetU32(at), &error) == LEDGER_OK,
               PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  PetscCheck(n == block->n, PETSC_COMM_SELF, PETSC_ERR_PLIB, "a block has other records than were counted");
  PetscFunctionReturn(0);
}

/* Sends `size` bytes from `from` to rank 0, which passes them to `take` piece by piece. */
typedef void (*PieceTaker)(void *context, const char *piece, size_t size);

static PetscErrorCode Pass(Job job, int from, const char *bytes, size_t size, PieceTaker take, void *context)
{
  unsigned long long total = size;
  char              *piece;

  PetscFunctionBeginUser;
  if (from == 0) {
    if (job->rank == 0 && size) take(context, bytes, size);
    PetscFunctionReturn(0);
  }
  if (job->rank != 0 && job->rank != from) PetscFunctionReturn(0);
  if (job->rank == from) {
    PetscCallMPI(MPI_Send(&total, 1, MPI_UNSIGNED_LONG_LONG, 0, 0, job->comm));
    for (size_t at = 0; at < total; at += PIECE_BYTES)
      PetscCallMPI(MPI_Send(bytes + at, (int)PetscMin(PIECE_BYTES, total - at), MPI_BYTE, 0, 1, job->comm));
    PetscFunctionReturn(0);
  }
  PetscCallMPI(MPI_Recv(&total, 1, MPI_UNSIGNED_LONG_LONG, from, 0, job->comm, MPI_STATUS_IGNORE));
  PetscCall(PetscMalloc1(PIECE_BYTES, &piece));
  for (size_t at = 0; at < total; at += PIECE_BYTES) {
    int part = (int)PetscMin(PIECE_BYTES, total - at);
    PetscCallMPI(MPI_Recv(piece, part, MPI_BYTE, from, 1, job->comm, MPI_STATUS_IGNORE));
    take(context, piece, (size_t)part);
  }
  PetscCall(PetscFree(piece));
  PetscFunctionReturn(0);
}

static void TakeIntoText(void *context, const char *piece, size_t size)
{
  TextAddBytes(context, piece, size);
}

static LedgerStatus MergeWires(PetscInt n, const Text *wire, LedgerRange before, LedgerRange *merged,
                               LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerRange *range  = calloc((size_t)n + 1, sizeof *range);

  if (!range) return LedgerNoMemory(error);
  range[n] = before;
  for (PetscInt k = 0; k < n && status == LEDGER_OK; k++)
    status = LedgerRangeRead((const uint8_t *)wire[k].bytes, wire[k].size, &range[k], error);
  if (status == LEDGER_OK) {
    uint64_t end = LedgerRangeEnd(before);
    for (PetscInt k = 0; k < n; k++) end = PetscMax(end, LedgerRangeEnd(range[k]));
    status = LedgerRangesMerge(range, (size_t)n + 1, 0, end, merged, error);
  }
  for (PetscInt k = 0; k < n; k++) LedgerRangeDestroy(&range[k]);
  free(range);
  return status;
}

PetscErrorCode LogBlocksMerge(Job job, PetscInt n, const LogBlock *block, LedgerRange before, LedgerRange *merged)
{
  Text       *wire;
  LedgerError error = {""};

  PetscFunctionBeginUser;
  *merged = NULL;
  PetscCall(PetscCalloc1(n, &wire));
  for (PetscInt k = 0; k < n; k++) {
    uint8_t bytes[LEDGER_RANGE_MAX_BYTES];
    size_t  size = block[k].owner == job->rank ? LedgerRangeWrite(block[k].range, bytes) : 0;
    PetscCall(Pass(job, block[k].owner, (const char *)bytes, size, TakeIntoText, &wire[k]));
  }
  if (job->rank == 0 && MergeWires(n, wire, before, merged, &error) != LEDGER_OK)
    JobFail(job, JOB_INTERNAL, "%.1000s", error.text);
  for (PetscInt k = 0; k < n; k++) free(wire[k].bytes);
  PetscCall(PetscFree(wire));
  PetscFunctionReturn(0);
}

static void TakeIntoStream(void *context, const char *piece, size_t size)
{
  fwrite(piece, 1, size, context);
}

PetscErrorCode LogBlocksWrite(Job job, PetscInt n, const LogBlock *block, FILE *stream, PetscBool *written)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++)
    PetscCall(Pass(job, block[k].owner, block[k].bytes.bytes, block[k].bytes.size, TakeIntoStream, stream));
  *written = job->rank || (!fflush(stream) && !ferror(stream)) ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode LogBlocksDestroy(PetscInt n, LogBlock **block)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; *block && k < n; k++) {
    free((*block)[k].bytes.bytes);
    LedgerRangeDestroy(&(*block)[k].range);
  }
  PetscCall(PetscFree(*block));
  PetscFunctionReturn(0);
}
