/* How fast the interior point is, against Ipopt with MUMPS on the same program in the same run.

     ninja -C BUILD bench_opf && OPENBLAS_NUM_THREADS=1 BUILD/tests/bench/bench_opf [-no_ipopt] [-backend mumps] [CASE.m ...]

   Without cases: PGLib's 118, 300, 1354, 2869, 9591_goc and 10000_goc buses. Ipopt needs coinor-libipopt-dev when the build is made.
   Seconds are CPU time from the finished model on, so that a busy machine does not matter much.

   Columns: variables and rows; iterations; seconds; share of these in factorisations and solves, and ms of them in an iteration; peak
   memory so far (cases are best given from small to large: it counts what came before, and Ipopt before); Ipopt's iterations and
   seconds; how many times longer it takes; relative difference of the objectives. */
#include "bench_ipopt.h"

#include "inputs/reader.h"
#include "solver/opf_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double PeakMegabytes(void)
{
  struct rusage usage;

  return getrusage(RUSAGE_SELF, &usage) ? 0 : (double)usage.ru_maxrss / 1024;
}

static PetscErrorCode Compare(Program p, const InteriorPointResult *own, PetscLogDouble seconds)
{
  IpoptResult peer;
  PetscBool   available;
  PetscFunctionBeginUser;

  PetscCall(IpoptBenchSolve(p, &available, &peer));
  if (available)
    printf(" %-9s %5d %9.3f %7.1f %9.1e", peer.optimal ? "optimal" : "failed", (int)peer.iterations, peer.seconds,
           peer.seconds / seconds, (own->objective - peer.objective) / PetscAbsReal(peer.objective));
  PetscFunctionReturn(0);
}

static PetscErrorCode Measure(Network net, PetscBool compare)
{
  OpfOptions           options;
  OpfModelOptions      model_options;
  InteriorPointOptions ip_options;
  OpfSubproblem        sub = {0};
  PetscLogDouble       seconds;
  clock_t              begin;
  Program              p;
  PetscFunctionBeginUser;

  OpfDefaultOptions(&options);
  model_options = OpfModelOptionsFrom(&options);
  PetscCall(OpfModelCreate(net, &model_options, &sub.model));
  PetscCall(OpfSubproblemSetUp(&sub));
  p = OpfModelProgram(sub.model);
  InteriorPointDefaultOptions(&ip_options);
  begin = clock();
  PetscCall(InteriorPointSolve(sub.ip, &ip_options, sub.x, sub.lambda, sub.zl, sub.zu, &sub.result));
  seconds                          = (double)(clock() - begin) / CLOCKS_PER_SEC;
  const InteriorPointResult *r     = &sub.result;
  const PetscReal            share = r->seconds_linear / r->seconds;
  printf("%-28s %7d %7d  %-15s %4d %8.3f %6.0f %% %8.2f %8.0f", net->name, (int)p->n, (int)p->m,
         SolveStatusName(r->status), (int)r->iterations, seconds, 100 * share,
         1e3 * share * seconds / PetscMax(1, r->iterations), PeakMegabytes());
  if (compare) PetscCall(Compare(p, r, seconds));
  printf("\n");
  (void)fflush(stdout);
  PetscCall(OpfSubproblemDestroy(&sub));
  PetscFunctionReturn(0);
}

static PetscErrorCode MeasureCase(const char *path, PetscBool compare)
{
  Network net;
  Faults  faults;
  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(PETSC_COMM_SELF, path, "auto", faults, &net));
  if (net)
    PetscCall(Measure(net, compare));
  else
    PetscCall(FaultsView(faults, stderr));
  PetscCall(NetworkDestroy(&net));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode MeasureUsual(PetscBool compare)
{
  const char *const usual[] = {"118_ieee", "300_ieee", "1354_pegase", "2869_pegase", "9591_goc", "10000_goc"};
  const char       *root    = getenv("ARCHIPELAGO_SHARED_DATA");
  char              path[1024];
  PetscFunctionBeginUser;

  for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++) {
    (void)snprintf(path, sizeof path, "%s/pglib/pglib_opf_case%s.m",
                   root ? root : ARCHIPELAGO_SOURCE_DIR "/../shared/data", usual[k]);
    PetscCall(MeasureCase(path, compare));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscBool compare = PETSC_TRUE;
  int       k       = 1;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  for (; k < argc && argv[k][0] == '-'; k++) {
    if (!strcmp(argv[k], "-no_ipopt"))
      compare = PETSC_FALSE;
    else if (!strcmp(argv[k], "-backend") && k + 1 < argc)
      PetscCall(PetscOptionsSetValue(NULL, "-archipelago_kkt_backend", argv[++k]));
  }
  printf("%-28s %7s %7s  %-15s %4s %8s %8s %8s %8s", "case", "vars", "rows", "status", "it", "s", "linear", "ms/it",
         "MB");
  if (compare) printf(" %-9s %5s %9s %7s %9s", "Ipopt", "it", "s", "ratio", "objective");
  printf("\n");
  if (k == argc) PetscCall(MeasureUsual(compare));
  for (; k < argc; k++) PetscCall(MeasureCase(argv[k], compare));
  return PetscFinalize();
}
