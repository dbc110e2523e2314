/* How far a sweep, or a single run or plan, is: from the files alone, so also on another machine than where it runs, while it
   runs. For one rank. */
#ifndef ARCHIPELAGO_JOBS_STATUS_H
#define ARCHIPELAGO_JOBS_STATUS_H

#include "jobs/task_journal.h"

/* How far the work in a run's or plan's directory is. */
typedef struct {
  PetscInt windows, windows_done; /* windows = 0: not known, or a plan */
  char     at[256];               /* the stage that was told last; empty: not known */
} RunProgress;

/* `log` may be NULL or absent. */
void RunProgressRead(const char *directory, const char *log, RunProgress *progress);

/* Fills the job's document and, without --json, prints a table. */
PetscErrorCode StatusOfSweep(Job job, Sweep sweep);
/* The same for a run's or plan's directory, complete or not; something else fails the job. */
PetscErrorCode StatusOfRun(Job job, const char *directory);

/* "12 s", "3 min 20 s", "2 h 10 min". */
void FormatDuration(double seconds, char *text, size_t size);

#endif
