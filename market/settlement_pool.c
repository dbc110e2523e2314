/* The pool's lines: assets, ties and operators, of a leg or of its deviations from another. */
#include "market/settlement_impl.h"

#include <inttypes.h>

/* Value of the leg in hand at row k of n of the interval, less that of its base. `member` is one of FactsLeg's arrays. */
#define ENERGY(b, member, n, k) \
  ((b)->leg->member[(b)->interval * (n) + (k)] - ((b)->base ? (b)->base->member[(b)->interval * (n) + (k)] : 0))

static int64_t Price(const Builder *b, uint32_t bus)
{
  return b->leg->price[b->interval * b->facts->n_buses + bus];
}

static bool SettlesBus(const Builder *b, uint32_t bus)
{
  return SettlementSettles(b, b->facts->bus_region[bus]);
}

/* Books `energy_wh` injected at a bus at the bus's price; `entry` brings kind, party, sequence and asset. */
static MarketStatus BookAtBus(Builder *b, uint32_t bus, int64_t energy_wh, SettlementEntry *entry)
{
  MoneyWide exact = 0;

  entry->bus         = b->facts->bus_number[bus];
  entry->has_price   = true;
  entry->price       = Price(b, bus);
  entry->quantity_wh = energy_wh;
  if (MoneyFromEnergy(entry->price, energy_wh, &entry->amount))
    return SettlementOverflow(b, "a line at bus", entry->bus);
  exact = 2 * (MoneyWide)entry->price * energy_wh;
  return SettlementBook(b, b->facts->bus_region[bus], exact, entry);
}

static MarketStatus AddToMismatch(Builder *b, uint32_t bus, int64_t energy_wh)
{
  if (MoneyAdd(&b->mismatch[bus], energy_wh)) return SettlementOverflow(b, "bus row", bus);
  b->terms[bus]++;
  return MARKET_OK;
}

static SettlementKind KindOf(FactsAssetKind asset, int64_t energy_wh)
{
  switch (asset) {
  case FACTS_GENERATOR:
    return energy_wh < 0 ? SETTLEMENT_CONSUMPTION : SETTLEMENT_GENERATION;
  case FACTS_LOAD:
    return energy_wh > 0 ? SETTLEMENT_GENERATION : SETTLEMENT_CONSUMPTION;
  case FACTS_STORAGE:
    return energy_wh < 0 ? SETTLEMENT_STORAGE_CHARGE : SETTLEMENT_STORAGE_DISCHARGE;
  case FACTS_LINK_END:
    break;
  }
  return SETTLEMENT_LINK_TERMINAL;
}

static MarketStatus BookAssets(Builder *b)
{
  Facts f = b->facts;

  for (uint32_t a = 0; a < f->n_assets; a++) {
    const FactsAsset *asset  = &f->asset[a];
    int64_t           energy = ENERGY(b, asset_wh, f->n_assets, a);
    SettlementEntry   entry  = {.sequence = a, .asset = asset->name};
    if (!SettlesBus(b, asset->bus)) continue;
    MARKET_TRY(AddToMismatch(b, asset->bus, energy));
    entry.kind             = b->base ? SETTLEMENT_DEVIATION : KindOf(asset->kind, energy);
    entry.participant      = asset->participant;
    entry.participant_name = f->participant[asset->participant];
    MARKET_TRY(BookAtBus(b, asset->bus, energy, &entry));
  }
  return MARKET_OK;
}

static MarketStatus BookTieEnd(Builder *b, uint32_t branch, uint32_t bus, int64_t flow_wh)
{
  SettlementEntry entry = {.kind     = b->base ? SETTLEMENT_BALANCING : SETTLEMENT_TIE_RENT,
                           .sequence = b->base ? BALANCING_TIES + branch : branch,
                           .asset    = b->facts->branch[branch].name};

  SettlementNameAccount(b, b->base ? ACCOUNT_BALANCING : ACCOUNT_TIE_RENT, b->facts->bus_region[bus], &entry);
  return BookAtBus(b, bus, -flow_wh, &entry);
}

