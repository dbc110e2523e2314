/* Bilateral trades: who trades with whom by hand, by the definition pair by pair, and that no pair would rather. */
#include "market/money.h"
#include "tests/market/local_book.h"

/* Two sellers at 20 and 30; member 1 pays 50, member 3 pays 40 and 15 more to member 0: surplus 35 beats 30. */
static TestBook *Friends(void)
{
  TestBook *b = BookOpen(4, 1, LOCAL_BILATERAL);
  Bid      *bid;

  BookSell(b, 0, KWH(10), EUR(20));
  BookSell(b, 2, KWH(10), EUR(30));
  BookBuy(b, 1, KWH(10), EUR(50));
  bid         = BookBuy(b, 3, KWH(10), EUR(40));
  bid->prefer = PREFER_PARTICIPANT, bid->partner = 0, bid->premium = EUR(15);
  return b;
}

static void APremiumWinsThePreferredSeller(void **state)
{
  static const int64_t first[] = {EUR(20), EUR(55), 37500000}, second[] = {EUR(30), EUR(50), EUR(40)};

  (void)state;
  for (int rule = LOCAL_LAST_OFFER; rule <= LOCAL_MIDPOINT; rule++) {
    TestBook *b         = Friends();
    b->rules.price_rule = (LocalPriceRule)rule;
    BookClear(b);
    assert_int_equal(b->out.n, 2);
    BookExpect(b, 0, 0, 3, KWH(10), first[rule], first[rule]);
    BookExpect(b, 1, 2, 1, KWH(10), second[rule], second[rule]);
    BookClose(b);
  }
}

static void WithoutThePremiumTheHighestBidMeetsTheLowestOffer(void **state)
{
  TestBook *b = Friends();

  (void)state;
  b->bid[3].prefer = PREFER_NOBODY, b->bid[3].premium = 0;
  BookClear(b);
  BookExpect(b, 0, 0, 1, KWH(10), EUR(35), EUR(35));
  BookExpect(b, 1, 2, 3, KWH(10), EUR(35), EUR(35));
  BookClose(b);
}

static void APremiumMakesATradeThatThePriceAloneWouldNot(void **state)
{
  TestBook *b = BookOpen(4, 1, LOCAL_BILATERAL);
  Bid      *bid;

  (void)state;
  b->class[2]           = EntryTextOf("farm");
  b->asset[0].renewable = true;
  BookSell(b, 0, 10, EUR(30));
  BookSell(b, 2, 10, EUR(30));
  bid         = BookBuy(b, 1, 4, EUR(25));
  bid->prefer = PREFER_CLASS, bid->partner_class = EntryTextOf("farm"), bid->premium = EUR(6);
  bid         = BookBuy(b, 3, 20, EUR(25));
  bid->prefer = PREFER_RENEWABLE, bid->premium = EUR(5);
  BookClear(b);
  assert_int_equal(b->out.n, 2);
  BookExpect(b, 0, 2, 1, 4, 30500000, 30500000); /* surplus 1 */
  BookExpect(b, 1, 0, 3, 10, EUR(30), EUR(30));  /* surplus 0 is enough */
  b->bid[2].partner_class = EntryTextOf("mine"); /* nobody's class */
  b->bid[3].premium       = EUR(5) - 1;
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  BookClose(b);
}

static void LimitsBindAndRenewablesComeFirst(void **state)
{
  TestBook *b = Friends();

  (void)state;
  b->rules.price_min = EUR(38);
  b->rules.price_max = EUR(39);
  BookClear(b);
  BookExpect(b, 0, 0, 3, KWH(10), EUR(38), EUR(38));
  BookExpect(b, 1, 2, 1, KWH(10), EUR(39), EUR(39));
  b->rules.price_max = EUR(29), b->rules.price_min = 0; /* the offer at 30 is out */
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  b->rules.price_max    = LOCAL_NO_PRICE_MAX;
  b->rules.merit        = MERIT_RENEWABLE_FIRST;
  b->asset[2].renewable = true; /* member 2 goes first, to the highest bid */
  BookClear(b);
  BookExpect(b, 0, 2, 1, KWH(10), EUR(40), EUR(40));
  BookExpect(b, 1, 0, 3, KWH(10), 37500000, 37500000);
  BookClose(b);
}

/* ---- the definition, pair by pair ---- */

typedef struct {
  size_t    offer, bid; /* in canonical order */
  bool      late;
  MoneyWide surplus;
} Pair;

static bool PairComesFirst(const Pair *a, const Pair *b)
{
  if (a->surplus != b->surplus) return a->surplus > b->surplus;
  if (a->late != b->late) return b->late;
  return a->offer != b->offer ? a->offer < b->offer : a->bid < b->bid;
}

