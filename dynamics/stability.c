/* Transient stability of an operating point: runs with events, verdicts. */
#include "dynamics/stability_impl.h"

#include "inputs/log.h"

#include <petsctime.h>

#define SAME_INSTANT_S 1e-9
#define ABSURD_SPEED_PU 1e3 /* deviation */

void StabilityDefaultOptions(StabilityOptions *options)
{
  *options = (StabilityOptions){.until_s            = 5.0,
                                .relative_tolerance = 1e-6,
                                .absolute_tolerance = 1e-6,
                                .frequency_hz       = 60.0,
                                .output_step_s      = 0.01,
                                .stop_when_unstable = PETSC_TRUE,
                                .mismatch_limit_pu  = 1e-3,
                                .max_steps          = 1000000,
                                .cct_longest_s      = 1.0,
                                .cct_tolerance_s    = 1e-4};
  VerdictDefaultLimits(&options->limits);
}

const char *StabilityVerdictName(StabilityVerdict verdict)
{
  static const char *const names[] = {"stable", "unstable", "failed"};
  return names[verdict];
}

PetscErrorCode StabilityCreate(Network net, OperatingPoint point, DeviceTable table, const StabilityOptions *options,
                               Stability *stability)
{
  Stability st;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&st));
  *stability  = st;
  st->options = *options;
  PetscCall(EquationsCreate(net, point, table, options->frequency_hz, &st->equations));
  PetscCall(PetscCalloc2(st->equations->n, &st->sample, st->equations->n, &st->rate));
  if (st->equations->problem[0]) PetscFunctionReturn(0);
  PetscCall(VerdictCreate(st->equations, &options->limits, &st->verdict));
  PetscCall(IntegratorCreate(st->equations, options->relative_tolerance, options->absolute_tolerance, &st->integrator));
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityDestroy(Stability *stability)
{
  PetscFunctionBeginUser;
  if (!stability || !*stability) PetscFunctionReturn(0);
  Stability st = *stability;
  PetscCall(IntegratorDestroy(&st->integrator));
  PetscCall(VerdictDestroy(&st->verdict));
  PetscCall(EquationsDestroy(&st->equations));
  PetscCall(PetscFree2(st->sample, st->rate));
  PetscCall(PetscFree(st->event));
  PetscCall(PetscFree(*stability));
  PetscFunctionReturn(0);
}

Equations StabilityEquations(Stability st)
{
  return st->equations;
}

/* One run on its way. */
typedef struct {
  Stability        st;
  StabilityResult *result;
  Trajectory       trajectory; /* or NULL */
  PetscInt         next_event, next_sample, steps;
  PetscReal        last_time;
  PetscBool        begun, finished, fault_on, lost, collapsed; /* lost: synchronism */
} Run;

static void AddNote(Run *run, const char *text)
{
  StabilityResult *result = run->result;
  if (result->n_notes < STABILITY_NOTES) {
    StabilityNote *note = &result->note[result->n_notes];
    note->time_s        = IntegratorTime(run->st->integrator);
    snprintf(note->text, sizeof note->text, "%s", text);
  }
  ++result->n_notes;
}

/* No verdict; but a run that goes on after synchronism was lost has its verdict, and only ends early. */
static void Fail(Run *run, const char *why)
{
  char text[160];
  run->finished = PETSC_TRUE;
  snprintf(text, sizeof text, "the simulation ends early: %.120s", why);
  if (run->lost) {
    AddNote(run, text);
    return;
  }
  run->result->verdict = STABILITY_FAILED;
  snprintf(run->result->criterion, sizeof run->result->criterion, "%s", why);
}

/* The integration cannot go on. Where the network's equations have lost their solution without a short circuit, that is a
   voltage collapse: a verdict. */
static PetscErrorCode GiveUp(Run *run)
{
  const Stability st = run->st;
  char            text[200];

  PetscFunctionBeginUser;
  if (run->begun && !run->fault_on && IntegratorUnsolvable(st->integrator)) {
    run->finished = run->collapsed = PETSC_TRUE;
    snprintf(text, sizeof text, "voltage collapse: %.170s", IntegratorProblem(st->integrator));
    PetscCall(VerdictCollapse(st->verdict, IntegratorTime(st->integrator), text));
  } else
    Fail(run, IntegratorProblem(st->integrator));
  PetscFunctionReturn(0);
}

