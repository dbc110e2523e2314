/* The section `planning` of a study: policies and settings of a capacity expansion, as the study's policy overrides them, and
   their application to components. docs/study-file.md describes each key.

   Values that may differ between investment periods are written as one number or as a mapping of years to numbers. Those that
   hold from a year on (prices, caps, shares) name periods of the network; a period without a number takes that of the one
   before it, none before the first. Those that grow (demand, electrification) are linear between any years, and constant after
   the last. A network without investment periods takes the form with one number only.

     planning:
       currency: EUR
       periods: [2030, 2040, 2050]        # of the network's: the others are left out
       discount_rate: 0.04                # weights of the periods anew, from their years
       value_of_lost_load: 5000           # currency per MWh unserved, at loads without a value of their own
       carbon_price: {2030: 50, 2040: 100}          # currency per tonne
       carbon_cap: {2050: 0}              # tonnes a year
       carbon_budget: 1.0e6               # tonnes over all periods (years weighted)
       renewable_share: {2050: 0.9}       # of the electricity that loads take; carriers below
       clean_share: {2050: 1}
       renewable: [wind, solar, hydro]    # carriers; default: without emissions, and as the weather has it
       clean: [wind, solar, hydro, nuclear]         # default: without emissions
       reserve_margin: {margin: 0.15, scope: region, credit: {wind: 0.1, solar: 0.05}}   # firm capacity above peak demand
       operating_reserve: {share_of_load: 0.03, share_of_renewables: 0.05, scope: region, shortage_price: 1000}
       targets: [{technology: wind, region: coast, period: 2040, at_least: 20, at_most: 80}]   # MW (MWh of stores)
       bans: [{technology: gas, from: 2040}]        # no new capacity from that period on; `use: true`: none may run
       subsidies: [{technology: battery, share: 0.3}]   # of annualised capital cost; or per_mwh: of generation
       demand_growth: {2030: 1, 2050: 1.3}          # times the loads; or [{carrier: heat, region: coast, factor: 1.2}]
       electrification: [{from: heat, to: AC, share: {2050: 0.5}, efficiency: 3}]   # load moved between carriers
       peer_to_peer: true                 # settlement only
       region: location                   # column of the buses
       reliability: {years: 50, seed: 1, hours: 8760}
       check: {hours: [peak, lowest-inertia, highest-renewable, typical], rounds: 2, stability: true}

   Technologies are carriers of assets. Rows of global_constraints that policies become (PlanningApply), beside PyPSA's
   primary_energy, have types of our own, which PyPSA passes over. Their columns `carriers` (names with ";" between) and
   `region` are of our own too; `sense` and `investment_period` are PyPSA's.

     energy_share     constant: share of the electricity that loads take, which the carriers must generate
     capacity_margin  constant: margin of firm capacity above the highest demand of the region
     capacity_target  constant: MW (MWh of stores) of what has the carriers in the region

   The solver's expansion_share.c, expansion_margin.c and expansion_target.c say what they count. */
#ifndef ARCHIPELAGO_INPUTS_PLANNING_H
#define ARCHIPELAGO_INPUTS_PLANNING_H

#include "inputs/components.h"

#define PLANNING_ENERGY_SHARE "energy_share"
#define PLANNING_CAPACITY_MARGIN "capacity_margin"
#define PLANNING_CAPACITY_TARGET "capacity_target"

/* A number for each of some years, ascending. n = 0: not given; year[0] = PETSC_MIN_INT: one number for all. */
typedef struct {
  PetscInt   n;
  PetscInt  *year;
  PetscReal *value;
  PetscInt  *year_line; /* of the study file */
  PetscInt   line;
} YearValues;

/* Value in a year: that of the last year at or before it, or interpolated between years (after the last: the last);
   `otherwise` before the first, and where nothing is given. */
PetscReal YearValuesAt(const YearValues *values, PetscInt year, PetscBool linear, PetscReal otherwise);

