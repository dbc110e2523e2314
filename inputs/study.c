/* Study files: the keys there are, their types and ranges, and the merging of policies. */
#include "inputs/study.h"

#include "inputs/study_adjust.h"
#include "inputs/study_fields.h"
#include "inputs/study_override.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HOURS 87840 /* ten years of hours, over all windows */

/* Sub-trees of a study, borrowed from the tree that is read. */
typedef struct {
  YamlTree network, windows, dispatch, adjust, stability, market, ledger, privacy, planning, policies;
} Sections;

static PetscErrorCode ReadNetworkSection(StudyReader *r, YamlTree tree, Study study)
{
  static const StudyField fields[] = {
      {"path",
       FIELD_PATH,
       offsetof(struct _s_Study, network_path),
       0,
       0,
       "a path",
       {NULL},
       offsetof(struct _s_Study, network_line)},
      {"format",
       FIELD_CHOICE,
       offsetof(struct _s_Study, network_format),
       0,
       0,
       "auto, matpower, psse-raw, pypsa or rts-gmlc",
       {"auto", "matpower", "psse-raw", "pypsa", "rts-gmlc", NULL},
       0},
  };

  PetscFunctionBeginUser;
  if (tree && tree->kind == YAML_TREE_SCALAR) {
    PetscCall(FieldRead(r, &fields[0], tree, study));
    PetscFunctionReturn(0);
  }
  PetscCall(FieldsRead(r, "network", tree, fields, 2, study));
  PetscCall(FieldsRequire(r, "network", tree, "path", "the path of a network"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadWindows(StudyReader *r, YamlTree tree, Study study)
{
  static const StudyField fields[] = {
      {"start",
       FIELD_TIME,
       offsetof(struct _s_Study, start),
       0,
       0,
       NULL,
       {NULL},
       offsetof(struct _s_Study, start_line)},
      {"hours",
       FIELD_INTEGER,
       offsetof(struct _s_Study, window_hours),
       1,
       8784,
       "a whole number of hours from 1 to 8784",
       {NULL},
       0},
      {"count",
       FIELD_INTEGER,
       offsetof(struct _s_Study, n_windows),
       1,
       8784,
       "a whole number of windows from 1 to 8784",
       {NULL},
       0},
  };

  const PetscInt before = FaultsErrorCount(r->faults);

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "windows", tree, fields, 3, study));
  study->has_start = study->start_line > 0 ? PETSC_TRUE : PETSC_FALSE;
  if (study->window_hours * study->n_windows > MAX_HOURS)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "windows: found %" PetscInt_FMT " windows of %" PetscInt_FMT
                        " hours, expected at most %d hours in all",
                        study->n_windows, study->window_hours, MAX_HOURS));
  study->windows_faulty = FaultsErrorCount(r->faults) > before ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* Prices of the limits that may be exceeded. */
