/* Canonical bytes of what lies in storages. */
#include "market/granular_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_VERSION = 1, STORED_SIZE = GRANULAR_DIGEST_BYTES + 16, INVENTORY_LEAST = 2 + 1 + 2 + 1 + 4 + STORED_SIZE };

void GranularStateFree(GranularState *state)
{
  for (size_t i = 0; i < state->n; i++) free(state->inventory[i].stored);
  free(state->inventory);
  *state = (GranularState){0};
}

void GranularStateWrite(const GranularState *state, MarketBytes *bytes)
{
  if (state->n == 0) return;
  MarketPut(bytes, STATE_VERSION, 1);
  MarketPut(bytes, state->n, 4);
  for (size_t i = 0; i < state->n; i++) {
    const GranularInventory *inventory = &state->inventory[i];
    MarketPutText(bytes, inventory->storage);
    MarketPutText(bytes, inventory->owner);
    MarketPut(bytes, inventory->n, 4);
    for (size_t k = 0; k < inventory->n; k++) {
      MarketPutRaw(bytes, inventory->stored[k].certificate, GRANULAR_DIGEST_BYTES);
      MarketPutSigned(bytes, inventory->stored[k].first);
      MarketPutSigned(bytes, inventory->stored[k].last);
    }
  }
}

/* Neighbours in time that continue one another are one range. */
static MarketStatus CheckStored(const MarketReader *reader, const GranularStored *stored, size_t k)
{
  if (stored[k].first < 0 || stored[k].last <= stored[k].first)
    return MarketFail(reader->error, MARKET_MALFORMED,
                      "%s: the range before byte %zu is [%" PRId64 ", %" PRId64 "); expected 0 <= first < last",
                      reader->what, reader->at, stored[k].first, stored[k].last);
  if (k > 0 && stored[k - 1].last == stored[k].first &&
      !memcmp(stored[k - 1].certificate, stored[k].certificate, GRANULAR_DIGEST_BYTES))
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: the range before byte %zu should be one with that before",
                      reader->what, reader->at);
  return MARKET_OK;
}

static MarketStatus TakeInventory(MarketReader *reader, GranularInventory *inventory)
{
  size_t n = 0;

  MARKET_TRY(MarketTakeText(reader, false, "storage", &inventory->storage));
  MARKET_TRY(MarketTakeText(reader, false, "owner", &inventory->owner));
  MARKET_TRY(MarketTakeCount(reader, STORED_SIZE, "number of ranges", &n));
  if (n == 0) return MarketFail(reader->error, MARKET_MALFORMED, "%s: an inventory is empty", reader->what);
  inventory->stored = malloc(n * sizeof *inventory->stored);
  if (!inventory->stored) return MarketFail(reader->error, MARKET_NO_MEMORY, "no memory for %zu certificates", n);
  for (; inventory->n < n; inventory->n++) {
    GranularStored *stored = &inventory->stored[inventory->n];
    MARKET_TRY(MarketTakeCopy(reader, GRANULAR_DIGEST_BYTES, "certificate", stored->certificate));
    MARKET_TRY(MarketTakeSigned(reader, "first Wh", &stored->first));
    MARKET_TRY(MarketTakeSigned(reader, "last Wh", &stored->last));
    MARKET_TRY(CheckStored(reader, inventory->stored, inventory->n));
  }
  return MARKET_OK;
}

static int CompareInventories(const GranularInventory *a, const GranularInventory *b)
{
  int order = EntryTextCompare(a->storage, b->storage);

  return order ? order : EntryTextCompare(a->owner, b->owner);
}

static int CompareStored(const void *a, const void *b)
{
  const GranularStored *x = a, *y = b;
  int                   order = memcmp(x->certificate, y->certificate, GRANULAR_DIGEST_BYTES);

  return order ? order : (x->first > y->first) - (x->first < y->first);
}

static MarketStatus CheckDisjoint(const GranularState *state, MarketError *error)
{
  size_t          n = 0, at = 0;
  GranularStored *all;
  MarketStatus    status = MARKET_OK;

  for (size_t i = 0; i < state->n; i++) n += state->inventory[i].n;
  all = malloc((n ? n : 1) * sizeof *all);
  if (!all) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu certificates", n);
  for (size_t i = 0; i < state->n; i++) {
    memcpy(all + at, state->inventory[i].stored, state->inventory[i].n * sizeof *all);
    at += state->inventory[i].n;
  }
  if (n > 1) qsort(all, n, sizeof *all, CompareStored);
  for (size_t k = 1; k < n && status == MARKET_OK; k++)
    if (!memcmp(all[k - 1].certificate, all[k].certificate, GRANULAR_DIGEST_BYTES) && all[k].first < all[k - 1].last)
      status = MarketFail(error, MARKET_MALFORMED,
                          "stored certificates: [%" PRId64 ", %" PRId64 ") and [%" PRId64 ", %" PRId64
                          ") of one certificate overlap",
                          all[k - 1].first, all[k - 1].last, all[k].first, all[k].last);
  free(all);
  return status;
}

static MarketStatus TakeState(MarketReader *reader, GranularState *state)
{
  uint64_t version = 0;
  size_t   n       = 0;

  MARKET_TRY(MarketTake(reader, 1, "version", &version));
  if (version != STATE_VERSION)
    return MarketFail(reader->error, MARKET_MALFORMED, "%s: version %" PRIu64 "; expected %d", reader->what, version,
                      STATE_VERSION);
  MARKET_TRY(MarketTakeCount(reader, INVENTORY_LEAST, "number of inventories", &n));
  if (n == 0) return MarketFail(reader->error, MARKET_MALFORMED, "%s: nothing stored takes no bytes", reader->what);
  state->inventory = calloc(n, sizeof *state->inventory);
  if (!state->inventory) return MarketFail(reader->error, MARKET_NO_MEMORY, "no memory for %zu inventories", n);
  while (state->n < n) {
    GranularInventory *inventory = &state->inventory[state->n++];
    MARKET_TRY(TakeInventory(reader, inventory));
    if (state->n > 1 && CompareInventories(inventory - 1, inventory) >= 0)
      return MarketFail(reader->error, MARKET_MALFORMED, "%s: inventory %zu is not in its place", reader->what,
                        state->n - 1);
  }
  MARKET_TRY(MarketTakeEnd(reader));
  return CheckDisjoint(state, reader->error);
}

MarketStatus GranularStateRead(const uint8_t *bytes, size_t size, GranularState *state, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "stored certificates", error};
  MarketStatus status = MARKET_OK;

  *state = (GranularState){0};
  if (size) status = TakeState(&reader, state);
  if (status != MARKET_OK) GranularStateFree(state);
  return status;
}
