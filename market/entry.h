/* The settlement entry: one line of the settlement, and its canonical bytes, which are a leaf of the ledger.
   docs/entry-format.md gives the bytes one by one. */
#ifndef ARCHIPELAGO_MARKET_ENTRY_H
#define ARCHIPELAGO_MARKET_ENTRY_H

#include "market/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a line is for. The numbers are those of the encoding and give the order within an interval: 0x01xx energy of
   participants, 0x08xx declared accounts; the rest is reserved. */
typedef enum {
  SETTLEMENT_GENERATION        = 0x0101, /* energy fed in by a generator (or by a load that feeds in) */
  SETTLEMENT_CONSUMPTION       = 0x0102, /* energy taken by a load (or by a generator that takes) */
  SETTLEMENT_STORAGE_CHARGE    = 0x0103,
  SETTLEMENT_STORAGE_DISCHARGE = 0x0104,
  SETTLEMENT_LINK_TERMINAL     = 0x0105, /* one end of a link (HVDC line) */
  SETTLEMENT_TIE_RENT          = 0x0801, /* one end of a tie line, at the price of its bus */
  SETTLEMENT_CONGESTION        = 0x0802, /* a region's operator: price differences along its branches */
  SETTLEMENT_LOSSES            = 0x0803, /* a region's operator: losses of its branches and shunts */
  SETTLEMENT_SHORTAGE          = 0x0804, /* demand that nobody served, where the balance was made elastic */
  SETTLEMENT_SURPLUS           = 0x0805, /* energy that nobody took, likewise */
  SETTLEMENT_UNACCOUNTED       = 0x0806, /* what the solver's tolerance left of the bus balances */
  SETTLEMENT_ROUNDING          = 0x0807  /* what rounding the lines of the interval to whole millionths left */
} SettlementKind;

enum { SETTLEMENT_KINDS = 12 };

/* UTF-8 text that lives elsewhere; not terminated. */
typedef struct {
  const char *bytes;
  size_t      length;
} EntryText;

typedef struct {
  SettlementKind kind;
  int64_t        window_start;     /* POSIX seconds UTC */
  uint32_t       window;           /* index in the study */
  uint32_t       region;           /* index in the study */
  uint32_t       interval;         /* index in the window */
  uint32_t       interval_seconds; /* length, at least 1 */
  uint32_t       participant;      /* index; declared accounts follow the participants */
  uint32_t       sequence;         /* tells apart lines alike in all of the above: row of the asset, bus or tie line */
  bool           has_price;        /* a line of one price; sums over several buses have none */
  int64_t        quantity_wh;      /* positive: fed into the bus, negative: taken from it */
  int64_t        price;            /* millionths of the currency per MWh; 0 without a price */
  int64_t        amount;           /* millionths of the currency; positive: received, negative: paid */
  uint32_t       bus;              /* external number, 0 for none */
  EntryText      study, policy, currency, region_name, participant_name, asset; /* asset may be empty */
} SettlementEntry;

enum {
  ENTRY_VERSION    = 1,
  ENTRY_TYPE       = 1,    /* settlement entry; other types of record may share a log */
  ENTRY_FIXED_SIZE = 68,   /* bytes before the texts */
  ENTRY_TEXT_MAX   = 1024, /* bytes of one text */
  ENTRY_SIZE_MAX   = ENTRY_FIXED_SIZE + 6 * (2 + ENTRY_TEXT_MAX)
};

/* "generation", "consumption", ...; NULL for a number that is no kind. */
const char *SettlementKindName(SettlementKind kind);
/* Position of a kind in the order of the encoding, 0 to SETTLEMENT_KINDS - 1, or -1; and back. */
int            SettlementKindIndex(SettlementKind kind);
SettlementKind SettlementKindAt(int index);

/* Text of a C string (NULL is empty). */
EntryText EntryTextOf(const char *string);

/* A text may stand in an entry: at most ENTRY_TEXT_MAX bytes, well-formed UTF-8 (no overlong forms, no surrogates), no
   control characters. `what` names it in the error line. */
MarketStatus EntryTextCheck(EntryText text, const char *what, MarketError *error);

/* An entry is well formed by itself: known kind, texts in order, interval within the calendar's integers, price 0 where
   there is none, otherwise amount = price x quantity rounded. */
MarketStatus SettlementEntryValidate(const SettlementEntry *entry, MarketError *error);

/* Order of the log: window, region, interval, kind, participant, sequence. Negative, 0, positive. */
int SettlementEntryCompare(const SettlementEntry *a, const SettlementEntry *b);

/* Sorts into the order of the log. Two entries with one key are MARKET_BAD_INPUT. */
MarketStatus SettlementEntriesSort(SettlementEntry *entry, size_t n, MarketError *error);

/* Bytes that the encoding takes (at most ENTRY_SIZE_MAX for a valid entry). */
size_t SettlementEntrySize(const SettlementEntry *entry);

/* Validates and writes the canonical bytes; `capacity` must be at least SettlementEntrySize. */
MarketStatus SettlementEntryEncode(const SettlementEntry *entry, uint8_t *bytes, size_t capacity, size_t *size,
                                   MarketError *error);

/* Strict: what is accepted encodes to the very same bytes. The texts of `entry` point into `bytes`. Any failure is
   MARKET_MALFORMED and names the offset. */
MarketStatus SettlementEntryDecode(const uint8_t *bytes, size_t size, SettlementEntry *entry, MarketError *error);

/* Several lines of text with units, for people. */
void SettlementEntryPrint(FILE *stream, const SettlementEntry *entry);

#endif
