/* docs/privacy.md shows the bytes and the text that the code writes, and the curve's second generator. */
#include "tests/market/committed_sample.h"

static LedgerPedersen pedersen;
static MarketBytes    part[SAMPLE_PARTS];
static char           document[65536];

static int SetUp(void **state)
{
  FILE *file = fopen(ShippedFile("docs/privacy.md"), "r");
  (void)state;
  if (!file || LedgerPedersenCreate(&pedersen, NULL) != LEDGER_OK) return -1;
  document[fread(document, 1, sizeof document - 1, file)] = 0;
  fclose(file);
  SampleMake(pedersen, part);
  return 0;
}

static int TearDown(void **state)
{
  (void)state;
  for (size_t k = 0; k < SAMPLE_PARTS; k++) MarketBytesFree(&part[k]);
  LedgerPedersenDestroy(&pedersen);
  return 0;
}

/* The bytes of the next block behind ```hex; *at moves behind it. */
static size_t NextBytes(const char **at, uint8_t *out, size_t capacity)
{
  size_t       n = 0;
  unsigned int byte;
  int          used;

  *at = strstr(*at, "```hex\n");
  assert_non_null(*at);
  *at += strlen("```hex\n");
  while (n < capacity && sscanf(*at, " %2x%n", &byte, &used) == 1) {
    out[n++] = (uint8_t)byte;
    *at += used;
  }
  return n;
}

static void DocumentShowsTheRecordsOfTheCode(void **state)
{
  const char *at = document;
  uint8_t     shown[512];
  (void)state;
  for (size_t k = SAMPLE_HIDDEN_ENTRY; k <= SAMPLE_HIDDEN_RECORD; k++) {
    size_t n = NextBytes(&at, shown, sizeof shown);
    assert_int_equal(n, part[k].size);
    assert_memory_equal(shown, part[k].data, n);
  }
  assert_null(strstr(at, "```hex"));
}

static void DocumentShowsTheStatementOfTheCode(void **state)
{
  const char *at = strstr(document, "```text\n");
  (void)state;
  assert_non_null(at);
  at += strlen("```text\n");
  assert_memory_equal(at, part[SAMPLE_STATEMENT].data, part[SAMPLE_STATEMENT].size);
  assert_memory_equal(at + part[SAMPLE_STATEMENT].size, "```", 3);
}

static void DocumentShowsTheSecondGenerator(void **state)
{
  (void)state;
  assert_non_null(strstr(document, "\n" LEDGER_SECOND_GENERATOR_STRING "\n" LEDGER_SECOND_GENERATOR_HEX));
}

static void TheSampleHolds(void **state)
{
  MarketError      error     = {0};
  WindowRecord     window    = {.window_start = 1908230400, .intervals = 19, .interval_seconds = 3600, .regions = 3};
  PrivateStatement statement = NULL;
  CommittedCheck   check     = NULL;
  CommittedBytes   record[2] = {{part[SAMPLE_CLEAR_ENTRY].data, part[SAMPLE_CLEAR_ENTRY].size},
                                {part[SAMPLE_HIDDEN_ENTRY].data, part[SAMPLE_HIDDEN_ENTRY].size}};
  (void)state;
  assert_market(CommittedCheckCreate(pedersen, &window, &check, &error), error);
  for (size_t i = 0; i < 2; i++) assert_market(CommittedCheckRecord(check, 5 + i, record[i], &error), error);
  for (uint32_t t = 0; t < 19; t++) {
    Closing     closing = {.interval = t, .interval_seconds = 3600, .window_start = 1908230400};
    MarketBytes bytes   = {0};
    if (t == 18)
      assert_market(ClosingRead(part[SAMPLE_CLOSING].data, part[SAMPLE_CLOSING].size, &closing, &error), error);
    ClosingWrite(&closing, &bytes);
    assert_market(CommittedCheckClosing(check, 7 + t, (CommittedBytes){bytes.data, bytes.size}, &error), error);
    MarketBytesFree(&bytes);
  }
  assert_market(CommittedCheckEnd(check, &error), error);
  CommittedCheckDestroy(&check);
  assert_market(
      PrivateStatementRead((char *)part[SAMPLE_STATEMENT].data, part[SAMPLE_STATEMENT].size, &statement, &error),
      error);
  assert_int_equal(statement->opening[0].index, 6);
  assert_market(OpeningCheck(pedersen, &statement->opening[0], record[1], &error), error);
  PrivateStatementDestroy(&statement);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(DocumentShowsTheRecordsOfTheCode),
      cmocka_unit_test(DocumentShowsTheStatementOfTheCode),
      cmocka_unit_test(DocumentShowsTheSecondGenerator),
      cmocka_unit_test(TheSampleHolds),
  };
  return cmocka_run_group_tests(tests, SetUp, TearDown);
}
