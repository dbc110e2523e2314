/* ADMM: what a watch keeps of the coordination, and going on from it.

   A part is a region: its own last solution, which its next solve starts from, and of each of its coordinates what both sides know
   alike, with its numbers in the acceleration's memory. Coordinates are in the order of hours and ties, of which a region's do not
   depend on who else is on its rank. The shared part holds the record and what is decided by all. */
#include "solver/admm_internal.h"
#include "solver/fingerprint.h"

enum { FIT_N, FIT_M, FIT_JACOBIAN, FIT_HESSIAN, FIT_LOW, FIT_HIGH };

static const PetscInt version = 1; /* of what is kept */

/* The accelerations at work; the others have nothing to remember. */
static PetscInt Stretches(const Admm *a)
{
  return a->joint ? 1 : a->border->hours;
}

static Anderson Stretch(const Admm *a, PetscInt s)
{
  return a->joint ? a->whole.anderson : a->by_hour[s].anderson;
}

/* --- Regions --- */

/* The numbers of a coordinate in the memory of its stretch. */
static void PassMemory(Admm *a, PetscInt c, Tape *tape)
{
  const PetscInt hour = AdmmBorderHour(a->border, c), per_hour = a->border->per_hour;
  const PetscInt place    = AdmmStatePlace(a, c) - (a->joint ? 0 : 2 * hour * per_hour);
  const Anderson anderson = Stretch(a, a->joint ? 0 : hour);

  AndersonPassEntry(anderson, place, tape);
  AndersonPassEntry(anderson, place + per_hour, tape);
}

static void PassRegion(Admm *a, AdmmRegion *r, Tape *tape)
{
  const Program p = OpfModelProgram(r->sub.model);

  TapePassFlag(tape, &r->solved);
  TapePassAll(tape, p->n, r->sub.x);
  TapePassAll(tape, p->m, r->sub.lambda);
  TapePassAll(tape, p->n, r->sub.zl);
  TapePassAll(tape, p->n, r->sub.zu);
  TapePassAll(tape, r->n_terms, r->value);
  for (PetscInt k = 0; k < r->n_terms; k++) {
    const PetscInt c = r->coordinate[k];

    TapePass(tape, &a->z[c]);
    TapePass(tape, &a->u[c]);
    TapePass(tape, &a->border->penalty[c]);
    TapePass(tape, &a->moved[c]);
    TapePass(tape, &a->apart[c]);
    PassMemory(a, c, tape);
  }
}

static PetscInt RegionSize(Admm *a, AdmmRegion *r)
{
  Tape tape = {PETSC_TRUE, 0, NULL};

  PassRegion(a, r, &tape);
  return tape.n;
}

/* --- What all know --- */

static void PassRow(AdmmIteration *row, Tape *tape)
{
  PetscReal bytes = (PetscReal)row->bytes;

  TapePass(tape, &row->mismatch_pu);
  TapePass(tape, &row->violation_pu);
  TapePass(tape, &row->dual_relative);
  TapePass(tape, &row->objective);
  TapePass(tape, &row->multiplier);
  TapePass(tape, &row->penalty_low);
  TapePass(tape, &row->penalty_high);
  TapePassInteger(tape, &row->local_iterations);
  TapePass(tape, &bytes);
  TapePassFlag(tape, &row->restarted);
  row->bytes = (PetscInt64)bytes;
}

/* The numbers of iterations first: a reader must have them before what follows can be counted. */
static void PassShared(Admm *a, OpfResult *result, Tape *tape)
{
  PetscInt status = (PetscInt)result->status, stage = (PetscInt)a->stage;

  TapePassInteger(tape, &a->next);
  TapePassInteger(tape, &status);
  TapePassInteger(tape, &stage);
  TapePassFlag(tape, &a->joint);
  TapePassFlag(tape, &a->suspected);
  TapePassInteger(tape, &a->failed_in_a_row);
  TapePassInteger(tape, &a->last_change);
  TapePass(tape, &a->tolerance);
  TapePass(tape, &a->lead);
  TapePassInteger(tape, &result->n_record);
  TapePassInteger(tape, &result->iterations);
  TapePassInteger(tape, &result->local_iterations);
  TapePass(tape, &result->objective);
  TapePassAll(tape, a->partition->n_regions, result->region_work);
  TapePassAll(tape, a->next, a->merit);
  for (PetscInt k = 0; k < result->n_record; k++) PassRow(&result->record[k], tape);
  for (PetscInt s = 0; s < Stretches(a); s++) AndersonPassShared(Stretch(a, s), tape);
  result->status = (SolveStatus)status;
  a->stage       = (AdmmStage)stage;
}

