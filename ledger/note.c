/* Signed notes (C2SP signed-note). */
#include "ledger/note.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/text.h"

typedef struct {
  size_t   name, name_length; /* offset into the bytes */
  uint32_t key_id;
  size_t   signature, size; /* offset into the decoded signatures */
} Line;

struct LedgerNote_s {
  char       *text; /* a copy, cut behind the text's last newline */
  size_t      text_length;
  char       *tail; /* the signature lines */
  size_t      n;
  Line        line[LEDGER_NOTE_MAX_SIGNATURES];
  LedgerBytes decoded;
};

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */

enum { DASH_BYTES = 4, COSIGNATURE_BYTES = 8 + LEDGER_SIGNATURE_BYTES };

/* Position of the last empty line's newline, or 0 when there is none behind a text. */
static size_t FindEmptyLine(const char *bytes, size_t size)
{
  for (size_t k = size; k >= 2; k--) {
    if (bytes[k - 1] == '\n' && bytes[k - 2] == '\n') return k - 1;
  }
  return 0;
}

static LedgerStatus ParseLine(LedgerNote note, const char *line, size_t length, const char *file, LedgerError *error)
{
  LedgerStatus status;
  const char  *space = NULL;
  Line        *parsed;
  size_t       size;
  if (note->n == LEDGER_NOTE_MAX_SIGNATURES) {
    return LedgerFail(error, LEDGER_FALSE, file, "note has more than %d signatures", LEDGER_NOTE_MAX_SIGNATURES);
  }
  if (length > DASH_BYTES && memcmp(line, dash, DASH_BYTES) == 0) {
    space = memchr(line + DASH_BYTES, ' ', length - DASH_BYTES);
  }
  if (!space || !LedgerKeyNameValid(line + DASH_BYTES, (size_t)(space - line) - DASH_BYTES)) {
    return LedgerFail(error, LEDGER_FALSE, file, "signature line %zu is not a dash, a key name and base64",
                      note->n + 1);
  }
  parsed              = &note->line[note->n];
  parsed->name        = (size_t)(line - note->tail) + DASH_BYTES;
  parsed->name_length = (size_t)(space - line) - DASH_BYTES;
  length -= (size_t)(space + 1 - line);
  parsed->signature = note->decoded.size;
  /* The base64 text is longer than its bytes: append it for room, then decode over it. */
  status = LedgerBytesAppend(&note->decoded, space + 1, length, error);
  if (status != LEDGER_OK) return status;
  if (!LedgerBase64Decode(space + 1, length, note->decoded.data + parsed->signature, length, &size) || size < 5) {
    return LedgerFail(error, LEDGER_FALSE, file, "signature line %zu: base64 of a key id and a signature expected",
                      note->n + 1);
  }
  note->decoded.size = parsed->signature + size;
  parsed->key_id     = LedgerGetU32(note->decoded.data + parsed->signature);
  parsed->signature += 4;
  parsed->size = size - 4;
  note->n++;
  return LEDGER_OK;
}

static LedgerStatus ParseBytes(LedgerNote note, const char *bytes, size_t size, const char *file, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const char  *rest, *line;
  size_t       left, length, split;
  if (size > LEDGER_NOTE_MAX_BYTES) return LedgerFail(error, LEDGER_FALSE, file, "note is longer than 1 MiB");
  if (!LedgerNoteTextValid(bytes, size)) {
    return LedgerFail(error, LEDGER_FALSE, file, "note is not UTF-8 or holds a control character");
  }
  split = FindEmptyLine(bytes, size);
  if (!split)
    return LedgerFail(error, LEDGER_FALSE, file, "note has no empty line between its text and its signatures");
  note->text_length = split;
  note->text        = strndup(bytes, split);
  note->tail        = strndup(bytes + split + 1, size - split - 1);
  if (!note->text || !note->tail) return LedgerNoMemory(error);
  rest = note->tail;
  left = size - split - 1;
  while (LedgerNextLine(&rest, &left, &line, &length)) LEDGER_TRY(ParseLine(note, line, length, file, error));
  if (left) return LedgerFail(error, LEDGER_FALSE, file, "note does not end in a newline");
  if (!note->n) return LedgerFail(error, LEDGER_FALSE, file, "note has no signature");
out:
  return status;
}

