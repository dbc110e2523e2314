/* Progress on a terminal or in a log. */
#include "jobs/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inputs/whereabouts.h"
#include "jobs/format.h"

static const double TERMINAL_SECONDS = 0.1, LOG_SECONDS = 10;

static PetscBool all_quiet, all_verbose;

static double Now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ProgressVerbosity(PetscBool quiet, PetscBool verbose)
{
  all_quiet   = quiet;
  all_verbose = verbose;
}

void ProgressStart(Progress *progress, PetscBool quiet)
{
  memset(progress, 0, sizeof *progress);
  progress->terminal = isatty(STDERR_FILENO) ? PETSC_TRUE : PETSC_FALSE;
  progress->quiet    = quiet || all_quiet ? PETSC_TRUE : PETSC_FALSE;
  progress->started = progress->last = Now();
}

void ProgressCount(Progress *progress, PetscInt done, PetscInt n)
{
  if (!progress->n) {
    progress->first   = done;
    progress->counted = Now();
  }
  progress->n    = n;
  progress->done = done;
}

/* Seconds left at the rate of this start's windows; negative: not known yet. */
static double Remaining(const Progress *progress)
{
  const PetscInt own = progress->done - progress->first;

  if (own <= 0) return -1;
  return (Now() - progress->counted) / (double)own * (double)(progress->n - progress->done);
}

/* "1:05:09", "5:09". */
static void PutDuration(double seconds, char *text, size_t size)
{
  const long s = (long)(seconds + 0.5);

  if (s >= 3600)
    snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

/* ", 0:12 elapsed, about 1:30 left" */
static void PutTimes(const Progress *progress, char *text, size_t size)
{
  const double left = Remaining(progress);
  char         elapsed[32], remaining[32];

  PutDuration(Now() - progress->started, elapsed, sizeof elapsed);
  PutDuration(left < 0 ? 0 : left, remaining, sizeof remaining);
  snprintf(text, size, left < 0 ? ", %s elapsed" : ", %s elapsed, about %s left", elapsed, remaining);
}

static void ShowOnTerminal(Progress *progress, const char *text)
{
  const char *prefix = progress->prefix ? progress->prefix : "", *colon = progress->prefix ? ": " : "";
  char        times[96];
  int         n;

  PutTimes(progress, times, sizeof times);
  n = fprintf(stderr, "\r%s%s%s%s", prefix, colon, text, times) - 1;
  fprintf(stderr, "%*s", progress->width > n ? progress->width - n : 0, "");
  progress->width = n;
  fflush(stderr);
}

/* One write a line, so that those of several ranks stay apart. */
static void ShowInLog(const Progress *progress, const char *text)
{
  const Whereabouts *here      = WhereaboutsNow();
  const PetscBool    bare      = text == here->stage || !strcmp(text, here->stage) ? PETSC_TRUE : PETSC_FALSE;
  const char        *what      = bare ? (progress->prefix ? progress->prefix : "begins") : text;
  char               times[96] = "", line[1024];

  if (Remaining(progress) >= 0) PutTimes(progress, times, sizeof times);
  snprintf(line, sizeof line, "%s rank %d %s: %s%s%s%s\n", FormatTime((long long)time(NULL)).text, here->rank,
           here->stage[0] ? here->stage : "start", !bare && progress->prefix ? progress->prefix : "",
           !bare && progress->prefix ? ": " : "", what, times);
  fputs(line, stderr);
}

static PetscBool IsSilent(const Progress *progress)
{
  return all_quiet || (progress->quiet && !all_verbose) ? PETSC_TRUE : PETSC_FALSE;
}

static void Show(Progress *progress, const char *text)
{
  if (IsSilent(progress)) return;
  if (progress->terminal && !all_verbose)
    ShowOnTerminal(progress, text);
  else
    ShowInLog(progress, text);
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
  WhereaboutsStage(stage);
  Show(progress, stage);
}

void ProgressStep(Progress *progress, const char *stage)
{
  WhereaboutsStage(stage);
  if (progress->terminal || all_verbose) Show(progress, stage);
}

void ProgressLine(Progress *progress, const char *text)
{
  if (IsSilent(progress)) return;
  ProgressEnd(progress);
  if (progress->terminal && !all_verbose)
    fprintf(stderr, "%s\n", text);
  else
    ShowInLog(progress, text);
}

void ProgressEnd(Progress *progress)
{
  if (progress->quiet || !progress->terminal || !progress->width) return;
  fprintf(stderr, "\r%*s\r", progress->width, "");
  progress->width = 0;
  fflush(stderr);
}
