/* Execution of contracts, against numbers reckoned by hand. */
#include "ledger/hash.h"
#include "tests/market/contract_example.h"

static Grid        grid;
static Contracts   contracts;
static Deliveries  deliveries;
static Transfers   transfers;
static MarketBytes carried;
static MarketError error;

static int Begin(void **state)
{
  (void)state;
  GridSetUp(&grid);
  return ContractsCreate(&contracts, &error);
}

static int End(void **state)
{
  (void)state;
  ContractsDestroy(&contracts);
  DeliveriesFree(&deliveries);
  TransfersFree(&transfers);
  MarketBytesFree(&carried);
  return 0;
}

/* Executes the grid's window with the state that the call before left. */
static MarketStatus Execute(void)
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

static void Run(const Contract *c)
{
  if (c) GridAdd(contracts, c);
  if (Execute() != MARKET_OK) fail_msg("%s", error.text);
}

/* Forgets contracts and state. */
static void Restart(void)
{
  ContractsDestroy(&contracts);
  MarketBytesFree(&carried);
  assert_int_equal(ContractsCreate(&contracts, &error), MARKET_OK);
}

typedef struct {
  uint32_t t, from, to; /* interval, seller or payee, buyer or payer */
  int64_t  wh, price;   /* price in millionths per MWh */
} Line;

static void AssertDeliveries(const Line *line, size_t n)
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

static void AssertTransfers(SettlementKind kind, const Line *line, size_t n)
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

/* --- Quantities, at a fixed price --- */

static void AShareOfAUnitFollowsItsOutputRoundedDown(void **state)
{
  Contract c = GridContract("ppa");

  (void)state;
  c.share = 400000;
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 400000, EUR(50)}, {1, COOP, HOUSEHOLDS, 240000, EUR(50)},
                         {2, COOP, HOUSEHOLDS, 100000, EUR(50)}, {3, COOP, HOUSEHOLDS, 360000, EUR(50)}));
  assert_int_equal(transfers.n, 0);
  assert_int_equal(deliveries.delivery[0].seller_asset, WIND);
  assert_int_equal(deliveries.delivery[0].seller_bus, 0);
  assert_int_equal(deliveries.delivery[0].buyer_bus, 1);
  assert_int_equal(deliveries.delivery[0].buyer_asset, DELIVERY_ANY_ASSET);
  assert_memory_equal(deliveries.delivery[0].reference, ContractsHash(contracts, 0), 32);
  assert_memory_equal(deliveries.delivery[0].detail.bytes, "ppa", 3);
}

static void AFixedQuantityIsDeliveredAsFarAsTheUnitGoesAndTheRestPaysThePenalty(void **state)
{
  Contract c = GridContract("block");

  (void)state;
  c.quantity          = CONTRACT_FIXED;
  c.power_w           = 400000;
  c.shortfall_penalty = EUR(30);
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 400000, EUR(50)}, {1, COOP, HOUSEHOLDS, 400000, EUR(50)},
                         {2, COOP, HOUSEHOLDS, 250000, EUR(50)}, {3, COOP, HOUSEHOLDS, 400000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY, LINES({2, HOUSEHOLDS, COOP, 150000, EUR(30)}));
  assert_int_equal(transfers.n, 1);
  assert_int_equal(transfers.transfer[0].amount, EUR(4.5));
  assert_int_equal(transfers.transfer[0].payer_bus, 10);
}

static void WithoutAUnitTheEnergyComesFromThePoolAndNeverFallsShort(void **state)
{
  Contract c = GridContract("block");

  (void)state;
  c.quantity  = CONTRACT_FIXED;
  c.unit.kind = CONTRACT_NO_UNIT;
  c.power_w   = 5000000;
  c.from_bus  = 30;
  c.end       = c.start + 3600;
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 5000000, EUR(50)}));
  assert_int_equal(deliveries.delivery[0].seller_asset, DELIVERY_ANY_ASSET);
  assert_int_equal(deliveries.delivery[0].seller_bus, 2);
}

static void AProfileIsAddedUpOverItsStepsWithinAnInterval(void **state)
{
  static const int64_t watt[] = {200000, 500001, 0, 0, 0, 100000, 1, 0};
  uint8_t              packed[sizeof watt / sizeof watt[0] * CONTRACT_WATT_BYTES];
  Contract             c = GridContract("profile");

  (void)state;
  ContractPackProfile(watt, 8, packed);
  c.quantity = CONTRACT_PROFILE;
  c.value    = packed;
  c.n_values = 8;
  c.step_s   = 1800;
  Run(&c); /* 350,000.5 and 0.5 Wh are rounded away from zero */
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 350001, EUR(50)}, {2, COOP, HOUSEHOLDS, 50000, EUR(50)},
                         {3, COOP, HOUSEHOLDS, 1, EUR(50)}));
}

static void ADailyProfileCountsFromMidnightWhateverTheStart(void **state)
{
  int64_t  watt[24] = {0};
  uint8_t  packed[24 * CONTRACT_WATT_BYTES];
  Contract c = GridContract("profile");

  (void)state;
  for (int h = 0; h < 24; h++) watt[h] = 1000 * (h + 1);
  ContractPackProfile(watt, 24, packed);
  c.quantity = CONTRACT_PROFILE;
  c.daily    = true;
  c.value    = packed;
  c.n_values = 24;
  c.step_s   = 3600;
  c.start    = GRID_START - 5 * CONTRACT_DAY_S + 2 * 3600;
  c.end      = GRID_START + 5 * CONTRACT_DAY_S;
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 1000, EUR(50)}, {1, COOP, HOUSEHOLDS, 2000, EUR(50)},
                         {2, COOP, HOUSEHOLDS, 3000, EUR(50)}, {3, COOP, HOUSEHOLDS, 4000, EUR(50)}));
}

