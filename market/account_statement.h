/* The statement of one participant or account, line by line: what it fed in or took, received or paid, and what each
   amount comes from: a price, a contract or a rule. Made from a log's settlement entries, or from the entries behind
   openings. */
#ifndef ARCHIPELAGO_MARKET_ACCOUNT_STATEMENT_H
#define ARCHIPELAGO_MARKET_ACCOUNT_STATEMENT_H

#include "market/audit.h"
#include "market/statement.h"

typedef struct _s_AccountStatement *AccountStatement;

/* What gives an amount. */
typedef enum { CAUSE_PRICE, CAUSE_TRADE, CAUSE_CONTRACT, CAUSE_RULE } AccountCause;

typedef struct {
  size_t             run;   /* of the statement, from 0 */
  uint64_t           index; /* in the log */
  SettlementEntry    entry; /* texts belong to the statement */
  AccountCause       cause;
  const LogContract *contract; /* of CAUSE_CONTRACT where it is known, else NULL */
} AccountLine;

/* A run in which the participant has lines. */
typedef struct {
  uint64_t     number; /* in the log, from 0 */
  uint8_t      run_id[RECORD_DIGEST_BYTES];
  char        *study, *policy, *currency;
  Statement    sums; /* one row: by kind of line, and their total */
  size_t       n_contracts;
  LogContract *contract; /* [n_contracts] that its lines carry out */
} AccountRun;

/* Of the participant or account with exactly this name. */
MarketStatus AccountStatementCreate(const char *name, AccountStatement *statement, MarketError *error);
void         AccountStatementDestroy(AccountStatement *statement);

/* Takes the record that `reading` has just taken; what is no entry of this participant is passed over. */
MarketStatus AccountStatementTake(AccountStatement statement, LogReading reading, const uint8_t *bytes, size_t size,
                                  MarketError *error);
/* Takes an entry from elsewhere, such as an opening; `reading` stands in its run, `index` is that of its record. */
MarketStatus AccountStatementTakeEntry(AccountStatement statement, LogReading reading, uint64_t index,
                                       const uint8_t *bytes, size_t size, MarketError *error);
/* Puts the lines in the order of run, window, interval and log. */
void AccountStatementSort(AccountStatement statement);

const char       *AccountStatementName(AccountStatement statement);
size_t            AccountStatementCount(AccountStatement statement);
AccountLine       AccountStatementLine(AccountStatement statement, size_t k);
size_t            AccountStatementRuns(AccountStatement statement);
const AccountRun *AccountStatementRun(AccountStatement statement, size_t run);

/* Why a line of this kind is there, as one sentence. */
const char *SettlementKindRule(SettlementKind kind);
/* What a line's amount comes from, in some words: "day-ahead price at bus 3", "contract solar", "rule: grid fee". */
void AccountCausePrint(FILE *stream, const AccountLine *line);

/* A table for people with totals by kind and the rules and contracts behind it; tidy CSV; one JSON document. Money in
   decimals, exact. */
void AccountStatementPrint(FILE *stream, AccountStatement statement);
void AccountStatementPrintCsv(FILE *stream, AccountStatement statement);
void AccountStatementPrintJson(FILE *stream, AccountStatement statement);

/* Names that are nearest to one that is not there: keeps the `NEAR_NAMES` best of those offered. Start from {0}. */
enum { NEAR_NAMES = 3 };
typedef struct {
  size_t n;
  struct {
    char   name[64]; /* cut off */
    size_t distance;
  } near[NEAR_NAMES];
} NearNames;

/* Insertions, deletions and substitutions of bytes, whatever the case of ASCII letters (Levenshtein, 1966). */
void NearNamesOffer(NearNames *names, const char *wanted, EntryText name);

#endif
