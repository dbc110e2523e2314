/* Reading a log: what keeps the order and sums to zero is read to its end, what does not is named. */
#include "ledger/checkpoint.h"
#include "market/describe.h"
#include "tests/market/small_log.h"

/* The log is refused with a line that has `part`. */
static void Refused(SmallLog *log, MarketStatus expected, const char *part)
{
  LogReading   reading = NULL;
  MarketError  error   = {0};
  MarketStatus status  = SmallRead(log, &reading, &error);

  if (status != expected || !strstr(error.text, part)) print_error("%d: %s; expected %s\n", status, error.text, part);
  assert_int_equal(status, expected);
  assert_non_null(strstr(error.text, part));
  LogReadingDestroy(&reading);
  SmallLogFree(log);
}

/* Takes record k out. */
static void Drop(SmallLog *log, size_t k)
{
  MarketBytesFree(&log->record[k]);
  memmove(&log->record[k], &log->record[k + 1], (--log->n - k) * sizeof log->record[0]);
}

static void Swap(SmallLog *log, size_t a, size_t b)
{
  MarketBytes kept = log->record[a];

  log->record[a] = log->record[b];
  log->record[b] = kept;
}

/* Index of the n-th record of a type, from 0. */
static size_t Find(const SmallLog *log, int type, size_t n)
{
  for (size_t k = 0; k < log->n; k++)
    if (RecordTypeOf(log->record[k].data, log->record[k].size) == type && n-- == 0) return k;
  fail();
  return 0;
}

/* Record k with other numbers, encoded anew. */
static void Rewrite(SmallLog *log, size_t k, void (*change)(SettlementEntry *))
{
  SettlementEntry entry;
  MarketBytes     old = log->record[k];
  uint8_t         bytes[ENTRY_SIZE_MAX];
  size_t          size;

  assert_int_equal(SettlementEntryDecode(old.data, old.size, &entry, NULL), MARKET_OK);
  change(&entry);
  assert_int_equal(SettlementEntryEncode(&entry, bytes, sizeof bytes, &size, NULL), MARKET_OK);
  log->record[k] = (MarketBytes){0};
  MarketPutRaw(&log->record[k], bytes, size);
  MarketBytesFree(&old);
}

static void TwoRunsAreReadAndCounted(void **state)
{
  SmallLog         log     = {0};
  LogReading       reading = NULL;
  MarketError      error   = {0};
  const LogCounts *counts;
  uint64_t         number;
  size_t           n;

  (void)state;
  SmallTwoRuns(&log);
  assert_int_equal(SmallRead(&log, &reading, &error), MARKET_OK);
  counts = LogReadingCounts(reading);
  assert_int_equal(counts->records, log.n);
  assert_int_equal(counts->runs, 2);
  assert_int_equal(counts->windows, 5);
  assert_int_equal(counts->contracts, 1);
  assert_int_equal(counts->blocks, 5 * SMALL_REGIONS * SMALL_INTERVALS);
  assert_int_equal(counts->entries, (2 * 5 + 3 * 3) * SMALL_REGIONS * SMALL_INTERVALS);
  assert_int_equal(LogReadingRun(reading, &number)->windows, 3);
  assert_int_equal(number, 1);
  assert_int_equal(LogReadingNext(reading), log.n);
  LogReadingContracts(reading, &n); /* the second run has deployed none */
  assert_int_equal(n, 0);
  assert_null(LogReadingContract(reading, log.contract));
  LogReadingDestroy(&reading);
  LogReadingDestroy(&reading);
  SmallLogFree(&log);
}

static void AnEmptyLogIsReadAndARunWithoutWindowsToo(void **state)
{
  SmallLog    log     = {0};
  LogReading  reading = NULL;
  MarketError error   = {0};

  (void)state;
  assert_int_equal(SmallRead(&log, &reading, &error), MARKET_OK);
  assert_null(LogReadingRun(reading, NULL));
  LogReadingDestroy(&reading);
  SmallRun(&log, 1, 1);
  SmallRun(&log, 2, 1);
  assert_int_equal(SmallRead(&log, &reading, &error), MARKET_OK);
  assert_null(LogReadingWindow(reading));
  LogReadingDestroy(&reading);
  SmallLogFree(&log);
}

static void More(SettlementEntry *entry)
{
  entry->amount += 1000000;
  entry->price     = 0;
  entry->has_price = false;
}

