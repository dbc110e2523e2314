/* The OPF model's functions and derivatives: linear terms, branch flows, shunts, costs of higher degree, proximal terms. */
#include "solver/opf_model_impl.h"

#include <math.h>
#include <string.h>

/* Flows of all branches at x. Constraints, Jacobian and Hessian are asked at the same points one after the other: those of the last
   point are kept. */
static PetscErrorCode UpdateStates(OpfModel m, const PetscReal *x)
{
  PetscInt v[END_COUNT];
  PetscFunctionBeginUser;

  if (!m->state_x) {
    PetscCall(PetscMalloc1(m->program->n, &m->state_x));
    PetscCall(PetscMalloc1((size_t)m->hours * m->branch.n, &m->state));
  } else if (!memcmp(m->state_x, x, (size_t)m->program->n * sizeof *x))
    PetscFunctionReturn(0);
  PetscCall(PetscArraycpy(m->state_x, x, m->program->n));
  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->branch.n; k++) {
      BranchState *state = &m->state[t * m->branch.n + k];
      ModelBranchVariables(m, k, t, v);
      state->point = BranchPointAt(x[v[END_VA_FROM]], x[v[END_VA_TO]], x[v[END_VM_FROM]], x[v[END_VM_TO]]);
      for (int j = 0; j < FLOW_COUNT; j++) state->value[j] = BranchFlowValue(&m->flow[k], &state->point, j);
    }
  PetscFunctionReturn(0);
}

static PetscReal AngleDifference(OpfModel m, PetscInt slot, PetscInt hour, const PetscReal *x)
{
  PetscInt v[END_COUNT];
  ModelBranchVariables(m, slot, hour, v);
  return x[v[END_VA_FROM]] - x[v[END_VA_TO]];
}

/* Rows of a branch's active flows in DC with losses: balance and limit of the from end, of the to end. */
enum { DC_ROWS = 4 };
static void DcRows(const BranchRows *r, PetscInt row[DC_ROWS])
{
  row[0] = r->balance[FLOW_P_FROM];
  row[1] = r->limit[0];
  row[2] = r->balance[FLOW_P_TO];
  row[3] = r->limit[1];
}

static PetscBool CostIsCurved(const CostedPower *c)
{
  return (PetscBool)(c->cost->kind == COST_POLYNOMIAL && c->cost->n > 2);
}

/* Part of a polynomial cost of degree two and above, and its derivatives by the power, in currency/h and MW. */
static void CurvedCost(const Cost *cost, PetscReal p, PetscReal *value, PetscReal *slope, PetscReal *curvature)
{
  *value = *slope = *curvature = 0;
  for (PetscInt k = cost->n - 1; k >= 2; k--) {
    *value     = *value * p + cost->coefficient[k];
    *slope     = *slope * p + k * cost->coefficient[k];
    *curvature = *curvature * p + (PetscReal)k * (k - 1) * cost->coefficient[k];
  }
  *value *= p * p;
  *slope *= p;
}

static PetscReal ProximalGap(OpfModel m, PetscInt k, const PetscReal *x)
{
  const ProximalTerm *term = &m->proximal[k];
  return term->ci * x[term->i] + (term->j >= 0 ? term->cj * x[term->j] : 0) - m->proximal_target[k];
}

static PetscReal CurvedCosts(OpfModel m, const PetscReal *x)
{
  PetscReal sum = 0, value, slope, curvature;

  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->n_costed; k++) {
      const CostedPower *c = &m->costed[k];
      if (!CostIsCurved(c)) continue;
      CurvedCost(c->cost, m->base * x[ModelVariable(m, c->kind, c->slot, t)], &value, &slope, &curvature);
      sum += m->step * value;
    }
  return sum;
}

static PetscErrorCode Objective(void *context, const PetscReal *x, PetscReal *f)
{
  OpfModel  m   = (OpfModel)context;
  PetscReal sum = m->constant_cost;
  PetscFunctionBeginUser;

  for (PetscInt i = 0; i < m->program->n; i++) sum += m->linear_cost[i] * x[i];
  sum += CurvedCosts(m, x);
  for (PetscInt k = 0; k < m->n_proximal; k++) {
    const PetscReal gap = ProximalGap(m, k, x);
    sum += 0.5 * m->proximal_weight[k] * gap * gap;
  }
  *f = sum;
  PetscFunctionReturn(0);
}

