/* REGFM_A1, droop-controlled grid-forming inverter: a voltage behind its coupling impedance; active power moves the
   frequency, reactive power the voltage; power limits act on frequency and voltage through PI controllers.
   W. Du et al., Model Specification of Droop-Controlled, Grid-Forming Inverters (REGFM_A1), PNNL (2023), figures 2 to 4;
   W. Du et al., IEEE Transactions on Power Delivery 39 (2024); parameters and flags as PowerWorld's help and GridPACK's
   REGFMA1 list them. With droops in per unit of frequency and voltage:
     ddelta/dt = omega_0 dw,  dw = mp (Pref - P) + PI(Pmax - P) limited to <= 0 + PI(Pmin - P) limited to >= 0,
     Vcmd = Vref + mq (Qref - Q) + the same two of Qmax, Qmin,  E = Vcmd, or PI(Vcmd - V), within Emin and Emax.
   Where |I| passes Imax it is held there with its angle. The limits of the voltage controller stay Emin and Emax
   meanwhile, as in GridPACK's REGFMA1; its older GDFORM lowers them to the voltage that the limited current leaves.

   GDFORM is GridPACK's earlier record of the same inverter, in its own order of parameters.

   A battery at the site (SIGNAL_CHARGE) takes Pmax away as it runs empty and Pmin as it fills. A plant control at the site
   moves Pref, and with QVflag 0 Qref, else Vref. */
#include "dynamics/grid_forming.h"

enum {
  VFLAG,
  QVFLAG,
  TPF,
  TQF,
  TVF,
  IMAX,
  EMAX,
  EMIN,
  PMAX,
  PMIN,
  QMAX,
  QMIN,
  MP,
  MQ,
  KPPMAX,
  KIPMAX,
  KPQMAX,
  KIQMAX,
  KPV,
  KIV,
  RE,
  XE,
  N_PARAMETERS
};

/* Imax 0: none. Xe 0 or missing (NAN): the unit's source impedance stands for Re + j Xe. */
static const DeviceParameter parameters[N_PARAMETERS] = {
    [VFLAG]  = {"Vflag", "1", PARAMETER_FLAG},
    [QVFLAG] = {"QVflag", "1", PARAMETER_FLAG},
    [TPF]    = {"Tpf", "s", PARAMETER_NOT_NEGATIVE},
    [TQF]    = {"Tqf", "s", PARAMETER_NOT_NEGATIVE},
    [TVF]    = {"Tvf", "s", PARAMETER_NOT_NEGATIVE},
    [IMAX]   = {"Imax", "1", PARAMETER_NOT_NEGATIVE},
    [EMAX]   = {"Emax", "1", PARAMETER_ANY},
    [EMIN]   = {"Emin", "1", PARAMETER_ANY},
    [PMAX]   = {"Pmax", "1", PARAMETER_ANY},
    [PMIN]   = {"Pmin", "1", PARAMETER_ANY},
    [QMAX]   = {"Qmax", "1", PARAMETER_ANY},
    [QMIN]   = {"Qmin", "1", PARAMETER_ANY},
    [MP]     = {"mp", "1", PARAMETER_NOT_NEGATIVE},
    [MQ]     = {"mq", "1", PARAMETER_NOT_NEGATIVE},
    [KPPMAX] = {"kppmax", "1", PARAMETER_NOT_NEGATIVE},
    [KIPMAX] = {"kipmax", "1/s", PARAMETER_NOT_NEGATIVE},
    [KPQMAX] = {"kpqmax", "1", PARAMETER_NOT_NEGATIVE},
    [KIQMAX] = {"kiqmax", "1/s", PARAMETER_NOT_NEGATIVE},
    [KPV]    = {"kpv", "1", PARAMETER_NOT_NEGATIVE},
    [KIV]    = {"kiv", "1/s", PARAMETER_NOT_NEGATIVE},
    [RE]     = {"Re", "1", PARAMETER_NOT_NEGATIVE},
    [XE]     = {"Xe", "1", PARAMETER_NOT_NEGATIVE},
};

