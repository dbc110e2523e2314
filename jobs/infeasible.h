/* What an infeasible problem lacks: hours, regions, buses, megawatts and the limits that bind. */
#ifndef ARCHIPELAGO_JOBS_INFEASIBLE_H
#define ARCHIPELAGO_JOBS_INFEASIBLE_H

#include <jansson.h>
#include <stdio.h>

#include "partition/partition.h"
#include "solver/opf.h"

/* Not collective. "200 kW short" for one hour, "3.2 MWh short over 4 hours, at worst 1.1 MW" for a window; without a shortage the
   surplus, the first limit that has to give way or the first sum that cannot be met; empty when nothing lacks. */
void InfeasibleHeadline(const OpfResult *result, PetscReal step_hours, char *text, size_t size);
/* A screen for a person: sums that cannot be met, regions, the worst buses, limits that have to give way or bind. `first_hour` is added to the hours shown; negative: hours are not shown. */
void InfeasibleView(Network net, Partition partition, const OpfResult *result, PetscInt first_hour, FILE *stream);
/* Adds shortage_mw (largest of any hour), shortage_mwh, sums, regions_short, shortages (by hour and bus), limits_to_give_way
   and binding_limits, all there are. Surplus is negative in shortages. */
void InfeasibleToJson(Network net, Partition partition, const OpfResult *result, PetscReal step_hours, json_t *object);

#endif
