/* Carbon with every gram and every millionth known by hand. */
#include "market/account.h"
#include "market/carbon.h"
#include "tests/market/granular_case.h"
#include "tests/market/random_study.h"

/* Two coal units of one owner and one of another in two regions; two hours. */
static Facts Plants(GranularCase *c)
{
  static const double mw[] = {100.0000001, 50, 10, -160, 0, 200.5, 20, -220.5};

  CaseBegin(c, 2);
  c->in.n_regions = c->in.n_buses = 2;
  c->region[1]                    = "east";
  c->bus_number[1]                = 9;
  c->bus_region[1]                = 1;
  CaseParticipant(c, "coal");
  CaseParticipant(c, "gas");
  CaseParticipant(c, "town");
  c->participant_class[0] = c->participant_class[1] = "plant";
  CaseAsset(c, FACTS_GENERATOR, 0, "lignite");
  CaseAsset(c, FACTS_GENERATOR, 1, "turbine");
  CaseAsset(c, FACTS_GENERATOR, 0, "wind");
  CaseAsset(c, FACTS_LOAD, 2, "lamps");
  c->asset[0].emission_t_per_mwh = 1.1;
  c->asset[1].emission_t_per_mwh = 0.35;
  c->asset[1].bus                = 1;
  c->asset[0].power_mw           = 100;
  c->asset[1].power_mw           = 200;
  return CaseFacts(c, mw, NULL);
}

static int64_t Paid(const Transfers *list, uint32_t account, int64_t *grams)
{
  int64_t sum = 0;

  *grams = 0;
  for (size_t i = 0; i < list->n; i++) {
    const Transfer *t = &list->transfer[i];
    assert_int_equal(t->kind, SETTLEMENT_CARBON);
    if (t->payer == account) {
      sum += t->amount;
      *grams += t->quantity;
    }
    if (t->payee == account) {
      sum -= t->amount;
      *grams -= t->quantity;
    }
  }
  return sum;
}

static CarbonReport Settle(Facts facts, const CarbonRules *rules, Transfers *transfers)
{
  CarbonReport report;
  MarketError  error = {0};

  if (CarbonSettle(facts, rules, transfers, &report, &error)) fail_msg("%s", error.text);
  return report;
}

/* 100 MWh of lignite and 250.5 MWh of gas at 80 a tonne: 110 t and 87.675 t. */
static void UnitsPayForWhatTheyEmit(void **state)
{
  GranularCase c;
  Facts        facts     = Plants(&c);
  Transfers    transfers = {0};
  CarbonRules  rules     = {.enabled = true, .price = 80000000};
  CarbonReport report    = Settle(facts, &rules, &transfers);
  int64_t      grams;

  (void)state;
  assert_int_equal(transfers.n, 3); /* the lignite stands still in the second hour; wind and lamps emit nothing */
  assert_int_equal(Paid(&transfers, 0, &grams), 8800000000);
  assert_int_equal(grams, 110000000);
  assert_int_equal(Paid(&transfers, 1, &grams), 7014000000);
  assert_int_equal(grams, 87675000);
  assert_int_equal(Paid(&transfers, 2, &grams), 0);
  assert_int_equal(Paid(&transfers, AccountIndex(3, ACCOUNT_CARBON, 0), &grams), -8800000000);
  assert_int_equal(Paid(&transfers, AccountIndex(3, ACCOUNT_CARBON, 1), &grams), -7014000000);
  assert_int_equal(transfers.transfer[0].payer_bus, 7);
  assert_int_equal(transfers.transfer[1].payer_bus, 9);
  assert_int_equal(transfers.transfer[1].payee_region, 1);
  assert_memory_equal(transfers.transfer[1].detail.bytes, "turbine", 7);
  assert_int_equal(report.emitted_g, 197675000);
  assert_int_equal(report.bought_g, 197675000);
  assert_int_equal(report.cancelled_g, 197675000);
  assert_int_equal(report.issued_g, 197675000);
  assert_int_equal(report.paid, 15814000000);
  assert_int_equal(report.granted_g | report.left_g | report.exceeded_g | report.returned, 0);
  assert_false(report.has_cap);
  TransfersFree(&transfers);
  FactsDestroy(&facts);
}

