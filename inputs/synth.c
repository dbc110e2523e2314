/* The generator of regional microgrid systems: options, tables, series and studies of a folder. */
#include "inputs/synth_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void SynthDefaultOptions(SynthOptions *options)
{
  *options = (SynthOptions){.regions = 4, .buses = 8, .hours = 24, .seed = 1, .topology = SYNTH_RANDOM};
}

const char *SynthCheckOptions(const SynthOptions *o)
{
  if (o->regions < 1 || o->regions > 1000000) return "expected 1 to 1,000,000 regions";
  if (o->buses < 1 || o->buses > 100000) return "expected 1 to 100,000 buses in a region";
  if ((double)o->regions * o->buses > 2e8) return "expected at most 200,000,000 buses in all";
  if (o->hours < 1 || o->hours > 87840) return "expected 1 to 87,840 hours";
  if (o->seed < 0) return "expected a seed of at least 0";
  return NULL;
}

static const char *const file_name[FILE_COUNT] = {
    "network.csv",       "snapshots.csv",    "carriers.csv",    "buses.csv",
    "lines.csv",         "transformers.csv", "generators.csv",  "loads.csv",
    "storage_units.csv", "links.csv",        "stores.csv",      "participants.csv",
    "dynamics.csv",      "loads-p_set.csv",  "loads-q_set.csv", "generators-p_max_pu.csv",
    "study.yaml",        "plan.yaml",        "README.md"};

void SynthAddColumn(SynthWriter *w, SynthColumns *columns, SynthColumn column)
{
  if (columns->n == columns->capacity) {
    const size_t capacity = columns->capacity ? 2 * columns->capacity : 1024;
    SynthColumn *at       = realloc(columns->at, capacity * sizeof *at);
    if (!at) {
      w->no_memory = PETSC_TRUE;
      return;
    }
    columns->at = at, columns->capacity = capacity;
  }
  columns->at[columns->n++] = column;
}

static PetscBool IsWanted(const SynthOptions *o, SynthFile k)
{
  if (k == FILE_LINKS || k == FILE_STORES) return (PetscBool)(o->heat || o->hydrogen);
  if (k == FILE_TRANSFORMERS) return (PetscBool)(o->buses > 1);
  return (PetscBool)(k != FILE_PLAN || o->invest);
}

