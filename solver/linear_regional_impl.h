/* Inside ADMM between regions: a program taken apart. For linear_regional*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_REGIONAL_IMPL_H
#define ARCHIPELAGO_SOLVER_LINEAR_REGIONAL_IMPL_H

#include "solver/anderson.h"
#include "solver/linear_regional.h"
#include "solver/linear_watch.h"

/* A number that one region tells: its copy of a variable, or its contribution to a row. */
typedef struct {
  PetscBool is_row;
  PetscInt  index; /* variable or row of the whole program */
  PetscInt  region;
  PetscInt  inside, between; /* variable of the region's problem and of that between */
  PetscInt  group;           /* of those that have one penalty factor: the same family and item */
  PetscReal lower, upper;    /* within which the variable is known to lie */
  PetscReal price, size;     /* worth of a unit, typical amount */
} RegionalSide;

/* A problem of its own, of a region or between them; only where it is solved. */
typedef struct {
  LinearProgram program;
  PetscInt      n_variables, n_rows; /* of the whole program; what follows are contributions and their definitions */
  PetscInt     *variable, *row;      /* [n_variables], [n_rows] of the whole program */
  PetscReal    *x, *y, *z;           /* last solution */
  PetscReal    *cost, *quadratic;    /* [n] without proximal terms */
} RegionalProblem;

typedef struct {
  LinearProgram    whole;
  LinearRegions    regions;
  PetscMPIInt      rank, n_ranks;
  PetscInt         n;              /* regions; problem n is the one between */
  PetscInt        *start, *region; /* [variables + 1], regions of each, ascending */
  PetscBool       *inner;          /* [variables] the problem between does not have it */
  PetscInt        *row_region;     /* [rows] with rows between that only one region uses given to it */
  PetscInt         n_sides, n_groups, n_copies, capacity;
  RegionalSide    *side;            /* copies, then contributions, each in the order of the program */
  PetscInt        *own_start, *own; /* [n + 1], sides of each region, ascending */
  RegionalProblem *problem;         /* [n + 1] */
} RegionalSplit;

PetscErrorCode RegionalSplitCreate(MPI_Comm comm, LinearProgram program, LinearRegions regions, RegionalSplit *split);
PetscErrorCode RegionalSplitDestroy(RegionalSplit *split);
/* Whether a problem is solved on this rank: that between on every one. */
static inline PetscBool RegionalHere(const RegionalSplit *s, PetscInt region)
{
  return (PetscBool)(region == s->n || region % s->n_ranks == s->rank);
}

/* Collective. Every rank gets what the regions have at their sides, [n_sides], and `count` numbers of each, [n_regions][count]:
   in place, each region's are right on its own rank before. */
PetscErrorCode RegionalGather(MPI_Comm comm, const RegionalSplit *s, PetscReal *at_sides, PetscInt count,
                              PetscReal *told);

/* Collective. A feasible point by regional solves with the agreed numbers z [n_sides] fixed; z changes where a region cannot keep
   to them. worth [n_sides]: prices. x [variables] of the whole program. ok: every region had a solution. */
PetscErrorCode RegionalRestore(MPI_Comm comm, RegionalSplit *s, const LinearOptions *options, const PetscReal *worth,
                               PetscReal *z, PetscReal *x, PetscBool *ok, LinearRegionalResult *result);
/* Collective. Values of the whole program from the last solutions of its problems: of variables, or multipliers of rows. */
PetscErrorCode RegionalCollect(MPI_Comm comm, const RegionalSplit *s, PetscBool rows, PetscReal *value);

/* The rounds. */
typedef struct {
  MPI_Comm                     comm;
  const LinearRegionalOptions *options;
  LinearOptions                regional; /* options of regional solves */
  RegionalSplit                s;
  LinearRegionalResult        *result;
  Anderson                     anderson;
  PetscReal                   *factor; /* [n_groups] of the penalties */
  PetscReal                   *v, *z, *before, *x,
      *worth;                   /* [n_sides]; z of the last round; worth: prices that a region's solution answers to */
  PetscReal  *weighted, *image; /* [n_sides] v and its image, times the root of the penalty */
  PetscReal  *sum, sum_value;   /* [n_sides] of worth, and of what regions' problems are worth at it; */
  PetscInt    n_sum;            /* over so many rounds */
  PetscReal  *apart, *moved;    /* [n_groups] squares, summed since the penalties changed */
  PetscReal  *told;             /* [n_regions + 1][TOLD] */
  PetscReal   cost;             /* of the regions' points, with the constant */
  PetscReal   bound;            /* on the objective, from below */
  PetscReal   mismatch, change, money; /* see Measure */
  PetscReal  *point;                   /* [variables] best feasible one */
  PetscInt    balanced;                /* of the times at which penalties are balanced */
  LinearWatch watch;
  PetscInt    failures; /* rounds in a row in which a region had no solution */
} RegionalAdmm;

/* linear_regional_watch.c, collective: begins to be watched; goes on from the state that the watch has, *round is then the one to do
   next; at the top of a round, the state for who asks; the end, and whether it has been there already. */
PetscErrorCode RegionalWatchBegin(RegionalAdmm *a);
PetscErrorCode RegionalResume(RegionalAdmm *a, PetscInt *round);
PetscErrorCode RegionalAsk(RegionalAdmm *a, PetscInt round, PetscBool *stop);
PetscErrorCode RegionalWatchEnd(RegionalAdmm *a, const PetscReal *x, const PetscReal *y, const PetscReal *z);
PetscErrorCode RegionalWatchDone(RegionalAdmm *a, PetscReal *x, PetscReal *y, PetscReal *z, PetscBool *done);

#endif
