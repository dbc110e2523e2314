/* The filter of a line search. */
#include "solver/filter.h"

PetscErrorCode FilterCreate(Filter *filter)
{
  PetscFunctionBeginUser;
  filter->count     = 0;
  filter->capacity  = 64;
  filter->theta_max = PETSC_INFINITY;
  PetscCall(PetscMalloc1(filter->capacity, &filter->theta));
  PetscCall(PetscMalloc1(filter->capacity, &filter->phi));
  PetscFunctionReturn(0);
}

PetscErrorCode FilterDestroy(Filter *filter)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(filter->theta));
  PetscCall(PetscFree(filter->phi));
  filter->count = filter->capacity = 0;
  PetscFunctionReturn(0);
}

void FilterClear(Filter *filter)
{
  filter->count = 0;
}

PetscErrorCode FilterPlace(Filter *filter, PetscReal theta, PetscReal phi)
{
  PetscFunctionBeginUser;
  if (filter->count == filter->capacity) {
    filter->capacity *= 2;
    PetscCall(PetscRealloc(sizeof(PetscReal) * filter->capacity, &filter->theta));
    PetscCall(PetscRealloc(sizeof(PetscReal) * filter->capacity, &filter->phi));
  }
  filter->theta[filter->count] = theta;
  filter->phi[filter->count++] = phi;
  PetscFunctionReturn(0);
}

PetscErrorCode FilterAdd(Filter *filter, PetscReal theta, PetscReal phi)
{
  PetscInt kept = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < filter->count; i++) {
    if (filter->theta[i] >= theta && filter->phi[i] >= phi) continue;
    filter->theta[kept] = filter->theta[i];
    filter->phi[kept++] = filter->phi[i];
  }
  filter->count = kept;
  PetscCall(FilterPlace(filter, theta, phi));
  PetscFunctionReturn(0);
}

PetscBool FilterAccepts(const Filter *filter, PetscReal theta, PetscReal phi)
{
  const PetscReal slack = 10 * PETSC_MACHINE_EPSILON * PetscAbsReal(phi);

  if (!(theta <= filter->theta_max)) return PETSC_FALSE;
  for (PetscInt i = 0; i < filter->count; i++) {
    if (theta > filter->theta[i] && phi > filter->phi[i] + slack) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}
