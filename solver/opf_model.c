/* The OPF model: which rows take part, and how variables and constraints are laid out. */
#include "solver/opf_model_impl.h"

PetscErrorCode SelectionCreate(PetscInt rows, PetscBool (*wanted)(OpfModel, PetscInt), OpfModel m, Selection *selection)
{
  PetscFunctionBeginUser;
  selection->n = 0;
  PetscCall(PetscMalloc2(rows, &selection->row, rows, &selection->slot));
  for (PetscInt i = 0; i < rows; i++) {
    selection->slot[i] = -1;
    if (!wanted(m, i)) continue;
    selection->slot[i]             = selection->n;
    selection->row[selection->n++] = i;
  }
  PetscFunctionReturn(0);
}

static PetscBool BusLive(OpfModel m, PetscInt b)
{
  return (PetscBool)(m->net->bus.type[b] != BUS_ISOLATED);
}

static PetscBool BusElectric(OpfModel m, PetscInt b)
{
  return (PetscBool)(BusLive(m, b) && NetworkBusIsElectric(m->net, b));
}

PetscBool ModelBusBalanced(OpfModel m, PetscInt b)
{
  return (PetscBool)(BusLive(m, b) && !m->external[b]);
}

static PetscBool BusReactive(OpfModel m, PetscInt b)
{
  return (PetscBool)(ModelBusBalanced(m, b) && NetworkBusIsElectric(m->net, b));
}

/* Buses of which this model tells voltage and price. */
static PetscBool BusOwn(OpfModel m, PetscInt b)
{
  return (PetscBool)(ModelBusBalanced(m, b) && !m->foreign[b]);
}

static PetscBool BusOwnReactive(OpfModel m, PetscInt b)
{
  return (PetscBool)(BusReactive(m, b) && !m->foreign[b]);
}

static PetscBool BranchLive(OpfModel m, PetscInt k)
{
  const BranchTable *t = &m->net->branch;
  return (PetscBool)(t->in_service[k] && BusElectric(m, t->from[k]) && BusElectric(m, t->to[k]));
}

static PetscBool BranchRated(OpfModel m, PetscInt k)
{
  return (PetscBool)(BranchLive(m, k) && NetworkBranchRating(m->net, k, ModelSnapshot(m, 0)) < PETSC_INFINITY);
}

/* Whether the flows into a branch's ends differ, so that each end is limited. */
static PetscBool TwoEnded(OpfModel m)
{
  return (PetscBool)(m->ac || m->losses);
}

static PetscBool BranchLimitedFrom(OpfModel m, PetscInt k)
{
  return (PetscBool)(BranchRated(m, k) && (!TwoEnded(m) || !m->external[m->net->branch.from[k]]));
}

static PetscBool BranchLimitedTo(OpfModel m, PetscInt k)
{
  return (PetscBool)(TwoEnded(m) && BranchRated(m, k) && !m->external[m->net->branch.to[k]]);
}

static PetscBool BranchAngleLimited(OpfModel m, PetscInt k)
{
  const BranchTable *t = &m->net->branch;
  return (PetscBool)(BranchLive(m, k) &&
                     (t->angle_min_rad[k] > -PETSC_INFINITY || t->angle_max_rad[k] < PETSC_INFINITY));
}

PetscBool ModelGeneratorLive(OpfModel m, PetscInt g)
{
  return (PetscBool)(m->net->generator.in_service[g] && ModelBusBalanced(m, m->net->generator.bus[g]));
}

static PetscBool GeneratorRamps(OpfModel m, PetscInt g)
{
  const GeneratorTable *t = &m->net->generator;
  if (!ModelGeneratorLive(m, g) || m->hours < 2) return PETSC_FALSE;
  return (PetscBool)(t->ramp_mw_per_h[g] * m->step < t->p_max_mw[g] - PetscMin(0, t->p_min_mw[g]));
}

static PetscBool LinkLive(OpfModel m, PetscInt l)
{
  const LinkTable *t = &m->net->link;
  return (PetscBool)(t->in_service[l] && BusLive(m, t->from[l]) && BusLive(m, t->to[l]) &&
                     (t->to2[l] < 0 || BusLive(m, t->to2[l])) && (t->to3[l] < 0 || BusLive(m, t->to3[l])));
}

PetscBool ModelStorageLive(OpfModel m, PetscInt s)
{
  return (PetscBool)(m->net->storage.in_service[s] && ModelBusBalanced(m, m->net->storage.bus[s]));
}

