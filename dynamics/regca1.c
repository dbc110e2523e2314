/* REGCA1 (REGC_A), converter of an inverter: lags from the current commands to the currents fed in, and the limits of
   current at low and high voltage. WECC REMTF, second generation generic renewable models, REGC_A; PSS/E model library,
   REGCA1.

   Currents refer to the direction of the terminal voltage: I = (Ip - j Iq) V/|V|, positive Iq feeds in reactive power
   (the diagrams' lag -1/(1 + s Tg) turns the same command into the component that leads the voltage). At a voltage
   below HOLD the direction is drawn to that of the operating point, at no voltage wholly: an angle is hard to measure
   there, and behind a bolted fault, where nothing but the converter itself makes a voltage, any direction would do.

   * Active current: Tg, at most rising with Rrpwr; its lag is limited without windup by the low voltage power logic, 0
     at Zerox and Lvpl1 at Brkpt of the voltage filtered by Tfltr, no limit above; what comes out is multiplied by the
     low voltage active current management, 0 at Lvpnt0, 1 at Lvpnt1.
   * Reactive current: Tg; a unit that starts feeding in reactive power has the rate limit Iqrmax, one that starts
     drawing it Iqrmin. Above Volim Khv times the excess is taken off, down to Iolim. The diagram draws that for the
     leading component with the opposite sign, which would raise the voltage further; the purpose is followed.
   Accel steers the network solution of other programs, and is ignored. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum {
  LVPLSW,
  TG,
  RRPWR,
  BRKPT,
  ZEROX,
  LVPL1,
  VOLIM,
  LVPNT1,
  LVPNT0,
  IOLIM,
  TFLTR,
  KHV,
  IQRMAX,
  IQRMIN,
  ACCEL,
  N_PARAMETERS
};

static const DeviceParameter parameters[N_PARAMETERS] = {
    [LVPLSW] = {"Lvplsw", "1", PARAMETER_FLAG},       [TG] = {"Tg", "s", PARAMETER_NOT_NEGATIVE},
    [RRPWR] = {"Rrpwr", "1/s", PARAMETER_POSITIVE},   [BRKPT] = {"Brkpt", "1", PARAMETER_ANY},
    [ZEROX] = {"Zerox", "1", PARAMETER_ANY},          [LVPL1] = {"Lvpl1", "1", PARAMETER_ANY},
    [VOLIM] = {"Volim", "1", PARAMETER_POSITIVE},     [LVPNT1] = {"Lvpnt1", "1", PARAMETER_NOT_NEGATIVE},
    [LVPNT0] = {"Lvpnt0", "1", PARAMETER_ANY},        [IOLIM] = {"Iolim", "1", PARAMETER_ANY},
    [TFLTR] = {"Tfltr", "s", PARAMETER_NOT_NEGATIVE}, [KHV] = {"Khv", "1", PARAMETER_NOT_NEGATIVE},
    [IQRMAX] = {"Iqrmax", "1/s", PARAMETER_ANY},      [IQRMIN] = {"Iqrmin", "1/s", PARAMETER_ANY},
    [ACCEL] = {"Accel", "1", PARAMETER_ANY},
};

enum { VF, IP, IQ, P, Q, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, IP_CMD, IQ_CMD };
enum { I_RE = N_UNKNOWNS, I_IM };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {[VF] = {"V filtered", "1", 1.0},
                                                   [IP] = {"Ip", "1", 1.0},
                                                   [IQ] = {"Iq", "1", 1.0},
                                                   [P]  = {"P", "1", 1.0},
                                                   [Q]  = {"Q", "1", 1.0}};
static const DeviceSignal  inputs[]             = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_IP_CMD, SIGNAL_IQ_CMD};
static const DeviceOutput  outputs[]            = {{SIGNAL_P_GEN, P}, {SIGNAL_Q_GEN, Q}};

/* After the parameters, some of them changed to the initial state: rate limits of Iq that hold, the base, and the
   direction of the initial voltage. */
enum { D_RISE = N_PARAMETERS, D_FALL, D_SCALE, D_HELD_RE, D_HELD_IM, N_DATA };

