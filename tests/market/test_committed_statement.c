/* Private statements: what they hold opens the log, one line can be shown alone, and no other text is taken. */
#include "market/opening_statement.h"
#include "tests/market/committed_case.h"

#include "ledger/text.h"

static LedgerPedersen pedersen;
static MarketError    error;
static Case           one;

/* The log of the case: an account, a hidden contract, then the entries. */
typedef struct {
  MarketBytes account, contract;
} Log;

static Log              log_of_case;
static PrivateStatement anna;

static const char contract[] = "a contract of Anna and Zed";

static void Expect(MarketStatus got, MarketStatus expected, const char *text)
{
  if (got != expected || !strstr(error.text, text))
    fail_msg("'%s' (%s) is not '%s' (%s)", error.text, MarketStatusName(got), text, MarketStatusName(expected));
}

static MarketStatus ReadEntry(void *context, uint64_t index, CommittedBytes *record, MarketError *e)
{
  const Log *log = context;
  if (index == 3) *record = (CommittedBytes){log->account.data, log->account.size};
  if (index == 5) *record = (CommittedBytes){log->contract.data, log->contract.size};
  for (size_t r = 0; r < one.regions; r++)
    if (index >= one.region[r].start && index < one.region[r].start + one.region[r].n_records)
      *record = one.region[r].record[index - one.region[r].start];
  (void)e;
  return MARKET_OK;
}

static PrivateStatement Make(EntryText name)
{
  PrivateStatement statement = NULL;
  assert_market(PrivateStatementCreate(EntryTextOf("example.org/log"), &one.run, name, &statement, &error), error);
  return statement;
}

static MarketBytes TextOf(PrivateStatement statement)
{
  MarketBytes text = {0};
  PrivateStatementWrite(statement, &text);
  assert_market(MarketBytesCheck(&text, &error), error);
  return text;
}

static int SetUp(void **state)
{
  EntryText      name = EntryTextOf("Anna");
  AccountRecord  account;
  HiddenRecord   hidden;
  LedgerHash     salt;
  size_t         order;
  RecordOpening  opening = {.index = 5, .bytes = (const uint8_t *)contract, .size = sizeof contract - 1};
  CommittedBytes bytes   = {opening.bytes, opening.size};
  (void)state;
  if (LedgerPedersenCreate(&pedersen, NULL) != LEDGER_OK) return -1;
  CaseOpen(&one, pedersen, 2, 2, 77);
  CaseFill(&one, 24);
  CaseCommit(&one);
  anna = Make(name);
  assert_market(CommittedAccounts(&one.run, 1, &name, &one.region[0].secret, &account, &salt, &order, &error), error);
  AccountRecordWrite(&account, &log_of_case.account);
  PrivateStatementSetAccount(anna, 3, &salt);
  assert_market(CommittedHide(one.region[0].secret, &one.run, 0, bytes, &hidden, &opening.salt, &error), error);
  HiddenRecordWrite(&hidden, &log_of_case.contract);
  for (size_t r = 0; r < one.regions; r++)
    for (size_t i = 0; i < one.region[r].n; i++) {
      const CommittedLeaf *leaf = &one.region[r].block->leaf[i];
      if (one.region[r].entry[leaf->source].participant == 0 && leaf->opening)
        assert_market(PrivateStatementAdd(anna, leaf->opening, &error), error);
    }
  assert_market(PrivateStatementAddRecord(anna, &opening, &error), error);
  assert_true(anna->n > 3);
  return 0;
}

static int TearDown(void **state)
{
  (void)state;
  PrivateStatementDestroy(&anna);
  PrivateStatementDestroy(&anna);
  MarketBytesFree(&log_of_case.account);
  MarketBytesFree(&log_of_case.contract);
  CaseClose(&one);
  LedgerPedersenDestroy(&pedersen);
  return 0;
}

static void AStatementSurvivesItsText(void **state)
{
  MarketBytes      text = TextOf(anna), again;
  PrivateStatement read = NULL;
  (void)state;
  assert_market(PrivateStatementRead((char *)text.data, text.size, &read, &error), error);
  assert_int_equal(read->n, anna->n);
  assert_int_equal(read->n_records, 1);
  assert_true(read->has_account);
  assert_string_equal(read->participant, "Anna");
  assert_string_equal(read->origin, "example.org/log");
  assert_memory_equal(&read->run, &one.run, sizeof one.run);
  for (size_t k = 0; k < read->n; k++) {
    assert_int_equal(read->opening[k].index, anna->opening[k].index);
    assert_int_equal(read->opening[k].size, anna->opening[k].size);
    assert_memory_equal(read->opening[k].bytes, anna->opening[k].bytes, read->opening[k].size);
    assert_memory_equal(&read->opening[k].amount_blinding, &anna->opening[k].amount_blinding, LEDGER_SCALAR_BYTES);
  }
  again = TextOf(read);
  assert_int_equal(again.size, text.size);
  assert_memory_equal(again.data, text.data, text.size);
  assert_market(PrivateStatementCheck(read, pedersen, ReadEntry, &log_of_case, &error), error);
  PrivateStatementDestroy(&read);
  MarketBytesFree(&text), MarketBytesFree(&again);
}

