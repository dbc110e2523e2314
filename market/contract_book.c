/* What an executed interval of a contract comes to: deliveries of energy, and transfers for all else. */
#include <string.h>

#include "market/contract_impl.h"

#define TRY_MONEY(run, item, t, call, what)                                                     \
  do {                                                                                          \
    MarketStatus money_status_ = (call);                                                        \
    if (money_status_ != MARKET_OK) return ContractItemFail(run, item, t, money_status_, what); \
  } while (0)

/* Millionths per MWh: factor x price rounded to nearest, halves away from zero; then the adder, the cap, the floor. */
static MarketStatus IndexedPrice(const ContractRun *run, const ContractItem *item, uint32_t t, int64_t *price)
{
  const Contract *c     = item->contract;
  const int64_t   nodal = run->facts->day_ahead.price[(size_t)t * run->facts->n_buses + item->price_bus];

  MARKET_TRY(MoneyDivide((MoneyWide)c->factor * nodal, CONTRACT_WHOLE, price));
  MARKET_TRY(MoneyAdd(price, c->adder));
  if (c->has_cap && *price > c->cap) *price = c->cap;
  if (c->has_floor && *price < c->floor) *price = c->floor;
  return MARKET_OK;
}

static MarketStatus EnergyPrice(const ContractRun *run, const ContractItem *item, uint32_t t, int64_t *price)
{
  *price = item->contract->price;
  if (item->contract->price_kind == CONTRACT_PRICE_INDEXED)
    TRY_MONEY(run, item, t, IndexedPrice(run, item, t, price), "the indexed price does not fit");
  return MARKET_OK;
}

/* External number of the bus that a line of the seller stands at. */
static uint32_t SellerBus(const ContractRun *run, const ContractItem *item)
{
  if (item->unit != DELIVERY_ANY_ASSET) return run->facts->bus_number[run->facts->asset[item->unit].bus];
  return item->contract->price_bus ? item->contract->price_bus : item->contract->from_bus;
}

static MarketStatus Pay(ContractRun *run, const ContractItem *item, uint32_t t, SettlementKind kind, bool to_seller,
                        int64_t quantity, int64_t price)
{
  const uint32_t payee = to_seller ? item->seller : item->buyer, payer = to_seller ? item->buyer : item->seller;
  Transfer       transfer = {.kind          = kind,
                             .interval      = t,
                             .payee         = payee,
                             .payer         = payer,
                             .payee_region  = run->facts->participant_region[payee],
                             .payer_region  = run->facts->participant_region[payer],
                             .payee_bus     = to_seller ? SellerBus(run, item) : 0,
                             .payer_bus     = to_seller ? 0 : SellerBus(run, item),
                             .quantity      = quantity,
                             .has_price     = true,
                             .price         = price,
                             .detail        = item->contract->name,
                             .has_reference = true};
  MarketError    inner    = {0};
  MarketStatus   status;

  memcpy(transfer.reference, item->hash, sizeof transfer.reference);
  status = TransfersAdd(run->transfers, run->facts, &transfer, &inner);
  return status == MARKET_OK ? MARKET_OK : ContractItemFail(run, item, t, status, inner.text);
}

/* Hands `wh` over, from the seller to the buyer or, where a slice of a storage unit is charged, back. */
static MarketStatus Deliver(ContractRun *run, const ContractItem *item, uint32_t t, int64_t wh)
{
  const bool   back     = item->charging;
  Delivery     delivery = {.kind          = SETTLEMENT_CONTRACT_ENERGY,
                           .interval      = t,
                           .seller        = back ? item->buyer : item->seller,
                           .buyer         = back ? item->seller : item->buyer,
                           .seller_bus    = back ? item->to_bus : item->from_bus,
                           .buyer_bus     = back ? item->from_bus : item->to_bus,
                           .seller_asset  = back ? DELIVERY_ANY_ASSET : item->unit,
                           .buyer_asset   = back ? item->unit : item->load,
                           .wh            = wh,
                           .detail        = item->contract->name,
                           .has_reference = true};
  MarketError  inner    = {0};
  int64_t      amount, price = 0; /* what is charged into a slice is the buyer's own */
  MarketStatus status;

  if (wh == 0) return MARKET_OK;
  if (!back) MARKET_TRY(EnergyPrice(run, item, t, &price));
  TRY_MONEY(run, item, t, MoneyFromEnergy(price, wh, &amount), "price times energy does not fit");
  delivery.seller_price = delivery.buyer_price = price;
  memcpy(delivery.reference, item->hash, sizeof delivery.reference);
  status = DeliveriesAdd(run->deliveries, run->facts, &delivery, &inner);
  return status == MARKET_OK ? MARKET_OK : ContractItemFail(run, item, t, status, inner.text);
}

