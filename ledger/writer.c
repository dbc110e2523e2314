/* Writing a log directory. */
#include "ledger/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/checkpoint.h"
#include "ledger/file.h"
#include "ledger/tree.h"

struct LedgerWriter_s {
  char        *directory, *origin;
  LedgerSigner signer; /* borrowed */
  int          lock;   /* the directory's descriptor */
  bool         has_checkpoint;
  LedgerBytes  checkpoint; /* as on disk */
  uint64_t     signed_size;
  LedgerHash   signed_root;
  LedgerTree   tree; /* the signed tree's tiles */
  LedgerTiler  tiler;
  LedgerBytes  bundle;    /* the unfinished entry bundle */
  LedgerQuorum witnesses; /* to be written, or NULL */
};

/* One temporary name outside of tile/, so that a kill leaves no stray tile; the lock makes it ours. */
static const char temporary_name[] = ".writing";

static LedgerStatus WriteFile(LedgerWriter writer, const char *name, const void *data, size_t size, LedgerError *error)
{
  LedgerStatus status;
  char         path[LEDGER_PATH_MAX], temporary[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, name, error));
  LEDGER_TRY(LedgerPathJoin(temporary, writer->directory, temporary_name, error));
  LEDGER_TRY(LedgerFileWrite(path, temporary, 0666, data, size, error));
out:
  return status;
}

static LedgerStatus WriteTile(void *context, const LedgerTile *tile, const LedgerHash *hashes, LedgerError *error)
{
  char name[LEDGER_TILE_PATH_MAX];
  LedgerTilePath(tile, name);
  return WriteFile(context, name, hashes, tile->width * sizeof *hashes, error);
}

static LedgerStatus WriteBundle(LedgerWriter writer, const LedgerTile *tile, LedgerError *error)
{
  char name[LEDGER_TILE_PATH_MAX];
  LedgerTilePath(tile, name);
  return WriteFile(writer, name, writer->bundle.data, writer->bundle.size, error);
}

/* Reads the checkpoint on disk, when there is one, as what this log has promised. */
static LedgerStatus ReadPromise(LedgerWriter writer, LedgerError *error)
{
  LedgerStatus     status;
  LedgerCheckpoint checkpoint = {0};
  LedgerVerifier   verifier   = LedgerSignerVerifier(writer->signer);
  char             path[LEDGER_PATH_MAX];
  writer->signed_root = LedgerHashEmpty();
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, "checkpoint", error));
  if (access(path, F_OK) != 0 && errno == ENOENT) return LEDGER_OK;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &writer->checkpoint, error));
  LEDGER_TRY(
      LedgerCheckpointOpen(writer->checkpoint.data, writer->checkpoint.size, &verifier, 1, path, &checkpoint, error));
  if (strcmp(checkpoint.origin, writer->origin) != 0) {
    status =
        LedgerFail(error, LEDGER_INPUT, path, "is of the log `%s`; `%s` expected", checkpoint.origin, writer->origin);
    goto out;
  }
  writer->has_checkpoint = true;
  writer->signed_size    = checkpoint.size;
  writer->signed_root    = checkpoint.root;
out:
  LedgerCheckpointFree(&checkpoint);
  return status;
}

/* Removes a file that no checkpoint covers; refuses what a log does not hold. */
static LedgerStatus RemoveUncovered(void *context, const char *name, LedgerError *error)
{
  LedgerWriter writer = context;
  LedgerStatus status;
  LedgerTile   tile;
  char         inner[LEDGER_PATH_MAX], path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(inner, "tile", name, error));
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, inner, error));
  if (!LedgerTileParse(inner, &tile)) {
    return LedgerFail(error, LEDGER_FALSE, path, "is not the name of a tile or an entry bundle");
  }
  if (tile.width <= LedgerTileWidth(writer->signed_size, tile.level, tile.index)) return LEDGER_OK;
  if (unlink(path) != 0) return LedgerFail(error, LEDGER_INTERNAL, path, "cannot be removed: %s", strerror(errno));
out:
  return status;
}

/* Removes what an interrupted append left: its temporary file and all that is ahead of the checkpoint. */
static LedgerStatus TakeBack(LedgerWriter writer, LedgerError *error)
{
  LedgerStatus status;
  char         path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, temporary_name, error));
  if (unlink(path) != 0 && errno != ENOENT) {
    return LedgerFail(error, LEDGER_INTERNAL, path, "cannot be removed: %s", strerror(errno));
  }
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, "tile", error));
  LEDGER_TRY(LedgerFilesVisit(path, RemoveUncovered, writer, error));
