/* What must hold between tables of components: names of buses, carriers and types, limits that do not cross, and nothing set
   that the planning model does not have. */
#include "inputs/components_impl.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define FAULTS_OF_ONE_RULE 5

/* One rule over the rows of one table. */
typedef struct {
  ComponentFolder *folder;
  ComponentKind    kind;
  PetscInt         count;
} Rule;

static void TablePath(const ComponentFolder *f, ComponentKind kind, char path[PETSC_MAX_PATH_LEN])
{
  snprintf(path, PETSC_MAX_PATH_LEN, "%s/%s.csv", f->path, ComponentListName(kind));
}

/* Whether the next breach of the rule is still told in full. */
static PetscBool Telling(const Rule *r)
{
  return r->count < FAULTS_OF_ONE_RULE ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode Tell(Rule *r, FaultSeverity severity, PetscInt row, const char *format, ...)
    PETSC_ATTRIBUTE_FORMAT(4, 5);
static PetscErrorCode Tell(Rule *r, FaultSeverity severity, PetscInt row, const char *format, ...)
{
  char    path[PETSC_MAX_PATH_LEN], text[600];
  va_list arguments;
  PetscFunctionBegin;
  if (!Telling(r)) {
    r->count++;
    PetscFunctionReturn(0);
  }
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  TablePath(r->folder, r->kind, path);
  PetscCall(
      FaultsAdd(r->folder->faults, severity, path, row < 0 ? 1 : r->folder->c->table[r->kind].line[row], "%s", text));
  r->count++;
  PetscFunctionReturn(0);
}

static PetscErrorCode TellRest(Rule *r, FaultSeverity severity, const char *what)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscFunctionBegin;
  TablePath(r->folder, r->kind, path);
  if (r->count > FAULTS_OF_ONE_RULE)
    PetscCall(FaultsAdd(r->folder->faults, severity, path, 0, "found %" PetscInt_FMT " more rows with such %s",
                        r->count - FAULTS_OF_ONE_RULE, what));
  PetscFunctionReturn(0);
}

