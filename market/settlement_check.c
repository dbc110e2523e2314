/* Checks of a settlement from its entries alone. */
#include "market/money.h"
#include "market/settlement.h"

#include <inttypes.h>

typedef struct {
  MoneyWide energy, grams, amount;
  int64_t   rounding;
  size_t    lines; /* of the pool, which are rounded each by itself; without the rounding line */
} Block;

static bool SameBlock(const SettlementEntry *a, const SettlementEntry *b)
{
  return a->window == b->window && a->region == b->region && a->interval == b->interval;
}

static MarketStatus AddToBlock(Block *block, const SettlementEntry *entry)
{
  bool transferred = TransferIsKind(entry->kind) || entry->kind == SETTLEMENT_EXCHANGE;

  MARKET_TRY(MoneyAddWide(entry->kind == SETTLEMENT_CARBON ? &block->grams : &block->energy, entry->quantity_wh));
  MARKET_TRY(MoneyAddWide(&block->amount, entry->amount));
  if (entry->kind == SETTLEMENT_ROUNDING) return MoneyAdd(&block->rounding, entry->amount);
  if (!transferred) block->lines++;
  return MARKET_OK;
}

/* Bounds for a line of text; the exact sums would need 128 bits. */
static int64_t Clamped(MoneyWide sum)
{
  return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

static MarketStatus Unbalanced(const SettlementEntry *last, const char *what, MoneyWide sum, const char *unit,
                               MarketError *error)
{
  return MarketFail(error, MARKET_UNBALANCED,
                    "window %" PRIu32 ", region %.*s, interval %" PRIu32 ": %s sum to %" PRId64 " %s; expected 0",
                    last->window, (int)last->region_name.length, last->region_name.bytes, last->interval, what,
                    Clamped(sum), unit);
}

static MarketStatus CloseBlock(const Block *block, const SettlementEntry *last, MarketError *error)
{
  MoneyWide twice = 2 * (MoneyWide)block->rounding;

  if (block->amount) return Unbalanced(last, "amounts", block->amount, "millionths", error);
  if (block->energy) return Unbalanced(last, "quantities", block->energy, "Wh", error);
  if (block->grams) return Unbalanced(last, "emissions", block->grams, "g", error);
  if (twice > (MoneyWide)block->lines || -twice > (MoneyWide)block->lines)
    return MarketFail(error, MARKET_UNBALANCED,
                      "window %" PRIu32 ", region %.*s, interval %" PRIu32 ": the rounding account takes %" PRId64
                      " millionths; expected at most half a millionth for each of %zu lines",
                      last->window, (int)last->region_name.length, last->region_name.bytes, last->interval,
                      block->rounding, block->lines);
  return MARKET_OK;
}

MarketStatus SettlementCheck(const SettlementEntry *entry, size_t n, MarketError *error)
{
  Block block = {0};

  for (size_t i = 0; i < n; i++) {
    MARKET_TRY(SettlementEntryValidate(&entry[i], error));
    if (i && SettlementEntryCompare(&entry[i - 1], &entry[i]) >= 0)
      return MarketFail(error, MARKET_BAD_INPUT, "entry %zu does not come after the one before it", i);
    if (i && !SameBlock(&entry[i - 1], &entry[i])) {
      MARKET_TRY(CloseBlock(&block, &entry[i - 1], error));
      block = (Block){0};
    }
    if (AddToBlock(&block, &entry[i]) != MARKET_OK)
      return MarketFail(error, MARKET_OVERFLOW, "sums up to entry %zu overflow", i);
  }
  return n ? CloseBlock(&block, &entry[n - 1], error) : MARKET_OK;
}
