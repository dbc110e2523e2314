/* Reliability of a plan: solved components to the adequacy of their supply of electricity (solver/adequacy.h), period by period.
   docs/reliability.md says what of a plan counts as what. */
#ifndef ARCHIPELAGO_JOBS_PLAN_ADEQUACY_H
#define ARCHIPELAGO_JOBS_PLAN_ADEQUACY_H

#include <jansson.h>

#include "inputs/planning.h"
#include "jobs/statistics.h"
#include "solver/watch.h"

/* Collective over comm; the same on any number of ranks. Simulates planning->reliability_years years of
   planning->reliability_hours hours for each investment period, and adds rows to the statistics: expected energy not served,
   hours, probability and share of energy of lost load, spells of it, each with its standard error, by region and for all
   (region ""). *report, unless NULL, is reliability.json, to be freed by the caller. Without electric demand or without years
   nothing is added and *report is NULL. A watch (or NULL) may stop it, which leaves statistics and report incomplete. */
PetscErrorCode PlanAssessReliability(MPI_Comm comm, Components components, Planning planning, Watch watch,
                                     Statistics statistics, json_t **report, PetscBool *stopped);

/* Unit size and outages of a technology that does not say: MW, hours. */
typedef enum {
  SUPPLY_UNITS,   /* two-state units */
  SUPPLY_WEATHER, /* as much as the weather gives */
  SUPPLY_NONE     /* no supply: load shedding in the guise of a generator */
} SupplyKind;

typedef struct {
  const char *name; /* a word of the carrier's name; "" ends the table and holds for all others */
  SupplyKind  kind;
  PetscReal   unit_mw, mttf_h, mttr_h;
  const char *source;
} SupplyDefault;

extern const SupplyDefault SupplyDefaults[];
const SupplyDefault       *SupplyDefaultOf(const char *carrier);

#endif
