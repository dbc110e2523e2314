/* How a program's minimiser answers to small changes of its objective. */
#ifndef ARCHIPELAGO_SOLVER_INTERIOR_POINT_RESPONSE_H
#define ARCHIPELAGO_SOLVER_INTERIOR_POINT_RESPONSE_H

#include "solver/interior_point.h"

/* After a solve: dx [n], the derivative of the minimiser by t of f(x) + t linear' x at t = 0, from the factors of the last step.
   Their barrier parameter is a little larger than the final one, which smooths the answer of bounds that are about to bind; where
   the last step needed more convexity, so does the answer. *available is false, and dx zero, where the last solve made no step. */
PetscErrorCode InteriorPointResponse(InteriorPoint ip, const PetscReal *linear, PetscReal *dx, PetscBool *available);

#endif
