/* The mid-market rate: positions of participants, one rate, shares of what both sides have. */
#include "market/apportion.h"
#include "market/auction.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What units sell or buy. */
typedef struct {
  Order   *order; /* [n] wh: the position, later the share of it that trades */
  size_t   n;
  int64_t  total;
  int64_t *weight, *share; /* [n] */
} PositionSide;

typedef struct {
  int64_t     *energy;  /* by asset: what takes part, Wh, positive fed in */
  int64_t     *cap;     /* by asset: what was bid of it */
  uint64_t    *unit;    /* participant and asset, sorted, of what takes part */
  PositionSide side[2]; /* by BidSide */
} Positions;

static MarketStatus Overflows(const Book *book, MarketError *error)
{
  return MarketFail(error, MARKET_OVERFLOW, "interval %" PRIu32 ": the energies of a local market do not fit 64 bits",
                    book->interval);
}

static void Release(Positions *p)
{
  free(p->energy);
  free(p->cap);
  free(p->unit);
  for (int k = 0; k < 2; k++) {
    free(p->side[k].order);
    free(p->side[k].weight);
    free(p->side[k].share);
  }
}

static MarketStatus Allocate(const Book *book, Positions *p, MarketError *error)
{
  size_t n = (size_t)book->facts->n_assets + 1;
  bool   good;

  p->energy = calloc(n, sizeof *p->energy);
  p->cap    = calloc(n, sizeof *p->cap);
  p->unit   = calloc(n, sizeof *p->unit);
  good      = p->energy && p->cap && p->unit;
  for (int k = 0; k < 2; k++) {
    PositionSide *side = &p->side[k];
    side->order        = calloc(n, sizeof *side->order);
    side->weight       = calloc(n, sizeof *side->weight);
    side->share        = calloc(n, sizeof *side->share);
    good               = good && side->order && side->weight && side->share;
  }
  return good ? MARKET_OK : MarketFail(error, MARKET_NO_MEMORY, "no memory for the positions of a local market");
}

