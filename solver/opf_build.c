/* The OPF model: bounds, linear terms, costs and start of its program. */
#include "solver/opf_model_impl.h"

#include "solver/opf_start.h"

#include <math.h>

PetscErrorCode ModelAddLinear(OpfModel m, PetscInt row, PetscInt column, PetscReal value)
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

PetscErrorCode ModelAddToBalance(OpfModel m, RowKind kind, PetscInt bus, PetscInt hour, PetscInt column,
                                 PetscReal value)
{
  const PetscInt slot = kind == ROW_Q ? m->reactive.slot[bus] : m->balance.slot[bus];
  PetscFunctionBeginUser;
  if (slot >= 0) PetscCall(ModelAddLinear(m, ModelRow(m, kind, slot, hour), column, value));
  PetscFunctionReturn(0);
}

void ModelSetRow(OpfModel m, PetscInt row, PetscReal lower, PetscReal upper)
{
  m->program->gl[row] = lower;
  m->program->gu[row] = upper;
}

void ModelSetVariable(OpfModel m, PetscInt i, PetscReal lower, PetscReal upper)
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
    ModelSetVariable(m, i, fixed ? va : -PETSC_INFINITY, fixed ? va : PETSC_INFINITY);
    m->program->step_cap[i] = 1;
    if (!m->ac) continue;
    ModelSetVariable(m, ModelVariable(m, OPF_VM, k, t), bus->vm_min_pu[b], bus->vm_max_pu[b]);
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
    if (!m->ac || m->reactive.slot[net->load.bus[l]] < 0) continue;
    m->program->gl[ModelRow(m, ROW_Q, m->reactive.slot[net->load.bus[l]], t)] -=
        NetworkLoadQ(net, l, snapshot) / m->base;
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
    const PetscReal flow = m->dc[k].b * m->dc[k].shift;
    const PetscInt  f = m->branch_rows[k].balance[FLOW_P_FROM], to = m->branch_rows[k].balance[FLOW_P_TO];
    if (f >= 0) m->program->gl[t * m->row_offset[ROW_KINDS] + f] += flow;
    if (to >= 0) m->program->gl[t * m->row_offset[ROW_KINDS] + to] -= flow;
  }
  for (PetscInt k = m->row_offset[ROW_P]; k < m->row_offset[ROW_Q + 1]; k++) {
    const PetscInt row  = t * m->row_offset[ROW_KINDS] + k;
    m->program->gu[row] = m->program->gl[row];
  }
}

void ModelSetReactive(OpfModel m, PetscInt i, PetscInt bus, PetscReal lower_mvar, PetscReal upper_mvar)
{
  const PetscBool here = (PetscBool)(m->reactive.slot[bus] >= 0);
  ModelSetVariable(m, i, here ? lower_mvar / m->base : 0, here ? upper_mvar / m->base : 0);
}

static PetscErrorCode BuildGenerators(OpfModel m, PetscInt t)
{
  const GeneratorTable *g = &m->net->generator;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt row = m->generator.row[k], p = ModelVariable(m, OPF_PG, k, t);
    const PetscInt snapshot = ModelSnapshot(m, t);
    ModelSetVariable(m, p, NetworkGeneratorPMin(m->net, row, snapshot) / m->base,
                     NetworkGeneratorPMax(m->net, row, snapshot) / m->base);
    PetscCall(ModelAddToBalance(m, ROW_P, g->bus[row], t, p, -1));
    if (!m->ac) continue;
    ModelSetReactive(m, ModelVariable(m, OPF_QG, k, t), g->bus[row], g->q_min_mvar[row], g->q_max_mvar[row]);
    PetscCall(ModelAddToBalance(m, ROW_Q, g->bus[row], t, ModelVariable(m, OPF_QG, k, t), -1));
  }
  for (PetscInt k = 0; k < m->ramp.n && t > 0; k++) {
    const PetscInt  row = m->ramp.row[k], slot = m->generator.slot[row], r = ModelRampRow(m, k, t);
    const PetscReal ramp = g->ramp_mw_per_h[row] * m->step / m->base;
    PetscCall(ModelAddLinear(m, r, ModelVariable(m, OPF_PG, slot, t), 1));
    PetscCall(ModelAddLinear(m, r, ModelVariable(m, OPF_PG, slot, t - 1), -1));
    ModelSetRow(m, r, -ramp, ramp);
  }
  PetscFunctionReturn(0);
}

