/* Certificates in storages: released first in, first out, with the losses of the round trip. */
#include "market/granular_impl.h"

#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- From and to the window before and after --------------------------------------------------------------------- */

static uint32_t FindStorage(const Granular *g, const GranularInventory *inventory)
{
  Facts f = g->facts;

  for (uint32_t a = 0; a < f->n_assets; a++)
    if (f->asset[a].kind == FACTS_STORAGE && EntryTextSame(f->asset[a].name, inventory->storage) &&
        EntryTextSame(f->participant[f->asset[a].participant], inventory->owner))
      return a;
  return GRANULAR_ANY;
}

static MarketStatus LoadPiece(Granular *g, const GranularInventory *inventory, uint32_t asset,
                              const GranularStored *stored)
{
  Piece         piece = {{0}, GRANULAR_ANY, GRANULAR_ANY, stored->first, stored->last};
  GranularEvent event;

  if (MoneyAdd(&g->total, piece.last - piece.first) != MARKET_OK)
    return MarketFail(g->error, MARKET_OVERFLOW, "stored certificates do not fit 64 bits");
  memcpy(piece.certificate, stored->certificate, sizeof piece.certificate);
  if (asset != GRANULAR_ANY) return PiecesPush(&g->stored[asset], piece, g->error);
  event        = GranularEventOf(g, GRANULAR_EXPIRE, &piece, 0);
  event.holder = inventory->owner;
  event.device = inventory->storage;
  event.reason = GRANULAR_GONE;
  g->events->totals.lost += piece.last - piece.first;
  return GranularEmit(g, &event, 0);
}

MarketStatus GranularLoad(Granular *g, const MarketBytes *bytes)
{
  GranularState state;
  MarketStatus  status = GranularStateRead(bytes ? bytes->data : NULL, bytes ? bytes->size : 0, &state, g->error);

  if (status != MARKET_OK) return status;
  for (size_t i = 0; i < state.n && status == MARKET_OK; i++) {
    const GranularInventory *inventory = &state.inventory[i];
    uint32_t                 asset     = FindStorage(g, inventory);
    for (size_t k = 0; k < inventory->n && status == MARKET_OK; k++)
      status = LoadPiece(g, inventory, asset, &inventory->stored[k]);
  }
  GranularStateFree(&state);
  return status;
}

static int ByStorage(const void *a, const void *b)
{
  const GranularInventory *x = a, *y = b;
  int                      order = EntryTextCompare(x->storage, y->storage);

  return order ? order : EntryTextCompare(x->owner, y->owner);
}

static MarketStatus FillInventory(const Granular *g, uint32_t asset, GranularInventory *inventory)
{
  const Pieces *stored = &g->stored[asset];

  *inventory =
      (GranularInventory){g->facts->asset[asset].name, g->facts->participant[g->facts->asset[asset].participant], 0,
                          malloc(stored->n * sizeof *inventory->stored)};
  if (!inventory->stored) return MarketFail(g->error, MARKET_NO_MEMORY, "no memory for %zu certificates", stored->n);
  for (; inventory->n < stored->n; inventory->n++) {
    const Piece    *piece = &stored->piece[inventory->n];
    GranularStored *to    = &inventory->stored[inventory->n];
    memcpy(to->certificate, piece->certificate, GRANULAR_DIGEST_BYTES);
    to->first = piece->first;
    to->last  = piece->last;
  }
  return MARKET_OK;
}

MarketStatus GranularSave(Granular *g, MarketBytes *bytes)
{
  GranularState state  = {0};
  MarketStatus  status = MARKET_OK;

  state.inventory = calloc(g->facts->n_assets ? g->facts->n_assets : 1, sizeof *state.inventory);
  if (!state.inventory) return MarketFail(g->error, MARKET_NO_MEMORY, "no memory for stored certificates");
  for (uint32_t a = 0; a < g->facts->n_assets && status == MARKET_OK; a++) {
    if (g->stored[a].n == 0) continue;
    g->events->totals.stored += PiecesSum(&g->stored[a], GRANULAR_ANY);
    status = FillInventory(g, a, &state.inventory[state.n++]);
  }
  if (state.n > 1) qsort(state.inventory, state.n, sizeof *state.inventory, ByStorage);
  if (status == MARKET_OK) GranularStateWrite(&state, bytes);
  GranularStateFree(&state);
  return status == MARKET_OK ? MarketBytesCheck(bytes, g->error) : status;
}

/* ---- In an interval ---------------------------------------------------------------------------------------------- */

static bool IsEfficiency(int64_t efficiency)
{
  return efficiency >= 1 && efficiency <= GRANULAR_EFFICIENCY_UNIT;
}