/* Contract for difference: the seller receives strike less reference price, or pays it where it is negative. */
static MarketStatus PayDifference(ContractRun *run, const ContractItem *item, uint32_t t, int64_t wh)
{
  const Contract *c     = item->contract;
  const int64_t   nodal = run->facts->day_ahead.price[(size_t)t * run->facts->n_buses + item->price_bus];
  int64_t         price;

  if (wh == 0 || item->charging) return MARKET_OK;
  if (__builtin_sub_overflow(c->price, nodal, &price))
    return ContractItemFail(run, item, t, MARKET_OVERFLOW, "strike less reference price does not fit");
  if ((price < 0 && c->protects == CONTRACT_PROTECTS_SELLER) || (price > 0 && c->protects == CONTRACT_PROTECTS_BUYER))
    return MARKET_OK;
  return Pay(run, item, t, SETTLEMENT_CONTRACT_DIFFERENCE, true, wh, price);
}

static MarketStatus PayResponse(ContractRun *run, const ContractItem *item, uint32_t t, int64_t wh)
{
  int64_t price;

  if (wh == 0) return MARKET_OK;
  MARKET_TRY(EnergyPrice(run, item, t, &price));
  return Pay(run, item, t, SETTLEMENT_CONTRACT_RESPONSE, true, wh, price);
}

static MarketStatus PayShortfall(ContractRun *run, const ContractItem *item, uint32_t t, int64_t wh)
{
  if (wh == 0 || item->contract->shortfall_penalty == 0) return MARKET_OK;
  return Pay(run, item, t, SETTLEMENT_CONTRACT_PENALTY, false, wh, item->contract->shortfall_penalty);
}

/* MW x h, or MWh x h of storage capacity, in millionths. */
static MarketStatus RentedCapacity(const ContractRun *run, const ContractItem *item, uint32_t t, int64_t *quantity)
{
  const Contract *c     = item->contract;
  const int64_t   begin = run->facts->window_start + (int64_t)t * run->facts->interval_seconds;
  int64_t         capacity;
  uint32_t        seconds;
  MoneyWide       watt_seconds;

  ContractActive(c, true, begin, begin + run->facts->interval_seconds, &seconds, &watt_seconds);
  if (c->quantity != CONTRACT_UNIT_SHARE && c->quantity != CONTRACT_STORAGE_SHARE)
    return MoneyDivide(watt_seconds, 3600, quantity);
  capacity = c->basis == CONTRACT_RENT_ENERGY ? run->facts->asset[item->unit].energy_wh
                                              : run->facts->asset[item->unit].power_w;
  if (capacity < 0) return MARKET_BAD_INPUT;
  return MoneyDivide((MoneyWide)capacity * c->share * seconds, (int64_t)CONTRACT_WHOLE * 3600, quantity);
}

static MarketStatus PayRent(ContractRun *run, const ContractItem *item, uint32_t t)
{
  int64_t quantity = 0;

  if (item->contract->price_kind != CONTRACT_PRICE_RENT || !item->due) return MARKET_OK;
  TRY_MONEY(run, item, t, RentedCapacity(run, item, t, &quantity), "the rented capacity is not known or does not fit");
  if (quantity == 0) return MARKET_OK;
  return Pay(run, item, t, SETTLEMENT_CONTRACT_CAPACITY, true, quantity, item->contract->rent);
}

/* Seconds of validity in the window that is executed. */
static int64_t ValidInWindow(const ContractRun *run, const Contract *c)
{
  const int64_t begin = run->facts->window_start;
  const int64_t end   = begin + (int64_t)run->facts->intervals * run->facts->interval_seconds;

  return (end < c->end ? end : c->end) - (begin > c->start ? begin : c->start);
}

/* Pays for what was offered, belongs to the least energy and was not taken. Of the least energy counts the part of the
   period that was executed, by seconds. */
