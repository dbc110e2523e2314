/* Interior point: functions, derivatives and residuals of the scaled problem. */
#include "solver/interior_point_internal.h"

#include "inputs/log.h"
static const PetscReal damping          = 1e-5; /* of components with one bound, times mu */
static const PetscReal elastic_penalty  = 1e3;
static const PetscReal residual_s_limit = 100;
static const PetscReal residual_s_top   = 1e4; /* beyond, large multipliers would hide any residual */

/* --- Sums over components, rank by rank the same bits --- */

PetscErrorCode IpSum(InteriorPoint ip, IpVisitor visit, const PetscReal *v, PetscInt count, PetscReal *sum)
{
  const Blocks    s       = ip->blocks;
  const PetscInt *x_start = s->variable_start, *row_start = s->row_start;
  const PetscInt  copies = (ip->active - ip->n) / PetscMax(1, ip->m); /* slacks; with elastic parts three */

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(ip->partial, (s->n_local + 1) * count));
  for (PetscInt part = 0; part <= s->n_local; part++) {
    PetscReal *partial = ip->partial + part * count;

    (*visit)(ip, v, x_start[part], x_start[part + 1], partial);
    for (PetscInt k = 0; k < copies; k++) {
      const PetscInt offset = ip->n + k * ip->m;

      (*visit)(ip, v, offset + row_start[part], offset + row_start[part + 1], partial);
    }
  }
  PetscCall(BlocksSum(s, count, ip->partial, sum));
  PetscFunctionReturn(0);
}

PetscErrorCode IpSumRows(InteriorPoint ip, IpVisitor visit, const PetscReal *v, PetscInt count, PetscReal *sum)
{
  const Blocks s = ip->blocks;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(ip->partial, (s->n_local + 1) * count));
  for (PetscInt part = 0; part <= s->n_local; part++) {
    (*visit)(ip, v, s->row_start[part], s->row_start[part + 1], ip->partial + part * count);
  }
  PetscCall(BlocksSum(s, count, ip->partial, sum));
  PetscFunctionReturn(0);
}

static void AddMagnitudes(InteriorPoint ip, const PetscReal *v, PetscInt begin, PetscInt end, PetscReal *sum)
{
  (void)ip;
  for (PetscInt i = begin; i < end; i++) *sum += PetscAbsReal(v[i]);
}

PetscErrorCode IpSumOfMagnitudes(InteriorPoint ip, const PetscReal *rows, PetscReal *sum)
{
  PetscFunctionBeginUser;
  PetscCall(IpSumRows(ip, AddMagnitudes, rows, 1, sum));
  PetscFunctionReturn(0);
}

PetscErrorCode IpLargest(InteriorPoint ip, PetscInt n, const PetscReal *v, PetscReal *largest)
{
  PetscFunctionBeginUser;
  *largest = 0;
  for (PetscInt i = 0; i < n; i++) *largest = PetscMax(*largest, PetscAbsReal(v[i]));
  PetscCall(BlocksMax(ip->blocks, 1, largest));
  PetscFunctionReturn(0);
}

/* --- Functions and derivatives --- */

PetscErrorCode IpEvaluateConstraints(InteriorPoint ip, const PetscReal *y, PetscReal *c, PetscReal *theta)
{
  const PetscInt   n = ip->n, m = ip->m;
  const PetscReal *s = y + n, *p = s + m, *q = p + m;

  PetscFunctionBeginUser;
  PetscCall(LogEventBegin(LOG_SOLVER_EVALUATION));
  PetscCall(BlocksConstraints(ip->blocks, y, c));
  PetscCall(LogEventEnd(LOG_SOLVER_EVALUATION));
  for (PetscInt i = 0; i < m; i++) c[i] = ip->row_kind[i] == ROW_FREE ? 0 : ip->row_scale[i] * c[i] - s[i];
  if (ip->elastic) {
    for (PetscInt i = 0; i < m; i++) c[i] += ip->row_kind[i] == ROW_FREE ? 0 : q[i] - p[i];
  }
  PetscCall(IpSumOfMagnitudes(ip, c, theta));
  PetscFunctionReturn(0);
}

/* Product of slacks, of which a logarithm is taken only when it leaves this range. */
static const PetscReal product_min = 1e-200, product_max = 1e200;

static void MultiplySlack(PetscReal slack, PetscReal *product, PetscReal *logs)
{
  *product *= slack;
  if (*product > product_min && *product < product_max) return;
  *logs += PetscLogReal(*product);
  *product = 1;
}

static void AddBarrier(InteriorPoint ip, const PetscReal *y, PetscInt begin, PetscInt end, PetscReal *sum)
{
  PetscReal logs = 0, linear = 0, product = 1;

  for (PetscInt i = begin; i < end; i++) {
    if (ip->held[i]) continue;
    if (IpHasLower(ip, i)) {
      MultiplySlack(y[i] - ip->lo[i], &product, &logs);
      if (!IpHasUpper(ip, i)) linear += y[i] - ip->lo[i];
    }
    if (IpHasUpper(ip, i)) {
      MultiplySlack(ip->hi[i] - y[i], &product, &logs);
      if (!IpHasLower(ip, i)) linear += ip->hi[i] - y[i];
    }
  }
  *sum += damping * linear - logs - PetscLogReal(product);
}

