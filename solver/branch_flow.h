/* The branch flow kernel: active and reactive power into both ends of a two-port, with exact first and second
   derivatives. Written once; every AC model uses it. Inline, for evaluations spend their time here. */
#ifndef ARCHIPELAGO_SOLVER_BRANCH_FLOW_H
#define ARCHIPELAGO_SOLVER_BRANCH_FLOW_H

#include "inputs/network.h"

#include <math.h>

/* The four flows of a branch, in this order. */
enum { FLOW_P_FROM, FLOW_Q_FROM, FLOW_P_TO, FLOW_Q_TO, FLOW_COUNT };

/* The four variables a branch sees, in this order. */
enum { END_VA_FROM, END_VA_TO, END_VM_FROM, END_VM_TO, END_COUNT };

/* Entries of the lower triangle of a symmetric 4 x 4 matrix, row by row. */
enum { END_TRIANGLE = 10 };

/* Each flow has the form  a v^2 + v_from v_to (c cos d + s sin d),  d = va_from - va_to,  with v the voltage of its own
   end (per unit). Coefficients follow from the two-port admittances (Zimmerman, MATPOWER User's Manual, eq. 3.2). */
typedef struct {
  PetscReal a[FLOW_COUNT], c[FLOW_COUNT], s[FLOW_COUNT];
} BranchFlow;

void BranchFlowSetUp(Network net, PetscInt branch, BranchFlow *flow);

/* What the derivatives share at one point: products of voltages and trigonometric functions. */
typedef struct {
  PetscReal v_from, v_to, cosine, sine;
} BranchPoint;

static inline BranchPoint BranchPointAt(PetscReal va_from, PetscReal va_to, PetscReal vm_from, PetscReal vm_to)
{
  const PetscReal d = va_from - va_to;
  return (BranchPoint){vm_from, vm_to, cos(d), sin(d)};
}

static inline PetscBool BranchFlowIsFrom(int k)
{
  return (PetscBool)(k == FLOW_P_FROM || k == FLOW_Q_FROM);
}

/* Value of flow k, per unit. */
static inline PetscReal BranchFlowValue(const BranchFlow *flow, const BranchPoint *p, int k)
{
  const PetscReal own = BranchFlowIsFrom(k) ? p->v_from : p->v_to;
  return flow->a[k] * own * own + p->v_from * p->v_to * (flow->c[k] * p->cosine + flow->s[k] * p->sine);
}

/* Gradient of flow k with respect to the four end variables. */
static inline void BranchFlowGradient(const BranchFlow *flow, const BranchPoint *p, int k,
                                      PetscReal gradient[END_COUNT])
{
  const PetscReal w  = flow->c[k] * p->cosine + flow->s[k] * p->sine;
  const PetscReal dw = flow->s[k] * p->cosine - flow->c[k] * p->sine;

  gradient[END_VA_FROM] = p->v_from * p->v_to * dw;
  gradient[END_VA_TO]   = -gradient[END_VA_FROM];
  gradient[END_VM_FROM] = p->v_to * w + (BranchFlowIsFrom(k) ? 2 * flow->a[k] * p->v_from : 0);
  gradient[END_VM_TO]   = p->v_from * w + (BranchFlowIsFrom(k) ? 0 : 2 * flow->a[k] * p->v_to);
}

/* Adds the Hessian of sum_k weight[k] flow_k to the lower triangle. */
static inline void BranchFlowHessianAdd(const BranchFlow *flow, const BranchPoint *p,
                                        const PetscReal weight[FLOW_COUNT], PetscReal triangle[END_TRIANGLE])
{
  PetscReal c = 0, s = 0, a_from = 0, a_to = 0;

  for (int k = 0; k < FLOW_COUNT; k++) {
    c += weight[k] * flow->c[k];
    s += weight[k] * flow->s[k];
    if (BranchFlowIsFrom(k))
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

#endif
