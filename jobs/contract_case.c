/* From the terms of contracts to the market's contracts. */
#include "jobs/contract_case.h"

#include <math.h>
#include <string.h>

#include "inputs/words.h"
#include "market/money.h"
#include "market/rounding.h"

/* What the names of one file's contracts are looked up in. */
typedef struct {
  Network      net;
  Participants who;
  NameIndex    participant, generator, load, storage;
  Faults       faults;
  const char  *path;
} Lookup;

static const char *const conditions[] = {"",           "time",         "price-above", "price-below",
                                         "technology", "charge-above", "charge-below"};

static ContractQuantityKind QuantityNamed(const char *name)
{
  int k = CONTRACT_FIXED;

  while (k < CONTRACT_SHIFTING && strcmp(ContractQuantityName((ContractQuantityKind)k), name) != 0) k++;
  return (ContractQuantityKind)k;
}

static ContractPriceKind PriceNamed(const char *name)
{
  int k = CONTRACT_PRICE_FIXED;

  while (k < CONTRACT_PRICE_RENT && strcmp(ContractPriceName((ContractPriceKind)k), name) != 0) k++;
  return (ContractPriceKind)k;
}

static ContractConditionKind ConditionNamed(const char *name)
{
  int k = CONTRACT_TIME;

  while (k < CONTRACT_CHARGE_BELOW && strcmp(conditions[k], name) != 0) k++;
  return (ContractConditionKind)k;
}

/* "KEY: found 'NAME', expected WHAT such as 'NEAR'". */
static PetscErrorCode Unknown(Lookup *l, PetscInt line, const char *key, const char *name, const char *what,
                              const char *near)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, line, "%s: found '%.60s', expected %s%s%.60s%s", key, name, what,
                      near ? " such as '" : "", near ? near : "", near ? "'" : ""));
  PetscFunctionReturn(0);
}

static PetscErrorCode FindParty(Lookup *l, const char *key, const char *name, PetscInt line, PetscInt *party)
{
  PetscFunctionBeginUser;
  *party = NameIndexFind(l->participant, name);
  if (*party < 0)
    PetscCall(Unknown(l, line, key, name, "the name of a participant", NearestName(name, l->who->n, l->who->name)));
  PetscFunctionReturn(0);
}

/* The row and the external number of a bus; 0 after a fault. */
static PetscErrorCode FindBus(Lookup *l, const char *name, PetscInt line, uint32_t *number)
{
  const PetscInt bus = NetworkFindBusNamed(l->net, name);

  PetscFunctionBeginUser;
  *number = bus < 0 ? 0 : (uint32_t)l->net->bus.number[bus];
  if (bus < 0)
    PetscCall(Unknown(l, line, "bus", name, "the name or number of a bus",
                      NearestName(name, l->net->bus.n, l->net->bus.name)));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckOwner(Lookup *l, PetscInt line, const char *key, const char *unit, PetscInt owner,
                                 PetscInt party, const char *role)
{
  PetscFunctionBeginUser;
  if (party >= 0 && owner != party)
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, line,
                        "%s: found '%.60s' of '%.60s', expected one of the %s, '%.60s'", key, unit, l->who->name[owner],
                        role, l->who->name[party]));
  PetscFunctionReturn(0);
}

static PetscErrorCode FindLoad(Lookup *l, const char *key, const char *name, PetscInt line, PetscInt party,
                               const char *role, PetscInt *row)
{
  PetscFunctionBeginUser;
  *row = NameIndexFind(l->load, name);
  if (*row < 0)
    PetscCall(Unknown(l, line, key, name, "the name of a load", NearestName(name, l->net->load.n, l->net->load.name)));
  else
    PetscCall(CheckOwner(l, line, key, name, l->who->of_load[*row], party, role));
  PetscFunctionReturn(0);
}

static PetscErrorCode FindStorage(Lookup *l, const char *key, const char *name, PetscInt line, PetscInt *row)
{
  PetscFunctionBeginUser;
  *row = NameIndexFind(l->storage, name);
  if (*row < 0)
    PetscCall(Unknown(l, line, key, name, "the name of a storage unit",
                      NearestName(name, l->net->storage.n, l->net->storage.name)));
  PetscFunctionReturn(0);
}

