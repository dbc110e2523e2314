/* PSS2A, stabiliser with two inputs (integral of accelerating power): each input through two washouts and a lag, their sum
   (the second times KS3) through a ramp-tracking filter ((1 + s T8)/(1 + s T9)^M)^N, less the second; gain KS1, two
   lead-lags, limits. Codes of inputs as IEEEST's; a washout whose time is zero passes its input on.
   Siemens PTI, PSS/E model library, PSS2A; IEEE Std 421.5-2005, section 8.2; OpenIPSL's PSS2A. Fed with the deviations of
   the inputs from their initial values, as IEEEST is. */
#include "dynamics/device.h"
#include "dynamics/stabiliser_input.h"

enum {
  ICS1,
  BUS1,
  ICS2,
  BUS2,
  M,
  N,
  TW1,
  TW2,
  T6,
  TW3,
  TW4,
  T7,
  KS2,
  KS3,
  T8,
  T9,
  KS1,
  T1,
  T2,
  T3,
  T4,
  VSTMAX,
  VSTMIN,
  N_PARAMETERS
};

static const DeviceParameter parameters[N_PARAMETERS] = {
    [ICS1]   = {"ICS1", "", PARAMETER_FLAG},
    [BUS1]   = {"REMBUS1", "", PARAMETER_BUS},
    [ICS2]   = {"ICS2", "", PARAMETER_FLAG},
    [BUS2]   = {"REMBUS2", "", PARAMETER_BUS},
    [M]      = {"M", "", PARAMETER_FLAG},
    [N]      = {"N", "", PARAMETER_FLAG},
    [TW1]    = {"TW1", "s", PARAMETER_NOT_NEGATIVE},
    [TW2]    = {"TW2", "s", PARAMETER_NOT_NEGATIVE},
    [T6]     = {"T6", "s", PARAMETER_NOT_NEGATIVE},
    [TW3]    = {"TW3", "s", PARAMETER_NOT_NEGATIVE},
    [TW4]    = {"TW4", "s", PARAMETER_NOT_NEGATIVE},
    [T7]     = {"T7", "s", PARAMETER_NOT_NEGATIVE},
    [KS2]    = {"KS2", "1", PARAMETER_ANY},
    [KS3]    = {"KS3", "1", PARAMETER_ANY},
    [T8]     = {"T8", "s", PARAMETER_NOT_NEGATIVE},
    [T9]     = {"T9", "s", PARAMETER_NOT_NEGATIVE},
    [KS1]    = {"KS1", "1", PARAMETER_ANY},
    [T1]     = {"T1", "s", PARAMETER_NOT_NEGATIVE},
    [T2]     = {"T2", "s", PARAMETER_NOT_NEGATIVE},
    [T3]     = {"T3", "s", PARAMETER_NOT_NEGATIVE},
    [T4]     = {"T4", "s", PARAMETER_NOT_NEGATIVE},
    [VSTMAX] = {"VSTMAX", "1", PARAMETER_ANY},
    [VSTMIN] = {"VSTMIN", "1", PARAMETER_ANY},
};

/* Sections of the ramp-tracking filter: M N of them at most. */
#define SECTIONS 8

enum {
  MEASURED1,
  MEASURED2,
  INPUT1,
  INPUT2,
  WASH1,
  WASH2,
  LAG1,
  WASH3,
  WASH4,
  LAG2,
  SUM,
  RAMP,
  TRACKED = RAMP + SECTIONS,
  LEAD1,
  LEAD2,
  VS,
  N_UNKNOWNS
};
enum { SPEED = N_UNKNOWNS, PE, PM, V_RE, V_IM, BUS_RE, BUS_IM };

