/* Books for tests of local markets: a small grid in integers, and bids put down in one line each. */
#ifndef ARCHIPELAGO_TESTS_LOCAL_BOOK_H
#define ARCHIPELAGO_TESTS_LOCAL_BOOK_H

#include "market/local.h"
#include "tests/market/random.h"
#include "tests/support.h"

#include <string.h>

enum { BOOK_MOST = 24, BOOK_HOURS = 2, BOOK_BIDS = 64 };

/* Participant p owns asset p at bus p; more units may be given to anybody. Prices in millionths; EUR(x) of a whole
   number. */
#define EUR(x) ((int64_t)(x)*1000000)
#define KWH(x) ((int64_t)(x)*1000)

typedef struct {
  struct _s_Facts facts;
  EntryText       region[BOOK_MOST], participant[BOOK_MOST], class[BOOK_MOST];
  uint32_t        participant_region[BOOK_MOST], bus_number[BOOK_MOST], bus_region[BOOK_MOST];
  FactsAsset      asset[BOOK_MOST];
  int64_t         price[BOOK_HOURS * BOOK_MOST], asset_wh[BOOK_HOURS * BOOK_MOST], zero[3 * BOOK_MOST];
  char            name[3][BOOK_MOST][32];
  Bid             bid[BOOK_BIDS];
  char            order[BOOK_BIDS][32];
  size_t          n_bids;
  LocalRules      rules;
  Deliveries      out;
  MarketError     error;
} TestBook;

static inline EntryText BookName(TestBook *b, int table, size_t k)
{
  snprintf(b->name[table][k], sizeof b->name[table][k], "%s %zu", (const char *[]){"region", "member", "unit"}[table],
           k);
  return EntryTextOf(b->name[table][k]);
}

/* n participants with a generator each (turn some into loads), over the regions in turn; one interval. */
static inline TestBook *BookOpen(size_t n, size_t regions, LocalMechanism mechanism)
{
  TestBook *b = calloc(1, sizeof *b);

  assert_non_null(b);
  b->rules              = LocalRulesDefault();
  b->rules.mechanism    = mechanism;
  b->facts              = (struct _s_Facts){.study              = EntryTextOf("book"),
                                            .policy             = EntryTextOf("base"),
                                            .currency           = EntryTextOf("EUR"),
                                            .intervals          = 1,
                                            .interval_seconds   = 3600,
                                            .n_regions          = (uint32_t)regions,
                                            .n_participants     = (uint32_t)n,
                                            .n_buses            = (uint32_t)n,
                                            .n_assets           = (uint32_t)n,
                                            .region             = b->region,
                                            .participant        = b->participant,
                                            .participant_region = b->participant_region,
                                            .participant_class  = b->class,
                                            .bus_number         = b->bus_number,
                                            .bus_region         = b->bus_region,
                                            .asset              = b->asset};
  b->facts.certified_wh = b->facts.baseline_wh = b->facts.level_wh = b->zero;
  b->facts.day_ahead             = (FactsLeg){.price = b->price, .asset_wh = b->asset_wh, .shunt_wh = b->zero};
  b->facts.day_ahead.shortage_wh = b->facts.day_ahead.surplus_wh = b->zero;
  for (size_t r = 0; r < regions; r++) b->region[r] = BookName(b, 0, r);
  for (size_t p = 0; p < n; p++) {
    b->participant[p]        = BookName(b, 1, p);
    b->class[p]              = EntryTextOf("");
    b->bus_number[p]         = (uint32_t)(p + 1);
    b->bus_region[p]         = (uint32_t)(p % regions);
    b->participant_region[p] = b->bus_region[p];
    b->asset[p]              = (FactsAsset){FACTS_GENERATOR,    (uint32_t)p, (uint32_t)p,       BookName(b, 2, p),
                                            EntryTextOf("gas"), false,       .power_w = 1 << 20};
  }
  return b;
}

static inline void BookClose(TestBook *b)
{
  DeliveriesFree(&b->out);
  free(b);
}

/* Adds a bid of a participant's own asset; its order is its number unless changed. */
static inline Bid *BookBid(TestBook *b, BidSide side, uint32_t participant, int64_t wh, int64_t price)
{
  Bid *bid = &b->bid[b->n_bids];

  snprintf(b->order[b->n_bids], sizeof b->order[0], "%zu", b->n_bids + 1);
  *bid = (Bid){.side        = side,
               .participant = participant,
               .bus         = participant,
               .asset       = participant,
               .wh          = wh,
               .price       = price,
               .order       = EntryTextOf(b->order[b->n_bids])};
  b->n_bids++;
  return bid;
}

