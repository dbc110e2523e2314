/* Regions, demand and units of a plan in one period. */
#include <stdio.h>
#include <string.h>

#include "jobs/plan_adequacy_impl.h"

#define MOST_UNITS 2000 /* of one component */

/* --- access to the components */

PetscReal ReliabilityReal(const ReliabilityCase *k, ComponentKind kind, const char *attribute, PetscInt row,
                          PetscReal otherwise)
{
  const Column *column = ComponentsColumn(k->c, kind, attribute);
  return column && column->real && !PetscIsNanReal(column->real[row]) ? column->real[row] : otherwise;
}

static const char *TextOf(const ReliabilityCase *k, ComponentKind kind, const char *attribute, PetscInt row)
{
  const Column *column = ComponentsColumn(k->c, kind, attribute);
  return column && column->text ? column->text[row] : "";
}

PetscInt ReliabilityBus(const ReliabilityCase *k, ComponentKind kind, const char *attribute, PetscInt row)
{
  const char *name = TextOf(k, kind, attribute, row);
  return name[0] ? ComponentsFind(k->c, COMPONENT_BUS, name) : -1;
}

const char *ReliabilityPort(const char *attribute, PetscInt port, char text[32])
{
  if (port == 1 && !strcmp(attribute, "efficiency"))
    (void)snprintf(text, 32, "%s", attribute);
  else
    (void)snprintf(text, 32, "%s%d", attribute, (int)port);
  return text;
}

PetscReal ReliabilityCapacity(const ReliabilityCase *k, ComponentKind kind, PetscInt row)
{
  const char   *nominal = kind == COMPONENT_STORE                                   ? "e_nom"
                          : kind == COMPONENT_LINE || kind == COMPONENT_TRANSFORMER ? "s_nom"
                                                                                    : "p_nom";
  const Column *column;
  PetscReal     value;
  char          name[64];

  if (!ComponentsActive(k->c, kind, row, k->period)) return 0;
  value = ReliabilityReal(k, kind, nominal, row, 0);
  (void)snprintf(name, sizeof name, "%s_extendable", nominal);
  if (ReliabilityReal(k, kind, name, row, 0) != 0) {
    (void)snprintf(name, sizeof name, "%s_opt", nominal);
    value = ReliabilityReal(k, kind, name, row, 0);
  }
  if (k->c->n_periods) { /* retirement makes periods differ */
    (void)snprintf(name, sizeof name, "%s_opt_%d", nominal, (int)k->c->period[k->period]);
    column = ComponentsColumn(k->c, kind, name);
    if (column && column->real && !PetscIsNanReal(column->real[row]) && (!column->given || column->given[row]))
      value = column->real[row];
  }
  return value > 1e-6 && value < PETSC_INFINITY ? value : 0;
}

PetscReal ReliabilityMean(const ReliabilityCase *k, const Column *column, PetscInt row, PetscBool least)
{
  PetscReal sum = 0, low = PETSC_INFINITY;

  if (!column->series || !column->series[row]) return column->real[row];
  for (PetscInt h = 0; h < k->hours; h++) {
    sum += column->series[row][k->snapshot[h]];
    low = PetscMin(low, column->series[row][k->snapshot[h]]);
  }
  return least ? low : sum / (PetscReal)k->hours;
}

static PetscBool Given(const Column *column, PetscInt row)
{
  return (PetscBool)(column && column->real && !PetscIsNanReal(column->real[row]));
}

/* Outages that the row states; none where it does not. */
void ReliabilityFailures(const ReliabilityCase *k, ComponentKind kind, PetscInt row, PetscReal *mttf, PetscReal *mttr)
{
  *mttf = ReliabilityReal(k, kind, "mttf_h", row, PETSC_INFINITY);
  *mttr = ReliabilityReal(k, kind, "mttr_h", row, 0);
  if (!(*mttf > 0 && *mttr > 0)) {
    *mttf = PETSC_INFINITY;
    *mttr = 0;
  }
}

/* --- lists that grow */

