/* FRQTPAT and VTGTPAT, frequency and voltage protection of a generator.
   Siemens PTI, PSS/E model library (user's relay models FRQTPAT, VTGTPAT); order of the records as GridPACK and InterPSS
   read them. Where the value is below its lower or above its upper limit a timer counts for TP, from nothing again when
   the value returns meanwhile; then the breaker opens after TB, whatever happens, and the generator is disconnected.
   A record's first number is a relay's own, then come the monitored bus, the generator's bus and identifier, which say
   where the part stands, and the limits. Frequency is measured at the generator's own bus. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { BUS, LOW, HIGH, TP, TB, N_PARAMETERS };

/* BUS: the monitored bus, 0 the generator's. A limit of 0 is none. */
static const DeviceParameter frequency_parameters[N_PARAMETERS] = {
    [BUS] = {"BUS", "1", PARAMETER_BUS},           [LOW] = {"FL", "Hz", PARAMETER_NOT_NEGATIVE},
    [HIGH] = {"FU", "Hz", PARAMETER_NOT_NEGATIVE}, [TP] = {"TP", "s", PARAMETER_NOT_NEGATIVE},
    [TB] = {"TB", "s", PARAMETER_NOT_NEGATIVE},
};
static const DeviceParameter voltage_parameters[N_PARAMETERS] = {
    [BUS] = {"BUS", "1", PARAMETER_BUS},          [LOW] = {"VL", "1", PARAMETER_NOT_NEGATIVE},
    [HIGH] = {"VU", "1", PARAMETER_NOT_NEGATIVE}, [TP] = {"TP", "s", PARAMETER_NOT_NEGATIVE},
    [TB] = {"TB", "s", PARAMETER_NOT_NEGATIVE},
};

enum { TIMER, N_UNKNOWNS };
enum { FREQUENCY = N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM };

static const DeviceUnknown unknowns[]         = {[TIMER] = {"timer", "s", 1.0}};
static const DeviceSignal  frequency_inputs[] = {SIGNAL_FREQUENCY};
static const DeviceSignal  voltage_inputs[]   = {SIGNAL_REGULATED_V_RE, SIGNAL_REGULATED_V_IM};
static const DeviceEntry   entries[]          = {{TIMER, TIMER}};

enum { WAITS, LOW_COUNTS, HIGH_COUNTS, BREAKER_COUNTS, TRIPPED };
enum { D_LOW, D_HIGH, D_TP, D_TB, N_DATA };

/* As in load_shedding.c: no chattering at the pickup. */
#define DROPOUT 1e-6

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (p[HIGH] > 0.0 && p[LOW] >= p[HIGH]) return "its lower limit is not below its upper one";
  *error = PETSC_FALSE;
  return p[LOW] == 0.0 && p[HIGH] == 0.0 ? "it has no limit" : NULL;
}

static void Start(DeviceStart *start, PetscReal measured, PetscReal base, PetscReal nominal)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data;
  d[D_LOW]           = p[LOW] > 0.0 ? p[LOW] / base - nominal : -PETSC_INFINITY;
  d[D_HIGH]          = p[HIGH] > 0.0 ? p[HIGH] / base - nominal : PETSC_INFINITY;
  d[D_TP] = p[TP], d[D_TB] = p[TB];
  start->unknown[TIMER] = 0.0;
  if (measured < d[D_LOW] || measured > d[D_HIGH])
    snprintf(start->warning, DEVICE_TEXT, "it picks up at the start: %.5g is outside %.5g to %.5g",
             (double)((measured + nominal) * base), (double)p[LOW], (double)p[HIGH]);
}

static void InitialiseFrequency(DeviceStart *start)
{
  Start(start, start->signal[SIGNAL_FREQUENCY], start->omega_nominal / (2.0 * PETSC_PI), 1.0);
}

static void InitialiseVoltage(DeviceStart *start)
{
  const PetscReal re = start->regulated_re, im = start->regulated_im;
  Start(start, PetscSqrtReal(re * re + im * im), 1.0, 0.0);
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  (void)d, (void)u;
  f[TIMER] = up[TIMER] - (mode[0] == WAITS || mode[0] == TRIPPED ? 0.0 : 1.0);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  (void)d, (void)mode, (void)u, (void)up;
  j[0] = cj;
}