static inline Bid *BookSell(TestBook *b, uint32_t participant, int64_t wh, int64_t price)
{
  return BookBid(b, BID_SELL, participant, wh, price);
}

static inline Bid *BookBuy(TestBook *b, uint32_t participant, int64_t wh, int64_t price)
{
  return BookBid(b, BID_BUY, participant, wh, price);
}

/* Clears the bids (without any: the dispatch) into b->out, handed in as they stand. The texts stay valid. */
static inline MarketStatus BookTry(TestBook *b, const Deliveries *contracted)
{
  Bids         bids   = NULL;
  MarketStatus status = b->n_bids ? BidsCreate(b->bid, b->n_bids, &bids, &b->error) : MARKET_OK;

  DeliveriesFree(&b->out);
  b->out = (Deliveries){0};
  if (status == MARKET_OK) status = LocalMarketClear(&b->facts, &b->rules, bids, contracted, &b->out, &b->error);
  BidsDestroy(&bids);
  for (size_t k = 0; k < b->out.n; k++)
    if (b->out.delivery[k].seller_asset == DELIVERY_ANY_ASSET) b->out.delivery[k].detail = EntryTextOf("");
  return status;
}

static inline void BookClear(TestBook *b)
{
  if (BookTry(b, NULL) != MARKET_OK) fail_msg("%s", b->error.text);
}

/* What a participant sells (side BID_SELL) or buys, Wh. */
static inline int64_t BookTraded(const TestBook *b, BidSide side, uint32_t participant)
{
  int64_t sum = 0;

  for (size_t k = 0; k < b->out.n; k++) {
    const Delivery *d = &b->out.delivery[k];
    if ((side == BID_SELL ? d->seller : d->buyer) == participant) sum += d->wh;
  }
  return sum;
}

static inline int64_t BookEnergy(const TestBook *b)
{
  int64_t sum = 0;

  for (size_t k = 0; k < b->out.n; k++) sum += b->out.delivery[k].wh;
  return sum;
}

/* Fails unless delivery k is this. */
static inline void BookExpect(const TestBook *b, size_t k, uint32_t seller, uint32_t buyer, int64_t wh,
                              int64_t seller_price, int64_t buyer_price)
{
  const Delivery *d = &b->out.delivery[k];

  assert_true(k < b->out.n);
  assert_int_equal(d->kind, SETTLEMENT_TRADE);
  assert_int_equal(d->seller, seller);
  assert_int_equal(d->buyer, buyer);
  assert_int_equal(d->wh, wh);
  assert_int_equal(d->seller_price, seller_price);
  assert_int_equal(d->buyer_price, buyer_price);
}

static inline void BookShuffle(TestBook *b, uint64_t *seed)
{
  for (size_t k = b->n_bids; k > 1; k--) {
    size_t j      = (size_t)RandomBelow(seed, k);
    Bid    swap   = b->bid[k - 1];
    b->bid[k - 1] = b->bid[j];
    b->bid[j]     = swap;
  }
}

/* Random orders of participants 0 ... n - 1: few prices and energies, so that ties are common; even ones sell. */
static inline void BookRandom(TestBook *b, size_t n_bids, int64_t most_wh, uint64_t *seed)
{
  b->n_bids = 0;
  for (size_t k = 0; k < n_bids; k++) {
    uint32_t p = (uint32_t)RandomBelow(seed, b->facts.n_participants);
    BookBid(b, p % 2 ? BID_BUY : BID_SELL, p, 1 + RandomBelow(seed, (size_t)most_wh),
            EUR(RandomBelow(seed, 7)) - EUR(1));
  }
  for (size_t p = 0; p < b->facts.n_participants; p++) b->asset[p].renewable = p % 4 == 0;
}

static inline bool BookSame(const Deliveries *a, const Deliveries *b)
{
  if (a->n != b->n) return false;
  for (size_t k = 0; k < a->n; k++) {
    const Delivery *x = &a->delivery[k], *y = &b->delivery[k];
    if (x->interval != y->interval || x->seller != y->seller || x->buyer != y->buyer || x->wh != y->wh ||
        x->seller_bus != y->seller_bus || x->buyer_bus != y->buyer_bus || x->seller_asset != y->seller_asset ||
        x->buyer_asset != y->buyer_asset || x->seller_price != y->seller_price || x->buyer_price != y->buyer_price)
      return false;
  }
  return true;
}

#endif
