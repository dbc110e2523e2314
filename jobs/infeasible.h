/* What an infeasible problem lacks: hours, regions, buses, megawatts and the limits that bind. */
#ifndef ARCHIPELAGO_JOBS_INFEASIBLE_H
#define ARCHIPELAGO_JOBS_INFEASIBLE_H

#include <jansson.h>
#include <stdio.h>

#include "partition/partition.h"
#include "solver/opf.h"

/* Not collective. "200 kW short" for one hour, "3.2 MWh short in 4 hours (…)" for a window; empty when nothing lacks. */
void InfeasibleHeadline(const OpfResult *result, PetscReal step_hours, char *text, size_t size);
/* Lines for a person. `first_hour` is added to the hours shown; negative: hours are not shown. */
void InfeasibleView(Network net, Partition partition, const OpfResult *result, PetscInt first_hour, FILE *stream);
/* Adds shortage_mw (largest of any hour), shortage_mwh, shortages and binding_limits. */
void InfeasibleToJson(Network net, Partition partition, const OpfResult *result, json_t *object);

#endif