out:
  return status;
}

/* Loads the tree's right edge and the unfinished bundle, and shows that they belong to the signed root. */
static LedgerStatus Resume(LedgerWriter writer, LedgerError *error)
{
  LedgerStatus      status;
  LedgerHash        root;
  LedgerBundle      bundle;
  const LedgerHash *leaves;
  unsigned          width;
  uint64_t          last = writer->signed_size / LEDGER_TILE_WIDTH;
  char              path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerTreeCreate(writer->directory, writer->signed_size, &writer->tree, error));
  LEDGER_TRY(LedgerTilerCreate(WriteTile, writer, &writer->tiler, error));
  LEDGER_TRY(LedgerTilerResume(writer->tiler, writer->tree, writer->signed_size, error));
  LEDGER_TRY(LedgerTilerRoot(writer->tiler, &root, error));
  if (!LedgerHashEqual(&root, &writer->signed_root)) {
    return LedgerFail(error, LEDGER_FALSE, writer->directory, "tiles do not give the root of the log's own checkpoint");
  }
  if (writer->signed_size % LEDGER_TILE_WIDTH == 0) return LEDGER_OK;
  LEDGER_TRY(LedgerBundleLoad(writer->directory, writer->signed_size, last, &writer->bundle, &bundle, path, error));
  writer->bundle.size = bundle.offset[bundle.width];
  LEDGER_TRY(LedgerTreeTile(writer->tree, 0, last, &leaves, &width, error));
  for (unsigned k = 0; k < width; k++) {
    size_t         size;
    const uint8_t *entry = LedgerBundleEntry(&bundle, k, &size);
    LedgerHash     leaf  = LedgerHashLeaf(entry, size);
    if (!LedgerHashEqual(&leaf, &leaves[k])) {
      return LedgerFail(error, LEDGER_FALSE, path, "entry %" PRIu64 " is not the one that was hashed",
                        last * LEDGER_TILE_WIDTH + k);
    }
  }
out:
  return status;
}

LedgerStatus LedgerWriterOpen(const char *directory, const char *origin, LedgerSigner signer, LedgerWriter *writer,
                              LedgerError *error)
{
  LedgerStatus status;
  LedgerWriter w    = calloc(1, sizeof *w);
  LedgerBytes  text = {0};
  *writer           = NULL;
  if (!w) return LedgerNoMemory(error);
  w->lock      = -1;
  w->signer    = signer;
  w->directory = strdup(directory);
  w->origin    = strdup(origin);
  if (!w->directory || !w->origin) {
    status = LedgerNoMemory(error);
    goto out;
  }
  w->signed_root = LedgerHashEmpty();
  LEDGER_TRY(LedgerCheckpointWrite(origin, 0, &w->signed_root, &text, error)); /* refuses a bad origin early */
  LEDGER_TRY(LedgerDirectoryCreate(directory, error));
  LEDGER_TRY(LedgerDirectoryLock(directory, "log is being written by another process", &w->lock, error));
  LEDGER_TRY(ReadPromise(w, error));
  LEDGER_TRY(TakeBack(w, error));
  LEDGER_TRY(Resume(w, error));
  *writer = w;
  w       = NULL;
out:
  LedgerBytesFree(&text);
  LedgerWriterClose(&w);
  return status;
}

void LedgerWriterClose(LedgerWriter *writer)
{
  LedgerWriter w = *writer;
  if (!w) return;
  LedgerTreeDestroy(&w->tree);
  LedgerTilerDestroy(&w->tiler);
  LedgerBytesFree(&w->bundle);
  LedgerBytesFree(&w->checkpoint);
  LedgerQuorumDestroy(&w->witnesses);
  if (w->lock >= 0) close(w->lock);
  free(w->directory);
  free(w->origin);
  free(w);
  *writer = NULL;
}

uint64_t LedgerWriterSize(LedgerWriter writer)
{
  return LedgerTilerSize(writer->tiler);
}

LedgerStatus LedgerWriterRange(LedgerWriter writer, LedgerRange *range, LedgerError *error)
{
  return LedgerTilerRange(writer->tiler, range, error);
}

