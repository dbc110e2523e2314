/* Interior point: the filter line search of Waechter and Biegler (2006), with second-order correction. */
#include "solver/interior_point_internal.h"

static const PetscReal gamma_theta = 1e-5, gamma_phi = 1e-8, gamma_alpha = 0.05;
static const PetscReal switch_delta = 1, switch_theta = 1.1, switch_phi = 2.3;
static const PetscReal armijo              = 1e-8;
static const PetscReal correction_decrease = 0.99;
static const PetscInt  corrections         = 4;
static const PetscReal multiplier_spread   = 1e10; /* of z over mu / slack */

/* What a search measures its trial points against. */
typedef struct {
  PetscReal theta, phi, slope; /* at the iterate; slope of phi along the step */
} Search;

/* dual is the barrier gradient plus A' lambda; the slope is that of the barrier objective alone. */
static void AddSlope(InteriorPoint ip, const PetscReal *dy, PetscInt begin, PetscInt end, PetscReal *sum)
{
  for (PetscInt i = begin; i < end; i++) {
    if (!ip->held[i]) *sum += (ip->dual[i] - (ip->lagrangian[i] - ip->gradient[i])) * dy[i];
  }
}

static PetscErrorCode Try(InteriorPoint ip, const PetscReal *dy, PetscReal alpha, PetscBool *finite)
{
  PetscFunctionBeginUser;
  /* A held component has no step; what lies beyond the components in play is zero there and here. */
  for (PetscInt i = 0; i < ip->active; i++) ip->trial[i] = ip->y[i] + alpha * dy[i];
  PetscCall(IpEvaluateConstraints(ip, ip->trial, ip->trial_c, &ip->trial_theta));
  PetscCall(IpEvaluateBarrier(ip, ip->trial, &ip->trial_f, &ip->trial_term));
  ip->trial_phi = ip->trial_f + ip->mu * ip->trial_term;
  *finite       = (PetscBool) !(PetscIsInfOrNanReal(ip->trial_theta) || PetscIsInfOrNanReal(ip->trial_phi));
  PetscFunctionReturn(0);
}

static PetscBool Switching(InteriorPoint ip, const Search *s, PetscReal alpha)
{
  return (PetscBool)(s->theta <= ip->theta_min && s->slope < 0 &&
                     alpha * PetscPowReal(-s->slope, switch_phi) > switch_delta * PetscPowReal(s->theta, switch_theta));
}

static PetscBool NotAbove(PetscReal value, PetscReal bound, PetscReal reference)
{
  return (PetscBool)(value - bound <= 10 * PETSC_MACHINE_EPSILON * PetscAbsReal(reference));
}

/* Whether the trial point will do; armijo_step: it is a step of descent, after which the filter stays as it is. */
static PetscBool Acceptable(InteriorPoint ip, const Search *s, PetscReal alpha, PetscBool *armijo_step)
{
  *armijo_step = PETSC_FALSE;
  if (!FilterAccepts(&ip->filter, ip->trial_theta, ip->trial_phi)) return PETSC_FALSE;
  if (Switching(ip, s, alpha)) {
    *armijo_step = NotAbove(ip->trial_phi, s->phi + armijo * alpha * s->slope, s->phi);
    return *armijo_step;
  }
  return (PetscBool)(NotAbove(ip->trial_theta, (1 - gamma_theta) * s->theta, s->theta) ||
                     NotAbove(ip->trial_phi, s->phi - gamma_phi * s->theta, s->phi));
}

static PetscReal SmallestStep(InteriorPoint ip, const Search *s)
{
  PetscReal bound = gamma_theta;

  if (s->slope < 0) {
    bound = PetscMin(bound, gamma_phi * s->theta / -s->slope);
    if (s->theta <= ip->theta_min) {
      bound =
          PetscMin(bound, switch_delta * PetscPowReal(s->theta, switch_theta) / PetscPowReal(-s->slope, switch_phi));
    }
  }
  return PetscMax(gamma_alpha * bound, 1e-14);
}

/* Steps that also answer the curvature of the constraints seen at the rejected full step. */
static PetscErrorCode Correct(InteriorPoint ip, const Search *s, PetscReal alpha, PetscBool *accepted,
                              PetscBool *armijo_step, PetscReal *alpha_used)
{
  PetscReal theta = s->theta, step = alpha, ratio, unused;
  PetscBool finite = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(ip->soc_c, ip->c, ip->m));
  for (PetscInt k = 0; k < corrections && !*accepted; k++) {
    if (k > 0 && ip->trial_theta > correction_decrease * theta) break;
    theta = k > 0 ? ip->trial_theta : theta;
    for (PetscInt i = 0; i < ip->m; i++) ip->soc_c[i] = step * ip->soc_c[i] + ip->trial_c[i];
    PetscCall(IpSolveStep(ip, ip->soc_c, ip->soc_dy, ip->soc_dlambda, &ratio));
    if (!(ratio < 1e-5)) break;
    PetscCall(IpStepLengths(ip, ip->soc_dy, &step, &unused));
    PetscCall(Try(ip, ip->soc_dy, step, &finite));
    if (!finite) break;
    *accepted = Acceptable(ip, s, alpha, armijo_step);
  }
  if (*accepted) *alpha_used = step;
  PetscFunctionReturn(0);
}

