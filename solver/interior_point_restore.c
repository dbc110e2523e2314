/* Interior point: the feasibility restoration phase.

   Minimises the sum of the elastic parts of all rows, with a small pull towards the point where it began
   (Waechter, Biegler 2006, section 3.3), until the original filter takes the point; or ends at a point of least
   violation. */
#include "solver/interior_point_internal.h"

static const PetscReal elastic_penalty = 1e3;
/* Of the violation, before the first, second and later restorations end: who comes back often is to come back feasible,
   or not at all. */
static const PetscReal required_reduction[] = {0.9, 0.1, 1e-3};

/* The elastic parts that minimise the barrier problem for the given violation c = p - q. */
static void PlaceElastic(InteriorPoint ip, PetscInt row, PetscReal c)
{
  const PetscInt  p = ip->n + ip->m + row, q = p + ip->m;
  const PetscReal half = (ip->mu - elastic_penalty * c) / (2 * elastic_penalty);
  const PetscReal root = PetscSqrtReal(half * half + ip->mu * c / (2 * elastic_penalty));

  /* The smaller of the two loses digits if it is taken as the difference of the larger ones. */
  if (c >= 0) {
    ip->y[q] = half >= 0 ? half + root : (ip->mu * c / (2 * elastic_penalty)) / (root - half);
    ip->y[p] = c + ip->y[q];
  } else {
    const PetscReal mirrored = (ip->mu + elastic_penalty * c) / (2 * elastic_penalty);
    const PetscReal other    = PetscSqrtReal(mirrored * mirrored - ip->mu * c / (2 * elastic_penalty));

    ip->y[p] = mirrored >= 0 ? mirrored + other : (-ip->mu * c / (2 * elastic_penalty)) / (other - mirrored);
    ip->y[q] = ip->y[p] - c;
  }
  ip->zl[p] = ip->mu / ip->y[p];
  ip->zl[q] = ip->mu / ip->y[q];
  ip->zu[p] = ip->zu[q] = 0;
}

static void PlaceAllElastic(InteriorPoint ip)
{
  for (PetscInt i = 0; i < ip->m; i++) {
    if (ip->row_kind[i] == ROW_FREE) continue;
    PlaceElastic(ip, i, ip->c[i]);
  }
  for (PetscInt i = 0; i < ip->n + ip->m; i++) {
    if (ip->held[i]) continue;
    ip->zl[i] = PetscMin(ip->zl[i], elastic_penalty);
    ip->zu[i] = PetscMin(ip->zu[i], elastic_penalty);
  }
}

PetscErrorCode IpEnterRestoration(InteriorPoint ip)
{
  Filter    swap;
  PetscReal largest = 0;

  PetscFunctionBeginUser;
  PetscCall(FilterAdd(&ip->filter, (1 - 1e-5) * ip->theta, ip->phi - 1e-8 * ip->theta));
  swap                = ip->outer_filter;
  ip->outer_filter    = ip->filter;
  ip->filter          = swap;
  ip->outer_mu        = ip->mu;
  ip->outer_theta     = ip->theta;
  ip->outer_phi       = ip->phi;
  ip->outer_theta_min = ip->theta_min;
  ip->restorations++;
  PetscCall(IpLargest(ip, ip->m, ip->c, &largest));
  ip->mu         = PetscMax(ip->mu, largest);
  ip->elastic    = PETSC_TRUE;
  ip->active     = ip->n + 3 * ip->m;
  ip->proximity  = PetscSqrtReal(ip->mu);
  ip->tiny_steps = 0;
  for (PetscInt j = 0; j < ip->n; j++) {
    ip->anchor[j]        = ip->y[j];
    ip->anchor_weight[j] = ip->held[j] ? 0 : PetscMin(1, 1 / PetscMax(1e-300, PetscAbsReal(ip->y[j])));
  }
  PlaceAllElastic(ip);
  PetscCall(PetscArrayzero(ip->lambda, ip->m));
  PetscCall(IpCountBounds(ip));
  FilterClear(&ip->filter);
  PetscCall(IpRefresh(ip));
  ip->filter.theta_max = 1e4 * PetscMax(1, ip->theta);
  ip->theta_min        = 1e-4 * PetscMax(1, ip->theta);
  PetscFunctionReturn(0);
}

PetscErrorCode IpLeaveRestoration(InteriorPoint ip)
{
  const PetscInt n = ip->n, m = ip->m;
  Filter         swap = ip->outer_filter;
  PetscReal      wild = 0; /* one: some bound multiplier is at the penalty */

  PetscFunctionBeginUser;
  ip->outer_filter = ip->filter;
  ip->filter       = swap;
  ip->elastic      = PETSC_FALSE;
  ip->active       = n + m;
  ip->mu           = ip->outer_mu;
  ip->theta_min    = ip->outer_theta_min;
  ip->free_mode    = PETSC_FALSE;
  ip->references   = 0;
  ip->tiny_steps   = 0;
  PetscCall(PetscArrayzero(ip->y + n + m, 2 * m));
  PetscCall(PetscArrayzero(ip->zl + n + m, 2 * m));
  PetscCall(PetscArrayzero(ip->zu + n + m, 2 * m));
  PetscCall(IpCountBounds(ip));
  for (PetscInt i = 0; i < ip->active; i++) {
    if (!ip->held[i] && PetscMax(ip->zl[i], ip->zu[i]) >= elastic_penalty) wild = 1;
  }
  PetscCall(BlocksMax(ip->blocks, 1, &wild));
  for (PetscInt i = 0; i < ip->active && wild > 0; i++) {
    if (ip->held[i]) continue;
    ip->zl[i] = IpHasLower(ip, i) ? 1 : 0;
    ip->zu[i] = IpHasUpper(ip, i) ? 1 : 0;
  }
  PetscCall(IpRefresh(ip));
  PetscCall(IpEstimateMultipliers(ip, elastic_penalty));
  PetscFunctionReturn(0);
}

/* Whether the point without its elastic parts is acceptable to the original problem's filter and nearer to feasible. */
PetscErrorCode IpRestorationDone(InteriorPoint ip, PetscBool *done)
{
  const PetscReal *p = ip->y + ip->n + ip->m, *q = p + ip->m, mu = ip->mu;
  PetscReal        theta, f, phi, term;

  PetscFunctionBeginUser;
  *done = PETSC_FALSE;
  for (PetscInt i = 0; i < ip->m; i++) ip->work_c[i] = ip->c[i] + p[i] - q[i];
  PetscCall(IpSumOfMagnitudes(ip, ip->work_c, &theta));
  if (theta > required_reduction[PetscMin(ip->restorations, 3) - 1] * ip->outer_theta) PetscFunctionReturn(0);
  ip->elastic = PETSC_FALSE;
  ip->active  = ip->n + ip->m;
  ip->mu      = ip->outer_mu;
  PetscCall(IpEvaluateBarrier(ip, ip->y, &f, &term));
  phi         = f + ip->mu * term;
  ip->elastic = PETSC_TRUE;
  ip->active  = ip->n + 3 * ip->m;
  ip->mu      = mu;
  *done       = (PetscBool)(!PetscIsInfOrNanReal(phi) && FilterAccepts(&ip->outer_filter, theta, phi));
  PetscFunctionReturn(0);
}
