/* Where a plan comes from (jobs/provenance.h). */
#ifndef ARCHIPELAGO_JOBS_PLAN_PROVENANCE_H
#define ARCHIPELAGO_JOBS_PLAN_PROVENANCE_H

#include "jobs/plan.h"

/* Collective. What took effect is noted, and this start is entered in the provenance.json of the plan's open folder. */
PetscErrorCode PlanProvenanceStart(Plan plan);

#endif
