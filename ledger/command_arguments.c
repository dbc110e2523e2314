/* What commands take from their arguments, and the forms in which they print. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/command_impl.h"
#include "ledger/file.h"
#include "ledger/text.h"

/* An option may stand as `--name value` or as `--name=value`. */
static bool IsNamed(const char *option, const char *name)
{
  size_t n = strcspn(option, "=");
  return strlen(name) == n && memcmp(option, name, n) == 0;
}

const char *LedgerOptionAt(const LedgerArguments *arguments, const char *name, size_t k)
{
  for (int o = 0; o < arguments->n_options; o++) {
    if (IsNamed(arguments->option[o].name, name) && k-- == 0) return arguments->option[o].value;
  }
  return NULL;
}

const char *LedgerOption(const LedgerArguments *arguments, const char *name)
{
  for (int o = arguments->n_options; o > 0; o--) {
    if (IsNamed(arguments->option[o - 1].name, name)) return arguments->option[o - 1].value;
  }
  return NULL;
}

/* ---- Keys, witnesses, logs ---------------------------------------------------------------------------------------- */

static LedgerStatus ReadVerifier(const char *text, LedgerVerifier *verifier, LedgerError *error)
{
  LedgerStatus status;
  if (LedgerFileExists(text)) return LedgerVerifierLoad(text, verifier, error);
  status = LedgerVerifierParse(text, strlen(text), verifier, NULL);
  if (status == LEDGER_INPUT) {
    LedgerErrorSet(error, text, "is neither a verifier key (name+id+base64) nor a file with one");
  }
  return status;
}

LedgerStatus LedgerArgumentsKey(const LedgerArguments *arguments, LedgerVerifier *verifier, LedgerError *error)
{
  const char *key = LedgerOption(arguments, "--key");
  *verifier       = NULL;
  return key ? ReadVerifier(key, verifier, error) : LEDGER_OK;
}

/* Reads a file in the form of a log's `witnesses`; *quorum stays NULL when the path is no such file. */
static LedgerStatus ReadWitnesses(const char *path, LedgerQuorum *quorum, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0};
  *quorum           = NULL;
  if (!LedgerFileExists(path)) return LEDGER_OK;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &text, error));
  if (text.size < 7 || memcmp(text.data, "quorum ", 7) != 0) goto out;
  LEDGER_TRY(LedgerQuorumRead((char *)text.data, text.size, path, quorum, error));
out:
  LedgerBytesFree(&text);
  return status;
}

/* Adds what one --witness means; *is_list tells whether it is a list with a quorum of its own. */
static LedgerStatus AddWitnesses(const char *value, LedgerQuorum quorum, bool *is_list, LedgerError *error)
{
  LedgerStatus   status;
  LedgerQuorum   list    = NULL;
  LedgerVerifier witness = NULL;
  LEDGER_TRY(ReadWitnesses(value, &list, error));
  *is_list = list != NULL;
  for (size_t k = 0; list && k < LedgerQuorumCount(list); k++) {
    LEDGER_TRY(LedgerQuorumAdd(quorum, LedgerQuorumWitness(list, k), error));
  }
  if (list) {
    LEDGER_TRY(LedgerQuorumSetNeeded(quorum, LedgerQuorumNeeded(list), error));
    goto out;
  }
  LEDGER_TRY(ReadVerifier(value, &witness, error));
  LEDGER_TRY(LedgerQuorumAdd(quorum, witness, error));
out:
  LedgerQuorumDestroy(&list);
  LedgerVerifierDestroy(&witness);
  return status;
}

/* The witnesses of all --witness; all are needed, unless they come from one list with a quorum of its own. */
static LedgerStatus GivenWitnesses(const LedgerArguments *arguments, LedgerQuorum quorum, LedgerError *error)
{
  LedgerStatus status  = LEDGER_OK;
  size_t       n       = 0;
  bool         is_list = false;
  for (const char *value; (value = LedgerOptionAt(arguments, "--witness", n)); n++) {
    LEDGER_TRY(AddWitnesses(value, quorum, &is_list, error));
  }
  if (n > 1 || !is_list) { LEDGER_TRY(LedgerQuorumSetNeeded(quorum, LedgerQuorumCount(quorum), error)); }
out:
  return status;
}

