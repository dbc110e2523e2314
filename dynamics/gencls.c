/* GENCLS, the classical machine: a constant voltage E' behind the transient reactance x'd and a swing equation.
   P. Kundur, Power System Stability and Control (1994), sections 3.9 and 5.3.1:
     ddelta/dt = omega_0 dw,   2H ddw/dt = Pm - Pe - D dw,   Pe = Re(E' conj(I)),   I = (E' exp(j delta) - V) / (j x'd).
   Air-gap and terminal power are the same, for there is no armature resistance. */
#include "dynamics/device.h"

enum { DELTA, SPEED, V_RE, V_IM }; /* local unknowns; rows DELTA and SPEED, then the current */
enum { ROW_I_RE = V_RE, ROW_I_IM = V_IM };
enum { E1, X, PM, TWO_H, DAMPING, OMEGA0, N_DATA };

static const DeviceParameter parameters[GENCLS_PARAMETERS] = {
    [GENCLS_H]   = {"H", "s", PARAMETER_POSITIVE},
    [GENCLS_D]   = {"D", "1", PARAMETER_NOT_NEGATIVE},
    [GENCLS_XD1] = {"xd1", "1", PARAMETER_POSITIVE},
};

static const DeviceState states[] = {
    [DELTA] = {"delta", "rad", PETSC_TRUE, 1.0},
    [SPEED] = {"speed_deviation", "1", PETSC_TRUE, 1e-2},
};

static const DeviceEntry entries[] = {
    {DELTA, DELTA}, {DELTA, SPEED},    {SPEED, DELTA},   {SPEED, SPEED},    {SPEED, V_RE},
    {SPEED, V_IM},  {ROW_I_RE, DELTA}, {ROW_I_RE, V_IM}, {ROW_I_IM, DELTA}, {ROW_I_IM, V_RE},
};

static PetscReal Power(const PetscReal *d, const PetscReal *u)
{
  return d[E1] / d[X] * (u[V_RE] * PetscSinReal(u[DELTA]) - u[V_IM] * PetscCosReal(u[DELTA]));
}

static const char *Initialise(const DeviceStart *start, const PetscReal *parameter, PetscReal *d, PetscReal *state)
{
  const PetscReal v2 = start->v_re * start->v_re + start->v_im * start->v_im;
  if (!(v2 > 0.0)) return "the voltage at its bus is zero";
  d[X]                 = parameter[GENCLS_XD1] / start->base_ratio;
  d[TWO_H]             = 2.0 * parameter[GENCLS_H] * start->base_ratio;
  d[DAMPING]           = parameter[GENCLS_D] * start->base_ratio;
  d[OMEGA0]            = start->omega_nominal;
  const PetscReal i_re = (start->p * start->v_re + start->q * start->v_im) / v2;
  const PetscReal i_im = (start->p * start->v_im - start->q * start->v_re) / v2;
  const PetscReal e_re = start->v_re - d[X] * i_im, e_im = start->v_im + d[X] * i_re;
  d[E1] = PetscSqrtReal(e_re * e_re + e_im * e_im);
  if (!(d[E1] > 0.0)) return "the voltage behind its transient reactance is zero";
  const PetscReal u[] = {PetscAtan2Real(e_im, e_re), 0.0, start->v_re, start->v_im};
  d[PM]               = Power(d, u); /* not start->p: the equilibrium then holds to the last bit */
  state[DELTA]        = u[DELTA];
  state[SPEED]        = 0.0;
  return NULL;
}

static void Residual(const PetscReal *d, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  f[DELTA]    = up[DELTA] - d[OMEGA0] * u[SPEED];
  f[SPEED]    = up[SPEED] - (d[PM] - Power(d, u) - d[DAMPING] * u[SPEED]) / d[TWO_H];
  f[ROW_I_RE] = (d[E1] * PetscSinReal(u[DELTA]) - u[V_IM]) / d[X];
  f[ROW_I_IM] = (u[V_RE] - d[E1] * PetscCosReal(u[DELTA])) / d[X];
}

static void Jacobian(const PetscReal *d, const PetscReal *u, const PetscReal *up, PetscReal cj, PetscReal *value)
{
  (void)up;
  const PetscReal b = d[E1] / d[X], c = PetscCosReal(u[DELTA]), s = PetscSinReal(u[DELTA]);
  value[0] = cj;
  value[1] = -d[OMEGA0];
  value[2] = b * (u[V_RE] * c + u[V_IM] * s) / d[TWO_H];
  value[3] = cj + d[DAMPING] / d[TWO_H];
  value[4] = b * s / d[TWO_H];
  value[5] = -b * c / d[TWO_H];
  value[6] = b * c;
  value[7] = -1.0 / d[X];
  value[8] = b * s;
  value[9] = 1.0 / d[X];
}

static PetscReal Output(DeviceOutput output, const PetscReal *d, const PetscReal *u)
{
  const PetscReal i_re = (d[E1] * PetscSinReal(u[DELTA]) - u[V_IM]) / d[X];
  const PetscReal i_im = (u[V_RE] - d[E1] * PetscCosReal(u[DELTA])) / d[X];
  switch (output) {
  case DEVICE_ANGLE:
    return u[DELTA];
  case DEVICE_SPEED:
    return u[SPEED];
  case DEVICE_P:
    return u[V_RE] * i_re + u[V_IM] * i_im;
  case DEVICE_Q:
    return u[V_IM] * i_re - u[V_RE] * i_im;
  case DEVICE_PMECH:
    return d[PM];
  case DEVICE_EFD:
    return d[E1];
  }
  return NAN;
}

const DeviceModel DeviceGencls = {
    .name         = "GENCLS",
    .source       = "Kundur (1994), section 5.3.1",
    .n_parameters = GENCLS_PARAMETERS,
    .parameter    = parameters,
    .n_states     = (PetscInt)PETSC_STATIC_ARRAY_LENGTH(states),
    .state        = states,
    .n_data       = N_DATA,
    .n_entries    = (PetscInt)PETSC_STATIC_ARRAY_LENGTH(entries),
    .entry        = entries,
    .initialise   = Initialise,
    .residual     = Residual,
    .jacobian     = Jacobian,
    .output       = Output,
};
