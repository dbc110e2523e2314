/* What the findings of an AC check ask of the next plan. */
#include <math.h>
#include <string.h>

#include "jobs/plan_check_impl.h"

static const PetscReal ROOM     = 0.995; /* of what a rating leaves beside reactive flow and losses */
static const PetscReal MORE     = 1.05;  /* times the power that lacks */
static const PetscReal MUST_RUN = 0.2;   /* output of a machine that is made to run, of its capacity */
static const PetscReal LEAST_PU = 0.3;   /* no rating is taken below this share in a round */

static PetscReal Number(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : 0;
}

static PetscInt PeriodOf(Components c, const json_t *hour)
{
  return c->period_of[(PetscInt)Number(hour, "snapshot_index")];
}

static void Tell(json_t *constraints, const json_t *hour, const char *kind, const char *name, PetscReal value,
                 const char *unit, const char *text)
{
  json_t *row = json_object();

  json_object_set(row, "hour", json_object_get(hour, "name"));
  json_object_set(row, "period", json_object_get(hour, "period"));
  JsonPut(row, "constraint", json_string(kind));
  JsonPut(row, "name", JsonText(name));
  JsonPut(row, "value", JsonReal(value));
  JsonPut(row, "unit", json_string(unit));
  JsonPut(row, "text", JsonText(text));
  json_array_append_new(constraints, row);
}

/* Multiplies an attribute in the snapshots of a period. */
static PetscErrorCode Multiply(Components c, ComponentKind kind, const char *attribute, PetscInt row, PetscInt period,
                               PetscReal standard, PetscReal factor)
{
  PetscReal *series;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(c->n_snapshots, &series));
  for (PetscInt t = 0; t < c->n_snapshots; t++)
    series[t] = CheckAt(c, kind, attribute, row, t, standard) * (c->period_of[t] == period ? factor : 1);
  PetscCall(ComponentsSetSeries(c, kind, attribute, row, series));
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetAt(Components c, ComponentKind kind, const char *attribute, PetscInt row, PetscInt snapshot,
                            PetscReal standard, PetscReal value)
{
  PetscReal *series;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(c->n_snapshots, &series));
  for (PetscInt t = 0; t < c->n_snapshots; t++)
    series[t] = t == snapshot ? value : CheckAt(c, kind, attribute, row, t, standard);
  PetscCall(ComponentsSetSeries(c, kind, attribute, row, series));
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

/* --- overloads */

/* Share of the active power for which reactive flow and losses leave room. */
static PetscReal Relief(const json_t *overload)
{
  const PetscReal rating = Number(overload, "rating_mva"), p = PetscAbsReal(Number(overload, "mw")),
                  q    = Number(overload, "mvar");
  const PetscReal room = rating > PetscAbsReal(q) ? sqrt(rating * rating - q * q) / p : 0;
  return PetscMax(LEAST_PU, ROOM * PetscMin(1, PetscMax(room, 0)));
}

/* The tightest of a period's hours. */
static PetscReal Tightest(Components c, const json_t *hours, PetscInt period, const char *component, const char *name)
{
  PetscReal least = 1;
  json_t   *hour, *row;
  size_t    h, i;

  json_array_foreach(hours, h, hour)
  {
    if (PeriodOf(c, hour) != period) continue;
    json_array_foreach(json_object_get(json_object_get(hour, "power_flow"), "overloads"), i, row)
    {
      if (!strcmp(JsonWord(row, "component", ""), component) && !strcmp(JsonWord(row, "name", ""), name))
        least = PetscMin(least, Relief(row));
    }
  }
  return least;
}

