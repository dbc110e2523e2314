/* Inside the settlement of deliveries: the graph of who delivered to whom in one interval. */
#ifndef ARCHIPELAGO_MARKET_DELIVERY_IMPL_H
#define ARCHIPELAGO_MARKET_DELIVERY_IMPL_H

#include "market/money.h"
#include "market/transfer.h"

/* A participant at a bus; in the order of the participants. */
typedef uint64_t DeliveryNode;

static inline DeliveryNode DeliveryNodeOf(uint32_t participant, uint32_t bus)
{
  return (DeliveryNode)participant << 32 | bus;
}

/* All deliveries between two nodes in an interval. */
typedef struct {
  uint32_t     interval;
  DeliveryNode from, to;
  int64_t      wh;
} DeliveryEdge;

/* Net position of a node. */
typedef struct {
  DeliveryNode node;
  int64_t      net;   /* Wh sold less bought */
  MoneyWide    value; /* of net buyers: sum of price x Wh where what they took was fed in; else 0 */
} DeliveryPosition;

/* Positions of the nodes of n edges, which are those of one interval, ordered by (from, to) and different from one
   another; price[row of bus]. Writes *n_positions <= 2n of them, ordered by node; `wh` of the edges is used up. */
MarketStatus DeliveryTrace(DeliveryEdge *edge, size_t n, const int64_t *price, DeliveryPosition *position,
                           size_t *n_positions, MarketError *error);

#endif
