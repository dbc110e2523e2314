/* What must hold of any contracts on any facts. */
#include "tests/market/random_contract.h"

enum { ROUNDS = 400, CONTRACTS_MOST = 12 };

typedef struct {
  Deliveries  deliveries;
  Transfers   transfers;
  MarketBytes state;
} Outcome;

static Grid        grid;
static RandomStore store[CONTRACTS_MOST];
static Contract    contract[CONTRACTS_MOST];
static int         n_contracts;

static void Draw(uint64_t *seed)
{
  RandomFacts(&grid, seed);
  n_contracts = 1 + (int)RandomUpTo(seed, CONTRACTS_MOST - 1);
  for (int k = 0; k < n_contracts; k++) contract[k] = RandomContract(k, &store[k], seed);
}

/* The contracts in the order of first, first + step, ... */
static Contracts Deploy(int first, int step)
{
  Contracts   contracts = NULL;
  MarketError error     = {0};

  assert_int_equal(ContractsCreate(&contracts, &error), MARKET_OK);
  for (int k = 0; k < n_contracts; k++)
    GridAdd(contracts, &contract[((first + k * step) % n_contracts + n_contracts) % n_contracts]);
  return contracts;
}

static void Execute(Contracts contracts, Facts facts, const MarketBytes *before, Outcome *outcome)
{
  MarketError error = {0};

  *outcome = (Outcome){0};
  if (ContractsExecute(contracts, facts, before, &outcome->state, &outcome->deliveries, &outcome->transfers, &error) !=
      MARKET_OK)
    fail_msg("%s", error.text);
}

static void Release(Outcome *outcome)
{
  DeliveriesFree(&outcome->deliveries);
  TransfersFree(&outcome->transfers);
  MarketBytesFree(&outcome->state);
}

static void AssertSameDelivery(const Delivery *a, const Delivery *b, uint32_t offset)
{
  assert_int_equal(a->interval, b->interval + offset);
  assert_int_equal(a->seller, b->seller);
  assert_int_equal(a->buyer, b->buyer);
  assert_int_equal(a->seller_bus, b->seller_bus);
  assert_int_equal(a->buyer_bus, b->buyer_bus);
  assert_int_equal(a->seller_asset, b->seller_asset);
  assert_int_equal(a->buyer_asset, b->buyer_asset);
  assert_int_equal(a->wh, b->wh);
  assert_int_equal(a->seller_price, b->seller_price);
  assert_memory_equal(a->reference, b->reference, 32);
}

static void AssertSameTransfer(const Transfer *a, const Transfer *b, uint32_t offset)
{
  assert_int_equal(a->kind, b->kind);
  assert_int_equal(a->interval, b->interval + offset);
  assert_int_equal(a->payee, b->payee);
  assert_int_equal(a->payer, b->payer);
  assert_int_equal(a->quantity, b->quantity);
  assert_int_equal(a->price, b->price);
  assert_int_equal(a->amount, b->amount);
  assert_memory_equal(a->reference, b->reference, 32);
}

static void TheOrderOfArrivalMakesNoDifference(void **state)
{
  uint64_t seed = 1;

  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    Contracts forward, backward;
    Outcome   a, b;
    Draw(&seed);
    forward  = Deploy(0, 1);
    backward = Deploy(n_contracts - 1, -1);
    Execute(forward, &grid.facts, NULL, &a);
    Execute(backward, &grid.facts, NULL, &b);
    assert_int_equal(a.deliveries.n, b.deliveries.n);
    assert_int_equal(a.transfers.n, b.transfers.n);
    for (size_t k = 0; k < a.deliveries.n; k++)
      AssertSameDelivery(&a.deliveries.delivery[k], &b.deliveries.delivery[k], 0);
    for (size_t k = 0; k < a.transfers.n; k++)
      AssertSameTransfer(&a.transfers.transfer[k], &b.transfers.transfer[k], 0);
    assert_int_equal(a.state.size, b.state.size);
    assert_memory_equal(a.state.data, b.state.data, a.state.size);
    Release(&a);
    Release(&b);
    ContractsDestroy(&forward);
    ContractsDestroy(&backward);
  }
}

static const Contract *ByHash(Contracts contracts, const uint8_t *hash)
{
  for (size_t k = 0; k < ContractsCount(contracts); k++)
    if (!memcmp(ContractsHash(contracts, k), hash, 32)) return ContractsGet(contracts, k);
  fail_msg("a line refers to no contract");
  return NULL;
}

