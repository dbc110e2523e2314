/* Local markets: rules and their bytes, and the books of every interval and scope. */
#include "market/local.h"

#include "market/auction.h"
#include "market/bilateral.h"
#include "market/money.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RULES_VERSION = 1 };

LocalRules LocalRulesDefault(void)
{
  return (LocalRules){.price_rule = LOCAL_MIDPOINT, .price_min = LOCAL_NO_PRICE_MIN, .price_max = LOCAL_NO_PRICE_MAX};
}

const char *LocalMechanismName(LocalMechanism mechanism)
{
  static const char *const name[] = {"none", "uniform-price", "pay-as-bid", "mid-market", "bilateral", "locational"};

  return (unsigned)mechanism < sizeof name / sizeof *name ? name[mechanism] : NULL;
}

MarketStatus LocalRulesCheck(const LocalRules *rules, MarketError *error)
{
  if ((unsigned)rules->mechanism > LOCAL_LOCATIONAL || (unsigned)rules->price_rule > LOCAL_MIDPOINT ||
      (unsigned)rules->scope > LOCAL_SCOPE_STUDY || (unsigned)rules->merit > MERIT_RENEWABLE_FIRST)
    return MarketFail(error, MARKET_BAD_INPUT,
                      "local market: mechanism %d, price rule %d, scope %d or merit %d is none", (int)rules->mechanism,
                      (int)rules->price_rule, (int)rules->scope, (int)rules->merit);
  if (rules->price_min > rules->price_max)
    return MarketFail(error, MARKET_BAD_INPUT, "local market: the lowest price lies above the highest");
  if (rules->fee < 0 || rules->carbon_price < 0)
    return MarketFail(error, MARKET_BAD_INPUT, "local market: the fee or the carbon price is negative");
  if (rules->export_price > rules->import_price)
    return MarketFail(error, MARKET_BAD_INPUT, "local market: the price of export lies above that of import");
  if (!rules->has_tariff && (rules->export_price != 0 || rules->import_price != 0))
    return MarketFail(error, MARKET_BAD_INPUT, "local market: prices of export and import without a tariff");
  return MARKET_OK;
}

void LocalRulesWrite(const LocalRules *rules, MarketBytes *bytes)
{
  MarketPut(bytes, RULES_VERSION, 1);
  MarketPut(bytes, (uint64_t)rules->mechanism, 1);
  MarketPut(bytes, (uint64_t)rules->price_rule, 1);
  MarketPut(bytes, (uint64_t)rules->scope, 1);
  MarketPut(bytes, (uint64_t)rules->merit, 1);
  MarketPut(bytes, rules->has_tariff, 1);
  MarketPutSigned(bytes, rules->price_min);
  MarketPutSigned(bytes, rules->price_max);
  MarketPutSigned(bytes, rules->fee);
  MarketPutSigned(bytes, rules->load_value);
  MarketPutSigned(bytes, rules->carbon_price);
  MarketPutSigned(bytes, rules->export_price);
  MarketPutSigned(bytes, rules->import_price);
}

static MarketStatus TakeRules(MarketReader *reader, LocalRules *rules)
{
  static const struct {
    const char *name;
    uint64_t    most;
  } choice[]        = {{"mechanism", LOCAL_LOCATIONAL},
                       {"price rule", LOCAL_MIDPOINT},
                       {"scope", LOCAL_SCOPE_STUDY},
                       {"merit", MERIT_RENEWABLE_FIRST},
                       {"tariff", 1}};
  uint64_t value[5] = {0};

  for (int k = 0; k < 5; k++) MARKET_TRY(MarketTakeUpTo(reader, 1, choice[k].most, choice[k].name, &value[k]));
  *rules = (LocalRules){.mechanism  = (LocalMechanism)value[0],
                        .price_rule = (LocalPriceRule)value[1],
                        .scope      = (LocalScope)value[2],
                        .merit      = (LocalMerit)value[3],
                        .has_tariff = value[4] == 1};
  MARKET_TRY(MarketTakeSigned(reader, "lowest price", &rules->price_min));
  MARKET_TRY(MarketTakeSigned(reader, "highest price", &rules->price_max));
  MARKET_TRY(MarketTakeSigned(reader, "fee", &rules->fee));
  MARKET_TRY(MarketTakeSigned(reader, "value of demand", &rules->load_value));
  MARKET_TRY(MarketTakeSigned(reader, "carbon price", &rules->carbon_price));
  MARKET_TRY(MarketTakeSigned(reader, "price of export", &rules->export_price));
  MARKET_TRY(MarketTakeSigned(reader, "price of import", &rules->import_price));
  return MarketTakeEnd(reader);
}

