/* The differential-algebraic system 0 = F(t, y, y') of a network and its devices, with its sparse Jacobian.

   Unknowns y[n]: the unknowns of all parts, part by part, then (V_re, V_im) of every bus, per unit, in the frame of the
   operating point. Equations: the parts' own, then the current balance Y V - I = 0 of every bus. Loads, shunts and units
   without a device are constant admittances in Y. The bus of a bolted fault, and every bus of an island in which nothing
   forms a voltage, has the equation V = 0 instead: exact, and well conditioned. (P. Kundur, 1994, sections 6.1 and
   13.3.) */
#ifndef ARCHIPELAGO_DYNAMICS_EQUATIONS_H
#define ARCHIPELAGO_DYNAMICS_EQUATIONS_H

#include "dynamics/device_table.h"
#include "dynamics/operating_point.h"

#include <stdint.h>

/* A unit or load of the network that has parts. */
typedef struct {
  DeviceSite kind;
  PetscInt   row, bus; /* of the network's generators, storage units or loads; index of its bus */
  PetscInt   first_part, n_parts;
  PetscReal  base_ratio;                    /* its MVA base / the network's */
  PetscInt   signal_unknown[SIGNAL_COUNT];  /* the unknown that carries it, or -1: constant */
  PetscReal  signal_constant[SIGNAL_COUNT]; /* NAN where it has none */
  PetscReal  inertia;                       /* H, s, on the network's base; 0 where the model has none */
  PetscBool  machine;                       /* it has an angle: a machine or a grid-forming inverter */
  PetscBool  online;                        /* not tripped */
  PetscBool  frozen; /* tripped, or at a dead bus: its unknowns stand still, it feeds nothing in */
} Site;

typedef struct {
  const DeviceModel *model;
  PetscInt           site;
  PetscInt           line;     /* of the device table's file, 0: a default */
  PetscInt           first;    /* first unknown */
  PetscInt          *input;    /* [model->n_inputs] unknowns, -1: the site's constant */
  PetscReal         *data;     /* [model->n_data] */
  PetscInt          *mode;     /* [model->n_modes] */
  int64_t           *position; /* [model->n_entries] where the local Jacobian's entries go, -1: nowhere */
} Part;

/* A short circuit along a branch: `at` is the distance from the from end, 0 to 1; r + jx to ground, per unit. */
typedef struct {
  PetscBool on;
  PetscReal at, r, x;
} BranchFault;

typedef struct _s_Equations {
  Network    net; /* borrowed */
  PetscReal  frequency_hz;
  PetscInt   n, n_states; /* unknowns; of them the parts' */
  PetscInt   n_sites, n_parts, n_machines;
  Site      *site;
  Part      *part;
  PetscInt  *machine; /* [n_machines] sites that have an angle, in the order of the sites */
  PetscInt   n_switching;
  PetscInt  *switching;    /* [n_switching] parts that have modes */
  PetscBool *differential; /* [n] */
  PetscReal *nominal;      /* [n] size of a change that matters */
  PetscReal *start;        /* [n] the operating point, an equilibrium */
  PetscReal  mismatch_pu;  /* largest power that was missing at a bus of the operating point... */
  PetscInt   mismatch_bus; /* ...and where; it became an admittance */
  char       problem[512]; /* why the system cannot be simulated, or empty */
  PetscInt   n_warnings;   /* parts whose start is suspicious */
  char       warning[512]; /* the first of them */

  int64_t   *column_start; /* [n + 1] the Jacobian's pattern, by columns */
  int64_t   *row_index;    /* [entries] ascending in each column */
  PetscReal *linear;       /* [entries] its constant part: the network */

  PetscReal   *admittance;    /* [buses][2] conductance, susceptance of loads, shunts and units without a device */
  PetscReal   *negative_load; /* [generators][2] of it, that of generators without a device */
  PetscReal   *load_step;     /* [buses][2] admittance of loads that events added */
  PetscBool   *branch_closed; /* [branches] */
  BranchFault *branch_fault;  /* [branches] */
  PetscReal   *fault;         /* [buses][2] admittance of a fault */
  PetscBool   *bolted;        /* [buses] */
  PetscInt    *island;        /* [buses] index of its island, -1: nothing forms a voltage in it */
  PetscBool   *live;          /* [buses] has a current balance */
  PetscInt     n_islands;     /* in which something forms a voltage */
  PetscInt     n_dead_buses;  /* in the others */
  PetscReal    lost_load_mw;  /* of the operating point, at dead buses */
  PetscReal   *held;          /* [n] where frozen unknowns stand */
  PetscReal   *load_mw;       /* [buses] of the operating point */
  PetscReal   *vm_start;      /* [buses] voltage magnitude of the operating point */

  PetscInt  *parent;     /* [buses] workspace */
  PetscReal *data_arena; /* of all parts, and as they were at the start */
  PetscReal *data_start;
  PetscInt  *mode_arena, *mode_start;
  PetscInt   n_data_arena, n_mode_arena, *input_arena;
  int64_t   *position_arena;
  PetscReal *constant_start; /* [sites][SIGNAL_COUNT] */
} * Equations;

