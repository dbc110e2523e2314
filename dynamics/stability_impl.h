/* The stability study's insides, shared by its files. */
#ifndef ARCHIPELAGO_DYNAMICS_STABILITY_IMPL_H
#define ARCHIPELAGO_DYNAMICS_STABILITY_IMPL_H

#include "dynamics/integrator.h"
#include "dynamics/stability.h"

struct _p_Stability {
  StabilityOptions options;
  Equations        equations;
  Integrator       integrator; /* NULL when the equations have a problem */
  Verdict          verdict;
  PetscReal       *sample, *rate; /* [unknowns] workspace */
  StabilityEvent  *event;         /* sorted by time */
  PetscInt         n_events;
  PetscBool        angle_only; /* synchronism alone decides */
};

#endif
