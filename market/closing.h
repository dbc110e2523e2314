/* The closing entry: one per interval of a window in a log that hides amounts. It states how many entries the interval
   has over all regions and the sum of the blindings of their amounts, from which anybody checks that the hidden amounts
   sum to zero. Only the interval's total is ever published: a region's would show the region's net amount to whoever
   guesses it. docs/privacy.md gives the bytes. */
#ifndef ARCHIPELAGO_MARKET_CLOSING_H
#define ARCHIPELAGO_MARKET_CLOSING_H

#include "ledger/commitment.h"
#include "market/bytes.h"

enum { CLOSING_SIZE = 62 };

typedef struct {
  uint32_t     window, interval, interval_seconds;
  int64_t      window_start;
  uint64_t     count;    /* entries of the interval, hidden and clear */
  LedgerScalar blinding; /* sum of the blindings of their amounts modulo the order of P-256 */
} Closing;

void         ClosingWrite(const Closing *closing, MarketBytes *bytes);
MarketStatus ClosingRead(const uint8_t *bytes, size_t size, Closing *closing, MarketError *error);

/* Sums by interval, ascending in (window, interval); start from {0}. What a region's block leaves has this shape too,
   and its bytes may travel between ranks, but never into a log. */
typedef struct {
  size_t   n, capacity;
  Closing *closing;
} Closings;

void ClosingsFree(Closings *closings);

/* Adds counts and blindings to the sum of the same (window, interval), in any order with the same result. BAD_INPUT when
   start or length of the interval differ. */
MarketStatus ClosingsAdd(Closings *closings, LedgerPedersen pedersen, const Closing *closing, MarketError *error);

#endif
