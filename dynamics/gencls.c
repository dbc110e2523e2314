/* GENCLS, the classical machine: a constant voltage E' behind the transient reactance x'd and a swing equation.
   P. Kundur, Power System Stability and Control (1994), sections 3.9 and 5.3.1:
     ddelta/dt = omega_0 dw,   2H ddw/dt = Pm - Pe - D dw,   I = (E' exp(j delta) - V) / (r + j x'd).
   PSS/E's GENCLS (L. Vanfretti et al., OpenIPSL (2018), compare theirs with its trajectories) has powers here too, unlike
   its other machines: Pm/(1 + dw) - Te would damp a machine that has no damping. H = 0 is an infinite bus, as there. A
   DYR record gives H and D; the impedance is then the generator's source impedance, for such a record has none. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { DELTA, SPEED, PE, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, PM };
enum { I_RE = N_UNKNOWNS, I_IM };
/* G + jB: admittance behind which E' stands, machine's base; RATE: 1/(2H), or 0. */
enum { E1, G, B, RATE, DAMPING, OMEGA0, SCALE, N_DATA };

static const DeviceParameter parameters[GENCLS_PARAMETERS] = {
    [GENCLS_H]   = {"H", "s", PARAMETER_NOT_NEGATIVE},
    [GENCLS_D]   = {"D", "1", PARAMETER_NOT_NEGATIVE},
    [GENCLS_XD1] = {"xd1", "1", PARAMETER_POSITIVE},
};

static const DeviceUnknown unknowns[] = {
    [DELTA] = {"delta", "rad", 1.0}, [SPEED] = {"speed", "1", 1e-2}, [PE] = {"Pe", "1", 1.0}};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_PM};
static const DeviceOutput outputs[] = {{SIGNAL_ANGLE, DELTA}, {SIGNAL_SPEED, SPEED}, {SIGNAL_PE, PE}};

#define ENTRIES(E) \
  E(DELTA, DELTA)  \
  E(DELTA, SPEED)  \
  E(SPEED, SPEED)  \
  E(SPEED, PE)     \
  E(SPEED, PM)     \
  E(PE, PE)        \
  E(PE, DELTA)     \
  E(PE, V_RE) E(PE, V_IM) E(I_RE, DELTA) E(I_RE, V_RE) E(I_RE, V_IM) E(I_IM, DELTA) E(I_IM, V_RE) E(I_IM, V_IM)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

