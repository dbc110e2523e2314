/* Every quantity at every price, against numbers reckoned by hand. */
#include "tests/market/contract_run.h"

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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