/* GDFORM's order, as GridPACK reads it. */
static const PetscInt gdform_order[] = {MQ,  KPV,  KIV,  MP,   KPPMAX, KIPMAX, PMAX, PMIN, EMAX, EMIN,
                                        TPF, IMAX, QMAX, QMIN, KPQMAX, KIQMAX, TQF,  TVF,  VFLAG};
enum { N_GDFORM = 19 };
static const DeviceParameter gdform_parameters[N_GDFORM] = {
    {"mq", "1", PARAMETER_NOT_NEGATIVE},
    {"kpv", "1", PARAMETER_NOT_NEGATIVE},
    {"kiv", "1/s", PARAMETER_NOT_NEGATIVE},
    {"mp", "1", PARAMETER_NOT_NEGATIVE},
    {"kppmax", "1", PARAMETER_NOT_NEGATIVE},
    {"kipmax", "1/s", PARAMETER_NOT_NEGATIVE},
    {"Pmax", "1", PARAMETER_ANY},
    {"Pmin", "1", PARAMETER_ANY},
    {"Emax", "1", PARAMETER_ANY},
    {"Emin", "1", PARAMETER_ANY},
    {"Tpf", "s", PARAMETER_NOT_NEGATIVE},
    {"Imax", "1", PARAMETER_NOT_NEGATIVE},
    {"Qmax", "1", PARAMETER_ANY},
    {"Qmin", "1", PARAMETER_ANY},
    {"kpqmax", "1", PARAMETER_NOT_NEGATIVE},
    {"kiqmax", "1/s", PARAMETER_NOT_NEGATIVE},
    {"Tqf", "s", PARAMETER_NOT_NEGATIVE},
    {"Tvf", "s", PARAMETER_NOT_NEGATIVE},
    {"Vflag", "1", PARAMETER_FLAG},
};

/* XPMAX .. XQMIN: integrators of the power limiters; XE_V of the voltage controller. */
enum { DELTA, SPEED, PF, QF, VF, XPMAX, XPMIN, XQMAX, XQMIN, XV, E, I_D, I_Q, P_GEN, Q_GEN, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, CHARGE, P_REF, Q_REF };
enum { I_RE = N_UNKNOWNS, I_IM };
enum { MODE_PMAX, MODE_PMIN, MODE_QMAX, MODE_QMIN, MODE_V, N_MODES };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [DELTA] = {"delta", "rad", 1.0},
    [SPEED] = {"speed", "1", 1e-2},
    [PF]    = {"P filtered", "1", 1.0},
    [QF]    = {"Q filtered", "1", 1.0},
    [VF]    = {"V filtered", "1", 1.0},
    [XPMAX] = {"Pmax integrator", "1", 1e-2},
    [XPMIN] = {"Pmin integrator", "1", 1e-2},
    [XQMAX] = {"Qmax integrator", "1", 0.1},
    [XQMIN] = {"Qmin integrator", "1", 0.1},
    [XV]    = {"voltage integrator", "1", 1.0},
    [E]     = {"E", "1", 1.0},
    [I_D]   = {"I re", "1", 1.0}, /* of the site's base */
    [I_Q]   = {"I im", "1", 1.0},
    [P_GEN] = {"P", "1", 1.0},
    [Q_GEN] = {"Q", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_CHARGE, SIGNAL_P_REF, SIGNAL_Q_REF};
static const DeviceOutput outputs[] = {
    {SIGNAL_ANGLE, DELTA}, {SIGNAL_SPEED, SPEED}, {SIGNAL_P_GEN, P_GEN}, {SIGNAL_Q_GEN, Q_GEN}};

enum {
  D_OMEGA0,
  D_SCALE,
  D_G,
  D_B,
  D_IMAX,
  D_TPF,
  D_TQF,
  D_TVF,
  D_MP,
  D_MQ,
  D_KPP,
  D_KIP,
  D_KPQ,
  D_KIQ,
  D_KPV,
  D_KIV,
  D_PMAX,
  D_PMIN,
  D_QMAX,
  D_QMIN,
  D_EMAX,
  D_EMIN,
  D_VFLAG,
  D_VREF,
  D_PREF,
  D_QREF,
  D_P_INPUT, /* the plant control's orders at the start */
  D_Q_INPUT,
  D_Q_SHARE, /* 1: its second order is reactive power, 0: voltage */
  N_DATA
};
static const DeviceReference references[] = {{"vref", D_VREF}, {"pref", D_PREF}, {"qref", D_QREF}};

