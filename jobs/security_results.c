/* What of a window's security goes into its data set. */
#include <math.h>

#include "jobs/results.h"
#include "jobs/run.h"

static PetscErrorCode AddTexts(Run run, const Window *window, Dataset ds)
{
  const PetscInt n = window->n_cases;
  char         **name, **verdict, **trip, **criterion;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(n, &name, n, &verdict, n, &trip, n, &criterion));
  for (PetscInt k = 0; k < n; k++) {
    const Disturbance *d = &run->disturbance[window->security[k].disturbance];
    name[k]              = (char *)d->name;
    verdict[k]           = (char *)StabilityVerdictName(window->security[k].verdict);
    trip[k]              = d->fault ? d->fault->trip : NULL;
    criterion[k]         = window->security[k].criterion;
  }
  PetscCall(DatasetAddText(ds, "disturbance_name", "disturbance", "what happened", name));
  PetscCall(DatasetAddText(ds, "disturbance_trip", "disturbance", "branch opened when the fault clears", trip));
  PetscCall(DatasetAddText(ds, "disturbance_verdict", "disturbance", "stable or unstable", verdict));
  PetscCall(DatasetAddText(ds, "disturbance_criterion", "disturbance", "what decided", criterion));
  PetscCall(PetscFree4(name, verdict, trip, criterion));
  PetscFunctionReturn(0);
}

static int64_t TimeOf(const Window *window, PetscInt hour)
{
  return window->start + llround((double)hour * window->dispatch->step_hours * 3600);
}

static PetscErrorCode AddTime(Dataset ds, const char *name, const char *dim, const char *what, const int64_t *time)
{
  PetscFunctionBeginUser;
  PetscCall(DatasetAddInteger(ds, name, dim, "seconds since 1970-01-01 00:00:00", what, time));
  PetscCall(PetscStrallocpy("proleptic_gregorian", &DatasetFind(ds, name)->calendar));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPlaces(Run run, const Window *window, Dataset ds)
{
  const PetscInt n = window->n_cases;
  double        *on, *off;
  int64_t       *time, *bus;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(n, &on, n, &off, n, &time, n, &bus));
  for (PetscInt k = 0; k < n; k++) {
    const StudyFault *f = run->disturbance[window->security[k].disturbance].fault;
    on[k]               = f ? f->on_s : NAN;
    off[k]              = f ? f->off_s : NAN;
    bus[k]              = f ? f->bus : 0;
    time[k]             = TimeOf(window, window->security[k].hour);
  }
  PetscCall(
      AddTime(ds, "disturbance_time", "disturbance", "start of the interval whose dispatch was disturbed, UTC", time));
  PetscCall(
      DatasetAddInteger(ds, "disturbance_bus", "disturbance", "1", "number of the faulted bus, 0: other events", bus));
  PetscCall(DatasetAddReal(ds, "disturbance_fault_on", "disturbance", "s", "start of the fault", on));
  PetscCall(DatasetAddReal(ds, "disturbance_fault_off", "disturbance", "s", "clearing of the fault", off));
  PetscCall(PetscFree4(on, off, time, bus));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddMeasures(const Window *window, Dataset ds)
{
  const PetscInt n = window->n_cases;
  double        *spread, *cct, *nadir, *zenith, *voltage, *lost;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc6(n, &spread, n, &cct, n, &nadir, n, &zenith, n, &voltage, n, &lost));
  for (PetscInt k = 0; k < n; k++) {
    const SecurityCase *c = &window->security[k];
    spread[k]             = c->max_angle_spread_deg;
    cct[k]                = c->cct_seconds;
    nadir[k]              = c->nadir_hz;
    zenith[k]             = c->zenith_hz;
    voltage[k]            = c->min_voltage_pu;
    lost[k]               = c->lost_load_mw;
  }
  PetscCall(DatasetAddReal(ds, "disturbance_angle_spread", "disturbance", "degree", "largest rotor angle difference",
                           spread));
  PetscCall(DatasetAddReal(ds, "disturbance_critical_clearing_time", "disturbance", "s",
                           "longest fault that is survived; missing when none was found", cct));
  PetscCall(DatasetAddReal(ds, "disturbance_frequency_nadir", "disturbance", "Hz",
                           "lowest frequency of an island; missing where none has inertia", nadir));
  PetscCall(DatasetAddReal(ds, "disturbance_frequency_zenith", "disturbance", "Hz",
                           "highest frequency of an island; missing where none has inertia", zenith));
  PetscCall(DatasetAddReal(ds, "disturbance_min_voltage", "disturbance", "1",
                           "lowest voltage of a bus, per unit, faults not counted", voltage));
  PetscCall(DatasetAddReal(ds, "disturbance_lost_load", "disturbance", "MW", "load without voltage at the end", lost));
  PetscCall(PetscFree6(spread, cct, nadir, zenith, voltage, lost));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBounds(Run run, const Window *window, Dataset ds)
{
  const PetscInt n = window->n_bounds;
  char         **component, **name;
  double        *from, *to;
  int64_t       *time, *round;

  PetscFunctionBeginUser;
  if (!n) PetscFunctionReturn(0);
  PetscCall(PetscMalloc6(n, &component, n, &name, n, &from, n, &to, n, &time, n, &round));
  for (PetscInt k = 0; k < n; k++) {
    const SecurityBound *b = &window->bound[k];
    component[k]           = b->is_branch ? "branch" : "generator";
    name[k]                = b->is_branch ? run->net->branch.name[b->row] : run->net->generator.name[b->row];
    from[k]                = b->from;
    to[k]                  = b->to;
    round[k]               = b->round;
    time[k]                = TimeOf(window, b->hour);
  }
  PetscCall(DatasetAddDimension(ds, "security_bound", n));
  PetscCall(AddTime(ds, "bound_time", "security_bound", "start of the interval that is bounded, UTC", time));
  PetscCall(DatasetAddText(ds, "bound_component", "security_bound", "generator or branch", component));
  PetscCall(DatasetAddText(ds, "bound_name", "security_bound", "of the generator or branch", name));
  PetscCall(DatasetAddReal(ds, "bound_from", "security_bound", "MVA",
                           "power of the dispatch before; a generator's in MW", from));
  PetscCall(DatasetAddReal(ds, "bound_to", "security_bound", "MVA", "upper bound; a generator's in MW", to));
  PetscCall(DatasetAddInteger(ds, "bound_round", "security_bound", "1", "round that asked for it, from 1", round));
  PetscCall(PetscFree6(component, name, from, to, time, round));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAddSecurity(Run run, const Window *window, Dataset ds)
{
  const double  before = window->objective_unsecured;
  const int64_t rounds = window->security_rounds;

  PetscFunctionBeginUser;
  if (!window->n_cases) PetscFunctionReturn(0);
  PetscCall(DatasetAddReal(ds, "objective_unsecured", "window", run->study->currency,
                           "objective of the dispatch without bounds for security", &before));
  PetscCall(DatasetAddInteger(ds, "security_rounds", "window", "1", "rounds of bounds for security", &rounds));
  PetscCall(DatasetAddDimension(ds, "disturbance", window->n_cases));
  PetscCall(AddPlaces(run, window, ds));
  PetscCall(AddMeasures(window, ds));
  PetscCall(AddTexts(run, window, ds));
  PetscCall(AddBounds(run, window, ds));
  PetscFunctionReturn(0);
}