static PetscBool StorageHasInflow(OpfModel m, PetscInt s)
{
  return (PetscBool)(ModelStorageLive(m, s) && m->net->storage.inflow_series[s] >= 0);
}

static PetscBool ShuntLive(OpfModel m, PetscInt s)
{
  return (PetscBool)(m->net->shunt.in_service[s] && ModelBusBalanced(m, m->net->shunt.bus[s]));
}

static PetscErrorCode SelectRows(OpfModel m)
{
  Network net = m->net;
  PetscFunctionBeginUser;
  PetscCall(SelectionCreate(net->bus.n, BusElectric, m, &m->bus));
  PetscCall(SelectionCreate(net->bus.n, ModelBusBalanced, m, &m->balance));
  PetscCall(SelectionCreate(net->bus.n, BusReactive, m, &m->reactive));
  PetscCall(SelectionCreate(net->bus.n, BusOwn, m, &m->own));
  PetscCall(SelectionCreate(net->bus.n, BusOwnReactive, m, &m->own_reactive));
  PetscCall(SelectionCreate(net->branch.n, BranchLive, m, &m->branch));
  PetscCall(SelectionCreate(net->branch.n, BranchLimitedFrom, m, &m->limit_from));
  PetscCall(SelectionCreate(net->branch.n, BranchLimitedTo, m, &m->limit_to));
  PetscCall(SelectionCreate(net->branch.n, BranchAngleLimited, m, &m->angle));
  PetscCall(SelectionCreate(net->generator.n, ModelGeneratorLive, m, &m->generator));
  PetscCall(SelectionCreate(net->generator.n, GeneratorRamps, m, &m->ramp));
  PetscCall(SelectionCreate(net->link.n, LinkLive, m, &m->link));
  PetscCall(SelectionCreate(net->storage.n, ModelStorageLive, m, &m->storage));
  PetscCall(SelectionCreate(net->storage.n, StorageHasInflow, m, &m->inflow));
  PetscCall(SelectionCreate(net->shunt.n, ShuntLive, m, &m->shunt));
  PetscFunctionReturn(0);
}

/* Marginal cost in the middle of a power's range; the mean over the generators scales the objective. */
static PetscReal MeanMarginalCost(OpfModel m)
{
  const GeneratorTable *t   = &m->net->generator;
  PetscReal             sum = 0;
  PetscInt              n   = 0;

  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt g = m->generator.row[k];
    PetscReal      slope, middle = 0.5 * (t->p_min_mw[g] + t->p_max_mw[g]);
    if (PetscIsInfOrNanReal(middle)) middle = t->p_mw[g];
    if (t->p_max_mw[g] <= t->p_min_mw[g]) continue;
    (void)CostValue(&t->cost[g], middle, &slope);
    slope += m->options.carbon_price * t->emission_t_per_mwh[g];
    if (PetscAbsReal(slope) > 1e-6) sum += PetscAbsReal(slope), n++;
  }
  return n ? sum / n : 1.0;
}

static void AddCosted(OpfModel m, const Cost *cost, OpfVariable kind, PetscInt slot, PetscReal adder)
{
  CostedPower *c = &m->costed[m->n_costed];

  if (cost->n == 0 && adder == 0) return;
  *c = (CostedPower){cost, kind, slot, adder, -1, -1};
  if (cost->kind == COST_PIECEWISE_LINEAR && cost->n > 2) {
    c->epigraph      = m->n_epigraphs++;
    c->first_segment = m->n_segments;
    m->n_segments += cost->n - 1;
  }
  m->n_costed++;
}

static PetscErrorCode CollectCosts(OpfModel m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->generator.n + m->link.n, &m->costed));
  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt g = m->generator.row[k];
    AddCosted(m, &m->net->generator.cost[g], OPF_PG, k,
              m->options.carbon_price * m->net->generator.emission_t_per_mwh[g]);
  }
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt l = m->link.row[k];
    if (m->external[m->net->link.from[l]]) continue; /* paid for in the region of the from end */
    AddCosted(m, &m->net->link.cost[l], OPF_LINK_P, k, 0);
  }
  PetscFunctionReturn(0);
}

