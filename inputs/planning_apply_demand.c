/* Policies applied to components: growth of demand, its move from one carrier to another, and its value when unserved. */
#include "inputs/planning_impl.h"

#include <math.h>
#include <string.h>

/* Whether a load's bus, or the load itself, has a carrier and stands in a region (NULL: any). */
static PetscBool LoadMatches(const Apply *a, PetscInt load, const char *carrier, const char *region)
{
  const PetscInt bus = ApplyBus(a, COMPONENT_LOAD, "bus", load);
  if (bus < 0) return PETSC_FALSE;
  if (carrier && strcmp(ApplyText(a, COMPONENT_BUS, "carrier", bus), carrier) != 0 &&
      strcmp(ApplyText(a, COMPONENT_LOAD, "carrier", load), carrier) != 0)
    return PETSC_FALSE;
  return !region || !strcmp(ComponentsRegion(a->c, bus, a->p->region), region) ? PETSC_TRUE : PETSC_FALSE;
}

/* The rule's values in each period, and whether what it names is there. */
static PetscErrorCode CheckRule(const Apply *a, const char *what, const PlanningRule *rule, PetscReal otherwise,
                                PetscReal *value, PetscBool *sound)
{
  PetscBool carrier, region, years, to;

  PetscFunctionBeginUser;
  PetscCall(ApplyCheckBusCarrier(a, what, rule->from_carrier, rule->from_line, &carrier));
  PetscCall(ApplyCheckBusCarrier(a, what, rule->to_carrier, rule->to_line, &to));
  PetscCall(ApplyCheckRegion(a, what, rule->region, rule->region_line, &region));
  PetscCall(ApplyCheckYears(a, what, &rule->years, PETSC_TRUE, &years));
  *sound = carrier && to && region && years ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt p = 0; p < ComponentsPeriods(a->c); p++)
    value[p] = YearValuesAt(&rule->years, ApplyYear(a, p), PETSC_TRUE, otherwise);
  PetscFunctionReturn(0);
}

static PetscErrorCode NoLoad(const Apply *a, const char *what, const PlanningRule *rule)
{
  PetscFunctionBeginUser;
  PetscCall(ApplyFault(a, rule->line, "%s: found no load of the carrier '%.60s'%s%.60s%s, expected at least one", what,
                       rule->from_carrier ? rule->from_carrier : "*", rule->region ? " in the region '" : "",
                       rule->region ? rule->region : "", rule->region ? "'" : ""));
  PetscFunctionReturn(0);
}

static PetscErrorCode Grow(const Apply *a, const PlanningRule *rule, PetscReal *factor)
{
  PetscInt  grown = 0;
  PetscBool sound;

  PetscFunctionBeginUser;
  PetscCall(CheckRule(a, "demand_growth", rule, 1, factor, &sound));
  for (PetscInt load = 0; sound && load < a->c->table[COMPONENT_LOAD].n; load++)
    if (LoadMatches(a, load, rule->from_carrier, rule->region)) {
      PetscCall(ApplyScale(a, COMPONENT_LOAD, "p_set", load, factor));
      grown++;
    }
  if (sound && !grown) PetscCall(NoLoad(a, "demand_growth", rule));
  PetscFunctionReturn(0);
}

/* Whether a link joins two buses by any of its ports. */
static PetscBool LinkJoins(const Apply *a, PetscInt link, const char *one, const char *other)
{
  PetscBool has_one = PETSC_FALSE, has_other = PETSC_FALSE;
  char      port[16];
  for (int k = 0; k < 10; k++) {
    const char *bus;
    snprintf(port, sizeof port, "bus%d", k);
    bus = ApplyText(a, COMPONENT_LINK, port, link);
    if (!strcmp(bus, one)) has_one = PETSC_TRUE;
    if (!strcmp(bus, other)) has_other = PETSC_TRUE;
  }
  return has_one && has_other ? PETSC_TRUE : PETSC_FALSE;
}

/* The bus of a carrier that takes over loads of another bus: one of the same region, and of several the first that a link
   joins with it, otherwise the first; -1 where there is none. */
static PetscInt Successor(const Apply *a, PetscInt bus, const char *carrier)
{
  const ComponentTable *buses  = &a->c->table[COMPONENT_BUS];
  const char           *region = ComponentsRegion(a->c, bus, a->p->region);
  PetscInt              first  = -1;
  for (PetscInt b = 0; b < buses->n; b++) {
    if (strcmp(ApplyText(a, COMPONENT_BUS, "carrier", b), carrier) != 0) continue;
    if (strcmp(ComponentsRegion(a->c, b, a->p->region), region) != 0) continue;
    if (first < 0) first = b;
    for (PetscInt l = 0; l < a->c->table[COMPONENT_LINK].n; l++)
      if (LinkJoins(a, l, buses->name[bus], buses->name[b])) return b;
  }
  return first;
}

