/* Checkpoints (C2SP tlog-checkpoint). */
#include "ledger/checkpoint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/text.h"

LedgerStatus LedgerCheckpointParse(const char *text, size_t length, const char *file, LedgerCheckpoint *checkpoint,
                                   LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const char  *origin, *line;
  size_t       origin_length, n;
  *checkpoint = (LedgerCheckpoint){0};
  if (!LedgerNoteTextValid(text, length)) {
    return LedgerFail(error, LEDGER_FALSE, file, "checkpoint is not UTF-8 or holds a control character");
  }
  if (!LedgerNextLine(&text, &length, &origin, &origin_length) || !origin_length) {
    return LedgerFail(error, LEDGER_FALSE, file, "checkpoint line 1 is not an origin");
  }
  if (!LedgerNextLine(&text, &length, &line, &n) || !LedgerDecimalParse(line, n, &checkpoint->size)) {
    return LedgerFail(error, LEDGER_FALSE, file, "checkpoint line 2 is not a size in decimal digits");
  }
  if (!LedgerNextLine(&text, &length, &line, &n) || !LedgerHashParse(line, n, &checkpoint->root)) {
    return LedgerFail(error, LEDGER_FALSE, file, "checkpoint line 3 is not the base64 of a 32-byte root");
  }
  for (; LedgerNextLine(&text, &length, &line, &n); checkpoint->extensions++) {
    if (!n) return LedgerFail(error, LEDGER_FALSE, file, "checkpoint line %zu is empty", checkpoint->extensions + 4);
  }
  if (length) return LedgerFail(error, LEDGER_FALSE, file, "checkpoint does not end in a newline");
  checkpoint->origin = strndup(origin, origin_length);
  if (!checkpoint->origin) status = LedgerNoMemory(error);
  return status;
}

LedgerStatus LedgerCheckpointOpen(const void *bytes, size_t size, const LedgerVerifier *verifiers, size_t n,
                                  const char *file, LedgerCheckpoint *checkpoint, LedgerError *error)
{
  LedgerStatus status;
  LedgerNote   note = NULL;
  size_t       length;
  const char  *text;
  *checkpoint = (LedgerCheckpoint){0};
  LEDGER_TRY(LedgerNoteParse(bytes, size, file, &note, error));
  LEDGER_TRY(LedgerNoteVerify(note, verifiers, n, file, NULL, NULL, error));
  text = LedgerNoteText(note, &length);
  LEDGER_TRY(LedgerCheckpointParse(text, length, file, checkpoint, error));
out:
  LedgerNoteDestroy(&note);
  return status;
}

void LedgerCheckpointFree(LedgerCheckpoint *checkpoint)
{
  free(checkpoint->origin);
  *checkpoint = (LedgerCheckpoint){0};
}

LedgerStatus LedgerCheckpointExtends(const LedgerCheckpoint *older, const LedgerCheckpoint *newer,
                                     const LedgerProof *proof, const char *file, LedgerError *error)
{
  LedgerStatus status;
  LedgerError  inner = {""};
  char         a[45], b[45];
  if (strcmp(older->origin, newer->origin) != 0) {
    return LedgerFail(error, LEDGER_FALSE, file, "is of the log `%s`; `%s` expected", newer->origin, older->origin);
  }
  if (older->size > newer->size) {
    return LedgerFail(error, LEDGER_FALSE, file, "has %" PRIu64 " entries, fewer than the older checkpoint's %" PRIu64,
                      newer->size, older->size);
  }
  if (older->size == newer->size && !LedgerHashEqual(&older->root, &newer->root)) {
    LedgerHashBase64(&older->root, a);
    LedgerHashBase64(&newer->root, b);
    return LedgerFail(error, LEDGER_FALSE, file,
                      "two checkpoints of %" PRIu64 " entries with different roots, %s and %s", newer->size, a, b);
  }
  status = LedgerConsistencyCheck(older->size, newer->size, proof, &older->root, &newer->root, &inner);
  if (status != LEDGER_OK) {
    LedgerErrorSet(error, file, "does not extend the checkpoint of %" PRIu64 " entries: %s", older->size, inner.text);
  }
  return status;
}

LedgerStatus LedgerCheckpointWrite(const char *origin, uint64_t size, const LedgerHash *root, LedgerBytes *out,
                                   LedgerError *error)
{
  char text[45];
  if (!*origin || strchr(origin, '\n') || !LedgerNoteTextValid(origin, strlen(origin))) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "origin is not one line of UTF-8 text");
  }
  LedgerHashBase64(root, text);
  return LedgerBytesPrint(out, error, "%s\n%" PRIu64 "\n%s\n", origin, size, text);
}
