/* A participant's statement: each line with what it comes from, and sums that are those of all entries. */
#include "market/account_statement.h"
#include "tests/market/small_log.h"

/* The statement of `name` over the whole log. */
static AccountStatement Collect(const SmallLog *log, const char *name)
{
  AccountStatement statement = NULL;
  LogReading       reading   = NULL;
  MarketError      error     = {0};

  assert_int_equal(AccountStatementCreate(name, &statement, &error), MARKET_OK);
  assert_int_equal(LogReadingCreate(NULL, 0, &reading, &error), MARKET_OK);
  for (size_t k = 0; k < log->n; k++) {
    assert_int_equal(LogReadingTake(reading, log->record[k].data, log->record[k].size, &error), MARKET_OK);
    assert_int_equal(AccountStatementTake(statement, reading, log->record[k].data, log->record[k].size, &error),
                     MARKET_OK);
  }
  LogReadingDestroy(&reading); /* the statement keeps what it needs */
  AccountStatementSort(statement);
  return statement;
}

static char *Printed(AccountStatement statement, void (*print)(FILE *, AccountStatement))
{
  char  *text   = NULL;
  size_t size   = 0;
  FILE  *stream = open_memstream(&text, &size);

  print(stream, statement);
  fclose(stream);
  return text;
}

static void LinesAreInOrderAndKnowWhereTheyStand(void **state)
{
  SmallLog         log = {0};
  AccountStatement s;
  AccountLine      before    = {0};
  int64_t          amount[2] = {0};

  (void)state;
  SmallTwoRuns(&log);
  s = Collect(&log, "city");
  assert_int_equal(AccountStatementRuns(s), 2);
  assert_int_equal(AccountStatementCount(s),
                   2 * 2 * SMALL_REGIONS * SMALL_INTERVALS + 3 * SMALL_REGIONS * SMALL_INTERVALS);
  for (size_t k = 0; k < AccountStatementCount(s); k++) {
    AccountLine     line = AccountStatementLine(s, k);
    SettlementEntry entry;
    assert_int_equal(SettlementEntryDecode(log.record[line.index].data, log.record[line.index].size, &entry, NULL),
                     MARKET_OK); /* the index is that of the log */
    assert_int_equal(SettlementEntryCompare(&entry, &line.entry), 0);
    assert_int_equal(entry.amount, line.entry.amount);
    if (k && line.run == before.run)
      assert_true(line.entry.window > before.entry.window ||
                  (line.entry.window == before.entry.window && line.entry.interval >= before.entry.interval));
    amount[line.run] += line.entry.amount;
    before = line;
  }
  for (size_t r = 0; r < 2; r++) {
    const AccountRun *run = AccountStatementRun(s, r);
    assert_int_equal(run->sums->n, 1);
    assert_int_equal(run->sums->row[0].total.received - run->sums->row[0].total.paid, amount[r]);
  }
  AccountStatementDestroy(&s);
  AccountStatementDestroy(&s);
  SmallLogFree(&log);
}

/* Statements of all participants and accounts, added up, sum to zero as the entries do. */
static void AllStatementsTogetherSumToZero(void **state)
{
  static const char *const all[]  = {"wind", "city", "@rounding/north", "@rounding/south"};
  SmallLog                 log    = {0};
  int64_t                  amount = 0, lines = 0;

  (void)state;
  SmallTwoRuns(&log);
  for (size_t p = 0; p < 4; p++) {
    AccountStatement s = Collect(&log, all[p]);
    for (size_t r = 0; r < AccountStatementRuns(s); r++) {
      amount += AccountStatementRun(s, r)->sums->row[0].total.received;
      amount -= AccountStatementRun(s, r)->sums->row[0].total.paid;
      lines += AccountStatementRun(s, r)->sums->row[0].total.lines;
    }
    AccountStatementDestroy(&s);
  }
  assert_int_equal(amount, 0);
  assert_int_equal(lines, (2 * 5 + 3 * 3) * SMALL_REGIONS * SMALL_INTERVALS);
  SmallLogFree(&log);
}

