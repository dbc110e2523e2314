/* Interior point: bounds, scaling and starting points of one solve. */
#include "solver/interior_point_internal.h"

static const PetscReal gradient_limit = 100;   /* rows with larger entries are scaled down */
static const PetscReal row_relaxation = 1e-8;  /* absolute; x keeps its bounds unless ip->relaxation says otherwise */
static const PetscReal fixed_width    = 1e-10; /* bounds closer than this, relative, hold the variable */
static const PetscReal warm_band      = 1e3;   /* given multipliers stay within this factor of the central path */
static const PetscReal warm_share = 1e-2, warm_mu_min = 1e-6, warm_mu_max = 1e-2; /* barrier over residual given */
static const PetscReal implausible   = 1e6; /* given multipliers beyond, scaled, are estimated instead */
static const PetscReal largest_start = 1e3; /* least-squares multipliers beyond are not used */

static PetscReal Magnitude(PetscReal value)
{
  return PetscMax(1, PetscAbsReal(value));
}

PetscReal IpPushInside(PetscReal value, PetscReal lo, PetscReal hi, PetscReal push)
{
  const PetscBool has_lo = (PetscBool)(lo > PETSC_NINFINITY), has_hi = (PetscBool)(hi < PETSC_INFINITY);
  const PetscReal width = has_lo && has_hi ? push * (hi - lo) : PETSC_INFINITY;

  if (has_lo) value = PetscMax(value, lo + PetscMin(push * Magnitude(lo), width));
  if (has_hi) value = PetscMin(value, hi - PetscMin(push * Magnitude(hi), width));
  return value;
}

/* Bounds in the solver's sense: what is beyond the largest double over ten is none. */
static PetscReal Lower(PetscReal bound)
{
  return bound <= PETSC_NINFINITY ? PETSC_NINFINITY : bound;
}

static PetscReal Upper(PetscReal bound)
{
  return bound >= PETSC_INFINITY ? PETSC_INFINITY : bound;
}

static void SetUpVariable(InteriorPoint ip, PetscInt j, PetscReal x, PetscBool *inconsistent)
{
  const PetscReal lo = Lower(ip->blocks->xl[j]), hi = Upper(ip->blocks->xu[j]);
  const PetscReal scale = lo > PETSC_NINFINITY ? Magnitude(lo) : hi < PETSC_INFINITY ? Magnitude(hi) : 1;

  if (!(lo <= hi + row_relaxation * scale) || lo >= PETSC_INFINITY || hi <= PETSC_NINFINITY) *inconsistent = PETSC_TRUE;
  ip->held[j] = (PetscBool)(hi - lo <= fixed_width * scale);
  ip->lo[j]   = lo > PETSC_NINFINITY ? lo - ip->relaxation * Magnitude(lo) : lo;
  ip->hi[j]   = hi < PETSC_INFINITY ? hi + ip->relaxation * Magnitude(hi) : hi;
  ip->y[j]    = ip->held[j] ? 0.5 * (lo + hi) : PetscMin(PetscMax(x, lo), hi);
}

static PetscErrorCode SetUpRowKinds(InteriorPoint ip, PetscBool *inconsistent)
{
  const Blocks p = ip->blocks;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->m; i++) {
    const PetscReal lo = Lower(p->gl[i]), hi = Upper(p->gu[i]);

    if (!(lo <= hi + row_relaxation * Magnitude(lo)) || lo >= PETSC_INFINITY || hi <= PETSC_NINFINITY) {
      *inconsistent = PETSC_TRUE;
    }
    if (lo == PETSC_NINFINITY && hi == PETSC_INFINITY)
      ip->row_kind[i] = ROW_FREE;
    else
      ip->row_kind[i] = lo >= hi ? ROW_EQUALITY : ROW_INEQUALITY;
    ip->row_scale[i] = 1;
  }
  PetscFunctionReturn(0);
}

