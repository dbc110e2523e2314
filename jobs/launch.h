/* How the program was launched: what main must know before a command reads its options, and whether MPI sees the ranks that the
   batch system gave. */
#ifndef ARCHIPELAGO_JOBS_LAUNCH_H
#define ARCHIPELAGO_JOBS_LAUNCH_H

#include <petscsys.h>

typedef struct {
  PetscBool   json, quiet, verbose;
  PetscBool   log;      /* --log-view */
  const char *log_file; /* its file; NULL: stderr */
  PetscBool   stops;    /* the command saves and ends with status 75 when it is asked to stop */
  PetscBool   works;    /* the command is one that works on ranks, not one that looks at results or prints its help */
  int slurm; /* ranks that Slurm started or was asked for; 0: not under Slurm, or started by a launcher within it */
} Launch;

/* Before MPI is initialised, which adds to the environment. */
void LaunchRead(int argc, char **argv, Launch *launch);
/* Whether each rank believes to be alone: they would all do the same work on the same files. The line that says so. */
PetscBool LaunchIsSingleton(const Launch *launch, int ranks, char *text, size_t size);

#endif
