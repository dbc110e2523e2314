/* What Slurm has of this user in its queue, as squeue tells it. For one rank. */
#ifndef ARCHIPELAGO_JOBS_SLURM_QUEUE_H
#define ARCHIPELAGO_JOBS_SLURM_QUEUE_H

#include <petscsys.h>

typedef struct _p_SlurmQueue *SlurmQueue;

typedef enum { SLURM_ABSENT, SLURM_PENDING, SLURM_RUNNING } SlurmState;

/* Asks squeue; *queue is NULL where there is none, or where it does not answer. */
PetscErrorCode SlurmQueueCreate(SlurmQueue *queue);
PetscErrorCode SlurmQueueDestroy(SlurmQueue *queue);

/* The state of the job with this number (of an element its own one). */
SlurmState SlurmQueueJob(SlurmQueue queue, const char *job);
/* The state of an element of an array, and its job's number. */
SlurmState SlurmQueueElement(SlurmQueue queue, const char *array, PetscInt element);

/* Whether a program is found on PATH; its path unless NULL. */
PetscBool ProgramOnPath(const char *name, char path[PETSC_MAX_PATH_LEN]);

#endif