static PetscErrorCode Overloads(Components c, json_t *hours, json_t *constraints)
{
  json_t *hour, *row, *done = json_object();
  size_t  h, i;
  char    text[300], key[400];

  PetscFunctionBeginUser;
  json_array_foreach(hours, h, hour)
  {
    json_array_foreach(json_object_get(json_object_get(hour, "power_flow"), "overloads"), i, row)
    {
      const char         *component = JsonWord(row, "component", ""), *name = JsonWord(row, "name", "");
      const ComponentKind kind   = strcmp(component, "line") ? COMPONENT_TRANSFORMER : COMPONENT_LINE;
      const PetscInt      period = PeriodOf(c, hour), at = ComponentsFind(c, kind, name);
      const PetscReal     factor = Tightest(c, hours, period, component, name);

      snprintf(key, sizeof key, "%d %.20s %.300s", (int)period, component, name);
      if (at < 0 || json_object_get(done, key)) continue;
      JsonPut(done, key, json_true());
      PetscCall(Multiply(c, kind, "s_max_pu", at, period, 1, factor));
      snprintf(text, sizeof text, "%.20s %.150s: s_max_pu times %.4f", component, name, (double)factor);
      Tell(constraints, hour, "rating", name, factor, "1", text);
    }
  }
  json_decref(done);
  PetscFunctionReturn(0);
}

/* --- power that lacks */

static PetscReal LackOf(const json_t *hour, const char *region)
{
  json_t   *row;
  size_t    i;
  PetscReal lack = Number(json_object_get(hour, "unserved_by_region"), region);

  json_array_foreach(json_object_get(hour, "regions_short"), i, row)
  {
    if (!strcmp(JsonWord(row, "region", ""), region)) lack = PetscMax(lack, Number(row, "shortage_mw"));
  }
  return lack;
}

static PetscBool LoadIn(Components c, const char *column, const char *region, PetscInt load, PetscInt period)
{
  const PetscInt bus = ComponentsFind(c, COMPONENT_BUS, CheckText(c, COMPONENT_LOAD, "bus", load));

  if (!ComponentsActive(c, COMPONENT_LOAD, load, period) || !CheckIsAc(c, bus)) return PETSC_FALSE;
  return !region || !strcmp(ComponentsRegion(c, bus, column), region) ? PETSC_TRUE : PETSC_FALSE;
}

/* Demand of a region, NULL: of all, at a snapshot. */
static PetscReal DemandOf(Components c, const char *column, const char *region, PetscInt period, PetscInt snapshot)
{
  PetscReal sum = 0;

  for (PetscInt l = 0; l < c->table[COMPONENT_LOAD].n; l++)
    if (LoadIn(c, column, region, l, period)) sum += CheckAt(c, COMPONENT_LOAD, "p_set", l, snapshot, 0);
  return sum;
}

