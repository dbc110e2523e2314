/* Inside the checks: summaries of networks and series. */
#ifndef ARCHIPELAGO_INPUTS_CHECK_IMPL_H
#define ARCHIPELAGO_INPUTS_CHECK_IMPL_H

#include "inputs/network.h"

/* Not collective. Prints the network's size, capacities (MW), demand (MW) and snapshots. */
PetscErrorCode NetworkSummary(Network net, FILE *out);

/* Collective. Reads a series and adds its faults; prints its range and columns on the rank whose `out` is not NULL. */
PetscErrorCode CheckSeries(MPI_Comm comm, const char *path, Faults faults, FILE *out);

#endif
