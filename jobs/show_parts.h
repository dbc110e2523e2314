/* The parts of a run's prices, region by region. */
#ifndef ARCHIPELAGO_JOBS_SHOW_PARTS_H
#define ARCHIPELAGO_JOBS_SHOW_PARTS_H

#include <jansson.h>
#include <stdio.h>

#include "jobs/dataset.h"

/* {"unit", "regions": [{"region", "energy", "loss", "congestion", "voltage", "price"}], "merchandising_surplus": {the
   four sums, "total"}, "limit_rent", "residual"}: means over a region's electric buses and all intervals, sums over all
   intervals. NULL when the results have no parts. */
json_t *PricePartsCreate(Dataset results);

/* The same as a table. */
void PricePartsView(json_t *parts, FILE *stream);

#endif
