/* Records that frame a settlement. */
#include "market/record.h"

#include <openssl/sha.h>
#include <string.h>

void RecordDigest(const void *bytes, size_t size, uint8_t digest[RECORD_DIGEST_BYTES])
{
  SHA256(bytes, size, digest);
}

int RecordTypeOf(const uint8_t *bytes, size_t size)
{
  return size >= 2 && bytes[0] == RECORD_VERSION ? bytes[1] : 0;
}

static MarketStatus TakeSome(MarketReader *reader, const char *field, uint32_t *value)
{
  MARKET_TRY(MarketTake32(reader, field, value));
  if (*value > 0) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: %s is 0; expected at least 1", reader->what, field);
}

void RunRecordWrite(const RunRecord *record, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_RUN);
  MarketPut(bytes, (uint64_t)record->privacy, 1);
  MarketPut(bytes, record->windows, 4);
  MarketPutRaw(bytes, record->run_id, sizeof record->run_id);
  MarketPutText(bytes, record->study);
  MarketPutText(bytes, record->policy);
  MarketPutText(bytes, record->currency);
}

MarketStatus RunRecordRead(const uint8_t *bytes, size_t size, RunRecord *record, MarketError *error)
{
  MarketReader reader  = {bytes, size, 0, "run record", error};
  uint64_t     privacy = 0;

  *record = (RunRecord){0};
  MARKET_TRY(MarketTakeHead(&reader, RECORD_RUN));
  MARKET_TRY(MarketTakeUpTo(&reader, 1, PRIVACY_COMMITTED, "privacy", &privacy));
  record->privacy = (Privacy)privacy;
  MARKET_TRY(TakeSome(&reader, "number of windows", &record->windows));
  MARKET_TRY(MarketTakeCopy(&reader, RECORD_DIGEST_BYTES, "run id", record->run_id));
  MARKET_TRY(MarketTakeText(&reader, false, "study", &record->study));
  MARKET_TRY(MarketTakeText(&reader, false, "policy", &record->policy));
  MARKET_TRY(MarketTakeText(&reader, false, "currency", &record->currency));
  return MarketTakeEnd(&reader);
}

void WindowRecordWrite(const WindowRecord *record, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_WINDOW);
  MarketPut(bytes, record->window, 4);
  MarketPutSigned(bytes, record->window_start);
  MarketPut(bytes, record->intervals, 4);
  MarketPut(bytes, record->interval_seconds, 4);
  MarketPut(bytes, record->regions, 4);
  MarketPutRaw(bytes, record->inputs, sizeof record->inputs);
}

MarketStatus WindowRecordRead(const uint8_t *bytes, size_t size, WindowRecord *record, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "window record", error};

  *record = (WindowRecord){0};
  MARKET_TRY(MarketTakeHead(&reader, RECORD_WINDOW));
  MARKET_TRY(MarketTake32(&reader, "window", &record->window));
  MARKET_TRY(MarketTakeSigned(&reader, "window start", &record->window_start));
  MARKET_TRY(TakeSome(&reader, "number of intervals", &record->intervals));
  MARKET_TRY(TakeSome(&reader, "interval length", &record->interval_seconds));
  MARKET_TRY(TakeSome(&reader, "number of regions", &record->regions));
  MARKET_TRY(MarketTakeCopy(&reader, RECORD_DIGEST_BYTES, "digest of the inputs", record->inputs));
  return MarketTakeEnd(&reader);
}

void AnchorRecordWrite(const AnchorRecord *record, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_ANCHOR);
  MarketPutText(bytes, record->checkpoint);
}

MarketStatus AnchorRecordRead(const uint8_t *bytes, size_t size, AnchorRecord *record, MarketError *error)
{
  MarketReader   reader = {bytes, size, 0, "anchor record", error};
  uint64_t       length = 0;
  const uint8_t *data   = NULL;

  *record = (AnchorRecord){0};
  MARKET_TRY(MarketTakeHead(&reader, RECORD_ANCHOR));
  MARKET_TRY(MarketTakeUpTo(&reader, 2, ANCHOR_MAX, "length of the checkpoint", &length));
  MARKET_TRY(MarketTakeRaw(&reader, length, "checkpoint", &data));
  record->checkpoint = (EntryText){(const char *)data, length};
  return MarketTakeEnd(&reader);
}