/* A link's further outputs follow its power. */
static PetscErrorCode BuildLinks(OpfModel m, PetscInt t)
{
  const LinkTable *l = &m->net->link;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt  row = m->link.row[k], p = ModelVariable(m, OPF_LINK_P, k, t);
    const PetscReal loss = l->p_min_mw[row] < 0 ? 0 : l->loss1[row];
    ModelSetVariable(m, p, l->p_min_mw[row] / m->base, l->p_max_mw[row] / m->base);
    PetscCall(ModelAddToBalance(m, ROW_P, l->from[row], t, p, 1));
    PetscCall(ModelAddToBalance(m, ROW_P, l->to[row], t, p, -(1 - loss)));
    if (l->to2[row] >= 0) PetscCall(ModelAddToBalance(m, ROW_P, l->to2[row], t, p, -l->efficiency2[row]));
    if (l->to3[row] >= 0) PetscCall(ModelAddToBalance(m, ROW_P, l->to3[row], t, p, -l->efficiency3[row]));
    if (!m->ac) continue;
    const PetscInt qf = ModelVariable(m, OPF_LINK_QF, k, t), qt = ModelVariable(m, OPF_LINK_QT, k, t);
    ModelSetReactive(m, qf, l->from[row], l->q_from_min_mvar[row], l->q_from_max_mvar[row]);
    ModelSetReactive(m, qt, l->to[row], l->q_to_min_mvar[row], l->q_to_max_mvar[row]);
    PetscCall(ModelAddToBalance(m, ROW_Q, l->from[row], t, qf, -1));
    PetscCall(ModelAddToBalance(m, ROW_Q, l->to[row], t, qt, -1));
  }
  PetscFunctionReturn(0);
}

/* A forced output of a link: too much where it delivers, missing where it takes. */
static void AddOutput(PetscReal p, PetscInt bus, PetscReal *shortage, PetscReal *surplus)
{
  surplus[bus] += PetscMax(p, 0);
  shortage[bus] += PetscMax(-p, 0);
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
    if (net->link.to2[l] >= 0) AddOutput(p * net->link.efficiency2[l], net->link.to2[l], shortage, surplus);
    if (net->link.to3[l] >= 0) AddOutput(p * net->link.efficiency3[l], net->link.to3[l], shortage, surplus);
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
      const PetscInt i   = ModelVariable(m, (OpfVariable)kind, k, t);
      const PetscInt bus = active ? m->own.row[k] : m->own_reactive.row[k];
      ModelSetVariable(m, i, 0, active ? range[kind - OPF_SHORTAGE_P][bus] : PETSC_INFINITY);
      m->linear_cost[i] = m->shortage_price * m->base * m->step;
      PetscCall(ModelAddToBalance(m, active ? ROW_P : ROW_Q, bus, t, i,
                                  kind == OPF_SHORTAGE_P || kind == OPF_SHORTAGE_Q ? -1 : 1));
    }
  }
  PetscCall(PetscFree2(range[0], range[1]));
  PetscFunctionReturn(0);
}

/* Limits of flows and angle differences. AC: p^2 + q^2 <= s^2 divided by 2 s, so that its multiplier is that of s. Flows of
   DC without losses are linear. */
static PetscErrorCode BuildLimits(OpfModel m, PetscInt t)
{
  const BranchTable *branch = &m->net->branch;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->branch.n; k++) {
    const PetscInt  b = m->branch.row[k], base_row = t * m->row_offset[ROW_KINDS];
    const PetscInt  from = ModelVariable(m, OPF_VA, m->bus.slot[branch->from[b]], t);
    const PetscInt  to   = ModelVariable(m, OPF_VA, m->bus.slot[branch->to[b]], t);
    BranchRows     *r    = &m->branch_rows[k];
    const PetscReal rate = ModelRate(m, k, t);
    if (m->angle.slot[b] >= 0) {
      const PetscInt row = ModelRow(m, ROW_ANGLE, m->angle.slot[b], t);
      PetscCall(ModelAddLinear(m, row, from, 1));
      PetscCall(ModelAddLinear(m, row, to, -1));
      ModelSetRow(m, row, branch->angle_min_rad[b], branch->angle_max_rad[b]);
    }
    for (int end = 0; end < 2 && (m->ac || m->losses); end++)
      if (r->limit[end] >= 0)
        ModelSetRow(m, base_row + r->limit[end], m->ac ? -PETSC_INFINITY : -rate, m->ac ? 0 : rate);
    if (m->ac || m->losses) continue;
    const PetscReal susceptance = m->dc[k].b, shift = susceptance * m->dc[k].shift;
    const PetscInt  rows[3] = {r->balance[FLOW_P_FROM], r->balance[FLOW_P_TO], r->limit[0]};
    const PetscReal sign[3] = {1, -1, 1};
    for (int j = 0; j < 3; j++) {
      if (rows[j] < 0) continue;
      PetscCall(ModelAddLinear(m, base_row + rows[j], from, sign[j] * susceptance));
      PetscCall(ModelAddLinear(m, base_row + rows[j], to, -sign[j] * susceptance));
    }
    if (r->limit[0] >= 0) ModelSetRow(m, base_row + r->limit[0], shift - rate, shift + rate);
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
        PetscCall(ModelAddLinear(m, row, p, slope / m->mean_cost));
        PetscCall(ModelAddLinear(m, row, y, -1));
        ModelSetRow(m, row, -PETSC_INFINITY, (slope * a[2 * s] - a[2 * s + 1]) / unit);
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
  PetscCall(ModelBuildStorage(m, t));
  PetscCall(ModelBuildDemand(m, t));
  PetscCall(ModelBuildReserves(m, t));
  PetscCall(ModelBuildEmission(m, t));
  PetscCall(BuildElastic(m, t));
  PetscCall(BuildLimits(m, t));
  PetscCall(BuildCosts(m, t));
  PetscCall(ModelBuildSoftRows(m, t));
  PetscCall(ModelBuildExcess(m, t));
  PetscFunctionReturn(0);
}

