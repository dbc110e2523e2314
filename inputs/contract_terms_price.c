/* The key `price` of a contract. */
#include "inputs/contract_terms_impl.h"

#include <string.h>

enum { FIXED, INDEXED, DIFFERENCE, TAKE_OR_PAY, RENT, KINDS };

static const char *const kinds[] = {"fixed", "indexed", "difference", "take-or-pay", "rent"};

#define PRICE_MAX 1e9
#define AT(member) offsetof(PriceTerms, member)
#define KIND                                      \
  {                                               \
    "kind", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0 \
  }
#define BUS                                                                               \
  {                                                                                       \
    "bus", FIELD_TEXT, AT(bus), 0, 0, "the name or number of a bus", {NULL}, AT(bus_line) \
  }
#define PRICE(key, member, line)                                                                             \
  {                                                                                                          \
    key, FIELD_REAL, AT(member), -PRICE_MAX, PRICE_MAX, "a price from -1e9 to 1e9 per MWh", {NULL}, AT(line) \
  }
#define RENT_OF(key, member, line, unit)                                                                      \
  {                                                                                                           \
    key, FIELD_REAL, AT(member), 0, PRICE_MAX, "a rent from 0 to 1e9 per " unit " and hour", {NULL}, AT(line) \
  }

static const StudyField fixed[]   = {KIND, PRICE("price", price, price_line)};
static const StudyField indexed[] = {
    KIND,
    BUS,
    {"factor", FIELD_REAL, AT(factor), 0, 1000, "a factor from 0 to 1000", {NULL}, 0},
    {"adder", FIELD_REAL, AT(adder), -PRICE_MAX, PRICE_MAX, "a price from -1e9 to 1e9 per MWh", {NULL}, 0},
    PRICE("cap", cap, cap_line),
    PRICE("floor", floor, floor_line)};
static const StudyField difference[] = {
    KIND,
    BUS,
    PRICE("strike", strike, strike_line),
    {"protects", FIELD_CHOICE, AT(protects), 0, 0, "both, seller or buyer", {"both", "seller", "buyer", NULL}, 0}};
static const StudyField take_or_pay[] = {
    KIND,
    PRICE("price", price, price_line),
    {"minimum_mwh",
     FIELD_REAL,
     AT(minimum_mwh),
     1e-6,
     1e9,
     "an energy above 0, at most 1e9 MWh",
     {NULL},
     AT(minimum_line)},
    {"per", FIELD_CHOICE, AT(per), 0, 0, "window or contract", {"window", "contract", NULL}, 0}};
static const StudyField rent[] = {KIND, RENT_OF("per_mw_hour", per_mw_hour, mw_hour_line, "MW"),
                                  RENT_OF("per_mwh_hour", per_mwh_hour, mwh_hour_line, "MWh of capacity"),
                                  PRICE("energy_price", energy_price, energy_line)};

static const struct {
  const StudyField *field;
  PetscInt          n;
} fields_of[] = {{fixed, PETSC_STATIC_ARRAY_LENGTH(fixed)},
                 {indexed, PETSC_STATIC_ARRAY_LENGTH(indexed)},
                 {difference, PETSC_STATIC_ARRAY_LENGTH(difference)},
                 {take_or_pay, PETSC_STATIC_ARRAY_LENGTH(take_or_pay)},
                 {rent, PETSC_STATIC_ARRAY_LENGTH(rent)}};

static PetscErrorCode CheckPrice(StudyReader *r, YamlTree tree, PetscInt kind, const PriceTerms *p)
{
  PetscFunctionBeginUser;
  if (kind == FIXED || kind == TAKE_OR_PAY) PetscCall(FieldsRequire(r, "price", tree, "price", "a price per MWh"));
  if (kind == INDEXED || kind == DIFFERENCE)
    PetscCall(FieldsRequire(r, "price", tree, "bus", "the bus whose price counts"));
  if (kind == DIFFERENCE) PetscCall(FieldsRequire(r, "price", tree, "strike", "the price agreed on"));
  if (kind == TAKE_OR_PAY) PetscCall(FieldsRequire(r, "price", tree, "minimum_mwh", "the least energy that is paid"));
  if (kind == RENT && !p->mw_hour_line == !p->mwh_hour_line)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "price: found %s, expected one of per_mw_hour and per_mwh_hour",
                        p->mw_hour_line ? "two rents" : "no rent"));
  if (p->cap_line && p->floor_line && p->floor > p->cap)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, p->floor_line,
                        "floor: found %g above the cap of %g, expected at most the cap", (double)p->floor,
                        (double)p->cap));
  PetscFunctionReturn(0);
}

PetscErrorCode TermsReadPrice(StudyReader *r, YamlTree tree, PriceTerms *p)
{
  PetscInt kind;

  PetscFunctionBeginUser;
  p->line   = tree->line;
  p->factor = 1;
  PetscCall(FieldSetText(&p->protects, "both"));
  PetscCall(FieldSetText(&p->per, "window"));
  PetscCall(TermsReadKind(r, "price", tree, kinds, KINDS, "fixed, indexed, difference, take-or-pay or rent", &kind));
  if (kind < 0) PetscFunctionReturn(0);
  PetscCall(FieldSetText(&p->kind, kinds[kind]));
  PetscCall(FieldsRead(r, "price", tree, fields_of[kind].field, fields_of[kind].n, p));
  PetscCall(CheckPrice(r, tree, kind, p));
  PetscFunctionReturn(0);
}

PetscErrorCode TermsDestroyPrice(PriceTerms *p)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(p->kind));
  PetscCall(PetscFree(p->bus));
  PetscCall(PetscFree(p->protects));
  PetscCall(PetscFree(p->per));
  PetscFunctionReturn(0);
}