#define HOLD 0.1  /* per unit of voltage, below which the direction is drawn to the held one */
#define FADE 0.01 /* length of a direction below which the current fades, such that nothing jumps */
#define ROOM 1e-6 /* at a limit that the initial state meets, lest rounding errors hit it */

#define ENTRIES(E)                                                                                                \
  E(VF, VF)                                                                                                       \
  E(VF, V_RE)                                                                                                     \
  E(VF, V_IM)                                                                                                     \
  E(IP, IP)                                                                                                       \
  E(IP, IP_CMD)                                                                                                   \
  E(IP, VF)                                                                                                       \
  E(IP, V_RE)                                                                                                     \
  E(IP, V_IM)                                                                                                     \
  E(IQ, IQ)                                                                                                       \
  E(IQ, IQ_CMD)                                                                                                   \
  E(P, P)                                                                                                         \
  E(P, IP) E(P, IQ) E(P, V_RE) E(P, V_IM) E(Q, Q) E(Q, IP) E(Q, IQ) E(Q, V_RE) E(Q, V_IM) E(I_RE, IP) E(I_RE, IQ) \
      E(I_RE, V_RE) E(I_RE, V_IM) E(I_IM, IP) E(I_IM, IQ) E(I_IM, V_RE) E(I_IM, V_IM)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[LVPLSW] != 0.0 && !(p[ZEROX] < p[BRKPT])) return "Zerox is not below Brkpt";
  if (p[LVPLSW] != 0.0 && !(p[LVPL1] > 0.0)) return "Lvpl1 is not positive";
  if (p[LVPNT1] > 0.0 && !(p[LVPNT0] < p[LVPNT1])) return "Lvpnt0 is not below Lvpnt1";
  *error = PETSC_FALSE;
  if (p[TG] == 0.0) return "Tg is zero: currents follow their commands without Rrpwr, Iqrmax and Iqrmin";
  if (p[IOLIM] > 0.0) return "Iolim is positive: reactive power is always fed in";
  if (p[IQRMAX] <= 0.0 || p[IQRMIN] >= 0.0) return "Iqrmax is not positive or Iqrmin not negative";
  return NULL;
}

/* Low voltage active current management: its share, and the slope. */
static PetscReal Share(const PetscReal *d, PetscReal v, PetscReal *by_v)
{
  *by_v = 0.0;
  if (v >= d[LVPNT1]) return 1.0;
  if (v <= d[LVPNT0]) return 0.0;
  *by_v = 1.0 / (d[LVPNT1] - d[LVPNT0]);
  return (v - d[LVPNT0]) * *by_v;
}

/* Low voltage power logic: its line, which in the limited mode goes on above Brkpt, and the slope. */
static PetscReal Line(const PetscReal *d, PetscReal vf, PetscReal *slope)
{
  const PetscReal m = d[LVPL1] / (d[BRKPT] - d[ZEROX]);
  *slope            = vf > d[ZEROX] ? m : 0.0;
  return *slope * (vf - d[ZEROX]);
}

/* What is fed in, in a direction of length 1, and derivatives. */
typedef struct {
  PetscReal v, v_re, v_im, ip, ip_v, ip_x, iq, iq_v, iq_x;
  PetscReal re, im, by_re[2], by_im[2]; /* direction; its parts' derivatives by V_re and by V_im */
} Current;

static void SetDirection(const PetscReal *d, const PetscReal *u, Current *c)
{
  const PetscReal hold = PetscMax(0.0, HOLD - c->v), hold_v = c->v < HOLD ? -1.0 : 0.0;
  const PetscReal re = u[V_RE] + hold * d[D_HELD_RE], im = u[V_IM] + hold * d[D_HELD_IM];
  const PetscReal length = PetscSqrtReal(re * re + im * im), by = 1.0 / PetscMax(length, FADE);
  c->re = re * by, c->im = im * by;
  for (PetscInt k = 0; k < 2; ++k) {
    const PetscReal v_k  = hold_v * (k == 0 ? c->v_re : c->v_im);
    const PetscReal re_k = (k == 0 ? 1.0 : 0.0) + v_k * d[D_HELD_RE], im_k = (k == 1 ? 1.0 : 0.0) + v_k * d[D_HELD_IM];
    const PetscReal along = length > FADE ? c->re * re_k + c->im * im_k : 0.0;
    c->by_re[k]           = by * (re_k - c->re * along);
    c->by_im[k]           = by * (im_k - c->im * along);
  }
}