/* A generator or storage unit by its name, and by its component where that leaves a choice. */
static PetscErrorCode FindUnit(Lookup *l, const QuantityTerms *q, PetscInt seller, ContractUnit *unit, PetscInt *row)
{
  const PetscBool only_storage = q->component && !strcmp(q->component, "storage") ? PETSC_TRUE : PETSC_FALSE;
  PetscInt        g = only_storage ? -1 : NameIndexFind(l->generator, q->unit), s = NameIndexFind(l->storage, q->unit);

  PetscFunctionBeginUser;
  if (q->component && !only_storage) s = -1;
  *row = g >= 0 ? g : s;
  if (*row < 0) {
    const char *near = only_storage ? NULL : NearestName(q->unit, l->net->generator.n, l->net->generator.name);
    if (!near) near = NearestName(q->unit, l->net->storage.n, l->net->storage.name);
    PetscCall(Unknown(l, q->unit_line, "unit", q->unit, "the name of a generator or storage unit", near));
  } else if (g >= 0 && s >= 0) {
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, q->unit_line,
                        "unit: found '%.60s', which is a generator and a storage unit, expected a component too",
                        q->unit));
  } else {
    *unit = (ContractUnit){g >= 0 ? CONTRACT_GENERATOR : CONTRACT_STORAGE, EntryTextOf(q->unit)};
    PetscCall(CheckOwner(l, q->unit_line, "unit", q->unit, g >= 0 ? l->who->of_generator[g] : l->who->of_storage[s],
                         seller, "seller's"));
  }
  PetscFunctionReturn(0);
}

/* A number of the terms in millionths (`hours`: in seconds); what does not fit is a fault. */
static PetscErrorCode Round(Lookup *l, PetscReal value, const char *what, const char *unit, PetscInt line,
                            int64_t *result)
{
  MarketError error = {0};

  PetscFunctionBeginUser;
  if (RoundMillionths(value, what, unit, result, &error) != MARKET_OK)
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, line, "%s", error.text));
  PetscFunctionReturn(0);
}

/* ---- Quantity ------------------------------------------------------------------------------------------------------ */

/* The values become watts; steps from the start on beyond the validity are left out. `packed` is the caller's. */
static PetscErrorCode PutProfile(Lookup *l, const ContractTerm *term, Contract *c, uint8_t **packed)
{
  const QuantityTerms *q    = &term->quantity;
  const int64_t        step = llround(q->step_hours * 3600), length = c->end - c->start;
  const int64_t        needed = q->daily ? q->n_values : (length + step - 1) / step;
  int64_t             *watt;

  PetscFunctionBeginUser;
  if (needed > q->n_values) {
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, q->file_line ? q->file_line : q->line,
                        "file: found %" PetscInt_FMT " values of %g h, expected %lld, one for each step from `from` to "
                        "`until`",
                        q->n_values, (double)q->step_hours, (long long)needed));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(needed, &watt));
  for (int64_t k = 0; k < needed; k++) PetscCall(Round(l, q->value_mw[k], "power", "W", q->line, &watt[k]));
  PetscCall(PetscMalloc1(needed * CONTRACT_WATT_BYTES, packed));
  ContractPackProfile(watt, (size_t)needed, *packed);
  c->daily    = q->daily;
  c->step_s   = (uint32_t)step;
  c->n_values = (uint32_t)needed;
  c->value    = *packed;
  PetscCall(PetscFree(watt));
  PetscFunctionReturn(0);
}

