/* Reading the keys of a study file's mappings. */
#include "inputs/study_fields.h"

#include "inputs/timestamp.h"
#include "inputs/words.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static FieldsObserver observe;
static void          *observe_context;

void FieldsObserve(FieldsObserver observer, void *context)
{
  observe         = observer;
  observe_context = context;
}

const char *FieldKindName(FieldKind kind)
{
  static const char *const names[] = {[FIELD_TEXT] = "text", [FIELD_PATH] = "path",       [FIELD_INTEGER] = "integer",
                                      [FIELD_REAL] = "real", [FIELD_BOOLEAN] = "boolean", [FIELD_CHOICE] = "choice",
                                      [FIELD_TIME] = "time", [FIELD_TREE] = "other",      [FIELD_LATER] = "other"};
  return names[kind];
}

PetscErrorCode FieldWrong(StudyReader *r, const char *key, YamlTree value, const char *expected)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, value->line, "%s: found %s, expected %s", key,
                      YamlTreeDescribe(value), expected));
  PetscFunctionReturn(0);
}

PetscErrorCode FieldSetText(char **slot, const char *text)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(*slot));
  PetscCall(PetscStrallocpy(text, slot));
  PetscFunctionReturn(0);
}

PetscErrorCode FieldSetPath(StudyReader *r, const char *text, char **slot)
{
  size_t length = strlen(r->directory) + strlen(text) + 1;
  char  *path;

  PetscFunctionBeginUser;
  while (!strncmp(text, "./", 2) && text[2]) text += 2;
  PetscCall(PetscMalloc1(length, &path));
  if (!strcmp(text, ".") && r->directory[0])
    snprintf(path, length, "%.*s", (int)PetscMax(strlen(r->directory) - 1, 1), r->directory);
  else
    snprintf(path, length, "%s%s", text[0] == '/' ? "" : r->directory, text);
  PetscCall(PetscFree(*slot));
  *slot = path;
  PetscFunctionReturn(0);
}

PetscBool FieldAsReal(YamlTree value, PetscReal *number)
{
  char *end;
  if (value->kind != YAML_TREE_SCALAR || !value->plain || !value->text[0]) return PETSC_FALSE;
  if (strspn(value->text, "+-.0123456789eE") != strlen(value->text)) return PETSC_FALSE;
  *number = strtod(value->text, &end);
  return !*end && isfinite(*number) ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool FieldAsBoolean(YamlTree value, PetscBool *flag)
{
  if (value->kind != YAML_TREE_SCALAR || !value->plain) return PETSC_FALSE;
  *flag = !strcmp(value->text, "true") ? PETSC_TRUE : PETSC_FALSE;
  return *flag || !strcmp(value->text, "false") ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool FieldAsText(YamlTree value)
{
  if (value->kind != YAML_TREE_SCALAR || YamlTreeIsNull(value) || !value->text[0]) return PETSC_FALSE;
  for (const char *c = value->text; *c; c++)
    if (iscntrl((unsigned char)*c)) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode FieldReadNumber(StudyReader *r, const StudyField *f, YamlTree value, void *slot)
{
  PetscReal number = 0;

  PetscFunctionBeginUser;
  if (!FieldAsReal(value, &number) || number < f->min || number > f->max ||
      (f->kind == FIELD_INTEGER && number != floor(number))) {
    PetscCall(FieldWrong(r, f->key, value, f->expected));
    PetscFunctionReturn(0);
  }
  if (f->kind == FIELD_INTEGER)
    *(PetscInt *)slot = (PetscInt)number;
  else
    *(PetscReal *)slot = number;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadChoice(StudyReader *r, const StudyField *f, YamlTree value, char **slot)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; value->kind == YAML_TREE_SCALAR && f->choice[k]; k++)
    if (!strcmp(f->choice[k], value->text)) {
      PetscCall(FieldSetText(slot, value->text));
      PetscFunctionReturn(0);
    }
  PetscCall(FieldWrong(r, f->key, value, f->expected));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadText(StudyReader *r, const StudyField *f, YamlTree value, char **slot)
{
  PetscFunctionBeginUser;
  if (!FieldAsText(value))
    PetscCall(FieldWrong(r, f->key, value, f->expected));
  else if (f->kind == FIELD_PATH)
    PetscCall(FieldSetPath(r, value->text, slot));
  else
    PetscCall(FieldSetText(slot, value->text));
  PetscFunctionReturn(0);
}

PetscErrorCode FieldRead(StudyReader *r, const StudyField *f, YamlTree value, void *target)
{
  void *slot = (char *)target + f->offset;

  PetscFunctionBeginUser;
  if (f->line_offset) *(PetscInt *)((char *)target + f->line_offset) = value->line;
  switch (f->kind) {
  case FIELD_TEXT:
  case FIELD_PATH:
    PetscCall(ReadText(r, f, value, (char **)slot));
    break;
  case FIELD_INTEGER:
  case FIELD_REAL:
    PetscCall(FieldReadNumber(r, f, value, slot));
    break;
  case FIELD_BOOLEAN:
    if (!FieldAsBoolean(value, (PetscBool *)slot)) PetscCall(FieldWrong(r, f->key, value, "true or false"));
    break;
  case FIELD_CHOICE:
    PetscCall(ReadChoice(r, f, value, (char **)slot));
    break;
  case FIELD_TIME:
    if (value->kind != YAML_TREE_SCALAR || !TimestampParse(value->text, (long long *)slot))
      PetscCall(FieldWrong(r, f->key, value, "a date and time in UTC such as 2030-06-21T00:00:00Z"));
    break;
  case FIELD_TREE:
    *(YamlTree *)slot = value;
    break;
  case FIELD_LATER:
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode UnknownKey(StudyReader *r, const char *where, const char *key, PetscInt line,
                                 const StudyField *fields, PetscInt n)
{
  const char *known[32] = {NULL}, *near;
  char        all[512];
  size_t      used = 0;

  PetscFunctionBeginUser;
  all[0] = 0;
  for (PetscInt k = 0; k < n && k < 31; k++) {
    known[k] = fields[k].key;
    used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", k ? ", " : "", fields[k].key);
  }
  near = NearestWord(key, known);
  PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, line, "%s: found the unknown key '%.60s', expected %s%s%s",
                      where, key, near ? near : "one of ", near ? "" : all,
                      near ? " (nearest of those there are)" : ""));
  PetscFunctionReturn(0);
}

PetscErrorCode FieldsRead(StudyReader *r, const char *where, YamlTree tree, const StudyField *fields, PetscInt n,
                          void *target)
{
  PetscFunctionBeginUser;
  if (observe) observe(where, fields, n, observe_context);
  if (!tree) PetscFunctionReturn(0);
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, where, tree, "a mapping"));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < tree->n; k++) {
    PetscInt f = 0;
    while (f < n && strcmp(fields[f].key, tree->key[k]) != 0) f++;
    if (f == n)
      PetscCall(UnknownKey(r, where, tree->key[k], tree->key_line[k], fields, n));
    else
      PetscCall(FieldRead(r, &fields[f], tree->child[k], target));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode FieldsRequire(StudyReader *r, const char *where, YamlTree tree, const char *key, const char *what)
{
  PetscFunctionBeginUser;
  if (tree && tree->kind == YAML_TREE_MAPPING && YamlTreeFind(tree, key) < 0)
    PetscCall(
        FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line, "%s: found no key '%s', expected %s", where, key, what));
  PetscFunctionReturn(0);
}
