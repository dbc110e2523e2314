/* Fuzzing of what reads committed records, accounts, hidden records, closing entries and private statements: each file
   of the corpus is for the reader that its name has behind good- or bad-, and is refused by the others. A first argument
   sets the number of mutations per file. */
#include "market/committed.h"
#include "market/opening_statement.h"
#include "tests/market/fuzz.h"

static long mutations;

static int SetUp(void **state)
{
  (void)state;
  FuzzLoad("tests/market/corpus/committed");
  return 0;
}

static MarketStatus ReadCommitted(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  CommittedRecord record;
  MarketStatus    status = CommittedRecordRead(bytes, size, &record, error);
  if (status == MARKET_OK) CommittedRecordWrite(&record, again);
  return status;
}

static MarketStatus ReadAccount(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  AccountRecord record;
  MarketStatus  status = AccountRecordRead(bytes, size, &record, error);
  if (status == MARKET_OK) AccountRecordWrite(&record, again);
  return status;
}

static MarketStatus ReadHidden(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  HiddenRecord record;
  MarketStatus status = HiddenRecordRead(bytes, size, &record, error);
  if (status == MARKET_OK) HiddenRecordWrite(&record, again);
  return status;
}

static MarketStatus ReadClosing(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  Closing      closing;
  MarketStatus status = ClosingRead(bytes, size, &closing, error);
  if (status == MARKET_OK) ClosingWrite(&closing, again);
  return status;
}

static MarketStatus ReadStatement(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error)
{
  PrivateStatement statement = NULL;
  MarketStatus     status    = PrivateStatementRead((const char *)bytes, size, &statement, error);
  if (status == MARKET_OK) PrivateStatementWrite(statement, again);
  PrivateStatementDestroy(&statement);
  return status;
}

static const struct {
  const char *word;
  MarketStatus (*read)(const uint8_t *bytes, size_t size, MarketBytes *again, MarketError *error);
} readers[] = {{"entry", ReadCommitted},
               {"account", ReadAccount},
               {"hidden", ReadHidden},
               {"closing", ReadClosing},
               {"statement", ReadStatement}};

enum { READERS = sizeof readers / sizeof *readers };

/* All readers get all bytes: which one accepts them, at most one; READERS for none. */
static size_t ReaderOf(const uint8_t *bytes, size_t size)
{
  size_t reader = READERS;

  for (size_t r = 0; r < READERS; r++) {
    MarketBytes  again  = {0};
    MarketError  error  = {0};
    MarketStatus status = readers[r].read(bytes, size, &again, &error);
    if (!FuzzJudge(status, &error, &again, bytes, size)) continue;
    assert_int_equal(reader, READERS);
    reader = r;
  }
  return reader;
}

static bool Accepts(const char *name, const uint8_t *bytes, size_t size)
{
  (void)name;
  return ReaderOf(bytes, size) < READERS;
}

static bool AcceptsAsNamed(const char *name, const uint8_t *bytes, size_t size)
{
  size_t reader = ReaderOf(bytes, size);

  if (reader < READERS && !strstr(name, readers[reader].word))
    fail_msg("%s was accepted as %s", name, readers[reader].word);
  return reader < READERS;
}

static void CorpusIsJudgedByItsNames(void **state)
{
  (void)state;
  FuzzReplay(AcceptsAsNamed);
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
  mutations = FuzzMutations(argc, argv, 8000);
  return cmocka_run_group_tests(tests, SetUp, NULL);
}
