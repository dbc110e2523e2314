/* Device models behind one table of operations: what the equations need to know of a machine, an exciter, a governor, an
   inverter, a load or a relay, whatever its kind.

   Several parts can stand at one *site* (a generator, a storage unit or a load of the network): a machine, its exciter,
   its governor. They hand each other *signals*. A part produces a signal as one of its own unknowns, and reads the
   signals of other parts of its site, and voltages of buses, as inputs. A signal that no part of the site produces is a
   constant, with the value that initialisation gave it: a machine without an exciter has constant field voltage.

   The local unknowns of a part are its own unknowns followed by its inputs,
     u = [own unknowns..., inputs...],
   its local equations one per own unknown, followed, when it feeds the network, by the current it injects into the bus,
     f = [own equations..., I_re, I_im].
   Voltages and injected currents are per unit on the network's base; signals between parts are per unit on the site's
   MVA base; angles in radians in the frame that turns with nominal frequency; speeds and frequencies are deviations from
   nominal, per unit. An own unknown is differential or algebraic (also: a lag whose time constant is zero is algebraic);
   a differential one's equation reads 0 = x' - g(u): its own rate stands with coefficient one. The inline blocks of
   block.h write lags, washouts and limited integrators that way.

   *Modes* are for what jumps: an integrator at its limit, a relay that counts, a frozen control. The equations are
   smooth while modes stay; a mode's margin falls below zero when it has to change. Kinks without a jump (clamps, dead
   bands, tables) need no mode. */
#ifndef ARCHIPELAGO_DYNAMICS_DEVICE_H
#define ARCHIPELAGO_DYNAMICS_DEVICE_H

#include <petscsys.h>

/* Upper bounds over all models of n_unknowns + n_inputs, n_entries, n_parameters, n_modes; a model that needs more
   raises them. */
#define DEVICE_MAX_LOCAL 64
#define DEVICE_MAX_ENTRIES 384
#define DEVICE_MAX_PARAMETERS 96
#define DEVICE_MAX_MODES 24

typedef enum { DEVICE_AT_GENERATOR, DEVICE_AT_STORAGE, DEVICE_AT_LOAD } DeviceSite;

/* In the order in which the parts of a site are initialised: each finds what those before it asked for. */
typedef enum {
  DEVICE_SOURCE,     /* feeds the network: machine, inverter, load. From P, Q and V it finds what it must be fed. */
  DEVICE_EXCITER,    /* field voltage, or the electrical control of an inverter */
  DEVICE_GOVERNOR,   /* mechanical power, or the plant control of an inverter */
  DEVICE_STABILISER, /* adds to the exciter's voltage error */
  DEVICE_METER,      /* measures; added by the equations where a signal is wanted */
  DEVICE_PROTECTION  /* may trip the site or shed load; a site may have several */
} DeviceKind;

