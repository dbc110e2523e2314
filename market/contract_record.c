/* The contract's canonical bytes. */
#include <string.h>

#include "market/contract.h"

/* Bits of the flags of an indexed price. */
enum { HAS_CAP = 1, HAS_FLOOR = 2 };

static void PutQuantity(MarketBytes *bytes, const Contract *c)
{
  MarketPut(bytes, (uint64_t)c->quantity, 1);
  MarketPut(bytes, (uint64_t)c->unit.kind, 1);
  if (c->unit.kind) MarketPutText(bytes, c->unit.name);
  switch (c->quantity) {
  case CONTRACT_UNIT_SHARE:
  case CONTRACT_STORAGE_SHARE:
    MarketPut(bytes, c->share, 4);
    break;
  case CONTRACT_PROFILE:
    MarketPut(bytes, c->daily, 1);
    MarketPut(bytes, c->step_s, 4);
    MarketPut(bytes, c->n_values, 4);
    MarketPutRaw(bytes, c->value, (size_t)c->n_values * CONTRACT_WATT_BYTES);
    break;
  default:
    MarketPut(bytes, (uint64_t)c->power_w, CONTRACT_WATT_BYTES);
    if (c->quantity == CONTRACT_SHIFTING) MarketPut(bytes, c->block_s, 4);
  }
}

static void PutPrice(MarketBytes *bytes, const Contract *c)
{
  MarketPut(bytes, (uint64_t)c->price_kind, 1);
  switch (c->price_kind) {
  case CONTRACT_PRICE_FIXED:
    MarketPutSigned(bytes, c->price);
    break;
  case CONTRACT_PRICE_INDEXED:
    MarketPut(bytes, c->price_bus, 4);
    MarketPutSigned(bytes, c->factor);
    MarketPutSigned(bytes, c->adder);
    MarketPut(bytes, (c->has_cap ? HAS_CAP : 0) | (c->has_floor ? HAS_FLOOR : 0), 1);
    if (c->has_cap) MarketPutSigned(bytes, c->cap);
    if (c->has_floor) MarketPutSigned(bytes, c->floor);
    break;
  case CONTRACT_PRICE_DIFFERENCE:
    MarketPut(bytes, c->price_bus, 4);
    MarketPutSigned(bytes, c->price);
    MarketPut(bytes, (uint64_t)c->protects, 1);
    break;
  case CONTRACT_PRICE_TAKE_OR_PAY:
    MarketPutSigned(bytes, c->price);
    MarketPutSigned(bytes, c->minimum_wh);
    MarketPut(bytes, (uint64_t)c->per, 1);
    break;
  case CONTRACT_PRICE_RENT:
    MarketPut(bytes, (uint64_t)c->basis, 1);
    MarketPutSigned(bytes, c->rent);
    MarketPut(bytes, c->has_energy, 1);
    if (c->has_energy) MarketPutSigned(bytes, c->price);
    break;
  }
}

static void PutCondition(MarketBytes *bytes, const ContractCondition *k)
{
  MarketPut(bytes, (uint64_t)k->kind, 1);
  switch (k->kind) {
  case CONTRACT_TIME:
    MarketPut(bytes, k->from_s, 4);
    MarketPut(bytes, k->until_s, 4);
    MarketPut(bytes, k->weekdays, 1);
    break;
  case CONTRACT_PRICE_ABOVE:
  case CONTRACT_PRICE_BELOW:
    MarketPut(bytes, k->bus, 4);
    MarketPutSigned(bytes, k->threshold);
    break;
  case CONTRACT_TECHNOLOGY:
    MarketPutText(bytes, k->name);
    break;
  case CONTRACT_CHARGE_ABOVE:
  case CONTRACT_CHARGE_BELOW:
    MarketPutText(bytes, k->name);
    MarketPut(bytes, (uint64_t)k->threshold, 4);
    break;
  }
}

