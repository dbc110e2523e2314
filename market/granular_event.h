/* Events in the life of a granular certificate, and their canonical bytes, which are leaves of the ledger (record type
   4). docs/certificates.md gives the bytes one by one.

   A certificate is a range [first, last) of the whole watt-hours that one device fed in during one interval. What
   becomes of it is told by ranges of that same issue: a transfer, a storing, a cancellation takes a part of the range
   along, and the energy that comes out of a storage is the front of the range that went in, the rest being its loss.
   So each watt-hour of an issue is in exactly one place at any time, and nothing has to be matched up to see it. */
#ifndef ARCHIPELAGO_MARKET_GRANULAR_EVENT_H
#define ARCHIPELAGO_MARKET_GRANULAR_EVENT_H

#include "market/bytes.h"

enum {
  GRANULAR_DIGEST_BYTES    = 32,
  GRANULAR_SECONDS_MOST    = 3600,   /* longest interval that a certificate may be for */
  GRANULAR_EFFICIENCY_UNIT = 1000000 /* efficiencies are millionths */
};

/* The numbers are those of the encoding. */
typedef enum {
  GRANULAR_ISSUE    = 1, /* to the holder, who owns the device */
  GRANULAR_TRANSFER = 2, /* from the holder to another */
  GRANULAR_STORE    = 3, /* with the energy into the holder's storage */
  GRANULAR_RELEASE  = 4, /* out of the storage: the front goes to the holder, the rest is lost */
  GRANULAR_CANCEL   = 5, /* against what the holder's device consumed in the interval; final */
  GRANULAR_EXPIRE   = 6  /* final, for nobody's use */
} GranularKind;

/* What consumed; the numbers are those of the encoding. Devices of different kinds may share a name. */
typedef enum {
  GRANULAR_LOAD      = 1,
  GRANULAR_GENERATOR = 2, /* which takes */
  GRANULAR_LINK      = 3  /* which turns electricity into something else */
} GranularConsumer;

typedef enum {
  GRANULAR_UNUSED = 1, /* nobody consumed it in its interval */
  GRANULAR_LOST   = 2, /* the storage no longer holds the energy (standing losses) */
  GRANULAR_GONE   = 3  /* the storage, or its owner's part in it, is no longer there */
} GranularReason;

/* Fields that a kind does not list are zero and empty. */
typedef struct {
  GranularKind kind;
  uint32_t     window;   /* index in the study */
  uint32_t     sequence; /* of the event in its window, from 0 without gaps */
  int64_t      start;    /* of the interval in which it happens, POSIX seconds UTC */
  uint32_t     seconds;  /* length of that interval, 1 to GRANULAR_SECONDS_MOST */
  uint8_t      run_id[GRANULAR_DIGEST_BYTES];
  uint8_t      certificate[GRANULAR_DIGEST_BYTES]; /* of the issue: GranularIdentity */
  int64_t      first, last;                        /* Wh of the issue, 0 <= first < last */
  EntryText    holder;                             /* participant */
  EntryText    device; /* issue: the generator; store, release: the storage; cancel: what consumed; expire: the storage,
                           empty when unused */
  int64_t      metered_wh; /* store, release, cancel: what the device charged, discharged or consumed in the interval */
  GranularConsumer consumer;                         /* cancel: kind of the device */
  EntryText        technology, region;               /* issue; technology may be empty */
  uint32_t         bus;                              /* issue: external number, positive */
  EntryText        to;                               /* transfer: who holds it now, not the holder */
  bool             has_reference;                    /* transfer: it follows a contract or trade */
  uint8_t          reference[GRANULAR_DIGEST_BYTES]; /* leaf hash of that record, else zeros */
  int64_t          released_wh; /* release: [first, first + released_wh) comes out, at most last - first */
  uint32_t         efficiency_charge, efficiency_discharge; /* release: millionths, 1 to 1000000 */
  GranularReason   reason;                                  /* expire */
} GranularEvent;

/* SHA-256 of "archipelago certificate\n" || run id || start (i64) || seconds (u32) || name of the device (u16 length,
   bytes). One device has one issue an interval. */
void GranularIdentity(const uint8_t run_id[GRANULAR_DIGEST_BYTES], int64_t start, uint32_t seconds, EntryText device,
                      uint8_t certificate[GRANULAR_DIGEST_BYTES]);

/* "issue", "transfer", ...; NULL for a number that is no kind. */
const char *GranularKindName(GranularKind kind);

/* An event is well formed by itself; BAD_INPUT otherwise. */
MarketStatus GranularEventValidate(const GranularEvent *event, MarketError *error);

/* Appends the bytes of a valid event. */
void GranularEventWrite(const GranularEvent *event, MarketBytes *bytes);

/* Strict: what is accepted is valid and writes the very same bytes. Texts point into `bytes`. Any failure is
   MARKET_MALFORMED. */
MarketStatus GranularEventRead(const uint8_t *bytes, size_t size, GranularEvent *event, MarketError *error);

#endif
