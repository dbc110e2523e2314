/* Device models behind one table of operations: what the equations need to know of a machine, whatever its kind.

   A device stands at a bus. Its local unknowns u are its own states followed by the bus voltage:
     u = [states..., V_re, V_im],
   its local equations f are one per state followed by the current it injects into the bus:
     f = [state equations..., I_re, I_im].
   Quantities are per unit on the network's base; angles in radians in the frame that turns with nominal frequency.
   A differential state's equation reads 0 = u' - g(u): its rate stands with coefficient one. */
#ifndef ARCHIPELAGO_DYNAMICS_DEVICE_H
#define ARCHIPELAGO_DYNAMICS_DEVICE_H

#include <petscsys.h>

/* Upper bound of n_states + 2 over all models; a model that needs more raises it. */
#define DEVICE_MAX_LOCAL 32
/* Upper bounds of n_entries and n_parameters. */
#define DEVICE_MAX_ENTRIES 256
#define DEVICE_MAX_PARAMETERS 64

typedef enum { PARAMETER_ANY, PARAMETER_NOT_NEGATIVE, PARAMETER_POSITIVE } ParameterRange;

typedef struct {
  const char    *name; /* as data files call it */
  const char    *unit;
  ParameterRange range;
} DeviceParameter;

typedef struct {
  const char *name, *unit;
  PetscBool   differential; /* otherwise its equation is algebraic */
  PetscReal   nominal;      /* size of a change that matters, in the state's unit: scales the absolute tolerance */
} DeviceState;

/* An entry of the local Jacobian that can be different from zero. */
typedef struct {
  PetscInt row, column;
} DeviceEntry;

/* What a device starts from. */
typedef struct {
  PetscReal v_re, v_im;    /* bus voltage */
  PetscReal p, q;          /* injected power */
  PetscReal base_ratio;    /* device's MVA base / network's MVA base */
  PetscReal omega_nominal; /* 2 pi f, rad/s */
} DeviceStart;

typedef enum {
  DEVICE_ANGLE, /* rotor angle, rad */
  DEVICE_SPEED, /* deviation from nominal, per unit */
  DEVICE_P,     /* injected active power */
  DEVICE_Q,     /* injected reactive power */
  DEVICE_PMECH, /* mechanical power */
  DEVICE_EFD    /* field voltage (classical machine: the constant voltage behind its reactance) */
} DeviceOutput;

typedef struct {
  const char            *name;   /* as data files call it, capitals */
  const char            *source; /* where its equations stand */
  PetscInt               n_parameters;
  const DeviceParameter *parameter;
  PetscInt               n_states;
  const DeviceState     *state;
  PetscInt               n_data; /* numbers that initialise() leaves for the other operations */
  PetscInt               n_entries;
  const DeviceEntry     *entry; /* rows and columns of the local Jacobian, below n_states + 2 */
  /* Sets the states to an equilibrium at the start and fills data; parameters as in the file, on the device's base.
     NULL when it can, otherwise why it cannot. */
  const char *(*initialise)(const DeviceStart *start, const PetscReal *parameter, PetscReal *data, PetscReal *state);
  /* f[n_states + 2] from u[n_states + 2] and the rates up[n_states]. */
  void (*residual)(const PetscReal *data, const PetscReal *u, const PetscReal *up, PetscReal *f);
  /* value[k] = df/du + cj df/dup at entry[k]. */
  void (*jacobian)(const PetscReal *data, const PetscReal *u, const PetscReal *up, PetscReal cj, PetscReal *value);
  /* An output, NAN when the model has none of the kind. */
  PetscReal (*output)(DeviceOutput output, const PetscReal *data, const PetscReal *u);
} DeviceModel;

/* The model of this name (any case), or NULL. */
const DeviceModel *DeviceModelFind(const char *name);
/* The k-th model known, or NULL past the last. */
const DeviceModel *DeviceModelGet(PetscInt k);

/* Names of all models, separated by ", ". */
const char *DeviceModelNames(void);

/* Classical machine. Parameters: H (s), D (per unit power per per unit speed), xd1 (per unit). */
extern const DeviceModel DeviceGencls;

enum { GENCLS_H, GENCLS_D, GENCLS_XD1, GENCLS_PARAMETERS };

#endif
