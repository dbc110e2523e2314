/* VSM, virtual synchronous machine: a grid-forming inverter that behaves as a voltage behind an impedance with a swing
   equation, and a voltage that droops with reactive power.
   S. D'Arco, J. A. Suul and O. B. Fosso, Electric Power Systems Research 122 (2015), for the swing equation with damping
   against a slow estimate of the grid's frequency; H.-P. Beck and R. Hesse, EPQU (2007), for the concept. Per unit on the
   unit's base:
     ddelta/dt = omega_0 w,   2H dw/dt = Pref - P - KF w - D (w - wf) + limiters,   TD dwf/dt = w - wf,
     TE dE/dt = Vref - mq (Q - Qref) - E within Emin and Emax,
   with P and Q at the terminal. TD = 0: damping acts on the deviation from nominal frequency. KF is the primary response
   (1/droop). The limiters hold P within Pmin and Pmax as in REGFM_A1; the current's magnitude stays within Imax with its
   angle kept. A battery at the site takes Pmax away as it runs empty and Pmin as it fills. */
#include "dynamics/grid_forming.h"

enum { H, D, TD, KF, MQ, TE, EMAX, EMIN, PMAX, PMIN, KPPMAX, KIPMAX, IMAX, R, X, N_PARAMETERS };

/* Imax 0: none. X 0 or missing (NAN): the unit's source impedance stands for R + j X. */
static const DeviceParameter parameters[N_PARAMETERS] = {
    [H]      = {"H", "s", PARAMETER_POSITIVE},
    [D]      = {"D", "1", PARAMETER_NOT_NEGATIVE},
    [TD]     = {"TD", "s", PARAMETER_NOT_NEGATIVE},
    [KF]     = {"KF", "1", PARAMETER_NOT_NEGATIVE},
    [MQ]     = {"mq", "1", PARAMETER_NOT_NEGATIVE},
    [TE]     = {"TE", "s", PARAMETER_NOT_NEGATIVE},
    [EMAX]   = {"Emax", "1", PARAMETER_ANY},
    [EMIN]   = {"Emin", "1", PARAMETER_ANY},
    [PMAX]   = {"Pmax", "1", PARAMETER_ANY},
    [PMIN]   = {"Pmin", "1", PARAMETER_ANY},
    [KPPMAX] = {"kppmax", "1", PARAMETER_NOT_NEGATIVE},
    [KIPMAX] = {"kipmax", "1/s", PARAMETER_NOT_NEGATIVE},
    [IMAX]   = {"Imax", "1", PARAMETER_NOT_NEGATIVE},
    [R]      = {"R", "1", PARAMETER_NOT_NEGATIVE},
    [X]      = {"X", "1", PARAMETER_NOT_NEGATIVE},
};

enum { DELTA, SPEED, SLOW, E, XPMAX, XPMIN, I_D, I_Q, P_GEN, Q_GEN, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, CHARGE, P_REF };
enum { I_RE = N_UNKNOWNS, I_IM };
enum { MODE_E, MODE_PMAX, MODE_PMIN, N_MODES };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [DELTA] = {"delta", "rad", 1.0},
    [SPEED] = {"speed", "1", 1e-2},
    [SLOW]  = {"slow frequency", "1", 1e-2},
    [E]     = {"E", "1", 1.0},
    [XPMAX] = {"Pmax integrator", "1", 0.1},
    [XPMIN] = {"Pmin integrator", "1", 0.1},
    [I_D]   = {"I re", "1", 1.0}, /* of the site's base */
    [I_Q]   = {"I im", "1", 1.0},
    [P_GEN] = {"P", "1", 1.0},
    [Q_GEN] = {"Q", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_CHARGE, SIGNAL_P_REF};
static const DeviceOutput outputs[] = {
    {SIGNAL_ANGLE, DELTA}, {SIGNAL_SPEED, SPEED}, {SIGNAL_P_GEN, P_GEN}, {SIGNAL_Q_GEN, Q_GEN}};

enum {
  D_OMEGA0,
  D_SCALE,
  D_G,
  D_B,
  D_IMAX,
  D_TWO_H,
  D_D,
  D_TD,
  D_KF,
  D_MQ,
  D_TE,
  D_EMAX,
  D_EMIN,
  D_PMAX,
  D_PMIN,
  D_KPP,
  D_KIP,
  D_VREF,
  D_PREF,
  D_QREF,
  D_P_INPUT, /* the plant control's order at the start */
  N_DATA
};
static const DeviceReference references[] = {{"vref", D_VREF}, {"pref", D_PREF}, {"qref", D_QREF}};

