/* Making, copying and destroying components. */
#include "inputs/components_impl.h"

#include <string.h>

static PetscErrorCode FreeTexts(PetscInt n, char ***text)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; *text && k < n; k++) PetscCall(PetscFree((*text)[k]));
  PetscCall(PetscFree(*text));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyTexts(PetscInt n, char *const *from, PetscInt capacity, char ***to)
{
  PetscFunctionBegin;
  *to = NULL;
  if (!from) PetscFunctionReturn(0);
  PetscCall(PetscCalloc1(capacity + 1, to));
  for (PetscInt k = 0; k < n; k++) PetscCall(PetscStrallocpy(from[k], &(*to)[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyReals(PetscInt n, const PetscReal *from, PetscInt capacity, PetscReal **to)
{
  PetscFunctionBegin;
  *to = NULL;
  if (!from) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(capacity + 1, to));
  PetscCall(PetscArraycpy(*to, from, n));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyInts(PetscInt n, const PetscInt *from, PetscInt capacity, PetscInt **to)
{
  PetscFunctionBegin;
  *to = NULL;
  if (!from) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(capacity + 1, to));
  PetscCall(PetscArraycpy(*to, from, n));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsResizeSnapshots(Components c, PetscInt n)
{
  PetscFunctionBegin;
  PetscCall(FreeTexts(c->n_snapshots, &c->snapshot));
  PetscCall(PetscFree(c->period_of));
  PetscCall(PetscFree(c->weight_objective));
  PetscCall(PetscFree(c->weight_generators));
  PetscCall(PetscFree(c->weight_stores));
  c->n_snapshots = n;
  PetscCall(PetscCalloc1(n + 1, &c->snapshot));
  PetscCall(PetscCalloc1(n + 1, &c->period_of));
  PetscCall(PetscMalloc1(n + 1, &c->weight_objective));
  PetscCall(PetscMalloc1(n + 1, &c->weight_generators));
  PetscCall(PetscMalloc1(n + 1, &c->weight_stores));
  for (PetscInt k = 0; k < n; k++) c->weight_objective[k] = c->weight_generators[k] = c->weight_stores[k] = 1;
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsResizePeriods(Components c, PetscInt n)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(c->period));
  PetscCall(PetscFree(c->period_objective));
  PetscCall(PetscFree(c->period_years));
  PetscCall(PetscFree(c->carbon_price));
  c->n_periods = n;
  PetscCall(PetscCalloc1(n + 1, &c->period));
  PetscCall(PetscMalloc1(n + 1, &c->period_objective));
  PetscCall(PetscMalloc1(n + 1, &c->period_years));
  PetscCall(PetscCalloc1(n + 1, &c->carbon_price));
  for (PetscInt k = 0; k < n; k++) c->period_objective[k] = c->period_years[k] = 1;
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsCreate(Components *components)
{
  Components c;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  PetscCall(PetscStrallocpy("", &c->name));
  PetscCall(PetscStrallocpy("", &c->path));
  PetscCall(PetscStrallocpy("EUR", &c->currency));
  PetscCall(ComponentsResizeSnapshots(c, 1));
  PetscCall(PetscStrallocpy("now", &c->snapshot[0]));
  PetscCall(ComponentsResizePeriods(c, 0));
  *components = c;
  PetscFunctionReturn(0);
}

static PetscErrorCode DestroyColumns(PetscInt n, Column ***list)
{
  PetscFunctionBegin;
  for (PetscInt j = 0; j < n; j++) {
    Column *column = (*list)[j];
    PetscCall(FreeTexts(column->n, &column->text));
    for (PetscInt k = 0; column->series && k < column->n; k++) PetscCall(PetscFree(column->series[k]));
    PetscCall(PetscFree(column->series));
    PetscCall(PetscFree(column->name));
    PetscCall(PetscFree(column->real));
    PetscCall(PetscFree(column->given));
    PetscCall(PetscFree((*list)[j]));
  }
  PetscCall(PetscFree(*list));
  PetscFunctionReturn(0);
}

static PetscErrorCode DestroyTable(ComponentTable *t)
{
  PetscFunctionBegin;
  PetscCall(DestroyColumns(t->n_columns, &t->column));
  PetscCall(DestroyColumns(t->n_standard, &t->standard));
  PetscCall(NameIndexDestroy(&t->index));
  PetscCall(FreeTexts(t->n, &t->name));
  PetscCall(PetscFree(t->line));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsDestroy(Components *components)
{
  Components c;
  PetscFunctionBeginUser;
  if (!components || !*components) PetscFunctionReturn(0);
  c = *components;
  for (int kind = 0; kind < COMPONENT_KINDS; kind++) PetscCall(DestroyTable(&c->table[kind]));
  PetscCall(FreeTexts(c->n_snapshots, &c->snapshot));
  PetscCall(FreeTexts(c->n_facts, &c->fact_name));
  PetscCall(FreeTexts(c->n_facts, &c->fact_value));
  PetscCall(PetscFree(c->name));
  PetscCall(PetscFree(c->path));
  PetscCall(PetscFree(c->currency));
  PetscCall(PetscFree(c->period_of));
  PetscCall(PetscFree(c->weight_objective));
  PetscCall(PetscFree(c->weight_generators));
  PetscCall(PetscFree(c->weight_stores));
  PetscCall(PetscFree(c->period));
  PetscCall(PetscFree(c->period_objective));
  PetscCall(PetscFree(c->period_years));
  PetscCall(PetscFree(c->carbon_price));
  PetscCall(PetscFree(c->day_period));
  PetscCall(PetscFree(c->day_representative));
  PetscCall(PetscFree(*components));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyColumn(const Column *from, PetscInt capacity, PetscInt n_snapshots, Column **to)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(to));
  **to = *from;
  PetscCall(PetscStrallocpy(from->name, &(*to)->name));
  PetscCall(CopyReals(from->n, from->real, capacity, &(*to)->real));
  PetscCall(CopyTexts(from->n, from->text, capacity, &(*to)->text));
  if (from->given) {
    PetscCall(PetscCalloc1(capacity + 1, &(*to)->given));
    PetscCall(PetscArraycpy((*to)->given, from->given, from->n));
  }
  if (from->series) {
    PetscCall(PetscCalloc1(capacity + 1, &(*to)->series));
    for (PetscInt k = 0; k < from->n; k++)
      if (from->series[k]) PetscCall(CopyReals(n_snapshots, from->series[k], n_snapshots, &(*to)->series[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyTable(const ComponentTable *from, PetscInt n_snapshots, ComponentTable *to)
{
  PetscFunctionBegin;
  *to           = (ComponentTable){0};
  to->n         = from->n;
  to->capacity  = from->capacity;
  to->n_columns = from->n_columns;
  PetscCall(CopyTexts(from->n, from->name, from->capacity, &to->name));
  PetscCall(CopyInts(from->n, from->line, from->capacity, &to->line));
  PetscCall(PetscCalloc1(from->n_columns + 1, &to->column));
  for (PetscInt k = 0; k < from->n_columns; k++)
    PetscCall(CopyColumn(from->column[k], from->capacity, n_snapshots, &to->column[k]));
  PetscFunctionReturn(0);
}

static PetscErrorCode CopyTime(Components from, Components to)
{
  const PetscInt n = from->n_snapshots, periods = from->n_periods, days = from->n_days;
  PetscFunctionBegin;
  PetscCall(CopyTexts(n, from->snapshot, n, &to->snapshot));
  PetscCall(CopyInts(n, from->period_of, n, &to->period_of));
  PetscCall(CopyReals(n, from->weight_objective, n, &to->weight_objective));
  PetscCall(CopyReals(n, from->weight_generators, n, &to->weight_generators));
  PetscCall(CopyReals(n, from->weight_stores, n, &to->weight_stores));
  PetscCall(CopyInts(periods, from->period, periods, &to->period));
  PetscCall(CopyReals(periods, from->period_objective, periods, &to->period_objective));
  PetscCall(CopyReals(periods, from->period_years, periods, &to->period_years));
  PetscCall(CopyReals(ComponentsPeriods(from), from->carbon_price, periods, &to->carbon_price));
  PetscCall(CopyInts(days, from->day_period, days, &to->day_period));
  PetscCall(CopyInts(days, from->day_representative, days, &to->day_representative));
  PetscFunctionReturn(0);
}

PetscErrorCode ComponentsDuplicate(Components components, Components *copy)
{
  Components c;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&c));
  *c = *components;
  PetscCall(PetscStrallocpy(components->name, &c->name));
  PetscCall(PetscStrallocpy(components->path, &c->path));
  PetscCall(PetscStrallocpy(components->currency, &c->currency));
  PetscCall(CopyTexts(c->n_facts, components->fact_name, c->n_facts, &c->fact_name));
  PetscCall(CopyTexts(c->n_facts, components->fact_value, c->n_facts, &c->fact_value));
  PetscCall(CopyTime(components, c));
  for (int kind = 0; kind < COMPONENT_KINDS; kind++)
    PetscCall(CopyTable(&components->table[kind], components->n_snapshots, &c->table[kind]));
  *copy = c;
  PetscFunctionReturn(0);
}
