/* Tables of a generated system: the rows of one region after the other. */
#include "inputs/synth_write.h"

#include <math.h>
#include <string.h>

/* Columns of device data beside bus, unit, model and mva_base. */
static const char *const device_column[] = {"H",
                                            "D",
                                            "Td01",
                                            "Td02",
                                            "Tq01",
                                            "Tq02",
                                            "Xd",
                                            "Xq",
                                            "Xd1",
                                            "Xq1",
                                            "Xd2",
                                            "Xl",
                                            "S10",
                                            "S12",
                                            "TA/TB",
                                            "TB",
                                            "K",
                                            "TE",
                                            "EMIN",
                                            "EMAX",
                                            "R",
                                            "T1",
                                            "VMAX",
                                            "VMIN",
                                            "T2",
                                            "T3",
                                            "Dt",
                                            "TD",
                                            "KF",
                                            "mq",
                                            "Pmax",
                                            "Pmin",
                                            "kppmax",
                                            "kipmax",
                                            "Imax",
                                            "X",
                                            "Vflag",
                                            "QVflag",
                                            "Tpf",
                                            "Tqf",
                                            "Tvf",
                                            "Qmax",
                                            "Qmin",
                                            "mp",
                                            "kpqmax",
                                            "kiqmax",
                                            "kpv",
                                            "kiv",
                                            "Re",
                                            "Xe",
                                            "hours",
                                            "charge",
                                            "efficiency_out",
                                            "efficiency_in"};

/* Annual cost of a megawatt: annuity at 6 % over the lifetime, and fixed operation as a share of the investment. */
static PetscReal Annual(PetscReal investment, PetscReal years, PetscReal operation)
{
  return investment * (0.06 / (1 - pow(1.06, -years)) + operation);
}

static void WriteCarriers(SynthWriter *w)
{
  fprintf(w->file[FILE_CARRIERS],
          "name,co2_emissions\nAC,0\ngas,0.198\nbiogas,0\ndiesel,0.257\nwind,0\nsolar,0\nbattery,0\ntie,0\n");
  if (w->options->heat) fprintf(w->file[FILE_CARRIERS], "heat,0\nheat pump,0\ngas boiler,0.198\nheat tank,0\n");
  if (w->options->hydrogen)
    fprintf(w->file[FILE_CARRIERS], "hydrogen,0\nelectrolyser,0\nhydrogen import,0\nhydrogen tank,0\n");
}

void SynthWriteHeadings(SynthWriter *w)
{
  const PetscBool invest = w->options->invest;

  fprintf(w->file[FILE_NETWORK], "name,base_mva,frequency\nsynth-%d-%d-%d-%d,10,50\n", (int)w->options->regions,
          (int)w->options->buses, (int)w->options->hours, (int)w->options->seed);
  fprintf(w->file[FILE_BUSES], "name,number,v_nom,carrier,x,y,v_mag_pu_min,v_mag_pu_max,region\n");
  fprintf(w->file[FILE_LINES], "name,bus0,bus1,length,r,x,b,s_nom%s\n",
          invest ? ",carrier,s_nom_extendable,s_nom_min,s_nom_max,capital_cost" : "");
  if (w->file[FILE_TRANSFORMERS]) fprintf(w->file[FILE_TRANSFORMERS], "name,bus0,bus1,s_nom,r,x,model\n");
  fprintf(w->file[FILE_GENERATORS],
          "name,bus,control,carrier,p_nom,marginal_cost,marginal_cost_quadratic,efficiency,q_min,q_max%s\n",
          invest ? ",p_nom_extendable,p_nom_min,p_nom_max,capital_cost" : "");
  fprintf(w->file[FILE_LOADS], "name,bus,p_set,q_set\n");
  fprintf(w->file[FILE_STORAGE],
          "name,bus,carrier,p_nom,max_hours,efficiency_store,efficiency_dispatch,state_of_charge_initial,"
          "cyclic_state_of_charge,marginal_cost,q_min,q_max%s\n",
          invest ? ",p_nom_extendable,p_nom_min,p_nom_max,capital_cost" : "");
  if (w->file[FILE_LINKS])
    fprintf(w->file[FILE_LINKS], "name,bus0,bus1,carrier,p_nom,efficiency,marginal_cost%s\n",
            invest ? ",p_nom_extendable,p_nom_min,p_nom_max,capital_cost" : "");
  if (w->file[FILE_STORES])
    fprintf(w->file[FILE_STORES], "name,bus,carrier,e_nom,e_initial,e_cyclic,standing_loss,p_nom\n");
  fprintf(w->file[FILE_PARTICIPANTS], "participant,component,asset,class\n");
  fprintf(w->file[FILE_DYNAMICS], "bus,unit,model,mva_base");
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(device_column); c++)
    fprintf(w->file[FILE_DYNAMICS], ",%s", device_column[c]);
  fprintf(w->file[FILE_DYNAMICS], "\n");
  WriteCarriers(w);
  fprintf(w->file[FILE_P_SET], "snapshot");
  fprintf(w->file[FILE_Q_SET], "snapshot");
  fprintf(w->file[FILE_P_MAX], "snapshot");
}

