/* A seeded generator of regional microgrid systems of any size, as a PyPSA CSV folder with participants, device data and
   studies that run: what tests and measurements of scaling are made on.

   Regions stand on a map, about 15 km apart. A region has substations of 33 kV, each with a unit that can carry its whole
   demand, and behind a transformer at most seven buses of 10 kV, joined by cables. Neighbouring regions are joined by lines
   of 33 kV. Every number is a function of seed, region and what it stands for, so region r is the same in a system of 10
   regions and in one of 10,000, but for the ties that lead to regions of higher numbers; weather is one field over the map,
   so neighbours have nearly the same.

   A dispatch exists by construction: every substation can serve its transformer's load for itself, with 20 % to spare, and no
   cable carries more than its rating when it does. Sources of figures stand in synth_grid.c, synth_assets.c and
   synth_weather.c, and in the folder's README.md. */
#ifndef ARCHIPELAGO_INPUTS_SYNTH_H
#define ARCHIPELAGO_INPUTS_SYNTH_H

#include <petscsys.h>

typedef enum {
  SYNTH_GRID,   /* a square lattice: every region is tied to its four neighbours */
  SYNTH_RING,   /* one ring */
  SYNTH_RANDOM, /* a lattice, jittered, with some ties left out and some diagonals, connected */
  SYNTH_HUB     /* clusters of a hub and eight regions around it; hubs form a lattice */
} SynthTopology;

typedef struct {
  PetscInt      regions, buses, hours; /* at least 1 each; buses of alternating current in a region */
  PetscInt      seed;                  /* at least 0 */
  SynthTopology topology;
  PetscBool     heat, hydrogen; /* a bus of each in every region, with load, store and converters */
  PetscBool     invest;         /* columns of investment, and a study of a plan */
} SynthOptions;

/* 4 regions of 8 buses, 24 hours, seed 1, random, electricity alone. */
void SynthDefaultOptions(SynthOptions *options);

/* What does not fit (the same text each time), or NULL. */
const char *SynthCheckOptions(const SynthOptions *options);

/* Writes the files into an existing empty folder, for one rank. The same bytes for the same options. Needs memory for the
   columns of one hour, some 24 bytes an asset with a series; hours are streamed. False, with one line in `error`, when a file
   cannot be written. */
PetscBool SynthWrite(const SynthOptions *options, const char *folder, char *error, size_t size);

#endif
