/* archipelago: plan, dispatch, check, settle and commit regions of microgrids. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inputs/log.h"
#include "jobs/command.h"
#include "jobs/failure.h"
#include "jobs/launch.h"
#include "jobs/memory.h"
#include "jobs/progress.h"
#include "jobs/provenance.h"
#include "jobs/stop.h"
#include "jobs/version.h"

/* One thread for every factorisation: the same bits on any machine load, and ranks do not fight for cores. */
static void UseOneThread(void)
{
  static const char *const names[] = {"openblas_set_num_threads", "omp_set_num_threads"};

  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    void (*set)(int) = NULL;
    void *symbol     = dlsym(RTLD_DEFAULT, names[k]);
    memcpy(&set, &symbol, sizeof set);
    if (set) set(1);
  }
}

static void PrintUsage(FILE *stream)
{
  fprintf(stream,
          "archipelago %s: plan, dispatch, check, settle and commit regions of microgrids\n\n"
          "Usage: [mpirun -n RANKS] archipelago COMMAND [arguments] [--json]\n\nCommands:\n",
          ProgramVersion());
  for (const Command *c = CommandTable; c->name; c++) fprintf(stream, "  %-12s %s\n", c->name, c->summary);
  fprintf(stream, "\narchipelago COMMAND --help explains a command; archipelago --version prints the version.\n"
                  "Words after --petsc go to PETSc's option database, as do those of PETSC_OPTIONS.\n\n"
                  "Example:\n  mpirun -n 2 archipelago run inputs/cases/islands/study.yaml -o runs/islands\n\n"
                  "Exit status: 0 done, 1 internal error, 2 bad usage or input, 3 not converged or infeasible,\n"
                  "4 insecure, 5 verification failed, 75 stopped on request (start again to go on).\n");
}

static PetscErrorCode RunCommand(Job job, int argc, char **argv)
{
  PetscFunctionBeginUser;
  if (argc < 2) {
    if (job->rank == 0 && !job->json) PrintUsage(stderr);
    JobFail(job, JOB_INPUT, "no command given");
    PetscFunctionReturn(0);
  }
  if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
    if (job->rank == 0) PrintUsage(stdout);
    PetscFunctionReturn(0);
  }
  if (!strcmp(argv[1], "--version")) {
    if (job->rank == 0) printf("archipelago %s\n", ProgramVersion());
    PetscFunctionReturn(0);
  }
  for (const Command *c = CommandTable; c->name; c++) {
    if (strcmp(argv[1], c->name) != 0) continue;
    PetscCall(c->run(job, argc - 1, argv + 1));
    PetscFunctionReturn(0);
  }
  JobFail(job, JOB_INPUT, "unknown command %s (archipelago --help lists them)", argv[1]);
  PetscFunctionReturn(0);
}

/* The command line as it was given; parsing changes the order of argv. */
typedef struct {
  int    argc;
  char **argv;
} CommandLine;

/* Told before hours of work rather than after them. */
static PetscErrorCode CheckLogFile(Job job, const char *file, PetscBool *writable)
{
  PetscFunctionBeginUser;
  if (job->rank == 0 && file && file[0]) {
    FILE *stream = fopen(file, "a");
    if (!stream || fclose(stream))
      JobFail(job, JOB_INPUT, "--log-view=%.800s: cannot be written: %s", file, strerror(errno));
  }
  PetscCall(JobAgree(job));
  *writable = job->status == JOB_DONE ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode Work(int argc, char **argv, const CommandLine *whole, const Launch *launch, JobStatus *status)
{
  Job       job;
  char      text[256];
  PetscBool view = launch->log;

  PetscFunctionBeginUser;
  PetscCall(FailureListen(PETSC_COMM_WORLD));
  if (!MemoryPrepare(text, sizeof text)) {
    FailureTell("out-of-memory", text);
    FailureAbort(PETSC_COMM_WORLD, JOB_INTERNAL);
  }
  PetscCall(LogBegin(launch->log));
  PetscCall(LogStagePush(LOG_JOBS));
  ProgressVerbosity(launch->quiet, launch->verbose);
  PetscCall(JobCreate(PETSC_COMM_WORLD, launch->json, &job));
  job->argc = whole->argc;
  job->argv = whole->argv;
  ProvenanceSetCommand(job->provenance, whole->argc, whole->argv);
  if (view) PetscCall(CheckLogFile(job, launch->log_file, &view));
  if (LaunchIsSingleton(launch, job->size, text, sizeof text))
    JobFail(job, JOB_INPUT, "%s: %s", argv[1], text);
  else if (job->status == JOB_DONE)
    PetscCall(RunCommand(job, argc, argv));
  PetscCall(JobFinish(&job, status));
  PetscCall(LogStagePop());
  if (view) PetscCall(LogView(PETSC_COMM_WORLD, launch->log_file));
  PetscFunctionReturn(0);
}

/* Splits off what belongs to PETSc: its fixed options and everything after --petsc. */
static int SplitArguments(int *argc, char **argv, char **petsc)
{
  static char *const fixed[] = {"archipelago", "-no_signal_handler", "-skip_petscrc", "-options_left", "0"};
  int                n = 0, own = 0;

  for (size_t k = 0; k < sizeof fixed / sizeof fixed[0]; k++) petsc[n++] = fixed[k];
  while (own < *argc && strcmp(argv[own], "--petsc") != 0) own++;
  for (int k = own + 1; k < *argc; k++) petsc[n++] = argv[k];
  petsc[n] = NULL;
  if (own < *argc) {
    argv[own] = NULL;
    *argc     = own;
  }
  return n;
}

/* What is closed would be given to the next file or socket, and what is printed would go there. These fail when written to. */
static void HoldStandardFiles(void)
{
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0) return;
}

int main(int argc, char **argv)
{
  char         **petsc = calloc((size_t)argc + 8, sizeof *petsc), **petsc_argv = petsc;
  CommandLine    whole = {argc, calloc((size_t)argc + 1, sizeof *argv)};
  Launch         launch;
  int            petsc_argc;
  JobStatus      status = JOB_INTERNAL;
  PetscErrorCode ierr;

  HoldStandardFiles();
  if (!petsc || !whole.argv) return JOB_INTERNAL;
  memcpy(whole.argv, argv, (size_t)argc * sizeof *argv);
  petsc_argc = SplitArguments(&argc, argv, petsc);
  LaunchRead(argc, argv, &launch);
  FailureBegin(launch.works);
  if (launch.stops) StopListen(); /* as early as can be: a warning before the first window loses nothing, either */
  UseOneThread();
  setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0); /* directories are locked as a whole, also where files cannot be */
  signal(SIGXFSZ, SIG_IGN);                    /* a file-size limit is then a failed write, which is told in one line */
  if (PetscInitialize(&petsc_argc, &petsc_argv, NULL, NULL)) {
    FailureTell("internal-error", "MPI and PETSc cannot be started");
    _exit(JOB_INTERNAL);
  }
  UseOneThread();
  ierr = PetscPushErrorHandler(FailureHandler, NULL);
  if (!ierr) ierr = Work(argc, argv, &whole, &launch, &status);
  if (ierr) FailureAbort(PETSC_COMM_WORLD, JOB_INTERNAL);
  if (PetscFinalize()) status = JOB_INTERNAL;
  FailureEnd();
  free(petsc);
  free(whole.argv);
  return (int)status;
}
