/* The iterate of the interior point for linear programs and what its parts share. Private to linear_interior*.c.

   Variables and the activities of inequality rows ("slacks") are bounded alike; index k < n is a variable, k = n + i row i.
   Distances w from the bounds are variables of their own, which become v - lower and upper - v as steps are taken. */
#ifndef ARCHIPELAGO_SOLVER_LINEAR_STATE_H
#define ARCHIPELAGO_SOLVER_LINEAR_STATE_H

#include "solver/linear_interior.h"

enum { HAS_LOWER = 1, HAS_UPPER = 2, IS_EQUALITY = 4 };

typedef struct {
  PetscReal *v, *y, *zl, *zu; /* [n + m], [m], [n + m] */
} LinearDirection;

typedef struct {
  LinearParts    parts;
  LinearKkt      kkt;
  PetscInt       n, m, size;                          /* size = n + m */
  unsigned char *kind;                                /* [size] */
  PetscReal     *cost, *quadratic, *lower, *upper;    /* [n], [n], [size], [size] */
  PetscReal     *row_unit, *column_unit;              /* [m], [n] original units of a scaled residual */
  PetscReal      objective_unit, rhs_norm, cost_norm; /* norms in original units */
  PetscReal      bound_pairs;                         /* complementary pairs */
  PetscBool      has_quadratic;
  PetscReal     *v, *y, *zl, *zu, *wl, *wu;
  PetscReal *primal, *dual, *below, *above; /* residuals [m], [size], [size] v - lower - wl, [size] upper - v - wu */
  PetscReal *transposed;                    /* [n] A' y */
  PetscReal *theta, *dx, *dy;               /* [size], [n], [m] diagonals */
  PetscReal *targetl, *targetu;             /* [size] right-hand sides of complementarity */
  LinearDirection step, correction;
  PetscReal      *a, *b, *ra, *rb, *sa, *sb, *ca, *cb; /* [n], [m] work of linear solves */
  PetscReal       accuracy;                       /* worst relative remainder of linear solves since it was set to 0 */
  PetscReal      *partial;                        /* [n_local + 1][SUMS] */
  PetscReal       rho, delta;                     /* regularisation */
  PetscReal       least_regularisation, least_mu; /* what regularisation returns to; below this, mu is of no use */
  PetscReal       mu;
  PetscInt        corrections; /* most a step */
  PetscReal       generous;    /* how far inside the start is, times Mehrotra's */
  PetscInt        solves;
} LinearState;

#define SUMS 8

/* Index ranges of a part: which 0 its variables, 1 its rows. */
static inline PetscInt PartBegin(const LinearState *s, PetscInt part, int which)
{
  return which ? s->n + s->parts->row_start[part] : s->parts->variable_start[part];
}
static inline PetscInt PartEnd(const LinearState *s, PetscInt part, int which)
{
  return which ? s->n + s->parts->row_start[part + 1] : s->parts->variable_start[part + 1];
}

PetscErrorCode LinearStateCreate(MPI_Comm comm, LinearProgram program, const LinearScale *scale, PetscInt blocks,
                                 LinearState *s);
PetscErrorCode LinearStateDestroy(LinearState *s);
PetscErrorCode LinearDirectionCreate(const LinearState *s, LinearDirection *d);
PetscErrorCode LinearDirectionDestroy(LinearDirection *d);

/* Starting point (Mehrotra 1992). */
PetscErrorCode LinearStart(LinearState *s);

/* Mean complementarity mu. */
PetscErrorCode LinearMean(LinearState *s);
/* Mean complementarity, and pairs that are far off it moved back. */
PetscErrorCode LinearGuard(LinearState *s);
/* Residuals at the iterate, and mu. */
PetscErrorCode LinearResiduals(LinearState *s);
PetscErrorCode LinearFactorise(LinearState *s, PetscInt *factorizations);

/* The Newton direction for the targets; with_residuals: primal and dual residuals too, otherwise complementarity alone. */
PetscErrorCode LinearNewton(LinearState *s, PetscBool with_residuals, LinearDirection *d);

/* Solves with the regularised diagonals: in place a [n], b [m], refined until `accuracy` of the right-hand side is left. */
PetscErrorCode LinearRefined(LinearState *s, PetscReal accuracy, const PetscReal *diagonal_x,
                             const PetscReal *diagonal_y, PetscReal *a, PetscReal *b);

/* One predictor-corrector step; steps taken. */
PetscErrorCode LinearStep(LinearState *s, PetscReal *primal_step, PetscReal *dual_step);

PetscErrorCode LinearMin(LinearState *s, PetscInt count, PetscReal *value);

/* Whether y, or x, is a ray that proves the program infeasible, or its dual. */
PetscErrorCode LinearFarkas(LinearState *s, const PetscReal *y, PetscBool *proof);
PetscErrorCode LinearRay(LinearState *s, const PetscReal *x, PetscBool *proof);

#endif
