/* The committed form of a settlement: the entries of one (window, region) as records that hide names and amounts, sorted
   by their own leaf hashes so that a place in the log says nothing of who stands there, with all that their holder needs
   to open them, and the sums for the closing entries. The same entries, secret, run and positions give the same bytes. */
#ifndef ARCHIPELAGO_MARKET_COMMITTED_H
#define ARCHIPELAGO_MARKET_COMMITTED_H

#include "ledger/secret.h"
#include "market/closing.h"
#include "market/opening.h"

typedef struct {
  CommittedBytes record;
  LedgerHash     leaf;    /* its hash in the log's tree */
  size_t         source;  /* which of the settlement entries it is */
  const Opening *opening; /* NULL for an operator's account */
} CommittedLeaf;

typedef struct _s_CommittedBlock {
  size_t         n;
  CommittedLeaf *leaf; /* [n] in the order of the log */
  size_t         n_openings;
  Opening       *opening; /* [n_openings] in the order of the log */
  Closings       sums;    /* of this region by interval; private to the ranks (market/closing.h) */
  MarketBytes    records, entries;
} * CommittedBlock;

/* `entry` are the [n] encoded entries of one window and region in the order of the settlement; entry i has the position
   `first_position` + i, which no other entry of the run has (the number of the block's first record in the log will do).
   An account whose name begins with '@' goes into the clear, every other one is hidden. The openings' indices count from
   the block's first record until CommittedBlockPlace. Errors: entries that are malformed, out of order, or not of one
   window and region (BAD_INPUT). *block is then NULL. */
MarketStatus CommittedBlockCreate(LedgerPedersen pedersen, LedgerSecret secret, const LedgerHash *run,
                                  uint64_t first_position, size_t n, const CommittedBytes *entry, CommittedBlock *block,
                                  MarketError *error);
/* Wipes what is secret. Takes NULL; sets the handle to NULL. */
void CommittedBlockDestroy(CommittedBlock *block);

/* The block's first record is number `index` of the log. Once. */
void CommittedBlockPlace(CommittedBlock block, uint64_t index);

/* Registers the run's [n] accounts: record[i] and, for a participant, salt[i] from secret[i] (which may be NULL for an
   operator's account); order[k] is the account whose record stands at place k, by leaf hash. Two accounts of one name are
   BAD_INPUT. */
MarketStatus CommittedAccounts(const LedgerHash *run, size_t n, const EntryText *name, const LedgerSecret *secret,
                               AccountRecord *record, LedgerHash *salt, size_t *order, MarketError *error);

/* Hides a private record. No two of a run have the same `position` (their numbers in the log will do). */
MarketStatus CommittedHide(LedgerSecret secret, const LedgerHash *run, uint64_t position, CommittedBytes bytes,
                           HiddenRecord *record, LedgerHash *salt, MarketError *error);

#endif
