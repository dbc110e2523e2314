/* The private statement: what a participant of a log that hides amounts is given. It opens the participant's own entries
   and private records and nobody else's. Text that a person can read and a program checks; a single line of it can be cut
   out to prove that line to somebody else. docs/privacy.md shows one. */
#ifndef ARCHIPELAGO_MARKET_OPENING_STATEMENT_H
#define ARCHIPELAGO_MARKET_OPENING_STATEMENT_H

#include "market/opening.h"

typedef struct _s_PrivateStatement {
  char          *origin; /* of the log */
  char          *participant;
  LedgerHash     run;
  bool           has_account; /* the account's registration */
  uint64_t       account_index;
  LedgerHash     account_salt;
  size_t         n, capacity;
  Opening       *opening; /* [n] ascending by index; the bytes are the statement's own */
  size_t         n_records, records_capacity;
  RecordOpening *record; /* [n_records] likewise */
} * PrivateStatement;

/* An empty statement. BAD_INPUT for a name or an origin that is empty or cannot stand on a line. */
MarketStatus PrivateStatementCreate(EntryText origin, const LedgerHash *run, EntryText participant,
                                    PrivateStatement *statement, MarketError *error);
/* Wipes what is secret. Takes NULL; sets the handle to NULL. */
void PrivateStatementDestroy(PrivateStatement *statement);

/* Where the account is registered, and with which salt. */
void PrivateStatementSetAccount(PrivateStatement statement, uint64_t index, const LedgerHash *salt);

/* Adds a copy; indices ascend. BAD_INPUT for an entry of another participant. */
MarketStatus PrivateStatementAdd(PrivateStatement statement, const Opening *opening, MarketError *error);
MarketStatus PrivateStatementAddRecord(PrivateStatement statement, const RecordOpening *opening, MarketError *error);

/* Appends the text. */
void PrivateStatementWrite(PrivateStatement statement, MarketBytes *text);

/* Strict: what is accepted writes the very same text, also the line of each entry that is for people. MARKET_MALFORMED
   names the line. */
MarketStatus PrivateStatementRead(const char *text, size_t length, PrivateStatement *statement, MarketError *error);

/* Appends a statement that opens entry `index` alone. BAD_INPUT when the statement does not open it. */
MarketStatus PrivateStatementProve(PrivateStatement statement, uint64_t index, MarketBytes *text, MarketError *error);

/* Hands out the log's entry; the bytes stay until the next call. */
typedef MarketStatus (*PrivateStatementReader)(void *context, uint64_t index, CommittedBytes *record,
                                               MarketError *error);

/* Everything that the statement opens is so in the log. */
MarketStatus PrivateStatementCheck(PrivateStatement statement, LedgerPedersen pedersen, PrivateStatementReader read,
                                   void *context, MarketError *error);

#endif
