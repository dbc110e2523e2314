/* The OPF model: demand that may be curtailed at a price, or shifted within blocks of hours. Both take their reactive power with
   them, at the power factor of the hour's demand. */
#include "solver/opf_model_impl.h"

/* Room below which demand counts as fixed, per unit. */
#define NO_ROOM 1e-9

static PetscBool LoadLive(OpfModel m, PetscInt l)
{
  return (PetscBool)(m->net->load.in_service[l] && ModelBusBalanced(m, m->net->load.bus[l]));
}

static PetscBool LoadCurtails(OpfModel m, PetscInt l)
{
  return (PetscBool)(LoadLive(m, l) && m->net->load.curtail_max_pu[l] > 0);
}

static PetscBool LoadShifts(OpfModel m, PetscInt l)
{
  return (PetscBool)(LoadLive(m, l) && m->net->load.shift_max_mw[l] > 0 && m->hours > 1);
}

static PetscBool LoadPaysForShift(OpfModel m, PetscInt l)
{
  return (PetscBool)(LoadShifts(m, l) && m->net->load.shift_cost[l] > 0);
}

static PetscBool LoadDoesBoth(OpfModel m, PetscInt l)
{
  return (PetscBool)(LoadShifts(m, l) && LoadCurtails(m, l));
}

PetscInt ModelShiftBlock(OpfModel m, PetscInt slot)
{
  const PetscReal intervals = m->net->load.shift_hours[m->shift.row[slot]] / m->step;
  if (intervals <= 0 || intervals >= m->hours) return m->hours;
  return PetscMax(1, (PetscInt)(intervals + 0.5));
}

PetscErrorCode ModelSelectDemand(OpfModel m)
{
  const PetscInt loads = m->net->load.n;
  PetscFunctionBeginUser;
  PetscCall(SelectionCreate(loads, LoadCurtails, m, &m->curtail));
  PetscCall(SelectionCreate(loads, LoadShifts, m, &m->shift));
  PetscCall(SelectionCreate(loads, LoadPaysForShift, m, &m->shift_priced));
  PetscCall(SelectionCreate(loads, LoadDoesBoth, m, &m->served));
  PetscCall(PetscMalloc1(m->shift.n + 1, &m->shift_first));
  m->shift_first[0] = 0;
  for (PetscInt k = 0; k < m->shift.n; k++) {
    const PetscInt block  = ModelShiftBlock(m, k);
    m->shift_first[k + 1] = m->shift_first[k] + (m->hours + block - 1) / block;
  }
  PetscFunctionReturn(0);
}

/* Enters a change of demand (sign 1: more, -1: less) into the balances of its bus. */
static PetscErrorCode AddDemand(OpfModel m, PetscInt l, PetscInt t, PetscInt column, PetscReal sign)
{
  const PetscInt  snapshot = ModelSnapshot(m, t), bus = m->net->load.bus[l];
  const PetscReal p = NetworkLoadP(m->net, l, snapshot), q = NetworkLoadQ(m->net, l, snapshot);
  PetscFunctionBeginUser;
  PetscCall(ModelAddToBalance(m, ROW_P, bus, t, column, sign));
  if (m->ac && p != 0) PetscCall(ModelAddToBalance(m, ROW_Q, bus, t, column, sign * q / p));
  PetscFunctionReturn(0);
}

static PetscErrorCode BuildShift(OpfModel m, PetscInt k, PetscInt t, PetscReal demand)
{
  const LoadTable *table = &m->net->load;
  const PetscInt   l = m->shift.row[k], shift = ModelVariable(m, OPF_SHIFT, k, t);
  const PetscReal  most = table->shift_max_mw[l] / m->base;
  PetscFunctionBeginUser;

  ModelSetVariable(m, shift, -PetscMin(most, PetscMax(demand, 0)), most);
  PetscCall(AddDemand(m, l, t, shift, 1));
  PetscCall(ModelAddLinear(m, ModelShiftRow(m, k, t / ModelShiftBlock(m, k)), shift, 1));
  if (m->shift_priced.slot[l] < 0) PetscFunctionReturn(0);
  const PetscInt up  = ModelVariable(m, OPF_SHIFT_UP, m->shift_priced.slot[l], t);
  const PetscInt row = ModelRow(m, ROW_SHIFT_UP, m->shift_priced.slot[l], t);
  ModelSetVariable(m, up, 0, PETSC_INFINITY);
  m->linear_cost[up] = m->step * m->base * table->shift_cost[l];
  PetscCall(ModelAddLinear(m, row, shift, 1));
  PetscCall(ModelAddLinear(m, row, up, -1));
  ModelSetRow(m, row, -PETSC_INFINITY, 0);
  PetscFunctionReturn(0);
}

PetscErrorCode ModelBuildDemand(OpfModel m, PetscInt t)
{
  const LoadTable *table = &m->net->load;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->curtail.n; k++) {
    const PetscInt  l = m->curtail.row[k], i = ModelVariable(m, OPF_CURTAIL, k, t);
    const PetscReal demand = NetworkLoadP(m->net, l, ModelSnapshot(m, t)) / m->base;
    ModelSetVariable(m, i, 0, PetscMin(1, table->curtail_max_pu[l]) * PetscMax(demand, 0));
    m->linear_cost[i] = m->step * m->base * table->curtail_cost[l];
    PetscCall(AddDemand(m, l, t, i, -1));
  }
  for (PetscInt k = 0; k < m->shift.n; k++)
    PetscCall(BuildShift(m, k, t, NetworkLoadP(m->net, m->shift.row[k], ModelSnapshot(m, t)) / m->base));
  for (PetscInt k = 0; k < m->served.n; k++) { /* curtailed - shifted <= demand */
    const PetscInt  l = m->served.row[k], row = ModelRow(m, ROW_SERVED, k, t);
    const PetscReal demand = NetworkLoadP(m->net, l, ModelSnapshot(m, t)) / m->base;
    PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_CURTAIL, m->curtail.slot[l], t), 1));
    PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_SHIFT, m->shift.slot[l], t), -1));
    ModelSetRow(m, row, -PETSC_INFINITY, PetscMax(demand, 0));
  }
  PetscFunctionReturn(0);
}

/* Shifts of a block sum to zero. Where nothing can be moved (no demand to take from, or a single hour) they are fixed, for a
   feasible set without an inside has multipliers without bound. */
PetscErrorCode ModelBuildShiftBlocks(OpfModel m)
{
  Program p = m->program;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->shift.n; k++) {
    const PetscInt length = ModelShiftBlock(m, k);
    for (PetscInt b = 0; b * length < m->hours; b++) {
      const PetscInt first = b * length, end = PetscMin(first + length, m->hours);
      PetscReal      down = 0;
      for (PetscInt t = first; t < end; t++) down -= p->xl[ModelVariable(m, OPF_SHIFT, k, t)];
      const PetscBool fixed = (PetscBool)(end - first < 2 || down < NO_ROOM);
      for (PetscInt t = first; t < end && fixed; t++) ModelSetVariable(m, ModelVariable(m, OPF_SHIFT, k, t), 0, 0);
      ModelSetRow(m, ModelShiftRow(m, k, b), fixed ? -PETSC_INFINITY : 0, fixed ? PETSC_INFINITY : 0);
    }
  }
  PetscFunctionReturn(0);
}
