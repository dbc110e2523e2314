/* Committed privacy of a run. */
#include "jobs/concealment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "market/record.h"

/* ---- Secrets ------------------------------------------------------------------------------------------------------ */

static LedgerStatus LoadSecret(Run run, const char *name, PetscBool make, LedgerSecret *secret, LedgerError *error)
{
  const char *folder = run->study->ledger.secrets_path;
  char        path[PETSC_MAX_PATH_LEN], plain[RUN_PLAIN_NAME], file[RUN_PLAIN_NAME + 8];
  FileError   file_error;

  if (folder) {
    const char *last = strrchr(name, '/');
    RunPlainName(last ? last + 1 : name, plain);
    snprintf(file, sizeof file, "%s.secret", plain);
    FileJoin(path, sizeof path, folder, file);
    if (make && !DirectoryMake(folder, &file_error))
      return LedgerFail(error, LEDGER_INPUT, NULL, "%s", file_error.text);
  } else if (!RunKeyFile(name, "secret", path, sizeof path)) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "no place for a region's secret: set HOME, or ledger.secrets");
  }
  return make ? LedgerSecretLoadOrCreate(path, name, secret, error) : LedgerSecretLoad(path, secret, error);
}

static LedgerStatus MakeSecrets(Run run, LedgerError *error)
{
  char         name[RUN_KEY_NAME];
  LedgerStatus status = LEDGER_OK;

  for (PetscInt r = 0; r < run->partition->n_regions && status == LEDGER_OK; r++) {
    LedgerSecret secret = NULL;
    RunRegionKey(run, "secret", r, name);
    status = LoadSecret(run, name, PETSC_TRUE, &secret, error);
    LedgerSecretDestroy(&secret);
  }
  snprintf(name, sizeof name, "%.800s/operator", run->study->ledger_origin);
  if (status == LEDGER_OK) status = LoadSecret(run, name, PETSC_TRUE, &run->concealment->operator_secret, error);
  return status;
}

