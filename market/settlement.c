/* Settlement of one window: energies and prices to entries that sum to zero in every region and interval. */
#include "market/settlement.h"

#include "market/money.h"
#include "market/rounding.h"
#include "market/settlement_input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Exact sums are kept in half millionths of millionths (price x energy x 2): the halves of a branch's congestion and
   loss parts are whole there. */
enum { EXACT_PER_MILLIONTH = 2 * ENERGY_WH_PER_MWH };

/* One region in one interval. */
typedef struct {
  MoneyWide exact;                           /* of all lines so far, in the unit above */
  MoneyWide amount;                          /* of all lines so far, millionths */
  MoneyWide energy;                          /* of all lines so far, Wh */
  MoneyWide congestion, losses, unaccounted; /* exact */
  int64_t   losses_wh, unaccounted_wh;
  size_t    lines;
} Block;

/* Accounts behind the participants: the study's tie rent, then per region one of each of the kinds that follow it. */
enum { REGION_ACCOUNTS = 6 };
static const char *const account_name[REGION_ACCOUNTS] = {"@congestion/", "@losses/",      "@shortage/",
                                                          "@surplus/",    "@unaccounted/", "@rounding/"};
static const char *const tie_account_name              = "@tie-rent";

typedef struct {
  const SettlementInput *in;
  const bool            *settle;
  MarketError           *error;
  Settlement             out;
  size_t                 capacity, interval;
  uint32_t               interval_seconds;
  Block                 *block;    /* [n_regions] */
  int64_t               *price;    /* [n_buses] millionths per MWh */
  int64_t               *mismatch; /* [n_buses] Wh */
  int64_t               *terms;    /* [n_buses] rounded energies in the mismatch */
  EntryText              study, policy, currency;
  EntryText             *region, *participant, *asset, *branch, *account; /* in the arena */
} Builder;

static bool Settled(const Builder *b, int32_t bus)
{
  return !b->settle || b->settle[b->in->bus_region[bus]];
}

static MarketStatus Overflow(const Builder *b, const char *what, size_t row)
{
  return MarketFail(b->error, MARKET_OVERFLOW, "interval %zu: the amount of %s %zu does not fit 64 bits", b->interval,
                    what, row);
}

static MarketStatus Append(Builder *b, const SettlementEntry *entry)
{
  if (b->out->n == b->capacity) {
    size_t           capacity = b->capacity ? 2 * b->capacity : 256;
    SettlementEntry *larger   = realloc(b->out->entry, capacity * sizeof *larger);
    if (!larger) return MarketFail(b->error, MARKET_NO_MEMORY, "no memory for %zu settlement entries", capacity);
    b->out->entry = larger;
    b->capacity   = capacity;
  }
  b->out->entry[b->out->n++] = *entry;
  return MARKET_OK;
}

/* Completes an entry with what all of a block share, and adds it to the block's sums. */
static MarketStatus Book(Builder *b, size_t region, MoneyWide exact, SettlementEntry *entry)
{
  Block *block = &b->block[region];

  entry->window           = b->in->window;
  entry->window_start     = b->in->window_start;
  entry->region           = (uint32_t)region;
  entry->interval         = (uint32_t)b->interval;
  entry->interval_seconds = b->interval_seconds;
  entry->study            = b->study;
  entry->policy           = b->policy;
  entry->currency         = b->currency;
  entry->region_name      = b->region[region];
  if (MoneyAddWide(&block->exact, exact) || MoneyAddWide(&block->amount, entry->amount) ||
      MoneyAddWide(&block->energy, entry->quantity_wh))
    return Overflow(b, "region", region);
  block->lines++;
  return Append(b, entry);
}

/* Books `energy_wh` injected at a bus at the bus's price; `entry` brings kind, party, sequence and asset. */
static MarketStatus BookAtBus(Builder *b, int32_t bus, int64_t energy_wh, SettlementEntry *entry)
{
  MoneyWide exact = 0;

  entry->bus         = (uint32_t)b->in->bus_number[bus];
  entry->has_price   = true;
  entry->price       = b->price[bus];
  entry->quantity_wh = energy_wh;
  if (MoneyFromEnergy(entry->price, energy_wh, &entry->amount) || MoneyAddProduct(&exact, entry->price, energy_wh) ||
      MoneyAddWide(&exact, exact))
    return Overflow(b, "a line at bus", entry->bus);
  return Book(b, (size_t)b->in->bus_region[bus], exact, entry);
}

