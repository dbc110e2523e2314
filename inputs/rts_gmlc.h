/* Shared by the files of the RTS-GMLC reader. */
#ifndef ARCHIPELAGO_INPUTS_RTS_GMLC_H
#define ARCHIPELAGO_INPUTS_RTS_GMLC_H

#include "inputs/csv.h"
#include "inputs/network.h"

typedef struct {
  MPI_Comm comm;
  Faults   faults;
  Network  net;
  char     folder[PETSC_MAX_PATH_LEN]; /* the one that holds bus.csv */
} RtsGmlc;

/* Collective. Reads one table of the folder; NULL after a fault. */
PetscErrorCode RtsGmlcTable(RtsGmlc *reader, const char *file, Csv *csv);
/* Index of the bus whose number stands in the cell, -1 after a fault. */
PetscErrorCode RtsGmlcBus(RtsGmlc *reader, Csv csv, PetscInt row, PetscInt column, PetscInt *bus);

/* Units of gen.csv: generators, and storage units with storage.csv. */
PetscErrorCode RtsGmlcReadUnits(RtsGmlc *reader);
/* Fuel and variable cost of a row of gen.csv, and its CO2 emission at full output in t/MWh. */
PetscErrorCode RtsGmlcReadCost(RtsGmlc *reader, Csv gen, PetscInt row, PetscReal p_max, Cost *cost, PetscReal *emission,
                               PetscBool *convexified);
/* Spinning reserves of reserves.csv, when the folder has one, and what each unit of gen.csv can give: after the units. */
PetscErrorCode RtsGmlcReadReserves(RtsGmlc *reader);
/* The hours [start, start + hours) of every series that timeseries_pointers.csv names for the day ahead. */
PetscErrorCode RtsGmlcReadSeries(RtsGmlc *reader, long long start, PetscInt hours);

#endif
