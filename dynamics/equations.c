/* The differential-algebraic system: its life, its residual, its Jacobian and what can be read from it. */
#include "dynamics/equations_impl.h"

#include <strings.h>

static PetscErrorCode AllocateNetwork(Equations eq)
{
  const PetscInt nb = eq->net->bus.n;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc5(2 * nb, &eq->admittance, 2 * nb, &eq->load_step, 2 * nb, &eq->fault, nb, &eq->load_mw, nb,
                         &eq->vm_start));
  PetscCall(PetscCalloc4(nb, &eq->bolted, nb, &eq->island, nb, &eq->live, nb, &eq->parent));
  PetscCall(PetscCalloc3(eq->net->branch.n, &eq->branch_closed, eq->net->branch.n, &eq->branch_fault,
                         2 * eq->net->generator.n, &eq->negative_load));
  PetscFunctionReturn(0);
}

/* Voltages of the operating point. */
static void StartBuses(Equations eq, OperatingPoint point)
{
  for (PetscInt i = 0; i < eq->net->bus.n; ++i) {
    PetscReal *v    = &eq->start[EquationsBusUnknown(eq, i)];
    eq->vm_start[i] = point->vm_pu[i];
    if (eq->island[i] < 0) continue;
    v[0] = point->vm_pu[i] * PetscCosReal(point->va_rad[i]);
    v[1] = point->vm_pu[i] * PetscSinReal(point->va_rad[i]);
    if ((!PetscIsNormalReal(point->vm_pu[i]) || PetscIsInfOrNanReal(point->va_rad[i])) && !eq->problem[0]) {
      snprintf(eq->problem, sizeof eq->problem, "bus %lld: the operating point has no voltage there",
               (long long)eq->net->bus.number[i]);
    }
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
  PartPlan *plan = NULL;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&eq));
  *equations       = eq;
  eq->net          = net;
  eq->frequency_hz = frequency_hz;
  PetscCall(AllocateNetwork(eq));
  PetscCall(EquationsBuildSites(eq, point, table, &plan));
  PetscCall(PetscCalloc4(eq->n, &eq->differential, eq->n, &eq->nominal, eq->n, &eq->start, eq->n, &eq->held));
  for (PetscInt k = eq->n_states; k < eq->n; ++k) eq->nominal[k] = 1.0;
  PetscCall(EquationsBuildPattern(eq));
  PetscCall(EquationsBuildAdmittances(eq, point));
  PetscCall(EquationsReset(eq));
  StartBuses(eq, point);
  PetscCall(EquationsStartSites(eq, point, plan));
  PetscCall(PetscFree(plan));
  if (eq->n_machines == 0 && !eq->problem[0])
    snprintf(eq->problem, sizeof eq->problem, "no machine is online (nor anything else that forms a voltage)");
  if (eq->problem[0]) PetscFunctionReturn(0);
  PetscCall(AbsorbMismatch(eq));
  PetscCall(EquationsUpdateTopology(eq, eq->start));
  PetscFunctionReturn(0);
}

PetscErrorCode EquationsDestroy(Equations *equations)
{
  PetscFunctionBeginUser;
  if (!equations || !*equations) PetscFunctionReturn(0);
  Equations eq = *equations;
  PetscCall(PetscFree(eq->site));
  PetscCall(PetscFree(eq->part));
  PetscCall(PetscFree2(eq->data_arena, eq->data_start));
  PetscCall(PetscFree2(eq->mode_arena, eq->mode_start));
  PetscCall(PetscFree2(eq->input_arena, eq->position_arena));
  PetscCall(PetscFree3(eq->machine, eq->switching, eq->constant_start));
  PetscCall(PetscFree4(eq->differential, eq->nominal, eq->start, eq->held));
  PetscCall(PetscFree(eq->column_start));
  PetscCall(PetscFree(eq->row_index));
  PetscCall(PetscFree(eq->linear));
  PetscCall(PetscFree5(eq->admittance, eq->load_step, eq->fault, eq->load_mw, eq->vm_start));
  PetscCall(PetscFree4(eq->bolted, eq->island, eq->live, eq->parent));
  PetscCall(PetscFree3(eq->branch_closed, eq->branch_fault, eq->negative_load));
  PetscCall(PetscFree(*equations));
  PetscFunctionReturn(0);
}

