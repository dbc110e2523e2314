/* A generated PyPSA folder for planning: demand, wind and sun by region from a seed, twenty technologies with costs of
   the order that is usual in studies, transmission that may be extended, and one annual cap of emissions. */
#include "tests/bench/bench_planning_case.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

typedef enum { GENERATOR, GIVEN, STORAGE, HYDRO, LINK, STORE } Sort;

/* Costs: currency per MW (MWh of stores) and year. */
typedef struct {
  Sort        sort;
  const char *name, *bus, *to, *series; /* bus and to: "", " hydrogen", " heat" behind the region's name */
  double      capital_cost, marginal_cost, efficiency, co2, hours;
} Technology;

static const Technology Technologies[] = {
    {GENERATOR, "gas turbine", "", NULL, NULL, 45000, 68, 0.41, 0.2, 0},
    {GENERATOR, "onshore wind", "", NULL, "wind", 101000, 0.015, 1, 0, 0},
    {GENERATOR, "solar", "", NULL, "solar", 51000, 0.01, 1, 0, 0},
    {STORAGE, "battery", "", NULL, NULL, 62000, 0.02, 0.96, 0, 6},
    {GENERATOR, "combined cycle", "", NULL, NULL, 84000, 47, 0.58, 0.2, 0},
    {GIVEN, "hard coal", "", NULL, NULL, 0, 31, 0.43, 0.34, 0.5},
    {LINK, "electrolysis", "", " hydrogen", NULL, 58000, 0, 0.68, 0, 0},
    {STORE, "hydrogen tank", " hydrogen", NULL, NULL, 1100, 0, 1, 0, 0},
    {LINK, "fuel cell", " hydrogen", "", NULL, 72000, 0, 0.5, 0, 0},
    {GENERATOR, "offshore wind", "", NULL, "offshore", 183000, 0.02, 1, 0, 0},
    {GENERATOR, "gas boiler", " heat", NULL, NULL, 5200, 27, 0.95, 0.2, 0},
    {LINK, "heat pump", "", " heat", NULL, 78000, 0, 3.1, 0, 0},
    {STORE, "heat tank", " heat", NULL, NULL, 240, 0, 1, 0, 0},
    {HYDRO, "reservoir", "", NULL, "inflow", 0, 0.1, 0.9, 0, 0.1},
    {GIVEN, "nuclear", "", NULL, NULL, 0, 11, 0.33, 0, 0.2},
    {GIVEN, "biomass", "", NULL, NULL, 0, 56, 0.4, 0, 0.1},
    {STORAGE, "pumped hydro", "", NULL, NULL, 118000, 0.05, 0.87, 0, 8},
    {GENERATOR, "rooftop solar", "", NULL, "rooftop", 79000, 0.01, 1, 0, 0},
    {GIVEN, "lignite", "", NULL, NULL, 0, 22, 0.38, 0.41, 0.3},
    {GENERATOR, "geothermal", "", NULL, NULL, 410000, 3, 1, 0, 0},
};

typedef struct {
  const PlanningCase *c;
  const char         *folder;
  PetscBool           written;
} Writer;

/* --- Numbers --- */

