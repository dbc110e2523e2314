/* Fuzzing of what reads certificates: events (event-*), stored certificates (state-*), and an audit, which may take
   anything. A first argument sets the number of mutations per file. */
#include "market/granular_audit.h"
#include "tests/market/fuzz.h"

static long mutations;

static int SetUp(void **state)
{
  (void)state;
  FuzzLoad("tests/market/corpus/granular");
  return 0;
}

static MarketStatus ReadEvent(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  GranularEvent event;

  MARKET_TRY(GranularEventRead(bytes, size, &event, error));
  assert_int_equal(GranularEventValidate(&event, error), MARKET_OK);
  GranularEventWrite(&event, again);
  return MARKET_OK;
}

static MarketStatus ReadState(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  GranularState state;
  MarketStatus  status = GranularStateRead(bytes, size, &state, error);

  if (status == MARKET_OK)
    GranularStateWrite(&state, again);
  else
    assert_null(state.inventory);
  GranularStateFree(&state);
  return status;
}

static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  MarketBytes  again  = {0};
  MarketError  error  = {0};
  MarketStatus status = (strncmp(name, "event", 5) ? ReadState : ReadEvent)(bytes, size, &again, &error);

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

/* Events of the corpus in any order, some of them mutated: an audit says what it thinks of them and stays sound. */
static void AnAuditTakesAnything(void **state)
{
  static uint8_t bytes[FUZZ_BYTES];
  uint64_t       random = 20300622;
  long           passed = 0;

  (void)state;
  for (long m = 0; m < mutations / 4; m++) {
    GranularAudit audit  = NULL;
    MarketError   error  = {0};
    MarketStatus  status = GranularAuditCreate(&audit, &error);
    for (int n = 0; n < 8 && status == MARKET_OK; n++) {
      const FuzzSeed *seed = &fuzz_seed[RandomBelow(&random, fuzz_seeds)];
      size_t          size = seed->size;
      memcpy(bytes, seed->bytes, size);
      if (RandomBelow(&random, 4) == 0) size = FuzzMutate(bytes, size, &random);
      status = GranularAuditTake(audit, bytes, size, &error);
      passed += status == MARKET_OK;
    }
    assert_true(GranularAuditTotals(audit)->cancelled <= GranularAuditTotals(audit)->issued);
    assert_true(GranularAuditTotals(audit)->held >= 0);
    GranularAuditDestroy(&audit);
  }
  assert_true(passed > 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(CorpusIsJudgedByItsNames),
      cmocka_unit_test(MutationsAreRefusedOrCanonical),
      cmocka_unit_test(AnAuditTakesAnything),
  };
  mutations = FuzzMutations(argc, argv, 20000);
  return cmocka_run_group_tests(tests, SetUp, NULL);
}