/* Whether another hour of the period asks for more, or an earlier one for as much. */
static PetscBool IsOutdone(Components c, const json_t *hours, size_t at, const char *region)
{
  const json_t *mine = json_array_get(hours, at);
  json_t       *hour;
  size_t        h;

  json_array_foreach(hours, h, hour)
  {
    if (h == at || PeriodOf(c, hour) != PeriodOf(c, mine)) continue;
    if (LackOf(hour, region) > LackOf(mine, region) || (h < at && LackOf(hour, region) == LackOf(mine, region)))
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscErrorCode Raise(Components c, const char *column, const char *region, const json_t *hour, PetscReal lack,
                            json_t *constraints)
{
  const PetscInt period = PeriodOf(c, hour), snapshot = (PetscInt)Number(hour, "snapshot_index");
  PetscReal      demand = DemandOf(c, column, region, period, snapshot), factor;
  char           text[300];

  PetscFunctionBeginUser;
  if (!(demand > lack)) { /* no region of that name, or next to nothing there: all carry it */
    region = NULL;
    demand = DemandOf(c, column, NULL, period, snapshot);
  }
  if (!(demand > 0)) PetscFunctionReturn(0);
  factor = 1 + MORE * lack / demand;
  for (PetscInt l = 0; l < c->table[COMPONENT_LOAD].n; l++)
    if (LoadIn(c, column, region, l, period)) PetscCall(Multiply(c, COMPONENT_LOAD, "p_set", l, period, 0, factor));
  snprintf(text, sizeof text, "demand of %.150s times %.4f for losses", region ? region : "all regions",
           (double)factor);
  Tell(constraints, hour, "demand", region ? region : "", factor, "1", text);
  PetscFunctionReturn(0);
}

static PetscErrorCode Lacks(Components c, const char *column, json_t *hours, json_t *constraints)
{
  json_t     *hour, *row, *value;
  size_t      h, i;
  const char *region;

  PetscFunctionBeginUser;
  json_array_foreach(hours, h, hour)
  {
    json_array_foreach(json_object_get(hour, "regions_short"), i, row)
    {
      const PetscReal lack = LackOf(hour, JsonWord(row, "region", ""));
      if (lack > 0 && !IsOutdone(c, hours, h, JsonWord(row, "region", "")))
        PetscCall(Raise(c, column, JsonWord(row, "region", ""), hour, lack, constraints));
    }
    json_object_foreach(json_object_get(hour, "unserved_by_region"), region, value) if (!IsOutdone(c, hours, h, region))
        PetscCall(Raise(c, column, region, hour, json_real_value(value), constraints));
  }
  PetscFunctionReturn(0);
}

/* --- insecure hours */

/* A bound of the hour's own security rounds. */
static PetscErrorCode Bound(Components c, Components ratings, const json_t *hour, const json_t *bound,
                            json_t *constraints)
{
  const PetscInt        snapshot = (PetscInt)Number(hour, "snapshot_index");
  const ReliabilityCase k        = {.c = c, .period = PeriodOf(c, hour)};
  const PetscBool       branch   = (PetscBool)!strcmp(JsonWord(bound, "component", ""), "branch");
  const ComponentKind   kinds[2] = {branch ? COMPONENT_LINE : COMPONENT_GENERATOR,
                                  branch ? COMPONENT_TRANSFORMER : COMPONENT_LINK};
  const char *attribute = branch ? "s_max_pu" : "p_max_pu", *name = JsonWord(bound, "name", "");
  char        text[300], plain[300], *one;
  PetscReal   unit = 0;

  PetscFunctionBeginUser;
  snprintf(plain, sizeof plain, "%.290s", name);
  one = strstr(plain, CHECK_ONE_UNIT);
  if (one) *one = '\0', name = plain;
  for (int i = 0; i < 2; i++) {
    const PetscInt row  = ComponentsFind(c, kinds[i], name),
                   port = kinds[i] == COMPONENT_LINK && row >= 0 ? CheckConverterPort(c, row) : 0;
    PetscReal capacity, value, now;

    if (row < 0) continue;
    capacity = ReliabilityCapacity(&k, kinds[i], row);
    unit     = CheckAt(c, kinds[i], "unit_mw", row, 0, 0);
    if (port) capacity *= CheckAt(c, kinds[i], ReliabilityPort("efficiency", port, text), row, snapshot, 1);
    if (one && unit > 0) capacity = unit; /* all units are alike */
    now   = CheckAt(c, kinds[i], attribute, row, snapshot, 1);
    value = capacity > 0 ? PetscMax(Number(bound, "to") / capacity,
                                    branch ? 1e-6 : CheckAt(c, kinds[i], "p_min_pu", row, snapshot, 0))
                         : now;
    if (!(value < now - 1e-9)) continue;
    PetscCall(SetAt(c, kinds[i], attribute, row, snapshot, 1, value));
    if (branch && ratings != c) PetscCall(SetAt(ratings, kinds[i], attribute, row, snapshot, 1, value));
    snprintf(text, sizeof text, "%.150s: %s at most %.4f at %.30s", name, attribute, (double)value,
             JsonWord(hour, "snapshot", ""));
    Tell(constraints, hour, "security bound", name, value, "1", text);
    break;
  }
  PetscFunctionReturn(0);
}

/* A machine must run at every hour of the period at which no more inertia runs than at the insecure one. */
static PetscErrorCode MustRun(Components c, ComponentKind kind, PetscInt row, PetscInt snapshot,
                              const PetscReal *inertia)
{
  PetscReal *series;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(c->n_snapshots, &series));
  for (PetscInt t = 0; t < c->n_snapshots; t++) {
    series[t] = CheckAt(c, kind, "p_min_pu", row, t, 0);
    if (c->period_of[t] == c->period_of[snapshot] && inertia[t] <= inertia[snapshot] * (1 + 1e-6) &&
        CheckAt(c, kind, "p_max_pu", row, t, 1) >= MUST_RUN)
      series[t] = PetscMax(series[t], MUST_RUN);
  }
  PetscCall(ComponentsSetSeries(c, kind, "p_min_pu", row, series));
  PetscCall(PetscFree(series));
  PetscFunctionReturn(0);
}

/* The machine of most inertia that does not run at the hour is made to. */
static PetscErrorCode MoreInertia(Components c, const PetscReal *running, const json_t *hour, json_t *constraints)
{
  static const ComponentKind kinds[2] = {COMPONENT_GENERATOR, COMPONENT_LINK};
  const PetscInt             snapshot = (PetscInt)Number(hour, "snapshot_index");
  const ReliabilityCase      k        = {.c = c, .period = PeriodOf(c, hour)};
  ComponentKind              kind     = kinds[0];
  PetscInt                   best     = -1;
  PetscReal                  most     = 0;
  char                       text[300];

  PetscFunctionBeginUser;
  for (int i = 0; i < 2; i++)
    for (PetscInt row = 0; row < c->table[kinds[i]].n; row++) {
      const PetscReal capacity = ReliabilityCapacity(&k, kinds[i], row);
      const PetscReal inertia  = CheckInertia(c, kinds[i], row) * capacity;
      const PetscBool electric = kinds[i] == COMPONENT_LINK ? (PetscBool)(CheckConverterPort(c, row) > 0)
                                                            : CheckIsAc(c, ReliabilityBus(&k, kinds[i], "bus", row));
      if (!electric || !(inertia > most * (1 + 1e-9))) continue;
      if (CheckSupply(c, kinds[i], row, snapshot) > 0.5 * MUST_RUN * capacity) continue;
      if (CheckAt(c, kinds[i], "p_max_pu", row, snapshot, 1) < MUST_RUN) continue;
      if (CheckAt(c, kinds[i], "p_min_pu", row, snapshot, 0) >= MUST_RUN) continue;
      most = inertia, best = row, kind = kinds[i];
    }
  if (best < 0) PetscFunctionReturn(0);
  PetscCall(MustRun(c, kind, best, snapshot, running));
  snprintf(text, sizeof text, "%.150s runs at %g of its capacity at least wherever no more inertia runs than at %.30s",
           c->table[kind].name[best], (double)MUST_RUN, JsonWord(hour, "snapshot", ""));
  Tell(constraints, hour, "must run", c->table[kind].name[best], MUST_RUN, "1", text);
  PetscFunctionReturn(0);
}

static PetscErrorCode Security(Components c, Components ratings, Planning planning, json_t *hours, json_t *constraints)
{
  json_t    *hour, *bound, *done = json_object();
  size_t     h, i;
  char       key[32];
  PetscReal *running; /* inertia, MW s */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(c->n_snapshots, &running));
  for (PetscInt t = 0; t < c->n_snapshots; t++) running[t] = CheckRunningInertia(c, planning, t);
  json_array_foreach(hours, h, hour)
  {
    json_t *bounds = json_object_get(hour, "bounds");
    if (Number(hour, "insecure") <= 0 && !json_object_get(hour, "no_verdict")) continue;
    snprintf(key, sizeof key, "%d", (int)Number(hour, "snapshot_index"));
    if (json_object_get(done, key)) continue; /* the same hour under another name */
    JsonPut(done, key, json_true());
    json_array_foreach(bounds, i, bound) PetscCall(Bound(c, ratings, hour, bound, constraints));
    if (!json_array_size(bounds)) PetscCall(MoreInertia(c, running, hour, constraints));
  }
  json_decref(done);
  PetscCall(PetscFree(running));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckConstrain(Components c, Components ratings, Planning planning, json_t *hours, json_t *constraints)
{
  PetscFunctionBeginUser;
  PetscCall(Overloads(c, hours, constraints));
  PetscCall(Lacks(c, planning->region, hours, constraints));
  PetscCall(Security(c, ratings, planning, hours, constraints));
  PetscFunctionReturn(0);
}
