/* Local markets beyond the auction: the mid-market rate, books from the dispatch, what contracts take off, and the
   bytes of bids and rules. */
#include "market/money.h"
#include "tests/market/local_book.h"

static void MakeLoad(TestBook *b, uint32_t asset)
{
  b->asset[asset].kind       = FACTS_LOAD;
  b->asset[asset].technology = EntryTextOf("");
}

/* Another unit of a participant, at its bus. */
static uint32_t AddUnit(TestBook *b, uint32_t owner, int64_t wh)
{
  uint32_t a = b->facts.n_assets++;

  b->asset[a]             = b->asset[owner];
  b->asset[a].kind        = FACTS_GENERATOR;
  b->asset[a].name        = BookName(b, 2, a);
  b->asset[a].participant = owner;
  b->asset_wh[a]          = wh;
  return a;
}

/* 0 and 2 feed in 30 and 10 kWh at a price of 20; 1 takes 20 at 40 and 3 takes 12 at 60. */
static TestBook *Village(LocalMechanism mechanism)
{
  static const int64_t kwh[] = {30, -20, 10, -12}, price[] = {20, 40, 20, 60};
  TestBook            *b = BookOpen(4, 1, mechanism);

  for (uint32_t k = 0; k < 4; k++) {
    b->asset_wh[k] = KWH(kwh[k]);
    b->price[k]    = EUR(price[k]);
    if (kwh[k] < 0) MakeLoad(b, k);
  }
  return b;
}

static void TheRateLiesBetweenExportAndImport(void **state)
{
  TestBook     *b    = Village(LOCAL_MID_MARKET);
  const int64_t rate = 33750000; /* between 20 and (20 x 40 + 12 x 60) / 32 = 47.5 */

  (void)state;
  BookClear(b); /* 40 kWh for 32: 24 and 8 */
  assert_int_equal(b->out.n, 3);
  BookExpect(b, 0, 0, 1, KWH(20), rate, rate);
  BookExpect(b, 1, 0, 3, KWH(4), rate, rate);
  BookExpect(b, 2, 2, 3, KWH(8), rate, rate);
  b->rules.has_tariff   = true;
  b->rules.export_price = EUR(8);
  b->rules.import_price = EUR(31);
  BookClear(b);
  BookExpect(b, 0, 0, 1, KWH(20), 19500000, 19500000);
  b->rules.price_max = EUR(19);
  BookClear(b);
  BookExpect(b, 0, 0, 1, KWH(20), EUR(19), EUR(19));
  BookClose(b);
}

static void BuyersShareWhatIsThereToo(void **state)
{
  TestBook *b = Village(LOCAL_MID_MARKET);

  (void)state;
  b->asset_wh[0] = 5;
  b->asset_wh[2] = 2; /* 7 Wh over 20,000 : 12,000 = 4.375 : 2.625 */
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_BUY, 1), 4);
  assert_int_equal(BookTraded(b, BID_BUY, 3), 3);
  assert_int_equal(BookTraded(b, BID_SELL, 0), 5);
  BookClose(b);
}

static void OwnUnitsAreNettedFirst(void **state)
{
  TestBook *b = Village(LOCAL_MID_MARKET);

  (void)state;
  (void)AddUnit(b, 1, KWH(26)); /* member 1 now sells 6, which fall to that unit */
  (void)AddUnit(b, 3, KWH(2));  /* member 3 takes 10 */
  BookClear(b);                 /* 46 for 10: 30, 6, 10 share it, by participant 6.52, 1.30, 2.17 */
  assert_int_equal(BookEnergy(b), KWH(10));
  assert_int_equal(BookTraded(b, BID_SELL, 0), 6522);
  assert_int_equal(BookTraded(b, BID_SELL, 1), 1304);
  assert_int_equal(BookTraded(b, BID_SELL, 2), 2174);
  assert_int_equal(BookTraded(b, BID_BUY, 3), KWH(10));
  for (size_t k = 0; k < b->out.n; k++)
    if (b->out.delivery[k].seller == 1) assert_int_equal(b->out.delivery[k].seller_asset, 4);
  BookClose(b);
}

static void RenewableUnitsSellFirstAtTheRate(void **state)
{
  TestBook *b = Village(LOCAL_MID_MARKET);

  (void)state;
  b->asset[2].renewable = true;
  b->rules.merit        = MERIT_RENEWABLE_TIES;
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_SELL, 2), KWH(10));
  assert_int_equal(BookTraded(b, BID_SELL, 0), KWH(22));
  b->asset[0].renewable = true;
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_SELL, 2), KWH(8));
  BookClose(b);
}