static void NameAccount(const Builder *b, size_t region, SettlementKind kind, SettlementEntry *entry)
{
  size_t k = (size_t)(SettlementKindIndex(kind) - SettlementKindIndex(SETTLEMENT_CONGESTION));

  entry->kind             = kind;
  entry->participant      = (uint32_t)(b->in->n_participants + 1 + REGION_ACCOUNTS * region + k);
  entry->participant_name = b->account[1 + REGION_ACCOUNTS * region + k];
}

/* Rounds MW of this interval and adds `sign` times the watt-hours to the bus's mismatch. */
static MarketStatus TakeEnergy(Builder *b, int32_t bus, double mw, int sign, const char *what, size_t row,
                               int64_t *energy_wh)
{
  char name[96];

  snprintf(name, sizeof name, "interval %zu: power of %s %zu", b->interval, what, row);
  MARKET_TRY(RoundEnergy(mw, b->in->step_hours, name, energy_wh, b->error));
  if (MoneyAdd(&b->mismatch[bus], sign * *energy_wh)) return Overflow(b, "bus row", (size_t)bus);
  b->terms[bus]++;
  return MARKET_OK;
}

static SettlementKind KindOf(SettlementAssetKind asset, int64_t energy_wh)
{
  switch (asset) {
  case SETTLEMENT_GENERATOR:
    return energy_wh < 0 ? SETTLEMENT_CONSUMPTION : SETTLEMENT_GENERATION;
  case SETTLEMENT_LOAD:
    return energy_wh > 0 ? SETTLEMENT_GENERATION : SETTLEMENT_CONSUMPTION;
  case SETTLEMENT_STORAGE:
    return energy_wh < 0 ? SETTLEMENT_STORAGE_CHARGE : SETTLEMENT_STORAGE_DISCHARGE;
  case SETTLEMENT_LINK_END:
    break;
  }
  return SETTLEMENT_LINK_TERMINAL;
}

static MarketStatus BookAssets(Builder *b)
{
  const SettlementInput *in = b->in;

  for (size_t a = 0; a < in->n_assets; a++) {
    const SettlementAsset *asset  = &in->asset[a];
    int64_t                energy = 0;
    SettlementEntry        entry  = {.sequence = (uint32_t)a, .asset = b->asset[a]};
    if (!Settled(b, asset->bus)) continue;
    MARKET_TRY(TakeEnergy(b, asset->bus, in->asset_mw[b->interval * in->n_assets + a], 1, "asset", a, &energy));
    entry.kind             = KindOf(asset->kind, energy);
    entry.participant      = (uint32_t)asset->participant;
    entry.participant_name = b->participant[asset->participant];
    MARKET_TRY(BookAtBus(b, asset->bus, energy, &entry));
  }
  return MARKET_OK;
}

static MarketStatus BookTieEnd(Builder *b, size_t branch, int32_t bus, int64_t flow_wh)
{
  SettlementEntry entry = {.kind             = SETTLEMENT_TIE_RENT,
                           .participant      = (uint32_t)b->in->n_participants,
                           .participant_name = b->account[0],
                           .sequence         = (uint32_t)branch,
                           .asset            = b->branch[branch]};

  return BookAtBus(b, bus, -flow_wh, &entry);
}

/* Adds congestion and loss parts of a branch inside one region to the operator's sums. */
static MarketStatus AddInnerBranch(Builder *b, size_t branch, int64_t from_wh, int64_t to_wh)
{
  const SettlementBranch *line  = &b->in->branch[branch];
  Block                  *block = &b->block[b->in->bus_region[line->from]];
  MoneyWide               from = b->price[line->from], to = b->price[line->to];

  if (MoneyAddProduct(&block->congestion, to - from, (MoneyWide)from_wh - to_wh) ||
      MoneyAddProduct(&block->losses, -(from + to), (MoneyWide)from_wh + to_wh) ||
      MoneyAdd(&block->losses_wh, -from_wh) || MoneyAdd(&block->losses_wh, -to_wh))
    return Overflow(b, "branch", branch);
  return MARKET_OK;
}