/* The local unknowns of a part: its own and its inputs. */
static inline void Gather(Equations eq, const Part *part, const PetscReal *y, PetscReal *u)
{
  const DeviceModel *m        = part->model;
  const PetscReal   *constant = eq->site[part->site].signal_constant;
  for (PetscInt k = 0; k < m->n_unknowns; ++k) u[k] = y[part->first + k];
  u += m->n_unknowns;
  for (PetscInt k = 0; k < m->n_inputs; ++k) u[k] = part->input[k] >= 0 ? y[part->input[k]] : constant[m->input[k]];
}

void EquationsPartResidual(Equations eq, PetscInt p, const PetscReal *y, const PetscReal *yp, PetscReal *f)
{
  const Part *part = &eq->part[p];
  PetscReal   u[DEVICE_MAX_LOCAL];
  Gather(eq, part, y, u);
  part->model->residual(part->data, part->mode, u, &yp[part->first], f);
}

/* A frozen part stands still. */
static void FrozenResidual(Equations eq, const Part *part, const PetscReal *y, const PetscReal *yp, PetscReal *f)
{
  for (PetscInt k = part->first; k < part->first + part->model->n_unknowns; ++k) {
    f[k] = eq->differential[k] ? yp[k] : y[k] - eq->held[k];
  }
}

void EquationsResidual(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal *f)
{
  PetscReal local[DEVICE_MAX_LOCAL];
  for (PetscInt i = 0; i < eq->n; ++i) f[i] = 0.0;
  for (PetscInt j = eq->n_states; j < eq->n; ++j) {
    const PetscReal v = y[j];
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) f[eq->row_index[k]] += eq->linear[k] * v;
  }
  for (PetscInt p = 0; p < eq->n_parts; ++p) {
    const Part    *part = &eq->part[p];
    const Site    *site = &eq->site[part->site];
    const PetscInt n = part->model->n_unknowns, bus = EquationsBusUnknown(eq, site->bus);
    if (site->frozen) {
      FrozenResidual(eq, part, y, yp, f);
      continue;
    }
    EquationsPartResidual(eq, p, y, yp, local);
    for (PetscInt k = 0; k < n; ++k) f[part->first + k] = local[k];
    if (!part->model->feeds_network || !eq->live[site->bus]) continue;
    f[bus] -= local[n];
    f[bus + 1] -= local[n + 1];
  }
}

void EquationsJacobian(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal cj, PetscReal *value)
{
  PetscReal u[DEVICE_MAX_LOCAL], local[DEVICE_MAX_ENTRIES];
  memcpy(value, eq->linear, (size_t)EquationsEntries(eq) * sizeof *value);
  for (PetscInt p = 0; p < eq->n_parts; ++p) {
    const Part        *part  = &eq->part[p];
    const DeviceModel *model = part->model;
    const Site        *site  = &eq->site[part->site];
    if (site->frozen) {
      for (PetscInt k = part->first; k < part->first + model->n_unknowns; ++k)
        value[EquationsPosition(eq, k, k)] = eq->differential[k] ? cj : 1.0;
      continue;
    }
    const PetscReal sign = eq->live[site->bus] ? -1.0 : 0.0; /* of the current's rows: Y V - I */
    Gather(eq, part, y, u);
    model->jacobian(part->data, part->mode, u, &yp[part->first], cj, local);
    for (PetscInt k = 0; k < model->n_entries; ++k) {
      if (part->position[k] < 0) continue;
      value[part->position[k]] += model->entry[k].row < model->n_unknowns ? local[k] : sign * local[k];
    }
  }
}

PetscReal EquationsMargin(Equations eq, PetscInt p, const PetscReal *y, PetscInt *which)
{
  const Part *part = &eq->part[p];
  PetscReal   u[DEVICE_MAX_LOCAL], margin[DEVICE_MAX_MODES], smallest = PETSC_INFINITY;
  *which = 0;
  if (part->model->n_modes == 0 || eq->site[part->site].frozen) return smallest;
  Gather(eq, part, y, u);
  part->model->margin(part->data, part->mode, u, margin);
  for (PetscInt k = 0; k < part->model->n_modes; ++k) {
    if (!(margin[k] < smallest)) continue;
    smallest = margin[k];
    *which   = k;
  }
  return smallest;
}

