/* The contracts that docs/contracts.md shows. */
#ifndef ARCHIPELAGO_TESTS_CONTRACT_EXAMPLE_H
#define ARCHIPELAGO_TESTS_CONTRACT_EXAMPLE_H

#include "tests/market/contract_grid.h"

static inline Contract ExampleBlock(void)
{
  Contract c          = GridContract("block");
  c.buyer             = EntryTextOf("works");
  c.quantity          = CONTRACT_FIXED;
  c.power_w           = 400000;
  c.to_bus            = 30;
  c.shortfall_penalty = 30 * MILLION;
  return c;
}

static inline Contract ExampleGreenShare(void)
{
  Contract c = GridContract("green share");
  c.share    = 500000;
  GridSetPrice(&c, CONTRACT_PRICE_INDEXED);
  c.has_cap    = true;
  c.cap        = 74 * MILLION;
  c.precedence = 1;
  return c;
}

static inline Contract ExampleSlice(void)
{
  Contract c = GridStorageSlice("slice");
  GridSetPrice(&c, CONTRACT_PRICE_RENT);
  c.price = 0;
  c.basis = CONTRACT_RENT_ENERGY;
  c.rent  = 3 * MILLION;
  return c;
}

static inline Contract ExampleSaving(void)
{
  Contract c     = GridResponse("saving", CONTRACT_CURTAILMENT);
  c.n_conditions = 1;
  c.condition[0] = (ContractCondition){.kind = CONTRACT_PRICE_ABOVE, .bus = 30, .threshold = 70 * MILLION};
  return c;
}

#endif
