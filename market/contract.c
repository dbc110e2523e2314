/* What a contract may say. */
#include "market/contract.h"

#include <inttypes.h>
#include <string.h>

#include "ledger/hash.h"

/* "contract 'NAME': " of a failure, with its bare arguments. */
#define NAME_OF(contract) (int)((contract)->name.length < 80 ? (contract)->name.length : 80), (contract)->name.bytes

static MarketStatus Refuse(const Contract *contract, MarketError *error, const char *what)
{
  return MarketFail(error, MARKET_BAD_INPUT, "contract '%.*s': %s", NAME_OF(contract), what);
}

#define REQUIRE(contract, error, holds, what)           \
  do {                                                  \
    if (!(holds)) return Refuse(contract, error, what); \
  } while (0)

const char *ContractQuantityName(ContractQuantityKind kind)
{
  static const char *const name[] = {"fixed", "profile", "unit-share", "storage-share", "curtailment", "shifting"};

  return kind >= CONTRACT_FIXED && kind <= CONTRACT_SHIFTING ? name[kind - CONTRACT_FIXED] : NULL;
}

const char *ContractPriceName(ContractPriceKind kind)
{
  static const char *const name[] = {"fixed", "indexed", "difference", "take-or-pay", "rent"};

  return kind >= CONTRACT_PRICE_FIXED && kind <= CONTRACT_PRICE_RENT ? name[kind - CONTRACT_PRICE_FIXED] : NULL;
}

static bool PaysForEnergy(const Contract *contract)
{
  return contract->price_kind != CONTRACT_PRICE_RENT || contract->has_energy;
}

bool ContractDelivers(const Contract *contract)
{
  return contract->quantity <= CONTRACT_STORAGE_SHARE && contract->price_kind != CONTRACT_PRICE_DIFFERENCE &&
         PaysForEnergy(contract);
}

bool ContractDraws(const Contract *contract)
{
  return contract->unit.kind != CONTRACT_NO_UNIT && PaysForEnergy(contract);
}

static MarketStatus CheckParties(const Contract *c, MarketError *error)
{
  const EntryText   text[] = {c->name, c->seller, c->buyer};
  const char *const what[] = {"name of a contract", "seller", "buyer"};

  for (int k = 0; k < 3; k++) {
    if (text[k].length == 0)
      return k ? Refuse(c, error, "names no seller or no buyer")
               : MarketFail(error, MARKET_BAD_INPUT, "a contract without a name");
    MARKET_TRY(EntryTextCheck(text[k], what[k], error));
    REQUIRE(c, error, text[k].bytes[0] != '@', "names and parties do not begin with '@'");
  }
  REQUIRE(c, error, c->seller.length != c->buyer.length || memcmp(c->seller.bytes, c->buyer.bytes, c->seller.length),
          "seller and buyer are the same");
  REQUIRE(c, error, c->start >= 0 && c->start < c->end && c->end <= CONTRACT_TIME_MAX,
          "must start in 1970 or later, end after its start and before the year 10000");
  return MARKET_OK;
}

static int64_t WattsAt(const uint8_t *at)
{
  int64_t watt = 0;

  for (int k = 0; k < CONTRACT_WATT_BYTES; k++) watt = watt << 8 | at[k];
  return watt;
}

void ContractPackProfile(const int64_t *watt, size_t n, uint8_t *packed)
{
  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < CONTRACT_WATT_BYTES; k++)
      *packed++ = (uint8_t)((uint64_t)watt[i] >> (8 * (CONTRACT_WATT_BYTES - 1 - k)));
}

static MarketStatus CheckProfile(const Contract *c, MarketError *error)
{
  int64_t length = (int64_t)c->n_values * c->step_s;
  bool    any    = false;

  REQUIRE(c, error, c->step_s >= CONTRACT_STEP_MIN_S && c->n_values > 0,
          "a profile needs values, and steps of at least 60 s");
  for (uint32_t i = 0; i < c->n_values; i++) any = any || WattsAt(c->value + i * CONTRACT_WATT_BYTES);
  REQUIRE(c, error, any, "a profile of zeros");
  if (c->daily)
    REQUIRE(c, error, length == CONTRACT_DAY_S, "the steps of a daily profile must make up a day");
  else
    REQUIRE(c, error, length >= c->end - c->start && length - c->step_s < c->end - c->start,
            "a profile must have just as many values as the validity has steps");
  return MARKET_OK;
}

