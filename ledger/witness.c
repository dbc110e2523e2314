/* A witness of a log. */
#include "ledger/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/file.h"
#include "ledger/tree.h"

struct LedgerWitness_s {
  char            *directory, *origin;
  LedgerSigner     signer; /* borrowed */
  LedgerVerifier   log;
  LedgerQuorum     self; /* this witness alone */
  int              lock;
  LedgerBytes      head_bytes;
  LedgerCheckpoint head; /* size 0 while there is none */
  LedgerNote       shown;
  LedgerCheckpoint shown_checkpoint;
  bool             refused;
};

enum { DESCRIPTION_MAX = 300 };

static const char temporary_name[] = ".writing";

/* A checkpoint that the log signed. */
static LedgerStatus OpenOfLog(LedgerWitness witness, LedgerNote note, const char *file, LedgerCheckpoint *checkpoint,
                              LedgerError *error)
{
  LedgerStatus status;
  size_t       length;
  const char  *text = LedgerNoteText(note, &length);
  LEDGER_TRY(LedgerNoteVerify(note, &witness->log, 1, file, NULL, NULL, error));
  LEDGER_TRY(LedgerCheckpointParse(text, length, file, checkpoint, error));
  if (strcmp(checkpoint->origin, witness->origin) != 0) {
    status =
        LedgerFail(error, LEDGER_FALSE, file, "is of the log `%s`; `%s` expected", checkpoint->origin, witness->origin);
  }
out:
  return status;
}

static LedgerStatus ReadHead(LedgerWitness witness, LedgerError *error)
{
  LedgerStatus    status;
  LedgerNote      note = NULL;
  LedgerCosigners cosigners;
  char            path[LEDGER_PATH_MAX], temporary[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(temporary, witness->directory, temporary_name, error));
  unlink(temporary); /* of a witness that was interrupted; the lock makes it ours */
  LEDGER_TRY(LedgerPathJoin(path, witness->directory, "head", error));
  if (!LedgerFileExists(path)) return LEDGER_OK;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &witness->head_bytes, error));
  LEDGER_TRY(LedgerNoteParse(witness->head_bytes.data, witness->head_bytes.size, path, &note, error));
  LEDGER_TRY(OpenOfLog(witness, note, path, &witness->head, error));
  LEDGER_TRY(LedgerQuorumCheck(witness->self, note, path, &cosigners, error));
out:
  LedgerNoteDestroy(&note);
  return status;
}

LedgerStatus LedgerWitnessOpen(const char *directory, LedgerSigner signer, LedgerVerifier log, const char *origin,
                               LedgerWitness *witness, LedgerError *error)
{
  LedgerStatus   status;
  LedgerVerifier own = LedgerSignerVerifier(signer);
  LedgerWitness  w   = calloc(1, sizeof *w);
  *witness           = NULL;
  if (!w) return LedgerNoMemory(error);
  w->lock      = -1;
  w->signer    = signer;
  w->directory = strdup(directory);
  w->origin    = strdup(origin ? origin : LedgerVerifierName(log));
  if (!w->directory || !w->origin) {
    status = LedgerNoMemory(error);
    goto out;
  }
  if (LedgerVerifierSameKey(own, log)) {
    status = LedgerFail(error, LEDGER_INPUT, NULL, "the witness %s has the log's own key", LedgerVerifierName(own));
    goto out;
  }
  LEDGER_TRY(LedgerVerifierCopy(log, &w->log, error));
  LEDGER_TRY(LedgerQuorumCreate(&w->self, error));
  LEDGER_TRY(LedgerQuorumAdd(w->self, own, error));
  LEDGER_TRY(LedgerQuorumSetNeeded(w->self, 1, error));
  LEDGER_TRY(LedgerDirectoryCreate(directory, error));
  LEDGER_TRY(LedgerDirectoryLock(directory, "witness is in use by another process", &w->lock, error));
  LEDGER_TRY(ReadHead(w, error));
  *witness = w;
  w        = NULL;
out:
  LedgerWitnessClose(&w);
  return status;
}

