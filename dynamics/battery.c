/* BATTERY and BATTERY_GFL, the store behind an inverter: its state of charge is the integral of what the inverter takes
   from it.
     dc/dt = -P / (3600 hours) for P > 0 divided by the efficiency of discharge, for P < 0 times that of charge,
   with P the power fed in, per unit on the site's base, and c from 0 (empty) to 1 (full).
   The charge limits active power: near empty the upper limit of power, near full the lower one tapers to zero
   (DischargeShare, ChargeShare in grid_forming.h). A battery that feeds in at the start is not at rest: its charge has a
   rate from the first instant on, all other rates are zero.

   BATTERY stands behind a grid-forming inverter, which reads the charge: Pmax is lost that way. Its kind is a meter: it
   reads what the site feeds in, asks nothing of its inputs, and so stands beside any source and control.
   BATTERY_GFL stands behind a grid-following one, whose electrical control follows a power order:
     P_ref = pref - KF f within Pmin and Pmax, as far as the charge leaves them.
   It takes the place of a plant control, as its kind says. */
#include "dynamics/grid_forming.h"

enum { HOURS, CHARGE_AT_START, ETA_OUT, ETA_IN, N_PARAMETERS, PMAX = N_PARAMETERS, PMIN, KF, N_ORDER_PARAMETERS };

/* `hours`: energy capacity / MVA base. An efficiency of 0 or missing (NAN): 1. */
static const DeviceParameter parameters[N_ORDER_PARAMETERS] = {
    [HOURS]           = {"hours", "h", PARAMETER_POSITIVE},
    [CHARGE_AT_START] = {"charge", "1", PARAMETER_NOT_NEGATIVE},
    [ETA_OUT]         = {"efficiency_out", "1", PARAMETER_NOT_NEGATIVE},
    [ETA_IN]          = {"efficiency_in", "1", PARAMETER_NOT_NEGATIVE},
    [PMAX]            = {"Pmax", "1", PARAMETER_ANY}, /* BATTERY_GFL alone from here on */
    [PMIN]            = {"Pmin", "1", PARAMETER_ANY},
    [KF]              = {"KF", "1", PARAMETER_NOT_NEGATIVE},
};

enum { CHARGE, N_UNKNOWNS, P_REF = N_UNKNOWNS, N_ORDER_UNKNOWNS };
enum { P_GEN = N_UNKNOWNS };
enum { ORDER_P_GEN = N_ORDER_UNKNOWNS, FREQUENCY };

static const DeviceUnknown unknowns[] = {[CHARGE] = {"charge", "1", 1e-2}, [P_REF] = {"Pref", "1", 1.0}};
static const DeviceSignal  inputs[]   = {SIGNAL_P_GEN, SIGNAL_FREQUENCY};
static const DeviceOutput  outputs[]  = {{SIGNAL_CHARGE, CHARGE}, {SIGNAL_P_REF, P_REF}};
enum { D_OUT, D_IN, N_DATA, D_PMAX = N_DATA, D_PMIN, D_KF, D_PREF, N_ORDER_DATA };
/* D_OUT, D_IN: charge lost per second and power, when power is fed in and taken up. */
static const DeviceReference references[] = {{"pref", D_PREF}};

static const DeviceEntry entries[] = {{CHARGE, CHARGE}, {CHARGE, P_GEN}};
enum { J_CHARGE, J_P_GEN };
static const DeviceEntry order_entries[] = {
    {CHARGE, CHARGE}, {CHARGE, ORDER_P_GEN}, {P_REF, P_REF}, {P_REF, CHARGE}, {P_REF, FREQUENCY}};
enum { J_P_REF = 2, J_P_REF_CHARGE, J_P_REF_FREQUENCY };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[CHARGE_AT_START] > 1.0) return "charge is above 1";
  if (p[ETA_OUT] > 1.0 || p[ETA_IN] > 1.0) return "an efficiency is above 1";
  *error = PETSC_FALSE;
  return p[HOURS] > 200.0 ? "hours is above 200: it may be meant in MWh" : NULL;
}

