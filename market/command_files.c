/* What the audit reads beside the log: run directories, secrets, private statements. */
#include "ledger/file.h"
#include "market/command_impl.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MOST ((size_t)1 << 36) /* bytes of a file that is read whole */

LedgerStatus MarketFaultStatus(MarketStatus status, const char *file, const MarketError *fault, LedgerError *error)
{
  if (status == MARKET_OK) return LEDGER_OK;
  return LedgerFail(error, status == MARKET_NO_MEMORY ? LEDGER_INTERNAL : LEDGER_FALSE, file, "%s", fault->text);
}

/* ---- Run directories ---------------------------------------------------------------------------------------------- */

/* Adds a directory; one without study.json is passed over unless it `must` be a run's. */
static LedgerStatus AddFolder(RunFolders *folders, const char *path, bool must, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  char         study[LEDGER_PATH_MAX];
  LedgerBytes  bytes  = {0};
  RunFolder   *larger = NULL;

  LEDGER_TRY(LedgerPathJoin(study, path, "study.json", error));
  if (!must && !LedgerFileExists(study)) goto out;
  LEDGER_TRY(LedgerFileRead(study, INPUTS_MOST, LEDGER_INPUT, &bytes, error));
  larger = realloc(folders->folder, (folders->n + 1) * sizeof *larger);
  if (!larger) {
    status = LedgerNoMemory(error);
    goto out;
  }
  folders->folder             = larger;
  folders->folder[folders->n] = (RunFolder){.met = false};
  LEDGER_TRY(LedgerPathJoin(folders->folder[folders->n].path, NULL, path, error));
  RecordDigest(bytes.data, bytes.size, folders->folder[folders->n++].run_id);
out:
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus RunFoldersCheckPath(const char *path, LedgerError *error)
{
  LedgerStatus status;
  char         study[LEDGER_PATH_MAX], log[LEDGER_PATH_MAX];

  LEDGER_TRY(LedgerPathJoin(study, path, "study.json", error));
  LEDGER_TRY(LedgerPathJoin(log, path, "ledger", error));
  if (LedgerFileExists(study) && !LedgerDirectoryExists(log))
    status = LedgerFail(error, LEDGER_INPUT, path,
                        "is a run without a log of its own: name the log's directory, and this one with --run");
out:
  return status;
}

LedgerStatus RunFoldersOpen(const LedgerArguments *arguments, const char *path, RunFolders *folders, LedgerError *error)
{
  LedgerStatus status;
  const char  *run;

  *folders = (RunFolders){0};
  LEDGER_TRY(AddFolder(folders, path, false, error));
  for (size_t k = 0; (run = LedgerOptionAt(arguments, "--run", k)); k++)
    LEDGER_TRY(AddFolder(folders, run, true, error));
out:
  return status;
}

void RunFoldersClose(RunFolders *folders)
{
  free(folders->folder);
  *folders = (RunFolders){0};
}

/* Writes the path of a window's inputs: `windows/NNNN-.../inputs.bin`. */
static LedgerStatus FindInputs(const char *folder, uint32_t window, char path[LEDGER_PATH_MAX], LedgerError *error)
{
  LedgerStatus   status;
  char           windows[LEDGER_PATH_MAX], name[300], prefix[16];
  DIR           *directory = NULL;
  struct dirent *entry;
  size_t         length = (size_t)snprintf(prefix, sizeof prefix, "%04" PRIu32 "-", window);

  LEDGER_TRY(LedgerPathJoin(windows, folder, "windows", error));
  directory = opendir(windows);
  if (!directory) {
    status = LedgerFail(error, LEDGER_INPUT, windows, "%s", strerror(errno));
    goto out;
  }
  while ((entry = readdir(directory)) && strncmp(entry->d_name, prefix, length) != 0)
    ;
  if (!entry) {
    status = LedgerFail(error, LEDGER_INPUT, windows, "has no folder of window %" PRIu32 " (%s...)", window, prefix);
    goto out;
  }
  snprintf(name, sizeof name, "%s/inputs.bin", entry->d_name);
  LEDGER_TRY(LedgerPathJoin(path, windows, name, error));
out:
  if (directory) closedir(directory);
  return status;
}

MarketStatus RunFoldersInputs(void *context, const uint8_t run_id[RECORD_DIGEST_BYTES], uint32_t window,
                              MarketBytes *inputs, bool *there, MarketError *error)
{
  RunFolders *folders = context;
  LedgerBytes bytes   = {0};
  char        path[LEDGER_PATH_MAX];
  size_t      k = 0;

  *there = false;
  while (k < folders->n && memcmp(folders->folder[k].run_id, run_id, RECORD_DIGEST_BYTES) != 0) k++;
  if (k == folders->n) return MARKET_OK;
  folders->folder[k].met = true;
  folders->status        = FindInputs(folders->folder[k].path, window, path, &folders->error);
  if (folders->status == LEDGER_OK)
    folders->status = LedgerFileRead(path, INPUTS_MOST, LEDGER_INPUT, &bytes, &folders->error);
  if (folders->status) {
    LedgerBytesFree(&bytes);
    return MarketFail(error, MARKET_BAD_INPUT, "%.500s", folders->error.text);
  }
  *inputs = (MarketBytes){.data = bytes.data, .size = bytes.size, .capacity = bytes.capacity};
  *there  = true;
  return MARKET_OK;
}

/* ---- Secrets and private statements ------------------------------------------------------------------------------- */

static LedgerStatus AddSecret(const char *path, Openers *openers, LedgerError *error)
{
  LedgerSecret *larger = realloc(openers->secret, (openers->n_secrets + 1) * sizeof *larger);
  LedgerStatus  status;

  if (!larger) return LedgerNoMemory(error);
  openers->secret = larger;
  status          = LedgerSecretLoad(path, &openers->secret[openers->n_secrets], error);
  if (status == LEDGER_OK) openers->n_secrets++;
  return status;
}

static LedgerStatus AddStatement(const char *path, const char *origin, Openers *openers, LedgerError *error)
{
  LedgerStatus      status;
  LedgerBytes       text   = {0};
  MarketError       fault  = {0};
  PrivateStatement *larger = realloc(openers->statement, (openers->n_statements + 1) * sizeof *larger);

  if (!larger) return LedgerNoMemory(error);
  openers->statement = larger;
  LEDGER_TRY(LedgerFileRead(path, INPUTS_MOST, LEDGER_INPUT, &text, error));
  LEDGER_TRY(MarketFaultStatus(
      PrivateStatementRead((const char *)text.data, text.size, &openers->statement[openers->n_statements], &fault),
      path, &fault, error));
  if (strcmp(openers->statement[openers->n_statements++]->origin, origin) != 0)
    status = LedgerFail(error, LEDGER_FALSE, path, "is of the log `%s`; `%s` expected",
                        openers->statement[openers->n_statements - 1]->origin, origin);
out:
  LedgerBytesFree(&text);
  return status;
}

LedgerStatus OpenersRead(const LedgerArguments *arguments, const char *origin, Openers *openers, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const char  *path;

  *openers = (Openers){0};
  for (size_t k = 0; (path = LedgerOptionAt(arguments, "--secret", k)); k++)
    LEDGER_TRY(AddSecret(path, openers, error));
  for (size_t k = 0; (path = LedgerOptionAt(arguments, "--openings", k)); k++)
    LEDGER_TRY(AddStatement(path, origin, openers, error));
out:
  return status;
}

void OpenersFree(Openers *openers)
{
  for (size_t k = 0; k < openers->n_secrets; k++) LedgerSecretDestroy(&openers->secret[k]);
  for (size_t k = 0; k < openers->n_statements; k++) PrivateStatementDestroy(&openers->statement[k]);
  free(openers->secret);
  free(openers->statement);
  *openers = (Openers){0};
}