static MoneyWide Surplus(const TestBook *b, const Bid *offer, const Bid *bid)
{
  bool renewable = BidIsRenewable(offer, (Facts)&b->facts);

  return (MoneyWide)bid->price + BidPremium(bid, (Facts)&b->facts, offer->participant, renewable) - offer->price;
}

static bool MayTrade(const TestBook *b, const Bid *offer, const Bid *bid)
{
  return offer->side == BID_SELL && bid->side == BID_BUY && offer->interval == bid->interval &&
         offer->participant != bid->participant && Surplus(b, offer, bid) >= 0 && offer->price <= b->rules.price_max &&
         Surplus(b, offer, bid) + offer->price >= b->rules.price_min;
}

/* One round: all pairs looked through for every trade; `which`: of all offers, renewable ones, others. */
static void Reference(TestBook *b, Bids bids, int64_t *left, int which, size_t *at)
{
  while (true) {
    Pair    best = {SIZE_MAX, 0, false, 0};
    int64_t wh, ask, give, price;
    for (size_t s = 0; s < bids->n; s++)
      for (size_t k = 0; k < bids->n; k++) {
        bool renewable = BidIsRenewable(&bids->bid[s], &b->facts);
        Pair pair      = {s, k, b->rules.merit == MERIT_RENEWABLE_TIES && !renewable, 0};
        if (!left[s] || !left[k] || !MayTrade(b, &bids->bid[s], &bids->bid[k])) continue;
        if (which && renewable != (which == 1)) continue;
        pair.surplus = Surplus(b, &bids->bid[s], &bids->bid[k]);
        if (best.offer == SIZE_MAX || PairComesFirst(&pair, &best)) best = pair;
      }
    if (best.offer == SIZE_MAX) return;
    wh    = left[best.offer] < left[best.bid] ? left[best.offer] : left[best.bid];
    ask   = bids->bid[best.offer].price;
    give  = ask + (int64_t)best.surplus;
    price = b->rules.price_rule == LOCAL_LAST_OFFER ? ask : give;
    if (b->rules.price_rule == LOCAL_MIDPOINT)
      assert_int_equal(MoneyDivide((MoneyWide)ask + give, 2, &price), MARKET_OK);
    if (price < b->rules.price_min) price = b->rules.price_min;
    if (price > b->rules.price_max) price = b->rules.price_max;
    BookExpect(b, (*at)++, bids->bid[best.offer].participant, bids->bid[best.bid].participant, wh, price, price);
    left[best.offer] -= wh;
    left[best.bid] -= wh;
  }
}

static void RandomPreferences(TestBook *b, uint64_t *seed)
{
  for (size_t p = 0; p < b->facts.n_participants; p++)
    b->class[p] = EntryTextOf((const char *[]){"", "home", "farm"}[p % 3]);
  for (size_t k = 0; k < b->n_bids; k++) {
    Bid *bid = &b->bid[k];
    if (RandomBelow(seed, 4) == 0)
      bid->side = bid->side == BID_SELL ? BID_BUY : BID_SELL; /* some stand on both sides */
    if (bid->side == BID_SELL) continue;
    bid->prefer  = (BidPreference)RandomBelow(seed, 4);
    bid->premium = bid->prefer ? EUR(1 + RandomBelow(seed, 3)) : 0;
    bid->partner =
        (bid->participant + 1 + (uint32_t)RandomBelow(seed, b->facts.n_participants - 1)) % b->facts.n_participants;
    bid->partner_class = EntryTextOf((const char *[]){"none", "home", "farm"}[RandomBelow(seed, 3)]);
  }
}

static TestBook *RandomFriends(uint64_t *seed)
{
  TestBook *b = BookOpen(7, 1, LOCAL_BILATERAL);

  BookRandom(b, (size_t)RandomBelow(seed, 22), 12, seed);
  RandomPreferences(b, seed);
  b->rules.price_rule = (LocalPriceRule)RandomBelow(seed, 3);
  b->rules.merit      = (LocalMerit)RandomBelow(seed, 3);
  if (RandomBelow(seed, 4) == 0) b->rules.price_max = EUR(RandomBelow(seed, 6));
  if (RandomBelow(seed, 4) == 0) b->rules.price_min = EUR(RandomBelow(seed, 6)) - EUR(6);
  return b;
}

static void TradesAreThoseOfTheDefinition(void **state)
{
  uint64_t seed = 11;
  size_t   n    = 0;

  (void)state;
  for (int round = 0; round < 4000; round++) {
    TestBook *b               = RandomFriends(&seed);
    int64_t   left[BOOK_BIDS] = {0};
    size_t    at              = 0;
    Bids      bids            = NULL;
    BookClear(b);
    assert_int_equal(BidsCreate(b->bid, b->n_bids, &bids, NULL), MARKET_OK);
    for (size_t k = 0; k < bids->n; k++) left[k] = bids->bid[k].wh;
    if (b->rules.merit == MERIT_RENEWABLE_FIRST) {
      Reference(b, bids, left, 1, &at);
      Reference(b, bids, left, 2, &at);
    } else {
      Reference(b, bids, left, 0, &at);
    }
    assert_int_equal(b->out.n, at);
    n += at;
    BidsDestroy(&bids);
    BookClose(b);
  }
  assert_true(n > 5000);
}

