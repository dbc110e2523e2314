/* The public check of a log that hides amounts: from committed records and closing entries alone, that in every interval
   the amounts of all regions sum to zero. Whoever has the log can do it; it shows no name and no amount. */
#ifndef ARCHIPELAGO_MARKET_COMMITTED_CHECK_H
#define ARCHIPELAGO_MARKET_COMMITTED_CHECK_H

#include "market/closing.h"
#include "market/committed_record.h"
#include "market/record.h"

typedef struct CommittedCheck_s *CommittedCheck;

/* For one window; `pedersen` is borrowed. Memory per interval, none per record. */
MarketStatus CommittedCheckCreate(LedgerPedersen pedersen, const WindowRecord *window, CommittedCheck *check,
                                  MarketError *error);
void         CommittedCheckDestroy(CommittedCheck *check);

/* The window's committed records, in the order of the log, `index` being the number in the log: well formed, of this
   window, its regions and intervals; regions ascend, and within a region the leaf hashes do, so that no record stands
   there twice; the commitment to the amount is a point of the curve. Failures are MARKET_MALFORMED and name the entry. */
MarketStatus CommittedCheckRecord(CommittedCheck check, uint64_t index, CommittedBytes record, MarketError *error);

/* Then the window's closing entries, one per interval from 0 on: the count is that of the records (MARKET_MALFORMED
   otherwise) and their amounts, hidden and clear, add up to the stated blinding times the second generator
   (MARKET_UNBALANCED otherwise). */
MarketStatus CommittedCheckClosing(CommittedCheck check, uint64_t index, CommittedBytes record, MarketError *error);

/* Every interval has been closed. */
MarketStatus CommittedCheckEnd(CommittedCheck check, MarketError *error);

#endif
