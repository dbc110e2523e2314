/* GAST, gas turbine governor: droop R, fuel valve lag T1 with non-windup limits, turbine lag T2, exhaust temperature
   measured with lag T3; the lower one of governor and temperature limit AT + KT (AT - exhaust) moves the valve.
   Siemens PTI, PSS/E model library, GAST; OpenIPSL's GAST. `pref` is the power, per unit on the unit's base, at nominal
   speed. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { R, T1, T2, T3, AT, KT, VMAX, VMIN, DTURB, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [R] = {"R", "1", PARAMETER_POSITIVE},       [T1] = {"T1", "s", PARAMETER_NOT_NEGATIVE},
    [T2] = {"T2", "s", PARAMETER_NOT_NEGATIVE}, [T3] = {"T3", "s", PARAMETER_NOT_NEGATIVE},
    [AT] = {"AT", "1", PARAMETER_ANY},          [KT] = {"KT", "1", PARAMETER_NOT_NEGATIVE},
    [VMAX] = {"VMAX", "1", PARAMETER_ANY},      [VMIN] = {"VMIN", "1", PARAMETER_ANY},
    [DTURB] = {"Dturb", "1", PARAMETER_ANY},
};

enum { VALVE, TURBINE, EXHAUST, PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };

static const DeviceUnknown unknowns[] = {[VALVE]   = {"valve", "1", 0.1},
                                         [TURBINE] = {"turbine", "1", 0.1},
                                         [EXHAUST] = {"exhaust", "1", 0.1},
                                         [PM]      = {"Pm", "1", 0.1}};
static const DeviceSignal  inputs[]   = {SIGNAL_SPEED};
static const DeviceOutput  outputs[]  = {{SIGNAL_PM, PM}};
enum { D_DROOP, D_T1, D_T2, D_T3, D_AT, D_KT, D_MAX, D_MIN, D_DTURB, D_PREF, N_DATA };
static const DeviceReference references[] = {{"pref", D_PREF}};

#define ENTRIES(E)                                                                                                \
  E(VALVE, VALVE)                                                                                                 \
  E(VALVE, SPEED) E(VALVE, EXHAUST) E(TURBINE, TURBINE) E(TURBINE, VALVE) E(EXHAUST, EXHAUST) E(EXHAUST, TURBINE) \
      E(PM, PM) E(PM, TURBINE) E(PM, SPEED)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  return p[VMIN] < p[VMAX] ? NULL : "VMIN is not below VMAX";
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, pm = start->signal[SIGNAL_PM];
  d[D_DROOP] = 1.0 / p[R], d[D_T1] = p[T1], d[D_T2] = p[T2], d[D_T3] = p[T3], d[D_AT] = p[AT], d[D_KT] = p[KT];
  d[D_MAX] = p[VMAX], d[D_MIN] = p[VMIN], d[D_DTURB] = p[DTURB], d[D_PREF] = pm;
  if (pm < p[VMIN] || pm > p[VMAX]) {
    snprintf(start->warning, DEVICE_TEXT, "initial power %.4g is outside %g to %g", (double)pm, (double)p[VMIN],
             (double)p[VMAX]);
    d[D_MIN] = PetscMin(p[VMIN], pm);
    d[D_MAX] = PetscMax(p[VMAX], pm);
  }
  if (pm > p[AT]) {
    if (!start->warning[0])
      snprintf(start->warning, DEVICE_TEXT, "initial power %.4g is above the temperature limit %g", (double)pm,
               (double)p[AT]);
    d[D_AT] = pm;
  }
  start->unknown[VALVE] = start->unknown[TURBINE] = start->unknown[EXHAUST] = start->unknown[PM] = pm;
  start->differential[VALVE]   = (PetscBool)(p[T1] > 0.0);
  start->differential[TURBINE] = (PetscBool)(p[T2] > 0.0);
  start->differential[EXHAUST] = (PetscBool)(p[T3] > 0.0);
  start->differential[PM]      = PETSC_FALSE;
}

/* The lower one of governor and temperature limit, and its derivatives; when equal, the governor. */
static PetscReal Wanted(const PetscReal *d, const PetscReal *u, PetscReal *by_speed, PetscReal *by_exhaust)
{
  const PetscReal governor = d[D_PREF] - d[D_DROOP] * u[SPEED], limit = d[D_AT] + d[D_KT] * (d[D_AT] - u[EXHAUST]);
  const PetscBool limited = (PetscBool)(limit < governor);
  *by_speed               = limited ? 0.0 : -d[D_DROOP];
  *by_exhaust             = limited ? -d[D_KT] : 0.0;
  return limited ? limit : governor;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal by_speed, by_exhaust;
  f[VALVE] =
      LimitedLag(mode[0], d[D_T1], u[VALVE], up[VALVE], Wanted(d, u, &by_speed, &by_exhaust), d[D_MIN], d[D_MAX]);
  f[TURBINE] = Lag(d[D_T2], u[TURBINE], up[TURBINE], u[VALVE]);
  f[EXHAUST] = Lag(d[D_T3], u[EXHAUST], up[EXHAUST], u[TURBINE]);
  f[PM]      = u[PM] - u[TURBINE] + d[D_DTURB] * u[SPEED];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  PetscReal       by_speed, by_exhaust;
  const PetscReal wanted = Wanted(d, u, &by_speed, &by_exhaust);
  const PetscReal main   = LimitedLagW(mode[0], d[D_T1], wanted, d[D_MIN], d[D_MAX]);
  (void)up;
  j[J_VALVE_VALVE]     = LimitedLagX(mode[0], d[D_T1], cj);
  j[J_VALVE_SPEED]     = main * by_speed;
  j[J_VALVE_EXHAUST]   = main * by_exhaust;
  j[J_TURBINE_TURBINE] = LagX(d[D_T2], cj);
  j[J_TURBINE_VALVE]   = LagW(d[D_T2]);
  j[J_EXHAUST_EXHAUST] = LagX(d[D_T3], cj);
  j[J_EXHAUST_TURBINE] = LagW(d[D_T3]);
  j[J_PM_PM]           = 1.0;
  j[J_PM_TURBINE]      = -1.0;
  j[J_PM_SPEED]        = d[D_DTURB];
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  PetscReal by_speed, by_exhaust;
  margin[0] = LimitedLagMargin(mode[0], d[D_T1], u[VALVE], Wanted(d, u, &by_speed, &by_exhaust), d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[VALVE], d[D_MIN], d[D_MAX]);
}

const DeviceModel DeviceGast = {
    .name         = "GAST",
    .title        = "gas turbine governor",
    .source       = "PSS/E model library, GAST",
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
