/* Early retirement in an expansion model: of what is `retirable`, less and less capacity is in operation from period to period,
   and what is given up costs no fixed operation (fom_cost) any more; annuities of what was built stay.

     c[first period] <= p_nom (built or planned), c[period] <= c[period before], limits of operation by c
     objective: - weight of the period x fom_cost x (p_nom - c[period]) */
#include "solver/expansion_policy.h"

#include <math.h>

/* One limit of operation: sign (variable - per unit x capacity) <= 0. */
typedef struct {
  PetscInt      family, variable; /* at snapshot 0 */
  const Column *per_unit;
  PetscReal     factor, sign; /* of the column; of the limit: 1 above, -1 below */
} Limit;

static PetscInt Limits(Expansion e, ComponentKind kind, PetscInt row, Limit *limit)
{
  const PetscInt first = POLICY_RETAINED_LIMIT + (PetscInt)kind, second = POLICY_RETAINED_SECOND + (PetscInt)kind;
  const PetscInt third = POLICY_RETAINED_THIRD + (PetscInt)kind, power = e->power[kind][row];
  switch (kind) {
  case COMPONENT_GENERATOR:
  case COMPONENT_LINK:
    limit[0] = (Limit){first, power, ExpansionColumn(e, kind, "p_max_pu"), 1, 1};
    limit[1] = (Limit){second, power, ExpansionColumn(e, kind, "p_min_pu"), 1, -1};
    return 2;
  case COMPONENT_STORAGE_UNIT:
    limit[0] = (Limit){first, power, ExpansionColumn(e, kind, "p_max_pu"), 1, 1};
    limit[1] = (Limit){second, e->store[row], ExpansionColumn(e, kind, "p_min_pu"), -1, 1};
    limit[2] = (Limit){third, e->charge[row], ExpansionColumn(e, kind, "max_hours"), 1, 1};
    return 3;
  case COMPONENT_STORE:
    limit[0] = (Limit){first, e->energy[row], ExpansionColumn(e, kind, "e_max_pu"), 1, 1};
    limit[1] = (Limit){second, e->energy[row], ExpansionColumn(e, kind, "e_min_pu"), 1, -1};
    return 2;
  case COMPONENT_LINE:
    limit[0] = (Limit){first, power, ExpansionColumn(e, kind, "s_max_pu"), 1, 1};
    limit[1] = (Limit){second, power, ExpansionColumn(e, kind, "s_max_pu"), -1, -1};
    return 2;
  default:
    return 0;
  }
}

static PetscErrorCode AddLimit(Expansion e, ComponentKind kind, PetscInt row, PetscInt t, const Limit *limit)
{
  const LinearLabel label     = {limit->family, row, t};
  const PetscReal   share     = limit->factor * ColumnAt(limit->per_unit, row, t);
  const PetscInt    retained  = ExpansionPolicy(e)->retained[kind][row * e->n_periods + e->c->period_of[t]];
  const PetscInt    column[2] = {limit->variable + t, retained};
  const PetscReal   value[2]  = {limit->sign, -limit->sign * share};

  PetscFunctionBeginUser;
  if (retained < 0 || share == 0 || isinf(share)) PetscFunctionReturn(0);
  /* what must run at least must not when it is gone */
  if (limit->sign < 0 && share > 0)
    e->program->lower[limit->variable + t] = PetscMin(0, e->program->lower[limit->variable + t]);
  PetscCall(LinearProgramAddRow(e->program, label, -INFINITY, 0, 2, column, value, NULL));
  PetscFunctionReturn(0);
}

/* Rows by which planned capacity has to run at least: replaced by those of what is in operation. */
static PetscErrorCode RelaxLowerRows(Expansion e, ComponentKind kind, PetscInt row)
{
  PetscFunctionBeginUser;
  if (e->capacity[kind][row] < 0) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < e->program->m; i++)
    if (e->program->row[i].kind == (PetscInt)EXPANSION_LOWER + (PetscInt)kind && e->program->row[i].item == row)
      e->program->row_lower[i] = -INFINITY;
  PetscFunctionReturn(0);
}

/* In a dispatch of a plan, what the plan left in operation; NAN where capacities are to be found. */
static PetscReal Decided(Expansion e, ComponentKind kind, PetscInt row, PetscInt period)
{
  char name[64];
  if (!e->options.dispatch) return NAN;
  if (e->c->n_periods)
    snprintf(name, sizeof name, "%s_opt_%" PetscInt_FMT, ExpansionNominal(kind), e->c->period[period]);
  else
    snprintf(name, sizeof name, "%s_opt", ExpansionNominal(kind));
  return ExpansionReal(e, kind, name, row, NAN);
}

