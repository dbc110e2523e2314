/* Blocks: contiguous runs of records that a window adds to the log, each made and hashed by one rank. A rank holds the
   bytes of its own blocks only; they pass through rank 0 in pieces. */
#ifndef ARCHIPELAGO_JOBS_LOG_BLOCK_H
#define ARCHIPELAGO_JOBS_LOG_BLOCK_H

#include <stdio.h>

#include "jobs/file.h"
#include "jobs/job.h"
#include "ledger/bytes.h"
#include "ledger/range.h"

typedef struct {
  int         owner;  /* rank, the same on all */
  PetscInt    region; /* whose settlement it is, the same on all; -1: rank 0's records around the regions' */
  uint64_t    start;  /* index in the log of the first record, once placed */
  uint64_t    n;      /* records; set by the owner, known to all once placed */
  uint64_t    filled; /* owner: records added so far */
  Text        bytes;  /* owner: for each record u32 big endian length and its bytes */
  LedgerRange range;  /* owner: [start, start + n), once hashed */
} LogBlock;

/* Collective. Tells all ranks every block's count and gives out the indices from `start` on; *end is the index behind the
   last one. */
PetscErrorCode LogBlocksPlace(Job job, PetscInt n, LogBlock *block, uint64_t start, uint64_t *end);

/* Owner: appends a record's bytes (the count `n` is not changed). */
void LogBlockAdd(LogBlock *block, const void *record, size_t size);
/* Owner: hashes the records of a placed block; their number must be the block's. */
PetscErrorCode LogBlockHash(LogBlock *block);

/* Collective. Merges the hashed blocks behind `before` ([0, start) of the log, rank 0's, borrowed) into *merged on rank 0;
   NULL elsewhere and on failure. */
PetscErrorCode LogBlocksMerge(Job job, PetscInt n, const LogBlock *block, LedgerRange before, LedgerRange *merged);

/* Collective. Writes all blocks' bytes in their order to rank 0's stream; false on rank 0 when writing failed. */
PetscErrorCode LogBlocksWrite(Job job, PetscInt n, const LogBlock *block, FILE *stream, PetscBool *written);

PetscErrorCode LogBlocksDestroy(PetscInt n, LogBlock **block);

#endif