LedgerStatus LedgerArgumentsQuorum(const LedgerArguments *arguments, const char *directory, LedgerQuorum *quorum,
                                   LedgerError *error)
{
  LedgerStatus status;
  const char  *number = LedgerOption(arguments, "--quorum");
  uint64_t     needed;
  char         path[LEDGER_PATH_MAX];
  *quorum = NULL;
  if (!number && !LedgerOption(arguments, "--witness")) return LEDGER_OK;
  if (LedgerOption(arguments, "--witness")) {
    LEDGER_TRY(LedgerQuorumCreate(quorum, error));
    LEDGER_TRY(GivenWitnesses(arguments, *quorum, error));
  } else if (directory) {
    LEDGER_TRY(LedgerPathJoin(path, directory, "witnesses", error));
    LEDGER_TRY(ReadWitnesses(path, quorum, error));
  }
  if (!number) return LEDGER_OK;
  if (!LedgerDecimalParse(number, strlen(number), &needed)) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "--quorum %s is not a number of witnesses", number);
    goto out;
  }
  if (!*quorum) LEDGER_TRY(LedgerQuorumCreate(quorum, error));
  LEDGER_TRY(LedgerQuorumSetNeeded(*quorum, (size_t)needed, error));
out:
  if (status != LEDGER_OK) LedgerQuorumDestroy(quorum);
  return status;
}

LedgerStatus LedgerArgumentsOpen(const LedgerArguments *arguments, const char *path, bool without_quorum,
                                 LedgerLog *log, LedgerError *error)
{
  LedgerStatus     status;
  LedgerVerifier   verifier = NULL;
  LedgerLogOptions options  = {
       .checkpoint = LedgerOption(arguments, "--checkpoint"), .verifiers = &verifier, .without_quorum = without_quorum};
  char directory[LEDGER_PATH_MAX];
  *log = NULL;
  LEDGER_TRY(LedgerArgumentsKey(arguments, &verifier, error));
  options.n = verifier ? 1 : 0;
  LEDGER_TRY(LedgerLogFind(path, directory, sizeof directory, error));
  LEDGER_TRY(LedgerArgumentsQuorum(arguments, directory, &options.quorum, error));
  LEDGER_TRY(LedgerLogOpen(directory, &options, log, error));
out:
  LedgerVerifierDestroy(&verifier);
  LedgerQuorumDestroy(&options.quorum);
  return status;
}

LedgerStatus LedgerArgumentsDeliver(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  const char  *path = LedgerOption(arguments, "-o");
  char         temporary[LEDGER_PATH_MAX];
  int          length;
  if (!path) path = LedgerOption(arguments, "--output");
  if (!path) return LEDGER_OK;
  length = snprintf(temporary, sizeof temporary, "%s.writing", path);
  if (length < 0 || length >= LEDGER_PATH_MAX) return LedgerFail(error, LEDGER_INPUT, NULL, "output path is too long");
  LEDGER_TRY(LedgerFileWrite(path, temporary, 0666, out->data, out->size, error));
  out->size = 0;
out:
  return status;
}

LedgerStatus LedgerIndexParse(const char *text, uint64_t *index, LedgerError *error)
{
  if (LedgerDecimalParse(text, strlen(text), index)) return LEDGER_OK;
  return LedgerFail(error, LEDGER_INPUT, NULL, "`%s` is not the index of an entry (0, 1, 2, ...)", text);
}

LedgerStatus LedgerIndicesParse(const char *text, uint64_t *start, uint64_t *end, LedgerError *error)
{
  const char *dots = strstr(text, "..");
  if (dots && LedgerDecimalParse(text, (size_t)(dots - text), start) &&
      LedgerDecimalParse(dots + 2, strlen(dots + 2), end) && *start <= *end) {
    ++*end;
    return LEDGER_OK;
  }
  return LedgerFail(error, LEDGER_INPUT, NULL, "`%s` is not A..B, the first and the last index of some entries", text);
}

/* ---- Printing ----------------------------------------------------------------------------------------------------- */

LedgerStatus LedgerPrintJsonString(LedgerBytes *out, const char *text, LedgerError *error)
{
  LedgerStatus status;
  bool         utf8 = LedgerNoteTextValid(text, strlen(text));
  LEDGER_TRY(LedgerBytesAppend(out, "\"", 1, error));
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      LEDGER_TRY(LedgerBytesPrint(out, error, "\\%c", c));
    else if (c == '\n')
      LEDGER_TRY(LedgerBytesPrint(out, error, "\\n"));
    else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
      LEDGER_TRY(LedgerBytesPrint(out, error, "?"));
    else
      LEDGER_TRY(LedgerBytesAppend(out, text, 1, error));
  }
  LEDGER_TRY(LedgerBytesAppend(out, "\"", 1, error));
out:
  return status;
}

LedgerStatus LedgerPrintHead(LedgerBytes *out, const LedgerCheckpoint *checkpoint, bool json, LedgerError *error)
{
  LedgerStatus status;
  char         base64[45], hex[65];
  LedgerHashBase64(&checkpoint->root, base64);
  LedgerHashHex(&checkpoint->root, hex);
  if (!json) {
    return LedgerBytesPrint(out, error, "origin    %s\nentries   %" PRIu64 "\nroot      %s\nroot hex  %s\n",
                            checkpoint->origin, checkpoint->size, base64, hex);
  }
  LEDGER_TRY(LedgerBytesPrint(out, error, "\"origin\": "));
  LEDGER_TRY(LedgerPrintJsonString(out, checkpoint->origin, error));
  LEDGER_TRY(LedgerBytesPrint(out, error, ", \"size\": %" PRIu64 ", \"root\": \"%s\", \"root_hex\": \"%s\"",
                              checkpoint->size, base64, hex));
out:
  return status;
}

