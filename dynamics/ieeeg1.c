/* IEEEG1 and WSIEG1, steam turbine and governor: lead-lag K (1 + s T2)/(1 + s T1) of the speed, a servo with limits on
   rate and position, four turbine stages in series. WSIEG1 adds a dead band on the speed (DB1, ERR), backlash of the valve
   (DB2) and a curve from valve to steam flow.
   Siemens PTI, PSS/E model library, IEEEG1 and WSIEG1; IEEE Committee Report (1973), Dynamic models for steam and hydro
   turbines in power system studies; OpenIPSL's WSIEG1 for what DB1, ERR, DB2 and IBLOCK do:
     DB1: no output within +-DB1; outside the input less ERR (jumps when ERR is not DB1), ERR = 0: less DB1 (does not);
     DB2: the valve follows the servo when that has moved by DB2 against it; the feedback is taken from the valve;
     the curve continues with its end slopes; no points: valve and flow are the same;
     IBLOCK 1, 3: PMIN = 0 means the initial position; 2, 3: PMAX = 0 does.
   K1, K3, K5, K7 drive this unit; the share of a second unit JBUS is not simulated, which keeps its power. `pref` is the
   power of this unit at nominal speed, per unit on its base. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum {
  JBUS,
  M,
  K,
  T1,
  T2,
  T3,
  UO,
  UC,
  PMAX,
  PMIN,
  T4,
  K1,
  K2,
  T5,
  K3,
  K4,
  T6,
  K5,
  K6,
  T7,
  K7,
  K8,
  N_IEEEG1,
  DB1 = N_IEEEG1,
  ERR,
  DB2,
  GV1,
  IBLOCK = GV1 + 10,
  N_WSIEG1
};

static const DeviceParameter parameters[N_WSIEG1] = {
    [JBUS] = {"JBUS", "", PARAMETER_BUS},
    [M]    = {"M", "", PARAMETER_ANY},
    [K]    = {"K", "1", PARAMETER_NOT_NEGATIVE},
    [T1]   = {"T1", "s", PARAMETER_NOT_NEGATIVE},
    [T2]   = {"T2", "s", PARAMETER_ANY},
    [T3]   = {"T3", "s", PARAMETER_NOT_NEGATIVE},
    [UO]   = {"UO", "1/s", PARAMETER_ANY},
    [UC]   = {"UC", "1/s", PARAMETER_ANY},
    [PMAX] = {"PMAX", "1", PARAMETER_ANY},
    [PMIN] = {"PMIN", "1", PARAMETER_ANY},
    [T4]   = {"T4", "s", PARAMETER_NOT_NEGATIVE},
    [K1]   = {"K1", "1", PARAMETER_ANY},
    [K2]   = {"K2", "1", PARAMETER_ANY},
    [T5]   = {"T5", "s", PARAMETER_NOT_NEGATIVE},
    [K3]   = {"K3", "1", PARAMETER_ANY},
    [K4]   = {"K4", "1", PARAMETER_ANY},
    [T6]   = {"T6", "s", PARAMETER_NOT_NEGATIVE},
    [K5]   = {"K5", "1", PARAMETER_ANY},
    [K6]   = {"K6", "1", PARAMETER_ANY},
    [T7]   = {"T7", "s", PARAMETER_NOT_NEGATIVE},
    [K7]   = {"K7", "1", PARAMETER_ANY},
    [K8]   = {"K8", "1", PARAMETER_ANY},
    [DB1]  = {"DB1", "1", PARAMETER_NOT_NEGATIVE},
    [ERR]  = {"ERR", "1", PARAMETER_NOT_NEGATIVE},
    [DB2]  = {"DB2", "1", PARAMETER_NOT_NEGATIVE},
    {"GV1", "1", PARAMETER_ANY},
    {"PGV1", "1", PARAMETER_ANY},
    {"GV2", "1", PARAMETER_ANY},
    {"PGV2", "1", PARAMETER_ANY},
    {"GV3", "1", PARAMETER_ANY},
    {"PGV3", "1", PARAMETER_ANY},
    {"GV4", "1", PARAMETER_ANY},
    {"PGV4", "1", PARAMETER_ANY},
    {"GV5", "1", PARAMETER_ANY},
    {"PGV5", "1", PARAMETER_ANY},
    [IBLOCK] = {"IBLOCK", "", PARAMETER_FLAG},
};

enum { LEAD, SERVO, VALVE, S4, S5, S6, S7, PM, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS };
static const DeviceUnknown unknowns[] = {
    [LEAD] = {"lead-lag", "1", 0.1}, [SERVO] = {"servo", "1", 0.1}, [VALVE] = {"valve", "1", 0.1},
    [S4] = {"stage 4", "1", 0.1},    [S5] = {"stage 5", "1", 0.1},  [S6] = {"stage 6", "1", 0.1},
    [S7] = {"stage 7", "1", 0.1},    [PM] = {"Pm", "1", 0.1}};
static const DeviceSignal inputs[]  = {SIGNAL_SPEED};
static const DeviceOutput outputs[] = {{SIGNAL_PM, PM}};

/* D_SHARE: K1 + K3 + K5 + K7. D_FLOW: the curve's points, valve and flow in turn, D_POINTS of them. */
enum {
  D_K,
  D_T1,
  D_T2,
  D_T3,
  D_UO,
  D_UC,
  D_MAX,
  D_MIN,
  D_T4,
  D_T5,
  D_T6,
  D_T7,
  D_K1,
  D_K3,
  D_K5,
  D_K7,
  D_SHARE,
  D_PREF,
  D_DB1,
  D_ERR,
  D_DB2,
  D_POINTS,
  D_FLOW,
  N_DATA = D_FLOW + 10
};
static const DeviceReference references[] = {{"pref", D_PREF}};

