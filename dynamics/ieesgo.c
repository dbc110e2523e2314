/* IEESGO, IEEE standard steam governor: K1 (1 + s T2)/((1 + s T1)(1 + s T3)) of the speed, limits on the power asked for
   (windup), steam chest T4, reheater T5 with share K2, crossover T6 with share K3 of it.
   Siemens PTI, PSS/E model library, IEESGO; IEEE Committee Report (1973); OpenIPSL's IEESGO. `pref` is the power, per unit
   on the unit's base, at nominal speed. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { T1, T2, T3, T4, T5, T6, K1, K2, K3, PMAX, PMIN, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [T1] = {"T1", "s", PARAMETER_NOT_NEGATIVE}, [T2] = {"T2", "s", PARAMETER_ANY},
    [T3] = {"T3", "s", PARAMETER_NOT_NEGATIVE}, [T4] = {"T4", "s", PARAMETER_NOT_NEGATIVE},
    [T5] = {"T5", "s", PARAMETER_NOT_NEGATIVE}, [T6] = {"T6", "s", PARAMETER_NOT_NEGATIVE},
    [K1] = {"K1", "1", PARAMETER_NOT_NEGATIVE}, [K2] = {"K2", "1", PARAMETER_ANY},
    [K3] = {"K3", "1", PARAMETER_ANY},          [PMAX] = {"PMAX", "1", PARAMETER_ANY},
    [PMIN] = {"PMIN", "1", PARAMETER_ANY},
};

enum { FILTER, LEAD, CHEST, REHEAT, CROSSOVER, PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };

static const DeviceUnknown unknowns[] = {
    [FILTER] = {"filter", "1", 0.1},   [LEAD] = {"lead-lag", "1", 0.1},       [CHEST] = {"steam chest", "1", 0.1},
    [REHEAT] = {"reheater", "1", 0.1}, [CROSSOVER] = {"crossover", "1", 0.1}, [PM] = {"Pm", "1", 0.1}};
static const DeviceSignal inputs[]  = {SIGNAL_SPEED};
static const DeviceOutput outputs[] = {{SIGNAL_PM, PM}};
/* D_TA: the lag before the lead-lag (1 + s T2)/(1 + s D_TB). */
enum { D_TA, D_T2, D_TB, D_T4, D_T5, D_T6, D_K1, D_K2, D_K3, D_MAX, D_MIN, D_PREF, N_DATA };
static const DeviceReference references[] = {{"pref", D_PREF}};

#define ENTRIES(E)                                                                                                 \
  E(FILTER, FILTER)                                                                                                \
  E(FILTER, SPEED)                                                                                                 \
  E(LEAD, LEAD) E(LEAD, FILTER) E(CHEST, CHEST) E(CHEST, LEAD) E(CHEST, FILTER) E(REHEAT, REHEAT) E(REHEAT, CHEST) \
      E(CROSSOVER, CROSSOVER) E(CROSSOVER, REHEAT) E(PM, PM) E(PM, CHEST) E(PM, REHEAT) E(PM, CROSSOVER)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[PMIN] < p[PMAX])) return "PMIN is not below PMAX";
  *error = PETSC_FALSE;
  return p[T1] == 0.0 && p[T3] == 0.0 && p[T2] != 0.0 ? "T1 and T3 are zero: the speed passes on, without T2's lead"
                                                      : NULL;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, pm = start->signal[SIGNAL_PM];
  d[D_TA] = p[T3] > 0.0 ? p[T1] : p[T3], d[D_TB] = p[T3] > 0.0 ? p[T3] : p[T1];
  d[D_T2] = p[T2], d[D_T4] = p[T4], d[D_T5] = p[T5], d[D_T6] = p[T6];
  d[D_K1] = p[K1], d[D_K2] = p[K2], d[D_K3] = p[K3], d[D_PREF] = pm;
  d[D_MAX] = PetscMax(p[PMAX], pm), d[D_MIN] = PetscMin(p[PMIN], pm);
  if (pm < p[PMIN] || pm > p[PMAX])
    snprintf(start->warning, DEVICE_TEXT, "initial power %.4g is outside %g to %g", (double)pm, (double)p[PMIN],
             (double)p[PMAX]);
  u[FILTER] = u[LEAD] = 0.0;
  u[CHEST] = u[REHEAT] = u[CROSSOVER] = u[PM] = pm;
  const PetscReal time[]                      = {
                           [FILTER] = d[D_TA], [LEAD] = d[D_TB], [CHEST] = p[T4], [REHEAT] = p[T5], [CROSSOVER] = p[T6]};
  for (PetscInt k = FILTER; k <= CROSSOVER; ++k) start->differential[k] = (PetscBool)(time[k] > 0.0);
  start->differential[PM] = PETSC_FALSE;
}

static PetscReal Wanted(const PetscReal *d, const PetscReal *u)
{
  return d[D_PREF] - LeadLag(d[D_T2], d[D_TB], u[LEAD], u[FILTER]);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  (void)mode;
  f[FILTER]    = Lag(d[D_TA], u[FILTER], up[FILTER], d[D_K1] * u[SPEED]);
  f[LEAD]      = Lag(d[D_TB], u[LEAD], up[LEAD], u[FILTER]);
  f[CHEST]     = Lag(d[D_T4], u[CHEST], up[CHEST], Clamp(Wanted(d, u), d[D_MIN], d[D_MAX]));
  f[REHEAT]    = Lag(d[D_T5], u[REHEAT], up[REHEAT], u[CHEST]);
  f[CROSSOVER] = Lag(d[D_T6], u[CROSSOVER], up[CROSSOVER], u[REHEAT]);
  f[PM]        = u[PM] - (1.0 - d[D_K2]) * u[CHEST] - d[D_K2] * ((1.0 - d[D_K3]) * u[REHEAT] + d[D_K3] * u[CROSSOVER]);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const PetscReal open = -LagW(d[D_T4]) * ClampX(Wanted(d, u), d[D_MIN], d[D_MAX]);
  (void)mode, (void)up;
  j[J_FILTER_FILTER]       = LagX(d[D_TA], cj);
  j[J_FILTER_SPEED]        = LagW(d[D_TA]) * d[D_K1];
  j[J_LEAD_LEAD]           = LagX(d[D_TB], cj);
  j[J_LEAD_FILTER]         = LagW(d[D_TB]);
  j[J_CHEST_CHEST]         = LagX(d[D_T4], cj);
  j[J_CHEST_LEAD]          = open * LeadLagX(d[D_T2], d[D_TB]);
  j[J_CHEST_FILTER]        = open * LeadLagW(d[D_T2], d[D_TB]);
  j[J_REHEAT_REHEAT]       = LagX(d[D_T5], cj);
  j[J_REHEAT_CHEST]        = LagW(d[D_T5]);
  j[J_CROSSOVER_CROSSOVER] = LagX(d[D_T6], cj);
  j[J_CROSSOVER_REHEAT]    = LagW(d[D_T6]);
  j[J_PM_PM]               = 1.0;
  j[J_PM_CHEST]            = d[D_K2] - 1.0;
  j[J_PM_REHEAT]           = -d[D_K2] * (1.0 - d[D_K3]);
  j[J_PM_CROSSOVER]        = -d[D_K2] * d[D_K3];
}

const DeviceModel DeviceIeesgo = {
    .name         = "IEESGO",
    .title        = "steam turbine governor, IEEE standard",
    .source       = "PSS/E model library, IEESGO; IEEE Committee Report (1973)",
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
    .n_entries    = N_ENTRIES,
    .entry        = entries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
};