/* 3 Wh at 0.5 t/MWh are 1.5 g, so 2; 1 Wh is half a gram, so 1; what is taken away counts the same the other way. */
static void GramsAreRoundedAwayFromZero(void **state)
{
  GranularCase  c;
  Facts         facts;
  const double  mw[]   = {3e-6, 1e-6, 0, 3e-6};
  const int64_t want[] = {2, 1, 0, -2};
  int64_t       grams  = 0;
  MarketError   error;

  (void)state;
  CaseBegin(&c, 1);
  CaseParticipant(&c, "plant");
  for (int k = 0; k < 4; k++) {
    CaseAsset(&c, FACTS_GENERATOR, 0, (const char *[]){"a", "b", "c", "d"}[k]);
    c.asset[k].emission_t_per_mwh = k < 3 ? 0.5 : -0.5;
  }
  facts = CaseFacts(&c, mw, NULL);
  for (size_t k = 0; k < 4; k++) {
    assert_int_equal(CarbonEmission(facts, 0, k, &grams, &error), MARKET_OK);
    assert_int_equal(grams, want[k]);
  }
  FactsDestroy(&facts);
}

/* 60 t for nothing. By rated emissions 110 : 70 g an hour, so 36.666667 t and 23.333333 t, sold back in two halves. */
static void GrantsAreWorthThePriceWhateverIsEmitted(void **state)
{
  GranularCase c;
  Facts        facts     = Plants(&c);
  Transfers    transfers = {0};
  CarbonRules  rules     = {.enabled = true, .price = 80000000, .free_g = 60000000};
  CarbonReport report    = Settle(facts, &rules, &transfers);
  int64_t      grams;

  (void)state;
  assert_int_equal(report.granted_g, 60000000);
  assert_int_equal(report.returned, 4800000000);
  assert_int_equal(Paid(&transfers, 0, &grams), 8800000000 - 2933333360); /* 36,666,667 g */
  assert_int_equal(grams, 110000000 - 36666667);
  assert_int_equal(Paid(&transfers, 1, &grams), 7014000000 - 1866666640);
  assert_int_equal(transfers.n, 3 + 4);
  assert_int_equal(transfers.transfer[3].quantity, 18333334); /* the odd gram in the first hour */
  assert_int_equal(transfers.transfer[4].quantity, 18333333);
  assert_int_equal(transfers.transfer[4].interval, 1);
  assert_int_equal(transfers.transfer[3].payee, 0);
  TransfersFree(&transfers);
  FactsDestroy(&facts);
}

/* Shares 3 to 1: a class by what its units emit, and a town, which emits nothing and may sell what it got. */
static void SharesAreOfClassesAndParticipants(void **state)
{
  GranularCase c;
  Facts        facts     = Plants(&c);
  Transfers    transfers = {0};
  CarbonRules  rules     = {.enabled = true, .price = 1000000, .free_g = 72000000};
  MarketError  error;
  int64_t      grams;

  (void)state;
  assert_int_equal(CarbonRulesAddShare(&rules, true, EntryTextOf("plant"), 3, &error), MARKET_OK);
  assert_int_equal(CarbonRulesAddShare(&rules, false, EntryTextOf("town"), 1, &error), MARKET_OK);
  assert_false(rules.share[0].is_class);
  Settle(facts, &rules, &transfers);
  Paid(&transfers, 0, &grams);
  assert_int_equal(grams, 110000000 - 33000000);
  Paid(&transfers, 1, &grams);
  assert_int_equal(grams, 87675000 - 21000000);
  assert_int_equal(Paid(&transfers, 2, &grams), -18000000);
  assert_int_equal(grams, -18000000);
  TransfersFree(&transfers);
  CarbonRulesFree(&rules);
  FactsDestroy(&facts);
}

