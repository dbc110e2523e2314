/* SUNDIALS IDA on the equations, with modes and a consistent restart at every discontinuity. */
#include "dynamics/integrator.h"

#include "dynamics/consistent.h"
#include "dynamics/klu.h"
#include "dynamics/newton.h"
#include "dynamics/vector.h"

#include <ida/ida.h>

#define MODE_ROUNDS 30 /* of changing modes and solving anew, at one instant */
#define RETRIES 1      /* of a step that fails, each from a restart */
#define SAME_INSTANT_S 1e-9
#define LONGEST_FIRST_STEP_S 1e-2 /* after modes changed */
#define TINY_STEP_S 1e-9          /* so many steps in a row shorter than this: they lead nowhere */
#define TINY_STEPS 200
#define LEAP_S 1e-4 /* over an instant that steps cannot pass; several in a row, and in all, are too many */
#define LEAPS_IN_A_ROW 5
#define LEAPS 100
#define COLLAPSE_PU 0.02 /* change of a voltage in a leap that is told */

struct _p_Integrator {
  Equations          eq;
  SUNContext         context;
  void              *ida;
  N_Vector           y, yp, tolerance, work, rate;
  SUNMatrix          jacobian;
  SUNLinearSolver    klu;
  SUNNonlinearSolver newton;
  Consistent         consistent;
  PetscReal          time, last_time, largest_rate, relative;
  PetscReal          pace; /* of the steps before modes changed, s */
  IntegratorCounts   done; /* before the last restart */
  PetscInt           restarts, mode_changes;
  PetscInt           tiny, leaps_in_a_row, leaps; /* steps, leaps since the last reset */
  PetscBool          leapt;                       /* the last step was a leap */
  PetscBool          unsolvable;
  char               problem[256], note[160];
};

static PetscReal *Data(N_Vector v)
{
  return NV_DATA_S(v);
}

static int Residual(realtype t, N_Vector y, N_Vector yp, N_Vector f, void *context)
{
  const Equations eq = ((Integrator)context)->eq;
  (void)t;
  EquationsResidual(eq, Data(y), Data(yp), Data(f));
  return 0;
}

static int Jacobian(realtype t, realtype cj, N_Vector y, N_Vector yp, N_Vector f, SUNMatrix matrix, void *context,
                    N_Vector w1, N_Vector w2, N_Vector w3)
{
  Equations eq = ((Integrator)context)->eq;
  (void)t, (void)f, (void)w1, (void)w2, (void)w3;
  EquationsJacobian(eq, Data(y), Data(yp), cj, SM_DATA_S(matrix));
  return 0;
}

/* What SUNDIALS says goes into the problem's text, not onto the terminal. */
static void KeepMessage(int code, const char *module, const char *function, char *message, void *context)
{
  Integrator it = context;
  (void)module;
  if (code < 0) snprintf(it->problem, sizeof it->problem, "%s: %s", function, message);
  for (char *c = it->problem; *c; ++c) {
    if (*c == '\n') *c = ' ';
  }
}

