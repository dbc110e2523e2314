/* Commands of keys and witnesses: keygen, request, cosign. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ledger/command_impl.h"
#include "ledger/file.h"
#include "ledger/witness.h"

LedgerStatus LedgerRunKeygen(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerSigner signer = NULL, witness = NULL;
  LedgerBytes  text = {0};
  const char  *path = LedgerOption(arguments, "-o");
  if (!path) path = LedgerOption(arguments, "--output");
  if (!path) return LedgerFail(error, LEDGER_INPUT, NULL, "keygen needs -o FILE for the private key");
  LEDGER_TRY(LedgerSignerCreate(arguments->positional[0], &signer, error));
  LEDGER_TRY(LedgerSignerAs(signer, LEDGER_KEY_COSIGNATURE, &witness, error));
  LEDGER_TRY(
      LedgerVerifierWrite(LedgerSignerVerifier(LedgerOption(arguments, "--witness") ? witness : signer), &text, error));
  LEDGER_TRY(LedgerSignerSave(signer, path, error));
  if (arguments->json) {
    LEDGER_TRY(LedgerBytesPrint(out, error, "{\"key\": "));
    LEDGER_TRY(LedgerPrintJsonString(out, (char *)text.data, error));
    LEDGER_TRY(LedgerBytesPrint(out, error, "}\n"));
  } else {
    LEDGER_TRY(LedgerBytesPrint(out, error, "%s\n", (char *)text.data));
  }
out:
  LedgerSignerDestroy(&signer);
  LedgerSignerDestroy(&witness);
  LedgerBytesFree(&text);
  return status;
}

/* ---- request ------------------------------------------------------------------------------------------------------ */

/* The size of the checkpoint in a file, which the log must have signed. */
static LedgerStatus HeadSize(LedgerLog log, const char *path, uint64_t *size, LedgerError *error)
{
  LedgerStatus     status;
  LedgerBytes      bytes    = {0};
  LedgerCheckpoint head     = {0};
  LedgerVerifier   verifier = LedgerLogVerifier(log, NULL);
  LedgerRequest    request;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &bytes, error));
  LEDGER_TRY(LedgerCheckpointOpen(bytes.data, bytes.size, &verifier, 1, path, &head, error));
  LEDGER_TRY(LedgerRequestMake(log, head.size, &request, error));
  LEDGER_TRY(
      LedgerCheckpointExtends(&head, LedgerLogCheckpoint(log), &request.proof, LedgerLogCheckpointPath(log), error));
  *size = head.size;
out:
  LedgerCheckpointFree(&head);
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerRunRequest(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus  status;
  LedgerLog     log  = NULL;
  LedgerBytes   text = {0};
  LedgerRequest request;
  uint64_t      size = 0;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], true, &log, error));
  if (arguments->n == 2) LEDGER_TRY(HeadSize(log, arguments->positional[1], &size, error));
  LEDGER_TRY(LedgerRequestMake(log, size, &request, error));
  LEDGER_TRY(LedgerRequestWrite(&request, &text, error));
  LEDGER_TRY(LedgerPrintText(arguments, "request", &text, out, error));
out:
  LedgerLogClose(&log);
  LedgerBytesFree(&text);
  return status;
}

/* ---- cosign ------------------------------------------------------------------------------------------------------- */

/* Shows the witness a log directory's checkpoint. */
static LedgerStatus ShowLog(const LedgerArguments *arguments, LedgerWitness witness, LedgerError *error)
{
  LedgerStatus  status;
  LedgerLog     log = NULL;
  LedgerRequest request;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], true, &log, error));
  LEDGER_TRY(LedgerRequestMake(log, LedgerWitnessHeadSize(witness), &request, error));
  LEDGER_TRY(LedgerWitnessCheck(witness, &request, LedgerLogCheckpointPath(log), error));
out:
  LedgerLogClose(&log);
  return status;
}

static LedgerStatus ShowRequest(const char *path, LedgerWitness witness, LedgerError *error)
{
  LedgerStatus  status;
  LedgerBytes   text = {0};
  LedgerRequest request;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_PROOF_FILE_MAX, LEDGER_INPUT, &text, error));
  LEDGER_TRY(LedgerRequestRead((char *)text.data, text.size, path, &request, error));
  LEDGER_TRY(LedgerWitnessCheck(witness, &request, path, error));
