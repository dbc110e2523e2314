/* Trajectories: what buses and machines did, sample by sample. */
#ifndef ARCHIPELAGO_DYNAMICS_TRAJECTORY_H
#define ARCHIPELAGO_DYNAMICS_TRAJECTORY_H

#include "dynamics/equations.h"

typedef struct _s_Trajectory {
  PetscInt   n_times, capacity, n_buses, n_machines;
  char     **machine;                /* [machines] label "bus:unit" (storage: "bus:name") */
  PetscInt  *machine_bus;            /* [machines] index */
  PetscReal *time_s;                 /* [times] ascending; an event's instant stands twice, before and after */
  PetscReal *bus_vm_pu, *bus_va_deg; /* [times][buses] */
  PetscReal *machine_angle_deg;      /* [times][machines] in the synchronous frame of the operating point's angles */
  PetscReal *machine_speed_dev_pu;   /* NAN, here and below, where a model has no such quantity */
  PetscReal *machine_efd_pu, *machine_pmech_pu; /* pmech on the network's base */
  PetscReal *machine_p_mw, *machine_q_mvar;
} * Trajectory;

/* Not collective. Room for a number of samples; more are dropped. */
PetscErrorCode TrajectoryCreate(Equations eq, PetscInt capacity, Trajectory *trajectory);
PetscErrorCode TrajectoryDestroy(Trajectory *trajectory);
/* Adds the sample y[n] at a time; allocates nothing. */
void TrajectoryRecord(Trajectory trajectory, Equations eq, PetscReal time, const PetscReal *y);

#endif
