/* Reading a market's log: the order of its records, runs and windows. */
#include "market/audit.h"

#include "market/audit_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

MarketStatus LogFault(MarketError *error, uint64_t index, const MarketError *inner)
{
  if (inner->status == MARKET_NO_MEMORY) return MarketFail(error, MARKET_NO_MEMORY, "%s", inner->text);
  if (!strncmp(inner->text, "entry ", 6)) return MarketFail(error, inner->status, "%s", inner->text); /* names it */
  return MarketFail(error, inner->status, "entry %" PRIu64 ": %.480s", index, inner->text);
}

MarketStatus LogReadingCreate(const LedgerVerifier *keys, size_t n_keys, LogReading *reading, MarketError *error)
{
  *reading = calloc(1, sizeof **reading);
  if (!*reading) return MarketFail(error, MARKET_NO_MEMORY, "no memory to read a log");
  (*reading)->keys   = keys;
  (*reading)->n_keys = n_keys;
  return GranularAuditCreate(&(*reading)->certificates, error);
}

void LogReadingDestroy(LogReading *reading)
{
  LogReading r = *reading;

  if (!r) return;
  LogReadingForgetHead(r);
  free(r->contract);
  free(r->account);
  free(r->slot);
  BlockReadingFree(r);
  GranularAuditDestroy(&r->certificates);
  CommittedCheckDestroy(&r->hidden);
  LedgerPedersenDestroy(&r->pedersen);
  MarketBytesFree(&r->run_bytes);
  free(r);
  *reading = NULL;
}

/* ---- Order of the records ----------------------------------------------------------------------------------------- */

static const char *const place_name[] = {"the log's begin",    "a run record",        "an account",
                                         "a contract",         "an anchor",           "a window record",
                                         "a settlement entry", "a certificate event", "a closing entry"};

/* Where a record of this type belongs; PLACE_START for none. Hidden records stand for contracts in a run's head, for
   certificate events in a window. */
static Place PlaceOf(LogReading reading, int type)
{
  bool committed = reading->run.privacy == PRIVACY_COMMITTED, head = reading->place < PLACE_WINDOW;

  switch (type) {
  case RECORD_RUN:
    return PLACE_RUN;
  case RECORD_ACCOUNT:
    return PLACE_ACCOUNTS;
  case RECORD_CONTRACT:
    return PLACE_CONTRACTS;
  case RECORD_ANCHOR:
    return PLACE_ANCHORS;
  case RECORD_WINDOW:
    return PLACE_WINDOW;
  case RECORD_SETTLEMENT:
    return committed ? PLACE_START : PLACE_BLOCKS;
  case RECORD_CERTIFICATE:
    return committed ? PLACE_START : PLACE_EVENTS;
  case RECORD_COMMITTED:
    return committed ? PLACE_BLOCKS : PLACE_START;
  case RECORD_CLOSING:
    return committed ? PLACE_CLOSINGS : PLACE_START;
  case RECORD_HIDDEN:
    return !committed ? PLACE_START : head ? PLACE_CONTRACTS : PLACE_EVENTS;
  default:
    return PLACE_START;
  }
}

MarketStatus LogReadingPlace(LogReading reading, int type, MarketError *error)
{
  Place before = reading->place, place;
  bool  follows;

  if (before == PLACE_START && type != RECORD_RUN)
    return MarketFail(error, MARKET_BAD_INPUT, "a record of type %d begins the log; expected a run record (%d)", type,
                      RECORD_RUN);
  place = PlaceOf(reading, type);
  if (place == PLACE_START)
    return MarketFail(error, MARKET_BAD_INPUT, "record type %d has no place in a run in %s privacy", type,
                      reading->run.privacy == PRIVACY_COMMITTED ? "committed" : "public");
  /* Runs and windows begin anywhere behind a run record; a head comes before windows, a window's parts in their order. */
  if (place == PLACE_RUN || place == PLACE_WINDOW)
    follows = true;
  else if (place < PLACE_WINDOW)
    follows = before <= place;
  else
    follows = before >= PLACE_WINDOW && before <= place;
  if (!follows)
    return MarketFail(error, MARKET_BAD_INPUT, "%s does not belong behind %s", place_name[place], place_name[before]);
  reading->place = place;
  return MARKET_OK;
}

/* ---- Records ------------------------------------------------------------------------------------------------------ */