/* --- Whether a state is of this problem --- */

static PetscErrorCode FitRegion(const AdmmRegion *r, PetscInt fit[ADMM_FIT])
{
  const Program p    = OpfModelProgram(r->sub.model);
  uint64_t      hash = fingerprint_start;
  PetscReal    *value;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(PetscMax(p->n, p->jacobian_nnz), &value));
  hash = FingerprintReals(hash, p->n, p->xl);
  hash = FingerprintReals(hash, p->n, p->xu);
  hash = FingerprintReals(hash, p->m, p->gl);
  hash = FingerprintReals(hash, p->m, p->gu);
  hash = FingerprintReals(hash, p->n, p->x0);
  PetscCall((*p->ops.gradient)(p->context, p->x0, value));
  hash = FingerprintReals(hash, p->n, value);
  PetscCall((*p->ops.jacobian)(p->context, p->x0, value));
  hash              = FingerprintReals(hash, p->jacobian_nnz, value);
  hash              = FingerprintIntegers(hash, 1, &r->n_terms);
  fit[FIT_N]        = p->n;
  fit[FIT_M]        = p->m;
  fit[FIT_JACOBIAN] = p->jacobian_nnz;
  fit[FIT_HESSIAN]  = p->hessian_nnz;
  FingerprintSplit(hash, fit + FIT_LOW);
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static void FitWhole(const Admm *a, PetscInt limit, PetscInt fit[ADMM_FIT])
{
  const OpfOptions *o        = a->options;
  const PetscInt    number[] = {version, limit, (PetscInt)o->method, (PetscInt)o->physics, o->diagnose};
  const PetscReal   real[]   = {o->tolerance, o->admm_penalty, a->border->price};
  uint64_t          hash;

  hash              = FingerprintIntegers(fingerprint_start, (PetscInt)PETSC_STATIC_ARRAY_LENGTH(number), number);
  hash              = FingerprintReals(hash, (PetscInt)PETSC_STATIC_ARRAY_LENGTH(real), real);
  fit[FIT_N]        = a->partition->n_regions;
  fit[FIT_M]        = a->border->hours;
  fit[FIT_JACOBIAN] = a->border->all_per_hour;
  fit[FIT_HESSIAN]  = a->partition->n_ties;
  FingerprintSplit(hash, fit + FIT_LOW);
}

/* Before the first iteration: what regions are asked later depends on where the iteration is. */
static PetscErrorCode Fit(Admm *a, PetscInt limit)
{
  PetscFunctionBeginUser;
  if (a->fit) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1((a->n_local + 1) * ADMM_FIT, &a->fit));
  for (PetscInt k = 0; k < a->n_local; k++) PetscCall(FitRegion(&a->region[k], a->fit + k * ADMM_FIT));
  FitWhole(a, limit, a->fit + a->n_local * ADMM_FIT);
  PetscFunctionReturn(0);
}

static PetscErrorCode Fits(Admm *a, Checkpoint c, PetscBool *fits)
{
  int fit_all = 1;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k <= a->n_local; k++) {
    const PetscInt part = k < a->n_local ? a->region[k].part->region : CHECKPOINT_SHARED;
    PetscInt       fit[ADMM_FIT];
    PetscBool      found = PETSC_TRUE, same;

    PetscCall(CheckpointGetIntegers(c, "fit", part, ADMM_FIT, fit, &found));
    PetscCall(PetscArraycmp(fit, a->fit + k * ADMM_FIT, found ? ADMM_FIT : 0, &same));
    if (!found || !same || CheckpointCount(c, "state", part, CHECKPOINT_REAL) < 0) fit_all = 0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &fit_all, 1, MPI_INT, MPI_MIN, a->comm));
  *fits = (PetscBool)(fit_all != 0);
  PetscFunctionReturn(0);
}

/* --- The calls of a solve --- */

/* What is told of a shared state is read in full, whatever its length. */
static PetscErrorCode LoadShared(Admm *a, Checkpoint c, OpfResult *result)
{
  const PetscInt n     = CheckpointCount(c, "state", CHECKPOINT_SHARED, CHECKPOINT_REAL);
  Tape           tape  = {PETSC_FALSE, 0, NULL};
  PetscBool      found = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &tape.at));
  PetscCall(CheckpointGetReals(c, "state", CHECKPOINT_SHARED, n, tape.at, &found));
  if (found) PassShared(a, result, &tape);
  PetscCheck(found && tape.n == n, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "a checkpoint of ADMM is not whole");
  PetscCall(PetscFree(tape.at));
  PetscFunctionReturn(0);
}