static void AnAlteredAmountUnbalancesItsInterval(void **state)
{
  SmallLog log = {0};

  (void)state;
  SmallTwoRuns(&log);
  Rewrite(&log, Find(&log, RECORD_SETTLEMENT, 1), More);
  Refused(&log, MARKET_UNBALANCED, "entries 3 to 7: window 0, region north, interval 0: amounts sum to 1000000");
  SmallTwoRuns(&log); /* the last interval of the log */
  Rewrite(&log, log.n - 2, More);
  Refused(&log, MARKET_UNBALANCED, "window 2, region south, interval 1");
}

static void ADroppedEntryIsNoticed(void **state)
{
  SmallLog log = {0};

  (void)state;
  SmallTwoRuns(&log);
  Drop(&log, Find(&log, RECORD_SETTLEMENT, 0));
  Refused(&log, MARKET_UNBALANCED, "entries 3 to 6");
  SmallTwoRuns(&log);
  Drop(&log, Find(&log, RECORD_WINDOW, 3)); /* its entries then stand in the window before */
  Refused(&log, MARKET_BAD_INPUT, "is of window 1; it stands in window 0");
}

static void SwappedWindowsRegionsAndLinesAreOutOfOrder(void **state)
{
  SmallLog log = {0};
  size_t   at;

  (void)state;
  SmallTwoRuns(&log);
  Swap(&log, Find(&log, RECORD_WINDOW, 0), Find(&log, RECORD_WINDOW, 1));
  Refused(&log, MARKET_BAD_INPUT, "entry 2: window 1 begins; expected window 0");
  SmallTwoRuns(&log);
  at = Find(&log, RECORD_SETTLEMENT, 0);
  Swap(&log, at, at + 1);
  Refused(&log, MARKET_BAD_INPUT, "entry 4: does not come behind the one before it");
  SmallTwoRuns(&log);
  at = Find(&log, RECORD_SETTLEMENT, 0);
  for (size_t k = 0; k < 10; k++) Swap(&log, at + k, at + 10 + k); /* south before north */
  Refused(&log, MARKET_BAD_INPUT, "entry 13: does not come behind the one before it");
  SmallTwoRuns(&log);
  Swap(&log, 0, 1);
  Refused(&log, MARKET_BAD_INPUT, "entry 0: a record of type 2 begins the log");
  SmallTwoRuns(&log);
  Swap(&log, 1, 2);
  Refused(&log, MARKET_BAD_INPUT, "entry 2: a contract does not belong behind a window record");
}

static void WindowsFollowOneAnother(void **state)
{
  SmallLog log = {0};

  (void)state;
  SmallRun(&log, 1, 2);
  SmallSettled(&log, 0, false);
  SmallSettled(&log, 2, false);
  Refused(&log, MARKET_BAD_INPUT, "window 2 begins; expected window 1");
  SmallRun(&log, 1, 1);
  SmallSettled(&log, 0, false);
  SmallSettled(&log, 1, false);
  Refused(&log, MARKET_BAD_INPUT, "window 1 begins; the run has 1");
  SmallRun(&log, 1, 2);
  SmallSettled(&log, 0, false);
  SmallSettled(&log, 0, false);
  Refused(&log, MARKET_BAD_INPUT, "window 0 begins; expected window 1");
}

static void AContractMustBeDeployedBeforeInItsRun(void **state)
{
  SmallLog log = {0};

  (void)state;
  SmallTwoRuns(&log);
  Drop(&log, 1);
  Refused(&log, MARKET_BAD_INPUT, "entry 4: carries out the contract ");
  SmallRun(&log, 1, 1); /* deployed by the run before */
  SmallContract(&log, "north-wind");
  SmallRun(&log, 2, 1);
  SmallSettled(&log, 0, true);
  Refused(&log, MARKET_BAD_INPUT, "which the run has not deployed");
  SmallRun(&log, 1, 1);
  SmallContract(&log, "north-wind");
  SmallContract(&log, "north-wind");
  Refused(&log, MARKET_BAD_INPUT, "entry 2: contract north-wind stands here again; entry 1 deploys it");
}

static void ManyContractsAreFoundByTheirHashes(void **state)
{
  SmallLog    log     = {0};
  LogReading  reading = NULL;
  MarketError error   = {0};
  char        name[16];

  (void)state;
  SmallRun(&log, 1, 1);
  for (int k = 0; k < 200; k++) {
    snprintf(name, sizeof name, "c%d", k);
    SmallContract(&log, name);
  }
  assert_int_equal(SmallRead(&log, &reading, &error), MARKET_OK);
  for (size_t k = 1; k < log.n; k++) {
    LedgerHash hash = LedgerHashLeaf(log.record[k].data, log.record[k].size);
    assert_int_equal(LogReadingContract(reading, hash.byte)->index, k);
  }
  LogReadingDestroy(&reading);
  SmallLogFree(&log);
}

