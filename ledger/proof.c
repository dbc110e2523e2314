/* Inclusion and consistency proofs (RFC 6962, sections 2.1.1 and 2.1.2). */
#include "ledger/proof.h"

#include <inttypes.h>
#include <string.h>

#include "ledger/range.h"
#include "ledger/text.h"

/* What makes a proof: the tree and the hashes found so far. */
typedef struct {
  LedgerSubtreeReader read;
  void               *context;
  LedgerProof        *proof;
} Maker;

/* Largest power of two below n > 1. */
static uint64_t Split(uint64_t n)
{
  return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* Merkle tree hash of the leaves [start, end), where `start` is divisible by the largest perfect subtree in it. */
static LedgerStatus SubtreeRoot(const Maker *maker, uint64_t start, uint64_t end, LedgerHash *root, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerHash   stack[64];
  size_t       n = 0;
  while (start < end) {
    unsigned height = 63 - (unsigned)__builtin_clzll(end - start);
    LEDGER_TRY(maker->read(maker->context, height, start >> height, &stack[n++], error));
    start += (uint64_t)1 << height;
  }
  *root = n ? stack[--n] : LedgerHashEmpty();
  while (n) *root = LedgerHashNode(&stack[--n], root);
out:
  return status;
}

static LedgerStatus Push(const Maker *maker, uint64_t start, uint64_t end, LedgerError *error)
{
  if (maker->proof->n == LEDGER_PROOF_MAX) return LedgerFail(error, LEDGER_INTERNAL, NULL, "proof too long");
  return SubtreeRoot(maker, start, end, &maker->proof->hash[maker->proof->n++], error);
}

LedgerStatus LedgerTreeRoot(uint64_t size, LedgerSubtreeReader read, void *context, LedgerHash *root,
                            LedgerError *error)
{
  const Maker maker = {read, context, NULL};
  return SubtreeRoot(&maker, 0, size, root, error);
}

/* Hashes are found from the root down; the RFC lists them from the leaf up. */
static void Reverse(LedgerProof *proof)
{
  for (size_t k = 0; k < proof->n / 2; k++) {
    LedgerHash h                  = proof->hash[k];
    proof->hash[k]                = proof->hash[proof->n - 1 - k];
    proof->hash[proof->n - 1 - k] = h;
  }
}

LedgerStatus LedgerInclusionMake(uint64_t index, uint64_t size, LedgerSubtreeReader read, void *context,
                                 LedgerProof *proof, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const Maker  maker  = {read, context, proof};
  uint64_t     start = 0, end = size;
  proof->n = 0;
  if (index >= size) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "entry %" PRIu64 " is not in a log of %" PRIu64 " entries", index,
                      size);
  }
  while (end - start > 1) {
    uint64_t middle = start + Split(end - start);
    if (index < middle) {
      LEDGER_TRY(Push(&maker, middle, end, error));
      end = middle;
    } else {
      LEDGER_TRY(Push(&maker, start, middle, error));
      start = middle;
    }
  }
  Reverse(proof);
out:
  return status;
}

LedgerStatus LedgerConsistencyMake(uint64_t old_size, uint64_t new_size, LedgerSubtreeReader read, void *context,
                                   LedgerProof *proof, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  const Maker  maker  = {read, context, proof};
  uint64_t     start = 0, end = new_size;
  proof->n = 0;
  if (old_size > new_size) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "a log of %" PRIu64 " entries has no older state of %" PRIu64,
                      new_size, old_size);
  }
  if (old_size == 0 || old_size == new_size) return LEDGER_OK;
  while (old_size != end) {
    uint64_t middle = start + Split(end - start);
    if (old_size <= middle) {
      LEDGER_TRY(Push(&maker, middle, end, error));
      end = middle;
    } else {
      LEDGER_TRY(Push(&maker, start, middle, error));
      start = middle;
    }
  }
  /* The old tree itself, when it is a subtree of the new one, is known to the reader. */
  if (start) LEDGER_TRY(Push(&maker, start, end, error));
  Reverse(proof);
out:
  return status;
}

