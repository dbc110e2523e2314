/* Coefficients of a two-port's flows. */
#include "solver/branch_flow.h"

#include <complex.h>

void BranchFlowSetUp(Network net, PetscInt branch, BranchFlow *flow)
{
  const BranchTable   *t      = &net->branch;
  const double complex series = 1.0 / (t->r[branch] + I * t->x[branch]);
  const double complex ratio  = t->tap[branch] * cexp(I * t->shift_rad[branch]);
  const double complex ff = (series + t->g_from[branch] + I * t->b_from[branch]) / (t->tap[branch] * t->tap[branch]);
  const double complex tt = series + t->g_to[branch] + I * t->b_to[branch];
  const double complex ft = -series / conj(ratio);
  const double complex tf = -series / ratio;

  flow->a[FLOW_P_FROM] = creal(ff);
  flow->c[FLOW_P_FROM] = creal(ft);
  flow->s[FLOW_P_FROM] = cimag(ft);
  flow->a[FLOW_Q_FROM] = -cimag(ff);
  flow->c[FLOW_Q_FROM] = -cimag(ft);
  flow->s[FLOW_Q_FROM] = creal(ft);
  flow->a[FLOW_P_TO]   = creal(tt);
  flow->c[FLOW_P_TO]   = creal(tf);
  flow->s[FLOW_P_TO]   = -cimag(tf);
  flow->a[FLOW_Q_TO]   = -cimag(tt);
  flow->c[FLOW_Q_TO]   = -cimag(tf);
  flow->s[FLOW_Q_TO]   = -creal(tf);
}
