/* The flow of a branch in the DC models. */
#include "solver/dc_flow.h"

void DcFlowSetUp(Network net, PetscInt k, Physics physics, DcFlow *flow)
{
  const BranchTable *t  = &net->branch;
  const PetscReal    z2 = t->r[k] * t->r[k] + t->x[k] * t->x[k];

  if (physics == PHYSICS_DC_MATPOWER)
    *flow = (DcFlow){1 / (t->x[k] * t->tap[k]), 0, t->shift_rad[k]};
  else
    *flow = (DcFlow){t->x[k] / z2, physics == PHYSICS_DC_LOSSES ? t->r[k] / z2 : 0, 0};
}

PetscReal DcFlowValue(const DcFlow *flow, int end, PetscReal difference)
{
  const PetscReal d = difference - flow->shift;
  return (end == 0 ? flow->b * d : -flow->b * d) + 0.5 * flow->g * d * d;
}

PetscReal DcFlowSlope(const DcFlow *flow, int end, PetscReal difference)
{
  return (end == 0 ? flow->b : -flow->b) + flow->g * (difference - flow->shift);
}