LedgerStatus LedgerWriterPut(LedgerWriter writer, uint64_t index, const void *entry, size_t size, LedgerError *error)
{
  LedgerStatus status;
  LedgerHash   leaf = LedgerHashLeaf(entry, size), known;
  uint64_t     at   = LedgerTilerSize(writer->tiler);
  LedgerTile   tile;
  size_t       before;
  bool         full;
  if (index < writer->signed_size) {
    LEDGER_TRY(LedgerTreeSubtree(writer->tree, 0, index, &known, error));
    if (LedgerHashEqual(&leaf, &known)) return LEDGER_OK;
    return LedgerFail(error, LEDGER_FALSE, writer->directory,
                      "entry %" PRIu64 " is signed already and differs from the one to be written", index);
  }
  if (index != at) {
    return LedgerFail(error, LEDGER_INTERNAL, writer->directory, "entry %" PRIu64 " put where %" PRIu64 " is next",
                      index, at);
  }
  before = writer->bundle.size;
  status = LedgerBundleAppend(&writer->bundle, entry, size, error);
  full   = at % LEDGER_TILE_WIDTH == LEDGER_TILE_WIDTH - 1;
  if (status == LEDGER_OK && full) {
    tile   = (LedgerTile){LEDGER_TILE_BUNDLE, at / LEDGER_TILE_WIDTH, LEDGER_TILE_WIDTH};
    status = WriteBundle(writer, &tile, error);
  }
  if (status == LEDGER_OK) status = LedgerTilerAppend(writer->tiler, &leaf, error);
  if (status != LEDGER_OK)
    writer->bundle.size = before; /* as if it had not been put: it can be put again */
  else if (full)
    writer->bundle.size = 0;
out:
  return status;
}

/* Makes the folders of all files of one level written since the last commit durable. */
static LedgerStatus SyncLevel(LedgerWriter writer, int level, LedgerError *error)
{
  LedgerStatus status                = LEDGER_OK;
  int          shift                 = level == LEDGER_TILE_BUNDLE ? 0 : 8 * level;
  uint64_t     first                 = (writer->signed_size >> shift) / LEDGER_TILE_WIDTH;
  uint64_t     size                  = LedgerTilerSize(writer->tiler);
  char         done[LEDGER_PATH_MAX] = "", path[LEDGER_PATH_MAX], name[LEDGER_TILE_PATH_MAX];
  for (uint64_t index = first;; index++) {
    LedgerTile tile = {level, index, LedgerTileWidth(size, level, index)};
    if (!tile.width) break;
    LedgerTilePath(&tile, name);
    *strrchr(name, '/') = 0;
    LEDGER_TRY(LedgerPathJoin(path, writer->directory, name, error));
    if (strcmp(path, done) == 0) continue;
    LEDGER_TRY(LedgerDirectorySync(path, error));
    LEDGER_TRY(LedgerPathJoin(done, NULL, path, error));
  }
out:
  return status;
}

/* Writes what is unfinished and waits until every tile and bundle is on disk. */
static LedgerStatus Flush(LedgerWriter writer, LedgerError *error)
{
  LedgerStatus status;
  uint64_t     size = LedgerTilerSize(writer->tiler);
  LedgerTile   tile = {LEDGER_TILE_BUNDLE, size / LEDGER_TILE_WIDTH, (unsigned)(size % LEDGER_TILE_WIDTH)};
  if (tile.width) LEDGER_TRY(WriteBundle(writer, &tile, error));
  LEDGER_TRY(LedgerTilerFlush(writer->tiler, error));
  for (int level = LEDGER_TILE_BUNDLE; level < LEDGER_TILE_LEVELS; level++) LEDGER_TRY(SyncLevel(writer, level, error));
out:
  return status;
}

/* Says how the checkpoint on disk differs from the promise. */
static LedgerStatus BlameHead(LedgerWriter writer, const LedgerBytes *bytes, const char *path, LedgerError *error)
{
  LedgerVerifier   own    = LedgerSignerVerifier(writer->signer);
  LedgerCheckpoint found  = {0};
  LedgerError      inner  = {""};
  LedgerStatus     status = LedgerCheckpointOpen(bytes->data, bytes->size, &own, 1, path, &found, &inner);
  char             a[45], b[45];
  if (status == LEDGER_OK && found.size == writer->signed_size) {
    LedgerHashBase64(&writer->signed_root, a);
    LedgerHashBase64(&found.root, b);
    status = LedgerFail(error, LEDGER_FALSE, path,
                        "two checkpoints of %" PRIu64 " entries with different roots, %s and %s; nothing is signed",
                        found.size, a, b);
  } else if (status == LEDGER_OK) {
    status = LedgerFail(error, LEDGER_FALSE, path,
                        "changed from %" PRIu64 " to %" PRIu64 " entries while the log was being extended; "
                        "nothing is signed",
                        writer->signed_size, found.size);
  } else {
    status = LedgerFail(error, LEDGER_FALSE, NULL, "%s; it changed while the log was being extended, nothing is signed",
                        inner.text);
  }
  LedgerCheckpointFree(&found);
  return status;
}

