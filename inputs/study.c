/* Study files: the keys there are, their types and ranges, and the merging of policies. */
#include "inputs/study.h"

#include "inputs/study_adjust.h"
#include "inputs/study_yaml.h"
#include "inputs/timestamp.h"
#include "inputs/words.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HOURS 87840 /* ten years of hours, over all windows */

typedef enum {
  FIELD_TEXT,
  FIELD_PATH,
  FIELD_INTEGER,
  FIELD_REAL,
  FIELD_BOOLEAN,
  FIELD_CHOICE,
  FIELD_TIME,
  FIELD_TREE,
  FIELD_LATER /* known here, read by the caller */
} FieldKind;

/* One key of a mapping and where its value goes. */
typedef struct {
  const char *key;
  FieldKind   kind;
  size_t      offset;
  PetscReal   min, max;    /* numbers, inclusive */
  const char *expected;    /* for messages */
  const char *choice[6];   /* of FIELD_CHOICE, NULL-terminated */
  size_t      line_offset; /* of a PetscInt that takes the value's line; 0: none */
} Field;

typedef struct {
  const char *path;
  const char *directory; /* with its final slash, or "" */
  Faults      faults;
} Reader;

/* Sub-trees of a study, borrowed from the tree that is read. */
typedef struct {
  YamlTree network, windows, dispatch, adjust, stability, market, ledger, policies;
} Sections;

static PetscErrorCode Wrong(Reader *r, const char *key, YamlTree value, const char *expected)
{
  PetscFunctionBeginUser;
  PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, value->line, "%s: found %s, expected %s", key,
                      YamlTreeDescribe(value), expected));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetText(char **slot, const char *text)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(*slot));
  PetscCall(PetscStrallocpy(text, slot));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetPath(Reader *r, const char *text, char **slot)
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

