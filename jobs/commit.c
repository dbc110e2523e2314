/* A window's results appear whole: its folder first, then its entries in the log, whose root must be the one that the
   ranks' ranges gave. A run that goes on puts the last window into the log again, in case it stopped in between. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/digest.h"
#include "jobs/format.h"
#include "jobs/results.h"
#include "jobs/run.h"
#include "ledger/text.h"
#include "ledger/writer.h"

static LedgerStatus PutEntries(LedgerWriter writer, uint64_t start, uint64_t n, const char *bytes, size_t size,
                               LedgerError *error)
{
  LedgerStatus   status = LEDGER_OK;
  const uint8_t *entry;
  size_t         entry_size;

  for (uint64_t k = 0; k < n && status == LEDGER_OK; k++) {
    if (!EntriesNext(&bytes, &size, &entry, &entry_size))
      return LedgerFail(error, LEDGER_FALSE, "entries.bin", "ends before entry %llu", (unsigned long long)(start + k));
    status = LedgerWriterPut(writer, start + k, entry, entry_size, error);
  }
  return status;
}

/* Appends a window's entries to the log and signs it. A log that is ahead, because a window's folder was lost, must have
   the same entries; it then keeps its root. */
static void AppendToLog(Run run, uint64_t start, uint64_t n, const char *bytes, size_t size, LedgerRange range)
{
  LedgerWriter writer = NULL;
  LedgerHash   root;
  LedgerError  error  = {""};
  LedgerStatus status = LedgerRangeRoot(range, &root, &error);
  PetscBool    ahead  = PETSC_FALSE;

  if (status == LEDGER_OK)
    status = LedgerWriterOpen(RunDirectoryFile(run->directory, "ledger"), run->study->ledger_origin, run->signer,
                              &writer, &error);
  if (status == LEDGER_OK) {
    ahead  = LedgerWriterSize(writer) > start + n ? PETSC_TRUE : PETSC_FALSE;
    status = PutEntries(writer, start, n, bytes, size, &error);
  }
  if (status == LEDGER_OK) status = LedgerWriterCommit(writer, ahead ? NULL : &root, NULL, &error);
  LedgerWriterClose(&writer);
  if (status != LEDGER_OK)
    JobFail(run->job,
            status == LEDGER_FALSE   ? JOB_UNVERIFIED
            : status == LEDGER_INPUT ? JOB_INPUT
                                     : JOB_INTERNAL,
            "%.1000s", error.text);
}

/* Energy of a storage unit at the window's end, without the solver's tolerance beyond the limits: the next window could
   otherwise not start. */
static PetscReal EnergyAfter(Run run, const Window *window, PetscInt k)
{
  Dispatch  d = window->dispatch;
  PetscReal e = d->storage_energy[(d->hours - 1) * d->n_storage + k];

  return PetscMax(run->net->storage.e_min_mwh[k], PetscMin(run->net->storage.e_max_mwh[k], e));
}

/* What the next window starts from: energies as exact hexadecimal numbers, and the leaves so far as a compact range. */
static json_t *State(Run run, const Window *window)
{
  json_t  *state = json_object(), *energy = json_array();
  Dispatch d = window->dispatch;
  uint8_t  bytes[LEDGER_RANGE_MAX_BYTES];
  char     hex[2 * LEDGER_RANGE_MAX_BYTES + 1], number[64];

  JsonPut(state, "window", json_integer(window->number));
  JsonPut(state, "start", json_string(FormatTime(window->start).text));
  JsonPut(state, "ledger_start", json_integer((json_int_t)run->ledger_end));
  JsonPut(state, "ledger_entries", json_integer((json_int_t)window->n_entries));
  LedgerHexEncode(bytes, LedgerRangeWrite(window->range, bytes), hex);
  JsonPut(state, "ledger_range", json_string(hex));
  for (PetscInt k = 0; k < d->n_storage; k++) {
    snprintf(number, sizeof number, "%a", EnergyAfter(run, window, k));
    json_array_append_new(energy, json_string(number));
  }
  JsonPut(state, "storage_energy_mwh", energy);
  return state;
}

