/* A plan as an AC system: chosen hours of each period become ordinary studies of one hour, which are dispatched with AC
   physics, disturbed and settled; what does not fit comes back as findings and, for a bounded number of rounds, as
   constraints under which the plan is made again. docs/planning.md says what is found and what it leads to. */
#ifndef ARCHIPELAGO_JOBS_PLAN_CHECK_H
#define ARCHIPELAGO_JOBS_PLAN_CHECK_H

#include "jobs/plan.h"

/* Collective. Checks the plan that the components hold, and plans again where rounds are asked for. Leaves the findings in
   plan->check, which is the same on every rank; runs stand in check/ of the plan's directory. Nothing is done where no hours
   are asked for. */
PetscErrorCode PlanCheck(Plan plan);
/* Rows of the statistics from the last round's findings: overloads, voltages, insecure hours, redispatch. */
PetscErrorCode PlanCheckStatistics(json_t *check, const char *currency, Statistics statistics);
/* What plan.json tells of it: counts, and a line for each hour. */
json_t *PlanCheckSummary(json_t *check);
/* The same on a terminal; `summary` may be NULL. */
void PlanCheckShow(json_t *summary, FILE *stream);

#endif
