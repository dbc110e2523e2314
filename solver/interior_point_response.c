/* The response of a minimiser to linear terms, by the last factors of the interior point. */
#include "solver/interior_point_response.h"

#include "solver/interior_point_internal.h"

PetscErrorCode InteriorPointResponse(InteriorPoint ip, const PetscReal *linear, PetscReal *dx, PetscBool *available)
{
  PetscFunctionBeginUser;
  *available = (PetscBool)(ip->kkt && !ip->elastic && ip->statistics.solves > 0);
  PetscCall(PetscArrayzero(dx, ip->n));
  if (!*available) PetscFunctionReturn(0);
  for (PetscInt j = 0; j < ip->n; j++) ip->rhs[j] = ip->held[j] ? 0 : -ip->objective_scale * linear[j];
  for (PetscInt i = 0; i < ip->m; i++) ip->rhs[ip->n + i] = 0;
  PetscCall(KktSolve(ip->kkt, ip->rhs, ip->sol));
  for (PetscInt j = 0; j < ip->n; j++) dx[j] = ip->held[j] ? 0 : ip->sol[j];
  PetscFunctionReturn(0);
}