static void LayOut(OpfModel m)
{
  const PetscInt ac = m->ac ? 1 : 0, elastic = m->options.elastic ? 1 : 0;
  const PetscInt variables[OPF_VARIABLE_KINDS] = {
      [OPF_VA]               = m->bus.n,
      [OPF_VM]               = ac * m->bus.n,
      [OPF_PG]               = m->generator.n,
      [OPF_QG]               = ac * m->generator.n,
      [OPF_COST]             = m->n_epigraphs,
      [OPF_LINK_P]           = m->link.n,
      [OPF_LINK_QF]          = ac * m->link.n,
      [OPF_LINK_QT]          = ac * m->link.n,
      [OPF_CHARGE]           = m->storage.n,
      [OPF_DISCHARGE]        = m->storage.n,
      [OPF_ENERGY]           = m->storage.n,
      [OPF_SPILL]            = m->inflow.n,
      [OPF_QS]               = ac * m->storage.n,
      [OPF_CURTAIL]          = m->curtail.n,
      [OPF_SHIFT]            = m->shift.n,
      [OPF_SHIFT_UP]         = m->shift_priced.n,
      [OPF_RESERVE]          = m->reserve_generator.n,
      [OPF_RESERVE_STORAGE]  = m->reserve_storage.n,
      [OPF_RESERVE_SHORTAGE] = m->reserve_short.n,
      [OPF_EMITTED]          = m->options.capped ? 1 : 0,
      [OPF_EXCESS]           = m->n_excess,
      [OPF_SHORTAGE_P]       = elastic * m->own.n,
      [OPF_SURPLUS_P]        = elastic * m->own.n,
      [OPF_SHORTAGE_Q]       = elastic * ac * m->own_reactive.n,
      [OPF_SURPLUS_Q]        = elastic * ac * m->own_reactive.n,
  };
  const PetscInt rows[ROW_KINDS] = {
      [ROW_P]                = m->balance.n,
      [ROW_Q]                = ac * m->reactive.n,
      [ROW_LIMIT_FROM]       = m->limit_from.n,
      [ROW_LIMIT_TO]         = m->limit_to.n,
      [ROW_ANGLE]            = m->angle.n,
      [ROW_SEGMENT]          = m->n_segments,
      [ROW_ENERGY]           = m->storage.n,
      [ROW_SERVED]           = m->served.n,
      [ROW_SHIFT_UP]         = m->shift_priced.n,
      [ROW_HEADROOM]         = m->reserve_generator.n,
      [ROW_STORAGE_HEADROOM] = m->reserve_storage.n,
      [ROW_STORAGE_RESERVE]  = m->reserve_storage.n,
      [ROW_RESERVE]          = m->reserve.n,
      [ROW_VOLTAGE]          = m->soft_voltage.n,
      [ROW_REACTIVE]         = m->soft_reactive.n,
      [ROW_EMISSION]         = m->options.capped ? 1 : 0,
  };
  m->variable_offset[0] = m->row_offset[0] = 0;
  for (int k = 0; k < OPF_VARIABLE_KINDS; k++) m->variable_offset[k + 1] = m->variable_offset[k] + variables[k];
  for (int k = 0; k < ROW_KINDS; k++) m->row_offset[k + 1] = m->row_offset[k] + rows[k];
}

static PetscErrorCode CollectBranches(OpfModel m)
{
  const BranchTable *t = &m->net->branch;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(m->branch.n, &m->flow, m->branch.n, &m->branch_rows, m->branch.n, &m->dc,
                         m->hours * m->branch.n, &m->rate));
  PetscCall(PetscCalloc1(m->bus.n, &m->joined));
  for (PetscInt k = 0; k < m->branch.n; k++) {
    const PetscInt b       = m->branch.row[k];
    BranchRows    *r       = &m->branch_rows[k];
    const PetscInt ends[2] = {t->from[b], t->to[b]};
    BranchFlowSetUp(m->net, b, &m->flow[k]);
    DcFlowSetUp(m->net, b, m->options.physics, &m->dc[k]);
    for (int end = 0; end < 2; end++) {
      const PetscInt p = m->balance.slot[ends[end]], q = m->reactive.slot[ends[end]];
      r->balance[2 * end]               = p < 0 ? -1 : m->row_offset[ROW_P] + p;
      r->balance[2 * end + 1]           = q < 0 ? -1 : m->row_offset[ROW_Q] + q;
      m->joined[m->bus.slot[ends[end]]] = PETSC_TRUE;
    }
    r->limit[0] = m->limit_from.slot[b] < 0 ? -1 : m->row_offset[ROW_LIMIT_FROM] + m->limit_from.slot[b];
    r->limit[1] = m->limit_to.slot[b] < 0 ? -1 : m->row_offset[ROW_LIMIT_TO] + m->limit_to.slot[b];
    for (PetscInt hour = 0; hour < m->hours; hour++)
      m->rate[hour * m->branch.n + k] = NetworkBranchRating(m->net, b, ModelSnapshot(m, hour)) / m->base;
  }
  PetscFunctionReturn(0);
}

