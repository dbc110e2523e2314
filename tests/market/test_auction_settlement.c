/* What local markets come to in money: the example of docs/markets.md, and that the books of every mechanism balance.
   */
#include "market/account.h"
#include "market/money.h"
#include "tests/market/local_book.h"

/* What an account receives by transfers of a kind (0: of any). */
static int64_t Received(const Transfers *list, uint32_t account, SettlementKind kind)
{
  int64_t sum = 0;

  for (size_t k = 0; k < list->n; k++) {
    const Transfer *t = &list->transfer[k];
    if (kind && t->kind != kind) continue;
    if (t->payee == account) sum += t->amount;
    if (t->payer == account) sum -= t->amount;
  }
  return sum;
}

static void Settle(TestBook *b, Transfers *list)
{
  if (DeliveriesSettle(&b->facts, &b->out, b->rules.fee, list, &b->error) != MARKET_OK) fail_msg("%s", b->error.text);
}

/* The example of the document: farm (bus 1, pool price 40), mill (bus 2, 46), school (bus 3, 46); one region. The farm
   offers 30 kWh at 35; the mill bids 20 kWh at 55, the school 20 kWh at 45. */
static TestBook *Example(LocalMechanism mechanism)
{
  TestBook *b = BookOpen(3, 1, mechanism);

  b->price[0] = EUR(40);
  b->price[1] = b->price[2] = EUR(46);
  BookSell(b, 0, KWH(30), EUR(35));
  BookBuy(b, 1, KWH(20), EUR(55));
  BookBuy(b, 2, KWH(20), EUR(45));
  return b;
}

static void TheExampleOfTheDocumentComesOut(void **state)
{
  TestBook *b    = Example(LOCAL_UNIFORM_PRICE);
  Transfers list = {0};

  (void)state;
  b->rules.fee = EUR(2);
  BookClear(b); /* 30 kWh at 40 */
  assert_int_equal(b->out.n, 2);
  BookExpect(b, 0, 0, 1, KWH(20), EUR(40), EUR(40));
  BookExpect(b, 1, 0, 2, KWH(10), EUR(40), EUR(40));
  Settle(b, &list);
  assert_int_equal(Received(&list, 0, SETTLEMENT_TRADE), 1200000); /* 30 kWh x 40 EUR/MWh = 1.20 EUR */
  assert_int_equal(Received(&list, 1, SETTLEMENT_TRADE), -800000);
  assert_int_equal(Received(&list, 2, SETTLEMENT_TRADE), -400000);
  assert_int_equal(Received(&list, 0, SETTLEMENT_TRADE_POOL), -1200000); /* the pool takes its 40 back */
  assert_int_equal(Received(&list, 1, SETTLEMENT_TRADE_POOL), 920000);   /* and gives back its 46 */
  assert_int_equal(Received(&list, 2, SETTLEMENT_TRADE_POOL), 460000);
  assert_int_equal(Received(&list, 0, SETTLEMENT_GRID_FEE), 0);
  assert_int_equal(Received(&list, 1, SETTLEMENT_GRID_FEE), -120000 - 40000); /* the way 6 x 20 kWh, and 2 x 20 kWh */
  assert_int_equal(Received(&list, 2, SETTLEMENT_GRID_FEE), -60000 - 20000);
  assert_int_equal(Received(&list, AccountIndex(3, ACCOUNT_FEES, 0), 0), 60000); /* 2 EUR/MWh x 30 kWh stay */
  TransfersFree(&list);
  BookClose(b);
}

static void PayAsBidLeavesItsSpreadWithTheFees(void **state)
{
  TestBook *b    = Example(LOCAL_PAY_AS_BID);
  Transfers list = {0};

  (void)state;
  BookClear(b);
  Settle(b, &list);
  assert_int_equal(Received(&list, 0, SETTLEMENT_TRADE), 1050000);        /* 30 kWh x 35 */
  assert_int_equal(Received(&list, 1, SETTLEMENT_TRADE_SPREAD), -400000); /* (55 - 35) x 20 kWh */
  assert_int_equal(Received(&list, 2, SETTLEMENT_TRADE_SPREAD), -100000); /* (45 - 35) x 10 kWh */
  assert_int_equal(Received(&list, AccountIndex(3, ACCOUNT_FEES, 0), 0), 500000);
  TransfersFree(&list);
  BookClose(b);
}

