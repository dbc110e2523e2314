/* The OPF model: storage units. */
#include "solver/opf_model_impl.h"

#include <math.h>

/* Energy above the lowest level up to which a storage counts as empty, per unit hours. */
#define EMPTY_ENERGY 1e-9

/* Energy by which a unit that keeps a schedule may be outside its limits, per unit hours: the schedule is what a solver found
   before, to its tolerance. */
#define SCHEDULE_SLACK 1e-5

/* Whether charging and discharging differ in nothing but their sign: no losses, no cost. Such a unit has one power, which OPF_CHARGE
   holds with its sign, for two would have every circulation alike. */
PetscBool ModelStorageNets(OpfModel m, PetscInt unit)
{
  const StorageTable *s = &m->net->storage;
  return (PetscBool)(s->efficiency_charge[unit] == 1 && s->efficiency_discharge[unit] == 1 &&
                     s->marginal_cost[unit] == 0);
}

/* e(t) - keep e(t-1) - h eta_c charge + h / eta_d discharge + h spill = h inflow, with e in per unit hours. What flows in may be
   spilled, what is stored not. */
static PetscErrorCode BuildStorageRecursion(OpfModel m, PetscInt k, PetscInt t)
{
  const StorageTable *s    = &m->net->storage;
  const PetscInt      unit = m->storage.row[k], row = ModelRow(m, ROW_ENERGY, k, t);
  const PetscReal     keep = pow(1 - s->standing_loss[unit], m->step), h = m->step;
  const PetscReal     inflow = NetworkStorageInflow(m->net, unit, ModelSnapshot(m, t)) / m->base;
  PetscReal           right  = h * inflow;
  PetscFunctionBeginUser;

  PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_ENERGY, k, t), 1));
  if (t > 0)
    PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_ENERGY, k, t - 1), -keep));
  else
    right += keep * m->initial_energy[unit] / m->base;
  PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_CHARGE, k, t), -h * s->efficiency_charge[unit]));
  PetscCall(ModelAddLinear(m, row, ModelVariable(m, OPF_DISCHARGE, k, t), h / s->efficiency_discharge[unit]));
  if (m->inflow.slot[unit] >= 0) {
    const PetscInt spill = ModelVariable(m, OPF_SPILL, m->inflow.slot[unit], t);
    ModelSetVariable(m, spill, 0, PetscMax(inflow, 0));
    PetscCall(ModelAddLinear(m, row, spill, h));
  }
  ModelSetRow(m, row, right, right);
  PetscFunctionReturn(0);
}

/* A storage that is empty and cannot be filled yet (a solar tower before sunrise) has nothing to decide: its variables are fixed
   and its recursion dropped, for a feasible set without an inside has multipliers without bound. */
static void FixEmptyStorage(OpfModel m, PetscInt k, PetscInt t)
{
  const StorageTable *s    = &m->net->storage;
  const PetscInt      unit = m->storage.row[k], energy = ModelVariable(m, OPF_ENERGY, k, t);
  const PetscInt      charge = ModelVariable(m, OPF_CHARGE, k, t);
  const PetscReal     before = t > 0 ? m->reachable[unit] : m->initial_energy[unit] / m->base;
  const PetscReal     gain =
      s->efficiency_charge[unit] * s->p_charge_max_mw[unit] + NetworkStorageInflow(m->net, unit, ModelSnapshot(m, t));
  const PetscReal reach  = pow(1 - s->standing_loss[unit], m->step) * before + m->step * gain / m->base;
  const PetscReal lowest = s->e_min_mwh[unit] / m->base;

  m->reachable[unit] = PetscMin(reach, s->e_max_mwh[unit] / m->base);
  if (reach > lowest + EMPTY_ENERGY || reach < lowest || m->program->xl[energy] > reach) return;
  ModelSetVariable(m, energy, reach, reach);
  ModelSetVariable(m, ModelVariable(m, OPF_DISCHARGE, k, t), 0, 0);
  ModelSetVariable(m, charge, PetscMax(m->program->xl[charge], 0), m->program->xu[charge]);
  if (m->inflow.slot[unit] >= 0) ModelSetVariable(m, ModelVariable(m, OPF_SPILL, m->inflow.slot[unit], t), 0, 0);
  ModelSetRow(m, ModelRow(m, ROW_ENERGY, k, t), -PETSC_INFINITY, PETSC_INFINITY);
}