static PetscBool OpenFiles(SynthWriter *w, const char *folder, char *error, size_t size)
{
  char path[4096];

  for (SynthFile k = 0; k < FILE_COUNT; k++) {
    if (!IsWanted(w->options, k)) continue;
    if (snprintf(path, sizeof path, "%s/%s", folder, file_name[k]) < (int)sizeof path) w->file[k] = fopen(path, "w");
    if (w->file[k]) continue;
    snprintf(error, size, "%.400s/%s: cannot be written: %s", folder, file_name[k], strerror(errno));
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscBool CloseFiles(SynthWriter *w, const char *folder, char *error, size_t size)
{
  PetscBool good = PETSC_TRUE;

  for (SynthFile k = 0; k < FILE_COUNT; k++) {
    if (!w->file[k]) continue;
    const int bad = ferror(w->file[k]);
    if ((fclose(w->file[k]) || bad) && good) {
      snprintf(error, size, "%.400s/%s: cannot be written: %s", folder, file_name[k], strerror(errno ? errno : EIO));
      good = PETSC_FALSE;
    }
  }
  return good;
}

static const char *const topology_name[] = {"grid", "ring", "random", "hub"};

static void Snapshot(PetscInt hour, char text[24])
{
  const time_t seconds = (time_t)(SYNTH_START + 3600LL * hour);
  struct tm    t;

  (void)gmtime_r(&seconds, &t);
  (void)strftime(text, 24, "%Y-%m-%d %H:%M:%S", &t);
}

static void WriteSnapshots(SynthWriter *w)
{
  const SynthOptions *o = w->options;
  char                text[24];

  fprintf(w->file[FILE_SNAPSHOTS], "snapshot%s\n", o->invest ? ",objective,stores,generators" : "");
  for (PetscInt h = 0; h < o->hours; h++) {
    Snapshot(h, text);
    fprintf(w->file[FILE_SNAPSHOTS], "%s", text);
    if (o->invest) /* the hours stand for a year */
      fprintf(w->file[FILE_SNAPSHOTS], ",%.8g,1,%.8g", 8760.0 / (double)o->hours, 8760.0 / (double)o->hours);
    fprintf(w->file[FILE_SNAPSHOTS], "\n");
  }
}

/* One hour of all loads: columns stand region by region, so the weather of each is made once. */
static void WriteLoadHour(SynthWriter *w, const SynthWeather *weather, PetscInt h)
{
  SynthHour at = {0};
  PetscInt  of = -1;

  for (size_t k = 0; k < w->load.n; k++) {
    const SynthColumn *c = &w->load.at[k];
    if (c->region != of) SynthWeatherAt(weather, c->region, SynthRegionPlace(w->options, c->region), h, &at);
    of                = c->region;
    const PetscReal p = c->scale * SynthDemand(weather, (SynthClass)c->kind, c->region, c->index, &at);
    fprintf(w->file[FILE_P_SET], ",%.5g", p);
    if (c->kind < CLASS_HEAT) fprintf(w->file[FILE_Q_SET], ",%.5g", SYNTH_POWER_FACTOR_TAN * p);
  }
}

static void WriteGeneratorHour(SynthWriter *w, const SynthWeather *weather, PetscInt h)
{
  SynthHour at = {0};
  PetscInt  of = -1;

  for (size_t k = 0; k < w->generator.n; k++) {
    const SynthColumn *c = &w->generator.at[k];
    if (c->region != of) SynthWeatherAt(weather, c->region, SynthRegionPlace(w->options, c->region), h, &at);
    of = c->region;
    fprintf(w->file[FILE_P_MAX], ",%.5g", c->kind ? at.solar : at.wind);
  }
}

static void WriteSeries(SynthWriter *w)
{
  const SynthFile file[] = {FILE_P_SET, FILE_Q_SET, FILE_P_MAX};
  SynthWeather    weather;
  char            text[24];

  SynthWeatherMake(w->options->seed, &weather);
  for (PetscInt h = 0; h < w->options->hours; h++) {
    Snapshot(h, text);
    for (int k = 0; k < 3; k++) fprintf(w->file[file[k]], "\n%s", text);
    WriteLoadHour(w, &weather, h);
    WriteGeneratorHour(w, &weather, h);
  }
  for (int k = 0; k < 3; k++) fprintf(w->file[file[k]], "\n");
}

static void WriteStudy(SynthWriter *w)
{
  const SynthOptions *o      = w->options;
  FILE               *f      = w->file[FILE_STUDY];
  const int           window = (int)PetscMin(o->hours, 24), noon = (int)PetscMin(o->hours - 1, 12);

  fprintf(f,
          "# A generated system: %d regions of %d buses, %s, seed %d.\n"
          "study: synth\n"
          "network: {path: ., format: pypsa}\n"
          "participants: participants.csv\n"
          "regions: region\n"
          "windows: {start: 2030-01-01T00:00:00Z, hours: %d, count: %d}\n"
          "dispatch: {model: ac, method: interior-point, carbon_price: 50}\n"
          "market: {currency: EUR}\n"
          "ledger: {origin: archipelago.invalid/synth}\n",
          (int)o->regions, (int)o->buses, topology_name[o->topology], (int)o->seed, window, (int)o->hours / window);
  fprintf(f,
          "policies:\n"
          "  admm:                        # regions agree on their borders and keep the rest to themselves\n"
          "    dispatch: {method: admm}\n"
          "  dc:\n"
          "    dispatch: {model: dc}\n"
          "  carbon-price-200:\n"
          "    dispatch: {carbon_price: 200}\n"
          "  stability:                   # a short circuit at the first substation\n"
          "    stability:\n"
          "      devices: dynamics.csv\n"
          "      frequency: 50\n"
          "      until: 2\n"
          "      hours: [%d]\n"
          "      faults:\n"
          "        - {bus: 1, on: 0.1, off: 0.2}\n",
          noon);
  if (!o->invest) return;
  fprintf(w->file[FILE_PLAN],
          "# What to build in the generated system: %d hours that stand for a year.\n"
          "study: synth-plan\n"
          "network: .\n"
          "planning:\n"
          "  currency: EUR\n"
          "  region: region\n"
          "  value_of_lost_load: 10000\n"
          "policies:\n"
          "  carbon-price-100:\n"
          "    planning: {carbon_price: 100}\n"
          "  renewable-share-60:\n"
          "    planning: {renewable_share: 0.6, renewable: [wind, solar, biogas]}\n",
          (int)o->hours);
}

static void WriteReadme(SynthWriter *w)
{
  const SynthOptions *o = w->options;

  fprintf(w->file[FILE_README],
          "# A generated system\n"
          "Made by `archipelago synth --regions %d --buses %d --hours %d --seed %d --topology %s%s%s%s`. No real grid: "
          "geography,\n"
          "demand, weather and units are random, within the figures below. MW, MWh, kV, ohm, siemens, km, EUR.\n\n"
          "| what | figures from |\n| --- | --- |\n"
          "| lines of 33 kV (conductor Dog), cables of 10 kV (NA2XS2Y 1x240) | makers' tables; Oeding, Oswald 2011, "
          "the standard "
          "types of pandapower |\n"
          "| transformers 33/10 kV | 11 %% short-circuit voltage, 0.5 %% losses, sizes of the R10 series: usual "
          "figures |\n"
          "| ties | 60 %% of the smaller region's peak, at most one line's rating: an assumption |\n"
          "| efficiencies, operation, investment | Danish Energy Agency, technology catalogues, rounded; electrolysers "
          "IEA 2023 |\n"
          "| prices of fuels and imports | assumptions |\n"
          "| emission factors | German Environment Agency (UBA) |\n"
          "| solar | Cooper 1969 (declination), Haurwitz 1945 (clear sky), Kasten and Czeplak 1980 (cloud) |\n"
          "| wind | Weibull, shape 2; cubic power curve |\n"
          "| machines | Kundur 1994, example 12.6; a simple exciter, a governor of 5 %% droop |\n"
          "| inverters | as inputs/cases/islands |\n\n"
          "Every substation's unit covers 120 %% of the demand behind it, so a dispatch exists in every hour.\n",
          (int)o->regions, (int)o->buses, (int)o->hours, (int)o->seed, topology_name[o->topology],
          o->heat || o->hydrogen ? " --carriers " : "",
          o->heat && o->hydrogen ? "heat,hydrogen"
          : o->heat              ? "heat"
          : o->hydrogen          ? "hydrogen"
                                 : "",
          o->invest ? " --invest" : "");
}

PetscBool SynthWrite(const SynthOptions *options, const char *folder, char *error, size_t size)
{
  SynthWriter w    = {.options = options};
  PetscBool   good = PETSC_FALSE;

  if (!SynthRegionCreate(options, &w.region) || !SynthRegionCreate(options, &w.other)) {
    snprintf(error, size, "a region of %d buses does not fit into memory", (int)options->buses);
    goto out;
  }
  if (!OpenFiles(&w, folder, error, size)) goto out;
  SynthWriteHeadings(&w);
  for (PetscInt r = 0; r < options->regions && !w.no_memory; r++) {
    SynthRegionMake(options, r, &w.region);
    SynthWriteRegion(&w);
  }
  if (w.no_memory) {
    snprintf(error, size, "the columns of the series do not fit into memory");
    goto out;
  }
  WriteSnapshots(&w);
  WriteSeries(&w);
  WriteStudy(&w);
  WriteReadme(&w);
  good = PETSC_TRUE;
out:
  if (!good) { /* the first failure is the one to tell */
    CloseFiles(&w, folder, NULL, 0);
  } else {
    good = CloseFiles(&w, folder, error, size);
  }
  SynthRegionDestroy(&w.region);
  SynthRegionDestroy(&w.other);
  free(w.load.at);
  free(w.generator.at);
  return good;
}
