/* The Merkle tree on disk. */
#include "ledger/tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/file.h"

typedef struct {
  bool       valid;
  uint64_t   index;
  unsigned   width;
  LedgerHash hash[LEDGER_TILE_WIDTH];
} CachedTile;

struct LedgerTree_s {
  char      *directory;
  uint64_t   size;
  CachedTile cache[LEDGER_TILE_LEVELS];
};

LedgerStatus LedgerTreeCreate(const char *directory, uint64_t size, LedgerTree *tree, LedgerError *error)
{
  *tree = calloc(1, sizeof **tree);
  if (!*tree) return LedgerNoMemory(error);
  (*tree)->size      = size;
  (*tree)->directory = strdup(directory);
  if (!(*tree)->directory) {
    LedgerTreeDestroy(tree);
    return LedgerNoMemory(error);
  }
  return LEDGER_OK;
}

void LedgerTreeDestroy(LedgerTree *tree)
{
  if (!*tree) return;
  free((*tree)->directory);
  free(*tree);
  *tree = NULL;
}

/* The narrowest file with at least the tile's width, when its own is not there: the full one's, or another partial one
   of a log that has grown; false when there is none. */
static bool FindWider(const char *directory, LedgerTile *tile)
{
  char       name[LEDGER_TILE_PATH_MAX], path[LEDGER_PATH_MAX];
  LedgerTile wider = {tile->level, tile->index, tile->width + 1};
  for (; wider.width <= LEDGER_TILE_WIDTH; wider.width++) {
    LedgerTilePath(&wider, name);
    if (LedgerPathJoin(path, directory, name, NULL) != LEDGER_OK) return false;
    if (!LedgerFileExists(path)) continue;
    *tile = wider;
    return true;
  }
  return false;
}

/* Reads a tile's or bundle's file, a partial one from a wider one when it is not there itself. *width tells how much the
   file must hold. */
static LedgerStatus LoadFile(const char *directory, LedgerTile tile, size_t limit, LedgerBytes *bytes, unsigned *width,
                             char path[LEDGER_PATH_MAX], LedgerError *error)
{
  LedgerStatus status;
  char         name[LEDGER_TILE_PATH_MAX];
  LedgerTilePath(&tile, name);
  LEDGER_TRY(LedgerPathJoin(path, directory, name, error));
  if (tile.width < LEDGER_TILE_WIDTH && !LedgerFileExists(path) && FindWider(directory, &tile)) {
    LedgerTilePath(&tile, name);
    LEDGER_TRY(LedgerPathJoin(path, directory, name, error));
  }
  *width = tile.width;
  LEDGER_TRY(LedgerFileRead(path, limit, LEDGER_FALSE, bytes, error));
out:
  return status;
}

static LedgerStatus LoadTile(LedgerTree tree, int level, uint64_t index, CachedTile *cached, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerBytes  bytes  = {0};
  LedgerTile   tile   = {level, index, LedgerTileWidth(tree->size, level, index)};
  size_t       expected;
  char         path[LEDGER_PATH_MAX];
  unsigned     stored;
  cached->valid = false;
  if (!tile.width) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "a log of %" PRIu64 " entries has no tile %" PRIu64 " at level %d",
                      tree->size, index, level);
  }
  LEDGER_TRY(LoadFile(tree->directory, tile, LEDGER_TILE_WIDTH * LEDGER_HASH_BYTES, &bytes, &stored, path, error));
  expected = (size_t)stored * LEDGER_HASH_BYTES;
  if (bytes.size != expected) {
    status = LedgerFail(error, LEDGER_FALSE, path, "has %zu bytes; %zu expected", bytes.size, expected);
    goto out;
  }
  memcpy(cached->hash, bytes.data, tile.width * LEDGER_HASH_BYTES);
  cached->width = tile.width;
  cached->index = index;
  cached->valid = true;
out:
  LedgerBytesFree(&bytes);
  return status;
}

LedgerStatus LedgerTreeTile(LedgerTree tree, int level, uint64_t index, const LedgerHash **hashes, unsigned *width,
                            LedgerError *error)
{
  CachedTile  *cached = &tree->cache[level];
  LedgerStatus status = LEDGER_OK;
  if (!cached->valid || cached->index != index) LEDGER_TRY(LoadTile(tree, level, index, cached, error));
  *hashes = cached->hash;
  *width  = cached->width;
out:
  return status;
}

LedgerStatus LedgerTreeSubtree(void *context, unsigned height, uint64_t index, LedgerHash *root, LedgerError *error)
{
  LedgerTree        tree = context;
  LedgerStatus      status;
  int               level = (int)(height / 8);
  uint64_t          first = index << (height % 8);
  unsigned          span = 1u << (height % 8), offset = (unsigned)(first % LEDGER_TILE_WIDTH), width;
  const LedgerHash *hashes;
  LEDGER_TRY(LedgerTreeTile(tree, level, first / LEDGER_TILE_WIDTH, &hashes, &width, error));
  if (offset + span > width) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "subtree %" PRIu64 " of height %u passes the log's end", index,
                      height);
  }
  *root = LedgerTileRoot(hashes + offset, span);
out:
  return status;
}

LedgerStatus LedgerTreeRange(LedgerTree tree, uint64_t start, uint64_t end, LedgerRange *range, LedgerError *error)
{
  LedgerStatus status;
  LedgerHash   root;
  *range = NULL;
  if (start > end || end > tree->size) {
    return LedgerFail(error, LEDGER_INPUT, tree->directory,
                      "has no entries [%" PRIu64 ", %" PRIu64 "); the log has %" PRIu64 " entries", start, end,
                      tree->size);
  }
  LEDGER_TRY(LedgerRangeCreate(start, range, error));
  while (start < end) {
    unsigned height = LedgerRangeHeight(start, end);
    LEDGER_TRY(LedgerTreeSubtree(tree, height, start >> height, &root, error));
    LEDGER_TRY(LedgerRangeAppendSubtree(*range, height, &root, error));
    start += (uint64_t)1 << height;
  }
out:
  if (status != LEDGER_OK) LedgerRangeDestroy(range);
  return status;
}

