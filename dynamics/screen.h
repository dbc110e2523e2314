/* Screening: many contingencies of one operating point, simulated one at a time by each rank, ranked by severity. */
#ifndef ARCHIPELAGO_DYNAMICS_SCREEN_H
#define ARCHIPELAGO_DYNAMICS_SCREEN_H

#include "dynamics/contingency.h"
#include "dynamics/stability.h"
#include "dynamics/task_counter.h"

/* What a contingency did. Numbers that do not apply are NAN.

   Severity, from 0 to 3, orders contingencies; it is
     0 to 1  stable: the largest of the shares that are used up of
               - the angle limit: max_angle_spread_deg / limit,
               - the frequency limits: deviation of nadir and zenith from nominal / limit,
               - the limit of the rate of change of frequency, when there is one,
               - the voltage: 1 - min_voltage_pu,
               - the load: lost_load_mw / load of the operating point;
     1 to 2  unstable: 1 + (end - violation) / (end - first event), so that the earlier violation is the severer one;
     3       failed: no verdict. */
typedef struct {
  PetscInt         number; /* of the contingency in its list */
  PetscBool        done;
  StabilityVerdict verdict;
  PetscInt         criterion;   /* that was violated first: a VerdictCriterion, -1: none */
  char             reason[512]; /* one sentence: what decided, or why there is no verdict */
  PetscReal        severity, violation_s;
  PetscReal        max_angle_spread_deg;
  PetscReal        min_voltage_pu;  /* with no fault on */
  PetscInt         min_voltage_bus; /* index, -1: none */
  PetscReal        nadir_hz, zenith_hz, max_rocof_hz_per_s;
  PetscInt         n_islands, n_dead_buses;
  PetscReal        lost_load_mw;
  PetscInt         n_actions; /* of relays, islands that form: StabilityResult's notes */
  PetscInt         steps;
  PetscBool        has_cct; /* it was asked for and a fault is cleared */
  CctStatus        cct_status;
  PetscReal        cct_s;
} ScreenResult;

/* Called on the rank that simulated a contingency, right after it. `taken` of `total` were begun by then. *stop ends the
   screening on all ranks as soon as the contingencies that they have taken are done. */
typedef PetscErrorCode (*ScreenObserver)(void *context, const ScreenResult *result, PetscInt taken, PetscInt total,
                                         PetscBool *stop);

typedef struct {
  PetscBool       cct;      /* also the critical clearing time of each first fault: some ten runs more */
  ScreenObserver  observer; /* or NULL */
  void           *context;
  TaskCounterKind counter;
} ScreenOptions;

typedef struct {
  PetscInt n_stable, n_unstable, n_failed, n_cct_failed, n_missing; /* missing: stopped before */
  PetscInt n_simulated;                                             /* by this rank */
  double   busy_seconds, wall_seconds;                              /* of this rank: simulating; until all were done */
} ScreenSummary;

void ScreenDefaultOptions(ScreenOptions *options);
/* "angle", "voltage", "frequency"; "" for none. */
const char *ScreenCriterionName(PetscInt criterion);

/* Collective over comm. Simulates the contingencies whose result is not done, each on the rank that is free; every rank
   has made `stability` from the same data and holds the same `done` flags. result[list->n], on all ranks, in the list's
   order: independent of the number of ranks and of which rank did what. A contingency without a verdict is a result. */
PetscErrorCode ScreenRun(MPI_Comm comm, Stability stability, Contingencies list, const ScreenOptions *options,
                         ScreenResult *result, ScreenSummary *summary);

/* Not collective. order[n]: the numbers of the results from the severest down, equals in the list's order; those that
   are not done come last. */
PetscErrorCode ScreenRank(PetscInt n, const ScreenResult *result, PetscInt *order);

/* Not collective. One contingency by itself. */
PetscErrorCode ScreenOne(Stability stability, const Contingency *contingency, PetscBool cct, ScreenResult *result);

#endif