MarketStatus ContractEncode(const Contract *contract, MarketBytes *bytes, MarketError *error)
{
  const size_t start = bytes->size;

  MARKET_TRY(ContractValidate(contract, error));
  MarketPutHead(bytes, RECORD_CONTRACT);
  MarketPutText(bytes, contract->name);
  MarketPutText(bytes, contract->seller);
  MarketPutText(bytes, contract->buyer);
  MarketPutSigned(bytes, contract->start);
  MarketPutSigned(bytes, contract->end);
  MarketPut(bytes, contract->precedence, 4);
  MarketPutSigned(bytes, contract->shortfall_penalty);
  PutQuantity(bytes, contract);
  PutPrice(bytes, contract);
  MarketPut(bytes, contract->from_bus, 4);
  MarketPut(bytes, contract->to_bus, 4);
  MarketPutText(bytes, contract->to_load);
  MarketPut(bytes, contract->n_conditions, 1);
  for (int k = 0; k < contract->n_conditions; k++) PutCondition(bytes, &contract->condition[k]);
  MARKET_TRY(MarketBytesCheck(bytes, error));
  if (bytes->size - start <= CONTRACT_SIZE_MAX) return MARKET_OK;
  return MarketFail(error, MARKET_BAD_INPUT, "contract '%.*s': takes %zu bytes; expected at most %d",
                    (int)(contract->name.length < 80 ? contract->name.length : 80), contract->name.bytes,
                    bytes->size - start, CONTRACT_SIZE_MAX);
}

static MarketStatus TakeProfile(MarketReader *r, Contract *c)
{
  size_t n = 0;

  MARKET_TRY(MarketTakeFlag(r, "whether the profile is daily", &c->daily));
  MARKET_TRY(MarketTake32(r, "step of the profile", &c->step_s));
  MARKET_TRY(MarketTakeCount(r, CONTRACT_WATT_BYTES, "number of values", &n));
  c->n_values = (uint32_t)n;
  return MarketTakeRaw(r, n * CONTRACT_WATT_BYTES, "values of the profile", &c->value);
}

static MarketStatus TakeQuantity(MarketReader *r, Contract *c)
{
  uint64_t value = 0;

  MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_SHIFTING, "kind of quantity", &value));
  c->quantity = (ContractQuantityKind)value;
  MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_STORAGE, "kind of unit", &value));
  c->unit.kind = (ContractUnitKind)value;
  if (c->unit.kind) MARKET_TRY(MarketTakeText(r, false, "unit", &c->unit.name));
  if (c->quantity == CONTRACT_PROFILE) return TakeProfile(r, c);
  if (c->quantity == CONTRACT_UNIT_SHARE || c->quantity == CONTRACT_STORAGE_SHARE)
    return MarketTake32(r, "share", &c->share);
  MARKET_TRY(MarketTake(r, CONTRACT_WATT_BYTES, "power", &value));
  c->power_w = (int64_t)value;
  return c->quantity == CONTRACT_SHIFTING ? MarketTake32(r, "length of blocks", &c->block_s) : MARKET_OK;
}

static MarketStatus TakeIndexed(MarketReader *r, Contract *c)
{
  uint64_t flags = 0;

  MARKET_TRY(MarketTake32(r, "bus of the price", &c->price_bus));
  MARKET_TRY(MarketTakeSigned(r, "factor", &c->factor));
  MARKET_TRY(MarketTakeSigned(r, "adder", &c->adder));
  MARKET_TRY(MarketTakeUpTo(r, 1, HAS_CAP | HAS_FLOOR, "flags of the price", &flags));
  c->has_cap   = flags & HAS_CAP;
  c->has_floor = flags & HAS_FLOOR;
  if (c->has_cap) MARKET_TRY(MarketTakeSigned(r, "cap", &c->cap));
  return c->has_floor ? MarketTakeSigned(r, "floor", &c->floor) : MARKET_OK;
}

static MarketStatus TakeRent(MarketReader *r, Contract *c)
{
  bool energy = false;

  MARKET_TRY(MarketTakeFlag(r, "basis of the rent", &energy));
  c->basis = energy ? CONTRACT_RENT_ENERGY : CONTRACT_RENT_POWER;
  MARKET_TRY(MarketTakeSigned(r, "rent", &c->rent));
  MARKET_TRY(MarketTakeFlag(r, "whether energy has a price", &c->has_energy));
  return c->has_energy ? MarketTakeSigned(r, "price", &c->price) : MARKET_OK;
}

