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
  PetscReal *vm_pu, *va_rad;            /* [buses]; magnitude 0 where there is no supply */
  PetscReal *generator_p, *generator_q; /* [generators] MW, Mvar: slack and reactive power shared out at each bus */
  PetscInt   n_islands;                 /* supplied parts, each balanced by its own reference */
  PetscInt   n_dead;                    /* buses in parts without a generator in service (isolated buses not counted) */
} PowerFlow;

void PowerFlowDefaultOptions(PowerFlowOptions *options);

/* Not collective (PETSc LU on PETSC_COMM_SELF). Bus types as given (a PV bus without a generator in service is PQ);
   link and generator set-points fixed; the reference of each island balances it. An island without a reference bus
   that has a generator in service takes its PV bus of largest capacity (failing that, its largest bus with a
   generator). A controlled bus is held at the set-point of its first generator in service. Its generators share the
   reactive power in proportion to their ranges, or as their set-points say where these add up to it (a solved case,
   within 1 Mvar and 1 %), and a reference's generators the deviation from their set-points in
   proportion to their maximum outputs. Reactive limits are not enforced. A link injects no reactive power unless its
   limits force it to; storage units stand still. Newton steps are halved until the mismatch falls. Not converged:
   `converged` false, no error; the last point is given. A start at the stored point, or flat: 1 per unit and the
   reference's angle. */
PetscErrorCode PowerFlowSolve(Network net, const PowerFlowOptions *options, PowerFlow *flow);
PetscErrorCode PowerFlowDestroy(PowerFlow *flow);

#endif
