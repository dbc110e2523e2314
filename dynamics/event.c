/* Events applied to the equations, and told. */
#include "dynamics/event.h"

#include <strings.h>

static void ApplyFault(Equations eq, const StabilityEvent *event)
{
  if (event->branch < 0)
    EquationsApplyFault(eq, event->bus, event->r_pu, event->x_pu);
  else
    eq->branch_fault[event->branch] = (BranchFault){PETSC_TRUE, event->at, event->r_pu, event->x_pu};
}

/* A load that is a part grows in its own kind (its references are the powers that it feeds in, hence the sign); anything
   else is a new admittance at the operating point's voltage. */
static void StepLoad(Equations eq, const StabilityEvent *event)
{
  const PetscReal base = eq->net->base_mva, v = eq->vm_start[event->bus];
  const PetscInt  site = event->row < 0 ? -1 : EquationsFindSite(eq, DEVICE_AT_LOAD, event->row);
  PetscReal      *p    = site < 0 ? NULL : EquationsReference(eq, site, "p");
  PetscReal      *q    = site < 0 ? NULL : EquationsReference(eq, site, "q");
  if (p && q) {
    *p -= event->p_mw / base;
    *q -= event->q_mvar / base;
  } else if (v > 0.0) {
    eq->load_step[2 * event->bus] += event->p_mw / base / (v * v);
    eq->load_step[2 * event->bus + 1] -= event->q_mvar / base / (v * v);
  }
}

static const char *SetReference(Equations eq, const StabilityEvent *event)
{
  const PetscInt site = EquationsFindSite(eq, event->site, event->row);
  if (site < 0) return "the unit has no device";
  PetscReal *reference = EquationsReference(eq, site, event->reference);
  if (!reference) return "the unit's devices have no such reference";
  *reference = event->value + (event->relative ? *reference : 0.0);
  return NULL;
}

/* A unit without a device is a negative load; it goes by adding what it took. */
static const char *TripUnit(Equations eq, const StabilityEvent *event)
{
  const PetscInt site = EquationsFindSite(eq, event->site, event->row);
  if (site >= 0) {
    eq->site[site].online = PETSC_FALSE;
    return NULL;
  }
  if (event->site != DEVICE_AT_GENERATOR || !eq->net->generator.in_service[event->row])
    return "the unit is not simulated: it is off line, or a storage unit without a device";
  for (PetscInt part = 0; part < 2; ++part)
    eq->load_step[2 * eq->net->generator.bus[event->row] + part] -= eq->negative_load[2 * event->row + part];
  return NULL;
}

