/* Fuzzing of the readers of contracts and of their carried state: whatever is accepted must be written again as the very
   same bytes. The committed corpus is replayed (good-* must be accepted, bad-* refused), then mutated under a fixed seed;
   a first argument sets the number of mutations per file. */
#include "tests/market/random_contract.h"

#include <dirent.h>

enum { SEEDS_MOST = 64, SIZE_MOST = 4096 };

typedef struct {
  char    name[256];
  uint8_t bytes[SIZE_MOST];
  size_t  size;
} Seed;

static Seed   seeds[SEEDS_MOST];
static size_t n_seeds;
static long   mutations = 20000;

static int LoadCorpus(void **state)
{
  const char    *folder = ShippedFile("tests/market/corpus-contract");
  DIR           *open   = opendir(folder);
  struct dirent *item;

  (void)state;
  if (!open) return -1;
  while ((item = readdir(open)) && n_seeds < SEEDS_MOST) {
    char  path[2048];
    Seed *seed = &seeds[n_seeds];
    FILE *file;
    if (item->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, item->d_name);
    file = fopen(path, "rb");
    if (!file) return -1;
    snprintf(seed->name, sizeof seed->name, "%s", item->d_name);
    seed->size = fread(seed->bytes, 1, sizeof seed->bytes, file);
    fclose(file);
    n_seeds++;
  }
  closedir(open);
  return n_seeds ? 0 : -1;
}

/* Decodes a copy of just the right length, so that a sanitizer sees any read outside. */
static bool Accepts(const uint8_t *bytes, size_t size)
{
  uint8_t    *exact = malloc(size ? size : 1);
  MarketBytes again = {0};
  MarketError error = {0};
  Contract    contract;
  bool        accepted;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  accepted = ContractDecode(exact, size, &contract, &error) == MARKET_OK;
  if (accepted) {
    assert_int_equal(ContractEncode(&contract, &again, &error), MARKET_OK);
    assert_int_equal(again.size, size);
    assert_memory_equal(again.data, bytes, size);
  } else {
    assert_int_equal(error.status, MARKET_MALFORMED);
    assert_true(error.text[0] && !strchr(error.text, '\n'));
  }
  MarketBytesFree(&again);
  free(exact);
  return accepted;
}

static void CorpusIsJudgedByItsNames(void **state)
{
  (void)state;
  for (size_t k = 0; k < n_seeds; k++)
    if (Accepts(seeds[k].bytes, seeds[k].size) != !strncmp(seeds[k].name, "good-", 5))
      fail_msg("%s was judged wrongly", seeds[k].name);
}

static size_t Mutate(uint8_t *bytes, size_t size, uint64_t *seed)
{
  size_t at = (size_t)RandomBelow(seed, size + 1);

  switch (RandomBelow(seed, 5)) {
  case 0: /* flip a bit */
    if (at < size) bytes[at] ^= (uint8_t)(1u << RandomBelow(seed, 8));
    break;
  case 1: /* set a byte to one that matters */
    if (at < size) bytes[at] = (uint8_t[]){0, 1, 2, 5, 0x7F, 0x80, 0xC2, 0xFF}[RandomBelow(seed, 8)];
    break;
  case 2: /* cut */
    return at;
  case 3: /* insert */
    if (size == SIZE_MOST) break;
    memmove(bytes + at + 1, bytes + at, size - at);
    bytes[at] = (uint8_t)RandomNext(seed);
    return size + 1;
  default: /* delete */
    if (at >= size) break;
    memmove(bytes + at, bytes + at + 1, size - at - 1);
    return size - 1;
  }
  return size;
}

static void MutationsAreRefusedOrCanonical(void **state)
{
  static uint8_t bytes[SIZE_MOST];
  uint64_t       random   = 20300621;
  long           accepted = 0, refused = 0;

  (void)state;
  for (size_t k = 0; k < n_seeds; k++)
    for (long m = 0; m < mutations; m++) {
      size_t size = seeds[k].size;
      memcpy(bytes, seeds[k].bytes, size);
      for (int steps = 1 + RandomBelow(&random, 4); steps > 0; steps--) size = Mutate(bytes, size, &random);
      if (Accepts(bytes, size))
        accepted++;
      else
        refused++;
    }
  assert_true(accepted > 0 && refused > 0);
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
    uint8_t     bytes[512];
    size_t      size = good.size;
    memcpy(bytes, good.data, size);
    for (int steps = RandomBelow(&random, 3); steps > 0; steps--) size = Mutate(bytes, size, &random);
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
  if (argc > 1) mutations = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, LoadCorpus, NULL);
}
