/* IEEEST, stabiliser with one input: a filter (1 + s A5 + s^2 A6)/((1 + s A1 + s^2 A2)(1 + s A3 + s^2 A4)), two lead-lags,
   gain with washout KS s T5/(1 + s T6), limits, and no output while the terminal voltage is outside VCL to VCU (0: not
   watched). Inputs by code: 1 rotor speed, 2 frequency of a bus, 3 electrical power, 4 accelerating power, 5 voltage of a
   bus, 6 its rate of change; the bus is IB, or the unit's own.
   Siemens PTI, PSS/E model library, IEEEST; IEEE Committee Report (1981), Excitation system models for power system
   stability studies; OpenIPSL's IEEEST. The chain is linear up to its limits, so it is fed with the deviation of the input
   from its initial value, and T5 = 0 (KS/(1 + s T6), as ANDES has it) starts from zero output too. */
#include "dynamics/device.h"
#include "dynamics/stabiliser_input.h"

enum { ICS, IB, A1, A2, A3, A4, A5, A6, T1, T2, T3, T4, T5, T6, KS, LSMAX, LSMIN, VCU, VCL, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [ICS]   = {"ICS", "", PARAMETER_FLAG},
    [IB]    = {"IB", "", PARAMETER_BUS},
    [A1]    = {"A1", "s", PARAMETER_ANY},
    [A2]    = {"A2", "s^2", PARAMETER_ANY},
    [A3]    = {"A3", "s", PARAMETER_ANY},
    [A4]    = {"A4", "s^2", PARAMETER_ANY},
    [A5]    = {"A5", "s", PARAMETER_ANY},
    [A6]    = {"A6", "s^2", PARAMETER_ANY},
    [T1]    = {"T1", "s", PARAMETER_ANY},
    [T2]    = {"T2", "s", PARAMETER_NOT_NEGATIVE},
    [T3]    = {"T3", "s", PARAMETER_ANY},
    [T4]    = {"T4", "s", PARAMETER_NOT_NEGATIVE},
    [T5]    = {"T5", "s", PARAMETER_NOT_NEGATIVE},
    [T6]    = {"T6", "s", PARAMETER_NOT_NEGATIVE},
    [KS]    = {"KS", "1", PARAMETER_ANY},
    [LSMAX] = {"LSMAX", "1", PARAMETER_ANY},
    [LSMIN] = {"LSMIN", "1", PARAMETER_ANY},
    [VCU]   = {"VCU", "1", PARAMETER_NOT_NEGATIVE},
    [VCL]   = {"VCL", "1", PARAMETER_NOT_NEGATIVE},
};

enum { MEASURED, INPUT, X1, X2, X3, X4, X5, FILTERED, LEAD1, LEAD2, WASHOUT, VS, N_UNKNOWNS };
enum { SPEED = N_UNKNOWNS, PE, PM, V_RE, V_IM, BUS_RE, BUS_IM };

static const DeviceUnknown unknowns[] = {
    [MEASURED] = {"measured", "1", 1.0}, [INPUT] = {"input", "1", 1e-2},       [X1] = {"filter 1", "1", 1e-2},
    [X2] = {"filter 2", "1", 1e-2},      [X3] = {"filter 3", "1", 1e-2},       [X4] = {"filter 4", "1", 1e-2},
    [X5] = {"filter 5", "1", 1e-2},      [FILTERED] = {"filtered", "1", 1e-2}, [LEAD1] = {"lead-lag 1", "1", 1e-2},
    [LEAD2] = {"lead-lag 2", "1", 1e-2}, [WASHOUT] = {"washout", "1", 1e-2},   [VS] = {"Vs", "1", 1e-2}};
static const DeviceSignal inputs[] = {
    SIGNAL_SPEED, SIGNAL_PE, SIGNAL_PM, SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_REGULATED_V_RE, SIGNAL_REGULATED_V_IM};
static const DeviceOutput outputs[] = {{SIGNAL_VS, VS}};

/* D_C + k: coefficients of the filter's denominator by powers of s, D_N + k of its numerator, in time units of the
   filter's own; D_RATE: one of them over a second. */
enum {
  D_CODE,
  D_START,
  D_ORDER,
  D_RATE,
  D_C,
  D_N  = D_C + 5,
  D_T1 = D_N + 3,
  D_T2,
  D_T3,
  D_T4,
  D_T5,
  D_T6,
  D_KS,
  D_MAX,
  D_MIN,
  D_VCU,
  D_VCL,
  D_OMEGA,
  N_DATA
};