enum { MODE_POSITION, MODE_DEAD_BAND, MODE_BACKLASH, N_MODES };
/* Backlash ends and begins when the servo moves by more than this, per unit and per second: rounding does neither. */
#define BACKLASH_NOISE 1e-9

#define ENTRIES(E)                                                                                                 \
  E(LEAD, LEAD)                                                                                                    \
  E(LEAD, SPEED)                                                                                                   \
  E(SERVO, SERVO) E(SERVO, LEAD) E(SERVO, VALVE) E(SERVO, SPEED) E(VALVE, VALVE) E(VALVE, SERVO) E(VALVE, LEAD)    \
      E(VALVE, SPEED) E(S4, S4) E(S4, VALVE) E(S5, S5) E(S5, S4) E(S6, S6) E(S6, S5) E(S7, S7) E(S7, S6) E(PM, PM) \
          E(PM, S4) E(PM, S5) E(PM, S6) E(PM, S7)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

/* Points of the curve in use: up to where valve positions stop rising. */
static PetscInt Points(const PetscReal *point)
{
  PetscInt n = 1;
  while (n < 5 && point[2 * n] > point[2 * n - 2]) ++n;
  return n > 1 ? n : 0;
}

static const char *CheckSteam(const PetscReal *p, PetscBool free_limits, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (!(p[PMIN] < p[PMAX]) && !free_limits) return "PMIN is not below PMAX";
  if (!(p[K1] + p[K3] + p[K5] + p[K7] > 0.0)) return "K1 + K3 + K5 + K7 is not positive";
  *error = PETSC_FALSE;
  if (p[T3] == 0.0) return "T3 is zero: the valve follows at once, without limits of its rate";
  if (p[UO] < 0.0 || p[UC] > 0.0) return "UO is negative or UC positive: their magnitudes are taken";
  if (p[T1] == 0.0 && p[T2] != 0.0) return "T1 is zero: the speed passes on, without T2's lead";
  if (PetscAbsReal(p[K1] + p[K2] + p[K3] + p[K4] + p[K5] + p[K6] + p[K7] + p[K8] - 1.0) > 1e-3)
    return "K1 to K8 do not add up to 1";
  return NULL;
}

