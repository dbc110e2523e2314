/* Closing entries: bytes, and sums over regions. */
#include "market/closing.h"

#include "market/committed_record.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void ClosingWrite(const Closing *closing, MarketBytes *bytes)
{
  MarketPutHead(bytes, RECORD_CLOSING);
  MarketPut(bytes, closing->window, 4);
  MarketPut(bytes, closing->interval, 4);
  MarketPut(bytes, closing->interval_seconds, 4);
  MarketPutSigned(bytes, closing->window_start);
  MarketPut(bytes, closing->count, 8);
  MarketPutRaw(bytes, closing->blinding.byte, LEDGER_SCALAR_BYTES);
}

MarketStatus ClosingRead(const uint8_t *bytes, size_t size, Closing *closing, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "closing entry", error};

  *closing = (Closing){0};
  MARKET_TRY(MarketTakeHead(&reader, RECORD_CLOSING));
  MARKET_TRY(MarketTake32(&reader, "window", &closing->window));
  MARKET_TRY(MarketTake32(&reader, "interval", &closing->interval));
  MARKET_TRY(MarketTake32(&reader, "interval length", &closing->interval_seconds));
  MARKET_TRY(MarketTakeSigned(&reader, "window start", &closing->window_start));
  MARKET_TRY(MarketTake(&reader, 8, "count", &closing->count));
  MARKET_TRY(MarketTakeCopy(&reader, LEDGER_SCALAR_BYTES, "sum of the blindings", closing->blinding.byte));
  if (closing->interval_seconds == 0)
    return MarketFail(error, MARKET_MALFORMED, "closing entry: the interval has no length");
  if (!LedgerScalarValid(&closing->blinding))
    return MarketFail(error, MARKET_MALFORMED, "closing entry: the sum of the blindings is not below the order");
  return MarketTakeEnd(&reader);
}

void ClosingsFree(Closings *closings)
{
  if (closings->closing) OPENSSL_cleanse(closings->closing, closings->n * sizeof *closings->closing);
  free(closings->closing);
  *closings = (Closings){0};
}

/* Position of the first sum not below (window, interval). */
static size_t Find(const Closings *closings, uint32_t window, uint32_t interval)
{
  size_t low = 0, high = closings->n;

  while (low < high) {
    size_t         middle = low + (high - low) / 2;
    const Closing *c      = &closings->closing[middle];
    if (c->window < window || (c->window == window && c->interval < interval))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static MarketStatus Insert(Closings *closings, size_t at, const Closing *closing, MarketError *error)
{
  if (closings->n == closings->capacity) {
    size_t   capacity = closings->capacity ? 2 * closings->capacity : 32;
    Closing *larger   = realloc(closings->closing, capacity * sizeof *larger);
    if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu closing entries", capacity);
    closings->closing  = larger;
    closings->capacity = capacity;
  }
  memmove(&closings->closing[at + 1], &closings->closing[at], (closings->n - at) * sizeof *closings->closing);
  closings->closing[at] = *closing;
  closings->n++;
  return MARKET_OK;
}

MarketStatus ClosingsAdd(Closings *closings, LedgerPedersen pedersen, const Closing *closing, MarketError *error)
{
  size_t      at  = Find(closings, closing->window, closing->interval);
  Closing    *sum = at < closings->n ? &closings->closing[at] : NULL;
  LedgerError ledger;

  if (!sum || sum->window != closing->window || sum->interval != closing->interval)
    return Insert(closings, at, closing, error);
  if (sum->interval_seconds != closing->interval_seconds || sum->window_start != closing->window_start)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "window %" PRIu32 ", interval %" PRIu32 ": two regions disagree on its start or its length",
                      sum->window, sum->interval);
  if (__builtin_add_overflow(sum->count, closing->count, &sum->count))
    return MarketFail(error, MARKET_OVERFLOW, "number of entries does not fit 64 bits");
  return MarketFromLedger(LedgerScalarAdd(pedersen, &sum->blinding, &closing->blinding, &sum->blinding, &ledger),
                          MARKET_BAD_INPUT, &ledger, error);
}
