/* Lines and transformers of an expansion model: impedances, flows and their limits, sub-networks. */
#include "solver/expansion_impl.h"

#include <math.h>
#include <string.h>

/* Series impedance of a line, per unit of 1 MVA at the voltage of its first bus; from its type where it has one. */
static PetscErrorCode LineImpedance(Expansion e, ExpansionBranch *b)
{
  const char *name = ExpansionText(e, b->kind, "type", b->row);
  PetscReal   v    = b->bus0 < 0 ? 1 : ExpansionReal(e, COMPONENT_BUS, "v_nom", b->bus0, 1), scale;
  PetscInt    type;

  PetscFunctionBeginUser;
  b->x = ExpansionReal(e, b->kind, "x", b->row, 0);
  b->r = ExpansionReal(e, b->kind, "r", b->row, 0);
  if (name[0]) {
    type = ComponentsFind(e->c, COMPONENT_LINE_TYPE, name);
    if (type < 0) {
      PetscCall(ExpansionFault(e, b->kind, b->row, "found the type '%.60s', expected one of line_types.csv", name));
      PetscFunctionReturn(0);
    }
    scale = ExpansionReal(e, b->kind, "length", b->row, 0) / ExpansionReal(e, b->kind, "num_parallel", b->row, 1);
    b->x  = scale * ExpansionReal(e, COMPONENT_LINE_TYPE, "x_per_length", type, 0);
    b->r  = scale * ExpansionReal(e, COMPONENT_LINE_TYPE, "r_per_length", type, 0);
  }
  b->x /= v * v;
  b->r /= v * v;
  PetscFunctionReturn(0);
}

/* Of a transformer: given per unit of its rating; from short-circuit voltages (percent) of its type. */
static PetscErrorCode TransformerImpedance(Expansion e, ExpansionBranch *b)
{
  const ComponentKind types = COMPONENT_TRANSFORMER_TYPE;
  const char         *name  = ExpansionText(e, b->kind, "type", b->row);
  PetscReal           s_nom = ExpansionReal(e, b->kind, "s_nom", b->row, 0), parallel, vsc, vscr, steps;
  PetscReal           tap   = ExpansionReal(e, b->kind, "tap_ratio", b->row, 1);
  PetscInt            type;

  PetscFunctionBeginUser;
  b->x = ExpansionReal(e, b->kind, "x", b->row, 0);
  b->r = ExpansionReal(e, b->kind, "r", b->row, 0);
  if (name[0]) {
    type = ComponentsFind(e->c, types, name);
    if (type < 0) {
      PetscCall(
          ExpansionFault(e, b->kind, b->row, "found the type '%.60s', expected one of transformer_types.csv", name));
      PetscFunctionReturn(0);
    }
    parallel = ExpansionReal(e, b->kind, "num_parallel", b->row, 1);
    vsc      = ExpansionReal(e, types, "vsc", type, 0) / 100;
    vscr     = ExpansionReal(e, types, "vscr", type, 0) / 100;
    steps    = ExpansionReal(e, b->kind, "tap_position", b->row, 0) - ExpansionReal(e, types, "tap_neutral", type, 0);
    tap      = 1 + steps * ExpansionReal(e, types, "tap_step", type, 0) / 100;
    s_nom    = ExpansionReal(e, types, "s_nom", type, 0);
    b->r     = vscr / parallel;
    b->x     = PetscSqrtReal(vsc * vsc - vscr * vscr) / parallel;
  }
  b->x *= tap / s_nom;
  b->r *= tap / s_nom;
  PetscFunctionReturn(0);
}

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
      b->kind = kinds[k];
      b->row  = row;
      b->bus0 = ExpansionBus(e, b->kind, "bus0", row);
      b->bus1 = ExpansionBus(e, b->kind, "bus1", row);
      PetscCall(k == 0 ? LineImpedance(e, b) : TransformerImpedance(e, b));
    }
  PetscFunctionReturn(0);
}

PetscReal ExpansionImpedance(Expansion e, const ExpansionBranch *branch, PetscBool ac)
{
  (void)e;
  return ac ? branch->x : branch->r;
}

PetscBool ExpansionBranchCounts(Expansion e, const ExpansionBranch *b, PetscInt period)
{
  return (PetscBool)(e->active[b->kind][b->row * e->n_periods + period] && b->bus0 >= 0 && b->bus1 >= 0 &&
                     isfinite(b->x));
}

PetscReal ExpansionFixedShift(Expansion e, const ExpansionBranch *b, PetscInt snapshot)
{
  const char *type = b->kind == COMPONENT_TRANSFORMER ? ExpansionText(e, b->kind, "type", b->row) : "";

  if (b->kind != COMPONENT_TRANSFORMER || e->phase_shift[b->row] >= 0) return 0;
  if (type[0]) {
    const PetscInt k = ComponentsFind(e->c, COMPONENT_TRANSFORMER_TYPE, type);
    return k < 0 ? 0 : ExpansionReal(e, COMPONENT_TRANSFORMER_TYPE, "phase_shift", k, 0);
  }
  return ColumnAt(ExpansionColumn(e, b->kind, "phase_shift"), b->row, snapshot);
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
