/* From a solution of the OPF model to the dispatch of the whole network, and to the limits that bind. */
#include "solver/opf_model_impl.h"

/* Rows of the whole network's tables; the identity without a region. */
static PetscInt Global(const PetscInt *map, PetscInt row)
{
  return map ? map[row] : row;
}

/* What a store writes with: `+ 0.0` turns a negative zero into zero, so that sums over ranks keep the bits. */
typedef struct {
  OpfModel             m;
  const PetscReal     *x, *lambda, *zl, *zu;
  const RegionNetwork *part;
  Dispatch             d;
  PetscReal            hour_scale; /* multipliers to prices: currency per MWh */
} Store;

/* A power in MW, inside its bounds: what the method's tolerance lets stand outside is cut off. */
static PetscReal Power(const Store *s, OpfVariable kind, PetscInt slot, PetscInt t)
{
  const PetscInt i = ModelVariable(s->m, kind, slot, t);
  return s->m->base * PetscMin(PetscMax(s->x[i], s->m->program->xl[i]), s->m->program->xu[i]) + 0.0;
}

/* Multiplier of a bus's voltage limits, currency/h per unit. */
static PetscReal VoltageMultiplier(const Store *s, PetscInt bus, PetscInt t)
{
  OpfModel       m = s->m;
  const PetscInt v = ModelVariable(m, OPF_VM, m->bus.slot[bus], t), soft = m->soft_voltage.slot[bus];
  return (soft < 0 ? s->zu[v] - s->zl[v] : s->lambda[ModelRow(m, ROW_VOLTAGE, soft, t)]) / m->step + 0.0;
}

static PetscReal AngleMultiplier(const Store *s, PetscInt branch, PetscInt t)
{
  return s->lambda[ModelRow(s->m, ROW_ANGLE, s->m->angle.slot[branch], t)] / s->m->step + 0.0;
}

static void StoreVoltage(const Store *s, PetscInt bus, PetscInt t, PetscInt at)
{
  OpfModel       m    = s->m;
  Dispatch       d    = s->d;
  const PetscInt slot = m->bus.slot[bus];

  d->va_rad[at] = s->x[ModelVariable(m, OPF_VA, slot, t)] + 0.0;
  d->vm_pu[at]  = m->ac ? s->x[ModelVariable(m, OPF_VM, slot, t)] : 1.0;
  if (!m->ac) return;
  d->price_q[at] = s->lambda[ModelRow(m, ROW_Q, m->reactive.slot[bus], t)] * s->hour_scale + 0.0;
  d->vm_mu[at]   = VoltageMultiplier(s, bus, t);
}

static void StoreBuses(const Store *s, PetscInt t)
{
  OpfModel m = s->m;
  Dispatch d = s->d;

  for (PetscInt k = 0; k < m->own.n; k++) {
    const PetscInt b = m->own.row[k], slot = m->bus.slot[b], row = m->balance.slot[b];
    const PetscInt at = t * d->n_bus + Global(s->part ? s->part->bus : NULL, b);
    d->price[at]      = s->lambda[ModelRow(m, ROW_P, row, t)] * s->hour_scale + 0.0;
    if (slot >= 0) StoreVoltage(s, b, t, at);
    if (!m->options.elastic) continue;
    d->shortage_p[at] = Power(s, OPF_SHORTAGE_P, k, t);
    d->surplus_p[at]  = Power(s, OPF_SURPLUS_P, k, t);
    const PetscInt q  = m->own_reactive.slot[b];
    if (m->ac && q >= 0) d->shortage_q[at] = Power(s, OPF_SHORTAGE_Q, q, t) - Power(s, OPF_SURPLUS_Q, q, t) + 0.0;
  }
}

static void StoreUnits(const Store *s, PetscInt t)
{
  OpfModel m = s->m;
  Dispatch d = s->d;

  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt at  = t * d->n_generator + Global(s->part ? s->part->generator : NULL, m->generator.row[k]);
    d->generator_p[at] = Power(s, OPF_PG, k, t);
    d->generator_q[at] = m->ac ? Power(s, OPF_QG, k, t) : 0;
  }
  for (PetscInt k = 0; k < m->storage.n; k++) {
    const PetscInt  at       = t * d->n_storage + Global(s->part ? s->part->storage : NULL, m->storage.row[k]);
    const PetscReal charge   = Power(s, OPF_CHARGE, k, t);
    d->storage_charge[at]    = PetscMax(charge, 0);
    d->storage_discharge[at] = Power(s, OPF_DISCHARGE, k, t) + PetscMax(-charge, 0);
    d->storage_energy[at]    = Power(s, OPF_ENERGY, k, t);
    d->storage_q[at]         = m->ac ? Power(s, OPF_QS, k, t) : 0;
  }
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt l = m->link.row[k], at = t * d->n_link + Global(s->part ? s->part->link : NULL, l);
    if (m->balance.slot[m->net->link.from[l]] >= 0) {
      d->link_p_from[at] = Power(s, OPF_LINK_P, k, t);
      d->link_q_from[at] = m->ac ? Power(s, OPF_LINK_QF, k, t) : 0;
    }
    if (m->ac && m->balance.slot[m->net->link.to[l]] >= 0) d->link_q_to[at] = Power(s, OPF_LINK_QT, k, t);
  }
}

