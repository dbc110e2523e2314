/* A window's results appear whole: its folder first, then its entries in the log, whose root must be the one that the
   ranks' hashes gave. A run that goes on puts the last window into the log again, in case it stopped in between. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs/carbon_cap.h"
#include "jobs/concealment.h"
#include "jobs/digest.h"
#include "jobs/format.h"
#include "jobs/realtime.h"
#include "jobs/results.h"
#include "jobs/run.h"
#include "jobs/witness.h"
#include "ledger/log.h"
#include "market/record.h"

enum { FALSIFIED_BYTE = 63 }; /* of a settlement entry: the last one of its amount (market/entry.h) */

/* Energy of a storage unit at the window's end, without the solver's tolerance beyond the limits: the next window could
   otherwise not start. */
static PetscReal EnergyAfter(Run run, const Window *window, PetscInt k)
{
  Dispatch  d = WindowMetered(window);
  PetscReal e = d->storage_energy[(d->hours - 1) * d->n_storage + k];

  return PetscMax(run->net->storage.e_min_mwh[k], PetscMin(run->net->storage.e_max_mwh[k], e));
}

/* What the next window starts from: energies as exact hexadecimal numbers, and where the log will stand. */
static json_t *State(Run run, const Window *window, const LedgerHash *root)
{
  json_t  *state = json_object(), *energy = json_array();
  Dispatch d = window->dispatch;
  char     number[64], base64[45];

  LedgerHashBase64(root, base64);
  JsonPut(state, "window", json_integer(window->number));
  JsonPut(state, "start", json_string(FormatTime(window->start).text));
  JsonPut(state, "ledger_start", json_integer((json_int_t)window->log_start));
  JsonPut(state, "ledger_entries", json_integer((json_int_t)window->n_entries));
  JsonPut(state, "ledger_root", json_string(base64));
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
  PetscCall(WindowAddMarket(run, window, *ds));
  PetscCall(WindowAddSecurity(run, window, *ds));
  PetscCall(WindowAddRealTime(run, window, *ds));
  PetscCall(WindowAddCarbon(run, window, *ds));
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

static PetscErrorCode WriteFiles(Run run, const Window *window, const LedgerHash *root, const char *folder)
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
  if (!written) JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  FileJoin(path, sizeof path, folder, "inputs.bin");
  if (!FileWrite(path, window->market.data, window->market.size, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  FileJoin(path, sizeof path, folder, "state.json");
  PetscCall(WriteJson(run, path, State(run, window, root)));
  PetscCall(TallyStatement(ds, run->study->currency, &statement));
  PetscCall(SummaryCreate(run, ds, statement, &summary));
  FileJoin(path, sizeof path, folder, "summary.json");
  PetscCall(WriteJson(run, path, summary));
  StatementDestroy(&statement);
  PetscCall(DatasetDestroy(&ds));
  PetscFunctionReturn(0);
}

/* A drill: changes the last byte of one record where it stands in a file of records; before a settlement entry's texts, the
   last byte of its amount. */
static void Falsify(const Window *window, PetscInt index, FILE *stream)
{
  uint8_t length[4];
  long    at = 0;

  if ((uint64_t)index < window->log_start || (uint64_t)index >= window->log_start + window->n_entries) return;
  for (uint64_t k = window->log_start; k <= (uint64_t)index; k++) {
    if (fseek(stream, at, SEEK_SET) || fread(length, 1, sizeof length, stream) != sizeof length) return;
    at += (long)sizeof length + (long)LedgerGetU32(length);
  }
  at -= (long)LedgerGetU32(length);
  at += PetscMin((long)LedgerGetU32(length), FALSIFIED_BYTE + 1) - 1;
  if (!fseek(stream, at, SEEK_SET)) {
    int byte = fgetc(stream);
    if (byte != EOF && !fseek(stream, at, SEEK_SET)) fputc(byte ^ 1, stream);
  }
}

/* Collective. Makes the window's temporary folder with the records of all ranks in entries.bin. */
static PetscErrorCode WriteEntries(Run run, const Window *window, char folder[PETSC_MAX_PATH_LEN])
{
  char      path[PETSC_MAX_PATH_LEN];
  FILE     *stream  = NULL;
  PetscBool written = PETSC_TRUE;
  FileError error;

  PetscFunctionBeginUser;
  if (run->job->rank == 0) {
    if (!RunDirectoryBegin(run->directory, window->number, window->start, folder, PETSC_MAX_PATH_LEN, &error)) {
      JobFail(run->job, JOB_INTERNAL, "%s", error.text);
    } else {
      FileJoin(path, sizeof path, folder, "entries.bin");
      stream = fopen(path, "wb+");
      if (!stream && !FileFail(&error, path, "cannot be written")) JobFail(run->job, JOB_INTERNAL, "%s", error.text);
    }
  }
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE)
    PetscCall(LogBlocksWrite(run->job, window->n_blocks, window->block, stream, &written));
  if (stream && run->drill >= 0) Falsify(window, run->drill, stream);
  if (stream && (fflush(stream) || fsync(fileno(stream)))) written = PETSC_FALSE;
  if (stream && (fclose(stream) || !written) && !FileFail(&error, path, "cannot be written"))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* Rank 0: all other files of the window, and the folder in its place. */
static PetscErrorCode CommitFolder(Run run, const Window *window, const LedgerHash *root, const char *folder)
{
  static const char *const files[] = {"entries.bin", "inputs.bin", "results.nc", "state.json", "summary.json"};

  FileError error;

  PetscFunctionBeginUser;
  PetscCall(WriteFiles(run, window, root, folder));
  if (run->job->status == JOB_DONE && !DigestWrite(folder, (int)(sizeof files / sizeof files[0]), files, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  if (run->job->status == JOB_DONE && !RunDirectoryCommit(run->directory, window->number, window->start, &error))
    JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  PetscFunctionReturn(0);
}

/* Collective. The root that the log will have, from the ranks' hashes behind the log's own. */
static PetscErrorCode MergeRoot(Run run, const Window *window, LedgerHash *root)
{
  LedgerRange before = NULL, merged = NULL;
  LedgerError error = {""};

  PetscFunctionBeginUser;
  if (run->job->rank == 0 && RunRangeBefore(run, window->log_start, &before, &error) != LEDGER_OK)
    JobFail(run->job, JOB_INTERNAL, "%.1000s", error.text);
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE)
    PetscCall(LogBlocksMerge(run->job, window->n_blocks, window->block, before, &merged));
  if (merged && LedgerRangeRoot(merged, root, &error) != LEDGER_OK)
    JobFail(run->job, JOB_INTERNAL, "%.1000s", error.text);
  LedgerRangeDestroy(&before);
  LedgerRangeDestroy(&merged);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowCommit(Run run, Window *window)
{
  Dispatch   d                          = window->dispatch;
  char       folder[PETSC_MAX_PATH_LEN] = "", path[PETSC_MAX_PATH_LEN];
  LedgerHash root;
  FileError  error;

  PetscFunctionBeginUser;
  ProgressStage(&run->progress, "writing");
  PetscCall(MergeRoot(run, window, &root));
  if (run->job->status == JOB_DONE) PetscCall(WriteEntries(run, window, folder));
  FileJoin(path, sizeof path, folder, "entries.bin");
  if (run->job->status == JOB_DONE) PetscCall(WitnessesInspect(run, window, path));
  if (run->job->status == JOB_DONE) PetscCall(ConcealmentWriteOpenings(run, window, folder));
  if (run->job->status == JOB_DONE && run->job->rank == 0) PetscCall(CommitFolder(run, window, &root, folder));
  if (run->job->status != JOB_DONE && folder[0]) DirectoryRemove(folder, &error);
  if (run->job->status == JOB_DONE && run->job->rank == 0) {
    PetscCheck(RunDirectoryWindowFile(run->directory, window->number, "entries.bin", path, sizeof path),
               PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "a window's folder is gone");
    PetscCall(RunAppend(run, path, window->log_start, window->n_entries, &root, NULL));
  }
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE) PetscCall(WitnessesCosign(run, window));
  run->windows_done++;
  for (PetscInt k = 0; k < d->n_storage; k++) run->energy[k] = EnergyAfter(run, window, k);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* Reads the energies of the last whole window into the run; false when it is not as it was written. */
static PetscBool TakeState(Run run, json_t *state)
{
  json_t *energy = json_object_get(state, "storage_energy_mwh");

  if (json_integer_value(json_object_get(state, "window")) != run->windows_done - 1) return PETSC_FALSE;
  if ((PetscInt)json_array_size(energy) != run->net->storage.n) return PETSC_FALSE;
  for (size_t k = 0; k < json_array_size(energy); k++) {
    const char *text = json_string_value(json_array_get(energy, k));
    char       *end;
    if (!text) return PETSC_FALSE;
    run->energy[k] = strtod(text, &end);
    if (*end || !isfinite(run->energy[k])) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* Takes up the last whole window: its energies, and its records, which the log may lack when the run was killed between
   folder and log. In a log that runs share, another run may have gone on at that place meanwhile: *lost. */
static PetscErrorCode TakeWindow(Run run, uint64_t *start, PetscBool *lost)
{
  char        path[PETSC_MAX_PATH_LEN], entries[PETSC_MAX_PATH_LEN];
  json_t     *state;
  LedgerHash  root;
  const char *base64;

  PetscFunctionBeginUser;
  *lost = PETSC_FALSE;
  if (!RunDirectoryWindowFile(run->directory, run->windows_done - 1, "state.json", path, sizeof path) ||
      !RunDirectoryWindowFile(run->directory, run->windows_done - 1, "entries.bin", entries, sizeof entries)) {
    JobFail(run->job, JOB_UNVERIFIED, "window %d: its folder is gone", (int)run->windows_done - 1);
    PetscFunctionReturn(0);
  }
  state  = json_load_file(path, 0, NULL);
  *start = (uint64_t)json_integer_value(json_object_get(state, "ledger_start"));
  base64 = json_string_value(json_object_get(state, "ledger_root"));
  if (!base64 || !LedgerHashParse(base64, strlen(base64), &root) || !TakeState(run, state))
    JobFail(run->job, JOB_UNVERIFIED, "%.900s: is not the state of a whole window", path);
  else
    PetscCall(RunAppend(run, entries, *start, (uint64_t)json_integer_value(json_object_get(state, "ledger_entries")),
                        &root, run->study->ledger.log_path ? lost : NULL));
  json_decref(state);
  PetscFunctionReturn(0);
}

/* What follows a run's record in the log, up to the next run's, is of that run: behind another run's records the rest of
   this one would be read as a part of that. */
static void CheckPlace(Run run)
{
  char path[PETSC_MAX_PATH_LEN];

  if (run->job->status != JOB_DONE || !run->windows_done || run->windows_done == run->study->n_windows) return;
  if (LedgerWriterSize(run->writer) == run->log_next || !run->study->ledger.log_path) return;
  RunLogDirectory(run, path);
  JobFail(run->job, JOB_INPUT,
          "%.900s: another run was entered behind window %d of this one, which cannot go on there any more; run its "
          "other windows as a study of their own",
          path, (int)run->windows_done - 1);
}

/* The index of the record that opens this run, in a log that runs share. */
typedef struct {
  const uint8_t *run_id;
  PetscBool      found;
  uint64_t       index;
} RunSearch;

static LedgerStatus SeekRun(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  RunSearch *search = context;
  RunRecord  record;

  (void)error;
  if (search->found || RecordTypeOf(entry, size) != RECORD_RUN) return LEDGER_OK;
  if (RunRecordRead(entry, size, &record, NULL) != MARKET_OK) return LEDGER_OK;
  search->found = memcmp(record.run_id, search->run_id, sizeof record.run_id) == 0 ? PETSC_TRUE : PETSC_FALSE;
  search->index = index;
  return LEDGER_OK;
}

/* A run that begins must not be in the log: its certificates would be issued, and its amounts be paid, twice. */
static void CheckNew(Run run)
{
  const LedgerLogOptions options = {.without_quorum = true};
  RunSearch              search  = {.run_id = run->run_id.byte};
  char                   path[PETSC_MAX_PATH_LEN];
  LedgerError            error = {""};
  LedgerLog              log   = NULL;
  LedgerStatus           status;

  if (run->job->status != JOB_DONE || run->windows_done || !run->study->ledger.log_path) return;
  if (LedgerWriterSize(run->writer) == 0) return;
  RunLogDirectory(run, path);
  status = LedgerLogOpen(path, &options, &log, &error);
  if (status == LEDGER_OK) status = LedgerLogVisit(log, SeekRun, &search, &error);
  LedgerLogClose(&log);
  if (status != LEDGER_OK)
    JobFail(run->job, status == LEDGER_FALSE ? JOB_UNVERIFIED : JOB_INTERNAL, "%.1000s", error.text);
  else if (search.found)
    JobFail(run->job, JOB_INPUT,
            "%.900s: entry %llu opens this very run, which is in the log already; go on in the directory that it was "
            "made in, or name another log",
            path, (unsigned long long)search.index);
}

/* A run that goes on reads all of its own log: what was damaged meanwhile is not built upon. A shared log is its keeper's. */
static void CheckLog(Run run)
{
  const LedgerLogOptions options = {.without_quorum = true};
  LedgerLogCounts        counts;
  char                   path[PETSC_MAX_PATH_LEN];
  LedgerError            error = {""};
  LedgerLog              log   = NULL;
  LedgerStatus           status;

  if (run->job->status != JOB_DONE || !run->windows_done || run->study->ledger.log_path) return;
  RunLogDirectory(run, path);
  status = LedgerLogOpen(path, &options, &log, &error);
  if (status == LEDGER_OK) status = LedgerLogVerify(log, &counts, &error);
  LedgerLogClose(&log);
  if (status != LEDGER_OK)
    JobFail(run->job, status == LEDGER_FALSE ? JOB_UNVERIFIED : JOB_INTERNAL, "%.1000s", error.text);
}

static void CheckSequence(Run run)
{
  char path[PETSC_MAX_PATH_LEN];

  for (PetscInt w = run->windows_done + 1; w < run->study->n_windows && run->job->status == JOB_DONE; w++)
    if (RunDirectoryWindowFile(run->directory, w, "state.json", path, sizeof path))
      JobFail(run->job, JOB_UNVERIFIED,
              "%.900s: window %d before it has no folder; put that back, or remove the later ones to make all again",
              path, (int)run->windows_done);
}

static PetscErrorCode ResumeFirst(Run run, uint64_t *start)
{
  const PetscReal *initial = run->net->storage.e_initial_mwh;
  FileError        error   = {""};
  PetscBool        lost    = PETSC_TRUE;

  PetscFunctionBeginUser;
  run->windows_done = RunDirectoryWindows(run->directory);
  CheckSequence(run);
  if (run->windows_done && !RunDirectoryCheckWindows(run->directory, &error))
    JobFail(run->job, JOB_UNVERIFIED, "%s", error.text);
  if (run->job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCall(RunOpenLog(run));
  if (run->job->status == JOB_DONE) WitnessesFind(run); /* the log's list of them is made with its first checkpoint */
  while (run->windows_done && lost && run->job->status == JOB_DONE) {
    PetscCall(TakeWindow(run, start, &lost));
    if (!lost) break;
    if (!RunDirectoryDrop(run->directory, --run->windows_done, &error))
      JobFail(run->job, JOB_INTERNAL, "%s", error.text);
    for (PetscInt k = 0; k < run->net->storage.n; k++) run->energy[k] = initial[k];
  }
  CheckPlace(run);
  CheckNew(run);
  CheckLog(run);
  PetscFunctionReturn(0);
}

/* Collective. The last whole window is settled again from its inputs, for what it hands on, and for its witnesses where
   the run was killed before they had cosigned. */
static PetscErrorCode RecallLast(Run run, unsigned long long start)
{
  Window window                   = {.number = run->windows_done - 1};
  char   path[PETSC_MAX_PATH_LEN] = "";
  int    cosign                   = run->job->rank == 0 && !WitnessesDone(run);

  PetscFunctionBeginUser;
  if (run->job->rank == 0 && !RunDirectoryWindowFile(run->directory, window.number, "inputs.bin", path, sizeof path))
    JobFail(run->job, JOB_UNVERIFIED, "window %d: its folder is gone", (int)window.number);
  PetscCallMPI(MPI_Bcast(path, sizeof path, MPI_CHAR, 0, run->job->comm));
  PetscCallMPI(MPI_Bcast(&start, 1, MPI_UNSIGNED_LONG_LONG, 0, run->job->comm));
  PetscCallMPI(MPI_Bcast(&cosign, 1, MPI_INT, 0, run->job->comm));
  PetscCall(WindowRecall(run, path, start, &window));
  if (run->job->rank == 0) RunDirectoryWindowFile(run->directory, window.number, "entries.bin", path, sizeof path);
  if (run->job->status == JOB_DONE)
    PetscCall(WitnessesInspect(run, &window, path)); /* inputs and records belong together */
  if (run->job->status == JOB_DONE && cosign) PetscCall(WitnessesCosign(run, &window));
  PetscCall(WindowDestroy(run, &window));
  PetscFunctionReturn(0);
}

PetscErrorCode RunResume(Run run)
{
  uint64_t start = 0;

  PetscFunctionBeginUser;
  if (run->job->rank == 0) PetscCall(ResumeFirst(run, &start));
  PetscCall(JobAgree(run->job));
  if (run->job->status == JOB_DONE) PetscCall(WitnessesExpect(run));
  if (run->job->status != JOB_DONE) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Bcast(&run->windows_done, 1, MPIU_INT, 0, run->job->comm));
  PetscCallMPI(MPI_Bcast(run->energy, (int)run->net->storage.n, MPIU_REAL, 0, run->job->comm));
  if (!run->windows_done) PetscFunctionReturn(0);
  JobSay(run->job, "%d of %d windows are done already", (int)run->windows_done, (int)run->study->n_windows);
  PetscCall(RecallLast(run, start));
  PetscFunctionReturn(0);
}
