/* Where an AC optimal power flow begins: voltages that neighbours can have at once. */
#ifndef ARCHIPELAGO_SOLVER_OPF_START_H
#define ARCHIPELAGO_SOLVER_OPF_START_H

#include "inputs/network.h"

/* Not collective. va, vm: [hours][n_bus], radians and per unit. Magnitudes lie in the middle of their limits, drawn towards those of
   neighbours by the admittance between them; angles are those of a linear power flow with the generators' outputs at one share of
   their ranges, scaled down together where a branch's difference would be large. Flat voltages are far from feasible where
   stiff branches have taps, shifts or unlike limits at their ends: such cases took two to three times the iterations. */
PetscErrorCode OpfStart(Network net, PetscInt hours, PetscInt first_snapshot, PetscReal *va, PetscReal *vm);

#endif
