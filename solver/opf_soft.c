/* The OPF model: limits that may be exceeded at a price. A soft limit is a row with a slack above and one below, each costing the
   price of its class; voltages, reactive powers and final energies become rows for it. */
#include "solver/opf_model_impl.h"

#include <math.h>

static PetscBool VoltageSoft(OpfModel m, PetscInt bus)
{
  return (PetscBool)(m->ac && m->bus.slot[bus] >= 0 && m->options.soft_price[SOFT_VOLTAGE] > 0);
}

static PetscBool ReactiveSoft(OpfModel m, PetscInt g)
{
  return (PetscBool)(m->ac && m->generator.slot[g] >= 0 && m->reactive.slot[m->net->generator.bus[g]] >= 0 &&
                     m->options.soft_price[SOFT_REACTIVE] > 0);
}

static PetscBool EnergySoft(OpfModel m, PetscInt s)
{
  const StorageTable *t = &m->net->storage;
  return (PetscBool)(m->storage.slot[s] >= 0 && m->options.soft_price[SOFT_FINAL_ENERGY] > 0 &&
                     (t->cyclic[s] || !PetscIsNanReal(t->e_final_min_mwh[s])));
}

static void Collect(OpfModel m, SoftLimit limit, RowKind kind, PetscInt n, PetscBool below)
{
  if (!(m->options.soft_price[limit] > 0)) return;
  for (PetscInt slot = 0; slot < n; slot++) {
    m->excess[m->n_excess++] = (Excess){limit, kind, slot, -1};
    if (below) m->excess[m->n_excess++] = (Excess){limit, kind, slot, 1};
  }
}

PetscErrorCode ModelCollectExcess(OpfModel m)
{
  const PetscBool two_sided = (PetscBool)!m->ac;
  PetscFunctionBeginUser;
  PetscCall(SelectionCreate(m->net->bus.n, VoltageSoft, m, &m->soft_voltage));
  PetscCall(SelectionCreate(m->net->generator.n, ReactiveSoft, m, &m->soft_reactive));
  PetscCall(SelectionCreate(m->net->storage.n, EnergySoft, m, &m->soft_energy));
  PetscCall(PetscMalloc1(2 * (m->limit_from.n + m->limit_to.n + m->angle.n + m->ramp.n + m->soft_voltage.n +
                              m->soft_reactive.n + m->soft_energy.n),
                         &m->excess));
  Collect(m, SOFT_BRANCH_RATING, ROW_LIMIT_FROM, m->limit_from.n, two_sided);
  Collect(m, SOFT_BRANCH_RATING, ROW_LIMIT_TO, m->limit_to.n, two_sided);
  Collect(m, SOFT_ANGLE, ROW_ANGLE, m->angle.n, PETSC_TRUE);
  Collect(m, SOFT_RAMP, ROW_RAMP, m->ramp.n, PETSC_TRUE);
  Collect(m, SOFT_VOLTAGE, ROW_VOLTAGE, m->soft_voltage.n, PETSC_TRUE);
  Collect(m, SOFT_REACTIVE, ROW_REACTIVE, m->soft_reactive.n, PETSC_TRUE);
  Collect(m, SOFT_FINAL_ENERGY, ROW_FINAL, m->soft_energy.n, PETSC_TRUE);
  PetscFunctionReturn(0);
}

/* Moves the bounds of a variable into a row; the start stays between them. */
static PetscErrorCode MoveBounds(OpfModel m, PetscInt row, PetscInt i, PetscReal lower, PetscReal upper)
{
  Program p = m->program;
  PetscFunctionBeginUser;
  ModelSetRow(m, row, p->xl[i], p->xu[i]);
  PetscCall(ModelAddLinear(m, row, i, 1));
  p->xl[i] = lower;
  p->xu[i] = upper;
  PetscFunctionReturn(0);
}