/* Limits of the energy at the end, MWh; soft ones go to a row. */
static void LimitFinalEnergy(OpfModel m, PetscInt unit, PetscReal *lower, PetscReal *upper)
{
  const StorageTable *s     = &m->net->storage;
  const PetscInt      slot  = m->soft_energy.slot[unit];
  PetscReal           least = *lower, most = *upper;

  if (s->cyclic[unit])
    least = most = m->initial_energy[unit];
  else if (!PetscIsNanReal(s->e_final_min_mwh[unit]))
    least = PetscMax(least, s->e_final_min_mwh[unit]);
  if (slot >= 0)
    ModelSetRow(m, ModelFinalRow(m, slot), least / m->base, most / m->base);
  else
    *lower = least, *upper = most;
}

/* A unit that keeps a schedule has nothing to decide but its reactive power and what it spills. */
static void KeepSchedule(OpfModel m, PetscInt k, PetscInt t)
{
  const PetscInt  unit = m->storage.row[k], energy = ModelVariable(m, OPF_ENERGY, k, t), at = ModelSnapshot(m, t);
  const PetscReal charge    = NetworkStorageCharge(m->net, unit, at) / m->base,
                  discharge = NetworkStorageDischarge(m->net, unit, at) / m->base;
  const PetscBool nets      = ModelStorageNets(m, unit);

  ModelSetVariable(m, ModelVariable(m, OPF_CHARGE, k, t), nets ? charge - discharge : charge,
                   nets ? charge - discharge : charge);
  ModelSetVariable(m, ModelVariable(m, OPF_DISCHARGE, k, t), nets ? 0 : discharge, nets ? 0 : discharge);
  ModelSetVariable(m, energy, m->program->xl[energy] - SCHEDULE_SLACK, m->program->xu[energy] + SCHEDULE_SLACK);
}

PetscErrorCode ModelBuildStorage(OpfModel m, PetscInt t)
{
  const StorageTable *s = &m->net->storage;
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->storage.n; k++) {
    const PetscInt  unit   = m->storage.row[k];
    const PetscInt  charge = ModelVariable(m, OPF_CHARGE, k, t), discharge = ModelVariable(m, OPF_DISCHARGE, k, t);
    PetscReal       lower = s->e_min_mwh[unit], upper = s->e_max_mwh[unit];
    const PetscReal most = s->p_discharge_max_mw[unit] / m->base;
    const PetscBool nets = ModelStorageNets(m, unit);
    ModelSetVariable(m, charge, nets ? -most : 0, s->p_charge_max_mw[unit] / m->base);
    ModelSetVariable(m, discharge, 0, nets ? 0 : most);
    if (t == m->hours - 1) LimitFinalEnergy(m, unit, &lower, &upper);
    ModelSetVariable(m, ModelVariable(m, OPF_ENERGY, k, t), lower / m->base, upper / m->base);
    PetscCall(ModelAddToBalance(m, ROW_P, s->bus[unit], t, charge, 1));
    PetscCall(ModelAddToBalance(m, ROW_P, s->bus[unit], t, discharge, -1));
    PetscCall(BuildStorageRecursion(m, k, t));
    if (NetworkStorageScheduled(m->net, unit))
      KeepSchedule(m, k, t);
    else
      FixEmptyStorage(m, k, t);
    m->linear_cost[discharge] += m->step * m->base * s->marginal_cost[unit];
    if (!m->ac) continue;
    ModelSetReactive(m, ModelVariable(m, OPF_QS, k, t), s->bus[unit], s->q_min_mvar[unit], s->q_max_mvar[unit]);
    PetscCall(ModelAddToBalance(m, ROW_Q, s->bus[unit], t, ModelVariable(m, OPF_QS, k, t), -1));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelFindSimultaneous(OpfModel m, const PetscReal *x, PetscReal threshold_mw, PetscInt *n,
                                        OpfSimultaneous **list)
{
  PetscInt capacity = 0;
  PetscFunctionBeginUser;
  *n    = 0;
  *list = NULL;
  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->storage.n; k++) {
      const PetscReal charge    = m->base * x[ModelVariable(m, OPF_CHARGE, k, t)];
      const PetscReal discharge = m->base * x[ModelVariable(m, OPF_DISCHARGE, k, t)];
      if (!(PetscMin(charge, discharge) > threshold_mw)) continue;
      if (*n == capacity) {
        capacity = PetscMax(16, 2 * capacity);
        PetscCall(PetscRealloc((size_t)capacity * sizeof **list, list));
      }
      (*list)[(*n)++] = (OpfSimultaneous){m->storage.row[k], t, charge, discharge};
    }
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelFixDirections(OpfModel m, PetscInt n, const OpfSimultaneous *list)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) {
    const OpfVariable kind = list[k].charge_mw < list[k].discharge_mw ? OPF_CHARGE : OPF_DISCHARGE;
    ModelSetVariable(m, OpfModelVariable(m, kind, list[k].storage, list[k].hour), 0, 0);
  }
  PetscFunctionReturn(0);
}
