/* The records and the private statement that docs/privacy.md shows. */
#ifndef ARCHIPELAGO_TESTS_COMMITTED_SAMPLE_H
#define ARCHIPELAGO_TESTS_COMMITTED_SAMPLE_H

#include "market/opening_statement.h"
#include "tests/market/committed_case.h"
#include "tests/market/sample_entry.h"

#define SAMPLE_CONTRACT "city buys 1 MWh of hills"

enum {
  SAMPLE_HIDDEN_ENTRY,
  SAMPLE_CLEAR_ENTRY,
  SAMPLE_CLOSING,
  SAMPLE_ACCOUNT,
  SAMPLE_OPERATOR,
  SAMPLE_HIDDEN_RECORD,
  SAMPLE_STATEMENT,
  SAMPLE_PARTS
};

/* Secret 00 01 ... 1f, run id a5 a5 ... a5; the account's record is number 1 of the log, the hidden record number 3 and
   the block begins at 5. */
static inline void SampleMake(LedgerPedersen pedersen, MarketBytes part[SAMPLE_PARTS])
{
  SettlementEntry  entry[2] = {SampleEntry(), SampleEntry()};
  EntryText        name[2]  = {entry[0].participant_name, EntryTextOf("@rounding/city")};
  uint8_t          key[LEDGER_SECRET_BYTES], bytes[2][CASE_ENTRY_BYTES];
  LedgerSecret     secret = NULL, secrets[2];
  LedgerHash       run, salt[2];
  CommittedBytes   encoded[2], contract = {(const uint8_t *)SAMPLE_CONTRACT, sizeof SAMPLE_CONTRACT - 1};
  CommittedBlock   block     = NULL;
  PrivateStatement statement = NULL;
  AccountRecord    account[2];
  HiddenRecord     hidden;
  RecordOpening    opening = {.index = 3, .bytes = contract.bytes, .size = contract.size};
  MarketError      error   = {0};
  size_t           order[2];

  for (size_t k = 0; k < sizeof key; k++) key[k] = (uint8_t)k;
  memset(run.byte, 0xA5, sizeof run.byte);
  entry[1].kind             = SETTLEMENT_ROUNDING;
  entry[1].has_price        = false;
  entry[1].price            = 0;
  entry[1].quantity_wh      = 0;
  entry[1].amount           = -entry[0].amount;
  entry[1].bus              = 0;
  entry[1].participant_name = name[1];
  entry[1].asset            = EntryTextOf("");
  for (size_t k = 0; k < 2; k++) {
    assert_market(SettlementEntryEncode(&entry[k], bytes[k], sizeof bytes[k], &encoded[k].size, &error), error);
    encoded[k].bytes = bytes[k];
  }
  assert_int_equal(LedgerSecretFromBytes("city", key, &secret, NULL), LEDGER_OK);
  assert_market(CommittedBlockCreate(pedersen, secret, &run, 5, 2, encoded, &block, &error), error);
  CommittedBlockPlace(block, 5);
  for (size_t i = 0; i < 2; i++)
    MarketPutRaw(&part[block->leaf[i].opening ? SAMPLE_HIDDEN_ENTRY : SAMPLE_CLEAR_ENTRY], block->leaf[i].record.bytes,
                 block->leaf[i].record.size);
  ClosingWrite(&block->sums.closing[0], &part[SAMPLE_CLOSING]);

  secrets[0] = secrets[1] = secret;
  assert_market(CommittedAccounts(&run, 2, name, secrets, account, salt, order, &error), error);
  AccountRecordWrite(&account[0], &part[SAMPLE_ACCOUNT]);
  AccountRecordWrite(&account[1], &part[SAMPLE_OPERATOR]);
  assert_market(CommittedHide(secret, &run, 3, contract, &hidden, &opening.salt, &error), error);
  HiddenRecordWrite(&hidden, &part[SAMPLE_HIDDEN_RECORD]);

  assert_market(PrivateStatementCreate(EntryTextOf("example.org/demo"), &run, name[0], &statement, &error), error);
  PrivateStatementSetAccount(statement, 1, &salt[0]);
  assert_market(PrivateStatementAdd(statement, &block->opening[0], &error), error);
  assert_market(PrivateStatementAddRecord(statement, &opening, &error), error);
  PrivateStatementWrite(statement, &part[SAMPLE_STATEMENT]);

  PrivateStatementDestroy(&statement);
  CommittedBlockDestroy(&block);
  LedgerSecretDestroy(&secret);
}

#endif