static void OneLineIsProvenWithoutTheOthers(void **state)
{
  MarketBytes      text = {0};
  PrivateStatement read = NULL;
  char             key[64];
  (void)state;
  assert_market(PrivateStatementProve(anna, anna->opening[2].index, &text, &error), error);
  assert_market(PrivateStatementRead((char *)text.data, text.size, &read, &error), error);
  assert_int_equal(read->n, 1);
  assert_int_equal(read->n_records, 0);
  assert_market(PrivateStatementCheck(read, pedersen, ReadEntry, &log_of_case, &error), error);
  MarketPutRaw(&text, "", 1);
  for (size_t k = 0; k < anna->n; k++) { /* nothing of the other lines stands in it */
    LedgerBase64Encode(anna->opening[k].amount_blinding.byte, LEDGER_SCALAR_BYTES, key);
    assert_int_equal(strstr((char *)text.data, key) != NULL, k == 2);
    LedgerBase64Encode(anna->opening[k].entry_salt.byte, LEDGER_HASH_BYTES, key);
    assert_int_equal(strstr((char *)text.data, key) != NULL, k == 2);
  }
  PrivateStatementDestroy(&read);
  text.size = 0;
  assert_market(PrivateStatementProve(anna, 5, &text, &error), error); /* the contract */
  assert_market(PrivateStatementRead((char *)text.data, text.size, &read, &error), error);
  assert_int_equal(read->n, 0);
  assert_int_equal(read->n_records, 1);
  assert_market(PrivateStatementCheck(read, pedersen, ReadEntry, &log_of_case, &error), error);
  PrivateStatementDestroy(&read);
  text.size = 0;
  Expect(PrivateStatementProve(anna, 4, &text, &error), MARKET_BAD_INPUT, "statement of Anna does not open entry 4");
  MarketBytesFree(&text);
}

/* A statement that claims what the log does not hold. */
static void AFalseStatementIsRefusedByTheLog(void **state)
{
  MarketBytes      text = TextOf(anna);
  PrivateStatement read = NULL;
  (void)state;
  assert_market(PrivateStatementRead((char *)text.data, text.size, &read, &error), error);
  read->opening[1].amount_blinding.byte[31] ^= 1;
  Expect(PrivateStatementCheck(read, pedersen, ReadEntry, &log_of_case, &error), MARKET_MALFORMED,
         "the committed amount is not that of its opening");
  read->opening[1].amount_blinding.byte[31] ^= 1;
  read->account_salt.byte[0] ^= 1;
  Expect(PrivateStatementCheck(read, pedersen, ReadEntry, &log_of_case, &error), MARKET_MALFORMED,
         "entry 3: name and salt do not give the registered account's hash");
  read->account_salt.byte[0] ^= 1;
  read->record[0].salt.byte[0] ^= 1;
  Expect(PrivateStatementCheck(read, pedersen, ReadEntry, &log_of_case, &error), MARKET_MALFORMED,
         "entry 5: bytes and salt of its opening");
  PrivateStatementDestroy(&read);
  MarketBytesFree(&text);
}

/* Replaces the first `from` of the text by `to` and reads it. */
static MarketStatus ReadChanged(const char *from, const char *to)
{
  MarketBytes      text = TextOf(anna), changed = {0};
  PrivateStatement read = NULL;
  MarketStatus     status;
  char            *at;
  MarketPutRaw(&text, "", 1);
  at = strstr((char *)text.data, from);
  if (!at) fail_msg("no '%s' in the statement", from);
  MarketPutRaw(&changed, text.data, (size_t)(at - (char *)text.data));
  MarketPutRaw(&changed, to, strlen(to));
  at += strlen(from);
  MarketPutRaw(&changed, at, strlen(at));
  status = PrivateStatementRead((char *)changed.data, changed.size, &read, &error);
  PrivateStatementDestroy(&read);
  MarketBytesFree(&text), MarketBytesFree(&changed);
  return status;
}

