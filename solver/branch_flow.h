/* The branch flow kernel: active and reactive power into both ends of a two-port, with exact first and second
   derivatives. Written once; every AC model uses it. */
#ifndef ARCHIPELAGO_SOLVER_BRANCH_FLOW_H
#define ARCHIPELAGO_SOLVER_BRANCH_FLOW_H

#include "inputs/network.h"

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

BranchPoint BranchPointAt(PetscReal va_from, PetscReal va_to, PetscReal vm_from, PetscReal vm_to);

/* Value of flow k, per unit. */
PetscReal BranchFlowValue(const BranchFlow *flow, const BranchPoint *point, int k);

/* Gradient of flow k with respect to the four end variables. */
void BranchFlowGradient(const BranchFlow *flow, const BranchPoint *point, int k, PetscReal gradient[END_COUNT]);

/* Adds the Hessian of sum_k weight[k] flow_k to the lower triangle. */
void BranchFlowHessianAdd(const BranchFlow *flow, const BranchPoint *point, const PetscReal weight[FLOW_COUNT],
                          PetscReal triangle[END_TRIANGLE]);

#endif