static PetscErrorCode ReadSoft(StudyReader *r, YamlTree tree, Study study)
{
  char       expected[SOFT_LIMITS][96];
  StudyField fields[SOFT_LIMITS];

  PetscFunctionBeginUser;
  for (int k = 0; k < SOFT_LIMITS; k++) {
    const SoftLimit limit = (SoftLimit)k;
    const PetscReal low = SoftLimitLowestPrice(), high = SoftLimitHighestPrice(limit);

    snprintf(expected[k], sizeof expected[k], "a price from %g to %g (%s)", (double)low, (double)high,
             SoftLimitPriceUnit(limit));
    fields[k] = (StudyField){
        SoftLimitName(limit), FIELD_REAL, (size_t)k * sizeof(PetscReal), low, high, expected[k], {NULL}, 0};
  }
  PetscCall(FieldsRead(r, "soft", tree, fields, SOFT_LIMITS, study->soft_price));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDispatch(StudyReader *r, YamlTree tree, Study study)
{
  static const StudyField fields[] = {
      {"model", FIELD_CHOICE, offsetof(struct _s_Study, model), 0, 0, "ac or dc", {"ac", "dc", NULL}, 0},
      {"dc",
       FIELD_CHOICE,
       offsetof(struct _s_Study, dc),
       0,
       0,
       "reactance, matpower or losses",
       {"reactance", "matpower", "losses", NULL},
       0},
      {"method",
       FIELD_CHOICE,
       offsetof(struct _s_Study, method),
       0,
       0,
       "interior-point, admm or auto",
       {"interior-point", "admm", "auto", NULL},
       0},
      {"admm_penalty",
       FIELD_REAL,
       offsetof(struct _s_Study, admm_penalty),
       1e-3,
       1e3,
       "a factor from 0.001 to 1000",
       {NULL},
       0},
      {"relax_minimum_output", FIELD_BOOLEAN, offsetof(struct _s_Study, relax_minimum_output), 0, 0, NULL, {NULL}, 0},
      {"carbon_price",
       FIELD_REAL,
       offsetof(struct _s_Study, carbon_price),
       0,
       1e6,
       "a price per tonne from 0 to 1000000",
       {NULL},
       0},
      {"reserves",
       FIELD_BOOLEAN,
       offsetof(struct _s_Study, reserves),
       0,
       0,
       NULL,
       {NULL},
       offsetof(struct _s_Study, reserves_line)},
      {"reference_price",
       FIELD_TEXT,
       offsetof(struct _s_Study, reference_price),
       0,
       0,
       "load-weighted, or the name or number of a bus",
       {NULL},
       offsetof(struct _s_Study, reference_line)},
      {"soft", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
  PetscInt soft;

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "dispatch", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), study));
  soft = YamlTreeFind(tree, "soft");
  if (soft >= 0) PetscCall(ReadSoft(r, tree->child[soft], study));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAdjustmentAmount(StudyReader *r, YamlTree value, YamlTree scale, YamlTree item, Adjustment *a)
{
  PetscBool flag;

  PetscFunctionBeginUser;
  if (!value == !scale) {
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, item->line,
                        "adjust: found %s, expected either 'value' or 'scale'",
                        value ? "both 'value' and 'scale'" : "neither 'value' nor 'scale'"));
  } else if (value) {
    a->kind = ADJUST_SET;
    if (FieldAsBoolean(value, &flag))
      a->value = flag ? 1 : 0;
    else if (!FieldAsReal(value, &a->value))
      PetscCall(FieldWrong(r, "value", value, "a number, true or false"));
  } else {
    a->kind = ADJUST_SCALE;
    if (!FieldAsReal(scale, &a->value) || a->value < 0)
      PetscCall(FieldWrong(r, "scale", scale, "a number of at least 0"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAdjustment(StudyReader *r, YamlTree item, Adjustment *a)
{
  typedef struct {
    Adjustment *a;
    char       *component, *name, *attribute;
    YamlTree    value, scale;
  } Parts;
  static const StudyField fields[] = {
      {"component", FIELD_TEXT, offsetof(Parts, component), 0, 0, "the name of a component", {NULL}, 0},
      {"name", FIELD_TEXT, offsetof(Parts, name), 0, 0, "the name of an asset, or \"*\"", {NULL}, 0},
      {"attribute", FIELD_TEXT, offsetof(Parts, attribute), 0, 0, "the name of an attribute", {NULL}, 0},
      {"value", FIELD_TREE, offsetof(Parts, value), 0, 0, NULL, {NULL}, 0},
      {"scale", FIELD_TREE, offsetof(Parts, scale), 0, 0, NULL, {NULL}, 0},
  };
  Parts    p      = {a, NULL, NULL, NULL, NULL, NULL};
  PetscInt before = FaultsErrorCount(r->faults);

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "adjust", item, fields, 5, &p));
  PetscCall(FieldsRequire(r, "adjust", item, "component", "the name of a component"));
  PetscCall(FieldsRequire(r, "adjust", item, "name", "the name of an asset, or \"*\""));
  PetscCall(FieldsRequire(r, "adjust", item, "attribute", "the name of an attribute"));
  a->component = p.component, a->name = p.name, a->attribute = p.attribute;
  a->line = item->line;
  if (item->kind == YAML_TREE_MAPPING) PetscCall(ReadAdjustmentAmount(r, p.value, p.scale, item, a));
  if (FaultsErrorCount(r->faults) == before) PetscCall(AdjustmentCheck(a, r->path, r->faults));
  a->sound = FaultsErrorCount(r->faults) == before ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadAdjustments(StudyReader *r, YamlTree tree, PetscInt *n, Adjustment **list)
{
  PetscFunctionBeginUser;
  if (!tree) PetscFunctionReturn(0);
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, "adjust", tree, "a list of changes"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, list));
  *n = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(ReadAdjustment(r, tree->child[k], &(*list)[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroyAdjustments(PetscInt n, Adjustment **list)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < n; k++) {
    PetscCall(PetscFree((*list)[k].component));
    PetscCall(PetscFree((*list)[k].name));
    PetscCall(PetscFree((*list)[k].attribute));
  }
  PetscCall(PetscFree(*list));
  PetscFunctionReturn(0);
}

static PetscErrorCode StudyDefaults(const char *path, Study *study)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(study));
  PetscCall(PetscStrallocpy(path, &(*study)->path));
  PetscCall(PetscStrallocpy("study", &(*study)->name));
  PetscCall(PetscStrallocpy("base", &(*study)->policy));
  PetscCall(PetscStrallocpy("auto", &(*study)->network_format));
  PetscCall(PetscStrallocpy("ac", &(*study)->model));
  PetscCall(PetscStrallocpy("reactance", &(*study)->dc));
  PetscCall(PetscStrallocpy("auto", &(*study)->method));
  PetscCall(PetscStrallocpy("load-weighted", &(*study)->reference_price));
  PetscCall(PetscStrallocpy("EUR", &(*study)->currency));
  PetscCall(StudyMarketDefaults(*study));
  (*study)->window_hours  = 24;
  (*study)->n_windows     = 1;
  (*study)->reference_bus = -1;
  (*study)->admm_penalty  = 1;
  PetscFunctionReturn(0);
}

