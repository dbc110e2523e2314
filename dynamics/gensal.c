/* GENSAL and GENSAE, salient-pole machines: field and damper on the d axis, one damper on the q axis.
   Siemens PTI, PSS/E model library; P. Kundur (1994), section 5.2; L. Vanfretti et al., OpenIPSL (2018), which compares
   its machines with PSS/E's trajectories. GENSAL saturates the d axis only, by E'q; GENSAE both, exponentially, by the
   flux behind X'', on the q axis in the ratio (Xq - Xl)/(Xd - Xl). Otherwise as genrou.c; the q axis' state is the
   subtransient flux itself. */
#include "dynamics/block.h"
#include "dynamics/device.h"
#include "dynamics/machine.h"

enum { TD01, TD02, TQ02, H, D, XD, XQ, XD1, X2, XL, S10, S12, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [TD01] = {"Td01", "s", PARAMETER_POSITIVE},
    [TD02] = {"Td02", "s", PARAMETER_NOT_NEGATIVE},
    [TQ02] = {"Tq02", "s", PARAMETER_NOT_NEGATIVE},
    [H]    = {"H", "s", PARAMETER_POSITIVE},
    [D]    = {"D", "1", PARAMETER_ANY},
    [XD]   = {"Xd", "1", PARAMETER_POSITIVE},
    [XQ]   = {"Xq", "1", PARAMETER_POSITIVE},
    [XD1]  = {"Xd1", "1", PARAMETER_POSITIVE},
    [X2]   = {"Xd2", "1", PARAMETER_POSITIVE},
    [XL]   = {"Xl", "1", PARAMETER_NOT_NEGATIVE},
    [S10]  = {"S10", "1", PARAMETER_NOT_NEGATIVE},
    [S12]  = {"S12", "1", PARAMETER_NOT_NEGATIVE},
};

enum { DELTA, SPEED, EQ1, PSI1D, PSI2Q, ID, IQ, PE, IFD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, EFD, PM };
enum { I_RE = N_UNKNOWNS, I_IM };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [DELTA] = {"delta", "rad", 1.0}, [SPEED] = {"speed", "1", 1e-2}, [EQ1] = {"E'q", "1", 1.0},
    [PSI1D] = {"psi1d", "1", 1.0},   [PSI2Q] = {"psi''q", "1", 1.0}, [ID] = {"Id", "1", 1.0},
    [IQ] = {"Iq", "1", 1.0},         [PE] = {"Pe", "1", 1.0},        [IFD] = {"Ifd", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_EFD, SIGNAL_PM};
static const DeviceOutput outputs[] = {
    {SIGNAL_ANGLE, DELTA}, {SIGNAL_SPEED, SPEED}, {SIGNAL_PE, PE}, {SIGNAL_IFD, IFD}};

/* Reactances and resistance per unit on the machine's base; scale carries its current to the network's. C1, C2: shares of
   the fluxes in the subtransient one of the d axis. BY_AIRGAP: saturation by the flux behind X'', on both axes. */
enum {
  T1D,
  T2D,
  T2Q,
  TWO_H,
  DAMPING,
  OMEGA0,
  RA,
  X,
  XDL,
  DXD,
  DXQ,
  KD,
  C1,
  C2,
  BY_AIRGAP,
  SATURATION,
  SQ = SATURATION + 3,
  SCALE,
  N_DATA
};

#define ENTRIES(E) \
  E(DELTA, DELTA)  \
  E(DELTA, SPEED)  \
  E(SPEED, SPEED)  \
  E(SPEED, PE)     \
  E(SPEED, PM)     \
  E(EQ1, EQ1)      \
  E(EQ1, IFD)      \
  E(EQ1, EFD)      \
  E(PSI1D, PSI1D)  \
  E(PSI1D, EQ1)    \
  E(PSI1D, ID)     \
  E(PSI2Q, PSI2Q)  \
  E(PSI2Q, IQ)     \
  E(PSI2Q, EQ1)    \
  E(PSI2Q, PSI1D)  \
  E(ID, ID)        \
  E(ID, IQ)        \
  E(ID, PSI2Q)     \
  E(ID, DELTA)     \
  E(ID, V_RE)      \
  E(ID, V_IM)      \
  E(IQ, IQ)        \
  E(IQ, ID)        \
  E(IQ, EQ1)       \
  E(IQ, PSI1D)     \
  E(IQ, DELTA)     \
  E(IQ, V_RE)      \
  E(IQ, V_IM)      \
  E(PE, PE)        \
  E(PE, ID)        \
  E(PE, IQ)        \
  E(PE, EQ1)       \
  E(PE, PSI1D)     \
  E(PE, PSI2Q)     \
  E(IFD, IFD)      \
  E(IFD, EQ1)      \
  E(IFD, PSI1D) E(IFD, ID) E(IFD, PSI2Q) E(I_RE, ID) E(I_RE, IQ) E(I_RE, DELTA) E(I_IM, ID) E(I_IM, IQ) E(I_IM, DELTA)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *CheckReactances(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (MachineAbove(p[X2], p[XD1])) return "X''d is above X'd";
  if (MachineAbove(p[XD1], p[XD])) return "X'd is above Xd";
  if (p[XL] >= p[XD1]) return "Xl is not below X'd";
  if (p[XL] >= p[XD]) return "Xl is not below Xd";
  if (MachineAbove(p[X2], p[XQ])) return "X''d is above Xq";
  return NULL;
}

