/* The OPF model: bounds, linear terms, costs and start of its program. */
#include "solver/opf_model_impl.h"

#include <math.h>

/* Energy above the lowest level up to which a storage counts as empty, per unit hours. */
#define EMPTY_ENERGY 1e-9

/* DC flow, per unit: b (va_from - va_to - shift). PowerModels' DC form takes the imaginary part of the series admittance and
   leaves out taps and shifts; MATPOWER's takes 1 / (x tap) with phase shifters (User's Manual, section 3.7). */
PetscReal ModelDcSusceptance(OpfModel m, PetscInt b)
{
  const BranchTable *t = &m->net->branch;
  if (m->options.physics == PHYSICS_DC_MATPOWER) return 1 / (t->x[b] * t->tap[b]);
  return t->x[b] / (t->r[b] * t->r[b] + t->x[b] * t->x[b]);
}

PetscReal ModelDcShift(OpfModel m, PetscInt b)
{
  return m->options.physics == PHYSICS_DC_MATPOWER ? m->net->branch.shift_rad[b] : 0;
}

static PetscErrorCode AddLinear(OpfModel m, PetscInt row, PetscInt column, PetscReal value)
{
  PetscFunctionBeginUser;
  if (m->n_linear == m->linear_capacity) {
    m->linear_capacity = PetscMax(1024, 2 * m->linear_capacity);
    PetscCall(PetscRealloc(m->linear_capacity * sizeof(PetscInt), &m->linear_row));
    PetscCall(PetscRealloc(m->linear_capacity * sizeof(PetscInt), &m->linear_column));
    PetscCall(PetscRealloc(m->linear_capacity * sizeof(PetscReal), &m->linear_value));
  }
  m->linear_row[m->n_linear]     = row;
  m->linear_column[m->n_linear]  = column;
  m->linear_value[m->n_linear++] = value;
  PetscFunctionReturn(0);
}

/* Enters a variable into the balance of a bus, when that bus has one in this model. */
static PetscErrorCode AddToBalance(OpfModel m, RowKind kind, PetscInt bus, PetscInt hour, PetscInt column,
                                   PetscReal value)
{
  PetscFunctionBeginUser;
  if (m->balance.slot[bus] >= 0) PetscCall(AddLinear(m, ModelRow(m, kind, m->balance.slot[bus], hour), column, value));
  PetscFunctionReturn(0);
}

static void SetRow(OpfModel m, PetscInt row, PetscReal lower, PetscReal upper)
{
  m->program->gl[row] = lower;
  m->program->gu[row] = upper;
}

static void SetVariable(OpfModel m, PetscInt i, PetscReal lower, PetscReal upper)
{
  Program p = m->program;
  p->xl[i]  = lower;
  p->xu[i]  = upper;
  if (lower > -PETSC_INFINITY && upper < PETSC_INFINITY)
    p->x0[i] = 0.5 * (lower + upper);
  else
    p->x0[i] = lower > -PETSC_INFINITY ? PetscMax(lower, 0) : PetscMin(upper, 0);
}

/* A reference bus has its angle fixed; so has a foreign bus at the far end of a link, which nothing else determines. */
static void BuildBuses(OpfModel m, PetscInt t)
{
  const BusTable *bus = &m->net->bus;

  for (PetscInt k = 0; k < m->bus.n; k++) {
    const PetscInt  b     = m->bus.row[k];
    const PetscBool fixed = m->external[b] ? (PetscBool)!m->joined[k] : (PetscBool)(bus->type[b] == BUS_REF);
    const PetscReal va    = m->external[b] ? 0 : bus->va_rad[b];
    const PetscInt  i     = ModelVariable(m, OPF_VA, k, t);
    SetVariable(m, i, fixed ? va : -PETSC_INFINITY, fixed ? va : PETSC_INFINITY);
    m->program->step_cap[i] = 1;
    if (!m->ac) continue;
    SetVariable(m, ModelVariable(m, OPF_VM, k, t), bus->vm_min_pu[b], bus->vm_max_pu[b]);
    m->program->step_cap[ModelVariable(m, OPF_VM, k, t)] = 1;
  }
}