out:
  LedgerBytesFree(&text);
  return status;
}

/* Adds cosignature lines to a log's checkpoint. */
static LedgerStatus AddLines(const LedgerArguments *arguments, const LedgerBytes *lines, LedgerQuorum witnesses,
                             LedgerError *error)
{
  LedgerStatus   status;
  LedgerLog      log = NULL;
  LedgerVerifier key;
  LEDGER_TRY(LedgerArgumentsOpen(arguments, arguments->positional[0], true, &log, error));
  if (!witnesses) witnesses = LedgerLogQuorum(log, NULL, NULL);
  if (!witnesses) {
    status = LedgerFail(error, LEDGER_INPUT, LedgerLogDirectory(log), "names no witnesses; give --witness");
    goto out;
  }
  key = LedgerLogVerifier(log, NULL);
  LEDGER_TRY(
      LedgerLogAddCosignatures(LedgerLogDirectory(log), &key, 1, (char *)lines->data, lines->size, witnesses, error));
out:
  LedgerLogClose(&log);
  return status;
}

static LedgerStatus RunAdd(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerQuorum witnesses = NULL;
  LedgerBytes  lines     = {0};
  LEDGER_TRY(LedgerFileRead(LedgerOption(arguments, "--add"), LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &lines, error));
  LEDGER_TRY(LedgerArgumentsQuorum(arguments, NULL, &witnesses, error));
  LEDGER_TRY(AddLines(arguments, &lines, witnesses, error));
  LEDGER_TRY(LedgerBytesPrint(out, error, arguments->json ? "{\"status\": \"added\"}\n" : "added to the checkpoint\n"));
out:
  LedgerQuorumDestroy(&witnesses);
  LedgerBytesFree(&lines);
  return status;
}

/* The line goes into the log's checkpoint with --append, to a file with -o, or to stdout. */
static LedgerStatus DeliverLine(const LedgerArguments *arguments, LedgerSigner signer, const LedgerBytes *line,
                                LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerQuorum self = NULL;
  if (LedgerOption(arguments, "--append")) {
    LEDGER_TRY(LedgerQuorumCreate(&self, error));
    LEDGER_TRY(LedgerQuorumAdd(self, LedgerSignerVerifier(signer), error));
    LEDGER_TRY(AddLines(arguments, line, self, error));
  }
  LEDGER_TRY(LedgerPrintText(arguments, "cosignature", line, out, error));
out:
  LedgerQuorumDestroy(&self);
  return status;
}

LedgerStatus LedgerRunCosign(const LedgerArguments *arguments, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus   status;
  LedgerSigner   signer  = NULL;
  LedgerVerifier key     = NULL;
  LedgerWitness  witness = NULL;
  LedgerBytes    line    = {0};
  const char    *secret = LedgerOption(arguments, "--witness-key"), *state = LedgerOption(arguments, "--state");
  bool           directory = LedgerDirectoryExists(arguments->positional[0]);
  if (LedgerOption(arguments, "--add")) return RunAdd(arguments, out, error);
  if (!secret || !state || !LedgerOption(arguments, "--key")) {
    return LedgerFail(error, LEDGER_INPUT, NULL,
                      "a witness needs --witness-key FILE, --state DIR and the log's key, --key VKEY|FILE");
  }
  if (LedgerOption(arguments, "--append") && !directory) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "--append needs the log's directory");
  }
  LEDGER_TRY(LedgerArgumentsKey(arguments, &key, error));
  LEDGER_TRY(LedgerSignerLoadWitness(secret, &signer, error));
  LEDGER_TRY(LedgerWitnessOpen(state, signer, key, LedgerOption(arguments, "--origin"), &witness, error));
  LEDGER_TRY(directory ? ShowLog(arguments, witness, error) : ShowRequest(arguments->positional[0], witness, error));
  LEDGER_TRY(LedgerWitnessCosign(witness, (uint64_t)time(NULL), &line, error));
  LEDGER_TRY(DeliverLine(arguments, signer, &line, out, error));
out:
  LedgerWitnessClose(&witness);
  LedgerSignerDestroy(&signer);
  LedgerVerifierDestroy(&key);
  LedgerBytesFree(&line);
  return status;
}
