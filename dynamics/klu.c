/* KLU (T. Davis, E. Palamadai Natarajan, 2010) as a linear solver of SUNDIALS. The pattern never changes, so that it is
   ordered once; pivots are chosen afresh after each discontinuity, and kept in between while they stay good. */
#include "dynamics/klu.h"

#include <klu.h>
#include <petsctime.h>

#define PIVOT_GROWTH 1e-10 /* of a refactorisation with old pivots; below it they are chosen anew */
#define GROWTH_EVERY 8     /* refactorisations are looked at so closely: it costs a third of one */

typedef struct {
  klu_l_common    common;
  klu_l_symbolic *symbolic;
  klu_l_numeric  *numeric; /* NULL: pivots to be chosen */
  double          seconds;
  PetscInt        refactorizations; /* since the pivots were chosen */
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
  (void)solver;
  return 0;
}

/* A factorisation with the pivots at hand, if they still serve. */
static PetscBool Refactorize(Content *k, SuiteSparse_long *column, SuiteSparse_long *row, double *value)
{
  if (!k->numeric || !klu_l_refactor(column, row, value, k->symbolic, k->numeric, &k->common)) return PETSC_FALSE;
  if (k->refactorizations++ % GROWTH_EVERY) return PETSC_TRUE;
  return (PetscBool)(klu_l_rgrowth(column, row, value, k->symbolic, k->numeric, &k->common) &&
                     k->common.rgrowth > PIVOT_GROWTH);
}

/* With the pivots at hand if they still serve, otherwise with new ones. */
static int Factorize(Content *k, SUNMatrix matrix)
{
  SuiteSparse_long *column = SM_INDEXPTRS_S(matrix), *row = SM_INDEXVALS_S(matrix);
  double           *value = SM_DATA_S(matrix);
  if (Refactorize(k, column, row, value)) return 0;
  if (k->numeric) klu_l_free_numeric(&k->numeric, &k->common);
  k->refactorizations = 0;
  k->numeric          = klu_l_factor(column, row, value, k->symbolic, &k->common);
  return k->numeric ? 0 : 1; /* singular: recoverable */
}

static int Setup(SUNLinearSolver solver, SUNMatrix matrix)
{
  Content     *k     = Of(solver);
  const double begin = Now();
  const int    flag  = Factorize(k, matrix);
  k->seconds += Now() - begin;
  return flag;
}

static int Solve(SUNLinearSolver solver, SUNMatrix matrix, N_Vector x, N_Vector b, realtype tolerance)
{
  Content     *k     = Of(solver);
  const double begin = Now();
  (void)tolerance;
  if (!k->numeric) return -1;
  if (x != b) N_VScale(1.0, b, x);
  const int good = (int)klu_l_solve(k->symbolic, k->numeric, SM_COLUMNS_S(matrix), 1, NV_DATA_S(x), &k->common);
  k->seconds += Now() - begin;
  return good ? 0 : -1;
}

static int Free(SUNLinearSolver solver)
{
  Content *k = Of(solver);
  if (k->numeric) klu_l_free_numeric(&k->numeric, &k->common);
  if (k->symbolic) klu_l_free_symbolic(&k->symbolic, &k->common);
  free(k);
  SUNLinSolFreeEmpty(solver);
  return 0;
}

/* Each evaluation writes every entry, and the pattern stays. */
static int KeepPattern(SUNMatrix matrix)
{
  (void)matrix;
  return 0;
}

PetscErrorCode KluCreate(Equations eq, SUNContext context, SUNMatrix *matrix, SUNLinearSolver *solver)
{
  PetscFunctionBeginUser;
  SUNMatrix a = SUNSparseMatrix(eq->n, eq->n, EquationsEntries(eq), CSC_MAT, context);
  SundialsCheck(a, "SUNSparseMatrix");
  *matrix = a;
  memcpy(SM_INDEXPTRS_S(a), eq->column_start, (size_t)(eq->n + 1) * sizeof(sunindextype));
  memcpy(SM_INDEXVALS_S(a), eq->row_index, (size_t)EquationsEntries(eq) * sizeof(sunindextype));
  a->ops->zero = KeepPattern;
  *solver      = SUNLinSolNewEmpty(context);
  Content *k   = calloc(1, sizeof *k);
  SundialsCheck(*solver && k, "SUNLinSolNewEmpty");
  (*solver)->content         = k;
  (*solver)->ops->gettype    = Type;
  (*solver)->ops->initialize = Initialize;
  (*solver)->ops->setup      = Setup;
  (*solver)->ops->solve      = Solve;
  (*solver)->ops->free       = Free;
  PetscCheck(klu_l_defaults(&k->common), PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: defaults failed");
  k->symbolic = klu_l_analyze(eq->n, eq->column_start, eq->row_index, &k->common);
  PetscCheck(k->symbolic, PETSC_COMM_SELF, PETSC_ERR_LIB, "KLU: the pattern cannot be ordered");
  PetscFunctionReturn(0);
}

void KluDestroy(SUNMatrix *matrix, SUNLinearSolver *solver)
{
  if (*solver) SUNLinSolFree(*solver);
  if (*matrix) SUNMatDestroy(*matrix);
  *solver = NULL;
  *matrix = NULL;
}

void KluForget(SUNLinearSolver solver)
{
  Content *k = Of(solver);
  if (k->numeric) klu_l_free_numeric(&k->numeric, &k->common);
  k->numeric = NULL;
}

double KluSeconds(SUNLinearSolver solver)
{
  return Of(solver)->seconds;
}