static int UnitOf(const Contract *c)
{
  static const char *const unit[] = {"wind farm", "battery", "village"};

  for (int a = 0; a < 3; a++)
    if (c->unit.kind && c->unit.name.length == strlen(unit[a]) && !memcmp(c->unit.name.bytes, unit[a], strlen(unit[a])))
      return a;
  return -1;
}

static void NothingIsDeliveredThatWasNotMetered(void **state)
{
  uint64_t seed   = 2;
  size_t   scarce = 0;

  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    Contracts contracts;
    Outcome   o;
    int64_t   out[GRID_T][3] = {{0}}, in[GRID_T] = {0}, down[GRID_T] = {0};
    Draw(&seed);
    contracts = Deploy(0, 1);
    Execute(contracts, &grid.facts, NULL, &o);
    for (size_t k = 0; k < o.deliveries.n; k++) {
      const Delivery *d = &o.deliveries.delivery[k];
      assert_true(d->wh > 0 && d->seller != d->buyer);
      if (d->seller_asset != DELIVERY_ANY_ASSET) out[d->interval][d->seller_asset] += d->wh;
      if (d->buyer_asset == BATTERY) in[d->interval] += d->wh;
    }
    for (size_t k = 0; k < o.transfers.n; k++) {
      const Transfer *x = &o.transfers.transfer[k];
      const Contract *c = ByHash(contracts, x->reference);
      if (x->kind == SETTLEMENT_CONTRACT_DIFFERENCE) out[x->interval][UnitOf(c)] += x->quantity;
      if (x->kind == SETTLEMENT_CONTRACT_RESPONSE && c->quantity == CONTRACT_CURTAILMENT)
        down[x->interval] += x->quantity;
    }
    for (int t = 0; t < GRID_T; t++) {
      const int64_t *wh       = &grid.asset_wh[t * GRID_ASSETS];
      const int64_t  response = grid.baseline_wh[t * GRID_ASSETS + VILLAGE] + wh[VILLAGE];
      assert_true(out[t][WIND] <= wh[WIND]);
      assert_true(out[t][BATTERY] <= (wh[BATTERY] > 0 ? wh[BATTERY] : 0));
      assert_true(in[t] <= (wh[BATTERY] < 0 ? -wh[BATTERY] : 0));
      assert_true(down[t] <= (response > 0 ? response : 0));
      scarce += wh[WIND] > 0 && out[t][WIND] == wh[WIND];
    }
    Release(&o);
    ContractsDestroy(&contracts);
  }
  assert_true(scarce > 100); /* the bound was met, not merely kept */
}

static void TransfersSumToZeroAndCapAndFloorHold(void **state)
{
  uint64_t seed   = 3;
  size_t   capped = 0, kinds = 0;

  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    Contracts contracts;
    Outcome   o;
    int64_t   net[GRID_PARTIES] = {0}, sum = 0;
    Draw(&seed);
    contracts = Deploy(0, 1);
    Execute(contracts, &grid.facts, NULL, &o);
    for (size_t k = 0; k < o.transfers.n; k++) {
      const Transfer *x      = &o.transfers.transfer[k];
      int64_t         amount = 0;
      assert_int_not_equal(x->payee, x->payer);
      assert_int_equal(MoneyFromEnergy(x->price, x->quantity, &amount), MARKET_OK);
      assert_int_equal(x->amount, amount);
      assert_true(x->quantity > 0);
      net[x->payee] += x->amount;
      net[x->payer] -= x->amount;
      kinds |= 1u << (x->kind - SETTLEMENT_CONTRACT_ENERGY);
    }
    for (int p = 0; p < GRID_PARTIES; p++) sum += net[p];
    assert_int_equal(sum, 0);
    for (size_t k = 0; k < o.deliveries.n; k++) {
      const Delivery *d = &o.deliveries.delivery[k];
      const Contract *c = ByHash(contracts, d->reference);
      if (c->price_kind != CONTRACT_PRICE_INDEXED || d->buyer_asset == BATTERY) continue;
      if (c->has_cap) assert_true(d->seller_price <= c->cap);
      if (c->has_floor) assert_true(d->seller_price >= c->floor);
      capped += c->has_cap && d->seller_price == c->cap;
    }
    Release(&o);
    ContractsDestroy(&contracts);
  }
  assert_true(capped > 10);
  assert_int_equal(kinds, 0x3E); /* every kind of transfer came up */
}

