/* Starting a task as a program of its own. */
#define _GNU_SOURCE
#include "jobs/task_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "jobs/install_path.h"
#include "jobs/slurm_queue.h"

struct _p_TaskLaunch {
  PetscInt ranks;
  char     program[PETSC_MAX_PATH_LEN], launcher[PETSC_MAX_PATH_LEN];
  char   **environment;
};

/* What MPI and a launcher put there for this process would lead its tasks astray. */
static PetscBool IsLaunchers(const char *entry)
{
  static const char *const prefix[] = {
      "PMIX_",         "PMI_",      "OMPI_COMM_", "OMPI_UNIVERSE_SIZE=", "OMPI_MCA_orte_",    "OMPI_MCA_ess",
      "OMPI_MCA_pmix", "ORTE_",     "PRTE_",      "OMPI_FILE_LOCATION=", "OMPI_FIRST_RANKS=", "OMPI_NUM_APP_CTX=",
      "OMPI_COMMAND=", "OMPI_ARGV="};

  for (size_t k = 0; k < sizeof prefix / sizeof prefix[0]; k++)
    if (!strncmp(entry, prefix[k], strlen(prefix[k]))) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* A task that is started without a launcher is alone, whatever Slurm gave to this process. */
static PetscBool IsSlurmSize(const char *entry)
{
  return !strncmp(entry, "SLURM_NTASKS", 12) || !strncmp(entry, "SLURM_NPROCS=", 13) ||
                 !strncmp(entry, "SLURM_STEP_NUM_TASKS=", 21) || !strncmp(entry, "SLURM_ARRAY_TASK_ID=", 20)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* The environment as this program was started in it, before MPI changed it. */
static PetscErrorCode TakeEnvironment(TaskLaunch l)
{
  static char binding[] = "OMPI_MCA_hwloc_base_binding_policy=none"; /* or all tasks are bound to the first cores */
  char       *text      = NULL;
  size_t      size = 0, n = 2;
  PetscBool   bound  = PETSC_FALSE;
  FILE       *stream = fopen("/proc/self/environ", "r");

  PetscFunctionBeginUser;
  if (stream && getdelim(&text, &size, EOF, stream) < 0) size = 0;
  if (stream) {
    const long at = ftell(stream);
    fclose(stream);
    size = text && at > 0 ? (size_t)at : 0;
  }
  for (size_t k = 0; k < size; k++) n += text[k] == '\0';
  PetscCall(PetscCalloc1(n + 1, &l->environment));
  n = 0;
  for (size_t k = 0; k < size; k += strlen(text + k) + 1) {
    if (IsLaunchers(text + k) || (l->ranks == 1 && IsSlurmSize(text + k))) continue;
    if (!strncmp(text + k, "OMPI_MCA_hwloc_base_binding_policy=", 35)) bound = PETSC_TRUE;
    PetscCall(PetscStrallocpy(text + k, &l->environment[n++]));
  }
  if (!bound) PetscCall(PetscStrallocpy(binding, &l->environment[n++]));
  free(text);
  PetscFunctionReturn(0);
}

/* In the child: its own group, so that a terminal's Ctrl-C comes from this program alone; asked to stop where this program dies.
   Until it listens, being asked to stop does nothing: it is asked again. */
static void Become(TaskLaunch l, Sweep sweep, const SweepTask *task, const char *log, pid_t parent)
{
  char  number[32], ranks[32];
  char *argv[16];
  int   n = 0, file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666), null = open("/dev/null", O_RDONLY);

  setpgid(0, 0);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGUSR1);
  if (getppid() != parent) _exit(JOB_REQUEUE);
  if (file < 0 || null < 0 || dup2(null, 0) < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0) _exit(JOB_INTERNAL);
  snprintf(number, sizeof number, "%d", (int)task->number);
  snprintf(ranks, sizeof ranks, "%d", (int)l->ranks);
  if (l->ranks > 1) {
    argv[n++] = l->launcher;
    argv[n++] = (char *)"-n";
    argv[n++] = ranks;
  }
  argv[n++] = l->program;
  argv[n++] = (char *)"sweep";
  argv[n++] = (char *)"--task";
  argv[n++] = number;
  argv[n++] = (char *)"-o";
  argv[n++] = sweep->directory;
  argv[n]   = NULL;
  execve(argv[0], argv, l->environment);
  fprintf(stderr, "archipelago: %s cannot be started: %s\n", argv[0], strerror(errno));
  _exit(JOB_INTERNAL);
}

PetscErrorCode TaskLaunchCreate(PetscInt ranks, TaskLaunch *launch, FileError *error)
{
  TaskLaunch l;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(launch));
  l        = *launch;
  l->ranks = ranks;
  PetscCall(TakeEnvironment(l));
  if (ranks > 1 && !ProgramOnPath("mpirun", l->launcher) && !ProgramOnPath("mpiexec", l->launcher)) {
    snprintf(error->text, sizeof error->text,
             "sweep: found no mpirun on PATH, expected one to start tasks on %d ranks (or --ranks 1)", (int)ranks);
    PetscCall(TaskLaunchDestroy(launch));
  } else if (!InstallProgram(l->program, sizeof l->program)) {
    snprintf(error->text, sizeof error->text, "sweep: the system does not tell where this program lies");
    PetscCall(TaskLaunchDestroy(launch));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TaskLaunchDestroy(TaskLaunch *launch)
{
  PetscFunctionBeginUser;
  if (!*launch) PetscFunctionReturn(0);
  for (char **entry = (*launch)->environment; entry && *entry; entry++) PetscCall(PetscFree(*entry));
  PetscCall(PetscFree((*launch)->environment));
  PetscCall(PetscFree(*launch));
  PetscFunctionReturn(0);
}

pid_t TaskLaunchStart(TaskLaunch launch, Sweep sweep, const SweepTask *task)
{
  const pid_t parent = getpid();
  char        log[PETSC_MAX_PATH_LEN];
  pid_t       child;

  SweepPath(sweep, task, "logs", "log", log);
  fflush(stdout);
  fflush(stderr);
  child = fork();
  if (child == 0) Become(launch, sweep, task, log, parent);
  if (child > 0) setpgid(child, child);
  return child;
}
