/* Optimal power flow over the hours of a window: the one entry to models (AC, DC) and methods (interior point, ADMM). */
#ifndef ARCHIPELAGO_SOLVER_OPF_H
#define ARCHIPELAGO_SOLVER_OPF_H

#include "partition/partition.h"
#include "solver/certificate.h"
#include "solver/dispatch.h"
#include "solver/evaluate.h"
#include "solver/interior_point.h"

/* METHOD_AUTO: ADMM, and where that will not reach the tolerance within its budget of iterations the interior point over all
   regions. A reserve with buses in several regions, or a cap on emissions over them, is a matter for the interior point,
   whatever the method. */
typedef enum { METHOD_INTERIOR_POINT, METHOD_ADMM, METHOD_AUTO } OpfMethod;

typedef struct {
  Physics          physics;                 /* default PHYSICS_AC */
  OpfMethod        method;                  /* default METHOD_INTERIOR_POINT */
  PetscInt         hours;                   /* intervals of the window; default 1 */
  PetscInt         first_snapshot;          /* of the network's series; -1 static values (then hours = 1); default -1 */
  const PetscReal *initial_energy;          /* [n_storage] MWh at the window's start, NULL: the network's */
  PetscReal        carbon_price;            /* currency per tonne; default 0 */
  PetscReal        emission_cap_t;          /* tonnes over the window; default infinite: no cap */
  PetscReal        soft_price[SOFT_LIMITS]; /* of classes of limits that may be exceeded; default 0: hard */
  PetscReal tolerance; /* interior point's, or ADMM's on mismatch and violation (per unit); 0: the method's default */
  PetscInt  max_iterations; /* 0: the method's default */
  PetscReal admm_penalty;   /* multiplies the penalties chosen from the case; default 1 */
  PetscBool diagnose;       /* an infeasible problem is solved again with penalised shortages; default true */
  PetscInt  verbosity;      /* 0 nothing, 1 a line an iteration on rank 0's stderr */
  PetscErrorCode (*progress)(void *context, const char *stage, PetscInt iteration,
                             PetscReal residual); /* rank 0; may be NULL */
  void *progress_context;
  Watch
      watch; /* of the long solves, one after the other; default NULL. A solve that it ends has status SOLVE_STOPPED */
} OpfOptions;

void OpfDefaultOptions(OpfOptions *options);

/* Name of the method that is asked to do the work, "interior-point", "admm" or "auto": a single region leaves ADMM nothing to
   agree on. */
const char *OpfMethodName(OpfMethod method, PetscInt n_regions);
/* The method of a name; the default for an unknown one. */
OpfMethod OpfMethodFromName(const char *name);

/* Whether a reserve has electric buses in several regions. */
PetscBool OpfReserveSpansRegions(Network net, Partition partition);

/* One line of an infeasibility report. */
typedef struct {
  PetscInt  hour, bus, region; /* -1 where it does not apply */
  PetscReal mw, mvar;          /* unserved (positive) or spilled (negative) at the bus */
} Shortage;

typedef struct {
  char      text[160]; /* "generator wind farm at its maximum output 1 MW" */
  PetscInt  hour, region;
  PetscReal price; /* shadow price, currency/h per unit of the limit */
} BindingLimit;

/* A limit that has to give way, whatever is left unserved. */
typedef struct {
  char      text[160]; /* "generator coal over its ramp limit of 50 MW by 12 MW" */
  PetscInt  hour, region;
  PetscReal amount; /* MVA, radians, per unit, MW, Mvar, MWh */
} LimitExcess;

/* A row of the coordination's record. */
typedef struct {
  PetscReal mismatch_pu, violation_pu; /* of the merged network, per unit */
  PetscReal
      dual_relative; /* largest disagreement of two regions on the price of a tie's power, in mean marginal costs */
  PetscReal  objective;
  PetscReal  multiplier;                /* largest, as a price in mean marginal costs */
  PetscReal  penalty_low, penalty_high; /* in mean marginal costs times the tie's admittance */
  PetscInt   local_iterations;          /* interior-point iterations of all regions */
  PetscInt64 bytes;                     /* that crossed the borders of regions */
  PetscBool  restarted;                 /* the acceleration began anew */
} AdmmIteration;

typedef struct {
  SolveStatus status;
  PetscReal   objective;       /* currency over the window (one hour: per hour) */
  PetscReal   cap_price;       /* shadow price of the emissions' cap, currency per tonne, beyond carbon_price; >= 0 */
  OpfMethod   finished_by;     /* the method the point comes from: interior point or ADMM */
  PetscInt    iterations;      /* of the method that finished */
  PetscInt    admm_iterations; /* of ADMM, whatever finished */
  PetscInt    local_iterations;
  PetscReal
      *region_work; /* [regions] by ADMM: iterations times entries of derivatives, what each region costs; or NULL */
  PetscInt      directions_fixed; /* hours of storage units that charged and discharged at once and were solved again */
  PetscReal     solve_seconds;
  PetscBool     diagnosed; /* an elastic solve was made; where it found nothing lacking, the case is feasible */
  PetscInt      diagnosis_iterations; /* interior point's, of elastic solves and of what confirmed them */
  PetscBool     lossless;             /* shortages and limits are those of the DC model */
  PetscInt      n_certificates; /* sums that no dispatch can satisfy: then nothing but an elastic solve was made */
  Certificate  *certificate;
  PetscInt      n_shortages; /* when infeasible: what cannot be served, by hour and bus */
  Shortage     *shortage;
  PetscReal     shortage_mwh; /* summed over the window */
  PetscInt      n_binding;    /* limits that bind at the hours of the shortages, largest price first */
  BindingLimit *binding;
  PetscInt      n_excess; /* limits that no shortage can mend, by hour */
  LimitExcess  *excess;
  PetscInt      n_record;
  AdmmIteration *record;
} OpfResult;

/* Collective over comm. `partition` may be NULL (one region). The dispatch comes back whole on every rank, also when not optimal
   (the last point; the elastic point when diagnosed as infeasible); prices are the multipliers of the buses' power balance. */
PetscErrorCode OpfSolve(MPI_Comm comm, Network net, Partition partition, const OpfOptions *options, Dispatch *dispatch,
                        OpfResult *result);
PetscErrorCode OpfResultDestroy(OpfResult *result);

#endif
