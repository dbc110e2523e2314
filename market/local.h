/* Local markets: what participants trade among themselves beside the pool, interval by interval. The result is a list
   of deliveries (market/transfer.h), which settle on top of the pool; the auction never touches the dispatch.

   Limit prices are the least a seller takes and the most a buyer pays. Offers stand in order of merit: by price
   upwards, equal prices by canonical order (market/bid.h); bids by price downwards, then likewise. Two options put
   renewable offers first: MERIT_RENEWABLE_TIES among offers of one price, MERIT_RENEWABLE_FIRST at any price: the
   market is then held twice, first between the renewable offers and all bids, then between the other offers and what
   is left of the bids. Each of the two rounds is a market with a price of its own, so that nobody trades worse than
   its limit.

   Price limits: an offer above `price_max` and a bid below `price_min` take no part, and every price is brought
   within the limits. Since what trades has offers of at most `price_max` and bids of at least `price_min`, that keeps
   to limits.

   UNIFORM PRICE. Offers and bids in their orders are walked along together while the offer's price is at most the
   bid's; the energy Q passed is the largest that can trade, and what trades has the largest gain, sum of (bid -
   offer), that is possible. The price level at which Q is reached on either side may not fit in whole: its orders (of
   one price; with MERIT_RENEWABLE_TIES also of one source) share what is left by largest remainder in proportion to
   their energies, ties to the canonical order. With a the highest price of an offer that trades and b the lowest of a
   bid that trades, a <= b, and the price is a (LOCAL_LAST_OFFER), b (LOCAL_LAST_BID) or (a + b) / 2, half a unit away
   from zero (LOCAL_MIDPOINT), then within the limits. That holds whichever side is cut off at the margin, also where
   quantities just match. A book with one side only, or that does not cross, trades nothing and has no price.
   PAY AS BID. The same trades; each delivery is paid its offer's price and costs its bid's, both within the limits;
   the difference is the spread.
   Deliveries of both: the accepted offers in order of merit are laid along the accepted bids in theirs, and each
   overlap is a delivery. What falls to a participant on both sides is no trade: it stays with the pool.

   MID-MARKET RATE. No auction: the metered energies (less what contracts delivered) of a participant's units in the
   scope are added up; who fed in more than it took sells the difference, the others buy. The side with less trades
   all of it, the other shares that by largest remainder in proportion to the positions, ties to the lower participant
   (renewable units before others with either option, the price being one). A participant's position falls to its
   units that feed in (take) in proportion to their energies. The rate is the midpoint between the price of export and
   of import: those declared, or else the means of the pool's day-ahead prices over what would be sold and over what
   would be bought, weighted by energy and rounded. With bids, only units that were bid take part, each with at most
   the energy bid, and only if the rate keeps the bid's limit. The residual is the pool's.

   BILATERAL. See market/bilateral.h.
   LOCATIONAL. Bids enter the dispatch as curves (jobs/bid_case.h), the pool pays locational prices: no deliveries.

   Without bids the book is made from the day-ahead dispatch, less what contracts delivered: generators and
   discharging storage offer their energy at their marginal cost plus carbon_price x emission, loads bid theirs at
   `load_value`. Charging storage, links, generators that take and loads that feed in stay with the pool. */
#ifndef ARCHIPELAGO_MARKET_LOCAL_H
#define ARCHIPELAGO_MARKET_LOCAL_H

#include "market/bid.h"
#include "market/transfer.h"

typedef enum {
  LOCAL_NONE,
  LOCAL_UNIFORM_PRICE,
  LOCAL_PAY_AS_BID,
  LOCAL_MID_MARKET,
  LOCAL_BILATERAL,
  LOCAL_LOCATIONAL
} LocalMechanism;

typedef enum { LOCAL_LAST_OFFER, LOCAL_LAST_BID, LOCAL_MIDPOINT } LocalPriceRule;

typedef enum { LOCAL_SCOPE_REGION, LOCAL_SCOPE_STUDY } LocalScope; /* of a bus's region, each by itself; all together */

typedef enum { MERIT_PRICE, MERIT_RENEWABLE_TIES, MERIT_RENEWABLE_FIRST } LocalMerit;

#define LOCAL_NO_PRICE_MIN INT64_MIN
#define LOCAL_NO_PRICE_MAX INT64_MAX

/* Prices in millionths of the currency per MWh. */
typedef struct {
  LocalMechanism mechanism;
  LocalPriceRule price_rule;
  LocalScope     scope;
  LocalMerit     merit;
  int64_t        price_min, price_max;       /* LOCAL_NO_PRICE_MIN, LOCAL_NO_PRICE_MAX: none */
  int64_t        fee;                        /* >= 0, on each participant's net purchases: for DeliveriesSettle */
  int64_t        load_value;                 /* what loads bid where there are no bids */
  int64_t        carbon_price;               /* >= 0, millionths per tonne: in the offers where there are no bids */
  bool           has_tariff;                 /* the prices of export and import are declared */
  int64_t        export_price, import_price; /* export <= import; 0 without a tariff */
} LocalRules;

/* No local market: mechanism none, midpoint, by region, by price, no limits, no fee. */
LocalRules LocalRulesDefault(void);
/* "none", "uniform-price", "pay-as-bid", "mid-market", "bilateral", "locational"; NULL for no mechanism. */
const char *LocalMechanismName(LocalMechanism mechanism);

/* BAD_INPUT: numbers that are no rule, limits that cross, a negative fee or carbon price, export above import. */
MarketStatus LocalRulesCheck(const LocalRules *rules, MarketError *error);
/* Canonical bytes and back, as of BidsWrite and BidsRead. */
void         LocalRulesWrite(const LocalRules *rules, MarketBytes *bytes);
MarketStatus LocalRulesRead(const uint8_t *bytes, size_t size, LocalRules *rules, MarketError *error);

/* Clears every interval and scope by itself and appends the deliveries (SETTLEMENT_TRADE, no reference) in order of
   interval and scope; `detail` is the seller's unit, or the order of an offer that names none. `bids` NULL: the book
   from the dispatch. Intervals without a bid trade nothing, also where no interval has one. `contracted` (NULL:
   nothing) holds what contracts delivered, which that book and the mid-market rate leave out; bids stand as they are.
   Texts of the deliveries are those of the facts and the bids, which must outlive them. The result does not depend on
   the order in which bids were handed in. BAD_INPUT: rules or bids that do not fit; OVERFLOW: the energies of a book
   do not fit 64 bits; NO_MEMORY. */
MarketStatus LocalMarketClear(Facts facts, const LocalRules *rules, Bids bids, const Deliveries *contracted,
                              Deliveries *out, MarketError *error);

#endif
