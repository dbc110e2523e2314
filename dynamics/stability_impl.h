/* The stability study's insides, shared by its files. */
#ifndef ARCHIPELAGO_DYNAMICS_STABILITY_IMPL_H
#define ARCHIPELAGO_DYNAMICS_STABILITY_IMPL_H

#include "dynamics/integrator.h"
#include "dynamics/stability.h"

typedef struct {
  PetscReal time;
  PetscInt  fault; /* index */
  PetscBool clears;
} Event;

struct _p_Stability {
  StabilityOptions options;
  Equations        equations;
  Integrator       integrator;       /* NULL when the equations have a problem */
  PetscReal       *sample;           /* [unknowns] workspace */
  PetscReal       *angle;            /* [machines] workspace */
  PetscInt        *lowest, *highest; /* [islands, at most machines] workspace */
  Event           *event;
  PetscInt         n_events;
};

#endif
