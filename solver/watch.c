/* Calls of a watch, which may be absent. */
#include "solver/watch.h"

PetscErrorCode WatchBegin(Watch watch, const char *method, Checkpoint *state)
{
  PetscFunctionBeginUser;
  *state = NULL;
  if (watch) PetscCall(watch->begin(watch->context, method, state));
  PetscFunctionReturn(0);
}

PetscErrorCode WatchAsk(Watch watch, WatchAnswer *answer)
{
  PetscFunctionBeginUser;
  *answer = WATCH_GO_ON;
  if (watch) PetscCall(watch->ask(watch->context, answer));
  PetscFunctionReturn(0);
}

PetscErrorCode WatchKeep(Watch watch, Checkpoint checkpoint)
{
  PetscFunctionBeginUser;
  if (watch) PetscCall(watch->keep(watch->context, checkpoint));
  PetscFunctionReturn(0);
}

PetscErrorCode WatchEnd(Watch watch, PetscBool *keep)
{
  PetscFunctionBeginUser;
  *keep = PETSC_FALSE;
  if (watch) PetscCall(watch->end(watch->context, keep));
  PetscFunctionReturn(0);
}
