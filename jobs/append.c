/* The run's log: opened and locked by rank 0 before the first window, extended and signed window by window. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "jobs/run.h"
#include "ledger/log.h"
#include "ledger/stream.h"

static JobStatus StatusOf(LedgerStatus status)
{
  return status == LEDGER_FALSE ? JOB_UNVERIFIED : status == LEDGER_INPUT ? JOB_INPUT : JOB_INTERNAL;
}

void RunLogDirectory(Run run, char path[PETSC_MAX_PATH_LEN])
{
  if (run->study->ledger.log_path)
    snprintf(path, PETSC_MAX_PATH_LEN, "%s", run->study->ledger.log_path);
  else
    FileJoin(path, PETSC_MAX_PATH_LEN, run->path, "ledger");
}

/* A log names its key, so that another key's run is told from damage. */
static PetscBool IsOfAnotherKey(Run run, const char *directory)
{
  char           path[PETSC_MAX_PATH_LEN];
  LedgerVerifier verifier = NULL;
  LedgerError    error;
  PetscBool      another = PETSC_FALSE;

  FileJoin(path, sizeof path, directory, "key.pub");
  if (FileExists(path) && LedgerVerifierLoad(path, &verifier, &error) == LEDGER_OK)
    another = LedgerVerifierEqual(verifier, LedgerSignerVerifier(run->signer)) ? PETSC_FALSE : PETSC_TRUE;
  LedgerVerifierDestroy(&verifier);
  return another;
}

/* The log is locked by now: where that keeps nobody out there are no locks. A run's own log is told of with its directory. */
static void TellWithoutLocks(Run run, const char *directory)
{
  const int descriptor = run->study->ledger.log_path ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

  if (descriptor < 0) return;
  if (!flock(descriptor, LOCK_SH | LOCK_NB) || errno != EWOULDBLOCK)
    JobSay(run->job,
           "archipelago: warning: %s: the file system has no locks: nothing keeps another run from writing this log at "
           "the same time",
           directory);
  close(descriptor);
}

PetscErrorCode RunOpenLog(Run run)
{
  char         path[PETSC_MAX_PATH_LEN];
  LedgerError  error = {""};
  LedgerStatus status;

  PetscFunctionBeginUser;
  RunLogDirectory(run, path);
  if (IsOfAnotherKey(run, path)) {
    JobFail(run->job, JOB_INPUT, "%.900s/key.pub: the log is signed by another key than the run's, %.300s", path,
            LedgerVerifierName(LedgerSignerVerifier(run->signer)));
    PetscFunctionReturn(0);
  }
  status = LedgerWriterOpen(path, run->study->ledger_origin, run->signer, &run->writer, &error);
  if (status == LEDGER_OK)
    TellWithoutLocks(run, path);
  else
    JobFail(run->job, StatusOf(status), "%.1000s", error.text);
  PetscFunctionReturn(0);
}

LedgerStatus RunRangeBefore(Run run, uint64_t start, LedgerRange *range, LedgerError *error)
{
  LedgerLogOptions options = {.without_quorum = true};
  char             path[PETSC_MAX_PATH_LEN];
  LedgerLog        log = NULL;
  LedgerStatus     status;

  if (LedgerWriterSize(run->writer) == start) return LedgerWriterRange(run->writer, range, error);
  RunLogDirectory(run, path);
  status = LedgerLogOpen(path, &options, &log, error);
  if (status == LEDGER_OK) status = LedgerLogRange(log, 0, start, range, error);
  LedgerLogClose(&log);
  return status;
}

/* Where the log stands now. */
static LedgerStatus TakeHead(Run run, LedgerError *error)
{
  LedgerRange  range = NULL;
  LedgerStatus status;

  run->ledger_size = LedgerWriterSize(run->writer);
  status           = LedgerWriterRange(run->writer, &range, error);
  if (status == LEDGER_OK) status = LedgerRangeRoot(range, &run->ledger_root, error);
  LedgerRangeDestroy(&range);
  return status;
}

PetscErrorCode RunAppend(Run run, const char *path, uint64_t start, uint64_t n, const LedgerHash *expected,
                         PetscBool *other)
{
  LedgerStream stream = NULL;
  LedgerError  error  = {""};
  LedgerStatus status = LedgerStreamOpen(path, &stream, &error);

  PetscFunctionBeginUser;
  if (other) *other = PETSC_FALSE;
  if (status == LEDGER_OK && start > LedgerWriterSize(run->writer))
    status = LedgerFail(
        &error, LEDGER_FALSE, path,
        "its records begin at entry %llu, but the log ends before entry %llu: it is another, or an older copy",
        (unsigned long long)start, (unsigned long long)LedgerWriterSize(run->writer));
  if (status == LEDGER_OK) {
    if (LedgerWriterSize(run->writer) > start + n) expected = NULL; /* the log has gone on since */
    status = LedgerWriterPutFrom(run->writer, start, n, LedgerStreamNext, stream, &error);
    if (other && status == LEDGER_FALSE) {
      *other = PETSC_TRUE;
      status = LEDGER_OK;
    } else if (status == LEDGER_OK) {
      status = LedgerWriterCommit(run->writer, expected, NULL, &error);
    }
  }
  LedgerStreamClose(&stream);
  run->log_next = start + n;
  if (status == LEDGER_OK) status = TakeHead(run, &error);
  if (status != LEDGER_OK) JobFail(run->job, StatusOf(status), "%.1000s", error.text);
  PetscFunctionReturn(0);
}