/* A change of demand takes its reactive power with it. */
static void StoreLoads(const Store *s, PetscInt t)
{
  OpfModel m = s->m;
  Dispatch d = s->d;

  for (PetscInt l = 0; l < m->net->load.n; l++) {
    const PetscInt at = t * d->n_load + Global(s->part ? s->part->load : NULL, l), snapshot = ModelSnapshot(m, t);
    if (!m->net->load.in_service[l] || m->balance.slot[m->net->load.bus[l]] < 0) continue;
    const PetscReal p = NetworkLoadP(m->net, l, snapshot), q = NetworkLoadQ(m->net, l, snapshot);
    if (m->curtail.slot[l] >= 0) d->load_curtailed[at] = Power(s, OPF_CURTAIL, m->curtail.slot[l], t);
    if (m->shift.slot[l] >= 0) d->load_shifted[at] = Power(s, OPF_SHIFT, m->shift.slot[l], t);
    const PetscReal change = d->load_shifted[at] - d->load_curtailed[at];
    d->load_p[at]          = p + change + 0.0;
    if (m->ac && m->reactive.slot[m->net->load.bus[l]] >= 0) d->load_q[at] = q + (p != 0 ? change * q / p : 0) + 0.0;
  }
}

/* A reserve's price is stored by the model that holds its requirement. */
static void StoreReserves(const Store *s, PetscInt t)
{
  OpfModel m = s->m;
  Dispatch d = s->d;

  for (PetscInt k = 0; k < m->reserve_generator.n; k++) {
    const PetscInt g = m->reserve_generator.row[k];
    d->generator_reserve[t * d->n_generator + Global(s->part ? s->part->generator : NULL, g)] =
        Power(s, OPF_RESERVE, k, t);
  }
  for (PetscInt k = 0; k < m->reserve_storage.n; k++) {
    const PetscInt unit = m->reserve_storage.row[k];
    d->storage_reserve[t * d->n_storage + Global(s->part ? s->part->storage : NULL, unit)] =
        Power(s, OPF_RESERVE_STORAGE, k, t);
  }
  for (PetscInt k = 0; k < m->reserve.n; k++) {
    const PetscInt r = m->reserve.row[k], at = t * d->n_reserve + Global(s->part ? s->part->reserve : NULL, r);
    if (m->elsewhere[r]) continue;
    d->reserve_price[at] = PetscMax(0, -s->lambda[ModelRow(m, ROW_RESERVE, k, t)]) * s->hour_scale + 0.0;
    if (m->reserve_short.slot[r] >= 0)
      d->reserve_shortage[at] = Power(s, OPF_RESERVE_SHORTAGE, m->reserve_short.slot[r], t);
  }
}

/* A branch's multipliers are stored by the model that owns its from bus (limits there), respectively its to bus. */
static void StoreBranches(const Store *s, PetscInt t)
{
  OpfModel           m      = s->m;
  Dispatch           d      = s->d;
  const BranchTable *branch = &m->net->branch;

  for (PetscInt k = 0; k < m->branch.n; k++) {
    const PetscInt    b = m->branch.row[k], at = t * d->n_branch + Global(s->part ? s->part->branch : NULL, b);
    const BranchRows *r    = &m->branch_rows[k];
    const PetscReal  *row  = s->lambda + t * m->row_offset[ROW_KINDS];
    const PetscBool   from = (PetscBool)(m->balance.slot[branch->from[b]] >= 0);
    if (from && r->limit[0] >= 0) d->branch_mu_from[at] = PetscAbsReal(row[r->limit[0]]) * s->hour_scale;
    if (r->limit[1] >= 0) d->branch_mu_to[at] = PetscAbsReal(row[r->limit[1]]) * s->hour_scale;
    if (from && m->angle.slot[b] >= 0) d->branch_mu_angle[at] = AngleMultiplier(s, b, t);
  }
}

