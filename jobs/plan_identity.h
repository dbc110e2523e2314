/* What a plan is. */
#ifndef ARCHIPELAGO_JOBS_PLAN_IDENTITY_H
#define ARCHIPELAGO_JOBS_PLAN_IDENTITY_H

#include "jobs/plan.h"

/* Not collective. The text of study.json: settings in words, and a SHA-256 of the components as the policies left them, so that
   neither paths nor the layout of files count. PetscFree. */
PetscErrorCode PlanIdentity(Plan plan, char **text);

#endif
