/* Integer money and the one border where doubles become integers. */
#include "market/money.h"
#include "market/rounding.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

static int64_t Amount(int64_t price, int64_t energy)
{
  int64_t amount = 0;

  assert_int_equal(MoneyFromEnergy(price, energy, &amount), MARKET_OK);
  return amount;
}

static void AmountsRoundHalvesAwayFromZero(void **state)
{
  (void)state;
  assert_int_equal(Amount(50000000, 1000000), 50000000); /* 1 MWh at 50 */
  assert_int_equal(Amount(1, 499999), 0);
  assert_int_equal(Amount(1, 500000), 1);
  assert_int_equal(Amount(1, -500000), -1);
  assert_int_equal(Amount(-1, 500000), -1);
  assert_int_equal(Amount(3, 500000), 2);
  assert_int_equal(Amount(3, -500000), -2);
  assert_int_equal(Amount(1, 1499999), 1);
  assert_int_equal(Amount(-30000001, 12345678), -370370352); /* -370,370,352.345678 */
}

static void RoundingIsOdd(void **state)
{
  uint64_t seed = 7;

  (void)state;
  for (int i = 0; i < 20000; i++) {
    seed          = seed * 6364136223846793005u + 1442695040888963407u;
    int64_t price = (int64_t)(seed >> 40) - (1 << 23), energy = (int64_t)(seed & 0xFFFFFFFF) - (1LL << 31);
    int64_t amount = Amount(price, energy), rest = price * energy - amount * 1000000;
    assert_int_equal(amount, -Amount(price, -energy));
    assert_int_equal(amount, -Amount(-price, energy));
    assert_true(2 * (rest < 0 ? -rest : rest) <= 1000000);
  }
}

static void WhatDoesNotFitIsAnOverflow(void **state)
{
  int64_t   amount = 42;
  MoneyWide wide   = ((MoneyWide)INT64_MAX << 64) | (MoneyWide)UINT64_MAX;

  (void)state;
  assert_int_equal(MoneyFromEnergy(INT64_MAX, INT64_MAX, &amount), MARKET_OVERFLOW);
  assert_int_equal(MoneyFromEnergy(INT64_MIN, INT64_MAX, &amount), MARKET_OVERFLOW);
  assert_int_equal(amount, 42);
  assert_int_equal(Amount(INT64_MAX, 1000000), INT64_MAX);
  assert_int_equal(Amount(INT64_MIN, 1000000), INT64_MIN);
  assert_int_equal(MoneyFromEnergy(INT64_MAX, 1000001, &amount), MARKET_OVERFLOW);
  assert_int_equal(MoneyDivide(1, 0, &amount), MARKET_BAD_INPUT);
  amount = INT64_MAX;
  assert_int_equal(MoneyAdd(&amount, 1), MARKET_OVERFLOW);
  assert_int_equal(amount, INT64_MAX);
  assert_int_equal(MoneyAddWide(&wide, 1), MARKET_OVERFLOW);
  assert_int_equal(MoneyAddProduct(&wide, (MoneyWide)1 << 100, (MoneyWide)1 << 27), MARKET_OVERFLOW);
}

static void MoneyPrintsExactly(void **state)
{
  char text[MONEY_TEXT_SIZE];

  (void)state;
  assert_string_equal(MoneyFormat(0, text), "0.000000");
  assert_string_equal(MoneyFormat(-1500000, text), "-1.500000");
  assert_string_equal(MoneyFormat(-1, text), "-0.000001");
  assert_string_equal(MoneyFormat(INT64_MIN, text), "-9223372036854.775808");
  assert_string_equal(MoneyFormat(INT64_MAX, text), "9223372036854.775807");
}

static void PowerBecomesWattHours(void **state)
{
  int64_t     wh = 0;
  MarketError error;

  (void)state;
  assert_int_equal(RoundEnergy(1.5, 1.0, "p", &wh, &error), MARKET_OK);
  assert_int_equal(wh, 1500000);
  assert_int_equal(RoundEnergy(-0.0000025, 1.0, "p", &wh, &error), MARKET_OK);
  assert_int_equal(wh, -3);
  assert_int_equal(RoundEnergy(100.0, 0.25, "p", &wh, &error), MARKET_OK);
  assert_int_equal(wh, 25000000);
  assert_int_equal(RoundPrice(-12.3456785, "price", &wh, &error), MARKET_OK);
  assert_int_equal(wh, -12345679);
}

static void NumbersThatAreNoneAreRefused(void **state)
{
  int64_t     wh = 42;
  MarketError error;

  (void)state;
  assert_int_equal(RoundEnergy(NAN, 1.0, "power of wind", &wh, &error), MARKET_BAD_INPUT);
  assert_string_equal(error.text, "power of wind is nan; expected a finite number");
  assert_int_equal(error.status, MARKET_BAD_INPUT);
  assert_int_equal(RoundEnergy(-INFINITY, 1.0, "power", &wh, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundPrice(INFINITY, "price", &wh, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundPrice(1e300, "price", &wh, &error), MARKET_OVERFLOW);
  assert_int_equal(RoundPrice(9007199254.740992, "price", &wh, &error), MARKET_OVERFLOW);
  assert_int_equal(RoundEnergy(1.0, NAN, "power", &wh, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundEnergy(1.0, 0.0, "power", &wh, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundEnergy(1e300, 1e300, "power", &wh, &error), MARKET_OVERFLOW);
  assert_int_equal(wh, 42);
}

static void IntervalsAreWholeSeconds(void **state)
{
  uint32_t    seconds = 0;
  MarketError error;

  (void)state;
  assert_int_equal(RoundInterval(1.0 / 3.0, &seconds, &error), MARKET_OK);
  assert_int_equal(seconds, 1200);
  assert_int_equal(RoundInterval(1.0, &seconds, &error), MARKET_OK);
  assert_int_equal(seconds, 3600);
  assert_int_equal(RoundInterval(0.00041, &seconds, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundInterval(0.0, &seconds, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundInterval(-1.0, &seconds, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundInterval(NAN, &seconds, &error), MARKET_BAD_INPUT);
  assert_int_equal(RoundInterval(1e9, &seconds, &error), MARKET_BAD_INPUT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(AmountsRoundHalvesAwayFromZero), cmocka_unit_test(RoundingIsOdd),
      cmocka_unit_test(WhatDoesNotFitIsAnOverflow),     cmocka_unit_test(MoneyPrintsExactly),
      cmocka_unit_test(PowerBecomesWattHours),          cmocka_unit_test(NumbersThatAreNoneAreRefused),
      cmocka_unit_test(IntervalsAreWholeSeconds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