static const DeviceUnknown unknowns[] = {[MEASURED1] = {"measured 1", "1", 1.0},
                                         [MEASURED2] = {"measured 2", "1", 1.0},
                                         [INPUT1]    = {"input 1", "1", 1e-2},
                                         [INPUT2]    = {"input 2", "1", 1e-2},
                                         [WASH1]     = {"washout 1", "1", 1e-2},
                                         [WASH2]     = {"washout 2", "1", 1e-2},
                                         [LAG1]      = {"lag 6", "1", 1e-2},
                                         [WASH3]     = {"washout 3", "1", 1e-2},
                                         [WASH4]     = {"washout 4", "1", 1e-2},
                                         [LAG2]      = {"lag 7", "1", 1e-2},
                                         [SUM]       = {"sum", "1", 1e-2},
                                         [RAMP]      = {"ramp 1", "1", 1e-2},
                                         [RAMP + 1]  = {"ramp 2", "1", 1e-2},
                                         [RAMP + 2]  = {"ramp 3", "1", 1e-2},
                                         [RAMP + 3]  = {"ramp 4", "1", 1e-2},
                                         [RAMP + 4]  = {"ramp 5", "1", 1e-2},
                                         [RAMP + 5]  = {"ramp 6", "1", 1e-2},
                                         [RAMP + 6]  = {"ramp 7", "1", 1e-2},
                                         [RAMP + 7]  = {"ramp 8", "1", 1e-2},
                                         [TRACKED]   = {"tracked", "1", 1e-2},
                                         [LEAD1]     = {"lead-lag 1", "1", 1e-2},
                                         [LEAD2]     = {"lead-lag 2", "1", 1e-2},
                                         [VS]        = {"Vs", "1", 1e-2}};
/* The first input's bus may be another one; the second's is the unit's own. */
static const DeviceSignal inputs[] = {
    SIGNAL_SPEED, SIGNAL_PE, SIGNAL_PM, SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_REGULATED_V_RE, SIGNAL_REGULATED_V_IM};
static const DeviceOutput outputs[] = {{SIGNAL_VS, VS}};

enum { D_OMEGA = N_PARAMETERS, D_START1, D_START2, N_DATA }; /* parameters stand before them as they are */

#define ENTRIES(E)                                                                                                   \
  E(MEASURED1, MEASURED1)                                                                                            \
  E(MEASURED1, BUS_RE)                                                                                               \
  E(MEASURED1, BUS_IM) E(MEASURED2, MEASURED2) E(MEASURED2, V_RE) E(MEASURED2, V_IM) E(INPUT1, INPUT1)               \
      E(INPUT1, SPEED) E(INPUT1, PE) E(INPUT1, PM) E(INPUT1, BUS_RE) E(INPUT1, BUS_IM) E(INPUT1, MEASURED1)          \
          E(INPUT2, INPUT2) E(INPUT2, SPEED) E(INPUT2, PE) E(INPUT2, PM) E(INPUT2, V_RE) E(INPUT2, V_IM)             \
              E(INPUT2, MEASURED2) E(WASH1, WASH1) E(WASH1, INPUT1) E(WASH2, WASH2) E(WASH2, WASH1) E(WASH2, INPUT1) \
                  E(LAG1, LAG1) E(LAG1, WASH2) E(LAG1, WASH1) E(LAG1, INPUT1) E(WASH3, WASH3) E(WASH3, INPUT2)       \
                      E(WASH4, WASH4) E(WASH4, WASH3) E(WASH4, INPUT2) E(LAG2, LAG2) E(LAG2, WASH4) E(LAG2, WASH3)   \
                          E(LAG2, INPUT2) E(SUM, SUM) E(SUM, LAG1) E(SUM, LAG2) E(LEAD1, LEAD1) E(LEAD1, TRACKED)    \
                              E(LEAD1, LAG2) E(LEAD2, LEAD2) E(LEAD2, LEAD1) E(LEAD2, TRACKED) E(LEAD2, LAG2)        \
                                  E(VS, VS) E(VS, LEAD2) E(VS, LEAD1) E(VS, TRACKED) E(VS, LAG2)