/* Keeps bound multipliers within a wide band around mu / slack. */
static void SafeguardMultipliers(InteriorPoint ip)
{
  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) {
      const PetscReal centre = ip->mu / (ip->y[i] - ip->lo[i]);

      ip->zl[i] = PetscMax(PetscMin(ip->zl[i], multiplier_spread * centre), centre / multiplier_spread);
    }
    if (IpHasUpper(ip, i)) {
      const PetscReal centre = ip->mu / (ip->hi[i] - ip->y[i]);

      ip->zu[i] = PetscMax(PetscMin(ip->zu[i], multiplier_spread * centre), centre / multiplier_spread);
    }
  }
}

/* Where rounding has put a component onto its bound, the bound gives way by about as much. */
static void KeepSlacksPositive(InteriorPoint ip)
{
  const PetscReal least = PETSC_MACHINE_EPSILON * PetscMin(1, ip->mu);

  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i) && ip->y[i] - ip->lo[i] < least)
      ip->lo[i] = ip->y[i] - 1e-12 * PetscMax(1, PetscAbsReal(ip->lo[i]));
    if (IpHasUpper(ip, i) && ip->hi[i] - ip->y[i] < least)
      ip->hi[i] = ip->y[i] + 1e-12 * PetscMax(1, PetscAbsReal(ip->hi[i]));
  }
}

/* Takes the trial point and the multiplier steps. */
static PetscErrorCode Take(InteriorPoint ip, const PetscReal *dlambda, PetscReal alpha)
{
  const PetscReal alpha_dual = ip->dual_length;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(ip->y, ip->trial, ip->active));
  for (PetscInt i = 0; i < ip->m; i++) ip->lambda[i] += alpha * dlambda[i];
  for (PetscInt i = 0; i < ip->active; i++) {
    ip->zl[i] += alpha_dual * ip->dzl[i];
    ip->zu[i] += alpha_dual * ip->dzu[i];
  }
  KeepSlacksPositive(ip);
  SafeguardMultipliers(ip);
  PetscCall(PetscArraycpy(ip->c, ip->trial_c, ip->m));
  ip->f     = ip->trial_f;
  ip->theta = ip->trial_theta;
  ip->phi   = ip->trial_phi;
  ip->term  = ip->trial_term;
  PetscCall(IpRefreshDerivatives(ip));
  PetscFunctionReturn(0);
}

/* Residual of the barrier problem's conditions as one number. */
static PetscErrorCode BarrierError(InteriorPoint ip, PetscReal *error)
{
  Residuals r;

  PetscFunctionBeginUser;
  PetscCall(IpResiduals(ip, ip->mu, &r));
  *error = r.dual + r.primal + r.complementarity;
  PetscFunctionReturn(0);
}

/* A full step that the filter does not take but that brings all conditions of optimality nearer: often so near a
   solution, where rounding hides the descent. Goes back if it does not. */
