/* Compact ranges of leaves. */
#include "ledger/range.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/bytes.h"

enum { BATCH_HEIGHT = 5, BATCH = 1 << BATCH_HEIGHT };

/* Leaves [start, settled) are in `hash` as subtrees; those behind, an unfinished aligned subtree, wait in `leaf` until it is
   whole, because nodes that are hashed level by level cost less than one by one. */
struct LedgerRange_s {
  uint64_t   start, settled;
  size_t     n, waiting;
  LedgerHash hash[LEDGER_RANGE_NODES];
  LedgerHash leaf[BATCH];
};

LedgerStatus LedgerRangeCreate(uint64_t start, LedgerRange *range, LedgerError *error)
{
  *range = NULL;
  if (start > INT64_MAX) return LedgerFail(error, LEDGER_INTERNAL, NULL, "start index %" PRIu64 " is too large", start);
  *range = calloc(1, sizeof **range);
  if (!*range) return LedgerNoMemory(error);
  (*range)->start = (*range)->settled = start;
  return LEDGER_OK;
}

void LedgerRangeDestroy(LedgerRange *range)
{
  free(*range);
  *range = NULL;
}

uint64_t LedgerRangeStart(LedgerRange range)
{
  return range->start;
}

uint64_t LedgerRangeEnd(LedgerRange range)
{
  return range->settled + range->waiting;
}

unsigned LedgerRangeHeight(uint64_t start, uint64_t end)
{
  unsigned height = 63 - (unsigned)__builtin_clzll(end - start);
  if (start) {
    unsigned alignment = (unsigned)__builtin_ctzll(start);
    if (alignment < height) height = alignment;
  }
  return height;
}

static size_t SubtreeCount(uint64_t start, uint64_t end)
{
  size_t n = 0;
  for (; start < end; n++) start += (uint64_t)1 << LedgerRangeHeight(start, end);
  return n;
}

/* Appends a subtree, whose place is known to be right, behind the settled leaves. */
static void Settle(LedgerRange range, unsigned height, const LedgerHash *root)
{
  uint64_t   at = range->settled, size = (uint64_t)1 << height;
  LedgerHash hash = *root;
  range->settled  = at + size;
  /* While this subtree is a right child whose sibling lies in the range, the sibling is the last node. */
  while (at & size && at - size >= range->start) {
    hash = LedgerHashNode(&range->hash[--range->n], &hash);
    at -= size;
    size *= 2;
  }
  range->hash[range->n++] = hash;
}

/* Settles the leaves that wait, so that `hash` holds all. */
static void SettleAll(LedgerRange range)
{
  for (size_t k = 0; k < range->waiting; k++) Settle(range, 0, &range->leaf[k]);
  range->waiting = 0;
}

LedgerStatus LedgerRangeAppendSubtree(LedgerRange range, unsigned height, const LedgerHash *root, LedgerError *error)
{
  uint64_t at   = LedgerRangeEnd(range);
  uint64_t size = height < 63 ? (uint64_t)1 << height : 0;
  if (!size || at > INT64_MAX - size || at % size) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "a subtree of height %u cannot start at leaf %" PRIu64, height, at);
  }
  SettleAll(range);
  Settle(range, height, root);
  return LEDGER_OK;
}

LedgerStatus LedgerRangeAppendLeaf(LedgerRange range, const LedgerHash *leaf, LedgerError *error)
{
  if (!range->waiting && range->settled % BATCH) return LedgerRangeAppendSubtree(range, 0, leaf, error);
  if (LedgerRangeEnd(range) == INT64_MAX) return LedgerFail(error, LEDGER_INTERNAL, NULL, "log is full");
  range->leaf[range->waiting++] = *leaf;
  if (range->waiting < BATCH) return LEDGER_OK;
  for (size_t n = BATCH / 2; n; n /= 2) LedgerHashNodes(range->leaf, n, range->leaf);
  range->waiting = 0;
  Settle(range, BATCH_HEIGHT, &range->leaf[0]);
  return LEDGER_OK;
}

LedgerStatus LedgerRangeAppendEntry(LedgerRange range, const void *entry, size_t size, LedgerError *error)
{
  LedgerHash leaf = LedgerHashLeaf(entry, size);
  return LedgerRangeAppendLeaf(range, &leaf, error);
}

