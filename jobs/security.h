/* Security of a window's dispatch: what disturbs which hours, how it ended, and the bounds that make insecure hours secure.
   For jobs only. */
#ifndef ARCHIPELAGO_JOBS_SECURITY_H
#define ARCHIPELAGO_JOBS_SECURITY_H

#include "dynamics/stability.h"
#include "inputs/study.h"
#include "solver/dispatch.h"

/* A fault of the study, or one of its named lists of events. */
typedef struct {
  char              name[160];
  const StudyFault *fault; /* NULL: a list of events */
  const StudyHours *hours;
  PetscInt          n_events;
  StabilityEvent   *event;
  PetscBool         clears;  /* has a fault and its clearing: there is a critical clearing time */
  PetscBool         islands; /* cuts a region off, which must keep its load */
} Disturbance;

typedef enum { FAILED_NOTHING, FAILED_ANGLE, FAILED_VOLTAGE, FAILED_FREQUENCY, FAILED_LOAD } FailedCriterion;

/* A disturbance of one hour and how it ended; plain data, sent between ranks. */
typedef struct {
  PetscInt         hour, disturbance; /* of the window, of the run */
  StabilityVerdict verdict;
  FailedCriterion  failed;
  PetscReal        max_angle_spread_deg, cct_seconds; /* NAN when not found */
  PetscReal        nadir_hz, zenith_hz, min_voltage_pu, lost_load_mw;
  PetscInt         steps, offline, dead_buses;
  char             criterion[512], cct_text[256];
} SecurityCase;

/* An upper bound at one hour: on a generator's output (MW) or a branch's apparent power (MVA; DC: MW). */
typedef struct {
  PetscBool is_branch;
  PetscInt  row, hour, round; /* rounds count from 1 */
  PetscReal from, to;         /* of the dispatch before, and bound */
} SecurityBound;

enum { REMEDY_BOUNDS = 16 };

/* Bounds that secure a case, found at operating points near the dispatch; plain data, sent between ranks. */
typedef struct {
  PetscInt      n; /* 0: none was found */
  SecurityBound bound[REMEDY_BOUNDS];
  char          text[256]; /* what was tried */
} SecurityRemedy;

/* Series of the network as they were before bounds. */
typedef struct {
  PetscBool taken;
  PetscInt  n_series;
  PetscInt *p_max_series, *rate_series; /* [generators], [branches] */
} SecuritySeries;

/* security_setup.c, not collective. The study's faults, then its events, as the network has them; what it lacks goes to the
   list. Borrows from the study. */
PetscErrorCode SecurityReadDisturbances(Network net, Study study, Faults faults, PetscInt *n,
                                        Disturbance **disturbance);
PetscErrorCode SecurityDestroyDisturbances(PetscInt n, Disturbance **disturbance);

#endif
