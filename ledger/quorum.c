/* Witnesses of a log and their quorum. */
#include "ledger/quorum.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/text.h"

struct LedgerQuorum_s {
  size_t         n, needed;
  LedgerVerifier witness[LEDGER_WITNESS_MAX];
};

LedgerStatus LedgerQuorumCreate(LedgerQuorum *quorum, LedgerError *error)
{
  *quorum = calloc(1, sizeof **quorum);
  return *quorum ? LEDGER_OK : LedgerNoMemory(error);
}

void LedgerQuorumDestroy(LedgerQuorum *quorum)
{
  if (!*quorum) return;
  for (size_t k = 0; k < (*quorum)->n; k++) LedgerVerifierDestroy(&(*quorum)->witness[k]);
  free(*quorum);
  *quorum = NULL;
}

LedgerStatus LedgerQuorumAdd(LedgerQuorum quorum, LedgerVerifier witness, LedgerError *error)
{
  LedgerStatus status;
  if (LedgerVerifierType(witness) != LEDGER_KEY_COSIGNATURE) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "%s is not a witness's key: type 0x01; 0x04 expected",
                      LedgerVerifierName(witness));
  }
  for (size_t k = 0; k < quorum->n; k++) {
    if (LedgerVerifierEqual(quorum->witness[k], witness)) return LEDGER_OK;
    if (LedgerVerifierSameKey(quorum->witness[k], witness)) {
      return LedgerFail(error, LEDGER_INPUT, NULL, "the witnesses %s and %s have one key; one key per witness expected",
                        LedgerVerifierName(quorum->witness[k]), LedgerVerifierName(witness));
    }
  }
  if (quorum->n == LEDGER_WITNESS_MAX) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "more than %d witnesses", LEDGER_WITNESS_MAX);
  }
  status = LedgerVerifierCopy(witness, &quorum->witness[quorum->n], error);
  if (status == LEDGER_OK) quorum->n++;
  return status;
}

LedgerStatus LedgerQuorumCopy(LedgerQuorum quorum, LedgerQuorum *copy, LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(LedgerQuorumCreate(copy, error));
  for (size_t k = 0; k < quorum->n; k++) LEDGER_TRY(LedgerQuorumAdd(*copy, quorum->witness[k], error));
  (*copy)->needed = quorum->needed;
out:
  if (status != LEDGER_OK) LedgerQuorumDestroy(copy);
  return status;
}

LedgerStatus LedgerQuorumSetNeeded(LedgerQuorum quorum, size_t needed, LedgerError *error)
{
  if (needed > quorum->n) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "a quorum of %zu needs as many witnesses; there are %zu", needed,
                      quorum->n);
  }
  quorum->needed = needed;
  return LEDGER_OK;
}

size_t LedgerQuorumNeeded(LedgerQuorum quorum)
{
  return quorum->needed;
}

size_t LedgerQuorumCount(LedgerQuorum quorum)
{
  return quorum->n;
}

LedgerVerifier LedgerQuorumWitness(LedgerQuorum quorum, size_t k)
{
  return quorum->witness[k];
}

const LedgerVerifier *LedgerQuorumWitnesses(LedgerQuorum quorum)
{
  return quorum->witness;
}

/* ---- The text form ------------------------------------------------------------------------------------------------ */

static const char word[] = "quorum ";

static LedgerStatus ReadWitness(LedgerQuorum quorum, const char *line, size_t length, const char *file,
                                LedgerError *error)
{
  LedgerStatus   status;
  LedgerVerifier witness = NULL;
  LedgerError    inner   = {""};
  size_t         before  = quorum->n;
  LEDGER_TRY(LedgerVerifierParse(line, length, &witness, &inner));
  LEDGER_TRY(LedgerQuorumAdd(quorum, witness, &inner));
  if (quorum->n == before) status = LedgerFail(&inner, LEDGER_INPUT, NULL, "witness is there already");
out:
  LedgerVerifierDestroy(&witness);
  if (status == LEDGER_INPUT) {
    status = LedgerFail(error, LEDGER_FALSE, file, "line %zu: %s", before + 2, inner.text);
  }
  return status;
}

