/* Canonical bytes: writing and strict reading. */
#include "market/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void MarketBytesFree(MarketBytes *bytes)
{
  free(bytes->data);
  *bytes = (MarketBytes){0};
}

MarketStatus MarketBytesCheck(const MarketBytes *bytes, MarketError *error)
{
  return bytes->failed ? MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu bytes", bytes->size) : MARKET_OK;
}

/* Room for `size` more bytes, or NULL. */
static uint8_t *Grow(MarketBytes *bytes, size_t size)
{
  uint8_t *at;

  if (bytes->failed) return NULL;
  if (size > bytes->capacity - bytes->size) {
    size_t   capacity = 2 * bytes->capacity + size + 256;
    uint8_t *larger   = realloc(bytes->data, capacity);
    if (!larger) {
      bytes->failed = true;
      return NULL;
    }
    bytes->data     = larger;
    bytes->capacity = capacity;
  }
  at = bytes->data + bytes->size;
  bytes->size += size;
  return at;
}

void MarketPut(MarketBytes *bytes, uint64_t value, int width)
{
  uint8_t *at = Grow(bytes, (size_t)width);

  if (!at) return;
  for (int i = width - 1; i >= 0; i--) *at++ = (uint8_t)(value >> (8 * i));
}

void MarketPutSigned(MarketBytes *bytes, int64_t value)
{
  MarketPut(bytes, (uint64_t)value, 8);
}

void MarketPutRaw(MarketBytes *bytes, const void *data, size_t size)
{
  uint8_t *at = Grow(bytes, size);

  if (at && size) memcpy(at, data, size);
}

void MarketPutText(MarketBytes *bytes, EntryText text)
{
  if (text.length > UINT16_MAX) {
    bytes->failed = true;
    return;
  }
  MarketPut(bytes, text.length, 2);
  MarketPutRaw(bytes, text.bytes, text.length);
}

MarketStatus MarketTakeRaw(MarketReader *reader, size_t size, const char *field, const uint8_t **data)
{
  size_t left = reader->size - reader->at;

  if (size > left)
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: %s at byte %zu takes %zu bytes; only %zu are left",
                      reader->what, field, reader->at, size, left);
  *data = reader->bytes + reader->at;
  reader->at += size;
  return MARKET_OK;
}

MarketStatus MarketTakeCopy(MarketReader *reader, size_t size, const char *field, void *copy)
{
  const uint8_t *data = NULL;

  MARKET_TRY(MarketTakeRaw(reader, size, field, &data));
  memcpy(copy, data, size);
  return MARKET_OK;
}

MarketStatus MarketTake(MarketReader *reader, int width, const char *field, uint64_t *value)
{
  const uint8_t *at = NULL;

  MARKET_TRY(MarketTakeRaw(reader, (size_t)width, field, &at));
  *value = 0;
  for (int i = 0; i < width; i++) *value = *value << 8 | at[i];
  return MARKET_OK;
}

MarketStatus MarketTakeUpTo(MarketReader *reader, int width, uint64_t most, const char *field, uint64_t *value)
{
  MARKET_TRY(MarketTake(reader, width, field, value));
  if (*value <= most) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: %s at byte %zu is %" PRIu64 "; expected at most %" PRIu64,
                    reader->what, field, reader->at - (size_t)width, *value, most);
}

MarketStatus MarketTake32(MarketReader *reader, const char *field, uint32_t *value)
{
  uint64_t wide = 0;

  MARKET_TRY(MarketTake(reader, 4, field, &wide));
  *value = (uint32_t)wide;
  return MARKET_OK;
}

MarketStatus MarketTakeFlag(MarketReader *reader, const char *field, bool *flag)
{
  uint64_t value = 0;

  MARKET_TRY(MarketTakeUpTo(reader, 1, 1, field, &value));
  *flag = value == 1;
  return MARKET_OK;
}

MarketStatus MarketTakeSigned(MarketReader *reader, const char *field, int64_t *value)
{
  uint64_t bits = 0;

  MARKET_TRY(MarketTake(reader, 8, field, &bits));
  *value = (int64_t)bits;
  return MARKET_OK;
}

MarketStatus MarketTakeText(MarketReader *reader, bool may_be_empty, const char *field, EntryText *text)
{
  size_t         start  = reader->at;
  uint64_t       length = 0;
  const uint8_t *data   = NULL;
  MarketError    inner;

  MARKET_TRY(MarketTake(reader, 2, field, &length));
  MARKET_TRY(MarketTakeRaw(reader, length, field, &data));
  *text = (EntryText){(const char *)data, length};
  if (length == 0 && !may_be_empty)
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: %s at byte %zu is empty", reader->what, field, start);
  if (EntryTextCheck(*text, field, &inner) == MARKET_OK) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: at byte %zu, %s", reader->what, start, inner.text);
}

MarketStatus MarketTakeCount(MarketReader *reader, size_t each, const char *field, size_t *count)
{
  uint64_t value = 0;
  size_t   start = reader->at;

  MARKET_TRY(MarketTake(reader, 4, field, &value));
  *count = value;
  if (value <= (reader->size - reader->at) / (each ? each : 1)) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: %s at byte %zu is %" PRIu64 "; %zu bytes are left",
                    reader->what, field, start, value, reader->size - reader->at);
}

MarketStatus MarketTakeEnd(MarketReader *reader)
{
  if (reader->at == reader->size) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED, "%s: %zu bytes are left over from byte %zu on", reader->what,
                    reader->size - reader->at, reader->at);
}

void MarketPutHead(MarketBytes *bytes, RecordType type)
{
  MarketPut(bytes, RECORD_VERSION, 1);
  MarketPut(bytes, (uint64_t)type, 1);
}

MarketStatus MarketTakeHead(MarketReader *reader, RecordType type)
{
  uint64_t version = 0, found = 0;

  MARKET_TRY(MarketTake(reader, 1, "version", &version));
  MARKET_TRY(MarketTake(reader, 1, "record type", &found));
  if (version == RECORD_VERSION && found == (uint64_t)type) return MARKET_OK;
  return MarketFail(reader->error, MARKET_MALFORMED,
                    "%s: version %" PRIu64 ", record type %" PRIu64 "; expected version %d, type %d", reader->what,
                    version, found, RECORD_VERSION, (int)type);
}
