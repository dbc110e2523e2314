/* Operating points near a dispatch: some power lowered here and raised there, as a power flow settles it. */
#include <complex.h>
#include <math.h>

#include "jobs/security_impl.h"

typedef double complex Complex;

static PetscReal StorageNet(Dispatch d, PetscInt hour, PetscInt s)
{
  const PetscInt at = hour * d->n_storage + s;
  return d->storage_discharge[at] - d->storage_charge[at];
}

/* What a unit could give more at this hour, MW; units that are lowered are not raised. */
static PetscReal GeneratorRoom(Run run, Dispatch d, PetscInt hour, const PowerShift *shift, PetscInt g)
{
  const GeneratorTable *t = &run->net->generator;

  if (!t->in_service[g] || shift->generator[g] > 0 || !shift->raise[t->bus[g]]) return 0;
  return PetscMax(0, NetworkGeneratorPMax(run->net, g, d->first_snapshot + hour) -
                         d->generator_p[hour * d->n_generator + g]);
}

static PetscReal StorageRoom(Run run, Dispatch d, PetscInt hour, const PowerShift *shift, PetscInt s)
{
  const StorageTable *t = &run->net->storage;
  PetscReal           room, energy;

  if (!t->in_service[s] || shift->storage[s] > 0 || !shift->raise[t->bus[s]]) return 0;
  room   = t->p_discharge_max_mw[s] - StorageNet(d, hour, s);
  energy = (d->storage_energy[hour * d->n_storage + s] - t->e_min_mwh[s]) * t->efficiency_discharge[s] / d->step_hours;
  return PetscMax(0, PetscMin(room, energy));
}

static PetscReal TotalRoom(Run run, Dispatch d, PetscInt hour, const PowerShift *shift)
{
  PetscReal room = 0;

  for (PetscInt g = 0; g < d->n_generator; g++) room += GeneratorRoom(run, d, hour, shift, g);
  for (PetscInt s = 0; s < d->n_storage; s++) room += StorageRoom(run, d, hour, shift, s);
  return room;
}

static PetscReal TotalLowered(Dispatch d, const PowerShift *shift)
{
  PetscReal sum = 0;

  for (PetscInt g = 0; g < d->n_generator; g++) sum += shift->generator[g];
  for (PetscInt s = 0; s < d->n_storage; s++) sum += shift->storage[s];
  return sum;
}

PetscReal SecurityShiftRoom(Run run, Dispatch d, PetscInt hour, const PowerShift *shift)
{
  const PetscReal room = TotalRoom(run, d, hour, shift), lowered = TotalLowered(d, shift);
  return lowered > 0 ? PetscMin(1, room / lowered) : 0;
}

/* The network with this hour's set-points; everything that is no generator stands as a load. Only the power flow may see
   it: what it does not read is shared with the network. */
typedef struct {
  struct _s_Network net;
  PetscReal        *generator_p, *generator_q, *vm_set, *vm, *va, *load_p, *load_q;
  PetscInt         *load_bus, *series;
  PetscBool        *on;
} HourNetwork;

static void AddLoad(HourNetwork *h, PetscInt bus, PetscReal p_mw, PetscReal q_mvar)
{
  const PetscInt k = h->net.load.n++;

  h->load_bus[k] = bus;
  h->load_p[k]   = p_mw;
  h->load_q[k]   = q_mvar;
  h->series[k]   = -1;
  h->on[k]       = PETSC_TRUE;
}

static PetscErrorCode HourNetworkCreate(Network net, OperatingPoint point, HourNetwork *h)
{
  const PetscInt loads = net->load.n + net->storage.n + 2 * net->link.n, units = net->generator.n, buses = net->bus.n;

  PetscFunctionBeginUser;
  h->net = *net;
  PetscCall(
      PetscMalloc5(units, &h->generator_p, units, &h->generator_q, units, &h->vm_set, buses, &h->vm, buses, &h->va));
  PetscCall(PetscMalloc5(loads, &h->load_p, loads, &h->load_q, loads, &h->load_bus, loads, &h->series, loads, &h->on));
  PetscCall(PetscArraycpy(h->generator_p, point->generator_p, units));
  PetscCall(PetscArraycpy(h->generator_q, point->generator_q, units));
  PetscCall(PetscArraycpy(h->vm, point->vm_pu, buses));
  PetscCall(PetscArraycpy(h->va, point->va_rad, buses));
  for (PetscInt g = 0; g < units; g++) h->vm_set[g] = point->vm_pu[net->generator.bus[g]];
  h->net.load.n = 0;
  for (PetscInt k = 0; k < net->load.n; k++) AddLoad(h, net->load.bus[k], point->load_p[k], point->load_q[k]);
  for (PetscInt k = 0; k < net->storage.n; k++)
    AddLoad(h, net->storage.bus[k], -point->storage_p[k], -point->storage_q[k]);
  for (PetscInt k = 0; k < net->link.n; k++) {
    AddLoad(h, net->link.from[k], -point->link_p_from[k], -point->link_q_from[k]);
    AddLoad(h, net->link.to[k], -point->link_p_to[k], -point->link_q_to[k]);
  }
  h->net.link.n              = 0;
  h->net.generator.p_mw      = h->generator_p;
  h->net.generator.q_mvar    = h->generator_q;
  h->net.generator.vm_set_pu = h->vm_set;
  h->net.bus.vm_pu           = h->vm;
  h->net.bus.va_rad          = h->va;
  h->net.load.bus            = h->load_bus;
  h->net.load.p_mw           = h->load_p;
  h->net.load.q_mvar         = h->load_q;
  h->net.load.p_series = h->net.load.q_series = h->series;
  h->net.load.in_service                      = h->on;
  PetscFunctionReturn(0);
}

