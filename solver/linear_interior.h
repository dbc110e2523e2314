/* The interior point on a scaled linear program without fixed variables, empty or free rows. Private to linear*.c. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_INTERIOR_H
#define ARCHIPELAGO_SOLVER_LINEAR_INTERIOR_H

#include "solver/linear_kkt.h"
#include "solver/linear_method.h"
#include "solver/linear_watch.h"

/* The scaled program's units: x = column[j] * rhs * scaled, y = row[i] * objective * scaled; the objective is rhs * objective
   times the scaled one. */
typedef struct {
  PetscReal *column, *row; /* [n], [m] powers of two */
  PetscReal  rhs, objective;
} LinearScale;

/* Which attempt: 0 starts far inside the bounds, 1 at Mehrotra's start, 2 there with the least regularisation and without
   centrality corrections. A watch with a state of this attempt: it goes on from there. */
typedef struct {
  PetscInt           caution;
  const LinearWatch *watch;
} LinearCare;

/* Collective. x [n], y [m], z [n] scaled, whole on every rank; also when it did not converge. status, unbounded, iterations,
   factorizations, residuals, gap, history, blocks, border and seconds_linear of the result are set. SOLVE_STOPPED: its watch
   has the state, and nothing else is set. */
PetscErrorCode LinearInteriorSolve(MPI_Comm comm, LinearProgram program, const LinearScale *scale,
                                   const LinearOptions *options, const LinearCare *care, PetscReal *x, PetscReal *y,
                                   PetscReal *z, LinearResult *result);

#endif