static void ASliceOfAStorageUnitGivesItsDischargeForItsCharge(void **state)
{
  Contract c = GridStorageSlice("slice");

  (void)state;
  Run(&c); /* a quarter of -200, 0, 300, 100 kWh; what is charged is the tenant's own, at price 0 */
  AssertDeliveries(LINES({0, HOUSEHOLDS, KEEPER, 50000, 0}, {2, KEEPER, HOUSEHOLDS, 75000, EUR(50)},
                         {3, KEEPER, HOUSEHOLDS, 25000, EUR(50)}));
  assert_int_equal(deliveries.delivery[0].buyer_asset, BATTERY);
  assert_int_equal(deliveries.delivery[0].seller_asset, DELIVERY_ANY_ASSET);
  assert_int_equal(deliveries.delivery[1].seller_asset, BATTERY);
}

static void CurtailmentPaysForDemandBelowItsBaseline(void **state)
{
  Contract c = GridResponse("curtail", CONTRACT_CURTAILMENT);

  (void)state;
  c.shortfall_penalty = EUR(10);
  Run(&c); /* 300-300, 400-400, 700-500 of which 150 count, and above the baseline */
  assert_int_equal(deliveries.n, 0);
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({2, HOUSEHOLDS, UTILITY, 150000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY,
                  LINES({0, UTILITY, HOUSEHOLDS, 150000, EUR(10)}, {1, UTILITY, HOUSEHOLDS, 150000, EUR(10)},
                        {3, UTILITY, HOUSEHOLDS, 150000, EUR(10)}));
}

static void ShiftingPaysForWhatCameUpAgainWithinItsBlock(void **state)
{
  Contract c = GridResponse("shift", CONTRACT_SHIFTING);

  (void)state;
  c.shortfall_penalty = EUR(10);
  Run(&c); /* down 150 (of 200) in hour 2, up 100 in hour 3: 100 moved, 50 missing */
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({3, HOUSEHOLDS, UTILITY, 100000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY, LINES({3, UTILITY, HOUSEHOLDS, 50000, EUR(10)}));
  Restart();
  c.block_s = 3 * 3600; /* what comes up in the next block is no catching up */
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, NULL, 0);
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY,
                  LINES({2, UTILITY, HOUSEHOLDS, 150000, EUR(10)}, {3, UTILITY, HOUSEHOLDS, 100000, EUR(10)}));
}

static void HoursOfAShiftingContractBoundOnlyWhatGoesDown(void **state)
{
  Contract c = GridResponse("shift", CONTRACT_SHIFTING);

  (void)state;
  c.n_conditions = 1;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 7200, .until_s = 10800, .weekdays = 127};
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({3, HOUSEHOLDS, UTILITY, 100000, EUR(50)}));
}

/* --- Prices --- */

static void AnIndexedPriceFollowsItsBusBetweenFloorAndCap(void **state)
{
  Contract c = GridContract("indexed");

  (void)state;
  c.share = 400000;
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED); /* 0.9 x 60, 70, 80, 100 + 2 */
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 400000, EUR(56)}, {1, COOP, HOUSEHOLDS, 240000, EUR(65)},
                         {2, COOP, HOUSEHOLDS, 100000, EUR(74)}, {3, COOP, HOUSEHOLDS, 360000, EUR(92)}));
  Restart();
  c.has_cap = c.has_floor = true;
  c.cap                   = EUR(74);
  c.floor                 = EUR(60);
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 400000, EUR(60)}, {1, COOP, HOUSEHOLDS, 240000, EUR(65)},
                         {2, COOP, HOUSEHOLDS, 100000, EUR(74)}, {3, COOP, HOUSEHOLDS, 360000, EUR(74)}));
  Restart();
  c.has_cap = c.has_floor = false;
  c.factor                = 500000;
  c.price_bus             = 10;
  c.adder                 = 0;
  for (int t = 0; t < GRID_T; t++) grid.price[t * GRID_BUSES] = t % 2 ? 7 : -7;
  Run(&c); /* halves away from zero */
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 400000, -4}, {1, COOP, HOUSEHOLDS, 240000, 4},
                         {2, COOP, HOUSEHOLDS, 100000, -4}, {3, COOP, HOUSEHOLDS, 360000, 4}));
}

static void OtherQuantitiesAreIndexedToo(void **state)
{
  Contract c = GridContract("indexed");

  (void)state;
  c.quantity = CONTRACT_FIXED;
  c.power_w  = 300000;
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 300000, EUR(56)}, {1, COOP, HOUSEHOLDS, 300000, EUR(65)},
                         {2, COOP, HOUSEHOLDS, 250000, EUR(74)}, {3, COOP, HOUSEHOLDS, 300000, EUR(92)}));
  Restart();
  c = GridStorageSlice("slice");
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  Run(&c);
  AssertDeliveries(LINES({0, HOUSEHOLDS, KEEPER, 50000, 0}, {2, KEEPER, HOUSEHOLDS, 75000, EUR(74)},
                         {3, KEEPER, HOUSEHOLDS, 25000, EUR(92)}));
  Restart();
  c = GridResponse("curtail", CONTRACT_CURTAILMENT);
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({2, HOUSEHOLDS, UTILITY, 150000, EUR(74)}));
}

static void AContractForDifferencePaysStrikeLessReference(void **state)
{
  Contract c = GridContract("cfd");

  (void)state;
  c.share = 400000;
  c.price = EUR(42);
  GridSetPrice(&c, CONTRACT_PRICE_DIFFERENCE); /* prices at bus 10: 40, 45, 20, -5 */
  Run(&c);
  assert_int_equal(deliveries.n, 0);
  AssertTransfers(SETTLEMENT_CONTRACT_DIFFERENCE,
                  LINES({0, COOP, HOUSEHOLDS, 400000, EUR(2)}, {1, COOP, HOUSEHOLDS, 240000, EUR(-3)},
                        {2, COOP, HOUSEHOLDS, 100000, EUR(22)}, {3, COOP, HOUSEHOLDS, 360000, EUR(47)}));
  assert_int_equal(transfers.transfer[1].amount, EUR(-0.72));
  Restart();
  c.protects = CONTRACT_PROTECTS_SELLER;
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_DIFFERENCE,
                  LINES({0, COOP, HOUSEHOLDS, 400000, EUR(2)}, {2, COOP, HOUSEHOLDS, 100000, EUR(22)},
                        {3, COOP, HOUSEHOLDS, 360000, EUR(47)}));
  Restart();
  c.protects = CONTRACT_PROTECTS_BUYER;
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_DIFFERENCE, LINES({1, COOP, HOUSEHOLDS, 240000, EUR(-3)}));
}

