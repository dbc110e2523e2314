/* Policies applied to components: what they name must be there. */
#include "inputs/planning_impl.h"

#include "inputs/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const PlanningAsset planning_asset[PLANNING_ASSETS] = {
    {COMPONENT_GENERATOR, "p_nom", "bus"},    {COMPONENT_LINK, "p_nom", "bus0"}, {COMPONENT_STORE, "e_nom", "bus"},
    {COMPONENT_STORAGE_UNIT, "p_nom", "bus"}, {COMPONENT_LINE, "s_nom", "bus0"},
};

PetscBool ComponentsElectric(Components components, PetscInt bus)
{
  const char *carrier = ColumnText(ComponentsColumn(components, COMPONENT_BUS, "carrier"), bus);
  return !carrier[0] || !strcmp(carrier, "AC") || !strcmp(carrier, "DC") ? PETSC_TRUE : PETSC_FALSE;
}

const char *ApplyText(const Apply *a, ComponentKind kind, const char *column, PetscInt row)
{
  const Column *text = ComponentsColumn(a->c, kind, column);
  return text && text->text ? ColumnText(text, row) : "";
}

PetscBool ApplyGiven(const Apply *a, ComponentKind kind, const char *column, PetscInt row)
{
  const Column *c = ComponentsColumn(a->c, kind, column);
  return c && ((c->given && c->given[row]) || (c->series && c->series[row])) ? PETSC_TRUE : PETSC_FALSE;
}

PetscInt ApplyBus(const Apply *a, ComponentKind kind, const char *column, PetscInt row)
{
  return ComponentsFind(a->c, COMPONENT_BUS, ApplyText(a, kind, column, row));
}

PetscInt ApplyYear(const Apply *a, PetscInt period)
{
  return a->c->n_periods ? a->c->period[period] : PETSC_MAX_INT;
}

PetscBool ApplyMatches(const Apply *a, const PlanningAsset *asset, PetscInt row, const char *carrier,
                       const char *region)
{
  PetscInt bus;
  if (carrier && strcmp(ApplyText(a, asset->kind, "carrier", row), carrier) != 0) return PETSC_FALSE;
  if (!region) return PETSC_TRUE;
  bus = ApplyBus(a, asset->kind, asset->bus, row);
  return bus >= 0 && !strcmp(ComponentsRegion(a->c, bus, a->p->region), region) ? PETSC_TRUE : PETSC_FALSE;
}

/* Names are collected, each once. */
typedef struct {
  PetscInt     n;
  const char **name;
} Names;

static void AddName(Names *names, const char *name)
{
  for (PetscInt k = 0; k < names->n; k++)
    if (!strcmp(names->name[k], name)) return;
  if (name[0]) names->name[names->n++] = name;
}

PetscErrorCode ApplyRegions(const Apply *a, PetscBool electric, PetscInt *n, const char ***region)
{
  const PetscInt buses = a->c->table[COMPONENT_BUS].n;
  Names          names = {0, NULL};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(buses + 1, &names.name));
  for (PetscInt b = 0; b < buses; b++)
    if (!electric || ComponentsElectric(a->c, b)) AddName(&names, ComponentsRegion(a->c, b, a->p->region));
  *n      = names.n;
  *region = names.name;
  PetscFunctionReturn(0);
}

static PetscErrorCode Carriers(const Apply *a, PetscBool of_buses, Names *names)
{
  PetscInt total = a->c->table[COMPONENT_BUS].n;

  PetscFunctionBeginUser;
  for (int k = 0; k < PLANNING_ASSETS; k++) total += a->c->table[planning_asset[k].kind].n;
  PetscCall(PetscMalloc1(total + 1, &names->name));
  names->n = 0;
  if (of_buses)
    for (PetscInt b = 0; b < a->c->table[COMPONENT_BUS].n; b++)
      AddName(names, ApplyText(a, COMPONENT_BUS, "carrier", b));
  for (int k = 0; k < PLANNING_ASSETS && !of_buses; k++)
    for (PetscInt row = 0; row < a->c->table[planning_asset[k].kind].n; row++)
      AddName(names, ApplyText(a, planning_asset[k].kind, "carrier", row));
  PetscFunctionReturn(0);
}

