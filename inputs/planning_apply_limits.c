/* Policies applied to components: carbon, shares, targets and margins as rows of global_constraints, operating reserves as
   rows of reserves. */
#include "inputs/planning_impl.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define ANY_PERIOD (-1)

/* A row of a table under a name that none has yet. */
static PetscErrorCode AddNamedRow(const Apply *a, ComponentKind kind, PetscInt *row, const char *format, ...)
    PETSC_ATTRIBUTE_FORMAT(4, 5);
static PetscErrorCode AddNamedRow(const Apply *a, ComponentKind kind, PetscInt *row, const char *format, ...)
{
  va_list list;
  char    name[512], free_name[528];

  PetscFunctionBeginUser;
  va_start(list, format);
  vsnprintf(name, sizeof name, format, list);
  va_end(list);
  snprintf(free_name, sizeof free_name, "%s", name);
  for (int k = 2; ComponentsFind(a->c, kind, free_name) >= 0; k++)
    snprintf(free_name, sizeof free_name, "%s-%d", name, k);
  PetscCall(ComponentsAddRow(a->c, kind, free_name, row));
  PetscFunctionReturn(0);
}

/* A constraint of a period (ANY_PERIOD: of all, or of a network without). */
static PetscErrorCode SetConstraint(const Apply *a, PetscInt row, const char *type, PetscInt period, const char *sense,
                                    PetscReal constant)
{
  const ComponentKind kind = COMPONENT_GLOBAL_CONSTRAINT;

  PetscFunctionBeginUser;
  PetscCall(ComponentsSetText(a->c, kind, "type", row, type));
  PetscCall(ComponentsSetText(a->c, kind, "sense", row, sense));
  PetscCall(ComponentsSetReal(a->c, kind, "constant", row, constant));
  if (period != ANY_PERIOD && a->c->n_periods)
    PetscCall(ComponentsSetReal(a->c, kind, "investment_period", row, (PetscReal)a->c->period[period]));
  PetscFunctionReturn(0);
}

/* "-2030" behind names of rows, nothing in networks without periods. */
static const char *Suffix(const Apply *a, PetscInt period)
{
  static char text[4][24];
  static int  next = 0;
  char       *s    = text[next++ % 4];
  s[0]             = 0;
  if (a->c->n_periods && period != ANY_PERIOD) snprintf(s, sizeof text[0], "-%" PetscInt_FMT, a->c->period[period]);
  return s;
}

/* Carbon --------------------------------------------------------------------------------------------------------------- */