PetscErrorCode OpfModelCost(OpfModel m, const PetscReal *x, PetscReal *cost)
{
  PetscReal      sum        = m->constant_cost;
  const PetscInt first_free = m->variable_offset[OPF_SHORTAGE_P];
  PetscFunctionBeginUser;

  for (PetscInt i = 0; i < m->program->n; i++)
    if (i % m->variable_offset[OPF_VARIABLE_KINDS] < first_free) sum += m->linear_cost[i] * x[i];
  *cost = sum + CurvedCosts(m, x);
  PetscFunctionReturn(0);
}

static PetscErrorCode Gradient(void *context, const PetscReal *x, PetscReal *gradient)
{
  OpfModel  m = (OpfModel)context;
  PetscReal value, slope, curvature;
  PetscFunctionBeginUser;

  PetscCall(PetscArraycpy(gradient, m->linear_cost, m->program->n));
  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->n_costed; k++) {
      const CostedPower *c = &m->costed[k];
      if (!CostIsCurved(c)) continue;
      const PetscInt i = ModelVariable(m, c->kind, c->slot, t);
      CurvedCost(c->cost, m->base * x[i], &value, &slope, &curvature);
      gradient[i] += m->step * m->base * slope;
    }
  for (PetscInt k = 0; k < m->n_proximal; k++) {
    const ProximalTerm *term  = &m->proximal[k];
    const PetscReal     force = m->proximal_weight[k] * ProximalGap(m, k, x);
    gradient[term->i] += force * term->ci;
    if (term->j >= 0) gradient[term->j] += force * term->cj;
  }
  PetscFunctionReturn(0);
}

static void AddBranches(OpfModel m, PetscInt t, PetscReal *g)
{
  for (PetscInt k = 0; k < m->branch.n; k++) {
    const BranchRows  *r     = &m->branch_rows[k];
    const BranchState *state = &m->state[t * m->branch.n + k];
    const PetscReal    rate  = ModelRate(m, k, t);
    for (int j = 0; j < FLOW_COUNT; j++)
      if (r->balance[j] >= 0) g[r->balance[j]] += state->value[j];
    for (int end = 0; end < 2; end++) {
      const PetscReal p = state->value[2 * end], q = state->value[2 * end + 1];
      if (r->limit[end] >= 0) g[r->limit[end]] += (p * p + q * q - rate * rate) / (2 * rate);
    }
  }
}

static void AddLossyBranches(OpfModel m, PetscInt t, const PetscReal *x, PetscReal *g)
{
  PetscInt row[DC_ROWS];

  for (PetscInt k = 0; k < m->branch.n; k++) {
    const PetscReal difference = AngleDifference(m, k, t, x);
    DcRows(&m->branch_rows[k], row);
    for (int j = 0; j < DC_ROWS; j++)
      if (row[j] >= 0) g[row[j]] += DcFlowValue(&m->dc[k], j / 2, difference);
  }
}

/* What a shunt takes at 1 per unit: active power in row P, reactive (negative for a capacitor) in row Q. */
static void ShuntTerms(OpfModel m, PetscInt k, PetscInt t, PetscInt *vm, PetscInt row_pq[2], PetscReal *g, PetscReal *b)
{
  const ShuntTable *s   = &m->net->shunt;
  const PetscInt    row = m->shunt.row[k];
  *vm                   = ModelVariable(m, OPF_VM, m->bus.slot[s->bus[row]], t);
  row_pq[0]             = ModelRow(m, ROW_P, m->balance.slot[s->bus[row]], t);
  row_pq[1]             = ModelRow(m, ROW_Q, m->reactive.slot[s->bus[row]], t);
  *g                    = s->g_mw[row] / m->base;
  *b                    = -s->b_mvar[row] / m->base;
}

