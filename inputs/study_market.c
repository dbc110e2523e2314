/* The sections `market` and `ledger` of a study: what is settled and how, and who must sign it. */
#include "inputs/study_fields.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define PRICE_LIMIT 1e9 /* currency per MWh or tonne: far from where prices in millionths overflow */

static PetscBool EndsIn(const char *text, const char *end)
{
  const size_t n = strlen(text), m = strlen(end);
  return n > m && !strcmp(text + n - m, end) ? PETSC_TRUE : PETSC_FALSE;
}

/* One path, or a list of them; each must end in one of `endings` (NULL: in anything). */
static PetscErrorCode ReadPaths(StudyReader *r, const char *key, YamlTree tree, const char *const *endings,
                                const char *expected, PetscInt *n, StudyPath **list)
{
  const PetscInt many = tree->kind == YAML_TREE_SEQUENCE ? tree->n : 1;

  PetscFunctionBeginUser;
  if (tree->kind == YAML_TREE_MAPPING || !many) {
    PetscCall(FieldWrong(r, key, tree, expected));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(many, list));
  for (PetscInt k = 0; k < many; k++) {
    YamlTree  value = tree->kind == YAML_TREE_SEQUENCE ? tree->child[k] : tree;
    PetscBool good  = !endings ? PETSC_TRUE : PETSC_FALSE;
    if (!FieldAsText(value)) {
      PetscCall(FieldWrong(r, key, value, expected));
      continue;
    }
    for (PetscInt e = 0; endings && endings[e]; e++)
      if (EndsIn(value->text, endings[e])) good = PETSC_TRUE;
    if (!good) PetscCall(FieldWrong(r, key, value, expected));
    (*list)[*n].line = value->line;
    PetscCall(FieldSetPath(r, value->text, &(*list)[(*n)++].path));
    for (PetscInt e = 0; e + 1 < *n; e++)
      if (!strcmp((*list)[e].path, (*list)[*n - 1].path))
        PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, value->line, "%s: found '%.60s' twice, expected it once",
                            key, value->text));
  }
  PetscFunctionReturn(0);
}

