/* Checking what is dispatched before it is. */
#ifndef ARCHIPELAGO_JOBS_RUN_VALIDATE_H
#define ARCHIPELAGO_JOBS_RUN_VALIDATE_H

#include "jobs/job.h"

/* Collective. What the inputs by themselves do not know of a study under a policy (NULL: the base) with n_set values KEY=VALUE:
   the device table and the disturbances of its stability, its contracts and bids; only where the study and its network are
   sound. */
PetscErrorCode RunValidate(Job job, const char *path, const char *policy, PetscInt n_set, const char *const *set,
                           Faults faults);

#endif
