/* From an hour of a dispatch to the operating point of a simulation. */
#include "jobs/point.h"

PetscErrorCode OperatingPointFromDispatch(Network net, Dispatch d, PetscInt hour, OperatingPoint *point)
{
  PetscInt       b = hour * d->n_bus, g = hour * d->n_generator, l = hour * d->n_load;
  OperatingPoint p;

  PetscFunctionBeginUser;
  PetscCall(OperatingPointCreate(net, point));
  p = *point;
  PetscCall(PetscArraycpy(p->vm_pu, d->vm_pu + b, d->n_bus));
  PetscCall(PetscArraycpy(p->va_rad, d->va_rad + b, d->n_bus));
  PetscCall(PetscArraycpy(p->generator_p, d->generator_p + g, d->n_generator));
  PetscCall(PetscArraycpy(p->generator_q, d->generator_q + g, d->n_generator));
  PetscCall(PetscArraycpy(p->load_p, d->load_p + l, d->n_load));
  PetscCall(PetscArraycpy(p->load_q, d->load_q + l, d->n_load));
  for (PetscInt k = 0; k < d->n_storage; k++) {
    PetscInt s      = hour * d->n_storage + k;
    p->storage_p[k] = d->storage_discharge[s] - d->storage_charge[s];
    p->storage_q[k] = d->storage_q[s];
  }
  for (PetscInt k = 0; k < d->n_link; k++) {
    PetscInt s        = hour * d->n_link + k;
    p->link_p_from[k] = -d->link_p_from[s];
    p->link_p_to[k]   = d->link_p_to[s];
    p->link_q_from[k] = d->link_q_from[s];
    p->link_q_to[k]   = d->link_q_to[s];
  }
  PetscFunctionReturn(0);
}