static PetscErrorCode CreateVectors(Integrator it, PetscReal absolute)
{
  const Equations eq = it->eq;

  PetscFunctionBeginUser;
  SundialsCheck(!SUNContext_Create(NULL, &it->context), "SUNContext_Create");
  it->y = VectorCreate(eq->n, it->context);
  SundialsCheck(it->y, "VectorCreate");
  it->yp        = N_VClone(it->y);
  it->tolerance = N_VClone(it->y);
  it->work      = N_VClone(it->y);
  it->rate      = N_VClone(it->y);
  SundialsCheck(it->yp && it->tolerance && it->work && it->rate, "N_VClone");
  for (PetscInt k = 0; k < eq->n; ++k) Data(it->tolerance)[k] = absolute * eq->nominal[k];
  PetscCall(KluCreate(eq, it->context, &it->jacobian, &it->klu));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorCreate(Equations eq, PetscReal relative, PetscReal absolute, Integrator *integrator)
{
  Integrator it;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&it));
  *integrator  = it;
  it->eq       = eq;
  it->relative = relative;
  PetscCall(CreateVectors(it, absolute));
  PetscCall(ConsistentCreate(eq, &it->consistent));
  it->ida = IDACreate(it->context);
  SundialsCheck(it->ida, "IDACreate");
  SundialsCheck(!IDASetErrHandlerFn(it->ida, KeepMessage, it), "IDASetErrHandlerFn");
  PetscCall(IntegratorReset(it, 0.0));
  SundialsCheck(!IDAInit(it->ida, Residual, 0.0, it->y, it->yp), "IDAInit");
  SundialsCheck(!IDASVtolerances(it->ida, relative, it->tolerance), "IDASVtolerances");
  SundialsCheck(!IDASetUserData(it->ida, it), "IDASetUserData");
  SundialsCheck(!IDASetLinearSolver(it->ida, it->klu, it->jacobian), "IDASetLinearSolver");
  SundialsCheck(!IDASetJacFn(it->ida, Jacobian), "IDASetJacFn");
  it->newton = NewtonCreate(it->y, it->context);
  SundialsCheck(it->newton && !IDASetNonlinearSolver(it->ida, it->newton), "IDASetNonlinearSolver");
  SundialsCheck(!IDASetMaxNumSteps(it->ida, -1), "IDASetMaxNumSteps");
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorDestroy(Integrator *integrator)
{
  PetscFunctionBeginUser;
  if (!integrator || !*integrator) PetscFunctionReturn(0);
  Integrator it = *integrator;
  if (it->ida) IDAFree(&it->ida);
  if (it->newton) SUNNonlinSolFree(it->newton);
  KluDestroy(&it->jacobian, &it->klu);
  if (it->y) N_VDestroy(it->y);
  if (it->yp) N_VDestroy(it->yp);
  if (it->tolerance) N_VDestroy(it->tolerance);
  if (it->work) N_VDestroy(it->work);
  if (it->rate) N_VDestroy(it->rate);
  PetscCall(ConsistentDestroy(&it->consistent));
  if (it->context) SUNContext_Free(&it->context);
  PetscCall(PetscFree(*integrator));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorReset(Integrator it, PetscReal time)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(Data(it->y), it->eq->start, it->eq->n));
  N_VConst(0.0, it->yp);
  it->time = it->last_time = time;
  it->tiny = it->leaps_in_a_row = it->leaps = 0;
  it->leapt = it->unsolvable = PETSC_FALSE;
  it->problem[0] = it->note[0] = '\0';
  SundialsCheck(!IDASetInitStep(it->ida, 0.0), "IDASetInitStep"); /* a run that failed may have left another */
  PetscFunctionReturn(0);
}

/* IDA's own counters, which start again with each restart. */
static void AddIdaCounts(Integrator it, IntegratorCounts *sum)
{
  long steps = 0, residuals = 0, jacobians = 0, setups = 0, failures = 0;
  IDAGetNumSteps(it->ida, &steps);
  IDAGetNumResEvals(it->ida, &residuals);
  IDAGetNumJacEvals(it->ida, &jacobians);
  IDAGetNumLinSolvSetups(it->ida, &setups);
  IDAGetNumErrTestFails(it->ida, &failures);
  sum->steps += (PetscInt)steps;
  sum->residuals += (PetscInt)residuals;
  sum->jacobians += (PetscInt)jacobians;
  sum->factorizations += (PetscInt)setups;
  sum->error_test_failures += (PetscInt)failures;
}

/* Changes every mode whose margin is below zero at y. Returns how many. */
static PetscInt ChangeModes(Integrator it, PetscReal *y)
{
  const Equations eq    = it->eq;
  PetscInt        count = 0;
  for (PetscInt s = 0; s < eq->n_switching; ++s) {
    PetscInt which;
    for (PetscInt round = 0; round < DEVICE_MAX_MODES && EquationsMargin(eq, eq->switching[s], y, &which) < 0.0;
         ++round) {
      EquationsChangeMode(eq, eq->switching[s], which, y);
      ++count;
    }
  }
  it->mode_changes += count;
  return count;
}

static PetscErrorCode SolveWithModes(Integrator it, PetscBool *ok)
{
  PetscReal residual;
  PetscInt  bus;

  PetscFunctionBeginUser;
  for (PetscInt round = 0; round < MODE_ROUNDS; ++round) {
    PetscCall(ConsistentSolve(it->consistent, Data(it->y), ok, &residual, &bus));
    it->unsolvable = (PetscBool) !*ok;
    if (!*ok) {
      snprintf(it->problem, sizeof it->problem,
               "no solution of the network's equations found at %g s (%.2g per unit are left over at bus %lld)",
               (double)it->time, (double)residual, (long long)it->eq->net->bus.number[bus]);
      PetscFunctionReturn(0);
    }
    if (ChangeModes(it, Data(it->y)) == 0) break;
  }
  PetscFunctionReturn(0);
}

