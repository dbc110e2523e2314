/* Storage of sparse nonlinear programs, and a check of their derivatives against central differences. */
#include "solver/program.h"

static PetscErrorCode FilledReals(PetscInt n, PetscReal value, PetscReal **array)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, array));
  for (PetscInt i = 0; i < n; i++) (*array)[i] = value;
  PetscFunctionReturn(0);
}

PetscErrorCode ProgramCreate(PetscInt n, PetscInt m, PetscInt jacobian_nnz, PetscInt hessian_nnz, Program *program)
{
  Program p;

  PetscFunctionBeginUser;
  PetscCheck(n >= 0 && m >= 0 && jacobian_nnz >= 0 && hessian_nnz >= 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "sizes of a program must not be negative");
  PetscCall(PetscNew(&p));
  p->n               = n;
  p->m               = m;
  p->jacobian_nnz    = jacobian_nnz;
  p->hessian_nnz     = hessian_nnz;
  p->objective_scale = 1;
  PetscCall(FilledReals(n, -PETSC_INFINITY, &p->xl));
  PetscCall(FilledReals(n, PETSC_INFINITY, &p->xu));
  PetscCall(FilledReals(m, -PETSC_INFINITY, &p->gl));
  PetscCall(FilledReals(m, PETSC_INFINITY, &p->gu));
  PetscCall(FilledReals(n, 0, &p->x0));
  PetscCall(PetscCalloc2(jacobian_nnz, &p->jacobian_row, jacobian_nnz, &p->jacobian_column));
  PetscCall(PetscCalloc2(hessian_nnz, &p->hessian_row, hessian_nnz, &p->hessian_column));
  *program = p;
  PetscFunctionReturn(0);
}

PetscErrorCode ProgramSetNonzeros(Program p, PetscInt jacobian_nnz, PetscInt hessian_nnz)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree2(p->jacobian_row, p->jacobian_column));
  PetscCall(PetscFree2(p->hessian_row, p->hessian_column));
  PetscCall(PetscCalloc2(jacobian_nnz, &p->jacobian_row, jacobian_nnz, &p->jacobian_column));
  PetscCall(PetscCalloc2(hessian_nnz, &p->hessian_row, hessian_nnz, &p->hessian_column));
  p->jacobian_nnz = jacobian_nnz;
  p->hessian_nnz  = hessian_nnz;
  PetscFunctionReturn(0);
}

PetscErrorCode ProgramDestroy(Program *program)
{
  Program p = *program;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  PetscCall(PetscFree(p->xl));
  PetscCall(PetscFree(p->xu));
  PetscCall(PetscFree(p->gl));
  PetscCall(PetscFree(p->gu));
  PetscCall(PetscFree(p->x0));
  PetscCall(PetscFree(p->step_cap));
  PetscCall(PetscFree(p->group));
  PetscCall(PetscFree(p->stage));
  PetscCall(PetscFree2(p->jacobian_row, p->jacobian_column));
  PetscCall(PetscFree2(p->hessian_row, p->hessian_column));
  PetscCall(PetscFree(*program));
  PetscFunctionReturn(0);
}

/* What one column of differences is compared with: everything the program says about the derivatives at x. */
typedef struct {
  PetscReal *x, *gradient, *jacobian, *hessian;
  PetscReal *plus, *minus, *column; /* [max(n, m)] */
  PetscReal *jplus, *jminus;        /* [jacobian_nnz] */
} Check;

static PetscErrorCode CheckCreate(Program p, const PetscReal *x, const PetscReal *lambda, Check *check)
{
  const PetscInt size = PetscMax(p->n, p->m);

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(p->n, &check->x, p->n, &check->gradient, p->jacobian_nnz, &check->jacobian, p->hessian_nnz,
                         &check->hessian));
  PetscCall(PetscMalloc5(size, &check->plus, size, &check->minus, size, &check->column, p->jacobian_nnz, &check->jplus,
                         p->jacobian_nnz, &check->jminus));
  PetscCall(PetscArraycpy(check->x, x, p->n));
  PetscCall((*p->ops.gradient)(p->context, x, check->gradient));
  PetscCall((*p->ops.jacobian)(p->context, x, check->jacobian));
  PetscCall((*p->ops.hessian)(p->context, x, 1, lambda, check->hessian));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckDestroy(Check *check)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(check->x, check->gradient, check->jacobian, check->hessian));
  PetscCall(PetscFree5(check->plus, check->minus, check->column, check->jplus, check->jminus));
  PetscFunctionReturn(0);
}

