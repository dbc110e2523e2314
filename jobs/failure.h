/* What is told when a rank fails: one line on stderr with rank, host, window, stage, region and reason, and failure.json in the
   directory of the run, whole or absent. Told by the rank itself where it can (an error that travels up, a library that ends the
   program, a crash), else by its guard, a small process beside it that sleeps until the rank is gone. Nobody waits for a rank that
   failed: its end ends the others, through MPI_Abort or through whoever launched them. */
#ifndef ARCHIPELAGO_JOBS_FAILURE_H
#define ARCHIPELAGO_JOBS_FAILURE_H

#include <petscsys.h>

/* Before MPI is initialised. With `guarded` the guard is started; without memory or processes for it there is none. */
void FailureBegin(PetscBool guarded);
/* After it is: rank and host become known, crashes and errors of MPI are told. Not collective. */
PetscErrorCode FailureListen(MPI_Comm comm);
/* From now on failures leave failure.json in this directory, unless it holds a finished result (SHA256SUMS) or the record of a
   failure already; it is made if it is not there. What an earlier start left is removed. While a directory counts, others
   (of a task within the task) do not. The same on every rank. */
void FailureDirectory(const char *path);
/* The directory counts no more. With `done`, what a dying rank of an earlier start left there late is removed. */
void FailureLeave(const char *path, PetscBool done);

/* A line on stderr at once, and the record. Both are safe in a signal handler; `status` is a word ("crashed"). */
void FailureTell(const char *status, const char *reason);
void FailureRecord(const char *status, const char *reason);

/* PETSc's error handler: an error is one line, not a trace; the codes travel up. */
PetscErrorCode FailureHandler(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                              PetscErrorType type, const char *message, void *context);
/* Ends all ranks with this status, after an error that travelled up to main. Does not return. */
void FailureAbort(MPI_Comm comm, int status) __attribute__((noreturn));

/* A request to stop has come: what ends the process soon after is not its failure. Safe in a signal handler. */
void FailureToldToStop(void);
/* The command has ended and said how; nothing is told from here on. */
void FailureEnd(void);

/* Collective. The regional solve that failed in this window, of the lowest rank that has one: "region north on rank 1 (node7)
   failed after 80 iterations with residual 1.0e-01"; empty where none did. The same on every rank. */
PetscErrorCode FailureOfRegion(MPI_Comm comm, char *text, int size);

#endif
