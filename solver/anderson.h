/* Safeguarded Anderson acceleration of a fixed-point iteration w <- G(w) (Walker and Ni 2011, type II). */
#ifndef ARCHIPELAGO_SOLVER_ANDERSON_H
#define ARCHIPELAGO_SOLVER_ANDERSON_H

#include "solver/checkpoint.h"

typedef struct _p_Anderson *Anderson;

/* Inner products of vectors that lie over several ranks: dot[k] = a[k]' b[k] for k < count, the same bits on every rank. Collective
   over those ranks. */
typedef PetscErrorCode (*AndersonDots)(void *context, PetscInt count, const PetscReal *const *a,
                                       const PetscReal *const *b, PetscReal *dot);

/* n entries on this rank, `memory` differences kept. Not collective; but every rank makes the same calls when the vectors lie over several. */
PetscErrorCode AndersonCreate(PetscInt n, PetscInt memory, Anderson *anderson);
PetscErrorCode AndersonDestroy(Anderson *anderson);

/* How to make inner products; without it they are those of the n entries. */
PetscErrorCode AndersonSetDots(Anderson anderson, AndersonDots dots, void *context);

/* In: w [n], the point that was evaluated, and image [n] = G(w). Out: w, the next point. When the norm of the residual
   G(w) - w doubles from one call to the next, the memory is cleared, the plain step is taken and *restarted is set. */
PetscErrorCode AndersonStep(Anderson anderson, PetscReal *w, const PetscReal *image, PetscBool *restarted);

/* Forgets everything, for when the iteration itself has changed. */
PetscErrorCode AndersonRestart(Anderson anderson);

/* What it remembers, as parts of a checkpoint (names that begin with "anderson"). Entries [first, first + n) of this rank make the
   part `part`; the rest is the same on every rank and goes to CHECKPOINT_SHARED, which the first rank puts. Not collective. Getting:
   the shared rest first, then the pieces; *found as of CheckpointGetReals, and where it becomes false nothing is remembered. */
PetscErrorCode AndersonPutShared(Anderson anderson, Checkpoint checkpoint);
PetscErrorCode AndersonPutPiece(Anderson anderson, Checkpoint checkpoint, PetscInt part, PetscInt first, PetscInt n);
PetscErrorCode AndersonGetShared(Anderson anderson, Checkpoint checkpoint, PetscBool *found);
PetscErrorCode AndersonGetPiece(Anderson anderson, Checkpoint checkpoint, PetscInt part, PetscInt first, PetscInt n,
                                PetscBool *found);

/* What it remembers, for checkpoints. Not collective; the inner products are the same on every rank, the vectors lie over them. */
typedef struct {
  PetscInt  stored, next; /* differences, and the place of the next one */
  PetscBool has_last;
  PetscReal last_norm;
} AndersonMemory;

AndersonMemory AndersonGetMemory(Anderson anderson);
void           AndersonSetMemory(Anderson anderson, const AndersonMemory *memory);
/* 2 + 2 stored vectors [n] to read and write: the last residual and image, then the differences of both. */
PetscReal *AndersonVector(Anderson anderson, PetscInt k);
/* Inner product of two of the differences stored, to read and write. */
PetscReal *AndersonProduct(Anderson anderson, PetscInt i, PetscInt j);

/* Norm of the last residual. */
PetscReal AndersonResidual(Anderson anderson);

#endif