static void OtherQuantitiesHaveDifferencesToo(void **state)
{
  Contract c = GridContract("cfd");

  (void)state;
  c.quantity  = CONTRACT_FIXED; /* of money alone: needs no unit */
  c.power_w   = 100000;
  c.unit.kind = CONTRACT_NO_UNIT;
  c.price     = EUR(42);
  c.end       = c.start + 7200;
  GridSetPrice(&c, CONTRACT_PRICE_DIFFERENCE);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_DIFFERENCE,
                  LINES({0, COOP, HOUSEHOLDS, 100000, EUR(2)}, {1, COOP, HOUSEHOLDS, 100000, EUR(-3)}));
  Restart();
  c       = GridStorageSlice("slice"); /* only what is discharged */
  c.price = EUR(42);
  GridSetPrice(&c, CONTRACT_PRICE_DIFFERENCE);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_DIFFERENCE,
                  LINES({2, KEEPER, HOUSEHOLDS, 75000, EUR(22)}, {3, KEEPER, HOUSEHOLDS, 25000, EUR(47)}));
}

static void TakeOrPayDeliversWhatIsTakenAndChargesWhatIsNot(void **state)
{
  Contract c = GridContract("take");

  (void)state;
  GridSetPrice(&c, CONTRACT_PRICE_TAKE_OR_PAY);
  Run(&c); /* the village takes 300, 400, 500, 200 of 1000, 600, 250, 900.001: 1.15 MWh of at least 2 MWh */
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 300000, EUR(50)}, {1, COOP, HOUSEHOLDS, 400000, EUR(50)},
                         {2, COOP, HOUSEHOLDS, 250000, EUR(50)}, {3, COOP, HOUSEHOLDS, 200000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({3, COOP, HOUSEHOLDS, 850000, EUR(50)}));
  assert_int_equal(deliveries.delivery[0].buyer_asset, VILLAGE);
  Restart();
  c.minimum_wh = 9 * MILLION; /* only what was offered, 2.750001 MWh, can be owed */
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({3, COOP, HOUSEHOLDS, 1600001, EUR(50)}));
  Restart();
  c.minimum_wh = MILLION; /* enough was taken */
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, NULL, 0);
  Restart();
  c.minimum_wh = 2 * MILLION; /* half the window: half of the least energy; 1.6 MWh offered, 0.7 taken */
  c.end        = c.start + 7200;
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({1, COOP, HOUSEHOLDS, 300000, EUR(50)}));
}

static void TakeOrPayOfAFixedQuantity(void **state)
{
  Contract c = GridContract("take");

  (void)state;
  c.quantity          = CONTRACT_FIXED;
  c.power_w           = 350000;
  c.shortfall_penalty = EUR(7);
  GridSetPrice(&c, CONTRACT_PRICE_TAKE_OR_PAY);
  c.minimum_wh = 1200000;
  Run(&c); /* offered 350, 350, 250, 350; taken 300, 350, 250, 200: 1.1 MWh */
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 300000, EUR(50)}, {1, COOP, HOUSEHOLDS, 350000, EUR(50)},
                         {2, COOP, HOUSEHOLDS, 250000, EUR(50)}, {3, COOP, HOUSEHOLDS, 200000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({3, COOP, HOUSEHOLDS, 100000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY, LINES({2, HOUSEHOLDS, COOP, 100000, EUR(7)}));
}

static void CapacityIsRentedByTheHour(void **state)
{
  Contract c = GridContract("rent");

  (void)state;
  c.quantity = CONTRACT_FIXED;
  c.power_w  = 250000;
  c.to_bus   = 0;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  c.has_energy = false;
  Run(&c); /* 0.25 MW x 4 per MW and hour */
  assert_int_equal(deliveries.n, 0);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY,
                  LINES({0, COOP, HOUSEHOLDS, 250000, EUR(4)}, {1, COOP, HOUSEHOLDS, 250000, EUR(4)},
                        {2, COOP, HOUSEHOLDS, 250000, EUR(4)}, {3, COOP, HOUSEHOLDS, 250000, EUR(4)}));
  assert_int_equal(transfers.transfer[0].amount, EUR(1));
  Restart();
  c       = GridContract("tolling"); /* a third of 1 MW, its energy for 3 per MWh; half an hour */
  c.share = 333333;
  c.price = EUR(3);
  c.end   = c.start + 1800;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY, LINES({0, COOP, HOUSEHOLDS, 166667, EUR(4)}));
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 166666, EUR(3)}));
}

static void AStorageUnitIsRentedByItsPowerOrByItsEnergy(void **state)
{
  Contract c = GridStorageSlice("slice");

  (void)state;
  c.price = 0;
  c.end   = c.start + 3600;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY, LINES({0, KEEPER, HOUSEHOLDS, 75000, EUR(4)}));
  AssertDeliveries(LINES({0, HOUSEHOLDS, KEEPER, 50000, 0}));
  Restart();
  c.basis = CONTRACT_RENT_ENERGY; /* a quarter of 600 kWh */
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY, LINES({0, KEEPER, HOUSEHOLDS, 150000, EUR(4)}));
}

