/* The differential-algebraic system: its life, its residual and its Jacobian. */
#include "dynamics/equations_impl.h"

static PetscErrorCode AllocateNetwork(Equations eq)
{
  const PetscInt nb = eq->net->bus.n;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc4(2 * nb, &eq->admittance, 2 * nb, &eq->fault, nb, &eq->load_mw, nb, &eq->parent));
  PetscCall(PetscCalloc3(nb, &eq->bolted, nb, &eq->island, nb, &eq->live));
  PetscCall(PetscCalloc1(eq->net->branch.n, &eq->branch_closed));
  PetscFunctionReturn(0);
}

/* The bus of a record's unit when it is there to be simulated, otherwise -1: buses of other carriers have no voltage. */
static PetscInt RecordBus(Network net, OperatingPoint point, const DeviceRecord *record)
{
  const PetscInt  k            = record->row;
  const PetscBool at_generator = (PetscBool)(record->site == DEVICE_AT_GENERATOR);
  const PetscBool online       = at_generator ? (PetscBool)(net->generator.in_service[k] && point->generator_online[k])
                                              : net->storage.in_service[k];
  const PetscInt  bus          = at_generator ? net->generator.bus[k] : net->storage.bus[k];
  return online && net->bus.type[bus] != BUS_ISOLATED && NetworkBusIsElectric(net, bus) ? bus : -1;
}

static PetscErrorCode AddDevices(Equations eq, OperatingPoint point, DeviceTable table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(table->n, &eq->device));
  for (PetscInt k = 0; k < table->n; ++k) {
    const DeviceRecord *record = &table->record[k];
    const PetscInt      bus    = RecordBus(eq->net, point, record);
    if (bus < 0) continue;
    Device *device = &eq->device[eq->n_devices++];
    *device        = (Device){.model = record->model, .site = record->site, .row = record->row, .bus = bus};
    device->first  = eq->n_states;
    eq->n_states += record->model->n_states;
    PetscCall(PetscCalloc2(record->model->n_data, &device->data, record->model->n_entries, &device->position));
  }
  eq->n = eq->n_states + 2 * eq->net->bus.n;
  PetscFunctionReturn(0);
}

static void DescribeUnknowns(Equations eq)
{
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    const Device *device = &eq->device[d];
    for (PetscInt k = 0; k < device->model->n_states; ++k) {
      eq->differential[device->first + k] = device->model->state[k].differential;
      eq->nominal[device->first + k]      = device->model->state[k].nominal;
    }
  }
  for (PetscInt k = eq->n_states; k < eq->n; ++k) eq->nominal[k] = 1.0;
}

static void SetProblem(Equations eq, PetscInt bus, const char *what)
{
  if (eq->problem[0]) return;
  snprintf(eq->problem, sizeof eq->problem, "bus %lld: %s", (long long)eq->net->bus.number[bus], what);
}

/* Voltages of the operating point, and each device in equilibrium at what it injects. */
static void StartDevices(Equations eq, OperatingPoint point, DeviceTable table, PetscReal frequency_hz)
{
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    PetscReal *v = &eq->start[EquationsBusUnknown(eq, i)];
    if (eq->island[i] < 0) continue;
    v[0] = point->vm_pu[i] * PetscCosReal(point->va_rad[i]);
    v[1] = point->vm_pu[i] * PetscSinReal(point->va_rad[i]);
    if (!PetscIsNormalReal(point->vm_pu[i]) || PetscIsInfOrNanReal(point->va_rad[i])) {
      SetProblem(eq, i, "the operating point has no voltage there");
    }
  }
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    const Device       *device       = &eq->device[d];
    const DeviceRecord *record       = DeviceTableFind(table, device->site, device->row);
    const PetscReal    *v            = &eq->start[EquationsBusUnknown(eq, device->bus)];
    const PetscBool     at_generator = (PetscBool)(device->site == DEVICE_AT_GENERATOR);
    const DeviceStart   start        = {
                 .v_re          = v[0],
                 .v_im          = v[1],
                 .p             = (at_generator ? point->generator_p : point->storage_p)[device->row] / eq->net->base_mva,
                 .q             = (at_generator ? point->generator_q : point->storage_q)[device->row] / eq->net->base_mva,
                 .base_ratio    = record->mva_base / eq->net->base_mva,
                 .omega_nominal = 2.0 * PETSC_PI * frequency_hz,
    };
    const char *problem = device->model->initialise(&start, record->parameter, device->data, &eq->start[device->first]);
    if (problem) SetProblem(eq, device->bus, problem);
  }
}

