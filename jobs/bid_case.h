/* From the table of bids to a market: as bids of a local market, in integers, or as curves in the dispatch. */
#ifndef ARCHIPELAGO_JOBS_BID_CASE_H
#define ARCHIPELAGO_JOBS_BID_CASE_H

#include "inputs/bids.h"
#include "market/bid.h"

/* Not collective. The bids of the hours [first, first + hours) of the study, interval 0 being the first; energies to
   whole watt-hours, prices to millionths per MWh. Assets have the rows that the facts of a window give them:
   generators, loads, storage units. `table` NULL: *bids is NULL, without an error. Otherwise *bids is NULL when
   error->status is not MARKET_OK. */
PetscErrorCode BidCaseCreate(Network net, BidTable table, PetscInt first, PetscInt hours, Bids *bids,
                             MarketError *error);

/* What a network was before bids entered it. */
typedef struct _p_BidCurves *BidCurves;

/* Not collective. Puts the bids of a window's hours into the network, which then clears at locational prices:

     offers of a generator   its cost becomes the piecewise linear curve of its offers in order of price, which is
                             convex, and its largest output in each hour at most what it offers then, 0 in an hour
                             without an offer. A unit has one curve for a window: that of the hour in which it offers
                             most. In the other hours it may offer less of it, from the cheap end, as the sun has it.
     offers of storage       its cost per MWh discharged and its largest discharge: one price and one energy, the same
                             in every hour of the window
     bids of a load          what is bid is left unserved where the price is above the bid, the rest of the demand is
                             served whatever it costs: one price, at least 0, and one share of the demand in every hour
                             of the window (all of it, where the bid is larger)

   Units without bids keep their cost; the carbon price counts besides. What cannot be said so is a fault with the line
   of the bid: bids to buy of storage units, bids at a bus without a unit, several prices of a load, curves that change
   within a window, offers below a minimum output. With faults the network stays as it was and *before is NULL;
   otherwise BidCaseRestore undoes it. No other series may be added to the network in between. */
PetscErrorCode BidCaseApplyCurves(Network net, BidTable table, PetscInt first, PetscInt hours, Faults faults,
                                  BidCurves *before);
PetscErrorCode BidCaseRestore(Network net, BidCurves *before);

#endif
