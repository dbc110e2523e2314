/* Importers: each foreign format onto the one network model. All are collective over comm (the bytes are read by rank 0 and
   broadcast), collect every fault they find, and give *net = NULL when any of them is an error. */
#ifndef ARCHIPELAGO_INPUTS_READER_H
#define ARCHIPELAGO_INPUTS_READER_H

#include "inputs/network.h"

/* Chooses the reader by what is there: a `.m` file, a `.raw` file (letters of any case), a folder with bus.csv, gen.csv, branch.csv (RTS-GMLC, or the folder
   above its `source` folder), a folder with buses.csv (PyPSA). `format` is "auto" or a reader's name. Validates. */
PetscErrorCode NetworkRead(MPI_Comm comm, const char *path, const char *format, Faults faults, Network *net);

/* MATPOWER case, version 2. */
PetscErrorCode NetworkReadMatpower(MPI_Comm comm, const char *path, Faults faults, Network *net);

/* PSS/E RAW case, revisions 23 and 30 to 35, the stored voltages and powers with it. What the network cannot say is told in
   one counted warning for each kind; three-winding transformers get a star bus numbered above all others. Names: load and
   generator BUS:ID with "load " and "gen " before it, branches I-J:CKT. */
PetscErrorCode NetworkReadPsseRaw(MPI_Comm comm, const char *path, Faults faults, Network *net);

/* RTS-GMLC source-data folder; `series` beside or below it is used for the days [start, start + hours). hours = 0: no series. */
PetscErrorCode NetworkReadRtsGmlc(MPI_Comm comm, const char *path, long long start, PetscInt hours, Faults faults,
                                  Network *net);

/* PyPSA CSV folder (the electrical components), with its snapshots and series. */
PetscErrorCode NetworkReadPypsa(MPI_Comm comm, const char *path, Faults faults, Network *net);

#endif