/* A plain scalar that is a finite number and nothing else. */
static PetscBool AsReal(YamlTree value, PetscReal *number)
{
  char *end;
  if (value->kind != YAML_TREE_SCALAR || !value->plain || !value->text[0]) return PETSC_FALSE;
  if (strspn(value->text, "+-.0123456789eE") != strlen(value->text)) return PETSC_FALSE;
  *number = strtod(value->text, &end);
  return !*end && isfinite(*number) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool AsBoolean(YamlTree value, PetscBool *flag)
{
  if (value->kind != YAML_TREE_SCALAR || !value->plain) return PETSC_FALSE;
  *flag = !strcmp(value->text, "true") ? PETSC_TRUE : PETSC_FALSE;
  return *flag || !strcmp(value->text, "false") ? PETSC_TRUE : PETSC_FALSE;
}

/* A scalar of one printable, non-empty line. */
static PetscBool AsText(YamlTree value)
{
  if (value->kind != YAML_TREE_SCALAR || YamlTreeIsNull(value) || !value->text[0]) return PETSC_FALSE;
  for (const char *c = value->text; *c; c++)
    if (iscntrl((unsigned char)*c)) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode ReadNumber(Reader *r, const Field *f, YamlTree value, void *slot)
{
  PetscReal number = 0;

  PetscFunctionBeginUser;
  if (!AsReal(value, &number) || number < f->min || number > f->max ||
      (f->kind == FIELD_INTEGER && number != floor(number))) {
    PetscCall(Wrong(r, f->key, value, f->expected));
    PetscFunctionReturn(0);
  }
  if (f->kind == FIELD_INTEGER)
    *(PetscInt *)slot = (PetscInt)number;
  else
    *(PetscReal *)slot = number;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadChoice(Reader *r, const Field *f, YamlTree value, char **slot)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; value->kind == YAML_TREE_SCALAR && f->choice[k]; k++)
    if (!strcmp(f->choice[k], value->text)) {
      PetscCall(SetText(slot, value->text));
      PetscFunctionReturn(0);
    }
  PetscCall(Wrong(r, f->key, value, f->expected));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadText(Reader *r, const Field *f, YamlTree value, char **slot)
{
  PetscFunctionBeginUser;
  if (!AsText(value))
    PetscCall(Wrong(r, f->key, value, f->expected));
  else if (f->kind == FIELD_PATH)
    PetscCall(SetPath(r, value->text, slot));
  else
    PetscCall(SetText(slot, value->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadField(Reader *r, const Field *f, YamlTree value, void *target)
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
    PetscCall(ReadNumber(r, f, value, slot));
    break;
  case FIELD_BOOLEAN:
    if (!AsBoolean(value, (PetscBool *)slot)) PetscCall(Wrong(r, f->key, value, "true or false"));
    break;
  case FIELD_CHOICE:
    PetscCall(ReadChoice(r, f, value, (char **)slot));
    break;
  case FIELD_TIME:
    if (value->kind != YAML_TREE_SCALAR || !TimestampParse(value->text, (long long *)slot))
      PetscCall(Wrong(r, f->key, value, "a date and time in UTC such as 2030-06-21T00:00:00Z"));
    break;
  case FIELD_TREE:
    *(YamlTree *)slot = value;
    break;
  case FIELD_LATER:
    break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode UnknownKey(Reader *r, const char *where, const char *key, PetscInt line, const Field *fields,
                                 PetscInt n)
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

/* Reads the mapping `tree` (NULL: nothing was given) into `target`; every fault in it is added. */
static PetscErrorCode ReadFields(Reader *r, const char *where, YamlTree tree, const Field *fields, PetscInt n,
                                 void *target)
{
  PetscFunctionBeginUser;
  if (!tree) PetscFunctionReturn(0);
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(Wrong(r, where, tree, "a mapping"));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < tree->n; k++) {
    PetscInt f = 0;
    while (f < n && strcmp(fields[f].key, tree->key[k]) != 0) f++;
    if (f == n)
      PetscCall(UnknownKey(r, where, tree->key[k], tree->key_line[k], fields, n));
    else
      PetscCall(ReadField(r, &fields[f], tree->child[k], target));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Require(Reader *r, const char *where, YamlTree tree, const char *key, const char *what)
{
  PetscFunctionBeginUser;
  if (tree && tree->kind == YAML_TREE_MAPPING && YamlTreeFind(tree, key) < 0)
    PetscCall(
        FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line, "%s: found no key '%s', expected %s", where, key, what));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadNetworkSection(Reader *r, YamlTree tree, Study study)
{
  static const Field fields[] = {
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
    PetscCall(ReadField(r, &fields[0], tree, study));
    PetscFunctionReturn(0);
  }
  PetscCall(ReadFields(r, "network", tree, fields, 2, study));
  PetscCall(Require(r, "network", tree, "path", "the path of a network"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadWindows(Reader *r, YamlTree tree, Study study)
{
  static const Field fields[] = {
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
  PetscCall(ReadFields(r, "windows", tree, fields, 3, study));
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
static PetscErrorCode ReadSoft(Reader *r, YamlTree tree, Study study)
{
  char  expected[SOFT_LIMITS][96];
  Field fields[SOFT_LIMITS];

  PetscFunctionBeginUser;
  for (int k = 0; k < SOFT_LIMITS; k++) {
    const SoftLimit limit = (SoftLimit)k;
    const PetscReal low = SoftLimitLowestPrice(), high = SoftLimitHighestPrice(limit);

    snprintf(expected[k], sizeof expected[k], "a price from %g to %g (%s)", (double)low, (double)high,
             SoftLimitPriceUnit(limit));
    fields[k] =
        (Field){SoftLimitName(limit), FIELD_REAL, (size_t)k * sizeof(PetscReal), low, high, expected[k], {NULL}, 0};
  }
  PetscCall(ReadFields(r, "soft", tree, fields, SOFT_LIMITS, study->soft_price));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDispatch(Reader *r, YamlTree tree, Study study)
{
  static const Field fields[] = {
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
  PetscCall(ReadFields(r, "dispatch", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), study));
  soft = YamlTreeFind(tree, "soft");
  if (soft >= 0) PetscCall(ReadSoft(r, tree->child[soft], study));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAdjustmentAmount(Reader *r, YamlTree value, YamlTree scale, YamlTree item, Adjustment *a)
{
  PetscBool flag;

  PetscFunctionBeginUser;
  if (!value == !scale) {
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, item->line,
                        "adjust: found %s, expected either 'value' or 'scale'",
                        value ? "both 'value' and 'scale'" : "neither 'value' nor 'scale'"));
  } else if (value) {
    a->kind = ADJUST_SET;
    if (AsBoolean(value, &flag))
      a->value = flag ? 1 : 0;
    else if (!AsReal(value, &a->value))
      PetscCall(Wrong(r, "value", value, "a number, true or false"));
  } else {
    a->kind = ADJUST_SCALE;
    if (!AsReal(scale, &a->value) || a->value < 0) PetscCall(Wrong(r, "scale", scale, "a number of at least 0"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAdjustment(Reader *r, YamlTree item, Adjustment *a)
{
  typedef struct {
    Adjustment *a;
    char       *component, *name, *attribute;
    YamlTree    value, scale;
  } Parts;
  static const Field fields[] = {
      {"component", FIELD_TEXT, offsetof(Parts, component), 0, 0, "the name of a component", {NULL}, 0},
      {"name", FIELD_TEXT, offsetof(Parts, name), 0, 0, "the name of an asset, or \"*\"", {NULL}, 0},
      {"attribute", FIELD_TEXT, offsetof(Parts, attribute), 0, 0, "the name of an attribute", {NULL}, 0},
      {"value", FIELD_TREE, offsetof(Parts, value), 0, 0, NULL, {NULL}, 0},
      {"scale", FIELD_TREE, offsetof(Parts, scale), 0, 0, NULL, {NULL}, 0},
  };
  Parts    p      = {a, NULL, NULL, NULL, NULL, NULL};
  PetscInt before = FaultsErrorCount(r->faults);

  PetscFunctionBeginUser;
  PetscCall(ReadFields(r, "adjust", item, fields, 5, &p));
  PetscCall(Require(r, "adjust", item, "component", "the name of a component"));
  PetscCall(Require(r, "adjust", item, "name", "the name of an asset, or \"*\""));
  PetscCall(Require(r, "adjust", item, "attribute", "the name of an attribute"));
  a->component = p.component, a->name = p.name, a->attribute = p.attribute;
  a->line = item->line;
  if (item->kind == YAML_TREE_MAPPING) PetscCall(ReadAdjustmentAmount(r, p.value, p.scale, item, a));
  if (FaultsErrorCount(r->faults) == before) PetscCall(AdjustmentCheck(a, r->path, r->faults));
  a->sound = FaultsErrorCount(r->faults) == before ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadAdjust(Reader *r, YamlTree tree, Study study)
{
  PetscFunctionBeginUser;
  if (!tree) PetscFunctionReturn(0);
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(Wrong(r, "adjust", tree, "a list of changes"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &study->adjustment));
  study->n_adjustments = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(ReadAdjustment(r, tree->child[k], &study->adjustment[k]));
  PetscFunctionReturn(0);
}

/* "F-T" or "F-T:CKT" with bus numbers. */
static PetscBool BranchNotation(const char *text)
{
  size_t from = strspn(text, "0123456789"), to;
  if (!from || from > 9 || text[from] != '-') return PETSC_FALSE;
  text += from + 1;
  to = strspn(text, "0123456789");
  if (!to || to > 9) return PETSC_FALSE;
  return !text[to] || (text[to] == ':' && text[to + 1]) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode ReadStudyFault(Reader *r, YamlTree item, PetscReal until, StudyFault *fault)
{
  static const Field fields[] = {
      {"bus", FIELD_INTEGER, offsetof(StudyFault, bus), 1, 2147483647, "a bus number", {NULL}, 0},
      {"on", FIELD_REAL, offsetof(StudyFault, on_s), 0, 600, "seconds from 0 to 600", {NULL}, 0},
      {"off", FIELD_REAL, offsetof(StudyFault, off_s), 0, 600, "seconds from 0 to 600", {NULL}, 0},
      {"trip", FIELD_TEXT, offsetof(StudyFault, trip), 0, 0, "a branch as \"F-T\" or \"F-T:CKT\"", {NULL}, 0},
  };
  PetscInt before = FaultsErrorCount(r->faults);

  PetscFunctionBeginUser;
  fault->line = item->line;
  PetscCall(ReadFields(r, "faults", item, fields, 4, fault));
  PetscCall(Require(r, "faults", item, "bus", "the number of the faulted bus"));
  PetscCall(Require(r, "faults", item, "on", "the fault's start in seconds"));
  PetscCall(Require(r, "faults", item, "off", "the fault's end in seconds"));
  if (FaultsErrorCount(r->faults) > before) PetscFunctionReturn(0);
  if (fault->off_s <= fault->on_s || fault->off_s > until)
    PetscCall(FaultsAdd(
        r->faults, FAULT_ERROR, r->path, item->line,
        "faults: found a fault from %g s to %g s, expected its end after its start and not after 'until' (%g s)",
        fault->on_s, fault->off_s, until));
  if (fault->trip && !BranchNotation(fault->trip))
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, item->line,
                        "trip: found '%.60s', expected a branch as \"F-T\" or \"F-T:CKT\" with bus numbers",
                        fault->trip));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStudyFaults(Reader *r, YamlTree tree, Study study)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(Wrong(r, "faults", tree, "a list of faults"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &study->fault));
  study->n_faults = tree->n;
  for (PetscInt k = 0; k < tree->n; k++)
    PetscCall(ReadStudyFault(r, tree->child[k], study->stability_until_s, &study->fault[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStabilityHours(Reader *r, YamlTree tree, Study study)
{
  char  expected[80];
  Field field = {"hours", FIELD_INTEGER, 0, 0, (PetscReal)study->window_hours - 1, expected, {NULL}, 0};

  PetscFunctionBeginUser;
  snprintf(expected, sizeof expected, "hours of a window, from 0 to %d", (int)study->window_hours - 1);
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(Wrong(r, "hours", tree, "a list of hours"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &study->stability_hour));
  study->n_stability_hours = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(ReadNumber(r, &field, tree->child[k], &study->stability_hour[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStability(Reader *r, YamlTree tree, Study study)
{
  typedef struct {
    char     *devices;
    PetscInt  line;
    PetscReal until, frequency;
    PetscBool required;
    YamlTree  hours, faults;
  } Parts;
  static const Field fields[] = {
      {"devices", FIELD_PATH, offsetof(Parts, devices), 0, 0, "a path", {NULL}, offsetof(Parts, line)},
      {"until", FIELD_REAL, offsetof(Parts, until), 1e-3, 600, "seconds from 0.001 to 600", {NULL}, 0},
      {"frequency", FIELD_REAL, offsetof(Parts, frequency), 1, 1000, "hertz from 1 to 1000", {NULL}, 0},
      {"required", FIELD_BOOLEAN, offsetof(Parts, required), 0, 0, NULL, {NULL}, 0},
      {"hours", FIELD_TREE, offsetof(Parts, hours), 0, 0, NULL, {NULL}, 0},
      {"faults", FIELD_TREE, offsetof(Parts, faults), 0, 0, NULL, {NULL}, 0},
  };
  Parts p = {NULL, 0, study->stability_until_s, study->frequency_hz, PETSC_FALSE, NULL, NULL};

  PetscFunctionBeginUser;
  study->has_stability = tree ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(ReadFields(r, "stability", tree, fields, 6, &p));
  PetscCall(Require(r, "stability", tree, "faults", "a list of faults"));
  study->devices_path       = p.devices;
  study->devices_line       = p.line;
  study->stability_until_s  = p.until;
  study->frequency_hz       = p.frequency;
  study->stability_required = p.required;
  if (p.hours) PetscCall(ReadStabilityHours(r, p.hours, study));
  if (p.faults) PetscCall(ReadStudyFaults(r, p.faults, study));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadMarket(Reader *r, YamlTree tree, Study study)
{
  static const Field fields[] = {
      {"currency", FIELD_TEXT, offsetof(struct _s_Study, currency), 0, 0, "a currency code such as EUR", {NULL}, 0},
  };
  const char *c;

  PetscFunctionBeginUser;
  PetscCall(ReadFields(r, "market", tree, fields, 1, study));
  c = study->currency;
  if (strlen(c) != 3 || strspn(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                        "currency: found '%.60s', expected a code of three capital letters such as EUR", c));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLedger(Reader *r, YamlTree tree, Study study)
{
  static const Field fields[] = {
      {"origin",
       FIELD_TEXT,
       offsetof(struct _s_Study, ledger_origin),
       0,
       0,
       "a name such as example.org/archipelago/demo",
       {NULL},
       0},
      {"key", FIELD_PATH, offsetof(struct _s_Study, ledger_key_path), 0, 0, "a path", {NULL}, 0},
  };
  const char *prefix = "archipelago.invalid/";
  size_t      length = strlen(prefix) + strlen(study->name) + 1;

  PetscFunctionBeginUser;
  PetscCall(ReadFields(r, "ledger", tree, fields, 2, study));
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
  (*study)->window_hours      = 24;
  (*study)->n_windows         = 1;
  (*study)->reference_bus     = -1;
  (*study)->stability_until_s = 5;
  (*study)->frequency_hz      = 60;
  (*study)->admm_penalty      = 1;
  PetscFunctionReturn(0);
}

/* Takes a value of `regions` that names a file relative to the study. */
static PetscErrorCode ResolveRegions(Reader *r, Study study)
{
  char  *text = study->regions;
  size_t n    = text ? strlen(text) : 0;

  PetscFunctionBeginUser;
  if (n < 5 || strcmp(text + n - 4, ".csv") != 0) PetscFunctionReturn(0);
  study->regions = NULL;
  PetscCall(SetPath(r, text, &study->regions));
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

static const Field root_field[] = {
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
    SECTION("policies", policies),
};

/* Reads one merged tree into a new study. */
static PetscErrorCode Interpret(Reader *r, YamlTree tree, Study *out)
{
  Root  root = {0};
  Study study;

  PetscFunctionBeginUser;
  PetscCall(StudyDefaults(r->path, out));
  study = *out;
  PetscCall(PetscStrallocpy(r->directory[0] ? r->directory : "./", &study->directory));
  PetscCall(ReadFields(r, "study file", tree, root_field, PETSC_STATIC_ARRAY_LENGTH(root_field), &root));
  PetscCall(Require(r, "study file", tree, "study", "the study's name"));
  PetscCall(Require(r, "study file", tree, "network", "the path of a network"));
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
  PetscCall(ReadAdjust(r, root.section.adjust, study));
  PetscCall(ReadStability(r, root.section.stability, study));
  PetscCall(ReadMarket(r, root.section.market, study));
  PetscCall(ReadLedger(r, root.section.ledger, study));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddUnlessKnown(Faults from, PetscInt k, const char *policy, Faults known)
{
  FaultSeverity severity;
  const char   *file, *text, *other;
  PetscInt      line, other_line;

  PetscFunctionBeginUser;
  PetscCall(FaultsGet(from, k, &severity, &file, &line, &text));
  for (PetscInt i = 0; i < FaultsCount(known); i++) {
    PetscCall(FaultsGet(known, i, NULL, NULL, &other_line, &other));
    if (line == other_line && !strcmp(text, other)) PetscFunctionReturn(0);
  }
  PetscCall(FaultsAdd(known, severity, file, line, "policy '%.60s': %s", policy, text));
  PetscFunctionReturn(0);
}

/* Reads the base with one policy merged into it. Faults that the base has already are not said again. */
static PetscErrorCode InterpretPolicy(Reader *r, YamlTree base, YamlTree policy, const char *name, Study *study)
{
  Reader   inner = *r;
  YamlTree merged;

  PetscFunctionBeginUser;
  *study = NULL;
  if (policy->kind != YAML_TREE_MAPPING) {
    PetscCall(Wrong(r, name, policy, "a mapping of the keys that the policy overrides"));
    PetscFunctionReturn(0);
  }
  for (PetscInt k = 0; k < policy->n; k++)
    if (!strcmp(policy->key[k], "policies") || !strcmp(policy->key[k], "study"))
      PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, policy->key_line[k],
                          "policy '%.60s': found the key '%s', expected only keys that a policy can override", name,
                          policy->key[k]));
  PetscCall(FaultsCreate(&inner.faults));
  PetscCall(YamlTreeMerge(base, policy, "adjust", &merged));
  PetscCall(Interpret(&inner, merged, study));
  PetscCall(SetText(&(*study)->policy, name));
  for (PetscInt k = 0; k < FaultsCount(inner.faults); k++) PetscCall(AddUnlessKnown(inner.faults, k, name, r->faults));
  PetscCall(YamlTreeDestroy(&merged));
  PetscCall(FaultsDestroy(&inner.faults));
  PetscFunctionReturn(0);
}

static PetscErrorCode UnknownPolicy(Reader *r, const char *wanted, YamlTree policies)
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

/* Reads every policy, each for its faults, and swaps the wanted one with *study. */
static PetscErrorCode InterpretPolicies(Reader *r, YamlTree base, YamlTree policies, const char *wanted, Study *study)
{
  PetscBool found = !wanted || !strcmp(wanted, "base") ? PETSC_TRUE : PETSC_FALSE;
  Study     other;

  PetscFunctionBeginUser;
  if (policies && policies->kind != YAML_TREE_MAPPING) {
    PetscCall(Wrong(r, "policies", policies, "a mapping from names to policies"));
    policies = NULL;
  }
  for (PetscInt k = 0; policies && k < policies->n; k++) {
    const char *name = policies->key[k];
    if (!strcmp(name, "base") || !name[0] || strlen(name) > 60 || strpbrk(name, "/\\\n\t\r"))
      PetscCall(
          FaultsAdd(r->faults, FAULT_ERROR, r->path, policies->key_line[k],
                    "policies: found the name '%.20s', expected up to 60 characters without slashes, and not 'base'",
                    strpbrk(name, "\n\t\r") ? "" : name));
    PetscCall(InterpretPolicy(r, base, policies->child[k], name, &other));
    if (wanted && other && !strcmp(name, wanted) && !found) {
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

/* The tree without its policies, which the caller then owns. */
static YamlTree TakePolicies(YamlTree tree)
{
  PetscInt k = YamlTreeFind(tree, "policies");
  YamlTree policies;
  if (k < 0) return NULL;
  policies = tree->child[k];
  PetscFree(tree->key[k]);
  for (tree->n--; k < tree->n; k++) {
    tree->child[k]    = tree->child[k + 1];
    tree->key[k]      = tree->key[k + 1];
    tree->key_line[k] = tree->key_line[k + 1];
  }
  return policies;
}

/* Not collective: the same study from the same bytes on every rank. */
static PetscErrorCode StudyFromSource(const Source *source, const char *policy, Faults faults, Study *study)
{
  const char *slash = strrchr(source->path, '/');
  char       *directory;
  Reader      r = {source->path, NULL, faults};
  YamlTree    tree, policies;

  PetscFunctionBeginUser;
  *study = NULL;
  PetscCall(YamlTreeParse(source, faults, &tree));
  if (!tree) PetscFunctionReturn(0);
  PetscCall(PetscStrallocpy(source->path, &directory));
  directory[slash ? slash - source->path + 1 : 0] = 0;
  r.directory                                     = directory;
  if (tree->kind != YAML_TREE_MAPPING) {
    PetscCall(Wrong(&r, "study file", tree, "a mapping with the keys 'study' and 'network'"));
  } else {
    policies = TakePolicies(tree);
    PetscCall(Interpret(&r, tree, study));
    PetscCall(InterpretPolicies(&r, tree, policies, policy, study));
    PetscCall(YamlTreeDestroy(&policies));
  }
  PetscCall(YamlTreeDestroy(&tree));
  PetscCall(PetscFree(directory));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyRead(MPI_Comm comm, const char *path, const char *policy, Faults faults, Study *study)
{
  Source *source;

  PetscFunctionBeginUser;
  *study = NULL;
  PetscCall(SourceLoad(comm, path, faults, &source));
  if (!source) PetscFunctionReturn(0);
  PetscCall(StudyFromSource(source, policy, faults, study));
  PetscCall(SourceDestroy(&source));
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeLists(Study s)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n_policies; k++) PetscCall(PetscFree(s->policy_name[k]));
  for (PetscInt k = 0; k < s->n_adjustments; k++) {
    PetscCall(PetscFree(s->adjustment[k].component));
    PetscCall(PetscFree(s->adjustment[k].name));
    PetscCall(PetscFree(s->adjustment[k].attribute));
  }
  for (PetscInt k = 0; k < s->n_faults; k++) PetscCall(PetscFree(s->fault[k].trip));
  PetscCall(PetscFree(s->policy_name));
  PetscCall(PetscFree(s->adjustment));
  PetscCall(PetscFree(s->stability_hour));
  PetscCall(PetscFree(s->fault));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroy(Study *study)
{
  Study s = *study;

  PetscFunctionBeginUser;
  if (!s) PetscFunctionReturn(0);
  PetscCall(FreeLists(s));
  char *text[] = {s->name,
                  s->path,
                  s->directory,
                  s->policy,
                  s->network_path,
                  s->network_format,
                  s->participants_path,
                  s->regions,
                  s->model,
                  s->dc,
                  s->method,
                  s->devices_path,
                  s->currency,
                  s->ledger_origin,
                  s->ledger_key_path,
                  s->reference_price};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(text); k++) PetscCall(PetscFree(text[k]));
  PetscCall(PetscFree(*study));
  PetscFunctionReturn(0);
}
