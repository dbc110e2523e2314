/* A study's changes to the network: which attributes there are, and their application. */
#ifndef ARCHIPELAGO_INPUTS_STUDY_ADJUST_H
#define ARCHIPELAGO_INPUTS_STUDY_ADJUST_H

#include "inputs/study.h"

/* Not collective. Adds a fault at the adjustment's line when component or attribute are unknown, when a switch is scaled
   or when the value is outside the attribute's range. */
PetscErrorCode AdjustmentCheck(const Adjustment *adjustment, const char *path, Faults faults);

/* Not collective. Applies one checked adjustment; a name that no asset has is a fault. */
PetscErrorCode AdjustmentApply(const Adjustment *adjustment, const char *path, Network net, Faults faults);

#endif