static MarketStatus TakePrice(MarketReader *r, Contract *c)
{
  uint64_t value = 0;

  MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_PRICE_RENT, "kind of price", &value));
  c->price_kind = (ContractPriceKind)value;
  switch (c->price_kind) {
  case CONTRACT_PRICE_FIXED:
    return MarketTakeSigned(r, "price", &c->price);
  case CONTRACT_PRICE_INDEXED:
    return TakeIndexed(r, c);
  case CONTRACT_PRICE_DIFFERENCE:
    MARKET_TRY(MarketTake32(r, "bus of the price", &c->price_bus));
    MARKET_TRY(MarketTakeSigned(r, "strike", &c->price));
    MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_PROTECTS_BUYER, "who is protected", &value));
    c->protects = (ContractProtection)value;
    return MARKET_OK;
  case CONTRACT_PRICE_TAKE_OR_PAY:
    MARKET_TRY(MarketTakeSigned(r, "price", &c->price));
    MARKET_TRY(MarketTakeSigned(r, "least energy", &c->minimum_wh));
    MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_PER_CONTRACT, "period of the least energy", &value));
    c->per = (ContractPeriod)value;
    return MARKET_OK;
  case CONTRACT_PRICE_RENT:
    return TakeRent(r, c);
  }
  return MARKET_OK; /* no kind at all: the contract's check says so */
}

static MarketStatus TakeCondition(MarketReader *r, ContractCondition *k)
{
  uint64_t value = 0;
  uint32_t share = 0;

  MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_CHARGE_BELOW, "kind of condition", &value));
  k->kind = (ContractConditionKind)value;
  switch (k->kind) {
  case CONTRACT_TIME:
    MARKET_TRY(MarketTake32(r, "first second of the day", &k->from_s));
    MARKET_TRY(MarketTake32(r, "last second of the day", &k->until_s));
    MARKET_TRY(MarketTakeUpTo(r, 1, 127, "days of the week", &value));
    k->weekdays = (uint8_t)value;
    return MARKET_OK;
  case CONTRACT_PRICE_ABOVE:
  case CONTRACT_PRICE_BELOW:
    MARKET_TRY(MarketTake32(r, "bus of a condition", &k->bus));
    return MarketTakeSigned(r, "threshold", &k->threshold);
  case CONTRACT_TECHNOLOGY:
    return MarketTakeText(r, false, "technology", &k->name);
  case CONTRACT_CHARGE_ABOVE:
  case CONTRACT_CHARGE_BELOW:
    MARKET_TRY(MarketTakeText(r, false, "storage unit", &k->name));
    MARKET_TRY(MarketTake32(r, "state of charge", &share));
    k->threshold = share;
    return MARKET_OK;
  }
  return MARKET_OK;
}

static MarketStatus TakeContract(MarketReader *r, Contract *c)
{
  uint64_t value = 0;

  MARKET_TRY(MarketTakeHead(r, RECORD_CONTRACT));
  MARKET_TRY(MarketTakeText(r, false, "name", &c->name));
  MARKET_TRY(MarketTakeText(r, false, "seller", &c->seller));
  MARKET_TRY(MarketTakeText(r, false, "buyer", &c->buyer));
  MARKET_TRY(MarketTakeSigned(r, "start", &c->start));
  MARKET_TRY(MarketTakeSigned(r, "end", &c->end));
  MARKET_TRY(MarketTake32(r, "precedence", &c->precedence));
  MARKET_TRY(MarketTakeSigned(r, "shortfall penalty", &c->shortfall_penalty));
  MARKET_TRY(TakeQuantity(r, c));
  MARKET_TRY(TakePrice(r, c));
  MARKET_TRY(MarketTake32(r, "bus of the energy's source", &c->from_bus));
  MARKET_TRY(MarketTake32(r, "bus of the delivery", &c->to_bus));
  MARKET_TRY(MarketTakeText(r, true, "load that takes", &c->to_load));
  MARKET_TRY(MarketTakeUpTo(r, 1, CONTRACT_CONDITIONS_MAX, "number of conditions", &value));
  c->n_conditions = (uint8_t)value;
  for (int k = 0; k < c->n_conditions; k++) MARKET_TRY(TakeCondition(r, &c->condition[k]));
  return MarketTakeEnd(r);
}

MarketStatus ContractDecode(const uint8_t *bytes, size_t size, Contract *contract, MarketError *error)
{
  MarketReader reader = {bytes, size, 0, "contract", error};
  MarketError  inner;

  memset(contract, 0, sizeof *contract);
  if (size > CONTRACT_SIZE_MAX)
    return MarketFail(error, MARKET_MALFORMED, "contract: found %zu bytes; expected at most %d", size,
                      CONTRACT_SIZE_MAX);
  MARKET_TRY(TakeContract(&reader, contract));
  if (ContractValidate(contract, &inner) == MARKET_OK) return MARKET_OK;
  return MarketFail(error, MARKET_MALFORMED, "%s", inner.text);
}
