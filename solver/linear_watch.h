/* How solves of linear programs are watched: the interior point's state in blocks of time, and a solution that is done.
   Private to linear*.c.

   A solve (all of its attempts) is one solve of the watch. Its states carry a mark of program and settings: one that is not of this
   solve is passed over. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_WATCH_H
#define ARCHIPELAGO_SOLVER_LINEAR_WATCH_H

#include "solver/linear_method.h"

enum { LINEAR_MARK = 12 };

typedef struct {
  Watch      watch;             /* NULL: nobody watches */
  Checkpoint state;             /* to go on from, of this program; NULL: none */
  PetscInt   mark[LINEAR_MARK]; /* of program and settings */
} LinearWatch;

/* Collective over comm. Begins to watch a solve; state is NULL unless it is one of this program and these settings on every rank. */
PetscErrorCode LinearWatchBegin(MPI_Comm comm, LinearProgram program, const LinearOptions *options, const char *method,
                                LinearWatch *watch);
/* The mark of a program with everything in it, and of `count` numbers besides; 16 bits in each. Not collective. */
void LinearWatchMark(LinearProgram program, PetscInt count, const PetscReal *besides, PetscInt mark[LINEAR_MARK]);
/* Collective. Whether all ranks say yes. */
PetscErrorCode LinearWatchAll(MPI_Comm comm, PetscBool mine, PetscBool *all);

/* Puts the mark; for the first rank. */
PetscErrorCode LinearWatchSign(const LinearWatch *watch, Checkpoint checkpoint);
/* Whether a state has the mark. Not collective. */
PetscErrorCode LinearWatchKnows(const LinearWatch *watch, Checkpoint state, PetscBool *known);

/* The attempt and the iteration that a state was taken in; *found false: it is not one of iterations. */
PetscErrorCode LinearWatchAttempt(const LinearWatch *watch, PetscInt *attempt, PetscBool *found);

/* The end of a solve: x [n], y [m], z [n] (y and z may be NULL), the result and what else [n_else] comes out, kept if the watch
   cares to. And whether the state to go on from is that of a solve that was done, whose solution is then filled in. Collective over
   comm. */
PetscErrorCode LinearWatchEnd(MPI_Comm comm, LinearWatch *watch, LinearProgram program, const PetscReal *x,
                              const PetscReal *y, const PetscReal *z, const LinearResult *result, PetscInt n_else,
                              const PetscReal *other);
PetscErrorCode LinearWatchDone(MPI_Comm comm, const LinearWatch *watch, LinearProgram program, PetscReal *x,
                               PetscReal *y, PetscReal *z, LinearResult *result, PetscInt n_else, PetscReal *other,
                               PetscBool *done);

#endif