static const char *CheckIeeeg1(const PetscReal *p, PetscBool *error)
{
  return CheckSteam(p, PETSC_FALSE, error);
}

static const char *CheckWsieg1(const PetscReal *p, PetscBool *error)
{
  const PetscReal *g = p + GV1;
  const PetscInt   n = Points(g);
  *error             = PETSC_TRUE;
  if (p[IBLOCK] < 0.0 || p[IBLOCK] > 3.0) return "IBLOCK is none of 0 to 3";
  for (PetscInt k = 1; k < n; ++k) {
    if (g[2 * k + 1] < g[2 * k - 1]) return "its curve falls from one PGV to the next";
  }
  for (PetscInt k = n; k < 5; ++k) {
    if ((g[2 * k] != 0.0 || g[2 * k + 1] != 0.0) && !(n == 0 && k == 0))
      return "its curve's valve positions GV do not rise";
  }
  if (n > 1 && !(g[2 * n - 1] > g[1])) return "its curve's flows PGV do not rise";
  return CheckSteam(p, (PetscBool)(p[IBLOCK] > 0.0), error);
}

/* Flow of steam by the valve's position, and its slope. */
static PetscReal Flow(const PetscReal *d, PetscReal valve, PetscReal *slope)
{
  const PetscReal *g = d + D_FLOW;
  PetscInt         k = 1;
  *slope             = 1.0;
  if (d[D_POINTS] == 0.0) return valve;
  while (k + 1 < (PetscInt)d[D_POINTS] && valve >= g[2 * k]) ++k;
  *slope = (g[2 * k + 1] - g[2 * k - 1]) / (g[2 * k] - g[2 * k - 2]);
  return g[2 * k - 1] + *slope * (valve - g[2 * k - 2]);
}

/* Position of the valve for a flow; where the curve is level, the lowest. */
static PetscReal Position(const PetscReal *d, PetscReal flow)
{
  const PetscReal *g = d + D_FLOW;
  PetscInt         k = 1;
  if (d[D_POINTS] == 0.0) return flow;
  while (k + 1 < (PetscInt)d[D_POINTS] && (flow > g[2 * k + 1] || g[2 * k + 1] == g[2 * k - 1])) ++k;
  while (k > 1 && g[2 * k + 1] == g[2 * k - 1]) --k;
  return g[2 * k - 2] + (flow - g[2 * k - 1]) * (g[2 * k] - g[2 * k - 2]) / (g[2 * k + 1] - g[2 * k - 1]);
}

static void SetData(const PetscReal *p, PetscReal *d)
{
  d[D_K] = p[K], d[D_T1] = p[T1], d[D_T2] = p[T2], d[D_T3] = p[T3];
  d[D_UO] = PetscAbsReal(p[UO]), d[D_UC] = -PetscAbsReal(p[UC]), d[D_MAX] = p[PMAX], d[D_MIN] = p[PMIN];
  d[D_T4] = p[T4], d[D_T5] = p[T5], d[D_T6] = p[T6], d[D_T7] = p[T7];
  d[D_K1] = p[K1], d[D_K3] = p[K3], d[D_K5] = p[K5], d[D_K7] = p[K7];
  d[D_SHARE] = p[K1] + p[K3] + p[K5] + p[K7];
  d[D_DB1] = d[D_ERR] = d[D_DB2] = d[D_POINTS] = 0.0;
}