static void ResponseCanBeRentedToo(void **state)
{
  Contract c = GridResponse("standby", CONTRACT_CURTAILMENT);

  (void)state;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY,
                  LINES({0, HOUSEHOLDS, UTILITY, 150000, EUR(4)}, {1, HOUSEHOLDS, UTILITY, 150000, EUR(4)},
                        {2, HOUSEHOLDS, UTILITY, 150000, EUR(4)}, {3, HOUSEHOLDS, UTILITY, 150000, EUR(4)}));
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({2, HOUSEHOLDS, UTILITY, 150000, EUR(50)}));
  Restart();
  c = GridResponse("standby", CONTRACT_SHIFTING);
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  c.end = c.start + 7200;
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY,
                  LINES({0, HOUSEHOLDS, UTILITY, 150000, EUR(4)}, {1, HOUSEHOLDS, UTILITY, 150000, EUR(4)}));
  Restart();
  c.has_energy = false; /* standing by is all that is paid */
  c.end        = c.start + 4 * 3600;
  Run(&c);
  assert_int_equal(transfers.n, 4);
}

static void ProfilesHaveEveryPrice(void **state)
{
  static const int64_t watt[] = {100000, 200000, 300000, 400000};
  uint8_t              packed[4 * CONTRACT_WATT_BYTES];
  Contract             c = GridContract("profile"), base;

  (void)state;
  ContractPackProfile(watt, 4, packed);
  c.quantity = CONTRACT_PROFILE;
  c.value    = packed;
  c.n_values = 4;
  c.step_s   = 3600;
  base       = c;
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 100000, EUR(56)}, {1, COOP, HOUSEHOLDS, 200000, EUR(65)},
                         {2, COOP, HOUSEHOLDS, 250000, EUR(74)}, {3, COOP, HOUSEHOLDS, 400000, EUR(92)}));
  Restart();
  c = base;
  GridSetPrice(&c, CONTRACT_PRICE_DIFFERENCE);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_DIFFERENCE,
                  LINES({0, COOP, HOUSEHOLDS, 100000, EUR(10)}, {1, COOP, HOUSEHOLDS, 200000, EUR(5)},
                        {2, COOP, HOUSEHOLDS, 250000, EUR(30)}, {3, COOP, HOUSEHOLDS, 400000, EUR(55)}));
  Restart();
  c = base;
  GridSetPrice(&c, CONTRACT_PRICE_TAKE_OR_PAY);
  Run(&c); /* offered 100, 200, 250, 400; taken 100, 200, 250, 200 */
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({3, COOP, HOUSEHOLDS, 200000, EUR(50)}));
  Restart();
  c = base;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY,
                  LINES({0, COOP, HOUSEHOLDS, 100000, EUR(4)}, {1, COOP, HOUSEHOLDS, 200000, EUR(4)},
                        {2, COOP, HOUSEHOLDS, 300000, EUR(4)}, {3, COOP, HOUSEHOLDS, 400000, EUR(4)}));
  assert_int_equal(deliveries.n, 4);
}

/* --- Validity and conditions --- */

/* One MW from the pool, so that delivered Wh are active seconds x 10^6 / 3600. */
static Contract Megawatt(void)
{
  Contract c  = GridContract("megawatt");
  c.quantity  = CONTRACT_FIXED;
  c.unit.kind = CONTRACT_NO_UNIT;
  c.from_bus  = 10;
  c.power_w   = MILLION;
  return c;
}

static void AssertActive(const Contract *c, const int64_t wh[GRID_T])
{
  size_t found = 0;

  Restart();
  Run(c);
  for (uint32_t t = 0; t < GRID_T; t++) {
    if (!wh[t]) continue;
    assert_true(found < deliveries.n);
    assert_int_equal(deliveries.delivery[found].interval, t);
    assert_int_equal(deliveries.delivery[found++].wh, wh[t]);
  }
  assert_int_equal(found, deliveries.n);
}

static void ValidityIsHalfOpenAndCountsBySeconds(void **state)
{
  Contract c = Megawatt();

  (void)state;
  c.start = GRID_START + 1800; /* from 00:30:00 up to and without 02:00:00 */
  c.end   = GRID_START + 7200;
  AssertActive(&c, (int64_t[]){500000, 1000000, 0, 0});
  c.start = GRID_START + 7200;
  c.end   = GRID_START + 7201; /* one second: 277.78 Wh */
  AssertActive(&c, (int64_t[]){0, 0, 278, 0});
  c.start = GRID_START - 86400;
  c.end   = GRID_START;
  AssertActive(&c, (int64_t[]){0, 0, 0, 0});
  c.start = GRID_START + 4 * 3600;
  c.end   = c.start + 3600;
  AssertActive(&c, (int64_t[]){0, 0, 0, 0});
  c       = GridContract("half"); /* half an hour of a share, and of what the unit has for a fixed quantity */
  c.start = GRID_START + 3 * 3600 + 1800;
  AssertActive(&c, (int64_t[]){0, 0, 0, 450000});
  c.quantity = CONTRACT_FIXED;
  c.power_w  = 2000000;
  AssertActive(&c, (int64_t[]){0, 0, 0, 450000});
}

static void HoursAndDaysAreUtcAndMayPassMidnight(void **state)
{
  Contract c = Megawatt();

  (void)state;
  c.n_conditions = 1;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 3600, .until_s = 9000, .weekdays = 127};
  AssertActive(&c, (int64_t[]){0, 1000000, 500000, 0});
  c.condition[0].weekdays = 1 << 4; /* Friday */
  AssertActive(&c, (int64_t[]){0, 1000000, 500000, 0});
  c.condition[0].weekdays = 127 & ~(1 << 4);
  AssertActive(&c, (int64_t[]){0, 0, 0, 0});
  c.condition[0] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 79200, .until_s = 1800, .weekdays = 127};
  AssertActive(&c, (int64_t[]){500000, 0, 0, 0});
  c.condition[0] = (ContractCondition){.kind = CONTRACT_TIME, .until_s = CONTRACT_DAY_S, .weekdays = 127};
  AssertActive(&c, (int64_t[]){1000000, 1000000, 1000000, 1000000});
  c.n_conditions         = 2; /* all must hold, second by second */
  c.condition[0].until_s = 5400;
  c.condition[1] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 4500, .until_s = 86400, .weekdays = 127};
  AssertActive(&c, (int64_t[]){0, 250000, 0, 0});
}

