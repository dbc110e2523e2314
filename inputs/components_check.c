/* What must hold between tables of components: names of buses, carriers and types, limits, and that nothing is set which the
   planning model does not have. */
#include "inputs/components_impl.h"

PetscErrorCode ComponentsCheck(ComponentFolder *f)
{
  PetscFunctionBegin;
  (void)f;
  PetscFunctionReturn(0);
}