/* "r00017", and the name of one of its buses. */
typedef struct {
  char text[48];
} Name;

static Name RegionName(PetscInt region)
{
  Name name;

  snprintf(name.text, sizeof name.text, "r%05d", (int)region);
  return name;
}

static Name BusName(const SynthRegion *r, PetscInt bus)
{
  Name name;

  snprintf(name.text, sizeof name.text, "r%05d %s%d", (int)r->index, bus < r->n_stations ? "s" : "b", (int)bus + 1);
  return name;
}

/* Bus numbers of a region are consecutive, whatever carriers it has: two are kept for heat and hydrogen. */
static int BusNumber(const SynthRegion *r, PetscInt bus)
{
  return (int)(r->index * (r->n_buses + 2) + bus + 1);
}

static void WriteBus(SynthWriter *w, const char *name, int number, const char *kv, const char *carrier,
                     SynthPlace place, const char *limits)
{
  PetscReal latitude, longitude;

  SynthLatitudeLongitude(place, &latitude, &longitude);
  fprintf(w->file[FILE_BUSES], "%s,%d,%s,%s,%.5f,%.5f,%s,%s\n", name, number, kv, carrier, longitude, latitude, limits,
          RegionName(w->region.index).text);
}

static void WriteBuses(SynthWriter *w)
{
  const SynthRegion *r = &w->region;
  char               name[128];

  for (PetscInt k = 0; k < r->n_buses; k++) /* EN 50160 allows 10 % */
    WriteBus(w, BusName(r, k).text, BusNumber(r, k), k < r->n_stations ? "33" : "10", "AC", r->bus[k].place,
             "0.94,1.06");
  if (w->options->heat) {
    snprintf(name, sizeof name, "%s heat", RegionName(r->index).text);
    WriteBus(w, name, BusNumber(r, r->n_buses), "1", "heat", r->place, ",");
  }
  if (w->options->hydrogen) {
    snprintf(name, sizeof name, "%s hydrogen", RegionName(r->index).text);
    WriteBus(w, name, BusNumber(r, r->n_buses + 1), "1", "hydrogen", r->place, ",");
  }
}

static void WriteLine(SynthWriter *w, const char *name, const char *from, const char *to, PetscReal km, PetscBool high,
                      PetscReal rate, PetscBool tie)
{
  const PetscReal r = high ? 0.273 : 0.122, x = high ? 0.36 : 0.105, nf = high ? 9.8 : 406;

  fprintf(w->file[FILE_LINES], "%s,%s,%s,%.3f,%.6g,%.6g,%.6g,%.6g", name, from, to, km, r * km, x * km,
          2 * PETSC_PI * 50 * nf * 1e-9 * km, rate);
  if (w->options->invest && tie) /* 1,000 EUR per MW and km, 40 years */
    fprintf(w->file[FILE_LINES], ",tie,True,%.6g,%.6g,%.6g", rate, 4 * rate, Annual(1000 * km, 40, 0.015));
  else if (w->options->invest)
    fprintf(w->file[FILE_LINES], ",AC,False,0,%.6g,0", rate);
  fprintf(w->file[FILE_LINES], "\n");
}

static void WriteGrid(SynthWriter *w)
{
  static const PetscReal size[] = {2.5, 4, 6.3, 10, 16, 25};
  const SynthRegion     *r      = &w->region;
  char                   name[128];

  for (PetscInt k = 0; k < r->n_lines; k++) {
    const SynthLine *line = &r->line[k];
    const PetscBool  high = (PetscBool)(line->to < r->n_stations);
    snprintf(name, sizeof name, "%s %s %d", RegionName(r->index).text, high ? "line" : "cable", (int)k + 1);
    WriteLine(w, name, BusName(r, line->from).text, BusName(r, line->to).text, line->km, high,
              high ? SYNTH_LINE_MVA : SYNTH_CABLE_MVA, PETSC_FALSE);
  }
  for (PetscInt k = r->n_stations; k < r->n_buses; k++) {
    const PetscInt s = r->bus[k].substation;
    PetscInt       i = 0;
    if (k > r->n_stations && r->bus[k - 1].substation == s) continue; /* the first of the substation's has it */
    while (i < 5 && size[i] < 1.25 * r->station[s].peak_mw) ++i;
    fprintf(w->file[FILE_TRANSFORMERS], "%s transformer %d,%s,%s,%g,0.005,0.11,t\n", RegionName(r->index).text,
            (int)s + 1, BusName(r, s).text, BusName(r, k).text, size[i]);
  }
}

