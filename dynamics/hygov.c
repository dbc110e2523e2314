/* HYGOV, hydro turbine and governor: permanent droop R, temporary droop r with dashpot time Tr, filter Tf, gate servo Tg,
   velocity limit VELM and non-windup position limits on the desired gate; one penstock of water time constant TW:
     TW dq/dt = 1 - h,  h = (q/g)^2,  Pm = At h (q - qNL) - Dturb g dw.
   Siemens PTI, PSS/E model library, HYGOV; OpenIPSL's HYGOV; Kundur (1994), section 9.1. `pref` is the power, per unit on
   the unit's base, at nominal speed; the diagram's reference is R (pref/At + qNL). */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { R, TEMPORARY, TR, TF, TG, VELM, GMAX, GMIN, TW, AT, DTURB, QNL, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [R] = {"R", "1", PARAMETER_NOT_NEGATIVE},   [TEMPORARY] = {"Rt", "1", PARAMETER_POSITIVE},
    [TR] = {"Tr", "s", PARAMETER_POSITIVE},     [TF] = {"Tf", "s", PARAMETER_NOT_NEGATIVE},
    [TG] = {"Tg", "s", PARAMETER_NOT_NEGATIVE}, [VELM] = {"VELM", "1/s", PARAMETER_POSITIVE},
    [GMAX] = {"GMAX", "1", PARAMETER_ANY},      [GMIN] = {"GMIN", "1", PARAMETER_ANY},
    [TW] = {"TW", "s", PARAMETER_NOT_NEGATIVE}, [AT] = {"At", "1", PARAMETER_POSITIVE},
    [DTURB] = {"Dturb", "1", PARAMETER_ANY},    [QNL] = {"qNL", "1", PARAMETER_ANY},
};

/* Without it the governor would need the rotor's acceleration. */
#define SHORTEST_FILTER 0.02
/* A closed gate still passes this, per unit: h stays finite. */
#define LEAST_GATE 1e-3

enum { FILTER, DESIRED, GATE, FLOW, PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };

static const DeviceUnknown unknowns[] = {[FILTER]  = {"filter", "1", 1e-2},
                                         [DESIRED] = {"desired gate", "1", 0.1},
                                         [GATE]    = {"gate", "1", 0.1},
                                         [FLOW]    = {"flow", "1", 0.1},
                                         [PM]      = {"Pm", "1", 0.1}};
static const DeviceSignal  inputs[]   = {SIGNAL_SPEED};
static const DeviceOutput  outputs[]  = {{SIGNAL_PM, PM}};
enum { D_R, D_RT, D_TR, D_TF, D_TG, D_VELM, D_MAX, D_MIN, D_TW, D_AT, D_DTURB, D_QNL, D_PREF, D_MORE, N_DATA };
static const DeviceReference references[] = {{"pref", D_PREF}};

#define ENTRIES(E)                                                                                                    \
  E(FILTER, FILTER)                                                                                                   \
  E(FILTER, DESIRED)                                                                                                  \
  E(FILTER, SPEED)                                                                                                    \
  E(DESIRED, DESIRED) E(DESIRED, FILTER) E(DESIRED, SPEED) E(GATE, GATE) E(GATE, DESIRED) E(FLOW, FLOW) E(FLOW, GATE) \
      E(PM, PM) E(PM, FLOW) E(PM, GATE) E(PM, SPEED)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[GMIN] < p[GMAX])) return "GMIN is not below GMAX";
  *error = PETSC_FALSE;
  if (p[TF] == 0.0) return "Tf is zero: 0.02 s is taken";
  if (p[R] == 0.0) return "R is zero: the unit regulates its speed without droop";
  return p[R] >= p[TEMPORARY] ? "the permanent droop is not below the temporary one" : NULL;
}

/* A power that would need a closed or reversed gate (a pump, a motor) is started with the gate as good as closed; what is
   missing is added as a constant. */
static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, pm = start->signal[SIGNAL_PM];
  const PetscReal  gate = PetscMax(LEAST_GATE, pm / p[AT] + p[QNL]);
  d[D_R] = p[R], d[D_RT] = p[TEMPORARY], d[D_TR] = p[TR], d[D_TF] = p[TF] > 0.0 ? p[TF] : SHORTEST_FILTER;
  d[D_TG] = p[TG], d[D_VELM] = p[VELM], d[D_MAX] = PetscMax(p[GMAX], gate), d[D_MIN] = PetscMin(p[GMIN], gate);
  d[D_TW] = p[TW], d[D_AT] = p[AT], d[D_DTURB] = p[DTURB], d[D_QNL] = p[QNL], d[D_PREF] = pm;
  d[D_MORE] = gate > LEAST_GATE ? 0.0 : pm - p[AT] * (gate - p[QNL]);
  if (gate < p[GMIN] || gate > p[GMAX] || d[D_MORE] != 0.0)
    snprintf(start->warning, DEVICE_TEXT, "initial gate %.4g is outside %g to %g", (double)(pm / p[AT] + p[QNL]),
             (double)p[GMIN], (double)p[GMAX]);
  u[FILTER]  = 0.0;
  u[DESIRED] = u[GATE] = u[FLOW] = gate;
  u[PM]                          = pm;
  start->differential[GATE]      = (PetscBool)(p[TG] > 0.0);
  start->differential[FLOW]      = (PetscBool)(p[TW] > 0.0);
  start->differential[PM]        = PETSC_FALSE;
}