#define ENTRIES(ENTRY)                                                                                               \
  ENTRY(DELTA, DELTA)                                                                                                \
  ENTRY(DELTA, SPEED)                                                                                                \
  ENTRY(SPEED, SPEED)                                                                                                \
  ENTRY(SPEED, SLOW) ENTRY(SPEED, P_GEN) ENTRY(SPEED, XPMAX) ENTRY(SPEED, XPMIN) ENTRY(SPEED, CHARGE)                \
      ENTRY(SPEED, P_REF) ENTRY(SLOW, SLOW) ENTRY(SLOW, SPEED) ENTRY(E, E) ENTRY(E, Q_GEN) ENTRY(XPMAX, XPMAX)       \
          ENTRY(XPMAX, P_GEN) ENTRY(XPMAX, CHARGE) ENTRY(XPMIN, XPMIN) ENTRY(XPMIN, P_GEN) ENTRY(XPMIN, CHARGE)      \
              ENTRY(I_D, I_D) ENTRY(I_D, E) ENTRY(I_D, DELTA) ENTRY(I_D, V_RE) ENTRY(I_D, V_IM) ENTRY(I_Q, I_Q)      \
                  ENTRY(I_Q, E) ENTRY(I_Q, DELTA) ENTRY(I_Q, V_RE) ENTRY(I_Q, V_IM) ENTRY(P_GEN, P_GEN)              \
                      ENTRY(P_GEN, I_D) ENTRY(P_GEN, I_Q) ENTRY(P_GEN, V_RE) ENTRY(P_GEN, V_IM) ENTRY(Q_GEN, Q_GEN)  \
                          ENTRY(Q_GEN, I_D) ENTRY(Q_GEN, I_Q) ENTRY(Q_GEN, V_RE) ENTRY(Q_GEN, V_IM) ENTRY(I_RE, I_D) \
                              ENTRY(I_IM, I_Q)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[EMIN] < p[EMAX])) return "Emin is not below Emax";
  if (!(p[PMIN] <= p[PMAX])) return "Pmin is above Pmax";
  *error = PETSC_FALSE;
  if (p[D] == 0.0 && p[KF] == 0.0) return "neither D nor KF damps it";
  return NULL;
}

static void SetData(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data;
  d[D_OMEGA0] = start->omega_nominal, d[D_SCALE] = start->base_ratio;
  d[D_IMAX]  = p[IMAX] > 0.0 ? p[IMAX] : PETSC_INFINITY;
  d[D_TWO_H] = 2.0 * p[H], d[D_D] = p[D], d[D_TD] = p[TD], d[D_KF] = p[KF];
  d[D_MQ] = p[MQ], d[D_TE] = p[TE], d[D_EMAX] = p[EMAX], d[D_EMIN] = p[EMIN];
  d[D_PMAX] = p[PMAX], d[D_PMIN] = p[PMIN], d[D_KPP] = p[KPPMAX], d[D_KIP] = p[KIPMAX];
}

static void Initialise(DeviceStart *start)
{
  PetscReal      *d = start->data, *u = start->unknown, none = 0.0;
  const PetscReal v = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  SetData(start);
  if (!(v > 0.0) || !SourceAdmittance(start, start->parameter[R], start->parameter[X], &d[D_G], &d[D_B])) {
    snprintf(start->problem, DEVICE_TEXT,
             v > 0.0 ? "neither its record nor its unit gives a reactance" : "the voltage at its bus is zero");
    return;
  }
  u[P_GEN] = start->p / d[D_SCALE], u[Q_GEN] = start->q / d[D_SCALE];
  u[I_D]              = (u[P_GEN] * start->v_re + u[Q_GEN] * start->v_im) / (v * v);
  u[I_Q]              = (u[P_GEN] * start->v_im - u[Q_GEN] * start->v_re) / (v * v);
  const PetscReal y2  = d[D_G] * d[D_G] + d[D_B] * d[D_B];
  const PetscReal e_r = start->v_re + (d[D_G] * u[I_D] + d[D_B] * u[I_Q]) / y2;
  const PetscReal e_i = start->v_im + (d[D_G] * u[I_Q] - d[D_B] * u[I_D]) / y2;
  u[E]                = PetscSqrtReal(e_r * e_r + e_i * e_i);
  u[DELTA]            = PetscAtan2Real(e_i, e_r);
  u[SPEED] = u[SLOW] = u[XPMAX] = u[XPMIN] = 0.0;
  WidenLimits(start, "active power", u[P_GEN], &d[D_PMIN], &d[D_PMAX]);
  WidenLimits(start, "internal voltage", u[E], &d[D_EMIN], &d[D_EMAX]);
  WidenLimits(start, "current", PetscSqrtReal(u[I_D] * u[I_D] + u[I_Q] * u[I_Q]), &none, &d[D_IMAX]);
  d[D_QREF] = u[Q_GEN], d[D_VREF] = u[E];
  d[D_PREF] = d[D_P_INPUT] = start->signal[SIGNAL_P_REF] = u[P_GEN];
  start->signal[SIGNAL_CHARGE]                           = 0.5; /* unless a battery says otherwise */
  start->mode[MODE_PMAX]                                 = LIMIT_MAX;
  start->mode[MODE_PMIN]                                 = LIMIT_MIN;
  start->differential[SLOW]                              = (PetscBool)(d[D_TD] > 0.0);
  start->differential[E]                                 = (PetscBool)(d[D_TE] > 0.0);
  for (PetscInt k = I_D; k < N_UNKNOWNS; ++k) start->differential[k] = PETSC_FALSE;
}