static void WithBidsOnlyUnitsThatWereBidTakePart(void **state)
{
  TestBook *b = Village(LOCAL_MID_MARKET);

  (void)state;
  BookSell(b, 0, KWH(25), EUR(30));
  BookSell(b, 2, KWH(50), EUR(10));
  BookBuy(b, 1, KWH(20), EUR(50)); /* member 3 stays out: import 40, export 20, rate 30 */
  BookClear(b);                    /* 25 and 10 for 20 */
  assert_int_equal(b->out.n, 2);
  BookExpect(b, 0, 0, 1, 14286, EUR(30), EUR(30));
  BookExpect(b, 1, 2, 1, 5714, EUR(30), EUR(30));
  b->bid[0].price = EUR(30) + 1; /* the rate is below its limit */
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  BookExpect(b, 0, 2, 1, KWH(10), EUR(30), EUR(30));
  b->bid[2].price = EUR(29);
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  BookClose(b);
}

static void RealTimeIsWhatWasMetered(void **state)
{
  TestBook *b       = Village(LOCAL_MID_MARKET);
  int64_t   real[4] = {0, -KWH(20), KWH(10), -KWH(12)};

  (void)state;
  b->facts.has_real_time      = true;
  b->facts.real_time          = b->facts.day_ahead;
  b->facts.real_time.asset_wh = real;
  BookClear(b);
  assert_int_equal(BookTraded(b, BID_SELL, 0), 0);
  assert_int_equal(BookEnergy(b), KWH(10));
  BookClose(b);
}

static void WithoutBidsTheDispatchIsTheBook(void **state)
{
  TestBook *b = Village(LOCAL_UNIFORM_PRICE);

  (void)state;
  b->asset[0].marginal_cost = EUR(20), b->asset[0].emission = 350000; /* 0.35 t/MWh */
  b->asset[2].marginal_cost = EUR(60);
  b->rules.load_value       = EUR(100);
  BookClear(b);
  assert_int_equal(BookEnergy(b), KWH(32)); /* 30 at 20 and 2 at 60: the price is 80 */
  BookExpect(b, 0, 0, 1, KWH(20), EUR(80), EUR(80));
  BookExpect(b, 1, 0, 3, KWH(10), EUR(80), EUR(80));
  BookExpect(b, 2, 2, 3, KWH(2), EUR(80), EUR(80));
  b->rules.carbon_price = EUR(200); /* 0 now costs 90 and comes second: 10 at 60, 22 at 90 */
  BookClear(b);
  BookExpect(b, 0, 2, 1, KWH(10), EUR(95), EUR(95));
  assert_int_equal(BookTraded(b, BID_SELL, 0), KWH(22));
  b->rules.carbon_price = EUR(400); /* 160 is more than anybody pays */
  BookClear(b);
  assert_int_equal(BookEnergy(b), KWH(10));
  b->rules.carbon_price = INT64_MAX;
  b->asset[0].emission  = INT64_MAX;
  assert_int_equal(BookTry(b, NULL), MARKET_OVERFLOW);
  BookClose(b);
}

/* A window of a study with a file of bids, of which none is for its hours. */
static void WhereNobodyBidsNobodyTrades(void **state)
{
  static const LocalMechanism mechanism[] = {LOCAL_UNIFORM_PRICE, LOCAL_PAY_AS_BID, LOCAL_MID_MARKET, LOCAL_BILATERAL};

  (void)state;
  for (size_t k = 0; k < sizeof mechanism / sizeof *mechanism; k++) {
    TestBook *b    = Village(mechanism[k]);
    Bids      bids = NULL;

    assert_int_equal(BidsCreate(NULL, 0, &bids, &b->error), MARKET_OK);
    assert_int_equal(LocalMarketClear(&b->facts, &b->rules, bids, NULL, &b->out, &b->error), MARKET_OK);
    assert_int_equal(b->out.n, 0);
    BookClear(b); /* and without a file the dispatch is the book */
    assert_true(b->out.n > 0);
    BidsDestroy(&bids);
    BookClose(b);
  }
}

static void ChargingStorageAndLinksStayWithThePool(void **state)
{
  TestBook *b = Village(LOCAL_UNIFORM_PRICE);

  (void)state;
  b->rules.load_value = EUR(100);
  b->asset[2].kind    = FACTS_LINK_END;
  b->asset[3].kind    = FACTS_STORAGE;
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  BookExpect(b, 0, 0, 1, KWH(20), EUR(50), EUR(50));
  b->asset[2].kind = FACTS_STORAGE; /* discharging: offers */
  b->asset_wh[0]   = 0;
  BookClear(b);
  assert_int_equal(b->out.n, 1);
  BookExpect(b, 0, 2, 1, KWH(10), EUR(50), EUR(50));
  BookClose(b);
}

