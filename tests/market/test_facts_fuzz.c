/* Fuzzing of the facts' reader: whatever it accepts must write the very same bytes, and settle or fail with a line of
   text. The committed corpus is replayed (good-* must be accepted, bad-* refused), then mutated under a fixed seed; a
   first argument sets the number of mutations per file. */
#include "market/settlement.h"
#include "tests/market/random_study.h"
#include "tests/support.h"

#include <dirent.h>
#include <string.h>

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
  const char    *folder = ShippedFile("tests/market/corpus/facts");
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

/* Facts that are accepted may still not balance, but settling them ends well. */
static void SettleOrSaySo(Facts facts)
{
  Settlement   s = NULL;
  MarketError  error;
  MarketStatus status = SettlementCreate(facts, NULL, NULL, &s, &error);

  if (status != MARKET_OK) assert_true(status == MARKET_UNBALANCED || status == MARKET_OVERFLOW);
  SettlementDestroy(&s);
}

/* Reads a copy of just the right length, so that a sanitizer sees any read outside. */
static bool Accepts(const uint8_t *bytes, size_t size)
{
  uint8_t    *exact = malloc(size ? size : 1);
  Facts       facts = NULL;
  MarketBytes again = {0};
  MarketError error;
  bool        accepted;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  error.text[0] = 0;
  accepted      = FactsRead(exact, size, &facts, &error) == MARKET_OK;
  if (accepted) {
    FactsWrite(facts, &again);
    assert_int_equal(again.size, size);
    assert_memory_equal(again.data, bytes, size);
    SettleOrSaySo(facts);
    MarketBytesFree(&again);
  } else {
    assert_null(facts);
    assert_int_equal(error.status, MARKET_MALFORMED);
    assert_true(error.text[0] && !strchr(error.text, '\n'));
  }
  FactsDestroy(&facts);
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

  switch (RandomBelow(seed, 6)) {
  case 0: /* flip a bit */
  case 1:
    if (at < size) bytes[at] ^= (uint8_t)(1u << RandomBelow(seed, 8));
    break;
  case 2: /* set a byte to one that matters */
    if (at < size) bytes[at] = (uint8_t[]){0, 1, 0x7F, 0x80, 0xC2, 0xED, 0xF4, 0xFF}[RandomBelow(seed, 8)];
    break;
  case 3: /* cut */
    return at;
  case 4: /* insert */
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

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(CorpusIsJudgedByItsNames),
      cmocka_unit_test(MutationsAreRefusedOrCanonical),
  };
  if (argc > 1) mutations = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, LoadCorpus, NULL);
}