/* Errors of the power limiters, their derivatives by the state of charge, and kp error + integrator. */
typedef struct {
  PetscReal max, min, max_charge, min_charge, sum_max, sum_min;
} Limiters;

static Limiters LimitersOf(const PetscReal *d, const PetscReal *u)
{
  Limiters l;
  l.max     = UpperPower(d[D_PMAX], u[CHARGE], &l.max_charge) - u[P_GEN];
  l.min     = LowerPower(d[D_PMIN], u[CHARGE], &l.min_charge) - u[P_GEN];
  l.sum_max = d[D_KPP] * l.max + u[XPMAX];
  l.sum_min = d[D_KPP] * l.min + u[XPMIN];
  return l;
}

/* The voltage that E follows. */
static PetscReal Wanted(const PetscReal *d, const PetscReal *u)
{
  return d[D_VREF] - d[D_MQ] * (u[Q_GEN] - d[D_QREF]);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Limiters  l     = LimitersOf(d, u);
  const PetscReal power = d[D_PREF] + u[P_REF] - d[D_P_INPUT] - u[P_GEN] - d[D_KF] * u[SPEED] -
                          d[D_D] * (u[SPEED] - u[SLOW]) + LimiterDown(l.sum_max) + LimiterUp(l.sum_min);
  SourceCurrent i;
  SourceCurrentOf(d[D_G], d[D_B], d[D_IMAX], u[E], u[DELTA], u[V_RE], u[V_IM], &i);
  f[DELTA] = up[DELTA] - d[D_OMEGA0] * u[SPEED];
  f[SPEED] = up[SPEED] - power / d[D_TWO_H];
  f[SLOW]  = d[D_TD] > 0.0 ? Lag(d[D_TD], u[SLOW], up[SLOW], u[SPEED]) : u[SLOW];
  f[E]     = LimitedLag(mode[MODE_E], d[D_TE], u[E], up[E], Wanted(d, u), d[D_EMIN], d[D_EMAX]);
  f[XPMAX] = Limited(mode[MODE_PMAX], u[XPMAX], up[XPMAX], d[D_KIP] * l.max, 0.0, 0.0);
  f[XPMIN] = Limited(mode[MODE_PMIN], u[XPMIN], up[XPMIN], d[D_KIP] * l.min, 0.0, 0.0);
  f[I_D]   = u[I_D] - i.re;
  f[I_Q]   = u[I_Q] - i.im;
  f[P_GEN] = u[P_GEN] - u[V_RE] * u[I_D] - u[V_IM] * u[I_Q];
  f[Q_GEN] = u[Q_GEN] - u[V_IM] * u[I_D] + u[V_RE] * u[I_Q];
  f[I_RE]  = d[D_SCALE] * u[I_D];
  f[I_IM]  = d[D_SCALE] * u[I_Q];
}

