/* Requests to stop: SIGUSR1 (a batch system's warning before the wall limit) and SIGTERM. */
#ifndef ARCHIPELAGO_JOBS_STOP_H
#define ARCHIPELAGO_JOBS_STOP_H

#include <petscsys.h>

/* From here on the signals are noted instead of ending the process. */
void StopListen(void);
/* Whether this rank was asked to stop. Not collective; signals may reach some ranks only. */
PetscBool StopRequested(void);
/* Collective. Whether any rank was. */
PetscErrorCode StopAgreed(MPI_Comm comm, PetscBool *stop);

#endif
