/* The section `planning` of a study: what is planned, and under which policies. */
#include "inputs/planning_impl.h"
#include "inputs/study_fields.h"
#include "inputs/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 1e15

static PetscErrorCode ReadYear(StudyReader *r, const char *key, const char *text, PetscInt line, PetscInt *year)
{
  char      *end;
  const long number = strtol(text, &end, 10);

  PetscFunctionBeginUser;
  *year = 0;
  if (end == text || *end || strspn(text, "0123456789") != strlen(text) || number < 1 || number > 9999)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, line,
                        "%s: found the year '%.20s', expected a whole number from 1 to 9999", key, text));
  else
    *year = (PetscInt)number;
  PetscFunctionReturn(0);
}

static PetscErrorCode InsertYear(YearValues *values, PetscInt year, PetscReal value, PetscInt line)
{
  PetscInt k = values->n++;

  PetscFunctionBeginUser;
  for (; k > 0 && values->year[k - 1] > year; k--) {
    values->year[k]      = values->year[k - 1];
    values->value[k]     = values->value[k - 1];
    values->year_line[k] = values->year_line[k - 1];
  }
  values->year[k]      = year;
  values->value[k]     = value;
  values->year_line[k] = line;
  PetscFunctionReturn(0);
}

/* One number, or a mapping of years to numbers from f->min to f->max. */
static PetscErrorCode ReadYearValues(StudyReader *r, const StudyField *f, YamlTree tree, YearValues *values)
{
  const PetscInt n = tree->kind == YAML_TREE_MAPPING ? tree->n : 1;
  PetscInt       year;

  PetscFunctionBeginUser;
  values->line = tree->line;
  PetscCall(PetscCalloc1(n + 1, &values->year));
  PetscCall(PetscCalloc1(n + 1, &values->value));
  PetscCall(PetscCalloc1(n + 1, &values->year_line));
  if (tree->kind == YAML_TREE_SEQUENCE || (tree->kind == YAML_TREE_MAPPING && !tree->n)) {
    PetscCall(FieldWrong(r, f->key, tree, "a number, or a mapping of years to numbers"));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < n; k++) {
    const PetscBool  mapping = tree->kind == YAML_TREE_MAPPING ? PETSC_TRUE : PETSC_FALSE;
    const YamlTree   value   = mapping ? tree->child[k] : tree;
    const PetscInt   before  = FaultsErrorCount(r->faults);
    PetscReal        number  = 0;
    const StudyField at      = {f->key, FIELD_REAL, 0, f->min, f->max, f->expected, {NULL}, 0};
    year                     = PETSC_MIN_INT;
    if (mapping) PetscCall(ReadYear(r, f->key, tree->key[k], tree->key_line[k], &year));
    PetscCall(FieldRead(r, &at, value, &number));
    for (PetscInt j = 0; j < values->n; j++)
      if (values->year[j] == year)
        PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->key_line[k],
                            "%s: found the year %" PetscInt_FMT " twice, expected it once", f->key, year));
    if (FaultsErrorCount(r->faults) == before) PetscCall(InsertYear(values, year, number, value->line));
  }
  PetscFunctionReturn(0);
}

/* A list of names without repetition. */
static PetscErrorCode ReadTexts(StudyReader *r, const char *key, YamlTree tree, PlanningTexts *texts)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FieldWrong(r, key, tree, "a list of carriers"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, &texts->text));
  PetscCall(PetscCalloc1(tree->n, &texts->line));
  for (PetscInt k = 0; k < tree->n; k++) {
    PetscBool again = PETSC_FALSE;
    if (!FieldAsText(tree->child[k]) || strchr(tree->child[k]->text, ';')) {
      PetscCall(FieldWrong(r, key, tree->child[k], "the name of a carrier, without semicolons"));
      continue;
    }
    for (PetscInt j = 0; j < texts->n; j++)
      if (!strcmp(texts->text[j], tree->child[k]->text)) again = PETSC_TRUE;
    if (again)
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->child[k]->line,
                          "%s: found '%.60s' twice, expected it once", key, tree->child[k]->text));
    texts->line[texts->n] = tree->child[k]->line;
    PetscCall(PetscStrallocpy(tree->child[k]->text, &texts->text[texts->n++]));
  }
  PetscFunctionReturn(0);
}

