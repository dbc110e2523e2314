/* Reading a log directory. */
#include "ledger/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/file.h"
#include "ledger/log_impl.h"
#include "ledger/range.h"

LedgerStatus LedgerLogFind(const char *path, char directory[], size_t capacity, LedgerError *error)
{
  LedgerStatus status;
  char         probe[LEDGER_PATH_MAX], inner[LEDGER_PATH_MAX];
  const char  *found = path;
  if (!LedgerDirectoryExists(path)) return LedgerFail(error, LEDGER_INPUT, path, "is not a directory");
  LEDGER_TRY(LedgerPathJoin(probe, path, "checkpoint", error));
  if (!LedgerFileExists(probe)) {
    LEDGER_TRY(LedgerPathJoin(probe, path, "tile", error));
    LEDGER_TRY(LedgerPathJoin(inner, path, "ledger", error));
    if (!LedgerDirectoryExists(probe) && LedgerDirectoryExists(inner)) found = inner;
  }
  if (strlen(found) >= capacity) return LedgerFail(error, LEDGER_INPUT, path, "path is too long");
  memcpy(directory, found, strlen(found) + 1);
out:
  return status;
}

/* Status of a log without checkpoint: damaged when it has tiles, no log at all otherwise. */
static LedgerStatus CheckpointAbsence(const char *directory)
{
  char path[LEDGER_PATH_MAX];
  if (LedgerPathJoin(path, directory, "tile", NULL) != LEDGER_OK) return LEDGER_INPUT;
  return LedgerDirectoryExists(path) ? LEDGER_FALSE : LEDGER_INPUT;
}

/* Reads key.pub; a malformed one is a fault of the log. */
static LedgerStatus ReadOwnKey(LedgerLog log, LedgerVerifier *verifier, LedgerError *error)
{
  LedgerStatus status;
  char         path[LEDGER_PATH_MAX];
  *verifier = NULL;
  LEDGER_TRY(LedgerPathJoin(path, log->directory, "key.pub", error));
  if (!LedgerFileExists(path)) return LEDGER_OK;
  status = LedgerVerifierLoad(path, verifier, error);
  if (status == LEDGER_INPUT) status = LEDGER_FALSE;
out:
  return status;
}

/* The log keeps a copy of the first of the keys that signed. */
static LedgerStatus KeepSigner(LedgerLog log, const LedgerVerifier *verifiers, const bool *signed_by,
                               LedgerError *error)
{
  size_t k = 0;
  while (!signed_by[k]) k++;
  return LedgerVerifierCopy(verifiers[k], &log->verifier, error);
}

/* Shows that a known key signed: one of the options', or else the log's own key.pub. */
static LedgerStatus VerifySignature(LedgerLog log, LedgerNote note, const LedgerLogOptions *options, LedgerError *error)
{
  LedgerStatus          status;
  LedgerVerifier        own  = NULL;
  const LedgerVerifier *keys = options->n ? options->verifiers : &own;
  size_t                n    = options->n ? options->n : 1;
  char                  key_path[LEDGER_PATH_MAX];
  LedgerError           inner     = {""};
  bool                 *signed_by = calloc(n, sizeof *signed_by);
  if (!signed_by) return LedgerNoMemory(error);
  LEDGER_TRY(ReadOwnKey(log, &own, error));
  if (!own && !options->n) {
    status = LedgerFail(error, LEDGER_INPUT, log->directory, "has no key.pub; give the log's verifier key");
    goto out;
  }
  LEDGER_TRY(LedgerPathJoin(key_path, log->directory, "key.pub", error));
  status = LedgerNoteVerify(note, keys, n, log->path, signed_by, NULL, &inner);
  if (status != LEDGER_OK) {
    LedgerErrorSet(error, NULL, "%s%s%s", inner.text, options->n ? "" : ", the key in ", options->n ? "" : key_path);
    goto out;
  }
  if (own && options->n && LedgerNoteVerify(note, &own, 1, log->path, NULL, NULL, NULL) != LEDGER_OK) {
    status = LedgerFail(error, LEDGER_FALSE, key_path, "does not hold a key that signed the checkpoint");
    goto out;
  }
  log->key_from_log = !options->n;
  LEDGER_TRY(KeepSigner(log, keys, signed_by, error));
out:
  free(signed_by);
  LedgerVerifierDestroy(&own);
  return status;
}

/* The log's own list of witnesses, or NULL. */
static LedgerStatus ReadOwnWitnesses(LedgerLog log, LedgerQuorum *quorum, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0};
  char         path[LEDGER_PATH_MAX];
  *quorum = NULL;
  LEDGER_TRY(LedgerPathJoin(path, log->directory, "witnesses", error));
  if (!LedgerFileExists(path)) return LEDGER_OK;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &text, error));
  LEDGER_TRY(LedgerQuorumRead((char *)text.data, text.size, path, quorum, error));
