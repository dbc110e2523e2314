/* Newton power flow in polar form: the operating point from set-points alone. */
#ifndef ARCHIPELAGO_SOLVER_POWERFLOW_H
#define ARCHIPELAGO_SOLVER_POWERFLOW_H

#include "inputs/network.h"

typedef struct {
  PetscReal tolerance;      /* largest mismatch, per unit; default 1e-10 */
  PetscInt  max_iterations; /* default 30 */
  PetscInt  snapshot;       /* hour of the load series, -1 static */
  PetscBool flat_start;
} PowerFlowOptions;

typedef struct {
  PetscBool  converged;
  PetscInt   iterations;
  PetscReal  mismatch_pu;
  PetscReal *vm_pu, *va_rad;   /* [buses] */
  PetscReal *generator_p, *generator_q; /* [generators] MW, Mvar: slack and reactive power shared out at each bus */
} PowerFlow;

void PowerFlowDefaultOptions(PowerFlowOptions *options);

/* Not collective (PETSc LU on PETSC_COMM_SELF). Bus types as given (a PV bus without a generator in service is PQ); link and
   generator set-points fixed; the reference of each island balances it. Not converged: `converged` false, no error. */
PetscErrorCode PowerFlowSolve(Network net, const PowerFlowOptions *options, PowerFlow *flow);
PetscErrorCode PowerFlowDestroy(PowerFlow *flow);

#endif
