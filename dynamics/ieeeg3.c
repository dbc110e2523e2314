/* IEEEG3, hydro turbine governor, linear: pilot valve TP and servo TG with limits on the gate's velocity and position,
   permanent droop SIGMA, temporary droop DELTA with dashpot TR, turbine
     A23 (1 + (A11 - A13 A21/A23) s TW)/(1 + A11 s TW).
   Siemens PTI, PSS/E model library, IEEEG3; IEEE Committee Report (1973), Dynamic models for steam and hydro turbines in
   power system studies. `pref` is the power, per unit on the unit's base, at nominal speed; the diagram's reference is
   SIGMA pref/A23. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { TG, TP, UO, UC, PMAX, PMIN, SIGMA, DELTA, TR, TW, A11, A13, A21, A23, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [TG]    = {"TG", "s", PARAMETER_POSITIVE},
    [TP]    = {"TP", "s", PARAMETER_NOT_NEGATIVE},
    [UO]    = {"UO", "1/s", PARAMETER_ANY},
    [UC]    = {"UC", "1/s", PARAMETER_ANY},
    [PMAX]  = {"PMAX", "1", PARAMETER_ANY},
    [PMIN]  = {"PMIN", "1", PARAMETER_ANY},
    [SIGMA] = {"SIGMA", "1", PARAMETER_NOT_NEGATIVE},
    [DELTA] = {"DELTA", "1", PARAMETER_NOT_NEGATIVE},
    [TR]    = {"TR", "s", PARAMETER_NOT_NEGATIVE},
    [TW]    = {"TW", "s", PARAMETER_NOT_NEGATIVE},
    [A11]   = {"A11", "1", PARAMETER_NOT_NEGATIVE},
    [A13]   = {"A13", "1", PARAMETER_ANY},
    [A21]   = {"A21", "1", PARAMETER_ANY},
    [A23]   = {"A23", "1", PARAMETER_POSITIVE},
};

enum { PILOT, GATE, DASHPOT, TURBINE, PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };

static const DeviceUnknown unknowns[] = {[PILOT]   = {"pilot valve", "1/s", 0.1},
                                         [GATE]    = {"gate", "1", 0.1},
                                         [DASHPOT] = {"dashpot", "1", 0.1},
                                         [TURBINE] = {"turbine", "1", 0.1},
                                         [PM]      = {"Pm", "1", 0.1}};
static const DeviceSignal  inputs[]   = {SIGNAL_SPEED};
static const DeviceOutput  outputs[]  = {{SIGNAL_PM, PM}};
/* D_LEAD and D_LAG: of the turbine's lead-lag. */
enum { D_TG, D_TP, D_UO, D_UC, D_MAX, D_MIN, D_SIGMA, D_DELTA, D_TR, D_LEAD, D_LAG, D_A23, D_PREF, N_DATA };
static const DeviceReference references[] = {{"pref", D_PREF}};

#define ENTRIES(E)                                                                                    \
  E(PILOT, PILOT)                                                                                     \
  E(PILOT, GATE)                                                                                      \
  E(PILOT, DASHPOT) E(PILOT, SPEED) E(GATE, GATE) E(GATE, PILOT) E(DASHPOT, DASHPOT) E(DASHPOT, GATE) \
      E(TURBINE, TURBINE) E(TURBINE, GATE) E(PM, PM) E(PM, TURBINE) E(PM, GATE)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[PMIN] < p[PMAX])) return "PMIN is not below PMAX";
  *error = PETSC_FALSE;
  if (p[UO] < 0.0 || p[UC] > 0.0) return "UO is negative or UC positive: their magnitudes are taken";
  if (p[SIGMA] == 0.0) return "SIGMA is zero: the unit regulates its speed without droop";
  if (p[TR] == 0.0 && p[DELTA] > 0.0) return "TR is zero: there is no temporary droop";
  return p[TW] > 0.0 && p[A11] == 0.0 ? "A11 is zero: the water's inertia is left out" : NULL;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, pm = start->signal[SIGNAL_PM], gate = pm / p[A23];
  d[D_TG] = p[TG], d[D_TP] = p[TP], d[D_UO] = PetscAbsReal(p[UO]), d[D_UC] = -PetscAbsReal(p[UC]);
  d[D_MAX] = PetscMax(p[PMAX], gate), d[D_MIN] = PetscMin(p[PMIN], gate);
  d[D_SIGMA] = p[SIGMA], d[D_DELTA] = p[DELTA], d[D_TR] = p[TR], d[D_A23] = p[A23], d[D_PREF] = pm;
  d[D_LEAD] = (p[A11] - p[A13] * p[A21] / p[A23]) * p[TW], d[D_LAG] = p[A11] * p[TW];
  if (gate < p[PMIN] || gate > p[PMAX])
    snprintf(start->warning, DEVICE_TEXT, "initial gate %.4g is outside %g to %g", (double)gate, (double)p[PMIN],
             (double)p[PMAX]);
  u[PILOT] = 0.0;
  u[GATE] = u[DASHPOT] = u[TURBINE] = gate;
  u[PM]                             = pm;
  start->differential[PILOT]        = (PetscBool)(p[TP] > 0.0);
  start->differential[DASHPOT]      = (PetscBool)(p[TR] > 0.0);
  start->differential[TURBINE]      = (PetscBool)(d[D_LAG] > 0.0);
  start->differential[PM]           = PETSC_FALSE;
}