static void Forget(LedgerWitness witness)
{
  LedgerNoteDestroy(&witness->shown);
  LedgerCheckpointFree(&witness->shown_checkpoint);
  witness->refused = false;
}

void LedgerWitnessClose(LedgerWitness *witness)
{
  LedgerWitness w = *witness;
  if (!w) return;
  Forget(w);
  LedgerCheckpointFree(&w->head);
  LedgerBytesFree(&w->head_bytes);
  LedgerVerifierDestroy(&w->log);
  LedgerQuorumDestroy(&w->self);
  if (w->lock >= 0) close(w->lock);
  free(w->directory);
  free(w->origin);
  free(w);
  *witness = NULL;
}

uint64_t LedgerWitnessHeadSize(LedgerWitness witness)
{
  return witness->head.size;
}

const LedgerBytes *LedgerWitnessHead(LedgerWitness witness)
{
  return &witness->head_bytes;
}

/* A witness without a head knows the empty log. */
static LedgerStatus CheckExtends(LedgerWitness witness, const LedgerRequest *request, const char *file,
                                 LedgerError *error)
{
  LedgerCheckpoint empty = {.origin = witness->origin, .root = LedgerHashEmpty()};
  if (request->old_size != witness->head.size) {
    return LedgerFail(error, LEDGER_FALSE, file,
                      "starts from %" PRIu64 " entries; the head of the witness %s has %" PRIu64, request->old_size,
                      LedgerVerifierName(LedgerSignerVerifier(witness->signer)), witness->head.size);
  }
  return LedgerCheckpointExtends(witness->head.origin ? &witness->head : &empty, &witness->shown_checkpoint,
                                 &request->proof, file, error);
}

LedgerStatus LedgerWitnessCheck(LedgerWitness witness, const LedgerRequest *request, const char *file,
                                LedgerError *error)
{
  LedgerStatus    status;
  LedgerCosigners cosigners;
  Forget(witness);
  LEDGER_TRY(LedgerNoteParse(request->checkpoint, request->checkpoint_length, file, &witness->shown, error));
  LEDGER_TRY(OpenOfLog(witness, witness->shown, file, &witness->shown_checkpoint, error));
  LEDGER_TRY(LedgerQuorumFind(witness->self, witness->shown, file, &cosigners, error)); /* none forged in our name */
  LEDGER_TRY(CheckExtends(witness, request, file, error));
out:
  if (status != LEDGER_OK) Forget(witness);
  return status;
}

/* ---- The witness's own block -------------------------------------------------------------------------------------- */

/* Reads the log's entries, bundle by bundle, when the block names a directory. */
typedef struct {
  const LedgerWitnessBlock *block;
  uint64_t                  size; /* the log's */
  LedgerBytes               bytes;
  LedgerBundle              bundle;
  uint64_t                  loaded; /* bundle number + 1; 0 for none */
} Reader;

static LedgerStatus ReadEntry(Reader *reader, uint64_t index, const void **entry, size_t *size, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  uint64_t     number = index / LEDGER_TILE_WIDTH;
  if (!reader->block->directory) return reader->block->read(reader->block->read_context, index, entry, size, error);
  if (reader->loaded != number + 1) {
    LEDGER_TRY(
        LedgerBundleLoad(reader->block->directory, reader->size, number, &reader->bytes, &reader->bundle, NULL, error));
    reader->loaded = number + 1;
  }
  *entry = LedgerBundleEntry(&reader->bundle, (unsigned)(index % LEDGER_TILE_WIDTH), size);
out:
  return status;
}

