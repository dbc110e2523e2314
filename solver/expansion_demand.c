/* Demand of an expansion model that may be left unserved at a price, or moved within blocks of hours:

     0 <= unserved[t] <= curtail_max_pu demand[t]                               at curtail_cost per MWh
     0 <= up[t], down[t] <= shift_max_mw, down[t] <= demand[t]                  at shift_cost per MWh moved up
     sum over a block of shift_hours hours of h[t] (up[t] - down[t]) = 0
     unserved[t] + down[t] - up[t] <= demand[t]

   Blocks begin with a period, or with a representative day, and are cut off at its end. */
#include "solver/expansion_policy.h"

#include <math.h>

/* What the load takes at a snapshot; nothing of what a "load" gives can be left out. */
static PetscReal Demand(Expansion e, PetscInt row, PetscInt t)
{
  const PetscReal sign = ExpansionReal(e, COMPONENT_LOAD, "sign", row, -1);
  if (!ExpansionActive(e, COMPONENT_LOAD, row, t)) return 0;
  return PetscMax(0, -sign * ColumnAt(ExpansionColumn(e, COMPONENT_LOAD, "p_set"), row, t));
}

static PetscBool Largest(Expansion e, const Column *column, PetscInt row)
{
  for (PetscInt t = 0; column && t < e->c->n_snapshots; t++)
    if (ColumnAt(column, row, t) > 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode AddUnserved(Expansion e, PetscInt row)
{
  const ComponentKind kind = COMPONENT_LOAD;
  const Column *share = ExpansionColumn(e, kind, "curtail_max_pu"), *cost = ExpansionColumn(e, kind, "curtail_cost");
  const LinearLabel label = {POLICY_UNSERVED, row, 0};
  PetscInt          first;

  PetscFunctionBeginUser;
  if (!Largest(e, share, row)) PetscFunctionReturn(0);
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, label, 0, 0, &first));
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
    e->program->upper[first + t] = PetscMin(1, PetscMax(0, ColumnAt(share, row, t))) * Demand(e, row, t);
    e->program->cost[first + t]  = ExpansionWeight(e, t) * ColumnAt(cost, row, t);
  }
  e->load_served[row] = first;
  PetscFunctionReturn(0);
}

/* The snapshot behind a block's last: where its hours are over, or a period or representative day ends. */
static PetscInt BlockEnd(Expansion e, PetscInt first, PetscReal hours)
{
  const PetscInt *day = ExpansionPolicy(e)->days.of;
  PetscReal       sum = 0;
  PetscInt        t   = first;
  while (t < e->c->n_snapshots && e->c->period_of[t] == e->c->period_of[first] && (!day || day[t] == day[first])) {
    if (hours > 0 && sum + e->c->weight_stores[t] > hours * (1 + 1e-9) && t > first) break;
    sum += e->c->weight_stores[t++];
  }
  return t;
}

static PetscErrorCode AddBlocks(Expansion e, PetscInt row)
{
  const PetscReal hours = ExpansionReal(e, COMPONENT_LOAD, "shift_hours", row, 0);
  ExpansionTerms  terms = {0};

  PetscFunctionBeginUser;
  for (PetscInt first = 0, end; first < e->c->n_snapshots; first = end) {
    const LinearLabel label = {POLICY_SHIFT_BLOCK, row, first};
    end                     = BlockEnd(e, first, hours);
    terms.n                 = 0;
    for (PetscInt t = first; t < end; t++) {
      PetscCall(ExpansionTermsAdd(&terms, e->load_shift_up[row] + t, e->c->weight_stores[t]));
      PetscCall(ExpansionTermsAdd(&terms, e->load_shift_down[row] + t, -e->c->weight_stores[t]));
    }
    PetscCall(ExpansionAddTerms(e, label, &terms, '=', 0));
  }
  PetscCall(ExpansionTermsFree(&terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddShift(Expansion e, PetscInt row)
{
  const ComponentKind kind = COMPONENT_LOAD;
  const Column       *most = ExpansionColumn(e, kind, "shift_max_mw");
  const LinearLabel   up = {POLICY_SHIFT_UP, row, 0}, down = {POLICY_SHIFT_DOWN, row, 0};
  const PetscReal     cost = ExpansionReal(e, kind, "shift_cost", row, 0);
  PetscInt           *u = &e->load_shift_up[row], *d = &e->load_shift_down[row];

  PetscFunctionBeginUser;
  if (!Largest(e, most, row)) PetscFunctionReturn(0);
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, up, 0, 0, u));
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, down, 0, 0, d));
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
    const PetscReal mw        = ExpansionActive(e, kind, row, t) ? PetscMax(0, ColumnAt(most, row, t)) : 0;
    e->program->upper[*u + t] = mw;
    e->program->upper[*d + t] = PetscMin(mw, Demand(e, row, t));
    e->program->cost[*u + t]  = cost * ExpansionWeight(e, t);
  }
  PetscCall(AddBlocks(e, row));
  PetscFunctionReturn(0);
}

/* What is moved away cannot be left unserved as well. */
static PetscErrorCode AddServed(Expansion e, PetscInt row)
{
  PetscFunctionBeginUser;
  if (e->load_served[row] < 0 || e->load_shift_up[row] < 0) PetscFunctionReturn(0);
  for (PetscInt t = 0; t < e->c->n_snapshots; t++) {
    const LinearLabel label     = {POLICY_SERVED, row, t};
    const PetscInt    column[3] = {e->load_served[row] + t, e->load_shift_up[row] + t, e->load_shift_down[row] + t};
    const PetscReal   value[3]  = {1, -1, 1};
    if (ExpansionActive(e, COMPONENT_LOAD, row, t))
      PetscCall(LinearProgramAddRow(e->program, label, -INFINITY, Demand(e, row, t), 3, column, value, NULL));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddDemand(Expansion e)
{
  PetscFunctionBeginUser;
  for (PetscInt row = 0; row < e->c->table[COMPONENT_LOAD].n; row++) {
    PetscCall(AddUnserved(e, row));
    PetscCall(AddShift(e, row));
    PetscCall(AddServed(e, row));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PolicyStoreDemand(Expansion e, const PetscReal *x, Components components)
{
  PetscReal *series;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(e->c->n_snapshots, &series));
  for (PetscInt row = 0; row < e->c->table[COMPONENT_LOAD].n; row++) {
    const PetscInt unserved = e->load_served[row], up = e->load_shift_up[row], down = e->load_shift_down[row];
    if (unserved >= 0) PetscCall(ComponentsSetSeries(components, COMPONENT_LOAD, "unserved", row, x + unserved));
    if (up < 0) continue;
    for (PetscInt t = 0; t < e->c->n_snapshots; t++) series[t] = x[up + t] - x[down + t];
    PetscCall(ComponentsSetSeries(components, COMPONENT_LOAD, "shifted", row, series));
  }
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}
