/* Inside planning: what study_planning.c and planning*.c share. */
#ifndef ARCHIPELAGO_INPUTS_PLANNING_IMPL_H
#define ARCHIPELAGO_INPUTS_PLANNING_IMPL_H

#include "inputs/planning.h"

PetscErrorCode YearValuesDestroy(YearValues *values);

/* Kinds of assets that have capacities and carriers, and the name of their capacity. */
typedef struct {
  ComponentKind kind;
  const char   *nominal; /* "p_nom" */
  const char   *bus;     /* that decides the region: "bus" or "bus0" */
} PlanningAsset;

#define PLANNING_ASSETS 5
extern const PlanningAsset planning_asset[PLANNING_ASSETS];

/* One application: what is changed, and where faults go. */
typedef struct {
  Planning   p;
  Components c;
  Faults     faults;
  PetscInt   n_years; /* investment periods of the network before any were left out */
  PetscInt  *year;
} Apply;

/* Adds a fault at a line of the study. */
#define ApplyFault(a, line, ...) FaultsAdd((a)->faults, FAULT_ERROR, (a)->p->path, line, __VA_ARGS__)

/* Whether an asset has a carrier (NULL: any) and stands in a region (NULL: any). */
PetscBool ApplyMatches(const Apply *a, const PlanningAsset *asset, PetscInt row, const char *carrier,
                       const char *region);
/* Row of the bus that a column of a table names; -1 where there is none. */
PetscInt ApplyBus(const Apply *a, ComponentKind kind, const char *column, PetscInt row);
/* Text of a column that the table may not have: "" then. */
const char *ApplyText(const Apply *a, ComponentKind kind, const char *column, PetscInt row);
/* Whether the file says something in a cell. */
PetscBool ApplyGiven(const Apply *a, ComponentKind kind, const char *column, PetscInt row);
/* Year of a period of the network; without periods one after all others. */
PetscInt ApplyYear(const Apply *a, PetscInt period);
/* Regions of the buses, each once, in the order of the buses; only of those with an electric bus. Borrowed texts; PetscFree
   the list. */
PetscErrorCode ApplyRegions(const Apply *a, PetscBool electric, PetscInt *n, const char ***region);

/* Faults where nothing has that name (NULL: fine); false then. `what` names the policy. */
PetscErrorCode ApplyCheckTechnology(const Apply *a, const char *what, const char *name, PetscInt line,
                                    PetscBool *found);
PetscErrorCode ApplyCheckBusCarrier(const Apply *a, const char *what, const char *name, PetscInt line,
                                    PetscBool *found);
PetscErrorCode ApplyCheckRegion(const Apply *a, const char *what, const char *name, PetscInt line, PetscBool *found);
/* A year that is no investment period (0: fine). */
PetscErrorCode ApplyCheckPeriod(const Apply *a, const char *what, PetscInt year, PetscInt line, PetscBool *found);
/* The years of values: none but one number in networks without periods; periods of the network unless any year will do. */
PetscErrorCode ApplyCheckYears(const Apply *a, const char *what, const YearValues *values, PetscBool any,
                               PetscBool *sound);
/* Adds the number or series of a cell times a factor of each period. */
PetscErrorCode ApplyScale(const Apply *a, ComponentKind kind, const char *column, PetscInt row,
                          const PetscReal *factor);

/* planning_apply_periods.c */
PetscErrorCode ApplyPeriods(const Apply *a);
/* planning_apply_demand.c: growth, electrification, value of lost load */
PetscErrorCode ApplyDemand(const Apply *a);
/* planning_apply_assets.c: bans, subsidies, credits */
PetscErrorCode ApplyAssets(const Apply *a);
/* planning_apply_limits.c: carbon, shares, targets, margins, reserves */
PetscErrorCode ApplyLimits(const Apply *a);

#endif
