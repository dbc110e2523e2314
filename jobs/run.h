/* A run of a study: what its steps share. Everything but the parts said to be rank 0's is the same on every rank. */
#ifndef ARCHIPELAGO_JOBS_RUN_H
#define ARCHIPELAGO_JOBS_RUN_H

#include "dynamics/stability.h"
#include "inputs/participants.h"
#include "inputs/study.h"
#include "jobs/dataset.h"
#include "jobs/job.h"
#include "jobs/job_watch.h"
#include "jobs/log_block.h"
#include "jobs/progress.h"
#include "jobs/rundir.h"
#include "jobs/security.h"
#include "jobs/tally.h"
#include "ledger/key.h"
#include "ledger/writer.h"
#include "market/committed.h"
#include "market/opening_statement.h"
#include "market/window.h"
#include "partition/partition.h"
#include "solver/opf.h"

typedef struct {
  const char        *study, *policy, *directory, *key;
  int                n_set;              /* values beside the study file, KEY=VALUE */
  const char *const *set;                /* [n_set] */
  PetscInt           drill;              /* the log's record that rank 0 writes falsely, to see it refused; -1: none */
  PetscBool          quiet;              /* nothing is told while it runs; how it ended is in the job alone */
  PetscReal          checkpoint_minutes; /* between checkpoints; 0: at every safe point; negative: none are made */
} RunSettings;

typedef struct _p_Concealment *Concealment; /* jobs/concealment.h */
typedef struct _p_MarketCase  *MarketCase;  /* jobs/market_case.h */

typedef struct _p_Run {
  Job          job;
  Study        study;
  Network      net;
  Network      realised;           /* with the series that came true; NULL without them */
  Partition    realised_partition; /* the run's partition of it */
  Participants participants;
  Partition    partition;
  DeviceTable  devices; /* NULL without a stability study */
  PetscReal    frequency_hz;
  PetscInt     n_disturbances;
  Disturbance *disturbance; /* [n_disturbances] the study's faults, then its events */
  PetscReal   *energy;      /* [n_storage] MWh at the start of the next window */
  PetscInt     windows_done;
  LedgerSigner signer;                   /* rank 0 */
  LedgerWriter writer;                   /* rank 0: the log, held open and locked until the run ends */
  uint64_t     log_next;                 /* rank 0: index behind the last window's records */
  uint64_t     ledger_size;              /* rank 0: entries of the log behind the last window done */
  LedgerHash   ledger_root;              /* rank 0: its root there */
  RunDirectory directory;                /* rank 0 */
  char         path[PETSC_MAX_PATH_LEN]; /* of the run's directory */
  PetscInt     drill;                    /* as in the settings */
  PetscBool    quiet;
  LedgerHash   run_id;      /* SHA-256 of study.json */
  MarketCase   market;      /* contracts, bids, rules (jobs/market_case.h) */
  Concealment  concealment; /* of a run in committed privacy, else NULL */
  LedgerQuorum quorum;      /* rank 0: witnesses by region, in the order of regions; NULL: there are none */
  Progress     progress;
  JobWatch     watch; /* of its long solves; NULL: none */
} * Run;

typedef struct {
  PetscInt          number, first_snapshot;
  long long         start;        /* POSIX seconds */
  PetscReal         carbon_price; /* currency per tonne that units pay */
  Dispatch          dispatch;
  OpfResult         result;
  Evaluation        evaluation;
  Dispatch          realtime; /* of the window as it came true; NULL without a study of that */
  OpfResult         realtime_result;
  Evaluation        realtime_evaluation;
  PetscInt          n_cases;
  SecurityCase     *security; /* [n_cases] by hour, then disturbance */
  PetscInt          security_rounds;
  PetscReal         objective_unsecured; /* of the dispatch without bounds */
  PetscInt          n_bounds;
  SecurityBound    *bound; /* [n_bounds] in the order in which they were found */
  SecuritySeries    series;
  uint64_t          log_start, n_entries; /* where the window's records stand in the log */
  MarketInputs      inputs;               /* of the market, and what comes of them; */
  MarketOutcome     outcome;              /* the entries are those of this rank's regions */
  MarketBytes       market;               /* rank 0: the inputs' bytes */
  PetscInt          n_blocks;
  LogBlock         *block;     /* [n_blocks] in the order of the log */
  Tally             tally;     /* rank 0: of all regions */
  CommittedBlock   *committed; /* [n_regions] of those this rank holds, in committed privacy; or NULL */
  PrivateStatement *told;      /* [participants] rank 0: private records and accounts by participant, likewise */
} Window;

