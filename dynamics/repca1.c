/* REPCA1 (REPC_A), plant control of inverters: references of reactive power (or voltage) and of active power for their
   electrical control. WECC REMTF, second generation generic renewable models, REPC_A; PSS/E model library, REPCA1.

   * RefFlag 1 controls the voltage of the bus given, with VCFlag 1 as it is beyond (Rc + jXc) times the branch's
     current, with VCFlag 0 plus Kc times the branch's reactive power; RefFlag 0 controls the branch's reactive power.
     Filter Tfltr, dead band, emin to emax, Kp + Ki/s within Qmin and Qmax, (1 + s Tft)/(1 + s Tfv). The integrator is
     frozen while the bus's voltage, not filtered, is below Vfrz.
   * Fflag 1: the branch's active power, filtered by Tp, against Plant_pref plus Ddn times a fall or Dup times a rise of
     power that the frequency's error beyond its dead band asks for; femin to femax, Kpg + Kig/s within Pmin and Pmax,
     lag Tlag. Fflag 0: "pref" itself is handed on.
   The branch is seen from the end named first, its flow towards the other end positive, per unit on the unit's base;
   without a branch the unit's own power and current stand for it.
   An integrator's state has the limits of its control's output, without windup, and the output is clamped.
   References: vref and qref per unit, pref per unit on the unit's base, fref as deviation from nominal, per unit. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum {
  BUS,
  FROM,
  TO,
  BRANCH,
  VCFLAG,
  REFFLAG,
  FFLAG,
  TFLTR,
  KP,
  KI,
  TFT,
  TFV,
  VFRZ,
  RC,
  XC,
  KC,
  EMAX,
  EMIN,
  DBD1,
  DBD2,
  QMAX,
  QMIN,
  KPG,
  KIG,
  TP,
  FDBD1,
  FDBD2,
  FEMAX,
  FEMIN,
  PMAX,
  PMIN,
  TLAG,
  DDN,
  DUP,
  N_PARAMETERS
};

static const DeviceParameter parameters[N_PARAMETERS] = {
    [BUS]     = {"BUS", "1", PARAMETER_BUS},
    [FROM]    = {"FROM", "1", PARAMETER_BUS},
    [TO]      = {"TO", "1", PARAMETER_BUS},
    [BRANCH]  = {"CKT", "1", PARAMETER_CIRCUIT},
    [VCFLAG]  = {"VCFlag", "1", PARAMETER_FLAG},
    [REFFLAG] = {"RefFlag", "1", PARAMETER_FLAG},
    [FFLAG]   = {"Fflag", "1", PARAMETER_FLAG},
    [TFLTR]   = {"Tfltr", "s", PARAMETER_NOT_NEGATIVE},
    [KP]      = {"Kp", "1", PARAMETER_NOT_NEGATIVE},
    [KI]      = {"Ki", "1/s", PARAMETER_NOT_NEGATIVE},
    [TFT]     = {"Tft", "s", PARAMETER_NOT_NEGATIVE},
    [TFV]     = {"Tfv", "s", PARAMETER_NOT_NEGATIVE},
    [VFRZ]    = {"Vfrz", "1", PARAMETER_ANY},
    [RC]      = {"Rc", "1", PARAMETER_ANY},
    [XC]      = {"Xc", "1", PARAMETER_ANY},
    [KC]      = {"Kc", "1", PARAMETER_ANY},
    [EMAX]    = {"emax", "1", PARAMETER_ANY},
    [EMIN]    = {"emin", "1", PARAMETER_ANY},
    [DBD1]    = {"dbd1", "1", PARAMETER_ANY},
    [DBD2]    = {"dbd2", "1", PARAMETER_ANY},
    [QMAX]    = {"Qmax", "1", PARAMETER_ANY},
    [QMIN]    = {"Qmin", "1", PARAMETER_ANY},
    [KPG]     = {"Kpg", "1", PARAMETER_NOT_NEGATIVE},
    [KIG]     = {"Kig", "1/s", PARAMETER_NOT_NEGATIVE},
    [TP]      = {"Tp", "s", PARAMETER_NOT_NEGATIVE},
    [FDBD1]   = {"fdbd1", "1", PARAMETER_ANY},
    [FDBD2]   = {"fdbd2", "1", PARAMETER_ANY},
    [FEMAX]   = {"femax", "1", PARAMETER_ANY},
    [FEMIN]   = {"femin", "1", PARAMETER_ANY},
    [PMAX]    = {"Pmax", "1", PARAMETER_ANY},
    [PMIN]    = {"Pmin", "1", PARAMETER_ANY},
    [TLAG]    = {"Tlag", "s", PARAMETER_NOT_NEGATIVE},
    [DDN]     = {"Ddn", "1", PARAMETER_NOT_NEGATIVE},
    [DUP]     = {"Dup", "1", PARAMETER_NOT_NEGATIVE},
};

/* IB: current of the branch, towards its other end; PB, QB power there; VF, QF, PF filtered; XI, XP integrators; LEAD
   state of the lead-lag. */