static Current CurrentOf(const PetscReal *d, const PetscReal *u)
{
  Current   c;
  PetscReal share_v;
  c.v                   = Magnitude(u[V_RE], u[V_IM], &c.v_re, &c.v_im);
  const PetscReal share = Share(d, c.v, &share_v), excess = c.v - d[VOLIM];
  c.ip = share * u[IP], c.ip_v = share_v * u[IP], c.ip_x = share;
  c.iq = u[IQ] - (excess > 0.0 ? d[KHV] * excess : 0.0), c.iq_v = excess > 0.0 ? -d[KHV] : 0.0, c.iq_x = 1.0;
  if (c.iq < d[IOLIM]) c.iq = d[IOLIM], c.iq_v = c.iq_x = 0.0;
  SetDirection(d, u, &c);
  return c;
}

static void WidenPowerLogic(DeviceStart *start, PetscReal v, PetscReal ip)
{
  PetscReal      *d    = start->data, slope;
  const PetscReal line = d[LVPLSW] != 0.0 && v <= d[BRKPT] ? Line(d, v, &slope) : PETSC_INFINITY;
  if (ip + ROOM <= line) return;
  if (ip > line + ROOM)
    snprintf(start->warning, DEVICE_TEXT, "initial Ip %.4g is above the low voltage power logic's %.4g", (double)ip,
             (double)line);
  if (line > 0.0)
    d[LVPL1] *= (ip + ROOM) / line;
  else
    d[LVPLSW] = 0.0;
}

static void Initialise(DeviceStart *start)
{
  PetscReal      *d = start->data, *u = start->unknown, slope;
  const PetscReal v = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  for (PetscInt k = 0; k < N_PARAMETERS; ++k) d[k] = start->parameter[k];
  d[D_SCALE]   = start->base_ratio;
  d[D_HELD_RE] = v > 0.0 ? start->v_re / v : 1.0;
  d[D_HELD_IM] = v > 0.0 ? start->v_im / v : 0.0;
  d[D_RISE]    = start->q > 0.0 ? d[IQRMAX] : PETSC_INFINITY;
  d[D_FALL]    = start->q < 0.0 ? d[IQRMIN] : PETSC_NINFINITY;
  if (!(v > FADE)) {
    snprintf(start->problem, DEVICE_TEXT, "the voltage at its bus is nearly zero");
    return;
  }
  if (Share(d, v, &slope) <= 0.0) {
    snprintf(start->warning, DEVICE_TEXT, "initial voltage %.4g is below Lvpnt0 %g: no low voltage management",
             (double)v, (double)d[LVPNT0]);
    d[LVPNT0] = d[LVPNT1] = 0.0;
  }
  u[VF] = v;
  u[P]  = start->p / d[D_SCALE];
  u[Q]  = start->q / d[D_SCALE];
  u[IP] = u[P] / v / Share(d, v, &slope);
  u[IQ] = u[Q] / v + d[KHV] * PetscMax(0.0, v - d[VOLIM]);
  if (u[Q] / v < d[IOLIM]) {
    snprintf(start->warning, DEVICE_TEXT, "initial Iq %.4g is below Iolim %g", (double)(u[Q] / v), (double)d[IOLIM]);
    d[IOLIM] = u[Q] / v;
  }
  WidenPowerLogic(start, v, u[IP]);
  start->differential[VF] = (PetscBool)(d[TFLTR] > 0.0);
  start->differential[IP] = start->differential[IQ] = (PetscBool)(d[TG] > 0.0);
  start->differential[P] = start->differential[Q] = PETSC_FALSE;
  start->signal[SIGNAL_IP_CMD] = u[IP], start->signal[SIGNAL_IQ_CMD] = u[IQ];
  start->signal[SIGNAL_P_GEN] = u[P], start->signal[SIGNAL_Q_GEN] = u[Q];
}

