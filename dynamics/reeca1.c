/* REECA1 (REEC_A), electrical control of an inverter: from references of active and reactive power, or of voltage, to
   the current commands. WECC REMTF, second generation generic renewable models, REEC_A; EPRI, Model User Guide for
   Generic Renewable Energy System Models; PSS/E model library, REECA1.

   * Reactive path. Q = tan(pfaref) times the filtered power (PFFLAG 1) or Qext (0). VFLAG 1: Q within Qmin, Qmax goes
     into the control Kqp + Kqi/s of reactive power, which asks for a voltage; VFLAG 0: it is that voltage, with Vbias
     added. QFLAG 1: Kvp + Kvi/s of the voltage's error gives the current; QFLAG 0: Q/V through 1/(1 + s Tiq) does.
   * In a voltage dip, V below Vdip or above Vup (not filtered), integrators, Tiq and Tpord are frozen and
     Iqinj = Kqv deadband(Vref0 - V) is added. After it Iqinj is Iqfrz for Thld, or stays as it is for -Thld, and the
     limit of active current stays for Thld2 as it was. Vref0 zero stands for the initial voltage.
   * Active path: Pref, times speed with PFLAG 1, through 1/(1 + s Tpord), its rate within dPmin, dPmax, over V.
   * Currents: within Imax together, reactive (PQFLAG 0) or active current (1) first, and within the tables VDL1 and
     VDL2.

   Where the sources leave it open: an integrator's state has the limits of its control's output, without windup, and
   the output is clamped; a table ends with its last rising voltage; the voltage control measures the bus given,
   everything else the terminals; a dip or its end is recognised REST after the last change at the earliest, for what
   Iqinj does to the voltage could turn it off and on without end (others check once a time step, which is about as
   long); where Tiq or Tpord is zero there is no state that could freeze.
   A reference "vref" is the voltage that the voltage control wants without plant control, and shifts it with one. */
#include "dynamics/reec.h"

#include "dynamics/block.h"

#define P_ANY(name)          \
  {                          \
    name, "1", PARAMETER_ANY \
  }
#define P_TIME(name)                  \
  {                                   \
    name, "s", PARAMETER_NOT_NEGATIVE \
  }
#define P_FLAG(name)          \
  {                           \
    name, "1", PARAMETER_FLAG \
  }
#define P_GAIN(name)                  \
  {                                   \
    name, "1", PARAMETER_NOT_NEGATIVE \
  }

static const DeviceParameter parameters[REEC_PARAMETERS] = {
    [REEC_BUS]    = {"BUS", "1", PARAMETER_BUS},
    [REEC_PFFLAG] = P_FLAG("PFFLAG"),
    [REEC_VFLAG]  = P_FLAG("VFLAG"),
    [REEC_QFLAG]  = P_FLAG("QFLAG"),
    [REEC_PFLAG]  = P_FLAG("PFLAG"),
    [REEC_PQFLAG] = P_FLAG("PQFLAG"),
    [REEC_VDIP]   = P_ANY("Vdip"),
    [REEC_VUP]    = P_ANY("Vup"),
    [REEC_TRV]    = P_TIME("Trv"),
    [REEC_DBD1]   = P_ANY("dbd1"),
    [REEC_DBD2]   = P_ANY("dbd2"),
    [REEC_KQV]    = P_GAIN("Kqv"),
    [REEC_IQH1]   = P_ANY("Iqh1"),
    [REEC_IQL1]   = P_ANY("Iql1"),
    [REEC_VREF0]  = P_ANY("Vref0"),
    [REEC_IQFRZ]  = P_ANY("Iqfrz"),
    [REEC_THLD]   = {"Thld", "s", PARAMETER_ANY},
    [REEC_THLD2]  = P_TIME("Thld2"),
    [REEC_TP]     = P_TIME("Tp"),
    [REEC_QMAX]   = P_ANY("Qmax"),
    [REEC_QMIN]   = P_ANY("Qmin"),
    [REEC_VMAX]   = P_ANY("Vmax"),
    [REEC_VMIN]   = P_ANY("Vmin"),
    [REEC_KQP]    = P_GAIN("Kqp"),
    [REEC_KQI]    = P_GAIN("Kqi"),
    [REEC_KVP]    = P_GAIN("Kvp"),
    [REEC_KVI]    = P_GAIN("Kvi"),
    [REEC_VBIAS]  = P_ANY("Vbias"),
    [REEC_TIQ]    = P_TIME("Tiq"),
    [REEC_DPMAX]  = {"dPmax", "1/s", PARAMETER_ANY},
    [REEC_DPMIN]  = {"dPmin", "1/s", PARAMETER_ANY},
    [REEC_PMAX]   = P_ANY("Pmax"),
    [REEC_PMIN]   = P_ANY("Pmin"),
    [REEC_IMAX]   = {"Imax", "1", PARAMETER_POSITIVE},
    [REEC_TPORD]  = P_TIME("Tpord"),
    [REEC_VQ1]    = P_ANY("Vq1"),
    P_ANY("Iq1"),
    P_ANY("Vq2"),
    P_ANY("Iq2"),
    P_ANY("Vq3"),
    P_ANY("Iq3"),
    P_ANY("Vq4"),
    P_ANY("Iq4"),
    [REEC_VP1] = P_ANY("Vp1"),
    P_ANY("Ip1"),
    P_ANY("Vp2"),
    P_ANY("Ip2"),
    P_ANY("Vp3"),
    P_ANY("Ip3"),
    P_ANY("Vp4"),
    P_ANY("Ip4"),
};

