/* Checking what is planned before it is. */
#ifndef ARCHIPELAGO_JOBS_PLAN_VALIDATE_H
#define ARCHIPELAGO_JOBS_PLAN_VALIDATE_H

#include "jobs/plan.h"

/* Collective. Whether `archipelago plan` rather than a dispatch is meant by a path: a study with a section planning, or a PyPSA
   folder with something extendable, investment periods or global constraints. */
PetscErrorCode PlanIsMeant(MPI_Comm comm, const char *path, PetscBool *is);

/* Collective. Reads it in its base and under all its policies, up to the linear program; every fault goes to the list. A short
   summary of the base goes to `out` on rank 0 (NULL: none), and as a row to `files`. */
PetscErrorCode PlanValidate(Job job, const char *path, int n_set, const char *const *set, Faults faults, FILE *out,
                            json_t *files);

#endif
