/* archipelago check: every fault of studies, networks and series, or a summary of each. */
#include "inputs/check.h"
#include "jobs/command.h"

static const CommandHelp Help = {"check", "validate studies, networks and series", "FILE... [options]",
                                 "Reads what `archipelago run` would read and prints a summary, or all faults found, "
                                 "each with file and line. A study\n"
                                 "(*.yaml) is checked with all its policies; a network is a MATPOWER file or a PyPSA "
                                 "or RTS-GMLC folder; a series is a\n"
                                 "CSV file.",
                                 "  archipelago check inputs/cases/islands/study.yaml"};

PetscErrorCode CommandCheck(Job job, int argc, char **argv)
{
  Arguments arguments;
  Faults    faults;

  PetscFunctionBeginUser;
  PetscCall(OptionsParse(job, &Help, NULL, 0, 1, OPTIONS_MOST_ARGUMENTS, argc, argv, &arguments));
  if (arguments.stop) PetscFunctionReturn(0);
  for (int k = 0; k < arguments.n; k++) {
    PetscCall(FaultsCreate(&faults));
    PetscCall(CheckPath(job->comm, arguments.word[k], faults, job->json ? NULL : stdout));
    PetscCall(JobReport(job, faults));
    PetscCall(FaultsDestroy(&faults));
  }
  if (job->json && job->status == JOB_DONE) JsonPut(job->document, "status", json_string("valid"));
  PetscFunctionReturn(0);
}
