/* Verification of everything in a log directory. All hashes are recomputed from the entries in one pass. When the root
   comes out right, the entries are right and any tile that differs is wrong. When it does not, the tiles are followed
   from the signed root downwards until the first one that does not fit, so that the fault is named and not just felt. */
#include <inttypes.h>
#include <string.h>

#include "ledger/log_impl.h"

typedef struct {
  LedgerLog        log;
  LedgerTiler      tiler;
  LedgerLogCounts *counts;
  bool             tile_differs; /* some tile is not what the entries give; then: */
  LedgerTile       tile;
  size_t           byte; /* the first differing one */
} Verification;

static LedgerStatus TilePath(LedgerLog log, const LedgerTile *tile, char path[LEDGER_PATH_MAX], LedgerError *error)
{
  char name[LEDGER_TILE_PATH_MAX];
  LedgerTilePath(tile, name);
  return LedgerPathJoin(path, log->directory, name, error);
}

static size_t FirstDifference(const void *a, const void *b, size_t size)
{
  const uint8_t *p = a, *q = b;
  size_t         k = 0;
  if (!size || memcmp(a, b, size) == 0) return size;
  while (k < size && p[k] == q[k]) k++;
  return k;
}

/* A LedgerTileSink: compares a tile that the entries give with the one on disk. */
static LedgerStatus CompareTile(void *context, const LedgerTile *tile, const LedgerHash *hashes, LedgerError *error)
{
  Verification     *v = context;
  LedgerStatus      status;
  const LedgerHash *stored;
  unsigned          width;
  size_t            bytes = tile->width * sizeof *hashes, same;
  LEDGER_TRY(LedgerTreeTile(v->log->tree, tile->level, tile->index, &stored, &width, error));
  v->counts->tiles++;
  same = FirstDifference(stored, hashes, bytes);
  if (same < bytes && !v->tile_differs) {
    v->tile_differs = true;
    v->tile         = *tile;
    v->byte         = same;
  }
out:
  return status;
}

static LedgerStatus AddEntry(void *context, uint64_t index, const uint8_t *entry, size_t size, LedgerError *error)
{
  Verification *v    = context;
  LedgerHash    leaf = LedgerHashLeaf(entry, size);
  v->counts->entries++;
  if (index % LEDGER_TILE_WIDTH == 0) v->counts->bundles++;
  return LedgerTilerAppend(v->tiler, &leaf, error);
}

/* Names the tile that differs from the entries, with what the entries' root says of it. */
static LedgerStatus BlameTile(Verification *v, const char *because, LedgerError *error)
{
  LedgerStatus status;
  char         path[LEDGER_PATH_MAX];
  LEDGER_TRY(TilePath(v->log, &v->tile, path, error));
  return LedgerFail(error, LEDGER_FALSE, path, "byte %zu (hash %zu) is not what the entries give%s", v->byte,
                    v->byte / LEDGER_HASH_BYTES, because);
out:
  return status;
}

/* Shows that each full tile of a level has the root that its parent tile, already shown to be right, holds. */
static LedgerStatus FollowLevel(LedgerLog log, int level, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  uint64_t     full   = (log->checkpoint.size >> (8 * level)) / LEDGER_TILE_WIDTH;
  for (uint64_t index = 0; index < full; index++) {
    const LedgerHash *hashes, *parent;
    unsigned          width, parent_width;
    LedgerHash        root;
    char              path[LEDGER_PATH_MAX];
    LEDGER_TRY(LedgerTreeTile(log->tree, level, index, &hashes, &width, error));
    root = LedgerTileRoot(hashes, width);
    LEDGER_TRY(LedgerTreeTile(log->tree, level + 1, index / LEDGER_TILE_WIDTH, &parent, &parent_width, error));
    if (LedgerHashEqual(&root, &parent[index % LEDGER_TILE_WIDTH])) continue;
    LEDGER_TRY(TilePath(log, &(LedgerTile){level, index, LEDGER_TILE_WIDTH}, path, error));
    return LedgerFail(error, LEDGER_FALSE, path, "does not give the hash that the signed root demands of it");
  }
out:
  return status;
}

/* With level 0 shown to be right: finds the entry that does not have its leaf's hash. */
static LedgerStatus BlameEntry(LedgerLog log, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerBytes  bytes  = {0};
  for (uint64_t first = 0; first < log->checkpoint.size; first += LEDGER_TILE_WIDTH) {
    LedgerBundle      bundle;
    const LedgerHash *leaves;
    unsigned          width;
    char              path[LEDGER_PATH_MAX];
    uint64_t          index = first / LEDGER_TILE_WIDTH;
    LEDGER_TRY(LedgerBundleLoad(log->directory, log->checkpoint.size, index, &bytes, &bundle, path, error));
    LEDGER_TRY(LedgerTreeTile(log->tree, 0, index, &leaves, &width, error));
    for (unsigned k = 0; k < width; k++) {
      size_t         size;
      const uint8_t *entry = LedgerBundleEntry(&bundle, k, &size);
      LedgerHash     leaf  = LedgerHashLeaf(entry, size);
      if (LedgerHashEqual(&leaf, &leaves[k])) continue;
      status = LedgerFail(error, LEDGER_FALSE, path,
                          "entry %" PRIu64 " (bytes %zu to %zu) does not have the hash that the signed root demands",
                          first + k, bundle.offset[k], bundle.offset[k + 1] - 1);
      goto out;
    }
  }
  status = LedgerFail(error, LEDGER_FALSE, log->directory, "changed while it was being verified");
out:
  LedgerBytesFree(&bytes);
  return status;
}

