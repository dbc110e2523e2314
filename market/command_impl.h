/* Inside the commands that know what entries mean. */
#ifndef ARCHIPELAGO_MARKET_COMMAND_IMPL_H
#define ARCHIPELAGO_MARKET_COMMAND_IMPL_H

#include "ledger/command.h"
#include "market/audit_run.h"

LedgerStatus MarketRunAudit(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error);
LedgerStatus MarketRunStatement(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error);

/* What a fault of the market means for the program: a log that is wrong, or no memory. `file` may be NULL. */
LedgerStatus MarketFaultStatus(MarketStatus status, const char *file, const MarketError *fault, LedgerError *error);

/* ---- Run directories, for what the log alone does not hold ------------------------------------------------------- */

typedef struct {
  char    path[4096];
  uint8_t run_id[RECORD_DIGEST_BYTES]; /* SHA-256 of its study.json */
  bool    met;                         /* its inputs were asked for */
} RunFolder;

typedef struct {
  size_t       n;
  RunFolder   *folder;
  LedgerStatus status; /* of the last reading that failed */
  LedgerError  error;
} RunFolders;

/* LEDGER_INPUT for a run directory whose log is kept elsewhere, so that nobody takes it for a damaged log. */
LedgerStatus RunFoldersCheckPath(const char *path, LedgerError *error);
/* The directory `path` when it holds a study.json, and every --run. */
LedgerStatus RunFoldersOpen(const LedgerArguments *arguments, const char *path, RunFolders *folders,
                            LedgerError *error);
void         RunFoldersClose(RunFolders *folders);
/* An AuditInputs whose context is a RunFolders; when it fails, the folders' status and error say why. */
MarketStatus RunFoldersInputs(void *context, const uint8_t run_id[RECORD_DIGEST_BYTES], uint32_t window,
                              MarketBytes *inputs, bool *there, MarketError *error);

/* ---- What opens a log in committed privacy ------------------------------------------------------------------------ */

typedef struct {
  size_t            n_secrets, n_statements;
  LedgerSecret     *secret;
  PrivateStatement *statement;
} Openers;

/* Every --secret and every --openings; a statement must be of the log `origin`. */
LedgerStatus OpenersRead(const LedgerArguments *arguments, const char *origin, Openers *openers, LedgerError *error);
void         OpenersFree(Openers *openers);

#endif
