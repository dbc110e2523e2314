/* The two-sided auction: crossing, rationing at the margin, one price or everybody's own. */
#include "market/auction.h"

#include "market/apportion.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct {
  int64_t  key; /* ascending */
  uint32_t row;
  bool     late; /* not renewable, where that matters */
} SortKey;

static int CompareKeys(const void *a, const void *b)
{
  const SortKey *x = a, *y = b;

  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  if (x->late != y->late) return x->late ? 1 : -1;
  return (x->row > y->row) - (x->row < y->row);
}

MarketStatus BookSort(const Book *book, uint32_t *row, size_t n, bool down, bool by_source, MarketError *error)
{
  SortKey *key;

  if (n < 2) return MARKET_OK;
  key = malloc(n * sizeof *key);
  if (!key) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu orders", n);
  for (size_t k = 0; k < n; k++) {
    const Order *order = &book->order[row[k]];
    key[k] =
        (SortKey){down ? ~order->price : order->price, row[k], by_source && !order->renewable}; /* ~ turns the order */
  }
  qsort(key, n, sizeof *key, CompareKeys);
  for (size_t k = 0; k < n; k++) row[k] = key[k].row;
  free(key);
  return MARKET_OK;
}

int64_t BookLimit(const Book *book, int64_t price)
{
  const LocalRules *rules = book->rules;

  if (price < rules->price_min) return rules->price_min;
  return price > rules->price_max ? rules->price_max : price;
}

int64_t BookRulePrice(const Book *book, int64_t ask, int64_t give)
{
  int64_t middle = ask;

  if (book->rules->price_rule == LOCAL_LAST_OFFER) return ask;
  if (book->rules->price_rule == LOCAL_LAST_BID) return give;
  (void)MoneyDivide((MoneyWide)ask + give, 2, &middle); /* lies between the two: it fits */
  return middle;
}

MarketStatus BookDeliver(const Book *book, const Order *offer, const Order *bid, int64_t wh, int64_t seller_price,
                         int64_t buyer_price, MarketError *error)
{
  Delivery delivery = {.kind         = SETTLEMENT_TRADE,
                       .interval     = book->interval,
                       .seller       = offer->participant,
                       .buyer        = bid->participant,
                       .seller_bus   = offer->bus,
                       .buyer_bus    = bid->bus,
                       .seller_asset = offer->asset == BID_ANY_ASSET ? DELIVERY_ANY_ASSET : offer->asset,
                       .buyer_asset  = bid->asset == BID_ANY_ASSET ? DELIVERY_ANY_ASSET : bid->asset,
                       .wh           = wh,
                       .seller_price = seller_price,
                       .buyer_price  = buyer_price};

  if (offer->participant == bid->participant) return MARKET_OK;
  delivery.detail = offer->asset == BID_ANY_ASSET ? offer->bid->order : book->facts->asset[offer->asset].name;
  return DeliveriesAdd(book->out, book->facts, &delivery, error);
}

/* One side of a round: its orders by merit and what each of them trades. */
typedef struct {
  uint32_t *row;
  size_t    n, filled; /* filled: orders down to the last price level that trades */
  int64_t  *fill;
  bool      by_source; /* orders of one price and one source make a level, otherwise of one price */
} Side;

static const Order *At(const Book *book, const Side *side, size_t k)
{
  return &book->order[side->row[k]];
}

static MarketStatus TooMuch(const Book *book, MarketError *error)
{
  return MarketFail(error, MARKET_OVERFLOW,
                    "interval %" PRIu32 ": the energies of a local market's book do not fit 64 bits", book->interval);
}

/* Leaves out what has no energy left or cannot trade within the price limits. */
static void Admit(const Book *book, Side *side, BidSide which)
{
  size_t n = 0;

  for (size_t k = 0; k < side->n; k++) {
    const Order *order = At(book, side, k);
    bool fits = which == BID_SELL ? order->price <= book->rules->price_max : order->price >= book->rules->price_min;
    if (fits && order->wh > 0) side->row[n++] = side->row[k];
  }
  side->n = n;
}

/* The largest energy that can trade. */
static MarketStatus Cross(const Book *book, const Side *offers, const Side *bids, int64_t *energy, MarketError *error)
{
  size_t  i = 0, j = 0;
  int64_t offer_left = 0, bid_left = 0;

  *energy = 0;
  while (true) {
    int64_t step;
    if (offer_left == 0 && i == offers->n) return MARKET_OK;
    if (offer_left == 0) offer_left = At(book, offers, i++)->wh;
    if (bid_left == 0 && j == bids->n) return MARKET_OK;
    if (bid_left == 0) bid_left = At(book, bids, j++)->wh;
    if (At(book, offers, i - 1)->price > At(book, bids, j - 1)->price) return MARKET_OK;
    step = offer_left < bid_left ? offer_left : bid_left;
    offer_left -= step;
    bid_left -= step;
    if (MoneyAdd(energy, step) != MARKET_OK) return TooMuch(book, error);
  }
}

