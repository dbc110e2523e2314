/* A case for one command. */
#include "jobs/case.h"

#include "inputs/reader.h"

PetscErrorCode CaseCut(Job job, Network net, const char *regions, Partition *partition)
{
  Faults faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(PartitionCreate(job->comm, net, regions, faults, partition));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (job->status != JOB_DONE) {
    PetscCall(PartitionDestroy(partition));
    PetscFunctionReturn(0);
  }
  PetscCall(PartitionAssignRanks(*partition, job->size));
  if ((*partition)->n_regions < job->size)
    JobSay(job, "warning: %d of %d ranks stay idle, there %s only %d region%s",
           (int)(job->size - (*partition)->n_regions), job->size, (*partition)->n_regions == 1 ? "is" : "are",
           (int)(*partition)->n_regions, (*partition)->n_regions == 1 ? " (see --regions)" : "s");
  PetscFunctionReturn(0);
}

PetscErrorCode CaseLoad(Job job, const char *path, const char *regions, Case *grid)
{
  Faults faults;

  PetscFunctionBeginUser;
  grid->net       = NULL;
  grid->partition = NULL;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(job->comm, path, "auto", faults, &grid->net));
  PetscCall(JobReport(job, faults));
  PetscCall(FaultsDestroy(&faults));
  if (!grid->net && job->status == JOB_DONE) JobFail(job, JOB_INPUT, "%.900s: cannot be used as a network", path);
  if (job->status == JOB_DONE) PetscCall(CaseCut(job, grid->net, regions, &grid->partition));
  if (job->status != JOB_DONE) PetscCall(CaseDestroy(grid));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseDestroy(Case *grid)
{
  PetscFunctionBeginUser;
  if (grid->partition) PetscCall(PartitionDestroy(&grid->partition));
  if (grid->net) PetscCall(NetworkDestroy(&grid->net));
  PetscFunctionReturn(0);
}