static void JacobianSwing(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const Limiters  l    = LimitersOf(d, u);
  const PetscReal down = l.sum_max < 0.0 ? 1.0 : 0.0, up = l.sum_min > 0.0 ? 1.0 : 0.0;
  const PetscReal w_max = LimitedW(mode[MODE_PMAX]) * d[D_KIP], w_min = LimitedW(mode[MODE_PMIN]) * d[D_KIP];
  j[J_DELTA_DELTA]  = cj;
  j[J_DELTA_SPEED]  = -d[D_OMEGA0];
  j[J_SPEED_SPEED]  = cj + (d[D_KF] + d[D_D]) / d[D_TWO_H];
  j[J_SPEED_SLOW]   = -d[D_D] / d[D_TWO_H];
  j[J_SPEED_P_GEN]  = (1.0 + (down + up) * d[D_KPP]) / d[D_TWO_H];
  j[J_SPEED_XPMAX]  = -down / d[D_TWO_H];
  j[J_SPEED_XPMIN]  = -up / d[D_TWO_H];
  j[J_SPEED_CHARGE] = -d[D_KPP] * (down * l.max_charge + up * l.min_charge) / d[D_TWO_H];
  j[J_SPEED_P_REF]  = -1.0 / d[D_TWO_H];
  j[J_SLOW_SLOW]    = LagX(d[D_TD], cj);
  j[J_SLOW_SPEED]   = d[D_TD] > 0.0 ? LagW(d[D_TD]) : 0.0;
  j[J_XPMAX_XPMAX]  = LimitedX(mode[MODE_PMAX], cj, 0.0);
  j[J_XPMAX_P_GEN]  = -w_max;
  j[J_XPMAX_CHARGE] = w_max * l.max_charge;
  j[J_XPMIN_XPMIN]  = LimitedX(mode[MODE_PMIN], cj, 0.0);
  j[J_XPMIN_P_GEN]  = -w_min;
  j[J_XPMIN_CHARGE] = w_min * l.min_charge;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  SourceCurrent i;
  (void)up;
  SourceCurrentOf(d[D_G], d[D_B], d[D_IMAX], u[E], u[DELTA], u[V_RE], u[V_IM], &i);
  JacobianSwing(d, mode, u, cj, j);
  j[J_E_E]         = LimitedLagX(mode[MODE_E], d[D_TE], cj);
  j[J_E_Q_GEN]     = -d[D_MQ] * LimitedLagW(mode[MODE_E], d[D_TE], Wanted(d, u), d[D_EMIN], d[D_EMAX]);
  j[J_I_D_I_D]     = 1.0;
  j[J_I_D_E]       = -i.re_by[SOURCE_E];
  j[J_I_D_DELTA]   = -i.re_by[SOURCE_DELTA];
  j[J_I_D_V_RE]    = -i.re_by[SOURCE_V_RE];
  j[J_I_D_V_IM]    = -i.re_by[SOURCE_V_IM];
  j[J_I_Q_I_Q]     = 1.0;
  j[J_I_Q_E]       = -i.im_by[SOURCE_E];
  j[J_I_Q_DELTA]   = -i.im_by[SOURCE_DELTA];
  j[J_I_Q_V_RE]    = -i.im_by[SOURCE_V_RE];
  j[J_I_Q_V_IM]    = -i.im_by[SOURCE_V_IM];
  j[J_P_GEN_P_GEN] = 1.0;
  j[J_P_GEN_I_D]   = -u[V_RE];
  j[J_P_GEN_I_Q]   = -u[V_IM];
  j[J_P_GEN_V_RE]  = -u[I_D];
  j[J_P_GEN_V_IM]  = -u[I_Q];
  j[J_Q_GEN_Q_GEN] = 1.0;
  j[J_Q_GEN_I_D]   = -u[V_IM];
  j[J_Q_GEN_I_Q]   = u[V_RE];
  j[J_Q_GEN_V_RE]  = u[I_Q];
  j[J_Q_GEN_V_IM]  = -u[I_D];
  j[J_I_RE_I_D]    = d[D_SCALE];
  j[J_I_IM_I_Q]    = d[D_SCALE];
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const Limiters l  = LimitersOf(d, u);
  margin[MODE_E]    = LimitedLagMargin(mode[MODE_E], d[D_TE], u[E], Wanted(d, u), d[D_EMIN], d[D_EMAX]);
  margin[MODE_PMAX] = UpperLimiterMargin(mode[MODE_PMAX], u[XPMAX], d[D_KIP], l.max);
  margin[MODE_PMIN] = LowerLimiterMargin(mode[MODE_PMIN], u[XPMIN], d[D_KIP], l.min);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  if (k == MODE_E)
    mode[k] = LimitedChange(mode[k], u[E], d[D_EMIN], d[D_EMAX]);
  else
    mode[k] = mode[k] != LIMIT_FREE ? LIMIT_FREE : k == MODE_PMAX ? LIMIT_MAX : LIMIT_MIN;
}

const DeviceModel DeviceVsm = {
    .name          = "VSM",
    .title         = "virtual synchronous machine",
    .source        = "D'Arco, Suul, Fosso, Electric Power Systems Research 122 (2015)",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = N_PARAMETERS,
    .n_optional    = N_PARAMETERS - 13,
    .parameter     = parameters,
    .n_unknowns    = N_UNKNOWNS,
    .unknown       = unknowns,
    .n_inputs      = DEVICE_COUNT(inputs),
    .input         = inputs,
    .n_outputs     = DEVICE_COUNT(outputs),
    .output        = outputs,
    .n_references  = DEVICE_COUNT(references),
    .reference     = references,
    .n_data        = N_DATA,
    .n_modes       = N_MODES,
    .n_entries     = N_ENTRIES,
    .entry         = entries,
    .check         = Check,
    .initialise    = Initialise,
    .residual      = Residual,
    .jacobian      = Jacobian,
    .margin        = Margin,
    .change        = Change,
};
