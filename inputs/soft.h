/* Classes of limits that a study may price instead of holding them: a violation then costs its price per unit and hour,
   and is reported, where otherwise the problem would have no solution. */
#ifndef ARCHIPELAGO_INPUTS_SOFT_H
#define ARCHIPELAGO_INPUTS_SOFT_H

#include <petscsys.h>

typedef enum {
  SOFT_BRANCH_RATING, /* currency/h per MVA (DC: MW) above rate_a at an end of a branch */
  SOFT_ANGLE,         /* currency/h per radian outside a branch's angle limits */
  SOFT_VOLTAGE,       /* currency/h per per-unit voltage outside a bus's limits */
  SOFT_RAMP,          /* currency/h per MW by which a unit's change from the hour before exceeds its ramp */
  SOFT_REACTIVE,      /* currency/h per Mvar outside a generator's limits */
  SOFT_FINAL_ENERGY,  /* currency per MWh by which a storage unit misses its final energy (of a cycle: either way) */
  SOFT_RESERVE, /* currency/h per MW missing from a reserve's requirement; beside a shortage price the lower one */
  SOFT_LIMITS
} SoftLimit;

/* Name in studies and results: "branch_rating", "angle", "voltage", "ramp", "reactive", "final_energy", "reserve". */
const char *SoftLimitName(SoftLimit limit);
/* Unit of its price: "currency/h per MVA", ... */
const char *SoftLimitPriceUnit(SoftLimit limit);
/* Range of prices: beyond it the costs of power are lost in the arithmetic beside the price of the limit (30 buses with 1e9 per MVA
   end 1 % from the optimum; 1e7 1e-4 from it). */
PetscReal SoftLimitLowestPrice(void);
PetscReal SoftLimitHighestPrice(SoftLimit limit);
/* Unit of its excess summed over the hours: "MVAh", "rad h", "pu h", "MWh", "Mvarh", "MWh", "MWh". */
const char *SoftLimitExcessUnit(SoftLimit limit);
/* Class of this name, or SOFT_LIMITS. */
SoftLimit SoftLimitFind(const char *name);

#endif