static const char *CheckSuspicious(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_FALSE;
  if (p[XL] >= p[X2]) return "Xl is not below X''d";
  if (p[X2] > p[XD1] || p[XD1] > p[XD]) return "X''d, X'd and Xd do not rise, by less than 1 %: taken as rounding";
  if (p[TD02] >= p[TD01]) return "T''d0 is not below T'd0";
  if (p[H] < 0.5 || p[H] > 50.0) return "H is outside 0.5 to 50 s";
  return NULL;
}

static const char *CheckQuadratic(const PetscReal *p, PetscBool *error)
{
  PetscReal   law[3];
  const char *fault = CheckReactances(p, error);
  if (fault) return fault;
  if (!MachineSaturationFit(PETSC_FALSE, p[S10], p[S12], law)) return "saturation falls from S(1.0) to S(1.2)";
  fault = CheckSuspicious(p, error);
  if (!fault && p[S12] < 1.2 * p[S10]) fault = "S(1.2) is low beside S(1.0): the fitted curve saturates without flux";
  return fault;
}

static const char *CheckExponential(const PetscReal *p, PetscBool *error)
{
  PetscReal   law[3];
  const char *fault = CheckReactances(p, error);
  if (fault) return fault;
  if (!MachineSaturationFit(PETSC_TRUE, p[S10], p[S12], law)) return "saturation falls from S(1.0) to S(1.2)";
  return CheckSuspicious(p, error);
}

/* Subtransient flux of the d axis; what saturation adds to the field current (d) and takes from the q axis' flux (q); and
   their derivatives by E'q, psi1d and psi''q. */
typedef struct {
  PetscReal psi_d, d, q, d_by[3], q_by[3];
} Flux;

static Flux FluxOf(const PetscReal *k, const PetscReal *u)
{
  Flux      f = {.psi_d = k[C1] * u[EQ1] + k[C2] * u[PSI1D]};
  PetscReal slope;
  if (k[BY_AIRGAP] == 0.0) {
    const PetscReal s = MachineSaturation(&k[SATURATION], u[EQ1], &slope);
    f.d               = s * u[EQ1];
    f.d_by[0]         = s + slope * u[EQ1];
    return f;
  }
  const PetscReal psi_q = u[PSI2Q], psi = PetscSqrtReal(f.psi_d * f.psi_d + psi_q * psi_q);
  const PetscReal s   = MachineSaturation(&k[SATURATION], psi, &slope);
  const PetscReal s_d = slope != 0.0 ? slope * f.psi_d / psi : 0.0, s_q = slope != 0.0 ? slope * psi_q / psi : 0.0;
  f.d       = s * f.psi_d;
  f.q       = k[SQ] * s * psi_q;
  f.d_by[0] = k[C1] * (s + s_d * f.psi_d);
  f.d_by[1] = k[C2] * (s + s_d * f.psi_d);
  f.d_by[2] = s_q * f.psi_d;
  f.q_by[0] = k[SQ] * k[C1] * s_d * psi_q;
  f.q_by[1] = k[SQ] * k[C2] * s_d * psi_q;
  f.q_by[2] = k[SQ] * (s + s_q * psi_q);
  return f;
}

static void SetData(const DeviceStart *start, PetscBool exponential, PetscReal *k)
{
  const PetscReal *p  = start->parameter;
  const PetscReal  dl = p[XD1] - p[XL];
  MachineSaturationFit(exponential, p[S10], p[S12], &k[SATURATION]);
  k[BY_AIRGAP] = exponential ? 1.0 : 0.0;
  k[T1D] = p[TD01], k[T2D] = p[TD02], k[T2Q] = p[TQ02];
  k[TWO_H] = 2.0 * p[H], k[DAMPING] = p[D], k[OMEGA0] = start->omega_nominal;
  k[RA]  = PetscIsNanReal(start->r_source) ? 0.0 : start->r_source;
  k[X]   = p[X2];
  k[XDL] = dl;
  k[DXD] = p[XD] - p[XD1], k[DXQ] = p[XQ] - p[X2];
  k[KD] = (p[XD1] - p[X2]) / (dl * dl);
  k[C1] = (p[X2] - p[XL]) / dl, k[C2] = (p[XD1] - p[X2]) / dl;
  k[SQ]    = (p[XQ] - p[XL]) / (p[XD] - p[XL]);
  k[SCALE] = start->base_ratio;
}

