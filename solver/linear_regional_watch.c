/* The state of ADMM between regions at the top of a round. What regions agree on is known everywhere, so that all of it is shared;
   the problems of regions are made anew. */
#include "solver/linear_regional_impl.h"

enum { VECTORS = 6, COUNTS = 8, NUMBERS = 6 };

typedef struct {
  PetscReal *vector[VECTORS]; /* of the sides */
  PetscInt   count[COUNTS];
  PetscReal  number[NUMBERS];
} Record;

static void Describe(const RegionalAdmm *a, PetscInt round, Record *r)
{
  const LinearRegionalResult *result = a->result;
  const Record                now    = {.vector = {a->v, a->z, a->before, a->x, a->worth, a->sum},
                                        .count  = {round, a->n_sum, a->balanced, a->failures, result->restorations,
                                                   result->regional_iterations, result->rounds, result->linear.n_history},
                                        .number = {a->sum_value, result->upper_bound, result->lower_bound, result->linear.primal_residual,
                                                   result->messages, result->bytes}};

  *r = now;
}

static void PassMemory(RegionalAdmm *a, Tape *tape)
{
  AndersonPassShared(a->anderson, tape);
  for (PetscInt i = 0; i < a->s.n_sides; i++) AndersonPassEntry(a->anderson, i, tape);
}

static PetscErrorCode PutMemory(RegionalAdmm *a, Checkpoint c)
{
  Tape tape = {PETSC_TRUE, 0, NULL};

  PetscFunctionBeginUser;
  PassMemory(a, &tape);
  PetscCall(PetscMalloc1(tape.n, &tape.at));
  tape.n = 0;
  PassMemory(a, &tape);
  PetscCall(CheckpointPutReals(c, "anderson", CHECKPOINT_SHARED, tape.n, tape.at));
  PetscCall(PetscFree(tape.at));
  PetscFunctionReturn(0);
}

static PetscErrorCode Put(RegionalAdmm *a, PetscInt round, Checkpoint c)
{
  const PetscInt n = a->s.n_sides, groups = a->s.n_groups;
  char           name[32];
  Record         r;

  PetscFunctionBeginUser;
  Describe(a, round, &r);
  PetscCall(LinearWatchSign(&a->watch, c));
  PetscCall(CheckpointPutIntegers(c, "iteration", CHECKPOINT_SHARED, 1, &round));
  PetscCall(CheckpointPutIntegers(c, "counts", CHECKPOINT_SHARED, COUNTS, r.count));
  PetscCall(CheckpointPutReals(c, "numbers", CHECKPOINT_SHARED, NUMBERS, r.number));
  for (int k = 0; k < VECTORS; k++) {
    PetscCall(PetscSNPrintf(name, sizeof name, "sides %d", k));
    PetscCall(CheckpointPutReals(c, name, CHECKPOINT_SHARED, n, r.vector[k]));
  }
  PetscCall(CheckpointPutReals(c, "penalties", CHECKPOINT_SHARED, groups, a->factor));
  PetscCall(CheckpointPutReals(c, "apart", CHECKPOINT_SHARED, groups, a->apart));
  PetscCall(CheckpointPutReals(c, "moved", CHECKPOINT_SHARED, groups, a->moved));
  PetscCall(CheckpointPutReals(c, "point", CHECKPOINT_SHARED, a->s.whole->n, a->point));
  PetscCall(CheckpointPutReals(c, "history", CHECKPOINT_SHARED, 4 * r.count[7], a->result->linear.history));
  if (a->anderson) PetscCall(PutMemory(a, c));
  PetscFunctionReturn(0);
}

