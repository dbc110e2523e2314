/* What contracts carry from window to window, as canonical bytes: a version; a count; and for each contract with an open
   balance its hash and the balance, in the order of hashes. */
#include <stdlib.h>
#include <string.h>

#include "market/contract_impl.h"

enum { STATE_VERSION = 1, STATE_ENTRY_SIZE = 32 + 3 * 8 };

static bool Carries(const Contract *c)
{
  return c->quantity == CONTRACT_SHIFTING ||
         (c->price_kind == CONTRACT_PRICE_TAKE_OR_PAY && c->per == CONTRACT_PER_CONTRACT);
}

/* A balance that the windows before may have left. */
static bool Possible(const ContractRun *run, const Contract *c, const ContractBalance *b)
{
  const int64_t now = run->facts->window_start;

  if (!Carries(c) || now <= c->start || now >= c->end || b->taken < 0 || b->offered < 0) return false;
  if (c->quantity == CONTRACT_SHIFTING)
    return b->since == ContractBlockStart(c, now) && b->since < now && (b->taken > 0 || b->offered > 0);
  return b->since > 0 && b->since <= now - c->start && b->taken <= b->offered;
}

static int CompareWithHash(const void *hash, const void *item)
{
  return memcmp(hash, (*(ContractItem *const *)item)->hash, 32);
}

static int CompareHashes(const void *a, const void *b)
{
  return memcmp((*(ContractItem *const *)a)->hash, (*(ContractItem *const *)b)->hash, 32);
}

/* The items in the order of their hashes; free() it. */
static ContractItem **ByHash(const ContractRun *run)
{
  ContractItem **sorted = malloc((run->n + 1) * sizeof *sorted);

  if (!sorted) return NULL;
  for (size_t i = 0; i < run->n; i++) sorted[i] = &run->item[i];
  qsort(sorted, run->n, sizeof *sorted, CompareHashes);
  return sorted;
}

static MarketStatus TakeBalance(ContractRun *run, MarketReader *r, ContractItem *const *sorted, const uint8_t **last)
{
  const size_t         start = r->at;
  const uint8_t       *hash  = NULL;
  ContractItem *const *found;
  ContractBalance      b;

  MARKET_TRY(MarketTakeRaw(r, 32, "contract", &hash));
  MARKET_TRY(MarketTakeSigned(r, "balance", &b.since));
  MARKET_TRY(MarketTakeSigned(r, "balance", &b.taken));
  MARKET_TRY(MarketTakeSigned(r, "balance", &b.offered));
  if (*last && memcmp(*last, hash, 32) >= 0)
    return MarketFail(r->error, MARKET_MALFORMED, "%s: the contract at byte %zu is out of order", r->what, start);
  *last = hash;
  found = bsearch(hash, sorted, run->n, sizeof *sorted, CompareWithHash);
  if (!found || !Possible(run, (*found)->contract, &b))
    return MarketFail(r->error, MARKET_MALFORMED,
                      "%s: the balance at byte %zu is none that a contract could have brought to this window", r->what,
                      start);
  (*found)->balance = b;
  (*found)->open    = true;
  return MARKET_OK;
}

static MarketStatus TakeState(ContractRun *run, MarketReader *r, ContractItem *const *sorted)
{
  const uint8_t *last    = NULL;
  uint64_t       version = 0;
  size_t         n       = 0;

  MARKET_TRY(MarketTake(r, 1, "version", &version));
  if (version != STATE_VERSION)
    return MarketFail(r->error, MARKET_MALFORMED, "%s: version %d; expected %d", r->what, (int)version, STATE_VERSION);
  MARKET_TRY(MarketTakeCount(r, STATE_ENTRY_SIZE, "number of balances", &n));
  for (size_t i = 0; i < n; i++) MARKET_TRY(TakeBalance(run, r, sorted, &last));
  return MarketTakeEnd(r);
}

MarketStatus ContractStateRead(ContractRun *run, const MarketBytes *before)
{
  MarketReader   reader = {NULL, 0, 0, "state of contracts", run->error};
  ContractItem **sorted;
  MarketStatus   status;

  if (!before || before->size == 0) return MARKET_OK;
  sorted = ByHash(run);
  if (!sorted) return MarketFail(run->error, MARKET_NO_MEMORY, "no memory for the state of contracts");
  reader.bytes = before->data;
  reader.size  = before->size;
  status       = TakeState(run, &reader, sorted);
  free(sorted);
  return status;
}

static bool IsKept(const ContractItem *item)
{
  if (!item->open || !Carries(item->contract)) return false;
  return item->contract->quantity != CONTRACT_SHIFTING || item->balance.taken > 0 || item->balance.offered > 0;
}

MarketStatus ContractStateWrite(const ContractRun *run, MarketBytes *after)
{
  ContractItem **sorted = ByHash(run);
  size_t         n      = 0;

  if (!sorted) return MarketFail(run->error, MARKET_NO_MEMORY, "no memory for the state of contracts");
  for (size_t i = 0; i < run->n; i++) n += IsKept(sorted[i]);
  MarketPut(after, STATE_VERSION, 1);
  MarketPut(after, n, 4);
  for (size_t i = 0; i < run->n; i++) {
    if (!IsKept(sorted[i])) continue;
    MarketPutRaw(after, sorted[i]->hash, 32);
    MarketPutSigned(after, sorted[i]->balance.since);
    MarketPutSigned(after, sorted[i]->balance.taken);
    MarketPutSigned(after, sorted[i]->balance.offered);
  }
  free(sorted);
  return MarketBytesCheck(after, run->error);
}