static PetscErrorCode Grow(void *list, PetscInt n, PetscInt *room, size_t size)
{
  void **items = (void **)list;

  PetscFunctionBeginUser;
  if (n < *room) PetscFunctionReturn(0);
  *room = 2 * *room + 16;
  PetscCall(PetscRealloc((size_t)*room * size, items));
  PetscFunctionReturn(0);
}

PetscErrorCode ReliabilityOwn(ReliabilityCase *k, void *what)
{
  PetscFunctionBeginUser;
  PetscCall(Grow(&k->owned, k->n_owned, &k->room_owned, sizeof *k->owned));
  k->owned[k->n_owned++] = what;
  PetscFunctionReturn(0);
}

static PetscErrorCode OwnText(ReliabilityCase *k, const char *text, const char **copy)
{
  char *own;

  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(text, &own));
  PetscCall(ReliabilityOwn(k, own));
  *copy = own;
  PetscFunctionReturn(0);
}

PetscErrorCode ReliabilityNewStorage(ReliabilityCase *k, const char *name, AdequacyStorage **storage)
{
  PetscFunctionBeginUser;
  PetscCall(Grow(&k->storage, k->n_storages, &k->room_storages, sizeof *k->storage));
  *storage  = &k->storage[k->n_storages++];
  **storage = (AdequacyStorage){.efficiency_charge = 1, .efficiency_discharge = 1, .mttf = PETSC_INFINITY};
  PetscCall(OwnText(k, name, &(*storage)->name));
  PetscFunctionReturn(0);
}

PetscErrorCode ReliabilityNewTie(ReliabilityCase *k, const char *name, AdequacyTie **tie)
{
  PetscFunctionBeginUser;
  PetscCall(Grow(&k->tie, k->n_ties, &k->room_ties, sizeof *k->tie));
  *tie  = &k->tie[k->n_ties++];
  **tie = (AdequacyTie){.mttf = PETSC_INFINITY};
  PetscCall(OwnText(k, name, &(*tie)->name));
  PetscFunctionReturn(0);
}

/* --- regions and demand */

static PetscBool IsElectric(Components c, PetscInt bus)
{
  const char *carrier = ColumnText(ComponentsColumn(c, COMPONENT_BUS, "carrier"), bus);
  return (PetscBool)(ComponentsElectric(c, bus) || !strcmp(carrier, "electricity") || !strcmp(carrier, "low voltage"));
}

static PetscErrorCode FindRegions(ReliabilityCase *k, const char *column)
{
  const PetscInt n = k->c->table[COMPONENT_BUS].n;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n, &k->region_of, n, &k->fuel_of, n, &k->region));
  for (PetscInt b = 0; b < n; b++) {
    const char *name = ComponentsRegion(k->c, b, column);
    PetscInt    r    = 0;
    k->fuel_of[b] = k->region_of[b] = -1;
    if (!IsElectric(k->c, b)) continue;
    while (r < k->regions && strcmp(k->region[r], name)) r++;
    if (r == k->regions) k->region[k->regions++] = name;
    k->region_of[b] = r;
  }
  PetscFunctionReturn(0);
}

/* Adds sign * column in MW to demand; what is negative in the end is supply. */
static void AddDemand(ReliabilityCase *k, PetscInt region, const Column *column, PetscInt row, PetscReal sign)
{
  for (PetscInt h = 0; h < k->hours; h++)
    k->demand[h * k->regions + region] += sign * ColumnAt(column, row, k->snapshot[h]);
}

static void AddLoads(ReliabilityCase *k)
{
  const Column *set     = ComponentsColumn(k->c, COMPONENT_LOAD, "p_set");
  const Column *shifted = ComponentsColumn(k->c, COMPONENT_LOAD, "shifted");

  for (PetscInt l = 0; l < k->c->table[COMPONENT_LOAD].n; l++) {
    const PetscInt  bus  = ReliabilityBus(k, COMPONENT_LOAD, "bus", l);
    const PetscReal sign = ReliabilityReal(k, COMPONENT_LOAD, "sign", l, -1);
    if (bus < 0 || k->region_of[bus] < 0 || !ComponentsActive(k->c, COMPONENT_LOAD, l, k->period)) continue;
    AddDemand(k, k->region_of[bus], set, l, -sign);
    if (shifted && shifted->real) AddDemand(k, k->region_of[bus], shifted, l, -sign);
  }
}