/* Lines of 33 kV to neighbours of lower number: between the substations that lie nearest to each other's region, and where
   there are four and more, a second one with some probability. */
static void WriteTies(SynthWriter *w)
{
  const SynthOptions *o = w->options;
  const SynthRegion  *r = &w->region;
  PetscInt            neighbour[SYNTH_MOST_NEIGHBOURS], n = SynthNeighbours(o, r->index, neighbour);

  for (PetscInt k = 0; k < n; k++) {
    SynthRegion *q = &w->other;
    SynthRegionMake(o, neighbour[k], q);
    const PetscInt lines =
        r->n_stations >= 4 && SynthUniform(o->seed, DRAW_TIE, r->index, 100 + neighbour[k]) < 0.4 ? 2 : 1;
    for (PetscInt i = 0; i < lines; i++) {
      const PetscInt  from = SynthNearestStation(q, r->place, i), to = SynthNearestStation(r, q->place, i);
      const PetscReal km =
          1.2 * hypot(q->bus[from].place.x - r->bus[to].place.x, q->bus[from].place.y - r->bus[to].place.y);
      const PetscReal rate = SYNTH_TIE_SHARE * PetscMin(r->peak_mw, q->peak_mw) / (PetscReal)lines;
      char            name[128];
      snprintf(name, sizeof name, "tie %s-%s %d", RegionName(q->index).text, RegionName(r->index).text, (int)i + 1);
      WriteLine(w, name, BusName(q, from).text, BusName(r, to).text, PetscMax(km, 1), PETSC_TRUE,
                PetscMin(rate, SYNTH_LINE_MVA), PETSC_TRUE);
    }
  }
}

static void WriteParticipant(SynthWriter *w, const char *who, const char *component, const char *asset,
                             const char *kind)
{
  fprintf(w->file[FILE_PARTICIPANTS], "%s %s,%s,%s,%s\n", RegionName(w->region.index).text, who, component, asset,
          kind);
}

typedef struct {
  const char *name, *bus, *control, *carrier;
  PetscReal   p_nom, cost, rise, efficiency, q_share;
  PetscReal   most, capital; /* of investment; 0: not extendable */
} UnitRow;

static void WriteUnit(SynthWriter *w, const UnitRow *u)
{
  fprintf(w->file[FILE_GENERATORS], "%s,%s,%s,%s,%.6g,%.6g,%.6g,%.3g", u->name, u->bus, u->control, u->carrier,
          u->p_nom, u->cost, u->p_nom > 0 ? u->rise / (2 * u->p_nom) : 0, u->efficiency);
  if (u->q_share > 0)
    fprintf(w->file[FILE_GENERATORS], ",%.6g,%.6g", -u->q_share * u->p_nom, u->q_share * u->p_nom);
  else
    fprintf(w->file[FILE_GENERATORS], ",,");
  if (w->options->invest)
    fprintf(w->file[FILE_GENERATORS], ",%s,%.6g,%.6g,%.6g", u->most > 0 ? "True" : "False", u->most > 0 ? u->p_nom : 0,
            u->most > 0 ? u->most : u->p_nom, u->capital);
  fprintf(w->file[FILE_GENERATORS], "\n");
}

typedef struct {
  const char *name;
  PetscReal   value;
} DeviceValue;

static void WriteDevice(SynthWriter *w, PetscInt bus, const char *unit, const char *model, PetscReal base,
                        const DeviceValue *value, size_t n)
{
  FILE *f = w->file[FILE_DYNAMICS];

  fprintf(f, "%d,%s,%s,%.6g", BusNumber(&w->region, bus), unit, model, base);
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(device_column); c++) {
    fprintf(f, ",");
    for (size_t k = 0; k < n; k++)
      if (!strcmp(value[k].name, device_column[c])) fprintf(f, "%.6g", value[k].value);
  }
  fprintf(f, "\n");
}