/* The checkpoint on disk must state what this writer knows as signed: the same text under the log's own signature.
   Cosignatures may have come or gone. */
static LedgerStatus CheckHead(LedgerWriter writer, LedgerBytes *bytes, LedgerError *error)
{
  LedgerStatus   status;
  LedgerVerifier own  = LedgerSignerVerifier(writer->signer);
  LedgerNote     note = NULL, known = NULL;
  char           path[LEDGER_PATH_MAX];
  const char    *a, *b;
  size_t         m, n;
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, "checkpoint", error));
  if (!writer->has_checkpoint && access(path, F_OK) != 0) return LEDGER_OK;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_FALSE, bytes, error));
  if (!writer->has_checkpoint) {
    status = LedgerFail(error, LEDGER_FALSE, path, "appeared while the log was being made; nothing is signed");
    goto out;
  }
  LEDGER_TRY(LedgerNoteParse(writer->checkpoint.data, writer->checkpoint.size, path, &known, error));
  if (LedgerNoteParse(bytes->data, bytes->size, path, &note, NULL) == LEDGER_OK &&
      LedgerNoteVerify(note, &own, 1, path, NULL, NULL, NULL) == LEDGER_OK) {
    a = LedgerNoteText(note, &m);
    b = LedgerNoteText(known, &n);
    if (m == n && memcmp(a, b, n) == 0) goto out;
  }
  status = BlameHead(writer, bytes, path, error);
out:
  LedgerNoteDestroy(&note);
  LedgerNoteDestroy(&known);
  return status;
}

/* A log never signs two inconsistent checkpoints: the one on disk must be the one this writer began with, and the tiles
   on disk must show that the new tree begins with its tree. */
static LedgerStatus CheckPromise(LedgerWriter writer, LedgerTree grown, const LedgerHash *root, LedgerError *error)
{
  LedgerStatus status;
  LedgerProof  proof;
  LedgerHash   stored;
  LedgerBytes  bytes = {0};
  uint64_t     size  = LedgerTilerSize(writer->tiler);
  LEDGER_TRY(CheckHead(writer, &bytes, error));
  LEDGER_TRY(LedgerTreeRoot(size, LedgerTreeSubtree, grown, &stored, error));
  if (!LedgerHashEqual(&stored, root)) {
    status = LedgerFail(error, LEDGER_FALSE, writer->directory, "tiles on disk do not give the computed root");
    goto out;
  }
  LEDGER_TRY(LedgerConsistencyMake(writer->signed_size, size, LedgerTreeSubtree, grown, &proof, error));
  LEDGER_TRY(LedgerConsistencyCheck(writer->signed_size, size, &proof, &writer->signed_root, root, error));
out:
  LedgerBytesFree(&bytes);
  return status;
}

/* Writes key.pub when there is none; refuses another key's. */
static LedgerStatus WriteKey(LedgerWriter writer, LedgerError *error)
{
  LedgerStatus   status;
  LedgerVerifier stored = NULL, own = LedgerSignerVerifier(writer->signer);
  LedgerBytes    text = {0};
  char           path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, "key.pub", error));
  if (access(path, F_OK) == 0) {
    LEDGER_TRY(LedgerVerifierLoad(path, &stored, error));
    if (!LedgerVerifierEqual(stored, own)) {
      status = LedgerFail(error, LEDGER_INPUT, path, "is not the verifier of the key that signs this log");
    }
    goto out;
  }
  LEDGER_TRY(LedgerVerifierWrite(own, &text, error));
  LEDGER_TRY(LedgerBytesAppend(&text, "\n", 1, error));
  LEDGER_TRY(WriteFile(writer, "key.pub", text.data, text.size, error));
out:
  LedgerVerifierDestroy(&stored);
  LedgerBytesFree(&text);
  return status;
}

