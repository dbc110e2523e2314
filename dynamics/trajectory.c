/* Trajectories: what buses and machines did, sample by sample. */
#include "dynamics/trajectory.h"

static PetscErrorCode NameMachines(Trajectory tr, Equations eq)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    const Device *device = &eq->device[d];
    const char   *unit =
        device->site == DEVICE_AT_GENERATOR ? net->generator.unit[device->row] : net->storage.name[device->row];
    const size_t size = strlen(unit) + 32;
    PetscCall(PetscMalloc1(size, &tr->machine[d]));
    snprintf(tr->machine[d], size, "%lld:%s", (long long)net->bus.number[device->bus], unit);
    tr->machine_bus[d] = device->bus;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryCreate(Equations eq, PetscInt capacity, Trajectory *trajectory)
{
  const size_t bus = (size_t)capacity * (size_t)eq->net->bus.n, machine = (size_t)capacity * (size_t)eq->n_devices;
  Trajectory   tr;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&tr));
  *trajectory    = tr;
  tr->capacity   = capacity;
  tr->n_buses    = eq->net->bus.n;
  tr->n_machines = eq->n_devices;
  PetscCall(PetscCalloc2(eq->n_devices, &tr->machine, eq->n_devices, &tr->machine_bus));
  PetscCall(PetscMalloc3(capacity, &tr->time_s, bus, &tr->bus_vm_pu, bus, &tr->bus_va_deg));
  PetscCall(PetscMalloc6(machine, &tr->machine_angle_deg, machine, &tr->machine_speed_dev_pu, machine,
                         &tr->machine_efd_pu, machine, &tr->machine_pmech_pu, machine, &tr->machine_p_mw, machine,
                         &tr->machine_q_mvar));
  PetscCall(NameMachines(tr, eq));
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryDestroy(Trajectory *trajectory)
{
  PetscFunctionBeginUser;
  if (!trajectory || !*trajectory) PetscFunctionReturn(0);
  Trajectory tr = *trajectory;
  for (PetscInt m = 0; tr->machine && m < tr->n_machines; ++m) PetscCall(PetscFree(tr->machine[m]));
  PetscCall(PetscFree2(tr->machine, tr->machine_bus));
  PetscCall(PetscFree3(tr->time_s, tr->bus_vm_pu, tr->bus_va_deg));
  PetscCall(PetscFree6(tr->machine_angle_deg, tr->machine_speed_dev_pu, tr->machine_efd_pu, tr->machine_pmech_pu,
                       tr->machine_p_mw, tr->machine_q_mvar));
  PetscCall(PetscFree(*trajectory));
  PetscFunctionReturn(0);
}

void TrajectoryRecord(Trajectory tr, Equations eq, PetscReal time, const PetscReal *y)
{
  const PetscReal degree = 180.0 / PETSC_PI, base = eq->net->base_mva;
  if (tr->n_times >= tr->capacity) return;
  const size_t bus = (size_t)tr->n_times * (size_t)tr->n_buses, row = (size_t)tr->n_times * (size_t)tr->n_machines;
  tr->time_s[tr->n_times++] = time;
  for (PetscInt i = 0; i < tr->n_buses; ++i) {
    const PetscReal *v              = &y[EquationsBusUnknown(eq, i)];
    tr->bus_vm_pu[bus + (size_t)i]  = PetscSqrtReal(v[0] * v[0] + v[1] * v[1]);
    tr->bus_va_deg[bus + (size_t)i] = degree * PetscAtan2Real(v[1], v[0]);
  }
  for (PetscInt m = 0; m < tr->n_machines; ++m) {
    const size_t at              = row + (size_t)m;
    tr->machine_angle_deg[at]    = degree * EquationsOutput(eq, m, DEVICE_ANGLE, y);
    tr->machine_speed_dev_pu[at] = EquationsOutput(eq, m, DEVICE_SPEED, y);
    tr->machine_efd_pu[at]       = EquationsOutput(eq, m, DEVICE_EFD, y);
    tr->machine_pmech_pu[at]     = EquationsOutput(eq, m, DEVICE_PMECH, y);
    tr->machine_p_mw[at]         = base * EquationsOutput(eq, m, DEVICE_P, y);
    tr->machine_q_mvar[at]       = base * EquationsOutput(eq, m, DEVICE_Q, y);
  }
}
