/* Fuzzing of the readers of contracts and of their carried state; a first argument sets the number of mutations per
   file. */
#include "tests/market/contract_grid.h"
#include "tests/market/fuzz.h"

static long mutations;

static int SetUp(void **state)
{
  (void)state;
  FuzzLoad("tests/market/corpus/contract");
  return 0;
}

static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  Contract     contract;
  MarketBytes  again  = {0};
  MarketError  error  = {0};
  MarketStatus status = ContractDecode(bytes, size, &contract, &error);

  (void)name;
  if (status == MARKET_OK) assert_int_equal(ContractEncode(&contract, &again, &error), MARKET_OK);
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

/* A window without intervals hands a state on as it is. */
static void StatesAreRefusedOrHandedOnAsTheyAre(void **state)
{
  static Grid grid;
  Contracts   contracts  = NULL;
  Contract    take[3]    = {GridContract("one"), GridContract("two"), GridContract("three")};
  Contract    shift      = GridResponse("four", CONTRACT_SHIFTING);
  MarketBytes good       = {0};
  Deliveries  deliveries = {0};
  Transfers   transfers  = {0};
  MarketError error      = {0};
  uint64_t    random     = 7;
  long        accepted = 0, refused = 0;

  (void)state;
  GridSetUp(&grid);
  assert_int_equal(ContractsCreate(&contracts, &error), MARKET_OK);
  for (int k = 0; k < 3; k++) {
    GridSetPrice(&take[k], CONTRACT_PRICE_TAKE_OR_PAY);
    take[k].per = CONTRACT_PER_CONTRACT;
    take[k].end += 7200;
    GridAdd(contracts, &take[k]);
  }
  shift.end += 7200;
  shift.block_s = 6 * 3600;
  GridAdd(contracts, &shift);
  assert_int_equal(ContractsExecute(contracts, &grid.facts, NULL, &good, &deliveries, &transfers, &error), MARKET_OK);
  assert_int_equal(good.size, 5 + 4 * 56);
  grid.facts.window_start += GRID_T * 3600;
  grid.facts.intervals = 0;
  for (long m = 0; m < mutations; m++) {
    MarketBytes before = {0}, after = {0};
    uint8_t     bytes[FUZZ_BYTES];
    size_t      size = good.size;
    memcpy(bytes, good.data, size);
    for (int64_t steps = RandomBelow(&random, 3); steps > 0; steps--) size = FuzzMutate(bytes, size, &random);
    MarketPutRaw(&before, bytes, size);
    if (size &&
        ContractsExecute(contracts, &grid.facts, &before, &after, &deliveries, &transfers, &error) == MARKET_OK) {
      assert_int_equal(after.size, size);
      assert_memory_equal(after.data, bytes, size);
      accepted++;
    } else {
      refused++;
    }
    MarketBytesFree(&before);
    MarketBytesFree(&after);
  }
  assert_true(accepted > mutations / 10 && refused > mutations / 10);
  MarketBytesFree(&good);
  DeliveriesFree(&deliveries);
  TransfersFree(&transfers);
  ContractsDestroy(&contracts);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(CorpusIsJudgedByItsNames),
      cmocka_unit_test(MutationsAreRefusedOrCanonical),
      cmocka_unit_test(StatesAreRefusedOrHandedOnAsTheyAre),
  };
  mutations = FuzzMutations(argc, argv, 20000);
  return cmocka_run_group_tests(tests, SetUp, NULL);
}
