/* Random facts and random contracts on the grid of contract_grid.h, for property tests. */
#ifndef ARCHIPELAGO_TESTS_RANDOM_CONTRACT_H
#define ARCHIPELAGO_TESTS_RANDOM_CONTRACT_H

#include "tests/market/contract_grid.h"
#include "tests/market/random_study.h"

enum { RANDOM_PROFILE = 48 };

typedef struct {
  char    name[32];
  uint8_t profile[RANDOM_PROFILE * CONTRACT_WATT_BYTES];
} RandomStore;

static inline int64_t RandomUpTo(uint64_t *seed, int64_t most)
{
  return (int64_t)(RandomNext(seed) % (uint64_t)(most + 1));
}

static inline void RandomFacts(Grid *g, uint64_t *seed)
{
  GridSetUp(g);
  for (int t = 0; t < GRID_T; t++) {
    int64_t *wh = &g->asset_wh[t * GRID_ASSETS];
    for (int b = 0; b < GRID_BUSES; b++) g->price[t * GRID_BUSES + b] = RandomUpTo(seed, 300 * MILLION) - 80 * MILLION;
    wh[WIND]                                  = RandomUpTo(seed, 3) ? RandomUpTo(seed, MILLION) : RandomUpTo(seed, 5);
    wh[BATTERY]                               = RandomUpTo(seed, 600000) - 300000;
    wh[VILLAGE]                               = -RandomUpTo(seed, 500000);
    wh[FACTORY]                               = -RandomUpTo(seed, 500000);
    wh[PLANT]                                 = RandomUpTo(seed, 800000);
    g->level_wh[t * GRID_ASSETS + BATTERY]    = RandomUpTo(seed, 600000);
    g->baseline_wh[t * GRID_ASSETS + VILLAGE] = RandomUpTo(seed, 600000);
    g->baseline_wh[t * GRID_ASSETS + FACTORY] = -wh[FACTORY];
  }
}

static inline void RandomProfile(Contract *c, RandomStore *store, uint64_t *seed)
{
  int64_t watt[RANDOM_PROFILE];

  for (int i = 0; i < RANDOM_PROFILE; i++) watt[i] = RandomUpTo(seed, 700000);
  ContractPackProfile(watt, RANDOM_PROFILE, store->profile);
  c->value    = store->profile;
  c->daily    = RandomUpTo(seed, 1);
  c->step_s   = c->daily ? 1800 : 600;
  c->n_values = c->daily ? RANDOM_PROFILE : (uint32_t)((c->end - c->start + c->step_s - 1) / c->step_s);
}

static inline void RandomCondition(Contract *c, ContractCondition *k, uint64_t *seed)
{
  const bool metered = c->unit.kind == CONTRACT_GENERATOR || c->unit.kind == CONTRACT_STORAGE;

  memset(k, 0, sizeof *k);
  k->kind = (ContractConditionKind)(1 + RandomUpTo(seed, 5));
  if (k->kind == CONTRACT_TECHNOLOGY && !metered) k->kind = CONTRACT_TIME;
  k->from_s    = (uint32_t)RandomUpTo(seed, 7200);
  k->until_s   = k->from_s + 1 + (uint32_t)RandomUpTo(seed, 9000);
  k->weekdays  = RandomUpTo(seed, 3) ? 127 : 16;
  k->bus       = 10 * (1 + (uint32_t)RandomUpTo(seed, 2));
  k->threshold = k->kind < CONTRACT_CHARGE_ABOVE ? RandomUpTo(seed, 150 * MILLION) : RandomUpTo(seed, CONTRACT_WHOLE);
  k->name      = EntryTextOf(k->kind == CONTRACT_TECHNOLOGY ? "wind" : "battery");
}

static inline void RandomPrice(Contract *c, uint64_t *seed)
{
  GridSetPrice(c, (ContractPriceKind)(1 + RandomUpTo(seed, 4)));
  c->price     = RandomUpTo(seed, 200 * MILLION) - 50 * MILLION;
  c->factor    = RandomUpTo(seed, 2 * MILLION);
  c->has_cap   = RandomUpTo(seed, 1);
  c->has_floor = RandomUpTo(seed, 1);
  c->floor     = RandomUpTo(seed, 50 * MILLION);
  c->cap       = c->floor + RandomUpTo(seed, 50 * MILLION);
  c->protects  = (ContractProtection)RandomUpTo(seed, 2);
  c->per       = (ContractPeriod)RandomUpTo(seed, 1);
  if (c->price_kind == CONTRACT_PRICE_TAKE_OR_PAY) c->minimum_wh = 1 + RandomUpTo(seed, 3 * MILLION);
}

/* A valid contract; its texts and its profile stand in `store`. */
static inline Contract RandomContract(int number, RandomStore *store, uint64_t *seed)
{
  Contract c;

  snprintf(store->name, sizeof store->name, "contract %d", number);
  do {
    const ContractQuantityKind quantity = (ContractQuantityKind)(1 + RandomUpTo(seed, 5));
    c                                   = quantity >= CONTRACT_CURTAILMENT     ? GridResponse(store->name, quantity)
                                          : quantity == CONTRACT_STORAGE_SHARE ? GridStorageSlice(store->name)
                                                                               : GridContract(store->name);
    c.quantity                          = quantity;
    c.start                             = GRID_START - 7200 + RandomUpTo(seed, 3 * 7200);
    c.end                               = c.start + 1 + RandomUpTo(seed, 7 * 3600);
    c.share                             = 1 + (uint32_t)RandomUpTo(seed, CONTRACT_WHOLE - 1);
    c.power_w                           = 1 + RandomUpTo(seed, 800000);
    c.precedence                        = (uint32_t)RandomUpTo(seed, 2);
    c.block_s                           = 3600 * (1 + (uint32_t)RandomUpTo(seed, 3));
    c.shortfall_penalty                 = RandomUpTo(seed, 1) * RandomUpTo(seed, 50 * MILLION);
    if (quantity == CONTRACT_PROFILE) RandomProfile(&c, store, seed);
    RandomPrice(&c, seed);
    c.n_conditions = (uint8_t)(RandomUpTo(seed, 2) ? 0 : 1 + RandomUpTo(seed, 1));
    for (int k = 0; k < c.n_conditions; k++) RandomCondition(&c, &c.condition[k], seed);
  } while (ContractValidate(&c, NULL) != MARKET_OK);
  return c;
}

#endif
