/* Transfers between accounts, and deliveries of energy between participants: what every mechanism beyond the pool
   (auctions, bilateral trades, contracts, carbon) comes down to. Double entry: one transfer is two lines of opposite
   quantity and amount, so transfers alone never unbalance anything.

   The pool settles every asset at its bus's price l, whatever is traded. A delivery of q from bus i to bus j at price p
   is settled on top of that: the buyer pays p q to the seller; the pool takes back from the seller what it paid for q,
   l_i q, and gives back to the buyer what it charged, l_j q; and the grid gets the difference (l_j - l_i) q, which may be
   negative. For each interval, participant u and bus b let

     n(u,b) = sum of what u sells at b - sum of what u buys at b            (net position; all in Wh)

   The pool's part is one line per net position: u gives back l_b n(u,b). The grid's part, over all deliveries,

     sum of (l_j - l_i) q = - sum over (u,b) of l_b n(u,b),

   is so much that @fees, against which both stand, come out at zero over the regions, to within the rounding of lines;
   fees by energy and spreads remain there. Who bears it: the net buyers, each for the way from where its energy was fed
   in. To know that way, deliveries of an interval become a graph, nodes (u,b), edges the sums of deliveries. Cycles are
   taken out (energy sold in a circle goes nowhere), smallest flow first found from the lowest node on along the lowest
   edges, so that the order of the deliveries does not matter. What is left is traced from its sources: a net seller feeds
   in n at its own price l_b; what comes into a node, and its value (sum of l q at the buses where it was fed in), leaves
   it in equal mixture, by its edges and, at a net buyer, to itself (proportional sharing: Bialek, Tracing the flow of
   electricity, 1996). A net buyer of d with value v in it pays l_b d - v. Values are exact integers (millionths x Wh per
   MWh); shares of a value are rounded to these by largest remainder, so none is lost. So
     * energy that passes through several hands pays one way, borne by whom it reaches; who sells all it buys at a bus
       pays nothing, whatever it bought it for;
     * a buyer whose sellers are all at its own bus pays nothing; where all prices are equal nobody does, exactly;
     * a participant whose deliveries are what its assets fed in or took has its pool lines cancel its assets' lines to
       within the rounding of lines. */
#ifndef ARCHIPELAGO_MARKET_TRANSFER_H
#define ARCHIPELAGO_MARKET_TRANSFER_H

#include "market/facts.h"

typedef struct {
  SettlementKind kind; /* 0x03xx to 0x05xx */
  uint32_t       interval;
  uint32_t       payee, payer;               /* participants, or declared accounts (market/account.h); not the same */
  uint32_t       payee_region, payer_region; /* in whose blocks the lines stand */
  uint32_t       payee_bus, payer_bus;       /* external numbers, 0 for none */
  int64_t        quantity; /* what the payee gives the payer: Wh, of carbon grams; the payee's line has it as it is, the
                              payer's line its opposite */
  bool           has_price;
  int64_t        price;  /* millionths per MWh (per tonne); 0 without */
  int64_t        amount; /* millionths that the payee receives; with a price: price x quantity rounded */
  EntryText      detail; /* asset field of both lines: unit or contract; texts of the facts or of the contracts, which
                            must outlive settlements */
  bool           has_reference;
  uint8_t        reference[32];
} Transfer;

typedef struct {
  size_t    n, capacity;
  Transfer *transfer;
} Transfers; /* start from {0} */

/* A kind of 0x03xx to 0x05xx. */
bool TransferIsKind(SettlementKind kind);
/* BAD_INPUT: a kind that is no transfer's, one account on both sides, an interval, payer, payee or region that the facts
   do not have, a declared account in another region's block, or carbon between regions (whose grams could not go with
   the watt-hours that regions exchange). OVERFLOW: quantity or amount of -2^63, which has no opposite. */
MarketStatus TransferCheck(const Transfer *transfer, Facts facts, MarketError *error);
/* Canonical order: interval, kind, payee, payer, then all other fields; 0 only for transfers that are alike. */
int          TransferCompare(const Transfer *a, const Transfer *b);
MarketStatus TransfersSort(Transfer *transfer, size_t n, MarketError *error); /* NO_MEMORY */

/* Checks and appends; where `has_price`, amount is computed from price and quantity (OVERFLOW). */
MarketStatus TransfersAdd(Transfers *list, Facts facts, const Transfer *transfer, MarketError *error);
void         TransfersFree(Transfers *list);

/* Energy sold by one participant to another. */
typedef struct {
  SettlementKind kind; /* SETTLEMENT_TRADE or SETTLEMENT_CONTRACT_ENERGY */
  uint32_t       interval;
  uint32_t       seller, buyer;
  uint32_t       seller_bus, buyer_bus;     /* rows */
  uint32_t       seller_asset, buyer_asset; /* rows of the facts' assets, DELIVERY_ANY_ASSET: no particular one */
  int64_t        wh;                        /* > 0 */
  int64_t   seller_price, buyer_price; /* millionths per MWh; what the buyer pays above what the seller receives is a
                                               spread (pay-as-bid), booked on @fees; never below it */
  EntryText detail;                    /* empty: the name of the seller's asset, if any */
  bool      has_reference;
  uint8_t   reference[32];
} Delivery;

#define DELIVERY_ANY_ASSET UINT32_MAX

typedef struct {
  size_t    n, capacity;
  Delivery *delivery;
} Deliveries; /* start from {0} */

/* Checks and appends. BAD_INPUT: another kind, an interval, participant, bus or asset that the facts do not have, an asset
   that is another's or at another bus, a participant that buys from itself, energy that is not above 0, or a price below
   the seller's. */
MarketStatus DeliveryCheck(const Delivery *delivery, Facts facts, MarketError *error);
MarketStatus DeliveriesAdd(Deliveries *list, Facts facts, const Delivery *delivery, MarketError *error);
void         DeliveriesFree(Deliveries *list);

/* Turns deliveries into transfers, appended in canonical order, which does not depend on the order of the deliveries:
     TRADE or CONTRACT_ENERGY  of each delivery at the seller's price, lines in the regions of seller's and buyer's bus
     TRADE_SPREAD              what rounded buyer's price x energy exceeds the amount above by, to @fees of the buyer
     TRADE_POOL                of each net position that is not 0, between participant and @fees of the bus's region, at
                               the bus's day-ahead price; quantity as if the participant gave back what it had sold
     GRID_FEE                  detail "locational": what a net buyer pays for the way, no line when that rounds to 0;
                               detail "energy": `fee` (millionths per MWh, >= 0) x net purchases. Both to @fees of the
                               bus's region, without quantity or price, since no energy moves by them
   Quantities of one participant's lines then sum, with those of its assets, to what its assets fed in. A failure adds
   nothing. */
MarketStatus DeliveriesSettle(Facts facts, const Deliveries *deliveries, int64_t fee, Transfers *transfers,
                              MarketError *error);

#endif