static PetscReal Error(const PetscReal *d, const PetscReal *u)
{
  return d[D_R] * ((d[D_PREF] - d[D_MORE]) / d[D_AT] + d[D_QNL] - u[DESIRED]) - u[SPEED];
}

/* Velocity of the desired gate: (1 + s Tr)/(r Tr) of the filter's output, limited; and whether it is not at its limit. */
static PetscReal Velocity(const PetscReal *d, const PetscReal *u, PetscReal *inside)
{
  const PetscReal v = (u[FILTER] / d[D_TR] + (Error(d, u) - u[FILTER]) / d[D_TF]) / d[D_RT];
  *inside           = ClampX(v, -d[D_VELM], d[D_VELM]);
  return Clamp(v, -d[D_VELM], d[D_VELM]);
}

/* Head, and its derivatives. */
static PetscReal Head(const PetscReal *d, const PetscReal *u, PetscReal *by_flow, PetscReal *by_gate)
{
  const PetscReal gate = PetscMax(u[GATE], LEAST_GATE);
  *by_flow = *by_gate = 0.0;
  if (!(d[D_TW] > 0.0)) return 1.0;
  *by_flow = 2.0 * u[FLOW] / (gate * gate);
  *by_gate = u[GATE] > LEAST_GATE ? -2.0 * u[FLOW] * u[FLOW] / (gate * gate * gate) : 0.0;
  return u[FLOW] * u[FLOW] / (gate * gate);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal       inside, by_flow, by_gate;
  const PetscReal h = Head(d, u, &by_flow, &by_gate);
  f[FILTER]         = Lag(d[D_TF], u[FILTER], up[FILTER], Error(d, u));
  f[DESIRED]        = Limited(mode[0], u[DESIRED], up[DESIRED], Velocity(d, u, &inside), d[D_MIN], d[D_MAX]);
  f[GATE]           = Lag(d[D_TG], u[GATE], up[GATE], u[DESIRED]);
  f[FLOW]           = d[D_TW] > 0.0 ? up[FLOW] - (1.0 - h) / d[D_TW] : u[FLOW] - u[GATE];
  f[PM]             = u[PM] - d[D_MORE] - d[D_AT] * h * (u[FLOW] - d[D_QNL]) + d[D_DTURB] * u[GATE] * u[SPEED];
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  PetscReal       inside, by_flow, by_gate;
  const PetscReal h        = Head(d, u, &by_flow, &by_gate);
  const PetscBool penstock = (PetscBool)(d[D_TW] > 0.0);
  (void)Velocity(d, u, &inside), (void)up;
  const PetscReal by_error = inside / (d[D_TF] * d[D_RT]), main = LimitedW(mode[0]);
  j[J_FILTER_FILTER]   = LagX(d[D_TF], cj);
  j[J_FILTER_DESIRED]  = -LagW(d[D_TF]) * d[D_R];
  j[J_FILTER_SPEED]    = -LagW(d[D_TF]);
  j[J_DESIRED_DESIRED] = LimitedX(mode[0], cj, -by_error * d[D_R]);
  j[J_DESIRED_FILTER]  = main * (inside / (d[D_TR] * d[D_RT]) - by_error);
  j[J_DESIRED_SPEED]   = -main * by_error;
  j[J_GATE_GATE]       = LagX(d[D_TG], cj);
  j[J_GATE_DESIRED]    = LagW(d[D_TG]);
  j[J_FLOW_FLOW]       = penstock ? cj + by_flow / d[D_TW] : 1.0;
  j[J_FLOW_GATE]       = penstock ? by_gate / d[D_TW] : -1.0;
  j[J_PM_PM]           = 1.0;
  j[J_PM_FLOW]         = -d[D_AT] * (by_flow * (u[FLOW] - d[D_QNL]) + h);
  j[J_PM_GATE]         = -d[D_AT] * by_gate * (u[FLOW] - d[D_QNL]) + d[D_DTURB] * u[SPEED];
  j[J_PM_SPEED]        = d[D_DTURB] * u[GATE];
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  PetscReal inside;
  margin[0] = LimitedMargin(mode[0], u[DESIRED], Velocity(d, u, &inside), d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[DESIRED], d[D_MIN], d[D_MAX]);
}

const DeviceModel DeviceHygov = {
    .name         = "HYGOV",
    .title        = "hydro turbine governor",
    .source       = "PSS/E model library, HYGOV; Kundur (1994), section 9.1",
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
