/* Bids and offers of participants, in a local market's book. A bid is what a buyer hands in, an offer what a seller
   does; both are the noun Bid, with a side. */
#ifndef ARCHIPELAGO_MARKET_BID_H
#define ARCHIPELAGO_MARKET_BID_H

#include "market/bytes.h"
#include "market/facts.h"

typedef enum { BID_SELL, BID_BUY } BidSide;

/* Whose energy a buyer pays a premium for. */
typedef enum {
  PREFER_NOBODY,
  PREFER_PARTICIPANT, /* that of `partner` */
  PREFER_CLASS,       /* that of participants of `partner_class` */
  PREFER_RENEWABLE    /* that of renewable generators */
} BidPreference;

#define BID_ANY_ASSET UINT32_MAX

typedef struct {
  BidSide       side;
  uint32_t      participant;
  uint32_t      bus;      /* row: where the energy is fed in or taken */
  uint32_t      asset;    /* row of the facts' assets, or BID_ANY_ASSET: of no unit in particular */
  uint32_t      interval; /* in the window */
  int64_t       wh;       /* > 0: the most that is traded */
  int64_t       price;    /* millionths of the currency per MWh: the least a seller takes, the most a buyer pays; may be
                           negative */
  EntryText     order;    /* identity: unique for a participant and an interval, not empty */
  BidPreference prefer;   /* of bids to buy only */
  uint32_t      partner;
  EntryText     partner_class;
  int64_t premium; /* > 0 with a preference: what a bilateral trade with the partner is worth above `price`; else 0 */
} Bid;

typedef struct _s_Bids {
  size_t n;
  Bid   *bid;   /* [n] in canonical order */
  char  *arena; /* their texts */
} * Bids;

/* Copies bids in any order, texts too, into canonical order: by interval, then by order (shorter texts first, texts
   of one length by their bytes, so that decimal numbers stand as numbers do), then by participant. That order breaks
   every tie of a market. BAD_INPUT: an energy that is not positive, an empty order, two bids of one identity, an
   offer with a preference, a preference without a positive premium, texts that are not UTF-8. NO_MEMORY. */
MarketStatus BidsCreate(const Bid *bid, size_t n, Bids *bids, MarketError *error);
void         BidsDestroy(Bids *bids);

/* Canonical bytes and back (docs/markets.md has the layout). Reading is strict: what is accepted writes the very same
   bytes; MARKET_MALFORMED names the offset. `bids` NULL writes an empty book. */
void         BidsWrite(Bids bids, MarketBytes *bytes);
MarketStatus BidsRead(const uint8_t *bytes, size_t size, Bids *bids, MarketError *error);

/* Whether bids fit the facts: intervals, participants, buses and assets that are there, each asset at its bus and its
   participant's own. BAD_INPUT names the first bid that does not. NULL fits. */
MarketStatus BidsCheck(Bids bids, Facts facts, MarketError *error);

/* Whether what an offer sells comes from a renewable generator: its asset says so. */
bool BidIsRenewable(const Bid *bid, Facts facts);
/* What a buyer adds for energy of this seller and source: the premium, or 0. */
int64_t BidPremium(const Bid *bid, Facts facts, uint32_t seller, bool renewable);
/* Canonical order: negative, 0 (one identity), positive. */
int BidCompare(const Bid *a, const Bid *b);

#endif