/* DC without losses, and no cost of third degree or more. */
static PetscBool IsQuadratic(OpfModel m)
{
  if (m->ac || m->options.physics == PHYSICS_DC_LOSSES) return PETSC_FALSE;
  for (PetscInt k = 0; k < m->n_costed; k++) {
    const Cost *cost = m->costed[k].cost;

    if (cost->kind != COST_POLYNOMIAL || cost->n <= 2) continue;
    if (cost->n > 3 || cost->coefficient[2] < 0) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* As is asked for; and a part of a larger network that does not say where to begin does so with flat voltages. */
static PetscBool StartsFlat(OpfModel m)
{
  if (!m->ac || m->options.flat_start) return PETSC_TRUE;
  for (PetscInt b = 0; b < m->net->bus.n && !m->options.start_va; b++)
    if (m->external[b] || m->foreign[b]) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode BuildStart(OpfModel m)
{
  const PetscInt   n  = m->net->bus.n;
  const PetscReal *va = m->options.start_va, *vm = m->options.start_vm;
  PetscReal       *own_va, *own_vm, *x0 = m->program->x0;
  PetscFunctionBeginUser;
  if (StartsFlat(m)) PetscFunctionReturn(0);
  PetscCall(PetscMalloc2(va ? 0 : m->hours * n, &own_va, va ? 0 : m->hours * n, &own_vm));
  if (!va) {
    PetscCall(OpfStart(m->net, m->hours, m->options.first_snapshot, own_va, own_vm));
    va = own_va;
    vm = own_vm;
  }
  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->bus.n; k++) {
      const PetscInt i = ModelVariable(m, OPF_VA, k, t), at = t * n + m->bus.row[k];
      if (m->program->xl[i] < m->program->xu[i]) x0[i] = va[at];
      x0[ModelVariable(m, OPF_VM, k, t)] = vm[at];
    }
  PetscCall(PetscFree2(own_va, own_vm));
  m->options.start_va = m->options.start_vm = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode ModelBuildProgram(OpfModel m)
{
  const PetscInt n    = m->hours * m->variable_offset[OPF_VARIABLE_KINDS];
  const PetscInt rows = ModelCapRow(m) + (m->options.capped ? 1 : 0);
  PetscInt       jacobian, hessian;
  PetscFunctionBeginUser;

  PetscCall(PetscCalloc1(n, &m->linear_cost));
  PetscCall(ProgramCreate(n, rows, 0, 0, &m->program));
  PetscCall(PetscMalloc1(n, &m->program->step_cap));
  for (PetscInt i = 0; i < n; i++) m->program->step_cap[i] = PETSC_INFINITY;
  PetscCall(PetscArrayzero(m->program->gl, rows));
  for (PetscInt t = 0; t < m->hours; t++) PetscCall(BuildHour(m, t));
  PetscCall(BuildStart(m));
  PetscCall(ModelBuildShiftBlocks(m));
  PetscCall(ModelCountNonzeros(m, &jacobian, &hessian));
  PetscCall(ProgramSetNonzeros(m->program, jacobian, hessian));
  m->program->quadratic       = IsQuadratic(m);
  m->program->objective_scale = 1 / (m->mean_cost * m->base * m->step);
  PetscCall(ModelFillStructure(m));
  PetscCall(ModelFillGroups(m));
  PetscFunctionReturn(0);
}

void OpfModelSetShortagePrice(OpfModel m, PetscReal price)
{
  m->shortage_price = price;
  for (PetscInt t = 0; t < m->hours && m->options.elastic; t++)
    for (PetscInt k = m->variable_offset[OPF_SHORTAGE_P]; k < m->variable_offset[OPF_SURPLUS_Q + 1]; k++)
      m->linear_cost[t * m->variable_offset[OPF_VARIABLE_KINDS] + k] = price * m->base * m->step;
}