static PetscReal MarginAt(const PetscReal *d, PetscInt mode, PetscReal timer, PetscReal measured)
{
  switch (mode) {
  case WAITS:
    return PetscMin(measured - d[D_LOW], d[D_HIGH] - measured);
  case LOW_COUNTS:
    return PetscMin(d[D_LOW] + DROPOUT - measured, d[D_TP] - timer);
  case HIGH_COUNTS:
    return PetscMin(measured + DROPOUT - d[D_HIGH], d[D_TP] - timer);
  case BREAKER_COUNTS:
    return d[D_TB] - timer;
  default:
    return 1.0;
  }
}

static void ChangeAt(const PetscReal *d, PetscReal measured, PetscReal *timer, PetscInt *mode)
{
  const PetscReal left = d[D_TP] - *timer;
  if (*mode == WAITS)
    *mode = measured - d[D_LOW] < d[D_HIGH] - measured ? LOW_COUNTS : HIGH_COUNTS;
  else if (*mode == LOW_COUNTS)
    *mode = left < d[D_LOW] + DROPOUT - measured ? BREAKER_COUNTS : WAITS;
  else if (*mode == HIGH_COUNTS)
    *mode = left < measured + DROPOUT - d[D_HIGH] ? BREAKER_COUNTS : WAITS;
  else
    *mode = TRIPPED;
  if ((*mode == LOW_COUNTS || *mode == HIGH_COUNTS) && d[D_TP] == 0.0) *mode = BREAKER_COUNTS;
  if (*mode == BREAKER_COUNTS && d[D_TB] == 0.0) *mode = TRIPPED;
  *timer = 0.0;
}

static PetscReal Voltage(const PetscReal *u)
{
  PetscReal by_re, by_im;
  return Magnitude(u[V_RE], u[V_IM], &by_re, &by_im);
}

static void MarginFrequency(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  margin[0] = MarginAt(d, mode[0], u[TIMER], u[FREQUENCY]);
}

static void MarginVoltage(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  margin[0] = MarginAt(d, mode[0], u[TIMER], Voltage(u));
}

static void ChangeFrequency(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  ChangeAt(d, u[FREQUENCY], &u[TIMER], &mode[k]);
}

static void ChangeVoltage(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  ChangeAt(d, Voltage(u), &u[TIMER], &mode[k]);
}

static PetscBool Trips(const PetscReal *d, const PetscInt *mode)
{
  (void)d;
  return (PetscBool)(mode[0] == TRIPPED);
}

const DeviceModel DeviceFrqtpat = {
    .name         = "FRQTPAT",
    .title        = "frequency protection of a generator",
    .source       = "PSS/E model library, FRQTPAT",
    .kind         = DEVICE_PROTECTION,
    .n_parameters = N_PARAMETERS,
    .parameter    = frequency_parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(frequency_inputs),
    .input        = frequency_inputs,
    .n_data       = N_DATA,
    .n_modes      = 1,
    .n_entries    = DEVICE_COUNT(entries),
    .entry        = entries,
    .check        = Check,
    .initialise   = InitialiseFrequency,
    .residual     = Residual,
    .jacobian     = Jacobian,
    .margin       = MarginFrequency,
    .change       = ChangeFrequency,
    .trips        = Trips,
};

const DeviceModel DeviceVtgtpat = {
    .name         = "VTGTPAT",
    .title        = "voltage protection of a generator",
    .source       = "PSS/E model library, VTGTPAT",
    .kind         = DEVICE_PROTECTION,
    .n_parameters = N_PARAMETERS,
    .parameter    = voltage_parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(voltage_inputs),
    .input        = voltage_inputs,
    .n_data       = N_DATA,
    .n_modes      = 1,
    .n_entries    = DEVICE_COUNT(entries),
    .entry        = entries,
    .check        = Check,
    .initialise   = InitialiseVoltage,
    .residual     = Residual,
    .jacobian     = Jacobian,
    .margin       = MarginVoltage,
    .change       = ChangeVoltage,
    .trips        = Trips,
};
