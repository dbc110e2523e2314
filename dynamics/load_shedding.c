/* UFLS and UVLS, under-frequency and under-voltage load shedding in up to six stages.
   The measured value passes a sensor's lag TS. Where it falls below a stage's pickup the stage's relay counts for its
   delay, and starts again from nothing when the value recovers meanwhile; then its breaker opens after TB, whatever
   happens, and the stage's share of the load is gone for good. The record of UFLS is that of UFLSBL: TS, TB, then
   pickup, delay and share of each stage. (STEPS' UFLS; IEEE C37.117 for the practice.)
   Each of the two produces a signal of its own, which the load multiplies: both can stand at one load. */
#include "dynamics/block.h"
#include "dynamics/load_static.h"

enum { STAGES = 6 };
enum { TS, TB, FIRST_STAGE, N_PARAMETERS = FIRST_STAGE + 3 * STAGES };

/* A stage whose pickup or share is 0 or missing (NAN) is none. */
#define STAGE(what, unit, k)                                                        \
  {what k, unit, PARAMETER_NOT_NEGATIVE}, {"delay" k, "s", PARAMETER_NOT_NEGATIVE}, \
  {                                                                                 \
    "share" k, "1", PARAMETER_NOT_NEGATIVE                                          \
  }
#define STAGES_OF(what, unit)                                                                     \
  STAGE(what, unit, "1"), STAGE(what, unit, "2"), STAGE(what, unit, "3"), STAGE(what, unit, "4"), \
      STAGE(what, unit, "5"), STAGE(what, unit, "6")
static const DeviceParameter frequency_parameters[N_PARAMETERS] = {
    {"TS", "s", PARAMETER_NOT_NEGATIVE}, {"TB", "s", PARAMETER_NOT_NEGATIVE}, STAGES_OF("frequency", "Hz")};
static const DeviceParameter voltage_parameters[N_PARAMETERS] = {
    {"TS", "s", PARAMETER_NOT_NEGATIVE}, {"TB", "s", PARAMETER_NOT_NEGATIVE}, STAGES_OF("voltage", "1")};

enum { SENSOR, CONNECTED, TIMER, N_UNKNOWNS = TIMER + STAGES };
enum { FREQUENCY = N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM };

#define TIMERS                                                                                                       \
  {"timer 1", "s", 1.0}, {"timer 2", "s", 1.0}, {"timer 3", "s", 1.0}, {"timer 4", "s", 1.0}, {"timer 5", "s", 1.0}, \
  {                                                                                                                  \
    "timer 6", "s", 1.0                                                                                              \
  }
static const DeviceUnknown frequency_unknowns[N_UNKNOWNS] = {
    {"measured frequency", "1", 1e-3}, {"connected", "1", 1.0}, TIMERS};
static const DeviceUnknown voltage_unknowns[N_UNKNOWNS] = {
    {"measured voltage", "1", 0.1}, {"connected", "1", 1.0}, TIMERS};
static const DeviceSignal frequency_inputs[] = {SIGNAL_FREQUENCY};
/* The last is not used, but tells readers of files that the part stands at a load. */
static const DeviceSignal voltage_inputs[]    = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_CONNECTED};
static const DeviceOutput frequency_outputs[] = {{SIGNAL_CONNECTED, CONNECTED}};
static const DeviceOutput voltage_outputs[]   = {{SIGNAL_CONNECTED_VOLTAGE, CONNECTED}};

/* Mode of a stage. */
enum { WAITS, RELAY_COUNTS, BREAKER_COUNTS, SHED };

enum { D_TS, D_TB, D_PICKUP, D_DELAY = D_PICKUP + STAGES, D_SHARE = D_DELAY + STAGES, N_DATA = D_SHARE + STAGES };

/* A counting relay starts again where the value is above its pickup by this, per unit: rounding at the pickup does not
   make it chatter. */
#define DROPOUT 1e-6

#define ENTRIES(E)                                                                                \
  E(SENSOR, SENSOR)                                                                               \
  E(CONNECTED, CONNECTED)                                                                         \
  E(TIMER, TIMER)                                                                                 \
  E(TIMER + 1, TIMER + 1) E(TIMER + 2, TIMER + 2) E(TIMER + 3, TIMER + 3) E(TIMER + 4, TIMER + 4) \
      E(TIMER + 5, TIMER + 5)
