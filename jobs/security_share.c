/* Simulations with plain results, shared out over the ranks: those that are done are kept by the run's watch. */
#include <string.h>
#include <time.h>

#include "jobs/security_impl.h"
#include "jobs/stop.h"
#include "solver/fingerprint.h"

/* Between two safe points a rank simulates for about so long. */
static const double SLICE_SECONDS = 15;

/* How far the sharing has come; the same on every rank but for `done`, which is of the cases this rank has. */
typedef struct {
  PetscInt n_missing, next,
      slice;            /* of the cases not done before: how many, the first not given out, a rank's share of a turn */
  PetscInt    *missing; /* [n_missing] */
  PetscMPIInt *owner;   /* [n] */
  PetscBool   *done;    /* [n] */
  PetscInt     print[4];
} Progression;

static double Now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *Result(const SecurityShare *s, PetscInt k)
{
  return s->result + (size_t)k * s->size;
}

/* A result as integers. */
static PetscInt Length(const SecurityShare *s)
{
  return (PetscInt)((s->size + sizeof(PetscInt) - 1) / sizeof(PetscInt));
}

/* What the results follow from: the dispatch, the cases, and what they were found to be before. */
static void Print(const Window *window, const SecurityShare *s, PetscInt print[4])
{
  const Dispatch   d         = window->dispatch;
  const PetscReal *by_unit[] = {d->generator_p, d->generator_q};
  const PetscReal *by_bus[]  = {d->vm_pu, d->va_rad};
  uint64_t         hash      = FingerprintBytes(fingerprint_start, s->name, strlen(s->name));

  for (int k = 0; k < 2; k++) hash = FingerprintReals(hash, d->hours * d->n_generator, by_unit[k]);
  for (int k = 0; k < 2; k++) hash = FingerprintReals(hash, d->hours * d->n_bus, by_bus[k]);
  hash = FingerprintReals(hash, d->hours * d->n_load, d->load_p);
  hash = FingerprintReals(hash, d->hours * d->n_storage, d->storage_charge);
  hash = FingerprintReals(hash, d->hours * d->n_storage, d->storage_discharge);
  hash = FingerprintReals(hash, d->hours * d->n_link, d->link_p_from);
  for (PetscInt k = 0; k < window->n_cases; k++) {
    const SecurityCase *c       = &window->security[k];
    const PetscInt      what[3] = {c->hour, c->disturbance, (PetscInt)c->verdict};
    hash                        = FingerprintIntegers(hash, s->wanted ? 3 : 2, what);
  }
  print[0] = s->n;
  print[1] = (PetscInt)s->size;
  FingerprintSplit(hash, &print[2]);
}

/* Takes the results that an earlier start left, which every rank then has. */
static PetscErrorCode TakeState(const SecurityShare *s, Checkpoint state, PetscMPIInt ranks, Progression *p)
{
  PetscInt  print[4], *bytes;
  PetscBool fits = PETSC_TRUE, found;

  PetscFunctionBeginUser;
  PetscCall(CheckpointGetIntegers(state, "fingerprint", CHECKPOINT_SHARED, 4, print, &fits));
  if (!fits || memcmp(print, p->print, sizeof print) != 0) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(Length(s), &bytes));
  for (PetscInt k = 0; k < s->n; k++) {
    found = PETSC_TRUE;
    PetscCall(CheckpointGetIntegers(state, "result", k, Length(s), bytes, &found));
    if (!found) continue;
    memcpy(Result(s, k), bytes, s->size);
    p->done[k]  = PETSC_TRUE;
    p->owner[k] = (PetscMPIInt)(k % ranks);
  }
  PetscCall(PetscFree(bytes));
  PetscFunctionReturn(0);
}