#define ENTRIES(X)                                                                                                    \
  X(DELTA, DELTA)                                                                                                     \
  X(DELTA, SPEED)                                                                                                     \
  X(SPEED, SPEED)                                                                                                     \
  X(SPEED, PF) X(SPEED, XPMAX) X(SPEED, XPMIN) X(SPEED, CHARGE) X(SPEED, P_REF) X(PF, PF) X(PF, P_GEN) X(QF, QF)      \
      X(QF, Q_GEN) X(VF, VF) X(VF, V_RE) X(VF, V_IM) X(XPMAX, XPMAX) X(XPMAX, PF) X(XPMAX, CHARGE) X(XPMIN, XPMIN)    \
          X(XPMIN, PF) X(XPMIN, CHARGE) X(XQMAX, XQMAX) X(XQMAX, QF) X(XQMIN, XQMIN) X(XQMIN, QF) X(XV, XV) X(XV, QF) \
              X(XV, XQMAX) X(XV, XQMIN) X(XV, VF) X(XV, Q_REF) X(E, E) X(E, XV) X(E, QF) X(E, XQMAX) X(E, XQMIN)      \
                  X(E, VF) X(E, Q_REF) X(I_D, I_D) X(I_D, E) X(I_D, DELTA) X(I_D, V_RE) X(I_D, V_IM) X(I_Q, I_Q)      \
                      X(I_Q, E) X(I_Q, DELTA) X(I_Q, V_RE) X(I_Q, V_IM) X(P_GEN, P_GEN) X(P_GEN, I_D) X(P_GEN, I_Q)   \
                          X(P_GEN, V_RE) X(P_GEN, V_IM) X(Q_GEN, Q_GEN) X(Q_GEN, I_D) X(Q_GEN, I_Q) X(Q_GEN, V_RE)    \
                              X(Q_GEN, V_IM) X(I_RE, I_D) X(I_IM, I_Q)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[EMIN] < p[EMAX])) return "Emin is not below Emax";
  if (!(p[PMIN] <= p[PMAX])) return "Pmin is above Pmax";
  if (!(p[QMIN] <= p[QMAX])) return "Qmin is above Qmax";
  *error = PETSC_FALSE;
  if (p[VFLAG] != 0.0 && p[KIV] == 0.0) return "kiv is zero although Vflag asks for the voltage controller";
  if (p[MP] == 0.0) return "mp is zero: it holds its frequency whatever its power";
  if (p[MP] > 0.5) return "mp is above 0.5 per unit of frequency: it may be meant in rad/s";
  return NULL;
}

static void FromGdform(const PetscReal *p, PetscReal *q)
{
  for (PetscInt k = 0; k < N_PARAMETERS; ++k) q[k] = NAN;
  for (PetscInt k = 0; k < N_GDFORM; ++k) q[gdform_order[k]] = p[k];
  q[QVFLAG] = 1.0;
}

static const char *CheckGdform(const PetscReal *p, PetscBool *error)
{
  PetscReal q[N_PARAMETERS];
  FromGdform(p, q);
  return Check(q, error);
}

static void SetData(DeviceStart *start, const PetscReal *p)
{
  PetscReal *d = start->data;
  d[D_OMEGA0] = start->omega_nominal, d[D_SCALE] = start->base_ratio;
  d[D_IMAX] = p[IMAX] > 0.0 ? p[IMAX] : PETSC_INFINITY;
  d[D_TPF] = p[TPF], d[D_TQF] = p[TQF], d[D_TVF] = p[TVF];
  d[D_MP] = p[MP], d[D_MQ] = p[MQ];
  d[D_KPP] = p[KPPMAX], d[D_KIP] = p[KIPMAX], d[D_KPQ] = p[KPQMAX], d[D_KIQ] = p[KIQMAX];
  d[D_KPV] = p[KPV], d[D_KIV] = p[KIV];
  d[D_PMAX] = p[PMAX], d[D_PMIN] = p[PMIN], d[D_QMAX] = p[QMAX], d[D_QMIN] = p[QMIN];
  d[D_EMAX] = p[EMAX], d[D_EMIN] = p[EMIN];
  d[D_VFLAG]   = p[VFLAG] != 0.0 ? 1.0 : 0.0;
  d[D_Q_SHARE] = p[QVFLAG] == 0.0 ? 1.0 : 0.0;
}