MarketStatus LocalRulesRead(const uint8_t *bytes, size_t size, LocalRules *rules, MarketError *error)
{
  MarketReader reader  = {bytes, size, 0, "rules of the local market", error};
  uint64_t     version = 0;
  LocalRules   read;
  MarketError  inner;

  MARKET_TRY(MarketTake(&reader, 1, "version", &version));
  if (version != RULES_VERSION)
    return MarketFail(error, MARKET_MALFORMED, "rules of the local market: version %" PRIu64 "; expected %d", version,
                      RULES_VERSION);
  MARKET_TRY(TakeRules(&reader, &read));
  if (LocalRulesCheck(&read, &inner) != MARKET_OK) return MarketFail(error, MARKET_MALFORMED, "%s", inner.text);
  *rules = read;
  return MARKET_OK;
}

/* ---- books ---- */

/* What the intervals are cleared with, one after the other. */
typedef struct {
  Facts             facts;
  const LocalRules *rules;
  Bids              bids; /* NULL: the books come from the dispatch */
  const Deliveries *contracted;
  Deliveries       *out;
  Order            *order; /* of one interval */
  size_t            n_orders, capacity;
  uint32_t         *row;             /* [capacity] rows of `order` by scope and side */
  size_t           *start;           /* [2 scopes + 1] where each scope's offers and bids begin in `row` */
  int64_t          *energy, *scoped; /* [n_assets] of one interval; of one scope of it */
} Clearing;

static size_t Scopes(const Clearing *c)
{
  return c->rules->scope == LOCAL_SCOPE_STUDY ? 1 : c->facts->n_regions;
}

static size_t ScopeOf(const Clearing *c, uint32_t bus)
{
  return c->rules->scope == LOCAL_SCOPE_STUDY ? 0 : c->facts->bus_region[bus];
}

static MarketStatus Reserve(Clearing *c, size_t n, MarketError *error)
{
  Order    *order;
  uint32_t *row;

  if (n <= c->capacity) return MARKET_OK;
  order = realloc(c->order, n * sizeof *order);
  if (order) c->order = order;
  row = realloc(c->row, n * sizeof *row);
  if (row) c->row = row;
  if (!order || !row) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a book of %zu orders", n);
  c->capacity = n;
  return MARKET_OK;
}

/* ---- energies of an interval, less what contracts delivered ---- */

static bool Injects(const FactsAsset *asset)
{
  return asset->kind == FACTS_GENERATOR || asset->kind == FACTS_LOAD || asset->kind == FACTS_STORAGE;
}

/* Takes up to `wh` off an energy of the sign; returns what is left to take. */
static int64_t TakeOff(int64_t *energy, int sign, int64_t wh)
{
  int64_t has = sign > 0 ? *energy : -*energy, cut;

  if (has <= 0) return wh;
  cut = wh < has ? wh : has;
  *energy -= sign * cut;
  return wh - cut;
}

static void TakeOffSide(const Clearing *c, const Delivery *d, bool selling)
{
  uint32_t participant = selling ? d->seller : d->buyer, bus = selling ? d->seller_bus : d->buyer_bus;
  uint32_t asset = selling ? d->seller_asset : d->buyer_asset;
  int      sign  = selling ? 1 : -1;
  int64_t  left  = d->wh;

  if (asset != DELIVERY_ANY_ASSET) {
    (void)TakeOff(&c->energy[asset], sign, left);
    return;
  }
  for (size_t a = 0; a < c->facts->n_assets && left > 0; a++)
    if (c->facts->asset[a].participant == participant && c->facts->asset[a].bus == bus)
      left = TakeOff(&c->energy[a], sign, left);
}

