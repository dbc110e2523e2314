/* When contracts count, who is served first, what is carried from window to window, what is refused. */
#include "ledger/hash.h"
#include "tests/market/contract_run.h"

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

int main(void)
{
  const struct CMUnitTest tests[] = {
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
