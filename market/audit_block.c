/* Blocks of settlement entries as a log is read: each interval of a region by itself, and what regions exchange. */
#include "market/audit_impl.h"
#include "market/settlement.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVALS_MOST = 1000000 }; /* a cap, so that a record cannot ask for memory without bound */

void BlockReadingFree(LogReading reading)
{
  free(reading->block.entry);
  MarketBytesFree(&reading->block.bytes);
  free(reading->exchange);
  reading->block    = (BlockReading){0};
  reading->exchange = NULL;
}

/* An entry belongs to the run and the window that it stands in. */
static MarketStatus CheckFrame(LogReading reading, const SettlementEntry *entry, MarketError *error)
{
  const WindowRecord *w = &reading->window;
  const RunRecord    *r = &reading->run;

  if (!EntryTextSame(entry->study, r->study) || !EntryTextSame(entry->policy, r->policy) ||
      !EntryTextSame(entry->currency, r->currency))
    return MarketFail(error, MARKET_BAD_INPUT,
                      "is of study %.*s, policy %.*s, in %.*s; expected %.*s, %.*s, %.*s as in the run record",
                      (int)entry->study.length, entry->study.bytes, (int)entry->policy.length, entry->policy.bytes,
                      (int)entry->currency.length, entry->currency.bytes, (int)r->study.length, r->study.bytes,
                      (int)r->policy.length, r->policy.bytes, (int)r->currency.length, r->currency.bytes);
  if (entry->window != w->window)
    return MarketFail(error, MARKET_BAD_INPUT, "is of window %" PRIu32 "; it stands in window %" PRIu32, entry->window,
                      w->window);
  if (entry->window_start != w->window_start || entry->interval_seconds != w->interval_seconds)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "start or length of its interval are not those of window %" PRIu32 "'s record", w->window);
  if (entry->interval >= w->intervals)
    return MarketFail(error, MARKET_BAD_INPUT, "is of interval %" PRIu32 "; window %" PRIu32 " has %" PRIu32,
                      entry->interval, w->window, w->intervals);
  if (entry->region >= w->regions)
    return MarketFail(error, MARKET_BAD_INPUT, "is of region %" PRIu32 "; window %" PRIu32 " has %" PRIu32,
                      entry->region, w->window, w->regions);
  return MARKET_OK;
}

/* The account's index and its name are those that the run has registered, where it has registered any. */
static MarketStatus CheckAccount(LogReading reading, const SettlementEntry *entry, MarketError *error)
{
  EntryText name = entry->participant_name;

  if (!reading->n_accounts) return MARKET_OK;
  if (entry->participant >= reading->n_accounts)
    return MarketFail(error, MARKET_BAD_INPUT, "is of account %" PRIu32 "; the run has registered %zu",
                      entry->participant, reading->n_accounts);
  if (EntryTextSame(EntryTextOf(reading->account[entry->participant]), name)) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "names account %" PRIu32 " %.*s; the run has registered it as %.100s",
                    entry->participant, (int)(name.length < 100 ? name.length : 100), name.bytes,
                    reading->account[entry->participant]);
}

/* What carries out a contract names one that the run deployed. */
static MarketStatus CheckReference(LogReading reading, const SettlementEntry *entry, MarketError *error)
{
  char hex[65];

  if (((unsigned)entry->kind & 0xFF00u) != 0x0400) return MARKET_OK;
  if (!entry->has_reference)
    return MarketFail(error, MARKET_BAD_INPUT, "is of kind %s and names no contract", SettlementKindName(entry->kind));
  if (LogReadingContract(reading, entry->reference)) return MARKET_OK;
  LedgerHashHex((const LedgerHash *)entry->reference, hex);
  return MarketFail(error, MARKET_BAD_INPUT, "carries out the contract %s, which the run has not deployed", hex);
}

static bool Grow(BlockReading *block)
{
  size_t           capacity = block->capacity ? 2 * block->capacity : 256;
  SettlementEntry *entry;

  if (block->n < block->capacity) return true;
  entry = realloc(block->entry, capacity * sizeof *entry);
  if (!entry) return false;
  block->entry    = entry;
  block->capacity = capacity;
  return true;
}

/* Of texts that point into `from`, the same in `to`. */
static void MoveTexts(SettlementEntry *entry, uintptr_t from, const uint8_t *to)
{
  EntryText *text[] = {&entry->study,       &entry->policy,           &entry->currency,
                       &entry->region_name, &entry->participant_name, &entry->asset};

  for (size_t k = 0; k < sizeof text / sizeof *text; k++)
    text[k]->bytes = (const char *)to + ((uintptr_t)text[k]->bytes - from);
}

