/* Commands about proofs: prove, check, consistency. */
#include <inttypes.h>
#include <string.h>

#include "ledger/command_impl.h"
#include "ledger/file.h"
#include "ledger/request.h"
#include "ledger/text.h"
#include "ledger/tile.h"

LedgerStatus LedgerRunProve(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log  = NULL;
  LedgerBytes  text = {0};
  uint64_t     index;
  LEDGER_TRY(LedgerIndexParse(arguments->positional[1], &index, error));
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], false, &log, error));
  LEDGER_TRY(LedgerLogProve(log, index, &text, error));
  LEDGER_TRY(LedgerPrintText(arguments, "proof", &text, out, error));
out:
  LedgerLogClose(&log);
  LedgerBytesFree(&text);
  return status;
}

/* ---- check -------------------------------------------------------------------------------------------------------- */

/* What `check` compares, and with whom. */
typedef struct {
  const LedgerArguments *arguments;
  const char            *directory; /* the log's, or NULL */
  const char            *proof_path, *entry_path;
  LedgerVerifier         key;
  bool                   key_from_log, quorum_from_log;
  LedgerQuorum           quorum;
  LedgerCosigners        cosigners;
  LedgerCheckpoint       checkpoint;
  LedgerProofFile        proof;
  char                   log[LEDGER_PATH_MAX];
} Check;

/* The key and the witnesses: as given, or else those that the log named on the command line says are its own. */
static LedgerStatus FindKeys(Check *check, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0};
  char         path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerArgumentsKey(check->arguments, &check->key, error));
  if (!check->key && !check->directory) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "no key: give --key VKEY or the log's directory");
    goto out;
  }
  if (check->directory) LEDGER_TRY(LedgerLogFind(check->directory, check->log, sizeof check->log, error));
  LEDGER_TRY(LedgerArgumentsQuorum(check->arguments, check->directory ? check->log : NULL, &check->quorum, error));
  if (!check->directory) goto out;
  if (!check->key) {
    LEDGER_TRY(LedgerPathJoin(path, check->log, "key.pub", error));
    LEDGER_TRY(LedgerVerifierLoad(path, &check->key, error));
    check->key_from_log = true;
  }
  LEDGER_TRY(LedgerPathJoin(path, check->log, "witnesses", error));
  if (check->quorum || !LedgerFileExists(path)) goto out;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &text, error));
  LEDGER_TRY(LedgerQuorumRead((char *)text.data, text.size, path, &check->quorum, error));
  check->quorum_from_log = true;
out:
  LedgerBytesFree(&text);
  return status;
}

/* The checkpoint inside of the proof file. */
static LedgerStatus OpenCheckpoint(Check *check, LedgerError *error)
{
  LedgerStatus status;
  LedgerNote   note = NULL;
  const char  *text, *file = check->proof_path;
  size_t       length;
  LEDGER_TRY(LedgerNoteParse(check->proof.checkpoint, check->proof.checkpoint_length, file, &note, error));
  LEDGER_TRY(LedgerNoteVerify(note, &check->key, 1, file, NULL, NULL, error));
  text = LedgerNoteText(note, &length);
  LEDGER_TRY(LedgerCheckpointParse(text, length, file, &check->checkpoint, error));
  if (check->quorum) LEDGER_TRY(LedgerQuorumCheck(check->quorum, note, file, &check->cosigners, error));
out:
  LedgerNoteDestroy(&note);
  return status;
}

/* The entry's bytes: from --entry-hex, a file, or the log's own bundle. */
static LedgerStatus ReadEntry(Check *check, LedgerBytes *entry, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = NULL;
  const char  *hex = LedgerOption(check->arguments, "--entry-hex");
  if (hex) {
    size_t size = strlen(hex) / 2;
    LEDGER_TRY(LedgerBytesAppend(entry, hex, size, error)); /* room */
    if (!LedgerHexDecode(hex, strlen(hex), true, entry->data, size)) {
      return LedgerFail(error, LEDGER_INPUT, NULL, "--entry-hex is not pairs of hexadecimal digits");
    }
  } else if (check->entry_path) {
    LEDGER_TRY(LedgerFileRead(check->entry_path, LEDGER_ENTRY_MAX, LEDGER_INPUT, entry, error));
  } else {
    LEDGER_TRY(LedgerArgumentsOpen(check->arguments, check->directory, true, &log, error));
    LEDGER_TRY(LedgerLogEntry(log, check->proof.index, entry, error));
  }
out:
  LedgerLogClose(&log);
  return status;
}

static LedgerStatus PrintChecked(const Check *check, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  bool         json = check->arguments->json;
  if (json)
    LEDGER_TRY(LedgerBytesPrint(out, error, "{\"status\": \"verified\", \"index\": %" PRIu64 ", ", check->proof.index));
  LEDGER_TRY(LedgerPrintHead(out, &check->checkpoint, json, error));
  if (json) LEDGER_TRY(LedgerBytesPrint(out, error, ", "));
  LEDGER_TRY(LedgerPrintKey(out, check->key, check->key_from_log, json, error));
  if (json) LEDGER_TRY(LedgerBytesPrint(out, error, ", "));
  LEDGER_TRY(LedgerPrintQuorum(out, check->quorum, &check->cosigners, check->quorum_from_log, json, error));
  if (json)
    LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
  else
    LEDGER_TRY(LedgerBytesPrint(out, error, "verified: these bytes are entry %" PRIu64 "\n", check->proof.index));
out:
  return status;
}

