/* The two-sided auction: prices and trades worked out by hand, and what must hold of any book. */
#include "tests/market/local_book.h"

/* Offers 30 kWh at 10, 20 at 20, 30 at 40; bids 40 at 50, 20 at 30, 20 at 15: 50 kWh trade, a = 20, b = 30. */
static TestBook *Textbook(LocalMechanism mechanism)
{
  TestBook *b = BookOpen(6, 1, mechanism);

  BookSell(b, 0, KWH(30), EUR(10));
  BookSell(b, 2, KWH(20), EUR(20));
  BookSell(b, 4, KWH(30), EUR(40));
  BookBuy(b, 1, KWH(40), EUR(50));
  BookBuy(b, 3, KWH(20), EUR(30));
  BookBuy(b, 5, KWH(20), EUR(15));
  return b;
}

static void TheRuleNamesThePrice(void **state)
{
  static const int64_t expected[] = {
      [LOCAL_LAST_OFFER] = EUR(20), [LOCAL_LAST_BID] = EUR(30), [LOCAL_MIDPOINT] = EUR(25)};

  (void)state;
  for (int rule = LOCAL_LAST_OFFER; rule <= LOCAL_MIDPOINT; rule++) {
    TestBook *b         = Textbook(LOCAL_UNIFORM_PRICE);
    b->rules.price_rule = (LocalPriceRule)rule;
    BookClear(b);
    assert_int_equal(b->out.n, 3);
    BookExpect(b, 0, 0, 1, KWH(30), expected[rule], expected[rule]);
    BookExpect(b, 1, 2, 1, KWH(10), expected[rule], expected[rule]);
    BookExpect(b, 2, 2, 3, KWH(10), expected[rule], expected[rule]);
    BookClose(b);
  }
}

static void WhereQuantitiesJustMatchTheRuleStillDecides(void **state)
{
  static const int64_t expected[] = {
      [LOCAL_LAST_OFFER] = EUR(10), [LOCAL_LAST_BID] = EUR(21), [LOCAL_MIDPOINT] = 15500000};

  (void)state;
  for (int rule = LOCAL_LAST_OFFER; rule <= LOCAL_MIDPOINT; rule++) {
    TestBook *b = BookOpen(2, 1, LOCAL_UNIFORM_PRICE);
    BookSell(b, 0, 7, EUR(10));
    BookBuy(b, 1, 7, EUR(21));
    b->rules.price_rule = (LocalPriceRule)rule;
    BookClear(b);
    assert_int_equal(b->out.n, 1);
    BookExpect(b, 0, 0, 1, 7, expected[rule], expected[rule]);
    BookClose(b);
  }
}

static void HalvesOfTheMidpointGoAwayFromZero(void **state)
{
  TestBook *b = BookOpen(2, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  BookSell(b, 0, 7, 4);
  BookBuy(b, 1, 7, 7);
  BookClear(b);
  BookExpect(b, 0, 0, 1, 7, 6, 6);
  b->bid[0].price = -8;
  b->bid[1].price = -5;
  BookClear(b);
  BookExpect(b, 0, 0, 1, 7, -7, -7);
  b->bid[0].price = INT64_MIN; /* the midpoint of the extremes must not overflow */
  b->bid[1].price = INT64_MAX;
  BookClear(b);
  BookExpect(b, 0, 0, 1, 7, -1, -1);
  BookClose(b);
}

static void OneSidedEmptyAndUncrossedBooksTradeNothing(void **state)
{
  TestBook *b = BookOpen(3, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  for (int m = LOCAL_UNIFORM_PRICE; m <= LOCAL_BILATERAL; m++) {
    b->rules.mechanism = (LocalMechanism)m;
    b->n_bids          = 0;
    BookClear(b); /* no bids, and nothing dispatched */
    assert_int_equal(b->out.n, 0);
    BookSell(b, 0, 5, EUR(1));
    BookSell(b, 2, 5, EUR(2));
    BookClear(b);
    assert_int_equal(b->out.n, 0);
    BookBuy(b, 1, 5, EUR(1) - 1);
    BookClear(b);
    assert_int_equal(b->out.n, 0);
    b->n_bids = 0;
    BookBuy(b, 1, 5, EUR(1));
    BookClear(b);
    assert_int_equal(b->out.n, 0);
  }
  BookClose(b);
}

static void TiesAtTheMarginShareByLargestRemainder(void **state)
{
  TestBook *b = BookOpen(5, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  BookSell(b, 0, 10, EUR(5)); /* below the margin: in full */
  BookSell(b, 2, 10, EUR(6)); /* 10 : 10 : 5 of what is left, 11: 4.4, 4.4, 2.2 */
  BookSell(b, 4, 10, EUR(6));
  BookSell(b, 3, 5, EUR(6));
  BookBuy(b, 1, 21, EUR(9));
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_SELL, 0), 10);
  assert_int_equal(BookTraded(b, BID_SELL, 2), 5); /* the unit that is left: of equal remainders the earlier order */
  assert_int_equal(BookTraded(b, BID_SELL, 4), 4);
  assert_int_equal(BookTraded(b, BID_SELL, 3), 2);
  b->bid[1].order = EntryTextOf("77"); /* longer texts stand behind shorter ones */
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_SELL, 2), 4);
  assert_int_equal(BookTraded(b, BID_SELL, 4), 5);
  BookClose(b);
}