/* In the steady state the q axis' flux is -(Xq - X'') Iq, divided by 1 + S (Xq - Xl)/(Xd - Xl) where that axis saturates;
   the rotor stands in the direction of the voltage behind the reactance that follows. */
static void Initialise(DeviceStart *start, PetscBool exponential)
{
  PetscReal      *k = start->data, *u = start->unknown, slope;
  const PetscReal v2 = start->v_re * start->v_re + start->v_im * start->v_im;
  SetData(start, exponential, k);
  if (!(v2 > 0.0)) {
    snprintf(start->problem, DEVICE_TEXT, "the voltage at its bus is zero");
    return;
  }
  const PetscReal i_re = (start->p * start->v_re + start->q * start->v_im) / v2 / k[SCALE];
  const PetscReal i_im = (start->p * start->v_im - start->q * start->v_re) / v2 / k[SCALE];
  const PetscReal e_re = start->v_re + k[RA] * i_re - k[X] * i_im, e_im = start->v_im + k[RA] * i_im + k[X] * i_re;
  const PetscReal psi  = PetscSqrtReal(e_re * e_re + e_im * e_im);
  const PetscReal s    = exponential ? MachineSaturation(&k[SATURATION], psi, &slope) : 0.0;
  const PetscReal more = k[DXQ] / (1.0 + s * k[SQ]);
  u[DELTA]             = PetscAtan2Real(e_im + more * i_re, e_re - more * i_im);
  const PetscReal sn = PetscSinReal(u[DELTA]), cs = PetscCosReal(u[DELTA]), psi_d = e_re * cs + e_im * sn;
  u[SPEED]                   = 0.0;
  u[ID]                      = i_re * sn - i_im * cs;
  u[IQ]                      = i_re * cs + i_im * sn;
  u[PSI2Q]                   = e_im * cs - e_re * sn;
  u[EQ1]                     = psi_d + k[XDL] * k[C2] * u[ID];
  u[PSI1D]                   = u[EQ1] - k[XDL] * u[ID];
  u[PE]                      = psi_d * u[IQ] - u[PSI2Q] * u[ID];
  u[IFD]                     = u[EQ1] + k[DXD] * u[ID] + FluxOf(k, u).d;
  start->differential[PSI1D] = (PetscBool)(k[T2D] > 0.0);
  start->differential[PSI2Q] = (PetscBool)(k[T2Q] > 0.0);
  for (PetscInt j = ID; j < N_UNKNOWNS; ++j) start->differential[j] = PETSC_FALSE;
  start->signal[SIGNAL_EFD] = u[IFD];
  start->signal[SIGNAL_PM]  = u[PE];
}

static void InitialiseQuadratic(DeviceStart *start)
{
  Initialise(start, PETSC_FALSE);
}
static void InitialiseExponential(DeviceStart *start)
{
  Initialise(start, PETSC_TRUE);
}

static void Residual(const PetscReal *k, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Flux      flux = FluxOf(k, u);
  const PetscReal s = PetscSinReal(u[DELTA]), c = PetscCosReal(u[DELTA]);
  const PetscReal damper_d = u[PSI1D] + k[XDL] * u[ID] - u[EQ1];
  (void)mode;
  f[DELTA] = up[DELTA] - k[OMEGA0] * u[SPEED];
  f[SPEED] = up[SPEED] - ((u[PM] - k[DAMPING] * u[SPEED]) / (1.0 + u[SPEED]) - u[PE]) / k[TWO_H];
  f[EQ1]   = up[EQ1] - (u[EFD] - u[IFD]) / k[T1D];
  f[PSI1D] = Lag(k[T2D], u[PSI1D], up[PSI1D], u[EQ1] - k[XDL] * u[ID]);
  f[PSI2Q] = Lag(k[T2Q], u[PSI2Q], up[PSI2Q], -k[DXQ] * u[IQ] - flux.q);
  f[ID]    = u[V_RE] * s - u[V_IM] * c + u[PSI2Q] - k[X] * u[IQ] + k[RA] * u[ID];
  f[IQ]    = u[V_RE] * c + u[V_IM] * s - flux.psi_d + k[X] * u[ID] + k[RA] * u[IQ];
  f[PE]    = u[PE] - flux.psi_d * u[IQ] + u[PSI2Q] * u[ID];
  f[IFD]   = u[IFD] - u[EQ1] - k[DXD] * (u[ID] - k[KD] * damper_d) - flux.d;
  f[I_RE]  = k[SCALE] * (u[ID] * s + u[IQ] * c);
  f[I_IM]  = k[SCALE] * (u[IQ] * s - u[ID] * c);
}

