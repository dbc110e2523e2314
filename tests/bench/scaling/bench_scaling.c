/* Measurements for the model of scaling, as one line of JSON each; scaling.py starts it, fits and projects.

     mpirun -n 2 bench_scaling REGIONS BUSES HOURS TOPOLOGY SEED REPETITIONS METHODS FEW MANY

   A generated system (inputs/synth.h), read and cut by its column of regions, solved first by rank 0 alone, the others asleep,
   then by all ranks, as often as asked, one after the other, so that a busy machine is busy for both; each once with FEW iterations and
   once with MANY, so that their difference is without the set-up. METHODS: letters i
   (bordered interior point), a (ADMM), s (set-up alone), p (ping-pong between ranks 0 and 1). */
#include "inputs/reader.h"
#include "inputs/synth.h"
#include "mpi_count.h"
#include "partition/cover.h"
#include "solver/opf.h"

#include <dirent.h>
#include <petsctime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MEASURES = 9 };

typedef struct {
  SynthOptions synth;
  const char  *topology;
  int          repetitions, few, many; /* iterations of the short and the long solve */
  const char  *methods;
  char         folder[64];
} Bench;

static double Processor(void)
{
  struct timespec t;

  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double Megabytes(void)
{
  struct rusage use;

  (void)getrusage(RUSAGE_SELF, &use);
  return (double)use.ru_maxrss / 1024;
}

static double Load(void)
{
  double load = -1;

  (void)getloadavg(&load, 1);
  return load;
}

/* A barrier in which ranks that wait leave the processor to others. */
static PetscErrorCode SleepUntilAllAreHere(void)
{
  MPI_Request request;
  int         done = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Ibarrier(PETSC_COMM_WORLD, &request));
  while (!done) {
    PetscCallMPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (!done) usleep(1000);
  }
  PetscFunctionReturn(0);
}

static PetscInt BorderUnknowns(Partition partition, Network net)
{
  PetscInt n, *cover, size;

  PetscCallAbort(PETSC_COMM_SELF, PartitionCover(partition, net, &n, &cover));
  size = PartitionBorderSize(partition, net, n, cover, PETSC_TRUE);
  PetscCallAbort(PETSC_COMM_SELF, PetscFree(cover));
  return size;
}

static void PrintCase(const Bench *b, const char *what, int ranks)
{
  printf("{\"what\": \"%s\", \"ranks\": %d, \"regions\": %d, \"buses\": %d, \"hours\": %d, \"topology\": \"%s\", "
         "\"load\": %.2f",
         what, ranks, (int)b->synth.regions, (int)b->synth.buses, (int)b->synth.hours, b->topology, Load());
}

/* Largest work of a region over the mean: what ADMM has counted, else the partition's estimate. */
static double Imbalance(Partition p, const OpfResult *result)
{
  const PetscReal *work = result->region_work ? result->region_work : p->work;
  PetscReal        most = 0, sum = 0;

  for (PetscInt r = 0; r < p->n_regions; r++) {
    most = PetscMax(most, work[r]);
    sum += work[r];
  }
  return sum > 0 ? (double)(most * (PetscReal)p->n_regions / sum) : 1;
}

/* Collective over comm. Seconds are the slowest rank's, bytes the largest rank's. */
static PetscErrorCode Solve(const Bench *b, MPI_Comm comm, Network net, Partition partition, OpfMethod method,
                            int iterations)
{
  OpfOptions     options;
  OpfResult      result = {0};
  Dispatch       dispatch;
  MpiCounts      before;
  PetscLogDouble begin, end;
  PetscReal      most[MEASURES];
  PetscMPIInt    rank, size;
  double         processor;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  OpfDefaultOptions(&options);
  options.method         = method;
  options.hours          = b->synth.hours;
  options.first_snapshot = 0;
  options.diagnose       = PETSC_FALSE;
  options.max_iterations = iterations;
  PetscCallMPI(MPI_Barrier(comm));
  before    = MpiCountsNow();
  processor = Processor();
  PetscCall(PetscTime(&begin));
  PetscCall(OpfSolve(comm, net, partition, &options, &dispatch, &result));
  PetscCall(PetscTime(&end));
  before  = MpiCountsSince(&before);
  most[0] = end - begin;
  most[1] = Processor() - processor;
  most[2] = before.seconds;
  most[3] = (PetscReal)before.collectives;
  most[4] = (PetscReal)before.collective_bytes;
  most[5] = (PetscReal)before.gathered_bytes;
  most[6] = (PetscReal)before.messages;
  most[7] = (PetscReal)before.message_bytes;
  most[8] = most[1] - before.processor;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, MEASURES, MPIU_REAL, MPI_MAX, comm));
  if (rank == 0) {
    PrintCase(b, method == METHOD_ADMM ? "admm" : "interior", size);
    printf(", \"status\": \"%s\", \"asked\": %d, \"iterations\": %d, \"local_iterations\": %d, \"seconds\": %.6f, "
           "\"processor\": %.6f, \"mpi\": %.6f, \"collectives\": %.0f, \"sent\": %.0f, \"gathered\": %.0f, "
           "\"messages\": %.0f, \"message_bytes\": %.0f, \"unknowns\": %d, \"ties\": %d, \"objective\": %.12g, "
           "\"megabytes\": %.1f, \"imbalance\": %.4f, \"compute\": %.6f}\n",
           SolveStatusName(result.status), iterations,
           (int)(method == METHOD_ADMM ? result.admm_iterations : result.iterations), (int)result.local_iterations,
           (double)most[0], (double)most[1], (double)most[2], (double)most[3], (double)most[4], (double)most[5],
           (double)most[6], (double)most[7], (int)(b->synth.hours * BorderUnknowns(partition, net)),
           (int)partition->n_ties, (double)result.objective, Megabytes(), Imbalance(partition, &result),
           (double)most[8]);
    (void)fflush(stdout);
  }
  PetscCall(DispatchDestroy(&dispatch));
  PetscCall(OpfResultDestroy(&result));
  PetscFunctionReturn(0);
}