/* Scaling by the gradients at the start, pushed inside: no entry of the scaled Jacobian and gradient beyond the limit. */
static PetscErrorCode SetUpScaling(InteriorPoint ip)
{
  const Blocks p       = ip->blocks;
  PetscReal   *largest = ip->work_c, steepest;

  PetscFunctionBeginUser;
  ip->objective_scale = p->objective_scale > 0 ? p->objective_scale : 1;
  PetscCall(PetscArrayzero(largest, ip->m));
  PetscCall(IpEvaluateDerivatives(ip));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
    largest[p->jacobian_row[k]] = PetscMax(largest[p->jacobian_row[k]], PetscAbsReal(ip->jacobian[k]));
  }
  PetscCall(BlocksMaxBorderRows(p, largest));
  for (PetscInt i = 0; i < ip->m; i++) {
    if (largest[i] > gradient_limit) ip->row_scale[i] = PetscMax(1e-8, gradient_limit / largest[i]);
  }
  PetscCall(IpLargest(ip, ip->n, ip->gradient, &steepest));
  if (steepest > gradient_limit) ip->objective_scale *= PetscMax(1e-8, gradient_limit / steepest);
  PetscFunctionReturn(0);
}

static void SetUpRow(InteriorPoint ip, PetscInt i)
{
  const PetscInt  slack = ip->n + i, p = slack + ip->m, q = p + ip->m;
  const PetscReal lo = ip->blocks->gl[i], hi = ip->blocks->gu[i], scale = ip->row_scale[i];

  ip->held[slack] = (PetscBool)(ip->row_kind[i] != ROW_INEQUALITY);
  ip->lo[slack]   = Lower(lo) > PETSC_NINFINITY ? scale * (lo - row_relaxation) : PETSC_NINFINITY;
  ip->hi[slack]   = Upper(hi) < PETSC_INFINITY ? scale * (hi + row_relaxation) : PETSC_INFINITY;
  ip->y[slack]    = ip->row_kind[i] == ROW_EQUALITY ? scale * 0.5 * (lo + hi) : 0;
  ip->held[p] = ip->held[q] = (PetscBool)(ip->row_kind[i] == ROW_FREE);
  ip->lo[p] = ip->lo[q] = 0;
  ip->hi[p] = ip->hi[q] = PETSC_INFINITY;
  ip->y[p] = ip->y[q] = 0;
}

static void AddBounds(InteriorPoint ip, const PetscReal *v, PetscInt begin, PetscInt end, PetscReal *sum)
{
  (void)v;
  for (PetscInt i = begin; i < end; i++) {
    if (!ip->held[i]) *sum += (IpHasLower(ip, i) ? 1 : 0) + (IpHasUpper(ip, i) ? 1 : 0);
  }
}

PetscErrorCode IpCountBounds(InteriorPoint ip)
{
  PetscReal bounds;

  PetscFunctionBeginUser;
  PetscCall(IpSum(ip, AddBounds, NULL, 1, &bounds));
  ip->bounds = (PetscInt)bounds;
  PetscFunctionReturn(0);
}

/* One rank's finding is that of all. */
static PetscErrorCode Agree(InteriorPoint ip, PetscBool *flag)
{
  PetscReal any = *flag ? 1 : 0;

  PetscFunctionBeginUser;
  PetscCall(BlocksMax(ip->blocks, 1, &any));
  *flag = (PetscBool)(any > 0);
  PetscFunctionReturn(0);
}

PetscErrorCode IpSetUp(InteriorPoint ip, const PetscReal *x, PetscBool *inconsistent)
{
  const PetscInt size = ip->n + 3 * ip->m;

  PetscFunctionBeginUser;
  PetscCall(BlocksUpdate(ip->blocks));
  *inconsistent = PETSC_FALSE;
  ip->elastic   = PETSC_FALSE;
  ip->active    = ip->n + ip->m;
  PetscCall(PetscArrayzero(ip->zl, size));
  PetscCall(PetscArrayzero(ip->zu, size));
  PetscCall(PetscArrayzero(ip->dy, size));
  PetscCall(PetscArrayzero(ip->lambda, ip->m));
  for (PetscInt j = 0; j < ip->n; j++) SetUpVariable(ip, j, x[j], inconsistent);
  PetscCall(SetUpRowKinds(ip, inconsistent));
  PetscCall(Agree(ip, inconsistent));
  if (*inconsistent) PetscFunctionReturn(0);
  PetscCall(SetUpScaling(ip));
  for (PetscInt i = 0; i < ip->m; i++) SetUpRow(ip, i);
  PetscCall(IpCountBounds(ip));
  PetscFunctionReturn(0);
}