LedgerStatus LedgerPrintKey(LedgerBytes *out, LedgerVerifier verifier, bool from_log, bool json, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0};
  LEDGER_TRY(LedgerVerifierWrite(verifier, &text, error));
  if (json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "\"key\": "));
    LEDGER_TRY(LedgerPrintJsonString(out, (char *)text.data, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, ", \"key_source\": \"%s\"", from_log ? "log" : "argument"));
  } else {
    LEDGER_TRY(
        LedgerBytesPrint(out, error, "signed by %s%s\n", (char *)text.data,
                         from_log ? " (the key is the log's own key.pub: compare it with one from its operator)" : ""));
  }
out:
  LedgerBytesFree(&text);
  return status;
}

/* A POSIX time as UTC. */
static void FormatSeconds(uint64_t seconds, char out[32])
{
  time_t    time = (time_t)seconds;
  struct tm parts;
  if (seconds > INT32_MAX * UINT64_C(100) || !gmtime_r(&time, &parts) ||
      !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts)) {
    snprintf(out, 32, "%" PRIu64, seconds);
  }
}

static LedgerStatus PrintWitness(LedgerBytes *out, LedgerVerifier witness, bool cosigned, uint64_t seconds, bool json,
                                 LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0};
  char         time[32];
  FormatSeconds(seconds, time);
  LEDGER_TRY(LedgerVerifierWrite(witness, &text, error));
  if (json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "{\"key\": "));
    LEDGER_TRY(LedgerPrintJsonString(out, (char *)text.data, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, ", \"cosigned\": %s", cosigned ? "true" : "false"));
    if (cosigned) LEDGER_TRY(LedgerBytesPrint(out, error, ", \"time\": \"%s\"", time));
    LEDGER_TRY(LedgerBytesPrint(out, error, "}"));
  } else {
    LEDGER_TRY(LedgerBytesPrint(out, error, "witness   %s %s%s\n", (char *)text.data,
                                cosigned ? "cosigned " : "has not cosigned", cosigned ? time : ""));
  }
out:
  LedgerBytesFree(&text);
  return status;
}

LedgerStatus LedgerPrintQuorum(LedgerBytes *out, LedgerQuorum quorum, const LedgerCosigners *cosigners, bool from_log,
                               bool json, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  size_t       n      = quorum ? LedgerQuorumCount(quorum) : 0;
  if (!n && !json) return LEDGER_OK;
  if (json) LEDGER_TRY(LedgerBytesPrint(out, error, "\"witnesses\": ["));
  for (size_t k = 0; k < n; k++) {
    if (json && k) LEDGER_TRY(LedgerBytesPrint(out, error, ", "));
    LEDGER_TRY(
        PrintWitness(out, LedgerQuorumWitness(quorum, k), cosigners->signed_by[k], cosigners->seconds[k], json, error));
  }
  if (json) LEDGER_TRY(LedgerBytesPrint(out, error, "]"));
  if (!n) return LEDGER_OK;
  LEDGER_TRY(LedgerBytesPrint(out, error,
                              json ? ", \"quorum\": %zu, \"cosigned\": %zu, \"final\": %s, \"witness_source\": \"%s\""
                                   : "quorum    %zu needed, %zu cosigned: %s%s\n",
                              LedgerQuorumNeeded(quorum), cosigners->found,
                              json ? (cosigners->found >= LedgerQuorumNeeded(quorum) ? "true" : "false")
                                   : (cosigners->found >= LedgerQuorumNeeded(quorum) ? "final" : "not final"),
                              json ? (from_log ? "log" : "argument")
                                   : (from_log ? " (the witnesses are the log's own list)" : "")));
out:
  return status;
}

LedgerStatus LedgerPrintText(const LedgerArguments *arguments, const char *name, const LedgerBytes *text,
                             LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  if (arguments->json && !LedgerOption(arguments, "-o") && !LedgerOption(arguments, "--output")) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "{\"%s\": ", name));
    LEDGER_TRY(LedgerPrintJsonString(out, (char *)text->data, error));
    return LedgerBytesPrint(out, error, "}\n");
  }
  LEDGER_TRY(LedgerBytesAppend(out, text->data, text->size, error));
  LEDGER_TRY(LedgerArgumentsDeliver(arguments, out, error));
out:
  return status;
}