LedgerStatus LedgerQuorumRead(const char *text, size_t length, const char *file, LedgerQuorum *quorum,
                              LedgerError *error)
{
  LedgerStatus status;
  const char  *line;
  size_t       n, w = sizeof word - 1;
  uint64_t     needed;
  LEDGER_TRY(LedgerQuorumCreate(quorum, error));
  if (!LedgerNextLine(&text, &length, &line, &n) || n < w || memcmp(line, word, w) != 0 ||
      !LedgerDecimalParse(line + w, n - w, &needed)) {
    status = LedgerFail(error, LEDGER_FALSE, file, "line 1 is not `quorum` and a decimal number");
    goto out;
  }
  while (LedgerNextLine(&text, &length, &line, &n)) LEDGER_TRY(ReadWitness(*quorum, line, n, file, error));
  if (length) {
    status = LedgerFail(error, LEDGER_FALSE, file, "does not end in a newline");
  } else if (needed > (*quorum)->n) {
    status =
        LedgerFail(error, LEDGER_FALSE, file, "line 1: a quorum of %" PRIu64 " of %zu witnesses", needed, (*quorum)->n);
  } else {
    (*quorum)->needed = (size_t)needed;
  }
out:
  if (status != LEDGER_OK) LedgerQuorumDestroy(quorum);
  return status;
}

LedgerStatus LedgerQuorumWrite(LedgerQuorum quorum, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(LedgerBytesPrint(out, error, "%s%zu\n", word, quorum->needed));
  for (size_t k = 0; k < quorum->n; k++) {
    LEDGER_TRY(LedgerVerifierWrite(quorum->witness[k], out, error));
    LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
  }
out:
  return status;
}

/* ---- Cosignatures ------------------------------------------------------------------------------------------------- */

LedgerStatus LedgerQuorumFind(LedgerQuorum quorum, LedgerNote note, const char *file, LedgerCosigners *cosigners,
                              LedgerError *error)
{
  LedgerError inner = {""};
  *cosigners        = (LedgerCosigners){0};
  for (size_t w = 0; w < quorum->n; w++) {
    for (size_t k = 0; k < LedgerNoteSignatureCount(note); k++) {
      LedgerStatus status;
      uint64_t     seconds;
      if (!LedgerNoteLineBy(note, k, quorum->witness[w])) continue;
      status = LedgerNoteCheckLine(note, k, quorum->witness[w], &seconds, &inner);
      if (status != LEDGER_OK) return LedgerFail(error, status, file, "witness: %s", inner.text);
      if (!cosigners->signed_by[w]) cosigners->found++;
      cosigners->signed_by[w] = true;
      if (seconds > cosigners->seconds[w]) cosigners->seconds[w] = seconds;
    }
  }
  return LEDGER_OK;
}

LedgerStatus LedgerQuorumCheck(LedgerQuorum quorum, LedgerNote note, const char *file, LedgerCosigners *cosigners,
                               LedgerError *error)
{
  LedgerStatus    status;
  LedgerCosigners own;
  LedgerBytes     missing = {0};
  if (!cosigners) cosigners = &own;
  LEDGER_TRY(LedgerQuorumFind(quorum, note, file, cosigners, error));
  if (cosigners->found >= quorum->needed) goto out;
  for (size_t w = 0; w < quorum->n; w++) {
    if (cosigners->signed_by[w]) continue;
    LEDGER_TRY(
        LedgerBytesPrint(&missing, error, "%s%s", missing.size ? ", " : "", LedgerVerifierName(quorum->witness[w])));
  }
  status =
      LedgerFail(error, LEDGER_FALSE, file, "is not final: cosigned by %zu of %zu witnesses, %zu needed; missing: %s",
                 cosigners->found, quorum->n, quorum->needed, (char *)missing.data);
out:
  LedgerBytesFree(&missing);
  return status;
}