enum { IB_RE, IB_IM, PB, QB, VF, QF, XI, LEAD, Q_REF, PF, XP, P_REF, N_UNKNOWNS };
enum { REG_RE = N_UNKNOWNS, REG_IM, FROM_RE, FROM_IM, TO_RE, TO_IM, V_RE, V_IM, P_GEN, Q_GEN, FREQUENCY };
enum { M_FREEZE, M_XI, M_XP, N_MODES };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [IB_RE] = {"branch I re", "1", 1.0}, [IB_IM] = {"branch I im", "1", 1.0}, [PB] = {"branch P", "1", 1.0},
    [QB] = {"branch Q", "1", 1.0},       [VF] = {"V filtered", "1", 1.0},     [QF] = {"Q filtered", "1", 1.0},
    [XI] = {"Q control", "1", 1.0},      [LEAD] = {"lead-lag", "1", 1.0},     [Q_REF] = {"Qext", "1", 1.0},
    [PF] = {"P filtered", "1", 1.0},     [XP] = {"P control", "1", 1.0},      [P_REF] = {"Pref", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_REGULATED_V_RE, SIGNAL_REGULATED_V_IM, SIGNAL_FROM_V_RE, SIGNAL_FROM_V_IM,
                                       SIGNAL_TO_V_RE,        SIGNAL_TO_V_IM,        SIGNAL_V_RE,      SIGNAL_V_IM,
                                       SIGNAL_P_GEN,          SIGNAL_Q_GEN,          SIGNAL_FREQUENCY};
static const DeviceOutput outputs[] = {{SIGNAL_Q_REF, Q_REF}, {SIGNAL_P_REF, P_REF}};

/* After the parameters, their limits widened to the start: references; what constant integrators hold; the branch's
   admittances to its own end (Y) and to the other (T) on the site's base. */
enum { D_VREF = N_PARAMETERS, D_QREF, D_PREF, D_FREF, D_XI0, D_XP0, D_YG, D_YB, D_TG, D_TB, N_DATA };
static const DeviceReference references[] = {{"vref", D_VREF}, {"qref", D_QREF}, {"pref", D_PREF}, {"fref", D_FREF}};

