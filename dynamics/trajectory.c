/* Trajectories: what buses, machines and branches did, sample by sample. */
#include "dynamics/trajectory.h"

/* Every array that grows with the samples: where it is and how many numbers a sample takes. */
typedef struct {
  PetscReal **array;
  PetscInt    width;
} Channel;

enum { N_CHANNELS = 12 };

static void ListChannels(Trajectory tr, Channel channel[N_CHANNELS])
{
  const PetscInt b = tr->n_buses, m = tr->n_machines, k = tr->n_branches;
  const Channel  all[N_CHANNELS] = {
       {&tr->time_s, 1},           {&tr->bus_vm_pu, b},         {&tr->bus_va_deg, b},
       {&tr->bus_frequency_hz, b}, {&tr->machine_angle_deg, m}, {&tr->machine_speed_dev_pu, m},
       {&tr->machine_efd_pu, m},   {&tr->machine_pmech_pu, m},  {&tr->machine_p_mw, m},
       {&tr->machine_q_mvar, m},   {&tr->branch_p_from_mw, k},  {&tr->branch_q_from_mvar, k},
  };
  memcpy(channel, all, sizeof all);
}

static PetscErrorCode Grow(Trajectory tr, PetscInt capacity)
{
  Channel channel[N_CHANNELS];

  PetscFunctionBeginUser;
  ListChannels(tr, channel);
  for (PetscInt k = 0; k < N_CHANNELS; ++k) {
    const size_t bytes = (size_t)PetscMax(capacity, 1) * (size_t)PetscMax(channel[k].width, 1) * sizeof(PetscReal);
    PetscCall(PetscRealloc(bytes, channel[k].array));
  }
  tr->capacity = capacity;
  PetscFunctionReturn(0);
}

static PetscErrorCode NameMachines(Trajectory tr, Equations eq)
{
  char     label[160];
  PetscInt m = 0;

  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    if (eq->site[s].kind == DEVICE_AT_LOAD) continue;
    PetscCall(PetscStrallocpy(EquationsSiteLabel(eq, s, label, sizeof label), &tr->machine[m]));
    tr->machine_site[m]  = s;
    tr->machine_bus[m++] = eq->site[s].bus;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode NameBranches(Trajectory tr, Equations eq)
{
  const Network net = eq->net;
  char          label[160];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < tr->n_branches; ++k) {
    snprintf(label, sizeof label, "%lld-%lld:%s", (long long)net->bus.number[net->branch.from[k]],
             (long long)net->bus.number[net->branch.to[k]], net->branch.circuit[k] ? net->branch.circuit[k] : "1");
    PetscCall(PetscStrallocpy(label, &tr->branch[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryCreate(Equations eq, PetscInt capacity, Trajectory *trajectory)
{
  Trajectory tr;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&tr));
  *trajectory    = tr;
  tr->n_buses    = eq->net->bus.n;
  tr->n_branches = eq->net->branch.n;
  for (PetscInt s = 0; s < eq->n_sites; ++s) tr->n_machines += eq->site[s].kind != DEVICE_AT_LOAD;
  PetscCall(PetscCalloc4(tr->n_machines, &tr->machine, tr->n_machines, &tr->machine_bus, tr->n_machines,
                         &tr->machine_site, tr->n_branches, &tr->branch));
  PetscCall(NameMachines(tr, eq));
  PetscCall(NameBranches(tr, eq));
  PetscCall(Grow(tr, PetscMax(capacity, 16)));
  PetscFunctionReturn(0);
}

PetscErrorCode TrajectoryDestroy(Trajectory *trajectory)
{
  Channel channel[N_CHANNELS];

  PetscFunctionBeginUser;
  if (!trajectory || !*trajectory) PetscFunctionReturn(0);
  Trajectory tr = *trajectory;
  for (PetscInt m = 0; tr->machine && m < tr->n_machines; ++m) PetscCall(PetscFree(tr->machine[m]));
  for (PetscInt k = 0; tr->branch && k < tr->n_branches; ++k) PetscCall(PetscFree(tr->branch[k]));
  PetscCall(PetscFree4(tr->machine, tr->machine_bus, tr->machine_site, tr->branch));
  ListChannels(tr, channel);
  for (PetscInt k = 0; k < N_CHANNELS; ++k) PetscCall(PetscFree(*channel[k].array));
  PetscCall(PetscFree(*trajectory));
  PetscFunctionReturn(0);
}

/* d/dt of atan2(V_im, V_re). */
static PetscReal Frequency(const PetscReal *v, const PetscReal *vp, PetscReal nominal)
{
  const PetscReal v2 = v[0] * v[0] + v[1] * v[1];
  return v2 > 1e-6 ? nominal + (v[0] * vp[1] - v[1] * vp[0]) / v2 / (2.0 * PETSC_PI) : NAN;
}

static void RecordBuses(Trajectory tr, Equations eq, size_t row, const PetscReal *y, const PetscReal *yp)
{
  for (PetscInt i = 0; i < tr->n_buses; ++i) {
    const PetscReal *v       = &y[EquationsBusUnknown(eq, i)];
    const size_t     at      = row * (size_t)tr->n_buses + (size_t)i;
    tr->bus_vm_pu[at]        = PetscSqrtReal(v[0] * v[0] + v[1] * v[1]);
    tr->bus_va_deg[at]       = 180.0 / PETSC_PI * PetscAtan2Real(v[1], v[0]);
    tr->bus_frequency_hz[at] = Frequency(v, &yp[EquationsBusUnknown(eq, i)], eq->frequency_hz);
  }
}

static void RecordMachines(Trajectory tr, Equations eq, size_t row, const PetscReal *y)
{
  for (PetscInt m = 0; m < tr->n_machines; ++m) {
    const size_t   at   = row * (size_t)tr->n_machines + (size_t)m;
    const PetscInt site = tr->machine_site[m];
    PetscReal      p, q;
    EquationsPower(eq, site, y, &p, &q);
    tr->machine_angle_deg[at]    = 180.0 / PETSC_PI * EquationsSignal(eq, site, SIGNAL_ANGLE, y);
    tr->machine_speed_dev_pu[at] = EquationsSignal(eq, site, SIGNAL_SPEED, y);
    tr->machine_efd_pu[at]       = EquationsSignal(eq, site, SIGNAL_EFD, y);
    tr->machine_pmech_pu[at]     = EquationsSignal(eq, site, SIGNAL_PM, y);
    tr->machine_p_mw[at]         = eq->net->base_mva * p;
    tr->machine_q_mvar[at]       = eq->net->base_mva * q;
  }
}

PetscErrorCode TrajectoryRecord(Trajectory tr, Equations eq, PetscReal time, const PetscReal *y, const PetscReal *yp)
{
  PetscReal flow[4];

  PetscFunctionBeginUser;
  if (tr->n_times == tr->capacity) PetscCall(Grow(tr, 2 * tr->capacity));
  const size_t row = (size_t)tr->n_times++;
  tr->time_s[row]  = time;
  RecordBuses(tr, eq, row, y, yp);
  RecordMachines(tr, eq, row, y);
  for (PetscInt k = 0; k < tr->n_branches; ++k) {
    const size_t at = row * (size_t)tr->n_branches + (size_t)k;
    EquationsBranchFlow(eq, k, y, flow);
    tr->branch_p_from_mw[at]   = eq->net->base_mva * flow[0];
    tr->branch_q_from_mvar[at] = eq->net->base_mva * flow[1];
  }
  PetscFunctionReturn(0);
}
