/* The filter of a line search: pairs (constraint violation, barrier objective) that no later iterate may be dominated by.
   Waechter, Biegler, Mathematical Programming 106 (2006), section 2.3. */
#ifndef ARCHIPELAGO_SOLVER_FILTER_H
#define ARCHIPELAGO_SOLVER_FILTER_H

#include <petscsys.h>

typedef struct {
  PetscInt   count, capacity;
  PetscReal *theta, *phi; /* [capacity] */
  PetscReal  theta_max;   /* no iterate may violate the constraints by more */
} Filter;

PetscErrorCode FilterCreate(Filter *filter);
PetscErrorCode FilterDestroy(Filter *filter);

/* Forgets all pairs; theta_max stays. */
void FilterClear(Filter *filter);

/* Adds a pair and drops those it dominates. */
PetscErrorCode FilterAdd(Filter *filter, PetscReal theta, PetscReal phi);

/* Adds a pair as it is: the filter of an earlier start, pair by pair. */
PetscErrorCode FilterPlace(Filter *filter, PetscReal theta, PetscReal phi);

/* Whether (theta, phi) improves on every pair in one of the two, up to roundoff in phi. */
PetscBool FilterAccepts(const Filter *filter, PetscReal theta, PetscReal phi);

#endif
