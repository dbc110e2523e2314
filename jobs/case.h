/* A case for one command: its network and its regions on the job's ranks. */
#ifndef ARCHIPELAGO_JOBS_CASE_H
#define ARCHIPELAGO_JOBS_CASE_H

#include "jobs/job.h"
#include "partition/partition.h"

typedef struct {
  Network   net;
  Partition partition;
} Case;

/* Collective. Reads, cuts and assigns; faults fail the job and leave the case empty. */
PetscErrorCode CaseLoad(Job job, const char *path, const char *regions, Case *grid);
/* Collective. Cuts a network into regions on the job's ranks; warns about ranks that have none. */
PetscErrorCode CaseCut(Job job, Network net, const char *regions, Partition *partition);
PetscErrorCode CaseDestroy(Case *grid);

#endif
