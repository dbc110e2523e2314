/* Exciters with a commutator machine, type 2 of 1968 and 1979: as type DC1, but the rate feedback
   s KF/((1 + s TF1)(1 + s TF2)) takes the regulator's output. Voltage transducer TR, lead-lag (1 + s TC)/(1 + s TB),
   regulator KA/(1 + s TA) with non-windup limits, exciter TE dE/dt = VR - (KE + S(E)) E.
     IEEET2   without the lead-lag
     IEEEX2   as above
   Siemens PTI, PSS/E model library; OpenIPSL, whose IEEET2 was compared with PSS/E's trajectories. VRMAX = 0 and KE = 0 stand
   for values that exciter.h computes. */
#include "dynamics/device.h"
#include "dynamics/exciter.h"

enum { TR, KA, TA, TB, TC, VRMAX, VRMIN, KE, TE, KF, TF1, TF2, E1, SE1, E2, SE2, N_PARAMETERS };

#define P_REGULATOR                                                     \
  {"TR", "s", PARAMETER_NOT_NEGATIVE}, {"KA", "1", PARAMETER_POSITIVE}, \
  {                                                                     \
    "TA", "s", PARAMETER_NOT_NEGATIVE                                   \
  }
#define P_LEAD                         \
  {"TB", "s", PARAMETER_NOT_NEGATIVE}, \
  {                                    \
    "TC", "s", PARAMETER_NOT_NEGATIVE  \
  }
#define P_EXCITER                                                                                            \
  {"VRMAX", "1", PARAMETER_ANY}, {"VRMIN", "1", PARAMETER_ANY}, {"KE", "1", PARAMETER_ANY},                  \
      {"TE", "s", PARAMETER_NOT_NEGATIVE}, {"KF", "s", PARAMETER_ANY}, {"TF1", "s", PARAMETER_NOT_NEGATIVE}, \
      {"TF2", "s", PARAMETER_NOT_NEGATIVE}, {"E1", "1", PARAMETER_NOT_NEGATIVE},                             \
      {"SE(E1)", "1", PARAMETER_NOT_NEGATIVE}, {"E2", "1", PARAMETER_NOT_NEGATIVE},                          \
  {                                                                                                          \
    "SE(E2)", "1", PARAMETER_NOT_NEGATIVE                                                                    \
  }
static const DeviceParameter parameters[N_PARAMETERS]            = {P_REGULATOR, P_LEAD, P_EXCITER};
static const DeviceParameter parameters_ieeet2[N_PARAMETERS - 2] = {P_REGULATOR, P_EXCITER};

/* Sensed voltage, lead-lag, regulator, field voltage, lag and output of the rate feedback. */
enum { VM, LEAD, VR, EFD, RATE, VF, N_UNKNOWNS };
enum { V_RE = N_UNKNOWNS, V_IM, VS };

static const DeviceUnknown unknowns[N_UNKNOWNS] = {
    [VM] = {"sensed voltage", "1", 0.1}, [LEAD] = {"lead-lag", "1", 0.1},      [VR] = {"VR", "1", 1.0},
    [EFD] = {"Efd", "1", 1.0},           [RATE] = {"rate feedback", "1", 1.0}, [VF] = {"VF", "1", 0.1},
};
static const DeviceSignal inputs[]  = {SIGNAL_V_RE, SIGNAL_V_IM, SIGNAL_VS};
static const DeviceOutput outputs[] = {{SIGNAL_EFD, EFD}};
enum { D_TR, D_KA, D_TA, D_TB, D_TC, D_MAX, D_MIN, D_KE, D_TE, D_RATE, D_TF1, D_TF2, D_A, D_B, D_VREF, N_DATA };
static const DeviceReference references[] = {{"vref", D_VREF}};

/* clang-format off */
#define ENTRIES(E) \
  E(VM, VM) E(VM, V_RE) E(VM, V_IM) E(LEAD, LEAD) E(LEAD, VM) E(LEAD, VS) E(LEAD, VF) \
  E(VR, VR) E(VR, LEAD) E(VR, VM) E(VR, VS) E(VR, VF) E(EFD, EFD) E(EFD, VR) E(RATE, RATE) E(RATE, VR) \
  E(VF, VF) E(VF, VR) E(VF, RATE)
/* clang-format on */
static const DeviceEntry entries[] = {ENTRIES(DEVICE_ENTRY)};
enum { ENTRIES(DEVICE_ENTRY_NAME) N_ENTRIES };

