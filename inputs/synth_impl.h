/* Inside the generator of systems: random numbers, the map, a region and its weather. */
#ifndef ARCHIPELAGO_INPUTS_SYNTH_IMPL_H
#define ARCHIPELAGO_INPUTS_SYNTH_IMPL_H

#include "inputs/synth.h"

#include <stdint.h>

/* What random numbers are drawn for: numbers of one kind never meet those of another. */
typedef enum {
  DRAW_PLACE,
  DRAW_TIE,
  DRAW_SUBSTATION,
  DRAW_CABLE_BUS,
  DRAW_MESH,
  DRAW_DEMAND,
  DRAW_CLASS,
  DRAW_UNIT,
  DRAW_WEATHER,
  DRAW_LOCAL
} SynthDraw;

/* Uniform in [0, 1): a function of its arguments. */
PetscReal SynthUniform(PetscInt seed, SynthDraw draw, PetscInt region, PetscInt index);
/* Uniform in [low, high). */
PetscReal SynthBetween(PetscInt seed, SynthDraw draw, PetscInt region, PetscInt index, PetscReal low, PetscReal high);

/* The map. Kilometres east and north. */
typedef struct {
  PetscReal x, y;
} SynthPlace;

enum { SYNTH_MOST_NEIGHBOURS = 8 };

SynthPlace SynthRegionPlace(const SynthOptions *options, PetscInt region);
/* Regions of lower number that a region is tied to, ascending; of a ring also the last region's tie back. */
PetscInt SynthNeighbours(const SynthOptions *options, PetscInt region, PetscInt neighbour[SYNTH_MOST_NEIGHBOURS]);
void     SynthLatitudeLongitude(SynthPlace place, PetscReal *latitude, PetscReal *longitude);

typedef enum { CLASS_HOUSEHOLD, CLASS_COMMERCIAL, CLASS_INDUSTRY, CLASS_HEAT, CLASS_HYDROGEN, CLASS_COUNT } SynthClass;

typedef struct {
  SynthPlace place;
  PetscInt   substation; /* that feeds it: of a substation itself */
  PetscReal  peak_mw;    /* of the load at the bus; 0: none */
  SynthClass load;
  PetscReal  solar_mw; /* 0: none */
} SynthBus;

typedef struct {
  PetscInt  from, to; /* buses of the region */
  PetscReal km;
} SynthLine;

typedef enum { FUEL_GAS, FUEL_BIOGAS, FUEL_DIESEL } SynthFuel;

/* What stands at a substation. */
typedef struct {
  PetscReal peak_mw; /* of the buses that it feeds */
  SynthFuel fuel;
  PetscReal firm_mw, cost, rise; /* of the unit; currency/MWh at 0, and its rise up to full output */
  PetscReal wind_mw, battery_mw; /* 0: none */
} SynthStation;

typedef struct {
  PetscInt      index;
  SynthPlace    place;
  PetscInt      n_stations, n_buses; /* buses: substations first */
  SynthBus     *bus;
  SynthStation *station;
  PetscInt      n_lines;
  SynthLine    *line; /* of one voltage: substations below n_stations */
  PetscReal     peak_mw, heat_mw, hydrogen_mw;
} SynthRegion;

PetscReal SynthRegionRadius(const SynthOptions *options);
/* Memory of the region is made once, for any region of these options. False without memory. */
PetscBool SynthRegionCreate(const SynthOptions *options, SynthRegion *region);
void      SynthRegionDestroy(SynthRegion *region);
void      SynthRegionMake(const SynthOptions *options, PetscInt index, SynthRegion *region);
/* Assets of a region whose grid is made. */
void SynthRegionAssets(const SynthOptions *options, SynthRegion *region);
/* The substation of a region that lies nearest to a place; `rank` 0: the nearest, 1: the next. */
PetscInt SynthNearestStation(const SynthRegion *region, SynthPlace place, PetscInt rank);

/* Weather: sums of waves that travel over the map. */
enum { SYNTH_WAVES = 24 };

typedef struct {
  PetscReal kx[SYNTH_WAVES], ky[SYNTH_WAVES], omega[SYNTH_WAVES], phase[SYNTH_WAVES]; /* 1/km, 1/km, 1/h, rad */
} SynthField;

typedef struct {
  PetscInt   seed;
  SynthField wind, cloud, temperature;
} SynthWeather;

typedef struct {
  PetscReal wind, solar; /* share of installed power */
  PetscReal temperature; /* degrees Celsius */
  PetscReal hour;        /* of the day, local solar time, 0 to 24 */
  PetscInt  weekday;     /* 0: Monday */
  PetscInt  elapsed;     /* hours since the start */
} SynthHour;

void SynthWeatherMake(PetscInt seed, SynthWeather *weather);
/* `day`: of the year from 0; `elapsed`: hours since the start; `weekday` of the first day. */
void SynthWeatherAt(const SynthWeather *weather, PetscInt region, SynthPlace place, PetscInt elapsed, SynthHour *hour);
/* Demand as a share of the peak, at most 1. */
PetscReal SynthDemand(const SynthWeather *weather, SynthClass load, PetscInt region, PetscInt index,
                      const SynthHour *hour);

/* The first hour: 2030-01-01 00:00 UTC, a Tuesday. */
#define SYNTH_START 1893456000LL
#define SYNTH_WEEKDAY 1

#define SYNTH_TIE_SHARE 0.6         /* of the smaller region's peak */
#define SYNTH_LINE_MVA 17.1         /* 33 kV */
#define SYNTH_CABLE_MVA 7.29        /* 10 kV */
#define SYNTH_POWER_FACTOR_TAN 0.25 /* reactive over active demand: a power factor of 0.97 */

#endif