/* schedule, bids, or the names of the units that bid. */
static PetscErrorCode ReadBidding(StudyReader *r, YamlTree tree, StudyRealised *realised)
{
  static const char *const expected = "schedule, bids, or a list of the storage units that bid";

  PetscFunctionBeginUser;
  realised->storage_line = tree->line;
  if (tree->kind == YAML_TREE_SCALAR && !strcmp(tree->text, "bids")) realised->all_storage_bids = PETSC_TRUE;
  if (tree->kind == YAML_TREE_SCALAR && (!strcmp(tree->text, "bids") || !strcmp(tree->text, "schedule")))
    PetscFunctionReturn(0);
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, "storage", tree, expected));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &realised->bidding));
  for (PetscInt k = 0; k < tree->n; k++) {
    if (FieldAsText(tree->child[k]))
      PetscCall(PetscStrallocpy(tree->child[k]->text, &realised->bidding[realised->n_bidding++]));
    else
      PetscCall(FieldWrong(r, "storage", tree->child[k], expected));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRealised(StudyReader *r, YamlTree tree, StudyRealised *realised)
{
  static const StudyField fields[] = {
      {"series", FIELD_PATH, offsetof(StudyRealised, path), 0, 0, "the path of a folder", {NULL}, 0},
      {"adjust", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"storage", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
  PetscInt adjust, storage;

  PetscFunctionBeginUser;
  realised->line = tree->line;
  if (tree->kind == YAML_TREE_SCALAR) {
    if (FieldAsText(tree))
      PetscCall(FieldSetPath(r, tree->text, &realised->path));
    else
      PetscCall(FieldWrong(r, "realised", tree, "the path of a folder of series, or a mapping"));
    PetscFunctionReturn(0);
  }
  PetscCall(FieldsRead(r, "realised", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), realised));
  adjust  = YamlTreeFind(tree, "adjust");
  storage = YamlTreeFind(tree, "storage");
  if (adjust < 0) PetscCall(FieldsRequire(r, "realised", tree, "series", "a folder of series, or 'adjust'"));
  if (adjust >= 0)
    PetscCall(StudyReadAdjustments(r, tree->child[adjust], &realised->n_adjustments, &realised->adjustment));
  if (storage >= 0) PetscCall(ReadBidding(r, tree->child[storage], realised));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLocal(StudyReader *r, YamlTree tree, StudyLocal *local)
{
#define AT(member) offsetof(StudyLocal, member)
  static const StudyField fields[] = {
      {"mechanism",
       FIELD_CHOICE,
       AT(mechanism),
       0,
       0,
       "none, uniform-price, pay-as-bid, mid-market, bilateral or locational",
       {"none", "uniform-price", "pay-as-bid", "mid-market", "bilateral", "locational", NULL},
       0},
      {"price",
       FIELD_CHOICE,
       AT(price),
       0,
       0,
       "midpoint, last-accepted-offer or last-accepted-bid",
       {"midpoint", "last-accepted-offer", "last-accepted-bid", NULL},
       0},
      {"scope", FIELD_CHOICE, AT(scope), 0, 0, "region or study", {"region", "study", NULL}, 0},
      {"bids", FIELD_PATH, AT(bids_path), 0, 0, "a path", {NULL}, AT(bids_line)},
      {"demand_value", FIELD_REAL, AT(demand_value), 0, PRICE_LIMIT, "a price per MWh from 0 to 1e9", {NULL}, 0},
      {"renewable_first", FIELD_BOOLEAN, AT(renewable_first), 0, 0, NULL, {NULL}, 0},
      {"price_min",
       FIELD_REAL,
       AT(price_min),
       -PRICE_LIMIT,
       PRICE_LIMIT,
       "a price per MWh from -1e9 to 1e9",
       {NULL},
       0},
      {"price_max",
       FIELD_REAL,
       AT(price_max),
       -PRICE_LIMIT,
       PRICE_LIMIT,
       "a price per MWh from -1e9 to 1e9",
       {NULL},
       0},
      {"fee", FIELD_REAL, AT(fee), 0, PRICE_LIMIT, "a fee per MWh from 0 to 1e9", {NULL}, 0},
  };
#undef AT

  PetscFunctionBeginUser;
  local->line = tree->line;
  PetscCall(FieldsRead(r, "local", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), local));
  PetscCall(FieldsRequire(r, "local", tree, "mechanism", fields[0].expected));
  if (local->price_min > local->price_max)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "local: found price_min %g above price_max %g, expected at most that", (double)local->price_min,
                        (double)local->price_max));
  if (local->bids_path && !EndsIn(local->bids_path, ".csv"))
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, local->bids_line, "bids: found '%.80s', expected a file *.csv",
                        local->bids_path));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCertificates(StudyReader *r, YamlTree tree, StudyMarket *market)
{
  static const StudyField fields[] = {
      {"pool", FIELD_BOOLEAN, offsetof(StudyMarket, certificate_pool), 0, 0, NULL, {NULL}, 0},
  };

  PetscFunctionBeginUser;
  market->certificates = PETSC_TRUE;
  if (tree->kind == YAML_TREE_MAPPING)
    PetscCall(FieldsRead(r, "certificates", tree, fields, 1, market));
  else if (!FieldAsBoolean(tree, &market->certificates))
    PetscCall(FieldWrong(r, "certificates", tree, "true, false or a mapping with the key pool"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFree(StudyReader *r, YamlTree tree, StudyCarbon *carbon)
{
  static const StudyField field = {"free", FIELD_REAL, 0, 0, 1, "a weight from 0 to 1", {NULL}, 0};

  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, "free", tree, "a mapping from classes or participants to weights from 0 to 1"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &carbon->free));
  for (PetscInt k = 0; k < tree->n; k++) {
    StudyFree *f = &carbon->free[carbon->n_free++];
    f->line      = tree->key_line[k];
    PetscCall(PetscStrallocpy(tree->key[k], &f->name));
    PetscCall(FieldRead(r, &field, tree->child[k], &f->share));
  }
  PetscFunctionReturn(0);
}

/* A cap finds the price: a price beside it would say what nobody keeps. */
static PetscErrorCode ReadCarbon(StudyReader *r, YamlTree tree, StudyCarbon *carbon)
{
  static const StudyField fields[] = {
      {"price",
       FIELD_REAL,
       offsetof(StudyCarbon, price),
       0,
       1e6,
       "a price per tonne from 0 to 1000000",
       {NULL},
       offsetof(StudyCarbon, price_line)},
      {"cap_t",
       FIELD_REAL,
       offsetof(StudyCarbon, cap_t),
       0,
       1e12,
       "tonnes in a window, from 0 to 1e12",
       {NULL},
       offsetof(StudyCarbon, cap_line)},
      {"free_t", FIELD_REAL, offsetof(StudyCarbon, free_t), 0, 1e12, "tonnes in a window, from 0 to 1e12", {NULL}, 0},
      {"free", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
  const PetscInt free = YamlTreeFind(tree, "free");

  PetscFunctionBeginUser;
  carbon->line = tree->line;
  PetscCall(FieldsRead(r, "carbon", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), carbon));
  if (free >= 0) PetscCall(ReadFree(r, tree->child[free], carbon));
  if (carbon->price_line && carbon->cap_line)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "carbon: found both 'price' and 'cap_t', expected one of them: with a cap the price is found"));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadMarket(StudyReader *r, YamlTree tree, Study study)
{
  static const char *const endings[] = {".csv", ".yaml", ".yml", NULL};
  static const StudyField  fields[]  = {
        {"currency", FIELD_TEXT, offsetof(struct _s_Study, currency), 0, 0, "a currency code such as EUR", {NULL}, 0},
        {"realised", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
        {"contracts", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
        {"local", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
        {"certificates", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
        {"carbon", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
  StudyMarket   *market = &study->market;
  const char    *c;
  const PetscInt realised = YamlTreeFind(tree, "realised"), contracts = YamlTreeFind(tree, "contracts"),
                 local = YamlTreeFind(tree, "local"), certificates = YamlTreeFind(tree, "certificates"),
                 carbon = YamlTreeFind(tree, "carbon");

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "market", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), study));
  c = study->currency;
  if (strlen(c) != 3 || strspn(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "currency: found '%.60s', expected a code of three capital letters such as EUR", c));
  if (realised >= 0) PetscCall(ReadRealised(r, tree->child[realised], &market->realised));
  if (contracts >= 0)
    PetscCall(ReadPaths(r, "contracts", tree->child[contracts], endings, "a file *.yaml or *.csv, or a list of them",
                        &market->n_contracts, &market->contracts));
  if (local >= 0) PetscCall(ReadLocal(r, tree->child[local], &market->local));
  if (certificates >= 0) PetscCall(ReadCertificates(r, tree->child[certificates], market));
  if (carbon >= 0) PetscCall(ReadCarbon(r, tree->child[carbon], &market->carbon));
  if (!market->carbon.price_line) market->carbon.price = study->carbon_price;
  PetscFunctionReturn(0);
}

/* true: a key for every region, made where the log's key is made; or the regions' key files. */
static PetscErrorCode ReadWitnesses(StudyReader *r, YamlTree tree, StudyLedger *ledger)
{
  PetscFunctionBeginUser;
  if (FieldAsBoolean(tree, &ledger->witnesses)) PetscFunctionReturn(0);
  if (tree->kind != YAML_TREE_MAPPING || !tree->n) {
    PetscCall(FieldWrong(r, "witnesses", tree, "true, or a mapping from regions to key files"));
    PetscFunctionReturn(0);
  }
  ledger->witnesses = PETSC_TRUE;
  PetscCall(PetscCalloc1(tree->n, &ledger->witness));
  for (PetscInt k = 0; k < tree->n; k++) {
    StudyWitness *w = &ledger->witness[ledger->n_witnesses++];
    w->line         = tree->key_line[k];
    PetscCall(PetscStrallocpy(tree->key[k], &w->region));
    if (FieldAsText(tree->child[k]))
      PetscCall(FieldSetPath(r, tree->child[k]->text, &w->key_path));
    else
      PetscCall(FieldWrong(r, "witnesses", tree->child[k], "the path of a region's key file"));
    for (PetscInt j = 0; j < k && w->key_path; j++)
      if (ledger->witness[j].key_path && !strcmp(ledger->witness[j].key_path, w->key_path))
        PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, w->line,
                            "witnesses: found the key of region '%.60s' again, expected one key for each witness",
                            ledger->witness[j].region));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckQuorum(StudyReader *r, Study study)
{
  const StudyLedger *l = &study->ledger;

  PetscFunctionBeginUser;
  if (!l->quorum_line) PetscFunctionReturn(0);
  if (!l->witnesses && l->quorum > 0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, l->quorum_line,
                        "quorum: found %d without 'witnesses', expected those who sign", (int)l->quorum));
  else if (l->n_witnesses && l->quorum > l->n_witnesses)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, l->quorum_line,
                        "quorum: found %d, expected at most the %d witnesses", (int)l->quorum, (int)l->n_witnesses));
  PetscFunctionReturn(0);
}

/* A log is named by its study unless the study says otherwise. */
static PetscErrorCode SettleOrigin(StudyReader *r, YamlTree tree, Study study)
{
  const char *prefix = "archipelago.invalid/";
  size_t      length = strlen(prefix) + strlen(study->name) + 1;

  PetscFunctionBeginUser;
  if (study->ledger_origin) {
    if (strpbrk(study->ledger_origin, " +"))
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                          "origin: found '%.60s', expected a name without spaces and plus signs",
                          study->ledger_origin));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(length, &study->ledger_origin));
  snprintf(study->ledger_origin, length, "%s%s", prefix, study->name);
  for (char *c = study->ledger_origin + strlen(prefix); *c; c++)
    if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) *c = '-';
  PetscFunctionReturn(0);
}

