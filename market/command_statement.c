/* statement: what one participant was paid and charged, line by line. */
#include "ledger/file.h"
#include "market/account_statement.h"
#include "market/command_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  LedgerLog        log;
  Openers          openers;
  Audit            audit;
  AccountStatement statement;
  bool             committed; /* a run of the log hides its entries */
  NearNames        near;
} Work;

/* The opening of this record, by the statement that was given for it. */
static const Opening *OpeningAt(const Work *work, uint64_t index, const RunRecord *run)
{
  for (size_t s = 0; s < work->openers.n_statements; s++) {
    PrivateStatement private = work->openers.statement[s];
    if (memcmp(private->run.byte, run->run_id, sizeof run->run_id) != 0) continue;
    for (size_t low = 0, high = private->n; low < high;) {
      size_t middle = low + (high - low) / 2;
      if (private->opening[middle].index == index) return &private->opening[middle];
      if (private->opening[middle].index < index)
        low = middle + 1;
      else
        high = middle;
    }
  }
  return NULL;
}

static MarketStatus Take(Work *work, uint64_t index, const uint8_t *entry, size_t size, MarketError *fault)
{
  LogReading     reading = AuditReading(work->audit);
  const Opening *opening;

  MARKET_TRY(AuditTake(work->audit, entry, size, fault)); /* checks openings too */
  if (LogReadingRun(reading, NULL)->privacy == PRIVACY_COMMITTED) work->committed = true;
  MARKET_TRY(AccountStatementTake(work->statement, reading, entry, size, fault));
  if (RecordTypeOf(entry, size) != RECORD_COMMITTED) return MARKET_OK;
  opening = OpeningAt(work, index, LogReadingRun(reading, NULL));
  if (!opening) return MARKET_OK;
  return AccountStatementTakeEntry(work->statement, reading, index, opening->bytes, opening->size, fault);
}

static LedgerStatus TakeRecord(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  Work       *work  = context;
  MarketError fault = {0};

  return MarketFaultStatus(Take(work, index, entry, size, &fault), LedgerLogDirectory(work->log), &fault, error);
}

/* ---- A participant that is not there ------------------------------------------------------------------------------ */

static LedgerStatus OfferName(void *context, uint64_t index, const uint8_t *bytes, size_t size, LedgerError *error)
{
  Work           *work = context;
  SettlementEntry entry;

  (void)index;
  (void)error;
  if (RecordTypeOf(bytes, size) == RECORD_SETTLEMENT && !SettlementEntryDecode(bytes, size, &entry, NULL))
    NearNamesOffer(&work->near, AccountStatementName(work->statement), entry.participant_name);
  return LEDGER_OK;
}

static LedgerStatus Unknown(Work *work, LedgerError *error)
{
  LedgerStatus status;
  char         names[256] = "";

  LEDGER_TRY(LedgerLogVisit(work->log, OfferName, work, error));
  for (size_t k = 0; k < work->near.n; k++) {
    size_t length = strlen(names);
    snprintf(names + length, sizeof names - length, "%s`%s`", k ? ", " : "; the nearest names are ",
             work->near.near[k].name);
  }
  status =
      LedgerFail(error, LEDGER_INPUT, LedgerLogDirectory(work->log), "has no line of `%s`%s%s",
                 AccountStatementName(work->statement), names,
                 work->committed ? "; where the log hides its entries, a statement needs the participant's private "
                                   "statement (--openings FILE)"
                                 : "");
out:
  return status;
}

/* ---- Output ------------------------------------------------------------------------------------------------------- */

static LedgerStatus Print(const LedgerArguments *arguments, const Work *work, LedgerBytes *out, LedgerError *error)
{
  char        *text   = NULL;
  size_t       size   = 0;
  FILE        *stream = open_memstream(&text, &size);
  LedgerStatus status;

  if (!stream) return LedgerNoMemory(error);
  if (arguments->json)
    AccountStatementPrintJson(stream, work->statement);
  else if (LedgerOption(arguments, "--csv"))
    AccountStatementPrintCsv(stream, work->statement);
  else
    AccountStatementPrint(stream, work->statement);
  status = fclose(stream) == 0 ? LedgerBytesAppend(out, text, size, error) : LedgerNoMemory(error);
  free(text);
  return status;
}

