/* How loads without a device of their own depend on their voltage. */
#ifndef ARCHIPELAGO_DYNAMICS_DEVICE_LOADS_H
#define ARCHIPELAGO_DYNAMICS_DEVICE_LOADS_H

#include "dynamics/device_table.h"

typedef enum {
  LOAD_MODEL_IMPEDANCE, /* admittances of the network */
  LOAD_MODEL_CURRENT,   /* constant current, below 0.5 per unit constant impedance */
  LOAD_MODEL_POWER,     /* constant power, below 0.7 per unit constant impedance */
  LOAD_MODEL_DATA       /* what the network says: constant current in its shares, the rest constant power */
} LoadModel;

/* Not collective. Gives every load in service that has no load model of its own the ZIP model that this says: those with
   a relay always, the others unless they are plain admittances. Returns how many got one. */
PetscErrorCode DeviceTableAddLoads(DeviceTable table, Network net, LoadModel model, PetscInt *count);

#endif
