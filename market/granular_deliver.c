/* Certificates follow deliveries of energy. */
#include "market/granular_impl.h"

#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int Order(uint64_t a, uint64_t b)
{
  return (a > b) - (a < b);
}

/* By all that certificates depend on, so that the order of input does not matter. */
static int CompareDeliveries(const void *a, const void *b)
{
  const Delivery *x = *(const Delivery *const *)a, *y = *(const Delivery *const *)b;
  int             order = Order(x->interval, y->interval);

  if (!order) order = Order(x->seller, y->seller);
  if (!order) order = Order(x->seller_asset, y->seller_asset); /* any asset: last */
  if (!order) order = Order(x->buyer, y->buyer);
  if (!order) order = Order(x->buyer_asset, y->buyer_asset);
  if (!order) order = Order(x->has_reference, y->has_reference);
  if (!order && x->has_reference) order = memcmp(x->reference, y->reference, sizeof x->reference);
  return order ? order : Order((uint64_t)x->wh, (uint64_t)y->wh);
}

MarketStatus GranularOrderDeliveries(Granular *g)
{
  const Deliveries *all = g->deliveries;

  for (size_t i = 0; i < all->n; i++) {
    const Delivery *d = &all->delivery[i];
    if (d->interval >= g->facts->intervals || d->seller >= g->facts->n_participants ||
        d->buyer >= g->facts->n_participants || d->wh < 1)
      return MarketFail(g->error, MARKET_BAD_INPUT,
                        "delivery %zu: interval %" PRIu32 ", seller %" PRIu32 ", buyer %" PRIu32 ", %" PRId64
                        " Wh; expected indices of the facts and a positive energy",
                        i, d->interval, d->seller, d->buyer, d->wh);
    g->order[i] = d;
  }
  if (all->n > 1) qsort(g->order, all->n, sizeof *g->order, CompareDeliveries);
  return MARKET_OK;
}

/* Sales [first, last) of one seller from one unit, or from any, share what there is. */
static MarketStatus ShareOut(Granular *g, uint32_t seller, size_t first, size_t last)
{
  uint32_t via       = g->order[first]->seller_asset;
  Pieces  *held      = &g->held[seller];
  int64_t  available = PiecesSum(held, via), sold = 0;
  size_t   at = 0, n = last - first;

  for (size_t k = 0; k < n; k++) {
    g->weight[k] = g->share[k] = g->order[first + k]->wh;
    if (MoneyAdd(&sold, g->weight[k]) != MARKET_OK)
      return MarketFail(g->error, MARKET_OVERFLOW, "deliveries of participant %" PRIu32 " do not fit 64 bits", seller);
  }
  if (available == 0) return MARKET_OK;
  if (available < sold) MARKET_TRY(GranularApportion(g, available, n, g->share));
  for (size_t k = 0; k < n; k++) {
    const Delivery *delivery = g->order[first + k];
    Piece           piece;
    while (PiecesTake(held, &at, via, GRANULAR_ANY, g->share[k], &piece)) {
      g->share[k] -= piece.last - piece.first;
      MARKET_TRY(GranularPass(g, &piece, seller, delivery->buyer, delivery));
    }
  }
  return MARKET_OK;
}

/* All sales of a seller: those of a particular unit come first in the order. */
static MarketStatus Sell(Granular *g, uint32_t seller, size_t *ready)
{
  size_t first = g->first_sale[seller], last = g->first_sale[seller + 1];

  PiecesSortByDevice(&g->held[seller]);
  g->done[seller] = true;
  for (size_t i = first, j; i < last; i = j) {
    for (j = i + 1; j < last && g->order[j]->seller_asset == g->order[i]->seller_asset;) j++;
    MARKET_TRY(ShareOut(g, seller, i, j));
  }
  for (size_t i = first; i < last; i++) {
    uint32_t buyer = g->order[i]->buyer;
    if (buyer != seller && --g->incoming[buyer] == 0 && !g->done[buyer]) g->queue[(*ready)++] = buyer;
  }
  return MARKET_OK;
}

/* Where the sales of each seller in this interval stand, and how many deliveries each participant waits for. */
static void Prepare(Granular *g)
{
  uint32_t n = g->facts->n_participants;
  size_t   i = g->next_delivery;

  memset(g->incoming, 0, n * sizeof *g->incoming);
  memset(g->done, 0, n * sizeof *g->done);
  for (uint32_t p = 0; p < n; p++) {
    g->first_sale[p] = i;
    for (; i < g->deliveries->n && g->order[i]->interval == g->interval && g->order[i]->seller == p; i++)
      if (g->order[i]->buyer != p) g->incoming[g->order[i]->buyer]++;
  }
  g->first_sale[n] = g->next_delivery = i;
}

/* Sellers in such an order that all that comes to one is there before it sells. Where sellers wait for one another in
   a circle, the first of those left goes ahead with what it has; so every delivery is carried out once, and no
   certificate runs in circles. */
MarketStatus GranularDeliver(Granular *g)
{
  uint32_t n    = g->facts->n_participants;
  size_t   head = 0, ready = 0;

  Prepare(g);
  for (uint32_t p = 0; p < n; p++)
    if (g->incoming[p] == 0) g->queue[ready++] = p;
  for (uint32_t p = 0; p < n; p++) {
    while (head < ready) MARKET_TRY(Sell(g, g->queue[head++], &ready));
    if (!g->done[p]) MARKET_TRY(Sell(g, p, &ready));
  }
  while (head < ready) MARKET_TRY(Sell(g, g->queue[head++], &ready));
  return MARKET_OK;
}
