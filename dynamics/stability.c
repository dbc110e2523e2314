/* Transient stability of an operating point: runs with events, verdicts. */
#include "dynamics/stability_impl.h"

#include <petsctime.h>

#define SAME_INSTANT_S 1e-9

void StabilityDefaultOptions(StabilityOptions *options)
{
  *options = (StabilityOptions){.until_s            = 5.0,
                                .angle_limit_deg    = 180.0,
                                .relative_tolerance = 1e-6,
                                .absolute_tolerance = 1e-6,
                                .frequency_hz       = 60.0,
                                .output_step_s      = 0.01,
                                .stop_when_unstable = PETSC_TRUE,
                                .mismatch_limit_pu  = 1e-3,
                                .max_steps          = 1000000,
                                .cct_longest_s      = 1.0,
                                .cct_tolerance_s    = 1e-4};
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
  const Equations eq = st->equations;
  PetscCall(PetscCalloc4(eq->n, &st->sample, eq->n_devices, &st->lowest, eq->n_devices, &st->highest, eq->n_devices,
                         &st->angle));
  if (eq->problem[0]) PetscFunctionReturn(0);
  PetscCall(IntegratorCreate(eq, options->relative_tolerance, options->absolute_tolerance, &st->integrator));
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityDestroy(Stability *stability)
{
  PetscFunctionBeginUser;
  if (!stability || !*stability) PetscFunctionReturn(0);
  Stability st = *stability;
  PetscCall(IntegratorDestroy(&st->integrator));
  PetscCall(EquationsDestroy(&st->equations));
  PetscCall(PetscFree4(st->sample, st->lowest, st->highest, st->angle));
  PetscCall(PetscFree(st->event));
  PetscCall(PetscFree(*stability));
  PetscFunctionReturn(0);
}

/* One run on its way. */
typedef struct {
  Stability             st;
  const StabilityFault *faults;
  StabilityResult      *result;
  Trajectory            trajectory; /* or NULL */
  PetscInt              next_event, next_sample, steps;
  PetscReal             last_time;
  PetscBool             finished;
} Run;

static void Fail(Run *run, const char *why)
{
  run->finished = PETSC_TRUE;
  if (run->result->verdict == STABILITY_UNSTABLE) return; /* which stands, whatever came after */
  run->result->verdict = STABILITY_FAILED;
  snprintf(run->result->criterion, sizeof run->result->criterion, "%s", why);
}

/* Largest difference of two rotor angles within an island, and the two machines. */
static PetscReal AngleSpread(Stability st, const PetscReal *y, PetscInt pair[2])
{
  const Equations eq      = st->equations;
  PetscReal       largest = 0.0;
  pair[0] = pair[1] = -1;
  for (PetscInt i = 0; i < eq->n_islands; ++i) st->lowest[i] = st->highest[i] = -1;
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    const PetscInt island = eq->island[eq->device[d].bus];
    st->angle[d]          = EquationsOutput(eq, d, DEVICE_ANGLE, y);
    if (PetscIsInfOrNanReal(st->angle[d])) continue;
    if (st->lowest[island] < 0 || st->angle[d] < st->angle[st->lowest[island]]) st->lowest[island] = d;
    if (st->highest[island] < 0 || st->angle[d] > st->angle[st->highest[island]]) st->highest[island] = d;
  }
  for (PetscInt i = 0; i < eq->n_islands; ++i) {
    if (st->lowest[i] < 0) continue;
    const PetscReal spread = st->angle[st->highest[i]] - st->angle[st->lowest[i]];
    if (spread <= largest) continue;
    largest = spread;
    pair[0] = st->highest[i];
    pair[1] = st->lowest[i];
  }
  return largest * 180.0 / PETSC_PI;
}

static const char *MachineLabel(Stability st, PetscInt d, char *text, size_t size)
{
  const Network net    = st->equations->net;
  const Device *device = &st->equations->device[d];
  const char   *unit =
      device->site == DEVICE_AT_GENERATOR ? net->generator.unit[device->row] : net->storage.name[device->row];
  snprintf(text, size, "%lld:%s", (long long)net->bus.number[device->bus], unit);
  return text;
}

/* When within the last step the spread went past its limit, by bisection on the interpolant. */
static PetscErrorCode LocateViolation(Run *run, PetscReal *time)
{
  Stability st  = run->st;
  PetscReal low = run->last_time, high = IntegratorTime(st->integrator);
  PetscInt  pair[2];

  PetscFunctionBeginUser;
  while (high - low > 1e-9 * PetscMax(1.0, high)) {
    const PetscReal middle = 0.5 * (low + high);
    PetscCall(IntegratorInterpolate(st->integrator, middle, st->sample));
    if (AngleSpread(st, st->sample, pair) > st->options.angle_limit_deg)
      high = middle;
    else
      low = middle;
  }
  *time = high;
  PetscFunctionReturn(0);
}

