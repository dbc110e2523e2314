/* Certificate events, and the hidden records of a window, as a log is read. */
#include "market/audit_impl.h"

#include <inttypes.h>
#include <string.h>

/* An event belongs to the run and the window that it stands in. */
MarketStatus LogReadingTakeEvent(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error)
{
  GranularEvent event;
  MoneyWide     from = reading->window.window_start;
  MoneyWide     to   = from + (MoneyWide)reading->window.intervals * reading->window.interval_seconds;

  MARKET_TRY(GranularEventRead(bytes, size, &event, error));
  if (event.window != reading->window.window || memcmp(event.run_id, reading->run.run_id, sizeof event.run_id) != 0)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "certificate event is of another run or of window %" PRIu32 "; it stands in window %" PRIu32,
                      event.window, reading->window.window);
  if (event.start < from || event.start >= to)
    return MarketFail(error, MARKET_BAD_INPUT, "certificate event happens outside of window %" PRIu32,
                      reading->window.window);
  MARKET_TRY(GranularAuditTake(reading->certificates, bytes, size, error));
  reading->counts.events++;
  return MARKET_OK;
}

MarketStatus LogReadingOpenHidden(LogReading reading, MarketError *error)
{
  LedgerError ledger = {""};

  CommittedCheckDestroy(&reading->hidden);
  if (!reading->pedersen)
    MARKET_TRY(MarketFromLedger(LedgerPedersenCreate(&reading->pedersen, &ledger), MARKET_NO_MEMORY, &ledger, error));
  return CommittedCheckCreate(reading->pedersen, &reading->window, &reading->hidden, error);
}

MarketStatus LogReadingTakeHidden(LogReading reading, int type, const uint8_t *bytes, size_t size, MarketError *error)
{
  CommittedBytes record = {bytes, size};
  HiddenRecord   hidden;

  switch (type) {
  case RECORD_COMMITTED:
    reading->counts.committed++;
    return CommittedCheckRecord(reading->hidden, reading->index, record, error);
  case RECORD_CLOSING:
    reading->counts.closings++;
    return CommittedCheckClosing(reading->hidden, reading->index, record, error);
  default:
    reading->counts.hidden++;
    return HiddenRecordRead(bytes, size, &hidden, error);
  }
}

MarketStatus LogReadingCloseHidden(LogReading reading, MarketError *error)
{
  MarketError inner = {0};

  if (!reading->hidden) return MARKET_OK;
  if (CommittedCheckEnd(reading->hidden, &inner)) return LogFault(error, reading->index, &inner);
  CommittedCheckDestroy(&reading->hidden);
  return MARKET_OK;
}
