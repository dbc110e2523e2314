/* Settlement of one window: blocks of entries that sum to zero in every region and interval. */
#include "market/settlement.h"

#include "market/settlement_impl.h"

#include <stdlib.h>
#include <string.h>

bool SettlementSettles(const Builder *b, size_t region)
{
  return !b->settle || b->settle[region];
}

MarketStatus SettlementOverflow(const Builder *b, const char *what, size_t row)
{
  return MarketFail(b->error, MARKET_OVERFLOW, "interval %zu: the amount of %s %zu does not fit 64 bits", b->interval,
                    what, row);
}

void SettlementNameAccount(const Builder *b, AccountKind account, size_t region, SettlementEntry *entry)
{
  entry->participant      = AccountIndex(b->facts->n_participants, account, region);
  entry->participant_name = b->account[entry->participant - b->facts->n_participants];
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

MarketStatus SettlementBook(Builder *b, size_t region, MoneyWide exact, SettlementEntry *entry)
{
  Block    *block  = &b->block[region];
  Facts     f      = b->facts;
  MoneyWide energy = entry->kind == SETTLEMENT_CARBON ? 0 : entry->quantity_wh;

  entry->window           = f->window;
  entry->window_start     = f->window_start;
  entry->region           = (uint32_t)region;
  entry->interval         = (uint32_t)b->interval;
  entry->interval_seconds = f->interval_seconds;
  entry->study            = f->study;
  entry->policy           = f->policy;
  entry->currency         = f->currency;
  entry->region_name      = f->region[region];
  if (MoneyAddWide(&block->exact, exact) || MoneyAddWide(&block->amount, entry->amount) ||
      MoneyAddWide(&block->energy, energy))
    return SettlementOverflow(b, "region", region);
  if (exact != (MoneyWide)entry->amount * EXACT_PER_MILLIONTH) block->lines++;
  block->entries++;
  return Append(b, entry);
}

/* The exact sums must vanish: the operator's parts, computed by themselves, meet the participants' money and energy. */
static MarketStatus BookRounding(Builder *b, size_t region)
{
  Block          *block = &b->block[region];
  EntryText       name  = b->facts->region[region];
  SettlementEntry entry = {.kind = SETTLEMENT_ROUNDING};
  MoneyWide       rest  = -block->amount;

  if (block->exact || block->energy)
    return MarketFail(b->error, MARKET_UNBALANCED, "interval %zu: the lines of region %.*s do not add up", b->interval,
                      (int)name.length, name.bytes);
  if (2 * rest > (MoneyWide)block->lines || -2 * rest > (MoneyWide)block->lines)
    return MarketFail(b->error, MARKET_UNBALANCED, "interval %zu: rounding in region %.*s exceeds half a unit per line",
                      b->interval, (int)name.length, name.bytes);
  SettlementNameAccount(b, ACCOUNT_ROUNDING, region, &entry);
  entry.amount = (int64_t)rest;
  return SettlementBook(b, region, 2 * (MoneyWide)ENERGY_WH_PER_MWH * rest, &entry);
}

static MarketStatus BookInterval(Builder *b)
{
  Facts f = b->facts;

  for (size_t r = 0; r < f->n_regions; r++) b->block[r] = (Block){0};
  for (size_t k = 0; k < f->n_buses; k++) b->metered[k] = 0;
  b->leg  = &f->day_ahead;
  b->base = NULL;
  MARKET_TRY(SettlementBookLeg(b));
  if (f->has_real_time) {
    b->leg  = &f->real_time;
    b->base = &f->day_ahead;
    MARKET_TRY(SettlementBookLeg(b));
  }
  if (b->transfers) MARKET_TRY(SettlementBookTransfers(b));
  for (size_t r = 0; r < f->n_regions; r++)
    if (SettlementSettles(b, r) && (b->inhabited[r] || b->block[r].entries)) MARKET_TRY(BookRounding(b, r));
  return MARKET_OK;
}

/* Names of the declared accounts, one behind the other in the arena. */
static MarketStatus NameAccounts(Builder *b)
{
  Facts  f = b->facts;
  size_t n = AccountCount(0, f->n_regions), room = 1, region;
  char  *head;

  b->account = calloc(n, sizeof *b->account);
  for (size_t r = 0; r < f->n_regions; r++) room += ACCOUNTS_PER_REGION * f->region[r].length;
  for (size_t k = 0; k < n; k++) room += strlen(AccountPrefix(AccountKindOf(0, (uint32_t)k, &region)));
  head = b->out->arena = malloc(room);
  if (!b->account || !head) return MarketFail(b->error, MARKET_NO_MEMORY, "no memory for a settlement");
  for (size_t k = 0; k < n; k++) {
    AccountKind kind   = AccountKindOf(0, (uint32_t)k, &region);
    const char *prefix = AccountPrefix(kind);
    size_t      length = strlen(prefix);
    EntryText   place  = kind == ACCOUNT_TIE_RENT ? (EntryText){"", 0} : f->region[region];
    b->account[k]      = (EntryText){head, length + place.length};
    memcpy(head, prefix, length);
    memcpy(head + length, place.bytes, place.length);
    head += length + place.length;
  }
  return MARKET_OK;
}

static void BuilderFree(Builder *b)
{
  free(b->block);
  free(b->inhabited);
  free(b->mismatch);
  free(b->metered);
  free(b->terms);
  free(b->account);
  free(b->order);
}

static MarketStatus BuilderAllocate(Builder *b)
{
  Facts f = b->facts;

  b->block     = calloc((size_t)f->n_regions + 1, sizeof *b->block);
  b->inhabited = calloc((size_t)f->n_regions + 1, sizeof *b->inhabited);
  b->mismatch  = calloc((size_t)f->n_buses + 1, sizeof *b->mismatch);
  b->metered   = calloc((size_t)f->n_buses + 1, sizeof *b->metered);
  b->terms     = calloc((size_t)f->n_buses + 1, sizeof *b->terms);
  if (!b->block || !b->inhabited || !b->mismatch || !b->metered || !b->terms)
    return MarketFail(b->error, MARKET_NO_MEMORY, "no memory for a settlement");
  for (size_t k = 0; k < f->n_buses; k++) b->inhabited[f->bus_region[k]] = true;
  return NameAccounts(b);
}

static MarketStatus Build(Builder *b)
{
  MARKET_TRY(BuilderAllocate(b));
  if (b->transfers) MARKET_TRY(SettlementOrderTransfers(b));
  for (b->interval = 0; b->interval < b->facts->intervals; b->interval++) MARKET_TRY(BookInterval(b));
  MARKET_TRY(SettlementEntriesSort(b->out->entry, b->out->n, b->error));
  return SettlementCheck(b->out->entry, b->out->n, b->error);
}

MarketStatus SettlementCreate(Facts facts, const Transfers *transfers, const bool *settle, Settlement *settlement,
                              MarketError *error)
{
  Builder      b = {.facts = facts, .transfers = transfers, .settle = settle, .error = error};
  MarketStatus status;

  *settlement = NULL;
  b.out       = calloc(1, sizeof *b.out);
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

/* First entry of a region at least `region`. */
static size_t LowerBound(Settlement settlement, uint64_t region)
{
  size_t low = 0, high = settlement->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (settlement->entry[middle].region < region)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void SettlementRegionRange(Settlement settlement, uint32_t region, size_t *first, size_t *count)
{
  *first = LowerBound(settlement, region);
  *count = LowerBound(settlement, (uint64_t)region + 1) - *first;
  if (*count == 0) *first = 0;
}