static PetscErrorCode KeepState(Run run, const SecurityShare *s, const Progression *p)
{
  Checkpoint state;
  PetscInt  *bytes;

  PetscFunctionBeginUser;
  PetscCall(CheckpointCreate(&state));
  PetscCall(CheckpointPutIntegers(state, "fingerprint", CHECKPOINT_SHARED, 4, p->print));
  PetscCall(PetscCalloc1(Length(s), &bytes));
  for (PetscInt k = 0; k < s->n; k++) {
    if (!p->done[k] || p->owner[k] != run->job->rank) continue;
    memcpy(bytes, Result(s, k), s->size);
    PetscCall(CheckpointPutIntegers(state, "result", k, Length(s), bytes));
  }
  PetscCall(PetscFree(bytes));
  PetscCall(WatchKeep(JobWatchSolves(run->watch), state));
  PetscCall(CheckpointDestroy(&state));
  PetscFunctionReturn(0);
}

/* A turn: each rank its share, one case after the other. A rank that was asked to stop takes no more; the others hear of it at the next
   safe point, and nothing is missed there: the state says which cases are done. */
static PetscErrorCode TakeTurn(Run run, const Window *window, const SecurityShare *s, Progression *p)
{
  const PetscInt end   = PetscMin(p->n_missing, p->next + p->slice * run->job->size);
  const double   start = Now();
  double         each;

  PetscFunctionBeginUser;
  for (PetscInt j = p->next; j < end; j++) {
    const PetscInt k = p->missing[j];
    p->owner[k]      = (PetscMPIInt)(j % run->job->size);
    if (p->owner[k] != run->job->rank || (run->watch && StopRequested())) continue;
    PetscCall(s->work(run, window, k, Result(s, k)));
    p->done[k] = PETSC_TRUE;
  }
  each    = (Now() - start) / (double)p->slice;
  p->next = end;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &each, 1, MPI_DOUBLE, MPI_MAX, run->job->comm));
  p->slice = (PetscInt)PetscMax(1, PetscMin(2.0 * p->slice, SLICE_SECONDS / PetscMax(each, 1e-6)));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeTurns(Run run, const Window *window, const SecurityShare *s, Progression *p,
                                PetscBool *stopped)
{
  const Watch watch = JobWatchSolves(run->watch);
  WatchAnswer answer;
  PetscBool   keep;

  PetscFunctionBeginUser;
  while (p->next < p->n_missing) {
    PetscCall(WatchAsk(watch, &answer));
    if (answer != WATCH_GO_ON) PetscCall(KeepState(run, s, p));
    *stopped = (PetscBool)(answer == WATCH_STOP);
    if (*stopped) PetscFunctionReturn(0);
    PetscCall(TakeTurn(run, window, s, p));
  }
  PetscCall(WatchAsk(watch, &answer)); /* a rank may have left its share of the last turn */
  *stopped = (PetscBool)(answer == WATCH_STOP);
  if (*stopped) PetscCall(KeepState(run, s, p));
  if (*stopped) PetscFunctionReturn(0);
  PetscCall(WatchEnd(watch, &keep));
  if (keep) PetscCall(KeepState(run, s, p));
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityShareOut(Run run, const Window *window, const SecurityShare *s, PetscBool *stopped)
{
  Progression p = {.slice = 1};
  Checkpoint  state;

  PetscFunctionBeginUser;
  *stopped = PETSC_FALSE;
  PetscCall(PetscCalloc3(s->n, &p.missing, s->n, &p.owner, s->n, &p.done));
  Print(window, s, p.print);
  PetscCall(WatchBegin(JobWatchSolves(run->watch), s->name, &state));
  if (state) PetscCall(TakeState(s, state, run->job->size, &p));
  for (PetscInt k = 0; k < s->n; k++)
    if (!p.done[k] && (!s->wanted || s->wanted[k])) p.missing[p.n_missing++] = k;
  PetscCall(TakeTurns(run, window, s, &p, stopped));
  for (PetscInt k = 0; k < s->n && !*stopped; k++)
    if (!s->wanted || s->wanted[k])
      PetscCallMPI(MPI_Bcast(Result(s, k), (int)s->size, MPI_BYTE, p.owner[k], run->job->comm));
  PetscCall(PetscFree3(p.missing, p.owner, p.done));
  PetscFunctionReturn(0);
}