/* VF, VR: filtered voltages at the terminals and at the bus controlled; PF filtered power; XQ, XV integrators of
   reactive power and voltage; IQL the current of QFLAG 0; TIMER, see Clock(); HELD limit of active current before a dip
   ended. */
enum { VF, VR, PF, XQ, XV, IQL, PORD, IQMAX, IPMAX, IQ_CMD, IP_CMD, TIMER, HELD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VR_RE, VR_IM, P_GEN, Q_GEN, P_REF, Q_REF, SPEED };
enum { M_DIP, M_INJ, M_HOLD, M_XQ, M_XV, M_PORD, N_MODES };
/* Modes of Iqinj. */
enum { INJ_NONE, INJ_GAIN, INJ_FROZEN, INJ_LONGER };

const DeviceUnknown ReecUnknowns[REEC_UNKNOWNS] = {
    [VF] = {"V filtered", "1", 1.0},   [VR] = {"controlled V filtered", "1", 1.0},
    [PF] = {"P filtered", "1", 1.0},   [XQ] = {"Q control", "1", 1.0},
    [XV] = {"V control", "1", 1.0},    [IQL] = {"Iq of Q/V", "1", 1.0},
    [PORD] = {"Pord", "1", 1.0},       [IQMAX] = {"Iqmax", "1", 1.0},
    [IPMAX] = {"Ipmax", "1", 1.0},     [IQ_CMD] = {"Iqcmd", "1", 1.0},
    [IP_CMD] = {"Ipcmd", "1", 1.0},    [TIMER] = {"time since a dip's begin or end", "s", 1.0},
    [HELD] = {"Ipmax held", "1", 1.0},
};
const DeviceSignal ReecInputs[REEC_INPUTS]   = {SIGNAL_V_RE,           SIGNAL_V_IM,  SIGNAL_REGULATED_V_RE,
                                                SIGNAL_REGULATED_V_IM, SIGNAL_P_GEN, SIGNAL_Q_GEN,
                                                SIGNAL_P_REF,          SIGNAL_Q_REF, SIGNAL_SPEED};
const DeviceOutput ReecOutputs[REEC_OUTPUTS] = {{SIGNAL_IQ_CMD, IQ_CMD}, {SIGNAL_IP_CMD, IP_CMD}};

/* After the parameters, which hold what the initial state made of them: tan(pfaref) and what the power factor leaves to
   the initial reactive power; lowest active current; whether Iqinj is always there; references and their initial
   values; what constant integrators hold; which of XQ, XV, IQL are in use and the first two integrate; the timer's
   span. */
enum {
  D_TAN = REEC_PARAMETERS,
  D_REST,
  D_IPMIN,
  D_ALWAYS,
  D_VREF,
  D_VREF_0,
  D_QREF,
  D_QREF_0,
  D_PREF,
  D_PREF_0,
  D_XQ0,
  D_XV0,
  D_XQ_ON,
  D_XV_ON,
  D_SPAN,
  D_DIPS,
  N_DATA
};
const DeviceReference ReecReferences[REEC_REFERENCES] = {{"vref", D_VREF}, {"qref", D_QREF}, {"pref", D_PREF}};

#define ENTRIES(E)                                                                                                     \
  E(VF, VF)                                                                                                            \
  E(VF, V_RE)                                                                                                          \
  E(VF, V_IM)                                                                                                          \
  E(VR, VR)                                                                                                            \
  E(VR, VR_RE)                                                                                                         \
  E(VR, VR_IM)                                                                                                         \
  E(PF, PF)                                                                                                            \
  E(PF, P_GEN)                                                                                                         \
  E(XQ, XQ)                                                                                                            \
  E(XQ, PF)                                                                                                            \
  E(XQ, Q_REF)                                                                                                         \
  E(XQ, Q_GEN)                                                                                                         \
  E(XV, XV)                                                                                                            \
  E(XV, XQ) E(XV, PF) E(XV, Q_REF) E(XV, Q_GEN) E(XV, VR) E(XV, IQMAX) E(IQL, IQL) E(IQL, PF) E(IQL, Q_REF) E(IQL, VF) \
      E(PORD, PORD) E(PORD, P_REF) E(PORD, SPEED) E(IQMAX, IQMAX) E(IQMAX, VF) E(IQMAX, IP_CMD) E(IPMAX, IPMAX)        \
          E(IPMAX, VF) E(IPMAX, IQ_CMD) E(IQ_CMD, IQ_CMD) E(IQ_CMD, XV) E(IQ_CMD, XQ) E(IQ_CMD, PF) E(IQ_CMD, Q_REF)   \
              E(IQ_CMD, Q_GEN) E(IQ_CMD, VR) E(IQ_CMD, IQMAX) E(IQ_CMD, IQL) E(IQ_CMD, VF) E(IP_CMD, IP_CMD)           \
                  E(IP_CMD, PORD) E(IP_CMD, VF) E(IP_CMD, IPMAX) E(IP_CMD, HELD) E(TIMER, TIMER) E(HELD, HELD)         \
                      E(HELD, IPMAX)
const DeviceEntry ReecEntries[REEC_ENTRIES] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

_Static_assert(N_UNKNOWNS == REEC_UNKNOWNS && N_MODES == REEC_MODES && N_DATA == REEC_DATA && N_ENTRIES == REEC_ENTRIES,
               "counts of reec.h");

