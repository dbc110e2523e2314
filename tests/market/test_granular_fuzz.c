/* Fuzzing of what reads certificates: events and stored certificates that are accepted must write the very same bytes,
   and an audit may take anything. The committed corpus is replayed (event- and state-good-* must be accepted, -bad-*
   refused), then mutated under a fixed seed; a first argument sets the number of mutations per file. */
#include "tests/market/granular_case.h"
#include "tests/market/random_study.h"

#include <dirent.h>

enum { SEEDS_MOST = 64, SIZE_MOST = 8192 };

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
  const char    *folder = ShippedFile("tests/market/corpus/granular");
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

static bool AcceptsEvent(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  GranularEvent event;

  if (GranularEventRead(bytes, size, &event, error) != MARKET_OK) return false;
  assert_int_equal(GranularEventValidate(&event, error), MARKET_OK);
  GranularEventWrite(&event, again);
  return true;
}

static bool AcceptsState(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  GranularState state;

  if (GranularStateRead(bytes, size, &state, error) != MARKET_OK) {
    assert_null(state.inventory);
    return false;
  }
  GranularStateWrite(&state, again);
  GranularStateFree(&state);
  return true;
}

/* Reads a copy of just the right length, so that a sanitizer sees any read outside. */
static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  uint8_t    *exact = malloc(size ? size : 1);
  MarketBytes again = {0};
  MarketError error = {0};
  bool        accepted;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  accepted = (strncmp(name, "event", 5) ? AcceptsState : AcceptsEvent)(exact, size, &again, &error);
  if (accepted) {
    assert_int_equal(again.size, size);
    if (size) assert_memory_equal(again.data, bytes, size);
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
  int good = 0;

  (void)state;
  for (size_t k = 0; k < n_seeds; k++) {
    bool expected = strstr(seeds[k].name, "-good-") != NULL;
    if (Accepts(seeds[k].name, seeds[k].bytes, seeds[k].size) != expected)
      fail_msg("%s was judged wrongly", seeds[k].name);
    good += expected;
  }
  assert_true(good > 0 && good < (int)n_seeds);
}

static size_t Mutate(uint8_t *bytes, size_t size, uint64_t *seed)
{
  size_t at = (size_t)RandomBelow(seed, size + 1);

  switch (RandomBelow(seed, 5)) {
  case 0: /* flip a bit */
    if (at < size) bytes[at] ^= (uint8_t)(1u << RandomBelow(seed, 8));
    break;
  case 1: /* set a byte to one that matters */
    if (at < size) bytes[at] = (uint8_t[]){0, 1, 2, 6, 0x7F, 0x80, 0xC2, 0xFF}[RandomBelow(seed, 8)];
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
      *(Accepts(seeds[k].name, bytes, size) ? &accepted : &refused) += 1;
    }
  assert_true(accepted > 0 && refused > 0);
}

/* Events of the corpus in any order, some of them mutated: an audit says what it thinks of them and stays sound. */
static void AnAuditTakesAnything(void **state)
{
  static uint8_t bytes[SIZE_MOST];
  uint64_t       random = 20300622;
  long           passed = 0;

  (void)state;
  for (long m = 0; m < mutations / 4; m++) {
    GranularAudit audit  = NULL;
    MarketError   error  = {0};
    MarketStatus  status = GranularAuditCreate(&audit, &error);
    for (int n = 0; n < 8 && status == MARKET_OK; n++) {
      const Seed *seed = &seeds[RandomBelow(&random, n_seeds)];
      size_t      size = seed->size;
      memcpy(bytes, seed->bytes, size);
      if (RandomBelow(&random, 4) == 0) size = Mutate(bytes, size, &random);
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
  if (argc > 1) mutations = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, LoadCorpus, NULL);
}
