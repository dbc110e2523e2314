/* The disturbances of a study, which can be read only with the network at hand. */
#include <math.h>
#include <string.h>

#include "dynamics/device_loads.h"
#include "jobs/run.h"

static PetscErrorCode SetFault(Network net, Study study, const StudyFault *f, Faults faults, Disturbance *d)
{
  StabilityFault fault;
  PetscBool      ok;

  PetscFunctionBeginUser;
  snprintf(d->name, sizeof d->name, "fault at bus %d%s%.100s", (int)f->bus, f->trip ? ", tripping " : "",
           f->trip ? f->trip : "");
  d->fault = f;
  d->hours = &study->stability_hours;
  PetscCall(StabilityFaultSet(net, f->bus, f->on_s, f->off_s, f->trip, faults, study->path, f->line, &fault, &ok));
  if (!ok) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(3, &d->event));
  d->n_events = StabilityFaultEvents(&fault, d->event);
  d->clears   = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode SetEvents(Network net, Study study, const StudyDisturbance *s, Faults faults, Disturbance *d)
{
  const PetscInt before = FaultsErrorCount(faults);
  PetscBool      ok, on = PETSC_FALSE, off = PETSC_FALSE;
  char           what[128];

  PetscFunctionBeginUser;
  snprintf(d->name, sizeof d->name, "%.150s", s->name ? s->name : "events");
  d->hours = s->own_hours ? &s->hours : &study->stability_hours;
  PetscCall(PetscCalloc1(s->n_events + 1, &d->event));
  for (PetscInt k = 0; k < s->n_events; k++) {
    StabilityEvent *e = &d->event[d->n_events];
    PetscCall(EventParse(net, s->event[k], faults, study->path, s->event_line[k], "events", e, &ok));
    if (!ok) continue;
    on  = (PetscBool)(on || e->kind == EVENT_FAULT);
    off = (PetscBool)(off || e->kind == EVENT_CLEAR);
    if (e->kind == EVENT_ISLAND) d->islands = PETSC_TRUE;
    d->n_events++;
  }
  d->clears = (PetscBool)(on && off);
  snprintf(what, sizeof what, "events of '%.100s'", d->name);
  if (FaultsErrorCount(faults) == before)
    PetscCall(EventsCheck(net, d->n_events, d->event, study->stability_until_s, faults, what));
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityReadDisturbances(Network net, Study s, Faults faults, PetscInt *n, Disturbance **disturbance)
{
  PetscFunctionBeginUser;
  *n = s->n_faults + s->n_disturbances;
  PetscCall(PetscCalloc1(*n, disturbance));
  for (PetscInt k = 0; k < s->n_faults; k++) PetscCall(SetFault(net, s, &s->fault[k], faults, &(*disturbance)[k]));
  for (PetscInt k = 0; k < s->n_disturbances; k++)
    PetscCall(SetEvents(net, s, &s->disturbance[k], faults, &(*disturbance)[s->n_faults + k]));
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityDestroyDisturbances(PetscInt n, Disturbance **disturbance)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) PetscCall(PetscFree((*disturbance)[k].event));
  PetscCall(PetscFree(*disturbance));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckFrequencies(Run run, Faults faults)
{
  const StudyLimits *limits = &run->study->limits;

  PetscFunctionBeginUser;
  if (limits->frequency_min_hz >= run->frequency_hz)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, run->study->path, limits->line,
                        "limits: found frequency_min_hz %g, expected less than the nominal %g Hz",
                        (double)limits->frequency_min_hz, (double)run->frequency_hz));
  if (limits->frequency_max_hz <= run->frequency_hz)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, run->study->path, limits->line,
                        "limits: found frequency_max_hz %g, expected more than the nominal %g Hz",
                        (double)limits->frequency_max_hz, (double)run->frequency_hz));
  PetscFunctionReturn(0);
}

static PetscErrorCode LoadDevices(Run run, Faults faults)
{
  static const char *const models[] = {"z", "i", "p"};
  Study                    s        = run->study;
  PetscInt                 count;

  PetscFunctionBeginUser;
  if (s->devices_path)
    PetscCall(DeviceTableRead(run->job->comm, s->devices_path, run->net, s->stability_strict, faults, &run->devices));
  else
    PetscCall(DeviceTableCreate(&run->devices));
  if (!run->devices) PetscFunctionReturn(0);
  PetscCall(DeviceTableAddDefaults(run->devices, run->net));
  for (int k = 0; k < 3; k++)
    if (!strcmp(s->load_model, models[k])) PetscCall(DeviceTableAddLoads(run->devices, run->net, (LoadModel)k, &count));
  PetscFunctionReturn(0);
}

PetscErrorCode SecuritySetUp(Run run, Faults faults)
{
  Study s = run->study;

  PetscFunctionBeginUser;
  if (!s->has_stability) PetscFunctionReturn(0);
  run->frequency_hz = s->frequency_hz > 0 ? s->frequency_hz : run->net->frequency_hz > 0 ? run->net->frequency_hz : 60;
  PetscCall(LoadDevices(run, faults));
  PetscCall(CheckFrequencies(run, faults));
  PetscCall(SecurityReadDisturbances(run->net, s, faults, &run->n_disturbances, &run->disturbance));
  PetscFunctionReturn(0);
}

PetscErrorCode SecurityTearDown(Run run)
{
  PetscFunctionBeginUser;
  PetscCall(SecurityDestroyDisturbances(run->n_disturbances, &run->disturbance));
  if (run->devices) PetscCall(DeviceTableDestroy(&run->devices));
  PetscFunctionReturn(0);
}