static void AtAThresholdAPriceIsNeitherAboveNorBelow(void **state)
{
  Contract c = Megawatt();

  (void)state;
  c.n_conditions = 1;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_PRICE_ABOVE, .bus = 30, .threshold = EUR(70)};
  AssertActive(&c, (int64_t[]){0, 0, 1000000, 1000000}); /* 60, 70, 80, 100 */
  c.condition[0].kind = CONTRACT_PRICE_BELOW;
  AssertActive(&c, (int64_t[]){1000000, 0, 0, 0});
  c.condition[0].threshold++;
  AssertActive(&c, (int64_t[]){1000000, 1000000, 0, 0});
}

static void TheStateOfChargeIsThatAtTheStartOfTheInterval(void **state)
{
  Contract c = Megawatt();

  (void)state;
  c.n_conditions = 1; /* 400, 590, 590, 270 of 600 kWh; 0.45 is 270 kWh */
  c.condition[0] =
      (ContractCondition){.kind = CONTRACT_CHARGE_ABOVE, .name = EntryTextOf("battery"), .threshold = 450000};
  AssertActive(&c, (int64_t[]){1000000, 1000000, 1000000, 0});
  c.condition[0].kind = CONTRACT_CHARGE_BELOW;
  AssertActive(&c, (int64_t[]){0, 0, 0, 0});
  c.condition[0].threshold = 700000;
  AssertActive(&c, (int64_t[]){1000000, 0, 0, 1000000});
}

static void OnlyAUnitOfTheTechnologyDelivers(void **state)
{
  Contract c = GridContract("green");

  (void)state;
  c.n_conditions = 1;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_TECHNOLOGY, .name = EntryTextOf("wind")};
  AssertActive(&c, (int64_t[]){1000000, 600000, 250000, 900001});
  c.condition[0].name = EntryTextOf("solar");
  AssertActive(&c, (int64_t[]){0, 0, 0, 0});
  assert_int_equal(transfers.n, 0);
}

static void ARentDoesNotWaitForAPriceButForItsHours(void **state)
{
  Contract c = GridContract("call option");

  (void)state;
  c.end = c.start + 7200;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  c.n_conditions = 2;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_PRICE_ABOVE, .bus = 30, .threshold = EUR(65)};
  c.condition[1] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 1800, .until_s = 86400, .weekdays = 127};
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY,
                  LINES({0, COOP, HOUSEHOLDS, 500000, EUR(4)}, {1, COOP, HOUSEHOLDS, 1000000, EUR(4)}));
  AssertDeliveries(LINES({1, COOP, HOUSEHOLDS, 600000, EUR(50)}));
}

/* --- Precedence and sharing --- */

static int64_t DeliveredUnder(const char *name, uint32_t t)
{
  for (size_t k = 0; k < deliveries.n; k++)
    if (deliveries.delivery[k].interval == t && deliveries.delivery[k].detail.length == strlen(name) &&
        !memcmp(deliveries.delivery[k].detail.bytes, name, strlen(name)))
      return deliveries.delivery[k].wh;
  return 0;
}

static void WhoPrecedesIsServedFirst(void **state)
{
  Contract first = GridContract("first"), second = GridContract("second"), third = GridContract("third");

  (void)state;
  first.quantity = second.quantity = CONTRACT_FIXED;
  first.power_w                    = 500000;
  second.power_w                   = 400000;
  second.precedence                = 1;
  second.shortfall_penalty         = EUR(20);
  third.share                      = 600000;
  third.precedence                 = 9;
  GridAdd(contracts, &third);
  GridAdd(contracts, &second);
  Run(&first);
  assert_int_equal(DeliveredUnder("first", 0), 500000); /* 1000 */
  assert_int_equal(DeliveredUnder("second", 0), 400000);
  assert_int_equal(DeliveredUnder("third", 0), 100000);
  assert_int_equal(DeliveredUnder("first", 1), 500000); /* 600 */
  assert_int_equal(DeliveredUnder("second", 1), 100000);
  assert_int_equal(DeliveredUnder("third", 1), 0);
  assert_int_equal(DeliveredUnder("first", 2), 250000); /* 250 */
  assert_int_equal(DeliveredUnder("second", 2), 0);
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY,
                  LINES({1, HOUSEHOLDS, COOP, 300000, EUR(20)}, {2, HOUSEHOLDS, COOP, 400000, EUR(20)}));
}

static void EqualsShareByLargestRemainder(void **state)
{
  Contract a = GridContract("a"), b = GridContract("b"), c = GridContract("c");

  (void)state;
  a.quantity = b.quantity = c.quantity = CONTRACT_FIXED;
  a.power_w                            = 600000;
  b.power_w                            = 300000;
  c.power_w                            = 300001;
  GridAdd(contracts, &a);
  GridAdd(contracts, &b);
  Run(&c); /* 1,200,001 asked. Hour 0 has 1,000,000: 499,999.58, 249,999.79, 250,000.63; two units go to b and c */
  assert_int_equal(DeliveredUnder("a", 0), 499999);
  assert_int_equal(DeliveredUnder("b", 0), 250000);
  assert_int_equal(DeliveredUnder("c", 0), 250001);
  assert_int_equal(DeliveredUnder("a", 1) + DeliveredUnder("b", 1) + DeliveredUnder("c", 1), 600000);
  assert_int_equal(DeliveredUnder("a", 2) + DeliveredUnder("b", 2) + DeliveredUnder("c", 2), 250000);
}