/* What remains with the fees' accounts is spreads and fees by energy, to within the rounding of lines. */
static void AssertBudget(const TestBook *b, const Transfers *list)
{
  MoneyWide due  = 0;
  int64_t   fees = 0, all = 0, bought[BOOK_MOST][BOOK_MOST] = {{0}};
  size_t    lines = 0;

  for (size_t k = 0; k < b->out.n; k++) {
    const Delivery *d = &b->out.delivery[k];
    due += (MoneyWide)(d->buyer_price - d->seller_price) * d->wh;
    bought[d->buyer][d->buyer_bus] += d->wh;
    bought[d->seller][d->seller_bus] -= d->wh;
  }
  for (uint32_t p = 0; p < b->facts.n_participants; p++)
    for (uint32_t i = 0; i < b->facts.n_buses; i++)
      if (bought[p][i] > 0) due += (MoneyWide)b->rules.fee * bought[p][i];
  for (uint32_t r = 0; r < b->facts.n_regions; r++)
    fees += Received(list, AccountIndex(b->facts.n_participants, ACCOUNT_FEES, r), 0);
  for (uint32_t a = 0; a < AccountCount(b->facts.n_participants, b->facts.n_regions); a++) all += Received(list, a, 0);
  lines = list->n + b->out.n;
  assert_int_equal(all, 0);
  due -= (MoneyWide)fees * 1000000;
  assert_true(due <= (MoneyWide)lines * 1000000 && -due <= (MoneyWide)lines * 1000000);
}

/* What a participant sold and bought is taken off its pool account to the watt-hour. */
static void AssertNoUnitIsLost(const TestBook *b, const Transfers *list)
{
  for (uint32_t p = 0; p < b->facts.n_participants; p++) {
    int64_t quantity = 0, traded = BookTraded(b, BID_SELL, p) - BookTraded(b, BID_BUY, p), trades = 0;
    for (size_t k = 0; k < list->n; k++) {
      const Transfer *t    = &list->transfer[k];
      int64_t         sign = t->payee == p ? 1 : t->payer == p ? -1 : 0;
      quantity += sign * t->quantity;
      if (t->kind == SETTLEMENT_TRADE) trades += sign * t->quantity;
    }
    assert_int_equal(quantity, 0);
    assert_int_equal(trades, traded);
  }
}

static void BooksBalanceWhateverTheMechanism(void **state)
{
  uint64_t seed   = 41;
  size_t   traded = 0;

  (void)state;
  for (int round = 0; round < 2000; round++) {
    TestBook *b    = BookOpen(8, 1 + (size_t)round % 3, (LocalMechanism)(LOCAL_UNIFORM_PRICE + round % 4));
    Transfers list = {0};
    b->rules.merit = (LocalMerit)RandomBelow(&seed, 3);
    b->rules.fee   = RandomBelow(&seed, 2) ? EUR(RandomBelow(&seed, 9)) : 0;
    b->rules.scope = (LocalScope)RandomBelow(&seed, 2);
    for (uint32_t p = 0; p < 8; p++) {
      b->price[p]    = EUR(RandomBelow(&seed, 90)) - EUR(20) + RandomBelow(&seed, 1000);
      b->asset_wh[p] = p % 2 ? -RandomBelow(&seed, 30000) : RandomBelow(&seed, 30000);
      if (p % 2) b->asset[p].kind = FACTS_LOAD;
    }
    if (b->rules.mechanism != LOCAL_MID_MARKET) BookRandom(b, (size_t)RandomBelow(&seed, 20), 30000, &seed);
    BookClear(b);
    Settle(b, &list);
    AssertBudget(b, &list);
    AssertNoUnitIsLost(b, &list);
    traded += b->out.n;
    TransfersFree(&list);
    BookClose(b);
  }
  assert_true(traded > 4000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(TheExampleOfTheDocumentComesOut),
      cmocka_unit_test(PayAsBidLeavesItsSpreadWithTheFees),
      cmocka_unit_test(BooksBalanceWhateverTheMechanism),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
