/* Storage units and stores of an expansion model. What is stored at the end of a snapshot follows from what was stored
   at the end of the one before (ExpansionBefore), over hours of the snapshots' weights for stores:

     charge[t] = (1 - standing loss)^h charge[before] + h (efficiency_store p_store - p_dispatch / efficiency_dispatch +
   inflow - spill) e[t]      = (1 - standing loss)^h e[before] - h p

   The first state is the last one (cyclic), given, or carried over from the period before. */
#include "solver/expansion_impl.h"

#include <math.h>

/* How the state at the beginning is found, as PyPSA's switches say. */
typedef struct {
  ComponentKind kind;
  PetscInt      row, first; /* variable of the state at snapshot 0 */
  PetscBool     cyclic, cyclic_per_period, initial_per_period;
  PetscReal     initial;
  const Column *standing_loss;
} Continuity;

/* The last snapshot before a period in which the row is active, searched backwards; in a cycle over all periods. */
static PetscInt LastActive(Expansion e, const Continuity *s, PetscInt period, PetscBool around)
{
  PetscInt k, step;

  for (step = 1; step <= e->n_periods; step++) {
    k = period - step;
    if (k < 0 && !around) return -1;
    k = (k + e->n_periods) % e->n_periods;
    if (e->active[s->kind][s->row * e->n_periods + k]) return e->last[k];
  }
  return -1;
}

/* The snapshot whose state a snapshot starts from; -1: it starts from the initial state. */
static PetscInt StartsFrom(Expansion e, const Continuity *s, PetscInt t)
{
  const PetscInt before = ExpansionBefore(e, t), period = e->c->period_of[t];

  if (before >= 0) return before;
  if (e->c->n_periods && (s->cyclic_per_period || s->initial_per_period))
    return s->cyclic_per_period ? e->last[period] : -1;
  return LastActive(e, s, period, s->cyclic);
}

/* The row -state + kept state + terms = side, with what of it is the same for both kinds of storage. */
static PetscErrorCode AddContinuity(Expansion e, const Continuity *s, PetscInt t, PetscInt n, PetscInt *column,
                                    PetscReal *value, PetscReal side)
{
  const LinearLabel label  = {(PetscInt)EXPANSION_CONTINUITY + (PetscInt)s->kind, s->row, t};
  const PetscInt    start  = ExpansionDayStart(e, s->kind, s->row, t);
  const PetscInt    before = start >= 0 ? start - s->first : StartsFrom(e, s, t);
  const PetscReal   loss   = ColumnAt(s->standing_loss, s->row, t);

  PetscFunctionBeginUser;
  column[n]  = s->first + t;
  value[n++] = -1;
  if (start >= 0 || before >= 0) {
    column[n]  = s->first + before;
    value[n++] = loss == 0 ? 1 : PetscPowReal(1 - loss, e->c->weight_stores[t]);
  } else
    side -= s->initial;
  PetscCall(LinearProgramAddRow(e->program, label, side, side, n, column, value, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddUnitContinuity(Expansion e, PetscInt row)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;
  const Continuity    s    = {kind,
                              row,
                              e->charge[row],
                              ExpansionTrue(e, kind, "cyclic_state_of_charge", row),
                              ExpansionTrue(e, kind, "cyclic_state_of_charge_per_period", row),
                              ExpansionTrue(e, kind, "state_of_charge_initial_per_period", row),
                              ExpansionReal(e, kind, "state_of_charge_initial", row, 0),
                              ExpansionColumn(e, kind, "standing_loss")};
  const Column       *in = ExpansionColumn(e, kind, "efficiency_store"), *inflow = ExpansionColumn(e, kind, "inflow");
  const Column       *out = ExpansionColumn(e, kind, "efficiency_dispatch");
  PetscInt            t, n, column[5];
  PetscReal           value[5];

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    const PetscReal hours = e->c->weight_stores[t];
    if (!ExpansionActive(e, kind, row, t)) continue;
    n          = 0;
    column[n]  = e->power[kind][row] + t;
    value[n++] = -hours / ColumnAt(out, row, t);
    column[n]  = e->store[row] + t;
    value[n++] = hours * ColumnAt(in, row, t);
    if (e->spill[row] >= 0 && ColumnAt(inflow, row, t) > 0) {
      column[n]  = e->spill[row] + t;
      value[n++] = -hours;
    }
    PetscCall(AddContinuity(e, &s, t, n, column, value, -hours * ColumnAt(inflow, row, t)));
  }
  PetscFunctionReturn(0);
}

/* Spilling is possible where there is inflow, up to the inflow. */
static PetscErrorCode AddSpill(Expansion e, PetscInt row)
{
  const ComponentKind kind   = COMPONENT_STORAGE_UNIT;
  const LinearLabel   label  = {EXPANSION_SPILL, row, 0};
  const Column       *inflow = ExpansionColumn(e, kind, "inflow");
  PetscReal           most   = 0;
  PetscInt            t;

  PetscFunctionBeginUser;
  e->spill[row] = -1;
  for (t = 0; t < e->c->n_snapshots; t++) most = PetscMax(most, ColumnAt(inflow, row, t));
  if (most <= 0) PetscFunctionReturn(0);
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, label, 0, 0, &e->spill[row]));
  for (t = 0; t < e->c->n_snapshots; t++)
    if (ExpansionActive(e, kind, row, t)) e->program->upper[e->spill[row] + t] = PetscMax(ColumnAt(inflow, row, t), 0);
  PetscCall(ExpansionAddCost(e, kind, row, e->spill[row], "spill_cost", NULL));
  PetscFunctionReturn(0);
}