static void WhatContractsDeliveredIsTakenOffFirst(void **state)
{
  TestBook  *b         = Village(LOCAL_UNIFORM_PRICE);
  Deliveries contracts = {0};
  Delivery   one       = {.kind         = SETTLEMENT_CONTRACT_ENERGY,
                          .seller       = 0,
                          .buyer        = 1,
                          .seller_bus   = 0,
                          .buyer_bus    = 1,
                          .seller_asset = 0,
                          .buyer_asset  = 1,
                          .wh           = KWH(15),
                          .detail       = {"c", 1}};

  (void)state;
  b->rules.load_value = EUR(100);
  assert_int_equal(DeliveriesAdd(&contracts, &b->facts, &one, &b->error), MARKET_OK);
  one.seller_asset = one.buyer_asset = DELIVERY_ANY_ASSET;
  one.seller = one.seller_bus = 2;
  one.wh                      = KWH(4);
  assert_int_equal(DeliveriesAdd(&contracts, &b->facts, &one, &b->error), MARKET_OK);
  for (int k = 0; k < 2; k++) { /* 15 and 6 are left to sell; 1 and 12 to buy */
    b->rules.mechanism = k ? LOCAL_MID_MARKET : LOCAL_UNIFORM_PRICE;
    assert_int_equal(BookTry(b, &contracts), MARKET_OK);
    assert_int_equal(BookEnergy(b), KWH(13));
    assert_int_equal(BookTraded(b, BID_BUY, 1), KWH(1));
    assert_int_equal(BookTraded(b, BID_BUY, 3), KWH(12));
  }
  assert_int_equal(BookTraded(b, BID_SELL, 0), 9286); /* 13 x 15 / 21 */
  contracts.delivery[0].wh = KWH(400);                /* never below nothing */
  assert_int_equal(BookTry(b, &contracts), MARKET_OK);
  assert_int_equal(BookTraded(b, BID_SELL, 0), 0);
  assert_int_equal(BookTraded(b, BID_BUY, 1), 0);
  assert_int_equal(BookEnergy(b), KWH(6));
  DeliveriesFree(&contracts);
  BookClose(b);
}

static void NoMechanismAndLocationalTradeNothing(void **state)
{
  TestBook *b = Village(LOCAL_NONE);

  (void)state;
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  b->rules.mechanism = LOCAL_LOCATIONAL;
  BookSell(b, 0, KWH(1), EUR(1));
  BookBuy(b, 1, KWH(1), EUR(2));
  BookClear(b);
  assert_int_equal(b->out.n, 0);
  b->rules.mechanism = (LocalMechanism)9;
  assert_int_equal(BookTry(b, NULL), MARKET_BAD_INPUT);
  BookClose(b);
}

/* What positions there are trades on the shorter side in full and never more than what was metered on the other. */
static void MidMarketLosesNoUnit(void **state)
{
  uint64_t seed = 21;

  (void)state;
  for (int round = 0; round < 2000; round++) {
    TestBook *b    = BookOpen(6, 1, LOCAL_MID_MARKET);
    int64_t   sell = 0, take = 0, net[6] = {0};
    for (uint32_t a = 0; a < 6; a++) (void)AddUnit(b, a, 0);
    b->rules.merit = (LocalMerit)RandomBelow(&seed, 3);
    for (uint32_t a = 0; a < 12; a++) {
      b->asset_wh[a]        = RandomBelow(&seed, 60) - 30;
      b->asset[a].renewable = RandomBelow(&seed, 2);
      b->price[a % 6]       = EUR(RandomBelow(&seed, 90)) - EUR(20);
      net[a % 6] += b->asset_wh[a];
    }
    BookClear(b);
    for (uint32_t p = 0; p < 6; p++) {
      if (net[p] > 0)
        sell += net[p];
      else
        take -= net[p];
      assert_true(BookTraded(b, BID_SELL, p) <= (net[p] > 0 ? net[p] : 0));
      assert_true(BookTraded(b, BID_BUY, p) <= (net[p] < 0 ? -net[p] : 0));
    }
    assert_int_equal(BookEnergy(b), sell < take ? sell : take);
    for (size_t k = 1; k < b->out.n; k++)
      assert_int_equal(b->out.delivery[k].seller_price, b->out.delivery[0].buyer_price);
    BookClose(b);
  }
}

/* ---- bytes ---- */