static void StartReferences(DeviceStart *start, PetscReal v)
{
  PetscReal       *d = start->data, *u = start->unknown;
  const PetscReal  command = d[D_VFLAG] != 0.0 ? v : u[E];
  const PetscBool  by_q    = (PetscBool)(d[D_Q_SHARE] != 0.0);
  PetscReal *const signal  = start->signal;
  d[D_PREF] = d[D_P_INPUT] = signal[SIGNAL_P_REF] = u[P_GEN];
  d[D_QREF]                                       = by_q ? u[Q_GEN] : 0.0;
  d[D_VREF]                                       = command - d[D_MQ] * (d[D_QREF] - u[Q_GEN]);
  d[D_Q_INPUT] = signal[SIGNAL_Q_REF] = by_q ? d[D_QREF] : d[D_VREF];
  signal[SIGNAL_CHARGE]               = 0.5; /* neither empty nor full, unless a battery says otherwise */
}

static void Start(DeviceStart *start, const PetscReal *p)
{
  PetscReal      *d = start->data, *u = start->unknown;
  const PetscReal v = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  SetData(start, p);
  if (!(v > 0.0) || !SourceAdmittance(start, p[RE], p[XE], &d[D_G], &d[D_B])) {
    snprintf(start->problem, DEVICE_TEXT,
             v > 0.0 ? "neither its record nor its unit gives a reactance" : "the voltage at its bus is zero");
    return;
  }
  u[P_GEN] = start->p / d[D_SCALE], u[Q_GEN] = start->q / d[D_SCALE];
  u[I_D]               = (u[P_GEN] * start->v_re + u[Q_GEN] * start->v_im) / (v * v);
  u[I_Q]               = (u[P_GEN] * start->v_im - u[Q_GEN] * start->v_re) / (v * v);
  const PetscReal y2   = d[D_G] * d[D_G] + d[D_B] * d[D_B];
  const PetscReal e_r  = start->v_re + (d[D_G] * u[I_D] + d[D_B] * u[I_Q]) / y2;
  const PetscReal e_i  = start->v_im + (d[D_G] * u[I_Q] - d[D_B] * u[I_D]) / y2;
  PetscReal       none = 0.0;
  u[E]                 = PetscSqrtReal(e_r * e_r + e_i * e_i);
  u[DELTA]             = PetscAtan2Real(e_i, e_r);
  u[SPEED]             = 0.0;
  u[PF] = u[P_GEN], u[QF] = u[Q_GEN], u[VF] = v;
  u[XPMAX] = u[XPMIN] = u[XQMAX] = u[XQMIN] = 0.0;
  u[XV]                                     = d[D_VFLAG] != 0.0 ? u[E] : 0.0;
  WidenLimits(start, "active power", u[P_GEN], &d[D_PMIN], &d[D_PMAX]);
  WidenLimits(start, "reactive power", u[Q_GEN], &d[D_QMIN], &d[D_QMAX]);
  WidenLimits(start, "internal voltage", u[E], &d[D_EMIN], &d[D_EMAX]);
  WidenLimits(start, "current", PetscSqrtReal(u[I_D] * u[I_D] + u[I_Q] * u[I_Q]), &none, &d[D_IMAX]);
  StartReferences(start, v);
  start->mode[MODE_PMAX] = start->mode[MODE_QMAX] = LIMIT_MAX;
  start->mode[MODE_PMIN] = start->mode[MODE_QMIN] = LIMIT_MIN;
  start->differential[PF]                         = (PetscBool)(d[D_TPF] > 0.0);
  start->differential[QF]                         = (PetscBool)(d[D_TQF] > 0.0);
  start->differential[VF]                         = (PetscBool)(d[D_TVF] > 0.0);
  start->differential[XV]                         = (PetscBool)(d[D_VFLAG] != 0.0);
  start->differential[SPEED]                      = PETSC_FALSE;
  for (PetscInt k = E; k < N_UNKNOWNS; ++k) start->differential[k] = PETSC_FALSE;
}

