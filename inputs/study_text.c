/* A YAML tree as one line of text: what two studies, or two values, are compared by. */
#include "inputs/study_yaml.h"

#include <string.h>

typedef struct {
  char  *bytes;
  size_t size, capacity;
} Line;

static PetscErrorCode Put(Line *line, const char *bytes, size_t n)
{
  PetscFunctionBeginUser;
  if (line->size + n + 1 > line->capacity) {
    line->capacity = 2 * (line->size + n + 1);
    PetscCall(PetscRealloc(line->capacity, &line->bytes));
  }
  memcpy(line->bytes + line->size, bytes, n);
  line->size += n;
  line->bytes[line->size] = '\0';
  PetscFunctionReturn(0);
}

static PetscErrorCode PutQuoted(Line *line, const char *text)
{
  char escaped[8];

  PetscFunctionBeginUser;
  PetscCall(Put(line, "\"", 1));
  for (; *text; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      snprintf(escaped, sizeof escaped, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
      snprintf(escaped, sizeof escaped, "\\x%02x", c);
    else
      snprintf(escaped, sizeof escaped, "%c", c);
    PetscCall(Put(line, escaped, strlen(escaped)));
  }
  PetscCall(Put(line, "\"", 1));
  PetscFunctionReturn(0);
}

/* Without quotes only what may mean more than its letters: numbers, true, false and nothing at all. */
static PetscErrorCode PutScalar(Line *line, YamlTree tree)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";

  PetscFunctionBeginUser;
  if (YamlTreeIsNull(tree))
    PetscCall(Put(line, "~", 1));
  else if (tree->plain && strspn(tree->text, plain) == strlen(tree->text))
    PetscCall(Put(line, tree->text, strlen(tree->text)));
  else
    PetscCall(PutQuoted(line, tree->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode PutTree(Line *line, YamlTree tree)
{
  const PetscBool mapping = tree->kind == YAML_TREE_MAPPING ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  if (tree->kind == YAML_TREE_SCALAR) {
    PetscCall(PutScalar(line, tree));
    PetscFunctionReturn(0);
  }
  PetscCall(Put(line, mapping ? "{" : "[", 1));
  for (PetscInt k = 0; k < tree->n; k++) {
    if (k) PetscCall(Put(line, ", ", 2));
    if (mapping) {
      PetscCall(PutQuoted(line, tree->key[k]));
      PetscCall(Put(line, ": ", 2));
    }
    PetscCall(PutTree(line, tree->child[k]));
  }
  PetscCall(Put(line, mapping ? "}" : "]", 1));
  PetscFunctionReturn(0);
}

PetscErrorCode YamlTreeText(YamlTree tree, char **text)
{
  Line line = {NULL, 0, 0};

  PetscFunctionBeginUser;
  PetscCall(PutTree(&line, tree));
  PetscCall(PetscStrallocpy(line.bytes, text));
  PetscCall(PetscFree(line.bytes));
  PetscFunctionReturn(0);
}