/* Right-hand sides of the balances: -demand, and in DC the shunt conductances as constant demand at 1 per unit. Links'
   constant losses are taken at the receiving end. */
static void BuildBalances(OpfModel m, PetscInt t)
{
  const PetscInt snapshot = ModelSnapshot(m, t);
  Network        net      = m->net;

  for (PetscInt l = 0; l < net->load.n; l++) {
    const PetscInt k = m->balance.slot[net->load.bus[l]];
    if (k < 0 || !net->load.in_service[l]) continue;
    m->program->gl[ModelRow(m, ROW_P, k, t)] -= NetworkLoadP(net, l, snapshot) / m->base;
    if (m->ac) m->program->gl[ModelRow(m, ROW_Q, k, t)] -= NetworkLoadQ(net, l, snapshot) / m->base;
  }
  for (PetscInt s = 0; s < m->shunt.n && !m->ac; s++) {
    const PetscInt row = m->shunt.row[s];
    m->program->gl[ModelRow(m, ROW_P, m->balance.slot[net->shunt.bus[row]], t)] -= net->shunt.g_mw[row] / m->base;
  }
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt l = m->link.row[k], to = m->balance.slot[net->link.to[l]];
    if (to >= 0) m->program->gl[ModelRow(m, ROW_P, to, t)] -= net->link.loss0_mw[l] / m->base;
  }
  for (PetscInt k = 0; k < m->branch.n && !m->ac; k++) {
    const PetscInt  b    = m->branch.row[k];
    const PetscReal flow = ModelDcSusceptance(m, b) * ModelDcShift(m, b);
    const PetscInt  f = m->branch_rows[k].balance[FLOW_P_FROM], to = m->branch_rows[k].balance[FLOW_P_TO];
    if (f >= 0) m->program->gl[t * m->row_offset[ROW_KINDS] + f] += flow;
    if (to >= 0) m->program->gl[t * m->row_offset[ROW_KINDS] + to] -= flow;
  }
  for (PetscInt k = m->row_offset[ROW_P]; k < m->row_offset[ROW_Q + 1]; k++) {
    const PetscInt row  = t * m->row_offset[ROW_KINDS] + k;
    m->program->gu[row] = m->program->gl[row];
  }
}

static PetscErrorCode BuildGenerators(OpfModel m, PetscInt t)
{
  const GeneratorTable *g = &m->net->generator;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt row = m->generator.row[k], p = ModelVariable(m, OPF_PG, k, t);
    const PetscInt snapshot = ModelSnapshot(m, t);
    SetVariable(m, p, NetworkGeneratorPMin(m->net, row, snapshot) / m->base,
                NetworkGeneratorPMax(m->net, row, snapshot) / m->base);
    PetscCall(AddToBalance(m, ROW_P, g->bus[row], t, p, -1));
    if (!m->ac) continue;
    SetVariable(m, ModelVariable(m, OPF_QG, k, t), g->q_min_mvar[row] / m->base, g->q_max_mvar[row] / m->base);
    PetscCall(AddToBalance(m, ROW_Q, g->bus[row], t, ModelVariable(m, OPF_QG, k, t), -1));
  }
  for (PetscInt k = 0; k < m->ramp.n && t > 0; k++) {
    const PetscInt  row = m->ramp.row[k], slot = m->generator.slot[row], r = ModelRampRow(m, k, t);
    const PetscReal ramp = g->ramp_mw_per_h[row] * m->step / m->base;
    PetscCall(AddLinear(m, r, ModelVariable(m, OPF_PG, slot, t), 1));
    PetscCall(AddLinear(m, r, ModelVariable(m, OPF_PG, slot, t - 1), -1));
    SetRow(m, r, -ramp, ramp);
  }
  PetscFunctionReturn(0);
}

