/* Interior point: functions, derivatives and residuals of the scaled problem. */
#include "solver/interior_point_internal.h"

static const PetscReal damping          = 1e-5; /* of components with one bound, times mu */
static const PetscReal elastic_penalty  = 1e3;
static const PetscReal residual_s_limit = 100;
static const PetscReal residual_s_top   = 1e4; /* beyond, large multipliers would hide any residual */

PetscErrorCode IpEvaluateConstraints(InteriorPoint ip, const PetscReal *y, PetscReal *c, PetscReal *theta)
{
  const PetscInt   n = ip->n, m = ip->m;
  const PetscReal *s = y + n, *p = s + m, *q = p + m;
  PetscReal        sum = 0;

  PetscFunctionBeginUser;
  if (m) PetscCall((*ip->program->ops.constraints)(ip->program->context, y, c));
  for (PetscInt i = 0; i < m; i++) {
    c[i] = ip->row_kind[i] == ROW_FREE ? 0 : ip->row_scale[i] * c[i] - s[i] - p[i] + q[i];
    sum += PetscAbsReal(c[i]);
  }
  *theta = sum;
  PetscFunctionReturn(0);
}

PetscReal IpBarrierTerm(InteriorPoint ip, const PetscReal *y)
{
  PetscReal logs = 0, linear = 0;

  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) {
      logs += PetscLogReal(y[i] - ip->lo[i]);
      if (!IpHasUpper(ip, i)) linear += y[i] - ip->lo[i];
    }
    if (IpHasUpper(ip, i)) {
      logs += PetscLogReal(ip->hi[i] - y[i]);
      if (!IpHasLower(ip, i)) linear += ip->hi[i] - y[i];
    }
  }
  return damping * linear - logs;
}

PetscErrorCode IpEvaluateBarrier(InteriorPoint ip, const PetscReal *y, PetscReal *f, PetscReal *phi)
{
  const PetscInt n = ip->n, m = ip->m;

  PetscFunctionBeginUser;
  if (ip->elastic) {
    PetscReal sum = 0, distance = 0;

    for (PetscInt i = n + m; i < n + 3 * m; i++) sum += y[i];
    for (PetscInt i = 0; i < n; i++) distance += PetscSqr(ip->anchor_weight[i] * (y[i] - ip->anchor[i]));
    *f = elastic_penalty * sum + 0.5 * ip->proximity * distance;
  } else {
    PetscCall((*ip->program->ops.objective)(ip->program->context, y, f));
    *f *= ip->objective_scale;
  }
  *phi = *f + ip->mu * IpBarrierTerm(ip, y);
  PetscFunctionReturn(0);
}

PetscErrorCode IpEvaluateDerivatives(InteriorPoint ip)
{
  const PetscInt n = ip->n, m = ip->m;
  Program        p = ip->program;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(ip->gradient, n + 3 * m));
  if (ip->elastic) {
    for (PetscInt i = 0; i < n; i++) {
      ip->gradient[i] = ip->proximity * PetscSqr(ip->anchor_weight[i]) * (ip->y[i] - ip->anchor[i]);
    }
    for (PetscInt i = n + m; i < n + 3 * m; i++) ip->gradient[i] = ip->held[i] ? 0 : elastic_penalty;
  } else {
    PetscCall((*p->ops.gradient)(p->context, ip->y, ip->gradient));
    for (PetscInt i = 0; i < n; i++) ip->gradient[i] *= ip->objective_scale;
  }
  for (PetscInt i = 0; i < n; i++) {
    if (ip->held[i]) ip->gradient[i] = 0;
  }
  if (m) PetscCall((*p->ops.jacobian)(p->context, ip->y, ip->jacobian));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
    const PetscInt row = p->jacobian_row[k];

    ip->jacobian[k] *= ip->row_kind[row] == ROW_FREE || ip->held[p->jacobian_column[k]] ? 0 : ip->row_scale[row];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpEvaluateHessian(InteriorPoint ip)
{
  Program p = ip->program;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->m; i++) {
    ip->weighted[i] = ip->row_kind[i] == ROW_FREE ? 0 : ip->row_scale[i] * ip->lambda[i];
  }
  PetscCall((*p->ops.hessian)(p->context, ip->y, ip->elastic ? 0 : ip->objective_scale, ip->weighted, ip->hessian));
  for (PetscInt k = 0; k < p->hessian_nnz; k++) {
    if (ip->held[p->hessian_row[k]] || ip->held[p->hessian_column[k]]) ip->hessian[k] = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpRefresh(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  PetscCall(IpEvaluateConstraints(ip, ip->y, ip->c, &ip->theta));
  PetscCall(IpEvaluateBarrier(ip, ip->y, &ip->f, &ip->phi));
  PetscCall(IpEvaluateDerivatives(ip));
  IpResiduals(ip, 0, &ip->residuals);
  PetscFunctionReturn(0);
}

void IpAddTransposed(InteriorPoint ip, const PetscReal *lambda, PetscReal *out)
{
  const Program p = ip->program;

  for (PetscInt k = 0; k < p->jacobian_nnz; k++)
    out[p->jacobian_column[k]] += ip->jacobian[k] * lambda[p->jacobian_row[k]];
  for (PetscInt i = ip->n; i < ip->active; i++) {
    if (!ip->held[i]) out[i] += IpRowSign(ip, i) * lambda[IpRowOf(ip, i)];
  }
}

void IpApplyJacobian(InteriorPoint ip, const PetscReal *dy, PetscReal *out)
{
  const Program p = ip->program;

  for (PetscInt i = 0; i < ip->m; i++) out[i] = 0;
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) out[p->jacobian_row[k]] += ip->jacobian[k] * dy[p->jacobian_column[k]];
  for (PetscInt i = ip->n; i < ip->active; i++) {
    if (!ip->held[i]) out[IpRowOf(ip, i)] += IpRowSign(ip, i) * dy[i];
  }
}