#define ENTRIES(E)                                                                                                   \
  E(IB_RE, IB_RE)                                                                                                    \
  E(IB_RE, FROM_RE)                                                                                                  \
  E(IB_RE, FROM_IM)                                                                                                  \
  E(IB_RE, TO_RE)                                                                                                    \
  E(IB_RE, TO_IM)                                                                                                    \
  E(IB_RE, V_RE)                                                                                                     \
  E(IB_RE, V_IM)                                                                                                     \
  E(IB_RE, P_GEN)                                                                                                    \
  E(IB_RE, Q_GEN)                                                                                                    \
  E(IB_IM, IB_IM)                                                                                                    \
  E(IB_IM, FROM_RE)                                                                                                  \
  E(IB_IM, FROM_IM) E(IB_IM, TO_RE) E(IB_IM, TO_IM) E(IB_IM, V_RE) E(IB_IM, V_IM) E(IB_IM, P_GEN) E(IB_IM, Q_GEN)    \
      E(PB, PB) E(PB, IB_RE) E(PB, IB_IM) E(PB, FROM_RE) E(PB, FROM_IM) E(PB, P_GEN) E(QB, QB) E(QB, IB_RE)          \
          E(QB, IB_IM) E(QB, FROM_RE) E(QB, FROM_IM) E(QB, Q_GEN) E(VF, VF) E(VF, REG_RE) E(VF, REG_IM) E(VF, IB_RE) \
              E(VF, IB_IM) E(VF, QB) E(QF, QF) E(QF, QB) E(XI, XI) E(XI, VF) E(XI, QF) E(LEAD, LEAD) E(LEAD, XI)     \
                  E(LEAD, VF) E(LEAD, QF) E(Q_REF, Q_REF) E(Q_REF, LEAD) E(Q_REF, XI) E(Q_REF, VF) E(Q_REF, QF)      \
                      E(PF, PF) E(PF, PB) E(XP, XP) E(XP, PF) E(XP, FREQUENCY) E(P_REF, P_REF) E(P_REF, XP)          \
                          E(P_REF, PF) E(P_REF, FREQUENCY)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[DBD1] > 0.0 || p[DBD2] < 0.0) return "its dead band dbd1 to dbd2 does not contain zero";
  if (p[FDBD1] > 0.0 || p[FDBD2] < 0.0) return "its dead band fdbd1 to fdbd2 does not contain zero";
  if (p[EMIN] > 0.0 || p[EMAX] < 0.0) return "emin to emax does not contain zero";
  if (p[FEMIN] > 0.0 || p[FEMAX] < 0.0) return "femin to femax does not contain zero";
  if (p[QMIN] > p[QMAX]) return "Qmin is above Qmax";
  if (p[PMIN] > p[PMAX]) return "Pmin is above Pmax";
  *error = PETSC_FALSE;
  if (p[TFV] == 0.0 && p[TFT] != 0.0) return "Tfv is zero: the lead-lag passes its input on, without Tft's lead";
  return NULL;
}

/* ---------------------------------------------------------------- measured */

/* Current at the unit's own terminals; the voltage's square is floored as where the converter's direction fades. */
#define V2_LOW 1e-4
typedef struct {
  PetscReal re, im, w, w_re, w_im;
} Own;

static Own OwnCurrent(const PetscReal *u)
{
  const PetscReal v2 = u[V_RE] * u[V_RE] + u[V_IM] * u[V_IM];
  Own             o  = {.w = 1.0 / PetscMax(v2, V2_LOW)};
  o.re               = o.w * (u[P_GEN] * u[V_RE] + u[Q_GEN] * u[V_IM]);
  o.im               = o.w * (u[P_GEN] * u[V_IM] - u[Q_GEN] * u[V_RE]);
  if (v2 > V2_LOW) o.w_re = -2.0 * o.w * o.w * u[V_RE], o.w_im = -2.0 * o.w * o.w * u[V_IM];
  return o;
}

/* The voltage that is controlled, and its derivatives. */
typedef struct {
  PetscReal v, by_re, by_im, by_ib_re, by_ib_im, by_q;
} Controlled;

static Controlled ControlledVoltage(const PetscReal *d, const PetscReal *u)
{
  Controlled c = {.v = 0.0};
  if (d[VCFLAG] != 0.0) {
    c.v = Magnitude(u[REG_RE] - d[RC] * u[IB_RE] + d[XC] * u[IB_IM], u[REG_IM] - d[RC] * u[IB_IM] - d[XC] * u[IB_RE],
                    &c.by_re, &c.by_im);
    c.by_ib_re = -d[RC] * c.by_re - d[XC] * c.by_im;
    c.by_ib_im = d[XC] * c.by_re - d[RC] * c.by_im;
  } else {
    c.v    = Magnitude(u[REG_RE], u[REG_IM], &c.by_re, &c.by_im) + d[KC] * u[QB];
    c.by_q = d[KC];
  }
  return c;
}

/* ---------------------------------------------------------------- controls */

/* Error of a control beyond dead band and clamp; its clamped output; derivatives. */
typedef struct {
  PetscReal e, e_in, y, y_e, y_x;
} Control;