#define ENTRIES(E)                                                                                                   \
  E(MEASURED, MEASURED)                                                                                              \
  E(MEASURED, BUS_RE)                                                                                                \
  E(MEASURED, BUS_IM)                                                                                                \
  E(INPUT, INPUT) E(INPUT, SPEED) E(INPUT, PE) E(INPUT, PM) E(INPUT, BUS_RE) E(INPUT, BUS_IM) E(INPUT, MEASURED)     \
      E(FILTERED, FILTERED) E(FILTERED, X1) E(FILTERED, X2) E(FILTERED, X3) E(LEAD1, LEAD1) E(LEAD1, FILTERED)       \
          E(LEAD2, LEAD2) E(LEAD2, LEAD1) E(LEAD2, FILTERED) E(WASHOUT, WASHOUT) E(WASHOUT, LEAD2) E(WASHOUT, LEAD1) \
              E(WASHOUT, FILTERED) E(VS, VS) E(VS, WASHOUT) E(VS, LEAD2) E(VS, LEAD1) E(VS, FILTERED)
/* The filter's block: 5 rows of 5 states and the input, by rows, after the others. */
#define FILTER_ROW(row)                                  \
  {row, X1}, {row, X2}, {row, X3}, {row, X4}, {row, X5}, \
  {                                                      \
    row, INPUT                                           \
  }
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY) FILTER_ROW(X1), FILTER_ROW(X2), FILTER_ROW(X3),
                                      FILTER_ROW(X4), FILTER_ROW(X5)};
enum { ENTRIES(DEVICE_ENTRY_NAME) J_FILTER, N_ENTRIES = J_FILTER + 30 };

/* Order of the filter's denominator, whose coefficients go to a[0 .. 4]. */
static PetscInt Denominator(const PetscReal *p, PetscReal *a)
{
  PetscInt order = 4;
  a[0]           = 1.0;
  a[1]           = p[A1] + p[A3];
  a[2]           = p[A2] + p[A4] + p[A1] * p[A3];
  a[3]           = p[A1] * p[A4] + p[A2] * p[A3];
  a[4]           = p[A2] * p[A4];
  while (order > 0 && a[order] == 0.0) --order;
  return order;
}

static const char *Check(const PetscReal *p, PetscBool *error)
{
  PetscReal      a[5];
  const PetscInt order = Denominator(p, a);
  *error               = PETSC_TRUE;
  if (p[ICS] < 1.0 || p[ICS] > 6.0) return "ICS is none of 1 to 6";
  if (p[A1] < 0.0 || p[A2] < 0.0 || p[A3] < 0.0 || p[A4] < 0.0)
    return "its filter is unstable: one of A1 to A4 is negative";
  if (!(p[LSMIN] < p[LSMAX])) return "LSMIN is not below LSMAX";
  if (p[VCU] > 0.0 && p[VCL] >= p[VCU]) return "VCL is not below VCU";
  *error = PETSC_FALSE;
  if ((p[A6] != 0.0 && order < 2) || (p[A5] != 0.0 && order < 1))
    return "its filter's numerator is of higher order than the denominator: what is too high is left out";
  if (p[T5] > 0.0 && p[T6] == 0.0) return "T6 is zero: KS alone is taken";
  if (p[T5] == 0.0) return "T5 is zero: there is no washout";
  if (p[LSMIN] > 0.0 || p[LSMAX] < 0.0) return "zero output is outside LSMIN to LSMAX";
  return NULL;
}

static StabiliserInput InputOf(const PetscReal *d, const PetscReal *u)
{
  return (StabiliserInput){.code          = (PetscInt)d[D_CODE],
                           .omega_nominal = d[D_OMEGA],
                           .speed         = u[SPEED],
                           .pe            = u[PE],
                           .pm            = u[PM],
                           .re            = u[BUS_RE],
                           .im            = u[BUS_IM],
                           .measured      = u[MEASURED]};
}

/* The filter's own time unit makes its highest coefficient one, so that all its states are of the input's size. */
static void SetFilter(const PetscReal *p, PetscReal *d)
{
  PetscReal      a[5], unit = 1.0, power = 1.0;
  const PetscInt order = Denominator(p, a);
  if (order > 0) unit = PetscPowReal(a[order], 1.0 / (PetscReal)order);
  d[D_ORDER] = (PetscReal)order;
  d[D_RATE]  = 1.0 / unit;
  for (PetscInt k = 0; k < 5; ++k, power *= unit) {
    d[D_C + k] = k <= order ? a[k] / power : 0.0;
    if (k < 3) d[D_N + k] = k > order ? 0.0 : (k == 0 ? 1.0 : k == 1 ? p[A5] : p[A6]) / power;
  }
}