/* The ramp-tracking filter's block: rows of its 8 sections and of TRACKED, columns SUM ... TRACKED. */
#define ROW(row)                                                                                                \
  {row, SUM}, {row, RAMP}, {row, RAMP + 1}, {row, RAMP + 2}, {row, RAMP + 3}, {row, RAMP + 4}, {row, RAMP + 5}, \
      {row, RAMP + 6}, {row, RAMP + 7},                                                                         \
  {                                                                                                             \
    row, TRACKED                                                                                                \
  }
#define ROW_LENGTH (SECTIONS + 2)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY) ROW(RAMP),
                                      ROW(RAMP + 1),
                                      ROW(RAMP + 2),
                                      ROW(RAMP + 3),
                                      ROW(RAMP + 4),
                                      ROW(RAMP + 5),
                                      ROW(RAMP + 6),
                                      ROW(RAMP + 7),
                                      ROW(TRACKED)};
enum { ENTRIES(DEVICE_ENTRY_NAME) J_RAMP, N_ENTRIES = J_RAMP + (SECTIONS + 1) * ROW_LENGTH };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[ICS1] < 1.0 || p[ICS1] > 6.0) return "ICS1 is none of 1 to 6";
  if (p[ICS2] < 0.0 || p[ICS2] > 6.0) return "ICS2 is none of 0 to 6";
  if (p[M] < 0.0 || p[N] < 0.0 || p[M] * p[N] > SECTIONS) return "M N is not within 0 to 8";
  if (!(p[VSTMIN] < p[VSTMAX])) return "VSTMIN is not below VSTMAX";
  *error = PETSC_FALSE;
  if (p[VSTMIN] > 0.0 || p[VSTMAX] < 0.0) return "zero output is outside VSTMIN to VSTMAX";
  return p[TW1] == 0.0 && p[TW2] == 0.0 ? "TW1 and TW2 are zero: there is no washout" : NULL;
}

static StabiliserInput InputOf(const PetscReal *d, const PetscReal *u, PetscInt k)
{
  StabiliserInput in = {.omega_nominal = d[D_OMEGA], .speed = u[SPEED], .pe = u[PE], .pm = u[PM]};
  in.code            = (PetscInt)d[k == 1 ? ICS1 : ICS2];
  in.re              = u[k == 1 ? BUS_RE : V_RE];
  in.im              = u[k == 1 ? BUS_IM : V_IM];
  in.measured        = u[k == 1 ? MEASURED1 : MEASURED2];
  return in;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, local[N_UNKNOWNS + 7] = {0.0};
  StabiliserInput  in;
  StabiliserSlope  by;
  for (PetscInt k = 0; k < N_PARAMETERS; ++k) d[k] = p[k];
  d[VSTMAX] = PetscMax(0.0, p[VSTMAX]), d[VSTMIN] = PetscMin(0.0, p[VSTMIN]), d[D_OMEGA] = start->omega_nominal;
  for (PetscInt k = 0; k < N_UNKNOWNS; ++k) u[k] = 0.0, start->differential[k] = PETSC_FALSE;
  u[MEASURED1] = local[MEASURED1] = StabiliserMeasured((PetscInt)p[ICS1], start->regulated_re, start->regulated_im);
  u[MEASURED2] = local[MEASURED2] = StabiliserMeasured((PetscInt)p[ICS2], start->v_re, start->v_im);
  local[BUS_RE] = start->regulated_re, local[BUS_IM] = start->regulated_im;
  local[V_RE] = start->v_re, local[V_IM] = start->v_im;
  local[PE] = start->signal[SIGNAL_PE], local[PM] = start->signal[SIGNAL_PM];
  in = InputOf(d, local, 1), d[D_START1] = StabiliserSignal(&in, &by);
  in = InputOf(d, local, 2), d[D_START2] = StabiliserSignal(&in, &by);
  if (p[BUS2] >= 0.0 && (p[ICS2] == 2.0 || p[ICS2] == 5.0 || p[ICS2] == 6.0))
    snprintf(start->warning, DEVICE_TEXT, "its second input is taken from its own bus, not from REMBUS2");
  const struct {
    PetscInt  unknown;
    PetscReal time;
  } lag[] = {{WASH1, p[TW1]}, {WASH2, p[TW2]}, {LAG1, p[T6]},  {WASH3, p[TW3]},
             {WASH4, p[TW4]}, {LAG2, p[T7]},   {LEAD1, p[T2]}, {LEAD2, p[T4]}};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(lag); ++k)
    start->differential[lag[k].unknown] = (PetscBool)(lag[k].time > 0.0);
  for (PetscInt k = 0; k < (PetscInt)(p[M] * p[N]); ++k) start->differential[RAMP + k] = (PetscBool)(p[T9] > 0.0);
  start->differential[MEASURED1] = StabiliserMeasures((PetscInt)p[ICS1]);
  start->differential[MEASURED2] = StabiliserMeasures((PetscInt)p[ICS2]);
}