/* A load that cannot respond is no fault, but nothing will ever be paid. */
static PetscErrorCode PutResponse(Lookup *l, const ContractTerm *term, PetscInt seller, Contract *c)
{
  const QuantityTerms *q    = &term->quantity;
  const LoadTable     *load = &l->net->load;
  PetscInt             row;

  PetscFunctionBeginUser;
  PetscCall(FindLoad(l, "load", q->load, q->load_line, seller, "seller's", &row));
  c->unit = (ContractUnit){CONTRACT_LOAD, EntryTextOf(q->load)};
  if (c->quantity == CONTRACT_SHIFTING) c->block_s = (uint32_t)llround(q->within_hours * 3600);
  if (row >= 0 && (c->quantity == CONTRACT_SHIFTING ? load->shift_max_mw[row] : load->curtail_max_pu[row]) <= 0)
    PetscCall(FaultsAdd(l->faults, FAULT_WARNING, l->path, q->load_line,
                        "load: found '%.60s', which cannot be %s in this network: the contract will not pay", q->load,
                        c->quantity == CONTRACT_SHIFTING ? "shifted" : "curtailed"));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutStorageShare(Lookup *l, const ContractTerm *term, PetscInt seller, Contract *c)
{
  const QuantityTerms *q = &term->quantity;
  PetscInt             row;

  PetscFunctionBeginUser;
  PetscCall(FindStorage(l, "storage", q->storage, q->storage_line, &row));
  c->unit = (ContractUnit){CONTRACT_STORAGE, EntryTextOf(q->storage)};
  if (row >= 0)
    PetscCall(CheckOwner(l, q->storage_line, "storage", q->storage, l->who->of_storage[row], seller, "seller's"));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutQuantity(Lookup *l, const ContractTerm *term, PetscInt seller, Contract *c, uint8_t **packed)
{
  const QuantityTerms *q = &term->quantity;
  int64_t              share;
  PetscInt             row;

  PetscFunctionBeginUser;
  c->quantity = QuantityNamed(q->kind);
  if (q->power_line && c->quantity != CONTRACT_PROFILE)
    PetscCall(Round(l, q->power_mw, "power", "W", q->power_line, &c->power_w));
  if (q->share_line) {
    PetscCall(Round(l, q->share, "share", "millionths", q->share_line, &share));
    c->share = (uint32_t)share;
  }
  if (q->unit) PetscCall(FindUnit(l, q, seller, &c->unit, &row));
  if (q->bus) PetscCall(FindBus(l, q->bus, q->bus_line, &c->from_bus));
  if (q->bus && q->unit)
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, q->bus_line,
                        "bus: found a bus and a unit, expected one place where the energy comes from"));
  if (c->quantity == CONTRACT_PROFILE) PetscCall(PutProfile(l, term, c, packed));
  if (c->quantity == CONTRACT_STORAGE_SHARE) PetscCall(PutStorageShare(l, term, seller, c));
  if (c->quantity >= CONTRACT_CURTAILMENT) PetscCall(PutResponse(l, term, seller, c));
  PetscFunctionReturn(0);
}

/* ---- Price --------------------------------------------------------------------------------------------------------- */

