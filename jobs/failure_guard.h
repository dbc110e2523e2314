/* The guard of a rank: a process that sleeps beside it and tells of an end that the rank could not tell itself, such as that by
   the kernel when memory runs out. Part of jobs/failure.c. */
#ifndef ARCHIPELAGO_JOBS_FAILURE_GUARD_H
#define ARCHIPELAGO_JOBS_FAILURE_GUARD_H

#include <petscsys.h>
#include <signal.h>

#include "inputs/whereabouts.h"

/* In memory that the rank shares with its guard. */
typedef struct {
  Whereabouts           here;
  volatile sig_atomic_t listening, ended, told,
      asked_to_stop; /* MPI works; as it should; a failure is told; a signal came */
  char directory[PETSC_MAX_PATH_LEN];
} FailureShared;

void FailureGuardStart(FailureShared *shared);
/* Waits for its end. */
void FailureGuardEnd(void);

/* For the guard: line and record of a rank that was killed; `quietly` without the line where there is a record already. */
PetscBool FailureTellKilled(const char *reason, PetscBool quietly);

#endif
