/* Components in memory: tables of columns, and changing them. */
#include "inputs/components_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode SetString(char **held, const char *value)
{
  char *copy;
  PetscFunctionBegin;
  PetscCall(PetscStrallocpy(value, &copy));
  PetscCall(PetscFree(*held));
  *held = copy;
  PetscFunctionReturn(0);
}

/* Fills rows [from, to) with the default. */
static PetscErrorCode FillStandard(Column *column, PetscInt from, PetscInt to)
{
  const Attribute *a = column->attribute;
  PetscFunctionBegin;
  for (PetscInt k = from; k < to; k++) {
    if (column->real) column->real[k] = a ? a->standard : NAN;
    if (column->text) PetscCall(PetscStrallocpy(a ? a->standard_text : "", &column->text[k]));
    if (column->series) column->series[k] = NULL;
    if (column->given) column->given[k] = PETSC_FALSE;
  }
  column->n = to;
  PetscFunctionReturn(0);
}

static PetscErrorCode ColumnCreate(const ComponentTable *t, const char *name, const Attribute *a, Column **column)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(column));
  PetscCall(PetscStrallocpy(name, &(*column)->name));
  (*column)->attribute = a;
  (*column)->type      = a ? a->type : ATTRIBUTE_TEXT;
  if ((*column)->type == ATTRIBUTE_TEXT)
    PetscCall(PetscCalloc1(t->capacity + 1, &(*column)->text));
  else
    PetscCall(PetscMalloc1(t->capacity + 1, &(*column)->real));
  PetscCall(FillStandard(*column, 0, t->n));
  PetscFunctionReturn(0);
}

static PetscErrorCode Append(PetscInt *n, Column ***list, Column *column)
{
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)(*n + 1) * sizeof **list, list));
  (*list)[(*n)++] = column;
  PetscFunctionReturn(0);
}

static PetscInt Position(PetscInt n, Column *const *list, const char *name)
{
  for (PetscInt k = 0; k < n; k++)
    if (!strcmp(list[k]->name, name)) return k;
  return -1;
}

Column *ComponentsHeldColumn(Components c, ComponentKind kind, const char *name)
{
  const ComponentTable *t = &c->table[kind];
  const PetscInt        k = Position(t->n_columns, t->column, name);
  return k < 0 ? NULL : t->column[k];
}

PetscErrorCode ComponentsNeedColumn(Components c, ComponentKind kind, const char *name, Column **column)
{
  ComponentTable *t = &c->table[kind];
  PetscInt        k;

  PetscFunctionBegin;
  *column = ComponentsHeldColumn(c, kind, name);
  if (*column) PetscFunctionReturn(0);
  k = Position(t->n_standard, t->standard, name);
  if (k >= 0) {
    *column        = t->standard[k];
    t->standard[k] = t->standard[--t->n_standard];
  } else {
    PetscCall(ColumnCreate(t, name, ComponentAttribute(kind, name), column));
  }
  PetscCall(Append(&t->n_columns, &t->column, *column));
  PetscFunctionReturn(0);
}

const Column *ComponentsColumn(Components c, ComponentKind kind, const char *attribute)
{
  ComponentTable  *t    = &c->table[kind];
  const Attribute *a    = NULL;
  Column          *held = ComponentsHeldColumn(c, kind, attribute);
  PetscInt         k;

  if (held) return held;
  k = Position(t->n_standard, t->standard, attribute);
  if (k >= 0) return t->standard[k];
  a = ComponentAttribute(kind, attribute);
  if (!a || ColumnCreate(t, attribute, a, &held) || Append(&t->n_standard, &t->standard, held)) return NULL;
  return held;
}

/* The index covers the first names; what was added since is few and looked through. */
PetscInt ComponentsFind(Components c, ComponentKind kind, const char *name)
{
  ComponentTable *t = &c->table[kind];
  PetscInt        found;
  if (t->n - t->indexed > 32 + t->indexed / 8 || !t->index) {
    if (NameIndexDestroy(&t->index) || NameIndexCreate(t->n, t->name, &t->index)) return -1;
    t->indexed = t->n;
  }
  found = NameIndexFind(t->index, name);
  for (PetscInt k = t->indexed; found < 0 && k < t->n; k++)
    if (!strcmp(t->name[k], name)) found = k;
  return found;
}

