/* What certificates are for: consumption of their interval; storages; and, by rule, a pool. */
#include "market/granular_impl.h"

#include <string.h>

static MarketStatus Cancel(Granular *g, uint32_t asset, const Piece *piece)
{
  uint32_t      owner = g->facts->asset[asset].participant;
  int64_t       wh    = piece->last - piece->first;
  GranularEvent event = GranularEventOf(g, GRANULAR_CANCEL, piece, owner);

  event.device     = g->facts->asset[asset].name;
  event.metered_wh = GranularConsumption(g->facts, g->interval, asset);
  event.consumer   = g->facts->asset[asset].kind == FACTS_LOAD        ? GRANULAR_LOAD
                     : g->facts->asset[asset].kind == FACTS_GENERATOR ? GRANULAR_GENERATOR
                                                                      : GRANULAR_LINK;
  g->need[asset] -= wh;
  g->events->matched_wh[(size_t)g->interval * g->facts->n_participants + owner] += wh;
  g->events->totals.cancelled += wh;
  return GranularEmit(g, &event, GranularRegionOf(g, asset));
}

static MarketStatus Store(Granular *g, uint32_t asset, Piece piece)
{
  GranularEvent event = GranularEventOf(g, GRANULAR_STORE, &piece, g->facts->asset[asset].participant);

  event.device     = g->facts->asset[asset].name;
  event.metered_wh = -g->leg->asset_wh[(size_t)g->interval * g->facts->n_assets + asset];
  g->need[asset] -= piece.last - piece.first;
  piece.via = piece.target = GRANULAR_ANY;
  MARKET_TRY(PiecesPush(&g->stored[asset], piece, g->error));
  return GranularEmit(g, &event, GranularRegionOf(g, asset));
}

/* Lets an asset take from its owner's certificates, from *at on. */
static MarketStatus Take(Granular *g, uint32_t asset, uint32_t target, size_t *at)
{
  Pieces *held = &g->held[g->facts->asset[asset].participant];
  Piece   piece;

  while (PiecesTake(held, at, GRANULAR_ANY, target, g->need[asset], &piece))
    MARKET_TRY(g->facts->asset[asset].kind == FACTS_STORAGE ? Store(g, asset, piece) : Cancel(g, asset, &piece));
  return MARKET_OK;
}

/* What each asset could use: consumption, or charging. */
static void Needs(Granular *g)
{
  const int64_t *metered = g->leg->asset_wh + (size_t)g->interval * g->facts->n_assets;

  for (uint32_t a = 0; a < g->facts->n_assets; a++) {
    const FactsAsset *asset = &g->facts->asset[a];
    int64_t           wh    = GranularConsumption(g->facts, g->interval, a);
    g->events->consumed_wh[(size_t)g->interval * g->facts->n_participants + asset->participant] += wh;
    g->need[a] = asset->kind == FACTS_STORAGE && metered[a] < 0 ? -metered[a] : wh;
  }
}

/* First what was delivered to an asset goes to it; then the owner's consumption is covered; what is left is stored. */
static MarketStatus CoverOwn(Granular *g)
{
  Facts f = g->facts;

  for (uint32_t p = 0; p < f->n_participants; p++) PiecesSortByTarget(&g->held[p]);
  memset(g->cursor, 0, f->n_participants * sizeof *g->cursor);
  for (uint32_t a = 0; a < f->n_assets; a++) {
    const Pieces *held = &g->held[f->asset[a].participant];
    size_t        at   = g->need[a] ? PiecesFindTarget(held, a) : held->n;
    if (at < held->n && held->piece[at].target == a) MARKET_TRY(Take(g, a, a, &at));
  }
  for (int storing = 0; storing < 2; storing++)
    for (uint32_t a = 0; a < f->n_assets; a++)
      if ((f->asset[a].kind == FACTS_STORAGE) == storing)
        MARKET_TRY(Take(g, a, GRANULAR_ANY, &g->cursor[f->asset[a].participant]));
  return MARKET_OK;
}

/* Holders give in proportion to what they have left, consumers receive in proportion to what is not covered. A holder
   has something left only when its own consumption is covered, so that no one is on both sides. */
static MarketStatus PoolPass(Granular *g)
{
  Facts    f      = g->facts;
  uint32_t holder = 0;
  Piece    piece;

  memset(g->cursor, 0, f->n_participants * sizeof *g->cursor);
  for (uint32_t a = 0; a < f->n_assets; a++)
    while (g->get[a] > 0) {
      int64_t most;
      while (holder < f->n_participants && g->give[holder] == 0) holder++;
      most = holder == f->n_participants ? 0 : g->give[holder] < g->get[a] ? g->give[holder] : g->get[a];
      if (!most || !PiecesTake(&g->held[holder], &g->cursor[holder], GRANULAR_ANY, GRANULAR_ANY, most, &piece))
        return MarketFail(g->error, MARKET_UNBALANCED, "the pool of certificates gives more than it has");
      g->give[holder] -= piece.last - piece.first;
      g->get[a] -= piece.last - piece.first;
      MARKET_TRY(GranularPass(g, &piece, holder, f->asset[a].participant, NULL));
      MARKET_TRY(Cancel(g, a, &piece));
    }
  return MARKET_OK;
}

static MarketStatus Pool(Granular *g)
{
  Facts   f       = g->facts;
  int64_t offered = 0, wanted = 0, total;

  for (uint32_t p = 0; p < f->n_participants; p++) offered += g->give[p] = PiecesSum(&g->held[p], GRANULAR_ANY);
  for (uint32_t a = 0; a < f->n_assets; a++) wanted += g->get[a] = f->asset[a].kind == FACTS_STORAGE ? 0 : g->need[a];
  total = offered < wanted ? offered : wanted;
  if (total == 0) return MARKET_OK;
  memcpy(g->weight, g->give, f->n_participants * sizeof *g->weight);
  MARKET_TRY(GranularApportion(g, total, f->n_participants, g->give));
  memcpy(g->weight, g->get, f->n_assets * sizeof *g->weight);
  MARKET_TRY(GranularApportion(g, total, f->n_assets, g->get));
  return PoolPass(g);
}

/* What nobody has used by the end of the interval. */
static MarketStatus Expire(Granular *g)
{
  for (uint32_t p = 0; p < g->facts->n_participants; p++) {
    Pieces *held = &g->held[p];
    size_t  at   = 0;
    Piece   piece;
    while (PiecesTake(held, &at, GRANULAR_ANY, GRANULAR_ANY, INT64_MAX, &piece)) {
      GranularEvent event = GranularEventOf(g, GRANULAR_EXPIRE, &piece, p);
      event.reason        = GRANULAR_UNUSED;
      *(g->rules->hold ? &g->events->totals.held : &g->events->totals.expired) += piece.last - piece.first;
      if (!g->rules->hold) MARKET_TRY(GranularEmit(g, &event, g->facts->participant_region[p]));
    }
    held->n = 0;
  }
  return MARKET_OK;
}

MarketStatus GranularCover(Granular *g)
{
  Needs(g);
  MARKET_TRY(CoverOwn(g));
  if (g->rules->pool) MARKET_TRY(Pool(g));
  return Expire(g);
}
