/* What happened instead of what was expected: the study's network with realised series, for real time. */
#ifndef ARCHIPELAGO_INPUTS_REALISED_H
#define ARCHIPELAGO_INPUTS_REALISED_H

#include "inputs/study.h"

/* Collective. A network with the rows of `net` (as StudyLoadNetwork made it) and the same snapshots, whose series are those
   of the study's realised folder where it has some, and with the adjustments of the study, then of `realised`, made on
   them. *realised is NULL when the study has no `market.realised` or when there are errors.

   The folder holds any of these files, each with times in its first column and a column for every asset that it gives;
   the others keep the study's own series. Rows outside the study's windows are passed over.

     generators-p_max_pu.csv, generators-p_min_pu.csv      per unit of the generator's static largest output, 0 to 2
     generators-p_max_mw.csv, generators-p_min_mw.csv      MW
     loads-p_set.csv, loads-q_set.csv                      MW, Mvar; p_set alone keeps the reactive series there is
     storage_units-inflow.csv, stores-inflow.csv           MW, at least 0
     reserves-requirement_mw.csv                           MW, at least 0

   Faults, each with file and line: a folder without any of them, other files *.csv in it (a warning), unknown assets,
   missing or repeated snapshots, what is no number or out of range, units of `storage` that there are not. */
PetscErrorCode RealisedNetwork(MPI_Comm comm, Study study, Network net, Faults faults, Network *realised);

/* Not collective. Whether a storage unit is dispatched again in real time instead of keeping its schedule. */
PetscBool RealisedStorageBids(Study study, Network net, PetscInt storage);

#endif