/* A column that names buses; `needed`: none may be empty. */
static PetscErrorCode CheckBuses(ComponentFolder *f, ComponentKind kind, const char *name, PetscBool needed)
{
  const ComponentTable *t = &f->c->table[kind], *buses = &f->c->table[COMPONENT_BUS];
  Rule                  r      = {f, kind, 0};
  const Column         *column = ComponentsHeldColumn(f->c, kind, name);

  PetscFunctionBegin;
  if (!column && needed && t->n)
    PetscCall(Tell(&r, FAULT_ERROR, -1, "found no column \"%s\", expected names of buses.csv", name));
  for (PetscInt k = 0; column && k < t->n; k++) {
    const char *bus = ColumnText(column, k), *near;
    if (!bus[0] && !needed) continue;
    if (bus[0] && ComponentsFind(f->c, COMPONENT_BUS, bus) >= 0) continue;
    near = Telling(&r) ? NearestName(bus, buses->n, buses->name) : NULL;
    PetscCall(Tell(&r, FAULT_ERROR, k, "%s: found the bus \"%.80s\", expected one of buses.csv%s%.80s%s", name, bus,
                   near ? " such as \"" : "", near ? near : "", near ? "\"" : ""));
  }
  PetscCall(TellRest(&r, FAULT_ERROR, "buses"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckAllBuses(ComponentFolder *f)
{
  static const ComponentKind at_bus[] = {COMPONENT_GENERATOR, COMPONENT_LOAD, COMPONENT_STORE, COMPONENT_STORAGE_UNIT,
                                         COMPONENT_SHUNT_IMPEDANCE};
  static const ComponentKind branch[] = {COMPONENT_LINK, COMPONENT_LINE, COMPONENT_TRANSFORMER};
  const ComponentTable      *links    = &f->c->table[COMPONENT_LINK];

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(at_bus); k++) PetscCall(CheckBuses(f, at_bus[k], "bus", PETSC_TRUE));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(branch); k++) {
    PetscCall(CheckBuses(f, branch[k], "bus0", PETSC_TRUE));
    PetscCall(CheckBuses(f, branch[k], "bus1", PETSC_TRUE));
  }
  for (PetscInt k = 0; k < links->n_columns; k++) {
    size_t stem = 1;
    if (ComponentPort(links->column[k]->name, &stem) > 0 && stem == 0)
      PetscCall(CheckBuses(f, COMPONENT_LINK, links->column[k]->name, PETSC_FALSE));
  }
  PetscCall(CheckBuses(f, COMPONENT_GLOBAL_CONSTRAINT, "bus", PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* Carriers of what makes and turns energy decide emissions; elsewhere a carrier is but a label, unless it looks misspelled. */
static PetscErrorCode CheckCarriers(ComponentFolder *f, ComponentKind kind)
{
  const ComponentTable *t = &f->c->table[kind], *carriers = &f->c->table[COMPONENT_CARRIER];
  const Column         *column = ComponentsHeldColumn(f->c, kind, "carrier");
  const PetscBool       counts = kind == COMPONENT_GENERATOR || kind == COMPONENT_LINK || kind == COMPONENT_STORE ||
                           kind == COMPONENT_STORAGE_UNIT;
  Rule error = {f, kind, 0}, warning = {f, kind, 0};

  PetscFunctionBegin;
  if (!column || !ComponentAttribute(kind, "carrier") || !carriers->n) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < t->n; k++) {
    const char *carrier = ColumnText(column, k), *near;
    Rule       *r;
    if (!carrier[0] || !strcmp(carrier, "AC") || !strcmp(carrier, "DC")) continue;
    if (ComponentsFind(f->c, COMPONENT_CARRIER, carrier) >= 0) continue;
    near = NearestName(carrier, carriers->n, carriers->name);
    r    = counts || near ? &error : &warning;
    PetscCall(Tell(r, r == &error ? FAULT_ERROR : FAULT_WARNING, k,
                   "found the carrier \"%.80s\", expected one of carriers.csv%s%.80s%s", carrier,
                   near ? " such as \"" : "", near ? near : "", near ? "\"" : ""));
  }
  PetscCall(TellRest(&error, FAULT_ERROR, "carriers"));
  PetscCall(TellRest(&warning, FAULT_WARNING, "carriers"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckTypes(ComponentFolder *f, ComponentKind kind)
{
  const PetscBool       line  = kind == COMPONENT_LINE ? PETSC_TRUE : PETSC_FALSE;
  const ComponentKind   types = line ? COMPONENT_LINE_TYPE : COMPONENT_TRANSFORMER_TYPE;
  const ComponentTable *t     = &f->c->table[kind];
  const Column         *type = ComponentsColumn(f->c, kind, "type"), *n = ComponentsColumn(f->c, kind, "num_parallel");
  Rule                  r = {f, kind, 0};

  PetscFunctionBegin;
  for (PetscInt k = 0; k < t->n; k++) {
    const char *name = ColumnText(type, k), *near;
    if (!name[0]) continue;
    if (!(line ? FindStandardLineType(name) != NULL : FindStandardTransformerType(name) != NULL) &&
        ComponentsFind(f->c, types, name) < 0) {
      near = NearestStandardType(name, line);
      PetscCall(Tell(&r, FAULT_ERROR, k,
                     "found the type \"%.80s\", expected one of %s.csv or a standard type of PyPSA%s%.80s%s", name,
                     ComponentListName(types), near ? " such as \"" : "", near ? near : "", near ? "\"" : ""));
    } else if (!(ColumnReal(n, k) > 0)) {
      PetscCall(
          Tell(&r, FAULT_ERROR, k, "found num_parallel = %g with a type, expected more than 0", ColumnReal(n, k)));
    }
  }
  PetscCall(TellRest(&r, FAULT_ERROR, "types"));
  PetscFunctionReturn(0);
}

/* First snapshot at which the lower series stands above the upper one (0 where neither varies), or -1. */
static PetscInt Crossing(Components c, const Column *low, const Column *high, PetscInt row)
{
  const PetscBool varies = (low->series && low->series[row]) || (high->series && high->series[row]);
  for (PetscInt s = 0; s < (varies ? c->n_snapshots : 1); s++)
    if (ColumnAt(low, row, s) > ColumnAt(high, row, s)) return s;
  return -1;
}

static PetscErrorCode CheckLimits(ComponentFolder *f, ComponentKind kind, const char *low, const char *high)
{
  const ComponentTable *t    = &f->c->table[kind];
  const Attribute      *a    = ComponentAttribute(kind, low);
  Rule                  r    = {f, kind, 0};
  const Column         *from = a ? ComponentsColumn(f->c, kind, low) : NULL, *to = ComponentsColumn(f->c, kind, high);

  PetscFunctionBegin;
  for (PetscInt k = 0; from && to && k < t->n; k++) {
    const PetscInt s = Crossing(f->c, from, to, k);
    if (s >= 0)
      PetscCall(Tell(&r, FAULT_ERROR, k, "found %s = %g above %s = %g%s%.40s, expected it not above for \"%.80s\"", low,
                     ColumnAt(from, k, s), high, ColumnAt(to, k, s), a->varying ? " at " : "",
                     a->varying ? f->c->snapshot[s] : "", t->name[k]));
  }
  PetscCall(TellRest(&r, FAULT_ERROR, "limits"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckAllLimits(ComponentFolder *f)
{
  static const char *const pair[][2] = {{"p_nom_min", "p_nom_max"}, {"s_nom_min", "s_nom_max"},
                                        {"e_nom_min", "e_nom_max"}, {"p_min_pu", "p_max_pu"},
                                        {"e_min_pu", "e_max_pu"},   {"e_sum_min", "e_sum_max"}};
  PetscFunctionBegin;
  for (int kind = 0; kind < COMPONENT_KINDS; kind++)
    for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(pair); k++)
      PetscCall(CheckLimits(f, (ComponentKind)kind, pair[k][0], pair[k][1]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckPositive(ComponentFolder *f, ComponentKind kind, const char *name)
{
  const Column *column = ComponentsHeldColumn(f->c, kind, name);
  Rule          r      = {f, kind, 0};
  PetscFunctionBegin;
  for (PetscInt k = 0; column && k < column->n; k++)
    if (!(ColumnReal(column, k) > 0))
      PetscCall(Tell(&r, FAULT_ERROR, k, "column \"%s\": found %g, expected more than 0", name, ColumnReal(column, k)));
  PetscCall(TellRest(&r, FAULT_ERROR, "values"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckConstraints(ComponentFolder *f)
{
  const ComponentKind   kind   = COMPONENT_GLOBAL_CONSTRAINT;
  const ComponentTable *t      = &f->c->table[kind];
  const Column         *sense  = ComponentsColumn(f->c, kind, "sense");
  const Column         *period = ComponentsColumn(f->c, kind, "investment_period");
  Rule                  r      = {f, kind, 0};

  PetscFunctionBegin;
  for (PetscInt k = 0; k < t->n; k++) {
    const char *s     = ColumnText(sense, k);
    PetscBool   known = isnan(ColumnReal(period, k)) ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt p = 0; p < f->c->n_periods; p++)
      if (ColumnReal(period, k) == (PetscReal)f->c->period[p]) known = PETSC_TRUE;
    if (strcmp(s, "<=") != 0 && strcmp(s, ">=") != 0 && strcmp(s, "==") != 0)
      PetscCall(Tell(&r, FAULT_ERROR, k, "column \"sense\": found \"%.20s\", expected <=, == or >=", s));
    if (!known)
      PetscCall(Tell(&r, FAULT_ERROR, k, "column \"investment_period\": found %g, expected one of the network's",
                     ColumnReal(period, k)));
  }
  PetscCall(TellRest(&r, FAULT_ERROR, "settings"));
  PetscFunctionReturn(0);
}

/* A text that grows as long as there is room. */
static void Join(char *text, size_t size, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(3, 4);
static void Join(char *text, size_t size, const char *format, ...)
{
  const size_t used = strlen(text);
  va_list      arguments;
  va_start(arguments, format);
  vsnprintf(text + used, size - used, format, arguments);
  va_end(arguments);
}

static PetscBool IsStandard(const Column *column, PetscInt row)
{
  const PetscReal standard = column->attribute->standard, value = column->real[row];
  return (column->series && column->series[row]) || !(value == standard || (isnan(value) && isnan(standard)))
             ? PETSC_FALSE
             : PETSC_TRUE;
}

/* All that is set and that the model does not have, in one text. */
static void ListRefused(ComponentFolder *f, char *text, size_t size)
{
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    const ComponentTable *t = &f->c->table[kind];
    for (PetscInt k = 0; k < t->n_columns; k++) {
      const Column *column = t->column[k];
      PetscInt      n = 0, first = -1;
      if (!column->attribute || column->attribute->use != ATTRIBUTE_REFUSED) continue;
      for (PetscInt row = 0; row < t->n; row++)
        if (!IsStandard(column, row)) {
          if (!n++) first = row;
        }
      if (n)
        Join(text, size,
             "%s%s of %s (%" PetscInt_FMT " of %" PetscInt_FMT " rows, first \"%.60s\" in %s.csv:%" PetscInt_FMT ")",
             text[0] ? ", " : "", column->name, ComponentListName((ComponentKind)kind), n, t->n, t->name[first],
             ComponentListName((ComponentKind)kind), t->line[first]);
    }
  }
  for (PetscInt k = 0; k < f->n_files; k++) {
    const size_t n = strlen(f->file[k]);
    for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
      const size_t length = strlen(ComponentListName((ComponentKind)kind));
      if (n > length + 8 && !strncmp(f->file[k], ComponentListName((ComponentKind)kind), length) &&
          f->file[k][length] == '-' && !strcmp(f->file[k] + n - 7, "-pw.csv"))
        Join(text, size, "%spiecewise costs (%s)", text[0] ? ", " : "", f->file[k]);
    }
  }
}

/* Tables of PyPSA's components that are not read, where they have rows. */
static PetscErrorCode ListOtherTables(ComponentFolder *f, char *text, size_t size)
{
  static const char *const other[] = {"processes", "scenarios"};
  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(other); k++) {
    char file[64];
    Csv  csv;
    snprintf(file, sizeof file, "%s.csv", other[k]);
    PetscCall(ComponentFolderCsv(f, file, &csv));
    if (csv && CsvRows(csv)) Join(text, size, "%s%s (%" PetscInt_FMT " rows)", text[0] ? ", " : "", file, CsvRows(csv));
    PetscCall(CsvDestroy(&csv));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckRefused(ComponentFolder *f)
{
  char text[900] = "";
  PetscFunctionBegin;
  PetscCall(ListOtherTables(f, text, sizeof text));
  ListRefused(f, text, sizeof text);
  if (text[0])
    PetscCall(FaultsAdd(f->faults, FAULT_ERROR, f->path, 0,
                        "found what planning does not have: %s; expected these at their defaults", text));
  PetscFunctionReturn(0);
}

/* Columns that look like a misspelled attribute are worth a word: they change nothing. */
static PetscErrorCode CheckSpelling(ComponentFolder *f, ComponentKind kind)
{
  const ComponentTable *t = &f->c->table[kind];
  const char           *word[128];
  size_t                n = 0;
  Rule                  r = {f, kind, 0};

  PetscFunctionBegin;
  for (const Attribute *a = component_attributes[kind]; a->name && n + 1 < PETSC_STATIC_ARRAY_LENGTH(word); a++)
    if (!ComponentsHeldColumn(f->c, kind, a->name)) word[n++] = a->name;
  word[n] = NULL;
  for (PetscInt k = 0; k < t->n_columns; k++) {
    const char *name = t->column[k]->name, *near;
    if (t->column[k]->attribute || strlen(name) < 7) continue;
    near = NearestWord(name, word);
    if (near)
      PetscCall(Tell(&r, FAULT_WARNING, -1, "found a column \"%.80s\", which means nothing here; is \"%s\" meant?",
                     name, near));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsCheck(ComponentFolder *f)
{
  PetscFunctionBegin;
  PetscCall(CheckRefused(f));
  PetscCall(CheckAllBuses(f));
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) {
    PetscCall(CheckCarriers(f, (ComponentKind)kind));
    PetscCall(CheckSpelling(f, (ComponentKind)kind));
  }
  PetscCall(CheckTypes(f, COMPONENT_LINE));
  PetscCall(CheckTypes(f, COMPONENT_TRANSFORMER));
  PetscCall(CheckAllLimits(f));
  PetscCall(CheckPositive(f, COMPONENT_BUS, "v_nom"));
  PetscCall(CheckPositive(f, COMPONENT_STORAGE_UNIT, "efficiency_dispatch"));
  PetscCall(CheckConstraints(f));
  PetscFunctionReturn(0);
}
