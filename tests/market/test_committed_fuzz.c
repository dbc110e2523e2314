/* Fuzzing of what reads committed records, accounts, hidden records, closing entries and private statements: whatever is
   accepted must write the very same bytes. The committed corpus is replayed (good-* must be accepted, bad-* refused; the
   word behind says by which reader), then mutated under a fixed seed; a first argument sets the number of mutations per
   file. */
#include "market/committed.h"
#include "market/opening_statement.h"
#include "tests/market/committed_case.h"

#include <dirent.h>

enum { SEEDS_MOST = 64, SEED_BYTES = 8192 };

typedef struct {
  char    name[256];
  uint8_t bytes[SEED_BYTES];
  size_t  size;
} Seed;

static Seed        seeds[SEEDS_MOST];
static size_t      n_seeds;
static long        mutations = 8000;
static MarketBytes again;

static int LoadCorpus(void **state)
{
  const char    *folder = ShippedFile("tests/market/corpus/committed");
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

static int Free(void **state)
{
  (void)state;
  MarketBytesFree(&again);
  return 0;
}

static MarketStatus ReadCommitted(const uint8_t *bytes, size_t size, MarketError *error)
{
  CommittedRecord record;
  MarketStatus    status = CommittedRecordRead(bytes, size, &record, error);
  if (status == MARKET_OK) CommittedRecordWrite(&record, &again);
  return status;
}

static MarketStatus ReadAccount(const uint8_t *bytes, size_t size, MarketError *error)
{
  AccountRecord record;
  MarketStatus  status = AccountRecordRead(bytes, size, &record, error);
  if (status == MARKET_OK) AccountRecordWrite(&record, &again);
  return status;
}

static MarketStatus ReadHidden(const uint8_t *bytes, size_t size, MarketError *error)
{
  HiddenRecord record;
  MarketStatus status = HiddenRecordRead(bytes, size, &record, error);
  if (status == MARKET_OK) HiddenRecordWrite(&record, &again);
  return status;
}

static MarketStatus ReadClosing(const uint8_t *bytes, size_t size, MarketError *error)
{
  Closing      closing;
  MarketStatus status = ClosingRead(bytes, size, &closing, error);
  if (status == MARKET_OK) ClosingWrite(&closing, &again);
  return status;
}

static MarketStatus ReadStatement(const uint8_t *bytes, size_t size, MarketError *error)
{
  PrivateStatement statement = NULL;
  MarketStatus     status    = PrivateStatementRead((const char *)bytes, size, &statement, error);
  if (status == MARKET_OK) PrivateStatementWrite(statement, &again);
  PrivateStatementDestroy(&statement);
  return status;
}

static const struct {
  const char *word;
  MarketStatus (*read)(const uint8_t *bytes, size_t size, MarketError *error);
} readers[] = {{"entry", ReadCommitted},
               {"account", ReadAccount},
               {"hidden", ReadHidden},
               {"closing", ReadClosing},
               {"statement", ReadStatement}};

enum { READERS = sizeof readers / sizeof *readers };

/* Reads a copy of just the right length, so that a sanitizer sees any read outside. */
static bool Accepts(size_t reader, const uint8_t *bytes, size_t size)
{
  uint8_t     *exact = malloc(size ? size : 1);
  MarketError  error = {0};
  MarketStatus status;

  assert_non_null(exact);
  if (size) memcpy(exact, bytes, size);
  again.size = 0;
  status     = readers[reader].read(exact, size, &error);
  if (status == MARKET_OK) {
    assert_int_equal(again.size, size);
    assert_memory_equal(again.data, bytes, size);
  } else {
    assert_int_equal(status, MARKET_MALFORMED);
    assert_int_equal(error.status, MARKET_MALFORMED);
    assert_true(error.text[0] && !strchr(error.text, '\n'));
  }
  free(exact);
  return status == MARKET_OK;
}

static void CorpusIsJudgedByItsNames(void **state)
{
  (void)state;
  for (size_t k = 0; k < n_seeds; k++) {
    bool        good = !strncmp(seeds[k].name, "good-", 5), mine = false;
    const char *word = strchr(seeds[k].name, '-') + 1;
    for (size_t r = 0; r < READERS; r++) {
      bool is = !strncmp(word, readers[r].word, strlen(readers[r].word));
      mine |= is;
      if (Accepts(r, seeds[k].bytes, seeds[k].size) != (good && is))
        fail_msg("%s was judged wrongly as %s", seeds[k].name, readers[r].word);
    }
    if (!mine) fail_msg("%s names no reader", seeds[k].name);
  }
}

static size_t Mutate(uint8_t *bytes, size_t size, uint64_t *seed)
{
  size_t at = CaseRandom(seed) % (size + 1);

  switch (CaseRandom(seed) % 5) {
  case 0: /* flip a bit */
    if (at < size) bytes[at] ^= (uint8_t)(1u << CaseRandom(seed) % 8);
    break;
  case 1: /* set a byte to one that matters */
    if (at < size) bytes[at] = (uint8_t[]){0, 1, 2, 3, 0x0A, 0x20, '=', 0xFF}[CaseRandom(seed) % 8];
    break;
  case 2: /* cut */
    return at;
  case 3: /* insert */
    if (size == SEED_BYTES) break;
    memmove(bytes + at + 1, bytes + at, size - at);
    bytes[at] = (uint8_t)CaseRandom(seed);
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
  static uint8_t bytes[SEED_BYTES];
  uint64_t       random   = 20300621;
  long           accepted = 0, refused = 0;

  (void)state;
  for (size_t k = 0; k < n_seeds; k++)
    for (long m = 0; m < mutations; m++) {
      size_t size = seeds[k].size;
      memcpy(bytes, seeds[k].bytes, size);
      for (uint64_t steps = 1 + CaseRandom(&random) % 4; steps > 0; steps--) size = Mutate(bytes, size, &random);
      for (size_t r = 0; r < READERS; r++)
        if (Accepts(r, bytes, size))
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
  return cmocka_run_group_tests(tests, LoadCorpus, Free);
}