PetscErrorCode ConcealmentSetUp(Run run)
{
  LedgerError  error = {""};
  LedgerStatus status;

  PetscFunctionBeginUser;
  if (strcmp(run->study->ledger.privacy, "committed") != 0) PetscFunctionReturn(0);
  PetscCall(PetscNew(&run->concealment));
  status = LedgerPedersenCreate(&run->concealment->pedersen, &error);
  if (status == LEDGER_OK && run->job->rank == 0) status = MakeSecrets(run, &error);
  if (status != LEDGER_OK)
    JobFail(run->job, status == LEDGER_INTERNAL ? JOB_INTERNAL : JOB_INPUT, "%.1000s", error.text);
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

PetscErrorCode ConcealmentIdentity(Run run, char **identity)
{
  LedgerSecretInput from     = {.position = 0};
  json_t           *document = json_loads(*identity, 0, NULL);
  LedgerHash        salt;
  LedgerError       error = {""};
  char              hex[65];

  PetscFunctionBeginUser;
  PetscCheck(document, PETSC_COMM_SELF, PETSC_ERR_LIB, "a run's identity is no JSON");
  RecordDigest(*identity, strlen(*identity), from.run.byte);
  PetscCheck(LedgerSecretSalt(run->concealment->operator_secret, LEDGER_FIELD_RUN, &from, &salt, &error) == LEDGER_OK,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  LedgerHashHex(&salt, hex);
  JsonPut(document, "salt", json_string(hex));
  free(*identity);
  *identity = json_dumps(document, JSON_INDENT(2));
  json_decref(document);
  PetscCheck(*identity, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the run's identity");
  PetscFunctionReturn(0);
}

PetscErrorCode ConcealmentDestroy(Concealment *concealment)
{
  PetscFunctionBeginUser;
  if (!*concealment) PetscFunctionReturn(0);
  LedgerPedersenDestroy(&(*concealment)->pedersen);
  LedgerSecretDestroy(&(*concealment)->operator_secret);
  PetscCall(PetscFree(*concealment));
  PetscFunctionReturn(0);
}

/* ---- Records ------------------------------------------------------------------------------------------------------ */

/* Encoded entries of a region, one behind the other in `bytes`. */
static MarketStatus Encode(Settlement settlement, size_t first, size_t n, MarketBytes *bytes, CommittedBytes *entry,
                           MarketError *error)
{
  size_t at = 0;

  for (size_t k = 0; k < n; k++) {
    uint8_t one[ENTRY_SIZE_MAX];
    MARKET_TRY(SettlementEntryEncode(&settlement->entry[first + k], one, sizeof one, &entry[k].size, error));
    MarketPutRaw(bytes, one, entry[k].size);
  }
  MARKET_TRY(MarketBytesCheck(bytes, error));
  for (size_t k = 0; k < n; at += entry[k++].size) entry[k].bytes = bytes->data + at;
  return MARKET_OK;
}

static MarketStatus Conceal(Run run, LedgerSecret secret, const LogBlock *block, size_t n, const CommittedBytes *entry,
                            CommittedBlock *committed, MarketError *error)
{
  LedgerPedersen  pedersen = run->concealment->pedersen;
  CommittedBytes *record   = calloc(n + 1, sizeof *record);
  MarketStatus    status;

  if (!record) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu records", n);
  status = CommittedBlockCreate(pedersen, secret, &run->run_id, block->start, n, entry, committed, error);
  if (status == MARKET_OK) {
    CommittedBlock c = *committed;
    CommittedBlockPlace(c, block->start);
    for (size_t k = 0; k < c->n; k++) record[k] = c->leaf[k].record;
    if (c->n)
      status = WitnessCheckOpenings(pedersen, c->sums.closing[0].window, (uint32_t)block->region, block->start, c->n,
                                    record, c->n_openings, c->opening, error);
  }
  free(record);
  return status;
}

PetscErrorCode ConcealmentFill(Run run, Window *window, Settlement settlement, LogBlock *block)
{
  char            name[RUN_KEY_NAME];
  size_t          first, n;
  LedgerSecret    secret = NULL;
  LedgerError     ledger = {""};
  MarketError     error  = {0};
  MarketBytes     bytes  = {0};
  CommittedBytes *entry;
  CommittedBlock *committed;
  MarketStatus    status;

  PetscFunctionBeginUser;
  if (!window->committed) PetscCall(PetscCalloc1(run->partition->n_regions, &window->committed));
  committed = &window->committed[block->region];
  RunRegionKey(run, "secret", block->region, name);
  SettlementRegionRange(settlement, (uint32_t)block->region, &first, &n);
  PetscCall(PetscCalloc1(n + 1, &entry));
  if (LoadSecret(run, name, PETSC_FALSE, &secret, &ledger) != LEDGER_OK) {
    JobFail(run->job, JOB_INPUT, "%.1000s", ledger.text);
  } else {
    status = Encode(settlement, first, n, &bytes, entry, &error);
    if (status == MARKET_OK) status = Conceal(run, secret, block, n, entry, committed, &error);
    if (status != MARKET_OK)
      JobFail(run->job, JOB_INTERNAL, "region %s: %.500s", run->partition->name[block->region], error.text);
  }
  for (size_t k = 0; *committed && k < (*committed)->n; k++)
    LogBlockAdd(block, (*committed)->leaf[k].record.bytes, (*committed)->leaf[k].record.size);
  LedgerSecretDestroy(&secret);
  MarketBytesFree(&bytes);
  PetscCall(PetscFree(entry));
  PetscFunctionReturn(0);
}

/* A rank's sums over its regions, as bytes; then rank 0 adds those of all ranks. */
static PetscErrorCode GatherSums(Run run, const Window *window, Closings *sums)
{
  PetscMPIInt  size = 0, *sizes, *starts, total = 0;
  MarketBytes  mine = {0};
  MarketError  error;
  uint8_t     *all;
  MarketStatus status = MARKET_OK;

  PetscFunctionBeginUser;
  for (PetscInt r = 0; window->committed && r < run->partition->n_regions; r++)
    for (size_t k = 0; window->committed[r] && k < window->committed[r]->sums.n; k++)
      ClosingWrite(&window->committed[r]->sums.closing[k], &mine);
  size = (PetscMPIInt)mine.size;
  PetscCall(PetscCalloc2(run->job->size, &sizes, run->job->size, &starts));
  PetscCallMPI(MPI_Gather(&size, 1, MPI_INT, sizes, 1, MPI_INT, 0, run->job->comm));
  for (PetscMPIInt k = 0; k < run->job->size; total += sizes[k++]) starts[k] = total;
  PetscCall(PetscMalloc1(total + 1, &all));
  PetscCallMPI(MPI_Gatherv(mine.data, size, MPI_BYTE, all, sizes, starts, MPI_BYTE, 0, run->job->comm));
  for (PetscMPIInt at = 0; run->job->rank == 0 && at < total && status == MARKET_OK; at += CLOSING_SIZE) {
    Closing closing;
    status = ClosingRead(all + at, CLOSING_SIZE, &closing, &error);
    if (status == MARKET_OK) status = ClosingsAdd(sums, run->concealment->pedersen, &closing, &error);
  }
  PetscCheck(status == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  MarketBytesFree(&mine);
  PetscCall(PetscFree(all));
  PetscCall(PetscFree2(sizes, starts));
  PetscFunctionReturn(0);
}

PetscErrorCode ConcealmentClose(Run run, const Window *window, LogBlock *block)
{
  Closings sums = {0};

  PetscFunctionBeginUser;
  PetscCall(GatherSums(run, window, &sums));
  for (size_t k = 0; k < sums.n; k++) {
    MarketBytes bytes = {0};
    ClosingWrite(&sums.closing[k], &bytes);
    LogBlockAdd(block, bytes.data, bytes.size);
    MarketBytesFree(&bytes);
  }
  ClosingsFree(&sums);
  PetscFunctionReturn(0);
}

PetscErrorCode ConcealmentSalt(Run run, PetscInt window, uint8_t salt[32])
{
  LedgerSecretInput from = {.run = run->run_id, .position = (uint64_t)window};
  LedgerHash        hash;
  LedgerError       error = {""};

  PetscFunctionBeginUser;
  PetscCheck(LedgerSecretSalt(run->concealment->operator_secret, LEDGER_FIELD_RECORD, &from, &hash, &error) ==
                 LEDGER_OK,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  memcpy(salt, hash.byte, sizeof hash.byte);
  PetscFunctionReturn(0);
}

/* ---- Statements --------------------------------------------------------------------------------------------------- */

static MarketStatus NewStatement(Run run, PetscInt participant, PrivateStatement *statement, MarketError *error)
{
  return PrivateStatementCreate(EntryTextOf(run->study->ledger_origin), &run->run_id,
                                EntryTextOf(run->participants->name[participant]), statement, error);
}

static PetscInt FindParticipant(Run run, EntryText name)
{
  for (PetscInt p = 0; p < run->participants->n; p++)
    if (strlen(run->participants->name[p]) == name.length &&
        !memcmp(run->participants->name[p], name.bytes, name.length))
      return p;
  return -1;
}

/* The operator's statement for a participant in this window, made on first use. */
static MarketStatus OperatorStatement(Run run, Window *window, PetscInt participant, PrivateStatement *statement,
                                      MarketError *error)
{
  if (!window->told) {
    window->told = calloc((size_t)run->participants->n + 1, sizeof *window->told);
    if (!window->told) return MarketFail(error, MARKET_NO_MEMORY, "no memory for statements");
  }
  if (!window->told[participant]) MARKET_TRY(NewStatement(run, participant, &window->told[participant], error));
  *statement = window->told[participant];
  return MARKET_OK;
}

PetscErrorCode ConcealmentHide(Run run, Window *window, LogBlock *block, const void *bytes, size_t size, size_t n,
                               const EntryText *party)
{
  RecordOpening opening = {.index = block->start + block->filled, .bytes = bytes, .size = size};
  HiddenRecord  record;
  MarketBytes   written = {0};
  MarketError   error   = {0};
  MarketStatus  status  = CommittedHide(run->concealment->operator_secret, &run->run_id, opening.index,
                                        (CommittedBytes){bytes, size}, &record, &opening.salt, &error);

  PetscFunctionBeginUser;
  for (size_t k = 0; k < n && status == MARKET_OK; k++) {
    PetscInt         p         = FindParticipant(run, party[k]);
    PrivateStatement statement = NULL;
    if (p < 0) continue;
    status = OperatorStatement(run, window, p, &statement, &error);
    if (status == MARKET_OK) status = PrivateStatementAddRecord(statement, &opening, &error);
  }
  PetscCheck(status == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  HiddenRecordWrite(&record, &written);
  LogBlockAdd(block, written.data, written.size);
  MarketBytesFree(&written);
  PetscFunctionReturn(0);
}

static MarketStatus RegisterAccounts(Run run, Window *window, LogBlock *block, size_t n, const EntryText *name,
                                     AccountRecord *record, LedgerHash *salt, size_t *order, LedgerSecret *secret,
                                     MarketError *error)
{
  for (size_t k = 0; k < n; k++) secret[k] = run->concealment->operator_secret;
  MARKET_TRY(CommittedAccounts(&run->run_id, n, name, secret, record, salt, order, error));
  for (size_t k = 0; k < n; k++) {
    MarketBytes      bytes     = {0};
    PrivateStatement statement = NULL;
    if (order[k] < (size_t)run->participants->n) {
      MARKET_TRY(OperatorStatement(run, window, (PetscInt)order[k], &statement, error));
      PrivateStatementSetAccount(statement, block->start + block->filled, &salt[order[k]]);
    }
    AccountRecordWrite(&record[order[k]], &bytes);
    LogBlockAdd(block, bytes.data, bytes.size);
    MarketBytesFree(&bytes);
  }
  return MARKET_OK;
}

PetscErrorCode ConcealmentAccounts(Run run, Window *window, LogBlock *block)
{
  size_t         n = (size_t)RunAccounts(run), *order;
  EntryText     *name;
  AccountRecord *record;
  LedgerHash    *salt;
  LedgerSecret  *secret;
  char(*text)[RUN_KEY_NAME];
  MarketError error = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc6(n, &order, n, &name, n, &record, n, &salt, n, &secret, n, &text));
  for (size_t k = 0; k < n; k++) {
    RunAccountName(run, (PetscInt)k, text[k], sizeof text[k]);
    name[k] = EntryTextOf(text[k]);
  }
  PetscCheck(RegisterAccounts(run, window, block, n, name, record, salt, order, secret, &error) == MARKET_OK,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  PetscCall(PetscFree6(order, name, record, salt, secret, text));
  PetscFunctionReturn(0);
}

/* Writes a statement to a file of mode 0600. */
static PetscBool WriteStatement(PrivateStatement statement, const char *path, FileError *error)
{
  MarketBytes text = {0};
  PetscBool   written;
  mode_t      mask = umask(0077);

  PrivateStatementWrite(statement, &text);
  written = FileWrite(path, text.data ? (const void *)text.data : "", text.size, error);
  umask(mask);
  MarketBytesFree(&text);
  return written;
}

/* The openings of one region as a statement for each of its participants. */
static PetscErrorCode WriteRegion(Run run, CommittedBlock block, PetscInt region, const char *folder)
{
  PrivateStatement *statement;
  SettlementEntry   entry;
  MarketError       error  = {0};
  MarketStatus      status = MARKET_OK;
  FileError         file_error;
  char              path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(run->participants->n, &statement));
  for (size_t k = 0; k < block->n_openings && status == MARKET_OK; k++) {
    status = SettlementEntryDecode(block->opening[k].bytes, block->opening[k].size, &entry, &error);
    if (status == MARKET_OK && !statement[entry.participant])
      status = NewStatement(run, (PetscInt)entry.participant, &statement[entry.participant], &error);
    if (status == MARKET_OK) status = PrivateStatementAdd(statement[entry.participant], &block->opening[k], &error);
  }
  PetscCheck(status == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", error.text);
  for (PetscInt p = 0; p < run->participants->n; p++) {
    snprintf(path, sizeof path, "%s/openings/region-%d-participant-%d", folder, (int)region, (int)p);
    if (statement[p] && !WriteStatement(statement[p], path, &file_error))
      JobFail(run->job, JOB_INTERNAL, "%s", file_error.text);
    PrivateStatementDestroy(&statement[p]);
  }
  PetscCall(PetscFree(statement));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteOperators(Run run, const Window *window, const char *folder)
{
  char      path[PETSC_MAX_PATH_LEN];
  FileError error;

  PetscFunctionBeginUser;
  for (PetscInt p = 0; window->told && p < run->participants->n; p++) {
    snprintf(path, sizeof path, "%s/openings/operator-participant-%d", folder, (int)p);
    if (window->told[p] && !WriteStatement(window->told[p], path, &error))
      JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ConcealmentWriteOpenings(Run run, const Window *window, const char *folder)
{
  char      shared[PETSC_MAX_PATH_LEN] = "", path[PETSC_MAX_PATH_LEN];
  FileError error;

  PetscFunctionBeginUser;
  if (!run->concealment) PetscFunctionReturn(0);
  if (run->job->rank == 0) {
    PetscCall(PetscStrncpy(shared, folder, sizeof shared));
    FileJoin(path, sizeof path, shared, "openings");
    if (mkdir(path, 0700) && !FileFail(&error, path, "cannot be made"))
      JobFail(run->job, JOB_INTERNAL, "%s", error.text);
  }
  PetscCallMPI(MPI_Bcast(shared, sizeof shared, MPI_CHAR, 0, run->job->comm));
  PetscCall(JobAgree(run->job));
  if (run->job->status != JOB_DONE) PetscFunctionReturn(0);
  for (PetscInt r = 0; window->committed && r < run->partition->n_regions; r++)
    if (window->committed[r]) PetscCall(WriteRegion(run, window->committed[r], r, shared));
  PetscCall(WriteOperators(run, window, shared));
  PetscCall(JobAgree(run->job));
  PetscFunctionReturn(0);
}

/* Adds what a file opens to a statement; a file that is not there opens nothing. */
static MarketStatus Join(const char *path, PrivateStatement all, MarketError *error)
{
  PrivateStatement part = NULL;
  char            *text = NULL;
  size_t           size = 0;
  FileError        file_error;
  MarketStatus     status;

  if (!FileExists(path)) return MARKET_OK;
  if (!FileRead(path, &text, &size, &file_error)) return MarketFail(error, MARKET_BAD_INPUT, "%.400s", file_error.text);
  status = PrivateStatementRead(text, size, &part, error);
  if (status == MARKET_OK && part->has_account)
    PrivateStatementSetAccount(all, part->account_index, &part->account_salt);
  for (size_t k = 0; status == MARKET_OK && k < part->n; k++)
    status = PrivateStatementAdd(all, &part->opening[k], error);
  for (size_t k = 0; status == MARKET_OK && k < part->n_records; k++)
    status = PrivateStatementAddRecord(all, &part->record[k], error);
  PrivateStatementDestroy(&part);
  free(text);
  return status;
}

static MarketStatus JoinWindow(Run run, PetscInt window, PetscInt participant, PrivateStatement all, MarketError *error)
{
  char name[64], path[PETSC_MAX_PATH_LEN];

  for (PetscInt r = -1; r < run->partition->n_regions; r++) {
    if (r < 0)
      snprintf(name, sizeof name, "openings/operator-participant-%d", (int)participant);
    else
      snprintf(name, sizeof name, "openings/region-%d-participant-%d", (int)r, (int)participant);
    if (RunDirectoryWindowFile(run->directory, window, name, path, sizeof path)) MARKET_TRY(Join(path, all, error));
  }
  return MARKET_OK;
}

PetscErrorCode ConcealmentFinish(Run run)
{
  char         name[RUN_PLAIN_NAME + 32], plain[RUN_PLAIN_NAME], path[PETSC_MAX_PATH_LEN];
  MarketError  error  = {0};
  MarketStatus status = MARKET_OK;
  FileError    file_error;

  PetscFunctionBeginUser;
  if (!run->concealment) PetscFunctionReturn(0);
  if (mkdir(RunDirectoryFile(run->directory, "statements"), 0700) &&
      !FileExists(RunDirectoryFile(run->directory, "statements/.")))
    JobFail(run->job, JOB_INTERNAL, "%.900s/statements: cannot be made", run->path);
  for (PetscInt p = 0; p < run->participants->n && status == MARKET_OK && run->job->status == JOB_DONE; p++) {
    PrivateStatement all = NULL;
    status               = NewStatement(run, p, &all, &error);
    for (PetscInt w = 0; w < run->study->n_windows && status == MARKET_OK; w++)
      status = JoinWindow(run, w, p, all, &error);
    RunPlainName(run->participants->name[p], plain);
    snprintf(name, sizeof name, "statements/%d-%s", (int)p, plain);
    FileJoin(path, sizeof path, run->path, name);
    if (status == MARKET_OK && !WriteStatement(all, path, &file_error))
      JobFail(run->job, JOB_INTERNAL, "%s", file_error.text);
    PrivateStatementDestroy(&all);
  }
  if (status != MARKET_OK) JobFail(run->job, JOB_UNVERIFIED, "private statements: %.500s", error.text);
  PetscFunctionReturn(0);
}