static void LoadEnergies(const Clearing *c, const FactsLeg *leg, uint32_t interval)
{
  const int64_t *wh = leg->asset_wh + (size_t)interval * c->facts->n_assets;

  for (size_t a = 0; a < c->facts->n_assets; a++) {
    c->energy[a] = Injects(&c->facts->asset[a]) ? wh[a] : 0;
    if (c->energy[a] == INT64_MIN) c->energy[a] = -INT64_MAX; /* so that it has an opposite */
  }
  for (size_t k = 0; c->contracted && k < c->contracted->n; k++)
    if (c->contracted->delivery[k].interval == interval) {
      TakeOffSide(c, &c->contracted->delivery[k], true);
      TakeOffSide(c, &c->contracted->delivery[k], false);
    }
}

/* ---- orders of an interval ---- */

static MarketStatus OrdersFromBids(Clearing *c, size_t first, size_t end, MarketError *error)
{
  MARKET_TRY(Reserve(c, end - first, error));
  for (size_t k = first; k < end; k++) {
    const Bid *bid      = &c->bids->bid[k];
    c->order[k - first] = (Order){.side        = bid->side,
                                  .renewable   = bid->side == BID_SELL && BidIsRenewable(bid, c->facts),
                                  .participant = bid->participant,
                                  .bus         = bid->bus,
                                  .asset       = bid->asset,
                                  .wh          = bid->wh,
                                  .price       = bid->price,
                                  .bid         = bid};
  }
  c->n_orders = end - first;
  return MARKET_OK;
}

/* Marginal cost and the carbon of it. */
static MarketStatus OfferPrice(const Clearing *c, const FactsAsset *asset, int64_t *price, MarketError *error)
{
  int64_t carbon = 0;

  *price = asset->marginal_cost;
  if (MoneyFromEnergy(c->rules->carbon_price, asset->emission, &carbon) == MARKET_OK &&
      MoneyAdd(price, carbon) == MARKET_OK)
    return MARKET_OK;
  return MarketFail(error, MARKET_OVERFLOW, "the offer of unit \"%.*s\" overflows", (int)asset->name.length,
                    asset->name.bytes);
}

static MarketStatus OrdersFromDispatch(Clearing *c, uint32_t interval, MarketError *error)
{
  MARKET_TRY(Reserve(c, c->facts->n_assets, error));
  LoadEnergies(c, &c->facts->day_ahead, interval);
  c->n_orders = 0;
  for (uint32_t a = 0; a < c->facts->n_assets; a++) {
    const FactsAsset *asset = &c->facts->asset[a];
    bool              sells = asset->kind != FACTS_LOAD;
    Order order = {.participant = asset->participant, .bus = asset->bus, .asset = a, .price = c->rules->load_value};
    if (sells ? c->energy[a] <= 0 : c->energy[a] >= 0) continue;
    order.side      = sells ? BID_SELL : BID_BUY;
    order.renewable = sells && asset->renewable;
    order.wh        = sells ? c->energy[a] : -c->energy[a];
    if (sells) MARKET_TRY(OfferPrice(c, asset, &order.price, error));
    c->order[c->n_orders++] = order;
  }
  return MARKET_OK;
}

/* Counting sort of the orders by scope, offers before bids, each in canonical order. */
static void SortIntoScopes(Clearing *c)
{
  size_t bins = 2 * Scopes(c);

  memset(c->start, 0, (bins + 2) * sizeof *c->start);
  for (size_t k = 0; k < c->n_orders; k++)
    c->start[2 * ScopeOf(c, c->order[k].bus) + (c->order[k].side == BID_BUY) + 2]++;
  for (size_t k = 2; k < bins + 2; k++) c->start[k] += c->start[k - 1];
  for (size_t k = 0; k < c->n_orders; k++)
    c->row[c->start[2 * ScopeOf(c, c->order[k].bus) + (c->order[k].side == BID_BUY) + 1]++] = (uint32_t)k;
}

