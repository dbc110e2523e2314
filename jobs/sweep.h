/* A sweep: runs of one study that belong together, as a list of tasks in a directory. Tasks are only ever added.

     sweep.json                   the study, its inputs' hashes, and the tasks in their order
     runs/NAME/                   the directories of ordinary runs or plans
     tasks/NAME.json              the journal of a task: its starts and how they ended
     tasks/NAME.claim             who is at work on it
     logs/NAME.log                what its starts said
     local.json  slurm/jobs.json  how it was started last, here and under Slurm
     compare.csv iamc.csv report.html   of what is done

   For one rank, unless said. */
#ifndef ARCHIPELAGO_JOBS_SWEEP_H
#define ARCHIPELAGO_JOBS_SWEEP_H

#include "inputs/study.h"
#include "jobs/digest.h"
#include "jobs/job.h"

typedef struct {
  PetscInt number;                   /* in the order of tasks, from 0 */
  char    *name;                     /* of its directory, unique in the sweep */
  char    *policy;                   /* "base" */
  PetscInt year, seed;               /* -1: not set by the sweep */
  int      n_set;                    /* values beside the study file, those of year and seed among them */
  char   **set;                      /* [n_set] KEY=VALUE */
  char     content[DIGEST_HEX_SIZE]; /* SHA-256 of the study as this task runs it */
} SweepTask;

typedef struct _p_Sweep {
  char       directory[PETSC_MAX_PATH_LEN / 2]; /* absolute */
  char      *study, *study_file;                /* name, absolute path */
  PetscBool  planned;                           /* tasks are plans */
  PetscInt   ranks;                             /* of a task; 0: not said */
  PetscInt   slots, limit;                      /* of the section `sweep`; 0: not said; of the file alone */
  json_t    *inputs;                            /* SHA-256 by absolute path */
  PetscInt   n;
  SweepTask *task;
  int        lock; /* of the directory; -1: not held */
} * Sweep;

/* The axes of tasks; what is empty takes the study's section `sweep`, else its base and policies alone. */
typedef struct {
  const char *policies, *years, *seeds; /* lists with "," between */
  PetscInt    ranks;                    /* 0: as in the study or the sweep so far */
} SweepAxes;

/* Not collective. The tasks of a study: its policies times years times seeds times free axes. Faults go to the list; *sweep is NULL
   when there are any. `directory` may not be there yet. */
PetscErrorCode SweepCreate(const char *study_file, const SweepAxes *axes, const char *directory, Faults faults,
                           Sweep *sweep);
PetscErrorCode SweepDestroy(Sweep *sweep);

/* Reads sweep.json of a directory; false, with a line of text, where it is none. */
PetscBool SweepLoad(const char *directory, Sweep *sweep, FileError *error);
/* Whether a directory could become or is a sweep's; writes nothing. */
PetscBool SweepUsable(const char *directory, FileError *error);
/* Whether a directory holds a sweep. */
PetscBool SweepIsDirectory(const char *directory);

/* Holds the directory for the time of a change, also against other nodes; waits for it. */
PetscBool SweepLock(Sweep sweep, FileError *error);
void      SweepUnlock(Sweep sweep);

/* Adds the tasks of `wanted` that the directory does not have yet, and saves. Another study, changed inputs or a changed task is
   told in the error. *added: their number. */
PetscBool SweepMerge(Sweep wanted, Sweep *merged, PetscInt *added, FileError *error);

/* Whether tasks of `wanted` may be added to those of `have`: the same study, unchanged inputs and tasks. */
PetscBool SweepIsSameStudy(Sweep have, Sweep wanted, FileError *error);

/* SHA-256 of the study as a task runs it; empty where it cannot be read. */
PetscErrorCode SweepHashContent(const char *study_file, const SweepTask *task, Faults faults,
                                char content[DIGEST_HEX_SIZE]);

/* Whether the inputs are as they were when the sweep was made. */
PetscBool SweepCheckInputs(Sweep sweep, FileError *error);

/* Appends a task; copies everything. The name gets a number behind it where it is taken. */
PetscErrorCode SweepAdd(Sweep sweep, const SweepTask *task);
/* The task of the same policy and values, or NULL. */
const SweepTask *SweepFind(Sweep sweep, const SweepTask *task);
/* "DIR/FOLDER/NAME.SUFFIX"; without a suffix "DIR/FOLDER/NAME". */
void SweepPath(Sweep sweep, const SweepTask *task, const char *folder, const char *suffix,
               char path[PETSC_MAX_PATH_LEN]);

/* sweep_check.c: reads what each task would read; every fault goes to the list, with the name of its task, and hashes of the inputs
   to the sweep. Seeds are tried once. */
PetscErrorCode SweepValidate(Job job, Sweep sweep, Faults faults);

/* Collective. Carries one task out on the job's ranks, with journal and claim; how it ended is in the job. */
PetscErrorCode SweepRunTask(Job job, const char *directory, PetscInt number);

typedef struct {
  PetscInt  slots;        /* tasks at a time; 0: cores by ranks */
  PetscInt  limit;        /* of array elements at a time; 0: none */
  PetscBool retry_failed; /* failed tasks are started again */
  PetscBool dry_run;
} SweepStart;

/* Starts what is not done, so many at a time, and waits for it; how it ended is in the job. */
PetscErrorCode SweepRunLocal(Job job, Sweep sweep, const SweepStart *start);
/* Submits what is neither done nor in the queue as an array with a report after it. */
PetscErrorCode SweepSubmit(Job job, Sweep sweep, const SweepStart *start);
/* compare.csv, iamc.csv and report.html of the tasks that are done. */
PetscErrorCode SweepReport(Job job, Sweep sweep);

#endif