/* Keeps the entry with its bytes. */
static MarketStatus Keep(LogReading reading, const SettlementEntry *entry, const uint8_t *bytes, size_t size,
                         MarketError *error)
{
  BlockReading *block = &reading->block;
  size_t        start = block->bytes.size;
  uintptr_t     old   = (uintptr_t)block->bytes.data;

  if (!Grow(block)) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a block of entries");
  MarketPutRaw(&block->bytes, bytes, size);
  MARKET_TRY(MarketBytesCheck(&block->bytes, error));
  if (block->n == 0) block->first = reading->index;
  if ((uintptr_t)block->bytes.data != old)
    for (size_t i = 0; i < block->n; i++) MoveTexts(&block->entry[i], old, block->bytes.data);
  block->entry[block->n] = *entry;
  MoveTexts(&block->entry[block->n++], (uintptr_t)bytes, block->bytes.data + start);
  return MARKET_OK;
}

static MarketStatus AddExchange(LogReading reading, const SettlementEntry *entry)
{
  ExchangeSum *sum = &reading->exchange[entry->interval];

  if (entry->kind != SETTLEMENT_EXCHANGE) return MARKET_OK;
  MARKET_TRY(MoneyAddWide(&sum->quantity, entry->quantity_wh));
  return MoneyAddWide(&sum->amount, entry->amount);
}

MarketStatus BlockReadingClose(LogReading reading, MarketError *error)
{
  BlockReading *block = &reading->block;
  MarketError   inner = {0};
  MarketStatus  status;

  if (block->n == 0) return MARKET_OK;
  status = SettlementCheck(block->entry, block->n, &inner);
  if (status == MARKET_NO_MEMORY) return MarketFail(error, status, "%s", inner.text);
  if (status)
    return MarketFail(error, status, "entries %" PRIu64 " to %" PRIu64 ": %.400s", block->first,
                      block->first + block->n - 1, inner.text);
  reading->counts.blocks++;
  block->n          = 0;
  block->bytes.size = 0;
  return MARKET_OK;
}

/* The entry comes behind the one before it, and ends that one's block when it is of another. */
static MarketStatus Follow(LogReading reading, const SettlementEntry *entry, MarketError *error)
{
  BlockReading          *block = &reading->block;
  const SettlementEntry *last  = &block->last;

  if (block->any && SettlementEntryCompare(last, entry) >= 0)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "entry %" PRIu64 ": does not come behind the one before it (by region, interval, kind, "
                      "participant and sequence)",
                      reading->index);
  if (block->any && (last->region != entry->region || last->interval != entry->interval))
    MARKET_TRY(BlockReadingClose(reading, error));
  block->any  = true;
  block->last = *entry;
  return MARKET_OK;
}

MarketStatus BlockReadingTake(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  SettlementEntry entry;
  MarketError     inner  = {0};
  MarketStatus    status = SettlementEntryDecode(bytes, size, &entry, &inner);

  if (!status) status = CheckFrame(reading, &entry, &inner);
  if (!status) status = CheckAccount(reading, &entry, &inner);
  if (!status) status = CheckReference(reading, &entry, &inner);
  if (!status && AddExchange(reading, &entry))
    status = MarketFail(&inner, MARKET_OVERFLOW, "what regions exchange does not fit 128 bits");
  if (status) return LogFault(error, reading->index, &inner);
  MARKET_TRY(Follow(reading, &entry, error));
  reading->counts.entries++;
  return Keep(reading, &entry, bytes, size, error);
}

MarketStatus BlockReadingOpenWindow(LogReading reading, MarketError *error)
{
  uint32_t n = reading->window.intervals;

  free(reading->exchange);
  reading->exchange  = NULL;
  reading->block.any = false;
  if (n > INTERVALS_MOST)
    return MarketFail(error, MARKET_BAD_INPUT, "the window has %" PRIu32 " intervals; expected at most %d", n,
                      INTERVALS_MOST);
  reading->exchange = calloc(n, sizeof *reading->exchange);
  return reading->exchange ? MARKET_OK : MarketFail(error, MARKET_NO_MEMORY, "no memory for %" PRIu32 " intervals", n);
}

MarketStatus BlockReadingCloseWindow(LogReading reading, MarketError *error)
{
  if (!reading->exchange) return MARKET_OK;
  MARKET_TRY(BlockReadingClose(reading, error));
  for (uint32_t t = 0; t < reading->window.intervals; t++)
    if (reading->exchange[t].quantity || reading->exchange[t].amount)
      return MarketFail(error, MARKET_UNBALANCED,
                        "entry %" PRIu64 ": window %" PRIu32 " ends before it, and in interval %" PRIu32
                        " the exchange between its regions does not sum to zero",
                        reading->index, reading->window.window, t);
  free(reading->exchange);
  reading->exchange = NULL;
  return MARKET_OK;
}