static const DeviceEntry frequency_entries[] = {ENTRIES(DEVICE_ENTRY) DEVICE_ENTRY(SENSOR, FREQUENCY)};
static const DeviceEntry voltage_entries[]   = {ENTRIES(DEVICE_ENTRY) DEVICE_ENTRY(SENSOR, V_RE)
                                                    DEVICE_ENTRY(SENSOR, V_IM)};
enum { J_SENSOR, J_CONNECTED, J_TIMER, J_INPUT = J_TIMER + STAGES };

static PetscBool IsStage(const PetscReal *parameter, PetscInt k)
{
  const PetscReal *stage = parameter + FIRST_STAGE + 3 * k;
  return (PetscBool)(stage[0] > 0.0 && stage[2] > 0.0);
}

static const char *Check(const PetscReal *p, PetscBool *error)
{
  PetscReal share = 0.0;
  PetscInt  count = 0;
  for (PetscInt k = 0; k < STAGES; ++k) {
    if (!IsStage(p, k)) continue;
    share += p[FIRST_STAGE + 3 * k + 2];
    ++count;
  }
  *error = PETSC_TRUE;
  if (share > 1.0 + 1e-9) return "its stages shed more than the whole load";
  *error = PETSC_FALSE;
  return count ? NULL : "it has no stage";
}

/* Pickups are per unit, those of frequency as deviations. */
static void Start(DeviceStart *start, PetscReal measured, PetscReal base, PetscReal nominal)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data;
  d[D_TS] = p[TS], d[D_TB] = p[TB];
  for (PetscInt k = 0; k < STAGES; ++k) {
    const PetscReal *stage = p + FIRST_STAGE + 3 * k;
    const PetscBool  is    = IsStage(p, k);
    d[D_PICKUP + k]        = is ? stage[0] / base - nominal : -PETSC_INFINITY;
    d[D_DELAY + k]         = is && stage[1] > 0.0 ? stage[1] : 0.0;
    d[D_SHARE + k]         = is ? stage[2] : 0.0;
    if (measured < d[D_PICKUP + k])
      snprintf(start->warning, DEVICE_TEXT, "stage %d picks up at the start: %.5g is below %.5g", (int)k + 1,
               (double)((measured + nominal) * base), (double)stage[0]);
    start->unknown[TIMER + k] = 0.0;
  }
  start->unknown[SENSOR]         = measured;
  start->unknown[CONNECTED]      = 1.0;
  start->differential[SENSOR]    = (PetscBool)(d[D_TS] > 0.0);
  start->differential[CONNECTED] = PETSC_FALSE;
}

static void InitialiseFrequency(DeviceStart *start)
{
  Start(start, start->signal[SIGNAL_FREQUENCY], start->omega_nominal / (2.0 * PETSC_PI), 1.0);
}

static void InitialiseVoltage(DeviceStart *start)
{
  Start(start, PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im), 1.0, 0.0);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                     PetscReal measured, PetscReal *f)
{
  PetscReal left = 1.0;
  for (PetscInt k = 0; k < STAGES; ++k) {
    const PetscBool counts = (PetscBool)(mode[k] == RELAY_COUNTS || mode[k] == BREAKER_COUNTS);
    f[TIMER + k]           = up[TIMER + k] - (counts ? 1.0 : 0.0);
    if (mode[k] == SHED) left -= d[D_SHARE + k];
  }
  f[SENSOR]    = Lag(d[D_TS], u[SENSOR], up[SENSOR], measured);
  f[CONNECTED] = u[CONNECTED] - PetscMax(left, 0.0);
}

static void ResidualFrequency(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                              PetscReal *f)
{
  Residual(d, mode, u, up, u[FREQUENCY], f);
}

static void ResidualVoltage(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                            PetscReal *f)
{
  PetscReal by_re, by_im;
  Residual(d, mode, u, up, Magnitude(u[V_RE], u[V_IM], &by_re, &by_im), f);
}

