/* The result store of a plan: its components as one data set with named axes and units (docs/results.md). */
#ifndef ARCHIPELAGO_JOBS_PLAN_RESULTS_H
#define ARCHIPELAGO_JOBS_PLAN_RESULTS_H

#include "jobs/dataset.h"
#include "jobs/plan.h"

/* Not collective. Of solved components. */
PetscErrorCode PlanResultsCreate(Plan plan, Dataset *ds);

#endif
