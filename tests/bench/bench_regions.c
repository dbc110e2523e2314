/* How the interior point over regions compares with the central one, and how it scales with ranks, all in one run.

     ninja -C BUILD bench_regions && mpirun -n 2 BUILD/tests/bench/bench_regions [CASE.m REGIONS ...]

   Without arguments: PGLib's 10,000 buses in 8 regions. Columns: regions and ranks; border unknowns; iterations; seconds of wall clock, and of them set-up; `central` is
   the central method's seconds over these, `one rank` those of the same regions on one rank over these (1.0 on one rank); bytes that all
   ranks have sent in the solve; share of factorisations and solves on rank 0. The objective's distance from the central one comes last. */
#include "inputs/reader.h"
#include "solver/opf_impl.h"
#include "solver/opf_problem.h"

#include <petsctime.h>
#include <stdlib.h>

typedef struct {
  InteriorPointResult result;
  PetscReal           seconds, cost;
  PetscInt            border;
  unsigned long long  bytes;
} Run;

/* Collective over comm. */
static PetscErrorCode Solve(MPI_Comm comm, Network net, Partition partition, Run *run)
{
  OpfOptions           options;
  OpfModelOptions      model_options;
  InteriorPointOptions ip_options;
  OpfProblem           problem;
  PetscLogDouble       begin, end;
  PetscFunctionBeginUser;

  OpfDefaultOptions(&options);
  model_options = OpfModelOptionsFrom(&options);
  InteriorPointDefaultOptions(&ip_options);
  PetscCallMPI(MPI_Barrier(comm));
  PetscCall(PetscTime(&begin));
  PetscCall(OpfProblemCreate(comm, net, partition, &model_options, &problem));
  PetscCall(OpfProblemSolve(problem, &ip_options, &run->result));
  PetscCallMPI(MPI_Barrier(comm));
  PetscCall(PetscTime(&end));
  run->seconds = end - begin;
  run->border  = OpfProblemBorderSize(problem);
  run->bytes   = (unsigned long long)OpfProblemBytesSent(problem);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &run->bytes, 1, MPI_UNSIGNED_LONG_LONG, MPI_SUM, comm));
  PetscCall(OpfProblemCost(problem, &run->cost));
  PetscCall(OpfProblemDestroy(&problem));
  PetscFunctionReturn(0);
}

static void Print(const char *name, const char *regions, int ranks, const Run *run, const Run *central,
                  const Run *one_rank)
{
  printf("%-28s %7s %5d %7d  %-10s %4d %8.3f %8.3f %8.2f %9.2f %12llu %6.0f %% %9.1e\n", name, regions, ranks,
         (int)run->border, SolveStatusName(run->result.status), (int)run->result.iterations, run->seconds,
         run->seconds - run->result.seconds, central->seconds / run->seconds, one_rank->seconds / run->seconds,
         run->bytes, 100 * run->result.seconds_linear / run->result.seconds, fabs(run->cost / central->cost - 1));
  (void)fflush(stdout);
}

/* Central, regions on one rank, regions on all ranks. */
static PetscErrorCode Measure(const char *path, const char *regions)
{
  PetscMPIInt rank, size;
  Network     net;
  Partition   partition;
  Faults      faults;
  Run         central = {0}, one = {0}, all = {0};
  PetscFunctionBeginUser;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(PETSC_COMM_WORLD, path, "auto", faults, &net));
  if (net) PetscCall(PartitionCreate(PETSC_COMM_WORLD, net, regions, faults, &partition));
  if (!net || !partition) {
    if (rank == 0) PetscCall(FaultsView(faults, stderr));
    exit(2);
  }
  if (rank == 0) {
    PetscCall(Solve(PETSC_COMM_SELF, net, NULL, &central));
    Print(net->name, "1", 1, &central, &central, &central);
    PetscCall(PartitionAssignRanks(partition, 1));
    PetscCall(Solve(PETSC_COMM_SELF, net, partition, &one));
    Print(net->name, regions, 1, &one, &central, &one);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCall(PartitionAssignRanks(partition, size));
  if (size > 1) PetscCall(Solve(PETSC_COMM_WORLD, net, partition, &all));
  if (size > 1 && rank == 0) Print(net->name, regions, size, &all, &central, &one);
  PetscCall(PartitionDestroy(&partition));
  PetscCall(NetworkDestroy(&net));
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const char *root = getenv("ARCHIPELAGO_SHARED_DATA");
  char        path[1024];
  PetscMPIInt rank;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0)
    printf("%-28s %7s %5s %7s  %-10s %4s %8s %8s %8s %9s %12s %8s %9s\n", "case", "regions", "ranks", "border",
           "status", "it", "s", "set-up", "central", "one rank", "bytes sent", "linear", "distance");
  for (int k = 1; k + 1 < argc; k += 2) PetscCall(Measure(argv[k], argv[k + 1]));
  (void)snprintf(path, sizeof path, "%s/pglib/pglib_opf_case10000_goc.m",
                 root ? root : ARCHIPELAGO_SOURCE_DIR "/../shared/data");
  if (argc < 3) PetscCall(Measure(path, "8"));
  return PetscFinalize();
}
