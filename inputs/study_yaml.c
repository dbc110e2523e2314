/* YAML documents as trees with lines, on libyaml's document interface. */
#include "inputs/study_yaml.h"

#include <ctype.h>
#include <string.h>
#include <yaml.h>

/* Limits that no study comes near and that keep nested aliases from growing without bound. */
#define TREE_MAX_NODES 200000
#define TREE_MAX_DEPTH 32

typedef struct {
  const char      *path;
  Faults           faults;
  yaml_document_t *document;
  PetscInt         nodes;
  PetscBool        refused; /* a limit was met: said once */
} Builder;

PetscErrorCode YamlTreeDestroy(YamlTree *tree)
{
  PetscFunctionBeginUser;
  if (!*tree) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < (*tree)->n; k++) {
    if ((*tree)->key) PetscCall(PetscFree((*tree)->key[k]));
    PetscCall(YamlTreeDestroy(&(*tree)->child[k]));
  }
  PetscCall(PetscFree((*tree)->key));
  PetscCall(PetscFree((*tree)->key_line));
  PetscCall(PetscFree((*tree)->child));
  PetscCall(PetscFree((*tree)->text));
  PetscCall(PetscFree(*tree));
  PetscFunctionReturn(0);
}

static PetscErrorCode TreeCreate(YamlTreeKind kind, PetscInt line, PetscInt capacity, YamlTree *tree)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(tree));
  (*tree)->kind = kind;
  (*tree)->line = line;
  if (kind == YAML_TREE_SCALAR) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(capacity + 1, &(*tree)->child));
  if (kind == YAML_TREE_MAPPING) {
    PetscCall(PetscCalloc1(capacity + 1, &(*tree)->key));
    PetscCall(PetscCalloc1(capacity + 1, &(*tree)->key_line));
  }
  PetscFunctionReturn(0);
}

PetscInt YamlTreeFind(YamlTree mapping, const char *key)
{
  if (!mapping || mapping->kind != YAML_TREE_MAPPING) return -1;
  for (PetscInt k = 0; k < mapping->n; k++)
    if (!strcmp(mapping->key[k], key)) return k;
  return -1;
}

PetscBool YamlTreeIsNull(YamlTree tree)
{
  const char *text = tree ? tree->text : NULL;
  if (!tree || tree->kind != YAML_TREE_SCALAR || !tree->plain) return PETSC_FALSE;
  return !text[0] || !strcmp(text, "~") || !strcmp(text, "null") ? PETSC_TRUE : PETSC_FALSE;
}

const char *YamlTreeDescribe(YamlTree tree)
{
  static char buffer[4][80];
  static int  next = 0;
  char       *out  = buffer[next++ % 4];
  size_t      i;
  if (!tree || YamlTreeIsNull(tree)) return "nothing";
  if (tree->kind == YAML_TREE_MAPPING) return "a mapping";
  if (tree->kind == YAML_TREE_SEQUENCE) return tree->n ? "a list" : "an empty list";
  out[0] = '\'';
  for (i = 0; tree->text[i] && i < 60; i++) out[i + 1] = iscntrl((unsigned char)tree->text[i]) ? '?' : tree->text[i];
  strcpy(out + i + 1, tree->text[i] ? "...'" : "'");
  return out;
}