static void ForeignPolicy(SettlementEntry *entry)
{
  entry->policy = EntryTextOf("other");
}

static void LateInterval(SettlementEntry *entry)
{
  entry->interval = SMALL_INTERVALS;
}

static void EntriesBelongToTheirRunAndWindow(void **state)
{
  SmallLog log = {0};

  (void)state;
  SmallTwoRuns(&log);
  Rewrite(&log, 4, ForeignPolicy);
  Refused(&log, MARKET_BAD_INPUT, "entry 4: is of study small, policy other");
  SmallTwoRuns(&log);
  Rewrite(&log, 7, LateInterval);
  Refused(&log, MARKET_BAD_INPUT, "entry 7: is of interval 2; window 0 has 2");
}

/* A pair of exchange lines that leaves the blocks balanced but not the interval. */
static void WhatRegionsExchangeSumsToZero(void **state)
{
  SmallLog        log   = {0};
  SettlementEntry fee[] = {SmallEntry(0, 0, 0, SETTLEMENT_TRADE, 0, 5, 10000000),
                           SmallEntry(0, 0, 0, SETTLEMENT_EXCHANGE, 2, -5, 10000000)};

  (void)state;
  SmallRun(&log, 1, 1);
  SmallWindow(&log, 0);
  SmallPut(&log, &fee[0]);
  SmallPut(&log, &fee[1]);
  Refused(&log, MARKET_UNBALANCED, "in interval 0 the exchange between its regions does not sum to zero");
  SmallRun(&log, 1, 1);
  SmallWindow(&log, 0);
  for (uint32_t r = 0; r < 2; r++)
    for (int k = 0; k < 2; k++) {
      SettlementEntry e = fee[k];
      e.region          = r;
      e.quantity_wh     = r ? -e.quantity_wh : e.quantity_wh;
      e.amount          = r ? -e.amount : e.amount;
      SmallPut(&log, &e);
    }
  {
    LogReading  reading = NULL;
    MarketError error   = {0};
    assert_int_equal(SmallRead(&log, &reading, &error), MARKET_OK);
    LogReadingDestroy(&reading);
    SmallLogFree(&log);
  }
}

static void BytesThatAreNoRecordAreRefused(void **state)
{
  SmallLog log = {0};

  (void)state;
  SmallRun(&log, 1, 1);
  MarketPutRaw(SmallNext(&log), "\x01\x63", 2);
  Refused(&log, MARKET_BAD_INPUT, "entry 1: record type 99 has no place");
  SmallRun(&log, 1, 1);
  MarketPutRaw(SmallNext(&log), "\x01\x03", 2);
  Refused(&log, MARKET_MALFORMED, "entry 1: window record: ");
  SmallRun(&log, 1, 1);
  MarketPutRaw(SmallNext(&log), "\x01\x06", 2);
  Refused(&log, MARKET_BAD_INPUT, "record type 6 has no place in a run in public privacy");
}

/* ---- Anchors ------------------------------------------------------------------------------------------------------ */

static LedgerSigner Signer(uint8_t filler)
{
  uint8_t      seed[LEDGER_KEY_BYTES];
  LedgerSigner signer = NULL;

  memset(seed, filler, sizeof seed);
  assert_int_equal(LedgerSignerFromSeed("other.example/log", LEDGER_KEY_ED25519, seed, &signer, NULL), LEDGER_OK);
  return signer;
}

static LedgerBytes Checkpoint(LedgerSigner signer)
{
  LedgerBytes text = {0}, note = {0};
  LedgerHash  root = LedgerHashEmpty();

  assert_int_equal(LedgerCheckpointWrite("other.example/log", 7, &root, &text, NULL), LEDGER_OK);
  assert_int_equal(LedgerNoteSign((char *)text.data, text.size, &signer, 1, &note, NULL), LEDGER_OK);
  LedgerBytesFree(&text);
  return note;
}

static MarketStatus ReadAnchor(const LedgerBytes *note, LedgerVerifier key, LogCounts *counts, MarketError *error)
{
  SmallLog     log     = {0};
  LogReading   reading = NULL;
  AnchorRecord anchor  = {{(char *)note->data, note->size}};
  MarketStatus status;

  SmallRun(&log, 1, 1);
  AnchorRecordWrite(&anchor, SmallNext(&log));
  assert_int_equal(LogReadingCreate(&key, key ? 1 : 0, &reading, error), MARKET_OK);
  assert_int_equal(LogReadingTake(reading, log.record[0].data, log.record[0].size, error), MARKET_OK);
  status  = LogReadingTake(reading, log.record[1].data, log.record[1].size, error);
  *counts = *LogReadingCounts(reading);
  LogReadingDestroy(&reading);
  SmallLogFree(&log);
  return status;
}