/* Climbs while the node is the last of its level and has no sibling there (RFC 9162, section 2.1.3.2). */
static void SkipLevels(uint64_t *fn, uint64_t *sn)
{
  while (!(*fn & 1) && *fn) {
    *fn >>= 1;
    *sn >>= 1;
  }
}

LedgerStatus LedgerInclusionCheck(uint64_t index, uint64_t size, const LedgerHash *leaf, const LedgerProof *proof,
                                  const LedgerHash *root, LedgerError *error)
{
  uint64_t   fn = index, sn = size - 1;
  LedgerHash r = *leaf;
  if (index >= size) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "entry %" PRIu64 " is not in a log of %" PRIu64 " entries", index,
                      size);
  }
  for (size_t k = 0; k < proof->n; k++) {
    if (sn == 0) return LedgerFail(error, LEDGER_FALSE, NULL, "inclusion proof has %zu hashes too many", proof->n - k);
    if ((fn & 1) || fn == sn) {
      r = LedgerHashNode(&proof->hash[k], &r);
      SkipLevels(&fn, &sn);
    } else {
      r = LedgerHashNode(&r, &proof->hash[k]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn) return LedgerFail(error, LEDGER_FALSE, NULL, "inclusion proof has too few hashes (%zu)", proof->n);
  if (!LedgerHashEqual(&r, root)) {
    return LedgerFail(error, LEDGER_FALSE, NULL,
                      "inclusion proof does not lead from these bytes as entry %" PRIu64 " to the checkpoint's root",
                      index);
  }
  return LEDGER_OK;
}

/* The sizes for which the outcome needs no hashing; true when *status is final. */
static bool ConsistencyTrivial(uint64_t old_size, uint64_t new_size, const LedgerProof *proof,
                               const LedgerHash *old_root, const LedgerHash *new_root, LedgerStatus *status,
                               LedgerError *error)
{
  *status = LEDGER_OK;
  if (old_size > new_size) {
    *status =
        LedgerFail(error, LEDGER_FALSE, NULL, "log shrank from %" PRIu64 " to %" PRIu64 " entries", old_size, new_size);
  } else if (old_size == new_size || old_size == 0) {
    if (proof->n) {
      *status = LedgerFail(error, LEDGER_FALSE, NULL, "consistency proof has %zu hashes; none expected", proof->n);
    } else if (old_size == new_size && !LedgerHashEqual(old_root, new_root)) {
      *status = LedgerFail(error, LEDGER_FALSE, NULL, "two different roots for one size, %" PRIu64, new_size);
    }
  } else if (proof->n == 0) {
    *status = LedgerFail(error, LEDGER_FALSE, NULL, "consistency proof is empty");
  } else {
    return false;
  }
  return true;
}

LedgerStatus LedgerConsistencyCheck(uint64_t old_size, uint64_t new_size, const LedgerProof *proof,
                                    const LedgerHash *old_root, const LedgerHash *new_root, LedgerError *error)
{
  LedgerStatus status;
  uint64_t     fn = old_size - 1, sn = new_size - 1;
  size_t       k = 0;
  LedgerHash   fr, sr;
  if (ConsistencyTrivial(old_size, new_size, proof, old_root, new_root, &status, error)) return status;
  fr = sr = (old_size & (old_size - 1)) ? proof->hash[k++] : *old_root;
  for (; fn & 1; fn >>= 1) sn >>= 1;
  for (; k < proof->n; k++) {
    const LedgerHash *c = &proof->hash[k];
    if (sn == 0)
      return LedgerFail(error, LEDGER_FALSE, NULL, "consistency proof has %zu hashes too many", proof->n - k);
    if ((fn & 1) || fn == sn) {
      fr = LedgerHashNode(c, &fr);
      sr = LedgerHashNode(c, &sr);
      SkipLevels(&fn, &sn);
    } else {
      sr = LedgerHashNode(&sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn) return LedgerFail(error, LEDGER_FALSE, NULL, "consistency proof has too few hashes (%zu)", proof->n);
  if (!LedgerHashEqual(&fr, old_root)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "consistency proof does not lead to the old root");
  }
  if (!LedgerHashEqual(&sr, new_root)) {
    return LedgerFail(error, LEDGER_FALSE, NULL, "consistency proof does not lead to the new root");
  }
  return LEDGER_OK;
}

static const char header[] = "c2sp.org/tlog-proof@v1";

/* True when the line is `word`, a space and something, which becomes *value. */
static bool Labelled(const char *line, size_t length, const char *word, const char **value, size_t *value_length)
{
  size_t n = strlen(word);
  if (length < n + 1 || memcmp(line, word, n) != 0 || line[n] != ' ') return false;
  *value        = line + n + 1;
  *value_length = length - n - 1;
  return true;
}

/* Checks canonical base64 of any length without keeping the bytes. */
static bool Base64Valid(const char *text, size_t length)
{
  uint8_t bytes[3];
  size_t  size;
  if (length == 0 || length % 4) return false;
  for (size_t k = 0; k < length; k += 4) {
    if (!LedgerBase64Decode(text + k, 4, bytes, sizeof bytes, &size)) return false;
    if (size < 3 && k + 4 < length) return false;
  }
  return true;
}

LedgerStatus LedgerProofFileRead(const char *text, size_t length, const char *file, LedgerProofFile *parsed,
                                 LedgerError *error)
{
  const char *line = NULL, *value = NULL;
  size_t      n = 0, value_length = 0;
  int         number = 2;
  *parsed            = (LedgerProofFile){0};
  if (!LedgerNextLine(&text, &length, &line, &n) || n != strlen(header) || memcmp(line, header, n) != 0) {
    return LedgerFail(error, LEDGER_FALSE, file, "line 1 is not `%s`", header);
  }
  if (!LedgerNextLine(&text, &length, &line, &n)) return LedgerFail(error, LEDGER_FALSE, file, "ends after line 1");
  if (Labelled(line, n, "extra", &parsed->extra, &parsed->extra_length)) {
    if (!Base64Valid(parsed->extra, parsed->extra_length)) {
      return LedgerFail(error, LEDGER_FALSE, file, "line 2: extra data is not base64");
    }
    number++;
    if (!LedgerNextLine(&text, &length, &line, &n)) return LedgerFail(error, LEDGER_FALSE, file, "ends after line 2");
  }
  if (!Labelled(line, n, "index", &value, &value_length) || !LedgerDecimalParse(value, value_length, &parsed->index)) {
    return LedgerFail(error, LEDGER_FALSE, file, "line %d is not `index` and a decimal number", number);
  }
  for (number++; LedgerNextLine(&text, &length, &line, &n) && n; number++) {
    if (parsed->proof.n == LEDGER_PROOF_MAX) {
      return LedgerFail(error, LEDGER_FALSE, file, "line %d: more than %d hashes", number, LEDGER_PROOF_MAX);
    }
    if (!LedgerHashParse(line, n, &parsed->proof.hash[parsed->proof.n++])) {
      return LedgerFail(error, LEDGER_FALSE, file, "line %d is not the base64 of 32 bytes", number);
    }
  }
  if (n || !length) return LedgerFail(error, LEDGER_FALSE, file, "ends at line %d without a checkpoint", number);
  parsed->checkpoint        = text;
  parsed->checkpoint_length = length;
  return LEDGER_OK;
}

LedgerStatus LedgerProofFileWrite(const LedgerProofFile *parts, LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(LedgerBytesPrint(out, error, "%s\n", header));
  if (parts->extra) {
    LEDGER_TRY(LedgerBytesAppend(out, "extra ", 6, error));
    LEDGER_TRY(LedgerBytesAppend(out, parts->extra, parts->extra_length, error));
    LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
  }
  LEDGER_TRY(LedgerBytesPrint(out, error, "index %" PRIu64 "\n", parts->index));
  for (size_t k = 0; k < parts->proof.n; k++) {
    char text[45];
    LedgerHashBase64(&parts->proof.hash[k], text);
    LEDGER_TRY(LedgerBytesPrint(out, error, "%s\n", text));
  }
  LEDGER_TRY(LedgerBytesAppend(out, "\n", 1, error));
  LEDGER_TRY(LedgerBytesAppend(out, parts->checkpoint, parts->checkpoint_length, error));
out:
  return status;
}