static PetscErrorCode Refuse(Builder *b, PetscInt line, const char *what)
{
  PetscFunctionBeginUser;
  if (!b->refused) PetscCall(FaultsAdd(b->faults, FAULT_ERROR, b->path, line, "%s", what));
  b->refused = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* The first bytes of a YAML string with control characters made visible, for messages. */
static void Printable(const yaml_char_t *value, size_t length, char out[64])
{
  size_t n = length < 60 ? length : 60;
  for (size_t i = 0; i < n; i++) out[i] = iscntrl(value[i]) ? '?' : (char)value[i];
  out[n] = 0;
}

static PetscErrorCode BuildScalar(Builder *b, yaml_node_t *node, PetscInt line, YamlTree *tree)
{
  const char *value  = (const char *)node->data.scalar.value;
  size_t      length = node->data.scalar.length;

  PetscFunctionBeginUser;
  PetscCall(TreeCreate(YAML_TREE_SCALAR, line, 0, tree));
  if (strlen(value) != length)
    PetscCall(FaultsAdd(b->faults, FAULT_ERROR, b->path, line, "found a zero character in a text, expected none"));
  PetscCall(PetscStrallocpy(value, &(*tree)->text));
  (*tree)->plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode BuildNode(Builder *b, int id, PetscInt depth, YamlTree *tree);

static PetscErrorCode BuildEntry(Builder *b, yaml_node_pair_t *pair, PetscInt depth, YamlTree mapping)
{
  yaml_node_t *key  = yaml_document_get_node(b->document, pair->key);
  PetscInt     line = (PetscInt)key->start_mark.line + 1, found;
  char         shown[64];
  YamlTree     value = NULL;

  PetscFunctionBeginUser;
  if (key->type != YAML_SCALAR_NODE || strlen((char *)key->data.scalar.value) != key->data.scalar.length) {
    PetscCall(FaultsAdd(b->faults, FAULT_ERROR, b->path, line, "found a key that is not a word, expected a name"));
    PetscFunctionReturn(0);
  }
  found = YamlTreeFind(mapping, (const char *)key->data.scalar.value);
  if (found >= 0) {
    Printable(key->data.scalar.value, key->data.scalar.length, shown);
    PetscCall(FaultsAdd(b->faults, FAULT_ERROR, b->path, line,
                        "found the key '%s' twice, expected it once (first at line %" PetscInt_FMT ")", shown,
                        mapping->key_line[found]));
    PetscFunctionReturn(0);
  }
  PetscCall(BuildNode(b, pair->value, depth + 1, &value));
  if (!value) PetscFunctionReturn(0);
  PetscCall(PetscStrallocpy((const char *)key->data.scalar.value, &mapping->key[mapping->n]));
  mapping->key_line[mapping->n] = line;
  mapping->child[mapping->n++]  = value;
  PetscFunctionReturn(0);
}

static PetscErrorCode BuildNode(Builder *b, int id, PetscInt depth, YamlTree *tree)
{
  yaml_node_t *node = yaml_document_get_node(b->document, id);
  PetscInt     line = (PetscInt)node->start_mark.line + 1;

  PetscFunctionBeginUser;
  *tree = NULL;
  if (depth > TREE_MAX_DEPTH) {
    PetscCall(Refuse(b, line, "found more than 32 levels of nesting (an alias inside itself?), expected a study"));
    PetscFunctionReturn(0);
  }
  if (b->refused || ++b->nodes > TREE_MAX_NODES) {
    PetscCall(Refuse(b, line, "found more than 200000 values (aliases of aliases?), expected a study"));
    PetscFunctionReturn(0);
  }
  if (node->type == YAML_SCALAR_NODE) {
    PetscCall(BuildScalar(b, node, line, tree));
  } else if (node->type == YAML_SEQUENCE_NODE) {
    yaml_node_item_t *item = node->data.sequence.items.start, *end = node->data.sequence.items.top;
    PetscCall(TreeCreate(YAML_TREE_SEQUENCE, line, (PetscInt)(end - item), tree));
    for (; item < end; item++) {
      PetscCall(BuildNode(b, *item, depth + 1, &(*tree)->child[(*tree)->n]));
      if ((*tree)->child[(*tree)->n]) (*tree)->n++;
    }
  } else {
    yaml_node_pair_t *pair = node->data.mapping.pairs.start, *end = node->data.mapping.pairs.top;
    PetscCall(TreeCreate(YAML_TREE_MAPPING, line, (PetscInt)(end - pair), tree));
    for (; pair < end; pair++) PetscCall(BuildEntry(b, pair, depth, *tree));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode SyntaxFault(const yaml_parser_t *parser, const char *path, Faults faults)
{
  PetscInt line = (PetscInt)parser->problem_mark.line + 1;

  PetscFunctionBeginUser;
  if (parser->error == YAML_READER_ERROR)
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, 0, "found bytes that are not text (%s at byte %ld), expected YAML",
                        parser->problem ? parser->problem : "unreadable", (long)parser->problem_offset));
  else
    PetscCall(FaultsAdd(faults, FAULT_ERROR, path, line, "found broken YAML (%s%s%s), expected a study",
                        parser->context ? parser->context : "", parser->context ? ": " : "",
                        parser->problem ? parser->problem : "unknown error"));
  PetscFunctionReturn(0);
}

PetscErrorCode YamlTreeParse(const Source *source, Faults faults, YamlTree *tree)
{
  yaml_parser_t   parser;
  yaml_document_t document, second;
  yaml_node_t    *root;

  PetscFunctionBeginUser;
  *tree = NULL;
  PetscCheck(yaml_parser_initialize(&parser), PETSC_COMM_SELF, PETSC_ERR_MEM, "libyaml cannot be initialised");
  yaml_parser_set_input_string(&parser, (const unsigned char *)source->bytes, source->size);
  if (!yaml_parser_load(&parser, &document)) {
    PetscCall(SyntaxFault(&parser, source->path, faults));
    yaml_parser_delete(&parser);
    PetscFunctionReturn(0);
  }
  root = yaml_document_get_root_node(&document);
  if (!root) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, source->path, 1, "found no YAML document, expected a study"));
  } else {
    Builder b = {source->path, faults, &document, 0, PETSC_FALSE};
    PetscCall(BuildNode(&b, 1, 0, tree));
    if (b.refused) PetscCall(YamlTreeDestroy(tree));
    if (!yaml_parser_load(&parser, &second)) {
      PetscCall(SyntaxFault(&parser, source->path, faults));
    } else {
      root = yaml_document_get_root_node(&second);
      if (root)
        PetscCall(FaultsAdd(faults, FAULT_ERROR, source->path, (PetscInt)root->start_mark.line + 1,
                            "found a second YAML document, expected one study per file"));
      yaml_document_delete(&second);
    }
  }
  yaml_document_delete(&document);
  yaml_parser_delete(&parser);
  PetscFunctionReturn(0);
}