/* Adds congestion and loss parts of a branch inside one region to the operator's sums. */
static MarketStatus AddInnerBranch(Builder *b, size_t branch, int64_t from_wh, int64_t to_wh)
{
  const FactsBranch *line  = &b->facts->branch[branch];
  Block             *block = &b->block[b->facts->bus_region[line->from]];
  MoneyWide          from = Price(b, line->from), to = Price(b, line->to);

  if (MoneyAddProduct(&block->congestion, to - from, (MoneyWide)from_wh - to_wh) ||
      MoneyAddProduct(&block->losses, -(from + to), (MoneyWide)from_wh + to_wh) ||
      MoneyAdd(&block->losses_wh, -from_wh) || MoneyAdd(&block->losses_wh, -to_wh))
    return SettlementOverflow(b, "branch", branch);
  return MARKET_OK;
}

static MarketStatus BookBranches(Builder *b)
{
  Facts f = b->facts;

  for (uint32_t l = 0; l < f->n_branches; l++) {
    uint32_t from = f->branch[l].from, to = f->branch[l].to;
    int64_t  from_wh = ENERGY(b, from_wh, f->n_branches, l), to_wh = ENERGY(b, to_wh, f->n_branches, l);
    bool     inner = f->bus_region[from] == f->bus_region[to];
    if (SettlesBus(b, from)) MARKET_TRY(AddToMismatch(b, from, -from_wh));
    if (SettlesBus(b, to)) MARKET_TRY(AddToMismatch(b, to, -to_wh));
    if (inner && SettlesBus(b, from)) MARKET_TRY(AddInnerBranch(b, l, from_wh, to_wh));
    if (!inner && SettlesBus(b, from)) MARKET_TRY(BookTieEnd(b, l, from, from_wh));
    if (!inner && SettlesBus(b, to)) MARKET_TRY(BookTieEnd(b, l, to, to_wh));
  }
  return MARKET_OK;
}

static MarketStatus AddShunt(Builder *b, uint32_t bus)
{
  Block  *block  = &b->block[b->facts->bus_region[bus]];
  int64_t energy = ENERGY(b, shunt_wh, b->facts->n_buses, bus);

  MARKET_TRY(AddToMismatch(b, bus, -energy));
  if (MoneyAddProduct(&block->losses, -2 * (MoneyWide)Price(b, bus), energy) || MoneyAdd(&block->losses_wh, -energy))
    return SettlementOverflow(b, "the shunts at bus row", bus);
  return MARKET_OK;
}

/* Unserved demand stands in the balance as an injection, spilled energy as a withdrawal. */
static MarketStatus BookSlack(Builder *b, bool shortage, uint32_t bus)
{
  Facts           f      = b->facts;
  int64_t         energy = shortage ? ENERGY(b, shortage_wh, f->n_buses, bus) : -ENERGY(b, surplus_wh, f->n_buses, bus);
  SettlementEntry entry  = {.kind     = shortage ? SETTLEMENT_SHORTAGE : SETTLEMENT_SURPLUS,
                            .sequence = b->base ? f->n_buses + bus : bus};

  MARKET_TRY(AddToMismatch(b, bus, energy));
  if (energy == 0) return MARKET_OK;
  SettlementNameAccount(b, shortage ? ACCOUNT_SHORTAGE : ACCOUNT_SURPLUS, f->bus_region[bus], &entry);
  return BookAtBus(b, bus, energy, &entry);
}

/* The mismatch of all that is settled so far, a whole leg, may exceed its limit by half a watt-hour for each rounded
   energy in it. */