/* A washout's state, zero when it has no time: then its output, input less state, is the input. */
static PetscReal Washout(PetscReal T, PetscReal x, PetscReal xp, PetscReal w)
{
  return T > 0.0 ? Lag(T, x, xp, w) : x;
}
static PetscReal WashoutW(PetscReal T)
{
  return T > 0.0 ? LagW(T) : 0.0;
}

/* Behind the ramp-tracking filter: what the second input takes off, the lead-lags, the wanted output. */
typedef struct {
  PetscReal input, lead1, lead2;
} Chain;

static Chain ChainOf(const PetscReal *d, const PetscReal *u)
{
  Chain c = {.input = d[KS1] * (u[TRACKED] - u[LAG2])};
  c.lead1 = LeadLag(d[T1], d[T2], u[LEAD1], c.input);
  c.lead2 = LeadLag(d[T3], d[T4], u[LEAD2], c.lead1);
  return c;
}

/* Sections in order: of each M, the first has the lead. */
static void ResidualRamp(const PetscReal *d, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const PetscInt m = (PetscInt)d[M], sections = m * (PetscInt)d[N];
  PetscReal      w = u[SUM];
  for (PetscInt k = 0; k < SECTIONS; ++k) {
    const PetscReal x = u[RAMP + k];
    f[RAMP + k]       = k < sections ? Lag(d[T9], x, up[RAMP + k], w) : x;
    if (k < sections) w = k % m == 0 ? LeadLag(d[T8], d[T9], x, w) : x;
  }
  f[TRACKED] = u[TRACKED] - w;
}

