/* The expansion model: what it refuses, and the order in which its program is put together. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

PetscErrorCode ExpansionDestroy(Expansion *expansion)
{
  Expansion e = *expansion;
  PetscInt  k;

  PetscFunctionBeginUser;
  if (!e) PetscFunctionReturn(0);
  PetscCall(ExpansionPolicyEnd(e));
  for (k = 0; k < COMPONENT_KINDS; k++) {
    PetscCall(PetscFree(e->active[k]));
    PetscCall(PetscFree(e->capacity[k]));
    PetscCall(PetscFree(e->power[k]));
  }
  PetscCall(PetscFree(e->store));
  PetscCall(PetscFree(e->charge));
  PetscCall(PetscFree(e->spill));
  PetscCall(PetscFree(e->energy));
  PetscCall(PetscFree(e->load_served));
  PetscCall(PetscFree(e->load_shift_up));
  PetscCall(PetscFree(e->load_shift_down));
  PetscCall(PetscFree(e->phase_shift));
  PetscCall(PetscFree(e->balance));
  PetscCall(PetscFree(e->before));
  PetscCall(PetscFree2(e->first, e->last));
  PetscCall(PetscFree3(e->work_lower, e->work_upper, e->work_set));
  PetscCall(LinearProgramDestroy(&e->program));
  PetscCall(PetscFree(e));
  *expansion = NULL;
  PetscFunctionReturn(0);
}

LinearProgram ExpansionProgram(Expansion expansion)
{
  return expansion->program;
}

PetscReal ExpansionObjectiveConstant(Expansion expansion)
{
  return expansion->constant;
}

static PetscErrorCode Unset(PetscInt n, PetscInt **index)
{
  PetscInt i;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, index));
  for (i = 0; i < n; i++) (*index)[i] = -1;
  PetscFunctionReturn(0);
}

/* Which snapshots a period has, and which precedes which. */
static PetscErrorCode OrderSnapshots(Expansion e)
{
  const PetscInt *period_of = e->c->period_of, n = e->c->n_snapshots;
  PetscInt        k, t;

  PetscFunctionBeginUser;
  e->n_periods = ComponentsPeriods(e->c);
  PetscCall(PetscMalloc2(e->n_periods, &e->first, e->n_periods, &e->last));
  PetscCall(PetscMalloc1(n, &e->before));
  PetscCall(PetscMalloc3(n, &e->work_lower, n, &e->work_upper, n, &e->work_set));
  for (k = 0; k < e->n_periods; k++) {
    e->first[k] = n;
    e->last[k]  = -1;
  }
  for (t = 0; t < n; t++) {
    e->before[t]           = t > 0 && period_of[t] == period_of[t - 1] ? t - 1 : -1;
    e->first[period_of[t]] = PetscMin(e->first[period_of[t]], t);
    e->last[period_of[t]]  = t;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeIndices(Expansion e)
{
  PetscInt k, row, p;

  PetscFunctionBeginUser;
  for (k = 0; k < COMPONENT_KINDS; k++) {
    const PetscInt n = e->c->table[k].n;
    PetscCall(Unset(n, &e->capacity[k]));
    PetscCall(Unset(n, &e->power[k]));
    PetscCall(PetscMalloc1(n * e->n_periods, &e->active[k]));
    for (row = 0; row < n; row++)
      for (p = 0; p < e->n_periods; p++)
        e->active[k][row * e->n_periods + p] = ComponentsActive(e->c, (ComponentKind)k, row, p);
  }
  PetscCall(Unset(e->c->table[COMPONENT_STORAGE_UNIT].n, &e->store));
  PetscCall(Unset(e->c->table[COMPONENT_STORAGE_UNIT].n, &e->charge));
  PetscCall(Unset(e->c->table[COMPONENT_STORAGE_UNIT].n, &e->spill));
  PetscCall(Unset(e->c->table[COMPONENT_STORE].n, &e->energy));
  PetscCall(Unset(e->c->table[COMPONENT_LOAD].n, &e->load_served));
  PetscCall(Unset(e->c->table[COMPONENT_LOAD].n, &e->load_shift_up));
  PetscCall(Unset(e->c->table[COMPONENT_LOAD].n, &e->load_shift_down));
  PetscCall(Unset(e->c->table[COMPONENT_TRANSFORMER].n, &e->phase_shift));
  PetscCall(Unset(e->c->table[COMPONENT_BUS].n, &e->balance));
  PetscFunctionReturn(0);
}

/* Ports beyond bus1: the columns bus2, bus3, ... of the links. */
static PetscErrorCode FindPorts(Expansion e)
{
  const ComponentTable *links = &e->c->table[COMPONENT_LINK];
  PetscInt              k;

  PetscFunctionBeginUser;
  for (k = 0; k < links->n_columns; k++) {
    const char *name = links->column[k]->name;
    const long  port = !strncmp(name, "bus", 3) && name[3] >= '1' && name[3] <= '9' ? strtol(name + 3, NULL, 10) : 0;
    if (port < 2 || port > 999 || strspn(name + 3, "0123456789") != strlen(name + 3)) continue;
    if (e->n_ports == EXPANSION_PORTS) {
      char file[PETSC_MAX_PATH_LEN];
      snprintf(file, sizeof(file), "%s/links.csv", e->c->path ? e->c->path : ".");
      PetscCall(FaultsAdd(e->faults, FAULT_ERROR, file, 1,
                          "found the column '%.40s', expected at most %d ports of a link", name, EXPANSION_PORTS + 2));
      break;
    }
    e->port[e->n_ports++] = (PetscInt)port;
  }
  PetscFunctionReturn(0);
}

/* Switches that ask for whole numbers or for what the model does not have. */
static PetscErrorCode RefuseSwitches(Expansion e)
{
  static const struct {
    ComponentKind kind;
    const char   *attribute;
  } refused[] = {
      {COMPONENT_GENERATOR, "committable"},  {COMPONENT_LINK, "committable"},    {COMPONENT_GENERATOR, "maintainable"},
      {COMPONENT_LINK, "maintainable"},      {COMPONENT_GENERATOR, "p_nom_mod"}, {COMPONENT_LINK, "p_nom_mod"},
      {COMPONENT_STORAGE_UNIT, "p_nom_mod"}, {COMPONENT_STORE, "e_nom_mod"},     {COMPONENT_LINE, "s_nom_mod"},
      {COMPONENT_TRANSFORMER, "s_nom_mod"},  {COMPONENT_LINK, "delay"},
  };
  PetscInt i, row;

  PetscFunctionBeginUser;
  for (i = 0; i < (PetscInt)PETSC_STATIC_ARRAY_LENGTH(refused); i++)
    for (row = 0; row < e->c->table[refused[i].kind].n; row++) {
      if (!ExpansionTrue(e, refused[i].kind, refused[i].attribute, row)) continue;
      PetscCall(ExpansionFault(e, refused[i].kind, row, "found %s, which a linear plan does not have, expected none",
                               refused[i].attribute));
      break;
    }
  PetscFunctionReturn(0);
}

static PetscErrorCode Build(Expansion e)
{
  PetscFunctionBeginUser;
  PetscCall(ExpansionPolicyBegin(e));
  PetscCall(ExpansionAddDays(e));
  PetscCall(ExpansionAddCapacities(e));
  PetscCall(ExpansionAddPower(e));
  PetscCall(ExpansionAddRamps(e));
  PetscCall(ExpansionAddStorageUnits(e));
  PetscCall(ExpansionAddStores(e));
  PetscCall(ExpansionAddBranches(e));
  PetscCall(ExpansionAddVoltageLaw(e));
  PetscCall(ExpansionAddDemand(e));
  PetscCall(ExpansionAddBalances(e));
  PetscCall(ExpansionAddGlobals(e));
  PetscCall(ExpansionAddGrowth(e));
  PetscCall(ExpansionAddCarbonPrice(e));
  PetscCall(ExpansionAddRetirement(e));
  PetscCall(ExpansionLinkDays(e));
  PetscCall(ExpansionAddReserves(e));
  PetscCall(ExpansionAddShares(e));
  PetscCall(ExpansionAddMargins(e));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionCreate(Components components, const ExpansionOptions *options, Faults faults,
                               Expansion *expansion)
{
  Expansion      e;
  const PetscInt errors = FaultsErrorCount(faults);

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&e));
  e->c      = components;
  e->faults = faults;
  if (options) e->options = *options;
  PetscCall(ComponentsImpedances(components));
  PetscCall(LinearProgramCreate(&e->program));
  PetscCall(OrderSnapshots(e));
  PetscCall(MakeIndices(e));
  PetscCall(FindPorts(e));
  PetscCall(RefuseSwitches(e));
  if (FaultsErrorCount(faults) == errors) PetscCall(Build(e));
  if (FaultsErrorCount(faults) > errors) PetscCall(ExpansionDestroy(&e));
  *expansion = e;
  PetscFunctionReturn(0);
}