/* Rules -------------------------------------------------------------------------------------------------------------- */

#define RULE(member) offsetof(PlanningRule, member)
#define TECHNOLOGY                                                                                                 \
  {                                                                                                                \
    "technology", FIELD_TEXT, RULE(technology), 0, 0, "the carrier of a technology", {NULL}, RULE(technology_line) \
  }
#define REGION                                                                                  \
  {                                                                                             \
    "region", FIELD_TEXT, RULE(region), 0, 0, "the name of a region", {NULL}, RULE(region_line) \
  }
#define YEAR(key, member, at)                                             \
  {                                                                       \
    key, FIELD_INTEGER, RULE(member), 1, 9999, "a year", {NULL}, RULE(at) \
  }
#define AMOUNT(key, member)                                                        \
  {                                                                                \
    key, FIELD_REAL, RULE(member), 0, LARGE, "a capacity of at least 0", {NULL}, 0 \
  }

static const StudyField share_values  = {"share", FIELD_LATER, 0, 0, 1, "a share from 0 to 1", {NULL}, 0};
static const StudyField growth_values = {"demand_growth",           FIELD_LATER, 0, 0, 1000,
                                         "a factor from 0 to 1000", {NULL},      0};

static const StudyField target_field[] = {TECHNOLOGY, REGION, YEAR("period", period, period_line),
                                          AMOUNT("at_least", at_least), AMOUNT("at_most", at_most)};
static const StudyField ban_field[]    = {
       TECHNOLOGY, REGION, YEAR("from", from, from_line), {"use", FIELD_BOOLEAN, RULE(use), 0, 0, NULL, {NULL}, 0}};
static const StudyField subsidy_field[] = {
    TECHNOLOGY,
    REGION,
    {"share", FIELD_REAL, RULE(share), 0, 1, "a share from 0 to 1", {NULL}, 0},
    {"per_mwh", FIELD_REAL, RULE(per_mwh), 0, 1e6, "an amount per MWh from 0 to 1e6", {NULL}, 0}};
static const StudyField growth_field[] = {
    {"carrier", FIELD_TEXT, RULE(from_carrier), 0, 0, "the carrier of loads' buses", {NULL}, RULE(from_line)},
    REGION,
    {"factor", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0}};
