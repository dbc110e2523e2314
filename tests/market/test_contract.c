/* Contracts as records: one spelling, everything that makes no sense refused, any order the same. */
#include "ledger/hash.h"
#include "tests/market/contract_grid.h"

static const ContractQuantityKind quantities[] = {CONTRACT_FIXED,         CONTRACT_PROFILE,     CONTRACT_UNIT_SHARE,
                                                  CONTRACT_STORAGE_SHARE, CONTRACT_CURTAILMENT, CONTRACT_SHIFTING};
static const ContractPriceKind    prices[] = {CONTRACT_PRICE_FIXED, CONTRACT_PRICE_INDEXED, CONTRACT_PRICE_DIFFERENCE,
                                              CONTRACT_PRICE_TAKE_OR_PAY, CONTRACT_PRICE_RENT};

static uint8_t profile[4 * CONTRACT_WATT_BYTES];

static Contract Make(ContractQuantityKind quantity, ContractPriceKind price)
{
  static const int64_t watt[] = {100000, 0, CONTRACT_WATT_MAX, 7};
  Contract             c      = quantity >= CONTRACT_CURTAILMENT     ? GridResponse("one", quantity)
                                : quantity == CONTRACT_STORAGE_SHARE ? GridStorageSlice("one")
                                                                     : GridContract("one");

  ContractPackProfile(watt, 4, profile);
  c.quantity = quantity;
  if (quantity == CONTRACT_FIXED) c.power_w = 400000;
  if (quantity == CONTRACT_PROFILE) {
    c.step_s   = 3600;
    c.n_values = 4;
    c.value    = profile;
  }
  GridSetPrice(&c, price);
  return c;
}

static bool Possible(ContractQuantityKind quantity, ContractPriceKind price)
{
  const bool response = quantity >= CONTRACT_CURTAILMENT;

  if (price == CONTRACT_PRICE_DIFFERENCE) return !response;
  if (price == CONTRACT_PRICE_TAKE_OR_PAY) return quantity <= CONTRACT_UNIT_SHARE;
  return quantity != CONTRACT_SHIFTING || price != CONTRACT_PRICE_INDEXED;
}

static void AssertRefused(const Contract *c, const char *words)
{
  MarketError error = {0};

  if (ContractValidate(c, &error) != MARKET_BAD_INPUT) fail_msg("accepted although %s", words);
  if (!strstr(error.text, words)) fail_msg("\"%s\" does not say \"%s\"", error.text, words);
}

static void EveryCombinationIsAcceptedOrRefusedAsDocumented(void **state)
{
  (void)state;
  for (size_t q = 0; q < 6; q++)
    for (size_t p = 0; p < 5; p++) {
      Contract    c     = Make(quantities[q], prices[p]), again;
      MarketBytes bytes = {0}, second = {0};
      MarketError error   = {0};
      bool        accepts = ContractEncode(&c, &bytes, &error) == MARKET_OK;
      if (accepts != Possible(quantities[q], prices[p]))
        fail_msg("%s with %s: %s", ContractQuantityName(quantities[q]), ContractPriceName(prices[p]), error.text);
      if (accepts) {
        assert_int_equal(ContractDecode(bytes.data, bytes.size, &again, &error), MARKET_OK);
        assert_int_equal(ContractEncode(&again, &second, &error), MARKET_OK);
        assert_int_equal(second.size, bytes.size);
        assert_memory_equal(second.data, bytes.data, bytes.size);
      }
      MarketBytesFree(&bytes);
      MarketBytesFree(&second);
    }
}

static void ConditionsAndOptionsSurviveTheirBytes(void **state)
{
  Contract    c     = Make(CONTRACT_PROFILE, CONTRACT_PRICE_INDEXED), again;
  MarketBytes bytes = {0};
  MarketError error = {0};

  (void)state;
  c.has_cap = c.has_floor = true;
  c.cap                   = 90 * MILLION;
  c.floor                 = -20 * MILLION;
  c.shortfall_penalty     = 30 * MILLION;
  c.precedence            = 7;
  c.n_conditions          = 6;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 79200, .until_s = 21600, .weekdays = 0x1F};
  c.condition[1] = (ContractCondition){.kind = CONTRACT_PRICE_ABOVE, .bus = 30, .threshold = -5};
  c.condition[2] = (ContractCondition){.kind = CONTRACT_PRICE_BELOW, .bus = 10, .threshold = 100 * MILLION};
  c.condition[3] = (ContractCondition){.kind = CONTRACT_TECHNOLOGY, .name = EntryTextOf("wind")};
  c.condition[4] = (ContractCondition){.kind = CONTRACT_CHARGE_ABOVE, .name = EntryTextOf("battery"), .threshold = 0};
  c.condition[5] =
      (ContractCondition){.kind = CONTRACT_CHARGE_BELOW, .name = EntryTextOf("battery"), .threshold = CONTRACT_WHOLE};
  assert_int_equal(ContractEncode(&c, &bytes, &error), MARKET_OK);
  assert_int_equal(ContractDecode(bytes.data, bytes.size, &again, &error), MARKET_OK);
  assert_int_equal(again.cap, 90 * MILLION);
  assert_int_equal(again.floor, -20 * MILLION);
  assert_int_equal(again.precedence, 7);
  assert_int_equal(again.n_conditions, 6);
  assert_int_equal(again.condition[0].until_s, 21600);
  assert_int_equal(again.condition[1].threshold, -5);
  assert_memory_equal(again.condition[4].name.bytes, "battery", 7);
  assert_int_equal(again.condition[5].threshold, CONTRACT_WHOLE);
  assert_memory_equal(again.value, profile, sizeof profile);
  MarketBytesFree(&bytes);
}

