/* Names and units of the classes of limits. */
#include "inputs/limits.h"

#include <string.h>

static const struct {
  const char *name, *price_unit, *excess_unit;
} description[LIMIT_CLASSES] = {
    [LIMIT_BRANCH_RATING] = {"branch_rating", "currency/h per MVA", "MVAh"},
    [LIMIT_ANGLE]         = {"angle", "currency/h per radian", "rad h"},
    [LIMIT_VOLTAGE]       = {"voltage", "currency/h per per-unit voltage", "pu h"},
    [LIMIT_RAMP]          = {"ramp", "currency/h per MW", "MWh"},
    [LIMIT_REACTIVE]      = {"reactive", "currency/h per Mvar", "Mvarh"},
    [LIMIT_FINAL_ENERGY]  = {"final_energy", "currency/MWh", "MWh"},
    [LIMIT_RESERVE]       = {"reserve", "currency/h per MW", "MWh"},
};

const char *LimitClassName(LimitClass limit)
{
  return description[limit].name;
}

const char *LimitClassPriceUnit(LimitClass limit)
{
  return description[limit].price_unit;
}

const char *LimitClassExcessUnit(LimitClass limit)
{
  return description[limit].excess_unit;
}

LimitClass LimitClassFind(const char *name)
{
  LimitClass k = LIMIT_BRANCH_RATING;
  while (k < LIMIT_CLASSES && strcmp(description[k].name, name) != 0) ++k;
  return k;
}