static const StudyField electrification_field[] = {
    {"from", FIELD_TEXT, RULE(from_carrier), 0, 0, "the carrier of loads' buses", {NULL}, RULE(from_line)},
    {"to", FIELD_TEXT, RULE(to_carrier), 0, 0, "the carrier of buses", {NULL}, RULE(to_line)},
    REGION,
    {"share", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
    {"efficiency", FIELD_REAL, RULE(efficiency), 1e-3, 1000, "an efficiency from 0.001 to 1000", {NULL}, 0}};

static void RuleDefaults(PlanningRule *rule, PetscInt line)
{
  memset(rule, 0, sizeof *rule);
  rule->at_least   = -INFINITY;
  rule->at_most    = INFINITY;
  rule->efficiency = 1;
  rule->line       = line;
}

/* A list of rules with these keys, of which `required` must be there. */
static PetscErrorCode ReadRules(StudyReader *r, const char *key, YamlTree tree, const StudyField *fields, PetscInt n,
                                const char *required, const char *what, PlanningRules *rules)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, key, tree, "a list"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &rules->rule));
  for (PetscInt k = 0; k < tree->n; k++) {
    RuleDefaults(&rules->rule[k], tree->child[k]->line);
    rules->n = k + 1;
    PetscCall(FieldsRead(r, key, tree->child[k], fields, n, &rules->rule[k]));
    if (required) PetscCall(FieldsRequire(r, key, tree->child[k], required, what));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTargets(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadRules(r, "targets", tree, target_field, PETSC_STATIC_ARRAY_LENGTH(target_field), "technology",
                      "the carrier of a technology", &p->targets));
  for (PetscInt k = 0; k < p->targets.n; k++) {
    const PlanningRule *t = &p->targets.rule[k];
    if (tree->child[k]->kind != YAML_TREE_MAPPING) continue;
    if (!isfinite(t->at_least) && !isfinite(t->at_most))
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, t->line,
                          "targets: found neither 'at_least' nor 'at_most', expected one of them"));
    if (t->at_least > t->at_most)
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, t->line,
                          "targets: found at_least %g above at_most %g, expected at most that", (double)t->at_least,
                          (double)t->at_most));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadBans(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadRules(r, "bans", tree, ban_field, PETSC_STATIC_ARRAY_LENGTH(ban_field), "technology",
                      "the carrier of a technology", &p->bans));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSubsidies(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadRules(r, "subsidies", tree, subsidy_field, PETSC_STATIC_ARRAY_LENGTH(subsidy_field), "technology",
                      "the carrier of a technology", &p->subsidies));
  for (PetscInt k = 0; k < p->subsidies.n; k++)
    if (tree->child[k]->kind == YAML_TREE_MAPPING && YamlTreeFind(tree->child[k], "share") < 0 &&
        YamlTreeFind(tree->child[k], "per_mwh") < 0)
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, p->subsidies.rule[k].line,
                          "subsidies: found neither 'share' nor 'per_mwh', expected one of them"));
  PetscFunctionReturn(0);
}

/* The values by year that stand under `key` of each rule of a list. */
static PetscErrorCode ReadRuleYears(StudyReader *r, const char *where, YamlTree tree, const StudyField *f,
                                    const char *key, PlanningRules *rules)
{
  StudyField named = *f;

  PetscFunctionBeginUser;
  named.key = key;
  for (PetscInt k = 0; k < rules->n; k++) {
    const PetscInt at = YamlTreeFind(tree->child[k], key);
    if (at >= 0)
      PetscCall(ReadYearValues(r, &named, tree->child[k]->child[at], &rules->rule[k].years));
    else
      PetscCall(FieldsRequire(r, where, tree->child[k], key, f->expected));
  }
  PetscFunctionReturn(0);
}

/* One growth for all loads, or a list of growths by carrier and region. */
static PetscErrorCode ReadGrowth(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(PetscCalloc1(1, &p->demand_growth.rule));
    RuleDefaults(&p->demand_growth.rule[0], tree->line);
    p->demand_growth.n = 1;
    PetscCall(ReadYearValues(r, &growth_values, tree, &p->demand_growth.rule[0].years));
    PetscFunctionReturn(0);
  }
  PetscCall(ReadRules(r, "demand_growth", tree, growth_field, PETSC_STATIC_ARRAY_LENGTH(growth_field), NULL, NULL,
                      &p->demand_growth));
  PetscCall(ReadRuleYears(r, "demand_growth", tree, &growth_values, "factor", &p->demand_growth));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadElectrification(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadRules(r, "electrification", tree, electrification_field,
                      PETSC_STATIC_ARRAY_LENGTH(electrification_field), "from", "the carrier of loads' buses",
                      &p->electrification));
  PetscCall(ReadRuleYears(r, "electrification", tree, &share_values, "share", &p->electrification));
  for (PetscInt k = 0; k < p->electrification.n; k++) {
    const PlanningRule *e = &p->electrification.rule[k];
    PetscCall(FieldsRequire(r, "electrification", tree->child[k], "to", "the carrier of buses"));
    if (e->from_carrier && e->to_carrier && !strcmp(e->from_carrier, e->to_carrier))
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, e->to_line,
                          "electrification: found '%.60s' for both 'from' and 'to', expected two carriers",
                          e->to_carrier));
  }
  PetscFunctionReturn(0);
}

