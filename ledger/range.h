/* A compact range: a contiguous block of leaves [start, end), reduced to the roots of its maximal perfect subtrees that
   are aligned in the whole log, left to right. Adjacent ranges merge associatively, so blocks of any size, hashed by
   anybody in any order, give the same root. */
#ifndef ARCHIPELAGO_LEDGER_RANGE_H
#define ARCHIPELAGO_LEDGER_RANGE_H

#include "ledger/hash.h"
#include "ledger/status.h"

typedef struct LedgerRange_s *LedgerRange;

enum {
  LEDGER_RANGE_NODES     = 126,                                        /* most subtrees of any range below 2^63 */
  LEDGER_RANGE_MAX_BYTES = 16 + LEDGER_RANGE_NODES * LEDGER_HASH_BYTES /* longest form of LedgerRangeWrite */
};

/* An empty range at a start index below 2^63. */
LedgerStatus LedgerRangeCreate(uint64_t start, LedgerRange *range, LedgerError *error);

/* Takes NULL; sets the handle to NULL. */
void LedgerRangeDestroy(LedgerRange *range);

uint64_t LedgerRangeStart(LedgerRange range);
uint64_t LedgerRangeEnd(LedgerRange range);

/* Appends the entry, the leaf hash, or the root of a perfect subtree of 2^height leaves (whose start must be divisible
   by its size) at the range's end. */
LedgerStatus LedgerRangeAppendEntry(LedgerRange range, const void *entry, size_t size, LedgerError *error);
LedgerStatus LedgerRangeAppendLeaf(LedgerRange range, const LedgerHash *leaf, LedgerError *error);
LedgerStatus LedgerRangeAppendSubtree(LedgerRange range, unsigned height, const LedgerHash *root, LedgerError *error);

/* Extends `left` by `right`, which must start where `left` ends and is left unchanged. */
LedgerStatus LedgerRangeMerge(LedgerRange left, LedgerRange right, LedgerError *error);

/* The Merkle tree hash of the leaves [0, end); the range must start at 0. */
LedgerStatus LedgerRangeRoot(LedgerRange range, LedgerHash *root, LedgerError *error);

/* Height of the largest aligned subtree that starts at leaf `start` and does not pass `end` > `start`: how a block of
   leaves is taken apart, from left to right. */
unsigned LedgerRangeHeight(uint64_t start, uint64_t end);

/* Bytes for sending: start (u64 big endian) || end (u64 big endian) || hashes. Writes at most LEDGER_RANGE_MAX_BYTES and
   returns the count. */
size_t LedgerRangeWrite(LedgerRange range, uint8_t out[LEDGER_RANGE_MAX_BYTES]);

/* Makes a range from exactly the bytes that LedgerRangeWrite gave; LEDGER_FALSE for any other bytes. */
LedgerStatus LedgerRangeRead(const uint8_t *bytes, size_t size, LedgerRange *range, LedgerError *error);

/* Merges `n` ranges, given in any order (empty ones are skipped), into one that covers [start, end). LEDGER_FALSE,
   naming the indices, when leaves are missing or covered twice. The array is left unchanged. */
LedgerStatus LedgerRangesMerge(const LedgerRange *ranges, size_t n, uint64_t start, uint64_t end, LedgerRange *merged,
                               LedgerError *error);

#endif