/* End of the price level that begins at `first`, and its energy. */
static MarketStatus Level(const Book *book, const Side *side, size_t first, size_t *end, int64_t *energy,
                          MarketError *error)
{
  const Order *head = At(book, side, first);

  *energy = 0;
  for (*end = first; *end < side->n; ++*end) {
    const Order *order = At(book, side, *end);
    if (order->price != head->price || (side->by_source && order->renewable != head->renewable)) break;
    side->fill[*end] = order->wh;
    if (MoneyAdd(energy, order->wh) != MARKET_OK) return TooMuch(book, error);
  }
  return MARKET_OK;
}

/* Whole levels while they fit, a share of the one that does not. */
static MarketStatus Fill(const Book *book, Side *side, int64_t energy, MarketError *error)
{
  size_t end = 0;

  for (size_t k = 0; k < side->n && energy > 0; k = end) {
    int64_t level = 0;
    MARKET_TRY(Level(book, side, k, &end, &level, error));
    side->filled = end;
    if (level > energy) {
      int64_t     *weight = malloc((end - k) * sizeof *weight);
      MarketStatus status = MARKET_NO_MEMORY;
      if (weight) {
        for (size_t i = k; i < end; i++) weight[i - k] = side->fill[i];
        status = Apportion(energy, weight, end - k, side->fill + k);
      }
      free(weight);
      if (status != MARKET_OK)
        return MarketFail(error, status, "no memory to share %" PRId64 " Wh over %zu orders", energy, end - k);
      level = energy;
    }
    energy -= level;
  }
  return MARKET_OK;
}

/* Lays accepted offers along accepted bids, and takes what they trade from their orders. */
static MarketStatus Deliver(Book *book, Side *offers, Side *bids, MarketError *error)
{
  bool    own   = book->rules->mechanism == LOCAL_PAY_AS_BID;
  int64_t price = BookLimit(
      book, BookRulePrice(book, At(book, offers, offers->filled - 1)->price, At(book, bids, bids->filled - 1)->price));

  for (size_t i = 0, j = 0; i < offers->filled && j < bids->filled;) {
    Order  *offer = &book->order[offers->row[i]], *bid = &book->order[bids->row[j]];
    int64_t wh = offers->fill[i] < bids->fill[j] ? offers->fill[i] : bids->fill[j];
    if (wh > 0)
      MARKET_TRY(BookDeliver(book, offer, bid, wh, own ? BookLimit(book, offer->price) : price,
                             own ? BookLimit(book, bid->price) : price, error));
    offers->fill[i] -= wh;
    bids->fill[j] -= wh;
    offer->wh -= wh;
    bid->wh -= wh;
    if (offers->fill[i] == 0) i++;
    if (bids->fill[j] == 0) j++;
  }
  return MARKET_OK;
}

MarketStatus AuctionClear(Book *book, uint32_t *offer, size_t n_offers, MarketError *error)
{
  Side         offers = {.row = offer, .n = n_offers, .by_source = book->rules->merit == MERIT_RENEWABLE_TIES};
  Side         bids   = {.row = book->bid, .n = book->n_bids};
  int64_t      energy = 0;
  MarketStatus status;

  Admit(book, &offers, BID_SELL);
  Admit(book, &bids, BID_BUY);
  book->n_bids = bids.n;
  MARKET_TRY(BookSort(book, offers.row, offers.n, false, offers.by_source, error));
  MARKET_TRY(BookSort(book, bids.row, bids.n, true, false, error));
  MARKET_TRY(Cross(book, &offers, &bids, &energy, error));
  if (energy == 0) return MARKET_OK;
  offers.fill = malloc(offers.n * sizeof *offers.fill);
  bids.fill   = malloc(bids.n * sizeof *bids.fill);
  status      = offers.fill && bids.fill ? MARKET_OK : MarketFail(error, MARKET_NO_MEMORY, "no memory for a book");
  if (status == MARKET_OK) status = Fill(book, &offers, energy, error);
  if (status == MARKET_OK) status = Fill(book, &bids, energy, error);
  if (status == MARKET_OK) status = Deliver(book, &offers, &bids, error);
  free(offers.fill);
  free(bids.fill);
  return status;
}