/* The witness by whom the k-th line claims to be, or NULL. */
static LedgerVerifier FindWitness(LedgerNote note, size_t k, LedgerQuorum witnesses)
{
  for (size_t w = 0; w < witnesses->n; w++) {
    if (LedgerNoteLineBy(note, k, witnesses->witness[w])) return witnesses->witness[w];
  }
  return NULL;
}

/* The lines behind the first `old` must be right cosignatures by witnesses. */
static LedgerStatus CheckNewLines(LedgerNote note, size_t old, LedgerQuorum witnesses, const char *file,
                                  LedgerError *error)
{
  for (size_t k = old; k < LedgerNoteSignatureCount(note); k++) {
    LedgerVerifier      witness = FindWitness(note, k, witnesses);
    LedgerNoteSignature s       = LedgerNoteGetSignature(note, k);
    LedgerError         inner   = {""};
    LedgerStatus        status;
    if (!witness) {
      return LedgerFail(error, LEDGER_FALSE, file, "line %zu is by %.*s (key id %08" PRIx32 "), no known witness",
                        k - old + 1, (int)s.name_length, s.name, s.key_id);
    }
    status = LedgerNoteCheckLine(note, k, witness, NULL, &inner);
    if (status != LEDGER_OK) return LedgerFail(error, status, file, "line %zu: %s", k - old + 1, inner.text);
  }
  return LEDGER_OK;
}

/* True for a line by a witness that is wrong (it stood there before; new ones were checked), or when another right one by
   the same witness is later, or as late and further up. */
static bool Superseded(LedgerNote note, size_t k, LedgerQuorum witnesses)
{
  LedgerVerifier witness = FindWitness(note, k, witnesses);
  uint64_t       own, other;
  if (!witness) return false;
  if (LedgerNoteCheckLine(note, k, witness, &own, NULL) != LEDGER_OK) return true;
  for (size_t j = 0; j < LedgerNoteSignatureCount(note); j++) {
    if (j == k || !LedgerNoteLineBy(note, j, witness)) continue;
    if (LedgerNoteCheckLine(note, j, witness, &other, NULL) != LEDGER_OK) continue;
    if (other > own || (other == own && j < k)) return true;
  }
  return false;
}

LedgerStatus LedgerCosignaturesAdd(LedgerNote note, const char *lines, size_t length, LedgerQuorum witnesses,
                                   const char *file, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LedgerNote   joined = NULL;
  LedgerBytes  bytes  = {0};
  size_t       n, joined_n, old = LedgerNoteSignatureCount(note);
  const char  *text = LedgerNoteText(note, &n);
  LEDGER_TRY(LedgerBytesAppend(&bytes, text, n, error));
  LEDGER_TRY(LedgerBytesAppend(&bytes, "\n", 1, error));
  for (size_t k = 0; k < old; k++) LEDGER_TRY(LedgerNoteWriteLine(note, k, &bytes, error));
  LEDGER_TRY(LedgerBytesAppend(&bytes, lines, length, error));
  LEDGER_TRY(LedgerNoteParse(bytes.data, bytes.size, file, &joined, error));
  LedgerNoteText(joined, &joined_n);
  if (joined_n != n) { /* an empty line among the lines would move the note's end */
    status = LedgerFail(error, LEDGER_FALSE, file, "holds an empty line; signature lines expected");
    goto out;
  }
  LEDGER_TRY(CheckNewLines(joined, old, witnesses, file, error));
  LEDGER_TRY(LedgerBytesAppend(out, text, n, error));
  LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
  for (size_t k = 0; k < LedgerNoteSignatureCount(joined); k++) {
    if (!Superseded(joined, k, witnesses)) LEDGER_TRY(LedgerNoteWriteLine(joined, k, out, error));
  }
out:
  LedgerNoteDestroy(&joined);
  LedgerBytesFree(&bytes);
  return status;
}
