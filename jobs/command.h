/* The commands of the program. Each is collective over the job's communicator, takes argv with its own name first, and
   leaves how it ended in the job. */
#ifndef ARCHIPELAGO_JOBS_COMMAND_H
#define ARCHIPELAGO_JOBS_COMMAND_H

#include "jobs/job.h"
#include "jobs/options.h"

typedef struct {
  const char *name, *summary;
  PetscErrorCode (*run)(Job job, int argc, char **argv);
} Command;

PetscErrorCode CommandOpf(Job job, int argc, char **argv);
PetscErrorCode CommandPartition(Job job, int argc, char **argv);
PetscErrorCode CommandSynth(Job job, int argc, char **argv);
PetscErrorCode CommandCheck(Job job, int argc, char **argv);
PetscErrorCode CommandStability(Job job, int argc, char **argv);
PetscErrorCode CommandScreen(Job job, int argc, char **argv);
PetscErrorCode CommandEigen(Job job, int argc, char **argv);
PetscErrorCode CommandPlan(Job job, int argc, char **argv);
PetscErrorCode CommandCompare(Job job, int argc, char **argv);
PetscErrorCode CommandRun(Job job, int argc, char **argv);
PetscErrorCode CommandSweep(Job job, int argc, char **argv);
PetscErrorCode CommandStatus(Job job, int argc, char **argv);
PetscErrorCode CommandShow(Job job, int argc, char **argv);
PetscErrorCode CommandReport(Job job, int argc, char **argv);
PetscErrorCode CommandLedger(Job job, int argc, char **argv);

/* The table; ends with a name of NULL. */
extern const Command CommandTable[];

#endif
