/* Fuzzing of the readers of bids and of a local market's rules: what they accept writes the very same bytes. The corpus
   is replayed (good-* accepted, bad-* refused; *-rules-* are rules), then mutated under a fixed seed; a first argument
   sets the number of mutations per file. */
#include "tests/market/local_book.h"

#include <dirent.h>

enum { SEEDS_MOST = 32, SIZE_MOST = 4096 };

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
  const char    *folder = ShippedFile("tests/market/corpus/bids");
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

/* Reads a copy of just the right length, so that a sanitizer sees any read outside. */
static bool Accepts(bool rules, const uint8_t *bytes, size_t size)
{
  uint8_t     *exact = malloc(size ? size : 1);
  MarketBytes  again = {0};
  MarketError  error = {MARKET_OK, ""};
  MarketStatus status;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  status = ReadAndWrite(rules, exact, size, &again, &error);
  if (status == MARKET_OK) {
    assert_int_equal(again.size, size);
    assert_memory_equal(again.data, bytes, size);
  } else {
    assert_int_equal(status, MARKET_MALFORMED);
    assert_int_equal(error.status, MARKET_MALFORMED);
    assert_true(error.text[0] && !strchr(error.text, '\n'));
  }
  MarketBytesFree(&again);
  free(exact);
  return status == MARKET_OK;
}

static bool OfRules(const Seed *seed)
{
  return strstr(seed->name, "-rules-") != NULL;
}

static void CorpusIsJudgedByItsNames(void **state)
{
  (void)state;
  for (size_t k = 0; k < n_seeds; k++)
    if (Accepts(OfRules(&seeds[k]), seeds[k].bytes, seeds[k].size) != !strncmp(seeds[k].name, "good-", 5))
      fail_msg("%s was judged wrongly", seeds[k].name);
}

static size_t Mutate(uint8_t *bytes, size_t size, uint64_t *random)
{
  size_t at = (size_t)BookBelow(random, size + 1);

  switch (BookBelow(random, 5)) {
  case 0: /* flip a bit */
    if (at < size) bytes[at] ^= (uint8_t)(1u << BookBelow(random, 8));
    break;
  case 1: /* set a byte to one that matters */
    if (at < size) bytes[at] = (uint8_t[]){0, 1, 0x7F, 0x80, 0xC2, 0xED, 0xF4, 0xFF}[BookBelow(random, 8)];
    break;
  case 2: /* cut */
    return at;
  case 3: /* insert */
    if (size == SIZE_MOST) break;
    memmove(bytes + at + 1, bytes + at, size - at);
    bytes[at] = (uint8_t)BookNext(random);
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
      for (int64_t steps = 1 + BookBelow(&random, 3); steps > 0; steps--) size = Mutate(bytes, size, &random);
      if (Accepts(OfRules(&seeds[k]), bytes, size))
        accepted++;
      else
        refused++;
    }
  assert_true(accepted > 0 && refused > 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(CorpusIsJudgedByItsNames),
      cmocka_unit_test(MutationsAreRefusedOrCanonical),
  };
  if (argc > 1) mutations = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, LoadCorpus, NULL);
}