#define V_LOW 0.01   /* voltage that power is divided by at least */
#define I_SMALL 0.01 /* rest of current below which its root is replaced by a line, for the root's slope has no bound */
#define REST 0.004   /* s */
#define ROOM 1e-6

/* ---------------------------------------------------------------- tables and limits */

/* Piecewise linear through up to four points, constant beyond them. */
static PetscReal Table(const PetscReal *point, PetscReal v, PetscReal *slope)
{
  PetscInt k = 0;
  *slope     = 0.0;
  if (v <= point[0]) return point[1];
  while (k < 3 && point[2 * k + 2] > point[2 * k] && v >= point[2 * k + 2]) ++k;
  if (k == 3 || point[2 * k + 2] <= point[2 * k]) return point[2 * k + 1];
  *slope = (point[2 * k + 3] - point[2 * k + 1]) / (point[2 * k + 2] - point[2 * k]);
  return point[2 * k + 1] + *slope * (v - point[2 * k]);
}

/* What Imax leaves beside a current, at least 0: the root of the difference of squares. */
static PetscReal Beside(PetscReal i_max, PetscReal i, PetscReal *by_i)
{
  const PetscReal rest = i_max * i_max - i * i;
  *by_i                = 0.0;
  if (rest <= 0.0) return 0.0;
  if (rest < I_SMALL * I_SMALL) {
    *by_i = -2.0 * i / I_SMALL;
    return rest / I_SMALL;
  }
  *by_i = -i / PetscSqrtReal(rest);
  return PetscSqrtReal(rest);
}

/* The limit of one current: by its table, and by Imax, or with `second` by what Imax leaves beside the other. */
typedef struct {
  PetscReal max, by_v, by_other;
} Limit;

static Limit LimitOf(const PetscReal *d, const PetscReal *table, PetscReal vf, PetscBool second, PetscReal other)
{
  Limit           l = {0.0, 0.0, 0.0}, none = {0.0, 0.0, 0.0};
  const PetscReal by_table = Table(table, PetscMax(vf, V_LOW), &l.by_v);
  l.max                    = second ? Beside(d[REEC_IMAX], other, &l.by_other) : d[REEC_IMAX];
  if (by_table < l.max)
    l.max = by_table, l.by_other = 0.0;
  else
    l.by_v = 0.0;
  if (vf < V_LOW) l.by_v = 0.0;
  return l.max > 0.0 ? l : none;
}

/* ---------------------------------------------------------------- the reactive path */

/* Values and derivatives along the path. w: wanted reactive power (or voltage) before limits; e: error of the control
   of reactive power; v: error of the control of voltage; i: its clamped output. */
typedef struct {
  PetscReal w, w_pf, w_ref;
  PetscReal e, e_w, e_gen;
  PetscReal v, v_w, v_gen, v_xq;
  PetscReal i, i_v, i_xv, i_max;
} Path;

/* The limit of reactive current, which an iteration may take below zero. */
static PetscReal Bound(const PetscReal *u)
{
  return PetscMax(u[IQMAX], 0.0);
}

static Path PathOf(const PetscReal *d, const PetscReal *u)
{
  Path p = {.e_gen = -1.0};
  if (d[REEC_PFFLAG] != 0.0)
    p.w_pf = d[D_TAN], p.w = d[D_TAN] * u[PF] + d[D_REST];
  else
    p.w_ref = 1.0, p.w = u[Q_REF] + d[D_QREF] - d[D_QREF_0];
  p.e                     = Clamp(p.w, d[REEC_QMIN], d[REEC_QMAX]) - u[Q_GEN];
  p.e_w                   = ClampX(p.w, d[REEC_QMIN], d[REEC_QMAX]);
  const PetscBool control = (PetscBool)(d[REEC_VFLAG] != 0.0);
  const PetscReal asked   = control ? d[REEC_KQP] * p.e + u[XQ] : p.w + d[REEC_VBIAS];
  const PetscReal inside  = ClampX(asked, d[REEC_VMIN], d[REEC_VMAX]);
  p.v                     = Clamp(asked, d[REEC_VMIN], d[REEC_VMAX]) - u[VR] + d[D_VREF] - d[D_VREF_0];
  p.v_w                   = inside * (control ? d[REEC_KQP] * p.e_w : 1.0);
  p.v_gen                 = control ? -inside * d[REEC_KQP] : 0.0;
  p.v_xq                  = control ? inside : 0.0;
  const PetscReal current = d[REEC_KVP] * p.v + u[XV];
  p.i                     = Clamp(current, -Bound(u), Bound(u));
  p.i_xv                  = ClampX(current, -Bound(u), Bound(u));
  p.i_v                   = p.i_xv * d[REEC_KVP];
  p.i_max                 = p.i_xv > 0.0 || u[IQMAX] <= 0.0 ? 0.0 : current > 0.0 ? 1.0 : -1.0;
  return p;
}

static PetscReal Injection(const PetscReal *d, PetscInt mode, PetscReal vf, PetscReal *by_vf)
{
  const PetscReal error = d[REEC_VREF0] - vf;
  const PetscReal wish  = d[REEC_KQV] * DeadBand(error, d[REEC_DBD1], d[REEC_DBD2]);
  *by_vf                = 0.0;
  if (mode == INJ_NONE) return 0.0;
  if (mode == INJ_FROZEN) return d[REEC_IQFRZ];
  *by_vf = -d[REEC_KQV] * DeadBandX(error, d[REEC_DBD1], d[REEC_DBD2]) * ClampX(wish, d[REEC_IQL1], d[REEC_IQH1]);
  return Clamp(wish, d[REEC_IQL1], d[REEC_IQH1]);
}

