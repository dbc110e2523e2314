/* Fuzzing of the reader of entries; a first argument sets the number of mutations per file. */
#include "market/entry.h"
#include "tests/market/fuzz.h"

static long mutations;

static int SetUp(void **state)
{
  (void)state;
  FuzzLoad("tests/market/corpus/entry");
  return 0;
}

static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  SettlementEntry entry;
  MarketBytes     again  = {0};
  MarketError     error  = {0};
  MarketStatus    status = SettlementEntryDecode(bytes, size, &entry, &error);

  (void)name;
  if (status == MARKET_OK) {
    uint8_t encoded[ENTRY_SIZE_MAX];
    size_t  n = 0;
    assert_int_equal(SettlementEntryEncode(&entry, encoded, sizeof encoded, &n, &error), MARKET_OK);
    MarketPutRaw(&again, encoded, n);
  }
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
