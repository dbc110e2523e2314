/* A generated region's grid: substations of 33 kV, cables of 10 kV behind them.

   Figures: overhead line of conductor Dog (aluminium and steel, 100 mm²) at 33 kV, 0.273 + j 0.36 ohm/km, 9.8 nF/km, 300 A, as
   makers' tables have it; cable NA2XS2Y 1x240 at 10 kV, 0.122 + j 0.105 ohm/km, 406 nF/km, 421 A (Oeding, Oswald:
   Elektrische Kraftwerke und Netze, 7th edition 2011; also among the standard types of pandapower). At most seven buses of 10
   kV behind a transformer, of at most 0.7 MW each: 5.1 MVA with their reactive power, so a cable carries them all even when
   they hang on one string. */
#include "inputs/synth_impl.h"

#include <math.h>
#include <stdlib.h>

enum { BUSES_OF_STATION = 8 };

static PetscInt Stations(const SynthOptions *options)
{
  return (options->buses + BUSES_OF_STATION - 1) / BUSES_OF_STATION;
}

/* A region of few substations has 6 km; larger ones grow with the root of their number. */
PetscReal SynthRegionRadius(const SynthOptions *options)
{
  return 6 * sqrt(PetscMax((PetscReal)Stations(options) / 4, 1));
}

PetscBool SynthRegionCreate(const SynthOptions *options, SynthRegion *r)
{
  *r            = (SynthRegion){0};
  r->n_buses    = options->buses;
  r->n_stations = Stations(options);
  r->bus        = malloc((size_t)r->n_buses * sizeof *r->bus);
  r->station    = malloc((size_t)r->n_stations * sizeof *r->station);
  r->line       = malloc((size_t)r->n_buses * 2 * sizeof *r->line);
  if (r->bus && r->station && r->line) return PETSC_TRUE;
  SynthRegionDestroy(r);
  return PETSC_FALSE;
}

void SynthRegionDestroy(SynthRegion *r)
{
  free(r->bus);
  free(r->station);
  free(r->line);
  *r = (SynthRegion){0};
}

static PetscReal Distance(SynthPlace a, SynthPlace b)
{
  return hypot(a.x - b.x, a.y - b.y);
}

/* Uniform over a disc. */
static SynthPlace Scatter(const SynthOptions *options, SynthDraw draw, PetscInt region, PetscInt index,
                          SynthPlace middle, PetscReal radius)
{
  const PetscReal far   = radius * sqrt(SynthUniform(options->seed, draw, region, 2 * index));
  const PetscReal angle = 2 * PETSC_PI * SynthUniform(options->seed, draw, region, 2 * index + 1);

  return (SynthPlace){middle.x + far * cos(angle), middle.y + far * sin(angle)};
}

/* Lines follow roads: a fifth longer than the straight way, and at least 300 m. */
static void AddLine(SynthRegion *r, PetscInt from, PetscInt to)
{
  r->line[r->n_lines++] = (SynthLine){from, to, PetscMax(1.2 * Distance(r->bus[from].place, r->bus[to].place), 0.3)};
}

/* Whether bus k of a group can be joined with `other`. */
static void TwoNearest(const SynthRegion *r, PetscInt first, PetscInt k, PetscInt nearest[2])
{
  PetscReal best[2] = {INFINITY, INFINITY};

  nearest[0] = nearest[1] = -1;
  for (PetscInt other = first; other < k; other++) {
    const PetscReal d = Distance(r->bus[k].place, r->bus[other].place);
    if (d < best[0]) {
      best[1] = best[0], nearest[1] = nearest[0];
      best[0] = d, nearest[0] = other;
    } else if (d < best[1]) {
      best[1] = d, nearest[1] = other;
    }
  }
}

/* Each bus is joined with the nearest before it, and with some probability with the next one too: short lines, few of which
   cross, and some meshes. */
static void Join(const SynthOptions *options, SynthRegion *r, PetscInt first, PetscInt k, PetscReal mesh)
{
  PetscInt nearest[2];

  TwoNearest(r, first, k, nearest);
  if (nearest[0] >= 0) AddLine(r, nearest[0], k);
  if (nearest[1] >= 0 && SynthUniform(options->seed, DRAW_MESH, r->index, k) < mesh) AddLine(r, nearest[1], k);
}

static void MakeStations(const SynthOptions *options, SynthRegion *r)
{
  const PetscReal radius = SynthRegionRadius(options);

  for (PetscInt s = 0; s < r->n_stations; s++) {
    r->bus[s] = (SynthBus){.place = Scatter(options, DRAW_SUBSTATION, r->index, s, r->place, radius), .substation = s};
    Join(options, r, 0, s, 0.5);
  }
}

/* Buses of 10 kV are dealt out to the substations in turn blocks; the first of each stands beside its transformer. */
static void MakeCables(const SynthOptions *options, SynthRegion *r)
{
  const PetscInt n = r->n_buses - r->n_stations;
  PetscInt       k = r->n_stations;

  for (PetscInt s = 0; s < r->n_stations; s++) {
    const PetscInt first = k, last = r->n_stations + n * (s + 1) / r->n_stations;
    for (; k < last; k++) {
      r->bus[k] = (SynthBus){.place      = k == first ? r->bus[s].place
                                                      : Scatter(options, DRAW_CABLE_BUS, r->index, k, r->bus[s].place, 2),
                             .substation = s};
      Join(options, r, first, k, 0.3);
    }
  }
}

void SynthRegionMake(const SynthOptions *options, PetscInt index, SynthRegion *r)
{
  r->index   = index;
  r->place   = SynthRegionPlace(options, index);
  r->n_lines = 0;
  MakeStations(options, r);
  MakeCables(options, r);
  SynthRegionAssets(options, r);
}

PetscInt SynthNearestStation(const SynthRegion *r, SynthPlace place, PetscInt rank)
{
  PetscInt  nearest[2] = {0, 0};
  PetscReal best[2]    = {INFINITY, INFINITY};

  for (PetscInt s = 0; s < r->n_stations; s++) {
    const PetscReal d = Distance(r->bus[s].place, place);
    if (d < best[0]) {
      best[1] = best[0], nearest[1] = nearest[0];
      best[0] = d, nearest[0] = s;
    } else if (d < best[1]) {
      best[1] = d, nearest[1] = s;
    }
  }
  return nearest[rank];
}
