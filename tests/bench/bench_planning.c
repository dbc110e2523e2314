/* Speed and size of planning: a generated system of regions x hours x technologies (or a folder) is read, built, solved,
   stored and written as a plan is, and other interior points solve the same linear program in the same run.

     mpirun -n 2 bench_planning [--regions 3] [--hours 168] [--technologies 10] [--seed 1] [--folder PYPSA]
                                [--peer none|clp|highs|all] [--limit 1200] [--blocks 0] [--verbose]

   clp (Debian coinor-clp) is found on the path, HiGHS by ARCHIPELAGO_PEER_PYTHON, a Python with highspy. Both solve
   without crossover on one core. Seconds are processor time of the busiest rank, and by the clock; memory is the sum
   over the ranks of the largest that each has held. The peers' seconds leave out the reading of the file; a ratio is
   their processor time over ours. */
#include "jobs/plan_results.h"
#include "tests/bench/bench_planning_case.h"
#include "tests/bench/bench_planning_peer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef enum { READING, BUILDING, SOLVING, STORING, WRITING, STAGES } Stage;

typedef struct {
  PlanningCase size;
  const char  *folder, *peer;
  double       limit;
  PetscInt     blocks;
  PetscBool    verbose;
} Settings;

typedef struct {
  Settings     settings;
  char         scratch[PETSC_MAX_PATH_LEN], folder[PETSC_MAX_PATH_LEN];
  PetscMPIInt  rank, ranks;
  Components   components;
  Expansion    expansion;
  PetscReal   *x, *y, *z;
  LinearResult result;
  PetscInt     n, m, nnz;
  double       processor[STAGES], wall[STAGES], begin_processor, begin_wall;
  double       memory; /* MB */
} Bench;

static double Seconds(clockid_t clock)
{
  struct timespec t;

  (void)clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static PetscErrorCode Begin(Bench *b)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  b->begin_processor = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  b->begin_wall      = Seconds(CLOCK_MONOTONIC);
  PetscFunctionReturn(0);
}

static PetscErrorCode End(Bench *b, Stage stage)
{
  double seconds[2] = {Seconds(CLOCK_PROCESS_CPUTIME_ID) - b->begin_processor,
                       Seconds(CLOCK_MONOTONIC) - b->begin_wall};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 2, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  b->processor[stage] = seconds[0];
  b->wall[stage]      = seconds[1];
  PetscFunctionReturn(0);
}

static PetscErrorCode Generate(Bench *b)
{
  const char *top  = getenv("TMPDIR");
  PetscBool   made = PETSC_TRUE;
  FileError   error;

  PetscFunctionBeginUser;
  (void)snprintf(b->scratch, sizeof b->scratch, "%s/bench_planning.XXXXXX", top ? top : "/tmp");
  if (b->rank == 0) made = (PetscBool)(mkdtemp(b->scratch) != NULL);
  PetscCallMPI(MPI_Bcast(b->scratch, sizeof b->scratch, MPI_CHAR, 0, PETSC_COMM_WORLD));
  if (b->settings.folder)
    (void)snprintf(b->folder, sizeof b->folder, "%s", b->settings.folder);
  else
    FileJoin(b->folder, sizeof b->folder, b->scratch, "case");
  if (b->rank == 0 && made && !b->settings.folder)
    made = (PetscBool)(DirectoryMake(b->folder, &error) && PlanningCaseWrite(&b->settings.size, b->folder));
  PetscCheck(made, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s cannot be written", b->scratch);
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

static PetscErrorCode Build(Bench *b)
{
  const ExpansionOptions options = {PETSC_FALSE, PETSC_FALSE};
  LinearProgram          program;
  Faults                 faults;

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&faults));
  PetscCall(Begin(b));
  PetscCall(ComponentsRead(PETSC_COMM_WORLD, b->folder, faults, &b->components));
  PetscCall(End(b, READING));
  PetscCall(Begin(b));
  if (b->components) PetscCall(ExpansionCreate(b->components, &options, faults, &b->expansion));
  PetscCall(End(b, BUILDING));
  if (!b->expansion) {
    if (b->rank == 0) PetscCall(FaultsView(faults, stderr));
    exit(2);
  }
  PetscCall(FaultsDestroy(&faults));
  program = ExpansionProgram(b->expansion);
  b->n    = program->n;
  b->m    = program->m;
  b->nnz  = program->start[program->m];
  PetscFunctionReturn(0);
}

