/* Public check of committed records against their closing entries. */
#include "market/committed_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint32_t       interval;
  uint64_t       count;
  LedgerPointSum sum;
} IntervalSum;

struct CommittedCheck_s {
  LedgerPedersen pedersen;
  WindowRecord   window; /* its digest and counts; no texts */
  size_t         n, capacity;
  IntervalSum   *interval; /* [n] ascending; only those that have records */
  bool           started;
  uint32_t       region; /* of the last record */
  LedgerHash     leaf;
  uint32_t       closed; /* intervals closed so far */
};

MarketStatus CommittedCheckCreate(LedgerPedersen pedersen, const WindowRecord *window, CommittedCheck *check,
                                  MarketError *error)
{
  *check = calloc(1, sizeof **check);
  if (!*check) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a check");
  (*check)->pedersen = pedersen;
  (*check)->window   = *window;
  return MARKET_OK;
}

void CommittedCheckDestroy(CommittedCheck *check)
{
  if (!*check) return;
  for (size_t k = 0; k < (*check)->n; k++) LedgerPointSumDestroy(&(*check)->interval[k].sum);
  free((*check)->interval);
  free(*check);
  *check = NULL;
}

/* Position of the first interval not below the given one. */
static size_t Find(CommittedCheck check, uint32_t interval)
{
  size_t low = 0, high = check->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (check->interval[middle].interval < interval)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The sum of an interval, made when it is not there. */
static MarketStatus Touch(CommittedCheck check, uint32_t interval, IntervalSum **sum, MarketError *error)
{
  size_t         at    = Find(check, interval);
  LedgerPointSum fresh = NULL;
  LedgerError    ledger;

  if (at == check->n || check->interval[at].interval != interval) {
    if (check->n == check->capacity) {
      size_t       capacity = check->capacity ? 2 * check->capacity : 32;
      IntervalSum *larger   = realloc(check->interval, capacity * sizeof *larger);
      if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu intervals", capacity);
      check->interval = larger;
      check->capacity = capacity;
    }
    MARKET_TRY(
        MarketFromLedger(LedgerPointSumCreate(check->pedersen, &fresh, &ledger), MARKET_MALFORMED, &ledger, error));
    memmove(&check->interval[at + 1], &check->interval[at], (check->n - at) * sizeof *check->interval);
    check->interval[at] = (IntervalSum){interval, 0, fresh};
    check->n++;
  }
  *sum = &check->interval[at];
  return MARKET_OK;
}

static MarketStatus Refuse(MarketError *error, uint64_t index, const char *why)
{
  return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": %s", index, why);
}

/* Window, interval and times are those of the window's record. */
static bool InWindow(const CommittedCheck check, uint32_t window, int64_t start, uint32_t interval, uint32_t seconds)
{
  return window == check->window.window && start == check->window.window_start && interval < check->window.intervals &&
         seconds == check->window.interval_seconds;
}

static MarketStatus CheckPlace(CommittedCheck check, uint64_t index, CommittedBytes bytes,
                               const CommittedRecord *record, MarketError *error)
{
  LedgerHash leaf = LedgerHashLeaf(bytes.bytes, bytes.size);

  if (check->closed) return Refuse(error, index, "it follows a closing entry of its window");
  if (!InWindow(check, record->window, record->window_start, record->interval, record->interval_seconds))
    return Refuse(error, index, "window, start or interval are not those of the window's record");
  if (record->region >= check->window.regions)
    return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": region %" PRIu32 " of %" PRIu32, index,
                      record->region, check->window.regions);
  if (check->started && record->region < check->region)
    return Refuse(error, index, "its region stands before that of the entry before it");
  if (check->started && record->region == check->region && memcmp(check->leaf.byte, leaf.byte, sizeof leaf.byte) >= 0)
    return Refuse(error, index,
                  LedgerHashEqual(&check->leaf, &leaf)
                      ? "it repeats the entry before it"
                      : "it does not follow the entry before it in the order of leaf hashes");
  check->started = true;
  check->region  = record->region;
  check->leaf    = leaf;
  return MARKET_OK;
}

MarketStatus CommittedCheckRecord(CommittedCheck check, uint64_t index, CommittedBytes bytes, MarketError *error)
{
  CommittedRecord record;
  IntervalSum    *sum = NULL;
  MarketError     inner;
  LedgerError     ledger;
  LedgerStatus    status;

  if (CommittedRecordRead(bytes.bytes, bytes.size, &record, &inner) != MARKET_OK)
    return Refuse(error, index, inner.text);
  MARKET_TRY(CheckPlace(check, index, bytes, &record, error));
  MARKET_TRY(Touch(check, record.interval, &sum, error));
  sum->count++;
  if (record.form == COMMITTED_CLEAR) {
    LedgerPointSumAddValue(sum->sum, record.entry.amount);
    return MARKET_OK;
  }
  status = LedgerPointSumAdd(sum->sum, &record.amount, &ledger);
  if (status == LEDGER_OK) return MARKET_OK;
  return MarketFail(error, status == LEDGER_FALSE ? MARKET_MALFORMED : MARKET_NO_MEMORY,
                    "entry %" PRIu64 ": commitment to the amount: %s", index, ledger.text);
}

MarketStatus CommittedCheckClosing(CommittedCheck check, uint64_t index, CommittedBytes bytes, MarketError *error)
{
  Closing      closing;
  IntervalSum *sum = NULL;
  MarketError  inner;
  LedgerError  ledger;
  LedgerStatus status;

  if (ClosingRead(bytes.bytes, bytes.size, &closing, &inner) != MARKET_OK) return Refuse(error, index, inner.text);
  if (!InWindow(check, closing.window, closing.window_start, closing.interval, closing.interval_seconds))
    return Refuse(error, index, "window, start or interval are not those of the window's record");
  if (closing.interval != check->closed)
    return MarketFail(error, MARKET_MALFORMED, "entry %" PRIu64 ": it closes interval %" PRIu32 "; expected %" PRIu32,
                      index, closing.interval, check->closed);
  MARKET_TRY(Touch(check, closing.interval, &sum, error));
  if (closing.count != sum->count)
    return MarketFail(error, MARKET_MALFORMED,
                      "entry %" PRIu64 ": it closes %" PRIu64 " entries of interval %" PRIu32 "; the log has %" PRIu64,
                      index, closing.count, closing.interval, sum->count);
  status = LedgerPointSumCheck(sum->sum, &closing.blinding, &ledger);
  if (status != LEDGER_OK)
    return MarketFail(error, status == LEDGER_FALSE ? MARKET_UNBALANCED : MARKET_NO_MEMORY,
                      "entry %" PRIu64 ": interval %" PRIu32 " of window %" PRIu32 ": %s", index, closing.interval,
                      closing.window, ledger.text);
  check->closed++;
  return MARKET_OK;
}

MarketStatus CommittedCheckEnd(CommittedCheck check, MarketError *error)
{
  if (check->closed == check->window.intervals) return MARKET_OK;
  return MarketFail(error, MARKET_MALFORMED,
                    "window %" PRIu32 " has closing entries of %" PRIu32 " intervals; expected %" PRIu32,
                    check->window.window, check->closed, check->window.intervals);
}