static void ACapIsReported(void **state)
{
  GranularCase c;
  Facts        facts     = Plants(&c);
  Transfers    transfers = {0};
  CarbonRules  rules     = {.enabled = true, .has_cap = true, .cap_g = 200000000};
  CarbonReport report    = Settle(facts, &rules, &transfers);

  (void)state;
  assert_int_equal(report.issued_g, 200000000);
  assert_int_equal(report.left_g, 2325000);
  assert_int_equal(report.exceeded_g, 0);
  rules.cap_g = 197674999;
  report      = Settle(facts, &rules, &transfers);
  assert_int_equal(report.left_g, 0);
  assert_int_equal(report.exceeded_g, 1);
  TransfersFree(&transfers);
  FactsDestroy(&facts);
}

static void Refused(Facts facts, const CarbonRules *rules, MarketStatus status, const char *line)
{
  Transfers    transfers = {0};
  CarbonReport report;
  MarketError  error = {0};

  assert_int_equal(CarbonSettle(facts, rules, &transfers, &report, &error), status);
  assert_string_equal(error.text, line);
  TransfersFree(&transfers);
}

static void BadRulesAreOneLine(void **state)
{
  GranularCase c;
  Facts        facts = Plants(&c);
  CarbonRules  rules = {.enabled = true, .price = -1};
  MarketError  error;

  (void)state;
  Refused(facts, &rules, MARKET_BAD_INPUT, "carbon: price -1, cap 0 g, free allowances 0 g; expected none below 0");
  rules = (CarbonRules){.enabled = true, .has_cap = true, .cap_g = 5, .free_g = 6};
  Refused(facts, &rules, MARKET_BAD_INPUT, "6 g of free allowances are more than the cap of 5 g");
  rules = (CarbonRules){.enabled = true, .price = INT64_MAX};
  Refused(facts, &rules, MARKET_OVERFLOW, "110000000 g at 9223372036854775807 millionths per t do not fit 64 bits");
  rules = (CarbonRules){.enabled = true, .free_g = 6};
  assert_int_equal(CarbonRulesAddShare(&rules, true, EntryTextOf("mine"), 1, &error), MARKET_OK);
  Refused(facts, &rules, MARKET_BAD_INPUT, "free allowances are for class 'mine', of which there is none");
  assert_int_equal(CarbonRulesAddShare(&rules, true, EntryTextOf("mine"), 1, &error), MARKET_BAD_INPUT);
  assert_string_equal(error.text, "two shares of free allowances are for class 'mine'");
  assert_int_equal(CarbonRulesAddShare(&rules, false, EntryTextOf("x"), -1, &error), MARKET_BAD_INPUT);
  assert_int_equal(CarbonRulesAddShare(&rules, false, EntryTextOf(""), 1, &error), MARKET_BAD_INPUT);
  assert_int_equal(rules.n_shares, 1);
  CarbonRulesFree(&rules);
  FactsDestroy(&facts);
}

/* Whatever the reader takes writes the same bytes again. */
static bool Accepts(const uint8_t *bytes, size_t size)
{
  uint8_t     *exact  = malloc(size + 1);
  CarbonRules  rules  = {0};
  MarketBytes  again  = {0};
  MarketError  error  = {0};
  MarketReader reader = {exact, size, 0, "carbon", &error};
  bool         taken;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  taken = CarbonRulesTake(&reader, &rules) == MARKET_OK && MarketTakeEnd(&reader) == MARKET_OK;
  if (taken) {
    CarbonRulesWrite(&rules, &again);
    assert_int_equal(again.size, size);
    assert_memory_equal(again.data, bytes, size);
  } else {
    assert_int_equal(error.status, MARKET_MALFORMED);
    assert_null(strchr(error.text, '\n'));
  }
  CarbonRulesFree(&rules);
  MarketBytesFree(&again);
  free(exact);
  return taken;
}

