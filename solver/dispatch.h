/* A dispatch: the solved operating points of a network over the hours of a window, with prices. What the solver makes
   and dynamics, market and results read. Arrays are [hour][row of the network's table], row-major; MW, Mvar, MWh, per
   unit voltage, radians; prices in currency per MWh (per Mvarh). Held whole on every rank. */
#ifndef ARCHIPELAGO_SOLVER_DISPATCH_H
#define ARCHIPELAGO_SOLVER_DISPATCH_H

#include "inputs/network.h"

typedef struct _s_Dispatch {
  PetscInt   hours; /* T: intervals */
  PetscReal  step_hours;
  PetscInt   first_snapshot; /* snapshot of the network's series at hour 0; -1: static values */
  PetscInt   n_bus, n_branch, n_generator, n_load, n_link, n_storage, n_reserve;
  PetscReal  objective;                 /* currency over the window, carbon payments included */
  PetscReal *vm_pu, *va_rad;            /* [T][n_bus] */
  PetscReal *price, *price_q;           /* [T][n_bus] locational marginal prices */
  PetscReal *generator_p, *generator_q; /* [T][n_generator] */
  PetscReal *generator_reserve;         /* [T][n_generator] MW promised upward */
  PetscReal *load_p, *load_q;           /* [T][n_load] served: demand - curtailed + shifted - shortage */
  PetscReal *load_curtailed;            /* [T][n_load] MW left unserved by choice, >= 0 */
  PetscReal *load_shifted;              /* [T][n_load] MW moved into (positive) or out of (negative) the hour */
  PetscReal *storage_reserve;           /* [T][n_storage] MW promised upward */
  PetscReal *reserve_price;             /* [T][n_reserve] currency per MW and hour, >= 0 */
  PetscReal *reserve_shortage;          /* [T][n_reserve] MW missing from the requirement, >= 0 */
  PetscReal *branch_p_from, *branch_q_from, *branch_p_to, *branch_q_to; /* [T][n_branch] into the branch */
  PetscReal *branch_mu_from, *branch_mu_to; /* [T][n_branch] shadow price of the rating, currency/h per MVA, >= 0 */
  PetscReal
      *branch_mu_angle; /* [T][n_branch] of the angle limits, currency/h per radian, upper positive, lower negative */
  PetscReal *vm_mu;     /* [T][n_bus] of the voltage limits, upper positive, lower negative */
  PetscReal *link_p_from, *link_p_to, *link_q_from, *link_q_to; /* [T][n_link] p_to is delivered; q injected */
  PetscReal *link_p_to2, *link_p_to3; /* [T][n_link] delivered at further outputs; negative: consumed there */
  PetscReal *storage_charge, *storage_discharge, *storage_q; /* [T][n_storage] */
  PetscReal *storage_energy;                                 /* [T][n_storage] at the end of the hour */
  PetscReal *shortage_p, *surplus_p; /* [T][n_bus] unserved and spilled MW: zero unless elastic */
  PetscReal *shortage_q;             /* [T][n_bus] unserved minus surplus Mvar: zero unless elastic */
} * Dispatch;

/* Not collective. All values zero, sized for the network and `hours` intervals (at least 1); the step is that of the
   network's series when first_snapshot >= 0, otherwise one hour. */
PetscErrorCode DispatchCreate(Network net, PetscInt hours, PetscInt first_snapshot, Dispatch *dispatch);
/* Takes NULL and sets the handle to NULL. */
PetscErrorCode DispatchDestroy(Dispatch *dispatch);

/* Copies all values between two dispatches of the same size. */
PetscErrorCode DispatchCopy(Dispatch from, Dispatch to);

/* Collective. Makes a dispatch whole on every rank when each row was filled by one rank only and is zero on the
   others; the bits do not depend on the number of ranks. */
PetscErrorCode DispatchMerge(MPI_Comm comm, Dispatch dispatch);

#endif
