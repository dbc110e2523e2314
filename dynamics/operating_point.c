/* The operating point: voltages and injections from which a simulation starts. */
#include "dynamics/operating_point.h"

PetscErrorCode OperatingPointCreate(Network net, OperatingPoint *point)
{
  OperatingPoint op;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&op));
  *point = op;
  PetscCall(PetscCalloc2(net->bus.n, &op->vm_pu, net->bus.n, &op->va_rad));
  PetscCall(PetscCalloc3(net->generator.n, &op->generator_p, net->generator.n, &op->generator_q, net->generator.n,
                         &op->generator_online));
  PetscCall(PetscCalloc2(net->load.n, &op->load_p, net->load.n, &op->load_q));
  PetscCall(PetscCalloc2(net->storage.n, &op->storage_p, net->storage.n, &op->storage_q));
  PetscCall(PetscCalloc4(net->link.n, &op->link_p_from, net->link.n, &op->link_q_from, net->link.n, &op->link_p_to,
                         net->link.n, &op->link_q_to));
  for (PetscInt i = 0; i < net->bus.n; ++i) op->vm_pu[i] = 1.0;
  for (PetscInt g = 0; g < net->generator.n; ++g) op->generator_online[g] = net->generator.in_service[g];
  PetscFunctionReturn(0);
}

/* Links at their set-points inject what the network's model says of them, and as little reactive power as their limits
   let them: as in the power flow. */
static void FillLinks(Network net, OperatingPoint op)
{
  const LinkTable *link = &net->link;
  for (PetscInt k = 0; k < link->n; ++k) {
    if (!link->in_service[k] || net->bus.type[link->from[k]] == BUS_ISOLATED ||
        net->bus.type[link->to[k]] == BUS_ISOLATED)
      continue;
    const PetscReal loss = link->p_min_mw[k] < 0.0 ? 0.0 : link->loss1[k];
    op->link_p_from[k]   = -link->p_mw[k];
    op->link_p_to[k]     = link->p_mw[k] * (1.0 - loss) - link->loss0_mw[k];
    op->link_q_from[k]   = PetscClipInterval(0.0, link->q_from_min_mvar[k], link->q_from_max_mvar[k]);
    op->link_q_to[k]     = PetscClipInterval(0.0, link->q_to_min_mvar[k], link->q_to_max_mvar[k]);
  }
}

PetscErrorCode OperatingPointFromPowerFlow(Network net, const PowerFlow *flow, PetscInt snapshot, OperatingPoint *point)
{
  OperatingPoint op;

  PetscFunctionBeginUser;
  PetscCall(OperatingPointCreate(net, point));
  op = *point;
  PetscCall(PetscArraycpy(op->vm_pu, flow->vm_pu, net->bus.n));
  PetscCall(PetscArraycpy(op->va_rad, flow->va_rad, net->bus.n));
  PetscCall(PetscArraycpy(op->generator_p, flow->generator_p, net->generator.n));
  PetscCall(PetscArraycpy(op->generator_q, flow->generator_q, net->generator.n));
  for (PetscInt l = 0; l < net->load.n; ++l) {
    if (!net->load.in_service[l]) continue;
    op->load_p[l] = NetworkLoadP(net, l, snapshot);
    op->load_q[l] = NetworkLoadQ(net, l, snapshot);
  }
  FillLinks(net, op);
  PetscFunctionReturn(0);
}

PetscErrorCode OperatingPointOfflineBelow(OperatingPoint point, Network net, PetscReal fraction, PetscInt *count)
{
  PetscInt n = 0;

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < net->generator.n; ++g) {
    const PetscReal p_max = net->generator.p_max_mw[g];
    if (!point->generator_online[g] || !(p_max > 0.0) || !PetscIsNormalReal(p_max)) continue;
    if (PetscAbsReal(point->generator_p[g]) >= fraction * p_max) continue;
    point->generator_online[g] = PETSC_FALSE;
    ++n;
  }
  if (count) *count = n;
  PetscFunctionReturn(0);
}

PetscErrorCode OperatingPointDestroy(OperatingPoint *point)
{
  PetscFunctionBeginUser;
  if (!point || !*point) PetscFunctionReturn(0);
  OperatingPoint op = *point;
  PetscCall(PetscFree2(op->vm_pu, op->va_rad));
  PetscCall(PetscFree3(op->generator_p, op->generator_q, op->generator_online));
  PetscCall(PetscFree2(op->load_p, op->load_q));
  PetscCall(PetscFree2(op->storage_p, op->storage_q));
  PetscCall(PetscFree4(op->link_p_from, op->link_q_from, op->link_p_to, op->link_q_to));
  PetscCall(PetscFree(*point));
  PetscFunctionReturn(0);
}