static void OtherTextIsRefused(void **state)
{
  (void)state;
  assert_market(ReadChanged("Anna", "Anna"), error);
  Expect(ReadChanged("/v1", "/v2"), MARKET_MALFORMED, "line 1: `archipelago/private-statement/v1` expected");
  Expect(ReadChanged("origin ", "origin\t"), MARKET_MALFORMED, "line 2: `origin ` expected at its start");
  Expect(ReadChanged("run 33", "run 3G"), MARKET_MALFORMED, "line 3: 64 lower-case hexadecimal digits expected");
  Expect(ReadChanged("participant Anna", "participant Zed"), MARKET_MALFORMED, "is of another participant than Zed");
  Expect(ReadChanged("participant Anna", "participant "), MARKET_MALFORMED, "line 4: participant's name is empty");
  Expect(ReadChanged("\n\naccount", "\naccount"), MARKET_MALFORMED, "line 5: an empty line expected");
  Expect(ReadChanged("account 3", "account 03"), MARKET_MALFORMED, "line 6: a decimal number expected");
  Expect(ReadChanged("entry 1", "entry 9"), MARKET_MALFORMED, "does not follow entry 9");
  Expect(ReadChanged("about ", "about about "), MARKET_MALFORMED, "line 10 does not say what its entry's bytes do");
  Expect(ReadChanged(" Wh, ", " Wh, 1"), MARKET_MALFORMED, "line 10 does not say what its entry's bytes do");
  Expect(ReadChanged("bytes AQ", "bytes =Q"), MARKET_MALFORMED, "line 11: canonical base64 expected");
  Expect(ReadChanged("bytes AQE", "bytes AQI"), MARKET_MALFORMED, "record type at byte 1 is 2");
  Expect(ReadChanged("entry-salt ", "entry-salt A"), MARKET_MALFORMED,
         "line 12: canonical base64 of 32 bytes expected");
  Expect(ReadChanged("\nrecord 5\n", "\nrecord 5\n\n"), MARKET_MALFORMED, "`bytes ` expected at its start");
  Expect(
      ReadChanged("amount-blinding ", "amount-blinding ///////////////////////////////////////////=\namount-blinding "),
      MARKET_MALFORMED, "canonical base64 of 32 bytes expected");
}

static void EveryTruncationIsRefusedOrShorter(void **state)
{
  MarketBytes text     = TextOf(anna);
  size_t      complete = 0;
  (void)state;
  for (size_t n = 0; n < text.size; n++) {
    PrivateStatement read  = NULL;
    char            *exact = malloc(n + 1);
    memcpy(exact, text.data, n);
    complete += PrivateStatementRead(exact, n, &read, &error) == MARKET_OK; /* at the end of a block */
    PrivateStatementDestroy(&read);
    free(exact);
  }
  assert_int_equal(complete, 1 + 1 + anna->n); /* head, account, entries; without the record */
  MarketBytesFree(&text);
}

static void EntriesComeInOrderAndAreOnesOwn(void **state)
{
  PrivateStatement zed   = Make(EntryTextOf("Zed"));
  Opening          large = anna->opening[0];
  (void)state;
  Expect(PrivateStatementAdd(anna, &anna->opening[0], &error), MARKET_BAD_INPUT, "does not follow entry");
  Expect(PrivateStatementAdd(zed, &anna->opening[0], &error), MARKET_BAD_INPUT, "is of another participant than Zed");
  large.index = UINT64_MAX;
  Expect(PrivateStatementAdd(anna, &large, &error), MARKET_BAD_INPUT, "index or blinding is too large");
  Expect(PrivateStatementAddRecord(anna, &anna->record[0], &error), MARKET_BAD_INPUT,
         "record 5 does not follow record 5");
  PrivateStatementDestroy(&zed);
  Expect(PrivateStatementCreate(EntryTextOf("a\nb"), &one.run, EntryTextOf("Zed"), &zed, &error), MARKET_BAD_INPUT,
         "control character");
  Expect(PrivateStatementCreate(EntryTextOf("a"), &one.run, EntryTextOf(""), &zed, &error), MARKET_BAD_INPUT, "empty");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(AStatementSurvivesItsText),         cmocka_unit_test(OneLineIsProvenWithoutTheOthers),
      cmocka_unit_test(AFalseStatementIsRefusedByTheLog),  cmocka_unit_test(OtherTextIsRefused),
      cmocka_unit_test(EveryTruncationIsRefusedOrShorter), cmocka_unit_test(EntriesComeInOrderAndAreOnesOwn),
  };
  return cmocka_run_group_tests(tests, SetUp, TearDown);
}
