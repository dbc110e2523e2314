/* The result store of a plan: what of its components becomes which variable. */
#include "jobs/plan_results.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "inputs/timestamp.h"
#include "jobs/plan_prices.h"
#include "jobs/results.h"

enum { NAME_SIZE = 64 };

typedef struct {
  Plan       plan;
  Components c;
  Dataset    ds;
  char       price[NAME_SIZE]; /* unit: currency per MWh */
} Store;

/* A family of assets with an axis of their own; branches are two tables, one behind the other. */
typedef struct {
  const char   *dim;
  PetscInt      n_kinds;
  ComponentKind kind[2];
} Axis;

static const Axis AxisBus        = {"bus", 1, {COMPONENT_BUS}};
static const Axis AxisGenerator  = {"generator", 1, {COMPONENT_GENERATOR}};
static const Axis AxisLoad       = {"load", 1, {COMPONENT_LOAD}};
static const Axis AxisLink       = {"link", 1, {COMPONENT_LINK}};
static const Axis AxisStore      = {"store", 1, {COMPONENT_STORE}};
static const Axis AxisStorage    = {"storage", 1, {COMPONENT_STORAGE_UNIT}};
static const Axis AxisBranch     = {"branch", 2, {COMPONENT_LINE, COMPONENT_TRANSFORMER}};
static const Axis AxisReserve    = {"reserve", 1, {COMPONENT_RESERVE}};
static const Axis AxisConstraint = {"constraint", 1, {COMPONENT_GLOBAL_CONSTRAINT}};

static PetscInt Length(const Store *s, const Axis *axis)
{
  PetscInt n = 0;
  for (PetscInt k = 0; k < axis->n_kinds; k++) n += s->c->table[axis->kind[k]].n;
  return n;
}

/* Whether the data set would leave a variable out, or its columns are not there. */
static PetscBool HasColumn(const Store *s, const Axis *axis, const char *attribute)
{
  PetscBool has = Length(s, axis) > 0 ? PETSC_TRUE : PETSC_FALSE;
  for (PetscInt k = 0; k < axis->n_kinds; k++)
    if (!ComponentsColumn(s->c, axis->kind[k], attribute)) has = PETSC_FALSE;
  return has;
}

static PetscErrorCode AddLabels(Store *s, const Axis *axis, const char *long_name)
{
  const PetscInt n = Length(s, axis);
  char         **name, **label;
  PetscInt       at = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n + 1, &name));
  for (PetscInt k = 0; k < axis->n_kinds; k++)
    for (PetscInt i = 0; i < s->c->table[axis->kind[k]].n; i++) name[at++] = s->c->table[axis->kind[k]].name[i];
  PetscCall(ResultsLabels(n, name, &label));
  PetscCall(DatasetAddDimension(s->ds, axis->dim, n));
  PetscCall(DatasetAddText(s->ds, axis->dim, axis->dim, long_name, label));
  PetscCall(ResultsFreeLabels(n, &label));
  PetscCall(PetscFree(name));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddText(Store *s, const Axis *axis, const char *attribute, const char *name,
                              const char *long_name)
{
  const PetscInt n = Length(s, axis);
  char         **text;
  PetscInt       at = 0;

  PetscFunctionBeginUser;
  if (!HasColumn(s, axis, attribute)) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(n + 1, &text));
  for (PetscInt k = 0; k < axis->n_kinds; k++) {
    const Column *column = ComponentsColumn(s->c, axis->kind[k], attribute);
    for (PetscInt i = 0; i < column->n; i++) text[at++] = column->text ? column->text[i] : (char *)"";
  }
  PetscCall(DatasetAddText(s->ds, name, axis->dim, long_name, text));
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}

