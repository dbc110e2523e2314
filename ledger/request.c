/* Witness requests (C2SP tlog-witness). */
#include "ledger/request.h"

#include <inttypes.h>
#include <string.h>

#include "ledger/text.h"

static const char word[] = "old ";

LedgerStatus LedgerRequestRead(const char *text, size_t length, const char *file, LedgerRequest *request,
                               LedgerError *error)
{
  const char *line;
  size_t      n = 0, w = sizeof word - 1;
  int         number = 2;
  *request           = (LedgerRequest){0};
  if (!LedgerNextLine(&text, &length, &line, &n) || n < w || memcmp(line, word, w) != 0 ||
      !LedgerDecimalParse(line + w, n - w, &request->old_size)) {
    return LedgerFail(error, LEDGER_FALSE, file, "line 1 is not `old` and a decimal number");
  }
  for (; LedgerNextLine(&text, &length, &line, &n) && n; number++) {
    if (request->proof.n == LEDGER_REQUEST_PROOF_MAX) {
      return LedgerFail(error, LEDGER_FALSE, file, "line %d: more than %d hashes", number, LEDGER_REQUEST_PROOF_MAX);
    }
    if (!LedgerHashParse(line, n, &request->proof.hash[request->proof.n++])) {
      return LedgerFail(error, LEDGER_FALSE, file, "line %d is not the base64 of 32 bytes", number);
    }
  }
  if (n || !length) return LedgerFail(error, LEDGER_FALSE, file, "ends at line %d without a checkpoint", number);
  request->checkpoint        = text;
  request->checkpoint_length = length;
  return LEDGER_OK;
}

LedgerStatus LedgerRequestWrite(const LedgerRequest *request, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  if (request->proof.n > LEDGER_REQUEST_PROOF_MAX) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "consistency proof of %zu hashes; at most %d expected",
                      request->proof.n, LEDGER_REQUEST_PROOF_MAX);
  }
  LEDGER_TRY(LedgerBytesPrint(out, error, "%s%" PRIu64 "\n", word, request->old_size));
  for (size_t k = 0; k < request->proof.n; k++) {
    char text[45];
    LedgerHashBase64(&request->proof.hash[k], text);
    LEDGER_TRY(LedgerBytesPrint(out, error, "%s\n", text));
  }
  LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
  LEDGER_TRY(LedgerBytesAppend(out, request->checkpoint, request->checkpoint_length, error));
out:
  return status;
}

LedgerStatus LedgerRequestMake(LedgerLog log, uint64_t old_size, LedgerRequest *request, LedgerError *error)
{
  const LedgerBytes *bytes = LedgerLogCheckpointBytes(log);
  *request = (LedgerRequest){.old_size = old_size, .checkpoint = (char *)bytes->data, .checkpoint_length = bytes->size};
  if (old_size > LedgerLogCheckpoint(log)->size) return LEDGER_OK;
  return LedgerLogConsistency(log, old_size, &request->proof, error);
}