typedef enum {
  SIGNAL_V_RE, /* voltage of the site's bus, per unit */
  SIGNAL_V_IM,
  SIGNAL_REGULATED_V_RE, /* of the bus that the part's PARAMETER_BUS number 0 names; 0 there: the site's own bus */
  SIGNAL_REGULATED_V_IM,
  SIGNAL_FROM_V_RE, /* of the ends of the branch that the part's PARAMETER_BRANCH names, seen from the metered end */
  SIGNAL_FROM_V_IM,
  SIGNAL_TO_V_RE,
  SIGNAL_TO_V_IM,
  SIGNAL_ANGLE, /* rotor angle, or that of an inverter's internal voltage, rad */
  SIGNAL_SPEED, /* rotor speed, or an inverter's internal frequency: deviation, per unit */
  SIGNAL_PE,    /* electrical power at the air gap, per unit on the site's base */
  SIGNAL_IFD, /* field current, per unit such that 1 gives rated open-circuit voltage without saturation (X_ad I_fd) */
  SIGNAL_EFD, /* field voltage, same base; of a classical machine its constant voltage */
  SIGNAL_PM,  /* mechanical power, or what stands for it */
  SIGNAL_VS,  /* stabiliser's output, per unit voltage; 0 unless produced */
  SIGNAL_P_GEN, /* active and reactive power that an inverter feeds in, per unit on the site's base */
  SIGNAL_Q_GEN,
  SIGNAL_IP_CMD, /* active and reactive current command of an inverter, per unit on the site's base */
  SIGNAL_IQ_CMD,
  SIGNAL_P_REF,             /* plant control to electrical control */
  SIGNAL_Q_REF,             /* ... reactive power, or voltage, as the electrical control's flags say */
  SIGNAL_FREQUENCY,         /* of the site's bus: deviation, per unit, measured by a DEVICE_METER */
  SIGNAL_CHARGE,            /* state of charge, 0 to 1 */
  SIGNAL_CONNECTED,         /* share of a load that under-frequency relays leave connected; 1 unless produced */
  SIGNAL_CONNECTED_VOLTAGE, /* ... and under-voltage relays */
  SIGNAL_COUNT
} DeviceSignal;

typedef enum {
  PARAMETER_ANY,
  PARAMETER_NOT_NEGATIVE,
  PARAMETER_POSITIVE,
  PARAMETER_FLAG, /* a whole number */
  PARAMETER_BUS,  /* a bus number of the file; the device table stores the bus's index, -1 for 0 (the site's own bus) */
  PARAMETER_CIRCUIT /* text; with the two PARAMETER_BUS before it names a branch. The device table stores the branch's
                       index, -1 when the buses are 0. Then it counts as PARAMETER_BRANCH. */
} ParameterRange;
#define PARAMETER_BRANCH PARAMETER_CIRCUIT

typedef struct {
  const char    *name; /* as data sheets call it; a CSV column's name */
  const char    *unit;
  ParameterRange range;
} DeviceParameter;

typedef struct {
  const char *name, *unit;
  PetscReal   nominal; /* size of a change that matters, in the unknown's unit: scales the absolute tolerance */
} DeviceUnknown;

/* A signal that the part produces as its own unknown of this index. */
typedef struct {
  DeviceSignal signal;
  PetscInt     unknown;
} DeviceOutput;

/* An entry of the local Jacobian that can be different from zero. */
typedef struct {
  PetscInt row, column; /* row < n_unknowns (+ 2 when it feeds the network), column < n_unknowns + n_inputs */
} DeviceEntry;

/* A reference that an event can change while the simulation runs ("vref", "pref", "qref", "fref"). */
typedef struct {
  const char *name;
  PetscInt    data; /* index */
} DeviceReference;

#define DEVICE_TEXT 200

/* What a part starts from, and what its initialisation leaves. */
typedef struct {
  /* given */
  PetscReal v_re, v_im;                                                 /* voltage of the site's bus, per unit */
  PetscReal regulated_re, regulated_im, from_re, from_im, to_re, to_im; /* as the signals; own bus where not named */
  PetscReal branch_y[4][2];     /* of the monitored branch: the two-port's ff, ft, tf, tt as (g, b), network's base */
  PetscReal p, q;               /* power that the site feeds in, per unit on the network's base (loads: negative) */
  PetscReal base_ratio;         /* site's MVA base / network's MVA base */
  PetscReal omega_nominal;      /* 2 pi f, rad/s */
  PetscReal r_source, x_source; /* of the site's generator, per unit on its base; NAN unknown */
  PetscReal p_max;              /* of the site's unit, per unit on its base; infinite unknown */
  const PetscReal *parameter;   /* [n_parameters] as in the file, on the site's base */
  /* both: [SIGNAL_COUNT]. Before: what the parts initialised earlier asked for or produce (NAN: nobody yet; VS 0,
     FREQUENCY 0, CONNECTED 1). A part reads its own output's wanted value here, and writes the values that its inputs
     must have. */
  PetscReal *signal;
  /* left */
  PetscReal *data;                 /* [n_data] numbers for the other operations */
  PetscReal *unknown;              /* [n_unknowns] an equilibrium: all rates zero */
  PetscBool *differential;         /* [n_unknowns] preset true */
  PetscInt  *mode;                 /* [n_modes] preset 0 */
  char       problem[DEVICE_TEXT]; /* why it cannot start, or empty */
  char       warning[DEVICE_TEXT]; /* what is suspicious (an initial value outside its limits, which then are widened to
                                      it), or empty */
} DeviceStart;

