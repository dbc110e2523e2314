/* The network's part of the equations: admittances, islands, faults. */
#include "dynamics/equations_impl.h"

/* A power drawn at a voltage becomes the admittance (P - jQ) / |V|^2. */
static void AddDrawn(Equations eq, OperatingPoint point, PetscInt bus, PetscReal p_mw, PetscReal q_mvar)
{
  const PetscReal v = point->vm_pu[bus], scale = eq->net->base_mva * v * v;
  if ((p_mw == 0.0 && q_mvar == 0.0) || !(v > 0.0) || !NetworkBusIsElectric(eq->net, bus)) return;
  eq->admittance[2 * bus] += p_mw / scale;
  eq->admittance[2 * bus + 1] -= q_mvar / scale;
}

/* Marks the generators and storage units that are devices. */
static PetscErrorCode MarkDevices(Equations eq, PetscBool **generator, PetscBool **storage)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(eq->net->generator.n, generator, eq->net->storage.n, storage));
  for (PetscInt d = 0; d < eq->n_devices; ++d) {
    (eq->device[d].site == DEVICE_AT_GENERATOR ? *generator : *storage)[eq->device[d].row] = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsBuildAdmittances(Equations eq, OperatingPoint point)
{
  const Network net = eq->net;
  PetscBool    *generator_is_device, *storage_is_device;

  PetscFunctionBeginUser;
  PetscCall(MarkDevices(eq, &generator_is_device, &storage_is_device));
  for (PetscInt s = 0; s < net->shunt.n; ++s) {
    if (!net->shunt.in_service[s]) continue;
    eq->admittance[2 * net->shunt.bus[s]] += net->shunt.g_mw[s] / net->base_mva;
    eq->admittance[2 * net->shunt.bus[s] + 1] += net->shunt.b_mvar[s] / net->base_mva;
  }
  for (PetscInt l = 0; l < net->load.n; ++l) {
    if (!net->load.in_service[l]) continue;
    AddDrawn(eq, point, net->load.bus[l], point->load_p[l], point->load_q[l]);
    eq->load_mw[net->load.bus[l]] += point->load_p[l];
  }
  for (PetscInt g = 0; g < net->generator.n; ++g) {
    if (!net->generator.in_service[g] || generator_is_device[g]) continue;
    AddDrawn(eq, point, net->generator.bus[g], -point->generator_p[g], -point->generator_q[g]);
  }
  for (PetscInt s = 0; s < net->storage.n; ++s) {
    if (!net->storage.in_service[s] || storage_is_device[s]) continue;
    AddDrawn(eq, point, net->storage.bus[s], -point->storage_p[s], -point->storage_q[s]);
  }
  for (PetscInt k = 0; k < net->link.n; ++k) {
    if (!net->link.in_service[k]) continue;
    AddDrawn(eq, point, net->link.from[k], -point->link_p_from[k], -point->link_q_from[k]);
    AddDrawn(eq, point, net->link.to[k], -point->link_p_to[k], -point->link_q_to[k]);
  }
  PetscCall(PetscFree2(generator_is_device, storage_is_device));
  PetscFunctionReturn(0);
}

/* Adds the admittance g + jb by which the voltage of bus j drives a current out of bus i. */
static void AddAdmittance(Equations eq, PetscInt i, PetscInt j, PetscReal g, PetscReal b)
{
  if (!eq->live[i]) return;
  const PetscInt row = EquationsBusUnknown(eq, i), column = EquationsBusUnknown(eq, j);
  eq->linear[EquationsPosition(eq, row, column)] += g;
  eq->linear[EquationsPosition(eq, row + 1, column)] += b;
  eq->linear[EquationsPosition(eq, row, column + 1)] -= b;
  eq->linear[EquationsPosition(eq, row + 1, column + 1)] += g;
}

static void AddBranch(Equations eq, PetscInt k)
{
  const BranchTable *br = &eq->net->branch;
  const PetscInt     f = br->from[k], t = br->to[k];
  const PetscReal    z2 = br->r[k] * br->r[k] + br->x[k] * br->x[k], g = br->r[k] / z2, b = -br->x[k] / z2;
  const PetscReal    tap = br->tap[k], c = PetscCosReal(br->shift_rad[k]), s = PetscSinReal(br->shift_rad[k]);
  AddAdmittance(eq, f, f, (g + br->g_from[k]) / (tap * tap), (b + br->b_from[k]) / (tap * tap));
  AddAdmittance(eq, t, t, g + br->g_to[k], b + br->b_to[k]);
  AddAdmittance(eq, f, t, -(g * c - b * s) / tap, -(b * c + g * s) / tap); /* -y / (tap exp(-j shift)) */
  AddAdmittance(eq, t, f, -(g * c + b * s) / tap, -(b * c - g * s) / tap); /* -y / (tap exp(+j shift)) */
}

static PetscInt Root(PetscInt *parent, PetscInt i)
{
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

/* Islands in the order of their first bus; those without a machine are dead. */
static void FindIslands(Equations eq)
{
  const Network net    = eq->net;
  PetscInt     *parent = eq->parent;
  for (PetscInt i = 0; i < net->bus.n; ++i) parent[i] = i;
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    if (!eq->branch_closed[k]) continue;
    const PetscInt a = Root(parent, net->branch.from[k]), b = Root(parent, net->branch.to[k]);
    parent[PetscMax(a, b)] = PetscMin(a, b); /* a root is the first bus of its island */
  }
  for (PetscInt i = 0; i < net->bus.n; ++i) eq->island[i] = -1;
  for (PetscInt d = 0; d < eq->n_devices; ++d) eq->island[Root(parent, eq->device[d].bus)] = 0;
  eq->n_islands    = 0;
  eq->n_dead_buses = 0;
  eq->lost_load_mw = 0.0;
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    const PetscInt root = Root(parent, i);
    if (root != i)
      eq->island[i] = eq->island[root];
    else if (eq->island[i] == 0)
      eq->island[i] = eq->n_islands++;
    if (eq->island[i] >= 0 || !NetworkBusIsElectric(net, i)) continue;
    ++eq->n_dead_buses;
    eq->lost_load_mw += eq->load_mw[i];
  }
}