/* The rate of Ip when the power logic lets it go, and that with which it follows its line. */
static PetscReal FreeRate(const PetscReal *d, const PetscReal *u)
{
  return PetscMin(d[RRPWR], (u[IP_CMD] - u[IP]) / d[TG]);
}
static PetscReal FollowRate(const PetscReal *d, const PetscReal *u, PetscReal v)
{
  PetscReal       slope;
  const PetscReal line = Line(d, u[VF], &slope);
  return (d[TFLTR] > 0.0 ? slope * (v - u[VF]) / d[TFLTR] : 0.0) + (line - u[IP]) / LIMIT_TIME;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Current   c = CurrentOf(d, u);
  PetscReal       slope;
  const PetscReal re = c.ip * c.re + c.iq * c.im, im = c.ip * c.im - c.iq * c.re;
  f[VF] = Lag(d[TFLTR], u[VF], up[VF], c.v);
  if (d[TG] > 0.0) {
    f[IP] = up[IP] - (mode[0] == LIMIT_FREE ? FreeRate(d, u) : FollowRate(d, u, c.v));
    f[IQ] = up[IQ] - Clamp((u[IQ_CMD] - u[IQ]) / d[TG], d[D_FALL], d[D_RISE]);
  } else {
    f[IP] = u[IP] - (mode[0] == LIMIT_FREE ? u[IP_CMD] : Line(d, u[VF], &slope));
    f[IQ] = u[IQ] - u[IQ_CMD];
  }
  f[P]    = u[P] - (u[V_RE] * re + u[V_IM] * im);
  f[Q]    = u[Q] - (u[V_IM] * re - u[V_RE] * im);
  f[I_RE] = d[D_SCALE] * re;
  f[I_IM] = d[D_SCALE] * im;
}

static void JacobianLags(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const Current *c, PetscReal cj,
                         PetscReal *j)
{
  const PetscReal lag = d[TG] > 0.0 ? 1.0 / d[TG] : 0.0;
  PetscReal       slope;
  (void)Line(d, u[VF], &slope);
  j[J_IP_IP_CMD] = j[J_IP_VF] = j[J_IP_V_RE] = j[J_IP_V_IM] = 0.0;
  j[J_IP_IP]                                                = d[TG] > 0.0 ? cj : 1.0;
  if (mode[0] == LIMIT_FREE) {
    const PetscBool slow = (PetscBool)(d[TG] > 0.0 && (u[IP_CMD] - u[IP]) * lag > d[RRPWR]);
    if (!slow) j[J_IP_IP] += lag, j[J_IP_IP_CMD] = d[TG] > 0.0 ? -lag : -1.0;
  } else if (d[TG] > 0.0) {
    const PetscReal by_v = d[TFLTR] > 0.0 ? slope / d[TFLTR] : 0.0;
    j[J_IP_IP] += 1.0 / LIMIT_TIME;
    j[J_IP_VF]   = by_v - slope / LIMIT_TIME;
    j[J_IP_V_RE] = -by_v * c->v_re;
    j[J_IP_V_IM] = -by_v * c->v_im;
  } else {
    j[J_IP_VF] = -slope;
  }
  const PetscReal inside = d[TG] > 0.0 ? ClampX((u[IQ_CMD] - u[IQ]) * lag, d[D_FALL], d[D_RISE]) : 1.0;
  j[J_IQ_IQ]             = d[TG] > 0.0 ? cj + lag * inside : 1.0;
  j[J_IQ_IQ_CMD]         = d[TG] > 0.0 ? -lag * inside : -1.0;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Current   c  = CurrentOf(d, u);
  const PetscReal s  = d[D_SCALE];
  const PetscReal re = c.ip * c.re + c.iq * c.im, im = c.ip * c.im - c.iq * c.re;
  PetscReal       re_v[2], im_v[2];
  for (PetscInt k = 0; k < 2; ++k) {
    const PetscReal v_k = k == 0 ? c.v_re : c.v_im, ip_k = c.ip_v * v_k, iq_k = c.iq_v * v_k;
    re_v[k] = ip_k * c.re + iq_k * c.im + c.ip * c.by_re[k] + c.iq * c.by_im[k];
    im_v[k] = ip_k * c.im - iq_k * c.re + c.ip * c.by_im[k] - c.iq * c.by_re[k];
  }
  (void)up;
  j[J_VF_VF]   = LagX(d[TFLTR], cj);
  j[J_VF_V_RE] = LagW(d[TFLTR]) * c.v_re;
  j[J_VF_V_IM] = LagW(d[TFLTR]) * c.v_im;
  JacobianLags(d, mode, u, &c, cj, j);
  j[J_P_P] = j[J_Q_Q] = 1.0;
  j[J_P_IP]           = -c.ip_x * (u[V_RE] * c.re + u[V_IM] * c.im);
  j[J_P_IQ]           = -c.iq_x * (u[V_RE] * c.im - u[V_IM] * c.re);
  j[J_P_V_RE]         = -(re + u[V_RE] * re_v[0] + u[V_IM] * im_v[0]);
  j[J_P_V_IM]         = -(im + u[V_RE] * re_v[1] + u[V_IM] * im_v[1]);
  j[J_Q_IP]           = -c.ip_x * (u[V_IM] * c.re - u[V_RE] * c.im);
  j[J_Q_IQ]           = -c.iq_x * (u[V_IM] * c.im + u[V_RE] * c.re);
  j[J_Q_V_RE]         = im - (u[V_IM] * re_v[0] - u[V_RE] * im_v[0]);
  j[J_Q_V_IM]         = -re - (u[V_IM] * re_v[1] - u[V_RE] * im_v[1]);
  j[J_I_RE_IP]        = s * c.ip_x * c.re;
  j[J_I_RE_IQ]        = s * c.iq_x * c.im;
  j[J_I_RE_V_RE]      = s * re_v[0];
  j[J_I_RE_V_IM]      = s * re_v[1];
  j[J_I_IM_IP]        = s * c.ip_x * c.im;
  j[J_I_IM_IQ]        = -s * c.iq_x * c.re;
  j[J_I_IM_V_RE]      = s * im_v[0];
  j[J_I_IM_V_IM]      = s * im_v[1];
}