#define DEVICE(w, bus, unit, model, base, ...)                                           \
  do {                                                                                   \
    const DeviceValue values_[] = {__VA_ARGS__};                                         \
    WriteDevice(w, bus, unit, model, base, values_, PETSC_STATIC_ARRAY_LENGTH(values_)); \
  } while (0)

/* The round-rotor machine of Kundur's two-area system (1994, example 12.6; H between its two values would be 6.3, engines and
   small turbines have less), a simple exciter and a turbine governor of 5 % droop. */
static void WriteMachine(SynthWriter *w, PetscInt s, const char *unit, PetscReal base)
{
  DEVICE(w, s, unit, "GENROU", base, {"Td01", 8}, {"Td02", 0.03}, {"Tq01", 0.4}, {"Tq02", 0.05}, {"H", 4}, {"D", 0},
         {"Xd", 1.8}, {"Xq", 1.7}, {"Xd1", 0.3}, {"Xq1", 0.55}, {"Xd2", 0.25}, {"Xl", 0.2}, {"S10", 0.0392},
         {"S12", 0.2672});
  DEVICE(w, s, unit, "SEXS", base, {"TA/TB", 0.1}, {"TB", 10}, {"K", 100}, {"TE", 0.1}, {"EMIN", 0}, {"EMAX", 5});
  DEVICE(w, s, unit, "TGOV1", base, {"R", 0.05}, {"T1", 0.5}, {"VMAX", 1}, {"VMIN", 0}, {"T2", 2.1}, {"T3", 7},
         {"Dt", 0});
}

/* Grid-forming inverters, as in inputs/cases/islands: a virtual synchronous machine at a wind park, droop at a battery. */
static void WriteInverters(SynthWriter *w, PetscInt s, const char *wind_unit, const char *battery)
{
  const SynthStation *at = &w->region.station[s];

  if (at->wind_mw > 0)
    DEVICE(w, s, wind_unit, "VSM", 1.1 * at->wind_mw, {"H", 4}, {"D", 40}, {"TD", 0.5}, {"KF", 20}, {"mq", 0.03},
           {"TE", 0.05}, {"EMAX", 1.3}, {"EMIN", 0.2}, {"Pmax", 0.95}, {"Pmin", 0}, {"kppmax", 0.5}, {"kipmax", 5},
           {"Imax", 1.5}, {"R", 0}, {"X", 0.2});
  if (at->battery_mw > 0) {
    DEVICE(w, s, battery, "REGFM_A1", 1.15 * at->battery_mw, {"Vflag", 1}, {"QVflag", 1}, {"Tpf", 0.02}, {"Tqf", 0.02},
           {"Tvf", 0.02}, {"Imax", 1.5}, {"EMAX", 1.3}, {"EMIN", 0}, {"Pmax", 0.87}, {"Pmin", -0.87}, {"Qmax", 0.5},
           {"Qmin", -0.5}, {"mp", 0.01}, {"mq", 0.05}, {"kppmax", 0.01}, {"kipmax", 0.1}, {"kpqmax", 3}, {"kiqmax", 20},
           {"kpv", 0}, {"kiv", 5.86}, {"Re", 0}, {"Xe", 0.15});
    DEVICE(w, s, battery, "BATTERY", 1.15 * at->battery_mw, {"hours", 4 / 1.15}, {"charge", 0.5},
           {"efficiency_out", 0.96}, {"efficiency_in", 0.96});
  }
}

static const char *const fuel_name[] = {"gas", "biogas", "diesel"};

static void WriteWind(SynthWriter *w, PetscInt s, const char *bus)
{
  const SynthRegion *r = &w->region;
  const PetscReal    p = r->station[s].wind_mw;
  char               name[128];

  snprintf(name, sizeof name, "%s wind %d", RegionName(r->index).text, (int)s + 1);
  WriteUnit(w, &(UnitRow){.name       = name,
                          .bus        = bus,
                          .control    = "PV",
                          .carrier    = "wind",
                          .p_nom      = p,
                          .cost       = 1.8,
                          .efficiency = 1,
                          .q_share    = 0.4,
                          .most       = 10 * p,
                          .capital    = Annual(1380e3, 30, 0.0122)});
  WriteParticipant(w, "wind cooperative", "generator", name, "producer");
  SynthAddColumn(w, &w->generator, (SynthColumn){.region = r->index, .kind = 0});
  fprintf(w->file[FILE_P_MAX], ",%s", name);
}

