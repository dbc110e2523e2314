/* KLU behind SUNDIALS' linear solver: each call is passed on to SUNDIALS' own, and timed. */
#include "dynamics/klu.h"

#include <petsctime.h>
#include <sunlinsol/sunlinsol_klu.h>

typedef struct {
  SUNLinearSolver inner;
  double          seconds;
  PetscBool       factorized; /* since the pivots were forgotten */
} Content;

static Content *Of(SUNLinearSolver solver)
{
  return solver->content;
}

static double Now(void)
{
  PetscLogDouble now = 0.0;
  PetscTime(&now);
  return now;
}

static SUNLinearSolver_Type Type(SUNLinearSolver solver)
{
  (void)solver;
  return SUNLINEARSOLVER_DIRECT;
}

static int Initialize(SUNLinearSolver solver)
{
  return SUNLinSolInitialize(Of(solver)->inner);
}

static int Setup(SUNLinearSolver solver, SUNMatrix matrix)
{
  const double begin     = Now();
  const int    flag      = SUNLinSolSetup(Of(solver)->inner, matrix);
  Of(solver)->factorized = PETSC_TRUE;
  Of(solver)->seconds += Now() - begin;
  return flag;
}

static int Solve(SUNLinearSolver solver, SUNMatrix matrix, N_Vector x, N_Vector b, realtype tolerance)
{
  const double begin = Now();
  const int    flag  = SUNLinSolSolve(Of(solver)->inner, matrix, x, b, tolerance);
  Of(solver)->seconds += Now() - begin;
  return flag;
}

static sunindextype LastFlag(SUNLinearSolver solver)
{
  return SUNLinSolLastFlag(Of(solver)->inner);
}

static int Free(SUNLinearSolver solver)
{
  Content *content = Of(solver);
  SUNLinSolFree(content->inner);
  free(content);
  SUNLinSolFreeEmpty(solver);
  return 0;
}

void KluSetPattern(Equations eq, SUNMatrix matrix)
{
  memcpy(SM_INDEXPTRS_S(matrix), eq->column_start, (size_t)(eq->n + 1) * sizeof(sunindextype));
  memcpy(SM_INDEXVALS_S(matrix), eq->row_index, (size_t)EquationsEntries(eq) * sizeof(sunindextype));
}

PetscErrorCode KluCreate(Equations eq, N_Vector like, SUNContext context, SUNMatrix *matrix, SUNLinearSolver *solver)
{
  PetscFunctionBeginUser;
  *matrix = SUNSparseMatrix(eq->n, eq->n, EquationsEntries(eq), CSC_MAT, context);
  SundialsCheck(*matrix, "SUNSparseMatrix");
  KluSetPattern(eq, *matrix);
  SUNLinearSolver inner = SUNLinSol_KLU(like, *matrix, context);
  *solver               = SUNLinSolNewEmpty(context);
  Content *content      = calloc(1, sizeof *content);
  SundialsCheck(inner && *solver && content, "SUNLinSol_KLU");
  content->inner             = inner;
  (*solver)->content         = content;
  (*solver)->ops->gettype    = Type;
  (*solver)->ops->initialize = Initialize;
  (*solver)->ops->setup      = Setup;
  (*solver)->ops->solve      = Solve;
  (*solver)->ops->lastflag   = LastFlag;
  (*solver)->ops->free       = Free;
  PetscFunctionReturn(0);
}

void KluDestroy(SUNMatrix *matrix, SUNLinearSolver *solver)
{
  if (*solver) SUNLinSolFree(*solver);
  if (*matrix) SUNMatDestroy(*matrix);
  *solver = NULL;
  *matrix = NULL;
}

PetscErrorCode KluForget(SUNLinearSolver solver, SUNMatrix matrix, Equations eq)
{
  PetscFunctionBeginUser;
  if (!Of(solver)->factorized) PetscFunctionReturn(0);
  SundialsCheck(!SUNLinSol_KLUReInit(Of(solver)->inner, matrix, EquationsEntries(eq), SUNKLU_REINIT_PARTIAL),
                "KLU restart");
  Of(solver)->factorized = PETSC_FALSE;
  PetscFunctionReturn(0);
}

double KluSeconds(SUNLinearSolver solver)
{
  return Of(solver)->seconds;
}