/* The restoration's objective: elastic parts, and distance from where it began. */
static void AddElastic(InteriorPoint ip, const PetscReal *y, PetscInt begin, PetscInt end, PetscReal *sum)
{
  for (PetscInt i = begin; i < end; i++) {
    if (i < ip->n)
      sum[1] += PetscSqr(ip->anchor_weight[i] * (y[i] - ip->anchor[i]));
    else if (i >= ip->n + ip->m)
      sum[0] += y[i];
  }
}

PetscErrorCode IpEvaluateBarrier(InteriorPoint ip, const PetscReal *y, PetscReal *f, PetscReal *term)
{
  PetscFunctionBeginUser;
  if (ip->elastic) {
    PetscReal sum[2];

    PetscCall(IpSum(ip, AddElastic, y, 2, sum));
    *f = elastic_penalty * sum[0] + 0.5 * ip->proximity * sum[1];
  } else {
    PetscCall(BlocksObjective(ip->blocks, y, f));
    *f *= ip->objective_scale;
  }
  PetscCall(IpSum(ip, AddBarrier, y, 1, term));
  PetscFunctionReturn(0);
}

PetscErrorCode IpEvaluateDerivatives(InteriorPoint ip)
{
  const PetscInt n = ip->n, m = ip->m;
  const Blocks   s = ip->blocks;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(ip->gradient, n + 3 * m));
  if (ip->elastic) {
    for (PetscInt i = 0; i < n; i++) {
      ip->gradient[i] = ip->proximity * PetscSqr(ip->anchor_weight[i]) * (ip->y[i] - ip->anchor[i]);
    }
    for (PetscInt i = n + m; i < n + 3 * m; i++) ip->gradient[i] = ip->held[i] ? 0 : elastic_penalty;
  } else {
    PetscCall(BlocksGradient(s, ip->y, ip->gradient));
    for (PetscInt i = 0; i < n; i++) ip->gradient[i] *= ip->objective_scale;
  }
  for (PetscInt i = 0; i < n; i++) {
    if (ip->held[i]) ip->gradient[i] = 0;
  }
  PetscCall(LogEventBegin(LOG_SOLVER_EVALUATION));
  PetscCall(BlocksJacobian(s, ip->y, ip->jacobian));
  PetscCall(LogEventEnd(LOG_SOLVER_EVALUATION));
  for (PetscInt k = 0; k < s->jacobian_nnz; k++) {
    const PetscInt row = s->jacobian_row[k];

    ip->jacobian[k] *= ip->row_kind[row] == ROW_FREE || ip->held[s->jacobian_column[k]] ? 0 : ip->row_scale[row];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpEvaluateHessian(InteriorPoint ip)
{
  const Blocks s = ip->blocks;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < ip->m; i++) {
    ip->weighted[i] = ip->row_kind[i] == ROW_FREE ? 0 : ip->row_scale[i] * ip->lambda[i];
  }
  PetscCall(LogEventBegin(LOG_SOLVER_EVALUATION));
  PetscCall(BlocksHessian(s, ip->y, ip->elastic ? 0 : ip->objective_scale, ip->weighted, ip->hessian));
  PetscCall(LogEventEnd(LOG_SOLVER_EVALUATION));
  for (PetscInt k = 0; k < s->hessian_nnz; k++) {
    if (ip->held[s->hessian_row[k]] || ip->held[s->hessian_column[k]]) ip->hessian[k] = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpRefreshDerivatives(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  PetscCall(IpEvaluateDerivatives(ip));
  PetscCall(IpUpdateLagrangian(ip));
  PetscCall(IpResiduals(ip, 0, &ip->residuals));
  PetscFunctionReturn(0);
}

PetscErrorCode IpRefresh(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  PetscCall(IpEvaluateConstraints(ip, ip->y, ip->c, &ip->theta));
  PetscCall(IpEvaluateBarrier(ip, ip->y, &ip->f, &ip->term));
  ip->phi = ip->f + ip->mu * ip->term;
  PetscCall(IpRefreshDerivatives(ip));
  PetscFunctionReturn(0);
}

PetscErrorCode IpAddTransposed(InteriorPoint ip, const PetscReal *lambda, PetscReal *out)
{
  PetscFunctionBeginUser;
  PetscCall(BlocksAddTransposed(ip->blocks, ip->jacobian, lambda, out));
  for (PetscInt i = ip->n; i < ip->active; i++) {
    if (!ip->held[i]) out[i] += IpRowSign(ip, i) * lambda[IpRowOf(ip, i)];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode IpUpdateLagrangian(InteriorPoint ip)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(ip->lagrangian, ip->gradient, ip->active));
  PetscCall(IpAddTransposed(ip, ip->lambda, ip->lagrangian));
  PetscFunctionReturn(0);
}

PetscErrorCode IpApplyBoth(InteriorPoint ip, const PetscReal *dy, const PetscReal *dlambda, PetscReal *out_y,
                           PetscReal *out_c)
{
  PetscFunctionBeginUser;
  PetscCall(BlocksMultiplyBoth(ip->blocks, ip->jacobian, dy, dlambda, out_y, out_c));
  for (PetscInt i = ip->n; i < ip->active; i++) {
    if (ip->held[i]) continue;
    out_y[i] += IpRowSign(ip, i) * dlambda[IpRowOf(ip, i)];
    out_c[IpRowOf(ip, i)] += IpRowSign(ip, i) * dy[i];
  }
  PetscFunctionReturn(0);
}

/* What one pass over the components finds out about the optimality conditions: largest values over this rank, and sums. */
enum { LARGEST_DUAL, LARGEST_PRODUCT, LARGEST_PRIMAL, LARGEST };
enum { SUM_Z, SUM_PRODUCT, SUMS_OF_COMPONENTS };

static void AddOptimality(InteriorPoint ip, const PetscReal *v, PetscInt begin, PetscInt end, PetscReal *sum)
{
  PetscReal dual = ip->largest[LARGEST_DUAL], product = ip->largest[LARGEST_PRODUCT];

  (void)v;
  for (PetscInt i = begin; i < end; i++) {
    if (ip->held[i]) continue;
    dual = PetscMax(dual, PetscAbsReal(ip->lagrangian[i] - ip->zl[i] + ip->zu[i]));
    sum[SUM_Z] += ip->zl[i] + ip->zu[i];
    if (IpHasLower(ip, i)) {
      const PetscReal p = ip->zl[i] * (ip->y[i] - ip->lo[i]);

      product = PetscMax(product, PetscAbsReal(p - ip->residual_mu));
      sum[SUM_PRODUCT] += p;
    }
    if (IpHasUpper(ip, i)) {
      const PetscReal p = ip->zu[i] * (ip->hi[i] - ip->y[i]);

      product = PetscMax(product, PetscAbsReal(p - ip->residual_mu));
      sum[SUM_PRODUCT] += p;
    }
  }
  ip->largest[LARGEST_DUAL]    = dual;
  ip->largest[LARGEST_PRODUCT] = product;
}

/* Residuals are divided by scales that forgive large multipliers (Waechter, Biegler 2006, equation 6). */
PetscErrorCode IpResiduals(InteriorPoint ip, PetscReal mu, Residuals *residuals)
{
  PetscReal sum[SUMS_OF_COMPONENTS], l, dual_scale, product_scale;

  PetscFunctionBeginUser;
  ip->residual_mu = mu;
  for (PetscInt k = 0; k < LARGEST; k++) ip->largest[k] = 0;
  PetscCall(IpSum(ip, AddOptimality, NULL, SUMS_OF_COMPONENTS, sum));
  PetscCall(IpSumOfMagnitudes(ip, ip->lambda, &l));
  for (PetscInt i = 0; i < ip->m; i++) {
    ip->largest[LARGEST_PRIMAL] = PetscMax(ip->largest[LARGEST_PRIMAL], PetscAbsReal(ip->c[i]));
  }
  PetscCall(BlocksMax(ip->blocks, LARGEST, ip->largest));
  ip->average                = ip->bounds ? sum[SUM_PRODUCT] / (PetscReal)ip->bounds : 0;
  dual_scale                 = (sum[SUM_Z] + l) / PetscMax(1, ip->blocks->m_total + ip->bounds) / residual_s_limit;
  product_scale              = sum[SUM_Z] / PetscMax(1, ip->bounds) / residual_s_limit;
  residuals->dual            = ip->largest[LARGEST_DUAL] / PetscMin(PetscMax(1, dual_scale), residual_s_top);
  residuals->primal          = ip->largest[LARGEST_PRIMAL];
  residuals->complementarity = ip->largest[LARGEST_PRODUCT] / PetscMin(PetscMax(1, product_scale), residual_s_top);
  PetscFunctionReturn(0);
}

PetscReal IpError(const Residuals *residuals)
{
  return PetscMax(residuals->dual, PetscMax(residuals->primal, residuals->complementarity));
}

PetscErrorCode IpViolation(InteriorPoint ip, PetscReal *violation)
{
  const PetscReal *p = ip->y + ip->n + ip->m, *q = p + ip->m;

  PetscFunctionBeginUser;
  *violation = 0;
  for (PetscInt i = 0; i < ip->m; i++) {
    *violation = PetscMax(*violation, PetscAbsReal(ip->c[i] + p[i] - q[i]) / ip->row_scale[i]);
  }
  PetscCall(BlocksMax(ip->blocks, 1, violation));
  PetscFunctionReturn(0);
}