static void Initialise(DeviceStart *start)
{
  Start(start, start->parameter);
}

static void InitialiseGdform(DeviceStart *start)
{
  PetscReal q[N_PARAMETERS];
  FromGdform(start->parameter, q);
  Start(start, q);
}

/* Errors of the limiters, and the voltage that is asked for. */
typedef struct {
  PetscReal p_max, p_min, p_max_charge, p_min_charge, q_max, q_min; /* errors; derivatives by the state of charge */
  PetscReal sum_p_max, sum_p_min, sum_q_max, sum_q_min;             /* kp error + integrator */
  PetscReal command, asked;                                         /* Vcmd, E before its limits */
} Control;

static Control ControlOf(const PetscReal *d, const PetscReal *u)
{
  Control c;
  c.p_max           = UpperPower(d[D_PMAX], u[CHARGE], &c.p_max_charge) - u[PF];
  c.p_min           = LowerPower(d[D_PMIN], u[CHARGE], &c.p_min_charge) - u[PF];
  c.q_max           = d[D_QMAX] - u[QF];
  c.q_min           = d[D_QMIN] - u[QF];
  c.sum_p_max       = d[D_KPP] * c.p_max + u[XPMAX];
  c.sum_p_min       = d[D_KPP] * c.p_min + u[XPMIN];
  c.sum_q_max       = d[D_KPQ] * c.q_max + u[XQMAX];
  c.sum_q_min       = d[D_KPQ] * c.q_min + u[XQMIN];
  const PetscReal m = u[Q_REF] - d[D_Q_INPUT];
  c.command         = d[D_VREF] + (1.0 - d[D_Q_SHARE]) * m + d[D_MQ] * (d[D_QREF] + d[D_Q_SHARE] * m - u[QF]) +
              LimiterDown(c.sum_q_max) + LimiterUp(c.sum_q_min);
  c.asked = d[D_VFLAG] != 0.0 ? d[D_KPV] * (c.command - u[VF]) + u[XV] : c.command;
  return c;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Control   c     = ControlOf(d, u);
  const PetscReal p_ref = d[D_PREF] + u[P_REF] - d[D_P_INPUT];
  PetscReal       by_re, by_im;
  SourceCurrent   i;
  SourceCurrentOf(d[D_G], d[D_B], d[D_IMAX], u[E], u[DELTA], u[V_RE], u[V_IM], &i);
  f[DELTA] = up[DELTA] - d[D_OMEGA0] * u[SPEED];
  f[SPEED] = u[SPEED] - d[D_MP] * (p_ref - u[PF]) - LimiterDown(c.sum_p_max) - LimiterUp(c.sum_p_min);
  f[PF]    = Lag(d[D_TPF], u[PF], up[PF], u[P_GEN]);
  f[QF]    = Lag(d[D_TQF], u[QF], up[QF], u[Q_GEN]);
  f[VF]    = Lag(d[D_TVF], u[VF], up[VF], Magnitude(u[V_RE], u[V_IM], &by_re, &by_im));
  f[XPMAX] = Limited(mode[MODE_PMAX], u[XPMAX], up[XPMAX], d[D_KIP] * c.p_max, 0.0, 0.0);
  f[XPMIN] = Limited(mode[MODE_PMIN], u[XPMIN], up[XPMIN], d[D_KIP] * c.p_min, 0.0, 0.0);
  f[XQMAX] = Limited(mode[MODE_QMAX], u[XQMAX], up[XQMAX], d[D_KIQ] * c.q_max, 0.0, 0.0);
  f[XQMIN] = Limited(mode[MODE_QMIN], u[XQMIN], up[XQMIN], d[D_KIQ] * c.q_min, 0.0, 0.0);
  f[XV]    = d[D_VFLAG] == 0.0
                 ? u[XV]
                 : Limited(mode[MODE_V], u[XV], up[XV], d[D_KIV] * (c.command - u[VF]), d[D_EMIN], d[D_EMAX]);
  f[E]     = u[E] - Clamp(c.asked, d[D_EMIN], d[D_EMAX]);
  f[I_D]   = u[I_D] - i.re;
  f[I_Q]   = u[I_Q] - i.im;
  f[P_GEN] = u[P_GEN] - u[V_RE] * u[I_D] - u[V_IM] * u[I_Q];
  f[Q_GEN] = u[Q_GEN] - u[V_IM] * u[I_D] + u[V_RE] * u[I_Q];
  f[I_RE]  = d[D_SCALE] * u[I_D];
  f[I_IM]  = d[D_SCALE] * u[I_Q];
}

