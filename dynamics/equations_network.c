/* The network's part of the equations: admittances, islands, faults. */
#include "dynamics/equations_impl.h"

#include <complex.h>

/* A power drawn at a voltage becomes the admittance (P - jQ) / |V|^2. */
static void AddDrawn(Equations eq, OperatingPoint point, PetscInt bus, PetscReal p_mw, PetscReal q_mvar)
{
  const PetscReal v = point->vm_pu[bus], scale = eq->net->base_mva * v * v;
  if ((p_mw == 0.0 && q_mvar == 0.0) || !(v > 0.0) || !NetworkBusIsElectric(eq->net, bus)) return;
  eq->admittance[2 * bus] += p_mw / scale;
  eq->admittance[2 * bus + 1] -= q_mvar / scale;
}

/* Marks the rows of the network's tables that are fed by a part: [0] generators, [1] storage units, [2] loads. */
static PetscErrorCode MarkSites(Equations eq, PetscBool *is_site[3])
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(eq->net->generator.n, &is_site[DEVICE_AT_GENERATOR], eq->net->storage.n,
                         &is_site[DEVICE_AT_STORAGE], eq->net->load.n, &is_site[DEVICE_AT_LOAD]));
  for (PetscInt p = 0; p < eq->n_parts; ++p) {
    const Site *site = &eq->site[eq->part[p].site];
    if (eq->part[p].model->feeds_network) is_site[site->kind][site->row] = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsBuildAdmittances(Equations eq, OperatingPoint point)
{
  const Network net = eq->net;
  PetscBool    *is_site[3];

  PetscFunctionBeginUser;
  PetscCall(MarkSites(eq, is_site));
  for (PetscInt s = 0; s < net->shunt.n; ++s) {
    if (!net->shunt.in_service[s]) continue;
    eq->admittance[2 * net->shunt.bus[s]] += net->shunt.g_mw[s] / net->base_mva;
    eq->admittance[2 * net->shunt.bus[s] + 1] += net->shunt.b_mvar[s] / net->base_mva;
  }
  for (PetscInt l = 0; l < net->load.n; ++l) {
    if (!net->load.in_service[l]) continue;
    eq->load_mw[net->load.bus[l]] += point->load_p[l];
    if (!is_site[DEVICE_AT_LOAD][l]) AddDrawn(eq, point, net->load.bus[l], point->load_p[l], point->load_q[l]);
  }
  for (PetscInt g = 0; g < net->generator.n; ++g) {
    if (!net->generator.in_service[g] || is_site[DEVICE_AT_GENERATOR][g]) continue;
    const PetscInt  bus = net->generator.bus[g];
    const PetscReal g0 = eq->admittance[2 * bus], b0 = eq->admittance[2 * bus + 1];
    AddDrawn(eq, point, bus, -point->generator_p[g], -point->generator_q[g]);
    eq->negative_load[2 * g]     = eq->admittance[2 * bus] - g0;
    eq->negative_load[2 * g + 1] = eq->admittance[2 * bus + 1] - b0;
  }
  for (PetscInt s = 0; s < net->storage.n; ++s) {
    if (!net->storage.in_service[s] || is_site[DEVICE_AT_STORAGE][s]) continue;
    AddDrawn(eq, point, net->storage.bus[s], -point->storage_p[s], -point->storage_q[s]);
  }
  for (PetscInt k = 0; k < net->link.n; ++k) {
    if (!net->link.in_service[k]) continue;
    AddDrawn(eq, point, net->link.from[k], -point->link_p_from[k], -point->link_q_from[k]);
    AddDrawn(eq, point, net->link.to[k], -point->link_p_to[k], -point->link_q_to[k]);
  }
  PetscCall(PetscFree3(is_site[DEVICE_AT_GENERATOR], is_site[DEVICE_AT_STORAGE], is_site[DEVICE_AT_LOAD]));
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

/* Of a shunt at each end of a branch, what both have: half the charging of a uniform line. */
static PetscReal CommonPart(PetscReal a, PetscReal b)
{
  if (a * b <= 0.0) return 0.0;
  return PetscAbsReal(a) < PetscAbsReal(b) ? a : b;
}

/* A short circuit at `at` through z_f: the branch is two sections, each with its share of the series impedance and of the
   charging, which meet at the fault; the point is eliminated. y[0] between the ends, y[1] and y[2] from them to ground. */
static void FaultedSections(const BranchTable *br, PetscInt k, const BranchFault *fault, double complex y[3])
{
  const double complex z = br->r[k] + br->x[k] * I, zf = fault->r + fault->x * I;
  const double complex charge = CommonPart(br->g_from[k], br->g_to[k]) + CommonPart(br->b_from[k], br->b_to[k]) * I;
  const double complex near = fault->at * z, far = (1.0 - fault->at) * z;
  const double complex zm = zf / (1.0 + zf * charge); /* half the charging of both sections stands at the fault */
  /* star of near, far and zm made a triangle */
  const double complex sum = near * far + near * zm + far * zm;
  y[0]                     = zm / sum; /* zero when bolted */
  y[1]                     = far / sum - (1.0 - fault->at) * charge;
  y[2]                     = near / sum - fault->at * charge;
}

/* The bus at which a bolted short circuit of a closed branch stands, or -1: it is not at its very end. */
static PetscInt BoltedEnd(Equations eq, PetscInt k)
{
  const BranchFault *fault = &eq->branch_fault[k];
  if (!eq->branch_closed[k] || !fault->on || fault->r != 0.0 || fault->x != 0.0) return -1;
  return fault->at <= 0.0 ? eq->net->branch.from[k] : fault->at >= 1.0 ? eq->net->branch.to[k] : -1;
}

void EquationsTwoPort(Equations eq, PetscInt k, PetscReal port[4][2])
{
  const BranchTable   *br   = &eq->net->branch;
  const double complex a    = br->tap[k] * cexp(I * br->shift_rad[k]);
  double complex       y[3] = {1.0 / (br->r[k] + br->x[k] * I), 0.0, 0.0}, full[4];
  if (eq->branch_fault[k].on && BoltedEnd(eq, k) < 0) FaultedSections(br, k, &eq->branch_fault[k], y);
  full[0] = (y[0] + y[1] + br->g_from[k] + br->b_from[k] * I) / (br->tap[k] * br->tap[k]);
  full[1] = -y[0] / conj(a);
  full[2] = -y[0] / a;
  full[3] = y[0] + y[2] + br->g_to[k] + br->b_to[k] * I;
  for (PetscInt i = 0; i < 4; ++i) {
    port[i][0] = eq->branch_closed[k] ? creal(full[i]) : 0.0;
    port[i][1] = eq->branch_closed[k] ? cimag(full[i]) : 0.0;
  }
}

static void AddBranch(Equations eq, PetscInt k)
{
  const PetscInt f = eq->net->branch.from[k], t = eq->net->branch.to[k];
  PetscReal      y[4][2];
  EquationsTwoPort(eq, k, y);
  AddAdmittance(eq, f, f, y[0][0], y[0][1]);
  AddAdmittance(eq, f, t, y[1][0], y[1][1]);
  AddAdmittance(eq, t, f, y[2][0], y[2][1]);
  AddAdmittance(eq, t, t, y[3][0], y[3][1]);
}

static PetscInt Root(PetscInt *parent, PetscInt i)
{
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

/* Islands in the order of their first bus; those in which nothing forms a voltage are dead. */
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
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    if (eq->site[s].machine && eq->site[s].online) eq->island[Root(parent, eq->site[s].bus)] = 0;
  }
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

/* What is tripped or without voltage stands still from now on. */
static void FreezeSites(Equations eq, const PetscReal *y)
{
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    Site           *site   = &eq->site[s];
    const PetscBool frozen = (PetscBool)(!site->online || eq->island[site->bus] < 0);
    for (PetscInt p = site->first_part; frozen && !site->frozen && y && p < site->first_part + site->n_parts; ++p) {
      memcpy(&eq->held[eq->part[p].first], &y[eq->part[p].first], (size_t)eq->part[p].model->n_unknowns * sizeof *y);
    }
    site->frozen = frozen;
  }
}

PetscErrorCode EquationsUpdateTopology(Equations eq, const PetscReal *y)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  FindIslands(eq);
  FreezeSites(eq, y);
  PetscCall(PetscArrayzero(eq->linear, EquationsEntries(eq)));
  for (PetscInt i = 0; i < net->bus.n; ++i) eq->live[i] = (PetscBool)(eq->island[i] >= 0 && !eq->bolted[i]);
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const PetscInt end = BoltedEnd(eq, k);
    if (end >= 0) eq->live[end] = PETSC_FALSE;
  }
  for (PetscInt i = 0; i < net->bus.n; ++i) {
    const PetscInt u = EquationsBusUnknown(eq, i);
    AddAdmittance(eq, i, i, eq->admittance[2 * i] + eq->load_step[2 * i] + eq->fault[2 * i],
                  eq->admittance[2 * i + 1] + eq->load_step[2 * i + 1] + eq->fault[2 * i + 1]);
    if (eq->live[i]) continue;
    eq->linear[EquationsPosition(eq, u, u)]         = 1.0;
    eq->linear[EquationsPosition(eq, u + 1, u + 1)] = 1.0;
  }
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    if (eq->branch_closed[k]) AddBranch(eq, k);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsReset(Equations eq)
{
  const Network net = eq->net;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < net->branch.n; ++k) {
    const PetscBool isolated = (PetscBool)(net->bus.type[net->branch.from[k]] == BUS_ISOLATED ||
                                           net->bus.type[net->branch.to[k]] == BUS_ISOLATED);
    eq->branch_closed[k]     = (PetscBool)(net->branch.in_service[k] && !isolated);
    eq->branch_fault[k].on   = PETSC_FALSE;
  }
  for (PetscInt i = 0; i < net->bus.n; ++i) EquationsClearFault(eq, i);
  PetscCall(PetscArrayzero(eq->load_step, 2 * net->bus.n));
  PetscCall(PetscArraycpy(eq->data_arena, eq->data_start, eq->n_data_arena));
  PetscCall(PetscArraycpy(eq->mode_arena, eq->mode_start, eq->n_mode_arena));
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    eq->site[s].online = PETSC_TRUE;
    eq->site[s].frozen = PETSC_FALSE;
    PetscCall(PetscArraycpy(eq->site[s].signal_constant, &eq->constant_start[s * SIGNAL_COUNT], SIGNAL_COUNT));
  }
  PetscCall(EquationsUpdateTopology(eq, eq->start));
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
