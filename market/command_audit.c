/* audit: a log verified, read and carried out again. */
#include "ledger/file.h"
#include "market/command_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- The audit of an open log ------------------------------------------------------------------------------------- */

typedef struct {
  LedgerLog       log;
  LedgerLogCounts files;
  RunFolders      folders;
  Openers         openers;
  LedgerVerifier *anchor_key; /* [n_anchor_keys] */
  size_t          n_anchor_keys;
  Audit           audit;
} Work;

static LedgerStatus TakeRecord(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  Work        *work   = context;
  MarketError  fault  = {0};
  MarketStatus status = AuditTake(work->audit, entry, size, &fault);

  (void)index;
  if (status && work->folders.status) {
    *error = work->folders.error;
    return work->folders.status;
  }
  return MarketFaultStatus(status, LedgerLogDirectory(work->log), &fault, error);
}

static LedgerStatus ReadAnchorKeys(const LedgerArguments *arguments, Work *work, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const char  *text;
  size_t       n = 0;

  while (LedgerOptionAt(arguments, "--anchor-key", n)) n++;
  work->anchor_key = calloc(n + 1, sizeof *work->anchor_key);
  if (!work->anchor_key) return LedgerNoMemory(error);
  for (size_t k = 0; k < n; k++) {
    text = LedgerOptionAt(arguments, "--anchor-key", k);
    if (LedgerFileExists(text))
      LEDGER_TRY(LedgerVerifierLoad(text, &work->anchor_key[k], error));
    else
      LEDGER_TRY(LedgerVerifierParse(text, strlen(text), &work->anchor_key[k], error));
    work->n_anchor_keys++;
  }
out:
  return status;
}

/* Every run directory that was given has its run in the log. */
static LedgerStatus CheckFolders(const Work *work, LedgerError *error)
{
  for (size_t k = 0; k < work->folders.n; k++)
    if (!work->folders.folder[k].met)
      return LedgerFail(error, LEDGER_FALSE, work->folders.folder[k].path,
                        "the log has no window of this run (its study.json has the SHA-256 of none of the runs)");
  return LEDGER_OK;
}

static LedgerStatus AuditLog(Work *work, LedgerError *error)
{
  LedgerStatus status;
  MarketError  fault   = {0};
  AuditOptions options = {.keys         = work->anchor_key,
                          .n_keys       = work->n_anchor_keys,
                          .inputs       = RunFoldersInputs,
                          .context      = &work->folders,
                          .secret       = work->openers.secret,
                          .n_secrets    = work->openers.n_secrets,
                          .statement    = work->openers.statement,
                          .n_statements = work->openers.n_statements};

  LEDGER_TRY(LedgerLogVerify(work->log, &work->files, error));
  LEDGER_TRY(MarketFaultStatus(AuditCreate(&options, &work->audit, &fault), NULL, &fault, error));
  LEDGER_TRY(LedgerLogVisit(work->log, TakeRecord, work, error));
  LEDGER_TRY(MarketFaultStatus(AuditEnd(work->audit, &fault), LedgerLogDirectory(work->log), &fault, error));
  LEDGER_TRY(CheckFolders(work, error));
out:
  return status;
}

/* ---- What it says ------------------------------------------------------------------------------------------------- */

static LedgerStatus PrintHead(const Work *work, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus            status;
  const LedgerCheckpoint *head = LedgerLogCheckpoint(work->log);
  LedgerBytes             key  = {0};
  LedgerCosigners         cosigners;
  LedgerQuorum            quorum = LedgerLogQuorum(work->log, &cosigners, NULL);
  bool                    from_log;
  char                    root[45];

  LedgerHashBase64(&head->root, root);
  LEDGER_TRY(LedgerVerifierWrite(LedgerLogVerifier(work->log, &from_log), &key, error));
  LEDGER_TRY(
      LedgerBytesPrint(out, error, "log        %s, %" PRIu64 " entries, root %s\n", head->origin, head->size, root));
  LEDGER_TRY(LedgerBytesPrint(out, error, "signed by  %s%s\n", (char *)key.data,
                              from_log ? " (the log's own key.pub: compare it with one from its operator)" : ""));
  if (quorum)
    LEDGER_TRY(LedgerBytesPrint(out, error, "cosigned   by %zu of %zu witnesses, %zu needed\n", cosigners.found,
                                LedgerQuorumCount(quorum), LedgerQuorumNeeded(quorum)));
out:
  LedgerBytesFree(&key);
  return status;
}

/* "3 windows", "1 window"; good until the eighth call behind it. */
static const char *Counted(uint64_t n, const char *what)
{
  static char text[8][64];
  static int  next = 0;
  char       *to   = text[next++ % 8];

  size_t      stem = strlen(what);
  const char *end  = n == 1 ? "" : "s";

  if (n != 1 && what[stem - 1] == 'y') {
    stem--;
    end = "ies";
  }
  snprintf(to, sizeof text[0], "%" PRIu64 " %.*s%s", n, (int)stem, what, end);
  return to;
}

