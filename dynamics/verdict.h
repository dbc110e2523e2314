/* Verdicts: criteria that watch a simulation and say what failed, where and when. */
#ifndef ARCHIPELAGO_DYNAMICS_VERDICT_H
#define ARCHIPELAGO_DYNAMICS_VERDICT_H

#include "dynamics/equations.h"

typedef struct {
  PetscReal angle_limit_deg; /* unstable when two rotor angles of one island differ by more; default 180 */
  PetscReal voltage_low_pu[2], voltage_low_s[2]; /* recovery envelope: a bus below this share of its voltage before the
                                                    events, fault-on time not counted, for longer than this fails;
                                                    default 0.8 for 2 s, 0.5 for 1 s; 0: not watched */
  PetscReal frequency_low_pu, frequency_high_pu; /* deviation of an island's centre of inertia; default -0.05, 0.05 */
  PetscReal rocof_limit_hz_per_s;                /* over 0.5 s; default infinite */
  PetscReal settling_limit_pu;                   /* deviation at the end; default infinite */
} VerdictLimits;

typedef enum { VERDICT_ANGLE, VERDICT_VOLTAGE, VERDICT_FREQUENCY, VERDICT_CRITERIA } VerdictCriterion;

typedef struct {
  PetscBool passed;
  PetscReal time_s;    /* when it failed, NAN: it did not */
  char      text[200]; /* what failed, where and when */
} VerdictItem;

typedef struct {
  VerdictItem item[VERDICT_CRITERIA];
  PetscReal   max_angle_spread_deg; /* largest difference of two rotor angles within an island */
  PetscReal   max_speed_deviation_pu;
  PetscReal   min_voltage_pu; /* of a bus with voltage, faults not counted */
  PetscInt    min_voltage_bus;
  PetscReal nadir_hz, zenith_hz, end_hz, max_rocof_hz_per_s; /* of the island that goes furthest; NAN without inertia */
} VerdictResult;

typedef struct _p_Verdict *Verdict;

void           VerdictDefaultLimits(VerdictLimits *limits);
PetscErrorCode VerdictCreate(Equations eq, const VerdictLimits *limits, Verdict *verdict);
PetscErrorCode VerdictDestroy(Verdict *verdict);
/* Forgets everything: a new run begins. */
PetscErrorCode VerdictBegin(Verdict verdict);
/* Looks at a point y[n], y'[n] of the simulation. `fault_on`: voltages do not count. Returns whether rotor angles have
   lost synchronism at this point. */
PetscErrorCode VerdictWatch(Verdict verdict, PetscReal time, const PetscReal *y, const PetscReal *yp,
                            PetscBool fault_on, PetscBool *lost);
/* Moves the instant at which angles were found to be past their limit (located by the caller). */
PetscErrorCode VerdictSetLossTime(Verdict verdict, PetscReal time);
/* The network's equations have no solution any more: the criterion of voltages fails, in these words. */
PetscErrorCode VerdictCollapse(Verdict verdict, PetscReal time, const char *text);
/* The judgement at the end of a run. */
PetscErrorCode VerdictConclude(Verdict verdict, PetscReal time, VerdictResult *result);
/* Largest difference of two rotor angles within an island at y, degrees; pair: sites, -1 when there are none. */
PetscReal VerdictAngleSpread(Verdict verdict, const PetscReal *y, PetscInt pair[2]);

#endif
