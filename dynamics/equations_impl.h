/* What the files that make the equations share. */
#ifndef ARCHIPELAGO_DYNAMICS_EQUATIONS_IMPL_H
#define ARCHIPELAGO_DYNAMICS_EQUATIONS_IMPL_H

#include "dynamics/equations.h"

/* The unknown (and the equation) of a device's local index. */
static inline PetscInt DeviceUnknown(Equations eq, const Device *device, PetscInt local)
{
  const PetscInt n = device->model->n_states;
  return local < n ? device->first + local : EquationsBusUnknown(eq, device->bus) + local - n;
}

/* Where the entry (row, column) of the pattern stands. */
int64_t EquationsPosition(Equations eq, PetscInt row, PetscInt column);
/* Finds the pattern and every device's place in it; allocates `linear`. */
PetscErrorCode EquationsBuildPattern(Equations eq);
/* Fills `admittance` and `load_mw` from the operating point and the network's shunts. */
PetscErrorCode EquationsBuildAdmittances(Equations eq, OperatingPoint point);

#endif
