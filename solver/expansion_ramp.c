/* Ramp limits of generators and links: change of power from snapshot to snapshot, per unit of capacity. No limit holds
   from one investment period to the next; the first snapshot has one where p_init says what was before. */
#include "solver/expansion_impl.h"

#include <math.h>

typedef struct {
  const Column *limit,
      *other; /* ramp_limit_up; ramp_limit_start_up, which stands in for no more than that it is given */
  PetscInt  family;
  PetscReal sign; /* of the change that is limited */
} Ramp;

/* sign (p - p before) <= limit x capacity */
static PetscErrorCode AddRampRow(Expansion e, ComponentKind kind, PetscInt row, const Ramp *ramp, PetscInt t)
{
  const LinearLabel label  = {ramp->family, row, t};
  const PetscInt    before = ExpansionBefore(e, t), capacity = e->capacity[kind][row];
  const PetscReal   initial = ExpansionReal(e, kind, "p_init", row, NAN);
  PetscReal         limit = ColumnAt(ramp->limit, row, t), value[3], side = 0;
  PetscInt          column[3], n = 0;

  PetscFunctionBeginUser;
  if (isnan(limit) && isnan(ColumnReal(ramp->other, row))) PetscFunctionReturn(0);
  if (before < 0 && (t > 0 || isnan(initial))) PetscFunctionReturn(0);
  if (isnan(limit)) limit = 1;
  column[n]  = ExpansionPower(e, kind, row, t);
  value[n++] = ramp->sign;
  if (before >= 0) {
    column[n]  = ExpansionPower(e, kind, row, before);
    value[n++] = -ramp->sign;
  } else
    side += ramp->sign * initial;
  if (capacity >= 0) {
    column[n]  = capacity;
    value[n++] = -limit;
  } else
    side += limit == 0 ? 0 : limit * ColumnReal(ExpansionNominalColumn(e, kind, ""), row);
  if (!isinf(side)) PetscCall(LinearProgramAddRow(e->program, label, -INFINITY, side, n, column, value, NULL));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddRamp(Expansion e, ComponentKind kind, PetscInt row, const Ramp *ramp)
{
  PetscInt t;

  PetscFunctionBeginUser;
  if (isnan(ColumnReal(ramp->limit, row)) && isnan(ColumnReal(ramp->other, row)) &&
      !(ramp->limit->series && ramp->limit->series[row]))
    PetscFunctionReturn(0);
  for (t = 0; t < e->c->n_snapshots; t++)
    if (ExpansionActive(e, kind, row, t)) PetscCall(AddRampRow(e, kind, row, ramp, t));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddRamps(Expansion e)
{
  const ComponentKind kinds[] = {COMPONENT_GENERATOR, COMPONENT_LINK};
  PetscInt            k, row;

  PetscFunctionBeginUser;
  for (k = 0; k < 2; k++) {
    const Ramp up = {ExpansionColumn(e, kinds[k], "ramp_limit_up"), ExpansionColumn(e, kinds[k], "ramp_limit_start_up"),
                     (PetscInt)EXPANSION_RAMP_UP + (PetscInt)kinds[k], 1};
    const Ramp down = {ExpansionColumn(e, kinds[k], "ramp_limit_down"),
                       ExpansionColumn(e, kinds[k], "ramp_limit_shut_down"),
                       (PetscInt)EXPANSION_RAMP_DOWN + (PetscInt)kinds[k], -1};
    for (row = 0; row < e->c->table[kinds[k]].n; row++) {
      PetscCall(AddRamp(e, kinds[k], row, &up));
      PetscCall(AddRamp(e, kinds[k], row, &down));
    }
  }
  PetscFunctionReturn(0);
}
