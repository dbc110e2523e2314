/* The lines of transfers, two each, and what a region exchanges with the others by them. */
#define _GNU_SOURCE
#include "market/settlement_impl.h"

#include <stdlib.h>

static int CompareIndices(const void *a, const void *b, void *list)
{
  const Transfer *transfer = list;

  return TransferCompare(&transfer[*(const uint32_t *)a], &transfer[*(const uint32_t *)b]);
}

/* Lists that mechanisms make are in order for the most part: nothing is sorted then. */
static bool IsOrdered(const Transfers *list)
{
  for (size_t k = 1; k < list->n; k++)
    if (TransferCompare(&list->transfer[k - 1], &list->transfer[k]) > 0) return false;
  return true;
}

MarketStatus SettlementOrderTransfers(Builder *b)
{
  const Transfers *list = b->transfers;

  if (list->n > UINT32_MAX / 2) return MarketFail(b->error, MARKET_BAD_INPUT, "more than 2^31 transfers");
  for (size_t k = 0; k < list->n; k++) MARKET_TRY(TransferCheck(&list->transfer[k], b->facts, b->error));
  if (IsOrdered(list)) return MARKET_OK;
  b->order = malloc(list->n * sizeof *b->order);
  if (!b->order) return MarketFail(b->error, MARKET_NO_MEMORY, "no memory for %zu transfers", list->n);
  for (size_t k = 0; k < list->n; k++) b->order[k] = (uint32_t)k;
  qsort_r(b->order, list->n, sizeof *b->order, CompareIndices, list->transfer);
  return MARKET_OK;
}

/* A declared account has one line for each kind of transfer, without price, bus or reference: line by line it would repeat
   what stands in the participants' lines, and in a log that hides those it would tell them. */
static MarketStatus AddDeclared(Builder *b, size_t region, uint32_t account, const SettlementEntry *line)
{
  size_t       of;
  AccountKind  kind = AccountKindOf(b->facts->n_participants, account, &of);
  DeclaredSum *sum  = &b->block[region].declared[kind][SettlementKindIndex(line->kind)];

  sum->any = true;
  if (MoneyAdd(&sum->amount, line->amount) || MoneyAdd(&sum->quantity, line->quantity_wh))
    return SettlementOverflow(b, "a declared account of region", region);
  return MARKET_OK;
}

static MarketStatus BookDeclared(Builder *b, size_t region)
{
  for (int account = 0; account < ACCOUNT_KINDS; account++)
    for (int k = 0; k < SETTLEMENT_KINDS; k++) {
      const DeclaredSum *sum   = &b->block[region].declared[account][k];
      SettlementEntry    entry = {.kind = SettlementKindAt(k), .amount = sum->amount, .quantity_wh = sum->quantity};
      if (!sum->any) continue;
      SettlementNameAccount(b, (AccountKind)account, region, &entry);
      MARKET_TRY(SettlementBook(b, region, (MoneyWide)entry.amount * EXACT_PER_MILLIONTH, &entry));
    }
  return MARKET_OK;
}

/* One of the two lines; sign 1: the payee's. */
static MarketStatus BookLine(Builder *b, const Transfer *t, uint32_t sequence, int sign)
{
  uint32_t        region = sign > 0 ? t->payee_region : t->payer_region, party = sign > 0 ? t->payee : t->payer;
  Block          *block = &b->block[region];
  SettlementEntry entry = {.kind          = t->kind,
                           .sequence      = sequence,
                           .has_price     = t->has_price,
                           .quantity_wh   = sign * t->quantity,
                           .price         = t->price,
                           .amount        = sign * t->amount,
                           .bus           = sign > 0 ? t->payee_bus : t->payer_bus,
                           .has_reference = t->has_reference,
                           .asset         = t->detail};

  if (!SettlementSettles(b, region)) return MARKET_OK;
  if (party < b->facts->n_participants) {
    for (size_t k = 0; k < sizeof entry.reference; k++) entry.reference[k] = t->reference[k];
    entry.participant      = party;
    entry.participant_name = b->facts->participant[party];
    MARKET_TRY(SettlementBook(b, region, (MoneyWide)entry.amount * EXACT_PER_MILLIONTH, &entry));
  } else {
    MARKET_TRY(AddDeclared(b, region, party, &entry));
  }
  if (t->payee_region == t->payer_region) return MARKET_OK;
  block->exchanges = true;
  if (MoneyAdd(&block->exchange, entry.amount) || MoneyAdd(&block->exchange_wh, entry.quantity_wh))
    return SettlementOverflow(b, "the exchange of region", region);
  return MARKET_OK;
}

static MarketStatus BookExchange(Builder *b, size_t region)
{
  const Block    *block = &b->block[region];
  SettlementEntry entry = {.kind = SETTLEMENT_EXCHANGE};

  if (!block->exchanges) return MARKET_OK;
  if (__builtin_sub_overflow(0, block->exchange, &entry.amount) ||
      __builtin_sub_overflow(0, block->exchange_wh, &entry.quantity_wh))
    return SettlementOverflow(b, "the exchange of region", region);
  SettlementNameAccount(b, ACCOUNT_EXCHANGE, region, &entry);
  return SettlementBook(b, region, (MoneyWide)entry.amount * EXACT_PER_MILLIONTH, &entry);
}

MarketStatus SettlementBookTransfers(Builder *b)
{
  const Transfers *list     = b->transfers;
  uint32_t         sequence = 0;
  SettlementKind   kind     = SETTLEMENT_GENERATION;

  for (; b->transfer < list->n; b->transfer++) {
    const Transfer *t = &list->transfer[b->order ? b->order[b->transfer] : b->transfer];
    if (t->interval != b->interval) break;
    sequence = t->kind == kind ? sequence + 1 : 0;
    kind     = t->kind;
    MARKET_TRY(BookLine(b, t, sequence, 1));
    MARKET_TRY(BookLine(b, t, sequence, -1));
  }
  for (size_t r = 0; r < b->facts->n_regions; r++) {
    if (!SettlementSettles(b, r)) continue;
    MARKET_TRY(BookDeclared(b, r));
    MARKET_TRY(BookExchange(b, r));
  }
  return MARKET_OK;
}
