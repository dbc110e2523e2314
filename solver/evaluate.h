/* An independent evaluation of a dispatch: every limit and every balance of the network from voltages and set-points
   alone, with complex arithmetic, sharing no code with the models. */
#ifndef ARCHIPELAGO_SOLVER_EVALUATE_H
#define ARCHIPELAGO_SOLVER_EVALUATE_H

#include "inputs/soft.h"
#include "solver/dispatch.h"

typedef enum { PHYSICS_AC, PHYSICS_DC_REACTANCE, PHYSICS_DC_MATPOWER, PHYSICS_DC_LOSSES } Physics;

/* Physics of a model ("ac", "dc") and its kind of DC ("reactance", "matpower", "losses"; passed over for "ac"). */
Physics PhysicsNamed(const char *model, const char *dc);

/* Powers are divided by base MVA, energies by base MVA times an hour; angles are in radians. Hours count from 0. */
typedef struct {
  PetscReal max_violation_pu; /* largest violation of any limit */
  char      worst[160];       /* which: "branch 12-17:1 apparent power at the to end above its maximum, hour 3" */
  PetscReal max_mismatch_pu;  /* largest active or reactive balance error of any bus */
  char      worst_bus[160];
  PetscReal
      soft_excess[SOFT_LIMITS]; /* of priced limits, summed over the hours, in SoftLimitExcessUnit; a branch's at its
                                         worse end */
  PetscInt simultaneous;        /* intervals of storage units that charge and discharge by more than 1e-4 per unit */
} Evaluation;

/* What is checked, each hour: voltage magnitudes; angle differences; apparent power at both ends of each branch
   against rate_a (DC: active power); active and reactive limits of generators (of the hour's series), links and
   storage units; link deliveries; ramps from hour to hour; stored energy: its limits, its recursion from
   `initial_energy` (spill at most the inflow), its final value; schedules that storage units keep; elements out of service at zero; loads at their
   demand with what is curtailed and shifted (within their limits; shifts of a block of hours sum to zero; reactive power
   at the power factor of the demand), less at most the bus's shortage; reserves promised and required. The balance takes flows from the voltages, not from the dispatch's branch
   flows, and demand from the network with shortage and surplus added. Isolated buses and what stands on them are left
   out. A value that is not a number is an infinite violation.

   DC physics know angles and active power only. PHYSICS_DC_REACTANCE: p_from = x / (r^2 + x^2) (va_from - va_to), no
   taps, no shifts, as PowerModels' DCPPowerModel (Coffrin et al. 2018), PGLib's DC column. PHYSICS_DC_MATPOWER:
   p_from = (va_from - va_to - shift) / (x tap) (Zimmerman, MATPOWER User's Manual, section 3.7). Both: p_to =
   -p_from. PHYSICS_DC_LOSSES: as the first, and half of the losses r / (r^2 + x^2) (va_from - va_to)^2 added at each
   end. All: shunt conductance a demand at unit voltage. A link takes p_from and delivers p_from (1 - loss1) - loss0,
   and its efficiency times p_from at further outputs. Buses of other carriers have an active balance only.

   Not collective. `initial_energy` [n_storage] MWh at the start of the window, NULL: the network's. `soft_price`
   [SOFT_LIMITS], NULL: none; limits of a class with a price above 0 may be exceeded: what they are exceeded by is summed
   instead. Reserve may be missing at a price only, its own or that of its class. */
PetscErrorCode DispatchEvaluateSoft(Network net, Dispatch dispatch, Physics physics, const PetscReal *initial_energy,
                                    const PetscReal *soft_price, Evaluation *evaluation);
/* The same with all limits hard. */
PetscErrorCode DispatchEvaluate(Network net, Dispatch dispatch, Physics physics, const PetscReal *initial_energy,
                                Evaluation *evaluation);

/* Fills the dispatch's branch flows and link deliveries from its voltages and set-points; zero where an element is
   out of service or ends at an isolated bus. Not collective. */
PetscErrorCode DispatchComputeFlows(Network net, Dispatch dispatch, Physics physics);

#endif