static void WriteBattery(SynthWriter *w, PetscInt s, const char *bus)
{
  const SynthRegion *r = &w->region;
  const PetscReal    p = r->station[s].battery_mw;
  char               name[128];

  snprintf(name, sizeof name, "%s battery %d", RegionName(r->index).text, (int)s + 1);
  fprintf(w->file[FILE_STORAGE], "%s,%s,battery,%.6g,4,0.96,0.96,%.6g,True,2,%.6g,%.6g", name, bus, p, 2 * p, -0.5 * p,
          0.5 * p);
  if (w->options->invest) /* four hours of energy and the power */
    fprintf(w->file[FILE_STORAGE], ",True,%.6g,%.6g,%.6g", p, 20 * p, Annual(4 * 190e3 + 214e3, 20, 0.002));
  fprintf(w->file[FILE_STORAGE], "\n");
  WriteParticipant(w, "utility", "storage", name, "utility");
}

static void WriteStation(SynthWriter *w, PetscInt s)
{
  const SynthRegion  *r   = &w->region;
  const SynthStation *at  = &r->station[s];
  const Name          bus = BusName(r, s);
  char                name[128], battery[128];

  snprintf(name, sizeof name, "%s %s %d", RegionName(r->index).text, fuel_name[at->fuel], (int)s + 1);
  snprintf(battery, sizeof battery, "%s battery %d", RegionName(r->index).text, (int)s + 1);
  WriteUnit(w, &(UnitRow){.name       = name,
                          .bus        = bus.text,
                          .control    = r->index == 0 && s == 0 ? "Slack" : "PV",
                          .carrier    = fuel_name[at->fuel],
                          .p_nom      = at->firm_mw,
                          .cost       = at->cost,
                          .rise       = at->rise,
                          .efficiency = at->fuel == FUEL_DIESEL ? 0.35 : 0.41,
                          .q_share    = 0.6});
  WriteParticipant(w, "utility", "generator", name, "utility");
  if (at->wind_mw > 0) WriteWind(w, s, bus.text);
  if (at->battery_mw > 0) WriteBattery(w, s, bus.text);
  WriteMachine(w, s, name, at->firm_mw / 0.85);
  snprintf(name, sizeof name, "%s wind %d", RegionName(r->index).text, (int)s + 1);
  WriteInverters(w, s, name, battery);
}

static void WriteLoad(SynthWriter *w, const char *name, const char *bus, PetscReal peak, SynthClass load,
                      PetscInt index)
{
  const PetscBool electric = (PetscBool)(load < CLASS_HEAT);

  fprintf(w->file[FILE_LOADS], "%s,%s,%.6g,%.6g\n", name, bus, peak, electric ? SYNTH_POWER_FACTOR_TAN * peak : 0);
  fprintf(w->file[FILE_P_SET], ",%s", name);
  if (electric) fprintf(w->file[FILE_Q_SET], ",%s", name);
  SynthAddColumn(w, &w->load,
                 (SynthColumn){.scale = (float)peak, .region = w->region.index, .index = index, .kind = (int8_t)load});
}

/* Loads with their participants, who own the roofs beside them. */
static void WriteLoads(SynthWriter *w)
{
  static const char *const word[] = {"homes", "shops", "works"}, *const kind[] = {"household", "commercial",
                                                                                  "industry"};
  const SynthRegion *r = &w->region;
  char               name[128], who[64];

  for (PetscInt k = 0; k < r->n_buses; k++) {
    const SynthBus *bus = &r->bus[k];
    const Name      at  = BusName(r, k);
    if (!(bus->peak_mw > 0)) continue;
    snprintf(who, sizeof who, "%s %d", word[bus->load], (int)k + 1);
    snprintf(name, sizeof name, "%s %s", RegionName(r->index).text, who);
    WriteLoad(w, name, at.text, bus->peak_mw, bus->load, k);
    WriteParticipant(w, who, "load", name, kind[bus->load]);
    if (!(bus->solar_mw > 0)) continue;
    snprintf(name, sizeof name, "%s solar %d", RegionName(r->index).text, (int)k + 1);
    WriteUnit(w, &(UnitRow){.name       = name,
                            .bus        = at.text,
                            .control    = "PQ",
                            .carrier    = "solar",
                            .p_nom      = bus->solar_mw,
                            .cost       = 0.1,
                            .efficiency = 1,
                            .q_share    = 0.3,
                            .most       = 5 * bus->solar_mw,
                            .capital    = Annual(884e3, 40, 0.0142)});
    WriteParticipant(w, who, "generator", name, kind[bus->load]);
    SynthAddColumn(w, &w->generator, (SynthColumn){.region = r->index, .kind = 1});
    fprintf(w->file[FILE_P_MAX], ",%s", name);
  }
}