static PetscErrorCode Keep(RegionalAdmm *a, PetscInt round)
{
  Checkpoint checkpoint;

  PetscFunctionBeginUser;
  PetscCall(CheckpointCreate(&checkpoint));
  if (a->s.rank == 0) PetscCall(Put(a, round, checkpoint));
  PetscCall(WatchKeep(a->watch.watch, checkpoint));
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalAsk(RegionalAdmm *a, PetscInt round, PetscBool *stop)
{
  WatchAnswer answer;

  PetscFunctionBeginUser;
  PetscCall(WatchAsk(a->watch.watch, &answer));
  if (answer != WATCH_GO_ON) PetscCall(Keep(a, round));
  *stop = (PetscBool)(answer == WATCH_STOP);
  PetscFunctionReturn(0);
}

/* Whether the state has all that is taken from it. */
static PetscErrorCode Fits(RegionalAdmm *a, Checkpoint c, Record *r, PetscBool *fits)
{
  const PetscInt n = a->s.n_sides, groups = a->s.n_groups;
  char           name[32];

  PetscFunctionBeginUser;
  *fits = PETSC_TRUE;
  PetscCall(CheckpointGetIntegers(c, "counts", CHECKPOINT_SHARED, COUNTS, r->count, fits));
  PetscCall(CheckpointGetReals(c, "numbers", CHECKPOINT_SHARED, NUMBERS, r->number, fits));
  if (!*fits || r->count[0] < 1 || r->count[7] < 0 || r->count[7] > a->options->max_rounds) {
    *fits = PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  for (int k = 0; k < VECTORS; k++) {
    PetscCall(PetscSNPrintf(name, sizeof name, "sides %d", k));
    if (CheckpointCount(c, name, CHECKPOINT_SHARED, CHECKPOINT_REAL) != n) *fits = PETSC_FALSE;
  }
  if (CheckpointCount(c, "penalties", CHECKPOINT_SHARED, CHECKPOINT_REAL) != groups ||
      CheckpointCount(c, "apart", CHECKPOINT_SHARED, CHECKPOINT_REAL) != groups ||
      CheckpointCount(c, "moved", CHECKPOINT_SHARED, CHECKPOINT_REAL) != groups ||
      CheckpointCount(c, "point", CHECKPOINT_SHARED, CHECKPOINT_REAL) != a->s.whole->n ||
      CheckpointCount(c, "history", CHECKPOINT_SHARED, CHECKPOINT_REAL) != 4 * r->count[7] ||
      (a->anderson && CheckpointCount(c, "anderson", CHECKPOINT_SHARED, CHECKPOINT_REAL) < 0))
    *fits = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeMemory(RegionalAdmm *a, Checkpoint c, PetscBool *found)
{
  const PetscInt n    = CheckpointCount(c, "anderson", CHECKPOINT_SHARED, CHECKPOINT_REAL);
  Tape           tape = {PETSC_FALSE, 0, NULL};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &tape.at));
  PetscCall(CheckpointGetReals(c, "anderson", CHECKPOINT_SHARED, n, tape.at, found));
  if (*found) PassMemory(a, &tape);
  if (tape.n != n) *found = PETSC_FALSE;
  PetscCall(PetscFree(tape.at));
  PetscFunctionReturn(0);
}

static PetscErrorCode Take(RegionalAdmm *a, Checkpoint c, const Record *r)
{
  LinearRegionalResult *result = a->result;
  const PetscInt        n = a->s.n_sides, groups = a->s.n_groups;
  PetscBool             found = PETSC_TRUE;
  char                  name[32];

  PetscFunctionBeginUser;
  for (int k = 0; k < VECTORS; k++) {
    PetscCall(PetscSNPrintf(name, sizeof name, "sides %d", k));
    PetscCall(CheckpointGetReals(c, name, CHECKPOINT_SHARED, n, r->vector[k], &found));
  }
  PetscCall(CheckpointGetReals(c, "penalties", CHECKPOINT_SHARED, groups, a->factor, &found));
  PetscCall(CheckpointGetReals(c, "apart", CHECKPOINT_SHARED, groups, a->apart, &found));
  PetscCall(CheckpointGetReals(c, "moved", CHECKPOINT_SHARED, groups, a->moved, &found));
  PetscCall(CheckpointGetReals(c, "point", CHECKPOINT_SHARED, a->s.whole->n, a->point, &found));
  PetscCall(CheckpointGetReals(c, "history", CHECKPOINT_SHARED, 4 * r->count[7], result->linear.history, &found));
  if (a->anderson) PetscCall(TakeMemory(a, c, &found));
  PetscCheck(found, a->comm, PETSC_ERR_FILE_UNEXPECTED, "a checkpoint lost what it had");
  a->n_sum                       = r->count[1];
  a->balanced                    = r->count[2];
  a->failures                    = r->count[3];
  result->restorations           = r->count[4];
  result->regional_iterations    = r->count[5];
  result->rounds                 = r->count[6];
  result->linear.n_history       = r->count[7];
  a->sum_value                   = r->number[0];
  result->upper_bound            = r->number[1];
  result->lower_bound            = r->number[2];
  result->linear.primal_residual = r->number[3];
  result->messages               = r->number[4];
  result->bytes                  = r->number[5];
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalWatchBegin(RegionalAdmm *a)
{
  const LinearRegionalOptions *o         = a->options;
  const PetscReal              besides[] = {o->tolerance,           (PetscReal)o->max_rounds, o->relaxation,
                                            (PetscReal)o->memory,   o->region_tolerance,      (PetscReal)a->s.n,
                                            (PetscReal)a->s.n_sides};
  PetscBool                    known;

  PetscFunctionBeginUser;
  a->watch = (LinearWatch){.watch = o->watch};
  if (!o->watch) PetscFunctionReturn(0);
  LinearWatchMark(a->s.whole, PETSC_STATIC_ARRAY_LENGTH(besides), besides, a->watch.mark);
  PetscCall(WatchBegin(o->watch, "linear-regional", &a->watch.state));
  PetscCall(LinearWatchAll(a->comm, a->watch.state ? PETSC_TRUE : PETSC_FALSE, &known));
  if (known) PetscCall(LinearWatchKnows(&a->watch, a->watch.state, &known));
  PetscCall(LinearWatchAll(a->comm, known, &known));
  if (!known) a->watch.state = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalResume(RegionalAdmm *a, PetscInt *round)
{
  Record    r;
  PetscBool fits = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (!a->watch.state) PetscFunctionReturn(0);
  Describe(a, 1, &r);
  PetscCall(Fits(a, a->watch.state, &r, &fits));
  PetscCall(LinearWatchAll(a->comm, fits, &fits));
  if (fits) PetscCall(Take(a, a->watch.state, &r));
  if (fits) *round = r.count[0];
  PetscFunctionReturn(0);
}

/* What comes out besides the linear result. */
enum { OTHERS = 10 };

PetscErrorCode RegionalWatchEnd(RegionalAdmm *a, const PetscReal *x, const PetscReal *y, const PetscReal *z)
{
  const LinearRegionalResult *r             = a->result;
  const PetscReal             other[OTHERS] = {
                  r->rounds,   r->restorations, r->regional_iterations, r->mismatch, r->upper_bound, r->lower_bound,
                  r->messages, r->bytes,        r->contributions,       r->copies};

  PetscFunctionBeginUser;
  PetscCall(LinearWatchEnd(a->comm, &a->watch, a->s.whole, x, y, z, &r->linear, OTHERS, other));
  PetscFunctionReturn(0);
}

PetscErrorCode RegionalWatchDone(RegionalAdmm *a, PetscReal *x, PetscReal *y, PetscReal *z, PetscBool *done)
{
  LinearRegionalResult *r             = a->result;
  PetscReal             other[OTHERS] = {0};

  PetscFunctionBeginUser;
  PetscCall(LinearWatchDone(a->comm, &a->watch, a->s.whole, x, y, z, &r->linear, OTHERS, other, done));
  if (!*done) PetscFunctionReturn(0);
  r->rounds              = (PetscInt)other[0];
  r->restorations        = (PetscInt)other[1];
  r->regional_iterations = (PetscInt)other[2];
  r->mismatch            = other[3];
  r->upper_bound         = other[4];
  r->lower_bound         = other[5];
  r->messages            = other[6];
  r->bytes               = other[7];
  PetscFunctionReturn(0);
}
