/* Canonical bytes of the market's records: big-endian integers, texts as a u16 length and UTF-8. Writing keeps the first
   failure, so that a run of puts needs one check at its end; reading is strict. */
#ifndef ARCHIPELAGO_MARKET_BYTES_H
#define ARCHIPELAGO_MARKET_BYTES_H

#include "market/entry.h"

/* Start from {0}. */
typedef struct {
  uint8_t *data; /* malloc'ed */
  size_t   size, capacity;
  bool     failed; /* no memory, or a text that is too long */
} MarketBytes;

void MarketBytesFree(MarketBytes *bytes);
/* MARKET_NO_MEMORY when a put failed. */
MarketStatus MarketBytesCheck(const MarketBytes *bytes, MarketError *error);

void MarketPut(MarketBytes *bytes, uint64_t value, int width); /* 1 to 8 bytes */
void MarketPutSigned(MarketBytes *bytes, int64_t value);       /* 8 bytes, two's complement */
void MarketPutText(MarketBytes *bytes, EntryText text);
void MarketPutRaw(MarketBytes *bytes, const void *data, size_t size);

/* What is being read; `what` names it in messages ("facts"). */
typedef struct {
  const uint8_t *bytes;
  size_t         size, at;
  const char    *what;
  MarketError   *error;
} MarketReader;

/* Each takes the next field off the reader, or fails with MARKET_MALFORMED and one line that names the offset and
   `field`. */
MarketStatus MarketTake(MarketReader *reader, int width, const char *field, uint64_t *value);
/* A number of at most `most`. */
MarketStatus MarketTakeUpTo(MarketReader *reader, int width, uint64_t most, const char *field, uint64_t *value);
MarketStatus MarketTake32(MarketReader *reader, const char *field, uint32_t *value);
MarketStatus MarketTakeFlag(MarketReader *reader, const char *field, bool *flag); /* a byte, 0 or 1 */
MarketStatus MarketTakeSigned(MarketReader *reader, const char *field, int64_t *value);
/* Checked as EntryTextCheck does; points into the bytes. */
MarketStatus MarketTakeText(MarketReader *reader, bool may_be_empty, const char *field, EntryText *text);
/* What is pointed to is in the bytes. */
MarketStatus MarketTakeRaw(MarketReader *reader, size_t size, const char *field, const uint8_t **data);
MarketStatus MarketTakeCopy(MarketReader *reader, size_t size, const char *field, void *copy);
/* A count of things of at least `each` bytes: refused when more than what is left could hold. */
MarketStatus MarketTakeCount(MarketReader *reader, size_t each, const char *field, size_t *count);
/* Nothing may be left over. */
MarketStatus MarketTakeEnd(MarketReader *reader);

/* Version and record type at the head of a record. */
enum { RECORD_VERSION = 1 };
typedef enum {
  RECORD_SETTLEMENT  = 1,
  RECORD_CONTRACT    = 2,
  RECORD_WINDOW      = 3,
  RECORD_CERTIFICATE = 4,
  RECORD_ANCHOR      = 5,
  RECORD_COMMITTED   = 6,
  RECORD_CLOSING     = 7,
  RECORD_ACCOUNT     = 8,
  RECORD_RUN         = 9,
  RECORD_HIDDEN      = 10
} RecordType;

void         MarketPutHead(MarketBytes *bytes, RecordType type);
MarketStatus MarketTakeHead(MarketReader *reader, RecordType type);

#endif