static void JacobianPower(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const Control   c  = ControlOf(d, u);
  const PetscReal up = c.sum_p_max < 0.0 ? 1.0 : 0.0, down = c.sum_p_min > 0.0 ? 1.0 : 0.0;
  const PetscReal w_max = LimitedW(mode[MODE_PMAX]) * d[D_KIP], w_min = LimitedW(mode[MODE_PMIN]) * d[D_KIP];
  j[J_DELTA_DELTA]  = cj;
  j[J_DELTA_SPEED]  = -d[D_OMEGA0];
  j[J_SPEED_SPEED]  = 1.0;
  j[J_SPEED_PF]     = d[D_MP] + (up + down) * d[D_KPP];
  j[J_SPEED_XPMAX]  = -up;
  j[J_SPEED_XPMIN]  = -down;
  j[J_SPEED_CHARGE] = -d[D_KPP] * (up * c.p_max_charge + down * c.p_min_charge);
  j[J_SPEED_P_REF]  = -d[D_MP];
  j[J_PF_PF]        = LagX(d[D_TPF], cj);
  j[J_PF_P_GEN]     = LagW(d[D_TPF]);
  j[J_XPMAX_XPMAX]  = LimitedX(mode[MODE_PMAX], cj, 0.0);
  j[J_XPMAX_PF]     = -w_max;
  j[J_XPMAX_CHARGE] = w_max * c.p_max_charge;
  j[J_XPMIN_XPMIN]  = LimitedX(mode[MODE_PMIN], cj, 0.0);
  j[J_XPMIN_PF]     = -w_min;
  j[J_XPMIN_CHARGE] = w_min * c.p_min_charge;
}

