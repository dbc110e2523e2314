/* Power flows of a two-port and their derivatives. */
#include "solver/branch_flow.h"

#include <complex.h>
#include <math.h>

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

BranchPoint BranchPointAt(PetscReal va_from, PetscReal va_to, PetscReal vm_from, PetscReal vm_to)
{
  const PetscReal d = va_from - va_to;
  return (BranchPoint){vm_from, vm_to, cos(d), sin(d)};
}

static PetscBool IsFromEnd(int k)
{
  return (PetscBool)(k == FLOW_P_FROM || k == FLOW_Q_FROM);
}

PetscReal BranchFlowValue(const BranchFlow *flow, const BranchPoint *p, int k)
{
  const PetscReal own = IsFromEnd(k) ? p->v_from : p->v_to;
  return flow->a[k] * own * own + p->v_from * p->v_to * (flow->c[k] * p->cosine + flow->s[k] * p->sine);
}

void BranchFlowGradient(const BranchFlow *flow, const BranchPoint *p, int k, PetscReal gradient[END_COUNT])
{
  const PetscReal w  = flow->c[k] * p->cosine + flow->s[k] * p->sine;
  const PetscReal dw = flow->s[k] * p->cosine - flow->c[k] * p->sine;

  gradient[END_VA_FROM] = p->v_from * p->v_to * dw;
  gradient[END_VA_TO]   = -gradient[END_VA_FROM];
  gradient[END_VM_FROM] = p->v_to * w + (IsFromEnd(k) ? 2 * flow->a[k] * p->v_from : 0);
  gradient[END_VM_TO]   = p->v_from * w + (IsFromEnd(k) ? 0 : 2 * flow->a[k] * p->v_to);
}

void BranchFlowHessianAdd(const BranchFlow *flow, const BranchPoint *p, const PetscReal weight[FLOW_COUNT],
                          PetscReal triangle[END_TRIANGLE])
{
  PetscReal c = 0, s = 0, a_from = 0, a_to = 0;

  for (int k = 0; k < FLOW_COUNT; k++) {
    c += weight[k] * flow->c[k];
    s += weight[k] * flow->s[k];
    if (IsFromEnd(k))
      a_from += weight[k] * flow->a[k];
    else
      a_to += weight[k] * flow->a[k];
  }
  const PetscReal w = c * p->cosine + s * p->sine, dw = s * p->cosine - c * p->sine;
  const PetscReal angle = p->v_from * p->v_to * w;

  triangle[0] -= angle;          /* va_from, va_from */
  triangle[1] += angle;          /* va_to, va_from */
  triangle[2] -= angle;          /* va_to, va_to */
  triangle[3] += p->v_to * dw;   /* vm_from, va_from */
  triangle[4] -= p->v_to * dw;   /* vm_from, va_to */
  triangle[5] += 2 * a_from;     /* vm_from, vm_from */
  triangle[6] += p->v_from * dw; /* vm_to, va_from */
  triangle[7] -= p->v_from * dw; /* vm_to, va_to */
  triangle[8] += w;              /* vm_to, vm_from */
  triangle[9] += 2 * a_to;       /* vm_to, vm_to */
}