static void Jacobian(const PetscReal *d, PetscReal cj, PetscReal *j)
{
  j[J_SENSOR]    = LagX(d[D_TS], cj);
  j[J_CONNECTED] = 1.0;
  for (PetscInt k = 0; k < STAGES; ++k) j[J_TIMER + k] = cj;
}

static void JacobianFrequency(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                              PetscReal cj, PetscReal *j)
{
  (void)mode, (void)u, (void)up;
  Jacobian(d, cj, j);
  j[J_INPUT] = LagW(d[D_TS]);
}

static void JacobianVoltage(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                            PetscReal cj, PetscReal *j)
{
  PetscReal by_re, by_im;
  (void)mode, (void)up;
  Jacobian(d, cj, j);
  (void)Magnitude(u[V_RE], u[V_IM], &by_re, &by_im);
  j[J_INPUT]     = LagW(d[D_TS]) * by_re;
  j[J_INPUT + 1] = LagW(d[D_TS]) * by_im;
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  for (PetscInt k = 0; k < STAGES; ++k) {
    const PetscReal above = u[SENSOR] - d[D_PICKUP + k];
    switch (mode[k]) {
    case WAITS:
      margin[k] = above;
      break;
    case RELAY_COUNTS:
      margin[k] = PetscMin(DROPOUT - above, d[D_DELAY + k] - u[TIMER + k]);
      break;
    case BREAKER_COUNTS:
      margin[k] = d[D_TB] - u[TIMER + k];
      break;
    default:
      margin[k] = 1.0;
    }
  }
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  const PetscReal recovered = DROPOUT - u[SENSOR] + d[D_PICKUP + k];
  if (mode[k] == WAITS)
    mode[k] = RELAY_COUNTS;
  else if (mode[k] == RELAY_COUNTS)
    mode[k] = d[D_DELAY + k] - u[TIMER + k] < recovered ? BREAKER_COUNTS : WAITS;
  else
    mode[k] = SHED;
  if (mode[k] == RELAY_COUNTS && d[D_DELAY + k] == 0.0) mode[k] = BREAKER_COUNTS;
  if (mode[k] == BREAKER_COUNTS && d[D_TB] == 0.0) mode[k] = SHED;
  u[TIMER + k] = 0.0;
}

const DeviceModel DeviceUfls = {
    .name         = "UFLS",
    .alias        = "UFLSBL",
    .title        = "under-frequency load shedding",
    .source       = "IEEE C37.117; record of UFLSBL",
    .kind         = DEVICE_PROTECTION,
    .n_parameters = N_PARAMETERS,
    .at_load      = PETSC_TRUE,
    .n_optional   = N_PARAMETERS - 5,
    .parameter    = frequency_parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = frequency_unknowns,
    .n_inputs     = DEVICE_COUNT(frequency_inputs),
    .input        = frequency_inputs,
    .n_outputs    = DEVICE_COUNT(frequency_outputs),
    .output       = frequency_outputs,
    .n_data       = N_DATA,
    .n_modes      = STAGES,
    .n_entries    = DEVICE_COUNT(frequency_entries),
    .entry        = frequency_entries,
    .check        = Check,
    .initialise   = InitialiseFrequency,
    .residual     = ResidualFrequency,
    .jacobian     = JacobianFrequency,
    .margin       = Margin,
    .change       = Change,
};

const DeviceModel DeviceUvls = {
    .name         = "UVLS",
    .title        = "under-voltage load shedding",
    .source       = "as UFLS, with the voltage's magnitude",
    .kind         = DEVICE_PROTECTION,
    .n_parameters = N_PARAMETERS,
    .at_load      = PETSC_TRUE,
    .n_optional   = N_PARAMETERS - 5,
    .parameter    = voltage_parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = voltage_unknowns,
    .n_inputs     = DEVICE_COUNT(voltage_inputs),
    .input        = voltage_inputs,
    .n_outputs    = DEVICE_COUNT(voltage_outputs),
    .output       = voltage_outputs,
    .n_data       = N_DATA,
    .n_modes      = STAGES,
    .n_entries    = DEVICE_COUNT(voltage_entries),
    .entry        = voltage_entries,
    .check        = Check,
    .initialise   = InitialiseVoltage,
    .residual     = ResidualVoltage,
    .jacobian     = JacobianVoltage,
    .margin       = Margin,
    .change       = Change,
};
