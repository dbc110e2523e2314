/* archipelago ledger: the ledger's own commands, on one rank. */
#include "jobs/command.h"
#include "ledger/command.h"

PetscErrorCode CommandLedger(Job job, int argc, char **argv)
{
  PetscFunctionBeginUser;
  job->json = PETSC_FALSE; /* the ledger prints its own documents */
  if (job->rank == 0) job->status = (JobStatus)LedgerCommand(argc, argv);
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
