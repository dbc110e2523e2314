/* archipelago ledger: the commands of archipelago-ledger, on one rank. */
#include "jobs/command.h"
#include "market/command.h"

PetscErrorCode CommandLedger(Job job, int argc, char **argv)
{
  PetscFunctionBeginUser;
  job->json = PETSC_FALSE; /* the ledger prints its own documents */
  if (job->rank == 0) job->status = (JobStatus)MarketCommand(argc, argv);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