/* Margins, reserves, reliability, check --------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct _s_Planning, member)

static PetscErrorCode ReadCredits(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, "credit", tree, "a mapping from technologies to shares of their capacity from 0 to 1"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &p->credit.rule));
  for (PetscInt k = 0; k < tree->n; k++) {
    const StudyField f = {"credit", FIELD_REAL, RULE(share), 0, 1, "a share from 0 to 1", {NULL}, 0};
    RuleDefaults(&p->credit.rule[k], tree->key_line[k]);
    p->credit.rule[k].technology_line = tree->key_line[k];
    p->credit.n                       = k + 1;
    PetscCall(PetscStrallocpy(tree->key[k], &p->credit.rule[k].technology));
    PetscCall(FieldRead(r, &f, tree->child[k], &p->credit.rule[k]));
  }
  PetscFunctionReturn(0);
}

/* Reads `scope` of a mapping: whether it is the study; otherwise each region. */
static PetscErrorCode ReadScope(StudyReader *r, YamlTree tree, PetscBool *study)
{
  const StudyField f     = {"scope", FIELD_CHOICE, 0, 0, 0, "region or study", {"region", "study", NULL}, 0};
  const PetscInt   at    = YamlTreeFind(tree, "scope");
  char            *scope = NULL;

  PetscFunctionBeginUser;
  if (at < 0) PetscFunctionReturn(0);
  PetscCall(FieldRead(r, &f, tree->child[at], &scope));
  *study = scope && !strcmp(scope, "study") ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscFree(scope));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadMargin(StudyReader *r, YamlTree tree, Planning p)
{
  static const StudyField fields[] = {
      {"margin", FIELD_REAL, AT(reserve_margin), -1, 10, "a share of the peak from -1 to 10", {NULL}, 0},
      {"scope", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"credit", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
  const PetscInt credit = YamlTreeFind(tree, "credit");

  PetscFunctionBeginUser;
  p->reserve_margin_line = tree->line;
  if (tree->kind == YAML_TREE_SCALAR) {
    StudyField f = fields[0];
    f.key        = "reserve_margin";
    PetscCall(FieldRead(r, &f, tree, p));
    PetscFunctionReturn(0);
  }
  PetscCall(FieldsRead(r, "reserve_margin", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), p));
  PetscCall(FieldsRequire(r, "reserve_margin", tree, "margin", fields[0].expected));
  PetscCall(ReadScope(r, tree, &p->reserve_margin_study));
  if (credit >= 0) PetscCall(ReadCredits(r, tree->child[credit], p));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadReserve(StudyReader *r, YamlTree tree, Planning p)
{
  static const StudyField fields[] = {
      {"share_of_load", FIELD_REAL, AT(reserve_share_of_load), 0, 1, "a share from 0 to 1", {NULL}, 0},
      {"share_of_renewables", FIELD_REAL, AT(reserve_share_of_renewables), 0, 1, "a share from 0 to 1", {NULL}, 0},
      {"scope", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"shortage_price", FIELD_REAL, AT(reserve_shortage_price), 0, 1e9, "a price per MWh from 0 to 1e9", {NULL}, 0},
  };

  PetscFunctionBeginUser;
  p->operating_reserve_line = tree->line;
  PetscCall(FieldsRead(r, "operating_reserve", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), p));
  PetscCall(ReadScope(r, tree, &p->reserve_study));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadReliability(StudyReader *r, YamlTree tree, Planning p)
{
  static const StudyField fields[] = {
      {"years",
       FIELD_INTEGER,
       AT(reliability_years),
       1,
       1000000,
       "a whole number of years from 1 to 1000000",
       {NULL},
       0},
      {"seed", FIELD_INTEGER, AT(reliability_seed), 0, 2147483647, "a whole number from 0 to 2147483647", {NULL}, 0},
      {"hours", FIELD_INTEGER, AT(reliability_hours), 1, 8784, "a whole number of hours from 1 to 8784", {NULL}, 0},
  };

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "reliability", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), p));
  PetscCall(FieldsRequire(r, "reliability", tree, "years", fields[0].expected));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCheckHours(StudyReader *r, YamlTree tree, Planning p)
{
  static const char *const known[] = {"peak", "lowest-inertia", "highest-renewable", "typical", NULL};
  static const char *const all     = "a list of peak, lowest-inertia, highest-renewable and typical";

  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FieldWrong(r, "hours", tree, all));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, &p->check_hour));
  for (PetscInt k = 0; k < tree->n; k++) {
    const YamlTree t = tree->child[k];
    PetscInt       i = 0;
    while (known[i] && (t->kind != YAML_TREE_SCALAR || strcmp(known[i], t->text) != 0)) i++;
    if (!known[i]) {
      const char *near = t->kind == YAML_TREE_SCALAR ? NearestWord(t->text, known) : NULL;
      PetscCall(FieldWrong(r, "hours", t, near ? near : all));
      continue;
    }
    PetscCall(PetscStrallocpy(known[i], &p->check_hour[p->n_check_hours++]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCheck(StudyReader *r, YamlTree tree, Planning p)
{
  static const StudyField fields[] = {
      {"hours", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"rounds", FIELD_INTEGER, AT(check_rounds), 0, 20, "a whole number of rounds from 0 to 20", {NULL}, 0},
      {"stability", FIELD_BOOLEAN, AT(check_stability), 0, 0, NULL, {NULL}, 0},
  };
  const PetscInt hours = YamlTreeFind(tree, "hours");

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "check", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), p));
  PetscCall(FieldsRequire(r, "check", tree, "hours", "a list of hours to check"));
  if (hours >= 0) PetscCall(ReadCheckHours(r, tree->child[hours], p));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadPeriods(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FieldWrong(r, "periods", tree, "a list of years"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, &p->period));
  PetscCall(PetscCalloc1(tree->n, &p->period_line));
  for (PetscInt k = 0; k < tree->n; k++) {
    const YamlTree t    = tree->child[k];
    PetscInt       year = 0;
    PetscCall(ReadYear(r, "periods", t->kind == YAML_TREE_SCALAR ? t->text : "?", t->line, &year));
    if (year && p->n_periods && year <= p->period[p->n_periods - 1])
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, t->line,
                          "periods: found %" PetscInt_FMT " after %" PetscInt_FMT ", expected ascending years", year,
                          p->period[p->n_periods - 1]));
    p->period[p->n_periods]        = year;
    p->period_line[p->n_periods++] = t->line;
  }
  PetscFunctionReturn(0);
}