static void TiesOfBuyersShareToo(void **state)
{
  TestBook *b = BookOpen(4, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  BookSell(b, 0, 10, EUR(5));
  BookBuy(b, 1, 9, EUR(5)); /* everything at one price: 10 over 9 : 18 : 3 = 3, 6, 1 */
  BookBuy(b, 2, 18, EUR(5));
  BookBuy(b, 3, 3, EUR(5));
  BookClear(b);
  assert_int_equal(b->out.n, 3);
  BookExpect(b, 0, 0, 1, 3, EUR(5), EUR(5));
  BookExpect(b, 1, 0, 2, 6, EUR(5), EUR(5));
  BookExpect(b, 2, 0, 3, 1, EUR(5), EUR(5));
  BookClose(b);
}

static void PayAsBidLeavesASpread(void **state)
{
  TestBook *b = Textbook(LOCAL_PAY_AS_BID);

  (void)state;
  BookClear(b);
  assert_int_equal(b->out.n, 3);
  BookExpect(b, 0, 0, 1, KWH(30), EUR(10), EUR(50));
  BookExpect(b, 1, 2, 1, KWH(10), EUR(20), EUR(50));
  BookExpect(b, 2, 2, 3, KWH(10), EUR(20), EUR(30));
  b->rules.price_min = EUR(12);
  b->rules.price_max = EUR(45);
  BookClear(b);
  BookExpect(b, 0, 0, 1, KWH(30), EUR(12), EUR(45));
  BookExpect(b, 1, 2, 1, KWH(10), EUR(20), EUR(45));
  BookExpect(b, 2, 2, 3, KWH(10), EUR(20), EUR(30));
  BookClose(b);
}

static void PriceLimitsBindAndKeepOrdersOut(void **state)
{
  TestBook *b = Textbook(LOCAL_UNIFORM_PRICE);

  (void)state;
  b->rules.price_max = EUR(22);
  BookClear(b);
  assert_int_equal(BookEnergy(b), KWH(50));
  BookExpect(b, 0, 0, 1, KWH(30), EUR(22), EUR(22)); /* not 25 */
  b->rules.price_max = EUR(19);                      /* the offer at 20 has no price that suits it */
  BookClear(b);
  assert_int_equal(BookEnergy(b), KWH(30));
  BookExpect(b, 0, 0, 1, KWH(30), EUR(19), EUR(19));
  b->rules.price_max = LOCAL_NO_PRICE_MAX;
  b->rules.price_min = EUR(28);
  BookClear(b);
  BookExpect(b, 0, 0, 1, KWH(30), EUR(28), EUR(28));
  b->rules.price_min = EUR(31); /* the bid at 30 is out: 40 kWh trade, a = 20, b = 50 */
  BookClear(b);
  assert_int_equal(BookEnergy(b), KWH(40));
  BookExpect(b, 0, 0, 1, KWH(30), EUR(35), EUR(35));
  b->rules.price_min = EUR(51);
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  BookClose(b);
}

static void PricesMayBeNegative(void **state)
{
  TestBook *b = BookOpen(2, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  BookSell(b, 0, 10, -EUR(9)); /* pays up to 9 to be rid of it */
  BookBuy(b, 1, 4, -EUR(3));   /* takes it when paid 3 */
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  BookExpect(b, 0, 0, 1, 4, -EUR(6), -EUR(6));
  BookClose(b);
}

static void RenewableFirstAmongEqualsOrAtAnyPrice(void **state)
{
  TestBook *b = BookOpen(6, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  b->asset[2].renewable = true;
  BookSell(b, 0, 10, EUR(5));
  BookSell(b, 2, 10, EUR(5));
  BookSell(b, 4, 10, EUR(2));
  BookBuy(b, 1, 15, EUR(8));
  BookBuy(b, 3, 9, EUR(4));
  BookClear(b); /* by price: 10 of 4, then 5 over 0 and 2: 2.5 each, the unit to the earlier order */
  assert_int_equal(BookTraded(b, BID_SELL, 0), 3);
  assert_int_equal(BookTraded(b, BID_SELL, 2), 2);
  b->rules.merit = MERIT_RENEWABLE_TIES;
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_SELL, 4), 10);
  assert_int_equal(BookTraded(b, BID_SELL, 2), 5);
  assert_int_equal(BookTraded(b, BID_SELL, 0), 0);
  /* First at any price. Round one: 2 with the bid at 8, price 6.5. Round two: the offer at 2 with 5 left of that bid and
     5 of the bid at 4, price 3. */
  b->rules.merit = MERIT_RENEWABLE_FIRST;
  BookClear(b);
  assert_int_equal(b->out.n, 3);
  BookExpect(b, 0, 2, 1, 10, 6500000, 6500000);
  BookExpect(b, 1, 4, 1, 5, EUR(3), EUR(3));
  BookExpect(b, 2, 4, 3, 5, EUR(3), EUR(3));
  BookClose(b);
}

static void NobodyTradesWithItself(void **state)
{
  TestBook *b = BookOpen(3, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  BookSell(b, 0, 10, EUR(5));
  BookBuy(b, 0, 4, EUR(9));
  BookBuy(b, 1, 6, EUR(8));
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  BookExpect(b, 0, 0, 1, 6, 6500000, 6500000);
  BookClose(b);
}

static void EveryScopeAndIntervalIsAMarketOfItsOwn(void **state)
{
  TestBook *b = BookOpen(4, 2, LOCAL_UNIFORM_PRICE); /* members 0 and 2 in region 0, 1 and 3 in region 1 */

  (void)state;
  b->facts.intervals = 2;
  BookSell(b, 0, 10, EUR(1));
  BookBuy(b, 1, 10, EUR(9));
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  b->rules.scope = LOCAL_SCOPE_STUDY;
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  b->bid[1].interval = 1;
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  b->rules.scope                      = LOCAL_SCOPE_REGION;
  BookSell(b, 3, 7, EUR(3))->interval = 1;
  BookBuy(b, 2, 4, EUR(3));
  BookClear(b);
  assert_int_equal(b->out.n, 2);
  BookExpect(b, 0, 0, 2, 4, EUR(2), EUR(2));
  BookExpect(b, 1, 3, 1, 7, EUR(6), EUR(6));
  assert_int_equal(b->out.delivery[0].interval, 0);
  assert_int_equal(b->out.delivery[1].interval, 1);
  BookClose(b);
}

static void EnergiesThatDoNotFitAreRefused(void **state)
{
  TestBook *b = BookOpen(4, 1, LOCAL_UNIFORM_PRICE);

  (void)state;
  BookSell(b, 0, INT64_MAX, EUR(1));
  BookSell(b, 2, INT64_MAX, EUR(1));
  BookBuy(b, 1, INT64_MAX, EUR(2));
  BookBuy(b, 3, INT64_MAX, EUR(2));
  assert_int_equal(BookTry(b, NULL), MARKET_OVERFLOW);
  assert_non_null(strstr(b->error.text, "interval 0"));
  BookClose(b);
}

static void WrongBidsAndRulesAreNamed(void **state)
{
  TestBook *b = BookOpen(4, 1, LOCAL_UNIFORM_PRICE);
  Bid      *bid;

  (void)state;
#define REFUSED(words)                                                                        \
  do {                                                                                        \
    assert_int_equal(BookTry(b, NULL), MARKET_BAD_INPUT);                                     \
    if (!strstr(b->error.text, words)) fail_msg("\"%s\" lacks \"%s\"", b->error.text, words); \
    b->bid[0] = good;                                                                         \
  } while (0)
  bid      = BookBuy(b, 0, 5, EUR(1));
  Bid good = *bid;
  bid->wh  = 0;
  REFUSED("bid \"1\" of interval 0: energy is not positive");
  bid->wh = -5;
  REFUSED("energy is not positive");
  bid->order = EntryTextOf("");
  REFUSED("has no order");
  bid->order = EntryTextOf("\xff");
  REFUSED("not UTF-8");
  bid->participant = 4;
  REFUSED("no such participant");
  bid->bus = 9;
  REFUSED("no such bus");
  bid->bus = 1;
  REFUSED("stands at another bus");
  bid->asset = 1;
  REFUSED("belongs to another");
  bid->asset = 77;
  REFUSED("no such asset");
  bid->interval = 1;
  REFUSED("not in the window");
  bid->premium = 5;
  REFUSED("premium without");
  bid->prefer = PREFER_PARTICIPANT, bid->partner = 0, bid->premium = 5;
  REFUSED("its own participant");
  bid->prefer = PREFER_PARTICIPANT, bid->partner = 2;
  REFUSED("premium that is not positive");
  bid->prefer = PREFER_PARTICIPANT, bid->partner = 12, bid->premium = 5;
  REFUSED("participant to prefer");
  bid->prefer = PREFER_CLASS, bid->premium = 5;
  REFUSED("class without a name");
  bid->side = BID_SELL, bid->prefer = PREFER_RENEWABLE, bid->premium = 5;
  REFUSED("only buyers");
  bid->prefer = PREFER_RENEWABLE, bid->premium = 5, bid->price = INT64_MAX;
  REFUSED("overflow");
  BookBuy(b, 0, 5, EUR(2))->order = EntryTextOf("1");
  REFUSED("twice");
  b->n_bids          = 1;
  b->rules.price_min = 5, b->rules.price_max = 4;
  REFUSED("lowest price lies above");
  b->rules.price_min = LOCAL_NO_PRICE_MIN, b->rules.fee = -1;
  REFUSED("negative");
  b->rules.fee = 0, b->rules.has_tariff = true, b->rules.export_price = 2;
  REFUSED("export");
  b->rules.has_tariff = false, b->rules.export_price = -2;
  REFUSED("without a tariff");
  BookClose(b);
}

/* ---- properties over random books ---- */

static int64_t Offered(const TestBook *b, BidSide side, uint32_t participant, int64_t limit)
{
  int64_t sum = 0;

  for (size_t k = 0; k < b->n_bids; k++) {
    const Bid *bid = &b->bid[k];
    bool       in  = side == BID_SELL ? bid->price <= limit : bid->price >= limit;
    if (bid->side == side && bid->participant == participant && in) sum += bid->wh;
  }
  return sum;
}

/* At every price paid, nobody trades more than it put down at limits that this price keeps. */
static void AssertRational(const TestBook *b)
{
  for (size_t k = 0; k < b->out.n; k++) {
    const Delivery *d    = &b->out.delivery[k];
    int64_t         sold = 0, bought = 0;
    assert_true(d->wh > 0 && d->seller != d->buyer && d->seller_price <= d->buyer_price);
    for (size_t i = 0; i < b->out.n; i++) {
      const Delivery *e = &b->out.delivery[i];
      if (e->seller == d->seller && e->seller_price <= d->seller_price) sold += e->wh;
      if (e->buyer == d->buyer && e->buyer_price >= d->buyer_price) bought += e->wh;
    }
    assert_true(sold <= Offered(b, BID_SELL, d->seller, d->seller_price));
    assert_true(bought <= Offered(b, BID_BUY, d->buyer, d->buyer_price));
  }
  for (uint32_t p = 0; p < b->facts.n_participants; p++) {
    assert_true(BookTraded(b, BID_SELL, p) <= Offered(b, BID_SELL, p, INT64_MAX));
    assert_true(BookTraded(b, BID_BUY, p) <= Offered(b, BID_BUY, p, INT64_MIN));
  }
}

static void NobodyTradesWorseThanItsLimit(void **state)
{
  uint64_t seed = 1;

  (void)state;
  for (int round = 0; round < 3000; round++) {
    TestBook *b         = BookOpen(8, 1 + round % 2, round % 3 ? LOCAL_UNIFORM_PRICE : LOCAL_PAY_AS_BID);
    b->rules.price_rule = (LocalPriceRule)RandomBelow(&seed, 3);
    b->rules.merit      = (LocalMerit)RandomBelow(&seed, 3);
    if (RandomBelow(&seed, 3) == 0) b->rules.price_max = EUR(RandomBelow(&seed, 6));
    if (RandomBelow(&seed, 3) == 0) b->rules.price_min = EUR(RandomBelow(&seed, 6)) - EUR(6);
    BookRandom(b, (size_t)RandomBelow(&seed, 20), 30, &seed);
    BookClear(b);
    AssertRational(b);
    for (size_t k = 0; k < b->out.n; k++) {
      assert_true(b->out.delivery[k].seller_price >= b->rules.price_min);
      assert_true(b->out.delivery[k].buyer_price <= b->rules.price_max);
    }
    BookClose(b);
  }
}

/* Largest sum of (bid - offer) over matchings of single watt-hours: takes the best pair of units while it gains; on few
   units this is checked against every choice of units. */
static int64_t BestGain(const TestBook *b)
{
  int64_t best = 0, sell[BOOK_BIDS * 3], buy[BOOK_BIDS * 3];
  size_t  n = 0, m = 0;

  for (size_t k = 0; k < b->n_bids; k++)
    for (int64_t u = 0; u < b->bid[k].wh; u++) {
      if (b->bid[k].side == BID_SELL)
        sell[n++] = b->bid[k].price;
      else
        buy[m++] = b->bid[k].price;
    }
  for (uint32_t offers = 0; offers < 1u << n; offers++)
    for (uint32_t bids = 0; bids < 1u << m; bids++) {
      int64_t gain = 0;
      if (__builtin_popcount(offers) != __builtin_popcount(bids)) continue;
      for (size_t k = 0; k < n; k++) gain -= offers >> k & 1 ? sell[k] : 0;
      for (size_t k = 0; k < m; k++) gain += bids >> k & 1 ? buy[k] : 0;
      if (gain > best) best = gain;
    }
  return best;
}

static void TheGainIsTheLargestOfAllChoices(void **state)
{
  uint64_t seed = 2;

  (void)state;
  for (int round = 0; round < 300; round++) {
    TestBook *b    = BookOpen(6, 1, LOCAL_PAY_AS_BID); /* whose deliveries show both limits */
    int64_t   gain = 0, units = 0;
    BookRandom(b, 7, 2, &seed);
    b->rules.merit = (LocalMerit)RandomBelow(&seed, 2);
    for (size_t k = 0; k < b->n_bids; k++) units += b->bid[k].wh;
    BookClear(b);
    for (size_t k = 0; k < b->out.n; k++) {
      const Delivery *d = &b->out.delivery[k];
      gain += d->wh * (d->buyer_price - d->seller_price);
    }
    if (units <= 13) assert_int_equal(gain, BestGain(b));
    BookClose(b);
  }
}

static void TheOrderOfInputDoesNotMatter(void **state)
{
  uint64_t seed = 3;

  (void)state;
  for (int round = 0; round < 1000; round++) {
    TestBook  *b = BookOpen(9, 1 + round % 3, (LocalMechanism)(LOCAL_UNIFORM_PRICE + round % 2));
    Deliveries first;
    b->rules.merit = (LocalMerit)RandomBelow(&seed, 3);
    BookRandom(b, 24, 40, &seed);
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

/* A better price never trades less; one bid per participant, so that its fill can be told. */
static void ABetterPriceNeverTradesLess(void **state)
{
  uint64_t seed = 4;

  (void)state;
  for (int round = 0; round < 2000; round++) {
    TestBook *b = BookOpen(10, 1, LOCAL_UNIFORM_PRICE);
    size_t    k = (size_t)RandomBelow(&seed, 10);
    int64_t   before;
    for (uint32_t p = 0; p < 10; p++)
      BookBid(b, p % 2 ? BID_BUY : BID_SELL, p, 1 + RandomBelow(&seed, 30), EUR(RandomBelow(&seed, 6)));
    b->rules.merit = (LocalMerit)RandomBelow(&seed, 2);
    BookClear(b);
    before = BookTraded(b, b->bid[k].side, (uint32_t)k);
    b->bid[k].price += b->bid[k].side == BID_SELL ? -EUR(1) : EUR(1);
    BookClear(b);
    assert_true(BookTraded(b, b->bid[k].side, (uint32_t)k) >= before);
    BookClose(b);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(TheRuleNamesThePrice),
      cmocka_unit_test(WhereQuantitiesJustMatchTheRuleStillDecides),
      cmocka_unit_test(HalvesOfTheMidpointGoAwayFromZero),
      cmocka_unit_test(OneSidedEmptyAndUncrossedBooksTradeNothing),
      cmocka_unit_test(TiesAtTheMarginShareByLargestRemainder),
      cmocka_unit_test(TiesOfBuyersShareToo),
      cmocka_unit_test(PayAsBidLeavesASpread),
      cmocka_unit_test(PriceLimitsBindAndKeepOrdersOut),
      cmocka_unit_test(PricesMayBeNegative),
      cmocka_unit_test(RenewableFirstAmongEqualsOrAtAnyPrice),
      cmocka_unit_test(NobodyTradesWithItself),
      cmocka_unit_test(EveryScopeAndIntervalIsAMarketOfItsOwn),
      cmocka_unit_test(EnergiesThatDoNotFitAreRefused),
      cmocka_unit_test(WrongBidsAndRulesAreNamed),
      cmocka_unit_test(NobodyTradesWorseThanItsLimit),
      cmocka_unit_test(TheGainIsTheLargestOfAllChoices),
      cmocka_unit_test(TheOrderOfInputDoesNotMatter),
      cmocka_unit_test(ABetterPriceNeverTradesLess),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
