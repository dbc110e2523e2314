/* Transient stability: does an operating point survive a fault and its clearing, and how long may clearing take. */
#ifndef ARCHIPELAGO_DYNAMICS_STABILITY_H
#define ARCHIPELAGO_DYNAMICS_STABILITY_H

#include "dynamics/device_table.h"
#include "dynamics/operating_point.h"
#include "dynamics/trajectory.h"

/* A three-phase fault at a bus, and what clears it. */
typedef struct {
  PetscInt  bus;         /* index */
  PetscReal r_pu, x_pu;  /* impedance to ground, per unit on the network's base; both zero: bolted */
  PetscReal on_s, off_s; /* off at infinity: never cleared */
  PetscInt  trip_branch; /* opened when the fault clears; -1: none */
} StabilityFault;

typedef struct {
  PetscReal until_s;            /* default 5 */
  PetscReal angle_limit_deg;    /* unstable when two rotor angles of one island differ by more; default 180 */
  PetscReal relative_tolerance; /* default 1e-6 */
  PetscReal absolute_tolerance; /* of an unknown's nominal change; default 1e-6 */
  PetscReal frequency_hz;       /* default 60 */
  PetscReal output_step_s;      /* spacing of a trajectory's samples; default 0.01 */
  PetscBool stop_when_unstable; /* default true */
  PetscReal mismatch_limit_pu;  /* an operating point whose power balance lacks more is refused; default 1e-3 */
  PetscInt  max_steps;          /* per run; default 1000000 */
  PetscReal cct_longest_s;      /* longest clearing that is tried; default 1 */
  PetscReal cct_tolerance_s;    /* default 1e-4 */
} StabilityOptions;

typedef enum { STABILITY_STABLE, STABILITY_UNSTABLE, STABILITY_FAILED } StabilityVerdict;

typedef struct {
  StabilityVerdict verdict;
  char             criterion[512];       /* one sentence: what decided, where and when; why a run failed */
  PetscReal        violation_s;          /* first time past the angle limit, NAN when never */
  PetscReal        max_angle_spread_deg; /* largest difference of two rotor angles within an island at any step */
  PetscReal        max_speed_deviation_pu;
  PetscInt         n_machines, n_islands; /* islands with a machine, at the end */
  PetscInt         n_dead_buses;          /* at the end: in islands without a machine, voltage zero */
  PetscReal        lost_load_mw;          /* of the operating point, at dead buses */
  PetscReal        mismatch_pu;           /* of the operating point; it is made up for by admittances */
  PetscInt         mismatch_bus;          /* index */
  PetscReal        initial_rate;          /* largest |dx/dt| at the start; above 1e-8 the run fails */
  PetscInt         steps, residual_evaluations, jacobian_evaluations, factorizations, restarts;
  double           solve_seconds; /* wall clock: not reproducible */
} StabilityResult;

typedef enum {
  CCT_FOUND,
  CCT_STABLE_AT_LONGEST, /* even the longest clearing tried is stable */
  CCT_UNSTABLE_AT_ZERO,  /* even with the fault cleared at once */
  CCT_FAILED
} CctStatus;

typedef struct {
  CctStatus status;
  PetscReal cct_seconds; /* longest clearing found stable; one longer by the tolerance is not. NAN unless found */
  char      text[640];
  PetscInt  runs, steps;
  double    solve_seconds;
} CctResult;

typedef struct _p_Stability *Stability;

void        StabilityDefaultOptions(StabilityOptions *options);
const char *StabilityVerdictName(StabilityVerdict verdict); /* "stable", "unstable", "failed" */

/* Not collective. Builds the equations at an operating point once, for any number of runs. The network stays borrowed;
   operating point and table do not. An operating point that cannot be simulated makes runs fail with the reason. */
PetscErrorCode StabilityCreate(Network net, OperatingPoint point, DeviceTable table, const StabilityOptions *options,
                               Stability *stability);
PetscErrorCode StabilityDestroy(Stability *stability);

/* Not collective. Simulates faults[n] (none: the operating point left alone) until the end or the loss of synchronism.
   A trajectory is recorded when asked for (the caller destroys it; NULL when the run failed before its start).
   Same input, same bytes, but for the seconds. Errors: a bus or branch that does not exist, off before on. */
PetscErrorCode StabilityRun(Stability stability, PetscInt n, const StabilityFault *faults, Trajectory *trajectory,
                            StabilityResult *result);

/* Not collective. Critical clearing time of faults[which], the others as given, by bisection between clearing at once and
   after cct_longest_s: assumes that longer clearing is worse. */
PetscErrorCode StabilityCriticalClearing(Stability stability, PetscInt n, const StabilityFault *faults, PetscInt which,
                                         CctResult *result);

/* Not collective. A fault by bus number and text "F-T" or "F-T:CKT" of the branch to trip (NULL or "": none). What does not
   exist in the network or makes no sense becomes a fault at file:line; *ok says whether *fault can be used. */
PetscErrorCode StabilityFaultSet(Network net, PetscInt bus_number, PetscReal on_s, PetscReal off_s, const char *trip,
                                 Faults faults, const char *file, PetscInt line, StabilityFault *fault, PetscBool *ok);
/* Not collective. The same from "bus=B,on=T,off=T[,trip=F-T[:CKT]][,r=R][,x=X]"; without `off` it is never cleared. */
PetscErrorCode StabilityFaultParse(Network net, const char *text, Faults faults, StabilityFault *fault, PetscBool *ok);

#endif
