/* Trajectories: what buses, machines and branches did, sample by sample. */
#ifndef ARCHIPELAGO_DYNAMICS_TRAJECTORY_H
#define ARCHIPELAGO_DYNAMICS_TRAJECTORY_H

#include "dynamics/equations.h"

/* A machine here is any generator or storage unit with a device. */
typedef struct _s_Trajectory {
  PetscInt   n_times, capacity, n_buses, n_machines, n_branches;
  char     **machine;                /* [machines] label "bus:unit" (storage: "bus:name") */
  char     **branch;                 /* [branches] label "from-to:circuit" */
  PetscInt  *machine_site;           /* [machines] of the equations */
  PetscInt  *machine_bus;            /* [machines] index */
  PetscReal *time_s;                 /* [times] ascending; an event's instant stands twice, before and after */
  PetscReal *bus_vm_pu, *bus_va_deg; /* [times][buses] */
  PetscReal *bus_frequency_hz;       /* [times][buses] rate of the voltage's angle; NAN without voltage */
  PetscReal *machine_angle_deg;      /* [times][machines] in the synchronous frame of the operating point's angles */
  PetscReal *machine_speed_dev_pu;   /* NAN, here and below, where a device has no such quantity */
  PetscReal *machine_efd_pu, *machine_pmech_pu; /* both on the unit's base */
  PetscReal *machine_p_mw, *machine_q_mvar;
  PetscReal *branch_p_from_mw, *branch_q_from_mvar; /* [times][branches] into the branch at its from end */
} * Trajectory;

/* Not collective. Room for a number of samples; it grows when they are not enough. */
PetscErrorCode TrajectoryCreate(Equations eq, PetscInt capacity, Trajectory *trajectory);
PetscErrorCode TrajectoryDestroy(Trajectory *trajectory);
/* Adds the sample y[n], y'[n] at a time. */
PetscErrorCode TrajectoryRecord(Trajectory trajectory, Equations eq, PetscReal time, const PetscReal *y,
                                const PetscReal *yp);

#endif