/* `by` carries the derivatives of what enters a section, by SUM and the sections' states. */
static void JacobianRamp(const PetscReal *d, PetscReal cj, PetscReal *j)
{
  const PetscInt m = (PetscInt)d[M], sections = m * (PetscInt)d[N];
  PetscReal      by[ROW_LENGTH] = {1.0};
  for (PetscInt k = 0; k < SECTIONS; ++k) {
    PetscReal *row = j + k * ROW_LENGTH;
    for (PetscInt c = 0; c < ROW_LENGTH; ++c) row[c] = k < sections ? LagW(d[T9]) * by[c] : 0.0;
    row[k + 1] = k < sections ? LagX(d[T9], cj) : 1.0;
    if (k >= sections) continue;
    const PetscReal w = k % m == 0 ? LeadLagW(d[T8], d[T9]) : 0.0;
    for (PetscInt c = 0; c < ROW_LENGTH; ++c) by[c] *= w;
    by[k + 1] = k % m == 0 ? LeadLagX(d[T8], d[T9]) : 1.0;
  }
  for (PetscInt c = 0; c < ROW_LENGTH; ++c) j[SECTIONS * ROW_LENGTH + c] = -by[c];
  j[SECTIONS * ROW_LENGTH + SECTIONS + 1] = 1.0;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const StabiliserInput one = InputOf(d, u, 1), two = InputOf(d, u, 2);
  const Chain           c = ChainOf(d, u);
  StabiliserSlope       by;
  (void)mode;
  f[MEASURED1] = StabiliserMeasures(one.code) ? up[MEASURED1] - StabiliserRate(&one, &by) : u[MEASURED1];
  f[MEASURED2] = StabiliserMeasures(two.code) ? up[MEASURED2] - StabiliserRate(&two, &by) : u[MEASURED2];
  f[INPUT1]    = u[INPUT1] - StabiliserSignal(&one, &by) + d[D_START1];
  f[INPUT2]    = u[INPUT2] - StabiliserSignal(&two, &by) + d[D_START2];
  f[WASH1]     = Washout(d[TW1], u[WASH1], up[WASH1], u[INPUT1]);
  f[WASH2]     = Washout(d[TW2], u[WASH2], up[WASH2], u[INPUT1] - u[WASH1]);
  f[LAG1]      = Lag(d[T6], u[LAG1], up[LAG1], u[INPUT1] - u[WASH1] - u[WASH2]);
  f[WASH3]     = Washout(d[TW3], u[WASH3], up[WASH3], u[INPUT2]);
  f[WASH4]     = Washout(d[TW4], u[WASH4], up[WASH4], u[INPUT2] - u[WASH3]);
  f[LAG2]      = Lag(d[T7], u[LAG2], up[LAG2], d[KS2] * (u[INPUT2] - u[WASH3] - u[WASH4]));
  f[SUM]       = u[SUM] - u[LAG1] - d[KS3] * u[LAG2];
  ResidualRamp(d, u, up, f);
  f[LEAD1] = Lag(d[T2], u[LEAD1], up[LEAD1], c.input);
  f[LEAD2] = Lag(d[T4], u[LEAD2], up[LEAD2], c.lead1);
  f[VS]    = u[VS] - Clamp(c.lead2, d[VSTMIN], d[VSTMAX]);
}

