/* A run of a study: what its steps share. Everything but the parts said to be rank 0's is the same on every rank. */
#ifndef ARCHIPELAGO_JOBS_RUN_H
#define ARCHIPELAGO_JOBS_RUN_H

#include "dynamics/stability.h"
#include "inputs/participants.h"
#include "inputs/study.h"
#include "jobs/dataset.h"
#include "jobs/job.h"
#include "jobs/log_block.h"
#include "jobs/progress.h"
#include "jobs/rundir.h"
#include "jobs/security.h"
#include "jobs/tally.h"
#include "ledger/key.h"
#include "ledger/writer.h"
#include "partition/partition.h"
#include "solver/opf.h"

typedef struct {
  const char *study, *policy, *directory, *key;
} RunSettings;

typedef struct _p_Run {
  Job          job;
  Study        study;
  Network      net;
  Participants participants;
  Partition    partition;
  DeviceTable  devices; /* NULL without a stability study */
  PetscReal    frequency_hz;
  PetscInt     n_disturbances;
  Disturbance *disturbance; /* [n_disturbances] the study's faults, then its events */
  PetscReal   *energy;      /* [n_storage] MWh at the start of the next window */
  PetscInt     windows_done;
  LedgerSigner signer;      /* rank 0 */
  LedgerWriter writer;      /* rank 0: the log, held open and locked until the run ends */
  uint64_t     ledger_size; /* rank 0: entries of the log behind the last window done */
  LedgerHash   ledger_root; /* rank 0: its root there */
  RunDirectory directory;   /* rank 0 */
  Progress     progress;
} * Run;

typedef struct {
  PetscInt       number, first_snapshot;
  long long      start; /* POSIX seconds */
  Dispatch       dispatch;
  OpfResult      result;
  Evaluation     evaluation;
  PetscInt       n_cases;
  SecurityCase  *security; /* [n_cases] by hour, then disturbance */
  PetscInt       security_rounds;
  PetscReal      objective_unsecured; /* of the dispatch without bounds */
  PetscInt       n_bounds;
  SecurityBound *bound; /* [n_bounds] in the order in which they were found */
  SecuritySeries series;
  uint64_t       log_start, n_entries; /* where the window's records stand in the log */
  PetscInt       n_blocks;
  LogBlock      *block; /* [n_blocks] in the order of the log */
  Tally          tally; /* rank 0: of all regions */
} Window;

/* The steps of a run; collective, failures go to the job. */
PetscErrorCode RunSetUp(Job job, const RunSettings *settings, Run *run); /* setup.c */
PetscErrorCode RunDestroy(Run *run);
PetscErrorCode WindowSolve(Run run, Window *window); /* window.c */
/* window.c: solves again with the bounds that the network's series hold now. What does not solve fails nothing but leaves
   *solved false. */
PetscErrorCode WindowSolveAgain(Run run, Window *window, PetscBool *solved);
/* security_setup.c: devices and disturbances of the study; faults go to the list. */
PetscErrorCode SecuritySetUp(Run run, Faults faults);
PetscErrorCode SecurityTearDown(Run run);
/* security_bounds.c: takes the window's bounds out of the network. Not collective, the same on every rank. */
PetscErrorCode SecurityReleaseBounds(Run run, Window *window);
PetscErrorCode WindowSecure(Run run, Window *window); /* security.c */
PetscErrorCode WindowSettle(Run run, Window *window); /* settle.c */
PetscErrorCode WindowCommit(Run run, Window *window); /* commit.c */
PetscErrorCode WindowDestroy(Window *window);
PetscErrorCode RunResume(Run run); /* commit.c */
PetscErrorCode RunFinish(Run run); /* finish.c */

Physics  RunPhysics(Run run);
PetscInt RunAccounts(Run run);
/* The text of account k: participants, then the declared accounts in the order of the settlement. */
void RunAccountName(Run run, PetscInt k, char *name, size_t size);
/* What everyone who sees the results must know: relaxed minimum outputs, default machine data, ... A JSON array. */
json_t *RunNotes(Run run);

/* identity.c: the text of study.json, which says what the run is. free() it. Rank 0. */
PetscErrorCode RunIdentity(Run run, char **text);
/* signing.c: finds the ledger's key. Rank 0. */
PetscErrorCode RunFindKey(Run run, const char *option);
/* append.c, rank 0: opens the run's log for writing. */
PetscErrorCode RunOpenLog(Run run);
/* append.c, rank 0: puts the records of a file at [start, start + n) of the log and signs it, with the root `expected`
   [1] unless NULL. Records that the log has already must be the same; where they are not, *other is set, unless NULL,
   instead of failing. */
PetscErrorCode RunAppend(Run run, const char *path, uint64_t start, uint64_t n, const LedgerHash *expected,
                         PetscBool *other);

/* settle_results.c: adds the window's settlement and verdicts to its data set. Rank 0. */
PetscErrorCode WindowAddSettlement(Run run, const Window *window, Dataset ds);
PetscErrorCode WindowAddSecurity(Run run, const Window *window, Dataset ds);
/* summary.c: the summary of a data set of one or all windows. Rank 0. */
PetscErrorCode SummaryCreate(Run run, Dataset ds, Statement statement, json_t **summary);
PetscErrorCode SummaryCsv(json_t *summary, Text *csv);

#endif
