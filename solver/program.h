/* A sparse nonlinear program with exact derivatives: what a model hands to a method.

     minimise f(x)   subject to   gl <= g(x) <= gu,   xl <= x <= xu

   Equality rows have gl == gu; absent bounds are -/+PETSC_INFINITY. The Jacobian and the lower triangle of the Hessian of
   the Lagrangian (sigma f + lambda' g) are given as fixed lists of (row, column) pairs, in which a pair may occur more
   than once (values are then added). Everything is sequential: a program lives on one rank. */
#ifndef ARCHIPELAGO_SOLVER_PROGRAM_H
#define ARCHIPELAGO_SOLVER_PROGRAM_H

#include <petscsys.h>

typedef struct _s_Program *Program;

typedef struct {
  PetscErrorCode (*objective)(void *context, const PetscReal *x, PetscReal *f);
  PetscErrorCode (*gradient)(void *context, const PetscReal *x, PetscReal *gradient); /* [n] */
  PetscErrorCode (*constraints)(void *context, const PetscReal *x, PetscReal *g);     /* [m] */
  PetscErrorCode (*jacobian)(void *context, const PetscReal *x, PetscReal *value);    /* [jacobian_nnz] */
  PetscErrorCode (*hessian)(void *context, const PetscReal *x, PetscReal sigma, const PetscReal *lambda,
                            PetscReal *value); /* [hessian_nnz] */
} ProgramOps;

struct _s_Program {
  PetscInt   n, m;
  PetscReal *xl, *xu;  /* [n] */
  PetscReal *gl, *gu;  /* [m] */
  PetscReal *x0;       /* [n] start */
  PetscReal *step_cap; /* [n] largest change in one iteration, PETSC_INFINITY where free; NULL: none */
  PetscInt   jacobian_nnz, hessian_nnz;
  PetscInt  *jacobian_row, *jacobian_column;
  PetscInt  *hessian_row, *hessian_column; /* row >= column */
  PetscInt *
      group; /* [n + m] variables, then rows: those with the same number >= 0 are best eliminated together; NULL: unknown */
  PetscInt *stage;     /* [n + m] as group: the stage (hour) in which each stands, from 0; -1: in none; NULL: unknown */
  PetscBool quadratic; /* linear rows, convex objective of degree two at most: predictor-corrector steps are worth it */
  PetscReal objective_scale; /* the method minimises objective_scale * f; about 1 / mean marginal cost */
  ProgramOps ops;
  void      *context; /* borrowed */
};

/* Allocates the arrays (bounds infinite, x0 zero); the model fills them. */
PetscErrorCode ProgramCreate(PetscInt n, PetscInt m, PetscInt jacobian_nnz, PetscInt hessian_nnz, Program *program);
/* Sizes the lists of the structure anew (for models that know the number of non-zeros only once they are built). */
PetscErrorCode ProgramSetNonzeros(Program program, PetscInt jacobian_nnz, PetscInt hessian_nnz);
PetscErrorCode ProgramDestroy(Program *program);

/* Largest relative difference between the program's derivatives and central differences at x: gradient, Jacobian and
   Hessian (with the given multipliers). For tests. */
PetscErrorCode ProgramCheckDerivatives(Program program, const PetscReal *x, const PetscReal *lambda,
                                       PetscReal *gradient_error, PetscReal *jacobian_error, PetscReal *hessian_error);

#endif