static MarketStatus BookBranches(Builder *b)
{
  const SettlementInput *in = b->in;

  for (size_t l = 0; l < in->n_branches; l++) {
    int32_t from = in->branch[l].from, to = in->branch[l].to;
    double  from_mw = in->branch_from_mw[b->interval * in->n_branches + l];
    double  to_mw   = in->branch_to_mw[b->interval * in->n_branches + l];
    int64_t from_wh = 0, to_wh = 0;
    bool    inner = in->bus_region[from] == in->bus_region[to];
    if (Settled(b, from)) MARKET_TRY(TakeEnergy(b, from, from_mw, -1, "the from end of branch", l, &from_wh));
    if (Settled(b, to)) MARKET_TRY(TakeEnergy(b, to, to_mw, -1, "the to end of branch", l, &to_wh));
    if (inner && Settled(b, from)) MARKET_TRY(AddInnerBranch(b, l, from_wh, to_wh));
    if (!inner && Settled(b, from)) MARKET_TRY(BookTieEnd(b, l, from, from_wh));
    if (!inner && Settled(b, to)) MARKET_TRY(BookTieEnd(b, l, to, to_wh));
  }
  return MARKET_OK;
}

static MarketStatus AddShunt(Builder *b, int32_t bus, double mw)
{
  Block  *block  = &b->block[b->in->bus_region[bus]];
  int64_t energy = 0;

  MARKET_TRY(TakeEnergy(b, bus, mw, -1, "the shunts at bus row", (size_t)bus, &energy));
  if (MoneyAddProduct(&block->losses, -2 * (MoneyWide)b->price[bus], energy) || MoneyAdd(&block->losses_wh, -energy))
    return Overflow(b, "the shunts at bus row", (size_t)bus);
  return MARKET_OK;
}

/* Unserved demand stands in the balance as an injection, spilled energy as a withdrawal. */
static MarketStatus BookSlack(Builder *b, SettlementKind kind, int32_t bus, double mw)
{
  const char     *what   = kind == SETTLEMENT_SHORTAGE ? "the shortage at bus row" : "the surplus at bus row";
  int             sign   = kind == SETTLEMENT_SHORTAGE ? 1 : -1;
  int64_t         energy = 0;
  SettlementEntry entry  = {.sequence = (uint32_t)bus};

  MARKET_TRY(TakeEnergy(b, bus, mw, sign, what, (size_t)bus, &energy));
  if (energy < 0)
    return MarketFail(b->error, MARKET_BAD_INPUT, "interval %zu: %s %" PRId32 " is %g MW; expected no less than 0",
                      b->interval, what, bus, mw);
  if (energy == 0) return MARKET_OK;
  NameAccount(b, (size_t)b->in->bus_region[bus], kind, &entry);
  return BookAtBus(b, bus, sign * energy, &entry);
}

/* The mismatch may exceed its limit by half a watt-hour for each rounded energy in it. */
static MarketStatus CheckMismatch(Builder *b, int32_t bus, int64_t limit_wh)
{
  int64_t size = b->mismatch[bus] < 0 ? -b->mismatch[bus] : b->mismatch[bus];

  if (size > b->out->largest_mismatch || !b->out->mismatch_bus) {
    b->out->largest_mismatch  = size;
    b->out->mismatch_bus      = b->in->bus_number[bus];
    b->out->mismatch_interval = b->interval;
  }
  if (b->in->mismatch_limit_mw <= 0 || size <= limit_wh + b->terms[bus] / 2 + 1) return MARKET_OK;
  return MarketFail(b->error, MARKET_UNBALANCED,
                    "interval %zu: injections and flows at bus %" PRId32 " differ by %" PRId64
                    " Wh; expected at most %" PRId64 " Wh",
                    b->interval, b->in->bus_number[bus], b->mismatch[bus], limit_wh);
}

static MarketStatus CloseBus(Builder *b, int32_t bus)
{
  Block *block = &b->block[b->in->bus_region[bus]];

  if (MoneyAddProduct(&block->unaccounted, -2 * (MoneyWide)b->price[bus], b->mismatch[bus]) ||
      MoneyAdd(&block->unaccounted_wh, -b->mismatch[bus]))
    return Overflow(b, "the mismatch at bus row", (size_t)bus);
  return MARKET_OK;
}

