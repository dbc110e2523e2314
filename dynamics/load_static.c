/* Static loads: what ZIP, EXPLOAD and IEELBL share. */
#include "dynamics/load_static.h"

#include "dynamics/block.h"

const DeviceSignal LoadInputs[LOAD_INPUTS] = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_CONNECTED, SIGNAL_CONNECTED_VOLTAGE,
                                              SIGNAL_FREQUENCY};

enum { I_RE, I_IM };
const DeviceEntry LoadEntries[LOAD_ENTRIES_FREQUENCY] = {{I_RE, LOAD_V_RE},      {I_RE, LOAD_V_IM},
                                                         {I_IM, LOAD_V_RE},      {I_IM, LOAD_V_IM},
                                                         {I_RE, LOAD_CONNECTED}, {I_RE, LOAD_CONNECTED_VOLTAGE},
                                                         {I_IM, LOAD_CONNECTED}, {I_IM, LOAD_CONNECTED_VOLTAGE},
                                                         {I_RE, LOAD_FREQUENCY}, {I_IM, LOAD_FREQUENCY}};

/* Data: twice, for P and for Q, the power fed in, its frequency coefficient, coefficients, exponents, breaks. */
enum {
  D_POWER,
  D_BY_FREQUENCY,
  D_COEFFICIENT,
  D_EXPONENT = D_COEFFICIENT + LOAD_TERMS,
  D_BREAK    = D_EXPONENT + LOAD_TERMS,
  D_HALF     = D_BREAK + LOAD_TERMS
};
const DeviceReference LoadReferences[2] = {{"p", D_POWER}, {"q", D_HALF + D_POWER}};

/* A term over v^2: the conductance that it is, and its slope. Finite at v = 0 where the term breaks or falls as v^2. */
static PetscReal Conductance(PetscReal exponent, PetscReal break_voltage, PetscReal v, PetscReal *slope)
{
  *slope = 0.0;
  if (v <= break_voltage || exponent == 2.0) return PetscPowReal(exponent == 2.0 ? 1.0 : break_voltage, exponent - 2.0);
  if (v <= 1e-9) return 0.0;
  const PetscReal h = exponent == 0.0 ? 1.0 / (v * v) : exponent == 1.0 ? 1.0 / v : PetscPowReal(v, exponent - 2.0);
  *slope            = (exponent - 2.0) * h / v;
  return h;
}

PetscReal LoadTerm(PetscReal exponent, PetscReal break_voltage, PetscReal v)
{
  PetscReal slope;
  return Conductance(exponent, break_voltage, v, &slope) * v * v;
}

static PetscBool StartPower(const LoadPower *power, PetscReal fed, PetscReal v, PetscReal *d)
{
  PetscReal sum = 0.0;
  for (PetscInt k = 0; k < LOAD_TERMS; ++k)
    sum += power->coefficient[k] * LoadTerm(power->exponent[k], power->break_voltage[k], v);
  d[D_POWER]        = fed;
  d[D_BY_FREQUENCY] = power->by_frequency;
  for (PetscInt k = 0; k < LOAD_TERMS; ++k) {
    d[D_COEFFICIENT + k] = fed != 0.0 || sum != 0.0 ? power->coefficient[k] / sum : 0.0;
    d[D_EXPONENT + k]    = power->exponent[k];
    d[D_BREAK + k]       = power->break_voltage[k];
  }
  return (PetscBool)(fed == 0.0 || sum != 0.0);
}

void LoadStart(DeviceStart *start, const LoadPower *p, const LoadPower *q)
{
  const PetscReal v = PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im);
  if (!(v > 0.0))
    snprintf(start->problem, DEVICE_TEXT, "the voltage at its bus is zero");
  else if (!StartPower(p, start->p, v, start->data))
    snprintf(start->problem, DEVICE_TEXT, "the coefficients of its active power add up to zero");
  else if (!StartPower(q, start->q, v, start->data + D_HALF))
    snprintf(start->problem, DEVICE_TEXT, "the coefficients of its reactive power add up to zero");
  start->signal[SIGNAL_CONNECTED] = start->signal[SIGNAL_CONNECTED_VOLTAGE] = 1.0;
}

