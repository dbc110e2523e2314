/* Executing contracts on the grid of contract_grid.h, and saying what must come out. */
#ifndef ARCHIPELAGO_TESTS_CONTRACT_RUN_H
#define ARCHIPELAGO_TESTS_CONTRACT_RUN_H

#include "tests/market/contract_example.h"

static Grid        grid;
static Contracts   contracts;
static Deliveries  deliveries;
static Transfers   transfers;
static MarketBytes carried;
static MarketError error;

static inline int Begin(void **state)
{
  (void)state;
  GridSetUp(&grid);
  return ContractsCreate(&contracts, &error);
}

static inline int End(void **state)
{
  (void)state;
  ContractsDestroy(&contracts);
  DeliveriesFree(&deliveries);
  TransfersFree(&transfers);
  MarketBytesFree(&carried);
  return 0;
}

/* Executes the grid's window with the state that the call before left. */
static inline MarketStatus Execute(void)
{
  MarketBytes  after = {0};
  MarketStatus status;

  DeliveriesFree(&deliveries);
  TransfersFree(&transfers);
  error  = (MarketError){0};
  status = ContractsExecute(contracts, &grid.facts, &carried, &after, &deliveries, &transfers, &error);
  MarketBytesFree(&carried);
  carried = after;
  return status;
}

static inline void Run(const Contract *c)
{
  if (c) GridAdd(contracts, c);
  if (Execute() != MARKET_OK) fail_msg("%s", error.text);
}

/* Forgets contracts and state. */
static inline void Restart(void)
{
  ContractsDestroy(&contracts);
  MarketBytesFree(&carried);
  assert_int_equal(ContractsCreate(&contracts, &error), MARKET_OK);
}

typedef struct {
  uint32_t t, from, to; /* interval, seller or payee, buyer or payer */
  int64_t  wh, price;   /* price in millionths per MWh */
} Line;

static inline void AssertDeliveries(const Line *line, size_t n)
{
  assert_int_equal(deliveries.n, n);
  for (size_t k = 0; k < n; k++) {
    const Delivery *d = &deliveries.delivery[k];
    assert_int_equal(d->kind, SETTLEMENT_CONTRACT_ENERGY);
    assert_int_equal(d->interval, line[k].t);
    assert_int_equal(d->seller, line[k].from);
    assert_int_equal(d->buyer, line[k].to);
    assert_int_equal(d->wh, line[k].wh);
    assert_int_equal(d->seller_price, line[k].price);
    assert_int_equal(d->buyer_price, line[k].price);
    assert_true(d->has_reference);
  }
}

static inline void AssertTransfers(SettlementKind kind, const Line *line, size_t n)
{
  size_t found = 0;

  for (size_t k = 0; k < transfers.n; k++) {
    const Transfer *x      = &transfers.transfer[k];
    int64_t         amount = 0;
    if (x->kind != kind) continue;
    if (found == n) fail_msg("more than %zu transfers of this kind", n);
    assert_int_equal(x->interval, line[found].t);
    assert_int_equal(x->payee, line[found].from);
    assert_int_equal(x->payer, line[found].to);
    assert_int_equal(x->quantity, line[found].wh);
    assert_true(x->has_price && x->has_reference);
    assert_int_equal(x->price, line[found].price);
    assert_int_equal(MoneyFromEnergy(x->price, x->quantity, &amount), MARKET_OK);
    assert_int_equal(x->amount, amount);
    assert_int_equal(x->payee_region, grid.participant_region[x->payee]);
    assert_int_equal(x->payer_region, grid.participant_region[x->payer]);
    found++;
  }
  assert_int_equal(found, n);
}

#define LINES(...) (const Line[]){__VA_ARGS__}, sizeof((const Line[]){__VA_ARGS__}) / sizeof(Line)
#define EUR(x) ((int64_t)((x)*1000000.0 + ((x) < 0 ? -0.5 : 0.5)))

/* Wh delivered under a contract in interval t. */
static inline int64_t DeliveredUnder(const char *name, uint32_t t)
{
  for (size_t k = 0; k < deliveries.n; k++)
    if (deliveries.delivery[k].interval == t && deliveries.delivery[k].detail.length == strlen(name) &&
        !memcmp(deliveries.delivery[k].detail.bytes, name, strlen(name)))
      return deliveries.delivery[k].wh;
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, Begin, End)

#endif