static MarketStatus CheckQuantity(const Contract *c, MarketError *error)
{
  const ContractUnitKind unit    = c->unit.kind;
  const bool             metered = unit == CONTRACT_GENERATOR || unit == CONTRACT_STORAGE;
  const bool             power = c->quantity == CONTRACT_FIXED || c->quantity >= CONTRACT_CURTAILMENT, none = !unit;

  REQUIRE(c, error, ContractQuantityName(c->quantity), "unknown kind of quantity");
  if (c->quantity <= CONTRACT_PROFILE)
    REQUIRE(c, error, metered || none, "can be delivered only by a generator or a storage unit");
  if (c->quantity == CONTRACT_UNIT_SHARE)
    REQUIRE(c, error, metered, "shares the output of a generator or a storage unit; it names none");
  if (c->quantity == CONTRACT_STORAGE_SHARE)
    REQUIRE(c, error, unit == CONTRACT_STORAGE, "shares a storage unit; it names none");
  if (c->quantity >= CONTRACT_CURTAILMENT) REQUIRE(c, error, unit == CONTRACT_LOAD, "needs the load that responds");
  if (unit) {
    REQUIRE(c, error, c->unit.name.length > 0, "names no unit");
    MARKET_TRY(EntryTextCheck(c->unit.name, "unit of a contract", error));
  }
  if (power)
    REQUIRE(c, error, c->power_w > 0 && c->power_w <= CONTRACT_WATT_MAX, "needs a power above 0, below 2^48 W");
  if (c->quantity == CONTRACT_UNIT_SHARE || c->quantity == CONTRACT_STORAGE_SHARE)
    REQUIRE(c, error, c->share > 0 && c->share <= CONTRACT_WHOLE, "needs a share above 0 and at most 1");
  if (c->quantity == CONTRACT_PROFILE) MARKET_TRY(CheckProfile(c, error));
  if (c->quantity == CONTRACT_SHIFTING)
    REQUIRE(c, error, c->block_s >= CONTRACT_STEP_MIN_S, "needs blocks of at least 60 s to shift in");
  return MARKET_OK;
}

static MarketStatus CheckRent(const Contract *c, MarketError *error)
{
  REQUIRE(c, error, c->basis <= CONTRACT_RENT_ENERGY && c->rent >= 0, "needs a rent of at least 0");
  REQUIRE(c, error, c->basis == CONTRACT_RENT_POWER || c->quantity == CONTRACT_STORAGE_SHARE,
          "only a slice of a storage unit is rented by its energy");
  REQUIRE(c, error, c->quantity != CONTRACT_STORAGE_SHARE || c->has_energy,
          "the energy of a rented slice needs a price (which may be 0)");
  return MARKET_OK;
}

static MarketStatus CheckPrice(const Contract *c, MarketError *error)
{
  const bool indexed = c->price_kind == CONTRACT_PRICE_INDEXED, difference = c->price_kind == CONTRACT_PRICE_DIFFERENCE;
  const bool take = c->price_kind == CONTRACT_PRICE_TAKE_OR_PAY, response = c->quantity >= CONTRACT_CURTAILMENT;

  REQUIRE(c, error, ContractPriceName(c->price_kind), "unknown kind of price");
  REQUIRE(c, error, !response || (!difference && !take),
          "demand response is paid by a fixed or indexed price or a rent");
  REQUIRE(c, error, c->quantity != CONTRACT_SHIFTING || !indexed,
          "shifting is paid when its block ends, at a fixed price or a rent");
  REQUIRE(c, error, c->quantity != CONTRACT_STORAGE_SHARE || !take, "a slice of a storage unit is not taken or paid");
  if (indexed || difference) REQUIRE(c, error, c->price_bus > 0, "needs the bus of its price");
  if (indexed) {
    REQUIRE(c, error, c->factor >= 0, "needs a factor of at least 0");
    REQUIRE(c, error, !c->has_cap || !c->has_floor || c->floor <= c->cap, "the floor is above the cap");
  }
  if (difference) REQUIRE(c, error, c->protects <= CONTRACT_PROTECTS_BUYER, "protects nobody there is");
  if (take) REQUIRE(c, error, c->minimum_wh > 0 && c->per <= CONTRACT_PER_CONTRACT, "needs a least energy, above 0");
  if (c->price_kind == CONTRACT_PRICE_RENT) MARKET_TRY(CheckRent(c, error));
  return MARKET_OK;
}