PetscBool EventFaultOn(Equations eq)
{
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    if (eq->bolted[i] || eq->fault[2 * i] != 0.0 || eq->fault[2 * i + 1] != 0.0) return PETSC_TRUE;
  }
  for (PetscInt k = 0; k < eq->net->branch.n; ++k) {
    if (eq->branch_closed[k] && eq->branch_fault[k].on) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

const char *EventReferenceNames(Equations eq, PetscInt s, char *text, size_t size)
{
  static const char *const constant[] = {"pref", "efd"};
  const Site              *site       = &eq->site[s];
  size_t                   used       = 0;
  snprintf(text, size, "none");
  for (PetscInt k = site->first_part; k < site->first_part + site->n_parts; ++k) {
    const DeviceModel *m = eq->part[k].model;
    for (PetscInt i = 0; i < m->n_references && used < size; ++i)
      used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", m->reference[i].name);
  }
  for (PetscInt i = 0; i < DEVICE_COUNT(constant) && used < size; ++i) {
    if (EquationsReference(eq, s, constant[i]) && !strstr(text, constant[i]))
      used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", constant[i]);
  }
  return text;
}

static PetscErrorCode CutOff(Equations eq, const StabilityEvent *event)
{
  const BranchTable *br    = &eq->net->branch;
  char             **label = NetworkBusColumn(eq->net, event->column);

  PetscFunctionBeginUser;
  for (PetscInt k = 0; label && k < br->n; ++k) {
    const PetscBool from = (PetscBool)!strcmp(label[br->from[k]], event->label);
    if (from != (PetscBool)!strcmp(label[br->to[k]], event->label)) eq->branch_closed[k] = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventApply(Equations eq, const StabilityEvent *event, PetscBool *topology, const char **problem)
{
  PetscFunctionBeginUser;
  *topology = (PetscBool)(event->kind != EVENT_SET_REFERENCE);
  *problem  = NULL;
  switch (event->kind) {
  case EVENT_FAULT:
    ApplyFault(eq, event);
    break;
  case EVENT_CLEAR:
    if (event->branch < 0)
      EquationsClearFault(eq, event->bus);
    else
      eq->branch_fault[event->branch].on = PETSC_FALSE;
    break;
  case EVENT_TRIP_BRANCH:
  case EVENT_CLOSE_BRANCH:
    eq->branch_closed[event->branch] = (PetscBool)(event->kind == EVENT_CLOSE_BRANCH);
    break;
  case EVENT_TRIP_UNIT:
    *problem = TripUnit(eq, event);
    break;
  case EVENT_LOAD_STEP:
    StepLoad(eq, event);
    break;
  case EVENT_SET_REFERENCE:
    *problem = SetReference(eq, event);
    break;
  case EVENT_ISLAND:
    PetscCall(CutOff(eq, event));
    break;
  }
  PetscFunctionReturn(0);
}

static void BranchText(Network net, PetscInt k, char *text, size_t size)
{
  snprintf(text, size, "%lld-%lld:%s", (long long)net->bus.number[net->branch.from[k]],
           (long long)net->bus.number[net->branch.to[k]], net->branch.circuit[k]);
}

static void UnitText(Network net, const StabilityEvent *event, char *text, size_t size)
{
  const PetscInt k = event->row;
  PetscInt       bus;
  const char    *id;
  switch (event->site) {
  case DEVICE_AT_GENERATOR:
    bus = net->generator.bus[k], id = net->generator.unit[k];
    break;
  case DEVICE_AT_STORAGE:
    bus = net->storage.bus[k], id = net->storage.name[k];
    break;
  default:
    bus = net->load.bus[k], id = net->load.unit[k] && *net->load.unit[k] ? net->load.unit[k] : net->load.name[k];
  }
  snprintf(text, size, "%lld:%s", (long long)net->bus.number[bus], id);
}

const char *EventDescribe(Network net, const StabilityEvent *event, char *text, size_t size)
{
  char where[160] = "";
  if (event->branch >= 0)
    BranchText(net, event->branch, where, sizeof where);
  else if (event->kind == EVENT_TRIP_UNIT || event->kind == EVENT_SET_REFERENCE ||
           (event->kind == EVENT_LOAD_STEP && event->row >= 0))
    UnitText(net, event, where, sizeof where);
  else if (event->kind != EVENT_ISLAND)
    snprintf(where, sizeof where, "%lld", (long long)net->bus.number[event->bus]);
  switch (event->kind) {
  case EVENT_FAULT:
    if (event->branch >= 0)
      snprintf(text, size, "fault on branch %s at %g of its length", where, (double)event->at);
    else
      snprintf(text, size, "fault at bus %s", where);
    break;
  case EVENT_CLEAR:
    snprintf(text, size, "fault %s %s cleared", event->branch >= 0 ? "on branch" : "at bus", where);
    break;
  case EVENT_TRIP_BRANCH:
    snprintf(text, size, "trip of branch %s", where);
    break;
  case EVENT_CLOSE_BRANCH:
    snprintf(text, size, "branch %s closes", where);
    break;
  case EVENT_TRIP_UNIT:
    snprintf(text, size, "trip of unit %s", where);
    break;
  case EVENT_LOAD_STEP:
    snprintf(text, size, "load at %s steps by %g MW, %g Mvar", where, (double)event->p_mw, (double)event->q_mvar);
    break;
  case EVENT_SET_REFERENCE:
    snprintf(text, size, "%s of %s %s %g", event->reference, where, event->relative ? "changes by" : "becomes",
             (double)event->value);
    break;
  case EVENT_ISLAND:
    snprintf(text, size, "%s %s is cut off", event->column, event->label);
    break;
  }
  return text;
}