static PetscReal Velocity(const PetscReal *d, const PetscReal *u)
{
  return Clamp(u[PILOT], d[D_UC], d[D_UO]);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const PetscReal error =
      d[D_SIGMA] * (d[D_PREF] / d[D_A23] - u[GATE]) - u[SPEED] - d[D_DELTA] * (u[GATE] - u[DASHPOT]);
  f[PILOT]   = Lag(d[D_TP], u[PILOT], up[PILOT], error / d[D_TG]);
  f[GATE]    = Limited(mode[0], u[GATE], up[GATE], Velocity(d, u), d[D_MIN], d[D_MAX]);
  f[DASHPOT] = Lag(d[D_TR], u[DASHPOT], up[DASHPOT], u[GATE]);
  f[TURBINE] = Lag(d[D_LAG], u[TURBINE], up[TURBINE], u[GATE]);
  f[PM]      = u[PM] - d[D_A23] * LeadLag(d[D_LEAD], d[D_LAG], u[TURBINE], u[GATE]);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const PetscReal pilot = LagW(d[D_TP]) / d[D_TG];
  (void)up;
  j[J_PILOT_PILOT]     = LagX(d[D_TP], cj);
  j[J_PILOT_GATE]      = -pilot * (d[D_SIGMA] + d[D_DELTA]);
  j[J_PILOT_DASHPOT]   = pilot * d[D_DELTA];
  j[J_PILOT_SPEED]     = -pilot;
  j[J_GATE_GATE]       = LimitedX(mode[0], cj, 0.0);
  j[J_GATE_PILOT]      = LimitedW(mode[0]) * ClampX(u[PILOT], d[D_UC], d[D_UO]);
  j[J_DASHPOT_DASHPOT] = LagX(d[D_TR], cj);
  j[J_DASHPOT_GATE]    = LagW(d[D_TR]);
  j[J_TURBINE_TURBINE] = LagX(d[D_LAG], cj);
  j[J_TURBINE_GATE]    = LagW(d[D_LAG]);
  j[J_PM_PM]           = 1.0;
  j[J_PM_TURBINE]      = -d[D_A23] * LeadLagX(d[D_LEAD], d[D_LAG]);
  j[J_PM_GATE]         = -d[D_A23] * LeadLagW(d[D_LEAD], d[D_LAG]);
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  margin[0] = LimitedMargin(mode[0], u[GATE], Velocity(d, u), d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[GATE], d[D_MIN], d[D_MAX]);
}

const DeviceModel DeviceIeeeg3 = {
    .name         = "IEEEG3",
    .title        = "hydro turbine governor, linear",
    .source       = "PSS/E model library, IEEEG3; IEEE Committee Report (1973)",
    .kind         = DEVICE_GOVERNOR,
    .n_parameters = N_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(inputs),
    .input        = inputs,
    .n_outputs    = DEVICE_COUNT(outputs),
    .output       = outputs,
    .n_references = DEVICE_COUNT(references),
    .reference    = references,
    .n_data       = N_DATA,
    .n_modes      = 1,
    .n_entries    = N_ENTRIES,
    .entry        = entries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
    .margin       = Margin,
    .change       = Change,
};