/* With the curve and dead bands in place. */
static void Start(DeviceStart *start, PetscInt block)
{
  PetscReal      *d = start->data, *u = start->unknown, slope;
  const PetscReal valve = Position(d, start->signal[SIGNAL_PM] / d[D_SHARE]);
  d[D_PREF]             = start->signal[SIGNAL_PM];
  if ((block & 1) && d[D_MIN] == 0.0) d[D_MIN] = valve;
  if ((block & 2) && d[D_MAX] == 0.0) d[D_MAX] = valve;
  if (start->parameter[JBUS] >= 0.0) {
    snprintf(start->warning, DEVICE_TEXT, "its second unit is not driven and keeps its mechanical power");
  } else if (valve < d[D_MIN] || valve > d[D_MAX]) {
    snprintf(start->warning, DEVICE_TEXT, "initial valve position %.4g is outside %g to %g", (double)valve,
             (double)d[D_MIN], (double)d[D_MAX]);
  }
  d[D_MIN] = PetscMin(d[D_MIN], valve), d[D_MAX] = PetscMax(d[D_MAX], valve);
  u[LEAD]  = 0.0;
  u[SERVO] = u[VALVE] = valve;
  u[S4] = u[S5] = u[S6] = u[S7] = Flow(d, valve, &slope);
  u[PM]                         = d[D_K1] * u[S4] + d[D_K3] * u[S5] + d[D_K5] * u[S6] + d[D_K7] * u[S7];
  const PetscReal time[]        = {[LEAD] = d[D_T1], [SERVO] = d[D_T3], [VALVE] = d[D_DB2], [S4] = d[D_T4],
                                   [S5] = d[D_T5],   [S6] = d[D_T6],    [S7] = d[D_T7]};
  for (PetscInt k = LEAD; k <= S7; ++k) start->differential[k] = (PetscBool)(time[k] > 0.0);
  start->differential[PM] = PETSC_FALSE;
}

static void InitialiseIeeeg1(DeviceStart *start)
{
  SetData(start->parameter, start->data);
  Start(start, 0);
}

static void InitialiseWsieg1(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data;
  SetData(p, d);
  d[D_DB1] = p[DB1], d[D_ERR] = p[ERR] > 0.0 ? p[ERR] : p[DB1];
  d[D_DB2]    = p[T3] > 0.0 ? p[DB2] : 0.0;
  d[D_POINTS] = (PetscReal)Points(p + GV1);
  for (PetscInt k = 0; k < 10; ++k) d[D_FLOW + k] = p[GV1 + k];
  Start(start, (PetscInt)p[IBLOCK]);
}

/* What the servo works with: the speed behind the dead band, the position wanted, the servo's free and real rate, and
   derivatives: of the wanted position by the lead-lag's state and by the speed. */
typedef struct {
  PetscReal speed, wanted, free, rate, by_lead, by_speed, inside, dead_band;
} Control;

static PetscBool DeadBandJumps(const PetscReal *d)
{
  return (PetscBool)(d[D_DB1] > 0.0 && d[D_ERR] != d[D_DB1]);
}

