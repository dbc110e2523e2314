/* What came of a window's market, for the result store: deliveries, contracts, certificates, carbon. */
#include <stdlib.h>
#include <string.h>

#include "jobs/market_case.h"
#include "jobs/results.h"

static char *TextOf(EntryText text)
{
  return strndup(text.bytes, text.length);
}

static PetscErrorCode FreeTexts(size_t n, char **text)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < n; k++) free(text[k]);
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}

/* ---- Deliveries --------------------------------------------------------------------------------------------------- */

/* A number of each delivery. */
typedef int64_t (*DeliveryNumber)(Facts facts, const Delivery *delivery);

static int64_t StartOf(Facts facts, const Delivery *delivery)
{
  return facts->window_start + (int64_t)delivery->interval * facts->interval_seconds;
}

static int64_t EnergyOf(Facts facts, const Delivery *delivery)
{
  (void)facts;
  return delivery->wh;
}

static int64_t ReceivedOf(Facts facts, const Delivery *delivery)
{
  (void)facts;
  return delivery->seller_price;
}

static int64_t PaidOf(Facts facts, const Delivery *delivery)
{
  (void)facts;
  return delivery->buyer_price;
}

static PetscErrorCode AddDeliveryNumber(const Window *window, const char *name, const char *unit, const char *meaning,
                                        DeliveryNumber number, Dataset ds)
{
  const Deliveries *list = &window->outcome.deliveries;
  int64_t          *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(list->n + 1, &value));
  for (size_t k = 0; k < list->n; k++) value[k] = number(window->inputs.facts, &list->delivery[k]);
  PetscCall(DatasetAddInteger(ds, name, "delivery", unit, meaning, value));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

/* A text of each delivery. */
typedef EntryText (*DeliveryWord)(Facts facts, const Delivery *delivery);

static EntryText SellerOf(Facts facts, const Delivery *delivery)
{
  return facts->participant[delivery->seller];
}

static EntryText BuyerOf(Facts facts, const Delivery *delivery)
{
  return facts->participant[delivery->buyer];
}

static EntryText KindOf(Facts facts, const Delivery *delivery)
{
  (void)facts;
  return EntryTextOf(SettlementKindName(delivery->kind));
}

static EntryText DetailOf(Facts facts, const Delivery *delivery)
{
  (void)facts;
  return delivery->detail;
}

