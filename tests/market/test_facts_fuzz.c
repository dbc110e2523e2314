/* Fuzzing of the reader of facts, which are settled when they are accepted: this may fail, with a line of text. A first
   argument sets the number of mutations per file. */
#include "market/settlement.h"
#include "tests/market/fuzz.h"

static long mutations;

static int SetUp(void **state)
{
  (void)state;
  FuzzLoad("tests/market/corpus/facts");
  return 0;
}

/* Facts that are accepted may still not balance, but settling them ends well. */
static void SettleOrSaySo(Facts facts)
{
  Settlement   s = NULL;
  MarketError  error;
  MarketStatus status = SettlementCreate(facts, NULL, NULL, &s, &error);

  if (status != MARKET_OK) assert_true(status == MARKET_UNBALANCED || status == MARKET_OVERFLOW);
  SettlementDestroy(&s);
}

static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  Facts        facts  = NULL;
  MarketBytes  again  = {0};
  MarketError  error  = {0};
  MarketStatus status = FactsRead(bytes, size, &facts, &error);

  (void)name;
  if (status == MARKET_OK) {
    FactsWrite(facts, &again);
    SettleOrSaySo(facts);
  } else {
    assert_null(facts);
  }
  FactsDestroy(&facts);
  return FuzzJudge(status, &error, &again, bytes, size);
}

static void CorpusIsJudgedByItsNames(void **state)
{
  (void)state;
  FuzzReplay(Accepts);
}

static void MutationsAreRefusedOrCanonical(void **state)
{
  (void)state;
  FuzzMutateAll(Accepts, mutations);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(CorpusIsJudgedByItsNames),
      cmocka_unit_test(MutationsAreRefusedOrCanonical),
  };
  mutations = FuzzMutations(argc, argv, 20000);
  return cmocka_run_group_tests(tests, SetUp, NULL);
}
