/* Policies of a study file: each is merged into the base and read for its faults. */
#include "inputs/study_fields.h"
#include "inputs/study_override.h"

#include <string.h>

static PetscErrorCode AddUnlessKnown(Faults from, PetscInt k, const char *policy, Faults known)
{
  FaultSeverity severity;
  const char   *file, *text, *other;
  PetscInt      line, other_line;

  PetscFunctionBeginUser;
  PetscCall(FaultsGet(from, k, &severity, &file, &line, &text));
  if (file && !strncmp(file, "--set ", 6)) { /* not the policy's */
    PetscCall(FaultsAdd(known, severity, file, line, "%s", text));
    PetscFunctionReturn(0);
  }
  for (PetscInt i = 0; i < FaultsCount(known); i++) {
    PetscCall(FaultsGet(known, i, NULL, NULL, &other_line, &other));
    if (line == other_line && !strcmp(text, other)) PetscFunctionReturn(0);
  }
  PetscCall(FaultsAdd(known, severity, file, line, "policy '%.60s': %s", policy, text));
  PetscFunctionReturn(0);
}

/* Reads the base with one policy merged into it. Faults that the base has already are not said again. */
static PetscErrorCode InterpretPolicy(StudyReader *r, YamlTree base, YamlTree policy, const char *name,
                                      const StudyOverrides *overrides, Study *study)
{
  StudyReader inner = *r;
  YamlTree    merged;

  PetscFunctionBeginUser;
  *study = NULL;
  if (policy->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, name, policy, "a mapping of the keys that the policy overrides"));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < policy->n; k++)
    if (!strcmp(policy->key[k], "policies") || !strcmp(policy->key[k], "study") || !strcmp(policy->key[k], "sweep"))
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, policy->key_line[k],
                          "policy '%.60s': found the key '%s', expected only keys that a policy can override", name,
                          policy->key[k]));
  PetscCall(FaultsCreate(&inner.faults));
  if (overrides) PetscCall(StudyOverridesPlace(overrides->n, overrides->text, inner.faults));
  PetscCall(YamlTreeMerge(base, policy, "adjust", &merged));
  if (overrides) PetscCall(StudyOverridesMerge(overrides, &merged));
  PetscCall(StudyInterpret(&inner, merged, study));
  PetscCall(FieldSetText(&(*study)->policy, name));
  PetscCall(StudyNamePlanning(*study));
  for (PetscInt k = 0; k < FaultsCount(inner.faults); k++) PetscCall(AddUnlessKnown(inner.faults, k, name, r->faults));
  PetscCall(YamlTreeDestroy(&merged));
  PetscCall(FaultsDestroy(&inner.faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode UnknownPolicy(StudyReader *r, const char *wanted, YamlTree policies)
{
  char   all[512] = "";
  size_t used     = 0;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; policies && k < policies->n && used < sizeof all - 64; k++)
    used += (size_t)snprintf(all + used, sizeof all - used, ", %.60s", policies->key[k]);
  PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, policies ? policies->line : 0,
                      "found no policy '%.60s', expected one of base%s", wanted, all));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyInterpretPolicies(StudyReader *r, YamlTree base, YamlTree policies, const char *wanted,
                                      const StudyOverrides *overrides, Study *study)
{
  PetscBool found = !wanted || !strcmp(wanted, "base") ? PETSC_TRUE : PETSC_FALSE;
  Study     other;

  PetscFunctionBeginUser;
  if (policies && policies->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(r, "policies", policies, "a mapping from names to policies"));
    policies = NULL;
  }
  for (PetscInt k = 0; policies && k < policies->n; k++) {
    const char *name = policies->key[k];
    if (!strcmp(name, "base") || !name[0] || strlen(name) > 60 || strpbrk(name, "/\\\n\t\r"))
      PetscCall(
          FaultsAdd(r->faults, FAULT_ERROR, r->path, policies->key_line[k],
                    "policies: found the name '%.20s', expected up to 60 characters without slashes, and not 'base'",
                    strpbrk(name, "\n\t\r") ? "" : name));
    const PetscBool meant = wanted && !strcmp(name, wanted) && !found ? PETSC_TRUE : PETSC_FALSE;
    PetscCall(InterpretPolicy(r, base, policies->child[k], name, meant ? overrides : NULL, &other));
    if (other && meant) {
      Study swap = *study;
      *study     = other;
      other      = swap;
    }
    if (wanted && !strcmp(name, wanted)) found = PETSC_TRUE;
    PetscCall(StudyDestroy(&other));
  }
  if (!found) PetscCall(UnknownPolicy(r, wanted, policies));
  PetscCall(PetscCalloc1((policies ? policies->n : 0) + 1, &(*study)->policy_name));
  for (PetscInt k = 0; policies && k < policies->n; k++)
    PetscCall(PetscStrallocpy(policies->key[k], &(*study)->policy_name[(*study)->n_policies++]));
  PetscFunctionReturn(0);
}
