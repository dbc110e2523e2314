/* Primal-dual interior point for sparse nonlinear programs. */
#ifndef ARCHIPELAGO_SOLVER_INTERIOR_POINT_H
#define ARCHIPELAGO_SOLVER_INTERIOR_POINT_H

#include "solver/blocks.h"
#include "solver/watch.h"

typedef enum {
  SOLVE_OPTIMAL,
  SOLVE_INFEASIBLE, /* converged to a point of least violation, or a certificate */
  SOLVE_ITERATION_LIMIT,
  SOLVE_NUMERICAL, /* factorisation or step failure that could not be repaired */
  SOLVE_STALLED,   /* gave up where feasibility would have to be restored, as asked */
  SOLVE_STOPPED,   /* by its watch, which has the state */
} SolveStatus;

/* "optimal", "infeasible", "iteration-limit", "numerical-failure", "stalled", "stopped" */
const char *SolveStatusName(SolveStatus status);

typedef struct {
  PetscReal tolerance;      /* on scaled primal, dual and complementarity residuals; default 1e-8 */
  PetscInt  max_iterations; /* default 300 */
  PetscBool warm_start;     /* start from the point given: recentred, cold fallback on failure */
  PetscBool give_up;        /* stop as stalled instead of restoring feasibility, which infeasible problems come to */
  PetscReal warm_mu;        /* barrier parameter a warm start begins with; 0: chosen from the residuals */
  PetscInt  verbosity;      /* 0 nothing, 1 a line an iteration on stderr */
  Watch     watch;          /* collective over the blocks' communicator; default NULL */
} InteriorPointOptions;

void InteriorPointDefaultOptions(InteriorPointOptions *options);

typedef struct {
  SolveStatus status;
  PetscInt    iterations;
  PetscReal   objective;       /* f(x), unscaled */
  PetscReal   primal_residual; /* largest violation of g and of bounds, in the program's units */
  PetscReal   dual_residual;   /* scaled */
  PetscReal   complementarity; /* scaled */
  PetscReal   mu;              /* last barrier parameter */
  PetscInt    factorizations;
  PetscReal   seconds, seconds_linear;
} InteriorPointResult;

/* Opaque: keeps the symbolic factorisation and work arrays between solves of programs with the same structure. */
typedef struct _p_InteriorPoint *InteriorPoint;

/* One program on one rank; not collective. Deterministic: the same program and start give the same bits. */
PetscErrorCode InteriorPointCreate(Program program, InteriorPoint *ip);
/* A program in blocks over the ranks of blocks->comm, borrowed; then all calls are collective, and vectors are flat (blocks.h).
   The bits do not depend on the number of ranks. */
PetscErrorCode InteriorPointCreateBlocks(Blocks blocks, InteriorPoint *ip);
PetscErrorCode InteriorPointDestroy(InteriorPoint *ip);

/* Solves. In and out: x [n]; out (in as well for a warm start): lambda [m] (multiplier of g, Lagrangian f + lambda' g, so
   at the optimum grad f + J' lambda - zl + zu = 0), zl, zu [n] >= 0 multipliers of the bounds of x; all unscaled, in units of f per
   unit. Any of lambda, zl, zu may be NULL when not warm starting. */
PetscErrorCode InteriorPointSolve(InteriorPoint ip, const InteriorPointOptions *options, PetscReal *x,
                                  PetscReal *lambda, PetscReal *zl, PetscReal *zu, InteriorPointResult *result);

#endif