static PetscReal RelativeDifference(PetscReal a, PetscReal b)
{
  const PetscReal scale    = PetscMax(1, PetscMax(PetscAbsReal(a), PetscAbsReal(b)));
  const PetscReal relative = PetscAbsReal(a - b) / scale;

  return relative == relative ? relative : PETSC_INFINITY; /* not a number is as wrong as can be */
}

/* Column j of the Jacobian by differences with step h, against the given one. */
static PetscErrorCode CheckJacobianColumn(Program p, Check *c, PetscInt j, PetscReal h, PetscReal *error)
{
  const PetscReal x = c->x[j];

  PetscFunctionBeginUser;
  c->x[j] = x + h;
  PetscCall((*p->ops.constraints)(p->context, c->x, c->plus));
  c->x[j] = x - h;
  PetscCall((*p->ops.constraints)(p->context, c->x, c->minus));
  c->x[j] = x;
  PetscCall(PetscArrayzero(c->column, p->m));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) {
    if (p->jacobian_column[k] == j) c->column[p->jacobian_row[k]] += c->jacobian[k];
  }
  for (PetscInt i = 0; i < p->m; i++) {
    *error = PetscMax(*error, RelativeDifference(c->column[i], (c->plus[i] - c->minus[i]) / (2 * h)));
  }
  PetscFunctionReturn(0);
}

/* Gradient of the Lagrangian f + lambda' g at the check's x. */
static PetscErrorCode LagrangianGradient(Program p, Check *c, const PetscReal *lambda, PetscReal *jacobian,
                                         PetscReal *out)
{
  PetscFunctionBeginUser;
  PetscCall((*p->ops.gradient)(p->context, c->x, out));
  PetscCall((*p->ops.jacobian)(p->context, c->x, jacobian));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++) out[p->jacobian_column[k]] += jacobian[k] * lambda[p->jacobian_row[k]];
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckHessianColumn(Program p, Check *c, const PetscReal *lambda, PetscInt j, PetscReal h,
                                         PetscReal *error)
{
  const PetscReal x = c->x[j];

  PetscFunctionBeginUser;
  c->x[j] = x + h;
  PetscCall(LagrangianGradient(p, c, lambda, c->jplus, c->plus));
  c->x[j] = x - h;
  PetscCall(LagrangianGradient(p, c, lambda, c->jminus, c->minus));
  c->x[j] = x;
  PetscCall(PetscArrayzero(c->column, p->n));
  for (PetscInt k = 0; k < p->hessian_nnz; k++) {
    if (p->hessian_column[k] == j)
      c->column[p->hessian_row[k]] += c->hessian[k];
    else if (p->hessian_row[k] == j)
      c->column[p->hessian_column[k]] += c->hessian[k];
  }
  for (PetscInt i = 0; i < p->n; i++) {
    *error = PetscMax(*error, RelativeDifference(c->column[i], (c->plus[i] - c->minus[i]) / (2 * h)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ProgramCheckDerivatives(Program program, const PetscReal *x, const PetscReal *lambda,
                                       PetscReal *gradient_error, PetscReal *jacobian_error, PetscReal *hessian_error)
{
  Program p = program;
  Check   c;

  PetscFunctionBeginUser;
  *gradient_error = *jacobian_error = *hessian_error = 0;
  PetscCall(CheckCreate(p, x, lambda, &c));
  for (PetscInt j = 0; j < p->n; j++) {
    const PetscReal h = 1e-6 * PetscMax(1, PetscAbsReal(x[j]));
    PetscReal       plus, minus;

    c.x[j] = x[j] + h;
    PetscCall((*p->ops.objective)(p->context, c.x, &plus));
    c.x[j] = x[j] - h;
    PetscCall((*p->ops.objective)(p->context, c.x, &minus));
    c.x[j]          = x[j];
    *gradient_error = PetscMax(*gradient_error, RelativeDifference(c.gradient[j], (plus - minus) / (2 * h)));
    PetscCall(CheckJacobianColumn(p, &c, j, h, jacobian_error));
    PetscCall(CheckHessianColumn(p, &c, lambda, j, h, hessian_error));
  }
  PetscCall(CheckDestroy(&c));
  PetscFunctionReturn(0);
}