/* Not collective. Builds the system at an operating point. Units named by the table and online are sites; loads without a
   part, shunts, links, and the other units are admittances that draw what the operating point says. What its power
   balance lacks, `mismatch_pu`, becomes an admittance too, so that the start is an equilibrium. */
PetscErrorCode EquationsCreate(Network net, OperatingPoint point, DeviceTable table, PetscReal frequency_hz,
                               Equations *equations);
PetscErrorCode EquationsDestroy(Equations *equations);

/* Back to the start: topology of the network, no faults, all sites online, references and modes as initialised. */
PetscErrorCode EquationsReset(Equations eq);
/* Call after branch_closed, faults, load_step or a site's online were changed: islands, frozen sites, and the network's
   part of the Jacobian. y[n]: where sites that freeze now stand still. */
PetscErrorCode EquationsUpdateTopology(Equations eq, const PetscReal *y);
/* Puts an impedance r + jx (per unit) between a bus and ground; both zero: bolted. */
void EquationsApplyFault(Equations eq, PetscInt bus, PetscReal r, PetscReal x);
void EquationsClearFault(Equations eq, PetscInt bus);

/* f[n] = F(y, yp). */
void EquationsResidual(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal *f);
/* value[entries] = dF/dy + cj dF/dy' on the pattern. */
void EquationsJacobian(Equations eq, const PetscReal *y, const PetscReal *yp, PetscReal cj, PetscReal *value);

/* Smallest margin of a part's modes at y; *which: the mode. Positive where it is frozen. */
PetscReal EquationsMargin(Equations eq, PetscInt part, const PetscReal *y, PetscInt *which);
/* Changes a mode of a part, which may set its own unknowns in y. */
void EquationsChangeMode(Equations eq, PetscInt part, PetscInt which, PetscReal *y);
/* Whether a part, a relay, wants its site disconnected now. */
PetscBool EquationsTrips(Equations eq, PetscInt part);

/* Own residual of one part, f[n_unknowns + 2]. */
void EquationsPartResidual(Equations eq, PetscInt part, const PetscReal *y, const PetscReal *yp, PetscReal *f);

/* The site of a unit or load, or -1. */
PetscInt EquationsFindSite(Equations eq, DeviceSite kind, PetscInt row);
/* Where the reference of this name ("vref", "pref", ...) of a site stands: a part's datum, or for "pref", "efd" without
   a part that has it the constant signal. NULL when there is none. */
PetscReal *EquationsReference(Equations eq, PetscInt site, const char *name);
/* A signal of a site at y, NAN when it has none. */
static inline PetscReal EquationsSignal(Equations eq, PetscInt site, DeviceSignal signal, const PetscReal *y)
{
  const PetscInt at = eq->site[site].signal_unknown[signal];
  return at >= 0 ? y[at] : eq->site[site].signal_constant[signal];
}
/* Power that a site feeds in, per unit on the network's base. */
void EquationsPower(Equations eq, PetscInt site, const PetscReal *y, PetscReal *p, PetscReal *q);
/* Powers that flow into a branch at its from and to ends, per unit; zero where it is open. flow[4]: p_from, q_from,
   p_to, q_to. */
void EquationsBranchFlow(Equations eq, PetscInt branch, const PetscReal *y, PetscReal flow[4]);
/* "101:1": bus number and unit of a site. */
const char *EquationsSiteLabel(Equations eq, PetscInt site, char *text, size_t size);

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