static void WhatIsNotTakenIsLeftForThoseBehind(void **state)
{
  Contract take = GridContract("take"), rest = GridContract("rest");

  (void)state;
  GridSetPrice(&take, CONTRACT_PRICE_TAKE_OR_PAY);
  rest.precedence = 1;
  rest.buyer      = EntryTextOf("works");
  rest.to_bus     = 30;
  GridAdd(contracts, &take);
  Run(&rest);
  assert_int_equal(DeliveredUnder("take", 0), 300000);
  assert_int_equal(DeliveredUnder("rest", 0), 700000);
  assert_int_equal(DeliveredUnder("rest", 2), 0);
}

static void WhoMustTakeLeavesLessForWhoMayChoose(void **state)
{
  Contract take = GridContract("take"), must = GridContract("must");

  (void)state;
  GridSetPrice(&take, CONTRACT_PRICE_TAKE_OR_PAY);
  must.quantity  = CONTRACT_FIXED;
  must.unit.kind = CONTRACT_NO_UNIT;
  must.from_bus  = 30;
  must.power_w   = 250000;
  must.to_load   = EntryTextOf("village");
  GridAdd(contracts, &take);
  Run(&must); /* of 300, 400, 500, 200 kWh */
  assert_int_equal(DeliveredUnder("take", 0), 50000);
  assert_int_equal(DeliveredUnder("take", 1), 150000);
  assert_int_equal(DeliveredUnder("take", 2), 250000);
  assert_int_equal(DeliveredUnder("take", 3), 0);
}

static void CurtailmentAndShiftingShareALoadsResponse(void **state)
{
  Contract curtail = GridResponse("curtail", CONTRACT_CURTAILMENT), shift = GridResponse("shift", CONTRACT_SHIFTING);

  (void)state;
  shift.precedence = 1;
  GridAdd(contracts, &curtail);
  Run(&shift); /* 200 kWh down in hour 2: 150 curtailed, 50 shifted and made up for */
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE,
                  LINES({2, HOUSEHOLDS, UTILITY, 150000, EUR(50)}, {3, HOUSEHOLDS, UTILITY, 50000, EUR(50)}));
}

/* --- From window to window --- */

static void Advance(void)
{
  grid.facts.window++;
  grid.facts.window_start += GRID_T * 3600;
}

static void TakeOrPayOverTheContractAddsUpOverWindows(void **state)
{
  Contract c = GridContract("take");

  (void)state;
  GridSetPrice(&c, CONTRACT_PRICE_TAKE_OR_PAY);
  c.per        = CONTRACT_PER_CONTRACT;
  c.end        = c.start + 6 * 3600;
  c.minimum_wh = 3 * MILLION;
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, NULL, 0);
  assert_int_equal(carried.size, 5 + 32 + 24);
  Advance();
  Run(NULL); /* taken 1.15 + 0.7 MWh of 3 MWh; offered 2.75 + 1.6 */
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({1, COOP, HOUSEHOLDS, 1150000, EUR(50)}));
  assert_int_equal(carried.size, 5);
  Advance();
  Run(NULL);
  assert_int_equal(transfers.n + deliveries.n, 0);
}

static void OfAContractThatBeganBeforeTheRunOnlyTheRestIsOwed(void **state)
{
  Contract c = GridContract("take");

  (void)state;
  GridSetPrice(&c, CONTRACT_PRICE_TAKE_OR_PAY);
  c.per        = CONTRACT_PER_CONTRACT;
  c.start      = GRID_START - 4 * 3600; /* half of it was executed: 2 of 4 MWh, 1.15 taken */
  c.minimum_wh = 4 * MILLION;
  Run(&c);
  AssertTransfers(SETTLEMENT_CONTRACT_TAKE_OR_PAY, LINES({3, COOP, HOUSEHOLDS, 850000, EUR(50)}));
}

static void AShiftIsMadeUpForInTheNextWindow(void **state)
{
  Contract c = GridResponse("shift", CONTRACT_SHIFTING);

  (void)state;
  c.end                                       = c.start + 8 * 3600;
  c.block_s                                   = 8 * 3600;
  grid.baseline_wh[3 * GRID_ASSETS + VILLAGE] = 200000; /* hour 3 as asked for: nothing comes up in the first window */
  Run(&c);
  assert_int_equal(transfers.n, 0);
  assert_int_equal(carried.size, 5 + 32 + 24);
  Advance();
  grid.baseline_wh[2 * GRID_ASSETS + VILLAGE] = 500000;
  grid.baseline_wh[0 * GRID_ASSETS + VILLAGE] = 180000; /* 120 kWh come up */
  Run(NULL);
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({3, HOUSEHOLDS, UTILITY, 120000, EUR(50)}));
  assert_int_equal(carried.size, 5);
}

static void AStateThatCannotBeIsRefused(void **state)
{
  Contract    c    = GridContract("take");
  MarketBytes good = {0};

  (void)state;
  GridSetPrice(&c, CONTRACT_PRICE_TAKE_OR_PAY);
  c.per = CONTRACT_PER_CONTRACT;
  c.end = c.start + 6 * 3600;
  Run(&c);
  Advance();
  MarketPutRaw(&good, carried.data, carried.size);
  for (size_t at = 0; at < good.size; at++) { /* hash, count, version, seconds, taken above offered */
    if (at >= 37 + 8 + 4 && at < good.size) continue;
    MarketBytesFree(&carried);
    MarketPutRaw(&carried, good.data, good.size);
    carried.data[at] ^= 0x80;
    assert_int_equal(Execute(), MARKET_MALFORMED);
    assert_non_null(strstr(error.text, "state of contracts"));
  }
  MarketBytesFree(&carried);
  MarketPutRaw(&carried, good.data, good.size - 1);
  assert_int_equal(Execute(), MARKET_MALFORMED);
  MarketBytesFree(&carried);
  MarketPutRaw(&carried, good.data, good.size);
  MarketPut(&carried, 0, 1);
  assert_int_equal(Execute(), MARKET_MALFORMED);
  MarketBytesFree(&carried);
  MarketPutRaw(&carried, good.data, good.size);
  Advance(); /* the contract has ended: nothing can be open */
  assert_int_equal(Execute(), MARKET_MALFORMED);
  MarketBytesFree(&good);
}

