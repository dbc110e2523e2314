/* A list of numbers that is written or read in one order, so that one function says for both what a state holds. First with no place
   for them, to count them. */
#ifndef ARCHIPELAGO_SOLVER_TAPE_H
#define ARCHIPELAGO_SOLVER_TAPE_H

#include <petscsys.h>

typedef struct {
  PetscBool  put; /* numbers go to the tape, not from it */
  PetscInt   n;   /* so far */
  PetscReal *at;  /* NULL: they are only counted */
} Tape;

static inline void TapePass(Tape *tape, PetscReal *value)
{
  if (tape->at && tape->put) tape->at[tape->n] = *value;
  if (tape->at && !tape->put) *value = tape->at[tape->n];
  tape->n++;
}

static inline void TapePassInteger(Tape *tape, PetscInt *value)
{
  PetscReal real = (PetscReal)*value;

  TapePass(tape, &real);
  *value = (PetscInt)real;
}

static inline void TapePassFlag(Tape *tape, PetscBool *value)
{
  PetscReal real = *value ? 1 : 0;

  TapePass(tape, &real);
  *value = (PetscBool)(real != 0);
}

static inline void TapePassAll(Tape *tape, PetscInt n, PetscReal *value)
{
  for (PetscInt i = 0; i < n; i++) TapePass(tape, &value[i]);
}

#endif
