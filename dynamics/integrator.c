/* SUNDIALS IDA on the equations, with a consistent restart at every discontinuity. */
#include "dynamics/integrator.h"

#include <ida/ida.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

#define NEWTON_ITERATIONS 30
#define NEWTON_HALVINGS 12

struct _p_Integrator {
  Equations        eq;
  SUNContext       context;
  void            *ida;
  N_Vector         y, yp, tolerance, work, step; /* work and step: of the algebraic solve and of interpolation */
  SUNMatrix        jacobian, algebraic;
  SUNLinearSolver  klu, algebraic_klu;
  PetscReal        time, largest_rate;
  IntegratorCounts done, algebraic_count; /* before the last restart; of the algebraic solves */
  PetscInt         restarts;
  char             problem[256];
};

#define SundialsCheck(condition, what) \
  PetscCheck(condition, PETSC_COMM_SELF, PETSC_ERR_LIB, "SUNDIALS: %s failed", what)

static PetscReal *Data(N_Vector v)
{
  return NV_DATA_S(v);
}

static int Residual(realtype t, N_Vector y, N_Vector yp, N_Vector f, void *context)
{
  (void)t;
  EquationsResidual(((Integrator)context)->eq, Data(y), Data(yp), Data(f));
  return 0;
}

/* SUNMatZero, which IDA calls before each evaluation, wipes the pattern too. */
static void SetPattern(Equations eq, SUNMatrix matrix)
{
  memcpy(SM_INDEXPTRS_S(matrix), eq->column_start, (size_t)(eq->n + 1) * sizeof(sunindextype));
  memcpy(SM_INDEXVALS_S(matrix), eq->row_index, (size_t)EquationsEntries(eq) * sizeof(sunindextype));
}

static int Jacobian(realtype t, realtype cj, N_Vector y, N_Vector yp, N_Vector f, SUNMatrix matrix, void *context,
                    N_Vector w1, N_Vector w2, N_Vector w3)
{
  Equations eq = ((Integrator)context)->eq;
  (void)t, (void)f, (void)w1, (void)w2, (void)w3;
  SetPattern(eq, matrix);
  EquationsJacobian(eq, Data(y), Data(yp), cj, SM_DATA_S(matrix));
  return 0;
}

/* What SUNDIALS says goes into the problem's text, not onto the terminal. */
static void KeepMessage(int code, const char *module, const char *function, char *message, void *context)
{
  Integrator it = context;
  (void)module;
  if (code < 0) snprintf(it->problem, sizeof it->problem, "%s: %s", function, message);
  for (char *c = it->problem; *c; ++c) {
    if (*c == '\n') *c = ' ';
  }
}

