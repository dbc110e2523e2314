/* Safeguarded Anderson acceleration of a fixed-point iteration w <- G(w) (Walker and Ni 2011, type II). */
#ifndef ARCHIPELAGO_SOLVER_ANDERSON_H
#define ARCHIPELAGO_SOLVER_ANDERSON_H

#include "solver/tape.h"

typedef struct _p_Anderson *Anderson;

/* Inner products of vectors that lie over several ranks: dot[k] = a[k]' b[k] for k < count, the same bits on every rank. Collective
   over those ranks. */
typedef PetscErrorCode (*AndersonDots)(void *context, PetscInt count, const PetscReal *const *a,
                                       const PetscReal *const *b, PetscReal *dot);

/* n entries on this rank, `memory` differences kept. Not collective; but every rank makes the same calls when the vectors lie
   over several. */
PetscErrorCode AndersonCreate(PetscInt n, PetscInt memory, Anderson *anderson);
PetscErrorCode AndersonDestroy(Anderson *anderson);

/* How to make inner products; without it they are those of the n entries. */
PetscErrorCode AndersonSetDots(Anderson anderson, AndersonDots dots, void *context);

/* In: w [n], the point that was evaluated, and image [n] = G(w). Out: w, the next point. When the norm of the residual
   G(w) - w doubles from one call to the next, the memory is cleared, the plain step is taken and *restarted is set. */
PetscErrorCode AndersonStep(Anderson anderson, PetscReal *w, const PetscReal *image, PetscBool *restarted);

/* Forgets everything, for when the iteration itself has changed. */
PetscErrorCode AndersonRestart(Anderson anderson);

/* What it remembers, on a tape (Tape of tape.h). Not collective. First what is the same on every rank; then, for each of this
   rank's entries that is to be kept, its numbers in the vectors stored. */
void AndersonPassShared(Anderson anderson, Tape *tape);
void AndersonPassEntry(Anderson anderson, PetscInt entry, Tape *tape);

#endif