typedef struct {
  double read, cut, cover, assign, extract, memory_read, memory_extract;
} SetUp;

static double Now(void)
{
  PetscLogDouble t;

  (void)PetscTime(&t);
  return t;
}

/* What stands before a solve, on one rank: reading, the partition from its column, the cover, all regions' networks. */
static PetscErrorCode MeasureSetUp(const Bench *b, Network *net, Partition *partition, SetUp *s)
{
  Faults faults;
  double at = Now(), before = Megabytes();

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(PETSC_COMM_SELF, b->folder, "auto", faults, net));
  s->read        = Now() - at;
  s->memory_read = Megabytes() - before;
  PetscCheck(*net, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "The generated system cannot be read");
  at = Now();
  PetscCall(PartitionCreate(PETSC_COMM_SELF, *net, b->synth.regions > 1 ? "region" : "1", faults, partition));
  s->cut = Now() - at;
  at     = Now();
  (void)BorderUnknowns(*partition, *net);
  s->cover = Now() - at;
  at       = Now();
  PetscCall(PartitionAssignRanks(*partition, 1));
  s->assign = Now() - at;
  at        = Now();
  before    = Megabytes();
  for (PetscInt r = 0; strchr(b->methods, 's') && r < b->synth.regions; r++) {
    RegionNetwork *part;
    PetscCall(RegionNetworkCreate(*net, *partition, r, &part));
    PetscCall(RegionNetworkDestroy(&part));
  }
  s->extract        = Now() - at;
  s->memory_extract = Megabytes() - before;
  PetscCall(FaultsDestroy(&faults));
  PetscFunctionReturn(0);
}

static void PrintSetUp(const Bench *b, Network net, Partition p, const SetUp *s)
{
  PetscInt largest = 0, most_ties = 0, *ties;

  PrintCase(b, "setup", 1);
  PetscCallAbort(PETSC_COMM_SELF, PetscCalloc1(p->n_regions, &ties));
  for (PetscInt k = 0; k < p->n_ties; k++) ties[p->tie[k].from_region]++, ties[p->tie[k].to_region]++;
  for (PetscInt r = 0; r < p->n_regions; r++) {
    largest   = PetscMax(largest, p->size[r]);
    most_ties = PetscMax(most_ties, ties[r]);
  }
  PetscCallAbort(PETSC_COMM_SELF, PetscFree(ties));
  printf(", \"read\": %.6f, \"partition\": %.6f, \"cover\": %.6f, \"assign\": %.6f, \"extract\": %.6f, \"network_mb\": "
         "%.3f, \"ties\": %d, \"most_ties\": %d, \"largest\": %d, \"border\": %d, \"rows\": %d}\n",
         s->read, s->cut, s->cover, s->assign, s->extract, s->memory_read, (int)p->n_ties, (int)most_ties, (int)largest,
         (int)BorderUnknowns(p, net), (int)net->bus.n);
  (void)fflush(stdout);
}