static const char *Check(const PetscReal *p, PetscBool *error)
{
  Saturation sat;
  PetscReal  min = p[VRMIN], max = p[VRMAX];
  CommutatorLimits(p[KE], p[E2], p[SE2], &min, &max);
  *error = PETSC_TRUE;
  if (p[VRMAX] == 0.0 && !(max > 0.0)) return "VRMAX is zero, and neither KE nor saturation give it a value";
  if (!(min < max)) return "VRMIN is not below VRMAX";
  if (!SaturationFit(p[E1], p[SE1], p[E2], p[SE2], &sat)) return "saturation does not rise from E1 to E2";
  if (p[TE] == 0.0 && !(p[KE] > 0.0)) return "TE is zero, which needs a positive KE";
  *error = PETSC_FALSE;
  if (p[TB] == 0.0 && p[TC] > 0.0) return "TB is zero: the voltage error passes without TC's lead";
  return p[TF1] == 0.0 && p[KF] != 0.0 ? "TF1 is zero: the rate feedback is left out" : NULL;
}

/* IEEET2's record has no lead-lag. */
static const PetscReal *FromIeeet2(const PetscReal *p, PetscReal *full)
{
  full[TR] = p[0], full[KA] = p[1], full[TA] = p[2], full[TB] = full[TC] = 0.0;
  for (PetscInt k = VRMAX; k < N_PARAMETERS; ++k) full[k] = p[k - 2];
  return full;
}

static const char *CheckIeeet2(const PetscReal *p, PetscBool *error)
{
  PetscReal full[N_PARAMETERS];
  return Check(FromIeeet2(p, full), error);
}

static void Start(DeviceStart *start, const PetscReal *p)
{
  PetscReal *d = start->data, *u = start->unknown, efd, v;
  Saturation sat = {0.0, 0.0};
  if (!ExciterStart(start, &efd, &v)) return;
  SaturationFit(p[E1], p[SE1], p[E2], p[SE2], &sat);
  d[D_TR] = p[TR], d[D_KA] = p[KA], d[D_TA] = p[TA], d[D_TB] = p[TB], d[D_TC] = p[TC], d[D_TE] = p[TE];
  d[D_TF1] = p[TF1], d[D_TF2] = p[TF2], d[D_RATE] = RateGain(p[KF], p[TF1]), d[D_A] = sat.a, d[D_B] = sat.b;
  d[D_MIN] = p[VRMIN], d[D_MAX] = p[VRMAX];
  CommutatorLimits(p[KE], p[E2], p[SE2], &d[D_MIN], &d[D_MAX]);
  d[D_KE]   = CommutatorKe(start, p[KE], d[D_MAX], &sat, efd);
  u[VM]     = v;
  u[EFD]    = efd;
  u[VR]     = d[D_KE] * efd + SaturationFlux(&sat, efd);
  u[LEAD]   = u[VR] / p[KA];
  u[RATE]   = u[VR];
  u[VF]     = 0.0;
  d[D_VREF] = v + u[LEAD] - start->signal[SIGNAL_VS];
  ExciterWiden(start, "VR", u[VR], &d[D_MIN], &d[D_MAX]);
  start->differential[VM]   = (PetscBool)(p[TR] > 0.0);
  start->differential[LEAD] = (PetscBool)(p[TB] > 0.0);
  start->differential[VR]   = (PetscBool)(p[TA] > 0.0);
  start->differential[EFD]  = (PetscBool)(p[TE] > 0.0);
  start->differential[RATE] = (PetscBool)(p[TF1] > 0.0);
  start->differential[VF]   = (PetscBool)(p[TF2] > 0.0);
}

static void Initialise(DeviceStart *start)
{
  Start(start, start->parameter);
}
static void InitialiseIeeet2(DeviceStart *start)
{
  PetscReal full[N_PARAMETERS];
  Start(start, FromIeeet2(start->parameter, full));
}

/* The voltage error, and what the regulator is asked for. */
typedef struct {
  PetscReal v, v_re, v_im, error, wanted;
} Path;

static Path PathOf(const PetscReal *d, const PetscReal *u)
{
  Path path;
  path.v      = Magnitude(u[V_RE], u[V_IM], &path.v_re, &path.v_im);
  path.error  = d[D_VREF] - u[VM] + u[VS] - u[VF];
  path.wanted = d[D_KA] * LeadLag(d[D_TC], d[D_TB], u[LEAD], path.error);
  return path;
}

