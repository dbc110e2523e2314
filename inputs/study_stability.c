/* The section `stability` of a study: what disturbs which hours, what counts as secure, and how often the dispatch may be
   changed for it. */
#include "inputs/study_fields.h"

#include <math.h>
#include <string.h>

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

static PetscErrorCode ReadStudyFault(StudyReader *r, YamlTree item, PetscReal until, StudyFault *fault)
{
  static const StudyField fields[] = {
      {"bus", FIELD_INTEGER, offsetof(StudyFault, bus), 1, 2147483647, "a bus number", {NULL}, 0},
      {"on", FIELD_REAL, offsetof(StudyFault, on_s), 0, 600, "seconds from 0 to 600", {NULL}, 0},
      {"off", FIELD_REAL, offsetof(StudyFault, off_s), 0, 600, "seconds from 0 to 600", {NULL}, 0},
      {"trip", FIELD_TEXT, offsetof(StudyFault, trip), 0, 0, "a branch as \"F-T\" or \"F-T:CKT\"", {NULL}, 0},
  };
  PetscInt before = FaultsErrorCount(r->faults);

  PetscFunctionBeginUser;
  fault->line = item->line;
  PetscCall(FieldsRead(r, "faults", item, fields, 4, fault));
  PetscCall(FieldsRequire(r, "faults", item, "bus", "the number of the faulted bus"));
  PetscCall(FieldsRequire(r, "faults", item, "on", "the fault's start in seconds"));
  PetscCall(FieldsRequire(r, "faults", item, "off", "the fault's end in seconds"));
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

static PetscErrorCode ReadStudyFaults(StudyReader *r, YamlTree tree, Study study)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, "faults", tree, "a list of faults"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &study->fault));
  study->n_faults = tree->n;
  for (PetscInt k = 0; k < tree->n; k++)
    PetscCall(ReadStudyFault(r, tree->child[k], study->stability_until_s, &study->fault[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadHours(StudyReader *r, YamlTree tree, PetscInt window_hours, StudyHours *hours)
{
  char       expected[80];
  StudyField field = {"hours", FIELD_INTEGER, 0, 0, (PetscReal)window_hours - 1, expected, {NULL}, 0};

  PetscFunctionBeginUser;
  snprintf(expected, sizeof expected, "hours of a window, from 0 to %d", (int)window_hours - 1);
  if (tree->kind == YAML_TREE_SCALAR && !strcmp(tree->text, "worst")) {
    hours->worst = PETSC_TRUE;
    PetscFunctionReturn(0);
  }
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, "hours", tree, "a list of hours, or worst"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &hours->hour));
  hours->n = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) PetscCall(FieldRead(r, &field, tree->child[k], &hours->hour[k]));
  PetscFunctionReturn(0);
}