void EquationsChangeMode(Equations eq, PetscInt p, PetscInt which, PetscReal *y)
{
  const Part *part = &eq->part[p];
  PetscReal   u[DEVICE_MAX_LOCAL];
  Gather(eq, part, y, u);
  part->model->change(part->data, which, u, part->mode);
  for (PetscInt k = 0; k < part->model->n_unknowns; ++k) y[part->first + k] = u[k];
}

PetscBool EquationsTrips(Equations eq, PetscInt p)
{
  const Part *part = &eq->part[p];
  return (PetscBool)(part->model->trips && part->model->trips(part->data, part->mode));
}

PetscInt EquationsFindSite(Equations eq, DeviceSite kind, PetscInt row)
{
  for (PetscInt s = 0; s < eq->n_sites; ++s) {
    if (eq->site[s].kind == kind && eq->site[s].row == row) return s;
  }
  return -1;
}

/* Whether a constant signal of a site means anything: a part reads it. */
static PetscBool IsRead(Equations eq, const Site *site, DeviceSignal signal)
{
  for (PetscInt k = site->first_part; k < site->first_part + site->n_parts; ++k) {
    const DeviceModel *m = eq->part[k].model;
    for (PetscInt i = 0; i < m->n_inputs; ++i) {
      if (m->input[i] == signal) return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

PetscReal *EquationsReference(Equations eq, PetscInt s, const char *name)
{
  Site *site = &eq->site[s];
  /* later kinds first: a plant control's reference rules that of the electrical control below it */
  for (PetscInt k = site->first_part + site->n_parts - 1; k >= site->first_part; --k) {
    const DeviceModel *m = eq->part[k].model;
    for (PetscInt i = 0; i < m->n_references; ++i) {
      if (!strcasecmp(m->reference[i].name, name)) return &eq->part[k].data[m->reference[i].data];
    }
  }
  const DeviceSignal signal = !strcasecmp(name, "pref")  ? SIGNAL_PM
                              : !strcasecmp(name, "efd") ? SIGNAL_EFD
                                                         : SIGNAL_COUNT;
  if (signal == SIGNAL_COUNT || site->signal_unknown[signal] >= 0 || !IsRead(eq, site, signal)) return NULL;
  return PetscIsNanReal(site->signal_constant[signal]) ? NULL : &site->signal_constant[signal];
}

void EquationsPower(Equations eq, PetscInt s, const PetscReal *y, PetscReal *p, PetscReal *q)
{
  const Site      *site = &eq->site[s];
  const PetscReal *v    = &y[EquationsBusUnknown(eq, site->bus)];
  PetscReal        u[DEVICE_MAX_LOCAL], f[DEVICE_MAX_LOCAL], zero[DEVICE_MAX_LOCAL] = {0.0};
  *p = *q = 0.0;
  if (site->frozen) return;
  for (PetscInt k = site->first_part; k < site->first_part + site->n_parts; ++k) {
    const Part    *part = &eq->part[k];
    const PetscInt n    = part->model->n_unknowns;
    if (!part->model->feeds_network) continue;
    Gather(eq, part, y, u);
    part->model->residual(part->data, part->mode, u, zero, f);
    *p += v[0] * f[n] + v[1] * f[n + 1];
    *q += v[1] * f[n] - v[0] * f[n + 1];
  }
}

void EquationsBranchFlow(Equations eq, PetscInt branch, const PetscReal *y, PetscReal flow[4])
{
  const PetscReal *f = &y[EquationsBusUnknown(eq, eq->net->branch.from[branch])];
  const PetscReal *t = &y[EquationsBusUnknown(eq, eq->net->branch.to[branch])];
  PetscReal        port[4][2];
  EquationsTwoPort(eq, branch, port);
  for (PetscInt end = 0; end < 2; ++end) {
    const PetscReal *v = end ? t : f, *a = port[2 * end], *b = port[2 * end + 1];
    const PetscReal  re = a[0] * f[0] - a[1] * f[1] + b[0] * t[0] - b[1] * t[1];
    const PetscReal  im = a[0] * f[1] + a[1] * f[0] + b[0] * t[1] + b[1] * t[0];
    flow[2 * end]       = v[0] * re + v[1] * im;
    flow[2 * end + 1]   = v[1] * re - v[0] * im;
  }
}