/* Takes a value of `regions` that names a file relative to the study. */
static PetscErrorCode ResolveRegions(StudyReader *r, Study study)
{
  char  *text = study->regions;
  size_t n    = text ? strlen(text) : 0;

  PetscFunctionBeginUser;
  if (n < 5 || strcmp(text + n - 4, ".csv") != 0) PetscFunctionReturn(0);
  study->regions = NULL;
  PetscCall(FieldSetPath(r, text, &study->regions));
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}

/* The keys of a study file; policies hold the same but `study` and `policies`. */
typedef struct {
  char    *name, *participants, *regions;
  PetscInt participants_line, regions_line;
  Sections section;
} Root;

#define SECTION(key, member)                                               \
  {                                                                        \
    key, FIELD_TREE, offsetof(Root, section.member), 0, 0, NULL, {NULL}, 0 \
  }

static const StudyField root_field[] = {
    {"study", FIELD_TEXT, offsetof(Root, name), 0, 0, "the study's name", {NULL}, 0},
    SECTION("network", network),
    {"participants",
     FIELD_PATH,
     offsetof(Root, participants),
     0,
     0,
     "a path",
     {NULL},
     offsetof(Root, participants_line)},
    {"regions",
     FIELD_TEXT,
     offsetof(Root, regions),
     0,
     0,
     "a bus column, a number of regions or a file",
     {NULL},
     offsetof(Root, regions_line)},
    SECTION("windows", windows),
    SECTION("dispatch", dispatch),
    SECTION("adjust", adjust),
    SECTION("stability", stability),
    SECTION("market", market),
    SECTION("ledger", ledger),
    SECTION("privacy", privacy),
    SECTION("planning", planning),
    SECTION("policies", policies),
    {"sweep", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
};

PetscErrorCode StudyInterpret(StudyReader *r, YamlTree tree, Study *out)
{
  Root  root = {0};
  Study study;

  PetscFunctionBeginUser;
  PetscCall(StudyDefaults(r->path, out));
  study = *out;
  PetscCall(PetscStrallocpy(r->directory[0] ? r->directory : "./", &study->directory));
  PetscCall(YamlTreeText(tree, &study->content));
  PetscCall(FieldsRead(r, "study file", tree, root_field, PETSC_STATIC_ARRAY_LENGTH(root_field), &root));
  PetscCall(FieldsRequire(r, "study file", tree, "study", "the study's name"));
  PetscCall(FieldsRequire(r, "study file", tree, "network", "the path of a network"));
  if (root.name) {
    PetscCall(PetscFree(study->name));
    study->name = root.name;
  }
  study->participants_path = root.participants;
  study->participants_line = root.participants_line;
  study->regions           = root.regions;
  study->regions_line      = root.regions_line;
  PetscCall(ResolveRegions(r, study));
  PetscCall(ReadNetworkSection(r, root.section.network, study));
  PetscCall(ReadWindows(r, root.section.windows, study));
  PetscCall(ReadDispatch(r, root.section.dispatch, study));
  PetscCall(StudyReadAdjustments(r, root.section.adjust, &study->n_adjustments, &study->adjustment));
  PetscCall(StudyReadStability(r, root.section.stability, study));
  PetscCall(StudyReadMarket(r, root.section.market, study));
  PetscCall(StudyReadLedger(r, root.section.ledger, root.section.privacy, study));
  PetscCall(StudyReadPlanning(r, root.section.planning, study));
  PetscFunctionReturn(0);
}

/* The tree without a section, which the caller then owns. */
static YamlTree TakeSection(YamlTree tree, const char *key)
{
  PetscInt k = YamlTreeFind(tree, key);
  YamlTree section;
  if (k < 0) return NULL;
  section = tree->child[k];
  PetscFree(tree->key[k]);
  for (tree->n--; k < tree->n; k++) {
    tree->child[k]    = tree->child[k + 1];
    tree->key[k]      = tree->key[k + 1];
    tree->key_line[k] = tree->key_line[k + 1];
  }
  return section;
}

static PetscErrorCode KeepOverrides(const StudyOverrides *overrides, Study study)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(overrides->n + 1, &study->set));
  for (PetscInt k = 0; k < overrides->n; k++)
    PetscCall(PetscStrallocpy(overrides->text[k], &study->set[study->n_set++]));
  PetscFunctionReturn(0);
}