LedgerStatus LedgerBundleLoad(const char *directory, uint64_t size, uint64_t index, LedgerBytes *bytes,
                              LedgerBundle *bundle, char *path, LedgerError *error)
{
  LedgerStatus status;
  LedgerTile   tile = {LEDGER_TILE_BUNDLE, index, LedgerTileWidth(size, LEDGER_TILE_BUNDLE, index)};
  unsigned     stored;
  char         own[LEDGER_PATH_MAX];
  if (!path) path = own;
  bytes->size = 0;
  if (!tile.width) {
    return LedgerFail(error, LEDGER_INTERNAL, NULL, "a log of %" PRIu64 " entries has no bundle %" PRIu64, size, index);
  }
  LEDGER_TRY(LoadFile(directory, tile, LEDGER_BUNDLE_MAX, bytes, &stored, path, error));
  LEDGER_TRY(LedgerBundleParse(bytes->data, bytes->size, tile.width, stored == tile.width, path,
                               index * LEDGER_TILE_WIDTH, bundle, error));
out:
  return status;
}

struct LedgerTiler_s {
  LedgerTileSink sink;
  void          *context;
  uint64_t       size;
  LedgerHash     hash[LEDGER_TILE_LEVELS][LEDGER_TILE_WIDTH]; /* the unfinished tile of each level */
};

LedgerStatus LedgerTilerCreate(LedgerTileSink sink, void *context, LedgerTiler *tiler, LedgerError *error)
{
  *tiler = calloc(1, sizeof **tiler);
  if (!*tiler) return LedgerNoMemory(error);
  (*tiler)->sink    = sink;
  (*tiler)->context = context;
  return LEDGER_OK;
}

void LedgerTilerDestroy(LedgerTiler *tiler)
{
  free(*tiler);
  *tiler = NULL;
}

LedgerStatus LedgerTilerResume(LedgerTiler tiler, LedgerTree tree, uint64_t size, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  for (int level = 0; level < LEDGER_TILE_LEVELS; level++) {
    uint64_t          index = (size >> (8 * level)) / LEDGER_TILE_WIDTH;
    const LedgerHash *hashes;
    unsigned          width;
    if (!LedgerTileWidth(size, level, index)) continue;
    LEDGER_TRY(LedgerTreeTile(tree, level, index, &hashes, &width, error));
    memcpy(tiler->hash[level], hashes, width * sizeof *hashes);
  }
  tiler->size = size;
out:
  return status;
}

LedgerStatus LedgerTilerAppend(LedgerTiler tiler, const LedgerHash *leaf, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  LedgerHash   hash   = *leaf;
  uint64_t     at     = tiler->size;
  if (at == INT64_MAX) return LedgerFail(error, LEDGER_INTERNAL, NULL, "log is full");
  for (int level = 0; level < LEDGER_TILE_LEVELS; level++) {
    tiler->hash[level][at % LEDGER_TILE_WIDTH] = hash;
    if (at % LEDGER_TILE_WIDTH != LEDGER_TILE_WIDTH - 1) break;
    at /= LEDGER_TILE_WIDTH;
    LEDGER_TRY(tiler->sink(tiler->context, &(LedgerTile){level, at, LEDGER_TILE_WIDTH}, tiler->hash[level], error));
    hash = LedgerTileRoot(tiler->hash[level], LEDGER_TILE_WIDTH);
  }
  tiler->size++;
out:
  return status;
}

LedgerStatus LedgerTilerFlush(LedgerTiler tiler, LedgerError *error)
{
  LedgerStatus status = LEDGER_OK;
  for (int level = 0; level < LEDGER_TILE_LEVELS; level++) {
    uint64_t   count = tiler->size >> (8 * level);
    LedgerTile tile  = {level, count / LEDGER_TILE_WIDTH, (unsigned)(count % LEDGER_TILE_WIDTH)};
    if (tile.width) LEDGER_TRY(tiler->sink(tiler->context, &tile, tiler->hash[level], error));
  }
out:
  return status;
}

uint64_t LedgerTilerSize(LedgerTiler tiler)
{
  return tiler->size;
}

LedgerStatus LedgerTilerRange(LedgerTiler tiler, LedgerRange *range, LedgerError *error)
{
  LedgerStatus status;
  LEDGER_TRY(LedgerRangeCreate(0, range, error));
  for (int level = LEDGER_TILE_LEVELS - 1; level >= 0; level--) {
    unsigned width = (unsigned)((tiler->size >> (8 * level)) % LEDGER_TILE_WIDTH);
    for (unsigned k = 0; k < width; k++) {
      LEDGER_TRY(LedgerRangeAppendSubtree(*range, 8 * (unsigned)level, &tiler->hash[level][k], error));
    }
  }
out:
  if (status != LEDGER_OK) LedgerRangeDestroy(range);
  return status;
}

LedgerStatus LedgerTilerRoot(LedgerTiler tiler, LedgerHash *root, LedgerError *error)
{
  LedgerStatus status;
  LedgerRange  range = NULL;
  LEDGER_TRY(LedgerTilerRange(tiler, &range, error));
  LEDGER_TRY(LedgerRangeRoot(range, root, error));
out:
  LedgerRangeDestroy(&range);
  return status;
}
