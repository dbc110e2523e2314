/* The settlement entry: one line of the settlement, and its canonical bytes, which are a leaf of the ledger.
   docs/entry-format.md gives the bytes one by one. */
#ifndef ARCHIPELAGO_MARKET_ENTRY_H
#define ARCHIPELAGO_MARKET_ENTRY_H

#include "market/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a line is for. The numbers are those of the encoding and give the order within an interval: 0x01xx energy at the
   day-ahead price, 0x02xx deviations from it, 0x03xx trades, 0x04xx contracts, 0x05xx carbon, 0x08xx declared accounts;
   the rest is reserved. Kinds from 0x03xx to 0x05xx are transfers (market/transfer.h): the same kind on both accounts. */
typedef enum {
  SETTLEMENT_GENERATION        = 0x0101, /* energy fed in by a generator (or by a load that feeds in) */
  SETTLEMENT_CONSUMPTION       = 0x0102, /* energy taken by a load (or by a generator that takes) */
  SETTLEMENT_STORAGE_CHARGE    = 0x0103,
  SETTLEMENT_STORAGE_DISCHARGE = 0x0104,
  SETTLEMENT_LINK_TERMINAL     = 0x0105, /* one end of a link (HVDC line) */
  SETTLEMENT_DEVIATION         = 0x0201, /* of an asset: real time less day ahead, at the real-time price */
  SETTLEMENT_TRADE             = 0x0301, /* energy sold between participants, at the trade's price */
  SETTLEMENT_TRADE_POOL        = 0x0302, /* what the pool paid or charged for traded energy, given back: net position of
                                            a participant at a bus, at the bus's day-ahead price */
  SETTLEMENT_GRID_FEE          = 0x0303, /* locational difference, and fees by energy, on traded energy */
  SETTLEMENT_TRADE_SPREAD      = 0x0304, /* pay-as-bid: what buyers pay above what sellers receive */
  SETTLEMENT_CONTRACT_ENERGY   = 0x0401, /* delivered under a contract, at its price */
  SETTLEMENT_CONTRACT_DIFFERENCE  = 0x0402, /* contract for difference: strike less reference price */
  SETTLEMENT_CONTRACT_CAPACITY    = 0x0403, /* capacity rent */
  SETTLEMENT_CONTRACT_TAKE_OR_PAY = 0x0404, /* energy that was not taken and is paid for */
  SETTLEMENT_CONTRACT_PENALTY     = 0x0405, /* for a shortfall of delivery */
  SETTLEMENT_CONTRACT_RESPONSE    = 0x0406, /* demand response: payment for demand curtailed or shifted */
  SETTLEMENT_CARBON      = 0x0501, /* allowances bought and cancelled; quantity in grams of CO2, price per tonne */
  SETTLEMENT_TIE_RENT    = 0x0801, /* one end of a tie line, at the price of its bus */
  SETTLEMENT_CONGESTION  = 0x0802, /* a region's operator: price differences along its branches */
  SETTLEMENT_LOSSES      = 0x0803, /* a region's operator: losses of its branches and shunts */
  SETTLEMENT_SHORTAGE    = 0x0804, /* demand that nobody served, where the balance was made elastic */
  SETTLEMENT_SURPLUS     = 0x0805, /* energy that nobody took, likewise */
  SETTLEMENT_UNACCOUNTED = 0x0806, /* what the solver's tolerance left of the bus balances */
  SETTLEMENT_ROUNDING    = 0x0807, /* what rounding the lines of the interval to whole millionths left */
  SETTLEMENT_BALANCING   = 0x0808, /* a region's operator: congestion, losses and ties of the deviations */
  SETTLEMENT_EXCHANGE    = 0x0809  /* a region's transfers with other regions, taken together */
} SettlementKind;

enum { SETTLEMENT_KINDS = 26 };

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
  bool           has_reference;    /* it carries out a contract, or clears an order */
  uint8_t        reference[32];    /* leaf hash of the record that it carries out (RFC 6962), else zeros */
  EntryText      study, policy, currency, region_name, participant_name, asset; /* asset may be empty */
} SettlementEntry;

enum {
  ENTRY_VERSION    = 1,
  ENTRY_TYPE       = 1,    /* settlement entry; other types of record may share a log */
  ENTRY_FIXED_SIZE = 68,   /* bytes before the texts */
  ENTRY_TEXT_MAX   = 1024, /* bytes of one text */
  ENTRY_SIZE_MAX   = ENTRY_FIXED_SIZE + 6 * (2 + ENTRY_TEXT_MAX) + 32
};

/* "generation", "consumption", ...; NULL for a number that is no kind. */
const char *SettlementKindName(SettlementKind kind);
/* Whether a kind's quantity is energy that is fed in, taken or handed over, which totals add up. It is not for grams, for
   the quantities that contracts of money refer to (differences, capacity, penalties, ...), and for the exchange between
   regions, which repeats other lines. What is energy sums to zero over all accounts of an interval. */
bool SettlementKindIsEnergy(SettlementKind kind);
/* Position of a kind in the order of the encoding, 0 to SETTLEMENT_KINDS - 1, or -1; and back. */
int            SettlementKindIndex(SettlementKind kind);
SettlementKind SettlementKindAt(int index);

/* Text of a C string (NULL is empty). */
EntryText EntryTextOf(const char *string);
bool      EntryTextSame(EntryText a, EntryText b);
/* Negative, 0, positive: order of the bytes; what another begins with comes before it. */
int EntryTextCompare(EntryText a, EntryText b);

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