static PetscInt Window(const PetscReal *d, PetscReal v)
{
  return d[D_VCU] > 0.0 && v > d[D_VCU] ? 1 : d[D_VCL] > 0.0 && v < d[D_VCL] ? -1 : 0;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, local[N_UNKNOWNS + 7] = {0.0};
  const PetscReal  v     = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  const PetscInt   order = (d[D_CODE] = p[ICS], SetFilter(p, d), (PetscInt)d[D_ORDER]);
  d[D_T1] = p[T1], d[D_T2] = p[T2], d[D_T3] = p[T3], d[D_T4] = p[T4], d[D_T5] = p[T5], d[D_T6] = p[T6];
  d[D_KS] = p[KS], d[D_MAX] = PetscMax(0.0, p[LSMAX]), d[D_MIN] = PetscMin(0.0, p[LSMIN]);
  d[D_VCU] = p[VCU], d[D_VCL] = p[VCL], d[D_OMEGA] = start->omega_nominal;
  for (PetscInt k = 0; k < N_UNKNOWNS; ++k) u[k] = 0.0;
  local[BUS_RE] = start->regulated_re, local[BUS_IM] = start->regulated_im;
  u[MEASURED] = local[MEASURED] = StabiliserMeasured((PetscInt)p[ICS], start->regulated_re, start->regulated_im);
  local[PE] = start->signal[SIGNAL_PE], local[PM] = start->signal[SIGNAL_PM];
  const StabiliserInput in = InputOf(d, local);
  StabiliserSlope       by;
  d[D_START]     = StabiliserSignal(&in, &by);
  start->mode[0] = Window(d, v);
  if (start->mode[0])
    snprintf(start->warning, DEVICE_TEXT, "initial voltage %.4g is outside its window %g to %g", (double)v,
             (double)p[VCL], (double)p[VCU]);
  for (PetscInt k = 0; k < N_UNKNOWNS; ++k) start->differential[k] = PETSC_FALSE;
  start->differential[MEASURED] = StabiliserMeasures((PetscInt)p[ICS]);
  for (PetscInt k = 0; k < order; ++k) start->differential[X1 + k] = PETSC_TRUE;
  start->differential[LEAD1]   = (PetscBool)(p[T2] > 0.0);
  start->differential[LEAD2]   = (PetscBool)(p[T4] > 0.0);
  start->differential[WASHOUT] = (PetscBool)(p[T6] > 0.0);
}

/* Outputs of the lead-lags, and of the washout's block before its limits with its derivatives by the washout's state and
   by what it is fed with. */
typedef struct {
  PetscReal lead1, lead2, out, by_washout, by_lead2;
} Chain;

static Chain ChainOf(const PetscReal *d, const PetscReal *u)
{
  Chain c = {.lead1 = LeadLag(d[D_T1], d[D_T2], u[LEAD1], u[FILTERED])};
  c.lead2 = LeadLag(d[D_T3], d[D_T4], u[LEAD2], c.lead1);
  if (!(d[D_T6] > 0.0))
    c.by_lead2 = d[D_KS];
  else if (d[D_T5] > 0.0)
    c.by_lead2 = d[D_KS] * d[D_T5] / d[D_T6], c.by_washout = -c.by_lead2;
  else
    c.by_washout = d[D_KS];
  c.out = c.by_lead2 * c.lead2 + c.by_washout * u[WASHOUT];
  return c;
}

static PetscReal Terminal(const PetscReal *u)
{
  return PetscSqrtReal(u[V_RE] * u[V_RE] + u[V_IM] * u[V_IM]);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const PetscInt        order = (PetscInt)d[D_ORDER];
  const Chain           c     = ChainOf(d, u);
  PetscReal             rest  = u[INPUT];
  const StabiliserInput in    = InputOf(d, u);
  StabiliserSlope       by;
  f[MEASURED] = StabiliserMeasures(in.code) ? up[MEASURED] - StabiliserRate(&in, &by) : u[MEASURED];
  f[INPUT]    = u[INPUT] - StabiliserSignal(&in, &by) + d[D_START];
  for (PetscInt k = 0; k < 5; ++k) {
    f[X1 + k] = k < order ? up[X1 + k] - d[D_RATE] * u[X1 + k + 1] : u[X1 + k];
    if (k < order) rest -= d[D_C + k] * u[X1 + k];
  }
  f[X1 + order] -= rest;
  f[FILTERED] = u[FILTERED] - d[D_N] * u[X1] - d[D_N + 1] * u[X2] - d[D_N + 2] * u[X3];
  f[LEAD1]    = Lag(d[D_T2], u[LEAD1], up[LEAD1], u[FILTERED]);
  f[LEAD2]    = Lag(d[D_T4], u[LEAD2], up[LEAD2], c.lead1);
  f[WASHOUT]  = Lag(d[D_T6], u[WASHOUT], up[WASHOUT], c.lead2);
  f[VS]       = u[VS] - (mode[0] ? 0.0 : Clamp(c.out, d[D_MIN], d[D_MAX]));
}