/* Slacks at the values of their rows, everything at least the given fraction inside its bounds. */
static PetscErrorCode PlaceInside(InteriorPoint ip, PetscReal push)
{
  PetscReal theta;

  PetscFunctionBeginUser;
  for (PetscInt j = 0; j < ip->n; j++) {
    if (!ip->held[j]) ip->y[j] = IpPushInside(ip->y[j], ip->lo[j], ip->hi[j], push);
  }
  PetscCall(IpEvaluateConstraints(ip, ip->y, ip->c, &theta));
  for (PetscInt i = 0; i < ip->m; i++) {
    const PetscInt slack = ip->n + i;

    if (!ip->held[slack]) ip->y[slack] = IpPushInside(ip->c[i] + ip->y[slack], ip->lo[slack], ip->hi[slack], push);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpStartCold(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  ip->mu = 0.1;
  PetscCall(PlaceInside(ip, 1e-2));
  for (PetscInt i = 0; i < ip->active;
       i++) { /* stiffer where there is little room, so that first steps do not jam there */
    ip->zl[i] = ip->zu[i] = 0;
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) ip->zl[i] = PetscMax(1, ip->mu / (ip->y[i] - ip->lo[i]));
    if (IpHasUpper(ip, i)) ip->zu[i] = PetscMax(1, ip->mu / (ip->hi[i] - ip->y[i]));
  }
  PetscCall(IpRefresh(ip));
  PetscCall(IpEstimateMultipliers(ip, largest_start));
  PetscFunctionReturn(0);
}

/* Multiplier of a bound near the one given, but neither far from the central path. */
static PetscReal Recentred(PetscReal z, PetscReal slack, PetscReal mu)
{
  return PetscMin(PetscMax(z, mu / (warm_band * slack)), warm_band * mu / slack);
}

/* The given multipliers, scaled; those of slacks are the parts of their row's. */
static void LoadMultipliers(InteriorPoint ip, const PetscReal *lambda, const PetscReal *zl, const PetscReal *zu)
{
  const PetscReal f = ip->objective_scale;

  for (PetscInt i = 0; i < ip->m; i++) {
    ip->lambda[i] = lambda && ip->row_kind[i] != ROW_FREE ? f * lambda[i] / ip->row_scale[i] : 0;
  }
  for (PetscInt i = 0; i < ip->active; i++) {
    const PetscReal row = i >= ip->n ? ip->lambda[i - ip->n] : 0;

    ip->zl[i] = ip->zu[i] = 0;
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) ip->zl[i] = i >= ip->n ? PetscMax(0, -row) : zl ? PetscMax(0, f * zl[i]) : 0;
    if (IpHasUpper(ip, i)) ip->zu[i] = i >= ip->n ? PetscMax(0, row) : zu ? PetscMax(0, f * zu[i]) : 0;
  }
}

/* The barrier parameter to begin with: the smaller, the nearer the given point is to optimal. */
static PetscErrorCode EstimateBarrier(InteriorPoint ip)
{
  Residuals *const r = &ip->residuals;

  PetscFunctionBeginUser;
  ip->mu = ip->options.warm_mu;
  if (ip->mu > 0) PetscFunctionReturn(0);
  PetscCall(PlaceInside(ip, 0));
  PetscCall(IpEvaluateConstraints(ip, ip->y, ip->c, &ip->theta));
  PetscCall(IpEvaluateDerivatives(ip));
  PetscCall(IpUpdateLagrangian(ip));
  PetscCall(IpResiduals(ip, 0, r));
  ip->mu = PetscMin(warm_mu_max, PetscMax(warm_mu_min, warm_share * PetscMax(r->primal, r->dual)));
  if (!(ip->mu >= warm_mu_min)) ip->mu = warm_mu_max;
  PetscFunctionReturn(0);
}

PetscErrorCode IpStartWarm(InteriorPoint ip, const PetscReal *lambda, const PetscReal *zl, const PetscReal *zu)
{
  PetscReal largest = 0;

  PetscFunctionBeginUser;
  LoadMultipliers(ip, lambda, zl, zu);
  PetscCall(IpLargest(ip, ip->m, ip->lambda, &largest));
  PetscCall(EstimateBarrier(ip));
  PetscCall(PlaceInside(ip, PetscMin(1e-2, 10 * ip->mu)));
  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) ip->zl[i] = Recentred(ip->zl[i], ip->y[i] - ip->lo[i], ip->mu);
    if (IpHasUpper(ip, i)) ip->zu[i] = Recentred(ip->zu[i], ip->hi[i] - ip->y[i], ip->mu);
  }
  PetscCall(IpRefresh(ip));
  if (!(largest < implausible)) PetscCall(IpEstimateMultipliers(ip, largest_start));
  PetscFunctionReturn(0);
}
