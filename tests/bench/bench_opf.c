/* How fast the interior point is, against a physical peer measured in the same run: one bare MUMPS factorisation of the same
   system, [W + I, J'; J, -I] in full with values at the solution.

     ninja -C BUILD bench_opf && BUILD/tests/bench/bench_opf [CASE.m ...]      without cases: PGLib's 118, 300, 1354 and 2869 buses

   Columns: variables and rows; iterations; seconds in all and per iteration; share of factorisations and solves; `kkt/it` and `all/it`
   are the time an iteration spends in linear algebra and in all, in bare factorisations: 1 is the limit of a method that factorises
   the full system once an iteration, below 1 is what condensing rows brings. */
#include "inputs/reader.h"
#include "solver/opf_impl.h"

#include <petscmat.h>
#include <petsctime.h>
#include <stdlib.h>

#define REPETITIONS 5

static PetscErrorCode Insert(Mat matrix, PetscInt i, PetscInt j, PetscReal value)
{
  PetscFunctionBeginUser;
  PetscCall(MatSetValue(matrix, PetscMin(i, j), PetscMax(i, j), value, ADD_VALUES));
  PetscFunctionReturn(0);
}

/* Upper triangle of the full system at x, with the curvature of the costs alone so that its inertia is right. */
static PetscErrorCode AssembleSystem(Program p, const PetscReal *x, Mat *matrix)
{
  PetscReal *hessian, *jacobian, *zero;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(p->hessian_nnz, &hessian, p->jacobian_nnz, &jacobian, p->m, &zero));
  PetscCall(PetscArrayzero(zero, p->m));
  PetscCall((*p->ops.hessian)(p->context, x, p->objective_scale, zero, hessian));
  PetscCall((*p->ops.jacobian)(p->context, x, jacobian));
  PetscCall(MatCreateSeqSBAIJ(PETSC_COMM_SELF, 1, p->n + p->m, p->n + p->m, 60, NULL, matrix));
  PetscCall(MatSetOption(*matrix, MAT_NEW_NONZERO_ALLOCATION_ERR, PETSC_FALSE));
  for (PetscInt i = 0; i < p->n + p->m; i++) PetscCall(Insert(*matrix, i, i, i < p->n ? 1 : -1));
  for (PetscInt k = 0; k < p->hessian_nnz; k++)
    PetscCall(Insert(*matrix, p->hessian_row[k], p->hessian_column[k], hessian[k]));
  for (PetscInt k = 0; k < p->jacobian_nnz; k++)
    PetscCall(Insert(*matrix, p->jacobian_column[k], p->n + p->jacobian_row[k], jacobian[k]));
  PetscCall(MatAssemblyBegin(*matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(PetscFree3(hessian, jacobian, zero));
  PetscFunctionReturn(0);
}

/* Shortest time of a numeric factorisation. */
static PetscErrorCode BareFactorisation(Program p, const PetscReal *x, PetscLogDouble *seconds)
{
  Mat           matrix, factor;
  MatFactorInfo info;
  IS            rows;
  PetscFunctionBeginUser;

  PetscCall(AssembleSystem(p, x, &matrix));
  PetscCall(MatGetFactor(matrix, MATSOLVERMUMPS, MAT_FACTOR_CHOLESKY, &factor));
  PetscCall(MatFactorInfoInitialize(&info));
  PetscCall(ISCreateStride(PETSC_COMM_SELF, p->n + p->m, 0, 1, &rows));
  PetscCall(MatCholeskyFactorSymbolic(factor, matrix, rows, &info));
  *seconds = PETSC_MAX_REAL;
  for (int k = 0; k < REPETITIONS; k++) {
    PetscLogDouble start, end;
    PetscCall(PetscTime(&start));
    PetscCall(MatCholeskyFactorNumeric(factor, matrix, &info));
    PetscCall(PetscTime(&end));
    *seconds = PetscMin(*seconds, end - start);
  }
  PetscCall(ISDestroy(&rows));
  PetscCall(MatDestroy(&factor));
  PetscCall(MatDestroy(&matrix));
  PetscFunctionReturn(0);
}

static PetscErrorCode Measure(Network net)
{
  OpfOptions           options;
  OpfModelOptions      model_options;
  InteriorPointOptions ip_options;
  OpfSubproblem        sub  = {0};
  PetscLogDouble       bare = 0;
  PetscFunctionBeginUser;

  OpfDefaultOptions(&options);
  model_options = OpfModelOptionsFrom(&options);
  PetscCall(OpfModelCreate(net, &model_options, &sub.model));
  PetscCall(OpfSubproblemSetUp(&sub));
  InteriorPointDefaultOptions(&ip_options);
  PetscCall(InteriorPointSolve(sub.ip, &ip_options, sub.x, sub.lambda, sub.zl, sub.zu, &sub.result));
  PetscCall(BareFactorisation(OpfModelProgram(sub.model), sub.x, &bare));
  const InteriorPointResult *r = &sub.result;
  const PetscReal            n = PetscMax(1, r->iterations);
  printf("%-28s %7d %7d  %-10s %4d %8.3f %9.2f %6.0f %% %9.2f %7.2f %7.2f\n", net->name,
         (int)OpfModelProgram(sub.model)->n, (int)OpfModelProgram(sub.model)->m, SolveStatusName(r->status),
         (int)r->iterations, r->seconds, 1e3 * r->seconds / n, 100 * r->seconds_linear / r->seconds, 1e3 * bare,
         r->seconds_linear / n / bare, r->seconds / n / bare);
  PetscCall(OpfSubproblemDestroy(&sub));
  PetscFunctionReturn(0);
}

static PetscErrorCode MeasureCase(const char *path)
{
  Network net;
  Faults  faults;
  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(PETSC_COMM_SELF, path, "auto", faults, &net));
  if (net)
    PetscCall(Measure(net));
  else
    PetscCall(FaultsView(faults, stderr));
  PetscCall(NetworkDestroy(&net));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const char *const usual[] = {"118_ieee", "300_ieee", "1354_pegase", "2869_pegase"};
  const char       *root    = getenv("ARCHIPELAGO_SHARED_DATA");
  char              path[1024];

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  printf("%-28s %7s %7s  %-10s %4s %8s %9s %8s %9s %7s %7s\n", "case", "vars", "rows", "status", "it", "s", "ms/it",
         "linear", "bare ms", "kkt/it", "all/it");
  for (int k = 1; k < argc; k++) PetscCall(MeasureCase(argv[k]));
  for (size_t k = 0; argc < 2 && k < sizeof usual / sizeof usual[0]; k++) {
    (void)snprintf(path, sizeof path, "%s/pglib/pglib_opf_case%s.m",
                   root ? root : ARCHIPELAGO_SOURCE_DIR "/../shared/data", usual[k]);
    PetscCall(MeasureCase(path));
  }
  return PetscFinalize();
}
