/* The run directory: a state machine of whole windows. A window's folder is there complete or not at all.

     study.json                 what the run is: settings, hashes of its inputs, the ledger's key
     windows/0000-20300621T000000Z/{results.nc,inputs.bin,entries.bin,state.json,summary.json,SHA256SUMS}
     checkpoint/                states of solves that are not finished; gone with their window (job_watch.h)
     ledger/                    the log of all windows so far
     results.nc summary.csv settlement.csv
     summary.json               how the run went; what `archipelago show` prints
     SHA256SUMS                 written last: the run is complete
     provenance.json            who ran it when on what; the only file that differs between equal runs
     failure.json               why the last start stopped before the end

   For one rank. */
#ifndef ARCHIPELAGO_JOBS_RUNDIR_H
#define ARCHIPELAGO_JOBS_RUNDIR_H

#include "jobs/file.h"

typedef struct _p_RunDirectory *RunDirectory;

typedef enum { RUNDIR_OK, RUNDIR_OTHER, RUNDIR_FAILED } RunDirectoryStatus;

/* Whether `path` could become or is a run directory; writes nothing. */
PetscBool RunDirectoryUsable(const char *path, FileError *error);
/* Opens or makes the directory, locks it against a second run and removes what killed runs left behind. `identity` is the
   text of study.json; RUNDIR_OTHER when the directory is locked, is no run directory or holds another run. */
RunDirectoryStatus RunDirectoryOpen(const char *path, const char *identity, RunDirectory *directory, FileError *error);
void               RunDirectoryClose(RunDirectory *directory);

/* Names the first line in which two descriptions of a run differ: that of the file `path` and the expected one. */
void RunDirectoryTellDifference(const char *path, const char *found, const char *expected, FileError *error);

/* A file's path in the directory; good until the call after the next three. */
const char *RunDirectoryFile(RunDirectory directory, const char *name);
PetscBool   RunDirectoryComplete(RunDirectory directory);
/* Whole windows from the first on. */
PetscInt RunDirectoryWindows(RunDirectory directory);

/* Whether all files of the whole windows are as they were written. */
PetscBool RunDirectoryCheckWindows(RunDirectory directory, FileError *error);
/* The same for the whole directory of a complete run but its ledger, which its root covers. */
PetscBool RunDirectoryCheck(RunDirectory directory, FileError *error);
/* Ends a complete run: SHA256SUMS of its outputs. */
PetscBool RunDirectorySeal(RunDirectory directory, FileError *error);

/* Path of a file of a whole window. */
PetscBool RunDirectoryWindowFile(RunDirectory directory, PetscInt window, const char *name, char *path, size_t size);
/* Makes the temporary folder of a window; its path in `path`. */
PetscBool RunDirectoryBegin(RunDirectory directory, PetscInt window, long long start, char *path, size_t size,
                            FileError *error);
/* Puts the folder in place. */
PetscBool RunDirectoryCommit(RunDirectory directory, PetscInt window, long long start, FileError *error);
/* Takes the folder of the last whole window away. */
PetscBool RunDirectoryDrop(RunDirectory directory, PetscInt window, FileError *error);

#endif