/* A rule about a technology (carrier) in a region (NULL: all). */
typedef struct {
  char      *technology, *region;
  PetscInt   period;               /* of targets: year; 0: all */
  PetscInt   from;                 /* of bans: year; 0: all */
  PetscReal  at_least, at_most;    /* of targets, MW or MWh; -/+INFINITY */
  PetscReal  share, per_mwh;       /* of subsidies and credits; 0 */
  PetscBool  use;                  /* of bans: what exists may not run either */
  YearValues years;                /* of electrification: shares; of demand growth: factors */
  char *from_carrier, *to_carrier; /* of electrification; demand growth has the carrier in from_carrier, NULL: all */
  PetscReal efficiency;            /* of electrification: of the new use against the old */
  PetscInt  line, technology_line, region_line, period_line, from_line, to_line;
} PlanningRule;

typedef struct {
  PetscInt      n;
  PlanningRule *rule;
} PlanningRules;

typedef struct {
  PetscInt  n;
  char    **text;
  PetscInt *line; /* of the study file */
} PlanningTexts;

typedef struct _s_Planning {
  char         *path;      /* of the study, for messages; NULL: none */
  char         *policy;    /* its name, or "base" */
  char         *currency;  /* "EUR" */
  char         *region;    /* column of the buses; NULL: ComponentsRegion's choice */
  PetscInt      n_periods; /* 0: all of the network's */
  PetscInt     *period, *period_line;
  PetscReal     discount_rate;      /* NAN: weights as in the folder */
  PetscReal     value_of_lost_load; /* INFINITY: all demand is served */
  YearValues    carbon_price, carbon_cap, renewable_share, clean_share;
  PetscReal     carbon_budget;        /* INFINITY: none */
  PlanningTexts renewable, clean;     /* carriers; n = 0: the default */
  PetscReal     reserve_margin;       /* NAN: none */
  PetscBool     reserve_margin_study; /* one margin for the study rather than one for each region */
  PlanningRules credit;               /* of the margin: technology, share */
  PetscReal     reserve_share_of_load, reserve_share_of_renewables; /* operating reserve; 0 */
  PetscReal     reserve_shortage_price;                             /* currency per MWh; INFINITY: always held */
  PetscBool     reserve_study; /* one operating reserve for the study rather than one for each region */
  PlanningRules targets, bans, subsidies, demand_growth, electrification;
  PetscBool     peer_to_peer;
  PetscInt      reliability_years, reliability_hours; /* 0 years: not assessed */
  PetscInt      reliability_seed;
  PetscInt      n_check_hours; /* 0: no AC check */
  char        **check_hour;    /* peak, lowest-inertia, highest-renewable, typical */
  PetscInt      check_rounds;
  PetscBool     check_stability;
  PetscInt      line, currency_line, region_line, discount_line, carbon_budget_line, reserve_margin_line,
      operating_reserve_line;
} * Planning;

/* Without policies and limits: what `archipelago plan FOLDER` plans with. */
PetscErrorCode PlanningCreate(Planning *planning);
PetscErrorCode PlanningDestroy(Planning *planning);

/* Applies the policies to components: choice and weights of periods, growth and shifts of demand, value of lost load, bans,
   subsidies, carbon price, and caps, shares, margins and targets as rows of global_constraints, reserves as rows of
   reserves. What a policy names must be there; a fault with the study's line otherwise. To be applied once. The same on
   every rank, not collective. */
PetscErrorCode PlanningApply(Planning planning, Components components, Faults faults);

/* The price that the multiplier `mu` of a row of global_constraints stands for: money of the row's own year per unit (of the
   present value where the row is of no period) and positive where the constraint costs: per tonne, per MWh, per MW and year.
   `unit` is static text, "currency/t" and the like; NULL where the type has no unit of its own. */
PetscErrorCode PlanningPrice(Components components, PetscInt row, PetscReal *price, const char **unit);

/* Whether a bus is electric: carrier AC, DC or none said. */
PetscBool ComponentsElectric(Components components, PetscInt bus);
/* Whether a text of names with ";" between holds a name. */
PetscBool PlanningNamed(const char *names, const char *name);

#endif
