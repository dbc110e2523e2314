/* The section `planning` of a study: policies and settings of a capacity expansion, as the study's policy overrides them, and
   their application to components. Values that may differ between investment periods are written as one number or as a mapping
   of years to numbers; a year without a number takes that of the year before it (linear between the years where that is
   said), none before the first.

     planning:
       currency: EUR
       periods: [2030, 2040, 2050]        # must be those of the network; only to choose among them
       discount_rate: 0.04                # weights of the periods anew, from their years
       value_of_lost_load: 5000           # currency per MWh unserved, at loads without a value of their own
       carbon_price: {2030: 50, 2040: 100}          # currency per tonne
       carbon_cap: {2050: 0}              # tonnes a year
       carbon_budget: 1.0e6               # tonnes over all periods (years weighted)
       renewable_share: {2050: 0.9}       # of the electricity that loads take; carriers below
       clean_share: {2050: 1}
       renewable: [wind, solar, hydro]    # carriers; default: those whose generators have no emissions and no fuel
       clean: [wind, solar, hydro, nuclear]
       reserve_margin: {margin: 0.15, scope: region, credit: {wind: 0.1, solar: 0.05}}   # firm capacity above peak demand
       operating_reserve: {share_of_load: 0.03, share_of_renewables: 0.05}
       targets: [{technology: wind, region: coast, period: 2040, at_least: 20, at_most: 80}]   # MW (MWh of stores)
       bans: [{technology: gas, from: 2040}]        # no new capacity from that period on; `use: true`: none may run
       subsidies: [{technology: battery, share: 0.3}]   # of annualised capital cost; or per_mwh: of generation
       demand_growth: {2030: 1, 2050: 1.3}          # times the loads (linear between); or a list with `carrier`, `region`
       electrification: [{from: heat, to: AC, share: {2050: 0.5}, efficiency: 3}]   # load moved between carriers
       peer_to_peer: true                 # settlement only
       region: location                   # column of the buses
       reliability: {years: 50, seed: 1, hours: 8760}
       check: {hours: [peak, lowest-inertia, highest-renewable, typical], rounds: 2, stability: true}
*/
#ifndef ARCHIPELAGO_INPUTS_PLANNING_H
#define ARCHIPELAGO_INPUTS_PLANNING_H

#include "inputs/components.h"

/* A number for each of some years, ascending. n = 0: not given; year[0] = PETSC_MIN_INT: one number for all. */
typedef struct {
  PetscInt   n;
  PetscInt  *year;
  PetscReal *value;
  PetscInt   line;
} YearValues;

/* Value in a year: that of the last year at or before it, or interpolated; `otherwise` before the first. */
PetscReal YearValuesAt(const YearValues *values, PetscInt year, PetscBool linear, PetscReal otherwise);

/* A rule about a technology (carrier) in a region ("" all). */
typedef struct {
  char      *technology, *region;
  PetscInt   period;            /* year; 0: all */
  PetscInt   from;              /* of bans: year */
  PetscReal  at_least, at_most; /* of targets, MW or MWh; -/+INFINITY */
  PetscReal  share, per_mwh;    /* of subsidies */
  PetscBool  use;               /* of bans: what exists may not run either */
  YearValues years;             /* of electrification: shares; of demand growth: factors */
  char      *from_carrier, *to_carrier; /* of electrification; demand growth has the carrier in from_carrier */
  PetscReal  efficiency;        /* of electrification: of the new use against the old */
  PetscInt   line;
} PlanningRule;

typedef struct {
  PetscInt      n;
  PlanningRule *rule;
} PlanningRules;

typedef struct {
  PetscInt n;
  char   **text;
} PlanningTexts;

typedef struct _s_Planning {
  char         *path;     /* of the study, for messages; NULL: none */
  char         *policy;   /* its name, or "base" */
  char         *currency; /* "EUR" */
  char         *region;   /* column of the buses; NULL: ComponentsRegion's choice */
  PetscReal     discount_rate;      /* NAN: weights as in the folder */
  PetscReal     value_of_lost_load; /* INFINITY: all demand is served */
  YearValues    carbon_price, carbon_cap, renewable_share, clean_share;
  PetscReal     carbon_budget; /* INFINITY: none */
  PetscInt      carbon_budget_line;
  PlanningTexts renewable, clean; /* carriers; n = 0: the default */
  PetscReal     reserve_margin;   /* NAN: none */
  PetscBool     reserve_margin_study; /* one margin for the study rather than one for each region */
  PlanningRules credit;               /* of the margin: technology, share */
  PetscReal     reserve_share_of_load, reserve_share_of_renewables;
  PlanningRules targets, bans, subsidies, demand_growth, electrification;
  PetscBool     peer_to_peer;
  PetscInt      reliability_years, reliability_hours; /* 0 years: not assessed */
  long long     reliability_seed;
  PetscInt      n_check_hours; /* 0: no AC check */
  char        **check_hour;    /* peak, lowest-inertia, highest-renewable, typical */
  PetscInt      check_rounds;
  PetscBool     check_stability;
} * Planning;

/* Without policies and limits: what `archipelago plan FOLDER` plans with. */
PetscErrorCode PlanningCreate(Planning *planning);
PetscErrorCode PlanningDestroy(Planning *planning);

/* Applies the policies to components: growth and shifts of demand, carbon price, caps, shares, margins and targets as rows of
   global_constraints, bans, subsidies, value of lost load. What a policy names must be there; a fault with the study's line
   otherwise. The same on every rank, not collective. */
PetscErrorCode PlanningApply(Planning planning, Components components, Faults faults);

#endif