/* Appends `: ` and what the entry says. */
static LedgerStatus Describe(LedgerEntryDescriber describe, const void *entry, size_t size, const char *who,
                             LedgerBytes *out, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  char        *text   = NULL;
  size_t       length = 0;
  FILE        *stream = describe ? open_memstream(&text, &length) : NULL;
  if (!stream) return LEDGER_OK;
  describe(entry, size, stream);
  fclose(stream);
  while (length && text[length - 1] == '\n') text[--length] = 0;
  if (text) status = LedgerBytesPrint(out, error, "; %s: %.*s", who, DESCRIPTION_MAX, text);
  free(text);
  return status;
}

/* Names an entry that is not the one this witness computed. */
static LedgerStatus BlameEntry(const LedgerWitnessBlock *block, uint64_t index, const uint8_t *found, size_t found_size,
                               const uint8_t *own, size_t own_size, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  said = {0};
  size_t       k = 0, least = found_size < own_size ? found_size : own_size;
  char         difference[160];
  while (k < least && found[k] == own[k]) k++;
  if (k < least) {
    snprintf(difference, sizeof difference, "byte %zu is 0x%02x in the log, 0x%02x in the witness's own computation", k,
             found[k], own[k]);
  } else {
    snprintf(difference, sizeof difference,
             "byte %zu: the entry has %zu bytes in the log, %zu in the witness's own computation", k, found_size,
             own_size);
  }
  LEDGER_TRY(LedgerBytesPrint(&said, error, "%s", difference));
  LEDGER_TRY(Describe(block->describe, found, found_size, "the log says", &said, error));
  LEDGER_TRY(Describe(block->describe, own, own_size, "the witness says", &said, error));
  status =
      LedgerFail(error, LEDGER_FALSE, block->directory, "entry %" PRIu64 " is false: %s", index, (char *)said.data);
out:
  LedgerBytesFree(&said);
  return status;
}

/* Compares the entries and hashes the witness's own ones into `range`. */
static LedgerStatus CompareEntries(const LedgerWitnessBlock *block, uint64_t size, LedgerRange range,
                                   LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  Reader       reader = {.block = block, .size = size};
  for (uint64_t k = 0; k < block->count; k++) {
    const void *own = NULL, *found = NULL;
    size_t      own_size = 0, found_size = 0;
    LEDGER_TRY(block->expected(block->expected_context, k, &own, &own_size, error));
    LEDGER_TRY(ReadEntry(&reader, block->start + k, &found, &found_size, error));
    if (own_size != found_size || (own_size && memcmp(own, found, own_size) != 0)) {
      status = BlameEntry(block, block->start + k, found, found_size, own, own_size, error);
      goto out;
    }
    LEDGER_TRY(LedgerRangeAppendEntry(range, own, own_size, error));
  }
out:
  LedgerBytesFree(&reader.bytes);
  return status;
}

/* All leaves but the block's, from the log's tiles: what is on its left and on its right. */
static LedgerStatus RangesFromTiles(const LedgerWitnessBlock *block, uint64_t size, LedgerRange ranges[2],
                                    LedgerError *error)
{
  LedgerStatus status;
  LedgerTree   tree = NULL;
  if (!block->directory) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "a block without the log's directory needs the other ranges");
  }
  LEDGER_TRY(LedgerTreeCreate(block->directory, size, &tree, error));
  LEDGER_TRY(LedgerTreeRange(tree, 0, block->start, &ranges[0], error));
  LEDGER_TRY(LedgerTreeRange(tree, block->start + block->count, size, &ranges[1], error));
out:
  LedgerTreeDestroy(&tree);
  return status;
}