/* Puts the renewable offers of a book before the others; returns how many there are. The order of either may change. */
static size_t Partition(Book *book)
{
  size_t n = 0;

  for (size_t k = 0; k < book->n_offers; k++) {
    uint32_t row = book->offer[k];
    if (!book->order[row].renewable) continue;
    book->offer[k]   = book->offer[n];
    book->offer[n++] = row;
  }
  return n;
}

static MarketStatus ClearOrders(Book *book, MarketError *error)
{
  MarketStatus (*clear)(Book *, uint32_t *, size_t, MarketError *) =
      book->rules->mechanism == LOCAL_BILATERAL ? BilateralClear : AuctionClear;
  size_t renewable;

  if (book->rules->merit != MERIT_RENEWABLE_FIRST) return clear(book, book->offer, book->n_offers, error);
  renewable = Partition(book);
  MARKET_TRY(clear(book, book->offer, renewable, error));
  return clear(book, book->offer + renewable, book->n_offers - renewable, error);
}

static MarketStatus ClearScope(Clearing *c, uint32_t interval, size_t scope, MarketError *error)
{
  const size_t *start = c->start + 2 * scope;
  Book          book  = {.facts    = c->facts,
                         .rules    = c->rules,
                         .interval = interval,
                         .order    = c->order,
                         .offer    = c->row + start[0],
                         .bid      = c->row + start[1],
                         .n_offers = start[1] - start[0],
                         .n_bids   = start[2] - start[1],
                         .out      = c->out};

  if (c->rules->mechanism == LOCAL_MID_MARKET) {
    for (size_t a = 0; a < c->facts->n_assets; a++)
      c->scoped[a] = ScopeOf(c, c->facts->asset[a].bus) == scope ? c->energy[a] : 0;
    return MidMarketClear(&book, c->scoped, c->bids != NULL, error);
  }
  if (book.n_offers == 0 || book.n_bids == 0) return MARKET_OK;
  return ClearOrders(&book, error);
}

static MarketStatus ClearIntervals(Clearing *c, MarketError *error)
{
  size_t first = 0, end = 0;

  for (uint32_t t = 0; t < c->facts->intervals; t++, first = end) {
    if (c->bids) {
      while (end < c->bids->n && c->bids->bid[end].interval == t) end++;
      MARKET_TRY(OrdersFromBids(c, first, end, error));
    } else if (c->rules->mechanism != LOCAL_MID_MARKET) {
      MARKET_TRY(OrdersFromDispatch(c, t, error));
    }
    if (c->rules->mechanism == LOCAL_MID_MARKET) LoadEnergies(c, FactsMetered(c->facts), t);
    SortIntoScopes(c);
    for (size_t scope = 0; scope < Scopes(c); scope++) MARKET_TRY(ClearScope(c, t, scope, error));
  }
  return MARKET_OK;
}

MarketStatus LocalMarketClear(Facts facts, const LocalRules *rules, Bids bids, const Deliveries *contracted,
                              Deliveries *out, MarketError *error)
{
  Clearing     c      = {.facts = facts, .rules = rules, .bids = bids, .contracted = contracted, .out = out};
  size_t       assets = (size_t)facts->n_assets + 1;
  MarketStatus status = MARKET_OK;

  MARKET_TRY(LocalRulesCheck(rules, error));
  MARKET_TRY(BidsCheck(bids, facts, error));
  if (rules->mechanism == LOCAL_NONE || rules->mechanism == LOCAL_LOCATIONAL) return MARKET_OK;
  c.start  = calloc(2 * Scopes(&c) + 2, sizeof *c.start);
  c.energy = calloc(assets, sizeof *c.energy);
  c.scoped = calloc(assets, sizeof *c.scoped);
  if (!c.start || !c.energy || !c.scoped) status = MarketFail(error, MARKET_NO_MEMORY, "no memory for a local market");
  if (status == MARKET_OK) status = Reserve(&c, 1, error);
  if (status == MARKET_OK) status = ClearIntervals(&c, error);
  free(c.order);
  free(c.row);
  free(c.start);
  free(c.energy);
  free(c.scoped);
  return status;
}