/* Wanted active power, and the rate of Pord. */
static PetscReal Power(const PetscReal *d, const PetscReal *u)
{
  return (u[P_REF] + d[D_PREF] - d[D_PREF_0]) * (d[REEC_PFLAG] != 0.0 ? 1.0 + u[SPEED] : 1.0);
}
static PetscReal PowerRate(const PetscReal *d, const PetscReal *u)
{
  return Clamp((Power(d, u) - u[PORD]) / d[REEC_TPORD], d[REEC_DPMIN], d[REEC_DPMAX]);
}

/* The timer has no mode that starts and stops it: it is SPAN (1 - exp(-t/SPAN)), and rests at SPAN. Its value at t. */
static PetscReal Clock(const PetscReal *d, PetscReal t)
{
  return d[D_SPAN] * (1.0 - PetscExpReal(-t / d[D_SPAN]));
}

/* ---------------------------------------------------------------- start */

const char *ReecCheck(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[REEC_DBD1] > 0.0 || p[REEC_DBD2] < 0.0) return "its dead band dbd1 to dbd2 does not contain zero";
  if (!(p[REEC_VDIP] < p[REEC_VUP])) return "Vdip is not below Vup";
  if (p[REEC_QMIN] > p[REEC_QMAX]) return "Qmin is above Qmax";
  if (p[REEC_VMIN] > p[REEC_VMAX]) return "Vmin is above Vmax";
  if (p[REEC_PMIN] > p[REEC_PMAX]) return "Pmin is above Pmax";
  if (p[REEC_IQL1] > p[REEC_IQH1]) return "Iql1 is above Iqh1";
  if (p[REEC_DPMIN] > p[REEC_DPMAX]) return "dPmin is above dPmax";
  *error = PETSC_FALSE;
  if (p[REEC_DPMIN] > 0.0 || p[REEC_DPMAX] < 0.0) return "dPmin to dPmax does not contain zero";
  if (p[REEC_TPORD] == 0.0 && p[REEC_DPMAX] < 50.0)
    return "Tpord is zero: power follows its reference without dPmin and dPmax";
  if (p[REEC_QFLAG] == 0.0 && p[REEC_TIQ] == 0.0 && p[REEC_VDIP] > 0.0)
    return "Tiq is zero: a voltage dip does not freeze it";
  return NULL;
}

/* Notes a value outside its limits, after what is noted already. */
static void Warn(DeviceStart *start, const char *name, PetscReal value, PetscReal min, PetscReal max)
{
  const size_t n = strlen(start->warning);
  snprintf(start->warning + n, DEVICE_TEXT - n, "%sinitial %s %.4g is outside %.4g to %.4g", n ? "; " : "", name,
           (double)value, (double)min, (double)max);
}

/* A state that starts at its limit gets ROOM, lest rounding errors hit it. */
static void Widen(DeviceStart *start, const char *name, PetscReal value, PetscReal *min, PetscReal *max)
{
  if (value < *min - ROOM || value > *max + ROOM) Warn(start, name, value, *min, *max);
  *min = PetscMin(*min, value - ROOM);
  *max = PetscMax(*max, value + ROOM);
}

static void WidenTable(DeviceStart *start, const char *name, PetscReal *point, PetscReal v, PetscReal i)
{
  PetscReal       slope;
  const PetscReal max = Table(point, v, &slope);
  if (i + ROOM <= max) return;
  if (i > max + ROOM) Warn(start, name, i, -max, max);
  for (PetscInt k = 1; k < 8; k += 2) point[k] = max > 0.0 ? point[k] * (i + ROOM) / max : i + ROOM;
}

static void WidenCurrents(DeviceStart *start, PetscReal v, PetscReal ip, PetscReal iq)
{
  PetscReal      *d     = start->data;
  const PetscBool p     = (PetscBool)(d[REEC_PQFLAG] != 0.0);
  const PetscReal first = PetscAbsReal(p ? ip : iq), second = p ? PetscAbsReal(iq) : PetscMax(ip, 0.0);
  const PetscReal all = PetscSqrtReal(first * first + second * second);
  d[D_IPMIN]          = PetscMin(0.0, ip);
  WidenTable(start, "Iq", d + REEC_VQ1, v, PetscAbsReal(iq));
  WidenTable(start, "Ip", d + REEC_VP1, v, ip);
  if (all > d[REEC_IMAX] + ROOM) Warn(start, "current", all, 0.0, d[REEC_IMAX]);
  d[REEC_IMAX] = PetscMax(d[REEC_IMAX], ROOM + PetscSqrtReal(first * first + second * PetscMax(second, I_SMALL)));
}

static void WidenDip(DeviceStart *start, PetscReal v)
{
  PetscReal *d = start->data;
  if (v < d[REEC_VDIP] || v > d[REEC_VUP]) {
    Warn(start, "voltage", v, d[REEC_VDIP], d[REEC_VUP]);
    d[REEC_VDIP] = PetscMin(d[REEC_VDIP], v - 1e-3);
    d[REEC_VUP]  = PetscMax(d[REEC_VUP], v + 1e-3);
  }
}

