/* Variables over all snapshots of an expansion model, limited by a capacity: by their bounds where the capacity is
   given, by rows where it is planned, so that no row says what a bound can say. */
#include "solver/expansion_impl.h"

#include <math.h>

/* A limit per unit times a capacity, where nothing of something endless is nothing. */
static PetscReal Times(PetscReal per_unit, PetscReal capacity)
{
  return per_unit == 0 || capacity == 0 ? 0 : per_unit * capacity;
}

static PetscErrorCode LimitByBounds(Expansion e, const ExpansionLimit *limit, PetscInt first)
{
  const PetscReal capacity = ColumnReal(ExpansionNominalColumn(e, limit->kind, ""), limit->row);
  PetscInt        t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    if (!ExpansionActive(e, limit->kind, limit->row, t)) continue;
    e->program->lower[first + t] = Times(limit->min_pu[t], capacity);
    e->program->upper[first + t] = Times(limit->max_pu[t], capacity);
  }
  PetscFunctionReturn(0);
}

/* variable - per unit x capacity on one side of 0: a bound where the share is 0 or endless. */
static PetscErrorCode LimitByRow(Expansion e, const ExpansionLimit *limit, PetscInt variable, PetscInt t,
                                 PetscBool upper)
{
  const LinearLabel label     = {upper ? limit->upper : limit->lower, limit->row, t};
  const PetscReal   share     = upper ? limit->max_pu[t] : limit->min_pu[t];
  const PetscInt    column[2] = {e->capacity[limit->kind][limit->row], variable};
  const PetscReal   value[2]  = {-share, 1};

  PetscFunctionBeginUser;
  if (isinf(share)) PetscFunctionReturn(0);
  if (share == 0) {
    if (upper)
      e->program->upper[variable] = 0;
    else
      e->program->lower[variable] = 0;
    PetscFunctionReturn(0);
  }
  PetscCall(
      LinearProgramAddRow(e->program, label, upper ? -INFINITY : 0, upper ? 0 : INFINITY, 2, column, value, NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddFree(Expansion e, ComponentKind kind, PetscInt row, PetscInt family, PetscInt *first)
{
  const LinearLabel label = {family, row, 0};
  PetscInt          t;

  PetscFunctionBeginUser;
  PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, label, 0, 0, first));
  for (t = 0; t < e->c->n_snapshots; t++) {
    if (!ExpansionActive(e, kind, row, t)) continue;
    e->program->lower[*first + t] = -INFINITY;
    e->program->upper[*first + t] = INFINITY;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddLimited(Expansion e, const ExpansionLimit *limit, PetscInt *first)
{
  PetscInt t;

  PetscFunctionBeginUser;
  PetscCall(ExpansionAddFree(e, limit->kind, limit->row, limit->family, first));
  if (e->capacity[limit->kind][limit->row] < 0)
    PetscCall(LimitByBounds(e, limit, *first));
  else
    for (t = 0; t < e->c->n_snapshots; t++) {
      if (!ExpansionActive(e, limit->kind, limit->row, t)) continue;
      PetscCall(LimitByRow(e, limit, *first + t, t, PETSC_FALSE));
      PetscCall(LimitByRow(e, limit, *first + t, t, PETSC_TRUE));
    }
  if (limit->set) PetscCall(ExpansionApplySet(e, limit->kind, limit->row, *first, limit->set, limit->set_family));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionApplySet(Expansion e, ComponentKind kind, PetscInt row, PetscInt first, const Column *set,
                                 PetscInt family)
{
  LinearProgram p = e->program;
  PetscInt      t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    const PetscReal   value = ColumnAt(set, row, t), one = 1;
    const PetscInt    variable = first + t;
    const LinearLabel label    = {family, row, t};
    if (isnan(value) || !ExpansionActive(e, kind, row, t)) continue;
    if (p->lower[variable] <= value && value <= p->upper[variable])
      p->lower[variable] = p->upper[variable] = value;
    else
      PetscCall(LinearProgramAddRow(p, label, value, value, 1, &variable, &one, NULL));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddCost(Expansion e, ComponentKind kind, PetscInt row, PetscInt first, const char *attribute,
                                const char *quadratic)
{
  const Column *cost   = attribute ? ExpansionColumn(e, kind, attribute) : NULL;
  const Column *square = quadratic ? ExpansionColumn(e, kind, quadratic) : NULL;
  PetscInt      t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    const PetscReal weight = ExpansionWeight(e, t);
    if (!ExpansionActive(e, kind, row, t)) continue;
    if (cost) e->program->cost[first + t] += weight * ColumnAt(cost, row, t);
    if (square) e->program->quadratic[first + t] += 2 * weight * ColumnAt(square, row, t);
  }
  PetscFunctionReturn(0);
}