static PetscErrorCode SoftStep(InteriorPoint ip, PetscReal alpha, PetscBool *accepted)
{
  const PetscInt  size   = ip->n + 3 * ip->m;
  PetscReal       before = 0, after = 0;
  const PetscReal alpha_dual = ip->dual_length;
  PetscReal      *y = ip->trial, *zl = ip->soc_dy, *zu = ip->res_y, *lambda = ip->soc_dlambda;
  PetscBool       finite = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(BarrierError(ip, &before));
  PetscCall(Try(ip, ip->dy, alpha, &finite));
  *accepted = PETSC_FALSE;
  if (!finite || ip->trial_theta > ip->filter.theta_max) PetscFunctionReturn(0);
  PetscCall(PetscArraycpy(zl, ip->zl, size));
  PetscCall(PetscArraycpy(zu, ip->zu, size));
  PetscCall(PetscArraycpy(lambda, ip->lambda, ip->m));
  for (PetscInt i = 0; i < ip->active; i++) {
    const PetscReal old = ip->y[i];

    ip->y[i] = y[i];
    y[i]     = old;
    ip->zl[i] += alpha_dual * ip->dzl[i];
    ip->zu[i] += alpha_dual * ip->dzu[i];
  }
  for (PetscInt i = 0; i < ip->m; i++) ip->lambda[i] += alpha * ip->dlambda[i];
  KeepSlacksPositive(ip);
  PetscCall(IpRefresh(ip));
  PetscCall(BarrierError(ip, &after));
  *accepted = (PetscBool)(after <= 0.9999 * before);
  if (*accepted)
    SafeguardMultipliers(ip);
  else {
    PetscCall(PetscArraycpy(ip->y, y, ip->active));
    PetscCall(PetscArraycpy(ip->zl, zl, size));
    PetscCall(PetscArraycpy(ip->zu, zu, size));
    PetscCall(PetscArraycpy(ip->lambda, lambda, ip->m));
    PetscCall(IpRefresh(ip));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode StepIsTiny(InteriorPoint ip, PetscBool *tiny)
{
  PetscReal largest = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->active; i++) {
    if (!ip->held[i]) largest = PetscMax(largest, PetscAbsReal(ip->dy[i]) / (1 + PetscAbsReal(ip->y[i])));
  }
  PetscCall(BlocksMax(ip->blocks, 1, &largest));
  *tiny = (PetscBool)(largest < 10 * PETSC_MACHINE_EPSILON && ip->residuals.primal < 1e-4);
  PetscFunctionReturn(0);
}

static PetscErrorCode AcceptTrial(InteriorPoint ip, const Search *s, PetscBool armijo_step, const PetscReal *dlambda,
                                  PetscReal alpha)
{
  PetscFunctionBeginUser;
  if (!armijo_step) PetscCall(FilterAdd(&ip->filter, (1 - gamma_theta) * s->theta, s->phi - gamma_phi * s->theta));
  PetscCall(Take(ip, dlambda, alpha));
  PetscFunctionReturn(0);
}

/* Halves the step until a trial point is acceptable or the step is too short. */
static PetscErrorCode Backtrack(InteriorPoint ip, PetscReal alpha_max, PetscBool *accepted, PetscReal *alpha,
                                char *mark)
{
  Search    s = {ip->theta, ip->phi, 0};
  PetscReal shortest;
  PetscBool armijo_step = PETSC_FALSE, finite = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(IpSum(ip, AddSlope, ip->dy, 1, &s.slope));
  shortest = SmallestStep(ip, &s);
  for (*alpha = alpha_max; *alpha >= shortest; *alpha *= 0.5) {
    PetscCall(Try(ip, ip->dy, *alpha, &finite));
    if (!finite) continue;
    if (Acceptable(ip, &s, *alpha, &armijo_step)) {
      *accepted = PETSC_TRUE;
      *mark     = armijo_step ? 'f' : 'h';
      PetscCall(AcceptTrial(ip, &s, armijo_step, ip->dlambda, *alpha));
      PetscFunctionReturn(0);
    }
    if (*alpha == alpha_max && ip->trial_theta >= s.theta) {
      PetscCall(Correct(ip, &s, alpha_max, accepted, &armijo_step, alpha));
      if (*accepted) {
        *mark = armijo_step ? 'F' : 'H';
        PetscCall(AcceptTrial(ip, &s, armijo_step, ip->soc_dlambda, *alpha));
        PetscFunctionReturn(0);
      }
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpLineSearch(InteriorPoint ip, PetscBool *accepted, PetscReal *alpha, char *mark)
{
  PetscReal alpha_max;
  PetscBool finite = PETSC_FALSE, tiny = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(IpStepLengths(ip, ip->dy, &alpha_max, &ip->dual_length));
  PetscCall(StepIsTiny(ip, &tiny));
  *accepted      = PETSC_FALSE;
  ip->last_alpha = alpha_max;
  if (tiny) {
    PetscCall(Try(ip, ip->dy, alpha_max, &finite));
    if (finite) {
      *accepted = PETSC_TRUE;
      *alpha    = alpha_max;
      *mark     = 't';
      ip->tiny_steps++;
      PetscCall(Take(ip, ip->dlambda, alpha_max));
      PetscFunctionReturn(0);
    }
  }
  ip->tiny_steps = 0;
  if (ip->corrected) { /* of a convex program: taken as it is; should the residuals not fall, the barrier rule ends it */
    PetscCall(Try(ip, ip->dy, alpha_max, accepted));
    *alpha = alpha_max;
    *mark  = 'c';
    if (*accepted) PetscCall(Take(ip, ip->dlambda, alpha_max));
    PetscFunctionReturn(0);
  }
  PetscCall(Backtrack(ip, alpha_max, accepted, alpha, mark));
  if (!*accepted) {
    PetscCall(SoftStep(ip, alpha_max, accepted));
    *alpha = alpha_max;
    *mark  = 's';
  }
  PetscFunctionReturn(0);
}
