/* Memory of a job: what it will take, what there is, what it took. Bytes of one rank. */
#ifndef ARCHIPELAGO_JOBS_MEMORY_H
#define ARCHIPELAGO_JOBS_MEMORY_H

#include "inputs/study.h"
#include "jobs/job.h"
#include "jobs/progress.h"
#include "partition/partition.h"

/* Early, on every rank: takes the buffer that the linear algebra library would otherwise wait for without end when there is no
   memory left for it. False, with a line of text, where it cannot be had. Not collective. */
PetscBool MemoryPrepare(char *text, size_t size);

/* Not collective. The largest rank's peak for a window of the study on so many ranks; without a study: for one hour of the network. */
PetscErrorCode MemoryOfStudy(Study study, Network net, Partition partition, PetscInt ranks, PetscReal *bytes);

/* Collective. Puts the estimate of a rank's peak as "memory_estimate_bytes_per_rank" into the document (rank 0) and says it in a
   line, which warns where it is more than there is. An estimate of 0 is none. */
PetscErrorCode MemoryTell(Job job, Progress *progress, PetscReal bytes);

/* "1.2 GB" */
void MemoryText(PetscReal bytes, char text[32]);

#endif