PetscErrorCode YamlTreeCopy(YamlTree tree, YamlTree *copy)
{
  PetscFunctionBeginUser;
  PetscCall(TreeCreate(tree->kind, tree->line, tree->n, copy));
  (*copy)->plain = tree->plain;
  if (tree->text) PetscCall(PetscStrallocpy(tree->text, &(*copy)->text));
  for (PetscInt k = 0; k < tree->n; k++, (*copy)->n++) {
    PetscCall(YamlTreeCopy(tree->child[k], &(*copy)->child[k]));
    if (!tree->key) continue;
    PetscCall(PetscStrallocpy(tree->key[k], &(*copy)->key[k]));
    (*copy)->key_line[k] = tree->key_line[k];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendCopies(YamlTree from, YamlTree sequence)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < from->n; k++) PetscCall(YamlTreeCopy(from->child[k], &sequence->child[sequence->n++]));
  PetscFunctionReturn(0);
}

static PetscErrorCode Concatenate(YamlTree first, YamlTree second, YamlTree *joined)
{
  PetscFunctionBeginUser;
  PetscCall(TreeCreate(YAML_TREE_SEQUENCE, second->line, first->n + second->n, joined));
  PetscCall(AppendCopies(first, *joined));
  PetscCall(AppendCopies(second, *joined));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutEntry(YamlTree mapping, const char *key, PetscInt line, YamlTree value)
{
  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(key, &mapping->key[mapping->n]));
  mapping->key_line[mapping->n] = line;
  mapping->child[mapping->n++]  = value;
  PetscFunctionReturn(0);
}

PetscErrorCode YamlTreeWrap(const char *key, PetscInt line, YamlTree *tree)
{
  YamlTree value = *tree;

  PetscFunctionBeginUser;
  PetscCall(TreeCreate(YAML_TREE_MAPPING, line, 1, tree));
  PetscCall(PutEntry(*tree, key, line, value));
  PetscFunctionReturn(0);
}

PetscErrorCode YamlTreeMerge(YamlTree base, YamlTree over, const char *append, YamlTree *merged)
{
  YamlTree value;

  PetscFunctionBeginUser;
  if (base->kind != YAML_TREE_MAPPING || over->kind != YAML_TREE_MAPPING) {
    PetscCall(YamlTreeCopy(over, merged));
    PetscFunctionReturn(0);
  }
  PetscCall(TreeCreate(YAML_TREE_MAPPING, base->line, base->n + over->n, merged));
  for (PetscInt k = 0; k < base->n; k++) {
    PetscInt o = YamlTreeFind(over, base->key[k]);
    if (o >= 0 && YamlTreeIsNull(over->child[o])) continue;
    if (o < 0)
      PetscCall(YamlTreeCopy(base->child[k], &value));
    else if (append && !strcmp(append, base->key[k]) && base->child[k]->kind == YAML_TREE_SEQUENCE &&
             over->child[o]->kind == YAML_TREE_SEQUENCE)
      PetscCall(Concatenate(base->child[k], over->child[o], &value));
    else
      PetscCall(YamlTreeMerge(base->child[k], over->child[o], NULL, &value));
    PetscCall(PutEntry(*merged, base->key[k], o < 0 ? base->key_line[k] : over->key_line[o], value));
  }
  for (PetscInt o = 0; o < over->n; o++) {
    if (YamlTreeFind(base, over->key[o]) >= 0 || YamlTreeIsNull(over->child[o])) continue;
    PetscCall(YamlTreeCopy(over->child[o], &value));
    PetscCall(PutEntry(*merged, over->key[o], over->key_line[o], value));
  }
  PetscFunctionReturn(0);
}
