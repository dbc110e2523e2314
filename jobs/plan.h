/* A plan: from a PyPSA folder or a study to capacities, dispatch and prices, one step after the other. A step finds what it
   needs in the Plan and leaves what it made there. All ranks take every step; what is written, rank 0 writes. */
#ifndef ARCHIPELAGO_JOBS_PLAN_H
#define ARCHIPELAGO_JOBS_PLAN_H

#include "inputs/planning.h"
#include "inputs/study.h"
#include "jobs/job.h"
#include "jobs/job_watch.h"
#include "jobs/plan_directory.h"
#include "jobs/progress.h"
#include "jobs/statistics.h"
#include "solver/expansion.h"
#include "solver/linear_method.h"

typedef struct {
  const char        *source;                 /* a PyPSA folder, or a study with a section `planning` */
  const char        *policy;                 /* of the study; NULL: the base */
  int                n_set;                  /* values beside the study file, KEY=VALUE */
  const char *const *set;                    /* [n_set] */
  const char        *method;                 /* "interior-point" or "admm"; NULL: the interior point */
  const char        *regions;                /* a number or a column of the buses; NULL: the study's column */
  const char        *export_mps;             /* file for the linear program; NULL: none */
  const char        *directory;              /* of the results; NULL: nothing is stored */
  PetscReal          tolerance;              /* relative; 0: the method's */
  PetscInt           max_iterations, blocks; /* 0: the method's */
  PetscBool          verbose;
  const char        *check;              /* hours of the AC check, names with "," between; NULL: the study's */
  PetscInt           rounds;             /* of plans for it; negative: the study's */
  PetscBool          no_check;           /* none, whatever the study says */
  PetscReal          checkpoint_minutes; /* between checkpoints of long solves; 0: at every safe point */
} PlanSettings;

/* The steps, in their order. */
typedef enum {
  PLAN_READ,        /* inputs, policies applied */
  PLAN_OPEN,        /* the directory */
  PLAN_BUILD,       /* the linear program */
  PLAN_EXPORT,      /* it, as a file */
  PLAN_SOLVE,       /* */
  PLAN_TAKE,        /* the solution into the components */
  PLAN_CHECK,       /* the plan as an AC system; may plan again */
  PLAN_SUMMARISE,   /* statistics */
  PLAN_RELIABILITY, /* */
  PLAN_RECORD,      /* plan.json */
  PLAN_WRITE,       /* files */
  PLAN_STEPS
} PlanStep;

typedef struct _p_Plan {
  Job             job;
  PlanSettings    settings;
  Progress        progress;
  Study           study;      /* NULL: planned from a folder alone */
  Planning        planning;   /* never NULL once the inputs are read */
  char           *folder;     /* of the network */
  Components      components; /* with the policies applied; their output columns are filled by the solve */
  char           *identity;   /* rank 0: study.json; NULL without a directory */
  PlanDirectory   directory;  /* rank 0, of the results; NULL: none */
  PetscBool       complete;   /* the directory holds this very plan already */
  JobWatch        watch;      /* of its solves; NULL without a directory */
  struct _s_Watch asking;     /* without one: whether to stop, nothing else */

  Expansion    expansion; /* NULL again once its solution is stored in the components */
  PetscInt     n_variables, n_constraints;
  PetscReal   *x, *y, *z;
  LinearResult result;
  PetscReal    objective, objective_constant; /* PyPSA's two numbers; their sum is the cost */

  Statistics statistics;  /* of the solved components */
  json_t    *check;       /* check.json, the same on every rank; NULL: not checked */
  json_t    *reliability; /* rank 0: reliability.json; NULL: not assessed */
  json_t    *regional;    /* rank 0: what coordination of regions took; NULL: another method */
  json_t    *infeasible;  /* rank 0: what breaks, when nothing fulfils all rows */
  json_t    *record;      /* rank 0: plan.json as it is stored, without anything that differs between equal runs */
  double     start;       /* of the command, MPI_Wtime */
  double     seconds[PLAN_STEPS];
} * Plan;

/* Collective. Carries the plan out, stores it, and fills the job's document; how it ended is in the job. */
PetscErrorCode PlanRun(Job job, const PlanSettings *settings);

/* Collective. Whether a path is a study with a section `planning`; a study that cannot be read is none. */
PetscErrorCode PlanIsStudy(MPI_Comm comm, const char *path, PetscBool *is);

/* Collective. Reads folder or study, applies the policy; faults go to the list. For a plan with job and settings. */
PetscErrorCode PlanRead(Plan plan, Faults faults);
PetscErrorCode PlanDestroy(Plan *plan);

/* Collective. Builds and solves the plan of the components as they are now, and takes its solution. */
PetscErrorCode PlanSolveAgain(Plan plan);

/* Collective. Solves the built program by ADMM between regions; fills x, y, z, result and regional. */
PetscErrorCode PlanSolveRegional(Plan plan);

/* Rank 0. The stored record of a plan: status, cost, multipliers, capacities, ... (docs/planning.md). */
PetscErrorCode PlanRecordCreate(Plan plan, json_t **record);
/* The word for a step in the names of its time ("solve"). */
const char *PlanStepName(int step);
/* Collective. Adds what differs between equal runs, times and memory, to the job's document. */
PetscErrorCode PlanRecordTimes(Plan plan, json_t *document);

/* Collective. Asks an elastic solve which rows cannot hold together; fills plan->infeasible and the job's message. */
PetscErrorCode PlanExplainInfeasible(Plan plan);
/* The variable along which the objective falls without end, in the job's message. */
PetscErrorCode PlanExplainUnbounded(Plan plan);

/* Collective. Writes everything into the plan's directory and puts it in place. */
PetscErrorCode PlanStore(Plan plan);
/* Rank 0. failure.json instead of results. */
PetscErrorCode PlanStoreFailure(Plan plan);

/* A plan's record on one screen. */
void PlanShow(json_t *record, const char *directory, FILE *stream);

#endif
