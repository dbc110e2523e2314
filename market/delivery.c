/* From deliveries to transfers: payments, spreads, the pool's part and grid fees on net positions. */
#include "market/account.h"
#include "market/delivery_impl.h"
#include "market/sort.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  Facts             facts;
  int64_t           fee;
  Transfers        *transfers;
  DeliveryEdge     *edge;     /* [deliveries] */
  DeliveryPosition *position; /* [2 x deliveries] */
  MarketError      *error;
} Settler;

static uint32_t FeesOf(const Settler *s, uint32_t region)
{
  return AccountIndex(s->facts->n_participants, ACCOUNT_FEES, region);
}

static MarketStatus Pay(Settler *s, const Delivery *d)
{
  Facts    f = s->facts;
  Transfer t = {.kind          = d->kind,
                .interval      = d->interval,
                .payee         = d->seller,
                .payer         = d->buyer,
                .payee_region  = f->bus_region[d->seller_bus],
                .payer_region  = f->bus_region[d->buyer_bus],
                .payee_bus     = f->bus_number[d->seller_bus],
                .payer_bus     = f->bus_number[d->buyer_bus],
                .quantity      = d->wh,
                .has_price     = true,
                .price         = d->seller_price,
                .detail        = d->detail,
                .has_reference = d->has_reference};

  memcpy(t.reference, d->reference, sizeof t.reference);
  if (t.detail.length == 0 && d->seller_asset != DELIVERY_ANY_ASSET) t.detail = f->asset[d->seller_asset].name;
  return TransfersAdd(s->transfers, f, &t, s->error);
}

/* What the buyer pays above what the seller gets; the rounded difference of two rounded amounts, so that the buyer pays
   its own price x energy to the millionth. */
static MarketStatus PaySpread(Settler *s, const Delivery *d)
{
  const Transfer *payment = &s->transfers->transfer[s->transfers->n - 1];
  Transfer        t       = *payment;
  int64_t         gross   = 0;

  if (d->buyer_price == d->seller_price) return MARKET_OK;
  if (MoneyFromEnergy(d->buyer_price, d->wh, &gross) || __builtin_sub_overflow(gross, payment->amount, &t.amount))
    return MarketFail(s->error, MARKET_OVERFLOW, "a buyer pays more than 64 bits hold");
  t.kind         = SETTLEMENT_TRADE_SPREAD;
  t.payee        = FeesOf(s, t.payer_region);
  t.payee_region = t.payer_region;
  t.payee_bus    = t.payer_bus;
  t.quantity = t.price = 0;
  t.has_price          = false;
  return t.amount ? TransfersAdd(s->transfers, s->facts, &t, s->error) : MARKET_OK;
}

/* Adds a transfer from a participant to the fees account of its bus's region, or back when `back`. */
static MarketStatus Charge(Settler *s, DeliveryNode node, bool back, Transfer *t)
{
  uint32_t bus = (uint32_t)node, participant = (uint32_t)(node >> 32);

  t->payee_region = t->payer_region = s->facts->bus_region[bus];
  t->payee_bus = t->payer_bus = s->facts->bus_number[bus];
  t->payee                    = back ? participant : FeesOf(s, t->payee_region);
  t->payer                    = back ? FeesOf(s, t->payee_region) : participant;
  return TransfersAdd(s->transfers, s->facts, t, s->error);
}

static MarketStatus ChargeFee(Settler *s, uint32_t interval, DeliveryNode node, int64_t amount, const char *detail)
{
  Transfer t = {.kind = SETTLEMENT_GRID_FEE, .interval = interval, .amount = amount, .detail = EntryTextOf(detail)};

  return amount ? Charge(s, node, false, &t) : MARKET_OK;
}

static MarketStatus SettlePosition(Settler *s, uint32_t interval, const int64_t *price, const DeliveryPosition *p)
{
  bool     buyer = p->net < 0;
  int64_t  size = buyer ? -p->net : p->net, at = price[(uint32_t)p->node], amount = 0;
  Transfer pool = {.kind      = SETTLEMENT_TRADE_POOL,
                   .interval  = interval,
                   .quantity  = size,
                   .has_price = true,
                   .price     = at,
                   .detail    = EntryTextOf("")};

  if (size == 0) return MARKET_OK;
  MARKET_TRY(Charge(s, p->node, buyer, &pool));
  if (!buyer) return MARKET_OK;
  if (MoneyDivide((MoneyWide)at * size - p->value, ENERGY_WH_PER_MWH, &amount))
    return MarketFail(s->error, MARKET_OVERFLOW, "a grid fee is more than 64 bits hold");
  MARKET_TRY(ChargeFee(s, interval, p->node, amount, "locational"));
  if (MoneyFromEnergy(s->fee, size, &amount))
    return MarketFail(s->error, MARKET_OVERFLOW, "a grid fee is more than 64 bits hold");
  return ChargeFee(s, interval, p->node, amount, "energy");
}