static LedgerStatus WriteFile(const char *folder, uint64_t index, const char *ending, const LedgerBytes *bytes,
                              LedgerError *error)
{
  LedgerStatus status;
  char         name[64], path[LEDGER_PATH_MAX], temporary[LEDGER_PATH_MAX];

  snprintf(name, sizeof name, "%" PRIu64 "%s", index, ending);
  LEDGER_TRY(LedgerPathJoin(path, folder, name, error));
  LEDGER_TRY(LedgerPathJoin(temporary, folder, ".writing", error));
  LEDGER_TRY(LedgerFileWrite(path, temporary, 0644, bytes->data, bytes->size, error));
out:
  return status;
}

/* INDEX.entry and INDEX.tlog-proof of every line. */
static LedgerStatus WriteProofs(const char *folder, const Work *work, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  entry = {0}, proof = {0};

  LEDGER_TRY(LedgerDirectoryCreate(folder, error));
  for (size_t k = 0; k < AccountStatementCount(work->statement); k++) {
    uint64_t index = AccountStatementLine(work->statement, k).index;
    entry.size = proof.size = 0;
    LEDGER_TRY(LedgerLogEntry(work->log, index, &entry, error));
    LEDGER_TRY(LedgerLogProve(work->log, index, &proof, error));
    LEDGER_TRY(WriteFile(folder, index, ".entry", &entry, error));
    LEDGER_TRY(WriteFile(folder, index, ".tlog-proof", &proof, error));
  }
  LEDGER_TRY(LedgerDirectorySync(folder, error));
out:
  LedgerBytesFree(&entry);
  LedgerBytesFree(&proof);
  return status;
}

static LedgerStatus MakeStatement(const LedgerArguments *arguments, Work *work, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus    status;
  MarketError     fault = {0};
  LedgerLogCounts counts;
  const char     *folder  = LedgerOption(arguments, "--proofs");
  AuditOptions    options = {.statement = work->openers.statement, .n_statements = work->openers.n_statements};

  LEDGER_TRY(MarketFaultStatus(AccountStatementCreate(arguments->positional[1], &work->statement, &fault), NULL, &fault,
                               error));
  LEDGER_TRY(MarketFaultStatus(AuditCreate(&options, &work->audit, &fault), NULL, &fault, error));
  LEDGER_TRY(LedgerLogVerify(work->log, &counts, error));
  LEDGER_TRY(LedgerLogVisit(work->log, TakeRecord, work, error));
  LEDGER_TRY(MarketFaultStatus(AuditEnd(work->audit, &fault), LedgerLogDirectory(work->log), &fault, error));
  if (AccountStatementCount(work->statement) == 0) {
    status = Unknown(work, error);
    goto out;
  }
  AccountStatementSort(work->statement);
  if (folder) LEDGER_TRY(WriteProofs(folder, work, error));
  LEDGER_TRY(Print(arguments, work, out, error));
  LEDGER_TRY(LedgerArgumentsDeliver(arguments, out, error));
out:
  return status;
}

LedgerStatus MarketRunStatement(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  Work         work = {0};

  if (arguments->json && LedgerOption(arguments, "--csv"))
    return LedgerFail(error, LEDGER_INPUT, NULL, "give --json or --csv, not both");
  LEDGER_TRY(RunFoldersCheckPath(arguments->positional[0], error));
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &work.log, error));
  LEDGER_TRY(OpenersRead(arguments, LedgerLogCheckpoint(work.log)->origin, &work.openers, error));
  LEDGER_TRY(MakeStatement(arguments, &work, out, error));
out:
  AccountStatementDestroy(&work.statement);
  AuditDestroy(&work.audit);
  OpenersFree(&work.openers);
  LedgerLogClose(&work.log);
  return status;
}
