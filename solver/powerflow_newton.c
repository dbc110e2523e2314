/* Newton's method on the polar power-balance equations (Tinney and Hart 1967). */
#include "solver/powerflow_impl.h"

#include <math.h>
#include <petscmat.h>

typedef struct {
  const PowerFlowGrid *grid;
  PetscInt             n;         /* equations and unknowns */
  PetscInt            *angle;     /* [buses] number of the bus's angle and of its active balance, or -1 */
  PetscInt            *magnitude; /* [buses] number of the bus's magnitude and of its reactive balance, or -1 */
  PowerFlowComplex    *injection; /* [buses] at the present point */
  PetscReal           *entry;     /* [4 nonzeros of the admittance matrix] Jacobian */
  PetscReal           *vm, *va;   /* [buses] trial point */
  Mat                  jacobian, factor;
  Vec                  mismatch, step;
} Newton;

static PetscErrorCode NumberUnknowns(Newton *w)
{
  const PetscInt n = w->grid->y.n;

  PetscFunctionBegin;
  PetscCall(PetscMalloc5(n, &w->angle, n, &w->magnitude, n, &w->injection, n, &w->vm, n, &w->va));
  for (PetscInt i = 0; i < n; ++i) {
    const NodeKind kind = w->grid->kind[i];
    w->angle[i]         = kind == NODE_PQ || kind == NODE_PV ? w->n++ : -1;
    w->magnitude[i]     = kind == NODE_PQ ? w->n++ : -1;
  }
  PetscFunctionReturn(0);
}

/* Four entries for every pair of neighbours; those of a known angle or magnitude have a negative place and are
   ignored. */
static PetscErrorCode CreateJacobian(Newton *w)
{
  const Admittance *y = &w->grid->y;
  PetscInt         *row, *column;
  const PetscInt    n = 4 * y->start[y->n];

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n, &row, n, &column));
  PetscCall(PetscMalloc1(n, &w->entry));
  for (PetscInt i = 0; i < y->n; ++i)
    for (PetscInt e = y->start[i]; e < y->start[i + 1]; ++e) {
      const PetscInt j = y->column[e];
      row[4 * e] = row[4 * e + 1] = w->angle[i];
      row[4 * e + 2] = row[4 * e + 3] = w->magnitude[i];
      column[4 * e] = column[4 * e + 2] = w->angle[j];
      column[4 * e + 1] = column[4 * e + 3] = w->magnitude[j];
    }
  PetscCall(MatCreate(PETSC_COMM_SELF, &w->jacobian));
  PetscCall(MatSetSizes(w->jacobian, w->n, w->n, w->n, w->n));
  PetscCall(MatSetType(w->jacobian, MATSEQAIJ));
  PetscCall(MatSetPreallocationCOO(w->jacobian, n, row, column));
  PetscCall(MatCreateVecs(w->jacobian, &w->step, &w->mismatch));
  PetscCall(PetscFree2(row, column));
  PetscFunctionReturn(0);
}

/* With S_i = V_i conj(sum Y_ij V_j) and c_ij = V_i conj(Y_ij V_j): dS_i/dva_j = -j c_ij, dS_i/dvm_j = c_ij / vm_j for
   i != j, and in the diagonal j (S_i - c_ii) and (S_i + c_ii) / vm_i. */
static PetscErrorCode FillJacobian(Newton *w, const PetscReal *vm, const PetscReal *va)
{
  const Admittance *y = &w->grid->y;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < y->n; ++i)
    for (PetscInt e = y->start[i]; e < y->start[i + 1]; ++e) {
      const PetscInt         j            = y->column[e];
      const PowerFlowComplex c            = vm[i] * conj(y->value[e] * vm[j] * cexp(I * (va[j] - va[i])));
      const PowerFlowComplex s            = w->injection[i];
      const PowerFlowComplex by_angle     = i == j ? I * (s - c) : -I * c;
      const PowerFlowComplex by_magnitude = (i == j ? s + c : c) / vm[j];
      w->entry[4 * e]                     = creal(by_angle);
      w->entry[4 * e + 1]                 = creal(by_magnitude);
      w->entry[4 * e + 2]                 = cimag(by_angle);
      w->entry[4 * e + 3]                 = cimag(by_magnitude);
    }
  PetscCall(MatSetValuesCOO(w->jacobian, w->entry, INSERT_VALUES));
  PetscFunctionReturn(0);
}

/* Mismatch of the point: into w->mismatch, its largest entry and its 2-norm. */
static PetscErrorCode FillMismatch(Newton *w, const PetscReal *vm, const PetscReal *va, PetscReal *largest,
                                   PetscReal *norm)
{
  const PowerFlowGrid *g = w->grid;
  PetscReal           *f;

  PetscFunctionBegin;
  PowerFlowInjections(g, vm, va, w->injection);
  PetscCall(VecGetArray(w->mismatch, &f));
  for (PetscInt i = 0; i < g->y.n; ++i) {
    const PowerFlowComplex error = w->injection[i] - g->fixed[i] - g->set[i];
    if (w->angle[i] >= 0) f[w->angle[i]] = creal(error);
    if (w->magnitude[i] >= 0) f[w->magnitude[i]] = cimag(error);
  }
  *largest = *norm = 0;
  for (PetscInt k = 0; k < w->n; ++k) {
    *largest = isfinite(f[k]) ? PetscMax(*largest, PetscAbsReal(f[k])) : INFINITY;
    if (isinf(*largest)) break;
    *norm += f[k] * f[k];
  }
  *norm = isinf(*largest) ? INFINITY : sqrt(*norm);
  PetscCall(VecRestoreArray(w->mismatch, &f));
  PetscFunctionReturn(0);
}

