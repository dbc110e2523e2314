/* One launched command: its communicator, its exit status, its JSON document, and how all ranks agree on a failure. */
#ifndef ARCHIPELAGO_JOBS_JOB_H
#define ARCHIPELAGO_JOBS_JOB_H

#include "inputs/fault.h"
#include "jobs/json.h"

/* The program's exit statuses, the same on every rank. */
typedef enum {
  JOB_DONE       = 0,
  JOB_INTERNAL   = 1,  /* internal error, a failed write */
  JOB_INPUT      = 2,  /* bad usage or input */
  JOB_UNSOLVED   = 3,  /* not converged or infeasible */
  JOB_INSECURE   = 4,  /* insecure operating point where the study demands security */
  JOB_UNVERIFIED = 5,  /* verification failed */
  JOB_REQUEUE    = 75, /* stopped on request, with a checkpoint */
} JobStatus;

typedef struct _p_Provenance *Provenance; /* jobs/provenance.h */

typedef struct _p_Job {
  MPI_Comm    comm;
  PetscMPIInt rank, size;
  PetscBool   json;     /* one JSON document on stdout at the end */
  json_t     *document; /* rank 0's document, filled in the order in which it is printed */
  JobStatus   status;
  char        message[1024]; /* one line that goes with a status other than done; empty when already said */
  char        where[512];    /* of an internal error: the rank that failed, its host, its stage */
  PetscBool   recorded;      /* the failure is in failure.json, where the command has a directory */
  Provenance  provenance;    /* what is noted of the job from its beginning */
  int         argc;          /* the command line, as it was run; 0 in a job within another; */
  char      **argv;          /* [argc], borrowed */
} * Job;

/* The status as the JSON document tells it: "done", "not-solved", ... */
const char *JobStatusName(JobStatus status);
/* Collective. The communicator is borrowed. */
PetscErrorCode JobCreate(MPI_Comm comm, PetscBool json, Job *job);
/* Collective. Prints the message on rank 0's stderr and the document on its stdout, then frees; returns the status. */
PetscErrorCode JobFinish(Job *job, JobStatus *status);

/* Not collective: notes a failure on this rank, and where it is in its work; the first one counts. */
void JobFail(Job job, JobStatus status, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(3, 4);
/* Collective: every rank takes over the failure of the lowest rank that has one, which leaves it in failure.json. */
PetscErrorCode JobAgree(Job job);
/* Collective, same faults on all ranks: rank 0 prints them; errors make the status JOB_INPUT. Warnings beyond `most`
   are counted only. */
PetscErrorCode JobReport(Job job, Faults faults);

/* Rank 0 writes a line to stderr. */
void JobSay(Job job, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

#endif