/* Consistent here, and on with order one. */
static PetscErrorCode StartAnew(Integrator it, PetscBool *ok)
{
  PetscFunctionBeginUser;
  *ok = PETSC_FALSE;
  AddIdaCounts(it, &it->done);
  ++it->restarts;
  it->last_time = it->time;
  PetscCall(SolveWithModes(it, ok));
  if (!*ok) PetscFunctionReturn(0);
  PetscCall(ConsistentRates(it->consistent, Data(it->y), Data(it->yp), &it->largest_rate));
  SundialsCheck(!IDAReInit(it->ida, it->time, it->y, it->yp), "IDAReInit");
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorRestart(Integrator it, PetscBool *ok)
{
  PetscFunctionBeginUser;
  /* Other pivots than before the event: factorise afresh. */
  PetscCall(ConsistentRefactor(it->consistent));
  KluForget(it->klu);
  it->pace = 0.0;
  PetscCall(StartAnew(it, ok));
  PetscFunctionReturn(0);
}

/* Whether the change of a mode that was just made alters the part's equations by more than the error test can tell over a
   step h: `before` is its residual in the old mode. */
static PetscBool Matters(Integrator it, PetscInt p, const PetscReal *before, PetscReal h)
{
  const Equations  eq   = it->eq;
  const Part      *part = &eq->part[p];
  const PetscReal *y = Data(it->y), *tolerance = Data(it->tolerance);
  PetscReal        after[DEVICE_MAX_LOCAL];
  EquationsPartResidual(eq, p, y, Data(it->yp), after);
  for (PetscInt k = 0; k < part->model->n_unknowns; ++k) {
    const PetscInt  i    = part->first + k;
    const PetscReal jump = PetscAbsReal(after[k] - before[k]) * (eq->differential[i] ? h : 1.0);
    if (jump > it->relative * PetscAbsReal(y[i]) + tolerance[i]) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Changes a part's modes in place where that makes no difference to the error test; otherwise leaves them as they were
   and says so. */
static PetscBool ChangesInPlace(Integrator it, PetscInt p, PetscReal h)
{
  const Equations eq   = it->eq;
  const Part     *part = &eq->part[p];
  PetscInt        which, mode[DEVICE_MAX_MODES];
  PetscReal       before[DEVICE_MAX_LOCAL], own[DEVICE_MAX_LOCAL], *y = Data(it->y) + part->first;
  PetscBool       in_place;
  memcpy(mode, part->mode, (size_t)part->model->n_modes * sizeof *mode);
  memcpy(own, y, (size_t)part->model->n_unknowns * sizeof *own);
  EquationsPartResidual(eq, p, Data(it->y), Data(it->yp), before);
  EquationsMargin(eq, p, Data(it->y), &which);
  EquationsChangeMode(eq, p, which, Data(it->y));
  in_place = (PetscBool)(!memcmp(own, y, (size_t)part->model->n_unknowns * sizeof *own) && !part->model->trips &&
                         !Matters(it, p, before, h) && EquationsMargin(eq, p, Data(it->y), &which) >= 0.0);
  if (in_place) {
    ++it->mode_changes;
    return PETSC_TRUE;
  }
  memcpy(part->mode, mode, (size_t)part->model->n_modes * sizeof *mode);
  memcpy(y, own, (size_t)part->model->n_unknowns * sizeof *own);
  return PETSC_FALSE;
}

/* Whether a margin of any part is below zero within the last step, at `time`. */
static PetscErrorCode AnyBelow(Integrator it, PetscReal time, PetscBool *below)
{
  PetscInt which;

  PetscFunctionBeginUser;
  *below = PETSC_FALSE;
  SundialsCheck(!IDAGetDky(it->ida, time, 0, it->work), "IDAGetDky");
  for (PetscInt s = 0; s < it->eq->n_switching && !*below; ++s) {
    *below = (PetscBool)(EquationsMargin(it->eq, it->eq->switching[s], Data(it->work), &which) < 0.0);
  }
  PetscFunctionReturn(0);
}

/* Goes back within the last step to the first instant at which a mode has to change. */
static PetscErrorCode LocateChange(Integrator it)
{
  PetscReal low = it->last_time, high = it->time;
  PetscBool below;

  PetscFunctionBeginUser;
  while (high - low > SAME_INSTANT_S * PetscMax(1.0, high)) {
    const PetscReal middle = 0.5 * (low + high);
    PetscCall(AnyBelow(it, middle, &below));
    if (below)
      high = middle;
    else
      low = middle;
  }
  SundialsCheck(!IDAGetDky(it->ida, high, 0, it->y), "IDAGetDky");
  SundialsCheck(!IDAGetDky(it->ida, high, 1, it->yp), "IDAGetDky");
  it->time = high;
  PetscFunctionReturn(0);
}

static PetscBool AnyTrips(Equations eq)
{
  for (PetscInt s = 0; s < eq->n_switching; ++s) {
    const PetscInt p = eq->switching[s];
    if (eq->site[eq->part[p].site].online && EquationsTrips(eq, p)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* After a step: modes that have to change do so in place; where that matters the step ends at their instant. */
static PetscErrorCode WatchModes(Integrator it, PetscBool *switches)
{
  const Equations eq = it->eq;
  PetscInt        which;

  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < eq->n_switching && !*switches; ++s) {
    const PetscInt p = eq->switching[s];
    if (EquationsMargin(eq, p, Data(it->y), &which) < 0.0) *switches = !ChangesInPlace(it, p, it->time - it->last_time);
  }
  if (*switches) PetscCall(LocateChange(it));
  PetscFunctionReturn(0);
}

/* IDA gave a step up: consistent again, and on from a tiny first step. */
static PetscErrorCode RestartCarefully(Integrator it, PetscBool *ok)
{
  char why[sizeof it->problem];

  PetscFunctionBeginUser;
  snprintf(why, sizeof why, "%s", it->problem);
  PetscCall(IntegratorRestart(it, ok));
  SundialsCheck(!IDASetInitStep(it->ida, 1e-6), "IDASetInitStep");
  snprintf(it->problem, sizeof it->problem, "%s", why);
  PetscFunctionReturn(0);
}

/* The bus whose voltage changed most in a leap, if that is worth telling. */
static void TellCollapse(Integrator it, const PetscReal *before)
{
  const Equations  eq      = it->eq;
  const PetscReal *y       = Data(it->y);
  PetscReal        largest = COLLAPSE_PU, from = 0.0, to = 0.0;
  PetscInt         bus = -1;
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    const PetscInt  u = EquationsBusUnknown(eq, i);
    const PetscReal v = PetscSqrtReal(before[u] * before[u] + before[u + 1] * before[u + 1]);
    const PetscReal w = PetscSqrtReal(y[u] * y[u] + y[u + 1] * y[u + 1]);
    if (PetscAbsReal(w - v) <= largest) continue;
    largest = PetscAbsReal(w - v);
    from = v, to = w;
    bus = i;
  }
  if (bus >= 0)
    snprintf(it->note, sizeof it->note, "voltage %s: at bus %lld from %.3f to %.3f per unit",
             to < from ? "collapse" : "jump", (long long)eq->net->bus.number[bus], (double)from, (double)to);
}

/* Over an instant that steps cannot pass: where the algebraic equations lose the solution that was followed (a fold: the
   network cannot carry the loads any more) another one takes over at once. The differential unknowns take an explicit
   step that is too short for its error to count, the others are solved for anew. */
static PetscErrorCode Leap(Integrator it, PetscReal stop, PetscBool *ok)
{
  const Equations eq   = it->eq;
  const PetscReal step = PetscMin(LEAP_S, stop - it->time);
  PetscReal      *y = Data(it->y), *yp = Data(it->yp);

  PetscFunctionBeginUser;
  *ok = PETSC_FALSE;
  if (++it->leaps_in_a_row > LEAPS_IN_A_ROW || ++it->leaps > LEAPS) PetscFunctionReturn(0);
  N_VScale(1.0, it->y, it->rate);
  for (PetscInt k = 0; k < eq->n_states; ++k) {
    if (eq->differential[k]) y[k] += step * yp[k];
  }
  it->time += step;
  PetscCall(IntegratorRestart(it, ok));
  if (!*ok) PetscFunctionReturn(0);
  it->leapt = PETSC_TRUE;
  TellCollapse(it, Data(it->rate));
  PetscFunctionReturn(0);
}

/* One step of IDA; one of many tiny ones counts as failed. */
static PetscErrorCode TryStep(Integrator it, PetscReal stop, PetscBool *ok)
{
  PetscFunctionBeginUser;
  it->last_time = it->time;
  SundialsCheck(!IDASetStopTime(it->ida, stop), "IDASetStopTime");
  *ok      = (PetscBool)(IDASolve(it->ida, stop, &it->time, it->y, it->yp, IDA_ONE_STEP) >= 0);
  it->tiny = *ok && it->time - it->last_time < TINY_STEP_S ? it->tiny + 1 : 0;
  if (it->tiny > TINY_STEPS) {
    snprintf(it->problem, sizeof it->problem, "steps of less than %g s lead nowhere at %g s", TINY_STEP_S,
             (double)it->time);
    it->tiny = 0;
    *ok      = PETSC_FALSE;
  }
  if (*ok) it->leaps_in_a_row = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorStep(Integrator it, PetscReal stop, PetscBool *ok, PetscBool *switches)
{
  const PetscReal begin = it->time;

  PetscFunctionBeginUser;
  *switches   = PETSC_FALSE;
  it->leapt   = PETSC_FALSE;
  it->note[0] = '\0';
  for (PetscInt attempt = 0;; ++attempt) {
    PetscCall(TryStep(it, stop, ok));
    if (*ok) break;
    if (attempt < RETRIES) PetscCall(RestartCarefully(it, ok));
    if (!*ok) {
      PetscCall(Leap(it, stop, ok));
      if (!*ok) PetscFunctionReturn(0);
      break;
    }
  }
  if (it->leapt) it->last_time = begin;
  SundialsCheck(!IDASetInitStep(it->ida, 0.0), "IDASetInitStep");
  if (!it->leapt) PetscCall(WatchModes(it, switches));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorSwitch(Integrator it, PetscBool *ok, PetscBool *trips)
{
  PetscFunctionBeginUser;
  it->pace = PetscMax(it->time - it->last_time, 0.5 * it->pace);
  ChangeModes(it, Data(it->y));
  PetscCall(StartAnew(it, ok));
  *trips = AnyTrips(it->eq);
  /* one rate has jumped, little else: a first step near the last ones; the error test shortens it where it must */
  SundialsCheck(!IDASetInitStep(it->ida, PetscMin(0.5 * it->pace, LONGEST_FIRST_STEP_S)), "IDASetInitStep");
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorInterpolate(Integrator it, PetscReal time, PetscReal *y, PetscReal *yp)
{
  PetscFunctionBeginUser;
  if (it->leapt) { /* there is no interpolant, and nothing to see */
    PetscCall(PetscArraycpy(y, Data(it->y), it->eq->n));
    if (yp) PetscCall(PetscArraycpy(yp, Data(it->yp), it->eq->n));
    PetscFunctionReturn(0);
  }
  SundialsCheck(!IDAGetDky(it->ida, time, 0, it->work), "IDAGetDky");
  PetscCall(PetscArraycpy(y, Data(it->work), it->eq->n));
  if (!yp) PetscFunctionReturn(0);
  SundialsCheck(!IDAGetDky(it->ida, time, 1, it->work), "IDAGetDky");
  PetscCall(PetscArraycpy(yp, Data(it->work), it->eq->n));
  PetscFunctionReturn(0);
}

PetscReal IntegratorTime(Integrator it)
{
  return it->time;
}

const PetscReal *IntegratorUnknowns(Integrator it)
{
  return Data(it->y);
}

const PetscReal *IntegratorRates(Integrator it)
{
  return Data(it->yp);
}

PetscReal IntegratorLargestRate(Integrator it)
{
  return it->largest_rate;
}

const char *IntegratorProblem(Integrator it)
{
  return it->problem;
}

const char *IntegratorNote(Integrator it)
{
  return it->note;
}

PetscBool IntegratorUnsolvable(Integrator it)
{
  return it->unsolvable;
}

IntegratorCounts IntegratorCount(Integrator it)
{
  IntegratorCounts       sum       = it->done;
  const ConsistentCounts algebraic = ConsistentCount(it->consistent);
  AddIdaCounts(it, &sum);
  sum.residuals += algebraic.residuals;
  sum.jacobians += algebraic.jacobians;
  sum.factorizations += algebraic.jacobians;
  sum.restarts     = it->restarts;
  sum.mode_changes = it->mode_changes;
  sum.klu_seconds  = KluSeconds(it->klu) + algebraic.klu_seconds;
  return sum;
}