/* The section --------------------------------------------------------------------------------------------------------- */

#define LATER(key)                             \
  {                                            \
    key, FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0 \
  }

static const StudyField planning_field[] = {
    {"currency", FIELD_TEXT, AT(currency), 0, 0, "a currency code such as EUR", {NULL}, AT(currency_line)},
    LATER("periods"),
    {"discount_rate", FIELD_REAL, AT(discount_rate), 0, 1, "a rate from 0 to 1", {NULL}, AT(discount_line)},
    {"value_of_lost_load", FIELD_REAL, AT(value_of_lost_load), 0, 1e9, "a price per MWh from 0 to 1e9", {NULL}, 0},
    LATER("carbon_price"),
    LATER("carbon_cap"),
    {"carbon_budget",
     FIELD_REAL,
     AT(carbon_budget),
     -LARGE,
     LARGE,
     "a number of tonnes",
     {NULL},
     AT(carbon_budget_line)},
    LATER("renewable_share"),
    LATER("clean_share"),
    LATER("renewable"),
    LATER("clean"),
    LATER("reserve_margin"),
    LATER("operating_reserve"),
    LATER("targets"),
    LATER("bans"),
    LATER("subsidies"),
    LATER("demand_growth"),
    LATER("electrification"),
    {"peer_to_peer", FIELD_BOOLEAN, AT(peer_to_peer), 0, 0, NULL, {NULL}, 0},
    {"region", FIELD_TEXT, AT(region), 0, 0, "a column of the buses", {NULL}, AT(region_line)},
    LATER("reliability"),
    LATER("check"),
};