PetscErrorCode OpfModelStore(OpfModel m, const PetscReal *x, const PetscReal *lambda, const PetscReal *zl,
                             const PetscReal *zu, const RegionNetwork *part, Dispatch dispatch)
{
  const Store s = {m, x, lambda, zl, zu, part, dispatch, 1 / (m->base * m->step)};
  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < m->hours; t++) {
    StoreBuses(&s, t);
    StoreUnits(&s, t);
    StoreLoads(&s, t);
    StoreReserves(&s, t);
    StoreBranches(&s, t);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelAddForeignLimits(OpfModel m, const PetscReal *lambda, const PetscReal *zl, const PetscReal *zu,
                                        const RegionNetwork *part, Dispatch d)
{
  const Store s = {.m = m, .lambda = lambda, .zl = zl, .zu = zu};
  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < m->hours; t++) {
    for (PetscInt k = 0; k < m->bus.n && m->ac; k++) {
      const PetscInt b = m->bus.row[k], at = t * d->n_bus + Global(part ? part->bus : NULL, b);
      if (m->own.slot[b] < 0) d->vm_mu[at] += VoltageMultiplier(&s, b, t);
    }
    for (PetscInt k = 0; k < m->angle.n; k++) {
      const PetscInt b = m->angle.row[k], at = t * d->n_branch + Global(part ? part->branch : NULL, b);
      if (m->balance.slot[m->net->branch.from[b]] < 0) d->branch_mu_angle[at] += AngleMultiplier(&s, b, t);
    }
  }
  PetscFunctionReturn(0);
}

/* Where binding limits are sent to. */
typedef struct {
  PetscReal       threshold;
  OpfLimitVisitor visit;
  void           *context;
} Sink;