static Control ControlOf(const PetscReal *d, const PetscInt *mode, const PetscReal *u)
{
  Control         c;
  const PetscReal w = u[SPEED];
  if (DeadBandJumps(d)) {
    c.speed     = mode[MODE_DEAD_BAND] ? w - (PetscReal)mode[MODE_DEAD_BAND] * d[D_ERR] : 0.0;
    c.dead_band = mode[MODE_DEAD_BAND] ? 1.0 : 0.0;
  } else {
    c.speed     = DeadBand(w, -d[D_DB1], d[D_DB1]);
    c.dead_band = d[D_DB1] > 0.0 ? DeadBandX(w, -d[D_DB1], d[D_DB1]) : 1.0;
  }
  c.wanted   = Position(d, d[D_PREF] / d[D_SHARE]) - LeadLag(d[D_T2], d[D_T1], u[LEAD], d[D_K] * c.speed);
  c.by_lead  = -LeadLagX(d[D_T2], d[D_T1]);
  c.by_speed = -LeadLagW(d[D_T2], d[D_T1]) * d[D_K] * c.dead_band;
  c.free = c.rate = c.inside = 0.0;
  if (d[D_T3] > 0.0) {
    const PetscReal rate = (c.wanted - u[VALVE]) / d[D_T3];
    c.free               = Clamp(rate, d[D_UC], d[D_UO]);
    c.inside             = ClampX(rate, d[D_UC], d[D_UO]);
    c.rate               = mode[MODE_POSITION] == LIMIT_FREE ? c.free : 0.0;
  }
  return c;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Control c = ControlOf(d, mode, u);
  PetscReal     slope;
  f[LEAD]  = Lag(d[D_T1], u[LEAD], up[LEAD], d[D_K] * c.speed);
  f[SERVO] = d[D_T3] > 0.0 ? Limited(mode[MODE_POSITION], u[SERVO], up[SERVO], c.free, d[D_MIN], d[D_MAX])
                           : u[SERVO] - Clamp(c.wanted, d[D_MIN], d[D_MAX]);
  if (!(d[D_DB2] > 0.0))
    f[VALVE] = u[VALVE] - u[SERVO];
  else if (mode[MODE_BACKLASH] == 0)
    f[VALVE] = up[VALVE];
  else {
    const PetscReal follows = u[SERVO] - (PetscReal)mode[MODE_BACKLASH] * d[D_DB2];
    f[VALVE]                = up[VALVE] - c.rate - (follows - u[VALVE]) / LIMIT_TIME;
  }
  f[S4] = Lag(d[D_T4], u[S4], up[S4], Flow(d, u[VALVE], &slope));
  f[S5] = Lag(d[D_T5], u[S5], up[S5], u[S4]);
  f[S6] = Lag(d[D_T6], u[S6], up[S6], u[S5]);
  f[S7] = Lag(d[D_T7], u[S7], up[S7], u[S6]);
  f[PM] = u[PM] - d[D_K1] * u[S4] - d[D_K3] * u[S5] - d[D_K5] * u[S6] - d[D_K7] * u[S7];
}