static void WhatMakesNoSenseIsRefused(void **state)
{
  Contract c;

  (void)state;
#define REFUSED(quantity, price, change, words)            \
  do {                                                     \
    c = Make(CONTRACT_##quantity, CONTRACT_PRICE_##price); \
    change;                                                \
    AssertRefused(&c, words);                              \
  } while (0)
  REFUSED(FIXED, FIXED, c.name.length = 0, "without a name");
  REFUSED(FIXED, FIXED, c.seller.length = 0, "no seller");
  REFUSED(FIXED, FIXED, c.buyer = c.seller, "the same");
  REFUSED(FIXED, FIXED, c.buyer = EntryTextOf("@fees/north"), "begin with '@'");
  REFUSED(FIXED, FIXED, c.end = c.start, "end after its start");
  REFUSED(FIXED, FIXED, c.start = -1, "1970");
  REFUSED(FIXED, FIXED, c.end = CONTRACT_TIME_MAX + 1, "10000");
  REFUSED(FIXED, FIXED, c.power_w = 0, "power above 0");
  REFUSED(FIXED, FIXED, c.power_w = -5, "power above 0");
  REFUSED(FIXED, FIXED, c.power_w = CONTRACT_WATT_MAX + 1, "below 2^48");
  REFUSED(FIXED, FIXED, c.unit.kind = CONTRACT_LOAD, "generator or a storage");
  REFUSED(FIXED, FIXED, c.unit.kind = CONTRACT_NO_UNIT, "unit or a bus");
  REFUSED(FIXED, FIXED, c.from_bus = 10, "does not come from");
  REFUSED(FIXED, FIXED, c.to_bus = 0, "where the buyer takes");
  REFUSED(FIXED, FIXED, c.shortfall_penalty = -1, "penalty of at least 0");
  REFUSED(FIXED, FIXED, (c.unit.kind = CONTRACT_NO_UNIT, c.from_bus = 10, c.shortfall_penalty = 1), "could fall short");
  REFUSED(PROFILE, FIXED, c.step_s = 59, "60 s");
  REFUSED(PROFILE, FIXED, c.n_values = 0, "needs values");
  REFUSED(PROFILE, FIXED, c.daily = true, "make up a day");
  REFUSED(PROFILE, FIXED, c.n_values = 3, "just as many");
  REFUSED(PROFILE, FIXED, c.end -= 3600, "just as many");
  REFUSED(PROFILE, FIXED, memset(profile, 0, sizeof profile), "zeros");
  REFUSED(UNIT_SHARE, FIXED, c.share = 0, "share above 0");
  REFUSED(UNIT_SHARE, FIXED, c.share = CONTRACT_WHOLE + 1, "at most 1");
  REFUSED(UNIT_SHARE, FIXED, c.unit.name.length = 0, "names no unit");
  REFUSED(UNIT_SHARE, INDEXED, c.price_bus = 0, "bus of its price");
  REFUSED(UNIT_SHARE, INDEXED, c.factor = -1, "factor");
  REFUSED(UNIT_SHARE, INDEXED, (c.has_cap = c.has_floor = true, c.cap = 1, c.floor = 2), "above the cap");
  REFUSED(UNIT_SHARE, DIFFERENCE, c.protects = 3, "protects nobody");
  REFUSED(UNIT_SHARE, DIFFERENCE, c.to_bus = 20, "delivers no energy");
  REFUSED(UNIT_SHARE, TAKE_OR_PAY, c.to_load.length = 0, "load that takes");
  REFUSED(UNIT_SHARE, TAKE_OR_PAY, c.minimum_wh = 0, "least energy");
  REFUSED(UNIT_SHARE, RENT, c.rent = -1, "rent of at least 0");
  REFUSED(UNIT_SHARE, RENT, c.basis = CONTRACT_RENT_ENERGY, "by its energy");
  REFUSED(STORAGE_SHARE, RENT, c.has_energy = false, "may be 0");
  REFUSED(STORAGE_SHARE, FIXED, c.unit.kind = CONTRACT_GENERATOR, "shares a storage");
  REFUSED(CURTAILMENT, FIXED, c.unit.kind = CONTRACT_GENERATOR, "load that responds");
  REFUSED(SHIFTING, FIXED, c.block_s = 0, "blocks of at least");
  REFUSED(FIXED, FIXED, c.n_conditions = 17, "more than 16");
  REFUSED(FIXED, FIXED, (c.n_conditions = 1, c.condition[0].kind = 9), "kind of condition");
  REFUSED(FIXED, FIXED, (c.n_conditions = 1, c.condition[0].kind = CONTRACT_PRICE_ABOVE), "bus of a price");
  REFUSED(CURTAILMENT, FIXED,
          (c.n_conditions = 1,
           c.condition[0] = (ContractCondition){.kind = CONTRACT_TECHNOLOGY, .name = EntryTextOf("wind")}),
          "whose technology");
  REFUSED(FIXED, FIXED, (c.n_conditions = 1, c.condition[0] = (ContractCondition){.kind = CONTRACT_CHARGE_ABOVE}),
          "names nothing");
  REFUSED(FIXED, FIXED,
          (c.n_conditions = 1,
           c.condition[0] = (ContractCondition){.kind = CONTRACT_TIME, .from_s = 1, .until_s = 1, .weekdays = 1}),
          "hours of the day");
#undef REFUSED
}

static void ARecordHasAtMost65535Bytes(void **state)
{
  enum { MOST = 10930 };
  static int64_t watt[MOST];
  static uint8_t packed[MOST * CONTRACT_WATT_BYTES];
  Contract       c        = Make(CONTRACT_PROFILE, CONTRACT_PRICE_FIXED);
  MarketBytes    bytes[2] = {{0}};
  MarketError    error    = {0};

  (void)state;
  for (int i = 0; i < MOST; i++) watt[i] = i;
  ContractPackProfile(watt, MOST, packed);
  c.value    = packed;
  c.n_values = 10900; /* 65,400 bytes of values, and the rest */
  c.end      = c.start + c.n_values * INT64_C(3600);
  assert_int_equal(ContractEncode(&c, &bytes[0], &error), MARKET_OK);
  c.n_values = MOST;
  c.end      = c.start + c.n_values * INT64_C(3600);
  assert_int_equal(ContractEncode(&c, &bytes[1], &error), MARKET_BAD_INPUT);
  assert_non_null(strstr(error.text, "65535"));
  assert_int_equal(ContractDecode(bytes[1].data, bytes[1].size, &c, &error), MARKET_MALFORMED);
  for (int k = 0; k < 2; k++) MarketBytesFree(&bytes[k]);
}

static void AHandleKeepsTheOrderOfHashesAndRefusesDuplicates(void **state)
{
  Contracts   forward = NULL, backward = NULL;
  MarketBytes bytes[20] = {{0}};
  MarketError error     = {0};
  char        name[20][16];

  (void)state;
  assert_int_equal(ContractsCount(NULL), 0);
  assert_int_equal(ContractsCreate(&forward, &error), MARKET_OK);
  assert_int_equal(ContractsCreate(&backward, &error), MARKET_OK);
  for (int i = 0; i < 20; i++) {
    Contract c;
    snprintf(name[i], sizeof name[i], "number %d", i);
    c = GridContract(name[i]);
    assert_int_equal(ContractEncode(&c, &bytes[i], &error), MARKET_OK);
    assert_int_equal(ContractsAdd(forward, bytes[i].data, bytes[i].size, &error), MARKET_OK);
  }
  for (int i = 20; i-- > 0;) assert_int_equal(ContractsAdd(backward, bytes[i].data, bytes[i].size, &error), MARKET_OK);
  assert_int_equal(ContractsCount(forward), 20);
  for (size_t k = 0; k < 20; k++) {
    size_t         size   = 0;
    const uint8_t *record = ContractsRecord(forward, k, &size);
    LedgerHash     leaf   = LedgerHashLeaf(record, size);
    assert_memory_equal(ContractsHash(forward, k), ContractsHash(backward, k), 32);
    assert_memory_equal(ContractsHash(forward, k), leaf.byte, 32);
    if (k) assert_true(memcmp(ContractsHash(forward, k - 1), ContractsHash(forward, k), 32) < 0);
  }
  assert_int_equal(ContractsAdd(forward, bytes[3].data, bytes[3].size, &error), MARKET_BAD_INPUT);
  assert_non_null(strstr(error.text, "'number 3': found twice"));
  {
    Contract    c     = GridContract("number 5");
    MarketBytes other = {0};
    c.share           = 1;
    assert_int_equal(ContractEncode(&c, &other, &error), MARKET_OK);
    assert_int_equal(ContractsAdd(forward, other.data, other.size, &error), MARKET_BAD_INPUT);
    assert_non_null(strstr(error.text, "two of this name"));
    assert_int_equal(ContractsAdd(forward, other.data, other.size - 1, &error), MARKET_MALFORMED);
    MarketBytesFree(&other);
  }
  assert_int_equal(ContractsCount(forward), 20);
  for (int i = 0; i < 20; i++) MarketBytesFree(&bytes[i]);
  ContractsDestroy(&forward);
  ContractsDestroy(&backward);
  ContractsDestroy(&backward);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(EveryCombinationIsAcceptedOrRefusedAsDocumented),
      cmocka_unit_test(ConditionsAndOptionsSurviveTheirBytes),
      cmocka_unit_test(WhatMakesNoSenseIsRefused),
      cmocka_unit_test(ARecordHasAtMost65535Bytes),
      cmocka_unit_test(AHandleKeepsTheOrderOfHashesAndRefusesDuplicates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