static PetscErrorCode CreateVectors(Integrator it, PetscReal absolute)
{
  const Equations eq = it->eq;

  PetscFunctionBeginUser;
  SundialsCheck(!SUNContext_Create(NULL, &it->context), "SUNContext_Create");
  it->y         = N_VNew_Serial(eq->n, it->context);
  it->yp        = N_VNew_Serial(eq->n, it->context);
  it->tolerance = N_VNew_Serial(eq->n, it->context);
  it->work      = N_VNew_Serial(eq->n, it->context);
  it->step      = N_VNew_Serial(eq->n, it->context);
  SundialsCheck(it->y && it->yp && it->tolerance && it->work && it->step, "N_VNew_Serial");
  for (PetscInt k = 0; k < eq->n; ++k) Data(it->tolerance)[k] = absolute * eq->nominal[k];
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateSolvers(Integrator it)
{
  const Equations eq = it->eq;

  PetscFunctionBeginUser;
  it->jacobian  = SUNSparseMatrix(eq->n, eq->n, EquationsEntries(eq), CSC_MAT, it->context);
  it->algebraic = SUNSparseMatrix(eq->n, eq->n, EquationsEntries(eq), CSC_MAT, it->context);
  SundialsCheck(it->jacobian && it->algebraic, "SUNSparseMatrix");
  SetPattern(eq, it->jacobian);
  SetPattern(eq, it->algebraic);
  it->klu           = SUNLinSol_KLU(it->y, it->jacobian, it->context);
  it->algebraic_klu = SUNLinSol_KLU(it->y, it->algebraic, it->context);
  SundialsCheck(it->klu && it->algebraic_klu, "SUNLinSol_KLU");
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorCreate(Equations eq, PetscReal relative, PetscReal absolute, Integrator *integrator)
{
  Integrator it;

  PetscFunctionBeginUser;
  _Static_assert(sizeof(sunindextype) == sizeof(int64_t), "the equations' pattern has 64-bit indices");
  _Static_assert(sizeof(realtype) == sizeof(PetscReal), "SUNDIALS and PETSc in double precision");
  PetscCall(PetscNew(&it));
  *integrator = it;
  it->eq      = eq;
  PetscCall(CreateVectors(it, absolute));
  PetscCall(CreateSolvers(it));
  it->ida = IDACreate(it->context);
  SundialsCheck(it->ida, "IDACreate");
  SundialsCheck(!IDASetErrHandlerFn(it->ida, KeepMessage, it), "IDASetErrHandlerFn");
  PetscCall(IntegratorReset(it, 0.0));
  SundialsCheck(!IDAInit(it->ida, Residual, 0.0, it->y, it->yp), "IDAInit");
  SundialsCheck(!IDASVtolerances(it->ida, relative, it->tolerance), "IDASVtolerances");
  SundialsCheck(!IDASetUserData(it->ida, it), "IDASetUserData");
  SundialsCheck(!IDASetLinearSolver(it->ida, it->klu, it->jacobian), "IDASetLinearSolver");
  SundialsCheck(!IDASetJacFn(it->ida, Jacobian), "IDASetJacFn");
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorDestroy(Integrator *integrator)
{
  PetscFunctionBeginUser;
  if (!integrator || !*integrator) PetscFunctionReturn(0);
  Integrator it = *integrator;
  if (it->ida) IDAFree(&it->ida);
  if (it->klu) SUNLinSolFree(it->klu);
  if (it->algebraic_klu) SUNLinSolFree(it->algebraic_klu);
  if (it->jacobian) SUNMatDestroy(it->jacobian);
  if (it->algebraic) SUNMatDestroy(it->algebraic);
  if (it->y) N_VDestroy(it->y);
  if (it->yp) N_VDestroy(it->yp);
  if (it->tolerance) N_VDestroy(it->tolerance);
  if (it->work) N_VDestroy(it->work);
  if (it->step) N_VDestroy(it->step);
  if (it->context) SUNContext_Free(&it->context);
  PetscCall(PetscFree(*integrator));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorReset(Integrator it, PetscReal time)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(Data(it->y), it->eq->start, it->eq->n));
  N_VConst(0.0, it->yp);
  it->time       = time;
  it->problem[0] = '\0';
  PetscFunctionReturn(0);
}

/* Residual of the algebraic equations in f, zero in the others; returns its largest entry. */
static PetscReal AlgebraicResidual(Integrator it, const PetscReal *y, PetscReal *f)
{
  const Equations eq      = it->eq;
  PetscReal       largest = 0.0;
  ++it->algebraic_count.residuals;
  EquationsResidual(eq, y, Data(it->yp), f);
  for (PetscInt k = 0; k < eq->n; ++k) {
    if (eq->differential[k])
      f[k] = 0.0;
    else if (!(PetscAbsReal(f[k]) <= largest))
      largest = PetscAbsReal(f[k]); /* keeps a NaN */
  }
  return largest;
}

/* Factorises the Jacobian with the identity in the rows of the differential states. */
static PetscBool FactorAlgebraic(Integrator it)
{
  const Equations eq = it->eq;
  PetscReal      *a  = SM_DATA_S(it->algebraic);
  EquationsJacobian(eq, Data(it->y), Data(it->yp), 0.0, a);
  for (PetscInt j = 0; j < eq->n; ++j) {
    for (int64_t k = eq->column_start[j]; k < eq->column_start[j + 1]; ++k) {
      if (eq->differential[eq->row_index[k]]) a[k] = eq->row_index[k] == j ? 1.0 : 0.0;
    }
  }
  ++it->algebraic_count.jacobians;
  ++it->algebraic_count.factorizations;
  return (PetscBool)(SUNLinSolSetup(it->algebraic_klu, it->algebraic) == 0);
}

/* Subtracts the Newton step, halved while that makes the residual larger. Returns the new residual's size and in *change
   the largest change. */
static PetscReal ApplyStep(Integrator it, PetscReal before, PetscReal *change)
{
  const Equations eq = it->eq;
  PetscReal      *y = Data(it->y), *dy = Data(it->step), largest = 0.0, after = 0.0, length = 1.0;
  for (PetscInt k = 0; k < eq->n; ++k) largest = PetscMax(largest, PetscAbsReal(dy[k]) / eq->nominal[k]);
  for (PetscInt k = 0; k < eq->n; ++k) y[k] -= dy[k];
  after = AlgebraicResidual(it, y, Data(it->work));
  for (PetscInt h = 0; h < NEWTON_HALVINGS && largest > 1e-9 && !(after <= before); ++h) {
    length *= 0.5;
    for (PetscInt k = 0; k < eq->n; ++k) y[k] += length * dy[k];
    after = AlgebraicResidual(it, y, Data(it->work));
  }
  *change = length * largest;
  return after;
}

/* Newton's method on the algebraic unknowns, the differential ones held. */
static PetscBool SolveAlgebraic(Integrator it)
{
  PetscReal size = AlgebraicResidual(it, Data(it->y), Data(it->work)), change = PETSC_INFINITY;
  for (PetscInt iteration = 0; iteration < NEWTON_ITERATIONS; ++iteration) {
    if (PetscIsInfOrNanReal(size)) break;
    if (!FactorAlgebraic(it)) {
      snprintf(it->problem, sizeof it->problem, "the network's equations are singular at %g s", (double)it->time);
      return PETSC_FALSE;
    }
    if (SUNLinSolSolve(it->algebraic_klu, it->algebraic, it->step, it->work, 0.0)) break;
    size = ApplyStep(it, size, &change);
    if (change < 1e-12) return PETSC_TRUE;
  }
  if (change < 1e-9) return PETSC_TRUE; /* as far as rounding lets it */
  snprintf(it->problem, sizeof it->problem, "no solution of the network's equations found at %g s (residual %g)",
           (double)it->time, (double)size);
  return PETSC_FALSE;
}

/* A differential equation reads 0 = y' - g(y): with y' = 0 its residual is -g. The algebraic equations, differentiated in
   time, give the other rates: dF/dy y' = 0 with y' known in the differential states is the system just factorised. */
static PetscErrorCode SetRates(Integrator it)
{
  const Equations eq   = it->eq;
  PetscReal      *rate = Data(it->work);

  PetscFunctionBeginUser;
  it->largest_rate = 0.0;
  N_VConst(0.0, it->yp);
  EquationsResidual(eq, Data(it->y), Data(it->yp), rate);
  for (PetscInt k = 0; k < eq->n; ++k) {
    rate[k]          = eq->differential[k] ? -rate[k] : 0.0;
    it->largest_rate = PetscMax(it->largest_rate, PetscAbsReal(rate[k]));
  }
  SundialsCheck(!SUNLinSolSolve(it->algebraic_klu, it->algebraic, it->yp, it->work, 0.0), "solve for the rates");
  PetscFunctionReturn(0);
}

/* IDA's own counters, which start again with each restart. */
static void AddIdaCounts(Integrator it, IntegratorCounts *sum)
{
  long steps = 0, residuals = 0, jacobians = 0, setups = 0, failures = 0;
  IDAGetNumSteps(it->ida, &steps);
  IDAGetNumResEvals(it->ida, &residuals);
  IDAGetNumJacEvals(it->ida, &jacobians);
  IDAGetNumLinSolvSetups(it->ida, &setups);
  IDAGetNumErrTestFails(it->ida, &failures);
  sum->steps += (PetscInt)steps;
  sum->residuals += (PetscInt)residuals;
  sum->jacobians += (PetscInt)jacobians;
  sum->factorizations += (PetscInt)setups;
  sum->error_test_failures += (PetscInt)failures;
}

PetscErrorCode IntegratorRestart(Integrator it, PetscBool *ok)
{
  const int64_t entries = EquationsEntries(it->eq);

  PetscFunctionBeginUser;
  *ok = PETSC_FALSE;
  AddIdaCounts(it, &it->done);
  ++it->restarts;
  /* Other pivots than before the event: factorise afresh. */
  SundialsCheck(!SUNLinSol_KLUReInit(it->algebraic_klu, it->algebraic, entries, SUNKLU_REINIT_PARTIAL), "KLU restart");
  SundialsCheck(!SUNLinSol_KLUReInit(it->klu, it->jacobian, entries, SUNKLU_REINIT_PARTIAL), "KLU restart");
  *ok = SolveAlgebraic(it);
  if (!*ok) PetscFunctionReturn(0);
  PetscCall(SetRates(it));
  SundialsCheck(!IDAReInit(it->ida, it->time, it->y, it->yp), "IDAReInit");
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorStep(Integrator it, PetscReal stop, PetscBool *ok)
{
  PetscFunctionBeginUser;
  SundialsCheck(!IDASetStopTime(it->ida, stop), "IDASetStopTime");
  const int flag = IDASolve(it->ida, stop, &it->time, it->y, it->yp, IDA_ONE_STEP);
  *ok            = (PetscBool)(flag >= 0);
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorInterpolate(Integrator it, PetscReal time, PetscReal *y)
{
  PetscFunctionBeginUser;
  SundialsCheck(!IDAGetDky(it->ida, time, 0, it->work), "IDAGetDky");
  PetscCall(PetscArraycpy(y, Data(it->work), it->eq->n));
  PetscFunctionReturn(0);
}

PetscReal IntegratorTime(Integrator it)
{
  return it->time;
}

const PetscReal *IntegratorUnknowns(Integrator it)
{
  return Data(it->y);
}

PetscReal IntegratorLargestRate(Integrator it)
{
  return it->largest_rate;
}

const char *IntegratorProblem(Integrator it)
{
  return it->problem;
}

IntegratorCounts IntegratorCount(Integrator it)
{
  IntegratorCounts sum = it->done;
  AddIdaCounts(it, &sum);
  sum.residuals += it->algebraic_count.residuals;
  sum.jacobians += it->algebraic_count.jacobians;
  sum.factorizations += it->algebraic_count.factorizations;
  sum.restarts = it->restarts;
  return sum;
}
