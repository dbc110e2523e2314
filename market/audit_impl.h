/* Inside the reading of a log. */
#ifndef ARCHIPELAGO_MARKET_AUDIT_IMPL_H
#define ARCHIPELAGO_MARKET_AUDIT_IMPL_H

#include "market/audit.h"
#include "market/committed_check.h"
#include "market/granular_audit.h"
#include "market/money.h"

/* Where in the log's order the reading stands: what came last. */
typedef enum {
  PLACE_START, /* nothing yet */
  PLACE_RUN,
  PLACE_ACCOUNTS,
  PLACE_CONTRACTS,
  PLACE_ANCHORS,
  PLACE_WINDOW,
  PLACE_BLOCKS,
  PLACE_EVENTS,
  PLACE_CLOSINGS
} Place;

/* The settlement entries of one (region, interval), with their bytes. */
typedef struct {
  size_t           n, capacity;
  SettlementEntry *entry;
  MarketBytes      bytes; /* that the texts of the entries point into */
  uint64_t         first; /* index in the log of the first */
  bool             any;   /* the window has had an entry */
  SettlementEntry  last;  /* the latest one, without its texts */
} BlockReading;

/* What regions send each other, which is nothing over all of them. */
typedef struct {
  MoneyWide quantity, amount;
} ExchangeSum;

struct _s_LogReading {
  const LedgerVerifier *keys;
  size_t                n_keys;
  LogCounts             counts;
  Place                 place;
  uint64_t              index; /* of the record being taken */
  RunRecord             run;
  MarketBytes           run_bytes; /* that the run's texts point into */
  WindowRecord          window;
  uint64_t              windows; /* of this run */
  size_t                n_accounts, account_capacity;
  char                **account; /* [n_accounts] names, in public runs */
  size_t                n_contracts, contract_capacity;
  LogContract          *contract;
  size_t               *slot; /* [n_slots] hash table of contracts: position + 1, or 0; n_slots is a power of two */
  size_t                n_slots;
  BlockReading          block;
  ExchangeSum          *exchange; /* [window.intervals] */
  GranularAudit         certificates;
  LedgerPedersen        pedersen; /* made for the first run that needs it */
  CommittedCheck        hidden;   /* of the window being read, in committed privacy */
};

/* The order of the records. */
MarketStatus LogReadingPlace(LogReading reading, int type, MarketError *error);

/* Settlement entries: one, the end of the open block, and a window's end. */
MarketStatus BlockReadingTake(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus BlockReadingClose(LogReading reading, MarketError *error);
MarketStatus BlockReadingOpenWindow(LogReading reading, MarketError *error);
MarketStatus BlockReadingCloseWindow(LogReading reading, MarketError *error);
void         BlockReadingFree(LogReading reading);

/* Accounts, contracts and anchors at a run's head. */
MarketStatus LogReadingTakeAccount(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus LogReadingTakeContract(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus LogReadingTakeAnchor(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error);
void         LogReadingForgetHead(LogReading reading);

/* Certificate events, and what stands in a window in committed privacy: its begin, its records, its end. */
MarketStatus LogReadingTakeEvent(LogReading reading, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus LogReadingOpenHidden(LogReading reading, MarketError *error);
MarketStatus LogReadingTakeHidden(LogReading reading, int type, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus LogReadingCloseHidden(LogReading reading, MarketError *error);

#endif
