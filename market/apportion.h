/* Shared amounts. */
#ifndef ARCHIPELAGO_MARKET_APPORTION_H
#define ARCHIPELAGO_MARKET_APPORTION_H

#include "market/money.h"

#include <stddef.h>

/* Splits `total` (any sign) over n weights >= 0 by largest remainder: each share is total x weight / sum of weights rounded
   towards zero, and the units left go one each to the largest remainders, ties to the lower index. The shares sum to
   `total`, and a larger weight never gets the smaller share. All weights zero: equal weights. n = 0 with total != 0, or a
   negative weight: BAD_INPUT; NO_MEMORY. */
MarketStatus Apportion(int64_t total, const int64_t *weight, size_t n, int64_t *share);

#endif
