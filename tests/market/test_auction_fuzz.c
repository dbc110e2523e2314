/* Fuzzing of the readers of bids and of a local market's rules (*-rules-*); a first argument sets the number of mutations
   per file. */
#include "market/local.h"
#include "tests/market/fuzz.h"

static long mutations;

static int SetUp(void **state)
{
  (void)state;
  FuzzLoad("tests/market/corpus/bids");
  return 0;
}

static MarketStatus ReadAndWrite(bool rules, const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  LocalRules read;
  Bids       bids = NULL;

  if (rules) {
    MARKET_TRY(LocalRulesRead(bytes, size, &read, error));
    LocalRulesWrite(&read, again);
  } else {
    MARKET_TRY(BidsRead(bytes, size, &bids, error));
    BidsWrite(bids, again);
    BidsDestroy(&bids);
  }
  return MARKET_OK;
}

static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  MarketBytes  again  = {0};
  MarketError  error  = {0};
  MarketStatus status = ReadAndWrite(strstr(name, "-rules-") != NULL, bytes, size, &again, &error);

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