static PetscErrorCode BuildResults(Run run, const Window *window, Dataset *ds)
{
  ResultsInput        in    = {.title      = run->study->name,
                               .policy     = run->study->policy,
                               .currency   = run->study->currency,
                               .net        = run->net,
                               .partition  = run->partition,
                               .dispatch   = window->dispatch,
                               .result     = &window->result,
                               .evaluation = &window->evaluation,
                               .soft_price = run->study->soft_price,
                               .window     = window->number,
                               .dated      = PETSC_TRUE,
                               .start      = window->start};
  const PricesOptions parts = {run->study->reference_bus >= 0, &run->study->reference_bus};

  PetscFunctionBeginUser;
  PetscCall(PricesDecompose(run->net, window->dispatch, RunPhysics(run), &parts, &in.prices));
  PetscCall(ResultsCreate(&in, ds));
  PetscCall(PricesDestroy(&in.prices));
  PetscCall(WindowAddSettlement(run, window, *ds));
  PetscCall(WindowAddSecurity(run, window, *ds));
  PetscFunctionReturn(0);
}

/* The settlement of one window's entries. */
static PetscErrorCode BuildStatement(Run run, const Text *entries, Statement *statement)
{
  const char     *bytes = entries->bytes;
  const uint8_t  *entry;
  size_t          size = entries->size, n;
  SettlementEntry line;
  MarketError     error = {0};
  MarketStatus    status;

  PetscFunctionBeginUser;
  status = StatementCreate(run->study->currency, statement, &error);
  while (status == MARKET_OK && EntriesNext(&bytes, &size, &entry, &n)) {
    status = SettlementEntryDecode(entry, n, &line, &error);
    if (status == MARKET_OK) status = StatementAdd(*statement, &line, &error);
  }
  PetscCheck(status == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteJson(Run run, const char *path, json_t *document)
{
  char     *text = json_dumps(document, JSON_INDENT(2));
  FileError error;
  Text      line = {0};

  PetscFunctionBeginUser;
  PetscCheck(text, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", path);
  TextAdd(&line, "%s\n", text);
  if (!FileWrite(path, line.bytes, line.size, &error)) JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  free(line.bytes);
  free(text);
  json_decref(document);
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteFiles(Run run, const Window *window, const char *folder)
{
  char      path[PETSC_MAX_PATH_LEN];
  Dataset   ds;
  Statement statement;
  json_t   *summary;
  FileError error;
  PetscBool written;

  PetscFunctionBeginUser;
  PetscCall(BuildResults(run, window, &ds));
  FileJoin(path, sizeof path, folder, "results.nc");
  PetscCall(DatasetWriteNetcdf(ds, path, &written, &error));
  if (written) {
    FileJoin(path, sizeof path, folder, "entries.bin");
    written = FileWrite(path, window->entries.bytes ? window->entries.bytes : "", window->entries.size, &error);
  }
  if (!written) JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  FileJoin(path, sizeof path, folder, "state.json");
  PetscCall(WriteJson(run, path, State(run, window)));
  PetscCall(BuildStatement(run, &window->entries, &statement));
  PetscCall(SummaryCreate(run, ds, statement, &summary));
  FileJoin(path, sizeof path, folder, "summary.json");
  PetscCall(WriteJson(run, path, summary));
  StatementDestroy(&statement);
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}

static PetscErrorCode CommitFolder(Run run, const Window *window)
{
  static const char *const files[] = {"entries.bin", "results.nc", "state.json", "summary.json"};

  char      folder[PETSC_MAX_PATH_LEN];
  FileError error;

  PetscFunctionBeginUser;
  if (!RunDirectoryBegin(run->directory, window->number, window->start, folder, sizeof folder, &error)) {
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
    PetscFunctionReturn(0);
  }
  PetscCall(WriteFiles(run, window, folder));
  if (run->job->status == JOB_DONE && !DigestWrite(folder, (int)(sizeof files / sizeof files[0]), files, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  if (run->job->status == JOB_DONE && !RunDirectoryCommit(run->directory, window->number, window->start, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  if (run->job->status != JOB_DONE) DirectoryRemove(folder, &error);
  PetscFunctionReturn(0);
}

PetscErrorCode WindowCommit(Run run, Window *window)
{
  Dispatch d = window->dispatch;

  PetscFunctionBeginUser;
  ProgressStage(&run->progress, "writing");
  if (run->job->rank == 0) {
    PetscCall(CommitFolder(run, window));
    if (run->job->status == JOB_DONE)
      AppendToLog(run, run->ledger_end, window->n_entries, window->entries.bytes, window->entries.size, window->range);
    LedgerRangeDestroy(&run->range);
    run->range    = window->range;
    window->range = NULL;
  }
  run->ledger_end += window->n_entries;
  run->windows_done++;
  for (PetscInt k = 0; k < d->n_storage; k++) run->energy[k] = EnergyAfter(run, window, k);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* Reads the state of the last whole window into the run; false when it is not as it was written. */
static PetscBool TakeState(Run run, json_t *state)
{
  json_t     *energy = json_object_get(state, "storage_energy_mwh");
  const char *hex    = json_string_value(json_object_get(state, "ledger_range"));
  uint8_t     bytes[LEDGER_RANGE_MAX_BYTES];
  size_t      n = hex ? strlen(hex) / 2 : 0;

  if (json_integer_value(json_object_get(state, "window")) != run->windows_done - 1) return PETSC_FALSE;
  if ((PetscInt)json_array_size(energy) != run->net->storage.n || !n || n > sizeof bytes) return PETSC_FALSE;
  for (size_t k = 0; k < json_array_size(energy); k++) {
    const char *text = json_string_value(json_array_get(energy, k));
    char       *end;
    if (!text) return PETSC_FALSE;
    run->energy[k] = strtod(text, &end);
    if (*end || !isfinite(run->energy[k])) return PETSC_FALSE;
  }
  if (!LedgerHexDecode(hex, 2 * n, false, bytes, n)) return PETSC_FALSE;
  LedgerRangeDestroy(&run->range);
  if (LedgerRangeRead(bytes, n, &run->range, NULL) != LEDGER_OK) return PETSC_FALSE;
  run->ledger_end = LedgerRangeEnd(run->range);
  return PETSC_TRUE;
}

static void ResumeFirst(Run run)
{
  char      path[PETSC_MAX_PATH_LEN], *bytes = NULL;
  size_t    size;
  json_t   *state;
  FileError error = {""};
  uint64_t  n;

  run->windows_done = RunDirectoryWindows(run->directory);
  if (!run->windows_done) return;
  if (!RunDirectoryCheckWindows(run->directory, &error)) {
    JobFail(run->job, JOB_UNVERIFIED, "%s", error.text);
    return;
  }
  if (!RunDirectoryWindowFile(run->directory, run->windows_done - 1, "state.json", path, sizeof path)) return;
  state = json_load_file(path, 0, NULL);
  if (!state || !TakeState(run, state)) {
    JobFail(run->job, JOB_UNVERIFIED, "%.900s: is not the state of a whole window", path);
  } else {
    n = (uint64_t)json_integer_value(json_object_get(state, "ledger_entries"));
    if (RunDirectoryWindowFile(run->directory, run->windows_done - 1, "entries.bin", path, sizeof path) &&
        FileRead(path, &bytes, &size, &error) && n <= run->ledger_end)
      AppendToLog(run, run->ledger_end - n, n, bytes, size, run->range);
    else
      JobFail(run->job, JOB_UNVERIFIED, "%.900s: is not as it was written %s", path, error.text);
  }
  free(bytes);
  json_decref(state);
}

PetscErrorCode RunResume(Run run)
{
  unsigned long long head[2];

  PetscFunctionBeginUser;
  if (run->job->rank == 0) ResumeFirst(run);
  PetscCall(JobAgree(run->job));
  if (run->job->status != JOB_DONE) PetscFunctionReturn(0);
  head[0] = (unsigned long long)run->windows_done;
  head[1] = run->ledger_end;
  PetscCallMPI(MPI_Bcast(head, 2, MPI_UNSIGNED_LONG_LONG, 0, run->job->comm));
  run->windows_done = (PetscInt)head[0];
  run->ledger_end   = head[1];
  PetscCallMPI(MPI_Bcast(run->energy, (int)run->net->storage.n, MPIU_REAL, 0, run->job->comm));
  if (run->windows_done)
    JobSay(run->job, "%d of %d windows are done already", (int)run->windows_done, (int)run->study->n_windows);
  PetscFunctionReturn(0);
}
