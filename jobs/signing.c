/* The key that signs a run's ledger: --key FILE, else the study's, else ARCHIPELAGO_KEY (a file, or the key itself), else
   one of the user's own for this origin under ${XDG_CONFIG_HOME:-~/.config}/archipelago/keys, made on first use. */
#include <stdlib.h>
#include <string.h>

#include "jobs/run.h"
#include "ledger/hash.h"

void RunPlainName(const char *text, char plain[RUN_PLAIN_NAME])
{
  size_t n = 0;

  for (; text[n] && n < RUN_PLAIN_NAME - 1; n++)
    plain[n] = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", text[n]) ? text[n] : '_';
  plain[n] = '\0';
}

void RunRegionKey(Run run, const char *role, PetscInt region, char name[RUN_KEY_NAME])
{
  char plain[RUN_PLAIN_NAME];

  RunPlainName(run->partition->name[region], plain);
  snprintf(name, RUN_KEY_NAME, "%.800s/%s/%d-%s", run->study->ledger_origin, role, (int)region, plain);
}

PetscBool RunKeyFile(const char *name_of_key, const char *suffix, char *path, size_t size)
{
  const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  char        folder[PETSC_MAX_PATH_LEN], name[RUN_PLAIN_NAME], hex[65];
  LedgerHash  hash = LedgerHashLeaf(name_of_key, strlen(name_of_key));
  FileError   error;

  if (config && config[0])
    snprintf(folder, sizeof folder, "%s/archipelago/keys", config);
  else if (home && home[0])
    snprintf(folder, sizeof folder, "%s/.config/archipelago/keys", home);
  else
    return PETSC_FALSE;
  RunPlainName(name_of_key, name);
  LedgerHashHex(&hash, hex);
  if (!DirectoryMake(folder, &error)) return PETSC_FALSE;
  return snprintf(path, size, "%s/%s-%.8s.%s", folder, name, hex, suffix) < (int)size ? PETSC_TRUE : PETSC_FALSE;
}

/* Public clients expect a log's key to have the name of its origin; readers must not insist on it, and neither do we. */
static void TellName(Run run)
{
  const char *name = LedgerVerifierName(LedgerSignerVerifier(run->signer)), *origin = run->study->ledger_origin;

  if (strcmp(name, origin) != 0)
    JobSay(run->job, "warning: the ledger's key is named %.300s; public clients expect the log's origin, %.300s", name,
           origin);
}

PetscErrorCode RunFindKey(Run run, const char *option)
{
  const char  *environment = getenv("ARCHIPELAGO_KEY"), *given = option;
  char         path[PETSC_MAX_PATH_LEN];
  LedgerError  error = {""};
  LedgerStatus status;

  PetscFunctionBeginUser;
  if (!given) given = run->study->ledger_key_path;
  if (!given && environment && environment[0]) given = environment;
  if (given && !strncmp(given, "PRIVATE+KEY+", 12)) {
    status = LedgerSignerParse(given, strlen(given), &run->signer, &error);
  } else if (given) {
    status = LedgerSignerLoad(given, &run->signer, &error);
  } else if (RunKeyFile(run->study->ledger_origin, "key", path, sizeof path)) {
    if (!FileExists(path)) JobSay(run->job, "made the ledger key %s", path);
    status = LedgerSignerLoadOrCreate(path, run->study->ledger_origin, &run->signer, &error);
  } else {
    status = LedgerFail(&error, LEDGER_INPUT, NULL, "no place for a ledger key: set HOME, or give --key FILE");
  }
  if (status == LEDGER_OK) TellName(run);
  if (status != LEDGER_OK)
    JobFail(run->job, status == LEDGER_INTERNAL ? JOB_INTERNAL : JOB_INPUT, "%.1000s", error.text);
  PetscFunctionReturn(0);
}
