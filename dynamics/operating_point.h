/* The operating point: voltages and injections from which a simulation starts. */
#ifndef ARCHIPELAGO_DYNAMICS_OPERATING_POINT_H
#define ARCHIPELAGO_DYNAMICS_OPERATING_POINT_H

#include "inputs/network.h"
#include "solver/powerflow.h"

typedef struct _s_OperatingPoint {
  PetscReal *vm_pu, *va_rad;            /* [buses] */
  PetscReal *generator_p, *generator_q; /* [generators] injected MW, Mvar */
  PetscBool *generator_online;          /* [generators] synchronised: an offline unit is no machine */
  PetscReal *load_p, *load_q;           /* [loads] consumed MW, Mvar; zero out of service */
  PetscReal *storage_p, *storage_q;     /* [storage] injected MW, Mvar; zero out of service */
  PetscReal *link_p_from,
      *link_q_from; /* [links] injected at the from bus, MW and Mvar: a link that takes 100 MW has -100 */
  PetscReal *link_p_to, *link_q_to; /* [links] injected at the to bus */
} * OperatingPoint;

/* Not collective. Sized for the network: voltages 1 per unit at 0, no injections, generators online when in service. The
   caller fills the arrays (an hour of a dispatch, say). */
PetscErrorCode OperatingPointCreate(Network net, OperatingPoint *point);

/* Not collective. From a power flow at a snapshot (-1: static values): loads at the snapshot, links at their set-points,
   storage idle. */
PetscErrorCode OperatingPointFromPowerFlow(Network net, const PowerFlow *flow, PetscInt snapshot,
                                           OperatingPoint *point);

/* Not collective. Takes off line every generator below this fraction of its p_max: in a dispatch without unit commitment
   a unit at zero output is not running, and its inertia must not be counted. Returns how many. */
PetscErrorCode OperatingPointOfflineBelow(OperatingPoint point, Network net, PetscReal fraction, PetscInt *count);

PetscErrorCode OperatingPointDestroy(OperatingPoint *point);

#endif