/* `privacy` may stand at the top of the file as well. */
static PetscErrorCode SettlePrivacy(StudyReader *r, YamlTree privacy, PetscBool given, Study study)
{
  static const StudyField field = {"privacy",
                                   FIELD_CHOICE,
                                   offsetof(struct _s_Study, ledger.privacy),
                                   0,
                                   0,
                                   "public or committed",
                                   {"public", "committed", NULL},
                                   0};
  char                    inner[16];

  PetscFunctionBeginUser;
  PetscCall(PetscStrncpy(inner, study->ledger.privacy, sizeof inner));
  if (!privacy) PetscFunctionReturn(0);
  PetscCall(FieldRead(r, &field, privacy, study));
  if (given && strcmp(inner, study->ledger.privacy) != 0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, privacy->line,
                        "privacy: found '%s' here and '%s' in the section 'ledger', expected the same",
                        study->ledger.privacy, inner));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadLedger(StudyReader *r, YamlTree tree, YamlTree privacy, Study study)
{
#define AT(member) offsetof(struct _s_Study, member)
  static const StudyField fields[] = {
      {"origin", FIELD_TEXT, AT(ledger_origin), 0, 0, "a name such as example.org/archipelago/demo", {NULL}, 0},
      {"key", FIELD_PATH, AT(ledger_key_path), 0, 0, "a path", {NULL}, 0},
      {"log", FIELD_PATH, AT(ledger.log_path), 0, 0, "the path of a folder", {NULL}, 0},
      {"witnesses", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"quorum",
       FIELD_INTEGER,
       AT(ledger.quorum),
       0,
       10000,
       "a whole number of cosignatures from 0 to 10000",
       {NULL},
       AT(ledger.quorum_line)},
      {"privacy", FIELD_CHOICE, AT(ledger.privacy), 0, 0, "public or committed", {"public", "committed", NULL}, 0},
      {"secrets", FIELD_PATH, AT(ledger.secrets_path), 0, 0, "the path of a folder", {NULL}, 0},
      {"anchor", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
#undef AT
  const PetscInt witnesses = YamlTreeFind(tree, "witnesses"), anchor = YamlTreeFind(tree, "anchor");

  PetscFunctionBeginUser;
  study->ledger.quorum = -1;
  PetscCall(FieldsRead(r, "ledger", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), study));
  if (witnesses >= 0) PetscCall(ReadWitnesses(r, tree->child[witnesses], &study->ledger));
  if (anchor >= 0)
    PetscCall(ReadPaths(r, "anchor", tree->child[anchor], NULL, "a checkpoint file, or a list of them",
                        &study->ledger.n_anchors, &study->ledger.anchor));
  PetscCall(CheckQuorum(r, study));
  PetscCall(SettlePrivacy(r, privacy, YamlTreeFind(tree, "privacy") >= 0 ? PETSC_TRUE : PETSC_FALSE, study));
  PetscCall(SettleOrigin(r, tree, study));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyMarketDefaults(Study study)
{
  StudyMarket *m = &study->market;

  PetscFunctionBeginUser;
  PetscCall(FieldSetText(&study->ledger.privacy, "public"));
  PetscCall(FieldSetText(&m->local.mechanism, "none"));
  PetscCall(FieldSetText(&m->local.price, "midpoint"));
  PetscCall(FieldSetText(&m->local.scope, "region"));
  m->local.demand_value = 200;
  m->local.price_min    = -INFINITY;
  m->local.price_max    = INFINITY;
  m->carbon.cap_t       = INFINITY;
  PetscFunctionReturn(0);
}

static PetscErrorCode DestroyPaths(PetscInt n, StudyPath **list)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) PetscCall(PetscFree((*list)[k].path));
  PetscCall(PetscFree(*list));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroyMarket(Study study)
{
  StudyMarket *m      = &study->market;
  StudyLedger *l      = &study->ledger;
  char        *text[] = {m->realised.path,   m->local.mechanism, m->local.price, m->local.scope,
                         m->local.bids_path, l->log_path,        l->privacy,     l->secrets_path};

  PetscFunctionBeginUser;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(text); k++) PetscCall(PetscFree(text[k]));
  PetscCall(StudyDestroyAdjustments(m->realised.n_adjustments, &m->realised.adjustment));
  for (PetscInt k = 0; k < m->realised.n_bidding; k++) PetscCall(PetscFree(m->realised.bidding[k]));
  PetscCall(PetscFree(m->realised.bidding));
  PetscCall(DestroyPaths(m->n_contracts, &m->contracts));
  for (PetscInt k = 0; k < m->carbon.n_free; k++) PetscCall(PetscFree(m->carbon.free[k].name));
  PetscCall(PetscFree(m->carbon.free));
  for (PetscInt k = 0; k < l->n_witnesses; k++) {
    PetscCall(PetscFree(l->witness[k].region));
    PetscCall(PetscFree(l->witness[k].key_path));
  }
  PetscCall(PetscFree(l->witness));
  PetscCall(DestroyPaths(l->n_anchors, &l->anchor));
  PetscFunctionReturn(0);
}