/* A link whose far end lies outside has no reactive power there: its variable is fixed at zero. */
static PetscErrorCode BuildLinks(OpfModel m, PetscInt t)
{
  const LinkTable *l = &m->net->link;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt  row = m->link.row[k], p = ModelVariable(m, OPF_LINK_P, k, t);
    const PetscReal loss = l->p_min_mw[row] < 0 ? 0 : l->loss1[row];
    SetVariable(m, p, l->p_min_mw[row] / m->base, l->p_max_mw[row] / m->base);
    PetscCall(AddToBalance(m, ROW_P, l->from[row], t, p, 1));
    PetscCall(AddToBalance(m, ROW_P, l->to[row], t, p, -(1 - loss)));
    if (!m->ac) continue;
    const PetscBool from_here = (PetscBool)(m->balance.slot[l->from[row]] >= 0);
    const PetscBool to_here   = (PetscBool)(m->balance.slot[l->to[row]] >= 0);
    const PetscInt  qf = ModelVariable(m, OPF_LINK_QF, k, t), qt = ModelVariable(m, OPF_LINK_QT, k, t);
    SetVariable(m, qf, from_here ? l->q_from_min_mvar[row] / m->base : 0,
                from_here ? l->q_from_max_mvar[row] / m->base : 0);
    SetVariable(m, qt, to_here ? l->q_to_min_mvar[row] / m->base : 0, to_here ? l->q_to_max_mvar[row] / m->base : 0);
    PetscCall(AddToBalance(m, ROW_Q, l->from[row], t, qf, -1));
    PetscCall(AddToBalance(m, ROW_Q, l->to[row], t, qt, -1));
  }
  PetscFunctionReturn(0);
}

/* e(t) - keep e(t-1) - h eta_c charge + h / eta_d discharge + h spill = h inflow, with e in per unit hours. */
static PetscErrorCode BuildStorageRecursion(OpfModel m, PetscInt k, PetscInt t)
{
  const StorageTable *s    = &m->net->storage;
  const PetscInt      unit = m->storage.row[k], row = ModelRow(m, ROW_ENERGY, k, t);
  const PetscReal     keep = pow(1 - s->standing_loss[unit], m->step), h = m->step;
  PetscReal           right = h * NetworkStorageInflow(m->net, unit, ModelSnapshot(m, t)) / m->base;
  PetscFunctionBeginUser;

  PetscCall(AddLinear(m, row, ModelVariable(m, OPF_ENERGY, k, t), 1));
  if (t > 0)
    PetscCall(AddLinear(m, row, ModelVariable(m, OPF_ENERGY, k, t - 1), -keep));
  else
    right += keep * m->initial_energy[unit] / m->base;
  PetscCall(AddLinear(m, row, ModelVariable(m, OPF_CHARGE, k, t), -h * s->efficiency_charge[unit]));
  PetscCall(AddLinear(m, row, ModelVariable(m, OPF_DISCHARGE, k, t), h / s->efficiency_discharge[unit]));
  if (m->inflow.slot[unit] >= 0) {
    const PetscInt spill = ModelVariable(m, OPF_SPILL, m->inflow.slot[unit], t);
    SetVariable(m, spill, 0, PETSC_INFINITY);
    PetscCall(AddLinear(m, row, spill, h));
  }
  SetRow(m, row, right, right);
  PetscFunctionReturn(0);
}

/* A storage that is empty and cannot be filled yet (a solar tower before sunrise) has nothing to decide: its variables are fixed
   and its recursion dropped, for a feasible set without an inside has multipliers without bound. */