static Control ControlOf(PetscReal e, PetscReal e_in, PetscReal kp, PetscReal x, PetscReal min, PetscReal max)
{
  const PetscReal y = kp * e + x, inside = ClampX(y, min, max);
  return (Control){e, e_in, Clamp(y, min, max), inside * kp, inside};
}

static Control Reactive(const PetscReal *d, const PetscReal *u)
{
  const PetscReal error = d[REFFLAG] != 0.0 ? d[D_VREF] - u[VF] : d[D_QREF] - u[QF];
  const PetscReal e     = DeadBand(error, d[DBD1], d[DBD2]);
  const PetscReal e_in  = DeadBandX(error, d[DBD1], d[DBD2]) * ClampX(e, d[EMIN], d[EMAX]);
  return ControlOf(Clamp(e, d[EMIN], d[EMAX]), e_in, d[KP], u[XI], d[QMIN], d[QMAX]);
}

/* Also the derivative of the error by frequency. */
static Control Active(const PetscReal *d, const PetscReal *u, PetscReal *by_f)
{
  const PetscReal error = d[D_FREF] - u[FREQUENCY], beyond = DeadBand(error, d[FDBD1], d[FDBD2]);
  const PetscReal droop = beyond < 0.0 ? d[DDN] : d[DUP], e = d[D_PREF] + droop * beyond - u[PF];
  const PetscReal inside = ClampX(e, d[FEMIN], d[FEMAX]);
  *by_f                  = -inside * droop * DeadBandX(error, d[FDBD1], d[FDBD2]);
  return ControlOf(Clamp(e, d[FEMIN], d[FEMAX]), inside, d[KPG], u[XP], d[PMIN], d[PMAX]);
}

/* ---------------------------------------------------------------- start */

/* A state that starts at its limit gets ROOM, lest rounding errors hit it. */
#define ROOM 1e-6
static void Widen(DeviceStart *start, const char *name, PetscReal value, PetscReal *min, PetscReal *max)
{
  const size_t n = strlen(start->warning);
  if (value < *min - ROOM || value > *max + ROOM)
    snprintf(start->warning + n, DEVICE_TEXT - n, "%sinitial %s %.4g is outside %.4g to %.4g", n ? "; " : "", name,
             (double)value, (double)*min, (double)*max);
  *min = PetscMin(*min, value - ROOM);
  *max = PetscMax(*max, value + ROOM);
}

static void StartBranch(DeviceStart *start, PetscReal *local)
{
  PetscReal *d = start->data;
  if (d[BRANCH] >= 0.0) {
    d[D_YG] = start->branch_y[0][0] / start->base_ratio;
    d[D_YB] = start->branch_y[0][1] / start->base_ratio;
    d[D_TG] = start->branch_y[1][0] / start->base_ratio;
    d[D_TB] = start->branch_y[1][1] / start->base_ratio;
    local[IB_RE] =
        d[D_YG] * start->from_re - d[D_YB] * start->from_im + d[D_TG] * start->to_re - d[D_TB] * start->to_im;
    local[IB_IM] =
        d[D_YG] * start->from_im + d[D_YB] * start->from_re + d[D_TG] * start->to_im + d[D_TB] * start->to_re;
    local[PB] = start->from_re * local[IB_RE] + start->from_im * local[IB_IM];
    local[QB] = start->from_im * local[IB_RE] - start->from_re * local[IB_IM];
  } else {
    local[V_RE] = start->v_re, local[V_IM] = start->v_im;
    local[P_GEN] = start->signal[SIGNAL_P_GEN], local[Q_GEN] = start->signal[SIGNAL_Q_GEN];
    const Own o  = OwnCurrent(local);
    local[IB_RE] = o.re, local[IB_IM] = o.im, local[PB] = local[P_GEN], local[QB] = local[Q_GEN];
  }
}

