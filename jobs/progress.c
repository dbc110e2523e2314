/* Progress on a terminal or in a log. */
#include "jobs/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double TERMINAL_SECONDS = 0.1, LOG_SECONDS = 10;

static double Now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ProgressStart(Progress *progress, PetscBool quiet)
{
  progress->terminal = isatty(STDERR_FILENO) ? PETSC_TRUE : PETSC_FALSE;
  progress->quiet    = quiet;
  progress->prefix   = NULL;
  progress->last     = Now();
  progress->width    = 0;
}

static void Show(Progress *progress, const char *text)
{
  const char *prefix = progress->prefix ? progress->prefix : "", *colon = progress->prefix ? ": " : "";

  if (progress->terminal) {
    int n = fprintf(stderr, "\r%s%s%s", prefix, colon, text) - 1;
    fprintf(stderr, "%*s", progress->width > n ? progress->width - n : 0, "");
    progress->width = n;
    fflush(stderr);
  } else {
    fprintf(stderr, "%s%s%s\n", prefix, colon, text);
  }
  progress->last = Now();
}

PetscErrorCode ProgressIteration(void *context, const char *stage, PetscInt iteration, PetscReal residual)
{
  Progress *progress = context;
  char      text[160];

  if (progress->quiet || Now() - progress->last < (progress->terminal ? TERMINAL_SECONDS : LOG_SECONDS)) return 0;
  snprintf(text, sizeof text, "%s, iteration %d, residual %.1e", stage, (int)iteration, residual);
  Show(progress, text);
  return 0;
}

void ProgressStage(Progress *progress, const char *stage)
{
  if (!progress->quiet) Show(progress, stage);
}

void ProgressEnd(Progress *progress)
{
  if (progress->quiet || !progress->terminal || !progress->width) return;
  fprintf(stderr, "\r%*s\r", progress->width, "");
  progress->width = 0;
  fflush(stderr);
}
