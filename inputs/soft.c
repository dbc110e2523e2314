/* Names and units of the classes of limits. */
#include "inputs/soft.h"

#include <string.h>

static const struct {
  const char *name, *price_unit, *excess_unit;
} description[SOFT_LIMITS] = {
    [SOFT_BRANCH_RATING] = {"branch_rating", "currency/h per MVA", "MVAh"},
    [SOFT_ANGLE]         = {"angle", "currency/h per radian", "rad h"},
    [SOFT_VOLTAGE]       = {"voltage", "currency/h per per-unit voltage", "pu h"},
    [SOFT_RAMP]          = {"ramp", "currency/h per MW", "MWh"},
    [SOFT_REACTIVE]      = {"reactive", "currency/h per Mvar", "Mvarh"},
    [SOFT_FINAL_ENERGY]  = {"final_energy", "currency/MWh", "MWh"},
    [SOFT_RESERVE]       = {"reserve", "currency/h per MW", "MWh"},
};

const char *SoftLimitName(SoftLimit limit)
{
  return description[limit].name;
}

const char *SoftLimitPriceUnit(SoftLimit limit)
{
  return description[limit].price_unit;
}

PetscReal SoftLimitLowestPrice(void)
{
  return 1e-6;
}

PetscReal SoftLimitHighestPrice(SoftLimit limit)
{
  return limit == SOFT_ANGLE || limit == SOFT_VOLTAGE ? 1e8 : 1e6;
}

const char *SoftLimitExcessUnit(SoftLimit limit)
{
  return description[limit].excess_unit;
}

SoftLimit SoftLimitFind(const char *name)
{
  SoftLimit k = SOFT_BRANCH_RATING;
  while (k < SOFT_LIMITS && strcmp(description[k].name, name) != 0) ++k;
  return k;
}