static void Initialise(DeviceStart *start)
{
  PetscReal      *d = start->data, *u = start->unknown, local[N_UNKNOWNS + DEVICE_COUNT(inputs)] = {0.0};
  const PetscReal q = start->signal[SIGNAL_Q_REF], p = start->signal[SIGNAL_P_REF];
  if (PetscIsNanReal(p) || PetscIsNanReal(q) || PetscIsNanReal(start->signal[SIGNAL_P_GEN])) {
    snprintf(start->problem, DEVICE_TEXT,
             "its site has no converter with electrical control (REGCA1 and REECA1 or REECB1)");
    return;
  }
  for (PetscInt k = 0; k < N_PARAMETERS; ++k) d[k] = start->parameter[k];
  StartBranch(start, local);
  local[REG_RE] = start->regulated_re, local[REG_IM] = start->regulated_im;
  local[VF] = ControlledVoltage(d, local).v, local[QF] = local[QB], local[PF] = local[PB];
  local[XI] = local[LEAD] = local[Q_REF] = d[D_XI0] = q;
  local[XP] = local[P_REF] = d[D_XP0] = p;
  for (PetscInt k = 0; k < N_UNKNOWNS; ++k) u[k] = local[k], start->differential[k] = PETSC_FALSE;
  d[D_VREF] = u[VF], d[D_QREF] = u[QB], d[D_FREF] = start->signal[SIGNAL_FREQUENCY];
  d[D_PREF] = d[FFLAG] != 0.0 ? u[PB] : p;
  Widen(start, "Qext", q, &d[QMIN], &d[QMAX]);
  if (d[FFLAG] != 0.0) Widen(start, "Pref", p, &d[PMIN], &d[PMAX]);
  start->differential[VF] = start->differential[QF] = (PetscBool)(d[TFLTR] > 0.0);
  start->differential[XI]                           = (PetscBool)(d[KI] > 0.0);
  start->differential[LEAD]                         = (PetscBool)(d[TFV] > 0.0);
  start->differential[PF]                           = (PetscBool)(d[TP] > 0.0);
  start->differential[XP]                           = (PetscBool)(d[FFLAG] != 0.0 && d[KIG] > 0.0);
  start->differential[P_REF]                        = (PetscBool)(d[FFLAG] != 0.0 && d[TLAG] > 0.0);
}

/* ---------------------------------------------------------------- residual and Jacobian */

static void ResidualBranch(const PetscReal *d, const PetscReal *u, PetscReal *f)
{
  if (d[BRANCH] >= 0.0) {
    f[IB_RE] = u[IB_RE] - d[D_YG] * u[FROM_RE] + d[D_YB] * u[FROM_IM] - d[D_TG] * u[TO_RE] + d[D_TB] * u[TO_IM];
    f[IB_IM] = u[IB_IM] - d[D_YG] * u[FROM_IM] - d[D_YB] * u[FROM_RE] - d[D_TG] * u[TO_IM] - d[D_TB] * u[TO_RE];
    f[PB]    = u[PB] - u[FROM_RE] * u[IB_RE] - u[FROM_IM] * u[IB_IM];
    f[QB]    = u[QB] - u[FROM_IM] * u[IB_RE] + u[FROM_RE] * u[IB_IM];
  } else {
    const Own o = OwnCurrent(u);
    f[IB_RE]    = u[IB_RE] - o.re;
    f[IB_IM]    = u[IB_IM] - o.im;
    f[PB]       = u[PB] - u[P_GEN];
    f[QB]       = u[QB] - u[Q_GEN];
  }
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal     by_f;
  const Control q = Reactive(d, u), p = Active(d, u, &by_f);
  ResidualBranch(d, u, f);
  f[VF]    = Lag(d[TFLTR], u[VF], up[VF], ControlledVoltage(d, u).v);
  f[QF]    = Lag(d[TFLTR], u[QF], up[QF], u[QB]);
  f[LEAD]  = Lag(d[TFV], u[LEAD], up[LEAD], q.y);
  f[Q_REF] = u[Q_REF] - LeadLag(d[TFT], d[TFV], u[LEAD], q.y);
  f[PF]    = Lag(d[TP], u[PF], up[PF], u[PB]);
  if (d[KI] == 0.0)
    f[XI] = u[XI] - d[D_XI0];
  else
    f[XI] = mode[M_FREEZE] ? up[XI] : Limited(mode[M_XI], u[XI], up[XI], d[KI] * q.e, d[QMIN], d[QMAX]);
  f[XP] = u[XP] - d[D_XP0];
  if (d[FFLAG] == 0.0) {
    f[P_REF] = u[P_REF] - d[D_PREF];
    return;
  }
  if (d[KIG] > 0.0) f[XP] = Limited(mode[M_XP], u[XP], up[XP], d[KIG] * p.e, d[PMIN], d[PMAX]);
  f[P_REF] = Lag(d[TLAG], u[P_REF], up[P_REF], p.y);
}