/* Looks at the point just reached. */
static PetscErrorCode Watch(Run *run, PetscBool after_step)
{
  Stability        st     = run->st;
  StabilityResult *result = run->result;
  const PetscReal *y      = IntegratorUnknowns(st->integrator);
  PetscReal        time   = IntegratorTime(st->integrator);
  PetscInt         pair[2];
  char             a[64], b[64];

  PetscFunctionBeginUser;
  const PetscReal spread       = AngleSpread(st, y, pair);
  result->max_angle_spread_deg = PetscMax(result->max_angle_spread_deg, spread);
  for (PetscInt d = 0; d < st->equations->n_devices; ++d) {
    const PetscReal speed = PetscAbsReal(EquationsOutput(st->equations, d, DEVICE_SPEED, y));
    if (speed > result->max_speed_deviation_pu) result->max_speed_deviation_pu = speed;
  }
  if (!(spread > st->options.angle_limit_deg) || result->verdict == STABILITY_UNSTABLE) PetscFunctionReturn(0);
  if (after_step) PetscCall(LocateViolation(run, &time));
  result->violation_s = time;
  result->verdict     = STABILITY_UNSTABLE;
  snprintf(result->criterion, sizeof result->criterion,
           "rotor angle of machine %s more than %g degrees ahead of machine %s at %.4f s",
           MachineLabel(st, pair[0], a, sizeof a), (double)st->options.angle_limit_deg,
           MachineLabel(st, pair[1], b, sizeof b), (double)time);
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
    PetscCall(IntegratorInterpolate(st->integrator, time, st->sample));
    TrajectoryRecord(run->trajectory, st->equations, time, st->sample);
  }
  PetscFunctionReturn(0);
}

static void Record(Run *run)
{
  const Integrator it = run->st->integrator;
  if (run->trajectory) {
    TrajectoryRecord(run->trajectory, run->st->equations, IntegratorTime(it), IntegratorUnknowns(it));
  }
}

/* Restarts at the present point, and looks at what that made of it. */
static PetscErrorCode Restart(Run *run)
{
  PetscBool ok;

  PetscFunctionBeginUser;
  PetscCall(IntegratorRestart(run->st->integrator, &ok));
  if (ok)
    PetscCall(Watch(run, PETSC_FALSE));
  else
    Fail(run, IntegratorProblem(run->st->integrator));
  PetscFunctionReturn(0);
}

/* Applies all events of the instant reached, together. */
static PetscErrorCode ApplyEvents(Run *run)
{
  Stability       st  = run->st;
  Equations       eq  = st->equations;
  const PetscReal now = IntegratorTime(st->integrator);

  PetscFunctionBeginUser;
  Record(run);
  for (; run->next_event < st->n_events && st->event[run->next_event].time <= now + SAME_INSTANT_S; ++run->next_event) {
    const Event          *event = &st->event[run->next_event];
    const StabilityFault *fault = &run->faults[event->fault];
    if (event->clears)
      EquationsClearFault(eq, fault->bus);
    else
      EquationsApplyFault(eq, fault->bus, fault->r_pu, fault->x_pu);
    if (event->clears && fault->trip_branch >= 0) eq->branch_closed[fault->trip_branch] = PETSC_FALSE;
  }
  PetscCall(EquationsUpdateTopology(eq));
  PetscCall(Restart(run));
  if (run->result->verdict != STABILITY_FAILED) Record(run);
  PetscFunctionReturn(0);
}

/* Integrates to `stop`, which an event or the end of the run stands at. */
static PetscErrorCode Advance(Run *run, PetscReal stop)
{
  Stability st = run->st;
  PetscBool ok;

  PetscFunctionBeginUser;
  while (!run->finished && IntegratorTime(st->integrator) < stop - SAME_INSTANT_S) {
    run->last_time = IntegratorTime(st->integrator);
    PetscCall(IntegratorStep(st->integrator, stop, &ok));
    if (!ok || ++run->steps > st->options.max_steps) {
      Fail(run, ok ? "more steps than allowed" : IntegratorProblem(st->integrator));
      break;
    }
    PetscCall(Watch(run, PETSC_TRUE));
    PetscCall(Sample(run, (PetscBool)(IntegratorTime(st->integrator) >= stop - SAME_INSTANT_S)));
  }
  PetscFunctionReturn(0);
}

