/* One hour of a plan as a network of its own: what is electric, with the capacities that were found. What other carriers do
   at that hour is fixed: their demand of electricity is a load, their supply a generator at the plan's fuel prices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dynamics/device_table.h"
#include "inputs/timestamp.h"
#include "jobs/plan_check_impl.h"

static const PetscReal LEAST_MW       = 1e-4; /* smaller capacities and powers are the solver's tolerance */
static const PetscReal REACTIVE_SHARE = 0.4;  /* of capacity, where no limits are given */
static const PetscReal MACHINE_FACTOR = 0.9;  /* power of a machine over its rating in MVA */
static const PetscReal GRID_FORMING   = 0.86; /* power of a battery's converter over its rating in MVA */

enum { MOST_REGIONS = 40 };

static PetscErrorCode Set(CheckCase *k, ComponentKind kind, PetscInt row, const char *attribute, PetscReal value)
{
  PetscFunctionBeginUser;
  PetscCall(ComponentsSetReal(k->net, kind, attribute, row, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetText(CheckCase *k, ComponentKind kind, PetscInt row, const char *attribute, const char *value)
{
  PetscFunctionBeginUser;
  PetscCall(ComponentsSetText(k->net, kind, attribute, row, value));
  PetscFunctionReturn(0);
}

static PetscReal Now(const CheckCase *k, ComponentKind kind, const char *attribute, PetscInt row, PetscReal otherwise)
{
  return CheckAt(k->c, kind, attribute, row, k->hour->snapshot, otherwise);
}

/* A row under its name, or under another one where that is taken. */
static PetscErrorCode AddRow(CheckCase *k, ComponentKind kind, const char *name, const char *bus, PetscInt *row)
{
  char text[512];

  PetscFunctionBeginUser;
  snprintf(text, sizeof text, "%.400s", name);
  for (int n = 2; ComponentsFind(k->net, kind, text) >= 0; n++) snprintf(text, sizeof text, "%.400s (%d)", name, n);
  PetscCall(ComponentsAddRow(k->net, kind, text, row));
  PetscCall(SetText(k, kind, *row, "bus", bus));
  PetscFunctionReturn(0);
}

static const char *RegionOf(const CheckCase *k, const char *bus)
{
  const PetscInt row = ComponentsFind(k->c, COMPONENT_BUS, bus);
  return k->by_region && row >= 0 ? ComponentsRegion(k->c, row, k->planning->region) : "";
}

/* Owner of an asset: a technology, or the consumers, of a region. */
static void AddParticipant(CheckCase *k, const char *bus, const char *who, const char *component, const char *asset,
                           const char *class_name)
{
  const char *region = RegionOf(k, bus);
  char        text[400];

  snprintf(text, sizeof text, "%.150s%s%.200s", region, region[0] ? " " : "", who[0] ? who : "units");
  TextAddField(&k->participants, text);
  TextAdd(&k->participants, ",%s,", component);
  TextAddField(&k->participants, asset);
  TextAdd(&k->participants, ",%s\n", class_name);
}

static const char *NameOf(const CheckCase *k, ComponentKind kind, PetscInt row)
{
  return k->net->table[kind].name[row];
}

/* ------------------------------------------------------------------------------------------------------------------ */

static PetscErrorCode CountRegions(CheckCase *k)
{
  const char *region[MOST_REGIONS + 1];
  PetscInt    n = 0;

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < k->c->table[COMPONENT_BUS].n && n <= MOST_REGIONS; b++) {
    PetscInt r = 0;
    if (!CheckIsAc(k->c, b)) continue;
    while (r < n && strcmp(region[r], ComponentsRegion(k->c, b, k->planning->region)) != 0) r++;
    if (r == n) region[n++] = ComponentsRegion(k->c, b, k->planning->region);
  }
  k->by_region = n > 1 && n <= MOST_REGIONS ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode AddBuses(CheckCase *k)
{
  const ComponentTable *t = &k->c->table[COMPONENT_BUS];

  PetscFunctionBeginUser;
  for (PetscInt b = 0; b < t->n; b++) {
    PetscReal low  = CheckAt(k->c, COMPONENT_BUS, "v_mag_pu_min", b, 0, 0), set;
    PetscReal high = CheckAt(k->c, COMPONENT_BUS, "v_mag_pu_max", b, 0, INFINITY);
    PetscInt  row;

    if (!CheckIsAc(k->c, b)) continue;
    if (low <= 0 && isinf(high)) low = 0.9, high = 1.1;
    set = CheckAt(k->c, COMPONENT_BUS, "v_mag_pu_set", b, 0, 1);
    PetscCall(ComponentsAddRow(k->net, COMPONENT_BUS, t->name[b], &row));
    PetscCall(SetText(k, COMPONENT_BUS, row, "carrier", "AC"));
    PetscCall(Set(k, COMPONENT_BUS, row, "v_nom", CheckAt(k->c, COMPONENT_BUS, "v_nom", b, 0, 1)));
    PetscCall(Set(k, COMPONENT_BUS, row, "x", CheckAt(k->c, COMPONENT_BUS, "x", b, 0, 0)));
    PetscCall(Set(k, COMPONENT_BUS, row, "y", CheckAt(k->c, COMPONENT_BUS, "y", b, 0, 0)));
    PetscCall(Set(k, COMPONENT_BUS, row, "v_mag_pu_set", set));
    PetscCall(Set(k, COMPONENT_BUS, row, "v_mag_pu_min", low));
    PetscCall(Set(k, COMPONENT_BUS, row, "v_mag_pu_max", high));
    PetscCall(SetText(k, COMPONENT_BUS, row, "region", RegionOf(k, t->name[b])));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddCarriers(CheckCase *k)
{
  PetscInt row;

  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < k->c->table[COMPONENT_CARRIER].n; a++) {
    PetscCall(ComponentsAddRow(k->net, COMPONENT_CARRIER, k->c->table[COMPONENT_CARRIER].name[a], &row));
    PetscCall(
        Set(k, COMPONENT_CARRIER, row, "co2_emissions", CheckAt(k->c, COMPONENT_CARRIER, "co2_emissions", a, 0, 0)));
  }
  PetscFunctionReturn(0);
}

/* Served demand and what it may do besides. */
static PetscErrorCode AddLoads(CheckCase *k)
{
  static const char *const kept[] = {"curtail_max_pu", "curtail_cost"};
  const PetscInt           t      = k->hour->snapshot;

  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < k->c->table[COMPONENT_LOAD].n; l++) {
    const char     *name = k->c->table[COMPONENT_LOAD].name[l], *bus = CheckText(k->c, COMPONENT_LOAD, "bus", l);
    const PetscReal p = CheckAt(k->ratings, COMPONENT_LOAD, "p_set", l, t, 0) + Now(k, COMPONENT_LOAD, "shifted", l, 0);
    PetscInt        row;

    if (!ComponentsActive(k->c, COMPONENT_LOAD, l, k->hour->period)) continue;
    if (!CheckIsAc(k->c, ComponentsFind(k->c, COMPONENT_BUS, bus))) continue;
    PetscCall(AddRow(k, COMPONENT_LOAD, name, bus, &row));
    PetscCall(Set(k, COMPONENT_LOAD, row, "p_set", p));
    PetscCall(Set(k, COMPONENT_LOAD, row, "q_set", CheckAt(k->ratings, COMPONENT_LOAD, "q_set", l, t, 0)));
    PetscCall(Set(k, COMPONENT_LOAD, row, "planned", p - Now(k, COMPONENT_LOAD, "unserved", l, 0)));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
      PetscCall(Set(k, COMPONENT_LOAD, row, kept[i], Now(k, COMPONENT_LOAD, kept[i], l, 0)));
    AddParticipant(k, bus, "consumers", "load", NameOf(k, COMPONENT_LOAD, row), "consumer");
  }
  PetscFunctionReturn(0);
}

typedef struct {
  const char *name, *bus, *carrier;
  PetscReal   unit; /* capacity of one of the units that it is made of; 0: not told */
  PetscReal   capacity, p, p_min_pu, p_max_pu, cost, cost_quadratic, efficiency, inertia, q_min, q_max;
} Unit;

/* Cells of a table of devices behind bus, unit, model and rating: 3 of a machine, 22 of a grid-forming converter, 4 of a
   battery, 7 of a governor. */
enum { AT_MACHINE = 0, AT_CONVERTER = 3, AT_BATTERY = 25, AT_GOVERNOR = 29, DEVICE_CELLS = 36 };

/* `values` are `n` cells with "," between, the first of them in column `at`. */
static void AddDevice(CheckCase *k, ComponentKind kind, PetscInt row, const char *model, PetscReal mva_base, int at,
                      int n, const char *values)
{
  const char *bus = CheckText(k->net, kind, "bus", row);

  if (!k->devices.size)
    TextAdd(&k->devices, "bus,unit,model,mva_base,H,D,xd1,mq,Emax,Emin,Pmax,Pmin,kppmax,kipmax,Imax,Vflag,QVflag,Tpf,"
                         "Tqf,Tvf,Qmax,Qmin,mp,kpqmax,kiqmax,kpv,kiv,Re,Xe,hours,charge,efficiency_out,"
                         "efficiency_in,R,T1,VMAX,VMIN,T2,T3,Dt\n");
  TextAdd(&k->devices, "%d,", (int)ComponentsFind(k->net, COMPONENT_BUS, bus) + 1);
  TextAddField(&k->devices, NameOf(k, kind, row));
  TextAdd(&k->devices, ",%s,%.9g", model, (double)mva_base);
  for (int i = 0; i < at; i++) TextAdd(&k->devices, ",");
  TextAdd(&k->devices, ",%s", values);
  for (int i = at + n; i < DEVICE_CELLS; i++) TextAdd(&k->devices, ",");
  TextAdd(&k->devices, "\n");
}

/* A classical machine with typical data, and a turbine whose governor has a droop of 5 % and reaches full output within
   seconds (Kundur 1994, chapter 9: small steam, gas and diesel sets without long reheat). */
static void AddMachine(CheckCase *k, PetscInt row, const Unit *u)
{
  char values[120];

  snprintf(values, sizeof values, "%.9g,2,0.25", (double)u->inertia);
  AddDevice(k, COMPONENT_GENERATOR, row, "GENCLS", u->capacity / MACHINE_FACTOR, AT_MACHINE, 3, values);
  snprintf(values, sizeof values, "0.05,0.2,%.9g,0,0.6,2,0", (double)(MACHINE_FACTOR * PetscMax(u->p_max_pu, 0.01)));
  AddDevice(k, COMPONENT_GENERATOR, row, "TGOV1", u->capacity / MACHINE_FACTOR, AT_GOVERNOR, 7, values);
}

static PetscErrorCode AddOne(CheckCase *k, const Unit *u, PetscBool one)
{
  const ComponentKind kind = COMPONENT_GENERATOR;
  const PetscReal     q    = REACTIVE_SHARE * u->capacity;
  PetscInt            row;

  PetscFunctionBeginUser;
  PetscCall(AddRow(k, kind, u->name, u->bus, &row));
  PetscCall(SetText(k, kind, row, "carrier", u->carrier));
  PetscCall(SetText(k, kind, row, "control", "PV"));
  PetscCall(Set(k, kind, row, "p_nom", u->capacity));
  PetscCall(Set(k, kind, row, "p_min_pu", u->p_min_pu));
  PetscCall(Set(k, kind, row, "p_max_pu", PetscMax(u->p_min_pu, u->p_max_pu)));
  PetscCall(Set(k, kind, row, "p_set", u->p));
  PetscCall(Set(k, kind, row, "marginal_cost", u->cost));
  PetscCall(Set(k, kind, row, "marginal_cost_quadratic", u->cost_quadratic));
  PetscCall(Set(k, kind, row, "efficiency", u->efficiency));
  PetscCall(Set(k, kind, row, "q_min", isnan(u->q_min) ? -q : u->q_min));
  PetscCall(Set(k, kind, row, "q_max", isnan(u->q_max) ? q : u->q_max));
  if (u->inertia > 0) PetscCall(Set(k, kind, row, "inertia_s", u->inertia));
  PetscCall(Set(k, kind, row, "unit_mw", one ? u->capacity : 0));
  if (u->inertia > 0) AddMachine(k, row, u);
  AddParticipant(k, u->bus, u->carrier, "generator", NameOf(k, kind, row), "producer");
  PetscFunctionReturn(0);
}

/* A row of several units is taken apart into one of them, which can be lost, and the rest. */
static PetscErrorCode AddUnit(CheckCase *k, const Unit *u)
{
  const PetscReal share = u->unit > 0 && u->capacity > 0 ? u->unit / u->capacity : 1;
  Unit            rest = *u, one = *u;
  char            name[512];

  PetscFunctionBeginUser;
  if (!(share < 0.999)) {
    PetscCall(AddOne(k, u, (PetscBool)(u->unit > 0 || u->inertia > 0)));
    PetscFunctionReturn(0);
  }
  snprintf(name, sizeof name, "%.400s" CHECK_ONE_UNIT, u->name);
  one.name = name;
  one.capacity *= share, one.p *= share, one.q_min *= share, one.q_max *= share;
  rest.capacity -= one.capacity, rest.p -= one.p, rest.q_min -= one.q_min, rest.q_max -= one.q_max;
  PetscCall(AddOne(k, &rest, PETSC_FALSE));
  PetscCall(AddOne(k, &one, PETSC_TRUE));
  PetscFunctionReturn(0);
}

/* A reactive limit in Mvar grows with a capacity that was extended. */
static PetscReal Reactive(const CheckCase *k, ComponentKind kind, const char *attribute, PetscInt row,
                          PetscReal capacity)
{
  const PetscReal value = CheckAt(k->c, kind, attribute, row, 0, NAN), p_nom = CheckAt(k->c, kind, "p_nom", row, 0, 0);
  return p_nom > 0 ? value * capacity / p_nom : value;
}

static PetscErrorCode AddGenerators(CheckCase *k)
{
  const ComponentKind kind = COMPONENT_GENERATOR;

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < k->c->table[kind].n; g++) {
    const PetscReal capacity = ReliabilityCapacity(&k->lookup, kind, g);
    Unit            u;

    if (!(capacity > LEAST_MW) || !CheckIsAc(k->c, ReliabilityBus(&k->lookup, kind, "bus", g))) continue;
    u = (Unit){.name           = k->c->table[kind].name[g],
               .bus            = CheckText(k->c, kind, "bus", g),
               .carrier        = CheckText(k->c, kind, "carrier", g),
               .capacity       = capacity,
               .p              = Now(k, kind, "p", g, 0),
               .p_min_pu       = Now(k, kind, "p_min_pu", g, 0),
               .p_max_pu       = Now(k, kind, "p_max_pu", g, 1),
               .cost           = Now(k, kind, "marginal_cost", g, 0) - Now(k, kind, "subsidy_per_mwh", g, 0),
               .cost_quadratic = Now(k, kind, "marginal_cost_quadratic", g, 0),
               .efficiency     = Now(k, kind, "efficiency", g, 1),
               .inertia        = CheckInertia(k->c, kind, g),
               .unit           = CheckAt(k->c, kind, "unit_mw", g, 0, 0),
               .q_min          = Reactive(k, kind, "q_min", g, capacity),
               .q_max          = Reactive(k, kind, "q_max", g, capacity)};
    PetscCall(AddUnit(k, &u));
  }
  PetscFunctionReturn(0);
}

/* What stands at an AC bus at its schedule: MW delivered, negative: taken. */
static PetscErrorCode AddFixed(CheckCase *k, const char *name, const char *bus, const char *carrier, PetscReal power)
{
  PetscInt row;

  PetscFunctionBeginUser;
  if (power > LEAST_MW) {
    const Unit u = {.name       = name,
                    .bus        = bus,
                    .carrier    = carrier,
                    .capacity   = power,
                    .p          = power,
                    .p_min_pu   = 1,
                    .p_max_pu   = 1,
                    .efficiency = 1};
    PetscCall(AddUnit(k, &u));
  } else if (power < -LEAST_MW) {
    PetscCall(AddRow(k, COMPONENT_LOAD, name, bus, &row));
    PetscCall(Set(k, COMPONENT_LOAD, row, "p_set", -power));
    PetscCall(Set(k, COMPONENT_LOAD, row, "planned", -power));
    AddParticipant(k, bus, carrier, "load", NameOf(k, COMPONENT_LOAD, row), "converter");
  }
  PetscFunctionReturn(0);
}

static PetscReal PriceAt(const CheckCase *k, PetscInt bus)
{
  return bus < 0 ? 0 : Now(k, COMPONENT_BUS, "marginal_price", bus, 0);
}

/* What makes electricity of another carrier: its cost is that of the fuel less what its other outputs are worth. */
static PetscErrorCode AddConverter(CheckCase *k, PetscInt link, PetscInt at, PetscReal capacity)
{
  const ComponentKind kind = COMPONENT_LINK;
  char                text[32];
  const PetscReal     efficiency = Now(k, kind, ReliabilityPort("efficiency", at, text), link, 1);
  PetscReal cost = Now(k, kind, "marginal_cost", link, 0) + PriceAt(k, ReliabilityBus(&k->lookup, kind, "bus0", link));
  Unit      u;

  PetscFunctionBeginUser;
  for (PetscInt port = 1; port < RELIABILITY_PORTS; port++) {
    const PetscInt bus = ReliabilityBus(&k->lookup, kind, ReliabilityPort("bus", port, text), link);
    if (port != at && bus >= 0)
      cost -= Now(k, kind, ReliabilityPort("efficiency", port, text), link, 1) * PriceAt(k, bus);
  }
  u = (Unit){.name       = k->c->table[kind].name[link],
             .bus        = CheckText(k->c, kind, ReliabilityPort("bus", at, text), link),
             .carrier    = CheckText(k->c, kind, "carrier", link),
             .capacity   = capacity * efficiency,
             .p          = CheckSupply(k->c, kind, link, k->hour->snapshot),
             .p_min_pu   = PetscMax(0, Now(k, kind, "p_min_pu", link, 0)),
             .p_max_pu   = Now(k, kind, "p_max_pu", link, 1),
             .cost       = cost / efficiency - Now(k, kind, "subsidy_per_mwh", link, 0),
             .efficiency = 1,
             .inertia    = CheckInertia(k->c, kind, link),
             .unit       = CheckAt(k->c, kind, "unit_mw", link, 0, 0),
             .q_min      = NAN,
             .q_max      = NAN};
  PetscCall(AddUnit(k, &u));
  PetscFunctionReturn(0);
}

/* A link between two AC buses stays one. */
static PetscErrorCode AddTie(CheckCase *k, PetscInt link, PetscReal capacity)
{
  static const struct {
    const char *name;
    PetscReal   otherwise;
  } kept[]                   = {{"efficiency", 1}, {"p_min_pu", 0}, {"p_max_pu", 1}, {"marginal_cost", 0}};
  const ComponentKind kind   = COMPONENT_LINK;
  const char         *ends[] = {"bus0", "bus1"};
  PetscInt            row;

  PetscFunctionBeginUser;
  PetscCall(ComponentsAddRow(k->net, kind, k->c->table[kind].name[link], &row));
  for (int i = 0; i < 2; i++) PetscCall(SetText(k, kind, row, ends[i], CheckText(k->c, kind, ends[i], link)));
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
    PetscCall(Set(k, kind, row, kept[i].name, Now(k, kind, kept[i].name, link, kept[i].otherwise)));
  PetscCall(Set(k, kind, row, "p_nom", capacity));
  PetscCall(Set(k, kind, row, "p_set", Now(k, kind, "p0", link, 0)));
  AddParticipant(k, "", CheckText(k->c, kind, "carrier", link), "link", k->c->table[kind].name[link], "grid");
  PetscFunctionReturn(0);
}

static PetscErrorCode AddScheduledLink(CheckCase *k, PetscInt link)
{
  const ComponentKind kind = COMPONENT_LINK;
  char                text[32];

  PetscFunctionBeginUser;
  for (PetscInt port = 0; port < RELIABILITY_PORTS; port++) {
    const PetscInt bus = ReliabilityBus(&k->lookup, kind, ReliabilityPort("bus", port, text), link);
    if (!CheckIsAc(k->c, bus)) continue;
    PetscCall(AddFixed(k, k->c->table[kind].name[link], k->c->table[COMPONENT_BUS].name[bus],
                       CheckText(k->c, kind, "carrier", link),
                       -Now(k, kind, ReliabilityPort("p", port, text), link, 0)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddLinks(CheckCase *k)
{
  const ComponentKind kind = COMPONENT_LINK;

  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < k->c->table[kind].n; l++) {
    const PetscReal capacity = ReliabilityCapacity(&k->lookup, kind, l);
    const PetscInt  at       = CheckConverterPort(k->c, l);
    PetscInt        n_ac = 0, n = 0;
    char            text[32];

    if (!(capacity > LEAST_MW)) continue;
    for (PetscInt port = 0; port < RELIABILITY_PORTS; port++) {
      const PetscInt bus = ReliabilityBus(&k->lookup, kind, ReliabilityPort("bus", port, text), l);
      n += bus >= 0;
      n_ac += CheckIsAc(k->c, bus);
    }
    if (at && Now(k, kind, "p_min_pu", l, 0) >= 0)
      PetscCall(AddConverter(k, l, at, capacity));
    else if (n == 2 && n_ac == 2)
      PetscCall(AddTie(k, l, capacity));
    else
      PetscCall(AddScheduledLink(k, l));
  }
  PetscFunctionReturn(0);
}

/* Batteries form the grid, as their converters can; rotating storage is a machine. */
static void AddStorageDevice(CheckCase *k, PetscInt row, PetscReal capacity, PetscReal hours, PetscReal charge,
                             PetscReal inertia)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;
  char                values[200];

  if (inertia > 0) {
    snprintf(values, sizeof values, "%.9g,2,0.3", (double)inertia);
    AddDevice(k, kind, row, "GENCLS", capacity / MACHINE_FACTOR, AT_MACHINE, 3, values);
    return;
  }
  snprintf(values, sizeof values, "0.05,1.3,0,%g,%g,0.01,0.1,1.5,1,1,0.02,0.02,0.02,0.5,-0.5,0.01,3,20,0,5.86,0,0.15",
           (double)GRID_FORMING, (double)-GRID_FORMING);
  AddDevice(k, kind, row, "REGFM_A1", capacity / GRID_FORMING, AT_CONVERTER, 22, values);
  snprintf(values, sizeof values, "%.6g,%.6g,0.95,0.95", (double)PetscMax(hours, 0.05),
           (double)PetscMin(0.99, PetscMax(0.01, charge)));
  AddDevice(k, kind, row, "BATTERY", capacity / GRID_FORMING, AT_BATTERY, 4, values);
}

/* Storage ends the hour with no less than the plan leaves it: what it may do better is its own. */
static PetscErrorCode AddStorageUnits(CheckCase *k)
{
  const ComponentKind kind = COMPONENT_STORAGE_UNIT;

  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < k->c->table[kind].n; s++) {
    const PetscReal capacity = ReliabilityCapacity(&k->lookup, kind, s),
                    eta_in   = Now(k, kind, "efficiency_store", s, 1),
                    eta_out = Now(k, kind, "efficiency_dispatch", s, 1), p = Now(k, kind, "p", s, 0);
    const PetscReal change = p > 0 ? -p / eta_out : -p * eta_in, inertia = CheckInertia(k->c, kind, s);
    const char     *bus = CheckText(k->c, kind, "bus", s);
    PetscReal       energy, start, end;
    PetscInt        row;

    if (!(capacity > LEAST_MW) || !CheckIsAc(k->c, ReliabilityBus(&k->lookup, kind, "bus", s))) continue;
    energy = PetscMax(PetscMin(1e9, capacity * Now(k, kind, "max_hours", s, 1)), 1.001 * PetscAbsReal(change));
    start  = PetscMax(PetscMax(0, -change),
                      PetscMin(energy - PetscMax(0, change), Now(k, kind, "state_of_charge", s, 0) - change));
    end    = PetscMax(0, PetscMin(energy, start + change) - 1e-6 * capacity);
    PetscCall(AddRow(k, kind, k->c->table[kind].name[s], bus, &row));
    PetscCall(SetText(k, kind, row, "carrier", CheckText(k->c, kind, "carrier", s)));
    PetscCall(SetText(k, kind, row, "control", "PV"));
    PetscCall(Set(k, kind, row, "p_nom", capacity));
    PetscCall(Set(k, kind, row, "p_min_pu", PetscMin(0, Now(k, kind, "p_min_pu", s, -1))));
    PetscCall(Set(k, kind, row, "p_max_pu", PetscMax(0, Now(k, kind, "p_max_pu", s, 1))));
    PetscCall(Set(k, kind, row, "p_set", p));
    PetscCall(Set(k, kind, row, "max_hours", energy / capacity));
    PetscCall(Set(k, kind, row, "state_of_charge_initial", PetscMin(start, energy / capacity * capacity)));
    PetscCall(Set(k, kind, row, "e_final_min", end));
    PetscCall(Set(k, kind, row, "efficiency_store", eta_in));
    PetscCall(Set(k, kind, row, "efficiency_dispatch", eta_out));
    PetscCall(Set(k, kind, row, "marginal_cost", Now(k, kind, "marginal_cost", s, 0)));
    PetscCall(Set(k, kind, row, "q_min", -REACTIVE_SHARE * capacity));
    PetscCall(Set(k, kind, row, "q_max", REACTIVE_SHARE * capacity));
    AddStorageDevice(k, row, capacity, energy / capacity, energy > 0 ? start / energy : 0.5, inertia);
    AddParticipant(k, bus, CheckText(k->c, kind, "carrier", s), "storage", NameOf(k, kind, row), "storage");
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddStores(CheckCase *k)
{
  const ComponentKind kind = COMPONENT_STORE;

  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < k->c->table[kind].n; s++)
    if (ReliabilityCapacity(&k->lookup, kind, s) > 0 && CheckIsAc(k->c, ReliabilityBus(&k->lookup, kind, "bus", s)))
      PetscCall(AddFixed(k, k->c->table[kind].name[s], CheckText(k->c, kind, "bus", s),
                         CheckText(k->c, kind, "carrier", s), Now(k, kind, "p", s, 0)));
  PetscFunctionReturn(0);
}

/* Lines in ohm, transformers per unit of their rating. A line that was extended has more circuits of its kind. */
static PetscErrorCode AddBranches(CheckCase *k, Components electric, ComponentKind kind)
{
  static const char *const pu[] = {"r", "x", "g", "b", "tap_ratio", "tap_side", "phase_shift"};

  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < k->c->table[kind].n; l++) {
    const PetscReal capacity = ReliabilityCapacity(&k->lookup, kind, l),
                    s_nom    = CheckAt(electric, kind, "s_nom", l, 0, 0);
    const PetscReal circuits = kind == COMPONENT_LINE && s_nom > 0 ? capacity / s_nom : 1;
    const char     *bus0 = CheckText(k->c, kind, "bus0", l), *bus1 = CheckText(k->c, kind, "bus1", l);
    PetscInt        row;

    if (!(capacity > LEAST_MW)) continue;
    if (ComponentsFind(k->net, COMPONENT_BUS, bus0) < 0 || ComponentsFind(k->net, COMPONENT_BUS, bus1) < 0) continue;
    PetscCall(ComponentsAddRow(k->net, kind, k->c->table[kind].name[l], &row));
    PetscCall(SetText(k, kind, row, "bus0", bus0));
    PetscCall(SetText(k, kind, row, "bus1", bus1));
    PetscCall(Set(k, kind, row, "s_nom", capacity));
    PetscCall(Set(k, kind, row, "s_max_pu", CheckAt(k->ratings, kind, "s_max_pu", l, k->hour->snapshot, 1)));
    for (int i = 0; i < (kind == COMPONENT_LINE ? 4 : 7); i++)
      PetscCall(Set(k, kind, row, pu[i],
                    CheckAt(electric, kind, pu[i], l, 0, 0) * (i >= 4  ? 1
                                                               : i < 2 ? 1 / circuits
                                                                       : circuits)));
    if (kind == COMPONENT_TRANSFORMER) PetscCall(SetText(k, kind, row, "model", CheckText(electric, kind, "model", l)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddShunts(CheckCase *k)
{
  static const char *const kept[] = {"g", "b"};
  const ComponentKind      kind   = COMPONENT_SHUNT_IMPEDANCE;
  PetscInt                 row;

  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < k->c->table[kind].n; s++) {
    const char *bus = CheckText(k->c, kind, "bus", s);
    if (ComponentsFind(k->net, COMPONENT_BUS, bus) < 0) continue;
    PetscCall(AddRow(k, kind, k->c->table[kind].name[s], bus, &row));
    for (int i = 0; i < 2; i++) PetscCall(Set(k, kind, row, kept[i], CheckAt(k->c, kind, kept[i], s, 0, 0)));
  }
  PetscFunctionReturn(0);
}

/* The largest machine that runs balances the power flow; failing that, the largest unit. */
static PetscErrorCode ChooseSlack(CheckCase *k)
{
  const ComponentKind kind = COMPONENT_GENERATOR;
  PetscReal           most = -1;
  PetscInt            best = -1;

  PetscFunctionBeginUser;
  for (PetscInt g = 0; g < k->net->table[kind].n; g++) {
    const PetscReal p       = CheckAt(k->net, kind, "p_nom", g, 0, 0);
    const PetscBool machine = (PetscBool)(DeviceTypicalInertia(CheckText(k->net, kind, "carrier", g)) > 0 &&
                                          CheckAt(k->net, kind, "p_set", g, 0, 0) > 1e-3 * p);
    if (p + (machine ? 1e9 : 0) > most) most = p + (machine ? 1e9 : 0), best = g;
  }
  if (best >= 0) PetscCall(SetText(k, kind, best, "control", "Slack"));
  PetscFunctionReturn(0);
}

/* The hour itself; a plan without times is told as the first hour of its period. */
static PetscErrorCode SetTime(CheckCase *k)
{
  const char *label = k->c->snapshot[k->hour->snapshot];
  char        text[64], base[32];
  long long   seconds;
  PetscReal   scale = 1;

  PetscFunctionBeginUser;
  snprintf(text, sizeof text, "%.40s", label);
  if (!TimestampParse(label, &seconds))
    snprintf(text, sizeof text, "%04d-01-01 00:00:00", k->c->n_periods ? (int)k->c->period[k->hour->period] : 2000);
  PetscCall(PetscFree(k->net->snapshot[0]));
  PetscCall(PetscStrallocpy(text, &k->net->snapshot[0]));
  while (scale < 100 && scale * 30 < k->hour->load_mw) scale *= 10;
  snprintf(base, sizeof base, "%g", (double)scale);
  PetscCall(ComponentsSetFact(k->net, "base_mva",
                              ComponentsFact(k->c, "base_mva") ? ComponentsFact(k->c, "base_mva") : base));
  PetscFunctionReturn(0);
}

/* What a tonne costs: the carbon price, and what caps on this period are worth. */
static PetscErrorCode FindCarbonCost(CheckCase *k)
{
  const ComponentKind kind = COMPONENT_GLOBAL_CONSTRAINT;
  PetscReal           price;
  const char         *unit;

  PetscFunctionBeginUser;
  k->carbon_cost = k->c->carbon_price ? k->c->carbon_price[k->hour->period] : 0;
  for (PetscInt g = 0; g < k->c->table[kind].n; g++) {
    const PetscReal year = CheckAt(k->c, kind, "investment_period", g, 0, NAN);
    if (strcmp(CheckText(k->c, kind, "type", g), "primary_energy") != 0) continue;
    if (strcmp(CheckText(k->c, kind, "carrier_attribute", g), "co2_emissions") != 0) continue;
    if (!isnan(year) && k->c->n_periods && (PetscInt)year != k->c->period[k->hour->period]) continue;
    PetscCall(PlanningPrice(k->c, g, &price, &unit));
    if (isfinite(price) && price > 1e-6) k->carbon_cost += price;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CheckBuildNetwork(CheckCase *k)
{
  Components electric;

  PetscFunctionBeginUser;
  k->lookup = (ReliabilityCase){.c = k->c, .period = k->hour->period};
  PetscCall(CountRegions(k));
  TextAdd(&k->participants, "participant,component,asset,class\n");
  PetscCall(ComponentsCreate(&k->net));
  PetscCall(PetscFree(k->net->name));
  PetscCall(PetscStrallocpy(k->c->name, &k->net->name));
  PetscCall(SetTime(k));
  PetscCall(FindCarbonCost(k));
  PetscCall(AddBuses(k));
  PetscCall(AddCarriers(k));
  PetscCall(AddLoads(k));
  PetscCall(AddGenerators(k));
  PetscCall(AddLinks(k));
  PetscCall(AddStorageUnits(k));
  PetscCall(AddStores(k));
  PetscCall(ComponentsDuplicate(k->ratings, &electric));
  PetscCall(ComponentsImpedances(electric));
  PetscCall(AddBranches(k, electric, COMPONENT_LINE));
  PetscCall(AddBranches(k, electric, COMPONENT_TRANSFORMER));
  PetscCall(ComponentsDestroy(&electric));
  PetscCall(AddShunts(k));
  PetscCall(ChooseSlack(k));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckCaseDestroy(CheckCase *k)
{
  PetscFunctionBeginUser;
  PetscCall(ComponentsDestroy(&k->net));
  free(k->participants.bytes);
  free(k->devices.bytes);
  PetscFunctionReturn(0);
}
