/* Inside the generator of systems: its files, and what is kept of each series until the hours are written. */
#ifndef ARCHIPELAGO_INPUTS_SYNTH_WRITE_H
#define ARCHIPELAGO_INPUTS_SYNTH_WRITE_H

#include "inputs/synth_impl.h"

#include <stdio.h>

typedef enum {
  FILE_NETWORK,
  FILE_SNAPSHOTS,
  FILE_CARRIERS,
  FILE_BUSES,
  FILE_LINES,
  FILE_TRANSFORMERS,
  FILE_GENERATORS,
  FILE_LOADS,
  FILE_STORAGE,
  FILE_LINKS,
  FILE_STORES,
  FILE_PARTICIPANTS,
  FILE_DYNAMICS,
  FILE_P_SET,
  FILE_Q_SET,
  FILE_P_MAX,
  FILE_STUDY,
  FILE_PLAN,
  FILE_README,
  FILE_COUNT
} SynthFile;

/* A column of a series: what it is, and where. */
typedef struct {
  float   scale; /* MW; 1 of shares */
  int32_t region, index;
  int8_t  kind; /* a SynthClass of loads; 0 wind, 1 solar of generators */
} SynthColumn;

typedef struct {
  SynthColumn *at;
  size_t       n, capacity;
} SynthColumns;

typedef struct {
  const SynthOptions *options;
  FILE               *file[FILE_COUNT];
  SynthRegion         region, other;
  SynthColumns        load, generator;
  PetscBool           no_memory;
} SynthWriter;

void SynthAddColumn(SynthWriter *w, SynthColumns *columns, SynthColumn column);

/* First lines of the tables. */
void SynthWriteHeadings(SynthWriter *w);
/* All rows of the region that is made in w->region; takes up its columns of series. */
void SynthWriteRegion(SynthWriter *w);

#endif
