/* Bytes of committed entries, accounts and hidden records. */
#include "market/committed_record.h"

#include <inttypes.h>
#include <string.h>

bool CommittedNameIsOperator(EntryText name)
{
  return name.length > 0 && name.bytes[0] == '@';
}

MarketStatus MarketFromLedger(LedgerStatus status, MarketStatus refused, const LedgerError *ledger, MarketError *error)
{
  if (status == LEDGER_OK) return MARKET_OK;
  return MarketFail(error,
                    status == LEDGER_FALSE   ? refused
                    : status == LEDGER_INPUT ? MARKET_BAD_INPUT
                                             : MARKET_NO_MEMORY,
                    "%s", ledger->text);
}

static MarketStatus TakePoint(MarketReader *reader, const char *field, LedgerPoint *point)
{
  MARKET_TRY(MarketTakeCopy(reader, LEDGER_POINT_BYTES, field, point->byte));
  if (LedgerPointWellFormed(point) && !LedgerPointInfinite(point)) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED,
                    "%s: %s at byte %zu is no compressed point: 0x02 or 0x03 and x below the prime expected",
                    reader->what, field, reader->at - LEDGER_POINT_BYTES);
}

static MarketStatus TakeForm(MarketReader *reader, CommittedForm *form)
{
  uint64_t value = 0;

  MARKET_TRY(MarketTake(reader, 1, "form", &value));
  *form = (CommittedForm)value;
  if (value == COMMITTED_HIDDEN || value == COMMITTED_CLEAR) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: form at byte %zu is %" PRIu64 "; expected 1 or 2",
                    reader->what, reader->at - 1, value);
}

void CommittedRecordWrite(const CommittedRecord *record, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_COMMITTED);
  MarketPut(bytes, (uint64_t)record->form, 1);
  MarketPut(bytes, record->window, 4);
  MarketPut(bytes, record->region, 4);
  MarketPut(bytes, record->interval, 4);
  MarketPut(bytes, record->interval_seconds, 4);
  MarketPutSigned(bytes, record->window_start);
  if (record->form == COMMITTED_CLEAR) {
    MarketPutRaw(bytes, record->bytes, record->size);
    return;
  }
  MarketPutRaw(bytes, record->entry_hash.byte, LEDGER_HASH_BYTES);
  MarketPutRaw(bytes, record->name_hash.byte, LEDGER_HASH_BYTES);
  MarketPutRaw(bytes, record->quantity.byte, LEDGER_POINT_BYTES);
  MarketPutRaw(bytes, record->amount.byte, LEDGER_POINT_BYTES);
}

static MarketStatus TakeHead(MarketReader *reader, CommittedRecord *record)
{
  MARKET_TRY(MarketTakeHead(reader, RECORD_COMMITTED));
  MARKET_TRY(TakeForm(reader, &record->form));
  MARKET_TRY(MarketTake32(reader, "window", &record->window));
  MARKET_TRY(MarketTake32(reader, "region", &record->region));
  MARKET_TRY(MarketTake32(reader, "interval", &record->interval));
  MARKET_TRY(MarketTake32(reader, "interval length", &record->interval_seconds));
  MARKET_TRY(MarketTakeSigned(reader, "window start", &record->window_start));
  if (record->interval_seconds) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: the interval has no length", reader->what);
}

static MarketStatus TakeClear(MarketReader *reader, CommittedRecord *record)
{
  const SettlementEntry *entry = &record->entry;
  MarketError            inner;

  record->size = reader->size - reader->at;
  MARKET_TRY(MarketTakeRaw(reader, record->size, "settlement entry", &record->bytes));
  if (SettlementEntryDecode(record->bytes, record->size, &record->entry, &inner) != MARKET_OK)
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: the entry from byte %d on: %s", reader->what,
                      COMMITTED_HEAD_SIZE, inner.text);
  if (entry->window != record->window || entry->region != record->region || entry->interval != record->interval ||
      entry->interval_seconds != record->interval_seconds || entry->window_start != record->window_start)
    return MarketFail(reader->error, MARKET_MALFORMED,
                      "%s: window, region or interval of the entry in the clear are not those of the record",
                      reader->what);
  if (CommittedNameIsOperator(entry->participant_name)) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED,
                    "%s: the entry in the clear is of participant %.*s; only accounts that begin with @ are in the "
                    "clear",
                    reader->what, (int)entry->participant_name.length, entry->participant_name.bytes);
}

MarketStatus CommittedRecordRead(const uint8_t *bytes, size_t size, CommittedRecord *record, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "committed record", error};

  *record = (CommittedRecord){0};
  MARKET_TRY(TakeHead(&reader, record));
  if (record->form == COMMITTED_CLEAR) return TakeClear(&reader, record);
  MARKET_TRY(MarketTakeCopy(&reader, LEDGER_HASH_BYTES, "hash of the entry", record->entry_hash.byte));
  MARKET_TRY(MarketTakeCopy(&reader, LEDGER_HASH_BYTES, "hash of the name", record->name_hash.byte));
  MARKET_TRY(TakePoint(&reader, "commitment to the quantity", &record->quantity));
  MARKET_TRY(TakePoint(&reader, "commitment to the amount", &record->amount));
  return MarketTakeEnd(&reader);
}

void AccountRecordWrite(const AccountRecord *record, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_ACCOUNT);
  MarketPut(bytes, (uint64_t)record->form, 1);
  if (record->form == COMMITTED_CLEAR)
    MarketPutText(bytes, record->name);
  else
    MarketPutRaw(bytes, record->hash.byte, LEDGER_HASH_BYTES);
}

MarketStatus AccountRecordRead(const uint8_t *bytes, size_t size, AccountRecord *record, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "account record", error};

  *record = (AccountRecord){0};
  MARKET_TRY(MarketTakeHead(&reader, RECORD_ACCOUNT));
  MARKET_TRY(TakeForm(&reader, &record->form));
  if (record->form == COMMITTED_CLEAR) {
    MARKET_TRY(MarketTakeText(&reader, false, "name", &record->name));
  } else {
    MARKET_TRY(MarketTakeCopy(&reader, LEDGER_HASH_BYTES, "hash of the name", record->hash.byte));
  }
  return MarketTakeEnd(&reader);
}

void HiddenRecordWrite(const HiddenRecord *record, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_HIDDEN);
  MarketPutRaw(bytes, record->hash.byte, LEDGER_HASH_BYTES);
}

MarketStatus HiddenRecordRead(const uint8_t *bytes, size_t size, HiddenRecord *record, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "hidden record", error};

  MARKET_TRY(MarketTakeHead(&reader, RECORD_HIDDEN));
  MARKET_TRY(MarketTakeCopy(&reader, LEDGER_HASH_BYTES, "hash", record->hash.byte));
  return MarketTakeEnd(&reader);
}