/* When within the last step synchronism was lost, by bisection on the interpolant. */
static PetscErrorCode LocateLoss(Run *run, PetscReal *time)
{
  Stability st  = run->st;
  PetscReal low = run->last_time, high = IntegratorTime(st->integrator);
  PetscInt  pair[2];

  PetscFunctionBeginUser;
  while (high - low > SAME_INSTANT_S * PetscMax(1.0, high)) {
    const PetscReal middle = 0.5 * (low + high);
    PetscCall(IntegratorInterpolate(st->integrator, middle, st->sample, NULL));
    if (VerdictAngleSpread(st->verdict, st->sample, pair) > st->options.limits.angle_limit_deg)
      high = middle;
    else
      low = middle;
  }
  *time = high;
  PetscFunctionReturn(0);
}

/* A speed beyond anything that turns means that the simulation has left its equations' range, not that a criterion failed. */
static PetscBool SpeedsAreAbsurd(Run *run)
{
  const Equations  eq = run->st->equations;
  const PetscReal *y  = IntegratorUnknowns(run->st->integrator);
  for (PetscInt m = 0; m < eq->n_machines; ++m) {
    if (PetscAbsReal(EquationsSignal(eq, eq->machine[m], SIGNAL_SPEED, y)) > ABSURD_SPEED_PU) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Looks at the point just reached. */
static PetscErrorCode Watch(Run *run, PetscBool after_step)
{
  Stability  st   = run->st;
  Integrator it   = st->integrator;
  PetscReal  time = IntegratorTime(it);
  PetscBool  lost;

  PetscFunctionBeginUser;
  if (SpeedsAreAbsurd(run)) {
    Fail(run, "a machine's speed is beyond anything that turns: its data or set-points make no sense");
    PetscFunctionReturn(0);
  }
  PetscCall(VerdictWatch(st->verdict, time, IntegratorUnknowns(it), IntegratorRates(it), run->fault_on, &lost));
  if (!lost) PetscFunctionReturn(0);
  run->lost = PETSC_TRUE;
  if (after_step) {
    PetscCall(LocateLoss(run, &time));
    PetscCall(VerdictSetLossTime(st->verdict, time));
  }
  if (st->options.stop_when_unstable) run->finished = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Records the evenly spaced samples that the last step went past, but for one at its very end when an event stands there. */
static PetscErrorCode Sample(Run *run, PetscBool at_event)
{
  Stability       st   = run->st;
  const PetscReal step = st->options.output_step_s, now = IntegratorTime(st->integrator);

  PetscFunctionBeginUser;
  if (!run->trajectory) PetscFunctionReturn(0);
  for (; run->next_sample * step <= now + SAME_INSTANT_S; ++run->next_sample) {
    const PetscReal time = PetscMin(run->next_sample * step, now);
    if (at_event && now - time < SAME_INSTANT_S) continue;
    PetscCall(IntegratorInterpolate(st->integrator, time, st->sample, st->rate));
    PetscCall(TrajectoryRecord(run->trajectory, st->equations, time, st->sample, st->rate));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Record(Run *run)
{
  const Integrator it = run->st->integrator;

  PetscFunctionBeginUser;
  if (run->trajectory)
    PetscCall(TrajectoryRecord(run->trajectory, run->st->equations, IntegratorTime(it), IntegratorUnknowns(it),
                               IntegratorRates(it)));
  PetscFunctionReturn(0);
}

/* Disconnects every site whose relay says so. */
static PetscErrorCode ApplyTrips(Run *run, PetscBool *any)
{
  Equations eq = run->st->equations;
  char      label[80], text[160];

  PetscFunctionBeginUser;
  *any = PETSC_FALSE;
  for (PetscInt s = 0; s < eq->n_switching; ++s) {
    const PetscInt p    = eq->switching[s];
    Site          *site = &eq->site[eq->part[p].site];
    if (!site->online || !EquationsTrips(eq, p)) continue;
    site->online = PETSC_FALSE;
    *any         = PETSC_TRUE;
    snprintf(text, sizeof text, "%.32s trips %.80s", eq->part[p].model->name,
             EquationsSiteLabel(eq, eq->part[p].site, label, sizeof label));
    AddNote(run, text);
  }
  PetscFunctionReturn(0);
}

/* Tells of islands that form and buses that go dead. */
static PetscErrorCode UpdateTopology(Run *run)
{
  Equations      eq      = run->st->equations;
  const PetscInt islands = eq->n_islands, dead = eq->n_dead_buses;
  char           text[160];

  PetscFunctionBeginUser;
  PetscCall(EquationsUpdateTopology(eq, IntegratorUnknowns(run->st->integrator)));
  run->fault_on = EventFaultOn(eq);
  if (eq->n_islands != islands) {
    snprintf(text, sizeof text, "%" PetscInt_FMT " island%s with a voltage of their own, %" PetscInt_FMT " before",
             eq->n_islands, eq->n_islands == 1 ? "" : "s", islands);
    AddNote(run, text);
  }
  if (eq->n_dead_buses != dead) {
    snprintf(text, sizeof text, "%" PetscInt_FMT " buses without voltage, with %.4g MW of load", eq->n_dead_buses,
             (double)eq->lost_load_mw);
    AddNote(run, text);
  }
  PetscFunctionReturn(0);
}

/* Restarts at the present point, lets relays act on what that made of it, and looks at it. */
static PetscErrorCode Restart(Run *run)
{
  PetscBool ok, trips;

  PetscFunctionBeginUser;
  PetscCall(IntegratorRestart(run->st->integrator, &ok));
  while (ok) {
    PetscCall(ApplyTrips(run, &trips));
    if (!trips) break;
    PetscCall(UpdateTopology(run));
    PetscCall(IntegratorRestart(run->st->integrator, &ok));
  }
  if (ok)
    PetscCall(Watch(run, PETSC_FALSE));
  else
    PetscCall(GiveUp(run));
  PetscFunctionReturn(0);
}

/* Applies all events of the instant reached, together. */
static PetscErrorCode ApplyEvents(Run *run)
{
  Stability       st  = run->st;
  const PetscReal now = IntegratorTime(st->integrator);
  PetscBool       topology, any = PETSC_FALSE;
  const char     *problem;
  char            text[256], why[400];

  PetscFunctionBeginUser;
  PetscCall(Record(run));
  for (; run->next_event < st->n_events && st->event[run->next_event].time_s <= now + SAME_INSTANT_S;
       ++run->next_event) {
    const StabilityEvent *event = &st->event[run->next_event];
    PetscCall(EventApply(st->equations, event, &topology, &problem));
    any = (PetscBool)(any || topology);
    if (!problem) continue;
    snprintf(why, sizeof why, "%s: %s", EventDescribe(st->equations->net, event, text, sizeof text), problem);
    Fail(run, why);
    PetscFunctionReturn(0);
  }
  if (any) PetscCall(UpdateTopology(run));
  PetscCall(Restart(run));
  if (run->result->verdict != STABILITY_FAILED && !run->collapsed) PetscCall(Record(run));
  PetscFunctionReturn(0);
}

/* Modes change at the point reached. What relays do is an event of its own. */
static PetscErrorCode Switch(Run *run)
{
  Stability st = run->st;
  PetscBool ok, trips;

  PetscFunctionBeginUser;
  PetscCall(IntegratorSwitch(st->integrator, &ok, &trips));
  if (!ok)
    PetscCall(GiveUp(run));
  else if (trips) {
    PetscCall(Record(run));
    PetscCall(ApplyTrips(run, &trips));
    PetscCall(UpdateTopology(run));
    PetscCall(Restart(run));
    if (run->result->verdict != STABILITY_FAILED && !run->collapsed) PetscCall(Record(run));
  }
  PetscFunctionReturn(0);
}

/* Integrates to `stop`, which an event or the end of the run stands at. */
static PetscErrorCode Advance(Run *run, PetscReal stop)
{
  Stability st = run->st;
  PetscBool ok, switches;

  PetscFunctionBeginUser;
  while (!run->finished && IntegratorTime(st->integrator) < stop - SAME_INSTANT_S) {
    run->last_time = IntegratorTime(st->integrator);
    PetscCall(IntegratorStep(st->integrator, stop, &ok, &switches));
    if (!ok) {
      PetscCall(GiveUp(run));
      break;
    }
    if (++run->steps > st->options.max_steps) {
      Fail(run, "more steps than allowed");
      break;
    }
    if (IntegratorNote(st->integrator)[0]) AddNote(run, IntegratorNote(st->integrator));
    PetscCall(Watch(run, PETSC_TRUE));
    PetscCall(Sample(run, (PetscBool)(IntegratorTime(st->integrator) >= stop - SAME_INSTANT_S)));
    if (switches && !run->finished) PetscCall(Switch(run));
  }
  PetscFunctionReturn(0);
}

/* Events before the end in order of time; those of one instant in the order given. */
static PetscErrorCode ListEvents(Stability st, PetscInt n, const StabilityEvent *events)
{
  PetscFunctionBeginUser;
  PetscCall(PetscRealloc((size_t)(n + 1) * sizeof *st->event, &st->event));
  st->n_events = 0;
  for (PetscInt k = 0; k < n; ++k) {
    PetscCheck(events[k].time_s >= 0.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "An event before the start");
    if (!(events[k].time_s < st->options.until_s)) continue;
    PetscInt at = st->n_events++;
    for (; at > 0 && st->event[at - 1].time_s > events[k].time_s; --at) st->event[at] = st->event[at - 1];
    st->event[at] = events[k];
  }
  PetscFunctionReturn(0);
}

/* The start: an equilibrium, or the run fails. */
static PetscErrorCode Begin(Run *run)
{
  Stability        st     = run->st;
  StabilityResult *result = run->result;
  const Equations  eq     = st->equations;
  char             why[200];

  PetscFunctionBeginUser;
  if (result->mismatch_pu > st->options.mismatch_limit_pu) {
    snprintf(why, sizeof why,
             "the operating point is no solution: %.3g per unit are missing at bus %lld, at most %g is allowed",
             (double)result->mismatch_pu, (long long)eq->net->bus.number[result->mismatch_bus],
             (double)st->options.mismatch_limit_pu);
    Fail(run, why);
    PetscFunctionReturn(0);
  }
  PetscCall(EquationsReset(eq));
  PetscCall(VerdictBegin(st->verdict));
  PetscCall(IntegratorReset(st->integrator, 0.0));
  PetscCall(Restart(run));
  result->initial_rate = IntegratorLargestRate(st->integrator);
  if (run->result->verdict == STABILITY_FAILED) PetscFunctionReturn(0);
  snprintf(why, sizeof why, "the operating point is no equilibrium: a state moves by %.2g per second",
           (double)result->initial_rate);
  if (!(result->initial_rate <= 1e-8)) Fail(run, why);
  run->begun = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateTrajectory(Run *run, Trajectory *trajectory)
{
  const StabilityOptions *options = &run->st->options;

  PetscFunctionBeginUser;
  if (!trajectory || run->finished) PetscFunctionReturn(0);
  PetscCheck(options->output_step_s > 0.0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Output step must be above 0");
  const PetscInt samples = (PetscInt)(options->until_s / options->output_step_s) + 2 * run->st->n_events + 4;
  PetscCall(TrajectoryCreate(run->st->equations, samples, trajectory));
  run->trajectory = *trajectory;
  PetscFunctionReturn(0);
}

/* The criterion that failed first; all of them must hold, or synchronism alone. */
static void Judge(Run *run)
{
  StabilityResult   *result = run->result;
  const VerdictItem *first  = NULL;
  for (PetscInt c = 0; c < (run->st->angle_only && !run->collapsed ? 1 : VERDICT_CRITERIA); ++c) {
    const VerdictItem *item = &result->judgement.item[c];
    if (!item->passed && (!first || item->time_s < first->time_s)) first = item;
  }
  if (!first) return;
  result->verdict     = STABILITY_UNSTABLE;
  result->violation_s = first->time_s;
  snprintf(result->criterion, sizeof result->criterion, "%.400s at %.4f s", first->text, (double)first->time_s);
}

/* Tells the end of a run that did not fail. */
static PetscErrorCode Conclude(Run *run)
{
  Stability        st     = run->st;
  const Equations  eq     = st->equations;
  StabilityResult *result = run->result;

  PetscFunctionBeginUser;
  result->end_s = IntegratorTime(st->integrator);
  PetscCall(VerdictConclude(st->verdict, result->end_s, &result->judgement));
  result->max_angle_spread_deg   = result->judgement.max_angle_spread_deg;
  result->max_speed_deviation_pu = result->judgement.max_speed_deviation_pu;
  Judge(run);
  if (result->verdict == STABILITY_STABLE) {
    snprintf(result->criterion, sizeof result->criterion,
             "no two rotor angles of an island differ by more than %g degrees, voltages recover and frequency stays "
             "within its limits until %g s (%" PetscInt_FMT " machine%s in %" PetscInt_FMT " island%s)",
             (double)st->options.limits.angle_limit_deg, (double)st->options.until_s, eq->n_machines,
             eq->n_machines == 1 ? "" : "s", eq->n_islands, eq->n_islands == 1 ? "" : "s");
  }
  if (eq->n_dead_buses > 0) {
    const size_t used = strlen(result->criterion);
    snprintf(result->criterion + used, sizeof result->criterion - used,
             "; %" PetscInt_FMT " buses with %.4g MW of load are without a machine and dead", eq->n_dead_buses,
             (double)eq->lost_load_mw);
  }
  result->n_islands    = eq->n_islands;
  result->n_dead_buses = eq->n_dead_buses;
  result->lost_load_mw = eq->lost_load_mw;
  PetscFunctionReturn(0);
}

static PetscErrorCode Simulate(Run *run, PetscInt n, const StabilityEvent *events, Trajectory *trajectory)
{
  Stability st = run->st;

  PetscFunctionBeginUser;
  if (st->equations->problem[0]) {
    Fail(run, st->equations->problem);
    PetscFunctionReturn(0);
  }
  PetscCall(ListEvents(st, n, events));
  PetscCall(Begin(run));
  PetscCall(CreateTrajectory(run, trajectory));
  if (st->n_events == 0 || st->event[0].time_s > SAME_INSTANT_S) PetscCall(Record(run));
  run->next_sample = 1;
  while (!run->finished) {
    const PetscBool has_event = (PetscBool)(run->next_event < st->n_events);
    PetscCall(Advance(run, has_event ? st->event[run->next_event].time_s : st->options.until_s));
    if (run->finished) break;
    if (!has_event) {
      PetscCall(Record(run));
      run->finished = PETSC_TRUE;
    } else
      PetscCall(ApplyEvents(run));
  }
  if (run->result->verdict != STABILITY_FAILED) PetscCall(Conclude(run));
  PetscFunctionReturn(0);
}

static void SetCounts(StabilityResult *result, const IntegratorCounts *before, const IntegratorCounts *after)
{
  result->steps                = after->steps - before->steps;
  result->residual_evaluations = after->residuals - before->residuals;
  result->jacobian_evaluations = after->jacobians - before->jacobians;
  result->factorizations       = after->factorizations - before->factorizations;
  result->restarts             = after->restarts - before->restarts;
  result->mode_changes         = after->mode_changes - before->mode_changes;
  result->klu_seconds          = after->klu_seconds - before->klu_seconds;
}

PetscErrorCode StabilitySimulate(Stability st, PetscInt n, const StabilityEvent *events, Trajectory *trajectory,
                                 StabilityResult *result)
{
  PetscLogDouble   begin, end;
  Run              run    = {.st = st, .result = result};
  IntegratorCounts before = {0}, after = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  if (trajectory) *trajectory = NULL;
  PetscCall(PetscMemzero(result, sizeof *result));
  result->verdict      = STABILITY_STABLE;
  result->violation_s  = NAN;
  result->n_machines   = st->equations->n_machines;
  result->unknowns     = st->equations->n;
  result->mismatch_pu  = st->equations->mismatch_pu;
  result->mismatch_bus = st->equations->mismatch_bus;
  result->n_warnings   = st->equations->n_warnings;
  snprintf(result->warning, sizeof result->warning, "%s", st->equations->warning);
  if (st->integrator) before = IntegratorCount(st->integrator);
  PetscCall(LogStagePush(LOG_DYNAMICS));
  PetscCall(LogEventBegin(LOG_DYNAMICS_SIMULATION));
  PetscCall(Simulate(&run, n, events, trajectory));
  PetscCall(LogEventEnd(LOG_DYNAMICS_SIMULATION));
  PetscCall(LogStagePop());
  if (st->integrator) after = IntegratorCount(st->integrator);
  SetCounts(result, &before, &after);
  PetscCall(PetscTime(&end));
  result->solve_seconds = end - begin;
  PetscFunctionReturn(0);
}
