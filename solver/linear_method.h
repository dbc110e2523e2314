/* The interior point for linear programs (linear_program.h): presolve, scaling, predictor-corrector steps with several
   corrections, and KKT systems taken apart into blocks of time. The border between blocks are the variables that several blocks
   use (capacities, storage at the cuts) and the rows of no time (annual limits). Blocks go over the ranks of a communicator; their
   number depends on the program alone, so that the bits do not depend on the number of ranks. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_METHOD_H
#define ARCHIPELAGO_SOLVER_LINEAR_METHOD_H

#include "solver/interior_point.h"
#include "solver/linear_program.h"

typedef struct {
  PetscReal tolerance;      /* relative primal and dual residuals and gap; default 1e-8 */
  PetscInt  max_iterations; /* default 200 */
  PetscInt  blocks;         /* of time; 0: chosen from the program */
  PetscBool presolve;       /* default true */
  PetscInt  verbosity;      /* 1: a line an iteration on stderr of the first rank */
  Watch     watch;          /* default NULL */
} LinearOptions;

void LinearDefaultOptions(LinearOptions *options);

typedef struct {
  SolveStatus status; /* optimal, infeasible (or unbounded, see below), iteration limit, numerical */
  PetscBool   unbounded;
  PetscInt    iterations, factorizations;
  PetscInt    blocks, border;            /* of time; unknowns between them */
  PetscInt    presolved_n, presolved_m;  /* what was left to solve */
  PetscReal   objective, dual_objective; /* with the constant */
  PetscReal   primal_residual;           /* largest violation of rows and bounds, in the program's units */
  PetscReal   dual_residual, gap;        /* relative */
  PetscReal   seconds, seconds_linear;
  PetscInt    n_history; /* iterations of the record, for the report */
  PetscReal  *history;   /* [n_history][4] primal, dual residual, gap (all relative), mu; PetscFree */
} LinearResult;

/* Collective over comm; `program` is the same on every rank, and so is what comes out. x [n]; y [m] multipliers of the rows,
   z [n] of the bounds, in units of the objective per unit: d objective / d right-hand side, so that
   cost + Q x = A' y + z, y >= 0 where the lower side binds, z >= 0 where the lower bound binds. Any but x may be NULL. */
PetscErrorCode LinearSolve(MPI_Comm comm, LinearProgram program, const LinearOptions *options, PetscReal *x,
                           PetscReal *y, PetscReal *z, LinearResult *result);

/* An elastic solve of an infeasible program: rows [m] with elastic[row] > 0 may be broken at that price per unit (their own
   costs are left out). broken [m]: what is missing, signed (positive: the row's lower side is not reached). Collective. */
PetscErrorCode LinearSolveElastic(MPI_Comm comm, LinearProgram program, const LinearOptions *options,
                                  const PetscReal *elastic, PetscReal *broken, LinearResult *result);

#endif