/* Voltages keep bounds far outside, which hold them away from collapse. */
PetscErrorCode ModelBuildSoftRows(OpfModel m, PetscInt t)
{
  const BusTable *bus = &m->net->bus;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->soft_voltage.n; k++) {
    const PetscInt b = m->soft_voltage.row[k];
    PetscCall(MoveBounds(m, ModelRow(m, ROW_VOLTAGE, k, t), ModelVariable(m, OPF_VM, m->bus.slot[b], t),
                         0.5 * bus->vm_min_pu[b], 2 * bus->vm_max_pu[b]));
  }
  for (PetscInt k = 0; k < m->soft_reactive.n; k++) {
    const PetscInt slot = m->generator.slot[m->soft_reactive.row[k]];
    PetscCall(MoveBounds(m, ModelRow(m, ROW_REACTIVE, k, t), ModelVariable(m, OPF_QG, slot, t), -PETSC_INFINITY,
                         PETSC_INFINITY));
  }
  for (PetscInt k = 0; k < m->soft_energy.n && t == m->hours - 1; k++) {
    const PetscInt slot = m->storage.slot[m->soft_energy.row[k]];
    PetscCall(ModelAddLinear(m, ModelFinalRow(m, k), ModelVariable(m, OPF_ENERGY, slot, t), 1));
  }
  PetscFunctionReturn(0);
}

/* Unit of a class's row in the unit of its price: MVA, MW, Mvar or MWh, otherwise the row's own. */
static PetscReal RowUnit(OpfModel m, SoftLimit limit)
{
  return limit == SOFT_ANGLE || limit == SOFT_VOLTAGE ? 1 : m->base;
}

static PetscReal ExcessCost(OpfModel m, SoftLimit limit)
{
  return m->options.soft_price[limit] * RowUnit(m, limit) * (limit == SOFT_FINAL_ENERGY ? 1 : m->step);
}

PetscErrorCode ModelBuildExcess(OpfModel m, PetscInt t)
{
  Program p = m->program;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->n_excess; k++) {
    const Excess   *e   = &m->excess[k];
    const PetscInt  row = ModelRowAt(m, e->kind, e->slot, t), i = ModelVariable(m, OPF_EXCESS, k, t);
    const PetscBool limited =
        (PetscBool)(row >= 0 && (e->sign < 0 ? p->gu[row] < PETSC_INFINITY : p->gl[row] > -PETSC_INFINITY));
    ModelSetVariable(m, i, 0, limited ? PETSC_INFINITY : 0);
    if (!limited) continue;
    m->linear_cost[i] = ExcessCost(m, e->limit);
    PetscCall(ModelAddLinear(m, row, i, e->sign));
  }
  PetscFunctionReturn(0);
}

/* Words for a soft limit: what it belongs to, and its value in the unit shown. */
static void Describe(OpfModel m, const Excess *e, PetscReal bound, OpfExcess *found)
{
  static const char *const limit[SOFT_LIMITS] = {"rating",     "angle difference limit", "voltage limit",
                                                 "ramp limit", "reactive limit",         "final energy",
                                                 "requirement"};
  static const char *const unit[SOFT_LIMITS]  = {"MVA", "degrees", "per unit", "MW", "Mvar", "MWh", "MW"};
  const Network            net                = m->net;
  const char              *noun = "bus", *name = "";
  const PetscReal          shown = e->limit == SOFT_ANGLE ? 180 / PETSC_PI : RowUnit(m, e->limit);

  if (e->kind == ROW_LIMIT_FROM || e->kind == ROW_LIMIT_TO || e->kind == ROW_ANGLE) {
    const Selection *s = e->kind == ROW_ANGLE ? &m->angle : e->kind == ROW_LIMIT_FROM ? &m->limit_from : &m->limit_to;
    const PetscInt   b = s->row[e->slot];
    noun               = "branch";
    name               = net->branch.name[b];
    found->bus         = e->kind == ROW_LIMIT_TO ? net->branch.to[b] : net->branch.from[b];
    if (e->limit == SOFT_BRANCH_RATING) bound = ModelRate(m, m->branch.slot[b], found->hour);
  } else if (e->kind == ROW_VOLTAGE) {
    found->bus = m->soft_voltage.row[e->slot];
    name       = net->bus.name[found->bus];
  } else if (e->kind == ROW_FINAL) {
    noun       = "storage";
    name       = net->storage.name[m->soft_energy.row[e->slot]];
    found->bus = net->storage.bus[m->soft_energy.row[e->slot]];
  } else {
    const PetscInt g = e->kind == ROW_RAMP ? m->ramp.row[e->slot] : m->soft_reactive.row[e->slot];
    noun             = "generator";
    name             = net->generator.name[g];
    found->bus       = net->generator.bus[g];
  }
  (void)snprintf(found->text, sizeof found->text, "%s %.60s %s its %s of %g %s by %g %s", noun, name,
                 e->sign < 0 || e->limit == SOFT_BRANCH_RATING ? "over" : "under", limit[e->limit],
                 (double)(bound * shown), unit[e->limit], (double)(found->amount * shown / RowUnit(m, e->limit)),
                 unit[e->limit]);
}