static void CausesArePricesContractsAndRules(void **state)
{
  static const struct {
    SettlementKind kind;
    AccountCause   cause;
  } expected[] = {{SETTLEMENT_GENERATION, CAUSE_PRICE},
                  {SETTLEMENT_CONTRACT_ENERGY, CAUSE_CONTRACT},
                  {SETTLEMENT_ROUNDING, CAUSE_RULE}};
  SmallLog log = {0};

  (void)state;
  SmallTwoRuns(&log);
  for (size_t k = 0; k < 3; k++) {
    AccountStatement s    = Collect(&log, k == 2 ? "@rounding/north" : "wind");
    bool             seen = false;
    for (size_t i = 0; i < AccountStatementCount(s); i++) {
      AccountLine line = AccountStatementLine(s, i);
      if (line.entry.kind != expected[k].kind) continue;
      assert_int_equal(line.cause, expected[k].cause);
      if (line.cause == CAUSE_CONTRACT) {
        assert_non_null(line.contract);
        assert_string_equal(line.contract->name, "north-wind");
        assert_int_equal(line.contract->index, 1);
      }
      seen = true;
    }
    assert_true(seen);
    AccountStatementDestroy(&s);
  }
  for (int k = 0; k < SETTLEMENT_KINDS; k++) assert_true(strlen(SettlementKindRule(SettlementKindAt(k))) > 10);
  SmallLogFree(&log);
}

static void TheFormsSayTheSame(void **state)
{
  SmallLog         log = {0};
  AccountStatement s;
  char            *text;

  (void)state;
  SmallTwoRuns(&log);
  s    = Collect(&log, "city");
  text = Printed(s, AccountStatementPrintCsv);
  assert_non_null(strstr(text, "\n4,0,small,base,2030-06-21T00:00:00Z,900,north,consumption,,1,-1000,Wh,40.000000,"
                               "-0.040000,EUR,day-ahead price at bus 1,\n"));
  assert_non_null(strstr(text, "\n6,0,small,base,2030-06-21T00:00:00Z,900,north,contract energy,,1,-250,Wh,50.000000,"
                               "-0.012500,EUR,contract north-wind,"));
  free(text);
  text = Printed(s, AccountStatementPrintJson);
  assert_non_null(strstr(text, "{\"participant\": \"city\", \"runs\": [{\"run\": 0, \"study\": \"small\""));
  assert_non_null(strstr(text, "{\"entry\": 4, \"start\": \"2030-06-21T00:00:00Z\", \"seconds\": 900, "
                               "\"kind\": \"consumption\", \"region\": \"north\", \"bus\": 1, \"quantity\": -1000, "
                               "\"unit\": \"Wh\", \"price\": \"40.000000\", \"amount\": \"-0.040000\", "
                               "\"because_of\": \"day-ahead price at bus 1\"}"));
  free(text);
  text = Printed(s, AccountStatementPrint);
  assert_non_null(strstr(text, "Statement of city\n\nrun 0 of the log: study small, policy base; prices in EUR/MWh"));
  assert_non_null(strstr(text, "contract north-wind"));
  assert_non_null(strstr(text, "north-wind                 entry 1, "));
  assert_non_null(strstr(text, "energy delivered under a contract, at its price"));
  assert_non_null(strstr(text, "run 1 of the log"));
  free(text);
  AccountStatementDestroy(&s);
  SmallLogFree(&log);
}

static void NearNamesAreFound(void **state)
{
  static const char *const name[] = {"village households", "village storage", "city utility", "harbour company",
                                     "Müller"};
  NearNames                near   = {0};

  (void)state;
  for (int round = 0; round < 2; round++)
    for (size_t k = 0; k < 5; k++) NearNamesOffer(&near, "city utilty", EntryTextOf(name[k]));
  assert_int_equal(near.n, NEAR_NAMES);
  assert_string_equal(near.near[0].name, "city utility");
  assert_int_equal(near.near[0].distance, 1);
  near = (NearNames){0};
  for (size_t k = 0; k < 5; k++) NearNamesOffer(&near, "village", EntryTextOf(name[k]));
  assert_string_equal(near.near[0].name, "village households");
  assert_string_equal(near.near[1].name, "village storage");
  near = (NearNames){0};
  for (size_t k = 0; k < 5; k++) NearNamesOffer(&near, "Muller", EntryTextOf(name[k]));
  assert_string_equal(near.near[0].name, "Müller");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(LinesAreInOrderAndKnowWhereTheyStand),
      cmocka_unit_test(AllStatementsTogetherSumToZero),
      cmocka_unit_test(CausesArePricesContractsAndRules),
      cmocka_unit_test(TheFormsSayTheSame),
      cmocka_unit_test(NearNamesAreFound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
