/* archipelago status: how far a sweep or a run is. */
#include "jobs/command.h"
#include "jobs/status.h"

static const CommandHelp Help = {
    "status", "how far a sweep, a run or a plan is", "DIR [options]",
    "Tells of every task of a sweep whether it is done, at work (where, how far), in Slurm's queue, stopped (it goes\n"
    "on when it is started again), lost (its process ended without a word; it goes on, too) or failed and why, and\n"
    "estimates the time that is left. Only the files in DIR are read, and Slurm's squeue where there is one.",
    "  archipelago status sweeps/hour\n"
    "  archipelago status sweeps/hour --json"};

PetscErrorCode CommandStatus(Job job, int argc, char **argv)
{
  Arguments arguments;
  Sweep     sweep;
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, NULL, 0, 1, 1, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  if (job->rank == 0 && !SweepIsDirectory(arguments.word[0])) {
    PetscCall(StatusOfRun(job, arguments.word[0]));
  } else if (job->rank == 0) {
    if (!SweepLoad(arguments.word[0], &sweep, &error))
      JobFail(job, JOB_INPUT, "%s", error.text);
    else
      PetscCall(StatusOfSweep(job, sweep));
    PetscCall(SweepDestroy(&sweep));
  }
  PetscCall(JobAgree(job));
  PetscFunctionReturn(0);
}
