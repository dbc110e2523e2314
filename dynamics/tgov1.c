/* TGOV1, steam turbine governor: droop R, valve lag T1 with non-windup limits, reheater (1 + s T2)/(1 + s T3), turbine
   damping Dt. Siemens PTI, PSS/E model library, TGOV1; NERC, recommended models. `pref` is the power, per unit on the
   unit's base, at nominal speed. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { R, T1, VMAX, VMIN, T2, T3, DT, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [R] = {"R", "1", PARAMETER_POSITIVE},  [T1] = {"T1", "s", PARAMETER_NOT_NEGATIVE},
    [VMAX] = {"VMAX", "1", PARAMETER_ANY}, [VMIN] = {"VMIN", "1", PARAMETER_ANY},
    [T2] = {"T2", "s", PARAMETER_ANY},     [T3] = {"T3", "s", PARAMETER_NOT_NEGATIVE},
    [DT] = {"Dt", "1", PARAMETER_ANY},
};

enum { VALVE, REHEAT, PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };

static const DeviceUnknown unknowns[] = {
    [VALVE] = {"valve", "1", 0.1}, [REHEAT] = {"reheater", "1", 0.1}, [PM] = {"Pm", "1", 0.1}};
static const DeviceSignal inputs[]  = {SIGNAL_SPEED};
static const DeviceOutput outputs[] = {{SIGNAL_PM, PM}};
enum { D_DROOP, D_T1, D_MAX, D_MIN, D_T2, D_T3, D_DT, D_PREF, N_DATA };
static const DeviceReference references[] = {{"pref", D_PREF}};

#define ENTRIES(E) \
  E(VALVE, VALVE) E(VALVE, SPEED) E(REHEAT, REHEAT) E(REHEAT, VALVE) E(PM, PM) E(PM, REHEAT) E(PM, VALVE) E(PM, SPEED)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[VMIN] < p[VMAX])) return "VMIN is not below VMAX";
  *error = PETSC_FALSE;
  return p[T3] == 0.0 && p[T2] != 0.0 ? "T3 is zero: the reheater passes its input on, without T2's lead" : NULL;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, pm = start->signal[SIGNAL_PM];
  d[D_DROOP] = 1.0 / p[R], d[D_T1] = p[T1], d[D_T2] = p[T2], d[D_T3] = p[T3], d[D_DT] = p[DT];
  d[D_MIN] = p[VMIN], d[D_MAX] = p[VMAX], d[D_PREF] = pm;
  if (pm < p[VMIN] || pm > p[VMAX]) {
    snprintf(start->warning, DEVICE_TEXT, "initial power %.4g is outside %g to %g", (double)pm, (double)p[VMIN],
             (double)p[VMAX]);
    d[D_MIN] = PetscMin(p[VMIN], pm);
    d[D_MAX] = PetscMax(p[VMAX], pm);
  }
  start->unknown[VALVE] = start->unknown[REHEAT] = start->unknown[PM] = pm;
  start->differential[VALVE]                                          = (PetscBool)(p[T1] > 0.0);
  start->differential[REHEAT]                                         = (PetscBool)(p[T3] > 0.0);
  start->differential[PM]                                             = PETSC_FALSE;
}

static PetscReal Wanted(const PetscReal *d, const PetscReal *u)
{
  return d[D_PREF] - d[D_DROOP] * u[SPEED];
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  f[VALVE]  = LimitedLag(mode[0], d[D_T1], u[VALVE], up[VALVE], Wanted(d, u), d[D_MIN], d[D_MAX]);
  f[REHEAT] = Lag(d[D_T3], u[REHEAT], up[REHEAT], u[VALVE]);
  f[PM]     = u[PM] - LeadLag(d[D_T2], d[D_T3], u[REHEAT], u[VALVE]) + d[D_DT] * u[SPEED];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  (void)up;
  j[J_VALVE_VALVE]   = LimitedLagX(mode[0], d[D_T1], cj);
  j[J_VALVE_SPEED]   = -d[D_DROOP] * LimitedLagW(mode[0], d[D_T1], Wanted(d, u), d[D_MIN], d[D_MAX]);
  j[J_REHEAT_REHEAT] = LagX(d[D_T3], cj);
  j[J_REHEAT_VALVE]  = LagW(d[D_T3]);
  j[J_PM_PM]         = 1.0;
  j[J_PM_REHEAT]     = -LeadLagX(d[D_T2], d[D_T3]);
  j[J_PM_VALVE]      = -LeadLagW(d[D_T2], d[D_T3]);
  j[J_PM_SPEED]      = d[D_DT];
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  margin[0] = LimitedLagMargin(mode[0], d[D_T1], u[VALVE], Wanted(d, u), d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[VALVE], d[D_MIN], d[D_MAX]);
}

const DeviceModel DeviceTgov1 = {
    .name         = "TGOV1",
    .title        = "steam turbine governor",
    .source       = "PSS/E model library, TGOV1",
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
