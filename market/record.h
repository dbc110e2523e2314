/* Records of the log that frame a settlement: the run, its windows, and heads of other logs. Big endian, canonical; bytes
   in docs/results.md. */
#ifndef ARCHIPELAGO_MARKET_RECORD_H
#define ARCHIPELAGO_MARKET_RECORD_H

#include "market/bytes.h"

typedef enum { PRIVACY_PUBLIC = 0, PRIVACY_COMMITTED = 1 } Privacy;

enum { RECORD_DIGEST_BYTES = 32 };

/* Opens a run: what follows in the log, up to the next such record, is of this run. */
typedef struct {
  uint8_t   run_id[RECORD_DIGEST_BYTES]; /* SHA-256 of study.json, which says what the run is */
  Privacy   privacy;
  uint32_t  windows; /* that the study has */
  EntryText study, policy, currency;
} RunRecord;

/* Opens a window. Behind it stand the blocks of the regions, in their order; then the window's certificate events, and in
   committed privacy one closing entry an interval. */
typedef struct {
  uint32_t window;       /* index in the study */
  int64_t  window_start; /* POSIX seconds UTC */
  uint32_t intervals, interval_seconds, regions;
  uint8_t  inputs[RECORD_DIGEST_BYTES]; /* SHA-256 of the window's inputs (market/window.h) */
} WindowRecord;

/* The head of another log, entered here: its checkpoint verbatim. */
typedef struct {
  EntryText checkpoint; /* signed note; at most ANCHOR_MAX bytes, any bytes */
} AnchorRecord;

enum { ANCHOR_MAX = 32768 };

void         RunRecordWrite(const RunRecord *record, MarketBytes *bytes);
MarketStatus RunRecordRead(const uint8_t *bytes, size_t size, RunRecord *record, MarketError *error);
void         WindowRecordWrite(const WindowRecord *record, MarketBytes *bytes);
MarketStatus WindowRecordRead(const uint8_t *bytes, size_t size, WindowRecord *record, MarketError *error);
void         AnchorRecordWrite(const AnchorRecord *record, MarketBytes *bytes);
MarketStatus AnchorRecordRead(const uint8_t *bytes, size_t size, AnchorRecord *record, MarketError *error);

/* Record type of a leaf (byte 1), or 0 when the bytes are no record of this version. */
int RecordTypeOf(const uint8_t *bytes, size_t size);

/* SHA-256. */
void RecordDigest(const void *bytes, size_t size, uint8_t digest[RECORD_DIGEST_BYTES]);

#endif
