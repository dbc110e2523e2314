/* Reading a market's log record by record: that its runs, windows and regions stand in their order, that every block sums
   to zero, that what an entry carries out was deployed before it. Needs nothing but the log; memory for one window and the
   contracts of one run.

   The order that is checked. A log holds runs, one behind the other. A run: its run record; accounts; contracts; anchors;
   windows. A window: its window record; by region the settlement entries (committed entries, in committed privacy), by
   interval, kind, participant and sequence; certificate events (hidden records); in committed privacy a closing entry an
   interval. docs/entry-format.md gives the bytes. */
#ifndef ARCHIPELAGO_MARKET_AUDIT_H
#define ARCHIPELAGO_MARKET_AUDIT_H

#include "ledger/hash.h"
#include "ledger/key.h"
#include "market/record.h"

typedef struct _s_LogReading *LogReading;

/* What was read; `blocks` are intervals of a region, each of which was shown to sum to zero. */
typedef struct {
  uint64_t records, runs, accounts, contracts, anchors, windows, entries, blocks, events, committed, closings, hidden;
  uint64_t anchors_verified; /* by one of the keys given */
} LogCounts;

/* A contract that the run has deployed. */
typedef struct {
  LedgerHash hash;  /* of its leaf */
  uint64_t   index; /* in the log */
  char      *name;
} LogContract;

/* Begins reading a log from its first record. `keys` [n_keys], borrowed, verify anchors that they signed; an anchor that
   none of them signed is parsed alone. */
MarketStatus LogReadingCreate(const LedgerVerifier *keys, size_t n_keys, LogReading *reading, MarketError *error);
void         LogReadingDestroy(LogReading *reading);

/* Takes the next record. Any failure but MARKET_NO_MEMORY is a fault of the log; its line begins with the index of the
   first record that shows it ("entry 17: ..."). After a failure the reading is good for nothing but its counts. */
MarketStatus LogReadingTake(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error);
/* There are no more records. */
MarketStatus LogReadingEnd(LogReading reading, MarketError *error);

const LogCounts *LogReadingCounts(LogReading reading);
/* Index of the record that comes next. */
uint64_t LogReadingNext(LogReading reading);

/* The run being read, its number in the log from 0, and whether a run has begun at all; texts live until the next run. */
const RunRecord *LogReadingRun(LogReading reading, uint64_t *number);
/* The window being read; NULL before a run's first. */
const WindowRecord *LogReadingWindow(LogReading reading);
/* Contracts of the run, in the order of the log; and the one of a hash, or NULL. */
const LogContract *LogReadingContracts(LogReading reading, size_t *n);
const LogContract *LogReadingContract(LogReading reading, const uint8_t hash[LEDGER_HASH_BYTES]);

/* A line of the log's faults: "entry INDEX: " and what `inner` says. Returns its status. */
MarketStatus LogFault(MarketError *error, uint64_t index, const MarketError *inner);

#endif
