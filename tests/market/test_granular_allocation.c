/* Each allocation of a window's certificates, of their audit and of carbon fails once: a clear status, no crash,
   nothing lost. */
#include "market/carbon.h"
#include "tests/market/failing_allocations.h"
#include "tests/market/granular_case.h"

/* Two hours with a storage, a contract that is short, a pool, and a carbon market with shares. */
static Facts Everything(GranularCase *c, Deliveries *deliveries)
{
  static const double mw[]    = {100e-6, -60e-6, -30e-6, -40e-6, 20e-6, 0, 40e-6, -30e-6, -40e-6, 0};
  static const double level[] = {0, 0, 0, 0, 0, 0, 54e-6, 0, 0, 0, 0, 9e-6, 0, 0, 0};
  Facts               facts;

  CaseBegin(c, 2);
  CaseParticipant(c, "farm");
  CaseParticipant(c, "town");
  CaseParticipant(c, "village");
  CaseAsset(c, FACTS_GENERATOR, 0, "mill");
  CaseAsset(c, FACTS_STORAGE, 0, "tank");
  CaseAsset(c, FACTS_LOAD, 1, "lamps");
  CaseAsset(c, FACTS_LOAD, 2, "fridge");
  CaseAsset(c, FACTS_GENERATOR, 2, "diesel");
  c->asset[4].renewable          = false;
  c->asset[4].emission_t_per_mwh = 0.7;
  facts                          = CaseFacts(c, mw, level);
  CaseDeliver(deliveries, facts, 0, 0, 0, 1, DELIVERY_ANY_ASSET, 80);
  CaseDeliver(deliveries, facts, 0, 0, 0, 2, DELIVERY_ANY_ASSET, 70);
  CaseDeliver(deliveries, facts, 1, 0, 1, 2, DELIVERY_ANY_ASSET, 10);
  return facts;
}

static MarketStatus Once(Facts facts, const Deliveries *deliveries, MarketError *error)
{
  GranularRules  rules = {.enabled = true, .pool = true};
  MarketBytes    after = {0}, next = {0};
  GranularEvents events = {0};
  GranularAudit  audit  = NULL;
  MarketStatus   status = GranularExecute(facts, deliveries, &rules, NULL, &after, &events, error);

  if (status == MARKET_OK) status = GranularAuditCreate(&audit, error);
  for (size_t i = 0; i < events.n && status == MARKET_OK; i++)
    status = GranularAuditTake(audit, events.bytes.data + events.record[i].offset, events.record[i].size, error);
  GranularAuditDestroy(&audit);
  GranularEventsFree(&events);
  if (status == MARKET_OK) status = GranularExecute(facts, NULL, &rules, &after, &next, &events, error);
  GranularEventsFree(&events);
  MarketBytesFree(&after);
  MarketBytesFree(&next);
  return status;
}

static MarketStatus CarbonOnce(Facts facts, MarketError *error)
{
  CarbonRules  rules = {.enabled = true, .price = 1000000, .free_g = 100}, again = {0};
  MarketBytes  bytes     = {0};
  Transfers    transfers = {0};
  CarbonReport report;
  MarketReader reader;
  MarketStatus status = CarbonRulesAddShare(&rules, false, EntryTextOf("town"), 1, error);

  if (status == MARKET_OK) status = CarbonRulesAddShare(&rules, false, EntryTextOf("farm"), 2, error);
  if (status == MARKET_OK) CarbonRulesWrite(&rules, &bytes);
  if (status == MARKET_OK) status = MarketBytesCheck(&bytes, error);
  reader = (MarketReader){bytes.data, bytes.size, 0, "carbon", error};
  if (status == MARKET_OK) status = CarbonRulesTake(&reader, &again);
  if (status == MARKET_OK) status = CarbonSettle(facts, &again, &transfers, &report, error);
  TransfersFree(&transfers);
  CarbonRulesFree(&rules);
  CarbonRulesFree(&again);
  MarketBytesFree(&bytes);
  return status;
}

static void EveryAllocationMayFail(void **state)
{
  GranularCase c;
  Deliveries   deliveries = {0};
  Facts        facts      = Everything(&c, &deliveries);

  (void)state;
  for (int carbon = 0; carbon < 2; carbon++) {
    long n = 0;
    for (;; n++) {
      MarketError  error = {0};
      MarketStatus status;
      countdown = n;
      status    = carbon ? CarbonOnce(facts, &error) : Once(facts, &deliveries, &error);
      if (countdown >= 0) { /* all of them were granted */
        countdown = -1;
        if (status != MARKET_OK) fail_msg("%s", error.text);
        break;
      }
      if (status != MARKET_NO_MEMORY) fail_msg("allocation %ld: %s", n, error.text);
      assert_non_null(strstr(error.text, "no memory"));
    }
    assert_true(n > (carbon ? 10 : 30));
  }
  DeliveriesFree(&deliveries);
  FactsDestroy(&facts);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(EveryAllocationMayFail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