/* The entries do not give the signed root: finds out which file is to blame. */
static LedgerStatus Blame(Verification *v, const LedgerHash *root, LedgerError *error)
{
  LedgerStatus status;
  LedgerLog    log = v->log;
  LedgerHash   stored;
  char         found[45], promised[45];
  LEDGER_TRY(LedgerTreeRoot(log->checkpoint.size, LedgerTreeSubtree, log->tree, &stored, error));
  if (LedgerHashEqual(&stored, &log->checkpoint.root)) {
    for (int level = LEDGER_TILE_LEVELS - 2; level >= 0; level--) LEDGER_TRY(FollowLevel(log, level, error));
    return BlameEntry(log, error);
  }
  if (v->tile_differs) return BlameTile(v, ", and neither gives the checkpoint's root", error);
  LedgerHashBase64(root, found);
  LedgerHashBase64(&log->checkpoint.root, promised);
  return LedgerFail(error, LEDGER_FALSE, log->path, "states the root %s; the log's %" PRIu64 " entries give %s",
                    promised, log->checkpoint.size, found);
out:
  return status;
}

/* Compares a partial tile or bundle of an earlier state with the fuller one of this state. */
static LedgerStatus CompareOlder(LedgerLog log, const LedgerTile *tile, const char *path, LedgerError *error)
{
  LedgerStatus      status;
  LedgerBytes       old = {0}, now = {0};
  LedgerBundle      bundle;
  const LedgerHash *hashes;
  const uint8_t    *right;
  unsigned          width;
  size_t            size, same;
  LEDGER_TRY(LedgerFileRead(path, LEDGER_BUNDLE_MAX, LEDGER_FALSE, &old, error));
  if (tile->level == LEDGER_TILE_BUNDLE) {
    LEDGER_TRY(LedgerBundleLoad(log->directory, log->checkpoint.size, tile->index, &now, &bundle, NULL, error));
    right = now.data;
    size  = bundle.offset[tile->width];
  } else {
    LEDGER_TRY(LedgerTreeTile(log->tree, tile->level, tile->index, &hashes, &width, error));
    right = hashes->byte;
    size  = tile->width * sizeof *hashes;
  }
  same = FirstDifference(old.data, right, old.size < size ? old.size : size);
  if (same < size && same < old.size) {
    status = LedgerFail(error, LEDGER_FALSE, path, "byte %zu differs from the same byte of the fuller file", same);
  } else if (old.size != size) {
    status = LedgerFail(error, LEDGER_FALSE, path, "has %zu bytes; %zu expected", old.size, size);
  }
out:
  LedgerBytesFree(&old);
  LedgerBytesFree(&now);
  return status;
}

/* A LedgerFileVisitor over tile/: everything there must belong to the log. */
static LedgerStatus CheckFile(void *context, const char *name, LedgerError *error)
{
  Verification *v = context;
  LedgerStatus  status;
  LedgerTile    tile;
  unsigned      width;
  char          inner[LEDGER_PATH_MAX], path[LEDGER_PATH_MAX];
  LEDGER_TRY(LedgerPathJoin(inner, "tile", name, error));
  LEDGER_TRY(LedgerPathJoin(path, v->log->directory, inner, error));
  if (!LedgerTileParse(inner, &tile)) {
    return LedgerFail(error, LEDGER_FALSE, path, "is not the name of a tile or an entry bundle");
  }
  width = LedgerTileWidth(v->log->checkpoint.size, tile.level, tile.index);
  if (tile.width == width) return LEDGER_OK;
  if (tile.width < width) {
    v->counts->older++;
    return CompareOlder(v->log, &tile, path, error);
  }
  if (v->log->own_checkpoint) {
    return LedgerFail(error, LEDGER_FALSE, path,
                      "is ahead of the checkpoint of %" PRIu64
                      " entries (the next append removes what an interrupted one "
                      "left)",
                      v->log->checkpoint.size);
  }
out:
  return status;
}

LedgerStatus LedgerLogVerify(LedgerLog log, LedgerLogCounts *counts, LedgerError *error)
{
  LedgerStatus    status;
  LedgerLogCounts own = {0};
  Verification    v   = {.log = log, .counts = counts ? counts : &own};
  LedgerHash      root;
  char            path[LEDGER_PATH_MAX];
  *v.counts = (LedgerLogCounts){0};
  LEDGER_TRY(LedgerTilerCreate(CompareTile, &v, &v.tiler, error));
  LEDGER_TRY(LedgerLogVisit(log, AddEntry, &v, error));
  LEDGER_TRY(LedgerTilerFlush(v.tiler, error));
  LEDGER_TRY(LedgerTilerRoot(v.tiler, &root, error));
  if (!LedgerHashEqual(&root, &log->checkpoint.root)) LEDGER_TRY(Blame(&v, &root, error));
  if (v.tile_differs) LEDGER_TRY(BlameTile(&v, ", whose root is signed", error));
  LEDGER_TRY(LedgerPathJoin(path, log->directory, "tile", error));
  LEDGER_TRY(LedgerFilesVisit(path, CheckFile, &v, error));
out:
  LedgerTilerDestroy(&v.tiler);
  return status;
}
