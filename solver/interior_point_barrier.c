/* Interior point: the barrier parameter, free as long as the residuals fall, else monotone.

   Nocedal, Waechter, Waltz, SIAM Journal on Optimization 19 (2009): the parameter follows the complementarity while the
   optimality residual falls often enough; otherwise it is held until each barrier problem is solved. */
#include "solver/interior_point_internal.h"

static const PetscReal subproblem_accuracy = 10; /* residual over mu at which a barrier problem counts as solved */
static const PetscReal linear_decrease     = 0.2;
static const PetscReal superlinear_power   = 1.5;
static const PetscReal free_decrease       = 0.1;
static const PetscReal free_power          = 1.3;
static const PetscReal centring_power      = 10;
static const PetscReal reference_decrease  = 0.9999;

static PetscReal Progress(InteriorPoint ip)
{
  const Residuals *r = &ip->residuals;

  return r->dual * r->dual + r->primal * r->primal + r->complementarity * r->complementarity;
}

static PetscBool ProgressSuffices(InteriorPoint ip)
{
  PetscReal largest = 0;

  if (ip->references < REFERENCES) return PETSC_TRUE;
  for (PetscInt i = 0; i < REFERENCES; i++) largest = PetscMax(largest, ip->reference[i]);
  return (PetscBool)(Progress(ip) <= reference_decrease * largest);
}

static void Remember(InteriorPoint ip)
{
  ip->reference[ip->references++ % REFERENCES] = Progress(ip);
  if (ip->references >= 2 * REFERENCES) ip->references -= REFERENCES;
}

PetscErrorCode IpSetBarrier(InteriorPoint ip, PetscReal mu)
{
  PetscFunctionBeginUser;
  ip->mu = PetscMax(mu, ip->mu_min);
  FilterClear(&ip->filter);
  if (ip->elastic) { /* the pull towards the anchor goes with the barrier */
    ip->proximity = PetscSqrtReal(ip->mu);
    PetscCall(IpRefresh(ip));
  } else
    ip->phi = ip->f + ip->mu * ip->term;
  PetscFunctionReturn(0);
}

/* A tenth of the complementarity, and ever less near the solution; but nearly all of it after a step that bounds have cut
   short, to come back to the middle. On optimal power flows this took a quarter fewer iterations than rules that weigh
   how central the point is. */
static PetscReal FreeBarrier(InteriorPoint ip)
{
  const PetscReal average = ip->average;
  const PetscReal centre  = PetscPowReal(1 - ip->last_alpha, centring_power);

  if (centre > free_decrease) return centre * average;
  return PetscMin(free_decrease * average, PetscPowReal(average, free_power));
}

void IpForceMonotone(InteriorPoint ip)
{
  ip->free_mode = PETSC_FALSE;
  ip->mu        = PetscMax(ip->mu_min, 0.8 * ip->average);
  ip->phi       = ip->f + ip->mu * ip->term;
  FilterClear(&ip->filter);
}

static PetscErrorCode UpdateMonotone(InteriorPoint ip)
{
  Residuals r;

  PetscFunctionBeginUser;
  for (;;) {
    PetscCall(IpResiduals(ip, ip->mu, &r));
    if (IpError(&r) > subproblem_accuracy * ip->mu || ip->mu <= ip->mu_min) break;
    PetscCall(IpSetBarrier(ip, PetscMin(linear_decrease * ip->mu, PetscPowReal(ip->mu, superlinear_power))));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpUpdateBarrier(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  if (!ip->elastic && !ip->free_mode && ProgressSuffices(ip)) ip->free_mode = PETSC_TRUE;
  if (ip->elastic || !ip->free_mode)
    PetscCall(UpdateMonotone(ip));
  else if (ProgressSuffices(ip)) {
    Remember(ip);
    PetscCall(IpSetBarrier(ip, FreeBarrier(ip)));
  } else
    IpForceMonotone(ip);
  ip->tau = PetscMax(0.99, 1 - ip->mu);
  PetscFunctionReturn(0);
}