/* Edges in order, those between the same nodes added up; *n becomes their number. */
static MarketStatus MergeEdges(Settler *s, size_t *n)
{
  size_t merged = 0;

  for (size_t k = 0; k < *n; k++) {
    DeliveryEdge *last = merged ? &s->edge[merged - 1] : NULL, *next = &s->edge[k];
    if (!last || last->interval != next->interval || last->from != next->from || last->to != next->to)
      s->edge[merged++] = *next;
    else if (MoneyAdd(&last->wh, next->wh))
      return MarketFail(s->error, MARKET_OVERFLOW, "deliveries between two participants are more than 64 bits hold");
  }
  *n = merged;
  return MARKET_OK;
}

/* One edge for each delivery, in the order of interval and ends. */
static MarketStatus SortEdges(Settler *s, const Deliveries *list)
{
  size_t   n   = list->n;
  SortKey *key = malloc((2 * n + 1) * sizeof *key);

  if (!key) return MarketFail(s->error, MARKET_NO_MEMORY, "no memory for %zu deliveries", n);
  for (size_t k = 0; k < n; k++) {
    const Delivery *d = &list->delivery[k];
    key[k] =
        (SortKey){{d->interval, DeliveryNodeOf(d->seller, d->seller_bus), DeliveryNodeOf(d->buyer, d->buyer_bus)}, k};
  }
  SortKeys(key, key + n, n);
  for (size_t k = 0; k < n; k++) {
    const Delivery *d = &list->delivery[key[k].index];
    s->edge[k]        = (DeliveryEdge){d->interval, DeliveryNodeOf(d->seller, d->seller_bus),
                                       DeliveryNodeOf(d->buyer, d->buyer_bus), d->wh};
  }
  free(key);
  return MARKET_OK;
}

static MarketStatus SettlePositions(Settler *s, const Deliveries *list)
{
  Facts  f = s->facts;
  size_t n = list->n;

  MARKET_TRY(SortEdges(s, list));
  MARKET_TRY(MergeEdges(s, &n));
  for (size_t first = 0, end; first < n; first = end) {
    uint32_t       interval = s->edge[first].interval;
    const int64_t *price    = f->day_ahead.price + (size_t)interval * f->n_buses;
    size_t         positions;
    for (end = first; end < n && s->edge[end].interval == interval;) end++;
    MARKET_TRY(DeliveryTrace(s->edge + first, end - first, price, s->position, &positions, s->error));
    for (size_t k = 0; k < positions; k++) MARKET_TRY(SettlePosition(s, interval, price, &s->position[k]));
  }
  return MARKET_OK;
}

static MarketStatus SettleAll(Settler *s, const Deliveries *list)
{
  size_t before = s->transfers->n;

  for (size_t k = 0; k < list->n; k++) {
    MARKET_TRY(DeliveryCheck(&list->delivery[k], s->facts, s->error));
    MARKET_TRY(Pay(s, &list->delivery[k]));
    MARKET_TRY(PaySpread(s, &list->delivery[k]));
  }
  MARKET_TRY(SettlePositions(s, list));
  return TransfersSort(s->transfers->transfer + before, s->transfers->n - before, s->error);
}

MarketStatus DeliveriesSettle(Facts facts, const Deliveries *deliveries, int64_t fee, Transfers *transfers,
                              MarketError *error)
{
  Settler      s      = {.facts = facts, .fee = fee, .transfers = transfers, .error = error};
  MarketStatus status = MARKET_NO_MEMORY;
  size_t       before = transfers->n;

  if (fee < 0)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "the fee on traded energy is %" PRId64 " millionths per MWh; expected 0 or more", fee);
  s.edge     = malloc((deliveries->n + 1) * sizeof *s.edge);
  s.position = malloc((2 * deliveries->n + 1) * sizeof *s.position);
  if (s.edge && s.position)
    status = SettleAll(&s, deliveries);
  else
    MarketFail(error, status, "no memory for %zu deliveries", deliveries->n);
  if (status != MARKET_OK) transfers->n = before;
  free(s.edge);
  free(s.position);
  return status;
}