static void FixEmptyStorage(OpfModel m, PetscInt k, PetscInt t)
{
  const StorageTable *s    = &m->net->storage;
  const PetscInt      unit = m->storage.row[k], energy = ModelVariable(m, OPF_ENERGY, k, t);
  const PetscReal     before = t > 0 ? m->reachable[unit] : m->initial_energy[unit] / m->base;
  const PetscReal     gain =
      s->efficiency_charge[unit] * s->p_charge_max_mw[unit] + NetworkStorageInflow(m->net, unit, ModelSnapshot(m, t));
  const PetscReal reach  = pow(1 - s->standing_loss[unit], m->step) * before + m->step * gain / m->base;
  const PetscReal lowest = s->e_min_mwh[unit] / m->base;

  m->reachable[unit] = PetscMin(reach, s->e_max_mwh[unit] / m->base);
  if (reach > lowest + EMPTY_ENERGY || reach < lowest || m->program->xl[energy] > reach) return;
  SetVariable(m, energy, reach, reach);
  SetVariable(m, ModelVariable(m, OPF_DISCHARGE, k, t), 0, 0);
  if (m->inflow.slot[unit] >= 0) SetVariable(m, ModelVariable(m, OPF_SPILL, m->inflow.slot[unit], t), 0, 0);
  SetRow(m, ModelRow(m, ROW_ENERGY, k, t), -PETSC_INFINITY, PETSC_INFINITY);
}

static PetscErrorCode BuildStorage(OpfModel m, PetscInt t)
{
  const StorageTable *s = &m->net->storage;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->storage.n; k++) {
    const PetscInt unit   = m->storage.row[k];
    const PetscInt charge = ModelVariable(m, OPF_CHARGE, k, t), discharge = ModelVariable(m, OPF_DISCHARGE, k, t);
    PetscReal      lower = s->e_min_mwh[unit], upper = s->e_max_mwh[unit];
    SetVariable(m, charge, 0, s->p_charge_max_mw[unit] / m->base);
    SetVariable(m, discharge, 0, s->p_discharge_max_mw[unit] / m->base);
    if (t == m->hours - 1) {
      if (s->cyclic[unit])
        lower = upper = m->initial_energy[unit];
      else if (!PetscIsNanReal(s->e_final_min_mwh[unit]))
        lower = PetscMax(lower, s->e_final_min_mwh[unit]);
    }
    SetVariable(m, ModelVariable(m, OPF_ENERGY, k, t), lower / m->base, upper / m->base);
    PetscCall(AddToBalance(m, ROW_P, s->bus[unit], t, charge, 1));
    PetscCall(AddToBalance(m, ROW_P, s->bus[unit], t, discharge, -1));
    PetscCall(BuildStorageRecursion(m, k, t));
    FixEmptyStorage(m, k, t);
    m->linear_cost[discharge] += m->step * m->base * s->marginal_cost[unit];
    if (!m->ac) continue;
    SetVariable(m, ModelVariable(m, OPF_QS, k, t), s->q_min_mvar[unit] / m->base, s->q_max_mvar[unit] / m->base);
    PetscCall(AddToBalance(m, ROW_Q, s->bus[unit], t, ModelVariable(m, OPF_QS, k, t), -1));
  }
  PetscFunctionReturn(0);
}

/* Largest shortage and surplus of active power by bus [n_bus], per unit: what is drawn can go unserved, what is forced in can be
   too much. */
static void ElasticRanges(OpfModel m, PetscInt t, PetscReal *shortage, PetscReal *surplus)
{
  const PetscInt snapshot = ModelSnapshot(m, t);
  Network        net      = m->net;

  for (PetscInt l = 0; l < net->load.n; l++) {
    const PetscReal p = net->load.in_service[l] ? NetworkLoadP(net, l, snapshot) / m->base : 0;
    shortage[net->load.bus[l]] += PetscMax(p, 0);
    surplus[net->load.bus[l]] += PetscMax(-p, 0);
  }
  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt  g = m->generator.row[k];
    const PetscReal p = NetworkGeneratorPMin(net, g, snapshot) / m->base;
    shortage[net->generator.bus[g]] += PetscMax(-p, 0);
    surplus[net->generator.bus[g]] += PetscMax(p, 0);
  }
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt  l = m->link.row[k];
    const PetscReal p = net->link.p_min_mw[l] / m->base;
    shortage[net->link.from[l]] += PetscMax(p, 0);
    surplus[net->link.to[l]] += PetscMax(p, 0);
  }
}

