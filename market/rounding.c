/* Doubles to integers: the only file of the market room that rounds. */
#include "market/rounding.h"

#include <float.h>
#include <math.h>

static const double exact_limit = 9007199254740992.0; /* 2^53 */

static MarketStatus RoundScaled(double value, double scale, const char *what, const char *unit, int64_t *result,
                                MarketError *error)
{
  double scaled = value * scale;

  if (isnan(value) || isinf(value))
    return MarketFail(error, MARKET_BAD_INPUT, "%s is %f; expected a finite number", what, value);
  if (!(fabs(scaled) < exact_limit))
    return MarketFail(error, MARKET_OVERFLOW, "%s is %g; expected less than 2^53 %s in size", what, value, unit);
  *result = llround(scaled);
  return MARKET_OK;
}

MarketStatus RoundEnergy(double power_mw, double step_hours, const char *what, int64_t *energy_wh, MarketError *error)
{
  if (!(step_hours > 0) || isinf(step_hours))
    return MarketFail(error, MARKET_BAD_INPUT, "the interval is %g h long; expected a positive number", step_hours);
  return RoundScaled(power_mw, step_hours * 1e6, what, "Wh", energy_wh, error);
}

MarketStatus RoundEnergyDown(double power_mw, double step_hours, const char *what, int64_t *energy_wh,
                             MarketError *error)
{
  int64_t nearest = 0;
  double  exact   = power_mw * (step_hours * 1e6), slack;

  MARKET_TRY(RoundEnergy(power_mw, step_hours, what, &nearest, error));
  slack      = fmax(1e-3, 4 * DBL_EPSILON * fabs(exact));
  *energy_wh = nearest > 0 && (double)nearest > exact + slack ? nearest - 1 : nearest;
  if (*energy_wh < 0) *energy_wh = 0;
  return MARKET_OK;
}

MarketStatus RoundMillionths(double value, const char *what, const char *unit, int64_t *millionths, MarketError *error)
{
  return RoundScaled(value, 1e6, what, unit, millionths, error);
}

MarketStatus RoundPrice(double price, const char *what, int64_t *price_millionths, MarketError *error)
{
  return RoundScaled(price, 1e6, what, "millionths per MWh", price_millionths, error);
}

MarketStatus RoundInterval(double step_hours, uint32_t *seconds, MarketError *error)
{
  double exact = step_hours * 3600.0;

  if (!(exact >= 0.5 && exact < 2147483647.0) || fabs(exact - nearbyint(exact)) > 1e-6)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "the interval is %.17g h long; expected a whole number of seconds, at least one", step_hours);
  *seconds = (uint32_t)lround(exact);
  return MARKET_OK;
}
