/* Inside the settlement: checks of its input. */
#ifndef ARCHIPELAGO_MARKET_SETTLEMENT_INPUT_H
#define ARCHIPELAGO_MARKET_SETTLEMENT_INPUT_H

#include "market/settlement.h"

/* Room that a region's name must leave for names of accounts such as "@unaccounted/NAME". */
enum { SETTLEMENT_ACCOUNT_PREFIX_MAX = 32 };

/* Names, indices and sizes; the numbers in time are checked as they are rounded. */
MarketStatus SettlementInputCheck(const SettlementInput *input, MarketError *error);

#endif