/* Electrolysers wait when power is short; so does what has a column `interruptible` that says so. */
static PetscBool IsInterruptible(const ReliabilityCase *k, PetscInt link)
{
  const Column *column  = ComponentsColumn(k->c, COMPONENT_LINK, "interruptible");
  const char   *carrier = TextOf(k, COMPONENT_LINK, "carrier", link);

  if (column && column->text)
    return (PetscBool)(!strcmp(column->text[link], "True") || !strcmp(column->text[link], "true") ||
                       !strcmp(column->text[link], "1"));
  if (Given(column, link)) return (PetscBool)(column->real[link] != 0);
  return (PetscBool)(strstr(carrier, "lectroly") || strstr(carrier, "power-to-gas"));
}

static void Settle(ReliabilityCase *k)
{
  for (PetscInt i = 0; i < k->hours * k->regions; i++)
    if (k->demand[i] < 0) {
      k->variable[i] -= k->demand[i];
      k->demand[i] = 0;
    }
}

/* --- units */

/* Capacity in units of at most unit_mw each, the last one smaller; `profile` per unit, owned by the case, or NULL. */
static PetscErrorCode AddUnits(ReliabilityCase *k, const char *name, PetscInt region, PetscReal capacity,
                               PetscReal unit_mw, PetscReal mttf, PetscReal mttr, const PetscReal *profile)
{
  const PetscReal size = unit_mw > 0 ? PetscMax(unit_mw, capacity / MOST_UNITS) : capacity;
  char            text[1024];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; capacity > 1e-6; i++, capacity -= size) {
    AdequacyUnit *unit;
    PetscCall(Grow(&k->unit, k->n_units, &k->room_units, sizeof *k->unit));
    unit  = &k->unit[k->n_units++];
    *unit = (AdequacyUnit){NULL, region, PetscMin(size, capacity), mttf, mttr, profile};
    (void)snprintf(text, sizeof text, "%s/%d", name, (int)i);
    PetscCall(OwnText(k, text, &unit->name));
  }
  PetscFunctionReturn(0);
}

static void AddVariable(ReliabilityCase *k, PetscInt region, PetscReal capacity, const Column *max_pu, PetscInt row)
{
  for (PetscInt h = 0; h < k->hours; h++)
    k->variable[h * k->regions + region] += capacity * PetscMax(0, ColumnAt(max_pu, row, k->snapshot[h]));
}

/* Availability times efficiency by hour where either varies; otherwise *profile is NULL and *constant their product. */
static PetscErrorCode MakeProfile(ReliabilityCase *k, const Column *max_pu, const Column *efficiency, PetscInt row,
                                  PetscReal *constant, const PetscReal **profile)
{
  PetscReal *value;

  PetscFunctionBeginUser;
  *profile  = NULL;
  *constant = max_pu->real[row] * (efficiency ? efficiency->real[row] : 1);
  if (!(max_pu->series && max_pu->series[row]) && !(efficiency && efficiency->series && efficiency->series[row]))
    PetscFunctionReturn(0);
  PetscCall(PetscMalloc1(k->hours, &value));
  for (PetscInt h = 0; h < k->hours; h++)
    value[h] = PetscMax(0, ColumnAt(max_pu, row, k->snapshot[h]) *
                               (efficiency ? ColumnAt(efficiency, row, k->snapshot[h]) : 1));
  PetscCall(ReliabilityOwn(k, value));
  *constant = 1;
  *profile  = value;
  PetscFunctionReturn(0);
}

