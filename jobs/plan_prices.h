/* Prices of policies: what the multipliers of a plan's global constraints mean. */
#ifndef ARCHIPELAGO_JOBS_PLAN_PRICES_H
#define ARCHIPELAGO_JOBS_PLAN_PRICES_H

#include "jobs/plan.h"

/* {name: mu}, with PyPSA's sign and scaling. */
json_t *PlanMultipliers(Components components);
/* A row for each global constraint with a price: name, type, period, price (inputs/planning.h) and unit. */
PetscErrorCode PlanPrices(Plan plan, json_t **prices);
/* {period: price}, currency per tonne, of the carbon price that the plan pays; null without one. */
json_t *PlanCarbonPrice(Components components);

/* "currency/t" with the plan's own currency. */
void PlanUnit(Plan plan, const char *unit, char *text, size_t size);
/* Unit in which a row of the program, a balance or a policy, is broken: "MW", "t"; "" where it has none. */
void PlanRowUnit(Plan plan, PetscInt row, char *text, size_t size);

#endif