LedgerStatus LedgerNoteParse(const void *bytes, size_t size, const char *file, LedgerNote *note, LedgerError *error)
{
  LedgerStatus status;
  *note = calloc(1, sizeof **note);
  if (!*note) return LedgerNoMemory(error);
  status = ParseBytes(*note, bytes, size, file, error);
  if (status != LEDGER_OK) LedgerNoteDestroy(note);
  return status;
}

void LedgerNoteDestroy(LedgerNote *note)
{
  if (!*note) return;
  free((*note)->text);
  free((*note)->tail);
  LedgerBytesFree(&(*note)->decoded);
  free(*note);
  *note = NULL;
}

const char *LedgerNoteText(LedgerNote note, size_t *length)
{
  if (length) *length = note->text_length;
  return note->text;
}

size_t LedgerNoteSignatureCount(LedgerNote note)
{
  return note->n;
}

LedgerNoteSignature LedgerNoteGetSignature(LedgerNote note, size_t k)
{
  const Line *line = &note->line[k];
  return (LedgerNoteSignature){note->tail + line->name, line->name_length, line->key_id,
                               note->decoded.data + line->signature, line->size};
}

/* The message that a cosigner signs for a note's text. */
static LedgerStatus CosignedMessage(LedgerNote note, uint64_t seconds, LedgerBytes *message, LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(LedgerBytesPrint(message, error, "cosignature/v1\ntime %" PRIu64 "\n", seconds));
  LEDGER_TRY(LedgerBytesAppend(message, note->text, note->text_length, error));
out:
  return status;
}

static LedgerStatus VerifySignature(LedgerNote note, const LedgerNoteSignature *s, LedgerVerifier verifier,
                                    uint64_t *seconds, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  message = {0};
  bool         timed   = LedgerVerifierType(verifier) == LEDGER_KEY_COSIGNATURE;
  *seconds             = 0;
  if (s->size != (timed ? COSIGNATURE_BYTES : LEDGER_SIGNATURE_BYTES)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "signature by %s has %zu bytes", LedgerVerifierName(verifier),
                      s->size);
  }
  if (!timed) return LedgerVerifierCheck(verifier, note->text, note->text_length, s->signature, error);
  *seconds = LedgerGetU64(s->signature);
  LEDGER_TRY(CosignedMessage(note, *seconds, &message, error));
  LEDGER_TRY(LedgerVerifierCheck(verifier, message.data, message.size, s->signature + 8, error));
out:
  LedgerBytesFree(&message);
  return status;
}

static LedgerStatus AppendLine(const char *name, size_t name_length, uint32_t key_id, const uint8_t *payload,
                               size_t size, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  bytes = {0};
  uint8_t      id[4];
  LedgerPutU32(id, key_id);
  LEDGER_TRY(LedgerBytesAppend(&bytes, id, sizeof id, error));
  LEDGER_TRY(LedgerBytesAppend(&bytes, payload, size, error));
  LEDGER_TRY(LedgerBytesAppend(out, dash, DASH_BYTES, error));
  LEDGER_TRY(LedgerBytesAppend(out, name, name_length, error));
  LEDGER_TRY(LedgerBytesAppend(out, " ", 1, error));
  LEDGER_TRY(LedgerBytesAppendBase64(out, bytes.data, bytes.size, error));
  LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
out:
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerNoteWriteLine(LedgerNote note, size_t k, LedgerBytes *out, LedgerError *error)
{
  LedgerNoteSignature s = LedgerNoteGetSignature(note, k);
  return AppendLine(s.name, s.name_length, s.key_id, s.signature, s.size, out, error);
}

static bool MadeBy(const LedgerNoteSignature *s, LedgerVerifier verifier)
{
  const char *name = LedgerVerifierName(verifier);
  return s->key_id == LedgerVerifierKeyId(verifier) && s->name_length == strlen(name) &&
         memcmp(s->name, name, s->name_length) == 0;
}

bool LedgerNoteLineBy(LedgerNote note, size_t k, LedgerVerifier verifier)
{
  LedgerNoteSignature s = LedgerNoteGetSignature(note, k);
  return MadeBy(&s, verifier);
}

LedgerStatus LedgerNoteCheckLine(LedgerNote note, size_t k, LedgerVerifier verifier, uint64_t *seconds,
                                 LedgerError *error)
{
  LedgerNoteSignature s = LedgerNoteGetSignature(note, k);
  uint64_t            time;
  if (!MadeBy(&s, verifier)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "signature line %zu is not by %s (key id %08" PRIx32 ")", k + 1,
                      LedgerVerifierName(verifier), LedgerVerifierKeyId(verifier));
  }
  return VerifySignature(note, &s, verifier, seconds ? seconds : &time, error);
}