/* Size and outages of a row, its own or those of its technology. */
static void UnitsOf(const ReliabilityCase *k, ComponentKind kind, PetscInt row, const SupplyDefault *usual,
                    PetscReal *size, PetscReal *mttf, PetscReal *mttr)
{
  const PetscBool told = (PetscBool)(Given(ComponentsColumn(k->c, kind, "mttf_h"), row) &&
                                     Given(ComponentsColumn(k->c, kind, "mttr_h"), row));

  *mttf = usual->kind == SUPPLY_UNITS ? usual->mttf_h : PETSC_INFINITY;
  *mttr = usual->kind == SUPPLY_UNITS ? usual->mttr_h : 0;
  if (told) ReliabilityFailures(k, kind, row, mttf, mttr);
  *size = ReliabilityReal(k, kind, "unit_mw", row, told ? 0 : usual->unit_mw);
}

static PetscErrorCode AddGenerators(ReliabilityCase *k)
{
  const Column *max_pu = ComponentsColumn(k->c, COMPONENT_GENERATOR, "p_max_pu");
  const Column *stated = ComponentsColumn(k->c, COMPONENT_GENERATOR, "mttf_h");

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < k->c->table[COMPONENT_GENERATOR].n; g++) {
    const PetscInt       bus      = ReliabilityBus(k, COMPONENT_GENERATOR, "bus", g);
    const PetscReal      sign     = ReliabilityReal(k, COMPONENT_GENERATOR, "sign", g, 1);
    const PetscReal      capacity = ReliabilityCapacity(k, COMPONENT_GENERATOR, g) * PetscMax(0, sign);
    const SupplyDefault *usual    = SupplyDefaultOf(TextOf(k, COMPONENT_GENERATOR, "carrier", g));
    const PetscReal     *profile;
    PetscReal            constant, size, mttf, mttr;
    if (bus < 0 || k->region_of[bus] < 0 || capacity <= 0 || usual->kind == SUPPLY_NONE) continue;
    if (!Given(stated, g) && (usual->kind == SUPPLY_WEATHER || (max_pu->series && max_pu->series[g]))) {
      AddVariable(k, k->region_of[bus], capacity, max_pu, g);
      continue;
    }
    UnitsOf(k, COMPONENT_GENERATOR, g, usual, &size, &mttf, &mttr);
    PetscCall(MakeProfile(k, max_pu, NULL, g, &constant, &profile));
    PetscCall(AddUnits(k, k->c->table[COMPONENT_GENERATOR].name[g], k->region_of[bus], capacity * PetscMax(0, constant),
                       size * constant, mttf, mttr, profile));
  }
  PetscFunctionReturn(0);
}

/* A link from another carrier that delivers to an electric port is units, unless it empties a storage; what a link takes from
   electricity as planned is demand, unless it fills one, waits or is a tie. */