/* Rows of the servo and of the valve. */
static void JacobianServo(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const Control   c      = ControlOf(d, mode, u);
  const PetscReal gain   = d[D_T3] > 0.0 ? c.inside / d[D_T3] : 0.0; /* of the free rate by the wanted position */
  const PetscReal servo  = d[D_T3] > 0.0 ? gain * LimitedW(mode[MODE_POSITION]) : -ClampX(c.wanted, d[D_MIN], d[D_MAX]);
  const PetscBool slack  = (PetscBool)(d[D_DB2] > 0.0);
  const PetscBool moved  = (PetscBool)(slack && mode[MODE_BACKLASH] != 0);
  const PetscReal follow = moved && mode[MODE_POSITION] == LIMIT_FREE ? gain : 0.0;
  j[J_SERVO_SERVO]       = d[D_T3] > 0.0 ? LimitedX(mode[MODE_POSITION], cj, 0.0) : 1.0;
  j[J_SERVO_LEAD]        = servo * c.by_lead;
  j[J_SERVO_SPEED]       = servo * c.by_speed;
  j[J_SERVO_VALVE]       = d[D_T3] > 0.0 ? -servo : 0.0;
  j[J_VALVE_VALVE]       = slack ? cj + follow + (moved ? 1.0 / LIMIT_TIME : 0.0) : 1.0;
  j[J_VALVE_SERVO]       = slack ? (moved ? -1.0 / LIMIT_TIME : 0.0) : -1.0;
  j[J_VALVE_LEAD]        = -follow * c.by_lead;
  j[J_VALVE_SPEED]       = -follow * c.by_speed;
  j[J_LEAD_LEAD]         = LagX(d[D_T1], cj);
  j[J_LEAD_SPEED]        = LagW(d[D_T1]) * d[D_K] * c.dead_band;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  PetscReal slope;
  (void)up;
  (void)Flow(d, u[VALVE], &slope);
  JacobianServo(d, mode, u, cj, j);
  j[J_S4_S4]    = LagX(d[D_T4], cj);
  j[J_S4_VALVE] = LagW(d[D_T4]) * slope;
  j[J_S5_S5]    = LagX(d[D_T5], cj);
  j[J_S5_S4]    = LagW(d[D_T5]);
  j[J_S6_S6]    = LagX(d[D_T6], cj);
  j[J_S6_S5]    = LagW(d[D_T6]);
  j[J_S7_S7]    = LagX(d[D_T7], cj);
  j[J_S7_S6]    = LagW(d[D_T7]);
  j[J_PM_PM]    = 1.0;
  j[J_PM_S4]    = -d[D_K1];
  j[J_PM_S5]    = -d[D_K3];
  j[J_PM_S6]    = -d[D_K5];
  j[J_PM_S7]    = -d[D_K7];
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const Control   c     = ControlOf(d, mode, u);
  const PetscReal slack = u[SERVO] - u[VALVE];
  margin[MODE_POSITION] =
      d[D_T3] > 0.0 ? LimitedMargin(mode[MODE_POSITION], u[SERVO], c.free, d[D_MIN], d[D_MAX]) : 1.0;
  margin[MODE_DEAD_BAND] = margin[MODE_BACKLASH] = 1.0;
  if (DeadBandJumps(d)) {
    margin[MODE_DEAD_BAND] = mode[MODE_DEAD_BAND] ? (PetscReal)mode[MODE_DEAD_BAND] * u[SPEED] - d[D_DB1]
                                                  : d[D_DB1] - PetscAbsReal(u[SPEED]);
  }
  if (d[D_DB2] > 0.0) {
    margin[MODE_BACKLASH] = mode[MODE_BACKLASH] ? (PetscReal)mode[MODE_BACKLASH] * c.rate + BACKLASH_NOISE
                                                : PetscMin(PetscMax(d[D_DB2] - slack, BACKLASH_NOISE - c.rate),
                                                           PetscMax(d[D_DB2] + slack, BACKLASH_NOISE + c.rate));
  }
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  if (k == MODE_POSITION)
    mode[k] = LimitedChange(mode[k], u[SERVO], d[D_MIN], d[D_MAX]);
  else if (mode[k] != 0)
    mode[k] = 0;
  else if (k == MODE_DEAD_BAND)
    mode[k] = u[SPEED] > 0.0 ? 1 : -1;
  else
    mode[k] = u[SERVO] > u[VALVE] ? 1 : -1;
}

#define STEAM                                                                                               \
  .kind = DEVICE_GOVERNOR, .parameter = parameters, .n_unknowns = N_UNKNOWNS, .unknown = unknowns,          \
  .n_inputs = DEVICE_COUNT(inputs), .input = inputs, .n_outputs = DEVICE_COUNT(outputs), .output = outputs, \
  .n_references = DEVICE_COUNT(references), .reference = references, .n_data = N_DATA, .n_modes = N_MODES,  \
  .n_entries = N_ENTRIES, .entry = entries, .residual = Residual, .jacobian = Jacobian, .margin = Margin,   \
  .change = Change

const DeviceModel DeviceIeeeg1 = {
    .name         = "IEEEG1",
    .title        = "steam turbine governor",
    .source       = "PSS/E model library, IEEEG1; IEEE Committee Report (1973)",
    .n_parameters = N_IEEEG1,
    .check        = CheckIeeeg1,
    .initialise   = InitialiseIeeeg1,
    STEAM,
};

const DeviceModel DeviceWsieg1 = {
    .name         = "WSIEG1",
    .title        = "steam turbine governor with dead bands",
    .source       = "PSS/E model library, WSIEG1; OpenIPSL, WSIEG1",
    .n_parameters = N_WSIEG1,
    .check        = CheckWsieg1,
    .initialise   = InitialiseWsieg1,
    STEAM,
};