/* What the operating point's balance lacks at a bus becomes an admittance there, so that its current balance holds. */
static PetscErrorCode AbsorbMismatch(Equations eq)
{
  PetscReal *f, *zero;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(eq->n, &f, eq->n, &zero));
  EquationsResidual(eq, eq->start, zero, f);
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    const PetscInt   u = EquationsBusUnknown(eq, i);
    const PetscReal *v = &eq->start[u], v2 = v[0] * v[0] + v[1] * v[1];
    if (eq->island[i] < 0 || !(v2 > 0.0)) continue;
    eq->admittance[2 * i] -= (f[u] * v[0] + f[u + 1] * v[1]) / v2;
    eq->admittance[2 * i + 1] -= (f[u + 1] * v[0] - f[u] * v[1]) / v2;
    const PetscReal power = PetscSqrtReal((f[u] * f[u] + f[u + 1] * f[u + 1]) * v2);
    if (power <= eq->mismatch_pu) continue;
    eq->mismatch_pu  = power;
    eq->mismatch_bus = i;
  }
  PetscCall(PetscFree2(f, zero));
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsCreate(Network net, OperatingPoint point, DeviceTable table, PetscReal frequency_hz,
                               Equations *equations)
{
  Equations eq;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&eq));
  *equations = eq;
  eq->net    = net;
  PetscCall(AllocateNetwork(eq));
  PetscCall(AddDevices(eq, point, table));
  PetscCall(PetscCalloc3(eq->n, &eq->differential, eq->n, &eq->nominal, eq->n, &eq->start));
  DescribeUnknowns(eq);
  PetscCall(EquationsBuildPattern(eq));
  PetscCall(EquationsBuildAdmittances(eq, point));
  PetscCall(EquationsResetTopology(eq));
  StartDevices(eq, point, table, frequency_hz);
  if (eq->n_devices == 0) snprintf(eq->problem, sizeof eq->problem, "no machine is online");
  if (eq->problem[0]) PetscFunctionReturn(0);
  PetscCall(AbsorbMismatch(eq));
  PetscCall(EquationsUpdateTopology(eq));
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsDestroy(Equations *equations)
{
  PetscFunctionBeginUser;
  if (!equations || !*equations) PetscFunctionReturn(0);
  Equations eq = *equations;
  for (PetscInt d = 0; d < eq->n_devices; ++d) PetscCall(PetscFree2(eq->device[d].data, eq->device[d].position));
  PetscCall(PetscFree(eq->device));
  PetscCall(PetscFree3(eq->differential, eq->nominal, eq->start));
  PetscCall(PetscFree(eq->column_start));
  PetscCall(PetscFree(eq->row_index));
  PetscCall(PetscFree(eq->linear));
  PetscCall(PetscFree4(eq->admittance, eq->fault, eq->load_mw, eq->parent));
  PetscCall(PetscFree3(eq->bolted, eq->island, eq->live));
  PetscCall(PetscFree(eq->branch_closed));
  PetscCall(PetscFree(*equations));
  PetscFunctionReturn(0);
}

/* The local unknowns of a device: its states and its bus's voltage. */
static inline void Gather(Equations eq, const Device *device, const PetscReal *y, PetscReal *u)
{
  const PetscInt   n = device->model->n_states;
  const PetscReal *v = &y[EquationsBusUnknown(eq, device->bus)];
  for (PetscInt k = 0; k < n; ++k) u[k] = y[device->first + k];
  u[n]     = v[0];
  u[n + 1] = v[1];
}

void EquationsResidual(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal *f)
{
  PetscReal u[DEVICE_MAX_LOCAL], local[DEVICE_MAX_LOCAL];
  for (PetscInt i = 0; i < eq->n; ++i) f[i] = 0.0;
  for (PetscInt j = eq->n_states; j < eq->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      f[eq->row_index[k]] += eq->linear[k] * y[j];
    }
  }
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    const Device  *device = &eq->device[d];
    const PetscInt n      = device->model->n_states;
    Gather(eq, device, y, u);
    device->model->residual(device->data, u, &yp[device->first], local);
    for (PetscInt k = 0; k < n; ++k) f[device->first + k] = local[k];
    if (!eq->live[device->bus]) continue;
    f[EquationsBusUnknown(eq, device->bus)] -= local[n];
    f[EquationsBusUnknown(eq, device->bus) + 1] -= local[n + 1];
  }
}

void EquationsJacobian(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal cj, PetscReal *value)
{
  PetscReal u[DEVICE_MAX_LOCAL], local[DEVICE_MAX_ENTRIES];
  memcpy(value, eq->linear, (size_t)EquationsEntries(eq) * sizeof *value);
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    const Device      *device = &eq->device[d];
    const DeviceModel *model  = device->model;
    const PetscReal    sign   = eq->live[device->bus] ? -1.0 : 0.0; /* of the current's rows: Y V - I */
    Gather(eq, device, y, u);
    model->jacobian(device->data, u, &yp[device->first], cj, local);
    for (PetscInt k = 0; k < model->n_entries; ++k) {
      value[device->position[k]] += model->entry[k].row < model->n_states ? local[k] : sign * local[k];
    }
  }
}

PetscReal EquationsOutput(Equations eq, PetscInt device, DeviceOutput output, const PetscReal *y)
{
  PetscReal u[DEVICE_MAX_LOCAL];
  Gather(eq, &eq->device[device], y, u);
  return eq->device[device].model->output(output, eq->device[device].data, u);
}
