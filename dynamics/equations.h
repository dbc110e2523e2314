/* The differential-algebraic system 0 = F(t, y, y') of a network and its devices, with its sparse Jacobian.

   Unknowns y[n]: the states of all devices, device by device, then (V_re, V_im) of every bus, per unit, in the frame of
   the operating point. Equations: the devices' own, then the current balance Y V - I = 0 of every bus. Whatever is no
   device is a constant admittance in Y. The bus of a bolted fault, and every bus of an island without a machine, has the
   equation V = 0 instead: exact, and well conditioned. (P. Kundur, 1994, sections 6.1 and 13.3.) */
#ifndef ARCHIPELAGO_DYNAMICS_EQUATIONS_H
#define ARCHIPELAGO_DYNAMICS_EQUATIONS_H

#include "dynamics/device_table.h"
#include "dynamics/operating_point.h"

#include <stdint.h>

typedef struct {
  const DeviceModel *model;
  DeviceSite         site;
  PetscInt           row;      /* of the network's generators or storage units */
  PetscInt           bus;      /* index */
  PetscInt           first;    /* first unknown */
  PetscReal         *data;     /* [model->n_data] */
  int64_t           *position; /* [model->n_entries] where the local Jacobian's entries go */
} Device;

typedef struct _s_Equations {
  Network    net;         /* borrowed */
  PetscInt   n, n_states; /* unknowns; of them the devices' */
  PetscInt   n_devices;
  Device    *device;
  PetscBool *differential; /* [n] */
  PetscReal *nominal;      /* [n] size of a change that matters */
  PetscReal *start;        /* [n] the operating point, an equilibrium */
  PetscReal  mismatch_pu;  /* largest power that was missing at a bus of the operating point... */
  PetscInt   mismatch_bus; /* ...and where; it became an admittance */
  char       problem[256]; /* why the system cannot be simulated, or empty */

  int64_t   *column_start; /* [n + 1] the Jacobian's pattern, by columns */
  int64_t   *row_index;    /* [entries] ascending in each column */
  PetscReal *linear;       /* [entries] its constant part: the network */

  PetscReal *admittance;    /* [buses][2] conductance, susceptance of loads, shunts and units without a model */
  PetscBool *branch_closed; /* [branches] */
  PetscReal *fault;         /* [buses][2] admittance of a fault */
  PetscBool *bolted;        /* [buses] */
  PetscInt  *island;        /* [buses] index of its island, -1: no machine in it */
  PetscBool *live;          /* [buses] has a current balance */
  PetscInt   n_islands;     /* with a machine */
  PetscInt   n_dead_buses;  /* in islands without one */
  PetscReal  lost_load_mw;  /* of the operating point, at dead buses */
  PetscInt  *parent;        /* [buses] workspace */
  PetscReal *load_mw;       /* [buses] */
} * Equations;

/* Not collective. Builds the system at an operating point. Units named by the table and online are devices; loads,
   shunts, links, storage and the other units are admittances that draw what the operating point says. What its power
   balance lacks, `mismatch_pu`, becomes an admittance too, so that the start is an equilibrium. */
PetscErrorCode EquationsCreate(Network net, OperatingPoint point, DeviceTable table, PetscReal frequency_hz,
                               Equations *equations);
PetscErrorCode EquationsDestroy(Equations *equations);

/* Back to the topology of the network, without faults. */
PetscErrorCode EquationsResetTopology(Equations eq);
/* Call after branch_closed, fault or bolted were changed: islands and the network's part of the Jacobian. */
PetscErrorCode EquationsUpdateTopology(Equations eq);
/* Puts an impedance r + jx (per unit) between a bus and ground; both zero: bolted. */
void EquationsApplyFault(Equations eq, PetscInt bus, PetscReal r, PetscReal x);
void EquationsClearFault(Equations eq, PetscInt bus);

/* f[n] = F(y, yp). */
void EquationsResidual(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal *f);
/* value[entries] = dF/dy + cj dF/dy' on the pattern. */
void EquationsJacobian(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal cj, PetscReal *value);

/* Output of a device at y, NAN when it has none. */
PetscReal EquationsOutput(Equations eq, PetscInt device, DeviceOutput output, const PetscReal *y);
/* Index of V_re of a bus in y; V_im follows. */
static inline PetscInt EquationsBusUnknown(Equations eq, PetscInt bus)
{
  return eq->n_states + 2 * bus;
}
static inline int64_t EquationsEntries(Equations eq)
{
  return eq->column_start[eq->n];
}

#endif