/* The block's own leaves together with all others must give the checkpoint's root. */
static LedgerStatus CheckPlace(const LedgerWitnessBlock *block, const LedgerCheckpoint *checkpoint, LedgerRange own,
                               LedgerError *error)
{
  LedgerStatus status;
  LedgerRange  sides[2] = {NULL, NULL}, merged = NULL;
  size_t       n   = block->others ? block->n_others : 2;
  LedgerRange *all = calloc(n + 1, sizeof(LedgerRange));
  LedgerHash   root;
  if (!all) return LedgerNoMemory(error);
  if (!block->others) LEDGER_TRY(RangesFromTiles(block, checkpoint->size, sides, error));
  memcpy(all, block->others ? block->others : sides, n * sizeof(LedgerRange));
  all[n] = own;
  LEDGER_TRY(LedgerRangesMerge(all, n + 1, 0, checkpoint->size, &merged, error));
  LEDGER_TRY(LedgerRangeRoot(merged, &root, error));
  if (!LedgerHashEqual(&root, &checkpoint->root)) {
    status = LedgerFail(error, LEDGER_FALSE, block->directory,
                        "the entries [%" PRIu64 ", %" PRIu64 ") are not in the tree of the checkpoint's root",
                        block->start, block->start + block->count);
  }
out:
  LedgerRangeDestroy(&sides[0]);
  LedgerRangeDestroy(&sides[1]);
  LedgerRangeDestroy(&merged);
  free(all);
  return status;
}

LedgerStatus LedgerWitnessCheckBlock(LedgerWitness witness, const LedgerWitnessBlock *block, LedgerError *error)
{
  LedgerStatus            status;
  LedgerRange             own        = NULL;
  const LedgerCheckpoint *checkpoint = &witness->shown_checkpoint;
  if (!witness->shown || witness->refused) {
    return LedgerFail(error, LEDGER_INTERNAL, witness->directory, "no checkpoint was shown that passed its checks");
  }
  if (block->count > checkpoint->size || block->start > checkpoint->size - block->count) {
    status = LedgerFail(error, LEDGER_FALSE, block->directory,
                        "the checkpoint's %" PRIu64 " entries end before the witness's block [%" PRIu64 ", %" PRIu64
                        ") does",
                        checkpoint->size, block->start, block->start + block->count);
    goto out;
  }
  LEDGER_TRY(LedgerRangeCreate(block->start, &own, error));
  LEDGER_TRY(CompareEntries(block, checkpoint->size, own, error));
  LEDGER_TRY(CheckPlace(block, checkpoint, own, error));
out:
  if (status != LEDGER_OK) witness->refused = true;
  LedgerRangeDestroy(&own);
  return status;
}

/* ---- Cosigning ---------------------------------------------------------------------------------------------------- */

/* Makes the shown checkpoint with the cosignature line the head on disk. */
static LedgerStatus WriteHead(LedgerWitness witness, const LedgerBytes *line, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  note = {0};
  char         path[LEDGER_PATH_MAX], temporary[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, witness->directory, "head", error));
  LEDGER_TRY(LedgerPathJoin(temporary, witness->directory, temporary_name, error));
  LEDGER_TRY(LedgerCosignaturesAdd(witness->shown, (char *)line->data, line->size, witness->self, "cosignature", &note,
                                   error));
  LEDGER_TRY(LedgerFileWrite(path, temporary, 0666, note.data, note.size, error));
  LEDGER_TRY(LedgerDirectorySync(witness->directory, error));
  LedgerBytesFree(&witness->head_bytes);
  witness->head_bytes = note;
  note                = (LedgerBytes){0};
out:
  LedgerBytesFree(&note);
  return status;
}

LedgerStatus LedgerWitnessCosign(LedgerWitness witness, uint64_t seconds, LedgerBytes *line, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  own = {0};
  if (!witness->shown || witness->refused) {
    return LedgerFail(error, LEDGER_INTERNAL, witness->directory, "no checkpoint was shown that passed its checks");
  }
  LEDGER_TRY(LedgerNoteCosign(witness->shown, witness->signer, seconds, &own, error));
  LEDGER_TRY(WriteHead(witness, &own, error));
  LedgerCheckpointFree(&witness->head);
  witness->head             = witness->shown_checkpoint;
  witness->shown_checkpoint = (LedgerCheckpoint){0};
  Forget(witness);
  LEDGER_TRY(LedgerBytesAppend(line, own.data, own.size, error));
out:
  LedgerBytesFree(&own);
  return status;
}