/* Limits around the start, and the reactive power (or voltage) that the path must be fed with. */
static PetscReal StartPath(DeviceStart *start, PetscReal v, PetscReal vr, PetscReal current)
{
  PetscReal      *d    = start->data;
  const PetscBool loop = (PetscBool)(d[REEC_QFLAG] != 0.0), control = (PetscBool)(d[REEC_VFLAG] != 0.0);
  const PetscReal q = start->signal[SIGNAL_Q_GEN], wanted = !loop ? current * v : control ? q : vr - d[REEC_VBIAS];
  if (loop) Widen(start, "voltage", vr, &d[REEC_VMIN], &d[REEC_VMAX]);
  if (loop && control) Widen(start, "reactive power", q, &d[REEC_QMIN], &d[REEC_QMAX]);
  d[D_XQ0] = vr, d[D_XV0] = current;
  d[D_XQ_ON] = loop && control && d[REEC_KQI] > 0.0;
  d[D_XV_ON] = loop && d[REEC_KVI] > 0.0;
  return wanted;
}

static void StartUnknowns(DeviceStart *start, PetscReal v, PetscReal vr)
{
  const PetscReal *d = start->data;
  PetscReal       *u = start->unknown;
  PetscBool       *x = start->differential;
  const PetscReal  p = start->signal[SIGNAL_P_GEN], ip = start->signal[SIGNAL_IP_CMD];
  const PetscReal  iq      = start->signal[SIGNAL_IQ_CMD];
  const PetscBool  q_first = (PetscBool)(d[REEC_PQFLAG] == 0.0);
  u[VF] = v, u[VR] = vr, u[PF] = p, u[XQ] = d[D_XQ0], u[XV] = d[D_XV0], u[IQL] = d[D_QREF] / v, u[PORD] = ip * v;
  u[IQ_CMD] = iq, u[IP_CMD] = ip;
  u[IQMAX] = LimitOf(d, d + REEC_VQ1, v, (PetscBool)!q_first, ip).max;
  u[IPMAX] = LimitOf(d, d + REEC_VP1, v, q_first, iq).max;
  u[TIMER] = d[D_DIPS] != 0.0 ? d[D_SPAN] : 0.0;
  u[HELD]  = d[REEC_THLD2] > 0.0 ? u[IPMAX] : 0.0;
  x[VF] = x[VR] = (PetscBool)(d[REEC_TRV] > 0.0);
  x[PF]         = (PetscBool)(d[REEC_TP] > 0.0);
  x[XQ]         = (PetscBool)(d[D_XQ_ON] != 0.0);
  x[XV]         = (PetscBool)(d[D_XV_ON] != 0.0);
  x[IQL]        = (PetscBool)(d[REEC_TIQ] > 0.0);
  x[PORD]       = (PetscBool)(d[REEC_TPORD] > 0.0);
  x[TIMER]      = (PetscBool)(d[D_DIPS] != 0.0);
  x[HELD]       = (PetscBool)(d[REEC_THLD2] > 0.0);
  x[IQMAX] = x[IPMAX] = x[IQ_CMD] = x[IP_CMD] = PETSC_FALSE;
}

void ReecInitialise(DeviceStart *start, const PetscReal *parameter, PetscBool always)
{
  PetscReal      *d = start->data, *signal = start->signal, slope;
  const PetscReal v = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  const PetscReal vr =
      PetscSqrtReal(start->regulated_re * start->regulated_re + start->regulated_im * start->regulated_im);
  const PetscReal ip = signal[SIGNAL_IP_CMD], iq = signal[SIGNAL_IQ_CMD];
  if (PetscIsNanReal(ip) || PetscIsNanReal(iq) || PetscIsNanReal(signal[SIGNAL_P_GEN])) {
    snprintf(start->problem, DEVICE_TEXT, "its site has no converter (REGCA1)");
    return;
  }
  for (PetscInt k = 0; k < REEC_PARAMETERS; ++k) d[k] = parameter[k];
  if (d[REEC_VREF0] == 0.0) d[REEC_VREF0] = v;
  d[D_ALWAYS]        = always;
  start->mode[M_INJ] = always ? INJ_GAIN : INJ_NONE;
  d[D_SPAN]          = PetscMax(1.0, 2.0 * PetscMax(PetscAbsReal(d[REEC_THLD]), d[REEC_THLD2]));
  d[D_DIPS]          = d[REEC_VDIP] > 0.0 || d[REEC_VUP] < 10.0;
  WidenDip(start, v);
  WidenCurrents(start, v, ip, iq);
  const PetscReal current = iq - Injection(d, start->mode[M_INJ], v, &slope);
  if (d[REEC_QFLAG] != 0.0 && PetscAbsReal(current) > PetscAbsReal(iq)) {
    const PetscReal more = PetscAbsReal(current);
    WidenCurrents(start, v, ip, more);
  }
  const PetscReal wanted = StartPath(start, v, vr, current), p = signal[SIGNAL_P_GEN];
  Widen(start, "power", ip * v, &d[REEC_PMIN], &d[REEC_PMAX]);
  d[D_TAN]  = PetscAbsReal(p) > 1e-6 ? signal[SIGNAL_Q_GEN] / p : 0.0;
  d[D_REST] = wanted - d[D_TAN] * p;
  d[D_VREF] = d[D_VREF_0] = vr, d[D_QREF] = d[D_QREF_0] = wanted, d[D_PREF] = d[D_PREF_0] = ip * v;
  signal[SIGNAL_Q_REF] = wanted, signal[SIGNAL_P_REF] = ip * v;
  if (PetscIsNanReal(signal[SIGNAL_SPEED])) signal[SIGNAL_SPEED] = 0.0;
  StartUnknowns(start, v, vr);
}

