/* From an hour of a dispatch to the operating point of a simulation. */
#ifndef ARCHIPELAGO_JOBS_POINT_H
#define ARCHIPELAGO_JOBS_POINT_H

#include "dynamics/operating_point.h"
#include "solver/dispatch.h"

/* Not collective. */
PetscErrorCode OperatingPointFromDispatch(Network net, Dispatch dispatch, PetscInt hour, OperatingPoint *point);

#endif