/* Base, policies and sweep of a file; the values beside it count for what is wanted of it. */
static PetscErrorCode InterpretFile(StudyReader *r, YamlTree tree, const char *policy, const StudyOverrides *overrides,
                                    Study *study)
{
  const PetscBool base     = !policy || !strcmp(policy, "base") ? PETSC_TRUE : PETSC_FALSE;
  YamlTree        policies = TakeSection(tree, "policies"), sweep = TakeSection(tree, "sweep"), own;

  PetscFunctionBeginUser;
  PetscCall(YamlTreeCopy(tree, &own));
  if (base) PetscCall(StudyOverridesMerge(overrides, &own));
  PetscCall(StudyInterpret(r, own, study));
  PetscCall(StudyInterpretPolicies(r, tree, policies, policy, overrides, study));
  PetscCall(KeepOverrides(overrides, *study));
  PetscCall(StudyReadSweep(r, sweep, *study));
  PetscCall(YamlTreeDestroy(&own));
  PetscCall(YamlTreeDestroy(&policies));
  PetscCall(YamlTreeDestroy(&sweep));
  PetscFunctionReturn(0);
}

/* Not collective: the same study from the same bytes on every rank. */
static PetscErrorCode StudyFromSource(const Source *source, const char *policy, const StudyOverrides *overrides,
                                      Faults faults, Study *study)
{
  const char *slash = strrchr(source->path, '/');
  char       *directory;
  StudyReader r = {source->path, NULL, faults};
  YamlTree    tree;

  PetscFunctionBeginUser;
  *study = NULL;
  PetscCall(YamlTreeParse(source, faults, &tree));
  if (!tree) PetscFunctionReturn(0);
  PetscCall(PetscStrallocpy(source->path, &directory));
  directory[slash ? slash - source->path + 1 : 0] = 0;
  r.directory                                     = directory;
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(FieldWrong(&r, "study file", tree, "a mapping with the keys 'study' and 'network'"));
  } else {
    PetscCall(InterpretFile(&r, tree, policy, overrides, study));
  }
  PetscCall(YamlTreeDestroy(&tree));
  PetscCall(PetscFree(directory));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadWith(MPI_Comm comm, const char *path, const char *policy, PetscInt n_set,
                             const char *const *set, Faults faults, Study *study)
{
  Source        *source;
  StudyOverrides overrides;

  PetscFunctionBeginUser;
  *study = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (!source) PetscFunctionReturn(0);
  PetscCall(StudyOverridesParse(n_set, set, faults, &overrides));
  PetscCall(StudyFromSource(source, policy, &overrides, faults, study));
  PetscCall(StudyOverridesDestroy(&overrides));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyRead(MPI_Comm comm, const char *path, const char *policy, Faults faults, Study *study)
{
  PetscFunctionBeginUser;
  PetscCall(StudyReadWith(comm, path, policy, 0, NULL, faults, study));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyPlaceFaults(Study study, Faults faults)
{
  PetscFunctionBeginUser;
  PetscCall(StudyOverridesPlace(study->n_set, (const char *const *)study->set, faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeLists(Study s)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n_policies; k++) PetscCall(PetscFree(s->policy_name[k]));
  PetscCall(PetscFree(s->policy_name));
  for (PetscInt k = 0; k < s->n_set; k++) PetscCall(PetscFree(s->set[k]));
  PetscCall(PetscFree(s->set));
  PetscCall(PetscFree(s->content));
  PetscCall(StudyDestroySweep(s));
  PetscCall(StudyDestroyAdjustments(s->n_adjustments, &s->adjustment));
  PetscCall(StudyDestroyStability(s));
  PetscCall(StudyDestroyMarket(s));
  PetscCall(StudyDestroyPlanning(s));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroy(Study *study)
{
  Study s = *study;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(FreeLists(s));
  char *text[] = {
      s->name,           s->path,  s->directory, s->policy, s->network_path, s->network_format, s->participants_path,
      s->regions,        s->model, s->dc,        s->method, s->currency,     s->ledger_origin,  s->ledger_key_path,
      s->reference_price};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(text); k++) PetscCall(PetscFree(text[k]));
  PetscCall(PetscFree(*study));
  PetscFunctionReturn(0);
}