static MarketStatus BookBuses(Builder *b)
{
  const SettlementInput *in    = b->in;
  size_t                 first = b->interval * in->n_buses;
  int64_t                limit = 0;

  MARKET_TRY(RoundEnergy(in->mismatch_limit_mw, in->step_hours, "the mismatch limit", &limit, b->error));
  for (size_t k = 0; k < in->n_buses; k++) {
    int32_t bus = (int32_t)k;
    if (!Settled(b, bus)) continue;
    if (in->shunt_mw) MARKET_TRY(AddShunt(b, bus, in->shunt_mw[first + k]));
    if (in->shortage_mw) MARKET_TRY(BookSlack(b, SETTLEMENT_SHORTAGE, bus, in->shortage_mw[first + k]));
    if (in->surplus_mw) MARKET_TRY(BookSlack(b, SETTLEMENT_SURPLUS, bus, in->surplus_mw[first + k]));
    MARKET_TRY(CheckMismatch(b, bus, limit));
    MARKET_TRY(CloseBus(b, bus));
  }
  return MARKET_OK;
}

/* Books a line without a price of its own: a sum over branches or buses. */
static MarketStatus BookSum(Builder *b, size_t region, SettlementKind kind, MoneyWide exact, int64_t energy_wh)
{
  SettlementEntry entry = {.quantity_wh = energy_wh};

  NameAccount(b, region, kind, &entry);
  if (MoneyDivide(exact, EXACT_PER_MILLIONTH, &entry.amount)) return Overflow(b, SettlementKindName(kind), region);
  return Book(b, region, exact, &entry);
}

/* The exact sums must vanish: the operator's parts, computed by themselves, meet the participants' money and energy. */
static MarketStatus BookRounding(Builder *b, size_t region)
{
  Block          *block = &b->block[region];
  SettlementEntry entry = {0};
  MoneyWide       rest  = -block->amount;

  if (block->exact || block->energy)
    return MarketFail(b->error, MARKET_UNBALANCED, "interval %zu: the lines of region %s do not add up", b->interval,
                      b->in->region_name[region]);
  if (2 * rest > (MoneyWide)block->lines || -2 * rest > (MoneyWide)block->lines)
    return MarketFail(b->error, MARKET_UNBALANCED, "interval %zu: rounding in region %s exceeds half a unit per line",
                      b->interval, b->in->region_name[region]);
  NameAccount(b, region, SETTLEMENT_ROUNDING, &entry);
  entry.amount = (int64_t)rest;
  return Book(b, region, 0, &entry);
}

static MarketStatus BookRegion(Builder *b, size_t region)
{
  const Block *block = &b->block[region];

  MARKET_TRY(BookSum(b, region, SETTLEMENT_CONGESTION, block->congestion, 0));
  MARKET_TRY(BookSum(b, region, SETTLEMENT_LOSSES, block->losses, block->losses_wh));
  MARKET_TRY(BookSum(b, region, SETTLEMENT_UNACCOUNTED, block->unaccounted, block->unaccounted_wh));
  return BookRounding(b, region);
}

static MarketStatus RoundPrices(Builder *b)
{
  char name[64];

  for (size_t k = 0; k < b->in->n_buses; k++) {
    if (!Settled(b, (int32_t)k)) continue;
    snprintf(name, sizeof name, "interval %zu: price at bus %" PRId32, b->interval, b->in->bus_number[k]);
    MARKET_TRY(RoundPrice(b->in->price[b->interval * b->in->n_buses + k], name, &b->price[k], b->error));
  }
  return MARKET_OK;
}

static MarketStatus BookInterval(Builder *b)
{
  const SettlementInput *in = b->in;

  for (size_t r = 0; r < in->n_regions; r++) b->block[r] = (Block){0};
  for (size_t k = 0; k < in->n_buses; k++) b->mismatch[k] = b->terms[k] = 0;
  MARKET_TRY(RoundPrices(b));
  MARKET_TRY(BookAssets(b));
  MARKET_TRY(BookBranches(b));
  MARKET_TRY(BookBuses(b));
  for (size_t r = 0; r < in->n_regions; r++)
    if (!b->settle || b->settle[r]) MARKET_TRY(BookRegion(b, r));
  return MARKET_OK;
}

/* Copies a text (two parts joined) to the arena's head and moves the head; with a NULL arena it only counts. */
static EntryText Keep(char **head, size_t *used, const char *first, const char *second)
{
  size_t    a = strlen(first), c = strlen(second);
  EntryText text = {*head, a + c};

  *used += a + c;
  if (*head) {
    memcpy(*head, first, a);
    memcpy(*head + a, second, c);
    *head += a + c;
  }
  return text;
}