/* Power over v^2, everything connected, with its slopes by v and by frequency. */
typedef struct {
  PetscReal value, by_v, by_f;
} Admittance;

static Admittance AdmittanceOf(const PetscReal *d, PetscReal v, PetscReal frequency)
{
  PetscReal h = 0.0, slope_sum = 0.0;
  for (PetscInt k = 0; k < LOAD_TERMS; ++k) {
    PetscReal slope;
    if (d[D_COEFFICIENT + k] == 0.0) continue;
    h += d[D_COEFFICIENT + k] * Conductance(d[D_EXPONENT + k], d[D_BREAK + k], v, &slope);
    slope_sum += d[D_COEFFICIENT + k] * slope;
  }
  const PetscReal power = d[D_POWER] * (1.0 + d[D_BY_FREQUENCY] * frequency);
  return (Admittance){power * h, power * slope_sum, d[D_POWER] * d[D_BY_FREQUENCY] * h};
}

static void Residual(const PetscReal *d, PetscBool has_frequency, const PetscReal *u, PetscReal *f)
{
  PetscReal        by_re, by_im;
  const PetscReal  v         = Magnitude(u[LOAD_V_RE], u[LOAD_V_IM], &by_re, &by_im);
  const PetscReal  frequency = has_frequency ? u[LOAD_FREQUENCY] : 0.0;
  const Admittance p = AdmittanceOf(d, v, frequency), q = AdmittanceOf(d + D_HALF, v, frequency);
  const PetscReal  on = u[LOAD_CONNECTED] * u[LOAD_CONNECTED_VOLTAGE];
  f[I_RE]             = on * (p.value * u[LOAD_V_RE] + q.value * u[LOAD_V_IM]);
  f[I_IM]             = on * (p.value * u[LOAD_V_IM] - q.value * u[LOAD_V_RE]);
}

static void Jacobian(const PetscReal *d, PetscBool has_frequency, const PetscReal *u, PetscReal *j)
{
  PetscReal        by_re, by_im;
  const PetscReal  re = u[LOAD_V_RE], im = u[LOAD_V_IM], v = Magnitude(re, im, &by_re, &by_im);
  const PetscReal  frequency = has_frequency ? u[LOAD_FREQUENCY] : 0.0;
  const Admittance p = AdmittanceOf(d, v, frequency), q = AdmittanceOf(d + D_HALF, v, frequency);
  const PetscReal  c = u[LOAD_CONNECTED], w = u[LOAD_CONNECTED_VOLTAGE], on = c * w;
  const PetscReal  along = p.by_v * re + q.by_v * im, across = p.by_v * im - q.by_v * re;
  j[0] = on * (p.value + along * by_re);
  j[1] = on * (q.value + along * by_im);
  j[2] = on * (-q.value + across * by_re);
  j[3] = on * (p.value + across * by_im);
  j[4] = w * (p.value * re + q.value * im);
  j[5] = c * (p.value * re + q.value * im);
  j[6] = w * (p.value * im - q.value * re);
  j[7] = c * (p.value * im - q.value * re);
  if (!has_frequency) return;
  j[8] = on * (p.by_f * re + q.by_f * im);
  j[9] = on * (p.by_f * im - q.by_f * re);
}

void LoadResidual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  (void)mode, (void)up;
  Residual(d, PETSC_FALSE, u, f);
}

void LoadJacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                  PetscReal *j)
{
  (void)mode, (void)up, (void)cj;
  Jacobian(d, PETSC_FALSE, u, j);
}

void LoadFrequencyResidual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                           PetscReal *f)
{
  (void)mode, (void)up;
  Residual(d, PETSC_TRUE, u, f);
}

void LoadFrequencyJacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up,
                           PetscReal cj, PetscReal *j)
{
  (void)mode, (void)up, (void)cj;
  Jacobian(d, PETSC_TRUE, u, j);
}