static PetscErrorCode Constraints(void *context, const PetscReal *x, PetscReal *g)
{
  OpfModel m = (OpfModel)context;
  PetscFunctionBeginUser;

  PetscCall(PetscArrayzero(g, m->program->m));
  for (PetscInt k = 0; k < m->n_linear; k++) g[m->linear_row[k]] += m->linear_value[k] * x[m->linear_column[k]];
  if (m->ac) PetscCall(UpdateStates(m, x));
  for (PetscInt t = 0; t < m->hours && m->losses; t++) AddLossyBranches(m, t, x, g + t * m->row_offset[ROW_KINDS]);
  for (PetscInt t = 0; t < m->hours && m->ac; t++) {
    AddBranches(m, t, g + t * m->row_offset[ROW_KINDS]);
    for (PetscInt k = 0; k < m->shunt.n; k++) {
      PetscInt  vm, row[2];
      PetscReal gs, bs, v;
      ShuntTerms(m, k, t, &vm, row, &gs, &bs);
      v = x[vm];
      g[row[0]] += gs * v * v;
      g[row[1]] += bs * v * v;
    }
  }
  PetscFunctionReturn(0);
}

/* Entries of a branch's flows. AC: four a row, balances first, then limits; DC with losses: two a row. */
static PetscInt BranchEntries(OpfModel m, PetscInt slot)
{
  const BranchRows *r = &m->branch_rows[slot];
  PetscInt          n = 0, row[DC_ROWS];
  DcRows(r, row);
  for (int j = 0; j < DC_ROWS; j++) n += row[j] >= 0;
  if (m->losses) return 2 * n;
  n = 0;
  for (int j = 0; j < FLOW_COUNT; j++) n += r->balance[j] >= 0;
  return END_COUNT * (n + (r->limit[0] >= 0) + (r->limit[1] >= 0));
}

PetscErrorCode ModelCountNonzeros(OpfModel m, PetscInt *jacobian, PetscInt *hessian)
{
  PetscInt per_hour = 0, curved = 0;
  PetscFunctionBeginUser;

  for (PetscInt k = 0; k < m->n_costed; k++) curved += CostIsCurved(&m->costed[k]);
  if (m->ac) {
    for (PetscInt k = 0; k < m->branch.n; k++) per_hour += BranchEntries(m, k);
    per_hour += 2 * m->shunt.n;
    curved += END_TRIANGLE * m->branch.n + m->shunt.n;
  }
  for (PetscInt k = 0; k < m->branch.n && m->losses; k++) {
    per_hour += BranchEntries(m, k);
    curved += 3;
  }
  *jacobian = m->n_linear + m->hours * per_hour;
  *hessian  = m->hours * curved + 3 * m->n_proximal;
  PetscFunctionReturn(0);
}

static void LossyJacobian(OpfModel m, const PetscReal *x, PetscReal *value)
{
  PetscInt row[DC_ROWS];

  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->branch.n; k++) {
      const PetscReal difference = AngleDifference(m, k, t, x);
      DcRows(&m->branch_rows[k], row);
      for (int j = 0; j < DC_ROWS; j++) {
        if (row[j] < 0) continue;
        *value++ = DcFlowSlope(&m->dc[k], j / 2, difference);
        *value++ = -DcFlowSlope(&m->dc[k], j / 2, difference);
      }
    }
}

static PetscErrorCode Jacobian(void *context, const PetscReal *x, PetscReal *value)
{
  OpfModel  m = (OpfModel)context;
  PetscReal gradient[FLOW_COUNT][END_COUNT];
  PetscFunctionBeginUser;

  PetscCall(PetscArraycpy(value, m->linear_value, m->n_linear));
  value += m->n_linear;
  if (m->losses) LossyJacobian(m, x, value);
  if (m->ac) PetscCall(UpdateStates(m, x));
  for (PetscInt t = 0; t < m->hours && m->ac; t++) {
    for (PetscInt k = 0; k < m->branch.n; k++) {
      const BranchRows  *r     = &m->branch_rows[k];
      const BranchState *state = &m->state[t * m->branch.n + k];
      for (int j = 0; j < FLOW_COUNT; j++) {
        BranchFlowGradient(&m->flow[k], &state->point, j, gradient[j]);
        if (r->balance[j] < 0) continue;
        for (int v = 0; v < END_COUNT; v++) *value++ = gradient[j][v];
      }
      for (int end = 0; end < 2; end++) {
        if (r->limit[end] < 0) continue;
        for (int v = 0; v < END_COUNT; v++)
          *value++ =
              (state->value[2 * end] * gradient[2 * end][v] + state->value[2 * end + 1] * gradient[2 * end + 1][v]) /
              ModelRate(m, k, t);
      }
    }
    for (PetscInt k = 0; k < m->shunt.n; k++) {
      PetscInt  vm, row[2];
      PetscReal gs, bs, v;
      ShuntTerms(m, k, t, &vm, row, &gs, &bs);
      v        = x[vm];
      *value++ = 2 * gs * v;
      *value++ = 2 * bs * v;
    }
  }
  PetscFunctionReturn(0);
}