static PetscErrorCode Solve(Bench *b)
{
  LinearOptions options;

  PetscFunctionBeginUser;
  LinearDefaultOptions(&options);
  options.blocks    = b->settings.blocks;
  options.verbosity = b->settings.verbose ? 1 : 0;
  PetscCall(PetscCalloc3(b->n + 1, &b->x, b->m + 1, &b->y, b->n + 1, &b->z));
  PetscCall(Begin(b));
  PetscCall(LinearSolve(PETSC_COMM_WORLD, ExpansionProgram(b->expansion), &options, b->x, b->y, b->z, &b->result));
  PetscCall(End(b, SOLVING));
  PetscFunctionReturn(0);
}

/* The tables, series and result store of a plan. Rank 0. */
static PetscErrorCode WriteFiles(Bench *b)
{
  struct _p_Plan    plan = {.components = b->components, .objective = b->result.objective};
  char              path[PETSC_MAX_PATH_LEN];
  StatisticsOptions options;
  Faults            faults;
  FileError         error = {""};
  PetscBool         written;
  Dataset           ds;

  PetscFunctionBeginUser;
  PetscCall(PlanningCreate(&plan.planning));
  FileJoin(path, sizeof path, b->scratch, "plan");
  PetscCall(ComponentsWrite(b->components, path, &written, error.text, sizeof error.text));
  PetscCheck(written, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", error.text);
  PetscCall(PlanResultsCreate(&plan, &ds));
  FileJoin(path, sizeof path, b->scratch, "plan/results.nc");
  PetscCall(DatasetWriteNetcdf(ds, path, &written, &error));
  PetscCheck(written, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", error.text);
  PetscCall(DatasetDestroy(&ds));
  PetscCall(FaultsCreate(&faults));
  StatisticsDefaultOptions(&options);
  PetscCall(StatisticsCreate(PETSC_COMM_SELF, b->components, &options, faults, &plan.statistics));
  FileJoin(path, sizeof path, b->scratch, "plan/statistics.csv");
  if (plan.statistics) PetscCall(StatisticsWriteCsv(plan.statistics, path, &written, &error));
  PetscCall(StatisticsDestroy(&plan.statistics));
  PetscCall(FaultsDestroy(&faults));
  PetscCall(PlanningDestroy(&plan.planning));
  PetscFunctionReturn(0);
}

static PetscErrorCode Write(Bench *b)
{
  struct rusage usage;

  PetscFunctionBeginUser;
  PetscCall(Begin(b));
  PetscCall(ExpansionStore(b->expansion, b->x, b->y, b->z, b->components));
  PetscCall(End(b, STORING));
  PetscCall(Begin(b));
  if (b->rank == 0) PetscCall(WriteFiles(b));
  PetscCall(End(b, WRITING));
  (void)getrusage(RUSAGE_SELF, &usage);
  b->memory = (double)usage.ru_maxrss / 1024;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &b->memory, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

static void Print(const Bench *b)
{
  static const char *const  name[STAGES] = {"reading", "building", "solving", "storing", "writing"};
  const LinearResult *const r            = &b->result;
  double                    total        = 0;

  if (b->rank != 0) return;
  if (b->settings.folder)
    printf("%s", b->settings.folder);
  else
    printf("%d regions x %d h x %d technologies, seed %d", (int)b->settings.size.regions, (int)b->settings.size.hours,
           (int)b->settings.size.technologies, (int)b->settings.size.seed);
  printf(", %d rank%s\n", (int)b->ranks, b->ranks > 1 ? "s" : "");
  printf("program: %d variables, %d rows, %d entries; after presolve %d, %d\n", (int)b->n, (int)b->m, (int)b->nnz,
         (int)r->presolved_n, (int)r->presolved_m);
  for (int k = 0; k < STAGES; k++) total += b->wall[k];
  printf("%-10s %10s %10s %8s\n", "stage", "processor", "clock", "share");
  for (int k = 0; k < STAGES; k++)
    printf("%-10s %10.2f %10.2f %6.1f %%\n", name[k], b->processor[k], b->wall[k], 100 * b->wall[k] / total);
  printf("memory %.0f MB; blocks %d, border %d; linear algebra %.0f %% of the solve\n", b->memory, (int)r->blocks,
         (int)r->border, 100 * r->seconds_linear / r->seconds);
  printf("%-12s %-10s %5s %10s %10s %10s %16s %7s\n", "solver", "status", "it", "processor", "clock", "MB", "objective",
         "ratio");
  printf("%-12s %-10s %5d %10.2f %10.2f %10.0f %16.9e\n", "archipelago", SolveStatusName(r->status), (int)r->iterations,
         b->processor[SOLVING], b->wall[SOLVING], b->memory, r->objective);
  (void)fflush(stdout);
}

static void PrintPeer(const Bench *b, const char *name, const PlanningPeer *peer)
{
  if (!peer->available)
    printf("%-12s not here\n", name);
  else
    printf("%-12s %-10s %5d %10.2f %10.2f %10.0f %16.9e %s%.2f\n", name, peer->solved ? "optimal" : "stopped",
           peer->iterations, peer->seconds, peer->wall, peer->memory, peer->objective, peer->solved ? "" : "> ",
           peer->seconds / b->processor[SOLVING]);
  (void)fflush(stdout);
}

/* Rank 0. What is not needed any more is freed first. */
static PetscErrorCode Compare(Bench *b)
{
  const char *const which = b->settings.peer;
  char              mps[PETSC_MAX_PATH_LEN], error[1024];
  PetscBool         written;
  PlanningPeer      peer;

  PetscFunctionBeginUser;
  if (strcmp(which, "none") == 0) PetscFunctionReturn(0);
  FileJoin(mps, sizeof mps, b->scratch, "program.mps");
  PetscCall(LinearProgramWriteMps(ExpansionProgram(b->expansion), mps, ExpansionName, b->expansion, &written, error,
                                  sizeof error));
  PetscCheck(written, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", error);
  PetscCall(ExpansionDestroy(&b->expansion));
  PetscCall(ComponentsDestroy(&b->components));
  if (strcmp(which, "highs") != 0) {
    peer = PlanningPeerClp(mps, b->settings.limit);
    PrintPeer(b, "clp", &peer);
  }
  if (strcmp(which, "clp") != 0) {
    peer = PlanningPeerHighs(mps, b->settings.limit);
    PrintPeer(b, "highs", &peer);
  }
  PetscFunctionReturn(0);
}

/* Other ranks leave the processor to the peers. */
static PetscErrorCode SleepUntilAllAreHere(void)
{
  MPI_Request request;
  int         done = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Ibarrier(PETSC_COMM_WORLD, &request));
  while (!done) {
    PetscCallMPI(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (!done) (void)usleep(5000);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Run(const Settings *settings)
{
  Bench     b = {.settings = *settings};
  FileError error;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &b.rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &b.ranks));
  PetscCall(Generate(&b));
  PetscCall(Build(&b));
  PetscCall(Solve(&b));
  PetscCall(Write(&b));
  Print(&b);
  if (b.rank == 0) PetscCall(Compare(&b));
  PetscCall(SleepUntilAllAreHere());
  if (b.rank == 0 && !DirectoryRemove(b.scratch, &error)) fprintf(stderr, "%s\n", error.text);
  PetscCall(PetscFree3(b.x, b.y, b.z));
  PetscCall(PetscFree(b.result.history));
  PetscCall(ExpansionDestroy(&b.expansion));
  PetscCall(ComponentsDestroy(&b.components));
  PetscFunctionReturn(0);
}

static int Usage(void)
{
  fprintf(stderr, "bench_planning [--regions N] [--hours N] [--technologies 1..20] [--seed N] [--folder PYPSA] "
                  "[--peer none|clp|highs|all] [--limit SECONDS] [--blocks N] [--verbose]\n");
  return 2;
}

static PetscBool Parse(int argc, char **argv, Settings *s)
{
  for (int k = 1; k < argc; k++) {
    const char *const value = k + 1 < argc ? argv[k + 1] : "";

    if (strcmp(argv[k], "--verbose") == 0) {
      s->verbose = PETSC_TRUE;
      continue;
    }
    if (*value == 0) return PETSC_FALSE;
    if (strcmp(argv[k], "--regions") == 0)
      s->size.regions = atoi(value);
    else if (strcmp(argv[k], "--hours") == 0)
      s->size.hours = atoi(value);
    else if (strcmp(argv[k], "--technologies") == 0)
      s->size.technologies = atoi(value);
    else if (strcmp(argv[k], "--seed") == 0)
      s->size.seed = atoi(value);
    else if (strcmp(argv[k], "--folder") == 0)
      s->folder = value;
    else if (strcmp(argv[k], "--peer") == 0)
      s->peer = value;
    else if (strcmp(argv[k], "--limit") == 0)
      s->limit = atof(value);
    else if (strcmp(argv[k], "--blocks") == 0)
      s->blocks = atoi(value);
    else
      return PETSC_FALSE;
    k++;
  }
  return (PetscBool)(s->size.regions > 0 && s->size.hours > 0 && s->size.technologies > 0 &&
                     s->size.technologies <= 20);
}

int main(int argc, char **argv)
{
  Settings settings = {.size = {3, 168, 10, 1}, .peer = "all", .limit = 1200};

  if (!Parse(argc, argv, &settings)) return Usage();
  if (PetscInitializeNoArguments()) return 1;
  PetscCall(Run(&settings));
  return PetscFinalize();
}
