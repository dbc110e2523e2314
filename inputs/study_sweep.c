/* The section `sweep` of a study: which runs of it belong together. */
#include "inputs/study_fields.h"

#include "inputs/words.h"

#include <string.h>

#define AT(member) offsetof(struct _s_StudySweep, member)

/* A list of policies of the study; "base" is one. */
static PetscErrorCode ReadPolicyNames(StudyReader *r, YamlTree tree, Study study, StudySweep sweep)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FieldWrong(r, "policies", tree, "a list of policies of the study"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, &sweep->policy));
  for (PetscInt k = 0; k < tree->n; k++) {
    const YamlTree item  = tree->child[k];
    PetscBool      known = item->kind == YAML_TREE_SCALAR && !strcmp(item->text, "base") ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt j = 0; j < study->n_policies && item->kind == YAML_TREE_SCALAR; j++)
      if (!strcmp(study->policy_name[j], item->text)) known = PETSC_TRUE;
    if (!known)
      PetscCall(FieldWrong(r, "policies", item, "base or the name of a policy of the study"));
    else
      PetscCall(PetscStrallocpy(item->text, &sweep->policy[sweep->n_policies++]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadNumbers(StudyReader *r, const StudyField *field, YamlTree tree, PetscInt *n, PetscInt **list)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line, "%s: found %s, expected a list, each %s",
                        field->key, YamlTreeDescribe(tree), field->expected));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, list));
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(FieldRead(r, field, tree->child[k], &(*list)[(*n)++]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAxis(StudyReader *r, const char *key, PetscInt line, YamlTree tree, StudyAxis *axis)
{
  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(key, &axis->key));
  axis->line = line;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FieldWrong(r, key, tree, "a list of values of this key of the study file"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, &axis->value));
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(YamlTreeText(tree->child[k], &axis->value[axis->n++]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAxes(StudyReader *r, YamlTree tree, StudySweep sweep)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, "set", tree, "a mapping from keys of the study file to lists of values"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &sweep->axis));
  for (PetscInt k = 0; k < tree->n; k++)
    PetscCall(ReadAxis(r, tree->key[k], tree->key_line[k], tree->child[k], &sweep->axis[sweep->n_axes++]));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadSweep(StudyReader *r, YamlTree tree, Study study)
{
  static const StudyField fields[] = {
      {"policies", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"years", FIELD_LATER, 0, 1, 9999, "a year from 1 to 9999", {NULL}, 0},
      {"seeds", FIELD_LATER, 0, 0, 2147483647, "a whole number from 0 to 2147483647", {NULL}, 0},
      {"set", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"ranks", FIELD_INTEGER, AT(ranks), 1, 1e6, "a number of ranks of at least 1", {NULL}, 0},
      {"slots", FIELD_INTEGER, AT(slots), 1, 1e6, "a number of tasks at a time of at least 1", {NULL}, 0},
      {"limit", FIELD_INTEGER, AT(limit), 1, 1e6, "a number of tasks at a time of at least 1", {NULL}, 0},
  };
  StudyField years = fields[1], seeds = fields[2];
  PetscInt   at;

  PetscFunctionBeginUser;
  if (!tree) PetscFunctionReturn(0);
  PetscCall(PetscNew(&study->sweep));
  years.kind = seeds.kind = FIELD_INTEGER;
  study->sweep->line      = tree->line;
  PetscCall(FieldsRead(r, "sweep", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), study->sweep));
  if ((at = YamlTreeFind(tree, "policies")) >= 0) PetscCall(ReadPolicyNames(r, tree->child[at], study, study->sweep));
  if ((at = YamlTreeFind(tree, "years")) >= 0)
    PetscCall(ReadNumbers(r, &years, tree->child[at], &study->sweep->n_years, &study->sweep->year));
  if ((at = YamlTreeFind(tree, "seeds")) >= 0)
    PetscCall(ReadNumbers(r, &seeds, tree->child[at], &study->sweep->n_seeds, &study->sweep->seed));
  if ((at = YamlTreeFind(tree, "set")) >= 0) PetscCall(ReadAxes(r, tree->child[at], study->sweep));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroySweep(Study study)
{
  StudySweep s = study->sweep;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < s->n_policies; k++) PetscCall(PetscFree(s->policy[k]));
  for (PetscInt k = 0; k < s->n_axes; k++) {
    for (PetscInt i = 0; i < s->axis[k].n; i++) PetscCall(PetscFree(s->axis[k].value[i]));
    PetscCall(PetscFree(s->axis[k].value));
    PetscCall(PetscFree(s->axis[k].key));
  }
  PetscCall(PetscFree(s->axis));
  PetscCall(PetscFree(s->policy));
  PetscCall(PetscFree(s->year));
  PetscCall(PetscFree(s->seed));
  PetscCall(PetscFree(study->sweep));
  PetscFunctionReturn(0);
}