static void Initialise(DeviceStart *start)
{
  ReecInitialise(start, start->parameter, PETSC_FALSE);
}

/* ---------------------------------------------------------------- residual */

/* A limited integrator that may be frozen or not in use. */
static PetscReal Integrator(PetscInt dip, PetscInt mode, PetscReal x, PetscReal xp, PetscReal rate, PetscReal min,
                            PetscReal max)
{
  return dip ? xp : Limited(mode, x, xp, rate, min, max);
}

static void ResidualIntegrators(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                                const Path *p, PetscReal *f)
{
  const PetscInt dip = mode[M_DIP];
  f[XQ] = d[D_XQ_ON] != 0.0 ? Integrator(dip, mode[M_XQ], u[XQ], up[XQ], d[REEC_KQI] * p->e, d[REEC_VMIN], d[REEC_VMAX])
                            : u[XQ] - d[D_XQ0];
  f[XV] = d[D_XV_ON] != 0.0 ? Integrator(dip, mode[M_XV], u[XV], up[XV], d[REEC_KVI] * p->v, -u[IQMAX], u[IQMAX])
                            : u[XV] - d[D_XV0];
  f[IQL]  = dip && d[REEC_TIQ] > 0.0 ? up[IQL] : Lag(d[REEC_TIQ], u[IQL], up[IQL], p->w / PetscMax(u[VF], V_LOW));
  f[PORD] = d[REEC_TPORD] > 0.0
                ? Integrator(dip, mode[M_PORD], u[PORD], up[PORD], PowerRate(d, u), d[REEC_PMIN], d[REEC_PMAX])
                : u[PORD] - Clamp(Power(d, u), d[REEC_PMIN], d[REEC_PMAX]);
}

void ReecResidual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Path      p = PathOf(d, u);
  PetscReal       by_re, by_im, by_vf;
  const PetscBool q_first = (PetscBool)(d[REEC_PQFLAG] == 0.0);
  f[VF]                   = Lag(d[REEC_TRV], u[VF], up[VF], Magnitude(u[V_RE], u[V_IM], &by_re, &by_im));
  f[VR]                   = Lag(d[REEC_TRV], u[VR], up[VR], Magnitude(u[VR_RE], u[VR_IM], &by_re, &by_im));
  f[PF]                   = Lag(d[REEC_TP], u[PF], up[PF], u[P_GEN]);
  ResidualIntegrators(d, mode, u, up, &p, f);
  f[IQMAX]           = u[IQMAX] - LimitOf(d, d + REEC_VQ1, u[VF], (PetscBool)!q_first, u[IP_CMD]).max;
  f[IPMAX]           = u[IPMAX] - LimitOf(d, d + REEC_VP1, u[VF], q_first, u[IQ_CMD]).max;
  const PetscReal iq = (d[REEC_QFLAG] != 0.0 ? p.i : u[IQL]) + Injection(d, mode[M_INJ], u[VF], &by_vf);
  f[IQ_CMD]          = u[IQ_CMD] - Clamp(iq, -Bound(u), Bound(u));
  f[IP_CMD] = u[IP_CMD] - Clamp(u[PORD] / PetscMax(u[VF], V_LOW), d[D_IPMIN], mode[M_HOLD] ? u[HELD] : u[IPMAX]);
  f[TIMER]  = d[D_DIPS] != 0.0 ? up[TIMER] - (1.0 - u[TIMER] / d[D_SPAN]) : u[TIMER];
  f[HELD]   = d[REEC_THLD2] > 0.0 ? up[HELD] - (mode[M_HOLD] ? 0.0 : (u[IPMAX] - u[HELD]) / LIMIT_TIME) : u[HELD];
}

/* ---------------------------------------------------------------- Jacobian */

static void JacobianQ(const PetscReal *d, const PetscInt *mode, const Path *p, PetscReal cj, PetscReal *j)
{
  const PetscBool on = (PetscBool)(d[D_XQ_ON] != 0.0), dip = (PetscBool)(mode[M_DIP] != 0);
  const PetscReal w = on && !dip ? LimitedW(mode[M_XQ]) * d[REEC_KQI] : 0.0;
  j[J_XQ_XQ]        = !on ? 1.0 : dip ? cj : LimitedX(mode[M_XQ], cj, 0.0);
  j[J_XQ_PF]        = w * p->e_w * p->w_pf;
  j[J_XQ_Q_REF]     = w * p->e_w * p->w_ref;
  j[J_XQ_Q_GEN]     = w * p->e_gen;
}

static void JacobianV(const PetscReal *d, const PetscInt *mode, const Path *p, PetscReal cj, PetscReal *j)
{
  const PetscBool on = (PetscBool)(d[D_XV_ON] != 0.0), dip = (PetscBool)(mode[M_DIP] != 0);
  const PetscReal w = on && !dip ? LimitedW(mode[M_XV]) * d[REEC_KVI] : 0.0;
  j[J_XV_XV]        = !on ? 1.0 : dip ? cj : LimitedX(mode[M_XV], cj, 0.0);
  j[J_XV_XQ]        = w * p->v_xq;
  j[J_XV_PF]        = w * p->v_w * p->w_pf;
  j[J_XV_Q_REF]     = w * p->v_w * p->w_ref;
  j[J_XV_Q_GEN]     = w * p->v_gen;
  j[J_XV_VR]        = -w;
  j[J_XV_IQMAX] = !on || dip || mode[M_XV] == LIMIT_FREE ? 0.0 : (mode[M_XV] == LIMIT_MAX ? -1.0 : 1.0) / LIMIT_TIME;
}

