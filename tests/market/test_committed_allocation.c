/* Each allocation of a committed settlement, its checks and its private statements fails once: a clear status, no crash,
   nothing half-built. */
#include "market/opening_statement.h"
#include "tests/market/committed_case.h"
#include "tests/market/failing_allocations.h"

static LedgerPedersen pedersen;
static Case           one;

static int SetUp(void **state)
{
  (void)state;
  if (LedgerPedersenCreate(&pedersen, NULL) != LEDGER_OK) return -1;
  CaseOpen(&one, pedersen, 2, 2, 5);
  CaseFill(&one, 20);
  CaseCommit(&one);
  return 0;
}

static int TearDown(void **state)
{
  (void)state;
  CaseClose(&one);
  LedgerPedersenDestroy(&pedersen);
  return 0;
}

/* Runs `work` with its k-th allocation failing, for every k until none is left; then it must succeed. */
static void FailEach(MarketStatus (*work)(MarketError *error), long least)
{
  for (long k = 0;; k++) {
    MarketError  error = {0};
    MarketStatus status;
    countdown = k;
    status    = work(&error);
    if (countdown >= 0) { /* not reached */
      countdown = -1;
      assert_int_equal(status, MARKET_OK);
      assert_true(k >= least);
      return;
    }
    countdown = -1;
    assert_int_equal(status, MARKET_NO_MEMORY);
    assert_true(error.text[0]);
  }
}

static MarketStatus MakeBlock(MarketError *error)
{
  CommittedBlock    block  = NULL;
  const CaseRegion *region = &one.region[0];
  MarketStatus      status =
      CommittedBlockCreate(pedersen, region->secret, &one.run, 9, region->n, region->encoded, &block, error);

  assert_int_equal(block != NULL, status == MARKET_OK);
  CommittedBlockDestroy(&block);
  return status;
}

static MarketStatus Check(MarketError *error)
{
  MARKET_TRY(CaseCheckAsWitness(&one, 0, error));
  return CaseCheckPublicly(&one, error);
}

static MarketStatus Register(MarketError *error)
{
  EntryText     name[2]   = {EntryTextOf("Anna"), EntryTextOf("@fees")};
  LedgerSecret  secret[2] = {one.region[0].secret, NULL};
  AccountRecord record[2];
  LedgerHash    salt[2];
  size_t        order[2];

  return CommittedAccounts(&one.run, 2, name, secret, record, salt, order, error);
}

/* Collects one participant's openings, writes them, reads them again. */
static MarketStatus Tell(PrivateStatement *statement, PrivateStatement *read, MarketBytes *text, MarketError *error)
{
  const CaseRegion *region = &one.region[0];
  SettlementEntry   entry;

  MARKET_TRY(PrivateStatementCreate(EntryTextOf("origin"), &one.run, EntryTextOf("Zed"), statement, error));
  PrivateStatementSetAccount(*statement, 2, &one.run);
  for (size_t k = 0; k < region->n_openings; k++) {
    RecordOpening record = {region->opening[k].index, region->opening[k].bytes, region->opening[k].size, one.run};
    MARKET_TRY(SettlementEntryDecode(region->opening[k].bytes, region->opening[k].size, &entry, error));
    if (entry.participant == 2) MARKET_TRY(PrivateStatementAdd(*statement, &region->opening[k], error));
    if (entry.participant == 2) MARKET_TRY(PrivateStatementAddRecord(*statement, &record, error));
  }
  PrivateStatementWrite(*statement, text);
  MARKET_TRY(MarketBytesCheck(text, error));
  return PrivateStatementRead((char *)text->data, text->size, read, error);
}

static MarketStatus TellAndForget(MarketError *error)
{
  PrivateStatement statement = NULL, read = NULL;
  MarketBytes      text   = {0};
  MarketStatus     status = Tell(&statement, &read, &text, error);

  assert_int_equal(read != NULL, status == MARKET_OK);
  PrivateStatementDestroy(&statement);
  PrivateStatementDestroy(&read);
  MarketBytesFree(&text);
  return status;
}

static void ABlockFailsWhole(void **state)
{
  (void)state;
  FailEach(MakeBlock, 8);
}

static void ChecksFailWhole(void **state)
{
  (void)state;
  FailEach(Check, 4);
}

static void RegistrationFailsWhole(void **state)
{
  (void)state;
  FailEach(Register, 3);
}

static void StatementsFailWhole(void **state)
{
  (void)state;
  FailEach(TellAndForget, 20);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ABlockFailsWhole),
      cmocka_unit_test(ChecksFailWhole),
      cmocka_unit_test(RegistrationFailsWhole),
      cmocka_unit_test(StatementsFailWhole),
  };
  return cmocka_run_group_tests(tests, SetUp, TearDown);
}