/* A fault unless `name` is among the names: what was found, and what is near or, of few, all there are. */
static PetscErrorCode CheckName(const Apply *a, const char *what, const char *noun, const char *name, PetscInt line,
                                const Names *names, PetscBool *found)
{
  char        all[400] = "";
  size_t      used     = 0;
  const char *near;

  PetscFunctionBeginUser;
  *found = PETSC_FALSE;
  for (PetscInt k = 0; k < names->n; k++)
    if (!strcmp(names->name[k], name)) *found = PETSC_TRUE;
  if (*found) PetscFunctionReturn(0);
  near = NearestName(name, names->n, (char *const *)names->name);
  for (PetscInt k = 0; k < names->n && used < sizeof all - 80; k++)
    used += (size_t)snprintf(all + used, sizeof all - used, "%s%.60s", k ? ", " : "", names->name[k]);
  PetscCall(ApplyFault(a, line, "%s: found no %s '%.60s' in %.200s, expected %s%s%s", what, noun, name,
                       a->c->path ? a->c->path : "the network", near ? "'" : (names->n ? "one of " : "one"),
                       near ? near : all, near ? "' (nearest of those there are)" : ""));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckCarrier(const Apply *a, const char *what, const char *noun, PetscBool of_buses,
                                   const char *name, PetscInt line, PetscBool *found)
{
  Names names;

  PetscFunctionBeginUser;
  *found = PETSC_TRUE;
  if (!name) PetscFunctionReturn(0);
  PetscCall(Carriers(a, of_buses, &names));
  PetscCall(CheckName(a, what, noun, name, line, &names, found));
  PetscCall(PetscFree(names.name));
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyCheckTechnology(const Apply *a, const char *what, const char *name, PetscInt line, PetscBool *found)
{
  PetscFunctionBeginUser;
  PetscCall(CheckCarrier(a, what, "asset of the technology", PETSC_FALSE, name, line, found));
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyCheckBusCarrier(const Apply *a, const char *what, const char *name, PetscInt line, PetscBool *found)
{
  PetscFunctionBeginUser;
  PetscCall(CheckCarrier(a, what, "bus of the carrier", PETSC_TRUE, name, line, found));
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyCheckRegion(const Apply *a, const char *what, const char *name, PetscInt line, PetscBool *found)
{
  Names names;

  PetscFunctionBeginUser;
  *found = PETSC_TRUE;
  if (!name) PetscFunctionReturn(0);
  PetscCall(ApplyRegions(a, PETSC_FALSE, &names.n, &names.name));
  PetscCall(CheckName(a, what, "region", name, line, &names, found));
  PetscCall(PetscFree(names.name));
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyCheckPeriod(const Apply *a, const char *what, PetscInt year, PetscInt line, PetscBool *found)
{
  PetscInt near = 0;

  PetscFunctionBeginUser;
  *found = year ? PETSC_FALSE : PETSC_TRUE;
  for (PetscInt k = 0; k < a->n_years; k++) {
    if (a->year[k] == year) *found = PETSC_TRUE;
    if (labs((long)(a->year[k] - year)) < labs((long)(a->year[near] - year))) near = k;
  }
  if (*found) PetscFunctionReturn(0);
  if (a->n_years)
    PetscCall(ApplyFault(
        a, line, "%s: found the year %" PetscInt_FMT ", expected an investment period of %.200s such as %" PetscInt_FMT,
        what, year, a->c->path ? a->c->path : "the network", a->year[near]));
  else
    PetscCall(ApplyFault(a, line,
                         "%s: found the year %" PetscInt_FMT ", but %.200s has no investment periods, expected none",
                         what, year, a->c->path ? a->c->path : "the network"));
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyCheckYears(const Apply *a, const char *what, const YearValues *values, PetscBool any,
                               PetscBool *sound)
{
  PetscBool found;

  PetscFunctionBeginUser;
  *sound = PETSC_TRUE;
  for (PetscInt k = 0; k < values->n; k++) {
    if (values->year[k] == PETSC_MIN_INT || (any && a->n_years)) continue;
    PetscCall(
        ApplyCheckPeriod(a, what, values->year[k], values->year_line ? values->year_line[k] : values->line, &found));
    if (!found) *sound = PETSC_FALSE;
    if (!a->n_years) break;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyScale(const Apply *a, ComponentKind kind, const char *column, PetscInt row, const PetscReal *factor)
{
  const Column *c    = ComponentsColumn(a->c, kind, column);
  PetscBool     same = PETSC_TRUE;
  PetscReal    *series;

  PetscFunctionBeginUser;
  for (PetscInt p = 1; p < ComponentsPeriods(a->c); p++)
    if (factor[p] != factor[0]) same = PETSC_FALSE;
  if (same && !(c->series && c->series[row])) {
    PetscCall(ComponentsSetReal(a->c, kind, column, row, factor[0] * ColumnReal(c, row)));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(a->c->n_snapshots, &series));
  for (PetscInt t = 0; t < a->c->n_snapshots; t++) series[t] = factor[a->c->period_of[t]] * ColumnAt(c, row, t);
  PetscCall(ComponentsSetSeries(a->c, kind, column, row, series));
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckRegionColumn(const Apply *a, PetscBool *found)
{
  const ComponentTable *buses = &a->c->table[COMPONENT_BUS];
  Names                 names = {0, NULL};

  PetscFunctionBeginUser;
  *found = PETSC_TRUE;
  if (!a->p->region || ComponentsColumn(a->c, COMPONENT_BUS, a->p->region)) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(buses->n_columns + 1, &names.name));
  for (PetscInt k = 0; k < buses->n_columns; k++) AddName(&names, buses->column[k]->name);
  PetscCall(CheckName(a, "region", "column of the buses", a->p->region, a->p->region_line, &names, found));
  PetscCall(PetscFree(names.name));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanningApply(Planning planning, Components components, Faults faults)
{
  Apply     a = {planning, components, faults, components->n_periods, NULL};
  PetscBool found;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(a.n_years + 1, &a.year));
  PetscCall(PetscArraycpy(a.year, components->period, a.n_years));
  PetscCall(PetscFree(components->currency));
  PetscCall(PetscStrallocpy(planning->currency, &components->currency));
  PetscCall(CheckRegionColumn(&a, &found));
  if (found) {
    PetscCall(ApplyPeriods(&a));
    PetscCall(ApplyDemand(&a));
    PetscCall(ApplyAssets(&a));
    PetscCall(ApplyLimits(&a));
  }
  PetscCall(PetscFree(a.year));
  PetscFunctionReturn(0);
}
