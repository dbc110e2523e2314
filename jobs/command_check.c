/* archipelago check: every fault of studies, networks and series, or a summary of each. */
#include <string.h>

#include "dynamics/device_table.h"
#include "inputs/check.h"
#include "inputs/study.h"
#include "jobs/command.h"

static const CommandHelp Help = {"check", "validate studies, networks and series", "FILE... [options]",
                                 "Reads what `archipelago run` would read and prints a summary, or all faults found, "
                                 "each with file and line. A study\n"
                                 "(*.yaml) is checked with all its policies; a network is a MATPOWER file or a PyPSA "
                                 "or RTS-GMLC folder; a series is a\n"
                                 "CSV file.",
                                 "  archipelago check inputs/cases/islands/study.yaml"};

/* The device table of a study's stability, which the inputs do not know; only beside a study that is sound. */
static PetscErrorCode CheckDevices(Job job, const char *path, Faults faults)
{
  Study       study = NULL;
  Network     net   = NULL;
  DeviceTable devices;
  Faults      said; /* told by CheckPath already */

  PetscFunctionBeginUser;
  PetscCall(FaultsCreate(&said));
  PetscCall(StudyRead(job->comm, path, NULL, said, &study));
  if (study && study->devices_path) PetscCall(StudyLoadNetwork(job->comm, study, said, &net));
  if (net) {
    PetscCall(DeviceTableRead(job->comm, study->devices_path, net, faults, &devices));
    if (devices) PetscCall(DeviceTableDestroy(&devices));
  }
  PetscCall(NetworkDestroy(&net));
  PetscCall(StudyDestroy(&study));
  PetscCall(FaultsDestroy(&said));
  PetscFunctionReturn(0);
}

static PetscBool IsStudy(const char *path)
{
  const char *end = strrchr(path, '.');
  return end && (!strcmp(end, ".yaml") || !strcmp(end, ".yml")) ? PETSC_TRUE : PETSC_FALSE;
}

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
    if (!FaultsErrorCount(faults) && IsStudy(arguments.word[k]))
      PetscCall(CheckDevices(job, arguments.word[k], faults));
    PetscCall(JobReport(job, faults));
    PetscCall(FaultsDestroy(&faults));
  }
  if (job->json && job->status == JOB_DONE) JsonPut(job->document, "status", json_string("valid"));
  PetscFunctionReturn(0);
}