/* KLU made for circuits beats the other factorisations on grids; its symbolic part is done once. */
static PetscErrorCode Factorise(Newton *w)
{
  PetscFunctionBegin;
  if (!w->factor) {
    PetscCall(MatGetFactor(w->jacobian, MATSOLVERKLU, MAT_FACTOR_LU, &w->factor));
    PetscCall(MatLUFactorSymbolic(w->factor, w->jacobian, NULL, NULL, NULL));
  }
  PetscCall(MatLUFactorNumeric(w->factor, w->jacobian, NULL));
  PetscCall(MatSolve(w->factor, w->mismatch, w->step));
  PetscFunctionReturn(0);
}

/* A singular Jacobian is the end of the iteration, not an error of the program. */
static PetscErrorCode Direction(Newton *w, PetscBool *found)
{
  PetscErrorCode   failed;
  const PetscReal *step;

  PetscFunctionBegin;
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  failed = Factorise(w);
  PetscCall(PetscPopErrorHandler());
  *found = (PetscBool)!failed;
  if (failed) PetscFunctionReturn(0);
  PetscCall(VecGetArrayRead(w->step, &step));
  for (PetscInt k = 0; k < w->n; ++k)
    if (!isfinite(step[k])) *found = PETSC_FALSE;
  PetscCall(VecRestoreArrayRead(w->step, &step));
  PetscFunctionReturn(0);
}

/* Trial point at a fraction of the step; false where a magnitude would vanish. */
static PetscErrorCode TrialPoint(Newton *w, PetscReal fraction, const PetscReal *vm, const PetscReal *va,
                                 PetscBool *sensible)
{
  const PetscReal *step;

  PetscFunctionBegin;
  *sensible = PETSC_TRUE;
  PetscCall(VecGetArrayRead(w->step, &step));
  for (PetscInt i = 0; i < w->grid->y.n; ++i) {
    w->va[i] = w->angle[i] < 0 ? va[i] : va[i] - fraction * step[w->angle[i]];
    w->vm[i] = w->magnitude[i] < 0 ? vm[i] : vm[i] - fraction * step[w->magnitude[i]];
    if (w->magnitude[i] >= 0 && w->vm[i] < 1e-2) *sensible = PETSC_FALSE;
  }
  PetscCall(VecRestoreArrayRead(w->step, &step));
  PetscFunctionReturn(0);
}

/* Halves the step until the mismatch falls; takes the point over. */
static PetscErrorCode TakeStep(Newton *w, PetscReal *vm, PetscReal *va, PetscReal *largest, PetscReal *norm,
                               PetscBool *taken)
{
  PetscFunctionBegin;
  *taken = PETSC_FALSE;
  for (PetscReal fraction = 1; fraction > 1e-3 && !*taken; fraction /= 2) {
    PetscReal trial_largest, trial_norm;
    PetscBool sensible;

    PetscCall(TrialPoint(w, fraction, vm, va, &sensible));
    if (!sensible) continue;
    PetscCall(FillMismatch(w, w->vm, w->va, &trial_largest, &trial_norm));
    if (!(trial_norm < (1 - 1e-4 * fraction) * *norm)) continue;
    *taken   = PETSC_TRUE;
    *largest = trial_largest;
    *norm    = trial_norm;
    PetscCall(PetscArraycpy(vm, w->vm, w->grid->y.n));
    PetscCall(PetscArraycpy(va, w->va, w->grid->y.n));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode NewtonDestroy(Newton *w)
{
  PetscFunctionBegin;
  PetscCall(PetscFree5(w->angle, w->magnitude, w->injection, w->vm, w->va));
  PetscCall(PetscFree(w->entry));
  PetscCall(MatDestroy(&w->factor));
  PetscCall(MatDestroy(&w->jacobian));
  PetscCall(VecDestroy(&w->mismatch));
  PetscCall(VecDestroy(&w->step));
  PetscFunctionReturn(0);
}

PetscErrorCode PowerFlowNewton(const PowerFlowGrid *grid, const PowerFlowOptions *options, PetscReal *vm, PetscReal *va,
                               PowerFlow *flow)
{
  Newton    w = {.grid = grid};
  PetscReal norm;
  PetscBool goes_on = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(NumberUnknowns(&w));
  PetscCall(CreateJacobian(&w));
  PetscCall(FillMismatch(&w, vm, va, &flow->mismatch_pu, &norm));
  flow->iterations = 0;
  while (goes_on && flow->mismatch_pu > options->tolerance && flow->iterations < options->max_iterations) {
    PetscCall(FillJacobian(&w, vm, va));
    PetscCall(Direction(&w, &goes_on));
    if (goes_on) PetscCall(TakeStep(&w, vm, va, &flow->mismatch_pu, &norm, &goes_on));
    flow->iterations += goes_on;
  }
  flow->converged = (PetscBool)(flow->mismatch_pu <= options->tolerance);
  PetscCall(NewtonDestroy(&w));
  PetscFunctionReturn(0);
}