/* A number of each row, times a factor; what is not finite is missing. */
static PetscErrorCode AddNumber(Store *s, const Axis *axis, const char *attribute, const char *factor, const char *name,
                                const char *unit, const char *long_name)
{
  PetscInt at = 0;
  double  *value;

  PetscFunctionBeginUser;
  if (!HasColumn(s, axis, attribute)) PetscFunctionReturn(0);
  PetscCall(DatasetAddReal(s->ds, name, axis->dim, unit, long_name, NULL));
  value = DatasetFind(s->ds, name)->real;
  for (PetscInt k = 0; k < axis->n_kinds; k++) {
    const Column *column = ComponentsColumn(s->c, axis->kind[k], attribute);
    const Column *times  = factor ? ComponentsColumn(s->c, axis->kind[k], factor) : NULL;
    for (PetscInt i = 0; column->real && i < column->n; i++, at++) {
      value[at] = column->real[i] * (times ? times->real[i] : 1) + 0.0;
      if (!isfinite(value[at])) value[at] = NAN;
    }
  }
  PetscFunctionReturn(0);
}

/* A series of each row, times a sign, written straight into the data set. Adding zero turns -0 into 0. */
static PetscErrorCode AddSeries(Store *s, const Axis *axis, const char *attribute, PetscReal sign, const char *name,
                                const char *unit, const char *long_name)
{
  const PetscInt n = Length(s, axis), T = s->c->n_snapshots;
  char           dims[NAME_SIZE];
  PetscInt       at = 0;
  double        *value;

  PetscFunctionBeginUser;
  if (!HasColumn(s, axis, attribute)) PetscFunctionReturn(0);
  snprintf(dims, sizeof dims, "time %s", axis->dim);
  PetscCall(DatasetAddReal(s->ds, name, dims, unit, long_name, NULL));
  value = DatasetFind(s->ds, name)->real;
  for (PetscInt k = 0; k < axis->n_kinds; k++) {
    const Column *column = ComponentsColumn(s->c, axis->kind[k], attribute);
    for (PetscInt i = 0; i < column->n; i++, at++)
      for (PetscInt t = 0; t < T; t++) value[(size_t)t * (size_t)n + (size_t)at] = sign * ColumnAt(column, i, t) + 0.0;
  }
  PetscFunctionReturn(0);
}