static PetscErrorCode AddDeliveryWord(const Window *window, const char *name, const char *meaning, DeliveryWord word,
                                      Dataset ds)
{
  const Deliveries *list = &window->outcome.deliveries;
  char            **text;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(list->n + 1, &text));
  for (size_t k = 0; k < list->n; k++) text[k] = TextOf(word(window->inputs.facts, &list->delivery[k]));
  PetscCall(DatasetAddText(ds, name, "delivery", meaning, text));
  PetscCall(FreeTexts(list->n, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddDeliveries(const Window *window, const char *currency, Dataset ds)
{
  char price[80];

  PetscFunctionBeginUser;
  snprintf(price, sizeof price, "1e-6 %.40s/MWh", currency);
  PetscCall(DatasetAddDimension(ds, "delivery", (PetscInt)window->outcome.deliveries.n));
  PetscCall(
      AddDeliveryNumber(window, "delivery_time", "seconds since 1970-01-01", "start of the interval", StartOf, ds));
  PetscCall(AddDeliveryWord(window, "delivery_kind", "trade or contract energy", KindOf, ds));
  PetscCall(AddDeliveryWord(window, "delivery_seller", "participant who sells", SellerOf, ds));
  PetscCall(AddDeliveryWord(window, "delivery_buyer", "participant who buys", BuyerOf, ds));
  PetscCall(AddDeliveryWord(window, "delivery_of", "unit, order or contract", DetailOf, ds));
  PetscCall(AddDeliveryNumber(window, "delivery_energy", "Wh", "energy sold", EnergyOf, ds));
  PetscCall(AddDeliveryNumber(window, "delivery_price_received", price, "what the seller receives", ReceivedOf, ds));
  PetscCall(AddDeliveryNumber(window, "delivery_price_paid", price, "what the buyer pays", PaidOf, ds));
  PetscFunctionReturn(0);
}

/* ---- Contracts ---------------------------------------------------------------------------------------------------- */

static PetscInt ContractWith(Contracts contracts, const uint8_t hash[32])
{
  for (size_t k = 0; k < ContractsCount(contracts); k++)
    if (!memcmp(ContractsHash(contracts, k), hash, 32)) return (PetscInt)k;
  return -1;
}

/* What the seller of each contract delivered and received under it in the window. */
static void SumContracts(const Window *window, int64_t *energy, int64_t *amount)
{
  Facts     facts     = window->inputs.facts;
  Contracts contracts = window->inputs.contracts;

  for (size_t k = 0; k < window->outcome.deliveries.n; k++) {
    const Delivery *d = &window->outcome.deliveries.delivery[k];
    PetscInt        c = d->has_reference ? ContractWith(contracts, d->reference) : -1;
    if (c >= 0) energy[c] += d->wh;
  }
  for (size_t k = 0; k < window->outcome.transfers.n; k++) {
    const Transfer *t = &window->outcome.transfers.transfer[k];
    PetscInt        c = t->has_reference ? ContractWith(contracts, t->reference) : -1;
    EntryText       seller;
    if (c < 0 || t->payee >= facts->n_participants) continue;
    seller = ContractsGet(contracts, (size_t)c)->seller;
    amount[c] += seller.length == facts->participant[t->payee].length &&
                         !memcmp(seller.bytes, facts->participant[t->payee].bytes, seller.length)
                     ? t->amount
                     : -t->amount;
  }
}

static PetscErrorCode AddContracts(const Window *window, const char *currency, Dataset ds)
{
  Contracts contracts = window->inputs.contracts;
  size_t    n         = ContractsCount(contracts);
  int64_t  *energy, *amount;
  char    **name, **seller, **buyer, unit[80];

  PetscFunctionBeginUser;
  snprintf(unit, sizeof unit, "1e-6 %.40s", currency);
  PetscCall(PetscCalloc2(n + 1, &energy, n + 1, &amount));
  PetscCall(PetscCalloc1(n + 1, &name));
  PetscCall(PetscCalloc1(n + 1, &seller));
  PetscCall(PetscCalloc1(n + 1, &buyer));
  for (size_t k = 0; k < n; k++) {
    name[k]   = TextOf(ContractsGet(contracts, k)->name);
    seller[k] = TextOf(ContractsGet(contracts, k)->seller);
    buyer[k]  = TextOf(ContractsGet(contracts, k)->buyer);
  }
  SumContracts(window, energy, amount);
  PetscCall(DatasetAddDimension(ds, "contract", (PetscInt)n));
  PetscCall(DatasetAddText(ds, "contract", "contract", "contract, in the order of their hashes", name));
  PetscCall(DatasetAddText(ds, "contract_seller", "contract", "seller", seller));
  PetscCall(DatasetAddText(ds, "contract_buyer", "contract", "buyer", buyer));
  PetscCall(DatasetAddInteger(ds, "contract_energy", "window contract", "Wh", "energy delivered", energy));
  PetscCall(DatasetAddInteger(ds, "contract_amount", "window contract", unit,
                              "what the seller received under it, net of what it paid", amount));
  PetscCall(FreeTexts(n, name));
  PetscCall(FreeTexts(n, seller));
  PetscCall(FreeTexts(n, buyer));
  PetscCall(PetscFree2(energy, amount));
  PetscFunctionReturn(0);
}

/* ---- Certificates and carbon -------------------------------------------------------------------------------------- */

static PetscErrorCode AddParticipants(Facts facts, Dataset ds)
{
  size_t n = facts->n_participants;
  char **name, **class_name;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n + 1, &name));
  PetscCall(PetscCalloc1(n + 1, &class_name));
  for (size_t k = 0; k < n; k++) {
    name[k]       = TextOf(facts->participant[k]);
    class_name[k] = TextOf(facts->participant_class[k]);
  }
  PetscCall(DatasetAddDimension(ds, "participant", (PetscInt)n));
  PetscCall(DatasetAddText(ds, "participant", "participant", "participant", name));
  PetscCall(DatasetAddText(ds, "participant_class", "participant", "its class, empty without one", class_name));
  PetscCall(FreeTexts(n, name));
  PetscCall(FreeTexts(n, class_name));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCertificates(const Window *window, Dataset ds)
{
  const GranularEvents *events = &window->outcome.events;
  const GranularTotals *t      = &events->totals;

  PetscFunctionBeginUser;
  if (!window->inputs.granular.enabled) PetscFunctionReturn(0);
  PetscCall(DatasetAddInteger(ds, "consumed_energy", "time participant", "Wh", "energy consumed", events->consumed_wh));
  PetscCall(DatasetAddInteger(ds, "matched_energy", "time participant", "Wh",
                              "of it covered by certificates of the same interval", events->matched_wh));
  PetscCall(DatasetAddInteger(ds, "certificates_issued", "window", "Wh", "for metered renewable output", &t->issued));
  PetscCall(DatasetAddInteger(ds, "certificates_cancelled", "window", "Wh", "against consumption", &t->cancelled));
  PetscCall(DatasetAddInteger(ds, "certificates_expired", "window", "Wh", "not used in their interval", &t->expired));
  PetscCall(DatasetAddInteger(ds, "certificates_lost", "window", "Wh", "with the losses of storage", &t->lost));
  PetscCall(DatasetAddInteger(ds, "certificates_stored", "window", "Wh", "in storage at the end", &t->stored));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCarbon(const Window *window, const char *currency, Dataset ds)
{
  const CarbonReport *carbon = &window->outcome.carbon;
  char                unit[80];

  PetscFunctionBeginUser;
  if (!window->inputs.carbon.enabled) PetscFunctionReturn(0);
  snprintf(unit, sizeof unit, "1e-6 %.40s", currency);
  PetscCall(DatasetAddInteger(ds, "allowances_cancelled", "window", "g", "CO2 emitted, metered", &carbon->cancelled_g));
  PetscCall(DatasetAddInteger(ds, "allowances_granted", "window", "g", "given for nothing", &carbon->granted_g));
  PetscCall(
      DatasetAddInteger(ds, "allowances_left", "window", "g", "issued under the cap and not needed", &carbon->left_g));
  PetscCall(DatasetAddInteger(ds, "allowances_exceeded", "window", "g", "emitted above the cap", &carbon->exceeded_g));
  PetscCall(DatasetAddInteger(ds, "allowances_paid", "window", unit, "paid for allowances", &carbon->paid));
  PetscCall(DatasetAddInteger(ds, "allowances_returned", "window", unit, "received for what had been granted",
                              &carbon->returned));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowAddMarket(Run run, const Window *window, Dataset ds)
{
  PetscFunctionBeginUser;
  PetscCall(AddParticipants(window->inputs.facts, ds));
  PetscCall(AddDeliveries(window, run->study->currency, ds));
  PetscCall(AddContracts(window, run->study->currency, ds));
  PetscCall(AddCertificates(window, ds));
  PetscCall(AddCarbon(window, run->study->currency, ds));
  PetscFunctionReturn(0);
}
