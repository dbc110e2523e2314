/* All windows are whole: one result store, one statement, one summary. SHA256SUMS, written last, makes the
   run complete. */
#include <stdlib.h>
#include <string.h>

#include "jobs/concealment.h"
#include "jobs/provenance.h"
#include "jobs/results.h"
#include "jobs/run.h"
#include "ledger/hash.h"

static PetscErrorCode ReadWindow(Run run, PetscInt window, Dataset *ds)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error = {"a window's folder is gone"};

  PetscFunctionBeginUser;
  *ds = NULL;
  if (RunDirectoryWindowFile(run->directory, window, "results.nc", path, sizeof path))
    PetscCall(DatasetReadNetcdf(path, ds, &error));
  if (!*ds) JobFail(run->job, JOB_UNVERIFIED, "window %d: %.900s", (int)window, error.text);
  PetscFunctionReturn(0);
}

static PetscErrorCode JoinWindows(Run run, Dataset *all)
{
  Dataset ds;

  PetscFunctionBeginUser;
  *all = NULL;
  for (PetscInt w = 0; w < run->study->n_windows && run->job->status == JOB_DONE; w++) {
    PetscCall(ReadWindow(run, w, &ds));
    if (!ds) break;
    if (!*all) {
      *all = ds;
    } else {
      PetscCall(DatasetAppend(*all, ds, RESULTS_GROWING));
      PetscCall(DatasetDestroy(&ds));
    }
  }
  PetscFunctionReturn(0);
}

static void Write(Run run, const char *name, const void *bytes, size_t size)
{
  FileError error;

  if (run->job->status != JOB_DONE) return;
  if (!FileWrite(RunDirectoryFile(run->directory, name), bytes, size, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
}

static void WriteJson(Run run, const char *name, json_t *document)
{
  char *text = json_dumps(document, JSON_INDENT(2));
  Text  line = {0};

  TextAdd(&line, "%s\n", text ? text : "{}");
  Write(run, name, line.bytes, line.size);
  free(line.bytes);
  free(text);
}

static void WriteStatement(Run run, Statement statement)
{
  char  *text   = NULL;
  size_t size   = 0;
  FILE  *stream = open_memstream(&text, &size);

  if (!stream) {
    JobFail(run->job, JOB_INTERNAL, "no memory for the statement");
    return;
  }
  StatementPrintCsv(stream, statement);
  fclose(stream);
  Write(run, "settlement.csv", text, size);
  free(text);
}

static void PutLedger(Run run, json_t *summary)
{
  json_t     *ledger = json_object();
  LedgerBytes key    = {0};
  char        base64[45];

  LedgerHashBase64(&run->ledger_root, base64);
  JsonPut(ledger, "origin", json_string(run->study->ledger_origin));
  JsonPut(ledger, "entries", json_integer((json_int_t)run->ledger_size));
  JsonPut(ledger, "root", json_string(base64));
  JsonPut(ledger, "shared", json_boolean(run->study->ledger.log_path != NULL));
  if (LedgerVerifierWrite(LedgerSignerVerifier(run->signer), &key, NULL) == LEDGER_OK)
    JsonPut(ledger, "key", json_string((const char *)key.data));
  LedgerBytesFree(&key);
  JsonPut(summary, "ledger", ledger);
}

/* Collective. With the digests the run is complete; its provenance tells that too. */
static PetscErrorCode Seal(Run run)
{
  FileError error;

  PetscFunctionBeginUser;
  PetscCall(JobAgree(run->job));
  PetscCall(ProvenanceEnd(run->job));
  if (run->job->rank == 0 && run->job->status == JOB_DONE && !RunDirectorySeal(run->directory, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteAll(Run run, Dataset all, Statement statement)
{
  json_t   *summary;
  Text      csv = {0};
  FileError error;
  PetscBool written;

  PetscFunctionBeginUser;
  PetscCall(DatasetWriteNetcdf(all, RunDirectoryFile(run->directory, "results.nc"), &written, &error));
  if (!written) JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  PetscCall(SummaryCreate(run, all, statement, &summary));
  if (strcmp(json_string_value(json_object_get(summary, "settlement_sum")), "0.000000") != 0)
    JobFail(run->job, JOB_INTERNAL, "the accounts do not sum to zero");
  PutLedger(run, summary);
  PetscCall(SummaryCsv(summary, &csv));
  Write(run, "summary.csv", csv.bytes, csv.size);
  WriteStatement(run, statement);
  WriteJson(run, "summary.json", summary);
  if (run->job->status == JOB_DONE) json_object_update(run->job->document, summary);
  free(csv.bytes);
  json_decref(summary);
  PetscFunctionReturn(0);
}

PetscErrorCode RunFinish(Run run)
{
  Dataset   all       = NULL;
  Statement statement = NULL;

  PetscFunctionBeginUser;
  ProvenanceStage(run->job->provenance, "finish");
  if (run->job->rank == 0) {
    ProgressStage(&run->progress, "summary");
    PetscCall(JoinWindows(run, &all));
    if (run->job->status == JOB_DONE) {
      PetscCall(TallyStatement(all, run->study->currency, &statement));
      StatementSort(statement);
      PetscCall(ConcealmentFinish(run));
      PetscCall(WriteAll(run, all, statement));
    }
    PetscCall(DatasetDestroy(&all));
    StatementDestroy(&statement);
    ProgressEnd(&run->progress);
  }
  PetscCall(Seal(run));
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}