static PetscErrorCode HourNetworkDestroy(HourNetwork *h)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree5(h->generator_p, h->generator_q, h->vm_set, h->vm, h->va));
  PetscCall(PetscFree5(h->load_p, h->load_q, h->load_bus, h->series, h->on));
  PetscFunctionReturn(0);
}

/* Moves set-points: lowered in proportion to what is to be lowered, raised in proportion to the room. */
static void Move(Run run, Dispatch d, PetscInt hour, const PowerShift *shift, PetscReal share, OperatingPoint point)
{
  const PetscReal room = TotalRoom(run, d, hour, shift);
  const PetscReal up   = room > 0 ? share * TotalLowered(d, shift) / room : 0;

  for (PetscInt g = 0; g < d->n_generator; g++)
    point->generator_p[g] += up * GeneratorRoom(run, d, hour, shift, g) - share * shift->generator[g];
  for (PetscInt s = 0; s < d->n_storage; s++)
    point->storage_p[s] += up * StorageRoom(run, d, hour, shift, s) - share * shift->storage[s];
}

PetscErrorCode SecurityShift(Run run, Dispatch d, PetscInt hour, const PowerShift *shift, PetscReal share,
                             OperatingPoint *point)
{
  PowerFlowOptions options;
  PowerFlow        flow;
  HourNetwork      h;
  PetscInt         offline;

  PetscFunctionBeginUser;
  PetscCall(SecurityPoint(run, d, hour, point, &offline));
  Move(run, d, hour, shift, share, *point);
  PetscCall(HourNetworkCreate(run->net, *point, &h));
  PowerFlowDefaultOptions(&options);
  PetscCall(PowerFlowSolve(&h.net, &options, &flow));
  if (flow.converged) {
    PetscCall(PetscArraycpy((*point)->vm_pu, flow.vm_pu, d->n_bus));
    PetscCall(PetscArraycpy((*point)->va_rad, flow.va_rad, d->n_bus));
    PetscCall(PetscArraycpy((*point)->generator_p, flow.generator_p, d->n_generator));
    PetscCall(PetscArraycpy((*point)->generator_q, flow.generator_q, d->n_generator));
    for (PetscInt g = 0; g < d->n_generator; g++) (*point)->generator_online[g] = run->net->generator.in_service[g];
    PetscCall(OperatingPointOfflineBelow(*point, run->net, 1e-3, &offline));
  } else {
    PetscCall(OperatingPointDestroy(point));
    *point = NULL;
  }
  PetscCall(PowerFlowDestroy(&flow));
  PetscCall(HourNetworkDestroy(&h));
  PetscFunctionReturn(0);
}

PetscReal SecurityBranchPower(Network net, PetscInt k, const PetscReal *vm, const PetscReal *va, PetscReal *p_from,
                              PetscReal *p_to)
{
  const BranchTable *b      = &net->branch;
  const Complex      series = 1.0 / (b->r[k] + I * b->x[k]), tap = b->tap[k] * cexp(I * b->shift_rad[k]);
  const Complex      vf = vm[b->from[k]] * cexp(I * va[b->from[k]]), vt = vm[b->to[k]] * cexp(I * va[b->to[k]]);
  const Complex      inner = vf / tap;
  const Complex s_from = inner * conj((series + b->g_from[k] + I * b->b_from[k]) * inner - series * vt) * net->base_mva;
  const Complex s_to   = vt * conj((series + b->g_to[k] + I * b->b_to[k]) * vt - series * inner) * net->base_mva;

  if (p_from) *p_from = creal(s_from);
  if (p_to) *p_to = creal(s_to);
  return PetscMax(cabs(s_from), cabs(s_to));
}
