/* Transfers, and deliveries settled on net positions. */
#include "market/account.h"
#include "market/money.h"
#include "market/settlement.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

/* Bus k (number 11 + k, price prices[k]) is the home of participant k, whose one asset injects mw[k]. Buses 0 and 1 are
   in the region north, the others in the south. No network: what the buses trade physically is unaccounted. */
enum { HOMES = 5 };
static const char *const names[] = {"a", "b", "c", "d", "e"}, *const regions[] = {"north", "south"};
static const int32_t numbers[] = {11, 12, 13, 14, 15}, homes[] = {0, 0, 1, 1, 1};
static const double  apart[] = {20, 35, 50, -10, 28}, level[] = {30.123457, 30.123457, 30.123457, 30.123457, 30.123457};

static Facts Homes(const double *prices, const double *mw)
{
  FactsAssetInput asset[HOMES];
  FactsInput      in    = {.study            = "homes",
                           .policy           = "base",
                           .currency         = "EUR",
                           .intervals        = 1,
                           .step_hours       = 1,
                           .n_regions        = 2,
                           .n_participants   = HOMES,
                           .n_buses          = HOMES,
                           .n_assets         = HOMES,
                           .region_name      = regions,
                           .participant_name = names,
                           .bus_number       = numbers,
                           .bus_region       = homes,
                           .asset            = asset,
                           .day_ahead        = {.price = prices, .asset_mw = mw}};
  Facts           facts = NULL;
  MarketError     error;

  error.text[0] = 0;
  for (int k = 0; k < HOMES; k++)
    asset[k] = (FactsAssetInput){.kind = FACTS_GENERATOR, .participant = k, .bus = k, .name = names[k]};
  if (FactsCreate(&in, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  return facts;
}

static const double idle[HOMES];

static Delivery From(uint32_t seller, uint32_t buyer, int64_t wh, int64_t price)
{
  return (Delivery){.kind         = SETTLEMENT_TRADE,
                    .seller       = seller,
                    .buyer        = buyer,
                    .seller_bus   = seller,
                    .buyer_bus    = buyer,
                    .seller_asset = seller,
                    .buyer_asset  = DELIVERY_ANY_ASSET,
                    .wh           = wh,
                    .seller_price = price,
                    .buyer_price  = price};
}

static void Deliver(Deliveries *list, Facts f, uint32_t seller, uint32_t buyer, int64_t wh, int64_t price)
{
  Delivery    d = From(seller, buyer, wh, price);
  MarketError error;

  error.text[0] = 0;
  if (DeliveriesAdd(list, f, &d, &error) != MARKET_OK) fail_msg("%s", error.text);
}

static Transfers Settled(Facts f, Deliveries *list, int64_t fee)
{
  Transfers   transfers = {0};
  MarketError error;

  error.text[0] = 0;
  if (DeliveriesSettle(f, list, fee, &transfers, &error) != MARKET_OK) fail_msg("%s", error.text);
  return transfers;
}

/* What an account receives by the transfers of a kind; -1: of any kind. */
static int64_t Received(const Transfers *list, uint32_t account, int kind)
{
  int64_t sum = 0;

  for (size_t k = 0; k < list->n; k++) {
    const Transfer *t = &list->transfer[k];
    if (kind != -1 && (int)t->kind != kind) continue;
    if (t->payee == account) sum += t->amount;
    if (t->payer == account) sum -= t->amount;
  }
  return sum;
}

static int64_t Given(const Transfers *list, uint32_t account)
{
  int64_t sum = 0;

  for (size_t k = 0; k < list->n; k++) {
    if (list->transfer[k].payee == account) sum += list->transfer[k].quantity;
    if (list->transfer[k].payer == account) sum -= list->transfer[k].quantity;
  }
  return sum;
}

static int64_t Fees(const Transfers *list, Facts f)
{
  int64_t sum = 0;

  for (size_t r = 0; r < f->n_regions; r++) sum += Received(list, AccountIndex(f->n_participants, ACCOUNT_FEES, r), -1);
  return sum;
}

static void AWayIsPaidByTheBuyer(void **state)
{
  Facts      f    = Homes(apart, idle);
  Deliveries list = {0};
  Transfers  t;

  (void)state;
  Deliver(&list, f, 0, 1, 2000000, 25000000); /* 2 MWh at 25 from 20 to 35 */
  t = Settled(f, &list, 3000000);             /* and 3 for each MWh */
  assert_int_equal(Received(&t, 0, SETTLEMENT_TRADE), 50000000);
  assert_int_equal(Received(&t, 0, SETTLEMENT_TRADE_POOL), -40000000);
  assert_int_equal(Received(&t, 1, SETTLEMENT_TRADE), -50000000);
  assert_int_equal(Received(&t, 1, SETTLEMENT_TRADE_POOL), 70000000);
  assert_int_equal(Received(&t, 1, SETTLEMENT_GRID_FEE), -30000000 - 6000000);
  assert_int_equal(Received(&t, 0, SETTLEMENT_GRID_FEE), 0);
  assert_int_equal(Fees(&t, f), 6000000);
  assert_int_equal(Given(&t, 0), 0); /* sold, and taken back from the pool */
  assert_int_equal(Given(&t, 1), 0);
  assert_int_equal(t.n, 5);
  assert_int_equal(t.transfer[0].payee_bus, 11);
  assert_int_equal(t.transfer[0].payer_bus, 12);
  assert_memory_equal(t.transfer[0].detail.bytes, "a", 1); /* the seller's unit */
  assert_memory_equal(t.transfer[4].detail.bytes, "locational", 10);
  TransfersFree(&t);
  DeliveriesFree(&list);
  FactsDestroy(&f);
}

/* a to b to c to d: c and b, who keep nothing, pay no way, and d pays that from a. */
static void AChainPaysOneWay(void **state)
{
  Facts      f      = Homes(apart, idle);
  Deliveries direct = {0}, chain = {0};
  Transfers  t, u;

  (void)state;
  Deliver(&direct, f, 0, 3, 123457, 41000000);
  for (uint32_t k = 0; k < 3; k++) Deliver(&chain, f, k, k + 1, 123457, 41000000);
  t = Settled(f, &direct, 1000000);
  u = Settled(f, &chain, 1000000);
  for (uint32_t k = 0; k < HOMES; k++) assert_int_equal(Received(&t, k, -1), Received(&u, k, -1));
  for (uint32_t k = 1; k < 3; k++) {
    assert_int_equal(Received(&u, k, SETTLEMENT_GRID_FEE), 0);
    assert_int_equal(Received(&u, k, SETTLEMENT_TRADE_POOL), 0);
  }
  assert_int_equal(Received(&u, 3, SETTLEMENT_GRID_FEE), 3703710 - 123457); /* 30 less a MWh down to -10: it is paid */
  TransfersFree(&t);
  TransfersFree(&u);
  DeliveriesFree(&direct);
  DeliveriesFree(&chain);
  FactsDestroy(&f);
}

/* c buys 1 MWh of a (20) and 3 of b (35), keeps 2 and sells 1 each to d and e, who buy their parts of the mixture: 31.25 a
   MWh where it was fed in. */
static void AMiddlemanPassesOnAMixture(void **state)
{
  Facts      f    = Homes(apart, idle);
  Deliveries list = {0};
  Transfers  t;

  (void)state;
  Deliver(&list, f, 0, 2, 1000000, 0);
  Deliver(&list, f, 1, 2, 3000000, 0);
  Deliver(&list, f, 2, 3, 1000000, 0);
  Deliver(&list, f, 2, 4, 1000000, 0);
  t = Settled(f, &list, 0);
  assert_int_equal(Received(&t, 2, SETTLEMENT_GRID_FEE), -2 * (50000000 - 31250000));
  assert_int_equal(Received(&t, 3, SETTLEMENT_GRID_FEE), 10000000 + 31250000);
  assert_int_equal(Received(&t, 4, SETTLEMENT_GRID_FEE), -(28000000 - 31250000));
  assert_int_equal(Received(&t, 0, SETTLEMENT_GRID_FEE) | Received(&t, 1, SETTLEMENT_GRID_FEE), 0);
  assert_int_equal(Fees(&t, f), 0);
  TransfersFree(&t);
  DeliveriesFree(&list);
  FactsDestroy(&f);
}

/* Energy sold in a circle goes nowhere: what else is bought pays as if the circle were not there. */
static void CirclesGoNowhere(void **state)
{
  Facts      f    = Homes(apart, idle);
  Deliveries with = {0}, without = {0};
  Transfers  t, u;

  (void)state;
  Deliver(&without, f, 3, 1, 700001, 40000000);
  Deliver(&with, f, 3, 1, 700001, 40000000);
  for (uint32_t k = 0; k < 3; k++) Deliver(&with, f, k, (k + 1) % 3, 500000, 40000000);
  t = Settled(f, &with, 1000);
  u = Settled(f, &without, 1000);
  for (uint32_t k = 0; k < HOMES; k++) assert_int_equal(Received(&t, k, -1), Received(&u, k, -1));
  TransfersFree(&t);
  TransfersFree(&u);
  DeliveriesFree(&with);
  DeliveriesFree(&without);
  FactsDestroy(&f);
}

static void SpreadsStayWithTheMarket(void **state)
{
  Facts      f    = Homes(level, idle);
  Deliveries list = {0};
  Delivery   d    = From(0, 2, 333333, 10000001);
  Transfers  t;

  (void)state;
  d.buyer_price = 20000003;
  assert_int_equal(DeliveriesAdd(&list, f, &d, NULL), MARKET_OK);
  t = Settled(f, &list, 0);
  assert_int_equal(Received(&t, 0, SETTLEMENT_TRADE), 3333330);
  assert_int_equal(Received(&t, 2, SETTLEMENT_TRADE) + Received(&t, 2, SETTLEMENT_TRADE_SPREAD), -6666661);
  assert_int_equal(Received(&t, AccountIndex(HOMES, ACCOUNT_FEES, 1), SETTLEMENT_TRADE_SPREAD), 3333331);
  assert_int_equal(Received(&t, 2, SETTLEMENT_GRID_FEE), 0);
  TransfersFree(&t);
  DeliveriesFree(&list);
  FactsDestroy(&f);
}

/* Deliveries between the participants and buses of a random study. */
static Deliveries RandomDeliveries(Facts f, uint64_t *seed, size_t n)
{
  Deliveries list = {0};

  for (size_t k = 0; k < n && f->n_participants > 1; k++) {
    Delivery d    = {.kind         = RandomBelow(seed, 2) ? SETTLEMENT_TRADE : SETTLEMENT_CONTRACT_ENERGY,
                     .interval     = (uint32_t)RandomBelow(seed, f->intervals),
                     .seller       = (uint32_t)RandomBelow(seed, f->n_participants),
                     .buyer        = (uint32_t)RandomBelow(seed, f->n_participants),
                     .seller_bus   = (uint32_t)RandomBelow(seed, f->n_buses),
                     .buyer_bus    = (uint32_t)RandomBelow(seed, f->n_buses),
                     .seller_asset = DELIVERY_ANY_ASSET,
                     .buyer_asset  = DELIVERY_ANY_ASSET,
                     .wh           = 1 + RandomBelow(seed, 3000000),
                     .seller_price = RandomBelow(seed, 100000000) - 10000000};
    d.buyer_price = d.seller_price + RandomBelow(seed, 2) * RandomBelow(seed, 1000000);
    if (d.buyer == d.seller) d.buyer = (d.seller + 1) % f->n_participants;
    assert_int_equal(DeliveriesAdd(&list, f, &d, NULL), MARKET_OK);
  }
  return list;
}

static Facts FactsOf(RandomStudy *study)
{
  Facts       facts = NULL;
  MarketError error;

  error.text[0] = 0;
  if (FactsCreate(&study->in, &facts, &error) != MARKET_OK) fail_msg("%s", error.text);
  return facts;
}

static void AssertSameTransfers(const Transfers *a, const Transfers *b)
{
  assert_int_equal(a->n, b->n);
  for (size_t k = 0; k < a->n; k++) assert_int_equal(TransferCompare(&a->transfer[k], &b->transfer[k]), 0);
}

static void OrderOfDeliveriesDoesNotMatter(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 60; k++) {
    RandomStudy *study = RandomStudyCreate(6000 + k, 0);
    Facts        f     = FactsOf(study);
    Deliveries   list  = RandomDeliveries(f, &study->seed, 1 + (size_t)RandomBelow(&study->seed, 80));
    Transfers    t     = Settled(f, &list, 12345), u;
    for (size_t n = list.n; n > 1; n--) {
      size_t   at          = (size_t)RandomBelow(&study->seed, n);
      Delivery kept        = list.delivery[n - 1];
      list.delivery[n - 1] = list.delivery[at];
      list.delivery[at]    = kept;
    }
    u = Settled(f, &list, 12345);
    AssertSameTransfers(&t, &u);
    for (size_t n = 1; n < t.n; n++) assert_true(TransferCompare(&t.transfer[n - 1], &t.transfer[n]) <= 0);
    TransfersFree(&t);
    TransfersFree(&u);
    DeliveriesFree(&list);
    FactsDestroy(&f);
    free(study);
  }
}

/* Without fees by energy and spreads, the pool's and the grid's lines cancel over all participants, to within their
   rounding; and no participant's energy is moved by them beyond what it traded. */
static void FeesComeOutAtZero(void **state)
{
  int64_t largest = 0;

  (void)state;
  for (uint64_t k = 0; k < 100; k++) {
    RandomStudy *study = RandomStudyCreate(7000 + k, 0);
    Facts        f     = FactsOf(study);
    Deliveries   list  = RandomDeliveries(f, &study->seed, 1 + (size_t)RandomBelow(&study->seed, 120));
    Transfers    t;
    int64_t      lines = 0, fees = 0;
    for (size_t n = 0; n < list.n; n++) list.delivery[n].buyer_price = list.delivery[n].seller_price;
    t    = Settled(f, &list, 0);
    fees = Fees(&t, f);
    for (size_t n = 0; n < t.n; n++)
      lines += t.transfer[n].kind == SETTLEMENT_TRADE_POOL || t.transfer[n].kind == SETTLEMENT_GRID_FEE;
    assert_true(2 * llabs(fees) <= lines + (int64_t)list.n); /* fees that round to 0 have no line */
    for (uint32_t p = 0; p < f->n_participants; p++) assert_int_equal(Given(&t, p), 0);
    if (llabs(fees) > largest) largest = llabs(fees);
    TransfersFree(&t);
    DeliveriesFree(&list);
    FactsDestroy(&f);
    free(study);
  }
  assert_true(largest > 0);
}

static void EqualPricesLeaveOnlyPayments(void **state)
{
  (void)state;
  for (uint64_t k = 0; k < 60; k++) {
    RandomStudy *study = RandomStudyCreate(8000 + k, 0);
    Facts        f;
    Deliveries   list;
    Transfers    t;
    for (size_t n = 0; n < RANDOM_HOURS * study->in.n_buses; n++)
      study->ahead.price[n] = 17.000001 * (double)(1 + n / study->in.n_buses);
    f    = FactsOf(study);
    list = RandomDeliveries(f, &study->seed, 100);
    t    = Settled(f, &list, 0);
    for (size_t n = 0; n < t.n; n++) assert_int_not_equal(t.transfer[n].kind, SETTLEMENT_GRID_FEE);
    TransfersFree(&t);
    DeliveriesFree(&list);
    FactsDestroy(&f);
    free(study);
  }
}

/* A buyer never pays more than from the cheapest price of all net sellers, never less than from the dearest. */
static void FeesLieBetweenTheSellersPrices(void **state)
{
  int fees = 0;

  (void)state;
  for (uint64_t k = 0; k < 60; k++) {
    RandomStudy *study = RandomStudyCreate(9000 + k, 0);
    Facts        f;
    Deliveries   list;
    Transfers    t;
    study->in.intervals = 1;
    f                   = FactsOf(study);
    list                = RandomDeliveries(f, &study->seed, 2 + (size_t)RandomBelow(&study->seed, 20));
    t                   = Settled(f, &list, 0);
    for (size_t n = 0; n < t.n; n++) {
      const Transfer *fee = &t.transfer[n];
      int64_t         low = INT64_MAX, high = INT64_MIN, own = 0, price = 0;
      if (fee->kind != SETTLEMENT_GRID_FEE) continue;
      for (size_t m = 0; m < t.n; m++) {
        const Transfer *pool = &t.transfer[m];
        if (pool->kind != SETTLEMENT_TRADE_POOL) continue;
        if (pool->payee == fee->payer && pool->payee_bus == fee->payer_bus) {
          own   = pool->quantity;
          price = pool->price;
        } else if (pool->payer < f->n_participants) {
          low  = pool->price < low ? pool->price : low;
          high = pool->price > high ? pool->price : high;
        }
      }
      assert_true(own > 0);
      assert_true((double)fee->amount <= (double)(price - low) * (double)own / 1e6 + 1);
      assert_true((double)fee->amount >= (double)(price - high) * (double)own / 1e6 - 1);
      fees++;
    }
    TransfersFree(&t);
    DeliveriesFree(&list);
    FactsDestroy(&f);
    free(study);
  }
  assert_true(fees > 100);
}

/* a and b feed in what c, d and e take, all of it traded: the pool's lines undo those of the assets. */
static void WhatIsTradedAsDispatchedLeavesThePool(void **state)
{
  static const double mw[] = {3, 2, -1, -2.5, -1.5};
  Facts               f    = Homes(apart, mw);
  Deliveries          list = {0};
  Transfers           t;
  Settlement          s           = NULL;
  int64_t             pool[HOMES] = {0}, energy[HOMES] = {0};

  (void)state;
  Deliver(&list, f, 0, 2, 1000000, 45000000);
  Deliver(&list, f, 0, 3, 2000000, 45000000);
  Deliver(&list, f, 1, 3, 500000, 45000000);
  Deliver(&list, f, 1, 4, 1500000, 45000000);
  t = Settled(f, &list, 0);
  assert_int_equal(SettlementCreate(f, &t, NULL, &s, NULL), MARKET_OK);
  for (size_t i = 0; i < s->n; i++) {
    const SettlementEntry *e = &s->entry[i];
    if (e->participant >= HOMES) continue;
    energy[e->participant] += e->quantity_wh;
    if (e->kind == SETTLEMENT_TRADE_POOL || e->kind < SETTLEMENT_TRADE) pool[e->participant] += e->amount;
  }
  for (int p = 0; p < HOMES; p++) {
    assert_int_equal(pool[p], 0);
    assert_int_equal(energy[p], llround(mw[p] * 1e6));
  }
  SettlementDestroy(&s);
  TransfersFree(&t);
  DeliveriesFree(&list);
  FactsDestroy(&f);
}

static void Refuse(Facts f, const Delivery *d, const char *text)
{
  Deliveries  list = {0}, forced = {1, 1, (Delivery[]){*d}};
  Transfers   transfers = {0};
  MarketError error;

  error.text[0] = 0;
  assert_int_equal(DeliveriesAdd(&list, f, d, &error), MARKET_BAD_INPUT);
  if (!strstr(error.text, text)) fail_msg("'%s' does not contain '%s'", error.text, text);
  assert_int_equal(list.n, 0);
  assert_int_equal(DeliveriesSettle(f, &forced, 0, &transfers, NULL), MARKET_BAD_INPUT);
  TransfersFree(&transfers);
}

static void BadDeliveriesAreRefused(void **state)
{
  Facts       f = Homes(apart, idle);
  Delivery    d;
  Deliveries  none      = {0};
  Transfers   transfers = {0};
  MarketError error;

  (void)state;
  d = From(0, 1, 0, 1), Refuse(f, &d, "a delivery is of 0 Wh; expected more than 0");
  d = From(0, 1, -5, 1), Refuse(f, &d, "a delivery is of -5 Wh");
  d = From(0, 0, 5, 1), Refuse(f, &d, "participant 0 delivers energy to itself");
  d = From(0, 1, 5, 1), d.buyer_price = 0, Refuse(f, &d, "expected no less than the seller's 1");
  d = From(0, 1, 5, 1), d.interval = 1, Refuse(f, &d, "a delivery has interval 1; expected 0 to 0");
  d = From(0, 1, 5, 1), d.buyer = HOMES, Refuse(f, &d, "a delivery has buyer 5; expected 0 to 4");
  d = From(0, 1, 5, 1), d.seller_bus = 7, Refuse(f, &d, "seller's bus row 7");
  d = From(0, 1, 5, 1), d.seller_asset = 3, Refuse(f, &d, "seller's asset 3 is another participant's");
  d = From(0, 1, 5, 1), d.kind = SETTLEMENT_GRID_FEE, Refuse(f, &d, "kind 0x0303 is none of a delivery");
  assert_int_equal(DeliveriesSettle(f, &none, -1, &transfers, &error), MARKET_BAD_INPUT);
  assert_non_null(strstr(error.text, "the fee on traded energy is -1"));
  assert_int_equal(DeliveriesSettle(f, &none, 0, &transfers, &error), MARKET_OK);
  assert_int_equal(transfers.n, 0);
  FactsDestroy(&f);
}

static void HugeDeliveriesOverflowWithAMessage(void **state)
{
  static const double dear[] = {9e9, -9e9, 0, 0, 0};
  Facts               f      = Homes(dear, idle);
  Deliveries          list   = {0};
  Transfers           t      = {0};
  MarketError         error;

  (void)state;
  Deliver(&list, f, 0, 1, INT64_MAX, 1);
  assert_int_equal(DeliveriesSettle(f, &list, 0, &t, &error), MARKET_OVERFLOW); /* the pool's line */
  Deliver(&list, f, 0, 1, INT64_MAX, 1);
  assert_int_equal(DeliveriesSettle(f, &list, 0, &t, &error), MARKET_OVERFLOW); /* the sum of both */
  DeliveriesFree(&list);
  Deliver(&list, f, 0, 1, INT64_MAX, INT64_MAX);
  assert_int_equal(DeliveriesSettle(f, &list, 0, &t, &error), MARKET_OVERFLOW); /* the payment */
  TransfersFree(&t);
  DeliveriesFree(&list);
  FactsDestroy(&f);
}

static void RefuseTransfer(Facts f, const Transfer *t, MarketStatus status, const char *text)
{
  Transfers   list = {0}, forced = {1, 1, (Transfer[]){*t}};
  Settlement  s;
  MarketError error;

  error.text[0] = 0;
  assert_int_equal(TransfersAdd(&list, f, t, &error), status);
  if (!strstr(error.text, text)) fail_msg("'%s' does not contain '%s'", error.text, text);
  assert_int_not_equal(SettlementCreate(f, &forced, NULL, &s, NULL), MARKET_OK);
  assert_null(s);
}

static void BadTransfersAreRefused(void **state)
{
  Facts          f    = Homes(apart, idle);
  uint32_t       fees = AccountIndex(HOMES, ACCOUNT_FEES, 1);
  const Transfer good = {.kind         = SETTLEMENT_CONTRACT_CAPACITY,
                         .payee        = 0,
                         .payer        = fees,
                         .payer_region = 1,
                         .amount       = 5,
                         .detail       = EntryTextOf("")};
  Transfers      list = {0};
  Transfer       t;

  (void)state;
  assert_int_equal(TransfersAdd(&list, f, &good, NULL), MARKET_OK);
  t = good, t.kind = SETTLEMENT_LOSSES, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "kind 0x0803 is none of a transfer");
  t = good, t.kind = (SettlementKind)0x0399, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "kind 0x0399");
  t = good, t.payer = 0, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "account 0 pays itself");
  t = good, t.payee = 26,
  RefuseTransfer(f, &t, MARKET_BAD_INPUT, "the payee of a transfer is account 26; expected 0 to 25");
  t = good, t.payee_region = 2, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "stands in region 2; there are 2 regions");
  t = good, t.payer_region = 0, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "an account of region 1; expected region 0");
  t = good, t.interval = 1, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "interval 1; the window has 1");
  t = good, t.amount = INT64_MIN, RefuseTransfer(f, &t, MARKET_OVERFLOW, "no opposite");
  t = good, t.price = 3, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "without a price");
  t = good, t.kind = SETTLEMENT_CARBON, RefuseTransfer(f, &t, MARKET_BAD_INPUT, "between regions 0 and 1");
  t = good, t.has_price = true, t.price = t.quantity = INT64_MAX;
  RefuseTransfer(f, &t, MARKET_OVERFLOW, "more money than 64 bits hold");
  TransfersFree(&list);
  FactsDestroy(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(AWayIsPaidByTheBuyer),
      cmocka_unit_test(AChainPaysOneWay),
      cmocka_unit_test(AMiddlemanPassesOnAMixture),
      cmocka_unit_test(CirclesGoNowhere),
      cmocka_unit_test(SpreadsStayWithTheMarket),
      cmocka_unit_test(OrderOfDeliveriesDoesNotMatter),
      cmocka_unit_test(FeesComeOutAtZero),
      cmocka_unit_test(EqualPricesLeaveOnlyPayments),
      cmocka_unit_test(FeesLieBetweenTheSellersPrices),
      cmocka_unit_test(WhatIsTradedAsDispatchedLeavesThePool),
      cmocka_unit_test(BadDeliveriesAreRefused),
      cmocka_unit_test(HugeDeliveriesOverflowWithAMessage),
      cmocka_unit_test(BadTransfersAreRefused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