out:
  LedgerBytesFree(&text);
  return status;
}

/* Shows that enough witnesses cosigned, and that none of them is the log itself. */
static LedgerStatus VerifyQuorum(LedgerLog log, LedgerNote note, const LedgerLogOptions *options, LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(ReadOwnWitnesses(log, &log->quorum, error));
  log->quorum_from_log = log->quorum && !options->quorum;
  if (options->quorum) {
    LedgerQuorumDestroy(&log->quorum);
    LEDGER_TRY(LedgerQuorumCopy(options->quorum, &log->quorum, error));
  }
  if (!log->quorum) return LEDGER_OK;
  for (size_t w = 0; w < LedgerQuorumCount(log->quorum); w++) {
    if (!LedgerVerifierSameKey(log->verifier, LedgerQuorumWitness(log->quorum, w))) continue;
    return LedgerFail(error, LEDGER_FALSE, log->path, "the witness %s has the log's own key",
                      LedgerVerifierName(LedgerQuorumWitness(log->quorum, w)));
  }
  if (options->without_quorum)
    LEDGER_TRY(LedgerQuorumFind(log->quorum, note, log->path, &log->cosigners, error));
  else
    LEDGER_TRY(LedgerQuorumCheck(log->quorum, note, log->path, &log->cosigners, error));
out:
  return status;
}

static LedgerStatus VerifyCheckpoint(LedgerLog log, const LedgerLogOptions *options, LedgerError *error)
{
  LedgerStatus status;
  LedgerNote   note = NULL;
  size_t       length;
  const char  *text;
  LEDGER_TRY(LedgerNoteParse(log->bytes.data, log->bytes.size, log->path, &note, error));
  LEDGER_TRY(VerifySignature(log, note, options, error));
  text = LedgerNoteText(note, &length);
  LEDGER_TRY(LedgerCheckpointParse(text, length, log->path, &log->checkpoint, error));
  LEDGER_TRY(VerifyQuorum(log, note, options, error));
out:
  LedgerNoteDestroy(&note);
  return status;
}

LedgerStatus LedgerLogOpen(const char *directory, const LedgerLogOptions *options, LedgerLog *log, LedgerError *error)
{
  const LedgerLogOptions none = {0};
  LedgerStatus           status;
  LedgerStatus           absent;
  LedgerLog              l = calloc(1, sizeof *l);
  *log                     = NULL;
  if (!l) return LedgerNoMemory(error);
  if (!options) options = &none;
  l->directory      = strdup(directory);
  l->own_checkpoint = !options->checkpoint;
  if (!l->directory) {
    status = LedgerNoMemory(error);
    goto out;
  }
  if (options->checkpoint)
    LEDGER_TRY(LedgerPathJoin(l->path, NULL, options->checkpoint, error));
  else
    LEDGER_TRY(LedgerPathJoin(l->path, directory, "checkpoint", error));
  absent = options->checkpoint ? LEDGER_INPUT : CheckpointAbsence(directory);
  LEDGER_TRY(LedgerFileRead(l->path, LEDGER_NOTE_MAX_BYTES, absent, &l->bytes, error));
  LEDGER_TRY(VerifyCheckpoint(l, options, error));
  LEDGER_TRY(LedgerTreeCreate(directory, l->checkpoint.size, &l->tree, error));
  *log = l;
  l    = NULL;
out:
  LedgerLogClose(&l);
  return status;
}

void LedgerLogClose(LedgerLog *log)
{
  LedgerLog l = *log;
  if (!l) return;
  LedgerTreeDestroy(&l->tree);
  LedgerVerifierDestroy(&l->verifier);
  LedgerQuorumDestroy(&l->quorum);
  LedgerCheckpointFree(&l->checkpoint);
  LedgerBytesFree(&l->bytes);
  free(l->directory);
  free(l);
  *log = NULL;
}

const LedgerCheckpoint *LedgerLogCheckpoint(LedgerLog log)
{
  return &log->checkpoint;
}

const char *LedgerLogCheckpointPath(LedgerLog log)
{
  return log->path;
}

const LedgerBytes *LedgerLogCheckpointBytes(LedgerLog log)
{
  return &log->bytes;
}

const char *LedgerLogDirectory(LedgerLog log)
{
  return log->directory;
}

LedgerVerifier LedgerLogVerifier(LedgerLog log, bool *from_log)
{
  if (from_log) *from_log = log->key_from_log;
  return log->verifier;
}

