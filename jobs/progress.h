/* Progress: one line that is rewritten on a terminal, with the time taken and, where windows are counted, the time left; in a log
   plain lines now and then, "2030-06-21T10:00:00Z rank 0 dispatch: window 1 of 2". Rank 0's stderr; with --verbose every rank tells
   its stages; with --quiet none. A stage that is told is also where the rank is, should it fail (inputs/whereabouts.h). */
#ifndef ARCHIPELAGO_JOBS_PROGRESS_H
#define ARCHIPELAGO_JOBS_PROGRESS_H

#include <petscsys.h>

typedef struct {
  PetscBool   terminal, quiet;
  const char *prefix;   /* "window 1 of 2, 2030-06-21T10:00:00Z" */
  double      started;  /* monotonic seconds */
  double      last;     /* time of the last line */
  int         width;    /* characters on the terminal's line */
  PetscInt    n, first; /* windows: all; done before this start; 0, 0: not counted */
  PetscInt    done;     /* by now */
  double      counted;  /* when the first window of this start began */
} Progress;

/* For the whole program, from --quiet and --verbose. */
void ProgressVerbosity(PetscBool quiet, PetscBool verbose);

void ProgressStart(Progress *progress, PetscBool quiet);
/* Of n windows so many are done; the first call tells what an earlier start did. */
void ProgressCount(Progress *progress, PetscInt done, PetscInt n);
/* Shows "prefix: stage, iteration k, residual r"; often ignored, so that it can be called every iteration. */
PetscErrorCode ProgressIteration(void *progress, const char *stage, PetscInt iteration, PetscReal residual);
/* Begins a stage and shows it at once. */
void ProgressStage(Progress *progress, const char *stage);
/* Begins a stage that is too short for a line in a log, or told there in another way. */
void ProgressStep(Progress *progress, const char *stage);
/* Shows a text that stays, on a terminal too. */
void ProgressLine(Progress *progress, const char *text);
/* Clears the terminal's line. */
void ProgressEnd(Progress *progress);

#endif