/* The events of a disturbance as texts: what they mean depends on the network. */
static PetscErrorCode ReadEvents(StudyReader *r, YamlTree tree, StudyDisturbance *d)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE || !tree->n) {
    PetscCall(FieldWrong(r, "events", tree, "a list of events such as \"t=1.0,trip=1-3\""));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n, &d->event));
  PetscCall(PetscCalloc1(tree->n, &d->event_line));
  for (PetscInt k = 0; k < tree->n; k++) {
    if (!FieldAsText(tree->child[k])) {
      PetscCall(FieldWrong(r, "events", tree->child[k], "an event such as \"t=1.0,trip=1-3\""));
      continue;
    }
    d->event_line[d->n_events] = tree->child[k]->line;
    PetscCall(PetscStrallocpy(tree->child[k]->text, &d->event[d->n_events++]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDisturbance(StudyReader *r, YamlTree item, PetscInt window_hours, StudyDisturbance *d)
{
  typedef struct {
    char    *name;
    YamlTree hours, events;
  } Parts;
  static const StudyField fields[] = {
      {"name", FIELD_TEXT, offsetof(Parts, name), 0, 0, "the disturbance's name", {NULL}, 0},
      {"hours", FIELD_TREE, offsetof(Parts, hours), 0, 0, NULL, {NULL}, 0},
      {"events", FIELD_TREE, offsetof(Parts, events), 0, 0, NULL, {NULL}, 0},
  };
  Parts p = {NULL, NULL, NULL};

  PetscFunctionBeginUser;
  d->line = item->line;
  PetscCall(FieldsRead(r, "events", item, fields, PETSC_STATIC_ARRAY_LENGTH(fields), &p));
  PetscCall(FieldsRequire(r, "events", item, "name", "the disturbance's name"));
  PetscCall(FieldsRequire(r, "events", item, "events", "a list of events"));
  d->name = p.name;
  if (p.name && strlen(p.name) > 80)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, item->line,
                        "name: found %d bytes, expected a disturbance's name of at most 80", (int)strlen(p.name)));
  d->own_hours = p.hours ? PETSC_TRUE : PETSC_FALSE;
  if (p.hours) PetscCall(ReadHours(r, p.hours, window_hours, &d->hours));
  if (p.events) PetscCall(ReadEvents(r, p.events, d));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDisturbances(StudyReader *r, YamlTree tree, Study study)
{
  PetscFunctionBeginUser;
  if (tree->kind != YAML_TREE_SEQUENCE) {
    PetscCall(FieldWrong(r, "events", tree, "a list of disturbances, each with a name and events"));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(tree->n + 1, &study->disturbance));
  study->n_disturbances = tree->n;
  for (PetscInt k = 0; k < tree->n; k++) {
    const char *name;
    PetscCall(ReadDisturbance(r, tree->child[k], study->window_hours, &study->disturbance[k]));
    name = study->disturbance[k].name;
    for (PetscInt j = 0; j < k && name; j++)
      if (study->disturbance[j].name && !strcmp(name, study->disturbance[j].name))
        PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->child[k]->line,
                            "events: found the name '%.60s' twice, expected different names", name));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLimits(StudyReader *r, YamlTree tree, StudyLimits *limits)
{
#define LIMIT(key, low, high, expected)                                           \
  {                                                                               \
#key, FIELD_REAL, offsetof(StudyLimits, key), low, high, expected, {NULL }, 0 \
  }
  static const StudyField fields[] = {
      LIMIT(angle_deg, 1, 3600, "degrees from 1 to 3600"),
      LIMIT(voltage_pu, 0, 1, "a share of the voltage before the events, from 0 to 1"),
      LIMIT(voltage_s, 0, 600, "seconds from 0 to 600"),
      LIMIT(frequency_min_hz, 0, 1000, "hertz from 0 to 1000"),
      LIMIT(frequency_max_hz, 0, 1000, "hertz from 0 to 1000"),
      LIMIT(rocof_hz_per_s, 1e-3, 1000, "hertz per second from 0.001 to 1000"),
      LIMIT(settling_hz, 1e-6, 1000, "hertz from 0.000001 to 1000"),
  };
#undef LIMIT

  PetscFunctionBeginUser;
  PetscCall(FieldsRead(r, "limits", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), limits));
  limits->line = tree->line;
  if (limits->frequency_min_hz >= limits->frequency_max_hz)
    PetscCall(
        FaultsAdd(r->faults, FAULT_ERROR, r->path, tree->line,
                  "limits: found frequency_min_hz %g and frequency_max_hz %g, expected the first below the second",
                  (double)limits->frequency_min_hz, (double)limits->frequency_max_hz));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetDefaults(Study study)
{
  PetscFunctionBeginUser;
  study->stability_until_s   = 5;
  study->stability_tolerance = 1e-6;
  study->security_rounds     = -1;
  study->limits              = (StudyLimits){NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0};
  PetscCall(FieldSetText(&study->load_model, "z"));
  PetscFunctionReturn(0);
}

/* Rounds without a demand would change a dispatch for nothing that must be kept. */
static PetscErrorCode SettleRounds(StudyReader *r, PetscInt line, Study study)
{
  PetscFunctionBeginUser;
  if (study->security_rounds > 0 && !study->stability_required)
    PetscCall(FaultsAdd(r->faults, FAULT_ERROR, r->path, line,
                        "rounds: found %d without 'required: true', expected 0: a dispatch is made again only where "
                        "security is required",
                        (int)study->security_rounds));
  if (study->security_rounds < 0) study->security_rounds = study->stability_required ? 3 : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode StudyReadStability(StudyReader *r, YamlTree tree, Study study)
{
#define AT(member) offsetof(struct _s_Study, member)
  static const StudyField fields[] = {
      {"devices", FIELD_PATH, AT(devices_path), 0, 0, "a path", {NULL}, AT(devices_line)},
      {"until", FIELD_REAL, AT(stability_until_s), 1e-3, 600, "seconds from 0.001 to 600", {NULL}, 0},
      {"frequency", FIELD_REAL, AT(frequency_hz), 1, 1000, "hertz from 1 to 1000", {NULL}, 0},
      {"tolerance", FIELD_REAL, AT(stability_tolerance), 1e-10, 1e-2, "a number from 1e-10 to 0.01", {NULL}, 0},
      {"load_model", FIELD_CHOICE, AT(load_model), 0, 0, "z, i or p", {"z", "i", "p", NULL}, 0},
      {"strict", FIELD_BOOLEAN, AT(stability_strict), 0, 0, NULL, {NULL}, 0},
      {"required", FIELD_BOOLEAN, AT(stability_required), 0, 0, NULL, {NULL}, 0},
      {"rounds", FIELD_INTEGER, AT(security_rounds), 0, 3, "a whole number from 0 to 3", {NULL}, 0},
      {"limits", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"hours", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"faults", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
      {"events", FIELD_LATER, 0, 0, 0, NULL, {NULL}, 0},
  };
#undef AT
  const PetscInt limits = YamlTreeFind(tree, "limits"), hours = YamlTreeFind(tree, "hours");
  const PetscInt faults = YamlTreeFind(tree, "faults"), events = YamlTreeFind(tree, "events");

  PetscFunctionBeginUser;
  PetscCall(SetDefaults(study));
  study->has_stability = tree ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(FieldsRead(r, "stability", tree, fields, PETSC_STATIC_ARRAY_LENGTH(fields), study));
  if (events < 0) PetscCall(FieldsRequire(r, "stability", tree, "faults", "a list of faults, or 'events'"));
  if (limits >= 0) PetscCall(ReadLimits(r, tree->child[limits], &study->limits));
  if (hours >= 0) PetscCall(ReadHours(r, tree->child[hours], study->window_hours, &study->stability_hours));
  if (faults >= 0) PetscCall(ReadStudyFaults(r, tree->child[faults], study));
  if (events >= 0) PetscCall(ReadDisturbances(r, tree->child[events], study));
  PetscCall(SettleRounds(r, tree ? tree->line : 0, study));
  PetscFunctionReturn(0);
}

PetscErrorCode StudyDestroyStability(Study s)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < s->n_faults; k++) PetscCall(PetscFree(s->fault[k].trip));
  for (PetscInt k = 0; k < s->n_disturbances; k++) {
    StudyDisturbance *d = &s->disturbance[k];
    for (PetscInt i = 0; i < d->n_events; i++) PetscCall(PetscFree(d->event[i]));
    PetscCall(PetscFree(d->event));
    PetscCall(PetscFree(d->event_line));
    PetscCall(PetscFree(d->hours.hour));
    PetscCall(PetscFree(d->name));
  }
  PetscCall(PetscFree(s->fault));
  PetscCall(PetscFree(s->disturbance));
  PetscCall(PetscFree(s->stability_hours.hour));
  PetscCall(PetscFree(s->load_model));
  PetscCall(PetscFree(s->devices_path));
  PetscFunctionReturn(0);
}
