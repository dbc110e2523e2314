/* Lists of transfers and deliveries: checks and order. */
#include "market/transfer.h"

#include "market/account.h"
#include "market/money.h"
#include "market/sort.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool TransferIsKind(SettlementKind kind)
{
  return kind >= SETTLEMENT_TRADE && kind <= SETTLEMENT_CARBON && SettlementKindIndex(kind) >= 0;
}

static MarketStatus CheckParty(Facts f, uint32_t party, uint32_t region, const char *what, MarketError *error)
{
  size_t      own = 0;
  size_t      n   = AccountCount(f->n_participants, f->n_regions);
  AccountKind kind;

  if (party >= n)
    return MarketFail(error, MARKET_BAD_INPUT, "the %s of a transfer is account %" PRIu32 "; expected 0 to %zu", what,
                      party, n - 1);
  if (region >= f->n_regions)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "the %s of a transfer stands in region %" PRIu32 "; there are %" PRIu32 " regions", what, region,
                      f->n_regions);
  if (party < f->n_participants) return MARKET_OK;
  kind = AccountKindOf(f->n_participants, party, &own);
  if (kind == ACCOUNT_TIE_RENT || own == region) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT,
                    "the %s of a transfer is an account of region %zu; expected region %" PRIu32, what, own, region);
}

MarketStatus TransferCheck(const Transfer *t, Facts f, MarketError *error)
{
  if (!TransferIsKind(t->kind))
    return MarketFail(error, MARKET_BAD_INPUT, "kind 0x%04X is none of a transfer", (unsigned)t->kind);
  if (t->interval >= f->intervals)
    return MarketFail(error, MARKET_BAD_INPUT, "a transfer is in interval %" PRIu32 "; the window has %" PRIu32,
                      t->interval, f->intervals);
  MARKET_TRY(CheckParty(f, t->payee, t->payee_region, "payee", error));
  MARKET_TRY(CheckParty(f, t->payer, t->payer_region, "payer", error));
  if (t->payee == t->payer)
    return MarketFail(error, MARKET_BAD_INPUT, "account %" PRIu32 " pays itself in a transfer", t->payee);
  if (t->kind == SETTLEMENT_CARBON && t->payee_region != t->payer_region)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "carbon allowances change hands between regions %" PRIu32 " and %" PRIu32, t->payee_region,
                      t->payer_region);
  if (t->quantity == INT64_MIN || t->amount == INT64_MIN)
    return MarketFail(error, MARKET_OVERFLOW, "a transfer of -2^63 has no opposite");
  return MARKET_OK;
}

#define ORDER(x, y) \
  if ((x) != (y)) return (x) < (y) ? -1 : 1

int TransferCompare(const Transfer *a, const Transfer *b)
{
  int order;

  ORDER(a->interval, b->interval);
  ORDER((uint32_t)a->kind, (uint32_t)b->kind);
  ORDER(a->payee, b->payee);
  ORDER(a->payer, b->payer);
  ORDER(a->payee_region, b->payee_region);
  ORDER(a->payer_region, b->payer_region);
  ORDER(a->payee_bus, b->payee_bus);
  ORDER(a->payer_bus, b->payer_bus);
  ORDER(a->quantity, b->quantity);
  ORDER(a->has_price, b->has_price);
  ORDER(a->price, b->price);
  ORDER(a->amount, b->amount);
  ORDER(a->has_reference, b->has_reference);
  order = memcmp(a->reference, b->reference, sizeof a->reference);
  return order ? order : EntryTextCompare(a->detail, b->detail);
}

/* By interval, kind, parties and their regions; then the others by comparing. */
static SortKey KeyOf(const Transfer *t, size_t index)
{
  return (SortKey){{(uint64_t)t->interval << 32 | (uint32_t)t->kind, (uint64_t)t->payee << 32 | t->payer,
                    (uint64_t)t->payee_region << 32 | t->payer_region},
                   index};
}

static int Compare(const void *a, const void *b)
{
  return TransferCompare(a, b);
}

MarketStatus TransfersSort(Transfer *transfer, size_t n, MarketError *error)
{
  SortKey *key = malloc(2 * n * sizeof *key + 1);
  Transfer spare;

  if (!key) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu transfers", n);
  for (size_t k = 0; k < n; k++) key[k] = KeyOf(&transfer[k], k);
  SortKeys(key, key + n, n);
  SortRecords(transfer, sizeof *transfer, key, n, &spare);
  for (size_t first = 0, end; first < n; first = end) {
    for (end = first + 1; end < n && !SortKeyCompare(&key[end], &key[first]);) end++;
    if (end - first > 1) qsort(transfer + first, end - first, sizeof *transfer, Compare);
  }
  free(key);
  return MARKET_OK;
}