/* [DIR] PROOF [ENTRY]: which is which. */
static LedgerStatus ReadPositionals(Check *check, LedgerError *error)
{
  const LedgerArguments *a   = check->arguments;
  int                    at  = LedgerDirectoryExists(a->positional[0]) ? 1 : 0;
  bool                   hex = LedgerOption(a, "--entry-hex") != NULL;
  check->directory           = at ? a->positional[0] : NULL;
  if (at < a->n) check->proof_path = a->positional[at];
  if (at + 1 < a->n) check->entry_path = a->positional[at + 1];
  if (check->proof_path && at + 2 >= a->n && !(check->entry_path && hex) &&
      (check->entry_path || hex || check->directory)) {
    return LEDGER_OK;
  }
  return LedgerFail(error, LEDGER_INPUT, NULL, "check needs [DIR] PROOF and ENTRY or --entry-hex HEX");
}

LedgerStatus LedgerRunCheck(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  Check        check = {.arguments = arguments};
  LedgerBytes  file = {0}, entry = {0};
  LedgerHash   leaf;
  LedgerError  inner = {""};
  LEDGER_TRY(ReadPositionals(&check, error));
  LEDGER_TRY(FindKeys(&check, error));
  LEDGER_TRY(LedgerFileRead(check.proof_path, LEDGER_PROOF_FILE_MAX, LEDGER_INPUT, &file, error));
  LEDGER_TRY(LedgerProofFileRead((char *)file.data, file.size, check.proof_path, &check.proof, error));
  LEDGER_TRY(OpenCheckpoint(&check, error));
  LEDGER_TRY(ReadEntry(&check, &entry, error));
  leaf   = LedgerHashLeaf(entry.data, entry.size);
  status = LedgerInclusionCheck(check.proof.index, check.checkpoint.size, &leaf, &check.proof.proof,
                                &check.checkpoint.root, &inner);
  if (status != LEDGER_OK) {
    LedgerErrorSet(error, check.proof_path, "%s", inner.text);
    goto out;
  }
  LEDGER_TRY(PrintChecked(&check, out, error));
out:
  LedgerCheckpointFree(&check.checkpoint);
  LedgerVerifierDestroy(&check.key);
  LedgerQuorumDestroy(&check.quorum);
  LedgerBytesFree(&file);
  LedgerBytesFree(&entry);
  return status;
}

/* ---- consistency -------------------------------------------------------------------------------------------------- */

/* Opens the log at its own checkpoint, or at the one in a file. */
static LedgerStatus OpenAt(const LedgerArguments *arguments, const char *path, const char *checkpoint, LedgerLog *log,
                           LedgerError *error)
{
  LedgerStatus     status;
  LedgerVerifier   verifier = NULL;
  LedgerLogOptions options  = {.checkpoint = checkpoint, .verifiers = &verifier, .without_quorum = true};
  char             directory[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerArgumentsKey(arguments, &verifier, error));
  options.n = verifier ? 1 : 0;
  LEDGER_TRY(LedgerLogFind(path, directory, sizeof directory, error));
  LEDGER_TRY(LedgerLogOpen(directory, &options, log, error));
out:
  LedgerVerifierDestroy(&verifier);
  return status;
}

LedgerStatus LedgerRunConsistency(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus            status;
  LedgerLog               log   = NULL;
  LedgerCheckpoint        older = {0};
  LedgerBytes             bytes = {0}, text = {0};
  LedgerVerifier          verifier;
  LedgerRequest           request;
  const char             *path = arguments->positional[1];
  const LedgerCheckpoint *now;
  LEDGER_TRY(
      OpenAt(arguments, arguments->positional[0], arguments->n == 3 ? arguments->positional[2] : NULL, &log, error));
  verifier = LedgerLogVerifier(log, NULL);
  now      = LedgerLogCheckpoint(log);
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &bytes, error));
  LEDGER_TRY(LedgerCheckpointOpen(bytes.data, bytes.size, &verifier, 1, path, &older, error));
  LEDGER_TRY(LedgerRequestMake(log, older.size, &request, error));
  LEDGER_TRY(LedgerCheckpointExtends(&older, now, &request.proof, LedgerLogCheckpointPath(log), error));
  if (LedgerOption(arguments, "-o") || LedgerOption(arguments, "--output")) {
    LEDGER_TRY(LedgerRequestWrite(&request, &text, error));
    LEDGER_TRY(LedgerArgumentsDeliver(arguments, &text, error));
  }
  LEDGER_TRY(LedgerBytesPrint(out, error,
                              arguments->json
                                  ? "{\"status\": \"verified\", \"old_size\": %" PRIu64 ", \"size\": %" PRIu64 "}\n"
                                  : "verified: the first %" PRIu64 " of %" PRIu64 " entries are unchanged\n",
                              older.size, now->size));
out:
  LedgerLogClose(&log);
  LedgerCheckpointFree(&older);
  LedgerBytesFree(&bytes);
  LedgerBytesFree(&text);
  return status;
}
