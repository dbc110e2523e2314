/* What the files of the small-signal analysis share. */
#ifndef ARCHIPELAGO_DYNAMICS_EIGEN_IMPL_H
#define ARCHIPELAGO_DYNAMICS_EIGEN_IMPL_H

#include "dynamics/eigen.h"

#include <complex.h>

typedef double complex Complex;

/* The pencil J + s E: J = dF/dy at the operating point, E = dF/dy', a one on the diagonal of each differential equation. */
typedef struct {
  Equations  eq;
  PetscReal *jacobian; /* [entries] on the equations' pattern */
  PetscInt   n, n_states, n_standing;
  PetscInt  *unknown;  /* [n_states] */
  PetscBool *standing; /* [n] differential, but no state */
} Pencil;

PetscErrorCode PencilCreate(Equations eq, Pencil *pencil);
PetscErrorCode PencilDestroy(Pencil *pencil);
/* a[n_states][n_states], column by column. *ok false: the algebraic equations are singular. */
PetscErrorCode PencilStateMatrix(const Pencil *pencil, PetscReal *a, PetscBool *ok);

/* (J + s E) factorised (KLU) at a shift s, what stands still held at zero; the pattern is ordered once. */
typedef struct _p_Shift *Shift;
PetscErrorCode           ShiftCreate(const Pencil *pencil, Shift *shift);
PetscErrorCode           ShiftDestroy(Shift *shift);
/* With the pivots of the shift before when it was `near`: the caller looks whether they served. *ok false: singular. */
PetscErrorCode ShiftSet(Shift shift, Complex s, PetscBool near, PetscBool *ok);
/* out = -(J + s E)^-1 E in, over states; in and out may be the same. */
PetscErrorCode ShiftApply(Shift shift, const Complex *in, Complex *out);
/* In place over all unknowns: (J + s E)^-1 z, or with its transpose (not conjugated). */
PetscErrorCode ShiftSolve(Shift shift, PetscBool transposed, Complex *z);

/* Eigenvalues nearest to a shift. */
typedef struct {
  PetscInt  n;      /* converged, by distance from the shift */
  Complex  *value;  /* [n] */
  Complex  *vector; /* [n][n_states] right eigenvectors */
  PetscReal radius; /* all eigenvalues this near were found; infinite: all there are */
} Nearest;

/* The `want` nearest to s, by Arnoldi's method restarted in Krylov-Schur form, from a fixed start; fewer when all within
   the distance `enough` are found earlier, or when eigenvalues that are (almost) alike hold it up. */
PetscErrorCode NearestFind(Shift shift, const Pencil *pencil, Complex s, PetscInt want, PetscReal enough,
                           Nearest *nearest);
PetscErrorCode NearestDestroy(Nearest *nearest);

/* A mode with what is known of it, before it is judged. */
typedef struct {
  Complex   value;
  PetscReal residual, uncertainty; /* of the value, 1/s: from errors of 1e-12 in the matrix's entries */
  Complex  *share;                 /* [n_states] w_k v_k / (w v) */
} RawMode;

typedef struct {
  PetscInt n, capacity, n_states;
  RawMode *mode;
} RawModes;

#define EIGEN_ENTRY_ERROR 1e-12 /* of a matrix entry: what elimination of the algebraic equations leaves correct */

/* A new raw mode at the end, its share allocated. */
PetscErrorCode RawModesAdd(RawModes *modes, RawMode **mode);
PetscErrorCode RawModesDestroy(RawModes *modes);

PetscErrorCode EigenSolveDense(const Pencil *pencil, RawModes *modes, char *problem, size_t size);
PetscErrorCode EigenSolveSparse(const Pencil *pencil, const EigenOptions *options, RawModes *modes, Eigen eigen);

#endif