static void JacobianLag(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const Path *p, PetscReal cj,
                        PetscReal *j)
{
  const PetscBool dip = (PetscBool)(mode[M_DIP] && d[REEC_TIQ] > 0.0);
  const PetscReal vf = PetscMax(u[VF], V_LOW), w = dip ? 0.0 : LagW(d[REEC_TIQ]) / vf;
  j[J_IQL_IQL]   = dip ? cj : LagX(d[REEC_TIQ], cj);
  j[J_IQL_PF]    = w * p->w_pf;
  j[J_IQL_Q_REF] = w * p->w_ref;
  j[J_IQL_VF]    = u[VF] > V_LOW ? -w * p->w / vf : 0.0;
}

static void JacobianPower(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const PetscReal T = d[REEC_TPORD], wanted = Power(d, u), turn = d[REEC_PFLAG] != 0.0 ? 1.0 + u[SPEED] : 1.0;
  PetscReal       by_wanted;
  if (T > 0.0) {
    const PetscReal slope = ClampX((wanted - u[PORD]) / T, d[REEC_DPMIN], d[REEC_DPMAX]) / T;
    by_wanted             = mode[M_DIP] ? 0.0 : LimitedW(mode[M_PORD]) * slope;
    j[J_PORD_PORD]        = mode[M_DIP] ? cj : LimitedX(mode[M_PORD], cj, -slope);
  } else {
    by_wanted      = -ClampX(wanted, d[REEC_PMIN], d[REEC_PMAX]);
    j[J_PORD_PORD] = 1.0;
  }
  j[J_PORD_P_REF] = by_wanted * turn;
  j[J_PORD_SPEED] = d[REEC_PFLAG] != 0.0 ? by_wanted * wanted / turn : 0.0;
}

static void JacobianIq(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const Path *p, PetscReal *j)
{
  PetscReal       by_vf;
  const PetscBool loop = (PetscBool)(d[REEC_QFLAG] != 0.0);
  const PetscReal iq   = (loop ? p->i : u[IQL]) + Injection(d, mode[M_INJ], u[VF], &by_vf);
  const PetscReal in = ClampX(iq, -Bound(u), Bound(u)), i = loop ? in : 0.0;
  j[J_IQ_CMD_IQ_CMD] = 1.0;
  j[J_IQ_CMD_XV]     = -i * p->i_xv;
  j[J_IQ_CMD_XQ]     = -i * p->i_v * p->v_xq;
  j[J_IQ_CMD_PF]     = -i * p->i_v * p->v_w * p->w_pf;
  j[J_IQ_CMD_Q_REF]  = -i * p->i_v * p->v_w * p->w_ref;
  j[J_IQ_CMD_Q_GEN]  = -i * p->i_v * p->v_gen;
  j[J_IQ_CMD_VR]     = i * p->i_v;
  j[J_IQ_CMD_IQMAX]  = in > 0.0 ? -i * p->i_max : u[IQMAX] <= 0.0 ? 0.0 : iq > 0.0 ? -1.0 : 1.0;
  j[J_IQ_CMD_IQL]    = loop ? 0.0 : -in;
  j[J_IQ_CMD_VF]     = -in * by_vf;
}

static void JacobianIp(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *j)
{
  const PetscReal vf = PetscMax(u[VF], V_LOW), ip = u[PORD] / vf, max = mode[M_HOLD] ? u[HELD] : u[IPMAX];
  const PetscReal in = ClampX(ip, d[D_IPMIN], max), at_max = ip >= max && max > d[D_IPMIN] ? 1.0 : 0.0;
  j[J_IP_CMD_IP_CMD] = 1.0;
  j[J_IP_CMD_PORD]   = -in / vf;
  j[J_IP_CMD_VF]     = u[VF] > V_LOW ? in * ip / vf : 0.0;
  j[J_IP_CMD_IPMAX]  = mode[M_HOLD] ? 0.0 : -at_max;
  j[J_IP_CMD_HELD]   = mode[M_HOLD] ? -at_max : 0.0;
}

void ReecJacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                  PetscReal *j)
{
  const Path      p = PathOf(d, u);
  PetscReal       by_re, by_im;
  const PetscBool q_first = (PetscBool)(d[REEC_PQFLAG] == 0.0), hold = (PetscBool)(d[REEC_THLD2] > 0.0);
  const Limit     iq = LimitOf(d, d + REEC_VQ1, u[VF], (PetscBool)!q_first, u[IP_CMD]);
  const Limit     ip = LimitOf(d, d + REEC_VP1, u[VF], q_first, u[IQ_CMD]);
  (void)up;
  j[J_VF_VF] = j[J_VR_VR] = LagX(d[REEC_TRV], cj);
  (void)Magnitude(u[V_RE], u[V_IM], &by_re, &by_im);
  j[J_VF_V_RE] = LagW(d[REEC_TRV]) * by_re;
  j[J_VF_V_IM] = LagW(d[REEC_TRV]) * by_im;
  (void)Magnitude(u[VR_RE], u[VR_IM], &by_re, &by_im);
  j[J_VR_VR_RE] = LagW(d[REEC_TRV]) * by_re;
  j[J_VR_VR_IM] = LagW(d[REEC_TRV]) * by_im;
  j[J_PF_PF]    = LagX(d[REEC_TP], cj);
  j[J_PF_P_GEN] = LagW(d[REEC_TP]);
  JacobianQ(d, mode, &p, cj, j);
  JacobianV(d, mode, &p, cj, j);
  JacobianLag(d, mode, u, &p, cj, j);
  JacobianPower(d, mode, u, cj, j);
  j[J_IQMAX_IQMAX] = j[J_IPMAX_IPMAX] = 1.0;
  j[J_IQMAX_VF]                       = -iq.by_v;
  j[J_IQMAX_IP_CMD]                   = -iq.by_other;
  j[J_IPMAX_VF]                       = -ip.by_v;
  j[J_IPMAX_IQ_CMD]                   = -ip.by_other;
  JacobianIq(d, mode, u, &p, j);
  JacobianIp(d, mode, u, j);
  j[J_TIMER_TIMER] = d[D_DIPS] != 0.0 ? cj + 1.0 / d[D_SPAN] : 1.0;
  j[J_HELD_HELD]   = hold ? cj + (mode[M_HOLD] ? 0.0 : 1.0 / LIMIT_TIME) : 1.0;
  j[J_HELD_IPMAX]  = hold && !mode[M_HOLD] ? -1.0 / LIMIT_TIME : 0.0;
}