static void AnchorsAreCheckpointsSignedWhereTheKeyIsKnown(void **state)
{
  LedgerSigner signer = Signer(1), stranger = Signer(2);
  LedgerBytes  note  = Checkpoint(signer);
  MarketError  error = {0};
  LogCounts    counts;

  (void)state;
  assert_int_equal(ReadAnchor(&note, NULL, &counts, &error), MARKET_OK);
  assert_int_equal(counts.anchors, 1);
  assert_int_equal(counts.anchors_verified, 0);
  assert_int_equal(ReadAnchor(&note, LedgerSignerVerifier(signer), &counts, &error), MARKET_OK);
  assert_int_equal(counts.anchors_verified, 1);
  assert_int_equal(ReadAnchor(&note, LedgerSignerVerifier(stranger), &counts, &error), MARKET_OK);
  assert_int_equal(counts.anchors_verified, 0);
  note.data[19] ^= 1; /* the size, "7" */
  assert_int_equal(ReadAnchor(&note, LedgerSignerVerifier(signer), &counts, &error), MARKET_BAD_INPUT);
  assert_non_null(strstr(error.text, "entry 1: "));
  note.data[0] = '\n';
  assert_int_equal(ReadAnchor(&note, NULL, &counts, &error), MARKET_BAD_INPUT);
  LedgerBytesFree(&note);
  LedgerSignerDestroy(&signer);
  LedgerSignerDestroy(&stranger);
}

/* ---- Describing --------------------------------------------------------------------------------------------------- */

static char *Described(const MarketBytes *record)
{
  char  *text   = NULL;
  size_t size   = 0;
  FILE  *stream = open_memstream(&text, &size);

  RecordDescribe(record->data, record->size, stream);
  fclose(stream);
  return text;
}

static void RecordsSayWhatTheyAreInOneLine(void **state)
{
  static const struct {
    size_t      at;
    const char *says;
  } expected[] = {
      {0, "run: study small, policy base, in EUR, 2 windows, privacy public, id 0101"},
      {1, "contract north-wind: wind to city, quantity fixed, price fixed, 1970-01-01T00:00:00Z to "},
      {2, "window 0: from 2030-06-21T00:00:00Z, 2 intervals of 900 s, 2 regions, SHA-256 of inputs 0000"},
      {4, "settlement entry: 2030-06-21T00:00:00Z for 900 s: city, consumption, bus 1, region north: -1000 Wh at "
          "40.000000 EUR/MWh, amount -0.040000 EUR paid"},
      {5, "amount 0.012500 EUR received, carries out "},
  };
  SmallLog    log     = {0};
  MarketBytes unknown = {0};
  char       *text;

  (void)state;
  SmallTwoRuns(&log);
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    text = Described(&log.record[expected[k].at]);
    if (!strstr(text, expected[k].says)) print_error("%s\n", text);
    assert_non_null(strstr(text, expected[k].says));
    assert_null(strchr(text, '\n'));
    free(text);
  }
  MarketPutRaw(&unknown, "\x01\x09", 2);
  text = Described(&unknown);
  assert_string_equal(text, "malformed record of type 9");
  free(text);
  unknown.data[0] = 7;
  text            = Described(&unknown);
  assert_string_equal(text, "");
  free(text);
  MarketBytesFree(&unknown);
  SmallLogFree(&log);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(TwoRunsAreReadAndCounted),
      cmocka_unit_test(AnEmptyLogIsReadAndARunWithoutWindowsToo),
      cmocka_unit_test(AnAlteredAmountUnbalancesItsInterval),
      cmocka_unit_test(ADroppedEntryIsNoticed),
      cmocka_unit_test(SwappedWindowsRegionsAndLinesAreOutOfOrder),
      cmocka_unit_test(WindowsFollowOneAnother),
      cmocka_unit_test(AContractMustBeDeployedBeforeInItsRun),
      cmocka_unit_test(ManyContractsAreFoundByTheirHashes),
      cmocka_unit_test(EntriesBelongToTheirRunAndWindow),
      cmocka_unit_test(WhatRegionsExchangeSumsToZero),
      cmocka_unit_test(BytesThatAreNoRecordAreRefused),
      cmocka_unit_test(AnchorsAreCheckpointsSignedWhereTheKeyIsKnown),
      cmocka_unit_test(RecordsSayWhatTheyAreInOneLine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