/* Power at the air gap, and its derivative by the angle. */
static PetscReal AirGap(const PetscReal *d, const PetscReal *u, PetscReal *by_delta)
{
  const PetscReal c = PetscCosReal(u[DELTA]), s = PetscSinReal(u[DELTA]);
  const PetscReal along = u[V_RE] * c + u[V_IM] * s, across = u[V_RE] * s - u[V_IM] * c;
  *by_delta = d[E1] * (d[G] * across - d[B] * along);
  return d[E1] * (d[G] * (d[E1] - along) - d[B] * across);
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, slope;
  const PetscReal  v2  = start->v_re * start->v_re + start->v_im * start->v_im;
  const PetscBool  own = (PetscBool)!PetscIsNanReal(p[GENCLS_XD1]);
  const PetscReal  x   = own ? p[GENCLS_XD1] : start->x_source,
                  r    = own || PetscIsNanReal(start->r_source) ? 0.0 : start->r_source;
  if (!(v2 > 0.0) || !(x > 0.0)) {
    snprintf(start->problem, DEVICE_TEXT,
             v2 > 0.0 ? "neither its record nor its generator gives a reactance" : "the voltage at its bus is zero");
    return;
  }
  const PetscReal z2 = r * r + x * x;
  d[G] = r / z2, d[B] = -x / z2;
  d[RATE] = p[GENCLS_H] > 0.0 ? 0.5 / p[GENCLS_H] : 0.0, d[DAMPING] = p[GENCLS_D], d[OMEGA0] = start->omega_nominal,
  d[SCALE]             = start->base_ratio;
  const PetscReal i_re = (start->p * start->v_re + start->q * start->v_im) / v2 / d[SCALE];
  const PetscReal i_im = (start->p * start->v_im - start->q * start->v_re) / v2 / d[SCALE];
  const PetscReal e_re = start->v_re + r * i_re - x * i_im, e_im = start->v_im + r * i_im + x * i_re;
  d[E1] = PetscSqrtReal(e_re * e_re + e_im * e_im);
  if (!(d[E1] > 0.0)) {
    snprintf(start->problem, DEVICE_TEXT, "the voltage behind its transient reactance is zero");
    return;
  }
  const PetscReal local[] = {
      [DELTA] = PetscAtan2Real(e_im, e_re), [V_RE] = start->v_re, [V_IM] = start->v_im, [PM] = 0.0};
  u[DELTA] = local[DELTA], u[SPEED] = 0.0, u[PE] = AirGap(d, local, &slope);
  start->differential[PE]   = PETSC_FALSE;
  start->signal[SIGNAL_PM]  = u[PE];
  start->signal[SIGNAL_EFD] = d[E1];
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal       slope;
  const PetscReal re = d[E1] * PetscCosReal(u[DELTA]) - u[V_RE], im = d[E1] * PetscSinReal(u[DELTA]) - u[V_IM];
  (void)mode;
  f[DELTA] = up[DELTA] - d[OMEGA0] * u[SPEED];
  f[SPEED] = up[SPEED] - (u[PM] - u[PE] - d[DAMPING] * u[SPEED]) * d[RATE];
  f[PE]    = u[PE] - AirGap(d, u, &slope);
  f[I_RE]  = d[SCALE] * (d[G] * re - d[B] * im);
  f[I_IM]  = d[SCALE] * (d[G] * im + d[B] * re);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const PetscReal c = PetscCosReal(u[DELTA]), s = PetscSinReal(u[DELTA]);
  PetscReal       slope;
  (void)mode, (void)up;
  AirGap(d, u, &slope);
  j[J_DELTA_DELTA] = cj;
  j[J_DELTA_SPEED] = -d[OMEGA0];
  j[J_SPEED_SPEED] = cj + d[DAMPING] * d[RATE];
  j[J_SPEED_PE]    = d[RATE];
  j[J_SPEED_PM]    = -d[RATE];
  j[J_PE_PE]       = 1.0;
  j[J_PE_DELTA]    = -slope;
  j[J_PE_V_RE]     = d[E1] * (d[G] * c + d[B] * s);
  j[J_PE_V_IM]     = d[E1] * (d[G] * s - d[B] * c);
  j[J_I_RE_DELTA]  = -d[SCALE] * d[E1] * (d[G] * s + d[B] * c);
  j[J_I_RE_V_RE]   = -d[SCALE] * d[G];
  j[J_I_RE_V_IM]   = d[SCALE] * d[B];
  j[J_I_IM_DELTA]  = d[SCALE] * d[E1] * (d[G] * c - d[B] * s);
  j[J_I_IM_V_RE]   = -d[SCALE] * d[B];
  j[J_I_IM_V_IM]   = -d[SCALE] * d[G];
}

const DeviceModel DeviceGencls = {
    .name          = "GENCLS",
    .title         = "classical machine",
    .source        = "Kundur (1994), section 5.3.1; PSS/E model library, GENCLS",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = GENCLS_PARAMETERS,
    .n_optional    = 1,
    .parameter     = parameters,
    .n_unknowns    = N_UNKNOWNS,
    .unknown       = unknowns,
    .n_inputs      = DEVICE_COUNT(inputs),
    .input         = inputs,
    .n_outputs     = DEVICE_COUNT(outputs),
    .output        = outputs,
    .n_data        = N_DATA,
    .n_entries     = N_ENTRIES,
    .entry         = entries,
    .initialise    = Initialise,
    .residual      = Residual,
    .jacobian      = Jacobian,
};
