/* IEEETYPE1, the textbook's IEEE type I exciter.
   P. W. Sauer, M. A. Pai, Power System Dynamics and Stability (1998), section 4.4 and, as here, 7.1:
     TE dEfd/dt = VR - (KE + SE(Efd)) Efd,   SE(Efd) = A exp(B Efd),
     TF dRf/dt  = KF/TF Efd - Rf,
     TA dVR/dt  = KA (Vref - V + Vs + Rf - KF/TF Efd) - VR,
   VR with non-windup limits; both 0: none, as the book's examples have none. Instead of Rf the unknown is the lag
   TF Rf/KF of Efd, so that KF = 0 switches the loop off. There is no measuring lag. */
#include "dynamics/block.h"
#include "dynamics/device.h"

enum { KA, TA, KE, TE, KF, TF, A, B, VRMIN, VRMAX, N_PARAMETERS };

static const DeviceParameter parameters[N_PARAMETERS] = {
    [KA] = {"KA", "1", PARAMETER_POSITIVE},     [TA] = {"TA", "s", PARAMETER_NOT_NEGATIVE},
    [KE] = {"KE", "1", PARAMETER_ANY},          [TE] = {"TE", "s", PARAMETER_NOT_NEGATIVE},
    [KF] = {"KF", "s", PARAMETER_NOT_NEGATIVE}, [TF] = {"TF", "s", PARAMETER_NOT_NEGATIVE},
    [A] = {"A", "1", PARAMETER_NOT_NEGATIVE},   [B] = {"B", "1", PARAMETER_NOT_NEGATIVE},
    [VRMIN] = {"VRMIN", "1", PARAMETER_ANY},    [VRMAX] = {"VRMAX", "1", PARAMETER_ANY},
};

enum { VR, EFD, LAGGED, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VS };

static const DeviceUnknown unknowns[] = {
    [VR] = {"VR", "1", 1.0}, [EFD] = {"Efd", "1", 1.0}, [LAGGED] = {"TF Rf/KF", "1", 1.0}};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_VS};
static const DeviceOutput outputs[] = {{SIGNAL_EFD, EFD}};
enum { D_KA, D_TA, D_KE, D_TE, D_FEEDBACK, D_TF, D_A, D_B, D_MIN, D_MAX, D_VREF, N_DATA };
static const DeviceReference references[] = {{"vref", D_VREF}};

#define ENTRIES(E) \
  E(VR, VR)        \
  E(VR, EFD) E(VR, LAGGED) E(VR, V_RE) E(VR, V_IM) E(VR, VS) E(EFD, EFD) E(EFD, VR) E(LAGGED, LAGGED) E(LAGGED, EFD)
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  *error = PETSC_TRUE;
  if ((p[VRMIN] != 0.0 || p[VRMAX] != 0.0) && p[VRMIN] >= p[VRMAX]) return "VRMIN is not below VRMAX";
  if (p[TE] == 0.0 && p[KE] + p[A] <= 0.0) return "TE is zero and KE + SE(0) is not above zero";
  *error = PETSC_FALSE;
  if (p[KF] > 0.0 && p[TF] == 0.0) return "TF is zero: the rate feedback KF is left out";
  return NULL;
}

/* SE(Efd) Efd, and its derivative. */
static PetscReal Saturation(const PetscReal *d, PetscReal efd, PetscReal *slope)
{
  const PetscReal s = d[D_A] * PetscExpReal(d[D_B] * efd);
  *slope            = s * (1.0 + d[D_B] * efd);
  return s * efd;
}