static MarketStatus TakeRun(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  RunRecord checked;

  MARKET_TRY(RunRecordRead(bytes, size, &checked, error));
  LogReadingForgetHead(reading);
  reading->run_bytes.size = 0;
  MarketPutRaw(&reading->run_bytes, bytes, size);
  MARKET_TRY(MarketBytesCheck(&reading->run_bytes, error));
  reading->windows = 0;
  reading->counts.runs++;
  return RunRecordRead(reading->run_bytes.data, size, &reading->run, error);
}

/* Windows of a run follow one another by number, and do not overlap in time. */
static MarketStatus TakeWindow(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  WindowRecord w;
  MoneyWide    end =
      reading->window.window_start + (MoneyWide)reading->window.intervals * reading->window.interval_seconds;

  MARKET_TRY(WindowRecordRead(bytes, size, &w, error));
  if (w.window != reading->windows)
    return MarketFail(error, MARKET_BAD_INPUT, "window %" PRIu32 " begins; expected window %" PRIu64, w.window,
                      reading->windows);
  if (w.window >= reading->run.windows)
    return MarketFail(error, MARKET_BAD_INPUT, "window %" PRIu32 " begins; the run has %" PRIu32, w.window,
                      reading->run.windows);
  if (reading->windows && w.window_start < end)
    return MarketFail(error, MARKET_BAD_INPUT, "window %" PRIu32 " begins before the end of the one before it",
                      w.window);
  reading->window = w;
  reading->windows++;
  reading->counts.windows++;
  MARKET_TRY(BlockReadingOpenWindow(reading, error));
  return reading->run.privacy == PRIVACY_COMMITTED ? LogReadingOpenHidden(reading, error) : MARKET_OK;
}

static MarketStatus CloseWindow(LogReading reading, MarketError *error)
{
  MARKET_TRY(BlockReadingCloseWindow(reading, error));
  return LogReadingCloseHidden(reading, error);
}

/* What ends with the record that comes: a window, when another or a run begins; the last block of entries, when something
   else follows it. */
static MarketStatus CloseBefore(LogReading reading, int type, MarketError *error)
{
  if (type == RECORD_RUN || type == RECORD_WINDOW) return CloseWindow(reading, error);
  return type == RECORD_SETTLEMENT ? MARKET_OK : BlockReadingClose(reading, error);
}

static MarketStatus TakeOther(LogReading reading, int type, const uint8_t *bytes, size_t size, MarketError *error)
{
  switch (type) {
  case RECORD_RUN:
    return TakeRun(reading, bytes, size, error);
  case RECORD_WINDOW:
    return TakeWindow(reading, bytes, size, error);
  case RECORD_ACCOUNT:
    return LogReadingTakeAccount(reading, bytes, size, error);
  case RECORD_CONTRACT:
    return LogReadingTakeContract(reading, bytes, size, error);
  case RECORD_ANCHOR:
    return LogReadingTakeAnchor(reading, bytes, size, error);
  case RECORD_CERTIFICATE:
    return LogReadingTakeEvent(reading, bytes, size, error);
  default:
    return LogReadingTakeHidden(reading, type, bytes, size, error);
  }
}

MarketStatus LogReadingTake(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  MarketError inner = {0};
  int         type  = RecordTypeOf(bytes, size);

  if (LogReadingPlace(reading, type, &inner)) return LogFault(error, reading->index, &inner);
  MARKET_TRY(CloseBefore(reading, type, error));
  if (type == RECORD_SETTLEMENT)
    MARKET_TRY(BlockReadingTake(reading, bytes, size, error));
  else if (TakeOther(reading, type, bytes, size, &inner))
    return LogFault(error, reading->index, &inner);
  reading->counts.records++;
  reading->index++;
  return MARKET_OK;
}

MarketStatus LogReadingEnd(LogReading reading, MarketError *error)
{
  return CloseWindow(reading, error);
}

/* ---- What was read ------------------------------------------------------------------------------------------------ */

const LogCounts *LogReadingCounts(LogReading reading)
{
  return &reading->counts;
}

uint64_t LogReadingNext(LogReading reading)
{
  return reading->index;
}

const RunRecord *LogReadingRun(LogReading reading, uint64_t *number)
{
  if (number) *number = reading->counts.runs ? reading->counts.runs - 1 : 0;
  return reading->counts.runs ? &reading->run : NULL;
}

const WindowRecord *LogReadingWindow(LogReading reading)
{
  return reading->windows ? &reading->window : NULL;
}