static MarketStatus CheckEfficiencies(const Granular *g, const FactsAsset *asset)
{
  if (IsEfficiency(asset->efficiency_charge) && IsEfficiency(asset->efficiency_discharge)) return MARKET_OK;
  return MarketFail(g->error, MARKET_BAD_INPUT,
                    "storage '%.*s' holds certificates and has the efficiencies %" PRId64 " and %" PRId64
                    " millionths; expected 1 to %d",
                    (int)asset->name.length, asset->name.bytes, asset->efficiency_charge, asset->efficiency_discharge,
                    GRANULAR_EFFICIENCY_UNIT);
}

static const MoneyWide round_trip_unit = (MoneyWide)GRANULAR_EFFICIENCY_UNIT * GRANULAR_EFFICIENCY_UNIT;

/* Wh that were charged, `charged` in all, come out as floor(charged x round trip) in all: each piece brings what that
   sum grows by, so that many small pieces do not lose a watt-hour each. */
static MarketStatus ReleasePiece(Granular *g, uint32_t asset, Piece piece, int64_t *charged)
{
  const FactsAsset *unit       = &g->facts->asset[asset];
  MoneyWide         round_trip = (MoneyWide)unit->efficiency_charge * unit->efficiency_discharge;
  GranularEvent     event      = GranularEventOf(g, GRANULAR_RELEASE, &piece, unit->participant);
  MoneyWide         before     = *charged * round_trip / round_trip_unit, after;

  *charged += piece.last - piece.first;
  after                      = *charged * round_trip / round_trip_unit;
  event.released_wh          = (int64_t)(after - before);
  event.device               = unit->name;
  event.metered_wh           = g->leg->asset_wh[(size_t)g->interval * g->facts->n_assets + asset];
  event.efficiency_charge    = (uint32_t)unit->efficiency_charge;
  event.efficiency_discharge = (uint32_t)unit->efficiency_discharge;
  g->events->totals.lost += piece.last - piece.first - event.released_wh;
  piece.via  = asset;
  piece.last = piece.first + event.released_wh;
  MARKET_TRY(PiecesPush(&g->held[unit->participant], piece, g->error));
  return GranularEmit(g, &event, GranularRegionOf(g, asset));
}

MarketStatus GranularRelease(Granular *g)
{
  const int64_t *metered = g->leg->asset_wh + (size_t)g->interval * g->facts->n_assets;

  for (uint32_t a = 0; a < g->facts->n_assets; a++) {
    const FactsAsset *asset = &g->facts->asset[a];
    MoneyWide         round_trip, needed;
    int64_t           left, charged = 0;
    size_t            at = 0;
    Piece             piece;
    if (g->stored[a].n == 0 || metered[a] <= 0) continue;
    MARKET_TRY(CheckEfficiencies(g, asset));
    round_trip = (MoneyWide)asset->efficiency_charge * asset->efficiency_discharge;
    needed     = (metered[a] * round_trip_unit + round_trip - 1) / round_trip;
    left       = needed > INT64_MAX ? INT64_MAX : (int64_t)needed;
    while (PiecesTake(&g->stored[a], &at, GRANULAR_ANY, GRANULAR_ANY, left, &piece)) {
      left -= piece.last - piece.first;
      MARKET_TRY(ReleasePiece(g, a, piece, &charged));
    }
    PiecesCompact(&g->stored[a]);
  }
  return MARKET_OK;
}

MarketStatus GranularLose(Granular *g)
{
  const int64_t *level = g->facts->level_wh + ((size_t)g->interval + 1) * g->facts->n_assets;

  for (uint32_t a = 0; a < g->facts->n_assets; a++) {
    const FactsAsset *asset = &g->facts->asset[a];
    int64_t           excess;
    size_t            at = 0;
    Piece             piece;
    MoneyWide         most;
    if (g->stored[a].n == 0) continue;
    MARKET_TRY(CheckEfficiencies(g, asset));
    most   = (MoneyWide)(level[a] > 0 ? level[a] : 0) * GRANULAR_EFFICIENCY_UNIT / asset->efficiency_charge;
    excess = PiecesSum(&g->stored[a], GRANULAR_ANY);
    excess = most < excess ? excess - (int64_t)most : 0;
    while (PiecesTake(&g->stored[a], &at, GRANULAR_ANY, GRANULAR_ANY, excess, &piece)) {
      GranularEvent event = GranularEventOf(g, GRANULAR_EXPIRE, &piece, asset->participant);
      excess -= piece.last - piece.first;
      event.device = asset->name;
      event.reason = GRANULAR_LOST;
      g->events->totals.lost += piece.last - piece.first;
      MARKET_TRY(GranularEmit(g, &event, GranularRegionOf(g, a)));
    }
    PiecesCompact(&g->stored[a]);
  }
  return MARKET_OK;
}