/* In [0, 1), of a place in the case (Steele, Lea, Flood 2014). */
static double Uniform(const PlanningCase *c, PetscInt region, PetscInt what, PetscInt hour)
{
  uint64_t z = (uint64_t)c->seed * 0x9E3779B97F4A7C15U + (uint64_t)region * 0xD1B54A32D192ED03U +
               (uint64_t)what * 0x8CB92BA72F3D8DD7U + (uint64_t)hour * 0x9E3779B97F4A7C15U;

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Between 0 and 1, changing over `length` hours. */
static double Weather(const PlanningCase *c, PetscInt region, PetscInt what, PetscInt hour, PetscInt length)
{
  const double part = (double)(hour % length) / (double)length, s = part * part * (3 - 2 * part);

  return (1 - s) * Uniform(c, region, what, hour / length) + s * Uniform(c, region, what, hour / length + 1);
}

static double Size(const PlanningCase *c, PetscInt region)
{
  return round(500 + 4500 * Uniform(c, region, 0, 0));
}

static double Season(PetscInt hour)
{
  return cos(2 * M_PI * (double)(hour % 8760) / 8760);
}

static double Value(const PlanningCase *c, const char *series, PetscInt region, PetscInt hour)
{
  const double day = cos(2 * M_PI * ((double)(hour % 24) - 13) / 24);
  const double sun = fmax(0, day - 0.15 - 0.25 * Season(hour)) * (0.35 + 0.6 * Weather(c, region, 2, hour, 19));
  const double wind =
      0.65 * Weather(c, region, 1, hour, 37) + 0.35 * Weather(c, region, 3, hour, 5) + 0.08 * Season(hour);

  switch (series[0]) {
  case 'w':
    return fmin(1, fmax(0, 1.9 * (wind - 0.25) * wind));
  case 'o':
    return series[1] == 'f' ? fmin(1, fmax(0, 2.1 * (wind - 0.15) * wind)) : 0;
  case 's':
    return fmin(1, sun);
  case 'r':
    return fmin(1, 0.9 * sun);
  case 'i':
    return Size(c, region) * 0.04 * (1 - 0.5 * Season(hour)) * (0.5 + Weather(c, region, 4, hour, 101));
  case 'd':
    return Size(c, region) * (0.62 + 0.1 * Season(hour) + 0.13 * day + 0.06 * Weather(c, region, 5, hour, 3));
  default:
    return Size(c, region) * 0.4 * fmax(0.1, 0.5 + 0.45 * Season(hour) + 0.1 * Weather(c, region, 6, hour, 29));
  }
}

/* --- Files --- */

static FILE *Open(Writer *w, const char *name)
{
  char path[PETSC_MAX_PATH_LEN];

  (void)snprintf(path, sizeof path, "%s/%s", w->folder, name);
  FILE *const file = fopen(path, "w");
  if (!file) w->written = PETSC_FALSE;
  return file;
}

static void Close(Writer *w, FILE *file)
{
  if (ferror(file)) w->written = PETSC_FALSE;
  if (fclose(file) != 0) w->written = PETSC_FALSE;
}

static void WriteSnapshots(Writer *w)
{
  FILE *const file = Open(w, "snapshots.csv");

  if (!file) return;
  fputs("snapshot,objective,stores,generators\n", file);
  for (PetscInt h = 0; h < w->c->hours; h++)
    fprintf(file, "%d,%.17g,1,%.17g\n", (int)h, 8760.0 / (double)w->c->hours, 8760.0 / (double)w->c->hours);
  Close(w, file);
}

static PetscBool Has(const PlanningCase *c, PetscInt technology)
{
  return (PetscBool)(technology < c->technologies);
}

static void WriteBuses(Writer *w)
{
  FILE *const buses = Open(w, "buses.csv"), *const carriers = Open(w, "carriers.csv");

  if (buses) {
    fputs("name,carrier,v_nom,region\n", buses);
    for (PetscInt r = 0; r < w->c->regions; r++) {
      fprintf(buses, "r%d,AC,380,r%d\n", (int)r, (int)r);
      if (Has(w->c, 6)) fprintf(buses, "r%d hydrogen,hydrogen,1,r%d\n", (int)r, (int)r);
      if (Has(w->c, 10)) fprintf(buses, "r%d heat,heat,1,r%d\n", (int)r, (int)r);
    }
    Close(w, buses);
  }
  if (carriers) {
    fputs("name,co2_emissions\nAC,0\nhydrogen,0\nheat,0\ntransmission,0\n", carriers);
    for (PetscInt t = 0; t < w->c->technologies; t++)
      fprintf(carriers, "%s,%g\n", Technologies[t].name, Technologies[t].co2);
    Close(w, carriers);
  }
}

static void WriteTechnology(FILE *file[6], const PlanningCase *c, PetscInt r, const Technology *t)
{
  const double cost = t->capital_cost * (0.9 + 0.2 * Uniform(c, r, 7, t - Technologies));

  switch (t->sort) {
  case GENERATOR:
    fprintf(file[0], "r%d %s,r%d%s,%s,True,0,%.8g,%g,%g\n", (int)r, t->name, (int)r, t->bus, t->name, cost,
            t->marginal_cost, t->efficiency);
    break;
  case GIVEN:
    fprintf(file[0], "r%d %s,r%d%s,%s,False,%g,0,%g,%g\n", (int)r, t->name, (int)r, t->bus, t->name,
            t->hours * Size(c, r), t->marginal_cost, t->efficiency);
    break;
  case STORAGE:
    fprintf(file[1], "r%d %s,r%d,%s,True,0,%.8g,%g,%g,%g,%g,True\n", (int)r, t->name, (int)r, t->name, cost,
            t->marginal_cost, t->efficiency, t->efficiency, t->hours);
    break;
  case HYDRO:
    fprintf(file[1], "r%d %s,r%d,%s,False,%g,0,%g,0,%g,400,True\n", (int)r, t->name, (int)r, t->name,
            t->hours * Size(c, r), t->marginal_cost, t->efficiency);
    break;
  case LINK:
    fprintf(file[2], "r%d %s,r%d%s,r%d%s,%s,True,%.8g,%g,0\n", (int)r, t->name, (int)r, t->bus, (int)r, t->to, t->name,
            cost, t->efficiency);
    break;
  case STORE:
    fprintf(file[3], "r%d %s,r%d%s,%s,True,%.8g,True,0.0001\n", (int)r, t->name, (int)r, t->bus, t->name, cost);
    break;
  }
}

/* A ring, and a link across for every third region. */
static void WriteTransmission(FILE *links, const PlanningCase *c)
{
  for (PetscInt r = 0; r < c->regions; r++) {
    const PetscInt next = (r + 1) % c->regions, across = (r + c->regions / 2) % c->regions;

    if (next != r && (c->regions > 2 || r == 0))
      fprintf(links, "t%d-%d,r%d,r%d,transmission,True,%.8g,0.98,-1\n", (int)r, (int)next, (int)r, (int)next,
              18000 + 9000 * Uniform(c, r, 8, 0));
    if (c->regions > 5 && r % 3 == 0)
      fprintf(links, "x%d-%d,r%d,r%d,transmission,True,%.8g,0.96,-1\n", (int)r, (int)across, (int)r, (int)across,
              30000 + 9000 * Uniform(c, r, 9, 0));
  }
}

static void WriteAssets(Writer *w)
{
  static const char *const name[]   = {"generators.csv", "storage_units.csv", "links.csv", "stores.csv"};
  static const char *const header[] = {
      "name,bus,carrier,p_nom_extendable,p_nom,capital_cost,marginal_cost,efficiency\n",
      "name,bus,carrier,p_nom_extendable,p_nom,capital_cost,marginal_cost,efficiency_store,efficiency_dispatch,max_"
      "hours,"
      "cyclic_state_of_charge\n",
      "name,bus0,bus1,carrier,p_nom_extendable,capital_cost,efficiency,p_min_pu\n",
      "name,bus,carrier,e_nom_extendable,capital_cost,e_cyclic,standing_loss\n"};
  FILE *file[6] = {NULL};

  for (int k = 0; k < 4; k++) {
    file[k] = Open(w, name[k]);
    if (!w->written) return;
    fputs(header[k], file[k]);
  }
  for (PetscInt r = 0; r < w->c->regions; r++) {
    for (PetscInt t = 0; t < w->c->technologies; t++) WriteTechnology(file, w->c, r, &Technologies[t]);
  }
  WriteTransmission(file[2], w->c);
  for (int k = 0; k < 4; k++) Close(w, file[k]);
}

static void WriteSeries(Writer *w, const char *name, Sort sort, Sort other)
{
  FILE *const file = Open(w, name);

  if (!file) return;
  fputs("snapshot", file);
  for (PetscInt r = 0; r < w->c->regions; r++) {
    for (PetscInt t = 0; t < w->c->technologies; t++) {
      if (Technologies[t].series && (Technologies[t].sort == sort || Technologies[t].sort == other))
        fprintf(file, ",r%d %s", (int)r, Technologies[t].name);
    }
  }
  for (PetscInt h = 0; h < w->c->hours; h++) {
    fprintf(file, "\n%d", (int)h);
    for (PetscInt r = 0; r < w->c->regions; r++) {
      for (PetscInt t = 0; t < w->c->technologies; t++) {
        if (Technologies[t].series && (Technologies[t].sort == sort || Technologies[t].sort == other))
          fprintf(file, ",%.4f", Value(w->c, Technologies[t].series, r, h));
      }
    }
  }
  fputs("\n", file);
  Close(w, file);
}

static void WriteLoads(Writer *w)
{
  FILE *const loads = Open(w, "loads.csv"), *const series = Open(w, "loads-p_set.csv");
  const PetscBool heat = Has(w->c, 10);

  if (!loads || !series) return;
  fputs("name,bus\n", loads);
  fputs("snapshot", series);
  for (PetscInt r = 0; r < w->c->regions; r++) {
    fprintf(loads, "r%d demand,r%d\n", (int)r, (int)r);
    fprintf(series, ",r%d demand", (int)r);
    if (!heat) continue;
    fprintf(loads, "r%d heat demand,r%d heat\n", (int)r, (int)r);
    fprintf(series, ",r%d heat demand", (int)r);
  }
  for (PetscInt h = 0; h < w->c->hours; h++) {
    fprintf(series, "\n%d", (int)h);
    for (PetscInt r = 0; r < w->c->regions; r++) {
      fprintf(series, ",%.2f", Value(w->c, "demand", r, h));
      if (heat) fprintf(series, ",%.2f", Value(w->c, "heat", r, h));
    }
  }
  fputs("\n", series);
  Close(w, loads);
  Close(w, series);
}

/* About a fifth of what gas alone would emit. */
static void WriteCap(Writer *w)
{
  FILE *const file = Open(w, "global_constraints.csv");
  double      size = 0;

  if (!file) return;
  for (PetscInt r = 0; r < w->c->regions; r++) size += Size(w->c, r);
  fprintf(file, "name,type,carrier_attribute,sense,constant\nco2,primary_energy,co2_emissions,<=,%.8g\n",
          0.65 * 8760 * 0.4 * 0.2 * size);
  Close(w, file);
}

PetscBool PlanningCaseWrite(const PlanningCase *c, const char *folder)
{
  Writer w = {c, folder, PETSC_TRUE};

  WriteSnapshots(&w);
  WriteBuses(&w);
  WriteAssets(&w);
  WriteLoads(&w);
  WriteCap(&w);
  if (Has(c, 1)) WriteSeries(&w, "generators-p_max_pu.csv", GENERATOR, GENERATOR);
  if (Has(c, 13)) WriteSeries(&w, "storage_units-inflow.csv", HYDRO, HYDRO);
  return w.written;
}