static void Residual(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal *f)
{
  const Path       path   = PathOf(d, u);
  const Saturation sat    = {d[D_A], d[D_B]};
  const PetscReal  excess = u[VR] - d[D_KE] * u[EFD] - SaturationFlux(&sat, u[EFD]);
  f[VM]                   = Lag(d[D_TR], u[VM], up[VM], path.v);
  f[LEAD]                 = Lag(d[D_TB], u[LEAD], up[LEAD], path.error);
  f[VR]                   = LimitedLag(mode[0], d[D_TA], u[VR], up[VR], path.wanted, d[D_MIN], d[D_MAX]);
  f[EFD]                  = d[D_TE] > 0.0 ? up[EFD] - excess / d[D_TE] : -excess;
  f[RATE]                 = Lag(d[D_TF1], u[RATE], up[RATE], u[VR]);
  f[VF]                   = Lag(d[D_TF2], u[VF], up[VF], d[D_RATE] * (u[VR] - u[RATE]));
}

static void Jacobian(const PetscReal *d, const PetscInt *mode, const PetscReal *u, const PetscReal *up, PetscReal cj,
                     PetscReal *j)
{
  const Path       path   = PathOf(d, u);
  const Saturation sat    = {d[D_A], d[D_B]};
  const PetscReal  lead   = LagW(d[D_TB]);
  const PetscReal  main   = d[D_KA] * LimitedLagW(mode[0], d[D_TA], path.wanted, d[D_MIN], d[D_MAX]);
  const PetscReal  error  = main * LeadLagW(d[D_TC], d[D_TB]);
  const PetscReal  demand = d[D_KE] + SaturationFluxX(&sat, u[EFD]), back = LagW(d[D_TF2]) * d[D_RATE];
  (void)up;
  j[J_VM_VM]     = LagX(d[D_TR], cj);
  j[J_VM_V_RE]   = LagW(d[D_TR]) * path.v_re;
  j[J_VM_V_IM]   = LagW(d[D_TR]) * path.v_im;
  j[J_LEAD_LEAD] = LagX(d[D_TB], cj);
  j[J_LEAD_VM]   = -lead;
  j[J_LEAD_VS]   = lead;
  j[J_LEAD_VF]   = -lead;
  j[J_VR_VR]     = LimitedLagX(mode[0], d[D_TA], cj);
  j[J_VR_LEAD]   = main * LeadLagX(d[D_TC], d[D_TB]);
  j[J_VR_VM]     = -error;
  j[J_VR_VS]     = error;
  j[J_VR_VF]     = -error;
  j[J_EFD_EFD]   = d[D_TE] > 0.0 ? cj + demand / d[D_TE] : demand;
  j[J_EFD_VR]    = d[D_TE] > 0.0 ? -1.0 / d[D_TE] : -1.0;
  j[J_RATE_RATE] = LagX(d[D_TF1], cj);
  j[J_RATE_VR]   = LagW(d[D_TF1]);
  j[J_VF_VF]     = LagX(d[D_TF2], cj);
  j[J_VF_VR]     = back;
  j[J_VF_RATE]   = -back;
}

static void Margin(const PetscReal *d, const PetscInt *mode, const PetscReal *u, PetscReal *margin)
{
  const Path path = PathOf(d, u);
  margin[0]       = LimitedLagMargin(mode[0], d[D_TA], u[VR], path.wanted, d[D_MIN], d[D_MAX]);
}

static void Change(const PetscReal *d, PetscInt k, PetscReal *u, PetscInt *mode)
{
  mode[k] = LimitedChange(mode[k], u[VR], d[D_MIN], d[D_MAX]);
}

#define TYPE_2_EXCITER(NAME, TITLE, SOURCE, PARAMETERS, CHECK, INITIALISE)                                             \
  {                                                                                                                    \
    .name = NAME, .title = TITLE, .source = SOURCE, .kind = DEVICE_EXCITER, .n_parameters = DEVICE_COUNT(PARAMETERS),  \
    .parameter = PARAMETERS, .n_unknowns = N_UNKNOWNS, .unknown = unknowns, .n_inputs = DEVICE_COUNT(inputs),          \
    .input = inputs, .n_outputs = DEVICE_COUNT(outputs), .output = outputs, .n_references = DEVICE_COUNT(references),  \
    .reference = references, .n_data = N_DATA, .n_modes = 1, .n_entries = N_ENTRIES, .entry = entries, .check = CHECK, \
    .initialise = INITIALISE, .residual = Residual, .jacobian = Jacobian, .margin = Margin, .change = Change,          \
  }

const DeviceModel DeviceIeeet2 =
    TYPE_2_EXCITER("IEEET2", "commutator exciter, IEEE type 2 of 1968", "PSS/E model library, IEEET2",
                   parameters_ieeet2, CheckIeeet2, InitialiseIeeet2);
const DeviceModel DeviceIeeex2 = TYPE_2_EXCITER("IEEEX2", "commutator exciter, IEEE type 2 of 1979",
                                                "PSS/E model library, IEEEX2", parameters, Check, Initialise);
