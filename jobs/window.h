/* The dispatch of a window, day ahead or real time: how it is asked for, accepted, and refused. */
#ifndef ARCHIPELAGO_JOBS_WINDOW_H
#define ARCHIPELAGO_JOBS_WINDOW_H

#include "jobs/run.h"

/* Where a dispatch was made, for messages: nothing before them, or "real time". */
typedef struct {
  const char *stage;
  Network     net;
  Partition   partition;
} WindowGrid;

WindowGrid WindowDayAhead(Run run);

/* The study's day-ahead dispatch at this window, from the energies that the run has stored. */
void WindowOptions(Run run, const Window *window, OpfOptions *options);

/* Collective. Evaluates a solved dispatch: what was found must hold for someone else too. Fails the job where it does
   not. */
PetscErrorCode WindowAccept(Run run, const Window *window, const WindowGrid *grid, const OpfOptions *options,
                            Dispatch dispatch, const OpfResult *result, Evaluation *evaluation);

/* Collective. Fails the job with what lacks, on the screen, in the document and in failure.json. */
PetscErrorCode WindowRefuse(Run run, const Window *window, const WindowGrid *grid, Dispatch dispatch,
                            const OpfResult *result);

#endif
