/* Ipopt on a program, through its C interface.

   Its library is loaded apart from ours, with its own sequential MUMPS: linked in, its MUMPS and its substitute for MPI would
   meet PETSc's under the same names. */
#include "bench_ipopt.h"

#if defined(ARCHIPELAGO_IPOPT_LIBRARY)
#include <IpStdCInterface.h>
#include <dlfcn.h>
#include <string.h>
#include <time.h>

typedef struct {
  __typeof__(CreateIpoptProblem)      *create;
  __typeof__(AddIpoptNumOption)       *number;
  __typeof__(AddIpoptIntOption)       *integer;
  __typeof__(AddIpoptStrOption)       *string;
  __typeof__(SetIntermediateCallback) *intermediate;
  __typeof__(IpoptSolve)              *solve;
  __typeof__(FreeIpoptProblem)        *destroy;
} Library;

typedef struct {
  Program  program;
  PetscInt iterations;
} Context;

static PetscErrorCode Load(Library *library, PetscBool *available)
{
  void *handle = dlopen(ARCHIPELAGO_IPOPT_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

  PetscFunctionBeginUser;
  *available = PETSC_FALSE;
  if (!handle) PetscFunctionReturn(0);
  *(void **)&library->create       = dlsym(handle, "CreateIpoptProblem");
  *(void **)&library->number       = dlsym(handle, "AddIpoptNumOption");
  *(void **)&library->integer      = dlsym(handle, "AddIpoptIntOption");
  *(void **)&library->string       = dlsym(handle, "AddIpoptStrOption");
  *(void **)&library->intermediate = dlsym(handle, "SetIntermediateCallback");
  *(void **)&library->solve        = dlsym(handle, "IpoptSolve");
  *(void **)&library->destroy      = dlsym(handle, "FreeIpoptProblem");
  *available = (PetscBool)(library->create && library->number && library->integer && library->string &&
                           library->intermediate && library->solve && library->destroy);
  PetscFunctionReturn(0);
}

static Bool Objective(Index n, Number *x, Bool new_x, Number *value, UserDataPtr data)
{
  const Program p = ((Context *)data)->program;

  (void)n;
  (void)new_x;
  if (p->ops.objective(p->context, x, value)) return FALSE;
  *value *= p->objective_scale;
  return TRUE;
}

static Bool Gradient(Index n, Number *x, Bool new_x, Number *gradient, UserDataPtr data)
{
  const Program p = ((Context *)data)->program;

  (void)new_x;
  if (p->ops.gradient(p->context, x, gradient)) return FALSE;
  for (Index j = 0; j < n; j++) gradient[j] *= p->objective_scale;
  return TRUE;
}

static Bool Constraints(Index n, Number *x, Bool new_x, Index m, Number *g, UserDataPtr data)
{
  const Program p = ((Context *)data)->program;

  (void)n;
  (void)new_x;
  (void)m;
  return !p->ops.constraints(p->context, x, g);
}

static Bool Jacobian(Index n, Number *x, Bool new_x, Index m, Index nnz, Index *row, Index *column, Number *value,
                     UserDataPtr data)
{
  const Program p = ((Context *)data)->program;

  (void)n;
  (void)new_x;
  (void)m;
  if (value) return !p->ops.jacobian(p->context, x, value);
  memcpy(row, p->jacobian_row, (size_t)nnz * sizeof *row);
  memcpy(column, p->jacobian_column, (size_t)nnz * sizeof *column);
  return TRUE;
}

static Bool Hessian(Index n, Number *x, Bool new_x, Number factor, Index m, Number *lambda, Bool new_lambda, Index nnz,
                    Index *row, Index *column, Number *value, UserDataPtr data)
{
  const Program p = ((Context *)data)->program;

  (void)n;
  (void)new_x;
  (void)m;
  (void)new_lambda;
  if (value) return !p->ops.hessian(p->context, x, factor * p->objective_scale, lambda, value);
  memcpy(row, p->hessian_row, (size_t)nnz * sizeof *row);
  memcpy(column, p->hessian_column, (size_t)nnz * sizeof *column);
  return TRUE;
}

static Bool Count(Index mode, Index iteration, Number objective, Number primal, Number dual, Number mu, Number step,
                  Number regularization, Number alpha_dual, Number alpha_primal, Index trials, UserDataPtr data)
{
  (void)mode, (void)objective, (void)primal, (void)dual, (void)mu, (void)step, (void)regularization;
  (void)alpha_dual, (void)alpha_primal, (void)trials;
  ((Context *)data)->iterations = iteration;
  return TRUE;
}

PetscErrorCode IpoptBenchSolve(Program p, PetscBool *available, IpoptResult *result)
{
  Context      context = {p, 0};
  Library      library;
  IpoptProblem problem;
  PetscReal   *x, value = 0;
  clock_t      begin;

  PetscFunctionBeginUser;
  PetscCall(Load(&library, available));
  if (!*available) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(p->n, &x));
  PetscCall(PetscArraycpy(x, p->x0, p->n));
  begin   = clock();
  problem = library.create(p->n, p->xl, p->xu, p->m, p->gl, p->gu, p->jacobian_nnz, p->hessian_nnz, 0, Objective,
                           Constraints, Gradient, Jacobian, Hessian);
  (void)library.number(problem, (char *)"tol", 1e-8);
  (void)library.integer(problem, (char *)"print_level", 0);
  (void)library.string(problem, (char *)"sb", (char *)"yes");
  (void)library.string(problem, (char *)"linear_solver", (char *)"mumps");
  (void)library.intermediate(problem, Count);
  result->optimal = (PetscBool)(library.solve(problem, x, NULL, &value, NULL, NULL, NULL, &context) == Solve_Succeeded);
  library.destroy(problem);
  result->seconds    = (double)(clock() - begin) / CLOCKS_PER_SEC;
  result->iterations = context.iterations;
  result->objective  = value / p->objective_scale;
  PetscCall(PetscFree(x));
  PetscFunctionReturn(0);
}

#else

PetscErrorCode IpoptBenchSolve(Program program, PetscBool *available, IpoptResult *result)
{
  PetscFunctionBeginUser;
  (void)program;
  *available = PETSC_FALSE;
  *result    = (IpoptResult){0};
  PetscFunctionReturn(0);
}

#endif
