/* Parts of the security loop. For security*.c only. */
#ifndef ARCHIPELAGO_JOBS_SECURITY_IMPL_H
#define ARCHIPELAGO_JOBS_SECURITY_IMPL_H

#include "jobs/run.h"

/* security_case.c, not collective. */
PetscErrorCode SecurityRunCase(Run run, const Window *window, SecurityCase *c);
/* Simulates a disturbance at a point. The caller destroys the trajectory and the simulation where it asked for them. */
PetscErrorCode SecuritySimulate(Run run, OperatingPoint point, const Disturbance *d, Trajectory *trajectory,
                                Stability *stability, StabilityResult *result);
/* The operating point of an hour; *offline generators are not running. */
PetscErrorCode SecurityPoint(Run run, Dispatch dispatch, PetscInt hour, OperatingPoint *point, PetscInt *offline);
/* What failed in a run, FAILED_NOTHING when it is secure or gave no verdict. */
FailedCriterion SecurityFailed(const Disturbance *d, const StabilityResult *result);
/* Simulation options of the study. */
void SecurityOptions(Run run, StabilityOptions *options);

/* What is lowered at an hour, and where the same power may be raised. */
typedef struct {
  PetscReal *generator, *storage; /* [generators], [storage] MW to lower at a share of 1, not negative */
  PetscBool *raise;               /* [buses] */
} PowerShift;

/* security_shift.c, not collective. The power flow in which a share of the shift is made. *point is NULL when there is no
   room to raise as much or the power flow does not converge. */
PetscErrorCode SecurityShift(Run run, Dispatch dispatch, PetscInt hour, const PowerShift *shift, PetscReal share,
                             OperatingPoint *point);
/* Largest share that there is room for, at most 1. */
PetscReal SecurityShiftRoom(Run run, Dispatch dispatch, PetscInt hour, const PowerShift *shift);
/* Apparent power of a branch at its worse end, MVA, and its active power out of the from end, MW. */
PetscReal SecurityBranchPower(Network net, PetscInt branch, const PetscReal *vm_pu, const PetscReal *va_rad,
                              PetscReal *p_from, PetscReal *p_to);

/* security_remedy.c, not collective. Bounds that make an insecure case secure. */
PetscErrorCode SecurityFindRemedy(Run run, const Window *window, const SecurityCase *c, SecurityRemedy *remedy);

/* Cases with results that are plain data: what the run's watch keeps of them, and goes on from. */
typedef struct {
  const char      *name; /* "disturbances" */
  PetscInt         n;
  size_t           size;   /* of a result */
  char            *result; /* [n * size] */
  const PetscBool *wanted; /* [n]; NULL: all are */
  PetscErrorCode (*work)(Run run, const Window *window, PetscInt k, void *result);
} SecurityShare;

/* security_share.c, collective. Works on all that is wanted, shared out over the ranks; then every rank has all results. *stopped:
   the run was asked to stop before, what is done is kept, and nothing else counts. */
PetscErrorCode SecurityShareOut(Run run, const Window *window, const SecurityShare *share, PetscBool *stopped);

/* security_bounds.c, not collective, the same on every rank. Puts a window's bounds from `first` on into the network's
   series. */
PetscErrorCode SecurityApplyBounds(Run run, Window *window, PetscInt first);
/* "generator main grid at most 0.5 MW instead of 0.8 MW at hour 19". */
const char *SecurityBoundText(Network net, const SecurityBound *bound, char *text, size_t size);

#endif