static void JacobianFilter(const PetscReal *d, PetscReal cj, PetscReal *j)
{
  const PetscInt order = (PetscInt)d[D_ORDER];
  for (PetscInt k = 0; k < 30; ++k) j[k] = 0.0;
  for (PetscInt k = 0; k < 5; ++k) {
    j[6 * k + k] = k < order ? cj : 1.0;
    if (k < order) j[6 * k + k + 1] = -d[D_RATE];
    if (k < order) j[6 * order + k] = d[D_C + k];
  }
  j[6 * order + 5] = -1.0;
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Chain           c    = ChainOf(d, u);
  const PetscReal       open = mode[0] ? 0.0 : ClampX(c.out, d[D_MIN], d[D_MAX]);
  const PetscReal       x1 = LeadLagX(d[D_T1], d[D_T2]), w1 = LeadLagW(d[D_T1], d[D_T2]);
  const PetscReal       x2 = LeadLagX(d[D_T3], d[D_T4]), w2 = LeadLagW(d[D_T3], d[D_T4]);
  const StabiliserInput in = InputOf(d, u);
  StabiliserSlope       by = {0};
  (void)up;
  if (StabiliserMeasures(in.code)) (void)StabiliserRate(&in, &by);
  j[J_MEASURED_MEASURED] = StabiliserMeasures(in.code) ? cj - by.measured : 1.0;
  j[J_MEASURED_BUS_RE]   = -by.re;
  j[J_MEASURED_BUS_IM]   = -by.im;
  (void)StabiliserSignal(&in, &by);
  j[J_INPUT_INPUT]    = 1.0;
  j[J_INPUT_SPEED]    = -by.speed;
  j[J_INPUT_PE]       = -by.pe;
  j[J_INPUT_PM]       = -by.pm;
  j[J_INPUT_BUS_RE]   = -by.re;
  j[J_INPUT_BUS_IM]   = -by.im;
  j[J_INPUT_MEASURED] = -by.measured;
  JacobianFilter(d, cj, j + J_FILTER);
  j[J_FILTERED_FILTERED] = 1.0;
  j[J_FILTERED_X1]       = -d[D_N];
  j[J_FILTERED_X2]       = -d[D_N + 1];
  j[J_FILTERED_X3]       = -d[D_N + 2];
  j[J_LEAD1_LEAD1]       = LagX(d[D_T2], cj);
  j[J_LEAD1_FILTERED]    = LagW(d[D_T2]);
  j[J_LEAD2_LEAD2]       = LagX(d[D_T4], cj);
  j[J_LEAD2_LEAD1]       = LagW(d[D_T4]) * x1;
  j[J_LEAD2_FILTERED]    = LagW(d[D_T4]) * w1;
  j[J_WASHOUT_WASHOUT]   = LagX(d[D_T6], cj);
  j[J_WASHOUT_LEAD2]     = LagW(d[D_T6]) * x2;
  j[J_WASHOUT_LEAD1]     = LagW(d[D_T6]) * w2 * x1;
  j[J_WASHOUT_FILTERED]  = LagW(d[D_T6]) * w2 * w1;
  j[J_VS_VS]             = 1.0;
  j[J_VS_WASHOUT]        = -open * c.by_washout;
  j[J_VS_LEAD2]          = -open * c.by_lead2 * x2;
  j[J_VS_LEAD1]          = -open * c.by_lead2 * w2 * x1;
  j[J_VS_FILTERED]       = -open * c.by_lead2 * w2 * w1;
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const PetscReal v = Terminal(u), above = d[D_VCU] > 0.0 ? d[D_VCU] - v : 1.0,
                  below = d[D_VCL] > 0.0 ? v - d[D_VCL] : 1.0;
  margin[0]             = mode[0] > 0 ? -above : mode[0] < 0 ? -below : PetscMin(above, below);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = mode[k] ? 0 : Window(d, Terminal(u));
}

const DeviceModel DeviceIeeest = {
    .name         = "IEEEST",
    .title        = "stabiliser with one input",
    .source       = "PSS/E model library, IEEEST; IEEE Committee Report (1981)",
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