static MarketStatus SettleTakeOrPay(ContractRun *run, ContractItem *item, uint32_t t)
{
  const Contract       *c      = item->contract;
  const ContractBalance b      = item->balance;
  const int64_t         window = (int64_t)run->facts->intervals * run->facts->interval_seconds;
  const int64_t         part   = c->per == CONTRACT_PER_WINDOW ? ValidInWindow(run, c) : b.since;
  const int64_t         whole  = c->per == CONTRACT_PER_WINDOW ? window : c->end - c->start;
  int64_t               least;

  item->open    = false;
  item->balance = (ContractBalance){0};
  TRY_MONEY(run, item, t, MoneyDivide((MoneyWide)c->minimum_wh * part, whole, &least), "the least energy does not fit");
  if (least > b.offered) least = b.offered;
  if (least <= b.taken) return MARKET_OK;
  return Pay(run, item, t, SETTLEMENT_CONTRACT_TAKE_OR_PAY, true, least - b.taken, c->price);
}

static MarketStatus BookTakeOrPay(ContractRun *run, ContractItem *item, uint32_t t)
{
  const Contract *c   = item->contract;
  const int64_t   end = run->facts->window_start + (int64_t)(t + 1) * run->facts->interval_seconds;

  item->open = true;
  item->balance.since += item->valid_s;
  TRY_MONEY(run, item, t, MoneyAdd(&item->balance.taken, item->draw[1].granted), "the energy taken does not fit");
  TRY_MONEY(run, item, t, MoneyAdd(&item->balance.offered, item->draw[0].granted), "the energy offered does not fit");
  if (end >= c->end || (c->per == CONTRACT_PER_WINDOW && t + 1 == run->facts->intervals))
    return SettleTakeOrPay(run, item, t);
  return MARKET_OK;
}

/* Energy moved is what went down and came up again within the block; what did not is the shortfall. */
static MarketStatus SettleBlock(ContractRun *run, ContractItem *item, uint32_t t)
{
  const int64_t down = item->balance.taken, up = item->balance.offered;

  item->open    = false;
  item->balance = (ContractBalance){0};
  MARKET_TRY(PayResponse(run, item, t, down < up ? down : up));
  return PayShortfall(run, item, t, down < up ? up - down : down - up);
}

static MarketStatus BookShifting(ContractRun *run, ContractItem *item, uint32_t t)
{
  const Contract *c     = item->contract;
  const int64_t   begin = run->facts->window_start + (int64_t)t * run->facts->interval_seconds;
  const int64_t   block = ContractBlockStart(c, begin > c->start ? begin : c->start);
  const int64_t   end   = block + c->block_s < c->end ? block + c->block_s : c->end;

  item->open          = true;
  item->balance.since = block;
  TRY_MONEY(run, item, t, MoneyAdd(&item->balance.taken, item->draw[0].granted), "the energy shifted does not fit");
  TRY_MONEY(run, item, t, MoneyAdd(&item->balance.offered, item->draw[1].granted), "the energy shifted does not fit");
  return begin + run->facts->interval_seconds >= end ? SettleBlock(run, item, t) : MARKET_OK;
}

MarketStatus ContractBook(ContractRun *run, ContractItem *item, uint32_t interval)
{
  const Contract *c       = item->contract;
  const bool      take    = c->price_kind == CONTRACT_PRICE_TAKE_OR_PAY;
  const int64_t   granted = item->draw[0].granted;

  MARKET_TRY(PayRent(run, item, interval));
  if (c->quantity == CONTRACT_SHIFTING)
    return c->price_kind != CONTRACT_PRICE_RENT || c->has_energy ? BookShifting(run, item, interval) : MARKET_OK;
  if (c->quantity == CONTRACT_CURTAILMENT)
    MARKET_TRY(PayResponse(run, item, interval, granted));
  else if (c->price_kind == CONTRACT_PRICE_DIFFERENCE)
    MARKET_TRY(PayDifference(run, item, interval, granted));
  else
    MARKET_TRY(Deliver(run, item, interval, item->draw[take ? 1 : 0].granted));
  if (!item->charging) MARKET_TRY(PayShortfall(run, item, interval, item->contracted - granted));
  return take ? BookTakeOrPay(run, item, interval) : MARKET_OK;
}
