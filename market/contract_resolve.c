/* Names in contracts to rows of the facts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "market/contract_impl.h"

/* "contract 'NAME': " of a failure, with its bare arguments. */
#define NAME_OF(text) (int)((text).length < 80 ? (text).length : 80), (text).bytes

/* What a row is looked up by, in one sorted list: assets by kind and name, participants by name, buses by number. */
enum { PARTICIPANT = FACTS_LINK_END + 1, BUS };

struct ContractName {
  int       kind;
  uint32_t  number;
  EntryText name;
  uint32_t  row;
};

static int CompareKeys(const ContractName *a, const ContractName *b)
{
  if (a->kind != b->kind) return a->kind - b->kind;
  if (a->number != b->number) return a->number < b->number ? -1 : 1;
  return EntryTextCompare(a->name, b->name);
}

static int CompareRows(const void *a, const void *b)
{
  const ContractName *x = a, *y = b;
  const int           order = CompareKeys(x, y);

  return order ? order : (x->row > y->row) - (x->row < y->row);
}

MarketStatus ContractNamesCreate(ContractRun *run)
{
  const Facts   f = run->facts;
  const size_t  n = (size_t)f->n_assets + f->n_participants + f->n_buses;
  ContractName *name;

  run->name = name = calloc(n + 1, sizeof *name);
  if (!name) return MarketFail(run->error, MARKET_NO_MEMORY, "no memory for %zu names", n);
  for (uint32_t a = 0; a < f->n_assets; a++) *name++ = (ContractName){(int)f->asset[a].kind, 0, f->asset[a].name, a};
  for (uint32_t p = 0; p < f->n_participants; p++) *name++ = (ContractName){PARTICIPANT, 0, f->participant[p], p};
  for (uint32_t b = 0; b < f->n_buses; b++) *name++ = (ContractName){BUS, f->bus_number[b], {"", 0}, b};
  run->n_names = n;
  qsort(run->name, n, sizeof *run->name, CompareRows);
  return MARKET_OK;
}

/* The first row of a key. */
static bool Find(const ContractRun *run, ContractName key, uint32_t *row)
{
  size_t low = 0, high = run->n_names;

  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (CompareKeys(&run->name[middle], &key) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == run->n_names || CompareKeys(&run->name[low], &key) != 0) return false;
  *row = run->name[low].row;
  return true;
}

static MarketStatus FindParty(const ContractRun *run, const Contract *c, EntryText name, uint32_t *party)
{
  if (Find(run, (ContractName){PARTICIPANT, 0, name, 0}, party)) return MARKET_OK;
  return MarketFail(run->error, MARKET_BAD_INPUT, "contract '%.*s': found the party '%.*s'; expected a participant",
                    NAME_OF(c->name), NAME_OF(name));
}

/* Row of a bus by its external number; 0 where the contract names none. */
static MarketStatus FindBus(const ContractRun *run, const Contract *c, uint32_t number, uint32_t *row)
{
  *row = 0;
  if (number == 0 || Find(run, (ContractName){BUS, number, {"", 0}, 0}, row)) return MARKET_OK;
  return MarketFail(run->error, MARKET_BAD_INPUT,
                    "contract '%.*s': found bus %" PRIu32 "; expected the number of a bus of the grid",
                    NAME_OF(c->name), number);
}

static MarketStatus FindUnit(const ContractRun *run, const Contract *c, FactsAssetKind kind, EntryText name,
                             uint32_t *row)
{
  static const char *const what[] = {"generator", "load", "storage unit"};

  if (Find(run, (ContractName){(int)kind, 0, name, 0}, row)) return MARKET_OK;
  return MarketFail(run->error, MARKET_BAD_INPUT, "contract '%.*s': found the %s '%.*s'; expected one of the grid",
                    NAME_OF(c->name), what[kind], NAME_OF(name));
}

static MarketStatus CheckOwner(const ContractRun *run, const Contract *c, uint32_t asset, uint32_t owner,
                               const char *role)
{
  if (run->facts->asset[asset].participant == owner) return MARKET_OK;
  return MarketFail(run->error, MARKET_BAD_INPUT, "contract '%.*s': '%.*s' does not belong to the %s", NAME_OF(c->name),
                    NAME_OF(run->facts->asset[asset].name), role);
}

static MarketStatus ResolveConditions(const ContractRun *run, ContractItem *item)
{
  const Contract *c = item->contract;

  for (int k = 0; k < c->n_conditions; k++) {
    const ContractCondition *condition = &c->condition[k];
    if (condition->kind == CONTRACT_PRICE_ABOVE || condition->kind == CONTRACT_PRICE_BELOW)
      MARKET_TRY(FindBus(run, c, condition->bus, &item->condition_at[k]));
    if (condition->kind < CONTRACT_CHARGE_ABOVE) continue;
    MARKET_TRY(FindUnit(run, c, FACTS_STORAGE, condition->name, &item->condition_at[k]));
    if (run->facts->asset[item->condition_at[k]].energy_wh <= 0)
      return MarketFail(run->error, MARKET_BAD_INPUT, "contract '%.*s': '%.*s' stores nothing", NAME_OF(c->name),
                        NAME_OF(condition->name));
  }
  return MARKET_OK;
}

MarketStatus ContractResolve(const ContractRun *run, ContractItem *item)
{
  static const FactsAssetKind kind[] = {0, FACTS_GENERATOR, FACTS_LOAD, FACTS_STORAGE};
  const Contract             *c      = item->contract;

  item->unit = item->load = DELIVERY_ANY_ASSET;
  MARKET_TRY(FindParty(run, c, c->seller, &item->seller));
  MARKET_TRY(FindParty(run, c, c->buyer, &item->buyer));
  MARKET_TRY(FindBus(run, c, c->from_bus, &item->from_bus));
  MARKET_TRY(FindBus(run, c, c->to_bus, &item->to_bus));
  MARKET_TRY(FindBus(run, c, c->price_bus, &item->price_bus));
  if (c->unit.kind) {
    MARKET_TRY(FindUnit(run, c, kind[c->unit.kind], c->unit.name, &item->unit));
    MARKET_TRY(CheckOwner(run, c, item->unit, item->seller, "seller"));
    if (!c->from_bus) item->from_bus = run->facts->asset[item->unit].bus;
  }
  if (c->to_load.length) {
    MARKET_TRY(FindUnit(run, c, FACTS_LOAD, c->to_load, &item->load));
    MARKET_TRY(CheckOwner(run, c, item->load, item->buyer, "buyer"));
    if (run->facts->asset[item->load].bus != item->to_bus)
      return MarketFail(run->error, MARKET_BAD_INPUT, "contract '%.*s': its load is not at the bus of the delivery",
                        NAME_OF(c->name));
  }
  return ResolveConditions(run, item);
}