LedgerStatus LedgerNoteVerify(LedgerNote note, const LedgerVerifier *verifiers, size_t n, const char *file,
                              bool *signed_by, uint64_t *seconds, LedgerError *error)
{
  size_t      found = 0;
  LedgerError inner = {""};
  for (size_t v = 0; v < n; v++) {
    if (signed_by) signed_by[v] = false;
    if (seconds) seconds[v] = 0;
    for (size_t k = 0; k < note->n; k++) {
      LedgerNoteSignature s = LedgerNoteGetSignature(note, k);
      LedgerStatus        status;
      uint64_t            time = 0;
      if (!MadeBy(&s, verifiers[v])) continue;
      status = VerifySignature(note, &s, verifiers[v], &time, &inner);
      if (status != LEDGER_OK) return LedgerFail(error, status, file, "%s", inner.text);
      found++;
      if (signed_by) signed_by[v] = true;
      if (seconds && time > seconds[v]) seconds[v] = time;
    }
  }
  if (found) return LEDGER_OK;
  if (n != 1) return LedgerFail(error, LEDGER_FALSE, file, "none of %zu known keys signed this", n);
  return LedgerFail(error, LEDGER_FALSE, file, "not signed by %s (key id %08" PRIx32 ")",
                    LedgerVerifierName(verifiers[0]), LedgerVerifierKeyId(verifiers[0]));
}

static LedgerStatus AppendLineBy(LedgerVerifier verifier, const uint8_t *payload, size_t size, LedgerBytes *out,
                                 LedgerError *error)
{
  const char *name = LedgerVerifierName(verifier);
  return AppendLine(name, strlen(name), LedgerVerifierKeyId(verifier), payload, size, out, error);
}

LedgerStatus LedgerNoteSign(const char *text, size_t length, const LedgerSigner *signers, size_t n, LedgerBytes *out,
                            LedgerError *error)
{
  LedgerStatus status;
  if (!length || text[length - 1] != '\n' || !LedgerNoteTextValid(text, length) || !n ||
      n > LEDGER_NOTE_MAX_SIGNATURES) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "a note's text is UTF-8, without control characters, up to a newline");
  }
  LEDGER_TRY(LedgerBytesAppend(out, text, length, error));
  LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
  for (size_t k = 0; k < n; k++) {
    uint8_t        signature[LEDGER_SIGNATURE_BYTES];
    LedgerVerifier verifier = LedgerSignerVerifier(signers[k]);
    if (LedgerVerifierType(verifier) != LEDGER_KEY_ED25519) {
      return LedgerFail(error, LEDGER_INTERNAL, NULL, "a cosigner's key cannot sign a note as its log");
    }
    LEDGER_TRY(LedgerSignerSign(signers[k], text, length, signature, error));
    LEDGER_TRY(AppendLineBy(verifier, signature, sizeof signature, out, error));
  }
out:
  return status;
}

LedgerStatus LedgerNoteCosign(LedgerNote note, LedgerSigner signer, uint64_t seconds, LedgerBytes *out,
                              LedgerError *error)
{
  LedgerStatus   status;
  uint8_t        payload[COSIGNATURE_BYTES];
  LedgerBytes    message  = {0};
  LedgerVerifier verifier = LedgerSignerVerifier(signer);
  if (LedgerVerifierType(verifier) != LEDGER_KEY_COSIGNATURE) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "cosignatures need a key of type 0x04");
  }
  LEDGER_TRY(CosignedMessage(note, seconds, &message, error));
  LedgerPutU64(payload, seconds);
  LEDGER_TRY(LedgerSignerSign(signer, message.data, message.size, payload + 8, error));
  LEDGER_TRY(AppendLineBy(verifier, payload, sizeof payload, out, error));
out:
  LedgerBytesFree(&message);
  return status;
}
