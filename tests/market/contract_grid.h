/* A grid of three buses, five assets and four hours, small enough to reckon contracts on it by hand. */
#ifndef ARCHIPELAGO_TESTS_CONTRACT_GRID_H
#define ARCHIPELAGO_TESTS_CONTRACT_GRID_H

#include "market/contract.h"
#include "market/money.h"
#include "tests/support.h"

#include <string.h>

enum { GRID_T = 4, GRID_BUSES = 3, GRID_ASSETS = 5, GRID_PARTIES = 5 };
enum { WIND = 0, BATTERY = 1, VILLAGE = 2, FACTORY = 3, PLANT = 4 };
enum { COOP = 0, KEEPER = 1, HOUSEHOLDS = 2, WORKS = 3, UTILITY = 4 };

#define GRID_START INT64_C(1908230400) /* Friday 2030-06-21T00:00:00Z */
#define MILLION INT64_C(1000000)

typedef struct {
  struct _s_Facts facts;
  EntryText       region[2], participant[GRID_PARTIES], class_of[GRID_PARTIES];
  uint32_t        participant_region[GRID_PARTIES], bus_number[GRID_BUSES], bus_region[GRID_BUSES];
  FactsAsset      asset[GRID_ASSETS];
  int64_t         price[GRID_T * GRID_BUSES], asset_wh[GRID_T * GRID_ASSETS], zero[GRID_T * GRID_ASSETS];
  int64_t         level_wh[(GRID_T + 1) * GRID_ASSETS], baseline_wh[GRID_T * GRID_ASSETS];
} Grid;

static inline void GridNames(Grid *g)
{
  static const char *const    party[]      = {"coop", "keeper", "households", "works", "utility"};
  static const char *const    unit[]       = {"wind farm", "battery", "village", "factory", "plant"};
  static const char *const    technology[] = {"wind", "battery", "", "", "gas"};
  static const uint32_t       bus[]        = {0, 1, 1, 2, 2};
  static const FactsAssetKind kind[]       = {FACTS_GENERATOR, FACTS_STORAGE, FACTS_LOAD, FACTS_LOAD, FACTS_GENERATOR};
  static const int64_t        power[]      = {MILLION, 300000, -1, -1, 800000};

  g->region[0] = EntryTextOf("north");
  g->region[1] = EntryTextOf("south");
  for (uint32_t b = 0; b < GRID_BUSES; b++) {
    g->bus_number[b] = 10 * (b + 1);
    g->bus_region[b] = b == 2;
  }
  for (uint32_t a = 0; a < GRID_ASSETS; a++) {
    g->participant[a]        = EntryTextOf(party[a]);
    g->participant_region[a] = g->bus_region[bus[a]];
    g->asset[a]              = (FactsAsset){.kind                 = kind[a],
                                            .participant          = a,
                                            .bus                  = bus[a],
                                            .name                 = EntryTextOf(unit[a]),
                                            .technology           = EntryTextOf(technology[a]),
                                            .renewable            = a == WIND,
                                            .power_w              = power[a],
                                            .energy_wh            = a == BATTERY ? 600000 : -1,
                                            .efficiency_charge    = a == BATTERY ? 950000 : -1,
                                            .efficiency_discharge = a == BATTERY ? 950000 : -1};
  }
}

/* Currency per MWh at buses 10, 20, 30; Wh of wind farm, battery, village, factory, plant. */
static inline void GridNumbers(Grid *g)
{
  static const int64_t price[GRID_T][GRID_BUSES] = {{40, 50, 60}, {45, 55, 70}, {20, 30, 80}, {-5, 0, 100}};
  static const int64_t wh[GRID_T][GRID_ASSETS]   = {{1000000, -200000, -300000, -500000, 800000},
                                                    {600000, 0, -400000, -500000, 800000},
                                                    {250000, 300000, -500000, -500000, 800000},
                                                    {900001, 100000, -200000, -500000, 800000}};
  static const int64_t level[]                   = {400000, 590000, 590000, 270000, 160000};
  static const int64_t village[]                 = {300000, 400000, 700000, 100000};

  for (int t = 0; t < GRID_T; t++) {
    for (int b = 0; b < GRID_BUSES; b++) g->price[t * GRID_BUSES + b] = price[t][b] * MILLION;
    memcpy(&g->asset_wh[t * GRID_ASSETS], wh[t], sizeof wh[t]);
    g->baseline_wh[t * GRID_ASSETS + VILLAGE] = village[t];
    g->baseline_wh[t * GRID_ASSETS + FACTORY] = 500000;
  }
  for (int t = 0; t <= GRID_T; t++) g->level_wh[t * GRID_ASSETS + BATTERY] = level[t];
}