static int64_t Least(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* What takes part: all, or at most what was bid of each unit at limits that keep the rate (NULL: at any). */
static void TakePart(const Book *book, const int64_t *energy, bool by_bids, const int64_t *rate, Positions *p)
{
  size_t n = book->facts->n_assets;

  memcpy(p->energy, energy, n * sizeof *energy);
  if (!by_bids) return;
  memset(p->cap, 0, n * sizeof *p->cap);
  for (size_t k = 0; k < book->n_offers + book->n_bids; k++) {
    const Order *order = &book->order[k < book->n_offers ? book->offer[k] : book->bid[k - book->n_offers]];
    uint32_t     a     = order->asset;
    bool         sells = order->side == BID_SELL;
    if (a == BID_ANY_ASSET || (sells ? energy[a] <= 0 : energy[a] >= 0)) continue;
    if (rate && (sells ? order->price > *rate : order->price < *rate)) continue;
    if (MoneyAdd(&p->cap[a], order->wh) != MARKET_OK) p->cap[a] = INT64_MAX;
  }
  for (size_t a = 0; a < n; a++)
    p->energy[a] = energy[a] > 0 ? Least(energy[a], p->cap[a]) : -Least(-energy[a], p->cap[a]);
}

static int CompareUnits(const void *a, const void *b)
{
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

  return (x > y) - (x < y);
}

/* One participant's units: what they feed in or take in sum falls to those that do so. */
static MarketStatus Net(const Book *book, Positions *p, const uint64_t *unit, size_t n, MarketError *error)
{
  int64_t       net = 0;
  PositionSide *side;
  size_t        first;

  for (size_t k = 0; k < n; k++)
    if (MoneyAdd(&net, p->energy[(uint32_t)unit[k]]) != MARKET_OK) return Overflows(book, error);
  if (net == 0) return MARKET_OK;
  if (net == INT64_MIN) return Overflows(book, error);
  side  = &p->side[net > 0 ? BID_SELL : BID_BUY];
  first = side->n;
  for (size_t k = 0; k < n; k++) {
    uint32_t          a     = (uint32_t)unit[k];
    const FactsAsset *asset = &book->facts->asset[a];
    if ((p->energy[a] > 0) != (net > 0)) continue;
    side->weight[side->n]  = net > 0 ? p->energy[a] : -p->energy[a];
    side->order[side->n++] = (Order){.side        = net > 0 ? BID_SELL : BID_BUY,
                                     .renewable   = asset->renewable,
                                     .participant = asset->participant,
                                     .bus         = asset->bus,
                                     .asset       = a};
  }
  if (Apportion(net > 0 ? net : -net, side->weight + first, side->n - first, side->share + first) != MARKET_OK)
    return MarketFail(error, MARKET_NO_MEMORY, "no memory to share a participant's position");
  for (size_t k = first; k < side->n; k++) side->order[k].wh = side->share[k];
  if (MoneyAdd(&side->total, net > 0 ? net : -net) != MARKET_OK) return Overflows(book, error);
  return MARKET_OK;
}

static MarketStatus NetAll(const Book *book, Positions *p, MarketError *error)
{
  size_t n = 0;

  for (int k = 0; k < 2; k++) p->side[k].n = 0, p->side[k].total = 0;
  for (size_t a = 0; a < book->facts->n_assets; a++)
    if (p->energy[a] != 0) p->unit[n++] = (uint64_t)book->facts->asset[a].participant << 32 | a;
  qsort(p->unit, n, sizeof *p->unit, CompareUnits);
  for (size_t k = 0, end; k < n; k = end) {
    for (end = k + 1; end < n && p->unit[end] >> 32 == p->unit[k] >> 32;) end++;
    MARKET_TRY(Net(book, p, p->unit + k, end - k, error));
  }
  return MARKET_OK;
}

/* The pool's mean price over a side's positions, whose total is positive. */
static MarketStatus MeanPrice(const Book *book, const PositionSide *side, int64_t *price)
{
  const int64_t *at  = book->facts->day_ahead.price + (size_t)book->interval * book->facts->n_buses;
  MoneyWide      sum = 0;

  for (size_t k = 0; k < side->n; k++) MARKET_TRY(MoneyAddProduct(&sum, at[side->order[k].bus], side->order[k].wh));
  return MoneyDivide(sum, side->total, price);
}

static MarketStatus Rate(const Book *book, const Positions *p, int64_t *rate, MarketError *error)
{
  int64_t low = book->rules->export_price, high = book->rules->import_price;

  if (!book->rules->has_tariff && (MeanPrice(book, &p->side[BID_SELL], &low) != MARKET_OK ||
                                   MeanPrice(book, &p->side[BID_BUY], &high) != MARKET_OK))
    return MarketFail(error, MARKET_OVERFLOW, "interval %" PRIu32 ": the mid-market rate does not fit 64 bits",
                      book->interval);
  (void)MoneyDivide((MoneyWide)low + high, 2, rate); /* between the two: it fits */
  *rate = BookLimit(book, *rate);
  return MARKET_OK;
}

/* Which orders share: all, or those of one source. */
typedef enum { SHARE_ALL, SHARE_RENEWABLE, SHARE_OTHER } Sharing;

static bool Shares(const Order *order, Sharing who)
{
  return who == SHARE_ALL || order->renewable == (who == SHARE_RENEWABLE);
}

/* Shares `energy` out over these orders, in proportion to their positions. */
static MarketStatus ShareAmong(PositionSide *side, int64_t energy, Sharing who, MarketError *error)
{
  for (size_t k = 0; k < side->n; k++) side->weight[k] = Shares(&side->order[k], who) ? side->order[k].wh : 0;
  memset(side->share, 0, side->n * sizeof *side->share);
  if (energy != 0 && Apportion(energy, side->weight, side->n, side->share) != MARKET_OK)
    return MarketFail(error, MARKET_NO_MEMORY, "no memory to share what trades");
  for (size_t k = 0; k < side->n; k++)
    if (Shares(&side->order[k], who)) side->order[k].wh = side->share[k];
  return MARKET_OK;
}

static MarketStatus Share(const Book *book, PositionSide *side, int64_t energy, MarketError *error)
{
  int64_t first = 0;

  if (book->rules->merit == MERIT_PRICE) return ShareAmong(side, energy, SHARE_ALL, error);
  for (size_t k = 0; k < side->n; k++)
    if (side->order[k].renewable) first += side->order[k].wh;
  first = Least(first, energy);
  MARKET_TRY(ShareAmong(side, first, SHARE_RENEWABLE, error));
  return ShareAmong(side, energy - first, SHARE_OTHER, error);
}

static MarketStatus Trade(Book *book, Positions *p, int64_t rate, MarketError *error)
{
  PositionSide *sell = &p->side[BID_SELL], *buy = &p->side[BID_BUY];
  int64_t       energy = Least(sell->total, buy->total);

  if (energy == 0) return MARKET_OK;
  MARKET_TRY(Share(book, sell, energy, error));
  MARKET_TRY(ShareAmong(buy, energy, SHARE_ALL, error));
  for (size_t i = 0, j = 0; i < sell->n && j < buy->n;) {
    int64_t wh = Least(sell->order[i].wh, buy->order[j].wh);
    if (wh > 0) MARKET_TRY(BookDeliver(book, &sell->order[i], &buy->order[j], wh, rate, rate, error));
    sell->order[i].wh -= wh;
    buy->order[j].wh -= wh;
    if (sell->order[i].wh == 0) i++;
    if (buy->order[j].wh == 0) j++;
  }
  return MARKET_OK;
}

static MarketStatus Clear(Book *book, const int64_t *energy, bool by_bids, Positions *p, MarketError *error)
{
  int64_t rate = 0;

  MARKET_TRY(Allocate(book, p, error));
  TakePart(book, energy, by_bids, NULL, p);
  MARKET_TRY(NetAll(book, p, error));
  if (p->side[BID_SELL].total == 0 || p->side[BID_BUY].total == 0) return MARKET_OK;
  MARKET_TRY(Rate(book, p, &rate, error));
  if (by_bids) {
    TakePart(book, energy, true, &rate, p);
    MARKET_TRY(NetAll(book, p, error));
  }
  return Trade(book, p, rate, error);
}

MarketStatus MidMarketClear(Book *book, const int64_t *energy, bool by_bids, MarketError *error)
{
  Positions    p      = {0};
  MarketStatus status = Clear(book, energy, by_bids, &p, error);

  Release(&p);
  return status;
}
