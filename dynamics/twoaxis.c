/* TWOAXIS, two-axis machine: one rotor circuit on each axis, no saturation.
   P. W. Sauer, M. A. Pai, Power System Dynamics and Stability (1998), section 5.4 and, as here, 7.1:
     T'd0 dE'q/dt = Efd - E'q - (Xd - X'd) Id,       Vd + Ra Id = E'd + X'q Iq,
     T'q0 dE'd/dt = (Xq - X'q) Iq - E'd,             Vq + Ra Iq = E'q - X'd Id,
     2H dw/dt = Tm - E'd Id - E'q Iq - (X'q - X'd) Id Iq - D w.
   The mechanical input is a torque, as there: power and torque are not told apart. */
#include "dynamics/block.h"
#include "dynamics/device.h"
#include "dynamics/machine.h"

enum { H, D, XD, XQ, XD1, XQ1, TD01, TQ01, R, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [H] = {"H", "s", PARAMETER_POSITIVE},       [D] = {"D", "1", PARAMETER_ANY},
    [XD] = {"Xd", "1", PARAMETER_POSITIVE},     [XQ] = {"Xq", "1", PARAMETER_POSITIVE},
    [XD1] = {"Xd1", "1", PARAMETER_POSITIVE},   [XQ1] = {"Xq1", "1", PARAMETER_POSITIVE},
    [TD01] = {"Td01", "s", PARAMETER_POSITIVE}, [TQ01] = {"Tq01", "s", PARAMETER_NOT_NEGATIVE},
    [R] = {"Ra", "1", PARAMETER_NOT_NEGATIVE},
};

enum { DELTA, SPEED, EQ1, ED1, ID, IQ, PE, IFD, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, EFD, PM };
enum { I_RE = N_UNKNOWNS, I_IM };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [DELTA] = {"delta", "rad", 1.0}, [SPEED] = {"speed", "1", 1e-2}, [EQ1] = {"E'q", "1", 1.0},
    [ED1] = {"E'd", "1", 1.0},       [ID] = {"Id", "1", 1.0},        [IQ] = {"Iq", "1", 1.0},
    [PE] = {"Pe", "1", 1.0},         [IFD] = {"Ifd", "1", 1.0},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_EFD, SIGNAL_PM};
static const DeviceOutput outputs[] = {
    {SIGNAL_ANGLE, DELTA}, {SIGNAL_SPEED, SPEED}, {SIGNAL_PE, PE}, {SIGNAL_IFD, IFD}};

/* Per unit on the machine's base; scale carries its current to the network's. */
enum { TWO_H, DAMPING, OMEGA0, T1D, T1Q, RA, X1D, X1Q, DXD, DXQ, SCALE, N_DATA };

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
  E(ED1, IQ)       \
  E(ID, ID)        \
  E(ID, IQ)        \
  E(ID, ED1)       \
  E(ID, DELTA)     \
  E(ID, V_RE)      \
  E(ID, V_IM)      \
  E(IQ, IQ)        \
  E(IQ, ID)        \
  E(IQ, EQ1)       \
  E(IQ, DELTA)     \
  E(IQ, V_RE)      \
  E(IQ, V_IM)      \
  E(PE, PE)        \
  E(PE, ID)        \
  E(PE, IQ)        \
  E(PE, EQ1)       \
  E(PE, ED1)       \
  E(IFD, IFD) E(IFD, EQ1) E(IFD, ID) E(I_RE, ID) E(I_RE, IQ) E(I_RE, DELTA) E(I_IM, ID) E(I_IM, IQ) E(I_IM, DELTA)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if (MachineAbove(p[XD1], p[XD])) return "X'd is above Xd";
  if (MachineAbove(p[XQ1], p[XQ])) return "X'q is above Xq";
  *error = PETSC_FALSE;
  if (p[TQ01] == 0.0) return "T'q0 is zero: its circuit is taken as algebraic";
  return NULL;
}

static void SetData(const DeviceStart *start, PetscReal *k)
{
  const PetscReal *p = start->parameter;
  k[TWO_H] = 2.0 * p[H], k[DAMPING] = p[D], k[OMEGA0] = start->omega_nominal;
  k[T1D] = p[TD01], k[T1Q] = p[TQ01], k[RA] = p[R];
  k[X1D] = p[XD1], k[X1Q] = p[XQ1], k[DXD] = p[XD] - p[XD1], k[DXQ] = p[XQ] - p[XQ1];
  k[SCALE] = start->base_ratio;
}

