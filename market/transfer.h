/* Transfers between accounts, and deliveries of energy between participants: what every mechanism beyond the pool
   (auctions, bilateral trades, contracts, carbon) comes down to. Double entry: one transfer is two lines of opposite
   quantity and amount, so transfers alone never unbalance anything.

   The pool settles every asset at its bus's price, whatever is traded. A delivery of q from bus i to bus j at price p is
   settled on top of that: the buyer pays p q to the seller; the pool takes back from the seller what it paid for q, l_i q,
   and gives back to the buyer what it charged, l_j q; and the buyer pays the grid the difference (l_j - l_i) q. Taking
   back and the fee are charged once on net positions: for each participant, bus and interval the deliveries of all
   trades and contracts are first added up, so that energy which passes through several hands pays one way from where it
   was fed in to where it was taken. Where prices are equal nothing but p q is left. Accounts @fees/REGION stand against
   pool and fee lines; but for a declared fee by energy they come out at zero over the regions, to within rounding. */
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
  EntryText      detail; /* asset field of both lines: unit or contract; texts of the facts or of the contracts */
  bool           has_reference;
  uint8_t        reference[32];
} Transfer;

typedef struct {
  size_t    n, capacity;
  Transfer *transfer;
} Transfers; /* start from {0} */

/* Appends; where `has_price`, amount is computed from price and quantity. OVERFLOW; BAD_INPUT for a kind that is no
   transfer's, one account on both sides, or a payer, payee or region that the facts do not have. */
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
                                               spread (pay-as-bid), booked on @fees */
  EntryText detail;
  bool      has_reference;
  uint8_t   reference[32];
} Delivery;

#define DELIVERY_ANY_ASSET UINT32_MAX

typedef struct {
  size_t    n, capacity;
  Delivery *delivery;
} Deliveries; /* start from {0} */

MarketStatus DeliveriesAdd(Deliveries *list, Facts facts, const Delivery *delivery, MarketError *error);
void         DeliveriesFree(Deliveries *list);

/* Turns deliveries into transfers: payments, spreads, the pool's part and grid fees on net positions, and `fee` (millionths
   per MWh, >= 0) on each participant's net purchases. The result does not depend on the order of the deliveries but for
   the order of their own payment lines, which is made canonical. */
MarketStatus DeliveriesSettle(Facts facts, const Deliveries *deliveries, int64_t fee, Transfers *transfers,
                              MarketError *error);

#endif