/* Writes the witnesses that this writer was told of, when the file does not name just them. */
static LedgerStatus WriteWitnesses(LedgerWriter writer, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0}, stored = {0};
  char         path[LEDGER_PATH_MAX];
  if (!writer->witnesses) return LEDGER_OK;
  LEDGER_TRY(LedgerPathJoin(path, writer->directory, "witnesses", error));
  LEDGER_TRY(LedgerQuorumWrite(writer->witnesses, &text, error));
  if (LedgerFileExists(path)) LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &stored, error));
  if (stored.size == text.size && memcmp(stored.data, text.data, text.size) == 0) goto out;
  LEDGER_TRY(WriteFile(writer, "witnesses", text.data, text.size, error));
out:
  LedgerBytesFree(&text);
  LedgerBytesFree(&stored);
  return status;
}

static LedgerStatus WriteCheckpoint(LedgerWriter writer, const LedgerHash *root, LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  text = {0}, note = {0};
  LEDGER_TRY(LedgerCheckpointWrite(writer->origin, LedgerTilerSize(writer->tiler), root, &text, error));
  LEDGER_TRY(LedgerNoteSign((char *)text.data, text.size, &writer->signer, 1, &note, error));
  LEDGER_TRY(WriteKey(writer, error));
  LEDGER_TRY(WriteWitnesses(writer, error));
  LEDGER_TRY(LedgerDirectorySync(writer->directory, error));
  LEDGER_TRY(WriteFile(writer, "checkpoint", note.data, note.size, error));
  LEDGER_TRY(LedgerDirectorySync(writer->directory, error));
  LedgerBytesFree(&writer->checkpoint);
  writer->checkpoint     = note;
  writer->has_checkpoint = true;
  note                   = (LedgerBytes){0};
out:
  LedgerBytesFree(&text);
  LedgerBytesFree(&note);
  return status;
}

LedgerStatus LedgerWriterCommit(LedgerWriter writer, const LedgerHash *expected, LedgerHash *root, LedgerError *error)
{
  LedgerStatus status;
  LedgerHash   own;
  LedgerBytes  found = {0};
  LedgerTree   grown = NULL;
  uint64_t     size  = LedgerTilerSize(writer->tiler);
  LEDGER_TRY(LedgerTilerRoot(writer->tiler, &own, error));
  if (expected && !LedgerHashEqual(expected, &own)) {
    return LedgerFail(error, LEDGER_FALSE, writer->directory,
                      "the %" PRIu64 " entries do not give the expected root; nothing is signed", size);
  }
  if (root) *root = own;
  if (writer->has_checkpoint && size == writer->signed_size) {
    LEDGER_TRY(CheckHead(writer, &found, error));
    goto out;
  }
  LEDGER_TRY(Flush(writer, error));
  LEDGER_TRY(LedgerTreeCreate(writer->directory, size, &grown, error));
  LEDGER_TRY(CheckPromise(writer, grown, &own, error));
  LEDGER_TRY(WriteCheckpoint(writer, &own, error));
  LedgerTreeDestroy(&writer->tree);
  writer->tree        = grown;
  grown               = NULL;
  writer->signed_size = size;
  writer->signed_root = own;
out:
  LedgerTreeDestroy(&grown);
  LedgerBytesFree(&found);
  return status;
}

const LedgerBytes *LedgerWriterCheckpoint(LedgerWriter writer)
{
  return &writer->checkpoint;
}

LedgerStatus LedgerWriterSetWitnesses(LedgerWriter writer, LedgerQuorum witnesses, LedgerError *error)
{
  LedgerStatus status;
  LedgerQuorum copy = NULL;
  for (size_t k = 0; k < LedgerQuorumCount(witnesses); k++) {
    LedgerVerifier witness = LedgerQuorumWitness(witnesses, k);
    if (!LedgerVerifierSameKey(witness, LedgerSignerVerifier(writer->signer))) continue;
    return LedgerFail(error, LEDGER_INPUT, NULL, "the witness %s has the log's own key", LedgerVerifierName(witness));
  }
  LEDGER_TRY(LedgerQuorumCopy(witnesses, &copy, error));
  LedgerQuorumDestroy(&writer->witnesses);
  writer->witnesses = copy;
out:
  return status;
}

LedgerStatus LedgerWriterExpect(LedgerWriter writer, const void *checkpoint, size_t size, const char *file,
                                LedgerError *error)
{
  LedgerStatus     status;
  LedgerVerifier   own  = LedgerSignerVerifier(writer->signer);
  LedgerCheckpoint kept = {0},
                   now  = {.origin = writer->origin, .size = writer->signed_size, .root = writer->signed_root};
  LedgerProof proof     = {0};
  LEDGER_TRY(LedgerCheckpointOpen(checkpoint, size, &own, 1, file, &kept, error));
  if (kept.size <= now.size) {
    LEDGER_TRY(LedgerConsistencyMake(kept.size, now.size, LedgerTreeSubtree, writer->tree, &proof, error));
  }
  LEDGER_TRY(LedgerCheckpointExtends(&kept, &now, &proof, writer->directory, error));
out:
  LedgerCheckpointFree(&kept);
  return status;
}