static PetscErrorCode PutRent(Lookup *l, const PriceTerms *p, Contract *c)
{
  PetscFunctionBeginUser;
  c->basis = p->mwh_hour_line ? CONTRACT_RENT_ENERGY : CONTRACT_RENT_POWER;
  if (p->mwh_hour_line)
    PetscCall(Round(l, p->per_mwh_hour, "rent", "millionths", p->mwh_hour_line, &c->rent));
  else
    PetscCall(Round(l, p->per_mw_hour, "rent", "millionths", p->mw_hour_line, &c->rent));
  /* Whoever rents a slice of a storage unit has its energy, for nothing unless a price is given. */
  c->has_energy = p->energy_line || c->quantity == CONTRACT_STORAGE_SHARE;
  if (p->energy_line) PetscCall(Round(l, p->energy_price, "energy_price", "millionths", p->energy_line, &c->price));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutPrice(Lookup *l, const PriceTerms *p, Contract *c)
{
  PetscFunctionBeginUser;
  c->price_kind = PriceNamed(p->kind);
  if (p->bus) PetscCall(FindBus(l, p->bus, p->bus_line, &c->price_bus));
  PetscCall(Round(l, p->strike_line ? p->strike : p->price, "price", "millionths per MWh", p->line, &c->price));
  PetscCall(Round(l, p->factor, "factor", "millionths", p->line, &c->factor));
  PetscCall(Round(l, p->adder, "adder", "millionths per MWh", p->line, &c->adder));
  PetscCall(Round(l, p->cap, "cap", "millionths per MWh", p->line, &c->cap));
  PetscCall(Round(l, p->floor, "floor", "millionths per MWh", p->line, &c->floor));
  PetscCall(Round(l, p->minimum_mwh, "minimum_mwh", "Wh", p->line, &c->minimum_wh));
  c->has_cap   = p->cap_line > 0;
  c->has_floor = p->floor_line > 0;
  c->protects  = !strcmp(p->protects, "seller")  ? CONTRACT_PROTECTS_SELLER
                 : !strcmp(p->protects, "buyer") ? CONTRACT_PROTECTS_BUYER
                                                 : CONTRACT_PROTECTS_BOTH;
  c->per       = strcmp(p->per, "contract") ? CONTRACT_PER_WINDOW : CONTRACT_PER_CONTRACT;
  if (c->price_kind == CONTRACT_PRICE_RENT) PetscCall(PutRent(l, p, c));
  PetscFunctionReturn(0);
}

/* A rent counts the rated power or the capacity of the unit: it must have one. */
static PetscErrorCode CheckRated(Lookup *l, const ContractTerm *term, const Contract *c)
{
  const PetscBool share = c->quantity == CONTRACT_UNIT_SHARE || c->quantity == CONTRACT_STORAGE_SHARE;
  PetscInt        g, s;
  PetscReal       rated = 0;

  PetscFunctionBeginUser;
  if (!share || c->price_kind != CONTRACT_PRICE_RENT || !c->unit.kind) PetscFunctionReturn(0);
  g = c->unit.kind == CONTRACT_GENERATOR ? NameIndexFind(l->generator, c->unit.name.bytes) : -1;
  s = c->unit.kind == CONTRACT_STORAGE ? NameIndexFind(l->storage, c->unit.name.bytes) : -1;
  if (g >= 0) rated = l->net->generator.p_max_mw[g];
  if (s >= 0)
    rated = c->basis == CONTRACT_RENT_ENERGY ? l->net->storage.e_max_mwh[s] : l->net->storage.p_discharge_max_mw[s];
  if (!(rated >= 0 && rated < PETSC_INFINITY))
    PetscCall(
        FaultsAdd(l->faults, FAULT_ERROR, l->path, term->price.line,
                  "price: found a rent for a share of '%.60s', which has no rated power or capacity, expected one "
                  "that has",
                  c->unit.name.bytes));
  PetscFunctionReturn(0);
}

/* The power of a contract that states one: the largest of a profile; 0 for shares. W. */
static int64_t LargestPower(const Contract *c)
{
  int64_t largest = c->quantity == CONTRACT_UNIT_SHARE || c->quantity == CONTRACT_STORAGE_SHARE ? 0 : c->power_w;

  for (uint32_t k = 0; c->quantity == CONTRACT_PROFILE && k < c->n_values; k++) {
    int64_t watt = 0;
    for (int b = 0; b < CONTRACT_WATT_BYTES; b++) watt = watt << 8 | c->value[(size_t)k * CONTRACT_WATT_BYTES + b];
    if (watt > largest) largest = watt;
  }
  return largest;
}

/* What an interval costs must fit an int64; what follows a market's price is known only when that is. */
static PetscErrorCode CheckMoney(Lookup *l, const ContractTerm *term, const Contract *c)
{
  const PetscReal wh      = (PetscReal)LargestPower(c) * PetscMax(l->net->series.step_hours, 1);
  const int64_t   price[] = {c->price, c->rent, c->shortfall_penalty, c->adder};

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof price / sizeof *price; k++)
    if (PetscAbsReal((PetscReal)price[k]) * wh / MONEY_PER_UNIT > (PetscReal)(INT64_MAX / 2)) {
      PetscCall(FaultsAdd(
          l->faults, FAULT_ERROR, l->path, term->price.line,
          "price: found %g per MWh for %g MWh in an interval, whose product overflows; expected at most "
          "%g in the currency",
          (PetscReal)price[k] / MONEY_PER_UNIT, wh / ENERGY_WH_PER_MWH, (PetscReal)(INT64_MAX / 2) / MONEY_PER_UNIT));
      break;
    }
  PetscFunctionReturn(0);
}

/* ---- Delivery and conditions --------------------------------------------------------------------------------------- */

/* The bus of the buyer's assets among n; whether they stand at several. */
static void SeeBuses(PetscInt n, const PetscInt *owner, const PetscInt *at, PetscInt buyer, PetscInt *bus,
                     PetscBool *several)
{
  for (PetscInt k = 0; k < n; k++) {
    if (owner[k] != buyer) continue;
    if (*bus >= 0 && *bus != at[k]) *several = PETSC_TRUE;
    *bus = at[k];
  }
}

