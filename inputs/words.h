/* Names: looking one up among many, and the one that was probably meant. */
#ifndef ARCHIPELAGO_INPUTS_WORDS_H
#define ARCHIPELAGO_INPUTS_WORDS_H

#include <petscsys.h>

typedef struct _p_NameIndex *NameIndex;

/* Not collective. An index over n names, which must outlive it. */
PetscErrorCode NameIndexCreate(PetscInt n, char *const *name, NameIndex *index);
PetscErrorCode NameIndexDestroy(NameIndex *index);

/* Position of a name (the first of equal ones), or -1. Logarithmic. */
PetscInt NameIndexFind(NameIndex index, const char *name);

/* The name nearest in spelling to `word`, or NULL when none is near: at most a third of its letters (and at least two)
   may differ. List ended by NULL, or of n names. */
const char *NearestWord(const char *word, const char *const *list);
const char *NearestName(const char *word, PetscInt n, char *const *name);

#endif