static void RulesAreCanonicalBytes(void **state)
{
  CarbonRules rules    = {.enabled = true, .price = 5, .has_cap = true, .cap_g = 9, .free_g = 7};
  MarketBytes bytes    = {0};
  MarketError error    = {0};
  uint64_t    random   = 7;
  int         accepted = 0, refused = 0;
  uint8_t     copy[256];

  (void)state;
  for (int k = 0; k < 4; k++)
    assert_int_equal(
        CarbonRulesAddShare(&rules, k & 1, EntryTextOf((const char *[]){"b", "b", "a", "ab"}[k]), k, &error),
        MARKET_OK);
  CarbonRulesWrite(&rules, &bytes);
  assert_int_equal(bytes.size, 1 + 8 + 8 + 8 + 4 + 4 * (1 + 2 + 8) + 5);
  assert_true(Accepts(bytes.data, bytes.size));
  for (size_t cut = 0; cut < bytes.size; cut++) assert_false(Accepts(bytes.data, cut));
  for (int m = 0; m < 20000; m++) {
    memcpy(copy, bytes.data, bytes.size);
    for (int k = 1 + RandomBelow(&random, 3); k > 0; k--)
      copy[RandomBelow(&random, bytes.size)] = (uint8_t)RandomNext(&random);
    *(Accepts(copy, bytes.size) ? &accepted : &refused) += 1;
  }
  assert_true(accepted > 0 && refused > 0);
  MarketBytesFree(&bytes);
  CarbonRulesFree(&rules);
}

/* Over random grids: what is bought is what is emitted, and a grant is given away to the last gram. */
static void GrantsAndPurchasesAddUp(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 200; seed++) {
    uint64_t     random = seed;
    GranularCase c;
    Facts        facts;
    Transfers    transfers = {0};
    CarbonRules  rules     = {.enabled = true, .price = RandomBelow(&random, 200000000)};
    CarbonReport report;
    double       mw[60];
    int64_t      bought = 0, returned = 0, paid = 0;
    CaseBegin(&c, 1 + (size_t)RandomBelow(&random, 4));
    for (int p = 0; p < 5; p++) CaseParticipant(&c, (const char *[]){"a", "b", "c", "d", "e"}[p]);
    for (uint32_t a = 0; a < 12; a++) {
      CaseAsset(&c, a < 9 ? FACTS_GENERATOR : FACTS_LOAD, (uint32_t)RandomBelow(&random, 5), "unit");
      c.asset[a].emission_t_per_mwh = a < 9 ? RandomReal(&random, 0, 1.2) : 0;
    }
    for (size_t k = 0; k < c.in.intervals * 12; k++) mw[k] = RandomReal(&random, -0.2, 1) * (k % 12 < 9 ? 1 : -1);
    facts        = CaseFacts(&c, mw, NULL);
    rules.free_g = RandomBelow(&random, 1000000);
    report       = Settle(facts, &rules, &transfers);
    for (size_t i = 0; i < transfers.n; i++) {
      const Transfer *t    = &transfers.transfer[i];
      bool            sold = t->payee < 5;
      *(sold ? &returned : &bought) += t->quantity;
      paid += sold ? -t->amount : t->amount;
    }
    assert_int_equal(bought, report.emitted_g);
    assert_int_equal(returned, rules.free_g);
    assert_int_equal(paid, report.paid - report.returned);
    TransfersFree(&transfers);
    FactsDestroy(&facts);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(UnitsPayForWhatTheyEmit),
      cmocka_unit_test(GramsAreRoundedAwayFromZero),
      cmocka_unit_test(GrantsAreWorthThePriceWhateverIsEmitted),
      cmocka_unit_test(SharesAreOfClassesAndParticipants),
      cmocka_unit_test(ACapIsReported),
      cmocka_unit_test(BadRulesAreOneLine),
      cmocka_unit_test(RulesAreCanonicalBytes),
      cmocka_unit_test(GrantsAndPurchasesAddUp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
