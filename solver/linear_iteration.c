/* The state of the interior point for linear programs at the top of an iteration, in blocks of time: the iterate, the best one,
   the last step (which may be a ray), regularisation, and the record. Residuals, targets and factors are made anew. */
#include "solver/linear_iteration.h"

enum { LENGTHS = 9, HEIGHTS = 3, COUNTS = 7, NUMBERS = 2, PROGRESS = sizeof(LinearProgress) / sizeof(PetscReal) };

/* What goes into the state, of n + m and of m. */
static void List(LinearIteration *it, PetscReal *length[LENGTHS], PetscReal *height[HEIGHTS])
{
  LinearState *const s = &it->s;

  length[0] = s->v, length[1] = s->zl, length[2] = s->zu, length[3] = s->wl, length[4] = s->wu;
  length[5] = s->step.v, length[6] = it->best_v, length[7] = it->best_zl, length[8] = it->best_zu;
  height[0] = s->y, height[1] = s->step.y, height[2] = it->best_y;
}

static PetscInt PartCount(const LinearState *s, PetscInt part)
{
  const PetscInt rows = PartEnd(s, part, 1) - PartBegin(s, part, 1);

  return LENGTHS * (PartEnd(s, part, 0) - PartBegin(s, part, 0) + rows) + HEIGHTS * rows;
}

/* Between the state's vectors and the packed numbers of a part. */
static void Copy(LinearIteration *it, PetscInt part, PetscBool pack, PetscReal *packed)
{
  const LinearState *const s  = &it->s;
  const PetscInt           r0 = PartBegin(s, part, 1), rows = PartEnd(s, part, 1) - r0;
  PetscReal               *length[LENGTHS], *height[HEIGHTS];

  List(it, length, height);
  for (int which = 0; which < 2; which++) {
    for (PetscInt k = PartBegin(s, part, which); k < PartEnd(s, part, which); k++) {
      for (int i = 0; i < LENGTHS; i++, packed++) {
        if (pack)
          *packed = length[i][k];
        else
          length[i][k] = *packed;
      }
    }
  }
  for (PetscInt k = 0; k < rows; k++) {
    for (int i = 0; i < HEIGHTS; i++, packed++) {
      if (pack)
        *packed = height[i][r0 - s->n + k];
      else
        height[i][r0 - s->n + k] = *packed;
    }
  }
}

/* A block's number in the whole program; the border is shared. */
static PetscInt PartNumber(const LinearState *s, PetscInt part)
{
  return part < s->parts->n_local ? s->parts->first + part : CHECKPOINT_SHARED;
}

/* --- Taking the state --- */

static PetscErrorCode PutPart(LinearIteration *it, PetscInt part, Checkpoint checkpoint)
{
  const PetscInt count = PartCount(&it->s, part);
  PetscReal     *packed;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(count + 1, &packed));
  Copy(it, part, PETSC_TRUE, packed);
  PetscCall(CheckpointPutReals(checkpoint, "iterate", PartNumber(&it->s, part), count, packed));
  PetscCall(PetscFree(packed));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutShared(LinearIteration *it, PetscInt iteration, Checkpoint checkpoint)
{
  const LinearState *const  s             = &it->s;
  const LinearResult *const r             = it->result;
  const PetscInt            count[COUNTS] = {
                 iteration,          it->best_iteration,         r->n_history,         r->factorizations,
                 s->parts->n_blocks, s->parts->border_variables, s->parts->border_rows};
  const PetscReal number[NUMBERS] = {s->rho, s->delta};

  PetscFunctionBeginUser;
  PetscCall(LinearWatchSign(it->care->watch, checkpoint));
  PetscCall(CheckpointPutIntegers(checkpoint, "iteration", CHECKPOINT_SHARED, 1, &iteration));
  PetscCall(CheckpointPutIntegers(checkpoint, "attempt", CHECKPOINT_SHARED, 1, &it->care->caution));
  PetscCall(CheckpointPutIntegers(checkpoint, "counts", CHECKPOINT_SHARED, COUNTS, count));
  PetscCall(CheckpointPutReals(checkpoint, "regularisation", CHECKPOINT_SHARED, NUMBERS, number));
  PetscCall(CheckpointPutReals(checkpoint, "best", CHECKPOINT_SHARED, PROGRESS, (const PetscReal *)&it->best));
  PetscCall(CheckpointPutReals(checkpoint, "history", CHECKPOINT_SHARED, 4 * r->n_history, r->history));
  PetscCall(PutPart(it, s->parts->n_local, checkpoint));
  PetscFunctionReturn(0);
}