static PetscErrorCode BuildElastic(OpfModel m, PetscInt t)
{
  PetscReal *range[2];
  PetscFunctionBeginUser;
  if (!m->options.elastic) PetscFunctionReturn(0);
  PetscCall(PetscCalloc2(m->net->bus.n, &range[0], m->net->bus.n, &range[1]));
  ElasticRanges(m, t, range[0], range[1]);
  for (int kind = OPF_SHORTAGE_P; kind <= OPF_SURPLUS_Q; kind++) {
    const PetscInt  n      = m->variable_offset[kind + 1] - m->variable_offset[kind];
    const PetscBool active = (PetscBool)(kind == OPF_SHORTAGE_P || kind == OPF_SURPLUS_P);
    for (PetscInt k = 0; k < n; k++) {
      const PetscInt i = ModelVariable(m, (OpfVariable)kind, k, t);
      SetVariable(m, i, 0, active ? range[kind - OPF_SHORTAGE_P][m->own.row[k]] : PETSC_INFINITY);
      m->linear_cost[i] = m->shortage_price * m->base * m->step;
      PetscCall(AddLinear(m, ModelRow(m, active ? ROW_P : ROW_Q, m->balance.slot[m->own.row[k]], t), i,
                          kind == OPF_SHORTAGE_P || kind == OPF_SHORTAGE_Q ? -1 : 1));
    }
  }
  PetscCall(PetscFree2(range[0], range[1]));
  PetscFunctionReturn(0);
}

/* Limits of flows and angle differences. AC: p^2 + q^2 <= s^2 divided by 2 s, so that its multiplier is that of s. */
static PetscErrorCode BuildLimits(OpfModel m, PetscInt t)
{
  const BranchTable *branch = &m->net->branch;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->branch.n; k++) {
    const PetscInt b = m->branch.row[k], base_row = t * m->row_offset[ROW_KINDS];
    const PetscInt from = ModelVariable(m, OPF_VA, m->bus.slot[branch->from[b]], t);
    const PetscInt to   = ModelVariable(m, OPF_VA, m->bus.slot[branch->to[b]], t);
    BranchRows    *r    = &m->branch_rows[k];
    if (m->angle.slot[b] >= 0) {
      const PetscInt row = ModelRow(m, ROW_ANGLE, m->angle.slot[b], t);
      PetscCall(AddLinear(m, row, from, 1));
      PetscCall(AddLinear(m, row, to, -1));
      SetRow(m, row, branch->angle_min_rad[b], branch->angle_max_rad[b]);
    }
    if (m->ac) {
      for (int end = 0; end < 2; end++)
        if (r->limit[end] >= 0) SetRow(m, base_row + r->limit[end], -PETSC_INFINITY, 0);
      continue;
    }
    const PetscReal susceptance = ModelDcSusceptance(m, b), shift = susceptance * ModelDcShift(m, b);
    const PetscInt  rows[3] = {r->balance[FLOW_P_FROM], r->balance[FLOW_P_TO], r->limit[0]};
    const PetscReal sign[3] = {1, -1, 1};
    for (int j = 0; j < 3; j++) {
      if (rows[j] < 0) continue;
      PetscCall(AddLinear(m, base_row + rows[j], from, sign[j] * susceptance));
      PetscCall(AddLinear(m, base_row + rows[j], to, -sign[j] * susceptance));
    }
    if (r->limit[0] >= 0) SetRow(m, base_row + r->limit[0], shift - r->rate, shift + r->rate);
  }
  PetscFunctionReturn(0);
}