static void RulesAreReadAsTheyWereWritten(void **state)
{
  LocalRules
      rules =
          {LOCAL_BILATERAL, LOCAL_LAST_BID, LOCAL_SCOPE_STUDY, MERIT_RENEWABLE_TIES, -5, 77, 3, 200, 4, true, -8, 9},
      read;
  MarketBytes bytes = {0}, again = {0};
  MarketError error;

  (void)state;
  LocalRulesWrite(&rules, &bytes);
  assert_int_equal(bytes.size, 62);
  assert_int_equal(LocalRulesRead(bytes.data, bytes.size, &read, &error), MARKET_OK);
  LocalRulesWrite(&read, &again);
  assert_int_equal(again.size, bytes.size);
  assert_memory_equal(again.data, bytes.data, bytes.size);
  assert_int_equal(read.import_price, 9);
  assert_int_equal(read.price_min, -5);
  for (size_t k = 0; k < bytes.size; k++)
    assert_int_equal(LocalRulesRead(bytes.data, k, &read, &error), MARKET_MALFORMED);
  bytes.data[1] = 6;
  assert_int_equal(LocalRulesRead(bytes.data, bytes.size, &read, &error), MARKET_MALFORMED);
  assert_non_null(strstr(error.text, "mechanism at byte 1 is 6"));
  MarketBytesFree(&bytes);
  MarketBytesFree(&again);
}

static void BidsAreReadAsTheyWereWrittenInAnyOrder(void **state)
{
  uint64_t    seed  = 31;
  TestBook   *b     = BookOpen(6, 1, LOCAL_BILATERAL);
  MarketBytes first = {0};

  (void)state;
  BookRandom(b, 20, 50, &seed);
  for (size_t k = 0; k < 20; k++)
    if (b->bid[k].side == BID_BUY) {
      b->bid[k].prefer        = (BidPreference)(k % 4);
      b->bid[k].premium       = k % 4 ? 5 : 0;
      b->bid[k].partner       = 0;
      b->bid[k].partner_class = EntryTextOf("home");
    }
  for (int round = 0; round < 20; round++) {
    MarketBytes bytes = {0}, again = {0};
    Bids        bids = NULL, read = NULL;
    BookShuffle(b, &seed);
    assert_int_equal(BidsCreate(b->bid, 20, &bids, &b->error), MARKET_OK);
    BidsWrite(bids, &bytes);
    assert_int_equal(BidsRead(bytes.data, bytes.size, &read, &b->error), MARKET_OK);
    BidsWrite(read, &again);
    assert_int_equal(again.size, bytes.size);
    assert_memory_equal(again.data, bytes.data, bytes.size);
    if (round == 0) BidsWrite(bids, &first);
    assert_int_equal(first.size, bytes.size);
    assert_memory_equal(first.data, bytes.data, bytes.size);
    BidsDestroy(&bids);
    BidsDestroy(&read);
    MarketBytesFree(&bytes);
    MarketBytesFree(&again);
  }
  MarketBytesFree(&first);
  BookClose(b);
}

/* By interval, then by order: 2 before 10, which text alone would put the other way; then by participant. */
static void OrdersStandAsNumbersDo(void **state)
{
  TestBook *b    = BookOpen(3, 1, LOCAL_BILATERAL);
  Bids      bids = NULL;

  (void)state;
  BookSell(b, 0, 1, 1)->order    = EntryTextOf("10");
  BookSell(b, 1, 1, 1)->order    = EntryTextOf("2");
  BookSell(b, 0, 1, 1)->order    = EntryTextOf("2");
  BookSell(b, 0, 1, 1)->interval = 1;
  assert_int_equal(BidsCreate(b->bid, 4, &bids, &b->error), MARKET_OK);
  assert_int_equal(bids->bid[0].participant, 0);
  assert_int_equal(bids->bid[1].participant, 1);
  assert_int_equal(bids->bid[2].order.length, 2);
  assert_int_equal(bids->bid[3].interval, 1);
  BidsDestroy(&bids);
  BookClose(b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(TheRateLiesBetweenExportAndImport),
      cmocka_unit_test(BuyersShareWhatIsThereToo),
      cmocka_unit_test(OwnUnitsAreNettedFirst),
      cmocka_unit_test(RenewableUnitsSellFirstAtTheRate),
      cmocka_unit_test(WithBidsOnlyUnitsThatWereBidTakePart),
      cmocka_unit_test(RealTimeIsWhatWasMetered),
      cmocka_unit_test(WithoutBidsTheDispatchIsTheBook),
      cmocka_unit_test(WhereNobodyBidsNobodyTrades),
      cmocka_unit_test(ChargingStorageAndLinksStayWithThePool),
      cmocka_unit_test(WhatContractsDeliveredIsTakenOffFirst),
      cmocka_unit_test(NoMechanismAndLocationalTradeNothing),
      cmocka_unit_test(MidMarketLosesNoUnit),
      cmocka_unit_test(RulesAreReadAsTheyWereWritten),
      cmocka_unit_test(BidsAreReadAsTheyWereWrittenInAnyOrder),
      cmocka_unit_test(OrdersStandAsNumbersDo),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