static void JacobianBranch(const PetscReal *d, const PetscReal *u, PetscReal *j)
{
  const PetscBool branch = (PetscBool)(d[BRANCH] >= 0.0);
  const Own       o      = OwnCurrent(u);
  const PetscReal own = branch ? 0.0 : 1.0, at = branch ? 1.0 : 0.0;
  const PetscReal re = u[P_GEN] * u[V_RE] + u[Q_GEN] * u[V_IM], im = u[P_GEN] * u[V_IM] - u[Q_GEN] * u[V_RE];
  j[J_IB_RE_IB_RE] = j[J_IB_IM_IB_IM] = j[J_PB_PB] = j[J_QB_QB] = 1.0;
  j[J_IB_RE_FROM_RE] = j[J_IB_IM_FROM_IM] = -d[D_YG] * at;
  j[J_IB_RE_FROM_IM] = d[D_YB] * at, j[J_IB_IM_FROM_RE] = -d[D_YB] * at;
  j[J_IB_RE_TO_RE] = j[J_IB_IM_TO_IM] = -d[D_TG] * at;
  j[J_IB_RE_TO_IM] = d[D_TB] * at, j[J_IB_IM_TO_RE] = -d[D_TB] * at;
  j[J_IB_RE_V_RE]  = -own * (o.w * u[P_GEN] + o.w_re * re);
  j[J_IB_RE_V_IM]  = -own * (o.w * u[Q_GEN] + o.w_im * re);
  j[J_IB_RE_P_GEN] = -own * o.w * u[V_RE];
  j[J_IB_RE_Q_GEN] = -own * o.w * u[V_IM];
  j[J_IB_IM_V_RE]  = -own * (-o.w * u[Q_GEN] + o.w_re * im);
  j[J_IB_IM_V_IM]  = -own * (o.w * u[P_GEN] + o.w_im * im);
  j[J_IB_IM_P_GEN] = -own * o.w * u[V_IM];
  j[J_IB_IM_Q_GEN] = own * o.w * u[V_RE];
  j[J_PB_IB_RE]    = -at * u[FROM_RE];
  j[J_PB_IB_IM]    = -at * u[FROM_IM];
  j[J_PB_FROM_RE]  = -at * u[IB_RE];
  j[J_PB_FROM_IM]  = -at * u[IB_IM];
  j[J_PB_P_GEN]    = -own;
  j[J_QB_IB_RE]    = -at * u[FROM_IM];
  j[J_QB_IB_IM]    = at * u[FROM_RE];
  j[J_QB_FROM_RE]  = at * u[IB_IM];
  j[J_QB_FROM_IM]  = -at * u[IB_RE];
  j[J_QB_Q_GEN]    = -own;
}

static void JacobianReactive(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const Control   q   = Reactive(d, u);
  const PetscReal e_v = d[REFFLAG] != 0.0 ? -q.e_in : 0.0, e_q = d[REFFLAG] != 0.0 ? 0.0 : -q.e_in;
  const PetscBool on = (PetscBool)(d[KI] > 0.0), freeze = (PetscBool)(mode[M_FREEZE] != 0);
  const PetscReal w   = on && !freeze ? LimitedW(mode[M_XI]) * d[KI] : 0.0;
  const PetscReal lag = LagW(d[TFV]), pass = LeadLagW(d[TFT], d[TFV]);
  j[J_XI_XI]       = !on ? 1.0 : freeze ? cj : LimitedX(mode[M_XI], cj, 0.0);
  j[J_XI_VF]       = w * e_v;
  j[J_XI_QF]       = w * e_q;
  j[J_LEAD_LEAD]   = LagX(d[TFV], cj);
  j[J_LEAD_XI]     = lag * q.y_x;
  j[J_LEAD_VF]     = lag * q.y_e * e_v;
  j[J_LEAD_QF]     = lag * q.y_e * e_q;
  j[J_Q_REF_Q_REF] = 1.0;
  j[J_Q_REF_LEAD]  = -LeadLagX(d[TFT], d[TFV]);
  j[J_Q_REF_XI]    = -pass * q.y_x;
  j[J_Q_REF_VF]    = -pass * q.y_e * e_v;
  j[J_Q_REF_QF]    = -pass * q.y_e * e_q;
}

