/* The audit of a market's log: reads it (market/audit.h), carries out every window again whose inputs are at hand, and
   compares each record of the log with the one that comes out, byte by byte.

   In committed privacy what is in the clear is compared likewise; of each region whose secret is at hand the committed
   records are made again and compared byte by byte; of what an opening opens, the entry is looked for in what comes out. */
#ifndef ARCHIPELAGO_MARKET_AUDIT_RUN_H
#define ARCHIPELAGO_MARKET_AUDIT_RUN_H

#include "ledger/secret.h"
#include "market/audit.h"
#include "market/opening_statement.h"

typedef struct _s_Audit *Audit;

/* Hands out the inputs of a run's window: appends their bytes and sets *there, or leaves it false when the run's inputs are
   not at hand at all. A failure ends the audit. */
typedef MarketStatus (*AuditInputs)(void *context, const uint8_t run_id[RECORD_DIGEST_BYTES], uint32_t window,
                                    MarketBytes *inputs, bool *there, MarketError *error);

/* Everything is borrowed while the audit lasts. */
typedef struct {
  const LedgerVerifier   *keys; /* [n_keys] that may have signed anchors */
  size_t                  n_keys;
  AuditInputs             inputs; /* NULL: nothing is carried out again */
  void                   *context;
  const LedgerSecret     *secret; /* [n_secrets] of regions and of the operator */
  size_t                  n_secrets;
  const PrivateStatement *statement; /* [n_statements] of participants */
  size_t                  n_statements;
} AuditOptions;

/* Beside what was read. `entries` are those compared with their amounts, in the clear or opened by a secret. */
typedef struct {
  uint64_t runs, windows, entries, events, contracts, openings;
  uint64_t runs_not_executed;    /* no inputs at hand */
  uint64_t committed_not_opened; /* committed entries of windows carried out, compared by their number alone */
  uint64_t hidden_not_opened;    /* certificate events likewise */
} AuditCounts;

MarketStatus AuditCreate(const AuditOptions *options, Audit *audit, MarketError *error);
void         AuditDestroy(Audit *audit);

/* Takes the next record, as LogReadingTake does; a record that is not the one that comes out is named with both values. */
MarketStatus AuditTake(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditEnd(Audit audit, MarketError *error);

LogReading         AuditReading(Audit audit);
const AuditCounts *AuditCountsOf(Audit audit);

#endif
