/* Memory of a job. */
#define _GNU_SOURCE
#include "jobs/memory.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "solver/opf_memory.h"

/* OpenBLAS maps 128 MiB (untouched, so hardly any of it is used) and tries again for ever when it cannot. */
static const size_t BUFFER = (size_t)160 << 20;

enum { LIMIT_MACHINE, LIMIT_GROUP, LIMIT_SLURM, LIMIT_PROCESS, LIMITS };
static const char *const LimitName[LIMITS] = {"the machine has", "the control group leaves", "Slurm gives",
                                              "the process's limit leaves"};

PetscBool MemoryPrepare(char *text, size_t size)
{
  void (*factor)(const char *, const int *, double *, const int *, int *) = NULL;
  void     *symbol                                                        = dlsym(RTLD_DEFAULT, "dpotrf_"), *test;
  const int n                                                             = 1;
  int       info                                                          = 0;
  double    one                                                           = 1;

  if (!symbol) return PETSC_TRUE;
  test = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (test == MAP_FAILED) {
    snprintf(text, size, "out of memory: the linear algebra's %zu MiB of buffers cannot be had", BUFFER >> 20);
    return PETSC_FALSE;
  }
  munmap(test, BUFFER);
  memcpy(&factor, &symbol, sizeof factor);
  factor("L", &n, &one, &n, &info);
  return PETSC_TRUE;
}

/* What this process holds. */
static PetscReal Held(void)
{
  long  pages = 0, all = 0;
  FILE *file = fopen("/proc/self/statm", "re");

  if (file && fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
  if (file) fclose(file);
  return (PetscReal)pages * (PetscReal)sysconf(_SC_PAGESIZE);
}

/* A number in a file that may say "max" or not be there. */
static PetscReal ReadNumber(const char *path)
{
  FILE  *file = fopen(path, "re");
  double value;

  if (!file) return PETSC_INFINITY;
  if (fscanf(file, "%lf", &value) != 1) value = PETSC_INFINITY;
  fclose(file);
  return value;
}

/* Of all ranks on this machine. */
static PetscReal OfMachine(void)
{
  char   line[256];
  double kib  = -1;
  FILE  *file = fopen("/proc/meminfo", "re");

  while (file && kib < 0 && fgets(line, sizeof line, file))
    if (sscanf(line, "MemAvailable: %lf", &kib) != 1) kib = -1;
  if (file) fclose(file);
  return kib < 0 ? PETSC_INFINITY : 1024 * kib;
}

/* Of this process's control group and those above it: the limit less what is taken. */
static PetscReal OfGroup(void)
{
  char      line[1024], group[1024] = "", path[1200];
  PetscReal least = PETSC_INFINITY;
  FILE     *file  = fopen("/proc/self/cgroup", "re");

  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, "0::", 3)) snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
  if (file) fclose(file);
  for (char *end = group + strlen(group); group[0]; end = strrchr(group, '/')) {
    PetscReal most, taken;
    if (!end) break;
    *end = '\0';
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
    most = ReadNumber(path);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.current", group);
    taken = ReadNumber(path);
    if (most < PETSC_INFINITY) least = PetscMin(least, PetscMax(0, most - (taken < PETSC_INFINITY ? taken : 0)));
  }
  return least;
}

/* Slurm says MiB, by machine or by processor of each task. */
static PetscReal OfSlurm(int ranks)
{
  const char *node = getenv("SLURM_MEM_PER_NODE"), *cpu = getenv("SLURM_MEM_PER_CPU"),
             *cpus = getenv("SLURM_CPUS_PER_TASK");

  if (node && atof(node) > 0) return atof(node) * 1048576.0 / ranks;
  if (cpu && atof(cpu) > 0) return atof(cpu) * 1048576.0 * (cpus && atoi(cpus) > 0 ? atoi(cpus) : 1);
  return PETSC_INFINITY;
}

static PetscReal OfProcess(void)
{
  struct rlimit limit;
  long          pages = 0;
  FILE         *file;

  if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return PETSC_INFINITY;
  file = fopen("/proc/self/statm", "re");
  if (file && fscanf(file, "%ld", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return PetscMax(0, (PetscReal)limit.rlim_cur - (PetscReal)pages * (PetscReal)sysconf(_SC_PAGESIZE));
}

/* Collective over the job. What this process may hold in all: what it holds already with its share of what the machine has left, or
   less where the control group, Slurm or the process's limits leave less; `what` says which. The same on every rank: the least. */
static PetscErrorCode Available(Job job, PetscReal *bytes, const char **what)
{
  PetscReal   mine[LIMITS], least[LIMITS];
  MPI_Comm    machine;
  PetscMPIInt ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_split_type(job->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine));
  PetscCallMPI(MPI_Comm_size(machine, &ranks));
  PetscCallMPI(MPI_Comm_free(&machine));
  mine[LIMIT_MACHINE] = Held() + OfMachine() / ranks;
  mine[LIMIT_GROUP]   = Held() + OfGroup() / ranks;
  mine[LIMIT_SLURM]   = OfSlurm(ranks);
  mine[LIMIT_PROCESS] = Held() + OfProcess();
  PetscCallMPI(MPI_Allreduce(mine, least, LIMITS, MPIU_REAL, MPIU_MIN, job->comm));
  *bytes = PETSC_INFINITY;
  *what  = "";
  for (int k = 0; k < LIMITS; k++)
    if (least[k] < *bytes) {
      *bytes = least[k];
      *what  = LimitName[k];
    }
  PetscFunctionReturn(0);
}

PetscErrorCode MemoryOfStudy(Study study, Network net, Partition partition, PetscInt ranks, PetscReal *bytes)
{
  OpfOptions options;

  PetscFunctionBeginUser;
  OpfDefaultOptions(&options);
  if (study) {
    options.physics = PhysicsNamed(study->model, study->dc);
    options.method  = OpfMethodFromName(study->method);
    options.hours   = study->window_hours;
    for (int k = 0; k < SOFT_LIMITS; k++) options.soft_price[k] = study->soft_price[k];
  }
  PetscCall(OpfEstimateMemory(net, partition, &options, ranks, bytes));
  PetscFunctionReturn(0);
}

void MemoryText(PetscReal bytes, char text[32])
{
  if (bytes >= 1e9)
    snprintf(text, 32, "%.1f GB", bytes / 1e9);
  else
    snprintf(text, 32, "%.0f MB", PetscMax(1, bytes / 1e6));
}

PetscErrorCode MemoryTell(Job job, Progress *progress, PetscReal bytes)
{
  PetscReal   available;
  const char *what;
  char        need[32], have[32], text[256];

  PetscFunctionBeginUser;
  if (bytes <= 0) PetscFunctionReturn(0);
  PetscCall(Available(job, &available, &what));
  if (job->rank) PetscFunctionReturn(0);
  JsonPut(job->document, "memory_estimate_bytes_per_rank", json_integer((json_int_t)bytes));
  MemoryText(bytes, need);
  MemoryText(available, have);
  if (bytes > available)
    JobSay(job, "warning: about %s of memory are needed for each rank, %s %s", need, what, have);
  else {
    snprintf(text, sizeof text, "about %s of memory are needed for each rank", need);
    ProgressLine(progress, text);
  }
  PetscFunctionReturn(0);
}
