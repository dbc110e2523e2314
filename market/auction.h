/* The books that local markets clear, one for each interval and scope, and the two-sided auction. For the market room
   alone; market/local.h says what the mechanisms are. */
#ifndef ARCHIPELAGO_MARKET_AUCTION_H
#define ARCHIPELAGO_MARKET_AUCTION_H

#include "market/local.h"

/* An offer or a bid in a book. */
typedef struct {
  BidSide    side;
  bool       renewable;
  uint32_t   participant, bus, asset;
  int64_t    wh; /* what is left of it */
  int64_t    price;
  const Bid *bid; /* where it comes from, for preferences and names; NULL: the dispatch */
} Order;

/* Orders of one interval and scope in canonical order; `at` are rows of `order`. */
typedef struct {
  Facts             facts;
  const LocalRules *rules;
  uint32_t          interval;
  Order            *order;
  uint32_t         *offer, *bid; /* [n_offers], [n_bids] rows of `order`, ascending until sorted */
  size_t            n_offers, n_bids;
  Deliveries       *out;
} Book;

/* Uniform price or pay as bid between some of the book's offers [n_offers] and its bids. Sorts both by merit. */
MarketStatus AuctionClear(Book *book, uint32_t *offer, size_t n_offers, MarketError *error);

/* The mid-market rate of one interval and scope. `energy` [n_assets]: what takes part, Wh, positive fed in; `book`
   holds the bids, or none where every unit takes part; its orders' energies are the caps. */
MarketStatus MidMarketClear(Book *book, const int64_t *energy, bool by_bids, MarketError *error);

/* Adds the delivery of `wh` from an offer to a bid; nothing where both are one participant's. */
MarketStatus BookDeliver(const Book *book, const Order *offer, const Order *bid, int64_t wh, int64_t seller_price,
                         int64_t buyer_price, MarketError *error);
/* A price within the limits of the rules. */
int64_t BookLimit(const Book *book, int64_t price);
/* The price between what a seller asks and a buyer gives by the rule, before limits; ask <= give. */
int64_t BookRulePrice(const Book *book, int64_t ask, int64_t give);

/* Sorts rows of orders by price, up or down, then (`by_source`) renewable ones first, then as they stand. NO_MEMORY. */
MarketStatus BookSort(const Book *book, uint32_t *row, size_t n, bool down, bool by_source, MarketError *error);

#endif