static PetscErrorCode AddLinkPort(ReliabilityCase *k, PetscInt link, PetscInt port, PetscInt bus)
{
  const PetscInt from = ReliabilityBus(k, COMPONENT_LINK, "bus0", link);
  const Column  *power, *efficiency = NULL;
  char           text[32];

  PetscFunctionBeginUser;
  power = ComponentsColumn(k->c, COMPONENT_LINK, ReliabilityPort("p", port, text));
  if (port > 0) efficiency = ComponentsColumn(k->c, COMPONENT_LINK, ReliabilityPort("efficiency", port, text));
  if (port > 0 && from >= 0 && k->region_of[from] < 0 && efficiency &&
      ReliabilityMean(k, efficiency, link, PETSC_FALSE) > 0) {
    const SupplyDefault *usual = SupplyDefaultOf(TextOf(k, COMPONENT_LINK, "carrier", link));
    const PetscReal     *profile;
    PetscReal            constant, size, mttf, mttr;
    const PetscReal      capacity = ReliabilityCapacity(k, COMPONENT_LINK, link);
    if (k->fuel_of[from] >= 0 || capacity <= 0) PetscFunctionReturn(0);
    UnitsOf(k, COMPONENT_LINK, link, usual, &size, &mttf, &mttr);
    PetscCall(
        MakeProfile(k, ComponentsColumn(k->c, COMPONENT_LINK, "p_max_pu"), efficiency, link, &constant, &profile));
    /* Sizes are electric. */
    PetscCall(AddUnits(k, k->c->table[COMPONENT_LINK].name[link], k->region_of[bus], capacity * PetscMax(0, constant),
                       profile && ReliabilityMean(k, efficiency, link, PETSC_FALSE) > 0
                           ? size / ReliabilityMean(k, efficiency, link, PETSC_FALSE)
                           : size,
                       mttf, mttr, profile));
  } else if (power && power->real && !IsInterruptible(k, link) &&
             ComponentsActive(k->c, COMPONENT_LINK, link, k->period)) {
    AddDemand(k, k->region_of[bus], power, link, 1);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(ReliabilityCase *k)
{
  char text[32];

  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < k->c->table[COMPONENT_LINK].n; l++) {
    PetscInt  bus[RELIABILITY_PORTS];
    PetscBool fills = PETSC_FALSE, is_tie;
    for (PetscInt p = 0; p < RELIABILITY_PORTS; p++) {
      const Column *column = ComponentsColumn(k->c, COMPONENT_LINK, ReliabilityPort("bus", p, text));
      bus[p]               = column && column->text ? ReliabilityBus(k, COMPONENT_LINK, text, l) : -1;
      if (p > 0 && bus[p] >= 0 && k->fuel_of[bus[p]] >= 0) fills = PETSC_TRUE;
    }
    is_tie = (PetscBool)(bus[0] >= 0 && bus[1] >= 0 && k->region_of[bus[0]] >= 0 && k->region_of[bus[1]] >= 0);
    if (fills || is_tie) continue;
    for (PetscInt p = 0; p < RELIABILITY_PORTS; p++)
      if (bus[p] >= 0 && k->region_of[bus[p]] >= 0) PetscCall(AddLinkPort(k, l, p, bus[p]));
  }
  PetscFunctionReturn(0);
}

/* --- all of it */

PetscErrorCode ReliabilityCaseCreate(Components components, const char *region, PetscInt period, PetscInt hours,
                                     ReliabilityCase *k)
{
  PetscFunctionBeginUser;
  *k = (ReliabilityCase){.c = components, .period = period, .hours = hours};
  PetscCall(PetscMalloc1(hours, &k->snapshot));
  PetscCall(ReliabilityHours(components, period, hours, k->snapshot));
  PetscCall(FindRegions(k, region));
  PetscCall(PetscCalloc2(hours * k->regions, &k->demand, hours * k->regions, &k->variable));
  if (k->regions == 0) PetscFunctionReturn(0);
  PetscCall(ReliabilityAddStorage(k));
  PetscCall(ReliabilityAddTies(k));
  AddLoads(k);
  PetscCall(AddGenerators(k));
  PetscCall(AddLinks(k));
  Settle(k);
  PetscFunctionReturn(0);
}

PetscErrorCode ReliabilityCaseDestroy(ReliabilityCase *k)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < k->n_owned; i++) PetscCall(PetscFree(k->owned[i]));
  PetscCall(PetscFree(k->owned));
  PetscCall(PetscFree(k->unit));
  PetscCall(PetscFree(k->storage));
  PetscCall(PetscFree(k->tie));
  PetscCall(PetscFree(k->snapshot));
  PetscCall(PetscFree3(k->region_of, k->fuel_of, k->region));
  PetscCall(PetscFree2(k->demand, k->variable));
  PetscFunctionReturn(0);
}

AdequacyModel ReliabilityCaseModel(const ReliabilityCase *k)
{
  return (AdequacyModel){.regions       = k->regions,
                         .hours         = k->hours,
                         .demand        = k->demand,
                         .variable      = k->variable,
                         .n_units       = k->n_units,
                         .n_storages    = k->n_storages,
                         .n_ties        = k->n_ties,
                         .unit          = k->unit,
                         .storage       = k->storage,
                         .tie           = k->tie,
                         .share_storage = PETSC_TRUE};
}