/* The one load of the buyer; otherwise the one bus of everything that is the buyer's. */
static PetscErrorCode DefaultDelivery(Lookup *l, PetscInt buyer, PetscInt line, Contract *c)
{
  Network   net   = l->net;
  PetscInt  loads = 0, only = -1, bus = -1;
  PetscBool several = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < net->load.n; k++)
    if (l->who->of_load[k] == buyer) {
      only = k;
      loads++;
    }
  if (loads == 1) {
    c->to_load = EntryTextOf(net->load.name[only]);
    c->to_bus  = (uint32_t)net->bus.number[net->load.bus[only]];
    PetscFunctionReturn(0);
  }
  SeeBuses(net->load.n, l->who->of_load, net->load.bus, buyer, &bus, &several);
  SeeBuses(net->generator.n, l->who->of_generator, net->generator.bus, buyer, &bus, &several);
  SeeBuses(net->storage.n, l->who->of_storage, net->storage.bus, buyer, &bus, &several);
  if (several || bus < 0)
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, line,
                        "contract: found no delivery, expected the load or the bus of the buyer who has several"));
  else
    c->to_bus = (uint32_t)net->bus.number[bus];
  PetscFunctionReturn(0);
}

static PetscErrorCode PutDelivery(Lookup *l, const ContractTerm *term, PetscInt buyer, Contract *c)
{
  PetscInt row;

  PetscFunctionBeginUser;
  if (!ContractDelivers(c)) {
    if (term->delivery_line)
      PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, term->delivery_line,
                          "delivery: found one, expected none of a contract that hands over no energy"));
    if (term->quantity.bus)
      PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, term->quantity.bus_line,
                          "bus: found one, expected none of a contract that hands over no energy"));
    PetscFunctionReturn(0);
  }
  if (term->delivery_load) {
    PetscCall(FindLoad(l, "delivery", term->delivery_load, term->delivery_line, buyer, "buyer's", &row));
    c->to_load = EntryTextOf(term->delivery_load);
    if (row >= 0) c->to_bus = (uint32_t)l->net->bus.number[l->net->load.bus[row]];
  } else if (term->delivery_bus) {
    PetscCall(FindBus(l, term->delivery_bus, term->delivery_line, &c->to_bus));
  } else if (buyer >= 0) {
    PetscCall(DefaultDelivery(l, buyer, term->line, c));
  }
  if (c->unit.kind == CONTRACT_NO_UNIT && !term->quantity.bus && !term->quantity.unit && !term->quantity.storage)
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, term->quantity.line,
                        "quantity: found neither a unit nor a bus, expected one where the energy comes from"));
  PetscFunctionReturn(0);
}

static const char *TechnologyOf(Lookup *l, const ContractUnit *unit)
{
  const NameIndex index = unit->kind == CONTRACT_GENERATOR ? l->generator : l->storage;
  const PetscInt  row   = unit->kind ? NameIndexFind(index, unit->name.bytes) : -1;

  if (row < 0) return NULL;
  return unit->kind == CONTRACT_GENERATOR ? l->net->generator.technology[row] : l->net->storage.technology[row];
}

static PetscErrorCode PutTechnology(Lookup *l, const ConditionTerms *t, const Contract *c, ContractCondition *k)
{
  const char *has = TechnologyOf(l, &c->unit);

  PetscFunctionBeginUser;
  k->name = EntryTextOf(t->technology);
  if (has && strcmp(has, t->technology))
    PetscCall(FaultsAdd(l->faults, FAULT_WARNING, l->path, t->technology_line,
                        "technology: found '%.60s', but the unit's is '%.60s': the contract will not deliver",
                        t->technology, has));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutCharge(Lookup *l, const ConditionTerms *t, ContractCondition *k)
{
  PetscInt row;

  PetscFunctionBeginUser;
  k->name = EntryTextOf(t->storage);
  PetscCall(Round(l, t->share, "share", "millionths", t->share_line, &k->threshold));
  PetscCall(FindStorage(l, "conditions", t->storage, t->storage_line, &row));
  if (row >= 0 && !(l->net->storage.e_max_mwh[row] > 0 && l->net->storage.e_max_mwh[row] < PETSC_INFINITY))
    PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, t->storage_line,
                        "conditions: found '%.60s', which has no capacity, expected a storage unit that has",
                        t->storage));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutCondition(Lookup *l, const ConditionTerms *t, const Contract *c, ContractCondition *k)
{
  PetscFunctionBeginUser;
  k->kind     = ConditionNamed(t->kind);
  k->from_s   = (uint32_t)t->from_s;
  k->until_s  = (uint32_t)t->until_s;
  k->weekdays = (uint8_t)t->weekdays;
  if (t->bus) PetscCall(FindBus(l, t->bus, t->bus_line, &k->bus));
  if (t->price_line) PetscCall(Round(l, t->price, "price", "millionths per MWh", t->price_line, &k->threshold));
  if (t->technology) PetscCall(PutTechnology(l, t, c, k));
  if (t->storage) PetscCall(PutCharge(l, t, k));
  PetscFunctionReturn(0);
}

