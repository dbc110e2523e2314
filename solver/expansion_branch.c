/* Lines and transformers of an expansion model: impedances, flows and their limits, sub-networks. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

PetscErrorCode ExpansionGetBranches(Expansion e, PetscInt *n, ExpansionBranch **branches)
{
  const ComponentKind kinds[] = {COMPONENT_LINE, COMPONENT_TRANSFORMER};
  ExpansionBranch    *b;
  PetscInt            k, row;

  PetscFunctionBeginUser;
  *n = e->c->table[COMPONENT_LINE].n + e->c->table[COMPONENT_TRANSFORMER].n;
  PetscCall(PetscCalloc1(*n, branches));
  b = *branches;
  for (k = 0; k < 2; k++)
    for (row = 0; row < e->c->table[kinds[k]].n; row++, b++) {
      b->kind  = kinds[k];
      b->row   = row;
      b->shift = k == 0 ? NULL : ExpansionColumn(e, b->kind, "phase_shift");
      b->bus0  = ExpansionBus(e, b->kind, "bus0", row);
      b->bus1  = ExpansionBus(e, b->kind, "bus1", row);
      b->x     = ColumnReal(ExpansionColumn(e, b->kind, "x_pu_eff"), row);
      b->r     = ColumnReal(ExpansionColumn(e, b->kind, "r_pu_eff"), row);
    }
  PetscFunctionReturn(0);
}

PetscBool ExpansionBranchCounts(Expansion e, const ExpansionBranch *b, PetscInt period)
{
  return (PetscBool)(e->active[b->kind][b->row * e->n_periods + period] && b->bus0 >= 0 && b->bus1 >= 0 &&
                     isfinite(b->x));
}

PetscReal ExpansionFixedShift(Expansion e, const ExpansionBranch *b, PetscInt snapshot)
{
  return b->shift && e->phase_shift[b->row] < 0 ? ColumnAt(b->shift, b->row, snapshot) : 0;
}

static PetscInt Root(PetscInt *parent, PetscInt i)
{
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

PetscErrorCode ExpansionSubNetworks(Expansion e, PetscInt n, const ExpansionBranch *branches, PetscInt period,
                                    PetscInt *n_sub, PetscInt *sub_of_bus)
{
  const PetscInt n_buses = e->c->table[COMPONENT_BUS].n;
  PetscInt      *parent, i, a, b;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_buses, &parent));
  for (i = 0; i < n_buses; i++) parent[i] = i;
  for (i = 0; i < n; i++) {
    if (!ExpansionBranchCounts(e, &branches[i], period)) continue;
    a                      = Root(parent, branches[i].bus0);
    b                      = Root(parent, branches[i].bus1);
    parent[PetscMax(a, b)] = PetscMin(a, b);
  }
  for (i = 0, *n_sub = 0; i < n_buses; i++) {
    a             = Root(parent, i); /* the first of its buses */
    sub_of_bus[i] = a == i ? (*n_sub)++ : sub_of_bus[a];
  }
  PetscCall(PetscFree(parent));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionSubNetworksAc(Expansion e, PetscInt n_sub, const PetscInt *sub_of_bus, PetscBool *ac)
{
  PetscInt i, next = 0;

  PetscFunctionBeginUser;
  for (i = 0; i < e->c->table[COMPONENT_BUS].n && next < n_sub; i++)
    if (sub_of_bus[i] == next) ac[next++] = (PetscBool)!strcmp(ExpansionText(e, COMPONENT_BUS, "carrier", i), "AC");
  PetscFunctionReturn(0);
}

/* |x flow + phase shift| <= v_ang_max of transformers and of lines that carry AC, as bounds of the flow. */
static PetscErrorCode LimitAngle(Expansion e, const ExpansionBranch *b)
{
  const PetscReal most  = ExpansionReal(e, b->kind, "v_ang_max", b->row, INFINITY) * PETSC_PI / 180;
  const PetscInt  first = e->power[b->kind][b->row];
  PetscInt        t;

  PetscFunctionBeginUser;
  if (!isfinite(most) || !isfinite(most / b->x)) PetscFunctionReturn(0);
  if (b->kind == COMPONENT_LINE && strcmp(ExpansionCarrier(e, b->kind, b->row), "AC") != 0) PetscFunctionReturn(0);
  if (b->kind == COMPONENT_TRANSFORMER && e->phase_shift[b->row] >= 0) {
    PetscCall(ExpansionFault(e, b->kind, b->row,
                             "found both v_ang_max and a phase shift to be chosen, expected one of them"));
    PetscFunctionReturn(0);
  }
  for (t = 0; t < e->c->n_snapshots; t++) {
    const PetscReal offset = ExpansionFixedShift(e, b, t) * PETSC_PI / 180 / b->x;
    PetscReal      *lower = &e->program->lower[first + t], *upper = &e->program->upper[first + t];
    if (!ExpansionActive(e, b->kind, b->row, t)) continue;
    *lower = PetscMax(*lower, -most / b->x - offset);
    *upper = PetscMin(*upper, most / b->x - offset);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddFlow(Expansion e, const ExpansionBranch *b)
{
  const Column        *max_pu = ExpansionColumn(e, b->kind, "s_max_pu");
  const ExpansionLimit limit  = {b->kind,
                                 b->row,
                                 (PetscInt)EXPANSION_POWER + (PetscInt)b->kind,
                                 (PetscInt)EXPANSION_UPPER + (PetscInt)b->kind,
                                 (PetscInt)EXPANSION_LOWER + (PetscInt)b->kind,
                                 e->work_lower,
                                 e->work_upper,
                                 NULL,
                                 0};
  PetscInt             t;

  PetscFunctionBeginUser;
  for (t = 0; t < e->c->n_snapshots; t++) {
    limit.max_pu[t] = ColumnAt(max_pu, b->row, t);
    limit.min_pu[t] = -limit.max_pu[t];
  }
  PetscCall(ExpansionAddLimited(e, &limit, &e->power[b->kind][b->row]));
  PetscCall(LimitAngle(e, b));
  PetscFunctionReturn(0);
}

/* Phase shifts are to be chosen where the least is below the greatest. */
static PetscErrorCode AddPhaseShift(Expansion e, PetscInt row)
{
  const ComponentKind kind  = COMPONENT_TRANSFORMER;
  const LinearLabel   label = {EXPANSION_PHASE_SHIFT, row, 0};
  const PetscReal     lower = ExpansionReal(e, kind, "phase_shift_min", row, 0);
  const PetscReal     upper = ExpansionReal(e, kind, "phase_shift_max", row, 0);

  PetscFunctionBeginUser;
  e->phase_shift[row] = -1;
  if (lower < upper && ExpansionEverActive(e, kind, row))
    PetscCall(LinearProgramAddVariables(e->program, e->c->n_snapshots, label, lower, upper, &e->phase_shift[row]));
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddBranches(Expansion e)
{
  ExpansionBranch *branches;
  PetscInt         n, i, row;

  PetscFunctionBeginUser;
  for (row = 0; row < e->c->table[COMPONENT_TRANSFORMER].n; row++) PetscCall(AddPhaseShift(e, row));
  PetscCall(ExpansionGetBranches(e, &n, &branches));
  for (i = 0; i < n; i++) PetscCall(AddFlow(e, &branches[i]));
  PetscCall(PetscFree(branches));
  PetscFunctionReturn(0);
}
