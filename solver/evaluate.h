/* An independent evaluation of a dispatch: every limit and every balance of the network from voltages and set-points
   alone, with complex arithmetic, sharing no code with the models. */
#ifndef ARCHIPELAGO_SOLVER_EVALUATE_H
#define ARCHIPELAGO_SOLVER_EVALUATE_H

#include "solver/dispatch.h"

typedef enum { PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER } Physics;

typedef struct {
  PetscReal max_violation_pu; /* largest violation of any limit (powers on base MVA, angles in radians, energies in MWh over base MVA h) */
  char      worst[160];       /* which limit that was: "branch 12-17:1 apparent power at the to end, hour 3" */
  PetscReal max_mismatch_pu;  /* largest active or reactive balance error of any bus */
  char      worst_bus[160];
} Evaluation;

/* Not collective. `initial_energy` [n_storage] MWh at the start of the window, NULL: the network's. */
PetscErrorCode DispatchEvaluate(Network net, Dispatch dispatch, Physics physics, const PetscReal *initial_energy,
                                Evaluation *evaluation);

/* Fills the dispatch's branch flows (and link deliveries) from its voltages and set-points. Not collective. */
PetscErrorCode DispatchComputeFlows(Network net, Dispatch dispatch, Physics physics);

#endif