/* The steps of a run; collective, failures go to the job. */
PetscErrorCode RunSetUp(Job job, const RunSettings *settings, Run *run); /* setup.c */
PetscErrorCode RunDestroy(Run *run);
/* market_case.c: bids that clear at locational prices enter the networks for a window, and leave them. */
PetscErrorCode WindowBid(Run run, Window *window);
PetscErrorCode WindowUnbid(Run run);
PetscErrorCode WindowSolve(Run run, Window *window); /* window.c */
/* window.c: solves again with the bounds that the network's series hold now. What does not solve fails nothing but leaves
   *solved false. */
PetscErrorCode WindowSolveAgain(Run run, Window *window, PetscBool *solved);
/* window.c: fails the job, which was asked to stop, with how to go on. Not collective, the same on every rank. `where`:
   "dispatch". */
void RunStopped(Run run, const Window *window, const char *where);
/* window.c: leaves failure.json and puts the same into the document; takes the reference. Rank 0. */
void RunTellFailure(Run run, json_t *failure);
/* security_setup.c: devices and disturbances of the study; faults go to the list. */
PetscErrorCode SecuritySetUp(Run run, Faults faults);
PetscErrorCode SecurityTearDown(Run run);
/* security_bounds.c: takes the window's bounds out of the network. Not collective, the same on every rank. */
PetscErrorCode SecurityReleaseBounds(Run run, Window *window);
PetscErrorCode WindowSecure(Run run, Window *window); /* security.c */
PetscErrorCode WindowSettle(Run run, Window *window); /* settle.c */
/* settle.c: settles a whole window again from its stored inputs: its blocks at `start` of the log, and what it hands on. */
PetscErrorCode WindowRecall(Run run, const char *inputs_path, uint64_t start, Window *window);
PetscErrorCode WindowCommit(Run run, Window *window); /* commit.c */
PetscErrorCode WindowDestroy(Run run, Window *window);
PetscErrorCode RunResume(Run run); /* commit.c */
PetscErrorCode RunFinish(Run run); /* finish.c */

/* The log's directory: the run's own, or the one that the study's runs share. */
void RunLogDirectory(Run run, char path[PETSC_MAX_PATH_LEN]);

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
enum { RUN_PLAIN_NAME = 65, RUN_KEY_NAME = 1024 };
/* signing.c: a text in letters that a file or a key may be named with, others as '_', cut to 64. */
void RunPlainName(const char *text, char plain[RUN_PLAIN_NAME]);
/* signing.c: the name of a region's key in a role ("witness", "secret"): after the log and the region's number. */
void RunRegionKey(Run run, const char *role, PetscInt region, char name[RUN_KEY_NAME]);
/* signing.c: the user's own file for a key of this name: its readable characters, and a hash that tells names apart; false
   without a place for it. Its folder is made. */
PetscBool RunKeyFile(const char *name_of_key, const char *suffix, char *path, size_t size);

/* append.c, rank 0: opens the run's log for writing. */
PetscErrorCode RunOpenLog(Run run);
/* append.c, rank 0: the log's leaves [0, start); owned by the caller. */
LedgerStatus RunRangeBefore(Run run, uint64_t start, LedgerRange *range, LedgerError *error);
/* append.c, rank 0: puts the records of a file at [start, start + n) of the log and signs it, unless its root is not
   `expected` [1] (which counts where the log ends with them). Records that the log has already must be the same; where
   they are not, *other is set, unless NULL, instead of failing. */
PetscErrorCode RunAppend(Run run, const char *path, uint64_t start, uint64_t n, const LedgerHash *expected,
                         PetscBool *other);

/* settle_results.c: adds the window's settlement and verdicts to its data set. Rank 0. */
PetscErrorCode WindowAddSettlement(Run run, const Window *window, Dataset ds);
/* market_results.c: adds deliveries, contracts, certificates and carbon to its data set. Rank 0. */
PetscErrorCode WindowAddMarket(Run run, const Window *window, Dataset ds);
PetscErrorCode WindowAddSecurity(Run run, const Window *window, Dataset ds);
/* summary.c: the summary of a data set of one or all windows. Rank 0. */
PetscErrorCode SummaryCreate(Run run, Dataset ds, Statement statement, json_t **summary);
PetscErrorCode SummaryCsv(json_t *summary, Text *csv);

#endif