/* ---- Contracts ----------------------------------------------------------------------------------------------------- */

/* Encodes and deploys; what is still wrong is said at the contract's first line. */
static PetscErrorCode Deploy(Lookup *l, const ContractTerm *term, const Contract *c, Contracts contracts)
{
  MarketBytes  bytes  = {0};
  MarketError  error  = {0};
  MarketStatus status = ContractEncode(c, &bytes, &error);

  PetscFunctionBeginUser;
  if (status == MARKET_OK) status = ContractsAdd(contracts, bytes.data, bytes.size, &error);
  MarketBytesFree(&bytes);
  PetscCheck(status != MARKET_NO_MEMORY, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for contracts");
  if (status != MARKET_OK) PetscCall(FaultsAdd(l->faults, FAULT_ERROR, l->path, term->line, "%s", error.text));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddContract(Lookup *l, const ContractTerm *term, Contracts contracts)
{
  const PetscInt before = FaultsErrorCount(l->faults);
  Contract       c      = {.name       = EntryTextOf(term->name),
                           .seller     = EntryTextOf(term->seller),
                           .buyer      = EntryTextOf(term->buyer),
                           .start      = term->from,
                           .end        = term->until,
                           .precedence = (uint32_t)term->precedence};
  uint8_t       *packed = NULL;
  PetscInt       seller, buyer;

  PetscFunctionBeginUser;
  PetscCall(FindParty(l, "seller", term->seller, term->seller_line, &seller));
  PetscCall(FindParty(l, "buyer", term->buyer, term->buyer_line, &buyer));
  PetscCall(PutQuantity(l, term, seller, &c, &packed));
  PetscCall(PutPrice(l, &term->price, &c));
  PetscCall(CheckRated(l, term, &c));
  PetscCall(PutDelivery(l, term, buyer, &c));
  PetscCall(Round(l, term->shortfall_penalty, "shortfall_penalty", "millionths per MWh", term->penalty_line,
                  &c.shortfall_penalty));
  PetscCall(CheckMoney(l, term, &c));
  c.n_conditions = (uint8_t)term->n_conditions;
  for (PetscInt k = 0; k < term->n_conditions; k++)
    PetscCall(PutCondition(l, &term->condition[k], &c, &c.condition[k]));
  if (FaultsErrorCount(l->faults) == before) PetscCall(Deploy(l, term, &c, contracts));
  PetscCall(PetscFree(packed));
  PetscFunctionReturn(0);
}

PetscErrorCode ContractCaseCreate(PetscInt n, const ContractTerms *terms, Network net, Participants participants,
                                  Faults faults, Contracts *contracts)
{
  const PetscInt before = FaultsErrorCount(faults);
  Lookup         lookup = {.net = net, .who = participants, .faults = faults};

  PetscFunctionBeginUser;
  PetscCheck(ContractsCreate(contracts, NULL) == MARKET_OK, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for contracts");
  PetscCall(NameIndexCreate(participants->n, participants->name, &lookup.participant));
  PetscCall(NameIndexCreate(net->generator.n, net->generator.name, &lookup.generator));
  PetscCall(NameIndexCreate(net->load.n, net->load.name, &lookup.load));
  PetscCall(NameIndexCreate(net->storage.n, net->storage.name, &lookup.storage));
  for (PetscInt f = 0; f < n; f++) {
    lookup.path = terms[f]->path;
    for (PetscInt k = 0; k < terms[f]->n; k++) PetscCall(AddContract(&lookup, &terms[f]->contract[k], *contracts));
  }
  PetscCall(NameIndexDestroy(&lookup.participant));
  PetscCall(NameIndexDestroy(&lookup.generator));
  PetscCall(NameIndexDestroy(&lookup.load));
  PetscCall(NameIndexDestroy(&lookup.storage));
  if (FaultsErrorCount(faults) > before) ContractsDestroy(contracts);
  PetscFunctionReturn(0);
}
