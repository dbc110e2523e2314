/* Where the planning model's own families join the expansion model, and what they share. */
#include "solver/expansion_policy.h"

#include "inputs/planning.h"

#include <math.h>
#include <string.h>

static PetscErrorCode NoVariables(PetscInt n, PetscInt **variable)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n + 1, variable));
  for (PetscInt k = 0; k < n; k++) (*variable)[k] = -1;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionPolicyBegin(Expansion e)
{
  Policy policy;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&policy));
  e->policy = policy;
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    PetscCall(NoVariables(e->c->table[kind].n * e->n_periods, &policy->retained[kind]));
    PetscCall(NoVariables(e->c->table[kind].n, &policy->promise[kind]));
  }
  PetscCall(NoVariables(e->c->table[COMPONENT_RESERVE].n, &policy->shortage));
  PetscCall(NoVariables(e->c->table[COMPONENT_RESERVE].n, &policy->reserve));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionPolicyEnd(Expansion e)
{
  Policy policy = ExpansionPolicy(e);

  PetscFunctionBeginUser;
  if (!policy) PetscFunctionReturn(0);
  PetscCall(PolicyDestroyDays(e));
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    PetscCall(PetscFree(policy->retained[kind]));
    PetscCall(PetscFree(policy->promise[kind]));
  }
  PetscCall(PetscFree(policy->shortage));
  PetscCall(PetscFree(policy->reserve));
  PetscCall(PetscFree(policy));
  e->policy = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode PolicyCapacity(Expansion e, ComponentKind kind, PetscInt row, PetscInt period, PetscReal factor,
                              ExpansionTerms *terms)
{
  const PetscInt retained = ExpansionPolicy(e)->retained[kind][row * e->n_periods + period];

  PetscFunctionBeginUser;
  if (factor == 0 || !e->active[kind][row * e->n_periods + period]) PetscFunctionReturn(0);
  if (retained >= 0)
    PetscCall(ExpansionTermsAdd(terms, retained, factor));
  else if (e->capacity[kind][row] >= 0)
    PetscCall(ExpansionTermsAdd(terms, e->capacity[kind][row], factor));
  else
    terms->constant += factor * ColumnReal(ExpansionNominalColumn(e, kind, ""), row);
  PetscFunctionReturn(0);
}

PetscInt PolicyPeriod(Expansion e, PetscInt constraint)
{
  const PetscReal year = ExpansionReal(e, COMPONENT_GLOBAL_CONSTRAINT, "investment_period", constraint, NAN);
  if (isnan(year)) return -1;
  for (PetscInt p = 0; p < e->c->n_periods; p++)
    if ((PetscReal)e->c->period[p] == year) return p;
  return -2;
}

PetscBool PolicyBusIn(Expansion e, PetscInt bus, const char *column, const char *label)
{
  if (bus < 0 || !ComponentsElectric(e->c, bus)) return PETSC_FALSE;
  return !label[0] || !strcmp(ComponentsRegion(e->c, bus, column[0] ? column : NULL), label) ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode PolicyDemand(Expansion e, const char *column, const char *label, PetscReal *demand)
{
  const ComponentKind kind = COMPONENT_LOAD;
  const Column       *set  = ExpansionColumn(e, kind, "p_set");

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(demand, e->c->n_snapshots));
  for (PetscInt row = 0; row < e->c->table[kind].n; row++) {
    const PetscReal sign = ExpansionReal(e, kind, "sign", row, -1);
    if (!PolicyBusIn(e, ExpansionBus(e, kind, "bus", row), column, label)) continue;
    for (PetscInt t = 0; t < e->c->n_snapshots; t++)
      if (ExpansionActive(e, kind, row, t)) demand[t] -= sign * ColumnAt(set, row, t);
  }
  PetscFunctionReturn(0);
}