/* The line is left where the converter would rise less than it does, and above Brkpt. */
static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  PetscReal       by_re, by_im, slope;
  const PetscReal v = Magnitude(u[V_RE], u[V_IM], &by_re, &by_im), line = Line(d, u[VF], &slope);
  if (d[LVPLSW] == 0.0)
    margin[0] = 1.0;
  else if (u[VF] > d[BRKPT])
    margin[0] = mode[0] == LIMIT_FREE ? u[VF] - d[BRKPT] : d[BRKPT] - u[VF];
  else if (d[TG] == 0.0)
    margin[0] = mode[0] == LIMIT_FREE ? line - u[IP_CMD] : u[IP_CMD] - line;
  else {
    const PetscReal rate = FreeRate(d, u), follow = FollowRate(d, u, v);
    margin[0] = mode[0] == LIMIT_FREE ? PetscMax(line - u[IP], follow - rate) : rate - follow;
  }
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  PetscReal slope;
  mode[k] = mode[k] == LIMIT_FREE ? LIMIT_MAX : LIMIT_FREE;
  if (mode[k] == LIMIT_MAX) u[IP] = PetscMin(u[IP], Line(d, u[VF], &slope));
}

const DeviceModel DeviceRegca1 = {
    .name          = "REGCA1",
    .title         = "converter of an inverter",
    .source        = "WECC REMTF, REGC_A; PSS/E model library, REGCA1",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = N_PARAMETERS,
    .parameter     = parameters,
    .n_unknowns    = N_UNKNOWNS,
    .unknown       = unknowns,
    .n_inputs      = DEVICE_COUNT(inputs),
    .input         = inputs,
    .n_outputs     = DEVICE_COUNT(outputs),
    .output        = outputs,
    .n_data        = N_DATA,
    .n_modes       = 1,
    .n_entries     = N_ENTRIES,
    .entry         = entries,
    .check         = Check,
    .initialise    = Initialise,
    .residual      = Residual,
    .jacobian      = Jacobian,
    .margin        = Margin,
    .change        = Change,
};