/* Half of the time of there and back, least of several batches. */
static PetscErrorCode PingPong(const Bench *b)
{
  const int   size[] = {8, 1024, 65536, 1048576, 8388608};
  PetscMPIInt rank, ranks;
  char       *data;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  if (ranks < 2) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(size[4], &data));
  for (int k = 0; k < 5; k++) {
    const int times = size[k] > 100000 ? 20 : 500;
    double    best  = 1e9;
    for (int batch = 0; batch < 10; batch++) {
      const double begin = MPI_Wtime();
      for (int i = 0; i < times && rank < 2; i++) {
        if (rank == 0) PetscCallMPI(MPI_Send(data, size[k], MPI_CHAR, 1, 0, PETSC_COMM_WORLD));
        PetscCallMPI(MPI_Recv(data, size[k], MPI_CHAR, 1 - rank, 0, PETSC_COMM_WORLD, MPI_STATUS_IGNORE));
        if (rank == 1) PetscCallMPI(MPI_Send(data, size[k], MPI_CHAR, 0, 0, PETSC_COMM_WORLD));
      }
      best = PetscMin(best, (MPI_Wtime() - begin) / times / 2);
    }
    if (rank) continue;
    PrintCase(b, "pingpong", 2);
    printf(", \"bytes\": %d, \"seconds\": %.9f}\n", size[k], best);
  }
  PetscCall(PetscFree(data));
  PetscFunctionReturn(0);
}

static PetscErrorCode RemoveFolder(const char *folder)
{
  DIR           *d = opendir(folder);
  struct dirent *entry;
  char           path[512];

  PetscFunctionBeginUser;
  while (d && (entry = readdir(d)))
    if (entry->d_name[0] != '.' && snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
      (void)unlink(path);
  if (d) (void)closedir(d);
  (void)rmdir(folder);
  PetscFunctionReturn(0);
}

static PetscErrorCode Measure(Bench *b)
{
  Network     net;
  Partition   partition, one;
  PetscMPIInt rank, size;
  SetUp       setup = {0};
  char        error[1024];
  Faults      faults;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  (void)snprintf(b->folder, sizeof b->folder, "/tmp/bench-scaling-XXXXXX");
  if (rank == 0) {
    PetscCheck(mkdtemp(b->folder), PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "No folder in /tmp");
    PetscCheck(SynthWrite(&b->synth, b->folder, error, sizeof error), PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s",
               error);
  }
  PetscCallMPI(MPI_Bcast(b->folder, sizeof b->folder, MPI_CHAR, 0, PETSC_COMM_WORLD));
  PetscCall(MeasureSetUp(b, &net, &one, &setup));
  if (rank == 0) PrintSetUp(b, net, one, &setup);
  PetscCall(FaultsCreate(&faults));
  PetscCall(PartitionCreate(PETSC_COMM_WORLD, net, b->synth.regions > 1 ? "region" : "1", faults, &partition));
  if (strchr(b->methods, 'p')) PetscCall(PingPong(b));
  for (int k = 0; k < 2 * b->repetitions; k++) {
    const int iterations = k % 2 ? b->many : b->few;
    for (const char *m = b->methods; *m; m++) {
      const OpfMethod method = *m == 'a' ? METHOD_ADMM : METHOD_INTERIOR_POINT;
      if (*m != 'a' && *m != 'i') continue;
      if (rank == 0) PetscCall(Solve(b, PETSC_COMM_SELF, net, one, method, iterations));
      PetscCall(SleepUntilAllAreHere());
      if (size > 1) PetscCall(Solve(b, PETSC_COMM_WORLD, net, partition, method, iterations));
      PetscCall(SleepUntilAllAreHere());
    }
  }
  PetscCall(FaultsDestroy(&faults));
  PetscCall(PartitionDestroy(&one));
  PetscCall(PartitionDestroy(&partition));
  PetscCall(NetworkDestroy(&net));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  if (rank == 0) PetscCall(RemoveFolder(b->folder));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const char *const topology[] = {"grid", "ring", "random", "hub"};
  Bench                    b          = {0};

  if (argc < 10) {
    fprintf(stderr, "usage: bench_scaling REGIONS BUSES HOURS TOPOLOGY SEED REPETITIONS METHODS FEW MANY\n");
    return 2;
  }
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  SynthDefaultOptions(&b.synth);
  b.synth.regions = atoi(argv[1]);
  b.synth.buses   = atoi(argv[2]);
  b.synth.hours   = atoi(argv[3]);
  b.topology      = argv[4];
  for (int k = 0; k < 4; k++)
    if (!strcmp(argv[4], topology[k])) b.synth.topology = (SynthTopology)k;
  b.synth.seed  = atoi(argv[5]);
  b.repetitions = atoi(argv[6]);
  b.methods     = argv[7];
  b.few         = atoi(argv[8]);
  b.many        = atoi(argv[9]);
  PetscCheck(!SynthCheckOptions(&b.synth), PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%s",
             SynthCheckOptions(&b.synth));
  PetscCall(Measure(&b));
  return PetscFinalize();
}
