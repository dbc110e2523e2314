/* Where a plan comes from: everything about it that another run of the same inputs would not repeat. */
#ifndef ARCHIPELAGO_JOBS_PLAN_PROVENANCE_H
#define ARCHIPELAGO_JOBS_PLAN_PROVENANCE_H

#include "jobs/plan.h"

/* Collective; *provenance on rank 0 alone. Program, libraries, ranks, host, options, SHA-256 of each input file, times so far. */
PetscErrorCode PlanProvenanceCreate(Plan plan, json_t **provenance);

#endif