static PetscErrorCode LoadRegion(Admm *a, Checkpoint c, AdmmRegion *r)
{
  const PetscInt n     = RegionSize(a, r);
  Tape           tape  = {PETSC_FALSE, 0, NULL};
  PetscBool      found = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &tape.at));
  PetscCall(CheckpointGetReals(c, "state", r->part->region, n, tape.at, &found));
  PetscCheck(found, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "a checkpoint of ADMM is not whole");
  PassRegion(a, r, &tape);
  PetscCall(PetscFree(tape.at));
  PetscFunctionReturn(0);
}

PetscErrorCode AdmmWatchBegin(Admm *a, PetscInt limit, OpfResult *result)
{
  Checkpoint c;
  PetscBool  fits = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (!a->options->watch) PetscFunctionReturn(0);
  PetscCall(Fit(a, limit));
  PetscCall(WatchBegin(a->options->watch, "admm", &c));
  if (c) PetscCall(Fits(a, c, &fits));
  if (!fits) PetscFunctionReturn(0);
  PetscCall(LoadShared(a, c, result));
  for (PetscInt k = 0; k < a->n_local; k++) PetscCall(LoadRegion(a, c, &a->region[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutShared(Admm *a, const OpfResult *result, Checkpoint c)
{
  OpfResult copy = *result; /* a tape that puts changes nothing */
  Tape      tape = {PETSC_TRUE, 0, NULL};

  PetscFunctionBeginUser;
  PassShared(a, &copy, &tape);
  PetscCall(PetscMalloc1(tape.n, &tape.at));
  tape.n = 0;
  PassShared(a, &copy, &tape);
  PetscCall(CheckpointPutIntegers(c, "fit", CHECKPOINT_SHARED, ADMM_FIT, a->fit + a->n_local * ADMM_FIT));
  PetscCall(CheckpointPutReals(c, "state", CHECKPOINT_SHARED, tape.n, tape.at));
  PetscCall(CheckpointPutIntegers(c, "iteration", CHECKPOINT_SHARED, 1, &a->next)); /* for who looks at it */
  PetscCall(PetscFree(tape.at));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutRegion(Admm *a, PetscInt k, Checkpoint c)
{
  AdmmRegion *r    = &a->region[k];
  Tape        tape = {PETSC_TRUE, 0, NULL};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(RegionSize(a, r), &tape.at));
  PassRegion(a, r, &tape);
  PetscCall(CheckpointPutIntegers(c, "fit", r->part->region, ADMM_FIT, a->fit + k * ADMM_FIT));
  PetscCall(CheckpointPutReals(c, "state", r->part->region, tape.n, tape.at));
  PetscCall(PetscFree(tape.at));
  PetscFunctionReturn(0);
}

static PetscErrorCode Keep(Admm *a, const OpfResult *result)
{
  PetscMPIInt rank;
  Checkpoint  c;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(a->comm, &rank));
  PetscCall(CheckpointCreate(&c));
  for (PetscInt k = 0; k < a->n_local; k++) PetscCall(PutRegion(a, k, c));
  if (rank == 0) PetscCall(PutShared(a, result, c));
  PetscCall(WatchKeep(a->options->watch, c));
  PetscCall(CheckpointDestroy(&c));
  PetscFunctionReturn(0);
}

PetscErrorCode AdmmSafePoint(Admm *a, const OpfResult *result, PetscBool *stop)
{
  WatchAnswer answer;

  PetscFunctionBeginUser;
  PetscCall(WatchAsk(a->options->watch, &answer));
  if (answer != WATCH_GO_ON) PetscCall(Keep(a, result));
  *stop = (PetscBool)(answer == WATCH_STOP);
  PetscFunctionReturn(0);
}

PetscErrorCode AdmmWatchEnd(Admm *a, const OpfResult *result)
{
  PetscBool keep;

  PetscFunctionBeginUser;
  if (!a->options->watch) PetscFunctionReturn(0);
  PetscCall(WatchEnd(a->options->watch, &keep));
  if (keep) PetscCall(Keep(a, result));
  PetscFunctionReturn(0);
}
