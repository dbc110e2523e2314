/* Files of contracts. */
#include "inputs/contract_terms_impl.h"

#include "inputs/words.h"

#include <string.h>

#define AT(member) offsetof(ContractTerm, member)

static const StudyField contract_fields[] = {
    {"name", FIELD_TEXT, AT(name), 0, 0, "a name", {NULL}, AT(name_line)},
    {"seller", FIELD_TEXT, AT(seller), 0, 0, "the name of a participant", {NULL}, AT(seller_line)},
    {"buyer", FIELD_TEXT, AT(buyer), 0, 0, "the name of a participant", {NULL}, AT(buyer_line)},
    {"from", FIELD_TIME, AT(from), 0, 0, NULL, {NULL}, AT(from_line)},
    {"until", FIELD_TIME, AT(until), 0, 0, NULL, {NULL}, AT(until_line)},
    {"quantity", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
    {"price", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
    {"delivery", FIELD_LATER, 0, 0, 0, NULL, {NULL}, AT(delivery_line)},
    {"conditions", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
    {"shortfall_penalty",
     FIELD_REAL,
     AT(shortfall_penalty),
     0,
     1e9,
     "a price from 0 to 1e9 per MWh",
     {NULL},
     AT(penalty_line)},
    {"precedence", FIELD_INTEGER, AT(precedence), 0, 1e9, "a whole number from 0 to 1e9", {NULL}, 0},
};

static const StudyField delivery_fields[] = {
    {"bus", FIELD_TEXT, AT(delivery_bus), 0, 0, "the name or number of a bus", {NULL}, 0},
    {"load", FIELD_TEXT, AT(delivery_load), 0, 0, "the name of a load", {NULL}, 0},
};

PetscErrorCode TermsReadKind(StudyReader *r, const char *where, YamlTree tree, const char *const *kinds, PetscInt n,
                             const char *expected, PetscInt *kind)
{
  const PetscInt at = YamlTreeFind(tree, "kind");
  char           key[64];

  PetscFunctionBeginUser;
  *kind = -1;
  snprintf(key, sizeof key, "%s: kind", where);
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, where, tree, "a mapping with a kind"));
    PetscFunctionReturn(0);
  }
  if (at < 0) {
    PetscCall(FieldsRequire(r, where, tree, "kind", expected));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; tree->child[at]->kind == YAML_TREE_SCALAR && k < n; k++)
    if (!strcmp(kinds[k], tree->child[at]->text)) *kind = k;
  if (*kind < 0) PetscCall(FieldWrong(r, key, tree->child[at], expected));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckContract(StudyReader *r, const ContractTerm *c)
{
  PetscFunctionBeginUser;
  if (c->seller && c->buyer && !strcmp(c->seller, c->buyer))
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, c->buyer_line,
                        "buyer: found '%.60s', who is the seller too, expected another participant", c->buyer));
  if (c->name && c->name[0] == '@')
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, c->name_line,
                        "name: found '%.60s', expected a name that does not begin with '@'", c->name));
  if (c->from_line && c->from < 0)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, c->from_line,
                        "from: found a time before 1970, expected a later one"));
  if (c->from_line && c->until_line && c->until <= c->from)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, c->until_line,
                        "until: found a time that is not after from, expected a later one"));
  if (c->delivery_line && !c->delivery_bus == !c->delivery_load)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, c->delivery_line,
                        "delivery: found %s, expected one of bus and load", c->delivery_bus ? "both" : "nothing"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadContract(MPI_Comm comm, StudyReader *r, YamlTree tree, ContractTerm *c)
{
  static const char *const required[][2] = {{"name", "the contract's name"},
                                            {"seller", "the participant who sells"},
                                            {"buyer", "the participant who buys"},
                                            {"from", "its first instant, UTC"},
                                            {"until", "the instant at which it ends, UTC"},
                                            {"quantity", "what is agreed on"},
                                            {"price", "what is paid"}};
  PetscInt                 at;

  PetscFunctionBeginUser;
  c->line = tree->line;
  PetscCall(FieldsRead(r, "contract", tree, contract_fields, PETSC_STATIC_ARRAY_LENGTH(contract_fields), c));
  if (tree->kind != YAML_TREE_MAPPING) PetscFunctionReturn(0);
  for (size_t k = 0; k < sizeof required / sizeof required[0]; k++)
    PetscCall(FieldsRequire(r, "contract", tree, required[k][0], required[k][1]));
  if ((at = YamlTreeFind(tree, "quantity")) >= 0) PetscCall(TermsReadQuantity(comm, r, tree->child[at], &c->quantity));
  if ((at = YamlTreeFind(tree, "price")) >= 0) PetscCall(TermsReadPrice(r, tree->child[at], &c->price));
  if ((at = YamlTreeFind(tree, "conditions")) >= 0) PetscCall(TermsReadConditions(r, tree->child[at], c));
  if ((at = YamlTreeFind(tree, "delivery")) >= 0)
    PetscCall(
        FieldsRead(r, "delivery", tree->child[at], delivery_fields, PETSC_STATIC_ARRAY_LENGTH(delivery_fields), c));
  PetscCall(CheckContract(r, c));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckNames(StudyReader *r, ContractTerms terms)
{
  NameIndex index;
  char    **name, none[] = "";

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(terms->n + 1, &name));
  for (PetscInt k = 0; k < terms->n; k++) name[k] = terms->contract[k].name ? terms->contract[k].name : none;
  PetscCall(NameIndexCreate(terms->n, name, &index));
  for (PetscInt k = 0; k < terms->n; k++) {
    PetscInt first = NameIndexFind(index, name[k]);
    if (!name[k][0] || first == k) continue;
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, terms->contract[k].name_line,
                        "name: found a second contract '%.60s', expected one (first at line %" PetscInt_FMT ")",
                        name[k], terms->contract[first].name_line));
  }
  PetscCall(NameIndexDestroy(&index));
  PetscCall(PetscFree(name));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadContracts(MPI_Comm comm, StudyReader *r, YamlTree tree, ContractTerms terms)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, "contracts", tree, "a list of contracts"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &terms->contract));
  terms->n = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(ReadContract(comm, r, tree->child[k], &terms->contract[k]));
  PetscCall(CheckNames(r, terms));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTree(MPI_Comm comm, const char *path, Faults faults, YamlTree *tree)
{
  const size_t length = strlen(path);
  Source      *source;

  PetscFunctionBeginUser;
  *tree = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (!source) PetscFunctionReturn(0);
  if (length >= 4 && !strcmp(path + length - 4, ".csv"))
    PetscCall(TermsTreeFromCsv(source, faults, tree));
  else
    PetscCall(YamlTreeParse(source, faults, tree));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

PetscErrorCode ContractTermsRead(MPI_Comm comm, const char *path, Faults faults, ContractTerms *terms)
{
  const PetscInt before = FaultsErrorCount(faults);
  const char    *slash  = strrchr(path, '/');
  char          *directory;
  StudyReader    reader = {path, NULL, faults};
  YamlTree       tree;

  PetscFunctionBeginUser;
  *terms = NULL;
  PetscCall(ReadTree(comm, path, faults, &tree));
  if (!tree) PetscFunctionReturn(0);
  PetscCall(PetscStrallocpy(path, &directory));
  directory[slash ? slash - path + 1 : 0] = 0;
  reader.directory                        = directory;
  PetscCall(PetscNew(terms));
  PetscCall(PetscStrallocpy(path, &(*terms)->path));
  PetscCall(ReadContracts(comm, &reader, tree, *terms));
  PetscCall(PetscFree(directory));
  PetscCall(YamlTreeDestroy(&tree));
  if (FaultsErrorCount(faults) > before) PetscCall(ContractTermsDestroy(terms));
  PetscFunctionReturn(0);
}

PetscErrorCode ContractTermsDestroy(ContractTerms *terms)
{
  PetscFunctionBeginUser;
  if (!*terms) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*terms)->n; k++) {
    ContractTerm *c = &(*terms)->contract[k];
    PetscCall(PetscFree(c->name));
    PetscCall(PetscFree(c->seller));
    PetscCall(PetscFree(c->buyer));
    PetscCall(PetscFree(c->delivery_bus));
    PetscCall(PetscFree(c->delivery_load));
    PetscCall(TermsDestroyQuantity(&c->quantity));
    PetscCall(TermsDestroyPrice(&c->price));
    PetscCall(TermsDestroyConditions(c));
  }
  PetscCall(PetscFree((*terms)->contract));
  PetscCall(PetscFree((*terms)->path));
  PetscCall(PetscFree(*terms));
  PetscFunctionReturn(0);
}