static PetscErrorCode AddExcess(PetscInt *n, PetscInt *capacity, OpfExcess **list, OpfExcess **next)
{
  PetscFunctionBeginUser;
  if (*n == *capacity) {
    *capacity = PetscMax(16, 2 * *capacity);
    PetscCall(PetscRealloc((size_t)*capacity * sizeof **list, list));
  }
  *next = &(*list)[(*n)++];
  PetscFunctionReturn(0);
}

static void DescribeReserve(OpfModel m, PetscInt r, OpfExcess *found)
{
  const PetscReal required = NetworkReserveRequirement(m->net, r, ModelSnapshot(m, found->hour));
  found->bus               = -1;
  for (PetscInt b = m->own.n - 1; b >= 0; b--)
    if (NetworkReserveCovers(m->net, r, m->own.row[b])) found->bus = m->own.row[b];
  (void)snprintf(found->text, sizeof found->text, "reserve %.60s under its requirement of %g MW by %g MW",
                 m->net->reserve.name[r], (double)required, (double)found->amount);
}

PetscErrorCode OpfModelExcesses(OpfModel m, const PetscReal *x, PetscReal threshold, PetscInt *n, OpfExcess **list)
{
  Program    p        = m->program;
  PetscInt   capacity = 0;
  OpfExcess *found    = NULL;
  PetscFunctionBeginUser;
  *n    = 0;
  *list = NULL;
  for (PetscInt t = 0; t < m->hours; t++) {
    for (PetscInt k = 0; k < m->n_excess; k++) {
      const Excess  *e   = &m->excess[k];
      const PetscInt row = ModelRowAt(m, e->kind, e->slot, t), i = ModelVariable(m, OPF_EXCESS, k, t);
      PetscReal      amount = x[i];
      if (row < 0 || !(amount > threshold)) continue;
      if (m->ac && e->limit == SOFT_BRANCH_RATING) { /* the slack is of (s^2 - rate^2) / (2 rate) */
        const PetscInt  b    = (e->kind == ROW_LIMIT_FROM ? &m->limit_from : &m->limit_to)->row[e->slot];
        const PetscReal rate = ModelRate(m, m->branch.slot[b], t);
        amount               = sqrt(rate * rate + 2 * rate * amount) - rate;
      }
      PetscCall(AddExcess(n, &capacity, list, &found));
      *found = (OpfExcess){e->limit, t, -1, amount * RowUnit(m, e->limit), m->linear_cost[i] * x[i], ""};
      Describe(m, e, e->sign < 0 ? p->gu[row] : p->gl[row], found);
    }
    for (PetscInt k = 0; k < m->reserve_short.n; k++) {
      const PetscInt i = ModelVariable(m, OPF_RESERVE_SHORTAGE, k, t);
      if (!(x[i] > threshold)) continue;
      PetscCall(AddExcess(n, &capacity, list, &found));
      *found = (OpfExcess){SOFT_RESERVE, t, -1, m->base * x[i], m->linear_cost[i] * x[i], ""};
      DescribeReserve(m, m->reserve_short.row[k], found);
    }
  }
  PetscFunctionReturn(0);
}