static void WriteConverter(SynthWriter *w, const char *name, const char *to, const char *carrier, PetscReal p_nom,
                           PetscReal efficiency, PetscReal cost, PetscReal capital)
{
  fprintf(w->file[FILE_LINKS], "%s,%s,%s,%s,%.6g,%.6g,%.6g", name, BusName(&w->region, 0).text, to, carrier, p_nom,
          efficiency, cost);
  if (w->options->invest) fprintf(w->file[FILE_LINKS], ",True,%.6g,%.6g,%.6g", p_nom, 10 * p_nom, capital);
  fprintf(w->file[FILE_LINKS], "\n");
  WriteParticipant(w, "utility", "link", name, "utility");
}

/* District heat: a boiler that can carry all, a heat pump and a tank. The heat pump may stand still, so the electric system
   needs nothing for it. */
static void WriteHeat(SynthWriter *w)
{
  const PetscReal p      = w->region.heat_mw;
  const Name      region = RegionName(w->region.index);
  char            bus[128], name[128];

  snprintf(bus, sizeof bus, "%s heat", region.text);
  WriteLoad(w, bus, bus, p, CLASS_HEAT, w->region.n_buses);
  WriteParticipant(w, "heat customers", "load", bus, "household");
  snprintf(name, sizeof name, "%s heat boiler", region.text);
  WriteUnit(w, &(UnitRow){.name       = name,
                          .bus        = bus,
                          .control    = "PQ",
                          .carrier    = "gas boiler",
                          .p_nom      = 1.2 * p,
                          .cost       = 28 / 1.04 + 1.3,
                          .rise       = 2,
                          .efficiency = 1.04});
  WriteParticipant(w, "utility", "generator", name, "utility");
  snprintf(name, sizeof name, "%s heat pump", region.text);
  WriteConverter(w, name, bus, "heat pump", 0.1 * p, 3.2, 3.4 * 3.2, Annual(1140e3 * 3.2, 25, 0.0023));
  fprintf(w->file[FILE_STORES], "%s heat tank,%s,heat tank,%.6g,%.6g,True,7.7e-05,%.6g\n", region.text, bus, 4 * p,
          2 * p, 0.5 * p);
  snprintf(name, sizeof name, "%s heat tank", region.text);
  WriteParticipant(w, "utility", "storage", name, "utility");
}

/* Hydrogen: an electrolyser beside an import that can carry all, and a tank. */
static void WriteHydrogen(SynthWriter *w)
{
  const PetscReal p      = w->region.hydrogen_mw;
  const Name      region = RegionName(w->region.index);
  char            bus[128], name[128];

  snprintf(bus, sizeof bus, "%s hydrogen", region.text);
  WriteLoad(w, bus, bus, p, CLASS_HYDROGEN, w->region.n_buses + 1);
  WriteParticipant(w, "hydrogen customers", "load", bus, "industry");
  snprintf(name, sizeof name, "%s hydrogen import", region.text);
  WriteUnit(w, &(UnitRow){.name       = name,
                          .bus        = bus,
                          .control    = "PQ",
                          .carrier    = "hydrogen import",
                          .p_nom      = 1.2 * p,
                          .cost       = 150,
                          .rise       = 10,
                          .efficiency = 1});
  WriteParticipant(w, "utility", "generator", name, "utility");
  snprintf(name, sizeof name, "%s electrolyser", region.text);
  WriteConverter(w, name, bus, "electrolyser", 2 * p, 0.62, 0, Annual(1890e3, 25, 0.04));
  fprintf(w->file[FILE_STORES], "%s hydrogen tank,%s,hydrogen tank,%.6g,%.6g,True,0,%.6g\n", region.text, bus, 12 * p,
          6 * p, p);
  snprintf(name, sizeof name, "%s hydrogen tank", region.text);
  WriteParticipant(w, "utility", "storage", name, "utility");
}

void SynthWriteRegion(SynthWriter *w)
{
  WriteBuses(w);
  WriteGrid(w);
  WriteTies(w);
  for (PetscInt s = 0; s < w->region.n_stations; s++) WriteStation(w, s);
  WriteLoads(w);
  if (w->options->heat) WriteHeat(w);
  if (w->options->hydrogen) WriteHydrogen(w);
}