/* Where energy changes hands, and what is owed for what is missing. */
static MarketStatus CheckDelivery(const Contract *c, MarketError *error)
{
  const bool delivers = ContractDelivers(c);

  REQUIRE(c, error, delivers == (c->to_bus > 0),
          delivers ? "needs the bus where the buyer takes the energy" : "delivers no energy and names a bus for it");
  REQUIRE(c, error, (delivers && c->unit.kind == CONTRACT_NO_UNIT) == (c->from_bus > 0),
          c->from_bus ? "names a bus that its energy does not come from"
                      : "needs a unit or a bus that it delivers from");
  REQUIRE(c, error, delivers || c->to_load.length == 0, "delivers no energy and names a load for it");
  REQUIRE(c, error, c->price_kind != CONTRACT_PRICE_TAKE_OR_PAY || c->to_load.length > 0,
          "take-or-pay needs the load that takes");
  MARKET_TRY(EntryTextCheck(c->to_load, "load of a contract", error));
  REQUIRE(c, error, c->shortfall_penalty >= 0, "needs a shortfall penalty of at least 0");
  REQUIRE(c, error, c->shortfall_penalty == 0 || ContractDraws(c),
          "has a shortfall penalty and no unit that could fall short");
  return MARKET_OK;
}

static MarketStatus CheckCondition(const Contract *c, const ContractCondition *k, MarketError *error)
{
  const bool metered = c->unit.kind == CONTRACT_GENERATOR || c->unit.kind == CONTRACT_STORAGE;

  REQUIRE(c, error, k->kind >= CONTRACT_TIME && k->kind <= CONTRACT_CHARGE_BELOW, "unknown kind of condition");
  if (k->kind == CONTRACT_TIME)
    REQUIRE(c, error,
            k->from_s < CONTRACT_DAY_S && k->until_s > 0 && k->until_s <= CONTRACT_DAY_S && k->from_s != k->until_s &&
                k->weekdays > 0 && k->weekdays < 128,
            "needs hours of the day and days of the week");
  else if (k->kind <= CONTRACT_PRICE_BELOW)
    REQUIRE(c, error, k->bus > 0, "needs the bus of a price in its conditions");
  else
    MARKET_TRY(EntryTextCheck(k->name, "name in a condition", error));
  REQUIRE(c, error, k->kind < CONTRACT_TECHNOLOGY || k->name.length > 0, "has a condition that names nothing");
  REQUIRE(c, error, k->kind != CONTRACT_TECHNOLOGY || metered, "has no delivering unit whose technology could count");
  REQUIRE(c, error, k->kind < CONTRACT_CHARGE_ABOVE || (k->threshold >= 0 && k->threshold <= CONTRACT_WHOLE),
          "needs a state of charge from 0 to 1");
  return MARKET_OK;
}

MarketStatus ContractValidate(const Contract *contract, MarketError *error)
{
  MARKET_TRY(CheckParties(contract, error));
  MARKET_TRY(CheckQuantity(contract, error));
  MARKET_TRY(CheckPrice(contract, error));
  MARKET_TRY(CheckDelivery(contract, error));
  REQUIRE(contract, error, contract->n_conditions <= CONTRACT_CONDITIONS_MAX, "has more than 16 conditions");
  for (int k = 0; k < contract->n_conditions; k++) MARKET_TRY(CheckCondition(contract, &contract->condition[k], error));
  return MARKET_OK;
}

void ContractHash(const uint8_t *bytes, size_t size, uint8_t hash[32])
{
  LedgerHash leaf = LedgerHashLeaf(bytes, size);

  memcpy(hash, leaf.byte, sizeof leaf.byte);
}