static void Initialise(DeviceStart *start)
{
  const PetscReal *p = start->parameter;
  PetscReal       *d = start->data, *u = start->unknown, efd = start->signal[SIGNAL_EFD], slope;
  const PetscBool  limited = (PetscBool)(p[VRMIN] != 0.0 || p[VRMAX] != 0.0);
  d[D_KA] = p[KA], d[D_TA] = p[TA], d[D_KE] = p[KE], d[D_TE] = p[TE], d[D_TF] = p[TF];
  d[D_A] = p[A], d[D_B] = p[B], d[D_FEEDBACK] = p[TF] > 0.0 ? p[KF] / p[TF] : 0.0;
  u[EFD] = u[LAGGED] = efd;
  u[VR]              = p[KE] * efd + Saturation(d, efd, &slope);
  d[D_MIN] = limited ? p[VRMIN] : PETSC_NINFINITY, d[D_MAX] = limited ? p[VRMAX] : PETSC_INFINITY;
  if (u[VR] < d[D_MIN] || u[VR] > d[D_MAX]) {
    snprintf(start->warning, DEVICE_TEXT, "initial VR %.4g is outside %g to %g", (double)u[VR], (double)p[VRMIN],
             (double)p[VRMAX]);
    d[D_MIN] = PetscMin(d[D_MIN], u[VR]);
    d[D_MAX] = PetscMax(d[D_MAX], u[VR]);
  }
  d[D_VREF] =
      u[VR] / p[KA] + PetscSqrtReal(start->v_re * start->v_re + start->v_im * start->v_im) - start->signal[SIGNAL_VS];
  start->differential[VR]     = (PetscBool)(p[TA] > 0.0);
  start->differential[EFD]    = (PetscBool)(p[TE] > 0.0);
  start->differential[LAGGED] = (PetscBool)(p[TF] > 0.0);
}

static PetscReal Wanted(const PetscReal *d, const PetscReal *u, PetscReal *by_re, PetscReal *by_im)
{
  const PetscReal v = Magnitude(u[V_RE], u[V_IM], by_re, by_im);
  return d[D_KA] * (d[D_VREF] - v + u[VS] - d[D_FEEDBACK] * (u[EFD] - u[LAGGED]));
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  PetscReal       by_re, by_im, slope;
  const PetscReal lack = u[VR] - d[D_KE] * u[EFD] - Saturation(d, u[EFD], &slope);
  f[VR]                = LimitedLag(mode[0], d[D_TA], u[VR], up[VR], Wanted(d, u, &by_re, &by_im), d[D_MIN], d[D_MAX]);
  f[EFD]               = d[D_TE] > 0.0 ? up[EFD] - lack / d[D_TE] : -lack;
  f[LAGGED]            = Lag(d[D_TF], u[LAGGED], up[LAGGED], u[EFD]);
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  PetscReal       by_re, by_im, slope;
  const PetscReal wanted = Wanted(d, u, &by_re, &by_im);
  const PetscReal gain   = d[D_KA] * LimitedLagW(mode[0], d[D_TA], wanted, d[D_MIN], d[D_MAX]);
  const PetscReal share  = d[D_TE] > 0.0 ? 1.0 / d[D_TE] : 1.0;
  (void)up;
  Saturation(d, u[EFD], &slope);
  j[J_VR_VR]         = LimitedLagX(mode[0], d[D_TA], cj);
  j[J_VR_EFD]        = -gain * d[D_FEEDBACK];
  j[J_VR_LAGGED]     = gain * d[D_FEEDBACK];
  j[J_VR_V_RE]       = -gain * by_re;
  j[J_VR_V_IM]       = -gain * by_im;
  j[J_VR_VS]         = gain;
  j[J_EFD_EFD]       = (d[D_TE] > 0.0 ? cj : 0.0) + share * (d[D_KE] + slope);
  j[J_EFD_VR]        = -share;
  j[J_LAGGED_LAGGED] = LagX(d[D_TF], cj);
  j[J_LAGGED_EFD]    = LagW(d[D_TF]);
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  PetscReal by_re, by_im;
  margin[0] = LimitedLagMargin(mode[0], d[D_TA], u[VR], Wanted(d, u, &by_re, &by_im), d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[VR], d[D_MIN], d[D_MAX]);
}

const DeviceModel DeviceIeeeType1 = {
    .name         = "IEEETYPE1",
    .title        = "IEEE type I exciter of the textbook",
    .source       = "Sauer and Pai (1998), sections 4.4 and 7.1",
    .kind         = DEVICE_EXCITER,
    .n_parameters = N_PARAMETERS,
    .parameter    = parameters,
    .n_unknowns   = N_UNKNOWNS,
    .unknown      = unknowns,
    .n_inputs     = DEVICE_COUNT(inputs),
    .input        = inputs,
    .n_outputs    = DEVICE_COUNT(outputs),
    .output       = outputs,
    .n_references = DEVICE_COUNT(references),
    .reference    = references,
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
