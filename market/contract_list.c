/* The contracts of a run, in the order of their hashes. */
#include <stdlib.h>
#include <string.h>

#include "market/contract.h"

typedef struct {
  uint8_t  hash[32];
  uint8_t *record;
  size_t   size;
  Contract contract; /* points into the record */
} Deployed;

struct _p_Contracts {
  size_t     n, capacity;
  Deployed **by_hash, **by_name; /* [capacity] */
};

static int CompareHash(const Deployed *a, const Deployed *b)
{
  return memcmp(a->hash, b->hash, sizeof a->hash);
}

static int CompareName(const Deployed *a, const Deployed *b)
{
  const EntryText x = a->contract.name, y = b->contract.name;
  const int       c = memcmp(x.bytes, y.bytes, x.length < y.length ? x.length : y.length);

  return c ? c : (x.length > y.length) - (x.length < y.length);
}

/* Where `item` stands or would stand; whether its equal is there. */
static bool Find(Deployed *const *list, size_t n, const Deployed *item,
                 int (*compare)(const Deployed *, const Deployed *), size_t *at)
{
  size_t low = 0, high = n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (compare(list[middle], item) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  *at = low;
  return low < n && compare(list[low], item) == 0;
}

static void Insert(Deployed **list, size_t n, size_t at, Deployed *item)
{
  memmove(&list[at + 1], &list[at], (n - at) * sizeof list[0]);
  list[at] = item;
}

static bool Grow(Contracts c)
{
  const size_t capacity = 2 * c->capacity + 16;
  Deployed   **larger;

  if (c->n < c->capacity) return true;
  larger = realloc(c->by_hash, capacity * sizeof *larger);
  if (!larger) return false;
  c->by_hash = larger;
  larger     = realloc(c->by_name, capacity * sizeof *larger);
  if (!larger) return false;
  c->by_name  = larger;
  c->capacity = capacity;
  return true;
}

static void DestroyDeployed(Deployed *item)
{
  if (!item) return;
  free(item->record);
  free(item);
}

MarketStatus ContractsCreate(Contracts *contracts, MarketError *error)
{
  *contracts = calloc(1, sizeof **contracts);
  return *contracts ? MARKET_OK : MarketFail(error, MARKET_NO_MEMORY, "no memory for contracts");
}

static MarketStatus Deploy(Contracts c, Deployed *item, MarketError *error)
{
  const EntryText name = item->contract.name;
  size_t          by_hash, by_name;

  if (Find(c->by_hash, c->n, item, CompareHash, &by_hash))
    return MarketFail(error, MARKET_BAD_INPUT, "contract '%.*s': found twice; expected each contract once",
                      (int)name.length, name.bytes);
  if (Find(c->by_name, c->n, item, CompareName, &by_name))
    return MarketFail(error, MARKET_BAD_INPUT, "contract '%.*s': found two of this name; expected one",
                      (int)name.length, name.bytes);
  Insert(c->by_hash, c->n, by_hash, item);
  Insert(c->by_name, c->n, by_name, item);
  c->n++;
  return MARKET_OK;
}

MarketStatus ContractsAdd(Contracts contracts, const uint8_t *bytes, size_t size, MarketError *error)
{
  Contract     check;
  Deployed    *item = NULL;
  MarketStatus status;

  MARKET_TRY(ContractDecode(bytes, size, &check, error));
  item = calloc(1, sizeof *item);
  if (item) item->record = malloc(size);
  if (!item || !item->record || !Grow(contracts)) {
    DestroyDeployed(item);
    return MarketFail(error, MARKET_NO_MEMORY, "no memory for a contract of %zu bytes", size);
  }
  memcpy(item->record, bytes, size);
  item->size = size;
  ContractHash(bytes, size, item->hash);
  status = ContractDecode(item->record, size, &item->contract, error);
  if (status == MARKET_OK) status = Deploy(contracts, item, error);
  if (status != MARKET_OK) DestroyDeployed(item);
  return status;
}

size_t ContractsCount(Contracts contracts)
{
  return contracts ? contracts->n : 0;
}

const uint8_t *ContractsRecord(Contracts contracts, size_t k, size_t *size)
{
  *size = contracts->by_hash[k]->size;
  return contracts->by_hash[k]->record;
}

const uint8_t *ContractsHash(Contracts contracts, size_t k)
{
  return contracts->by_hash[k]->hash;
}

const Contract *ContractsGet(Contracts contracts, size_t k)
{
  return &contracts->by_hash[k]->contract;
}

void ContractsDestroy(Contracts *contracts)
{
  Contracts c = *contracts;

  if (!c) return;
  for (size_t k = 0; k < c->n; k++) DestroyDeployed(c->by_hash[k]);
  free(c->by_hash);
  free(c->by_name);
  free(c);
  *contracts = NULL;
}