static LedgerStatus PrintChecked(const LogCounts *read, const AuditCounts *done, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;

  LEDGER_TRY(LedgerBytesPrint(out, error, "read       %s, %s, %s, %s\n", Counted(read->runs, "run"),
                              Counted(read->windows, "window"), Counted(read->contracts, "contract"),
                              Counted(read->anchors, "anchor")));
  if (read->entries)
    LEDGER_TRY(LedgerBytesPrint(out, error,
                                "accounts   %" PRIu64 " entries; each interval of a region (%" PRIu64
                                ") sums to zero in money and energy\n",
                                read->entries, read->blocks));
  if (read->committed)
    LEDGER_TRY(LedgerBytesPrint(out, error,
                                "accounts   %" PRIu64 " committed entries; the amounts of each interval (%" PRIu64
                                ") sum to zero\n",
                                read->committed, read->closings));
  if (read->events)
    LEDGER_TRY(LedgerBytesPrint(out, error, "certified  %s; no watt-hour is counted twice\n",
                                Counted(read->events, "certificate event")));
  if (read->anchors_verified)
    LEDGER_TRY(LedgerBytesPrint(out, error, "anchored   %s verified\n", Counted(read->anchors_verified, "signature")));
  LEDGER_TRY(LedgerBytesPrint(out, error, "again      %s of %s carried out with %s: %s and %s compared\n",
                              Counted(done->windows, "window"), Counted(done->runs, "run"),
                              Counted(done->contracts, "contract"), Counted(done->entries, "amount"),
                              Counted(done->events, "certificate event")));
  if (done->openings) LEDGER_TRY(LedgerBytesPrint(out, error, "opened     %s\n", Counted(done->openings, "record")));
out:
  return status;
}

/* What a reader might take for checked. */
static LedgerStatus PrintUnchecked(const LogCounts *read, const AuditCounts *done, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const struct {
    uint64_t    n;
    const char *what, *why;
  } gap[] = {
      {done->runs_not_executed, "run", "not carried out again: give the run directory (--run)"},
      {done->committed_not_opened, "hidden entry",
       "counted but not compared: that needs the region's secret (--secret) or an opening (--openings)"},
      {done->hidden_not_opened, "hidden certificate event",
       "counted but not compared: that needs the operator's secret (--secret)"},
      {read->anchors - read->anchors_verified, "anchor", "without a verified signature: give the key (--anchor-key)"}};

  for (size_t k = 0; k < sizeof gap / sizeof *gap; k++)
    if (gap[k].n)
      LEDGER_TRY(LedgerBytesPrint(out, error, "not done   %s %s\n", Counted(gap[k].n, gap[k].what), gap[k].why));
out:
  return status;
}

static LedgerStatus PrintText(const Work *work, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus       status;
  const LogCounts   *read = LogReadingCounts(AuditReading(work->audit));
  const AuditCounts *done = AuditCountsOf(work->audit);

  LEDGER_TRY(PrintHead(work, out, error));
  LEDGER_TRY(PrintChecked(read, done, out, error));
  LEDGER_TRY(PrintUnchecked(read, done, out, error));
  LEDGER_TRY(
      LedgerBytesPrint(out, error, "audited: %s\n",
                       !done->runs || done->runs_not_executed || done->committed_not_opened || done->hidden_not_opened
                           ? "nothing wrong was found in what was checked"
                           : "every record is the one that comes out of its window's inputs"));
out:
  return status;
}

static LedgerStatus PrintJson(const Work *work, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus            status;
  const LogCounts        *read = LogReadingCounts(AuditReading(work->audit));
  const AuditCounts      *done = AuditCountsOf(work->audit);
  const LedgerCheckpoint *head = LedgerLogCheckpoint(work->log);
  char                    root[45];
  const struct {
    const char *name;
    uint64_t    value;
  } member[] = {{"size", head->size},
                {"runs", read->runs},
                {"windows", read->windows},
                {"entries", read->entries},
                {"blocks", read->blocks},
                {"contracts", read->contracts},
                {"anchors", read->anchors},
                {"anchors_verified", read->anchors_verified},
                {"certificate_events", read->events},
                {"committed_entries", read->committed},
                {"closing_entries", read->closings},
                {"hidden_records", read->hidden},
                {"accounts", read->accounts},
                {"runs_executed", done->runs},
                {"runs_not_executed", done->runs_not_executed},
                {"windows_executed", done->windows},
                {"contracts_executed", done->contracts},
                {"amounts_compared", done->entries},
                {"certificate_events_compared", done->events},
                {"committed_not_opened", done->committed_not_opened},
                {"hidden_not_opened", done->hidden_not_opened},
                {"openings_checked", done->openings}};

  LedgerHashBase64(&head->root, root);
  LEDGER_TRY(LedgerBytesPrint(out, error, "{\"status\": \"audited\", \"origin\": "));
  LEDGER_TRY(LedgerPrintJsonString(out, head->origin, error));
  LEDGER_TRY(LedgerBytesPrint(out, error, ", \"root\": \"%s\"", root));
  for (size_t k = 0; k < sizeof member / sizeof *member; k++)
    LEDGER_TRY(LedgerBytesPrint(out, error, ", \"%s\": %" PRIu64, member[k].name, member[k].value));
  LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
out:
  return status;
}

LedgerStatus MarketRunAudit(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  const char  *path = arguments->positional[0];
  Work         work = {0};

  LEDGER_TRY(RunFoldersCheckPath(path, error));
  LEDGER_TRY(LedgerArgumentsOpen(arguments, path, false, &work.log, error));
  LEDGER_TRY(RunFoldersOpen(arguments, path, &work.folders, error));
  LEDGER_TRY(OpenersRead(arguments, LedgerLogCheckpoint(work.log)->origin, &work.openers, error));
  LEDGER_TRY(ReadAnchorKeys(arguments, &work, error));
  LEDGER_TRY(AuditLog(&work, error));
  LEDGER_TRY(arguments->json ? PrintJson(&work, out, error) : PrintText(&work, out, error));
out:
  AuditDestroy(&work.audit);
  for (size_t k = 0; k < work.n_anchor_keys; k++) LedgerVerifierDestroy(&work.anchor_key[k]);
  free(work.anchor_key);
  OpenersFree(&work.openers);
  RunFoldersClose(&work.folders);
  LedgerLogClose(&work.log);
  return status;
}
