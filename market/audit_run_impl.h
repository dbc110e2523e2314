/* Inside the audit: the window that is being carried out again. */
#ifndef ARCHIPELAGO_MARKET_AUDIT_RUN_IMPL_H
#define ARCHIPELAGO_MARKET_AUDIT_RUN_IMPL_H

#include "market/audit_run.h"
#include "market/committed.h"
#include "market/window.h"

/* The records of one region as they must stand in a log in committed privacy; NULL without the region's secret. */
typedef struct {
  size_t         first, count; /* in the settlement */
  CommittedBlock block;
} CommittedRegion;

struct _s_Audit {
  AuditOptions  options;
  LogReading    reading;
  AuditCounts   counts;
  bool          at_hand; /* the run's inputs are */
  bool          started; /* the run has been asked for */
  bool          open;    /* a window has been carried out; what follows is its own */
  MarketInputs  inputs;
  MarketOutcome outcome;
  MarketBytes   contract_state, granular_state; /* that the window before left */
  size_t        entry, event;                   /* that come next */
  uint8_t       encoded[ENTRY_SIZE_MAX];
  /* Of committed privacy. */
  LedgerPedersen   pedersen;
  uint64_t         position;  /* settlement entries of the run before this window */
  CommittedRegion *region;    /* [facts->n_regions] */
  size_t           in_region; /* records of the region `entry` stands in */
  uint32_t         at_region;
  bool             opened; /* the record at hand, by an opening */
  size_t           n_accounts, account_capacity;
  LedgerHash      *account;       /* [n_accounts] leaf hashes of the run's registered accounts */
  uint64_t         first_account; /* index in the log of the first */
  size_t           n_hidden;      /* records that hide the run's contracts */
  LedgerHash      *hidden;
  uint64_t         first_hidden; /* index in the log of the first */
};

/* Public: the record is the one that comes next; and nothing is missing before another part of the window begins. */
MarketStatus AuditCompareEntry(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditCompareEvent(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditEntriesDone(Audit audit, MarketError *error);
MarketStatus AuditEventsDone(Audit audit, MarketError *error);

/* Committed: makes what can be made of the window's records; compares the next one; all regions are whole. */
MarketStatus AuditCommittedOpen(Audit audit, MarketError *error);
MarketStatus AuditCompareCommitted(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditCommittedDone(Audit audit, MarketError *error);
void         AuditCommittedClose(Audit audit);
/* Records that hide: a contract at a run's head, to be compared with the contracts of its inputs; a certificate event. */
MarketStatus AuditKeepHidden(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditHiddenContracts(Audit audit, MarketError *error);
MarketStatus AuditCompareHiddenEvent(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
/* Openings of the record, wherever it stands; at the log's end, that all openings have been met. */
MarketStatus AuditCheckOpenings(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditOpeningsDone(Audit audit, MarketError *error);

/* The secret of whoever runs the log, or NULL. */
LedgerSecret AuditOperatorSecret(Audit audit);

/* A registered account; and that they are those of the run's inputs, hidden ones with the operator's secret if given. */
MarketStatus AuditKeepAccount(Audit audit, const uint8_t *bytes, size_t size, MarketError *error);
MarketStatus AuditCheckAccounts(Audit audit, LedgerSecret secret, MarketError *error);

/* Says how two settlement entries differ. */
MarketStatus AuditDifference(Audit audit, const SettlementEntry *found, const SettlementEntry *expected,
                             MarketError *error);

#endif