/* Events in order of time; at one instant, in the order of the faults, each applied before it clears. */
static PetscErrorCode ListEvents(Stability st, PetscInt n, const StabilityFault *faults)
{
  const Network net = st->equations->net;

  PetscFunctionBeginUser;
  PetscCall(PetscRealloc((size_t)(2 * n + 1) * sizeof *st->event, &st->event));
  st->n_events = 0;
  for (PetscInt k = 0; k < n; ++k) {
    PetscCheck(faults[k].bus >= 0 && faults[k].bus < net->bus.n && faults[k].trip_branch < net->branch.n,
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "Fault %" PetscInt_FMT " is not at a bus of the network", k);
    PetscCheck(faults[k].on_s >= 0.0 && faults[k].off_s >= faults[k].on_s, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "Fault %" PetscInt_FMT " clears before it begins", k);
    for (PetscInt clears = 0; clears < 2; ++clears) {
      const PetscReal time = clears ? faults[k].off_s : faults[k].on_s;
      if (time >= st->options.until_s) continue;
      PetscInt at = st->n_events++;
      for (; at > 0 && st->event[at - 1].time > time; --at) st->event[at] = st->event[at - 1];
      st->event[at] = (Event){.time = time, .fault = k, .clears = (PetscBool)clears};
    }
  }
  PetscFunctionReturn(0);
}

/* The start: an equilibrium, or the run fails. */
static PetscErrorCode Begin(Run *run)
{
  Stability        st     = run->st;
  StabilityResult *result = run->result;
  const Equations  eq     = st->equations;

  PetscFunctionBeginUser;
  if (result->mismatch_pu > st->options.mismatch_limit_pu) {
    char why[200];
    snprintf(why, sizeof why,
             "the operating point is no solution: %.3g per unit are missing at bus %lld, at most %g is allowed",
             (double)result->mismatch_pu, (long long)eq->net->bus.number[result->mismatch_bus],
             (double)st->options.mismatch_limit_pu);
    Fail(run, why);
    PetscFunctionReturn(0);
  }
  PetscCall(EquationsResetTopology(eq));
  PetscCall(IntegratorReset(st->integrator, 0.0));
  PetscCall(Restart(run));
  result->initial_rate = IntegratorLargestRate(st->integrator);
  if (run->result->verdict == STABILITY_FAILED) PetscFunctionReturn(0);
  if (!(result->initial_rate <= 1e-8)) Fail(run, "the operating point is no equilibrium");
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

/* Tells the end of a run that did not fail. */
static void Conclude(Run *run)
{
  const Equations  eq     = run->st->equations;
  StabilityResult *result = run->result;
  if (result->verdict == STABILITY_STABLE) {
    snprintf(result->criterion, sizeof result->criterion,
             "no two rotor angles of an island differ by more than %g degrees until %g s (%" PetscInt_FMT
             " machine%s in %" PetscInt_FMT " island%s)",
             (double)run->st->options.angle_limit_deg, (double)run->st->options.until_s, eq->n_devices,
             eq->n_devices == 1 ? "" : "s", eq->n_islands, eq->n_islands == 1 ? "" : "s");
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
}

static PetscErrorCode Simulate(Run *run, PetscInt n, Trajectory *trajectory)
{
  Stability st = run->st;

  PetscFunctionBeginUser;
  if (st->equations->problem[0])
    Fail(run, st->equations->problem);
  else {
    PetscCall(ListEvents(st, n, run->faults));
    PetscCall(Begin(run));
    PetscCall(CreateTrajectory(run, trajectory));
    if (st->n_events == 0 || st->event[0].time > SAME_INSTANT_S) Record(run);
    run->next_sample = 1;
  }
  while (!run->finished) {
    const PetscBool has_event = (PetscBool)(run->next_event < st->n_events);
    PetscCall(Advance(run, has_event ? st->event[run->next_event].time : st->options.until_s));
    if (run->finished) break;
    if (!has_event) {
      Record(run);
      run->finished = PETSC_TRUE;
    } else
      PetscCall(ApplyEvents(run));
  }
  if (run->result->verdict != STABILITY_FAILED) Conclude(run);
  PetscFunctionReturn(0);
}

PetscErrorCode StabilityRun(Stability st, PetscInt n, const StabilityFault *faults, Trajectory *trajectory,
                            StabilityResult *result)
{
  PetscLogDouble   begin, end;
  Run              run    = {.st = st, .faults = faults, .result = result};
  IntegratorCounts before = {0}, after = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&begin));
  if (trajectory) *trajectory = NULL;
  *result = (StabilityResult){.verdict      = STABILITY_STABLE,
                              .violation_s  = NAN,
                              .n_machines   = st->equations->n_devices,
                              .mismatch_pu  = st->equations->mismatch_pu,
                              .mismatch_bus = st->equations->mismatch_bus};
  if (st->integrator) before = IntegratorCount(st->integrator);
  PetscCall(Simulate(&run, n, trajectory));
  if (st->integrator) after = IntegratorCount(st->integrator);
  result->steps                = after.steps - before.steps;
  result->residual_evaluations = after.residuals - before.residuals;
  result->jacobian_evaluations = after.jacobians - before.jacobians;
  result->factorizations       = after.factorizations - before.factorizations;
  result->restarts             = after.restarts - before.restarts;
  PetscCall(PetscTime(&end));
  result->solve_seconds = end - begin;
  PetscFunctionReturn(0);
}
