/* The one border between the solver's doubles and the market's integers: no other file of this room rounds a double.
   Every value is rounded once, to nearest, halves away from zero. Refused, with one clear line: NaN, infinities, and
   magnitudes of 2^53 units or more, where a double no longer tells neighbouring integers apart. */
#ifndef ARCHIPELAGO_MARKET_ROUNDING_H
#define ARCHIPELAGO_MARKET_ROUNDING_H

#include "market/status.h"

#include <stdint.h>

/* Watt-hours of `power_mw` held for `step_hours` (> 0). `what` names the value in the error line. */
MarketStatus RoundEnergy(double power_mw, double step_hours, const char *what, int64_t *energy_wh, MarketError *error);

/* The same rounded down to whole watt-hours, never below 0: what certificates are issued for. A value less than a
   thousandth of a watt-hour, or less than four units in its last place, below a whole number is taken for that number:
   0.1 MW for a quarter of an hour are 25,000 Wh although the product of the doubles may fall short of it. The result is
   RoundEnergy's or one less. */
MarketStatus RoundEnergyDown(double power_mw, double step_hours, const char *what, int64_t *energy_wh,
                             MarketError *error);

/* Millionths of any value: watts of MW, watt-hours of MWh, millionths of a share. `unit` names them in the error line. */
MarketStatus RoundMillionths(double value, const char *what, const char *unit, int64_t *millionths, MarketError *error);

/* Millionths of the currency per MWh of a price in currency per MWh. */
MarketStatus RoundPrice(double price, const char *what, int64_t *price_millionths, MarketError *error);

/* Length of an interval in whole seconds (1 to 2^31 - 1). A step that is no whole number of seconds (to within a
   millionth of a second) is refused. */
MarketStatus RoundInterval(double step_hours, uint32_t *seconds, MarketError *error);

#endif