static const char *CheckOrder(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  return p[PMIN] <= 0.0 && p[PMAX] >= 0.0 ? Check(p, error) : "zero power is not between Pmin and Pmax";
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

/* Charge lost per second and power. */
static PetscReal Loss(const PetscReal *d, PetscReal power)
{
  return power > 0.0 ? d[D_OUT] : d[D_IN];
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  (void)mode;
  f[CHARGE] = up[CHARGE] + Loss(d, u[P_GEN]) * u[P_GEN];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  (void)mode, (void)up;
  j[J_CHARGE] = cj;
  j[J_P_GEN]  = Loss(d, u[P_GEN]);
}

/* ---------------------------------------------------------------- with a power order */

static void InitialiseOrder(DeviceStart *start)
{
  const PetscReal *p = start->parameter, order = start->signal[SIGNAL_P_REF];
  PetscReal       *d = start->data;
  Initialise(start);
  if (start->problem[0]) return;
  if (PetscIsNanReal(order)) {
    snprintf(start->problem, DEVICE_TEXT, "there is no electrical control at its unit that follows a power order");
    return;
  }
  d[D_PMAX] = p[PMAX], d[D_PMIN] = p[PMIN], d[D_KF] = p[KF], d[D_PREF] = order;
  WidenLimits(start, "power order", order, &d[D_PMIN], &d[D_PMAX]);
  start->unknown[P_REF]      = order;
  start->differential[P_REF] = PETSC_FALSE;
}

static void ResidualOrder(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                          PetscReal *f)
{
  PetscReal       by_charge;
  const PetscReal max = UpperPower(d[D_PMAX], u[CHARGE], &by_charge),
                  min = LowerPower(d[D_PMIN], u[CHARGE], &by_charge);
  (void)mode;
  f[CHARGE] = up[CHARGE] + Loss(d, u[ORDER_P_GEN]) * u[ORDER_P_GEN];
  f[P_REF]  = u[P_REF] - Clamp(d[D_PREF] - d[D_KF] * u[FREQUENCY], min, max);
}

static void JacobianOrder(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                          PetscReal cj, PetscReal *j)
{
  PetscReal       max_charge, min_charge;
  const PetscReal max    = UpperPower(d[D_PMAX], u[CHARGE], &max_charge);
  const PetscReal min    = LowerPower(d[D_PMIN], u[CHARGE], &min_charge);
  const PetscReal wanted = d[D_PREF] - d[D_KF] * u[FREQUENCY];
  (void)mode, (void)up;
  j[J_CHARGE]          = cj;
  j[J_P_GEN]           = Loss(d, u[ORDER_P_GEN]);
  j[J_P_REF]           = 1.0;
  j[J_P_REF_CHARGE]    = wanted >= max ? -max_charge : wanted <= min ? -min_charge : 0.0;
  j[J_P_REF_FREQUENCY] = d[D_KF] * ClampX(wanted, min, max);
}

const DeviceModel DeviceBattery = {
    .name         = "BATTERY",
    .title        = "battery's state of charge",
    .source       = "energy balance",
    .kind         = DEVICE_METER,
    .n_parameters = N_PARAMETERS,
    .n_optional   = N_PARAMETERS - 2,
    .parameter    = parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = 1,
    .input        = inputs,
    .n_outputs    = 1,
    .output       = outputs,
    .n_data       = N_DATA,
    .n_entries    = DEVICE_COUNT(entries),
    .entry        = entries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
};

const DeviceModel DeviceBatteryGfl = {
    .name         = "BATTERY_GFL",
    .title        = "battery of a grid-following inverter",
    .source       = "energy balance",
    .kind         = DEVICE_GOVERNOR,
    .n_parameters = N_ORDER_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = N_ORDER_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(inputs),
    .input        = inputs,
    .n_outputs    = DEVICE_COUNT(outputs),
    .output       = outputs,
    .n_references = DEVICE_COUNT(references),
    .reference    = references,
    .n_data       = N_ORDER_DATA,
    .n_entries    = DEVICE_COUNT(order_entries),
    .entry        = order_entries,
    .check        = CheckOrder,
    .initialise   = InitialiseOrder,
    .residual     = ResidualOrder,
    .jacobian     = JacobianOrder,
};
