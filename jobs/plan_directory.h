/* The directory of a plan: it appears whole or not at all. Files are written into a temporary folder beside it, which takes
   its name when everything is there. study.json in it says what the plan is; a directory that holds another one is refused.
   The folder of a plan that was stopped or killed stays, and the same plan goes on with what is in it; that of another is replaced.
   A plan that failed leaves failure.json alone. For one rank. */
#ifndef ARCHIPELAGO_JOBS_PLAN_DIRECTORY_H
#define ARCHIPELAGO_JOBS_PLAN_DIRECTORY_H

#include "jobs/file.h"

typedef struct _p_PlanDirectory *PlanDirectory;

typedef enum {
  PLANDIR_READY,    /* nothing is there yet */
  PLANDIR_COMPLETE, /* this very plan is there, as it was written */
  PLANDIR_OTHER,    /* it cannot be used: the error says why */
  PLANDIR_BROKEN,   /* this very plan is there, but its files are not as they were written */
  PLANDIR_FAILED,   /* something could not be written */
} PlanDirectoryStatus;

/* In the temporary folder: what only an unfinished plan needs. */
#define PLAN_UNFINISHED "unfinished"

/* `identity` is the text of study.json, `program` what else must be the same to go on. Makes and locks the temporary folder when the
   directory is ready; *directory is NULL otherwise. */
PlanDirectoryStatus PlanDirectoryOpen(const char *path, const char *identity, const char *program,
                                      PlanDirectory *directory, FileError *error);
/* Whether the folder holds what an earlier start of this plan left. */
PetscBool PlanDirectoryGoesOn(PlanDirectory directory);
/* The folder stays when it is closed. */
void PlanDirectoryKeep(PlanDirectory directory);
/* The folder of an unfinished plan beside `path`; false where there is none. */
PetscBool PlanDirectoryUnfinished(const char *path, char folder[PETSC_MAX_PATH_LEN]);
/* The temporary folder that is filled. */
const char *PlanDirectoryFolder(PlanDirectory directory);
/* Digests of all files at its top into SHA256SUMS, but for provenance.json; then the folder takes its name. */
PetscBool PlanDirectoryCommit(PlanDirectory directory, FileError *error);
/* Leaves `text` as failure.json in the directory and nothing else. */
PetscBool PlanDirectoryFail(PlanDirectory directory, const char *text, FileError *error);
/* Removes the temporary folder unless it has its name already or is kept. */
void PlanDirectoryClose(PlanDirectory *directory);

#endif
