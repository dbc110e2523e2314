/* Newton's method for IDA's steps: one Jacobian for all iterations as long as that converges, then one for each. */
#include "dynamics/newton.h"

#include <stdlib.h>

#define FULL_ITERATIONS 12 /* with a Jacobian for each */
#define FULL_SHARE 0.1     /* of IDA's tolerance: the last of their corrections */

typedef struct {
  SUNNonlinSolSysFn      residual;
  SUNNonlinSolLSetupFn   setup;
  SUNNonlinSolLSolveFn   solve;
  SUNNonlinSolConvTestFn test;
  void                  *test_data;
  N_Vector               delta;
  int                    max_iterations, iteration;
  long                   iterations, failures;
} Content;

static Content *Of(SUNNonlinearSolver solver)
{
  return solver->content;
}

static SUNNonlinearSolver_Type Type(SUNNonlinearSolver solver)
{
  (void)solver;
  return SUNNONLINEARSOLVER_ROOTFIND;
}

static int Initialize(SUNNonlinearSolver solver)
{
  const Content *c = Of(solver);
  return c->residual && c->setup && c->solve && c->test ? SUN_NLS_SUCCESS : SUN_NLS_MEM_NULL;
}

/* One correction of y by the Jacobian at hand. */
static int Correct(Content *c, N_Vector y, void *memory)
{
  ++c->iterations;
  N_VScale(-1.0, c->delta, c->delta);
  const int flag = c->solve(c->delta, memory);
  if (!flag) N_VLinearSum(1.0, y, 1.0, c->delta, y);
  return flag;
}

/* Iterations with one Jacobian, a new one when asked for. */
static int Simplified(SUNNonlinearSolver solver, N_Vector y, N_Vector weight, realtype tolerance, booleantype renew,
                      booleantype bad, booleantype *current, void *memory)
{
  Content *c    = Of(solver);
  int      flag = c->residual(y, c->delta, memory);
  if (!flag && renew) flag = c->setup(bad, current, memory);
  for (c->iteration = 0; !flag; ++c->iteration) {
    if (c->iteration >= c->max_iterations) return SUN_NLS_CONV_RECVR;
    if (c->iteration > 0 && (flag = c->residual(y, c->delta, memory))) break;
    if ((flag = Correct(c, y, memory))) break;
    flag = c->test(solver, y, c->delta, tolerance, weight, c->test_data);
    if (flag == SUN_NLS_SUCCESS) return SUN_NLS_SUCCESS;
    if (flag == SUN_NLS_CONTINUE) flag = 0;
  }
  return flag;
}

/* A Jacobian for each iteration. */
static int Full(Content *c, N_Vector y, N_Vector weight, realtype tolerance, void *memory)
{
  booleantype current = SUNFALSE;
  int         flag    = 0;
  for (int k = 0; k < FULL_ITERATIONS; ++k) {
    if ((flag = c->residual(y, c->delta, memory))) return flag;
    if ((flag = c->setup(SUNTRUE, &current, memory))) return flag;
    if ((flag = Correct(c, y, memory))) return flag;
    const realtype size = N_VWrmsNorm(c->delta, weight);
    if (!(size < 1e10)) break;
    if (size <= FULL_SHARE * tolerance) return SUN_NLS_SUCCESS;
  }
  return SUN_NLS_CONV_RECVR;
}

static int Solve(SUNNonlinearSolver solver, N_Vector y0, N_Vector y, N_Vector weight, realtype tolerance,
                 booleantype renew, void *memory)
{
  Content    *c       = Of(solver);
  booleantype current = SUNFALSE;
  (void)y0;
  c->iterations = c->failures = 0; /* of this solve */
  int flag                    = Simplified(solver, y, weight, tolerance, renew, SUNFALSE, &current, memory);
  if (flag > 0 && !current) {
    N_VConst(0.0, y);
    flag = Simplified(solver, y, weight, tolerance, SUNTRUE, SUNTRUE, &current, memory);
  }
  if (flag > 0) {
    N_VConst(0.0, y);
    flag = Full(c, y, weight, tolerance, memory);
  }
  if (flag) ++c->failures;
  return flag;
}

static int Free(SUNNonlinearSolver solver)
{
  Content *c = Of(solver);
  if (c->delta) N_VDestroy(c->delta);
  free(c);
  SUNNonlinSolFreeEmpty(solver);
  return SUN_NLS_SUCCESS;
}

static int SetResidual(SUNNonlinearSolver solver, SUNNonlinSolSysFn residual)
{
  Of(solver)->residual = residual;
  return SUN_NLS_SUCCESS;
}

static int SetSetup(SUNNonlinearSolver solver, SUNNonlinSolLSetupFn setup)
{
  Of(solver)->setup = setup;
  return SUN_NLS_SUCCESS;
}

static int SetSolve(SUNNonlinearSolver solver, SUNNonlinSolLSolveFn solve)
{
  Of(solver)->solve = solve;
  return SUN_NLS_SUCCESS;
}

static int SetTest(SUNNonlinearSolver solver, SUNNonlinSolConvTestFn test, void *data)
{
  Of(solver)->test      = test;
  Of(solver)->test_data = data;
  return SUN_NLS_SUCCESS;
}

static int SetMaxIterations(SUNNonlinearSolver solver, int max)
{
  Of(solver)->max_iterations = max;
  return SUN_NLS_SUCCESS;
}

static int GetIterations(SUNNonlinearSolver solver, long *iterations)
{
  *iterations = Of(solver)->iterations;
  return SUN_NLS_SUCCESS;
}

static int GetIteration(SUNNonlinearSolver solver, int *iteration)
{
  *iteration = Of(solver)->iteration;
  return SUN_NLS_SUCCESS;
}

static int GetFailures(SUNNonlinearSolver solver, long *failures)
{
  *failures = Of(solver)->failures;
  return SUN_NLS_SUCCESS;
}

SUNNonlinearSolver NewtonCreate(N_Vector like, SUNContext context)
{
  SUNNonlinearSolver solver = SUNNonlinSolNewEmpty(context);
  Content           *c      = calloc(1, sizeof *c);
  if (!solver || !c || !(c->delta = N_VClone(like))) {
    free(c);
    if (solver) SUNNonlinSolFreeEmpty(solver);
    return NULL;
  }
  c->max_iterations            = 4;
  solver->content              = c;
  solver->ops->gettype         = Type;
  solver->ops->initialize      = Initialize;
  solver->ops->solve           = Solve;
  solver->ops->free            = Free;
  solver->ops->setsysfn        = SetResidual;
  solver->ops->setlsetupfn     = SetSetup;
  solver->ops->setlsolvefn     = SetSolve;
  solver->ops->setctestfn      = SetTest;
  solver->ops->setmaxiters     = SetMaxIterations;
  solver->ops->getnumiters     = GetIterations;
  solver->ops->getcuriter      = GetIteration;
  solver->ops->getnumconvfails = GetFailures;
  return solver;
}
