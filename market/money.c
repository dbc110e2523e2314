/* Integer money: products in 128 bits, one rounding rule, no wrap-around. */
#include "market/money.h"

#include <inttypes.h>
#include <stdio.h>

MarketStatus MoneyDivide(MoneyWide numerator, int64_t denominator, int64_t *quotient)
{
  MoneyWide whole, rest;

  if (denominator <= 0) return MARKET_BAD_INPUT;
  if (numerator == (int64_t)numerator) { /* far faster, and the same */
    whole = (int64_t)numerator / denominator;
    rest  = (int64_t)numerator % denominator;
  } else {
    whole = numerator / denominator; /* towards zero, so the rest has the numerator's sign */
    rest  = numerator % denominator;
  }
  if (rest >= denominator - rest)
    whole += 1;
  else if (-rest >= denominator + rest)
    whole -= 1;
  if (whole > INT64_MAX || whole < INT64_MIN) return MARKET_OVERFLOW;
  *quotient = (int64_t)whole;
  return MARKET_OK;
}

MarketStatus MoneyFromEnergy(int64_t price, int64_t energy_wh, int64_t *amount)
{
  return MoneyDivide((MoneyWide)price * energy_wh, ENERGY_WH_PER_MWH, amount);
}

MarketStatus MoneyAdd(int64_t *sum, int64_t term)
{
  int64_t result;

  if (__builtin_add_overflow(*sum, term, &result)) return MARKET_OVERFLOW;
  *sum = result;
  return MARKET_OK;
}

MarketStatus MoneyAddWide(MoneyWide *sum, MoneyWide term)
{
  MoneyWide result;

  if (__builtin_add_overflow(*sum, term, &result)) return MARKET_OVERFLOW;
  *sum = result;
  return MARKET_OK;
}

MarketStatus MoneyAddProduct(MoneyWide *sum, MoneyWide a, MoneyWide b)
{
  MoneyWide product;

  if (__builtin_mul_overflow(a, b, &product)) return MARKET_OVERFLOW;
  return MoneyAddWide(sum, product);
}

const char *MoneyFormat(int64_t amount, char text[MONEY_TEXT_SIZE])
{
  uint64_t size = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;

  snprintf(text, MONEY_TEXT_SIZE, "%s%" PRIu64 ".%06" PRIu64, amount < 0 ? "-" : "", size / MONEY_PER_UNIT,
           size % MONEY_PER_UNIT);
  return text;
}
