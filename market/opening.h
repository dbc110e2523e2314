/* Openings: what shows the settlement entry behind a hidden record to whoever is given it. An opening is checked against
   the record in the log alone; since it carries the entry itself, the committed quantity and amount are then known to be
   64-bit integers. */
#ifndef ARCHIPELAGO_MARKET_OPENING_H
#define ARCHIPELAGO_MARKET_OPENING_H

#include "market/committed_record.h"

/* Of a committed entry. */
typedef struct {
  uint64_t       index; /* of the record in the log */
  const uint8_t *bytes; /* the settlement entry; lives elsewhere */
  size_t         size;
  LedgerHash     entry_salt, name_salt;
  LedgerScalar   quantity_blinding, amount_blinding;
} Opening;

/* Of a hidden record. */
typedef struct {
  uint64_t       index;
  const uint8_t *bytes; /* the record that stays private; lives elsewhere */
  size_t         size;
  LedgerHash     salt;
} RecordOpening;

/* The opening is that of the committed record: both hashes, both commitments, and what is in the clear. Whatever does not
   fit is MARKET_MALFORMED with a line that names the entry. */
MarketStatus OpeningCheck(LedgerPedersen pedersen, const Opening *opening, CommittedBytes record, MarketError *error);

/* The bytes and the salt give the hidden record's hash. */
MarketStatus RecordOpeningCheck(const RecordOpening *opening, CommittedBytes record, MarketError *error);

/* The name and the salt give the registered account's hash. */
MarketStatus AccountOpeningCheck(uint64_t index, EntryText name, const LedgerHash *salt, CommittedBytes record,
                                 MarketError *error);

/* What a witness checks of its region's block of a window before it cosigns. `record` are the block's [n] records, the
   first of them number `start` of the log; `opening` [n_openings] ascends by index. Every record is well formed, of this
   window and region, and they ascend strictly by leaf hash; every hidden one has exactly one opening and fits it (so each
   committed value is a 64-bit integer), none in the clear has one; and no two entries, hidden or clear, are the same
   line of the settlement. The first entry that fails is named with the reason. Memory for the decoded entries. */
MarketStatus WitnessCheckOpenings(LedgerPedersen pedersen, uint32_t window, uint32_t region, uint64_t start, size_t n,
                                  const CommittedBytes *record, size_t n_openings, const Opening *opening,
                                  MarketError *error);

#endif
