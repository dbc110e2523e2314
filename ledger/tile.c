/* Tiles and entry bundles (C2SP tlog-tiles). */
#include "ledger/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/text.h"

void LedgerTilePath(const LedgerTile *tile, char path[LEDGER_TILE_PATH_MAX])
{
  int      groups = 1, used;
  uint64_t scale  = 1;
  if (tile->level == LEDGER_TILE_BUNDLE)
    used = snprintf(path, LEDGER_TILE_PATH_MAX, "tile/entries");
  else
    used = snprintf(path, LEDGER_TILE_PATH_MAX, "tile/%d", tile->level);
  for (; tile->index / scale >= 1000; scale *= 1000) groups++;
  for (; groups > 0; groups--, scale /= 1000) {
    used += snprintf(path + used, LEDGER_TILE_PATH_MAX - (size_t)used, "/%s%03u", groups > 1 ? "x" : "",
                     (unsigned)(tile->index / scale % 1000));
  }
  if (tile->width < LEDGER_TILE_WIDTH) snprintf(path + used, LEDGER_TILE_PATH_MAX - (size_t)used, ".p/%u", tile->width);
}

/* Takes a number's digits off the text. */
static bool TakeNumber(const char **text, uint64_t *value)
{
  size_t n    = strspn(*text, "0123456789");
  bool   good = LedgerDecimalParse(*text, n, value);
  *text += n;
  return good;
}

static bool TakeWord(const char **text, const char *word)
{
  size_t n = strlen(word);
  if (strncmp(*text, word, n) != 0) return false;
  *text += n;
  return true;
}

/* Takes three digits off the text. */
static bool TakeGroup(const char **text, uint64_t *index)
{
  if (strspn(*text, "0123456789") < 3) return false;
  for (int k = 0; k < 3; k++) *index = *index * 10 + (uint64_t)(*(*text)++ - '0');
  return true;
}

bool LedgerTileParse(const char *path, LedgerTile *tile)
{
  const char *text  = path;
  uint64_t    level = 0, width = LEDGER_TILE_WIDTH;
  char        again[LEDGER_TILE_PATH_MAX];
  *tile = (LedgerTile){0};
  if (strlen(path) >= LEDGER_TILE_PATH_MAX || !TakeWord(&text, "tile/")) return false;
  if (TakeWord(&text, "entries/"))
    tile->level = LEDGER_TILE_BUNDLE;
  else if (!TakeNumber(&text, &level) || level > 63 || !TakeWord(&text, "/"))
    return false;
  else
    tile->level = (int)level;
  for (int groups = 1; TakeWord(&text, "x"); groups++) {
    if (groups > 5 || !TakeGroup(&text, &tile->index) || !TakeWord(&text, "/")) return false;
  }
  if (!TakeGroup(&text, &tile->index)) return false;
  if (*text && (!TakeWord(&text, ".p/") || !TakeNumber(&text, &width) || width < 1 || width > 255)) return false;
  tile->width = (unsigned)width;
  LedgerTilePath(tile, again); /* leading groups of zeros and leftovers do not come back */
  return strcmp(path, again) == 0;
}

unsigned LedgerTileWidth(uint64_t size, int level, uint64_t index)
{
  uint64_t count;
  if (level == LEDGER_TILE_BUNDLE) level = 0;
  if (level >= LEDGER_TILE_LEVELS) return 0;
  count = size >> (8 * level);
  if (index < count / LEDGER_TILE_WIDTH) return LEDGER_TILE_WIDTH;
  return index == count / LEDGER_TILE_WIDTH ? (unsigned)(count % LEDGER_TILE_WIDTH) : 0;
}

LedgerHash LedgerTileRoot(const LedgerHash *hashes, unsigned n)
{
  LedgerHash level[LEDGER_TILE_WIDTH];
  memcpy(level, hashes, n * sizeof *level);
  for (; n > 1; n /= 2) LedgerHashNodes(level, n / 2, level);
  return level[0];
}

LedgerStatus LedgerBundleParse(const uint8_t *bytes, size_t size, unsigned width, bool whole, const char *file,
                               uint64_t first, LedgerBundle *bundle, LedgerError *error)
{
  size_t at     = 0;
  bundle->bytes = bytes;
  bundle->width = width;
  for (unsigned k = 0; k < width; k++) {
    bundle->offset[k] = at;
    if (size - at < 2 || size - at - 2 < LedgerGetU16(bytes + at)) {
      return LedgerFail(error, LEDGER_FALSE, file,
                        "ends at byte %zu inside entry %" PRIu64 ", which begins at byte %zu; %u entries expected",
                        size, first + k, at, width);
    }
    at += 2 + (size_t)LedgerGetU16(bytes + at);
  }
  bundle->offset[width] = at;
  if (whole && at != size) {
    return LedgerFail(error, LEDGER_FALSE, file, "has %zu bytes behind its %u entries, from byte %zu on", size - at,
                      width, at);
  }
  return LEDGER_OK;
}

const uint8_t *LedgerBundleEntry(const LedgerBundle *bundle, unsigned k, size_t *size)
{
  *size = bundle->offset[k + 1] - bundle->offset[k] - 2;
  return bundle->bytes + bundle->offset[k] + 2;
}

LedgerStatus LedgerBundleAppend(LedgerBytes *out, const void *entry, size_t size, LedgerError *error)
{
  LedgerStatus status;
  uint8_t      length[2];
  if (size > LEDGER_ENTRY_MAX) {
    return LedgerFail(error, LEDGER_INPUT, NULL, "entry of %zu bytes; at most %d expected", size, LEDGER_ENTRY_MAX);
  }
  LedgerPutU16(length, (uint16_t)size);
  LEDGER_TRY(LedgerBytesAppend(out, length, sizeof length, error));
  LEDGER_TRY(LedgerBytesAppend(out, entry, size, error));
out:
  return status;
}