/* A cap counts the tonnes of a year; the row counts a period's years. */
static PetscErrorCode CapCarbon(const Apply *a)
{
  const YearValues *cap = &a->p->carbon_cap;
  PetscBool         sound;
  PetscInt          row;

  PetscFunctionBeginUser;
  PetscCall(ApplyCheckYears(a, "carbon_cap", cap, PETSC_FALSE, &sound));
  for (PetscInt p = 0; p < ComponentsPeriods(a->c) && sound && cap->n; p++) {
    const PetscReal tonnes = YearValuesAt(cap, ApplyYear(a, p), PETSC_FALSE, INFINITY);
    if (isinf(tonnes)) continue;
    PetscCall(AddNamedRow(a, COMPONENT_GLOBAL_CONSTRAINT, &row, "carbon_cap%s", Suffix(a, p)));
    PetscCall(SetConstraint(a, row, "primary_energy", p, "<=", tonnes * (a->c->n_periods ? a->c->period_years[p] : 1)));
    PetscCall(ComponentsSetText(a->c, COMPONENT_GLOBAL_CONSTRAINT, "carrier_attribute", row, "co2_emissions"));
  }
  if (isfinite(a->p->carbon_budget)) {
    PetscCall(AddNamedRow(a, COMPONENT_GLOBAL_CONSTRAINT, &row, "carbon_budget"));
    PetscCall(SetConstraint(a, row, "primary_energy", ANY_PERIOD, "<=", a->p->carbon_budget));
    PetscCall(ComponentsSetText(a->c, COMPONENT_GLOBAL_CONSTRAINT, "carrier_attribute", row, "co2_emissions"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PriceCarbon(const Apply *a)
{
  const YearValues *price = &a->p->carbon_price;
  PetscBool         sound;

  PetscFunctionBeginUser;
  PetscCall(ApplyCheckYears(a, "carbon_price", price, PETSC_FALSE, &sound));
  for (PetscInt p = 0; p < ComponentsPeriods(a->c) && sound && price->n; p++)
    a->c->carbon_price[p] = YearValuesAt(price, ApplyYear(a, p), PETSC_FALSE, a->c->carbon_price[p]);
  PetscFunctionReturn(0);
}

/* Shares --------------------------------------------------------------------------------------------------------------- */

static PetscBool WithoutEmissions(const Apply *a, const char *carrier)
{
  const PetscInt row = ComponentsFind(a->c, COMPONENT_CARRIER, carrier);
  return row < 0 || !ColumnReal(ComponentsColumn(a->c, COMPONENT_CARRIER, "co2_emissions"), row);
}

/* Whether the weather decides what a generator or storage unit gives: a series of availability, or an inflow. */
static PetscBool OfWeather(const Apply *a, ComponentKind kind, PetscInt row)
{
  const Column *c = ComponentsColumn(a->c, kind, kind == COMPONENT_GENERATOR ? "p_max_pu" : "inflow");
  if (c->series && c->series[row]) return PETSC_TRUE;
  return kind == COMPONENT_STORAGE_UNIT && ColumnReal(c, row) > 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Names with ";" between. */
static PetscErrorCode Join(char **names, const char *name)
{
  const size_t length = strlen(*names) + strlen(name) + 2;
  char        *longer;

  PetscFunctionBeginUser;
  if (!name[0] || PlanningNamed(*names, name)) PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(length, &longer));
  snprintf(longer, length, "%s%s%s", *names, (*names)[0] ? ";" : "", name);
  PetscCall(PetscFree(*names));
  *names = longer;
  PetscFunctionReturn(0);
}

/* Carriers without emissions of what feeds electric buses from outside: generators, and storage units with an inflow; of
   renewables only what the weather decides. */
static PetscErrorCode StandardCarriers(const Apply *a, PetscBool renewable, char **names)
{
  static const ComponentKind kinds[2] = {COMPONENT_GENERATOR, COMPONENT_STORAGE_UNIT};

  PetscFunctionBeginUser;
  for (int k = 0; k < 2; k++)
    for (PetscInt row = 0; row < a->c->table[kinds[k]].n; row++) {
      const PetscInt  bus     = ApplyBus(a, kinds[k], "bus", row);
      const char     *carrier = ApplyText(a, kinds[k], "carrier", row);
      const PetscBool weather = OfWeather(a, kinds[k], row);
      if (bus < 0 || !ComponentsElectric(a->c, bus) || !WithoutEmissions(a, carrier)) continue;
      if (weather || (!renewable && kinds[k] == COMPONENT_GENERATOR)) PetscCall(Join(names, carrier));
    }
  PetscFunctionReturn(0);
}

/* The study's list, each of which must be there, or the standard one. */
static PetscErrorCode CarrierNames(const Apply *a, PetscBool renewable, char **names, PetscBool *sound)
{
  const PlanningTexts *texts = renewable ? &a->p->renewable : &a->p->clean;
  PetscBool            found;

  PetscFunctionBeginUser;
  *sound = PETSC_TRUE;
  PetscCall(PetscStrallocpy("", names));
  for (PetscInt k = 0; k < texts->n; k++) {
    PetscCall(ApplyCheckTechnology(a, renewable ? "renewable" : "clean", texts->text[k], texts->line[k], &found));
    if (!found) *sound = PETSC_FALSE;
    PetscCall(Join(names, texts->text[k]));
  }
  if (!texts->n) PetscCall(StandardCarriers(a, renewable, names));
  PetscFunctionReturn(0);
}

static PetscErrorCode DemandShare(const Apply *a, PetscBool renewable)
{
  const char       *what  = renewable ? "renewable_share" : "clean_share";
  const YearValues *share = renewable ? &a->p->renewable_share : &a->p->clean_share;
  char             *names;
  PetscBool         years, sound;
  PetscInt          row;

  PetscFunctionBeginUser;
  PetscCall(ApplyCheckYears(a, what, share, PETSC_FALSE, &years));
  PetscCall(CarrierNames(a, renewable, &names, &sound));
  if (sound && share->n && !names[0])
    PetscCall(ApplyFault(a, share->line, "%s: found no carrier that counts by itself, expected the key '%s'", what,
                         renewable ? "renewable" : "clean"));
  for (PetscInt p = 0; p < ComponentsPeriods(a->c) && years && sound && share->n && names[0]; p++) {
    const PetscReal value = YearValuesAt(share, ApplyYear(a, p), PETSC_FALSE, 0);
    if (value <= 0) continue;
    PetscCall(AddNamedRow(a, COMPONENT_GLOBAL_CONSTRAINT, &row, "%s%s", what, Suffix(a, p)));
    PetscCall(SetConstraint(a, row, PLANNING_ENERGY_SHARE, p, ">=", value));
    PetscCall(ComponentsSetText(a->c, COMPONENT_GLOBAL_CONSTRAINT, "carriers", row, names));
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

/* Targets -------------------------------------------------------------------------------------------------------------- */

/* The region that a row counts, and by which column of the buses. */
static PetscErrorCode SetRegion(const Apply *a, PetscInt row, const char *region)
{
  PetscFunctionBeginUser;
  if (!region) PetscFunctionReturn(0);
  PetscCall(ComponentsSetText(a->c, COMPONENT_GLOBAL_CONSTRAINT, "region", row, region));
  if (a->p->region) PetscCall(ComponentsSetText(a->c, COMPONENT_GLOBAL_CONSTRAINT, "column", row, a->p->region));
  PetscFunctionReturn(0);
}

static PetscErrorCode AddTarget(const Apply *a, const PlanningRule *t, PetscInt period, PetscBool least)
{
  PetscInt row;

  PetscFunctionBeginUser;
  PetscCall(AddNamedRow(a, COMPONENT_GLOBAL_CONSTRAINT, &row, "target-%.200s%s%.200s%s-%s", t->technology,
                        t->region ? "-" : "", t->region ? t->region : "", Suffix(a, period),
                        least ? "at_least" : "at_most"));
  PetscCall(
      SetConstraint(a, row, PLANNING_CAPACITY_TARGET, period, least ? ">=" : "<=", least ? t->at_least : t->at_most));
  PetscCall(ComponentsSetText(a->c, COMPONENT_GLOBAL_CONSTRAINT, "carriers", row, t->technology));
  PetscCall(SetRegion(a, row, t->region));
  PetscFunctionReturn(0);
}

static PetscErrorCode Target(const Apply *a, const PlanningRule *t)
{
  PetscBool technology, region, period;

  PetscFunctionBeginUser;
  PetscCall(ApplyCheckTechnology(a, "targets", t->technology, t->technology_line, &technology));
  PetscCall(ApplyCheckRegion(a, "targets", t->region, t->region_line, &region));
  PetscCall(ApplyCheckPeriod(a, "targets", t->period, t->period_line, &period));
  if (!technology || !region || !period) PetscFunctionReturn(0);
  for (PetscInt p = 0; p < ComponentsPeriods(a->c); p++) {
    if (t->period && ApplyYear(a, p) != t->period) continue;
    if (isfinite(t->at_least)) PetscCall(AddTarget(a, t, p, PETSC_TRUE));
    if (isfinite(t->at_most)) PetscCall(AddTarget(a, t, p, PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

/* Margins and reserves -------------------------------------------------------------------------------------------------- */

static PetscErrorCode AddMargin(const Apply *a, const char *region)
{
  PetscInt row;

  PetscFunctionBeginUser;
  for (PetscInt p = 0; p < ComponentsPeriods(a->c); p++) {
    PetscCall(AddNamedRow(a, COMPONENT_GLOBAL_CONSTRAINT, &row, "capacity_margin%s%.200s%s", region ? "-" : "",
                          region ? region : "", Suffix(a, p)));
    PetscCall(SetConstraint(a, row, PLANNING_CAPACITY_MARGIN, p, ">=", a->p->reserve_margin));
    PetscCall(SetRegion(a, row, region));
  }
  PetscFunctionReturn(0);
}

/* The column of the buses that regions come from, as ComponentsRegion chooses it; "" where each bus is its own. */
static const char *RegionColumn(const Apply *a)
{
  static const char *const known[] = {"location", "country", "region"};
  if (a->p->region) return a->p->region;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(known); k++)
    for (PetscInt b = 0; b < a->c->table[COMPONENT_BUS].n; b++)
      if (ApplyText(a, COMPONENT_BUS, known[k], b)[0]) return known[k];
  return "";
}

static PetscErrorCode AddReserve(const Apply *a, const char *region, const char *renewables)
{
  PetscInt row;

  PetscFunctionBeginUser;
  PetscCall(
      AddNamedRow(a, COMPONENT_RESERVE, &row, "operating_reserve%s%.200s", region ? "-" : "", region ? region : ""));
  if (region) {
    PetscCall(ComponentsSetText(a->c, COMPONENT_RESERVE, "column", row, RegionColumn(a)));
    PetscCall(ComponentsSetText(a->c, COMPONENT_RESERVE, "label", row, region));
  }
  PetscCall(ComponentsSetReal(a->c, COMPONENT_RESERVE, "share_of_load", row, a->p->reserve_share_of_load));
  PetscCall(ComponentsSetReal(a->c, COMPONENT_RESERVE, "share_of_renewables", row, a->p->reserve_share_of_renewables));
  PetscCall(ComponentsSetText(a->c, COMPONENT_RESERVE, "carriers", row, renewables));
  PetscCall(ComponentsSetReal(a->c, COMPONENT_RESERVE, "shortage_price", row, a->p->reserve_shortage_price));
  PetscFunctionReturn(0);
}

/* Without a word of their own, generators but renewable ones, and storage units, promise up to all of their capacity. */
static PetscErrorCode PromiseReserve(const Apply *a, const char *renewables)
{
  static const ComponentKind kinds[2] = {COMPONENT_GENERATOR, COMPONENT_STORAGE_UNIT};

  PetscFunctionBeginUser;
  for (int k = 0; k < 2; k++)
    for (PetscInt row = 0; row < a->c->table[kinds[k]].n; row++)
      if (!ApplyGiven(a, kinds[k], "reserve_max_pu", row) &&
          !PlanningNamed(renewables, ApplyText(a, kinds[k], "carrier", row)))
        PetscCall(ComponentsSetReal(a->c, kinds[k], "reserve_max_pu", row, 1));
  PetscFunctionReturn(0);
}

static PetscErrorCode OperatingReserve(const Apply *a, PetscInt n, const char **region)
{
  char     *renewables;
  PetscBool sound;

  PetscFunctionBeginUser;
  if (!a->p->operating_reserve_line) PetscFunctionReturn(0);
  PetscCall(CarrierNames(a, PETSC_TRUE, &renewables, &sound));
  for (PetscInt k = 0; k < (a->p->reserve_study ? 1 : n) && sound; k++)
    PetscCall(AddReserve(a, a->p->reserve_study ? NULL : region[k], renewables));
  if (sound) PetscCall(PromiseReserve(a, renewables));
  PetscCall(PetscFree(renewables));
  PetscFunctionReturn(0);
}

PetscErrorCode ApplyLimits(const Apply *a)
{
  const char **region;
  PetscInt     n;

  PetscFunctionBeginUser;
  PetscCall(ApplyRegions(a, PETSC_TRUE, &n, &region));
  PetscCall(PriceCarbon(a));
  PetscCall(CapCarbon(a));
  PetscCall(DemandShare(a, PETSC_TRUE));
  PetscCall(DemandShare(a, PETSC_FALSE));
  for (PetscInt k = 0; k < a->p->targets.n; k++) PetscCall(Target(a, &a->p->targets.rule[k]));
  for (PetscInt k = 0; k < (a->p->reserve_margin_study ? 1 : n) && !isnan(a->p->reserve_margin); k++)
    PetscCall(AddMargin(a, a->p->reserve_margin_study ? NULL : region[k]));
  PetscCall(OperatingReserve(a, n, region));
  PetscCall(PetscFree(region));
  PetscFunctionReturn(0);
}