PetscErrorCode EquationsUpdateTopology(Equations eq)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  FindIslands(eq);
  PetscCall(PetscArrayzero(eq->linear, EquationsEntries(eq)));
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    const PetscInt u = EquationsBusUnknown(eq, i);
    eq->live[i]      = (PetscBool)(eq->island[i] >= 0 && !eq->bolted[i]);
    AddAdmittance(eq, i, i, eq->admittance[2 * i] + eq->fault[2 * i], eq->admittance[2 * i + 1] + eq->fault[2 * i + 1]);
    if (eq->live[i]) continue;
    eq->linear[EquationsPosition(eq, u, u)]         = 1.0;
    eq->linear[EquationsPosition(eq, u + 1, u + 1)] = 1.0;
  }
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    if (eq->branch_closed[k]) AddBranch(eq, k);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsResetTopology(Equations eq)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const PetscBool isolated = (PetscBool)(net->bus.type[net->branch.from[k]] == BUS_ISOLATED ||
                                           net->bus.type[net->branch.to[k]] == BUS_ISOLATED);
    eq->branch_closed[k]     = (PetscBool)(net->branch.in_service[k] && !isolated);
  }
  for (PetscInt i = 0; i < net->bus.n; ++i) EquationsClearFault(eq, i);
  PetscCall(EquationsUpdateTopology(eq));
  PetscFunctionReturn(0);
}

void EquationsApplyFault(Equations eq, PetscInt bus, PetscReal r, PetscReal x)
{
  const PetscReal z2 = r * r + x * x;
  eq->bolted[bus]    = (PetscBool)(z2 == 0.0);
  if (eq->bolted[bus]) return;
  eq->fault[2 * bus]     = r / z2;
  eq->fault[2 * bus + 1] = -x / z2;
}

void EquationsClearFault(Equations eq, PetscInt bus)
{
  eq->bolted[bus]        = PETSC_FALSE;
  eq->fault[2 * bus]     = 0.0;
  eq->fault[2 * bus + 1] = 0.0;
}
