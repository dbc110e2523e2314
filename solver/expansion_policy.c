/* Where the planning model's own families join the expansion model. */
#include "solver/expansion_impl.h"

PetscErrorCode ExpansionPolicyBegin(Expansion e)
{
  PetscFunctionBeginUser;
  e->policy = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionPolicyEnd(Expansion e)
{
  PetscFunctionBeginUser;
  e->policy = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddDays(Expansion e)
{
  PetscFunctionBeginUser;
  (void)e;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddDemand(Expansion e)
{
  PetscFunctionBeginUser;
  (void)e;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddReserves(Expansion e)
{
  PetscFunctionBeginUser;
  (void)e;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddRetirement(Expansion e)
{
  PetscFunctionBeginUser;
  (void)e;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddShares(Expansion e)
{
  PetscFunctionBeginUser;
  (void)e;
  PetscFunctionReturn(0);
}

PetscErrorCode ExpansionAddMargins(Expansion e)
{
  PetscFunctionBeginUser;
  (void)e;
  PetscFunctionReturn(0);
}

PetscBool ExpansionPolicyConstraint(const char *type)
{
  (void)type;
  return PETSC_FALSE;
}

PetscErrorCode ExpansionPolicyStore(Expansion e, const PetscReal *x, const PetscReal *y, const PetscReal *z,
                                    Components components)
{
  PetscFunctionBeginUser;
  (void)e, (void)x, (void)y, (void)z, (void)components;
  PetscFunctionReturn(0);
}

PetscBool ExpansionPolicyFamily(PetscInt family, ComponentKind *kind, const char **name, const char **words)
{
  (void)family, (void)kind, (void)name, (void)words;
  return PETSC_FALSE;
}

PetscReal ExpansionPolicyElastic(Expansion e, PetscInt row)
{
  (void)e, (void)row;
  return 0;
}