static void JacobianActive(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  PetscReal       e_f;
  const Control   p   = Active(d, u, &e_f);
  const PetscBool all = (PetscBool)(d[FFLAG] != 0.0), on = (PetscBool)(all && d[KIG] > 0.0);
  const PetscReal w = on ? LimitedW(mode[M_XP]) * d[KIG] : 0.0, lag = all ? LagW(d[TLAG]) : 0.0;
  j[J_XP_XP]           = on ? LimitedX(mode[M_XP], cj, 0.0) : 1.0;
  j[J_XP_PF]           = -w * p.e_in;
  j[J_XP_FREQUENCY]    = w * e_f;
  j[J_P_REF_P_REF]     = all ? LagX(d[TLAG], cj) : 1.0;
  j[J_P_REF_XP]        = lag * p.y_x;
  j[J_P_REF_PF]        = -lag * p.y_e * p.e_in;
  j[J_P_REF_FREQUENCY] = lag * p.y_e * e_f;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Controlled c = ControlledVoltage(d, u);
  const PetscReal  w = LagW(d[TFLTR]);
  (void)up;
  JacobianBranch(d, u, j);
  j[J_VF_VF] = j[J_QF_QF] = LagX(d[TFLTR], cj);
  j[J_VF_REG_RE]          = w * c.by_re;
  j[J_VF_REG_IM]          = w * c.by_im;
  j[J_VF_IB_RE]           = w * c.by_ib_re;
  j[J_VF_IB_IM]           = w * c.by_ib_im;
  j[J_VF_QB]              = w * c.by_q;
  j[J_QF_QB]              = w;
  JacobianReactive(d, mode, u, cj, j);
  j[J_PF_PF] = LagX(d[TP], cj);
  j[J_PF_PB] = LagW(d[TP]);
  JacobianActive(d, mode, u, cj, j);
}

/* ---------------------------------------------------------------- modes */

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *m)
{
  PetscReal       by_re, by_im, by_f;
  const PetscReal above = Magnitude(u[REG_RE], u[REG_IM], &by_re, &by_im) - d[VFRZ];
  const Control   q = Reactive(d, u), p = Active(d, u, &by_f);
  m[M_FREEZE] = d[KI] > 0.0 && d[VFRZ] > 0.0 ? (mode[M_FREEZE] ? -above : above) : 1.0;
  m[M_XI] = m[M_XP] = 1.0;
  if (d[KI] > 0.0 && !mode[M_FREEZE]) m[M_XI] = LimitedMargin(mode[M_XI], u[XI], d[KI] * q.e, d[QMIN], d[QMAX]);
  if (d[FFLAG] != 0.0 && d[KIG] > 0.0) m[M_XP] = LimitedMargin(mode[M_XP], u[XP], d[KIG] * p.e, d[PMIN], d[PMAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  if (k == M_FREEZE)
    mode[k] = !mode[k];
  else if (k == M_XI)
    mode[k] = LimitedChange(mode[k], u[XI], d[QMIN], d[QMAX]);
  else
    mode[k] = LimitedChange(mode[k], u[XP], d[PMIN], d[PMAX]);
}

const DeviceModel DeviceRepca1 = {
    .name         = "REPCA1",
    .title        = "plant control of inverters",
    .source       = "WECC REMTF, REPC_A; PSS/E model library, REPCA1",
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
    .n_modes      = N_MODES,
    .n_entries    = N_ENTRIES,
    .entry        = entries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
    .margin       = Margin,
    .change       = Change,
};
