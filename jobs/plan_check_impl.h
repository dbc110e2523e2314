/* Inside the AC check of a plan. */
#ifndef ARCHIPELAGO_JOBS_PLAN_CHECK_IMPL_H
#define ARCHIPELAGO_JOBS_PLAN_CHECK_IMPL_H

#include "jobs/plan_adequacy_impl.h"
#include "jobs/plan_check.h"

/* An hour that is checked. */
typedef struct {
  const char *kind;     /* "peak", ... */
  char        name[64]; /* "2030-peak"; without periods "peak" */
  PetscInt    period, snapshot;
  PetscReal   load_mw, inertia_mws, renewable_share; /* of the plan; share NAN without supply */
} CheckHour;

/* What an hour's study is made from. */
typedef struct {
  Components       c;        /* solved */
  Components       ratings;  /* the same before constraints of earlier rounds: its demand and ratings count */
  Planning         planning; /* */
  const CheckHour *hour;
  ReliabilityCase  lookup;      /* for its functions of capacity: components and period alone */
  PetscBool        by_region;   /* there are regions to tell apart */
  Components       net;         /* the study's network */
  PetscReal        carbon_cost; /* currency per tonne: carbon price and what caps are worth */
  Text             participants, devices;
} CheckCase;

/* plan_check_hours.c: hours of each period in the order of the names; the first of equals. *hour is freed with PetscFree.
   peak: highest demand at electric buses; lowest-inertia: least sum of inertia times capacity over what runs;
   highest-renewable: largest share of the electric supply; typical: nearest to the weighted means of demand, renewable supply
   and inertia, each in its standard deviations. */
PetscErrorCode CheckChooseHours(Components c, Planning planning, PetscInt *n, CheckHour **hour);
/* A bus that the AC network has. */
PetscBool CheckIsAc(Components c, PetscInt bus);
/* Electric power that a row delivers at a snapshot, MW (a link: at its AC port, where it converts something else into
   electricity; 0 otherwise); negative: taken. */
PetscReal CheckSupply(Components c, ComponentKind kind, PetscInt row, PetscInt snapshot);
/* Port of a link at which it converts another carrier into electricity, 0: it is none of these. */
PetscInt CheckConverterPort(Components c, PetscInt link);
/* Inertia constant in s: column inertia_s, or typical of the carrier. */
PetscReal CheckInertia(Components c, ComponentKind kind, PetscInt row);
/* Sum of inertia times capacity over what runs at a snapshot, MW s. */
PetscReal   CheckRunningInertia(Components c, Planning planning, PetscInt snapshot);
PetscReal   CheckAt(Components c, ComponentKind kind, const char *attribute, PetscInt row, PetscInt snapshot,
                    PetscReal otherwise);
const char *CheckText(Components c, ComponentKind kind, const char *attribute, PetscInt row);

/* plan_check_network.c: the network of the hour, its participants and devices. */
PetscErrorCode CheckBuildNetwork(CheckCase *k);
PetscErrorCode CheckCaseDestroy(CheckCase *k);
/* plan_check_study.c: study.yaml, participants.csv and the network into a folder. Rank 0. */
typedef enum { CHECK_UNDISTURBED, CHECK_REPORTED, CHECK_REQUIRED } CheckSecurity;
PetscErrorCode CheckWriteStudy(CheckCase *k, const char *study, const char *folder, CheckSecurity security,
                               PetscBool *written, FileError *error);
/* Behind the name of the one unit that a generator of several is taken apart into. */
#define CHECK_ONE_UNIT " (one unit)"

/* plan_check_flow.c, collective: power flow at the plan's own dispatch; overloads, voltages, cost of that dispatch. */
PetscErrorCode CheckPowerFlow(MPI_Comm comm, CheckCase *k, const char *folder, json_t *finding);
/* plan_check_run.c, collective: the study of an hour is made below `folder`, run and told; the same on every rank. With
   `remedies` bounds that secure an insecure hour are looked for. What an earlier start of the round left there is gone on with;
   where the job ends with a request to stop the finding is not complete. */
PetscErrorCode CheckRunHour(Plan plan, Components ratings, const CheckHour *hour, const char *folder, PetscInt round,
                            PetscBool remedies, json_t **finding);
/* plan_check_rounds.c: constraints on the components that a round's findings ask for; rows of what was done are added to
   the list. The same on every rank, not collective. */
PetscErrorCode CheckConstrain(Components c, Components ratings, Planning planning, json_t *hours, json_t *constraints);

#endif