LedgerStatus LedgerRangeMerge(LedgerRange left, LedgerRange right, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  uint64_t     at     = right->start;
  if (LedgerRangeEnd(left) != right->start) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL,
                      "the leaves [%" PRIu64 ", %" PRIu64 ") are not followed by [%" PRIu64 ", %" PRIu64 ")",
                      left->start, LedgerRangeEnd(left), right->start, LedgerRangeEnd(right));
  }
  SettleAll(right);
  for (size_t k = 0; k < right->n; k++) {
    unsigned height = LedgerRangeHeight(at, right->settled);
    LEDGER_TRY(LedgerRangeAppendSubtree(left, height, &right->hash[k], error));
    at += (uint64_t)1 << height;
  }
out:
  return status;
}

LedgerStatus LedgerRangeRoot(LedgerRange range, LedgerHash *root, LedgerError *error)
{
  if (range->start) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "leaves from %" PRIu64 " on have no root of their own",
                      range->start);
  }
  SettleAll(range);
  *root = range->n ? range->hash[range->n - 1] : LedgerHashEmpty();
  for (size_t k = range->n; k > 1; k--) *root = LedgerHashNode(&range->hash[k - 2], root);
  return LEDGER_OK;
}

size_t LedgerRangeWrite(LedgerRange range, uint8_t out[LEDGER_RANGE_MAX_BYTES])
{
  SettleAll(range);
  LedgerPutU64(out, range->start);
  LedgerPutU64(out + 8, range->settled);
  memcpy(out + 16, range->hash, range->n * LEDGER_HASH_BYTES);
  return 16 + range->n * LEDGER_HASH_BYTES;
}

LedgerStatus LedgerRangeRead(const uint8_t *bytes, size_t size, LedgerRange *range, LedgerError *error)
{
  LedgerStatus status;
  uint64_t     start, end;
  *range = NULL;
  if (size < 16) return LedgerFail(error, LEDGER_FALSE, NULL, "a range of %zu bytes; at least 16 expected", size);
  start = LedgerGetU64(bytes);
  end   = LedgerGetU64(bytes + 8);
  if (start > end || end > INT64_MAX || size != 16 + SubtreeCount(start, end) * LEDGER_HASH_BYTES) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "%zu bytes are no range of the leaves [%" PRIu64 ", %" PRIu64 ")",
                      size, start, end);
  }
  status = LedgerRangeCreate(start, range, error);
  if (status != LEDGER_OK) return status;
  (*range)->settled = end;
  (*range)->n       = (size - 16) / LEDGER_HASH_BYTES;
  memcpy((*range)->hash, bytes + 16, size - 16);
  return LEDGER_OK;
}

static int CompareStarts(const void *a, const void *b)
{
  LedgerRange p = *(const LedgerRange *)a, q = *(const LedgerRange *)b;
  return (p->start > q->start) - (p->start < q->start);
}

static LedgerStatus CheckNext(uint64_t at, uint64_t next, LedgerError *error)
{
  if (next > at) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "the leaves [%" PRIu64 ", %" PRIu64 ") are in no block", at, next);
  }
  if (next < at) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "the leaves [%" PRIu64 ", %" PRIu64 ") are in more than one block",
                      next, at);
  }
  return LEDGER_OK;
}

LedgerStatus LedgerRangesMerge(const LedgerRange *ranges, size_t n, uint64_t start, uint64_t end, LedgerRange *merged,
                               LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  size_t       used   = 0;
  LedgerRange *sorted = calloc(n ? n : 1, sizeof(LedgerRange));
  *merged             = NULL;
  if (!sorted) return LedgerNoMemory(error);
  for (size_t k = 0; k < n; k++) {
    if (LedgerRangeEnd(ranges[k]) > ranges[k]->start) sorted[used++] = ranges[k];
  }
  qsort(sorted, used, sizeof(LedgerRange), CompareStarts);
  LEDGER_TRY(LedgerRangeCreate(start, merged, error));
  for (size_t k = 0; k < used; k++) {
    LEDGER_TRY(CheckNext(LedgerRangeEnd(*merged), sorted[k]->start, error));
    LEDGER_TRY(LedgerRangeMerge(*merged, sorted[k], error));
  }
  if (LedgerRangeEnd(*merged) > end) {
    status = LedgerFail(error, LEDGER_FALSE, NULL, "the blocks end at leaf %" PRIu64 "; %" PRIu64 " expected",
                        LedgerRangeEnd(*merged), end);
    goto out;
  }
  LEDGER_TRY(CheckNext(LedgerRangeEnd(*merged), end, error));
out:
  free(sorted);
  if (status != LEDGER_OK) LedgerRangeDestroy(merged);
  return status;
}