static PetscErrorCode ColumnGrow(Column *column, PetscInt capacity)
{
  const size_t n = (size_t)capacity + 1;
  PetscFunctionBegin;
  if (column->real) PetscCall(PetscRealloc(n * sizeof *column->real, &column->real));
  if (column->text) PetscCall(PetscRealloc(n * sizeof *column->text, &column->text));
  if (column->series) PetscCall(PetscRealloc(n * sizeof *column->series, &column->series));
  if (column->given) PetscCall(PetscRealloc(n * sizeof *column->given, &column->given));
  PetscFunctionReturn(0);
}

static PetscErrorCode Grow(ComponentTable *t)
{
  const PetscInt capacity = t->capacity ? 2 * t->capacity : 16;
  PetscFunctionBegin;
  PetscCall(PetscRealloc((size_t)capacity * sizeof *t->name, &t->name));
  PetscCall(PetscRealloc((size_t)capacity * sizeof *t->line, &t->line));
  for (PetscInt k = 0; k < t->n_columns; k++) PetscCall(ColumnGrow(t->column[k], capacity));
  for (PetscInt k = 0; k < t->n_standard; k++) PetscCall(ColumnGrow(t->standard[k], capacity));
  t->capacity = capacity;
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsAddRow(Components c, ComponentKind kind, const char *name, PetscInt *row)
{
  ComponentTable *t = &c->table[kind];

  PetscFunctionBeginUser;
  PetscCheck(name[0] && ComponentsFind(c, kind, name) < 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "%s \"%s\" is there already", ComponentClassName(kind), name);
  if (t->n == t->capacity) PetscCall(Grow(t));
  PetscCall(PetscStrallocpy(name, &t->name[t->n]));
  t->line[t->n] = 0;
  t->n++;
  for (PetscInt k = 0; k < t->n_columns; k++) PetscCall(FillStandard(t->column[k], t->n - 1, t->n));
  for (PetscInt k = 0; k < t->n_standard; k++) PetscCall(FillStandard(t->standard[k], t->n - 1, t->n));
  if (row) *row = t->n - 1;
  PetscFunctionReturn(0);
}

PetscErrorCode ColumnNeedGiven(Components c, ComponentKind kind, Column *column)
{
  PetscFunctionBegin;
  if (!column->given) PetscCall(PetscCalloc1(c->table[kind].capacity + 1, &column->given));
  PetscFunctionReturn(0);
}

PetscErrorCode ColumnNeedSeries(Components c, ComponentKind kind, Column *column, PetscInt row, PetscReal **series)
{
  PetscFunctionBegin;
  if (!column->series) PetscCall(PetscCalloc1(c->table[kind].capacity + 1, &column->series));
  if (!column->series[row]) PetscCall(PetscMalloc1(c->n_snapshots + 1, &column->series[row]));
  *series = column->series[row];
  PetscFunctionReturn(0);
}

PetscErrorCode ColumnNumbers(Components c, ComponentKind kind, Column *column)
{
  PetscBool numbers = PETSC_FALSE;
  PetscReal value;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < column->n; k++) {
    if (!column->text[k][0]) continue;
    if (!TextToReal(column->text[k], &value)) PetscFunctionReturn(0);
    numbers = PETSC_TRUE;
  }
  if (!numbers) PetscFunctionReturn(0);
  if (!column->real) PetscCall(PetscMalloc1(c->table[kind].capacity + 1, &column->real));
  for (PetscInt k = 0; k < column->n; k++)
    if (!TextToReal(column->text[k], &column->real[k])) column->real[k] = NAN;
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckRow(Components c, ComponentKind kind, PetscInt row)
{
  PetscFunctionBegin;
  PetscCheck(row >= 0 && row < c->table[kind].n, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "row %" PetscInt_FMT " of %" PetscInt_FMT " %s", row, c->table[kind].n, ComponentListName(kind));
  PetscFunctionReturn(0);
}

/* Columns that the schema does not know carry a number as text too. */
static PetscErrorCode SetNumberOfUnknown(Components c, ComponentKind kind, Column *column, PetscInt row,
                                         PetscReal value)
{
  char text[REAL_TEXT_SIZE];
  int  n = 0;

  PetscFunctionBegin;
  if (!column->real) {
    PetscCall(PetscMalloc1(c->table[kind].capacity + 1, &column->real));
    for (PetscInt k = 0; k < column->n; k++)
      if (!TextToReal(column->text[k], &column->real[k])) column->real[k] = NAN;
  }
  if (!isnan(value)) n = RealToText(value, text);
  text[n] = 0;
  PetscCall(SetString(&column->text[row], text));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsSetReal(Components c, ComponentKind kind, const char *attribute, PetscInt row, PetscReal value)
{
  Column *column;

  PetscFunctionBeginUser;
  PetscCall(CheckRow(c, kind, row));
  PetscCall(ComponentsNeedColumn(c, kind, attribute, &column));
  if (!column->attribute) PetscCall(SetNumberOfUnknown(c, kind, column, row, value));
  PetscCheck(column->real, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "%s of %s is a text", attribute,
             ComponentListName(kind));
  PetscCall(ColumnNeedGiven(c, kind, column));
  column->real[row]  = value;
  column->given[row] = PETSC_TRUE;
  if (column->series) PetscCall(PetscFree(column->series[row]));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsSetText(Components c, ComponentKind kind, const char *attribute, PetscInt row,
                                 const char *value)
{
  Column *column;

  PetscFunctionBeginUser;
  PetscCall(CheckRow(c, kind, row));
  PetscCall(ComponentsNeedColumn(c, kind, attribute, &column));
  PetscCheck(column->text, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "%s of %s is a number", attribute,
             ComponentListName(kind));
  PetscCall(ColumnNeedGiven(c, kind, column));
  PetscCall(SetString(&column->text[row], value));
  if (column->real && !TextToReal(value, &column->real[row])) column->real[row] = NAN;
  column->given[row] = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsSetSeries(Components c, ComponentKind kind, const char *attribute, PetscInt row,
                                   const PetscReal *value)
{
  Column    *column;
  PetscReal *series = NULL;

  PetscFunctionBeginUser;
  PetscCall(CheckRow(c, kind, row));
  PetscCall(ComponentsNeedColumn(c, kind, attribute, &column));
  PetscCall(ColumnNeedSeries(c, kind, column, row, &series));
  PetscCall(PetscArraycpy(series, value, c->n_snapshots));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsSetFact(Components c, const char *name, const char *value)
{
  PetscInt k = 0;
  PetscFunctionBeginUser;
  while (k < c->n_facts && strcmp(c->fact_name[k], name) != 0) k++;
  if (k == c->n_facts) {
    PetscCall(PetscRealloc((size_t)(k + 1) * sizeof *c->fact_name, &c->fact_name));
    PetscCall(PetscRealloc((size_t)(k + 1) * sizeof *c->fact_value, &c->fact_value));
    c->fact_value[k] = NULL;
    PetscCall(PetscStrallocpy(name, &c->fact_name[k]));
    c->n_facts++;
  }
  PetscCall(SetString(&c->fact_value[k], value));
  PetscFunctionReturn(0);
}

const char *ComponentsFact(Components c, const char *name)
{
  for (PetscInt k = 0; k < c->n_facts; k++)
    if (!strcmp(c->fact_name[k], name)) return c->fact_value[k];
  return NULL;
}

PetscBool ComponentsActive(Components c, ComponentKind kind, PetscInt row, PetscInt period)
{
  const Column *active, *build, *lifetime;
  PetscReal     year;

  if (!ComponentAttribute(kind, "active")) return PETSC_TRUE;
  active = ComponentsColumn(c, kind, "active");
  if (ColumnReal(active, row) == 0) return PETSC_FALSE;
  if (!c->n_periods || !ComponentAttribute(kind, "build_year")) return PETSC_TRUE;
  build    = ComponentsColumn(c, kind, "build_year");
  lifetime = ComponentsColumn(c, kind, "lifetime");
  year     = (PetscReal)c->period[period];
  return build->real[row] <= year && year < build->real[row] + lifetime->real[row] ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool AnyGiven(const Column *column)
{
  for (PetscInt k = 0; column->given && k < column->n; k++)
    if (column->given[k] && column->text[k][0]) return PETSC_TRUE;
  return PETSC_FALSE;
}

const char *ComponentsRegion(Components c, PetscInt bus, const char *column)
{
  static const char *const usual[] = {"location", "country", "region"};
  const Column            *labels  = column && *column ? ComponentsColumn(c, COMPONENT_BUS, column) : NULL;
  for (size_t k = 0; !(column && *column) && !labels && k < PETSC_STATIC_ARRAY_LENGTH(usual); k++) {
    labels = ComponentsHeldColumn(c, COMPONENT_BUS, usual[k]);
    if (labels && !AnyGiven(labels)) labels = NULL;
  }
  return labels && labels->text && labels->text[bus][0] ? labels->text[bus] : c->table[COMPONENT_BUS].name[bus];
}
