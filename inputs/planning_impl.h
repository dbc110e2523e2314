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
} Apply;

/* Whether an asset has a carrier (NULL: any) and stands in a region (NULL: any). */
PetscBool ApplyMatches(const Apply *a, const PlanningAsset *asset, PetscInt row, const char *carrier,
                       const char *region);
/* Row of the bus of an asset or load; never -1 in components that were read. */
PetscInt ApplyBus(const Apply *a, ComponentKind kind, const char *column, PetscInt row);
/* Year of a period of the network; for YearValuesAt. Networks without periods: PETSC_MAX_INT. */
PetscInt ApplyYear(const Apply *a, PetscInt period);
/* Regions of the buses, each once, in the order of the buses. Borrowed texts; PetscFree the list. */
PetscErrorCode ApplyRegions(const Apply *a, PetscInt *n, const char ***region);

/* Faults where nothing has that name: false then. `what` names the policy. */
PetscErrorCode ApplyCheckTechnology(const Apply *a, const char *what, const char *name, PetscInt line,
                                    PetscBool *found);
PetscErrorCode ApplyCheckBusCarrier(const Apply *a, const char *what, const char *name, PetscInt line,
                                    PetscBool *found);
PetscErrorCode ApplyCheckRegion(const Apply *a, const char *what, const char *name, PetscInt line, PetscBool *found);
PetscErrorCode ApplyCheckPeriod(const Apply *a, const char *what, PetscInt year, PetscInt line, PetscBool *found);
/* The years of values: none but one number in networks without periods; periods of the network where `periods`. */
PetscErrorCode ApplyCheckYears(const Apply *a, const char *what, const YearValues *values, PetscBool periods,
                               PetscBool *sound);

/* planning_apply_periods.c */
PetscErrorCode ApplyPeriods(const Apply *a);
/* planning_apply_demand.c: growth, electrification, value of lost load */
PetscErrorCode ApplyDemand(const Apply *a);
/* planning_apply_assets.c: bans, subsidies, credits */
PetscErrorCode ApplyAssets(const Apply *a);
/* planning_apply_limits.c: carbon, shares, targets, margins, reserves */
PetscErrorCode ApplyLimits(const Apply *a);

#endif