static inline void GridSetUp(Grid *g)
{
  memset(g, 0, sizeof *g);
  GridNames(g);
  GridNumbers(g);
  g->facts           = (struct _s_Facts){.study              = EntryTextOf("grid"),
                                         .policy             = EntryTextOf("base"),
                                         .currency           = EntryTextOf("EUR"),
                                         .window_start       = GRID_START,
                                         .intervals          = GRID_T,
                                         .interval_seconds   = 3600,
                                         .n_regions          = 2,
                                         .n_participants     = GRID_PARTIES,
                                         .n_buses            = GRID_BUSES,
                                         .n_assets           = GRID_ASSETS,
                                         .region             = g->region,
                                         .participant        = g->participant,
                                         .participant_region = g->participant_region,
                                         .participant_class  = g->class_of,
                                         .bus_number         = g->bus_number,
                                         .bus_region         = g->bus_region,
                                         .asset              = g->asset,
                                         .certified_wh       = g->zero,
                                         .level_wh           = g->level_wh,
                                         .baseline_wh        = g->baseline_wh};
  g->facts.day_ahead = (FactsLeg){
      .price = g->price, .asset_wh = g->asset_wh, .shunt_wh = g->zero, .shortage_wh = g->zero, .surplus_wh = g->zero};
}

/* The wind farm's whole output to the households for 50 per MWh, in the grid's window. */
static inline Contract GridContract(const char *name)
{
  return (Contract){.name       = EntryTextOf(name),
                    .seller     = EntryTextOf("coop"),
                    .buyer      = EntryTextOf("households"),
                    .start      = GRID_START,
                    .end        = GRID_START + GRID_T * 3600,
                    .quantity   = CONTRACT_UNIT_SHARE,
                    .unit       = {CONTRACT_GENERATOR, EntryTextOf("wind farm")},
                    .share      = CONTRACT_WHOLE,
                    .to_bus     = 20,
                    .price_kind = CONTRACT_PRICE_FIXED,
                    .price      = 50 * MILLION};
}

static inline Contract GridStorageSlice(const char *name)
{
  Contract c = GridContract(name);
  c.quantity = CONTRACT_STORAGE_SHARE;
  c.seller   = EntryTextOf("keeper");
  c.unit     = (ContractUnit){CONTRACT_STORAGE, EntryTextOf("battery")};
  c.share    = 250000;
  return c;
}

/* The village responds for the utility, up to 150 kW. */
static inline Contract GridResponse(const char *name, ContractQuantityKind kind)
{
  Contract c = GridContract(name);
  c.quantity = kind;
  c.seller   = EntryTextOf("households");
  c.buyer    = EntryTextOf("utility");
  c.unit     = (ContractUnit){CONTRACT_LOAD, EntryTextOf("village")};
  c.power_w  = 150000;
  c.block_s  = 4 * 3600;
  c.to_bus   = 0;
  return c;
}

static inline void GridSetPrice(Contract *c, ContractPriceKind kind)
{
  c->price_kind = kind;
  if (kind == CONTRACT_PRICE_INDEXED) {
    c->price_bus = 30;
    c->factor    = 900000;
    c->adder     = 2 * MILLION;
  } else if (kind == CONTRACT_PRICE_DIFFERENCE) {
    c->price_bus = 10;
    c->to_bus    = 0;
    c->from_bus  = 0;
  } else if (kind == CONTRACT_PRICE_TAKE_OR_PAY) {
    c->to_load    = EntryTextOf("village");
    c->minimum_wh = 2 * MILLION;
  } else if (kind == CONTRACT_PRICE_RENT) {
    c->rent       = 4 * MILLION;
    c->has_energy = true;
  }
}

static inline void GridAdd(Contracts contracts, const Contract *contract)
{
  MarketBytes bytes = {0};
  MarketError error = {0};

  if (ContractEncode(contract, &bytes, &error) != MARKET_OK ||
      ContractsAdd(contracts, bytes.data, bytes.size, &error) != MARKET_OK)
    fail_msg("%s", error.text);
  MarketBytesFree(&bytes);
}

#endif