/* --- What does not fit the facts --- */

static void AssertRefused(const Contract *c, MarketStatus status, const char *words)
{
  Restart();
  GridAdd(contracts, c);
  assert_int_equal(Execute(), status);
  if (!strstr(error.text, words)) fail_msg("\"%s\" does not say \"%s\"", error.text, words);
}

static void UnknownNamesAndOthersUnitsAreRefused(void **state)
{
  Contract c;

  (void)state;
#define REFUSED(change, words)                  \
  do {                                          \
    c = GridContract("wrong");                  \
    change;                                     \
    AssertRefused(&c, MARKET_BAD_INPUT, words); \
  } while (0)
  REFUSED(c.seller = EntryTextOf("nobody"), "found the party 'nobody'");
  REFUSED(c.buyer = EntryTextOf("house"), "found the party 'house'");
  REFUSED(c.unit.name = EntryTextOf("wind"), "generator 'wind'");
  REFUSED(c.unit.name = EntryTextOf("plant"), "'plant' does not belong to the seller");
  REFUSED(c.to_bus = 11, "bus 11");
  REFUSED((c.to_bus = 30, c.to_load = EntryTextOf("factory")), "'factory' does not belong to the buyer");
  REFUSED((c.to_bus = 10, c.to_load = EntryTextOf("village")), "not at the bus");
  REFUSED((c.n_conditions = 1,
           c.condition[0] = (ContractCondition){.kind = CONTRACT_CHARGE_ABOVE, .name = EntryTextOf("plant")}),
          "storage unit 'plant'");
  REFUSED((c.n_conditions = 1, c.condition[0] = (ContractCondition){.kind = CONTRACT_PRICE_BELOW, .bus = 3}), "bus 3");
#undef REFUSED
}

static void WhatDoesNotFitIsAnOverflowThatNamesTheContract(void **state)
{
  Contract c = GridContract("large");

  (void)state;
  grid.asset_wh[WIND] = 2 * MILLION;
  c.price             = INT64_MAX;
  AssertRefused(&c, MARKET_OVERFLOW, "contract 'large', interval 0: price times energy");
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  c.factor = INT64_MAX;
  AssertRefused(&c, MARKET_OVERFLOW, "interval 0: the indexed price");
  c.factor = 1000000;
  c.adder  = INT64_MAX;
  AssertRefused(&c, MARKET_OVERFLOW, "interval 0: the indexed price");
  c       = GridContract("large");
  c.price = INT64_MIN;
  GridSetPrice(&c, CONTRACT_PRICE_DIFFERENCE);
  AssertRefused(&c, MARKET_OVERFLOW, "strike less reference");
  c.price = INT64_MAX - 100 * MILLION;
  AssertRefused(&c, MARKET_OVERFLOW, "contract 'large', interval 0: 2000000 Wh at");
  c       = GridContract("large");
  c.price = 0;
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  c.rent                   = INT64_MAX;
  grid.asset[WIND].power_w = 2 * MILLION;
  AssertRefused(&c, MARKET_OVERFLOW, "contract 'large', interval 0: 2000000 Wh at");
  grid.asset[WIND].power_w = -1; /* no rated power */
  AssertRefused(&c, MARKET_BAD_INPUT, "rented capacity is not known");
}

static void NoContractsAreNoWork(void **state)
{
  MarketBytes after = {0};

  (void)state;
  assert_int_equal(ContractsExecute(NULL, &grid.facts, NULL, &after, &deliveries, &transfers, &error), MARKET_OK);
  assert_int_equal(after.size, 5);
  assert_int_equal(deliveries.n + transfers.n, 0);
  MarketBytesFree(&after);
}

static void RealTimeIsWhatIsMeteredAndDayAheadWhatIsPriced(void **state)
{
  int64_t  price[GRID_T * GRID_BUSES] = {0}, wh[GRID_T * GRID_ASSETS] = {0};
  Contract c = GridContract("indexed");

  (void)state;
  wh[WIND]                      = 123456;
  grid.facts.has_real_time      = true;
  grid.facts.real_time          = grid.facts.day_ahead;
  grid.facts.real_time.price    = price;
  grid.facts.real_time.asset_wh = wh;
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  Run(&c);
  AssertDeliveries(LINES({0, COOP, HOUSEHOLDS, 123456, EUR(56)}));
}

/* --- docs/contracts.md --- */

static void DeployExample(void)
{
  const Contract example[] = {ExampleBlock(), ExampleGreenShare(), ExampleSlice(), ExampleSaving()};

  for (int k = 0; k < 4; k++) GridAdd(contracts, &example[k]);
}

static void TheExampleOfTheDocumentsHolds(void **state)
{
  static const int64_t block[] = {400000, 400000, 250000, 400000}, green[] = {500000, 200000, 0, 450000};

  (void)state;
  DeployExample();
  Run(NULL);
  for (uint32_t t = 0; t < GRID_T; t++) {
    assert_int_equal(DeliveredUnder("block", t), block[t]);
    assert_int_equal(DeliveredUnder("green share", t), green[t]);
  }
  assert_int_equal(DeliveredUnder("slice", 0), 50000);
  assert_int_equal(DeliveredUnder("slice", 1), 0);
  assert_int_equal(DeliveredUnder("slice", 2), 75000);
  assert_int_equal(DeliveredUnder("slice", 3), 25000);
  AssertTransfers(SETTLEMENT_CONTRACT_PENALTY, LINES({2, WORKS, COOP, 150000, EUR(30)}));
  AssertTransfers(SETTLEMENT_CONTRACT_RESPONSE, LINES({2, HOUSEHOLDS, UTILITY, 150000, EUR(50)}));
  AssertTransfers(SETTLEMENT_CONTRACT_CAPACITY,
                  LINES({0, KEEPER, HOUSEHOLDS, 150000, EUR(3)}, {1, KEEPER, HOUSEHOLDS, 150000, EUR(3)},
                        {2, KEEPER, HOUSEHOLDS, 150000, EUR(3)}, {3, KEEPER, HOUSEHOLDS, 150000, EUR(3)}));
  for (size_t k = 0; k < deliveries.n; k++) {
    const Delivery      *d        = &deliveries.delivery[k];
    static const int64_t green_[] = {EUR(56), EUR(65), 0, EUR(74)};
    if (d->detail.length == 11) assert_int_equal(d->seller_price, green_[d->interval]);
  }
}