static void KeepTexts(Builder *b, char *head, size_t *used)
{
  const SettlementInput *in = b->in;

  b->study    = Keep(&head, used, in->study, "");
  b->policy   = Keep(&head, used, in->policy, "");
  b->currency = Keep(&head, used, in->currency, "");
  for (size_t r = 0; r < in->n_regions; r++) b->region[r] = Keep(&head, used, in->region_name[r], "");
  for (size_t p = 0; p < in->n_participants; p++) b->participant[p] = Keep(&head, used, in->participant_name[p], "");
  for (size_t a = 0; a < in->n_assets; a++) b->asset[a] = Keep(&head, used, in->asset[a].name, "");
  for (size_t l = 0; l < in->n_branches; l++) b->branch[l] = Keep(&head, used, in->branch[l].name, "");
  b->account[0] = Keep(&head, used, tie_account_name, "");
  for (size_t r = 0; r < in->n_regions; r++)
    for (size_t k = 0; k < REGION_ACCOUNTS; k++)
      b->account[1 + REGION_ACCOUNTS * r + k] = Keep(&head, used, account_name[k], in->region_name[r]);
}

static void BuilderFree(Builder *b)
{
  free(b->block);
  free(b->price);
  free(b->mismatch);
  free(b->terms);
  free(b->region);
  free(b->participant);
  free(b->asset);
  free(b->branch);
  free(b->account);
}

static MarketStatus BuilderAllocate(Builder *b)
{
  const SettlementInput *in   = b->in;
  size_t                 used = 0;

  b->block       = calloc(in->n_regions + 1, sizeof *b->block);
  b->price       = calloc(in->n_buses + 1, sizeof *b->price);
  b->mismatch    = calloc(in->n_buses + 1, sizeof *b->mismatch);
  b->terms       = calloc(in->n_buses + 1, sizeof *b->terms);
  b->region      = calloc(in->n_regions + 1, sizeof *b->region);
  b->participant = calloc(in->n_participants + 1, sizeof *b->participant);
  b->asset       = calloc(in->n_assets + 1, sizeof *b->asset);
  b->branch      = calloc(in->n_branches + 1, sizeof *b->branch);
  b->account     = calloc(1 + REGION_ACCOUNTS * in->n_regions, sizeof *b->account);
  if (b->block && b->price && b->mismatch && b->terms && b->region && b->participant && b->asset && b->branch &&
      b->account) {
    KeepTexts(b, NULL, &used);
    b->out->arena = malloc(used + 1);
  }
  if (!b->out->arena) return MarketFail(b->error, MARKET_NO_MEMORY, "no memory for a settlement");
  KeepTexts(b, b->out->arena, &used);
  return MARKET_OK;
}

static MarketStatus Build(Builder *b)
{
  MARKET_TRY(BuilderAllocate(b));
  for (b->interval = 0; b->interval < b->in->intervals; b->interval++) MARKET_TRY(BookInterval(b));
  MARKET_TRY(SettlementEntriesSort(b->out->entry, b->out->n, b->error));
  return SettlementCheck(b->out->entry, b->out->n, b->error);
}

MarketStatus SettlementCreate(const SettlementInput *input, const bool *settle, Settlement *settlement,
                              MarketError *error)
{
  Builder      b = {.in = input, .settle = settle, .error = error};
  MarketStatus status;

  *settlement = NULL;
  MARKET_TRY(SettlementInputCheck(input, error));
  MARKET_TRY(RoundInterval(input->step_hours, &b.interval_seconds, error));
  b.out = calloc(1, sizeof *b.out);
  if (!b.out) return MarketFail(error, MARKET_NO_MEMORY, "no memory for a settlement");
  status = Build(&b);
  BuilderFree(&b);
  if (status != MARKET_OK) SettlementDestroy(&b.out);
  *settlement = b.out;
  return status;
}

void SettlementDestroy(Settlement *settlement)
{
  if (!settlement || !*settlement) return;
  free((*settlement)->entry);
  free((*settlement)->arena);
  free(*settlement);
  *settlement = NULL;
}

void SettlementRegionRange(Settlement settlement, uint32_t region, size_t *first, size_t *count)
{
  size_t low = 0, high = settlement->n, end;

  *first = *count = 0;
  while (low < high && settlement->entry[low].region < region) low++;
  for (end = low; end < high && settlement->entry[end].region == region;) end++;
  if (end == low) return;
  *first = low;
  *count = end - low;
}
