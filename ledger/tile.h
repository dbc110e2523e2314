/* Tiles and entry bundles (C2SP tlog-tiles): their paths, their widths in a log of a given size, their bytes. */
#ifndef ARCHIPELAGO_LEDGER_TILE_H
#define ARCHIPELAGO_LEDGER_TILE_H

#include "ledger/bytes.h"
#include "ledger/hash.h"

enum {
  LEDGER_TILE_WIDTH    = 256,
  LEDGER_TILE_LEVELS   = 8,  /* levels that a log below 2^63 entries has */
  LEDGER_TILE_BUNDLE   = -1, /* the level number that stands for entry bundles */
  LEDGER_TILE_PATH_MAX = 64,
  LEDGER_ENTRY_MAX     = 65535,
  LEDGER_BUNDLE_MAX    = LEDGER_TILE_WIDTH * (2 + LEDGER_ENTRY_MAX)
};

/* A tile, or an entry bundle: `level` 0 to 63 or LEDGER_TILE_BUNDLE, `width` 1 to 256 hashes or entries. */
typedef struct {
  int      level;
  uint64_t index;
  unsigned width;
} LedgerTile;

/* Writes `tile/L/N`, `tile/entries/N` or either with `.p/W`; the index is at most 999999999999999999. */
void LedgerTilePath(const LedgerTile *tile, char path[LEDGER_TILE_PATH_MAX]);

/* False unless the path is exactly what LedgerTilePath writes for some tile. */
bool LedgerTileParse(const char *path, LedgerTile *tile);

/* Hashes or entries of tile number `index` in a log of `size` entries: 256, less at the right edge, 0 when absent. */
unsigned LedgerTileWidth(uint64_t size, int level, uint64_t index);

/* Root of the perfect subtree over `n` hashes, n a power of two up to 256. */
LedgerHash LedgerTileRoot(const LedgerHash *hashes, unsigned n);

/* An entry bundle's bytes and where its entries begin in them. */
typedef struct {
  const uint8_t *bytes;
  unsigned       width;
  size_t         offset[LEDGER_TILE_WIDTH + 1]; /* of each entry's length; the last one is the bundle's end */
} LedgerBundle;

/* Splits the first `width` entries off a bundle. With `whole`, bytes behind them are a fault. `file` names the source,
   `first` the index in the log of the bundle's first entry, in messages. */
LedgerStatus LedgerBundleParse(const uint8_t *bytes, size_t size, unsigned width, bool whole, const char *file,
                               uint64_t first, LedgerBundle *bundle, LedgerError *error);

/* The k-th entry's bytes, inside the bundle's. */
const uint8_t *LedgerBundleEntry(const LedgerBundle *bundle, unsigned k, size_t *size);

/* Appends one entry in the bundle's form. LEDGER_INPUT when it has more than LEDGER_ENTRY_MAX bytes. */
LedgerStatus LedgerBundleAppend(LedgerBytes *out, const void *entry, size_t size, LedgerError *error);

#endif
