/* Transient stability: does an operating point survive its events, and how long may the clearing of a fault take. */
#ifndef ARCHIPELAGO_DYNAMICS_STABILITY_H
#define ARCHIPELAGO_DYNAMICS_STABILITY_H

#include "dynamics/device_table.h"
#include "dynamics/event.h"
#include "dynamics/operating_point.h"
#include "dynamics/trajectory.h"
#include "dynamics/verdict.h"

/* A three-phase fault at a bus, and what clears it: short for two or three events. */
typedef struct {
  PetscInt  bus;         /* index */
  PetscReal r_pu, x_pu;  /* impedance to ground, per unit on the network's base; both zero: bolted */
  PetscReal on_s, off_s; /* off at infinity: never cleared */
  PetscInt  trip_branch; /* opened when the fault clears; -1: none */
} StabilityFault;

typedef struct {
  PetscReal     until_s; /* default 5 */
  VerdictLimits limits;
  PetscReal     relative_tolerance; /* default 1e-6 */
  PetscReal     absolute_tolerance; /* of an unknown's nominal change; default 1e-6 */
  PetscReal     frequency_hz;       /* default 60 */
  PetscReal     output_step_s;      /* spacing of a trajectory's samples; default 0.01 */
  PetscBool     stop_when_unstable; /* at the loss of synchronism; default true */
  PetscReal     mismatch_limit_pu;  /* an operating point whose power balance lacks more is refused; default 1e-3 */
  PetscInt      max_steps;          /* per run; default 1000000 */
  PetscReal     cct_longest_s;      /* longest clearing that is tried; default 1 */
  PetscReal     cct_tolerance_s;    /* default 1e-4 */
} StabilityOptions;

typedef enum { STABILITY_STABLE, STABILITY_UNSTABLE, STABILITY_FAILED } StabilityVerdict;

#define STABILITY_NOTES 40

/* What happened besides the events: a relay tripped, an island formed. */
typedef struct {
  PetscReal time_s;
  char      text[160];
} StabilityNote;

typedef struct {
  StabilityVerdict verdict;              /* unstable: one of the criteria failed */
  char             criterion[512];       /* one sentence: what decided, where and when; why a run failed */
  VerdictResult    judgement;            /* criterion by criterion */
  PetscReal        violation_s;          /* first time past a criterion, NAN when never */
  PetscReal        max_angle_spread_deg; /* largest difference of two rotor angles within an island at any step */
  PetscReal        max_speed_deviation_pu;
  PetscReal        end_s;                 /* where the simulation ended */
  PetscInt         n_machines, n_islands; /* islands in which something forms a voltage, at the end */
  PetscInt         n_dead_buses;          /* at the end: in the others, voltage zero */
  PetscReal        lost_load_mw;          /* of the operating point, at dead buses */
  PetscReal        mismatch_pu;           /* of the operating point; it is made up for by admittances */
  PetscInt         mismatch_bus;          /* index */
  PetscReal        initial_rate;          /* largest |dx/dt| at the start; above 1e-8 the run fails */
  PetscInt         n_warnings;            /* devices whose start is suspicious */
  char             warning[512];          /* the first of them */
  PetscInt         n_notes;               /* that happened; at most STABILITY_NOTES are kept */
  StabilityNote    note[STABILITY_NOTES];
  PetscInt         steps, residual_evaluations, jacobian_evaluations, factorizations, restarts, mode_changes, unknowns;
  double           solve_seconds, klu_seconds; /* wall clock: not reproducible */
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
/* The equations that it simulates; NULL problem text when they can be. */
Equations StabilityEquations(Stability stability);

/* Not collective. Simulates events[n] in any order (none: the operating point left alone) until the end or the loss of
   synchronism; events of one instant happen together, in the order given. A trajectory is recorded when asked for (the
   caller destroys it; NULL when the run failed before its start). Same input, same bytes, but for the seconds. */
PetscErrorCode StabilitySimulate(Stability stability, PetscInt n, const StabilityEvent *events, Trajectory *trajectory,
                                 StabilityResult *result);
/* Not collective. The same for faults[n]. Errors: a bus or branch that does not exist, off before on. */
PetscErrorCode StabilityRun(Stability stability, PetscInt n, const StabilityFault *faults, Trajectory *trajectory,
                            StabilityResult *result);

/* Not collective. Critical clearing time of the first fault among the events: everything at the instant of its clearing
   moves with it. By bisection between clearing at once and after cct_longest_s: assumes that longer clearing is worse.
   Synchronism alone decides. */
PetscErrorCode StabilityClearingTime(Stability stability, PetscInt n, const StabilityEvent *events, CctResult *result);
/* Not collective. That of faults[which], the others as given. */
PetscErrorCode StabilityCriticalClearing(Stability stability, PetscInt n, const StabilityFault *faults, PetscInt which,
                                         CctResult *result);

/* Not collective. A fault by bus number and text "F-T" or "F-T:CKT" of the branch to trip (NULL or "": none). What does not
   exist in the network or makes no sense becomes a fault at file:line; *ok says whether *fault can be used. */
PetscErrorCode StabilityFaultSet(Network net, PetscInt bus_number, PetscReal on_s, PetscReal off_s, const char *trip,
                                 Faults faults, const char *file, PetscInt line, StabilityFault *fault, PetscBool *ok);
/* Not collective. The same from "bus=B,on=T,off=T[,trip=F-T[:CKT]][,r=R][,x=X]"; without `off` it is never cleared. */
PetscErrorCode StabilityFaultParse(Network net, const char *text, Faults faults, StabilityFault *fault, PetscBool *ok);
/* Its two or three events. Returns how many. */
PetscInt StabilityFaultEvents(const StabilityFault *fault, StabilityEvent event[3]);

#endif
