/* ADMM between regions for linear programs (linear_program.h): every row belongs to a region, which alone knows it, or stands
   between regions. A region solves its own rows and variables; what stands between them (limits and laws of ties, their capacities,
   caps and margins of the whole study) is a problem of its own, which has

     copies        of variables that regions use as well (power of ties, angles at their ends): they must be equal;
     contributions of regions to its rows (tonnes under a cap): each is what the region's own variables add to the row.

   With v one number for each copy and contribution that a region has, a round is (Douglas and Rachford's splitting, which ADMM is:
   Eckstein, Bertsekas 1992; Boyd and others 2011, chapter 7)

     between:  z = argmin cost(z) + sum rho/2 (z - v)^2           over the rows between
     region r: x = argmin cost_r(x) + sum rho/2 (x - (2 z - v))^2 over its own rows
     v = v + relaxation (x - z)

   accelerated by Anderson's method. At the end the agreed numbers z are fixed and each region is solved once more, so that the plan
   is feasible and its objective an upper bound. The solutions of a round give a lower bound as well, so that the error is known. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_REGIONAL_H
#define ARCHIPELAGO_SOLVER_LINEAR_REGIONAL_H

#include "solver/expansion.h"
#include "solver/linear_method.h"

enum { LINEAR_ROW_BETWEEN = -1 }; /* a row of no region */

/* A variable that one region's rows and rows between use. */
typedef enum {
  LINEAR_SHARED_SUM,   /* the region tells what its variables add to the row */
  LINEAR_SHARED_COPY,  /* it tells the variable */
  LINEAR_SHARED_APART, /* both have one of their own: values that only count from somewhere */
  LINEAR_SHARED_PINNED /* the same, and the region's is 0 */
} LinearShared;

/* Who owns what. The same on every rank. */
typedef struct _s_LinearRegions {
  PetscInt      n_regions;
  char        **name;       /* [n_regions] */
  PetscInt     *row_region; /* [rows] region, or LINEAR_ROW_BETWEEN */
  PetscReal    *price;      /* [variables] what a unit is worth, in the objective's unit: sets penalties; positive */
  PetscReal    *size;       /* [variables] a typical amount; positive */
  LinearShared *shared;     /* [variables] */
  PetscBool    *zero;       /* [variables] 0 between regions: where values count from */
} * LinearRegions;

/* Prices and sizes 1, no row with a region yet. */
PetscErrorCode LinearRegionsCreate(LinearProgram program, PetscInt n_regions, LinearRegions *regions);
PetscErrorCode LinearRegionsDestroy(LinearRegions *regions);

/* Regions of an expansion model made with angles: by a column of the buses (NULL or "": ComponentsRegion's choice), or, where
   `spec` is a number, by so many groups of neighbouring labels. A row is where its component stands; those of branches and
   links that join regions, and of no component, stand between. Regions agree on angles only where a part of their grid has several ends of ties. */
PetscErrorCode ExpansionRegionsCreate(Expansion expansion, const char *spec, LinearRegions *regions);
/* Angles of a solution anew from its flows, counted from the program's zeros. */
PetscErrorCode ExpansionRegionsAngles(Expansion expansion, PetscReal *x);

typedef struct {
  PetscReal tolerance;        /* distance of the bounds on the objective, relative to it; default 1e-4 */
  PetscInt  max_rounds;       /* default 1000 */
  PetscReal relaxation;       /* 0 < . < 2; default 1 */
  PetscInt  memory;           /* of the acceleration; 0: none; default 20 */
  PetscReal region_tolerance; /* of regional solves; default 1e-9 */
  PetscInt  verbosity;        /* 1: a line a round on stderr of the first rank */
  Watch     watch;            /* of the rounds; default NULL */
} LinearRegionalOptions;

void LinearRegionalDefaultOptions(LinearRegionalOptions *options);

typedef struct {
  LinearResult linear; /* as LinearSolve has it: iterations are rounds, dual_objective the lower bound, gap its relative
                          distance, primal_residual the largest violation of rows and bounds; history: mismatch, change of
                          prices, distance from the lower bound, share of the objective that regions differ by */
  PetscInt     rounds, restorations;
  PetscInt     copies, contributions; /* numbers that regions tell each round */
  PetscInt     regional_iterations;   /* of all regional solves together */
  PetscReal    mismatch;              /* largest, relative to the typical amount */
  PetscReal    upper_bound,
      lower_bound; /* on the objective; the lower one holds while what regions agree on stays within ten times what
                                         it typically is */
  double messages, bytes; /* between regions and the place where their numbers meet, both ways */
} LinearRegionalResult;

/* Collective over comm; program and regions are the same on every rank, and so is what comes out: x [n], y [m], z [n] as of
   LinearSolve (y and z may be NULL). Regions are solved by the ranks that hold them, region r by rank r modulo their number; the bits
   do not depend on it. status: optimal where the bounds are that close; infeasible where a region has no point of its own; stopped,
   when the watch says so, without a point; otherwise iteration limit, with the best point. */
PetscErrorCode LinearSolveRegional(MPI_Comm comm, LinearProgram program, LinearRegions regions,
                                   const LinearRegionalOptions *options, PetscReal *x, PetscReal *y, PetscReal *z,
                                   LinearRegionalResult *result);

#endif
