/* Progress: one line that is rewritten on a terminal, plain lines now and then in a log. Rank 0's stderr. */
#ifndef ARCHIPELAGO_JOBS_PROGRESS_H
#define ARCHIPELAGO_JOBS_PROGRESS_H

#include <petscsys.h>

typedef struct {
  PetscBool   terminal, quiet;
  const char *prefix; /* "window 1/1" */
  double      last;   /* time of the last line */
  int         width;  /* characters on the terminal's line */
} Progress;

void ProgressStart(Progress *progress, PetscBool quiet);
/* Shows "prefix: stage, iteration k, residual r"; often ignored, so that it can be called every iteration. */
PetscErrorCode ProgressIteration(void *progress, const char *stage, PetscInt iteration, PetscReal residual);
/* Shows a stage at once. */
void ProgressStage(Progress *progress, const char *stage);
/* Clears the terminal's line. */
void ProgressEnd(Progress *progress);

#endif
