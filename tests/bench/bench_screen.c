/* Screening of IEEE 39 (187 contingencies, 10 s each, tolerance 1e-4): parallel efficiency on the ranks it is started on.

     mpirun -n 2 bench_screen [-repeat 3] [-until 10] [-counter 0|1|2] [-network RAW -devices DYR]

   Per repetition the whole set on rank 0 alone, the others asleep, then on all ranks. Efficiency is one rank's time over
   the ranks' number times theirs: by the wall clock, which a busy machine spoils, and by processor time up to each
   rank's last contingency, which it spoils less. Counters: 0 automatic, 1 shared memory, 2 messages. */
#include "dynamics/screen.h"
#include "inputs/reader.h"
#include "solver/powerflow.h"

#include <time.h>
#include <unistd.h>

typedef struct {
  Network   net;
  Stability stability;
} Simulator;

typedef struct {
  double wall, processor; /* the slowest rank's */
} Seconds;

static double ProcessorSeconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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
    if (!done) usleep(2000);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Load(const char *network, const char *devices, PetscReal until, Simulator *s)
{
  StabilityOptions options;
  PowerFlowOptions flow_options;
  PowerFlow        flow;
  OperatingPoint   point;
  DeviceTable      table = NULL;
  Faults           faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(NetworkRead(PETSC_COMM_SELF, network, "auto", faults, &s->net));
  if (s->net) PetscCall(DeviceTableRead(PETSC_COMM_SELF, devices, s->net, PETSC_FALSE, faults, &table));
  PetscCall(FaultsDestroy(&faults));
  PetscCheck(table, PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED, "%s cannot be read", network);
  PowerFlowDefaultOptions(&flow_options);
  PetscCall(PowerFlowSolve(s->net, &flow_options, &flow));
  PetscCall(OperatingPointFromPowerFlow(s->net, &flow, -1, &point));
  PetscCall(PowerFlowDestroy(&flow));
  StabilityDefaultOptions(&options);
  options.until_s            = until;
  options.relative_tolerance = options.absolute_tolerance = 1e-4;
  if (s->net->frequency_hz > 0.0) options.frequency_hz = s->net->frequency_hz;
  PetscCall(StabilityCreate(s->net, point, table, &options, &s->stability));
  PetscCall(OperatingPointDestroy(&point));
  PetscCall(DeviceTableDestroy(&table));
  PetscFunctionReturn(0);
}

static PetscErrorCode NoteTime(void *context, const ScreenResult *result, PetscInt taken, PetscInt total,
                               PetscBool *stop)
{
  PetscFunctionBeginUser;
  (void)result, (void)taken, (void)total, (void)stop;
  *(double *)context = ProcessorSeconds();
  PetscFunctionReturn(0);
}

/* All contingencies on the ranks of comm; the results go into `result`. */
static PetscErrorCode Run(MPI_Comm comm, const Simulator *s, Contingencies list, PetscInt counter, ScreenResult *result,
                          ScreenSummary *summary, Seconds *cost)
{
  const double  begin = ProcessorSeconds();
  double        last  = begin, mine[2];
  ScreenOptions options;

  PetscFunctionBeginUser;
  ScreenDefaultOptions(&options);
  options.counter  = (TaskCounterKind)counter;
  options.observer = NoteTime;
  options.context  = &last;
  PetscCall(PetscArrayzero(result, list->n));
  PetscCall(ScreenRun(comm, s->stability, list, &options, result, summary));
  mine[0] = summary->wall_seconds;
  mine[1] = last - begin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, mine, 2, MPI_DOUBLE, MPI_MAX, comm));
  *cost = (Seconds){mine[0], mine[1]};
  PetscFunctionReturn(0);
}

static PetscErrorCode Measure(const Simulator *s, Contingencies list, PetscInt counter, ScreenResult *result)
{
  ScreenSummary summary;
  Seconds       one = {0}, all;
  PetscMPIInt   rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  if (rank == 0) PetscCall(Run(PETSC_COMM_SELF, s, list, counter, result, &summary, &one));
  PetscCall(SleepUntilAllAreHere());
  PetscCall(Run(PETSC_COMM_WORLD, s, list, counter, result, &summary, &all));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%6d %8d %9.3f %9.3f %9.1f %9.3f %9.3f %9.1f %8d\n", (int)size, (int)list->n,
                        one.wall, all.wall, 100.0 * one.wall / (size * all.wall), one.processor, all.processor,
                        100.0 * one.processor / (size * all.processor), (int)summary.n_simulated));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  char           network[PETSC_MAX_PATH_LEN], devices[PETSC_MAX_PATH_LEN];
  const char    *root   = getenv("ARCHIPELAGO_SHARED_DATA");
  PetscInt       repeat = 3, counter = TASK_COUNTER_AUTO;
  PetscReal      until = 10.0;
  Simulator      s     = {NULL, NULL};
  ContingencySet set;
  Contingencies  list;
  ScreenResult  *result;

  if (!root) root = ARCHIPELAGO_SOURCE_DIR "/../shared/data";
  snprintf(network, sizeof network, "%s/dynamics/griddyn/IEEE39.raw", root);
  snprintf(devices, sizeof devices, "%s/dynamics/griddyn/IEEE39.dyr", root);
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-repeat", &repeat, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-counter", &counter, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-until", &until, NULL));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-network", network, sizeof network, NULL));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-devices", devices, sizeof devices, NULL));
  PetscCall(Load(network, devices, until, &s));
  ContingencyDefaultSet(&set);
  PetscCall(ContingenciesCreate(&list));
  PetscCall(ContingenciesAddSet(list, StabilityEquations(s.stability), &set));
  PetscCall(PetscMalloc1(list->n, &result));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%6s %8s %9s %9s %9s %9s %9s %9s %8s\n", "ranks", "cases", "1: wall s",
                        "n: wall s", "effic. %", "1: CPU s", "n: CPU s", "effic. %", "rank 0"));
  for (PetscInt k = 0; k < repeat; ++k) PetscCall(Measure(&s, list, counter, result));
  PetscCall(PetscFree(result));
  PetscCall(ContingenciesDestroy(&list));
  PetscCall(StabilityDestroy(&s.stability));
  PetscCall(NetworkDestroy(&s.net));
  PetscCall(PetscFinalize());
  return 0;
}
