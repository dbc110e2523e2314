/* GENROU and GENROE, round-rotor machines with two circuits on each axis and saturation on both, quadratic and
   exponential.
   Siemens PTI, PSS/E model library; P. Kundur (1994), section 5.2; L. Vanfretti et al., OpenIPSL (2018), which compares
   its machines with PSS/E's trajectories. Stator transients and the effect of speed on stator voltages are neglected, as
   there (PowerWorld and PSLF multiply the voltages by 1 + w):
     2H dw/dt = (Pm - D w)/(1 + w) - Te.
   Saturation depends on the flux behind X'', and acts on the q axis in the ratio (Xq - Xl)/(Xd - Xl).
   The q axis leads the d axis' flux by 90 degrees: V_d + j V_q = V exp(-j(delta - 90 degrees)). */
#include "dynamics/block.h"
#include "dynamics/device.h"
#include "dynamics/machine.h"

enum { TD01, TD02, TQ01, TQ02, H, D, XD, XQ, XD1, XQ1, X2, XL, S10, S12, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [TD01] = {"Td01", "s", PARAMETER_POSITIVE},     [TD02] = {"Td02", "s", PARAMETER_NOT_NEGATIVE},
    [TQ01] = {"Tq01", "s", PARAMETER_NOT_NEGATIVE}, [TQ02] = {"Tq02", "s", PARAMETER_NOT_NEGATIVE},
    [H] = {"H", "s", PARAMETER_POSITIVE},           [D] = {"D", "1", PARAMETER_ANY},
    [XD] = {"Xd", "1", PARAMETER_POSITIVE},         [XQ] = {"Xq", "1", PARAMETER_POSITIVE},
    [XD1] = {"Xd1", "1", PARAMETER_POSITIVE},       [XQ1] = {"Xq1", "1", PARAMETER_POSITIVE},
    [X2] = {"Xd2", "1", PARAMETER_POSITIVE},        [XL] = {"Xl", "1", PARAMETER_NOT_NEGATIVE},
    [S10] = {"S10", "1", PARAMETER_NOT_NEGATIVE},   [S12] = {"S12", "1", PARAMETER_NOT_NEGATIVE},
};

/* Own unknowns, inputs; rows I_RE and I_IM stand where the inputs begin. */
enum { DELTA, SPEED, EQ1, ED1, PSI1D, PSI2Q, ID, IQ, PE, IFD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, EFD, PM };
enum { I_RE = N_UNKNOWNS, I_IM };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [DELTA] = {"delta", "rad", 1.0}, [SPEED] = {"speed", "1", 1e-2}, [EQ1] = {"E'q", "1", 1.0},
    [ED1] = {"E'd", "1", 1.0},       [PSI1D] = {"psi1d", "1", 1.0},  [PSI2Q] = {"psi2q", "1", 1.0},
    [ID] = {"Id", "1", 1.0},         [IQ] = {"Iq", "1", 1.0},        [PE] = {"Pe", "1", 1.0},
    [IFD] = {"Ifd", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_EFD, SIGNAL_PM};
static const DeviceOutput outputs[] = {
    {SIGNAL_ANGLE, DELTA}, {SIGNAL_SPEED, SPEED}, {SIGNAL_PE, PE}, {SIGNAL_IFD, IFD}};

/* Reactances and resistance per unit on the machine's base; scale carries its current to the network's. C1 .. C4: shares
   of the fluxes in the subtransient ones. */