MarketStatus TransfersAdd(Transfers *list, Facts facts, const Transfer *transfer, MarketError *error)
{
  Transfer t = *transfer;

  if (t.has_price && MoneyFromEnergy(t.price, t.quantity, &t.amount))
    return MarketFail(error, MARKET_OVERFLOW,
                      "%" PRId64 " Wh at %" PRId64 " millionths per MWh is more money than 64 bits hold", t.quantity,
                      t.price);
  if (!t.has_price && t.price) return MarketFail(error, MARKET_BAD_INPUT, "a transfer without a price has one");
  MARKET_TRY(TransferCheck(&t, facts, error));
  if (list->n == list->capacity) {
    size_t    capacity = list->capacity ? 2 * list->capacity : 64;
    Transfer *larger   = realloc(list->transfer, capacity * sizeof *larger);
    if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu transfers", capacity);
    list->transfer = larger;
    list->capacity = capacity;
  }
  list->transfer[list->n++] = t;
  return MARKET_OK;
}

void TransfersFree(Transfers *list)
{
  free(list->transfer);
  *list = (Transfers){0};
}

static MarketStatus CheckRow(uint32_t row, size_t n, const char *what, MarketError *error)
{
  if (row < n) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "a delivery has %s %" PRIu32 "; expected 0 to %zu", what, row,
                    n ? n - 1 : 0);
}

static MarketStatus CheckAsset(Facts f, uint32_t asset, uint32_t participant, uint32_t bus, const char *what,
                               MarketError *error)
{
  if (asset == DELIVERY_ANY_ASSET) return MARKET_OK;
  MARKET_TRY(CheckRow(asset, f->n_assets, what, error));
  if (f->asset[asset].participant == participant && f->asset[asset].bus == bus) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "a delivery's %s %" PRIu32 " is another participant's or at another bus",
                    what, asset);
}

MarketStatus DeliveryCheck(const Delivery *d, Facts f, MarketError *error)
{
  if (d->kind != SETTLEMENT_TRADE && d->kind != SETTLEMENT_CONTRACT_ENERGY)
    return MarketFail(error, MARKET_BAD_INPUT, "kind 0x%04X is none of a delivery", (unsigned)d->kind);
  MARKET_TRY(CheckRow(d->interval, f->intervals, "interval", error));
  MARKET_TRY(CheckRow(d->seller, f->n_participants, "seller", error));
  MARKET_TRY(CheckRow(d->buyer, f->n_participants, "buyer", error));
  MARKET_TRY(CheckRow(d->seller_bus, f->n_buses, "seller's bus row", error));
  MARKET_TRY(CheckRow(d->buyer_bus, f->n_buses, "buyer's bus row", error));
  MARKET_TRY(CheckAsset(f, d->seller_asset, d->seller, d->seller_bus, "seller's asset", error));
  MARKET_TRY(CheckAsset(f, d->buyer_asset, d->buyer, d->buyer_bus, "buyer's asset", error));
  if (d->seller == d->buyer)
    return MarketFail(error, MARKET_BAD_INPUT, "participant %" PRIu32 " delivers energy to itself", d->seller);
  if (d->wh <= 0)
    return MarketFail(error, MARKET_BAD_INPUT, "a delivery is of %" PRId64 " Wh; expected more than 0", d->wh);
  if (d->buyer_price < d->seller_price)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "a buyer pays %" PRId64 " millionths per MWh; expected no less than the seller's %" PRId64,
                      d->buyer_price, d->seller_price);
  return MARKET_OK;
}

MarketStatus DeliveriesAdd(Deliveries *list, Facts facts, const Delivery *delivery, MarketError *error)
{
  MARKET_TRY(DeliveryCheck(delivery, facts, error));
  if (list->n == list->capacity) {
    size_t    capacity = list->capacity ? 2 * list->capacity : 64;
    Delivery *larger   = realloc(list->delivery, capacity * sizeof *larger);
    if (!larger) return MarketFail(error, MARKET_NO_MEMORY, "no memory for %zu deliveries", capacity);
    list->delivery = larger;
    list->capacity = capacity;
  }
  list->delivery[list->n++] = *delivery;
  return MARKET_OK;
}

void DeliveriesFree(Deliveries *list)
{
  free(list->delivery);
  *list = (Deliveries){0};
}