/* One limit: what it belongs to, its price per MW (MVA, MWh, ...) and its value with unit. */
static PetscErrorCode Report(const Sink *sink, PetscInt hour, PetscInt bus, PetscReal price, const char *noun,
                             const char *name, const char *limit, PetscReal value, const char *unit)
{
  char text[160];
  PetscFunctionBeginUser;
  if (price <= sink->threshold) PetscFunctionReturn(0);
  (void)snprintf(text, sizeof text, "%s %s at its %s of %g %s", noun, name, limit, (double)value, unit);
  PetscCall((*sink->visit)(sink->context, hour, bus, price, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportVariable(OpfModel m, const Sink *sink, PetscInt i, PetscInt hour, PetscInt bus,
                                     const PetscReal *zl, const PetscReal *zu, const char *noun, const char *name,
                                     const char *quantity, PetscReal scale, const char *unit)
{
  char limit[64];
  PetscFunctionBeginUser;
  if (m->program->xu[i] <= m->program->xl[i]) PetscFunctionReturn(0); /* nothing that could be raised */
  (void)snprintf(limit, sizeof limit, "maximum %s", quantity);
  PetscCall(Report(sink, hour, bus, zu[i] / (scale * m->step), noun, name, limit, scale * m->program->xu[i], unit));
  (void)snprintf(limit, sizeof limit, "minimum %s", quantity);
  PetscCall(Report(sink, hour, bus, zl[i] / (scale * m->step), noun, name, limit, scale * m->program->xl[i], unit));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportUnits(OpfModel m, const Sink *sink, PetscInt t, const PetscReal *zl, const PetscReal *zu)
{
  const GeneratorTable *g = &m->net->generator;
  const StorageTable   *s = &m->net->storage;
  const LinkTable      *l = &m->net->link;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->generator.n; k++) {
    const PetscInt row = m->generator.row[k];
    PetscCall(ReportVariable(m, sink, ModelVariable(m, OPF_PG, k, t), t, g->bus[row], zl, zu, "generator", g->name[row],
                             "output", m->base, "MW"));
    if (m->ac)
      PetscCall(ReportVariable(m, sink, ModelVariable(m, OPF_QG, k, t), t, g->bus[row], zl, zu, "generator",
                               g->name[row], "reactive output", m->base, "Mvar"));
  }
  for (PetscInt k = 0; k < m->storage.n; k++) {
    const PetscInt row = m->storage.row[k];
    PetscCall(ReportVariable(m, sink, ModelVariable(m, OPF_DISCHARGE, k, t), t, s->bus[row], zl, zu, "storage",
                             s->name[row], "discharge", m->base, "MW"));
    if (ModelStorageNets(m, row)) {
      const PetscInt net = ModelVariable(m, OPF_CHARGE, k, t);
      PetscCall(Report(sink, t, s->bus[row], zl[net] / (m->base * m->step), "storage", s->name[row],
                       "maximum discharge", s->p_discharge_max_mw[row], "MW"));
    }
    PetscCall(ReportVariable(m, sink, ModelVariable(m, OPF_ENERGY, k, t), t, s->bus[row], zl, zu, "storage",
                             s->name[row], "energy", m->base, "MWh"));
  }
  for (PetscInt k = 0; k < m->link.n; k++) {
    const PetscInt row = m->link.row[k];
    PetscCall(ReportVariable(m, sink, ModelVariable(m, OPF_LINK_P, k, t), t, l->from[row], zl, zu, "link", l->name[row],
                             "transfer", m->base, "MW"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportBranches(OpfModel m, const Sink *sink, PetscInt t, const PetscReal *lambda)
{
  const BranchTable *branch = &m->net->branch;
  const PetscReal   *row    = lambda + t * m->row_offset[ROW_KINDS];
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->branch.n; k++) {
    const PetscInt    b = m->branch.row[k];
    const BranchRows *r = &m->branch_rows[k];
    for (int end = 0; end < 2; end++)
      if (r->limit[end] >= 0)
        PetscCall(Report(sink, t, end ? branch->to[b] : branch->from[b],
                         PetscAbsReal(row[r->limit[end]]) / (m->base * m->step), "branch", branch->name[b], "rating",
                         ModelRate(m, k, t) * m->base, m->ac ? "MVA" : "MW"));
    if (m->angle.slot[b] >= 0) {
      const PetscReal mu = lambda[ModelRow(m, ROW_ANGLE, m->angle.slot[b], t)];
      PetscCall(Report(sink, t, branch->from[b], PetscAbsReal(mu) / (m->base * m->step), "branch", branch->name[b],
                       "angle difference limit",
                       (mu > 0 ? branch->angle_max_rad[b] : branch->angle_min_rad[b]) * 180 / PETSC_PI, "degrees"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportReserves(OpfModel m, const Sink *sink, PetscInt t, const PetscReal *lambda)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->reserve.n; k++) {
    const PetscInt r   = m->reserve.row[k];
    PetscInt       bus = 0;
    while (!NetworkReserveCovers(m->net, r, bus)) bus++;
    PetscCall(Report(sink, t, bus, -lambda[ModelRow(m, ROW_RESERVE, k, t)] / (m->base * m->step), "reserve",
                     m->net->reserve.name[r], "requirement", NetworkReserveRequirement(m->net, r, ModelSnapshot(m, t)),
                     "MW"));
  }
  PetscFunctionReturn(0);
}

/* Reactive limits that are rows, because they may be exceeded. */
static PetscErrorCode ReportSoftReactive(OpfModel m, const Sink *sink, PetscInt t, const PetscReal *lambda)
{
  const GeneratorTable *g = &m->net->generator;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->soft_reactive.n; k++) {
    const PetscInt  row = m->soft_reactive.row[k];
    const PetscReal mu  = lambda[ModelRow(m, ROW_REACTIVE, k, t)];
    PetscCall(Report(sink, t, g->bus[row], PetscAbsReal(mu) / (m->base * m->step), "generator", g->name[row],
                     mu > 0 ? "maximum reactive output" : "minimum reactive output",
                     mu > 0 ? g->q_max_mvar[row] : g->q_min_mvar[row], "Mvar"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelBindingLimits(OpfModel m, const PetscReal *lambda, const PetscReal *zl, const PetscReal *zu,
                                     PetscReal threshold, OpfLimitVisitor visit, void *context)
{
  const Sink      sink = {threshold, visit, context};
  const BusTable *bus  = &m->net->bus;
  PetscFunctionBeginUser;
  for (PetscInt t = 0; t < m->hours; t++) {
    PetscCall(ReportUnits(m, &sink, t, zl, zu));
    PetscCall(ReportBranches(m, &sink, t, lambda));
    PetscCall(ReportReserves(m, &sink, t, lambda));
    PetscCall(ReportSoftReactive(m, &sink, t, lambda));
    for (PetscInt k = 0; k < m->bus.n && m->ac; k++) {
      const PetscInt  i = ModelVariable(m, OPF_VM, k, t), b = m->bus.row[k], soft = m->soft_voltage.slot[b];
      const PetscReal mu = soft < 0 ? zu[i] - zl[i] : lambda[ModelRow(m, ROW_VOLTAGE, soft, t)];
      PetscCall(Report(&sink, t, b, PetscAbsReal(mu) / (m->base * m->step), "bus", bus->name[b],
                       mu > 0 ? "highest voltage" : "lowest voltage", mu > 0 ? bus->vm_max_pu[b] : bus->vm_min_pu[b],
                       "per unit"));
    }
  }
  PetscFunctionReturn(0);
}
