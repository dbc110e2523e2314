/* Requests to stop. */
#include "jobs/stop.h"

#include <signal.h>
#include <string.h>

#include "jobs/failure.h"

static volatile sig_atomic_t requested = 0;

static void Request(int number)
{
  (void)number;
  requested = 1;
  FailureToldToStop();
}

void StopListen(void)
{
  struct sigaction action;

  memset(&action, 0, sizeof action);
  action.sa_handler = Request;
  action.sa_flags   = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

PetscBool StopRequested(void)
{
  return requested ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode StopAgreed(MPI_Comm comm, PetscBool *stop)
{
  int mine = requested ? 1 : 0, any;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, comm));
  *stop = any ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}