/* Capacity in operation in a period, no more than in the one before, and what it saves. */
static PetscErrorCode AddRetained(Expansion e, ComponentKind kind, PetscInt row, PetscInt period, PetscInt *before)
{
  const PetscInt    capacity = e->capacity[kind][row], other = *before >= 0 ? *before : capacity;
  const PetscReal   present = ColumnReal(ExpansionNominalColumn(e, kind, ""), row);
  const PetscReal   weight  = e->c->n_periods ? e->c->period_objective[period] : 1;
  const PetscReal   saving  = weight * ExpansionReal(e, kind, "fom_cost", row, 0);
  const LinearLabel label   = {POLICY_RETAINED + (PetscInt)kind, row, e->first[period]};
  const LinearLabel upper   = {POLICY_RETAINED_UPPER + (PetscInt)kind, row, e->first[period]};
  PetscInt          variable;

  PetscFunctionBeginUser;
  PetscCall(LinearProgramAddVariables(e->program, 1, label, 0, capacity < 0 ? present : INFINITY, &variable));
  if (e->options.dispatch) e->program->lower[variable] = e->program->upper[variable] = Decided(e, kind, row, period);
  e->program->cost[variable] = saving;
  if (capacity >= 0)
    e->program->cost[capacity] -= saving;
  else
    e->program->constant -= saving * present;
  if (other >= 0 && !e->options.dispatch) {
    const PetscInt  column[2] = {variable, other};
    const PetscReal value[2]  = {1, -1};
    PetscCall(LinearProgramAddRow(e->program, upper, -INFINITY, 0, 2, column, value, NULL));
  }
  ExpansionPolicy(e)->retained[kind][row * e->n_periods + period] = variable;
  *before                                                         = variable;
  PetscFunctionReturn(0);
}

/* Whether giving up capacity can pay: it costs something, or has to run. */
static PetscBool CanPay(Expansion e, ComponentKind kind, PetscInt row, PetscInt n, const Limit *limit)
{
  if (ExpansionReal(e, kind, "fom_cost", row, 0) > 0) return PETSC_TRUE;
  for (PetscInt k = 0; k < n; k++)
    for (PetscInt t = 0; t < e->c->n_snapshots && limit[k].sign < 0; t++)
      if (limit[k].factor * ColumnAt(limit[k].per_unit, row, t) > 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Whether there is something to find or, in a dispatch, to keep to. */
static PetscBool Asked(Expansion e, ComponentKind kind, PetscInt row)
{
  for (PetscInt p = 0; p < e->n_periods; p++)
    if (e->active[kind][row * e->n_periods + p] && e->options.dispatch && isnan(Decided(e, kind, row, p)))
      return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode Retire(Expansion e, ComponentKind kind, PetscInt row)
{
  Limit          limit[3];
  const PetscInt n      = Limits(e, kind, row, limit);
  PetscInt       before = -1;

  PetscFunctionBeginUser;
  if (!CanPay(e, kind, row, n, limit) || !Asked(e, kind, row)) PetscFunctionReturn(0);
  PetscCall(RelaxLowerRows(e, kind, row));
  for (PetscInt p = 0; p < e->n_periods; p++)
    if (e->active[kind][row * e->n_periods + p]) PetscCall(AddRetained(e, kind, row, p, &before));
  for (PetscInt t = 0; t < e->c->n_snapshots; t++)
    for (PetscInt k = 0; k < n && ExpansionActive(e, kind, row, t); k++)
      PetscCall(AddLimit(e, kind, row, t, &limit[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddRetirement(Expansion e)
{
  PetscFunctionBeginUser;
  for (const ComponentKind *kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++)
    for (PetscInt row = 0; row < e->c->table[*kind].n; row++)
      if (ExpansionTrue(e, *kind, "retirable", row)) PetscCall(Retire(e, *kind, row));
  PetscFunctionReturn(0);
}

/* p_nom_opt_2030, ...: capacity in operation; without periods it is p_nom_opt itself. */
static PetscErrorCode StoreRetained(Expansion e, const PetscReal *x, ComponentKind kind, PetscInt row, Components c)
{
  char name[64];

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < e->n_periods; p++) {
    const PetscInt variable = ExpansionPolicy(e)->retained[kind][row * e->n_periods + p];
    if (variable < 0 && e->active[kind][row * e->n_periods + p]) continue;
    if (e->c->n_periods)
      snprintf(name, sizeof name, "%s_opt_%" PetscInt_FMT, ExpansionNominal(kind), e->c->period[p]);
    else
      snprintf(name, sizeof name, "%s_opt", ExpansionNominal(kind));
    PetscCall(ComponentsSetReal(c, kind, name, row, variable < 0 ? 0 : x[variable]));
  }
  PetscFunctionReturn(0);
}

/* Whether a row has capacities of its own in any period. */
static PetscBool Retires(Expansion e, ComponentKind kind, PetscInt row)
{
  for (PetscInt p = 0; p < e->n_periods; p++)
    if (ExpansionPolicy(e)->retained[kind][row * e->n_periods + p] >= 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscErrorCode PolicyStoreRetirement(Expansion e, const PetscReal *x, Components components)
{
  PetscFunctionBeginUser;
  for (const ComponentKind *kind = ExpansionNominalKinds; *kind != COMPONENT_KINDS; kind++)
    for (PetscInt row = 0; row < e->c->table[*kind].n; row++)
      if (Retires(e, *kind, row)) PetscCall(StoreRetained(e, x, *kind, row, components));
  PetscFunctionReturn(0);
}