LedgerQuorum LedgerLogQuorum(LedgerLog log, LedgerCosigners *cosigners, bool *from_log)
{
  if (cosigners) *cosigners = log->cosigners;
  if (from_log) *from_log = log->quorum_from_log;
  return log->quorum;
}

LedgerStatus LedgerLogEntry(LedgerLog log, uint64_t index, LedgerBytes *entry, LedgerError *error)
{
  LedgerStatus   status;
  LedgerBytes    bytes = {0};
  LedgerBundle   bundle;
  const uint8_t *found;
  size_t         size;
  if (index >= log->checkpoint.size) {
    return LedgerFail(error, LEDGER_INPUT, log->directory, "has no entry %" PRIu64 "; the log has %" PRIu64 " entries",
                      index, log->checkpoint.size);
  }
  LEDGER_TRY(
      LedgerBundleLoad(log->directory, log->checkpoint.size, index / LEDGER_TILE_WIDTH, &bytes, &bundle, NULL, error));
  found = LedgerBundleEntry(&bundle, (unsigned)(index % LEDGER_TILE_WIDTH), &size);
  LEDGER_TRY(LedgerBytesAppend(entry, found, size, error));
out:
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerLogProve(LedgerLog log, uint64_t index, LedgerBytes *file, LedgerError *error)
{
  LedgerStatus    status;
  LedgerError     inner = {""};
  LedgerBytes     entry = {0};
  LedgerHash      leaf;
  LedgerProofFile parts = {.index = index, .checkpoint = (char *)log->bytes.data, .checkpoint_length = log->bytes.size};
  LEDGER_TRY(LedgerLogEntry(log, index, &entry, error));
  LEDGER_TRY(LedgerInclusionMake(index, log->checkpoint.size, LedgerTreeSubtree, log->tree, &parts.proof, error));
  leaf   = LedgerHashLeaf(entry.data, entry.size);
  status = LedgerInclusionCheck(index, log->checkpoint.size, &leaf, &parts.proof, &log->checkpoint.root, &inner);
  if (status != LEDGER_OK) {
    LEDGER_TRY(LedgerLogVerify(log, NULL, error)); /* names the fault */
    status = LedgerFail(error, LEDGER_FALSE, log->directory, "changed while it was read: %s", inner.text);
    goto out;
  }
  LEDGER_TRY(LedgerProofFileWrite(&parts, file, error));
out:
  LedgerBytesFree(&entry);
  return status;
}

LedgerStatus LedgerLogConsistency(LedgerLog log, uint64_t old_size, LedgerProof *proof, LedgerError *error)
{
  return LedgerConsistencyMake(old_size, log->checkpoint.size, LedgerTreeSubtree, log->tree, proof, error);
}

LedgerStatus LedgerLogRange(LedgerLog log, uint64_t start, uint64_t end, LedgerRange *range, LedgerError *error)
{
  return LedgerTreeRange(log->tree, start, end, range, error);
}

LedgerStatus LedgerLogVisitRange(LedgerLog log, uint64_t start, uint64_t end, LedgerEntryVisitor visit, void *context,
                                 LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerBytes  bytes  = {0};
  uint64_t     size   = log->checkpoint.size;
  if (start > end || end > size) {
    return LedgerFail(error, LEDGER_INPUT, log->directory,
                      "has no entries [%" PRIu64 ", %" PRIu64 "); the log has %" PRIu64 " entries", start, end, size);
  }
  for (uint64_t at = start; at < end;) {
    LedgerBundle bundle;
    uint64_t     index = at / LEDGER_TILE_WIDTH;
    LEDGER_TRY(LedgerBundleLoad(log->directory, size, index, &bytes, &bundle, NULL, error));
    for (unsigned k = (unsigned)(at % LEDGER_TILE_WIDTH); k < bundle.width && at < end; k++, at++) {
      size_t         n;
      const uint8_t *entry = LedgerBundleEntry(&bundle, k, &n);
      LEDGER_TRY(visit(context, at, entry, n, error));
    }
  }
out:
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerLogVisit(LedgerLog log, LedgerEntryVisitor visit, void *context, LedgerError *error)
{
  return LedgerLogVisitRange(log, 0, log->checkpoint.size, visit, context, error);
}

static LedgerStatus AddToRange(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  (void)index;
  return LedgerRangeAppendEntry(context, entry, size, error);
}

LedgerStatus LedgerLogRoot(LedgerLog log, LedgerHash *root, LedgerError *error)
{
  LedgerStatus status;
  LedgerRange  range = NULL;
  LEDGER_TRY(LedgerRangeCreate(0, &range, error));
  LEDGER_TRY(LedgerLogVisit(log, AddToRange, range, error));
  LEDGER_TRY(LedgerRangeRoot(range, root, error));
out:
  LedgerRangeDestroy(&range);
  return status;
}
