/* Integer money. Energy in watt-hours; money in millionths of the study's currency; prices in millionths of the
   currency per MWh; all int64_t. Then

     money = price * energy / 10^6,

   with the product in 128 bits and the quotient rounded to the nearest integer, halves away from zero. That rule is
   odd (the rounded value of -x is minus that of x), so what one side pays is exactly what the other receives. Nothing
   here wraps around: whatever does not fit is MARKET_OVERFLOW and leaves the output untouched. */
#ifndef ARCHIPELAGO_MARKET_MONEY_H
#define ARCHIPELAGO_MARKET_MONEY_H

#include "market/status.h"

#include <stdint.h>

typedef __int128 MoneyWide;

enum { MONEY_PER_UNIT = 1000000, ENERGY_WH_PER_MWH = 1000000, MONEY_TEXT_SIZE = 32 };

/* quotient = numerator / denominator rounded to nearest, halves away from zero; denominator > 0. */
MarketStatus MoneyDivide(MoneyWide numerator, int64_t denominator, int64_t *quotient);

/* Money for `energy_wh` at `price` (millionths per MWh); either may be negative. */
MarketStatus MoneyFromEnergy(int64_t price, int64_t energy_wh, int64_t *amount);

/* sum += term. */
MarketStatus MoneyAdd(int64_t *sum, int64_t term);
MarketStatus MoneyAddWide(MoneyWide *sum, MoneyWide term);

/* sum += a * b in 128 bits. */
MarketStatus MoneyAddProduct(MoneyWide *sum, MoneyWide a, MoneyWide b);

/* Exact decimal text in units of the currency, six digits after the point: -1500000 is "-1.500000". Returns `text`. */
const char *MoneyFormat(int64_t amount, char text[MONEY_TEXT_SIZE]);

#endif
