/* The flow of a branch in the DC models: linear in the angles, or with quadratic losses. Written once; the OPF model and its
   border use it. */
#ifndef ARCHIPELAGO_SOLVER_DC_FLOW_H
#define ARCHIPELAGO_SOLVER_DC_FLOW_H

#include "solver/evaluate.h"

/* Power into the branch, per unit, with d = va_from - va_to - shift:

     p_from = b d + g d^2 / 2,   p_to = -b d + g d^2 / 2.

   The series admittance is g - jb with b = x/(r^2 + x^2), g = r/(r^2 + x^2). PHYSICS_DC_REACTANCE: g = 0, as PowerModels'
   DC form, without taps and shifts. PHYSICS_DC_MATPOWER: b = 1/(x tap), g = 0, with phase shifters (User's Manual, section
   3.7). PHYSICS_DC_LOSSES: the losses g d^2 are those of the AC branch, g (2 - 2 cos d) at voltages of 1, to third order in
   d, half at each end. */
typedef struct {
  PetscReal b, g, shift;
} DcFlow;

void DcFlowSetUp(Network net, PetscInt branch, Physics physics, DcFlow *flow);

/* Flow into the from end (end 0) or to end (end 1) at the angle difference va_from - va_to; its derivative by that difference.
   The second derivative is g at both ends. */
PetscReal DcFlowValue(const DcFlow *flow, int end, PetscReal difference);
PetscReal DcFlowSlope(const DcFlow *flow, int end, PetscReal difference);

#endif
