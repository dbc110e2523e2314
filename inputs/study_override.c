/* Values given beside the study file. */
#include "inputs/study_override.h"

#include <ctype.h>
#include <string.h>

/* The line of the k-th value, which no file has. */
#define OVERRIDE_LINE 1000000000

/* The place of faults in a value: "--set KEY". */
static void NamePlace(const char *text, char place[128])
{
  const size_t n = strcspn(text, "=");

  snprintf(place, 128, "--set %.*s", (int)PetscMin(n, 100), text);
}

PetscErrorCode StudyOverridesPlace(PetscInt n, const char *const *text, Faults faults)
{
  char place[128];

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) {
    NamePlace(text[k], place);
    PetscCall(FaultsPlace(faults, OVERRIDE_LINE + k, place));
  }
  PetscFunctionReturn(0);
}

static void Relabel(YamlTree tree, PetscInt line)
{
  tree->line = line;
  for (PetscInt k = 0; k < tree->n; k++) {
    if (tree->key_line) tree->key_line[k] = line;
    Relabel(tree->child[k], line);
  }
}

/* Letters, digits and what names of assets and carriers hold; no part of the key is empty. */
static PetscBool IsKey(const char *text, size_t n)
{
  if (!n || text[0] == '.' || text[n - 1] == '.') return PETSC_FALSE;
  for (size_t k = 0; k < n; k++)
    if (iscntrl((unsigned char)text[k]) || (text[k] == '.' && text[k + 1] == '.')) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* The value, with a line's faults told without their line: there is but one. */
static PetscErrorCode ParseValue(const char *text, const char *value, Faults faults, YamlTree *tree)
{
  char    place[128];
  Source *source;
  Faults  found;

  PetscFunctionBeginUser;
  NamePlace(text, place);
  PetscCall(FaultsCreate(&found));
  PetscCall(SourceFromBytes(place, value, strlen(value), &source));
  PetscCall(YamlTreeParse(source, found, tree));
  for (PetscInt k = 0; k < FaultsCount(found); k++) {
    const char *what;
    PetscCall(FaultsGet(found, k, NULL, NULL, NULL, &what));
    PetscCall(FaultsAdd(faults, FAULT_ERROR, place, 0, "%s", what));
  }
  PetscCall(SourceDestroy(&source));
  PetscCall(FaultsDestroy(&found));
  PetscFunctionReturn(0);
}

/* The keys that only the file has: what a study is called, its policies, and sweeps over them. */
static PetscBool IsOfFile(const char *key)
{
  static const char *const of_file[] = {"study", "policies", "sweep"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(of_file); k++)
    if (!strncmp(key, of_file[k], strlen(of_file[k])) && strchr(".=", key[strlen(of_file[k])])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* VALUE inside mappings, from the last part of the key to the first. */
static PetscErrorCode Wrap(const char *text, size_t n, YamlTree *tree)
{
  PetscFunctionBeginUser;
  while (n) {
    char  *part;
    size_t begin = n;
    while (begin > 0 && text[begin - 1] != '.') begin--;
    PetscCall(PetscMalloc1(n - begin + 1, &part));
    snprintf(part, n - begin + 1, "%s", text + begin);
    PetscCall(YamlTreeWrap(part, (*tree)->line, tree));
    PetscCall(PetscFree(part));
    n = begin ? begin - 1 : 0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ParseOne(const char *text, PetscInt k, Faults faults, YamlTree *tree)
{
  const char *equals = strchr(text, '=');
  char        place[128];

  PetscFunctionBeginUser;
  NamePlace(text, place);
  if (!equals || !equals[1] || !IsKey(text, (size_t)(equals - text))) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, NULL, 0,
                        "--set: found '%.100s', expected KEY=VALUE with a key of the study file such as windows.start "
                        "(~ takes a key away)",
                        text));
    PetscFunctionReturn(0);
  }
  if (IsOfFile(text)) {
    PetscCall(FaultsAdd(faults, FAULT_ERROR, place, 0,
                        "found a key of the file itself, expected one that a policy "
                        "can override"));
    PetscFunctionReturn(0);
  }
  PetscCall(ParseValue(text, equals + 1, faults, tree));
  if (!*tree) PetscFunctionReturn(0);
  Relabel(*tree, OVERRIDE_LINE + k);
  PetscCall(Wrap(text, (size_t)(equals - text), tree));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyOverridesParse(PetscInt n, const char *const *text, Faults faults, StudyOverrides *overrides)
{
  PetscFunctionBeginUser;
  overrides->n    = n;
  overrides->text = text;
  PetscCall(PetscCalloc1(n + 1, &overrides->tree));
  for (PetscInt k = 0; k < n; k++) PetscCall(ParseOne(text[k], k, faults, &overrides->tree[k]));
  PetscCall(StudyOverridesPlace(n, text, faults));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyOverridesDestroy(StudyOverrides *overrides)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < overrides->n; k++) PetscCall(YamlTreeDestroy(&overrides->tree[k]));
  PetscCall(PetscFree(overrides->tree));
  overrides->n = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode StudyOverridesMerge(const StudyOverrides *overrides, YamlTree *tree)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < overrides->n; k++) {
    YamlTree merged;
    if (!overrides->tree[k]) continue;
    PetscCall(YamlTreeMerge(*tree, overrides->tree[k], "adjust", &merged));
    PetscCall(YamlTreeDestroy(tree));
    *tree = merged;
  }
  PetscFunctionReturn(0);
}
