/* Between the network of a study and its realised series. For study_network.c and realised.c only. */
#ifndef ARCHIPELAGO_INPUTS_REALISED_IMPL_H
#define ARCHIPELAGO_INPUTS_REALISED_IMPL_H

#include "inputs/study.h"

/* study_network.c: StudyLoadNetwork, or the same with realised series in place of its own. */
PetscErrorCode StudyMakeNetwork(MPI_Comm comm, Study study, PetscBool realised, Faults faults, Network *net);

/* realised.c: puts the folder's series into a network that has been cut to the study's windows. */
PetscErrorCode RealisedReplaceSeries(MPI_Comm comm, Study study, Network net, Faults faults);

#endif