/* Hessian of a branch's share in the Lagrangian: flows weighted by the balances' multipliers and, for a limit with multiplier
   mu, mu/s (p H_p + q H_q + grad p grad p' + grad q grad q'). */
static void BranchHessian(OpfModel m, PetscInt k, PetscInt t, const PetscReal *lambda, PetscReal triangle[END_TRIANGLE])
{
  const BranchRows  *r     = &m->branch_rows[k];
  const BranchState *state = &m->state[t * m->branch.n + k];
  PetscReal          weight[FLOW_COUNT], gradient[END_COUNT];

  for (int e = 0; e < END_TRIANGLE; e++) triangle[e] = 0;
  lambda += t * m->row_offset[ROW_KINDS];
  for (int j = 0; j < FLOW_COUNT; j++) {
    const PetscReal mu = r->limit[j / 2] >= 0 ? lambda[r->limit[j / 2]] / ModelRate(m, k, t) : 0;
    weight[j]          = (r->balance[j] >= 0 ? lambda[r->balance[j]] : 0) + mu * state->value[j];
    if (mu == 0) continue;
    BranchFlowGradient(&m->flow[k], &state->point, j, gradient);
    for (int row = 0, e = 0; row < END_COUNT; row++)
      for (int column = 0; column <= row; column++) triangle[e++] += mu * gradient[row] * gradient[column];
  }
  BranchFlowHessianAdd(&m->flow[k], &state->point, weight, triangle);
}

/* Curvature of a branch's flows by the angle difference, in DC with losses. */
static PetscReal LossyCurvature(OpfModel m, PetscInt k, PetscInt t, const PetscReal *lambda)
{
  PetscInt  row[DC_ROWS];
  PetscReal sum = 0;
  DcRows(&m->branch_rows[k], row);
  for (int j = 0; j < DC_ROWS; j++) sum += row[j] < 0 ? 0 : lambda[t * m->row_offset[ROW_KINDS] + row[j]];
  return m->dc[k].g * sum;
}

static PetscErrorCode Hessian(void *context, const PetscReal *x, PetscReal sigma, const PetscReal *lambda,
                              PetscReal *value)
{
  OpfModel  m = (OpfModel)context;
  PetscReal cost, slope, curvature;
  PetscFunctionBeginUser;

  if (m->ac) PetscCall(UpdateStates(m, x));
  for (PetscInt t = 0; t < m->hours; t++) {
    for (PetscInt k = 0; k < m->n_costed; k++) {
      const CostedPower *c = &m->costed[k];
      if (!CostIsCurved(c)) continue;
      CurvedCost(c->cost, m->base * x[ModelVariable(m, c->kind, c->slot, t)], &cost, &slope, &curvature);
      *value++ = sigma * m->step * m->base * m->base * curvature;
    }
    for (PetscInt k = 0; k < m->branch.n && m->ac; k++, value += END_TRIANGLE) BranchHessian(m, k, t, lambda, value);
    for (PetscInt k = 0; k < m->branch.n && m->losses; k++) {
      const PetscReal bend = LossyCurvature(m, k, t, lambda);
      *value++             = bend;
      *value++             = -bend;
      *value++             = bend;
    }
    for (PetscInt k = 0; k < m->shunt.n && m->ac; k++) {
      PetscInt  vm, row[2];
      PetscReal gs, bs;
      ShuntTerms(m, k, t, &vm, row, &gs, &bs);
      *value++ = 2 * (gs * lambda[row[0]] + bs * lambda[row[1]]);
    }
  }
  for (PetscInt k = 0; k < m->n_proximal; k++) {
    const ProximalTerm *term   = &m->proximal[k];
    const PetscReal     weight = sigma * m->proximal_weight[k];
    *value++                   = weight * term->ci * term->ci;
    *value++                   = term->j >= 0 ? weight * term->cj * term->cj : 0;
    *value++                   = term->j >= 0 ? weight * term->ci * term->cj : 0;
  }
  PetscFunctionReturn(0);
}

/* Writing side of the structure: entries in the order in which Jacobian and Hessian write their values. */
typedef struct {
  PetscInt *row, *column;
} Cursor;

