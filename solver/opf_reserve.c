/* The OPF model: spinning reserve. Generators promise what is left below their maximum, up to their own limit; storage units what
   is left of their discharging power, when their energy lasts for an hour of it. */
#include "solver/opf_model_impl.h"

/* Room below which a unit has no reserve to promise, per unit. */
#define NO_ROOM 1e-9

static PetscBool BusHasReserve(OpfModel m, PetscInt bus)
{
  for (PetscInt r = 0; r < m->net->reserve.n; r++)
    if (NetworkReserveCovers(m->net, r, bus)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscBool GeneratorReserves(OpfModel m, PetscInt g)
{
  return (PetscBool)(ModelGeneratorLive(m, g) && m->net->generator.reserve_max_mw[g] > 0 &&
                     BusHasReserve(m, m->net->generator.bus[g]));
}

static PetscBool StorageReserves(OpfModel m, PetscInt s)
{
  return (PetscBool)(ModelStorageLive(m, s) && BusHasReserve(m, m->net->storage.bus[s]));
}

static PetscBool ReserveHere(OpfModel m, PetscInt r)
{
  for (PetscInt b = 0; b < m->net->bus.n; b++)
    if (ModelBusBalanced(m, b) && !m->foreign[b] && NetworkReserveCovers(m->net, r, b)) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Currency per MWh of missing reserve; infinite: hard. */
static PetscReal ShortagePrice(OpfModel m, PetscInt r)
{
  const PetscReal own = m->net->reserve.shortage_price[r], soft = m->options.soft_price[SOFT_RESERVE];
  if (soft > 0 && !(own < soft)) return soft;
  return own < PETSC_INFINITY || !m->options.elastic ? own : m->shortage_price;
}

static PetscBool ReservePriced(OpfModel m, PetscInt r)
{
  const PetscReal own = m->net->reserve.shortage_price[r];
  return (PetscBool)(ReserveHere(m, r) && !m->elsewhere[r] &&
                     (own < PETSC_INFINITY || m->options.soft_price[SOFT_RESERVE] > 0 || m->options.elastic));
}

PetscErrorCode ModelSelectReserves(OpfModel m)
{
  Network net = m->net;
  PetscFunctionBeginUser;
  PetscCall(SelectionCreate(net->reserve.n, ReserveHere, m, &m->reserve));
  PetscCall(SelectionCreate(net->reserve.n, ReservePriced, m, &m->reserve_short));
  PetscCall(SelectionCreate(net->generator.n, GeneratorReserves, m, &m->reserve_generator));
  PetscCall(SelectionCreate(net->storage.n, StorageReserves, m, &m->reserve_storage));
  PetscFunctionReturn(0);
}

/* Enters a promise into the rows of the reserves that cover its bus. */
static PetscErrorCode AddPromise(OpfModel m, PetscInt bus, PetscInt t, PetscInt column)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->reserve.n; k++)
    if (NetworkReserveCovers(m->net, m->reserve.row[k], bus))
      PetscCall(ModelAddLinear(m, ModelRow(m, ROW_RESERVE, k, t), column, 1));
  PetscFunctionReturn(0);
}

/* Output and reserve together stay below the maximum of the hour. */
static PetscErrorCode BuildGenerator(OpfModel m, PetscInt k, PetscInt t)
{
  const GeneratorTable *table = &m->net->generator;
  const PetscInt        g = m->reserve_generator.row[k], row = ModelRow(m, ROW_HEADROOM, k, t);
  const PetscInt        p = ModelVariable(m, OPF_PG, m->generator.slot[g], t), r = ModelVariable(m, OPF_RESERVE, k, t);
  const PetscReal       most = m->program->xu[p], room = most - m->program->xl[p];
  PetscFunctionBeginUser;

  ModelSetVariable(m, r, 0, room < NO_ROOM ? 0 : table->reserve_max_mw[g] / m->base);
  PetscCall(ModelAddLinear(m, row, p, 1));
  PetscCall(ModelAddLinear(m, row, r, 1));
  ModelSetRow(m, row, -PETSC_INFINITY, room < NO_ROOM ? PETSC_INFINITY : most);
  PetscCall(AddPromise(m, table->bus[g], t, r));
  PetscFunctionReturn(0);
}

/* discharge + r <= most;  eta (e - e_min) >= r times one hour, e at the end of the interval. */
static PetscErrorCode BuildStorage(OpfModel m, PetscInt k, PetscInt t)
{
  const StorageTable *table = &m->net->storage;
  const PetscInt      s = m->reserve_storage.row[k], slot = m->storage.slot[s];
  const PetscInt      discharge = ModelVariable(m, OPF_DISCHARGE, slot, t), e = ModelVariable(m, OPF_ENERGY, slot, t);
  const PetscInt      r = ModelVariable(m, OPF_RESERVE_STORAGE, k, t), power = ModelRow(m, ROW_STORAGE_HEADROOM, k, t);
  const PetscInt      energy = ModelRow(m, ROW_STORAGE_RESERVE, k, t);
  const PetscReal     lowest = table->e_min_mwh[s] / m->base, most = table->p_discharge_max_mw[s] / m->base;
  const PetscReal     eta  = table->efficiency_discharge[s];
  const PetscBool     none = (PetscBool)(m->program->xu[e] - lowest < NO_ROOM || most < NO_ROOM);
  PetscFunctionBeginUser;

  ModelSetVariable(m, r, 0, none ? 0 : most);
  PetscCall(ModelAddLinear(m, power, discharge, 1));
  if (ModelStorageNets(m, s)) PetscCall(ModelAddLinear(m, power, ModelVariable(m, OPF_CHARGE, slot, t), -1));
  PetscCall(ModelAddLinear(m, power, r, 1));
  ModelSetRow(m, power, -PETSC_INFINITY, none ? PETSC_INFINITY : most);
  PetscCall(ModelAddLinear(m, energy, e, eta));
  PetscCall(ModelAddLinear(m, energy, r, -1));
  ModelSetRow(m, energy, none ? -PETSC_INFINITY : eta * lowest, PETSC_INFINITY);
  PetscCall(AddPromise(m, table->bus[s], t, r));
  PetscFunctionReturn(0);
}

PetscErrorCode ModelBuildReserves(OpfModel m, PetscInt t)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < m->reserve_generator.n; k++) PetscCall(BuildGenerator(m, k, t));
  for (PetscInt k = 0; k < m->reserve_storage.n; k++) PetscCall(BuildStorage(m, k, t));
  for (PetscInt k = 0; k < m->reserve.n; k++) {
    const PetscInt  r = m->reserve.row[k], row = ModelRow(m, ROW_RESERVE, k, t);
    const PetscReal required = NetworkReserveRequirement(m->net, r, ModelSnapshot(m, t)) / m->base;
    ModelSetRow(m, row, m->elsewhere[r] ? 0 : required, PETSC_INFINITY);
    if (m->reserve_short.slot[r] < 0) continue;
    const PetscInt missing = ModelVariable(m, OPF_RESERVE_SHORTAGE, m->reserve_short.slot[r], t);
    ModelSetVariable(m, missing, 0, PETSC_INFINITY);
    m->linear_cost[missing] = m->step * m->base * ShortagePrice(m, r);
    PetscCall(ModelAddLinear(m, row, missing, 1));
  }
  PetscFunctionReturn(0);
}

PetscInt OpfModelReserveRow(OpfModel m, PetscInt reserve, PetscInt hour)
{
  const PetscInt slot = m->reserve.slot[reserve];
  return slot < 0 ? -1 : ModelRow(m, ROW_RESERVE, slot, hour);
}