/* Pool and two-way contract together: strike x energy, to within the rounding of the two amounts. */
static void ATwoWayContractForDifferenceMakesBothSidesSeeTheStrike(void **state)
{
  uint64_t seed = 4;
  size_t   seen = 0;

  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    Contract  c = GridContract("cfd");
    Contracts contracts;
    Outcome   o;
    RandomFacts(&grid, &seed);
    c.price = RandomUpTo(&seed, 200 * MILLION);
    c.share = 1 + (uint32_t)RandomUpTo(&seed, CONTRACT_WHOLE - 1);
    GridSetPrice(&c, CONTRACT_PRICE_DIFFERENCE);
    n_contracts = 1;
    contract[0] = c;
    contracts   = Deploy(0, 1);
    Execute(contracts, &grid.facts, NULL, &o);
    for (size_t k = 0; k < o.transfers.n; k++) {
      const Transfer *x    = &o.transfers.transfer[k];
      int64_t         pool = 0, strike = 0;
      assert_int_equal(MoneyFromEnergy(grid.price[x->interval * GRID_BUSES], x->quantity, &pool), MARKET_OK);
      assert_int_equal(MoneyFromEnergy(c.price, x->quantity, &strike), MARKET_OK);
      assert_int_equal(x->payee, COOP);
      assert_in_range(pool + x->amount - strike + 1, 0, 2); /* the seller receives, the buyer pays, both the same sum */
      seen++;
    }
    Release(&o);
    ContractsDestroy(&contracts);
  }
  assert_true(seen > ROUNDS);
}

/* Half of the grid's window. */
static void Half(int half, struct _s_Facts *facts)
{
  const size_t t = (size_t)half * GRID_T / 2;

  *facts = grid.facts;
  facts->window_start += half * GRID_T / 2 * 3600;
  facts->intervals          = GRID_T / 2;
  facts->level_wh           = grid.level_wh + t * GRID_ASSETS;
  facts->baseline_wh        = grid.baseline_wh + t * GRID_ASSETS;
  facts->day_ahead.price    = grid.price + t * GRID_BUSES;
  facts->day_ahead.asset_wh = grid.asset_wh + t * GRID_ASSETS;
}

static void AWindowInTwoPartsComesToTheSame(void **state)
{
  uint64_t seed = 5;
  size_t   open = 0;

  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    struct _s_Facts first, second;
    Contracts       contracts;
    Outcome         whole, a, b;
    Draw(&seed);
    for (int k = 0; k < n_contracts; k++) contract[k].per = CONTRACT_PER_CONTRACT;
    Half(0, &first);
    Half(1, &second);
    contracts = Deploy(0, 1);
    Execute(contracts, &grid.facts, NULL, &whole);
    Execute(contracts, &first, NULL, &a);
    Execute(contracts, &second, &a.state, &b);
    assert_int_equal(whole.deliveries.n, a.deliveries.n + b.deliveries.n);
    assert_int_equal(whole.transfers.n, a.transfers.n + b.transfers.n);
    for (size_t k = 0; k < whole.deliveries.n; k++)
      AssertSameDelivery(&whole.deliveries.delivery[k],
                         k < a.deliveries.n ? &a.deliveries.delivery[k] : &b.deliveries.delivery[k - a.deliveries.n],
                         k < a.deliveries.n ? 0 : GRID_T / 2);
    for (size_t k = 0; k < whole.transfers.n; k++)
      AssertSameTransfer(&whole.transfers.transfer[k],
                         k < a.transfers.n ? &a.transfers.transfer[k] : &b.transfers.transfer[k - a.transfers.n],
                         k < a.transfers.n ? 0 : GRID_T / 2);
    assert_int_equal(whole.state.size, b.state.size);
    assert_memory_equal(whole.state.data, b.state.data, b.state.size);
    open += a.state.size > 5;
    Release(&whole);
    Release(&a);
    Release(&b);
    ContractsDestroy(&contracts);
  }
  assert_true(open > 50);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(TheOrderOfArrivalMakesNoDifference),
      cmocka_unit_test(NothingIsDeliveredThatWasNotMetered),
      cmocka_unit_test(TransfersSumToZeroAndCapAndFloorHold),
      cmocka_unit_test(ATwoWayContractForDifferenceMakesBothSidesSeeTheStrike),
      cmocka_unit_test(AWindowInTwoPartsComesToTheSame),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