/* ---------------------------------------------------------------- modes */

void ReecMargin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *m)
{
  const Path      p = PathOf(d, u);
  PetscReal       by_re, by_im;
  const PetscReal v = Magnitude(u[V_RE], u[V_IM], &by_re, &by_im), within = PetscMin(v - d[REEC_VDIP], d[REEC_VUP] - v);
  const PetscBool moves = (PetscBool)!mode[M_DIP]; /* what is frozen keeps its mode */
  m[M_DIP]              = d[D_DIPS] != 0.0 ? PetscMax(mode[M_DIP] ? -within : within, Clock(d, REST) - u[TIMER]) : 1.0;
  m[M_INJ]              = mode[M_INJ] > INJ_GAIN ? Clock(d, PetscAbsReal(d[REEC_THLD])) - u[TIMER] : 1.0;
  m[M_HOLD]             = mode[M_HOLD] ? Clock(d, d[REEC_THLD2]) - u[TIMER] : 1.0;
  m[M_XQ] = m[M_XV] = m[M_PORD] = 1.0;
  if (moves && d[D_XQ_ON] != 0.0)
    m[M_XQ] = LimitedMargin(mode[M_XQ], u[XQ], d[REEC_KQI] * p.e, d[REEC_VMIN], d[REEC_VMAX]);
  if (moves && d[D_XV_ON] != 0.0)
    m[M_XV] = MovingLimitedMargin(mode[M_XV], u[XV], d[REEC_KVI] * p.v, -u[IQMAX], u[IQMAX]);
  if (moves && d[REEC_TPORD] > 0.0)
    m[M_PORD] = LimitedMargin(mode[M_PORD], u[PORD], PowerRate(d, u), d[REEC_PMIN], d[REEC_PMAX]);
}

/* A dip begins or ends, and with it what follows from it. */
static void ChangeDip(const PetscReal *d, PetscReal *u, PetscInt *mode)
{
  mode[M_DIP] = !mode[M_DIP];
  u[TIMER]    = 0.0;
  if (d[D_ALWAYS] == 0.0) {
    const PetscReal T = d[REEC_THLD];
    mode[M_INJ]       = mode[M_DIP] ? INJ_GAIN : T > 0.0 ? INJ_FROZEN : T < 0.0 ? INJ_LONGER : INJ_NONE;
  }
  mode[M_HOLD] = !mode[M_DIP] && d[REEC_THLD2] > 0.0;
  if (mode[M_HOLD]) u[HELD] = u[IPMAX];
}

void ReecChange(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  switch (k) {
  case M_DIP:
    ChangeDip(d, u, mode);
    break;
  case M_INJ: /* unless a dip that began at the same instant changed it already */
    if (mode[k] > INJ_GAIN && u[TIMER] > 0.0) mode[k] = INJ_NONE;
    break;
  case M_HOLD:
    if (u[TIMER] > 0.0) mode[k] = 0;
    break;
  case M_XQ:
    mode[k] = LimitedChange(mode[k], u[XQ], d[REEC_VMIN], d[REEC_VMAX]);
    break;
  case M_XV:
    mode[k] = MovingLimitedChange(mode[k], &u[XV], -u[IQMAX], u[IQMAX]);
    break;
  default:
    mode[k] = LimitedChange(mode[k], u[PORD], d[REEC_PMIN], d[REEC_PMAX]);
  }
}

const DeviceModel DeviceReeca1 = {
    .name         = "REECA1",
    .title        = "electrical control of an inverter, A",
    .source       = "WECC REMTF, REEC_A; PSS/E model library, REECA1",
    .kind         = DEVICE_EXCITER,
    .n_parameters = REEC_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = REEC_UNKNOWNS,
    .unknown      = ReecUnknowns,
    .n_inputs     = REEC_INPUTS,
    .input        = ReecInputs,
    .n_outputs    = REEC_OUTPUTS,
    .output       = ReecOutputs,
    .n_references = REEC_REFERENCES,
    .reference    = ReecReferences,
    .n_data       = REEC_DATA,
    .n_modes      = REEC_MODES,
    .n_entries    = REEC_ENTRIES,
    .entry        = ReecEntries,
    .check        = ReecCheck,
    .initialise   = Initialise,
    .residual     = ReecResidual,
    .jacobian     = ReecJacobian,
    .margin       = ReecMargin,
    .change       = ReecChange,
};
