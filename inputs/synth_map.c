/* The map of a generated system: random numbers by counter, where regions lie, and which are neighbours. */
#include "inputs/synth_impl.h"

#include <math.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of x. */
static uint64_t Mix(uint64_t x)
{
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

PetscReal SynthUniform(PetscInt seed, SynthDraw draw, PetscInt region, PetscInt index)
{
  const uint64_t golden = 0x9e3779b97f4a7c15ULL;
  uint64_t       x      = Mix((uint64_t)seed * golden + (uint64_t)draw + 1);

  x = Mix(x ^ (((uint64_t)region + 1) * golden));
  x = Mix(x ^ (((uint64_t)index + 1) * golden));
  return (PetscReal)(x >> 11) * 0x1p-53;
}

PetscReal SynthBetween(PetscInt seed, SynthDraw draw, PetscInt region, PetscInt index, PetscReal low, PetscReal high)
{
  return low + (high - low) * SynthUniform(seed, draw, region, index);
}

/* Regions fill the quadrant of a lattice shell by shell, so that a system of more regions continues one of fewer: shell k
   holds the numbers k² to k² + 2k, up the column x = k and then back along the row y = k. */
static void Cell(PetscInt number, PetscInt *x, PetscInt *y)
{
  PetscInt k = (PetscInt)sqrt((double)number), m;

  while (k * k > number) --k;
  while ((k + 1) * (k + 1) <= number) ++k;
  m  = number - k * k;
  *x = m <= k ? k : 2 * k - m;
  *y = m <= k ? m : k;
}

static PetscInt CellNumber(PetscInt x, PetscInt y)
{
  if (x < 0 || y < 0) return -1;
  return x >= y ? x * x + y : y * y + 2 * y - x;
}

enum { LEAVES = 8 }; /* regions around a hub */

static const PetscReal leaf_x[LEAVES] = {1, 1, 0, -1, -1, -1, 0, 1}, leaf_y[LEAVES] = {0, 1, 1, 1, 0, -1, -1, -1};

SynthPlace SynthRegionPlace(const SynthOptions *options, PetscInt region)
{
  const PetscReal spacing = 2.5 * SynthRegionRadius(options);
  const PetscReal jitter  = options->topology == SYNTH_GRID || options->topology == SYNTH_RING ? 0 : 0.25;
  SynthPlace      place;
  PetscInt        x, y;

  if (options->topology == SYNTH_RING) { /* even numbers go out, odd ones come back */
    place.x = (PetscReal)(region / 2), place.y = (PetscReal)(region % 2);
  } else if (options->topology == SYNTH_HUB) {
    const PetscInt leaf = region % (LEAVES + 1);
    Cell(region / (LEAVES + 1), &x, &y);
    place.x = 3.0 * (PetscReal)x + 1 + (leaf ? leaf_x[leaf - 1] : 0);
    place.y = 3.0 * (PetscReal)y + 1 + (leaf ? leaf_y[leaf - 1] : 0);
  } else {
    Cell(region, &x, &y);
    place.x = (PetscReal)x, place.y = (PetscReal)y;
  }
  place.x += jitter * (SynthUniform(options->seed, DRAW_PLACE, region, 0) - 0.5);
  place.y += jitter * (SynthUniform(options->seed, DRAW_PLACE, region, 1) - 0.5);
  place.x *= spacing, place.y *= spacing;
  return place;
}

/* The south-western corner lies at 40 degrees north and 5 west; beyond 65 degrees north the sun stays as there. */
void SynthLatitudeLongitude(SynthPlace place, PetscReal *latitude, PetscReal *longitude)
{
  const PetscReal km = 111.2; /* a degree of a meridian */

  *latitude  = PetscMin(40 + place.y / km, 65);
  *longitude = -5 + place.x / (km * cos(50 * PETSC_PI / 180));
}

/* Lower-numbered cells of the eight around; sides first, so that the first is always there. */
static PetscInt LatticeNeighbours(const SynthOptions *options, PetscInt number, PetscInt neighbour[])
{
  static const PetscInt dx[8] = {-1, 0, 1, 0, -1, 1, -1, 1}, dy[8] = {0, -1, 0, 1, -1, -1, 1, 1};
  const PetscInt        n_around = options->topology == SYNTH_RANDOM ? 8 : 4;
  PetscInt              x, y, n = 0;

  Cell(number, &x, &y);
  for (PetscInt k = 0; k < n_around; k++) {
    const PetscInt  other = CellNumber(x + dx[k], y + dy[k]);
    const PetscReal u     = SynthUniform(options->seed, DRAW_TIE, number, k);
    if (other < 0 || other >= number) continue;
    if (options->topology == SYNTH_RANDOM && n && u > (k < 4 ? 0.6 : 0.15)) continue;
    neighbour[n++] = other;
  }
  return n;
}

PetscInt SynthNeighbours(const SynthOptions *options, PetscInt region, PetscInt neighbour[SYNTH_MOST_NEIGHBOURS])
{
  PetscInt n = 0;

  switch (options->topology) {
  case SYNTH_RING:
    if (region == 1) neighbour[n++] = 0;
    if (region > 1) neighbour[n++] = region - 2;
    if (region > 1 && region == options->regions - 1) neighbour[n++] = region - 1;
    break;
  case SYNTH_HUB:
    if (region % (LEAVES + 1)) {
      neighbour[n++] = region - region % (LEAVES + 1);
    } else {
      n = LatticeNeighbours(options, region / (LEAVES + 1), neighbour);
      for (PetscInt k = 0; k < n; k++) neighbour[k] *= LEAVES + 1;
    }
    break;
  default:
    n = LatticeNeighbours(options, region, neighbour);
  }
  return n;
}
