/* How the program was launched. */
#include "jobs/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscBool Holds(int argc, char **argv, const char *word)
{
  for (int k = 2; k < argc; k++)
    if (!strcmp(argv[k], word)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscBool IsTask(int argc, char **argv)
{
  for (int k = 2; k < argc; k++)
    if (!strncmp(argv[k], "--task", 6) || !strncmp(argv[k], "-t", 2)) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* A sweep works on ranks in its tasks alone. */
static void ReadCommand(int argc, char **argv, Launch *launch)
{
  static const char *const commands[] = {"run", "plan", "opf", "screen", "stability", "eigen"};

  if (argc < 2 || Holds(argc, argv, "--help") || Holds(argc, argv, "-h")) return;
  for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++)
    if (!strcmp(argv[1], commands[k])) launch->works = PETSC_TRUE;
  if (!strcmp(argv[1], "sweep") && IsTask(argc, argv)) launch->works = PETSC_TRUE;
  launch->stops =
      !strcmp(argv[1], "run") || !strcmp(argv[1], "plan") || !strcmp(argv[1], "sweep") ? PETSC_TRUE : PETSC_FALSE;
}

/* mpirun says how many ranks it started, also when that is one; srun counts those of its step. */
static int SlurmRanks(void)
{
  const char *step = getenv("SLURM_STEP_NUM_TASKS"), *tasks = getenv("SLURM_NTASKS");

  if (getenv("OMPI_COMM_WORLD_SIZE")) return 0;
  return step ? atoi(step) : tasks ? atoi(tasks) : 0;
}

void LaunchRead(int argc, char **argv, Launch *launch)
{
  *launch = (Launch){.slurm = SlurmRanks()};
  ReadCommand(argc, argv, launch);
  for (int k = 1; k < argc; k++) {
    if (!strcmp(argv[k], "--json")) launch->json = PETSC_TRUE;
    if (!strcmp(argv[k], "--quiet")) launch->quiet = PETSC_TRUE;
    if (!strcmp(argv[k], "--verbose")) launch->verbose = PETSC_TRUE;
    if (!strncmp(argv[k], "--log-view", 10) && (!argv[k][10] || argv[k][10] == '=')) {
      launch->log      = PETSC_TRUE;
      launch->log_file = argv[k][10] && argv[k][11] ? argv[k] + 11 : NULL;
    }
  }
}

PetscBool LaunchIsSingleton(const Launch *launch, int ranks, char *text, size_t size)
{
  if (!launch->works || ranks > 1 || launch->slurm <= 1) return PETSC_FALSE;
  snprintf(text, size,
           "found 1 rank where Slurm has %d tasks: MPI does not see the others, and each would do all the work; "
           "start it with srun --mpi=pmix (one rank on purpose: srun --mpi=pmix -n 1)",
           launch->slurm);
  return PETSC_TRUE;
}