static void Put(Cursor *c, PetscInt row, PetscInt column)
{
  *c->row++    = row;
  *c->column++ = column;
}

static void PutLower(Cursor *c, PetscInt i, PetscInt j)
{
  Put(c, PetscMax(i, j), PetscMin(i, j));
}

static void FillLossyJacobian(OpfModel m, Cursor *c)
{
  PetscInt v[END_COUNT], row[DC_ROWS];

  for (PetscInt t = 0; t < m->hours; t++)
    for (PetscInt k = 0; k < m->branch.n; k++) {
      ModelBranchVariables(m, k, t, v);
      DcRows(&m->branch_rows[k], row);
      for (int j = 0; j < DC_ROWS; j++) {
        if (row[j] < 0) continue;
        Put(c, t * m->row_offset[ROW_KINDS] + row[j], v[END_VA_FROM]);
        Put(c, t * m->row_offset[ROW_KINDS] + row[j], v[END_VA_TO]);
      }
    }
}

static void FillJacobian(OpfModel m, Cursor c)
{
  PetscInt v[END_COUNT];

  for (PetscInt k = 0; k < m->n_linear; k++) Put(&c, m->linear_row[k], m->linear_column[k]);
  if (m->losses) FillLossyJacobian(m, &c);
  for (PetscInt t = 0; t < m->hours && m->ac; t++) {
    const PetscInt base = t * m->row_offset[ROW_KINDS];
    for (PetscInt k = 0; k < m->branch.n; k++) {
      const BranchRows *r    = &m->branch_rows[k];
      const PetscInt rows[6] = {r->balance[0], r->balance[1], r->balance[2], r->balance[3], r->limit[0], r->limit[1]};
      ModelBranchVariables(m, k, t, v);
      for (int j = 0; j < 6; j++)
        for (int e = 0; e < END_COUNT && rows[j] >= 0; e++) Put(&c, base + rows[j], v[e]);
    }
    for (PetscInt k = 0; k < m->shunt.n; k++) {
      PetscInt  vm, row[2];
      PetscReal gs, bs;
      ShuntTerms(m, k, t, &vm, row, &gs, &bs);
      Put(&c, row[0], vm);
      Put(&c, row[1], vm);
    }
  }
}

static void FillHessian(OpfModel m, Cursor c)
{
  PetscInt v[END_COUNT];

  for (PetscInt t = 0; t < m->hours; t++) {
    for (PetscInt k = 0; k < m->n_costed; k++) {
      const PetscInt i = ModelVariable(m, m->costed[k].kind, m->costed[k].slot, t);
      if (CostIsCurved(&m->costed[k])) Put(&c, i, i);
    }
    for (PetscInt k = 0; k < m->branch.n && m->ac; k++) {
      ModelBranchVariables(m, k, t, v);
      for (int row = 0; row < END_COUNT; row++)
        for (int column = 0; column <= row; column++) PutLower(&c, v[row], v[column]);
    }
    for (PetscInt k = 0; k < m->branch.n && m->losses; k++) {
      ModelBranchVariables(m, k, t, v);
      Put(&c, v[END_VA_FROM], v[END_VA_FROM]);
      PutLower(&c, v[END_VA_FROM], v[END_VA_TO]);
      Put(&c, v[END_VA_TO], v[END_VA_TO]);
    }
    for (PetscInt k = 0; k < m->shunt.n && m->ac; k++) {
      PetscInt  vm, row[2];
      PetscReal gs, bs;
      ShuntTerms(m, k, t, &vm, row, &gs, &bs);
      Put(&c, vm, vm);
    }
  }
  for (PetscInt k = 0; k < m->n_proximal; k++) {
    const PetscInt i = m->proximal[k].i, j = m->proximal[k].j >= 0 ? m->proximal[k].j : i;
    Put(&c, i, i);
    Put(&c, j, j);
    PutLower(&c, i, j);
  }
}

PetscErrorCode ModelFillStructure(OpfModel m)
{
  Program p = m->program;
  PetscFunctionBeginUser;
  FillJacobian(m, (Cursor){p->jacobian_row, p->jacobian_column});
  FillHessian(m, (Cursor){p->hessian_row, p->hessian_column});
  p->ops     = (ProgramOps){Objective, Gradient, Constraints, Jacobian, Hessian};
  p->context = m;
  PetscFunctionReturn(0);
}
