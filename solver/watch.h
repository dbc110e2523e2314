/* Who watches over long solves: takes a method's state now and then, asks it to stop, and gives back the state that an earlier
   start left. A method that can be watched is written so:

     WatchBegin(watch, "admm", &state)            state to go on from, or NULL; the method checks that it fits
     for each iteration, at its top (the safe point):
       WatchAsk(watch, &answer)
       answer != WATCH_GO_ON: its state into a Checkpoint, WatchKeep(watch, checkpoint)
       answer == WATCH_STOP: leave with SOLVE_STOPPED
     WatchEnd(watch, &keep)                       keep: the final state is worth keeping too; WatchKeep as above

   A state is that of the top of an iteration: whoever goes on from it computes the very bits that an undisturbed solve does.
   The solves of a task are told apart by their order, which is the same in every start. All calls are collective over the
   solve's communicator; a watch of NULL never asks for anything. */
#ifndef ARCHIPELAGO_SOLVER_WATCH_H
#define ARCHIPELAGO_SOLVER_WATCH_H

#include "solver/checkpoint.h"

typedef enum { WATCH_GO_ON, WATCH_SAVE, WATCH_STOP } WatchAnswer;

typedef struct _s_Watch {
  void *context;
  PetscErrorCode (*begin)(void *context, const char *method, Checkpoint *state); /* borrowed until the next begin */
  PetscErrorCode (*ask)(void *context, WatchAnswer *answer);
  PetscErrorCode (*keep)(void *context, Checkpoint checkpoint); /* borrowed for the call */
  PetscErrorCode (*end)(void *context, PetscBool *keep);
} * Watch;

PetscErrorCode WatchBegin(Watch watch, const char *method, Checkpoint *state);
PetscErrorCode WatchAsk(Watch watch, WatchAnswer *answer);
PetscErrorCode WatchKeep(Watch watch, Checkpoint checkpoint);
PetscErrorCode WatchEnd(Watch watch, PetscBool *keep);

#endif