/* Adds the lines to the checkpoint with the bytes `found` and replaces it; the directory is locked. */
static LedgerStatus StoreCosignatures(const char *directory, const LedgerBytes *found, const char *lines, size_t length,
                                      LedgerQuorum witnesses, LedgerBytes *note_bytes, LedgerError *error)
{
  LedgerStatus status;
  LedgerNote   note = NULL;
  char         path[LEDGER_PATH_MAX], temporary[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, directory, "checkpoint", error));
  LEDGER_TRY(LedgerPathJoin(temporary, directory, temporary_name, error));
  LEDGER_TRY(LedgerNoteParse(found->data, found->size, path, &note, error));
  LEDGER_TRY(LedgerCosignaturesAdd(note, lines, length, witnesses, "cosignatures", note_bytes, error));
  LEDGER_TRY(LedgerFileWrite(path, temporary, 0666, note_bytes->data, note_bytes->size, error));
  LEDGER_TRY(LedgerDirectorySync(directory, error));
out:
  LedgerNoteDestroy(&note);
  return status;
}

LedgerStatus LedgerWriterAddCosignatures(LedgerWriter writer, const char *lines, size_t length, LedgerQuorum witnesses,
                                         LedgerError *error)
{
  LedgerStatus status;
  LedgerBytes  found = {0}, note = {0};
  if (!writer->has_checkpoint) {
    return LedgerFail(error, LEDGER_INTERNAL, writer->directory, "has no checkpoint to be cosigned");
  }
  LEDGER_TRY(CheckHead(writer, &found, error));
  LEDGER_TRY(StoreCosignatures(writer->directory, &found, lines, length, witnesses, &note, error));
  LedgerBytesFree(&writer->checkpoint);
  writer->checkpoint = note;
  note               = (LedgerBytes){0};
out:
  LedgerBytesFree(&found);
  LedgerBytesFree(&note);
  return status;
}

LedgerStatus LedgerLogAddCosignatures(const char *directory, const LedgerVerifier *log, size_t n, const char *lines,
                                      size_t length, LedgerQuorum witnesses, LedgerError *error)
{
  LedgerStatus     status;
  LedgerCheckpoint checkpoint = {0};
  LedgerBytes      found = {0}, note = {0};
  int              lock = -1;
  char             path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(path, directory, "checkpoint", error));
  LEDGER_TRY(LedgerDirectoryLock(directory, "log is being written by another process", &lock, error));
  LEDGER_TRY(LedgerFileRead(path, LEDGER_NOTE_MAX_BYTES, LEDGER_INPUT, &found, error));
  LEDGER_TRY(LedgerCheckpointOpen(found.data, found.size, log, n, path, &checkpoint, error));
  LEDGER_TRY(StoreCosignatures(directory, &found, lines, length, witnesses, &note, error));
out:
  if (lock >= 0) close(lock);
  LedgerCheckpointFree(&checkpoint);
  LedgerBytesFree(&found);
  LedgerBytesFree(&note);
  return status;
}

LedgerStatus LedgerWriterPutFrom(LedgerWriter writer, uint64_t start, uint64_t n, LedgerEntrySource source,
                                 void *context, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  for (uint64_t k = 0; k < n; k++) {
    const void *entry = NULL;
    size_t      size  = 0;
    LEDGER_TRY(source(context, k, &entry, &size, error));
    LEDGER_TRY(LedgerWriterPut(writer, start + k, entry, size, error));
  }
out:
  return status;
}

LedgerStatus LedgerLogWrite(const char *directory, const char *origin, LedgerSigner signer, uint64_t start, uint64_t n,
                            LedgerEntrySource source, void *context, const LedgerHash *expected, LedgerHash *root,
                            LedgerError *error)
{
  LedgerStatus status;
  LedgerWriter writer = NULL;
  LEDGER_TRY(LedgerWriterOpen(directory, origin, signer, &writer, error));
  LEDGER_TRY(LedgerWriterPutFrom(writer, start, n, source, context, error));
  LEDGER_TRY(LedgerWriterCommit(writer, expected, root, error));
out:
  LedgerWriterClose(&writer);
  return status;
}