static PetscReal ChooseShortagePrice(OpfModel m)
{
  PetscReal highest = m->mean_cost;

  for (PetscInt k = 0; k < m->n_costed; k++) {
    const CostedPower *c = &m->costed[k];
    if (c->kind != OPF_PG) continue;
    const PetscInt g = m->generator.row[c->slot];
    PetscReal      slope;
    (void)CostValue(c->cost, m->net->generator.p_max_mw[g], &slope);
    highest = PetscMax(highest, slope + c->adder);
  }
  return 10 * highest;
}

PetscErrorCode OpfModelCreate(Network net, const OpfModelOptions *options, OpfModel *model)
{
  OpfModel m;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&m));
  *model     = m;
  m->net     = net;
  m->options = *options;
  m->hours   = options->hours;
  m->ac      = (PetscBool)(options->physics == PHYSICS_AC);
  m->losses  = (PetscBool)(options->physics == PHYSICS_DC_LOSSES);
  m->base    = net->base_mva;
  m->step    = options->first_snapshot >= 0 ? net->series.step_hours : 1.0;
  PetscCall(PetscMalloc5(net->storage.n, &m->initial_energy, net->storage.n, &m->reachable, net->bus.n, &m->external,
                         net->bus.n, &m->foreign, net->reserve.n, &m->elsewhere));
  for (PetscInt s = 0; s < net->storage.n; s++)
    m->initial_energy[s] = options->initial_energy ? options->initial_energy[s] : net->storage.e_initial_mwh[s];
  for (PetscInt b = 0; b < net->bus.n; b++) {
    m->external[b] = options->external ? options->external[b] : PETSC_FALSE;
    m->foreign[b]  = options->foreign ? options->foreign[b] : PETSC_FALSE;
  }
  for (PetscInt r = 0; r < net->reserve.n; r++)
    m->elsewhere[r] = options->reserve_elsewhere ? options->reserve_elsewhere[r] : PETSC_FALSE;
  m->options.initial_energy    = m->initial_energy;
  m->options.external          = m->external;
  m->options.foreign           = m->foreign;
  m->options.reserve_elsewhere = m->elsewhere;
  PetscCall(SelectRows(m));
  PetscCall(ModelSelectDemand(m));
  PetscCall(ModelSelectReserves(m));
  PetscCall(ModelCollectExcess(m));
  m->mean_cost = options->mean_cost > 0 ? options->mean_cost : MeanMarginalCost(m);
  PetscCall(CollectCosts(m));
  m->shortage_price = options->shortage_price > 0 ? options->shortage_price : ChooseShortagePrice(m);
  LayOut(m);
  PetscCall(CollectBranches(m));
  PetscFunctionReturn(0);
}

static PetscErrorCode SelectionDestroy(Selection *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(s->row, s->slot));
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelDestroy(OpfModel *model)
{
  OpfModel m = *model;
  PetscFunctionBeginUser;
  if (!m) PetscFunctionReturn(0);
  Selection *all[] = {&m->bus,
                      &m->balance,
                      &m->reactive,
                      &m->own,
                      &m->own_reactive,
                      &m->branch,
                      &m->generator,
                      &m->link,
                      &m->storage,
                      &m->shunt,
                      &m->inflow,
                      &m->limit_from,
                      &m->limit_to,
                      &m->angle,
                      &m->ramp,
                      &m->curtail,
                      &m->shift,
                      &m->shift_priced,
                      &m->served,
                      &m->reserve,
                      &m->reserve_short,
                      &m->reserve_generator,
                      &m->reserve_storage,
                      &m->soft_voltage,
                      &m->soft_reactive,
                      &m->soft_energy};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) PetscCall(SelectionDestroy(all[k]));
  PetscCall(PetscFree5(m->initial_energy, m->reachable, m->external, m->foreign, m->elsewhere));
  PetscCall(PetscFree(m->shift_first));
  PetscCall(PetscFree(m->excess));
  PetscCall(PetscFree(m->costed));
  PetscCall(PetscFree(m->joined));
  PetscCall(PetscFree4(m->flow, m->branch_rows, m->dc, m->rate));
  PetscCall(PetscFree(m->state));
  PetscCall(PetscFree(m->state_x));
  PetscCall(PetscFree(m->linear_row));
  PetscCall(PetscFree(m->linear_column));
  PetscCall(PetscFree(m->linear_value));
  PetscCall(PetscFree(m->linear_cost));
  PetscCall(PetscFree(m->proximal));
  PetscCall(PetscFree(m->proximal_weight));
  PetscCall(PetscFree(m->proximal_target));
  PetscCall(ProgramDestroy(&m->program));
  PetscCall(PetscFree(m));
  *model = NULL;
  PetscFunctionReturn(0);
}