/* A new load at a bus: a part of another's power in each period. */
static PetscErrorCode AddPart(const Apply *a, PetscInt load, PetscInt bus, const char *carrier, const PetscReal *part)
{
  const ComponentTable *loads = &a->c->table[COMPONENT_LOAD];
  const Column         *old;
  PetscReal            *series;
  PetscInt              row;
  char                  name[512];

  PetscFunctionBeginUser;
  snprintf(name, sizeof name, "%.200s as %.200s", loads->name[load], carrier);
  for (int k = 2; ComponentsFind(a->c, COMPONENT_LOAD, name) >= 0; k++)
    snprintf(name, sizeof name, "%.200s as %.200s %d", loads->name[load], carrier, k);
  PetscCall(ComponentsAddRow(a->c, COMPONENT_LOAD, name, &row));
  PetscCall(ComponentsSetText(a->c, COMPONENT_LOAD, "bus", row, a->c->table[COMPONENT_BUS].name[bus]));
  PetscCall(ComponentsSetReal(a->c, COMPONENT_LOAD, "sign", row,
                              ColumnReal(ComponentsColumn(a->c, COMPONENT_LOAD, "sign"), load)));
  PetscCall(ComponentsSetReal(a->c, COMPONENT_LOAD, "active", row,
                              ColumnReal(ComponentsColumn(a->c, COMPONENT_LOAD, "active"), load)));
  old = ComponentsColumn(a->c, COMPONENT_LOAD, "p_set");
  PetscCall(PetscMalloc1(a->c->n_snapshots, &series));
  for (PetscInt t = 0; t < a->c->n_snapshots; t++) series[t] = part[a->c->period_of[t]] * ColumnAt(old, load, t);
  PetscCall(ComponentsSetSeries(a->c, COMPONENT_LOAD, "p_set", row, series));
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

static PetscErrorCode MoveLoad(const Apply *a, const PlanningRule *rule, PetscInt load, const PetscReal *share,
                               PetscReal *work)
{
  const PetscInt from = ApplyBus(a, COMPONENT_LOAD, "bus", load), to = Successor(a, from, rule->to_carrier);

  PetscFunctionBeginUser;
  if (to < 0) {
    PetscCall(ApplyFault(
        a, rule->to_line,
        "electrification: found no bus of the carrier '%.60s' in the region '%.60s' of the load '%.60s', "
        "expected one",
        rule->to_carrier, ComponentsRegion(a->c, from, a->p->region), a->c->table[COMPONENT_LOAD].name[load]));
    PetscFunctionReturn(0);
  }
  for (PetscInt p = 0; p < ComponentsPeriods(a->c); p++) work[p] = share[p] / rule->efficiency;
  PetscCall(AddPart(a, load, to, rule->to_carrier, work));
  for (PetscInt p = 0; p < ComponentsPeriods(a->c); p++) work[p] = 1 - share[p];
  PetscCall(ApplyScale(a, COMPONENT_LOAD, "p_set", load, work));
  PetscFunctionReturn(0);
}

/* Loads that stand in the folder are moved; those that came of moving are not moved on. */
static PetscErrorCode Electrify(const Apply *a, const PlanningRule *rule, PetscInt loads, PetscReal *share,
                                PetscReal *work)
{
  PetscInt  moved = 0;
  PetscBool sound;

  PetscFunctionBeginUser;
  PetscCall(CheckRule(a, "electrification", rule, 0, share, &sound));
  for (PetscInt load = 0; sound && load < loads; load++)
    if (LoadMatches(a, load, rule->from_carrier, rule->region)) {
      PetscCall(MoveLoad(a, rule, load, share, work));
      moved++;
    }
  if (sound && !moved) PetscCall(NoLoad(a, "electrification", rule));
  PetscFunctionReturn(0);
}

/* What a load says of its own curtailment stays. */
static PetscErrorCode ValueLostLoad(const Apply *a)
{
  PetscBool share, cost;

  PetscFunctionBeginUser;
  if (isinf(a->p->value_of_lost_load)) PetscFunctionReturn(0);
  for (PetscInt load = 0; load < a->c->table[COMPONENT_LOAD].n; load++) {
    share = ApplyGiven(a, COMPONENT_LOAD, "curtail_max_pu", load);
    cost  = ApplyGiven(a, COMPONENT_LOAD, "curtail_cost", load);
    if (!share) PetscCall(ComponentsSetReal(a->c, COMPONENT_LOAD, "curtail_max_pu", load, 1));
    if (!cost) PetscCall(ComponentsSetReal(a->c, COMPONENT_LOAD, "curtail_cost", load, a->p->value_of_lost_load));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyDemand(const Apply *a)
{
  const PetscInt loads = a->c->table[COMPONENT_LOAD].n;
  PetscReal     *value, *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(ComponentsPeriods(a->c), &value, ComponentsPeriods(a->c), &work));
  for (PetscInt k = 0; k < a->p->demand_growth.n; k++) PetscCall(Grow(a, &a->p->demand_growth.rule[k], value));
  for (PetscInt k = 0; k < a->p->electrification.n; k++)
    PetscCall(Electrify(a, &a->p->electrification.rule[k], loads, value, work));
  PetscCall(ValueLostLoad(a));
  PetscCall(PetscFree2(value, work));
  PetscFunctionReturn(0);
}
