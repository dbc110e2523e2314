/* Safeguarded Anderson acceleration of a fixed-point iteration w <- G(w) (Walker and Ni 2011, type II). */
#ifndef ARCHIPELAGO_SOLVER_ANDERSON_H
#define ARCHIPELAGO_SOLVER_ANDERSON_H

#include <petscsys.h>

typedef struct _p_Anderson *Anderson;

/* Not collective; every rank that holds the same vectors computes the same bits. n entries, `memory` differences kept. */
PetscErrorCode AndersonCreate(PetscInt n, PetscInt memory, Anderson *anderson);
PetscErrorCode AndersonDestroy(Anderson *anderson);

/* In: w [n], the point that was evaluated, and image [n] = G(w). Out: w, the next point. When the norm of the residual
   G(w) - w doubles from one call to the next, the memory is cleared, the plain step is taken and *restarted is set. */
PetscErrorCode AndersonStep(Anderson anderson, PetscReal *w, const PetscReal *image, PetscBool *restarted);

/* Forgets everything, for when the iteration itself has changed. */
PetscErrorCode AndersonRestart(Anderson anderson);

#endif