static const Selection *SelectionOf(OpfModel m, OpfVariable kind)
{
  switch (kind) {
  case OPF_VA:
  case OPF_VM:
    return &m->bus;
  case OPF_PG:
  case OPF_QG:
    return &m->generator;
  case OPF_LINK_P:
  case OPF_LINK_QF:
  case OPF_LINK_QT:
    return &m->link;
  case OPF_CHARGE:
  case OPF_DISCHARGE:
  case OPF_ENERGY:
  case OPF_QS:
    return &m->storage;
  case OPF_SPILL:
    return &m->inflow;
  case OPF_CURTAIL:
    return &m->curtail;
  case OPF_SHIFT:
    return &m->shift;
  case OPF_SHIFT_UP:
    return &m->shift_priced;
  case OPF_RESERVE:
    return &m->reserve_generator;
  case OPF_RESERVE_STORAGE:
    return &m->reserve_storage;
  case OPF_RESERVE_SHORTAGE:
    return &m->reserve_short;
  case OPF_SHORTAGE_P:
  case OPF_SURPLUS_P:
    return &m->own;
  case OPF_SHORTAGE_Q:
  case OPF_SURPLUS_Q:
    return &m->own_reactive;
  case OPF_COST:
  case OPF_EMITTED:
  case OPF_EXCESS:
  case OPF_VARIABLE_KINDS:
    break;
  }
  return NULL;
}

PetscInt OpfModelVariable(OpfModel m, OpfVariable kind, PetscInt row, PetscInt hour)
{
  const Selection *selection = SelectionOf(m, kind);
  if (!selection || m->variable_offset[kind + 1] == m->variable_offset[kind]) return -1;
  return selection->slot[row] < 0 ? -1 : ModelVariable(m, kind, selection->slot[row], hour);
}

PetscInt OpfModelBalanceRow(OpfModel m, PetscBool reactive, PetscInt bus, PetscInt hour)
{
  const PetscInt slot = reactive ? m->reactive.slot[bus] : m->balance.slot[bus];
  if (slot < 0 || (reactive && !m->ac)) return -1;
  return ModelRow(m, reactive ? ROW_Q : ROW_P, slot, hour);
}

PetscInt ModelRowAt(OpfModel m, RowKind kind, PetscInt slot, PetscInt hour)
{
  if (kind == ROW_RAMP) return hour > 0 ? ModelRampRow(m, slot, hour) : -1;
  if (kind == ROW_SHIFT) return ModelShiftRow(m, slot, hour / ModelShiftBlock(m, slot));
  if (kind == ROW_FINAL) return hour == m->hours - 1 ? ModelFinalRow(m, slot) : -1;
  if (kind == ROW_CAP) return hour == m->hours - 1 ? ModelCapRow(m) : -1;
  return ModelRow(m, kind, slot, hour);
}

PetscErrorCode OpfModelAddProximal(OpfModel m, PetscInt i, PetscReal ci, PetscInt j, PetscReal cj)
{
  PetscFunctionBeginUser;
  PetscCheck(!m->program, PETSC_COMM_SELF, PETSC_ERR_ORDER, "proximal terms come before OpfModelSetUp");
  if (m->n_proximal == m->proximal_capacity) {
    m->proximal_capacity = PetscMax(64, 2 * m->proximal_capacity);
    PetscCall(PetscRealloc(m->proximal_capacity * sizeof(*m->proximal), &m->proximal));
  }
  m->proximal[m->n_proximal++] = (ProximalTerm){i, j, ci, cj};
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelGetProximal(OpfModel m, PetscReal **weight, PetscReal **target)
{
  PetscFunctionBeginUser;
  *weight = m->proximal_weight;
  *target = m->proximal_target;
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelSetUp(OpfModel m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(m->n_proximal, &m->proximal_weight));
  PetscCall(PetscCalloc1(m->n_proximal, &m->proximal_target));
  PetscCall(ModelBuildProgram(m));
  PetscFunctionReturn(0);
}

Program OpfModelProgram(OpfModel m)
{
  return m->program;
}

PetscReal OpfModelMeanCost(OpfModel m)
{
  return m->mean_cost;
}

PetscReal OpfModelShortagePrice(OpfModel m)
{
  return m->shortage_price;
}