/* One of the three quantities of a storage unit: from 0 to a share of its capacity. */
static PetscErrorCode AddQuantity(Expansion e, PetscInt row, PetscInt family, PetscInt upper, const char *share,
                                  PetscReal sign, const char *set, PetscInt *first)
{
  const ComponentKind  kind   = COMPONENT_STORAGE_UNIT;
  const Column        *column = ExpansionColumn(e, kind, share);
  const ExpansionLimit limit  = {kind,
                                 row,
                                 family,
                                 upper,
                                 (PetscInt)EXPANSION_LOWER + (PetscInt)kind,
                                 e->work_lower,
                                 e->work_upper,
                                 ExpansionColumn(e, kind, set),
                                 (PetscInt)EXPANSION_SET + (PetscInt)kind};
  PetscInt             t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    limit.min_pu[t] = 0;
    limit.max_pu[t] = sign * ColumnAt(column, row, t);
  }
  PetscCall(ExpansionAddLimited(e, &limit, first));
  PetscFunctionReturn(0);
}

/* p_set: dispatch less storing. */
static PetscErrorCode AddNetSet(Expansion e, PetscInt row)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;
  const Column       *set  = ExpansionColumn(e, kind, "p_set");
  PetscInt            t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    const LinearLabel label     = {(PetscInt)EXPANSION_SET + (PetscInt)kind, row, t};
    const PetscInt    column[2] = {e->power[kind][row] + t, e->store[row] + t};
    const PetscReal   value[2] = {1, -1}, side = ColumnAt(set, row, t);
    if (isnan(side) || !ExpansionActive(e, kind, row, t)) continue;
    PetscCall(LinearProgramAddRow(e->program, label, side, side, 2, column, value, NULL));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddStorageUnits(Expansion e)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;
  PetscInt            row;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[kind].n; row++) {
    PetscCall(AddQuantity(e, row, EXPANSION_DISPATCH, (PetscInt)EXPANSION_UPPER + (PetscInt)kind, "p_max_pu", 1,
                          "p_dispatch_set", &e->power[kind][row]));
    PetscCall(
        AddQuantity(e, row, EXPANSION_STORE, EXPANSION_STORE_UPPER, "p_min_pu", -1, "p_store_set", &e->store[row]));
    PetscCall(AddQuantity(e, row, EXPANSION_CHARGE, EXPANSION_CHARGE_UPPER, "max_hours", 1, "state_of_charge_set",
                          &e->charge[row]));
    PetscCall(AddSpill(e, row));
    PetscCall(ExpansionAddCost(e, kind, row, e->power[kind][row], "marginal_cost", "marginal_cost_quadratic"));
    PetscCall(ExpansionAddCost(e, kind, row, e->charge[row], "marginal_cost_storage", NULL));
    PetscCall(AddUnitContinuity(e, row));
    PetscCall(AddNetSet(e, row));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddStoreContinuity(Expansion e, PetscInt row)
{
  const ComponentKind kind = COMPONENT_STORE;
  const Continuity    s    = {kind,
                              row,
                              e->energy[row],
                              ExpansionTrue(e, kind, "e_cyclic", row),
                              ExpansionTrue(e, kind, "e_cyclic_per_period", row),
                              ExpansionTrue(e, kind, "e_initial_per_period", row),
                              ExpansionReal(e, kind, "e_initial", row, 0),
                              ExpansionColumn(e, kind, "standing_loss")};
  PetscInt            t, column[3];
  PetscReal           value[3];

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    if (!ExpansionActive(e, kind, row, t)) continue;
    column[0] = e->power[kind][row] + t;
    value[0]  = -e->c->weight_stores[t];
    PetscCall(AddContinuity(e, &s, t, 1, column, value, 0));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddEnergy(Expansion e, PetscInt row)
{
  const ComponentKind  kind   = COMPONENT_STORE;
  const Column        *min_pu = ExpansionColumn(e, kind, "e_min_pu"), *max_pu = ExpansionColumn(e, kind, "e_max_pu");
  const ExpansionLimit limit = {kind,
                                row,
                                EXPANSION_ENERGY,
                                (PetscInt)EXPANSION_UPPER + (PetscInt)kind,
                                (PetscInt)EXPANSION_LOWER + (PetscInt)kind,
                                e->work_lower,
                                e->work_upper,
                                ExpansionColumn(e, kind, "e_set"),
                                (PetscInt)EXPANSION_SET + (PetscInt)kind};
  PetscInt             t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    limit.min_pu[t] = ColumnAt(min_pu, row, t);
    limit.max_pu[t] = ColumnAt(max_pu, row, t);
  }
  PetscCall(ExpansionAddLimited(e, &limit, &e->energy[row]));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddStores(Expansion e)
{
  const ComponentKind kind = COMPONENT_STORE;
  PetscInt            row;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[kind].n; row++) {
    PetscInt *power = &e->power[kind][row];
    PetscCall(AddEnergy(e, row));
    PetscCall(ExpansionAddFree(e, kind, row, (PetscInt)EXPANSION_POWER + (PetscInt)kind, power));
    PetscCall(ExpansionApplySet(e, kind, row, *power, ExpansionColumn(e, kind, "p_set"),
                                (PetscInt)EXPANSION_SET + (PetscInt)kind));
    PetscCall(ExpansionAddCost(e, kind, row, *power, "marginal_cost", "marginal_cost_quadratic"));
    PetscCall(ExpansionAddCost(e, kind, row, e->energy[row], "marginal_cost_storage", NULL));
    PetscCall(AddStoreContinuity(e, row));
  }
  PetscFunctionReturn(0);
}