static void JacobianVoltage(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const Control   c  = ControlOf(d, u);
  const PetscReal up = c.sum_q_max < 0.0 ? 1.0 : 0.0, down = c.sum_q_min > 0.0 ? 1.0 : 0.0;
  const PetscReal by_qf = -d[D_MQ] - (up + down) * d[D_KPQ], by_ref = 1.0 + d[D_Q_SHARE] * (d[D_MQ] - 1.0);
  const PetscBool pi = (PetscBool)(d[D_VFLAG] != 0.0);
  const PetscReal w  = pi ? LimitedW(mode[MODE_V]) * d[D_KIV] : 0.0;
  const PetscReal e = -ClampX(c.asked, d[D_EMIN], d[D_EMAX]), e_command = e * (pi ? d[D_KPV] : 1.0);
  PetscReal       by_re, by_im;
  (void)Magnitude(u[V_RE], u[V_IM], &by_re, &by_im);
  j[J_QF_QF]       = LagX(d[D_TQF], cj);
  j[J_QF_Q_GEN]    = LagW(d[D_TQF]);
  j[J_VF_VF]       = LagX(d[D_TVF], cj);
  j[J_VF_V_RE]     = LagW(d[D_TVF]) * by_re;
  j[J_VF_V_IM]     = LagW(d[D_TVF]) * by_im;
  j[J_XQMAX_XQMAX] = LimitedX(mode[MODE_QMAX], cj, 0.0);
  j[J_XQMAX_QF]    = -LimitedW(mode[MODE_QMAX]) * d[D_KIQ];
  j[J_XQMIN_XQMIN] = LimitedX(mode[MODE_QMIN], cj, 0.0);
  j[J_XQMIN_QF]    = -LimitedW(mode[MODE_QMIN]) * d[D_KIQ];
  j[J_XV_XV]       = pi ? LimitedX(mode[MODE_V], cj, 0.0) : 1.0;
  j[J_XV_QF]       = w * by_qf;
  j[J_XV_XQMAX]    = w * up;
  j[J_XV_XQMIN]    = w * down;
  j[J_XV_VF]       = -w;
  j[J_XV_Q_REF]    = w * by_ref;
  j[J_E_E]         = 1.0;
  j[J_E_XV]        = pi ? e : 0.0;
  j[J_E_QF]        = e_command * by_qf;
  j[J_E_XQMAX]     = e_command * up;
  j[J_E_XQMIN]     = e_command * down;
  j[J_E_VF]        = pi ? -e_command : 0.0;
  j[J_E_Q_REF]     = e_command * by_ref;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  SourceCurrent i;
  (void)up;
  SourceCurrentOf(d[D_G], d[D_B], d[D_IMAX], u[E], u[DELTA], u[V_RE], u[V_IM], &i);
  JacobianPower(d, mode, u, cj, j);
  JacobianVoltage(d, mode, u, cj, j);
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
  const Control c   = ControlOf(d, u);
  margin[MODE_PMAX] = UpperLimiterMargin(mode[MODE_PMAX], u[XPMAX], d[D_KIP], c.p_max);
  margin[MODE_PMIN] = LowerLimiterMargin(mode[MODE_PMIN], u[XPMIN], d[D_KIP], c.p_min);
  margin[MODE_QMAX] = UpperLimiterMargin(mode[MODE_QMAX], u[XQMAX], d[D_KIQ], c.q_max);
  margin[MODE_QMIN] = LowerLimiterMargin(mode[MODE_QMIN], u[XQMIN], d[D_KIQ], c.q_min);
  margin[MODE_V]    = d[D_VFLAG] == 0.0
                          ? 1.0
                          : LimitedMargin(mode[MODE_V], u[XV], d[D_KIV] * (c.command - u[VF]), d[D_EMIN], d[D_EMAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  switch (k) {
  case MODE_PMAX:
  case MODE_QMAX:
    mode[k] = mode[k] == LIMIT_FREE ? LIMIT_MAX : LIMIT_FREE;
    break;
  case MODE_PMIN:
  case MODE_QMIN:
    mode[k] = mode[k] == LIMIT_FREE ? LIMIT_MIN : LIMIT_FREE;
    break;
  default:
    mode[k] = LimitedChange(mode[k], u[XV], d[D_EMIN], d[D_EMAX]);
  }
}

#define COMMON                                                                                              \
  .kind = DEVICE_SOURCE, .feeds_network = PETSC_TRUE, .n_unknowns = N_UNKNOWNS, .unknown = unknowns,        \
  .n_inputs = DEVICE_COUNT(inputs), .input = inputs, .n_outputs = DEVICE_COUNT(outputs), .output = outputs, \
  .n_references = DEVICE_COUNT(references), .reference = references, .n_data = N_DATA, .n_modes = N_MODES,  \
  .n_entries = N_ENTRIES, .entry = entries, .residual = Residual, .jacobian = Jacobian, .margin = Margin,   \
  .change = Change

const DeviceModel DeviceRegfmA1 = {
    .name         = "REGFM_A1",
    .alias        = "REGFMA1",
    .title        = "grid-forming inverter, droop",
    .source       = "PNNL, Model Specification of Droop-Controlled, Grid-Forming Inverters (REGFM_A1), 2023",
    .n_parameters = N_PARAMETERS,
    .n_optional   = N_PARAMETERS - 20,
    .parameter    = parameters,
    .check        = Check,
    .initialise   = Initialise,
    COMMON,
};

const DeviceModel DeviceGdform = {
    .name         = "GDFORM",
    .title        = "grid-forming inverter, droop",
    .source       = "as REGFM_A1; record of GridPACK's GDFORM",
    .n_parameters = N_GDFORM,
    .parameter    = gdform_parameters,
    .check        = CheckGdform,
    .initialise   = InitialiseGdform,
    COMMON,
};