static MarketStatus CheckMismatch(Builder *b, uint32_t bus)
{
  int64_t limit = b->facts->mismatch_limit_wh, size;

  if (MoneyAdd(&b->metered[bus], b->mismatch[bus])) return SettlementOverflow(b, "bus row", bus);
  size = b->metered[bus] < 0 ? -b->metered[bus] : b->metered[bus];
  if (size > b->out->largest_mismatch || !b->out->mismatch_bus) {
    b->out->largest_mismatch  = size;
    b->out->mismatch_bus      = (int32_t)b->facts->bus_number[bus];
    b->out->mismatch_interval = b->interval;
  }
  if (limit == 0 || size <= limit + b->terms[bus] / 2 + 1) return MARKET_OK;
  return MarketFail(b->error, MARKET_UNBALANCED,
                    "interval %zu: injections and flows at bus %" PRIu32 " differ by %" PRId64
                    " Wh; expected at most %" PRId64 " Wh",
                    b->interval, b->facts->bus_number[bus], b->metered[bus], limit);
}

static MarketStatus CloseBus(Builder *b, uint32_t bus)
{
  Block *block = &b->block[b->facts->bus_region[bus]];

  MARKET_TRY(CheckMismatch(b, bus));
  if (MoneyAddProduct(&block->unaccounted, -2 * (MoneyWide)Price(b, bus), b->mismatch[bus]) ||
      MoneyAdd(&block->unaccounted_wh, -b->mismatch[bus]))
    return SettlementOverflow(b, "the mismatch at bus row", bus);
  return MARKET_OK;
}

static MarketStatus BookBuses(Builder *b)
{
  for (uint32_t bus = 0; bus < b->facts->n_buses; bus++) {
    if (!SettlesBus(b, bus)) continue;
    MARKET_TRY(AddShunt(b, bus));
    MARKET_TRY(BookSlack(b, true, bus));
    MARKET_TRY(BookSlack(b, false, bus));
    MARKET_TRY(CloseBus(b, bus));
  }
  return MARKET_OK;
}

/* A line without a price of its own: a sum over branches or buses. */
static MarketStatus BookSum(Builder *b, AccountKind account, size_t region, SettlementEntry entry, MoneyWide exact)
{
  SettlementNameAccount(b, account, region, &entry);
  if (MoneyDivide(exact, EXACT_PER_MILLIONTH, &entry.amount))
    return SettlementOverflow(b, SettlementKindName(entry.kind), region);
  return SettlementBook(b, region, exact, &entry);
}

static MarketStatus BookRegion(Builder *b, size_t region)
{
  const Block    *block      = &b->block[region];
  SettlementEntry congestion = {.kind = SETTLEMENT_CONGESTION};
  SettlementEntry losses     = {.kind = SETTLEMENT_LOSSES, .quantity_wh = block->losses_wh};
  SettlementEntry rest       = {.kind = SETTLEMENT_UNACCOUNTED, .quantity_wh = block->unaccounted_wh};

  if (b->base) {
    congestion.kind = losses.kind = SETTLEMENT_BALANCING;
    congestion.sequence           = BALANCING_CONGESTION;
    congestion.asset              = EntryTextOf("congestion");
    losses.sequence               = BALANCING_LOSSES;
    losses.asset                  = EntryTextOf("losses");
    rest.sequence                 = 1;
  }
  MARKET_TRY(BookSum(b, b->base ? ACCOUNT_BALANCING : ACCOUNT_CONGESTION, region, congestion, block->congestion));
  MARKET_TRY(BookSum(b, b->base ? ACCOUNT_BALANCING : ACCOUNT_LOSSES, region, losses, block->losses));
  return BookSum(b, ACCOUNT_UNACCOUNTED, region, rest, block->unaccounted);
}

MarketStatus SettlementBookLeg(Builder *b)
{
  for (size_t r = 0; r < b->facts->n_regions; r++) {
    Block *block      = &b->block[r];
    block->congestion = block->losses = block->unaccounted = 0;
    block->losses_wh = block->unaccounted_wh = 0;
  }
  for (size_t k = 0; k < b->facts->n_buses; k++) b->mismatch[k] = b->terms[k] = 0;
  MARKET_TRY(BookAssets(b));
  MARKET_TRY(BookBranches(b));
  MARKET_TRY(BookBuses(b));
  for (size_t r = 0; r < b->facts->n_regions; r++)
    if (SettlementSettles(b, r) && b->inhabited[r]) MARKET_TRY(BookRegion(b, r));
  return MARKET_OK;
}