PetscBool ExpansionPolicyConstraint(const char *type)
{
  return !strcmp(type, PLANNING_ENERGY_SHARE) || !strcmp(type, PLANNING_CAPACITY_MARGIN) ||
                 !strcmp(type, PLANNING_CAPACITY_TARGET)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

PetscErrorCode ExpansionPolicyStore(Expansion e, const PetscReal *x, const PetscReal *y, const PetscReal *z,
                                    Components components)
{
  PetscFunctionBeginUser;
  (void)z;
  PetscCall(PolicyStoreDemand(e, x, components));
  PetscCall(PolicyStoreDays(e, x, components));
  PetscCall(PolicyStoreRetirement(e, x, components));
  PetscCall(PolicyStoreReserves(e, x, y, components));
  PetscFunctionReturn(0);
}

/* A family, or COMPONENT_KINDS of them from `first` on. */
typedef struct {
  int           first;
  PetscBool     kinds;
  ComponentKind kind; /* where it is one */
  const char   *name, *words;
} FamilyName;

static const FamilyName family_name[] = {
    {POLICY_UNSERVED, PETSC_FALSE, COMPONENT_LOAD, "unserved", "unserved power"},
    {POLICY_SHIFT_UP, PETSC_FALSE, COMPONENT_LOAD, "shift_up", "demand moved to here"},
    {POLICY_SHIFT_DOWN, PETSC_FALSE, COMPONENT_LOAD, "shift_down", "demand moved from here"},
    {POLICY_SHIFT_BLOCK, PETSC_FALSE, COMPONENT_LOAD, "shift_block", "balance of what a block of hours moves"},
    {POLICY_SERVED, PETSC_FALSE, COMPONENT_LOAD, "served", "demand that can be left out"},
    {POLICY_FULLEST, PETSC_TRUE, 0, "fullest", "highest level with which a day begins"},
    {POLICY_EMPTIEST, PETSC_TRUE, 0, "emptiest", "lowest level with which a day begins"},
    {POLICY_DAY, PETSC_TRUE, 0, "day", "level with which a day begins"},
    {POLICY_DAY_UPPER, PETSC_TRUE, 0, "day_upper", "upper limit of the level with which a day begins"},
    {POLICY_DAY_LOWER, PETSC_TRUE, 0, "day_lower", "lower limit of the level with which a day begins"},
    {POLICY_DAY_NEXT, PETSC_TRUE, 0, "day_next", "level from day to day"},
    {POLICY_LEVEL_LOWER, PETSC_TRUE, 0, "level_lower", "lower limit of the level"},
    {POLICY_RETAINED, PETSC_TRUE, 0, "retained", "capacity in operation"},
    {POLICY_RETAINED_UPPER, PETSC_TRUE, 0, "retained_upper", "upper limit of the capacity in operation"},
    {POLICY_RETAINED_LIMIT, PETSC_TRUE, 0, "retained_limit", "limit by the capacity in operation"},
    {POLICY_RETAINED_SECOND, PETSC_TRUE, 0, "retained_limit2", "second limit by the capacity in operation"},
    {POLICY_RETAINED_THIRD, PETSC_TRUE, 0, "retained_limit3", "third limit by the capacity in operation"},
    {POLICY_PROMISE, PETSC_TRUE, 0, "reserve", "reserve"},
    {POLICY_PROMISE_UPPER, PETSC_TRUE, 0, "reserve_upper", "upper limit of the reserve"},
    {POLICY_HEADROOM, PETSC_TRUE, 0, "headroom", "upper limit of power and reserve together"},
    {POLICY_PROMISE_ENERGY, PETSC_TRUE, 0, "reserve_energy", "energy behind the reserve"},
    {POLICY_SHORTAGE, PETSC_FALSE, COMPONENT_RESERVE, "shortage", "missing reserve"},
    {POLICY_RESERVE, PETSC_FALSE, COMPONENT_RESERVE, "requirement", "requirement"},
};

PetscBool ExpansionPolicyFamily(PetscInt family, ComponentKind *kind, const char **name, const char **words)
{
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(family_name); k++) {
    const FamilyName *f = &family_name[k];
    if (family < f->first || family >= f->first + (f->kinds ? COMPONENT_KINDS : 1)) continue;
    *kind  = f->kinds ? (ComponentKind)(family - f->first) : f->kind;
    *name  = f->name;
    *words = f->words;
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* A requirement may be missed at its own price, or at what a MWh unserved costs in such solves. */
PetscReal ExpansionPolicyElastic(Expansion e, PetscInt row)
{
  return e->program->row[row].kind == POLICY_RESERVE ? 1 : 0;
}
