/* A method's state while it works, as named numbers in parts. A part is a region or a block of time and is put by the rank that
   holds it, or CHECKPOINT_SHARED, which every rank has alike and the first rank puts. Nothing in it depends on the number
   of ranks: what one number of ranks saved, another goes on from. */
#ifndef ARCHIPELAGO_SOLVER_CHECKPOINT_H
#define ARCHIPELAGO_SOLVER_CHECKPOINT_H

#include <petscsys.h>

enum { CHECKPOINT_SHARED = -1, CHECKPOINT_NAME = 64 };

typedef enum { CHECKPOINT_REAL, CHECKPOINT_INTEGER } CheckpointKind;

typedef struct {
  char           name[CHECKPOINT_NAME];
  PetscInt       part;
  CheckpointKind kind;
  PetscInt64     n;
  PetscInt64     place; /* where its bytes begin in a file; -1: in memory */
  void          *data;  /* [n] PetscReal or PetscInt; NULL: in a file */
} CheckpointEntry;

typedef struct _p_Checkpoint *Checkpoint;
struct _p_Checkpoint {
  PetscInt         n, room;
  CheckpointEntry *entry; /* in the order in which they were put */
  /* Reads the data of an entry that is in a file; not collective. NULL: all is in memory. */
  PetscErrorCode (*fetch)(void *context, const CheckpointEntry *entry, void *data);
  void *context; /* borrowed */
};

PetscErrorCode CheckpointCreate(Checkpoint *checkpoint);
PetscErrorCode CheckpointDestroy(Checkpoint *checkpoint);

/* Not collective. Copies value [n]; each name and part once. */
PetscErrorCode CheckpointPutReals(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n,
                                  const PetscReal *value);
PetscErrorCode CheckpointPutIntegers(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n,
                                     const PetscInt *value);

/* Not collective. How many numbers there are; -1: no such entry of this kind. */
PetscInt CheckpointCount(Checkpoint checkpoint, const char *name, PetscInt part, CheckpointKind kind);
/* Not collective. Fills value [n]; *found stays as it is, or becomes false where there is no such entry or not of n numbers: set
   it true once, get many, ask once. */
PetscErrorCode CheckpointGetReals(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n, PetscReal *value,
                                  PetscBool *found);
PetscErrorCode CheckpointGetIntegers(Checkpoint checkpoint, const char *name, PetscInt part, PetscInt n,
                                     PetscInt *value, PetscBool *found);

#endif