static void JacobianRotor(const PetscReal *k, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  const Flux      flux = FluxOf(k, u);
  const PetscReal turn = 1.0 + u[SPEED], d = LagW(k[T2D]), q = LagW(k[T2Q]);
  j[J_DELTA_DELTA] = cj;
  j[J_DELTA_SPEED] = -k[OMEGA0];
  j[J_SPEED_SPEED] = cj + (k[DAMPING] + u[PM]) / (turn * turn) / k[TWO_H];
  j[J_SPEED_PE]    = 1.0 / k[TWO_H];
  j[J_SPEED_PM]    = -1.0 / (turn * k[TWO_H]);
  j[J_EQ1_EQ1]     = cj;
  j[J_EQ1_IFD]     = 1.0 / k[T1D];
  j[J_EQ1_EFD]     = -1.0 / k[T1D];
  j[J_PSI1D_PSI1D] = LagX(k[T2D], cj);
  j[J_PSI1D_EQ1]   = d;
  j[J_PSI1D_ID]    = -k[XDL] * d;
  j[J_PSI2Q_PSI2Q] = LagX(k[T2Q], cj) - q * flux.q_by[2];
  j[J_PSI2Q_IQ]    = -k[DXQ] * q;
  j[J_PSI2Q_EQ1]   = -q * flux.q_by[0];
  j[J_PSI2Q_PSI1D] = -q * flux.q_by[1];
  j[J_PE_PE]       = 1.0;
  j[J_PE_ID]       = u[PSI2Q];
  j[J_PE_IQ]       = -flux.psi_d;
  j[J_PE_EQ1]      = -k[C1] * u[IQ];
  j[J_PE_PSI1D]    = -k[C2] * u[IQ];
  j[J_PE_PSI2Q]    = u[ID];
  j[J_IFD_IFD]     = 1.0;
  j[J_IFD_EQ1]     = -1.0 - k[DXD] * k[KD] - flux.d_by[0];
  j[J_IFD_PSI1D]   = k[DXD] * k[KD] - flux.d_by[1];
  j[J_IFD_ID]      = -k[DXD] * (1.0 - k[KD] * k[XDL]);
  j[J_IFD_PSI2Q]   = -flux.d_by[2];
}

static void Jacobian(const PetscReal *k, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const PetscReal s = PetscSinReal(u[DELTA]), c = PetscCosReal(u[DELTA]);
  (void)mode, (void)up;
  JacobianRotor(k, u, cj, j);
  j[J_ID_ID]      = k[RA];
  j[J_ID_IQ]      = -k[X];
  j[J_ID_PSI2Q]   = 1.0;
  j[J_ID_DELTA]   = u[V_RE] * c + u[V_IM] * s;
  j[J_ID_V_RE]    = s;
  j[J_ID_V_IM]    = -c;
  j[J_IQ_IQ]      = k[RA];
  j[J_IQ_ID]      = k[X];
  j[J_IQ_EQ1]     = -k[C1];
  j[J_IQ_PSI1D]   = -k[C2];
  j[J_IQ_DELTA]   = u[V_IM] * c - u[V_RE] * s;
  j[J_IQ_V_RE]    = c;
  j[J_IQ_V_IM]    = s;
  j[J_I_RE_ID]    = k[SCALE] * s;
  j[J_I_RE_IQ]    = k[SCALE] * c;
  j[J_I_RE_DELTA] = k[SCALE] * (u[ID] * c - u[IQ] * s);
  j[J_I_IM_ID]    = -k[SCALE] * c;
  j[J_I_IM_IQ]    = k[SCALE] * s;
  j[J_I_IM_DELTA] = k[SCALE] * (u[IQ] * c + u[ID] * s);
}

#define SALIENT(NAME, TITLE, CHECK, INITIALISE)                                                                       \
  {                                                                                                                   \
    .name = NAME, .title = TITLE, .source = "PSS/E model library; Kundur (1994), section 5.2", .kind = DEVICE_SOURCE, \
    .feeds_network = PETSC_TRUE, .n_parameters = N_PARAMETERS, .parameter = parameters, .n_unknowns = N_UNKNOWNS,     \
    .unknown = unknowns, .n_inputs = DEVICE_COUNT(inputs), .input = inputs, .n_outputs = DEVICE_COUNT(outputs),       \
    .output = outputs, .n_data = N_DATA, .n_entries = N_ENTRIES, .entry = entries, .check = CHECK,                    \
    .initialise = INITIALISE, .residual = Residual, .jacobian = Jacobian                                              \
  }
const DeviceModel DeviceGensal = SALIENT("GENSAL", "salient-pole machine", CheckQuadratic, InitialiseQuadratic);
const DeviceModel DeviceGensae =
    SALIENT("GENSAE", "salient-pole machine, exponential saturation", CheckExponential, InitialiseExponential);