/* One order for each participant, so that deliveries tell what an order traded. */
static TestBook *RandomSingles(uint64_t *seed)
{
  TestBook *b = BookOpen(12, 1, LOCAL_BILATERAL);

  for (uint32_t p = 0; p < 12; p++)
    BookBid(b, p % 2 ? BID_BUY : BID_SELL, p, 1 + RandomBelow(seed, 12), EUR(RandomBelow(seed, 6)));
  RandomPreferences(b, seed);
  b->rules.price_rule = (LocalPriceRule)RandomBelow(seed, 3);
  return b;
}

/* Energy of an order that did not trade or traded at a surplus below this. */
static int64_t Unhappy(const TestBook *b, size_t k, MoneyWide surplus)
{
  int64_t wh = b->bid[k].wh;

  for (size_t i = 0; i < b->out.n; i++) {
    const Delivery *d = &b->out.delivery[i];
    if ((d->seller == k || d->buyer == k) && Surplus(b, &b->bid[d->seller], &b->bid[d->buyer]) >= surplus) wh -= d->wh;
  }
  return wh;
}

static void NoPairWouldRatherTradeWithEachOther(void **state)
{
  uint64_t seed = 12;

  (void)state;
  for (int round = 0; round < 3000; round++) {
    TestBook *b = RandomSingles(&seed);
    BookClear(b);
    for (size_t s = 0; s < b->n_bids; s++)
      for (size_t k = 0; k < b->n_bids; k++)
        if (MayTrade(b, &b->bid[s], &b->bid[k])) {
          MoneyWide surplus = Surplus(b, &b->bid[s], &b->bid[k]);
          assert_true(Unhappy(b, s, surplus) == 0 || Unhappy(b, k, surplus) == 0);
        }
    BookClose(b);
  }
}

static void NobodyTradesWorseThanItsLimit(void **state)
{
  uint64_t seed = 13;

  (void)state;
  for (int round = 0; round < 3000; round++) {
    TestBook *b = RandomSingles(&seed);
    BookClear(b);
    for (size_t k = 0; k < b->out.n; k++) {
      const Delivery *d      = &b->out.delivery[k];
      const Bid      *seller = &b->bid[d->seller], *buyer = &b->bid[d->buyer];
      assert_true(d->seller_price >= seller->price);
      assert_true(d->buyer_price <=
                  buyer->price + BidPremium(buyer, &b->facts, d->seller, BidIsRenewable(seller, &b->facts)));
      assert_int_equal(d->seller_price, d->buyer_price);
    }
    for (uint32_t p = 0; p < 12; p++) assert_true(BookTraded(b, b->bid[p].side, p) <= b->bid[p].wh);
    BookClose(b);
  }
}

static void TheOrderOfInputDoesNotMatter(void **state)
{
  uint64_t seed = 14;

  (void)state;
  for (int round = 0; round < 1000; round++) {
    TestBook  *b = RandomFriends(&seed);
    Deliveries first;
    BookClear(b);
    first  = b->out;
    b->out = (Deliveries){0};
    BookShuffle(b, &seed);
    BookClear(b);
    assert_true(BookSame(&first, &b->out));
    DeliveriesFree(&first);
    BookClose(b);
  }
}

static void ExtremePricesDoNotOverflow(void **state)
{
  TestBook *b = BookOpen(2, 1, LOCAL_BILATERAL);

  (void)state;
  BookSell(b, 0, 5, INT64_MIN);
  BookBuy(b, 1, 5, INT64_MAX);
  BookClear(b);
  BookExpect(b, 0, 0, 1, 5, -1, -1);
  BookClose(b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(APremiumWinsThePreferredSeller),
      cmocka_unit_test(WithoutThePremiumTheHighestBidMeetsTheLowestOffer),
      cmocka_unit_test(APremiumMakesATradeThatThePriceAloneWouldNot),
      cmocka_unit_test(LimitsBindAndRenewablesComeFirst),
      cmocka_unit_test(TradesAreThoseOfTheDefinition),
      cmocka_unit_test(NoPairWouldRatherTradeWithEachOther),
      cmocka_unit_test(NobodyTradesWorseThanItsLimit),
      cmocka_unit_test(TheOrderOfInputDoesNotMatter),
      cmocka_unit_test(ExtremePricesDoNotOverflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
