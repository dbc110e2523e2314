/* The key `conditions` of a contract. */
#include "inputs/contract_terms_impl.h"

#include <ctype.h>
#include <string.h>

#define CONDITIONS_MAX 16 /* that a contract's record holds */

enum { TIME, PRICE_ABOVE, PRICE_BELOW, TECHNOLOGY, CHARGE_ABOVE, CHARGE_BELOW, KINDS };

static const char *const kinds[] = {"time", "price-above", "price-below", "technology", "charge-above", "charge-below"};
static const char *const days[]  = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

#define AT(member) offsetof(ConditionTerms, member)
#define KIND                                      \
  {                                               \
    "kind", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0 \
  }
#define LATER(key)                             \
  {                                            \
    key, FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0 \
  }

static const StudyField time_fields[]  = {KIND, LATER("from"), LATER("until"), LATER("days")};
static const StudyField price_fields[] = {
    KIND,
    {"bus", FIELD_TEXT, AT(bus), 0, 0, "the name or number of a bus", {NULL}, AT(bus_line)},
    {"price", FIELD_REAL, AT(price), -1e9, 1e9, "a price from -1e9 to 1e9 per MWh", {NULL}, AT(price_line)}};
static const StudyField technology_fields[] = {
    KIND, {"technology", FIELD_TEXT, AT(technology), 0, 0, "a technology such as wind", {NULL}, AT(technology_line)}};
static const StudyField charge_fields[] = {
    KIND,
    {"storage", FIELD_TEXT, AT(storage), 0, 0, "the name of a storage unit", {NULL}, AT(storage_line)},
    {"share", FIELD_REAL, AT(share), 0, 1, "a share of the capacity from 0 to 1", {NULL}, AT(share_line)}};

/* HH:MM or HH:MM:SS, up to 24:00. */
static PetscBool ReadClock(const char *text, PetscInt *seconds)
{
  PetscInt part[3] = {0, 0, 0}, n = 0;

  for (; n < 3; n++) {
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1])) return PETSC_FALSE;
    part[n] = 10 * (text[0] - '0') + text[1] - '0';
    text += 2;
    if (!*text) break;
    if (*text++ != ':') return PETSC_FALSE;
  }
  *seconds = 3600 * part[0] + 60 * part[1] + part[2];
  return n >= 1 && n < 3 && part[1] < 60 && part[2] < 60 && *seconds <= 86400 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode ReadClockKey(StudyReader *r, YamlTree tree, const char *key, PetscInt *seconds)
{
  PetscInt at = YamlTreeFind(tree, key);

  PetscFunctionBeginUser;
  if (at < 0) PetscFunctionReturn(0);
  if (tree->child[at]->kind != YAML_TREE_SCALAR || !ReadClock(tree->child[at]->text, seconds))
    PetscCall(FieldWrong(r, key, tree->child[at], "a time of day in UTC, \"00:00\" to \"24:00\""));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDay(StudyReader *r, YamlTree value, PetscInt *weekdays)
{
  PetscFunctionBeginUser;
  for (PetscInt d = 0; value->kind == YAML_TREE_SCALAR && d < 7; d++)
    if (!strcmp(value->text, days[d])) {
      *weekdays |= (PetscInt)1 << d;
      PetscFunctionReturn(0);
    }
  PetscCall(FieldWrong(r, "days", value, "mon, tue, wed, thu, fri, sat or sun; or weekdays or weekends for all"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDays(StudyReader *r, YamlTree value, PetscInt *weekdays)
{
  PetscFunctionBeginUser;
  *weekdays = 0;
  if (value->kind == YAML_TREE_SCALAR && !strcmp(value->text, "weekdays")) {
    *weekdays = 31;
  } else if (value->kind == YAML_TREE_SCALAR && !strcmp(value->text, "weekends")) {
    *weekdays = 96;
  } else if (value->kind == YAML_TREE_SEQUENCE && value->n > 0) {
    for (PetscInt k = 0; k < value->n; k++) PetscCall(ReadDay(r, value->child[k], weekdays));
  } else {
    PetscCall(ReadDay(r, value, weekdays));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTime(StudyReader *r, YamlTree tree, ConditionTerms *c)
{
  PetscInt at = YamlTreeFind(tree, "days");

  PetscFunctionBeginUser;
  PetscCall(ReadClockKey(r, tree, "from", &c->from_s));
  PetscCall(ReadClockKey(r, tree, "until", &c->until_s));
  if (at >= 0) PetscCall(ReadDays(r, tree->child[at], &c->weekdays));
  if (c->from_s % 86400 == c->until_s % 86400 && (c->from_s || c->until_s != 86400))
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "conditions: found the same time in from and until, expected two"));
  c->from_s %= 86400;
  if (!c->until_s) c->until_s = 86400;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCondition(StudyReader *r, YamlTree tree, ConditionTerms *c)
{
  PetscInt kind;

  PetscFunctionBeginUser;
  c->line     = tree->line;
  c->until_s  = 86400;
  c->weekdays = 127;
  PetscCall(TermsReadKind(r, "conditions", tree, kinds, KINDS,
                          "time, price-above, price-below, technology, charge-above or charge-below", &kind));
  if (kind < 0) PetscFunctionReturn(0);
  PetscCall(FieldSetText(&c->kind, kinds[kind]));
  if (kind == TIME) {
    PetscCall(FieldsRead(r, "conditions", tree, time_fields, PETSC_STATIC_ARRAY_LENGTH(time_fields), c));
    PetscCall(ReadTime(r, tree, c));
  } else if (kind == TECHNOLOGY) {
    PetscCall(FieldsRead(r, "conditions", tree, technology_fields, PETSC_STATIC_ARRAY_LENGTH(technology_fields), c));
    PetscCall(FieldsRequire(r, "conditions", tree, "technology", "the technology of the unit"));
  } else if (kind < TECHNOLOGY) {
    PetscCall(FieldsRead(r, "conditions", tree, price_fields, PETSC_STATIC_ARRAY_LENGTH(price_fields), c));
    PetscCall(FieldsRequire(r, "conditions", tree, "bus", "the bus whose price counts"));
    PetscCall(FieldsRequire(r, "conditions", tree, "price", "the price to compare with"));
  } else {
    PetscCall(FieldsRead(r, "conditions", tree, charge_fields, PETSC_STATIC_ARRAY_LENGTH(charge_fields), c));
    PetscCall(FieldsRequire(r, "conditions", tree, "storage", "the storage unit"));
    PetscCall(FieldsRequire(r, "conditions", tree, "share", "the share of its capacity to compare with"));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TermsReadConditions(StudyReader *r, YamlTree tree, ContractTerm *c)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || tree->n > CONDITIONS_MAX) {
    PetscCall(FieldWrong(r, "conditions", tree, "a list of at most 16 conditions"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &c->condition));
  c->n_conditions = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(ReadCondition(r, tree->child[k], &c->condition[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode TermsDestroyConditions(ContractTerm *c)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < c->n_conditions; k++) {
    PetscCall(PetscFree(c->condition[k].kind));
    PetscCall(PetscFree(c->condition[k].bus));
    PetscCall(PetscFree(c->condition[k].technology));
    PetscCall(PetscFree(c->condition[k].storage));
  }
  PetscCall(PetscFree(c->condition));
  PetscFunctionReturn(0);
}
