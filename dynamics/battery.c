/* BATTERY, the store behind an inverter: its state of charge is the integral of what the inverter takes from it.
     dc/dt = -P / (3600 hours) for P > 0 divided by the efficiency of discharge, for P < 0 times that of charge,
   with P the power fed in, per unit on the site's base, and c from 0 (empty) to 1 (full).
   The charge limits active power through the parts that read it: near empty the upper limit of power, near full the lower
   one tapers to zero (DischargeShare, ChargeShare in grid_forming.h). In a grid-forming inverter Pmax is lost that way.
   Its kind is a meter: it reads what the site feeds in, asks nothing of its inputs, and so stands beside any source,
   electrical and plant control. A battery that feeds in at the start is not at rest: its charge has a rate from the
   first instant on, all other rates are zero. */
#include "dynamics/grid_forming.h"

enum { HOURS, CHARGE_AT_START, ETA_OUT, ETA_IN, N_PARAMETERS };

/* `hours`: energy capacity / MVA base. An efficiency of 0 or missing (NAN): 1. */
static const DeviceParameter parameters[N_PARAMETERS] = {
    [HOURS]           = {"hours", "h", PARAMETER_POSITIVE},
    [CHARGE_AT_START] = {"charge", "1", PARAMETER_NOT_NEGATIVE},
    [ETA_OUT]         = {"efficiency_out", "1", PARAMETER_NOT_NEGATIVE},
    [ETA_IN]          = {"efficiency_in", "1", PARAMETER_NOT_NEGATIVE},
};

enum { CHARGE, N_UNKNOWNS };
enum { P_GEN = N_UNKNOWNS };

static const DeviceUnknown unknowns[] = {[CHARGE] = {"charge", "1", 1e-2}};
static const DeviceSignal  inputs[]   = {SIGNAL_P_GEN};
static const DeviceOutput  outputs[]  = {{SIGNAL_CHARGE, CHARGE}};
enum { D_OUT, D_IN, N_DATA }; /* charge lost per second and power, when power is fed in and taken up */

#define ENTRIES(E) E(CHARGE, CHARGE) E(CHARGE, P_GEN)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[CHARGE_AT_START] > 1.0) return "charge is above 1";
  if (p[ETA_OUT] > 1.0 || p[ETA_IN] > 1.0) return "an efficiency is above 1";
  *error = PETSC_FALSE;
  return p[HOURS] > 200.0 ? "hours is above 200: it may be meant in MWh" : NULL;
}

static PetscReal Efficiency(PetscReal value)
{
  return value > 0.0 ? value : 1.0;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p      = start->parameter;
  const PetscReal  charge = p[CHARGE_AT_START], power = start->p / start->base_ratio;
  PetscReal       *u = start->unknown;
  start->data[D_OUT] = 1.0 / (3600.0 * p[HOURS] * Efficiency(p[ETA_OUT]));
  start->data[D_IN]  = Efficiency(p[ETA_IN]) / (3600.0 * p[HOURS]);
  u[CHARGE]          = charge;
  /* The source beside it is in equilibrium with its full limits. */
  if (power > 0.0) u[CHARGE] = PetscMax(charge, CHARGE_TAPER);
  if (power < 0.0) u[CHARGE] = PetscMin(charge, 1.0 - CHARGE_TAPER);
  if (u[CHARGE] != charge)
    snprintf(start->warning, DEVICE_TEXT, "a charge of %.4g does not sustain its power %.4g: it starts with %.4g",
             (double)charge, (double)power, (double)u[CHARGE]);
  if (PetscIsNanReal(start->signal[SIGNAL_P_GEN]))
    snprintf(start->problem, DEVICE_TEXT, "there is no inverter at its unit whose power it could feed");
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  (void)mode;
  f[CHARGE] = up[CHARGE] + (u[P_GEN] > 0.0 ? d[D_OUT] : d[D_IN]) * u[P_GEN];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  (void)mode, (void)up;
  j[J_CHARGE_CHARGE] = cj;
  j[J_CHARGE_P_GEN]  = u[P_GEN] > 0.0 ? d[D_OUT] : d[D_IN];
}

const DeviceModel DeviceBattery = {
    .name         = "BATTERY",
    .title        = "battery's state of charge",
    .source       = "energy balance",
    .kind         = DEVICE_METER,
    .n_parameters = N_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(inputs),
    .input        = inputs,
    .n_outputs    = DEVICE_COUNT(outputs),
    .output       = outputs,
    .n_data       = N_DATA,
    .n_entries    = N_ENTRIES,
    .entry        = entries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
};