static void JacobianInputs(const PetscReal *d, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const StabiliserInput one = InputOf(d, u, 1), two = InputOf(d, u, 2);
  StabiliserSlope       by = {0};
  if (StabiliserMeasures(one.code)) (void)StabiliserRate(&one, &by);
  j[J_MEASURED1_MEASURED1] = StabiliserMeasures(one.code) ? cj - by.measured : 1.0;
  j[J_MEASURED1_BUS_RE]    = -by.re;
  j[J_MEASURED1_BUS_IM]    = -by.im;
  by                       = (StabiliserSlope){0};
  if (StabiliserMeasures(two.code)) (void)StabiliserRate(&two, &by);
  j[J_MEASURED2_MEASURED2] = StabiliserMeasures(two.code) ? cj - by.measured : 1.0;
  j[J_MEASURED2_V_RE]      = -by.re;
  j[J_MEASURED2_V_IM]      = -by.im;
  (void)StabiliserSignal(&one, &by);
  j[J_INPUT1_INPUT1]    = 1.0;
  j[J_INPUT1_SPEED]     = -by.speed;
  j[J_INPUT1_PE]        = -by.pe;
  j[J_INPUT1_PM]        = -by.pm;
  j[J_INPUT1_BUS_RE]    = -by.re;
  j[J_INPUT1_BUS_IM]    = -by.im;
  j[J_INPUT1_MEASURED1] = -by.measured;
  (void)StabiliserSignal(&two, &by);
  j[J_INPUT2_INPUT2]    = 1.0;
  j[J_INPUT2_SPEED]     = -by.speed;
  j[J_INPUT2_PE]        = -by.pe;
  j[J_INPUT2_PM]        = -by.pm;
  j[J_INPUT2_V_RE]      = -by.re;
  j[J_INPUT2_V_IM]      = -by.im;
  j[J_INPUT2_MEASURED2] = -by.measured;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Chain     c    = ChainOf(d, u);
  const PetscReal open = ClampX(c.lead2, d[VSTMIN], d[VSTMAX]);
  const PetscReal w1 = LeadLagW(d[T1], d[T2]) * d[KS1], x1 = LeadLagX(d[T1], d[T2]); /* of the first lead-lag */
  const PetscReal w2 = LeadLagW(d[T3], d[T4]), x2 = LeadLagX(d[T3], d[T4]);
  const PetscReal lag1 = LagW(d[T6]), lag2 = LagW(d[T7]) * d[KS2];
  (void)mode, (void)up;
  JacobianInputs(d, u, cj, j);
  JacobianRamp(d, cj, j + J_RAMP);
  j[J_WASH1_WASH1]  = d[TW1] > 0.0 ? LagX(d[TW1], cj) : 1.0;
  j[J_WASH1_INPUT1] = WashoutW(d[TW1]);
  j[J_WASH2_WASH2]  = d[TW2] > 0.0 ? LagX(d[TW2], cj) : 1.0;
  j[J_WASH2_INPUT1] = WashoutW(d[TW2]);
  j[J_WASH2_WASH1]  = -WashoutW(d[TW2]);
  j[J_LAG1_LAG1]    = LagX(d[T6], cj);
  j[J_LAG1_INPUT1]  = lag1;
  j[J_LAG1_WASH1] = j[J_LAG1_WASH2] = -lag1;
  j[J_WASH3_WASH3]                  = d[TW3] > 0.0 ? LagX(d[TW3], cj) : 1.0;
  j[J_WASH3_INPUT2]                 = WashoutW(d[TW3]);
  j[J_WASH4_WASH4]                  = d[TW4] > 0.0 ? LagX(d[TW4], cj) : 1.0;
  j[J_WASH4_INPUT2]                 = WashoutW(d[TW4]);
  j[J_WASH4_WASH3]                  = -WashoutW(d[TW4]);
  j[J_LAG2_LAG2]                    = LagX(d[T7], cj);
  j[J_LAG2_INPUT2]                  = lag2;
  j[J_LAG2_WASH3] = j[J_LAG2_WASH4] = -lag2;
  j[J_SUM_SUM]                      = 1.0;
  j[J_SUM_LAG1]                     = -1.0;
  j[J_SUM_LAG2]                     = -d[KS3];
  j[J_LEAD1_LEAD1]                  = LagX(d[T2], cj);
  j[J_LEAD1_TRACKED]                = LagW(d[T2]) * d[KS1];
  j[J_LEAD1_LAG2]                   = -j[J_LEAD1_TRACKED];
  j[J_LEAD2_LEAD2]                  = LagX(d[T4], cj);
  j[J_LEAD2_LEAD1]                  = LagW(d[T4]) * x1;
  j[J_LEAD2_TRACKED]                = LagW(d[T4]) * w1;
  j[J_LEAD2_LAG2]                   = -j[J_LEAD2_TRACKED];
  j[J_VS_VS]                        = 1.0;
  j[J_VS_LEAD2]                     = -open * x2;
  j[J_VS_LEAD1]                     = -open * w2 * x1;
  j[J_VS_TRACKED]                   = -open * w2 * w1;
  j[J_VS_LAG2]                      = -j[J_VS_TRACKED];
}

const DeviceModel DevicePss2a = {
    .name         = "PSS2A",
    .title        = "stabiliser with two inputs",
    .source       = "PSS/E model library, PSS2A; IEEE Std 421.5-2005, section 8.2",
    .kind         = DEVICE_STABILISER,
    .n_parameters = N_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(inputs),
    .input        = inputs,
    .n_outputs    = DEVICE_COUNT(outputs),
    .output       = outputs,
    .n_data       = N_DATA,
    .n_entries    = N_ENTRIES,
    .entry        = entries,
    .check        = Check,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
};