/* Whether any row has a series or another number than 0. */
static PetscBool AnyValue(const Store *s, const Axis *axis, const char *attribute)
{
  if (!HasColumn(s, axis, attribute)) return PETSC_FALSE;
  for (PetscInt k = 0; k < axis->n_kinds; k++) {
    const Column *column = ComponentsColumn(s->c, axis->kind[k], attribute);
    for (PetscInt i = 0; i < column->n; i++)
      if ((column->series && column->series[i]) || (column->real && column->real[i] != 0) ||
          (column->text && !column->real && column->text[i][0]))
        return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Time: seconds where all snapshots are dates, otherwise their number. */
static PetscErrorCode AddTime(Store *s)
{
  const Components c     = s->c;
  PetscBool        dated = PETSC_TRUE;
  int64_t         *time, *period;
  long long        second = 0;

  PetscFunctionBeginUser;
  PetscCall(DatasetAddDimension(s->ds, "time", c->n_snapshots));
  PetscCall(PetscMalloc2(c->n_snapshots, &time, c->n_snapshots, &period));
  for (PetscInt t = 0; t < c->n_snapshots; t++) {
    if (!TimestampParse(c->snapshot[t], &second)) dated = PETSC_FALSE;
    time[t]   = second;
    period[t] = c->n_periods ? c->period[c->period_of[t]] : 0;
  }
  for (PetscInt t = 0; !dated && t < c->n_snapshots; t++) time[t] = t;
  PetscCall(DatasetAddInteger(s->ds, "time", "time", dated ? "seconds since 1970-01-01 00:00:00" : "1",
                              dated ? "snapshot, UTC" : "number of the snapshot, from 0", time));
  if (dated) PetscCall(PetscStrallocpy("proleptic_gregorian", &DatasetFind(s->ds, "time")->calendar));
  PetscCall(DatasetAddText(s->ds, "snapshot", "time", "label of the snapshot", c->snapshot));
  if (c->n_periods)
    PetscCall(
        DatasetAddInteger(s->ds, "time_period", "time", "1", "investment period of the snapshot, a year", period));
  PetscCall(PetscFree2(time, period));
  PetscCall(DatasetAddReal(s->ds, "weight_objective", "time", "h", "hours that the snapshot stands for in costs",
                           c->weight_objective));
  PetscCall(DatasetAddReal(s->ds, "weight_generators", "time", "h",
                           "hours that the snapshot stands for in energy and emissions", c->weight_generators));
  PetscCall(DatasetAddReal(s->ds, "weight_stores", "time", "h", "hours that the snapshot lasts for storage",
                           c->weight_stores));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddPeriods(Store *s)
{
  const Components c = s->c;
  int64_t         *year;

  PetscFunctionBeginUser;
  if (c->n_periods) {
    PetscCall(PetscMalloc1(c->n_periods, &year));
    for (PetscInt p = 0; p < c->n_periods; p++) year[p] = c->period[p];
    PetscCall(DatasetAddDimension(s->ds, "period", c->n_periods));
    PetscCall(DatasetAddInteger(s->ds, "period", "period", "1", "investment period, a year", year));
    PetscCall(PetscFree(year));
    PetscCall(DatasetAddReal(s->ds, "period_objective_weight", "period", "1",
                             "present value of one unit of money a year in the period", c->period_objective));
    PetscCall(
        DatasetAddReal(s->ds, "period_years", "period", "years", "years that the period stands for", c->period_years));
  }
  PetscFunctionReturn(0);
}

/* "EUR/t" and the like for `currency/t`. */
static const char *Unit(const Store *s, const char *unit, char text[NAME_SIZE])
{
  PlanUnit(s->plan, unit, text, NAME_SIZE);
  return text;
}

static PetscErrorCode AddObjective(Store *s)
{
  const char *currency = s->plan->planning->currency;
  char        unit[NAME_SIZE];

  PetscFunctionBeginUser;
  PetscCall(DatasetAddReal(s->ds, "objective", "", currency,
                           "present value of the cost, without the capital cost of what is there already",
                           &s->plan->objective));
  PetscCall(DatasetAddReal(s->ds, "objective_constant", "", currency,
                           "capital cost of existing extendable capacity, which the objective leaves out",
                           &s->plan->objective_constant));
  PetscCall(DatasetAddReal(s->ds, "carbon_price", s->c->n_periods ? "period" : "", Unit(s, "currency/t", unit),
                           "price of carbon that is paid", s->c->carbon_price));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBuses(Store *s)
{
  const PetscInt n = s->c->table[COMPONENT_BUS].n;
  char         **region;

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, &AxisBus, "bus"));
  PetscCall(AddText(s, &AxisBus, "carrier", "bus_carrier", "energy that the bus carries"));
  PetscCall(PetscMalloc1(n + 1, &region));
  for (PetscInt b = 0; b < n; b++) region[b] = (char *)ComponentsRegion(s->c, b, s->plan->planning->region);
  PetscCall(DatasetAddText(s->ds, "bus_region", "bus", "region of the bus", region));
  PetscCall(PetscFree(region));
  PetscCall(AddNumber(s, &AxisBus, "y", NULL, "bus_latitude", "degrees_north", "latitude, or another coordinate"));
  PetscCall(AddNumber(s, &AxisBus, "x", NULL, "bus_longitude", "degrees_east", "longitude, or another coordinate"));
  PetscCall(AddSeries(s, &AxisBus, "marginal_price", 1, "price", s->price, "marginal price of energy"));
  PetscCall(AddSeries(s, &AxisBus, "p", 1, "bus_p", "MW", "net power fed in at the bus"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddGenerators(Store *s)
{
  const Axis *a = &AxisGenerator;

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, a, "generator"));
  PetscCall(AddText(s, a, "bus", "generator_bus", "bus of the generator"));
  PetscCall(AddText(s, a, "carrier", "generator_carrier", "technology"));
  PetscCall(AddNumber(s, a, "p_nom", NULL, "generator_capacity_before", "MW", "capacity that was there"));
  PetscCall(AddNumber(s, a, "p_nom_opt", NULL, "generator_capacity", "MW", "planned capacity"));
  PetscCall(AddSeries(s, a, "p", 1, "generator_p", "MW", "power fed in"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLoads(Store *s)
{
  const Axis *a = &AxisLoad;

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, a, "load"));
  PetscCall(AddText(s, a, "bus", "load_bus", "bus of the load"));
  PetscCall(AddText(s, a, "carrier", "load_carrier", "use of the energy"));
  PetscCall(AddSeries(s, a, "p", 1, "load_p", "MW", "power taken"));
  if (AnyValue(s, a, "unserved"))
    PetscCall(AddSeries(s, a, "unserved", 1, "load_unserved", "MW", "demand left unserved for its price"));
  if (AnyValue(s, a, "shifted"))
    PetscCall(AddSeries(s, a, "shifted", 1, "load_shifted", "MW",
                        "demand moved into the snapshot (positive) or out of it (negative)"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(Store *s)
{
  const Axis *a = &AxisLink;
  char        attribute[16], name[NAME_SIZE], long_name[96];

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, a, "link"));
  PetscCall(AddText(s, a, "bus0", "link_from", "bus that energy is taken from"));
  PetscCall(AddText(s, a, "bus1", "link_to", "bus that energy is delivered to"));
  PetscCall(AddText(s, a, "carrier", "link_carrier", "technology"));
  PetscCall(AddNumber(s, a, "p_nom", NULL, "link_capacity_before", "MW", "capacity that was there, at the from end"));
  PetscCall(AddNumber(s, a, "p_nom_opt", NULL, "link_capacity", "MW", "planned capacity, at the from end"));
  PetscCall(AddSeries(s, a, "p0", 1, "link_p_from", "MW", "power taken at the from end"));
  PetscCall(AddSeries(s, a, "p1", -1, "link_p_to", "MW", "power delivered at the to end"));
  for (int k = 2; k < 10; k++) {
    snprintf(attribute, sizeof attribute, "bus%d", k);
    if (!AnyValue(s, a, attribute)) continue;
    snprintf(name, sizeof name, "link_to%d", k);
    snprintf(long_name, sizeof long_name, "bus of output %d, empty where there is none", k);
    PetscCall(AddText(s, a, attribute, name, long_name));
    snprintf(attribute, sizeof attribute, "p%d", k);
    snprintf(name, sizeof name, "link_p_to%d", k);
    snprintf(long_name, sizeof long_name, "power delivered at output %d, negative: consumed", k);
    PetscCall(AddSeries(s, a, attribute, -1, name, "MW", long_name));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBranches(Store *s)
{
  const Axis *a = &AxisBranch;

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, a, "line or transformer, lines first"));
  PetscCall(AddText(s, a, "bus0", "branch_from", "bus at the from end"));
  PetscCall(AddText(s, a, "bus1", "branch_to", "bus at the to end"));
  PetscCall(AddNumber(s, a, "s_nom", NULL, "branch_capacity_before", "MVA", "rating that was there"));
  PetscCall(AddNumber(s, a, "s_nom_opt", NULL, "branch_capacity", "MVA", "planned rating"));
  PetscCall(AddSeries(s, a, "p0", 1, "branch_p_from", "MW", "power into the branch at the from end"));
  PetscCall(AddSeries(s, a, "p1", 1, "branch_p_to", "MW", "power into the branch at the to end"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddStorage(Store *s)
{
  const Axis *a = &AxisStorage, *e = &AxisStore;

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, a, "storage unit"));
  PetscCall(AddText(s, a, "bus", "storage_bus", "bus of the storage unit"));
  PetscCall(AddText(s, a, "carrier", "storage_carrier", "technology"));
  PetscCall(AddNumber(s, a, "p_nom", NULL, "storage_capacity_before", "MW", "power that was there"));
  PetscCall(AddNumber(s, a, "p_nom_opt", NULL, "storage_capacity", "MW", "planned power"));
  PetscCall(AddNumber(s, a, "p_nom_opt", "max_hours", "storage_energy_capacity", "MWh", "planned energy content"));
  PetscCall(AddSeries(s, a, "p_store", 1, "storage_charge", "MW", "charging power"));
  PetscCall(AddSeries(s, a, "p_dispatch", 1, "storage_discharge", "MW", "discharging power"));
  PetscCall(AddSeries(s, a, "state_of_charge", 1, "storage_energy", "MWh", "energy stored at the snapshot's end"));
  if (AnyValue(s, a, "inflow")) PetscCall(AddSeries(s, a, "spill", 1, "storage_spill", "MW", "inflow that is spilled"));
  PetscCall(AddLabels(s, e, "store"));
  PetscCall(AddText(s, e, "bus", "store_bus", "bus of the store"));
  PetscCall(AddText(s, e, "carrier", "store_carrier", "technology"));
  PetscCall(AddNumber(s, e, "e_nom", NULL, "store_energy_capacity_before", "MWh", "energy content that was there"));
  PetscCall(AddNumber(s, e, "e_nom_opt", NULL, "store_energy_capacity", "MWh", "planned energy content"));
  PetscCall(AddSeries(s, e, "p", 1, "store_p", "MW", "power fed in (positive) or stored (negative)"));
  PetscCall(AddSeries(s, e, "e", 1, "store_energy", "MWh", "energy stored at the snapshot's end"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddReserves(Store *s)
{
  const Axis *a = &AxisReserve;
  char        unit[NAME_SIZE];

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, a, "operating reserve"));
  PetscCall(AddSeries(s, a, "requirement_mw", 1, "reserve_requirement", "MW", "reserve that must be held"));
  PetscCall(AddSeries(s, a, "shortage", 1, "reserve_shortage", "MW", "reserve that is missing at its price"));
  PetscCall(AddSeries(s, a, "price", 1, "reserve_price", Unit(s, "currency/MW/h", unit), "price of the reserve"));
  if (AnyValue(s, &AxisGenerator, "reserve"))
    PetscCall(AddSeries(s, &AxisGenerator, "reserve", 1, "generator_reserve", "MW", "reserve promised"));
  if (AnyValue(s, &AxisStorage, "reserve"))
    PetscCall(AddSeries(s, &AxisStorage, "reserve", 1, "storage_reserve", "MW", "reserve promised"));
  if (AnyValue(s, &AxisLink, "reserve"))
    PetscCall(AddSeries(s, &AxisLink, "reserve", 1, "link_reserve", "MW", "reserve promised"));
  if (AnyValue(s, &AxisStore, "reserve"))
    PetscCall(AddSeries(s, &AxisStore, "reserve", 1, "store_reserve", "MW", "reserve promised"));
  PetscFunctionReturn(0);
}

/* What exists in each investment period. */
static PetscErrorCode AddActive(Store *s, const Axis *axis, const char *nominal, const char *name, const char *unit,
                                const char *long_name)
{
  const PetscInt n = Length(s, axis);
  char           dims[NAME_SIZE], attribute[32];
  PetscInt       at = 0;
  double        *value;

  PetscFunctionBeginUser;
  if (!s->c->n_periods || !n) PetscFunctionReturn(0);
  snprintf(dims, sizeof dims, "period %s", axis->dim);
  PetscCall(DatasetAddReal(s->ds, name, dims, unit, long_name, NULL));
  value = DatasetFind(s->ds, name)->real;
  for (PetscInt k = 0; k < axis->n_kinds; k++)
    for (PetscInt i = 0; i < s->c->table[axis->kind[k]].n; i++, at++)
      for (PetscInt p = 0; p < s->c->n_periods; p++) {
        const Column *column;
        snprintf(attribute, sizeof attribute, "%s_opt_%d", nominal,
                 (int)s->c->period[p]); /* where some retires early */
        column = ComponentsColumn(s->c, axis->kind[k], attribute);
        snprintf(attribute, sizeof attribute, "%s_opt", nominal);
        if (!column || !column->real || !isfinite(column->real[i]))
          column = ComponentsColumn(s->c, axis->kind[k], attribute);
        if (ComponentsActive(s->c, axis->kind[k], i, p) && column && column->real && isfinite(column->real[i]))
          value[p * n + at] = column->real[i] + 0.0;
      }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddActiveCapacities(Store *s)
{
  PetscFunctionBeginUser;
  PetscCall(AddActive(s, &AxisGenerator, "p_nom", "generator_capacity_active", "MW", "capacity in the period"));
  PetscCall(AddActive(s, &AxisLink, "p_nom", "link_capacity_active", "MW", "capacity in the period, at the from end"));
  PetscCall(AddActive(s, &AxisBranch, "s_nom", "branch_capacity_active", "MVA", "rating in the period"));
  PetscCall(AddActive(s, &AxisStorage, "p_nom", "storage_capacity_active", "MW", "power in the period"));
  PetscCall(AddActive(s, &AxisStore, "e_nom", "store_energy_capacity_active", "MWh", "energy content in the period"));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddConstraints(Store *s)
{
  const PetscInt n = Length(s, &AxisConstraint);
  double        *price;
  char         **unit;

  PetscFunctionBeginUser;
  PetscCall(AddLabels(s, &AxisConstraint, "policy: row of global_constraints"));
  PetscCall(AddText(s, &AxisConstraint, "type", "constraint_type", "kind of the policy"));
  PetscCall(AddNumber(s, &AxisConstraint, "mu", NULL, "constraint_multiplier", "1",
                      "change of the objective with one more unit of the constant"));
  PetscCall(PetscMalloc1(n + 1, &price));
  PetscCall(PetscCalloc1(n + 1, &unit));
  for (PetscInt k = 0; k < n; k++) {
    const char *text;
    PetscCall(PlanningPrice(s->c, k, &price[k], &text));
    PetscCall(PetscMalloc1(NAME_SIZE, &unit[k]));
    PlanUnit(s->plan, text, unit[k], NAME_SIZE);
  }
  PetscCall(DatasetAddReal(s->ds, "constraint_price", "constraint", "1", "price of the policy in its constraint_unit",
                           price));
  PetscCall(DatasetAddText(s->ds, "constraint_unit", "constraint", "unit of the price", unit));
  for (PetscInt k = 0; k < n; k++) PetscCall(PetscFree(unit[k]));
  PetscCall(PetscFree(unit));
  PetscCall(PetscFree(price));
  PetscFunctionReturn(0);
}

PetscErrorCode PlanResultsCreate(Plan plan, Dataset *ds)
{
  Store s = {.plan = plan, .c = plan->components};

  PetscFunctionBeginUser;
  PetscCall(DatasetCreate(ds));
  s.ds = *ds;
  PlanUnit(plan, "currency/MWh", s.price, sizeof s.price);
  PetscCall(DatasetSetAttribute(s.ds, "title", plan->study ? plan->study->name : plan->components->name));
  PetscCall(DatasetSetAttribute(s.ds, "policy", plan->planning->policy));
  PetscCall(DatasetSetAttribute(s.ds, "source", "archipelago"));
  PetscCall(AddTime(&s));
  PetscCall(AddPeriods(&s));
  PetscCall(AddObjective(&s));
  PetscCall(AddBuses(&s));
  PetscCall(AddGenerators(&s));
  PetscCall(AddLoads(&s));
  PetscCall(AddLinks(&s));
  PetscCall(AddBranches(&s));
  PetscCall(AddStorage(&s));
  PetscCall(AddReserves(&s));
  PetscCall(AddActiveCapacities(&s));
  PetscCall(AddConstraints(&s));
  PetscFunctionReturn(0);
}