PetscErrorCode LinearIterationAsk(LinearIteration *it, PetscInt iteration, PetscBool *stop)
{
  WatchAnswer answer = WATCH_GO_ON;
  Checkpoint  checkpoint;

  PetscFunctionBeginUser;
  PetscCall(WatchAsk(it->care->watch->watch, &answer));
  *stop = (PetscBool)(answer == WATCH_STOP);
  if (answer == WATCH_GO_ON) PetscFunctionReturn(0);
  PetscCall(CheckpointCreate(&checkpoint));
  if (it->s.parts->rank == 0) PetscCall(PutShared(it, iteration, checkpoint));
  for (PetscInt part = 0; part < it->s.parts->n_local; part++) PetscCall(PutPart(it, part, checkpoint));
  PetscCall(WatchKeep(it->care->watch->watch, checkpoint));
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

/* --- Going on from it --- */

/* Whether the state is of this attempt, these blocks, and has every part that is here. */
static PetscErrorCode Fits(LinearIteration *it, Checkpoint state, PetscInt count[COUNTS], PetscBool *fits)
{
  const LinearParts p       = it->s.parts;
  PetscInt          attempt = -1;

  PetscFunctionBeginUser;
  *fits = PETSC_TRUE;
  PetscCall(CheckpointGetIntegers(state, "attempt", CHECKPOINT_SHARED, 1, &attempt, fits));
  PetscCall(CheckpointGetIntegers(state, "counts", CHECKPOINT_SHARED, COUNTS, count, fits));
  if (!*fits) PetscFunctionReturn(0);
  *fits = (PetscBool)(attempt == it->care->caution && count[4] == p->n_blocks && count[5] == p->border_variables &&
                      count[6] == p->border_rows && count[0] >= 0 && count[2] == count[0]);
  if (CheckpointCount(state, "history", CHECKPOINT_SHARED, CHECKPOINT_REAL) != 4 * count[2]) *fits = PETSC_FALSE;
  if (CheckpointCount(state, "best", CHECKPOINT_SHARED, CHECKPOINT_REAL) != PROGRESS) *fits = PETSC_FALSE;
  if (CheckpointCount(state, "regularisation", CHECKPOINT_SHARED, CHECKPOINT_REAL) != NUMBERS) *fits = PETSC_FALSE;
  for (PetscInt part = 0; part <= p->n_local; part++)
    if (CheckpointCount(state, "iterate", PartNumber(&it->s, part), CHECKPOINT_REAL) != PartCount(&it->s, part))
      *fits = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode Take(LinearIteration *it, Checkpoint state, const PetscInt count[COUNTS])
{
  LinearState *const s = &it->s;
  PetscReal          number[NUMBERS], *packed;
  PetscBool          found = PETSC_TRUE;

  PetscFunctionBeginUser;
  it->best_iteration         = count[1];
  it->result->n_history      = count[2];
  it->result->factorizations = count[3];
  it->room                   = count[2];
  PetscCall(PetscRealloc((size_t)(it->room + 1) * 4 * sizeof(PetscReal), &it->result->history));
  PetscCall(CheckpointGetReals(state, "history", CHECKPOINT_SHARED, 4 * count[2], it->result->history, &found));
  PetscCall(CheckpointGetReals(state, "best", CHECKPOINT_SHARED, PROGRESS, (PetscReal *)&it->best, &found));
  PetscCall(CheckpointGetReals(state, "regularisation", CHECKPOINT_SHARED, NUMBERS, number, &found));
  s->rho   = number[0];
  s->delta = number[1];
  for (PetscInt part = 0; part <= s->parts->n_local; part++) {
    const PetscInt size = PartCount(s, part);

    PetscCall(PetscMalloc1(size + 1, &packed));
    PetscCall(CheckpointGetReals(state, "iterate", PartNumber(s, part), size, packed, &found));
    Copy(it, part, PETSC_FALSE, packed);
    PetscCall(PetscFree(packed));
  }
  PetscCheck(found, s->parts->comm, PETSC_ERR_FILE_UNEXPECTED, "a checkpoint lost what it had");
  PetscFunctionReturn(0);
}

PetscErrorCode LinearIterationResume(LinearIteration *it, PetscInt *iteration)
{
  const Checkpoint state = it->care->watch->state;
  PetscInt         count[COUNTS];
  PetscBool        fits = PETSC_FALSE;

  PetscFunctionBeginUser;
  *iteration = -1;
  if (!state) PetscFunctionReturn(0); /* the same on every rank */
  PetscCall(Fits(it, state, count, &fits));
  PetscCall(LinearWatchAll(it->s.parts->comm, fits, &fits));
  if (!fits) PetscFunctionReturn(0);
  PetscCall(Take(it, state, count));
  *iteration = count[0];
  PetscFunctionReturn(0);
}