static PetscErrorCode ReadYearKeys(StudyReader *r, YamlTree tree, Planning p)
{
  const StudyField fields[] = {
      {"carbon_price", FIELD_LATER, AT(carbon_price), 0, 1e6, "a price per tonne from 0 to 1000000", {NULL}, 0},
      {"carbon_cap", FIELD_LATER, AT(carbon_cap), -LARGE, LARGE, "a number of tonnes a year", {NULL}, 0},
      {"renewable_share", FIELD_LATER, AT(renewable_share), 0, 10, "a share of at least 0", {NULL}, 0},
      {"clean_share", FIELD_LATER, AT(clean_share), 0, 10, "a share of at least 0", {NULL}, 0},
  };

  PetscFunctionBeginUser;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(fields); k++) {
    const PetscInt at = YamlTreeFind(tree, fields[k].key);
    if (at >= 0)
      PetscCall(ReadYearValues(r, &fields[k], tree->child[at], (YearValues *)((char *)p + fields[k].offset)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRenewable(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadTexts(r, "renewable", tree, &p->renewable));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadClean(StudyReader *r, YamlTree tree, Planning p)
{
  PetscFunctionBeginUser;
  PetscCall(ReadTexts(r, "clean", tree, &p->clean));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadParts(StudyReader *r, YamlTree tree, Planning p)
{
  static const struct {
    const char *key;
    PetscErrorCode (*read)(StudyReader *, YamlTree, Planning);
  } part[] = {
      {"periods", ReadPeriods},
      {"renewable", ReadRenewable},
      {"clean", ReadClean},
      {"reserve_margin", ReadMargin},
      {"operating_reserve", ReadReserve},
      {"targets", ReadTargets},
      {"bans", ReadBans},
      {"subsidies", ReadSubsidies},
      {"demand_growth", ReadGrowth},
      {"electrification", ReadElectrification},
      {"reliability", ReadReliability},
      {"check", ReadCheck},
  };

  PetscFunctionBeginUser;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(part); k++) {
    const PetscInt at = YamlTreeFind(tree, part[k].key);
    if (at >= 0) PetscCall(part[k].read(r, tree->child[at], p));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadPlanning(StudyReader *r, YamlTree tree, Study study)
{
  Planning p;

  PetscFunctionBeginUser;
  if (!tree) PetscFunctionReturn(0);
  PetscCall(PlanningCreate(&study->planning));
  p       = study->planning;
  p->line = tree->line;
  PetscCall(PetscStrallocpy(r->path, &p->path));
  PetscCall(FieldSetText(&p->currency, study->currency));
  PetscCall(FieldsRead(r, "planning", tree, planning_field, PETSC_STATIC_ARRAY_LENGTH(planning_field), p));
  PetscCall(ReadYearKeys(r, tree, p));
  PetscCall(ReadParts(r, tree, p));
  if (strlen(p->currency) != 3 || strspn(p->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, p->currency_line ? p->currency_line : tree->line,
                        "currency: found '%.60s', expected a code of three capital letters such as EUR", p->currency));
  if (strcmp(study->network_format, "auto") != 0 && strcmp(study->network_format, "pypsa") != 0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "planning: found a network in the format %s, expected a PyPSA folder", study->network_format));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyNamePlanning(Study study)
{
  PetscFunctionBeginUser;
  if (study->planning) PetscCall(FieldSetText(&study->planning->policy, study->policy));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroyPlanning(Study study)
{
  PetscFunctionBeginUser;
  PetscCall(PlanningDestroy(&study->planning));
  PetscFunctionReturn(0);
}
