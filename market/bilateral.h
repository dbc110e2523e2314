/* Bilateral trades with preferences. For an offer s and a bid b of different participants let

     worth(s, b)   = price of b, plus its premium where it prefers the seller (or the source) of s
     surplus(s, b) = worth(s, b) - price of s.

   Pairs with surplus >= 0 (and whose offer is at most price_max and worth at least price_min) may trade. They are
   taken in order of falling surplus; equal ones in the order of merit of their offers without regard to price
   (renewable ones first with MERIT_RENEWABLE_TIES, then canonical order), then in the canonical order of their bids;
   each trades what is left of both. The price of a pair is by the rule between the offer's price and the worth, then
   within the limits.

   Both sides rank partners by one number, the surplus that they share, so the trades are stable (as in assortative
   matching; Becker 1973): there is no pair that may trade and of which both sides have energy that did not trade or
   that traded at a lower surplus. Nobody trades worse than its limit; a buyer pays more than its price only to those
   it prefers, and at most the premium more. With MERIT_RENEWABLE_FIRST this holds in each of the two rounds. */
#ifndef ARCHIPELAGO_MARKET_BILATERAL_H
#define ARCHIPELAGO_MARKET_BILATERAL_H

#include "market/auction.h"

/* Trades between some of the book's offers [n_offers] and its bids. Time O(n log n) in them but for participants that
   stand on both sides at the best prices. */
MarketStatus BilateralClear(Book *book, uint32_t *offer, size_t n_offers, MarketError *error);

#endif