enum {
  T1D,
  T2D,
  T1Q,
  T2Q,
  TWO_H,
  DAMPING,
  OMEGA0,
  RA,
  X,
  XDL,
  XQL,
  DXD,
  DXQ,
  KD,
  KQ,
  C1,
  C2,
  C3,
  C4,
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
  E(ED1, ED1)      \
  E(ED1, PSI2Q)    \
  E(ED1, IQ)       \
  E(ED1, EQ1)      \
  E(ED1, PSI1D)    \
  E(PSI1D, PSI1D)  \
  E(PSI1D, EQ1)    \
  E(PSI1D, ID)     \
  E(PSI2Q, PSI2Q)  \
  E(PSI2Q, ED1)    \
  E(PSI2Q, IQ)     \
  E(ID, ID)        \
  E(ID, IQ)        \
  E(ID, ED1)       \
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
  E(PE, ED1)       \
  E(PE, PSI2Q)     \
  E(IFD, IFD)      \
  E(IFD, EQ1)      \
  E(IFD, PSI1D)    \
  E(IFD, ID) E(IFD, ED1) E(IFD, PSI2Q) E(I_RE, ID) E(I_RE, IQ) E(I_RE, DELTA) E(I_IM, ID) E(I_IM, IQ) E(I_IM, DELTA)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *CheckReactances(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (MachineAbove(p[X2], p[XD1])) return "X''d is above X'd";
  if (MachineAbove(p[XD1], p[XD])) return "X'd is above Xd";
  if (p[XL] >= p[XD1]) return "Xl is not below X'd";
  if (p[XL] >= p[XD]) return "Xl is not below Xd";
  if (MachineAbove(p[XQ1], p[XQ])) return "X'q is above Xq";
  if (MachineAbove(p[X2], p[XQ1])) return "X''d is above X'q";
  if (p[XL] >= p[XQ1]) return "Xl is not below X'q";
  return NULL;
}

static const char *CheckSuspicious(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_FALSE;
  if (p[XL] >= p[X2]) return "Xl is not below X''d";
  if (p[X2] > p[XD1] || p[XD1] > p[XD]) return "X''d, X'd and Xd do not rise, by less than 1 %: taken as rounding";
  if (p[X2] > p[XQ1] || p[XQ1] > p[XQ]) return "X''d, X'q and Xq do not rise, by less than 1 %: taken as rounding";
  if (p[TQ01] == 0.0) return "T'q0 is zero: its circuit is taken as algebraic";
  if (p[TD02] >= p[TD01]) return "T''d0 is not below T'd0";
  if (p[TQ01] > 0.0 && p[TQ02] >= p[TQ01]) return "T''q0 is not below T'q0";
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

/* Subtransient fluxes, saturation factor, and the factor's derivatives by the fluxes. */
typedef struct {
  PetscReal d, q, s, s_d, s_q;
} Flux;

static Flux FluxOf(const PetscReal *k, const PetscReal *u)
{
  Flux            f   = {.d = k[C1] * u[EQ1] + k[C2] * u[PSI1D], .q = -k[C3] * u[ED1] + k[C4] * u[PSI2Q]};
  const PetscReal psi = PetscSqrtReal(f.d * f.d + f.q * f.q);
  PetscReal       slope;
  f.s = MachineSaturation(&k[SATURATION], psi, &slope);
  if (slope != 0.0) {
    f.s_d = slope * f.d / psi;
    f.s_q = slope * f.q / psi;
  }
  return f;
}

static void SetData(const DeviceStart *start, PetscBool exponential, PetscReal *k)
{
  const PetscReal *p = start->parameter;
  MachineSaturationFit(exponential, p[S10], p[S12], &k[SATURATION]);
  const PetscReal dl = p[XD1] - p[XL], ql = p[XQ1] - p[XL];
  k[T1D] = p[TD01], k[T2D] = p[TD02], k[T1Q] = p[TQ01], k[T2Q] = p[TQ02];
  k[TWO_H] = 2.0 * p[H], k[DAMPING] = p[D], k[OMEGA0] = start->omega_nominal;
  k[RA]  = PetscIsNanReal(start->r_source) ? 0.0 : start->r_source;
  k[X]   = p[X2];
  k[XDL] = dl, k[XQL] = ql;
  k[DXD] = p[XD] - p[XD1], k[DXQ] = p[XQ] - p[XQ1];
  k[KD] = (p[XD1] - p[X2]) / (dl * dl), k[KQ] = (p[XQ1] - p[X2]) / (ql * ql);
  k[C1] = (p[X2] - p[XL]) / dl, k[C2] = (p[XD1] - p[X2]) / dl;
  k[C3] = (p[X2] - p[XL]) / ql, k[C4] = (p[XQ1] - p[X2]) / ql;
  k[SQ]    = (p[XQ] - p[XL]) / (p[XD] - p[XL]);
  k[SCALE] = start->base_ratio;
}

/* In the steady state the damper and field currents of the q axis vanish: saturated, its reactance is
   X'' + (Xq - X'')/(1 + S (Xq - Xl)/(Xd - Xl)), and the rotor stands in the direction of the voltage behind it. */
static void Initialise(DeviceStart *start, PetscBool exponential)
{
  PetscReal      *k = start->data, *u = start->unknown;
  const PetscReal v2 = start->v_re * start->v_re + start->v_im * start->v_im, xq = start->parameter[XQ];
  SetData(start, exponential, k);
  if (!(v2 > 0.0)) {
    snprintf(start->problem, DEVICE_TEXT, "the voltage at its bus is zero");
    return;
  }
  const PetscReal i_re = (start->p * start->v_re + start->q * start->v_im) / v2 / k[SCALE];
  const PetscReal i_im = (start->p * start->v_im - start->q * start->v_re) / v2 / k[SCALE];
  const PetscReal e_re = start->v_re + k[RA] * i_re - k[X] * i_im, e_im = start->v_im + k[RA] * i_im + k[X] * i_re;
  const PetscReal psi = PetscSqrtReal(e_re * e_re + e_im * e_im);
  PetscReal       slope;
  const PetscReal s = MachineSaturation(&k[SATURATION], psi, &slope), more = (xq - k[X]) / (1.0 + s * k[SQ]);
  u[DELTA]           = PetscAtan2Real(e_im + more * i_re, e_re - more * i_im);
  const PetscReal sn = PetscSinReal(u[DELTA]), cs = PetscCosReal(u[DELTA]);
  u[ID]                 = i_re * sn - i_im * cs;
  u[IQ]                 = i_re * cs + i_im * sn;
  const PetscReal psi_d = e_re * cs + e_im * sn, psi_q = -(e_re * sn - e_im * cs);
  u[SPEED]                   = 0.0;
  u[EQ1]                     = psi_d + (k[XDL] * k[C2]) * u[ID];
  u[ED1]                     = -psi_q - (k[XQL] * k[C4]) * u[IQ];
  u[PSI1D]                   = u[EQ1] - k[XDL] * u[ID];
  u[PSI2Q]                   = -u[ED1] - k[XQL] * u[IQ];
  u[IFD]                     = u[EQ1] + k[DXD] * u[ID] + s * psi_d;
  u[PE]                      = psi_d * u[IQ] - psi_q * u[ID];
  start->differential[PSI1D] = (PetscBool)(k[T2D] > 0.0);
  start->differential[ED1]   = (PetscBool)(k[T1Q] > 0.0);
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
  const PetscReal damper_d = u[PSI1D] + k[XDL] * u[ID] - u[EQ1], damper_q = u[PSI2Q] + k[XQL] * u[IQ] + u[ED1];
  (void)mode;
  f[DELTA] = up[DELTA] - k[OMEGA0] * u[SPEED];
  f[SPEED] = up[SPEED] - ((u[PM] - k[DAMPING] * u[SPEED]) / (1.0 + u[SPEED]) - u[PE]) / k[TWO_H];
  f[EQ1]   = up[EQ1] - (u[EFD] - u[IFD]) / k[T1D];
  f[ED1]   = Lag(k[T1Q], u[ED1], up[ED1], k[DXQ] * (u[IQ] - k[KQ] * damper_q) + k[SQ] * flux.s * flux.q);
  f[PSI1D] = Lag(k[T2D], u[PSI1D], up[PSI1D], u[EQ1] - k[XDL] * u[ID]);
  f[PSI2Q] = Lag(k[T2Q], u[PSI2Q], up[PSI2Q], -u[ED1] - k[XQL] * u[IQ]);
  f[ID]    = u[V_RE] * s - u[V_IM] * c + flux.q - k[X] * u[IQ] + k[RA] * u[ID];
  f[IQ]    = u[V_RE] * c + u[V_IM] * s - flux.d + k[X] * u[ID] + k[RA] * u[IQ];
  f[PE]    = u[PE] - flux.d * u[IQ] + flux.q * u[ID];
  f[IFD]   = u[IFD] - u[EQ1] - k[DXD] * (u[ID] - k[KD] * damper_d) - flux.s * flux.d;
  f[I_RE]  = k[SCALE] * (u[ID] * s + u[IQ] * c);
  f[I_IM]  = k[SCALE] * (u[IQ] * s - u[ID] * c);
}

static void JacobianFlux(const PetscReal *k, const PetscReal *u, PetscReal *j)
{
  const Flux      flux = FluxOf(k, u);
  const PetscReal dd = flux.s + flux.s_d * flux.d, dq = flux.s_q * flux.d; /* of s psi_d by psi_d, psi_q */
  const PetscReal qd = flux.s_d * flux.q, qq = flux.s + flux.s_q * flux.q;
  const PetscReal w = LagW(k[T1Q]);
  j[J_ED1_PSI2Q]    = w * (-k[DXQ] * k[KQ] + k[SQ] * qq * k[C4]);
  j[J_ED1_IQ]       = w * k[DXQ] * (1.0 - k[KQ] * k[XQL]);
  j[J_ED1_EQ1]      = w * k[SQ] * qd * k[C1];
  j[J_ED1_PSI1D]    = w * k[SQ] * qd * k[C2];
  j[J_IFD_EQ1]      = -1.0 - k[DXD] * k[KD] - dd * k[C1];
  j[J_IFD_PSI1D]    = k[DXD] * k[KD] - dd * k[C2];
  j[J_IFD_ID]       = -k[DXD] * (1.0 - k[KD] * k[XDL]);
  j[J_IFD_ED1]      = dq * k[C3];
  j[J_IFD_PSI2Q]    = -dq * k[C4];
  j[J_IFD_IFD]      = 1.0;
  j[J_PE_PE]        = 1.0;
  j[J_PE_ID]        = flux.q;
  j[J_PE_IQ]        = -flux.d;
  j[J_PE_EQ1]       = -k[C1] * u[IQ];
  j[J_PE_PSI1D]     = -k[C2] * u[IQ];
  j[J_PE_ED1]       = -k[C3] * u[ID];
  j[J_PE_PSI2Q]     = k[C4] * u[ID];
  j[J_ED1_ED1]      = w * (-k[DXQ] * k[KQ] - k[SQ] * qq * k[C3]);
}

static void JacobianStator(const PetscReal *k, const PetscReal *u, PetscReal *j)
{
  const PetscReal s = PetscSinReal(u[DELTA]), c = PetscCosReal(u[DELTA]);
  j[J_ID_ID]      = k[RA];
  j[J_ID_IQ]      = -k[X];
  j[J_ID_ED1]     = -k[C3];
  j[J_ID_PSI2Q]   = k[C4];
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

static void Jacobian(const PetscReal *k, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const PetscReal turn = 1.0 + u[SPEED];
  (void)mode, (void)up;
  j[J_DELTA_DELTA] = cj;
  j[J_DELTA_SPEED] = -k[OMEGA0];
  j[J_SPEED_SPEED] = cj + (k[DAMPING] / turn + (u[PM] - k[DAMPING] * u[SPEED]) / (turn * turn)) / k[TWO_H];
  j[J_SPEED_PE]    = 1.0 / k[TWO_H];
  j[J_SPEED_PM]    = -1.0 / (turn * k[TWO_H]);
  j[J_EQ1_EQ1]     = cj;
  j[J_EQ1_IFD]     = 1.0 / k[T1D];
  j[J_EQ1_EFD]     = -1.0 / k[T1D];
  j[J_PSI1D_PSI1D] = LagX(k[T2D], cj);
  j[J_PSI1D_EQ1]   = LagW(k[T2D]);
  j[J_PSI1D_ID]    = -k[XDL] * LagW(k[T2D]);
  j[J_PSI2Q_PSI2Q] = LagX(k[T2Q], cj);
  j[J_PSI2Q_ED1]   = -LagW(k[T2Q]);
  j[J_PSI2Q_IQ]    = -k[XQL] * LagW(k[T2Q]);
  JacobianFlux(k, u, j);
  j[J_ED1_ED1] += LagX(k[T1Q], cj);
  JacobianStator(k, u, j);
}

#define ROUND_ROTOR(NAME, TITLE, CHECK, INITIALISE)                                                                   \
  {                                                                                                                   \
    .name = NAME, .title = TITLE, .source = "PSS/E model library; Kundur (1994), section 5.2", .kind = DEVICE_SOURCE, \
    .feeds_network = PETSC_TRUE, .n_parameters = N_PARAMETERS, .parameter = parameters, .n_unknowns = N_UNKNOWNS,     \
    .unknown = unknowns, .n_inputs = DEVICE_COUNT(inputs), .input = inputs, .n_outputs = DEVICE_COUNT(outputs),       \
    .output = outputs, .n_data = N_DATA, .n_entries = N_ENTRIES, .entry = entries, .check = CHECK,                    \
    .initialise = INITIALISE, .residual = Residual, .jacobian = Jacobian                                              \
  }
const DeviceModel DeviceGenrou = ROUND_ROTOR("GENROU", "round-rotor machine", CheckQuadratic, InitialiseQuadratic);
const DeviceModel DeviceGenroe =
    ROUND_ROTOR("GENROE", "round-rotor machine, exponential saturation", CheckExponential, InitialiseExponential);