/* Cost of one hour: linear parts into linear_cost; piecewise linear ones as an epigraph variable y, scaled so that cost =
   base mean_cost y, above every segment. */
static PetscErrorCode BuildCosts(OpfModel m, PetscInt t)
{
  const PetscReal unit = m->base * m->mean_cost;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->n_costed; k++) {
    const CostedPower *c = &m->costed[k];
    const PetscInt     p = ModelVariable(m, c->kind, c->slot, t);
    const PetscReal   *a = c->cost->coefficient;
    m->linear_cost[p] += m->step * m->base * c->adder;
    if (c->epigraph >= 0) {
      const PetscInt y  = ModelVariable(m, OPF_COST, c->epigraph, t);
      m->linear_cost[y] = m->step * unit;
      m->program->x0[y] = CostValue(c->cost, m->base * m->program->x0[p], NULL) / unit;
      for (PetscInt s = 0; s + 1 < c->cost->n; s++) {
        const PetscReal slope = (a[2 * s + 3] - a[2 * s + 1]) / (a[2 * s + 2] - a[2 * s]);
        const PetscInt  row   = ModelRow(m, ROW_SEGMENT, c->first_segment + s, t);
        PetscCall(AddLinear(m, row, p, slope / m->mean_cost));
        PetscCall(AddLinear(m, row, y, -1));
        SetRow(m, row, -PETSC_INFINITY, (slope * a[2 * s] - a[2 * s + 1]) / unit);
      }
    } else if (c->cost->kind == COST_PIECEWISE_LINEAR) {
      const PetscReal slope = c->cost->n > 1 ? (a[3] - a[1]) / (a[2] - a[0]) : 0;
      m->linear_cost[p] += m->step * m->base * slope;
      m->constant_cost += m->step * (c->cost->n ? a[1] - slope * a[0] : 0);
    } else {
      if (c->cost->n > 0) m->constant_cost += m->step * a[0];
      if (c->cost->n > 1) m->linear_cost[p] += m->step * m->base * a[1];
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode BuildHour(OpfModel m, PetscInt t)
{
  PetscFunctionBeginUser;
  BuildBuses(m, t);
  BuildBalances(m, t);
  PetscCall(BuildGenerators(m, t));
  PetscCall(BuildLinks(m, t));
  PetscCall(BuildStorage(m, t));
  PetscCall(BuildElastic(m, t));
  PetscCall(BuildLimits(m, t));
  PetscCall(BuildCosts(m, t));
  PetscFunctionReturn(0);
}

PetscErrorCode ModelBuildProgram(OpfModel m)
{
  const PetscInt n    = m->hours * m->variable_offset[OPF_VARIABLE_KINDS];
  const PetscInt rows = m->hours * m->row_offset[ROW_KINDS] + PetscMax(0, m->hours - 1) * m->ramp.n;
  PetscInt       jacobian, hessian;
  PetscFunctionBeginUser;

  PetscCall(PetscCalloc1(n, &m->linear_cost));
  PetscCall(ProgramCreate(n, rows, 0, 0, &m->program));
  PetscCall(PetscMalloc1(n, &m->program->step_cap));
  for (PetscInt i = 0; i < n; i++) m->program->step_cap[i] = PETSC_INFINITY;
  PetscCall(PetscArrayzero(m->program->gl, rows));
  for (PetscInt t = 0; t < m->hours; t++) PetscCall(BuildHour(m, t));
  PetscCall(ModelCountNonzeros(m, &jacobian, &hessian));
  PetscCall(ProgramSetNonzeros(m->program, jacobian, hessian));
  m->program->objective_scale = 1 / (m->mean_cost * m->base * m->step);
  PetscCall(ModelFillStructure(m));
  PetscCall(ModelFillGroups(m));
  PetscFunctionReturn(0);
}