/* Sets the scales by which large multipliers are forgiven (Waechter, Biegler 2006, equation 6). */
static void ResidualScales(InteriorPoint ip)
{
  PetscReal z = 0, l = 0;

  for (PetscInt i = 0; i < ip->active; i++) z += ip->held[i] ? 0 : ip->zl[i] + ip->zu[i];
  for (PetscInt i = 0; i < ip->m; i++) l += PetscAbsReal(ip->lambda[i]);
  ip->dual_scale            = PetscMax(residual_s_limit, (z + l) / PetscMax(1, ip->m + ip->bounds)) / residual_s_limit;
  ip->complementarity_scale = PetscMax(residual_s_limit, z / PetscMax(1, ip->bounds)) / residual_s_limit;
  ip->dual_scale            = PetscMin(ip->dual_scale, residual_s_top);
  ip->complementarity_scale = PetscMin(ip->complementarity_scale, residual_s_top);
}

void IpResiduals(InteriorPoint ip, PetscReal mu, Residuals *residuals)
{
  PetscReal *dual = ip->work_y, largest = 0, product = 0, primal = 0;

  for (PetscInt i = 0; i < ip->active; i++) dual[i] = ip->gradient[i] - ip->zl[i] + ip->zu[i];
  IpAddTransposed(ip, ip->lambda, dual);
  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    largest = PetscMax(largest, PetscAbsReal(dual[i]));
    if (IpHasLower(ip, i)) product = PetscMax(product, PetscAbsReal(ip->zl[i] * (ip->y[i] - ip->lo[i]) - mu));
    if (IpHasUpper(ip, i)) product = PetscMax(product, PetscAbsReal(ip->zu[i] * (ip->hi[i] - ip->y[i]) - mu));
  }
  for (PetscInt i = 0; i < ip->m; i++) primal = PetscMax(primal, PetscAbsReal(ip->c[i]));
  ResidualScales(ip);
  residuals->dual            = largest / ip->dual_scale;
  residuals->primal          = primal;
  residuals->complementarity = product / ip->complementarity_scale;
}

PetscReal IpError(const Residuals *residuals)
{
  return PetscMax(residuals->dual, PetscMax(residuals->primal, residuals->complementarity));
}

PetscReal IpAverageComplementarity(InteriorPoint ip)
{
  PetscReal sum = 0;

  for (PetscInt i = 0; i < ip->active; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) sum += ip->zl[i] * (ip->y[i] - ip->lo[i]);
    if (IpHasUpper(ip, i)) sum += ip->zu[i] * (ip->hi[i] - ip->y[i]);
  }
  return ip->bounds ? sum / ip->bounds : 0;
}

PetscReal IpViolation(InteriorPoint ip)
{
  const PetscReal *p = ip->y + ip->n + ip->m, *q = p + ip->m;
  PetscReal        largest = 0;

  for (PetscInt i = 0; i < ip->m; i++) {
    largest = PetscMax(largest, PetscAbsReal(ip->c[i] + p[i] - q[i]) / ip->row_scale[i]);
  }
  return largest;
}