typedef struct {
  const char            *name;   /* as data files call it, capitals */
  const char            *alias;  /* what they call it too, or NULL */
  const char            *title;  /* a few words: "round-rotor machine" */
  const char            *source; /* where its block diagram and equations stand */
  DeviceKind             kind;
  PetscBool              feeds_network;
  PetscInt               n_parameters;
  const DeviceParameter *parameter; /* in the order of a DYR record */
  PetscInt             n_optional;  /* of them, the last ones, may be missing: NAN, for which the model has a default */
  PetscBool            at_load;     /* stands for a load or sheds one, rather than at a generator or storage unit */
  PetscInt             n_unknowns;
  const DeviceUnknown *unknown;
  PetscInt             n_inputs;
  const DeviceSignal  *input;
  PetscInt             n_outputs;
  const DeviceOutput  *output;
  PetscInt             n_references;
  const DeviceReference *reference;
  PetscInt               n_data, n_modes;
  PetscInt               n_entries;
  const DeviceEntry     *entry;
  /* Looks at parameters in isolation. Returns NULL, or what is impossible (X''d above X'd), in *error true, or merely
     suspicious, in *error false. May be NULL. The text is static or in a static buffer. */
  const char *(*check)(const PetscReal *parameter, PetscBool *error);
  void (*initialise)(DeviceStart *start);
  /* f[n_unknowns (+ 2)] from u[n_unknowns + n_inputs] and the rates up[n_unknowns]. */
  void (*residual)(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f);
  /* value[k] = df/du + cj df/dup at entry[k]. */
  void (*jacobian)(const PetscReal *data, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                   PetscReal *value);
  /* margin[n_modes]: below zero when mode[k] has to change. NULL when n_modes is 0. */
  void (*margin)(const PetscReal *data, const PetscInt *mode, const PetscReal *u, PetscReal *margin);
  /* Changes mode[k], whose margin fell below zero. May set own unknowns (a timer to zero, an integrator to its limit). */
  void (*change)(const PetscReal *data, PetscInt k, PetscReal *u, PetscInt *mode);
  /* Whether the site is to be disconnected now: relays only, otherwise NULL. */
  PetscBool (*trips)(const PetscReal *data, const PetscInt *mode);
} DeviceModel;

/* The model of this name or further name (any case), or NULL. */
const DeviceModel *DeviceModelFind(const char *name);
/* Names of all models, separated by ", ". */
const char *DeviceModelNames(void);
/* Index of a parameter by name (any case), or -1. */
PetscInt DeviceModelParameter(const DeviceModel *model, const char *name);

#define DEVICE_COUNT(array) ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(array))

/* A model lists its Jacobian's entries once, #define ENTRIES(X) X(DELTA, SPEED) ..., and has from it the table and a name
   for each entry's place: value[J_DELTA_SPEED]. */
#define DEVICE_ENTRY(row, column) {row, column},
#define DEVICE_ENTRY_NAME(row, column) J_##row##_##column,

/* Classical machine. Parameters: H (s), D (per unit power per per unit speed), and xd1 (per unit), which DYR records do
   not have: NAN takes the generator's source reactance. */
extern const DeviceModel DeviceGencls;
enum { GENCLS_H, GENCLS_D, GENCLS_XD1, GENCLS_PARAMETERS };

#endif