static int64_t NetOf(uint32_t participant)
{
  int64_t net = 0;

  for (size_t k = 0; k < transfers.n; k++)
    net += (transfers.transfer[k].payee == participant ? transfers.transfer[k].amount : 0) -
           (transfers.transfer[k].payer == participant ? transfers.transfer[k].amount : 0);
  return net;
}

/* On top of the pool: the coop gains 4 EUR, the works lose 4, whatever the 8 EUR of the grid. */
static void TheExamplesFirstHourComesOutOnTopOfThePool(void **state)
{
  Contract c = ExampleBlock();

  (void)state;
  c.end = c.start + 3600;
  Run(&c);
  assert_int_equal(DeliveriesSettle(&grid.facts, &deliveries, 0, &transfers, &error), MARKET_OK);
  assert_int_equal(NetOf(COOP), EUR(4));
  assert_int_equal(NetOf(WORKS), EUR(-4));
}

static void TheRecordOfTheDocumentsIsTheOneThatIsWritten(void **state)
{
  static char text[65536];
  FILE       *file  = fopen(ShippedFile("docs/contracts.md"), "r");
  Contract    c     = ExampleGreenShare();
  MarketBytes bytes = {0};
  uint8_t     hash[32];
  LedgerHash  leaf;
  char        hex[65], *at;

  (void)state;
  assert_non_null(file);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  assert_int_equal(ContractEncode(&c, &bytes, &error), MARKET_OK);
  at = strstr(text, "```hex\n");
  assert_non_null(at);
  at += 7;
  for (size_t k = 0; k < bytes.size; k++) assert_int_equal(strtoul(at, &at, 16), bytes.data[k]);
  assert_int_equal(strncmp(at, "\n```", 4), 0);
  ContractHash(bytes.data, bytes.size, hash);
  memcpy(leaf.byte, hash, 32);
  LedgerHashHex(&leaf, hex);
  assert_non_null(strstr(text, hex));
  MarketBytesFree(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, Begin, End)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(AShareOfAUnitFollowsItsOutputRoundedDown),
      TEST(AFixedQuantityIsDeliveredAsFarAsTheUnitGoesAndTheRestPaysThePenalty),
      TEST(WithoutAUnitTheEnergyComesFromThePoolAndNeverFallsShort),
      TEST(AProfileIsAddedUpOverItsStepsWithinAnInterval),
      TEST(ADailyProfileCountsFromMidnightWhateverTheStart),
      TEST(ASliceOfAStorageUnitGivesItsDischargeForItsCharge),
      TEST(CurtailmentPaysForDemandBelowItsBaseline),
      TEST(ShiftingPaysForWhatCameUpAgainWithinItsBlock),
      TEST(HoursOfAShiftingContractBoundOnlyWhatGoesDown),
      TEST(AnIndexedPriceFollowsItsBusBetweenFloorAndCap),
      TEST(OtherQuantitiesAreIndexedToo),
      TEST(AContractForDifferencePaysStrikeLessReference),
      TEST(OtherQuantitiesHaveDifferencesToo),
      TEST(TakeOrPayDeliversWhatIsTakenAndChargesWhatIsNot),
      TEST(TakeOrPayOfAFixedQuantity),
      TEST(CapacityIsRentedByTheHour),
      TEST(AStorageUnitIsRentedByItsPowerOrByItsEnergy),
      TEST(ResponseCanBeRentedToo),
      TEST(ProfilesHaveEveryPrice),
      TEST(ValidityIsHalfOpenAndCountsBySeconds),
      TEST(HoursAndDaysAreUtcAndMayPassMidnight),
      TEST(AtAThresholdAPriceIsNeitherAboveNorBelow),
      TEST(TheStateOfChargeIsThatAtTheStartOfTheInterval),
      TEST(OnlyAUnitOfTheTechnologyDelivers),
      TEST(ARentDoesNotWaitForAPriceButForItsHours),
      TEST(WhoPrecedesIsServedFirst),
      TEST(EqualsShareByLargestRemainder),
      TEST(WhatIsNotTakenIsLeftForThoseBehind),
      TEST(WhoMustTakeLeavesLessForWhoMayChoose),
      TEST(CurtailmentAndShiftingShareALoadsResponse),
      TEST(TakeOrPayOverTheContractAddsUpOverWindows),
      TEST(OfAContractThatBeganBeforeTheRunOnlyTheRestIsOwed),
      TEST(AShiftIsMadeUpForInTheNextWindow),
      TEST(AStateThatCannotBeIsRefused),
      TEST(UnknownNamesAndOthersUnitsAreRefused),
      TEST(WhatDoesNotFitIsAnOverflowThatNamesTheContract),
      TEST(NoContractsAreNoWork),
      TEST(RealTimeIsWhatIsMeteredAndDayAheadWhatIsPriced),
      TEST(TheExampleOfTheDocumentsHolds),
      TEST(TheExamplesFirstHourComesOutOnTopOfThePool),
      TEST(TheRecordOfTheDocumentsIsTheOneThatIsWritten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