/* The rotor stands in the direction of V + (Ra + jXq) I. */
static void Initialise(DeviceStart *start)
{
  PetscReal      *k = start->data, *u = start->unknown;
  const PetscReal v2 = start->v_re * start->v_re + start->v_im * start->v_im, xq = start->parameter[XQ];
  SetData(start, k);
  if (!(v2 > 0.0)) {
    snprintf(start->problem, DEVICE_TEXT, "the voltage at its bus is zero");
    return;
  }
  const PetscReal i_re = (start->p * start->v_re + start->q * start->v_im) / v2 / k[SCALE];
  const PetscReal i_im = (start->p * start->v_im - start->q * start->v_re) / v2 / k[SCALE];
  u[DELTA]             = PetscAtan2Real(start->v_im + k[RA] * i_im + xq * i_re, start->v_re + k[RA] * i_re - xq * i_im);
  const PetscReal sn = PetscSinReal(u[DELTA]), cs = PetscCosReal(u[DELTA]);
  u[SPEED]                 = 0.0;
  u[ID]                    = i_re * sn - i_im * cs;
  u[IQ]                    = i_re * cs + i_im * sn;
  u[ED1]                   = k[DXQ] * u[IQ];
  u[EQ1]                   = start->v_re * cs + start->v_im * sn + k[RA] * u[IQ] + k[X1D] * u[ID];
  u[PE]                    = u[ED1] * u[ID] + u[EQ1] * u[IQ] + (k[X1Q] - k[X1D]) * u[ID] * u[IQ];
  u[IFD]                   = u[EQ1] + k[DXD] * u[ID];
  start->differential[ED1] = (PetscBool)(k[T1Q] > 0.0);
  for (PetscInt j = ID; j < N_UNKNOWNS; ++j) start->differential[j] = PETSC_FALSE;
  start->signal[SIGNAL_EFD] = u[IFD];
  start->signal[SIGNAL_PM]  = u[PE];
}

static void Residual(const PetscReal *k, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const PetscReal s = PetscSinReal(u[DELTA]), c = PetscCosReal(u[DELTA]);
  (void)mode;
  f[DELTA] = up[DELTA] - k[OMEGA0] * u[SPEED];
  f[SPEED] = up[SPEED] - (u[PM] - u[PE] - k[DAMPING] * u[SPEED]) / k[TWO_H];
  f[EQ1]   = up[EQ1] - (u[EFD] - u[IFD]) / k[T1D];
  f[ED1]   = Lag(k[T1Q], u[ED1], up[ED1], k[DXQ] * u[IQ]);
  f[ID]    = u[V_RE] * s - u[V_IM] * c + k[RA] * u[ID] - u[ED1] - k[X1Q] * u[IQ];
  f[IQ]    = u[V_RE] * c + u[V_IM] * s + k[RA] * u[IQ] - u[EQ1] + k[X1D] * u[ID];
  f[PE]    = u[PE] - u[ED1] * u[ID] - u[EQ1] * u[IQ] - (k[X1Q] - k[X1D]) * u[ID] * u[IQ];
  f[IFD]   = u[IFD] - u[EQ1] - k[DXD] * u[ID];
  f[I_RE]  = k[SCALE] * (u[ID] * s + u[IQ] * c);
  f[I_IM]  = k[SCALE] * (u[IQ] * s - u[ID] * c);
}

static void JacobianRotor(const PetscReal *k, const PetscReal *u, PetscReal cj, PetscReal *j)
{
  j[J_DELTA_DELTA] = cj;
  j[J_DELTA_SPEED] = -k[OMEGA0];
  j[J_SPEED_SPEED] = cj + k[DAMPING] / k[TWO_H];
  j[J_SPEED_PE]    = 1.0 / k[TWO_H];
  j[J_SPEED_PM]    = -1.0 / k[TWO_H];
  j[J_EQ1_EQ1]     = cj;
  j[J_EQ1_IFD]     = 1.0 / k[T1D];
  j[J_EQ1_EFD]     = -1.0 / k[T1D];
  j[J_ED1_ED1]     = LagX(k[T1Q], cj);
  j[J_ED1_IQ]      = k[DXQ] * LagW(k[T1Q]);
  j[J_PE_PE]       = 1.0;
  j[J_PE_ID]       = -u[ED1] - (k[X1Q] - k[X1D]) * u[IQ];
  j[J_PE_IQ]       = -u[EQ1] - (k[X1Q] - k[X1D]) * u[ID];
  j[J_PE_EQ1]      = -u[IQ];
  j[J_PE_ED1]      = -u[ID];
  j[J_IFD_IFD]     = 1.0;
  j[J_IFD_EQ1]     = -1.0;
  j[J_IFD_ID]      = -k[DXD];
}

static void Jacobian(const PetscReal *k, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const PetscReal s = PetscSinReal(u[DELTA]), c = PetscCosReal(u[DELTA]);
  (void)mode, (void)up;
  JacobianRotor(k, u, cj, j);
  j[J_ID_ID]      = k[RA];
  j[J_ID_IQ]      = -k[X1Q];
  j[J_ID_ED1]     = -1.0;
  j[J_ID_DELTA]   = u[V_RE] * c + u[V_IM] * s;
  j[J_ID_V_RE]    = s;
  j[J_ID_V_IM]    = -c;
  j[J_IQ_IQ]      = k[RA];
  j[J_IQ_ID]      = k[X1D];
  j[J_IQ_EQ1]     = -1.0;
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

const DeviceModel DeviceTwoaxis = {
    .name          = "TWOAXIS",
    .title         = "two-axis machine",
    .source        = "Sauer and Pai (1998), sections 5.4 and 7.1",
    .kind          = DEVICE_SOURCE,
    .feeds_network = PETSC_TRUE,
    .n_parameters  = N_PARAMETERS,
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
    .check         = Check,
    .initialise    = Initialise,
    .residual      = Residual,
    .jacobian      = Jacobian,
};
