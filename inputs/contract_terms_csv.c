/* Contracts as rows of a table: each becomes the tree that YAML would have given, and is read as that. */
#include "inputs/contract_terms_impl.h"

#include "inputs/csv.h"
#include "inputs/words.h"

#include <string.h>

/* What a column may be called: a key, or the key of a mapping and one of its own. `conditions` is a list of one. */
static const char *const columns[] = {"name",
                                      "seller",
                                      "buyer",
                                      "from",
                                      "until",
                                      "shortfall_penalty",
                                      "precedence",
                                      "quantity.kind",
                                      "quantity.power_mw",
                                      "quantity.power_kw",
                                      "quantity.unit",
                                      "quantity.component",
                                      "quantity.storage",
                                      "quantity.load",
                                      "quantity.bus",
                                      "quantity.share",
                                      "quantity.within_hours",
                                      "quantity.file",
                                      "quantity.column",
                                      "quantity.step_hours",
                                      "price.kind",
                                      "price.price",
                                      "price.bus",
                                      "price.factor",
                                      "price.adder",
                                      "price.cap",
                                      "price.floor",
                                      "price.strike",
                                      "price.protects",
                                      "price.minimum_mwh",
                                      "price.per",
                                      "price.per_mw_hour",
                                      "price.per_mwh_hour",
                                      "price.energy_price",
                                      "delivery.bus",
                                      "delivery.load",
                                      "conditions.kind",
                                      "conditions.from",
                                      "conditions.until",
                                      "conditions.days",
                                      "conditions.bus",
                                      "conditions.price",
                                      "conditions.technology",
                                      "conditions.storage",
                                      "conditions.share",
                                      NULL};

static PetscErrorCode NewNode(YamlTreeKind kind, PetscInt line, PetscInt capacity, YamlTree *node)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(node));
  (*node)->kind = kind;
  (*node)->line = line;
  PetscCall(PetscCalloc1(capacity + 1, &(*node)->child));
  if (kind == YAML_TREE_SEQUENCE) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(capacity + 1, &(*node)->key));
  PetscCall(PetscCalloc1(capacity + 1, &(*node)->key_line));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutChild(YamlTree mapping, const char *key, size_t length, YamlTree child)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(length + 1, &mapping->key[mapping->n]));
  memcpy(mapping->key[mapping->n], key, length);
  mapping->key_line[mapping->n] = child->line;
  mapping->child[mapping->n++]  = child;
  PetscFunctionReturn(0);
}

/* The mapping under a row's key, made where there is none yet. */
static PetscErrorCode Section(YamlTree row, const char *key, size_t length, PetscInt capacity, YamlTree *section)
{
  YamlTree list;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < row->n; k++)
    if (!strncmp(row->key[k], key, length) && !row->key[k][length]) {
      *section = row->child[k]->kind == YAML_TREE_SEQUENCE ? row->child[k]->child[0] : row->child[k];
      PetscFunctionReturn(0);
    }
  PetscCall(NewNode(YAML_TREE_MAPPING, row->line, capacity, section));
  if (!strncmp(key, "conditions", length)) {
    PetscCall(NewNode(YAML_TREE_SEQUENCE, row->line, 1, &list));
    list->child[list->n++] = *section;
    PetscCall(PutChild(row, key, length, list));
  } else {
    PetscCall(PutChild(row, key, length, *section));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PutCell(YamlTree row, const char *column, const char *text, PetscInt capacity)
{
  const char *dot     = strchr(column, '.');
  YamlTree    mapping = row, cell;

  PetscFunctionBeginUser;
  if (!text[0]) PetscFunctionReturn(0);
  if (dot) PetscCall(Section(row, column, (size_t)(dot - column), capacity, &mapping));
  PetscCall(PetscNew(&cell));
  cell->kind  = YAML_TREE_SCALAR;
  cell->line  = row->line;
  cell->plain = PETSC_TRUE;
  PetscCall(PetscStrallocpy(text, &cell->text));
  column = dot ? dot + 1 : column;
  PetscCall(PutChild(mapping, column, strlen(column), cell));
  PetscFunctionReturn(0);
}

static PetscBool IsKnown(const char *column)
{
  for (PetscInt k = 0; columns[k]; k++)
    if (!strcmp(columns[k], column)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode CheckColumns(Csv csv, Faults faults)
{
  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < CsvColumns(csv); c++) {
    const char *name = CsvColumnName(csv, c), *near;
    if (IsKnown(name)) continue;
    near = NearestWord(name, columns);
    PetscCall(FaultsAdd(faults, FAULT_ERROR, CsvPath(csv), 1, "found the unknown column '%.60s', expected %s%s", name,
                        near ? near : "keys of a contract such as name, quantity.kind, price.price",
                        near ? " (nearest of those there are)" : ""));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TermsTreeFromCsv(const Source *source, Faults faults, YamlTree *tree)
{
  Csv csv;

  PetscFunctionBeginUser;
  *tree = NULL;
  PetscCall(CsvParse(source, faults, &csv));
  if (!csv) PetscFunctionReturn(0);
  PetscCall(CheckColumns(csv, faults));
  PetscCall(NewNode(YAML_TREE_SEQUENCE, 1, CsvRows(csv), tree));
  for (PetscInt k = 0; k < CsvRows(csv); k++) {
    YamlTree row;
    PetscCall(NewNode(YAML_TREE_MAPPING, CsvLine(csv, k), CsvColumns(csv), &row));
    (*tree)->child[(*tree)->n++] = row;
    for (PetscInt c = 0; c < CsvColumns(csv); c++)
      if (IsKnown(CsvColumnName(csv, c)))
        PetscCall(PutCell(row, CsvColumnName(csv, c), CsvText(csv, k, c), CsvColumns(csv)));
  }
  PetscCall(CsvDestroy(&csv));
  PetscFunctionReturn(0);
}
