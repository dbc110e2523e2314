/* Statements: what each participant and declared account fed in, took, received and paid over a window or more, by kind
   of line. Sums of entries in any order, exact; statements merge exactly. */
#ifndef ARCHIPELAGO_MARKET_STATEMENT_H
#define ARCHIPELAGO_MARKET_STATEMENT_H

#include "market/entry.h"

typedef struct {
  int64_t lines;        /* entries summed */
  int64_t injected_wh;  /* sum of positive quantities; in totals of kinds that are energy */
  int64_t withdrawn_wh; /* minus the sum of negative ones */
  int64_t received;     /* sum of positive amounts, millionths of the currency */
  int64_t paid;         /* minus the sum of negative ones */
} StatementLine;

typedef struct {
  uint32_t      participant;
  char         *name;
  StatementLine kind[SETTLEMENT_KINDS]; /* by SettlementKindIndex */
  StatementLine total;
} StatementRow;

typedef struct _s_Statement {
  size_t        n;
  StatementRow *row; /* [n] in order of first appearance until StatementSort */
  size_t        capacity;
  uint32_t     *slot; /* [n_slots] hash table: row + 1, or 0; n_slots is a power of two */
  size_t        n_slots;
  char         *currency;
} * Statement;

/* An empty statement in a currency. */
MarketStatus StatementCreate(const char *currency, Statement *statement, MarketError *error);
void         StatementDestroy(Statement *statement);

/* Adds an entry (valid, as decoded or settled). Another currency is BAD_INPUT; sums are checked for OVERFLOW. */
MarketStatus StatementAdd(Statement statement, const SettlementEntry *entry, MarketError *error);
/* Adds sums that were made elsewhere, such as a rank's: `kind` is a SettlementKindIndex. */
MarketStatus StatementAddLine(Statement statement, uint32_t participant, EntryText name, int kind,
                              const StatementLine *line, MarketError *error);

/* Adds all of `other` (of another rank, day or policy), exactly: in whatever order and grouping statements are merged, the
   sums are the same. BAD_INPUT for another currency, OVERFLOW where a sum does not fit; nothing is added then. */
MarketStatus StatementMerge(Statement statement, Statement other, MarketError *error);

/* Sorts the rows by the participant's index, then by name: declared accounts come last. */
void StatementSort(Statement statement);

/* Row of a name, or NULL. Linear. */
const StatementRow *StatementFind(Statement statement, const char *name);

/* Tidy CSV: participant,kind,lines,injected_wh,withdrawn_wh,received_CUR,paid_CUR,net_CUR, a row per kind that has
   lines and one of kind "total" per participant; money in decimals, exact. In
   the order of the rows: sort first. */
void StatementPrintCsv(FILE *stream, Statement statement);

#endif
